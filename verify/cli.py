"""The command line: parse, call, print."""

from __future__ import annotations

import json
import logging
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from certificates.checker import Limits, Verdict, check
from certificates.writer import No
from reductions import CATALOGUE, PROBLEMS, reduction
from reductions.core import (
    AnyReduction,
    InvalidInstance,
    Problem,
    Rational,
    dumps,
    exact,
    loads,
    parse_rational,
    rational_to_json,
)
from reductions.problems.training import TRAINING, Network, TrainingInstance, read_training_set
from verify.certify import (
    CertificateRefused,
    Certified,
    ReductionRefuted,
    certify_instance,
    certify_lemma,
    certify_minimum,
    certify_ratio,
    certify_reduction,
)
from verify.files import BadInput, about, read_text, writing
from verify.provers.base import Unknown

MAX_SIZE = 10**8  # samples, dimensions or neurons of a target

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def main() -> None:
    """The entry point: every error of the user's is one line on standard error and exit code 2."""
    try:
        sys.exit(cli.main(standalone_mode=False, prog_name="relucert"))
    except click.exceptions.NoArgsIsHelpError as help_text:
        click.echo(help_text.format_message())
        sys.exit(2)
    except click.ClickException as problem:
        fail(problem.format_message())
    except (BadInput, InvalidInstance) as problem:
        fail(str(problem))
    except ReductionRefuted as finding:
        err.print(f"relucert: {finding}", markup=False)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, e.g. `| head`
        sys.exit(141)
    except (KeyboardInterrupt, click.Abort):
        err.print("relucert: interrupted; nothing was written")
        sys.exit(130)


