"""What a user may be misled by: which file a verdict is about, what was read from it, and where the output goes."""

import json
import os
import stat
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import forked
import pytest

from relucert.certificates.writer import Yes, decision, write
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, coloring
from relucert.reductions.problems.densest_subgraph import DENSEST_SUBGRAPH, densest_subgraph
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, circuit
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, network, sample

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CORPUS = ROOT / "tests" / "corpus"
RELUCERT = [sys.executable, "-m", "relucert"]
CHECKER = [sys.executable, "-m", "relucert.certificates"]


def run(command, *arguments, **options):
    """In a fork where that makes no difference; a process of its own if its streams or its environment are given."""
    if command[0] == sys.executable and not options.keys() - {"cwd"}:
        _, _, module, *words = command
        return forked.run(module, *words, *arguments, cwd=options.get("cwd", ROOT))
    options = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "cwd": ROOT,
        "timeout": 120,
    } | options
    return subprocess.run([*command, *map(str, arguments)], **options)


def relucert(*arguments, **options):
    return run(RELUCERT, *arguments, **options)


def bad_input(result, *words):
    """Exit code 2, one line on standard error, nothing on standard output."""
    assert (result.returncode, result.stdout or "") == (2, ""), result
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


def test_a_parameter_of_a_reduction_is_compared_like_one_of_the_instance(tmp_path):
    source, certificate = tmp_path / "set.csv", tmp_path / "padded.cert"
    source.write_text("x1,y\n1,1\n")
    order = ["pad-dimension", source, "--neurons", 1, "-p", "extra=3", "-o", certificate]
    assert relucert("certify", *order).returncode == 0
    for command in ([*RELUCERT, "check"], CHECKER):
        accepted = run(command, certificate, "-p", "extra=3")
        assert (accepted.returncode, accepted.stderr) == (0, "")
        assert "equivalence pad-dimension with extra = 3 YES" in accepted.stdout
        rejected = run(command, certificate, "-p", "extra=2")
        assert rejected.returncode == 1
        assert "rejected: the certificate is valid, but with extra = 3, not extra = 2" in rejected.stdout
        bad_input(run(command, certificate, "-p", "extra=x"), "extra: expected an integer, not 'x'")
        bad_input(run(command, certificate, "-p", "more=1"), "pad-dimension has no parameter 'more'")
        strict = ["--source", source, "--strict", "-p", "neurons=1"]
        rejected = run(command, certificate, *strict)
        assert rejected.returncode == 1
        assert f"{source} does not say extra = 3: give -p extra=3 if that is meant" in rejected.stdout
        accepted = run(command, certificate, *strict, "-p", "extra=3")
        assert (accepted.returncode, accepted.stderr) == (0, "")
        assert "with neurons = 1, extra = 3 as given" in accepted.stdout


def test_a_budget_is_no_size(tmp_path):
    """Nothing is as large as a number that solutions are only compared with."""
    source, certificate = tmp_path / "triangle.json", tmp_path / "triangle.cert"
    source.write_text('{"vertices":3,"edges":[[0,1],[0,2],[1,2]],"budget":1000000000000}')
    for chain in ("vertex-cover-to-set-cover", "vertex-cover-to-independent-set/independent-set-to-clique"):
        done = relucert("certify", chain, source, "-o", certificate)
        assert (done.returncode, done.stderr) == (0, "")
        assert relucert("check", certificate, "--source", source, "--strict").returncode == 0


def certificate_of(path, problem, instance, witness):
    with open(path, "wb") as stream:
        write(stream, decision(problem, instance, Yes(witness)))
    return path


# --------------------------------------------------------------------------- 1. a certificate for another instance

