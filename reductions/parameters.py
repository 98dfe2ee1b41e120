"""The parameters of problems and of reductions: how their values are read, written and named."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from relucert.reductions.exact import parse_rational
from relucert.reductions.json_text import dumps, rational_to_json


def parameter_to_json(value: Any) -> Any:
    """The value of a parameter: an integer, a word, true, false or null, a rational, or a pair of rationals."""
    if isinstance(value, tuple):
        return [rational_to_json(v) for v in value]
    return rational_to_json(value) if isinstance(value, Fraction) else value


def parameter_text(value: Any) -> str:
    """The value of a parameter as it is written: the inverse of `parse_parameter`.

    >>> [parameter_text(v) for v in (2, Fraction(1, 2), True, None, "relu", (0, Fraction(1, 2)))]
    ['2', '1/2', 'true', 'null', 'relu', '0,1/2']
    """
    if isinstance(value, tuple):
        return ",".join(map(parameter_text, value))
    return str(value) if isinstance(value, Fraction | str) else dumps(value)


def parse_parameter(text: str) -> Any:
    """Read the value of a parameter: a number, true, false, null, two numbers with a comma between, or a word.

    >>> [parse_parameter(text) for text in ("2", "0.5", "true", "null", "relu", "0,1/2")]
    [2, Fraction(1, 2), True, None, 'relu', (0, Fraction(1, 2))]
    """
    words = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    if "," in text:
        return tuple(parse_rational(part) for part in text.split(",", 1))
    return text if text[:1].isalpha() else parse_rational(text)


def named(parameters: Mapping[str, Any]) -> str:
    """Parameters with their values, in one line.

    >>> named({"threshold": Fraction(1, 2), "bias": True, "loss": "l1"})
    'threshold = 1/2, bias = true, loss = l1'
    """
    values = {name: dumps(parameter_to_json(value)).replace('"', "") for name, value in parameters.items()}
    return ", ".join(f"{name} = {v if len(v) <= 60 else v[:57] + '...'}" for name, v in values.items())
