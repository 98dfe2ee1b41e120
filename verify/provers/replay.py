"""From a pool of theory clauses to a refutation: the back end that every prover of unsatisfiability shares.

A prover of linear arithmetic finds theory clauses, clauses that hold for all values of the reals. Once inputs and these
together are unsatisfiable as plain propositional clauses, a SAT solver refutes them, and its DRUP proof turns into
`Rup` steps with hints. The theory clauses that this refutation uses turn into `Farkas` steps. Where they came from is
irrelevant: each is verified here, and one that fails is dropped as if it had never been found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

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
from relucert.verify.provers.base import Deadline, OutOfTime, Refutation
from relucert.verify.provers.enriched import Enriched

# ------------------------------------------------------------------------------------------------------ theory clauses


@dataclass(frozen=True, slots=True)
class TheoryClause:
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


# ------------------------------------------------------------------------------------------- from DRUP to hinted steps


class Trimmer:
    """Turns a DRUP proof into clauses with hints, keeping only those that the empty clause depends on.

    Everything is a node: premises, then learned clauses and the units that follow at top level as they come.
    A forward pass collects the top-level units up to the first conflict. A backward pass then checks each needed
    learned clause by unit propagation over the nodes before it, which finds its hints and what else is needed.
    Propagation prefers nodes already known to be needed: they have watch lists of their own, visited first.

    A derived clause stays true, so that deletions could be ignored; the backward pass heeds them because short watch
    lists make it several times faster. Units are never deleted.
    """

    def __init__(self, size: int, premises: Iterable[Sequence[int]], drup: Drup) -> None:
        """Literals are ±1, …, ±size; a list of 2·size + 1 entries has room for all, the negative ones from its end."""
        self.nodes = [list(clause) for clause in premises]
        self.premises = len(self.nodes)
        self.hints: dict[int, list[int]] = {}  # of the derived nodes, as soon as they are known
        self.deleted: list[tuple[int, int]] = []  # a node, and the first node that no longer sees it
        self.before: dict[int, int] = {}  # of a learned node: the length of the trail when it came
        self.needed: set[int] = set()
        self.value = [0] * (2 * size + 1)  # of a literal: 1 true, −1 false
        self.reason = [-1] * (size + 1)  # of an assigned variable: the node that implies it, −1 if it is assumed
        self.place = [0] * (size + 1)  # of an assigned variable: its position on the trail
        self.unit = [-1] * (size + 1)  # of a variable assigned at top level: the node that is this unit clause
        self.trail: list[int] = []
        self.watches: list[list[int]] = [[] for _ in self.value]
        self.needed_watches: list[list[int]] = [[] for _ in self.value]
        self.forward(drup)
        self.backward()

    def assign(self, literal: int, reason: int) -> None:
        self.value[literal], self.value[-literal] = 1, -1
        self.reason[abs(literal)] = reason
        self.place[abs(literal)] = len(self.trail)
        self.trail.append(literal)

    def shorten(self, length: int) -> None:
        for literal in self.trail[length:]:
            self.value[literal] = self.value[-literal] = 0
        del self.trail[length:]

    def propagate(self, start: int, limit: int) -> int:
        """Unit propagation over the nodes below limit, from this position on the trail: a node in conflict, or −1."""
        nodes, value, trail, needed = self.nodes, self.value, self.trail, self.needed
        ahead = behind = start
        while True:
            if ahead < len(trail):
                watches, false = self.needed_watches, -trail[ahead]
                ahead += 1
            elif behind < len(trail):
                watches, false = self.watches, -trail[behind]
                behind += 1
            else:
                return -1
            watching, watches[false] = watches[false], []
            for position, node in enumerate(watching):
                if node >= limit:
                    continue  # nor will the backward pass look at it again
                clause = nodes[node]
                if clause[0] == false:
                    clause[0], clause[1] = clause[1], false
                other = clause[0]
                lists = self.needed_watches if node in needed else watches
                if value[other] <= 0:
                    for i in range(2, len(clause)):
                        literal = clause[i]
                        if value[literal] >= 0:
                            clause[1], clause[i] = literal, false
                            lists[literal].append(node)
                            break
                    else:
                        lists[false].append(node)
                        if value[other] < 0:
                            watches[false] += watching[position + 1 :]
                            return node
                        self.assign(other, node)
                else:
                    lists[false].append(node)

    def forward(self, drup: Drup) -> None:
        alive: dict[Clause, list[int]] = {}
        for node in range(self.premises):
            distinct = list(dict.fromkeys(self.nodes[node]))
            if len(distinct) < len(self.nodes[node]):
                node = self.derive(distinct, node)
            alive.setdefault(tuple(sorted(distinct)), []).append(node)
            if self.attach(node):
                return
        for learned, clause in drup:
            same = alive.setdefault(tuple(sorted(clause)), [])
            if not learned:
                if same:
                    self.deleted.append((same.pop(), len(self.nodes)))
                continue
            free = [literal for literal in clause if self.value[literal] >= 0]
            if not any(self.value[literal] for literal in free):
                node = len(self.nodes)
                self.nodes.append(free)
                same.append(node)
                self.before[node] = len(self.trail)
                if self.attach(node):
                    return
        raise ValueError("the DRUP proof does not end in a conflict")

    def attach(self, node: int) -> bool:
        """Watch the clause; if it is unit or in conflict, propagate and name the units. Whether there is a conflict."""
        clause = self.nodes[node]
        free = [literal for literal in clause if self.value[literal] >= 0]
        if len(free) > 1 or any(self.value[literal] for literal in free):
            self.watch(node)
            return False
        conflict = node
        start = len(self.trail)
        if free:
            self.assign(free[0], node)
            conflict = self.propagate(start, len(self.nodes))
        for literal in self.trail[start:]:
            reason = self.reason[abs(literal)]
            self.unit[abs(literal)] = reason if len(self.nodes[reason]) == 1 else self.derive([literal], reason)
        if conflict >= 0:
            self.derive([], conflict)
        return conflict >= 0

    def watch(self, node: int) -> None:
        """Watch the two literals that become free first as the trail shrinks."""
        clause = self.nodes[node]
        if len(clause) > 1:
            clause.sort(key=lambda at: -self.place[abs(at)] if self.value[at] else -len(self.place))
            self.watches[clause[0]].append(node)
            self.watches[clause[1]].append(node)

    def derive(self, clause: list[int], parent: int) -> int:
        """A new node: what is left of the parent when its other literals are false at top level."""
        node = len(self.nodes)
        self.nodes.append(clause)
        self.hints[node] = [self.unit[abs(at)] for at in self.nodes[parent] if at not in clause] + [parent]
        return node

    def backward(self) -> None:
        self.needed.add(len(self.nodes) - 1)
        self.watches = [[] for _ in self.value]
        for node in set(range(len(self.nodes))).difference(node for node, _ in self.deleted):
            self.watch(node)
        for node in range(len(self.nodes) - 1, self.premises - 1, -1):
            while self.deleted and self.deleted[-1][1] > node:
                self.watch(self.deleted.pop()[0])
            if node in self.needed:
                if node not in self.hints:
                    self.hints[node] = self.check(node)
                self.needed.update(self.hints[node])

    def check(self, node: int) -> list[int]:
        """The hints of a learned node: what the conflict depends on, in the order of the trail."""
        base = self.before[node]
        self.shorten(base)
        for literal in self.nodes[node]:
            self.assign(-literal, -1)
        conflict = self.propagate(base, node)
        if conflict < 0:
            raise ValueError("a clause of the DRUP proof does not follow by unit propagation")
        units, implied, seen, pending = [], [], set(), [conflict]
        while pending:
            for variable in map(abs, self.nodes[pending.pop()]):
                if variable not in seen:
                    seen.add(variable)
                    if self.place[variable] < base:
                        units.append(self.unit[variable])
                    elif self.reason[variable] >= 0:
                        implied.append(self.place[variable])
                        pending.append(self.reason[variable])
        return [*units, *(self.reason[abs(self.trail[place])] for place in sorted(implied)), conflict]


# -------------------------------------------------------------------------------------------------- the refutation

Drup = list[tuple[bool, list[int]]]  # a learned clause with True, a deleted one with False
CONFLICT = 100  # the work of a conflict, see Deadline


def refute(formula: Formula, theory: Iterable[TheoryClause], deadline: Deadline) -> Refutation | None:
    """A refutation by the formula and theory clauses, or None if they are propositionally satisfiable."""
    pool = list({frozenset(valid.clause): valid for valid in theory}.values())
    while True:
        core: tuple[Formula, list[TheoryClause]] | None = formula, pool
        for _ in range(2):  # the first round leaves a tenth of the pool, the second a little less; more gain nothing
            deadline.remaining()
            if core and (core[1] or isinstance(core[0], Enriched)):
                core = needed(*core)
        if core is None:
            return None
        deadline.remaining()
        proof = decide([*core[0].clauses.values(), *(valid.clause for valid in core[1])])
        if isinstance(proof, frozenset):
            return None
        deadline.remaining()
        refutation = hinted(*core, proof)
        wrong = wrong_lemmas(formula, refutation)
        if not wrong:
            return refutation
        pool = [valid for valid in pool if valid.clause not in wrong]


def needed(formula: Formula, theory: Sequence[TheoryClause]) -> tuple[Formula, list[TheoryClause]] | None:
    """What suffices: a solver blames its conflict on their selectors. None if not even all of them suffice.

    Of the clauses of a formula, those that are only helpful have selectors.
    """
    from pysat.solvers import Solver  # most small questions do without

    helpful = formula.helpful & formula.clauses.keys() if isinstance(formula, Enriched) else frozenset[int]()
    optional = [*(valid.clause for valid in theory), *(formula.clauses[number] for number in sorted(helpful))]
    selectors = range(formula.last_atom + 1, formula.last_atom + 1 + len(optional))
    always = [clause for number, clause in formula.clauses.items() if number not in helpful]
    with Solver(name="minisat22", bootstrap_with=always) as solver:
        for selector, clause in zip(selectors, optional, strict=True):
            solver.add_clause([-selector, *clause])
        if solver.solve(assumptions=list(selectors)):
            return None
        core = {selector - selectors.start for selector in solver.get_core() or ()}
    dropped = {number for place, number in enumerate(sorted(helpful), len(theory)) if place not in core}
    kept = {number: clause for number, clause in formula.clauses.items() if number not in dropped}
    return replace(formula, clauses=kept), [valid for place, valid in enumerate(theory) if place in core]


def decide(clauses: Iterable[Sequence[int]], deadline: Deadline | None = None) -> frozenset[int] | Drup:
    """The true atoms of a propositional model, or a proof that there is none. Raises OutOfTime.

    deadline: of which the work counts here, not the seconds.
    """
    from pysat.solvers import Solver

    work = deadline.work if deadline else None
    with Solver(name="cadical153", bootstrap_with=clauses, with_proof=True) as solver:
        if work is not None:
            solver.conf_budget(work // CONFLICT)
        satisfiable = solver.solve() if work is None else solver.solve_limited()
        if deadline and work is not None:
            deadline.spend(CONFLICT * solver.accum_stats()["conflicts"])
        if satisfiable is None:
            raise OutOfTime
        if satisfiable:
            return frozenset(literal for literal in solver.get_model() if literal > 0)
        lines = ((line[0] != "d", line.lstrip("d").split()[:-1]) for line in solver.get_proof())
        return [(learned, [int(literal) for literal in literals]) for learned, literals in lines]


def hinted(formula: Formula, theory: Sequence[TheoryClause], drup: Drup) -> Refutation:
    """The steps of a DRUP proof from the clauses of the formula and of the theory."""
    trimmer = Trimmer(formula.last_atom, [*formula.clauses.values(), *(valid.clause for valid in theory)], drup)
    ids = dict(enumerate(formula.clauses))  # of the nodes
    steps: list[Step] = []
    for node in sorted(trimmer.needed.difference(ids)):
        ids[node] = formula.last_id + len(steps) + 1
        if node < trimmer.premises:
            valid = theory[node - len(formula.clauses)]
            steps.append(Farkas(ids[node], valid.clause, valid.multipliers, valid.units))
            if not valid.clause:
                break  # the refutation ends with the empty clause
        else:
            steps.append(Rup(ids[node], tuple(trimmer.nodes[node]), tuple(ids[at] for at in trimmer.hints[node])))
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
