"""Max-Cut: c edges have one end in the set and one outside (SPEC.md, section 4.19)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words, words
from relucert.certificates.properties import Property
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.max_cut import MAX_CUT, MaxCutInstance


class MaxCutEncoding(Propositional[MaxCutInstance, Vertices]):
    """Atom 1 + v says that vertex v is in the set, atom 1 + n + i that edge i is cut."""

    problem = MAX_CUT

    def words(self, instance: MaxCutInstance, choice: Any, claimed: Property = ()) -> int:
        n, m = instance.vertices, len(instance.edges)
        count = pseudo_boolean_words(m) + words(instance.cut_wanted)
        return 100 + (n + m) * (atom_words(0) + 10) + 2 * m * clause_words(3) + count

    def of(self, instance: MaxCutInstance) -> Formula:
        formula = Formula()
        inside = [formula.new_atom() for _vertex in range(instance.vertices)]
        cut = [formula.new_atom() for _edge in instance.edges]
        for atom, (u, v) in zip(cut, instance.edges, strict=True):
            formula.add_clause(-atom, inside[u], inside[v])
            formula.add_clause(-atom, -inside[u], -inside[v])
        formula.add_pseudo_boolean(dict.fromkeys(cut, 1), instance.cut_wanted)
        return formula

    def values(self, instance: MaxCutInstance, witness: Vertices) -> Assignment:
        side = set(witness)
        cut = (i for i, (u, v) in enumerate(instance.edges) if (u in side) != (v in side))
        return Assignment({}, frozenset((*(1 + v for v in witness), *(1 + instance.vertices + i for i in cut))))


ENCODING = MaxCutEncoding()
