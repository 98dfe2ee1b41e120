"""Linear facts: what a literal says, and multipliers under which facts contradict. Needs no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from relucert.certificates.kernel import Formula, Linear


def fact(formula: Formula, literal: int) -> Linear:
    """What a literal over a linear atom says: the negation of a·x ≤ b is −a·x < −b."""
    meaning = formula.atoms[abs(literal)]
    assert meaning is not None
    if literal > 0:
        return meaning
    return Linear(tuple((v, -a) for v, a in meaning.terms), -meaning.bound, not meaning.strict)


def norm_of(fact: Linear) -> int:
    """The greatest coefficient."""
    return max((abs(a) for _, a in fact.terms), default=1)


def holds(fact: Linear, point: Mapping[int, Fraction]) -> bool:
    value = sum(a * point.get(v, 0) for v, a in fact.terms)
    return value < fact.bound or (value == fact.bound and not fact.strict)


def cancelling(facts: Sequence[Linear]) -> list[int] | None:
    """Multipliers of a contradiction among facts of which none can be spared, as those of an extreme ray are.

    Then all vectors of multipliers that cancel the variables are multiples of one.
    """
    from flint import fmpz_mat

    place = {v: k for k, v in enumerate({v for fact in facts for v, _ in fact.terms})}
    matrix = fmpz_mat(len(place), len(facts))
    for j, fact in enumerate(facts):
        for v, a in fact.terms:
            matrix[place[v], j] = a
    kernel, dimension = matrix.nullspace()
    if dimension != 1:
        return None
    vector = [int(kernel[j, 0]) for j in range(len(facts))]
    multipliers = vector if vector[0] > 0 else [-m for m in vector]
    bound = sum(m * fact.bound for m, fact in zip(multipliers, facts, strict=True))
    if min(multipliers) <= 0 or bound > 0 or (bound == 0 and not any(fact.strict for fact in facts)):
        return None
    return multipliers
