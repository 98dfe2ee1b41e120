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

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import gcd, isfinite, lcm
from time import monotonic
from typing import Any, ClassVar, NamedTuple

import numpy as np
from flint import fmpq, fmpq_mat, fmpz_mat
from numpy.typing import NDArray

from relucert.certificates.encodings.training import ENCODING, loss_variable
from relucert.certificates.kernel import Atom, Clause, Farkas, Linear, Rup, Step
from relucert.certificates.writer import RefutedCase
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, TrainingInstance, loss_of
from relucert.verify.cells import any_solution, best_in_cell, fraction, least_on_cone
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.cones import Cone, everything, implication
from relucert.verify.provers.cuts import trim

Floats = NDArray[np.float64]

OPEN, ACTIVE, INACTIVE = -1, 1, 0
STARTS = 40  # random networks from which a descent starts
SOFT = 30.0  # the penalty of a fixed activation that is broken, in units of the largest label and the largest entry
ROUND_OFF = 1e-3  # below which a pre-activation is on its border, in the same units
STEPS = 60  # of Newton's method
GRIDS = (4, 8, 12, 18, 26)  # bits of a typical residual that are kept
SPARE = 4  # integers to mend the equations of a neuron with, beyond as many as there are
SIMPLE = Fraction(1, 10**4)  # by what share a threshold may be raised to have a short denominator
MARGINS = tuple(Fraction(1, n) for n in (10**4, 100, 10, 2))  # by what share a bound is lowered to have proofs
NEARLY = 1e-3  # by what share a bound may be below the loss of a network for its node to be tried as it is
WORK = 2000  # units of a node

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

    factor: by which β is in units of the derivative of the loss. rows: how many units of the formula each loss has.
    """

    factor: ClassVar[int] = 2
    rows_of_loss: ClassVar[int] = 0

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
            before = float(self.loss_at(z).sum())
            rows = (((z > 0) * self.sign)[:, :, None] * self.x[:, None, :]).reshape(self.m, -1)
            root = np.sqrt(self.weight)
            aim = np.linalg.lstsq(root[:, None] * rows, root * self.y, rcond=1e-9)[0]
            share = 1.0
            while share > 1e-3:
                there = w + share * (aim - w)
                if self.loss_at(self.x @ there.reshape(self.k, self.width).T).sum() < before - 1e-12:
                    break
                share /= 2
            else:
                return w
            w = there
        return w

    def guesses(self) -> Iterator[Network]:
        """Networks at which descents from random ones end, each better than those before."""
        rng, best = np.random.default_rng(1), np.inf
        for _ in range(STARTS):
            w = self.descend(rng.normal(size=self.k * self.width))
            value = float(self.loss_at(self.x @ w.reshape(self.k, self.width).T).sum())
            if value < best * (1 - 1e-9) and (net := self.network(w)) is not None:
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
        """The relaxed problem of a node, in floating point."""
        node.weights, here = self.minimise(node.fixed, node.weights)
        value = self.dual_value(here)
        node.bound = value if isfinite(value) else 0.0

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

        Their relaxed problems are not solved yet.
        """
        is_open = node.fixed == OPEN
        if not is_open.any():
            return None
        here = self.guess(node)
        gap = self.loss_at(here.pre) - here.losses
        i = int(np.where(is_open.any(axis=1), gap, -np.inf).argmax())
        j = int(np.where(is_open[i], np.abs(here.pre[i]), -1.0).argmax())
        if self.first is None:
            self.first = i
            j = min((j, *(q for q in self.pairs if q + 1 == j)))
        first, second = (self.child(node, i, j, how) for how in (ACTIVE, INACTIVE))
        node.children = first, second
        return node.children

    def child(self, node: Node, i: int, j: int, how: int) -> Node:
        made = Node(node.fixed.copy(), node.cones, (i, j, how), weights=node.weights)
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