def fail(reason: str) -> None:
    err.print("relucert: " + " ".join(reason.split()), markup=False)
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Executable hardness reductions for training depth-2 ReLU networks, with certificates that check themselves.

    Exit codes: 0 decided or accepted, 1 rejected, 2 bad input or malformed, 3 UNKNOWN or resource limit.
    """


# ------------------------------------------------------------------------------------------------- what commands share


def numbers(_context: Any, _option: Any, values: tuple[str, ...]) -> dict[str, int]:
    """Parse -p name=value options."""
    result = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not (equals and value.isascii() and value.lstrip("-").isdigit() and len(value) < 20):
            raise click.BadParameter(f"{text!r} is not of the form name=integer")
        result[name] = int(value)
    return result


def shared(*options: Callable[..., Any]) -> Callable[..., Any]:
    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object with a verdict.")
output_option = click.option("-o", "--output-file", default="-", show_default=True, help="Where to write; - is stdout.")
source_options = shared(
    click.argument("name"),
    click.argument("source"),
    click.option("-p", "parameters", multiple=True, callback=numbers, help="A parameter, e.g. -p colors=3."),
)
training_options = shared(
    click.option("--neurons", type=click.IntRange(min=1), help="For a training set: the number of neurons."),
    click.option("--output", type=click.Choice(["signs", "ones"]), help="For a training set: output weights ±1 or 1."),
    click.option("--bias", is_flag=True, help="For a training set: neurons have biases."),
)


@dataclass(frozen=True)
class Job:
    """What a command is about: an instance of a problem and, if a reduction was named, that reduction."""

    problem: Problem[Any, Any]
    instance: Any
    reduction: AnyReduction | None


def load(
    name: str, source: str, parameters: dict[str, int],
    neurons: int | None = None, output: str | None = None, bias: bool = False,
) -> Job:  # fmt: skip
    """Read the source instance of a reduction, or an instance of a problem of that name."""
    if name in PROBLEMS:
        r, problem, rest = None, PROBLEMS[name], parameters
    else:
        own = CATALOGUE[name]().parameters if name in CATALOGUE else {}
        r = reduction(name, {key: value for key, value in parameters.items() if key in own})
        problem, rest = r.source, {key: value for key, value in parameters.items() if key not in own}
    if unknown := rest.keys() - problem.parameters.keys():
        raise BadInput(f"{name} has no parameter {min(unknown)!r}")
    text, suffix = read_text(source), Path(source).suffix
    with about(source):
        if problem is TRAINING:
            training = read_training(text, suffix, neurons, output, bias)
            require_moderate_target(r, training)
            return Job(problem, training, r)
        if neurons is not None or output is not None or bias:
            raise BadInput(f"--neurons, --output and --bias are about training sets, not about {problem.name}")
        instance, remarks = problem.read(text, suffix, rest)
        require_moderate_target(r, instance)
    for remark in remarks:
        err.print(f"{source}: {remark}", markup=False)
    return Job(problem, instance, r)


def require_moderate_target(r: AnyReduction | None, source: Any) -> None:
    """A few words of input must not ask for a target that no machine holds."""
    for size in r.sizes(source) if r else ():
        if max(size.samples, size.dimension, size.neurons) > MAX_SIZE:
            raise InvalidInstance(f"the target would have {size.samples} samples in {size.dimension} dimensions")


def read_training(text: str, suffix: str, neurons: int | None, output: str | None, bias: bool) -> TrainingInstance:
    """Read a training set, or a complete instance whose class of networks no option may contradict."""
    if text.lstrip().startswith("{") and '"neurons"' in text:
        instance = TRAINING.instance_from_json(loads(text))
        for option, value in {"neurons": neurons, "output": output, "bias": bias or None}.items():
            if value is not None and value != getattr(instance, option):
                raise InvalidInstance(f"the file says {option} {getattr(instance, option)}, the option says {value}")
        return instance
    dimension, samples = read_training_set(text, suffix)
    if neurons is None:
        raise InvalidInstance("the number of neurons is missing: --neurons K")
    return TrainingInstance(dimension, neurons, samples, output=output or "signs", bias=bias)


def report(as_json: bool, verdict: str, data: dict[str, Any], text: str) -> None:
    """Print the outcome of a command: one JSON object, or text for people."""
    if as_json:
        out.print(json.dumps({"verdict": verdict, **data}, sort_keys=True), markup=False)
    elif text:
        out.print(text, markup=False)


def write_or_embed(path: str, as_json: bool, verdict: str, key: str, pieces: Iterator[str]) -> None:
    """Write a result to its file; with --json and no file it becomes a member of the printed object."""
    if as_json and path == "-":
        report(True, verdict, {key: loads("".join(pieces))}, "")
        return
    with writing(path) as stream:
        for piece in pieces:
            stream.write(piece.encode())
        stream.write(b"\n")
    if path != "-":
        report(as_json, verdict, {"file": path}, f"wrote {path}")


# ------------------------------------------------------------------------------------------------------------ commands


@cli.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the reductions with their theorems."""
    rows = []
    for name, cls in CATALOGUE.items():
        r = cls()
        parameters = [*r.source.parameters, *r.parameters]
        rows.append((name, r.source.name, r.target.name, parameters, r.reference))
    keys = ("name", "source", "target", "parameters", "reference")
    if as_json:
        report(True, "UNKNOWN", {"reductions": [dict(zip(keys, row, strict=True)) for row in rows]}, "")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("reduction", "from", "to", "-p"):
        table.add_column(heading, no_wrap=True)
    table.add_column("theorem")
    for name, source, target, parameters, reference in rows:
        table.add_row(name, source, target, " ".join(parameters), reference)
    Console(width=max(118, out.width), highlight=False).print(table)


