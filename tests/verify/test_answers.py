"""What a user sees of an answer: the solution, in a readable form and as a file, and in words what is proved."""

import io
import json
from fractions import Fraction
from pathlib import Path

import forked
import numpy as np
import pytest

from relucert.certificates.checker import check
from relucert.certificates.claim import Proved
from relucert.certificates.sentences import sentence
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import dumps
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, coloring
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, network, sample
from relucert.verify.saved_networks import is_rounded, read_network, to_bytes
from relucert.verify.shown import MOST, NAMES, network_lines, solution_lines

pytestmark = pytest.mark.thorough

EXAMPLES = Path(__file__).parents[2] / "examples"
CORPUS = Path(__file__).parents[1] / "corpus" / "accept"
SAWTOOTH = EXAMPLES / "sawtooth.csv"
HAT = {"weights": [[1], [2], [1]], "biases": [0, -2, -2], "output": [1, -1, 1]}  # 0 up to 0, 1 at 1, 0 from 2


def relucert(*arguments, **options):
    return forked.run("relucert", *arguments, environment={"COLUMNS": "200"}, **options)


def test_a_colouring_is_shown_by_its_classes_and_the_network_with_it():
    done = relucert("certify", "coloring-to-relu-network", "-", "-p", "colors=2", text="0 1\n1 2\n")
    assert done.returncode == 0
    classes = {line[12:] for line in done.stdout.splitlines() if line.startswith("  colour ")}
    assert classes == {"vertices 0, 2", "vertices 1"}
    assert "\n  f(x) = + max(0, " in done.stdout


def test_the_solution_and_the_network_are_saved_and_are_solutions(tmp_path):
    witness, net = tmp_path / "w.json", tmp_path / "net.json"
    edges = tmp_path / "path.edges"
    edges.write_text("0 1\n1 2\n")
    order = ["certify", "coloring-to-relu-network", edges, "-p", "colors=2"]
    done = relucert(*order, "--save-witness", witness, "--save-network", net)
    assert f"wrote {net}\nwrote {witness}\n" in done.stdout
    assert HYPERGRAPH_COLORING.accepts(coloring(3, [(0, 1), (1, 2)], 2), tuple(json.loads(witness.read_text())))
    assert relucert("backward", *order[1:], net).returncode == 0  # which evaluates it
    assert relucert(*order, "--save-network", witness, "--save-witness", witness).returncode == 2
    assert relucert(*order, "--save-network", edges).returncode == 2
    done = relucert("certify", "vertex-cover", edges, "-p", "budget=1", "--save-network", net)
    assert (done.returncode, "a solution of vertex-cover is no network" in done.stderr) == (2, True)


def test_a_no_saves_nothing_and_says_so(tmp_path):
    done = relucert("certify", "training", SAWTOOTH, "--neurons", 2, "--bias", "--save-network", tmp_path / "net")
    assert (done.returncode, done.stderr) == (0, "the answer is NO: there is no solution to save\n")
    assert list(tmp_path.iterdir()) == []


def test_numbers_are_short_on_the_screen_and_whole_in_files():
    long = Fraction(10**40 + 1, 3**60)
    [line] = network_lines(network([[long, Fraction(1, 3)]]))
    assert line == "f(x) = + max(0, ≈235898000000·x1 + 1/3·x2)  ≈ + max(0, 235898000000·x1 + 0.333333·x2)"
    assert str(long.numerator) in to_bytes(network([[long]]), "json").decode()
    wide = network_lines(network([[1] * 100]))[0]
    assert wide.endswith(f"+ x{MOST} + … (100 terms in all))")
    assert len(network_lines(network([[1]] * 100))) == MOST + 1


@pytest.mark.parametrize(
    ("problem", "witness", "line"),
    [("vertex-cover", (1, 4), "vertices: 1, 4"), ("set-cover", (), "sets: none"), ("sat", (2,), "true variables: 2")],
)
def test_sets_are_named(problem, witness, line):
    from relucert.reductions import PROBLEMS

    assert solution_lines(PROBLEMS[problem], None, witness) == [line]


