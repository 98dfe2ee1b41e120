"""A network that fits exactly, by least squares from random networks on; it proves nothing when it finds none.

Where no activation changes, a network of ReLUs is linear in its weights, so as long as they change none Gauss-Newton
steps, damped as Levenberg and Marquardt do, are exact least squares. Many networks take these steps at once, in
floating point, and the better half of them goes on every few steps. Only the activations are taken of what fits up to
rounding: the weights come from an exact linear program, which may say that there are none.

To move the origin, if there are biases, and to change the units of coordinates and labels is to change weights and
biases, so all is done where samples are around the origin and not much larger than 1. With biases each neuron is 0 on
some sample or near it at first, as one that is active on all of them, or on none, has little to learn from. Networks
with small weights find what was planted, those with large ones fit few samples by many neurons.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import TRAINING, Network, Sample, TrainingInstance, stated
from relucert.verify.provers.base import Deadline, OutOfTime
from relucert.verify.provers.linear_facts import Inexact
from relucert.verify.provers.linear_program import LinearProgram

NETWORKS, FEWEST = 400, 10  # that start together, and that go on at last
OPERATIONS = 50_000_000  # of a step; if it would take more, fewer networks start together
SCALES = 0.5, 16  # of their weights
NEAR = 0.3  # how far from a sample neurons are 0, in these units
STEPS = 60
HALVING = 5  # steps after which the better half goes on
DAMPING, LEAST_DAMPING, MOST_DAMPING, DAMPED = 0.1, 1e-9, 1e6, 4
FITS, NEARLY = 1e-18, 1e-6  # the sum of squares that counts as 0, and residuals of samples that were left out
SAMPLES = 256  # that networks are fitted to; the others only have to fit in the end
ROUNDS, WORK = 20, 6_000_000  # and units of work, at most
UNIT = 2_000  # operations in a unit of work, see Deadline

Floats = NDArray[np.float64]
Activations = list[list[bool]]  # by neuron and sample


def network(instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> Network | None:
    """An exact fit by ReLUs, if one is found; cases: how many output weights may be 1, the others being −1.

    There are samples, and neurons have weights. Raises OutOfTime.
    """
    found = None
    with suppress(OutOfTime):
        found = _network(instance, cases, deadline.within(WORK))
    if found is None:
        deadline.remaining()
    return found


def _network(instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> Network | None:
    deadline.spend(len(instance.samples) * stated(instance))  # what it costs to move them
    units = Units.of(instance)
    moved, rng = units.moved(instance), np.random.default_rng(0)
    data, every = Data.of(moved), np.arange(len(instance.samples))
    middle = cases[0] + cases[-1]  # doubled; most solutions are there
    ordered = sorted(cases, key=lambda case: (abs(2 * case - middle), -case))
    for turn in range(1, ROUNDS + 1):
        some = rng.permutation(every)[:SAMPLES]
        fitted = data.part(some)
        for positive in (case for n, case in enumerate(ordered) if turn % (1 + n // 2) == 0):
            signs = np.array([float(sign(j, positive)) for j in range(instance.neurons)])
            w = descended(fitted, signs, drawn(fitted, instance.neurons, rng), deadline)
            if w is None or np.abs(signs @ np.maximum(w @ data.x.T, 0) - data.y).max() > NEARLY:
                continue
            for chosen in (some, every) if len(some) < len(every) else (every,):  # some often say what the weights are
                said = replace(moved, samples=tuple(moved.samples[i] for i in chosen))
                net = with_activations(said, positive, (w @ data.x[chosen].T > 0).tolist(), deadline)
                if net is not None and TRAINING.accepts(instance, found := units.back(net)):
                    return found
    return None


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
        columns = list(zip(*rows(instance), strict=True))
        origin = tuple(sorted(column)[len(column) // 2] if instance.bias else 0 for column in columns)
        size = (max(abs(v - middle) for v in column) for column, middle in zip(columns, origin, strict=True))
        return Units(origin, tuple(map(power, size)), power(max(abs(s.y) for s in instance.samples)))

    def moved(self, instance: TrainingInstance) -> TrainingInstance:
        def point(x: Sequence[Rational]) -> tuple[tuple[int, Rational], ...]:
            entries = (Fraction(v - o) / u for v, o, u in zip(x, self.origin, self.size, strict=True))
            return tuple((t, simplified(v)) for t, v in enumerate(entries) if v)

        samples = (
            s._replace(x=point(x), y=simplified(Fraction(s.y) / self.label))
            for x, s in zip(rows(instance), instance.samples, strict=True)
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


def rows(instance: TrainingInstance) -> list[list[Rational]]:
    """Of each sample the coordinates that a neuron has to state weights for."""
    width = stated(instance)
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
        x = np.array([[*map(float, row), *[1.0] * instance.bias] for row in rows(instance)])
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


def with_activations(
    instance: TrainingInstance, positive: int, active: Activations, deadline: Deadline
) -> Network | None:
    """The network of an exact linear program, or None if no network has these activations."""
    facts = []
    for i, one in enumerate(instance.samples):
        deadline.spend(instance.neurons)
        scale = common(one)
        total: dict[int, int] = {}
        for j, on in enumerate(states[i] for states in active):
            z = {v: int(a * scale) for v, a in preactivation(instance, j, i)}
            facts.append(Linear(tuple((v, -a if on else a) for v, a in z.items()), 0))
            if on:
                total |= {v: sign(j, positive) * a for v, a in z.items()}
        label = int(one[1] * scale)
        facts += [Linear(tuple((v, side * a) for v, a in total.items()), side * label) for side in (1, -1)]
    program = LinearProgram(facts, deadline)
    try:
        if program.contradiction(np.ones(len(facts), dtype=bool)) is not None:
            return None
    except Inexact:
        return None
    point, d, width = program.vertex(), instance.dimension, instance.dimension + instance.bias
    values = [
        [simplified(point.get(j * width + t, Fraction(0))) for t in range(width)] for j in range(instance.neurons)
    ]
    biases = tuple(one[d] if instance.bias else 0 for one in values)
    return Network(
        tuple(tuple(one[:d]) for one in values), biases, tuple(sign(j, positive) for j in range(instance.neurons))
    )


def preactivation(instance: TrainingInstance, j: int, i: int) -> list[tuple[int, Fraction | int]]:
    """The weights and the bias of neuron j, by their numbers, with the coordinates of sample i."""
    start = j * (instance.dimension + instance.bias)
    terms = [(start + t, v) for t, v in instance.samples[i][0]]
    return [*terms, (start + instance.dimension, 1)] if instance.bias else terms


def common(one: Sample) -> int:
    """A denominator of all numbers of a sample."""
    x, y, _ = one
    return lcm(y.denominator, *(v.denominator for _, v in x))


def sign(j: int, positive: int) -> int:
    """The output weight of neuron j."""
    return 1 if j < positive else -1
