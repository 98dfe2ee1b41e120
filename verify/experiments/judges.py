"""Distinguishers of realizable from scattered samples: (sample, coins) → "realizable" or "scattered".

Each has a threshold that is fixed before any data is seen, so none is tuned on the trials that judge it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import Any

import numpy as np

from relucert.certificates.writer import Yes
from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.sat_groups import SAT_GROUPS, Group, SatGroupsInstance
from relucert.verify.certify import certify_instance
from relucert.verify.experiments.groups import SCATTERED, Assignment, Sample
from relucert.verify.provers.base import Unknown
from relucert.verify.testing.laws import decide_in_process

REALIZABLE = "realizable"
ANSWERS = (REALIZABLE, SCATTERED)
Array = Any
Distinguisher = Callable[[Sample, Coins], str]

COPIES = 19  # with fresh signs: by symmetry, a scattered sample beats them all with probability at most 1/20
WIDTH, STEPS, RATE = 16, 120, 0.03  # of the trained network


def answer(realizable: bool) -> str:
    return REALIZABLE if realizable else SCATTERED


def solution(sample: Sample) -> Assignment | None:
    """A ψ that fits, or None if there is none. The checker has accepted a certificate of either answer."""
    groups = (
        Group(label, tuple(tuple(sorted(clause, key=abs)) for clause in group))
        for group, label in zip(sample.groups, sample.labels, strict=True)
    )
    found = certify_instance(SAT_GROUPS, SatGroupsInstance(sample.n, tuple(groups)), decide_in_process)
    if isinstance(found, Unknown):
        raise InvalidInstance(f"search: {found.reason}")
    (evidence,) = found.evidence
    if not isinstance(evidence, Yes):
        return None
    true = set(evidence.witness)
    return tuple(1 if v in true else -1 for v in range(1, sample.n + 1))


def search(sample: Sample, coins: Coins) -> str:
    """Right about every realizable sample, and about every other, with a proof. Time is exponential at worst."""
    return answer(solution(sample) is not None)


# ---------------------------------------------------------------------------------------- statistics of label-0 points


def literals(sample: Sample, label: int) -> tuple[Array, Array]:
    """Variables (from 0) and signs of the clauses of the groups with that label; shape (clauses, K)."""
    clauses = [c for group, y in zip(sample.groups, sample.labels, strict=True) if y == label for c in group]
    numbers = np.array(clauses, dtype=np.int64).reshape(len(clauses), len(sample.groups[0][0]))
    return np.abs(numbers) - 1, np.sign(numbers)


def squared_mean(n: int, variables: Array, signs: Array) -> int:
    """‖Σ points‖² of the patches, the bias coordinate left out."""
    total = np.zeros(n, dtype=np.int64)
    np.add.at(total, variables.ravel(), signs.ravel())
    return int((total**2).sum())


def low_eigenvalue(n: int, variables: Array, signs: Array) -> float:
    """−λ_min of Σ over clauses and pairs i < j of its variables, sᵢsⱼ(eᵢeⱼᵀ + eⱼeᵢᵀ).

    The lowest, as in clauses that are uniform but not all false two literals are true together less often than
    apart: E[sᵢsⱼψᵢψⱼ] = −1/(2^K − 1).
    """
    matrix = np.zeros((n, n))
    for a in range(variables.shape[1]):
        for b in range(a):
            np.add.at(matrix, (variables[:, a], variables[:, b]), signs[:, a] * signs[:, b])
    return float(-np.linalg.eigvalsh(matrix + matrix.T)[0])


def beats_copies(statistic: Callable[[int, Array, Array], float], sample: Sample, coins: Coins) -> str:
    """Whether the statistic of the label-0 clauses exceeds that of copies with fresh signs."""
    variables, signs = literals(sample, 0)
    own = statistic(sample.n, variables, signs)
    for _ in range(COPIES):
        drawn = coins.bits(signs.size)
        fresh = np.array([1 - 2 * (drawn >> i & 1) for i in range(signs.size)]).reshape(signs.shape)
        if statistic(sample.n, variables, fresh) >= own:
            return SCATTERED
    return REALIZABLE


def mean(sample: Sample, coins: Coins) -> str:
    """The mean of the points with label 0: of uniformly planted clauses a literal is true more often than not."""
    return beats_copies(squared_mean, sample, coins)


def spectrum(sample: Sample, coins: Coins) -> str:
    """The spectrum of pairs of literals in clauses with label 0."""
    return beats_copies(low_eigenvalue, sample, coins)


def parity(sample: Sample, coins: Coins) -> str:
    """Whether some ψ makes an odd number of literals true in every label-0 clause: elimination over GF(2)."""
    rows: dict[int, int] = {}  # by highest bit; bit 0 is the right side
    for group, label in zip(sample.groups, sample.labels, strict=True):
        for clause in group if label == 0 else ():
            row = (1 + sum(literal < 0 for literal in clause)) % 2
            for literal in clause:
                row ^= 1 << abs(literal)
            while row > 1 and (pivot := row.bit_length()) in rows:
                row ^= rows[pivot]
            if row == 1:
                return SCATTERED
            if row:
                rows[row.bit_length()] = row
    return REALIZABLE


# ------------------------------------------------------------------------------------------------- a trained network


def patches(n: int, groups: tuple[Any, ...]) -> Array:
    """The patches of the groups, shape (groups, M, n + 1): −sign at each variable, −(K − 1) at the bias."""
    m, M, K = len(groups), len(groups[0]), len(groups[0][0])
    numbers = np.array(groups, dtype=np.int64).reshape(m * M, K)
    x = np.zeros((m * M, n + 1))
    x[np.arange(m * M)[:, None], np.abs(numbers) - 1] = -np.sign(numbers)
    x[:, n] = -(K - 1)
    return x.reshape(m, M, n + 1)


def train(n: int, groups: tuple[Any, ...], labels: tuple[int, ...], coins: Coins) -> Callable[[tuple[Any, ...]], Array]:
    """A convolutional network x ↦ σ(b + Σₕ aₕ Σ_patches [⟨wₕ, patch⟩]₊), trained by Adam on the logistic loss.

    Returns what predicts P(label 1) of each of several groups. Floating point.
    """
    x, y = patches(n, groups), np.array(labels, dtype=float)
    m, M, t = x.shape
    flat = x.reshape(m * M, t)
    rng = np.random.default_rng(coins.bits(128))
    weights = [rng.standard_normal((t, WIDTH)) / np.sqrt(t), rng.standard_normal(WIDTH) / WIDTH, np.zeros(1)]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    for step in range(1, STEPS + 1):
        w, a, b = weights
        z = flat @ w
        hidden = np.maximum(z, 0).reshape(m, M, WIDTH).sum(1)
        error = (1 / (1 + np.exp(-np.clip(hidden @ a + b, -30, 30))) - y) / m
        back = np.repeat(error, M)[:, None] * a * (z > 0)
        gradients = [flat.T @ back, hidden.T @ error, error.sum(keepdims=True)]
        for i, gradient in enumerate(gradients):
            first, second = moments[i]
            moments[i] = first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
            root = np.sqrt(second / (1 - 0.99**step)) + 1e-8
            weights[i] = weights[i] - RATE * first / (1 - 0.9**step) / root
    w, a, b = weights

    def predict(points: tuple[Any, ...]) -> Array:
        hidden = np.maximum(patches(n, points) @ w, 0).sum(1)
        return 1 / (1 + np.exp(-np.clip(hidden @ a + b, -30, 30)))

    return predict


def network(sample: Sample, coins: Coins) -> str:
    """Trained on the first half; "realizable" if on the second it is right too often for fair coins (level 1/20)."""
    half = len(sample.groups) // 2
    predict = train(sample.n, sample.groups[:half], sample.labels[:half], coins)
    guesses = predict(sample.groups[half:]) > 0.5
    right = int((guesses == np.array(sample.labels[half:])).sum())
    return answer(right >= critical(len(sample.groups) - half))


def critical(trials: int) -> int:
    """The least c with P(Binomial(trials, ½) ≥ c) ≤ 1/20."""
    tails = accumulate(comb(trials, i) for i in range(trials + 1))  # P(≥ trials − i) · 2^trials
    return trials + 1 - sum(Fraction(tail, 2**trials) <= Fraction(1, 20) for tail in tails)


DISTINGUISHERS: dict[str, Distinguisher] = {
    "search": search, "mean": mean, "spectrum": spectrum, "parity": parity, "network": network
}  # fmt: skip
