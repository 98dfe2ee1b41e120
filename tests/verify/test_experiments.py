"""Experiments: exact numbers against brute force, wrong versions found, runs interrupted and resumed."""

import csv
import json
import random
from fractions import Fraction
from itertools import product
from math import comb

import forked
import numpy as np
import pytest
from click.testing import CliRunner

from relucert.certificates.writer import Yes
from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.verify.certify import CertificateRefused
from relucert.verify.commands.experiment import experiment
from relucert.verify.experiments import EXPERIMENTS, judges, patches, runner
from relucert.verify.experiments.experiment import Asked
from relucert.verify.experiments.figures import draw
from relucert.verify.experiments.groups import (
    KEPT,
    ODD,
    OWN,
    REUSED,
    SCATTERED,
    UNIFORM,
    Sample,
    all_clauses,
    bound_any_filter,
    draw_formula,
    draw_group,
    draw_sample,
    factors,
    fits,
    holds,
    joint_law,
    probability_fits,
    randomise,
    true_literals,
)
from relucert.verify.experiments.intervals import GRID, clopper_pearson
from relucert.verify.experiments.judges import REALIZABLE, critical, mean, parity, solution
from relucert.verify.experiments.learner import distinguish, memory
from relucert.verify.experiments.transform import transform
from relucert.verify.files import BadInput

pytestmark = pytest.mark.thorough


def sign_vectors(n):
    return product((1, -1), repeat=n)


# ----------------------------------------------------------------------------------------------------- exact intervals


@pytest.mark.parametrize("n", [1, 5, 12])
def test_intervals_cover_whatever_the_probability(n):
    intervals = [clopper_pearson(k, n) for k in range(n + 1)]
    for p in (Fraction(i, 97) for i in range(98)):
        covered = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k, (a, b) in enumerate(intervals) if a <= p <= b)
        assert covered >= Fraction(19, 20)


def test_intervals_are_no_wider_than_they_must_be():
    """One step of the grid inside each end, a tail exceeds 1/40."""
    low, high = clopper_pearson(3, 10)
    for end, ks in ((low + Fraction(1, GRID), range(3, 11)), (high - Fraction(1, GRID), range(4))):
        assert sum(comb(10, k) * end**k * (1 - end) ** (10 - k) for k in ks) > Fraction(1, 40)
    assert (round(float(low), 4), round(float(high), 4)) == (0.0667, 0.6525)  # the value in tables


# ------------------------------------------------------------------------------------------------------- randomisation


def test_the_probability_that_a_fixed_assignment_fits_is_what_enumeration_gives():
    n, K, M, m, psi = 2, 2, 2, 2, (1, 1)
    every = list(product(all_clauses(n, K), repeat=M))
    fitting = total = 0
    for labels in product((0, 1), repeat=m):
        for fresh in product(every, repeat=m):
            total += 1
            fitting += all(label == 0 or not holds(psi, group) for label, group in zip(labels, fresh, strict=True))
    assert probability_fits(K, M, m) == Fraction(fitting, total) == Fraction(529, 1024)


@pytest.mark.parametrize("seed", range(10))
def test_the_bound_for_scattered_samples_holds_for_the_points_at_hand(seed):
    n, m = 3, 5
    groups = tuple(draw_group(n, 2, 2, Coins(seed, i)) for i in range(m))
    some = sum(
        any(fits(psi, Sample(n, groups, labels)) for psi in sign_vectors(n)) for labels in product((0, 1), repeat=m)
    )
    assert 0 < Fraction(some, 2**m) <= bound_any_filter(n, m) == Fraction(1, 4)


@pytest.mark.parametrize("size", [(1, 1, 1, 3), (2, 1, 1, 2), (2, 2, 1, 2)])
def test_labels_are_coins_that_do_not_know_the_points(size):
    assert factors(joint_law(*size, OWN)) == (True, True, True)
    assert factors(joint_law(*size, KEPT)) == (True, True, True)


@pytest.mark.parametrize("size", [(1, 1, 1, 3), (2, 1, 1, 2), (2, 2, 1, 2)])
def test_clauses_reused_between_groups_are_found(size):
    independent, fair, uniform = factors(joint_law(*size, REUSED))
    assert (independent, fair, uniform) == (False, True, False)


