"""One certificate against what it must prove: the verdict of the checker, the claim, the source."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import PurePath
from typing import Any

from relucert.certificates.about import AnyProblem, compare
from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.checker import EXIT_CODES, Limits, Verdict, check
from relucert.certificates.claim import Proved
from relucert.reductions.exact import InvalidInstance, TooLarge
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.parameters import json_of
from relucert.verify.gate.cache import NOTHING_KNOWN, Known
from relucert.verify.gate.folder import stem
from relucert.verify.gate.manifest import Claimed, Entry

STATUSES = {**EXIT_CODES, "unchanged": 0, "changed": 1, "new": 1, "missing": 1, "lost": 1}
MOST_BYTES = 1 << 26  # of a certificate or a source, which is read as a whole: what is hashed is what is checked


@dataclass(frozen=True)
class Rules:
    """How certificates are judged.

    strict: what neither the source nor the manifest says fails. most_bytes: of a packed certificate, and of a source.
    """

    strict: bool = True
    limits: Limits = field(default_factory=Limits)
    most_bytes: int = MOST_BYTES
    catalogue: Catalogue = BUILTIN


@dataclass(frozen=True)
class Task:
    """A certificate below `root`, and its entry in the manifest; without one, the files that it may be about."""

    root: str
    certificate: str
    entry: Entry | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a certificate.

    status: a verdict of the checker, 'accepted' only if all is as pinned, or another of STATUSES. reason: why not.
    note: what else to say. proved: the claim, if the certificate is valid. found: the entry that would pin it.
    tolerated: it does not fail the gate. key: under which the outcome may be remembered, if it may. again: it was.
    """

    certificate: str
    status: str
    reason: str = ""
    note: str = ""
    proved: str = ""
    steps: int = 0
    trusting: tuple[str, ...] = ()
    found: Entry | None = None
    tolerated: bool = False
    key: str = ""
    again: bool = False

    @property
    def exit_code(self) -> int:
        return 0 if self.tolerated else STATUSES[self.status]


def judge(task: Task, rules: Rules, known: Known = NOTHING_KNOWN) -> Outcome:
    """Never raises, whatever the certificate, the source and the entry hold."""
    try:
        data = _read(os.path.join(task.root, task.certificate), rules.most_bytes)
    except OSError as problem:
        return Outcome(task.certificate, "malformed", str(problem.strerror))
    except TooLarge as problem:
        return Outcome(task.certificate, "resource-limit", str(problem))
    if task.entry is None:
        return _unpinned(task, data, rules)
    try:
        text = _read(os.path.join(task.root, task.entry.source), rules.most_bytes) if task.entry.source else b""
    except OSError as problem:
        status = "missing" if isinstance(problem, FileNotFoundError) else "malformed"
        return Outcome(task.certificate, status, f"its source {task.entry.source}: {problem.strerror}")
    except TooLarge as problem:
        return Outcome(task.certificate, "resource-limit", f"its source {task.entry.source}: {problem}")
    key = known.key(data, text, dumps([task.entry.to_json(), rules.strict]).encode())
    if key in known:
        return Outcome(task.certificate, key=key, again=True, **known[key])
    outcome = _pinned(task.entry, data, text, rules)
    lasting = not outcome.trusting and outcome.status not in ("resource-limit", "unsupported")
    return replace(outcome, key=key if lasting else "")


def _read(path: str, most: int) -> bytes:
    """A regular file. Raises OSError, TooLarge."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "this is no regular file")
    with open(path, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise TooLarge(f"the file has more than {most} bytes")
    return data


def _pinned(entry: Entry, data: bytes, text: bytes, rules: Rules) -> Outcome:
    verdict = check(BytesIO(data), rules.limits, rules.catalogue)
    if verdict.proved is None:
        return Outcome(entry.certificate, verdict.verdict, verdict.reason)
    claimed, notes = _claimed(verdict, verdict.proved, data), []
    outcome = Outcome(entry.certificate, "accepted", "", "", str(claimed), verdict.steps, verdict.trusting)
    if claimed != entry.claimed:
        other = (
            f"not {entry.claimed}"
            if str(claimed) != str(entry.claimed)
            else "of another instance or property than is pinned"
        )
        return replace(outcome, status="changed", reason=f"the certificate is valid, but it proves {claimed}, {other}")
    if entry.source:
        try:
            about = compare(
                verdict.proved, entry.parameters, entry.source, _decoded(text), rules.strict, _in_the_manifest
            )
        except InvalidInstance as problem:
            return replace(outcome, status="malformed", reason=f"its source {entry.source}: {problem}")
        if about.refusal:
            return replace(outcome, status="rejected", reason=f"the certificate is valid, but {about.refusal}")
        notes.append(f"{about.note}")
        if _sha256(text) != entry.source_sha256:
            notes.append(f"{entry.source} has been edited since")
    elif entry.parameters:
        return replace(outcome, status="malformed", reason="its entry has parameters, but no source")
    if _sha256(data) != entry.certificate_sha256:
        notes.append("it is another proof of the pinned claim")
    return replace(outcome, note="; ".join(notes))


def _unpinned(task: Task, data: bytes, rules: Rules) -> Outcome:
    """A valid certificate gets the entry that would pin it, with the first candidate that it is about."""
    verdict = check(BytesIO(data), rules.limits, rules.catalogue)
    if verdict.proved is None:
        return Outcome(task.certificate, verdict.verdict, verdict.reason)
    claimed = _claimed(verdict, verdict.proved, data)
    outcome = Outcome(task.certificate, "new", "it is not pinned", "", str(claimed), verdict.steps, verdict.trusting)
    entry, refusal = Entry(task.certificate, _sha256(data), claimed, {}), ""
    for source in task.candidates:
        try:
            text = _read(os.path.join(task.root, source), rules.most_bytes)
            given: Mapping[str, Any] = {}
            about = compare(verdict.proved, given, source, _decoded(text))
            if about.refusal and about.missed:
                given = about.missed
                about = compare(verdict.proved, given, source, _decoded(text))
        except (OSError, InvalidInstance):
            continue  # its name is a coincidence
        if not about.refusal:
            said = json_of({**about.unsaid, **given})
            bound = replace(entry, parameters=said, source=source, source_sha256=_sha256(text))
            return replace(outcome, note=about.note, found=bound)
        if stem(os.path.basename(task.certificate)) == PurePath(source).stem:
            refusal = refusal or f"the certificate is valid, but {about.refusal}"
    if refusal:
        return replace(outcome, status="rejected", reason=refusal)
    return replace(outcome, note="bound to no source", found=entry)


def _claimed(verdict: Verdict, proved: Proved, data: bytes) -> Claimed:
    """Of an accepted certificate, whose first line is therefore well-formed and of moderate length."""
    with gzip.open(BytesIO(data)) if data[:2] == b"\x1f\x8b" else BytesIO(data) as stream:
        first = loads(stream.readline().decode("ascii"))
    about = proved.statement or proved.problem
    problem = "" if proved.reduction or about is None else about.name
    return Claimed(verdict.claim, proved.answer, problem, verdict.reduction, _sha256(dumps(first).encode()))


def _in_the_manifest(_problem: AnyProblem, name: str, value: Any) -> str:
    """How a parameter is given: beside the others of the entry."""
    return f"{dumps(json_of({name: value}))} in the manifest"


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InvalidInstance(f"byte {problem.start} is not UTF-8 text") from None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
