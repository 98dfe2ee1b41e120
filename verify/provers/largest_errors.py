"""The least largest error of a few ReLUs, by the search of `least_squares` with linear programs for its nodes.

As max |e| ≥ Σ c·e whenever Σ |c| ≤ 1, the bound of a leaf is D(c) = −Σ c·y with g = c·s, and multiplicities do not
matter; all else is as it is there. The dual solution of the relaxed problem has as many numbers c, and β that are
neither g nor 0, as there are weights, and one more. They solve the equations Σ β·x = 0 and Σ |c| = 1, as nothing else
does, so that which of them are not 0, which floating point has found, gives them exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.cells import any_solution, fraction
from relucert.verify.provers.absolute_errors import AbsoluteTree
from relucert.verify.provers.least_squares import Floats, Node

CLOSE = 1e-7  # by what share the float bound of a node may be below what is to be proved


class LargestTree(AbsoluteTree):
    """For one class of networks."""

    summed: ClassVar[bool] = False
    of_equals: ClassVar[float] = 0.0

    def __init__(self, instance: TrainingInstance, positive: int) -> None:
        super().__init__(instance, positive)
        self.counts = [1] * self.m
        self.weight = np.ones(self.m)
        self.total = self.unit

    def value_at(self, z: Floats) -> float:
        return float(self.loss_at(z).max(initial=0))

    def bounding(self, counted: NDArray[np.intp]) -> tuple[Floats, Floats]:
        return np.ones((len(counted), 1)), np.ones(1)

    def bound_of(self, h: Fraction, c: Sequence[int]) -> Fraction | None:
        """D(c), unless Σ |c| is above 1."""
        if sum(map(abs, c)) * h > 1:
            return None
        return -h * sum(v * y for v, y in zip(c, self.whole, strict=True)) / self.common

    def denominator(self, c: Rational, threshold: Fraction) -> int:
        return c.denominator * threshold.denominator

    def prove(self, node: Node, least: Fraction) -> bool:
        """By the exact dual solution of the same support."""
        guess = self.guess(node)
        if guess.value < float(least) * (1 - CLOSE):
            return False
        if not guess.c.any():
            return self.keep(node, Fraction(1), [0] * self.m, {}, least)
        counted = np.flatnonzero(guess.c).tolist()
        partly = [(int(i), int(j)) for i, j in zip(*np.nonzero(~guess.full & (guess.slopes != 0)), strict=True)]
        size = self.k * self.width
        matrix, right = fmpq_mat(size + 1, len(counted) + len(partly)), fmpq_mat(size + 1, 1)
        for column, i in enumerate(counted):
            matrix[size, column] = fmpq(1 if guess.c[i] > 0 else -1)
            for j in np.flatnonzero(guess.full[i]).tolist():
                for t, v in enumerate(self.even[i], j * self.width):
                    matrix[t, column] = fmpq(self.signs[j] * v)
        for column, (i, j) in enumerate(partly, len(counted)):
            for t, v in enumerate(self.even[i], j * self.width):
                matrix[t, column] = fmpq(v)
        right[size, 0] = fmpq(1)
        solution = any_solution(matrix, right)
        c: list[Rational] = [0] * self.m
        for column, i in enumerate(counted):
            c[i] = fraction(solution[column, 0])
        slopes: dict[tuple[int, int], Rational] = {
            (i, j): self.signs[j] * c[i] for i in counted for j in np.flatnonzero(guess.full[i]).tolist()
        }
        slopes |= {name: fraction(solution[column, 0]) for column, name in enumerate(partly, len(counted))}
        return self.keep_rational(node, c, slopes, least)
