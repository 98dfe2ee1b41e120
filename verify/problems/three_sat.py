"""3-Satisfiability: small random formulas; the rest is that of any formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relucert.certificates.encodings.three_sat import ENCODING
from relucert.reductions.problems.three_sat import THREE_SAT, ThreeSatInstance
from relucert.verify.problems.sat import FormulaSearch, formulas

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class ThreeSatSearch(FormulaSearch[ThreeSatInstance]):
    problem = THREE_SAT
    encoding = ENCODING
    formula = ThreeSatInstance

    def instances(self) -> SearchStrategy[ThreeSatInstance]:
        """Up to five variables and clauses of at most three literals."""
        return formulas(ThreeSatInstance, (1, 2, 2, 3, 3, 3, 3))


SEARCH = ThreeSatSearch()
