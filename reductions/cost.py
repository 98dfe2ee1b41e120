"""What instances hold and what operations cost: the units in which limits are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from relucert.reductions.exact import Rational

# What CPython 3.11 holds, in words of 8 bytes. Each object counts with the pointer to it and 16-byte rounding, and as
# often as it is pointed to. A tuple counts without its entries, an integer is one below 2^60.
OBJECT, TUPLE, INTEGER = 80, 7, 5


def held(value: Rational) -> int:
    """The words that a number holds."""
    if type(value) is int:
        return INTEGER + value.bit_length() // 60
    return held_fraction(value.numerator.bit_length(), value.denominator.bit_length())


def held_fraction(*bits: int) -> int:
    """The words that a Fraction holds whose numerator and denominator, or each of them, are so long."""
    return 16 + sum(b // 60 for b in (bits if len(bits) == 2 else 2 * bits))


def longest(values: Iterable[Rational]) -> int:
    """Words of the longest numerator or denominator, at least 1."""
    return 1 + max((max(v.numerator.bit_length(), v.denominator.bit_length()) for v in values), default=0) // 64


def sum_words(values: Iterable[Rational]) -> int:
    """Words of an integer as long as the product of all different denominators and the largest numerator together.

    No sum of the values is longer, up to a word for the number of summands.
    """
    bits, denominators = 0, []
    for v in values:
        bits = max(bits, v.numerator.bit_length())
        if v.denominator > 1:
            denominators.append(v.denominator)
    denominators.sort()
    return 2 + (bits + sum(d.bit_length() for d, _ in groupby(denominators))) // 64


def product(words: int, others: int) -> int:
    """Units of work of one operation on integers of so many words; division and gcd included."""
    return 1 + words * others // 32


def arithmetic(words: int, others: int) -> int:
    """Units of work of one operation on fractions of so many words."""
    return 12 + words * others // 32


class Size(NamedTuple):
    """How large an instance is: in the problem's own words, and in words of memory.

    words: an upper bound of the 64-bit words that it holds in CPython. bounds: those of the measures that are only
    numbers to compare with, such as a budget, so that nothing needs to be as large.
    """

    measures: Mapping[str, int]
    words: int
    bounds: frozenset[str] = frozenset()


def formulas(**measures: str) -> Mapping[str, str]:
    """What a reduction declares of the measures of its target: each a formula in those of the source.

    Names are the measures of the source and the parameters of the reduction; operations are +, -, *, //, **, max, min
    and bit_length. What depends on more than these is a bound from above and starts with '≤ '. `bits` may be left out.
    """
    return measures