PATH_GRAPH = [(0, 1), (1, 2)]
STATED = {  # instances that have a witness, as files whose one number is changed: problem, instance, witness, field
    "colors": (HYPERGRAPH_COLORING, coloring(3, PATH_GRAPH, 2), (0, 1, 0), "colors"),
    "sets": (SET_COVER, SetCoverInstance(2, ((0,), (1,)), 2), (0, 1), "budget"),
    "inputs": (MONOTONE_CIRCUIT, circuit(2, [("and", [0, 1])], 2, 2), (0, 1), "budget"),
    "kappa": (DENSEST_SUBGRAPH, densest_subgraph(3, PATH_GRAPH, 2, 1), (0, 1), "kappa"),
    "edges wanted": (DENSEST_SUBGRAPH, densest_subgraph(3, PATH_GRAPH, 2, 1), (0, 1), "edges_wanted"),
}


@pytest.mark.parametrize("case", STATED)
@pytest.mark.parametrize("change", [0, 1])
def test_what_a_file_states_is_compared(tmp_path, case, change):
    """The same file but for one number that it states: the certificate is about another instance."""
    problem, instance, witness, field = STATED[case]
    certificate = certificate_of(tmp_path / "certificate", problem, instance, witness)
    data = problem.instance_to_json(instance)
    source = tmp_path / "source.json"
    source.write_text(json.dumps({**data, field: data[field] + change}))
    result = relucert("check", certificate, "--source", source, "--strict")
    assert result.returncode == change, result
    said = f"{field} = {data[field] + change}"
    assert said in result.stdout
    assert ("rejected" if change else "accepted") in result.stdout
    assert ("it is not about" in result.stdout) == bool(change)
    assert "does not say" not in result.stdout


@pytest.mark.parametrize("case", STATED)
def test_what_a_file_does_not_state_is_printed_and_must_be_given_in_strict_use(tmp_path, case):
    problem, instance, witness, _ = STATED[case]
    certificate = certificate_of(tmp_path / "certificate", problem, instance, witness)
    data = problem.instance_to_json(instance)
    source = tmp_path / "source.json"
    source.write_text(json.dumps({key: value for key, value in data.items() if key not in problem.parameters}))
    unsaid = {name: data[name] for name in problem.parameters}
    check = ["check", certificate, "--source", source]

    result = relucert(*check)
    assert result.returncode == 0
    assert f"with {', '.join(f'{k} = {v}' for k, v in unsaid.items())}, which the file does not say" in result.stdout
    result = relucert(*check, "--json")
    assert json.loads(result.stdout)["files"][0]["unsaid"] == unsaid

    result = relucert(*check, "--strict")
    first = next(iter(unsaid))
    assert result.returncode == 1
    assert f"does not say {first} = {unsaid[first]}: give -p {first}={unsaid[first]}" in result.stdout

    given = [word for name, value in unsaid.items() for word in ("-p", f"{name}={value}")]
    result = relucert(*check, *given, "--strict")
    assert result.returncode == 0
    assert "as given" in result.stdout
    assert "does not say" not in result.stdout

    for strict in ([], ["--strict"]):
        result = relucert(*check, *given[:-1], f"{list(unsaid)[-1]}={data[list(unsaid)[-1]] + 1}", *strict)
        assert result.returncode == 1
        assert "rejected: the certificate is valid, but with" in result.stdout


def test_the_triangle_of_the_review(tmp_path):
    """Three colours are a YES and two a NO; the certificate of the NO is not about the file that says three."""
    source = tmp_path / "three.json"
    source.write_text('{"vertices":3,"edges":[[0,1],[0,2],[1,2]],"colors":3}')
    edges, certificate = tmp_path / "triangle.edges", tmp_path / "two.cert"
    edges.write_text("0 1\n0 2\n1 2\n")
    made = relucert("certify", "hypergraph-coloring", edges, "-p", "colors=2", "-o", certificate)
    assert made.stdout.startswith("NO")
    result = relucert("check", certificate, "--source", source)
    assert result.returncode == 1
    assert "not about" in result.stdout
    made = relucert("certify", "hypergraph-coloring", source, "-o", certificate)
    assert made.stdout.startswith("YES")
    assert relucert("check", certificate, "--source", source, "--strict").returncode == 0
    result = relucert("certify", "hypergraph-coloring", source, "-p", "colors=2")
    bad_input(result, "the file says colors = 3, the command says colors = 2")


