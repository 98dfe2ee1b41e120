"""Independent set: no edge has both ends chosen, and k vertices are chosen (SPEC.md, section 4.13)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words
from relucert.certificates.properties import Property
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.independent_set import INDEPENDENT_SET, IndependentSetInstance


class IndependentSetEncoding(Propositional[IndependentSetInstance, Vertices]):
    """Atom 1 + v says that vertex v is chosen."""

    problem = INDEPENDENT_SET

    def words(self, instance: IndependentSetInstance, choice: Any, claimed: Property = ()) -> int:
        n = instance.vertices
        return 100 + n * (atom_words(0) + 10) + len(instance.edges) * clause_words(2) + pseudo_boolean_words(n)

    def of(self, instance: IndependentSetInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _vertex in range(instance.vertices)]
        for u, v in instance.edges:
            formula.add_clause(-chosen[u], -chosen[v])
        formula.add_pseudo_boolean(dict.fromkeys(chosen, 1), instance.size)
        return formula

    def values(self, instance: IndependentSetInstance, witness: Vertices) -> Assignment:
        return Assignment({}, frozenset(1 + v for v in witness))


ENCODING = IndependentSetEncoding()
