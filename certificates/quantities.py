"""The real numbers that an `enclosure` may be about, each with the box that SPEC.md, section 6, proves around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import factorial
from operator import mul
from typing import Any

from relucert.certificates.boxes import Box, e, odd_factorials, pi, up
from relucert.reductions.exact import InvalidInstance, Rational, shorten
from relucert.reductions.parameters import Integer, Number, Parameter

BITS = range(16, 1025)
MOST_K = 100


@dataclass(frozen=True)
class Effort:
    """How hard to try: bits after the point, and terms of the series, 0 if there is none."""

    bits: int
    terms: int


@dataclass(frozen=True)
class Quantity:
    """meaning: as a formula; box: around the value; least_k: of a parameter k; series: whether terms of Δ_k count."""

    name: str
    meaning: str
    box: Callable[[Mapping[str, Any], Effort], Box]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    least_k: int = 2
    series: bool = False

    def require(self, p: Mapping[str, Any], effort: Effort) -> None:
        """Raises InvalidInstance if the quantity is not defined there, or cannot be computed so."""
        if effort.bits not in BITS:
            raise InvalidInstance(f"bits must be from {BITS[0]} to {BITS[-1]}, not {shorten(effort.bits)}")
        if "k" in p:
            require_even(p["k"], self.least_k)
        if "eta" in p and not 0 <= p["eta"] < Fraction(1, 2):
            raise InvalidInstance(f"eta must be at least 0 and below 1/2, not {shorten(str(p['eta']))}")
        least = least_terms(p["k"]) if self.series else 0
        if effort.terms < least or (least == 0 and effort.terms != 0):
            raise InvalidInstance(f"terms must be {f'at least {least}' if least else 0}, not {shorten(effort.terms)}")

    def work(self, p: Mapping[str, Any], effort: Effort) -> int:
        """Units, of a computation that `require` allows."""
        words, k = effort.bits // 64 + 1, int(p.get("k", 0))
        roots = effort.bits * (k * words) ** 2 // 16 if self.name == "growth-base" else 0
        searched = 16 * effort.bits**2 * words if self.name == "growth-limit" else 0
        series = 0
        if effort.terms:
            long = _series_bits_bound(effort) // 64 + 9
            series = effort.terms**2 * k.bit_length() * long // 4
        return 1000 + 4 * effort.bits * words * words + k * words * words + roots + searched + series

    def words(self, effort: Effort) -> int:
        """Of memory."""
        return 1000 + 100 * effort.bits // 64 + effort.terms * (_series_bits_bound(effort) // 64 + 9) * 8


def require_even(k: int, least: int = 2) -> None:
    """Raises InvalidInstance."""
    if k % 2:
        raise InvalidInstance(f"k must be even, not {shorten(k)}: with odd k ≥ 3 no ReLU is correlated with the parity")
    if not least <= k <= MOST_K:
        raise InvalidInstance(f"k must be from {least} to {MOST_K}, not {shorten(k)}")


def least_terms(k: int) -> int:
    """The number of terms from which on the tail bound holds, N ≥ 6k; k = 2 has a closed form."""
    return 0 if k == 2 else 5 * k // 2 + 1


def _series_bits_bound(effort: Effort) -> int:
    return effort.bits + effort.terms * effort.terms.bit_length()


# ----------------------------------------------------------------------------------------- the correlation, section 6.1


def correlation(k: int, effort: Effort) -> Box:
    """Δ_k."""
    bits = effort.bits
    if k == 2:
        return (Box.of(2, bits).root(2) - Box.of(1, bits)) / (Box.of(2, bits) * pi(bits))
    return Box.of(2 ** (k // 2 - 1), bits) * series(k, effort) / pi(bits).power(k // 2 + 1)


def series(k: int, effort: Effort) -> Box:
    """R_k."""
    last = effort.terms - 1  # the last m
    places = effort.bits + max(0, factorial(last).bit_length() - last * (k.bit_length() - 2))
    odd = double_factorial(k - 3)  # (k + 2m − 3)!!
    factors = []  # times k^(last − m)
    for m in range(last + 1):
        odd *= k + 2 * m - 3 if m else 1
        factors.append(odd * k ** (last - m))
    below = k ** (k // 2 + last) << places
    low, high = (sum(map(mul, factors, _coefficients(k, last, places, rounding))) for rounding in (False, True))
    first = Box.of(Fraction(low, below), effort.bits)
    second = Box.of(Fraction(high, below) + tail(k, k + 2 * last), effort.bits)
    return Box(first.low, second.high, effort.bits)


def _coefficients(k: int, last: int, places: int, upward: bool) -> list[int]:
    """Of (Σ v^j/(j! 2^j (2j+1)))^k up to v^last, in units of 2^−places, all rounded one way."""

    def times(a: list[int], b: list[int]) -> list[int]:
        sums = (sum(map(mul, a[: m + 1], b[m::-1])) for m in range(last + 1))
        return [up(s, 1 << places) if upward else s >> places for s in sums]

    base, product = [], 1
    for j in range(last + 1):
        product *= 2 * j if j else 1
        base.append(up(1 << places, product * (2 * j + 1)) if upward else (1 << places) // (product * (2 * j + 1)))
    result = base
    for bit in f"{k:b}"[1:]:
        result = times(result, result)
        if bit == "1":
            result = times(result, base)
    return result


def tail(k: int, last_n: int) -> Fraction:
    """Not less than Σ τ_m over k + 2m > N, N = last_n ≥ 6k."""
    n = last_n
    return Fraction(99, 70) * Fraction(n + 2 * k, n) ** k * Fraction(n, n - 1) * Fraction(k, n) ** (k // 2) / k


def double_factorial(n: int) -> int:
    """n!! for odd n ≥ −1."""
    product = 1
    for factor in range(n, 1, -2):
        product *= factor
    return product


# ---------------------------------------------------------------------------------------------- the others, section 6.2


def coefficient(k: int, effort: Effort) -> Box:
    """c_k."""
    return (Box.of(2, effort.bits) * pi(effort.bits)).root(2) * correlation(k, effort)


def error_gap(p: Mapping[str, Any], effort: Effort) -> Box:
    return Box.of(1 - 2 * p["eta"], effort.bits) * correlation(p["k"], effort)


def first_term(p: Mapping[str, Any], effort: Effort) -> Box:
    k, circle = p["k"], pi(effort.bits)
    product = Box.of(double_factorial(k - 3), effort.bits)
    for _ in range(k // 2):  # by turns, so that no number becomes small
        product = product * Box.of(Fraction(2, k), effort.bits) / circle
    return product / (Box.of(2, effort.bits) * circle).root(2)


def growth_base(p: Mapping[str, Any], effort: Effort) -> Box:
    k, two = p["k"], Effort(effort.bits, 0)
    return (Box.of(k // 2, effort.bits).root(2) * coefficient(k, effort) / coefficient(2, two)).root(k - 2)


def growth_limit(_p: Mapping[str, Any], effort: Effort) -> Box:
    bits = effort.bits
    low, high = 1 << bits, 2 << bits  # F(low) < 0 < F(high), in units
    while high - low > 1:
        middle = (low + high) // 2
        sign = _sign_of_crossing(Box(middle, middle, bits))
        if sign == 0:
            break
        low, high = (middle, high) if sign < 0 else (low, middle)
    return (Box.of(2, bits) / (pi(bits) * Box(low, high, bits))).root(2)


def _sign_of_crossing(u: Box) -> int:
    """Of F(u) = Σ (u/2)^j/j! (u/(2j+1) − 1), or 0 if the box does not tell."""
    total, term, j = Box.of(0, u.bits), Box.of(1, u.bits), 0
    while j < 1 or term.high > 1:
        total += term * (u / Box.of(2 * j + 1, u.bits) - Box.of(1, u.bits))
        j += 1
        term = term * u / Box.of(2 * j, u.bits)
    total = Box(total.low - 2, total.high + 2, u.bits)
    return 1 if total.low > 0 else -1 if total.high < 0 else 0


def irrelevant_minimum(_p: Mapping[str, Any], effort: Effort) -> Box:
    return Box.of(Fraction(1, 2), effort.bits) - Box.of(Fraction(1, 4), effort.bits) / pi(effort.bits)


def least_opt(_p: Mapping[str, Any], effort: Effort) -> Box:
    bits = effort.bits
    outside = (Box.of(2, bits) / (pi(bits) * e(bits))).root(2)
    return Box.of(1, bits) - outside * (odd_factorials(bits) + Box.of(Fraction(1, 2), bits))


K = {"k": Integer("the number of variables of the parity")}
ETA: dict[str, Parameter] = {**K, "eta": Number("the probability with which a label is flipped")}

QUANTITIES: dict[str, Quantity] = {
    one.name: one
    for one in (
        Quantity(
            "parity-correlation", "Δ_k = E[max(0, w·x) χ(x)]", lambda p, t: correlation(p["k"], t), K, series=True
        ),
        Quantity("parity-coefficient", "c_k = √(2π) Δ_k", lambda p, t: coefficient(p["k"], t), K, series=True),
        Quantity("error-gap", "(1 − 2η) Δ_k", error_gap, ETA, series=True),
        Quantity("first-term", "T_k = (k−3)!! (2/(πk))^(k/2)/√(2π)", first_term, K),
        Quantity("growth-base", "ρ_k = (√(k/2) c_k/c_2)^(1/(k−2))", growth_base, K, least_k=4, series=True),
        Quantity("growth-limit", "max √(2/π) e^(−s²/2) ∫_0^s e^(x²/2) dx", growth_limit),
        Quantity("irrelevant-minimum", "1/2 − 1/(4π)", irrelevant_minimum),
        Quantity("least-opt", "2Φ(−1) − φ(1)", least_opt),
    )
}


def enclosed(name: str, parameters: Mapping[str, Rational], effort: Effort) -> Box:
    """The box around a quantity. Raises InvalidInstance."""
    quantity = QUANTITIES[name]
    quantity.require(parameters, effort)
    return quantity.box(parameters, effort)
