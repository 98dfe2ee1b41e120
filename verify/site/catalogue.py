"""The catalogue as a graph that one can walk: problems are its vertices, reductions its edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import networkx as nx
from markupsafe import Markup

from relucert.reductions.reduction import AnyReduction
from relucert.verify.site.svg import Drawing, Point

Slot = str | tuple[str, str, int]

HEIGHT, STEP, GAP = 30.0, 48.0, 84.0  # of a box, from box to box in a column, from column to column
LETTER = 7.4  # width of one


def catalogue_graph(reductions: Sequence[AnyReduction], coverage: Mapping[str, int]) -> Markup:
    """Boxes lead to the pages of problems, lines to those of reductions, or to the list of all between two problems.

    coverage: how many certificates there are of a reduction, by name.
    """
    between: dict[tuple[str, str], list[AnyReduction]] = {}
    for r in reductions:
        between.setdefault((r.source.name, r.target.name), []).append(r)
    columns = _columns(list(between))
    widths = [max(_width(name) for name in column if type(name) is str) for column in columns]
    tall = max(map(len, columns))
    left, where = 12.0, dict[Slot, Point]()
    for column, width in zip(columns, widths, strict=True):
        for i, name in enumerate(column):
            where[name] = (left + width / 2, 34 + STEP * (i + (tall - len(column)) / 2))
        left += width + GAP
    drawing = Drawing(left - GAP + 50, 34 + STEP * tall, "The catalogue: problems, and reductions between them",
                      "The table below this picture says the same.", links=True)  # fmt: skip
    for (source, target), links in between.items():
        data, middle = _way(where, widths, source, target)
        address = f"reductions/{links[0].name}.html" if len(links) == 1 else f"problems/{source}.html#to-{target}"
        names = ", ".join(r.name for r in links)
        with drawing.link(address, f"from {source} to {target}: {names}"):
            certified = sum(coverage.get(r.name, 0) for r in links)
            drawing.path(data, "way wide")
            drawing.path(data, "way certified" if certified else "way", f"{names}: {certified} certificates")
            if len(links) > 1:
                drawing.circle(middle, 9, "count")
                drawing.text(middle, str(len(links)), "name")
    for name, place in where.items():
        if type(name) is not str:
            continue
        with drawing.link(f"problems/{name}.html", f"problem {name}"):
            drawing.box(place, _width(name), HEIGHT, "problem", "", 6)
            drawing.text(place, name, "name")
    return drawing.markup()


def _width(name: str) -> float:
    return 20 + LETTER * len(name)


def _columns(pairs: Sequence[tuple[str, str]]) -> list[list[Slot]]:
    """Problems in columns, so that reductions go to the right but for those within a column; where one passes through a
    column, it has a slot there, the pair with the number of the column. The order crosses few of them: each problem
    stands near the average of those that it is joined to."""
    graph: Any = nx.DiGraph(pair for pair in pairs if pair[0] != pair[1])
    graph.add_nodes_from(name for pair in pairs for name in pair)
    parts = nx.condensation(graph)
    depth: dict[int, int] = {}
    for part in reversed(list(nx.topological_sort(parts))):
        depth[part] = 1 + max((depth[after] for after in parts.successors(part)), default=-1)
    deepest = max(depth.values())
    column_of = {name: deepest - depth[part] for name, part in parts.graph["mapping"].items()}
    columns: list[list[Slot]] = [[] for _ in range(deepest + 1)]
    for name in sorted(column_of):
        columns[column_of[name]].append(name)
    joined: dict[Slot, list[Slot]] = {name: [] for name in column_of}
    for source, target in dict.fromkeys(pairs):
        between = [(source, target, column) for column in range(column_of[source] + 1, column_of[target])]
        for slot in between:
            columns[slot[2]].append(slot)
        stops: list[Slot] = [source, *between, target]
        for one, other in pairwise(stops):
            joined.setdefault(one, []).append(other)
            joined.setdefault(other, []).append(one)
    row = {name: i - len(column) / 2 for column in columns for i, name in enumerate(column)}
    for _ in range(12):
        for column in (*columns, *reversed(columns)):
            column.sort(
                key=lambda name: (sum(row[other] for other in joined[name]) / max(1, len(joined[name])), str(name))
            )
            row |= {name: i - len(column) / 2 for i, name in enumerate(column)}
    return columns


def _way(where: Mapping[Slot, Point], widths: Sequence[float], source: str, target: str) -> tuple[str, Point]:
    """The data of a curve with an arrow head, and its middle."""
    (x, y), (u, v) = where[source], where[target]
    if source == target:
        x += _width(source) / 2
        return f"M{x} {y - 8}C{x + 46} {y - 34} {x + 46} {y + 34} {x} {y + 8}l8 -1M{x} {y + 8}l3 -8", (x + 35, y)
    if x == u:  # within a column
        x, bow = x + _width(source) / 2, 26 + 8 * abs(v - y) / STEP * (1 if v > y else 1.6)
        u += _width(target) / 2
        y, v = (y + 5, v - 5) if v > y else (y - 5, v + 5)
        across = max(x, u) + bow
        return f"M{x} {y}C{across} {y} {across} {v} {u} {v}l7 -4M{u} {v}l7 4", (across - bow / 4, (y + v) / 2)
    points = [(x + _width(source) / 2, y)]
    for slot, (a, b) in sorted(where.items(), key=lambda item: item[1]):
        if not isinstance(slot, str) and slot[:2] == (source, target):  # straight past the boxes of the column
            half = widths[slot[2]] / 2
            points += [(a - half, b), (a + half, b)]
    points.append((u - _width(target) / 2, v))
    data = f"M{points[0][0]} {points[0][1]}"
    for (a, b), (c, d) in pairwise(points):
        bend = (c - a) / 2
        data += f"C{a + bend} {b} {c - bend} {d} {c} {d}"
    u, v = points[-1]
    return f"{data}l-8 -4M{u} {v}l-8 4", ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2)