def test_biased_coins_are_found():
    law = {(points, labels): 1 + labels[0] for points, labels in joint_law(1, 1, 1, 2, OWN)}
    assert factors(law)[:2] == (True, False)


def test_a_sample_has_the_groups_of_its_formula_where_the_label_is_0():
    _, formula = draw_formula(9, 3, 40, UNIFORM, Coins(1))
    sample = randomise(9, formula, 4, 10, Coins(2))
    kept = [group == tuple(formula[4 * i : 4 * i + 4]) for i, group in enumerate(sample.groups)]
    assert kept == [label == 0 for label in sample.labels]
    assert 0 < sum(sample.labels) < 10
    with pytest.raises(InvalidInstance, match="must not be used twice"):
        randomise(9, formula, 4, 11, Coins(2))


@pytest.mark.parametrize("planting", [UNIFORM, ODD])
def test_planted_clauses_are_uniform_among_those_that_are_meant(planting):
    psi, formula = draw_formula(3, 3, 700, planting, Coins(5))
    allowed = {1, 3} if planting == ODD else {1, 2, 3}
    assert {true_literals(psi, clause) for clause in formula} == allowed
    meant = [c for c in all_clauses(3, 3) if true_literals(psi, c) in allowed]
    assert {tuple(sorted(c, key=abs)) for c in formula} == set(meant)


def test_both_sides_of_the_experiment_are_what_they_say():
    coins = Coins(7)
    for trial in range(10):
        for planting in (UNIFORM, ODD):
            assert solution(draw_sample(6, 3, 2, 12, planting, coins.fork(planting, trial))) is not None


# ------------------------------------------------------------------------------------------------------- distinguishers


def test_search_agrees_with_brute_force(shares):
    answers = []
    for trial in range(60):
        sample = draw_sample(4, 2, 2, 4, SCATTERED, Coins(3, trial))
        expected = any(fits(psi, sample) for psi in sign_vectors(4))
        found = solution(sample)
        answers.append(expected)
        assert (found is not None) == expected
        assert found is None or fits(found, sample)
    shares(answers.count(True), answers.count(False))


def test_search_answers_only_what_the_checker_accepts(monkeypatch):
    """A prover that lies gets nothing past it, whatever the sample is."""
    monkeypatch.setattr(judges, "decide_in_process", lambda problem, instance: Yes(()))
    lied = draw_sample(4, 2, 2, 8, SCATTERED, Coins(3, 1))
    assert not fits((-1,) * 4, lied)
    with pytest.raises(CertificateRefused):
        solution(lied)


def test_parity_elimination_agrees_with_brute_force(shares):
    answers = []
    for trial in range(60):
        sample = draw_sample(4, 3, 1, 8, SCATTERED, Coins(4, trial))
        label0 = [c for g, y in zip(sample.groups, sample.labels, strict=True) for c in g if y == 0]
        expected = any(all(true_literals(psi, c) % 2 for c in label0) for psi in sign_vectors(4))
        answers.append(expected)
        assert (parity(sample, Coins(0)) == REALIZABLE) == expected
    shares(answers.count(True), answers.count(False))


def test_the_mean_wins_on_uniformly_planted_formulas_and_not_on_odd_ones():
    said = {
        source: sum(
            mean(draw_sample(30, 3, 20, 80, source, Coins(6, source, i)), Coins(i)) == REALIZABLE for i in range(12)
        )
        for source in (SCATTERED, UNIFORM, ODD)
    }
    assert said[UNIFORM] >= 11
    assert said[SCATTERED] <= 3
    assert said[ODD] <= 3


def test_the_level_of_the_network_is_exact():
    for n in (5, 10, 100):
        tail = [Fraction(sum(comb(n, i) for i in range(c, n + 1)), 2**n) for c in range(n + 2)]
        assert tail[critical(n)] <= Fraction(1, 20) < tail[critical(n) - 1]


def test_memory_wins_only_where_the_sample_is_too_small():
    """Why m ≥ 4p: with p draws from m = p/3 points nearly all are seen, and a scattered sample is called realizable."""
    learner = Asked("memory", memory)
    small = draw_sample(12, 3, 3, 20, SCATTERED, Coins(8))
    large = draw_sample(12, 3, 3, 240, SCATTERED, Coins(8))
    assert distinguish(learner, small, 60, Coins(9)) == REALIZABLE
    assert distinguish(learner, large, 60, Coins(9)) == SCATTERED


