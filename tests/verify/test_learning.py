"""`learn`: how many draws are enough, the best ReLU of a ball against certified bounds, the walk, and the command."""

import json
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from itertools import product
from math import comb
from pathlib import Path
from random import Random

import forked
import pytest

from relucert.certificates.checker import check
from relucert.reductions.problems.training import TRAINING, TrainingInstance, loss_of, sample
from relucert.verify.certify import certify_bounds, certify_minimum
from relucert.verify.learning import (
    bounded,
    count,
    drawn,
    least_in_ball,
    net_size,
    of_zero,
    root_above,
    sample_size,
    walk,
)
from relucert.verify.optimum import Bounds, Minimum, minimum
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline

pytestmark = pytest.mark.thorough

ARC = Path(__file__).parents[2] / "examples" / "arc.csv"
QUARTER = Fraction(1, 4)


def relucert(*arguments):
    return forked.run("relucert", *arguments)


# ------------------------------------------------------------------------------------------------------- how many draws


def by_decimals(k, y, epsilon, delta):
    """⌈(4k(k + Y) + 2(k + Y)²√(L/2))²/ε²⌉ with 100 digits."""
    with localcontext() as context:
        context.prec = 100
        y = max(Decimal(k), Decimal(y.numerator) / y.denominator)
        likely = Decimal(2 * (k + 1)) * delta.denominator / delta.numerator
        size = 4 * k * (k + y) + 2 * (k + y) ** 2 * (likely.ln() / 2).sqrt()
        return int(((size * epsilon.denominator / epsilon.numerator) ** 2).to_integral_value(ROUND_CEILING))


def test_draws_that_are_enough():
    for k, y, e, d in product((1, 2, 5), (Fraction(0), Fraction(7, 2)), (Fraction(1, 10**6), Fraction(3)), (QUARTER,)):
        assert sample_size(k, y, e, d) == by_decimals(k, y, e, d)
    assert sample_size(1, 1, Fraction(1), Fraction(1, 10**9)) == by_decimals(
        1, Fraction(1), Fraction(1), Fraction(1, 10**9)
    )
    assert [sample_size(k, k, 1, QUARTER) for k in (1, 2, 3)] == [304, 5233, 27816]


def test_points_outside_the_ball_make_every_number_of_draws_too_small():
    """Definition 2 bounds weights and labels only. n − 1 times (1, 1), once (R, 1): most draws miss the last one."""
    enough, n, far = sample_size(1, 1, Fraction(1), QUARTER), 1000, 100
    assert Fraction(n - 1, n) ** enough > QUARTER  # more often than δ
    whole = TrainingInstance(1, 1, (sample([1], 1, n - 1), sample([far], 1)), output="ones", loss="l2", norm_bound=1)
    missed = replace(whole, samples=whole.samples[:1])
    found = least_in_ball(missed).network
    assert loss_of(missed, found) == 0
    assert Fraction(loss_of(whole, found), n) > of_zero(whole) + 1  # not within ε of what is there


def test_scaled_points_are_in_the_ball():
    instance = TrainingInstance(2, 1, (sample([3, 4], 1), sample([1, 1], 1)), loss="l2")
    inside, scale = bounded(instance)
    assert (scale, inside.norm_bound, inside.samples) == (5, Fraction(1, 5), instance.samples)
    assert bounded(replace(instance, samples=instance.samples[1:] * 0))[1] == 1
    for square in (Fraction(2), Fraction(1, 3), Fraction(10**9 + 1), Fraction(16, 9)):
        assert square <= root_above(square) ** 2 <= square * Fraction(102, 100)


