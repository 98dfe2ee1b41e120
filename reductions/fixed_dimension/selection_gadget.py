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


def threshold_gadget(slopes: Sequence[Rational], offset: Rational = 0) -> tuple[list[Sample], Fraction]:
    """Samples that two thresholds with real output weights fit only along one slope, and how far L that holds.

    A stripe of slope s is 1 where |x₂ − s·x₁| is less than about 1, and 0 where it is at least 2. Every fit crosses the
    lines x₁ = ±L inside the stripe s·x₁ ± 2 of the same slope s, twice each: it covers the centre line of that slope,
    and those of the other slopes not beyond where the stripes part. `relucert lemma` proves it for given slopes.

    The argument: on x₁ = 0 the two edges lie in [−2, −1) and [1, 2). With E = 1/(s_ℓ − s_1) the lines x₁ = ±E bound the
    slopes of both edges to [s_1 − 1/E, s_ℓ + 1/E]. On x₁ = ±L, L = 8/min gap, all that this leaves is covered by zeros
    less than 1 apart except the ℓ slots. The widths at ±L add up to twice the one at 0, so to at least 4, and one of
    them is at least 2: both edges are in one slot there, and by their mean at 0 in the same one on the other line.
    """
    require_increasing(slopes)
    spread = slopes[-1] - slopes[0]
    near, far = Fraction(1) / spread, Fraction(8) / min(t - s for s, t in pairwise(slopes))
    points: list[tuple[Rational, Rational, int]] = [(0, -2, 0), (0, -1, 1), (0, 1, 1), (0, 2, 0)]
    for x in (near, -near):
        low, high = sorted((slopes[0] * x, slopes[-1] * x))
        points += [(x, -2 + low, 0), (x, -1 + high, 1), (x, 1 + low, 1), (x, 2 + high, 0)]
    for x in (far, -far):
        centres = sorted(s * x for s in slopes)
        ends = sorted(((slopes[0] - spread) * x, (slopes[-1] + spread) * x))
        gaps = [
            (ends[0] - 2, centres[0] - 2),
            *((a + 2, b - 2) for a, b in pairwise(centres)),
            (centres[-1] + 2, ends[1] + 2),
        ]
        for a, b in gaps:
            steps = ceil((b - a) * Fraction(4, 3))
            points += ((x, a + (b - a) * Fraction(i, steps), 0) for i in range(steps + 1))
    return [sample((x, h + offset), y) for x, h, y in points], far
