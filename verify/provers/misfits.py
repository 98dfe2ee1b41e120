"""The least number of samples that a few ReLUs do not fit, by branch and bound over which these are.

A node says of some samples that they are fitted or missed, and of some fitted ones which neurons are active. Fitted
samples ask for linear equations and inequalities of the weights; open activations are relaxed as in `least_squares`.
Whether that can be is a linear program, of the least largest error of the fitted samples; its dual solution names a
*circuit*, a few samples that cannot be fitted together in this way, and `largest_errors` has it exactly. What is missed
at a node weighs at least as much as has been decided, and as follows from the circuits below.

*Forced misses.* If the activations of a sample follow from its label, as for one ReLU, and its equation contradicts the
equations of the fitted ones, it is missed. D fitted samples in general position leave one network for one ReLU of D
weights, so that there is nothing more to decide.

*The proof.* A circuit with residuals c and slopes β, Σ β·x = 0, says that Σ c·e ≥ D(c) > 0, but fitted samples have
Σ c·e = 0: one `Farkas` step, with literals e ≤ 0 and −e ≤ 0, and one `Rup` step to a clause that some of the samples
are missed, or have other activations. All leaves share these clauses. Missed samples that weigh more than the threshold
allows are one `Count` step.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from math import floor, inf, lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Count, Farkas, Rup
from relucert.certificates.writer import RefutedCase
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, TrainingInstance, loss_of
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.branch_proofs import Gap, Steps, give
from relucert.verify.provers.branches import BestFirst, Found
from relucert.verify.provers.largest_errors import LargestTree
from relucert.verify.provers.least_squares import ACTIVE, INACTIVE, OPEN, Dual, Floats, Guess, Node
from relucert.verify.provers.trimming import trim

MISSED, FITTED = 0, 1  # and OPEN
DRAWN = 300  # networks through random samples at the beginning
NEAR = 1e-6  # of an error or a pre-activation that may be 0, labels and coordinates being of the size 1
WORK = 1000  # units of a node
FEASIBLE = Guess(0.0, *[np.zeros(0)] * 2, np.zeros(0, dtype=bool), *[np.zeros(0)] * 3)
SHORT = 1000  # the denominator of weights that nothing asks for

Assumption = tuple[int, int, int]  # sample; neuron and whether it is active, or k and whether the sample is fitted


Because = Dual | tuple[int, ...]  # why a sample is missed: a circuit, or fitted samples that one is among


class Nogood(NamedTuple):
    """What does not hold together, and the id of the clause that says so."""

    assumptions: frozenset[Assumption]
    number: int


@dataclass(slots=True)
class Part(Node):
    """A node of this search. state: m, OPEN, FITTED or MISSED; missed: the weight of the last.

    choice: what has been decided here. follows: samples that are missed here and not yet in the parent, and why.
    halves: the two nodes that it has been cut into.
    """

    state: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, dtype=np.int8))
    missed: int = 0
    parent: Part | None = None
    choice: Assumption | None = None
    follows: list[tuple[int, Because]] = field(default_factory=list)
    halves: tuple[Part, Part] | None = None


class Tree(LargestTree):
    """For one class of networks. What a label implies if it is fitted stands in `fixed` from the beginning."""

    def __init__(self, instance: TrainingInstance, positive: int) -> None:
        super().__init__(instance, positive)
        self.heavy = [s.multiplicity for s in instance.samples]
        self.fixed = np.full((self.m, self.k), OPEN, dtype=np.int8)
        self.hopeless: list[tuple[int, Because]] = []  # samples that no network of the class fits
        for i, y in enumerate(self.labels):
            own = [j for j, sign in enumerate(self.signs) if y * sign > 0]
            if y and not own:
                c = [0] * self.m
                c[i] = -1 if y > 0 else 1
                self.hopeless.append((i, Dual(Fraction(1), c, {}, Fraction(abs(y)))))
            if len(own) == 1:
                self.fixed[i, own[0]] = ACTIVE
            elif not y and len({*self.signs}) == 1:
                self.fixed[i] = INACTIVE

    def first_part(self) -> Part:
        state = np.full(self.m, OPEN, dtype=np.int8)
        part = Part(self.fixed, (), weights=np.zeros(self.k * self.width), state=state)
        self.miss(part, self.hopeless)
        return part

    def miss(self, part: Part, some: Sequence[tuple[int, Because]]) -> None:
        for i, dual in some:
            part.state[i] = MISSED
            part.missed += self.heavy[i]
            part.follows.append((i, dual))

    def half(self, part: Part, choice: Assumption) -> Part:
        i, j, how = choice
        made = Part(part.fixed, (), weights=part.weights, state=part.state, missed=part.missed, parent=part)
        made.choice = choice
        if j < self.k:
            made.fixed = part.fixed.copy()
            made.fixed[i, j] = how
            return made
        made.state = part.state.copy()
        made.state[i] = how
        if how == MISSED:
            made.missed += self.heavy[i]
            made.known = part.known
        return made

    # ---------------------------------------------------------------------------------------------- the linear program

    def asked(self, node: Node) -> NDArray[np.bool_]:
        assert isinstance(node, Part)
        return node.state == FITTED

    def facets(self, node: Node) -> list[tuple[int, int, int]]:
        assert isinstance(node, Part)
        settled = (node.fixed != OPEN) & (node.state == FITTED)[:, None]
        return [(int(i), int(j), int(node.fixed[i, j])) for i, j in zip(*np.nonzero(settled), strict=True)]

    def is_circuit(self, part: Part) -> bool:
        """Whether the fitted samples contradict each other; then that is proved."""
        if self.k == 1 and self.solved_as_equations(part):
            return False
        self.solve(part)
        guess = self.guess(part)
        if guess.value <= NEAR * self.unit:
            return False
        if not self.prove(part, Fraction(guess.value) / 2):
            raise Gap("a circuit is not proved")
        return True

    def solved_as_equations(self, part: Part) -> bool:
        """Whether one ReLU solves the equations of the fitted samples, none of which has the label 0: then their
        activations are right as well."""
        fitted = part.state == FITTED
        if (part.fixed[fitted] != ACTIVE).any():
            return False
        aims = self.y[fitted] * self.sign[0]
        w = np.linalg.lstsq(self.x[fitted], aims, rcond=NEAR)[0] if fitted.any() else np.zeros(self.width)
        if np.abs(self.x[fitted] @ w - aims).max(initial=0) > NEAR:
            return False
        part.weights, part.known = w, FEASIBLE
        return True

    def forced(self, part: Part) -> list[tuple[int, Because]]:
        """Open samples of one ReLU, and why they are missed: their equations, or z ≤ 0, contradict the fitted ones'."""
        if self.k > 1:
            return []
        fitted = [i for i in np.flatnonzero(part.state == FITTED).tolist() if part.fixed[i, 0] == ACTIVE]
        rows = self.x[fitted]
        _, sizes, right = np.linalg.svd(rows, full_matrices=True)
        rank = int((sizes > NEAR).sum())
        beside = np.abs(self.x @ right[rank:].T).max(axis=1, initial=0)
        z = self.x @ part.weights
        wrong = np.where(part.fixed[:, 0] == ACTIVE, np.abs(z - self.y * self.sign[0]), z) > NEAR
        forced = (part.state == OPEN) & (beside < NEAR) & wrong
        return [(i, tuple(fitted)) for i in np.flatnonzero(forced).tolist()]

    def through(self, fitted: Sequence[int], i: int) -> Dual | None:
        """The circuit of a sample and some fitted ones: x_i = Σ λ·x, but y_i ≠ Σ λ·y, or 0 < Σ λ·s·y if y_i = 0."""
        shares = combination([self.even[q] for q in fitted], self.even[i])
        if shares is None:
            return None
        c: list[Rational] = [0] * self.m
        c[i] = 1
        for q, share in zip(fitted, shares, strict=True):
            c[q] = -share
        value = Fraction(-sum(v * y for v, y in zip(c, self.labels, strict=True)))
        if value < 0 if self.labels[i] else self.signs[0] < 0:
            c, value = [-v for v in c], -value
        if value <= 0:
            return None
        q = lcm(*(v.denominator for v in c))
        whole = [int(v * q) for v in c]
        return Dual(Fraction(1, q), whole, {(p, 0): v * self.signs[0] for p, v in enumerate(whole) if v}, value)

    # --------------------------------------------------------------------------------------------------------- networks

    def misses(self, w: Floats) -> tuple[NDArray[np.bool_], Floats]:
        """Which samples a network misses, in floating point, and its pre-activations."""
        z = self.x @ w.reshape(self.k, self.width).T
        return np.abs(np.maximum(z, 0) @ self.sign - self.y) > NEAR, z

    def weigh(self, missed: NDArray[np.bool_]) -> int:
        return sum(self.heavy[i] for i in np.flatnonzero(missed).tolist())

    def exact_network(self, w: Floats) -> Network:
        """One that fits what these weights nearly fit, if there is one; weights that this leaves open are short."""
        missed, z = self.misses(w)
        known = Equations(self.k * self.width)
        for i in np.flatnonzero(~missed).tolist():
            row = [0] * (self.k * self.width)
            for j in range(self.k):
                own = slice(j * self.width, (j + 1) * self.width)
                if z[i, j] > NEAR:
                    row[own] = [self.signs[j] * v for v in self.even[i]]
                elif z[i, j] > -NEAR:
                    zero = [0] * (self.k * self.width)
                    zero[own] = self.even[i]
                    known.add(zero, 0)
            known.add(row, self.labels[i])
        guess = (w.reshape(self.k, self.width) / self.spread * self.unit / float(self.stretch)).ravel()
        for t, v in enumerate(guess.tolist()):
            unit = [int(t == s) for s in range(self.k * self.width)]
            known.add(unit, Fraction(v * self.stretch).limit_denominator(SHORT) / self.stretch)
        return self.network_of(known.solution())

    def drawn(self) -> list[Floats]:
        """Networks through random samples, of growing numbers of samples that they fit."""
        rng, best, found = np.random.default_rng(1), inf, []
        own = [np.flatnonzero(self.y * sign > 0) for sign in self.sign]
        if not all(map(len, own)):
            return []
        for _ in range(DRAWN):
            w = np.zeros((self.k, self.width))
            for j in range(self.k):
                some = rng.choice(own[j], self.width)
                w[j] = np.linalg.lstsq(self.x[some], self.y[some] * self.sign[j], rcond=1e-9)[0]
            value = self.weigh(self.misses(w.ravel())[0])
            if value < best:
                best = value
                found.append(w.ravel())
        return found

    def choose(self, part: Part) -> tuple[Assumption, Assumption] | None:
        """What to decide next; None if the weights of the node fit all samples that they are to fit, and all open ones.

        Activations of fitted samples that the relaxation gets wrong, then samples that are missed, labels other than 0
        first.
        """
        missed, z = self.misses(part.weights)
        fitted = missed & (part.state == FITTED)
        open_there = (part.fixed == OPEN) & (part.state == FITTED)[:, None]
        if fitted.any() and open_there.any():
            size = np.where(open_there, np.abs(z) + 1 + fitted[:, None] * (1 + np.abs(z).max()), 0.0)
            i, j = np.unravel_index(int(size.argmax()), size.shape)
            return (int(i), int(j), ACTIVE), (int(i), int(j), INACTIVE)
        here = part.state == OPEN
        if not here.any():
            return None
        worth = np.array(self.heavy) * (1 + (self.y != 0)) + 3 * max(self.heavy) * missed
        i = int(np.where(here, worth, -1).argmax())
        return (int(i), self.k, FITTED), (int(i), self.k, MISSED)


