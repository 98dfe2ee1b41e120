"""`relucert enclose`, `relucert fact`, `relucert pad`: certificates about numbers of a paper's analysis."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter
from typing import Any

import click

from relucert.certificates.facts import FACTS
from relucert.certificates.quantities import QUANTITIES
from relucert.reductions.exact import MAX_COUNT, Rational, decimal, short
from relucert.verify.commands.catalogue import described
from relucert.verify.commands.options import (
    EXACT,
    certificate_option,
    json_option,
    limit_options,
    load,
    parameter_option,
    refuse_mixing,
    report,
    report_unknown,
    require_reduction,
    write_certificate,
    wrote,
)
from relucert.verify.files import about
from relucert.verify.limits import Watch
from relucert.verify.provers.base import Unknown


@click.command()
@click.argument("quantity")
@parameter_option
@click.option("--width", default="1/1000", show_default=True, type=EXACT, help="Relative: (high − low)/low.")
@certificate_option
@limit_options
@json_option
def enclose(
    quantity: str, parameters: dict[str, str], width: Rational, output_file: str | None, watch: Watch, as_json: bool
) -> int:
    """Rational ends around QUANTITY, proved; `list` names the quantities. UNKNOWN: the width is out of reach."""
    from relucert.verify.enclose import enclose as enclosed

    if quantity == "list":
        return listed(as_json, QUANTITIES.values())
    refuse_mixing(as_json, output_file)
    watch.doing(f"enclosing {quantity}")
    start = perf_counter()
    found = enclosed(quantity, parameters, width)
    if isinstance(found, Unknown):
        return report_unknown(as_json, quantity, found)
    if output_file is not None:
        write_certificate(output_file, found.certified)
    if output_file != "-":
        low, high, certified = found.low, found.high, found.certified
        size = f"{found.effort.bits} bits, {found.effort.terms} terms, {len(certified.certificate):,} bytes"
        times = f"check {certified.seconds['check']:.2f} s, total {perf_counter() - start:.2f} s"
        facts = {"low": str(low), "high": str(high), "bits": found.effort.bits, "terms": found.effort.terms}
        lines = [
            f"HOLDS  {certified.verdict.subject}",
            f"about {float(low):.12g} to {float(high):.12g}, relative width {float((high - low) / low):.2g}",
            f"checked: enclosure, {size}; {times}",
        ]
        report(as_json, "HOLDS", facts, *lines, *wrote(output_file))
    return 0


@click.command()
@click.argument("name")
@parameter_option
@certificate_option
@limit_options
@json_option
def fact(name: str, parameters: dict[str, str], output_file: str | None, watch: Watch, as_json: bool) -> int:
    """Prove the fact NAME for these parameters; `list` names the facts."""
    from relucert.verify.enclose import prove_fact

    if name == "list":
        return listed(as_json, FACTS.values())
    refuse_mixing(as_json, output_file)
    watch.doing(f"proving {name}")
    certified = prove_fact(name, parameters)
    if output_file is not None:
        write_certificate(output_file, certified)
    if output_file != "-":
        size = f"{len(certified.certificate):,} bytes; check {certified.seconds['check']:.2f} s"
        lines = [f"HOLDS  {certified.verdict.subject}", f"checked: fact, {size}"]
        report(as_json, "HOLDS", {"statement": certified.verdict.subject}, *lines, *wrote(output_file))
    return 0


@click.command()
@click.argument("name", metavar="REDUCTION")
@click.argument("source")
@parameter_option
@click.option("--exponent", type=EXACT, required=True, help="a/b: the error ε(n) is n^(−a/b).")
@click.option("--law", type=click.Choice(["power", "log"]), default="power", help="log: ε(n) is ⌈log₂ n⌉^(−a/b).")
@certificate_option
@limit_options
@json_option
def pad(
    name: str, source: str, parameters: dict[str, str], exponent: Rational, law: str, output_file: str | None,
    watch: Watch, as_json: bool,
) -> int:  # fmt: skip
    """How many coordinates Theorem 11 appends to the target of SOURCE, if the error may be ε(n) in n dimensions.

    REDUCTION is one that states a gap: densest-subgraph-to-bounded-relu or coloring-to-bounded-relu.
    """
    from relucert.verify.padding import pad as padding
    from relucert.verify.padding import with_a_gap

    refuse_mixing(as_json, output_file)
    watch.doing(f"reading {source}")
    job = load(name, source, parameters)
    r = with_a_gap(require_reduction(job, name), law, exponent)
    watch.doing(f"padding {source}")
    with about(source):
        found = padding(r, job.instance, law, exponent)
    if output_file is not None:
        write_certificate(output_file, found.certified)
    if output_file != "-":
        facts = {"gap": str(found.gap), "dimension": found.dimension, "padded": found.padded, "extra": found.extra}
        lines = [
            f"HOLDS  {found.certified.verdict.subject}",
            f"read: {job.parsed}",
            f"gap of the average losses: about {decimal(found.gap)}",
            f"pad-dimension: extra = {found.extra}",
        ]
        if found.padded >= MAX_COUNT:
            lines.append(f"too large to be built: dimension {short(found.padded)}, and the limit is {MAX_COUNT - 1}")
        report(as_json, "HOLDS", facts | {"read": str(job.parsed)}, *lines, *wrote(output_file))
    return 0


def listed(as_json: bool, known: Iterable[Any]) -> int:
    """Print what there is, with its parameters."""
    known = list(known)
    lines = [
        line for one in known for line in (f"{one.name}: {one.meaning}", *map("  {}".format, described(one.parameters)))
    ]
    report(as_json, "ok", {"known": [{"name": one.name, "meaning": one.meaning} for one in known]}, *lines)
    return 0
