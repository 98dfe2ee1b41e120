"""Sign-CNN: a filter of signs, with the clip as two cases, one for each label (SPEC.md, section 4.15)."""

from __future__ import annotations

from math import lcm
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional, cleared_words
from relucert.certificates.kernel import Formula, Linear, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.exact import Rational
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Filter, Sample, SignCnnInstance, Vector


class SignCnnEncoding(Propositional[SignCnnInstance, Filter]):
    """The weights are real variables 0, …, t − 1; then there is one for each patch of label 1 that is not 0."""

    problem = SIGN_CNN

    def words(self, instance: SignCnnInstance, choice: Any, claimed: Property = ()) -> int:
        total = 100 + instance.weights * (4 * atom_words(1) + clause_words(2) + 2 * clause_words(1))
        for sample in instance.samples:
            own = nonzero(sample)
            for patch in own:
                terms, length = sum(v != 0 for v in patch), cleared_words(patch)
                if sample.label == 0:
                    total += atom_words(terms, length) + clause_words(1)
                else:
                    total += atom_words(terms, length) + atom_words(terms + 1, length) + atom_words(1)
                    total += 2 * clause_words(2)
            if sample.label == 1:
                total += atom_words(len(own)) + clause_words(1)
        return total

    def of(self, instance: SignCnnInstance) -> Formula:
        formula = Formula()
        for i in range(instance.weights):
            negative, positive, *within = (
                formula.new_atom(Linear(((i, sign),), bound)) for bound in (-1, 1) for sign in (1, -1)
            )
            formula.add_clause(negative, positive)
            for atom in within:
                formula.add_clause(atom)
        last = instance.weights  # variable so far
        for sample in instance.samples:
            if sample.label == 0:
                _sum_is_zero(formula, nonzero(sample))
            else:
                _sum_reaches_one(formula, nonzero(sample), last)
                last += len(nonzero(sample))
        return formula

    def values(self, instance: SignCnnInstance, witness: Filter) -> Assignment:
        reals: dict[int, Rational] = dict(enumerate(witness))
        for sample in instance.samples:
            if sample.label == 1:
                for patch in nonzero(sample):
                    reals[len(reals)] = max(0, sum(w * x for w, x in zip(witness, patch, strict=True)))
        return Assignment(reals)


def nonzero(sample: Sample) -> list[Vector]:
    """The patches that are not 0."""
    return [patch for patch in sample.patches if any(patch)]


def _sum_is_zero(formula: Formula, patches: list[Vector]) -> None:
    for patch in patches:
        terms, _ = _cleared(patch)
        formula.add_clause(formula.new_atom(Linear(terms, 0)))


def _sum_reaches_one(formula: Formula, patches: list[Vector], first: int) -> None:
    """The variables of the patches are numbered from `first`."""
    for r, patch in enumerate(patches, first):
        terms, scale = _cleared(patch)
        inactive = formula.new_atom(Linear(terms, 0))
        below = formula.new_atom(Linear((*((i, -a) for i, a in terms), (r, scale)), 0))
        zero = formula.new_atom(Linear(((r, 1),), 0))
        formula.add_clause(inactive, below)
        formula.add_clause(-inactive, zero)
    total = tuple((r, -1) for r in range(first, first + len(patches)))
    formula.add_clause(formula.new_atom(Linear(total, -1)))


def _cleared(patch: Vector) -> tuple[tuple[tuple[int, int], ...], int]:
    """The terms of λ(w·x), and λ."""
    scale = lcm(*(v.denominator for v in patch))
    return tuple((i, int(v * scale)) for i, v in enumerate(patch) if v), scale


ENCODING = SignCnnEncoding()
