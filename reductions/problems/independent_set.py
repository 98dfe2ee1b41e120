"""Independent Set: are no two of some k vertices of a graph joined by an edge?

Source: Garey, Johnson 1979, GT20.
"""

from __future__ import annotations

from dataclasses import dataclass

from relucert.reductions.graphs import Graph, VertexSetProblem, Vertices
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.shapes import NATURAL, NUMBERS, PAIRS, described, members


@dataclass(frozen=True)
class IndependentSetInstance(Graph):
    """A graph; at least `size` vertices are wanted. If there are fewer in the graph, the instance is a NO."""

    size: int

    def __post_init__(self) -> None:
        super().__post_init__()
        json_count(self.size, "size")


class IndependentSet(VertexSetProblem[IndependentSetInstance]):
    """Decide whether at least k vertices are pairwise not joined. The witness lists them in increasing order.

    >>> path = IndependentSetInstance(4, ((0, 1), (1, 2), (2, 3)), size=2)
    >>> [INDEPENDENT_SET.accepts(path, chosen) for chosen in ((0, 3), (1, 3), (1, 2), (0,))]
    [True, True, False, False]
    """

    name = "independent-set"
    instance_shape = members(vertices=NATURAL, edges=PAIRS, size=NATURAL)
    witness_shape = described("The vertices of the independent set.", NUMBERS)
    parameters = {"size": Integer("the number k ≥ 0 of vertices that are wanted")}  # noqa: RUF012
    instance, number, chosen = IndependentSetInstance, "size", "an independent set"

    def accepts(self, instance: IndependentSetInstance, witness: Vertices) -> bool:
        self.require_vertices(instance, witness)
        inside = set(witness)
        return len(witness) >= instance.size and not any(u in inside and v in inside for u, v in instance.edges)


INDEPENDENT_SET = IndependentSet()
