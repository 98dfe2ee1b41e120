"""Exact square matrices: inverses without fractions, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from relucert.reductions.cost import product, sum_words
from relucert.reductions.exact import InvalidInstance, Rational, shorten, simplified
from relucert.reductions.json_text import json_list, rational_from_json, rational_to_json

Vector = tuple[Rational, ...]
Matrix = tuple[Vector, ...]  # its rows


class Inverse(NamedTuple):
    """The matrix rows/determinant, all of them integers. The determinant is that of a multiple of the matrix, not 0."""

    rows: tuple[tuple[int, ...], ...]
    determinant: int

    def over(self, scale: Rational) -> Inverse:
        """The inverse of `scale` times the matrix, scale ≠ 0."""
        rows = tuple(tuple(v * scale.denominator for v in row) for row in self.rows)
        return Inverse(rows, self.determinant * scale.numerator)

    def times(self, x: Sequence[Rational]) -> Vector:
        """The inverse times x.

        >>> inverse(((1, 2), (0, Fraction(1, 3)))).times((1, 1))
        (-5, 3)
        """
        if not any(x):
            return (0,) * len(self.rows)
        scale = lcm(*(v.denominator for v in x))
        entries = [(i, v.numerator * (scale // v.denominator)) for i, v in enumerate(x) if v]
        divisor = scale * self.determinant
        return tuple(simplified(Fraction(sum(row[i] * v for i, v in entries), divisor)) for row in self.rows)


def inverse(matrix: Matrix) -> Inverse | None:
    """None if the matrix is singular.

    Rows are cleared of denominators and reduced by Gauss, Jordan and Bareiss: after c steps the entries are minors of c
    rows and columns of the matrix beside the identity, so that every division is exact and nothing is longer than
    Hadamard's bound.

    >>> inverse(((1, 2), (3, 4)))
    Inverse(rows=((4, -2), (-3, 1)), determinant=-2)
    >>> inverse(((1, 2), (2, 4))) is None
    True
    """
    n = len(matrix)
    rows: list[list[int]] = []
    for i, row in enumerate(matrix):
        scale = lcm(*(v.denominator for v in row))
        rows.append([v.numerator * (scale // v.denominator) for v in row] + [scale * (i == j) for j in range(n)])
    before = 1
    for c in range(n):
        chosen = next((i for i in range(c, n) if rows[i][c]), None)
        if chosen is None:
            return None
        rows[c], rows[chosen] = rows[chosen], [-v for v in rows[c]] if chosen != c else rows[c]
        top, pivot = rows[c], rows[c][c]
        for i in range(n):
            if i != c:
                factor = rows[i][c]
                rows[i] = [(pivot * v - factor * u) // before for v, u in zip(rows[i], top, strict=True)]
        before = pivot
    return Inverse(tuple(tuple(row[n:]) for row in rows), before)


def transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def applied(matrix: Matrix, x: Sequence[Rational]) -> Vector:
    """The matrix times x."""
    return tuple(simplified(sum((a * v for a, v in zip(row, x, strict=True) if a and v), 0)) for row in matrix)


def scaled(matrix: Matrix, by: Rational) -> Matrix:
    return tuple(tuple(simplified(by * v) for v in row) for row in matrix)


def identity(n: int) -> Matrix:
    return tuple(tuple(int(i == j) for j in range(n)) for i in range(n))


def minor_bits(n: int, bits: int) -> int:
    """Bits of a minor of an n × n matrix whose rows, cleared of denominators, have numbers of so many bits.

    Hadamard: a minor is at most the product of the lengths of its rows, each below 2^bits·√n. The rows beside it, which
    hold the scale that cleared a row, are no longer.
    """
    return n * (bits + (n.bit_length() + 1) // 2) + 1


def inverting(n: int, bits: int) -> int:
    """Units of work of an inverse, its rows, cleared of denominators, having numbers of so many bits."""
    words = 1 + minor_bits(n, bits) // 64
    clearing, step = 12 * product(1 + bits // 64, 1 + bits // 64), 1 + 3 * product(words, words)
    return 20 + n * n * (6 + clearing + 2 * n * step)


def rational_bits(value: Rational) -> int:
    """Bits of the numerator and of the denominator together."""
    return value.numerator.bit_length() + value.denominator.bit_length()


def row_bits(matrix: Matrix) -> int:
    """A bound of the bits of its numbers and scales once each row is cleared of denominators."""
    return max((64 * sum_words(row) for row in matrix), default=0)


def multiplying(n: int, bits: int, total: int, longest: int) -> int:
    """Units of work of `Inverse.times`: n rows and a determinant of so many bits, and a vector of n numbers.

    total: bits of the least common denominator and the largest numerator together, from above. longest: of one number.
    """
    words, length = 1 + bits // 64, 1 + total // 64
    one = 2 + product(1 + longest // 64, length)
    return 20 + n * 2 * one + n * (30 + 6 * product(words + length, words + length) + n * (2 + product(words, length)))


def require_square(matrix: Matrix, size: int, what: str) -> None:
    if len(matrix) != size:
        raise InvalidInstance(f"{what}: {len(matrix)} rows, it should have {shorten(size)}")
    for i, row in enumerate(matrix):
        if len(row) != size:
            raise InvalidInstance(f"{what}, row {i}: {len(row)} numbers, it should have {shorten(size)}")


def matrix_from_json(data: Any, what: str) -> Matrix:
    return tuple(vector_from_json(row, f"a row of {what}") for row in json_list(data, what))


def vector_from_json(data: Any, what: str) -> Vector:
    return tuple(rational_from_json(v) for v in json_list(data, what))


def matrix_to_json(matrix: Sequence[Sequence[Rational]]) -> list[list[Any]]:
    return [[rational_to_json(v) for v in row] for row in matrix]
