"""A learner of halfspaces makes an approximate learner of a ReLU [GKK19, Theorem 5, Algorithm 2], for real labels.

Let x be standard normal, opt = min over ‖w‖ = 1 of err(w) = E[(max(0, w·x) − y)²], reached at w*. Algorithm 2 learns
the labels sign(y − α). A point is good if |y − max(0, w*·x)| < α, strictly; by Markov others have probability at most
opt/α². On good points sign(y − α) = sign(w*·x) unless 0 < w*·x < 2α, so w* has the 0/1 error at most e = opt/α² +
√(2/π)α. A learner with err ≤ C_A·min + ε' returns w that disagrees with w* with probability at most (C_A + 1)e + ε',
and that is θ/π for the angle θ between them. By x → −x and (a₊ − b₊)² + (a₋ − b₋)² ≤ (a − b)², E(max(0, w·x) − max(0,
w*·x))² ≤ ‖w − w*‖²/2 ≤ θ²/2. So

    err(w) ≤ (√opt + (π/√2)((C_A + 1)e + ε'))².

With α = opt^(1/3) that is O(opt^(2/3)). As opt is unknown, α runs through a grid, and a validation set chooses.

*With labels in [0, 1], as printed, the theorem says nothing:* then opt ≥ E[max(0, g − 1)²] = 2Φ(−1) − φ(1) > 0.0753,
while no unit w has an error above E[max(g₊, 1 − g₊)²] < 1.098 ≤ 6.16·0.0753^(2/3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import comb, cos, erfc, pi, sin, sqrt
from typing import Any, ClassVar

import numpy as np

from relucert.certificates.quantities import Effort, enclosed
from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.parameters import Choice, Integer, Number, Parameter
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

Array = Any
Learner = Callable[[Array, Array, Coins], Array]  # points n × 2, labels 1 or −1, coins -> a unit vector

WEDGE, RANDOM = "wedge", "random"
LEVELS = {WEDGE: ("0.03", "0.06", "0.12", "0.24"), RANDOM: ("0.003", "0.01", "0.03", "0.1")}
GRID = [2.0**-i for i in range(10)]  # of α
ANGLES, RADII, DIRECTIONS = 1440, 120, 91  # of the quadrature, and those that are tried for opt
ROUNDING = 1e-6  # of a norm


# ------------------------------------------------------------------------------------------------------- the reduction


def signs_of(labels: Array, alpha: float) -> Array:
    return np.where(labels >= alpha, 1, -1)


def learn(points: Array, labels: Array, alpha: float, learner: Asked, coins: Coins) -> Array:
    """Algorithm 2. Raises InvalidInstance unless the learner returns a unit vector."""
    found = learner(points, signs_of(labels, alpha), coins)
    try:
        w = np.asarray(found, dtype=float)
    except (TypeError, ValueError):
        raise InvalidInstance(f"{learner.name} returned {shorten(repr(found))}, not a vector") from None
    if w.shape != (points.shape[1],) or not np.isfinite(w).all() or abs(np.linalg.norm(w) - 1) > ROUNDING:
        raise InvalidInstance(f"{learner.name} must return a unit vector, not {shorten(repr(found))}")
    return w


def learn_by_grid(
    training: tuple[Array, Array], validation: tuple[Array, Array], learner: Asked, coins: Coins
) -> Array:
    """The best of Algorithm 2 for α = 1, 1/2, 1/4, … on the validation set."""
    found = [learn(*training, alpha, learner, coins.fork(i)) for i, alpha in enumerate(GRID)]
    x, y = validation
    return min(found, key=lambda w: float(np.mean((np.maximum(x @ w, 0) - y) ** 2)))


def bound(opt: float, alpha: float, factor: float, excess: float) -> float:
    """What err(w) is at most, with C_A = factor and ε' = excess."""
    wrong = opt / alpha**2 + sqrt(2 / pi) * alpha
    return (sqrt(opt) + pi / sqrt(2) * ((factor + 1) * wrong + excess)) ** 2


