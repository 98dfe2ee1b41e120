"""The command line: parse, call, print."""

from __future__ import annotations

import io
import json
import logging
import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial, wraps
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from relucert.certificates.about import give
from relucert.certificates.checker import Limits
from relucert.certificates.command import Order, check_files
from relucert.certificates.terminal import OutputFailed, complain, guard_streams, printable, say
from relucert.certificates.writer import No
from relucert.reductions import CATALOGUE, PROBLEMS, reduction
from relucert.reductions.core import (
    AnyReduction,
    InvalidInstance,
    Parsed,
    Problem,
    Rational,
    dumps,
    exact,
    loads,
    parse_rational,
    rational_to_json,
)
from relucert.reductions.problems.training import ACTIVATIONS, LOSSES, OUTPUTS, TRAINING, Network, TrainingInstance
from relucert.verify.certify import (
    CertificateRefused,
    Certified,
    ReductionRefuted,
    certify_instance,
    certify_lemma,
    certify_minimum,
    certify_ratio,
    certify_reduction,
)
from relucert.verify.files import BadInput, about, descriptor_of, read_text, refuse_overwriting, writing
from relucert.verify.provers.base import Unknown

MAX_SIZE = 10**8  # samples, dimensions, vertices or whatever else measures a target


def main() -> None:
    """The entry point: every error of the user's is one line on standard error and exit code 2."""
    try:
        guard_streams()
        sys.exit(cli.main(standalone_mode=False, prog_name="relucert"))
    except click.exceptions.NoArgsIsHelpError as help_text:
        for line in help_text.format_message().splitlines():
            complain(line)
        sys.exit(2)
    except click.ClickException as problem:
        fail(problem.format_message())
    except (BadInput, InvalidInstance, OutputFailed) as problem:
        fail(str(problem))
    except ReductionRefuted as finding:
        complain(f"relucert: {finding}")
        sys.exit(1)
    except (KeyboardInterrupt, click.Abort):
        complain("relucert: interrupted; nothing was written")
        sys.exit(130)


def fail(reason: str) -> None:
    complain("relucert: " + " ".join(reason.split()))
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Executable hardness reductions for training depth-2 ReLU networks, with certificates that check themselves.

    Exit codes: 0 decided or accepted; 1 rejected; 2 bad input, malformed, or the output cannot be written; 3 UNKNOWN or
    resource limit.
    """


# ------------------------------------------------------------------------------------------------- what commands share


def numbers(_context: Any, _option: Any, values: tuple[str, ...]) -> dict[str, int]:
    """Parse -p name=value options."""
    result: dict[str, int] = {}
    for text in values:
        match = re.fullmatch(r"([^=]+)=(-?[0-9]{1,18})", text)
        if not match:
            raise click.BadParameter(f"{text!r} is not of the form name=integer")
        if match[1] in result:
            raise click.BadParameter(f"{match[1]!r} is given twice")
        result[match[1]] = int(match[2])
    return result


def shared(*options: Callable[..., Any]) -> Callable[..., Any]:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def destination(_context: Any, _option: Any, path: str | None) -> str | None:
    """An output file; every name of standard output is '-'."""
    if path == "":
        raise click.BadParameter("the name of the file is empty")
    return "-" if path is not None and descriptor_of(path) == 1 else path


def rational(_context: Any, _option: Any, texts: Any) -> Any:
    """Parse a rational, or each of several."""
    try:
        if isinstance(texts, tuple):
            return tuple(map(parse_rational, texts))
        return None if texts is None else parse_rational(texts)
    except InvalidInstance as problem:
        raise click.BadParameter(str(problem)) from None


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object with a verdict.")
output_option = click.option(
    "-o", "--output-file", default="-", show_default=True, callback=destination, help="Where to write; - is stdout."
)
certificate_option = click.option(
    "-o",
    "--output-file",
    callback=destination,
    help="Write the certificate here; compressed if the name ends in .gz.",
)
parameter_option = click.option(
    "-p", "parameters", multiple=True, callback=numbers, help="A parameter, e.g. -p colors=3."
)
source_options = shared(click.argument("name"), click.argument("source"), parameter_option)


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a bare training set leaves open; the command gets those options that were given as a mapping `options`."""

    @wraps(command)
    def collect(**arguments: Any) -> Any:
        given = {name: arguments.pop(name) for name in TRAINING.parameters}
        return command(options={name: value for name, value in given.items() if value is not None}, **arguments)

    for_set = "For a training set: "
    return shared(
        click.option("--neurons", type=click.IntRange(min=1), help=f"{for_set}the number of neurons."),
        click.option("--activation", type=click.Choice(ACTIVATIONS), help=f"{for_set}relu if not given."),
        click.option("--output", type=click.Choice(OUTPUTS), help=f"{for_set}output weights ±1 (signs), 1 or any."),
        click.option("--bias/--no-bias", default=None, help=f"{for_set}whether neurons have biases."),
        click.option("--clip", nargs=2, metavar="LOW HIGH", callback=rational, help=f"{for_set}values are clipped."),
        click.option("--loss", type=click.Choice(LOSSES), help=f"{for_set}exact if not given."),
        click.option("--threshold", callback=rational, help=f"{for_set}what the loss may be."),
        click.option("--norm-bound", callback=rational, help=f"{for_set}what the norm of a neuron may be."),
    )(collect)


