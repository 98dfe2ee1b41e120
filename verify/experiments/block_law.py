"""The law of MW for ±1 blocks, for every sign filter, before and after singular blocks are redrawn (exact).

M has t blocks of size k × k; block r of MW is w_r times block r of M. So any rule for redrawing that does not change
when a block changes its sign leaves the law of MW the same for every sign filter w. It is the law D of independent
fair ±1 entries, given that all blocks are nonsingular: at total variation distance 1 − (1 − p_k)^t from D, where p_k
is the probability that a block is singular, so "MW ~ D" is false.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import permutations, product
from math import prod
from typing import Any, ClassVar

from relucert.reductions.coins import Coins
from relucert.reductions.parameters import Choice, Parameter
from relucert.verify.experiments.experiment import Experiment, Plan, Record, Row, Subject

SIZES = ((1, 3), (2, 1), (2, 2), (3, 1))  # k, t
NONSINGULAR, POSITIVE = "nonsingular", "positive"
Block = tuple[int, ...]  # k² entries


def determinant(block: Block, k: int) -> int:
    """By Leibniz's formula, for k ≤ 3."""
    total = 0
    for order in permutations(range(k)):
        inversions = sum(order[i] > order[j] for j in range(k) for i in range(j))
        total += (-1) ** inversions * prod(block[i * k + order[i]] for i in range(k))
    return total


def law(blocks: Sequence[Block], w: Sequence[int]) -> dict[tuple[Block, ...], int]:
    """How often each MW occurs if each block of M is any of these."""
    counts: dict[tuple[Block, ...], int] = {}
    for m in product(blocks, repeat=len(w)):
        image = tuple(tuple(sign * z for z in block) for sign, block in zip(w, m, strict=True))
        counts[image] = counts.get(image, 0) + 1
    return counts


class BlockLaw(Experiment):
    name = "block-law"
    summary = "the law of MW for ±1 blocks: the same for every sign filter, and how far from that of the paper (exact)"
    reference = "DV20, Theorems 3.1 and 3.4"
    parameters: ClassVar[dict[str, Parameter]] = {
        "keep": Choice(
            "which blocks are not redrawn: the nonsingular, or those with positive determinant",
            NONSINGULAR, words=(NONSINGULAR, POSITIVE),
        )
    }  # fmt: skip

    def plan(self, p: Mapping[str, Any]) -> Plan:
        return Plan(
            [
                "exact: all matrices of t blocks of size k × k with entries ±1, and all 2^t sign filters",
                f"sizes (k, t): {', '.join(map(str, SIZES))}; blocks kept: {p['keep']}",
            ]
        )

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return [f"{k} {t}" for k, t in SIZES]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        k, t = map(int, batch.split())
        every = list(product((1, -1), repeat=k * k))
        singular = Fraction(sum(determinant(b, k) == 0 for b in every), len(every))
        kept = [b for b in every if (determinant(b, k) > 0 if p["keep"] == POSITIVE else determinant(b, k) != 0)]
        laws = [law(kept, w) for w in product((1, -1), repeat=t)]
        total, all_matrices = len(kept) ** t, len(every) ** t
        met = [Fraction(count, total) for count in laws[0].values()]
        apart = sum(abs(q - Fraction(1, all_matrices)) for q in met) + Fraction(all_matrices - len(met), all_matrices)
        return {
            "same law for every w": all(one == laws[0] for one in laws),
            "singular block": str(singular),
            "distance to D": str(apart / 2),
            "1 - (1 - p)^t": str(1 - (1 - singular) ** t),
        }

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        return [
            dict(zip(("k", "t"), map(int, batch.split()), strict=True)) | record for batch, record in records.items()
        ]

    def failure(self, rows: Sequence[Row]) -> str | None:
        different = sum(not row["same law for every w"] for row in rows)
        return f"the law of MW depends on w in {different} of {len(rows)} sizes" if different else None
