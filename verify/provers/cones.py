"""Cones of weights, {w : h·w ≥ 0 for some integer vectors h}, kept by the rays that generate them.

The double description method of Motzkin, Raiffa, Thompson, Thrall, 1953: a new half-space keeps the rays inside it, and
puts one ray on its border between any two adjacent ones of which it separates. Two rays are adjacent if no other one
lies on all hyperplanes on which both lie. While not all directions are bounded, lines generate the cone besides.

All in integers, which are as long as the determinants of the vectors are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import factorial, lcm, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.linear_facts import cancelling
from relucert.verify.provers.simplex import Simplex

Integers = NDArray[Any]  # of machine words, or of Python's integers where those might not do

MOST_RAYS = 400  # of one cone; the next half-space may square them


@dataclass(frozen=True)
class Cone:
    """The half-spaces that bound it, by their names and vectors, and what generates it.

    rays: n × D. lines: l × D, of which all multiples are in the cone. tight: n × c, whether a ray is on the border of a
    half-space; all lines are.
    """

    names: tuple[Hashable, ...]
    normals: Integers
    rays: Integers
    lines: Integers
    tight: NDArray[np.bool_]

    @cached_property
    def scaled(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The vectors of the half-spaces with length 1, and their products."""
        vectors = np.array(self.normals, dtype=float)
        vectors /= np.maximum(np.sqrt((vectors**2).sum(axis=1, keepdims=True)), 1e-300)
        return vectors, vectors @ vectors.T

    @property
    def inside(self) -> Integers:
        """A point that is on no border."""
        return self.rays.sum(axis=0)

    def sides(self, points: Integers) -> NDArray[np.int8]:
        """On which side of the hyperplane of each point the cone lies: 1, −1, or 0 if on both. Points on whose
        hyperplane the whole cone lies have −1."""
        products = points @ self.rays.T
        some, none = (products > 0).any(axis=1), (products < 0).any(axis=1)
        if len(self.lines):
            through = (points @ self.lines.T != 0).any(axis=1)
            some, none = some | through, none | through
        return np.where(some & none, 0, np.where(some, 1, -1)).astype(np.int8)

    def cut(self, name: Hashable, normal: Integers) -> Cone | None:
        """The part with normal·w ≥ 0, whose interior is to meet the interior of the cone; None if there are too many
        rays."""
        along = self.lines @ normal if len(self.lines) else np.zeros(0, dtype=int)
        if along.any():
            return self._bounded(name, normal, along)
        side = self.rays @ normal
        above, below, on = (np.flatnonzero(where) for where in (side > 0, side < 0, side == 0))
        if len(above) * len(below) > MOST_RAYS**2:
            return None
        rays, tight = [*self.rays[above], *self.rays[on]], [*self.tight[above], *self.tight[on]]
        borders = [False] * len(above) + [True] * len(on)
        for p in above:
            for q in below:
                common = self.tight[p] & self.tight[q]
                if self.tight[:, common].all(axis=1).sum() == 2:
                    rays.append(primitive(side[p] * self.rays[q] - side[q] * self.rays[p]))
                    tight.append(common)
                    borders.append(True)
        if len(rays) > MOST_RAYS:
            return None
        table = np.column_stack([np.array(tight, dtype=bool).reshape(len(rays), -1), np.array(borders, dtype=bool)])
        names, normals = (*self.names, name), np.vstack([self.normals, normal])
        if not len(self.lines):
            facets = table.sum(axis=0) >= self.rays.shape[1] - 1
            names = tuple(n for n, kept in zip(names, facets, strict=True) if kept)
            normals, table = normals[facets], table[:, facets]
        return Cone(names, normals, np.array(rays, dtype=self.rays.dtype), self.lines, table)

    def _bounded(self, name: Hashable, normal: Integers, along: Integers) -> Cone:
        """The half-space turns one line into a ray, and slides all others onto its border."""
        k = int(np.flatnonzero(along)[0])
        line, height = (self.lines[k], along[k]) if along[k] > 0 else (-self.lines[k], -along[k])
        lines = [primitive(height * v - (normal @ v) * line) for i, v in enumerate(self.lines) if i != k]
        rays = [line, *(primitive(height * v - (normal @ v) * line) for v in self.rays)]
        count = len(self.names)
        tight = np.ones((len(rays), count + 1), dtype=bool)
        tight[1:, :count] = self.tight
        tight[0, count] = False
        width = self.rays.shape[1]
        return Cone(
            (*self.names, name),
            np.vstack([self.normals, normal]),
            np.array(rays, dtype=self.rays.dtype),
            np.array(lines, dtype=self.rays.dtype).reshape(len(lines), width),
            tight,
        )


