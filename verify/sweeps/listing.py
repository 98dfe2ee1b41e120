"""Lists of small structures, one of each isomorphism class, by orderly generation. Untrusted: the checker counts.

By B. D. McKay, Isomorph-free exhaustive generation, J. Algorithms 26 (1998): a set of facts is made from the one
without its last fact, last in a canonical numbering of the points, and from no other. So nothing that was listed has
to be remembered, but for the sets that one set grows into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product

from relucert.certificates.isomorphism import Fact, Form, Structure, Tree
from relucert.certificates.kernel import Meter

Facts = tuple[Fact, ...]


class _Numbered(Tree):
    """Remembers a leaf of each form."""

    def __init__(self, structure: Structure) -> None:
        super().__init__(structure, Meter())
        self.leaves: dict[Form, list[int]] = {}
        self.form, _ = self.below(list(structure.colors))

    def seen(self, colors: list[int]) -> Form:
        form = super().seen(colors)
        self.leaves.setdefault(form, colors)
        return form


def sets_of_facts(
    colors: Sequence[int], fixed: Facts, offered: Facts, most: int | None = None,
    excluded: Callable[[Fact, Facts], bool] = lambda fact, chosen: False,
) -> Iterator[Facts]:  # fmt: skip
    """Sets of at most `most` of the offered facts, one of each class.

    The classes are of isomorphic structures, of points with these colours and of the fixed facts and the chosen ones.
    excluded: whether a fact does not go with others, which must not depend on the names of the points.
    """
    points = tuple(colors)
    marked = 1 + max((kind for kind, _ in (*fixed, *offered)), default=0)

    def structure(chosen: Facts) -> Structure:
        return Structure(points, (*fixed, *chosen))

    def is_last(fact: Fact, chosen: Facts, tree: _Numbered) -> bool:
        """Whether an automorphism takes the last of the chosen facts to this one."""
        numbers = tree.leaves[tree.form]
        last = max(chosen, key=lambda one: (one[0], sorted(numbers[p] for p in one[1])))
        if fact == last:
            return True
        colors = tree.refined(list(points))
        if (fact[0], sorted(colors[p] for p in fact[1])) != (last[0], sorted(colors[p] for p in last[1])):
            return False
        forms = [
            _Numbered(structure(tuple((kind + marked * ((kind, p) == one), p) for kind, p in chosen))).form
            for one in (fact, last)
        ]
        return forms[0] == forms[1]

    def grown(chosen: Facts) -> Iterator[Facts]:
        yield chosen
        if most is not None and len(chosen) >= most:
            return
        there, seen = set(chosen), set()
        for fact in offered:
            if fact in there or excluded(fact, chosen):
                continue
            more = (*chosen, fact)
            tree = _Numbered(structure(more))
            if tree.form not in seen and is_last(fact, more, tree):
                seen.add(tree.form)
                yield from grown(more)

    yield from grown(())


def subsets(n: int, sizes: Sequence[int]) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Sets of subsets of n points of these sizes, one of each class under permutations of the points; in order."""
    offered = tuple((0, subset) for size in sizes for subset in combinations(range(n), size))
    for chosen in sets_of_facts((0,) * n, (), offered):
        yield tuple(sorted(subset for _, subset in chosen))


def graphs(upto: int, least: int = 0) -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
    """Vertices and edges of all graphs: those of the atlas of networkx up to seven vertices, then by generation."""
    from networkx.generators.atlas import graph_atlas_g

    if least <= 7:
        for graph in graph_atlas_g():
            if least <= len(graph) <= upto:
                yield len(graph), tuple(sorted((min(e), max(e)) for e in graph.edges))
    for n in range(max(least, 8), upto + 1):
        for edges in subsets(n, (2,)):
            yield n, edges  # type: ignore[misc]


def formulas(upto: int, longest: int) -> Iterator[tuple[int, tuple[tuple[int, ...], ...]]]:
    """Variables and clauses of formulas of at most `upto` distinct nonempty clauses in at most `upto` variables."""
    for n in range(upto + 1):
        pairs = tuple((0, (2 * v, 2 * v + 1)) for v in range(n))
        offered = tuple(
            (1, tuple(2 * v + negated for v, negated in zip(variables, signs, strict=True)))
            for width in range(1, min(n, longest) + 1)
            for variables in combinations(range(n), width)
            for signs in product((0, 1), repeat=width)
        )
        for chosen in sets_of_facts((0,) * (2 * n), pairs, offered, upto):
            yield n, tuple(sorted(tuple((1 + p // 2) * (-1) ** p for p in points) for _, points in chosen))


def coloured_graphs(upto: int) -> Iterator[tuple[tuple[int, ...], tuple[tuple[int, int], ...]]]:
    """Colours and edges of graphs whose vertices stand in order of their colours, the most frequent colour first."""
    from relucert.certificates.families.coloured_graphs import partitions

    for n in range(1, upto + 1):
        for sizes in partitions(n, n):
            colors = tuple(c for c, size in enumerate(sizes) for _ in range(size))
            members = tuple((0, (v, n + c)) for v, c in enumerate(colors))
            offered = tuple((1, (u, v)) for u, v in combinations(range(n), 2) if colors[u] != colors[v])
            for chosen in sets_of_facts((0,) * n + (1,) * len(sizes), members, offered):
                yield colors, tuple(sorted((e[0], e[1]) for _, e in chosen))


Grid = Sequence[tuple[int, ...]]


def points_on_a_line(upto: int) -> Iterator[tuple[Grid, Grid]]:
    """P and Q: sets of integers between −upto and upto, 0 in P, and Q not empty."""
    offered = tuple((2 * x + side, (end,)) for x in range(1, upto + 1) for end in (0, 1) for side in (0, 1))

    def excluded(fact: Fact, chosen: Facts) -> bool:
        return any(fact[0] // 2 == kind // 2 and fact[1] == end for kind, end in chosen)

    for chosen in sets_of_facts((0, 0), (), offered, excluded=excluded):
        sides: tuple[list[tuple[int, ...]], list[tuple[int, ...]]] = [(0,)], []
        for kind, (end,) in chosen:
            sides[kind % 2].append(((kind // 2) * (-1) ** end,))
        if sides[1]:
            yield sorted(sides[0]), sorted(sides[1])


def points_in_a_square(upto: int) -> Iterator[tuple[Grid, Grid]]:
    """P and Q: sets of at most `upto` points with coordinates −1, 0 and 1, the origin in P, and Q not empty."""
    grid = [x for x in product((-1, 0, 1), repeat=2) if any(x)]
    where = {tuple(2 * i + (v < 0) for i, v in enumerate(x) if v): x for x in grid}
    offered = tuple((side, directions) for directions in where for side in (1, 2))

    def excluded(fact: Fact, chosen: Facts) -> bool:
        return any(fact[1] == directions for _, directions in chosen)

    opposite = ((0, (0, 1)), (0, (2, 3)))
    for chosen in sets_of_facts((0,) * 4, opposite, offered, upto - 1, excluded):
        sides: tuple[list[tuple[int, ...]], list[tuple[int, ...]]] = [(0, 0)], []
        for side, directions in chosen:
            sides[side - 1].append(where[directions])
        if sides[1]:
            yield sorted(sides[0]), sorted(sides[1])
