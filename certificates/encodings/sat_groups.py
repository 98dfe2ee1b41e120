"""Groups of clauses: those of label 0 as they are; of each group of label 1 a clause is violated (SPEC.md, 4.14)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.problems.sat_groups import SAT_GROUPS, SatGroupsInstance, TrueVariables


class SatGroupsEncoding(Propositional[SatGroupsInstance, TrueVariables]):
    """Atom v says that variable v is true; then there is one for each clause of label 1, 'violated'."""

    problem = SAT_GROUPS

    def words(self, instance: SatGroupsInstance, choice: Any, claimed: Property = ()) -> int:
        total = 100 + instance.variables * atom_words(0)
        for label, clauses in instance.groups:
            if label == 0:
                total += sum(clause_words(len(clause)) for clause in clauses)
            else:
                total += clause_words(len(clauses)) + len(clauses) * atom_words(0)
                total += sum(map(len, clauses)) * clause_words(2)
        return total

    def of(self, instance: SatGroupsInstance) -> Formula:
        formula = Formula()
        for _variable in range(instance.variables):
            formula.new_atom()
        for label, clauses in instance.groups:
            if label == 0:
                for clause in clauses:
                    formula.add_clause(*clause)
                continue
            violated = [formula.new_atom() for _clause in clauses]
            formula.add_clause(*violated)
            for atom, clause in zip(violated, clauses, strict=True):
                for literal in clause:
                    formula.add_clause(-atom, -literal)
        return formula

    def values(self, instance: SatGroupsInstance, witness: TrueVariables) -> Assignment:
        true = set(witness)
        of_label_1 = (clause for group in instance.groups if group.label == 1 for clause in group.clauses)
        violated = (
            atom
            for atom, clause in enumerate(of_label_1, instance.variables + 1)
            if not any((literal > 0) == (abs(literal) in true) for literal in clause)
        )
        return Assignment({}, frozenset((*witness, *violated)))


ENCODING = SatGroupsEncoding()
