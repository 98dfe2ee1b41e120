"""Cones of weights, {w : h·w ≥ 0 for some integer vectors h}, kept by the rays that generate them.

The double description method of Motzkin, Raiffa, Thompson, Thrall, 1953: a new half-space keeps the rays inside it, and
puts one ray on its border between any two adjacent ones of which it separates. Two rays are adjacent if no other one
lies on all hyperplanes on which both lie. While not all directions are bounded, lines generate the cone besides.

All in integers, which are as long as the determinants of the vectors are.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def supporting(cone: Cone, point: Sequence[int]) -> list[Hashable] | None:
    """The names of independent half-spaces of which the point is a positive combination; None if there are none.

    By non-negative least squares (Lawson, Hanson, 1974) in floating point, so that they have to be tried.
    """
    matrix = np.array(cone.normals, dtype=float).T
    scale = np.sqrt((matrix**2).sum(axis=0))
    matrix /= np.where(scale > 0, scale, 1)
    target = np.array(point, dtype=float)
    target /= np.sqrt(target @ target) or 1.0
    n = matrix.shape[1]
    x, chosen = np.zeros(n), np.zeros(n, dtype=bool)
    for _ in range(3 * n + 3):
        slope = matrix.T @ (target - matrix @ x)
        slope[chosen] = -np.inf
        if not n or slope.max() <= 1e-9:
            break
        chosen[int(slope.argmax())] = True
        while chosen.any():
            s = np.zeros(n)
            s[chosen] = np.linalg.lstsq(matrix[:, chosen], target, rcond=None)[0]
            if (s[chosen] > 1e-12).all():
                x = s
                break
            low = chosen & (s <= 1e-12)
            step = (x[low] / np.maximum(x[low] - s[low], 1e-300)).min()
            x = x + step * (s - x)
            chosen &= x > 1e-12
            x[~chosen] = 0
    if np.abs(target - matrix @ x).max() > 1e-7:
        return None
    return [cone.names[i] for i in np.flatnonzero(chosen)]
