"""Satisfiability: brute force and small random formulas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from relucert.certificates.encodings.sat import ENCODING
from relucert.reductions.problems.sat import SAT, SatInstance, TrueVariables
from relucert.verify.subsets import SubsetSearch, subsets

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

F = TypeVar("F", bound=SatInstance)


class FormulaSearch(SubsetSearch[F]):
    """Of formulas in conjunctive normal form, whatever their clauses have to be."""

    def items(self, instance: F) -> range:
        return range(1, instance.variables + 1)

    def by_brute_force(self, instance: F) -> TrueVariables | None:
        def satisfied(clause: tuple[int, ...], true: TrueVariables) -> bool:
            return any(v in true for v in clause if v > 0) or any(-v not in true for v in clause if v < 0)

        everything = subsets(range(1, instance.variables + 1))
        return next((true for true in everything if all(satisfied(clause, true) for clause in instance.clauses)), None)


class SatSearch(FormulaSearch[SatInstance]):
    problem = SAT
    encoding = ENCODING

    def instances(self) -> SearchStrategy[SatInstance]:
        """Up to five variables; clauses of any length, few of them empty. Some short ones make a NO."""
        return formulas(SatInstance, (1, 2, 2, 4, 4, 5, 5))


def formulas(formula: type[F], lengths: Sequence[int]) -> SearchStrategy[F]:
    """Formulas of a class, whose clauses have these lengths."""
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> F:
        n = draw(st.sampled_from((5, 4, 3, 2, 1, 0)))
        clauses = []
        for _ in range(draw(st.integers(n, 4 * n)) if n else draw(st.integers(0, 1))):
            length = draw(st.sampled_from(lengths)) if draw(st.integers(0, 40)) else 0
            chosen = sorted(draw(st.permutations(range(1, n + 1)))[:length])
            clauses.append(tuple(v * draw(st.sampled_from((1, -1))) for v in chosen))
        return formula(n, tuple(clauses))

    return drawn()


SEARCH = SatSearch()
