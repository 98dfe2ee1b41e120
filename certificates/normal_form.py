"""Training sets in normal form: what labels force is taken out, and what no sample sees (SPEC.md, section 4.2).

A loss is a sum or a maximum over the points of the training set, and the share of a point depends on the value of the
network there. So a network pays at least the least share of each point. A threshold below that is refuted; one that is
equal to it asks for the values that attain the least shares, which is an exact fit if each of them is the only one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, groupby
from math import ceil, floor
from typing import NamedTuple

from relucert.certificates.encoding import MOST_BITS, common_denominator
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import TRAINING, Network, Sample, TrainingInstance

Labels = list[tuple[Rational, int]]  # different labels at one point, each with the sum of its multiplicities


class NormalForm(NamedTuple):
    """below: whether its loss is to be less than its threshold. coordinates: the old ones that are left, in order."""

    instance: TrainingInstance
    below: bool
    coordinates: tuple[int, ...]

    def restrict(self, net: Network) -> Network:
        """A network for the instance, as one for the normal form."""
        return replace(net, weights=tuple(tuple(row[t] for t in self.coordinates) for row in net.weights))

    def extend(self, net: Network) -> Network:
        """A network for the normal form, as one for the instance: other weights are 0, and left out at the end."""
        places, end = {t: place for place, t in enumerate(self.coordinates)}, max(self.coordinates, default=-1) + 1
        rows = (tuple(row[places[t]] if t in places else 0 for t in range(end)) for row in net.weights)
        return replace(net, weights=tuple(rows))


class Share(NamedTuple):
    """The least that a point can add to the loss, and the value that attains it, None if several values do."""

    least: Rational
    value: Rational | None


def normal_form(instance: TrainingInstance, below: bool = False) -> NormalForm | None:
    """The normal form, or None if the labels alone force more than the threshold (at least as much, if below).

    Raises ResourceLimit if denominators of labels or of what they force get too long.
    """
    loss, limit = instance.loss, instance.threshold
    if loss in ("exact", "l0"):  # whole numbers; an exact fit has no misses
        loss, limit, below = "l0", ceil(limit) - 1 if below else floor(limit), False
    points = list(_points(instance.samples))
    shares = [SHARES[loss](labels) for _, labels in points]
    forced = _total(shares, loss)
    if forced > limit or (below and forced == limit):
        return None
    tight = all(share.least == limit for share in shares) if loss == "linf" else forced == limit
    values = [share.value for share in shares if share.value is not None]
    unique = len(values) == len(points)
    samples: list[Sample] | None = None
    if tight and unique:
        samples = [Sample(x, value) for (x, _), value in zip(points, values, strict=True)]
        loss, limit, below = "exact", 0, False
    elif loss == "l2" or (loss == "linf" and all(share.least == forced for share in shares)):
        counts = [sum(m for _, m in labels) if loss == "l2" else 1 for _, labels in points]
        samples = [Sample(x, value, m) for (x, _), value, m in zip(points, values, counts, strict=True)]
        limit = simplified(Fraction(limit - forced))
    else:
        samples = [Sample(x, y, m) for x, labels in points for y, m in labels]
    coordinates = sorted({t for x, _ in points for t, _ in x})
    places = {t: place for place, t in enumerate(coordinates)}
    renamed = tuple(Sample(tuple((places[t], v) for t, v in x), y, m) for x, y, m in samples)
    normal = replace(instance, dimension=len(coordinates), samples=renamed, loss=loss, threshold=limit)
    return NormalForm(normal, below, tuple(coordinates))


def words_of_normal_form(instance: TrainingInstance) -> int:
    """64-bit words that are held while it is computed, and eight for each unit of work.

    Each label is brought to the common denominator of those at its point, by steps that take linear time; and each of
    what labels force to that of all of these.
    """
    long = sum(1 + (y.numerator.bit_length() + y.denominator.bit_length()) // 64 for _, y, _ in instance.samples)
    return 100 + 4 * TRAINING.size(instance).words + 8 * (long * min(long, 2 * MOST_BITS // 64) // 50)


def _points(samples: Sequence[Sample]) -> Iterator[tuple[tuple[tuple[int, Rational], ...], Labels]]:
    """The points, each with its labels, both in the order of their first samples.

    By sorting, as numbers may be chosen to collide in dictionaries; any order will do, so none that takes products.
    """

    def point(i: int) -> tuple[tuple[int, int, int], ...]:
        return tuple((t, v.numerator, v.denominator) for t, v in samples[i].x)

    def label(i: int) -> tuple[int, int]:
        return samples[i].y.numerator, samples[i].y.denominator

    found = []
    for _, at_point in groupby(sorted(range(len(samples)), key=lambda i: (point(i), label(i))), key=point):
        labels = []
        for _, equal in groupby(at_point, key=label):
            first, *others = equal
            multiplicity = samples[first].multiplicity + sum(samples[i].multiplicity for i in others)
            labels.append((first, samples[first].y, multiplicity))
        labels.sort()  # by their first samples
        found.append((labels[0][0], [(y, m) for _, y, m in labels]))
    found.sort(key=lambda entry: entry[0])
    return ((samples[first].x, labels) for first, labels in found)


def _total(shares: Sequence[Share], loss: str) -> Rational:
    least = [share.least for share in shares if share.least]
    if loss == "linf":
        return max(least, default=0)
    below = common_denominator(least)
    return simplified(Fraction(sum(v.numerator * (below // v.denominator) for v in least), below))


def _misses(labels: Labels) -> Share:
    """l0: all but the most frequent label are missed."""
    most = max(m for _, m in labels)
    frequent = [y for y, m in labels if m == most]
    return Share(sum(m for _, m in labels) - most, frequent[0] if len(frequent) == 1 else None)


def _absolute(labels: Labels) -> Share:
    """l1: Σ m·|v − y| is least at the medians."""
    if len(labels) == 1:
        return Share(0, labels[0][0])
    below = common_denominator(y for y, _ in labels)
    labels = sorted(labels)
    upto, every = list(accumulate(m for _, m in labels)), sum(m for _, m in labels)
    place = bisect_left(upto, Fraction(every, 2))
    median = labels[place][0]
    middle = median.numerator * (below // median.denominator)
    least = sum(m * abs(y.numerator * (below // y.denominator) - middle) for y, m in labels)
    return Share(Fraction(least, below), median if 2 * upto[place] > every else None)


def _squared(labels: Labels) -> Share:
    """l2: Σ m·(v − y)² = M·(v − ȳ)² + Σ m·(y − ȳ)² with M = Σ m and the mean ȳ."""
    if len(labels) == 1:
        return Share(0, labels[0][0])
    below, every = common_denominator(y for y, _ in labels), sum(m for _, m in labels)
    square = below * below
    total = sum(m * y.numerator * (below // y.denominator) for y, m in labels)
    squares = sum(m * y.numerator**2 * (square // y.denominator**2) for y, m in labels)
    least = Fraction(every * squares - total * total, every * square)
    return Share(least, simplified(Fraction(total, every * below)))


def _largest(labels: Labels) -> Share:
    """linf: half the range, attained in its middle."""
    if len(labels) == 1:
        return Share(0, labels[0][0])
    low, high = min(y for y, _ in labels), max(y for y, _ in labels)
    return Share(Fraction(high - low, 2), simplified(Fraction(high + low, 2)))


SHARES = {"l0": _misses, "l1": _absolute, "l2": _squared, "linf": _largest}
