"""Monotone circuits: the output is true, true gates have reasons, n − t inputs are false (SPEC.md, section 4.4)."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words, words
from relucert.certificates.properties import Property
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, MonotoneCircuit, TrueInputs


class CircuitEncoding(Propositional[MonotoneCircuit, TrueInputs]):
    """Atom 1 + w says that wire w is true."""

    problem = MONOTONE_CIRCUIT

    def words(self, instance: MonotoneCircuit, choice: Any, claimed: Property = ()) -> int:
        gates = sum(
            len(operands) * clause_words(2) if kind == "and" else clause_words(1 + len(operands))
            for kind, operands in instance.gates
        )
        budget = pseudo_boolean_words(instance.inputs) + words(instance.budget)
        return 100 + instance.wires * (atom_words(0) + 10) + clause_words(1) + gates + budget

    def of(self, instance: MonotoneCircuit) -> Formula:
        formula = Formula()
        wires = [formula.new_atom() for _wire in range(instance.wires)]
        formula.add_clause(wires[instance.output])
        for gate, (kind, operands) in zip(wires[instance.inputs :], instance.gates, strict=True):
            reasons = [wires[a] for a in operands]
            for clause in [[a] for a in reasons] if kind == "and" else [reasons]:
                formula.add_clause(-gate, *clause)
        inputs = wires[: instance.inputs]
        formula.add_pseudo_boolean({-atom: 1 for atom in inputs}, instance.inputs - instance.budget)
        return formula

    def values(self, instance: MonotoneCircuit, witness: TrueInputs) -> Assignment:
        return Assignment({}, frozenset(1 + w for w in instance.true_wires(witness)))


ENCODING = CircuitEncoding()
