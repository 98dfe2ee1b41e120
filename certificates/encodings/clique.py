"""Clique: no two chosen vertices miss an edge, and k are chosen (SPEC.md, section 4.12)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words
from relucert.certificates.properties import Property
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.clique import CLIQUE, CliqueInstance


class CliqueEncoding(Propositional[CliqueInstance, Vertices]):
    """Atom 1 + v says that vertex v is chosen."""

    problem = CLIQUE

    def words(self, instance: CliqueInstance, choice: Any, claimed: Property = ()) -> int:
        n = instance.vertices
        return 100 + n * (atom_words(0) + 10) + instance.missing * clause_words(2) + pseudo_boolean_words(n)

    def of(self, instance: CliqueInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _vertex in range(instance.vertices)]
        for u, v in instance.missing_edges():
            formula.add_clause(-chosen[u], -chosen[v])
        formula.add_pseudo_boolean(dict.fromkeys(chosen, 1), instance.size)
        return formula

    def values(self, instance: CliqueInstance, witness: Vertices) -> Assignment:
        return Assignment({}, frozenset(1 + v for v in witness))


ENCODING = CliqueEncoding()
