"""Two sets P and Q of points: CSV with a header x1,…,xd,side, or JSON {"P": [[…], …], "Q": [[…], …]}."""

from __future__ import annotations

from typing import Any

from relucert.reductions.exact import InvalidInstance, Rational, parse_rational, shorten
from relucert.reductions.formats.tables import coordinates, lenient, read_table
from relucert.reductions.json_text import is_json, json_fields, json_list, loads

Point = tuple[Rational, ...]


def read_point_sets(text: str, suffix: str) -> tuple[list[Point], list[Point]]:
    """P and Q, in the order of the file, numbers read exactly. Raises InvalidInstance with the place."""
    if is_json(text, suffix):
        data = json_fields(loads(text, decimals=True), {"P", "Q"})
        p, q = ([_from_json(x, f"a point of {side}") for x in json_list(data[side], side)] for side in "PQ")
    else:
        _, rows = read_table(text, "x1,…,xd,side", _is_header, _row)
        p, q = ([x for own, x in rows if own == side] for side in "PQ")
    return p, q


def _is_header(cells: list[str]) -> bool:
    return len(cells) > 1 and cells == [*coordinates(len(cells) - 1), "side"]


def _row(cells: dict[str, str]) -> tuple[str, Point]:
    side = cells.pop("side")
    if side not in ("P", "Q"):
        raise InvalidInstance(f"the side {shorten(side)} is neither P nor Q")
    return side, tuple(map(parse_rational, cells.values()))


def _from_json(data: Any, what: str) -> Point:
    values = json_list(data, what)
    try:
        return tuple(map(lenient, values))
    except InvalidInstance as problem:
        raise type(problem)(f"{what}: {problem}") from None