def option_for(problem: Problem[Any, Any], name: str, value: Any) -> str:
    """How a parameter of a problem is given."""
    if problem is not TRAINING:
        return give(problem, name, value)
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option} {' '.join(map(str, value)) if isinstance(value, tuple) else value}"


@dataclass(frozen=True)
class Job:
    """What a command is about: an instance of a problem, what its file says and, if one was named, a reduction."""

    source: str
    problem: Problem[Any, Any]
    instance: Any
    parsed: Parsed[Any]
    reduction: AnyReduction | None


def load(
    name: str,
    source: str,
    parameters: Mapping[str, int],
    options: Mapping[str, Any] = {},
    usual: Mapping[str, Any] = {},
) -> Job:
    """Read the source instance of a reduction, or an instance of a problem of that name.

    options: those of a training set. usual: parameters that the command needs not be given.
    """
    if name in PROBLEMS:
        r, problem, rest = None, PROBLEMS[name], parameters
    else:
        own = CATALOGUE[name]().parameters if name in CATALOGUE else {}
        r = reduction(name, {key: value for key, value in parameters.items() if key in own})
        problem, rest = r.source, {key: value for key, value in parameters.items() if key not in own}
    if unknown := rest.keys() - problem.parameters.keys():
        raise BadInput(f"{name} has no parameter {min(unknown)!r}")
    if options and problem is not TRAINING:
        raise BadInput(
            f"{option_for(TRAINING, *min(options.items()))} is about training sets, not about {problem.name}"
        )
    text = read_text(source)
    with about(source):
        parsed = problem.parse(text, Path(source).suffix)
        given = {key: value for key, value in usual.items() if key not in parsed.stated} | {**rest, **options}
        for missing in problem.missing(parsed, given):
            option = option_for(problem, missing, missing[0].upper())
            raise InvalidInstance(f"{problem.parameters[missing]} is missing: {option}")
        instance = problem.complete(parsed, given)
        require_moderate_target(r, instance)
    for remark in parsed.remarks:
        complain(f"{source}: {remark}")
    return Job(source, problem, instance, parsed, r)


def require_moderate_target(r: AnyReduction | None, source: Any) -> None:
    """A few words of input must not ask for a target that no machine holds."""
    for size in r.stages(source) if r else ():
        measure = max(size.measures, key=size.measures.__getitem__)
        if size.measures[measure] > MAX_SIZE:
            raise InvalidInstance(f"the target would be too large: {measure} {size.measures[measure]}")


