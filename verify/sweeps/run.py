"""A sweep as a whole: what is listed goes to workers, what comes back goes into the database, one row at a time."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from relucert.certificates.families.family import Family
from relucert.certificates.isomorphism import canonical
from relucert.certificates.kernel import Meter
from relucert.certificates.terminal import printable
from relucert.reductions.formats import counted
from relucert.reductions.json_text import dumps
from relucert.reductions.parameters import json_of
from relucert.verify.certify import is_known
from relucert.verify.files import BadInput
from relucert.verify.jobs import Subject
from relucert.verify.pool import in_parallel
from relucert.verify.search import NoSearch
from relucert.verify.sweeps.database import Database, Sweep
from relucert.verify.sweeps.worker import Result, Task, given_up, worked

GRACE = 5.0  # seconds after the limit of an instance until its process is ended
Decided = Callable[[Iterable[Task]], Iterator[Result]]


def planned(subject: Subject, family: str, upto: int) -> Sweep:
    """What is swept; family: its name, '' for the usual one. Raises BadInput if there is no such sweep."""
    problem, r = subject.problem, subject.reduction
    if r is None:
        raise BadInput(f"{subject.name} is a problem; a sweep is of a reduction")
    if not r.is_equivalence:
        raise BadInput(f"{r.name} keeps a gap instead of the answer, so that some instances have no certificate")
    try:
        offered = subject.world.searches[problem.name].families
    except NoSearch as missing:
        raise BadInput(str(missing)) from None
    if not offered:
        raise BadInput(f"{problem.name} has no family of small instances")
    name = family or offered[0]
    if name not in offered:
        raise BadInput(f"{problem.name} has no family {name!r}; it has: {', '.join(offered)}")
    if name not in subject.world.catalogue.families:
        raise BadInput(f"the family {name} is in no catalogue; --trust the distribution that has it")
    most = subject.world.catalogue.families[name].most
    if upto > most:
        raise BadInput(f"--upto {upto}: of {name} up to {most}")
    for missing_one in problem.parameters.keys() - subject.given.keys():
        raise BadInput(f"{problem.parameters[missing_one].meaning} is missing: -p {missing_one}=…")
    claim = "equivalence" if is_known(r, subject.world.catalogue) else "agreement"
    given = {key: json_of(subject.given)[key] for key in problem.parameters}
    return Sweep(r.name, json_of(r.arguments), problem.name, r.target.name, given, name, upto, claim)


@dataclass(frozen=True)
class Listed:
    """An instance of the family. labelled: how many labelled ones are isomorphic to it."""

    number: int
    size: int
    instance: str
    canonical: str
    labelled: int


def listed(subject: Subject, sweep: Sweep) -> Iterator[Listed]:
    """One instance of each class, always in the same order; none of them is kept."""
    problem = subject.problem
    family: Family[Any] = subject.world.catalogue.families[sweep.family]
    shapes = family.shapes(problem.name, subject.given, sweep.upto)
    found = subject.world.searches[problem.name].listed(sweep.family, subject.given, sweep.upto)
    for number, instance in enumerate(found):
        shape = family.shape(instance)
        form, automorphisms = canonical(family.structure(instance), Meter())
        text, labelled = dumps(problem.instance_to_json(instance)), shapes[shape].group // automorphisms
        yield Listed(number, family.size(instance), text, dumps([shape, form]), labelled)


def all_labelled(subject: Subject, sweep: Sweep) -> int:
    """How many labelled instances the family has."""
    shapes = subject.world.catalogue.families[sweep.family].shapes(subject.problem.name, subject.given, sweep.upto)
    return sum(labelled.instances for labelled in shapes.values())


@dataclass
class Progress:
    """How far a sweep is. all: labelled instances of the family; done: of those, isomorphic to one that is done.

    before: labelled instances whose classes were done before this run.
    """

    all: int
    done: int = 0
    before: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    new: int = 0
    start: float = field(default_factory=time.monotonic)

    def line(self, now: float) -> str:
        """Time left is by the share of the labelled instances, as nobody knows yet how many classes there are."""
        count, seconds = self.answers.total(), max(now - self.start, 1e-9)
        share = f"{100 * self.answers['NO'] / count:.0f} % NO" if count else "none yet"
        text = f"{counted(count, 'instance')}, {share}, {self.answers['UNKNOWN']} UNKNOWN"
        text += f"; {self.new / seconds:.1f} a second"
        if refuted := self.answers["REFUTED"]:
            text += f"; {refuted} REFUTED"
        if self.done > self.before:
            left = seconds * (self.all - self.done) / (self.done - self.before)
            text += f"; about {left:.0f} s left" if left >= 1 else ""
        return text


def run(
    subject: Subject, sweep: Sweep, database: Database, decided: Decided, seconds: float, retry: bool,
    tell: Callable[[Progress], None],
) -> Progress:  # fmt: skip
    """Decide what the database does not have yet; and, if so asked, what is UNKNOWN there. Raises BadInput."""
    progress = Progress(all_labelled(subject, sweep))
    waiting: dict[int, int] = {}  # number -> labelled instances

    def tasks() -> Iterator[Task]:
        total = 0
        for one in listed(subject, sweep):
            total += 1
            there = database.row(one.number)
            if there is not None and (there.instance, there.canonical) != (one.instance, one.canonical):
                where = f"{printable(database.path)}: instance {one.number}"
                raise BadInput(f"{where}: another version listed another one here; begin a new file")
            if there is not None and not (retry and there.answer == "UNKNOWN"):
                progress.answers[there.answer] += 1
                progress.done += one.labelled
                progress.before += one.labelled
                continue
            waiting[one.number] = one.labelled
            yield Task(one.number, one.size, one.instance, one.canonical, seconds)
        database.set_total(total)

    for row, certificate in decided(tasks()):
        database.add(row, certificate)
        progress.answers[row.answer] += 1
        progress.done += waiting.pop(row.number)
        progress.new += 1
        tell(progress)
    return progress


def in_processes(subject: Subject, workers: int, seconds: float) -> Decided:
    """Workers are processes of this machine; one that dies, or does not end, costs one instance."""
    return partial(_in_processes, subject, workers, seconds)


def _in_processes(subject: Subject, workers: int, seconds: float, tasks: Iterable[Task]) -> Iterator[Result]:
    silent = False

    def work(task: Task) -> Result:
        nonlocal silent
        if not silent:  # solvers write to both, also when all is well
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            silent = True
        return worked(subject, task)

    yield from in_parallel(tasks, work, given_up, workers, seconds + GRACE)