def enough_columns(columns: Sequence[Sequence[int]], k: int, width: int) -> list[int]:
    """Some of the first, so that each of the k blocks of equations has a few more than it needs, and the rank of all.

    >>> enough_columns([[1], [2], [3], [4], [5], [6], [7]], 1, 1), enough_columns([[1, 1]] * 9 + [[1, 2]], 1, 2)
    ([0, 1, 2, 3, 4], [0, 1, 2, 3, 4, 5, 9])
    """
    counts, few, others = [0] * k, [], []
    for q, column in enumerate(columns):
        touched = [j for j in range(k) if any(column[j * width : (j + 1) * width])]
        if any(counts[j] < width + SPARE for j in touched):
            few.append(q)
            for j in touched:
                counts[j] += 1
        else:
            others.append(q)
    if others:
        table = np.array(columns, dtype=float)
        rank = int(np.linalg.matrix_rank(table))
        for q in others:
            if np.linalg.matrix_rank(table[few]) == rank:
                break
            if np.linalg.matrix_rank(table[[*few, q]]) > np.linalg.matrix_rank(table[few]):
                few.append(q)
    return few


def mend(columns: Sequence[Sequence[int]], error: Sequence[int]) -> tuple[int, list[int]]:
    """A small t ≥ 1 and small integers n with Σ n·column = −t·error, by lattice reduction; t = 0 if there are none.

    >>> mend([[3, 0], [0, 2], [1, 1]], [-4, -1]), mend([[2, 0]], [3, 0]), mend([[2, 0]], [0, 1])
    ((1, [1, 0, 1]), (2, [-3]), (0, []))
    """
    if not any(error):
        return 1, [0] * len(columns)
    size, heavy, light = len(columns), 1 << 20, 1 << 6
    rows = [[*(int(a == b) for b in range(size)), 0, *(heavy * v for v in column)] for a, column in enumerate(columns)]
    rows.append([0] * size + [light] + [heavy * v for v in error])
    reduced = fmpz_mat(rows).lll()
    best: tuple[int, list[int]] = (0, [])
    for r in range(reduced.nrows()):
        times = int(reduced[r, size]) // light
        if times and not any(reduced[r, c] for c in range(size + 1, size + 1 + len(error))):
            sign = 1 if times > 0 else -1
            if not best[0] or abs(times) < best[0]:
                best = sign * times, [sign * int(reduced[r, a]) for a in range(size)]
    return best


# ---------------------------------------------------------------------------------------------------- the certificate

Assumptions = frozenset[tuple[int, int, int]]  # sample, neuron, how
Nogood = tuple[Assumptions, int]  # that they do not hold together, and the id of the clause that says so


class Gap(Exception):
    """A node without a proof, or something forced that is not."""


