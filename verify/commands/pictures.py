"""`relucert plot`: a training set, and a network, in one or two dimensions."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

from relucert.certificates.terminal import printable
from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance
from relucert.verify.commands.options import (
    EXACT,
    destination,
    json_option,
    limit_options,
    load,
    parameter_options,
    refuse_mixing,
    report_written,
)
from relucert.verify.files import BadInput, about, read_text, refuse_overwriting, writing
from relucert.verify.limits import Watch
from relucert.verify.saved_networks import read_network


@click.command()
@click.argument("source")
@parameter_options
@click.option("--network", help="A network to draw as well, as JSON.")
@click.option("--line", type=EXACT, help="Draw the cross-section on the line x1 = LINE.")
@click.option("--window", nargs=4, type=EXACT, metavar="X1 X1 X2 X2", help="Draw this part: x1 from, to, x2 from, to.")
@click.option("--dark", is_flag=True, help="Light colours on a dark ground.")
@click.option(
    "-o", "--output-file", required=True, callback=destination, help="Where to write; the name ends in .svg or .png."
)
@limit_options
@json_option
def plot(
    source: str, parameters: dict[str, Any], options: dict[str, Any], network: str | None, line: Rational | None,
    window: tuple[Rational, ...] | None, dark: bool, output_file: str, watch: Watch, as_json: bool,
) -> None:  # fmt: skip
    """Draw a training set in one or two dimensions and, if given, a network."""
    refuse_mixing(as_json, output_file)
    watch.doing("reading and drawing")
    kind = Path(output_file).suffix[1:]
    if kind not in ("svg", "png"):
        raise BadInput(f"{printable(output_file)}: the name of a picture ends in .svg or .png")
    refuse_overwriting(output_file, source, network)
    job = load(TRAINING.name, source, parameters, options, usual={"neurons": 1})  # the samples are all there is to draw
    instance = job.instance
    net = None
    if network is not None:
        with about(network):
            net = network_for(read_text(network), instance)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it remarks on its caches and on the user's settings
    from relucert.verify.plot import plot as draw

    with about(source):
        picture = draw(instance, net, kind, dark, window, line)
    with writing(output_file) as stream:
        stream.write(picture)
    report_written(as_json, "ok", output_file, job)


def network_for(text: str, instance: TrainingInstance) -> Network:
    """A network that goes with an instance; it need not fit."""
    net = read_network(text)
    if any(len(row) != instance.dimension for row in net.weights):
        raise InvalidInstance(f"the network is not one of {instance.dimension} dimensions")
    return net
