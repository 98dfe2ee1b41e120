"""Vertex Cover → Set Cover: a vertex is the set of its edges."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.classics.linear_time import LinearTime, Numbers
from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size, formulas
from relucert.reductions.problems.set_cover import BUDGET, SET_COVER, SetCoverInstance
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance


class VertexCoverToSetCover(LinearTime[VertexCoverInstance, SetCoverInstance]):
    """At most t vertices meet all edges iff their sets of edges, which are at most t, cover the set of all edges.

    Construction. The elements are the edges, numbered in order. Set v holds the edges that contain vertex v; it is
    empty if there are none. The budget remains.

    Forward and backward. Sets and vertices have the same numbers. Element e is covered by the chosen sets iff an end of
    edge e is among the chosen vertices. So every solution of one side is one of the other.

    Size. m elements, n sets, 2m memberships, budget t.

    >>> r, path = VertexCoverToSetCover(), ((0, 1), (1, 2), (2, 3))
    >>> yes = VertexCoverInstance(5, path, budget=2)
    >>> r.reduce(yes)
    SetCoverInstance(universe=3, sets=((0,), (0, 1), (1, 2), (2,), ()), budget=2)
    >>> SET_COVER.accepts(r.reduce(yes), r.forward(yes, (1, 2))), r.backward(yes, (1, 3))
    (True, (1, 3))

    Two of these three edges have no vertex in common:

    >>> no = r.reduce(VertexCoverInstance(5, path, budget=1))
    >>> any(SET_COVER.accepts(no, (v,)) for v in range(5))
    False

    Deviations. None.
    """

    name = "vertex-cover-to-set-cover"
    source = VERTEX_COVER
    target = SET_COVER
    reference = "Karp 1972, problem 6 (set covering)"
    sizes = formulas(
        universe="edges",
        sets="vertices",
        memberships="2*edges",
        budget="budget",
    )

    def reduce(self, instance: VertexCoverInstance) -> SetCoverInstance:
        incident: list[list[int]] = [[] for _vertex in range(instance.vertices)]
        for e, ends in enumerate(instance.edges):
            for v in ends:
                incident[v].append(e)
        return SetCoverInstance(len(instance.edges), tuple(map(tuple, incident)), instance.budget)

    def forward(self, instance: VertexCoverInstance, witness: Numbers) -> Numbers:
        return witness

    def backward(self, instance: VertexCoverInstance, witness: Numbers) -> Numbers:
        return witness

    def stages(self, instance: VertexCoverInstance) -> Iterator[Size]:
        n, m = instance.vertices, len(instance.edges)
        measures = {"universe": m, "sets": n, "memberships": 2 * m, "budget": instance.budget}
        yield Size(measures, OBJECT + TUPLE * (n + 1) + INTEGER * (2 * m + 2), BUDGET)
