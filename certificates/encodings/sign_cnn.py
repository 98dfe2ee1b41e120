"""Sign-CNN: a filter of signs, with the clip as two cases, one for each label (SPEC.md, section 4.15)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from relucert.certificates.encoding import Assignment, Propositional, cleared_words
from relucert.certificates.kernel import Formula, Linear, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.exact import Rational
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Filter, Sample, SignCnnInstance, Vector


class SignCnnEncoding(Propositional[SignCnnInstance, Filter]):
    """The weights are real variables 0, …, t − 1; then there is one for each patch of label 1 that is not 0."""

    problem = SIGN_CNN

    def words(self, instance: SignCnnInstance, choice: Any, claimed: Property = ()) -> int:
        def lengths(sample: Sample) -> list[tuple[int, int]]:
            return [(sum(v != 0 for v in patch), cleared_words(patch)) for patch in sample.patches if any(patch)]

        return words_of(instance.weights, ((sample.label, lengths(sample)) for sample in instance.samples))

    def of(self, instance: SignCnnInstance) -> Formula:
        return formula_of(instance.weights, map(_cleared_sample, instance.samples))

    def values(self, instance: SignCnnInstance, witness: Filter) -> Assignment:
        return values_of(witness, map(_cleared_sample, instance.samples))


class Patch(NamedTuple):
    """A patch that is not 0 as terms (i, a) / scale, i increasing, a ≠ 0, without a common divisor of a and scale."""

    terms: tuple[tuple[int, int], ...]
    scale: int


Samples = Iterable[tuple[int, list[Patch]]]  # label, and the patches that are not 0


def words_of(weights: int, samples: Iterable[tuple[int, list[tuple[int, int]]]]) -> int:
    """Words of a formula. samples: label, and for each patch that is not 0 its terms and the words of its numbers."""
    total = 100 + weights * (4 * atom_words(1) + clause_words(2) + 2 * clause_words(1))
    for label, patches in samples:
        for terms, length in patches:
            if label == 0:
                total += atom_words(terms, length) + clause_words(1)
            else:
                total += atom_words(terms, length) + atom_words(terms + 1, length) + atom_words(1)
                total += 2 * clause_words(2)
        if label == 1:
            total += atom_words(len(patches)) + clause_words(1)
    return total


def formula_of(weights: int, samples: Samples) -> Formula:
    """What is satisfied by the filters of signs that fit the samples."""
    formula = Formula()
    for i in range(weights):
        negative, positive, *within = (
            formula.new_atom(Linear(((i, sign),), bound)) for bound in (-1, 1) for sign in (1, -1)
        )
        formula.add_clause(negative, positive)
        for atom in within:
            formula.add_clause(atom)
    last = weights  # variable so far
    for label, patches in samples:
        if label == 0:
            for patch in patches:
                formula.add_clause(formula.new_atom(Linear(patch.terms, 0)))
        else:
            _sum_reaches_one(formula, patches, last)
            last += len(patches)
    return formula


def values_of(w: Filter, samples: Samples) -> Assignment:
    reals: dict[int, Rational] = dict(enumerate(w))
    for label, patches in samples:
        if label == 1:
            for terms, scale in patches:
                reals[len(reals)] = Fraction(max(0, sum(w[i] * a for i, a in terms)), scale)
    return Assignment(reals)


def _sum_reaches_one(formula: Formula, patches: list[Patch], first: int) -> None:
    """The variables of the patches are numbered from `first`."""
    for r, (terms, scale) in enumerate(patches, first):
        inactive = formula.new_atom(Linear(terms, 0))
        below = formula.new_atom(Linear((*((i, -a) for i, a in terms), (r, scale)), 0))
        zero = formula.new_atom(Linear(((r, 1),), 0))
        formula.add_clause(inactive, below)
        formula.add_clause(-inactive, zero)
    total = tuple((r, -1) for r in range(first, first + len(patches)))
    formula.add_clause(formula.new_atom(Linear(total, -1)))


def _cleared_sample(sample: Sample) -> tuple[int, list[Patch]]:
    return sample.label, [_cleared(patch) for patch in sample.patches if any(patch)]


def _cleared(patch: Vector) -> Patch:
    scale = lcm(*(v.denominator for v in patch))
    return Patch(tuple((i, int(v * scale)) for i, v in enumerate(patch) if v), scale)


ENCODING = SignCnnEncoding()