# The class of networks, as options of a bare training set; each differs from what certify takes if none is given.
CLASSES = {
    "neurons": ({"neurons": 2}, ["--neurons", 2]),
    "activation": ({"activation": "threshold"}, ["--activation", "threshold"]),
    "output": ({"output": "ones"}, ["--output", "ones"]),
    "bias": ({"bias": True}, ["--bias"]),
    "clip": ({"clip": (0, Fraction(3, 2))}, ["--clip", 0, "3/2"]),
    "loss": ({"loss": "l0"}, ["--loss", "l0"]),
    "threshold": ({"loss": "l1", "threshold": Fraction(1, 3)}, ["--loss", "l1", "--threshold", "1/3"]),
    "norm_bound": ({"norm_bound": 7}, ["--norm-bound", 7]),
    "alpha": ({"activation": "leaky-relu", "alpha": Fraction(1, 3)}, ["--activation", "leaky-relu", "--alpha", "1/3"]),
}


BEFORE = {"threshold": "loss", "alpha": "activation"}  # what is missed first


@pytest.mark.parametrize("name", CLASSES)
def test_the_class_of_networks_is_printed_and_must_be_given_in_strict_use(tmp_path, name):
    fields, options = CLASSES[name]
    instance = TrainingInstance(1, samples=(sample([1], 1),), **{"neurons": 1, **fields})
    witness = network([[1]] + [[0]] * (instance.neurons - 1))
    certificate = certificate_of(tmp_path / "certificate", TRAINING, instance, witness)
    source = tmp_path / "data.csv"
    source.write_text("x1,y\n1,1\n")
    check = ["check", certificate, "--source", source]
    result = relucert(*check)
    assert result.returncode == 0
    assert all(f" {field} = " in result.stdout for field in TRAINING.parameters)
    assert result.stdout.rstrip().endswith("which the file does not say")
    neurons = [] if name == "neurons" else ["--neurons", 1]
    result = relucert(*check, *neurons, "--strict")
    assert result.returncode == 1
    assert f"does not say {BEFORE.get(name, name)} = " in result.stdout
    for strict in ([], ["--strict"]):
        assert relucert(*check, *neurons, *options, *strict).returncode == 0
    another = {"activation": "relu", "output": "signs", "loss": "linf", "bias": None, "alpha": "2/3"}.get(name, 5)
    wrong = ["--no-bias"] if another is None else [*options[:-1], another]
    result = relucert(*check, *neurons, *wrong)
    assert result.returncode == 1, result
    assert "the certificate is valid, but with" in result.stdout


def test_a_complete_training_file_says_everything(tmp_path):
    instance = TrainingInstance(1, 1, (sample([1], 1),), loss="l1", threshold=Fraction(1, 2))
    certificate = certificate_of(tmp_path / "certificate", TRAINING, instance, Network(((1,),), (0,), (1,)))
    source = tmp_path / "complete.json"
    for threshold, code in (("1/2", 0), ("1/3", 1)):
        source.write_text(json.dumps({**TRAINING.instance_to_json(instance), "threshold": threshold}))
        result = relucert("check", certificate, "--source", source, "--strict")
        assert result.returncode == code
        assert f"threshold = {threshold}" in result.stdout


def test_bad_arguments_of_check(tmp_path):
    problem, instance, witness, _ = STATED["colors"]
    certificate = certificate_of(tmp_path / "certificate", problem, instance, witness)
    bad_input(relucert("check", certificate, "--strict"), "--source")
    bad_input(relucert("check", certificate, "-p", "budget=1"), "no parameter 'budget'")
    bad_input(relucert("check", certificate, "--neurons", 2), "no parameter 'neurons'")
    bad_input(relucert("check", certificate, "--source", tmp_path / "missing"), "missing: No such file")
    bad_input(relucert("check", certificate, "--threshold", "x"), "--threshold", "'x' is not a rational number")
    result = relucert("check", certificate, "-p", "colors=3")
    assert result.returncode == 1
    assert "with colors = 2, not colors = 3" in result.stdout


