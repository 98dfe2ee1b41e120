"""Producers of `enclosure` and `fact` certificates: they choose how hard to try; the checker computes all again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from time import perf_counter
from typing import Any

from relucert.certificates import writer
from relucert.certificates.boxes import up
from relucert.certificates.checker import Limits
from relucert.certificates.facts import FACTS
from relucert.certificates.quantities import BITS, QUANTITIES, Effort, Quantity, least_terms, series, tail
from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.parameters import read_parameters
from relucert.verify.certify import Certified, checked
from relucert.verify.limits import charge
from relucert.verify.provers.base import Unknown

GROWTH = 20  # of the terms, so many more at each attempt: a twentieth
MOST_WORK = Limits().meter(0).most_work // 2  # so that the checker's usual limits suffice


@dataclass(frozen=True)
class Enclosed:
    """The ends, how they were found, and the certificate."""

    low: Fraction
    high: Fraction
    effort: Effort
    certified: Certified


def arguments(known: Mapping[str, Any], given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """All parameters of a quantity or a fact. Raises InvalidInstance."""
    if unknown := given.keys() - known.keys():
        raise InvalidInstance(f"{name} has no parameter {min(unknown)!r}; it takes: {', '.join(known) or 'none'}")
    if missing := [key for key in known if key not in given]:
        raise InvalidInstance(f"{name} needs the parameter {missing[0]}: -p {missing[0]}=…")
    return read_parameters(known, given)


def enclose(name: str, given: Mapping[str, Any], width: Rational) -> Enclosed | Unknown:
    """Ends with high − low ≤ width · low, if the checker's limits allow that. Raises InvalidInstance."""
    if name not in QUANTITIES:
        raise InvalidInstance(f"there is no quantity {name!r}; there are: {', '.join(QUANTITIES)}")
    if not 0 < width <= 1:
        raise InvalidInstance(f"the relative width must be above 0 and at most 1, not {width}")
    start, quantity = perf_counter(), QUANTITIES[name]
    p = arguments(quantity.parameters, given, name)
    digits = up(width.denominator, width.numerator).bit_length()
    for effort in _efforts(quantity, p, digits, width):
        quantity.require(p, effort)
        work = quantity.work(p, effort)
        if work > MOST_WORK:
            break
        charge(work)
        low, high = quantity.box(p, effort).ends
        if low > 0 and 8 * (high - low) <= 7 * width * low:
            low, high = _rounded(low, high, width)
            lines = [writer.enclosure(name, p, effort, low, high)]
            return Enclosed(low, high, effort, checked((), lines, perf_counter() - start))
    return Unknown(f"relative width {float(width):.3g} needs more bits or terms than the checker's limits allow")


def _efforts(quantity: Quantity, p: Mapping[str, Any], digits: int, width: Rational) -> Iterator[Effort]:
    """Enough bits for values from 2^−2k on; terms from where on the tail bound alone is small enough, and more."""
    bits = digits + 2 * p.get("k", 0) + 24
    if bits not in BITS:
        return
    terms = least_terms(p["k"]) if quantity.series else 0
    if terms == 0:
        yield Effort(bits, 0)
        return
    k = p["k"]
    whole = series(k, Effort(bits, terms)).ends[1]
    needed = width * whole * (k - 2 if quantity.name == "growth-base" else 1)  # a root divides relative errors
    while True:
        if tail(k, k + 2 * (terms - 1)) <= needed or quantity.work(p, Effort(bits, terms)) > MOST_WORK:
            yield Effort(bits, terms)
        terms += terms // GROWTH + 1


def _rounded(low: Fraction, high: Fraction, width: Rational) -> tuple[Fraction, Fraction]:
    """The ends, moved outward by at most a sixteenth of width · low, so that they are short."""
    scale = 1 << (floor(16 / (width * low)).bit_length())
    return Fraction(floor(low * scale), scale), Fraction(-floor(-high * scale), scale)


def prove_fact(name: str, given: Mapping[str, Any]) -> Certified:
    """Raises InvalidInstance."""
    if name not in FACTS:
        raise InvalidInstance(f"there is no fact {name!r}; there are: {', '.join(FACTS)}")
    p = arguments(FACTS[name].parameters, given, name)
    FACTS[name].require(p)
    return checked((), [writer.fact(name, p)], 0.0)
