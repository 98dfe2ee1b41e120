"""Random matrices with exact entries, whose law no sign filter changes.

Laws of one number, r = 1. Each has an odd numerator, so that none is 0, and a fair sign of its own.

- `signs`: ±1.
- `uniform`: exactly the law of a uniform number of [-1, 1] that is moved to the midpoint of its cell, of 1,024 cells of
  equal width. It moves by at most 2^-10.
- `normal`: a normal number, cut at 8, that is moved to the midpoint of its cell, of 1,024 cells of equal width. It
  moves by at most 2^-7. The probability of each cell is that of the cut law up to 2^-63, so the total variation
  distance to the law of the moved number is at most 10^-14.

A reduction with a seed draws from Coins(seed, its name), forked at "block" and r for block r, which is drawn row by row
until it is nonsingular, at "sphere" for all columns in turn, and at "rotation". Of a number the sign comes first.

The total variation distance of any of these to a law with a density is 1, as of every law on finitely many numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import cache
from math import gcd, isqrt
from typing import NamedTuple

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance, Rational, shorten
from relucert.reductions.matrices import Inverse, Matrix, Vector, inverse, require_square, transposed
from relucert.reductions.parameters import Choice, Integer, Number, Parameter, Rows

LAWS = ("signs", "uniform", "normal", "sphere")
UNIT: dict[str, Rational] = {"signs": 1, "uniform": Fraction(1, 1024), "normal": Fraction(1, 128), "sphere": 1}
ENTRY = {"signs": 1, "uniform": 10, "normal": 10}  # bits of a numerator
CELLS = 512  # of positive numbers
GRID = 2048  # of stereographic projections
TABLE = 180_000  # units of work of the cells of a normal number, which are computed once, by `reduce`
DRAW = 60  # of one number
SPHERES = 20  # draws of all columns, at most


def number(law: str, coins: Coins) -> int:
    """A draw of `signs`, `uniform` or `normal`, in multiples of UNIT[law]."""
    sign = coins.sign()
    if law == "signs":
        return sign
    cell = coins.below(CELLS) if law == "uniform" else bisect_right(normal_cells(), coins.below(normal_cells()[-1])) - 1
    return sign * (2 * cell + 1)


@cache
def normal_cells() -> tuple[int, ...]:
    """2^64 times the integral of exp(-x²/2) from 0 to i/64, rounded down, for i = 0, ..., 512.

    By its power series Σ (-1)^n x^(2n+1) / (n! 2^n (2n+1)) in multiples of 2^-160. Each term is rounded down once and
    carries its predecessor's error times x²/2n: less than e^32·2^-160 in each of at most 200 terms, together 2^-100.
    """
    sums = []
    for i in range(CELLS + 1):
        power, total, n = (i << 160) // 64, 0, 0
        while power:
            total += -(power // (2 * n + 1)) if n % 2 else power // (2 * n + 1)
            n += 1
            power = power * i * i // (8192 * n)
        sums.append(total >> 96)
    return tuple(sums)


class Block(NamedTuple):
    """A matrix, and the inverse of its transpose."""

    matrix: Matrix
    undo: Inverse


def independent_blocks(law: str, t: int, k: int, coins: Coins) -> list[Block]:
    """t blocks of k × k independent numbers, in multiples of UNIT[law], each drawn again while it is singular.

    Raises InvalidInstance after `tries(t)` draws of a block altogether. That is rarer than 10^-15, and no more
    likely for one filter than for another: a block is singular iff it is with other signs of rows or of the whole.
    """
    left, found = tries(t), []
    for r in range(t):
        own = coins.fork("block", r)
        while True:
            block = tuple(tuple(number(law, own) for _ in range(k)) for _ in range(k))
            undo = inverse(transposed(block))
            left -= 1
            if undo is not None:
                found.append(Block(block, undo))
                break
            if left <= 0:
                raise InvalidInstance("too many blocks that are drawn with this seed are singular: take another seed")
    return found


def tries(t: int) -> int:
    """At least a third of all draws are nonsingular, the fewest of `signs` with k = 4: 87/256."""
    return 8 * t + 200


def sphere_blocks(t: int, k: int, coins: Coins) -> list[Block]:
    """t blocks of k × k numbers whose k columns, each through all blocks, are points of the unit sphere.

    All are drawn again if a block is singular. Raises InvalidInstance after 20 times.
    """
    own = coins.fork("sphere")
    for _ in range(SPHERES):
        columns = [sphere_point(t * k, own) for _ in range(k) if t]  # coordinate b·t + r is row b of block r
        blocks = [tuple(tuple(column[b * t + r] for column in columns) for b in range(k)) for r in range(t)]
        undo = [inverse(transposed(block)) for block in blocks]
        if None not in undo:
            return [Block(block, u) for block, u in zip(blocks, undo, strict=True) if u is not None]
    raise InvalidInstance("too many points that are drawn with this seed are dependent: take another seed")


def sphere_point(n: int, coins: Coins) -> Vector:
    """A point of norm 1 with independent fair signs, near g/‖g‖ up to these signs, g of n `normal` numbers.

    Stereographic projection: s = (2u, 1 - ‖u‖²)/(1 + ‖u‖²) for u in ℚ^(n-1) has norm 1. Here u is |g_i|/(‖g‖ + |g_n|),
    moved to an odd multiple of 2^-11, by at most 2^-11 each; the map doubles distances at most, so s is within
    √n/1000 of |g|/‖g‖. The signs make the law symmetric, which the projection alone is not. Odd: no s_i is 0, i < n.
    """
    *sizes, last = (abs(number("normal", coins)) for _ in range(n))
    norm = isqrt(sum(a * a for a in (*sizes, last)) << 40)
    u = [2 * ((GRID // 2 * a << 20) // (norm + (last << 20))) + 1 for a in sizes]
    square = sum(v * v for v in u)
    point = [*(2 * GRID * v for v in u), GRID * GRID - square]
    return tuple(Fraction(coins.sign() * v, GRID * GRID + square) for v in point)


def rotation(t: int, coins: Coins) -> Inverse:
    """An exact orthogonal t × t matrix as integers over a common denominator, its columns with fair signs.

    The product of reflections H = I - 2uuᵀ/uᵀu of the last m coordinates, m = t, …, 2, u = g ± ‖g‖e for m `normal`
    numbers g and the first unit vector e, and of signs of the columns. H is orthogonal whatever u is, so that ‖g‖ may
    be rounded to an integer, here of about 128·√m; and e goes to a point within 2/‖g‖ of ±g/‖g‖. If this point were
    uniform on the sphere, for every m, the product would be Haar's law (Stewart, SIAM J. Numer. Anal. 17, 1980).
    """
    own, rows, scale = coins.fork("rotation"), [[int(i == j) for j in range(t)] for i in range(t)], 1
    for m in range(t, 1, -1):
        u = [number("normal", own) for _ in range(m)]
        norm = (isqrt(4 * sum(v * v for v in u)) + 1) // 2
        u[0] += norm if u[0] > 0 else -norm
        square = sum(v * v for v in u)
        for i, row in enumerate(rows):
            twice = 2 * sum(a * v for a, v in zip(row[t - m :], u, strict=True))
            rows[i] = [a * square for a in row[: t - m]]
            rows[i] += [a * square - twice * v for a, v in zip(row[t - m :], u, strict=True)]
        scale *= square
        common = gcd(scale, *(a for row in rows for a in row))
        rows, scale = [[a // common for a in row] for row in rows], scale // common
    signs = [own.sign() for _ in range(t)]
    return Inverse(tuple(tuple(s * a for s, a in zip(signs, row, strict=True)) for row in rows), scale)


def rotation_bits(t: int) -> int:
    """Of its numbers: uᵀu is at most 4·m·2^20."""
    return t * (23 + t.bit_length())


def even_point(t: int) -> Vector:
    """A point (a, …, a, b) of norm 1 in ℚ^t near (1, …, 1)/√t: (1 - 2^-11)/√t ≤ b ≤ 1/√t ≤ a. If t is a square, a = b.

    The stereographic projection of (c, …, c), c = 1/(1 + s), for s the root of t rounded down to a multiple of 2^-11.
    With s = √t - δ, b/a = 1 - (t - s²)/(2(1 + s)), which is between 1 - δ and 1; and (t - 1)a² + b² = 1.

    >>> even_point(4) == (Fraction(1, 2),) * 4
    True
    >>> even_point(2)
    (Fraction(79104, 111865), Fraction(79097, 111865))
    """
    if t == 0:
        return ()
    s = isqrt(t * GRID * GRID)
    across, square = GRID + s, (t - 1) * GRID * GRID
    norm = across * across + square
    return (Fraction(2 * GRID * across, norm),) * (t - 1) + (Fraction(across * across - square, norm),)


def even_bits(t: int) -> int:
    """Of the numerator or of the denominator of its coordinates: (1 + √t)² + t - 1 is at most 4t."""
    return 25 + t.bit_length()


def require_law(seed: int, law: str, scale: Rational, factor: Matrix | None) -> None:
    """What the two reductions to random networks ask of their parameters."""
    Coins(seed)
    if law not in LAWS:
        raise InvalidInstance(f"the law is {', '.join(LAWS[:-1])} or {LAWS[-1]}, not {shorten(law)}")
    if type(scale) not in (int, Fraction) or scale <= 0:
        raise InvalidInstance(f"scale must be positive, not {shorten(scale)}")
    if factor is not None:
        if law != "normal":
            raise InvalidInstance(f"a factor goes with the law normal, not {law}")
        require_square(factor, len(factor), "the factor")


def inverse_of_factor(factor: Matrix | None) -> Inverse | None:
    """Of its transpose; None if there is no factor. Raises InvalidInstance if it is singular."""
    undo = None if factor is None else inverse(transposed(factor))
    if factor is not None and undo is None:
        raise InvalidInstance("the factor is singular")
    return undo


def parameters_of(about_scale: str, about_factor: str) -> dict[str, Parameter]:
    return {
        "seed": Integer("the seed of the draws, below 2^64", 0),
        "law": Choice("the law of the entries", "normal", words=LAWS),
        "scale": Number(about_scale, 1),
        "factor": Rows(about_factor, None, nullable=True),
    }
