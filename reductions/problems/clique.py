"""Clique: are some k vertices of a graph pairwise joined by edges?

Source: Karp 1972, problem 3; Garey, Johnson 1979, GT19.
"""

from __future__ import annotations

from dataclasses import dataclass

from relucert.reductions.graphs import Graph, VertexSetProblem, Vertices
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.shapes import NATURAL, NUMBERS, PAIRS, described, members


@dataclass(frozen=True)
class CliqueInstance(Graph):
    """A graph; at least `size` vertices are wanted. If there are fewer in the graph, the instance is a NO."""

    size: int

    def __post_init__(self) -> None:
        super().__post_init__()
        json_count(self.size, "size")


class Clique(VertexSetProblem[CliqueInstance]):
    """Decide whether at least k vertices are pairwise joined. The witness lists them in increasing order.

    >>> triangle_and_edge = CliqueInstance(4, ((0, 1), (0, 2), (1, 2), (2, 3)), size=3)
    >>> [CLIQUE.accepts(triangle_and_edge, chosen) for chosen in ((0, 1, 2), (1, 2, 3), (2, 3))]
    [True, False, False]
    """

    name = "clique"
    instance_shape = members(vertices=NATURAL, edges=PAIRS, size=NATURAL)
    witness_shape = described("The vertices of the clique.", NUMBERS)
    parameters = {"size": Integer("the number k ≥ 0 of vertices that are wanted")}  # noqa: RUF012
    instance, number, chosen = CliqueInstance, "size", "a clique"

    def accepts(self, instance: CliqueInstance, witness: Vertices) -> bool:
        self.require_vertices(instance, witness)
        inside, k = set(witness), len(witness)
        return k >= instance.size and sum(u in inside and v in inside for u, v in instance.edges) == k * (k - 1) // 2


CLIQUE = Clique()