@cli.command("reduce")
@source_options
@training_options
@output_option
@json_option
def reduce_(
    name: str, source: str, parameters: dict[str, int], neurons: int | None, output: str | None, bias: bool,
    output_file: str, as_json: bool,
) -> None:  # fmt: skip
    """Write the target instance of a reduction as canonical JSON."""
    job = load(name, source, parameters, neurons, output, bias)
    r = require_reduction(job, name)
    with about(source):
        target = r.reduce(job.instance)
    write_or_embed(output_file, as_json, "UNKNOWN", "target", r.target.canonical(target))


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
@click.option("-o", "--output-file", help="Write the certificate here; compressed if the name ends in .gz.")
@prover_options
@json_option
def certify(
    name: str, source: str, parameters: dict[str, int], neurons: int | None, output: str | None, bias: bool,
    output_file: str | None, prover: str, time_limit: float, memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Decide SOURCE, certify the answer and check the certificate.

    NAME is a reduction (both of its sides are decided), or a problem: training, hypergraph-coloring.
    """
    start = perf_counter()
    job = load(name, source, parameters, neurons, output, bias)
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
        report(as_json, "UNKNOWN", {"reason": result.reason}, f"UNKNOWN  {name} {source}: {result.reason}")
        return 3
    if output_file is not None:
        write_certificate(output_file, result)
    seconds = {**result.seconds, "total": perf_counter() - start}
    facts = {
        "claim": result.verdict.claim,
        "steps": result.verdict.steps,
        "bytes": len(result.certificate),
        "seconds": {key: round(value, 3) for key, value in seconds.items()},
    }
    if output_file == "-":
        return 0
    times = ", ".join(f"{key} {value:.2f} s" for key, value in seconds.items())
    text = f"{result.answer}  {name} {source}\nchecked: {facts['claim']}, {facts['steps']} proof steps, "
    text += f"{facts['bytes']:,} bytes; {times}" + (f"\nwrote {output_file}" if output_file else "")
    report(as_json, result.answer, facts | ({"file": output_file} if output_file else {}), text)
    return 0


def racing(prover: str, time_limit: float, memory_limit: float | None) -> Callable[..., Any]:
    """A way to decide instances, or to find their minima, within limits that hold for all of them together."""
    from verify.isolate import race
    from verify.provers import provers_for
    from verify.provers.base import Deadline

    deadline = Deadline(time_limit)
    memory = None if memory_limit is None else int(memory_limit * 2**30)

    def run(problem: Problem[Any, Any], instance: Any, what: str = "decide", claimed: Any = None) -> Any:
        def task(one: Any, until: Deadline) -> Any:
            if what == "minimum":
                from verify.optimum import minimum

                return minimum(instance, one, until)
            from verify.decide import decide

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
    with err.status(what + " …"):
        yield


@cli.command()
@click.argument("source")
@training_options
@click.option("--loss", type=click.Choice(["l0", "l1", "l2", "linf"]), help="For a training set; l2 if not given.")
@click.option("-o", "--output-file", help="Write the certificate here; compressed if the name ends in .gz.")
@prover_options
@json_option
def optimum(
    source: str, neurons: int | None, output: str | None, bias: bool, loss: str | None, output_file: str | None,
    prover: str, time_limit: float, memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Find the least loss of a training set, and certify a network that reaches it and that nothing is below it."""
    start = perf_counter()
    with about(source):
        instance = read_training(read_text(source), Path(source).suffix, neurons, output, bias)
        if instance.loss == "exact":
            instance = replace(instance, loss=loss or "l2")
        elif loss not in (None, instance.loss):
            raise InvalidInstance(f"the file says loss {instance.loss}, the option says {loss}")
    found = racing(prover, time_limit, memory_limit)(TRAINING, instance, "minimum")
    if isinstance(found, Unknown):
        report(as_json, "UNKNOWN", {"reason": found.reason}, f"UNKNOWN  {source}: {found.reason}")
        return 3
    result = certify_minimum(found)
    if output_file is not None:
        write_certificate(output_file, result)
    facts = {"minimum": rational_to_json(found.value), "witness": TRAINING.witness_to_json(found.reached.witness)}
    facts |= {"loss": instance.loss, "steps": result.verdict.steps, "bytes": len(result.certificate)}
    text = f"minimum  {found.value}  {instance.loss} loss of {source}\nchecked: a network that reaches it, and "
    text += f"{result.verdict.steps} proof steps that nothing is below; {perf_counter() - start:.2f} s"
    text += f"\nnetwork: {dumps(facts['witness'])}" + (f"\nwrote {output_file}" if output_file else "")
    if output_file != "-":
        report(as_json, "YES", facts, text)
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
@click.option("-o", "--output-file", help="Write the certificate here; compressed if the name ends in .gz.")
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
    from verify.lemmas import ramps, selection, stripe

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
        report(as_json, "UNKNOWN", {"reason": result.reason}, f"UNKNOWN  {lemma.statement}: {result.reason}")
        return 3
    if not isinstance(result, Certified) or result.answer == "YES":
        raise AssertionError(f"this lemma is wrong: {lemma.statement}")  # a finding, and worth a traceback
    if output_file is not None:
        write_certificate(output_file, result)
    facts = {"statement": lemma.statement, "steps": result.verdict.steps, "bytes": len(result.certificate)}
    text = f"HOLDS  {lemma.statement}\nchecked: {result.verdict.claim}, {len(lemma.instance.samples)} samples, "
    text += f"{facts['steps']} proof steps, {facts['bytes']:,} bytes; check {result.seconds['check']:.2f} s, "
    text += f"total {perf_counter() - start:.2f} s" + (f"\nwrote {output_file}" if output_file else "")
    if output_file != "-":
        report(as_json, "HOLDS", facts, text)
    return 0


@cli.command("ratio")
@source_options
@click.option("-o", "--output-prefix", help="Write the certificates to PREFIX.reached, PREFIX.refuted, PREFIX.minimum.")
@prover_options
@json_option
def ratio_(
    name: str, source: str, parameters: dict[str, int], output_prefix: str | None,
    prover: str, time_limit: float, memory_limit: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Show that a reduction keeps approximation ratios: the least loss is a constant times the least budget.

    NAME is set-cover or monotone-circuit.
    """
    from verify.optimum import RATIOS, ratio

    if name not in RATIOS:
        raise BadInput(f"{name}: ratios are known for {', '.join(RATIOS)}")
    job, r = load(name, source, {"budget": 0, **parameters}), RATIOS[name]()
    run = racing(prover, time_limit, memory_limit)
    found = ratio(r, job.instance, run, lambda target: run(TRAINING, target, "minimum"))
    if isinstance(found, Unknown):
        report(as_json, "UNKNOWN", {"reason": found.reason}, f"UNKNOWN  {source}: {found.reason}")
        return 3
    if isinstance(found, No):
        report(as_json, "NO", {"reason": "no budget suffices"}, f"NO  {source}: no budget suffices")
        return 0
    certificates = certify_ratio(r, job.instance, found)
    for part, certified in certificates.items() if output_prefix else ():
        write_certificate(f"{output_prefix}.{part}", certified)
    unit = rational_to_json(exact(Fraction(found.loss.value) / found.budget)) if found.budget else 0
    facts = {"budget": found.budget, "minimum": rational_to_json(found.loss.value), "unit": unit}
    text = f"least budget  {found.budget}\nleast loss    {facts['minimum']} = {found.budget} · {unit}\nchecked: "
    text += f"{len(certificates)} certificates, {sum(c.verdict.steps for c in certificates.values())} proof steps"
    report(as_json, "YES", facts, text)
    return 0


@cli.command("check")
@click.argument("files", nargs=-1, required=True)
@click.option("--source", help="A file that the certificate must be about.")
@click.option("--work-limit", type=click.IntRange(min=1), default=Limits.work, help="Units of work for each file.")
@json_option
def check_(files: tuple[str, ...], source: str | None, work_limit: int, as_json: bool) -> int:
    """Check certificates; needs no solver. The exit code is the worst of the verdicts."""
    results = []
    for path in files:
        verdict = check_file(path, source, Limits(work=work_limit))
        results.append((path, verdict))
        if not as_json:
            proved = " ".join(filter(None, (verdict.claim, verdict.reduction, verdict.answer)))
            out.print(f"{path}: {verdict.verdict}: {verdict.reason or proved}", markup=False)
    worst = max((verdict for _, verdict in results), key=lambda verdict: verdict.exit_code)
    if as_json:
        shown = [
            {"file": path, "verdict": v.verdict, "reason": v.reason, "claim": v.claim, "answer": v.answer}
            | {"reduction": v.reduction, "steps": v.steps}
            for path, v in results
        ]
        report(True, worst.verdict, {"files": shown}, "")
    return worst.exit_code


def check_file(path: str, source: str | None, limits: Limits) -> Verdict:
    try:
        if path == "-":
            verdict = check(sys.stdin.buffer, limits)
        else:
            with open(path, "rb") as stream:
                verdict = check(stream, limits)
    except OSError as problem:
        return Verdict("malformed", f"{problem.strerror}")
    if source is not None and verdict.proved is not None:
        problem_, instance = verdict.proved.problem, verdict.proved.instance
        text = read_text(source)
        with about(source):
            if not problem_.describes(text, Path(source).suffix, instance):
                return Verdict("rejected", f"the certificate is valid, but it is not about {source}")
    return verdict


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
    write_or_embed(output_file, as_json, "YES", "witness", iter([dumps(there[0].witness_to_json(image))]))


def witness_command(direction: str, summary: str) -> None:
    @cli.command(direction, help=summary)
    @source_options
    @click.argument("witness")
    @training_options
    @output_option
    @json_option
    def command(
        name: str, source: str, parameters: dict[str, int], witness: str, neurons: int | None, output: str | None,
        bias: bool, output_file: str, as_json: bool,
    ) -> None:  # fmt: skip
        job = load(name, source, parameters, neurons, output, bias)
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
    name: str, source: str, parameters: dict[str, int], neurons: int | None, output: str | None, bias: bool,
    kind: str, lossy: bool, output_file: str, as_json: bool,
) -> None:  # fmt: skip
    """Write a training instance, or the target of a reduction, for another tool."""
    from verify.export import to_csv, to_npz, to_smtlib

    if lossy and kind not in ("csv", "npz"):
        raise BadInput(f"--float goes with csv and npz; {kind} is always exact")
    job = load(name, source, parameters, neurons, output, bias)
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
    if output_file != "-":
        report(as_json, "UNKNOWN", {"file": output_file}, f"wrote {output_file}")


@cli.command("plot")
@click.argument("source")
@training_options
@click.option("--network", help="A network to draw as well, as JSON.")
@click.option("--line", help="Draw the cross-section on the line x1 = LINE.")
@click.option("--window", nargs=4, metavar="X1 X1 X2 X2", help="Draw this part only: x1 from, to, x2 from, to.")
@click.option("--dark", is_flag=True, help="Light colours on a dark ground.")
@click.option("-o", "--output-file", required=True, help="Where to write; the name ends in .svg or .png.")
@json_option
def plot_(
    source: str, neurons: int | None, output: str | None, bias: bool, network: str | None, line: str | None,
    window: tuple[str, ...] | None, dark: bool, output_file: str, as_json: bool,
) -> None:  # fmt: skip
    """Draw a training set in one or two dimensions and, if given, a network."""
    kind = Path(output_file).suffix[1:]
    if kind not in ("svg", "png"):
        raise BadInput(f"{output_file}: the name of a picture ends in .svg or .png")
    text = read_text(source)
    with about(source):
        if '"neurons"' not in text:
            neurons = neurons or 1  # the samples are all there is to draw
        instance = read_training(text, Path(source).suffix, neurons, output, bias)
    net = None
    if network is not None:
        with about(network):
            net = read_network(read_text(network), instance)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it remarks on its caches and on the user's settings
    from verify.plot import plot

    try:
        numbers_of = {"line": line and parse_rational(line), "window": window and [*map(parse_rational, window)]}
    except InvalidInstance as problem:
        raise BadInput(f"--line, --window: {problem}") from None
    with about(source):
        picture = plot(instance, net, kind, dark, **numbers_of)
    with writing(output_file) as stream:
        stream.write(picture)
    report(as_json, "UNKNOWN", {"file": output_file}, f"wrote {output_file}")


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
    report(as_json, "UNKNOWN", {"versions": versions}, "\n".join(f"{name} {v}" for name, v in versions.items()))
