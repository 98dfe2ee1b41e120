"""`relucert gate`: the certificates of a folder are checked against a manifest (docs/gate.md)."""

from __future__ import annotations

import os
import time

import click

from relucert.certificates.checker import Limits
from relucert.certificates.terminal import complain, printable, say
from relucert.verify.commands.options import COUNT, SECONDS, destination, json_option, refuse_ignored, trust_option
from relucert.verify.files import BadInput, refuse_overwriting, writing
from relucert.verify.gate.history import since as state_since
from relucert.verify.gate.judge import MOST_BYTES, Rules
from relucert.verify.gate.manifest import manifest_text, read_manifest
from relucert.verify.gate.reports import Report, to_json, to_junit, to_lines, to_sarif
from relucert.verify.gate.run import Gate, Means, place_of
from relucert.verify.plugins import trusting

PROCESSES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--manifest", default="", help="What is pinned; relucert-manifest.json in PATH if not given.")
@click.option("--write-manifest", is_flag=True, help="Check, and pin what is proved; nothing else may be wrong.")
@click.option("--source-dir", default="", help="Where --write-manifest looks for sources; beside each certificate.")
@click.option("--since", metavar="REVISION", help="Judge what has changed since HEAD left this revision of git.")
@click.option("--lenient", is_flag=True, help="New and lost claims, and parameters that nobody states, do not fail.")
@click.option("--junit", callback=destination, metavar="FILE", help="Write the outcomes as JUnit XML.")
@click.option("--sarif", callback=destination, metavar="FILE", help="Write what fails as SARIF 2.1.0.")
@click.option("--cache", default="", metavar="FILE", help="Remember outcomes here: an interrupted gate goes on.")
@click.option("--jobs", type=COUNT, default=PROCESSES, help="Processes; as many as processors.")
@click.option("--time-limit", type=SECONDS, default=600.0, help="Seconds for each file.")
@click.option("--work-limit", type=COUNT, help="Units of work for each file; by its size if not given.")
@click.option("--memory-limit", type=COUNT, help="64-bit words for each; by its size if not given.")
@click.option("--byte-limit", type=COUNT, default=MOST_BYTES, help="Bytes of each file, as stored.")
@trust_option
@click.option("-v", "--verbose", is_flag=True, help="Name the certificates that are as pinned, too.")
@json_option
def gate(
    paths: tuple[str, ...], manifest: str, write_manifest: bool, source_dir: str, since: str | None, lenient: bool,
    junit: str | None, sarif: str | None, cache: str, jobs: int, time_limit: float, work_limit: int | None,
    memory_limit: int | None, byte_limit: int, trust: tuple[str, ...], verbose: bool, as_json: bool,
) -> int:  # fmt: skip
    """Check every certificate below PATH, and that each proves what the manifest pins, about the file that it names.

    Exit codes: 0 all as pinned; 1 rejected, changed, new, missing or lost; 2 malformed or bad input; 3 resource limit
    or unsupported.
    """
    if since is not None and write_manifest:
        raise BadInput("--write-manifest pins all that there is; it does not go with --since")
    if not write_manifest:
        refuse_ignored("without --write-manifest", "source_dir")
    place = place_of(paths, manifest)
    there = os.path.lexists(place.manifest)
    if not (there or write_manifest):
        raise BadInput(f"{printable(place.manifest)}: there is no manifest; --write-manifest pins what there is")
    pinned = read_manifest(place.manifest) if there else {}
    rules = Rules(not lenient, Limits(work_limit, memory_limit), byte_limit, trusting(trust))
    means = Means(jobs, time_limit, cache)
    guard, start = Gate(place, rules, means, source_dir), time.monotonic()
    if write_manifest:
        outcomes, foreign, pinned = guard.pin(pinned)
    else:
        before = None if since is None else state_since(since, place.folder, place.manifest)
        outcomes, foreign = guard.check(pinned, before)
    report = Report(place.manifest, place.folder, outcomes, time.monotonic() - start)
    sources = [os.path.join(place.folder, entry.source) for entry in pinned.values() if entry.source]
    for output in (junit, sarif):
        refuse_overwriting(output, place.manifest, *map(report.path, outcomes), *sources)
    for output, form in ((junit, to_junit), (sarif, to_sarif)):
        if output is not None:
            with writing(output) as stream:
                stream.write(form(report))
    if write_manifest and not report.exit_code:
        with writing(place.manifest) as stream:
            stream.write(manifest_text(pinned).encode())
    for name in foreign:
        complain(f"{os.path.join(place.folder, name)}: left alone: this is no certificate of relucert")
    say(*([to_json(report)] if as_json else to_lines(report, verbose)))
    if write_manifest and not as_json:
        say(f"wrote {place.manifest}" if not report.exit_code else f"did not write {place.manifest}")
    return report.exit_code
