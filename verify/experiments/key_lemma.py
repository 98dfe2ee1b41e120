"""Labels are fair coins, independent of the points: by enumeration of every outcome on tiny sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import Choice, Parameter
from relucert.verify.experiments.experiment import Experiment, Plan, Record, Row, Subject
from relucert.verify.experiments.groups import KEPT, OWN, REUSED, all_clauses, factors, joint_law

SIZES = ((1, 1, 1, 3), (1, 1, 2, 2), (2, 1, 1, 2), (2, 2, 1, 2))  # variables, width, group size, groups


class KeyLemma(Experiment):
    """Exact: a proof for these sizes. The joint law of points and labels is the product of its marginals."""

    name = "key-lemma"
    summary = "of a uniform formula the sample is scattered: the joint law of points and labels factors (exact)"
    reference = "DV20, Section 4"
    parameters: ClassVar[dict[str, Parameter]] = {
        "use": Choice(
            "how groups take clauses from the formula: each its own, the next ones if its coin is 0, or all the same",
            OWN, words=(OWN, KEPT, REUSED),
        )
    }  # fmt: skip

    def plan(self, p: Mapping[str, Any]) -> Plan:
        return Plan(
            [
                "exact: every formula, every coin and every fresh group is enumerated",
                f"sizes (variables, width, group size, groups): {', '.join(map(str, SIZES))}",
                f"clauses of the formula: {p['use']}",
            ]
        )

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [" ".join(map(str, size)) for size in SIZES]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        n, width, size, groups = map(int, batch.split())
        law = joint_law(n, width, size, groups, p["use"])
        expected = len(all_clauses(n, width)) ** (2 * size * groups) * 2**groups
        if sum(law.values()) != expected:
            raise InvalidInstance(f"{sum(law.values())} outcomes were enumerated, of {expected}")
        independent, fair, uniform = factors(law)
        return {"outcomes": expected, "independent": independent, "fair": fair, "uniform": uniform}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        columns = ("variables", "width", "group size", "groups")
        return [dict(zip(columns, map(int, batch.split()), strict=True)) | r for batch, r in records.items()]

    def failure(self, rows: Sequence[Row]) -> str | None:
        bad = [row for row in rows if not (row["independent"] and row["fair"])]
        return f"points and labels are not independent fair coins in {len(bad)} of {len(rows)} sizes" if bad else None
