"""CSV: a header, then rows of as many cells. Blank lines mean nothing, nor do lines that start with '#'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from relucert.reductions.exact import InvalidInstance, Rational, parse_rational, shorten
from relucert.reductions.formats import lines

R = TypeVar("R")


def read_table(
    text: str, headers: str, is_header: Callable[[list[str]], bool], row: Callable[[dict[str, str]], R]
) -> tuple[list[str], list[R]]:
    """The header, and what `row` makes of every row. Raises InvalidInstance with the line number.

    headers: what a header must be, in words. row: takes the cells of a row by the names in the header.

    >>> read_table("x,y\\n1, 2\\n", "x,y", ["x", "y"].__eq__, dict)
    (['x', 'y'], [{'x': '1', 'y': '2'}])
    """
    header: list[str] = []
    rows = []
    for number, line in enumerate(lines(text), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split(",")]
        try:
            if header:
                rows.append(row(dict(zip(header, of_length(cells, len(header), "a row"), strict=True))))
            elif is_header(cells):
                header = cells
            else:
                raise InvalidInstance(f"the header must be {headers}, not {shorten(line)}")
        except InvalidInstance as problem:
            raise type(problem)(f"line {number}: {problem}") from None
    if not header:
        raise InvalidInstance("the file is empty")
    return header, rows


def coordinates(number: int) -> list[str]:
    """Their names in a header."""
    return [f"x{t}" for t in range(1, number + 1)]


def of_length(row: list[Any], length: int, what: str) -> list[Any]:
    if len(row) != length:
        raise InvalidInstance(f"{what} has {len(row)} entries where {length} are expected")
    return row


def lenient(value: Any) -> Rational:
    """A number of a user's JSON file: an integer, a decimal (already exact) or a string that holds a rational."""
    if type(value) is str:
        return parse_rational(value)
    if isinstance(value, Rational) and type(value) is not bool:
        return value
    raise InvalidInstance(f"{shorten(value)} is not a rational number")
