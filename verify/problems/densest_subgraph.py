"""Densest κ-Subgraph: reading, brute force, small random instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.densest_subgraph import ENCODING
from relucert.reductions.problems.densest_subgraph import (
    DENSEST_SUBGRAPH,
    DensestSubgraphInstance,
    Subgraph,
    densest_subgraph,
)
from relucert.verify.provers.base import Model
from relucert.verify.subsets import SubsetSearch
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class DensestSubgraphSearch(SubsetSearch[DensestSubgraphInstance]):
    problem = DENSEST_SUBGRAPH
    encoding = ENCODING
    families = ("graphs",)

    def items(self, instance: DensestSubgraphInstance) -> range:
        return range(instance.vertices)

    def witness(self, instance: DensestSubgraphInstance, case: int, model: Model) -> Subgraph:
        """The chosen vertices, made κ many by any others: these only add edges."""
        chosen = sorted(range(instance.vertices), key=lambda v: 1 + v not in model.true)
        return tuple(sorted(chosen[: instance.kappa]))

    def by_brute_force(self, instance: DensestSubgraphInstance) -> Subgraph | None:
        return next(
            (
                chosen
                for chosen in combinations(range(instance.vertices), instance.kappa)
                if sum(u in chosen and v in chosen for u, v in instance.edges) >= instance.edges_wanted
            ),
            None,
        )

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[DensestSubgraphInstance]:
        least = max(1, given["kappa"])
        return (DensestSubgraphInstance(n, edges, **given) for n, edges in listing.graphs(upto, least))

    def instances(self) -> SearchStrategy[DensestSubgraphInstance]:
        """Graphs on up to three vertices, four take minutes; one edge more than κ vertices can have makes a NO."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> DensestSubgraphInstance:
            n = draw(st.integers(2, 3))
            edges = draw(st.lists(st.sampled_from(list(combinations(range(n), 2))), unique=True))
            kappa = draw(st.integers(1, n))
            wanted = draw(st.integers(0, min(len(edges), kappa * (kappa - 1) // 2) + 1))
            return densest_subgraph(n, edges, kappa, wanted)

        return drawn()


SEARCH = DensestSubgraphSearch()
