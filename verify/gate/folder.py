"""Which certificates there are below a folder, and which file a certificate may be about."""

from __future__ import annotations

import gzip
import os
import re
import stat
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from relucert.certificates.terminal import printable
from relucert.verify.files import BadInput
from relucert.verify.gate.manifest import NAME, SUFFIXES


def stem(name: str) -> str:
    """The name of a certificate without its suffix."""
    return re.sub(r"\.cert(\.gz)?$", "", name)


def is_foreign(path: str | os.PathLike[str]) -> bool:
    """Whether a file is certainly no certificate of ours, whose first line is an object: X.509 uses the same suffix.

    What is empty or damaged may be one. Raises OSError.
    """
    with open(path, "rb") as file:
        start = file.read(64)
        if start[:2] == b"\x1f\x8b":
            file.seek(0)
            try:
                start = gzip.GzipFile(fileobj=file).read(64)
            except (EOFError, zlib.error, gzip.BadGzipFile):
                return False
    start = start.lstrip()
    return bool(start) and not start.startswith(b"{")


def certificates_below(folder: str) -> Iterator[str]:
    """The paths of all *.cert and *.cert.gz, each folder in the order of the names.

    Links are followed; hidden folders are not entered. Raises BadInput if a certificate is hidden or is no regular
    file, if links go in a circle, or if something cannot be read.
    """
    yield from _below(folder, ())


def _below(folder: str, outer: tuple[tuple[int, int], ...]) -> Iterator[str]:
    try:
        status = os.stat(folder)
        here = (status.st_dev, status.st_ino)
        if here in outer:
            raise BadInput(f"{printable(folder)}: symbolic links lead from this folder to itself")
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as problem:
        raise BadInput(f"{printable(folder)}: {problem.strerror}") from None
    for entry in entries:
        path = os.path.join(folder, entry.name)
        if entry.name.startswith(".") and entry.is_dir():
            continue
        if entry.name.endswith(SUFFIXES) and not entry.is_dir():
            yield require_certificate(path)
        elif _leads_to_a_folder(entry, path):
            yield from _below(path, (*outer, here))


def _leads_to_a_folder(entry: os.DirEntry[str], path: str) -> bool:
    try:
        return entry.is_dir()
    except OSError as problem:  # a link to itself
        raise BadInput(f"{printable(path)}: {problem.strerror}") from None


def require_certificate(path: str) -> str:
    """Raises BadInput if it is hidden, or no regular file that can be read."""
    if os.path.basename(path).startswith("."):
        raise BadInput(f"{printable(path)}: this certificate is hidden, so that nobody would miss it")
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise BadInput(f"{printable(path)}: this is no regular file")
        with open(path, "rb"):
            pass
    except OSError as problem:
        raise BadInput(f"{printable(path)}: {problem.strerror}") from None
    return path


def require_distinct(paths: Sequence[str]) -> None:
    """Raises BadInput if two paths are one file, which might be pinned twice."""
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(os.path.realpath(path), path)
        if other != path:
            raise BadInput(f"{printable(path)}: this is the same file as {printable(other)}")


class Sources:
    """The files of folders that certificates may be about, by their names. Each folder is read once."""

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, list[str]]] = {}

    def of(self, certificate: str, folder: str) -> list[str]:
        """The candidates for a certificate, the likeliest first. Raises BadInput.

        The source of grotzsch-3.cert is grotzsch-3.col or, if there is none, grotzsch.col: its name without suffix is
        that of the certificate, or what stands there before a '-', '_' or '.'.
        """
        if folder not in self._folders:
            self._folders[folder] = self._by_stem(folder)
        name = stem(os.path.basename(certificate))
        stems = [name, *(name[: match.start()] for match in reversed([*re.finditer("[-_.]", name)]))]
        return [path for part in stems for path in self._folders[folder].get(part, ())]

    @staticmethod
    def _by_stem(folder: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        try:
            names = sorted(os.listdir(folder or "."))
        except OSError as problem:
            raise BadInput(f"{printable(folder)}: {problem.strerror}") from None
        for name in names:
            path = os.path.join(folder, name)
            if not (name.startswith(".") or name.endswith(SUFFIXES) or name == NAME) and os.path.isfile(path):
                found.setdefault(PurePosixPath(name).stem, []).append(path)
        return found
