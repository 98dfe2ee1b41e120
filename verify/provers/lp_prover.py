"""A prover by lazy SMT: CaDiCaL assigns the atoms, linear programs decide whether the reals can follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from math import lcm
from typing import TYPE_CHECKING

import numpy as np

from relucert.certificates.kernel import Clause, Formula
from relucert.verify.provers.base import Answer, Deadline, Model, OutOfTime, Unknown
from relucert.verify.provers.decisions import Decisions
from relucert.verify.provers.linear_facts import Contradiction, Inexact, fact
from relucert.verify.provers.replay import TheoryClause, refute, unit_clauses

if TYPE_CHECKING:
    from relucert.verify.provers.linear_program import LinearProgram
    from relucert.verify.provers.simplex import Mask, Simplex

FADING = 0.95  # of an atom's activity from one conflict to the next


class LpProver:
    """Decides by linear programs under assignments of a SAT solver; may go on from the theory clauses of another.

    exact: all of them in rational arithmetic, by a prover of that name. Small ones take less time than to load HiGHS.
    """

    def __init__(self, exact: bool = False) -> None:
        self.exact, self.name = exact, "exact" if exact else "lp"

    def solve(self, formula: Formula, deadline: Deadline, theory: Iterable[TheoryClause] = ()) -> Answer:
        try:
            search = Search(formula, deadline, theory, self.exact)
            model = search.run()
            if model and formula.pseudo_booleans:
                return Unknown("unsupported: pseudo-Boolean constraints")  # the search does not know them
            answer = model or refute(formula, search.theory, deadline)
            return Unknown("lp: the theory clauses do not suffice") if isinstance(answer, frozenset) else answer
        except OutOfTime:
            return Unknown("time")


class Search:
    """Depth first through the clauses that the vertex of the linear program violates; dead ends give theory clauses.

    The SAT solver's assignment says how to satisfy a violated clause: its true literal there becomes a decision. What
    follows from the decisions by unit propagation are the facts that the linear program has to satisfy next. So no
    part of an assignment gets there that the vertex does not call for, and dead ends come long before an assignment
    is complete.
    """

    def __init__(
        self, formula: Formula, deadline: Deadline, theory: Iterable[TheoryClause], exact: bool = False
    ) -> None:
        self.formula = formula
        self.deadline = deadline
        self.theory = list(theory)
        self.clauses = list(formula.clauses.values())
        used = set(chain.from_iterable(self.clauses))
        linear = {at for at in used if formula.atoms[abs(at)]}
        self.units = {at: number for at, number in unit_clauses(formula).items() if at in linear}
        self.literals = sorted(linear)
        self.said = [fact(formula, at) for at in self.literals]
        self.quick: LinearProgram | Simplex
        if exact:
            self.quick = self.rational
        else:
            from relucert.verify.provers.linear_program import LinearProgram

            self.quick = LinearProgram(self.said, deadline)
        self.program = self.quick
        self.guard = formula.last_atom + 1
        self.solver = Decisions(self.guard, deadline)
        premises = [*self.clauses, *(valid.clause for valid in self.theory)]
        for clause in premises:
            self.solver.add(clause)
        # The literals of all clauses in a row, the clauses they are in, and their rows in the linear program or −1.
        lengths = np.array([*map(len, premises)], dtype=int)
        literals = np.array([*chain.from_iterable(premises)], dtype=int)
        owner = np.repeat(np.arange(len(premises)), lengths)
        # Of atoms: high if they took part in recent conflicts, and to begin with if they are in the last clauses.
        self.activity = np.bincount(np.abs(literals), FADING ** (len(premises) - 1 - owner), self.guard).astype(float)
        own = int(lengths[: len(self.clauses)].sum())
        self.flat, self.owner = literals[:own], owner[:own]
        self.rows = np.full(2 * self.guard + 1, -1)  # as every array by literal: the negative ones from its end
        self.rows[self.literals] = np.arange(len(self.literals))

    @cached_property
    def rational(self) -> Simplex:
        """Made when it is needed: its library takes longer to load than most small linear programs."""
        from relucert.verify.provers.simplex import Simplex

        return Simplex(self.said, self.deadline)

    def run(self) -> Model | None:
        """A model, or None once the formula and the theory clauses are propositionally unsatisfiable."""
        while (assignment := self.assignment()) is not None:
            self.program = self.quick
            while not self.dead_end(facts := self.facts()):
                violated = self.violated(assignment)
                if not violated.any():
                    model = self.model(assignment)
                    violated = np.array([not satisfies(model, clause) for clause in self.clauses])
                    if not violated.any():
                        return model
                activity = np.bincount(self.owner, self.activity[np.abs(self.flat)], len(self.clauses))
                clause = self.clauses[int(np.argmax(np.where(violated, activity, -1.0)))]
                decision = next(at for at in reversed(clause) if assignment[at])
                if facts[self.rows[decision]]:
                    self.program = self.rational  # floating point let a violated fact pass
                else:
                    self.solver.made.append(decision)
                    self.program = self.quick
        return None

    def noted(self, clause: Sequence[int]) -> None:
        """Its atoms have just taken part in a conflict."""
        self.activity *= FADING
        self.activity[[abs(at) for at in clause]] += 1

    def assignment(self) -> Mask | None:
        """An assignment that satisfies the clauses, those of the theory and as many of the decisions as it can."""
        model = self.solver.model(self.noted)
        if model is None:
            return None
        assignment = np.zeros(2 * self.guard + 1, dtype=bool)
        assignment[model] = True
        return assignment

    def facts(self) -> Mask:
        """The rows of the literals that follow from the decisions by unit propagation."""
        rows = self.rows[[*self.solver.implied()]]
        facts = np.zeros(len(self.literals), dtype=bool)
        facts[rows[rows >= 0]] = True
        return facts

    def dead_end(self, facts: Mask) -> bool:
        """Whether the facts contradict each other; if so, learns clauses from disjoint contradictions among them."""
        dead_end = False
        facts = facts.copy()
        while contradiction := self.contradiction(facts):
            dead_end = True
            valid = TheoryClause.from_facts({self.literals[row]: m for row, m in contradiction.items()}, self.units)
            self.theory.append(valid)
            self.solver.add(valid.clause)
            self.noted(valid.clause)
            if not valid.clause:
                break
            facts[self.rows[[-at for at in valid.clause]]] = False
        return dead_end

    def contradiction(self, facts: Mask) -> Contradiction | None:
        try:
            return self.program.contradiction(facts)
        except Inexact:
            self.program = self.rational
            return self.program.contradiction(facts)

    def violated(self, assignment: Mask) -> Mask:
        """The clauses that neither the vertex satisfies nor, by their propositional atoms, the assignment."""
        true = assignment[self.flat]
        linear = self.rows[self.flat] >= 0
        true[linear] = self.program.satisfied()[self.rows[self.flat[linear]]]
        satisfied = np.zeros(len(self.clauses), dtype=bool)
        satisfied[self.owner[true]] = True
        return ~satisfied

    def model(self, assignment: Mask) -> Model:
        """The vertex and what is true there, exactly; propositional atoms are as assigned."""
        reals = self.program.vertex()
        common = lcm(*(x.denominator for x in reals.values()))
        whole = {v: x.numerator * (common // x.denominator) for v, x in reals.items()}
        true = set()
        for atom, meaning in self.formula.atoms.items():
            if meaning is None:
                holds = assignment[atom]
            else:
                excess = sum(a * whole.get(v, 0) for v, a in meaning.terms) - meaning.bound * common
                holds = excess < 0 or (excess == 0 and not meaning.strict)
            if holds:
                true.add(atom)
        return Model(reals, frozenset(true))


def satisfies(model: Model, clause: Clause) -> bool:
    return any((at > 0) == (abs(at) in model.true) for at in clause)
