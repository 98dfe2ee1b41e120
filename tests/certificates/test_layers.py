"""Imports point one way, and what has to be trusted is small and stands alone."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from relucert.certificates.checker import MAX_PACKED, Limits
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import MAX_NUMBER
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.exact import MAX_COUNT, MAX_DIGITS

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
MAY_IMPORT = {
    "reductions": {"reductions"},
    "certificates": {"certificates", "reductions"},
    "verify": {"verify", "certificates", "reductions"},
}
LAZY = {"networkx", "numpy"}  # inside functions of reductions/ only: loaders and exports
CHECKING_PATH = sorted(path for path in (ROOT / "certificates").rglob("*.py") if path.name != "writer.py")

AROUND = ("command.py", "sentences.py", "terminal.py", "__main__.py")
TRUSTED = ("plugin.py",)
NUMBERS = ("boxes.py", "quantities.py", "enclosure.py", "fact.py", "hermite_addition.py", "padded_dimension.py")
SWEEPS = ("isomorphism.py", "sweep.py")
PAPERS = ("classics", "fixed_dimension", "natural_weights", "tight_hardness")


def modules(floor):
    return sorted((ROOT / floor).rglob("*.py"))


def imported(path):
    """(floor or top-level package, full name, whether at module level) of every import in a file."""
    tree = ast.parse(path.read_text())
    inside = {id(node) for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for node in ast.walk(f)}
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            yield name.removeprefix("relucert.").split(".")[0], name, id(node) not in inside


@pytest.mark.parametrize("floor", MAY_IMPORT)
def test_imports_point_down(floor):
    assert modules(floor)
    for path in modules(floor):
        for package, name, _ in imported(path):
            if package in {*MAY_IMPORT, "relucert", "tests"}:
                assert package in MAY_IMPORT[floor], f"{path} imports {name}"


@pytest.mark.parametrize("floor", ["reductions", "certificates"])
def test_lower_floors_need_the_standard_library_only(floor):
    for path in modules(floor):
        for package, name, at_module_level in imported(path):
            lazy = floor == "reductions" and package in LAZY and not at_module_level
            known = package in sys.stdlib_module_names or package in MAY_IMPORT[floor]
            assert known or lazy, f"{path} imports {name}"


def test_nothing_is_imported_by_name_at_run_time():
    for floor in ("reductions", "certificates"):
        for path in modules(floor):
            for word in ("importlib", "__import__", "exec(", "eval(", "pickle"):
                assert word not in path.read_text(), f"{path}: {word}"


@pytest.mark.parametrize("entries", [PROBLEMS, CATALOGUE, ENCODINGS])
def test_what_a_list_names_has_that_name(entries):
    for name, entry in entries.items():
        assert name == (entry.problem.name if entries is ENCODINGS else entry.name)
    assert len(set(entries)) == len(entries) == len({id(entry) for entry in entries.values()})
    assert entries.get("nothing") is None
    assert [] not in entries


CHECKED = f"""
import sys
from pathlib import Path
from relucert.certificates.checker import check
print(check(Path(sys.argv[1]).open("rb")).verdict)
rooms = ("relucert.reductions.problems.", "relucert.certificates.encodings.")
rooms += tuple("relucert.reductions." + paper + "." for paper in {PAPERS})
print(*sorted(name.removeprefix("relucert.") for name in sys.modules if name.startswith(rooms)))
"""


@pytest.mark.parametrize(
    ("name", "loaded"),
    [
        ("set-cover-no", {"reductions.problems.set_cover", "certificates.encodings.set_cover"}),
        ("set-cover-yes", {"reductions.problems.set_cover"}),
        (
            "equivalence-vertex-cover-to-set-cover-no",
            {"reductions.classics.vertex_cover_to_set_cover", "reductions.classics.linear_time"}
            | {f"{floor}.{room}" for floor in ("reductions.problems", "certificates.encodings")
               for room in ("set_cover", "vertex_cover")},
        ),
    ],
)  # fmt: skip
def test_checking_imports_the_problems_that_the_certificate_is_about(name, loaded):
    command = [sys.executable, "-c", CHECKED, CORPUS / f"accept/{name}.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    verdict, names = done.stdout.splitlines()
    assert (verdict, set(names.split())) == ("accepted", loaded)


def test_the_checking_path_does_not_write():
    for path in CHECKING_PATH:
        assert all(not name.startswith("relucert.certificates.writer") for _, name, _ in imported(path))


# What no check runs: the proofs of completeness as programs, which only the tests call, and writing.
NOT_CHECKING = {"assignment", "values", "_values", "_at", "_turned", "_Neuron", "equal_so_far", "to_json"}
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def lines_of_code(text):
    """Lines on which there is code: neither blank, nor only a comment, nor a docstring, nor of what no check runs."""
    skipped = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                skipped |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
            if getattr(node, "name", "") in NOT_CHECKING:
                skipped |= set(range(node.lineno, node.end_lineno + 1))
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type not in NO_CODE]
    return len({line for t in tokens for line in range(t.start[0], t.end[0] + 1)} - skipped)


def test_lines_of_code_are_counted():
    text = '''"""A module."""

import io  # one

# nothing

class A(  # two, three
):
    """Two
    lines."""

    def values(self):
        return 0

    text = """four,
    five"""
'''
    assert lines_of_code(text) == 5


def test_the_checking_path_is_short():
    """TRUST.md says these numbers, of lines of code and of lines in the files, and README.md their sum."""
    encodings = [p for p in CHECKING_PATH if p.parent.name == "encodings" or p.name == "normal_form.py"]
    numbers = [p for p in CHECKING_PATH if p.parent.name == "facts" or p.name in NUMBERS]
    sweeps = [p for p in CHECKING_PATH if p.parent.name == "families" or p.name in SWEEPS]
    apart = (*encodings, *numbers, *sweeps)
    groups = {
        "judging": [p for p in CHECKING_PATH if p not in apart and p.name not in (*AROUND, *TRUSTED)],
        "numbers": numbers,
        "completeness": sweeps,
        "encodings": encodings,
        "around": [p for p in CHECKING_PATH if p.name in AROUND],
        "trusted": [p for p in CHECKING_PATH if p.name in TRUSTED],
        "statements": [p for p in modules("reductions") if p.parent.name in ("reductions", "problems", "formats")],
        "maps": [p for p in modules("reductions") if p.parent.name in PAPERS],
    }
    assert sum(map(len, groups.values())) == len(CHECKING_PATH) + len(modules("reductions"))
    code = {name: sum(lines_of_code(path.read_text()) for path in paths) for name, paths in groups.items()}
    lines = {name: sum(len(path.read_text().splitlines()) for path in paths) for name, paths in groups.items()}
    # 1,000 without reductions from outside, promises, facts, sweeps, orders, tangents in a step, and steps in common
    assert code["judging"] <= 1330
    assert code["judging"] + code["encodings"] <= 2480
    assert code["around"] <= 230
    assert code["numbers"] <= 450
    assert code["completeness"] <= 420
    text = (ROOT / "TRUST.md").read_text()
    said = {
        row[0]: row[-2:] for row in re.findall(r"^\| (\w+)[^|]*\|.*\| about ([\d,]+) \| about ([\d,]+) \|$", text, re.M)
    }
    assert said.keys() == groups.keys()
    pairs = [pair for name in said for pair in zip(said[name], (code[name], lines[name]), strict=True)]
    all_and_judging = re.search(
        r"about ([\d,]+) lines of code in all, of which\s([\d,]+) judge", (ROOT / "README.md").read_text()
    )
    whole = sum(lines_of_code(path.read_text()) for path in CHECKING_PATH)
    pairs += zip(all_and_judging.groups(), (whole, code["judging"]), strict=True)
    for number, exact in pairs:
        assert abs(int(number.replace(",", "")) - exact) <= 0.03 * exact, (number, exact)


# ------------------------------------------------------------------- python -m relucert.certificates, on its own

BLOCKED = """
import runpy, sys

