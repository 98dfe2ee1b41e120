"""Instances as pictures or tables, with a solution shown in them if there is one: graphs, formulas, points, samples."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import atan2, cos, hypot, isfinite, pi, sin
from typing import Any
from zlib import crc32

import networkx as nx
from markupsafe import Markup

from relucert.reductions.exact import InvalidInstance, Rational, short, shorten
from relucert.reductions.graphs import Graph
from relucert.reductions.problem import Problem
from relucert.reductions.problems.coloring import ColoringInstance
from relucert.reductions.problems.monotone_circuit import MonotoneCircuit
from relucert.reductions.problems.multicolored_clique import MulticoloredCliqueInstance
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.random_cnn import RandomCnnInstance
from relucert.reductions.problems.random_network import RandomNetworkInstance
from relucert.reductions.problems.sat import SatInstance
from relucert.reductions.problems.sat_groups import SatGroupsInstance
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.sign_cnn import SignCnnInstance
from relucert.reductions.problems.strip import StripInstance
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.site.svg import Drawing, Point, polyline

NOTHING = Markup("")
MOST_DOTS = 80  # vertices, sets or gates of a drawing
MOST_LINES = 600  # edges of one
MOST_ROWS = 40  # of a table, or clauses of a formula
MOST_SAMPLES = 2000  # of a picture of a training set
MOST_NEURONS = 400
HUES = 8  # colours of the style sheet
RADIUS = 13.0


@dataclass(frozen=True)
class Depiction:
    """picture: SVG. clauses: a formula as lists of literals, each with its truth; '' before it if it has no label.

    columns, rows: a table. note: what is not shown, and why. caption: how the picture is read.
    """

    picture: Markup = NOTHING
    caption: str = ""
    clauses: tuple[Clause, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Clause:
    """literals: text, and whether the solution makes it true. before: what stands in front."""

    literals: tuple[tuple[str, bool], ...]
    before: str = ""


def depicted(problem: Problem[Any, Any], instance: Any, witness: Any = None) -> Depiction:
    """An instance, and a solution of it. What is too large is left out, and the note says so."""
    for kind, depict in DEPICTIONS.items():
        if isinstance(instance, kind):
            return depict(instance, witness)
    return Depiction(note=f"instances of {problem.name} are not drawn")


# -------------------------------------------------------------------------------------------------------------- graphs


def _graph(instance: Graph, chosen: Sequence[int] | None) -> Depiction:
    if _is_large(instance.vertices, instance.edges):
        return _edge_table(instance.vertices, instance.edges)
    marks = ["vertex"] * instance.vertices
    for v in chosen or ():
        marks[v] += " chosen"
    said = "Vertices of the solution have a second ring." if chosen else ""
    return _drawn_graph(instance.vertices, instance.edges, marks, [f"vertex {v}" for v in range(len(marks))], said)


def _multicolored(instance: MulticoloredCliqueInstance, chosen: Sequence[int] | None) -> Depiction:
    if _is_large(instance.vertices, instance.edges):
        return _edge_table(instance.vertices, instance.edges)
    marks = [_hue(color) for color in instance.colors]
    for v in chosen or ():
        marks[v] += " chosen"
    said = "A clique has a vertex of each colour." + " Vertices of the solution have a second ring." * bool(chosen)
    names = [f"vertex {v}, colour {color}" for v, color in enumerate(instance.colors)]
    return _drawn_graph(instance.vertices, instance.edges, marks, names, said)


def _coloring(instance: ColoringInstance, colors: Sequence[int] | None) -> Depiction:
    """Hyperedges of more than two vertices are squares with a line to each of them."""
    n, larger = instance.vertices, [e for e in instance.edges if len(e) > 2]
    edges = [(e[0], e[1]) for e in instance.edges if len(e) == 2]
    edges += [(v, n + i) for i, e in enumerate(larger) for v in e]
    if _is_large(n + len(larger), edges):
        return _edge_table(n, instance.edges)
    marks = ["vertex" if colors is None else _hue(colors[v]) for v in range(n)] + ["hyperedge"] * len(larger)
    names = [f"vertex {v}" + ("" if colors is None else f", colour {colors[v]}") for v in range(n)]
    names += [f"hyperedge of {', '.join(map(str, e))}" for e in larger]
    said = "A small square is a hyperedge, with a line to each of its vertices." if larger else ""
    return _drawn_graph(n + len(larger), edges, marks, names, said)


def _hue(color: int) -> str:
    return f"vertex hue-{color % HUES}"


def _is_large(vertices: int, edges: Sequence[object]) -> bool:
    return vertices > MOST_DOTS or len(edges) > MOST_LINES


def _drawn_graph(
    vertices: int, edges: Sequence[tuple[int, ...]], marks: Sequence[str], names: Sequence[str], caption: str
) -> Depiction:
    title = f"Graph of {vertices} vertices and {len(edges)} edges"
    if any("hyperedge" in mark for mark in marks):
        title = f"Hypergraph of {sum('hyperedge' not in mark for mark in marks)} vertices"
    where, width, height = _places(vertices, edges)
    listed = "; ".join(" – ".join(map(str, e)) for e in edges[:MOST_ROWS]) + "…" * (len(edges) > MOST_ROWS)
    drawing = Drawing(width, height, title, f"Edges: {listed or 'none'}")
    for e in edges:
        drawing.line(where[e[0]], where[e[1]], "edge")
    for v in range(vertices):
        if "hyperedge" in marks[v]:
            drawing.box(where[v], 10, 10, marks[v], names[v])
            continue
        drawing.circle(where[v], RADIUS, marks[v], names[v])
        if "chosen" in marks[v]:
            drawing.circle(where[v], RADIUS + 3.5, "ring")
        drawing.text(where[v], str(v), "name")
    return Depiction(drawing.markup(), caption)


def _places(vertices: int, edges: Sequence[tuple[int, ...]]) -> tuple[list[Point], float, float]:
    """Where vertices stand, by springs from a circle; those without edges stand in rows below. Width, height."""
    graph: Any = nx.Graph()
    graph.add_edges_from(sorted(edges))
    ends = sorted(graph.nodes)
    where: dict[int, Point] = {}
    margin, width, bottom = 24.0, 300.0, 0.0
    if ends:
        parts = [sorted(part) for part in nx.connected_components(graph)]
        left = margin
        for part in sorted(parts, key=lambda part: (-len(part), part)):
            found = _springs(graph.subgraph(part), part)
            closest = min(hypot(x - u, y - v) for (x, y), (u, v) in combinations(found.values(), 2))
            side = 90 + 45 * len(part) ** 0.5
            side = max(side, min(2 * side, 2.8 * RADIUS / closest))  # so that they do not touch, if that is possible
            for v, (x, y) in found.items():
                where[v] = (left + side * x, margin + side * y)
            left = max(where[v][0] for v in part) + 2 * RADIUS + 14
        width = left - 2 * RADIUS - 14 + margin
        bottom = max(y for _, y in where.values()) + margin
    alone = [v for v in range(vertices) if v not in graph]
    each = max(1, int((width - margin) // 40))
    for i, v in enumerate(alone):
        where[v] = (margin + 40 * (i % each), bottom + margin + 40 * (i // each))
    height = max((y for _, y in where.values()), default=0.0) + margin
    return [where[v] for v in range(vertices)], width, height


def _springs(graph: Any, part: Sequence[int]) -> dict[int, Point]:
    """In a unit square; as wide as it gets."""
    circle = {v: (cos(2 * pi * i / len(part)), sin(2 * pi * i / len(part))) for i, v in enumerate(part)}
    ordered: Any = nx.Graph()
    ordered.add_nodes_from(part)
    ordered.add_edges_from(sorted(tuple(sorted(e)) for e in graph.edges))
    found = nx.spring_layout(ordered, pos=circle, iterations=100, k=2 / len(part) ** 0.5, seed=1)
    turn = atan2(*reversed(found[part[0]]))  # the first vertex looks up, whatever the springs did
    placed = {v: _turned(float(x), float(y), -turn - pi / 2) for v, (x, y) in found.items()}
    low = [min(p[t] for p in placed.values()) for t in (0, 1)]
    size = max(max(p[t] for p in placed.values()) - low[t] for t in (0, 1)) or 1.0
    return {v: ((x - low[0]) / size, (y - low[1]) / size) for v, (x, y) in placed.items()}


def _turned(x: float, y: float, angle: float) -> Point:
    return x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle)


def _edge_table(vertices: int, edges: Sequence[tuple[int, ...]]) -> Depiction:
    rows = tuple((str(i), _some(e)) for i, e in enumerate(edges[:MOST_ROWS]))
    note = f"{shorten(vertices)} vertices and {len(edges):,} edges are too many to be drawn" + _cut(len(edges))
    return Depiction(columns=("edge", "vertices"), rows=rows, note=note)


def _some(numbers: Sequence[int]) -> str:
    return ", ".join(map(shorten, numbers[:MOST_ROWS])) + f", … ({len(numbers)} in all)" * (len(numbers) > MOST_ROWS)


def _cut(count: int) -> str:
    return f"; the first {MOST_ROWS} of {count:,} are shown" if count > MOST_ROWS else ""


def _cut_of(count: int, what: str) -> str:
    return _cut(count)[2:] if count else f"there are no {what}"


# ------------------------------------------------------------------------------------------------- sets and circuits


def _set_cover(instance: SetCoverInstance, chosen: Sequence[int] | None) -> Depiction:
    sets, universe = instance.sets, instance.universe
    if max(len(sets), universe) > MOST_DOTS // 2 or sum(map(len, sets)) > MOST_LINES:
        rows = tuple((str(i), _some(s)) for i, s in enumerate(sets[:MOST_ROWS]))
        return Depiction(columns=("set", "elements"), rows=rows, note="too large to be drawn" + _cut(len(sets)))
    step, high = 36, max(len(sets), universe, 1)
    members_of = "; ".join(f"set {i}: {', '.join(map(str, s)) or 'empty'}" for i, s in enumerate(sets))
    drawing = Drawing(300, 40 + step * high, f"{len(sets)} sets, of {universe} elements", members_of)
    picked = set(chosen or ())

    def left(i: int) -> Point:
        return 50, 20 + step * (high / len(sets) * (i + 0.5))

    def right(u: int) -> Point:
        return 250, 20 + step * (high / universe * (u + 0.5))

    for i, members in enumerate(sets):
        for u in members:
            drawing.line(left(i), right(u), "edge strong" if i in picked else "edge")
    for i in range(len(sets)):
        drawing.box(left(i), 34, 24, "vertex chosen" if i in picked else "vertex", f"set {i}", 4)
        drawing.text(left(i), f"S{i}", "name")
    for u in range(universe):
        drawing.circle(right(u), RADIUS, "vertex", f"element {u}")
        drawing.text(right(u), str(u), "name")
    said = "Sets on the left, elements on the right." + " Sets of the solution have a thick edge." * bool(picked)
    return Depiction(drawing.markup(), said)


def _circuit(instance: MonotoneCircuit, true: Sequence[int] | None) -> Depiction:
    """Inputs on the left; every gate stands right of its operands."""
    inputs, gates = instance.inputs, instance.gates
    if inputs + len(gates) > MOST_DOTS:
        rows = tuple((str(inputs + i), gate.kind, _some(gate.operands)) for i, gate in enumerate(gates[:MOST_ROWS]))
        return Depiction(columns=("node", "gate", "of"), rows=rows, note="too large to be drawn" + _cut(len(gates)))
    depth = [0] * inputs
    on = [v in set(true or ()) for v in range(inputs)]
    for gate in gates:
        depth.append(1 + max((depth[v] for v in gate.operands), default=0))
        on.append((all if gate.kind == "and" else any)(on[v] for v in gate.operands))
    columns = [[v for v, d in enumerate(depth) if d == level] for level in range(max(depth, default=0) + 1)]
    high = max(map(len, columns), default=1)
    where = {
        v: (44 + 96 * level, 16 + 44 * (high / len(column) * (i + 0.5)))
        for level, column in enumerate(columns)
        for i, v in enumerate(column)
    }
    said = f"Circuit of {inputs} inputs and {len(gates)} gates"
    drawing = Drawing(88 + 96 * (len(columns) - 1), 32 + 44 * high, said)
    for i, gate in enumerate(gates):
        for v in gate.operands:
            drawing.line(where[v], where[inputs + i], "edge strong" if true is not None and on[v] else "edge")
    for v, place in where.items():
        mark = "vertex" + " chosen" * (true is not None and on[v])
        name = f"{v}" if v < inputs else gates[v - inputs].kind.upper()
        drawing.box(place, 44, 26, mark, f"input {v}" if v < inputs else f"gate {v}", 13 if v < inputs else 3)
        drawing.text(place, name, "name")
        if v == instance.output:
            drawing.box(place, 51, 33, "ring", "output", 6)
    caption = f"Inputs are round, at most {short(instance.budget)} may be true; the output has a second border."
    return Depiction(drawing.markup(), caption + " What is true is thick." * (true is not None))


# ------------------------------------------------------------------------------------------------------------ formulas


def _literal(literal: int, true: set[int] | None) -> tuple[str, bool]:
    return ("¬" if literal < 0 else "") + f"x{abs(literal)}", true is not None and (abs(literal) in true) == (
        literal > 0
    )


def _formula(instance: SatInstance, witness: Sequence[int] | None) -> Depiction:
    true = None if witness is None else set(witness)
    clauses = tuple(Clause(tuple(_literal(x, true) for x in clause)) for clause in instance.clauses[:MOST_ROWS])
    return Depiction(clauses=clauses, caption=_truth(true), note=_cut_of(len(instance.clauses), "clauses"))


def _truth(true: set[int] | None) -> str:
    return "" if true is None else "Literals that the solution makes true are bold and underlined."


def _one_in_three(instance: OneInThreeInstance, witness: Sequence[int] | None) -> Depiction:
    true = set(witness or ())
    clauses = tuple(
        Clause(tuple((f"x{v}", v in true) for v in clause), "one of") for clause in instance.clauses[:MOST_ROWS]
    )
    said = "" if witness is None else "Variables that the solution makes true are bold and underlined."
    return Depiction(clauses=clauses, caption=said, note=_cut_of(len(instance.clauses), "clauses"))


def _sat_groups(instance: SatGroupsInstance, witness: Sequence[int] | None) -> Depiction:
    true = None if witness is None else set(witness)
    clauses = tuple(
        Clause(tuple(_literal(x, true) for x in clause), f"group {number}, label {group.label}:")
        for number, group in enumerate(instance.groups)
        for clause in group.clauses
    )
    caption = "A group of label 1 has a violated clause, one of label 0 has none. " + _truth(true)
    return Depiction(clauses=clauses[:MOST_ROWS], caption=caption.strip(), note=_cut_of(len(clauses), "clauses"))


# -------------------------------------------------------------------------------------------------- points and samples


def _strip(instance: StripInstance, planes: Sequence[Sequence[Rational]] | None) -> Depiction:
    points = [("P", x) for x in instance.p] + [("Q", x) for x in instance.q]
    if not points or len(points[0][1]) > 2 or len(points) > MOST_SAMPLES:
        rows = tuple((name, ", ".join(map(short, x))) for name, x in points[:MOST_ROWS])
        note = "points of this many dimensions are not drawn" + _cut(len(points)) if points else "there are no points"
        return Depiction(columns=("set", "coordinates"), rows=rows, note=note)
    try:
        flat = [(float(x[0]), float(x[1]) if len(x) == 2 else 0.0) for _, x in points]
        lines = [tuple(map(float, plane)) for plane in planes or ()]
    except OverflowError:
        return Depiction(note="some number is too large to be drawn")
    ends = [(min(p[t] for p in flat), max(p[t] for p in flat)) for t in (0, 1)]
    size = [1.25 * (end - start) or 1.0 for start, end in ends]
    if not all(map(isfinite, size)):
        return Depiction(note="some number is too large to be drawn")
    low = [(start + end - whole) / 2 for (start, end), whole in zip(ends, size, strict=True)]
    wide, high = 420.0, 420.0 if len(points[0][1]) == 2 else 90.0

    def place(x: float, y: float) -> Point:
        return (x - low[0]) / size[0] * wide, high - (y - low[1]) / size[1] * high

    drawing = Drawing(wide, high, f"{len(instance.p)} points of P and {len(instance.q)} of Q")
    for plane in lines:
        if len(ends := _line(plane, low, size)) == 2:
            drawing.path(polyline(place(*end) for end in ends), "plane")
    for (name, x), p in zip(points, flat, strict=True):
        title = f"{name}: {', '.join(map(short, x))}"
        if name == "P":
            drawing.circle(place(*p), 5, "point-p", title)
        else:
            drawing.box(place(*p), 9, 9, "point-q", title)
    said = "Circles are P, squares are Q." + " Lines are the hyperplanes of the solution." * bool(planes)
    return Depiction(drawing.markup(), said)


def _line(plane: Sequence[float], low: Sequence[float], size: Sequence[float]) -> list[Point]:
    """The ends of a line u·x + v·y + c = 0 inside a window; of one dimension, where it is upright."""
    u, v, c = (plane[0], plane[1], plane[2]) if len(plane) == 3 else (plane[0], 0.0, plane[1])
    sides = [(low[t], low[t] + size[t]) for t in (0, 1)]
    ends: set[Point] = set()
    if v:
        ends |= {(x, y) for x in sides[0] if sides[1][0] <= (y := -(u * x + c) / v) <= sides[1][1]}
    if u:
        ends |= {(x, y) for y in sides[1] if sides[0][0] <= (x := -(v * y + c) / u) <= sides[0][1]}
    return [min(ends), max(ends)] if len(ends) > 1 else []


def _training(instance: TrainingInstance, net: Any) -> Depiction:
    count = len(instance.samples)
    if instance.dimension in (1, 2) and 0 < count <= MOST_SAMPLES:
        try:
            return Depiction(_plotted(instance, net), _how_to_read(instance, net))
        except InvalidInstance as problem:
            note = f"not drawn: {problem}"
    else:
        note = f"{instance.dimension} dimensions are not drawn"
    rows = tuple((_coordinates(x), short(y), str(often)) for x, y, often in instance.samples[:MOST_ROWS])
    return Depiction(columns=("nonzero coordinates", "label", "times"), rows=rows, note=note + _cut(count))


def _how_to_read(instance: TrainingInstance, net: Any) -> str:
    if instance.dimension == 1:
        return "Dots are samples." + " The line is the network of the solution." * (net is not None)
    if net is None:
        return "Dots are samples, coloured by label."
    return "Dots are samples, coloured by label; lines are where neurons of the solution switch."


def _plotted(instance: TrainingInstance, net: Any) -> Markup:
    """The picture of `relucert plot`, in colours that the style sheet decides."""
    from relucert.verify.plot import plot_for_page

    net = net if net is not None and len(net.weights) <= MOST_NEURONS else None
    svg = plot_for_page(instance, net)
    svg = _with_own_names(svg[svg.index("<svg") :], f"p{crc32(svg.encode()):08x}-")
    svg = re.sub(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    said = f"{len(instance.samples)} samples in {instance.dimension} dimension{'s' * (instance.dimension > 1)}"
    said += "" if net is None else f", and a network of {len(net.weights)} neurons"
    head = re.compile(r'<svg [^>]*?viewBox="(\S+) (\S+) (\S+) (\S+)"[^>]*>', re.DOTALL)
    return Markup(
        head.sub(
            rf'<svg class="plot" viewBox="\1 \2 \3 \4" role="img" aria-label="{said}" '
            rf'xmlns:xlink="http://www.w3.org/1999/xlink"><title>{said}</title>',
            svg,
            count=1,
        )
    )


def _with_own_names(svg: str, prefix: str) -> str:
    """A page may have two pictures: names that are referred to get a prefix, and stand once; the others go."""
    left = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))

    def named(match: re.Match[str]) -> str:
        if match[1] not in left:
            return ""
        left.remove(match[1])
        return f' id="{prefix}{match[1]}"'

    return re.sub(r'(href="|url\()#', rf"\1#{prefix}", re.sub(r'\sid="([^"]*)"', named, svg))


def _coordinates(x: Sequence[tuple[int, Rational]]) -> str:
    shown = ", ".join(f"x{t + 1} = {short(v)}" for t, v in x[:12])
    return (shown or "all are 0") + (f", … ({len(x)} in all)" if len(x) > 12 else "")


def _vectors(samples: Sequence[tuple[str, Sequence[Sequence[Rational]]]], what: str) -> Depiction:
    rows = tuple((label, "; ".join(map(_vector, vectors[:12]))) for label, vectors in samples[:MOST_ROWS])
    return Depiction(columns=("label", what), rows=rows, note=_cut_of(len(samples), "samples"))


def _vector(vector: Sequence[Rational]) -> str:
    shown = ", ".join(map(short, vector[:16]))
    return f"({shown}, … {len(vector)} entries)" if len(vector) > 16 else f"({shown})"


def _sign_cnn(instance: SignCnnInstance | RandomCnnInstance, _: Any) -> Depiction:
    return _vectors([(str(label), patches) for label, patches in instance.samples], "patches")


def _random_network(instance: RandomNetworkInstance, _: Any) -> Depiction:
    return _vectors([(str(label), [point]) for label, point in instance.samples], "point")


DEPICTIONS: Mapping[type, Callable[[Any, Any], Depiction]] = {
    ColoringInstance: _coloring,
    MulticoloredCliqueInstance: _multicolored,
    Graph: _graph,
    SetCoverInstance: _set_cover,
    MonotoneCircuit: _circuit,
    SatInstance: _formula,
    OneInThreeInstance: _one_in_three,
    SatGroupsInstance: _sat_groups,
    StripInstance: _strip,
    TrainingInstance: _training,
    SignCnnInstance: _sign_cnn,
    RandomCnnInstance: _sign_cnn,
    RandomNetworkInstance: _random_network,
}
