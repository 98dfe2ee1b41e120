"""`relucert fuzz`: search for an instance on which a reduction breaks a law."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable
from time import monotonic
from typing import Any

import click

from relucert.certificates.terminal import complain
from relucert.reductions import reduction
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.reduction import AnyReduction
from relucert.verify import jobs, limits
from relucert.verify.command_reduction import reduction_from_command
from relucert.verify.commands.options import (
    COUNT,
    GIGABYTES,
    SECONDS,
    SEED,
    json_option,
    parameter_option,
    refuse_ignored,
    report,
    trust_option,
)
from relucert.verify.files import BadInput
from relucert.verify.plugins import World, reduction_class, with_search, world_with
from relucert.verify.search import NoSearch, Searches


@click.command()
@click.argument("words", nargs=-1, metavar="[REDUCTION] [FILE]")
@click.option("--command", help="Test this command instead, which answers JSON lines: see docs/commands.md.")
@click.option("--source", metavar="PROBLEM", help="The source of the command.")
@click.option("--target", metavar="PROBLEM", help="The target of the command.")
@click.option("--call-time", type=SECONDS, default=10.0, help="Seconds for a request.")
@click.option("--call-memory", type=GIGABYTES, default=1.0, help="Gigabytes it may hold.")
@parameter_option
@trust_option
@click.option("--search", "own", multiple=True, metavar="MODULE:NAME", help="The search of a problem of your own.")
@click.option("--time", "seconds", type=SECONDS, default=60.0, show_default=True)
@click.option("--examples", type=COUNT, help="Stop after so many instances, if not by time.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Other seeds, other instances.")
@click.option("--save", "folder", default=".", show_default=True, metavar="DIR", help="Where counterexamples are kept.")
@json_option
def fuzz(
    words: tuple[str, ...], command: str | None, source: str | None, target: str | None, call_time: float,
    call_memory: float, parameters: dict[str, Any], trust: tuple[str, ...], own: tuple[str, ...], seconds: float,
    examples: int | None, seed: int, folder: str, as_json: bool,
) -> int:  # fmt: skip
    """Search for instances on which a reduction breaks a law, for --time seconds.

    REDUCTION is a name, a chain of names, or module:Class; or give --command. With a FILE, an instance of the source,
    only that one is tried. Of every law that is broken the smallest counterexample is kept: the instance, a solution,
    how to see it again and, if the checker knows both problems, the certificate of a disagreement.

    Exit codes: 0 no law is broken, 1 some law is, 2 bad input, 3 something could not be decided.
    """
    if command is None:
        refuse_ignored("without --command", "call_time", "call_memory")
    world = world_with(trust)
    searches = world.searches
    for reference in own:
        searches = with_search(reference, searches)
    limits = {"time_limit": call_time, "memory_limit": call_memory}
    subject, files = named(words, command, source, target, limits, parameters, world)
    r = subject.reduction
    assert r is not None
    try:
        if files:
            refuse_ignored("with a FILE", "seconds", "examples", "seed", "folder")
            return examine_file(subject, files[0], searches, as_json)
        if subject.given:
            raise BadInput(f"{min(subject.given)} is a parameter of an instance: give a FILE with it")
        return run(r, World(world.catalogue, searches), seconds, examples, seed, folder, as_json)
    except (NoSearch, ImportError) as missing:
        raise BadInput(str(missing)) from None


def named(
    words: tuple[str, ...], command: str | None, source: str | None, target: str | None, limits: dict[str, float],
    parameters: dict[str, Any], world: World,
) -> tuple[jobs.Subject, tuple[str, ...]]:  # fmt: skip
    """The reduction that is meant, with the parameters of an instance; and the file, if there is one."""
    if command is not None:
        if source is None or target is None or len(words) > 1:
            raise BadInput("--command takes --source PROBLEM, --target PROBLEM and at most a FILE")
        problems = world.catalogue.problems
        r = reduction_from_command(split(command), source=source, target=target, problems=problems, **limits)  # type: ignore[arg-type]
        return jobs.of_reduction(r, parameters), words
    if source is not None or target is not None:
        raise BadInput("--source and --target go with --command")
    if not 1 <= len(words) <= 2:
        raise BadInput("give a REDUCTION and at most a FILE, or --command")
    name, *files = words
    if ":" in name:
        cls = reduction_class(name)
        return jobs.made_by(lambda given: reduction(cls.name, given, {cls.name: cls}), parameters), tuple(files)
    subject = jobs.by_name(name, parameters, world)
    if subject.reduction is None:
        raise BadInput(f"{name} is a problem; this command takes a reduction")
    return subject, tuple(files)


def split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as problem:
        raise InvalidInstance(f"--command: {problem}") from None


def examine_file(subject: jobs.Subject, file: str, searches: Searches, as_json: bool) -> int:
    """Check the laws on one instance."""
    from relucert.verify.testing import WORK
    from relucert.verify.testing.counterexample import Counterexample
    from relucert.verify.testing.laws import LawViolated, Undecided, examine

    r: Any = subject.reduction
    instance = jobs.load(subject._replace(reduction=None), file).instance
    try:
        outcome = examine(r, instance, work=WORK, searches=searches)
    except LawViolated as violation:
        example = Counterexample(r, instance, violation, searches)
        facts = {"law": example.law.name, "detail": violation.detail}
        report(as_json, "BROKEN", facts, *example.text(file).splitlines())
        return 1
    except Undecided as reason:
        report(as_json, "UNKNOWN", {"reason": str(reason)}, f"UNKNOWN  {r.name} {file}: {reason}")
        return 3
    if outcome.undecided:
        report(as_json, "UNKNOWN", {"reason": outcome.undecided}, f"UNKNOWN  {r.name} {file}: {outcome.undecided}")
        return 3
    report(as_json, "HOLDS", {"answer": outcome.answer}, f"HOLDS  {r.name} {file}: all laws; a {outcome.answer}")
    return 0


def run(
    r: AnyReduction, world: World, seconds: float, examples: int | None, seed: int, folder: str, as_json: bool
) -> int:
    """Search until the time is over or somebody interrupts; what has been found by then is kept."""
    from relucert.verify.testing import Findings
    from relucert.verify.testing.fuzz import counterexamples, require_folder, save

    require_folder(folder)
    found, failures, clock = Findings(), list[dict[str, Any]](), Clock(seconds)

    def ended() -> bool:
        clock.tell(lambda: f"{found}; laws broken: {len(failures)}")
        return clock.over()

    with clock:
        for example in counterexamples(r, found, world.searches, seed, examples, ended):
            written = save(example, folder, world.catalogue)
            failures.append({"law": example.law.name, "detail": example.violation.detail, "files": written})
            for line in (*example.text(written[0]).splitlines(), f"wrote {', '.join(written)}"):
                complain(line)
    for why in found.unchecked:
        complain(f"{r.name}: {why}")
    facts = {"answers": dict(found.answers), "unknown": found.undecided.total(), "broken": failures, "seed": seed}
    what = f"{r.name}: {found}"
    if not failures and not clock.interrupted and (lacking := found.lacking(0.0, 0.0)):
        law, detail = lacking
        verdict = "UNKNOWN" if law.name == "DECIDED" else "BROKEN"
        report(as_json, verdict, facts | {"law": law.name}, f"{verdict}  {r.name}: {law.value}: {detail}")
        return 3 if verdict == "UNKNOWN" else 1
    if failures:
        laws = ", ".join(failure["law"] for failure in failures)
        report(as_json, "BROKEN", facts, f"BROKEN  {what}; laws: {laws}")
        return 1
    report(as_json, "UNKNOWN" if clock.interrupted else "HOLDS", facts, f"no law was seen broken  {what}")
    return 130 if clock.interrupted else 0


class Clock:
    """When the search ends, and when it says how far it is. The first interrupt ends the search, a second one all."""

    def __init__(self, seconds: float) -> None:
        self.start, self.interrupted = monotonic(), False
        self.end, self.next = self.start + seconds, self.start + limits.LINE

    def __enter__(self) -> None:
        self.before = signal.signal(signal.SIGINT, self.interrupt)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self.before)

    def interrupt(self, *_: object) -> None:
        self.interrupted = True
        signal.signal(signal.SIGINT, self.before)

    def over(self) -> bool:
        return self.interrupted or monotonic() >= self.end

    def tell(self, line: Callable[[], str]) -> None:
        if monotonic() >= self.next and not limits.silenced():
            self.next += limits.LINE
            complain(f"{monotonic() - self.start:.0f} s: {line()}")
