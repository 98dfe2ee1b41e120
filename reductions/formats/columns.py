"""Which columns of a table are the coordinates of a point, its label and its weight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from relucert.reductions.exact import InvalidInstance, Rational, parse_rational, shorten
from relucert.reductions.formats.tables import coordinates, of_length, rows_of
from relucert.reductions.json_text import is_json, rational_to_json

Row = tuple[list[Rational], Rational, int]  # point, label, weight


@dataclass(frozen=True)
class Columns:
    """Columns by their names in the header, or by their numbers from 1; what is not given is found by its name."""

    x: tuple[str, ...] | None = None
    y: str | None = None
    weight: str | None = None

    def __bool__(self) -> bool:
        return self != Columns()


class Layout(NamedTuple):
    """The places of the columns, counted from 0; whether the first row is a header; and a remark, or nothing."""

    x: tuple[int, ...]
    y: int
    weight: int | None
    header: bool
    remark: str


def read_rows(text: str, columns: Columns = Columns()) -> tuple[int, list[Row], list[str]]:
    """The dimension, the samples and remarks. Raises InvalidInstance with the line number.

    A header has the names x1, …, xd, y and perhaps weight, in any order, or any names of which y is one, and then all
    others but weight are coordinates. Without a header the last column is the label. `columns` may say otherwise.
    """
    layout: Layout | None = None
    width, rows = 0, list[Row]()
    for number, cells in rows_of(text):
        try:
            if layout is None:
                layout, width = layout_of(cells, columns), len(cells)
                if layout.header:
                    continue
            values = of_length(cells, width, "a row")
            weight = 1 if layout.weight is None else parse_rational(values[layout.weight])
            rows.append(
                ([parse_rational(values[t]) for t in layout.x], parse_rational(values[layout.y]), count(weight))
            )
        except InvalidInstance as problem:
            raise type(problem)(f"line {number}: {problem}") from None
    if layout is None:
        raise InvalidInstance("the file is empty")
    return len(layout.x), rows, [layout.remark] if layout.remark else []


def selected(text: str, suffix: str, columns: Columns) -> str:
    """A table with the columns in their usual places and under their usual names. Raises InvalidInstance."""
    if not columns:
        return text
    if is_json(text, suffix):
        raise InvalidInstance("JSON names its coordinates and labels itself; columns are of CSV files")
    dimension, rows, _ = read_rows(text, columns)
    lines = [",".join([*coordinates(dimension), "y", "weight"])]
    lines += (",".join(str(rational_to_json(v)) for v in (*x, y, weight)) for x, y, weight in rows)
    return "\n".join(lines) + "\n"


def layout_of(cells: list[str], columns: Columns) -> Layout:
    """What the first row says. Raises InvalidInstance."""
    header = not all(map(_is_number, cells))
    names = cells if header else [str(i) for i in range(1, len(cells) + 1)]
    if not all(map(str.isprintable, names)):
        raise InvalidInstance(f"the header {shorten(','.join(cells))} holds invisible characters")
    if len(set(names)) < len(names):
        raise InvalidInstance(f"the header names a column twice: {shorten(','.join(cells))}")
    usual = "y" if header else names[-1]
    weight = _place(names, columns.weight, "weight") if columns.weight else None
    if weight is None and header and "weight" in names and "weight" not in (*(columns.x or ()), columns.y):
        weight = names.index("weight")
    if columns.y is None and usual not in names:
        raise InvalidInstance(
            f"the header {shorten(','.join(cells))} has no column y: say which it is (--y NAME, --x NAME,…)"
        )
    y = _place(names, columns.y or usual, "y")
    if columns.x is not None:
        x = tuple(_place(names, name, "x") for name in columns.x)
    else:
        x = _others(names, {y, weight}, header)
    if len({*x, y}) < len(x) + 1 or weight in (*x, y):
        raise InvalidInstance("a column is asked for twice")
    if columns or (header and (*x, y) == tuple(range(len(x) + 1)) and names[: len(x)] == coordinates(len(x))):
        return Layout(x, y, weight, header, "")
    shown = ", ".join(names[t] for t in x[:8]) + (", …" if len(x) > 8 else "")
    said = f"x = {shown or 'nothing'}; y = {names[y]}" + (f"; weight = {names[weight]}" if weight is not None else "")
    return Layout(x, y, weight, header, f"{'columns' if header else 'no header: columns by their numbers'}: {said}")


def _others(names: Sequence[str], taken: set[int | None], header: bool) -> tuple[int, ...]:
    """All other columns; x1, …, xd by their numbers."""
    left = [t for t in range(len(names)) if t not in taken]
    numbered = {t for t in left if re.fullmatch(r"x\d+", names[t], re.ASCII)}
    if not header or not numbered:
        return tuple(left)
    own = {names[t]: t for t in left}
    if set(own) != set(coordinates(len(left))):
        raise InvalidInstance(
            f"the header must be x1,…,xd,y or x1,…,xd,y,weight, or say with --x which columns are coordinates, "
            f"not {shorten(','.join(names))}"
        )
    return tuple(own[name] for name in coordinates(len(left)))


def _place(names: Sequence[str], wanted: str, what: str) -> int:
    if wanted in names:
        return names.index(wanted)
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:9]) <= len(names):
        return int(wanted) - 1
    raise InvalidInstance(f"{what}: there is no column {shorten(wanted)}; there are {shorten(', '.join(names))}")


def _is_number(cell: str) -> bool:
    try:
        parse_rational(cell)
    except InvalidInstance:
        return False
    return True


def count(weight: Rational) -> int:
    """How often a sample counts. Raises InvalidInstance."""
    if weight.denominator != 1 or weight < 1:
        raise InvalidInstance(f"the weight {shorten(rational_to_json(weight))} is not a positive integer")
    return int(weight)
