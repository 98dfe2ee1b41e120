"""The least absolute error of a few ReLUs, by the search of `least_squares` with linear programs for its nodes.

As Σ m·|e| ≥ Σ m·c·e for all |c| ≤ 1, the bound of a leaf is D(c) = −Σ m·c·y with g = m·c·s; all else is as it is there.
The relaxed problem is a linear program, whose dual solution is c and β: all but a few c are 1 or −1, and all but a few
β are g or 0. Only these few are moved to make Σ β·x = 0 exact, and whatever they are, D(c) stays the minimum of the
program: they belong to samples without error, and to samples on the border of an activation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import ClassVar

import highspy
import numpy as np
from numpy.typing import NDArray

from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import Network
from relucert.verify.provers.highs import simplex
from relucert.verify.provers.least_squares import ACTIVE, OPEN, Floats, Guess, Node, Tree

EDGE = 1e-7  # how far a multiplier is from its bounds that is between them


class AbsoluteTree(Tree):
    """For one class of networks; `known` of a node is the solution of its linear program."""

    factor: ClassVar[int] = 1
    rows_of_loss: ClassVar[int] = 2

    def in_units(self, loss: float) -> float:
        return loss * self.unit

    def loss_at(self, z: Floats) -> Floats:
        """The true errors, times weights."""
        return self.weight * np.abs(np.maximum(z, 0) @ self.sign - self.y)

    def bounding(self, counted: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Which q is at least the error of each counted sample, as a matrix, and what the q cost."""
        return np.eye(len(counted)), self.weight[counted]

    def asked(self, _node: Node) -> NDArray[np.bool_]:
        """Of which samples the errors count."""
        return np.ones(self.m, dtype=bool)

    def solve(self, node: Node) -> None:
        """min Σ m·q where q ≥ e, q ≥ −e, and r ≥ 0, r ≥ z for open neurons."""
        k, width, fixed = self.k, self.width, node.fixed
        asked = self.asked(node)
        is_open = (fixed == OPEN) & asked[:, None]
        free = (is_open & (self.sign > 0)).any(axis=1) & (is_open & (self.sign < 0)).any(axis=1)
        counted = np.flatnonzero(asked & ~free)
        opened = [(i, j) for i, j in zip(*np.nonzero(is_open), strict=True) if not free[i]]
        facets = self.facets(node)
        n, size = len(counted), k * width
        bounding, price = self.bounding(counted)
        q = len(price)
        columns, rows = size + q + len(opened), 2 * n + len(opened) + len(facets)
        matrix, lower = np.zeros((rows, columns)), np.zeros(rows)
        errors = np.zeros((n, columns))
        for j in range(k):
            on = fixed[counted, j] == ACTIVE
            errors[:, j * width : (j + 1) * width] = self.sign[j] * np.where(on[:, None], self.x[counted], 0)
        place = {i: row for row, i in enumerate(counted.tolist())}
        for o, (i, j) in enumerate(opened):
            errors[place[i], size + q + o] = self.sign[j]
            matrix[2 * n + o, size + q + o] = 1
            matrix[2 * n + o, j * width : (j + 1) * width] = -self.x[i]
        matrix[:n], matrix[n : 2 * n] = -errors, errors
        matrix[:n, size : size + q] = matrix[n : 2 * n, size : size + q] = bounding
        lower[:n], lower[n : 2 * n] = -self.y[counted], self.y[counted]
        for f, (i, j, how) in enumerate(facets):
            side = 1 if how == ACTIVE else -1
            matrix[2 * n + len(opened) + f, j * width : (j + 1) * width] = side * self.x[i]
        cost = np.zeros(columns)
        cost[size : size + q] = price
        least = np.full(columns, 0.0)
        least[:size] = -np.inf
        point, duals = minimum(cost, least, matrix, lower)
        w = point[:size]
        z = self.x @ w.reshape(k, width).T
        c = np.zeros(self.m)
        c[counted] = np.clip((duals[:n] - duals[n : 2 * n]) / self.weight[counted], -1, 1)
        c = np.where(np.abs(c) > 1 - EDGE, np.sign(c), np.where(np.abs(c) < EDGE, 0, c))
        g = (self.weight * c)[:, None] * self.sign
        full = fixed == ACTIVE
        slopes = np.where(full, g, 0.0)
        for o, (i, j) in enumerate(opened):
            slope = duals[2 * n + o]
            if slope > g[i, j] - EDGE * self.weight[i]:
                full[i, j], slopes[i, j] = True, g[i, j]
            elif slope > EDGE * self.weight[i]:
                slopes[i, j] = slope
        for (i, j, how), dual in zip(facets, duals[2 * n + len(opened) :], strict=True):
            if dual > EDGE * self.weight[i]:
                slopes[i, j] += -dual if how == ACTIVE else dual
                full[i, j] = False
        full &= (c != 0)[:, None]
        losses = np.zeros(self.m)
        losses[counted] = self.weight[counted] * (bounding @ point[size : size + q])
        room = np.where((c != 0) & (np.abs(c) < 1), 1 - np.abs(c), 0.0)
        value = -float(self.weight @ (c * self.y)) * self.total
        node.weights, node.bound = w, max(value, 0.0)
        node.known = Guess(value, c, slopes * float(sum(self.counts)), full, room, z, losses)

    def guess(self, node: Node) -> Guess:
        assert node.known is not None
        return node.known

    def grid(self, guess: Guess, bits: int) -> Fraction | None:
        return Fraction(1, 1 << bits) if guess.c.any() else None

    def bound_of(self, h: Fraction, c: Sequence[int]) -> Fraction | None:
        """D(c), unless some |c| is above 1."""
        if max(map(abs, c), default=0) * h > 1:
            return None
        return -h * sum(m * v * y for m, v, y in zip(self.counts, c, self.whole, strict=True)) / self.common

    def denominator(self, c: Rational, _threshold: Fraction) -> int:
        return 2 * c.denominator

    def exactly(self, node: Node, least: Fraction) -> bool:
        """What is rounded is exact already."""
        return False

    def finish(self, node: Node, improve: Callable[[Network], Fraction]) -> bool:
        inside = [0] * (self.k * self.width)
        for j, cone in enumerate(node.cones):
            if cone is None:
                return False
            inside[j * self.width : (j + 1) * self.width] = [int(v) for v in cone.inside]
        return self.prove(node, improve(self.network_of([Fraction(v) for v in inside])))


def minimum(cost: Floats, least: Floats, matrix: Floats, lower: Floats) -> tuple[Floats, Floats]:
    """Of cost·x where x ≥ least and matrix·x ≥ lower: x, and the multipliers of the rows."""
    program = highspy.HighsLp()
    rows, columns = matrix.shape
    program.num_col_, program.num_row_ = columns, rows
    program.col_cost_, program.col_lower_, program.col_upper_ = cost, least, np.full(columns, np.inf)
    program.row_lower_, program.row_upper_ = lower, np.full(rows, np.inf)
    where = matrix != 0
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.append(0, np.cumsum(where.sum(axis=1)))
    program.a_matrix_.index_ = np.nonzero(where)[1]
    program.a_matrix_.value_ = matrix[where]
    highs = simplex()
    highs.passModel(program)
    highs.run()
    solution = highs.getSolution()
    return np.array(solution.col_value), np.maximum(np.array(solution.row_dual), 0)
