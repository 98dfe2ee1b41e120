"""`relucert sweep`: every small instance of a family, up to isomorphism, with a certificate each (docs/sweep.md)."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import Any

import click

from relucert.certificates.checker import Limits, check
from relucert.certificates.terminal import complain, printable
from relucert.reductions.formats import counted
from relucert.verify import jobs, limits
from relucert.verify.commands.options import (
    COUNT,
    FILE,
    SECONDS,
    completed_name,
    destination,
    json_option,
    parameter_option,
    refuse_ignored,
    report,
    trust_option,
)
from relucert.verify.plugins import trusting, world_with
from relucert.verify.sweeps.database import Database, Row, reading, writing


class Sweeps(click.Group):
    """`sweep status FILE` and the like; whatever else stands after `sweep` is the name of a reduction."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            return "REDUCTION", sweep_of, args
        return super().resolve_command(ctx, args)


@click.group(cls=Sweeps, no_args_is_help=False, subcommand_metavar="REDUCTION|status|export|verify …")
def sweep() -> None:
    """Certify a reduction on every small instance of a family, up to isomorphism.

    `relucert sweep REDUCTION --upto N --db FILE` sweeps, and goes on where it was stopped; `relucert sweep REDUCTION
    --help` says more. The other commands are about a file that is there.
    """


@click.command("REDUCTION")
@click.argument("name", metavar="REDUCTION", shell_complete=completed_name)
@click.option("--upto", type=COUNT, required=True, help="The bound N of the family.")
@click.option("--db", "path", type=FILE, required=True, help="The file: an SQLite database, new or of this sweep.")
@click.option("--family", default="", help="Which instances, if the problem has several families.")
@parameter_option
@click.option("--workers", type=COUNT, default=1, show_default=True, help="Processes.")
@click.option(
    "--dask", default="", metavar="ADDRESS", help="The workers of this Dask scheduler instead: tcp://HOST:PORT."
)
@click.option("--time-limit", type=SECONDS, default=60.0, show_default=True, help="Seconds for each instance.")
@click.option("--retry-unknown", is_flag=True, help="Try again what is UNKNOWN.")
@trust_option
@click.option("--quiet", is_flag=True, help="Show no progress.")
@json_option
def sweep_of(
    name: str, upto: int, path: str, family: str, parameters: dict[str, str], workers: int, dask: str,
    time_limit: float, retry_unknown: bool, trust: tuple[str, ...], quiet: bool, as_json: bool,
) -> int:  # fmt: skip
    """Certify REDUCTION on one instance of each isomorphism class of a family, up to the bound N.

    Every row is in the file before it counts; the same command goes on where it was stopped, by whatever. Exit codes: 0
    all are certified; 1 the reduction is wrong on some instance; 3 some are UNKNOWN.
    """
    from relucert.verify.sweeps.run import in_processes, planned, run

    subject = jobs.by_name(name, parameters, world_with(trust))
    plan = planned(subject, family, upto)
    if dask:
        from relucert.verify.sweeps.cluster import Order, on_cluster

        refuse_ignored("with --dask, which has its own workers", "workers")
        decided = on_cluster(dask, Order.of(name, parameters, trust), subject, plan)
    else:
        decided = in_processes(subject, workers, time_limit)
    with writing(path, plan) as database:
        try:
            with telling(quiet) as tell:
                run(subject, plan, database, decided, time_limit, retry_unknown, tell)
        except KeyboardInterrupt:
            done = sum(sum(counts.values()) for counts in database.counts().values())
            reason = f"interrupted; {counted(done, 'instance')} in {printable(path)}, the same command goes on"
            complain(f"relucert: {reason}")
            if as_json:
                report(True, "error", {"reason": reason})
            return 130
        return summarise(database, as_json)


def summarise(database: Database, as_json: bool) -> int:
    """Print what the file has; the exit code of a sweep."""
    from relucert.verify.sweeps.whole import incomplete

    plan, sizes = database.sweep, database.counts()
    answers: Counter[str] = Counter()
    for counts in sizes.values():
        answers.update(counts)
    open_ = [row for answer in ("REFUTED", "UNKNOWN") for row in database.rows(answer)]
    unfinished, seconds = incomplete(database), sum(row.seconds for row in database.rows())
    width = 3 + max(map(len, table(sizes)[0]))
    lines = [
        f"{printable(database.path)}: {plan}",
        *("".join(cell.rjust(width) for cell in row) for row in table(sizes)),
    ]
    total, no = answers.total(), answers["NO"]
    share = f" ({100 * no / total:.0f} %)" if total else ""
    lines.append(f"{counted(total, 'instance')}, {answers['YES']:,} YES, {no:,} NO{share}, {seconds:.1f} s of work")
    lines += [f"  {row.answer} {row.number}: {row.instance}: {row.reason}" for row in open_[:MOST_SHOWN]]
    lines += [f"  and {len(open_) - MOST_SHOWN} more"] if len(open_) > MOST_SHOWN else []
    lines.append(f"not complete: {unfinished}" if unfinished else "complete: every instance has a certificate")
    code = 1 if answers["REFUTED"] else 3 if unfinished else 0
    facts = {
        "file": database.path,
        "sweep": str(plan),
        "answers": dict(answers),
        "sizes": {str(size): counts for size, counts in sizes.items()},
        "seconds": round(seconds, 3),
        "open": [facts_of(row) for row in open_],
        "reason": unfinished,
    }
    report(as_json, {0: "complete", 1: "refuted", 3: "UNKNOWN"}[code], facts, *lines)
    return code


