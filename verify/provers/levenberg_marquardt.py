"""A network that fits exactly, by least squares from random networks on; it proves nothing when it finds none.

Where no activation changes, a network of ReLUs is linear in its weights, so as long as they change none Gauss-Newton
steps, damped as Levenberg and Marquardt do, are exact least squares. Many networks take these steps at once, in
floating point, and the better half of them goes on every few steps. Of what fits up to rounding the activations are
taken, and the weights that labels leave open: they are rounded, and exact equations say the others.

To move the origin, if there are biases, and to change the units of coordinates and labels is to change weights and
biases, so all is done where samples are around the origin and not much larger than 1. With biases each neuron is 0 on
some sample or near it at first, as one that is active on all of them, or on none, has little to learn from. Networks
with small weights find what was planted, those with large ones fit few samples by many neurons.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import TRAINING, Network, Sample, TrainingInstance, stated
from relucert.verify.provers.base import Deadline, OutOfTime
from relucert.verify.provers.linear_facts import solution

NETWORKS, FEWEST = 400, 10  # that start together, and that go on at last
OPERATIONS = 50_000_000  # of a step; if it would take more, fewer networks start together
SCALES = 0.5, 16  # of their weights
NEAR = 0.3  # how far from a sample neurons are 0, in these units
STEPS = 60
HALVING = 5  # steps after which the better half goes on
DAMPING, LEAST_DAMPING, MOST_DAMPING, DAMPED = 0.1, 1e-9, 1e6, 4
FITS, NEARLY = 1e-18, 1e-6  # the sum of squares that counts as 0, and residuals of samples that were left out
SAMPLES = 256  # that networks are fitted to; the others only have to fit in the end
OPEN, DENOMINATOR = 1e-4, 1_000  # what is a weight that labels leave open, and its denominator then
ROUNDS, WORK = 20, 6_000_000  # and units of work, at most
UNIT = 2_000  # operations in a unit of work, see Deadline

Floats = NDArray[np.float64]


def network(instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> Network | None:
    """An exact fit by ReLUs, if one is found; cases: how many output weights may be 1, the others being −1.

    There are samples, and neurons have weights. Raises OutOfTime.
    """
    with suppress(OutOfTime):
        search = Search(instance, cases, deadline.within(WORK))
        for turn in range(1, ROUNDS + 1):
            for fit in search.turn(turn):
                net = search.exactly(fit)
                if net is not None:
                    return net
    deadline.remaining()
    return None


def glance(instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> Network | None:
    """The same in one turn."""
    search = Search(instance, cases, deadline)
    return next(filter(None, map(search.exactly, search.turn(1))), None)


class Fit(NamedTuple):
    """What fits up to rounding. positive: output weights 1; w: neurons × D; samples: those that it was fitted to."""

    positive: int
    w: Floats
    samples: NDArray[np.intp]


class Search:
    """Descents from random networks, for the likelier numbers of output weights 1 more often."""

    def __init__(self, instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> None:
        deadline.spend(len(instance.samples) * stated(instance))  # what it costs to move them
        self.instance, self.deadline, self.rng = instance, deadline, np.random.default_rng(0)
        self.units = Units.of(instance)
        self.moved = self.units.moved(instance)
        self.data = Data.of(self.moved)
        middle = cases[0] + cases[-1]  # doubled; most solutions are there
        self.cases = sorted(cases, key=lambda case: (abs(2 * case - middle), -case))

    def turn(self, number: int) -> Iterator[Fit]:
        """Turns are numbered from 1."""
        x, y, _ = self.data
        samples = self.rng.permutation(len(y))[:SAMPLES]
        some, k = self.data.part(samples), self.instance.neurons
        for positive in (case for n, case in enumerate(self.cases) if number % (1 + n // 2) == 0):
            signs = signs_of(k, positive)
            w = descended(some, signs, drawn(some, k, self.rng), self.deadline)
            if w is not None and np.abs(signs @ np.maximum(w @ x.T, 0) - y).max() <= NEARLY:
                yield Fit(positive, w, samples)

    def exactly(self, fit: Fit) -> Network | None:
        """What the labels of the samples say of the weights where its activations are known, and the rest as it is."""
        x, w = self.data.x[fit.samples], fit.w.ravel()
        slopes = np.where(fit.w @ x.T > 0, signs_of(len(fit.w), fit.positive)[:, None], 0.0).T
        said = (slopes[..., None] * x[:, None]).reshape(len(x), len(w))
        equations, right = list[dict[int, int]](), list[int]()
        for row in independent(np.vstack([said, OPEN * np.eye(len(w))])):
            if row >= len(x):
                value = Fraction(w[row - len(x)]).limit_denominator(DENOMINATOR)
                equations.append({row - len(x): value.denominator})
                right.append(value.numerator)
                continue
            one = self.moved.samples[fit.samples[row]]
            scale, active = common(one), np.flatnonzero(slopes[row]).tolist()
            parts = ((j, v, int(a * scale)) for j in active for v, a in preactivation(self.moved, j, one))
            equations.append({v: sign(j, fit.positive) * a for j, v, a in parts})
            right.append(int(one.y * scale))
        found = solution(equations, right) if len(equations) == len(w) else None
        if found is None:
            return None
        net = self.units.back(as_network(self.moved, fit.positive, found))
        return net if TRAINING.accepts(self.instance, net) else None


# ------------------------------------------------------------------------------------------- the origin and the units


@dataclass(frozen=True)
class Units:
    """x' = (x − origin) / size, coordinate by coordinate, and y' = y / label.

    The origin is in the middle of the samples, if there are biases. Sizes are powers of 2, so that numbers stay short.
    """

    origin: tuple[Rational, ...]
    size: tuple[Rational, ...]
    label: Rational

    @staticmethod
    def of(instance: TrainingInstance) -> Units:
        columns = list(zip(*rows(instance, stated(instance)), strict=True))
        origin = tuple(sorted(column)[len(column) // 2] if instance.bias else 0 for column in columns)
        size = (max(abs(v - middle) for v in column) for column, middle in zip(columns, origin, strict=True))
        return Units(origin, tuple(map(power, size)), power(max(abs(s.y) for s in instance.samples)))

    def moved(self, instance: TrainingInstance) -> TrainingInstance:
        def point(x: Sequence[Rational]) -> tuple[tuple[int, Rational], ...]:
            entries = (Fraction(v - o) / u for v, o, u in zip(x, self.origin, self.size, strict=True))
            return tuple((t, simplified(v)) for t, v in enumerate(entries) if v)

        samples = (
            s._replace(x=point(x), y=simplified(Fraction(s.y) / self.label))
            for x, s in zip(rows(instance, len(self.size)), instance.samples, strict=True)
        )
        return replace(instance, dimension=len(self.size), samples=tuple(samples))

    def back(self, net: Network) -> Network:
        """What such a network is where the samples came from."""
        weights = [[self.label * v / Fraction(u) for v, u in zip(w, self.size, strict=True)] for w in net.weights]
        biases = (
            self.label * b - sum(v * o for v, o in zip(w, self.origin, strict=True))
            for w, b in zip(weights, net.biases, strict=True)
        )
        return Network(
            tuple(tuple(map(simplified, w)) for w in weights), tuple(map(simplified, map(Fraction, biases))), net.output
        )


def rows(instance: TrainingInstance, width: int) -> list[list[Rational]]:
    """Of each sample so many coordinates."""
    return [[x.get(t, 0) for t in range(width)] for x in (dict(s.x) for s in instance.samples)]


def power(value: Rational) -> Rational:
    """A power of 2 by which the value becomes 1/2 to 2; 1 for 0."""
    return simplified(Fraction(2) ** (value.numerator.bit_length() - value.denominator.bit_length())) if value else 1


# ------------------------------------------------------------------------------------------------------------- descent


class Data(NamedTuple):
    """Of m samples: x, m × D, their coordinates and, with biases, 1; y, m, their labels."""

    x: Floats
    y: Floats
    bias: bool

    @staticmethod
    def of(instance: TrainingInstance) -> Data:
        """With all coordinates, also those that have been moved to 0 on all samples."""
        x = np.array([[*map(float, row), *[1.0] * instance.bias] for row in rows(instance, instance.dimension)])
        return Data(x, np.array([float(s.y) for s in instance.samples]), instance.bias)

    def part(self, samples: NDArray[np.intp]) -> Data:
        return Data(self.x[samples], self.y[samples], self.bias)


def drawn(data: Data, neurons: int, rng: np.random.Generator) -> Floats:
    """Networks to start with, so many × neurons × D."""
    m, width = data.x.shape
    count = max(FEWEST, min(NETWORKS, OPERATIONS // operations(m, neurons * width)))
    w = rng.normal(size=(count, neurons, width))
    if data.bias:
        samples = data.x[rng.integers(m, size=(count, neurons))]
        w[:, :, -1] = NEAR * w[:, :, -1] - (w[:, :, :-1] * samples[:, :, :-1]).sum(axis=2)
    return w * np.exp(rng.uniform(*map(log, SCALES), size=(count, 1, 1)))


def operations(samples: int, weights: int) -> int:
    """Of a step of one network: a product of matrices, a system of equations, and whatever is done for each entry."""
    return min(samples, weights) ** 2 * (samples + weights) + 100 * samples * weights


def descended(data: Data, signs: Floats, w: Floats, deadline: Deadline) -> Floats | None:
    """The first of these networks that comes to fit, neurons × D; None if none does.

    signs: the output weights; w: networks × neurons × D.
    """
    m, width = data.x.shape
    weights = len(signs) * width
    identity = np.eye(min(m, weights))

    def evaluated(w: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """These, pre-activations, networks × neurons × m, residuals, networks × m, and sums of their squares."""
        z = w @ data.x.T
        r = signs @ np.maximum(z, 0) - data.y
        return w, z, r, (r * r).sum(axis=1)

    w, z, r, loss = evaluated(w.copy())
    damping = np.full(len(w), DAMPING)
    for step in range(1, STEPS + 1):
        deadline.spend(1 + len(w) * operations(m, weights) // UNIT)
        slopes = np.where(z > 0, signs[:, None], 0.0).transpose(0, 2, 1)
        jacobian = (slopes[..., None] * data.x[:, None]).reshape(len(w), m, weights)
        transposed, damped = jacobian.transpose(0, 2, 1), damping[:, None, None] * identity
        if m < weights:  # (J^T J + c)^-1 J^T = J^T (J J^T + c)^-1
            change = transposed @ np.linalg.solve(jacobian @ transposed + damped, r[..., None])
        else:
            change = np.linalg.solve(transposed @ jacobian + damped, transposed @ r[..., None])
        tried = evaluated(w - change.reshape(w.shape))
        better = tried[-1] < loss
        for new, old in zip(tried, (w, z, r, loss), strict=True):
            old[better] = new[better]
        if loss.min() <= FITS:
            best: Floats = w[loss.argmin()]
            return best
        damping = np.clip(np.where(better, damping / DAMPED, damping * DAMPED), LEAST_DAMPING, MOST_DAMPING)
        if step % HALVING == 0:
            left = loss.argsort(kind="stable")[: max(FEWEST, len(w) // 2)]
            w, z, r, loss, damping = (of[left] for of in (w, z, r, loss, damping))
    return None


# ------------------------------------------------------------------------------------------------------ exact weights


def independent(matrix: Floats) -> list[int]:
    """Rows that span all of them, up to rounding: each time the longest of what is left."""
    left, found = matrix.copy(), list[int]()
    while len(found) < matrix.shape[1]:
        lengths = (left * left).sum(axis=1)
        row = int(lengths.argmax())
        if lengths[row] <= NEARLY**2:
            break
        unit = left[row] / np.sqrt(lengths[row])
        left -= np.outer(left @ unit, unit)
        found.append(row)
    return found


def as_network(instance: TrainingInstance, positive: int, values: Sequence[Fraction]) -> Network:
    """Of the weights of each neuron, the bias after them."""
    d, width = instance.dimension, instance.dimension + instance.bias
    neurons = [[*map(simplified, values[j * width : (j + 1) * width])] for j in range(instance.neurons)]
    return Network(
        tuple(tuple(one[:d]) for one in neurons),
        tuple(one[d] if instance.bias else 0 for one in neurons),
        tuple(sign(j, positive) for j in range(instance.neurons)),
    )


def preactivation(instance: TrainingInstance, j: int, one: Sample) -> list[tuple[int, Rational]]:
    """The weights and the bias of neuron j, by their numbers, with the coordinates of a sample."""
    start = j * (instance.dimension + instance.bias)
    terms = [(start + t, v) for t, v in one.x]
    return [*terms, (start + instance.dimension, 1)] if instance.bias else terms


def common(one: Sample) -> int:
    """A denominator of all numbers of a sample."""
    x, y, _ = one
    return lcm(y.denominator, *(v.denominator for _, v in x))


def signs_of(neurons: int, positive: int) -> Floats:
    return np.array([float(sign(j, positive)) for j in range(neurons)])


def sign(j: int, positive: int) -> int:
    """The output weight of neuron j."""
    return 1 if j < positive else -1
