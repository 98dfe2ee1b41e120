"""Densest κ-Subgraph: do some κ vertices of a graph induce at least ℓ edges?

Source: Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Section 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from typing import Any

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.problems.graph_formats import merged, read_graph

Subgraph = tuple[int, ...]
Edges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class DensestSubgraphInstance:
    """Vertices 0, …, vertices − 1; edges (u, v) with u < v, distinct and sorted; 1 ≤ kappa ≤ vertices.

    `edges_wanted` is ℓ. If it exceeds the number of edges, the instance is a NO.
    """

    vertices: int
    edges: Edges
    kappa: int
    edges_wanted: int

    def __post_init__(self) -> None:
        json_count(self.vertices, "vertices")
        json_count(self.edges_wanted, "edges_wanted")
        if json_count(self.kappa, "kappa", 1) > self.vertices:
            raise InvalidInstance(f"kappa is {shorten(self.kappa)}, but there are {shorten(self.vertices)} vertices")
        for e in self.edges:
            if len(e) != 2 or not 0 <= e[0] < e[1] < self.vertices:
                most = shorten(self.vertices - 1)
                raise InvalidInstance(f"edge {shorten(list(e))}: expected two vertices, increasing within 0..{most}")
        for e, later in pairwise(self.edges):
            if not e < later:
                raise InvalidInstance(f"edge {shorten(list(later))} stands twice or out of order")

    def induced_edges(self, chosen: Iterable[int]) -> int:
        """The number of edges with both ends among the chosen vertices."""
        inside = set(chosen)
        return sum(u in inside and v in inside for u, v in self.edges)


def densest_subgraph(
    vertices: int, edges: Iterable[Iterable[int]], kappa: int, edges_wanted: int
) -> DensestSubgraphInstance:
    """An instance from edges in any order, repeated or not.

    >>> densest_subgraph(3, [(1, 0), (0, 1), (2, 1)], 2, 1).edges
    ((0, 1), (1, 2))
    """
    return DensestSubgraphInstance(vertices, _distinct(edges), kappa, edges_wanted)


def _distinct(edges: Iterable[Iterable[int]]) -> Any:
    return tuple(e for e, _ in groupby(sorted(tuple(sorted(e)) for e in edges)))  # pairs, as the instance checks


class DensestSubgraph(Problem[DensestSubgraphInstance, Subgraph]):
    """Decide whether κ vertices induce at least ℓ edges. The witness lists the vertices in increasing order.

    >>> triangle_and_edge = densest_subgraph(4, [(0, 1), (0, 2), (1, 2), (2, 3)], kappa=3, edges_wanted=3)
    >>> [DENSEST_SUBGRAPH.accepts(triangle_and_edge, chosen) for chosen in ((0, 1, 2), (1, 2, 3))]
    [True, False]
    """

    name = "densest-subgraph"
    items = "kappa"
    parameters = {  # noqa: RUF012
        "kappa": "the number κ ≥ 1 of vertices to choose",
        "edges_wanted": "the number ℓ ≥ 0 of edges that they must induce",
    }

    def accepts(self, instance: DensestSubgraphInstance, witness: Subgraph) -> bool:
        if len(witness) != instance.kappa or not all(u < v for u, v in pairwise((-1, *witness, instance.vertices))):
            k, most = shorten(instance.kappa), shorten(instance.vertices - 1)
            raise InvalidInstance(f"a subgraph lists {k} distinct vertices in increasing order within 0..{most}")
        return instance.induced_edges(witness) >= instance.edges_wanted

    def work(self, instance: DensestSubgraphInstance, witness: Subgraph) -> int:
        return 20 + 2 * len(witness) + 2 * len(instance.edges)

    def size(self, instance: DensestSubgraphInstance) -> Size:
        """Vertices, edges, κ and ℓ."""
        edges = len(instance.edges)
        measures = {
            "vertices": instance.vertices,
            "edges": edges,
            "kappa": instance.kappa,
            "edges_wanted": instance.edges_wanted,
        }
        return Size(measures, OBJECT + TUPLE * (edges + 1) + INTEGER * (2 * edges + 3))

    def instance_to_json(self, instance: DensestSubgraphInstance) -> Any:
        return {
            "edges": [list(e) for e in instance.edges],
            "edges_wanted": instance.edges_wanted,
            "kappa": instance.kappa,
            "vertices": instance.vertices,
        }

    def instance_from_json(self, data: Any) -> DensestSubgraphInstance:
        data = json_fields(data, {"edges", "edges_wanted", "kappa", "vertices"})
        return DensestSubgraphInstance(
            json_count(data["vertices"], "vertices"),
            _edges(data["edges"]),
            json_count(data["kappa"], "kappa", 1),
            json_count(data["edges_wanted"], "edges_wanted"),
        )

    def witness_to_json(self, witness: Subgraph) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Subgraph:
        return tuple(json_int(v, "vertex", 0) for v in json_list(data, "subgraph"))

    def parse(self, text: str, suffix: str) -> Parsed[DensestSubgraphInstance]:
        """DIMACS .col, graph6, an edge list, or JSON {"vertices": n, "edges": [[u, v], …]}.

        JSON may state "kappa" and "edges_wanted" as well.
        """
        stated: dict[str, int] = {}
        if is_json(text, suffix):
            kind, remarks = "JSON", list[str]()
            data = json_fields(loads(text), {"edges", "vertices"}, {"edges_wanted", "kappa"})
            vertices, edges = json_int(data["vertices"], "vertices", 0), list(_edges(data["edges"]))
            for i, (u, v) in enumerate(edges):
                if u == v or max(u, v) >= vertices:
                    raise InvalidInstance(f"edge {i}: expected two distinct vertices within 0..{shorten(vertices - 1)}")
            least = {"kappa": 1, "edges_wanted": 0}
            stated = {name: json_int(data[name], name, least[name]) for name in least if name in data}
        else:
            kind, vertices, read, remarks = read_graph(text, suffix)
            edges = [(u, v) for u, v in read]
        distinct = _distinct(edges)
        content = f"{counted(vertices, 'vertex', 'vertices')}, {counted(len(distinct), 'edge')}"
        remarks = [*remarks, *merged(len(edges) - len(distinct))]
        return Parsed(kind, content, partial(DensestSubgraphInstance, vertices, distinct), stated, remarks)


def _edges(data: Any) -> Edges:
    return tuple(_edge(e, i) for i, e in enumerate(json_list(data, "edges")))


def _edge(data: Any, i: int) -> tuple[int, int]:
    ends = [json_int(v, f"edge {i}: vertex", 0) for v in json_list(data, f"edge {i}")]
    if len(ends) != 2:
        raise InvalidInstance(f"edge {i} has {len(ends)} vertices instead of two")
    return ends[0], ends[1]


DENSEST_SUBGRAPH = DensestSubgraph()
