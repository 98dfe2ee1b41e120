"""Max-Cut: do some vertices of a graph have at least so many edges to the others?

Source: Garey, Johnson 1979, ND16, with all weights 1 (Garey, Johnson, Stockmeyer, TCS 1976).
"""

from __future__ import annotations

from dataclasses import dataclass

from relucert.reductions.exact import shorten
from relucert.reductions.formats import counted
from relucert.reductions.graphs import Graph, VertexSetProblem, Vertices
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.shapes import NATURAL, NUMBERS, PAIRS, POSITIVE, described, members


@dataclass(frozen=True)
class MaxCutInstance(Graph):
    """A graph with at least one vertex. If more edges are wanted than there are, the instance is a NO."""

    cut_wanted: int

    def __post_init__(self) -> None:
        json_count(self.vertices, "vertices", 1)
        super().__post_init__()
        json_count(self.cut_wanted, "cut_wanted")


class MaxCut(VertexSetProblem[MaxCutInstance]):
    """Decide whether at least c edges have one end of two in some set. The witness lists it in increasing order.

    >>> triangle = MaxCutInstance(3, ((0, 1), (0, 2), (1, 2)), cut_wanted=2)
    >>> [MAX_CUT.accepts(triangle, side) for side in ((0,), (1, 2), (), (0, 1, 2))]
    [True, True, False, False]
    """

    name = "max-cut"
    instance_shape = members(vertices=POSITIVE, edges=PAIRS, cut_wanted=NATURAL)
    witness_shape = described("The vertices on one side.", NUMBERS)
    parameters = {"cut_wanted": Integer("the number c ≥ 0 of edges that are to be cut")}  # noqa: RUF012
    instance, number, chosen = MaxCutInstance, "cut_wanted", "a side"

    def accepts(self, instance: MaxCutInstance, witness: Vertices) -> bool:
        self.require_vertices(instance, witness)
        side = set(witness)
        return sum((u in side) != (v in side) for u, v in instance.edges) >= instance.cut_wanted

    def sought(self, instance: MaxCutInstance) -> str:
        n, m = counted(instance.vertices, "vertex", "vertices"), counted(len(instance.edges), "edge")
        return f"division of the {n} into two sides cuts at least {shorten(instance.cut_wanted)} of the {m}"


MAX_CUT = MaxCut()