def test_draws_depend_on_the_seed_and_count_multiplicities():
    instance = TrainingInstance(1, 1, tuple(sample([x], x, m) for x, m in ((1, 900), (2, 90), (3, 10))), loss="l2")
    first, again, other = (drawn(instance, 500, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert count(first) == count(other) == 500
    shares = {s.y: s.multiplicity for s in first.samples}
    # P(at most 420 of 500 with p = 9/10) < 10⁻⁴, by the binomial law itself
    assert sum(Fraction(comb(500, i) * 9**i, 10**500) for i in range(421)) < Fraction(1, 10**4)
    assert 420 < shares[1] < 480


# ------------------------------------------------------------------------------------------------- one ReLU in a ball


def random_instance(rng):
    d = rng.choice((1, 2, 2))
    number = lambda: Fraction(rng.randint(-4, 4), rng.choice((1, 2, 3)))  # noqa: E731
    samples = tuple(
        sample([number() for _ in range(d)], number(), rng.choice((1, 1, 3))) for _ in range(rng.randint(1, 6))
    )
    bound = rng.choice((1, Fraction(1, 3), 5))
    return TrainingInstance(d, 1, samples, output=rng.choice(("ones", "signs")), loss="l2", norm_bound=bound)


def require_agreement(instances):
    irrational = 0
    for instance in instances:
        least = least_in_ball(instance)
        assert TRAINING.accepts(replace(instance, threshold=least.upper), least.network)
        assert 0 <= least.upper - least.lower <= max(least.upper / 10**6, Fraction(1, 10**12))
        found = minimum(instance, provers_for(TRAINING, "lp")[0], Deadline())
        if isinstance(found, Minimum):
            assert certify_minimum(found).verdict.verdict == "accepted"
            assert least.lower <= found.value <= least.upper
        else:
            assert isinstance(found, Bounds)
            assert certify_bounds(found).verdict.verdict == "accepted"
            assert least.lower <= found.upper
            assert found.lower <= least.upper
            irrational += 1
    return irrational


def test_the_best_relu_of_a_ball_agrees_with_certified_bounds():
    rng = Random("ball")
    assert require_agreement(random_instance(rng) for _ in range(20)) >= 3


@pytest.mark.slow
def test_300_best_relus_of_a_ball():
    rng = Random("balls")
    assert require_agreement(random_instance(rng) for _ in range(300)) >= 60


def test_many_points_in_the_plane():
    """Against the same search on a grid of the ball, which is never better than the lower bound."""
    rng = Random("plane")
    samples = []
    for _ in range(60):
        x = [Fraction(rng.randint(-700, 700), 1000) for _ in range(2)]
        samples.append(sample(x, Fraction(rng.randint(-1000, 1000), 1000)))
    instance = TrainingInstance(2, 1, tuple(samples), loss="l2", norm_bound=1)
    least = least_in_ball(instance)
    best = 10.0**9
    for a, i, j in product((1, -1), range(-20, 21), range(-20, 21)):
        if i * i + j * j <= 400:
            values = (a * max(0.0, (i * float(x.get(0, 0)) + j * float(x.get(1, 0))) / 20) - float(y)
                      for x, y in ((dict(s.x), s.y) for s in samples))  # fmt: skip
            best = min(best, sum(e * e for e in values))
    assert float(least.lower) <= best <= float(least.upper) * 1.02
    assert least.upper - least.lower < Fraction(1, 10**6)


# ---------------------------------------------------------------------------------------------------------- the walk


def realizable(rng, sign):
    """Points in the ball, and the values of a unit vector with rational coordinates."""
    p, q, r = rng.choice(((3, 4, 5), (5, -12, 13), (-8, 15, 17)))
    w = (Fraction(p, r), Fraction(q, r))
    points = [[Fraction(rng.randint(-7, 7), 10) for _ in range(2)] for _ in range(rng.randint(1, 15))]
    samples = tuple(sample(x, sign * max(0, w[0] * x[0] + w[1] * x[1])) for x in points)
    return TrainingInstance(2, 1, samples, loss="l2", norm_bound=1)


def test_a_walk_comes_within_the_root_of_epsilon():
    rng = Random("walk")
    for epsilon, sign in product((Fraction(1, 4), Fraction(1, 50), Fraction(1, 777)), (1, -1)):
        for _ in range(5):
            instance = realizable(rng, sign)
            net = walk(instance, epsilon)
            assert TRAINING.accepts(replace(instance, threshold=epsilon * count(instance)), net)
            assert all((net(x) - y) ** 2 <= epsilon for x, y, _ in instance.samples)


@pytest.mark.parametrize(
    "points",
    [
        [((1, 0), 1), ((-1, 0), 1)],  # w₁ ≥ 1 and w₁ ≤ −1
        [((1, 0), 1), ((0, 1), 1)],  # the norm would be √2
        [((0, 0), 1)],  # f(0) = 0
        [((1, 0), 1), ((0, 1), -1)],  # both signs
    ],
)
def test_a_walk_that_leads_nowhere_ends(points):
    samples = tuple(sample(x, y) for x, y in points)
    instance = TrainingInstance(2, 1, samples, loss="l2", norm_bound=1)
    moves = walk(instance, Fraction(1, 100))
    assert isinstance(moves, int)
    assert moves <= 100


def test_the_size_of_the_net():
    assert net_size(1, 20, QUARTER) == (40, 4)  # 2.56·10⁶
    assert net_size(2, 20, Fraction(1)) == (40, 8)  # 6.6·10¹²


# -------------------------------------------------------------------------------------------------------- the command


def test_learn_draws_and_certifies(tmp_path):
    order = ["learn", ARC, "--neurons", 1, "--epsilon", "3/5", "--seed", 1]
    said = json.loads(relucert(*order, "-o", tmp_path / "c", "--save-network", tmp_path / "n.json", "--json").stdout)
    assert (said["verdict"], said["enough"], said["drawn"], said["samples"]) == ("LEARNED", 843, 843, 1200)
    with (tmp_path / "c").open("rb") as stream:
        verdict = check(stream)
    assert (verdict.verdict, verdict.claim) == ("accepted", "bounds")
    assert verdict.proved.instance.threshold == 1200 * Fraction(said["error"])
    assert verdict.proved.low == 1200 * Fraction(said["least"]) > 0
    assert Fraction(said["error"]) - Fraction(said["least"]) <= Fraction(3, 5)
    assert (tmp_path / "n.json").exists()
    other = json.loads(relucert(*order[:-1], 2, "--json").stdout)
    assert (other["seed"], other["witness"] != said["witness"]) == (2, True)


def test_learn_says_what_it_did():
    lines = relucert("learn", ARC, "--neurons", 1, "--epsilon", 1).stdout
    assert "guarantee: the zero network does" in lines
    lines = relucert("learn", ARC, "--neurons", 1, "--epsilon", "1/10").stdout
    assert "used: all 1200 samples, as 30344 draws" in lines
    done = relucert("learn", ARC, "--neurons", 2, "--epsilon", "1/10", "--realizable")
    assert done.returncode == 3
    assert "the net for 2 neurons has up to 2400^80 candidates" in done.stdout


def test_two_neurons_are_learnt_by_certified_bounds():
    said = json.loads(relucert("learn", ARC, "--neurons", 2, "--epsilon", "1/10", "--json").stdout)
    assert said["verdict"] == "LEARNED"
    assert Fraction(said["error"]) - Fraction(said["least"]) <= Fraction(1, 10)


def test_labels_too_large_for_floating_point_are_unknown(tmp_path):
    data, certificate = tmp_path / "data.csv", tmp_path / "certificate"
    data.write_text(f"x,z,y\n-7,5,{10**2100}\n-5,-8,0\n1,3,2\n4,-1,4\n")
    done = relucert("learn", data, "--neurons", 1, "--epsilon", "1/2", "-o", certificate)
    assert (done.returncode, certificate.exists()) == (3, False)
    assert "numbers too large for floating point" in done.stdout


def test_far_points_are_scaled_and_that_is_said(tmp_path):
    data = tmp_path / "far.csv"
    data.write_text("x1,x2,y\n3,4,1\n1,0,1/2\n0,2,-1\n1,1,2\n")
    done = relucert("learn", data, "--neurons", 1, "--epsilon", "1/10")
    assert "scaled: points have norms up to 5, so neurons at most 1/5, not 1" in done.stdout
    data.write_text("x1,x2,y\n3/5,0,3/5\n0,4/5,0\n")
    done = relucert("learn", data, "--neurons", 1, "--epsilon", "1/100", "--realizable")
    assert "no error is larger than √epsilon" in done.stdout
    data.write_text("x1,y\n1,1\n-1,1\n")
    done = relucert("learn", data, "--neurons", 1, "--epsilon", "1/100", "--realizable")
    assert (done.returncode, "no such ReLU fits" in done.stdout) == (3, True)
