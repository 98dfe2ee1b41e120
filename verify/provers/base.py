"""The interface of a prover: a formula goes in; a model, a refutation or the reason for neither comes out.

Provers are untrusted. A model is evaluated and a refutation is checked by `certificates/` before anybody sees it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from certificates.kernel import Formula, Step


@dataclass(frozen=True)
class Model:
    """Values that satisfy every clause: reals by variable number (absent ones are 0), and the atoms that are true."""

    reals: dict[int, Fraction]
    true: frozenset[int]


@dataclass(frozen=True)
class Refutation:
    """Proof steps from the formula to the empty clause; their ids and atoms continue the formula's numbering."""

    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Unknown:
    """Why there is no answer: 'time', 'memory', 'unsupported: …' or the solver's own words."""

    reason: str


Answer = Model | Refutation | Unknown


class OutOfTime(Exception):
    """The deadline has passed."""


class Deadline:
    """A moment after which a prover gives up."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; raises OutOfTime when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return left


class Prover(Protocol):
    name: str

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        """Decide whether some assignment of reals and Booleans satisfies every constraint of the formula."""
        ...
