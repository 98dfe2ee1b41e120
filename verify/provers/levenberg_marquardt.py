"""A network that fits exactly, by least squares from random networks on; it proves nothing when it finds none.

Where no activation changes, a network of ReLUs is linear in its weights, so as long as they change none Gauss-Newton
steps, damped as Levenberg and Marquardt do, are exact least squares. Many networks take these steps at once, in
floating point, and the better half of them goes on every few steps. Only the activations are taken of what fits up to
rounding: the weights come from an exact linear program, which may say that there are none.

A neuron that is active on all samples, or on none, has little to learn from, so at first each is 0 on some sample or
near it. Networks with small weights find what was planted, those with large ones fit few samples by many neurons.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.reductions.exact import simplified
from relucert.reductions.problems.training import Network, Sample, TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.linear_facts import Inexact
from relucert.verify.provers.linear_program import LinearProgram

NETWORKS = 400  # that start together
SCALES = 0.5, 16  # of their weights, if coordinates and labels are at most 1
NEAR = 0.3  # times the scale: how far from a sample neurons are 0
STEPS = 60
HALVING = 5  # steps after which the better half goes on
FEWEST = 10  # of the networks
DAMPING, LEAST_DAMPING, MOST_DAMPING, DAMPED = 0.1, 1e-9, 1e6, 4
FITS = 1e-18  # sum of squares
FLOPS = 600  # in a unit of work, see Deadline
ROUNDS = 60

Floats = NDArray[np.float64]
Activations = list[list[bool]]  # by neuron and sample


def network(instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> Network | None:
    """An exact fit by ReLUs, if one is found; cases: how many output weights may be 1, the others being −1.

    Raises OutOfTime.
    """
    try:
        data = normalised(instance)
    except OverflowError:
        return None
    rng = np.random.default_rng(0)
    middle = cases[0] + cases[-1]  # doubled; most solutions are there
    ordered = sorted(cases, key=lambda case: (abs(2 * case - middle), -case))
    for turn in range(1, ROUNDS + 1):
        for positive in (case for n, case in enumerate(ordered) if turn % (1 + n // 2) == 0):
            signs = np.array([float(sign(j, positive)) for j in range(instance.neurons)])
            w = descended(data, signs, drawn(data, instance.neurons, rng), deadline)
            if w is not None:
                net = with_activations(instance, positive, (w @ data.x.T > 0).tolist(), deadline)
                if net is not None:
                    return net
    return None


class Data(NamedTuple):
    """Of m samples: x, m × D, their coordinates and, with biases, 1; y, m, their labels. All are at most 1."""

    x: Floats
    y: Floats
    bias: bool


def normalised(instance: TrainingInstance) -> Data:
    x = np.zeros((len(instance.samples), instance.dimension + instance.bias))
    for row, sample in zip(x, instance.samples, strict=True):
        for t, v in sample.x:
            row[t] = float(v)
    x[:, instance.dimension :] = 1
    y = np.array([float(sample.y) for sample in instance.samples])
    return Data(x / (np.abs(x).max(axis=0) + (x == 0).all(axis=0)), y / (np.abs(y).max() or 1.0), instance.bias)


def drawn(data: Data, neurons: int, rng: np.random.Generator) -> Floats:
    """Networks to start with, NETWORKS × neurons × D."""
    m, width = data.x.shape
    w = rng.normal(size=(NETWORKS, neurons, width))
    if data.bias:
        samples = data.x[rng.integers(m, size=(NETWORKS, neurons))]
        w[:, :, -1] = NEAR * w[:, :, -1] - (w[:, :, :-1] * samples[:, :, :-1]).sum(axis=2)
    return w * np.exp(rng.uniform(*map(log, SCALES), size=(NETWORKS, 1, 1)))


def descended(data: Data, signs: Floats, w: Floats, deadline: Deadline) -> Floats | None:
    """The first of these networks that comes to fit, neurons × D; None if none does.

    signs: the output weights; w: networks × neurons × D.
    """
    m, width = data.x.shape
    weights = len(signs) * width
    size = min(m, weights)
    identity = np.eye(size)

    def evaluated(w: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """These, pre-activations, networks × neurons × m, residuals, networks × m, and sums of their squares."""
        z = w @ data.x.T
        r = signs @ np.maximum(z, 0) - data.y
        return w, z, r, (r * r).sum(axis=1)

    w, z, r, loss = evaluated(w)
    damping = np.full(len(w), DAMPING)
    for step in range(1, STEPS + 1):
        if loss.min() <= FITS:
            best: Floats = w[loss.argmin()]
            return best
        deadline.spend(1 + len(w) * size * size * (m + weights) // FLOPS)
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
        damping = np.clip(np.where(better, damping / DAMPED, damping * DAMPED), LEAST_DAMPING, MOST_DAMPING)
        if step % HALVING == 0:
            left = loss.argsort(kind="stable")[: max(FEWEST, len(w) // 2)]
            w, z, r, loss, damping = (of[left] for of in (w, z, r, loss, damping))
    return None


def with_activations(
    instance: TrainingInstance, positive: int, active: Activations, deadline: Deadline
) -> Network | None:
    """The network of an exact linear program, or None if no network has these activations."""
    facts = []
    for i, one in enumerate(instance.samples):
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
