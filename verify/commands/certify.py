"""`relucert certify`: decide, certify, check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import click

from relucert.certificates.terminal import complain
from relucert.verify.certify import ReductionRefuted
from relucert.verify.commands.options import (
    certificate_option,
    file_of,
    json_option,
    load,
    prover_options,
    racing,
    report,
    report_unknown,
    source_options,
    trust_option,
    write_certificate,
    wrote,
)
from relucert.verify.files import about, refuse_overwriting
from relucert.verify.jobs import certified
from relucert.verify.provers.base import Unknown


@contextmanager
def showing(output_file: str | None) -> Iterator[None]:
    """Write the certificate that a reduction is wrong, if it is and there is one, and say so in the same line."""
    try:
        yield
    except ReductionRefuted as finding:
        if output_file is None:
            raise
        if finding.disagreement is None:
            raise ReductionRefuted(f"{finding}; nothing to certify") from None
        write_certificate(output_file, finding.disagreement)
        shown = f"{finding.disagreement.verdict.claim} {finding.disagreement.answer}"
        raise ReductionRefuted(f"{finding}; wrote {output_file}: {shown}") from None


@click.command()
@source_options
@certificate_option
@trust_option
@prover_options
@json_option
def certify(
    name: str, source: str, parameters: dict[str, Any], options: dict[str, Any], output_file: str | None,
    trust: tuple[str, ...], prover: str, time_limit: float, memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Decide SOURCE, certify the answer and check the certificate.

    NAME is a reduction, a chain of them (one/other; of both ends the answer is certified), module:Class for a reduction
    of your own, or a problem. Of a reduction of your own the certificate states the target too, so that whoever checks
    it need not have your module. If the reduction is wrong on SOURCE, -o writes the certificate of that: exit code 1.
    """
    start = perf_counter()
    refuse_overwriting(output_file, source)
    job = load(name, source, parameters, options, trust=trust)
    with about(source), showing(output_file):
        result = certified(job, racing(prover, time_limit, memory_limit, job.world.searches))
    if isinstance(result, Unknown):
        return report_unknown(as_json, f"{name} {source}", result, job)
    if output_file is not None:
        write_certificate(output_file, result)
    seconds = {**result.seconds, "total": perf_counter() - start}
    facts = {
        "read": str(job.parsed),
        "claim": result.verdict.claim,
        "steps": result.verdict.steps,
        "bytes": len(result.certificate),
        "seconds": {key: round(value, 3) for key, value in seconds.items()},
    }
    if output_file == "-":
        complain(f"{job.source}: {job.parsed}")
        return 0
    times = ", ".join(f"{key} {value:.2f} s" for key, value in seconds.items())
    size = f"{facts['steps']} proof steps, {facts['bytes']:,} bytes"
    lines = [f"{result.answer}  {name} {source}", f"read: {job.parsed}", f"checked: {facts['claim']}, {size}; {times}"]
    report(as_json, result.answer, facts | file_of(output_file), *lines, *wrote(output_file))
    return 0
