"""Solutions as people read them: exact numbers where these are short, and six digits beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from relucert.reductions.exact import Rational, decimal, short, shorten
from relucert.reductions.problem import Problem
from relucert.reductions.problems.training import Network

MOST = 12  # lines of one solution, and terms of one line


def solution_lines(problem: Problem[Any, Any], instance: Any, witness: Any) -> list[str]:
    """A solution in a few lines; what is left out is said."""
    if isinstance(witness, Network):
        return network_lines(witness, getattr(instance, "activation", "relu"), getattr(instance, "alpha", None))
    if problem.name == "hypergraph-coloring":
        classes: dict[int, list[int]] = {}
        for vertex, color in enumerate(witness):
            classes.setdefault(color, []).append(vertex)
        return _cut([f"colour {color}: vertices {listed(classes[color])}" for color in sorted(classes)])
    from relucert.reductions.problems.strip import Strip

    if isinstance(problem, Strip):
        return [f"{affine(plane[:-1], plane[-1])} = 0" for plane in witness]
    if isinstance(witness, tuple) and all(type(v) is int for v in witness):
        return [f"{NAMES.get(problem.name, 'solution')}: {listed(witness)}"]
    return [f"solution: {shorten(problem.witness_to_json(witness))}"]


NAMES = {
    "vertex-cover": "vertices",
    "independent-set": "vertices",
    "clique": "vertices",
    "multicolored-clique": "vertices",
    "densest-subgraph": "vertices",
    "max-cut": "one side",
    "set-cover": "sets",
    "monotone-circuit": "true inputs",
    "sat": "true variables",
    "three-sat": "true variables",
    "one-in-three": "true variables",
    "sat-groups": "true variables",
    "sign-cnn": "filter",
}


def listed(numbers: Sequence[int]) -> str:
    """
    >>> listed([]), listed([3, 1])
    ('none', '3, 1')
    """
    shown = ", ".join(map(shorten, numbers[: 2 * MOST])) or "none"
    return shown + (f", … ({len(numbers)} in all)" if len(numbers) > 2 * MOST else "")


def network_lines(net: Network, activation: str = "relu", alpha: Rational | None = None) -> list[str]:
    """f(x) term by term, exactly; and in decimals where that differs.

    >>> from fractions import Fraction
    >>> network_lines(Network(((1, 0), (Fraction(-1, 3), 2)), (0, Fraction(1, 2)), (1, -1)))
    ['f(x) = + max(0, x1)', '       − max(0, -1/3·x1 + 2·x2 + 1/2)  ≈ − max(0, -0.333333·x1 + 2·x2 + 0.5)']
    >>> network_lines(Network(((1,),), (-1,), (1,)), "leaky-relu", Fraction(1, 10))
    ['f(x) = + leaky(x1 - 1)', 'with leaky(z) = max(z, 1/10·z)']
    """
    lines = []
    for j, (row, b, a) in enumerate(zip(net.weights, net.biases, net.output, strict=True)):
        exact, rounded = (_neuron(row, b, a, activation, number) for number in (short, decimal))
        start = "f(x) = " if j == 0 else "       "
        lines.append(start + exact + (f"  ≈ {rounded}" if exact.replace("≈", "") != rounded else ""))
    leaky = [] if alpha is None else [f"with leaky(z) = max(z, {short(alpha)}·z)"]
    return [*_cut(lines), *leaky] or ["f(x) = 0"]


def _neuron(
    row: Sequence[Rational], b: Rational, a: Rational, activation: str, number: Callable[[Rational], str]
) -> str:
    inside = affine(row, b, number)
    factor = "" if abs(a) == 1 else f"{number(_size(a))}·"
    value = {"relu": f"max(0, {inside})", "leaky-relu": f"leaky({inside})"}.get(activation, f"[{inside} > 0]")
    return f"{'−' if a < 0 else '+'} {factor}{value}"


def affine(row: Sequence[Rational], constant: Rational, number: Callable[[Rational], str] = short) -> str:
    """An affine function of x1, x2, ….

    >>> affine([2, 0, -1], -3)
    '2·x1 - x3 - 3'
    """
    terms = list(_terms(row, number))
    if len(terms) > MOST:
        terms[MOST:] = [("+", f"… ({len(terms)} terms in all)")]
    if constant or not terms:
        terms.append(("-" if constant < 0 else "+", number(_size(constant))))
    (sign, first), *others = terms
    return ("-" if sign == "-" else "") + first + "".join(f" {sign} {term}" for sign, term in others)


def _terms(row: Sequence[Rational], number: Callable[[Rational], str]) -> Iterator[tuple[str, str]]:
    for t, w in enumerate(row, 1):
        if w:
            yield "-" if w < 0 else "+", f"x{t}" if abs(w) == 1 else f"{number(_size(w))}·x{t}"


def _size(value: Rational) -> Rational:
    return -value if value < 0 else value


def _cut(lines: list[str]) -> list[str]:
    return [*lines[:MOST], f"… ({len(lines)} lines in all)"] if len(lines) > MOST else lines
