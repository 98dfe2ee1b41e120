"""`relucert learn`: a network of bounded neurons whose error is within epsilon of the least one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import click

from relucert.certificates.terminal import complain, printable
from relucert.certificates.writer import Yes
from relucert.reductions.exact import Rational, decimal, short, simplified
from relucert.reductions.formats import counted
from relucert.reductions.json_text import rational_to_json
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, loss_of
from relucert.verify import jobs
from relucert.verify.certify import certify_bounds
from relucert.verify.commands.options import (
    EXACT,
    SEED,
    certificate_option,
    joined,
    json_option,
    load,
    parameter_options,
    prover_options,
    refuse_mixing,
    report,
    report_unknown,
    require_distinct,
    save_network_option,
    write_certificate,
    wrote,
)
from relucert.verify.files import BadInput, refuse_overwriting, writing
from relucert.verify.jobs import Job
from relucert.verify.limits import Watch
from relucert.verify.provers.base import OutOfTime, Unknown
from relucert.verify.saved_networks import to_bytes
from relucert.verify.shown import solution_lines

SMALL = 30  # samples, with which the least error is looked for and certified, too
MOST_SIGNS = 4 * 10**7  # of all samples in all cells; beyond, and for several neurons, the provers look for the best
MOST_BITS = 200  # of common denominators, likewise: floating point takes part
TAKEN = ("neurons", "output")


@click.command()
@click.argument("source")
@parameter_options
@click.option("--epsilon", type=EXACT, required=True, help="How much more than the least error may be, e.g. 1/10.")
@click.option("--delta", type=EXACT, default="1/4", help="With what probability the draws may mislead; 1/4.")
@click.option("--seed", type=SEED, default=0, help="Of the draws; 0 if not given.")
@click.option("--realizable", is_flag=True, help="One ReLU is known to fit: Theorem 9, without draws.")
@certificate_option
@save_network_option
@prover_options
@json_option
def learn(
    source: str, parameters: dict[str, Any], options: dict[str, Any], epsilon: Rational, delta: Rational, seed: int,
    realizable: bool, output_file: str | None, save_network: str | None, prover: str, watch: Watch, as_json: bool,
) -> int:  # fmt: skip
    """Learn ReLUs of norm at most 1, so that the average squared error is within epsilon of the least one.

    Theorem 5 of Goel, Klivans, Manurangsi and Reichman: as many samples are drawn as are enough with probability
    1 − delta, all of them if there are no more, and the best network for these is found. Points outside the unit ball
    are scaled into it. Certified is the network's loss on all samples and, if they are few, what no loss is below.
    """
    from relucert.verify import learning

    refuse_mixing(as_json, output_file, save_network)
    require_distinct(output_file, save_network)
    refuse_overwriting(output_file, source)
    refuse_overwriting(save_network, source)
    if epsilon <= 0:
        raise BadInput(f"--epsilon {epsilon}: expected a number greater than 0")
    if not 0 < delta < 1:
        raise BadInput(f"--delta {delta}: expected a probability between 0 and 1")
    if unknown := sorted(joined(parameters, options).keys() - {*TAKEN}):
        raise BadInput(f"{unknown[0]}: learn is about ReLUs of norm at most 1 without biases; it takes neurons, output")
    watch.doing(f"reading {source}")
    job = load(TRAINING.name, source, parameters, options, usual={"loss": "l2"})
    require_class(source, job.instance)
    jobs.require_moderate(TRAINING.size(job.instance), dense=True)
    instance, scale = learning.bounded(job.instance)
    k, n = instance.neurons, learning.count(instance)
    said, known = [], None
    if scale > 1:
        said.append(
            f"scaled: points have norms up to {number(scale)}, so neurons at most {number(1 / Fraction(scale))}, not 1"
        )
    facts: dict[str, Any] = {"epsilon": rational_to_json(epsilon), "samples": n, "scale": rational_to_json(scale)}
    if (error := learning.of_zero(instance)) <= epsilon:
        net = learning.zero_network(instance)
        said.append(
            f"guarantee: the zero network does: its error {number(error)} is at most epsilon = {short(epsilon)}"
        )
    elif realizable:
        if k > 1:
            base, exponent = learning.net_size(k, n, epsilon)
            reason = f"the net for {k} neurons has up to {base}^{exponent} candidates; it is not searched"
            return report_unknown(as_json, source, Unknown(reason), job)
        watch.doing("moving")
        walked = learning.walk(instance, epsilon)
        if not isinstance(walked, Network):
            why = f"{counted(walked, 'move')} did not lead to one" if walked else "the signs of the labels"
            reason = f"no such ReLU fits: {why}; that is no certificate, for which there is certify"
            return report_unknown(as_json, source, Unknown(reason), job)
        net = walked
        said.append(f"guarantee: no error is larger than √epsilon, for epsilon = {short(epsilon)}")
    else:
        largest: Rational = max(abs(Fraction(s.y)) for s in instance.samples)
        enough = learning.sample_size(k, largest, epsilon, delta)
        facts |= {"enough": enough, "delta": rational_to_json(delta), "seed": seed}
        sampled = learning.drawn(instance, enough, seed) if enough < n else instance
        try:
            found = best_network(sampled, prover, watch, epsilon)
        except OverflowError:  # the search over cells is bounded in floating point first
            found = Unknown("numbers too large for floating point")
        if isinstance(found, Unknown):
            return report_unknown(as_json, source, found, job)
        net, slack = found[0], simplified(Fraction(found[1]) / learning.count(sampled))
        if k > 1 and sampled is instance:
            known = found[2]
        more = f" + {tiny(slack)}" if slack else ""
        facts |= {"drawn": enough if enough < n else n, "slack": rational_to_json(slack)}
        if enough < n:
            said.append(f"drawn: {enough} of {counted(n, 'sample')}, with seed {seed}")
            likely = short(1 - Fraction(delta))
            said.append(
                f"guarantee: within {short(epsilon)}{more} of the least error, with probability at least {likely}"
            )
        elif slack > epsilon:
            return report_unknown(
                as_json, source, Unknown("time", (f"within {decimal(slack)} of the least error",)), job
            )
        else:
            said.append(f"used: all {counted(n, 'sample')}, as {enough} draws would be as many or more")
            said.append(f"guarantee: within {tiny(slack)} of the least error, without luck" if slack else
                        "guarantee: the least error, without luck")  # fmt: skip
    return show(as_json, job, instance, net, said, facts, known, prover, watch, output_file, save_network)


def require_class(source: str, instance: TrainingInstance) -> None:
    """Raises BadInput unless the theorems are about these networks."""
    others = {
        "activation": instance.activation != "relu", "bias": instance.bias, "clip": instance.clip is not None,
        "norm_bound": instance.norm_bound not in (None, 1), "output": instance.output == "real",
        "loss": instance.loss not in ("l2", "exact"),
    }  # fmt: skip
    for name, other in others.items():
        if other:
            raise BadInput(
                f"{printable(source)}: {name} is another one: learn is about ±ReLUs without biases and squares"
            )
    if not instance.samples:
        raise BadInput(f"{printable(source)}: there are no samples")


def best_network(
    instance: TrainingInstance, prover: str, watch: Watch, epsilon: Rational
) -> tuple[Network, Rational, Any] | Unknown:
    """A network, and by how much more than the least its loss may be; and, of several neurons, the bounds."""
    from relucert.verify import learning
    from relucert.verify.arrangement import least_by_cells, most_cells
    from relucert.verify.optimum import Bounds, Minimum, few_cells, together

    n = len(instance.samples)
    short_numbers = max(learning.denominators(instance)).bit_length() <= MOST_BITS
    if instance.neurons == 1 and short_numbers and n * most_cells(n, instance.dimension) <= MOST_SIGNS:
        watch.doing("least squares over all cells")
        least = learning.least_in_ball(instance)
        return least.network, least.upper - least.lower, None
    start = least_by_cells(instance) if few_cells(instance) else learning.zero_network(instance)
    first = Bounds(replace(instance, threshold=loss_of(instance, start)), Yes(start))
    most = epsilon * learning.count(instance)
    found = first if first.upper <= most else optimum_of(instance, prover, watch, 0.9, most / Fraction(first.upper))
    if isinstance(found, Minimum):
        return found.reached.witness, 0, found
    bounds = together(found.found) if isinstance(found, Unknown) and found.found else found
    if isinstance(bounds, Unknown):
        return bounds
    return bounds.reached.witness, bounds.upper - bounds.lower, bounds


def optimum_of(instance: TrainingInstance, prover: str, watch: Watch, share: float, gap: Rational = 0) -> Any:
    """Minimum, Bounds, or Unknown with some, in a share of the time."""
    try:
        return jobs.racing(prover, watch, gap=gap, share=share)(TRAINING, instance, "minimum")
    except OutOfTime:
        return Unknown("time", ("stopped before anything was tried",))


def show(
    as_json: bool, job: Job, instance: TrainingInstance, net: Network, said: list[str], facts: dict[str, Any],
    known: Any, prover: str, watch: Watch, output_file: str | None, save_network: str | None,
) -> int:  # fmt: skip
    """Certify the loss and, of few samples, what none is below; write and print both."""
    from relucert.verify.learning import count
    from relucert.verify.optimum import Bounds, Minimum, together

    n = count(instance)
    instance = replace(instance, threshold=loss_of(instance, net))
    if known is None and len(instance.samples) <= SMALL:
        known = optimum_of(instance, prover, watch, 0.1)
        if isinstance(known, Unknown):
            known = together(known.found) if known.found else None
    bounds = Bounds(instance, Yes(net))
    if isinstance(known, Minimum):
        bounds = replace(bounds, lower=known.value, below=known.below)
    elif known is not None:
        bounds = replace(bounds, lower=known.lower, below=known.below)
    watch.doing("writing and checking")
    certified = certify_bounds(bounds)
    if isinstance(certified, Unknown):
        return report_unknown(as_json, job.source, certified, job)
    error, least = simplified(Fraction(bounds.upper, n)), simplified(Fraction(bounds.lower, n))
    if save_network is not None:
        with writing(save_network) as stream:
            stream.write(to_bytes(net, "npz" if save_network.endswith(".npz") else "json"))
    if output_file is not None:
        write_certificate(output_file, certified)
    if output_file == "-":
        complain(f"{job.source}: {job.parsed}")
        return 0
    facts |= {"error": rational_to_json(error), "least": rational_to_json(least), "read": str(job.parsed)}
    facts |= {"steps": certified.verdict.steps, "bytes": len(certified.certificate)}
    facts |= {"witness": TRAINING.witness_to_json(net), "norm_bound": rational_to_json(instance.norm_bound or 1)}
    lines = [f"learned  error {number(error)}, the average square over {counted(n, 'sample')} of {job.source}"]
    lines += [f"read: {job.parsed}", *said]
    if bounds.lower:
        lines.append(f"least error: certified to be at least {number(least)}")
    lines.append(f"checked: bounds, {certified.verdict.steps} proof steps")
    lines += [f"  {line}" for line in solution_lines(TRAINING, instance, net)]
    report(as_json, "LEARNED", facts, *lines, *wrote(output_file), *wrote(save_network))
    return 0


def tiny(value: Rational) -> str:
    """A power of ten that it is at most, if it is small, for its digits depend on what floating point has chosen.

    >>> tiny(Fraction(1, 10**9)), tiny(Fraction(2, 10**9)), tiny(Fraction(1, 8))
    ('10^-9', '10^-8', '0.125')
    """
    if value >= Fraction(1, 1000):
        return decimal(value)
    power = 3
    while value <= Fraction(1, 10 ** (power + 1)):
        power += 1
    return f"10^-{power}"


def number(value: Rational) -> str:
    """In full if it is short, or else its decimals."""
    return str(value) if len(str(value)) < 12 else f"about {decimal(value)}"
