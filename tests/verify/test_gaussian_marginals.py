"""The experiments on Gaussian marginals: lemmas by brute force and quadrature, wrong versions, bad input."""

import random
import subprocess
import sys
from fractions import Fraction
from itertools import product
from math import comb, pi, sqrt

import numpy as np
import pytest
from click.testing import CliRunner

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.verify.commands.experiment import experiment
from relucert.verify.commands.numbers import enclose, fact
from relucert.verify.experiments import EXPERIMENTS, halfspace, parity, runner
from relucert.verify.experiments.experiment import Asked
from relucert.verify.experiments.halfspace import Population, bound, learn, median_interval, wedge_error, wedge_width
from relucert.verify.experiments.parity import correlation, recover, sizes, threshold
from relucert.verify.experiments.statistical_queries import (
    Oracle,
    least_queries,
    majorities,
    most_excluded,
    most_served,
    packed,
    parity_of,
    single,
)
from relucert.verify.files import BadInput

pytestmark = pytest.mark.thorough

ERM, GRADIENT = Asked("erm", parity.erm), Asked("gradient", parity.gradient)
EPSILON = float(correlation(2))


def drawn(d, subset, noise, n, seed):
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1, 1], size=(n, d))
    return parity.lift(signs, rng), parity.noisy_parity(signs, subset, noise, rng)


def recovered(learner, d=4, subset=(1, 3), noise=0.0, n=30_000, k=2, seeds=(0,), epsilon=EPSILON):
    """Whether Algorithm 1 finds the subset, for each seed."""
    return [
        recover(drawn(d, subset, noise, n, 2 * s), drawn(d, subset, noise, n, 2 * s + 1), k, epsilon, learner, Coins(s))
        == set(subset)
        for s in seeds
    ]


# --------------------------------------------------------------------------------------------- the lemmas of Theorem 3


def test_the_error_of_a_vector_is_the_formula():
    """err(w) = ‖w‖²/2 − ‖w‖/√(2π) + 1/2 − (1 − 2η)·correlation, on 400,000 samples, with and without the coordinate."""
    points, labels = drawn(3, (0, 1), 0.1, 400_000, 7)
    for r in (0.2, 1 / sqrt(2 * pi), 1.0):
        w = np.array([r, r, 0]) / sqrt(2)
        gained = 0.8 * float(correlation(2)) * r * sqrt(2 * pi)
        free = r**2 / 2 - r / sqrt(2 * pi) + 1 / 2
        assert abs(parity.error(w, points, labels) - (free - gained)) < 0.006
        alone = np.array([r, 0])
        assert abs(parity.error(alone, parity.drop(points, 0), labels) - free) < 0.006


def test_odd_parities_are_uncorrelated():
    """|S| = 3, by sampling; so "|S| ≤ k" is wrong. |S| = 4: equal signs negative, one flipped positive."""
    rng = np.random.default_rng(1)
    z = rng.standard_normal((400_000, 4))
    for w in ((1, 1, 1, 0), (1, -2, 0.5, 0)):
        relu = np.maximum(z @ np.array(w), 0) / np.linalg.norm(w)
        assert abs(np.mean(relu * np.sign(z[:, :3]).prod(axis=1))) < 0.005
    four = [
        np.mean(np.maximum(z @ np.array(w), 0) / 2 * np.sign(z).prod(axis=1)) for w in ((1, 1, 1, 1), (-1, 1, 1, 1))
    ]
    assert abs(four[0] + 0.0210952) < 0.004
    assert abs(four[1] - 0.0210952) < 0.004


def test_the_fourth_moment():
    """E[max(g₊, |g₊ − 1|)⁴] by quadrature."""
    g = np.linspace(-12, 12, 400_001)
    plus = np.maximum(g, 0)
    values = np.maximum(plus, abs(plus - 1)) ** 4 * np.exp(-(g**2) / 2) / sqrt(2 * pi)
    moment = float(values.sum() * (g[1] - g[0]))
    assert 2.07 < moment < float(parity.FOURTH_MOMENT)


def test_sample_sizes():
    assert sizes(8, correlation(2), Fraction(1, 4)) == (23010, 244456)
    assert [sizes(8, (1 - 2 * e) * correlation(2), Fraction(1, 4))[0] for e in parity.NOISES[1:]] == [35953, 63916]
    assert sizes(8, correlation(6), Fraction(1, 4))[0] > 2.7e7


