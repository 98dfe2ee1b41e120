"""Whether linear facts hold together: a vertex that satisfies them, or multipliers under which they contradict.

Two ways with the same interface. `LinearProgram` lets HiGHS find the vertex or the contradiction in floating point and
then makes it exact; should that fail, `simplex.Simplex` decides the same in rational arithmetic, some twenty times
slower. Both hold few of the facts: one enters when a point first violates it, and stays, though it may be off later.
Where variables are few and facts are many, `DualProgram` is faster: facts are columns there, and bases are small.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import highspy
import numpy as np
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.highs import simplex
from relucert.verify.provers.linear_facts import ROUND, Contradiction, Inexact, cancelling, norm_of, solution

if TYPE_CHECKING:
    from relucert.verify.provers.simplex import Mask

PRIMAL = 4  # HiGHS's number of that simplex
BITS = 20  # of a bound; what is left of a float tells 10⁻¹⁰ apart


class LinearProgram:
    """Maximises a slack ε ≤ 1 of the strict facts, so that all hold together exactly if the maximum is positive.

    Each fact is divided by its greatest coefficient, and all variables by one power of 2, so that no bound is above
    2^BITS. Smaller bounds are not better: tolerances are absolute, and what is strict is often so by little.
    More facts may come, over these variables; `largest` is the largest bound then, in the multiples of `norm_of`.
    """

    feasibility = 1e-9  # what HiGHS is asked for
    margin = 1e-8  # by which a point may seem to violate a fact, and has to satisfy a strict one
    positive = 1e-7  # an ε above this is believed to be positive
    tight_if_off = False  # whether a fact that is off can be tight; if not, in a basis the point has 0 there

    def __init__(
        self, facts: Sequence[Linear], deadline: Deadline, variables: Iterable[int] = (), largest: int = 0
    ) -> None:
        self.facts: list[Linear] = []
        self.deadline = deadline
        self.variables = sorted({*variables, *(v for fact in facts for v, _ in fact.terms)})
        self.column = {v: j for j, v in enumerate(self.variables)}
        self.epsilon = len(self.variables)
        norms = [*map(norm_of, facts)]
        bits = max(largest, *(abs(fact.bound) // norm for fact, norm in zip(facts, norms, strict=True)), 0).bit_length()
        self.unit = 1 << max(0, bits - BITS)
        self.norm: list[int] = []
        self.bound, self.allowed, self.flat = np.zeros(0), np.zeros(0), np.zeros(0)
        # All terms without ε in a row, the facts that they are of, and where those of each fact begin.
        self.owner, self.flat_columns = np.zeros(0, dtype=int), np.zeros(0, dtype=np.int32)
        self.begins = np.zeros(1, dtype=int)
        self.place = np.zeros(0, dtype=np.int32)  # of a fact that has entered: its row, else −1
        self.entered: list[int] = []  # by row
        self.on = np.zeros(0, dtype=bool)
        self.enter(facts, norms)
        self.point = np.zeros(self.epsilon + 1)
        self.highs = simplex(primal_feasibility_tolerance=self.feasibility)
        self.begin()

    def begin(self) -> None:
        """The program without facts."""
        infinite = np.full(self.epsilon, np.inf)
        self.highs.addVars(self.epsilon + 1, np.append(-infinite, 0.0), np.append(infinite, 1.0))
        self.highs.changeColCost(self.epsilon, -1.0)

    def extend(self, facts: Sequence[Linear]) -> None:
        """More facts, which do not hold before they are asked for."""
        self.enter(facts, [*map(norm_of, facts)])

    def enter(self, facts: Sequence[Linear], norms: Sequence[int]) -> None:
        before = len(self.facts)
        self.facts += facts
        self.norm += norms
        bound = np.array([fact.bound / (norm * self.unit) for fact, norm in zip(facts, norms, strict=True)])
        margin = np.where([fact.strict for fact in facts], -self.margin, self.margin)
        self.bound = np.append(self.bound, bound)
        self.allowed = np.append(self.allowed, bound + margin)
        columns = [self.column[v] for fact in facts for v, _ in fact.terms]
        self.flat_columns = np.append(self.flat_columns, np.array(columns, dtype=np.int32))
        self.flat = np.append(self.flat, [a / n for fact, n in zip(facts, norms, strict=True) for _, a in fact.terms])
        lengths = np.array([len(fact.terms) for fact in facts], dtype=int)
        self.owner = np.append(self.owner, np.repeat(np.arange(before, len(self.facts)), lengths))
        self.begins = np.append(self.begins, self.begins[-1] + np.cumsum(lengths))
        self.place = np.append(self.place, np.full(len(facts), -1, dtype=np.int32))
        self.on = np.append(self.on, np.zeros(len(facts), dtype=bool))

    def contradiction(self, facts: Mask) -> Contradiction | None:
        """A contradiction among these facts, or None if they hold together, and then the new point satisfies them."""
        changed = np.flatnonzero((facts != self.on) & (self.place >= 0))
        self.on[changed] = facts[changed]
        self.switch(changed)
        while not (contradiction := self.optimise()):
            missing = np.flatnonzero(facts & ~self.satisfied())
            if not missing.size:
                return None
            for i in map(int, missing):
                self.on[i] = True
                self.place[i] = len(self.entered)
                self.entered.append(i)
                here = slice(self.begins[i], self.begins[i + 1])
                columns, coefficients = self.flat_columns[here], self.flat[here]
                if self.facts[i].strict:
                    columns, coefficients = np.append(columns, np.int32(self.epsilon)), np.append(coefficients, 1.0)
                self.add(self.bound[i], columns, coefficients)
        return contradiction

    def switch(self, changed: NDArray[np.int64]) -> None:
        """Facts that have entered are on now, or off."""
        for i in changed:
            self.highs.changeRowBounds(self.place[i], -np.inf, self.bound[i] if self.on[i] else np.inf)

    def add(self, bound: float, columns: NDArray[np.int32], coefficients: NDArray[np.float64]) -> None:
        """A fact enters."""
        self.highs.addRow(-np.inf, bound, len(columns), columns, coefficients)

    def satisfied(self) -> Mask:
        """The facts that the point satisfies; for those that are on HiGHS says so."""
        values = np.bincount(self.owner, self.flat * self.point[self.flat_columns], len(self.facts))
        return self.on | (values <= self.allowed)

    def optimise(self) -> Contradiction | None:
        """A contradiction among the facts that are on, or None and a new point."""
        for again in (False, True):
            if again:
                self.highs.clearSolver()  # forgets the basis that led here
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + self.deadline.remaining())
            self.highs.run()
            self.deadline.spend(ROUND)
            optimal = self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
            weights = self.solved() if optimal else self.ray()
            if optimal and self.point[self.epsilon] > self.positive:
                return None
            support = [self.entered[i] for i in np.flatnonzero(weights > 1e-9 * weights.max(initial=0.0))]
            multipliers = cancelling([self.facts[i] for i in support])
            if multipliers:
                return dict(zip(support, multipliers, strict=True))
        if optimal:
            return None
        raise Inexact

    def solved(self) -> NDArray[np.float64]:
        """Takes the new point, and returns the multipliers of what has entered."""
        solution = self.highs.getSolution()
        self.point = np.array(solution.col_value)
        return np.abs(solution.row_dual)

    def ray(self) -> NDArray[np.float64]:
        """Multipliers of a contradiction; there may be one even if HiGHS has doubts."""
        return np.abs(self.highs.getDualRay()[2])

    def basis(self) -> tuple[list[int], list[int], int]:
        """The variables that are basic, ε included, the facts that are tight, and ε if it is not basic."""
        basic = highspy.HighsBasisStatus.kBasic
        basis = self.highs.getBasis()
        free = [j for j, status in enumerate(basis.col_status) if status == basic]
        tight = [i for i, status in zip(self.entered, basis.row_status, strict=True) if status != basic]
        return free, tight, int(basis.col_status[self.epsilon] == highspy.HighsBasisStatus.kUpper)

    def vertex(self) -> dict[int, Fraction]:
        """The point, exactly: the solution of the equations of its basis, or failing that what floating point says."""
        free, tight, epsilon = self.basis()
        place = {j: k for k, j in enumerate(free)}
        rows: list[dict[int, int]] = []
        right = []
        for i in tight:
            slack = self.norm[i] * self.unit if self.facts[i].strict else 0
            terms = [*((self.column[v], a) for v, a in self.facts[i].terms), (self.epsilon, slack)]
            rows.append({place[column]: a for column, a in terms if a and column in place})
            right.append((self.facts[i].bound if self.on[i] or self.tight_if_off else 0) - slack * epsilon)
        found = solution(rows, right) if len(tight) == len(place) else None
        if found is None:
            return {v: Fraction(x) * self.unit for v, x in zip(self.variables, self.point, strict=False)}
        return {self.variables[j]: found[k] for j, k in place.items() if j != self.epsilon}


class DualProgram(LinearProgram):
    """The dual: a column for each fact, its multiplier, and one for ε ≤ 1; a row for each variable and for ε ≥ 0."""

    tight_if_off = True  # its column can be in the basis

    def begin(self) -> None:
        none = np.zeros(0, dtype=np.int32)
        for _ in self.variables:
            self.highs.addRow(0.0, 0.0, 0, none, np.zeros(0))
        self.highs.addRow(1.0, np.inf, 0, none, np.zeros(0))
        self.highs.addCol(1.0, 0.0, np.inf, 1, np.array([self.epsilon], dtype=np.int32), np.ones(1))
        self.highs.setOptionValue("dual_feasibility_tolerance", self.feasibility)
        self.highs.setOptionValue("simplex_strategy", PRIMAL)  # columns come and go

    def switch(self, changed: NDArray[np.int64]) -> None:
        columns = self.place[changed] + np.int32(1)
        self.highs.changeColsBounds(
            len(changed), columns, np.zeros(len(changed)), np.where(self.on[changed], np.inf, 0.0)
        )

    def add(self, bound: float, columns: NDArray[np.int32], coefficients: NDArray[np.float64]) -> None:
        self.highs.addCol(bound, 0.0, np.inf, len(columns), columns, coefficients)

    def solved(self) -> NDArray[np.float64]:
        solution = self.highs.getSolution()
        self.point = np.array(solution.row_dual)
        return np.array(solution.col_value)[1:]

    def ray(self) -> NDArray[np.float64]:
        _, found, ray = self.highs.getPrimalRay()
        return np.abs(np.array(ray)[1:]) if found else np.zeros(len(self.entered))

    def basis(self) -> tuple[list[int], list[int], int]:
        basic = highspy.HighsBasisStatus.kBasic
        basis = self.highs.getBasis()
        free = [j for j, status in enumerate(basis.row_status) if status != basic]
        tight = [i for i, status in zip(self.entered, basis.col_status[1:], strict=True) if status == basic]
        one = basis.col_status[0] == basic
        return [j for j in free if not (one and j == self.epsilon)], tight, int(one)
