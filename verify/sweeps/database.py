"""The file of a sweep: one SQLite database, which is read while it is written and survives whatever kills its writer.

    CREATE TABLE sweep        one row: what is swept
    CREATE TABLE instances    one row for each instance that has been decided, or given up

Every row is a transaction of its own (write-ahead log, synchronous), so what has been reported is in the file. The
columns are the fields of `Sweep` and of `Row`; a certificate is kept as gzip made it.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any

from relucert.certificates.terminal import printable
from relucert.reductions.json_text import dumps
from relucert.reductions.parameters import named
from relucert.verify.files import BadInput

APPLICATION = int.from_bytes(b"relu", "big")  # the application id in the header of the file
VERSION = 1  # its user version

TABLES = """
CREATE TABLE sweep (
    reduction TEXT NOT NULL, parameters TEXT NOT NULL, problem TEXT NOT NULL, target_problem TEXT NOT NULL,
    given TEXT NOT NULL, family TEXT NOT NULL, upto INTEGER NOT NULL, claim TEXT NOT NULL, total INTEGER
);
CREATE TABLE instances (
    number INTEGER PRIMARY KEY, size INTEGER NOT NULL, instance TEXT NOT NULL, canonical TEXT NOT NULL UNIQUE,
    answer TEXT NOT NULL CHECK (answer IN ('YES', 'NO', 'UNKNOWN', 'REFUTED')), reason TEXT NOT NULL,
    claim TEXT NOT NULL, seconds REAL NOT NULL, steps INTEGER NOT NULL, sha256 TEXT NOT NULL, certificate BLOB
);
"""


@dataclass(frozen=True)
class Sweep:
    """What is swept.

    reduction, parameters: its name and its arguments, as JSON. problem, target_problem: the names of its two sides.
    given: the parameters that all instances have, such as the number of colours, as JSON. family, upto: which instances
    are meant. claim: of the certificates, 'equivalence' or 'agreement'.
    """

    reduction: str
    parameters: Mapping[str, Any]
    problem: str
    target_problem: str
    given: Mapping[str, Any]
    family: str
    upto: int
    claim: str

    def __str__(self) -> str:
        parameters = named({**self.given, **self.parameters})
        return f"{self.reduction}{f' with {parameters}' if parameters else ''} on {self.family} up to {self.upto}"


@dataclass(frozen=True)
class Row:
    """One instance.

    number: its place in the family, from 0. size: the least bound that includes it. instance: its canonical JSON.
    canonical: what all instances isomorphic to it, and no others, have. answer: YES, NO, UNKNOWN, or REFUTED if the
    reduction is wrong. reason: of an UNKNOWN or a REFUTED. claim: what the certificate claims, '' without one. seconds:
    that it took. steps: of the proof. sha256: of the certificate as text, '' without one.
    """

    number: int
    size: int
    instance: str
    canonical: str
    answer: str
    reason: str = ""
    claim: str = ""
    seconds: float = 0.0
    steps: int = 0
    sha256: str = ""


COLUMNS = ", ".join(field.name for field in fields(Row))


class Database:
    """A file of a sweep; `reading` or `writing` open it. It is a context that closes it."""

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self.path, self.connection = path, connection

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(sqlite3.Error):
            self.connection.close()

    # what is swept

    @property
    def sweep(self) -> Sweep:
        names = [field.name for field in fields(Sweep)]
        with refusing(self.path):
            row = self.connection.execute(f"SELECT {', '.join(names)} FROM sweep").fetchone()
            if row is None:
                raise BadInput(f"{printable(self.path)}: this file is damaged: it does not say what is swept")
            said = dict(zip(names, row, strict=True))
            return Sweep(**said | {name: json.loads(said[name]) for name in ("parameters", "given")})

    @property
    def total(self) -> int | None:
        """How many instances there are; None as long as not all have been listed."""
        with refusing(self.path):
            found: int | None = self.connection.execute("SELECT total FROM sweep").fetchone()[0]
            return found

    def set_total(self, total: int) -> None:
        with refusing(self.path), self.connection:
            self.connection.execute("UPDATE sweep SET total = ?", (total,))

    # its instances

    def rows(self, answer: str = "") -> Iterator[Row]:
        """All rows, or those with that answer, by number; without their certificates."""
        where = " WHERE answer = ?" if answer else ""
        with refusing(self.path):
            found = self.connection.execute(
                f"SELECT {COLUMNS} FROM instances{where} ORDER BY number", (answer,) if answer else ()
            )
            for row in found:
                yield Row(*row)

    def row(self, number: int) -> Row | None:
        with refusing(self.path):
            found = self.connection.execute(f"SELECT {COLUMNS} FROM instances WHERE number = ?", (number,)).fetchone()
            return None if found is None else Row(*found)

    def packed(self, number: int) -> bytes | None:
        """The certificate of an instance, compressed by gzip, or None without one."""
        with refusing(self.path):
            found = self.connection.execute("SELECT certificate FROM instances WHERE number = ?", (number,)).fetchone()
            return None if found is None else found[0]

    def certificate(self, row: Row) -> bytes | None:
        """The text of the certificate of an instance, or None without one."""
        packed = self.packed(row.number)
        if packed is None:
            return None
        try:
            return gzip.decompress(packed)
        except (OSError, EOFError, ValueError):
            raise BadInput(f"{printable(self.path)}: the certificate of instance {row.number} is damaged") from None

    def counts(self) -> dict[int, dict[str, int]]:
        """How many instances of each size have which answer."""
        found: dict[int, dict[str, int]] = {}
        with refusing(self.path):
            for size, answer, n in self.connection.execute(
                "SELECT size, answer, count(*) FROM instances GROUP BY size, answer ORDER BY size, answer"
            ):
                found.setdefault(size, {})[answer] = n
        return found

    def add(self, row: Row, certificate: bytes | None) -> None:
        """Add a row, or put it in the place of the one with its number, in one transaction; certificate: as text."""
        packed = None if certificate is None else gzip.compress(certificate, mtime=0)
        values = [getattr(row, field.name) for field in fields(Row)]
        marks = ", ".join("?" * (len(values) + 1))
        new = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS.split(", ")[1:], "certificate"))
        statement = f"INSERT INTO instances ({COLUMNS}, certificate) VALUES ({marks})"
        with refusing(self.path), self.connection:
            self.connection.execute(f"{statement} ON CONFLICT (number) DO UPDATE SET {new}", (*values, packed))


def reading(path: str) -> Database:
    """Open a database that is there. Raises BadInput if there is none, or if it is of no sweep or another version."""
    with refusing(path):
        if not os.path.exists(path):
            raise BadInput(f"{printable(path)}: No such file or directory")
        connection = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
        _require_ours(path, connection)
        return Database(path, connection)


def writing(path: str, sweep: Sweep) -> Database:
    """Open the database of this sweep, or make it. Raises BadInput if there is a file that holds something else."""
    with refusing(path):
        connection = sqlite3.connect(path)
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            _require_ours(path, connection)
            database = Database(path, connection)
            if (there := database.sweep) != sweep:
                raise BadInput(f"{printable(path)}: this file has another sweep: {there}; not {sweep}")
        else:
            if os.path.getsize(path):
                _require_ours(path, connection)
            _create(connection, sweep)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return Database(path, connection)


def _create(connection: sqlite3.Connection, sweep: Sweep) -> None:
    said = [getattr(sweep, field.name) for field in fields(Sweep)]
    values = [dumps(value) if isinstance(value, Mapping) else value for value in said]
    names = ", ".join(field.name for field in fields(Sweep))
    with connection:
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        for statement in filter(str.strip, TABLES.split(";")):
            connection.execute(statement)
        connection.execute(f"INSERT INTO sweep ({names}) VALUES ({', '.join('?' * len(values))})", values)


def _require_ours(path: str, connection: sqlite3.Connection) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if application != APPLICATION:
        raise BadInput(f"{printable(path)}: this is a database, but not of a sweep")
    if version != VERSION:
        raise BadInput(f"{printable(path)}: this sweep is of version {version}; this program reads version {VERSION}")


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """Whatever SQLite and the system refuse is one line that names the file; what was committed stays as it is."""
    try:
        yield
    except sqlite3.Error as problem:
        raise BadInput(f"{printable(path)}: {problem}") from None
    except OSError as problem:
        raise BadInput(f"{printable(path)}: {problem.strerror}") from None
