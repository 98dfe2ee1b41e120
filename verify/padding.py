"""How far Theorem 11 of [GKMR21] pads an instance, so that the error ε(n) tells its two cases apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from relucert.certificates.facts.padded_dimension import is_below, require_law
from relucert.reductions.exact import MAX_DIGITS, NUMBER_LIMIT, InvalidInstance, Rational
from relucert.reductions.reduction import AnyReduction
from relucert.reductions.tight_hardness.coloring_to_bounded_relu import ColoringToBoundedRelu
from relucert.reductions.tight_hardness.densest_subgraph_to_bounded_relu import DensestSubgraphToBoundedRelu
from relucert.verify.certify import Certified
from relucert.verify.enclose import prove_fact


@dataclass(frozen=True)
class Padding:
    """gap: of the average losses; dimension: before padding; padded: after it; the certificate says so."""

    gap: Fraction
    dimension: int
    padded: int
    certified: Certified

    @property
    def extra(self) -> int:
        return self.padded - self.dimension


def least_dimension(law: str, exponent: Rational, gap: Rational, dimension: int) -> int:
    """The least n' ≥ dimension with ε(n') < gap. Raises InvalidInstance if it has too many digits.

    ε(n) is n^(−exponent) for the law `power` and ⌈log₂ n⌉^(−exponent) for `log`.

    >>> [least_dimension(law, Fraction(2, 5), Fraction(1, 4), 3) for law in ("power", "log")]
    [33, 4294967297]
    """
    most = NUMBER_LIMIT if law == "power" else NUMBER_LIMIT.bit_length() - 1
    if not is_below(gap, exponent, most - 1):
        raise InvalidInstance(f"the padded dimension has more than {MAX_DIGITS} digits")
    size = least(lambda size: is_below(gap, exponent, size))
    return max(dimension, size if law == "power" else 2 ** (size - 1) + 1)


def least(holds: Callable[[int], bool]) -> int:
    """The least integer ≥ 1 from which on it holds: from there on it holds for ever.

    >>> least(lambda n: n * n > 50)
    8
    """
    low, high = 0, 1
    while not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


Gapped = DensestSubgraphToBoundedRelu | ColoringToBoundedRelu  # of Theorem 7, and of Theorem 10 for realizable samples


def with_a_gap(r: AnyReduction, law: str, exponent: Rational) -> Gapped:
    """The reduction itself. Raises InvalidInstance if it states no gap, or if no ε(n) of this exponent will do."""
    if not isinstance(r, Gapped):
        known = ", ".join(found.name for found in (DensestSubgraphToBoundedRelu, ColoringToBoundedRelu))
        raise InvalidInstance(f"{r.name} states no gap of average losses; these do: {known}")
    require_law(law, exponent, isinstance(r, ColoringToBoundedRelu))
    return r


def pad(r: Gapped, instance: Any, law: str, exponent: Rational) -> Padding:
    """What the reduction needs for this instance. Raises InvalidInstance."""
    realizable = isinstance(r, ColoringToBoundedRelu)
    gap = r.gap(instance, max(1, r.violated)) if isinstance(r, ColoringToBoundedRelu) else r.gap(instance)[0]
    (size,) = r.stages(instance)
    dimension = size.measures["dimension"]
    given = {"law": law, "exponent": exponent, "realizable": realizable, "gap": gap, "dimension": dimension}
    padded = least_dimension(law, exponent, gap, dimension)
    return Padding(gap, dimension, padded, prove_fact("padded-dimension", {**given, "padded": padded}))
