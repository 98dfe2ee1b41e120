"""The plugin of pytest: only who asks gets certificates as tests, and those fail with verdict, line and reason."""

import gzip
import shutil
import subprocess
import sys

import pytest
from folders import CORPUS, PATH, TLS, TRIANGLE, colored, folder_of_certificates, graph, run

from relucert.verify import pytest_plugin
from relucert.verify.gate.manifest import SUFFIXES

pytest_plugins = ["pytester"]


@pytest.fixture
def project(pytester):
    """A folder where pytest runs, with a test of its own, a YES, a NO, and a file of somebody else."""
    pytester.makepyfile(test_own="def test_own(): pass")
    colored(pytester.path / "path.cert", PATH, 2, (0, 1, 0))
    text = (CORPUS / "accept/coloring-no-triangle-by-rup.jsonl").read_bytes()
    (pytester.path / "deeper").mkdir()
    (pytester.path / "deeper" / "triangle-2.cert.gz").write_bytes(gzip.compress(text))
    (pytester.path / "server.cert").write_text(TLS)
    return pytester


def outcomes(project, *arguments):
    """What became of the tests, and the result."""
    result = project.runpytest_inprocess("-p", "no:xdist", "-p", "no:cacheprovider", *map(str, arguments))
    return {k: v for k, v in result.parseoutcomes().items() if k in ("passed", "failed", "errors")}, result


def test_nobody_who_does_not_ask_gets_certificates(project):
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", project.path / "bad.cert")
    assert outcomes(project)[0] == {"passed": 1}


def test_the_option_and_the_setting(project):
    assert outcomes(project, "--relucert")[0] == {"passed": 3}
    project.makeini("[pytest]\nrelucert_paths = deeper\n")
    assert outcomes(project)[0] == {"passed": 2}
    assert outcomes(project, "--relucert")[0] == {"passed": 3}


@pytest.mark.parametrize(
    ("corpus", "said"),
    [
        ("reject/id-repeated.jsonl", "*bad.cert: rejected: line 4, step 10: *"),
        ("malformed/truncated-inside-a-line.jsonl", "*bad.cert: malformed: line 4: *"),
    ],
)
def test_a_failure_shows_verdict_line_and_reason(project, corpus, said):
    shutil.copy(CORPUS / corpus, project.path / "bad.cert")
    found, result = outcomes(project, "--relucert")
    assert found == {"passed": 3, "failed": 1}
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_what_is_accepted_is_shown_on_demand(project):
    _, result = outcomes(project, "--relucert", "-rA")
    result.stdout.fnmatch_lines(["accepted: accepts hypergraph-coloring YES*"])
    result.stdout.fnmatch_lines(["accepted: rejects hypergraph-coloring NO*"])


def test_sources(project):
    """A file whose name fits: without one, or with another graph in it, the certificate fails."""
    sources = project.path / "sources"
    sources.mkdir()
    graph(sources / "path.json", PATH)
    found, result = outcomes(project, "--relucert", "--relucert-source-dir", "sources", "-rA")
    assert found == {"passed": 2, "failed": 1}
    result.stdout.fnmatch_lines(["*triangle-2.cert.gz: rejected: *it is about no file in *sources whose name fits"])
    result.stdout.fnmatch_lines(["*colors = 2, which the file does not say"])
    graph(sources / "triangle.json", TRIANGLE)
    assert outcomes(project, "--relucert", "--relucert-source-dir", sources)[0] == {"passed": 3}
    graph(sources / "path.json", TRIANGLE)
    found, result = outcomes(project, "--relucert", "--relucert-source-dir", sources)
    assert found == {"passed": 2, "failed": 1}
    result.stdout.fnmatch_lines(["*path.cert: rejected: *it is not about *path.json: 3 vertices, 3 edges*"])


def test_the_manifest_of_the_gate_is_kept(pytester, capsys):
    folder = folder_of_certificates(pytester.path / "proofs")
    run(folder, "--write-manifest", capsys=capsys)
    assert outcomes(pytester, "--relucert")[0] == {"passed": 6}
    colored(folder / "colorings" / "path.cert", PATH, 3, (0, 1, 2))  # valid, but not what is pinned
    found, result = outcomes(pytester, "--relucert")
    assert found == {"passed": 5, "failed": 1}
    result.stdout.fnmatch_lines(["*path.cert: changed: the certificate is valid, but it proves *"])
    (folder / "relucert-manifest.json").write_text("{")
    found, result = outcomes(pytester, "--relucert")
    assert found == {"failed": 6}
    result.stdout.fnmatch_lines(["*not checked: *relucert-manifest.json: not JSON*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_two_certificates_whose_names_were_swapped(pytester, capsys):
    """Both are valid, and both are about the triangle."""
    folder = folder_of_certificates(pytester.path / "proofs")
    run(folder, "--write-manifest", capsys=capsys)
    two, three, aside = (folder / "colorings" / name for name in ("triangle-2.cert", "triangle-3.cert", "aside"))
    two.rename(aside)
    three.rename(two)
    aside.rename(three)
    code, out, _ = run(folder, capsys=capsys)
    assert (code, out[-1].split(": ")[1:]) == (1, ["failed", "6 certificates", "4 accepted, 2 changed"])
    found, result = outcomes(pytester, "--relucert")
    assert found == {"passed": 4, "failed": 2}
    for name, pinned in (("triangle-2", "NO"), ("triangle-3", "YES")):
        result.stdout.fnmatch_lines([f"*{name}.cert: changed: *, not * hypergraph-coloring {pinned}"])


@pytest.mark.parametrize("how", ["option", "setting"])
def test_trust_in_what_is_not_installed(project, how):
    if how == "setting":
        project.makeini("[pytest]\nrelucert_trust = absent\n")
    found, result = outcomes(project, "--relucert", *(["--relucert-trust", "absent"] if how == "option" else []))
    assert found == {"passed": 1, "failed": 2}
    result.stdout.fnmatch_lines(["*not checked: the distribution 'absent' is not installed"])


def test_the_import_is_cheap():
    """Every run of pytest in an environment with relucert pays for it."""
    code = (
        "import sys, pytest; before = set(sys.modules); import relucert.verify.pytest_plugin; "
        "print(sorted(m for m in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['relucert', 'relucert.verify', 'relucert.verify.pytest_plugin']"


def test_the_suffixes_are_those_of_the_gate():
    assert pytest_plugin.SUFFIXES == SUFFIXES