class OnlyTheStandardLibrary:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in {*sys.stdlib_module_names, "relucert", "__main__"} or name == "relucert.verify":
            raise ImportError(f"{name} is blocked")

sys.path.insert(0, sys.argv.pop(1))
sys.meta_path.insert(0, OnlyTheStandardLibrary())
for name in ("z3", "click", "networkx", "numpy", "relucert.verify"):
    try:
        __import__(name)
    except ImportError:
        continue
    sys.exit(99)
runpy.run_module("relucert.certificates", run_name="__main__")
"""


def run(*paths, **options):
    command = [sys.executable, "-I", "-S", "-c", BLOCKED, str(ROOT), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, **options)


def test_every_accepted_file_is_accepted_without_any_package():
    paths = sorted((CORPUS / "accept").iterdir())
    done = run(*paths)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == ["accepted"] * len(paths)
    assert any("accepted: equivalence coloring-to-relu-sum NO (no " in line for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    ("name", "code", "verdict"),
    [
        ("reject/id-repeated.jsonl", 1, "rejected: line 4, step 10:"),
        ("malformed/gzip-cut-off.jsonl.gz", 2, "malformed: line 3"),
        ("malformed/truncated-inside-a-line.jsonl", 2, "malformed: line 4:"),
    ],
)
def test_exit_code_and_place(name, code, verdict):
    done = run(CORPUS / name)
    assert (done.returncode, done.stderr) == (code, "")
    assert verdict in done.stdout


def test_resource_limit_has_its_exit_code(tmp_path):
    (tmp_path / "deep.jsonl").write_text("[" * 10_000 + "\n")
    done = run(tmp_path / "deep.jsonl")
    assert (done.returncode, done.stderr) == (3, "")


def test_one_bad_file_among_good_ones_is_told():
    done = run(CORPUS / "accept/define.jsonl", CORPUS / "reject/id-repeated.jsonl", CORPUS / "accept/define.jsonl")
    assert done.returncode == 1
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == ["accepted", "rejected", "accepted"]


def test_no_file_is_no_acceptance(tmp_path):
    done = run()
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    for path in (tmp_path / "missing.jsonl", tmp_path):
        done = run(path)
        assert (done.returncode, done.stderr) == (2, "")
        assert ": malformed: " in done.stdout
        assert len(done.stdout.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="file names are text there")
def test_names_and_messages_that_the_terminal_cannot_show(tmp_path):
    path = Path(str(tmp_path / "na") + b"\xff\xc3\xa9".decode("utf-8", "surrogateescape"))
    path.write_bytes((CORPUS / "reject/farkas-reads-zero-at-most-zero.jsonl").read_bytes())
    done = run(path)
    assert (done.returncode, done.stderr) == (1, "")
    bare = [sys.executable, "-m", "relucert.certificates", str(path)]
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(bare, capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (1, b"")


# --------------------------------------------------------------------------------------------- the checker as one file


def test_the_checker_is_one_file_with_the_same_bytes_every_time(tmp_path):
    files = [tmp_path / name for name in ("once.pyz", "again.pyz")]
    for file in files:
        subprocess.run([sys.executable, ROOT / "packaging" / "checker.py", file], check=True)
    assert files[0].read_bytes() == files[1].read_bytes()
    alone = [sys.executable, "-I", "-S", files[0], CORPUS / "accept/define.jsonl", CORPUS / "reject/id-repeated.jsonl"]
    done = subprocess.run(alone, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == ["accepted", "rejected"]


@pytest.mark.thorough
def test_the_solver_free_checker_compares_with_a_source(tmp_path):
    source = tmp_path / "triangle.json"
    source.write_text('{"vertices": 3, "edges": [[0, 1], [0, 2], [1, 2]]}')
    certificate = CORPUS / "accept/coloring-no-triangle-by-rup.jsonl"
    for options, code, word in (
        ([], 0, "colors = 2, which the file does not say"),
        (["--strict"], 1, "give -p colors=2"),
        (["--strict", "-p", "colors=2"], 0, "as given"),
        (["-p", "colors=3"], 1, "not colors = 3"),
        (["--json"], 0, '"unsaid": {"colors": 2}'),
        (["--work-limit", "400"], 3, "resource-limit"),
        (["--memory-limit", "100"], 3, "too long"),
    ):
        done = run(certificate, "--source", source, *options)
        assert (done.returncode, done.stderr) == (code, ""), options
        assert word in done.stdout
    for options in (["-p", "colors"], ["-p", "colors=2", "-p", "colors=2"], ["--strict"], ["--nothing"]):
        done = run(certificate, *options)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


TRIANGLES = {
    "t.g6": "Bw", "t.s6": ":BcN\n", "t.col": "p edge 3 3\ne 1 2\ne 1 3\ne 2 3\n", "t.edges": "0 1\n0 2\n1 2\n",
    "t.mtx": "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n2 1\n3 1\n3 2\n",
    "t.txt": "p edge 3 3\ne 1 2\ne 1 3\ne 2 3\n",
    "t.json": '{"nodes": [{"id": 0}, {"id": 1}, {"id": 2}], "links": [{"source": 0, "target": 1}, '
              '{"source": 0, "target": 2}, {"source": 1, "target": 2}]}',
}  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("name", TRIANGLES)
def test_sources_of_every_format_are_read_without_any_package(tmp_path, name):
    (tmp_path / name).write_text(TRIANGLES[name])
    done = run(CORPUS / "accept/coloring-no-triangle-by-rup.jsonl", "--source", tmp_path / name, "-p", "colors=2")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{tmp_path / name}: 3 vertices, 3 edges, from " in done.stdout


# ------------------------------------------------------------------------------------------------ SPEC says the limits


def in_superscripts(text):
    """10⁷ and 2.5·10⁷ as integers."""
    factor, _, power = text.rpartition("·")
    base = power.rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹")
    exponent = power[len(base) :].translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789"))
    return int(float(factor or 1) * int(base) ** int(exponent))


def test_the_limits_are_those_of_spec():
    text = (ROOT / "certificates" / "SPEC.md").read_text()
    table = dict(line.strip("| ").split(" | ", 1) for line in text.splitlines() if line.startswith("| "))
    work, per_byte = re.fullmatch(r"(\S+) units, and (\d+) more for each packed byte", table["work"]).groups()
    words = re.fullmatch(
        r"(\S+), and (\d+) more for each packed byte, up to (\S+)", table["words, of 64 bits"]
    ).groups()
    for packed in (0, 10**6):
        meter = Limits().meter(packed)
        assert meter.most_work == in_superscripts(work) + int(per_byte) * packed
        assert meter.most_words == in_superscripts(words[0]) + int(words[1]) * packed
    assert Limits().meter(10**12).most_words == in_superscripts(words[2])
    assert table["packed size"] == "2³⁰ bytes"
    assert in_superscripts("2³⁰") == MAX_PACKED
    assert table["digits of an integer"].startswith(f"{MAX_DIGITS:,},")
    assert table["counts in an instance; numbers of atoms, variables and ids"] == "below 2⁶⁰"
    assert MAX_COUNT == MAX_NUMBER == in_superscripts("2⁶⁰")
    assert table["bits of the common denominator of a sample or a point that is encoded"] == "10⁵"
