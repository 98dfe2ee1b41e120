"""Pictures of training sets and networks in one or two dimensions: what Froese and Hertrich draw in Figures 1 to 4.

Floating point and colours only: no answer depends on a picture. The same input gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.places import Place, around, contradicted, places_of, point_of

FEW_LABELS = 8  # as many stand in a legend, more get a colour bar
GRID = 240  # cells each way where the background shows the network
PANELS = 8  # places that are shown by themselves
LINES = 600  # breaklines of larger networks are drawn thinner
SETTINGS = {"svg.hashsalt": "relucert", "svg.fonttype": "path", "font.family": "DejaVu Sans", "font.size": 9}

Window = tuple[Fraction, Fraction, Fraction, Fraction]


@dataclass(frozen=True)
class Style:
    """Colours of a picture; label colours stay off the end of their map that vanishes on the paper."""

    paper: str
    ink: str
    line: str
    network: str
    ends: tuple[float, float]

    def color_map(self) -> Any:
        return mpl.colors.ListedColormap(mpl.colormaps["viridis"](np.linspace(*self.ends, 256)))


LIGHT = Style("white", "#222222", "#666666", "#b3362c", (0.0, 0.88))
DARK = Style("#15181d", "#e6e6e6", "#9aa3ad", "#ff8a73", (0.25, 1.0))

# For a page that is light or dark: its style sheet has the colours, and those of labels can be told from both papers.
VARIABLES = {"#010203": "var(--ink)", "#010204": "var(--line)", "#010205": "var(--network)"}
EITHER = Style("none", *VARIABLES, (0.2, 0.92))


def plot(
    instance: TrainingInstance, net: Network | None, kind: str, dark: bool = False,
    window: Sequence[Rational] | None = None, line: Rational | None = None,
) -> bytes:  # fmt: skip
    """The picture as svg or png.

    window: x₁ from, to, x₂ from, to (in one dimension, the values from, to); otherwise all samples.
    line: draw the cross-section on the line x₁ = line instead.
    Raises InvalidInstance if there is nothing to draw: other dimensions, no samples in sight, an empty window, numbers
    beyond floating point.
    """
    return _plotted(instance, net, kind, DARK if dark else LIGHT, window, line)


def plot_for_page(instance: TrainingInstance, net: Network | None) -> str:
    """The same as SVG for a page whose style sheet defines --ink, --line and --network. Raises InvalidInstance."""
    svg = _plotted(instance, net, "svg", EITHER).decode()
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, variable)
    return svg


def _plotted(
    instance: TrainingInstance, net: Network | None, kind: str, style: Style,
    window: Sequence[Rational] | None = None, line: Rational | None = None,
) -> bytes:  # fmt: skip
    if instance.dimension not in (1, 2):
        raise InvalidInstance(f"only one or two dimensions can be drawn, not {instance.dimension}")
    if line is not None and instance.dimension != 2:
        raise InvalidInstance("a cross-section needs two dimensions")
    if window is not None and not (window[0] < window[1] and window[2] < window[3]):
        raise InvalidInstance("the window is empty: its numbers are x1 from, to, x2 from, to")
    with mpl.rc_context():
        mpl.rcdefaults()  # the user's own settings would change the bytes
        mpl.rcParams.update(SETTINGS)
        several = _places(instance, window, line)
        size = (11, 2.6 + 2.4 * -(-min(len(several), PANELS) // 4)) if several else (7, 5)
        figure = Figure(figsize=size, dpi=150, facecolor=style.paper, layout="constrained")
        try:
            with np.errstate(over="raise", invalid="raise"):
                if several:
                    _panels(figure, instance, net, style, several)
                elif instance.dimension == 2 and line is None:
                    axes = figure.add_subplot()
                    _plane(figure, axes, instance, net, style, window)
                    _legend(figure, [axes], style)
                else:
                    _section(figure.add_subplot(), instance, net, style, window, line)
        except (OverflowError, FloatingPointError):
            raise InvalidInstance("some number is too large to be drawn") from None
        for axes in figure.axes:
            _tint(axes, style)
        stream = io.BytesIO()
        figure.savefig(stream, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return stream.getvalue()


def _places(instance: TrainingInstance, window: Sequence[Rational] | None, line: Rational | None) -> list[Place]:
    """Where the samples stand if one picture of all would show nothing but dots."""
    if instance.dimension != 2 or window is not None or line is not None:
        return []
    return places_of([point_of(x) for x, _, _ in instance.samples])


def _tint(axes: Axes, style: Style) -> None:
    axes.set_facecolor(style.paper)
    axes.tick_params(colors=style.ink)
    for spine in axes.spines.values():
        spine.set_color(style.line)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(style.ink)
    for offset in (axes.xaxis.get_offset_text(), axes.yaxis.get_offset_text()):
        offset.set_color(style.ink)


def _panels(
    figure: Figure, instance: TrainingInstance, net: Network | None, style: Style, places: Sequence[Place]
) -> None:
    """An overview in which the places are numbered, and the first of them by themselves, each at its own scale."""
    shown = places[:PANELS]
    rows = -(-len(shown) // 4)
    grid = figure.add_gridspec(1 + rows, 4, height_ratios=[1.15, *([1.0] * rows)])
    _overview(figure.add_subplot(grid[0, :]), net, style, places)
    panels = []
    for number, place in enumerate(shown):
        axes = figure.add_subplot(grid[1 + number // 4, number % 4])
        own, near = around(instance, net, place)
        half = (place.extent or 2) * Fraction(3, 5)
        _plane(figure, axes, own, near, style, (-half, half, -half, half), instance)
        x, y = (f"{float(v):.6g}".replace("-", "−") for v in place.centre)
        axes.set_title(f"{number + 1}: around ({x}, {y})", fontsize=8)
        axes.set(xlabel="", ylabel="")
        panels.append(axes)
    _legend(figure, panels, style)


def _overview(axes: Axes, net: Network | None, style: Style, places: Sequence[Place]) -> None:
    """Lines of the network that coincide at this scale are one band; places are numbered."""
    centres = [place.centre for place in places]
    sides = (*_range([x for x, _ in centres]), *_range([y for _, y in centres]))
    box = (*_drawable(*sides[:2]), *_drawable(*sides[2:]))
    bands = {}
    for row, b, a in zip(net.weights, net.biases, net.output, strict=True) if net else ():
        if a and len(ends := _chord(row[0], row[1], b, sides)) == 2:
            places_of_ends = tuple(
                round(300 * (v - low) / (high - low))
                for end in ends
                for v, low, high in zip(end, box[::2], box[1::2], strict=True)
            )
            bands.setdefault(places_of_ends, ends)
    for j, ends in enumerate(bands.values()):
        axes.plot(*zip(*ends, strict=True), color=style.network, linewidth=3, alpha=0.45, gid=f"band-{j}", zorder=1)
    gadgets = [len(place.samples) > 1 for place in places]
    for gadget, marker in ((True, "s"), (False, "o")):
        own = [(float(x), float(y)) for (x, y), is_one in zip(centres, gadgets, strict=True) if is_one == gadget]
        axes.scatter(*np.array(own).reshape(-1, 2).T, s=36, marker=marker, color=style.ink, zorder=3,
                     gid="gadgets" if gadget else "crossings")  # fmt: skip
    for number, (x, y) in enumerate(centres[:PANELS], 1):
        axes.annotate(str(number), (float(x), float(y)), (6, 4), textcoords="offset points", color=style.ink, zorder=4)
    axes.set(xlim=box[:2], ylim=box[2:], xlabel="$x_1$", ylabel="$x_2$")
    said = ["squares are places of several samples, dots of one"] + ["bands are breaklines side by side"] * bool(bands)
    said += [f"the first {PANELS} are shown below"] if len(places) > PANELS else []
    axes.set_title("; ".join(said), fontsize=9)


def _legend(figure: Figure, panels: Sequence[Axes], style: Style) -> None:
    """One legend for all panels."""
    entries: dict[str, Any] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        entries |= {label: handle for handle, label in zip(handles, labels, strict=True) if label not in entries}
    if entries:
        names = sorted(entries, key=lambda name: not name.startswith("label"))
        handles = [entries[name] for name in names]
        figure.legend(handles, names, loc="outside right upper", frameon=False, labelcolor=style.ink)


def _plane(
    figure: Figure, axes: Axes, instance: TrainingInstance, net: Network | None, style: Style,
    window: Sequence[Rational] | None, whole: TrainingInstance | None = None,
) -> None:  # fmt: skip
    """Samples by label, breaklines, and the value of the network as a background. whole: whose labels have colours."""
    points = [point_of(x) for x, _, _ in instance.samples]
    if window is None:
        sides = (*_range([x for x, _ in points]), *_range([y for _, y in points]))
    else:
        sides = tuple(map(Fraction, window))
    left, right, bottom, top = sides
    box = (*_drawable(left, right), *_drawable(bottom, top))
    values = sorted({y for _, y, _ in (whole or instance).samples}) or [0, 1]
    norm = mpl.colors.Normalize(float(values[0]), float(values[-1]))
    colors = style.color_map()
    if net is not None:
        axes.imshow(_shades(instance, net, box, norm, colors), extent=box, origin="lower", aspect="auto", gid="network")
        _breaklines(axes, net, style, sides)
    shown = [
        (float(x), float(y), label)
        for (x, y), (_, label, _) in zip(points, instance.samples, strict=True)
        if left <= x <= right and bottom <= y <= top
    ]
    size = min(30.0, max(3.0, 6000 / max(1, len(shown))))
    marks = {"s": size, "edgecolors": style.ink, "linewidths": 0.3, "zorder": 3, "cmap": colors, "norm": norm}
    if len(values) <= FEW_LABELS:
        for value in values:
            own = np.array([(x, y) for x, y, label in shown if label == value]).reshape(-1, 2)
            axes.scatter(*own.T, c=[float(value)] * len(own), gid=f"label-{value}", **marks)
            axes.scatter([], [], color=colors(norm(float(value))), s=30, edgecolors=style.ink, linewidths=0.3,
                         label=f"label {value}")  # fmt: skip
    else:
        x, y, label = np.array([(x, y, float(label)) for x, y, label in shown]).reshape(-1, 3).T
        bar = figure.colorbar(axes.scatter(x, y, c=label, gid="labels", **marks), ax=axes)
        bar.set_label("label", color=style.ink)
    if conflicts := sorted(contradicted(instance)):
        twice = np.array([(float(points[i][0]), float(points[i][1])) for i in conflicts])
        axes.scatter(*twice.T, s=90, facecolors="none", edgecolors=style.network, linewidths=1.5, zorder=4,
                     gid="contradictions", label="two labels at one point")  # fmt: skip
    axes.set(xlim=box[:2], ylim=box[2:], xlabel="$x_1$", ylabel="$x_2$")


def _shades(instance: TrainingInstance, net: Network, box: tuple[float, ...], norm: Any, colors: Any) -> Any:
    """A colour for each cell of a grid: that of the value as a label, the fainter the nearer the value is to 0.

    Neurons are averaged along the diagonal of each cell on which they vary the most. So a levee narrower than a cell
    fades, and does not vanish between two points, or look as wide as a cell.
    """
    left, right, bottom, top = box
    width, height = (right - left) / GRID, (top - bottom) / GRID
    x, y = np.meshgrid(left + width * (np.arange(GRID) + 0.5), bottom + height * (np.arange(GRID) + 0.5))
    total = np.zeros((GRID, GRID))
    for (u, v), b, a in zip(net.weights, net.biases, net.output, strict=True):
        z = float(u) * x + float(v) * y + float(b)
        d = (abs(float(u)) * width + abs(float(v)) * height) / 2  # z varies by 2d
        part = np.clip(z, -d, d) + d
        if instance.activation != "threshold":
            leak = float(instance.alpha or 0)
            total += float(a) * ((1 - leak) * (np.maximum(z - d, 0) + part**2 / (4 * d or 1)) + leak * z)
        else:
            total += float(a) * (part / (2 * d) if d else z > 0)
    shades = colors(norm(_clipped(instance, total)))
    shades[..., 3] = 0.3 * np.minimum(1, np.abs(total) / (max(abs(norm.vmin), abs(norm.vmax)) or 1))
    return shades


def _breaklines(axes: Axes, net: Network, style: Style, window: Window) -> None:
    """Where w·x + b = 0, inside the window: solid for a positive output weight, dashed for a negative one."""
    legend = {True: "output weight > 0", False: "output weight < 0"}
    for j, ((u, v), b, a) in enumerate(zip(net.weights, net.biases, net.output, strict=True)):
        if a and len(ends := _chord(u, v, b, window)) == 2:
            axes.plot(
                *zip(*ends, strict=True), color=style.network, linestyle="-" if a > 0 else "--", gid=f"breakline-{j}",
                linewidth=0.8 if len(net.weights) <= LINES else 0.3, zorder=2, label=legend.pop(a > 0, None),
            )  # fmt: skip


def _chord(u: Rational, v: Rational, b: Rational, window: Window) -> list[tuple[float, float]]:
    """The ends of the part of the line u·x₁ + v·x₂ + b = 0 in a window; fewer than two if it passes by.

    >>> _chord(-1, 1, 0, (Fraction(0), Fraction(2), Fraction(0), Fraction(1)))
    [(0.0, 0.0), (1.0, 1.0)]
    >>> _chord(0, 1, -3, (Fraction(0), Fraction(2), Fraction(0), Fraction(1)))
    []
    """
    left, right, bottom, top = window
    ends = set()
    if v:
        ends |= {(x, y) for x in (left, right) if bottom <= (y := (-b - u * x) / Fraction(v)) <= top}
    if u:
        ends |= {(x, y) for y in (bottom, top) if left <= (x := (-b - v * y) / Fraction(u)) <= right}
    return [(float(x), float(y)) for x, y in sorted(ends)]


def _section(
    axes: Axes, instance: TrainingInstance, net: Network | None, style: Style, window: Sequence[Rational] | None,
    line: Rational | None,
) -> None:  # fmt: skip
    """The labels, and the network, along a line: over x₁ in one dimension, over x₂ where x₁ = line in two."""
    along = instance.dimension - 1
    heights = [Fraction(dict(x).get(along, 0)) for x, _, _ in instance.samples]
    samples = [
        (h, y) for h, (x, y, _) in zip(heights, instance.samples, strict=True) if line in (None, dict(x).get(0, 0))
    ]
    if not samples and net is None:
        raise InvalidInstance(f"no sample has x1 = {line}" if line is not None else "there are no samples")
    if window is None:
        low, high = _range([h for h, _ in samples] or heights)
    else:
        low, high = map(Fraction, window[2 * along : 2 * along + 2])
    limits = _drawable(low, high)
    if net is not None:
        axes.plot(*_graph(instance, net, line, low, high), color=style.network, zorder=2, gid="network")
    shown = [(float(h), float(y)) for h, y in samples if low <= h <= high]
    axes.scatter(*np.array(shown).reshape(-1, 2).T, s=18, color=style.ink, zorder=3, gid="samples")
    if conflicts := contradicted(instance):
        points = [(float(heights[i]), float(instance.samples[i].y)) for i in sorted(conflicts)]
        twice = np.array([point for point in points if point in shown]).reshape(-1, 2)
        axes.scatter(*twice.T, s=90, facecolors="none", edgecolors=style.network, linewidths=1.5, zorder=4,
                     gid="contradictions")  # fmt: skip
    axes.set(xlim=limits, xlabel=f"$x_{along + 1}$", ylabel="label" if net is None else "$f(x)$")
    if window is not None and not along:
        axes.set_ylim(*_drawable(Fraction(window[2]), Fraction(window[3])))
    if line is not None:
        axes.set_title(f"$x_1 = {line}$", color=style.ink)


def _graph(
    instance: TrainingInstance, net: Network, line: Rational | None, low: Fraction, high: Fraction
) -> tuple[Any, Any]:
    """The corners of the graph of the network along a line: its kinks, or with thresholds both ends of each jump."""
    kinks = {
        (-b - (row[0] * line if line is not None else 0)) / Fraction(row[-1])
        for row, b in zip(net.weights, net.biases, strict=True)
        if row[-1]
    }
    stops = [low, *sorted(h for h in kinks if low < h < high), high]
    at = stops if instance.activation != "threshold" else [(g + h) / 2 for g, h in pairwise(stops)]
    total = np.zeros(len(at))
    for row, b, a in zip(net.weights, net.biases, net.output, strict=True):
        offset = float(b + (row[0] * line if line is not None else 0))
        z = float(row[-1]) * np.array([float(h) for h in at]) + offset
        total += float(a) * (
            z > 0 if instance.activation == "threshold" else np.maximum(z, float(instance.alpha or 0) * z)
        )
    x, total = np.array([float(h) for h in stops]), _clipped(instance, total)
    return (x, total) if instance.activation != "threshold" else (np.repeat(x, 2)[1:-1], np.repeat(total, 2))


def _clipped(instance: TrainingInstance, values: Any) -> Any:
    return values if instance.clip is None else np.clip(values, *map(float, instance.clip))


def _range(values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """From the least to the greatest value, with a margin."""
    low, high = min(values, default=Fraction(0)), max(values, default=Fraction(0))
    margin = (high - low or 20) / 20
    return low - margin, high + margin


def _drawable(low: Fraction, high: Fraction) -> tuple[float, float]:
    """The limits of an axis, which floating point must tell apart, with room for ticks."""
    start, end = float(low), float(high)
    if not end - start > 1e-12 * max(abs(start), abs(end), 1e-200):
        raise InvalidInstance(f"the range from {start:g} to {end:g} is too narrow to be drawn")
    if not max(abs(start), abs(end)) < 1e200:
        raise InvalidInstance("some number is too large to be drawn")
    return start, end
