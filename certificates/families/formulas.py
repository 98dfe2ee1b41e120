"""Formulas in conjunctive normal form, under permutations of the variables and exchanging them with their negations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import comb, factorial
from typing import Any

from relucert.certificates.families.family import Family, Labelled, Shape
from relucert.certificates.isomorphism import Structure
from relucert.reductions.problems.sat import SatInstance


class Formulas(Family[SatInstance]):
    """A shape has all formulas of m distinct clauses, in order and none empty, in n variables; n ≤ N and m ≤ N."""

    name = "formulas"
    problems = ("sat", "three-sat")

    def shapes(self, problem: str, given: Mapping[str, Any], upto: int) -> Mapping[Shape, Labelled]:
        def clauses(n: int) -> int:
            longest = min(n, 3) if problem == "three-sat" else n
            return sum(comb(n, width) * 2**width for width in range(1, longest + 1))

        bounds = range(upto + 1)
        return {(n, m): Labelled(comb(clauses(n), m), 2**n * factorial(n)) for n in bounds for m in bounds}

    def shape(self, instance: SatInstance) -> tuple[int, int] | None:
        in_order = all(clause < later for clause, later in pairwise(instance.clauses))
        return (instance.variables, len(instance.clauses)) if in_order and () not in instance.clauses else None

    def structure(self, instance: SatInstance) -> Structure:
        """The points are the literals: v is 2(v − 1), and −v comes after it."""
        pairs = [(0, (2 * v, 2 * v + 1)) for v in range(instance.variables)]
        clauses = [(1, tuple(2 * abs(a) - 2 + (a < 0) for a in clause)) for clause in instance.clauses]
        return Structure((0,) * (2 * instance.variables), (*pairs, *clauses))

    def size(self, instance: SatInstance) -> int:
        return max(instance.variables, len(instance.clauses))

    def described(self, upto: int) -> str:
        return f"formulas of at most {upto} distinct nonempty clauses in at most {upto} variables"


FORMULAS = Formulas()
