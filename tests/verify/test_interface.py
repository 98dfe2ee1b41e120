"""`import relucert`: sources of every kind, answers from the mathematics, and one clear line for bad input."""

import gzip
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import relucert
from relucert.certificates.checker import check
from relucert.reductions.classics.clique_and_independent_set import CliqueToIndependentSet
from relucert.reductions.problems.clique import CLIQUE
from relucert.reductions.problems.independent_set import INDEPENDENT_SET
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.verify import interface
from relucert.verify.certify import CertificateRefused

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

# 0 up to x = 0, slope 1 to x = 1, slope −1 to x = 2, then 0: three kinks need three neurons.
HAT_X, HAT_Y = [[-1], [0], ["1/2"], [1], ["1.5"], [2], [3]], [0, 0, "0.5", 1, "0.5", 0, 0]


def value(net, x):
    """f(x) by its definition."""
    rows = zip(net.weights, net.biases, net.output, strict=True)
    return sum(a * max(0, sum(v * t for v, t in zip(w, x, strict=True)) + b) for w, b, a in rows)


# ------------------------------------------------------------------------------------------------------- the module


def test_importing_loads_no_solver_and_no_library():
    heavy = {"z3", "numpy", "matplotlib", "click", "rich", "networkx", "pysat", "highspy", "flint", "psutil"}
    code = f"import sys, relucert; print(*({heavy!r} & sys.modules.keys()), relucert.__version__)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == [tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]]


def test_names_of_the_module():
    assert set(relucert.__all__) <= set(dir(relucert))
    for name in relucert.__all__:
        assert getattr(relucert, name)
    with pytest.raises(AttributeError, match="nonsense"):
        relucert.nonsense  # noqa: B018
    assert issubclass(relucert.InvalidInstance, ValueError)


def test_the_module_is_the_command_line():
    result = subprocess.run([sys.executable, "-m", "relucert", "version"], capture_output=True, text=True, check=True)
    assert result.stdout.startswith(f"relucert {relucert.__version__}\n")


# ----------------------------------------------------------------------------------------------------- training sets


def test_hat_has_no_two_neurons():
    result = relucert.certify_training(HAT_X, HAT_Y, neurons=2, bias=True)
    assert (result.answer, result.witness, result.network) == ("NO", None, None)
    verdict = result.check()
    assert (verdict.verdict, verdict.claim, verdict.answer) == ("accepted", "rejects", "NO")


def test_hat_has_three_neurons():
    result = relucert.certify_training(HAT_X, HAT_Y, neurons=3, bias=True)
    assert result.answer == "YES"
    assert result.witness is result.network
    assert [value(result.network, [Fraction(v) for v in x]) for x in HAT_X] == [Fraction(y) for y in HAT_Y]
    assert result.check().verdict == "accepted"


SAME = {  # (1, 1/2) with label 3/2 and (−2, 0) with label 0
    "strings": ([["1", "1/2"], ["-2", "0"]], ["1.5", "0"]),
    "Fractions": ([[1, Fraction(1, 2)], [-2, 0]], [Fraction(3, 2), 0]),
    "Decimals": ([[Decimal(1), Decimal("0.5")], [Decimal(-2), 0]], [Decimal("1.5"), Decimal("0E+3")]),
    "objects": (np.array([[1, Fraction(1, 2)], [np.int8(-2), 0]], object), np.array([Fraction(3, 2), 0], object)),
    "tuples": (((1, "0.5"), (-2, 0)), ("3/2", 0)),
    "generators": ((row for row in ([1, "0.5"], np.array([-2, 0]))), iter(["3/2", np.uint8(0)])),
}


