"""Reading inputs and writing outputs: '-' is standard input or output, and nothing is ever half-written."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reductions.core import InvalidInstance


class BadInput(Exception):
    """One line that names the file, the place and the reason."""


def read_text(path: str) -> str:
    """The text of a file; raises BadInput if it is missing, unreadable or not UTF-8."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as problem:
        raise BadInput(f"{path}: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise BadInput(f"{path}: byte {problem.start} is not UTF-8 text") from None


@contextmanager
def about(path: str) -> Iterator[None]:
    """Say which file an InvalidInstance is about."""
    try:
        yield
    except InvalidInstance as problem:
        raise BadInput(f"{path}: {problem}") from None


@contextmanager
def writing(path: str) -> Iterator[IO[bytes]]:
    """A binary stream to a file that appears only when all of it has been written."""
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as stream:
            try:
                yield stream
                stream.flush()
                os.fchmod(stream.fileno(), 0o666 & ~_umask())
                os.replace(stream.name, target)
            except BaseException:
                os.unlink(stream.name)
                raise
    except OSError as problem:
        raise BadInput(f"{path}: {problem.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
