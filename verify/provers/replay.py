"""From a pool of theory lemmas to a refutation: the back end that every prover of unsatisfiability shares.

A prover of linear arithmetic finds lemmas: clauses that hold for all values of the reals. Once inputs and lemmas
together are unsatisfiable as plain propositional clauses, a SAT solver refutes them, and its DRUP proof turns into
`Rup` steps with hints. The lemmas that this refutation uses turn into `Farkas` steps. Where they came from is
irrelevant: each is verified here, and one that fails is dropped as if it had never been found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

from pysat.solvers import Solver

from certificates.kernel import Atom, Clause, Farkas, Formula, Kernel, Linear, Rejected, Rup, Step
from verify.provers.base import Deadline, Refutation

# ---------------------------------------------------------------------------------------------------------- the lemmas


@dataclass(frozen=True, slots=True)
class Lemma:
    """A `Farkas` step that has no id yet."""

    clause: Clause
    multipliers: tuple[int, ...]
    units: tuple[tuple[int, int], ...] = ()  # (id of a unit clause of the formula, multiplier)

    @classmethod
    def from_facts(cls, facts: Mapping[int, Fraction | int], units: Mapping[int, int]) -> Lemma:
        """The lemma 'not all of these facts', where Σ multiplier · fact is contradictory.

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


def bound_lemmas(formula: Formula) -> list[Lemma]:
    """What atoms over the same linear form say about each other: p ≤ 1 implies p < 2, and so on.

    These lemmas also tie together atoms of equal or opposite meaning, and decide atoms such as 0 ≤ −1.
    """
    chains: dict[tuple[tuple[int, int], ...], list[tuple[Fraction, bool, int, int]]] = {}
    for atom, meaning in formula.atoms.items():
        if meaning is not None:
            sign, (form, bound, strict), content = normal_form(meaning)
            chains.setdefault(form, []).append((bound, not strict, sign * atom, content))
    units = unit_clauses(formula)
    lemmas = []
    for literal, bound, weak in ((at, bound, weak) for bound, weak, at, _ in chains.pop((), [])):
        holds = bound > 0 or (bound == 0 and weak)
        lemmas.append(Lemma((literal if holds else -literal,), (1,)))
    for chain in chains.values():
        for (*stronger, p, g), (*weaker, q, h) in pairwise(sorted(chain)):
            lemmas.append(Lemma.from_facts({p: Fraction(1, g), -q: Fraction(1, h)}, units))
            if stronger == weaker:
                lemmas.append(Lemma.from_facts({q: Fraction(1, h), -p: Fraction(1, g)}, units))
    return lemmas


# ------------------------------------------------------------------------------------------- from DRUP to hinted steps


class Trimmer:
    """Turns a DRUP proof into clauses with hints, keeping only those that the empty clause depends on.

    Everything is a node: premises, then learned clauses and the units that follow at top level as they come.
    A forward pass collects the top-level units up to the first conflict. A backward pass then checks each needed
    learned clause by unit propagation over the nodes before it, which finds its hints and what else is needed.
    Propagation prefers nodes already known to be needed: they have watch lists of their own, visited first.
    Deletions are ignored, for a clause that has been derived stays true.
    """

    def __init__(self, size: int, premises: Iterable[Sequence[int]], drup: Iterable[Sequence[int]]) -> None:
        """Literals are ±1, …, ±size; a list of 2·size + 1 entries has room for all, the negative ones from its end."""
        self.nodes = [list(clause) for clause in premises]
        self.premises = len(self.nodes)
        self.hints: dict[int, list[int]] = {}  # of the derived nodes, as soon as they are known
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
        nodes, value, trail, needed, needed_watches = (
            self.nodes, self.value, self.trail, self.needed, self.needed_watches)  # fmt: skip
        ahead = behind = start
        while True:
            if ahead < len(trail):
                watches, false = needed_watches, -trail[ahead]
                ahead += 1
            elif behind < len(trail):
                watches, false = self.watches, -trail[behind]
                behind += 1
            else:
                return -1
            watching = watches[false]
            kept: list[int] = []
            watches[false] = kept
            for position, node in enumerate(watching):
                if node >= limit:
                    continue  # the backward pass is over with it
                clause = nodes[node]
                other = clause[0]
                if other == false:
                    other = clause[0] = clause[1]
                    clause[1] = false
                lists = needed_watches if node in needed else watches
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
                            kept.extend(watching[position + 1 :])
                            return node
                        self.assign(other, node)
                else:
                    lists[false].append(node)

    def forward(self, drup: Iterable[Sequence[int]]) -> None:
        for node in range(self.premises):
            distinct = list(dict.fromkeys(self.nodes[node]))
            if self.attach(node if len(distinct) == len(self.nodes[node]) else self.derive(distinct, node)):
                return
        for clause in drup:
            free = [literal for literal in clause if self.value[literal] >= 0]
            if any(self.value[literal] for literal in free):
                continue
            node = len(self.nodes)
            self.nodes.append(free)
            self.before[node] = len(self.trail)
            if self.attach(node):
                return
        raise ValueError("the DRUP proof does not end in a conflict")

    def attach(self, node: int) -> bool:
        """Watch two literals that are not false; with fewer, propagate and name the units. Whether this conflicts."""
        clause = self.nodes[node]
        clause.sort(key=lambda literal: self.value[literal] < 0)
        free = [literal for literal in clause if self.value[literal] >= 0]
        if any(self.value[literal] for literal in free):
            return False
        if len(free) > 1:
            self.watches[free[0]].append(node)
            self.watches[free[1]].append(node)
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

    def derive(self, clause: list[int], source: int) -> int:
        """A new node: what is left of the source when its other literals are false at top level."""
        node = len(self.nodes)
        self.nodes.append(clause)
        self.hints[node] = [self.unit[abs(at)] for at in self.nodes[source] if at not in clause] + [source]
        return node

    def backward(self) -> None:
        self.needed.add(len(self.nodes) - 1)
        for node in range(len(self.nodes) - 1, self.premises - 1, -1):
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


