"""An agnostic learner of one ReLU finds a noisy parity [GKK19, Theorem 3, Algorithm 1]: a Turing reduction.

Let x be uniform in {±1}^d and y = (1 + ∏_{i in S} x_i)/2, flipped with probability η, |S| = k. Multiplied by
independent half-normal numbers, x becomes standard normal. For a weight vector w of the points without coordinate j,

    err(w) = ‖w‖²/2 − ‖w‖/√(2π) + 1/2 − (1 − 2η) E[max(0, w·x) χ_S(x)],

where the last term is 0 if j is in S, as then the labels are fair coins independent of the points: err(w) ≥ 1/2 −
1/(4π). If j is not in S, some w of norm 1/√(2π) has E[…] = Δ_k, so with ε = (1 − 2η)Δ_k the least error is at most
1/2 − 1/(4π) − ε. A learner that is within ε/2 of the least error returns w_j, and err(w_j) on a validation set tells
the cases apart: j is in S iff it is above 1/2 − 1/(4π) − ε/4.

*Validation.* The squared loss has E[loss²] ≤ E[max(rg₊, |rg₊ − 1|)⁴] < 83/40 for every norm r ≤ 1 (that is convex
in r, 1 at 0 and below 83/40 at 1). By Chebyshev the mean of M_2 losses is off by ε/4 with probability
at most 16·(83/40)/(M_2 ε²); over d coordinates M_2 = ⌈16·(83/40)·d/(δε²)⌉ makes that δ.

*Proper.* The learner must return a vector of norm at most 1: the constant 1/2 has error 1/4 < 1/2 − 1/(4π) for all j.

*k.* Δ_k needs k = 4l + 2, or k = 4l with one weight of the other sign. For odd k ≥ 3 every w has E[max(0, w·x)χ_S] =
0: half of it is E[(w·x)χ_S]/2 = 0, and |w·x|χ_S is odd.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import pi, sqrt
from typing import Any, ClassVar

import numpy as np

from relucert.certificates.quantities import Effort, enclosed, least_terms
from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.parameters import Flag, Integer, Number, Parameter, parameter_text
from relucert.verify.experiments.experiment import (
    Asked,
    Experiment,
    Figure,
    Plan,
    Record,
    Row,
    Series,
    Subject,
    positive,
)
from relucert.verify.experiments.intervals import clopper_pearson

Array = Any
Learner = Callable[[Array, Array, int, Coins], Array]  # points n × (d−1), labels 0 or 1, k, coins -> d − 1 weights

NORM = 1 / sqrt(2 * pi)  # of the best vector for labels that are coins
NOISES = (Fraction(0), Fraction(1, 10), Fraction(1, 5))
TRAINING = 100  # times 1/ε²
FOURTH_MOMENT = Fraction(83, 40)
MOST_SAMPLES = 10**6
SLACK = 1e-9  # of a norm in floating point
CHUNK = 5


def correlation(k: int) -> Fraction:
    """A lower bound of Δ_k, from the enclosure that the checker computes; relative error below 1/1000 for k ≤ 14.

    Raises InvalidInstance for odd k, and beyond the checker's range.
    """
    return enclosed("parity-correlation", {"k": k}, Effort(128, 4 * least_terms(k) if k % 2 == 0 else 0)).ends[0]


def threshold(epsilon: float) -> float:
    """Above it, a coordinate is relevant."""
    return 0.5 - 1 / (4 * pi) - epsilon / 4


def sizes(d: int, epsilon: Fraction, delta: Fraction) -> tuple[int, int]:
    """M_1 = ⌈100/ε²⌉ and M_2 = ⌈16·(83/40)·d/(δε²)⌉."""
    training, validation = TRAINING / epsilon**2, 16 * FOURTH_MOMENT * d / (delta * epsilon**2)
    return -(-training.numerator // training.denominator), -(-validation.numerator // validation.denominator)


# ------------------------------------------------------------------------------------------------------- the reduction


def noisy_parity(signs: Array, subset: Sequence[int], noise: float, rng: Any) -> Array:
    """Labels 0 and 1 of the rows of signs."""
    products = signs[:, list(subset)].prod(axis=1) * np.where(rng.random(len(signs)) < noise, -1, 1)
    return (products + 1) / 2


def lift(signs: Array, rng: Any) -> Array:
    """Each coordinate times an independent half-normal number: standard normal points."""
    return signs * np.abs(rng.standard_normal(signs.shape))


def drop(points: Array, j: int) -> Array:
    return np.delete(points, j, axis=1)


def error(w: Array, points: Array, labels: Array) -> float:
    return float(np.mean((np.maximum(points @ w, 0) - labels) ** 2))


def recover(
    training: tuple[Array, Array], validation: tuple[Array, Array], k: int, epsilon: float, learner: Asked, coins: Coins
) -> set[int]:
    """The coordinates that Algorithm 1 finds relevant. Training and validation: points n × d and labels 0 or 1.

    Raises InvalidInstance of other labels, and of a learner that returns no weight vector of norm at most 1.
    """
    for _, labels in (training, validation):
        if not np.isin(labels, (0, 1)).all():
            raise InvalidInstance("the labels of a parity are 0 and 1")
    relevant = set()
    for j in range(training[0].shape[1]):
        w = weights(learner, drop(training[0], j), training[1], k, coins.fork(j))
        if error(w, drop(validation[0], j), validation[1]) > threshold(epsilon):
            relevant.add(j)
    return relevant


def weights(learner: Asked, points: Array, labels: Array, k: int, coins: Coins) -> Array:
    """What the learner returns, if that is a weight vector."""
    found = learner(points, labels, k, coins)
    if callable(found):
        raise InvalidInstance(f"{learner.name} returned a function; the reduction needs a proper learner: weights")
    try:
        w = np.asarray(found, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInstance(f"{learner.name} returned {shorten(repr(found))}, not weights") from None
    if w.shape != (points.shape[1],) or not np.isfinite(w).all():
        raise InvalidInstance(
            f"{learner.name} must return {points.shape[1]} finite weights, not {shorten(repr(found))}"
        )
    if (norm := float(np.linalg.norm(w))) > 1 + SLACK:
        raise InvalidInstance(f"{learner.name} returned weights of norm {norm:.6g}, more than 1")
    return w


# ------------------------------------------------------------------------------------------------------------ learners


def erm(points: Array, labels: Array, k: int, coins: Coins) -> Array:
    """The least empirical error, exactly, among 0 and the sign vectors Σ_{i in T} ±e_i/√(2πk), |T| = k.

    One sign is flipped if k is a multiple of 4. The other sign vectors have the same
    correlations or the opposite ones.
    """
    d = points.shape[1]
    best, least = np.zeros(d), float(np.mean(labels**2))
    for subset in combinations(range(d), k):
        w = np.zeros(d)
        w[list(subset)] = NORM / sqrt(k)
        w[subset[0]] *= -1 if k % 4 == 0 else 1
        if (here := error(w, points, labels)) < least:
            best, least = w, here
    return best


RESTARTS, STEPS, RATE = 4, 120, 1.0


def gradient(points: Array, labels: Array, k: int, coins: Coins) -> Array:
    """Projected gradient descent from four random vectors of norm 0.4; the best of the four ends."""
    rng = np.random.default_rng(coins.bits(128))
    w = rng.standard_normal((points.shape[1], RESTARTS))
    w *= 0.4 / np.linalg.norm(w, axis=0)
    x, y = points.astype(np.float32), labels.astype(np.float32)[:, None]
    for _ in range(STEPS):
        z = x @ w.astype(np.float32)
        w -= RATE * 2 * (x.T @ ((np.maximum(z, 0) - y) * (z > 0))) / len(y)
        w /= np.maximum(1, np.linalg.norm(w, axis=0))
    errors = ((np.maximum(points @ w, 0) - labels[:, None]) ** 2).mean(axis=0)
    found: Array = w[:, int(errors.argmin())]
    return found / max(1.0, float(np.linalg.norm(found)))


LEARNERS: dict[str, Learner] = {"erm": erm, "gradient": gradient}


class ParityToAgnosticRelu(Experiment):
    name = "parity-to-agnostic-relu"
    summary = "a proper agnostic learner of a ReLU recovers a noisy parity, with the promised probability beside"
    reference = "GKK19, Theorem 3, Algorithm 1"
    parameters: ClassVar[dict[str, Parameter]] = {
        "k": Integer("the number of relevant coordinates", 2),
        "d": Integer("the dimension", 8),
        "noise": Number("the probability that a label is flipped; null: 0, 1/10 and 1/5", None, nullable=True),
        "delta": Number("the probability with which validation may fail", Fraction(1, 4)),
        "trials": Integer("the number of seeds for each noise rate", 50),
        "anyway": Flag("whether to run with more than a million samples too", False),
    }
    subjects: ClassVar[dict[str, Subject]] = dict(LEARNERS)

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, "k", "d", "trials")
        if p["k"] > p["d"]:
            raise InvalidInstance(f"a parity of k = {p['k']} coordinates needs a dimension d ≥ k, not {p['d']}")
        if not 0 < p["delta"] < 1:
            raise InvalidInstance(f"delta must be between 0 and 1, not {p['delta']}")
        for noise in self.noises(p):
            if not 0 <= noise < Fraction(1, 2):
                raise InvalidInstance(f"noise must be at least 0 and below 1/2, not {noise}")
        if p["k"] % 2 and p["k"] >= 3:
            proved = f"proved: for odd k = {p['k']} every weight vector has E[max(0, w·x) χ_S(x)] = 0"
            return Plan([proved], "no ReLU is correlated with a parity of odd k ≥ 3: k must be even")
        lines = [
            f"k = {p['k']} of d = {p['d']} coordinates; {p['trials']} seeds for each noise rate",
            f"certified (enclosure parity-correlation): Δ_{p['k']} ≥ {float(correlation(p['k'])):.9g}",
        ]
        most = 0
        for noise in self.noises(p):
            epsilon, m1, m2 = self.sizes(p, noise)
            most = max(most, m1, m2)
            lines.append(
                f"η = {noise}: ε = (1 − 2η)Δ = {float(epsilon):.6g}, M_1 = {m1} samples, M_2 = {m2} to validate"
            )
        lines += [
            f"promised: recovered with probability ≥ {1 - p['delta']} by a learner within ε/2 of the best at every j",
            "measured: how often S is recovered",
        ]
        refusal = f"{most:,} samples a run are more than {MOST_SAMPLES:,} (say anyway=true)"
        return Plan(lines, refusal if most > MOST_SAMPLES and not p["anyway"] else None)

    def noises(self, p: Mapping[str, Any]) -> Sequence[Fraction]:
        return NOISES if p["noise"] is None else [Fraction(p["noise"])]

    def sizes(self, p: Mapping[str, Any], noise: Fraction) -> tuple[Fraction, int, int]:
        """ε, M_1 and M_2."""
        epsilon = (1 - 2 * noise) * correlation(p["k"])
        return epsilon, *sizes(p["d"], epsilon, Fraction(p["delta"]))

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [
            f"{parameter_text(noise)} {first} {min(CHUNK, p['trials'] - first)}"
            for noise in self.noises(p)
            for first in range(0, p["trials"], CHUNK)
        ]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        noise, trials = Fraction(batch.split()[0]), int(batch.split()[2])
        epsilon, m1, m2 = self.sizes(p, noise)
        asked = [Asked(name, one) for name, one in ([subject] if subject else LEARNERS.items())]
        counts = {one.name: 0 for one in asked}
        for trial in range(trials):
            own = coins.fork(trial)
            rng = np.random.default_rng(own.bits(128))
            subset = sorted(int(i) for i in rng.permutation(p["d"])[: p["k"]])
            drawn = []
            for m in (m1, m2):
                signs = rng.choice([-1, 1], size=(m, p["d"]))
                drawn.append((lift(signs, rng), noisy_parity(signs, subset, float(noise), rng)))
            for one in asked:
                found = recover(drawn[0], drawn[1], p["k"], float(epsilon), one, own.fork(one.name))
                counts[one.name] += found == set(subset)
        return {"trials": trials, "recovered": counts}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        counts: dict[tuple[str, Fraction], list[int]] = {}
        for batch, record in records.items():
            for name, count in record["recovered"].items():
                both = counts.setdefault((name, Fraction(batch.split()[0])), [0, 0])
                both[0] += record["trials"]
                both[1] += count
        rows = []
        for (name, noise), (trials, recovered) in sorted(counts.items()):
            epsilon, m1, m2 = self.sizes(p, noise)
            low, high = clopper_pearson(recovered, trials)
            rows.append(
                {
                    "learner": name, "k": p["k"], "d": p["d"], "noise": noise, "epsilon": float(epsilon), "M1": m1,
                    "M2": m2, "trials": trials, "recovered": recovered, "measured": recovered / trials,
                    "low": float(low), "high": float(high), "promised": float(1 - p["delta"]),
                }
            )  # fmt: skip
        return rows

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure:
        series = []
        for name in sorted({row["learner"] for row in rows}):
            own = [row for row in rows if row["learner"] == name]
            columns = [[row[c] for row in own] for c in ("measured", "low", "high")]
            series.append(Series(f"{name}, 95 % interval", [float(row["noise"]) for row in own], *columns))
        promised = [row["promised"] for row in own]
        series.append(Series("promised", [float(row["noise"]) for row in own], promised))
        return Figure("A noisy parity recovered by a learner of one ReLU", "η", "probability", series)
