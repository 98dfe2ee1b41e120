"""Bad input of every kind ends in one line and the right code: sixty by hand, and mutants of sources and proofs."""

import copy
import io
import json
from pathlib import Path
from random import Random

import forked
import pytest

from relucert.certificates.checker import EXIT_CODES, Limits, check
from relucert.certificates.sentences import sentence
from relucert.reductions.exact import InvalidInstance
from relucert.verify import jobs
from relucert.verify.files import BadInput

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CORPUS = ROOT / "tests" / "corpus"
G, S, N = (str(EXAMPLES / name) for name in ("petersen.g6", "sawtooth.csv", "hat_network.json"))
COLORING = ["certify", "hypergraph-coloring"]

SOURCES = {  # files that are wrong
    "empty": "",
    "binary.g6": "\x00\x01\x02",
    "torn.g6": "IheA@GUA",
    "loop.edges": "1 1\n",
    "one.edges": "1\n",
    "far.col": "p edge 2 1\ne 1 3\n",
    "none.col": "hello\n",
    "more.col": "p edge 2 5\ne 1 2\n",
    "torn.json": '{"vertices": 3, "edges": [[0, 1]',
    "float.json": '{"vertices": 3.0, "edges": []}',
    "twice.json": '{"vertices": 3, "vertices": 4, "edges": []}',
    "list.json": "[]",
    "null.json": "null",
    "deep.json": "[" * 10**5,
    "long.json": '{"vertices": ' + "9" * 5000 + ', "edges": []}',
    "word.csv": "x1,y\n1,two\n",
    "ragged.csv": "x1,y\n1\n",
    "nan.csv": "x1,y\nnan,1\n",
    "zero.csv": "x1,y\n1/0,1\n",
    "headless.csv": "a,b\nc,d\n",
    "quote.csv": '"x1,y\n1,2\n',
    "literal.cnf": "p cnf 2 1\n1 x 0\n",
    "out.cnf": "p cnf 2 1\n3 0\n",
    "open.cnf": "p cnf 2 1\n1 2\n",
    "few.cnf": "p cnf 2 9\n1 0\n",
    "costs.scp": "1 1\n5\n1 1\n",
    "cut.scp": "3 3\n1 1\n",
    "not.bench": "INPUT(a)\nOUTPUT(o)\no = NOT(a)\n",
    "cycle.bench": "INPUT(a)\nOUTPUT(o)\no = AND(a, o)\n",
    "array.mtx": "%%MatrixMarket matrix array real general\n1 1\n3\n",
    "directed.json": '{"nodes": [], "links": [], "directed": true}',
    "network.json": '{"weights": [[1]], "biases": [0]}',
    "manifest.json": '{"entries": 3}',
}

