"""How far the points are moved: 1/s_min of t Gaussian blocks, with a bound whose constants are explicit.

For a k × k matrix G of independent standard normal entries P(s_min(G) ≤ ε/√k) ≤ ε (Edelman, SIAM J. Matrix Anal.
Appl. 9, 1988). With ε = δ/t and a union over t blocks, 1/s_min ≤ √k·t/δ with probability at least 1 − δ, and then
‖(Mᵀ)⁻¹x‖ ≤ (√k·t/δ)‖x‖. The paper's n^ε/σ hides its constants, and says nothing at any one size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import Any, ClassVar

import numpy as np

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import Integer, Number, Parameter
from relucert.verify.experiments.experiment import Experiment, Figure, Plan, Record, Row, Series, Subject, positive
from relucert.verify.experiments.intervals import clopper_pearson

CHUNK = 100
COLUMNS = ("measured", "low", "high")
SHARES = (Fraction(1, 100), Fraction(1, 50), Fraction(1, 20), Fraction(1, 10), Fraction(1, 5), Fraction(1, 2))


class Norms(Experiment):
    name = "norms"
    summary = "1/s_min of Gaussian blocks: the explicit bound √k·t/δ and its probability, measured over 1,000 draws"
    reference = "DV20, Theorem 3.1"
    parameters: ClassVar[dict[str, Parameter]] = {
        "k": Integer("the size of a block", 4),
        "t": Integer("the number of blocks", 13),
        "draws": Integer("the number of matrices", 1000),
        "delta": Number("the probability that the planned bound may fail with", Fraction(1, 20)),
    }

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, "k", "t", "draws")
        if not 0 < p["delta"] < 1:
            raise InvalidInstance(f"delta must be between 0 and 1, not {p['delta']}")
        return Plan(
            [
                f"{p['t']} blocks of {p['k']} × {p['k']} standard normal entries (floating point), {p['draws']} draws",
                f"promised: 1/s_min(M) ≤ √k·t/δ ≈ {self.bound(p, p['delta']):.6g} with probability ≥ {1 - p['delta']}",
                "measured: how often 1/s_min(M) is larger than the bound, for several δ",
            ]
        )

    def bound(self, p: Mapping[str, Any], delta: Fraction) -> float:
        return sqrt(p["k"]) * p["t"] / float(delta)

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [f"{first} {min(CHUNK, p['draws'] - first)}" for first in range(0, p["draws"], CHUNK)]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        rng = np.random.default_rng(coins.bits(128))
        inverse = []
        for _ in range(int(batch.split()[1])):
            blocks = rng.standard_normal((p["t"], p["k"], p["k"]))
            inverse.append(1 / float(np.linalg.svd(blocks, compute_uv=False)[:, -1].min()))
        return {"inverse": inverse}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        values = [value for record in records.values() for value in record["inverse"]]
        rows = []
        for delta in sorted({*SHARES, Fraction(p["delta"])}):
            above = sum(value > self.bound(p, delta) for value in values)
            low, high = clopper_pearson(above, len(values))
            rows.append(
                {
                    "k": p["k"], "t": p["t"], "delta": delta, "bound": self.bound(p, delta), "draws": len(values),
                    "above": above, "measured": above / len(values), "low": float(low), "high": float(high),
                }
            )  # fmt: skip
        return rows

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure:
        x = [float(row["delta"]) for row in rows]
        measured = Series("measured, 95 % interval", x, *[[row[c] for row in rows] for c in COLUMNS])
        return Figure("1/s_min above √k·t/δ", "δ", "probability", [Series("bound δ", x, x), measured])

    def failure(self, rows: Sequence[Row]) -> str | None:
        """A true bound is called false with probability at most 10⁻⁶; the intervals shown miss one time in 20."""
        bad = [r for r in rows if clopper_pearson(r["above"], r["draws"], Fraction(1, 10**6))[0] > r["delta"]]
        return f"measured above the bound at δ = {bad[0]['delta']}" if bad else None