class Proof:
    """From the leaves of a tree to the empty clause: no network has a loss below the threshold."""

    def __init__(self, tree: Tree, threshold: Fraction) -> None:
        self.tree, self.threshold = tree, threshold
        self.symmetry = None
        if tree.pairs and tree.first is not None:
            self.symmetry = [[t, v] for t, v in enumerate(tree.rows[tree.first]) if v]
        instance = tree.instance
        self.steps: list[Step] = []
        self.atoms, self.clauses = 5 * tree.k + tree.rows_of_loss, 4 * tree.k + tree.rows_of_loss  # of a sample
        self.last_atom = self.atoms * tree.m + 1 + len(tree.pairs) * bool(self.symmetry)
        self.last_id = self.clauses * tree.m + 1 + len(tree.pairs) * bool(self.symmetry)
        self.loss = self.clauses * tree.m + 1  # the unit clause Σ m·q < threshold
        self.lemmas: dict[tuple[Assumptions, int, int, int], int] = {}
        self.cited: dict[tuple[int, int, int, int], tuple[Assumptions, int]] = {}
        # the same of a simple threshold a little above, which most leaves do with
        self.simple = simplest_above(threshold)
        self.weaker = self.loss
        if self.simple != threshold:
            atom, d, e = self.last_atom + 1, threshold.denominator, self.simple.denominator
            offset = loss_variable(instance, 0)
            terms = tuple((offset + i, e * m) for i, m in enumerate(tree.counts))
            self.last_atom = atom
            self.steps.append(Atom(atom, Linear(terms, self.simple.numerator, True)))
            common = lcm(d, e)
            self.weaker = self.add(Farkas(self.last_id + 1, (atom,), (common // e,), ((self.loss, common // d),)))

    def add(self, step: Any) -> int:
        self.steps.append(step)
        self.last_id = step.id
        return self.last_id

    # of sample i and neuron j, SPEC.md, section 4.2

    def atom(self, i: int, j: int) -> int:
        """z ≤ 0"""
        return 1 + i * self.atoms + 5 * j

    def clause(self, i: int, j: int) -> int:
        """r ≥ 0, and then: λr ≥ z; z ≤ 0 or λr ≤ z; z > 0 or r ≤ 0"""
        return 1 + i * self.clauses + 4 * j

    def literal(self, i: int, j: int, how: int) -> int:
        """λr ≤ z, or r ≤ 0"""
        return self.atom(i, j) + (3 if how == ACTIVE else 4)

    def negation(self, assumptions: Assumptions) -> Clause:
        return tuple(-self.literal(*one) for one in sorted(assumptions))

    # ------------------------------------------------------------------------------------------------------------ steps

    def leaf(self, proof: Dual) -> Nogood:
        """One step; in the names of the head of this file, all times a common multiple."""
        tree, h = self.tree, proof.unit
        weak = proof.bound >= self.simple
        threshold = self.simple if weak else self.threshold
        touching = [simplified(h * c) for c in proof.residuals]
        whole = lcm(threshold.denominator, h.denominator * tree.stretch)
        for c, y in zip(touching, tree.labels, strict=True):
            own = (2 * c.denominator if tree.rows_of_loss else c.denominator**2) * y.denominator
            if whole % own:
                whole = lcm(whole, own)
        units: dict[int, int] = {self.weaker if weak else self.loss: whole // threshold.denominator}
        tangents, literals = [], {}
        for i, c in enumerate(touching):
            m, y, scale = tree.counts[i], tree.labels[i], tree.scales[i]
            if tree.rows_of_loss:  # q ≥ e and q ≥ −e: together q ≥ c·e
                first = self.clause(i, tree.k)
                give(units, first, int(whole * m * (1 + c)) // (2 * y.denominator))
                give(units, first + 1, int(whole * m * (1 - c)) // (2 * y.denominator))
            else:
                tangents.append((i + 1, c, whole * m // (c.denominator**2 * y.denominator)))
            for j, sign in enumerate(tree.signs):
                g = tree.factor * whole * h.numerator * m * proof.residuals[i] * sign // h.denominator
                slope = tree.factor * whole * h.numerator * proof.slopes.get((i, j), 0) // h.denominator
                first = self.clause(i, j)
                if slope >= 0:
                    give(units, first + 1, slope // scale)
                else:
                    give(literals, (i, j, ACTIVE), -slope // scale)
                if g >= slope:
                    give(units, first, g - slope)
                else:
                    give(literals, (i, j, INACTIVE), slope - g)
        common = gcd(*units.values(), *literals.values(), *(v for _, _, v in tangents))
        assumptions = frozenset(literals)
        step = Farkas(
            self.last_id + 1,
            self.negation(assumptions),
            tuple(literals[one] // common for one in sorted(assumptions)),
            tuple((number, v // common) for number, v in units.items()),
            tuple((s, c, v // common) for s, c, v in tangents),
        )
        return assumptions, self.add(step)

    def lemma(self, forced: Forced) -> tuple[Assumptions, int]:
        """Decisions that imply an activation, and the clause that says so."""
        i, j, how, cone = forced
        key = (i, j, how, id(cone))
        if key not in self.cited:
            if cone is None:
                self.cited[key] = frozenset([(i, j - 1, INACTIVE)]), self.sorted(i, j)
            else:
                sign = 1 if how == ACTIVE else -1
                row = [sign * v for v in self.tree.rows[i]]
                found = implication(cone, row, self.fact, self.of_weights(i, sign, True))
                if found is None:
                    raise Gap("what is forced does not follow")
                because = frozenset((s, j, as_) for s, as_ in found[0])
                if (because, i, j, how) not in self.lemmas:
                    self.lemmas[because, i, j, how] = self.implied(*found, i, j, how)
                self.cited[key] = because, self.lemmas[because, i, j, how]
        return self.cited[key]

    def implied(self, because: Sequence[Any], multipliers: Sequence[int], i: int, j: int, how: int) -> int:
        """z_i is a combination of fixed activations, so it has a sign, hence an activation."""
        tree = self.tree
        *shares, own = multipliers
        clause, given, units = [], [], []
        for (s, as_), share in zip(because, shares, strict=True):
            active, scale = as_ == ACTIVE, tree.scales[s]
            clause.append(-self.literal(s, j, as_))
            given.append(share if active else share * scale)
            units.append((self.clause(s, j) + (not active), share * scale if active else share))
        atom, scale = self.atom(i, j), tree.scales[i]
        if how == ACTIVE:
            step = Farkas(self.last_id + 1, (*clause, atom + 3, -(atom + 4)), (*given, own, own * scale), tuple(units))
            hints = (self.clause(i, j) + 2, self.clause(i, j) + 3, self.add(step))
        else:
            step = Farkas(self.last_id + 1, (*clause, atom), (*given, own), tuple(units))
            hints = (self.add(step), self.clause(i, j) + 3)
        return self.add(Rup(self.last_id + 1, (*clause, self.literal(i, j, how)), hints))

    def fact(self, name: Any) -> Linear:
        """z ≥ 0, or z ≤ 0"""
        i, how = name
        return self.of_weights(i, -1 if how == ACTIVE else 1, False)

    def of_weights(self, i: int, factor: int, strict: bool) -> Linear:
        return Linear(tuple((t, factor * v) for t, v in enumerate(self.tree.rows[i]) if v), 0, strict)

    def sorted(self, i: int, j: int) -> int:
        """If the neuron before is inactive at the first sample, so is this one: r ≤ 0, z ≤ λr, and the symmetry."""
        before, atom = self.literal(i, j - 1, INACTIVE), self.atom(i, j)
        unit = self.loss + 1 + self.tree.pairs.index(j - 1)
        units = ((self.clause(i, j - 1) + 1, 1), (unit, 1))
        hint = self.add(Farkas(self.last_id + 1, (-before, atom), (self.tree.scales[i], 1), units))
        return self.add(Rup(self.last_id + 1, (-before, atom + 4), (hint, self.clause(i, j) + 3)))

    def without_forced(self, node: Node, nogood: Nogood) -> Nogood:
        """The nogood of the decisions that imply what is forced at the node."""
        assumptions, number = nogood
        hints: list[int] = []
        for forced in reversed(node.forced):
            one = (forced.sample, forced.neuron, forced.how)
            if one in assumptions:
                because, lemma = self.lemma(forced)
                assumptions = (assumptions - {one}) | because
                hints.insert(0, lemma)
        if not hints:
            return nogood
        return assumptions, self.add(Rup(self.last_id + 1, self.negation(assumptions), (*hints, number)))

    def join(self, node: Node, of_children: Sequence[Nogood]) -> Nogood:
        """A neuron is active or inactive: one step, unless a half does not need to know."""
        assert node.children is not None
        for child, nogood in zip(node.children, of_children, strict=True):
            if child.decided not in nogood[0]:
                return nogood
        (first, one), (second, two) = of_children
        i, j, _ = node.children[0].decided or (0, 0, 0)
        assumptions = (first | second) - {child.decided for child in node.children}
        hints = (one, self.clause(i, j) + 2, self.clause(i, j) + 3, two)
        return assumptions, self.add(Rup(self.last_id + 1, self.negation(assumptions), hints))

    def proved(self, node: Node) -> bool:
        """Not if the proof is of a bound that the search had on the way."""
        return node.proof is not None and node.proof.bound >= self.threshold

    def derive(self, root: Node) -> RefutedCase:
        order, pending = [], [root]
        while pending:
            node = pending.pop()
            order.append(node)
            if not self.proved(node):
                pending += node.children or ()
        done: dict[int, Nogood] = {}
        for node in reversed(order):
            if node.proof is not None and self.proved(node):
                nogood = self.leaf(node.proof)
            elif node.children is not None:
                nogood = self.join(node, [done.pop(id(child)) for child in node.children])
            else:
                raise Gap("a leaf without a proof")
            done[id(node)] = self.without_forced(node, nogood)
        assumptions, number = done[id(root)]
        if assumptions:
            raise Gap("something is assumed to the end")
        last = next(p for p in range(len(self.steps) - 1, -1, -1) if getattr(self.steps[p], "id", 0) == number)
        return RefutedCase(self.tree.positive, self.symmetry, trim(self.steps[: last + 1]))


def give(to: dict[Any, int], name: Any, amount: int) -> None:
    if amount:
        to[name] = to.get(name, 0) + amount


def simplest_above(threshold: Fraction) -> Fraction:
    """A number that is a little larger and has a short denominator; or the threshold, if that is short."""
    denominator = 1
    while denominator < threshold.denominator:
        above = Fraction(-((-threshold * denominator) // 1), denominator)
        if above <= threshold * (1 + SIMPLE):
            return above
        denominator *= 2
    return threshold


# ----------------------------------------------------------------------------------------------------------- the search


@dataclass(frozen=True)
class Found:
    """A network, its loss, and what no loss is less than, with a refutation of each case unless it is 0."""

    network: Network
    loss: Fraction
    low: Fraction
    cases: tuple[RefutedCase, ...]


class Search:
    """All cases of an instance side by side: always the node of the least bound."""

    def __init__(self, instance: TrainingInstance, deadline: Deadline, tree: type[Tree] = Tree) -> None:
        self.instance, self.deadline = instance, deadline
        k = instance.neurons
        self.network = Network(((0,) * instance.dimension,) * k, (0,) * k, (1,) * k)
        self.loss = Fraction(loss_of(instance, self.network))
        self.trees = [tree(instance, case) for case in ENCODING.cases(instance)] if self.loss else []
        self.roots: list[Node] = []
        self.queue: list[tuple[float, int, int, Node]] = []  # bound, number, tree, node
        self.numbers = count()
        self.nodes = 0

    def begin(self) -> None:
        for number, tree in reversed([*enumerate(self.trees)]):
            for net in tree.guesses():
                self.deadline.spend(WORK)
                self.consider(net)
            self.roots.insert(0, tree.root())
            self.push(number, self.roots[0])

    def consider(self, net: Network) -> Fraction:
        """The least loss so far, that of the best network of this cell included."""
        net = best_in_cell(self.instance, net)
        loss = Fraction(loss_of(self.instance, net))
        if loss < self.loss:
            self.network, self.loss = net, loss
        return self.loss

    def push(self, number: int, node: Node) -> None:
        heapq.heappush(self.queue, (node.bound, next(self.numbers), number, node))

    @property
    def low(self) -> float:
        """About what no loss is less than."""
        return min(self.queue[0][0], float(self.loss)) if self.queue else float(self.loss)

    def run(self, seconds: float, enough: Callable[[Fraction], float]) -> None:
        """Goes on for some seconds, until nothing is left, or until the lower bound is enough for the upper one."""
        end = monotonic() + seconds
        while self.queue and self.loss and self.low < enough(self.loss) and monotonic() < end:
            self.deadline.spend(WORK)
            entry = heapq.heappop(self.queue)
            try:
                self.step(entry[2], entry[3])
            except BaseException:
                heapq.heappush(self.queue, entry)
                raise

    @property
    def done(self) -> bool:
        return not (self.queue and self.loss)

    def step(self, number: int, node: Node) -> None:
        """Proves that a node has nothing better, or cuts it in two."""
        tree = self.trees[number]
        self.nodes += 1
        if node.bound >= float(self.loss) * (1 - NEARLY) and tree.prove(node, self.loss):
            return
        loss = float(tree.loss_at(tree.x @ node.weights.reshape(tree.k, tree.width).T).sum()) * tree.total
        if loss < float(self.loss) * (1 - 1e-9) and (net := tree.network(node.weights)) is not None:
            self.consider(net)
        children = tree.branch(node)
        if children is None:
            if not tree.finish(node, self.consider):
                raise Gap("a cell is not proved")
            return
        for child in children:
            tree.solve(child)
            child.bound = max(child.bound, min(node.bound, float(self.loss) * (1 - NEARLY)))
            self.push(number, child)

    def found(self) -> Found:
        """What is known, with proofs: the minimum if nothing is left, else a bound a little below the least one."""
        begun = len(self.roots) == len(self.trees)
        low = Fraction(0) if not begun else self.loss if self.done else self.proved_below(Fraction(self.low))
        if not low:
            return Found(self.network, self.loss, Fraction(0), ())
        cases = []
        for tree, root in zip(self.trees, self.roots, strict=True):
            cases.append(Proof(tree, low).derive(root))
            self.deadline.remaining()
        return Found(self.network, self.loss, low, tuple(cases))

    def proved_below(self, least: Fraction) -> Fraction:
        """A bound of all open nodes for which they have proofs, or 0."""
        for share in MARGINS:
            low = short_below(least * (1 - share), SIMPLE)
            for _, _, number, node in self.queue:
                self.deadline.remaining()
                if (node.proof is None or node.proof.bound < low) and not self.trees[number].prove(node, low):
                    break
            else:
                return low
        return Fraction(0)


def short_below(number: Fraction, share: Fraction) -> Fraction:
    """A number between the given one and that less a share of it, with a denominator that is a power of 2."""
    denominator = 1
    while (below := Fraction((number * denominator) // 1, denominator)) < number * (1 - share):
        denominator *= 2
    return below
