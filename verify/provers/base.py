"""The interface of a prover: a formula goes in; a model, a refutation or the reason for neither comes out.

Provers are untrusted. A model is evaluated and a refutation is checked by `certificates/` before anybody sees it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Protocol

from relucert.certificates.kernel import Formula, Step


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
    """Why there is no answer: 'time' (or work), 'memory', 'unsupported: …' or the solver's own words."""

    reason: str


Answer = Model | Refutation | Unknown


class OutOfTime(Exception):
    """The deadline has passed, or the work that it allows is done."""


class Deadline:
    """When a prover gives up: after some seconds, after some work, or, without arguments, never.

    Work is counted in Z3's resource units and, of other solvers, in what takes about as long. So an answer within so
    much work is the same on every machine, however busy it is.
    """

    def __init__(self, seconds: float | None = None, work: int | None = None) -> None:
        self.end = inf if seconds is None else time.monotonic() + seconds
        self.work = work

    def remaining(self) -> float:
        """Seconds left, which may be infinite; raises OutOfTime when there are none, or no work is left."""
        left = self.end - time.monotonic()
        if left <= 0 or (self.work is not None and self.work <= 0):
            raise OutOfTime
        return left

    def spend(self, work: int) -> None:
        """Count work that has been done; raises OutOfTime when that was all."""
        if self.work is not None:
            self.work -= work
        self.remaining()


class Prover(Protocol):
    @property
    def name(self) -> str: ...

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        """Decide whether some assignment of reals and Booleans satisfies every constraint of the formula."""
        ...
