"""Satisfiability: brute force and small random formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from relucert.certificates.encodings.sat import ENCODING
from relucert.reductions.problems.sat import SAT, SatInstance, TrueVariables
from relucert.verify.subsets import SubsetSearch, subsets
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

F = TypeVar("F", bound=SatInstance)


class FormulaSearch(SubsetSearch[F]):
    """Of formulas in conjunctive normal form, whatever their clauses have to be."""

    families = ("formulas",)
    formula: type[F]

    def items(self, instance: F) -> range:
        return range(1, instance.variables + 1)

    def by_brute_force(self, instance: F) -> TrueVariables | None:
        def satisfied(clause: tuple[int, ...], true: TrueVariables) -> bool:
            return any(v in true for v in clause if v > 0) or any(-v not in true for v in clause if v < 0)

        everything = subsets(range(1, instance.variables + 1))
        return next((true for true in everything if all(satisfied(clause, true) for clause in instance.clauses)), None)

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[F]:
        longest = self.formula.longest or upto
        return (self.formula(n, clauses) for n, clauses in listing.formulas(upto, longest))


class SatSearch(FormulaSearch[SatInstance]):
    problem = SAT
    encoding = ENCODING
    formula = SatInstance

    def instances(self) -> SearchStrategy[SatInstance]:
        """Up to five variables; clauses of any length, few of them empty. Some short ones make a NO."""
        return formulas(SatInstance, (1, 2, 2, 4, 4, 5, 5))


def formulas(formula: type[F], lengths: Sequence[int]) -> SearchStrategy[F]:
    """Formulas of a class, whose clauses have these lengths; once in a while a variable occurs in none."""
    from hypothesis import strategies as st

    @st.composite
    def clauses(draw: st.DrawFn, occurring: Sequence[int]) -> tuple[int, ...]:
        length = draw(st.sampled_from(lengths)) if draw(st.integers(0, 40)) else 0
        chosen = sorted(draw(st.permutations(occurring))[:length])
        return tuple(v * draw(st.sampled_from((1, -1))) for v in chosen)

    @st.composite
    def drawn(draw: st.DrawFn) -> F:
        n = draw(st.sampled_from((0, 1, 2, 3, 4, 5, 5)))
        absent = draw(st.sampled_from((None, *range(1, n + 1), *[None] * n)))
        occurring = [v for v in range(1, n + 1) if v != absent]
        fewest = draw(st.sampled_from((0, n or 1, 2 * n)))  # the fewer, the simpler; the more, the more often a NO
        return formula(n, tuple(draw(st.lists(clauses(occurring), min_size=fewest, max_size=4 * n or 1))))

    return drawn()


SEARCH = SatSearch()