def test_names_are_of_problems_that_there_are():
    from relucert.reductions import PROBLEMS

    assert NAMES.keys() <= set(PROBLEMS)


@pytest.mark.parametrize("problem", ["two-hyperplane-strip", "two-hyperplane-separability"])
def test_planes_are_equations(problem):
    from relucert.reductions import PROBLEMS

    lines = solution_lines(PROBLEMS[problem], None, ((4, -4, 1), (2, Fraction(-10, 3), -1)))
    assert lines == ["4·x1 - 4·x2 + 1 = 0", "2·x1 - 10/3·x2 - 1 = 0"]


# ----------------------------------------------------------------------------------------------------- what is proved


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--neurons", 2, "--bias"],
         "no network of 2 ReLUs with biases, output weights ±1, fits the 7 samples exactly"),
        (["--neurons", 3, "--bias"],
         "some network of 3 ReLUs with biases, output weights ±1, fits the 7 samples exactly"),
        (["--neurons", 1, "--loss", "linf", "--threshold", "1/9"],
         "no network of 1 ReLU without biases, output weights ±1, has an linf loss of at most 1/9 on the 7 samples"),
    ],
)  # fmt: skip
def test_check_says_in_a_sentence_what_is_proved(tmp_path, options, words):
    certificate = tmp_path / "c"
    assert relucert("certify", "training", SAWTOOTH, *options, "-o", certificate).returncode == 0
    for module in (["relucert", "check"], ["relucert.certificates"]):
        [line] = forked.run(*module, certificate).stdout.splitlines()
        assert line.endswith(f" ({words})")
    assert json.loads(relucert("check", certificate, "--json").stdout)["files"][0]["proved"] == words


def test_there_is_a_sentence_for_every_claim():
    said = set()
    for path in CORPUS.iterdir():
        verdict = check(io.BytesIO(path.read_bytes()))
        text = sentence(verdict.claim, verdict.proved)
        assert 0 < len(text) < 400
        if verdict.proved.problem is None:  # what is stated says it in its own words
            continue
        said.add(verdict.claim)
        start = {"YES": "some ", "NO": "no ", "HOLDS": "whatever "}.get(verdict.answer, ("some ", "no ", "what "))
        assert text.startswith(start), (path, text)
    assert said >= {"accepts", "rejects", "minimum", "bounds", "equivalence", "agreement", "disagreement"}
    about_all = sentence("lemma", Proved("HOLDS", TRAINING, TrainingInstance(1, 2, (sample([1], 1),))))
    assert about_all.startswith(
        "whatever network of 2 ReLUs without biases, output weights ±1, fits the 1 sample exactly"
    )


def test_a_refusal_proves_nothing(tmp_path):
    bad = tmp_path / "bad"
    bad.write_text("no certificate\n")
    assert "(" not in relucert("check", bad).stdout


# --------------------------------------------------------------------------------------------------------- networks


def values(state, points):
    """What Sequential(Linear, ReLU, Linear) computes."""
    hidden = np.maximum(points @ state["0.weight"].T + state["0.bias"], 0)
    return (hidden @ state["2.weight"].T + state["2.bias"])[:, 0]


def test_a_network_is_exported_for_numpy_and_for_pytorch(tmp_path):
    source, out = tmp_path / "net.json", tmp_path / "net.npz"
    source.write_text(json.dumps(HAT))
    done = relucert("export", "network", source, "--to", "torch", "--float", "-o", out)
    assert (done.returncode, done.stdout) == (0, f"wrote {out}\n")
    state = np.load(out)
    assert {name: array.shape for name, array in state.items()} == {
        "0.weight": (3, 1), "0.bias": (3,), "2.weight": (1, 3), "2.bias": (1,)
    }  # fmt: skip
    assert values(state, np.array([[-1], [0.5], [1], [1.5], [3]])).tolist() == [0, 0.5, 1, 0.5, 0]
    assert relucert("export", "network", source, "--to", "npz", "-o", out).returncode == 0
    exact = np.load(out)
    assert (exact["weights_numerator"].tolist(), exact["output_numerator"].tolist()) == ([[1], [2], [1]], [1, -1, 1])
    assert relucert("export", "network", source, "--to", "json").stdout == dumps(HAT) + "\n"


