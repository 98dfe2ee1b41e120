"""Positive one-in-three satisfiability: brute force and small random formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.one_in_three import ENCODING
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance, TrueVariables
from relucert.verify.subsets import SubsetSearch, subsets
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class OneInThreeSearch(SubsetSearch[OneInThreeInstance]):
    problem = ONE_IN_THREE
    encoding = ENCODING
    families = ("triples",)

    def items(self, instance: OneInThreeInstance) -> range:
        return range(instance.variables)

    def by_brute_force(self, instance: OneInThreeInstance) -> TrueVariables | None:
        everything = subsets(range(instance.variables))
        return next(
            (true for true in everything if all(len(set(clause) & set(true)) == 1 for clause in instance.clauses)), None
        )

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[OneInThreeInstance]:
        return (OneInThreeInstance(n, clauses) for n in range(upto + 1) for clauses in listing.subsets(n, (3,)))

    def instances(self) -> SearchStrategy[OneInThreeInstance]:
        """Up to five variables, and as many clauses: with four or more a third and more cannot be satisfied."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> OneInThreeInstance:
            n = draw(st.integers(3, 5))
            triples = list(combinations(range(n), 3))
            clauses = draw(st.lists(st.sampled_from(triples), unique=True, min_size=min(len(triples), 4), max_size=6))
            return OneInThreeInstance(n, tuple(tuple(draw(st.permutations(clause))) for clause in clauses))

        return drawn()


SEARCH = OneInThreeSearch()
