"""Networks of few ReLUs whose sign misses few labels, by a random walk; a bound from above and no more."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from relucert.reductions.exact import simplified
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Deadline

STEPS = 400  # of a walk
BATCH = 200  # networks that are tried in a step
WORK = 1000  # units of a step
TINY = 1e-6  # a value that may as well be 0, weights being of the size 1
DIGITS = 10**9  # denominators of weights

Floats = NDArray[np.float64]


def walks(instance: TrainingInstance, start: Network, deadline: Deadline) -> list[Network]:
    """Where walks from a network end, one for each sign of a neuron that does nothing there. Labels are ±1.

    A step changes one neuron at random, and is taken if no more labels are missed.
    """
    d, k = instance.dimension, instance.neurons
    x = np.zeros((len(instance.samples), d + 1))
    for i, s in enumerate(instance.samples):
        for t, v in s.x:
            x[i, t] = float(v)
    x[:, -1] = 1
    centre, spread = x[:, :-1].mean(axis=0), np.maximum(np.ptp(x[:, :-1], axis=0), 1e-300)
    scaled = np.column_stack([(x[:, :-1] - centre) / spread, x[:, -1]])
    y = np.array([int(s.y) for s in instance.samples])
    counts = np.array([s.multiplicity for s in instance.samples])
    weights = np.array([[float(v) for v in row] for row in start.weights]).reshape(k, d)
    bias = np.array([float(b) for b in start.biases]) + weights @ centre
    begun = np.column_stack([weights * spread, bias])
    begun /= np.abs(begun).max() or 1.0
    idle = [j for j in range(k) if not begun[j].any()]
    found = []
    for seed, negative in enumerate(range(len(idle) + 1)):
        signs = np.array([float(a) for a in start.output])
        signs[idle] = 1
        signs[idle[:negative]] = -1
        w = walk(scaled, y, counts, begun, signs, np.random.default_rng(seed), deadline)
        rows = w[:, :-1] / spread
        net = Network(
            tuple(tuple(Fraction(v).limit_denominator(DIGITS) for v in row) for row in rows.tolist()),
            tuple(Fraction(v).limit_denominator(DIGITS) for v in (w[:, -1] - rows @ centre).tolist()),
            tuple(int(a) for a in signs),
        )
        found.append(enlarged(instance, net))
    return found


def walk(
    x: Floats, y: Floats, counts: Floats, begun: Floats, signs: Floats, rng: np.random.Generator, deadline: Deadline
) -> Floats:
    """x: m × D, begun: k × D, and so is the result."""
    w = begun
    least = int(counts @ (y * (signs @ np.maximum(w @ x.T, 0)) <= TINY))
    for _ in range(STEPS):
        deadline.spend(WORK)
        tried = np.repeat(w[None] / (np.abs(w).max() or 1.0), BATCH, axis=0)
        some = rng.integers(len(w), size=BATCH)
        tried[np.arange(BATCH), some] += rng.normal(size=(BATCH, x.shape[1])) * rng.random((BATCH, 1)) ** 3
        values = np.einsum("j,bjm->bm", signs, np.maximum(tried @ x.T, 0))
        missed = (y * values <= TINY) @ counts
        best = int(missed.argmin())
        if missed[best] <= least:
            least, w = missed[best], tried[best]
    return w


def enlarged(instance: TrainingInstance, net: Network) -> Network:
    """So much that the value is 1 or more, or −1 or less, wherever its sign is right."""
    right = [v for v in (s.y * net(s.x) for s in instance.samples) if v > 0]
    times = 1 / Fraction(min(right, default=1))
    return replace(
        net,
        weights=tuple(tuple(simplified(times * v) for v in row) for row in net.weights),
        biases=tuple(simplified(times * b) for b in net.biases),
    )
