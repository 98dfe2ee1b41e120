"""The command line as a user meets it: answers, exit codes, files, and one clear line for bad input."""

import csv
import gzip
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import forked
import numpy as np
import pytest
import z3

pytestmark = pytest.mark.thorough

EXAMPLES = Path(__file__).parents[2] / "examples"
GROTZSCH = str(EXAMPLES / "grotzsch.col")


def relucert(*arguments, text="", blocked=()):
    """Run the command, if some modules are blocked in a new process where they cannot be imported."""
    if not blocked:
        return forked.run("relucert", *arguments, text=text, environment={"COLUMNS": "200"})
    code = f"import sys; sys.modules.update(dict.fromkeys({list(blocked)!r}))\n"
    code += "from relucert.verify.commands.main import main; main()"
    environment = {**os.environ, "COLUMNS": "200"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, input=text, env=environment)


def one_line(result, *words):
    """Bad input: exit code 2, one line on standard error that says these words, nothing else."""
    assert result.returncode == 2, result
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("colors", "answer"), [(3, "NO"), (4, "YES")])
@pytest.mark.parametrize("name", ["coloring-to-relu-sum", "coloring-to-relu-network"])
def test_certify_then_check_in_another_process(tmp_path, name, colors, answer):
    certificate = tmp_path / "certificate"
    result = relucert("certify", name, GROTZSCH, "-p", f"colors={colors}", "-o", certificate)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{answer}  {name}")
    arguments = ["check", certificate, "--source", GROTZSCH, "--strict", "-p", f"colors={colors}"]
    result = relucert(*arguments, blocked=["z3", "pysat", "highspy", "flint"])
    read = f"{GROTZSCH}: 11 vertices, 20 edges, from DIMACS, with colors = {colors} as given"
    assert (result.returncode, len(result.stdout.splitlines())) == (0, 1)
    start, end = f"{certificate}: accepted: equivalence {name} {answer} (", f"); {read}\n"
    assert result.stdout.startswith(start)
    assert result.stdout.endswith(end)


