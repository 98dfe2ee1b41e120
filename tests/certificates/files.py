"""Certificates as the tests read and write them; the one place that knows how the checker is called."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable
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


def copied(value: Any) -> Any:
    """A JSON value that shares no list and no dict with this one; `copy.deepcopy` takes five times as long."""
    if type(value) is dict:
        return {key: copied(part) for key, part in value.items()}
    return [copied(part) for part in value] if type(value) is list else value


def closed(lines: Iterable[Any], dumps: Callable[[Any], str] = json.dumps) -> bytes:
    """A certificate of these lines with the right closing record."""
    texts = [dumps(line) for line in lines]
    return "".join(f"{text}\n" for text in [*texts, json.dumps({"end": len(texts) + 1})]).encode()


def with_long_integers(line: Any) -> str:
    """As `json.dumps`, but every long integer is written out once: its digits take quadratic time."""
    marks: dict[int, str] = {}

    def marked(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: marked(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [marked(part) for part in value]
        is_long = isinstance(value, int) and value.bit_length() > 1000
        return marks.setdefault(value, f"\0{len(marks)}") if is_long else value

    text = json.dumps(marked(line))
    for number, mark in marks.items():
        text = text.replace(json.dumps(mark), str(number))
    return text