def report(as_json: bool, verdict: str, data: dict[str, Any], *lines: str) -> None:
    """Print the outcome of a command: one JSON object, or lines for people."""
    if as_json:
        say(json.dumps({"verdict": verdict, **data}, sort_keys=True))
    else:
        say(*lines)


def report_unknown(as_json: bool, what: str, result: Unknown, job: Job | None = None) -> int:
    """Print that there is no answer, and why; returns the exit code."""
    read = {} if job is None else {"read": str(job.parsed)}
    lines = [f"{key}: {value}" for key, value in read.items()]
    report(as_json, "UNKNOWN", {"reason": result.reason, **read}, f"UNKNOWN  {what}: {result.reason}", *lines)
    return 3


def report_written(as_json: bool, verdict: str, path: str, job: Job) -> None:
    """Print what was read, and the file that was written; beside standard output on standard error."""
    if path == "-":
        complain(f"{job.source}: {job.parsed}")
    else:
        facts = {"file": path, "read": str(job.parsed)}
        report(as_json, verdict, facts, f"read: {job.parsed}", f"wrote {path}")


def write_or_embed(path: str, as_json: bool, verdict: str, key: str, pieces: Iterator[str], job: Job) -> None:
    """Write a result to its file; with --json and no file it becomes a member of the printed object."""
    if as_json and path == "-":
        report(True, verdict, {key: loads("".join(pieces)), "read": str(job.parsed)})
        return
    with writing(path) as stream:
        for piece in pieces:
            stream.write(piece.encode())
        stream.write(b"\n")
    report_written(as_json, verdict, path, job)


# ------------------------------------------------------------------------------------------------------------ commands


@cli.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the reductions with their theorems."""
    rows = []
    for name, cls in CATALOGUE.items():
        r = cls()
        given_by_p = () if r.source is TRAINING else r.source.parameters  # training sets have options of their own
        parameters = [*given_by_p, *r.parameters]
        rows.append((name, r.source.name, r.target.name, parameters, r.reference))
    keys = ("name", "source", "target", "parameters", "reference")
    if as_json:
        report(True, "UNKNOWN", {"reductions": [dict(zip(keys, row, strict=True)) for row in rows]})
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("reduction", "from", "to", "-p"):
        table.add_column(heading, no_wrap=True)
    table.add_column("theorem")
    for name, source, target, parameters, reference in rows:
        table.add_row(name, source, target, " ".join(parameters), reference)
    page = Console(file=io.StringIO(), width=max(118, Console().width), highlight=False)
    page.print(table)
    say(*page.file.getvalue().splitlines())


@cli.command("reduce")
@source_options
@training_options
@output_option
@json_option
def reduce_(
    name: str, source: str, parameters: dict[str, int], options: dict[str, Any], output_file: str, as_json: bool
) -> None:
    """Write the target instance of a reduction as canonical JSON."""
    refuse_overwriting(output_file, source)
    job = load(name, source, parameters, options)
    r = require_reduction(job, name)
    with about(source):
        target = r.reduce(job.instance)
    write_or_embed(output_file, as_json, "UNKNOWN", "target", r.target.canonical(target), job)


def require_reduction(job: Job, name: str) -> AnyReduction:
    if job.reduction is None:
        raise BadInput(f"{name} is a problem; this command takes a reduction: {', '.join(CATALOGUE)}")
    return job.reduction


prover_options = shared(
    click.option(
        "--prover", type=click.Choice(["auto", "z3", "lp"]), default="auto", help="auto: both, the first wins."
    ),
    click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), default=600.0, help="Seconds in all."),
    click.option("--memory-limit", type=click.FloatRange(min=0, min_open=True), help="Gigabytes for each prover."),
)


@cli.command()
@source_options
@training_options
@certificate_option
@prover_options
@json_option
def certify(
    name: str, source: str, parameters: dict[str, int], options: dict[str, Any], output_file: str | None, prover: str,
    time_limit: float, memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Decide SOURCE, certify the answer and check the certificate.

    NAME is a reduction (both of its sides are decided), or a problem: training, hypergraph-coloring.
    """
    start = perf_counter()
    refuse_overwriting(output_file, source)
    job = load(name, source, parameters, options)
    if job.reduction is not None and not job.reduction.exact:
        raise BadInput(f"{name}: with these parameters it is a gap reduction, whose two sides need not agree")
    decide = racing(prover, time_limit, memory_limit)
    try:
        with about(source):
            if job.reduction is None:
                result = certify_instance(job.problem, job.instance, decide)
            else:
                result = certify_reduction(job.reduction, job.instance, decide)
    except CertificateRefused as failure:
        result = Unknown(f"the checker refused the provers' certificate: {failure}")
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


