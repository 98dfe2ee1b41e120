"""Training sets without a network in mind: CSV or JSON. Numbers are read exactly, also decimals."""

from __future__ import annotations

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.formats.columns import Row, count, read_rows
from relucert.reductions.formats.tables import lenient, of_length
from relucert.reductions.json_text import is_json, json_fields, json_list, loads


def read_samples(text: str, suffix: str) -> tuple[int, list[Row], list[str]]:
    """The dimension, the samples and remarks. Raises InvalidInstance with the place.

    CSV: see `read_rows`. JSON: an object with 'samples', a list of {"x": [dense point], "y": label} with an optional
    "weight", a positive integer.
    """
    if not is_json(text, suffix):
        return read_rows(text)
    data = json_fields(loads(text, decimals=True), {"samples"})
    rows: list[Row] = []
    for i, row in enumerate(json_list(data["samples"], "samples")):
        try:
            row = json_fields(row, {"x", "y"}, {"weight"})
            x = [lenient(v) for v in json_list(row["x"], "x")]
            of_length(x, len(rows[0][0]) if rows else len(x), "x")
            rows.append((x, lenient(row["y"]), count(lenient(row.get("weight", 1)))))
        except InvalidInstance as problem:
            raise type(problem)(f"sample {i}: {problem}") from None
    return len(rows[0][0]) if rows else 0, rows, []
