"""Least losses: `relucert optimum` of a training set, `relucert ratio` along a reduction."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from time import perf_counter
from typing import Any

import click

from relucert.certificates.terminal import complain, printable
from relucert.certificates.writer import No
from relucert.reductions.exact import Rational, short, simplified
from relucert.reductions.json_text import rational_to_json
from relucert.reductions.problems.training import LOSSES, SIGN, TRAINING
from relucert.verify import jobs
from relucert.verify.certify import certify_bounds, certify_minimum, certify_ratio
from relucert.verify.commands.options import (
    COLUMNS,
    EXACT,
    certificate_option,
    destination,
    joined,
    json_option,
    load,
    parameter_option,
    prover_options,
    refuse_mixing,
    report,
    report_unknown,
    require_distinct,
    save_network_option,
    source_options,
    training_options,
    write_certificate,
    wrote,
)
from relucert.verify.files import BadInput, about, refuse_overwriting, writing
from relucert.verify.jobs import Job
from relucert.verify.limits import Watch
from relucert.verify.provers.base import Unknown
from relucert.verify.saved_networks import to_bytes
from relucert.verify.shown import solution_lines
from relucert.verify.signs import with_both_signs


@click.command()
@click.argument("source")
@parameter_option
@partial(training_options, losses=(*LOSSES, SIGN))
@certificate_option
@save_network_option
@click.option(
    "--gap", type=EXACT, default="0", help="Stop when bounds differ by this share of the upper one, e.g. 1/10."
)
@prover_options
@json_option
def optimum(
    source: str, parameters: dict[str, Any], options: dict[str, Any], output_file: str | None,
    save_network: str | None, gap: Rational, prover: str, watch: Watch, as_json: bool,
) -> int:  # fmt: skip
    """Find the least loss of a training set, and certify a network that reaches it and that nothing is below it.

    The loss is l2 if neither the file nor --loss says another. --loss sign counts the samples of labels 1 and -1 on the
    wrong side of one threshold, or whose sign two ReLUs or more have not, or leaky ReLUs. With --gap, or if time or
    memory end the search, bounds come instead, in one certificate.
    """
    from relucert.verify.optimum import Bounds

    start = perf_counter()
    refuse_mixing(as_json, output_file, save_network)
    require_distinct(output_file, save_network)
    if not 0 <= gap < 1:
        raise BadInput(f"--gap {gap}: expected a share of at least 0 and less than 1")
    refuse_overwriting(output_file, source)
    refuse_overwriting(save_network, source)
    given = joined(parameters, options)
    loss = given.pop("loss", None)
    if "threshold" in given or loss == "exact":
        raise BadInput("--threshold, --loss exact: optimum finds the least loss, which is l0, l1, l2 or linf")
    watch.doing(f"reading {source}")
    usual = {"loss": loss or "l2"}
    if loss == SIGN:
        usual = {"loss": "l0"}
    columns = {COLUMNS: options[COLUMNS]} if COLUMNS in options else {}
    job = load(TRAINING.name, source, given, columns, usual)
    instance = job.instance
    if "loss" in job.parsed.stated and instance.loss != "exact" and loss not in (None, instance.loss):
        raise BadInput(f"{printable(source)}: the file says loss = {instance.loss}, the command says loss = {loss}")
    if loss == SIGN:
        with about(job.source):
            instance = with_both_signs(instance)
    elif instance.loss == "exact":
        instance = replace(instance, loss=loss or "l2")
    watch.doing("writing and checking")
    found = jobs.minimised(instance, prover, watch, gap)
    if isinstance(found, Unknown) and not found.found:
        return report_unknown(as_json, source, found, job)
    if isinstance(found, Bounds | Unknown):
        return report_bounds(as_json, source, found, job, loss or instance.loss, output_file, save_network)
    result = certify_minimum(found)
    if isinstance(result, Unknown):
        return report_unknown(as_json, source, result, job)
    if save_network is not None:
        with writing(save_network) as stream:
            stream.write(to_bytes(found.reached.witness, "npz" if save_network.endswith(".npz") else "json"))
    if output_file is not None:
        write_certificate(output_file, result)
    facts = {"minimum": rational_to_json(found.value), "witness": TRAINING.witness_to_json(found.reached.witness)}
    facts |= {"loss": loss or instance.loss, "steps": result.verdict.steps, "bytes": len(result.certificate)}
    facts |= {"read": str(job.parsed)}
    if output_file == "-":
        complain(f"{job.source}: {job.parsed}")
        return 0
    steps = f"a network that reaches it, and {facts['steps']} proof steps that nothing is below"
    lines = [f"minimum  {short(found.value)}  {loss or instance.loss} loss of {source}", f"read: {job.parsed}"]
    lines += [f"checked: {steps}; {perf_counter() - start:.2f} s"]
    lines += [f"  {line}" for line in solution_lines(TRAINING, instance, found.reached.witness)]
    report(as_json, "YES", facts, *lines, *wrote(output_file), *wrote(save_network))
    return 0


def report_bounds(
    as_json: bool, source: str, found: Any, job: Job, loss: str, output_file: str | None, save_network: str | None
) -> int:
    """Certify, write and print bounds: those that were asked for, or what is known when the limits ended the search.

    found: Bounds, or Unknown with some. loss: as it was asked for.
    """
    from relucert.verify.optimum import together

    bounds = together(found.found) if isinstance(found, Unknown) else found
    certified = certify_bounds(bounds)
    if isinstance(certified, Unknown):
        return report_unknown(as_json, source, certified, job)
    if output_file is not None:
        write_certificate(output_file, certified)
    witness = bounds.reached.witness
    if save_network is not None:
        with writing(save_network) as stream:
            stream.write(to_bytes(witness, "npz" if save_network.endswith(".npz") else "json"))
    facts: dict[str, Any] = {"upper": rational_to_json(bounds.upper), "lower": rational_to_json(bounds.lower)}
    facts["gap"] = float(bounds.gap)
    facts |= {"loss": loss, "witness": TRAINING.witness_to_json(witness)}
    facts |= {"steps": certified.verdict.steps, "bytes": len(certified.certificate)}
    lines = [f"bounds  {bounds}  ({loss})", f"gap: {percent(bounds.gap)} % of the upper one"]
    lines += [f"checked: a network that reaches the one, and {certified.verdict.steps} proof steps of the other"]
    lines += [f"  {line}" for line in solution_lines(TRAINING, bounds.instance, witness)]
    lines += [*wrote(output_file), *wrote(save_network)]
    if output_file == "-":
        complain(f"{job.source}: {job.parsed}; {bounds}")
        return 3 if isinstance(found, Unknown) else 0
    if isinstance(found, Unknown):
        return report_unknown(as_json, source, found, job, facts, lines)
    report(as_json, "BOUNDS", facts | {"read": str(job.parsed)}, lines[0], f"read: {job.parsed}", *lines[1:])
    return 0


def percent(share: Rational) -> str:
    """A share of at most 1 in per cent: two digits, without an exponent, and never 0 or 100 for what is not.

    >>> [percent(Fraction(share)) for share in ("1", "0.996", "0.125", "0.0006", "1e-9", "0")]
    ['100', 'more than 99', '12', '0.06', 'less than 0.0001', '0']
    """
    if Fraction(99, 100) < share < 1:
        return "more than 99"
    if 0 < share < Fraction(1, 10**6):
        return "less than 0.0001"
    part = Fraction(100 * share)
    with localcontext(prec=2):
        return f"{(Decimal(part.numerator) / Decimal(part.denominator)).normalize():f}"


@click.command()
@source_options
@click.option(
    "-o",
    "--output-prefix",
    callback=destination,
    help="Write the certificates to PREFIX.reached, PREFIX.refuted, PREFIX.minimum.",
)
@prover_options
@json_option
def ratio(
    name: str, source: str, parameters: dict[str, Any], options: dict[str, Any], output_prefix: str | None,
    prover: str, watch: Watch, as_json: bool,
) -> int:  # fmt: skip
    """Show that a reduction keeps approximation ratios: the least loss is a constant times the least budget.

    NAME is set-cover or monotone-circuit.
    """
    from relucert.verify.optimum import RATIOS
    from relucert.verify.optimum import ratio as find_ratio

    if name not in RATIOS:
        raise BadInput(f"{name}: ratios are known for {', '.join(RATIOS)}")
    for part in ("reached", "refuted", "minimum") if output_prefix else ():
        refuse_overwriting(f"{output_prefix}.{part}", source)
    job, r = load(name, source, parameters, options, usual={"budget": 0}), RATIOS[name]()
    run = jobs.racing(prover, watch)
    found = find_ratio(r, job.instance, run, lambda target: run(TRAINING, target, "minimum"))
    if isinstance(found, Unknown):
        return report_unknown(as_json, source, found, job)
    read = {"read": str(job.parsed)}
    if isinstance(found, No):
        reason = "no budget suffices"
        report(as_json, "NO", {"reason": reason, **read}, f"NO  {source}: {reason}", f"read: {job.parsed}")
        return 0
    certificates = certify_ratio(r, job.instance, found)
    if isinstance(certificates, Unknown):
        return report_unknown(as_json, source, certificates, job)
    for part, certified in certificates.items() if output_prefix else ():
        write_certificate(f"{output_prefix}.{part}", certified)
    unit = rational_to_json(simplified(Fraction(found.loss.value) / found.budget)) if found.budget else 0
    facts = {"budget": found.budget, "minimum": rational_to_json(found.loss.value), "unit": unit, **read}
    loss, one = short(found.loss.value), short(Fraction(found.loss.value) / found.budget) if found.budget else "0"
    lines = [f"least budget  {found.budget}", f"least loss    {loss} = {found.budget} · {one}"]
    steps = sum(c.verdict.steps for c in certificates.values())
    lines += [f"read: {job.parsed}", f"checked: {len(certificates)} certificates, {steps} proof steps"]
    report(as_json, "YES", facts, *lines)
    return 0
