"""Satisfiability: the clauses as they are (SPEC.md, section 4.9)."""

from __future__ import annotations

from typing import Any, TypeVar

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.problems.sat import SAT, SatInstance, TrueVariables

F = TypeVar("F", bound=SatInstance)


class SatisfiabilityEncoding(Propositional[F, TrueVariables]):
    """Atom v says that variable v is true."""

    def words(self, instance: F, choice: Any, claimed: Property = ()) -> int:
        clauses = sum(clause_words(len(clause)) for clause in instance.clauses)
        return 100 + instance.variables * (atom_words(0) + 10) + clauses

    def of(self, instance: F) -> Formula:
        formula = Formula()
        for _variable in range(instance.variables):
            formula.new_atom()
        for clause in instance.clauses:
            formula.add_clause(*clause)
        return formula

    def values(self, instance: F, witness: TrueVariables) -> Assignment:
        return Assignment({}, frozenset(witness))


class SatEncoding(SatisfiabilityEncoding[SatInstance]):
    problem = SAT


ENCODING = SatEncoding()
