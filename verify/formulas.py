"""The formulas in which reductions declare the sizes of their targets, evaluated."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

OPERATIONS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}  # fmt: skip
FUNCTIONS: Mapping[str, Callable[..., int]] = {"max": max, "min": min, "bit_length": int.bit_length}


def is_bound(formula: str) -> bool:
    """Whether the value is an upper bound, not the measure itself."""
    return formula.startswith("≤ ")


def shown(formulas: Mapping[str, str]) -> str:
    """
    >>> shown({"samples": "≤ sets + 1", "neurons": "1"})
    'samples ≤ sets + 1; neurons = 1'
    """
    return "; ".join(f"{name} {'' if is_bound(text) else '= '}{text}" for name, text in formulas.items())


def evaluate(formula: str, names: Mapping[str, int]) -> int:
    """The value of a formula. Raises ValueError for what is none, KeyError for an unknown name.

    >>> evaluate("≤ 2*max(a, b) - a//2", {"a": 5, "b": 3})
    8
    """

    def value(node: ast.expr) -> int:
        match node:
            case ast.Constant(value=int() as number):
                return number
            case ast.Name(id=name):
                return names[name]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
                return OPERATIONS[type(op)](value(left), value(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                return FUNCTIONS[name](*map(value, arguments))
        raise ValueError(f"{ast.unparse(node)!r} is not in a formula")

    return value(ast.parse(formula.removeprefix("≤ "), mode="eval").body)
