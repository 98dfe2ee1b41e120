"""The shapes of JSON values, as JSON Schema (2020-12): what a problem says of its instances and its witnesses.

Order, ranges that depend on other members, and lowest terms are beyond a schema; the readers check everything.
"""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

ANY_INTEGER: Shape = {"type": "integer"}
NATURAL: Shape = {"type": "integer", "minimum": 0}
POSITIVE: Shape = {"type": "integer", "minimum": 1}
FLAG: Shape = {"type": "boolean"}
RATIONAL: Shape = {"oneOf": [{"type": "integer"}, {"type": "string", "pattern": "^-?[1-9][0-9]*/([2-9]|[1-9][0-9]+)$"}]}
NOT_NEGATIVE: Shape = {
    **RATIONAL,
    "not": {"anyOf": [{"type": "integer", "maximum": -1}, {"type": "string", "pattern": "^-"}]},
}
BIT: Shape = {"enum": [0, 1]}
SIGN: Shape = {"enum": [1, -1]}
LITERAL: Shape = {"type": "integer", "not": {"const": 0}}


def listed(items: Shape, least: int = 0, most: int | None = None, distinct: bool = False) -> Shape:
    """A list of values of one shape."""
    shape: Shape = {"type": "array", "items": items}
    if least:
        shape["minItems"] = least
    if most is not None:
        shape["maxItems"] = most
    return shape | ({"uniqueItems": True} if distinct else {})


def tuple_of(*parts: Shape) -> Shape:
    """A list with a shape for each place."""
    return {"type": "array", "prefixItems": [*parts], "items": False, "minItems": len(parts)}


def members(**shapes: Shape) -> Shape:
    """An object with these members and no others."""
    return {"type": "object", "properties": shapes, "required": [*shapes], "additionalProperties": False}


def one_of(*words: str) -> Shape:
    return {"enum": [*words]}


def or_null(shape: Shape) -> Shape:
    return {"oneOf": [{"type": "null"}, shape]}


def without(shape: Shape, number: int) -> Shape:
    """All but one number."""
    return {**shape, "not": {"const": number}}


def described(description: str, shape: Shape) -> Shape:
    return {"description": description, **shape}


NUMBERS = listed(NATURAL, distinct=True)  # of vertices, sets or the like
PAIRS = listed(listed(NATURAL, 2, 2, distinct=True), distinct=True)  # the edges of a graph