@pytest.mark.parametrize("learner", [ERM, GRADIENT], ids=["erm", "gradient"])
def test_the_parity_is_recovered(learner):
    assert all(recovered(learner, seeds=range(3)))
    assert all(recovered(learner, d=3, subset=(0, 2), noise=0.1, n=60_000, epsilon=0.8 * EPSILON))


def test_all_or_no_coordinate_left_over():
    assert all(recovered(ERM, d=2, subset=(0, 1)))


# ------------------------------------------------------------------------------------------------------ wrong versions


def test_the_threshold_with_plus_is_found(monkeypatch):
    """1/2 − 1/(4π) + ε/4: coordinates of the parity fall below it."""
    monkeypatch.setattr(parity, "threshold", lambda epsilon: threshold(-epsilon))
    assert not any(recovered(ERM, seeds=range(3)))


def test_the_wrong_coordinate_is_found(monkeypatch):
    own = parity.drop
    monkeypatch.setattr(parity, "drop", lambda points, j: own(points, (j + 1) % points.shape[1]))
    assert not any(recovered(ERM, seeds=range(3)))


def test_labels_reused_as_coins_are_found():
    """Half-normal numbers that know the label: points without coordinate j still tell it, and j looks irrelevant."""

    def reused(seed):
        points, labels = drawn(4, (1, 3), 0.0, 30_000, seed)
        return points * np.where(labels[:, None] == 1, 1.5, 0.5), labels

    assert recover(reused(0), reused(1), 2, EPSILON, GRADIENT, Coins(0)) != {1, 3}


def test_an_improper_hypothesis_breaks_the_reduction():
    """The constant 1/2 has error 1/4 for every j: below the threshold, so that nothing is relevant. It is refused."""
    _, labels = drawn(4, (1, 3), 0.0, 30_000, 0)
    assert np.mean((0.5 - labels) ** 2) == 0.25 < threshold(EPSILON)
    with pytest.raises(InvalidInstance, match="proper learner"):
        recovered(Asked("half", lambda *_: lambda x: 0.5))


@pytest.mark.parametrize(
    ("returned", "words"),
    [([1, 1, 1], "norm 1.73205"), ([0.1], "3 finite weights"), ("w", "not weights"), ([0, 0, float("nan")], "finite")],
)
def test_nonsense_of_a_learner_is_one_clear_line(returned, words):
    with pytest.raises(InvalidInstance, match=words):
        recovered(Asked("mine", lambda *_: returned))


def test_labels_of_another_kind_are_refused():
    points, labels = drawn(3, (0, 1), 0.0, 10, 0)
    with pytest.raises(InvalidInstance, match="0 and 1"):
        recover((points, 2 * labels - 1), (points, labels), 2, EPSILON, ERM, Coins(0))


# -------------------------------------------------------------------------------------------------- statistical queries


