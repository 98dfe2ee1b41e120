"""Whether linear facts hold together, in rational arithmetic; `linear_program` has the interface, and a faster way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.verify.provers.base import Deadline

Mask = NDArray[np.bool_]  # which facts
Contradiction = dict[int, Fraction | int]  # positive multipliers, by number of the fact
ROUND = 1_000  # the work of a solver that has been asked once, see Deadline


class Inexact(Exception):
    """Floating point has led to no exact answer."""


ZERO = fmpq(0), fmpq(0)  # (p, q) means p + qδ


class Simplex:
    """The general simplex method, after Dutertre and de Moura, A fast linear-arithmetic solver for DPLL(T), CAV 2006.

    A strict bound b is b − δ with an infinitesimal δ > 0. Variables are the reals v ≥ 0, and −1−i for the left side of
    fact i. Each basic variable is a combination of the others, of which none exceeds its bound; Bland's order is
    from the greatest number down.
    """

    def __init__(self, facts: Sequence[Linear], deadline: Deadline) -> None:
        self.facts = facts
        self.deadline = deadline
        self.on = np.zeros(len(facts), dtype=bool)
        self.entered: list[int] = []
        self.basic: dict[int, dict[int, fmpq]] = {}
        self.point = {v: ZERO for fact in facts for v, _ in fact.terms}

    def contradiction(self, facts: Mask) -> Contradiction | None:
        """A contradiction among these facts, or None if they hold together, and then the new point satisfies them."""
        self.on = facts
        for i in self.entered:
            if facts[i] and -1 - i not in self.basic and self.excess(i) > ZERO:
                self.lower(-1 - i, *self.excess(i))
        while not (contradiction := self.repair()):
            missing = np.flatnonzero(facts & ~self.satisfied())
            if not missing.size:
                return None
            for i in map(int, missing):
                self.entered.append(i)
                self.basic[-1 - i] = combination((a, self.basic.get(v, {v: fmpq(1)})) for v, a in self.facts[i].terms)
        return contradiction

    def satisfied(self) -> Mask:
        """The facts that the point satisfies."""
        return np.array([self.excess(i) <= ZERO for i in range(len(self.facts))], dtype=bool)

    def excess(self, i: int) -> tuple[fmpq, fmpq]:
        """By how much the point is above the bound of fact i."""
        fact = self.facts[i]
        p = sum((a * self.point[v][0] for v, a in fact.terms), fmpq(-fact.bound))
        q = sum((a * self.point[v][1] for v, a in fact.terms), fmpq(fact.strict))
        return p, q

    def lower(self, variable: int, p: fmpq, q: fmpq) -> None:
        """Change the value of a variable that is not basic by −(p + qδ)."""
        changes = [(v, row[variable]) for v, row in self.basic.items() if variable in row]
        for v, c in [(variable, fmpq(1)), *changes]:
            if v >= 0:
                self.point[v] = self.point[v][0] - c * p, self.point[v][1] - c * q

    def repair(self) -> Contradiction | None:
        """Pivot until no fact that is on is violated, or one cannot be helped."""
        while True:
            self.deadline.spend(ROUND)
            above = [-1 - i for i in self.entered if self.on[i] and self.excess(i) > ZERO]
            if not above:
                return None
            variable = max(above)
            row = self.basic[variable]
            movable = [u for u, c in row.items() if c > 0 or not self.at_bound(u)]
            if not movable:
                return {-1 - variable: 1, **{-1 - u: fraction(-c) for u, c in row.items()}}
            entering = max(movable)
            p, q = self.excess(-1 - variable)
            self.lower(entering, p / row[entering], q / row[entering])
            self.pivot(variable, entering)

    def at_bound(self, variable: int) -> bool:
        return variable < 0 and bool(self.on[-1 - variable]) and self.excess(-1 - variable) == ZERO

    def pivot(self, leaving: int, entering: int) -> None:
        row = self.basic.pop(leaving)
        c = row.pop(entering)
        solved = combination([(1 / c, {leaving: fmpq(1)}), (-1 / c, row)])
        for v, other in self.basic.items():
            if entering in other:
                a = other.pop(entering)
                self.basic[v] = combination([(1, other), (a, solved)])
        self.basic[entering] = solved

    def vertex(self) -> dict[int, Fraction]:
        """The point with a δ so small that the facts it satisfies stay satisfied."""
        excesses = [self.excess(i) for i in range(len(self.facts))]
        delta = min([fmpq(1), *(-p / q for p, q in excesses if p < 0 < q)])
        return {v: fraction(p + q * delta) for v, (p, q) in self.point.items()}


def combination(parts: Iterable[tuple[fmpq | int, Mapping[int, fmpq]]]) -> dict[int, fmpq]:
    """The sum of multiples of linear forms, without zero terms."""
    total: dict[int, fmpq] = {}
    for factor, form in parts:
        for v, c in form.items():
            total[v] = total.get(v, 0) + factor * c
    return {v: c for v, c in total.items() if c}


def fraction(x: fmpq) -> Fraction:
    return Fraction(int(x.p), int(x.q))
