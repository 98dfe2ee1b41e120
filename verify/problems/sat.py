"""Satisfiability: brute force, small random formulas, further solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reductions.problems.sat import SAT, SatInstance, TrueVariables
from verify.problems.subsets import further_solutions, read_true_atoms, subsets

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

read = read_true_atoms(1, "variables")
more = further_solutions(SAT, 1, lambda instance: instance.variables)


def by_brute_force(instance: SatInstance) -> TrueVariables | None:
    def satisfied(clause: tuple[int, ...], true: TrueVariables) -> bool:
        return any(v in true for v in clause if v > 0) or any(-v not in true for v in clause if v < 0)

    everything = subsets(range(1, instance.variables + 1))
    return next((true for true in everything if all(satisfied(clause, true) for clause in instance.clauses)), None)


def instances() -> SearchStrategy[SatInstance]:
    """Up to five variables; clauses of any length, few of them empty. With many short ones there is no solution."""
    return formulas(SatInstance, 5)


def formulas(formula: type[Any], longest: int) -> SearchStrategy[Any]:
    """Formulas of a class, whose clauses have at most so many literals."""
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> Any:
        n = draw(st.integers(0, 5))
        clauses = []
        for _ in range(draw(st.integers(2 * n, 4 * n)) if n else draw(st.integers(0, 1))):
            length = draw(st.sampled_from((1, 2, 2, 3, 3, 3, 4, 5))) if draw(st.integers(0, 40)) else 0
            chosen = sorted(draw(st.permutations(range(1, n + 1)))[: min(length, longest)])
            clauses.append(tuple(v * draw(st.sampled_from((1, -1))) for v in chosen))
        return formula(n, tuple(clauses))

    return drawn()
