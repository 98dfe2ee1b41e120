"""`relucert lemma`: what every network that fits a gadget looks like."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import Any

import click

from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TRAINING
from relucert.verify import jobs
from relucert.verify.certify import Certified, ReductionRefuted, certify_instance, certify_lemma
from relucert.verify.commands.options import (
    COUNT,
    EXACTS,
    Number,
    certificate_option,
    json_option,
    prover_options,
    refuse_ignored,
    refuse_mixing,
    report,
    report_unknown,
    write_certificate,
    wrote,
)
from relucert.verify.files import BadInput
from relucert.verify.limits import Watch
from relucert.verify.provers.base import Unknown
from relucert.verify.ranges import Range

MODERATE = Number(Range(1, 1000))  # what is stated is written down before anything is decided
MOST_GADGETS = 30  # with an affine function: what is stated grows with the square


@click.command()
@click.argument("name", type=click.Choice(["selection", "ramps", "stripe"]))
@click.option("--slopes", default="0,1", show_default=True, type=EXACTS, help="selection, stripe: s1,s2,…")
@click.option("--neurons", type=COUNT, help="selection: fewer than four for each gadget never fit.")
@click.option("--gadgets", type=MODERATE, default=1, show_default=True, help="selection: how many, stacked.")
@click.option("--affine", is_flag=True, help="selection: of four ReLUs for each gadget, and an affine function.")
@click.option("--dimension", type=MODERATE, default=1, show_default=True, help="ramps: of the source.")
@certificate_option
@prover_options
@json_option
def lemma(
    name: str, slopes: list[Rational], neurons: int | None, gadgets: int, affine: bool, dimension: int,
    output_file: str | None, prover: str, watch: Watch, as_json: bool,
) -> int:  # fmt: skip
    """Prove a gadget lemma: what every network that fits the gadget's samples looks like.

    selection: a fit by four ReLUs is the levee of one of the slopes; fewer than four for each gadget do not fit.
    With --affine, a fit by four for each gadget and an affine function is the sum of one levee for each.
    ramps: a fit by four ReLUs is a ramp up and a ramp down. stripe: a fit by two thresholds follows one of the slopes.
    """
    from relucert.verify.lemmas import affine_selection, ramps, selection, stripe

    refuse_mixing(as_json, output_file)
    if name == "ramps":
        refuse_ignored("for ramps", "slopes")
    if name != "ramps":
        refuse_ignored(f"for {name}", "dimension")
    if name != "selection":
        refuse_ignored(f"for {name}", "neurons", "gadgets")
    start = perf_counter()
    if affine and (name != "selection" or neurons not in (None, 4 * gadgets)):
        raise BadInput("--affine is about selection, and four neurons for each gadget")
    if affine and gadgets > MOST_GADGETS:
        raise BadInput(f"--gadgets: with --affine at most {MOST_GADGETS}, not {gadgets}")
    if affine:
        stated = affine_selection(slopes, gadgets)
    elif name == "selection":
        stated = selection(slopes, neurons or 4 * gadgets - (gadgets > 1), gadgets)
    else:
        stated = ramps(dimension) if name == "ramps" else stripe(slopes)
    run = jobs.racing(prover, watch)
    if stated.claimed is None:
        result: Any = certify_instance(TRAINING, stated.instance, run)
    else:
        result = certify_lemma(stated.instance, stated.claimed, partial(run, claimed=stated.claimed))
    if isinstance(result, Unknown):
        return report_unknown(as_json, stated.statement, result)
    if not isinstance(result, Certified) or result.answer == "YES":
        raise ReductionRefuted(f"this lemma is wrong: {stated.statement}")
    if output_file is not None:
        write_certificate(output_file, result)
    facts = {"statement": stated.statement, "steps": result.verdict.steps, "bytes": len(result.certificate)}
    size = f"{len(stated.instance.samples)} samples, {facts['steps']} proof steps, {facts['bytes']:,} bytes"
    times = f"check {result.seconds['check']:.2f} s, total {perf_counter() - start:.2f} s"
    lines = [f"HOLDS  {stated.statement}", f"checked: {result.verdict.claim}, {size}; {times}"]
    if output_file != "-":
        report(as_json, "HOLDS", facts, *lines, *wrote(output_file))
    return 0
