"""The strip form of 2-Hyperplane Separability: do two hyperplanes hold a set P between them, apart from a set Q?

Source: the proofs of Froese, Hertrich, NeurIPS 2023, Section 4; their statements have the weaker `separability.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import merge
from itertools import chain, groupby, pairwise
from typing import Any

from relucert.reductions.cost import OBJECT, TUPLE, Size, arithmetic, held, held_fraction, longest, product, sum_words
from relucert.reductions.exact import InvalidInstance, Rational, shorten, simplified
from relucert.reductions.formats import counted
from relucert.reductions.formats.point_sets import read_point_sets
from relucert.reductions.json_text import is_json, json_fields, json_list, rational_from_json, rational_to_json
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import RATIONAL, described, listed, members

Point = tuple[Rational, ...]
Points = tuple[Point, ...]
Plane = tuple[Rational, ...]  # a_1, …, a_d, b: the affine function a·x + b, and the hyperplane where it is 0
Planes = tuple[Plane, Plane]


@dataclass(frozen=True)
class StripInstance:
    """Two finite sets without a common point, their points distinct and sorted; the origin is in P."""

    p: Points
    q: Points

    def __post_init__(self) -> None:
        _require_point_sets(self.p, self.q)
        for x, later in (*pairwise(self.p), *pairwise(self.q)):
            if not x < later:
                raise InvalidInstance(f"the point {show(later)} stands twice or out of order")
        if not _has_origin(self.p):
            raise InvalidInstance("the origin must be in P")

    @property
    def dimension(self) -> int:
        return len(self.p[0])


def strip(p: Iterable[Sequence[Rational]], q: Iterable[Sequence[Rational]]) -> StripInstance:
    """An instance from points in any order, repeated or not.

    They are translated so that the first point of P becomes the origin, unless P has the origin already.

    >>> strip([(3,), (1,), (3,)], [(2,)])
    StripInstance(p=((-2,), (0,)), q=((-1,),))
    """
    points = [[tuple(map(simplified, x)) for x in side] for side in (p, q)]
    _require_point_sets(*points)
    if not _has_origin(points[0]):
        new = points[0][0]
        points = [[tuple(simplified(v - u) for v, u in zip(x, new, strict=True)) for x in side] for side in points]
    inside, outside = (tuple(x for x, _ in groupby(sorted(side))) for side in points)
    return StripInstance(inside, outside)


def _require_point_sets(p: Sequence[Point], q: Sequence[Point]) -> None:
    for name, points in (("P", p), ("Q", q)):
        if not points:
            raise InvalidInstance(f"{name} is empty")
        for x in points:
            if not x or len(x) != len(p[0]):
                raise InvalidInstance(f"the point {show(x)} of {name} does not have {len(p[0]) or 'any'} coordinates")
    for (x, side), (y, other) in pairwise(merge(*(sorted((x, name) for x in s) for name, s in (("P", p), ("Q", q))))):
        if x == y and side != other:
            raise InvalidInstance(f"the point {show(x)} is in both P and Q")


def _has_origin(points: Iterable[Point]) -> bool:
    return not all(any(x) for x in points)


def show(x: Sequence[Rational]) -> str:
    """A point in an error message."""
    return shorten([rational_to_json(v) for v in x[:60]]).replace("'", "")


def value(plane: Plane, x: Sequence[Rational]) -> Rational:
    """a·x + b."""
    return sum((a * v for a, v in zip(plane, x, strict=False)), plane[-1])


def evaluating(plane: Plane, points: Sequence[Point]) -> int:
    """Units of work of the values of an affine function at these points: sums of fractions grow with every term."""
    operation = product if all(type(v) is int for v in chain(plane, *points)) else arithmetic
    whole, long, work = sum_words(plane), longest(plane), 0
    for x in points:
        own, longest_x = sum_words(x), longest(x)
        work += 10 + len(x) * (operation(long, longest_x) + operation(whole + own, long + longest_x))
    return work


class Strip(Problem[StripInstance, Planes]):
    """Decide whether affine h₁, h₂ have h₁ > 0 > h₂ on P and, at every point of Q, both < 0 or both > 0.

    The witness is (h₁, h₂). One side of Q lies beyond the first hyperplane, the other beyond the second:

    >>> instance = strip([(0,), (1,)], [(-1,), (2,)])
    >>> STRIP.accepts(instance, ((2, 1), (2, -3)))
    True

    A finding. The papers ask for two hyperplanes of which at least one crosses every segment from P to Q, see
    `separability.py`. Every solution here is one there, as P lies in one cell of the two hyperplanes and Q in two
    others, but not conversely: P = {0, 2}, Q = {1} is crossed at 1/2 and 3/2, but no h₁ and h₂ can be as above, since
    1 is between the points of P. Nor would the general form do: no two thresholds have the value 1 on two opposite
    cells and 0 on the two others, or 1 on one cell and 0 on all others, whatever the output weights.
    """

    name = "two-hyperplane-strip"
    instance_shape = members(**dict.fromkeys("PQ", listed(listed(RATIONAL, 1), 1, distinct=True)))
    witness_shape = described(
        "Two affine functions, each with its coefficients and then its constant.", listed(listed(RATIONAL, 2), 2, 2)
    )

    def accepts(self, instance: StripInstance, witness: Planes) -> bool:
        first, second = _of_dimension(instance, witness)
        return all(value(first, x) > 0 > value(second, x) for x in instance.p) and all(
            _same_side(value(first, x), value(second, x)) for x in instance.q
        )

    def work(self, instance: StripInstance, witness: Planes) -> int:
        return 20 + 2 * sum(evaluating(plane, (*instance.p, *instance.q)) for plane in witness)

    def size(self, instance: StripInstance) -> Size:
        """Dimension, points of P and of Q, and bits: those of the largest numerator or denominator."""
        numbers = [*chain(*instance.p, *instance.q)]
        bits = max(part.bit_length() for v in numbers for part in (v.numerator, v.denominator))
        measures = {"dimension": instance.dimension, "p": len(instance.p), "q": len(instance.q), "bits": bits}
        return Size(measures, OBJECT + TUPLE * (2 + len(instance.p) + len(instance.q)) + sum(map(held, numbers)))

    def solution_words(self, size: Size) -> int:
        return 4 * TUPLE + 2 * (size.measures["dimension"] + 1) * held_fraction(4 * size.measures["bits"])

    def sought(self, instance: StripInstance) -> str:
        p, q = counted(len(instance.p), "point"), counted(len(instance.q), "point")
        return f"pair of hyperplanes has the {p} of P between them and the {q} of Q outside"

    def instance_to_json(self, instance: StripInstance) -> Any:
        p, q = ([[rational_to_json(v) for v in x] for x in points] for points in (instance.p, instance.q))
        return {"P": p, "Q": q}

    def instance_from_json(self, data: Any) -> StripInstance:
        data = json_fields(data, {"P", "Q"})
        p, q = (tuple(_rationals(x, side) for x in json_list(data[side], side)) for side in "PQ")
        return StripInstance(p, q)

    def witness_to_json(self, witness: Planes) -> Any:
        return [[rational_to_json(v) for v in plane] for plane in witness]

    def witness_from_json(self, data: Any) -> Planes:
        planes = [_rationals(plane, "plane") for plane in json_list(data, "planes")]
        if len(planes) != 2:
            raise InvalidInstance(f"expected two planes, not {len(planes)}")
        return planes[0], planes[1]

    def parse(self, text: str, suffix: str) -> Parsed[StripInstance]:
        """CSV with a header x1,…,xd,side, or JSON {"P": [[…], …], "Q": [[…], …]}."""
        p, q = read_point_sets(text, suffix)
        instance = strip(p, q)
        remarks = []
        if not _has_origin(p):
            remarks.append(f"all points are translated by −{show(p[0])}, which becomes the origin")
        if merged := len(p) + len(q) - len(instance.p) - len(instance.q):
            remarks.append(f"{counted(merged, 'duplicate point')} merged")
        content = f"{counted(len(instance.p), 'point')} of P, {counted(len(instance.q), 'point')} of Q"
        content += f" in {counted(instance.dimension, 'dimension')}"
        build = partial(StripInstance, instance.p, instance.q)
        return Parsed("JSON" if is_json(text, suffix) else "CSV", content, build, {}, remarks)


def _same_side(u: Rational, v: Rational) -> bool:
    return u > 0 < v or u < 0 > v


def crosses_every_segment(instance: StripInstance, planes: Sequence[Plane]) -> bool:
    """Whether at least one of the hyperplanes crosses each segment from P to Q, and none contains a point of either.

    That is: no cell of the arrangement has points of both sets. For two hyperplanes the source of Theorem 6 as the
    paper states it.

    >>> instance, planes = strip([(0,), (2,)], [(1,)]), ((-2, 1), (2, -3))
    >>> crosses_every_segment(instance, planes), STRIP.accepts(instance, planes)
    (True, False)
    """
    planes = _of_dimension(instance, planes)
    cells = [{tuple(value(h, x) > 0 for h in planes) for x in points} for points in (instance.p, instance.q)]
    return cells[0].isdisjoint(cells[1]) and all(value(h, x) for x in (*instance.p, *instance.q) for h in planes)


def _of_dimension(instance: StripInstance, planes: Sequence[Plane]) -> Sequence[Plane]:
    for plane in planes:
        if len(plane) != instance.dimension + 1:
            raise InvalidInstance(f"a plane lists {instance.dimension} coefficients and a constant, not {show(plane)}")
    return planes


def _rationals(data: Any, what: str) -> tuple[Rational, ...]:
    return tuple(rational_from_json(v) for v in json_list(data, what))


STRIP = Strip()
