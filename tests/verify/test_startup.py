"""What is loaded is what is needed, and small questions start no process. Counted in modules, not in seconds."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import forked
import pytest

import relucert as package
from relucert.certificates.writer import No, Yes
from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.verify import isolate, jobs, small
from relucert.verify.limits import Watch
from relucert.verify.problems import SEARCHES
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.small import WORDS, decide_small

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CORPUS = ROOT / "tests/corpus/accept"
SAWTOOTH = [EXAMPLES / "sawtooth.csv", "--bias"]

LOADED = """
import json, sys
before = set(sys.modules)
from relucert.verify.commands.main import main
try:
    main()
finally:
    print(json.dumps(sorted(set(sys.modules) - before)), file=sys.stderr)
"""


def loaded(*words):
    """The exit code of a command, and what it imports, of relucert and of others that Python has not itself."""
    command = [sys.executable, "-c", LOADED, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    names = json.loads(done.stderr.splitlines()[-1])
    own = {name.removeprefix("relucert.") for name in names if name.startswith("relucert.")}
    tops = {name.split(".")[0] for name in names} - {"relucert"}
    return done.returncode, own, tops - set(sys.stdlib_module_names), tops & {"multiprocessing", "hashlib", "tempfile"}


def of(floor, names):
    return {name.removeprefix(f"{floor}.") for name in names if name.startswith(f"{floor}.")}


def test_a_check_loads_one_problem_and_no_package():
    code, own, packages, heavy = loaded("check", CORPUS / "set-cover-no.jsonl")
    assert (code, packages, heavy) == (0, set(), set())
    assert of("reductions.problems", own) == of("certificates.encodings", own) == {"set_cover"}
    assert of("certificates.claims", own) == {"rejects"}
    assert not {"certificates.quantities", "verify.jobs", "verify.decide", "verify.commands.options"} & own
    assert len(own) <= 45


def test_a_check_with_options_loads_their_parser_only():
    code, own, packages, _ = loaded("check", CORPUS / "set-cover-no.jsonl", "--json")
    assert (code, packages) == (0, {"click"})
    assert not {"verify.jobs", "verify.decide", "verify.isolate", "verify.commands.certify"} & own
    assert len(own) <= 60


def test_check_says_the_same_with_and_without_the_parser(tmp_path):
    bad = tmp_path / "bad"
    bad.write_text("{}")
    for files in (
        [CORPUS / "set-cover-no.jsonl"],
        [CORPUS / "set-cover-no.jsonl", CORPUS / "set-cover-yes.jsonl", bad],
        [tmp_path / "none"],
        [tmp_path],
    ):
        plain, parsed = forked.run("relucert", "check", *files), forked.run("relucert", "check", "--quiet", *files)
        assert (plain.returncode, plain.stdout, plain.stderr) == (parsed.returncode, parsed.stdout, parsed.stderr)
        assert plain.stdout
    assert forked.run("relucert", "check").returncode == 2


def test_a_guess_loads_no_solver(tmp_path):
    code, own, packages, heavy = loaded("certify", "training", *SAWTOOTH, "--neurons", 9, "-o", tmp_path / "cert")
    assert (code, packages, heavy) == (0, {"click"}, set())
    assert of("reductions.problems", own) == {"training"}
    assert not {"verify.isolate", "verify.provers.linear_program", "verify.lemmas"} & own
    assert not {"verify.provers.planar", "verify.provers.one_in_three", "verify.provers.ramps"} & own
    assert len(own) <= 76


def test_a_derivation_loads_a_sat_solver_only():
    code, own, packages, heavy = loaded("certify", "training", *SAWTOOTH, "--neurons", 2)
    assert (code, "multiprocessing" in heavy, packages) == (0, False, {"click", "pysolvers"})  # python-sat's C part
    assert len(own) <= 90


def test_a_small_question_in_general_position_loads_a_sat_solver_and_arrays():
    code, own, packages, _ = loaded("certify", "training", EXAMPLES / "arc.csv", "--neurons", 2)
    assert (code, packages) == (0, {"click", "numpy", "pysolvers"})
    assert "verify.isolate" not in own


def test_a_small_question_loads_no_more_than_the_exact_simplex():
    code, own, packages, _ = loaded("certify", "training", EXAMPLES / "arc.csv", "--neurons", 2, "-p", "norm_bound=9")
    assert code == 0
    assert {"flint", "numpy", "pysat"} < packages
    assert not {"highspy", "z3", "psutil", "networkx"} & packages
    assert "verify.isolate" not in own


# ------------------------------------------------------------------------------------------------ small questions

# Weak convexity: 1 at 0 and 2, 0 at 1, is one ReLU and its mirror image; without biases every function is 0 at 0.
POINTS = [[-1], [0], [1]]


@pytest.fixture
def alone(monkeypatch):
    """No process is started."""

    def never(*_arguments, **_options):
        raise AssertionError("a race was started")

    monkeypatch.setattr(isolate, "race", never)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("prover", ["auto", "lp", "z3"])
def test_small_questions_start_no_process(prover):
    yes = package.certify_training(POINTS, [1, 0, 1], neurons=2, prover=prover)
    no = package.certify_training(POINTS, [1, 0, 1], neurons=1, prover=prover)
    assert (yes.answer, no.answer) == ("YES", "NO")
    assert yes.check().verdict == no.check().verdict == "accepted"
    assert package.certify("hypergraph-coloring", EXAMPLES / "k6.col", colors=5).answer == "NO"
    assert package.certify("hypergraph-coloring", EXAMPLES / "k6.col", colors=6).answer == "YES"


@pytest.mark.usefixtures("alone")
def test_colorings_start_no_process():
    """Also larger ones, up to a bound on what their formula would hold."""
    for colors, answer in ((4, No), (5, Yes)):
        instance = ColoringToReluSum().reduce(coloring(25, queens(5), colors))
        assert SEARCHES["training"].encoding.words(instance, None) > WORDS
        with Watch() as watch:
            assert isinstance(jobs.racing("auto", watch)(TRAINING, instance), answer)


def test_without_a_prover_no_large_question_is_asked_here(monkeypatch):
    """And none that is no colouring: what is not charged for is bounded by what the formula holds."""
    asked = []
    monkeypatch.setattr("relucert.verify.decide.decide", lambda *_args, **_more: asked.append(1) or Unknown("nothing"))
    coloring_like = ColoringToReluSum().reduce(coloring(25, queens(5), 5))
    assert decide_small(TRAINING, coloring_like, "auto", Deadline()) is None
    assert asked == [1]
    for other in (
        replace(coloring_like, bias=True),
        replace(coloring_like, loss="l1", threshold=1),
        ColoringToReluSum().reduce(coloring(100, queens(10), 11)),
    ):
        assert SEARCHES["training"].encoding.words(other, None) > WORDS
        assert decide_small(TRAINING, other, "auto", Deadline()) is None
    assert asked == [1]


def queens(n):
    squares = list(product(range(n), repeat=2))
    return [
        (squares.index(p), squares.index(q))
        for p, q in combinations(squares, 2)
        if p[0] == q[0] or p[1] == q[1] or abs(p[0] - q[0]) == abs(p[1] - q[1])
    ]


class Racing(Exception):
    pass


@pytest.fixture
def raced(monkeypatch):
    def race(_task, provers, *_arguments):
        raise Racing([prover.name for prover in provers])

    monkeypatch.setattr(isolate, "race", race)


@pytest.mark.usefixtures("raced")
def test_what_is_not_small_is_for_the_race(monkeypatch):
    """By its size, by a search from outside, by its work, by a failure."""
    hat = TrainingInstance(1, 1, tuple(sample(x, y) for x, y in zip(POINTS, (1, 0, 1), strict=True)))
    large = TrainingInstance(1, 2, tuple(sample([x], x * x) for x in range(60)), bias=True)
    assert SEARCHES["training"].encoding.words(large, None) > WORDS

    def ask(instance, prover="auto", searches=SEARCHES):
        with Watch() as watch:
            return jobs.racing(prover, watch, searches)(TRAINING, instance)

    assert isinstance(ask(hat), No)
    with pytest.raises(Racing, match=r"z3.*lp"):
        ask(large)
    with pytest.raises(Racing, match="'z3'"):
        ask(large, "z3")
    theorem = OneInThreeToPlane().reduce(OneInThreeInstance(4, tuple(combinations(range(4), 3))))
    with pytest.raises(Racing, match=r"^\['lp'\]$"):  # what is derived is not derived twice
        ask(theorem)
    with pytest.raises(Racing, match=r"^\['z3'\]$"):
        ask(theorem, "z3")
    with pytest.raises(Racing):
        ask(hat, searches=SEARCHES.trying_first("training", SEARCHES["training"]))
    monkeypatch.setattr(small, "WORK", 10)
    with pytest.raises(Racing):
        ask(hat)
    monkeypatch.undo()
    monkeypatch.setattr(type(SEARCHES["training"]), "guess", lambda *_: 1 / 0)
    assert decide_small(TRAINING, hat, "auto", Deadline()) is None


@pytest.mark.parametrize("number", [signal.SIGALRM, signal.SIGINT])
def test_signals_wait_for_the_end_of_a_small_question(monkeypatch, number):
    """Z3 calls Python for every clause, and what is raised in there is lost."""
    done = []

    def handler(*_):
        raise KeyboardInterrupt

    def decide(*_arguments, **_options):
        os.kill(os.getpid(), number)
        done.append("decided")
        return Unknown("nothing")

    monkeypatch.setattr("relucert.verify.decide.decide", decide)
    before = signal.signal(number, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            decide_small(TRAINING, TrainingInstance(1, 1, (sample([1], -1),), output="ones"), "auto", Deadline())
    finally:
        signal.signal(number, before)
    assert done == ["decided"]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


def test_small_answers_are_those_of_the_race():
    for k, answer in ((1, No), (2, Yes)):
        instance = TrainingInstance(1, k, tuple(sample(x, y) for x, y in zip(POINTS, (1, 0, 1), strict=True)))
        assert isinstance(decide_small(TRAINING, instance, "auto", Deadline()), answer)
    assert not isinstance(decide_small(TRAINING, instance, "auto", Deadline(work=0)), Unknown)


# --------------------------------------------------------------------------------------------------------- many files


def certify(*words, **options):
    return forked.run("relucert", "certify", *words, **options)


GRAPHS = {"k4.col": "p edge 4 6\n" + "".join(f"e {u} {v}\n" for v in range(1, 5) for u in range(1, v)),
          "path.col": "p edge 3 2\ne 1 2\ne 2 3\n", "bad.col": "nonsense\n"}  # fmt: skip


@pytest.fixture
def graphs(tmp_path):
    for name, text in GRAPHS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


COLORED = ["hypergraph-coloring", "k4.col", "path.col"]


def test_many_files_and_a_folder(graphs):
    done = certify(*COLORED, "-p", "colors=3", "-o", "certificates", cwd=graphs)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("  ")[0] for line in done.stdout.splitlines() if "hypergraph" in line] == ["NO", "YES"]
    assert done.stdout.splitlines()[-1] == "2 files: 1 NO, 1 YES"
    made = sorted((graphs / "certificates").iterdir())
    assert [path.name for path in made] == ["k4.col.cert", "path.col.cert"]
    checked = forked.run("relucert", "check", *made)
    assert (checked.returncode, checked.stdout.count(": accepted: ")) == (0, 2)
    certify(*COLORED, "-p", "colors=3", "--beside", cwd=graphs)
    for path in made:
        assert (graphs / path.name).read_bytes() == path.read_bytes()
    single = certify(*COLORED[:2], "-p", "colors=3", "-o", "certificates/", cwd=graphs)
    assert single.stdout.endswith("wrote certificates/k4.col.cert\n")


def test_a_bad_file_does_not_stop_the_others_and_the_exit_code_is_the_worst(graphs):
    order = ["hypergraph-coloring", "bad.col", "k4.col", "none.col", "path.col", "-p", "colors=3"]
    done = certify(*order, "--json", cwd=graphs)
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"]) == (2, "error")
    assert [(one["source"], one["verdict"]) for one in said["files"]] == [
        ("bad.col", "error"), ("k4.col", "NO"), ("none.col", "error"), ("path.col", "YES")
    ]  # fmt: skip
    assert said["files"][3]["witness"] in ([c, d, e] for c in range(3) for d in range(3) for e in range(3))
    assert said["files"][2]["reason"] == "none.col: No such file or directory"
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" bad.col", " none.col"]
    assert certify(*order, cwd=graphs).stdout.splitlines()[-1] == "4 files: 1 NO, 1 YES, 2 error"


def test_a_limit_holds_for_all_files_together(graphs):
    done = certify(*COLORED, "-p", "colors=3", "--time-limit", 1e-9, "--json", cwd=graphs)
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"]) == (3, "UNKNOWN")
    assert [(one["verdict"], one["reason"], one["details"]) for one in said["files"]] == [
        ("UNKNOWN", "time", ["not begun"])
    ] * 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["-o", "-"], "standard input and output have no name"),
        (["-o", "path.col"], "path.col: File exists"),
        (["-o", "x", "--beside"], "--beside and -o say different things"),
        (["--save-network", "x"], "--save-network goes with one source"),
        (["--save-witness", "x"], "--save-witness goes with one source"),
        (["./k4.col", "-o", "x"], "two outputs go to the same file"),
        (["-", "-o", "x"], "standard input and output have no name"),
    ],
)
def test_outputs_that_cannot_be(graphs, words, reason):
    done = certify(*COLORED, *words, "-p", "colors=3", cwd=graphs)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert reason in done.stderr
    assert sorted(path.name for path in graphs.iterdir()) == sorted(GRAPHS)


def test_z3_in_this_process_leaves_the_settings_of_others_alone():
    """Of the whole process, that is; that core gives no multipliers unless it is asked to."""
    import z3

    before = z3.get_param("sat.euf")
    package.certify_training(POINTS, [1, 0, 1], neurons=1, prover="z3")
    assert z3.get_param("sat.euf") == before == "false"


QUIETLY = """
import random, sys
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.verify.provers.base import Deadline
from relucert.verify.small import decide_small

