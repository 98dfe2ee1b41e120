"""Networks by themselves: `relucert evaluate` on a training set, and what `relucert export network` writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click

from relucert.reductions.exact import Rational, decimal, short
from relucert.reductions.json_text import rational_to_json
from relucert.reductions.problems.training import TRAINING, TrainingInstance, loss_of, stated, values_of
from relucert.verify.commands.options import json_option, limit_options, load, parameter_options, report
from relucert.verify.files import BadInput, about, read_text, refuse_overwriting, writing
from relucert.verify.limits import Watch, charge
from relucert.verify.saved_networks import is_rounded, read_network, to_bytes

MOST = 20  # residuals on a screen


@click.command()
@click.argument("network")
@click.argument("data")
@parameter_options
@limit_options
@json_option
def evaluate(
    network: str, data: str, parameters: dict[str, Any], options: dict[str, Any], watch: Watch, as_json: bool
) -> None:
    """Evaluate a NETWORK (JSON) on a training set, exactly: its losses, and the residual f(x) − y of every sample.

    What --loss and --threshold say is answered, too: whether the network is a solution.
    """
    watch.doing("reading and evaluating")
    with about(network):
        net = read_network(read_text(network))
    usual = {"neurons": max(1, len(net.output)), "output": "real", "bias": True}
    job = load(TRAINING.name, data, parameters, options, usual)
    instance: TrainingInstance = job.instance
    if any(not stated(instance) <= len(row) <= instance.dimension for row in net.weights):
        found = len(net.weights[0])
        raise BadInput(f"{network}: the network has {found} inputs, the samples have {instance.dimension} coordinates")
    charge(6 * TRAINING.work(instance, net))  # four losses, the values, and whether it is a solution
    losses = {loss: loss_of(replace(instance, loss=loss, threshold=0), net) for loss in ("l0", "l1", "l2", "linf")}
    values = values_of(instance, net)
    residuals = [(y, value, value - y) for (_, y, _), value in zip(instance.samples, values, strict=True)]
    with about(network):
        fits = TRAINING.accepts(instance, net)
    facts = {
        "losses": {name: rational_to_json(value) for name, value in losses.items()},
        "fits": fits,
        "read": str(job.parsed),
        "samples": [
            {"label": rational_to_json(y), "value": rational_to_json(v), "residual": rational_to_json(r)}
            for y, v, r in residuals
        ],
    }
    lines = [", ".join(f"{name} loss {_number(value)}" for name, value in losses.items()), f"read: {job.parsed}"]
    lines += _table(residuals)
    report(as_json, "ok", facts, *lines)


def _number(value: Rational) -> str:
    text = short(value)
    return text if text.startswith("≈") or value.denominator == 1 else f"{text} ≈ {decimal(value)}"


def _table(residuals: list[tuple[Rational, Rational, Rational]]) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("sample", "label", "f(x)", "residual")]
    rows += [(str(i), *map(short, row)) for i, row in enumerate(residuals[:MOST])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    if len(residuals) > MOST:
        yield f"… ({len(residuals)} samples in all; --json lists every one)"


def export_network(source: str, kind: str, lossy: bool, output_file: str, as_json: bool) -> None:
    """A network for another tool: json, npz (both exact) or torch, which is rounded, so --float has to say so."""
    if kind not in ("json", "npz", "torch"):
        raise BadInput(f"a network is exported to json, npz or torch, not to {kind}")
    if lossy != (kind == "torch"):
        says = "torch holds floating-point numbers: say --float" if kind == "torch" else f"{kind} is exact: no --float"
        raise BadInput(f"a network to {says}")
    refuse_overwriting(output_file, source)
    with about(source):
        net = read_network(read_text(source))
        packed = to_bytes(net, kind)
    with writing(output_file) as stream:
        stream.write(packed)
    if output_file == "-":
        return
    rounded = lossy and is_rounded(net)
    facts = {"file": output_file, "neurons": len(net.output), "rounded": rounded}
    remark = ["rounded: no certificate is about this network"] if rounded else []
    report(as_json, "ok", facts, *remark, f"wrote {output_file}")
