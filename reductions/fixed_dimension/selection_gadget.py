"""The selection gadget (Lemma 4): samples in the plane that four ReLUs fit only as one of ℓ levees.

A levee of slope s is the function that is 1 where |x₂ − s·x₁| ≤ 1, 0 where |x₂ − s·x₁| ≥ 2, and linear in between.

Source: Froese, Hertrich, NeurIPS 2023, Section 3.1; for thresholds Corollary 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil

from reductions.core import InvalidInstance, Rational
from reductions.problems.training import Sample, sample

RAMP: dict[Rational, Rational] = {  # what every levee is on the line x₁ = 0, by |x₂|
    0: Fraction(1), 1: Fraction(1), Fraction(4, 3): Fraction(2, 3), Fraction(5, 3): Fraction(1, 3),
    2: Fraction(0), 3: Fraction(0), 4: Fraction(0),
}  # fmt: skip


def require_increasing(slopes: Sequence[Rational]) -> None:
    if len(slopes) < 2:
        raise InvalidInstance(f"a gadget selects among two or more slopes, not {len(slopes)}")
    for s, t in pairwise(slopes):
        if s >= t:
            raise InvalidInstance(f"the slopes must increase: {s} comes before {t}")


def side_line(slopes: Sequence[Rational]) -> Fraction:
    """e: how far the side lines are from the centre line; e·max|s| ≤ 1/4."""
    return Fraction(1, max(8, 4 * ceil(max(abs(Fraction(s)) for s in slopes))))


def selection_gadget(slopes: Sequence[Rational], offset: Rational = 0, plateau: bool = False) -> list[Sample]:
    """The gadget around (0, offset): 29 + 2ℓ samples, with `plateau` 31 + 2ℓ. Raises InvalidInstance.

    Lemma 4. Every fit by four ReLUs is a levee of one of the slopes, and no three ReLUs fit. `relucert lemma` proves it
    for given slopes. The argument: the centre line x₁ = 0 forces four kinks, at −2, −1, 1 and 2, where the slope
    changes by one. The side lines x₁ = ±e bound the slopes to [s_1, s_ℓ] and force the breaklines to be parallel in
    pairs. Between two neighbouring slopes, every levee covers a point that the levees of both slopes just touch.

    plateau: also the points (±e, offset), where the label is 1. Then the three samples of a plateau keep the kinks on
    both of its sides apart, which refutations of several stacked gadgets use.
    """
    require_increasing(slopes)
    e = side_line(slopes)
    points: list[tuple[Rational, Rational, Rational]] = []
    points += ((0, height * s, y) for height, y in RAMP.items() for s in ((1, -1) if height else (1,)))
    for x in (e, -e):
        low, high = sorted((slopes[0] * x, slopes[-1] * x))
        points += ((x, h, 0) for h in (-4, -3, -2 + low, 2 + high, 3, 4))
        points += ((x, h, 1) for h in (-1 + high, 1 + low, *((0,) if plateau else ())))
    for s, t in (*pairwise(slopes), (slopes[-1], slopes[-1] + 1)):  # the last pair is for the count only
        x = Fraction(4) / (t - s)
        points += ((x, s * x + 2, 0), (-x, -s * x - 2, 0))
    return [sample((x, h + offset), y) for x, h, y in points]


def levee(slope: Rational, offset: Rational = 0) -> list[tuple[tuple[Rational, Rational], Rational, int]]:
    """The four neurons (weights, bias, output weight) of the levee of this slope around (0, offset) (Observation 3)."""
    return [((-slope, 1), -offset - kink, a) for kink, a in ((-2, 1), (-1, -1), (1, -1), (2, 1))]


def threshold_gadget(
    slopes: Sequence[Rational], offset: Rational = 0, reach: Rational = 0, near: Rational | None = None
) -> tuple[list[Sample], Rational]:
    """Samples around (0, offset) that two thresholds with real output weights fit only along one slope, and L.

    Every fit is 1 on the centre line x₂ = offset + s·x₁ of one of the slopes where |x₁| < L, and 0 where |x₁| ≤ L at a
    distance of 2 or more from it, measured along x₂. L is at least `reach`, and E is `near` or else 1/(s_ℓ − s_1), the
    largest that it may be. `relucert lemma stripe` proves it for given slopes. Raises InvalidInstance.

    The argument, with offset 0: on x₁ = 0 the lower edge lies in [−2, −1] and the upper one in [1, 2]. The lines
    x₁ = ±E bound the slopes of both to [s_1 − 1/E, s_ℓ + 1/E]. On x₁ = ±L, where slots
    s·x₁ ± 2 are 4 or more apart, zeros at most 1 apart cover all that this leaves except the slots. The widths there
    add up to twice that at 0, so one of them is at least 2: both edges are in one slot, that of s, say. On the other
    line the edges are on both sides of the centre of its slot for s, as their means at 0 say, so they are in it.
    """
    require_increasing(slopes)
    near, far = near_and_far(slopes, reach, near)
    points: list[tuple[Rational, Rational, int]] = [(0, -2, 0), (0, -1, 1), (0, 1, 1), (0, 2, 0)]
    for x in (near, -near):
        low, high = sorted((slopes[0] * x, slopes[-1] * x))
        points += [(x, -2 + low, 0), (x, -1 + high, 1), (x, 1 + low, 1), (x, 2 + high, 0)]
    for x in (far, -far):
        for a, b in filled(slopes, x, near):
            steps = ceil(b - a)
            points += ((x, a + (b - a) * Fraction(i, steps), 0) for i in range(steps + 1))
    return [sample((x, h + offset), y) for x, h, y in points], far


def near_and_far(slopes: Sequence[Rational], reach: Rational, near: Rational | None) -> tuple[Rational, Rational]:
    """E and L."""
    widest = Fraction(1) / (slopes[-1] - slopes[0])
    if near is not None and not 0 < near <= widest:
        raise InvalidInstance(f"the side lines must be at most {widest} away, not {near}")
    return near or widest, max(Fraction(8) / min(t - s for s, t in pairwise(slopes)), reach)


def filled(slopes: Sequence[Rational], x: Rational, near: Rational) -> list[tuple[Rational, Rational]]:
    """The intervals of zeros on the far line through x, between the slots and beside them."""
    low, high = sorted(((slopes[0] - Fraction(1) / near) * x, (slopes[-1] + Fraction(1) / near) * x))
    return [(a + 2, b - 2) for a, b in pairwise((low - 4, *sorted(s * x for s in slopes), high + 4))]


def threshold_gadget_size(slopes: Sequence[Rational], reach: Rational = 0, near: Rational | None = None) -> int:
    """The number of its samples."""
    near, far = near_and_far(slopes, reach, near)
    return 12 + sum(ceil(b - a) + 1 for x in (far, -far) for a, b in filled(slopes, x, near))