draw, answers = random.Random(1), []
for number in range(80):
    activation = draw.choice(("relu", "relu", "threshold"))
    loss, output = draw.choice(("exact", "l0", "l1", "l2", "linf")), draw.choice(("ones", "signs", "real"))
    d, n = draw.randint(1, 2), draw.randint(2, 4)
    points = draw.sample([(x, y)[:d] for x in range(-2, 3) for y in range(3 if d > 1 else 1)], n)
    samples = tuple(sample(point, draw.randint(-3, 2)) for point in points)
    instance = TrainingInstance(
        d, draw.randint(1, 2) if number % 6 else n, samples, activation=activation, output=output, loss=loss,
        bias=draw.random() < 0.5, threshold=0 if loss == "exact" else draw.randint(0, 1),
        norm_bound=draw.choice((None, None, 1)) if activation == "relu" and output != "real" else None,
    )
    answers.append(type(decide_small(TRAINING, instance, draw.choice(("auto", "z3")), Deadline())).__name__)
print(*(answers.count(name) for name in ("Yes", "No")), "highspy" in sys.modules)
"""


def test_small_questions_of_all_kinds_print_nothing_and_load_no_highs():
    """HiGHS writes a line on standard output, where the certificate may go."""
    done = subprocess.run([sys.executable, "-c", QUIETLY], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    yes, no, highs = done.stdout.split()
    assert int(yes) >= 20
    assert int(no) >= 24
    assert highs == "False"
