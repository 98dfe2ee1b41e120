"""Exact binomial confidence intervals (Clopper and Pearson, Biometrika 26, 1934)."""

from __future__ import annotations

from fractions import Fraction
from math import comb

GRID = 2**16  # ends are multiples of 1/GRID, rounded outward


def clopper_pearson(successes: int, trials: int, miss: Fraction = Fraction(1, 20)) -> tuple[Fraction, Fraction]:
    """An interval that covers the probability with probability at least 1 − miss, whatever it is.

    Every comparison is one of integers; the ends are rounded outward.

    >>> low, high = clopper_pearson(0, 20)
    >>> low, float(round(high, 4))
    (Fraction(0, 1), 0.1684)
    """
    low = _below(successes, trials, miss) if successes else 0
    high = GRID - _below(trials - successes, trials, miss) if successes < trials else GRID
    return Fraction(low, GRID), Fraction(high, GRID)


def _below(k: int, n: int, miss: Fraction) -> int:
    """The largest a with P(Binomial(n, a/GRID) ≥ k) ≤ miss/2, by bisection, for k ≥ 1: it grows with a."""
    low, high = 0, GRID
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if 2 * _upper_tail(k, n, middle) <= miss else (low, middle)
    return low


def _upper_tail(k: int, n: int, a: int) -> Fraction:
    """P(Binomial(n, a/GRID) ≥ k)."""
    b = GRID - a
    return Fraction(sum(comb(n, i) * a**i * b ** (n - i) for i in range(k, n + 1)), GRID**n)
