"""How far Theorem 11 of [GKMR21] pads an instance (SPEC.md, section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, ClassVar

from relucert.certificates.facts.fact import Fact
from relucert.reductions.exact import InvalidInstance, Rational, shorten
from relucert.reductions.parameters import Choice, Flag, Integer, Number, Parameter, parameter_text


def growth(law: str, m: int) -> int:
    """L(m), of which ε(m) is a power: m, or ⌈log₂ m⌉.

    >>> [growth("log", m) for m in (1, 2, 3, 4, 5)]
    [0, 1, 2, 2, 3]
    """
    return m if law == "power" else (m - 1).bit_length()


def is_below(gap: Rational, exponent: Rational, size: int) -> bool:
    """size^(−a/b) < p/q, which is q^b < p^b · size^a.

    >>> from fractions import Fraction
    >>> [is_below(Fraction(1, 2), Fraction(1, 3), size) for size in (7, 8, 9)]
    [False, False, True]
    """
    b = exponent.denominator
    left: int = gap.denominator**b
    right: int = gap.numerator**b * size**exponent.numerator
    return left < right


def words_of_powers(gap: Rational, exponent: Rational, size: int) -> int:
    """At least the 64-bit words of the numbers that `is_below` compares."""
    bits = exponent.numerator * size.bit_length()
    return (bits + exponent.denominator * (gap.numerator.bit_length() + gap.denominator.bit_length())) // 64 + 2


def require_law(law: str, exponent: Rational, realizable: bool) -> None:
    """Raises InvalidInstance unless 1/ε grows as Theorem 11 wants it, or its analogue for realizable samples."""
    end = Fraction(1, 1 if realizable else 2)
    if law == "power" and not 0 < exponent < end:
        raise InvalidInstance(
            f"exponent: for n^(−a/b) it must be above 0 and below {end}, not {parameter_text(exponent)[:60]}"
        )
    if law == "log" and exponent <= end:
        raise InvalidInstance(
            f"exponent: for ⌈log₂ n⌉^(−a/b) it must be above {end}, not {parameter_text(exponent)[:60]}"
        )


class PaddedDimension(Fact):
    name = "padded-dimension"
    meaning = "padded is the least n' ≥ dimension with ε(n') < gap, where ε(n) = n^(−exponent), or ⌈log₂ n⌉^(−exponent)"
    parameters: ClassVar[dict[str, Parameter]] = {
        "law": Choice("power: ε(n) = n^(−exponent); log: ε(n) = ⌈log₂ n⌉^(−exponent)", words=("power", "log")),
        "exponent": Number("a/b; for power above 0 and below 1/2, for log above 1/2; if realizable 1 instead of 1/2"),
        "realizable": Flag("whether time 2^o(1/ε) is ruled out, as in Theorem 10, not 2^o(1/ε²), as in Theorem 7"),
        "gap": Number("what the average losses of the two cases differ by, above 0"),
        "dimension": Integer("n ≥ 1, of the instance"),
        "padded": Integer("n', of the padded instance"),
    }

    def require(self, p: Mapping[str, Any]) -> None:
        require_law(p["law"], p["exponent"], p["realizable"])
        if p["gap"] <= 0:
            raise InvalidInstance(f"gap: it must be above 0, not {parameter_text(p['gap'])[:60]}")
        if p["dimension"] < 1:
            raise InvalidInstance(f"dimension: it must be at least 1, not {shorten(p['dimension'])}")

    def work(self, p: Mapping[str, Any]) -> int:
        words = words_of_powers(p["gap"], p["exponent"], growth(p["law"], abs(p["padded"])))
        return 200 + 8 * words * (words + 20)

    def holds(self, p: Mapping[str, Any]) -> bool:
        law, exponent, gap, n, padded = (p[name] for name in ("law", "exponent", "gap", "dimension", "padded"))
        return (
            padded >= n
            and is_below(gap, exponent, growth(law, padded))
            and (padded == n or not is_below(gap, exponent, growth(law, padded - 1)))
        )


FACT = PaddedDimension()
