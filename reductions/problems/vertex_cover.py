"""Vertex Cover: do at most t vertices of a graph meet all its edges?

Source: Karp 1972, problem 5 (node cover); Garey, Johnson 1979, GT1.
"""

from __future__ import annotations

from dataclasses import dataclass

from relucert.reductions.graphs import Graph, VertexSetProblem, Vertices
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.shapes import NATURAL, NUMBERS, PAIRS, described, members


@dataclass(frozen=True)
class VertexCoverInstance(Graph):
    """A graph; at most `budget` vertices may be chosen. The budget may exceed the number of vertices."""

    budget: int

    def __post_init__(self) -> None:
        super().__post_init__()
        json_count(self.budget, "budget")


class VertexCover(VertexSetProblem[VertexCoverInstance]):
    """Decide whether at most t vertices contain an end of every edge. The witness lists them in increasing order.

    >>> path = VertexCoverInstance(4, ((0, 1), (1, 2), (2, 3)), budget=2)
    >>> [VERTEX_COVER.accepts(path, chosen) for chosen in ((1, 2), (0, 2), (0, 3), (0, 1, 2))]
    [True, True, False, False]
    """

    name = "vertex-cover"
    instance_shape = members(vertices=NATURAL, edges=PAIRS, budget=NATURAL)
    witness_shape = described("The vertices of the cover.", NUMBERS)
    parameters = {"budget": Integer("the number t ≥ 0 of vertices that may be chosen")}  # noqa: RUF012
    instance, number, chosen = VertexCoverInstance, "budget", "a vertex cover"

    def accepts(self, instance: VertexCoverInstance, witness: Vertices) -> bool:
        self.require_vertices(instance, witness)
        inside = set(witness)
        return len(witness) <= instance.budget and all(u in inside or v in inside for u, v in instance.edges)


VERTEX_COVER = VertexCover()
