"""The counting argument for choosing k items of which certain pairs exclude each other.

Split the items into sets whose members all exclude each other: each set has at most one chosen item. With fewer than k
sets that is a contradiction, and with exactly k each of them has one. Search alone does not count.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from relucert.certificates.kernel import Count, Formula, Step
from relucert.verify.provers.base import Deadline


def by_counting(_instance: Any, _case: int, formula: Formula, deadline: Deadline) -> tuple[Formula, list[Step]]:
    """The formula with a clause for each of k sets, or with the empty one, and the steps; as it is if neither is found.

    Its clauses are (¬p ∨ ¬q) for the pairs that exclude each other, its only pseudo-Boolean constraint is Σ p ≥ k.
    """
    ((wanted, constraint),) = formula.pseudo_booleans.items()
    pairs = {frozenset(-literal for literal in clause): number for number, clause in formula.clauses.items()}
    groups = exclusive_sets(list(constraint.terms), pairs)
    if len(groups) > constraint.degree:
        return formula, []
    counting = Counting(formula, wanted, pairs)
    counting.run(groups, deadline)
    return counting.formula, counting.steps


def exclusive_sets(items: list[int], pairs: dict[frozenset[int], int]) -> list[list[int]]:
    """Large sets of items that all exclude each other, as far as greed finds some, then a maximum matching, then the
    items that are left."""
    import networkx as nx

    graph = nx.Graph(list(map(tuple, pairs)))
    graph.add_nodes_from(items)
    groups = []
    for start in sorted(items, key=lambda p: (graph.degree(p), abs(p))):
        if start not in graph:
            continue
        group, candidates = [start], set(graph[start])
        while candidates:
            group.append(max(candidates, key=lambda p: (len(candidates.intersection(graph[p])), -abs(p))))
            candidates.intersection_update(graph[group[-1]])
        if len(group) > 2:
            groups.append(group)
            graph.remove_nodes_from(group)
    matching = [sorted(edge, key=abs) for edge in nx.max_weight_matching(graph, maxcardinality=True)]
    single = set(graph).difference(*matching)
    return sorted([*groups, *matching, *([p] for p in single)], key=lambda group: abs(group[0]))


class Counting:
    """Grows a formula by what follows, and keeps the steps."""

    def __init__(self, formula: Formula, wanted: int, pairs: dict[frozenset[int], int]) -> None:
        self.formula = replace(formula, clauses=dict(formula.clauses), pseudo_booleans=dict(formula.pseudo_booleans))
        self.wanted, self.pairs = wanted, pairs  # the id of Σ p ≥ k, and of each (¬p ∨ ¬q)
        self.steps: list[Step] = []

    def run(self, groups: list[list[int]], deadline: Deadline) -> None:
        short = self.formula.pseudo_booleans[self.wanted].degree - len(groups)
        most = [(group, self.at_most_one(group)) for group in groups]
        if short > 0:
            self.learn([], short, most)
            return
        for group, _ in most:
            deadline.remaining()
            self.learn(sorted(group, key=abs), 1, [other for other in most if other[0] is not group])

    def learn(self, clause: list[int], degree: int, most: list[tuple[list[int], int | None]]) -> None:
        """The clause from Σ p ≥ k, less what other sets have at most; of one item alone that is an axiom."""
        premises = ((self.wanted, 1), *((number, 1) for _, number in most if number is not None))
        axioms = tuple((-group[0], 1) for group, number in most if number is None)
        number = self.formula.add_clause(*clause)
        self.steps.append(Count(number, tuple((p, 1) for p in clause), degree, premises, axioms))

    def at_most_one(self, group: list[int]) -> int | None:
        """The id of Σ ¬p ≥ |group| − 1; None for one item, of which that says nothing.

        With one item more, s in all: s − 2 times the constraint before, and its pairs with the others, add up to
        (s − 1) Σ ¬p ≥ (s − 2)² + s − 1. Divided by s − 1 and rounded up, that is s − 1.
        """
        if len(group) == 1:
            return None
        number = self.pairs[frozenset(group[:2])]
        for s in range(3, len(group) + 1):
            *before, new = group[:s]
            premises = ((number, s - 2), *((self.pairs[frozenset((p, new))], 1) for p in before))
            terms = tuple((-p, 1) for p in sorted(group[:s], key=abs))
            self.formula.last_id += 1  # of a constraint that the clauses below replace
            number = self.formula.last_id
            self.steps.append(Count(number, terms, s - 1, premises, (), s - 1))
        return number
