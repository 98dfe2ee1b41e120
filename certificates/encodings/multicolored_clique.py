"""Multicoloured clique: a vertex of every colour is chosen, and no two that miss an edge (SPEC.md, section 4.8)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE, Clique, MulticoloredCliqueInstance


class CliqueEncoding(Propositional[MulticoloredCliqueInstance, Clique]):
    """Atom 1 + v says that vertex v is chosen."""

    problem = MULTICOLORED_CLIQUE

    def words(self, instance: MulticoloredCliqueInstance, choice: Any, claimed: Property = ()) -> int:
        return 100 + instance.vertices * (atom_words(0) + clause_words(1) + 10) + instance.missing * clause_words(2)

    def of(self, instance: MulticoloredCliqueInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _vertex in range(instance.vertices)]
        for members in instance.classes():
            formula.add_clause(*(chosen[v] for v in members))
        for u, v in instance.missing_edges():
            formula.add_clause(-chosen[u], -chosen[v])
        return formula

    def values(self, instance: MulticoloredCliqueInstance, witness: Clique) -> Assignment:
        return Assignment({}, frozenset(1 + v for v in witness))


ENCODING = CliqueEncoding()
