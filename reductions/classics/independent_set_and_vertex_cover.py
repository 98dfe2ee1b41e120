"""Independent Set ↔ Vertex Cover: the other vertices."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.classics.linear_time import LinearTime, Numbers
from relucert.reductions.cost import Size, formulas
from relucert.reductions.graphs import graph_size
from relucert.reductions.problems.independent_set import INDEPENDENT_SET, IndependentSetInstance
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance


class IndependentSetToVertexCover(LinearTime[IndependentSetInstance, VertexCoverInstance]):
    """At least k vertices are pairwise not joined iff the others, which are at most n − k, meet all edges.

    Construction. The same graph, with the budget n − k. If k > n there is no such set, and the target is one edge with
    the budget 0, which has no cover.

    Forward and backward. The vertices that are not chosen. An edge has both ends in a set iff it has none among the
    others. So a set is independent iff the others are a cover, and it has at least k vertices iff they are at most
    n − k.

    Size. n vertices, m edges, budget n − k; if k > n, two vertices, one edge and budget 0.

    >>> r, path = IndependentSetToVertexCover(), ((0, 1), (1, 2), (2, 3))
    >>> yes = IndependentSetInstance(4, path, size=2)
    >>> r.reduce(yes).budget, r.forward(yes, (0, 3)), r.backward(yes, (1, 2))
    (2, (1, 2), (0, 3))
    >>> VERTEX_COVER.accepts(r.reduce(yes), (1, 2))
    True
    >>> no = r.reduce(IndependentSetInstance(4, path, size=3))
    >>> any(VERTEX_COVER.accepts(no, chosen) for chosen in ((), (0,), (1,), (2,), (3,)))
    False
    >>> r.reduce(IndependentSetInstance(4, path, size=5))
    VertexCoverInstance(vertices=2, edges=((0, 1),), budget=0)

    Deviations. The textbook takes k ≤ n.
    """

    name = "independent-set-to-vertex-cover"
    source = INDEPENDENT_SET
    target = VERTEX_COVER
    reference = "Garey, Johnson 1979, Lemma 3.1"
    sizes = formulas(
        vertices="≤ max(2, vertices)",
        edges="≤ max(1, edges)",
        budget="max(0, vertices - size)",
    )

    def reduce(self, instance: IndependentSetInstance) -> VertexCoverInstance:
        if instance.size > instance.vertices:
            return VertexCoverInstance(2, ((0, 1),), 0)
        return VertexCoverInstance(instance.vertices, instance.edges, instance.vertices - instance.size)

    def forward(self, instance: IndependentSetInstance, witness: Numbers) -> Numbers:
        return instance.others(witness)

    def backward(self, instance: IndependentSetInstance, witness: Numbers) -> Numbers:
        return instance.others(witness)

    def stages(self, instance: IndependentSetInstance) -> Iterator[Size]:
        if instance.size > instance.vertices:
            yield graph_size(2, 1, budget=0)
        else:
            yield graph_size(instance.vertices, len(instance.edges), budget=instance.vertices - instance.size)

    def work(
        self, instance: IndependentSetInstance, witness: Numbers | None = None, image: Numbers | None = None
    ) -> int:
        """Witness maps go through all vertices, of which the instance only holds the number."""
        mapping = witness is not None or image is not None
        return super().work(instance, witness, image) + 4 * instance.vertices * mapping


class VertexCoverToIndependentSet(LinearTime[VertexCoverInstance, IndependentSetInstance]):
    """At most t vertices meet all edges iff the others, which are at least n − t, are pairwise not joined.

    Construction. The same graph, with the size n − t, or 0 if t > n: then all vertices are a cover, and the empty set
    is an independent one.

    Forward and backward. The vertices that are not chosen. As in `IndependentSetToVertexCover`, a set is a cover iff
    the others are independent. It has at most t vertices iff the others are at least n − t, which always holds if
    t > n.

    Size. n vertices, m edges, size max(0, n − t).

    >>> r, path = VertexCoverToIndependentSet(), ((0, 1), (1, 2), (2, 3))
    >>> yes = VertexCoverInstance(4, path, budget=2)
    >>> r.reduce(yes).size, r.forward(yes, (1, 2)), r.backward(yes, (0, 3))
    (2, (0, 3), (1, 2))
    >>> INDEPENDENT_SET.accepts(r.reduce(yes), (0, 3))
    True
    >>> from itertools import combinations
    >>> no = r.reduce(VertexCoverInstance(4, path, budget=1))
    >>> any(INDEPENDENT_SET.accepts(no, chosen) for k in (3, 4) for chosen in combinations(range(4), k))
    False

    Deviations. The textbook takes t ≤ n.
    """

    name = "vertex-cover-to-independent-set"
    source = VERTEX_COVER
    target = INDEPENDENT_SET
    reference = "Garey, Johnson 1979, Lemma 3.1"
    sizes = formulas(
        vertices="vertices",
        edges="edges",
        size="max(0, vertices - budget)",
    )

    def reduce(self, instance: VertexCoverInstance) -> IndependentSetInstance:
        return IndependentSetInstance(instance.vertices, instance.edges, self._size(instance))

    def forward(self, instance: VertexCoverInstance, witness: Numbers) -> Numbers:
        return instance.others(witness)

    def backward(self, instance: VertexCoverInstance, witness: Numbers) -> Numbers:
        return instance.others(witness)

    def stages(self, instance: VertexCoverInstance) -> Iterator[Size]:
        yield graph_size(instance.vertices, len(instance.edges), size=self._size(instance))

    def work(self, instance: VertexCoverInstance, witness: Numbers | None = None, image: Numbers | None = None) -> int:
        """Witness maps go through all vertices, of which the instance only holds the number."""
        mapping = witness is not None or image is not None
        return super().work(instance, witness, image) + 4 * instance.vertices * mapping

    @staticmethod
    def _size(instance: VertexCoverInstance) -> int:
        return max(0, instance.vertices - instance.budget)
