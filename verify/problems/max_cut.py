"""Max-Cut: brute force and small random instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.max_cut import ENCODING
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.max_cut import MAX_CUT, MaxCutInstance
from relucert.verify.subsets import SubsetSearch, subsets
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class MaxCutSearch(SubsetSearch[MaxCutInstance]):
    problem = MAX_CUT
    encoding = ENCODING
    families = ("graphs",)

    def items(self, instance: MaxCutInstance) -> range:
        return range(instance.vertices)

    def by_brute_force(self, instance: MaxCutInstance) -> Vertices | None:
        return next(
            (
                side
                for side in subsets(self.items(instance))
                if sum(len({*e} & {*side}) == 1 for e in instance.edges) >= instance.cut_wanted
            ),
            None,
        )

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[MaxCutInstance]:
        return (MaxCutInstance(n, edges, **given) for n, edges in listing.graphs(upto, 1))

    def instances(self) -> SearchStrategy[MaxCutInstance]:
        """Graphs on up to three vertices, four take longer; one edge more than there are makes a NO."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> MaxCutInstance:
            n = draw(st.integers(1, 3))
            pairs = list(combinations(range(n), 2))
            edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
            fewest = max(0, len(edges) - 1)
            return MaxCutInstance(n, tuple(sorted(edges)), draw(st.integers(fewest, len(edges) + 1)))

        return drawn()


SEARCH = MaxCutSearch()
