"""Densest κ-Subgraph: do some κ vertices of a graph induce at least ℓ edges?

Source: Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Section 1.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.graphs import distinct, edges_from_json, read_simple_graph
from relucert.reductions.graphs import Graph
from relucert.reductions.json_text import json_count, json_fields, json_int, json_list
from relucert.reductions.parameters import Integer
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import NATURAL, NUMBERS, PAIRS, POSITIVE, described, members

Subgraph = tuple[int, ...]


@dataclass(frozen=True)
class DensestSubgraphInstance(Graph):
    """A graph; 1 ≤ kappa ≤ vertices.

    `edges_wanted` is ℓ. If it exceeds the number of edges, the instance is a NO.
    """

    kappa: int
    edges_wanted: int

    def __post_init__(self) -> None:
        super().__post_init__()
        json_count(self.edges_wanted, "edges_wanted")
        if json_count(self.kappa, "kappa", 1) > self.vertices:
            raise InvalidInstance(f"kappa is {shorten(self.kappa)}, but there are {shorten(self.vertices)} vertices")

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
    return DensestSubgraphInstance(vertices, distinct(edges), kappa, edges_wanted)


class DensestSubgraph(Problem[DensestSubgraphInstance, Subgraph]):
    """Decide whether κ vertices induce at least ℓ edges. The witness lists the vertices in increasing order.

    >>> triangle_and_edge = densest_subgraph(4, [(0, 1), (0, 2), (1, 2), (2, 3)], kappa=3, edges_wanted=3)
    >>> [DENSEST_SUBGRAPH.accepts(triangle_and_edge, chosen) for chosen in ((0, 1, 2), (1, 2, 3))]
    [True, False]
    """

    name = "densest-subgraph"
    instance_shape = members(vertices=NATURAL, edges=PAIRS, kappa=POSITIVE, edges_wanted=NATURAL)
    witness_shape = described("The chosen vertices.", NUMBERS)
    items = "kappa"
    parameters = {  # noqa: RUF012
        "kappa": Integer("the number κ ≥ 1 of vertices to choose"),
        "edges_wanted": Integer("the number ℓ ≥ 0 of edges that they must induce"),
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
        return Size(
            measures, OBJECT + TUPLE * (edges + 1) + INTEGER * (2 * edges + 3), frozenset({"kappa", "edges_wanted"})
        )

    def sought(self, instance: DensestSubgraphInstance) -> str:
        chosen, wanted = counted(instance.kappa, "vertex", "vertices"), counted(instance.edges_wanted, "edge")
        return f"set of {chosen} out of {shorten(instance.vertices)} holds {wanted} or more"

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
            edges_from_json(data["edges"]),
            json_count(data["kappa"], "kappa", 1),
            json_count(data["edges_wanted"], "edges_wanted"),
        )

    def witness_to_json(self, witness: Subgraph) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Subgraph:
        return tuple(json_int(v, "vertex", 0) for v in json_list(data, "subgraph"))

    def parse(self, text: str, suffix: str) -> Parsed[DensestSubgraphInstance]:
        """A graph in any format; JSON may state "kappa" and "edges_wanted" as well."""
        graph = read_simple_graph(text, suffix, {"kappa": 1, "edges_wanted": 0})
        build = partial(DensestSubgraphInstance, graph.vertices, graph.edges)
        return Parsed(graph.format, graph.content, build, graph.stated, graph.remarks)


DENSEST_SUBGRAPH = DensestSubgraph()