def file_of(path: str | None) -> dict[str, str]:
    return {} if path is None else {"file": path}


def wrote(path: str | None) -> list[str]:
    return [] if path is None else [f"wrote {path}"]


def racing(prover: str, time_limit: float, memory_limit: float | None) -> Callable[..., Any]:
    """A way to decide instances, or to find their minima, within limits that hold for all of them together."""
    from relucert.verify.isolate import race
    from relucert.verify.provers import provers_for
    from relucert.verify.provers.base import Deadline

    deadline = Deadline(time_limit)
    memory = None if memory_limit is None else int(memory_limit * 2**30)

    def run(problem: Problem[Any, Any], instance: Any, what: str = "decide", claimed: Any = None) -> Any:
        def task(one: Any, until: Deadline) -> Any:
            if what == "minimum":
                from relucert.verify.optimum import minimum

                return minimum(instance, one, until)
            from relucert.verify.decide import decide

            return decide(problem, instance, one, until, claimed=claimed)

        with working(f"{what}: the {problem.name} instance"):
            return race(task, provers_for(problem, prover), deadline, memory)

    return run


def write_certificate(path: str, result: Certified) -> None:
    import gzip

    with writing(path) as stream:
        stream.write(gzip.compress(result.certificate, mtime=0) if path.endswith(".gz") else result.certificate)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal that something is going on."""
    with Console(stderr=True).status(what + " …"):
        yield


@cli.command()
@click.argument("source")
@training_options
@certificate_option
@prover_options
@json_option
def optimum(
    source: str, options: dict[str, Any], output_file: str | None, prover: str, time_limit: float,
    memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Find the least loss of a training set, and certify a network that reaches it and that nothing is below it.

    The loss is l2 if neither the file nor --loss says another.
    """
    start = perf_counter()
    refuse_overwriting(output_file, source)
    loss = options.pop("loss", None)
    if "threshold" in options or loss == "exact":
        raise BadInput("--threshold, --loss exact: optimum finds the least loss, which is l0, l1, l2 or linf")
    job = load(TRAINING.name, source, {}, options, usual={"loss": loss or "l2"})
    instance = job.instance
    if instance.loss == "exact":
        instance = replace(instance, loss=loss or "l2")
    elif loss not in (None, instance.loss):
        raise BadInput(f"{printable(source)}: the file says loss = {instance.loss}, the command says loss = {loss}")
    found = racing(prover, time_limit, memory_limit)(TRAINING, instance, "minimum")
    if isinstance(found, Unknown):
        return report_unknown(as_json, source, found, job)
    result = certify_minimum(found)
    if output_file is not None:
        write_certificate(output_file, result)
    facts = {"minimum": rational_to_json(found.value), "witness": TRAINING.witness_to_json(found.reached.witness)}
    facts |= {"loss": instance.loss, "steps": result.verdict.steps, "bytes": len(result.certificate)}
    facts |= {"read": str(job.parsed)}
    if output_file == "-":
        complain(f"{job.source}: {job.parsed}")
        return 0
    steps = f"a network that reaches it, and {facts['steps']} proof steps that nothing is below"
    lines = [f"minimum  {found.value}  {instance.loss} loss of {source}", f"read: {job.parsed}"]
    lines += [f"checked: {steps}; {perf_counter() - start:.2f} s", f"network: {dumps(facts['witness'])}"]
    report(as_json, "YES", facts, *lines, *wrote(output_file))
    return 0


