"""Terms of SMT-LIB 2.6: numbers as decimals and quotients, and sums."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from relucert.reductions.exact import Rational

_DECIMAL = re.compile(r"\d+(?=\.0)")


def number(value: Rational) -> str:
    """The term of a number.

    >>> number(3), number(Fraction(-1, 2))
    ('3.0', '(- (/ 1.0 2.0))')
    """
    size = f"{abs(value.numerator)}.0"
    if value.denominator != 1:
        size = f"(/ {size} {value.denominator}.0)"
    return f"(- {size})" if value < 0 else size


def number_of(term: str) -> Fraction:
    """The number of such a term.

    >>> number_of("(- (/ 1.0 2.0))"), number_of("3.0")
    (Fraction(-1, 2), Fraction(3, 1))
    """
    size = Fraction(*map(int, _DECIMAL.findall(term)))
    return -size if "-" in term else size


def total(terms: Iterable[str]) -> str:
    """The sum of terms, 0 of none.

    >>> total([]), total(["x"]), total(["x", "y"])
    ('0.0', 'x', '(+ x y)')
    """
    listed = list(terms)
    if len(listed) < 2:
        return listed[0] if listed else "0.0"
    return f"(+ {' '.join(listed)})"
