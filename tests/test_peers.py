"""The comparison with other programs: instances are what they claim, tables right, nothing is run twice, liars show."""

import json
import math
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import islice

import pytest

from benchmarks.peers import __main__ as peers
from benchmarks.peers import runs as of_runs
from benchmarks.peers.ask import model
from benchmarks.peers.encodings import cases, mixed_integer
from benchmarks.peers.families import FAMILIES, NUMBERS, Question, question, questions, shuffled
from benchmarks.peers.runs import BadFile, Limits, Run, Runs, fits_exactly, measured, networks, run
from benchmarks.peers.tables import Results, cactus, geometric_mean, report
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample

HAT = TrainingInstance(1, 3, tuple(sample((x,), y) for x, y in ((-1, 0), (0, 0), (1, 1), (2, 0), (3, 0))), bias=True)


def said(program, number, answer, seconds=1.0, family="line", **more):
    return Run(family, number, "digest", program, more.pop("seed", 0), answer, seconds, seconds, 1.0, **more)


# ------------------------------------------------------------------------------------------------------------ instances


def test_planted_networks_fit_and_no_instance_is_there_twice():
    asked = list(questions())
    assert len(FAMILIES) >= 12
    assert len(asked) >= 120
    known = [q for q in asked if q.solution is not None]
    assert 30 < len(known) < 70
    assert all(TRAINING.accepts(q.instance, q.solution) for q in known)
    assert all(TRAINING.instance_from_json(TRAINING.instance_to_json(q.instance)) == q.instance for q in asked)
    assert len({q.digest for q in asked}) == len(asked)
    assert all(cases(q.instance) for q in asked)  # every one can be stated for others


def test_families_take_turns_and_are_the_same_in_every_run():
    first = list(islice(questions(2), len(FAMILIES) + 1))
    assert [q.number for q in first] == [0] * len(FAMILIES) + [1]
    assert len({q.family for q in first[:-1]}) == len(FAMILIES)
    assert [q.digest for q in first] == [question(q.family, q.number).digest for q in first]


def test_the_line_has_a_solution_exactly_with_as_many_neurons_as_kinks():
    """Each kink of the labels needs a neuron, as it is at a sample and the pieces between them are affine."""
    for number in range(NUMBERS):
        q = question("line", number)
        labels = [s.y for s in q.instance.samples]
        bends = [labels[i - 1] - 2 * labels[i] + labels[i + 1] for i in range(1, len(labels) - 1)]
        kinks = sum(map(bool, bends))
        assert (q.solution is None) == (kinks > q.instance.neurons)


def test_another_order_is_the_same_question():
    q = question("planted", 0)
    other = shuffled(q.instance, 3)
    assert other != q.instance
    assert shuffled(q.instance, 0) == q.instance
    axes = [0, 1] if {s.x for s in other.samples} == {s.x for s in q.instance.samples} else [1, 0]
    turned = Network(tuple(tuple(w[t] for t in axes) for w in q.solution.weights), *list(vars(q.solution).values())[1:])
    assert TRAINING.accepts(other, turned)


# ------------------------------------------------------------------------------------------------ what a program prints


def test_models_are_read():
    text = "((w_0_0 (- (/ 1.0 2.0))) (b_0 3)\n (s_0 true) (s_1 false) (w_1_0 (root-obj (+ (^ x 2) (- 2)) 1)))"
    assert model(text) == {"w_0_0": "-1/2", "b_0": "3", "s_0": True, "s_1": False, "w_1_0": None}
    assert model("(error") == {}


def test_the_network_of_a_model_is_evaluated_exactly():
    half = TrainingInstance(1, 1, (sample((1,), Fraction(1, 2)),), output="ones")
    for text, fits in (("(/ 1 2)", True), ("(/ 1 3)", False), ("(root-obj x 1)", False)):
        found = {"case": 0, "values": model(f"((w_0_0 {text}))")}
        assert fits_exactly(half, networks("z3", half, found)) == fits
    signs = replace(half, output="signs", samples=(sample((1,), Fraction(-1, 2)),))
    found = {"case": 0, "values": model("((w_0_0 0.5) (s_0 false))")}
    assert fits_exactly(signs, networks("z3-if", signs, found))
    assert [net.output for net in networks("z3", signs, found)] == [(1,)]


