"""Set cover: every element is in a chosen set, and M − t sets are not chosen (SPEC.md, section 4.3)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words, words
from relucert.certificates.properties import Property
from relucert.reductions.problems.set_cover import SET_COVER, Cover, SetCoverInstance


class SetCoverEncoding(Propositional[SetCoverInstance, Cover]):
    """Atom 1 + i says that set i is chosen."""

    problem = SET_COVER

    def words(self, instance: SetCoverInstance, choice: Any, claimed: Property = ()) -> int:
        members = sum(map(len, instance.sets))
        elements = instance.universe * clause_words(2) + members * (clause_words(1) - clause_words(0) + 2)
        budget = pseudo_boolean_words(len(instance.sets)) + words(instance.budget)
        return 100 + len(instance.sets) * atom_words(0) + elements + budget

    def of(self, instance: SetCoverInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _set in instance.sets]
        containing: list[list[int]] = [[] for _element in range(instance.universe)]
        for atom, elements in zip(chosen, instance.sets, strict=True):
            for u in elements:
                containing[u].append(atom)
        for atoms in containing:
            formula.add_clause(*atoms)
        formula.add_pseudo_boolean({-atom: 1 for atom in chosen}, len(chosen) - instance.budget)
        return formula

    def values(self, instance: SetCoverInstance, witness: Cover) -> Assignment:
        return Assignment({}, frozenset(1 + i for i in witness))


ENCODING = SetCoverEncoding()
