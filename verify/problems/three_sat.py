"""3-Satisfiability: brute force, small random formulas, further solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relucert.reductions.problems.three_sat import THREE_SAT, ThreeSatInstance
from relucert.verify.problems.sat import by_brute_force, formulas, read
from relucert.verify.problems.subsets import further_solutions

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["by_brute_force", "instances", "more", "read"]

more = further_solutions(THREE_SAT, 1, lambda instance: instance.variables)


def instances() -> SearchStrategy[ThreeSatInstance]:
    """Up to five variables and clauses of at most three literals."""
    return formulas(ThreeSatInstance, (1, 2, 2, 3, 3, 3, 3))
