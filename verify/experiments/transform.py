"""x ↦ (Mᵀ)⁻¹x on many points in chunks, in floating point; the exact map is the reduction's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, log10
from typing import Any, ClassVar

import numpy as np

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import Integer, Parameter
from relucert.verify.experiments.experiment import Experiment, Plan, Record, Row, Subject, positive

CHUNK = 10_000
GIGABYTE = 10**9
ARRAYS = 5  # of a chunk's size that are held at once, at most
Array = Any


def transform(inverses: Array, x: Array) -> Array:
    """The points with r-th coordinates of all patches multiplied by block r's (Z_rᵀ)⁻¹.

    inverses: (t, k, k); x: (points, k, t), patch by patch. Returns the same shape as x.
    """
    return np.matmul(inverses, x.transpose(2, 1, 0)).transpose(2, 1, 0)


def network(weights: Array, x: Array) -> Array:
    """clip Σⱼ [Σ_b,r weights[r, b, j] x[b, r]]₊, where x is (points, k, t) and weights (t, k, k); shape (points,)."""
    return np.clip(np.maximum(np.einsum("rbj,pbr->pj", weights, x), 0).sum(1), 0, 1)


class Transform(Experiment):
    name = "transform"
    summary = "many points transformed in chunks in floating point, with h_W(x) − h_MW(x') measured"
    reference = "DV20, Section 4"
    parameters: ClassVar[dict[str, Parameter]] = {
        "k": Integer("the number of patches", 20),
        "t": Integer("the length of a patch", 50),
        "points": Integer("the number of points", 100_000),
    }

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, *self.parameters)
        held = ARRAYS * 8 * p["k"] * p["t"] * min(CHUNK, p["points"])
        refusal = f"a chunk would hold {held / GIGABYTE:.1f} GB, more than 1" if held > GIGABYTE else None
        return Plan(
            [
                f"{p['points']} points in dimension {p['k'] * p['t']}, in chunks of {CHUNK}: "
                f"{held / GIGABYTE:.2f} GB a process",
                "measured: the largest |h_W(x) − h_MW(x')| (0 in exact arithmetic) and the largest ‖x'‖/‖x‖",
            ],
            refusal,
        )

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [f"{first} {min(CHUNK, p['points'] - first)}" for first in range(0, p["points"], CHUNK)]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        k, t, points = p["k"], p["t"], int(batch.split()[1])
        rng = np.random.default_rng(coins.bits(128))
        blocks = rng.standard_normal((t, k, k))
        x = rng.standard_normal((points, k, t)) / np.sqrt(k * t)
        sign = np.array([coins.sign() for _ in range(t)])
        try:
            inverses = np.linalg.inv(blocks.transpose(0, 2, 1))
        except np.linalg.LinAlgError:
            raise InvalidInstance("a drawn block is singular") from None
        image = transform(inverses, x)
        own = network(sign[:, None, None] * np.eye(k), x)
        there = network(sign[:, None, None] * blocks, image)
        stretch = np.sqrt((image**2).sum((1, 2)) / (x**2).sum((1, 2)))
        return {"points": points, "difference": float(np.abs(own - there).max()), "stretch": float(stretch.max())}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        difference = max(r["difference"] for r in records.values())
        return [
            {
                "k": p["k"], "t": p["t"], "points": sum(r["points"] for r in records.values()),
                # Rounding errors differ from processor to processor, so only their size is shown.
                "differences up to": 10.0 ** ceil(log10(difference)) if difference else 0,
                "largest stretch": max(r["stretch"] for r in records.values()),
            }
        ]  # fmt: skip