@pytest.mark.parametrize(("weight", "fits"), [(0.3333333332, True), (0.4, False)])
def test_floating_point_is_rounded_and_evaluated_exactly(weight, fits):
    third = TrainingInstance(1, 1, (sample((1,), Fraction(1, 3)),), output="ones")
    values = [0.0] * len(mixed_integer(third, 1)["variables"])
    values[mixed_integer(third, 1)["weights"][0][0]] = weight
    assert fits_exactly(third, networks("scip", third, {"case": 0, "values": values})) == fits


@pytest.mark.thorough
def test_what_takes_too_long_or_too_much_is_ended(monkeypatch):
    slow = measured([sys.executable, "-c", "import time; time.sleep(600)"], Limits(0.2, 1))
    assert (slow.stopped, slow.output) == (True, "")
    large = measured([sys.executable, "-c", "bytes(2 ** 30)"], Limits(60, 0.5))
    assert (large.stopped, large.errors.strip().splitlines()[-1]) == (False, "MemoryError")
    assert measured([sys.executable, "-c", "print(7)"], Limits(60, 1)).output == "7\n"
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    compiling = [sys.executable, "-c", "import sys; print(not sys.dont_write_bytecode)"]
    assert measured(compiling, Limits(60, 1)).output == "True\n"
    monkeypatch.setattr(of_runs, "PATIENCE", 10**5)
    busy = measured([sys.executable, "-c", "while True: pass"], Limits(0.2, 1, processor=True))
    assert (busy.stopped, busy.cpu > 0.2) == (False, True)  # by the kernel, after a whole second


def test_a_program_that_dies_or_talks_nonsense_has_no_answer(monkeypatch):
    q = question("line", 0)
    for output, errors, note in (
        ("", "Segmentation fault\n", "Segmentation fault"),
        ("[7]", "", "it ended without an answer"),
        ('{"answer": "MAYBE", "note": "tired"}', "", "tired"),
    ):
        monkeypatch.setattr(of_runs, "measured", lambda *_, o=output, e=errors: of_runs.Measured(1, 1, 1, False, o, e))
        one = run("yices", q, 0, Limits(10))
        assert (one.answer, one.note) == ("UNKNOWN", note)
    late = json.dumps({"answer": "NO"})
    monkeypatch.setattr(of_runs, "measured", lambda *_: of_runs.Measured(10.5, 1, 1, False, late, ""))
    assert (run("yices", q, 0, Limits(10)).answer, run("yices", q, 0, Limits(11)).answer) == ("UNKNOWN", "NO")


# --------------------------------------------------------------------------------------------------------------- tables


def test_par2_and_means_on_planted_results():
    """Limit 10: unsolved and wrong count 20 s."""
    runs = [
        said("relucert", 0, "NO", 1.0),
        said("yices", 0, "NO", 4.0),
        said("highs", 0, "YES", 0.5, fits=False),
        said("relucert", 1, "YES", 2.0, fits=True),
        said("yices", 1, "UNKNOWN", 10.0),
        said("highs", 1, "YES", 8.0, fits=False),
        said("relucert", 2, "UNKNOWN", 10.0),
        said("yices", 2, "NO", 9.0),
        said("highs", 2, "UNKNOWN", 3.0),
        said("relucert", 3, "NO", 2.0),
    ]
    results = Results(tuple(runs), 10)
    assert set(results.of) == {("line", 0), ("line", 1), ("line", 2)}  # the fourth has not been asked of all
    assert results.truth == {("line", 0): "NO", ("line", 1): "YES", ("line", 2): "NO"}
    assert results.par2("relucert") == pytest.approx((1 + 2 + 20) / 3)
    assert results.par2("yices") == pytest.approx((4 + 20 + 9) / 3)
    assert results.par2("highs") == pytest.approx((20 + 8 + 20) / 3)
    assert [results.fastest_peer(key) for key in results.of] == [4, 8, 9]
    assert results.disagreements() == [("line", 0)]
    assert geometric_mean([1, 4]) == pytest.approx(2)
    text = "\n".join(report(results))
    assert "3 instances: 1 YES, 2 NO, 0 open; 10 s each; 1 more are not finished." in text
    assert "| line | 3 | 2 | 2, 7.67 | 2, 11.00 | 1, 16.00 |" in text
    # solved, PAR-2, wrong, inexact, confirmed by none, both, means, only relucert, only it, processor s of answers
    assert "| highs | 1 | 16.00 | 1 | 1 | 0 | 1 | 2.000 | 8.000 | 1 | 0 | 8 |" in text
    assert "| yices | 2 | 11.00 | 0 | 0 | 1 | 1 | 1.000 | 4.000 | 1 | 1 | 13 |" in text
    two = math.sqrt(1 * 2), math.sqrt(4 * 8)
    assert f"| all | 2 | 3 | 2 | {two[0]:.2f} | {two[1]:.2f} | {two[1] / two[0]:.2f} | {two[1] / two[0]:.2f} |" in text
    assert "- line 0: highs say YES, relucert, yices say NO; the answer is NO." in text


