"""How many statistical queries a parity takes: an adversary against any algorithm [GKK19, Theorem 4].

A query is a function g of the point with E[g²] ≤ 1; the oracle must answer E[g·y] within τ, where y = (1 + χ_S(x))/2
flipped with probability η. As the signs are independent of the absolute values, E[g χ_S] depends on the sign table
ḡ(s) = E[g(x) | sign x = s] only, and E[ḡ²] ≤ E[g²] by Jensen. So tables over {±1}^d with mean square at most 1 are
all queries, and E[g·y] = E[g]/2 + (1 − 2η) ĝ(S)/2, with the Walsh coefficient ĝ(S) = E[ḡ χ_S].

The oracle answers E[g]/2, which is right within τ for every S but those with |ĝ(S)| > 2τ/(1 − 2η). By Bessel, Σ ĝ(S)²
≤ 1, there are fewer than ((1 − 2η)/(2τ))² of these; let cap be the largest integer below that. All others are still
possible after the answer. So to identify S takes q ≥ (C(d, k) − 1)/cap queries. If a query would exclude every set,
the oracle commits to one of them.

*A ReLU that is good enough.* A vector w is within (1 − 2η)Δ_k/2 of the least error only for sets S with E[max(0,
w·x)χ_S] ≥ Δ_k/2, as the rest of the error is at least its value at norm 1/√(2π). If ‖w‖ ≤ 1, half of |w·x| is what
correlates (k ≥ 2 even), and the variance of |w·x|/2 is at most (1 − 2/π)/4, so by Bessel there are at most (1 −
2/π)/Δ_k² such sets: q ≥ (C(d, k) − (1 − 2/π)/Δ_k²)/cap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import comb, isqrt, lcm
from typing import Any, ClassVar

from relucert.certificates.boxes import pi
from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.parameters import Integer, Number, Parameter
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
from relucert.verify.experiments.parity import correlation

Asker = Callable[["Oracle", Coins], None]
MOST_TABLE = 2**16
MOST_QUERIES = 10**4


def parity_of(mask: int, x: int) -> int:
    """χ_S(x): bit i of the mask says that i is in S, bit i of x that coordinate i is −1."""
    return -1 if (mask & x).bit_count() % 2 else 1


def walsh_hadamard(table: Sequence[int]) -> list[int]:
    """Σ_x g(x) χ_S(x) for every mask S."""
    sums, half = list(table), 1
    while half < len(sums):
        for start in range(0, len(sums), 2 * half):
            for i in range(start, start + half):
                sums[i], sums[i + half] = sums[i] + sums[i + half], sums[i] - sums[i + half]
        half *= 2
    return sums


def most_excluded(tau: Fraction, eta: Fraction) -> int:
    """The largest integer below ((1 − 2η)/(2τ))²."""
    bound = ((1 - 2 * eta) / (2 * tau)) ** 2
    return (bound.numerator - 1) // bound.denominator


def least_queries(d: int, k: int, tau: Fraction, eta: Fraction, served: Fraction = Fraction(1)) -> int | None:
    """⌈(C(d, k) − served)/cap⌉, at least 0; None if no number of queries is enough."""
    missing, cap = comb(d, k) - served, most_excluded(tau, eta)
    if missing <= 0:
        return 0
    return -(-missing.numerator // (missing.denominator * cap)) if cap else None


def most_served(k: int) -> Fraction:
    """At least (1 − 2/π)/Δ_k²: for so many sets one vector can be good enough."""
    return (1 - 2 / pi(128).ends[1]) / correlation(k) ** 2


class Oracle:
    """Answers within τ, as unhelpful as it can be. possible: the masks of the sets that no answer excludes."""

    def __init__(self, d: int, k: int, tau: Fraction, eta: Fraction) -> None:
        self.d, self.k, self.tau, self.eta, self.queries = d, k, tau, eta, 0
        self.possible = {sum(1 << i for i in subset) for subset in combinations(range(d), k)}
        self.most = 0  # excluded by one query

    def ask(self, table: Sequence[Any]) -> Fraction:
        """E[g·y] within τ. The table has 2^d rationals with mean square at most 1. Raises InvalidInstance."""
        n = 1 << self.d
        if not isinstance(table, list | tuple) or len(table) != n:
            raise InvalidInstance(f"a query is a list of {n} rationals, not {shorten(repr(table))}")
        if not all(type(value) in (int, Fraction) for value in table):
            raise InvalidInstance("a query holds integers and fractions only")
        scale = lcm(*(value.denominator for value in table))
        whole = [int(value * scale) for value in table]
        if sum(value * value for value in whole) > n * scale * scale:
            raise InvalidInstance("a query has a mean square of at most 1")
        if self.queries >= MOST_QUERIES:
            raise InvalidInstance(f"more than {MOST_QUERIES} queries")
        self.queries += 1
        sums = walsh_hadamard(whole)
        share = (1 - 2 * self.eta) / 2
        bound = self.tau / share * n * scale  # of the sums
        excluded = {mask for mask in self.possible if abs(sums[mask]) > bound}
        half = Fraction(sums[0], 2 * n * scale)
        if excluded == self.possible:  # commit: the least of them, answered truthfully
            kept = min(self.possible)
            self.most = max(self.most, len(excluded) - 1)
            self.possible = {kept}
            return half + share * Fraction(sums[kept], n * scale)
        self.most = max(self.most, len(excluded))
        self.possible -= excluded
        return half


# ----------------------------------------------------------------------------------------------------- three algorithms


def single(oracle: Oracle, coins: Coins) -> None:
    """One parity after the other."""
    for subset in combinations(range(oracle.d), oracle.k):
        if len(oracle.possible) == 1:
            return
        mask = sum(1 << i for i in subset)
        oracle.ask([parity_of(mask, x) for x in range(1 << oracle.d)])


def packed(oracle: Oracle, coins: Coins) -> None:
    """As many parities at once as one query can exclude: their sum over the root of their number, rounded down."""
    cap = most_excluded(oracle.tau, oracle.eta)
    while cap and len(oracle.possible) > 1:
        chosen = sorted(oracle.possible)[:cap]
        weight = Fraction(isqrt(10**12 // len(chosen)), 10**6)
        before = len(oracle.possible)
        oracle.ask([weight * sum(parity_of(mask, x) for mask in chosen) for x in range(1 << oracle.d)])
        if len(oracle.possible) == before:
            return


def majorities(oracle: Oracle, coins: Coins) -> None:
    """Fifty majorities of random coordinates with random signs."""
    for _ in range(50):
        signs = [coins.below(3) - 1 for _ in range(oracle.d)]
        totals = (sum(s * (1 - 2 * (x >> i & 1)) for i, s in enumerate(signs)) for x in range(1 << oracle.d))
        oracle.ask([(total > 0) - (total < 0) for total in totals])


ASKERS: dict[str, Asker] = {"single": single, "packed": packed, "majorities": majorities}


class StatisticalQueries(Experiment):
    name = "statistical-queries"
    summary = "an adversarial oracle, exactly: how many statistical queries a parity takes, and three algorithms"
    reference = "GKK19, Theorem 4"
    parameters: ClassVar[dict[str, Parameter]] = {
        "d": Integer("the dimension", 10),
        "k": Integer("the number of coordinates of the parity", 6),
        "tau": Number("the tolerance", Fraction(1, 10)),
        "eta": Number("the probability that a label is flipped", 0),
    }
    subjects: ClassVar[dict[str, Subject]] = dict(ASKERS)

    def plan(self, p: Mapping[str, Any]) -> Plan:
        positive(p, "d", "k")
        if p["k"] > p["d"]:
            raise InvalidInstance(f"a parity of k = {p['k']} coordinates needs a dimension d ≥ k, not {p['d']}")
        if not 0 <= p["eta"] < Fraction(1, 2):
            raise InvalidInstance(f"eta must be at least 0 and below 1/2, not {p['eta']}")
        if not 0 < p["tau"] <= 1:
            raise InvalidInstance(f"tau must be above 0 and at most 1, not {p['tau']}")
        served = most_served(p["k"])
        d, k, tau, eta = p["d"], p["k"], Fraction(p["tau"]), Fraction(p["eta"])
        lines = [
            f"exact: C({d}, {k}) = {comb(d, k)} sets; a query of tolerance {tau} excludes at most "
            f"{most_excluded(tau, eta)}",
            f"proved: to identify the set takes {_count(least_queries(d, k, tau, eta))} queries",
            f"proved: a ReLU within (1 − 2η)Δ_{k}/2 of the best takes {_count(least_queries(d, k, tau, eta, served))}",
        ]
        refusal = f"tables of 2^{d} values are more than {MOST_TABLE}" if 2**d > MOST_TABLE else None
        return Plan(lines, refusal)

    def batches(self, p: Mapping[str, Any]) -> Sequence[str]:
        return ["all"]

    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record:
        found = {}
        for name, asker in [subject] if subject else ASKERS.items():
            oracle = Oracle(p["d"], p["k"], Fraction(p["tau"]), Fraction(p["eta"]))
            Asked(name, asker)(oracle, coins.fork(name))
            found[name] = [oracle.queries, oracle.most, len(oracle.possible)]
        return {"found": found}

    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]:
        d, k, tau, eta = p["d"], p["k"], Fraction(p["tau"]), Fraction(p["eta"])
        return [
            {
                "algorithm": name, "d": d, "k": k, "tau": tau, "eta": eta, "sets": comb(d, k), "queries": queries,
                "most excluded": most, "cap": most_excluded(tau, eta), "left": left,
                "bound": least_queries(d, k, tau, eta),
            }
            for name, (queries, most, left) in records["all"]["found"].items()
        ]  # fmt: skip

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure:
        """The bound against the tolerance, and what the algorithms took at the one that was given."""
        near = [Fraction(p["tau"]) * Fraction(i, 8) for i in range(2, 17)]
        bounds = [(float(t), least_queries(p["d"], p["k"], t, Fraction(p["eta"]))) for t in near]
        drawn = [(t, q) for t, q in bounds if q]
        series = [Series("lower bound, exact", [t for t, _ in drawn], [float(q) for _, q in drawn])]
        series += [
            Series(f"{row['algorithm']}: {row['left']} left", [float(row["tau"])], [float(row["queries"])])
            for row in rows
            if row["queries"]
        ]
        return Figure("Statistical queries for a parity", "tolerance", "queries", series, log_x=True, log_y=True)

    def failure(self, rows: Sequence[Row]) -> str | None:
        for row in rows:
            if row["most excluded"] > row["cap"]:
                return f"a query of {row['algorithm']} excluded more sets than Bessel allows"
            if row["left"] == 1 and row["sets"] > 1 and (row["bound"] is None or row["queries"] < row["bound"]):
                return f"{row['algorithm']} identified the set with fewer queries than the bound"
        return None


def _count(least: int | None) -> str:
    return "no number of" if least is None else f"at least {least}" + " (says nothing)" * (least < 1)
