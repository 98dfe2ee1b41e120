"""Vertex cover: every edge has a chosen end, and n − t vertices are not chosen (SPEC.md, section 4.11)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words
from relucert.certificates.properties import Property
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance


class VertexCoverEncoding(Propositional[VertexCoverInstance, Vertices]):
    """Atom 1 + v says that vertex v is chosen."""

    problem = VERTEX_COVER

    def words(self, instance: VertexCoverInstance, choice: Any, claimed: Property = ()) -> int:
        n = instance.vertices
        return 100 + n * (atom_words(0) + 10) + len(instance.edges) * clause_words(2) + pseudo_boolean_words(n)

    def of(self, instance: VertexCoverInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _vertex in range(instance.vertices)]
        for u, v in instance.edges:
            formula.add_clause(chosen[u], chosen[v])
        formula.add_pseudo_boolean({-atom: 1 for atom in chosen}, instance.vertices - instance.budget)
        return formula

    def values(self, instance: VertexCoverInstance, witness: Vertices) -> Assignment:
        return Assignment({}, frozenset(1 + v for v in witness))


ENCODING = VertexCoverEncoding()
