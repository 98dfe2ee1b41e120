"""`python -m benchmarks.peers`: relucert against Z3, Yices 2, cvc5, SCIP and HiGHS on fifteen families of instances.

Every run is a process of its own with the same limits of time and memory, one after another; relucert's is its command,
with proof and check. Runs are kept in a file, so what was stopped goes on, and --report shows what is there.
Families take turns, so a part is balanced. A seed other than 0 is another order of the samples and the coordinates.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from benchmarks.machine import description
from benchmarks.peers.families import FAMILIES, NUMBERS, Question, questions
from benchmarks.peers.runs import PACKAGES, BadFile, Limits, Run, Runs, compile_sources, installed, run
from benchmarks.peers.tables import Results, cactus, report

HERE = Path(__file__).parents[1]
POSITIVE = click.FloatRange(0, min_open=True)


class Names(click.ParamType[tuple[str, ...]]):
    """Some of these, with commas between them."""

    name = "A,B,…"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        words = tuple(word.strip() for word in str(value).split(","))
        for word in words:
            if word not in self.allowed:
                self.fail(f"{word} is none of {', '.join(self.allowed)}", param, ctx)
        return words


@click.command()
@click.option("--db", default="peers.db", show_default=True, help="The file of all runs; made if it is not there.")
@click.option("--per-family", default=NUMBERS, show_default=True, type=click.IntRange(1, NUMBERS))
@click.option("--families", default=(), type=Names(tuple(FAMILIES)), help="Only these.")
@click.option("--programs", default=tuple(PACKAGES), type=Names(tuple(PACKAGES)), help="Only these.")
@click.option("--again", default=(), type=Names(tuple(PACKAGES)), help="Forget what these have said.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1, 25),
              help="So many where some program besides relucert takes 0.1 to 10 s with the first one.")  # fmt: skip
@click.option("--limit", default=10.0, show_default=True, type=POSITIVE, help="Seconds a run.")
@click.option("--memory", default=4.0, show_default=True, type=POSITIVE, help="GiB a process.")
@click.option("--clock", default="wall", show_default=True, type=click.Choice(["wall", "processor"]),
              help="Which seconds; those of the processor on a machine that does other work.")  # fmt: skip
@click.option("--report", "only_report", is_flag=True, help="Run nothing; show what is there.")
@click.option("--plots", type=click.Path(file_okay=False), default=str(HERE / "plots"), show_default="benchmarks/plots",
              help="The folder for the plot.")  # fmt: skip
def main(
    db: str, per_family: int, families: tuple[str, ...], programs: tuple[str, ...], seeds: int, limit: float,
    memory: float, clock: str, again: tuple[str, ...], only_report: bool, plots: str,
) -> None:  # fmt: skip
    """Ask all programs all questions, and compare."""
    limits = Limits(limit, memory, clock == "processor")
    try:
        if only_report and not Path(db).is_file():
            raise BadFile(f"{db}: there is no such file")
        runs = Runs(Path(db))
        for program in again:
            runs.forget(program)
        if not only_report:
            ask_all(runs, per_family, families, programs, seeds, limits)
        show(runs, Path(plots))
    except BadFile as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def ask_all(
    runs: Runs, per_family: int, families: tuple[str, ...], programs: tuple[str, ...], seeds: int, limits: Limits
) -> None:  # fmt: skip
    runs.require("clock", "processor" if limits.processor else "wall")
    runs.require("seconds", f"{limits.seconds:g}")
    runs.require("GiB", f"{limits.gigabytes:g}")
    runs.require("machine", description())
    found = {program: installed(program) for program in programs}
    for program, version in found.items():
        if version is None:
            print(f"{program} is not installed (pip install -e '.[bench]'): left out", flush=True)
        else:
            runs.require(program, version)
    compile_sources()
    there = [program for program, version in found.items() if version is not None]
    asked = list(questions(per_family, families))
    todo = [(question, program, 0) for question in asked for program in there]
    _run(runs, todo, limits)
    if seeds > 1:
        worth = _results(runs).worth_more_seeds()
        again = [question for question in asked if (question.family, question.number) in worth]
        _run(runs, [(q, p, s) for s in range(1, seeds) for q in again for p in there], limits, seeds)


def _run(runs: Runs, todo: list[tuple[Question, str, int]], limits: Limits, seeds: int = 1) -> None:
    """What is not there, unless a program has left most of the seeds unanswered: so is its median, whatever it says."""
    for i, (question, program, seed) in enumerate(todo, 1):
        if runs.holds(question, program, seed) or 2 * runs.unanswered(question, program) > seeds:
            continue
        one = run(program, question, seed, limits)
        runs.add(one)
        which = f"{question.name} ({question.what}){f' seed {seed}' if seed else ''}"
        print(f"{i}/{len(todo)} {which}: {_line(one, limits.processor)}", flush=True)


def _line(one: Run, processor: bool) -> str:
    why = f" ({one.note})" if one.note else ""
    inexact = ", its network does not fit exactly" if one.fits is False else ""
    return f"{one.program} {one.answer}{why} {one.cpu if processor else one.seconds:.2f} s{inexact}"


def _results(runs: Runs) -> Results:
    limit = float(runs.settings().get("seconds", "10"))
    known = frozenset((q.family, q.number) for q in questions() if q.solution is not None)
    return Results(tuple(runs), limit, known, processor=runs.settings().get("clock") == "processor")


def show(runs: Runs, plots: Path) -> None:
    settings = runs.settings()
    print(f"Machine: {settings.get('machine', 'unknown')}")
    versions = [f"{p} ({PACKAGES[p]} {settings[p]})" for p in PACKAGES if p in settings]
    print(f"Programs: {', '.join(versions)}; {settings.get('GiB', '?')} GiB each\n")
    results = _results(runs)
    for line in report(results):
        print(line)
    if results.of:
        print(f"wrote {' and '.join(map(str, cactus(results, plots)))}")


if __name__ == "__main__":
    main()
