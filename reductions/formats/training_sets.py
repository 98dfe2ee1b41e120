"""Training sets without a network in mind: CSV or JSON. Numbers are read exactly, also decimals."""

from __future__ import annotations

from relucert.reductions.exact import InvalidInstance, Rational, parse_rational, shorten
from relucert.reductions.formats.tables import coordinates, lenient, of_length, read_table
from relucert.reductions.json_text import is_json, json_fields, json_list, loads, rational_to_json

Row = tuple[list[Rational], Rational, int]  # point, label, weight


def read_samples(text: str, suffix: str) -> tuple[int, list[Row]]:
    """The dimension and the samples. Raises InvalidInstance with the place.

    CSV: a header x1,…,xd,y and optionally weight (a positive integer), then one sample a line.
    JSON: an object with 'samples', a list of {"x": [dense point], "y": label} with an optional "weight".
    """
    if is_json(text, suffix):
        return _read_json(text)
    header, rows = read_table(text, "x1,…,xd,y or x1,…,xd,y,weight", _is_header, _row)
    return header.index("y"), rows


def _is_header(cells: list[str]) -> bool:
    labelled = cells[:-1] if cells[-1] == "weight" else cells
    return labelled == [*coordinates(len(labelled) - 1), "y"]


def _row(cells: dict[str, str]) -> Row:
    values = {name: parse_rational(cell) for name, cell in cells.items()}
    weight = values.pop("weight", 1)
    y = values.pop("y")
    return list(values.values()), y, _count(weight)


def _read_json(text: str) -> tuple[int, list[Row]]:
    data = json_fields(loads(text, decimals=True), {"samples"})
    rows: list[Row] = []
    for i, row in enumerate(json_list(data["samples"], "samples")):
        try:
            row = json_fields(row, {"x", "y"}, {"weight"})
            x = [lenient(v) for v in json_list(row["x"], "x")]
            of_length(x, len(rows[0][0]) if rows else len(x), "x")
            rows.append((x, lenient(row["y"]), _count(lenient(row.get("weight", 1)))))
        except InvalidInstance as problem:
            raise type(problem)(f"sample {i}: {problem}") from None
    return len(rows[0][0]) if rows else 0, rows


def _count(weight: Rational) -> int:
    if weight.denominator != 1 or weight < 1:
        raise InvalidInstance(f"the weight {shorten(rational_to_json(weight))} is not a positive integer")
    return int(weight)
