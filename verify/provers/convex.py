"""ReLUs of equal output weights fit exactly, or do not: a tree of linear programs of k(d + 1) variables and few rows.

Source: Froese, Hertrich, NeurIPS 2023, Theorem 10. Let all output weights be +1; if all are −1, the labels change their
signs. Let z_j(x) = w_j·x + b_j. For every set I of neurons Σ_{j ∈ I} z_j(x) ≤ f(x), with equality for those that are
active at x. So f(x_i) ≤ y_i says that *every* I has Σ_{j ∈ I} z_j(x_i) ≤ y_i: linear inequalities, all necessary, which
are added when a point violates them. And then f(x_i) = y_i if *some* I is tight, Σ_{j ∈ I} z_j(x_i) = y_i; I = ∅ is
where y_i = 0.

A node assumes that some sets are tight at some samples, and asks a linear program for a point. If f(x_i) < y_i for some
sample there, the node branches: each of the 2^k − 1 sets I ≠ ∅ may be the tight one. The point satisfies the equations
before and none of these, so each is independent of those before, or contradicts them. So a node with a point has at
most k(d + 1) equations, kd without biases, and a leaf has at most one more: for max(0, wx + b) and the labels 1, 2, 4
at 0, 1, 2 it may be the third one that fails. Nor are there more equations than positive labels. For k = 1 the tree is
a path, so linear programs decide that in polynomial time.

The certificate. At a sample the atoms λr_j ≤ z_j, for j ∈ I, and r_j ≤ 0, for the others, say that I is tight. A leaf
is one `Farkas` step, whose clause is that some of these atoms are false. A neuron is active or not, so two clauses of
which the one has ¬(λr_j ≤ z_j) and the other ¬(r_j ≤ 0) give a third one without either: one `Rup` step. Hence a node
branches neuron by neuron, and a clause that does not need the last assumption refutes the node before.

Neurons are sorted by their pre-activations at the sample of the largest label, where the tree begins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from relucert.certificates.encodings.training import ENCODING, weight_variable
from relucert.certificates.kernel import Clause, Linear
from relucert.certificates.writer import RefutedCase
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Refuted
from relucert.verify.provers.linear_facts import Inexact, holds
from relucert.verify.provers.linear_program import LinearProgram
from relucert.verify.provers.lines import AlongLines
from relucert.verify.provers.trimming import trim

if TYPE_CHECKING:
    from relucert.verify.provers.simplex import Mask

AT_ONCE = 3  # inequalities that enter together: those that the point violates most
TOLD = 20  # nodes between two reports of progress

Point = Mapping[int, Fraction]


class Row(NamedTuple):
    """Σ_{j ∈ neurons} z_j ≤ y at a sample; or ≥, if it is assumed that this set is tight there."""

    sample: int
    neurons: frozenset[int]
    tight: bool


class Sorted(NamedTuple):
    """Neuron j has at least the pre-activation of neuron j + 1 at the sample of the largest label."""

    neuron: int


class Assumption(NamedTuple):
    """The tight set at the sample has the neuron, or has it not."""

    sample: int
    neuron: int
    active: bool


class Nogood(NamedTuple):
    """Assumptions that do not hold together, and why.

    Either the facts are contradictory, with these multipliers; or of two other nogoods the first needs that a neuron is
    in a set, the second that it is not.
    """

    assumptions: frozenset[Assumption]
    facts: Mapping[Row | Sorted, int]
    parts: tuple[Nogood, Nogood, Assumption] | None


class Decision(NamedTuple):
    """An assumption, and why the opposite one fails if that has been tried."""

    assumption: Assumption
    opposite: Nogood | None


class Judgement(NamedTuple):
    """Of a point: the inequalities that it violates, the worst first, and the sample that is least tight, if any is."""

    violated: list[Row]
    loose: int | None


class Tree:
    """The search in a case of the encoding, in which all output weights are `sign`.

    nodes: how often a linear program was asked after an assumption. rows: inequalities and equations that entered it.
    depth: the largest number of samples with assumptions.
    """

    def __init__(self, instance: TrainingInstance, case: int, deadline: Deadline) -> None:
        self.instance, self.case, self.deadline = instance, case, deadline
        self.sign = 1 if case else -1
        self.nodes = self.depth = 0
        self.labels = [self.sign * s.y for s in instance.samples]
        self.scales = [lcm(*(v.denominator for _, v in s.x)) for s in instance.samples]
        self.points = [
            [*((t, int(v * scale)) for t, v in s.x), *([(instance.dimension, scale)] * instance.bias)]
            for s, scale in zip(instance.samples, self.scales, strict=True)
        ]  # as the encoding has them
        self.norms = [max((abs(a) for _, a in point), default=1) for point in self.points]
        k, width = instance.neurons, instance.dimension + instance.bias
        self.most = min(k * width + 1, sum(y > 0 for y in self.labels))  # of the depth
        largest = max(
            (int(y * s) // n for y, s, n in zip(self.labels, self.scales, self.norms, strict=True)), default=0
        )
        self.said: list[Row | Sorted] = [Sorted(j) for j in range(k - 1)] if self.symmetry else []  # by number
        self.number: dict[Row | Sorted, int] = {fact: number for number, fact in enumerate(self.said)}
        facts = [self.linear(fact) for fact in self.said]
        self.program = LinearProgram(facts, deadline, range(k * width), largest)
        self.matrix = np.zeros((len(self.points), width))
        for i, (point, norm) in enumerate(zip(self.points, self.norms, strict=True)):
            for t, a in point:
                self.matrix[i, t] = a / norm
        unit = self.program.unit
        self.seen_labels = np.array(
            [
                y.numerator * scale / (y.denominator * norm * unit)
                for y, scale, norm in zip(self.labels, self.scales, self.norms, strict=True)
            ]
        )

    @cached_property
    def symmetry(self) -> list[list[int]] | None:
        """What the symmetry rule is told: the pre-activation at the sample of the largest label, as a functional."""
        if self.instance.neurons == 1 or not any(y > 0 for y in self.labels):
            return None
        top = max(range(len(self.labels)), key=self.labels.__getitem__)
        return [[t, a] for t, a in self.points[top]] or None

    # ------------------------------------------------------------------------------------------------------- the search

    def run(self) -> Network | Nogood:
        """A network that fits, or why there is none: a nogood without assumptions."""
        negative = next((i for i, y in enumerate(self.labels) if y < 0), None)
        if negative is not None:
            return self.contradictory({Row(negative, frozenset(), False): 1})
        path: list[Decision] = []
        while True:
            if len(path) % self.instance.neurons:
                sample, neuron, _ = path[-1].assumption
                path.append(Decision(Assumption(sample, neuron + 1, True), None))
                continue
            answer = self.ask(path)
            if isinstance(answer, Nogood):
                failed = self.backtrack(path, answer)
                if failed is not None:
                    return failed
            elif isinstance(answer, Network):
                return answer
            else:
                path.append(Decision(Assumption(answer, 0, True), None))

    def backtrack(self, path: list[Decision], nogood: Nogood) -> Nogood | None:
        """Goes back to the last assumption that matters and has an opposite; returns the nogood if there is none."""
        while path:
            assumption, opposite = path.pop()
            if assumption not in nogood.assumptions:
                continue
            if opposite is None:
                path.append(Decision(assumption._replace(active=not assumption.active), nogood))
                return None
            both = (opposite.assumptions | nogood.assumptions) - {assumption, assumption._replace(active=True)}
            nogood = Nogood(both, {}, (opposite, nogood, assumption))
        return nogood

    def ask(self, path: Sequence[Decision]) -> Network | Nogood | int:
        """At a node: a network that fits, a contradiction, or the sample to branch on."""
        rows, k = [], self.instance.neurons
        for start in range(0, len(path), k):
            sets = frozenset(one.assumption.neuron for one in path[start : start + k] if one.assumption.active)
            rows.append(Row(path[start].assumption.sample, sets, True))
        if rows and not self.linear(rows[-1]).terms:  # as the label is positive
            return self.contradictory({rows[-1]: 1})
        self.nodes += 1
        self.depth = max(self.depth, len(rows))
        if self.nodes % TOLD == 0:
            self.deadline.tell(f"{self.nodes:,} nodes, depth {len(rows)} of at most {self.most}", None)
        self.enter([*rows, *(row._replace(tight=False) for row in rows)])
        tight = [self.number[row] for row in rows]
        while True:
            on = np.array([not (isinstance(fact, Row) and fact.tight) for fact in self.said], dtype=bool)
            on[tight] = True
            try:
                found = self.program.contradiction(on)
                if found is not None:
                    return self.contradictory({self.said[number]: m for number, m in found.items()})
                if self.enter(self.seen()):
                    continue
                point = self.program.vertex()
                exact = all(holds(self.program.facts[n], point) for n in (*tight, *range(k - 1)) if n < len(self.said))
                judgement = self.judge(point)
                exact = exact and (not judgement.violated or self.enter(judgement.violated))
            except Inexact:
                exact = False
            if not exact:
                found, point = self.exactly(on)
                if found is not None:
                    return self.contradictory(found)
                judgement = self.judge(point)
                self.enter(judgement.violated)
            if not judgement.violated:
                return self.network(point) if judgement.loose is None else judgement.loose

    def contradictory(self, facts: Mapping[Row | Sorted, Fraction | int]) -> Nogood:
        scale = lcm(*(m.denominator for m in facts.values()))
        assumptions = {
            Assumption(fact.sample, j, j in fact.neurons)
            for fact in facts
            if isinstance(fact, Row) and fact.tight
            for j in range(self.instance.neurons)
        }
        return Nogood(frozenset(assumptions), {fact: int(m * scale) for fact, m in facts.items()}, None)

    def network(self, point: Point) -> Network:
        k, d, bias = self.instance.neurons, self.instance.dimension, self.instance.bias

        def value(j: int, t: int) -> Rational:
            return simplified(point.get(weight_variable(self.instance, j, t), Fraction(0)))

        rows = tuple(tuple(value(j, t) for t in range(d)) for j in range(k))
        return Network(rows, tuple(value(j, d) if bias else 0 for j in range(k)), (self.sign,) * k)

    # -------------------------------------------------------------------------------------------- the linear programs

    def linear(self, fact: Row | Sorted) -> Linear:
        """What it says of the weights, in integers: times λ, and the denominator of the label."""
        if isinstance(fact, Sorted):
            here, there = (weight_variable(self.instance, fact.neuron + step, 0) for step in (0, 1))
            terms = [(here + t, -a) for t, a in self.symmetry or ()] + [(there + t, a) for t, a in self.symmetry or ()]
            return Linear(tuple(terms), 0)
        y, sign = self.labels[fact.sample], -1 if fact.tight else 1
        weights = (
            (weight_variable(self.instance, j, 0), a) for j in sorted(fact.neurons) for a in [sign * y.denominator]
        )
        terms = [(v + t, a * c) for v, a in weights for t, c in self.points[fact.sample]]
        return Linear(tuple(terms), sign * self.scales[fact.sample] * y.numerator)

    def enter(self, rows: Iterable[Row]) -> bool:
        """Whether there are rows among these that the linear program has not had."""
        new = [row for row in dict.fromkeys(rows) if row not in self.number]
        for row in new:
            self.number[row] = len(self.said)
            self.said.append(row)
        if new:
            self.program.extend([self.linear(row) for row in new])
        return bool(new)

    @property
    def rows(self) -> int:
        return len(self.said)

    def seen(self) -> list[Row]:
        """What the point of the linear program seems to violate most, in floating point."""
        k = self.instance.neurons
        z = self.matrix @ self.program.point[:-1].reshape(k, -1).T
        excess = np.maximum(z, 0).sum(axis=1) - self.seen_labels
        worst = [int(i) for i in np.argsort(-excess)[:AT_ONCE] if excess[i] > self.program.margin]
        return [Row(i, frozenset(np.flatnonzero(z[i] > 0).tolist()), False) for i in worst]

    def judge(self, point: Point) -> Judgement:
        """Exactly: f(x_i) ≤ y_i for all samples, or = y_i."""
        k, width = self.instance.neurons, self.instance.dimension + self.instance.bias
        common = lcm(*(v.denominator for v in point.values()))
        weights = [[int(point.get(j * width + t, 0) * common) for t in range(width)] for j in range(k)]
        excesses: list[tuple[Fraction, Row]] = []
        loosest, loose = 0.0, None
        for i, (x, y) in enumerate(zip(self.points, self.labels, strict=True)):
            z = [sum(w[t] * a for t, a in x) for w in weights]
            excess = sum(v for v in z if v > 0) * y.denominator - y.numerator * self.scales[i] * common
            size = self.norms[i] * common * y.denominator
            if excess > 0:
                active = frozenset(j for j, v in enumerate(z) if v > 0)
                excesses.append((Fraction(excess, size), Row(i, active, False)))
            elif excess < 0 and (loose is None or -excess / (size * self.program.unit) > loosest):
                loosest, loose = -excess / (size * self.program.unit), i
        excesses.sort(key=lambda entry: -entry[0])
        return Judgement([row for _, row in excesses[:AT_ONCE]], loose)

    def exactly(self, on: Mask) -> tuple[Mapping[Row | Sorted, Fraction | int] | None, Point]:
        """In rational arithmetic, for when floating point has failed: a contradiction, or a point without one."""
        from relucert.verify.provers.simplex import Simplex

        numbers = np.flatnonzero(on).tolist()
        simplex = Simplex([self.program.facts[n] for n in numbers], self.deadline)
        found = simplex.contradiction(np.ones(len(numbers), dtype=bool))
        if found is not None:
            return {self.said[numbers[n]]: m for n, m in found.items()}, {}
        return None, simplex.vertex()


# ---------------------------------------------------------------------------------------------------- the certificate


class Proof(AlongLines):
    """From nogoods to steps."""

    def __init__(self, tree: Tree) -> None:
        formula = ENCODING.formula(tree.instance, tree.case, tree.symmetry)
        super().__init__(tree.instance, tree.case, formula)
        self.tree = tree

    def derive(self, last: Nogood) -> None:
        """The nogoods that this one needs, and it. Raises Refuted if it has no assumptions."""
        todo, done = [last], set()
        while todo:
            nogood = todo[-1]
            missing = [part for part in (nogood.parts or ())[:2] if id(part) not in done]
            if missing:
                todo += missing
                continue
            todo.pop()
            done.add(id(nogood))
            if nogood.parts is None:
                self.leaf(nogood.facts)
            else:
                active, inactive, (i, j, _) = nogood.parts
                off, (zero, same) = self.inactive(i, j), self.at_most(i, j)
                self.rup(
                    self.clause_of(nogood), self.clause_of(active), (off, same), (-off, zero), self.clause_of(inactive)
                )

    def clause_of(self, nogood: Nogood) -> Clause:
        return tuple(-self.at_most(i, j)[active] for i, j, active in sorted(nogood.assumptions))

    def leaf(self, facts: Mapping[Row | Sorted, int]) -> None:
        """With y = u/v: v·Σ_{j ∈ I} (z_j − λr_j) ≤ 0, λv·Σ_{j ∉ I} −r_j ≤ 0 and λ·(v·Σ r_j ≤ u); and the reverse."""
        tight: dict[int, int] = defaultdict(int)
        units: dict[int, int] = defaultdict(int)
        for fact, m in facts.items():
            if isinstance(fact, Sorted):
                units[self.first_atom(len(self.instance.samples), 0) + fact.neuron] += m
                continue
            i, scale, v = fact.sample, self.tree.scales[fact.sample], self.instance.samples[fact.sample].y.denominator
            for j in range(self.instance.neurons):
                there = j in fact.neurons
                factor = m * v if there else m * v * scale
                if fact.tight:
                    tight[self.at_most(i, j)[there]] += factor
                else:
                    units[self.at_least(i, j)[there]] += factor
            units[self.label(i, -self.tree.sign if fact.tight else self.tree.sign)] += m * scale
        common = gcd(*tight.values(), *units.values())
        self.combined(
            tuple(-atom for atom in tight),
            [m // common for m in tight.values()],
            {atom: m // common for atom, m in units.items()},
        )


def decide_case(instance: TrainingInstance, case: int, deadline: Deadline) -> Network | RefutedCase:
    """A network of equal output weights that fits, or the refutation. Raises OutOfTime."""
    tree = Tree(instance, case, deadline)
    found = tree.run()
    if isinstance(found, Network):
        return found
    proof = Proof(tree)
    with suppress(Refuted):
        proof.derive(found)
    return RefutedCase(case, tree.symmetry, trim(proof.steps))
