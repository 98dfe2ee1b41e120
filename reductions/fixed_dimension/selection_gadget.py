"""The selection gadget (Lemma 4): samples in the plane that four ReLUs fit only as one of ℓ levees.

A levee of slope s is the function that is 1 where |x₂ − s·x₁| ≤ 1, 0 where |x₂ − s·x₁| ≥ 2, and linear in between.

Source: Froese, Hertrich, NeurIPS 2023, Section 3.1; for thresholds Corollary 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.problems.training import Sample, sample

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

    Lemma 4. Every fit by four ReLUs, and an affine function if there is one, is the levee of one of the slopes, as a
    function, and no three ReLUs fit. `relucert lemma` proves it for given slopes. The argument: the centre line x₁ = 0
    forces four kinks, at −2, −1, 1 and 2, where the slope changes by one. The side lines x₁ = ±e bound the slopes to
    [s_1, s_ℓ] and force the breaklines to be parallel in pairs. Between two neighbouring slopes, every levee covers a
    point that the levees of both slopes just touch.

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
    slopes: Sequence[Rational], offset: Rational = 0, near: Rational | None = None, margin: Rational | None = None
) -> tuple[list[Sample], Rational]:
    """Samples around (0, offset) that two thresholds with real output weights fit only along one slope, and L.

    Every fit is 1 on the centre line x₂ = offset + s·x₁ of one of the slopes s, and 0 at a distance of more than 2 from
    it, measured along x₂, for |x₁| ≤ L(1/η − 1). L is 4 over the least gap between slopes, E is `near`, at most
    1/(s_ℓ − s_1) and that by default, and η is `margin`, at most 1/2 and E/L, by default half of that. A gadget has
    12 + 4ℓ samples if the gaps between slopes are less than twice as wide as the least. Raises InvalidInstance.
    `relucert lemma stripe` proves, for given slopes, that a fit is within a slot (below) of the same slope on both far
    lines.

    The argument, with offset 0. On x₁ = 0 the labels change between −1 − η and −1 and between 1 and 1 + η, so there
    the lower edge is at a height l ∈ [−1 − η, −1] and the upper one at u ∈ [1, 1 + η]. On x₁ = ±E they change as well,
    which bounds the slopes of both edges to [s_1 − η/E, s_ℓ + η/E]. On the far lines x₁ = ±L all labels are 0, so no
    sample is between the edges. There are samples at s·x₁ ± (1 + η), the ends of the slot of s, for every slope, and
    more between the slots so that the rest is cut into pieces shorter than 2; slots themselves have 4 − 2(1 + η) or
    more between them. Beside the outermost slots there is no room for both edges: at L the upper edge is at
    1 + s_1·L − ηL/E ≥ s_1·L or above, the lower one at s_ℓ·L or below. On the two far lines the distances u − l add up
    to at least 4, as the one on x₁ = 0 is at least 2, so the edges are in a slot on one of them: at L, say, in that of
    s. Edges at L and −L have their mean on x₁ = 0, so at −L the lower edge is at −s·L − 1 + η or below, and the upper
    one at −s·L + 1 − η or above: on both sides of the centre of the slot of s, so in this slot. Now l − s·x₁ is between
    −1 − η and 1 + η at ±L, and its mean is at most −1. So it changes by at most η from 0 to ±L, and is between
    −1 − η − η|x₁|/L and −1 + η|x₁|/L, so in [−2, 0) if |x₁| ≤ L(1/η − 1); likewise u.
    """
    require_increasing(slopes)
    far = Fraction(4) / min(t - s for s, t in pairwise(slopes))
    widest = Fraction(1) / (slopes[-1] - slopes[0])
    near = widest if near is None else near
    if not 0 < near <= widest:
        raise InvalidInstance(f"the side lines must be at most {widest} away, not {near}")
    most = min(Fraction(1, 2), near / far)
    margin = most / 2 if margin is None else margin
    if not 0 < margin <= most:
        raise InvalidInstance(f"the margin must be at most {most}, not {margin}")
    end = 1 + margin
    points: list[tuple[Rational, Rational, int]] = [(0, -end, 0), (0, -1, 1), (0, 1, 1), (0, end, 0)]
    for x in (near, -near):
        low, high = sorted((slopes[0] * x, slopes[-1] * x))
        points += [(x, low - end, 0), (x, high - 1, 1), (x, low + 1, 1), (x, high + end, 0)]
    for x in (far, -far):
        centres = sorted(s * x for s in slopes)
        points += ((x, c + side, 0) for c in centres for side in (-end, end))
        for a, b in pairwise(centres):
            between = b - a - 2 * end
            pieces = floor(between / 2) + 1  # shorter than 2
            points += ((x, a + end + between * Fraction(i, pieces), 0) for i in range(1, pieces))
    return [sample((x, h + offset), y) for x, h, y in points], far


def stripe(
    slope: Rational, offset: Rational, margin: Rational
) -> list[tuple[tuple[Rational, Rational], Rational, int]]:
    """Two thresholds (weights, bias, output weight): 1 within 1 + η/2 of the centre line of this slope."""
    edge = 1 + margin / Fraction(2)
    return [((-slope, 1), -offset - side, a) for side, a in ((-edge, 1), (edge, -1))]
