"""Evaluating a network: the fast way gives what the definition gives, and its work is counted as it is done."""

from fractions import Fraction
from random import Random

import pytest
from test_sizes import counted

from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import ACTIVATIONS, TRAINING, Network, TrainingInstance, evaluator, sample

NUMBERS = (0, 0, 1, -1, 2, -3, Fraction(1, 2), Fraction(-2, 3), Fraction(5, 6), Fraction(1, 3**700))


def value(net, x, activation, alpha):
    """f(x) from the definition."""
    total = Fraction(0)
    for w, b, a in zip(net.weights, net.biases, net.output, strict=True):
        z = sum((u * v for u, v in zip(w, x, strict=True)), b)
        total += a * ((z > 0) if activation == "threshold" else max(z, (alpha or 0) * z))
    return total


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("numbers", [NUMBERS[:6], NUMBERS[:9], NUMBERS], ids=["integers", "fractions", "long"])
def test_values_are_those_of_the_definition(activation, numbers):
    rng = Random(0)
    seen = set()
    for _ in range(200):
        d, k = rng.randint(0, 3), rng.randint(1, 7)
        rows = [tuple(rng.choices(numbers, k=d)) for _ in range(rng.randint(1, 3))]  # so that several are equal
        net = Network(tuple(rng.choices(rows, k=k)), tuple(rng.choices(numbers, k=k)), tuple(rng.choices(numbers, k=k)))
        alpha = rng.choice((0, Fraction(1, 2), Fraction(3, 7))) if activation == "leaky-relu" else None
        value_at = evaluator(net, activation, alpha)
        for _ in range(5):
            x = rng.choices(NUMBERS[:9], k=d)
            found = value_at(sample(x, 0).x)
            assert found == value(net, x, activation, alpha)
            seen.add(found)
    assert len(seen) > 10


def planted(variables, clauses, rng):
    """A formula with a solution: every third variable is true."""
    false = [v for v in range(variables) if v % 3]
    rows = ([rng.randrange(0, variables, 3), *rng.sample(false, 2)] for _ in range(clauses))
    solution = tuple(range(0, variables, 3))
    return OneInThreeInstance(variables, tuple(tuple(rng.sample(row, 3)) for row in rows)), solution


def test_the_plane_of_a_small_formula_is_cheap():
    """As many variables and clauses as a formula of 20 variables in SATLIB has in one-in-three."""
    source, solution = planted(482, 351, Random(0))
    r = OneInThreeToPlane()
    target, image = r.reduce(source), r.forward(source, solution)
    assert (target.neurons, len(target.samples)) == (3332, 30910)
    assert TRAINING.work(target, image) + r.work(source, image=image) < 10**7


def test_many_denominators_that_have_a_short_common_one_are_cheap():
    """192 neurons with different denominators, all of them divisors of one number, on 1,775 samples."""
    rng = Random(0)
    common = 2**60 * 3**30 * 5**20
    divisors = [2 ** rng.randint(0, 60) * 3 ** rng.randint(0, 30) * 5 ** rng.randint(0, 20) for _ in range(192)]
    weights = tuple((Fraction(rng.randrange(common), q), Fraction(1, q)) for q in divisors)
    net = Network(weights, tuple(Fraction(1, q) for q in divisors), (1, -1) * 96)
    samples = tuple(sample((rng.randint(1, 10**6), rng.randint(1, 10**6)), 1) for _ in range(1775))
    instance = TrainingInstance(2, 192, samples, bias=True)
    _, done = counted(TRAINING.accepts, TrainingInstance(2, 192, samples[:20], bias=True), net)
    assert done <= TRAINING.work(TrainingInstance(2, 192, samples[:20], bias=True), net)
    assert TRAINING.work(instance, net) < 10**7
