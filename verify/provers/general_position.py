"""Samples in general position to order neurons by."""

from __future__ import annotations

from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance

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
