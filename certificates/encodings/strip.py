"""Two hyperplanes with P between them: on P, h₁ > 0 > h₂; on a point of Q both have the same sign (SPEC.md, 4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional, cleared_words
from relucert.certificates.kernel import Formula, Linear, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.exact import Rational
from relucert.reductions.problems.strip import STRIP, Planes, StripInstance, value

Row = list[tuple[int, int]]


class StripEncoding(Propositional[StripInstance, Planes]):
    """For each point of Q one propositional atom, 'both negative', followed by four of the signs of h₁ and h₂."""

    problem = STRIP

    def words(self, instance: StripInstance, choice: Any, claimed: Property = ()) -> int:
        def atom(x: Sequence[Rational]) -> int:
            return atom_words(1 + sum(v != 0 for v in x), cleared_words(x)) + clause_words(2)

        return 100 + sum(2 * atom(x) for x in instance.p) + sum(4 * atom(x) + atom_words(0) for x in instance.q)

    def of(self, instance: StripInstance) -> Formula:
        formula = Formula()

        def negative(row: Row, h: int, sign: int) -> int:
            """The atom sign · λ · h(x) < 0."""
            terms = tuple((plane_variable(instance, h, t), sign * a) for t, a in row)
            return formula.new_atom(Linear(terms, 0, strict=True))

        for row in map(integer_row, instance.p):
            formula.add_clause(negative(row, 0, -1))
            formula.add_clause(negative(row, 1, 1))
        for row in map(integer_row, instance.q):
            below_both = formula.new_atom()
            for literal, sign in ((-below_both, 1), (below_both, -1)):
                for h in (0, 1):
                    formula.add_clause(literal, negative(row, h, sign))
        return formula

    def values(self, instance: StripInstance, witness: Planes) -> Assignment:
        reals = {plane_variable(instance, i, t): a for i, h in enumerate(witness) for t, a in enumerate(h)}
        first = 2 * len(instance.p) + 1
        below = (first + 5 * i for i, x in enumerate(instance.q) if value(witness[0], x) < 0)
        return Assignment(reals, frozenset(below))


def integer_row(x: Sequence[Rational]) -> Row:
    """The nonzero coordinates of the point (x, 1), scaled to integers by λ, with their numbers."""
    scale = lcm(*(v.denominator for v in x))
    return [*((t, int(v * scale)) for t, v in enumerate(x) if v), (len(x), scale)]


def plane_variable(instance: StripInstance, h: int, t: int) -> int:
    """The kernel variable of coefficient t of the affine function h; t = d is the constant."""
    return h * (instance.dimension + 1) + t


ENCODING = StripEncoding()