def test_what_nobody_else_solves_counts_as_the_limit():
    """4 s against 1 s and more than 10 s against 2 s; what the others do in 0.05 s says nothing."""
    runs = [said("relucert", number, "NO", seconds) for number, seconds in enumerate((1.0, 2.0, 0.2))]
    runs += [said("z3", 0, "NO", 4.0), said("z3", 1, "UNKNOWN", 10.0), said("z3", 2, "NO", 0.05)]
    text = "\n".join(report(Results(tuple(runs), 10)))
    assert "times as fast at least, 10 s for what no other solves" in text
    assert f"| all | 3 | 2 | 1 | 1.00 | 4.00 | 4.00 | {math.sqrt(4 * 5):.2f} |" in text


def test_a_liar_is_counted_whoever_it_is():
    planted = frozenset({("line", 0)})
    lies = Results((said("relucert", 0, "YES", fits=True), said("scip", 0, "NO")), 10, planted)
    assert [lies.is_wrong(one) for one in lies.runs] == [False, True]
    own = Results((said("relucert", 0, "NO"), said("z3", 0, "YES", fits=True)), 10)
    assert [own.is_wrong(one) for one in own.runs] == [True, False]
    assert own.solved("relucert") == []
    nobody = Results((said("relucert", 0, "UNKNOWN"), said("z3", 0, "NO"), said("yices", 0, "YES", fits=None)), 10)
    assert nobody.truth[("line", 0)] is None
    assert nobody.disagreements() == [("line", 0)]
    floats = Results((said("relucert", 0, "UNKNOWN"), said("scip", 0, "NO")), 10)
    assert floats.truth[("line", 0)] is None  # floating point settles nothing


def test_medians_over_seeds_and_their_spread():
    runs = [said("relucert", 0, "NO", t, seed=s) for s, t in enumerate((1.0, 5.0, 2.0))]
    runs += [
        said("z3", 0, answer, t, seed=s) for s, (answer, t) in enumerate((("NO", 3.0), ("UNKNOWN", 10), ("NO", 9.0)))
    ]
    results = Results(tuple(runs), 10)
    assert [results.seconds(("line", 0), p) for p in results.programs] == [2.0, 9.0]
    text = "\n".join(report(results))
    assert "| relucert | 1 | 1 | 0 | 2.00 | 5.00 | 5.0 |" in text
    assert "| z3 | 1 | 0 | 1 |  |  |  |" in text


def test_bytes_and_steps_and_the_share_of_checking():
    runs = (said("relucert", 0, "NO", steps=10, size=700, deciding=2.0, checking=0.1),)
    text = "\n".join(report(Results(runs, 10)))
    assert "Certificates: 1, 700 bytes, 10 steps, 70 bytes a step; checking took 0.1 s, deciding 2.0 s (5.0%)." in text


@pytest.mark.thorough
def test_the_plot_is_written_in_both_formats(tmp_path):
    results = Results((said("relucert", 0, "NO"), said("z3", 0, "NO")), 10)
    png, svg = cactus(results, tmp_path / "plots")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in svg.read_text()
    before = svg.read_bytes()
    cactus(results, tmp_path / "plots")
    assert svg.read_bytes() == before


# --------------------------------------------------------------------------------------------------------------- resume


@pytest.fixture
def asked(monkeypatch):
    """Runs that only note what was asked; cvc5 is missing."""
    found = []

    def answer(program, question, seed, _limits):
        found.append((question.name, program, seed))
        right, seconds = "NO" if question.solution is None else "YES", 1.0 if question.family == "line" else 0.01
        one = said(program, question.number, right, seconds, question.family, seed=seed)
        return replace(one, digest=question.digest)

    monkeypatch.setattr(peers, "run", answer)
    monkeypatch.setattr(peers, "cactus", lambda _results, folder: [folder / "peers.png"])
    monkeypatch.setattr(peers, "installed", lambda program: None if program == "cvc5" else "1.0")
    return found


