"""Instances and solutions along a reduction: `relucert reduce`, `forward`, `backward`, `export`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import click

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problems.training import TRAINING, TrainingInstance
from relucert.verify.certify import ReductionRefuted, carried, solves
from relucert.verify.commands.options import (
    joined,
    json_option,
    limit_options,
    load,
    output_option,
    refuse_mixing,
    report_written,
    require_reduction,
    source_options,
    write_or_embed,
)
from relucert.verify.files import BadInput, about, read_text, refuse_overwriting, writing
from relucert.verify.jobs import Job, require_moderate
from relucert.verify.limits import Watch


@click.command("reduce")
@source_options
@output_option
@limit_options
@json_option
def reduce_(
    name: str, source: str, parameters: dict[str, Any], options: dict[str, Any], output_file: str, watch: Watch,
    as_json: bool,
) -> None:  # fmt: skip
    """Write the target instance of a reduction as canonical JSON."""
    refuse_overwriting(output_file, source)
    watch.doing(f"reading {source}")
    job = load(name, source, parameters, options)
    r = require_reduction(job, name)
    watch.doing("reducing")
    with about(source):
        target = job.target()
    watch.doing("writing")
    write_or_embed(output_file, as_json, "ok", "target", r.target.canonical(target), job)


def carry(direction: str, name: str, job: Job, source: str, witness: str, output_file: str, as_json: bool) -> None:
    """Map a witness along a reduction and verify it on both sides."""
    r = require_reduction(job, name)
    with about(source):
        target = job.target()
    here, there = (r.source, job.instance), (r.target, target)
    if direction == "backward":
        here, there = there, here
    with about(witness):
        given = here[0].witness_from_json(loads(read_text(witness)))
        if not solves(*here, given):
            raise InvalidInstance(f"this does not solve the {here[0].name} instance")
    image = carried(direction, r, job.instance, given)
    if not solves(*there, image):
        raise ReductionRefuted(f"{name}: the {direction} image of this solution solves nothing")
    write_or_embed(output_file, as_json, "ok", "witness", iter([dumps(there[0].witness_to_json(image))]), job)


def witness_command(direction: str, summary: str) -> click.Command:
    @click.command(direction, help=summary)
    @source_options
    @click.argument("witness")
    @output_option
    @limit_options
    @json_option
    def command(
        name: str, source: str, parameters: dict[str, Any], witness: str, options: dict[str, Any], output_file: str,
        watch: Watch, as_json: bool,
    ) -> None:  # fmt: skip
        refuse_overwriting(output_file, source, witness)
        watch.doing("reading, reducing and mapping the solution")
        job = load(name, source, parameters, options)
        carry(direction, name, job, source, witness, output_file, as_json)

    return command


forward = witness_command("forward", "Turn a solution of SOURCE (a JSON file) into a solution of the target.")
backward = witness_command("backward", "Turn a solution of the target (a JSON file) into a solution of SOURCE.")


@click.command()
@source_options
@click.option("--to", "kind", type=click.Choice(["smt2", "csv", "npz", "json", "torch"]), required=True)
@click.option("--float", "lossy", is_flag=True, help="csv, npz: floating-point numbers instead of exact fractions.")
@output_option
@limit_options
@json_option
def export(
    name: str, source: str, parameters: dict[str, Any], options: dict[str, Any], kind: str, lossy: bool,
    output_file: str, watch: Watch, as_json: bool,
) -> None:  # fmt: skip
    """Write a training instance, or the target of a reduction, for another tool; or, with the NAME network, a network.

    A network (JSON, as --save-network writes it) goes to json, npz or torch: an npz of the arrays 0.weight, 0.bias,
    2.weight and 2.bias, which load_state_dict of Sequential(Linear, ReLU, Linear) takes.
    """
    refuse_mixing(as_json, output_file)
    watch.doing("reading, reducing and writing")
    from relucert.verify.commands.networks import export_network
    from relucert.verify.export import to_csv, to_npz, to_smtlib

    if name == "network":
        if given := joined(parameters, options):
            raise BadInput(f"a network has no parameter {min(given)!r}")
        export_network(source, kind, lossy, output_file, as_json)
        return
    if kind == "torch":
        raise BadInput("--to torch exports a network: relucert export network FILE --to torch --float")
    if lossy and kind not in ("csv", "npz"):
        raise BadInput(f"--float goes with csv and npz; {kind} is always exact")
    refuse_overwriting(output_file, source)
    job = load(name, source, parameters, options)
    with about(source):
        problem, instance = job.problem, job.instance
        if job.reduction is not None:
            problem, instance = job.reduction.target, job.target()
        if not isinstance(instance, TrainingInstance):
            raise InvalidInstance(f"{kind} exports training instances, and this is one of {problem.name}")
        if kind != "json":
            require_moderate(TRAINING.size(instance), dense=True)
        if kind == "npz":
            pieces: Iterator[bytes] = iter([to_npz(instance, lossy)])
        else:
            texts: dict[str, Callable[[TrainingInstance], Iterator[str]]] = {
                "smt2": to_smtlib,
                "json": TRAINING.canonical,
                "csv": partial(to_csv, lossy=lossy),
            }
            pieces = (piece.encode() for piece in texts[kind](instance))
        with writing(output_file) as stream:
            for piece in pieces:
                stream.write(piece)
    report_written(as_json, "ok", output_file, job)
