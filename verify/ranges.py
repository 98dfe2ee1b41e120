"""The numbers that bound a run: which are sensible, on the command line and in Python."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from relucert.reductions.exact import InvalidInstance, shorten


@dataclass(frozen=True)
class Range:
    """The integers from least to most, or, if `real`, the real numbers; `above`: least itself is none of them."""

    least: int
    most: int
    real: bool = False
    above: bool = False

    def __contains__(self, value: Any) -> bool:
        """False for nan, which is in no order."""
        if isinstance(value, bool) or not isinstance(value, Real if self.real else Integral):
            return False
        return bool((self.least < value if self.above else self.least <= value) and value <= self.most)

    def __str__(self) -> str:
        if self.above:
            return f"a number above {self.least:,} and at most {self.most:,}"
        return f"{'a number' if self.real else 'an integer'} from {self.least:,} to {self.most:,}"

    def require(self, name: str, value: Any) -> None:
        """Raises InvalidInstance."""
        if value not in self:
            raise InvalidInstance(f"{name}: {shorten(value)} is not {self}")


SECONDS = Range(0, 10**6, real=True, above=True)  # 11 days; what waits for a process counts milliseconds in 31 bits
GIGABYTES = Range(0, 10**6, real=True, above=True)
COUNT = Range(1, 10**18)  # fits a machine word
SHARE = Range(0, 1, real=True)
SEED = Range(0, 10**18)
