"""Graphs whose vertices have colours and whose edges join different ones, under permutations of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import comb, factorial, prod
from typing import Any

from relucert.certificates.families.family import Family, Labelled, Shape
from relucert.certificates.isomorphism import Structure
from relucert.reductions.problems.multicolored_clique import MulticoloredCliqueInstance


class ColouredGraphs(Family[MulticoloredCliqueInstance]):
    """A shape is how many vertices there are of each colour, not increasing; the vertices stand in order of colours."""

    name = "coloured-graphs"
    problems = ("multicolored-clique",)

    def shapes(self, problem: str, given: Mapping[str, Any], upto: int) -> Mapping[Shape, Labelled]:
        return {sizes: self._labelled(sizes) for n in range(1, upto + 1) for sizes in partitions(n, n)}

    def _labelled(self, sizes: tuple[int, ...]) -> Labelled:
        pairs = comb(sum(sizes), 2) - sum(comb(size, 2) for size in sizes)
        return Labelled(2**pairs, prod(map(factorial, (*sizes, *Counter(sizes).values()))))

    def shape(self, instance: MulticoloredCliqueInstance) -> tuple[int, ...] | None:
        sizes = tuple(map(len, instance.classes()))
        in_order = all(c <= later for c, later in pairwise(instance.colors))
        return sizes if in_order and all(size >= later for size, later in pairwise(sizes)) else None

    def structure(self, instance: MulticoloredCliqueInstance) -> Structure:
        """The points are the vertices and, after them, the colours."""
        n, kappa = instance.vertices, instance.kappa
        colors = [(0, (v, n + c)) for v, c in enumerate(instance.colors)]
        return Structure((0,) * n + (1,) * kappa, (*colors, *((1, e) for e in instance.edges)))

    def size(self, instance: MulticoloredCliqueInstance) -> int:
        return instance.vertices

    def described(self, upto: int) -> str:
        return f"coloured graphs with at most {upto} vertices"


def partitions(n: int, most: int) -> Iterator[tuple[int, ...]]:
    """The ways to write n as a sum of positive numbers up to `most` that do not increase.

    >>> list(partitions(4, 3))
    [(3, 1), (2, 2), (2, 1, 1), (1, 1, 1, 1)]
    """
    if n == 0:
        yield ()
    for first in range(min(n, most), 0, -1):
        for rest in partitions(n - first, first):
            yield (first, *rest)


COLOURED_GRAPHS = ColouredGraphs()
