"""One threshold neuron and the largest error: the linear program against brute force, its certificates, its speed."""

import random
from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.reductions.problems.training import TRAINING, TrainingInstance, loss_of, sample, stated
from relucert.verify.certify import certify_instance
from relucert.verify.decide import decide
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.provers.max_loss import SEARCH


def one_threshold(samples, threshold, bias=True):
    dimension = len(samples[0][0]) if samples else 1
    return TrainingInstance(
        dimension, 1, tuple(sample(x, y) for x, y in samples), activation="threshold", output="real", bias=bias,
        loss="linf" if threshold else "exact", threshold=threshold,
    )  # fmt: skip


class NoProver:
    """The derivation leaves nothing to do for it."""

    name = "none"

    def solve(self, formula, deadline):
        return Unknown("the derivation has a gap")


def answer_of(instance):
    return decide(TRAINING, instance, NoProver(), Deadline())


def fits_by_z3(instance):
    """From the definition: some w, b and a with every |f(x) − y| ≤ θ."""
    solver, a = z3.Solver(), z3.Real("a")
    w = z3.RealVector("w", instance.dimension)
    b = z3.Real("b") if instance.bias else 0
    theta = z3.Q(*Fraction(instance.threshold).as_integer_ratio())
    for x, y, _ in instance.samples:
        f = z3.If(z3.Sum(b, *(w[t] * z3.Q(*Fraction(v).as_integer_ratio()) for t, v in x)) > 0, a, 0)
        y = z3.Q(*Fraction(y).as_integer_ratio())
        solver.add(f - y <= theta, y - f <= theta)
    return solver.check() == z3.sat


@pytest.mark.thorough
def test_answers_and_certificates_by_definition(shares):
    rng, answers = random.Random(3), Counter()
    for _ in range(150):
        d = rng.choice((1, 2, 3))
        samples = [([rng.randint(-3, 3) for _ in range(d)], rng.randint(-2, 4)) for _ in range(rng.randint(1, 9))]
        theta = rng.choice((0, Fraction(1, 2), 1, Fraction(3, 2), 2))
        instance = one_threshold(samples, theta, bias=rng.random() < 0.7)
        assert SEARCH.recognises(instance) == (d == stated(instance))  # else its normal form is
        found = answer_of(instance)
        expected = "YES" if fits_by_z3(instance) else "NO"
        assert type(found).__name__.upper() == expected
        answers[expected] += 1
        if expected == "NO":
            assert certify_instance(TRAINING, instance, lambda *_, found=found: found).answer == "NO"
    shares(answers["YES"], answers["NO"])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.lists(st.fractions(-2, 2, max_denominator=3), min_size=2, max_size=2),
                          st.fractions(-2, 2, max_denominator=2)), min_size=1, max_size=7))  # fmt: skip
def test_the_least_largest_error_is_half_a_difference(samples):
    """One of |y| and |y − y′|/2: between two of them the answer does not change."""
    labels = [y for _, y in samples]
    values = sorted({abs(y) for y in labels} | {abs(y - z) / 2 for y, z in product(labels, repeat=2)})
    answers = [SEARCH.guess(one_threshold(samples, v)) is not None for v in values]
    assert answers == sorted(answers)
    assert answers[-1]
    least = answers.index(True)
    if least:
        between = (values[least - 1] + values[least]) / 2
        assert SEARCH.guess(one_threshold(samples, between)) is None


def cloud(n, d, fits, seed=0):
    """Labels 2 and more on one side of a hyperplane, −1 on the other, 0 and 1 anywhere; one point is off if it is to.

    With the threshold 1 the active samples have labels from 1 to 3.
    """
    rng = random.Random(seed)
    w, samples = [rng.randint(-9, 9) for _ in range(d)], []
    while len(samples) < n:
        x = [rng.randint(-99, 99) for _ in range(d)]
        z = sum(map(int.__mul__, w, x)) + 1
        samples.append((x, rng.choice((2, 3, 1) if z > 0 else (-1, 0, 1))))
    if not fits:
        p = next(x for x, y in samples if y == 3)
        q = next(x for x, y in samples if y == 2)
        samples.append(([Fraction(a + b, 2) for a, b in zip(p, q, strict=True)], 0))
    return one_threshold(samples, 1)


@pytest.mark.thorough
@pytest.mark.parametrize("fits", [True, False])
def test_a_thousand_samples(fits):
    instance = cloud(1000, 5, fits)
    found = answer_of(instance)
    assert type(found).__name__ == ("Yes" if fits else "No")
    if fits:
        assert loss_of(instance, found.witness) == 1
    else:
        (case,) = found.cases
        assert len(case.steps) <= 2 * (instance.dimension + 2) + 8


def test_other_instances_are_left_to_the_general_search():
    instance = cloud(5, 1, True)
    for other in ({"neurons": 2}, {"output": "signs"}, {"activation": "relu"}, {"loss": "l1"}, {"norm_bound": 1}):
        assert not SEARCH.recognises(TrainingInstance(**{**vars(instance), **other}))