@pytest.mark.parametrize("kind", SAME)
def test_exact_numbers_of_every_kind(kind):
    result = relucert.certify_training(*SAME[kind], neurons=1)
    assert result.instance == TrainingInstance(2, 1, (sample([1, Fraction(1, 2)], Fraction(3, 2)), sample([-2, 0], 0)))
    assert all(type(v) in (int, Fraction) for x, y, _ in result.instance.samples for v in (y, *(v for _, v in x)))
    assert (result.answer, result.read) == ("YES", "2 samples in 2 dimensions, from Python")


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint16])
def test_arrays_of_integers(dtype):
    """Two labels at one point."""
    result = relucert.certify_training(np.array([[1], [1]], dtype), np.array([2, 3], dtype), neurons=dtype(2))
    assert result.answer == "NO"
    assert result.instance.samples == (sample([1], 2), sample([1], 3))


@pytest.mark.parametrize("convert", [float, np.float64, np.float32, np.longdouble, lambda v: np.array(v)])
def test_floats_are_refused_or_taken_as_they_are(convert):
    x = convert(0.1)
    with pytest.raises(ValueError, match=r"X\[0\]\[0\]: .* is a float") as refusal:
        relucert.certify_training([[x]], [1], neurons=1)
    assert "\n" not in str(refusal.value)
    assert "exact_floats=True" in str(refusal.value)
    result = relucert.certify_training([[x]], [1], neurons=1, exact_floats=True)
    double = Fraction(3602879701896397, 36028797018963968)  # the double nearest to 1/10
    single = Fraction(13421773, 134217728)
    assert result.instance.samples == (sample([single if convert is np.float32 else double], 1),)
    assert result.answer == "YES"
    with pytest.raises(ValueError, match=r"y\[0\]: .* is a float"):
        relucert.certify_training([[1]], np.array([0.5]), neurons=1)


def test_the_class_of_networks():
    """Of the labels 0 and 1 at one point, one sample is missed or both by 1/2; multiplicity counts in sums."""
    X, y = [[1], [1]], [0, 1]

    def answer(**given):
        result = relucert.certify_training(X, y, neurons=1, **given)
        assert result.check().verdict == "accepted"
        return result.answer

    assert answer() == "NO"
    assert [answer(loss="l1", threshold=t) for t in (1, "0.99")] == ["YES", "NO"]
    assert [answer(loss="linf", threshold=Fraction(t)) for t in ("1/2", "1/3")] == ["YES", "NO"]
    assert [answer(loss="l1", threshold=1, weights=w) for w in ([1, 2], np.array([2, 2]))] == ["YES", "NO"]
    result = relucert.certify_training([[1]], [2], neurons=1, norm_bound=1, clip=None, activation="relu")
    assert (result.answer, result.instance.norm_bound) == ("NO", 1)
    result = relucert.certify_training([[1]], [-1], neurons=1, output="ones", bias=np.bool_(True))
    assert (result.answer, result.instance.bias) == ("NO", True)


