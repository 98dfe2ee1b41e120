"""What a report is about: the certificates below folders, and the rows of sweeps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath

from relucert.certificates.terminal import printable
from relucert.verify.files import BadInput
from relucert.verify.gate.folder import certificates_below, is_foreign, require_certificate, require_distinct
from relucert.verify.sweeps.database import Database, Row, Sweep, reading

SQLITE = b"SQLite format 3\0"  # how such a file begins


@dataclass(frozen=True)
class Swept:
    """A sweep. name: of its file. listed: how many instances it has decided or given up; total: of all, if known."""

    name: str
    path: str
    sweep: Sweep
    listed: int
    total: int | None


@dataclass(frozen=True)
class Input:
    """A certificate. name: what people call it. path: of its file, or of that of the sweep in which it has a number."""

    name: str
    path: str
    swept: Swept | None = None
    number: int = 0

    @property
    def suffix(self) -> str:
        return ".cert.gz" if self.swept or self.path.endswith(".gz") else ".cert"

    def read(self, most: int) -> tuple[bytes | None, Row | None]:
        """Its bytes as they are stored, one more than `most` at most, and its row in a sweep, if it has one.

        None for what was not decided. Raises OSError, BadInput.
        """
        if self.swept is not None:
            database = _opened(self.path, os.getpid())
            row = database.row(self.number)
            if row is None:
                raise BadInput(f"{printable(self.path)}: the row {self.number} has gone")
            return database.packed(self.number), row
        with open(self.path, "rb") as file:
            return file.read(most + 1), None


@dataclass(frozen=True)
class Inputs:
    """foreign: the files that are none of ours, though they are called so."""

    certificates: Sequence[Input]
    sweeps: Sequence[Swept]
    foreign: Sequence[str]


@cache
def _opened(path: str, _process: int) -> Database:
    """Each process has its own connection."""
    return reading(path)


def inputs_of(paths: Sequence[str], output: str) -> Inputs:
    """The certificates of folders, files and sweeps.

    What is below `output` is left out: that is an earlier report. Raises BadInput if a path cannot be read, or has no
    certificate.
    """
    found: list[Input] = []
    sweeps: list[Swept] = []
    foreign: list[str] = []
    own = os.path.realpath(output)
    for path in paths:
        if os.path.commonpath([own, os.path.realpath(path)]) == own:
            raise BadInput(f"{printable(path)}: this is in the folder of the report, which a new one would replace")
        if _is_database(path):
            swept = _swept(path)
            sweeps.append(swept)
            found += _rows(swept)
            continue
        below = list(_below(path, own))
        if not below:
            raise BadInput(f"{printable(path)}: there is no certificate below this folder: no *.cert, no *.cert.gz")
        strange = [one for one in below if is_foreign(one)]
        if path in strange:
            raise BadInput(f"{printable(path)}: this is no certificate of relucert, nor the file of a sweep")
        foreign += strange
        found += (Input(_name(path, one), one) for one in below if one not in strange)
    require_distinct([*(one.path for one in found if not one.swept), *(swept.path for swept in sweeps)])
    return Inputs(found, sweeps, foreign)


def _is_database(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError:  # whoever walks there will say it
        return False


def _swept(path: str) -> Swept:
    with reading(path) as database:
        listed = sum(sum(counts.values()) for counts in database.counts().values())
        return Swept(printable(PurePath(path).name), path, database.sweep, listed, database.total)


def _rows(swept: Swept) -> Iterator[Input]:
    """Their names have their numbers, with as many digits each."""
    stem = printable(PurePath(swept.path).stem)
    with reading(swept.path) as database:
        numbers = [row.number for row in database.rows()]
    digits = len(str(max(numbers, default=0)))
    for number in numbers:
        yield Input(f"{stem}-{number:0{digits}}", swept.path, swept, number)


def _below(path: str, own: str) -> Iterator[str]:
    if not os.path.lexists(path):
        raise BadInput(f"{printable(path)}: No such file or directory")
    if not os.path.isdir(path):
        yield require_certificate(path)
        return
    for one in certificates_below(path):
        if os.path.commonpath([own, os.path.realpath(one)]) != own:
            yield one


def _name(start: str, path: str) -> str:
    """From the folder that was given; printable."""
    return printable(os.path.relpath(path, start) if os.path.isdir(start) else os.path.basename(path))
