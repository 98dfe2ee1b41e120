"""The manifest: what the certificates of a folder must prove, and about which files (docs/gate.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.json_text import json_fields, json_list, loads
from relucert.verify.files import about, read_text

NAME = "relucert-manifest.json"
FORMAT = "relucert-manifest-1"
SUFFIXES = (".cert", ".cert.gz")

ALWAYS = frozenset({"certificate", "certificate_sha256", "claim", "claim_sha256", "answer", "parameters"})

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Claimed:
    """What a certificate claims.

    claim: its kind. answer: YES, NO or HOLDS. problem, reduction: what it is about; if a reduction, problem is ''.
    sha256: of the canonical JSON of its first line, which says everything: the instance, parameters, a property.
    """

    claim: str
    answer: str
    problem: str
    reduction: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.claim} {self.reduction or self.problem} {self.answer}"


@dataclass(frozen=True)
class Entry:
    """One certificate of a manifest; paths are relative to the folder of the manifest, with slashes.

    parameters: as JSON, those that the source does not state. source: '' if the certificate is bound to no
    file; its claim is pinned by its hash all the same.
    """

    certificate: str
    certificate_sha256: str
    claimed: Claimed
    parameters: Mapping[str, Any]
    source: str = ""
    source_sha256: str = ""

    def to_json(self) -> dict[str, Any]:
        claimed = self.claimed
        subject = {"reduction": claimed.reduction} if claimed.reduction else {"problem": claimed.problem}
        source = {"source": self.source, "source_sha256": self.source_sha256} if self.source else {}
        return {
            "certificate": self.certificate,
            "certificate_sha256": self.certificate_sha256,
            "claim": claimed.claim,
            "claim_sha256": claimed.sha256,
            "answer": claimed.answer,
            "parameters": dict(self.parameters),
            **subject,
            **source,
        }


Manifest = dict[str, Entry]  # by certificate


def read_manifest(path: str) -> Manifest:
    """Raises BadInput that names the file, the entry and the reason."""
    text = read_text(path)
    with about(path):
        return parse_manifest(text)


def parse_manifest(text: str) -> Manifest:
    """Raises InvalidInstance."""
    data = json_fields(loads(text), {"format", "certificates"})
    if data["format"] != FORMAT:
        raise InvalidInstance(f"this is no manifest: expected the format {FORMAT!r}, not {shorten(data['format'])}")
    manifest: Manifest = {}
    for number, item in enumerate(json_list(data["certificates"], "certificates"), 1):
        try:
            entry = _entry(item)
        except InvalidInstance as problem:
            raise InvalidInstance(f"entry {number}: {problem}") from None
        if entry.certificate in manifest:
            raise InvalidInstance(f"entry {number}: there are two entries for {entry.certificate}")
        manifest[entry.certificate] = entry
    return manifest


def manifest_text(manifest: Manifest) -> str:
    """As JSON, an entry for each certificate in the order of their names: the same claims give the same text."""
    entries = [manifest[name].to_json() for name in sorted(manifest)]
    return json.dumps({"format": FORMAT, "certificates": entries}, indent=2, sort_keys=True) + "\n"


def _entry(data: Any) -> Entry:
    fields = json_fields(data, ALWAYS, {"problem", "reduction", "source", "source_sha256"})
    if ("problem" in fields) == ("reduction" in fields):
        raise InvalidInstance("expected either a problem or a reduction")
    if ("source" in fields) != ("source_sha256" in fields):
        raise InvalidInstance("a source has a source_sha256")
    words = {name: _word(name, value) for name, value in fields.items() if name != "parameters"}
    if not words["certificate"].endswith(SUFFIXES):
        raise InvalidInstance(f"{shorten(words['certificate'])} is not called *{' or *'.join(SUFFIXES)}")
    return Entry(
        _inside(words["certificate"]),
        words["certificate_sha256"],
        Claimed(
            words["claim"],
            words["answer"],
            words.get("problem", ""),
            words.get("reduction", ""),
            words["claim_sha256"],
        ),
        _parameters(fields["parameters"]),
        _inside(words.get("source", "")),
        words.get("source_sha256", ""),
    )


def _word(name: str, value: Any) -> str:
    if type(value) is not str or not value:
        raise InvalidInstance(f"{name}: expected a word, not {shorten(value)}")
    if name.endswith("sha256") and not _SHA256.fullmatch(value):
        raise InvalidInstance(f"{name}: {shorten(value)} is no SHA-256 in hexadecimal digits")
    return value


def _inside(path: str) -> str:
    """One spelling for each file, and none that the walk below the folder would not find."""
    parts = PurePosixPath(path).parts
    if path and (PurePosixPath(path).is_absolute() or "/".join(parts) != path):
        raise InvalidInstance(f"{shorten(path)}: expected the path from the folder of the manifest, without . and //")
    for part in parts:
        if part.startswith("."):
            raise InvalidInstance(f"{shorten(path)} is hidden or leads out of the folder of the manifest")
    return path


def _parameters(data: Any) -> dict[str, Any]:
    if type(data) is not dict:
        raise InvalidInstance(f"parameters: expected an object, not {shorten(data)}")
    for name, value in data.items():
        if not _is_value(value):
            raise InvalidInstance(f"parameters: {name}: {shorten(value)} is no value of a parameter")
    return data


def _is_value(value: Any, rows: int = 2) -> bool:
    """A list may hold lists, the rows of a matrix."""
    if type(value) is list:
        return rows > 0 and all(_is_value(part, rows - 1) for part in value)
    return value is None or type(value) in (bool, int, str)