def erm(points: Array, signs: Array, coins: Coins) -> Array:
    """A unit vector in the plane with the least number of errors, exactly: a sweep over all directions."""
    angles = np.arctan2(points[:, 1], points[:, 0])
    turns = np.concatenate([angles - pi / 2, angles + pi / 2]) % (2 * pi)  # a point is positive between its two
    changes = np.concatenate([-signs, signs])
    order = np.argsort(turns)
    at_0 = int((signs == 1).sum()) - int(signs[np.cos(angles) >= 0].sum())
    errors = at_0 + np.cumsum(changes[order])  # after each turn
    turned = turns[order]
    gaps = np.append(turned[1:], turned[0] + 2 * pi) - turned
    best = int(np.argmin(np.where(gaps > 0, errors, len(signs) + 1)))
    t = turned[best] + gaps[best] / 2
    return np.array([cos(t), sin(t)])


LEARNERS: dict[str, Learner] = {"erm": erm}

# ---------------------------------------------------------------------------------------- two kinds of labels


def wedge_error(alpha: float, width: float) -> float:
    """err(w*) of the wedge adversary, in one dimension after the other by hand."""
    up, down = 1.01 * alpha, 0.99 * alpha
    t = (np.arange(4000) + 0.5) * width / 4000
    s = np.sin(t)
    u = down / s
    tails = np.array([sqrt(pi / 2) * erfc(v / sqrt(2)) for v in u])  # ∫_u^∞ e^(−r²/2) dr
    pushed = 2 * s * (s * np.exp(-u * u / 2) - down * tails)  # E[max(0, rs − c)²] for a Rayleigh r
    return float(width / (2 * pi) * (up**2 + pushed.mean()))


def wedge_width(alpha: float) -> float:
    """Such that err(w*) = α³."""
    low, high = 0.0, pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if wedge_error(alpha, middle) < alpha**3 else (low, middle)
    return low


def labels_of(kind: str, level: float, points: Array, rng: Any) -> Array:
    """max(0, x_1) with random ±level; or with two wedges beside the boundary pushed across the threshold α = level."""
    base = np.maximum(points[:, 0], 0)
    if kind == RANDOM:
        return base + level * rng.choice([-1, 1], size=len(base))
    angles, width = np.arctan2(points[:, 1], points[:, 0]), wedge_width(level)
    up = (angles > pi / 2) & (angles < pi / 2 + width)
    down = (angles > -pi / 2) & (angles < -pi / 2 + width)
    return np.where(up, 1.01 * level, np.where(down, np.minimum(base, 0.99 * level), base))


