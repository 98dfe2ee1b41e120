"""Satisfiability and sets of vertices, as section 2 of SPEC.md defines them; nothing of the code under test."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any


def is_formula_of(longest: int | None) -> Callable[[Any], bool]:
    """Whether it is a formula with at most so many literals in each clause."""

    def is_formula(instance: Any) -> bool:
        n = instance["variables"]
        return n >= 0 and all(
            [*map(abs, c)] == sorted({*map(abs, c)}) and all(1 <= abs(v) <= n for v in c) and len(c) <= (longest or n)
            for c in instance["clauses"]
        )

    return is_formula


def is_graph_with(number: str) -> Callable[[Any], bool]:
    def is_graph(instance: Any) -> bool:
        edges = instance["edges"]
        right = all(len(e) == 2 and 0 <= e[0] < e[1] < instance["vertices"] for e in edges)
        return right and all(e < f for e, f in pairwise(edges)) and min(instance["vertices"], instance[number]) >= 0

    return is_graph


def solves_formula(instance: Any, true: Any) -> bool:
    right = list(true) == sorted(set(true)) and all(1 <= v <= instance["variables"] for v in true)
    return right and all(any(abs(v) in true if v > 0 else abs(v) not in true for v in c) for c in instance["clauses"])


def are_vertices(instance: Any, chosen: Any) -> bool:
    return list(chosen) == sorted(set(chosen)) and all(0 <= v < instance["vertices"] for v in chosen)


def solves_vertex_cover(instance: Any, chosen: Any) -> bool:
    right = are_vertices(instance, chosen) and len(chosen) <= instance["budget"]
    return right and not any(set(e).isdisjoint(chosen) for e in instance["edges"])


def solves_clique(instance: Any, chosen: Any) -> bool:
    right = are_vertices(instance, chosen) and len(chosen) >= instance["size"]
    return right and all(list(e) in instance["edges"] for e in combinations(chosen, 2))


def solves_independent_set(instance: Any, chosen: Any) -> bool:
    right = are_vertices(instance, chosen) and len(chosen) >= instance["size"]
    return right and not any(set(e) <= set(chosen) for e in instance["edges"])


def some_subset(solves: Callable[[Any, Any], bool]) -> Callable[[Any], bool]:
    """By brute force over the true variables or the chosen vertices."""

    def solvable(instance: Any) -> bool:
        formula = "variables" in instance
        n = instance["variables" if formula else "vertices"]
        assert n <= 16, "too large for brute force"
        items = range(1, n + 1) if formula else range(n)
        return any(solves(instance, chosen) for size in range(n + 1) for chosen in combinations(items, size))

    return solvable


INSTANCES = {
    "sat": is_formula_of(None),
    "three-sat": is_formula_of(3),
    "vertex-cover": is_graph_with("budget"),
    "clique": is_graph_with("size"),
    "independent-set": is_graph_with("size"),
}
SOLVES = {
    "sat": solves_formula,
    "three-sat": solves_formula,
    "vertex-cover": solves_vertex_cover,
    "clique": solves_clique,
    "independent-set": solves_independent_set,
}
SOLVABLE = {problem: some_subset(solves) for problem, solves in SOLVES.items()}
