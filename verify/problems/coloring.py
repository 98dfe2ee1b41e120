"""Hypergraph colouring: a clique or an order for the symmetry rule, reading, brute force, small random instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.coloring import ENCODING, color_atom
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, Coloring, ColoringInstance, coloring
from relucert.verify.provers.base import Model
from relucert.verify.saturation import to_order_by
from relucert.verify.search import Search
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

OTHERS = 3  # colours that no vertex of the clique has: from so many on, an order of vertices breaks more symmetries
ORDERED = 8  # vertices; more are not better
MOST_PAIRS = 1_000_000  # of vertices of a hyperedge, that are looked at for an order


class ColoringSearch(Search[ColoringInstance, Coloring]):
    problem = HYPERGRAPH_COLORING
    encoding = ENCODING
    families = ("graphs", "hypergraphs")

    def choices(self, instance: ColoringInstance, case: int) -> Sequence[Any]:
        clique = greedy_clique(instance)[: 1 if instance.violations else instance.colors]
        pairs = sum(len(e) ** 2 for e in instance.edges)
        if instance.colors - len(clique) < OTHERS or pairs > MOST_PAIRS or not instance.vertices:
            return [clique]
        return [{"order": to_order_by(range(instance.vertices), instance.edges, ORDERED)}]

    def witness(self, instance: ColoringInstance, case: int, model: Model) -> Coloring:
        colors = range(instance.colors)
        return tuple(
            next((c for c in colors if color_atom(instance, v, c) in model.true), 0) for v in range(instance.vertices)
        )

    def by_brute_force(self, instance: ColoringInstance) -> Coloring | None:
        return next(
            (
                c
                for c in product(range(instance.colors), repeat=instance.vertices)
                if sum(len({c[v] for v in e}) == 1 for e in instance.edges) <= instance.violations
            ),
            None,
        )

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[ColoringInstance]:
        if family == "graphs":
            return (ColoringInstance(n, edges, **given) for n, edges in listing.graphs(upto))
        every = ((n, listing.subsets(n, range(2, n + 1))) for n in range(upto + 1))
        return (ColoringInstance(n, edges, **given) for n, found in every for edges in found)

    def instances(self) -> SearchStrategy[ColoringInstance]:
        return hypergraphs()


def greedy_clique(instance: ColoringInstance) -> list[int]:
    """A clique of at most k vertices, grown from the vertex of largest degree."""
    neighbors: dict[int, set[int]] = {}
    for e in instance.edges:
        if len(e) == 2:
            for u, v in (e, e[::-1]):
                neighbors.setdefault(u, set()).add(v)
    clique: list[int] = []
    candidates = set(neighbors)
    while candidates and len(clique) < instance.colors:
        v = max(candidates, key=lambda u: (len(neighbors[u] & candidates), -u))
        clique.append(v)
        candidates &= neighbors[v]
    return clique


def hypergraphs(most_vertices: int = 5) -> SearchStrategy[ColoringInstance]:
    """Hypergraphs with 2 to 4 colours, dense enough that a third and more cannot be coloured."""
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> ColoringInstance:
        n = draw(st.integers(2, most_vertices))
        k = draw(st.sampled_from((2, 2, 2, 3, 3, 4)))
        pairs = list(combinations(range(n), 2))
        triples = list(combinations(range(n), 3))
        fewest = min(len(pairs), n * (k - 1) // 2 + k)
        edges = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=fewest))
        if triples:
            edges += draw(st.lists(st.sampled_from(triples), unique=True, max_size=2))
        return coloring(n, edges, k)

    return drawn()


SEARCH = ColoringSearch()
