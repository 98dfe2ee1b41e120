"""Reading inputs and writing outputs: '-' is standard input or output, and nothing is ever half-written."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from relucert.certificates.terminal import printable
from relucert.reductions.exact import InvalidInstance
from relucert.verify.limits import charge

PIECE = 1 << 20  # bytes that are read before they are counted


class BadInput(ValueError):
    """One line that names the file, the place and the reason."""


def read_text(path: str) -> str:
    """The text of a file; raises BadInput if it is missing, unreadable or not UTF-8."""
    try:
        pieces = []
        with open_input(path) as stream:
            while piece := stream.read(PIECE):
                charge(len(piece), len(piece) // 4)  # the bytes, and the text that is made of them
                pieces.append(piece)
        return b"".join(pieces).decode("utf-8-sig")
    except OSError as problem:
        raise BadInput(f"{printable(path)}: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise BadInput(f"{printable(path)}: byte {problem.start} is not UTF-8 text") from None


def open_input(path: str) -> IO[bytes]:
    """A file, or standard input, as bytes. Raises OSError."""
    return open(0 if path == "-" else path, "rb", closefd=path != "-")


@contextmanager
def about(path: str) -> Iterator[None]:
    """Say which file an InvalidInstance is about."""
    try:
        yield
    except InvalidInstance as problem:
        raise BadInput(f"{printable(path)}: {problem}") from None


def refuse_overwriting(output: str | None, *inputs: str | None) -> None:
    """Refuse an output that is one of the inputs, under whatever name. A device or a pipe has nothing to lose."""
    there = None if output is None else _status(output, 1)
    for path in inputs:
        here = None if path is None else _status(path, 0)
        if output and here and there and stat.S_ISREG(there.st_mode) and os.path.samestat(here, there):
            raise BadInput(f"{printable(output)}: this file is an input, and writing to it would destroy it")


def _status(path: str, standard: int) -> os.stat_result | None:
    """What the system knows of a file; '-' is the standard stream of that number."""
    try:
        return os.stat(standard if path == "-" else path)
    except OSError:  # it is new, or whoever opens it will say what is wrong
        return None


@contextmanager
def writing(path: str) -> Iterator[IO[bytes]]:
    """A binary stream to a file that appears only when all of it has been written.

    That holds for regular files and new ones; symbolic links to them stay. Anything else is written in place: a device,
    a named pipe, an open descriptor such as /dev/stdout or the /dev/fd/63 of a shell's process substitution.
    """
    if path == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = descriptor_of(path)
        try:
            status = os.stat(path)
        except FileNotFoundError:
            status = None
        if descriptor is not None:
            with os.fdopen(os.dup(descriptor), "wb") as stream:
                yield stream
        elif status is None or stat.S_ISREG(status.st_mode):
            mode = 0o666 & ~_umask() if status is None else stat.S_IMODE(status.st_mode)
            with _replacing(os.path.realpath(path), mode) as stream:
                yield stream
        else:
            with os.fdopen(os.open(path, os.O_WRONLY), "wb") as stream:
                yield stream
    except OSError as problem:
        raise BadInput(f"{printable(path)}: {problem.strerror}") from None


@contextmanager
def _replacing(target: str, mode: int) -> Iterator[IO[bytes]]:
    """A new file that takes the place of `target` when it is complete."""
    folder, name = os.path.split(target)
    beside = os.path.join(folder, f".{name[:100]}.{os.urandom(8).hex()}")
    with open(beside, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        try:
            yield stream
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.replace(beside, target)
        except BaseException:
            os.unlink(beside)
            raise


def make_folder(path: str) -> None:
    """A folder, and those above it, unless it is there."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as problem:
        raise BadInput(f"{printable(path)}: {problem.strerror}") from None


def descriptor_of(path: str) -> int | None:
    """The open descriptor that a path names, or that its symbolic links lead to: 1 for /dev/stdout."""
    folders = {os.path.realpath("/dev/fd"), os.path.realpath("/proc/self/fd")}
    for _ in range(40):  # more links than any system follows
        folder, name = os.path.split(path)
        if name.isascii() and name.isdigit() and os.path.realpath(folder) in folders:
            return int(name)
        if not os.path.islink(path):
            return None
        path = os.path.join(folder, os.readlink(path))
    return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
