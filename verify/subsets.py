"""What problems share whose solutions are sets of numbers."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TypeVar

from relucert.reductions.exact import InvalidInstance
from relucert.verify.provers.base import Model
from relucert.verify.search import Search

I = TypeVar("I")  # noqa: E741  instance
Numbers = tuple[int, ...]

MOST_ITEMS = 10  # of which all sets are tried


def subsets(items: Iterable[int]) -> Iterator[Numbers]:
    """All sets, the small ones first."""
    listed = tuple(items)
    return (chosen for size in range(len(listed) + 1) for chosen in combinations(listed, size))


class SubsetSearch(Search[I, Numbers], ABC):
    """The search of a problem whose encoding has atoms 1, 2, … for the items."""

    @abstractmethod
    def items(self, instance: I) -> range:
        """The numbers of the items of which a solution chooses some."""

    def witness(self, instance: I, case: int, model: Model) -> Numbers:
        return tuple(item for atom, item in enumerate(self.items(instance), 1) if atom in model.true)

    def more(self, instance: I, witnesses: list[Numbers], rng: random.Random) -> Iterator[Numbers]:
        """All solutions of an instance with few items; else some around the given ones."""
        yield from witnesses
        items = self.items(instance)
        if len(items) <= MOST_ITEMS:
            yield from (chosen for chosen in subsets(items) if self.solves(instance, chosen))
            return
        for chosen in witnesses:
            for _ in range(30):
                changed = tuple(sorted({*chosen} ^ {*rng.sample(items, rng.randint(1, 2))}))
                if self.solves(instance, changed):
                    yield changed
                    chosen = changed

    def solves(self, instance: I, chosen: Numbers) -> bool:
        """Whether a set is a solution, which one of a wrong size is not."""
        try:
            return self.problem.accepts(instance, chosen)
        except InvalidInstance:
            return False
