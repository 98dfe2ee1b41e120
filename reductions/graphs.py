"""Simple graphs, as several problems are about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, ClassVar, TypeVar

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.graphs import Edges, edges_from_json, read_simple_graph
from relucert.reductions.json_text import json_count, json_fields, json_int, json_list
from relucert.reductions.problem import Parsed, Problem

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

    def sought(self, instance: G) -> str:
        n, k = counted(instance.vertices, "vertex", "vertices"), shorten(getattr(instance, self.number))
        kind = self.chosen.removeprefix("an ").removeprefix("a ")
        return f"{kind} of {'at most' if self.number == 'budget' else 'at least'} {k} of the {n} exists"

    def instance_to_json(self, instance: G) -> Any:
        edges = [list(e) for e in instance.edges]
        return {"edges": edges, self.number: getattr(instance, self.number), "vertices": instance.vertices}

    def instance_from_json(self, data: Any) -> G:
        data = json_fields(data, {"edges", "vertices", self.number})
        number = json_count(data[self.number], self.number)
        return self.instance(json_count(data["vertices"], "vertices"), edges_from_json(data["edges"]), number)

    def witness_to_json(self, witness: Vertices) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Vertices:
        return tuple(json_int(v, "vertex", 0) for v in json_list(data, self.chosen))

    def parse(self, text: str, suffix: str) -> Parsed[G]:
        """A graph in any format; JSON may state the number as well."""
        graph = read_simple_graph(text, suffix, {self.number: 0})

        def build(**number: int) -> G:
            return self.instance(graph.vertices, graph.edges, number[self.number])

        return Parsed(graph.format, graph.content, build, graph.stated, graph.remarks)


def graph_size(vertices: int, edges: int, **number: int) -> Size:
    """The size of a graph with a number."""
    measures = {"vertices": json_count(vertices, "vertices"), "edges": edges, **number}
    return Size(measures, OBJECT + TUPLE * (edges + 1) + INTEGER * (2 * edges + 2), frozenset(number))
