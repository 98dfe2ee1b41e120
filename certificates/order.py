"""The symmetry rule of the order: parts that may be renamed have lexicographically decreasing truth values on some
items (SPEC.md, section 4). Parts are neurons or colours, items are samples or vertices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from relucert.certificates.kernel import Formula, Malformed, Rejected, atom_words, clause_words


def is_order(choice: Any) -> bool:
    """Whether the symmetry rule is told a list of items."""
    return type(choice) is dict and choice.keys() == {"order"}


def words_of_order(choice: dict[str, Any], pairs: int) -> int:
    """Words of what is added for so many pairs of parts, from above."""
    n = len(choice["order"]) if type(choice["order"]) is list else 0
    return pairs * (n * clause_words(3) + max(0, n - 1) * (atom_words(0) + 2 * clause_words(4)))


def ordered_items(choice: dict[str, Any], count: int) -> list[int]:
    """The items, of those numbered from 0: one at least, so that what words are counted for bounds the work."""
    items: list[int] = choice["order"]
    if type(items) is not list or not items or not all(type(i) is int for i in items):
        raise Malformed("symmetry: an order is a list of numbers, of one at least")
    if not all(0 <= i < count for i in items) or len(set(items)) < len(items):
        raise Rejected("symmetry: an order has a number that there is not, or one twice")
    return items


def add_order(formula: Formula, first: Sequence[int], second: Sequence[int]) -> None:
    """The truth values of literals decrease from the first part to the second one, lexicographically.

    An atom "equal so far" for each item but the last one; the literal of each item has an atom of its own.
    """
    equal: tuple[int, ...] = ()  # its negation, to go on from; nothing before the first item
    for place, (a, b) in enumerate(zip(first, second, strict=True), 1):
        formula.add_clause(*equal, a, -b)
        if place < len(first):
            also = formula.new_atom()
            formula.add_clause(*equal, a, b, also)
            formula.add_clause(*equal, -a, -b, also)
            equal = (-also,)


def equal_so_far(last_atom: int, pairs: Iterable[tuple[Sequence[bool], Sequence[bool]]]) -> set[int]:
    """The true ones of the atoms that are added after the last one for pairs of parts, given their truth values."""
    true = set()
    for first, second in pairs:
        for t in range(1, len(first)):
            last_atom += 1
            if first[:t] == second[:t]:
                true.add(last_atom)
    return true
