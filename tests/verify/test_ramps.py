"""The proof of Theorem 6: its targets are recognised and reduced to two hyperplanes, and only where that holds."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, step_from_json
from relucert.certificates.writer import Yes
from relucert.reductions import reduction
from relucert.reductions.fixed_dimension.separability_to_relu import SeparabilityToRelu
from relucert.reductions.problems.multicolored_clique import multicolored_clique
from relucert.reductions.problems.strip import STRIP, strip
from relucert.reductions.problems.training import TRAINING
from relucert.reductions.reduction import Chain
from relucert.reductions.tight_hardness.lift_target_error import LiftTargetError
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.verify.certify import certify_reduction
from relucert.verify.decide import decide, solve_by_parts
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import PROVERS, provers_for
from relucert.verify.provers.base import Deadline, Model, Refutation
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.ramps import Ramps, source
from relucert.verify.provers.ramps_search import SEARCH

pytestmark = pytest.mark.thorough

R = SeparabilityToRelu()
POINTS = SEARCHES[STRIP.name]
SMALL = strip([(0,), (1,)], [(-1,), (3,)])
NEITHER = strip([(0,), (2,)], [(1,)])


def encoded(target, positive):
    (choice,) = SEARCH.choices(target, positive)
    return ENCODING.formula(target, positive, choice)


def accepted_by(kernel, steps):
    for step in steps:
        step_from_json(step.to_json()).apply(kernel)
    return kernel


# -------------------------------------------------------------------------------------------------------- recognition


def reordered(target, seed):
    """The samples and the axes in another order."""
    rng, samples, axes = random.Random(seed), list(target.samples), [*range(target.dimension)]
    rng.shuffle(samples)
    rng.shuffle(axes)
    return replace(target, samples=tuple(s._replace(x=tuple(sorted((axes[t], v) for t, v in s.x))) for s in samples))


@given(POINTS.instances(), st.integers(0, 99))
def test_targets_are_recognised(points, seed):
    target = R.reduce(points)
    assert source(target).points == points
    assert type(SEARCHES.search_for(TRAINING, target)) is type(SEARCH)
    other = reordered(target, seed)
    found = source(other)
    assert {found.foot(x) for x in found.points.p} <= {s.x for s in other.samples if s.y == 1}
    assert {found.foot(x) for x in found.points.q} <= {s.x for s in other.samples if s.y == 0}


@given(POINTS.instances(), st.data())
def test_what_only_looks_like_a_target_is_not_recognised(points, data):
    target = R.reduce(points)
    at = data.draw(st.integers(0, len(target.samples) - 1))
    changed = target.samples[at]._replace(y=data.draw(st.integers(2, 3)))
    assert source(replace(target, samples=(*target.samples[:at], changed, *target.samples[at + 1 :]))) is None
    for change in ({"neurons": 5}, {"output": "ones"}, {"bias": False}, {"samples": target.samples[:-1]}):
        assert source(replace(target, **change)) is None


# ------------------------------------------------------------------------------------------------------------ the steps


@pytest.mark.parametrize("positive", [0, 1, 3, 4])
def test_other_numbers_of_signs_are_refuted_on_the_centre_line(positive):
    target = R.reduce(SMALL)
    formula = encoded(target, positive)
    derived, steps = SEARCH.derive(target, positive, formula, Deadline())
    assert not derived.clauses[derived.last_id]
    assert accepted_by(Kernel(formula), steps).refuted


@pytest.mark.parametrize("x", [(0, -9), (Fraction(1, 300), -9), (Fraction(-1, 300), -9)], ids=str)
def test_the_proof_needs_its_labels(x):
    """With 1/2 instead of 1 at −(M−1) nothing says that the first ramp has ended."""
    target = R.reduce(SMALL)
    place = next(i for i, s in enumerate(target.samples) if tuple(dict(s.x).get(t, 0) for t in (0, 1)) == x)
    changed = target.samples[place]._replace(y=Fraction(1, 2))
    other = replace(target, samples=(*target.samples[:place], changed, *target.samples[place + 1 :]))
    proof = Ramps(other, source(target), 2, ENCODING.formula(other, 2, *SEARCH.choices(target, 2)), Deadline())
    with pytest.raises(DoesNotFollow):
        proof.prove_all()


@settings(max_examples=20)
@given(POINTS.instances(), st.integers(0, 99))
def test_two_hyperplanes_are_left(points, seed):
    """A solution of what is left is one of the points, and its image a network; there is one iff there are planes."""
    target = reordered(R.reduce(points), seed)
    formula = encoded(target, 2)
    derived, steps = SEARCH.derive(target, 2, formula, Deadline())
    kernel = accepted_by(Kernel(formula), steps)
    assert all(kernel.clauses[number] == clause for number, clause in derived.clauses.items())
    answer = solve_by_parts(derived, PROVERS["lp"], Deadline())
    if isinstance(answer, Model):
        assert TRAINING.accepts(target, SEARCH.witness(target, 2, answer))
    else:
        assert isinstance(answer, Refutation)
        assert accepted_by(kernel, answer.steps).refuted
    assert isinstance(answer, Model) == (POINTS.by_brute_force(points) is not None)


# ----------------------------------------------------------------------------------------------------------- end to end


def quickly(problem, instance):
    return decide(problem, instance, provers_for(problem, "z3")[0], Deadline(work=20_000_000))


CHAIN = reduction("clique-to-strip/separability-to-relu")


@pytest.mark.parametrize(
    ("sizes", "missing", "answer"),
    [
        ((1, 2), 2, "NO"),
        ((2, 2), 4, "NO"),
        ((2, 2), 3, "YES"),
        ((1, 1, 1), 1, "NO"),
        ((1, 1, 1), 0, "YES"),
        pytest.param((3, 3, 3), 27, "NO", marks=pytest.mark.slow),
        pytest.param((3, 3, 3), 18, "NO", marks=pytest.mark.slow),
        pytest.param((3, 3, 3), 0, "YES", marks=pytest.mark.slow),
    ],
)
def test_cliques(sizes, missing, answer):
    """With the first edges missing: that is all of two colours, or those between the first color and the others."""
    colors = [c for c, size in enumerate(sizes) for _ in range(size)]
    pairs = [e for e in combinations(range(len(colors)), 2) if colors[e[0]] != colors[e[1]]]
    graph = multicolored_clique(colors, pairs[missing:])
    assert certify_reduction(CHAIN, graph, quickly).answer == answer
    if answer == "YES":  # which the witness map says as well, so once more without it
        assert isinstance(quickly(TRAINING, CHAIN.reduce(graph)), Yes)


def test_points_in_four_quadrants():
    """Two hyperplanes cross every segment from P to Q, but P is not between any two: Q is not symmetric here."""
    points = strip([(0, 0), (9, 1), (1, 9)], [(9, -1), (-1, 9), (-5, -5), (-1, -1), (4, -1), (-1, 4)])
    assert certify_reduction(R, points, quickly).answer == "NO"


@pytest.mark.parametrize("second", [PadDimension(2), LiftTargetError(Fraction(1, 2))], ids=lambda r: r.name)
def test_followed_by_another_reduction(second):
    """The normal form of its target is the same."""
    answers = [certify_reduction(Chain(R, second), points, quickly).answer for points in (SMALL, NEITHER)]
    assert answers == ["YES", "NO"]


@pytest.mark.parametrize(("points", "answer"), [(SMALL, "YES"), (NEITHER, "NO")])
def test_leaky_relus(points, answer):
    r = SeparabilityToRelu(alpha=Fraction(1, 10))
    assert source(r.reduce(points)).points == points
    assert certify_reduction(r, points, quickly).answer == answer
