"""The convex hull of two polyhedra, in the form of Balas: x = x₀ + x₁ with A_s·x_s ≤ λ_s·b_s, λ₀ + λ₁ = 1, λ ≥ 0.

Its dual is a cut: an inequality that sums of the facts of either side imply, and that a point outside violates.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.verify.provers.highs import simplex

PRICE = 100.0  # of a free variable below its value at the point, which there is no other way out of


class Envelope(NamedTuple):
    """least: of the goal over the hull at the point. cut: the coefficients of the inequality that says so.

    multipliers: of the facts of both sides, whose sums have these coefficients. parts: of both sides λ and x_s.
    """

    least: float
    cut: dict[int, float]
    multipliers: list[NDArray[np.float64]]
    parts: list[tuple[float, dict[int, float]]]


def envelope(
    sides: Sequence[Sequence[Linear]], fixed: Sequence[int], most: Sequence[int], goal: int, point: Sequence[float]
) -> Envelope | None:
    """The least value of the goal where `fixed` variables are as at the point and others at most that; None if HiGHS
    finds none. All else that facts are about is free."""
    variables = sorted({v for facts in sides for said in facts for v, _ in said.terms})
    place = {v: n for n, v in enumerate(variables)}
    width = len(variables) + 1  # of a side: λ is the last
    columns = 2 * width + len(most)
    rows: list[list[tuple[int, float]]] = []
    bounds: list[tuple[float, float]] = []
    norms = [[float(max(abs(a) for _, a in said.terms)) for said in facts] for facts in sides]
    for start, facts, sizes in zip((0, width), sides, norms, strict=True):
        for said, size in zip(facts, sizes, strict=True):
            share = [(start + width - 1, -said.bound / size)] if said.bound else []
            rows.append([(start + place[v], a / size) for v, a in said.terms] + share)
            bounds.append((-inf, 0.0))
    for v in fixed:
        rows.append([(place[v], 1.0), (width + place[v], 1.0)])
        bounds.append((point[v], point[v]))
    for n, v in enumerate(most, 2 * width):
        rows.append([(place[v], 1.0), (width + place[v], 1.0), (n, -1.0)])
        bounds.append((-inf, point[v]))
    rows.append([(width - 1, 1.0), (2 * width - 1, 1.0)])
    bounds.append((1.0, 1.0))
    costs, lowest = np.zeros(columns), np.full(columns, -inf)
    costs[[place[goal], width + place[goal]]] = 1.0
    costs[2 * width :] = PRICE
    lowest[[width - 1, 2 * width - 1, *range(2 * width, columns)]] = 0.0
    highs = simplex()
    highs.addVars(columns, lowest, np.full(columns, inf))
    highs.changeColsCost(columns, np.arange(columns, dtype=np.int32), costs)
    starts = np.cumsum([0, *map(len, rows[:-1])]).astype(np.int32)
    index = np.array([column for row in rows for column, _ in row], dtype=np.int32)
    values = np.array([a for row in rows for _, a in row])
    low, high = (np.array(ends) for ends in zip(*bounds, strict=True))
    highs.addRows(len(rows), low, high, len(index), starts, index, values)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = highs.getSolution()
    x, duals = solution.col_value, np.abs(np.array(solution.row_dual))
    split = len(sides[0])
    multipliers = [
        duals[:split] / np.array(norms[0]),
        duals[split : split + len(sides[1])] / np.array(norms[1]),
    ]
    cut = dict.fromkeys((*fixed, *most, goal), 0.0)
    for said, m in zip(sides[0], multipliers[0], strict=True):
        for v, a in said.terms:
            if v in cut:
                cut[v] += float(m) * a
    parts = [(x[s + width - 1], {v: x[s + n] for v, n in place.items()}) for s in (0, width)]
    return Envelope(highs.getObjectiveValue(), cut, multipliers, parts)
