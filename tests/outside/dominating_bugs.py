"""Wrong versions of a reduction from outside, each wrong in one way: with the laws that may show it, and where.

They stand in a module of their own, so that another process can import them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import ClassVar

from relucert_dominating.trusted import DominatingSetToSetCover

from relucert.reductions.cost import Size, formulas
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.testing import Law

NONE, ONE, TWO = (
    '{"budget":0,"neighbours":[]}',
    '{"budget":1,"neighbours":[[0]]}',
    '{"budget":2,"neighbours":[[0],[1]]}',
)
EDGE = '{"budget":1,"neighbours":[[0,1],[0,1]]}'


class LargestOfNone(DominatingSetToSetCover):
    laws, smallest = (Law.TOTAL,), NONE

    def reduce(self, instance):
        largest = max(map(len, instance.neighbours))
        return replace(super().reduce(instance), budget=min(instance.budget, largest * len(instance.neighbours)))


class SpendsTheBudget(DominatingSetToSetCover):
    laws, smallest = (Law.PURITY,), '{"budget":1,"neighbours":[]}'

    def reduce(self, instance):
        target = super().reduce(instance)
        object.__setattr__(instance, "budget", 0)
        return target


class NumbersItsTargets(DominatingSetToSetCover):
    laws, smallest = (Law.DETERMINISM,), NONE
    calls = count()

    def reduce(self, instance):
        return replace(super().reduce(instance), budget=next(self.calls))


class SizeOfOpenNeighbourhoods(DominatingSetToSetCover):
    laws, smallest = (Law.SIZE,), '{"budget":0,"neighbours":[[0]]}'

    def stages(self, instance):
        [size] = super().stages(instance)
        ends = sum(len(row) - 1 for row in instance.neighbours)
        yield Size({**size.measures, "memberships": ends}, size.words)


class ListsOfSets(DominatingSetToSetCover):
    laws, smallest = (Law.ROUND_TRIP,), NONE

    def reduce(self, instance):
        return replace(super().reduce(instance), sets=[*instance.neighbours])


class OpenNeighbourhoods(DominatingSetToSetCover):
    """A vertex does not dominate itself."""

    laws, smallest = (Law.FORWARD,), ONE
    sizes: ClassVar = {}

    def reduce(self, instance):
        sets = (tuple(u for u in row if u != v) for v, row in enumerate(instance.neighbours))
        return SetCoverInstance(len(instance.neighbours), tuple(sets), instance.budget)


class BudgetOfOneLess(DominatingSetToSetCover):
    laws, smallest = (Law.FORWARD,), ONE
    sizes: ClassVar = {}

    def reduce(self, instance):
        return replace(super().reduce(instance), budget=max(0, instance.budget - 1))


class OneVertexForgotten(DominatingSetToSetCover):
    laws, smallest = (Law.FORWARD,), ONE

    def forward(self, instance, witness):
        return tuple(sorted(witness))[1:]


class FirstSetOnly(DominatingSetToSetCover):
    laws, smallest = (Law.BACKWARD,), TWO

    def backward(self, instance, witness):
        return witness[:1]


class CountedFromOne(DominatingSetToSetCover):
    laws, smallest = (Law.BACKWARD,), ONE

    def backward(self, instance, witness):
        return tuple(i + 1 for i in witness)


class BudgetOfOneMore(DominatingSetToSetCover):
    """Where it is a YES, a cover with a set more is mapped to too many vertices."""

    laws, smallest = (Law.ANSWER, Law.BACKWARD), '{"budget":0,"neighbours":[[0]]}'
    sizes: ClassVar = {}

    def reduce(self, instance):
        return replace(super().reduce(instance), budget=instance.budget + 1)


class DeclaresOpenNeighbourhoods(DominatingSetToSetCover):
    laws, smallest = (Law.DECLARED,), '{"budget":0,"neighbours":[[0]]}'
    sizes = formulas(memberships="≤ ends - vertices")


class OrderOfWords(DominatingSetToSetCover):
    """The target depends on the order of a set of words. It is not shrunk; of what is drawn, the smallest is shown."""

    laws, smallest = (Law.PROCESSES,), None

    def reduce(self, instance):
        order = [int(word) for word in {str(v) for v in range(len(instance.neighbours))}]
        sets = (tuple(sorted(order[u] for u in row)) for row in instance.neighbours)
        return replace(super().reduce(instance), sets=tuple(sets))

    def stages(self, instance):
        yield SET_COVER.size(super().reduce(instance))


BUGS = [cls for cls in list(vars().values()) if isinstance(cls, type) and hasattr(cls, "laws")]
for number, bug in enumerate(BUGS):
    bug.name = f"bug-{number}"
