"""Set Cover: brute force and small random instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.set_cover import ENCODING
from relucert.reductions.problems.set_cover import SET_COVER, Cover, SetCoverInstance
from relucert.verify.subsets import SubsetSearch
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class SetCoverSearch(SubsetSearch[SetCoverInstance]):
    problem = SET_COVER
    encoding = ENCODING
    families = ("set-systems",)

    def items(self, instance: SetCoverInstance) -> range:
        return range(len(instance.sets))

    def by_brute_force(self, instance: SetCoverInstance) -> Cover | None:
        return next(
            (
                chosen
                for size in range(min(instance.budget, len(instance.sets)) + 1)
                for chosen in combinations(range(len(instance.sets)), size)
                if len({u for i in chosen for u in instance.sets[i]}) == instance.universe
            ),
            None,
        )

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[SetCoverInstance]:
        every = ((n, listing.subsets(n, range(1, n + 1))) for n in range(upto + 1))
        return (SetCoverInstance(n, sets, **given) for n, found in every for sets in found)

    def instances(self) -> SearchStrategy[SetCoverInstance]:
        """Up to four elements and sets; a tight budget or an element in no set makes a NO."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> SetCoverInstance:
            universe, m = draw(st.integers(1, 4)), draw(st.integers(1, 4))
            members = st.lists(st.integers(0, universe - 1), unique=True, min_size=1, max_size=universe)
            sets = [tuple(sorted(draw(members))) for _ in range(m)]
            return SetCoverInstance(universe, tuple(sets), draw(st.integers(0, 2)))

        return drawn()


SEARCH = SetCoverSearch()
