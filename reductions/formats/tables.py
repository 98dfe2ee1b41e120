"""CSV: rows of as many cells, separated by commas, semicolons or tabs. Blank lines and lines with '#' mean nothing."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
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
    for number, cells in rows_of(text):
        try:
            if header:
                rows.append(row(dict(zip(header, of_length(cells, len(header), "a row"), strict=True))))
            elif is_header(cells):
                header = cells
            else:
                raise InvalidInstance(f"the header must be {headers}, not {shorten(','.join(cells))}")
        except InvalidInstance as problem:
            raise type(problem)(f"line {number}: {problem}") from None
    if not header:
        raise InvalidInstance("the file is empty")
    return header, rows


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is neither blank nor a comment, with its line number. The first one shows what separates cells.

    Cells may stand in quotes. If every row ends in a separator, no cell follows it. Raises InvalidInstance.

    >>> list(rows_of('x;y;\\n"1"; 2;\\n'))
    [(1, ['x', 'y']), (2, ['1', '2'])]
    """
    separator, closed = "", False
    for number, line in enumerate(lines(text), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not separator:
            bare = "".join(line.split('"')[::2])  # outside quotes
            separator = next((c for c in "\t;" if c in bare), ",")
            closed = len(line.split(separator)) > 1 and not line.strip(" ").split(separator)[-1].strip(" ")
        cells = [cell.strip() for cell in _cells(line, separator, number)]
        if closed and len(cells) > 1 and not cells[-1]:
            cells.pop()
        yield number, cells


def _cells(line: str, separator: str, number: int) -> list[str]:
    if '"' not in line:
        return line.split(separator)
    try:
        [cells] = csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError) as problem:
        raise InvalidInstance(f"line {number}: {shorten(line)} is not well quoted: {problem}") from None
    return cells


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
