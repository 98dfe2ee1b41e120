"""3-Satisfiability: satisfiability of clauses with at most three distinct variables.

Source: Karp 1972, problem 11 ("satisfiability with at most 3 literals per clause"). Garey, Johnson 1979, LO2, ask for
exactly three literals; short clauses are allowed here.
"""

from __future__ import annotations

from dataclasses import dataclass

from relucert.reductions.problems.sat import CLAUSE, SatInstance, Satisfiability
from relucert.reductions.shapes import NATURAL, listed, members


@dataclass(frozen=True)
class ThreeSatInstance(SatInstance):
    """A formula whose clauses have at most three literals, of distinct variables."""

    longest = 3


class ThreeSat(Satisfiability[ThreeSatInstance]):
    """Decide whether some assignment satisfies clauses of at most three literals.

    >>> instance = ThreeSatInstance(3, ((1, 2, -3), (-1,), (3,)))
    >>> [THREE_SAT.accepts(instance, true) for true in ((2, 3), (3,), (1, 2, 3))]
    [True, False, False]
    """

    name = "three-sat"
    instance_shape = members(variables=NATURAL, clauses=listed({**CLAUSE, "maxItems": 3}))
    formula = ThreeSatInstance


THREE_SAT = ThreeSat()