# ------------------------------------------------------------------------------------------------ 2. what was read

READ = {
    "coloring-to-relu-sum": ("grotzsch.col", ["-p", "colors=4"], "11 vertices, 20 edges, from DIMACS"),
    "coloring-to-relu-network": ("petersen.g6", ["-p", "colors=3"], "10 vertices, 15 edges, from graph6"),
    "coloring-to-bounded-relu": ("chvatal.edges", ["-p", "colors=4"], "12 vertices, 24 edges, from an edge list"),
    "hypergraph-coloring": ("fano.json", ["-p", "colors=3"], "7 vertices, 7 hyperedges, from JSON"),
    "set-cover-to-relu": ("fano.scp", ["-p", "budget=3"], "7 elements, 7 sets, from OR-Library"),
    "circuit-to-relu": ("majority.bench", ["-p", "budget=2"], "3 inputs, 4 gates, from .bench"),
    "one-in-three": ("four_triples.cnf", [], "4 variables, 4 clauses, from DIMACS CNF"),
    "separability-to-thresholds": ("strip.csv", [], "3 points of P, 4 points of Q in 2 dimensions, from CSV"),
    "multicolored-clique": ("three_colors.col", [], "4 vertices, 4 edges, 3 colours, from DIMACS"),
    "sat-groups-to-sign-cnn": (
        "labelled_groups.cnf",
        ["-p", "pinned=true"],
        "4 variables, 5 groups, 8 clauses, from DIMACS CNF with groups",
    ),
    "training": ("sawtooth.csv", ["--neurons", 3, "--bias"], "7 samples in 1 dimension, from CSV"),
}


@pytest.mark.parametrize("name", READ)
def test_what_was_read_is_said(tmp_path, name):
    """In certify, text and JSON, and in check. The numbers of the examples are counted by hand."""
    file, arguments, read = READ[name]
    source, certificate = EXAMPLES / file, tmp_path / "certificate"
    result = relucert("certify", name, source, *arguments, "-o", certificate)
    assert result.returncode == 0, result
    assert result.stdout.splitlines()[1] == f"read: {read}"
    assert json.loads(relucert("certify", name, source, *arguments, "--json").stdout)["read"] == read
    result = relucert("check", certificate, "--source", source, *arguments, "--strict")
    assert result.returncode == 0, result
    assert f"; {source}: {read}" in result.stdout
    result = relucert("check", certificate, "--source", source, "--json")
    assert json.loads(result.stdout)["files"][0]["read"] == read


def test_every_command_says_what_it_read(tmp_path):
    graph, data, read = tmp_path / "graph", tmp_path / "data.csv", "3 vertices, 2 edges, from an edge list"
    graph.write_text("% a path\na;b\nb;c\n")
    data.write_text("x1,y\n1,1\n")
    witness = tmp_path / "witness"
    witness.write_text("[0,1,0]")
    of_graph = ["coloring-to-relu-sum", graph, "-p", "colors=2"]
    for command in (["reduce", *of_graph], ["forward", *of_graph, witness], ["export", *of_graph, "--to", "csv"]):
        assert f"{graph}: {read}\n" in relucert(*command).stderr
        assert relucert(*command, "-o", tmp_path / "output").stdout.splitlines()[0] == f"read: {read}"
        assert json.loads(relucert(*command, "-o", tmp_path / "output", "--json").stdout)["read"] == read
    assert json.loads(relucert("reduce", *of_graph, "--json").stdout)["read"] == read
    of_data = "1 sample in 1 dimension, from CSV"
    for command in (["plot", data, "-o", tmp_path / "x.svg"], ["optimum", data, "--neurons", 1]):
        assert f"read: {of_data}" in relucert(*command).stdout.splitlines()
        assert json.loads(relucert(*command, "--json").stdout)["read"] == of_data
    assert "read: 7 elements, 7 sets, from OR-Library" in relucert("ratio", "set-cover", EXAMPLES / "fano.scp").stdout
    result = relucert("certify", *of_graph, "-o", "-")
    assert f"{graph}: {read}\n" in result.stderr
    assert result.stdout.startswith('{"answer"')


