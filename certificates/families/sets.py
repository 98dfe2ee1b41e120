"""Families of sets of subsets of n points, under all permutations of the points: graphs, hypergraphs, set systems."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from itertools import pairwise
from math import comb, factorial
from typing import Any

from relucert.certificates.families.family import Family, I, Labelled, Shape
from relucert.certificates.isomorphism import Structure


class Subsets(Family[I]):
    """The instances of one shape are all sets of the subsets of n points that are allowed, each once, in order."""

    points: str  # the name of the field that is n
    subsets: str  # of the field that lists them

    @abstractmethod
    def allows(self, subset: tuple[int, ...]) -> bool:
        """Whether this subset may occur."""

    @abstractmethod
    def allowed(self, n: int) -> int:
        """The number of subsets of n points that may occur."""

    def least(self, problem: str, given: Mapping[str, Any]) -> int:
        """The least n that the problem allows."""
        return 0

    def shapes(self, problem: str, given: Mapping[str, Any], upto: int) -> Mapping[Shape, Labelled]:
        least = self.least(problem, given)
        return {n: Labelled(2 ** self.allowed(n), factorial(n)) for n in range(least, upto + 1)}

    def shape(self, instance: I) -> int | None:
        subsets = getattr(instance, self.subsets)
        in_order = all(e < later for e, later in pairwise(subsets))
        increasing = all(u < v for e in subsets for u, v in pairwise(e))
        plain = in_order and increasing and all(map(self.allows, subsets)) and not getattr(instance, "violations", 0)
        n: int = getattr(instance, self.points)
        return n if plain else None

    def structure(self, instance: I) -> Structure:
        points, subsets = getattr(instance, self.points), getattr(instance, self.subsets)
        return Structure((0,) * points, tuple((0, e) for e in subsets))

    def size(self, instance: I) -> int:
        n: int = getattr(instance, self.points)
        return n


class Graphs(Subsets[Any]):
    name = "graphs"
    problems = ("hypergraph-coloring", "vertex-cover", "clique", "independent-set", "max-cut", "densest-subgraph")
    points, subsets = "vertices", "edges"

    def allows(self, subset: tuple[int, ...]) -> bool:
        return len(subset) == 2

    def allowed(self, n: int) -> int:
        return comb(n, 2)

    def least(self, problem: str, given: Mapping[str, Any]) -> int:
        """Of κ vertices there are at least as many; a cut is one of at least one vertex."""
        kappa: int = given.get("kappa", 0)
        return max(kappa, int(problem in ("max-cut", "densest-subgraph")))

    def described(self, upto: int) -> str:
        return f"graphs with at most {upto} vertices"


class Hypergraphs(Subsets[Any]):
    name = "hypergraphs"
    problems = ("hypergraph-coloring",)
    points, subsets = "vertices", "edges"

    def allows(self, subset: tuple[int, ...]) -> bool:
        return len(subset) >= 2

    def allowed(self, n: int) -> int:
        return (1 << n) - n - 1

    def described(self, upto: int) -> str:
        return f"hypergraphs with at most {upto} vertices"


class SetSystems(Subsets[Any]):
    name = "set-systems"
    problems = ("set-cover",)
    points, subsets = "universe", "sets"

    def allows(self, subset: tuple[int, ...]) -> bool:
        return len(subset) >= 1

    def allowed(self, n: int) -> int:
        return (1 << n) - 1

    def described(self, upto: int) -> str:
        return f"systems of distinct nonempty sets of at most {upto} elements"


class Triples(Subsets[Any]):
    name = "triples"
    problems = ("one-in-three",)
    points, subsets = "variables", "clauses"

    def allows(self, subset: tuple[int, ...]) -> bool:
        return len(subset) == 3

    def allowed(self, n: int) -> int:
        return comb(n, 3)

    def described(self, upto: int) -> str:
        return f"one-in-three formulas of distinct clauses in at most {upto} variables"


GRAPHS, HYPERGRAPHS, SET_SYSTEMS, TRIPLES = Graphs(), Hypergraphs(), SetSystems(), Triples()
