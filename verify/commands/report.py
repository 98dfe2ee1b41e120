"""`relucert report`: pages about certificates, each of which is checked (docs/report.md)."""

from __future__ import annotations

from collections import Counter

import click

from relucert.certificates.checker import EXIT_CODES, Limits
from relucert.certificates.terminal import complain
from relucert.reductions.formats import counted
from relucert.verify.commands.gate import PROCESSES
from relucert.verify.commands.options import COUNT, SECONDS, json_option, trust_option
from relucert.verify.commands.options import report as print_outcome
from relucert.verify.gate.judge import MOST_BYTES
from relucert.verify.plugins import trusting


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("-o", "--output-folder", required=True, metavar="FOLDER", help="A new folder, or that of a report.")
@click.option("--jobs", type=COUNT, default=PROCESSES, help="Processes; as many as processors.")
@click.option("--time-limit", type=SECONDS, default=600.0, help="Seconds for each certificate.")
@click.option("--work-limit", type=COUNT, help="Units of work for each check; by the size of the file if not given.")
@click.option("--byte-limit", type=COUNT, default=MOST_BYTES, help="Bytes of each certificate, as stored.")
@trust_option
@json_option
def report(
    paths: tuple[str, ...], output_folder: str, jobs: int, time_limit: float, work_limit: int | None, byte_limit: int,
    trust: tuple[str, ...], as_json: bool,
) -> int:  # fmt: skip
    """Check the certificates below PATH and write pages about them, with the catalogue, for any browser.

    A PATH is a folder, a certificate, or the file of a sweep. Exit codes: 0 all accepted; else the worst of the
    verdicts, as of check, 3 if a sweep has left something UNKNOWN. The report is written all the same.
    """
    from relucert.verify.site.build import Means, build
    from relucert.verify.site.entry import UNKNOWN, Rules
    from relucert.verify.site.inputs import inputs_of

    inputs = inputs_of(paths, output_folder)
    for path in inputs.foreign:
        complain(f"{path}: left alone: this is no certificate of relucert")
    rules = Rules(Limits(work_limit), byte_limit, trusting(trust))
    entries = build(inputs, output_folder, rules, Means(jobs, time_limit))
    counts = Counter(entry.verdict for entry in entries)
    codes = {**EXIT_CODES, UNKNOWN: 3}
    worst = max(counts, key=lambda verdict: codes[verdict], default="accepted")
    lines = [f"{entry.name}: {entry.verdict}: {entry.reason}" for entry in entries if not entry.is_accepted]
    said = ", ".join(f"{count:,} {verdict}" for verdict, count in sorted(counts.items()))
    start = f"{output_folder.rstrip('/')}/index.html"
    facts = {"counts": dict(counts), "file": start}
    lines += [f"{counted(len(entries), 'certificate')}: {said}", f"wrote {start}"]
    print_outcome(as_json, worst, facts, *lines)
    return codes[worst]