@pytest.mark.parametrize("prover", ["z3", "lp", "auto"])
@pytest.mark.parametrize(("neurons", "answer"), [(2, "NO"), (3, "YES")])
def test_certify_training_set(tmp_path, prover, neurons, answer):
    """Three kinks need three neurons: 0 up to x = 0, slope 2 to x = 1/2, slope −2 to x = 1, then 0."""
    data = tmp_path / "hat.csv"
    data.write_text("x1,y\n-1,0\n-0.5,0\n0,0\n1/4,1/2\n0.5,1\n3/4,0.5\n1,0\n3/2,0\n2,0\n")
    certificate = tmp_path / "certificate.gz"
    result = relucert(
        "certify", "training", data, "--neurons", neurons, "--bias", "--prover", prover, "-o", certificate, "--json"
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["verdict"] == answer
    assert certificate.read_bytes()[:2] == b"\x1f\x8b"
    assert relucert("check", certificate, "--source", data).returncode == 0
    other = tmp_path / "other.csv"
    other.write_text("x1,y\n0,0\n")
    result = relucert("check", certificate, "--source", other)
    assert result.returncode == 1
    assert "not about" in result.stdout


def test_output_ones_and_signs_differ(tmp_path):
    data = tmp_path / "negative.csv"
    data.write_text("x1,y\n1,-1\n")
    for output, answer in (("ones", "NO"), ("signs", "YES")):
        result = relucert("certify", "training", data, "--neurons", 1, "--output", output, "--json")
        assert json.loads(result.stdout)["verdict"] == answer


def test_certify_a_problem_without_a_reduction(tmp_path):
    certificate = tmp_path / "c"
    result = relucert("certify", "hypergraph-coloring", GROTZSCH, "-p", "colors=3", "-o", certificate, "--json")
    assert json.loads(result.stdout)["verdict"] == "NO"
    assert "rejects NO" in relucert("check", certificate).stdout


def test_certificate_to_standard_output_and_from_standard_input():
    made = relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=4", "-o", "-")
    checked = relucert("check", "-", text=made.stdout)
    assert checked.returncode == 0
    assert checked.stdout.startswith("-: accepted: equivalence coloring-to-relu-sum YES (some colouring of the 11 ")


def test_source_from_standard_input():
    result = relucert("certify", "coloring-to-relu-sum", "-", "-p", "colors=2", "--json", text="a b\nb c\n")
    assert json.loads(result.stdout)["verdict"] == "YES"


def test_certificate_for_another_graph_is_rejected(tmp_path):
    certificate = tmp_path / "c"
    relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=4", "-o", certificate)
    result = relucert("check", certificate, "--source", EXAMPLES / "petersen.g6", "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout)["verdict"] == "rejected"


def test_check_reports_the_worst_verdict(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=4", "-o", good)
    bad.write_text("no certificate\n")
    result = relucert("check", good, bad, "--json")
    assert result.returncode == 2
    assert [f["verdict"] for f in json.loads(result.stdout)["files"]] == ["accepted", "malformed"]
    assert relucert("check", good, "--work-limit", 1).returncode == 3
    assert relucert("check", tmp_path / "missing").returncode == 2


def test_forward_and_backward_are_inverse_on_a_coloring(tmp_path):
    coloring, network = tmp_path / "coloring.json", tmp_path / "network.json"
    coloring.write_text("[0,1,0,1,2]")
    source = tmp_path / "pentagon.edges"
    source.write_text("0 1\n1 2\n2 3\n3 4\n4 0\n")
    name = "coloring-to-relu-network"
    result = relucert("forward", name, source, coloring, "-p", "colors=3", "-o", network)
    assert result.returncode == 0, result.stderr
    assert json.loads(network.read_text())["weights"][2] == [-1, -1, -1, -1, 1, 1, 4]
    back = relucert("backward", name, source, network, "-p", "colors=3", "--json")
    read = "5 vertices, 5 edges, from an edge list"
    assert json.loads(back.stdout) == {"verdict": "ok", "witness": [0, 1, 0, 1, 2], "read": read}
    coloring.write_text("[0,0,0,1,2]")
    one_line(relucert("forward", name, source, coloring, "-p", "colors=3"), "does not solve", str(coloring))


def test_reduce_writes_the_target_and_certify_decides_it(tmp_path):
    target = tmp_path / "target.json"
    result = relucert("reduce", "coloring-to-relu-sum", EXAMPLES / "fano.json", "-p", "colors=2", "-o", target)
    assert result.returncode == 0
    data = json.loads(target.read_text())
    assert (data["dimension"], len(data["samples"]), data["neurons"]) == (7, 14, 2)
    result = relucert("certify", "training", target, "--json")
    assert json.loads(result.stdout)["verdict"] == "NO"
    result = relucert("certify", "relu-sum-to-relu-network", target, "--json")
    assert json.loads(result.stdout)["verdict"] == "NO"
    one_line(
        relucert("certify", "training", target, "--neurons", 3),
        "the file says neurons = 2, the command says neurons = 3",
    )


@pytest.mark.parametrize(("colors", "answer"), [(2, "unsat"), (3, "sat")])
def test_exported_smtlib_has_the_same_answer(tmp_path, colors, answer):
    file = tmp_path / "target.smt2"
    source = [EXAMPLES / "fano.json", "-p", f"colors={colors}"]
    assert relucert("export", "coloring-to-relu-network", *source, "--to", "smt2", "-o", file).returncode == 0
    solver = z3.Solver()
    solver.from_file(str(file))
    assert str(solver.check()) == answer


def test_exported_csv_and_npz_hold_the_same_numbers(tmp_path):
    source = ["coloring-to-relu-network", EXAMPLES / "petersen.g6", "-p", "colors=3"]
    exact = relucert("export", *source, "--to", "csv").stdout.splitlines()
    lossy = relucert("export", *source, "--to", "csv", "--float").stdout.splitlines()
    assert "exact" in exact[0]
    assert "lossy" in lossy[0]
    rows = [[Fraction(cell) for cell in row] for row in csv.reader(exact[2:])]
    assert rows == [[Fraction(cell) for cell in row] for row in csv.reader(lossy[2:])]  # halves are exact as floats
    npz = tmp_path / "target.npz"
    relucert("export", *source, "--to", "npz", "-o", npz)
    arrays = np.load(npz)
    dense = np.zeros((len(rows), 12))
    values = arrays["x_numerator"] / arrays["x_denominator"]
    dense[arrays["x_sample"], arrays["x_coordinate"]] = values
    assert dense.tolist() == [[float(v) for v in row[:12]] for row in rows]
    relucert("export", *source, "--to", "npz", "--float", "-o", npz)
    assert np.load(npz)["x"].tolist() == dense.tolist()


def test_exported_csv_is_read_back(tmp_path):
    """The same training set, the same answer, whichever file it comes from."""
    source = ["coloring-to-relu-sum", EXAMPLES / "fano.json", "-p", "colors=2"]
    file = tmp_path / "target.csv"
    relucert("export", *source, "--to", "csv", "-o", file)
    result = relucert("certify", "training", file, "--neurons", 2, "--output", "ones", "--json")
    assert json.loads(result.stdout)["verdict"] == "NO"


def test_list_and_version():
    listed = json.loads(relucert("list", "--json").stdout)
    assert {"name", "source", "target", "parameters", "reference", "formulas"} == set(listed["reductions"][0])
    shown = relucert("list").stdout
    assert "coloring-to-relu-network" in shown
    assert "\\" not in shown  # every line is one by itself: `say` escapes what would break one
    assert "\n\nParameters of problems:\n" in shown
    assert "  -p extra=…: the number n ≥ 0 of new coordinates (an integer; 1 if not given)\n" in shown
    known = {row["name"]: row["parameters"] for row in listed["problems"]}
    assert known["set-cover"]["budget"]["required"]
    assert known["training"]["clip"] == {
        "meaning": "the interval that values are clipped to", "kind": "two rational numbers", "nullable": True,
        "required": False, "default": None,
    }  # fmt: skip
    assert "relucert" in relucert("version").stdout


@pytest.mark.parametrize(
    ("vertices", "edges", "colors", "limit", "reason"),
    [
        (10, 45, 9, ("--time-limit", 1e-6), "time"),
        pytest.param(8_000, 40_000, 3, ("--memory-limit", 0.1), "memory", marks=pytest.mark.slow),
    ],
)
def test_out_of_time_or_memory_is_unknown(tmp_path, vertices, edges, colors, limit, reason):
    """The complete graph on 10 vertices is hard for 9 colours without counting; the other graph is large."""
    source, certificate = tmp_path / "graph.edges", tmp_path / "certificate"
    pairs = ((u, v) for v in range(vertices) for u in range(max(0, v - 9), v))
    source.write_text("".join(f"{u} {v}\n" for (u, v), _ in zip(pairs, range(edges), strict=False)))
    arguments = ["certify", "coloring-to-relu-sum", source, "-p", f"colors={colors}", "-o", certificate, "--json"]
    result = relucert(*arguments, *limit)
    assert result.returncode == 3, result
    answer = json.loads(result.stdout)
    assert answer["verdict"] == "UNKNOWN"
    assert reason in answer["reason"]
    assert list(tmp_path.iterdir()) == [source]


def test_unsupported_is_unknown(tmp_path):
    instance = tmp_path / "bounded.json"
    fields = {"activation": "relu", "bias": False, "clip": None, "dimension": 1, "loss": "exact", "neurons": 1}
    fields |= {"norm_bound": 1, "output": "real", "samples": [[[0], [1], 1, 1]], "threshold": 0}
    instance.write_text(json.dumps(fields))
    result = relucert("certify", "training", instance)
    assert result.returncode == 3
    assert "unsupported" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["selection", "--slopes", "0,1/2,2"], "slopes 0, 1/2, 2 by 4 ReLUs is the levee of one"),
        (["selection", "--neurons", "3"], "no 3 ReLUs fit"),
        (["selection", "--gadgets", "2", "--neurons", "7"], "no 7 ReLUs fit 2 stacked"),
        pytest.param(
            ["selection", "--affine"], "by 4 ReLUs and an affine function is the levee of one", marks=pytest.mark.slow
        ),
        pytest.param(
            ["selection", "--gadgets", "2", "--affine"],
            "by 8 ReLUs and an affine function is the sum of one levee for each",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["ramps", "--dimension", "2"],
            "in 3 dimensions by 4 ReLUs is a ramp up and a ramp down",
            marks=pytest.mark.slow,
        ),
        (["stripe", "--slopes", "-1,0,3"], "by 2 thresholds selects one"),
    ],
)
def test_lemma(tmp_path, arguments, words):
    certificate = tmp_path / "lemma.gz"
    result = relucert("lemma", *arguments, "-o", certificate)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("HOLDS")
    assert words in result.stdout
    result = relucert("check", certificate, blocked=["z3", "pysat", "highspy", "flint"])
    assert result.returncode == 0
    assert ": accepted: " in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["selection", "--slopes", "1,0"], ("slopes must increase: 1 comes before 0",)),
        (["selection", "--slopes", "1"], ("two or more slopes",)),
        (["selection", "--slopes", "1,x"], ("--slopes", "x")),
        (["selection", "--neurons", "5"], ("four neurons and one gadget",)),
        (["selection", "--gadgets", "2", "--neurons", "8"], ("fewer than four for each gadget", "with --affine")),
        (["selection", "--gadgets", "2", "--neurons", "7", "--affine"], ("--affine", "four neurons for each gadget")),
        (["selection", "--gadgets", "31", "--affine"], ("--gadgets", "at most 30, not 31")),
        (["stripe", "--affine"], ("--affine is about selection",)),
        (["stripe", "--slopes", "0,0"], ("slopes must increase",)),
        (["ramps", "--dimension", "0"], ("--dimension",)),
        (["levee"], ("levee",)),
    ],
)
def test_bad_lemmas(arguments, words):
    one_line(relucert("lemma", *arguments), *words)


