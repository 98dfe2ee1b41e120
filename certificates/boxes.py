"""Intervals of real numbers with outward-rounded integer ends (SPEC.md, section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from relucert.certificates.kernel import Rejected
from relucert.reductions.exact import Rational


def up(above: int, below: int) -> int:
    """The quotient, rounded up."""
    return -(-above // below)


@dataclass(frozen=True)
class Box:
    """The numbers from low/2^bits to high/2^bits.

    >>> Box.of(Fraction(1, 3), 4)
    Box(low=5, high=6, bits=4)
    >>> Box.of(2, 4).root(2)
    Box(low=22, high=23, bits=4)
    """

    low: int
    high: int
    bits: int

    @classmethod
    def of(cls, value: Rational, bits: int) -> Box:
        above = value.numerator << bits
        return cls(above // value.denominator, up(above, value.denominator), bits)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        return Fraction(self.low, 1 << self.bits), Fraction(self.high, 1 << self.bits)

    def inside(self, low: Rational, high: Rational) -> bool:
        return low <= self.ends[0] and self.ends[1] <= high

    def widened(self, by: int) -> Box:
        """With an upper end that is larger by so many units."""
        return Box(self.low, self.high + by, self.bits)

    def __add__(self, other: Box) -> Box:
        return Box(self.low + other.low, self.high + other.high, self.bits)

    def __sub__(self, other: Box) -> Box:
        return Box(self.low - other.high, self.high - other.low, self.bits)

    def __mul__(self, other: Box) -> Box:
        products = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Box(min(products) >> self.bits, up(max(products), 1 << self.bits), self.bits)

    def __truediv__(self, other: Box) -> Box:
        """Raises Rejected unless the divisor is positive."""
        if other.low <= 0:
            raise Rejected("with so few bits a divisor may be 0")
        ends = [(a << self.bits, b) for a in (self.low, self.high) for b in (other.low, other.high)]
        return Box(min(a // b for a, b in ends), max(up(a, b) for a, b in ends), self.bits)

    def power(self, n: int) -> Box:
        result = Box.of(1, self.bits)
        for _ in range(n):
            result *= self
        return result

    def root(self, n: int) -> Box:
        """Of a box that is not negative. Raises Rejected of any other."""
        if self.low < 0:
            raise Rejected("with so few bits a radicand may be negative")
        scale = self.bits * (n - 1)
        low, high = _root(self.low << scale, n), _root(self.high << scale, n)
        return Box(low, high + (high**n != self.high << scale), self.bits)


def _root(value: int, n: int) -> int:
    """The largest r with r^n ≤ value."""
    if n == 2:
        return isqrt(value)
    low, high = 0, 1 << (value.bit_length() // n + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**n <= value else (low, middle)
    return low


def pi(bits: int) -> Box:
    """
    >>> pi(20).ends
    (Fraction(823539, 262144), Fraction(411783, 131072))
    """
    return Box.of(16, bits) * _arctan(5, bits) - Box.of(4, bits) * _arctan(239, bits)


def _arctan(x: int, bits: int) -> Box:
    """arctan(1/x): alternating, with decreasing terms."""
    total, j, power = Box.of(0, bits), 0, x
    while (2 * j + 1) * power < 1 << bits:
        term = Box.of(Fraction(1, (2 * j + 1) * power), bits)
        total = total - term if j % 2 else total + term
        j, power = j + 1, power * x * x
    return Box(total.low - 1, total.high + 1, bits)


def e(bits: int) -> Box:
    return _inverse_products(bits, 1, 1)


def odd_factorials(bits: int) -> Box:
    """Σ 1/(2j+1)!! over j ≥ 0."""
    return _inverse_products(bits, 3, 2)


def _inverse_products(bits: int, first: int, step: int) -> Box:
    """1 + 1/a + 1/(a(a+s)) + 1/(a(a+s)(a+2s)) + …"""
    total, product, factor = Box.of(0, bits), 1, first
    while product < 1 << bits:
        total += Box.of(Fraction(1, product), bits)
        product, factor = product * factor, factor + step
    return total.widened(2)
