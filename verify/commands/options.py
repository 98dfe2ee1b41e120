"""What commands share: their options, how an input is loaded, how an outcome is printed and written."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from relucert.certificates.about import give
from relucert.certificates.terminal import complain, say
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.exact import InvalidInstance, Rational, parse_rational, shorten
from relucert.reductions.formats.columns import Columns
from relucert.reductions.json_text import loads
from relucert.reductions.parameters import Flag
from relucert.reductions.problems.training import ACTIVATIONS, LOSSES, OUTPUTS, TRAINING
from relucert.reductions.reduction import AnyReduction
from relucert.verify import ranges
from relucert.verify.files import BadInput, descriptor_of, writing
from relucert.verify.limits import TIME_LIMIT, LimitReached, Watch, hush
from relucert.verify.provers.base import Unknown
from relucert.verify.ranges import Range

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from relucert.verify.certify import Certified
    from relucert.verify.jobs import AnyProblem, Job

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


def require_distinct(*outputs: str | None) -> None:
    """No two outputs of a command go to the same place."""
    given = ["-" if path == "-" else os.path.realpath(path) for path in outputs if path is not None]
    if len(set(given)) < len(given):
        raise BadInput("two outputs go to the same file")


def refuse_ignored(because: str, *names: str) -> None:
    """None of these options of the command that runs was given, which here would mean nothing."""
    context = click.get_current_context()
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if parameter.name in names and given:
            raise BadInput(f"{max(parameter.opts, key=len)} means nothing {because}")


def refuse_mixing(as_json: bool, *outputs: str | None) -> None:
    """Standard output holds one JSON object, or what is written there, not both."""
    if as_json and "-" in outputs:
        raise BadInput("--json and an output file - would both go to standard output")


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


class File(click.ParamType):  # type: ignore[type-arg]
    """The name of a file, which a shell completes."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


FILE = File()
SECONDS, GIGABYTES, COUNT, SEED = map(Number, (ranges.SECONDS, ranges.GIGABYTES, ranges.COUNT, ranges.SEED))
EXACT, EXACTS = Exact(), Exacts()


# --------------------------------------------------------------------------------------------------------- completion