def tables(d, number, seed):
    """Random tables with mean square at most 1: signs, sparse ones, small ones."""
    rng = random.Random(seed)
    for i in range(number):
        if i % 3 == 0:
            yield [rng.choice((-1, 1)) for _ in range(2**d)]
        elif i % 3 == 1:
            table = [0] * 2**d
            table[rng.randrange(2**d)] = 2 ** (d // 2)
            yield table
        else:
            yield [Fraction(rng.randint(-9, 9), 9) for _ in range(2**d)]


@pytest.mark.parametrize(("d", "k", "eta"), [(4, 2, 0), (5, 2, Fraction(1, 10)), (4, 3, 0), (3, 1, Fraction(1, 4))])
def test_every_answer_is_right_for_every_set_that_is_left(d, k, eta):
    """By brute force over all points, also after the oracle has committed; and Bessel's count."""
    tau = Fraction(1, 8)
    oracle, history = Oracle(d, k, tau, Fraction(eta)), []
    asked = [
        *tables(d, 12, 1),
        *([parity_of(m, x) for x in range(2**d)] for m in sorted(oracle.possible)),
        *tables(d, 3, 2),
    ]
    for table in asked:
        before = len(oracle.possible)
        history.append((table, oracle.ask(table)))
        assert before - len(oracle.possible) <= most_excluded(tau, Fraction(eta))
        for mask in oracle.possible:
            for earlier, answer in history:
                exact = sum(
                    v * ((1 - eta) * (1 + parity_of(mask, x)) + eta * (1 - parity_of(mask, x))) / Fraction(2)
                    for x, v in enumerate(earlier)
                ) / Fraction(2**d)
                assert abs(exact - answer) <= tau
    assert len(oracle.possible) == 1


def test_lifted_parities_are_orthonormal():
    for d in (2, 3):
        for a, b in product(range(2**d), repeat=2):
            assert sum(parity_of(a, x) * parity_of(b, x) for x in range(2**d)) == (2**d if a == b else 0)


@pytest.mark.parametrize(
    ("d", "k", "tau", "eta", "queries"),
    [
        (8, 2, "1/10", 0, 2),
        (10, 6, "1/10", 0, 9),
        (12, 6, "1/10", 0, 39),
        (12, 6, "1/10", "1/10", 62),
        (20, 6, "1/10", 0, 1615),
    ],
)
def test_bounds_of_identification(d, k, tau, eta, queries):
    assert least_queries(d, k, Fraction(tau), Fraction(eta)) == queries


@pytest.mark.parametrize(("d", "k", "tau", "queries"), [(14, 2, "1/5", 2), (20, 2, "1/5", 18), (24, 6, "1/10", 1404)])
def test_bounds_of_learning(d, k, tau, queries):
    assert least_queries(d, k, Fraction(tau), Fraction(0), most_served(k)) == queries


def test_the_packed_asker_meets_the_bound_and_the_others_do_not():
    counts = {}
    for asker in (single, packed, majorities):
        oracle = Oracle(10, 6, Fraction(1, 10), Fraction(0))
        asker(oracle, Coins(0, "ask"))
        counts[asker.__name__] = (oracle.queries, len(oracle.possible))
    assert counts == {"single": (209, 1), "packed": (9, 1), "majorities": (50, comb(10, 6))}


def test_a_wrong_oracle_is_found():
    """One that excludes at twice the tolerance would let an asker beat the bound; the experiment says so."""
    one = EXPERIMENTS["statistical-queries"]()
    row = {"algorithm": "a", "sets": 210, "queries": 8, "most excluded": 24, "cap": 24, "left": 1, "bound": 9}
    assert "fewer queries" in one.failure([row])
    assert "Bessel" in one.failure([row | {"queries": 9, "most excluded": 25}])
    assert one.failure([row | {"queries": 9}]) is None


@pytest.mark.parametrize(
    ("table", "words"),
    [([1] * 7, "list of 8"), ([2] * 8, "mean square"), ([0.5] * 8, "integers and fractions"), (None, "list of 8")],
)
def test_bad_queries_are_refused(table, words):
    with pytest.raises(InvalidInstance, match=words):
        Oracle(3, 1, Fraction(1, 10), Fraction(0)).ask(table)


# ----------------------------------------------------------------------------------------------- halfspaces, Theorem 5


def test_exact_erm_is_exact():
    """Against every direction between two neighbouring turns, for random signs."""
    rng = np.random.default_rng(5)
    for n in (1, 2, 7, 12):
        points, signs = rng.standard_normal((n, 2)), rng.choice([-1, 1], size=n)
        turns = np.sort(
            np.concatenate([np.arctan2(points[:, 1], points[:, 0]) + s * pi / 2 for s in (1, -1)]) % (2 * pi)
        )
        middles = (turns + np.append(turns[1:], turns[0] + 2 * pi)) / 2
        counts = [int((np.where(points @ [np.cos(t), np.sin(t)] >= 0, 1, -1) != signs).sum()) for t in middles]
        w = halfspace.erm(points, signs, Coins(0))
        assert int((np.where(points @ w >= 0, 1, -1) != signs).sum()) == min(counts)
        assert abs(np.linalg.norm(w) - 1) < 1e-12


def test_an_angle_costs_at_most_half_its_square():
    """E(max(0, w·x) − max(0, w*·x))² ≤ θ²/2, by quadrature."""
    population = Population("random", 0.0)
    for theta in (0.01, 0.3, 1.0, 2.0, 3.1):
        w = np.array([np.cos(theta), np.sin(theta)])
        assert population.error(w) <= theta**2 / 2
    assert population.error(np.array([np.cos(0.01), np.sin(0.01)])) > 0.49 * 0.01**2


def test_the_wedge_has_the_error_that_is_asked_for():
    for alpha in (0.05, 0.2):
        w = wedge_width(alpha)
        assert abs(wedge_error(alpha, w) / alpha**3 - 1) < 1e-6
        assert abs(Population("wedge", alpha).error(np.array([1.0, 0.0])) / alpha**3 - 1) < 0.05


@pytest.mark.slow
def test_slopes_and_bound():
    """The wedge has slope 2/3 if α is known, random labels slope 1, all below the bound."""
    one, p = (
        EXPERIMENTS["agnostic-relu-to-halfspace"](),
        runner.prepared("agnostic-relu-to-halfspace", SMALL).parameters,
    )
    records = {batch: one.run(p, batch, Coins(1, batch), None) for batch in one.batches(p)}
    rows = one.table(p, records)
    assert one.failure(rows) is None

    def slope(kind, how):
        return halfspace.slope([row for row in rows if (row["labels"], row["alpha"]) == (kind, how)])

    assert abs(slope("wedge", "fixed") - 2 / 3) < 0.08
    assert abs(slope("random", "grid") - 1) < 0.08
    assert all(2 < row["error/opt^(2/3)"] < 3.2 for row in rows if (row["labels"], row["alpha"]) == ("wedge", "fixed"))
    high = [row | {"low": row["bound"] * 1.01} for row in rows]
    assert "above the bound" in one.failure(high)


SMALL = {"samples": 4000, "trials": 6}


def test_constants_of_the_bound():
    """At α = opt^(1/3), C_A = 1: the leading constant 63.81; at the best α, (√(2π)opt)^(1/3), 52.18."""
    opt = 1e-30
    assert abs(bound(opt, opt ** (1 / 3), 1, 0) / opt ** (2 / 3) - 63.81) < 0.01
    assert abs(bound(opt, (sqrt(2 * pi) * opt) ** (1 / 3), 1, 0) / opt ** (2 / 3) - 52.18) < 0.01


def test_labels_in_the_unit_interval_make_the_statement_empty():
    """opt ≥ 0.0753, every unit vector has an error below 1.098, by quadrature; and 6.16·0.0753^(2/3) is more."""
    g = np.linspace(-12, 12, 400_001)
    density = np.exp(-(g**2) / 2) / sqrt(2 * pi) * (g[1] - g[0])
    plus = np.maximum(g, 0)
    least = float((np.maximum(plus - 1, 0) ** 2 * density).sum())
    most = float((np.maximum(plus, 1 - plus) ** 2 * density).sum())
    assert abs(least - 0.0753398) < 1e-6
    assert most < 1.098 < 6.16 * least ** (2 / 3)


def test_strictly_good_points():
    """With "≤ α" a label y = α at w*·x = 0 would be good; sign(y − α) = 1 there, and w*·x is not positive."""
    assert halfspace.signs_of(np.array([0.25, 0.2499]), 0.25).tolist() == [1, -1]


@pytest.mark.parametrize("returned", [[1, 1], [1.0], "w", [float("nan"), 0], None])
def test_nonsense_of_a_halfspace_learner_is_one_clear_line(returned):
    points = np.ones((3, 2))
    with pytest.raises(InvalidInstance, match="mine"):
        learn(points, np.ones(3), 0.5, Asked("mine", lambda *_: returned), Coins(0))


def test_intervals_of_medians():
    """Order statistics r and n + 1 − r: P(Bin(n, 1/2) < r) ≤ 1/40, and r is the largest such."""
    for n in range(6, 30):
        _, low, high = median_interval([*range(1, n + 1)])
        rank = int(low)
        assert high == n + 1 - rank
        assert sum(comb(n, i) for i in range(rank)) * 40 <= 2**n < 40 * sum(comb(n, i) for i in range(rank + 1))


# ----------------------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("parity-to-agnostic-relu", {"noise": "1/2"}, "below 1/2"),
        ("parity-to-agnostic-relu", {"k": "1"}, "k must be even"),
        ("parity-to-agnostic-relu", {"k": "10"}, "needs a dimension"),
        ("parity-to-agnostic-relu", {"delta": "0"}, "delta"),
        ("statistical-queries", {"eta": "1/2"}, "below 1/2"),
        ("statistical-queries", {"k": "5"}, "k must be even"),
        ("statistical-queries", {"k": "12"}, "needs a dimension"),
        ("statistical-queries", {"tau": "0"}, "tau"),
        ("agnostic-relu-to-halfspace", {"trials": "5"}, "at least 6"),
        ("agnostic-relu-to-halfspace", {"factor": "0"}, "factor"),
    ],
)
def test_parameters_without_sense_are_refused(name, given, words):
    run = runner.prepared(name, given)
    with pytest.raises(InvalidInstance, match=words):
        run.experiment.plan(run.parameters)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("parity-to-agnostic-relu", {"k": "6"}, "samples a run"),
        ("parity-to-agnostic-relu", {"k": "3"}, "no ReLU is correlated"),
        ("statistical-queries", {"d": "20"}, "tables of"),
        ("agnostic-relu-to-halfspace", {"labels": "unit"}, "says nothing"),
    ],
)
def test_plans_refuse(name, given, words):
    run = runner.prepared(name, given)
    assert words in run.experiment.plan(run.parameters).refusal


