"""Typed parameters, chains from problem to problem, and mistakes of relucert's own."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import forked
import networkx as nx
import pytest

from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.verify.commands.catalogue import chains_between

pytestmark = pytest.mark.thorough

EXAMPLES = Path(__file__).parents[2] / "examples"
RELUCERT = [sys.executable, "-m", "relucert"]


def relucert(*arguments, text=""):
    return forked.run("relucert", *arguments, text=text)


def bad_input(result, *words):
    assert (result.returncode, result.stdout) == (2, ""), result
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


# -------------------------------------------------------------------------------------------------- typed parameters


@pytest.fixture
def two_labels(tmp_path):
    """The labels 0 and 1 at one point: the least l1 loss is 1."""
    path = tmp_path / "data.csv"
    path.write_text("x1,y\n1,0\n1,1\n")
    return path


def parameters(**given):
    return [word for name, value in given.items() for word in ("-p", f"{name}={value}")]


@pytest.mark.parametrize(("threshold", "answer"), [("1/2", "NO"), ("0.999", "NO"), ("1", "YES")])
def test_a_csv_asks_for_all_that_the_problem_states(two_labels, tmp_path, threshold, answer):
    by_p, by_option = tmp_path / "p.cert", tmp_path / "option.cert"
    given = parameters(neurons=2, loss="l1", threshold=threshold, bias="true", output="ones")
    options = ["--neurons", 2, "--loss", "l1", "--threshold", threshold, "--bias", "--output", "ones"]
    assert relucert("certify", "training", two_labels, *given, "-o", by_p).stdout.startswith(answer)
    assert relucert("certify", "training", two_labels, *options, "-o", by_option).stdout.startswith(answer)
    instances = [json.loads(path.read_text().splitlines()[0])["instance"] for path in (by_p, by_option)]
    assert instances[0] == instances[1]
    for certificate in (by_p, by_option):
        for how in (given, options):
            assert relucert("check", certificate, "--source", two_labels, *how, "--strict").returncode == 0
        assert relucert("check", certificate, "--source", two_labels, *given, "-p", "norm_bound=1").returncode == 1


def test_every_parameter_of_training_is_typed(two_labels):
    given = {"neurons": 3, "activation": "relu", "output": "signs", "bias": "false", "clip": "-1/2,1.5"}
    given |= {"loss": "linf", "threshold": "0.25", "norm_bound": "2/3"}
    result = relucert("reduce", "pad-dimension", two_labels, *parameters(**given, extra=2))
    target = json.loads(result.stdout)
    assert {name: target[name] for name in given} == {
        "neurons": 3, "activation": "relu", "output": "signs", "bias": False, "clip": ["-1/2", "3/2"],
        "loss": "linf", "threshold": "1/4", "norm_bound": "2/3",
    }  # fmt: skip
    assert target["dimension"] == 3
    result = relucert("reduce", "pad-dimension", two_labels, *parameters(neurons=3, clip="null", norm_bound="null"))
    target = json.loads(result.stdout)
    assert (target["clip"], target["norm_bound"]) == (None, None)


def test_optimum_and_plot_take_parameters(two_labels, tmp_path):
    result = relucert("optimum", two_labels, *parameters(neurons=1, loss="l1"), "--json")
    assert (json.loads(result.stdout)["minimum"], json.loads(result.stdout)["loss"]) == (1, "l1")
    assert relucert("plot", two_labels, *parameters(neurons=4), "-o", tmp_path / "x.svg").returncode == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["-p", "neurons=2", "--neurons", "2"], ("neurons is given twice", "--neurons 2")),
        (["-p", "neurons=two"], ("neurons: expected an integer, not 'two'",)),
        (["-p", "neurons=1/2"], ("neurons: expected an integer, not '1/2'",)),
        (["-p", "neurons=true"], ("neurons: expected an integer, not 'true'",)),
        (["-p", "neurons="], ("NAME=VALUE",)),
        (["-p", "=1"], ("NAME=VALUE",)),
        (["-p", "neurons"], ("NAME=VALUE",)),
        (["-p", "neurons=1/0"], ("neurons: expected an integer, not '1/0'",)),
        (
            ["-p", "neurons=1", "-p", "threshold=low", "-p", "loss=l1"],
            ("threshold: expected a rational number",),
        ),
        (
            ["-p", "neurons=1", "-p", "threshold=true", "-p", "loss=l1"],
            ("a rational number, not 'true'",),
        ),
        (["-p", "neurons=1", "-p", "norm_bound=big"], ("norm_bound: expected a rational number or null, not 'big'",)),
        (
            ["-p", "neurons=1", "-p", "clip=1"],
            ("clip: expected two rational numbers or null, not '1'",),
        ),
        (["-p", "neurons=1", "-p", "clip=1,0"], ("clip: the lower end",)),
        (["-p", "neurons=1", "-p", "bias=1"], ("bias: expected true or false, not '1'",)),
        (["-p", "neurons=1", "-p", "loss=2"], ("loss: expected exact, l0, l1, l2 or linf, not '2'",)),
        (["-p", "neurons=1", "-p", "colors=3"], ("training has no parameter 'colors'",)),
    ],
)
def test_bad_parameters(two_labels, given, words):
    bad_input(relucert("certify", "training", two_labels, *given), *words)


@pytest.mark.parametrize("suffix", [".txt", "", "-"])
def test_complete_json_under_any_name_is_read_and_compared(tmp_path, suffix):
    """`certify` and `check --source` see the same file, also on standard input."""
    fields = {"activation": "relu", "bias": False, "clip": None, "dimension": 1, "loss": "exact", "neurons": 1}
    fields |= {"norm_bound": None, "output": "signs", "samples": [[[0], [1], 1, 1]], "threshold": 0}
    text, other = json.dumps(fields), json.dumps(fields | {"neurons": 2})
    certificate, source = tmp_path / "certificate", "-" if suffix == "-" else tmp_path / f"source{suffix}"

    def run(text, *arguments):
        if source != "-":
            source.write_text(text)
        return relucert(*arguments, text=text)

    assert run(text, "certify", "training", source, "-o", certificate).stdout.startswith("YES")
    for command in (["check"], ["check", "--strict"]):
        assert run(text, *command, certificate, "--source", source).returncode == 0
        result = run(other, *command, certificate, "--source", source)
        assert (result.returncode, "it is not about" in result.stdout) == (1, True)


# ------------------------------------------------------------------------------------------------------------ chains


def test_chains_are_the_simple_paths_of_networkx():
    graph = nx.MultiDiGraph()
    for name, cls in CATALOGUE.items():
        graph.add_edge(cls.source.name, cls.target.name, name)
    lengths = set()
    for source in PROBLEMS:
        for target in PROBLEMS:
            chains = [tuple(r.name for r in chain) for chain in chains_between(source, target)]
            if source != target:
                known = graph.has_node(source) and graph.has_node(target)
                paths = nx.all_simple_edge_paths(graph, source, target) if known else []
                assert sorted(chains) == sorted(tuple(name for _, _, name in path) for path in paths)
            else:
                assert all(CATALOGUE[chain[0]].source is CATALOGUE[chain[-1]].target for chain in chains)
            assert [len(chain) for chain in chains] == sorted(map(len, chains))
            lengths |= set(map(len, chains))
    assert {1, 2, 3} <= lengths


def test_path_says_what_is_built(tmp_path):
    """Theorem 1 of Froese and Hertrich: 35n + 40m samples and 4(n + m) neurons in the plane."""
    result = relucert("path", "one-in-three", "training", EXAMPLES / "four_triples.cnf", "--json")
    facts = json.loads(result.stdout)
    plane = next(c["reductions"] for c in facts["chains"] if c["chain"] == "one-in-three-to-plane")
    assert [r["reference"] for r in plane] == [CATALOGUE["one-in-three-to-plane"].reference]
    (size,) = plane[0]["sizes"]
    assert (size["dimension"], size["samples"], size["neurons"]) == (2, 35 * 4 + 40 * 4, 4 * (4 + 4))
    assert facts["read"] == "4 variables, 4 clauses, from DIMACS CNF"
    result = relucert("path", "one-in-three", "training", EXAMPLES / "four_triples.cnf")
    assert "samples 300, neurons 32" in result.stdout
    result = relucert("path", "one-in-three", "training", "--json")
    assert all("sizes" not in r for c in json.loads(result.stdout)["chains"] for r in c["reductions"])


def test_sizes_along_a_chain_are_those_of_what_it_builds():
    """Every instance of every chain is built here, and measured by its problem."""
    result = relucert("path", "sat", "training", EXAMPLES / "implication.cnf", "--json")
    chains = {c["chain"]: c["reductions"] for c in json.loads(result.stdout)["chains"]}
    assert "sat-to-three-sat/three-sat-to-one-in-three/one-in-three-to-plane" in chains
    for name, links in chains.items():
        assert [link["name"] for link in links] == name.split("/")
        assert (links[0]["source"], links[-1]["target"]) == ("sat", "training")
        for first, second in pairwise(links):
            assert first["target"] == second["source"]
        instance = PROBLEMS["sat"].parse((EXAMPLES / "implication.cnf").read_text(), ".cnf").build()
        for link in links:
            r = CATALOGUE[link["name"]]()
            instance = r.reduce(instance)
            assert link["sizes"][-1] == r.target.size(instance).measures


def test_path_builds_nothing_too_large(tmp_path):
    source = tmp_path / "large.col"
    source.write_text("p edge 999999999999 0\n")
    result = relucert("path", "hypergraph-coloring", "training", source, "-p", "colors=2")
    assert result.returncode == 0
    assert result.stdout.count("too large: ") == len(list(chains_between("hypergraph-coloring", "training")))


def test_path_builds_only_what_the_next_link_needs(tmp_path):
    """A clique among 10⁴ vertices without an edge: its complement has about 5 · 10⁷ edges, which are not listed."""
    source = tmp_path / "large.col"
    source.write_text("p edge 10000 0\n")
    result = relucert("path", "clique", "vertex-cover", source, "-p", "size=2")
    assert result.returncode == 0
    assert "vertices 10,000, edges 49,995,000, size 2" in result.stdout
    assert result.stdout.count("what comes next is not measured") == 1
    assert "budget = max(0, vertices - size)" in result.stdout  # and no number


def test_path_shows_where_a_link_refuses(tmp_path):
    source = tmp_path / "clipped.json"
    fields = {"activation": "threshold", "bias": True, "clip": None, "dimension": 1, "loss": "l1", "neurons": 1}
    source.write_text(json.dumps(fields | {"norm_bound": None, "output": "signs", "samples": [], "threshold": 0}))
    result = relucert("path", "training", "training", source)
    assert result.returncode == 0
    assert "the source must be a sum of ReLUs" in result.stdout
    assert "dimension 2, samples 0, neurons 1" in result.stdout  # of pad-dimension


def test_bad_paths(tmp_path):
    bad_input(relucert("path", "training", "sat"), "no chain of reductions leads from training to sat")
    bad_input(relucert("path", "sat", "travelling"), "'travelling'")
    bad_input(relucert("path", "clique", "training", tmp_path / "missing", "-p", "size=2"), "missing: No such file")
    bad_input(relucert("path", "clique", "training", EXAMPLES / "petersen.g6"), "is missing: -p size=S")
    bad_input(relucert("path", "clique", "training", "-p", "size=2"), "size", "FILE")


@pytest.mark.parametrize(
    ("chain", "given", "words"),
    [
        ("pad-dimension/pad-dimension", "extra=1", "several links have a parameter extra: give pad-dimension.extra"),
        ("pad-dimension/pad-dimension", "other.extra=1", "no parameter 'other.extra'; it takes: pad-dimension.extra"),
        ("pad-dimension/lift-target-error", "extr=1", "no parameter 'extr'; it takes: "),
        ("sat-to-three-sat/vertex-cover-to-set-cover", "extra=1", "do not fit: sat-to-three-sat ends in three-sat"),
        ("sat-to-three-sat/", "extra=1", "there is no reduction ''"),
    ],
)
def test_chains_that_are_none_and_parameters_that_no_link_has(chain, given, words):
    """A parameter of one link may be given with its name or without."""
    sawtooth = EXAMPLES / "sawtooth.csv"
    bad_input(relucert("reduce", chain, sawtooth, "--neurons", 2, "-p", given), words)
    targets = {
        relucert("reduce", "pad-dimension/lift-target-error", sawtooth, "--neurons", 2, "-p", f"{name}=2").stdout
        for name in ("extra", "pad-dimension.extra")
    }
    assert len(targets) == 1 != len(targets.pop())


# ------------------------------------------------------------------------------------------------- our own mistakes

BROKEN = """
import sys
import relucert.verify.commands.{module} as module
from relucert.verify.commands.main import main
def broken(*arguments, **named):
    raise KeyError("one\\ntwo")
