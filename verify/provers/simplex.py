"""Whether linear facts hold together, in rational arithmetic; `linear_program` has the interface, and a faster way."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from flint import fmpq
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.linear_facts import Contradiction

Mask = NDArray[np.bool_]  # which facts
ZERO = fmpq(0), fmpq(0)  # (p, q) means p + qδ
ONE = fmpq(1)


class Simplex:
    """The general simplex method, after Dutertre and de Moura, A fast linear-arithmetic solver for DPLL(T), CAV 2006.

    A strict bound b is b − δ with an infinitesimal δ > 0. Variables are the reals v ≥ 0, and −1−i for the left side of
    fact i. Each basic variable is a combination of the others, of which none exceeds its bound; Bland's order is
    from the greatest number down.
    """

    def __init__(self, facts: Sequence[Linear], deadline: Deadline) -> None:
        self.facts = facts
        self.deadline = deadline
        self.on = [False] * len(facts)
        self.entered: list[int] = []  # in increasing order
        self.basic: dict[int, dict[int, fmpq]] = {}
        self.point = {v: ZERO for fact in facts for v, _ in fact.terms}
        self.value: dict[int, tuple[fmpq, fmpq]] = {}  # of a fact that has entered: its excess at the point

    def contradiction(self, facts: Mask) -> Contradiction | None:
        """A contradiction among these facts, or None if they hold together, and then the new point satisfies them."""
        self.on = facts.tolist()
        for i in self.entered:
            if self.on[i] and -1 - i not in self.basic and self.value[i] > ZERO:
                self.lower(-1 - i, *self.value[i])
        while not (contradiction := self.repair()):
            missing = np.flatnonzero(facts & ~self.satisfied())
            if not missing.size:
                return None
            for i in map(int, missing):
                insort(self.entered, i)
                self.value[i] = self.excess(i)
                row = self.basic[-1 - i] = {}
                for v, a in self.facts[i].terms:
                    add(row, fmpq(a), self.basic.get(v, {v: ONE}))
        return contradiction

    def satisfied(self) -> Mask:
        """The facts that the point satisfies."""
        return np.array([self.holds(i) for i in range(len(self.facts))], dtype=bool)

    def holds(self, i: int) -> bool:
        """Whether the point satisfies fact i; the infinitesimal part rarely matters."""
        if i in self.value:
            return self.value[i] <= ZERO
        p = self.part(i, 0) - self.facts[i].bound
        return p < 0 or (p == 0 and self.part(i, 1) + self.facts[i].strict <= 0)

    def excess(self, i: int) -> tuple[fmpq, fmpq]:
        """By how much the point is above the bound of fact i."""
        return self.part(i, 0) - self.facts[i].bound, self.part(i, 1) + self.facts[i].strict

    def part(self, i: int, which: int) -> fmpq:
        """Of the left side of fact i at the point: p, or q."""
        return sum((a * self.point[v][which] for v, a in self.facts[i].terms), ZERO[0])

    def lower(self, variable: int, p: fmpq, q: fmpq) -> None:
        """Change the value of a variable that is not basic by −(p + qδ)."""
        changes = [(v, row[variable]) for v, row in self.basic.items() if variable in row]
        for v, c in [(variable, ONE), *changes]:
            values, at = (self.point, v) if v >= 0 else (self.value, -1 - v)
            before = values[at]
            values[at] = before[0] - c * p, before[1] - c * q if q else before[1]

    def repair(self) -> Contradiction | None:
        """Pivot until no fact that is on is violated, or one cannot be helped."""
        while True:
            self.deadline.remaining()
            violated = next((i for i in self.entered if self.on[i] and self.value[i] > ZERO), None)
            if violated is None:
                return None
            row = self.basic[-1 - violated]
            movable = [u for u, c in row.items() if c > 0 or not self.at_bound(u)]
            if not movable:
                return {violated: 1, **{-1 - u: fraction(-c) for u, c in row.items()}}
            entering = max(movable)
            p, q = self.value[violated]
            self.lower(entering, p / row[entering], q / row[entering])
            self.pivot(-1 - violated, entering)

    def at_bound(self, variable: int) -> bool:
        return variable < 0 and self.on[-1 - variable] and self.value[-1 - variable] == ZERO

    def pivot(self, leaving: int, entering: int) -> None:
        row = self.basic.pop(leaving)
        c = row.pop(entering)
        solved = {leaving: 1 / c, **{v: -a / c for v, a in row.items()}}
        rows = [other for other in self.basic.values() if entering in other]
        for other in rows:
            add(other, other.pop(entering), solved)
        self.basic[entering] = solved
        self.deadline.spend(len(solved) * (1 + len(rows)))  # a term takes about as long as a unit of work

    def vertex(self) -> dict[int, Fraction]:
        """The point with a δ so small that the facts it satisfies stay satisfied."""
        excesses = [self.excess(i) for i in range(len(self.facts))]
        delta = min([fmpq(1), *(-p / q for p, q in excesses if p < 0 < q)])
        return {v: fraction(p + q * delta) for v, (p, q) in self.point.items()}


def add(form: dict[int, fmpq], factor: fmpq, other: Mapping[int, fmpq]) -> None:
    """Adds a multiple of a linear form to another; no form has zero terms."""
    for v, c in other.items():
        total = form.get(v)
        total = factor * c if total is None else total + factor * c
        if total:
            form[v] = total
        else:
            del form[v]


def fraction(x: fmpq) -> Fraction:
    return Fraction(int(x.p), int(x.q))
