"""Simple graphs, as several problems are about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, groupby, pairwise
from typing import Any, ClassVar, TypeVar

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.problems.graph_formats import merged, read_graph

Edges = tuple[tuple[int, int], ...]
Vertices = tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """Vertices 0, …, vertices − 1; edges (u, v) with u < v, distinct and sorted. Vertices may have no edge."""

    vertices: int
    edges: Edges

    def __post_init__(self) -> None:
        json_count(self.vertices, "vertices")
        for e in self.edges:
            if len(e) != 2 or not 0 <= e[0] < e[1] < self.vertices:
                most = shorten(self.vertices - 1)
                raise InvalidInstance(f"edge {shorten(list(e))}: expected two vertices, increasing within 0..{most}")
        for e, later in pairwise(self.edges):
            if not e < later:
                raise InvalidInstance(f"edge {shorten(list(later))} stands twice or out of order")

    @property
    def missing(self) -> int:
        """The number of pairs that are no edge, without listing them."""
        return self.vertices * (self.vertices - 1) // 2 - len(self.edges)

    def missing_edges(self) -> Iterator[tuple[int, int]]:
        """The pairs u < v that are no edge, in order.

        >>> list(Graph(3, ((0, 2),)).missing_edges())
        [(0, 1), (1, 2)]
        """
        edges = iter(self.edges)  # in the same order
        edge = next(edges, None)
        for pair in combinations(range(self.vertices), 2):
            if pair == edge:
                edge = next(edges, None)
            else:
                yield pair

    def others(self, chosen: Vertices) -> Vertices:
        """The vertices that are not chosen.

        >>> Graph(4, ()).others((0, 2))
        (1, 3)
        """
        inside = set(chosen)
        return tuple(v for v in range(self.vertices) if v not in inside)


def distinct(edges: Iterable[Iterable[int]]) -> Edges:
    """Edges in any order and direction, repeated or not, as instances list them.

    >>> distinct([(2, 1), (1, 0), (0, 1)])
    ((0, 1), (1, 2))
    """
    ordered = sorted((min(u, v), max(u, v)) for u, v in edges)
    return tuple(e for e, _ in groupby(ordered))


G = TypeVar("G", bound=Graph)


class VertexSetProblem(Problem[G, Vertices]):
    """A problem about a graph and one number, its only parameter, whose witnesses list vertices in increasing order."""

    items = "vertices"
    instance: Callable[[int, Edges, int], G]
    number: ClassVar[str]  # the name of the parameter
    chosen: ClassVar[str]  # what a witness is called

    def require_vertices(self, instance: G, witness: Vertices) -> None:
        if not all(u < v for u, v in pairwise((-1, *witness, instance.vertices))):
            most = shorten(instance.vertices - 1)
            raise InvalidInstance(f"{self.chosen} lists distinct vertices in increasing order within 0..{most}")

    def work(self, instance: G, witness: Vertices) -> int:
        return 20 + 3 * len(witness) + 3 * len(instance.edges)

    def size(self, instance: G) -> Size:
        """Vertices, edges and the parameter."""
        return graph_size(instance.vertices, len(instance.edges), **{self.number: getattr(instance, self.number)})

    def instance_to_json(self, instance: G) -> Any:
        edges = [list(e) for e in instance.edges]
        return {"edges": edges, self.number: getattr(instance, self.number), "vertices": instance.vertices}

    def instance_from_json(self, data: Any) -> G:
        data = json_fields(data, {"edges", "vertices", self.number})
        number = json_count(data[self.number], self.number)
        return self.instance(json_count(data["vertices"], "vertices"), _edges(data["edges"]), number)

    def witness_to_json(self, witness: Vertices) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Vertices:
        return tuple(json_int(v, "vertex", 0) for v in json_list(data, self.chosen))

    def parse(self, text: str, suffix: str) -> Parsed[G]:
        """DIMACS .col, graph6, an edge list, or JSON {"vertices": n, "edges": [[u, v], …]} and optionally the number.

        An edge list has no vertices without edges. Loops are refused.
        """
        stated: dict[str, int] = {}
        if is_json(text, suffix):
            kind, remarks = "JSON", list[str]()
            data = json_fields(loads(text), {"edges", "vertices"}, {self.number})
            vertices, edges = json_count(data["vertices"], "vertices"), _edges(data["edges"])
            for i, (u, v) in enumerate(edges):
                if u == v or max(u, v) >= vertices:
                    raise InvalidInstance(f"edge {i}: expected two distinct vertices within 0..{shorten(vertices - 1)}")
            if self.number in data:
                stated[self.number] = json_count(data[self.number], self.number)
        else:
            kind, vertices, read, remarks = read_graph(text, suffix)
            edges = tuple((u, v) for u, v in read)
        kept = distinct(edges)
        content = f"{counted(vertices, 'vertex', 'vertices')}, {counted(len(kept), 'edge')}"

        def build(**number: int) -> G:
            return self.instance(vertices, kept, number[self.number])

        return Parsed(kind, content, build, stated, [*remarks, *merged(len(edges) - len(kept))])


def graph_size(vertices: int, edges: int, **number: int) -> Size:
    """The size of a graph with a number."""
    measures = {"vertices": json_count(vertices, "vertices"), "edges": edges, **number}
    return Size(measures, OBJECT + TUPLE * (edges + 1) + INTEGER * (2 * edges + 2))


def _edges(data: Any) -> Edges:
    return tuple(_edge(e, i) for i, e in enumerate(json_list(data, "edges")))


def _edge(data: Any, i: int) -> tuple[int, int]:
    ends = [json_int(v, f"edge {i}: vertex", 0) for v in json_list(data, f"edge {i}")]
    if len(ends) != 2:
        raise InvalidInstance(f"edge {i} has {len(ends)} vertices instead of two")
    return ends[0], ends[1]