# ------------------------------------------------------------------------------------------------------ floating point


def test_points_are_transformed_as_by_the_large_matrix():
    """M has rows (b, r), columns (j, r), and is Z_r on them: built here entry by entry."""
    k, t = 3, 4
    rng = np.random.default_rng(0)
    blocks, x = rng.standard_normal((t, k, k)), rng.standard_normal((5, k, t))
    large = np.zeros((k * t, k * t))
    for b, j, r in product(range(k), range(k), range(t)):
        large[b * t + r, j * t + r] = blocks[r, b, j]
    expected = np.linalg.solve(large.T, x.reshape(5, k * t).T).T
    found = transform(np.linalg.inv(blocks.transpose(0, 2, 1)), x).reshape(5, k * t)
    assert np.allclose(found, expected)
    assert not np.allclose(transform(np.linalg.inv(blocks), x).reshape(5, k * t), expected)  # M for Mᵀ


# ---------------------------------------------------------------------------------------------------------- the runner

TINY = {"variables": "6", "group_size": "4", "groups": "8", "trials": "120", "floor": "0"}


def ran(*words):
    return CliRunner().invoke(experiment, words, standalone_mode=False)


def options(values):
    return [word for name, value in values.items() for word in ("-p", f"{name}={value}")]


def test_every_experiment_is_listed_and_states_a_plan():
    text = ran("list").output
    for name, one in EXPERIMENTS.items():
        assert f"{name}: {one.summary}" in text
        plan = one().plan(runner.prepared(name, {}).parameters)
        assert plan.refusal is None
        assert any("measured" in line or "exact" in line for line in plan.lines)


def test_processes_and_order_do_not_matter(tmp_path):
    run = runner.prepared("fixed-assignment", TINY, seed=3)
    one = runner.results(run, tmp_path / "one.jsonl", 1, lambda *_: None)
    two = runner.results(run, tmp_path / "two.jsonl", 2, lambda *_: None)
    assert one == two
    assert list(one) == ["0 50", "50 50", "100 20"]
    other = runner.results(runner.prepared("fixed-assignment", TINY, seed=4), tmp_path / "one.jsonl", 1, print)
    assert other != one
    assert len((tmp_path / "one.jsonl").read_text().splitlines()) == 6


def test_a_run_is_resumed_where_it_was_interrupted(tmp_path, monkeypatch):
    undisturbed = ran("fixed-assignment", *options(TINY), "--jobs", "1", "-o", str(tmp_path / "whole"))
    assert undisturbed.return_value == 0
    cls, computed = EXPERIMENTS["fixed-assignment"], []
    own = cls.run

    def interrupted(self, p, batch, coins, subject):
        if len(computed) == 1:
            raise KeyboardInterrupt
        computed.append(batch)
        return own(self, p, batch, coins, subject)

    command = ("fixed-assignment", *options(TINY), "--jobs", "1", "-o", str(tmp_path / "cut"))
    monkeypatch.setattr(cls, "run", interrupted)
    assert ran(*command).return_value == 130
    journal = tmp_path / "cut" / "fixed-assignment.jsonl"
    assert [json.loads(line)["batch"] for line in journal.read_text().splitlines()] == ["0 50"]
    with journal.open("a") as stream:
        stream.write('{"key": "half a li')

    def counted(self, p, batch, coins, subject):
        computed.append(batch)
        return own(self, p, batch, coins, subject)

    monkeypatch.setattr(cls, "run", counted)
    assert ran(*command).return_value == 0
    assert computed == ["0 50", "50 50", "100 20"]
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names == sorted(
        [f"fixed-assignment{end}" for end in (".csv", ".jsonl", "-dark.png", "-dark.svg", "-light.png", "-light.svg")]
    )
    for name in names:
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_the_key_depends_on_all_that_the_numbers_depend_on():
    base = runner.prepared("fixed-assignment", TINY)
    others = [
        runner.prepared("fixed-assignment", TINY, seed=1),
        runner.prepared("fixed-assignment", TINY | {"trials": "121"}),
        runner.prepared("distinguishers", {}),
        runner.prepared("distinguishers", {}, subject="mean"),
    ]
    assert len({run.key for run in (base, *others)}) == 5
    assert base.key == runner.prepared("fixed-assignment", dict(TINY)).key


