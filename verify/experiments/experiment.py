"""What an experiment is. What it measures is labelled so; what is exact is computed with fractions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.parameters import Parameter

Record = dict[str, Any]  # what a batch gives: JSON
Row = dict[str, Any]  # of the table: column to value
Subject = Callable[..., Any]


@dataclass(frozen=True)
class Plan:
    """What will be done and promised, in lines; and why it had better not be done, if so."""

    lines: Sequence[str]
    refusal: str | None = None


@dataclass(frozen=True)
class Series:
    """A line of a figure: points with, if known, the ends of an interval around each y."""

    name: str
    x: Sequence[Any]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


@dataclass(frozen=True)
class Figure:
    title: str
    x: str
    y: str
    series: Sequence[Series]
    log_x: bool = False
    log_y: bool = False


class Experiment(ABC):
    """A seeded computation in batches. Each batch depends on parameters, seed and its own name only."""

    name: ClassVar[str]
    summary: ClassVar[str]
    reference: ClassVar[str]
    parameters: ClassVar[Mapping[str, Parameter]]
    subjects: ClassVar[Mapping[str, Subject]] = {}  # by name; a subject from outside takes and returns the same

    @abstractmethod
    def plan(self, p: Mapping[str, Any]) -> Plan:
        """Raises InvalidInstance if the parameters make no sense."""

    @abstractmethod
    def batches(self, p: Mapping[str, Any]) -> Sequence[str]: ...

    @abstractmethod
    def run(self, p: Mapping[str, Any], batch: str, coins: Coins, subject: tuple[str, Subject] | None) -> Record: ...

    @abstractmethod
    def table(self, p: Mapping[str, Any], records: Mapping[str, Record]) -> list[Row]: ...

    def figure(self, p: Mapping[str, Any], rows: Sequence[Row]) -> Figure | None:
        return None

    def failure(self, rows: Sequence[Row]) -> str | None:
        """What was found false, if the experiment decides something."""
        return None


@dataclass(frozen=True)
class Asked:
    """A subject under its name: whatever it raises or returns becomes an answer or one clear line."""

    name: str
    subject: Subject
    answers: Sequence[Any] = field(default=())

    def __call__(self, *arguments: Any) -> Any:
        try:
            answer = self.subject(*arguments)
        except (Exception, SystemExit) as problem:  # whatever outside code raises
            raise InvalidInstance(f"{self.name}: {type(problem).__name__}: {problem}") from None
        if self.answers and (not isinstance(answer, str) or answer not in self.answers):
            raise InvalidInstance(f"{self.name} returned {shorten(repr(answer))}, not {' or '.join(self.answers)}")
        return answer


def positive(p: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if p[name] < 1:
            raise InvalidInstance(f"{name} must be at least 1, not {p[name]}")