def test_what_is_told_runs_anyway():
    run = runner.prepared("parity-to-agnostic-relu", {"k": "6", "anyway": "true"})
    assert run.experiment.plan(run.parameters).refusal is None


def test_a_stranger_recovers_the_parity_with_one_command(tmp_path):
    words = [
        "parity-to-agnostic-relu",
        "-p",
        "d=3",
        "-p",
        "noise=0",
        "-p",
        "trials=2",
        "--jobs",
        "1",
        "-o",
        str(tmp_path),
    ]
    result = CliRunner().invoke(experiment, words, standalone_mode=False)
    assert result.return_value == 0, result.output
    assert {p.suffix for p in tmp_path.iterdir()} == {".csv", ".svg", ".png", ".jsonl"}
    table = (tmp_path / "parity-to-agnostic-relu.csv").read_text().splitlines()
    assert [line.split(",")[8] for line in table] == ["recovered", "2", "2"]


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        (enclose, ["zeta"], "there is no quantity 'zeta'"),
        (enclose, ["parity-correlation"], "needs the parameter k"),
        (enclose, ["parity-correlation", "-p", "k=5"], "k must be even"),
        (enclose, ["least-opt", "--width", "0"], "relative width"),
        (enclose, ["error-gap", "-p", "k=2", "-p", "eta=1/2"], "below 1/2"),
        (fact, ["goldbach"], "there is no fact"),
        (fact, ["hermite-addition", "-p", "k=30", "-p", "n=1"], "k is from 1 to 20"),
    ],
)
def test_bad_orders_are_one_clear_line(command, words, said):
    result = CliRunner().invoke(command, words, standalone_mode=False)
    assert isinstance(result.exception, InvalidInstance | BadInput), result.output
    assert said in str(result.exception)