BAD = [
    [],
    ["nothing"],
    ["certify"],
    ["certify", "nothing", G],
    ["certify", "clique"],
    ["certify", "clique", G],
    ["certify", "clique", "missing"],
    ["certify", "clique", "."],
    [*COLORING, G, "-p", "colors"],
    [*COLORING, G, "-p", "colors=x"],
    [*COLORING, G, "-p", "colors=1"],
    [*COLORING, G, "-p", "=3"],
    [*COLORING, G, "-p", "colors=2", "-p", "colors=3"],
    [*COLORING, G, "-p", "colors=2", "--neurons", 3],
    [*COLORING, G, "-p", "colors=2", "--x", "a"],
    [*COLORING, G, "-p", "colors=2", "-o", "no/such/folder"],
    [*COLORING, G, "-p", "colors=2", "-o", G],
    [*COLORING, G, "-p", "colors=2", "--time-limit", "nan"],
    [*COLORING, G, "-p", "colors=2", "--memory-limit", "-1"],
    [*COLORING, G, "-p", "colors=2", "--prover", "best"],
    [*COLORING, G, "-p", "colors=2", "--trust", "no-such-thing"],
    [*COLORING, G, "-p", "colors=2", "-o", ""],
    [*COLORING, G, "-p", "colors=2", "-o", "a", "--save-witness", "a"],
    ["certify", "sat-to-three-sat/clique", G],
    ["certify", "no_module:Class", G],
    ["certify", "os:path", G],
    ["certify", "training", S],
    ["certify", "training", S, "--neurons", 0],
    ["certify", "training", S, "--neurons", 1, "--loss", "l3"],
    ["certify", "training", S, "--neurons", 1, "--threshold", "1/0"],
    ["certify", "training", S, "--neurons", 1, "--y", "z"],
    ["certify", "training", S, "--neurons", 1, "--x", ",", "--y", "y"],
    ["certify", "training", S, "--neurons", 1, "--clip", 1],
    ["certify", "training", S, "--neurons", 1, "--clip", 2, 1],
    ["certify", "training", S, "--neurons", 1, "--activation", "leaky-relu"],
    ["certify", "training", S, "--neurons", 1, "--activation", "leaky-relu", "--alpha", "1"],
    ["certify", "training", S, "--neurons", 1, "--activation", "leaky-relu", "--alpha=-1/2"],
    ["certify", "training", S, "--neurons", 1, "--alpha", "1/2"],
    ["certify", "coloring-to-leaky-relu-sum", G, "-p", "colors=3", "-p", "alpha=3/2"],
    ["certify", "separability-to-relu", EXAMPLES / "strip.csv", "-p", "alpha=1/2", "-p", "neurons=5"],
    ["reduce", "max-cut-to-leaky-relu", G, "-p", "cut_wanted=1", "-p", "alpha=x"],
    ["check"],
    ["check", S, "--strict"],
    ["check", S, "--source", "missing"],
    ["check", S, "--work-limit", 0],
    ["check", S, "--nothing"],
    ["check", S, "--y", "y"],
    ["reduce", "clique", G, "-p", "size=2"],
    ["reduce", "coloring-to-relu-sum", G, "-p", "colors=99999999999999999999"],
    ["forward", "coloring-to-relu-sum", G, "missing", "-p", "colors=3"],
    ["forward", "coloring-to-relu-sum", G, S, "-p", "colors=3"],
    ["backward", "coloring-to-relu-sum", G, N, "-p", "colors=3"],
    ["export", "training", S, "--neurons", 1],
    ["export", "training", S, "--neurons", 1, "--to", "pdf"],
    ["export", "training", S, "--neurons", 1, "--to", "torch"],
    ["export", "network", N, "--to", "torch"],
    ["export", "network", S, "--to", "json"],
    ["evaluate", N],
    ["evaluate", S, S],
    ["evaluate", N, G],
    ["plot", S],
    ["plot", S, "-o", "a.gif"],
    ["plot", S, "--window", 1, 0, 0, 1, "-o", "a.svg"],
    ["plot", S, "--line", 0, "-o", "a.svg"],
    ["optimum", S],
    ["optimum", S, "--neurons", 1, "--loss", "exact"],
    ["optimum", S, "--neurons", 1, "--gap", 2],
    ["optimum", S, "--neurons", 1, "--threshold", 1],
    ["ratio", "clique", G],
    ["ratio", "set-cover", G],
    ["learn"],
    ["learn", S, "--neurons", 1],
    ["learn", S, "--neurons", 1, "--epsilon", 0],
    ["learn", S, "--neurons", 1, "--epsilon", "-1/2"],
    ["learn", S, "--neurons", 1, "--epsilon", "1/2", "--delta", 1],
    ["learn", S, "--neurons", 1, "--epsilon", "1/2", "--seed", -1],
    ["learn", S, "--neurons", 1, "--epsilon", "1/2", "--bias"],
    ["learn", S, "--neurons", 1, "--epsilon", "1/2", "--output", "real"],
    ["learn", S, "--epsilon", "1/2"],
    ["lemma", "nothing"],
    ["lemma", "selection", "--slopes", "1,x"],
    ["list", "x"],
    ["show"],
    ["show", "nothing"],
    ["path", "sat"],
    ["path", "training", "sat"],
    ["path", "sat", "sat", "-p", "x=1"],
    ["version", "x"],
    ["enclose"],
    ["enclose", "nothing"],
    ["enclose", "growth-base", "--width", 0],
    ["pad"],
    ["pad", "coloring-to-relu-sum", EXAMPLES / "petersen.g6", "-p", "colors=3", "--exponent", "1/4"],
    ["pad", "coloring-to-bounded-relu", EXAMPLES / "petersen.g6", "-p", "colors=3", "--exponent", "2"],
    ["fact"],
    ["fact", "nothing"],
    ["fuzz"],
    ["fuzz", "nothing"],
    ["fuzz", "clique"],
    ["gate"],
    ["gate", "missing"],
    ["gate", "."],
    ["sweep"],
    ["sweep", "nothing"],
    ["sweep", "clique", "--upto", 3, "--db", "x.db"],
    ["sweep", "clique-to-independent-set", "--upto", 3, "--db", "x.db"],
    ["sweep", "clique-to-independent-set", "--upto", 0, "--db", "x.db", "-p", "size=1"],
    ["sweep", "status"],
    ["sweep", "verify", "missing.db"],
    ["sweep", "export", "missing.db", "-o", "x"],
    ["report", "-o", "x"],
    ["report", "missing", "-o", "x"],
    ["report", S, "-o", "x"],
    ["report", EXAMPLES],
    ["experiment"],
    ["experiment", "nothing"],
    ["experiment", "groups", "-p", "nothing=1"],
]


