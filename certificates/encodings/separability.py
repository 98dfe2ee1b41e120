"""Two hyperplanes none of whose cells has points of both sets (SPEC.md, section 4.18)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional, cleared_words
from relucert.certificates.encodings.strip import integer_row, plane_variable
from relucert.certificates.kernel import Formula, Linear, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.exact import Rational
from relucert.reductions.problems.separability import SEPARABILITY
from relucert.reductions.problems.strip import Planes, StripInstance, value

CELLS = tuple(product((1, -1), repeat=2))  # the signs of h₁ and h₂ there


class SeparabilityEncoding(Propositional[StripInstance, Planes]):
    """Atoms 1 to 4: the cell may have points of P. For each point then four atoms: h₁ > 0, h₁ < 0, h₂ > 0, h₂ < 0."""

    problem = SEPARABILITY

    def words(self, instance: StripInstance, choice: Any, claimed: Property = ()) -> int:
        def point(x: Sequence[Rational]) -> int:
            atoms = 4 * atom_words(1 + sum(v != 0 for v in x), cleared_words(x))
            return atoms + 2 * clause_words(2) + 4 * clause_words(3)

        fixed = 100 + 4 * atom_words(0) + 2 * clause_words(1)
        return fixed + sum(map(point, (*instance.p, *instance.q)))

    def of(self, instance: StripInstance) -> Formula:
        formula = Formula()
        cells = [formula.new_atom() for _ in CELLS]
        for literal, points in ((1, instance.p), (-1, instance.q)):
            for x in points:
                row = integer_row(x)
                side = {}
                for h, sign in product((0, 1), (1, -1)):
                    terms = tuple((plane_variable(instance, h, t), -sign * a) for t, a in row)
                    side[h, sign] = formula.new_atom(Linear(terms, 0, strict=True))
                for h in (0, 1):
                    formula.add_clause(side[h, 1], side[h, -1])
                for cell, (first, second) in zip(cells, CELLS, strict=True):
                    formula.add_clause(-side[0, first], -side[1, second], literal * cell)
                if not any(x):
                    origin = side
        for h in (0, 1):
            formula.add_clause(origin[h, 1])
        return formula

    def values(self, instance: StripInstance, witness: Planes) -> Assignment:
        planes = [h if h[-1] > 0 else tuple(-v for v in h) for h in witness]
        reals = {plane_variable(instance, i, t): v for i, h in enumerate(planes) for t, v in enumerate(h)}
        used = {tuple(1 if value(h, x) > 0 else -1 for h in planes) for x in instance.p}
        return Assignment(reals, frozenset(i for i, cell in enumerate(CELLS, 1) if cell in used))


ENCODING = SeparabilityEncoding()