def test_rounding_is_said():
    assert not is_rounded(read_network(json.dumps(HAT)))
    assert is_rounded(network([[Fraction(1, 3)]]))
    assert is_rounded(network([[10**400]]))
    with pytest.raises(InvalidInstance, match="too large for floating point"):
        to_bytes(network([[10**400]]), "torch")
    with pytest.raises(InvalidInstance, match="does not fit into 64 bits"):
        to_bytes(network([[2**63]]), "npz")


def test_an_export_that_is_rounded_has_to_be_asked_for(tmp_path):
    source = tmp_path / "net.json"
    source.write_text(json.dumps(HAT | {"weights": [["1/3"], [2], [1]]}))
    order = ["export", "network", source, "-o", tmp_path / "out", "--to"]
    for words in (["torch"], ["npz", "--float"], ["csv"], ["npz", "-p", "neurons=1"]):
        assert (relucert(*order, *words).returncode, (tmp_path / "out").exists()) == (2, False)
    done = relucert(*order, "torch", "--float")
    assert "rounded: no certificate is about this network" in done.stdout


def test_evaluate_is_exact(tmp_path):
    """The hat against a tent of height 1/2: residuals 0, 1/2, 1/4 twice."""
    net, data = tmp_path / "net.json", tmp_path / "data.csv"
    net.write_text(json.dumps(HAT))
    data.write_text("x1,y,weight\n0,0,1\n1,1/2,2\n0.5,1/4,1\n1.5,1/4,1\n")
    found = json.loads(relucert("evaluate", net, data, "--json").stdout)
    assert found["losses"] == {"l0": 4, "l1": "3/2", "l2": "5/8", "linf": "1/2"}
    assert [row["residual"] for row in found["samples"]] == [0, "1/2", "1/4", "1/4"]
    assert (found["verdict"], found["fits"]) == ("ok", False)
    fits = relucert("evaluate", net, data, "--json", "--loss", "l2", "--threshold", "5/8").stdout
    assert json.loads(fits)["fits"] is True
    shown = relucert("evaluate", net, data).stdout
    assert shown.startswith("l0 loss 4, l1 loss 3/2 ≈ 1.5, l2 loss 5/8 ≈ 0.625, linf loss 1/2 ≈ 0.5\n")
    assert "     1    1/2     1       1/2\n" in shown


@pytest.mark.parametrize(
    "text", ['{"weights": [[1]], "biases": [0], "output": []}', '{"weights": [[1, 2]], "biases": [0], "output": [1]}',
             '{"weights": [[1], [1, 2]], "biases": [0, 0], "output": [1, 1]}', "[]", '{"weights": 0.5}', ""]
)  # fmt: skip
def test_a_network_that_is_none_is_one_line(tmp_path, text):
    net = tmp_path / "net.json"
    net.write_text(text)
    done = relucert("evaluate", net, SAWTOOTH)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert str(net) in done.stderr


def test_optimum_saves_the_best_network(tmp_path):
    net = tmp_path / "net.json"
    done = relucert("optimum", SAWTOOTH, "--neurons", 1, "--bias", "--loss", "linf", "--save-network", net)
    assert "\n  f(x) = " in done.stdout
    best = read_network(net.read_text())
    assert isinstance(best, Network)
    assert json.loads(relucert("evaluate", net, SAWTOOTH, "--json").stdout)["losses"]["linf"] == "1/2"
    assert TRAINING.witness_to_json(best) == json.loads(net.read_text())
