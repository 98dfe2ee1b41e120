"""Multicoloured Clique: reading, brute force, small random instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.multicolored_clique import ENCODING
from relucert.reductions.problems.multicolored_clique import (
    MULTICOLORED_CLIQUE,
    Clique,
    MulticoloredCliqueInstance,
    multicolored_clique,
)
from relucert.verify.provers.base import Model
from relucert.verify.search import Search
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class MulticoloredCliqueSearch(Search[MulticoloredCliqueInstance, Clique]):
    problem = MULTICOLORED_CLIQUE
    encoding = ENCODING
    families = ("coloured-graphs",)

    def witness(self, instance: MulticoloredCliqueInstance, case: int, model: Model) -> Clique:
        return tuple(next((v for v in members if 1 + v in model.true), members[0]) for members in instance.classes())

    def by_brute_force(self, instance: MulticoloredCliqueInstance) -> Clique | None:
        return next(
            (
                c
                for c in product(*instance.classes())
                if all((min(e), max(e)) in instance.edges for e in combinations(c, 2))
            ),
            None,
        )

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[MulticoloredCliqueInstance]:
        return (MulticoloredCliqueInstance(colors, edges) for colors, edges in listing.coloured_graphs(upto))

    def instances(self) -> SearchStrategy[MulticoloredCliqueInstance]:
        """Two or three colours with up to three vertices each; with half of the edges about half have no clique."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> MulticoloredCliqueInstance:
            colors = draw(st.sampled_from(((0, 1), (0, 0, 1), (0, 0, 1, 1), (0, 1, 2), (0, 0, 1, 2), (0, 0, 1, 1, 2))))
            pairs = [(u, v) for u, v in combinations(range(len(colors)), 2) if colors[u] != colors[v]]
            return multicolored_clique(colors, draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs))))

        return drawn()


SEARCH = MulticoloredCliqueSearch()
