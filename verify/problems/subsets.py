"""What problems share whose solutions are sets of numbers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

from relucert.reductions.core import Problem
from relucert.verify.provers.base import Model

Numbers = tuple[int, ...]

MOST_ITEMS = 10  # of which all sets are tried


def subsets(items: Iterable[int]) -> Iterator[Numbers]:
    """All sets, the small ones first."""
    listed = tuple(items)
    return (chosen for size in range(len(listed) + 1) for chosen in combinations(listed, size))


def read_true_atoms(first: int, measure: str) -> Callable[[Any, int, Model], Numbers]:
    """The reading of encodings whose atoms 1, 2, … stand for the items from `first`, as many as the field says."""

    def read(instance: Any, _case: int, model: Model) -> Numbers:
        return tuple(first + i for i in range(getattr(instance, measure)) if 1 + i in model.true)

    return read


def further_solutions(
    problem: Problem[Any, Numbers], first: int, count: Callable[[Any], int]
) -> Callable[[Any, list[Numbers], random.Random], Iterator[Numbers]]:
    """All solutions of an instance with few items, which are numbered from `first`; else some around the given ones."""

    def solutions(instance: Any, found: list[Numbers], rng: random.Random) -> Iterator[Numbers]:
        yield from found
        items = range(first, first + count(instance))
        if len(items) <= MOST_ITEMS:
            yield from (chosen for chosen in subsets(items) if problem.accepts(instance, chosen))
            return
        for chosen in found:
            for _ in range(30):
                changed = tuple(sorted({*chosen} ^ {*rng.sample(items, rng.randint(1, 2))}))
                if problem.accepts(instance, changed):
                    yield changed
                    chosen = changed

    return solutions
