"""Groups of clauses: brute force and small random groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relucert.certificates.encodings.sat_groups import ENCODING
from relucert.reductions.problems.sat_groups import SAT_GROUPS, Group, SatGroupsInstance, TrueVariables
from relucert.verify.subsets import SubsetSearch, subsets

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class SatGroupsSearch(SubsetSearch[SatGroupsInstance]):
    problem = SAT_GROUPS
    encoding = ENCODING

    def items(self, instance: SatGroupsInstance) -> range:
        return range(1, instance.variables + 1)

    def by_brute_force(self, instance: SatGroupsInstance) -> TrueVariables | None:
        def violated(clause: tuple[int, ...], true: TrueVariables) -> bool:
            return all(v not in true for v in clause if v > 0) and all(-v in true for v in clause if v < 0)

        def labelled(group: Group, true: TrueVariables) -> bool:
            return any(violated(clause, true) for clause in group.clauses) == (group.label == 1)

        everything = subsets(self.items(instance))
        return next((true for true in everything if all(labelled(group, true) for group in instance.groups)), None)

    def instances(self) -> SearchStrategy[SatGroupsInstance]:
        """Up to four variables; with two groups more than variables most are a NO. Groups of one or two clauses."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> SatGroupsInstance:
            n = draw(st.sampled_from((0, 1, 2, 3, 4, 4)))
            if n == 0:
                return SatGroupsInstance(0, ())

            def clause() -> tuple[int, ...]:
                chosen = sorted(draw(st.permutations(range(1, n + 1)))[: draw(st.integers(1, 3))])
                return tuple(v * draw(st.sampled_from((1, -1))) for v in chosen)

            def group() -> Group:
                return Group(draw(st.integers(0, 1)), tuple(clause() for _ in range(draw(st.integers(1, 2)))))

            groups = draw(st.integers(draw(st.sampled_from((0, n, n + 2))), n + 4))
            return SatGroupsInstance(n, tuple(group() for _ in range(groups)))

        return drawn()


SEARCH = SatGroupsSearch()