# -------------------------------------------------------------------------------------------------- the SAT solvers


def refute(formula: Formula, lemmas: Iterable[Lemma], deadline: Deadline) -> Refutation | None:
    """A refutation by the clauses of the formula and these lemmas, or None if they are propositionally satisfiable."""
    pool = list({frozenset(lemma.clause): lemma for lemma in lemmas}.values())
    while True:
        core: list[Lemma] | None = pool
        for _ in range(2):  # once gets rid of most, twice of most of what need not have been there
            deadline.remaining()
            if core:
                core = needed(formula, core)
        if core is None:
            return None
        deadline.remaining()
        proof = decide([*formula.clauses.values(), *(lemma.clause for lemma in core)])
        if isinstance(proof, frozenset):
            return None
        deadline.remaining()
        found = hinted(formula, core, proof)
        if isinstance(found, Refutation):
            return found
        pool = [lemma for lemma in pool if lemma not in found]


def needed(formula: Formula, lemmas: Sequence[Lemma]) -> list[Lemma] | None:
    """Lemmas that suffice, which a solver knows by the selectors that its conflict is blamed on; None if all do not."""
    selectors = range(formula.last_atom + 1, formula.last_atom + 1 + len(lemmas))
    with Solver(name="minisat22", bootstrap_with=formula.clauses.values()) as solver:
        for selector, lemma in zip(selectors, lemmas, strict=True):
            solver.add_clause([-selector, *lemma.clause])
        if solver.solve(assumptions=list(selectors)):
            return None
        return [lemmas[selector - selectors.start] for selector in solver.get_core() or ()]


def decide(clauses: Iterable[Sequence[int]]) -> frozenset[int] | list[list[int]]:
    """The true atoms of a propositional model, or the learned clauses of a DRUP proof that there is none."""
    with Solver(name="cadical153", bootstrap_with=clauses, with_proof=True) as solver:
        if solver.solve():
            return frozenset(literal for literal in solver.get_model() if literal > 0)
        return [[int(at) for at in line.split()[:-1]] for line in solver.get_proof() if not line.startswith("d")]


def hinted(formula: Formula, lemmas: Sequence[Lemma], drup: Iterable[Sequence[int]]) -> Refutation | set[Lemma]:
    """The steps for the needed lemmas and learned clauses; or, if there are any, those of the lemmas that are false."""
    kernel = Kernel(formula)
    trimmer = Trimmer(formula.last_atom, [*formula.clauses.values(), *(lemma.clause for lemma in lemmas)], drup)
    ids = dict(enumerate(formula.clauses))  # of the nodes
    steps: list[Step] = []
    false = set()
    for node in sorted(trimmer.needed.difference(ids)):
        ids[node] = formula.last_id + len(steps) + 1
        if node < trimmer.premises:
            lemma = lemmas[node - len(formula.clauses)]
            step = Farkas(ids[node], lemma.clause, lemma.multipliers, lemma.units)
            try:
                step.apply(kernel)
            except Rejected:
                false.add(lemma)
            steps.append(step)
        else:
            steps.append(Rup(ids[node], tuple(trimmer.nodes[node]), tuple(ids[at] for at in trimmer.hints[node])))
    return false or Refutation(tuple(steps))


def introduce(formula: Formula, extended: Formula, refutation: Refutation) -> Refutation:
    """A refutation of a formula, from one of the same formula with more linear atoms: the steps that bring them in."""
    used = {abs(at) for step in refutation.steps if isinstance(step, Farkas | Rup) for at in step.clause}
    fresh = range(formula.last_atom + 1, extended.last_atom + 1)
    return Refutation((*(Atom(at, extended.atoms[at]) for at in fresh if at in used), *refutation.steps))