def test_a_subject_of_ones_own_is_judged(tmp_path, monkeypatch):
    (tmp_path / "own_subject.py").write_text("def always(sample, coins):\n    return 'realizable'\n")
    monkeypatch.chdir(tmp_path)
    size = options({"variables": 6, "group_size": 2, "groups": 6, "trials": 4})
    result = ran("distinguishers", *size, "--subject", "own_subject:always", "--jobs", "1", "-o", "out")
    assert result.return_value == 0
    rows = list(csv.DictReader((tmp_path / "out/distinguishers.csv").open()))
    assert [(r["planting"], r["planted"], r["scattered"], r["advantage"]) for r in rows] == [
        ("uniform", "4", "4", "0"),
        ("odd", "4", "4", "0"),
    ]


NONSENSE = {
    "return 3": "returned '3', not realizable or scattered",
    "return None": "returned 'None', not",
    "raise ValueError('no idea')": "ValueError: no idea",
    "raise SystemExit(0)": "SystemExit: 0",
}


@pytest.mark.parametrize("body", NONSENSE)
def test_nonsense_of_a_distinguisher_is_one_clear_line(body):
    def nonsense(sample, coins):
        exec(body.replace("return ", "result = "), scope := {})
        return scope.get("result")

    p = runner.prepared("distinguishers", {"variables": 6, "group_size": 2, "groups": 6, "trials": 1}).parameters
    with pytest.raises(InvalidInstance) as problem:
        EXPERIMENTS["distinguishers"]().run(p, "6 2 6 odd 0 1", Coins(0), ("mine:nonsense", nonsense))
    assert "mine:nonsense" in str(problem.value)
    assert NONSENSE[body].replace("'", "") in str(problem.value).replace("'", "").replace('"', "")


@pytest.mark.parametrize(
    ("learner", "said"),
    [
        (lambda examples, coins: 1, "not a predictor"),
        (lambda examples, coins: lambda group: "one", "not a number"),
        (lambda examples, coins: lambda group: float("nan"), "not a number"),
        (lambda examples, coins: lambda group: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_nonsense_of_a_learner_is_one_clear_line(learner, said):
    with pytest.raises(InvalidInstance, match=said):
        distinguish(Asked("mine", learner), draw_sample(6, 2, 2, 8, SCATTERED, Coins(0)), 2, Coins(1))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "there is no experiment 'nothing'"),
        (["norms", "-p", "x=1"], "norms has no parameter 'x'"),
        (["norms", "-p", "k=0"], "k must be at least 1"),
        (["norms", "-p", "delta=1"], "delta must be between 0 and 1"),
        (["norms"], "say with -o"),
        (["norms", "--subject", "mean"], "norms takes no subject"),
        (["distinguishers", "--subject", "nobody"], "there is no 'nobody'"),
        (["distinguishers", "--subject", "json:nobody"], "json:nobody"),
        (["distinguishers", "--subject", "json:__name__"], "is no function"),
        (["distinguishers", "-p", "groups=3"], "or none of them"),
        (["fixed-assignment", "-p", "group_size=3"], "take group_size=35"),
        (["fixed-assignment", "-p", "width=13"], "needs as many variables"),
        (["fixed-assignment", "-p", "floor=1"], "the floor"),
        (["learner", "-p", "groups=100"], "at least 4p = 308"),
        (["transform", "-p", "k=100"], "more than 1"),
    ],
)
def test_bad_input_and_refusals_are_one_clear_line(words, said):
    result = ran(*words)
    assert isinstance(result.exception, BadInput | InvalidInstance)
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)


def test_a_journal_that_is_none_is_refused(tmp_path):
    (tmp_path / "j").write_text("[]\n")
    with pytest.raises(BadInput, match="line 1 is no batch"):
        runner.read_journal(tmp_path / "j", "key")