BAD_SOURCES = {
    "": ("empty",),
    "p edge 3 1\ne 1\n": ("line 2",),
    "p edge 3 1\ne 1 2\nx\n": ("line 3",),
    "p edge 3 1\ne 2 2\n": ("line 2", "loop"),
    "p edge 3 1\ne 1 4\n": ("line 2", "4", "1..3"),
    "p edge 999999999999 0\n": ("999999999999", "too large"),
    '{"vertices":3,"edges":[[1]]}': ("fewer than two vertices",),
    '{"vertices":3,"edges":[[0,1]': ("not JSON",),
    '{"vertices":3,"vertices":3,"edges":[]}': ("twice",),
    "[" * 10_000: ("graph6",),
    '{"vertices":3,"edges":' + "[" * 10_000: ("nested",),
    '{"vertices":' + "9" * 10_000_000 + ',"edges":[]}': ("digits",),
}


@pytest.mark.parametrize("number", range(len(BAD_SOURCES)))
def test_bad_source(tmp_path, number):
    text, words = list(BAD_SOURCES.items())[number]
    source, output = tmp_path / "source", tmp_path / "output"
    source.write_text(text)
    for command in ("certify", "reduce"):
        result = relucert(command, "coloring-to-relu-network", source, "-p", "colors=3", "-o", output)
        one_line(result, str(source), *words)
        assert not output.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("empty",)),
        ("a,b\n1,2\n", ("line 1", "header")),
        ("x1,y\n1,2\n1,zero\n", ("line 3", "zero")),
        ("x1,y\n1,1/0\n", ("line 2", "divides by zero")),
        ("x1,y\n1,1e999999\n", ("line 2", "digits")),
        ("x1,y\n1,2,3\n", ("line 2", "3 entries")),
        ("x1,y,weight\n1,2,1/2\n", ("line 2", "weight")),
        ('{"samples":[{"x":[1],"y":"a"}]}', ("sample 0",)),
    ],
)
def test_bad_training_set(tmp_path, text, words):
    data = tmp_path / "data.csv"
    data.write_text(text)
    one_line(relucert("certify", "training", data, "--neurons", 2), str(data), *words)


