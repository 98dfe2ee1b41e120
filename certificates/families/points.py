"""Pairs of sets of points of a grid, under the symmetries of the grid that fix the origin."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb
from typing import Any

from relucert.certificates.families.family import Family, Labelled, Shape
from relucert.certificates.isomorphism import Fact, Structure
from relucert.reductions.problems.strip import StripInstance

PROBLEMS = ("two-hyperplane-strip", "two-hyperplane-separability")


class PointsOnALine(Family[StripInstance]):
    """Integers from −N to N, each in P, in Q or in neither, 0 in P, and Q not empty. A shape is the largest |x|."""

    name = "points-on-a-line"
    problems = PROBLEMS

    def shapes(self, problem: str, given: Mapping[str, Any], upto: int) -> Mapping[Shape, Labelled]:
        def within(m: int) -> int:
            return int(9**m - 4**m)

        return {m: Labelled(within(m) - within(m - 1), 2) for m in range(1, upto + 1)}

    def shape(self, instance: StripInstance) -> int | None:
        whole = instance.dimension == 1 and all(type(x[0]) is int for x in (*instance.p, *instance.q))
        return self.size(instance) if whole else None

    def structure(self, instance: StripInstance) -> Structure:
        """The points are the two directions; a fact of kind 2|x|, for x in P, or 2|x| + 1 says in which one x is."""
        facts = [(2 * abs(int(x)) + s, (int(x < 0),)) for s in (0, 1) for (x,) in (instance.p, instance.q)[s] if x]
        return Structure((0, 0), tuple(facts))

    def size(self, instance: StripInstance) -> int:
        return max(abs(int(x[0])) for x in (*instance.p, *instance.q))

    def described(self, upto: int) -> str:
        return f"pairs of sets of integers between -{upto} and {upto}"


class PointsInASquare(Family[StripInstance]):
    """At most N points with coordinates −1, 0 and 1; a shape is how many are in P, the origin among them, and in Q."""

    name = "points-in-a-square"
    problems = PROBLEMS
    most = 9

    def shapes(self, problem: str, given: Mapping[str, Any], upto: int) -> Mapping[Shape, Labelled]:
        pairs = ((p, q) for p in range(1, upto) for q in range(1, upto - p + 1))
        return {(p, q): Labelled(comb(8, p - 1) * comb(9 - p, q), 8) for p, q in pairs}

    def shape(self, instance: StripInstance) -> tuple[int, int] | None:
        within = all(v in (-1, 0, 1) for x in (*instance.p, *instance.q) for v in x)
        return (len(instance.p), len(instance.q)) if within and instance.dimension == 2 else None

    def structure(self, instance: StripInstance) -> Structure:
        """The points are the four directions: those of coordinate i are 2i, where it is 1, and 2i + 1."""
        facts: list[Fact] = [(0, (0, 1)), (0, (2, 3))]
        for kind, side in ((1, instance.p), (2, instance.q)):
            facts += [(kind, tuple(2 * i + (v < 0) for i, v in enumerate(x) if v)) for x in side if any(x)]
        return Structure((0,) * 4, tuple(facts))

    def size(self, instance: StripInstance) -> int:
        return len(instance.p) + len(instance.q)

    def described(self, upto: int) -> str:
        return f"pairs of sets of at most {upto} points with coordinates -1, 0 and 1"


ON_A_LINE, IN_A_SQUARE = PointsOnALine(), PointsInASquare()