MOST_SHOWN = 20  # instances without an answer, of which all are in the file


def facts_of(row: Row) -> dict[str, Any]:
    return {"number": row.number, "answer": row.answer, "instance": row.instance, "reason": row.reason}


def table(sizes: Mapping[int, Mapping[str, int]]) -> list[list[str]]:
    """Counts by size and answer, with a header."""
    present = [
        a for a in ("YES", "NO", "UNKNOWN", "REFUTED") if a in ("YES", "NO") or any(a in c for c in sizes.values())
    ]
    rows = [["size", "instances", *present]]
    for size, counts in sizes.items():
        rows.append([str(size), f"{sum(counts.values()):,}", *(f"{counts.get(answer, 0):,}" for answer in present)])
    return rows


@contextmanager
def telling(quiet: bool) -> Iterator[Callable[[Any], None]]:
    """Shows how far a sweep is: on a terminal in one line, elsewhere in a line every ten seconds."""
    quiet = quiet or limits.silenced()
    live = not quiet and sys.stderr is not None and sys.stderr.isatty()
    told = time.monotonic()

    def tell(progress: Any) -> None:
        nonlocal told
        now = time.monotonic()
        if quiet or now - told < (0.2 if live else limits.LINE):
            return
        told = now
        line = printable(progress.line(now))
        with suppress(OSError):
            width = shutil.get_terminal_size().columns - 1
            os.write(2, (f"\r{line[:width]}\x1b[K" if live else line + "\n").encode())

    try:
        yield tell
    finally:
        if live:
            with suppress(OSError):
                os.write(2, b"\r\x1b[K")


@sweep.command()
@click.argument("path", metavar="FILE", type=FILE)
@json_option
def status(path: str, as_json: bool) -> int:
    """What a file has: instances by size and answer, and those without an answer with the reason.

    Exit codes as of the sweep. It may be asked while the sweep goes on.
    """
    with reading(path) as database:
        return summarise(database, as_json)


@sweep.command()
@click.argument("path", metavar="FILE", type=FILE)
@trust_option
@json_option
def verify(path: str, trust: tuple[str, ...], as_json: bool) -> int:
    """Check every certificate of a file and, if all are there, that no instance is missing and none stands twice.

    Exit codes: 0 all of it is proved; 1 rejected; 3 what there is is right, but not all is there.
    """
    from relucert.verify.sweeps.whole import incomplete, verify_rows, write_claim

    catalogue = trusting(trust)
    with reading(path) as database:
        if reason := incomplete(database):
            wrong, right = verify_rows(database, catalogue)
            if wrong:
                report(as_json, "rejected", {"file": path, "reason": wrong}, f"{printable(path)}: rejected: {wrong}")
                return 1
            said = f"{counted(right, 'certificate')} accepted, but not complete: {reason}"
            report(
                as_json,
                "UNKNOWN",
                {"file": path, "certificates": right, "reason": reason},
                f"{printable(path)}: {said}",
            )
            return 3
        with TemporaryFile() as stream:
            write_claim(database, stream, compress=False)
            stream.seek(0)
            verdict = check(stream, Limits(MOST_WORK, MOST_WORDS), catalogue)
    facts = {"file": path, "reason": verdict.reason, "work": verdict.work, "words": verdict.words}
    proved = verdict.proved.statement if verdict.proved else None
    trusted = f", trusting {' and '.join(verdict.trusting)}" if verdict.trusting else ""
    said = f"{verdict.verdict}{trusted}: {verdict.reason or proved}".removesuffix(";")
    report(as_json, verdict.verdict, facts | ({"proved": proved.text} if proved else {}), f"{printable(path)}: {said}")
    return verdict.exit_code


MOST_WORK, MOST_WORDS = 10**15, 1 << 31  # whoever sweeps has the time; a certificate in a file has the usual limits


@sweep.command()
@click.argument("path", metavar="FILE", type=FILE)
@click.option("-o", "--output", required=True, callback=destination, help="A new folder, or a file NAME.cert(.gz).")
@trust_option
@json_option
def export(path: str, output: str, trust: tuple[str, ...], as_json: bool) -> int:
    """Write the certificates of a file.

    To a new folder: each as a file beside its instance, with a manifest for `relucert gate`. To a name that ends in
    .cert or .cert.gz: the one certificate of a complete sweep, which `relucert check` judges. Either appears only when
    all of it is written.
    """
    from relucert.verify.sweeps.export import export_claim, export_folder

    with reading(path) as database:
        if output.endswith((".cert", ".cert.gz")):
            export_claim(database, output)
            report(as_json, "ok", {"file": output}, f"wrote {output}")
        else:
            count = export_folder(database, output, trusting(trust))
            said = f"wrote {counted(count, 'certificate')} and a manifest into {output}"
            report(as_json, "ok", {"folder": output, "certificates": count}, said)
    return 0


sweep.add_command(sweep_of, "REDUCTION")