def test_bad_arguments(tmp_path):
    one_line(relucert("certify", "coloring-to-relu-sum", tmp_path / "missing", "-p", "colors=3"), "No such file")
    one_line(relucert("certify", "coloring-to-relu-sum", GROTZSCH), "colors")
    one_line(relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=1"), "at least 2")
    one_line(relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colours=3"), "colours")
    one_line(
        relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=x"), "colors: expected an integer, not 'x'"
    )
    one_line(relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=--3"), "not '--3'")
    one_line(relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=3", "-p", "colors=4"), "twice")
    one_line(relucert("certify", "nothing", GROTZSCH), "there is no reduction 'nothing'")
    one_line(relucert("certify", "training", GROTZSCH, "--neurons", 2), "header")
    one_line(
        relucert("reduce", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=3", "-o", tmp_path / "no" / "x"), "no/x"
    )
    one_line(relucert("certify"), "NAME")


def wide(dimension, seen):
    """One sample with one coordinate."""
    return {"activation": "relu", "bias": False, "clip": None, "dimension": dimension, "loss": "l2", "neurons": 1,
            "norm_bound": None, "output": "signs", "samples": [[[seen], [1], 1, 1]], "threshold": 0}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "file", "text", "arguments", "words"),
    [
        ("pad-dimension", "set.json", json.dumps(wide(10**9, seen=10**9 - 1)), ["-p", "extra=1"],
         "dimension 1000000001"),
        ("clique-to-independent-set", "graph.json", '{"vertices": 20000, "edges": []}', ["-p", "size=2"],
         "edges 199990000"),
        ("vertex-cover-to-set-cover", "graph.json", '{"vertices": 1000000000, "edges": []}', ["-p", "budget=2"],
         "sets 1000000000"),
    ],
)  # fmt: skip
def test_targets_of_any_problem_must_be_moderate(tmp_path, name, file, text, arguments, words):
    (tmp_path / file).write_text(text)
    one_line(relucert("reduce", name, tmp_path / file, *arguments), file, "too large", words)


@pytest.mark.parametrize(
    "command",
    [
        ("optimum",),
        ("learn", "--epsilon", "1/2"),
        *(("export", "training", "--to", kind) for kind in ("csv", "npz", "smt2")),
    ],
)
def test_what_takes_all_coordinates_is_refused(tmp_path, command):
    """The sample has the first one only, so that other commands do without the rest."""
    source, output = tmp_path / "wide.json", tmp_path / "out"
    source.write_text(json.dumps(wide(10**12, seen=0)))
    assert relucert("certify", "training", source).stdout.startswith("YES")
    name, *options = command
    order = [name, *options[:1], source, *options[1:], "-o", output] if name == "export" else [name, source, *options]
    one_line(relucert(*order), "too large: dimension 1000000000000")
    assert not output.exists()


def test_arrays_of_a_network_have_all_weights(tmp_path):
    narrow, source, arrays = tmp_path / "narrow.csv", tmp_path / "wide.json", tmp_path / "net.npz"
    narrow.write_text("x1,x2,y\n1,0,1\n")
    assert relucert("certify", "training", narrow, "--neurons", 1, "--save-network", arrays).returncode == 0
    assert np.load(arrays)["weights_numerator"].tolist() == [[1, 0]]
    arrays.unlink()
    source.write_text(json.dumps(wide(10**12, seen=0)))
    one_line(relucert("certify", "training", source, "--save-network", arrays), "too large: dimension 1000000000000")
    assert not arrays.exists()


def test_duplicate_edges_are_merged_and_said(tmp_path):
    source = tmp_path / "twice.col"
    source.write_text("p edge 2 2\ne 1 2\ne 2 1\n")
    result = relucert("reduce", "coloring-to-relu-sum", source, "-p", "colors=2", "--json")
    assert "1 duplicate edge merged" in result.stderr
    assert len(json.loads(result.stdout)["target"]["samples"]) == 3


def test_compressed_certificate_is_deterministic(tmp_path):
    first, second = tmp_path / "a.gz", tmp_path / "b.gz"
    for path in (first, second):
        relucert("certify", "coloring-to-relu-sum", GROTZSCH, "-p", "colors=4", "-o", path)
    assert first.read_bytes() == second.read_bytes()
    assert gzip.decompress(first.read_bytes()).startswith(b'{"answer":"YES"')


def test_set_cover_and_circuits(tmp_path):
    """The Fano plane needs three lines to meet all points (two lines share one); a majority of three needs two."""
    for name, source, least in (("set-cover-to-relu", "fano.scp", 3), ("circuit-to-relu", "majority.bench", 2)):
        for budget, answer in ((least, "YES"), (least - 1, "NO")):
            certificate = tmp_path / f"{name}-{budget}"
            arguments = ["certify", name, EXAMPLES / source, "-p", f"budget={budget}", "-o", certificate, "--json"]
            assert json.loads(relucert(*arguments).stdout)["verdict"] == answer
            checked = relucert("check", certificate, "--source", EXAMPLES / source, blocked=["z3", "pysat", "highspy"])
            assert checked.returncode == 0, checked.stdout


def test_uncoverable_element_is_a_certified_no_with_a_reason():
    result = relucert("certify", "set-cover-to-relu", EXAMPLES / "uncoverable.json", "-p", "budget=9")
    assert "element 3 (counted from 0) is in no set" in result.stderr
    assert result.stdout.startswith("NO")
    result = relucert("ratio", "set-cover", EXAMPLES / "uncoverable.json", "--json")
    assert json.loads(result.stdout)["verdict"] == "NO"


def test_ratio_and_its_certificates(tmp_path):
    prefix = tmp_path / "fano"
    result = relucert("ratio", "set-cover", EXAMPLES / "fano.scp", "-o", prefix, "--json")
    facts = json.loads(result.stdout)
    assert (facts["budget"], facts["unit"], facts["minimum"]) == (3, "1/784", "3/784")  # 1/(4·7)²
    result = relucert("check", *(f"{prefix}.{part}" for part in ("reached", "refuted", "minimum")))
    claims = [line.split(": ")[2].split(" (")[0] for line in result.stdout.splitlines()]
    assert claims == ["accepts YES", "rejects NO", "minimum YES"]


def test_optimum(tmp_path):
    """One ReLU without bias on 1 → 1 and 1 → 0: squared error 1/2, absolute 1, largest 1/2, one missed."""
    data, certificate = tmp_path / "data.csv", tmp_path / "certificate"
    data.write_text("x1,y\n1,1\n1,0\n")
    for loss, least in (("l2", "1/2"), ("l1", 1), ("linf", "1/2"), ("l0", 1)):
        result = relucert("optimum", data, "--neurons", 1, "--loss", loss, "-o", certificate, "--json")
        assert json.loads(result.stdout)["minimum"] == least
        assert "minimum YES" in relucert("check", certificate, "--source", data).stdout


def test_densest_subgraph_and_gap(tmp_path):
    graph = tmp_path / "graph.edges"
    graph.write_text("a b\nb c\na c\nc d\n")
    name = "densest-subgraph-to-bounded-relu"
    for wanted, answer in ((3, "YES"), (4, "NO")):
        result = relucert("certify", name, graph, "-p", "kappa=3", "-p", f"edges_wanted={wanted}", "--json")
        assert json.loads(result.stdout)["verdict"] == answer
    for wanted, factor, answer in ((3, "2", "YES"), (4, "5/4", "NO")):
        options = ("-p", "kappa=3", "-p", f"edges_wanted={wanted}", "-p", f"factor={factor}", "--json")
        result = json.loads(relucert("certify", name, graph, *options).stdout)
        assert (result["verdict"], result["claim"]) == (answer, "promise")
    one_line(relucert("certify", name, graph, "-p", "kappa=9", "-p", "edges_wanted=3"), "kappa is 9")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("set-cover-to-relu", "1 1\n2\n1\n1\n", ("cost",)),
        ("set-cover-to-relu", '{"universe": 2, "sets": [[0, 2]]}', ("set 0",)),
        ("circuit-to-relu", "INPUT(a)\nOUTPUT(g)\ng = AND(h)\nh = OR(g)\n", ("cycl",)),
        ("circuit-to-relu", "INPUT(a)\nOUTPUT(g)\ng = AND()\n", ("line 3",)),
        ("circuit-to-relu", "INPUT(a)\nOUTPUT(g)\ng = NOT(a)\n", ("line 3", "NOT")),
        ("circuit-to-relu", "INPUT(a)\nOUTPUT(x)\ng = AND(a)\n", ("x",)),
        ("circuit-to-relu", "INPUT(a)\nOUTPUT(g)\ng = AND(b)\n", ("b",)),
    ],
)
def test_bad_sets_and_circuits(tmp_path, name, text, words):
    source = tmp_path / "source"
    source.write_text(text)
    one_line(relucert("certify", name, source, "-p", "budget=1"), str(source), *words)
