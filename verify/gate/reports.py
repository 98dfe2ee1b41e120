"""Outcomes for other programs: JSON, JUnit XML, SARIF 2.1.0."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from relucert.certificates.terminal import printable
from relucert.reductions.formats import counted
from relucert.verify.gate.judge import STATUSES, Outcome

MEANINGS = {
    "changed": "The certificate is valid, but it proves something else than the manifest pins",
    "new": "The certificate is not in the manifest",
    "missing": "The manifest pins a certificate or a source that is not there",
    "lost": "A claim that was pinned before is pinned no more",
    "rejected": "The argument fails, or it is not about the source",
    "malformed": "This is no certificate, or its entry in the manifest does not fit its source",
    "resource-limit": "Checking needs more time, work, memory or bytes than allowed",
    "unsupported": "This checker cannot judge the certificate",
}
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True)
class Report:
    """What became of all certificates of a manifest; folder: that of the manifest, as it was named."""

    manifest: str
    folder: str
    outcomes: Sequence[Outcome]
    seconds: float

    @property
    def exit_code(self) -> int:
        """The worst."""
        return max((outcome.exit_code for outcome in self.outcomes), default=0)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each status."""
        found = Counter(outcome.status for outcome in self.outcomes)
        return {status: found[status] for status in STATUSES if found[status]}

    def path(self, outcome: Outcome) -> str:
        """The certificate as it is seen from here."""
        return os.path.join(self.folder, outcome.certificate)


def to_lines(report: Report, verbose: bool = False) -> list[str]:
    """For people: what is not as pinned, with `verbose` also what is; at last how many there are of each."""
    lines = []
    for outcome in report.outcomes:
        if verbose or outcome.status not in ("accepted", "unchanged") or outcome.exit_code:
            trusting = f", trusting {' and '.join(outcome.trusting)}" if outcome.trusting else ""
            about = "; ".join(filter(None, (outcome.reason or outcome.proved, outcome.note)))
            lines.append(f"{report.path(outcome)}: {outcome.status}{trusting}: {about}")
    found = ", ".join(f"{count} {status}" for status, count in report.counts.items())
    verdict = "failed" if report.exit_code else "passed"
    total = counted(len(report.outcomes), "certificate")
    return [*lines, f"{report.manifest}: {verdict}: {total}" + (f": {found}" if found else "")]


def to_json(report: Report) -> str:
    """In one line; of the certificates that are as they were it says how many there are."""
    files = [
        {
            "file": report.path(outcome),
            "status": outcome.status,
            "reason": outcome.reason,
            "note": outcome.note,
            "proved": outcome.proved,
            "steps": outcome.steps,
            "trusting": list(outcome.trusting),
            "fails": outcome.exit_code > 0,
        }
        for outcome in report.outcomes
        if outcome.status != "unchanged"
    ]
    verdict = "failed" if report.exit_code else "passed"
    data = {"verdict": verdict, "manifest": report.manifest, "counts": report.counts, "files": files}
    return json.dumps(data, sort_keys=True)


def to_junit(report: Report) -> bytes:
    """A test case for each certificate: exit code 1 is a failure, 2 and 3 are errors."""
    suite = ElementTree.Element("testsuite", name="relucert gate", time=f"{report.seconds:.3f}")
    kinds: Counter[str] = Counter(tests=len(report.outcomes), failures=0, errors=0, skipped=0)
    for outcome in report.outcomes:
        path = printable(report.path(outcome))
        case = ElementTree.SubElement(suite, "testcase", classname=os.path.dirname(path) or ".", name=path)
        reason = printable(outcome.reason)
        if outcome.exit_code:
            kind = "failure" if outcome.exit_code == 1 else "error"
            shown = ElementTree.SubElement(case, kind, type=outcome.status, message=reason)
            shown.text = f"{path}: {outcome.status}: {reason}"
            kinds[kind + "s"] += 1
        elif outcome.status == "unchanged":
            ElementTree.SubElement(case, "skipped", message=reason)
            kinds["skipped"] += 1
    for kind, count in kinds.items():
        suite.set(kind, str(count))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    text: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def to_sarif(report: Report) -> bytes:
    """A result for each certificate that fails or is tolerated, at the line that the checker names."""
    found = [outcome for outcome in report.outcomes if STATUSES[outcome.status]]
    rules = sorted({outcome.status for outcome in found})
    driver = {
        "name": "relucert gate",
        "version": version("relucert"),
        "rules": [{"id": status, "shortDescription": {"text": MEANINGS[status]}} for status in rules],
    }
    results = [
        {
            "ruleId": outcome.status,
            "ruleIndex": rules.index(outcome.status),
            "level": "error" if outcome.exit_code else "note",
            "message": {"text": f"{printable(outcome.certificate)}: {printable(outcome.reason)}"},
            "locations": [{"physicalLocation": _location(report, outcome)}],
        }
        for outcome in found
    ]
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1).encode() + b"\n"


def _location(report: Report, outcome: Outcome) -> dict[str, Any]:
    """Of what is not there, the manifest."""
    path = report.manifest if outcome.status in ("missing", "lost") else report.path(outcome)
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
    line = re.match(r"line (\d+)", outcome.reason)
    if line and not path.endswith(".gz"):
        location["region"] = {"startLine": max(1, int(line[1]))}
    return location


def _uri(path: str) -> str:
    """Relative to where the gate runs, if the path is."""
    return Path(path).as_uri() if os.path.isabs(path) else quote(os.fsencode(os.path.normpath(path)))
