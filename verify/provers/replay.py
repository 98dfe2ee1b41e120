"""From a pool of theory clauses to a refutation: the back end that every prover of unsatisfiability shares.

A prover of linear arithmetic finds theory clauses, clauses that hold for all values of the reals. Once inputs and these
together are unsatisfiable as plain propositional clauses, a SAT solver refutes them, and its lemmas turn into
`Rup` steps. The theory clauses that this refutation uses turn into `Farkas` steps. Where they came from is
irrelevant: each is verified here, and one that fails is dropped as if it had never been found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from typing import NamedTuple

from relucert.certificates.kernel import (
    Atom,
    Clause,
    Farkas,
    Formula,
    Kernel,
    Linear,
    Malformed,
    Rejected,
    Rup,
    Step,
    step_from_json,
)
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.propositional import Lemma, decide

# ------------------------------------------------------------------------------------------------------ theory clauses


class TheoryClause(NamedTuple):
    """A `Farkas` step that has no id yet."""

    clause: Clause
    multipliers: tuple[int, ...]
    units: tuple[tuple[int, int], ...] = ()  # (id of a unit clause of the formula, multiplier)

    @classmethod
    def from_facts(cls, facts: Mapping[int, Fraction | int], units: Mapping[int, int]) -> TheoryClause:
        """The clause 'not all of these facts', where Σ multiplier · fact is contradictory.

        facts maps literals to positive rationals; units maps the literals that are unit clauses to their ids. Facts
        that are unit clauses need no literal in the clause.
        """
        scale = lcm(*(m.denominator for m in facts.values()))
        whole = {literal: int(m * scale) for literal, m in facts.items()}
        common = gcd(*whole.values())
        open_facts = [literal for literal in whole if literal not in units]
        return cls(
            tuple(-literal for literal in open_facts),
            tuple(whole[literal] // common for literal in open_facts),
            tuple((units[literal], m // common) for literal, m in whole.items() if literal in units),
        )


def unit_clauses(formula: Formula) -> dict[int, int]:
    """The literals that are unit clauses of the formula, with the ids of those clauses."""
    return {clause[0]: number for number, clause in formula.clauses.items() if len(clause) == 1}


NormalForm = tuple[tuple[tuple[int, int], ...], Fraction, bool]


def normal_form(fact: Linear) -> tuple[int, NormalForm, int]:
    """(sign, (p, c, strict), h): the fact is h·(p ≤ c) if sign is 1, and h·(¬(p ≤ c)) if sign is −1.

    Here p has coprime coefficients of which the first is positive, and < stands in place of ≤ if strict. So two
    facts mean the same, or opposites, exactly if their (p, c, strict) agree.
    """
    if not fact.terms:
        return 1, ((), Fraction(fact.bound), fact.strict), 1
    content = gcd(*(a for _, a in fact.terms))
    sign = 1 if fact.terms[0][1] > 0 else -1
    form = tuple((variable, sign * a // content) for variable, a in fact.terms)
    return sign, (form, Fraction(sign * fact.bound, content), fact.strict == (sign > 0)), content


def bound_clauses(formula: Formula) -> list[TheoryClause]:
    """What atoms over the same linear form say about each other: p ≤ 1 implies p < 2, and so on.

    They also tie together atoms of equal or opposite meaning, and decide atoms such as 0 ≤ −1.
    """
    chains: dict[tuple[tuple[int, int], ...], list[tuple[Fraction, bool, int, int]]] = {}
    for atom, meaning in formula.atoms.items():
        if meaning is not None:
            sign, (form, bound, strict), content = normal_form(meaning)
            chains.setdefault(form, []).append((bound, not strict, sign * atom, content))
    units = unit_clauses(formula)
    theory = []
    for bound, weak, literal, _ in chains.pop((), []):
        holds = bound > 0 or (bound == 0 and weak)  # 0 ≤ bound, or 0 < bound
        theory.append(TheoryClause((literal if holds else -literal,), (1,)))
    for chain in chains.values():
        for (*stronger, p, g), (*weaker, q, h) in pairwise(sorted(chain)):
            theory.append(TheoryClause.from_facts({p: Fraction(1, g), -q: Fraction(1, h)}, units))
            if stronger == weaker:
                theory.append(TheoryClause.from_facts({q: Fraction(1, h), -p: Fraction(1, g)}, units))
    return theory


# -------------------------------------------------------------------------------------------------- the refutation


def refute(formula: Formula, theory: Iterable[TheoryClause], deadline: Deadline) -> Refutation | frozenset[int]:
    """A refutation by the formula and theory clauses, or the true atoms of a propositional model of them."""
    pool = list({frozenset(valid.clause): valid for valid in theory}.values())
    while True:
        core = pool
        for _ in range(2):  # the first round leaves a tenth of the pool, the second a little less; more gain nothing
            deadline.remaining()
            if core:
                found = needed(formula, core)
                if isinstance(found, frozenset):
                    return found
                core = found
        deadline.remaining()
        proof = decide([*formula.clauses.values(), *(valid.clause for valid in core)], deadline)
        if isinstance(proof, frozenset):
            return proof
        deadline.remaining()
        refutation = hinted(formula, core, proof)
        wrong = wrong_lemmas(formula, refutation)
        if not wrong:
            return refutation
        pool = [valid for valid in pool if valid.clause not in wrong]


def needed(formula: Formula, theory: Sequence[TheoryClause]) -> list[TheoryClause] | frozenset[int]:
    """What suffices: a solver blames its conflict on their selectors. A model if not even all of them suffice."""
    from pysat.solvers import Solver  # most small questions do without

    selectors = range(formula.last_atom + 1, formula.last_atom + 1 + len(theory))
    with Solver(name="minisat22", bootstrap_with=formula.clauses.values()) as solver:
        for selector, valid in zip(selectors, theory, strict=True):
            solver.add_clause([-selector, *valid.clause])
        if solver.solve(assumptions=list(selectors)):
            return frozenset(at for at in solver.get_model() or () if 0 < at <= formula.last_atom)
        core = {selector - selectors.start for selector in solver.get_core() or ()}
    return [valid for place, valid in enumerate(theory) if place in core]


def hinted(formula: Formula, theory: Sequence[TheoryClause], lemmas: Sequence[Lemma]) -> Refutation:
    """The steps of a refutation of the clauses of the formula and of the theory."""
    ids = dict(enumerate(formula.clauses))  # of premises and lemmas, by their places
    first = len(ids)
    steps: list[Step] = []
    for place in sorted({hint for lemma in lemmas for hint in lemma.hints if first <= hint < first + len(theory)}):
        ids[place], valid = formula.last_id + len(steps) + 1, theory[place - first]
        steps.append(Farkas(ids[place], valid.clause, valid.multipliers, valid.units))
        if not valid.clause:
            return Refutation(tuple(steps))  # it ends with the empty clause
    for place, lemma in enumerate(lemmas, first + len(theory)):
        ids[place] = formula.last_id + len(steps) + 1
        steps.append(Rup(ids[place], lemma.clause, tuple(map(ids.__getitem__, lemma.hints))))
    return Refutation(tuple(steps))


def wrong_lemmas(formula: Formula, refutation: Refutation) -> set[Clause]:
    """The clauses of the Farkas steps that the checker would not accept."""
    kernel = Kernel(formula)
    wrong = set()
    for step in refutation.steps:
        if isinstance(step, Farkas):
            try:
                step_from_json(step.to_json()).apply(kernel)
            except (Malformed, Rejected):
                wrong.add(step.clause)
    return wrong


def introduce(formula: Formula, extended: Formula, refutation: Refutation) -> Refutation:
    """A refutation of a formula, from one of the same formula with more linear atoms: the steps that bring them in."""
    used = {abs(at) for step in refutation.steps if isinstance(step, Farkas | Rup) for at in step.clause}
    fresh = range(formula.last_atom + 1, extended.last_atom + 1)
    return Refutation((*(Atom(at, extended.atoms[at]) for at in fresh if at in used), *refutation.steps))
