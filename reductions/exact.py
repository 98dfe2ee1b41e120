"""Exact numbers: how they are read, written, and shown in a message."""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

Rational = int | Fraction

MAX_DIGITS = 4000  # of one integer in any file; below the interpreter's own limit on int(str)
NUMBER_LIMIT: int = 10**MAX_DIGITS
MAX_COUNT = 2**60  # vertices, variables, neurons, … are fewer; larger integers may all have the same hash


class InvalidInstance(ValueError):
    """The input is not an instance (or witness) of the problem; the message says what is wrong and where."""


class TooLarge(InvalidInstance):
    """The input, or what follows from it, has longer numbers or deeper nesting than any instance needs."""


_NUMBER = re.compile(r"([+-]?)(?=\.?\d)(\d*)(?:/(\d+)|(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?)", re.ASCII)


def simplified(value: Rational) -> Rational:
    """The same number, as an int where it is one: integers are several times faster than Fractions."""
    return value.numerator if value.denominator == 1 else value


def parse_rational(text: str) -> Rational:
    """Read '3', '-0.25', '.5', '1.5e-3' or 'p/q' exactly; raises InvalidInstance on anything else.

    >>> parse_rational("0.125"), parse_rational("6/4"), parse_rational("-2e1")
    (Fraction(1, 8), Fraction(3, 2), -20)
    """
    if len(text) > 2 * MAX_DIGITS:
        raise TooLarge(f"a number of {len(text)} characters")
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        raise InvalidInstance(f"{shorten(text)} is not a rational number")
    sign, whole, denominator, decimals, exponent = match.groups()
    places = len(decimals or "") - int(exponent or 0)
    digits = len(whole) + len(decimals or "") + max(-places, 0)  # a power of ten has one digit more than places
    if max(digits, len(denominator or ""), places + 1) > MAX_DIGITS:
        raise TooLarge(f"the number {shorten(text)} has more than {MAX_DIGITS} digits")
    numerator = int(sign + whole + (decimals or ""))
    if denominator is not None:
        if int(denominator) == 0:
            raise InvalidInstance(f"{shorten(text)} divides by zero")
        return simplified(Fraction(numerator, int(denominator)))
    return simplified(Fraction(numerator, 10**places)) if places > 0 else numerator * int(10**-places)


def shorten(value: Any) -> str:
    """A value as it appears in an error message: one line, at most 60 characters, however much it holds."""
    text = _beginning(value, 60)
    return text if len(text) <= 60 else text[:57] + "..."


def short(value: Rational) -> str:
    """A number on a screen: itself if it has at most 24 characters, or else its first six digits, never in a file.

    >>> short(Fraction(1, 3)), short(Fraction(10**30 + 1, 3 * 10**30))
    ('1/3', '≈0.333333')
    """
    if value.numerator.bit_length() + value.denominator.bit_length() <= 128 and len(text := str(value)) <= 24:
        return text
    return f"≈{decimal(value)}"


def decimal(value: Rational) -> str:
    """The first six digits, rounded, of a number of any size.

    >>> decimal(Fraction(-9, 7)), decimal(Fraction(1, 10**9)), decimal(10**5000 + 1), decimal(Fraction(9, 2))
    ('-1.28571', '1e-9', '1e+5000', '4.5')
    """
    with localcontext(Context(prec=6, Emax=MAX_EMAX, Emin=MIN_EMIN)):
        digits = Decimal(value.numerator) / Decimal(value.denominator)
        plain = -5 <= digits.adjusted() < 12
        return f"{digits:f}" if plain else f"{digits.normalize():e}"


def _beginning(value: Any, room: int) -> str:
    """repr(value), but little more than its first `room` characters."""
    if isinstance(value, int) and value.bit_length() > 1000:
        return f"a huge {type(value).__name__}"
    if isinstance(value, str | bytes):
        return repr(value[: room + 1])
    if isinstance(value, list | tuple | dict):
        text, close = ("{", "}") if isinstance(value, dict) else ("[", "]") if isinstance(value, list) else ("(", ")")
        for entry in value:
            if len(text) > room:
                return text
            text += (", " if len(text) > 1 else "") + _beginning(entry, room - len(text))
            if isinstance(value, dict):
                text += ": " + _beginning(value[entry], room - len(text))
        return text + ("," if isinstance(value, tuple) and len(value) == 1 else "") + close
    return repr(value)
