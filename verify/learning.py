"""Learning networks of bounded neurons within an additive error, with explicit constants.

Source: Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorems 5 and 9. Networks are f(x) = Σ_{j≤k} ±max(0, w_j·x)
with ‖w_j‖ ≤ 1, points have ‖x‖ ≤ 1, and errors are average squared ones. That the points are bounded is missing in
Definition 2, and without it no number of draws is enough: take n − 1 times (1, 1) and once (R, 1), in one dimension.
The draws that miss the last one are fitted by w = 1 alone, whose error is (R − 1)²/n, while w = 0 has 1; and for n ≫ m
most draws miss it. So the points are scaled into the ball, which is the same as a smaller bound of the norms.

Theorem 5, explicit. Let |y| ≤ Y with Y ≥ k, and draw m points uniformly, with replacement. With probability at least
1 − δ a network that is within η of the least error on the draws is within

    (4k(k + Y) + 2(k + Y)²·√(L/2)) / √m + η,   L = ln(2(k + 1)/δ),

of the least error on all points. *Proof.* |f| ≤ k, so the losses are in [0, (k + Y)²], and as functions of f(x) they
have the Lipschitz constant 2(k + Y). For fixed output signs the Rademacher complexity of the f is at most k/√m, as
x ↦ w·x has 1/√m, a ReLU contracts and 0 stays 0, and f is a sum of k; that of the losses is at most 2(k + Y) times as
much. So the expectation of the largest excess of the error over that on the draws is at most twice this, 4k(k + Y)/√m,
and by McDiarmid it exceeds its expectation by (k + Y)²·√(L/(2m)) with probability at most δ/(2(k + 1)). Hoeffding says
the same of the one best network, whose error on the draws is not to be larger by so much. There are k + 1 choices of
signs, and one best network: k + 2 ≤ 2(k + 1) events. For Y = k the bound is ε for m = 64k⁴(1 + √(L/2))²/ε².

Theorem 9, realizable. The paper draws; its bound on smooth losses has constants with which no data set is large enough.
Instead: let w be a neuron that fits, and u = 0. As long as |u·x − w·x| > d for some point, move u by ±d·x towards w·x.
Then ‖u − w‖² falls by more than d², and does not grow if u is projected to the ball. So after at most 1/d² moves u is
within d of w on all points, and with d² = ε the error of max(0, u·x) is at most ε. For k neurons with d = √ε/k each,
the sequences of moves are a net of (2n)^(k·⌊k²/ε⌋) candidates, among n points. For k = 1 the labels say which move is
right: where y > 0, w·x = y, and elsewhere w·x ≤ 0. So there is nothing to search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor, isqrt, lcm
from typing import Any

import numpy as np
from flint import arb, ctx, fmpz_mat

from relucert.reductions.coins import Coins
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, Sample, TrainingInstance, loss_of
from relucert.verify.arrangement import Cells, cells_of, inside
from relucert.verify.cells import least_squares_proved

GRID = 1 << 10  # of the factor by which points are scaled
CHUNK = 512  # cells whose sums are computed together
ROUNDS = 60  # of a search for the shift that belongs to the ball
CLOSE = Fraction(1, 1 << 30)


# ------------------------------------------------------------------------------------------------- what is to be learnt


def bounded(instance: TrainingInstance) -> tuple[TrainingInstance, Rational]:
    """The same samples for networks of neurons of norm at most 1/s, and s ≥ 1: so that ‖x/s‖ ≤ 1 for all points.

    Networks of norm at most 1 on the points x/s are those of norm at most 1/s on the points x.
    """
    longest = max((sum(v * v for _, v in x) for x, _, _ in instance.samples), default=0)
    scale = max(1, root_above(longest))
    return replace(instance, loss="l2", threshold=0, norm_bound=simplified(Fraction(1) / scale)), scale


def root_above(square: Rational) -> Rational:
    """The root if it is rational, or a number a little above it.

    >>> root_above(Fraction(9, 4)), float(root_above(2))
    (Fraction(3, 2), 1.4150390625)
    """
    p, q = square.numerator, square.denominator
    if isqrt(p) ** 2 == p and isqrt(q) ** 2 == q:
        return simplified(Fraction(isqrt(p), isqrt(q)))
    return simplified(Fraction(isqrt(p * GRID**2 // q) + 1, GRID))


def count(instance: TrainingInstance) -> int:
    """Samples, with multiplicities."""
    return sum(s.multiplicity for s in instance.samples)


def of_zero(instance: TrainingInstance) -> Rational:
    """The average squared error of the network that is 0."""
    return simplified(Fraction(sum(s.multiplicity * s.y * s.y for s in instance.samples), max(1, count(instance))))


def zero_network(instance: TrainingInstance) -> Network:
    return Network(((0,) * instance.dimension,) * instance.neurons, (0,) * instance.neurons, (1,) * instance.neurons)


# ------------------------------------------------------------------------------------------------------------ Theorem 5


def sample_size(neurons: int, largest: Rational, epsilon: Rational, delta: Rational) -> int:
    """How many draws are enough, rounded up. largest: of the labels, by their absolute value; counted as k if less.

    >>> [sample_size(1, 1, e, Fraction(1, 4)) for e in (2, 1, Fraction(1, 2))]
    [76, 304, 1214]
    >>> [sample_size(k, 0, 1, Fraction(1, 4)) for k in (2, 3)]
    [5233, 27816]
    """
    before, ctx.prec = ctx.prec, 64 + 8 * (Fraction(epsilon).denominator * neurons).bit_length()
    try:
        k, bound = arb(neurons), ball(max(neurons, largest))
        root = ((2 * (k + 1) / ball(delta)).log() / 2).sqrt()
        size = (4 * k * (k + bound) + 2 * (k + bound) ** 2 * root) ** 2 / ball(epsilon) ** 2
        return int(size.upper().ceil().unique_fmpz())
    finally:
        ctx.prec = before


def ball(value: Rational) -> arb:
    return arb(value.numerator) / value.denominator


def drawn(instance: TrainingInstance, draws: int, seed: int) -> TrainingInstance:
    """So many samples, uniformly with replacement; those that are drawn again count as often."""
    coins, whole = Coins(seed, "learn"), count(instance)
    ends = np.cumsum([s.multiplicity for s in instance.samples])
    hits = Counter(int(np.searchsorted(ends, coins.below(whole), side="right")) for _ in range(draws))
    samples = tuple(instance.samples[i]._replace(multiplicity=hits[i]) for i in sorted(hits))
    return replace(instance, samples=samples)


# ------------------------------------------------------------------------------ the least squares of one ReLU in a ball


@dataclass(frozen=True)
class Least:
    """A network inside the ball, its loss, and a number that no loss is below."""

    network: Network
    upper: Rational
    lower: Rational


def least_in_ball(instance: TrainingInstance) -> Least:
    """One ReLU without bias, over all cells; both ends in rational arithmetic, and close.

    Points times D and labels times E are integers. A weight vector w of the given samples is w·E/D of these, and the
    loss is E² times as much.
    """
    of_points, of_labels = denominators(instance)
    factor = Fraction(of_labels, of_points)
    assert instance.norm_bound is not None
    samples = tuple(
        Sample(tuple((t, int(v * of_points)) for t, v in x), int(y * of_labels), m) for x, y, m in instance.samples
    )
    whole = _least(replace(instance, samples=samples, norm_bound=simplified(instance.norm_bound * factor)))
    upper, lower = (simplified(Fraction(v) / of_labels**2) for v in (whole.upper, whole.lower))
    weights = (tuple(simplified(v / factor) for v in whole.network.weights[0]),)
    net = replace(whole.network, weights=weights)
    if lower < upper:  # the least is not known exactly, and simpler numbers are as good
        net = replace(net, weights=(tuple(towards_zero(v) for v in net.weights[0]),))
        upper, lower = loss_of(instance, net), towards_zero(lower)
    return Least(net, upper, lower)


def denominators(instance: TrainingInstance) -> tuple[int, int]:
    """Common ones of the coordinates, and of the labels."""
    samples = instance.samples
    return lcm(*(v.denominator for s in samples for _, v in s.x)), lcm(*(s.y.denominator for s in samples))


def _least(instance: TrainingInstance) -> Least:
    """The same of integers.

    Of a cell, whose losses are w·Aw − 2b·w + c, and any λ ≥ 0 the least of w·Aw − 2b·w + c + λ(‖w‖² − B²) is a lower
    bound, over all w or, better, over the cell. Floating point chooses λ and the order; the bounds themselves are
    exact.
    """
    best, bound = zero_network(instance), instance.norm_bound
    assert bound is not None
    upper = loss_of(instance, best)
    if not any(s.x for s in instance.samples):
        return Least(best, upper, upper)
    found = cells_of(instance)
    outputs = (1,) if instance.output == "ones" else (1, -1)
    sums = Sums(instance, found)
    ridges = {a: sums.ridges(a) for a in outputs}
    order = sorted((float(ridges[a][1][c]), a, c) for a in outputs for c in range(sums.count))
    rest: list[Rational] = []
    for _, a, c in order:
        ridge = simplified(Fraction(float(ridges[a][0][c])))
        relaxed = sums.bound(c, a, ridge, bound, float(upper))
        if relaxed >= upper:
            continue
        cell = Cell(instance, sums, c, a, found.network(instance, (c,), (a,)))
        fit, low = cell.fit(ridge, relaxed)
        if low < upper:
            fit, low = cell.near(ridge, low)
            if (loss := cell.loss(fit)) < upper:
                best, upper = fit, loss
        rest.append(low)
    return Least(best, upper, min([upper, *rest]))


def towards_zero(value: Rational) -> Rational:
    """To a multiple of a power of 2 that is close."""
    whole = floor(abs(value) / CLOSE) * CLOSE
    return simplified(whole if value > 0 else -whole)


@dataclass(frozen=True)
class Cell:
    """One of them, with an output weight, and a network inside it."""

    instance: TrainingInstance
    sums: Sums
    number: int
    output: int
    start: Network

    def loss(self, net: Network) -> Rational:
        """Of a network of this cell."""
        a, b = self.sums.matrices(self.number)
        [w] = net.weights
        square = sum(x * v * y for x, row in zip(w, a, strict=True) for y, v in zip(w, row, strict=True))
        return simplified(self.sums.total + square - 2 * self.output * sum(x * v for x, v in zip(w, b, strict=True)))

    def fit(self, ridge: Rational, low: Rational) -> tuple[Network, Rational]:
        """The least of the loss + λ‖w‖² in the cell, and the lower bound of the loss in the ball, if it is larger."""
        net, proved = least_squares_proved(self.instance, self.start, ridge)
        if proved:
            assert self.instance.norm_bound is not None
            norm = sum(v * v for v in net.weights[0]) - self.instance.norm_bound**2
            low = max(low, simplified(self.loss(net) + ridge * norm))
        return net, low

    def near(self, ridge: Rational, low: Rational) -> tuple[Network, Rational]:
        """A network of the cell inside the ball, near the least, and a lower bound; from a ridge near the right one."""
        least, most = ridge * (1 - CLOSE), ridge * (1 + CLOSE)
        net, low = self.fit(least, low)
        while inside(self.instance, net) and least:
            least, most = (least / 4 if least > CLOSE else 0), least
            net, low = self.fit(least, low)
        if inside(self.instance, net):
            return net, low
        most = most or CLOSE
        net, low = self.fit(most, low)
        while not inside(self.instance, net):
            least, most = most, 4 * most
            net, low = self.fit(most, low)
        for _ in range(ROUNDS):
            if most - least <= 4 * CLOSE * most:
                break
            middle = (least + most) / 2
            other, low = self.fit(middle, low)
            if inside(self.instance, other):
                net, most = other, middle
            else:
                least = middle
        return net, low


class Sums:
    """Of every cell A = Σ m·xxᵀ and b = Σ m·y·x over its active samples, which are integers."""

    def __init__(self, instance: TrainingInstance, found: Cells) -> None:
        d, samples = instance.dimension, instance.samples
        self.width, self.count, self.bound_ = d, len(found.points), instance.norm_bound
        self.total = sum(s.multiplicity * int(s.y) ** 2 for s in samples)
        self.pairs = [(i, j) for i in range(d) for j in range(i + 1)]
        self.rows = [dense(x, d) for x, _, _ in samples]
        columns = [
            [m * row[i] * row[j] for i, j in self.pairs] + [m * int(y) * v for v in row]
            for row, (_, y, m) in zip(self.rows, samples, strict=True)
        ]
        most = max(sum(abs(row[t]) for row in columns) for t in range(len(columns[0])))
        table = np.array(columns, dtype=np.int64 if most < 1 << 62 else object)
        parts = (found.active[i : i + CHUNK].astype(table.dtype) @ table for i in range(0, self.count, CHUNK))
        self.sums = np.concatenate([*parts])
        self.points = np.array(self.rows, dtype=float)
        self.signs = found.active

    def matrices(self, c: int) -> tuple[list[list[int]], list[int]]:
        row = [int(v) for v in self.sums[c]]
        a = [[0] * self.width for _ in range(self.width)]
        for (i, j), v in zip(self.pairs, row, strict=False):
            a[i][j] = a[j][i] = v
        return a, row[len(self.pairs) :]

    def ridges(self, output: int) -> tuple[Any, Any]:
        """In floating point, of every cell: the λ with which its least squares come into the ball, and their value."""
        n, d, bound = self.count, self.width, float(self.bound_ or 1)
        floats = self.sums.astype(float)
        square, linear = np.zeros((n, d, d)), output * floats[:, len(self.pairs) :]
        for p, (i, j) in enumerate(self.pairs):
            square[:, i, j] = square[:, j, i] = floats[:, p]
        values, vectors = np.linalg.eigh(square)
        turned = np.einsum("bij,bi->bj", vectors, linear)
        kept = values > 1e-11 * np.maximum(values[:, -1:], 1e-300)
        turned = np.where(kept, turned, 0)
        values = np.where(kept, values, 0)
        shift = np.zeros(n)
        for _ in range(ROUNDS):  # Newton's method for 1/‖w‖, which is concave in λ
            divisor = np.where(kept, values + shift[:, None], 1)
            norm = np.sqrt(((turned / divisor) ** 2).sum(axis=1))
            slope = (turned**2 / divisor**3).sum(axis=1)
            outside = norm > bound * (1 + 1e-14)
            shift = np.where(outside, shift + norm**2 * (norm / bound - 1) / np.maximum(slope, 1e-300), shift)
        gain = (turned**2 / np.where(kept, values + shift[:, None], 1)).sum(axis=1)
        return shift, float(self.total) - gain - shift * bound**2

    def bound(self, c: int, output: int, ridge: Rational, ball: Rational, enough: float) -> Rational:
        """A bound of w·Aw − 2b·w + c + λ(‖w‖² − B²) over the cell, exactly, with M = A + λ.

        The least over all w is c − λB² − b·M⁻¹b, at w = M⁻¹b. If that is on the wrong side of a hyperplane x of the
        cell, then the least over the cell is no less than that over the hyperplane, which is (x·w)²/(x·M⁻¹x) more. That
        is computed only if the bound is not enough without it.
        """
        a, b = self.matrices(c)
        p, q = ridge.numerator, ridge.denominator
        matrix = [[q * v for v in row] for row in a]
        for i in range(self.width):
            matrix[i][i] += p
        solved = solution(matrix, [output * v for v in b])
        if solved is None:
            return 0
        gain = sum(v * x for v, x in zip(b, solved, strict=True)) * output  # b·M⁻¹b, for M = q(A + λ)
        least = self.total - ridge * ball**2 - gain * q
        side = self.beyond(c, matrix, solved) if least < enough else None
        if side is not None:
            x = self.rows[side]
            across = solution(matrix, x)
            if across is not None and (length := sum(v * z for v, z in zip(x, across, strict=True))):
                at = sum(v * w for v, w in zip(x, solved, strict=True))
                least += Fraction(at) ** 2 / length * q
        return simplified(least)

    def beyond(self, c: int, matrix: list[list[int]], solved: list[Fraction]) -> int | None:
        """The hyperplane beyond which this point is the furthest, if there is one; in floating point."""
        if not any(solved):
            return None
        point = np.array([float(v) for v in solved])
        scale = float(max(max(map(abs, row)) for row in matrix))
        across = np.linalg.pinv(np.array([[v / scale for v in row] for row in matrix], dtype=float))
        at = self.points @ point
        wrong = np.where(self.signs[c], at < 0, at > 0)
        length = (self.points @ across * self.points).sum(axis=1)
        far = np.where(wrong & (length > 0), at**2 / np.where(length > 0, length, 1), 0)
        return int(far.argmax()) if far.max() > 0 else None


def dense(x: Sequence[tuple[int, Rational]], dimension: int) -> list[int]:
    row = [0] * dimension
    for t, v in x:
        row[t] = int(v)
    return row


def solution(matrix: list[list[int]], right: list[int]) -> list[Fraction] | None:
    """Of a linear system, positive semidefinite and consistent; None if it cannot be told."""
    kept: list[int] = []  # rows of a largest nonsingular principal part
    for i in range(len(right)):
        part = [*kept, i]
        if fmpz_mat([[matrix[r][s] for s in part] for r in part]).det():
            kept = part
    found = [Fraction(0)] * len(right)
    if kept:
        small = fmpz_mat([[matrix[r][s] for s in kept] for r in kept])
        solved = small.solve(fmpz_mat([[right[r]] for r in kept]))
        for place, r in enumerate(kept):
            found[r] = Fraction(int(solved[place, 0].p), int(solved[place, 0].q))
    exact = all(
        sum(v * x for v, x in zip(row, found, strict=True)) == target for row, target in zip(matrix, right, strict=True)
    )
    return found if exact else None


# ------------------------------------------------------------------------------------------------------------ Theorem 9


def net_size(neurons: int, samples: int, epsilon: Rational) -> tuple[int, int]:
    """The net has at most base^exponent candidates: (2n, k⌊k²/ε⌋)."""
    return 2 * samples, neurons * floor(Fraction(neurons**2) / epsilon)


def walk(instance: TrainingInstance, epsilon: Rational) -> Network | int:
    """One ReLU that is within √ε of every label, if some ReLU in the ball fits all; else perhaps the number of moves.

    More moves than 1/ε show that none fits. u is kept as integers over a grid: rounding, always towards 0, moves it by
    less than τ each time, and so the square of the distance falls by more than d² − 3τ.
    """
    [*labels], bound = (s.y for s in instance.samples), instance.norm_bound
    assert bound is not None
    sign = -1 if any(y < 0 for y in labels) else 1
    if any(sign * y < 0 for y in labels) or (sign < 0 and instance.output == "ones"):
        return 0
    fine = 64 + 2 * Fraction(1 / Fraction(epsilon)).numerator.bit_length()
    grid = instance.dimension << fine
    step = Fraction(isqrt(floor(epsilon * 4**fine)), 2**fine)  # d ≤ √ε
    most = floor(1 / (step**2 - Fraction(3 * (2 * instance.dimension + 3), grid)))
    scaled = [
        (tuple((t, v * bound) for t, v in x), sign * y) for x, y, _ in instance.samples
    ]  # points in the unit ball
    u, moves = [0] * instance.dimension, 0
    while (wrong := _wrong(scaled, u, grid, step)) is not None:
        if moves >= most:
            return moves
        x, direction = wrong
        moves += 1
        for t, v in x:
            change = floor(step * abs(v) * grid)
            u[t] += change if direction * v > 0 else -change
        norm = sum(v * v for v in u)
        if norm > grid * grid:
            root = isqrt(norm) + 1
            u = [v * grid // root if v >= 0 else -(-v * grid // root) for v in u]
    return Network((tuple(simplified(Fraction(v, grid) * bound) for v in u),), (0,), (sign,))


def _wrong(
    samples: list[tuple[tuple[tuple[int, Rational], ...], Rational]], u: list[int], grid: int, step: Rational
) -> tuple[tuple[tuple[int, Rational], ...], int] | None:
    """A point where u·x is further than d from what it is to be, and the direction in which it has to move."""
    for x, y in samples:
        at = sum((u[t] * v for t, v in x), Fraction(0)) / grid
        if at > y + step:
            return x, -1
        if y > 0 and at < y - step:
            return x, 1
    return None