def test_weights_and_double_counts_are_said(tmp_path):
    graph = tmp_path / "graph.edges"
    graph.write_text("a b 0.5\nb c 2\n")
    result = relucert("reduce", "coloring-to-relu-sum", graph, "-p", "colors=2", "-o", tmp_path / "target")
    assert "weight" in result.stderr
    graph = tmp_path / "graph.col"
    graph.write_text("p edge 2 2\ne 1 2\n")
    result = relucert("reduce", "coloring-to-relu-sum", graph, "-p", "colors=2", "-o", tmp_path / "target")
    assert "the header counts every edge twice: 2" in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.col", "p edge 3 99\ne 1 2\ne 2 3\ne 1 3\n", ("line 1", "99 edges", "the file has 3 edges")),
        ("a.edges", "source target\n1 2\n2 3\n", ("line 1", "heading")),
        ("a.edges", "1 2\n3\n", ("line 2", "two vertices")),
    ],
)
def test_files_of_the_review_are_refused(tmp_path, name, text, words):
    source = tmp_path / name
    source.write_text(text)
    bad_input(relucert("certify", "hypergraph-coloring", source, "-p", "colors=2"), str(source), *words)


@pytest.mark.parametrize(
    "text", ["a,b\nb,c\nc,a\n", "a;b\nb;c\nc;a\n", "% konect\na b\nb c\nc a\n", "a b 1\nb c 1\nc a 1\n"]
)
def test_triangles_of_the_review_have_no_two_colours(tmp_path, text):
    source = tmp_path / "triangle.edges"
    source.write_text(text)
    result = relucert("certify", "hypergraph-coloring", source, "-p", "colors=2", "--json")
    assert json.loads(result.stdout)["verdict"] == "NO"


# --------------------------------------------------------------------------------------- 3. where the output goes