def test_commands_of_numbers(tmp_path):
    for command, words in (
        (enclose, ["parity-correlation", "-p", "k=2"]),
        (fact, ["hermite-addition", "-p", "k=2", "-p", "n=4"]),
    ):
        path = tmp_path / f"{words[0]}.cert"
        result = CliRunner().invoke(command, [*words, "-o", str(path)], standalone_mode=False)
        assert result.return_value == 0, result.output
        assert path.exists()
    listed = CliRunner().invoke(enclose, ["list"], standalone_mode=False).output
    assert "growth-limit" in listed
    about = ["relucert", "check", str(tmp_path / "parity-correlation.cert")]
    for more, code, said in (
        ([], 0, "accepted: enclosure parity-correlation (k = 2)"),
        (["-p", "k=2"], 0, "accepted"),
        (["-p", "k=4"], 1, "with k = 2, not k = 4"),
        (["-p", "colors=2"], 2, "no parameter"),
        (["--source", "x.col"], 1, "about numbers"),
    ):
        (tmp_path / "x.col").write_text("p edge 1 0\n")
        done = subprocess.run(
            [sys.executable, "-m", *about, *more], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, said in done.stdout + done.stderr) == (code, True), done
    unknown = CliRunner().invoke(enclose, ["parity-correlation", "-p", "k=6", "--width", "1e-9"], standalone_mode=False)
    assert unknown.return_value == 3
