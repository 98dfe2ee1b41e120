"""`relucert experiment`: seeded measurements beside exact bounds, and exhaustive checks on tiny sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from relucert.certificates.terminal import complain, say
from relucert.verify.commands.catalogue import described, facts_of
from relucert.verify.commands.options import COUNT, SEED, json_option, parameter_option, report
from relucert.verify.files import BadInput
from relucert.verify.limits import silenced


@click.command()
@click.argument("name")
@parameter_option
@click.option("--subject", metavar="NAME|MODULE:FUNCTION", help="The learner or distinguisher that is put to the test.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of all draws.")
@click.option("--jobs", type=COUNT, default=2, show_default=True, help="Processes.")
@click.option("-o", "--output-folder", help="Where to write; a run that was interrupted goes on there.")
@json_option
def experiment(
    name: str, parameters: dict[str, str], subject: str | None, seed: int, jobs: int, output_folder: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Run the experiment NAME; `list` names them all.

    First its plan: the sizes and what is promised, or why it refuses (exit code 2). Then a table (CSV) and figures
    (SVG and PNG, light and dark). What is not called exact is measured. Exit code 1: what was to hold does not.
    """
    from relucert.verify.experiments import EXPERIMENTS, runner

    if name == "list":
        lines: list[str] = []
        experiments: list[dict[str, Any]] = []
        for one in EXPERIMENTS.values():
            subjects = [f"  --subject {', '.join(one.subjects)}"] if one.subjects else []
            lines += [f"{one.name}: {one.summary} [{one.reference}]"]
            lines += [*(f"  {s}" for s in described(one.parameters)), *subjects]
            about: dict[str, Any] = {"name": one.name, "summary": one.summary, "reference": one.reference}
            experiments.append(about | {"parameters": facts_of(one.parameters), "subjects": list(one.subjects)})
        report(as_json, "ok", {"experiments": experiments}, *lines)
        return 0
    run = runner.prepared(name, parameters, seed, subject)
    plan = run.experiment.plan(run.parameters)
    if not as_json:
        say(*plan.lines)
    if plan.refusal is not None:
        raise BadInput(plan.refusal)
    if output_folder is None:
        raise BadInput("say with -o where to write")
    folder = Path(output_folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with progressing(name) as progress:
            records = runner.results(run, folder / f"{name}.jsonl", jobs, progress)
        rows = run.experiment.table(run.parameters, records)
        names = runner.write(run, rows, folder)
    except OSError as problem:
        raise BadInput(f"{output_folder}: {problem.strerror}") from None
    except KeyboardInterrupt:
        complain(f"relucert: interrupted; finished batches are kept, the same command goes on in {output_folder}")
        return 130
    failure = run.experiment.failure(rows)
    files = [f"{folder / one}" for one in names]
    told = [{column: runner.cell(value) for column, value in row.items()} for row in rows]
    facts: dict[str, Any] = {"plan": list(plan.lines), "rows": told, "files": files} | (
        {} if failure is None else {"reason": failure}
    )
    verdict = "ok" if failure is None else "failed"
    report(as_json, verdict, facts, "", *table(rows), "", *(f"wrote {one}" for one in files))
    if failure is not None:
        complain(f"relucert: {failure}")
        return 1
    return 0


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Columns under their names, with two spaces between."""
    from relucert.verify.experiments.runner import cell

    lines = [list(rows[0]), *([short(cell(value)) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def short(text: str) -> str:
    """A long fraction as a decimal; the CSV has it in full."""
    if len(text) <= 12 or "/" not in text:
        return text
    above, _, below = text.partition("/")
    return f"≈{int(above) / int(below):.4g}" if above.lstrip("-").isdigit() and below.isdigit() else text


@contextmanager
def progressing(name: str) -> Iterator[Callable[[int, int], None]]:
    """Shows on a terminal how many batches are done."""
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=silenced() or not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
