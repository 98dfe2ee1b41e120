"""What a sign filter computes on the patches of clauses: every clause, group and filter of tiny sizes (exact).

A clause becomes the patch with −sign at each of its variables and −(K − 1) at the last place, the bias. For w = (ψ, 1)
the inner product is 1 − 2·(number of true literals), for (ψ, −1) it is 2K − 1 − 2·(that number). So with bias 1 the
clipped sum of [⟨w, patch⟩]₊ is 1 iff a clause is violated; with bias −1 it is 0 iff all literals are true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar

from relucert.reductions.coins import Coins
from relucert.reductions.parameters import Parameter
from relucert.verify.experiments.experiment import Experiment, Plan, Record, Row, Subject
from relucert.verify.experiments.groups import Clause, Group, all_clauses, holds, true_literals

SIZES = ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3))  # variables, width
STRICT = ((((1, 2),), 0), (((1, -2),), 1), (((-1, 2),), 1))  # no ψ fits, the filter (1, 1, −1) does
WEIGHTS = (Fraction(1), Fraction(3, 2), Fraction(5))  # of a second layer, by patch in turn


def patch(clause: Clause, n: int) -> tuple[int, ...]:
    x = [0] * (n + 1)
    for literal in clause:
        x[abs(literal) - 1] = -1 if literal > 0 else 1
    x[n] = -(len(clause) - 1)
    return tuple(x)


def neurons(w: Sequence[int], group: Group) -> list[int]:
    """[⟨w, patch⟩]₊ of each patch."""
    return [max(0, sum(a * b for a, b in zip(w, patch(c, len(w) - 1), strict=True))) for c in group]


def value(w: Sequence[int], group: Group) -> int:
    """h_w: the clipped sum."""
    return min(1, sum(neurons(w, group)))


CLAIMS = ("inner product", "bias 1", "bias -1", "max-pooling", "positive weights", "any weights")


def claims(n: int, width: int) -> Iterator[tuple[str, bool]]:
    """Each claim about each clause or pair of clauses and each filter, and whether it is true."""
    for w in product((1, -1), repeat=n + 1):
        psi, bias = w[:n], w[n]
        for clause in all_clauses(n, width):
            product_ = sum(a * b for a, b in zip(w, patch(clause, n), strict=True))
            true = true_literals(psi, clause)
            yield "inner product", product_ == (1 if bias == 1 else 2 * width - 1) - 2 * true
        for group in product(all_clauses(n, width), repeat=2):
            h, z = value(w, group), neurons(w, group)
            if bias == 1:
                yield "bias 1", h == (0 if holds(psi, group) else 1)
            else:
                yield "bias -1", (h == 0) == all(true_literals(psi, c) == width for c in group)
            yield "max-pooling", h == min(1, max(z))
            yield "positive weights", h == min(1, sum(a * v for a, v in zip(WEIGHTS, z, strict=False)))
            least = min(WEIGHTS) / 7  # weights below 1: the points are divided by the least of them first
            weighted = sum(a / 7 * v / least for a, v in zip(WEIGHTS, z, strict=False))
            yield "any weights", h == min(1, weighted)


def strict_example() -> tuple[bool, bool]:
    """Whether some ψ with bias 1 fits STRICT, and whether some filter does."""
    fitting = [w for w in product((1, -1), repeat=3) if all(value(w, group) == y for group, y in STRICT)]
    return any(w[-1] == 1 for w in fitting), bool(fitting)


class Patches(Experiment):
    name = "patches"
    summary = "what sign filters compute on clauses, with max-pooling or positive second-layer weights too (exact)"
    reference = "DV20, Section 4 and the extensions in Section 3"
    parameters: ClassVar[dict[str, Parameter]] = {}

    def plan(self, p: Mapping[str, Any]) -> Plan:
        return Plan(
            [
                "exact: every clause, every group of two clauses and every sign filter",
                f"sizes (variables, width): {', '.join(map(str, SIZES))}",
                "and the example x1∨x2: 0, x1∨¬x2: 1, ¬x1∨x2: 1, which a filter fits and no assignment",
            ]
        )

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [f"{n} {width}" for n, width in SIZES]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        n, width = map(int, batch.split())
        false = dict.fromkeys(CLAIMS, 0)
        cases = 0
        for claim, true in claims(n, width):
            cases += 1
            false[claim] += not true
        return {"cases": cases, "false": false}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        rows: list[Row] = []
        for batch, record in records.items():
            n, width = map(int, batch.split())
            false = sum(record["false"].values())
            rows.append({"variables": n, "width": width, "cases": record["cases"], "false": false})
        return rows

    def failure(self, rows: Sequence[Row]) -> str | None:
        if strict_example() != (False, True):
            return "the example is none: it should be fitted by a filter, and by no assignment"
        return "a claim about filters is false" if any(row["false"] for row in rows) else None
