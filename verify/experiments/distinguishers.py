"""SCAT: how well distinguishers tell realizable samples from scattered ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import Integer, Parameter
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
from relucert.verify.experiments.groups import ODD, SCATTERED, UNIFORM, bound_any_filter, draw_sample
from relucert.verify.experiments.intervals import clopper_pearson
from relucert.verify.experiments.judges import ANSWERS, DISTINGUISHERS, REALIZABLE

CHUNK = 10
SIZES = ((12, 3, 20), (50, 8, 50), (50, 8, 200), (50, 20, 200), (100, 34, 200))  # variables, group size, groups


class Distinguishers(Experiment):
    """Both sides of a sample have labels that are fair coins; what differs is whether they depend on the points."""

    name = "distinguishers"
    summary = "advantage of each distinguisher on realizable versus scattered samples (measured)"
    reference = "DV20, Section 4"
    parameters: ClassVar[dict[str, Parameter]] = {
        "width": Integer("the number K of literals of a clause", 3),
        "variables": Integer("the number of variables; null for the sizes of the table", None, nullable=True),
        "group_size": Integer("the number M of clauses of a group", None, nullable=True),
        "groups": Integer("the number m of groups", None, nullable=True),
        "trials": Integer("the number of samples of each kind", 40),
    }
    subjects: ClassVar[dict[str, Subject]] = dict(DISTINGUISHERS)

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, "width", "trials")
        given = [name for name in ("variables", "group_size", "groups") if p[name] is not None]
        if given and len(given) < 3:
            raise InvalidInstance("give variables, group_size and groups, or none of them")
        positive(p, *given)
        if p["width"] > min(n for n, _, _ in self._sizes(p)):
            raise InvalidInstance("a clause has more literals than there are variables")
        return Plan(
            [
                f"K = {p['width']}; {p['trials']} samples each: scattered, planted uniformly, "
                "planted with an odd number of true literals",
                *(
                    f"n = {n}, M = {M}, m = {m}; exact: P(some ψ fits a scattered sample) ≤ 2^({n} − {m})"
                    + " (says nothing)" * (bound_any_filter(n, m) >= 1)
                    for n, M, m in self._sizes(p)
                ),
                "measured: how often each says “realizable”; advantage = planted − scattered, with an interval that",
                "covers it with probability at least 95 % (two exact binomial intervals of 97.5 %)",
            ]
        )

    def _sizes(self, p: Mapping[str, Any]) -> Sequence[tuple[int, int, int]]:
        return SIZES if p["variables"] is None else [(p["variables"], p["group_size"], p["groups"])]

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [
            f"{n} {M} {m} {source} {first} {min(CHUNK, p['trials'] - first)}"
            for n, M, m in self._sizes(p)
            for source in (SCATTERED, UNIFORM, ODD)
            for first in range(0, p["trials"], CHUNK)
        ]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        n, M, m, source, _, trials = (int(word) if word.isdigit() else word for word in batch.split())
        counts = dict.fromkeys(DISTINGUISHERS if subject is None else [subject[0]], 0)
        asked = [Asked(name, one, ANSWERS) for name, one in ([subject] if subject else DISTINGUISHERS.items())]
        for trial in range(trials):
            sample = draw_sample(n, p["width"], M, m, source, coins.fork(trial))
            for one in asked:
                counts[one.name] += one(sample, coins.fork(trial, one.name)) == REALIZABLE
        return {"trials": trials, "realizable": counts}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        said: dict[tuple[str, ...], dict[str, int]] = {}
        for batch, record in records.items():
            counts = said.setdefault(tuple(batch.split()[:4]), {})
            for name, count in record["realizable"].items():
                counts[name] = counts.get(name, 0) + count
        rows = []
        for (n, M, m, source), counts in said.items():
            for name, count in counts.items() if source != SCATTERED else ():
                scattered, trials = said[n, M, m, SCATTERED][name], p["trials"]
                low1, high1 = clopper_pearson(count, trials, Fraction(1, 40))
                low0, high0 = clopper_pearson(scattered, trials, Fraction(1, 40))
                rows.append(
                    {
                        "n": int(n), "M": int(M), "m": int(m), "planting": source, "distinguisher": name,
                        "trials": trials, "planted": count, "scattered": scattered,
                        "advantage": (count - scattered) / trials,
                        "low": float(low1 - high0), "high": float(high1 - low0),
                    }
                )  # fmt: skip
        return rows

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure:
        kinds = dict.fromkeys((row["distinguisher"], row["planting"]) for row in rows)
        series = []
        for name, planting in kinds:
            own = [row for row in rows if (row["distinguisher"], row["planting"]) == (name, planting)]
            x = [f"{row['n']}, {row['M']}, {row['m']}" for row in own]
            series.append(Series(f"{name}, {planting}", x, [row["advantage"] for row in own]))
        return Figure("Advantage of distinguishers, measured", "n, M, m", "advantage", series)
