"""The quantities and facts of SPEC.md, sections 6 and 7, by other means: ball arithmetic of FLINT, brute force.

A correlation is an integral here, and no series: from |x| = (2/π) ∫ (1 − cos tx)/t² dt and E[e^(isz) sign z] = i D(s)
follows c_k = ∫ D(s)^k/s² ds / (π√k) over s > 0, with D(s) = √(2/π) e^(−s²/2) ∫_0^s e^(x²/2) dx.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from itertools import count, pairwise, product
from math import factorial, prod
from typing import Any

from flint import acb, arb, ctx, fmpq

ENDS = {2: 10**8, 4: 10**5, 6: 4000, 8: 1000}  # where the integral is cut; 300 for other k


@contextmanager
def precise() -> Iterator[None]:
    before, ctx.prec = ctx.prec, 160
    try:
        yield
    finally:
        ctx.prec = before


def _damped(s: acb) -> acb:
    """D(s)/s."""
    return (acb(2) / acb.pi()).sqrt() * (-s * s / 2).hypgeom_1f1(acb(1), acb(3) / 2)


@cache
def coefficient(k: int) -> arb:
    """c_k. From the cut A on, 0 < D(s) ≤ √(2/π)(1 + 2/A²)/s."""
    with precise():
        end, cuts = ENDS.get(k, 300), [0, 2]
        while cuts[-1] < end:
            cuts.append(min(end, 2 * cuts[-1]))
        total = arb(0)
        for a, b in pairwise(cuts):
            total += acb.integral(lambda s, _: _damped(s) ** k * s ** (k - 2), acb(a), acb(b)).real
        cut = arb(end)
        rest = (arb(2) / arb.pi()) ** (k // 2) * (1 + 2 / cut**2) ** k * cut ** (-(k + 1)) / (k + 1)
        return total.union(total + rest) / (arb.pi() * arb(k).sqrt())


def correlation(k: int) -> arb:
    return coefficient(k) / (2 * arb.pi()).sqrt()


@cache
def growth_limit() -> arb:
    """D at the place where s D(s) = √(2/π), found by bisection."""
    with precise():
        low, high = arb(1), arb(2)
        for _ in range(90):
            middle = (low + high) / 2
            value = (_damped(acb(middle)) * middle**2).real
            low, high = (middle, high) if value < (2 / arb.pi()).sqrt() else (low, middle)
        place = low.union(high)
        return (2 / arb.pi()).sqrt() / place


def value(name: str, p: dict[str, Any]) -> arb:
    with precise():
        half = arb(1) / 2
        if name == "least-opt":
            return half.sqrt().erfc() - (-half).exp() / (2 * arb.pi()).sqrt()
        if name == "irrelevant-minimum":
            return half - half / (2 * arb.pi())
        if name == "growth-limit":
            return growth_limit()
        k = p["k"]
        if name == "parity-correlation":
            return correlation(k)
        if name == "parity-coefficient":
            return coefficient(k)
        if name == "error-gap":
            eta = Fraction(p["eta"])
            return (1 - 2 * arb(fmpq(eta.numerator, eta.denominator))) * correlation(k)
        if name == "first-term":
            odd = prod(range(k - 3, 0, -2))
            return odd * (2 / (arb.pi() * k)) ** (k // 2) / (2 * arb.pi()).sqrt()
        if name == "growth-base":
            return ((arb(k) / 2).sqrt() * coefficient(k) / coefficient(2)) ** (arb(1) / (k - 2))
    raise KeyError(name)


def is_defined(name: str, p: dict[str, Any]) -> bool:
    needs = {"error-gap": {"k", "eta"}, "growth-limit": set(), "irrelevant-minimum": set(), "least-opt": set()}
    if p.keys() != needs.get(name, {"k"}):
        return False
    if "k" in p and (type(p["k"]) is not int or p["k"] % 2 or not (4 if name == "growth-base" else 2) <= p["k"] <= 100):
        return False
    return "eta" not in p or 0 <= Fraction(p["eta"]) < Fraction(1, 2)


def lies_inside(name: str, p: dict[str, Any], low: Fraction, high: Fraction) -> bool | None:
    """None if the ball is too large to tell."""
    with precise():
        ball = value(name, p)
        a, b = (arb(fmpq(end.numerator, end.denominator)) for end in (low, high))
        if a <= ball <= b:
            return True
        return False if ball < a or ball > b else None


# ----------------------------------------------------------------------------------------------------------- the fact


def _hermite(n: int, x: Fraction) -> Fraction:
    """H_n(x) by its explicit formula."""
    return sum(
        Fraction((-1) ** i * factorial(n), factorial(i) * 2**i * factorial(n - 2 * i)) * x ** (n - 2 * i)
        for i in range(n // 2 + 1)
    )


def hermite_addition_at(z: list[int], n: int) -> bool:
    """The identity at one point whose sum is 0 or whose number of coordinates is a square."""
    k = len(z)
    root = {1: 1, 4: 2, 9: 3}.get(k)
    assert root or not sum(z)
    left = _hermite(n, Fraction(sum(z), root or 1)) ** 2 * Fraction(k) ** n
    right = sum(
        Fraction(factorial(n), prod(map(factorial, degrees))) * prod(map(_hermite, degrees, map(Fraction, z)))
        for degrees in product(range(n + 1), repeat=k)
        if sum(degrees) == n
    )
    return left == right**2


def may_be_padded(p: dict[str, Any]) -> bool:
    """Whether `padded-dimension` is about such parameters, as JSON values."""
    if p.keys() != {"law", "exponent", "realizable", "gap", "dimension", "padded"} or type(p["realizable"]) is not bool:
        return False
    counts = all(type(p[name]) is int for name in ("dimension", "padded"))
    if not all(type(p[name]) is int or "/" in str(p[name]) for name in ("exponent", "gap")):
        return False
    exponent, end = Fraction(p["exponent"]), Fraction(2 if p["realizable"] else 1, 2)
    within = {"power": 0 < exponent < end, "log": exponent > end}
    return counts and p["dimension"] >= 1 and Fraction(p["gap"]) > 0 and within.get(p["law"], False)


def is_padded(p: dict[str, Any]) -> bool:
    """ε(n)^b against gap^b as fractions; the ends are compared, as ε does not increase."""
    exponent, gap = Fraction(p["exponent"]), Fraction(p["gap"])

    def is_below(n: int) -> bool:
        size = n if p["law"] == "power" else next(i for i in count() if 2**i >= n)
        return size > 0 and Fraction(1, size) ** exponent.numerator < gap**exponent.denominator

    at_least, enough = p["padded"] >= p["dimension"], is_below(p["padded"])
    return at_least and enough and (p["padded"] == p["dimension"] or not is_below(p["padded"] - 1))
