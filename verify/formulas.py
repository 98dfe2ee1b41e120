"""The formulas in which reductions declare the sizes of their targets: evaluated, and as MathML."""

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


def mathml(name: str, formula: str) -> str:
    """The equation, or the bound, as a displayed formula of a page.

    >>> mathml("samples", "≤ 2*sets").partition("<mrow>")[2]
    '<mi>samples</mi><mo>≤</mo><mrow><mn>2</mn><mo>⋅</mo><mi>sets</mi></mrow></mrow></math>'
    """
    relation = "≤" if is_bound(formula) else "="
    right, _ = _mathml(ast.parse(formula.removeprefix("≤ "), mode="eval").body)
    head = '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
    return f"{head}<mrow><mi>{name}</mi><mo>{relation}</mo>{right}</mrow></math>"


SUM, PRODUCT, ATOM = range(3)  # how strongly the parts of a formula hold together
SIGNS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", SUM),
    ast.Sub: ("−", SUM),
    ast.Mult: ("⋅", PRODUCT),
}


def _mathml(node: ast.expr) -> tuple[str, int]:
    """And how strongly its parts hold together."""
    match node:
        case ast.Constant(value=int() as number):
            return f"<mn>{number}</mn>", ATOM
        case ast.Name(id=name):
            return f"<mi>{name.replace('_', ' ')}</mi>", ATOM
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"<msup>{_held(left, ATOM)}{_mathml(right)[0]}</msup>", PRODUCT
        case ast.BinOp(left=left, op=ast.FloorDiv(), right=right):
            fraction = f"<mfrac>{_mathml(left)[0]}{_mathml(right)[0]}</mfrac>"
            return f"<mrow><mo>⌊</mo>{fraction}<mo>⌋</mo></mrow>", ATOM
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
            sign, strength = SIGNS[type(op)]
            weak = strength + isinstance(op, ast.Sub)  # a − (b + c)
            return f"<mrow>{_held(left, strength)}<mo>{sign}</mo>{_held(right, weak)}</mrow>", strength
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            parts = "<mo>,</mo>".join(_mathml(argument)[0] for argument in arguments)
            shown = name.replace("_", " ")
            return f"<mrow><mi>{shown}</mi><mo>(</mo>{parts}<mo>)</mo></mrow>", ATOM
    raise ValueError(f"{ast.unparse(node)!r} is not in a formula")


def _held(node: ast.expr, strength: int) -> str:
    """In parentheses if its parts hold together less."""
    text, own = _mathml(node)
    return text if own >= strength else f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"
