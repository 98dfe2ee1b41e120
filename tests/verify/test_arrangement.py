"""Cells of arrangements against Z3 and the formula; least squares over them against certified minima."""

from fractions import Fraction
from itertools import product
from random import Random

import pytest
import z3

from relucert.reductions.problems.training import TRAINING, TrainingInstance, loss_of, sample
from relucert.verify import optimum
from relucert.verify.arrangement import cells, cells_of, choices, least_by_cells, most_cells, problems
from relucert.verify.certify import certify_bounds, certify_minimum
from relucert.verify.optimum import Bounds, Minimum, minimum
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline

pytestmark = pytest.mark.thorough


def normals(rng, n, d, most):
    rows = [tuple(rng.randint(-most, most) for _ in range(d)) for _ in range(n)]
    return [row for row in rows if any(row)]


def signs(rows, point):
    products = [sum(a * b for a, b in zip(row, point, strict=True)) for row in rows]
    assert all(products)
    return sum(1 << i for i, z in enumerate(products) if z > 0)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_cells_are_the_sign_vectors_that_occur(d):
    """Small numbers, so that many hyperplanes coincide or meet in one line: each of them by Z3."""
    rng, w = Random(f"cells {d}"), z3.Reals(" ".join(f"w{t}" for t in range(d)))
    for n in (0, 1, 2, 3, 4, 5):
        rows = normals(rng, n, d, 1)
        found = cells(rows, d)
        assert all(signs(rows, point) == bits for bits, point in found.items())
        occur = set()
        for bits in range(2 ** len(rows)):
            products = (z3.Sum([a * v for a, v in zip(row, w, strict=True)]) for row in rows)
            if z3.Solver().check([z > 0 if bits >> i & 1 else z < 0 for i, z in enumerate(products)]) == z3.sat:
                occur.add(bits)
        assert found.keys() == occur


@pytest.mark.parametrize(("n", "d"), [(8, 2), (8, 3), (7, 4), (6, 5), (40, 2), (15, 3)])
def test_there_are_as_many_as_the_formula_says(n, d):
    rows = normals(Random("general position"), n, d, 10**9)
    found = cells(rows, d)
    assert len(found) == most_cells(n, d)
    assert all(signs(rows, point) == bits for bits, point in found.items())


def test_choices_are_counted():
    samples = tuple(sample([x], x % 2) for x in range(3))
    for output, k in product(("ones", "signs"), (1, 2, 3)):
        instance = TrainingInstance(1, k, samples, output=output, bias=True, loss="l2")
        found = [(tuple(sorted(zip(a, c, strict=True)))) for c, a in choices(instance, 4)]
        assert len(found) == len(set(found)) == problems(instance, 4)


def test_a_sample_at_zero_is_active_nowhere():
    found = cells_of(TrainingInstance(1, 1, (sample([0], 1), sample([2], 1), sample([-3], 1)), loss="l2"))
    assert sorted(map(list, found.active)) == [[False, False, True], [False, True, False]]


def random_instance(rng):
    d, k = rng.choice(((1, 1), (2, 1), (1, 2)))
    samples = tuple(
        sample([rng.randint(-3, 3) for _ in range(d)], Fraction(rng.randint(-6, 6), rng.choice((1, 2, 3))))
        for _ in range(rng.randint(2, 6 - 2 * (k == 2)))
    )
    return TrainingInstance(d, k, samples, output=rng.choice(("ones", "signs")), bias=rng.random() < 0.5, loss="l2")


def require_agreement(count, monkeypatch):
    """The descent of `optimum` without cells ends with a certificate, so that its value is the minimum."""
    monkeypatch.setattr(optimum, "few_cells", lambda _instance: False)
    rng, positive = Random("cells against optimum"), 0
    for _ in range(count):
        instance = random_instance(rng)
        net = least_by_cells(instance)
        found = minimum(instance, provers_for(TRAINING, "lp")[0], Deadline())
        assert isinstance(found, Minimum)
        assert certify_minimum(found).verdict.verdict == "accepted"
        assert loss_of(instance, net) == found.value
        positive += found.value > 0
    assert 0.3 * count <= positive < count


def test_least_squares_over_cells_are_certified_minima(monkeypatch):
    require_agreement(20, monkeypatch)


@pytest.mark.slow
def test_300_least_squares_over_cells(monkeypatch):
    require_agreement(300, monkeypatch)


def test_a_norm_bound_makes_the_minimum_irrational():
    """(e₁, 1), (e₂, 1/2), ‖w‖ ≤ 1: the least of 5/4 − 2w₁ − w₂ + ‖w‖² is 9/4 − √5, at w = (2, 1)/√5."""
    samples = (sample([1, 0], 1), sample([0, 1], Fraction(1, 2)))
    instance = TrainingInstance(2, 1, samples, loss="l2", norm_bound=1)
    found = minimum(instance, provers_for(TRAINING, "lp")[0], Deadline())
    assert isinstance(found, Bounds)
    verdict = certify_bounds(found).verdict
    assert (verdict.verdict, verdict.claim) == ("accepted", "bounds")
    for end, side in ((found.lower, 1), (found.upper, -1)):
        assert Fraction(9, 4) - end > 0
        assert side * ((Fraction(9, 4) - end) ** 2 - 5) > 0  # low: 9/4 − low > √5
    assert found.within(optimum.IRRATIONAL)


def test_a_norm_bound_that_does_not_bind_leaves_it_rational():
    samples = (sample([1, 0], Fraction(1, 2)), sample([2, 0], Fraction(1, 2)))
    instance = TrainingInstance(2, 1, samples, loss="l2", norm_bound=1)
    found = minimum(instance, provers_for(TRAINING, "lp")[0], Deadline())
    assert isinstance(found, Minimum)
    assert found.value == Fraction(1, 20)  # w = 3/10: 1/25 + 1/100
