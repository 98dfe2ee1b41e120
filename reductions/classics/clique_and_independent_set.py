"""Clique ↔ Independent Set: the complement of the graph."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.classics.linear_time import LinearTime, Numbers
from relucert.reductions.cost import Size, formulas
from relucert.reductions.graphs import graph_size
from relucert.reductions.problems.clique import CLIQUE, CliqueInstance
from relucert.reductions.problems.independent_set import INDEPENDENT_SET, IndependentSetInstance


class CliqueToIndependentSet(LinearTime[CliqueInstance, IndependentSetInstance]):
    """At least k vertices are pairwise joined iff in the complement of the graph none of them are.

    Construction. The same vertices; the edges are the pairs that are no edge; the same k.

    Forward and backward. The same vertices. Two vertices are joined on exactly one side, so every solution of one side
    is one of the other. If k exceeds n there is none on either.

    Size. n vertices, n(n − 1)/2 − m edges, size k.

    >>> r, edges = CliqueToIndependentSet(), ((0, 1), (0, 2), (1, 2), (2, 3))
    >>> yes = CliqueInstance(4, edges, size=3)
    >>> r.reduce(yes)
    IndependentSetInstance(vertices=4, edges=((0, 3), (1, 3)), size=3)
    >>> INDEPENDENT_SET.accepts(r.reduce(yes), r.forward(yes, (0, 1, 2))), r.backward(yes, (0, 1, 2))
    (True, (0, 1, 2))
    >>> INDEPENDENT_SET.accepts(r.reduce(CliqueInstance(4, edges, size=4)), (0, 1, 2, 3))
    False

    Deviations. None.
    """

    name = "clique-to-independent-set"
    source = CLIQUE
    target = INDEPENDENT_SET
    reference = "Garey, Johnson 1979, Lemma 3.1"
    sizes = formulas(
        vertices="vertices",
        edges="vertices*(vertices - 1)//2 - edges",
        size="size",
    )

    def reduce(self, instance: CliqueInstance) -> IndependentSetInstance:
        return IndependentSetInstance(instance.vertices, tuple(instance.missing_edges()), instance.size)

    def forward(self, instance: CliqueInstance, witness: Numbers) -> Numbers:
        return witness

    def backward(self, instance: CliqueInstance, witness: Numbers) -> Numbers:
        return witness

    def stages(self, instance: CliqueInstance) -> Iterator[Size]:
        yield graph_size(instance.vertices, instance.missing, size=instance.size)


class IndependentSetToClique(LinearTime[IndependentSetInstance, CliqueInstance]):
    """At least k vertices are pairwise not joined iff in the complement of the graph they all are.

    Construction, witness maps and size are those of `CliqueToIndependentSet`, and so is the proof, as the complement of
    the complement is the graph.

    >>> r, path = IndependentSetToClique(), ((0, 1), (1, 2), (2, 3))
    >>> yes = IndependentSetInstance(4, path, size=2)
    >>> r.reduce(yes)
    CliqueInstance(vertices=4, edges=((0, 2), (0, 3), (1, 3)), size=2)
    >>> CLIQUE.accepts(r.reduce(yes), r.forward(yes, (0, 3))), r.backward(yes, (1, 3))
    (True, (1, 3))
    >>> from itertools import combinations
    >>> no = r.reduce(IndependentSetInstance(4, path, size=3))
    >>> any(CLIQUE.accepts(no, chosen) for chosen in combinations(range(4), 3))
    False

    Deviations. None.
    """

    name = "independent-set-to-clique"
    source = INDEPENDENT_SET
    target = CLIQUE
    reference = "Garey, Johnson 1979, Lemma 3.1"
    sizes = formulas(
        vertices="vertices",
        edges="vertices*(vertices - 1)//2 - edges",
        size="size",
    )

    def reduce(self, instance: IndependentSetInstance) -> CliqueInstance:
        return CliqueInstance(instance.vertices, tuple(instance.missing_edges()), instance.size)

    def forward(self, instance: IndependentSetInstance, witness: Numbers) -> Numbers:
        return witness

    def backward(self, instance: IndependentSetInstance, witness: Numbers) -> Numbers:
        return witness

    def stages(self, instance: IndependentSetInstance) -> Iterator[Size]:
        yield graph_size(instance.vertices, instance.missing, size=instance.size)
