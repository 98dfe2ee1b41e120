"""Hamiltonian path: Garey, Johnson 1979, GT39."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.formats.graphs import edges_from_json
from relucert.reductions.graphs import Graph, graph_size
from relucert.reductions.json_text import json_count, json_fields
from relucert_published_mistakes.listed import ListedProblem, Numbers


class HamiltonianPath(ListedProblem[Graph]):
    """Decide whether the vertices of a graph, which has one at least, can be listed so that neighbours are adjacent.

    >>> path = Graph(3, ((0, 2), (1, 2)))
    >>> [HAMILTONIAN_PATH.accepts(path, order) for order in ((0, 2, 1), (0, 1, 2))]
    [True, False]
    """

    name = "hamiltonian-path"
    items = "vertices"

    def accepts(self, instance: Graph, witness: Numbers) -> bool:
        if sorted(witness) != [*range(instance.vertices)]:
            raise InvalidInstance("an order lists every vertex once")
        edges = set(instance.edges)
        return all((min(step), max(step)) in edges for step in pairwise(witness))

    def size(self, instance: Graph) -> Size:
        return graph_size(instance.vertices, len(instance.edges))

    def instance_to_json(self, instance: Graph) -> Any:
        return {"edges": [list(e) for e in instance.edges], "vertices": instance.vertices}

    def instance_from_json(self, data: Any) -> Graph:
        data = json_fields(data, {"edges", "vertices"})
        return Graph(json_count(data["vertices"], "vertices", 1), edges_from_json(data["edges"]))


HAMILTONIAN_PATH = HamiltonianPath()


class HamiltonianPathEncoding(Propositional[Graph, Numbers]):
    """Atom 1 + n·i + v: vertex v has place i. Every place has one vertex, every vertex one place; steps are edges."""

    problem = HAMILTONIAN_PATH

    def words(self, instance: Graph, choice: Any, claimed: Property = ()) -> int:
        n = instance.vertices
        return 200 + n * n * (atom_words(0) + 20) + 2 * n * clause_words(n) + (n**3 + n * n * n) * clause_words(2)

    def of(self, instance: Graph) -> Formula:
        formula, n = Formula(), instance.vertices
        at = [[formula.new_atom() for _vertex in range(n)] for _place in range(n)]
        for row in [*at, *(list(column) for column in zip(*at, strict=True))]:
            formula.add_clause(*row)
            for one, other in combinations(row, 2):
                formula.add_clause(-one, -other)
        for u, v in instance.missing_edges():
            for here, there in pairwise(at):
                formula.add_clause(-here[u], -there[v])
                formula.add_clause(-here[v], -there[u])
        return formula

    def values(self, instance: Graph, witness: Numbers) -> Assignment:
        return Assignment({}, frozenset(1 + instance.vertices * i + v for i, v in enumerate(witness)))