BAD_SETS = {
    "a row that is a number": (
        ([1, 2], [1, 2]),
        {},
        r"X\[0\]: 1 is no list .*in one dimension is \[x\]",
    ),
    "a word": (([["x"]], [1]), {}, r"X\[0\]\[0\]: 'x' is not a rational number"),
    "no number": (([[None]], [1]), {}, r"X\[0\]\[0\]: None is not a number"),
    "a truth value": (([[1]], [True]), {}, r"y\[0\]: True is not a number"),
    "a complex number": (([[1j]], [1]), {}, "1j is not a number"),
    "infinity": (([[1]], [np.inf]), {"exact_floats": True}, r"y\[0\]: inf is not finite"),
    "not a number": (([[Decimal("NaN")]], [1]), {}, r"X\[0\]\[0\]: 'NaN' is not"),
    "a long number": (([[10**5000]], [1]), {}, "more than 4000 digits"),
    "a long decimal": (([[Decimal("1e99999")]], [1]), {}, "more than 4000 digits"),
    "rows that differ": (([[1], [1, 2]], [1, 2]), {}, r"X\[1\] has 2 entries, X\[0\] has 1"),
    "too few labels": (([[1], [2]], [1]), {}, "X has 2 points, y has 1"),
    "too few weights": (([[1], [2]], [1, 2]), {"weights": [1]}, "weights has 1"),
    "a weight of zero": (([[1]], [1]), {"weights": [0]}, r"weights\[0\]: 0 is not a positive integer"),
    "a column": (([[1]], np.array([[1]])), {}, r"y\[0\]: \[1\] is not a number"),
    "no neurons": (([[1]], [1]), {"neurons": 0}, "neurons must be at least 1"),
    "half a neuron": (([[1]], [1]), {"neurons": "1/2"}, "neurons: expected an integer, not '1/2'"),
    "an unknown loss": (([[1]], [1]), {"loss": "l3"}, "loss: expected exact, l0, l1, l2 or linf, not 'l3'"),
    "bias that is no truth value": (([[1]], [1]), {"bias": 2}, "bias: expected true or false, not 2"),
    "half an interval": (([[1]], [1]), {"clip": [1]}, "clip: expected two rational numbers"),
    "no interval": (([[1]], [1]), {"clip": 1}, "clip: 1 is no list"),
    "a threshold that is a float": (([[1]], [1]), {"loss": "l1", "threshold": 0.5}, "threshold: 0.5 is a float"),
    "an unknown prover": (([[1]], [1]), {"prover": "oracle"}, "'oracle' is none of auto, z3, lp"),
    "no time": (([[1]], [1]), {"time_limit": 0}, "time_limit: 0 is not a number above 0"),
}


@pytest.mark.parametrize("case", BAD_SETS)
def test_bad_training_sets(case):
    data, given, reason = BAD_SETS[case]
    with pytest.raises(ValueError, match=reason) as refusal:
        relucert.certify_training(*data, **{"neurons": 1, **given})
    assert "\n" not in str(refusal.value)


# ---------------------------------------------------------------------------------------------------- least losses


def test_least_losses_of_every_kind():
    """2·max(0, x − 2) misses one point by 1, and no ReLU fits all. If f(1) ≥ 1 − e and f(2) ≤ e < 1 then f does not
    decrease; it is linear from 1 on, so that f(3) = 2f(2) − f(1) ≤ 3e − 1, which is at least 2 − e."""
    X, y = [[0], [1], [2], [3]], [0, 1, 0, 2]
    least = {"l0": 1, "l1": 1, "linf": Fraction(3, 4), "l2": 1}
    for loss, value in least.items():
        found = relucert.least_loss(X, y, neurons=1, bias=True, loss=loss)
        assert (found.lower, found.upper, found.reason) == (value, value, ""), loss
        assert found.check().verdict == "accepted"
        assert len(found.network.output) == 1


def test_bounds_of_a_least_loss():
    rng = np.random.default_rng(0)
    X, y = rng.integers(-9, 10, (40, 2)), rng.integers(-9, 10, 40)
    found = relucert.least_loss(X, y, neurons=3, bias=True, gap="99/100", time_limit=200)
    assert 0 <= found.lower < found.upper
    assert found.lower * 100 >= found.upper
    assert found.check().verdict == "accepted"
    assert "at least" in repr(found)


def test_signs():
    """A difference of two ReLUs that is positive at 0 and at 3 is concave there; 1 − 3[x − 1]₊ + 9[x − 2]₊ is right."""
    X, y = [[0], [1], [2], [3]], [1, 1, -1, 1]
    found = relucert.least_loss(X, y, neurons=1, activation="threshold", bias=True, loss="sign")
    assert (found.lower, found.upper) == (1, 1)
    assert found.check().verdict == "accepted"
    for neurons, least in ((2, 1), (3, 0)):
        found = relucert.least_loss(X, y, neurons=neurons, bias=True, loss="sign")
        assert (found.lower, found.upper) == (least, least)


