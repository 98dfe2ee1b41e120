"""How often a satisfying ψ fits the sample of its formula: the exact probability, and measured beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import Choice, Flag, Integer, Number, Parameter
from relucert.verify.experiments.experiment import Experiment, Figure, Plan, Record, Row, Series, Subject, positive
from relucert.verify.experiments.groups import (
    ODD,
    UNIFORM,
    bound_any_filter,
    draw_formula,
    fits,
    least_group_size,
    probability_fits,
    randomise,
)
from relucert.verify.experiments.intervals import clopper_pearson

CHUNK = 50


class FixedAssignment(Experiment):
    name = "fixed-assignment"
    summary = "the randomisation of a satisfiable formula: P(ψ fits) exactly, and measured"
    reference = "DV20, Section 4"
    parameters: ClassVar[dict[str, Parameter]] = {
        "variables": Integer("the number of variables of the formula", 12),
        "width": Integer("the number K of literals of a clause", 3),
        "group_size": Integer("the number M of clauses of a group", 35),
        "groups": Integer("the number m of groups", 20),
        "planting": Choice("how the formula is drawn", UNIFORM, words=(UNIFORM, ODD)),
        "trials": Integer("the number of samples", 400),
        "floor": Number("what P(ψ fits) must be at least", Fraction(9, 10)),
        "anyway": Flag("whether to run below the floor too", False),
    }

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, "variables", "width", "group_size", "groups", "trials")
        if p["width"] > p["variables"]:
            raise InvalidInstance(f"a clause of {p['width']} literals needs as many variables, not {p['variables']}")
        if not 0 <= p["floor"] < 1:
            raise InvalidInstance(f"the floor must be at least 0 and below 1, not {p['floor']}")
        K, M, m, n = p["width"], p["group_size"], p["groups"], p["variables"]
        exact, scattered = probability_fits(K, M, m), bound_any_filter(n, m)
        lines = [
            f"n = {n} variables, K = {K}, M = {M} clauses a group, m = {m} groups, t = {n + 1}; {p['trials']} samples",
            f"exact: P(a fixed satisfying ψ fits) = (1 − ½(1 − 2^−{K})^{M})^{m} ≈ {float(exact):.6g}",
            f"exact: P(some ψ fits a scattered sample) ≤ 2^({n} − {m}) = {float(scattered):.6g}"
            + " (says nothing)" * (scattered >= 1)
            + f"; any of the 2^t filters: {float(2 * scattered):.6g}",
            "measured: how often ψ fits",
        ]
        refusal = None
        if exact < p["floor"] and not p["anyway"]:
            least = least_group_size(K, m, p["floor"])
            refusal = (
                f"ψ fits with probability {float(exact):.4g} < {p['floor']}: "
                f"take group_size={least} or more, or say anyway=true"
            )
        return Plan(lines, refusal)

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [f"{i} {min(CHUNK, p['trials'] - i)}" for i in range(0, p["trials"], CHUNK)]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        n, K, M, m = (p[name] for name in ("variables", "width", "group_size", "groups"))
        fitting, trials = 0, int(batch.split()[1])
        for trial in range(trials):
            own = coins.fork(trial)
            psi, formula = draw_formula(n, K, M * m, p["planting"], own)
            fitting += fits(psi, randomise(n, formula, M, m, own))
        return {"trials": trials, "fits": fitting}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        trials = sum(r["trials"] for r in records.values())
        fitting = sum(r["fits"] for r in records.values())
        low, high = clopper_pearson(fitting, trials)
        exact = probability_fits(p["width"], p["group_size"], p["groups"])
        return [
            {
                "K": p["width"], "M": p["group_size"], "m": p["groups"], "trials": trials, "fits": fitting,
                "measured": fitting / trials, "low": float(low), "high": float(high), "exact": float(exact),
            }
        ]  # fmt: skip

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure:
        row = rows[0]
        sizes = range(1, 2 * row["M"] + 1)
        exact = [float(probability_fits(row["K"], M, row["m"])) for M in sizes]
        ends = [[row[column]] * 2 for column in ("measured", "low", "high")]
        measured = Series("measured, 95 % interval", [row["M"] - 0.4, row["M"] + 0.4], *ends)
        return Figure("A satisfying ψ fits", "M", "probability", [Series("exact", list(sizes), exact), measured])