@pytest.fixture
def inputs(tmp_path):
    """Input files, and every command that reads and writes: its words before -o, and the input that it must spare."""
    files = {
        "graph": "a b\nb c\n", "coloring": "[0,1,0]", "data.csv": "x1,y\n1,1\n", "cover.scp": "1 1\n1\n1 1\n",
        "data.svg": '{"samples": [{"x": [1], "y": 1}]}', "net.svg": '{"biases":[0],"output":[1],"weights":[[1]]}',
        "sum": '{"biases":[0,0],"output":[1,1],"weights":[[1,-1,1],[-1,1,-1]]}',
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    graph = ["coloring-to-relu-sum", tmp_path / "graph", "-p", "colors=2"]
    data, cover = tmp_path / "data.csv", tmp_path / "cover.scp"
    commands = {
        "certify": (["certify", *graph], "graph"),
        "certify a problem": (["certify", "training", data, "--neurons", 1], "data.csv"),
        "reduce": (["reduce", *graph], "graph"),
        "forward": (["forward", *graph, tmp_path / "coloring"], "graph"),
        "forward a witness": (["forward", *graph, tmp_path / "coloring"], "coloring"),
        "backward": (["backward", *graph, tmp_path / "sum"], "graph"),
        "backward a witness": (["backward", *graph, tmp_path / "sum"], "sum"),
        "export": (["export", *graph, "--to", "npz"], "graph"),
        "optimum": (["optimum", data, "--neurons", 1], "data.csv"),
        "ratio": (["ratio", "set-cover", cover], "cover.scp"),
        "plot": (["plot", tmp_path / "data.svg"], "data.svg"),
        "plot a network": (["plot", tmp_path / "data.svg", "--network", tmp_path / "net.svg"], "net.svg"),
    }
    return tmp_path, files, commands


COMMANDS = [
    "certify", "certify a problem", "reduce", "forward", "forward a witness", "backward", "backward a witness",
    "export", "optimum", "ratio", "plot", "plot a network",
]  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_overwrites_its_input(inputs, name):
    folder, files, commands = inputs
    assert list(commands) == COMMANDS
    arguments, spared = commands[name]
    own, other = folder / spared, folder / "other"
    end = own.suffix
    links = {"itself": own, "dots": folder / "." / ".." / folder.name / spared}
    links |= {"symbolic": folder / f"symbolic{end}", "hard": folder / f"hard{end}"}
    links["symbolic"].symlink_to(spared)
    os.link(own, links["hard"])
    for link in links.values():
        output = link
        if name == "ratio":  # which adds a suffix to its output
            output = folder / "prefix"
            (folder / "prefix.minimum").unlink(missing_ok=True)
            (folder / "prefix.minimum").symlink_to(link)
        bad_input(relucert(*arguments, "-o", output), "is an input")
        assert {file: (folder / file).read_text() for file in files} == files
        assert links["symbolic"].is_symlink()
    if name != "ratio":
        assert relucert(*arguments, "-o", f"{other}{end}").returncode == 0
        assert (folder / f"other{end}").stat().st_size > 0


def test_standard_input_is_spared_too(tmp_path):
    graph = tmp_path / "graph"
    graph.write_text("a b\n")
    arguments = ["reduce", "coloring-to-relu-sum", "-", "-p", "colors=2"]
    with graph.open() as stream:
        bad_input(relucert(*arguments, "-o", graph, stdin=stream), "is an input")
    with graph.open() as stream, graph.open("a") as output:
        assert relucert(*arguments, stdin=stream, stdout=output).returncode == 2
    assert graph.read_text() == "a b\n"


REDUCE = ["reduce", "coloring-to-relu-sum", EXAMPLES / "petersen.g6", "-p", "colors=3"]


@pytest.fixture(scope="module")
def target():
    """What REDUCE writes."""
    return relucert(*REDUCE).stdout


def test_symbolic_links_are_followed(tmp_path, target):
    real, link, dangling = tmp_path / "real", tmp_path / "link", tmp_path / "dangling"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to("real")
    dangling.symlink_to(tmp_path / "new")
    for path in (link, dangling):
        assert relucert(*REDUCE, "-o", path).returncode == 0
        assert path.is_symlink()
        assert path.read_text() == target
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert (tmp_path / "new").read_text() == target
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    bad_input(relucert(*REDUCE, "-o", loop), str(loop))
    assert loop.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "link", "loop", "new", "real"]


def test_named_pipes_and_devices_are_written_in_place(tmp_path, target):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    for path in (pipe, link):
        read = []
        reader = threading.Thread(target=lambda read=read: read.append(pipe.read_text()), daemon=True)
        reader.start()
        assert relucert(*REDUCE, "-o", path).returncode == 0
        reader.join(timeout=60)
        assert read == [target]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    for device in ("/dev/null", tmp_path / "null"):
        if device != "/dev/null":
            device.symlink_to("/dev/null")
        assert relucert(*REDUCE, "-o", device).returncode == 0
        assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    bad_input(relucert(*REDUCE, "-o", "/dev/full"), "/dev/full: No space left")
    bad_input(relucert(*REDUCE, "-o", tmp_path), "directory")
    bad_input(relucert(*REDUCE, "-o", f"{tmp_path}/no/such"), "no/such: No such file or directory")


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_names_of_standard_output(tmp_path, target, name):
    """Piped, redirected and appended to: as for '-', and the line 'wrote …' is not mixed into it."""
    assert relucert(*REDUCE, "-o", name).stdout == target
    file = tmp_path / "file"
    for mode, expected in (("w", target), ("a", target * 2)):
        with file.open(mode) as stream:
            assert relucert(*REDUCE, "-o", name, stdout=stream).returncode == 0
        assert file.read_text() == expected
    result = relucert(*REDUCE, "-o", name, "--json")
    assert json.loads(result.stdout)["target"] == json.loads(target)