def slopes_of(_context: Any, _option: Any, text: str) -> list[Rational]:
    """Parse --slopes."""
    try:
        return [parse_rational(part.strip()) for part in text.split(",")]
    except InvalidInstance as problem:
        raise click.BadParameter(str(problem)) from None


@cli.command("lemma")
@click.argument("name", type=click.Choice(["selection", "ramps", "stripe"]))
@click.option("--slopes", default="0,1", show_default=True, callback=slopes_of, help="selection, stripe: s1,s2,…")
@click.option("--neurons", type=click.IntRange(min=1), help="selection: fewer than four for each gadget never fit.")
@click.option(
    "--gadgets", type=click.IntRange(min=1), default=1, show_default=True, help="selection: how many, stacked."
)
@click.option("--dimension", type=click.IntRange(min=1), default=1, show_default=True, help="ramps: of the source.")
@certificate_option
@prover_options
@json_option
def lemma_(
    name: str, slopes: list[Rational], neurons: int | None, gadgets: int, dimension: int, output_file: str | None,
    prover: str, time_limit: float, memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Prove a gadget lemma: what every network that fits the gadget's samples looks like.

    selection: a fit by four ReLUs has one of the slopes; fewer than four for each gadget do not fit. ramps: a fit by
    four ReLUs is a ramp up and a ramp down. stripe: a fit by two thresholds follows one of the slopes.
    """
    from relucert.verify.lemmas import ramps, selection, stripe

    start = perf_counter()
    if name == "selection":
        lemma = selection(slopes, neurons or 4 * gadgets - (gadgets > 1), gadgets)
    else:
        lemma = ramps(dimension) if name == "ramps" else stripe(slopes)
    run = racing(prover, time_limit, memory_limit)
    if lemma.claimed is None:
        result: Any = certify_instance(TRAINING, lemma.instance, run)
    else:
        result = certify_lemma(lemma.instance, lemma.claimed, partial(run, claimed=lemma.claimed))
    if isinstance(result, Unknown):
        return report_unknown(as_json, lemma.statement, result)
    if not isinstance(result, Certified) or result.answer == "YES":
        raise AssertionError(f"this lemma is wrong: {lemma.statement}")  # a finding, and worth a traceback
    if output_file is not None:
        write_certificate(output_file, result)
    facts = {"statement": lemma.statement, "steps": result.verdict.steps, "bytes": len(result.certificate)}
    size = f"{len(lemma.instance.samples)} samples, {facts['steps']} proof steps, {facts['bytes']:,} bytes"
    times = f"check {result.seconds['check']:.2f} s, total {perf_counter() - start:.2f} s"
    lines = [f"HOLDS  {lemma.statement}", f"checked: {result.verdict.claim}, {size}; {times}"]
    if output_file != "-":
        report(as_json, "HOLDS", facts, *lines, *wrote(output_file))
    return 0


@cli.command("ratio")
@source_options
@click.option(
    "-o",
    "--output-prefix",
    callback=destination,
    help="Write the certificates to PREFIX.reached, PREFIX.refuted, PREFIX.minimum.",
)
@prover_options
@json_option
def ratio_(
    name: str, source: str, parameters: dict[str, int], output_prefix: str | None,
    prover: str, time_limit: float, memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Show that a reduction keeps approximation ratios: the least loss is a constant times the least budget.

    NAME is set-cover or monotone-circuit.
    """
    from relucert.verify.optimum import RATIOS, ratio

    if name not in RATIOS:
        raise BadInput(f"{name}: ratios are known for {', '.join(RATIOS)}")
    for part in ("reached", "refuted", "minimum") if output_prefix else ():
        refuse_overwriting(f"{output_prefix}.{part}", source)
    job, r = load(name, source, parameters, usual={"budget": 0}), RATIOS[name]()
    run = racing(prover, time_limit, memory_limit)
    found = ratio(r, job.instance, run, lambda target: run(TRAINING, target, "minimum"))
    if isinstance(found, Unknown):
        return report_unknown(as_json, source, found, job)
    read = {"read": str(job.parsed)}
    if isinstance(found, No):
        reason = "no budget suffices"
        report(as_json, "NO", {"reason": reason, **read}, f"NO  {source}: {reason}", f"read: {job.parsed}")
        return 0
    certificates = certify_ratio(r, job.instance, found)
    for part, certified in certificates.items() if output_prefix else ():
        write_certificate(f"{output_prefix}.{part}", certified)
    unit = rational_to_json(exact(Fraction(found.loss.value) / found.budget)) if found.budget else 0
    facts = {"budget": found.budget, "minimum": rational_to_json(found.loss.value), "unit": unit, **read}
    lines = [f"least budget  {found.budget}", f"least loss    {facts['minimum']} = {found.budget} · {unit}"]
    steps = sum(c.verdict.steps for c in certificates.values())
    lines += [f"read: {job.parsed}", f"checked: {len(certificates)} certificates, {steps} proof steps"]
    report(as_json, "YES", facts, *lines)
    return 0


@cli.command("check")
@click.argument("files", nargs=-1, required=True)
@click.option("--source", help="A file that the certificate must be about.")
@click.option("--strict", is_flag=True, help="Reject what neither SOURCE nor an option says: give -p, or --neurons, …")
@parameter_option
@training_options
@click.option("--work-limit", type=click.IntRange(min=1), help="Units of work for each file; by its size if not given.")
@json_option
def check_(
    files: tuple[str, ...], source: str | None, strict: bool, parameters: dict[str, int], options: dict[str, Any],
    work_limit: int | None, as_json: bool,
) -> int:  # fmt: skip
    """Check certificates; needs no solver. The exit code is the worst of the verdicts.

    With --source, and with -p or the options of a training set, a certificate must also be about that file and those
    parameters. Parameters that only the certificate states are printed; --strict rejects them, unless they have the
    value that certify takes if none is given.
    """
    limits = Limits(work=work_limit)
    return check_files(files, Order({**parameters, **options}, source or "", strict, limits), as_json, option_for)


def carry(direction: str, name: str, job: Job, source: str, witness: str, output_file: str, as_json: bool) -> None:
    """Map a witness along a reduction and verify it on both sides."""
    r = require_reduction(job, name)
    with about(source):
        target = r.reduce(job.instance)
    here, there, witness_map = (r.source, job.instance), (r.target, target), r.forward
    if direction == "backward":
        here, there, witness_map = there, here, r.backward
    with about(witness):
        given = here[0].witness_from_json(loads(read_text(witness)))
        if not here[0].accepts(here[1], given):
            raise InvalidInstance(f"this does not solve the {here[0].name} instance")
    image = witness_map(job.instance, given)
    if not there[0].accepts(there[1], image):
        raise ReductionRefuted(f"{name}: the {direction} image of this solution solves nothing")
    write_or_embed(output_file, as_json, "YES", "witness", iter([dumps(there[0].witness_to_json(image))]), job)


def witness_command(direction: str, summary: str) -> None:
    @cli.command(direction, help=summary)
    @source_options
    @click.argument("witness")
    @training_options
    @output_option
    @json_option
    def command(
        name: str, source: str, parameters: dict[str, int], witness: str, options: dict[str, Any], output_file: str,
        as_json: bool,
    ) -> None:  # fmt: skip
        refuse_overwriting(output_file, source, witness)
        job = load(name, source, parameters, options)
        carry(direction, name, job, source, witness, output_file, as_json)


witness_command("forward", "Turn a solution of SOURCE (a JSON file) into a solution of the target.")
witness_command("backward", "Turn a solution of the target (a JSON file) into a solution of SOURCE.")


@cli.command()
@source_options
@training_options
@click.option("--to", "kind", type=click.Choice(["smt2", "csv", "npz", "json"]), required=True)
@click.option("--float", "lossy", is_flag=True, help="csv, npz: floating-point numbers instead of exact fractions.")
@output_option
@json_option
def export(
    name: str, source: str, parameters: dict[str, int], options: dict[str, Any], kind: str, lossy: bool,
    output_file: str, as_json: bool,
) -> None:  # fmt: skip
    """Write a training instance, or the target of a reduction, for another tool."""
    from relucert.verify.export import to_csv, to_npz, to_smtlib

    if lossy and kind not in ("csv", "npz"):
        raise BadInput(f"--float goes with csv and npz; {kind} is always exact")
    refuse_overwriting(output_file, source)
    job = load(name, source, parameters, options)
    with about(source):
        problem, instance = job.problem, job.instance
        if job.reduction is not None:
            problem, instance = job.reduction.target, job.reduction.reduce(instance)
        if not isinstance(instance, TrainingInstance):
            raise InvalidInstance(f"{kind} exports training instances, and this is one of {problem.name}")
        if kind == "npz":
            pieces: Iterator[bytes] = iter([to_npz(instance, lossy)])
        else:
            texts = {"smt2": to_smtlib, "json": TRAINING.canonical, "csv": lambda i: to_csv(i, lossy)}
            pieces = (piece.encode() for piece in texts[kind](instance))
        with writing(output_file) as stream:
            for piece in pieces:
                stream.write(piece)
    report_written(as_json, "UNKNOWN", output_file, job)


@cli.command("plot")
@click.argument("source")
@training_options
@click.option("--network", help="A network to draw as well, as JSON.")
@click.option("--line", help="Draw the cross-section on the line x1 = LINE.")
@click.option("--window", nargs=4, metavar="X1 X1 X2 X2", help="Draw this part only: x1 from, to, x2 from, to.")
@click.option("--dark", is_flag=True, help="Light colours on a dark ground.")
@click.option(
    "-o", "--output-file", required=True, callback=destination, help="Where to write; the name ends in .svg or .png."
)
@json_option
def plot_(
    source: str, options: dict[str, Any], network: str | None, line: str | None, window: tuple[str, ...] | None,
    dark: bool, output_file: str, as_json: bool,
) -> None:  # fmt: skip
    """Draw a training set in one or two dimensions and, if given, a network."""
    kind = Path(output_file).suffix[1:]
    if kind not in ("svg", "png"):
        raise BadInput(f"{printable(output_file)}: the name of a picture ends in .svg or .png")
    refuse_overwriting(output_file, source, network)
    job = load(TRAINING.name, source, {}, options, usual={"neurons": 1})  # the samples are all there is to draw
    instance = job.instance
    net = None
    if network is not None:
        with about(network):
            net = read_network(read_text(network), instance)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it remarks on its caches and on the user's settings
    from relucert.verify.plot import plot

    try:
        numbers_of = {"line": line and parse_rational(line), "window": window and [*map(parse_rational, window)]}
    except InvalidInstance as problem:
        raise BadInput(f"--line, --window: {problem}") from None
    with about(source):
        picture = plot(instance, net, kind, dark, **numbers_of)
    with writing(output_file) as stream:
        stream.write(picture)
    report_written(as_json, "UNKNOWN", output_file, job)


def read_network(text: str, instance: TrainingInstance) -> Network:
    """A network that goes with an instance; it need not fit."""
    net = TRAINING.witness_from_json(loads(text))
    if any(len(row) != instance.dimension for row in net.weights):
        raise InvalidInstance(f"the network is not one of {instance.dimension} dimensions")
    if not len(net.weights) == len(net.biases) == len(net.output):
        raise InvalidInstance("the network's weights, biases and output weights differ in number")
    return net


@cli.command()
@json_option
def version(as_json: bool) -> None:
    """Print the versions of relucert, Python and the solvers."""
    from importlib import metadata

    versions = {"relucert": metadata.version("relucert"), "python": platform.python_version()}
    for package in ("z3-solver", "python-sat", "highspy", "python-flint"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    report(as_json, "UNKNOWN", {"versions": versions}, *(f"{name} {v}" for name, v in versions.items()))
