"""Numbers of Z3, and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import z3

from relucert.reductions.exact import Rational, simplified


def rational(value: Rational, context: z3.Context) -> Any:
    """The number in a context of Z3. One solver a context: what Z3 finds in a shared one depends on what it did before.

    >>> rational(Fraction(-1, 2), z3.Context())
    -1/2
    """
    return z3.Q(value.numerator, value.denominator, context)


def number(value: Any) -> int | Fraction:
    return simplified(value.as_fraction())
