"""Samples in general position: which training sets are taken for such, and samples to order neurons by."""

from __future__ import annotations

from functools import lru_cache

from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.lines import lines

LONG_LINE = 9
MOST_NEURONS, MOST_SAMPLES = 20, 1000

Point = tuple[Rational, ...]


def points_of(instance: TrainingInstance) -> list[Point]:
    """The samples with all coordinates, and a 1 for the bias."""
    rows = ([dict(x).get(t, 0) for t in range(instance.dimension)] for x, _, _ in instance.samples)
    return [(*row, 1) if instance.bias else tuple(row) for row in rows]


def distance(p: Point, q: Point) -> Rational:
    """Its square."""
    return sum(((a - b) ** 2 for a, b in zip(p, q, strict=True)), 0)


def spread(instance: TrainingInstance, most: int) -> list[int]:
    """At most so many samples, each as far from those before it as can be, from sample 0 on."""
    points = points_of(instance)
    chosen = list(range(min(1, most, len(points))))
    far = {i: distance(p, points[0]) for i, p in enumerate(points) if i}
    while len(chosen) < min(most, len(points)):
        farthest = max(far, key=far.__getitem__)
        del far[farthest]
        chosen.append(farthest)
        far = {i: min(before, distance(points[i], points[farthest])) for i, before in far.items()}
    return chosen


@lru_cache(maxsize=2)  # the normal form is asked besides, and both again for every case
def has_dichotomies(instance: TrainingInstance) -> bool:
    """Whether `dichotomies` is for this instance: an exact fit by some ReLUs, in general position."""
    plain = (instance.activation, instance.loss, instance.clip, instance.norm_bound) == ("relu", "exact", None, None)
    few = 2 <= instance.neurons <= MOST_NEURONS and 0 < len(instance.samples) <= MOST_SAMPLES
    dense = plain and few and instance.dimension > 0 and not is_sparse(instance)
    return dense and not along_few_lines(instance)


def is_sparse(instance: TrainingInstance) -> bool:
    """Whether at least half of the coordinates are 0."""
    return 2 * sum(len(x) for x, _, _ in instance.samples) <= instance.dimension * len(instance.samples)


def along_few_lines(instance: TrainingInstance) -> bool:
    """Whether lines say most of what circuits would, as in gadgets: one holds a sixth of the samples."""
    longest = max((len(points) for _, points in lines(instance)), default=0)
    return longest >= LONG_LINE and 6 * longest >= len(instance.samples)
