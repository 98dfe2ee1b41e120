"""Hypergraph k-colouring: can the vertices be coloured so that no hyperedge is monochromatic?

Graphs are the case of two-vertex hyperedges. Source: Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Section 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, TooLarge, short, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.graphs import loads_node_link, merged, read_graph
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.parameters import Integer
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import ANY_INTEGER, NATURAL, POSITIVE, described, listed, members

Coloring = tuple[int, ...]


@dataclass(frozen=True)
class ColoringInstance:
    """Vertices 0, …, vertices − 1; hyperedges as increasing tuples, distinct and sorted; at least 2 colours.

    violations: how many hyperedges may be monochromatic.
    """

    vertices: int
    edges: tuple[tuple[int, ...], ...]
    colors: int
    violations: int = 0

    def __post_init__(self) -> None:
        json_count(self.vertices, "vertices")
        json_count(self.violations, "violations")
        json_count(self.colors, "colors", 2)
        previous: tuple[int, ...] = ()
        for e in self.edges:
            last = -1
            for v in e:
                if not last < v < self.vertices:
                    most = shorten(self.vertices - 1)
                    raise InvalidInstance(f"hyperedge {shorten(list(e))}: vertices must increase within 0..{most}")
                last = v
            if len(e) < 2:
                raise InvalidInstance(
                    f"hyperedge {shorten(list(e))} has fewer than two vertices: no colouring obeys it"
                )
            if not previous < e:
                raise InvalidInstance(f"hyperedge {shorten(list(e))} stands twice or out of order")
            previous = e


def coloring(vertices: int, edges: Iterable[Iterable[int]], colors: int) -> ColoringInstance:
    """An instance from hyperedges in any order, repeated or not.

    >>> coloring(3, [(1, 0), (0, 1), (2, 1)], 2).edges
    ((0, 1), (1, 2))
    """
    return ColoringInstance(vertices, _distinct(edges), colors)


def _distinct(edges: Iterable[Iterable[int]]) -> tuple[tuple[int, ...], ...]:
    by_least: dict[int, set[tuple[int, ...]]] = {}  # linear time: sorting a million edges at once costs more
    for e in edges:
        ordered = tuple(sorted(e))
        by_least.setdefault(ordered[0] if ordered else -1, set()).add(ordered)
    return tuple(e for v in sorted(by_least) for e in sorted(by_least[v]))


class HypergraphColoring(Problem[ColoringInstance, Coloring]):
    """Decide k-colourability, up to some violations. The witness lists the colour of every vertex, in 0, …, k − 1.

    >>> triangle = (0, 1), (0, 2), (1, 2)
    >>> [HYPERGRAPH_COLORING.accepts(ColoringInstance(3, triangle, 2, v), (0, 1, 0)) for v in (0, 1)]
    [False, True]
    """

    name = "hypergraph-coloring"
    instance_shape = members(
        vertices=NATURAL,
        edges=listed(listed(NATURAL, 2, distinct=True), distinct=True),
        colors={"type": "integer", "minimum": 2},
        violations=POSITIVE,
    ) | {"required": ["vertices", "edges", "colors"]}
    witness_shape = described("The colour of every vertex.", listed(ANY_INTEGER))
    items = "vertices"
    parameters = {"colors": Integer("the number k ≥ 2 of colours")}  # noqa: RUF012

    def accepts(self, instance: ColoringInstance, witness: Coloring) -> bool:
        if len(witness) != instance.vertices:
            raise InvalidInstance(f"a colouring lists {shorten(instance.vertices)} colours, not {len(witness)}")
        if not all(0 <= c < instance.colors for c in witness):
            return False
        monochromatic = sum(all(witness[v] == witness[e[0]] for v in e) for e in instance.edges)
        return monochromatic <= instance.violations

    def work(self, instance: ColoringInstance, witness: Coloring) -> int:
        return 20 + len(witness) + sum(4 + 2 * len(e) for e in instance.edges)

    def size(self, instance: ColoringInstance) -> Size:
        """Vertices, hyperedges, their sizes together, and colours."""
        edges, memberships = len(instance.edges), sum(map(len, instance.edges))
        measures = {
            "vertices": instance.vertices, "edges": edges, "memberships": memberships, "colors": instance.colors,
        }  # fmt: skip
        return Size(measures, OBJECT + TUPLE * (edges + 1) + INTEGER * (memberships + 3))

    def sought(self, instance: ColoringInstance) -> str:
        n, m = counted(instance.vertices, "vertex", "vertices"), counted(len(instance.edges), "edge")
        but = f", but for at most {short(instance.violations)} of them," if instance.violations else ""
        colors = counted(instance.colors, "colour")
        return f"colouring of the {n} with {colors} gives each of the {m}{but} two colours or more"

    def instance_to_json(self, instance: ColoringInstance) -> Any:
        edges = [list(e) for e in instance.edges]
        shown = {"colors": instance.colors, "edges": edges, "vertices": instance.vertices}
        return shown | ({"violations": instance.violations} if instance.violations else {})

    def instance_from_json(self, data: Any) -> ColoringInstance:
        data = json_fields(data, {"colors", "edges", "vertices"}, {"violations"})
        vertices, colors = json_count(data["vertices"], "vertices"), json_count(data["colors"], "colors")
        violations = json_count(data["violations"], "violations", 1) if "violations" in data else 0
        return ColoringInstance(vertices, _edges(data["edges"]), colors, violations)

    def witness_to_json(self, witness: Coloring) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Coloring:
        return tuple(json_int(c, "colour") for c in json_list(data, "colouring"))

    def parse(self, text: str, suffix: str) -> Parsed[ColoringInstance]:
        """DIMACS .col, graph6, an edge list, or JSON {"vertices": n, "edges": [[…], …]} and optionally "colors": k.

        Only JSON can say "violations": v.
        """
        if is_json(text, suffix):
            return _parse_json(text)
        graph = read_graph(text, suffix)
        return _parsed(graph.format, graph.vertices, graph.edges, 0, {}, graph.remarks)


def _parse_json(text: str) -> Parsed[ColoringInstance]:
    linked = loads_node_link(text)
    if linked is not None:
        return _parsed(linked.format, linked.vertices, linked.edges, 0, {}, [])
    data = json_fields(loads(text), {"edges", "vertices"}, {"colors", "violations"})
    vertices, edges = json_int(data["vertices"], "vertices", 0), list(_edges(data["edges"]))
    if vertices >= 2**60:  # larger ones may all have the same hash
        raise TooLarge(f"{shorten(vertices)} vertices")
    for i, e in enumerate(edges):
        if not all(0 <= v < vertices for v in e):
            raise InvalidInstance(f"hyperedge {i}: expected vertices within 0..{vertices - 1}")
        if len(e) < 2:
            raise InvalidInstance(f"hyperedge {i} has fewer than two vertices, so every colouring violates it")
        if len(set(e)) < len(e):
            raise InvalidInstance(f"hyperedge {i} repeats a vertex")
    stated = {"colors": json_int(data["colors"], "colors", 2)} if "colors" in data else {}
    violations = json_int(data["violations"], "violations", 0) if "violations" in data else 0
    return _parsed("JSON", vertices, edges, violations, stated, [])


def _parsed(
    kind: str, vertices: int, edges: Sequence[tuple[int, ...]], violations: int, stated: dict[str, int],
    remarks: list[str],
) -> Parsed[ColoringInstance]:  # fmt: skip
    distinct = _distinct(edges)
    word = "edge" if all(len(e) == 2 for e in distinct) else "hyperedge"
    content = f"{counted(vertices, 'vertex', 'vertices')}, {counted(len(distinct), word)}"
    content += f", {counted(violations, 'violation')} allowed" if violations else ""
    remarks = [*remarks, *merged(len(edges) - len(distinct))]
    build = partial(ColoringInstance, vertices, distinct, violations=violations)
    return Parsed(kind, content, build, stated, remarks)


def _edges(data: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(json_int(v, "vertex", 0) for v in json_list(e, "hyperedge")) for e in json_list(data, "edges"))


def require_no_violations(instance: ColoringInstance, reduction: str) -> None:
    """Of a reduction that knows proper colourings only."""
    if instance.violations:
        raise InvalidInstance(f"{reduction} is for colourings without violations, not {shorten(instance.violations)}")


HYPERGRAPH_COLORING = HypergraphColoring()
