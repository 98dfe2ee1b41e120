"""Outcomes of earlier runs, by the hashes of all that they depend on: a gate that was interrupted goes on.

A file of lines `{"key": …, "outcome": …}`, each written when its certificate has been judged. The key is the SHA-256 of
the certificate, its source, its entry in the manifest, and the checker: every module of the two floors that are trusted
and of the gate, and the version of Python. So a line means nothing after any of these has changed. Outcomes that depend
on limits or on trusted distributions are not remembered.

Whoever can write the file can forge an outcome; it belongs to one machine, not into a repository.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relucert.certificates.terminal import printable
from relucert.verify.files import BadInput

FORMAT = "relucert-cache-1"
REMEMBERED = {"status": str, "reason": str, "note": str, "proved": str, "steps": int}  # of an outcome
FLOORS = (Path(__file__).parents[2] / "reductions", Path(__file__).parents[2] / "certificates", Path(__file__).parent)


def fingerprint() -> str:
    """What judges, as a hash: the sources of the two lower floors and of the gate, and the version of Python."""
    digest = hashlib.sha256(sys.version.encode())
    for floor in FLOORS:
        for path in sorted(floor.rglob("*.py")):
            text = path.read_bytes()
            digest.update(f"\0{path.relative_to(floor)}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()


class Known:
    """Remembered outcomes by key, as the fields of an outcome."""

    def __init__(self, checker: str = "", outcomes: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.checker, self.outcomes = checker, outcomes or {}

    def key(self, *parts: bytes) -> str:
        """Of all that an outcome depends on."""
        digest = hashlib.sha256(self.checker.encode())
        for part in parts:
            digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()

    def __contains__(self, key: str) -> bool:
        return key in self.outcomes

    def __getitem__(self, key: str) -> Mapping[str, Any]:
        return self.outcomes[key]


NOTHING_KNOWN = Known()


@contextmanager
def remembering(path: str) -> Iterator[tuple[Known, Callable[[str, Mapping[str, Any]], None]]]:
    """What is known, and how to add to it. Raises BadInput if the file cannot be used, or is no such file."""
    checker = fingerprint()
    head = {"format": FORMAT, "checker": checker}
    try:
        with open(path, "a+b") as file:
            file.seek(0)
            lines = file.read().split(b"\n")
            if lines != [b""] and _object(lines[0]).get("format") != FORMAT:
                raise BadInput(f"{printable(path)}: this file is not empty, and it is no cache of a gate")
            known = _outcomes(lines[1:]) if _object(lines[0]) == head else {}
            if not known:
                file.truncate(0)
                file.write(json.dumps(head).encode())
            file.write(b"\n")  # also after a line that an interruption has cut off
            file.flush()

            def add(key: str, outcome: Mapping[str, Any]) -> None:
                file.write(json.dumps({"key": key, "outcome": outcome}).encode() + b"\n")
                file.flush()

            yield Known(checker, known), add
    except OSError as problem:
        raise BadInput(f"{printable(path)}: {problem.strerror}") from None


def _outcomes(lines: list[bytes]) -> dict[str, Mapping[str, Any]]:
    """Lines that are cut off or damaged say nothing."""
    found: dict[str, Mapping[str, Any]] = {}
    for line in lines:
        key, outcome = _object(line).get("key"), _object(line).get("outcome")
        if type(key) is str and type(outcome) is dict and {k: type(v) for k, v in outcome.items()} == REMEMBERED:
            found[key] = outcome
    return found


def _object(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError:
        return {}
    return data if type(data) is dict else {}
