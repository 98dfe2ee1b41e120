"""Claim 2 of [GKK19] as an identity of polynomials with integer coefficients (SPEC.md, section 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import comb
from typing import Any, ClassVar

from relucert.certificates.facts.fact import Fact
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.parameters import Integer, Parameter

Polynomial = Mapping[tuple[int, ...], int]  # exponents of z_1, …, z_k to the coefficient, which is not 0


def hermite(n: int) -> list[int]:
    """The coefficients of H_n, the constant first.

    >>> hermite(4)
    [3, 0, -6, 0, 1]
    """
    before, now = [0], [1]
    for i in range(n):
        after = [0, *now]
        for power, coefficient in enumerate(before):
            after[power] -= i * coefficient
        before, now = now, after
    return now


def of_the_sum(k: int, n: int) -> Polynomial:
    """k^(n/2) H_n((z_1 + … + z_k)/√k).

    >>> of_the_sum(1, 2)
    {(2,): 1, (0,): -1}
    """
    before: Polynomial = {}
    now: Polynomial = {(0,) * k: 1}
    for i in range(n):
        after: defaultdict[tuple[int, ...], int] = defaultdict(int)
        for powers, coefficient in now.items():
            for j in range(k):
                after[(*powers[:j], powers[j] + 1, *powers[j + 1 :])] += coefficient
        for powers, coefficient in before.items():
            after[powers] -= i * k * coefficient
        before, now = now, {powers: coefficient for powers, coefficient in after.items() if coefficient}
    return now


def by_variables(k: int, n: int) -> Polynomial:
    """Σ n!/(n_1!⋯n_k!) ∏ H_{n_j}(z_j) over n_1 + … + n_k = n.

    >>> by_variables(1, 2)
    {(0,): -1, (2,): 1}
    """
    sums: list[Polynomial] = [{(): 1}, *({} for _ in range(n))]  # of degree 0, …, n in no variable
    hermites = [[(power, c) for power, c in enumerate(hermite(i)) if c] for i in range(n + 1)]
    for _ in range(k):
        longer: list[Polynomial] = []
        for degree in range(n + 1):
            total: defaultdict[tuple[int, ...], int] = defaultdict(int)
            for i in range(degree + 1):
                for powers, coefficient in sums[i].items():
                    for power, c in hermites[degree - i]:
                        total[(*powers, power)] += comb(degree, i) * coefficient * c
            longer.append({powers: coefficient for powers, coefficient in total.items() if coefficient})
        sums = longer
    return sums[n]


class HermiteAddition(Fact):
    name = "hermite-addition"
    meaning = "k^(n/2) H_n((z_1 + … + z_k)/√k) = Σ n!/(n_1!⋯n_k!) ∏ H_{n_j}(z_j) over n_1 + … + n_k = n"
    parameters: ClassVar[dict[str, Parameter]] = {
        "k": Integer("the number of variables"),
        "n": Integer("the degree"),
    }

    def require(self, p: Mapping[str, Any]) -> None:
        if not 1 <= p["k"] <= 20 or not 0 <= p["n"] <= 40:
            raise InvalidInstance(f"k is from 1 to 20 and n from 0 to 40, not {shorten(p['k'])} and {shorten(p['n'])}")

    def work(self, p: Mapping[str, Any]) -> int:
        k, n = int(p["k"]), int(p["n"])
        return 100 + 2 * comb(n + k, k) * (n + 1) * (k + n + 4)

    def holds(self, p: Mapping[str, Any]) -> bool:
        return of_the_sum(p["k"], p["n"]) == by_variables(p["k"], p["n"])


FACT = HermiteAddition()
