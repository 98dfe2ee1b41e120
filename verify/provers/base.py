"""The interface of a prover: a formula goes in; a model, a refutation or the reason for neither comes out.

Provers are untrusted. A model is evaluated and a refutation is checked by `certificates/` before anybody sees it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import Any, Protocol

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
    """Why there is no answer: 'time' (or work), 'memory', 'unsupported: …' or the solver's own words.

    details: which side, which case, which prover reached what, in lines. found: what is known all the same.
    """

    reason: str
    details: tuple[str, ...] = field(default=(), compare=False)
    found: tuple[Any, ...] = field(default=(), compare=False)

    @staticmethod
    def of(**sides: Any) -> Unknown:
        """Of those that are UNKNOWN, with the names of the sides."""
        unknown = {name: side for name, side in sides.items() if isinstance(side, Unknown)}
        reason = "; ".join(dict.fromkeys(side.reason for side in unknown.values()))
        return Unknown(reason, tuple(f"{name}: {d}" for name, side in unknown.items() for d in side.details))


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
        self.whole: Deadline | None = None  # of which this is a part
        self.tell: Callable[[str, Any], None] = lambda _text, _found: None  # how far a prover is, and what it has found

    def part(self, share: float = 0.5) -> Deadline:
        """A deadline after a share of what is left; it raises OutOfTime when there is nothing."""
        left, other = self.remaining(), Deadline()
        if self.work is not None and int(self.work * share) < 1:
            raise OutOfTime
        other.whole, other.end, other.tell = self, time.monotonic() + left * share, self.tell
        other.work = None if self.work is None else int(self.work * share)
        return other

    def within(self, work: int) -> Deadline:
        """A deadline after so much of the work that is left."""
        other = Deadline()
        other.whole, other.end, other.tell = self, self.end, self.tell
        other.work = work if self.work is None else min(work, self.work)
        return other

    def remaining(self) -> float:
        """Seconds left, which may be infinite; raises OutOfTime when there are none, or no work is left."""
        left = self.end - time.monotonic()
        if left <= 0 or (self.work is not None and self.work <= 0):
            raise OutOfTime
        return left

    def spend(self, work: int) -> None:
        """Count work that has been done; raises OutOfTime when that was all."""
        one: Deadline | None = self
        while one is not None:
            if one.work is not None:
                one.work -= work
            one = one.whole
        self.remaining()


class Prover(Protocol):
    @property
    def name(self) -> str: ...

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        """Decide whether some assignment of reals and Booleans satisfies every constraint of the formula."""
        ...