def test_process_substitution(tmp_path, target):
    copy = tmp_path / "copy"
    command = 'copy=$1; shift; "$@" -o >(cat > "$copy"); status=$?; wait $!; exit $status'
    result = run(["bash", "-c", command, "bash", str(copy), *RELUCERT], *REDUCE)
    assert result.returncode == 0, result
    assert "wrote /dev/fd/" in result.stdout
    assert copy.read_text() == target
    with (tmp_path / "open").open("w") as stream:
        result = relucert(*REDUCE, "-o", f"/dev/fd/{stream.fileno()}", pass_fds=[stream.fileno()])
    assert (tmp_path / "open").read_text() == target


@pytest.mark.parametrize("name", COMMANDS)
def test_an_empty_name_is_bad_input(inputs, name):
    folder, files, commands = inputs
    bad_input(relucert(*commands[name][0], "-o", "", cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}), "empty")
    assert sorted(path.name for path in folder.iterdir()) == sorted(files)


# ----------------------------------------------------------------------------- 4. an output that cannot be written

ACCEPTED = CORPUS / "accept" / "define.jsonl"
PRINTING = {
    "help": [*RELUCERT, "--help"],
    "help of a command": [*RELUCERT, "check", "--help"],
    "list": [*RELUCERT, "list"],
    "list as JSON": [*RELUCERT, "list", "--json"],
    "version": [*RELUCERT, "version"],
    "check": [*RELUCERT, "check", ACCEPTED],
    "check as JSON": [*RELUCERT, "check", ACCEPTED, "--json"],
    "lemma": [*RELUCERT, "lemma", "stripe"],
    "lemma to -": [*RELUCERT, "lemma", "stripe", "-o", "-"],
    "ratio": [*RELUCERT, "ratio", "set-cover", EXAMPLES / "uncoverable.json"],
    "optimum": [*RELUCERT, "optimum", EXAMPLES / "sawtooth.csv", "--neurons", 1, "--bias"],
    "certify": [*RELUCERT, "certify", "hypergraph-coloring", EXAMPLES / "petersen.g6", "-p", "colors=3"],
    "certify to -": [
        *RELUCERT,
        "certify",
        "hypergraph-coloring",
        EXAMPLES / "petersen.g6",
        "-p",
        "colors=3",
        "-o",
        "-",
    ],
    "certify as JSON": [*RELUCERT, "certify", "vertex-cover", EXAMPLES / "petersen.g6", "-p", "budget=6", "--json"],
    "show": [*RELUCERT, "show", "clique"],
    "evaluate": [*RELUCERT, "evaluate", EXAMPLES / "hat_network.json", EXAMPLES / "sawtooth.csv"],
    "reduce": [*RELUCERT, *REDUCE],
    "reduce as JSON": [*RELUCERT, *REDUCE, "--json"],
    "export": [*RELUCERT, "export", *REDUCE[1:], "--to", "smt2"],
    "export npz": [*RELUCERT, "export", *REDUCE[1:], "--to", "npz"],
    "plot": [*RELUCERT, "plot", EXAMPLES / "sawtooth.csv", "-o", "PICTURE.svg"],
    "python -m relucert.certificates": [*CHECKER, ACCEPTED],
    "python -m relucert.certificates, rejected": [*CHECKER, CORPUS / "reject" / "id-repeated.jsonl"],
}


EVERY_WAY = ("help", "check", "certify")


@pytest.mark.parametrize(
    ("name", "output"),
    [
        pytest.param(name, output, marks=[pytest.mark.slow] * (output != "full" or n % 2 > 0) * (name not in EVERY_WAY))
        for n, name in enumerate(PRINTING)
        for output in ("full", "closed", "broken pipe")
    ],
)
def test_output_that_cannot_be_written_is_no_verdict(tmp_path, name, output):
    command = [str(word).replace("PICTURE", str(tmp_path / "picture")) for word in PRINTING[name]]
    if output == "closed":
        result = run(["bash", "-c", 'exec "$@" >&-', "bash", *command], stdout=None)
    elif output == "full":
        with open("/dev/full", "w") as stream:
            result = run(command, stdout=stream)
    else:
        nobody, stream = os.pipe()
        os.close(nobody)
        result = run(command, stdout=stream)
        os.close(stream)
    assert result.returncode == 2, result
    said = [line for line in result.stderr.splitlines() if not line.startswith(str(EXAMPLES))]  # what was read
    reason = {"full": "No space left on device", "closed": "is closed", "broken pipe": "Broken pipe"}[output]
    assert len(said) == 1, result.stderr
    assert "standard output" in said[0]
    assert reason in said[0]


