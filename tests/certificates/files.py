"""Certificates as the tests read and write them; the one place that knows how the checker is called."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from relucert.certificates.checker import Limits, Verdict, check

CORPUS = Path(__file__).parents[1] / "corpus"
SMALL = Limits(work=10**6, words=10**6)


def verdict_of(data: bytes, limits: Limits = SMALL) -> Verdict:
    return check(io.BufferedReader(io.BytesIO(data)), limits)


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def read_lines(data: bytes) -> list[Any]:
    """The lines of a certificate without the closing record; a carriage return is white space and ends none."""
    return [json.loads(line) for line in data.decode("ascii").split("\n")[:-2]]


def lines_of(path: Path) -> list[Any]:
    return read_lines(unpacked(path))


def closed(lines: Iterable[Any]) -> bytes:
    """A certificate of these lines with the right closing record."""
    texts = [json.dumps(line) for line in lines]
    return "".join(f"{text}\n" for text in [*texts, json.dumps({"end": len(texts) + 1})]).encode()