def one_line(done):
    assert (done.returncode, done.stdout) == (2, ""), done
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.isprintable() or done.stderr[:-1].isprintable()
    assert "this is a bug" not in done.stderr


@pytest.mark.parametrize("words", [words for words in BAD if words], ids=lambda words: " ".join(map(str, words))[-60:])
def test_a_bad_order_is_one_line(tmp_path, words):
    one_line(forked.run("relucert", *words, cwd=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_there_are_sixty_and_all_commands_are_among_them():
    from relucert.verify.commands.group import COMMANDS

    assert len(BAD) >= 60
    assert {words[0] for words in BAD if words} >= COMMANDS.keys()


READERS = {
    ".g6": ("clique", "size=1"),
    ".edges": ("clique", "size=1"),
    ".col": ("clique", "size=1"),
    ".mtx": ("clique", "size=1"),
    ".json": ("clique", "size=1"),
    ".csv": ("training", "neurons=1"),
    ".cnf": ("sat", ""),
    ".scp": ("set-cover", "budget=1"),
    ".bench": ("monotone-circuit", "budget=1"),
    "": ("clique", "size=1"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_bad_file_is_one_line_that_names_it(tmp_path, name):
    file = tmp_path / name
    file.write_text(SOURCES[name])
    problem, parameter = READERS[file.suffix]
    if name == "manifest.json":
        one_line(forked.run("relucert", "gate", ".", "--manifest", name, cwd=tmp_path))
        return
    if name == "network.json":
        words, parameter = ["evaluate", name, S], ""
    else:
        words = ["certify", problem, name]
    done = forked.run("relucert", *words, *(["-p", parameter] if parameter else []), cwd=tmp_path)
    one_line(done)
    assert f"relucert: {name}: " in done.stderr


# --------------------------------------------------------------------------------------------------------- mutants

ODD = [
    "0",
    "-1",
    "1/0",
    "9" * 30,
    "9" * 5000,
    "1e9",
    "nan",
    ".5",
    "\x00",
    "\u202e",
    "٣",
    "{",
    "]",
    '"',
    ",",
    ";",
    "\t",
    "p",
    "e",
    "%",
]
ODD_VALUES = [None, True, 0, -1, 2**60, 10**4100, "1/2", "", [], {}, [[]], 0.5, "x" * 100]

PETERSEN = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]
PLAIN = {  # a source of every format, its problem or reduction, and what else that needs
    "a.g6": ("clique", "DqK\n", {"size": 2}),
    "a.s6": ("clique", ":Fa@x^\n", {"size": 2}),
    "a.edges": ("vertex-cover", "".join(f"{u} {v}\n" for u, v in PETERSEN), {"budget": 2}),
    "a.col": ("coloring-to-relu-network", "c x\np edge 4 3\ne 1 2\ne 2 3\ne 3 4\n", {"colors": 2}),
    "a.mtx": ("independent-set", "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 2\n2 1\n3 1\n", {"size": 1}),
    "a.txt": ("coloring-to-bounded-relu", "p edge 3 2\ne 1 2\ne 2 3\n", {"colors": 2}),
    "a.json": ("hypergraph-coloring", '{"vertices": 4, "edges": [[0, 1, 2], [1, 3]], "colors": 2}', {}),
    "links.json": (
        "clique",
        '{"nodes": [{"id": 0}, {"id": "a"}], "links": [{"source": 0, "target": "a"}]}',
        {"size": 1},
    ),
    "a.csv": ("training", "x1,x2,y,weight\n1,2,3,1\n1/2,.5,-1e1,2\n", {"neurons": 1}),
    "b.csv": ("pad-dimension", '"a";y;\n"1";2;\n3;4;\n', {"neurons": 1, "extra": 2}),
    "t.json": ("training", '{"samples": [{"x": [1, 0.5], "y": "1/3", "weight": 2}]}', {"neurons": 1}),
    "a.cnf": ("sat-to-three-sat", "c x\np cnf 4 2\n1 -2 3 4 0\n-1 0\n", {}),
    "b.cnf": ("one-in-three-to-plane", "p cnf 3 1\n1 2 3 0\n", {}),
    "g.cnf": ("sat-groups-to-sign-cnn", "p cnf 2 2\ng 0\n1 -2 0\ng 1\n1 0\n", {}),
    "a.scp": ("set-cover-to-relu", "2 2\n1 1\n1 1\n2 1 2\n", {"budget": 1}),
    "a.bench": ("circuit-to-relu", "INPUT(a)\nINPUT(b)\nOUTPUT(o)\nc = BUFF(a)\no = AND(c, b)\n", {"budget": 2}),
    "points.csv": ("separability-to-relu", "x1,side\n0,P\n2,Q\n", {}),
    "m.col": ("clique-to-threshold", "p edge 2 1\nn 1 1\nn 2 2\ne 1 2\n", {}),
}


def mutant(text, rng):
    """A text with one to three places changed: bytes, words, lines or, of JSON, values."""
    for _ in range(rng.randint(1, 3)):
        kind = rng.randrange(4)
        if kind == 0 and text:
            data = bytearray(text.encode("utf-8", "replace"))
            place = rng.randrange(len(data))
            data[place : place + rng.randint(0, 2)] = bytes(rng.randrange(256) for _ in range(rng.randint(0, 2)))
            text = data.decode("utf-8", "replace")
        elif kind == 1:
            words = text.split(" ")
            words[rng.randrange(len(words))] = rng.choice(ODD)
            text = " ".join(words)
        elif kind == 2:
            lines = text.split("\n")
            place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[place:place] = [] if rng.random() < 0.5 else [lines[other]]
            if rng.random() < 0.5:
                del lines[other]
            text = "\n".join(lines)
        else:
            text = structural(text, rng)
    return text


def structural(text, rng):
    """One value inside of JSON replaced, removed or doubled; of another text, nothing."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text
    spots = []

    def visit(value):
        inside = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
        for key in inside:
            spots.append((value, key))
            visit(value[key])

    visit(data)
    if not spots:
        return text
    holder, key = rng.choice(spots)
    what = rng.randrange(3)
    if what == 0:
        holder[key] = rng.choice(ODD_VALUES)
    elif what == 1:
        del holder[key]
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[key + "x"] = holder[key]
    try:
        return json.dumps(data)
    except ValueError:  # a number that Python refuses to print
        return text


def end_of_a_source(folder, name, seed):
    """What becomes of a mutant: read, or refused in one line; anything else raises."""
    subject, text, given = PLAIN[name]
    rng = Random(f"{name} {seed}")
    file = folder / name
    file.write_text(mutant(text, rng), "utf-8", "replace")
    try:
        job = jobs.load(jobs.by_name(subject, given), str(file))
        assert job.problem.instance_from_json(job.problem.instance_to_json(job.instance)) == job.instance
    except (BadInput, InvalidInstance) as refusal:
        said = str(refusal)
        assert said.startswith(f"{file}: "), said
        assert said.isprintable(), said
        assert len(said) < 600 + len(str(file))
        return "refused"
    return "read"


def sources(folder, per_format):
    ends = [end_of_a_source(folder, name, seed) for name in PLAIN for seed in range(per_format)]
    assert 0.1 < ends.count("refused") / len(ends) < 0.95


def proofs(number):
    """Byte level: what is damaged has a verdict, in one line; nothing else is raised."""
    files = sorted((CORPUS / "accept").glob("*.jsonl*"))
    verdicts = set()
    for seed in range(number):
        rng = Random(seed)
        data = bytearray(rng.choice(files).read_bytes())
        for _ in range(rng.randint(1, 4)):
            place = rng.randrange(len(data) + 1)
            data[place : place + rng.choice((0, 1, 1, 1, 40))] = bytes(
                rng.choice((rng.randrange(256), *b'0123456789-"[]{},:')) for _ in range(rng.randint(0, 2))
            )
        verdict = check(io.BytesIO(bytes(data)), Limits(10**7, 10**7))
        assert verdict.verdict in EXIT_CODES
        assert bool(verdict.reason) == (verdict.verdict != "accepted")
        assert "\n" not in verdict.reason
        if verdict.proved is not None:
            assert "\n" not in sentence(verdict.claim, verdict.proved)
        verdicts.add(verdict.verdict)
    assert {"accepted", "rejected", "malformed"} <= verdicts


def test_mutants_of_sources_end_in_one_line(tmp_path):
    sources(tmp_path, 50)


def test_mutants_of_certificates_end_in_a_verdict():
    proofs(400)


@pytest.mark.slow
def test_ten_thousand_mutants_of_sources(tmp_path):
    sources(tmp_path, -(-10_000 // len(PLAIN)))


@pytest.mark.slow
def test_ten_thousand_mutants_of_certificates():
    proofs(10_000)


@pytest.mark.slow
def test_mutants_through_the_command_line(tmp_path):
    """The whole way, so that the exit code and the line are those that a user gets."""
    for name, (subject, text, given) in PLAIN.items():
        for seed in range(20):
            file = tmp_path / name
            file.write_text(mutant(text, Random(f"{name} {seed}")), "utf-8", "replace")
            parameters = [word for key, value in given.items() for word in ("-p", f"{key}={value}")]
            done = forked.run("relucert", "certify", subject, file, *parameters, "--time-limit", 5)
            assert done.returncode in (0, 2, 3), done
            assert done.stdout or len(done.stderr.splitlines()) == 1, done
            assert "this is a bug" not in done.stderr, done
            if done.returncode == 2:
                one_line(done)
