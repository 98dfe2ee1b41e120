"""Canonical forms of small structures, and how many automorphisms they have (SPEC.md, section 8)."""

from __future__ import annotations

from typing import NamedTuple

from relucert.certificates.kernel import Meter

Fact = tuple[int, tuple[int, ...]]
Form = tuple[tuple[int, ...], ...]


class Structure(NamedTuple):
    """Points 0, 1, … with colours, and facts about them, all distinct: a kind and a set of points, as a tuple.

    An isomorphism is a bijection of the points that keeps colours, and turns facts into facts of the same kind.
    """

    colors: tuple[int, ...]
    facts: tuple[Fact, ...]


def canonical(structure: Structure, meter: Meter) -> tuple[Form, int]:
    """What isomorphic structures of the same colours, and no others, have in common; the number of automorphisms.

    By refinement and individualisation: a tree whose leaves number the points. The form is the least of those of the
    leaves, and it is that of one leaf for each automorphism. Points that may be exchanged have equal subtrees, of which
    one is searched.
    """
    return Tree(structure, meter).below(list(structure.colors))


class Tree:
    """The tree of a structure.

    facts: as a set. incident: the places of the facts about each point. cost: of one look at all of them.
    """

    def __init__(self, structure: Structure, meter: Meter) -> None:
        self.structure, self.meter = structure, meter
        self.facts = {(kind, frozenset(points)) for kind, points in structure.facts}
        self.incident: list[list[int]] = [[] for _ in structure.colors]
        for place, (_, points) in enumerate(structure.facts):
            for p in points:
                self.incident[p].append(place)
        self.cost = 12 * (1 + len(structure.colors) + sum(1 + len(points) for _, points in structure.facts))

    def below(self, colors: list[int]) -> tuple[Form, int]:
        """The least form of the leaves below a node of the tree, and how many of these have it."""
        colors = self.refined(colors)
        cells: dict[int, list[int]] = {}
        for p, color in enumerate(colors):
            cells.setdefault(color, []).append(p)
        cell = next((cells[color] for color in sorted(cells) if len(cells[color]) > 1), None)
        if cell is None:
            return self.seen(colors), 1
        found: dict[int, tuple[Form, int]] = {}
        for p in cell:
            twin = next((q for q in found if self.exchangeable(p, q)), None)
            if twin is None:
                found[p] = self.below([2 * color + (q != p) for q, color in enumerate(colors)])
            else:
                found[p] = found[twin]
        least = min(form for form, _ in found.values())
        return least, sum(often for form, often in found.values() if form == least)

    def refined(self, colors: list[int]) -> list[int]:
        """Colours 0, 1, … that tell apart whatever the colours of the points in common facts tell apart."""
        classes = 0
        while True:
            self.meter.spend(self.cost)
            seen = [(kind, *sorted([colors[p] for p in points])) for kind, points in self.structure.facts]
            signs = [(color, *sorted([seen[place] for place in self.incident[p]])) for p, color in enumerate(colors)]
            rank = {sign: i for i, sign in enumerate(sorted(set(signs)))}
            colors = [rank[sign] for sign in signs]
            if len(rank) == classes:
                return colors
            classes = len(rank)

    def seen(self, colors: list[int]) -> Form:
        """The facts, with colours in the place of points."""
        self.meter.spend(self.cost)
        return tuple(sorted((kind, *sorted([colors[p] for p in points])) for kind, points in self.structure.facts))

    def exchangeable(self, p: int, q: int) -> bool:
        """Whether it is an automorphism to exchange these points of one colour, and no others."""
        self.meter.spend(self.cost)
        both = frozenset((p, q))
        for place in (*self.incident[p], *self.incident[q]):
            kind, points = self.structure.facts[place]
            if len(both.intersection(points)) == 1 and (kind, both.symmetric_difference(points)) not in self.facts:
                return False
        return True
