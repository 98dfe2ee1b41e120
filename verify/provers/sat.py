"""The SAT solver as a prover, for formulas whose atoms are all propositional."""

from __future__ import annotations

from relucert.certificates.kernel import Formula
from relucert.verify.provers.base import Answer, Deadline, Model, OutOfTime, Unknown
from relucert.verify.provers.propositional import decide
from relucert.verify.provers.replay import hinted


class SatProver:
    """Decides propositional clauses; needs no theory."""

    name = "sat"

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        if any(formula.atoms.values()):
            return Unknown("unsupported: linear inequalities")
        try:
            outcome = decide(formula.clauses.values(), deadline)
        except OutOfTime:
            return Unknown("time")
        deadline.remaining()
        if isinstance(outcome, list):
            return hinted(formula, (), outcome)
        if formula.pseudo_booleans:
            return Unknown("unsupported: pseudo-Boolean constraints")  # which this model may violate
        return Model({}, outcome)
