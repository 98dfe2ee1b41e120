"""Standard output that says when it fails, and text that cannot pass for another line."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


class OutputFailed(Exception):
    """Standard output is closed, full, or its reader has gone: one line that says so."""


def printable(text: str) -> str:
    r"""Text as one line: whatever does not print is escaped, so that no file name forges a line of output.

    >>> print(printable("a\nb: accepted"))
    a\nb: accepted
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def say(*lines: str) -> None:
    """Print lines on standard output."""
    for line in lines:
        print(printable(line))


def complain(line: str) -> None:
    """Print a line on standard error."""
    print(printable(line), file=sys.stderr)


def guard_streams() -> None:
    """From now on failures of standard output raise OutputFailed, those of standard error are ignored.

    Characters that a stream cannot encode are escaped. Raises OutputFailed at once if standard output is closed.
    """
    closed = sys.stdout is None
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes this number, or a later file would, and be written to
    sys.stdout = _stream(1, sys.stdout)
    sys.stderr = _stream(2, sys.stderr)
    if closed:
        raise OutputFailed("standard output is closed")


def _stream(descriptor: int, old: TextIO | None) -> TextIO:
    encoding = "utf-8" if old is None else old.encoding
    buffer = io.BufferedWriter(_Descriptor(descriptor, "wb", closefd=False))
    return io.TextIOWrapper(buffer, encoding, "backslashreplace", line_buffering=True)


class _Descriptor(io.FileIO):
    """A standard stream; after the first failure it leads nowhere, or Python would fail again when it ends."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError as problem:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if self.fileno() == 2:
                return memoryview(data).nbytes
            raise OutputFailed(f"standard output: {problem.strerror}") from None
