"""Positive one-in-three SAT: every clause has a true variable, and no two (SPEC.md, section 4.6)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance, TrueVariables


class OneInThreeEncoding(Propositional[OneInThreeInstance, TrueVariables]):
    """Atom 1 + i says that variable i is true."""

    problem = ONE_IN_THREE

    def words(self, instance: OneInThreeInstance, choice: Any, claimed: Property = ()) -> int:
        return 100 + instance.variables * (atom_words(0) + 10) + 4 * clause_words(3) * len(instance.clauses)

    def of(self, instance: OneInThreeInstance) -> Formula:
        formula = Formula()
        true = [formula.new_atom() for _variable in range(instance.variables)]
        for clause in instance.clauses:
            a, b, c = (true[v] for v in clause)
            for literals in ((a, b, c), (-a, -b), (-a, -c), (-b, -c)):
                formula.add_clause(*literals)
        return formula

    def values(self, instance: OneInThreeInstance, witness: TrueVariables) -> Assignment:
        return Assignment({}, frozenset(1 + i for i in witness))


ENCODING = OneInThreeEncoding()