def everything(width: int, longest: int) -> Cone:
    """The whole space. longest: the largest absolute value of an entry of the vectors to come."""
    ray = factorial(max(width - 1, 1)) * max(longest, 1) ** max(width - 1, 1)  # Leibniz's formula
    small = 4 * width**2 * longest * ray * ray < 2**62
    kind: Any = np.int64 if small else object
    none = np.zeros((0, width), dtype=kind)
    lines = np.array([[int(s == t) for s in range(width)] for t in range(width)], dtype=kind).reshape(width, width)
    return Cone((), none, none, lines, np.zeros((0, 0), dtype=bool))


def primitive(vector: Integers) -> Integers:
    divisor = np.gcd.reduce(vector)
    return vector // divisor if divisor > 1 else vector


def implication(
    cone: Cone, point: Sequence[int], fact: Callable[[Hashable], Linear], opposite: Linear
) -> tuple[list[Hashable], list[int]] | None:
    """Names of few half-spaces that contradict the opposite of what they imply about a point, and the multipliers of
    their facts and, last, of the opposite; None if they do not."""
    names = supporting(cone, point)
    if names is not None:
        multipliers = cancelling([*map(fact, names), opposite])
        if multipliers is not None:
            return names, multipliers
    facts = [*map(fact, cone.names), opposite]
    found = Simplex(facts, Deadline()).contradiction(np.ones(len(facts), dtype=bool))
    if found is None or len(cone.names) not in found:
        return None
    scale = lcm(*(m.denominator for m in found.values()))
    used = sorted(found.keys() - {len(cone.names)})
    return [cone.names[i] for i in used], [int(found[i] * scale) for i in (*used, len(cone.names))]


def supporting(cone: Cone, point: Sequence[int]) -> list[Hashable] | None:
    """The names of independent half-spaces of which the point is a positive combination; None if there are none.

    By non-negative least squares (Lawson, Hanson, 1974) in floating point, so that they have to be tried.
    """
    normals, gram = cone.scaled
    target = np.array(point, dtype=float)
    target /= sqrt(target @ target) or 1.0
    right = normals @ target
    n = len(normals)
    x, chosen = np.zeros(n), np.zeros(n, dtype=bool)
    for _ in range(3 * n + 3):
        slope = right - gram @ x
        slope[chosen] = -1
        if not n or slope.max() <= 1e-9:
            break
        chosen[slope.argmax()] = True
        while chosen.any():
            at = np.flatnonzero(chosen)
            try:
                part = np.linalg.solve(gram[np.ix_(at, at)], right[at])
            except np.linalg.LinAlgError:
                return None
            if part.min() > 1e-12:
                x[:] = 0
                x[at] = part
                break
            low = part <= 1e-12
            before = x[at]
            step = (before[low] / np.maximum(before[low] - part[low], 1e-300)).min()
            x[at] = before + step * (part - before)
            chosen[at[x[at] <= 1e-12]] = False
            x[~chosen] = 0
    if np.abs(target - x @ normals).max(initial=0) > 1e-7:
        return None
    return [cone.names[i] for i in np.flatnonzero(chosen)]
