"""Linear facts: what a literal says, and multipliers under which facts contradict. Needs no solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from relucert.certificates.kernel import Formula, Linear

FEW = 12  # facts
SMALL = 20  # equations
ROUND = 1_000  # the work of a solver that has been asked once, see Deadline
Contradiction = dict[int, Fraction | int]  # positive multipliers, by number of the fact


class Inexact(Exception):
    """Floating point has led to no exact answer."""


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
    place = {v: k for k, v in enumerate(dict.fromkeys(v for fact in facts for v, _ in fact.terms))}
    matrix = [[0] * len(facts) for _ in place]
    for j, fact in enumerate(facts):
        for v, a in fact.terms:
            matrix[place[v]][j] = a
    vector = (kernel_of_few if len(facts) <= FEW else kernel_of_many)(matrix, len(facts))
    if vector is None:
        return None
    multipliers = vector if vector[0] > 0 else [-m for m in vector]
    bound = sum(m * fact.bound for m, fact in zip(multipliers, facts, strict=True))
    if min(multipliers) <= 0 or bound > 0 or (bound == 0 and not any(fact.strict for fact in facts)):
        return None
    return multipliers


def solution(equations: Sequence[Mapping[int, int]], right: Sequence[int]) -> list[Fraction] | None:
    """The solution of as many equations as there are unknowns 0, 1, …; None if there are others or none.

    An equation, without zeros, of which one unknown is left says what that is; where data are sparse this is often all
    that it takes.
    """
    known: dict[int, Fraction] = {}
    of: dict[int, list[int]] = {unknown: [] for unknown in range(len(equations))}
    for i, equation in enumerate(equations):
        for unknown in equation:
            of[unknown].append(i)

    def remaining(i: int) -> Fraction | int:
        return right[i] - sum(a * known[unknown] for unknown, a in equations[i].items() if unknown in known)

    left = [*map(len, equations)]
    ready = [i for i, count in enumerate(left) if count == 1]
    while ready:
        i = ready.pop()
        unknown = next((unknown for unknown in equations[i] if unknown not in known), None)
        if unknown is None:
            return None  # another equation says the same, or something else
        known[unknown] = Fraction(remaining(i), equations[i][unknown])
        for other in of[unknown]:
            left[other] -= 1
            if left[other] == 1:
                ready.append(other)
    unknowns = [unknown for unknown in of if unknown not in known]
    rows = []
    for i in (i for i, count in enumerate(left) if count > 1):
        rest = remaining(i)
        rows.append([*(equations[i].get(unknown, 0) * rest.denominator for unknown in unknowns), rest.numerator])
    found = _solution([row[:-1] for row in rows], [row[-1] for row in rows]) if len(rows) == len(unknowns) else None
    if found is None:
        return None
    known.update(zip(unknowns, found, strict=True))
    return [known[unknown] for unknown in of]


def _solution(matrix: Sequence[Sequence[int]], right: Sequence[int]) -> list[Fraction] | None:
    if len(matrix) > SMALL:
        from flint import fmpz_mat

        try:
            found = fmpz_mat(matrix).solve(fmpz_mat([[b] for b in right]))
        except (ValueError, ZeroDivisionError):
            return None
        return [Fraction(int(x.p), int(x.q)) for [x] in found.tolist()]
    vector = eliminated(tuple((*row, -b) for row, b in zip(matrix, right, strict=True)), len(matrix) + 1)
    return [Fraction(x, vector[-1]) for x in vector[:-1]] if vector and vector[-1] else None


def kernel_of_many(matrix: Sequence[Sequence[int]], width: int) -> list[int] | None:
    """A vector of integers of which all that the matrix maps to 0 are multiples; None if there is no such."""
    from flint import fmpz_mat

    kernel, dimension = fmpz_mat(len(matrix), width, [a for row in matrix for a in row]).nullspace()
    return [int(kernel[j, 0]) for j in range(width)] if dimension == 1 else None


def kernel_of_few(matrix: Sequence[Sequence[int]], width: int) -> list[int] | None:
    """The same by elimination, in less time than the import of a library takes if there are few columns."""
    vector = eliminated(tuple(map(tuple, matrix)), width)
    return None if vector is None else list(vector)


@lru_cache(maxsize=1_000)
def eliminated(matrix: tuple[tuple[int, ...], ...], width: int) -> tuple[int, ...] | None:
    """What holds of one neuron holds of all of them, so that few of the matrices are new."""
    rows, pivots = [list(row) for row in matrix], list[int]()
    for column in range(width):
        done = len(pivots)
        found = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if found is None:
            continue
        rows[done], rows[found] = rows[found], rows[done]
        pivot = rows[done]
        for i, row in enumerate(rows):
            if i != done and row[column]:
                row = [a * pivot[column] - b * row[column] for a, b in zip(row, pivot, strict=True)]
                shared = gcd(*row) or 1
                rows[i] = [a // shared for a in row]
        pivots.append(column)
    if len(pivots) != width - 1:
        return None
    [free] = set(range(width)).difference(pivots)
    vector = [0] * width
    vector[free] = lcm(*(row[c] // gcd(row[c], row[free]) for c, row in zip(pivots, rows, strict=False)))
    for c, row in zip(pivots, rows, strict=False):
        vector[c] = -row[free] * vector[free] // row[c]
    return tuple(vector)
