"""Proofs written by hand: steps that say what follows, with the hints of unit propagation found here.

A `Derivation` grows a formula by derived clauses, as if they were its own, and keeps the steps that derive these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from math import gcd, lcm
from typing import Any, NamedTuple

from relucert.certificates.kernel import Atom, Clause, Count, Define, Farkas, Formula, Linear, Rup, Step
from relucert.reductions.exact import Rational
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.linear_facts import cancelling, fact
from relucert.verify.provers.propositional import Lemma
from relucert.verify.provers.trimming import shortened


class DoesNotFollow(Exception):
    """A clause that was to follow does not."""


class Refuted(Exception):
    """The empty clause has just been derived."""


class Premise(NamedTuple):
    """A clause of a refutation that is known before its steps are. derive: the method of a derivation that derives it,
    and its arguments; None if the formula states it."""

    clause: Clause
    derive: Callable[..., None] | None = None
    arguments: tuple[Any, ...] = ()


class Derivation:
    """The formula, the steps, and what follows from the clauses that are attached by unit propagation."""

    def __init__(self, formula: Formula) -> None:
        self.formula = replace(
            formula,
            atoms=dict(formula.atoms),
            clauses=dict(formula.clauses),
            pseudo_booleans=dict(formula.pseudo_booleans),
        )
        self.stated, self.last_stated = formula.clauses, formula.last_atom
        self.steps: list[Step] = []
        self.numbers = {frozenset(clause): number for number, clause in formula.clauses.items()}
        self.trail: list[int] = []  # the true literals
        self.place: dict[int, int] = {}  # of a true literal: its position on the trail
        self.reason: dict[int, int | None] = {}  # of a true literal: the clause that implies it, None if it is assumed
        self.watched: dict[int, list[int]] = {}  # clauses, the two watched literals first; the others as they are
        self.watches: dict[int, list[int]] = defaultdict(list)

    # ------------------------------------------------------------------------------------------------ linear arithmetic

    @cached_property
    def atoms(self) -> dict[Linear | None, int]:
        """The inequalities of the formula, and those that `named` has added; clauses alone do without."""
        return {meaning: atom for atom, meaning in self.formula.atoms.items() if atom <= self.last_stated}

    def atom(self, terms: Mapping[int, Rational], bound: Rational = 0) -> int:
        """The atom Σ a·x ≤ bound, scaled to integers."""
        scale = lcm(bound.denominator, *(a.denominator for a in terms.values()))
        return self.named(Linear(tuple((v, int(a * scale)) for v, a in sorted(terms.items()) if a), int(bound * scale)))

    def named(self, linear: Linear) -> int:
        """The atom of an inequality."""
        if linear not in self.atoms:
            self.atoms[linear] = self.formula.new_atom(linear)
            self.steps.append(Atom(self.atoms[linear], linear))
        return self.atoms[linear]

    def farkas(self, clause: Clause, *units: int) -> int:
        """A clause that holds for all reals for which the units are true, of which none can be spared."""
        literals = [*(-literal for literal in clause), *units]
        multipliers = cancelling([fact(self.formula, literal) for literal in literals])
        if multipliers is None:
            raise DoesNotFollow
        split = len(clause)
        return self.combined(clause, multipliers[:split], dict(zip(units, multipliers[split:], strict=True)))

    def combined(self, clause: Clause, multipliers: Iterable[int], units: Mapping[int, int]) -> int:
        """The clause by a `Farkas` step with the multipliers of its literals and of units."""
        ids = tuple((self.unit(literal), m) for literal, m in units.items())
        number = self.formula.last_id + 1
        self.steps.append(Farkas(number, clause, tuple(multipliers), ids))
        return self.learn(clause)

    def combine(self, facts: Mapping[int, Rational]) -> int:
        """The sum of true linear literals, times positive multipliers, as a literal that is a unit clause then."""
        scale = lcm(*(m.denominator for m in facts.values()))
        total: dict[int, int] = defaultdict(int)
        bound = 0
        whole = {literal: int(m * scale) for literal, m in facts.items()}
        for literal, m in whole.items():
            said = fact(self.formula, literal)
            for v, a in said.terms:
                total[v] += m * a
            bound += m * said.bound
        common = gcd(bound, *total.values())
        atom = self.atom({v: a // common for v, a in total.items() if a}, bound // common)
        if atom not in self.place:
            self.combined((atom,), (common,), whole)
        return atom

    # ------------------------------------------------------------------------------------------------- unit propagation

    def learn(self, clause: Clause) -> int:
        """Adds a clause, whose step is there already, and what follows from it. Raises Refuted if it is empty."""
        number = self.formula.add_clause(*clause)
        self.numbers[frozenset(clause)] = number
        self.attach(number)
        return number

    def attach(self, number: int) -> None:
        """Lets a clause take part in unit propagation. Raises Refuted if that leads to the empty clause."""
        clause, place = self.formula.clauses[number], self.place
        if len(clause) > 1 and not any(literal in place or -literal in place for literal in clause):
            self.watches[clause[0]].append(number)
            self.watches[clause[1]].append(number)
            return
        free, false = list[int](), list[int]()
        for literal in clause:
            if literal in self.place:
                return  # for good
            (false if -literal in self.place else free).append(literal)
        if len(free) > 1:
            self.watched[number] = free + false
            for literal in free[:2]:
                self.watches[literal].append(number)
            return
        conflict: int | None = number
        if free:
            self.assign(free[0], number)
            conflict = self.propagate(len(self.trail) - 1)
        if conflict is not None:
            if self.formula.clauses[conflict]:
                ids = [self.unit(-literal) for literal in self.formula.clauses[conflict]]
                self.steps.append(Rup(self.formula.last_id + 1, (), (*ids, conflict)))
                self.formula.add_clause()
            raise Refuted

    def assign(self, literal: int, reason: int | None) -> None:
        self.place[literal] = len(self.trail)
        self.reason[literal] = reason
        self.trail.append(literal)

    def propagate(self, start: int) -> int | None:
        """From this position on the trail: a clause in conflict, or None."""
        place, watched = self.place, self.watched
        while start < len(self.trail):
            false = -self.trail[start]
            start += 1
            watching, self.watches[false] = self.watches[false], []
            for position, number in enumerate(watching):
                clause = watched.get(number) or watched.setdefault(number, [*self.formula.clauses[number]])
                if clause[0] == false:
                    clause[0], clause[1] = clause[1], false
                if clause[0] not in place:
                    for i in range(2, len(clause)):
                        if -clause[i] not in place:
                            clause[1], clause[i] = clause[i], false
                            self.watches[clause[1]].append(number)
                            break
                    else:
                        self.watches[false].append(number)
                        if -clause[0] in place:
                            self.watches[false] += watching[position + 1 :]
                            return number
                        self.assign(clause[0], number)
                else:
                    self.watches[false].append(number)
        return None

    def unit(self, literal: int) -> int:
        """The id of the unit clause of a literal that is true without assumptions, derived if need be."""
        if found := self.numbers.get(frozenset((literal,))):
            return found
        needed, pending = set(), [literal]
        while pending:
            true = pending.pop()
            if frozenset([true]) not in self.numbers and true not in needed:
                if true not in self.place:
                    raise DoesNotFollow
                needed.add(true)
                pending += (-other for other in self.formula.clauses[self.reason[true] or 0] if other != true)
        for true in sorted(needed, key=self.place.__getitem__):
            reason = self.reason[true] or 0
            others = (-other for other in self.formula.clauses[reason] if other != true)
            ids = tuple(self.numbers[frozenset([other])] for other in others)
            self.steps.append(Rup(self.formula.last_id + 1, (true,), (*ids, reason)))
            self.numbers[frozenset([true])] = self.formula.add_clause(true)
        return self.numbers[frozenset([literal])]

    def rup(self, clause: Clause, *hints: Clause) -> int:
        """A clause by unit propagation over these clauses."""
        return self.implied(clause, tuple(self.numbers[frozenset(hint)] for hint in hints))

    def implied(self, clause: Clause, ids: tuple[int, ...]) -> int:
        """The same, the clauses by their ids."""
        self.steps.append(Rup(self.formula.last_id + 1, clause, ids))
        return self.learn(clause)

    def follow(self, *clause: int) -> None:
        """A clause by unit propagation over all attached clauses, unless one of its literals is true anyway.

        It may name a literal twice.
        """
        if any(literal in self.place for literal in clause):
            return
        base = len(self.trail)
        clause = tuple(literal for literal in dict.fromkeys(clause) if -literal not in self.place)
        for literal in clause:
            self.assign(-literal, None)
        conflict = self.propagate(base)
        if conflict is None:
            self.shorten(base)
            raise DoesNotFollow
        known, implied, pending = [], [], [conflict]
        seen: set[int] = set()
        while pending:
            for false in self.formula.clauses[pending.pop()]:
                if -false not in seen and -false in self.place:
                    seen.add(-false)
                    reason = self.reason[-false]
                    if self.place[-false] < base:
                        known.append(-false)
                    elif reason is not None:
                        implied.append(-false)
                        pending.append(reason)
        implied.sort(key=self.place.__getitem__)
        reasons = [self.reason[literal] or 0 for literal in implied]
        self.shorten(base)
        ids = [self.unit(literal) for literal in known]
        self.steps.append(Rup(self.formula.last_id + 1, clause, (*ids, *reasons, conflict)))
        self.learn(clause)

    def clause(self, *literals: int) -> int:
        """The id of this clause, not of a shorter one that holds as well, after deriving it if need be."""
        if frozenset(literals) not in self.numbers:
            self.follow(*literals)
            true = tuple(literal for literal in literals if literal in self.place)[:1]
            if true:
                self.unit(*true)
            shorter = true or tuple(literal for literal in literals if -literal not in self.place)
            if frozenset(literals) not in self.numbers:
                self.rup(literals, shorter)
        return self.numbers[frozenset(literals)]

    def shorten(self, length: int) -> None:
        for literal in self.trail[length:]:
            del self.place[literal], self.reason[literal]
        del self.trail[length:]

    # ----------------------------------------------------------------------------------------------------- refutations

    def refutation(self, premises: Sequence[Premise], lemmas: Sequence[Lemma], deadline: Deadline) -> Refutation:
        """By lemmas that follow from premises, of which those that are cited are derived. Raises OutOfTime."""
        cited = sorted({hint for lemma in lemmas for hint in lemma.hints if hint < len(premises)})
        with suppress(Refuted):
            for place in cited:
                deadline.remaining()
                clause, derive, arguments = premises[place]
                if derive and self.own(clause) not in self.numbers:
                    derive(self, *arguments)
            ids = {place: self.numbers[self.own(premises[place].clause)] for place in cited}
            for place, lemma in enumerate(lemmas, len(premises)):
                clause = tuple(map(self.atom_of, lemma.clause))
                ids[place] = self.formula.add_clause(*clause)
                self.steps.append(Rup(ids[place], clause, tuple(map(ids.__getitem__, lemma.hints))))
        return Refutation(shortened(self.stated, self.steps))

    def own(self, clause: Clause) -> frozenset[int]:
        return frozenset(map(self.atom_of, clause))

    def atom_of(self, literal: int) -> int:
        """What a literal of premises and lemmas is here."""
        return literal

    # --------------------------------------------------------------------------------------------------------- counting

    def count(self, premises: Sequence[int], axioms: Sequence[int] = (), divisor: int = 1) -> int:
        """The sum of constraints, and of axioms ℓ ≥ 0, divided with rounding up. Returns its id."""
        total: dict[int, int] = defaultdict(int)
        degree = 0
        for number in premises:
            constraint = self.formula.pseudo_booleans.get(number)
            terms = constraint.terms if constraint else dict.fromkeys(self.formula.clauses[number], 1)
            degree += constraint.degree if constraint else 1
            for literal, c in terms.items():
                total[literal] += c
        for literal in axioms:
            total[literal] += 1
        degree -= sum(min(c, total.get(-literal, 0)) for literal, c in total.items() if literal > 0)
        terms = {at: ceil_div(c - total.get(-at, 0), divisor) for at, c in total.items() if c > total.get(-at, 0)}
        degree = ceil_div(degree, divisor)
        number, once = self.formula.last_id + 1, tuple((at, 1) for at in axioms)
        self.steps.append(Count(number, tuple(terms.items()), degree, tuple((n, 1) for n in premises), once, divisor))
        if degree == 1 and set(terms.values()) <= {1}:
            return self.learn(tuple(sorted(terms, key=abs)))
        return self.formula.add_pseudo_boolean(terms, degree)

    def define(self, *literals: int) -> int:
        """A fresh atom that means all of the literals."""
        number, atom = self.formula.last_id + 1, self.formula.new_atom()
        self.steps.append(Define(number, atom, literals))
        for literal in literals:
            self.learn((-atom, literal))
        self.learn((atom, *(-literal for literal in literals)))
        return atom


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)