class Equations:
    """Linear equations, of which those are kept that do not contradict the ones before."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.rows: list[tuple[int, list[Fraction]]] = []  # pivot, and the row with its right side

    def add(self, row: Sequence[int], right: Rational) -> None:
        one = [*map(Fraction, row), Fraction(right)]
        for pivot, other in self.rows:
            if one[pivot]:
                one = [a - one[pivot] * b for a, b in zip(one, other, strict=True)]
        pivot = next((t for t in range(self.size) if one[t]), None)
        if pivot is None:
            return
        one = [a / one[pivot] for a in one]
        self.rows = [(p, [a - other[pivot] * b for a, b in zip(other, one, strict=True)]) for p, other in self.rows]
        self.rows.append((pivot, one))

    def solution(self) -> list[Fraction]:
        found = [Fraction(0)] * self.size
        for pivot, row in self.rows:
            found[pivot] = row[-1]
        return found


def combination(rows: Sequence[Sequence[int]], target: Sequence[int]) -> list[Fraction] | None:
    """λ with Σ λ·row = target; None if there are none."""
    known = Equations(len(rows))
    for t, value in enumerate(target):
        before = len(known.rows)
        row = [r[t] for r in rows]
        known.add(row, value)
        if len(known.rows) == before and value != sum(
            (a * b for a, b in zip(row, known.solution(), strict=True)), Fraction(0)
        ):
            return None
    return known.solution()


# ----------------------------------------------------------------------------------------------------------- the search


class Search(BestFirst):
    """All cases of an instance side by side: always the node of which least is missed."""

    work = WORK

    def __init__(self, instance: TrainingInstance, deadline: Deadline, cases: Sequence[int] | None = None) -> None:
        self.instance, self.deadline = instance, deadline
        k = instance.neurons
        self.network = Network(((0,) * instance.dimension,) * k, (0,) * k, (1,) * k)
        self.loss = Fraction(loss_of(instance, self.network))
        self.trees = [Tree(instance, case) for case in (ENCODING.cases(instance) if cases is None else cases)]
        self.roots = [tree.first_part() for tree in self.trees]
        self.numbers = count()
        self.queue: list[tuple[int, int, int, Part]] = []  # missed, number, tree, part
        for number, root in enumerate(self.roots):
            self.push(number, root)
        self.nodes = 0

    def push(self, number: int, part: Part) -> None:
        heapq.heappush(self.queue, (part.missed, next(self.numbers), number, part))

    def begin(self) -> None:
        for tree in self.trees:
            self.deadline.spend(WORK)
            for w in tree.drawn():
                self.consider(tree, w)

    def consider(self, tree: Tree, w: Floats) -> None:
        if tree.weigh(tree.misses(w)[0]) < self.loss:
            net = tree.exact_network(w)
            loss = Fraction(loss_of(self.instance, net))
            if loss < self.loss:
                self.network, self.loss = net, loss

    @property
    def low(self) -> float:
        return float(min(self.queue[0][0], self.loss) if self.queue else self.loss)

    @property
    def done(self) -> bool:
        return not (self.queue and self.queue[0][0] < self.loss)

    def step(self, number: int, part: Part) -> None:
        """Proves that a node cannot be, or cuts it in two."""
        tree = self.trees[number]
        self.nodes += 1
        if part.known is None:
            if tree.is_circuit(part):
                return
            tree.miss(part, tree.forced(part))
            if part.missed >= self.loss:
                self.push(number, part)
                return
        self.consider(tree, part.weights)
        if part.missed >= self.loss:
            self.push(number, part)
            return
        choices = tree.choose(part)
        if choices is None:
            raise Gap("a node is not proved")
        part.halves = tree.half(part, choices[0]), tree.half(part, choices[1])
        for half in part.halves:
            self.push(number, half)

    def found(self) -> Found:
        """What is known, with a proof."""
        low = int(self.low)
        cases = tuple(self.refuted(n, low) for n in range(len(self.trees))) if low else ()
        return Found(self.network, self.loss, Fraction(low), cases)

    def refuted(self, number: int, low: int) -> RefutedCase:
        return Proof(self.trees[number], low, self.deadline).derive(self.roots[number])


# ------------------------------------------------------------------------------------------------------ the certificate


class Proof(Steps):
    """No network of the class misses less than the threshold, an integer.

    Of neuron k, one more than there are, `atom` is the one for 'missed', and `clause` the first of two: missed or
    e ≤ 0, missed or −e ≤ 0.
    """

    def __init__(self, tree: Tree, threshold: int, deadline: Deadline) -> None:
        self.tree, self.most, self.deadline = tree, threshold - 1, deadline
        super().__init__(5 * tree.k + 3, 4 * tree.k + 2)
        self.total = self.last_id = self.clauses * tree.m + 1  # Σ m·¬missed ≥ Σ m − most
        self.labels: dict[Assumption, int] = {}
        self.circuits: dict[frozenset[Assumption], Nogood] = {}
        self.dependent: dict[frozenset[int], Nogood] = {}

    def literal(self, one: Assumption) -> int:
        i, j, how = one
        if j == self.tree.k:
            return self.atom(i, j) if how == MISSED else -self.atom(i, j)
        return self.atom(i, j) + (3 if how == ACTIVE else 4)

    def negation(self, assumptions: frozenset[Assumption]) -> tuple[int, ...]:
        return tuple(-self.literal(one) for one in sorted(assumptions))

    def of_label(self, i: int, j: int, how: int) -> int:
        """The clause that a sample is missed, or the neuron is as its label says."""
        key = (i, j, how)
        if key not in self.labels:
            tree, e = self.tree, self.atom(i, self.tree.k) + 1  # e ≤ 0
            v = tree.labels[i].denominator
            if how == ACTIVE:  # s·r ≥ s·y > 0 if the others are 0 or less; with r ≤ 0
                sign = tree.signs[j]
                fits, clause = (e + 1, self.clause(i, tree.k) + 1) if sign > 0 else (e, self.clause(i, tree.k))
                others = tuple((self.clause(i, q), v) for q in range(tree.k) if tree.signs[q] != sign)
                zero = self.literal((i, j, INACTIVE))
                opposite = self.add(Farkas(self.last_id + 1, (-fits, -zero), (1, v), others))
                hints = (clause, opposite, self.clause(i, j) + 3, self.clause(i, j) + 2)
            else:  # r ≤ 0, as Σ r ≤ 0 and the others are 0 or more
                sign = tree.signs[j]
                fits, clause = (e, self.clause(i, tree.k)) if sign > 0 else (e + 1, self.clause(i, tree.k) + 1)
                others = tuple((self.clause(i, q), v) for q in range(tree.k) if q != j)
                opposite = self.add(Farkas(self.last_id + 1, (-fits, self.literal(key)), (1, v), others))
                hints = (clause, opposite)
            clause_of = (self.atom(i, tree.k), self.literal(key))
            self.labels[key] = self.add(Rup(self.last_id + 1, clause_of, hints))
        return self.labels[key]

    def circuit(self, dual: Dual) -> Nogood:
        """The samples with residuals are not all fitted, with the activations that the slopes need."""
        tree, h = self.tree, dual.unit
        residuals = {i: simplified(h * c) for i, c in enumerate(dual.residuals) if c}
        slopes = {name: simplified(h * v) for name, v in dual.slopes.items()}
        touched = sorted({*((i, j) for i in residuals for j in range(tree.k)), *slopes})
        units: dict[int, Fraction] = {}
        literals: dict[Assumption, Fraction] = {}
        for i, j in touched:
            g, slope = Fraction(residuals.get(i, 0) * tree.signs[j]), Fraction(slopes.get((i, j), 0))
            if slope >= 0:
                give(units, self.clause(i, j) + 1, slope / tree.scales[i])
            else:
                give(literals, (i, j, ACTIVE), -slope / tree.scales[i])
            if g >= slope:
                give(units, self.clause(i, j), g - slope)
            else:
                give(literals, (i, j, INACTIVE), slope - g)
        assumptions, hints, clause, multipliers = {(i, tree.k, FITTED) for i in residuals}, [], [], []
        for i, c in residuals.items():
            clause.append(-(self.atom(i, tree.k) + 1 + (c < 0)))
            multipliers.append(abs(c) / Fraction(tree.labels[i].denominator))
            hints.append(self.clause(i, tree.k) + (c < 0))
        for (i, j, how), multiplier in literals.items():
            clause.append(-self.literal((i, j, how)))
            multipliers.append(multiplier)
            if tree.fixed[i, j] == how:
                assumptions.add((i, tree.k, FITTED))
                hints.append(self.of_label(i, j, how))
            else:
                assumptions.add((i, j, how))
        key = frozenset(assumptions)
        if key not in self.circuits:
            common = lcm(*(v.denominator for v in (*multipliers, *units.values())))
            whole = [int(v * common) for v in multipliers]
            of_units = tuple((number, int(v * common)) for number, v in units.items())
            step = Farkas(self.last_id + 1, tuple(clause), tuple(whole), of_units)
            number = self.add(step)
            self.circuits[key] = Nogood(key, self.add(Rup(number + 1, self.negation(key), (*hints, number))))
        return self.circuits[key]

    def missing(self, i: int, because: Because) -> Nogood:
        """Why a sample is missed."""
        if isinstance(because, Dual):
            return self.circuit(because)
        key = frozenset((i, *because))
        if key not in self.dependent:
            dual = self.tree.through(because, i)
            if dual is None:
                raise Gap("what is forced does not follow")
            self.dependent[key] = self.circuit(dual)
        return self.dependent[key]

    def leaf(self, part: Part) -> Nogood:
        """The samples that were missed first, as many as are needed."""
        path, weight = [], 0
        one: Part | None = part
        while one is not None:
            path.append(one)
            one = one.parent
        assumptions: set[Assumption] = set()
        hints, chosen = [], []
        k = self.tree.k
        for at in reversed(path):
            here: list[tuple[int, Because | None]] = [*at.follows]
            if at.choice is not None and at.choice[1:] == (k, MISSED):
                here.insert(0, (at.choice[0], None))
            for i, because in here:
                if weight > self.most:
                    break
                chosen.append(i)
                weight += self.tree.heavy[i]
                if because is None:
                    assumptions.add((i, k, MISSED))
                else:
                    others, number = self.missing(i, because)
                    assumptions |= others - {(i, k, FITTED)}
                    hints.append(number)
        weights = dict(enumerate(self.tree.heavy))
        missed = {i: self.atom(i, k) for i in weights}
        divisor = max((weights[i] for i in chosen), default=1)
        others_of = tuple((missed[i], w) for i, w in weights.items() if i not in {*chosen})
        terms = tuple((-missed[i], 1) for i in sorted(chosen))
        too_many = self.add(Count(self.last_id + 1, terms, 1, ((self.total, 1),), others_of, divisor))
        key = frozenset(assumptions)
        return Nogood(key, self.add(Rup(self.last_id + 1, self.negation(key), (*hints, too_many))))

    def join(self, halves: Sequence[Part], of_halves: Sequence[Nogood]) -> Nogood:
        """A sample is missed or not, a neuron is active or not; unless a half does not need to know."""
        for half, nogood in zip(halves, of_halves, strict=True):
            if half.choice not in nogood.assumptions:
                return nogood
        (first, one), (second, two) = of_halves
        i, j, _ = halves[0].choice or (0, 0, 0)
        key = (first | second) - {half.choice for half in halves if half.choice}
        between = () if j == self.tree.k else (self.clause(i, j) + 2, self.clause(i, j) + 3)
        return Nogood(key, self.add(Rup(self.last_id + 1, self.negation(key), (one, *between, two))))

    def derive(self, root: Part) -> RefutedCase:
        order, pending = [], [root]
        while pending:
            part = pending.pop()
            order.append(part)
            if part.missed <= self.most and part.proof is None:
                if part.halves is None:
                    raise Gap("a leaf without a proof")
                pending += part.halves
        done: dict[int, Nogood] = {}
        for part in reversed(order):
            if part.missed > self.most:
                done[id(part)] = self.leaf(part)
                self.deadline.remaining()
            elif part.proof is not None:
                done[id(part)] = self.circuit(part.proof)
            else:
                assert part.halves is not None
                done[id(part)] = self.join(part.halves, [done.pop(id(half)) for half in part.halves])
        assumptions, number = done[id(root)]
        if assumptions:
            raise Gap("something is assumed to the end")
        last = next(p for p in range(len(self.steps) - 1, -1, -1) if getattr(self.steps[p], "id", 0) == number)
        return RefutedCase(self.tree.positive, None, trim(self.steps[: last + 1]))


def decide_case(instance: TrainingInstance, case: int, deadline: Deadline) -> Network | RefutedCase:
    """A network that misses at most the threshold, or the refutation of the case."""
    search, most = Search(instance, deadline, [case]), floor(instance.threshold)
    search.begin()
    search.run(inf, lambda loss: most + 1 if loss > most else -inf)
    return search.network if search.loss <= most else search.refuted(0, most + 1)