class Population:
    """Errors under the normal law in the plane, by quadrature on a polar grid. Random signs add level² to each."""

    def __init__(self, kind: str, level: float) -> None:
        angles = (np.arange(ANGLES) + 0.5) * 2 * pi / ANGLES
        radii = np.sqrt(-2 * np.log(1 - (np.arange(RADII) + 0.5) / RADII))
        a, r = np.meshgrid(angles, radii, indexing="ij")
        self.points = np.stack([r * np.cos(a), r * np.sin(a)], axis=-1).reshape(-1, 2)
        self.added = level**2 if kind == RANDOM else 0.0
        self.labels = np.maximum(self.points[:, 0], 0) if kind == RANDOM else labels_of(kind, level, self.points, None)

    def error(self, w: Array) -> float:
        return float(np.mean((np.maximum(self.points @ w, 0) - self.labels) ** 2)) + self.added

    def opt(self) -> float:
        """Over directions within 45° of w*, every degree; those beyond are worse for labels so near to w*."""
        turns = np.linspace(-pi / 4, pi / 4, DIRECTIONS).tolist()
        return min(self.error(np.array([cos(t), sin(t)])) for t in turns)


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The median, and order statistics that cover the median of the law with probability at least 95 %, whatever it is.

    With fewer than six values there are none, and the ends are infinite.
    """
    ordered, n = sorted(values), len(values)
    rank = 0
    while 40 * sum(comb(n, i) for i in range(rank + 1)) <= 2**n:
        rank += 1
    middle = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    return (middle, ordered[rank - 1], ordered[n - rank]) if rank else (middle, 0.0, float("inf"))


class AgnosticReluToHalfspace(Experiment):
    name = "agnostic-relu-to-halfspace"
    summary = "a learner of halfspaces makes one of a ReLU: errors of two kinds of labels under an explicit bound"
    reference = "GKK19, Theorem 5, Algorithm 2"
    parameters: ClassVar[dict[str, Parameter]] = {
        "samples": Integer("the number of samples, and as many to validate", 20_000),
        "trials": Integer("the number of seeds at each level, at least 6", 12),
        "factor": Number("the constant C_A of the learner of halfspaces", 1),
        "excess": Number("its additive error ε'", 0),
        "labels": Choice(
            "unit: in [0, 1], zero: all 0; refused, with the reason", "real", words=("real", "unit", "zero")
        ),
    }
    subjects: ClassVar[dict[str, Subject]] = dict(LEARNERS)

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, "samples")
        if p["trials"] < 6:
            raise InvalidInstance(f"an interval for a median needs at least 6 trials, not {p['trials']}")
        if p["factor"] < 1 or p["excess"] < 0:
            raise InvalidInstance("the factor must be at least 1, and the excess at least 0")
        least = enclosed("least-opt", {}, Effort(64, 0)).ends[0]
        lines = [
            f"d = 2; {p['samples']} samples, {p['trials']} seeds; α = opt^(1/3) (for the wedge err(w*)^(1/3)), "
            "or by a grid with validation",
            "proved: err ≤ (√opt + (π/√2)((C_A + 1)e + ε'))², e = opt/α² + √(2/π)α; "
            f"C_A = {p['factor']}, ε' = {p['excess']}",
            f"certified (enclosure least-opt): labels in [0, 1] have opt ≥ {float(least):.6g}",
            "measured: the median error of the output, with an interval of at least 95 %; opt by quadrature",
        ]
        refusals = {
            "unit": f"labels in [0, 1]: opt ≥ {float(least):.6g}, and every unit vector has an error below 1.098, "
            "so the statement says nothing",
            "zero": "labels 0: the least error over ‖w‖ ≤ 1 is 0, at w = 0; every unit vector has the error 1/2, "
            "so no O(opt^(2/3)) holds with that opt",
        }
        return Plan(lines, refusals.get(p["labels"]))

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [f"{kind} {level}" for kind, levels in LEVELS.items() for level in levels]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        kind, level = batch.split()[0], float(batch.split()[1])
        learner = Asked(*(subject or ("erm", erm)))
        population = Population(kind, level)
        opt = population.opt()
        alpha = level if kind == WEDGE else opt ** (1 / 3)
        errors: dict[str, list[float]] = {"fixed": [], "grid": []}
        for trial in range(p["trials"]):
            own = coins.fork(trial)
            rng = np.random.default_rng(own.bits(128))
            drawn = []
            for _ in range(2):
                points = rng.standard_normal((p["samples"], 2))
                drawn.append((points, labels_of(kind, level, points, rng)))
            errors["fixed"].append(population.error(learn(*drawn[0], alpha, learner, own.fork("fixed"))))
            errors["grid"].append(population.error(learn_by_grid(drawn[0], drawn[1], learner, own.fork("grid"))))
        return {"opt": opt, "alpha": alpha, "errors": errors}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        rows = []
        for batch, record in records.items():
            opt = record["opt"]
            for how, errors in record["errors"].items():
                middle, low, high = median_interval(errors)
                best = [record["alpha"]] if how == "fixed" else GRID
                rows.append(
                    {
                        "labels": batch.split()[0], "alpha": how, "opt": opt, "error": middle, "low": low, "high": high,
                        "error/opt^(2/3)": middle / opt ** (2 / 3),
                        "bound": min(bound(opt, a, float(p["factor"]), float(p["excess"])) for a in best),
                    }
                )  # fmt: skip
        return rows

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure:
        series = []
        for kind in LEVELS:
            for how in ("fixed", "grid"):
                own = [row for row in rows if (row["labels"], row["alpha"]) == (kind, how)]
                columns = [[row[c] for row in own] for c in ("error", "low", "high")]
                name = f"{kind}, α {how}: slope {slope(own):.2f}"
                series.append(Series(name, [row["opt"] for row in own], *columns))
        fixed = sorted((row["opt"], row["bound"]) for row in rows if row["alpha"] == "fixed")
        series.append(Series("bound, α = opt^(1/3)", [x for x, _ in fixed], [y for _, y in fixed]))
        return Figure("A ReLU by learning a halfspace", "opt", "error", series, log_x=True, log_y=True)

    def failure(self, rows: Sequence[Row]) -> str | None:
        for row in rows:
            if row["low"] > row["bound"]:
                return f"the error {row['error']:.3g} of {row['labels']} labels is above the bound {row['bound']:.3g}"
        return None


def slope(rows: Sequence[Row]) -> float:
    """Of log error over log opt, by least squares."""
    x, y = (np.log([row[c] for row in rows]) for c in ("opt", "error"))
    return float(np.polyfit(x, y, 1)[0])
