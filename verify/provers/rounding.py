"""Numbers near others that are short, and integers near 0 that mend equations."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import fmpz_mat

SPARE = 4  # integers to mend the equations of a neuron with, beyond as many as there are
SIMPLE = Fraction(1, 10**4)  # by what share a number may be changed to have a short denominator


def enough_columns(columns: Sequence[Sequence[int]], k: int, width: int) -> list[int]:
    """Some of the first, so that each of the k blocks of equations has a few more than it needs, and the rank of all.

    >>> enough_columns([[1], [2], [3], [4], [5], [6], [7]], 1, 1), enough_columns([[1, 1]] * 9 + [[1, 2]], 1, 2)
    ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 9])
    """
    counts, few, others = [0] * k, [], []
    for q, column in enumerate(columns):
        touched = [j for j in range(k) if any(column[j * width : (j + 1) * width])]
        if any(counts[j] < width + SPARE for j in touched):
            few.append(q)
            for j in touched:
                counts[j] += 1
        else:
            others.append(q)
    if others:
        table = np.array(columns, dtype=float)
        rank = int(np.linalg.matrix_rank(table))
        for q in others:
            if np.linalg.matrix_rank(table[few]) == rank:
                break
            if np.linalg.matrix_rank(table[[*few, q]]) > np.linalg.matrix_rank(table[few]):
                few.append(q)
    return few


def mend(columns: Sequence[Sequence[int]], error: Sequence[int]) -> tuple[int, list[int]]:
    """A small t ≥ 1 and small integers n with Σ n·column = −t·error, by lattice reduction; t = 0 if there are none.

    >>> mend([[3, 0], [0, 2], [1, 1]], [-4, -1]), mend([[2, 0]], [3, 0]), mend([[2, 0]], [0, 1])
    ((1, [1, 0, 1]), (2, [-3]), (0, []))
    """
    if not any(error):
        return 1, [0] * len(columns)
    size, heavy, light = len(columns), 1 << 20, 1 << 6
    rows = [[*(int(a == b) for b in range(size)), 0, *(heavy * v for v in column)] for a, column in enumerate(columns)]
    rows.append([0] * size + [light] + [heavy * v for v in error])
    reduced = fmpz_mat(rows).lll()
    best: tuple[int, list[int]] = (0, [])
    for r in range(reduced.nrows()):
        times = int(reduced[r, size]) // light
        if times and not any(reduced[r, c] for c in range(size + 1, size + 1 + len(error))):
            sign = 1 if times > 0 else -1
            if not best[0] or abs(times) < best[0]:
                best = sign * times, [sign * int(reduced[r, a]) for a in range(size)]
    return best


def simplest_above(threshold: Fraction) -> Fraction:
    """A number that is a little larger and has a short denominator; or the threshold, if that is short."""
    denominator = 1
    while denominator < threshold.denominator:
        above = Fraction(-((-threshold * denominator) // 1), denominator)
        if above <= threshold * (1 + SIMPLE):
            return above
        denominator *= 2
    return threshold


def short_below(number: Fraction, share: Fraction) -> Fraction:
    """A number between the given one and that less a share of it, with a denominator that is a power of 2."""
    denominator = 1
    while (below := Fraction((number * denominator) // 1, denominator)) < number * (1 - share):
        denominator *= 2
    return below
