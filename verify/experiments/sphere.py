"""A filter that is uniform on a sphere: how far diag(z) and a random rotation move the points (Theorem 3.6).

With w' = diag(z)w, z uniform on the unit sphere of dimension t, points are stretched by up to max 1/|z_i|, which grows
like t^1.5. With M = O/√t, O a random rotation, the filter Mw is uniform on the sphere too, since ‖w‖ = √t, and every
point is stretched by exactly √t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, ClassVar

import numpy as np

from relucert.reductions.coins import Coins
from relucert.reductions.parameters import Integer, Parameter
from relucert.verify.experiments.experiment import Experiment, Figure, Plan, Record, Row, Series, Subject, positive

LENGTHS = (5, 10, 20, 50, 100, 200)


class Sphere(Experiment):
    name = "sphere"
    summary = "filters on a sphere: the stretch of diag(z) beside that of a rotation (measured)"
    reference = "DV20, Theorem 3.6"
    parameters: ClassVar[dict[str, Parameter]] = {"draws": Integer("the number of vectors z of each length", 1000)}

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, "draws")
        return Plan(
            [
                f"{p['draws']} vectors z, uniform on the unit sphere, of each length {', '.join(map(str, LENGTHS))}",
                "exact: a rotation stretches every point by √t",
                "measured: the median of max 1/|z_i|, the stretch of diag(z)",
            ]
        )

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return list(map(str, LENGTHS))

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        z = np.random.default_rng(coins.bits(128)).standard_normal((p["draws"], int(batch)))
        stretch = np.linalg.norm(z, axis=1) / np.abs(z).min(1)
        return {"median": float(np.median(stretch))}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        return [
            {"t": int(t), "draws": p["draws"], "rotation": sqrt(int(t))}
            | {"median of diag(z)": r["median"], "t^1.5": int(t) ** 1.5}
            for t, r in records.items()
        ]

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure:
        t = [row["t"] for row in rows]
        series = [Series(name, t, [row[name] for row in rows]) for name in ("rotation", "median of diag(z)", "t^1.5")]
        return Figure("Stretch of points, filters on a sphere", "t", "stretch", series, log_x=True, log_y=True)
