"""Hypergraph colouring: every vertex has a colour, and no hyperedge has one on all of its vertices (SPEC.md, 4.1)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from relucert.certificates.encoding import Assignment, Encoding, NotEncoded
from relucert.certificates.kernel import (
    Formula,
    Malformed,
    Rejected,
    atom_words,
    clause_words,
    pseudo_boolean_words,
)
from relucert.certificates.order import add_order, equal_so_far, is_order, ordered_items, words_of_order
from relucert.certificates.properties import Property
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, Coloring, ColoringInstance


class ColoringEncoding(Encoding[ColoringInstance, Coloring]):
    problem = HYPERGRAPH_COLORING

    def words(self, instance: ColoringInstance, choice: Any, claimed: Property = ()) -> int:
        vertices = instance.colors * atom_words(0) + clause_words(instance.colors)
        edges = instance.colors * sum(clause_words(len(e) + (instance.violations > 0)) for e in instance.edges)
        symmetry = len(choice) * clause_words(1) if type(choice) is list else 0
        if is_order(choice):
            symmetry = words_of_order(choice, instance.colors - 1)
        if instance.violations:
            edges += len(instance.edges) * atom_words(0) + pseudo_boolean_words(len(instance.edges))
        return 100 + instance.vertices * vertices + edges + symmetry

    def formula(self, instance: ColoringInstance, case: int, choice: Any, strictly_below: bool = False) -> Formula:
        if strictly_below:
            raise NotEncoded("a colouring has no loss that could be smaller")
        k, formula = instance.colors, Formula()
        for _vertex in range(instance.vertices):
            formula.add_clause(*(formula.new_atom() for _color in range(k)))
        excused = [formula.new_atom() for _ in instance.edges] if instance.violations else []
        for i, e in enumerate(instance.edges):
            for c in range(k):
                formula.add_clause(*(-color_atom(instance, v, c) for v in e), *excused[i : i + 1])
        if instance.violations:
            formula.add_pseudo_boolean({-atom: 1 for atom in excused}, len(instance.edges) - instance.violations)
        if is_order(choice):
            _order_colors(formula, instance, ordered_items(choice, instance.vertices))
        elif choice is not None:
            _color_clique(formula, instance, choice)
        return formula

    def assignment(self, instance: ColoringInstance, witness: Coloring, case: int, choice: Any) -> Assignment:
        clique, on = ([], choice["order"]) if is_order(choice) else (choice or [], [])
        first = [witness[v] for v in clique]
        others = (c for c in range(instance.colors) if c not in first)
        order = [*first, *sorted(others, key=lambda c: [witness[v] == c for v in on], reverse=True)]
        true = {color_atom(instance, v, order.index(c)) for v, c in enumerate(witness)}  # order[i] is renamed to i
        atoms = instance.vertices * instance.colors
        if instance.violations:
            true |= {atoms + 1 + i for i, e in enumerate(instance.edges) if len({witness[v] for v in e}) == 1}
            atoms += len(instance.edges)
        has = [[witness[v] == c for v in on] for c in order]
        return Assignment({}, frozenset(true | equal_so_far(atoms, pairwise(has))))


def color_atom(instance: ColoringInstance, v: int, c: int) -> int:
    """The propositional atom 'vertex v may have colour c'."""
    return 1 + v * instance.colors + c


def _order_colors(formula: Formula, instance: ColoringInstance, vertices: list[int]) -> None:
    """Symmetry rule: colours are renamed so that the vectors that say which of the vertices have them decrease."""
    for c in range(instance.colors - 1):
        has, next_one = ([color_atom(instance, v, c + t) for v in vertices] for t in (0, 1))
        add_order(formula, has, next_one)


def _color_clique(formula: Formula, instance: ColoringInstance, clique: Any) -> None:
    """Symmetry rule: colours are renamed so that the i-th vertex of a clique of at most k vertices has colour i."""
    if type(clique) is not list or len(clique) > instance.colors or not all(type(v) is int for v in clique):
        raise Malformed("symmetry: expected at most k vertices")
    if instance.violations and len(clique) > 1:
        raise Rejected("symmetry: with violations the vertices of a clique may have the same colour")
    n = len(clique)
    edges = set(instance.edges)
    if n * (n - 1) // 2 > len(edges) or any(
        (min(u, v), max(u, v)) not in edges for i, u in enumerate(clique) for v in clique[:i]
    ):
        raise Rejected("symmetry: these vertices are no clique")
    if not all(0 <= v < instance.vertices for v in clique):
        raise Rejected("symmetry: no such vertex")
    for c, v in enumerate(clique):
        formula.add_clause(color_atom(instance, v, c))


ENCODING = ColoringEncoding()