def test_a_certificate_of_another_least_loss_is_rejected(tmp_path):
    one, other = (relucert.least_loss([[0], [1], [2]], [0, 1, y], neurons=1) for y in (0, 3))
    assert replace(one, certificate=other.certificate).check().verdict == "rejected"
    assert replace(one, lower=one.upper + 1).check().verdict == "rejected"
    reached = relucert.certify_training([[0], [1], [2]], [0, 1, 0], neurons=1, loss="l2", threshold=one.upper)
    assert reached.instance == one.instance
    assert replace(one, certificate=reached.certificate).check().verdict == "rejected"  # only that it is reached
    rough = relucert.least_loss([[0], [1], [2]], [0, 1, 0], neurons=1, gap="9/10")
    assert replace(rough, lower=rough.upper).check().verdict == (
        "rejected" if rough.lower < rough.upper else "accepted"
    )
    one.save(tmp_path / "one.cert")
    with open(tmp_path / "one.cert", "rb") as stream:
        assert check(stream).verdict == "accepted"


def test_no_least_loss_without_time():
    """What is known then, if anything, is certified."""
    rng = np.random.default_rng(0)
    X, y = rng.integers(-9, 10, (60, 3)), rng.integers(-9, 10, 60)
    found = relucert.least_loss(X, y, neurons=2, bias=True, time_limit=1e-6)
    assert found.reason == "time"
    if found.network is None:
        assert found.upper is None
        with pytest.raises(ValueError, match="there is no certificate"):
            found.check()


def test_without_samples_or_coordinates():
    """The value is 0 without biases, and any other number with them."""
    least = {"l2": (5, Fraction(1, 2)), "l1": (3, 1), "l0": (2, 1), "linf": (2, Fraction(1, 2))}
    for loss, values in least.items():
        for bias, value in zip((False, True), values, strict=True):
            found = relucert.least_loss([[], []], [1, 2], neurons=1, bias=bias, loss=loss)
            assert (found.lower, found.upper, found.check().verdict) == (value, value, "accepted"), (loss, bias)
        assert relucert.least_loss([], [], neurons=1, loss=loss).upper == 0
    assert relucert.least_loss([], [], neurons=1, activation="threshold", bias=True, loss="sign").upper == 0


def test_a_refused_certificate_is_no_answer(monkeypatch):
    def refuse(_found):
        raise CertificateRefused("rejected: a bug")

    monkeypatch.setattr(interface, "certify_minimum", refuse)
    found = relucert.least_loss([[0], [1], [2]], [0, 1, 0], neurons=1)
    assert (found.network, found.upper) == (None, None)
    assert "a bug" in found.reason


BAD_LOSSES = {
    "an exact fit": ({"loss": "exact"}, "loss: 'exact' is none of l0, l1, l2, linf, sign"),
    "a gap of all": ({"gap": 1}, "gap: expected a share of at least 0 and less than 1, not 1"),
    "a gap that is a float": ({"gap": 0.5}, "gap: 0.5 is a float"),
    "signs of one ReLU": ({"loss": "sign", "bias": True}, "the least loss is 1, as many as the rarer label"),
    "signs of a sum": ({"loss": "sign", "neurons": 2, "output": "ones"}, "a sum of ReLUs is never negative"),
    "no neurons": ({"neurons": 0}, "neurons must be at least 1"),
    "no time": ({"time_limit": 0}, "time_limit: 0 is not a number above 0"),
}


@pytest.mark.parametrize("case", BAD_LOSSES)
def test_bad_least_losses(case):
    given, reason = BAD_LOSSES[case]
    with pytest.raises(ValueError, match=reason) as refusal:
        relucert.least_loss([[0], [1], [2]], [1, -1, 1], **{"neurons": 1, **given})
    assert "\n" not in str(refusal.value)


# ----------------------------------------------------------------------------------------------------------- sources


