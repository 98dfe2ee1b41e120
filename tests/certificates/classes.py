"""Isomorphism classes of the families, from section 8 of SPEC.md: all labelled instances, all elements of the groups.

Nothing is shared with `certificates/`: instances are JSON, a class is the set of the images of one of its instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, combinations, permutations, product
from typing import Any

MOST_LABELLED = 5000  # instances that are looked at


class TooMany(Exception):
    """There are more labelled instances than anybody wants to look at."""


Move = Callable[[Any], Any]  # of a JSON instance


def subsets(items: Any, least: int = 0, most: int | None = None) -> Iterator[tuple[Any, ...]]:
    items = list(items)
    sizes = range(least, 1 + (len(items) if most is None else min(most, len(items))))
    return chain.from_iterable(combinations(items, size) for size in sizes)


def sets_of_points(points: str, lists: str, sizes: Callable[[int], range], upto: int, least: int = 0) -> Iterator[Any]:
    """For each n the labelled instances and the permutations."""

    def moved(p: tuple[int, ...]) -> Move:
        return lambda i: {**i, lists: sorted(sorted(p[v] for v in e) for e in i[lists])}

    for n in range(least, upto + 1):
        allowed = [list(e) for size in sizes(n) for e in combinations(range(n), size)]
        if len(allowed) > 12:
            raise TooMany
        yield [{points: n, lists: sorted(chosen)} for chosen in subsets(allowed)], [*map(moved, permutations(range(n)))]


def formulas(longest: int, upto: int) -> Iterator[Any]:
    def moved(p: tuple[int, ...], signs: tuple[int, ...]) -> Move:
        def image(clause: list[int]) -> list[int]:
            return sorted(((1 if a > 0 else -1) * signs[abs(a) - 1] * p[abs(a) - 1] for a in clause), key=abs)

        return lambda i: {**i, "clauses": sorted(map(image, i["clauses"]))}

    for n in range(upto + 1):
        literals = [a for v in range(1, n + 1) for a in (v, -v)]
        clauses = [sorted(c, key=abs) for c in subsets(literals, 1, longest) if len(set(map(abs, c))) == len(c)]
        if upto > 2 and len(clauses) ** upto > MOST_LABELLED:
            raise TooMany
        group = product(permutations(range(1, n + 1)), product((1, -1), repeat=n))
        yield (
            [{"variables": n, "clauses": sorted(chosen)} for chosen in subsets(clauses, 0, upto)],
            [moved(*move) for move in group],
        )


def coloured_graphs(upto: int) -> Iterator[Any]:
    """All colourings with colours 0, …, κ − 1, in any order of vertices and colours."""

    def moved(p: tuple[int, ...], q: tuple[int, ...]) -> Move:
        def image(i: Any) -> Any:
            colors = [0] * len(p)
            for v, c in enumerate(i["colors"]):
                colors[p[v]] = q[c]
            return {"colors": colors, "edges": sorted(sorted(p[v] for v in e) for e in i["edges"])}

        return image

    for n in range(1, upto + 1):
        for kappa in range(1, n + 1):
            found = []
            for colors in product(range(kappa), repeat=n):
                if len(set(colors)) == kappa:
                    pairs = [[u, v] for u, v in combinations(range(n), 2) if colors[u] != colors[v]]
                    found += [{"colors": [*colors], "edges": [*chosen]} for chosen in subsets(pairs)]
                if len(found) > MOST_LABELLED:
                    raise TooMany
            yield found, [moved(*move) for move in product(permutations(range(n)), permutations(range(kappa)))]


def points(grid: list[tuple[int, ...]], most: int | None) -> Iterator[Any]:
    """Every other point of the grid in P, in Q or in neither; the coordinates permuted, and their signs changed."""
    d = len(grid[0])
    others = [list(x) for x in grid if any(x)]
    if len(others) > 8:
        raise TooMany

    def moved(p: tuple[int, ...], signs: tuple[int, ...]) -> Move:
        def image(side: list[list[int]]) -> list[list[int]]:
            return sorted([signs[t] * x[p[t]] for t in range(d)] for x in side)

        return lambda i: {"P": image(i["P"]), "Q": image(i["Q"])}

    found = []
    for where in product("PQ-", repeat=len(others)):
        sides = {s: [x for x, at in zip(others, where, strict=True) if at == s] for s in "PQ"}
        if sides["Q"] and (most is None or len(sides["P"]) + len(sides["Q"]) + 1 <= most):
            found.append({"P": sorted([[0] * d, *sides["P"]]), "Q": sorted(sides["Q"])})
    yield found, [moved(*move) for move in product(permutations(range(d)), product((1, -1), repeat=d))]


def labelled(problem: str, family: str, given: Mapping[str, Any], upto: int) -> Iterator[Any]:
    """Pairs of labelled instances, without what all have in common, and the group that acts on them."""
    if family == "graphs":
        least = {"max-cut": 1, "densest-subgraph": max(1, given.get("kappa", 0))}.get(problem, 0)
        return sets_of_points("vertices", "edges", lambda n: range(2, 3), upto, least)
    if family == "hypergraphs":
        return sets_of_points("vertices", "edges", lambda n: range(2, n + 1), upto)
    if family == "set-systems":
        return sets_of_points("universe", "sets", lambda n: range(1, n + 1), upto)
    if family == "triples":
        return sets_of_points("variables", "clauses", lambda n: range(3, 4), upto)
    if family == "formulas":
        return formulas(3 if problem == "three-sat" else upto, upto)
    if family == "coloured-graphs":
        return coloured_graphs(upto)
    if family == "points-on-a-line":
        return points([(x,) for x in range(-upto, upto + 1)], None) if upto else iter(())
    return points([*product((-1, 0, 1), repeat=2)], upto)


PROBLEMS = {
    "graphs": ("hypergraph-coloring", "vertex-cover", "clique", "independent-set", "max-cut", "densest-subgraph"),
    "hypergraphs": ("hypergraph-coloring",),
    "set-systems": ("set-cover",),
    "triples": ("one-in-three",),
    "formulas": ("sat", "three-sat"),
    "coloured-graphs": ("multicolored-clique",),
    "points-on-a-line": ("two-hyperplane-strip", "two-hyperplane-separability"),
    "points-in-a-square": ("two-hyperplane-strip", "two-hyperplane-separability"),
}


def key(instance: Any) -> str:
    return repr(sorted(instance.items()))


def classes(problem: str, family: str, given: Mapping[str, Any], upto: int) -> Iterator[Any]:
    """One instance of each class, the first; raises TooMany."""
    for instances, group in labelled(problem, family, given, upto):
        if len(instances) > MOST_LABELLED:
            raise TooMany
        seen: set[str] = set()
        for instance in instances:
            if key(instance) not in seen:
                seen.update(key(move(instance)) for move in group)
                yield {**instance, **given}
