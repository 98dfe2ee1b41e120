"""What commands share: their options, how an input is loaded, how an outcome is printed and written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any

import click
from rich.console import Console

from relucert.certificates.about import give
from relucert.certificates.terminal import complain, say
from relucert.reductions.exact import InvalidInstance, Rational, parse_rational, shorten
from relucert.reductions.json_text import loads
from relucert.reductions.problems.training import ACTIVATIONS, LOSSES, OUTPUTS, TRAINING
from relucert.reductions.reduction import AnyReduction
from relucert.verify import jobs, ranges
from relucert.verify.certify import Certified
from relucert.verify.files import BadInput, descriptor_of, writing
from relucert.verify.jobs import AnyProblem, Job
from relucert.verify.plugins import world_with
from relucert.verify.problems import SEARCHES
from relucert.verify.provers.base import Unknown
from relucert.verify.ranges import Range
from relucert.verify.search import Searches

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def shared(*options: Decorator) -> Decorator:
    """Several options as one decorator."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


# ----------------------------------------------------------------------------------------------------- kinds of values


def parameter_texts(_context: Any, _option: Any, texts: tuple[str, ...]) -> dict[str, str]:
    """The values of -p NAME=VALUE options, which the problem or the reduction reads."""
    given: dict[str, str] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not (name and value):
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE")
        if name in given:
            raise click.BadParameter(f"{name!r} is given twice")
        given[name] = value
    return given


def destination(_context: Any, _option: Any, path: str | None) -> str | None:
    """An output file; every name of standard output is '-'."""
    if path == "":
        raise click.BadParameter("the name of the file is empty")
    return "-" if path is not None and descriptor_of(path) == 1 else path


class Number(click.ParamType):  # type: ignore[type-arg]
    """A number of a range."""

    def __init__(self, allowed: Range) -> None:
        self.allowed, self.name = allowed, "number" if allowed.real else "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | int:
        try:
            number: float | int = float(value) if self.allowed.real else int(value)
            self.allowed.require("number", number)
        except ValueError:
            self.fail(f"{shorten(value)} is not {self.allowed}", param, ctx)
        return number


class Exact(click.ParamType):  # type: ignore[type-arg]
    """A rational number."""

    name = "p/q"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Rational:
        try:
            return parse_rational(value)
        except InvalidInstance as problem:
            self.fail(str(problem), param, ctx)


class Exacts(click.ParamType):  # type: ignore[type-arg]
    """Rational numbers with commas between them."""

    name = "p/q,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[Rational]:
        return [EXACT.convert(part.strip(), param, ctx) for part in value.split(",")]


SECONDS, GIGABYTES, COUNT, SEED = map(Number, (ranges.SECONDS, ranges.GIGABYTES, ranges.COUNT, ranges.SEED))
EXACT, EXACTS = Exact(), Exacts()


# ------------------------------------------------------------------------------------------------------------- options

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
trust_option = click.option(
    "--trust", multiple=True, metavar="NAME", help="An installed distribution whose problems and reductions to trust."
)
prover_options = shared(
    click.option(
        "--prover", type=click.Choice(["auto", "z3", "lp"]), default="auto", help="auto: both, the first wins."
    ),
    click.option("--time-limit", type=SECONDS, default=600.0, help="Seconds in all."),
    click.option("--memory-limit", type=GIGABYTES, help="Gigabytes for each prover."),
)
parameter_option = click.option(
    "-p",
    "parameters",
    multiple=True,
    callback=parameter_texts,
    metavar="NAME=VALUE",
    help="A parameter of the problem or of the reduction: colors=3, threshold=1/2, bias=true, loss=l1, clip=0,1.",
)


def training_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Shorthands for the parameters of a bare training set; the command gets a mapping `options` of those given."""

    @wraps(command)
    def collect(**arguments: Any) -> Any:
        given = {name: arguments.pop(name) for name in TRAINING.parameters}
        return command(options={name: value for name, value in given.items() if value is not None}, **arguments)

    for_set = "For a training set: "
    return shared(
        click.option("--neurons", type=COUNT, help=f"{for_set}the number of neurons."),
        click.option("--activation", type=click.Choice(ACTIVATIONS), help=f"{for_set}relu if not given."),
        click.option("--output", type=click.Choice(OUTPUTS), help=f"{for_set}output weights ±1 (signs), 1 or any."),
        click.option("--bias/--no-bias", default=None, help=f"{for_set}whether neurons have biases."),
        click.option("--clip", nargs=2, metavar="LOW HIGH", type=EXACT, help=f"{for_set}values are clipped."),
        click.option("--loss", type=click.Choice(LOSSES), help=f"{for_set}exact if not given."),
        click.option("--threshold", type=EXACT, help=f"{for_set}what the loss may be."),
        click.option("--norm-bound", type=EXACT, help=f"{for_set}what the norm of a neuron may be."),
        click.option("--alpha", type=EXACT, help=f"{for_set}the slope of leaky ReLUs below 0."),
    )(collect)


parameter_options = shared(parameter_option, training_options)
source_options = shared(click.argument("name"), click.argument("source"), parameter_options)


def option_for(problem: AnyProblem, name: str, value: Any) -> str:
    """How a parameter is given; those of training have options of their own."""
    if problem is not TRAINING or name not in TRAINING.parameters:
        return give(problem, name, value)
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option} {' '.join(map(str, value)) if isinstance(value, tuple) else value}"


def joined(parameters: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """What -p and the options of a training set give. Raises BadInput if both give the same."""
    for name in options:
        if name in parameters:
            raise BadInput(f"{name} is given twice: by -p and by {option_for(TRAINING, name, options[name])}")
    return {**parameters, **options}


# ------------------------------------------------------------------------------------------------------- from the input


def load(
    name: str, source: str, parameters: Mapping[str, Any], options: Mapping[str, Any] = {},
    usual: Mapping[str, Any] = {}, trust: Sequence[str] = (),
) -> Job:  # fmt: skip
    """Read the source instance of a reduction, or an instance of a problem of that name.

    options: those of a training set. usual: parameters that the command needs not be given. trust: distributions.
    """
    subject = jobs.by_name(name, parameters, world_with(trust))
    if options and subject.problem is not TRAINING:
        option = option_for(TRAINING, *min(options.items()))
        raise BadInput(f"{option} is about training sets, not about {subject.problem.name}")
    job = jobs.load(replace(subject, given=joined(subject.given, options)), source, usual, option_for)
    for remark in job.parsed.remarks:
        complain(f"{source}: {remark}")
    return job


def require_reduction(job: Job, name: str) -> AnyReduction:
    from relucert.reductions import CATALOGUE

    if job.reduction is None:
        raise BadInput(f"{name} is a problem; this command takes a reduction: {', '.join(CATALOGUE)}")
    return job.reduction


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal that something is going on."""
    with Console(stderr=True).status(what + " …"):
        yield


def racing(
    prover: str, time_limit: float, memory_limit: float | None, searches: Searches = SEARCHES
) -> Callable[..., Any]:
    return jobs.racing(prover, time_limit, memory_limit, working, searches)


# ------------------------------------------------------------------------------------------------------- to the output


def report(as_json: bool, verdict: str, data: Mapping[str, Any], *lines: str) -> None:
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


def write_certificate(path: str, result: Certified) -> None:
    with writing(path) as stream:
        stream.write(gzip.compress(result.certificate, mtime=0) if path.endswith(".gz") else result.certificate)


def file_of(path: str | None) -> dict[str, str]:
    return {} if path is None else {"file": path}


def wrote(path: str | None) -> list[str]:
    return [] if path is None else [f"wrote {path}"]