@pytest.mark.parametrize(("colors", "answer"), [(2, "NO"), (3, "YES")])
def test_graphs_of_networkx(colors, answer):
    """The Petersen graph has cycles of length 5, and a colouring by three colours."""
    graph = nx.relabel_nodes(nx.petersen_graph(), lambda v: f"vertex {v * v}")
    result = relucert.certify("coloring-to-relu-network", graph, colors=np.int64(colors))
    assert result.answer == answer
    assert result.check().verdict == "accepted"
    assert result.read == "10 vertices, 15 edges, from networkx"
    assert result.nodes == tuple(graph)
    if answer == "YES":
        color = dict(zip(result.nodes, result.witness, strict=True))
        assert set(color.values()) <= set(range(colors))
        assert all(color[u] != color[v] for u, v in graph.edges)
        assert TRAINING.accepts(result.target, result.network)
    else:
        assert result.witness is result.network is None


def test_multigraphs_are_merged_with_a_remark():
    result = relucert.certify("hypergraph-coloring", nx.MultiGraph([(0, 1), (0, 1)]), colors=2)
    assert (result.answer, result.remarks) == ("YES", ("1 duplicate edge merged",))


def test_a_file_a_dictionary_and_an_instance_are_the_same(tmp_path):
    data = {"vertices": 3, "edges": [[0, 1], [1, 2]], "size": 3}
    source = tmp_path / "path.json"
    source.write_text(json.dumps(data))
    instance = CLIQUE.instance_from_json(data)
    for same in (source, str(source), data, instance):
        result = relucert.certify("clique", same)
        assert (result.answer, result.instance) == ("NO", instance)
        with pytest.raises(ValueError, match="says size = 3, the command says size = 2"):
            relucert.certify("clique", same, size=2)
    del data["size"]
    assert relucert.certify("clique", data, size=2).answer == "YES"


def test_reductions_by_name_class_and_object():
    graph = nx.path_graph(3)
    for what in ("clique-to-independent-set", CliqueToIndependentSet, CliqueToIndependentSet(), CLIQUE, "clique"):
        for size, answer in ((2, "YES"), (3, "NO")):
            result = relucert.certify(what, graph, size=size)
            assert (result.answer, result.check().verdict) == (answer, "accepted")
            assert (result.target is None) == (what in (CLIQUE, "clique"))
    data = {"samples": [{"x": ["1/2"], "y": 1}]}
    for what in ("pad-dimension", PadDimension, PadDimension(extra=2)):
        extra = {} if isinstance(what, PadDimension) else {"extra": 2}
        result = relucert.certify(what, data, neurons=1, **extra)
        assert (result.answer, result.target.dimension) == ("YES", 3)
        assert result.witness.weights == ((2,),)
        assert value(result.network, (Fraction(1, 2), 0, 0)) == 1


BAD_SOURCES = {
    "no such reduction": ("nothing", nx.path_graph(2), {}, "there is no reduction 'nothing'"),
    "no name": (7, nx.path_graph(2), {}, "7 is neither a reduction, nor a problem"),
    "a missing parameter": ("clique", nx.path_graph(2), {}, "is missing: size=…"),
    "an unknown parameter": ("clique", nx.path_graph(2), {"size": 2, "sise": 1}, "clique has no parameter 'sise'"),
    "of a finished reduction": (PadDimension(), {"samples": []}, {"extra": 2, "neurons": 1}, "no parameter 'extra'"),
    "a word for a number": ("clique", nx.path_graph(2), {"size": "two"}, "size: expected an integer, not 'two'"),
    "a float for a number": ("clique", nx.path_graph(2), {"size": 2.0}, "size: 2.0 is a float"),
    "a directed graph": ("clique", nx.DiGraph([(0, 1)]), {"size": 2}, "directed"),
    "a loop": ("clique", nx.Graph([(0, 0)]), {"size": 2}, "edge 0: expected two distinct vertices"),
    "a number": ("clique", 3, {"size": 2}, "clique is read from the path of a file, .*, not from 3"),
    "an instance of another problem": (
        "clique",
        INDEPENDENT_SET.instance_from_json({"vertices": 2, "edges": [], "size": 1}),
        {},
        "clique is read from",
    ),
    "no file": ("clique", "/no/such/file", {"size": 2}, "/no/such/file: No such file"),
    "a float in a dictionary": ("training", {"samples": [{"x": [0.5], "y": 1}]}, {"neurons": 1}, "'0.5' is a float"),
    "no JSON": ("training", {"samples": [{"x": [Fraction(1, 2)], "y": 1}]}, {"neurons": 1}, "Fraction"),
    "a huge target": ("coloring-to-relu-sum", {"vertices": 10**12, "edges": []}, {"colors": 2}, "too large"),
}