def ask(*words):
    with pytest.raises(SystemExit) as end:
        peers.main([str(word) for word in words])
    return end.value.code


def test_what_is_there_is_not_run_again_and_what_is_missing_is_named(asked, tmp_path, capsys):
    some = ["--db", tmp_path / "runs.db", "--plots", tmp_path, "--families", "line,gadgets", "--programs", "z3,cvc5"]
    assert ask(*some, "--per-family", 1) == 0
    assert asked == [("line 0", "z3", 0), ("gadgets 0", "z3", 0)]
    printed = capsys.readouterr()
    assert "cvc5 is not installed (pip install -e '.[bench]'): left out\n" in printed.out
    assert "1/2 line 0 (zigzag, 3 kinks, k = 3): z3 YES 1.00 s\n" in printed.out
    assert ask(*some, "--per-family", 2) == 0
    assert asked[2:] == [("line 1", "z3", 0), ("gadgets 1", "z3", 0)]
    assert ask(*some, "--per-family", 2, "--seeds", 3) == 0  # where it takes 0.1 s or more
    assert asked[4:] == [("line 0", "z3", 1), ("line 1", "z3", 1), ("line 0", "z3", 2), ("line 1", "z3", 2)]
    assert ask(*some, "--report") == 0
    assert len(asked) == 8
    assert ask(*some, "--per-family", 1, "--again", "z3") == 0
    assert asked[8:] == [("line 0", "z3", 0), ("gadgets 0", "z3", 0)]


def test_what_the_seeds_so_far_settle_is_not_asked_again(asked, monkeypatch, tmp_path):
    """Of five seeds three without an answer leave the median without one; relucert's own seconds ask for no seeds."""
    right = peers.run

    def answer(program, question, seed, limits):
        one = right(program, question, seed, limits)
        seconds = 1.0 if program == "relucert" else one.seconds
        lost = (program, question.family) == ("yices", "line") and (seed < 2 or seed == 3)
        return replace(one, answer="UNKNOWN" if lost else one.answer, seconds=seconds)

    monkeypatch.setattr(peers, "run", answer)
    some = ["--db", tmp_path / "runs.db", "--plots", tmp_path, "--families", "line,gadgets", "--per-family", 1]
    assert ask(*some, "--programs", "relucert,z3,yices", "--seeds", 5) == 0
    found = {name: [s for q, p, s in asked if (q, p) == ("line 0", name)] for name in ("relucert", "z3", "yices")}
    assert found == {"relucert": [0, 1, 2, 3, 4], "z3": [0, 1, 2, 3, 4], "yices": [0, 1, 2, 3]}
    assert {seed for question, _, seed in asked if question == "gadgets 0"} == {0}


def test_other_limits_other_instances_and_other_files_are_refused(asked, tmp_path, capsys):
    some = [
        "--db",
        tmp_path / "runs.db",
        "--plots",
        tmp_path,
        "--families",
        "line",
        "--programs",
        "z3",
        "--per-family",
        1,
    ]
    assert ask(*some) == 0
    capsys.readouterr()
    assert ask(*some, "--limit", 20) == 2
    assert (
        capsys.readouterr().err == f"{tmp_path}/runs.db: its runs have seconds 10, not 20: name another file by --db\n"
    )
    runs = Runs(tmp_path / "runs.db")
    with pytest.raises(BadFile, match="line 0 is another instance there"):
        runs.holds(Question("line", 0, "", HAT), "z3", 0)
    text = tmp_path / "text"
    text.write_text("no database, but a text of some length" * 9)
    for words, error in (
        (["--db", tmp_path / "none", "--report"], f"{tmp_path}/none: there is no such file\n"),
        (["--db", text], f"{text}: file is not a database\n"),
    ):
        assert ask(*words, "--plots", tmp_path) == 2
        assert capsys.readouterr().err == error
    assert ask("--programs", "z3,gurobi") == 2
    assert "gurobi is none of relucert, z3-if," in capsys.readouterr().err


def test_runs_come_back_as_they_went_in(tmp_path):
    kept = Runs(tmp_path / "runs.db")
    one = said("relucert", 3, "YES", fits=True, note="", steps=4, size=5, deciding=0.5, checking=0.25)
    kept.add(one)
    kept.add(said("scip", 3, "UNKNOWN", note="time"))
    assert [*Runs(tmp_path / "runs.db")] == [one, said("scip", 3, "UNKNOWN", note="time")]
