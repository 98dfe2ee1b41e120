"""Squares and pseudo-Boolean constraints for provers that know neither: relax, solve, cut, again.

A model of the relaxation violates a square q ≥ e² where it takes q too small; the tangent at its own e cuts it off. It
violates a pseudo-Boolean constraint by a set of false literals that weigh too much; the clause that one of them is true
follows by `count`. Every cut is a proof step, so a refutation of the last relaxation is one of the formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from math import ceil

from relucert.certificates.kernel import Count, Formula, PseudoBoolean, Square, Step, Tangent
from relucert.reductions.exact import simplified
from relucert.verify.provers.base import Answer, Deadline, Model, Prover, Refutation, Unknown
from relucert.verify.provers.trimming import trim

PRECISIONS = (10, 20, 40, 100)  # bits of denominators: exact linear programs pay for every digit of a tangent
Points = Iterable[tuple[int, Fraction]]  # (number of a square, where to put a tangent)


class CuttingPlanes:
    """Makes any prover of clauses over linear inequalities one for formulas with squares and counting constraints.

    improve(model) may return a model that satisfies the formula in spite of the squares that the given one violates, or
    further points for tangents: tangents at models only come ever closer to a tight threshold, and never reach it.
    """

    def __init__(self, inner: Prover, improve: Callable[[Model], tuple[Model | None, Points]] | None = None) -> None:
        self.inner = inner
        self.improve = improve
        self.name = inner.name

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        relaxed = replace(
            formula,
            atoms=dict(formula.atoms),
            clauses=dict(formula.clauses),
            pseudo_booleans={},
            squares={},
        )
        cuts: list[Step] = []
        done: set[tuple[int, Fraction]] = set()

        def cut(square: int, point: Fraction) -> None:
            """Adds the tangent at the point or, of those near it, at the shortest one that is new."""
            rounded = (point.limit_denominator(1 << bits) for bits in PRECISIONS)
            if (at := next((at for at in rounded if (square, at) not in done), None)) is not None:
                done.add((square, at))
                step = Tangent(relaxed.last_id + 1, square, simplified(at), relaxed.last_atom + 1)
                relaxed.add_clause(relaxed.new_atom(formula.squares[square].tangent(step.at)))
                cuts.append(step)

        for number in formula.squares:  # q ≥ 0
            cut(number, Fraction(0))
        while True:
            answer = self.inner.solve(relaxed, deadline)
            if isinstance(answer, Refutation):
                return Refutation(trim((*cuts, *answer.steps)))
            if not isinstance(answer, Model):
                return answer
            before = len(cuts)
            for number, constraint in formula.pseudo_booleans.items():
                clause = counted(relaxed.last_id + 1, number, constraint, answer)
                if clause and not clause.terms:
                    return Refutation((clause,))  # it asks for more than all of its literals weigh
                if clause:
                    relaxed.add_clause(*(literal for literal, _ in clause.terms))
                    cuts.append(clause)
            violated = {n: e for n, square in formula.squares.items() if (e := too_steep(square, answer)) is not None}
            if violated and self.improve and len(cuts) == before:
                better, points = self.improve(answer)
                if better is not None:
                    return better
                for number, at in points:
                    cut(number, at)
            for number, at in violated.items():
                cut(number, at)
            if len(cuts) == before:
                return Unknown(f"{self.name}: no further cut helps") if violated else answer


def too_steep(square: Square, model: Model) -> Fraction | None:
    """The residual e of the model, if its q is less than e²."""
    zero = Fraction(0)
    total = sum((a * model.reals.get(v, zero) for v, a in square.terms), Fraction(-square.constant))
    residual = total / square.scale
    return residual if model.reals.get(square.variable, zero) < residual**2 else None


def counted(number: int, premise: int, constraint: PseudoBoolean, model: Model) -> Count | None:
    """A clause that follows from the constraint and that the model falsifies, or None if it satisfies the constraint.

    Of the literals that the model falsifies keep as few and heavy ones as suffice to violate Σ c·ℓ ≥ d; the axioms
    ¬ℓ ≥ 0 of all the others take these out of the sum.
    """
    heavy = sorted(constraint.terms.items(), key=lambda term: (-term[1], abs(term[0])))
    false = [literal for literal, _ in heavy if (abs(literal) in model.true) != (literal > 0)]
    spare = sum(constraint.terms.values()) - constraint.degree  # what may be lost
    lost, kept = 0, []
    while lost <= spare:
        if len(kept) == len(false):
            return None
        kept.append(false[len(kept)])
        lost += constraint.terms[kept[-1]]
    divisor = max((constraint.terms[literal] for literal in kept), default=1)
    axioms = tuple((-literal, c) for literal, c in constraint.terms.items() if literal not in kept)
    degree = ceil(Fraction(lost - spare, divisor))
    terms = tuple((literal, 1) for literal in sorted(kept, key=abs))
    return Count(number, terms, degree, ((premise, 1),), axioms, divisor)
