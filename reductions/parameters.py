"""The parameters of problems and of reductions: what values they take, and how these are read, written and named."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

from relucert.reductions.exact import InvalidInstance, Rational, TooLarge, parse_rational, shorten, simplified
from relucert.reductions.json_text import dumps, rational_to_json
from relucert.reductions.shapes import ANY_INTEGER, FLAG, RATIONAL, Shape, listed, one_of, or_null, tuple_of

REQUIRED: Final = object()  # the default of a parameter that must be given


@dataclass(frozen=True)
class Parameter(ABC):
    """What values a parameter takes, what it means, and the value of one that is not given.

    nullable: whether null (None) is a value too. What else a value must be, say positive, says what has the parameter.
    """

    meaning: str
    default: Any = REQUIRED
    nullable: bool = False

    kind: ClassVar[str]

    def read(self, value: Any) -> Any:
        """The value that is meant by a text, as after `-p NAME=`, by a JSON value or by a value of Python.

        Raises InvalidInstance.
        """
        if self.nullable and value in (None, "null"):
            return None
        return self._read(value)

    @abstractmethod
    def _read(self, value: Any) -> Any: ...

    @property
    def shape(self) -> Shape:
        """Of the JSON form of a value."""
        return or_null(self._shape) if self.nullable else self._shape

    @property
    @abstractmethod
    def _shape(self) -> Shape: ...

    def _number(self, value: Any) -> Any:
        try:
            return parse_rational(value) if isinstance(value, str) else value
        except TooLarge:
            raise
        except InvalidInstance:
            raise self._expected(value) from None

    def _expected(self, value: Any) -> InvalidInstance:
        return InvalidInstance(f"expected {self.kind}{' or null' * self.nullable}, not {shorten(value)}")


class Integer(Parameter):
    """
    >>> Integer("the number of colours").read("3")
    3
    """

    kind = "an integer"
    _shape = ANY_INTEGER

    def _read(self, value: Any) -> int:
        number = self._number(value)
        if type(number) is not int:
            raise self._expected(value)
        return number


class Number(Parameter):
    """
    >>> Number("what the loss may be").read("0.5")
    Fraction(1, 2)
    """

    kind = "a rational number"
    _shape = RATIONAL

    def _read(self, value: Any) -> Rational:
        number = self._number(value)
        if type(number) not in (int, Fraction):
            raise self._expected(value)
        return simplified(number)


class Interval(Parameter):
    """
    >>> Interval("what values are clipped to", nullable=True).read("0,1/2")
    (0, Fraction(1, 2))
    """

    kind = "two rational numbers"
    _shape = tuple_of(RATIONAL, RATIONAL)

    def _read(self, value: Any) -> tuple[Rational, Rational]:
        ends = value.split(",") if isinstance(value, str) else value
        if not isinstance(ends, tuple | list) or len(ends) != 2:
            raise self._expected(value)
        low, high = map(Number(self.meaning).read, ends)
        return low, high


class Rows(Parameter):
    """
    >>> Rows("a square matrix").read("1,0;1/2,1")
    ((1, 0), (Fraction(1, 2), 1))
    """

    kind = "rows of rational numbers"
    _shape = listed(listed(RATIONAL))

    def _read(self, value: Any) -> tuple[tuple[Rational, ...], ...]:
        rows = [row.split(",") for row in value.split(";")] if isinstance(value, str) else value
        if not isinstance(rows, tuple | list) or not all(isinstance(row, tuple | list) for row in rows):
            raise self._expected(value)
        read = Number(self.meaning).read
        return tuple(tuple(map(read, row)) for row in rows)


class Flag(Parameter):
    """
    >>> Flag("whether neurons may have biases").read("true")
    True
    """

    kind = "true or false"
    _shape = FLAG

    def _read(self, value: Any) -> bool:
        flag = {"true": True, "false": False}.get(value) if isinstance(value, str) else value
        if type(flag) is not bool:
            raise self._expected(value)
        return flag


@dataclass(frozen=True)
class Choice(Parameter):
    """
    >>> Choice("the activation", words=("relu", "threshold")).read("relu")
    'relu'
    """

    words: tuple[str, ...] = ()

    @property
    def kind(self) -> str:  # type: ignore[override]
        return f"{', '.join(self.words[:-1])} or {self.words[-1]}"

    @property
    def _shape(self) -> Shape:
        return one_of(*self.words)

    def _read(self, value: Any) -> str:
        if type(value) is not str or value not in self.words:
            raise self._expected(value)
        return value


def read_parameters(known: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are meant. Raises InvalidInstance that names the parameter.

    >>> read_parameters({"colors": Integer("the number of colours")}, {"colors": "3"})
    {'colors': 3}
    """
    values = {}
    for name, value in given.items():
        try:
            values[name] = known[name].read(value)
        except InvalidInstance as problem:
            raise type(problem)(f"{name}: {problem}") from None  # TooLarge stays what it is
    return values


def parameter_to_json(value: Any) -> Any:
    """The value of a parameter: an integer, a word, true, false or null, a rational, a pair of rationals, or rows."""
    if isinstance(value, tuple | list):
        return [parameter_to_json(v) if isinstance(v, tuple | list) else rational_to_json(v) for v in value]
    return rational_to_json(value) if isinstance(value, Fraction) else value


def json_of(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameter_to_json(value) for name, value in values.items()}


def parameter_text(value: Any) -> str:
    """The value of a parameter as it is written on a command line, and read again.

    >>> [parameter_text(v) for v in (2, Fraction(1, 2), True, None, "relu", (0, Fraction(1, 2)), ((1, 0), (2, 1)))]
    ['2', '1/2', 'true', 'null', 'relu', '0,1/2', '1,0;2,1']
    """
    if isinstance(value, tuple):
        return (";" if any(isinstance(v, tuple) for v in value) else ",").join(map(parameter_text, value))
    return str(value) if isinstance(value, Fraction | str) else dumps(value)


def named(parameters: Mapping[str, Any]) -> str:
    """Parameters with their values, in one line.

    >>> named({"threshold": Fraction(1, 2), "bias": True, "loss": "l1"})
    'threshold = 1/2, bias = true, loss = l1'
    """
    values = {name: dumps(value).replace('"', "") for name, value in json_of(parameters).items()}
    return ", ".join(f"{name} = {v if len(v) <= 60 else v[:57] + '...'}" for name, v in values.items())