def completed_name(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Names of reductions and problems; of a chain, the links that fit the last one."""
    *links, start = incomplete.split("/")
    if not links:
        return [name for name in (*CATALOGUE, *PROBLEMS) if name.startswith(start)]
    if links[-1] not in CATALOGUE:
        return []
    end, before = CATALOGUE[links[-1]]().target, "/".join(links)
    return [f"{before}/{name}" for name in CATALOGUE if name.startswith(start) and CATALOGUE[name]().source is end]


def completed_parameter(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """NAME= for the parameters of what is named before, or of a training set; and the words that one takes."""
    from relucert.verify import jobs

    try:
        subject = jobs.by_name(ctx.params.get("name") or TRAINING.name, {})
    except (BadInput, InvalidInstance):
        return []
    own = subject.reduction.parameters if subject.reduction else {}
    known = {**subject.problem.parameters, **own}
    name, equals, start = incomplete.partition("=")
    if not equals:
        return [f"{one}=" for one in known if one.startswith(name)]
    parameter = known.get(name)
    words = getattr(parameter, "words", ()) or (("true", "false") if isinstance(parameter, Flag) else ())
    return [f"{name}={word}" for word in words if word.startswith(start)]


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
save_network_option = click.option(
    "--save-network", callback=destination, metavar="FILE", help="Write the network, if one is found; .json or .npz."
)
saving_options = shared(
    save_network_option,
    click.option("--save-witness", callback=destination, metavar="FILE", help="Of a YES: write the solution as JSON."),
)
trust_option = click.option(
    "--trust", multiple=True, metavar="NAME", help="An installed distribution whose problems and reductions to trust."
)


def limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Limits of all that a command does, and its progress; the command gets a Watch.

    What they end is UNKNOWN, or the resource-limit of a check.
    """

    @wraps(command)
    def limited(
        *, time_limit: float | None, memory_limit: float | None, quiet: bool, as_json: bool, **arguments: Any
    ) -> Any:
        watch = Watch(time_limit, memory_limit, quiet)
        try:
            with watch:
                return command(watch=watch, as_json=as_json, **arguments)
        except LimitReached as limit:
            if "files" in arguments:
                report(as_json, "resource-limit", {"reason": str(limit)}, f"resource-limit: {limit}")
                return 3
            named = [arguments[key] for key in ("name", "source", "data") if arguments.get(key)]
            what = " ".join(map(str, [*named, *arguments.get("sources", ())]))
            return report_unknown(as_json, what, Unknown(limit.reason, (f"stopped while {limit.phase}",)))

    return shared(
        click.option("--time-limit", type=SECONDS, default=TIME_LIMIT, help="Seconds in all; 600 if not given."),
        click.option("--memory-limit", type=GIGABYTES, help="Gigabytes in all; three quarters of what is free."),
        click.option("--quiet", is_flag=True, help="Show no progress."),
    )(limited)


def prover_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which provers decide, within which limits; the command gets `prover` and `watch`."""
    provers = click.Choice(["auto", "z3", "lp"])
    return shared(
        click.option("--prover", type=provers, default="auto", help="auto: side by side, the first wins."),
        limit_options,
    )(command)


parameter_option = click.option(
    "-p",
    "parameters",
    multiple=True,
    callback=parameter_texts,
    metavar="NAME=VALUE",
    shell_complete=completed_parameter,
    help="A parameter of the problem or of the reduction: colors=3, threshold=1/2, bias=true, loss=l1, clip=0,1.",
)


COLUMNS = "columns"  # among the options of a training set: which columns of its file are meant


def names(_context: Any, _option: Any, text: str | None) -> tuple[str, ...] | None:
    """Names with commas between them."""
    if text is None:
        return None
    found = tuple(part.strip() for part in text.split(","))
    if not all(found):
        raise click.BadParameter(f"{text!r} is no list of names with commas between them")
    return found


def training_options(command: Callable[..., Any], losses: Sequence[str] = LOSSES) -> Callable[..., Any]:
    """Shorthands for the parameters of a bare training set; the command gets a mapping `options` of those given."""

    @wraps(command)
    def collect(**arguments: Any) -> Any:
        given = {name: arguments.pop(name) for name in TRAINING.parameters}
        columns = Columns(*(arguments.pop(f"{name}_columns") for name in ("x", "y", "weight")))
        options = {name: value for name, value in given.items() if value is not None}
        return command(options=options | ({COLUMNS: columns} if columns else {}), **arguments)

    for_set, for_csv = "For a training set: ", "For CSV, by name or number: "
    return shared(
        click.option("--neurons", type=COUNT, help=f"{for_set}the number of neurons."),
        click.option("--activation", type=click.Choice(ACTIVATIONS), help=f"{for_set}relu if not given."),
        click.option("--output", type=click.Choice(OUTPUTS), help=f"{for_set}output weights ±1 (signs), 1 or any."),
        click.option("--bias/--no-bias", default=None, help=f"{for_set}whether neurons have biases."),
        click.option("--clip", nargs=2, metavar="LOW HIGH", type=EXACT, help=f"{for_set}values are clipped."),
        click.option("--loss", type=click.Choice(losses), help=f"{for_set}exact if not given."),
        click.option("--threshold", type=EXACT, help=f"{for_set}what the loss may be."),
        click.option("--norm-bound", type=EXACT, help=f"{for_set}what the norm of a neuron may be."),
        click.option("--alpha", type=EXACT, help=f"{for_set}the slope of leaky ReLUs below 0."),
        click.option("--x", "x_columns", callback=names, metavar="A,B,…", help=f"{for_csv}the coordinates."),
        click.option("--y", "y_columns", metavar="C", help=f"{for_csv}the label."),
        click.option("--weight", "weight_columns", metavar="W", help=f"{for_csv}how often a sample counts."),
    )(collect)


parameter_options = shared(parameter_option, training_options)
name_argument = click.argument("name", shell_complete=completed_name)
source_options = shared(name_argument, click.argument("source", type=FILE), parameter_options)
sources_options = shared(
    name_argument,
    click.argument("sources", metavar="SOURCE…", type=FILE, nargs=-1, required=True),
    parameter_options,
)


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
    options = {name: value for name, value in options.items() if name != COLUMNS}
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
    from relucert.verify import jobs
    from relucert.verify.plugins import world_with

    subject = jobs.by_name(name, parameters, world_with(trust))
    if options and subject.problem is not TRAINING:
        named = {name: value for name, value in options.items() if name != COLUMNS}
        option = option_for(TRAINING, *min(named.items())) if named else "--x, --y, --weight"
        raise BadInput(f"{option} is about training sets, not about {subject.problem.name}")
    given, columns = joined(subject.given, options), options.get(COLUMNS, Columns())
    job = jobs.load(subject._replace(given=given), source, usual, option_for, columns)
    for remark in job.parsed.remarks:
        complain(f"{source}: {remark}")
    return job


def require_reduction(job: Job, name: str) -> AnyReduction:
    if job.reduction is None:
        raise BadInput(f"{name} is a problem; this command takes a reduction: {', '.join(CATALOGUE)}")
    return job.reduction


# ------------------------------------------------------------------------------------------------------- to the output


def report(as_json: bool, verdict: str, data: Mapping[str, Any], *lines: str) -> None:
    """Print the outcome of a command: one JSON object, or lines for people."""
    hush()
    if as_json:
        say(json.dumps({"verdict": verdict, **data}, sort_keys=True))
    else:
        say(*lines)


def report_unknown(
    as_json: bool, what: str, result: Unknown, job: Job | None = None, more: Mapping[str, Any] = {},
    lines: Sequence[str] = (),
) -> int:  # fmt: skip
    """Print that there is no answer; returns the exit code. more, lines: what is known all the same."""
    facts, shown = unknown(what, result, job)
    report(as_json, "UNKNOWN", {**facts, **more}, *shown, *lines)
    return 3


def unknown(what: str, result: Unknown, job: Job | None = None) -> tuple[dict[str, Any], list[str]]:
    """Why there is no answer, which prover reached what, and what to try: for programs and for people."""
    read = {} if job is None else {"read": str(job.parsed)}
    hints = [hint for word, hint in HINTS.items() if word in result.reason]
    facts = {"reason": result.reason, "details": list(result.details), "try": hints, **read}
    shown = [f"UNKNOWN  {what}: {result.reason}", *(f"{key}: {value}" for key, value in read.items())]
    shown += [f"  {line}" for line in result.details] + [f"  to try: {hint}" for hint in hints]
    return facts, shown


HINTS = {
    "time": "a longer --time-limit, the other --prover, or a smaller instance",
    "memory": "a higher --memory-limit, one --prover only, or a smaller instance",
    "no encoding": "nothing can be refuted here yet; only a YES can be found",
    "unsupported": "another class of networks; this one has no encoding yet",
    "checker refused": "report this: a prover or the writer is wrong",
}


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
    hush()
    with writing(path) as stream:
        for piece in pieces:
            stream.write(piece.encode())
        stream.write(b"\n")
    report_written(as_json, verdict, path, job)


def write_certificate(path: str, result: Certified) -> None:
    hush()
    with writing(path) as stream:
        stream.write(gzip.compress(result.certificate, mtime=0) if path.endswith(".gz") else result.certificate)


def file_of(path: str | None) -> dict[str, str]:
    return {} if path is None else {"file": path}


def wrote(path: str | None) -> list[str]:
    return [] if path is None else [f"wrote {path}"]