@pytest.mark.parametrize("command", [[*RELUCERT, "check"], CHECKER])
def test_standard_error_that_cannot_be_written_changes_no_verdict(command):
    for redirection in ("2>/dev/full", "2>&-"):
        result = run(["bash", "-c", f'exec "$@" {redirection}', "bash", *command], ACCEPTED)
        assert result.returncode == 0
        assert ": accepted: " in result.stdout
        result = run(["bash", "-c", f'exec "$@" {redirection}', "bash", *command], CORPUS / "missing")
        assert result.returncode == 2
    for redirection in (">/dev/full 2>&1", ">&- 2>&-", "<&- >&- 2>&-"):
        assert run(["bash", "-c", f'exec "$@" {redirection}', "bash", *command], ACCEPTED).returncode == 2


def test_a_file_does_not_become_standard_output(tmp_path):
    """With standard output closed, the next file that is opened must not take its place."""
    certificate = tmp_path / "certificate"
    certificate.write_bytes(ACCEPTED.read_bytes())
    certificate.chmod(0o644)
    for command in ([*RELUCERT, "check"], CHECKER):
        run(["bash", "-c", 'exec "$@" >&- 2>&-', "bash", *command], certificate)
        assert certificate.read_bytes() == ACCEPTED.read_bytes()


def test_standard_input_that_is_closed_is_empty():
    result = run(["bash", "-c", 'exec "$@" <&-', "bash", *RELUCERT], "certify", "training", "-", "--neurons", 1)
    bad_input(result, "empty")


# -------------------------------------------------------------------------------------- 5. names that forge a line

FORGED = "x\nforged: accepted: rejects NO\n\x1b[2K\u202e"


@pytest.mark.parametrize("command", [[*RELUCERT, "check"], CHECKER])
@pytest.mark.parametrize("verdict", ["accept", "reject", "missing"])
def test_names_of_certificates_forge_no_line(tmp_path, command, verdict):
    path = tmp_path / FORGED.rstrip("\n")
    kinds = {"accept": ACCEPTED, "reject": CORPUS / "reject" / "id-repeated.jsonl"}
    if verdict in kinds:
        path.write_bytes(kinds[verdict].read_bytes())
    result = run(command, path)
    printed = result.stdout + result.stderr
    assert len(printed.splitlines()) == 1, printed
    assert printed.rstrip("\n").isprintable()
    assert "x\\nforged: accepted: rejects NO\\n\\x1b[2K\\u202e: " in printed


def test_names_of_sources_and_outputs_forge_no_line(tmp_path):
    source, output = tmp_path / f"{FORGED}.edges", tmp_path / f"out{FORGED}"
    source.write_text("a b 1\nb c 2\n")
    certify = ["certify", "hypergraph-coloring", source, "-p", "colors=2"]
    made = relucert(*certify, "-o", output)
    assert made.returncode == 0, made
    checked = relucert("check", output, "--source", source)
    assert checked.returncode == 0
    missing = relucert(*certify[:2], f"{source}x", *certify[3:])
    bad_input(missing, "\\n")
    bad_input(relucert(*certify, "-o", source), "\\n")
    bad_input(relucert("plot", source, "-o", f"{output}.gif"), "\\n")
    other = tmp_path / "other.edges"
    other.write_text("a b\n")
    rejected = relucert("check", output, "--source", other)
    source.write_text("a\n")
    bad_input(relucert("check", output, "--source", source), "line 1")
    for result in (made, checked, missing, rejected):
        for line in (result.stdout + result.stderr).splitlines():
            assert line.isprintable()
            assert not line.startswith("forged")
