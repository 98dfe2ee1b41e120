"""The least squared error of a few ReLUs, by branch and bound over their activations, with a proof for every leaf.

Source: in the spirit of Froese, Hertrich, NeurIPS 2023, Theorem 10, and of Goel, Klivans, Manurangsi, Reichman, ITCS
2021, Section 2: with fixed activations the problem is convex. A node fixes some of them; what is left open is relaxed.

Let neuron j have the output weight s_j = ±1 and on sample i the pre-activation z_ij and the output r_ij. An open
activation says r ≥ 0 and r ≥ z only; an active neuron has r = z, an inactive one r = 0. So at a node the residual
e_i = Σ s_j·r_ij − y_i may grow if an open neuron of output weight +1 is there, and shrink if one of −1 is. Hence
a convex problem in the weights, in which e counts only if it is positive, only if it is negative, or not at all.

*The proof of a leaf.* For residuals c_i with these signs, weights m_i of the samples and g_ij = 2·m_i·c_i·s_j

    Σ m·e² ≥ Σ m·(2c·e − c²) = Σ g·r − Σ m·(2c·y + c²) ≥ Σ β·z − Σ m·(2c·y + c²)

if g·r ≥ β·z everywhere: 0 ≤ β ≤ g if the neuron is open, β ≤ g if it is active, β ≥ 0 if it is inactive. If moreover
Σ_i β_ij·x_i = 0 for each j, then no network of the node has a loss below D(c) = −Σ m·(2c·y + c²). That is one `Farkas`
step with one tangent for each sample. The best c, β are those of the minimum w of the relaxed problem: c_i is its
residual, and β_ij is g_ij or 0, but for samples on the border of an activation. So c is rounded to multiples of h, and
Σ β·x = 0 is mended by integers near 0, which lattice reduction finds; what is lost is of the order of h². Where the
bound of the node is the minimum itself, nothing may be lost: there w is computed exactly, on the samples that it has on
the border, and so are c and β. A node without open activations is a convex quadratic program over a cone, which
an active-set method solves exactly; so no optimum on the border of a cell is mistaken for another number.

*Forced activations.* The weights of a neuron whose activations are partly fixed form a cone, which is kept by its rays.
If all rays are on one side of a sample, its activation is forced: z_i is a combination of at most D of the fixed
activations, which is a `Farkas` step that all leaves share.

If two neurons have equal output weights, they are sorted by their pre-activations on the sample that is branched on
first, by the symmetry rule; so if the first one is inactive there, so is the second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite, lcm
from typing import Any, ClassVar, NamedTuple

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.cells import any_solution, fraction, least_on_cone
from relucert.verify.provers.cones import Cone, everything
from relucert.verify.provers.rounding import enough_columns, mend

Floats = NDArray[np.float64]

OPEN, ACTIVE, INACTIVE = -1, 1, 0
SOFT = 30.0  # the penalty of a fixed activation that is broken, in units of the largest label and the largest entry
ROUND_OFF = 1e-3  # below which a pre-activation is on its border, in the same units
STEPS, TRIES = 60, 3  # of Newton's method, and how often as many
SOLVED = 1e-6  # the largest derivative at what counts as a minimum
GRIDS = (4, 8, 12, 18, 26)  # bits of a typical residual that are kept
NEARLY = 1e-3  # by what share a bound may be below the loss of a network for its node to be tried as it is

# ------------------------------------------------------------------------------------------------------------ the leaf


class Dual(NamedTuple):
    """c_i = unit·residuals[i] and β_ij = 2·unit·slopes[i, j], if not 0, as in the head of this file; bound = D(c).

    Of absolute errors β_ij = unit·slopes[i, j].
    """

    unit: Fraction
    residuals: Sequence[int]
    slopes: Mapping[tuple[int, int], int]
    bound: Fraction


@dataclass(slots=True)
class Node:
    """A part of the search.

    fixed: m × k, OPEN, ACTIVE or INACTIVE. forced: those fixed here with their names, (sample, neuron), and the
    decisions that imply them, in their order. bound: of the relaxed problem; weights: its minimum.
    """

    fixed: NDArray[np.int8]
    cones: tuple[Cone | None, ...]
    decided: tuple[int, int, int] | None = None  # sample, neuron, and how
    forced: list[Forced] = field(default_factory=list)
    bound: float = 0.0
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    parent: Node | None = None
    children: tuple[Node, Node] | None = None
    proof: Dual | None = None
    known: Guess | None = None  # of a linear program


class Forced(NamedTuple):
    """An activation that the cone of its neuron leaves no choice; cone: None if it is the symmetry rule."""

    sample: int
    neuron: int
    how: int
    cone: Cone | None


class Guess(NamedTuple):
    """What floating point says of a node, in the units of the instance: D(c), c and β; pre-activations and losses, with
    the weights of the samples, in units of the search.

    full: where β = g. room: how far c_i may be moved.
    """

    value: float
    c: Floats
    slopes: Floats
    full: NDArray[np.bool_]
    room: Floats
    pre: Floats
    losses: Floats


class Relaxed(NamedTuple):
    """What floating point says of a node at some weights."""

    value: float
    gradient: Floats
    pre: Floats  # z, m × k
    share: Floats  # of g that β is, but for penalties: 0 to 1
    residual: Floats  # as far as it counts
    broken: Floats  # z where a fixed activation is broken


class Tree:
    """The search for networks of `positive` neurons of output weight +1 and others of −1, in an instance without
    repeated points.

    factor: by which β is in units of the derivative of the loss. rows_of_loss: how many units of the formula each loss
    has. summed: whether the losses have a unit for their sum. of_equals: the output weight that is decided first where
    both are as many, 0 for whichever.
    """

    factor: ClassVar[int] = 2
    rows_of_loss: ClassVar[int] = 0
    summed: ClassVar[bool] = True
    of_equals: ClassVar[float] = 1.0

    def __init__(self, instance: TrainingInstance, positive: int) -> None:
        self.instance, self.positive = instance, positive
        self.k, self.width, self.m = instance.neurons, instance.dimension + instance.bias, len(instance.samples)
        k, width, m = self.k, self.width, self.m
        self.signs = [1 if j < positive else -1 for j in range(k)]
        self.scales = [lcm(*(v.denominator for _, v in s.x)) for s in instance.samples]
        rows = []
        for s, scale in zip(instance.samples, self.scales, strict=True):
            row = [0] * width
            for t, v in s.x:
                row[t] = int(v * scale)
            if instance.bias:
                row[-1] = scale
            rows.append(row)
        self.rows = rows  # λ·x, as the encoding has them
        longest = max((abs(v) for row in rows for v in row), default=1)
        self.start = everything(width, longest)
        self.points = np.array(rows, dtype=self.start.rays.dtype).reshape(m, width)
        self.stretch = whole = lcm(*self.scales)
        self.even = [[v * (whole // scale) for v in row] for row, scale in zip(rows, self.scales, strict=True)]  # L·x
        self.labels = [s.y for s in instance.samples]
        self.counts = [s.multiplicity for s in instance.samples]
        self.common = lcm(*(v.denominator for v in self.labels))
        self.whole = [int(v * self.common) for v in self.labels]
        x = np.array([[float(Fraction(v, scale)) for v in row] for row, scale in zip(rows, self.scales, strict=True)])
        x = x.reshape(m, width)
        self.spread = np.maximum(np.abs(x).max(axis=0, initial=0), 1e-300)
        self.x = x / self.spread
        y = np.array([float(v) for v in self.labels])
        self.unit = float(np.abs(y).max(initial=0)) or 1.0
        self.y = y / self.unit
        total = float(sum(self.counts)) or 1.0
        self.weight = np.array([float(c) for c in self.counts]) / total  # so that a loss is about 1
        self.total = self.in_units(total)
        self.sign = np.array(self.signs, dtype=float)
        self.rarer = self.of_equals if 2 * positive == k else -1.0 if 2 * positive > k else 1.0
        self.first: int | None = None  # the sample that is branched on first
        self.pairs = [j for j in range(k - 1) if j + 1 != positive]  # those with a like neighbour

    def in_units(self, loss: float) -> float:
        """A loss whose labels are of the size 1, in the units of the instance."""
        return loss * self.unit**2

    # ---------------------------------------------------------------------------------------------- the relaxed problem

    def relaxed(self, fixed: NDArray[np.int8], w: Floats) -> Relaxed:
        is_open = fixed == OPEN
        up, down = (is_open & (self.sign > 0)).any(axis=1), (is_open & (self.sign < 0)).any(axis=1)
        z = self.x @ w.reshape(self.k, self.width).T
        share = np.where(is_open, np.clip(z / ROUND_OFF, 0, 1), fixed == ACTIVE)
        output = np.where(is_open, share * (z - share * ROUND_OFF / 2), share * z)
        e = output @ self.sign - self.y
        counted = ~(up & down) & (~up | (e > 0)) & (~down | (e < 0))
        e = np.where(counted, e, 0.0)
        broken = np.where(((fixed == INACTIVE) & (z > 0)) | ((fixed == ACTIVE) & (z < 0)), z, 0.0)
        slope = 2 * (self.weight * e)[:, None] * self.sign * share + 2 * SOFT * self.weight[:, None] * broken
        value = float(self.weight @ (e * e) + SOFT * (self.weight @ (broken * broken)).sum())
        return Relaxed(value, (slope.T @ self.x).ravel(), z, share, e, broken)

    def minimise(self, fixed: NDArray[np.int8], w: Floats) -> tuple[Floats, Relaxed]:
        """The minimum of the relaxed problem by Newton's method with Levenberg's damping: it is convex and smooth."""
        k, width, size = self.k, self.width, self.k * self.width
        here, damping = self.relaxed(fixed, w), 1e-7
        for _ in range(STEPS):
            if np.abs(here.gradient).max(initial=0) < 1e-9:
                break
            counted = here.residual != 0
            jacobian = (here.share * self.sign)[:, :, None] * self.x[:, None, :]
            jacobian = np.where(counted[:, None, None], jacobian, 0).reshape(self.m, size)
            hessian = 2 * jacobian.T @ (self.weight[:, None] * jacobian)
            bent = np.where(
                (fixed == OPEN) & (here.share > 0) & (here.share < 1),
                2 * np.abs(here.residual)[:, None] / ROUND_OFF,
                0.0,
            )
            stiff = self.weight[:, None] * (bent + 2 * SOFT * (here.broken != 0))
            for j in range(k):
                part = slice(j * width, (j + 1) * width)
                hessian[part, part] += self.x.T @ (stiff[:, j, None] * self.x)
            while True:
                step = -np.linalg.solve(hessian + damping * np.eye(size), here.gradient)
                there = self.relaxed(fixed, w + step)
                if there.value <= here.value + 1e-4 * float(here.gradient @ step) or damping > 1e6:
                    break
                damping *= 8
            if there.value >= here.value:
                break
            if there.value < here.value + 0.5 * float(here.gradient @ step):
                damping = max(damping / 8, 1e-12)
            w, here = w + step, there
        return w, here

    def dual_value(self, here: Relaxed) -> float:
        """D(c) of the residuals, which is what the certificate will say, in the units of the instance."""
        c = here.residual
        return -float(self.weight @ (c * (2 * self.y + c))) * self.total

    def loss_at(self, z: Floats) -> Floats:
        """The true squared errors, times weights."""
        e = np.maximum(z, 0) @ self.sign - self.y
        return self.weight * e * e

    def value_at(self, z: Floats) -> float:
        """The true loss."""
        return float(self.loss_at(z).sum())

    def network(self, w: Floats) -> Network | None:
        """Weights from floating point, as they are."""
        rows = w.reshape(self.k, self.width) / self.spread * self.unit
        if not np.isfinite(rows).all():
            return None
        exact = [[simplified(Fraction(float(v)).limit_denominator(10**9)) for v in row] for row in rows]
        d = self.instance.dimension
        biases = tuple(row[d] if self.instance.bias else 0 for row in exact)
        return Network(tuple(tuple(row[:d]) for row in exact), biases, tuple(self.signs))

    def descend(self, w: Floats) -> Floats:
        """To a network from which the least squares of its own cell lead no further."""
        for _ in range(30):
            z = self.x @ w.reshape(self.k, self.width).T
            before = self.value_at(z)
            rows = (((z > 0) * self.sign)[:, :, None] * self.x[:, None, :]).reshape(self.m, -1)
            root = np.sqrt(self.weight)
            aim = np.linalg.lstsq(root[:, None] * rows, root * self.y, rcond=1e-9)[0]
            share = 1.0
            while share > 1e-3:
                there = w + share * (aim - w)
                if self.value_at(self.x @ there.reshape(self.k, self.width).T) < before - 1e-12:
                    break
                share /= 2
            else:
                return w
            w = there
        return w

    def guesses(self) -> Iterator[Network | None]:
        """Without end: the network at which a descent from a random one ends, if it is better than those before."""
        rng, best = np.random.default_rng(1), np.inf
        while True:
            w = self.descend(rng.normal(size=self.k * self.width))
            value = self.value_at(self.x @ w.reshape(self.k, self.width).T)
            net = self.network(w) if value < best * (1 - 1e-9) else None
            if net is not None:
                best = value
            yield net

    # ------------------------------------------------------------------------------------------------------- the search

    def root(self) -> Node:
        """Nothing is fixed, but samples at the origin, where no neuron of weights alone is active."""
        fixed = np.full((self.m, self.k), OPEN, dtype=np.int8)
        node = Node(fixed, (self.start,) * self.k, weights=np.zeros(self.k * self.width))
        for i, row in enumerate(self.rows):
            if not any(row):
                fixed[i] = INACTIVE
                node.forced += [Forced(i, j, INACTIVE, self.start) for j in range(self.k)]
        self.solve(node)
        return node

    def solve(self, node: Node) -> None:
        """The relaxed problem of a node, in floating point: D(c) is a bound only where it is solved."""
        for _ in range(TRIES):
            node.weights, here = self.minimise(node.fixed, node.weights)
            solved = np.abs(here.gradient).max(initial=0) < SOLVED
            if solved:
                break
        value = self.dual_value(here)
        node.bound = value if solved and isfinite(value) else 0.0

    def guess(self, node: Node) -> Guess:
        """What its solution says."""
        here = self.relaxed(node.fixed, node.weights)
        penalty = 2 * SOFT * self.weight[:, None] * here.broken
        full = (here.share >= 1) & (penalty == 0) & (here.residual != 0)[:, None]
        slopes = 2 * (self.weight * here.residual)[:, None] * self.sign * here.share + penalty
        slopes *= float(sum(self.counts)) * self.unit
        c = here.residual * self.unit
        return Guess(self.dual_value(here), c, slopes, full, np.abs(c), here.pre, self.weight * here.residual**2)

    def branch(self, node: Node) -> tuple[Node, Node] | None:
        """The two halves of a node, at the activation that the relaxed problem gets most wrong; None if none is open.

        First of the output weight that fewer neurons have: when none of these is open on a sample, its residual counts.
        The relaxed problems of the halves are not solved yet.
        """
        is_open = node.fixed == OPEN
        if not is_open.any():
            return None
        here = self.guess(node)
        gap = self.loss_at(here.pre) - here.losses
        i = int(np.where(is_open.any(axis=1), gap, -np.inf).argmax())
        few = is_open[i] & (self.sign == self.rarer)
        j = int(np.where(few if few.any() else is_open[i], np.abs(here.pre[i]), -1.0).argmax())
        if self.first is None:
            self.first = i
            j = min((j, *(q for q in self.pairs if q + 1 == j)))
        first, second = (self.child(node, i, j, how) for how in (ACTIVE, INACTIVE))
        node.children = first, second
        return node.children

    def child(self, node: Node, i: int, j: int, how: int) -> Node:
        made = Node(node.fixed.copy(), node.cones, (i, j, how), weights=node.weights, parent=node)
        made.fixed[i, j] = how
        self.close(made, i, j, how)
        if i == self.first and how == INACTIVE:
            for q in range(j, self.k - 1):
                if q in self.pairs and made.fixed[i, q] == INACTIVE and made.fixed[i, q + 1] == OPEN:
                    made.fixed[i, q + 1] = INACTIVE
                    made.forced.append(Forced(i, q + 1, INACTIVE, None))
                    self.close(made, i, q + 1, INACTIVE)
        return made

    def close(self, node: Node, i: int, j: int, how: int) -> None:
        """The cone of a neuron with one activation more, and what that forces."""
        cone = node.cones[j]
        if cone is not None:
            cone = cone.cut((i, how), self.points[i] if how == ACTIVE else -self.points[i])
        node.cones = (*node.cones[:j], cone, *node.cones[j + 1 :])
        if cone is None:
            return
        sides = cone.sides(self.points)
        for s in np.flatnonzero((sides != 0) & (node.fixed[:, j] == OPEN)).tolist():
            forced = Forced(s, j, ACTIVE if sides[s] > 0 else INACTIVE, cone)
            node.fixed[s, j] = forced.how
            node.forced.append(forced)

    # ------------------------------------------------------------------------------------------- proofs of single nodes

    def prove(self, node: Node, least: Fraction) -> bool:
        """Whether there is a proof that no network of the node has a loss below `least`; it is kept."""
        guess = self.guess(node)
        if guess.value >= float(least) * (1 - 1e-9):
            for bits in GRIDS:
                if self.rounded(node, guess, least, bits):
                    return True
        return guess.value >= float(least) * (1 - NEARLY) and self.exactly(node, least)

    def bound_of(self, h: Fraction, c: Sequence[int]) -> Fraction | None:
        """D(c) = −Σ m·hC·(2·y + hC), over the denominators of h and of the labels."""
        p, q = h.numerator, h.denominator
        scaled = sum(
            m * v * (2 * y * q + self.common * p * v) for m, v, y in zip(self.counts, c, self.whole, strict=True)
        )
        return Fraction(-p * scaled, q * q * self.common)

    def denominator(self, c: Rational, _threshold: Fraction) -> int:
        """By which, times that of the label, the multipliers that a leaf gives to a sample with this residual are
        integers."""
        return c.denominator**2

    def grid(self, guess: Guess, bits: int) -> Fraction | None:
        """The unit of which the residuals are to be multiples; None if all are 0."""
        typical = np.sqrt(float(self.weight @ guess.c**2))
        return Fraction(2) ** (int(np.floor(np.log2(typical))) - bits) if typical > 0 else None

    def keep(
        self, node: Node, h: Fraction, c: Sequence[int], slopes: Mapping[tuple[int, int], int], least: Fraction
    ) -> bool:
        """Keep a proof if it is one: the signs of c and β, Σ β·x = 0, and D(c) ≥ least, all exactly."""
        bound = self.bound_of(h, c)
        if bound is None or bound < least:
            return False
        for i, row in enumerate(node.fixed.tolist()):
            for j, how in enumerate(row):
                g, slope = self.counts[i] * c[i] * self.signs[j], slopes.get((i, j), 0)
                if how != INACTIVE and slope > g:
                    return False
                if how != ACTIVE and slope < 0:
                    return False
        total = [[0] * self.width for _ in range(self.k)]
        for (i, j), slope in slopes.items():
            total[j] = [a + slope * v for a, v in zip(total[j], self.even[i], strict=True)]
        if any(map(any, total)):
            return False
        node.proof = Dual(h, c, slopes, bound)
        return True

    def keep_rational(
        self, node: Node, c: Sequence[Rational], slopes: Mapping[tuple[int, int], Rational], least: Fraction
    ) -> bool:
        """The same of numbers with any denominators; slopes: half of β."""
        q = lcm(*(v.denominator for v in c), *(v.denominator for v in slopes.values()))
        whole = {name: int(v * q) for name, v in slopes.items() if v}
        return self.keep(node, Fraction(1, q), [int(v * q) for v in c], whole, least)

    def rounded(self, node: Node, guess: Guess, least: Fraction, bits: int) -> bool:
        """Residuals that are multiples of a power of 2, for which Σ β·x = 0 is mended by a few units."""
        h = self.grid(guess, bits)
        if h is None:
            return self.keep(node, Fraction(1), [0] * self.m, {}, least)
        step, full = float(h), guess.full
        whole = [int(v) for v in np.rint(guess.c / step)]
        # β / (factor·h) = m·s·C where the neuron is all active, an integer N where it is so in part
        parts = {
            (int(i), int(j)): round(float(guess.slopes[i, j]) / (self.factor * step))
            for i, j in zip(*np.nonzero(~full & (guess.slopes != 0)), strict=True)
        }
        k, width = self.k, self.width
        error = [0] * (k * width)
        columns: list[tuple[float, Any, list[int]]] = []
        for i in range(self.m):
            column = [0] * (k * width)
            for j in np.flatnonzero(full[i]).tolist():
                for t in range(width):
                    column[j * width + t] = self.counts[i] * self.signs[j] * self.even[i][t]
            if whole[i] and any(column):
                if guess.room[i] > 0:
                    columns.append((float(guess.room[i]), i, column))
                error = [a + whole[i] * b for a, b in zip(error, column, strict=True)]
        for (i, j), n in parts.items():
            column = [0] * (k * width)
            column[j * width : (j + 1) * width] = self.even[i]
            g = abs(float(guess.c[i])) * self.counts[i]
            room = abs(n) * step if node.fixed[i, j] != OPEN else min(abs(n) * step, g - abs(n) * step)
            columns.append((room, (i, j), column))
            error = [a + n * b for a, b in zip(error, column, strict=True)]
        columns.sort(key=lambda entry: -entry[0])
        few = enough_columns([column for _, _, column in columns], k, width)
        times, mended = mend([columns[q][2] for q in few], error)
        if not times:
            return False
        h /= times
        whole = [times * v for v in whole]
        parts = {name: times * v for name, v in parts.items()}
        for q, change in zip(few, mended, strict=True):
            name = columns[q][1]
            if isinstance(name, int):
                whole[name] += change
            else:
                parts[name] += change
        slopes = {name: n for name, n in parts.items() if n}
        for i, j in zip(*np.nonzero(full), strict=True):
            if whole[i]:
                slopes[int(i), int(j)] = self.counts[i] * self.signs[j] * whole[i]
        return self.keep(node, h, whole, slopes, least)

    def exactly(self, node: Node, least: Fraction) -> bool:
        """The minimum of the relaxed problem, if floating point has found the samples that are on a border."""
        k, here = self.k, self.relaxed(node.fixed, node.weights)
        counted = [i for i in range(self.m) if abs(here.residual[i]) > 1e-9]
        partly = ((node.fixed == OPEN) & (here.share > 0) & (here.share < 1)) | (here.broken != 0)
        border = [(int(i), int(j)) for i, j in zip(*np.nonzero(partly), strict=True)]
        on = (here.share >= 1) & ~partly
        w, multipliers = self.stationary(on, counted, border)
        c: list[Rational] = [0] * self.m
        slopes: dict[tuple[int, int], Rational] = {}
        for i in counted:
            c[i] = self.residual(w, on, i)
            for j in range(k):
                if on[i, j]:
                    slopes[i, j] = self.counts[i] * c[i] * self.signs[j]
        slopes |= dict(zip(border, multipliers, strict=True))
        return self.keep_rational(node, c, slopes, least)

    def stationary(
        self, on: NDArray[np.bool_], counted: Sequence[int], border: Sequence[tuple[int, int]]
    ) -> tuple[list[Fraction], list[Fraction]]:
        """The least squares over the counted samples, where z = 0 on the border, and half of the multipliers: weights
        for L·x, so that z = w·(L·x)."""
        size = self.k * self.width
        square, linear = self.normal_equations(on, counted)
        n = size + len(border)
        matrix, right = fmpq_mat(n, n), fmpq_mat(n, 1)
        for a in range(size):
            right[a, 0] = linear[a, 0]
            for b in range(size):
                matrix[a, b] = square[a, b]
        for q, (i, j) in enumerate(border):
            for t, v in enumerate(self.even[i]):
                matrix[size + q, j * self.width + t] = matrix[j * self.width + t, size + q] = fmpq(v)
        solution = any_solution(matrix, right)
        found = [fraction(solution[a, 0]) for a in range(n)]
        return found[:size], found[size:]

    def normal_equations(self, on: NDArray[np.bool_], counted: Sequence[int]) -> tuple[fmpq_mat, fmpq_mat]:
        size = self.k * self.width
        square = [[0] * size for _ in range(size)]
        linear = [0] * size
        for i in counted:
            row = [0] * size
            for j in np.flatnonzero(on[i]).tolist():
                for t, v in enumerate(self.even[i]):
                    row[j * self.width + t] = self.signs[j] * v
            used = [a for a, v in enumerate(row) if v]
            for a in used:
                linear[a] += self.counts[i] * row[a] * self.whole[i]
                for b in used:
                    square[a][b] += self.counts[i] * row[a] * row[b]
        flat = [fmpq(v) for row in square for v in row]
        return fmpq_mat(size, size, flat), fmpq_mat(size, 1, [fmpq(v, self.common) for v in linear])

    def residual(self, w: Sequence[Fraction], on: NDArray[np.bool_], i: int) -> Rational:
        value: Rational = -self.labels[i]
        for j in np.flatnonzero(on[i]).tolist():
            value += self.signs[j] * sum(w[j * self.width + t] * v for t, v in enumerate(self.even[i]))
        return simplified(Fraction(value))

    def in_its_cell(self, node: Node) -> tuple[list[Fraction], dict[int, Fraction] | None]:
        """All activations are fixed: the minimum of a convex quadratic program over the cones, exactly."""
        rows = []
        for i, j, how in self.facets(node):
            row = [0] * (self.k * self.width)
            row[j * self.width : (j + 1) * self.width] = self.even[i] if how == ACTIVE else [-v for v in self.even[i]]
            rows.append(row)
        square, linear = self.normal_equations(node.fixed == ACTIVE, range(self.m))
        size = self.k * self.width
        w, multipliers = least_on_cone(square, linear, rows, fmpq_mat(size, 1))  # 0 is in all cones
        return [fraction(w[a, 0]) for a in range(size)], multipliers

    def facets(self, node: Node) -> list[tuple[int, int, int]]:
        """Fixed activations that imply all others: samples, neurons, and how."""
        found = []
        for j, cone in enumerate(node.cones):
            if cone is None:
                found += [(i, j, int(node.fixed[i, j])) for i in range(self.m) if any(self.rows[i])]
            else:
                found += [(i, j, how) for i, how in cone.names]
        return found

    def finish(self, node: Node, improve: Callable[[Network], Fraction]) -> bool:
        """Whether a node without open activations is proved, after its best network has been tried."""
        w, multipliers = self.in_its_cell(node)
        least = improve(self.network_of(w))
        return multipliers is not None and self.prove_cell(node, w, multipliers, least)

    def prove_cell(
        self, node: Node, w: Sequence[Fraction], multipliers: Mapping[int, Fraction], least: Fraction
    ) -> bool:
        """The same from the minimum of the program and its multipliers."""
        on = node.fixed == ACTIVE
        c = [self.residual(w, on, i) for i in range(self.m)]
        slopes: dict[tuple[int, int], Rational] = {
            (i, j): self.counts[i] * c[i] * self.signs[j] for i in range(self.m) for j in range(self.k) if on[i, j]
        }
        facets = self.facets(node)
        for number, multiplier in multipliers.items():
            i, j, how = facets[number]
            slopes[i, j] = slopes.get((i, j), 0) - (multiplier if how == ACTIVE else -multiplier)
        return self.keep_rational(node, c, slopes, least)

    def network_of(self, w: Sequence[Fraction]) -> Network:
        """Of weights for L·x."""
        whole, d = self.stretch, self.instance.dimension
        rows = [[simplified(v * whole) for v in w[j * self.width : (j + 1) * self.width]] for j in range(self.k)]
        biases = tuple(row[d] if self.instance.bias else 0 for row in rows)
        return Network(tuple(tuple(row[:d]) for row in rows), biases, tuple(self.signs))