def test_key_lemma_fails_when_clauses_are_reused(tmp_path):
    assert ran("key-lemma", "--jobs", "1", "-o", str(tmp_path)).return_value == 0
    assert ran("key-lemma", "-p", "use=reused", "--jobs", "1", "-o", str(tmp_path)).return_value == 1


def test_json_has_the_plan_the_table_and_the_files(tmp_path):
    for use, verdict, code in (("own", "ok", 0), ("reused", "failed", 1)):
        done = forked.run(
            "relucert", "experiment", "key-lemma", "-p", f"use={use}", "--jobs", 1, "-o", tmp_path / use, "--json"
        )
        said = json.loads(done.stdout)
        assert (done.returncode, said["verdict"], "reason" in said) == (code, verdict, verdict == "failed")
        assert said["files"] == [str(tmp_path / use / "key-lemma.csv")]
        assert said["rows"] == list(csv.DictReader((tmp_path / use / "key-lemma.csv").read_text().splitlines()))
        assert f"clauses of the formula: {use}" in said["plan"]
    done = forked.run("relucert", "experiment", "list", "--json")
    assert [one["name"] for one in json.loads(done.stdout)["experiments"]] == list(EXPERIMENTS)
    for words in (["nothing"], ["fixed-assignment", "-p", "group_size=3"], ["key-lemma"]):
        done = forked.run("relucert", "experiment", *words, "--json")
        assert (done.returncode, json.loads(done.stdout)["verdict"], len(done.stderr.splitlines())) == (2, "error", 1)


@pytest.mark.slow
def test_a_bound_that_does_not_hold_is_a_failure():
    rows = [{"delta": Fraction(1, 20), "above": above, "draws": 1000} for above in (50, 70, 120)]
    failures = [EXPERIMENTS["norms"]().failure([row]) for row in rows]
    assert failures == [None, None, "measured above the bound at δ = 1/20"]


def test_figures_have_the_same_bytes_each_time_and_differ_light_from_dark():
    one = EXPERIMENTS["norms"]()
    run = runner.prepared("norms", {"draws": "20"})
    rows = one.table(run.parameters, {"0 20": run.batch("0 20")})
    figure = one.figure(run.parameters, rows)
    pictures = {(kind, dark): draw(figure, kind, dark) for kind in ("svg", "png") for dark in (False, True)}
    assert len(set(pictures.values())) == 4
    assert all(draw(figure, *which) == picture for which, picture in pictures.items())


def test_global_state_does_not_matter():
    run = runner.prepared("norms", {"draws": "5"})
    random.seed(1)
    np.random.seed(1)
    first = run.batch("0 5")
    random.seed(2)
    np.random.seed(2)
    assert run.batch("0 5") == first


# --------------------------------------------------------------------------------------------- patches and block laws


def test_what_filters_compute_is_checked_and_a_wrong_bias_entry_is_found(monkeypatch):
    def false_claims():
        return {claim for claim, true in patches.claims(2, 2) if not true}

    assert false_claims() == set()
    assert patches.strict_example() == (False, True)
    own = patches.patch
    monkeypatch.setattr(patches, "patch", lambda c, n: (*own(c, n)[:n], -len(c)))  # −K for −(K − 1)
    assert {"inner product", "bias 1"} <= false_claims()


def test_a_clip_forgotten_is_found(monkeypatch):
    monkeypatch.setattr(patches, "value", lambda w, group: sum(patches.neurons(w, group)))
    assert {"bias 1", "max-pooling"} <= {claim for claim, true in patches.claims(1, 1) if not true}


def test_the_law_of_mw_is_the_same_for_every_filter_unless_the_redraw_rule_sees_signs():
    one = EXPERIMENTS["block-law"]()
    for keep, expected in (("nonsingular", [True] * 4), ("positive", [False, True, True, False])):  # odd k
        rows = one.table({}, {b: one.run({"keep": keep}, b, Coins(0), None) for b in one.batches({})})
        assert [row["same law for every w"] for row in rows] == expected
        if keep == "nonsingular":
            assert [row["distance to D"] for row in rows] == ["0", "1/2", "3/4", "5/8"]
            assert [row["distance to D"] for row in rows] == [row["1 - (1 - p)^t"] for row in rows]
            assert one.failure(rows) is None
        else:
            assert one.failure(rows) == "the law of MW depends on w in 2 of 4 sizes"
