"""Runs experiments: in processes, with progress, interrupted and resumed without loss."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from relucert.certificates import boxes, quantities
from relucert.reductions import coins as coins_module
from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import REQUIRED, json_of, parameter_text, read_parameters
from relucert.verify.experiments import EXPERIMENTS, experiment
from relucert.verify.experiments.experiment import Experiment, Record, Row, Subject
from relucert.verify.experiments.figures import draw
from relucert.verify.files import BadInput
from relucert.verify.plugins import imported


@dataclass(frozen=True)
class Run:
    """An experiment with all that its numbers depend on."""

    name: str
    parameters: Mapping[str, Any]
    seed: int
    subject: str | None = None

    @property
    def experiment(self) -> Experiment:
        return EXPERIMENTS[self.name]()

    @property
    def key(self) -> str:
        """Changes with parameters, seed, subject and the code."""
        told = [self.name, json_of(self.parameters), self.seed, self.subject, _code(self.subject)]
        return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def batch(self, batch: str) -> Record:
        named = None if self.subject is None else (self.subject, subject_of(self.experiment, self.subject))
        return self.experiment.run(self.parameters, batch, Coins(self.seed, self.name, batch), named)


def prepared(name: str, given: Mapping[str, Any], seed: int = 0, subject: str | None = None) -> Run:
    """Raises BadInput or InvalidInstance that names what is wrong."""
    if name not in EXPERIMENTS:
        raise BadInput(f"there is no experiment {name!r}; there are: {', '.join(EXPERIMENTS)}")
    known = EXPERIMENTS[name].parameters
    if unknown := given.keys() - known.keys():
        raise BadInput(f"{name} has no parameter {min(unknown)!r}; it takes: {', '.join(known) or 'none'}")
    usual = {key: p.default for key, p in known.items() if p.default is not REQUIRED}
    if subject is not None:
        subject_of(EXPERIMENTS[name](), subject)
    return Run(name, usual | read_parameters(known, given), seed, subject)


def subject_of(e: Experiment, reference: str) -> Subject:
    """Raises BadInput or InvalidInstance."""
    if reference in e.subjects:
        return e.subjects[reference]
    if not e.subjects:
        raise BadInput(f"{e.name} takes no subject")
    if ":" not in reference:
        raise BadInput(f"there is no {reference!r}; there are: {', '.join(e.subjects)}, or give module:function")
    found = imported(reference)
    if not callable(found):
        raise InvalidInstance(f"{reference} is no function")
    return found


def _code(subject: str | None) -> str:
    """The hash of the sources that the numbers come from; also of a subject's own module."""
    below = (coins_module, boxes, quantities)
    files = [*(Path(str(one.__file__)) for one in below), *sorted(Path(experiment.__file__).parent.glob("*.py"))]
    if subject is not None and ":" in subject:
        module = sys.modules.get(subject.partition(":")[0])
        files += [Path(module.__file__)] if module is not None and module.__file__ else []
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


# ------------------------------------------------------------------------------------------------------------- batches


def results(run: Run, journal: Path, jobs: int, progress: Callable[[int, int], None]) -> dict[str, Record]:
    """The record of every batch. Those in the journal are taken from there; others are added to it as they finish.

    Raises KeyboardInterrupt, and whatever a batch raises, with every finished batch in the journal.
    """
    key, batches = run.key, list(run.experiment.batches(run.parameters))  # the key of the code that starts now
    done = {batch: record for batch, record in read_journal(journal, key).items() if batch in batches}
    missing = [batch for batch in batches if batch not in done]
    progress(len(done), len(batches))
    with journal.open("a") as stream:
        for batch, record in _computed(run, missing, jobs):
            stream.write(json.dumps({"key": key, "batch": batch, "record": record}) + "\n")
            stream.flush()
            done[batch] = record
            progress(len(done), len(batches))
    return {batch: done[batch] for batch in batches}


def _computed(run: Run, missing: list[str], jobs: int) -> Iterator[tuple[str, Record]]:
    if jobs == 1 or len(missing) < 2:
        for batch in missing:
            yield batch, run.batch(batch)
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of each process: there are as many as were asked for
    ignoring = (signal.SIGINT, signal.SIG_IGN)  # the parent alone hears Ctrl-C
    pool = ProcessPoolExecutor(min(jobs, len(missing)), get_context("spawn"), signal.signal, ignoring)
    try:
        waiting = {pool.submit(run.batch, batch): batch for batch in missing}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def read_journal(journal: Path, key: str) -> dict[str, Record]:
    """The finished batches of a run; a last line that was cut off is dropped from the file."""
    if not journal.exists():
        return {}
    text = journal.read_bytes()
    whole = text[: text.rfind(b"\n") + 1]
    if len(whole) < len(text):
        journal.write_bytes(whole)
    found = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            entry = json.loads(line)
            if entry["key"] == key:
                found[entry["batch"]] = entry["record"]
        except (ValueError, TypeError, KeyError):
            raise BadInput(f"{journal}: line {number} is no batch of an experiment") from None
    return found


# -------------------------------------------------------------------------------------------------------------- output


def cell(value: Any) -> str:
    """How a value stands in a table: fractions exactly, floats to 6 digits."""
    if isinstance(value, bool | Fraction) or value is None:
        return parameter_text(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def csv_of(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({column: cell(value) for column, value in row.items()} for row in rows)
    return out.getvalue()


def write(run: Run, rows: list[Row], folder: Path) -> list[str]:
    """Table and figures; their names."""
    names = [f"{run.name}.csv"]
    (folder / names[0]).write_text(csv_of(rows))
    figure = run.experiment.figure(run.parameters, rows)
    for kind in ("svg", "png") if figure is not None else ():
        for dark in (False, True):
            names.append(f"{run.name}-{'dark' if dark else 'light'}.{kind}")
            (folder / names[-1]).write_bytes(draw(figure, kind, dark))
    return names
