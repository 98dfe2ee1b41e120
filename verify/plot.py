"""Pictures of training sets and networks in one or two dimensions: what Froese and Hertrich draw in Figures 1 to 4.

Floating point and colours only: no answer depends on a picture. The same input gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reductions.core import InvalidInstance, Rational
from reductions.problems.training import Network, TrainingInstance

FEW_LABELS = 8  # as many stand in a legend, more get a colour bar
GRID = 240  # points each way where the background shows the network
LINES = 600  # breaklines of larger networks are drawn thinner
LIGHT = {"paper": "white", "ink": "#222222", "line": "#666666", "colors": "viridis", "network": "#b3362c"}
DARK = {"paper": "#15181d", "ink": "#e6e6e6", "line": "#9aa3ad", "colors": "plasma", "network": "#ff9d5c"}

Window = tuple[float, float, float, float]


@dataclass(frozen=True)
class Style:
    """Colours of a picture; label colours stay off the ends of their map, which vanish on the paper."""

    paper: str
    ink: str
    line: str
    colors: str
    network: str

    def color_map(self) -> Any:
        return mpl.colors.ListedColormap(mpl.colormaps[self.colors](np.linspace(0.12, 0.88, 256)))


def plot(
    instance: TrainingInstance, net: Network | None, kind: str, dark: bool = False,
    window: Sequence[Rational] | None = None, line: Rational | None = None,
) -> bytes:  # fmt: skip
    """The picture as svg or png.

    window: x₁ from, to, x₂ from, to; otherwise all samples. line: draw the cross-section on the line x₁ = line instead.
    Raises InvalidInstance if there is nothing to draw: other dimensions, no samples in sight, an empty window.
    """
    if instance.dimension not in (1, 2):
        raise InvalidInstance(f"only one or two dimensions can be drawn, not {instance.dimension}")
    if line is not None and instance.dimension != 2:
        raise InvalidInstance("a cross-section needs two dimensions")
    if window is not None and not (window[0] < window[1] and window[2] < window[3]):
        raise InvalidInstance("the window is empty: its numbers are x1 from, to, x2 from, to")
    style = Style(**(DARK if dark else LIGHT))
    settings = {"svg.hashsalt": "relucert", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(7, 5), dpi=150, facecolor=style.paper, layout="constrained")
        axes = figure.add_subplot()
        axes.set_facecolor(style.paper)
        axes.tick_params(colors=style.ink)
        for spine in axes.spines.values():
            spine.set_color(style.line)
        if instance.dimension == 2 and line is None:
            _plane(figure, axes, instance, net, style, window)
        else:
            _section(axes, instance, net, style, window, line)
        axes.xaxis.label.set_color(style.ink)
        axes.yaxis.label.set_color(style.ink)
        stream = io.BytesIO()
        figure.savefig(stream, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return stream.getvalue()


def _plane(
    figure: Figure, axes: Axes, instance: TrainingInstance, net: Network | None, style: Style,
    window: Sequence[Rational] | None,
) -> None:  # fmt: skip
    """Samples by label, breaklines, and the value of the network as a background."""
    points = np.array([[float(dict(x).get(t, 0)) for t in (0, 1)] for x, _, _ in instance.samples]).reshape(-1, 2)
    labels = np.array([float(y) for _, y, _ in instance.samples])
    left, right, bottom, top = map(float, window) if window else _around(points)
    norm = mpl.colors.Normalize(min(labels, default=0), max(labels, default=1))
    colors = style.color_map()
    if net is not None:
        x, y = np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))
        axes.imshow(
            _values(instance, net, np.stack([x, y], -1)), extent=(left, right, bottom, top), origin="lower",
            aspect="auto", cmap=colors, norm=norm, alpha=0.3, interpolation="nearest",
        )  # fmt: skip
        _breaklines(axes, instance, net, style, (left, right, bottom, top))
    inside = (points[:, 0] >= left) & (points[:, 0] <= right) & (points[:, 1] >= bottom) & (points[:, 1] <= top)
    size = float(np.clip(6000 / max(1, inside.sum()), 3, 30))
    values = sorted({y for _, y, _ in instance.samples})
    if len(values) <= FEW_LABELS:
        for value in values:
            of_value = inside & (labels == float(value))
            axes.scatter(
                *points[of_value].T, s=size, color=colors(norm(float(value))), edgecolors=style.ink, linewidths=0.3,
                label=f"label {value}", zorder=3, gid=f"label-{value}",
            )  # fmt: skip
        _legend(axes, style)
    else:
        drawn = axes.scatter(
            *points[inside].T, s=size, c=labels[inside], cmap=colors, norm=norm, edgecolors=style.ink, linewidths=0.3,
            zorder=3, gid="labels",
        )  # fmt: skip
        bar = figure.colorbar(drawn, ax=axes)
        bar.ax.tick_params(colors=style.ink)
        bar.set_label("label", color=style.ink)
    axes.set(xlim=(left, right), ylim=(bottom, top), xlabel="$x_1$", ylabel="$x_2$")


def _breaklines(axes: Axes, instance: TrainingInstance, net: Network, style: Style, window: Window) -> None:
    """Where w·x + b = 0: solid for a positive output weight, dashed for a negative one."""
    left, right, bottom, top = window
    for j, ((u, v), b, a) in enumerate(zip(net.weights, net.biases, net.output, strict=True)):
        ends = []
        if v:
            ends += [(x, float((-b - u * Fraction(x)) / v)) for x in (left, right)]
        elif u:
            ends += [(float(-b / u), y) for y in (bottom, top)]
        if len(ends) == 2:
            axes.plot(
                *zip(*ends, strict=True), color=style.network, linestyle="-" if a > 0 else "--", zorder=2,
                linewidth=0.8 if instance.neurons <= LINES else 0.3, gid=f"breakline-{j}",
            )  # fmt: skip


def _section(
    axes: Axes, instance: TrainingInstance, net: Network | None, style: Style, window: Sequence[Rational] | None,
    line: Rational | None,
) -> None:  # fmt: skip
    """The labels, and the network, along a line: over x₁ in one dimension, over x₂ where x₁ = line in two."""
    along = instance.dimension - 1
    samples = [(dict(x).get(along, 0), y) for x, y, _ in instance.samples if line is None or dict(x).get(0, 0) == line]
    if not samples:
        raise InvalidInstance(f"no sample has x1 = {line}" if line is not None else "there are no samples")
    low, high = (window[2 * along], window[2 * along + 1]) if window else (min(samples)[0], max(samples)[0])
    if not window:
        low, high = low - (high - low + 1) / 20, high + (high - low + 1) / 20
    if net is not None:
        kinks = [
            Fraction(-b - (row[0] * line if line is not None else 0)) / row[along]
            for row, b in zip(net.weights, net.biases, strict=True)
            if row[along]
        ]
        inside = sorted({low, high, *(h for h in kinks if low < h < high)})
        if instance.activation == "threshold":
            inside = sorted({*inside, *np.linspace(float(low), float(high), 2000)})
        grid = np.array([[float(h)] if line is None else [float(line), float(h)] for h in inside])
        axes.plot(
            [float(h) for h in inside], _values(instance, net, grid), color=style.network, zorder=2, gid="network"
        )
    shown = [(float(h), float(y)) for h, y in samples if low <= h <= high]
    axes.scatter(*zip(*shown, strict=True) if shown else ((), ()), s=18, color=style.ink, zorder=3, gid="samples")
    axes.set(xlim=(float(low), float(high)), xlabel=f"$x_{along + 1}$", ylabel="label" if net is None else "$f(x)$")
    if line is not None:
        axes.set_title(f"$x_1 = {line}$", color=style.ink)


def _values(instance: TrainingInstance, net: Network, points: Any) -> Any:
    """The network at floating-point points, an array whose last axis is the dimension."""
    total = np.zeros(points.shape[:-1])
    for w, b, a in zip(net.weights, net.biases, net.output, strict=True):
        z = points @ np.array([float(v) for v in w]) + float(b)
        total += float(a) * (np.maximum(z, 0) if instance.activation == "relu" else z > 0)
    return total


def _around(points: Any) -> Window:
    """A window around all points, with a margin."""
    if not len(points):
        return (-1.0, 1.0, -1.0, 1.0)
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    x, y = (right - left or 1) / 20, (top - bottom or 1) / 20
    return float(left - x), float(right + x), float(bottom - y), float(top + y)


def _legend(axes: Axes, style: Style) -> None:
    if not axes.get_legend_handles_labels()[1]:
        return
    legend = axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    for text in legend.get_texts():
        text.set_color(style.ink)
