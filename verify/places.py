"""Training sets whose samples stand in a few places far apart, such as gadgets: where, and networks near them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import Network, TrainingInstance, sample

PARTS = 60  # samples are near each other if at most a cell lies between them, of so many each way
NARROW = Fraction(1, 8)  # of the whole, a place is no wider or higher
MOST = 100  # places

Point = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class Place:
    """The numbers of the samples that stand there, and the smallest box around them."""

    samples: tuple[int, ...]
    low: Point
    high: Point

    @property
    def centre(self) -> Point:
        return (self.low[0] + self.high[0]) / 2, (self.low[1] + self.high[1]) / 2

    @property
    def extent(self) -> Fraction:
        return max(self.high[0] - self.low[0], self.high[1] - self.low[1])


def point_of(x: Sequence[tuple[int, Rational]]) -> Point:
    values = dict(x)
    return Fraction(values.get(0, 0)), Fraction(values.get(1, 0))


def places_of(points: Sequence[Point]) -> list[Place]:
    """The places of points in the plane, those of many samples first, then from the left.

    None if the points are spread so that one picture shows them.

    >>> far = Fraction(1000)
    >>> [place.samples for place in places_of([(Fraction(0), Fraction(0)), (Fraction(1), Fraction(0)), (far, far)])]
    [(0, 1), (2,)]
    >>> places_of([(Fraction(i), Fraction(i)) for i in range(9)])
    []
    """
    if not points:
        return []
    start = [min(p[t] for p in points) for t in (0, 1)]
    whole = [max(p[t] for p in points) - start[t] for t in (0, 1)]
    cells: dict[tuple[int, int], list[int]] = {}
    for i, p in enumerate(points):
        cell = [int((p[t] - start[t]) * PARTS / whole[t]) if whole[t] else 0 for t in (0, 1)]
        cells.setdefault((cell[0], cell[1]), []).append(i)
    left, found = dict(cells), []
    for first in cells:
        if first not in left:
            continue
        members, reached = left.pop(first), [first]
        while reached:
            a, b = reached.pop()
            for near in [(a + i, b + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]:
                if near in left:
                    members += left.pop(near)
                    reached.append(near)
        own = [points[i] for i in members]
        low, high = ((end(p[0] for p in own), end(p[1] for p in own)) for end in (min, max))
        found.append(Place(tuple(sorted(members)), low, high))
    narrow = all(place.high[t] - place.low[t] <= NARROW * whole[t] for place in found for t in (0, 1) if whole[t])
    crowded = max(len(place.samples) for place in found) > 1
    found.sort(key=lambda place: (-len(place.samples), place.centre))
    return found if 1 < len(found) <= MOST and narrow and crowded else []


def around(instance: TrainingInstance, net: Network | None, place: Place) -> tuple[TrainingInstance, Network | None]:
    """The samples of a place and the network, with the centre of the place as the origin; exactly."""
    a, b = place.centre
    samples = []
    for i in place.samples:
        one = instance.samples[i]
        x, y = point_of(one.x)
        samples.append(sample((x - a, y - b), one.y, one.multiplicity))
    if net is not None:
        biases = tuple(c + u * a + v * b for (u, v), c in zip(net.weights, net.biases, strict=True))
        net = replace(net, biases=biases)
    return replace(instance, samples=tuple(samples)), net


def contradicted(instance: TrainingInstance) -> set[int]:
    """The numbers of samples at whose point another sample has another label.

    >>> contradicted(TrainingInstance(1, 1, (sample([1], 1), sample([1], 0), sample([2], 0))))
    {0, 1}
    """
    labels: dict[object, set[Rational]] = {}
    for x, y, _ in instance.samples:
        labels.setdefault(x, set()).add(y)
    return {i for i, (x, _, _) in enumerate(instance.samples) if len(labels[x]) > 1}