@pytest.mark.parametrize("case", BAD_SOURCES)
def test_bad_sources(case):
    what, source, given, reason = BAD_SOURCES[case]
    with pytest.raises(ValueError, match=reason) as refusal:
        relucert.certify(what, source, **given)
    assert "\n" not in str(refusal.value)


# ----------------------------------------------------------------------------------------------------------- results


def test_saved_certificates_pass_the_checker_alone(tmp_path):
    source = EXAMPLES / "sawtooth.csv"
    for neurons, answer in ((2, "NO"), (3, "YES")):
        result = relucert.certify("training", source, neurons=neurons, bias=True)
        assert result.answer == answer
        for name in ("plain", "packed.gz"):
            result.save(tmp_path / name)
            check = [sys.executable, "-m", "relucert.certificates", tmp_path / name, "--source", source, "--strict"]
            check += ["-p", f"neurons={neurons}", "-p", "bias=true"]
            done = subprocess.run(check, capture_output=True, text=True)
            assert done.returncode == 0, done
            assert f" {answer} (" in done.stdout
        assert gzip.decompress((tmp_path / "packed.gz").read_bytes()) == (tmp_path / "plain").read_bytes()


def test_no_answer_has_a_reason_and_no_certificate(tmp_path):
    result = relucert.certify("coloring-to-relu-sum", nx.complete_graph(8), colors=7, time_limit=1e-9)
    assert (result.answer, result.reason, result.certificate) == ("UNKNOWN", "time", b"")
    for use in (lambda: result.save(tmp_path / "x"), result.check):
        with pytest.raises(ValueError, match="no certificate, the answer is UNKNOWN: time"):
            use()
    assert not list(tmp_path.iterdir())
    assert "time" in result._repr_html_()
    result = relucert.certify_training([[1]], [2], neurons=1, output="real", norm_bound=1)
    assert result.answer == "UNKNOWN"
    assert "unsupported" in result.reason or "not encoded" in result.reason


def test_a_certificate_of_another_result_is_rejected():
    yes, no = (relucert.certify("clique", nx.path_graph(3), size=size) for size in (2, 3))
    for mixed in (replace(yes, certificate=no.certificate), replace(yes, answer="NO"), replace(no, certificate=b"x")):
        assert mixed.check().verdict in ("rejected", "malformed")


def test_notebooks_show_results():
    for size in (2, 3):
        result = relucert.certify("clique", nx.path_graph(3), size=size)
        shown = replace(result, read="<script>")._repr_html_()
        assert result.answer in shown
        assert "&lt;script&gt;" in shown
        assert "<script>" not in shown
        assert repr(result) == f"<{result.answer} clique: 3 vertices, 2 edges, from networkx>"


@pytest.mark.slow
def test_pictures(tmp_path):
    result = relucert.certify("one-in-three-to-plane", EXAMPLES / "one_clause.cnf")
    picture = result.plot()
    assert len(set(re.findall("breakline-[0-9]+", picture._repr_svg_()))) == 16  # of four gadgets of four neurons
    for name, start in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
        picture.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(ValueError, match=r"\.svg or \.png"):
        picture.save(tmp_path / "a.gif")
    with pytest.raises(ValueError, match="only one or two dimensions"):
        relucert.certify_training([[1, 2, 3]], [1], neurons=1).plot()
    with pytest.raises(ValueError, match="only training sets"):
        relucert.certify("clique", nx.path_graph(3), size=2).plot()
    no = relucert.certify_training([[1], [1]], [0, 1], neurons=1)
    assert "breakline-" not in no.plot(dark=True)._repr_svg_()
