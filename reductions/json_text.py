"""JSON that may be hostile: read without floats, with bounded numbers and nesting; written in one canonical form."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Set
from typing import Any

from relucert.reductions.exact import (
    MAX_COUNT,
    MAX_DIGITS,
    NUMBER_LIMIT,
    InvalidInstance,
    Rational,
    TooLarge,
    parse_rational,
    shorten,
)

SHORT = 4000  # bytes of what is read twice if it turns out not to be simple
_LONG_NUMBER = re.compile(rf"(?<!\d)\d{{{MAX_DIGITS + 1}}}", re.ASCII)  # tried once per number, not per digit


def rational_to_json(value: Rational) -> int | str:
    """An integer, or 'p/q' in lowest terms with q ≥ 2. Raises TooLarge rather than write what no file may hold."""
    if not (-NUMBER_LIMIT < value.numerator < NUMBER_LIMIT and value.denominator < NUMBER_LIMIT):
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits")
    return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def rational_from_json(value: Any) -> Rational:
    """The inverse of rational_to_json: integers, and strings in exactly that form."""
    if type(value) is int:
        return json_int(value, "a number")
    if type(value) is str and "/" in value:
        number = parse_rational(value)
        if rational_to_json(number) == value:
            return number
    raise InvalidInstance(f"{shorten(value)} is neither an integer nor a fraction 'p/q' in lowest terms")


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII. Raises TooLarge on an integer that the interpreter does not write.

    Numbers of an instance or witness have passed `rational_to_json` or are counts, so they are short enough.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits") from None


def loads(text: str, decimals: bool = False) -> Any:
    """Read JSON that may be hostile: no duplicate keys, no NaN, bounded digits and nesting.

    Decimals such as 0.5 are refused, or read exactly as Fractions if `decimals` is set.
    """
    if len(text) > MAX_DIGITS and _LONG_NUMBER.search(text):
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits")
    try:
        if text[:1] == "{" and len(text) < SHORT and not decimals:
            data, end = _PLAIN.raw_decode(text)
            if text.count('"') == 2 * len(data) and not text[end:].strip(" \t\n\r"):
                return data  # each key that was read takes two quotation marks, so none of them was read twice
        return (_DECIMALS if decimals else _EXACT).decode(text)
    except RecursionError:
        raise TooLarge("JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise InvalidInstance(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None


def _no_float(text: str) -> Rational:
    raise InvalidInstance(f"{shorten(text)} is a float; only integers and fractions 'p/q' are exact")


def _distinct_keys(items: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(items)
    if len(result) != len(items):
        twice = Counter(key for key, _ in items).most_common(1)[0][0]
        raise InvalidInstance(f"the key {shorten(twice)} stands twice")
    return result


# Made once: to make one takes as long as to read a line of a certificate. The last one does not look for a key that
# stands twice.
_EXACT, _DECIMALS, _PLAIN = (
    json.JSONDecoder(parse_float=floats, parse_constant=_no_float, object_pairs_hook=keys)
    for floats, keys in ((_no_float, _distinct_keys), (parse_rational, _distinct_keys), (_no_float, None))
)


def json_fields(data: Any, required: Set[str], optional: Set[str] = frozenset()) -> dict[str, Any]:
    """A JSON object with exactly the expected keys."""
    if type(data) is not dict:
        raise InvalidInstance(f"expected an object, not {shorten(data)}")
    if missing := required - data.keys():
        raise InvalidInstance(f"the field {min(missing)!r} is missing")
    if unknown := data.keys() - required - optional:
        raise InvalidInstance(f"the field {shorten(min(unknown))} is unknown")
    return data


def json_list(data: Any, what: str) -> list[Any]:
    if type(data) is not list:
        raise InvalidInstance(f"{what}: expected a list, not {shorten(data)}")
    return data


def json_int(data: Any, what: str, least: int | None = None) -> int:
    """An integer (True is none), at least `least` if given, of at most MAX_DIGITS digits."""
    if type(data) is not int:
        raise InvalidInstance(f"{what}: {shorten(data)} is not an integer")
    if not -NUMBER_LIMIT < data < NUMBER_LIMIT:
        raise TooLarge(f"{what}: a number of more than {MAX_DIGITS} digits")
    if least is not None and data < least:
        raise InvalidInstance(f"{what} must be at least {least}, not {shorten(data)}")
    return data


def json_count(data: Any, what: str, least: int = 0) -> int:
    """How many of something there are, or a number for one of them: at least `least`, and below MAX_COUNT."""
    count = json_int(data, what, least)
    if count >= MAX_COUNT:
        raise TooLarge(f"{what}: {shorten(count)} is too large, counts must be below 2^60")
    return count


def is_json(text: str, suffix: str) -> bool:
    """Whether a file claims to be JSON, by its name or by its first character."""
    return suffix == ".json" or text.lstrip().startswith("{")