module.{name} = broken
main()
"""


@pytest.mark.parametrize(
    ("module", "name", "arguments", "code"),
    [
        ("certify", "certified", ["certify", "clique", EXAMPLES / "petersen.g6", "-p", "size=2"], 3),
        ("losses", "certify_minimum", ["optimum", EXAMPLES / "sawtooth.csv", "--neurons", "1"], 3),
        ("losses", "certify_ratio", ["ratio", "set-cover", EXAMPLES / "fano.scp"], 3),
        ("gadgets", "certify_lemma", ["lemma", "stripe"], 3),
        ("check", "check_files", ["check", EXAMPLES / "petersen.g6", "--quiet"], 2),
        ("main", "check_files", ["check", EXAMPLES / "petersen.g6"], 2),
        ("catalogue", "report", ["version"], 2),
        ("reduce", "load", ["reduce", "clique-to-independent-set", EXAMPLES / "petersen.g6", "-p", "size=2"], 2),
    ],
)
def test_a_mistake_of_our_own_is_one_line(module, name, arguments, code):
    command = [sys.executable, "-c", BROKEN.format(module=module, name=name), *map(str, arguments)]
    environment = {key: value for key, value in os.environ.items() if key != "RELUCERT_TRACEBACK"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (result.returncode, result.stdout) == (code, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("relucert: KeyError in ")
    assert line.endswith("this is a bug")
    shown = subprocess.run(command, capture_output=True, text=True, env=environment | {"RELUCERT_TRACEBACK": "1"})
    assert (shown.returncode, shown.stdout) == (code, "")
    assert "Traceback" in shown.stderr
    assert shown.stderr.splitlines()[-1] == line


def test_path_and_list_show_what_reductions_declare():
    r = CATALOGUE["one-in-three-to-plane"]
    assert "samples = 35*variables + 40*clauses" in relucert("path", "sat", "training").stdout
    assert "literals ≤ literals + 2*max(0, literals - 3)" in relucert("list").stdout
    facts = json.loads(relucert("path", "one-in-three", "training", "--json").stdout)["chains"][0]["reductions"]
    assert [link["formulas"] for link in facts] == [dict(r.sizes)]
    listed = {row["name"]: row["formulas"] for row in json.loads(relucert("list", "--json").stdout)["reductions"]}
    assert listed == {name: dict(cls.sizes) for name, cls in CATALOGUE.items()}
    assert "35*variables" not in relucert("path", "one-in-three", "training", EXAMPLES / "four_triples.cnf").stdout
