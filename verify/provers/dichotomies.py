"""Exact fits by ReLUs in general position: a SAT solver proposes on which samples neurons are active, and is corrected.

First by circuits (`circuits`): of all that object to a proposal it gets some, until none does. Then neurons have, more
or less, activations of half-spaces, and where labels bend some neuron does. Many a NO ends here, without arithmetic.

Then by linear programs about the weights alone. What a label says of them depends on few neurons: whatever those of
output weight 1 are on a sample, if it is known on which those of −1 are active, then Σ_P z − Σ_(active, −1) z ≤ y for
every set P of neurons of output weight 1, as z ≤ max(0, z); and the same with signs exchanged. So the weights that are
possible are a polyhedron in k(d + 1) dimensions, whose inequalities are found when a point violates them. As long as
the network at the point does not fit, there is a sample where it is too large and some neuron of −1 is open, or too
small and one of output weight 1 is; the proposal says what to decide there. A contradiction makes a clause, for all
neurons of the same sign that can be exchanged.

The proof is made at the end, of what a refutation of all clauses cites.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cached_property
from itertools import combinations, permutations
from math import factorial, lcm
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from relucert.certificates.kernel import Clause, Formula, Linear
from relucert.reductions.exact import simplified
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance
from relucert.verify.provers import propositional
from relucert.verify.provers.activations import premises_of, premises_of_order
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.circuits import AlongCircuits, Array, Watch, dependent_sets, rows_of, scales_of
from relucert.verify.provers.decisions import Decisions
from relucert.verify.provers.derivation import DoesNotFollow, Premise
from relucert.verify.provers.linear_facts import Inexact
from relucert.verify.provers.lines import first_atom

if TYPE_CHECKING:
    from relucert.verify.provers.linear_program import DualProgram

MOST = 100  # circuits of a kind that are told at once
TOLD = 20  # the work of a clause, see Deadline
COPIES = 24  # exchanges of equal neurons, all of them; if there are more, those of two
MANY_CITED = 100  # premises of a refutation, which are then refuted again,
FEWER = 0.85  # as long as so many of them suffice
FADING = 0.95  # of a literal's activity from one contradiction to the next
CLOSE = 1e-7  # how far a value may be from a label, relative to what is added up


class Row(NamedTuple):
    """What is said of the weights: Σ_plus z − Σ_minus z ≤ y on a sample for the side 1, ≥ y for −1; of side 0, that the
    neuron in `plus` is active, or the one in `minus` is not. on, off: which have to be active and which not, in bits.
    """

    side: int
    sample: int
    plus: tuple[int, ...]
    minus: tuple[int, ...]
    on: int
    off: int


Combination = list[tuple[Row, Fraction]]  # with positive multipliers, of rows with integers as in `Weights.linear`


class Dichotomies:
    """The search of one case: `positive` neurons have the output weight 1. choice: what the symmetry rule is told."""

    def __init__(self, instance: TrainingInstance, positive: int, choice: Any, deadline: Deadline) -> None:
        self.instance, self.positive, self.deadline = instance, positive, deadline
        self.m, self.k = len(instance.samples), instance.neurons
        self.inactive = np.array([[first_atom(instance, i, j) for j in range(self.k)] for i in range(self.m)])
        self.place = {int(at): divmod(n, self.k) for n, at in enumerate(self.inactive.flat)}  # of an atom
        self.premises: list[Premise] = []
        self.known: set[Clause] = set()
        order = premises_of_order(instance, positive, choice)
        atoms = [int(self.inactive[-1, -1]), *(abs(at) for premise in order for at in premise.clause)]
        self.last = max(atoms) + 1  # which is the guard
        self.of_mixed: dict[tuple[tuple[int, ...], int], int] = {}
        self.solver = Decisions(self.last, deadline)
        for premise in (*order, *premises_of(instance, positive, None, range(self.m), {})):
            self.tell(premise)
        self.watch = Watch(dependent_sets(instance, deadline), self.k, positive)
        self.activity = np.zeros((self.m, self.k))

    # --------------------------------------------------------------------------------------------------- the SAT solver

    def tell(self, premise: Premise) -> None:
        clause = tuple(sorted(premise.clause))
        if clause not in self.known:
            self.known.add(clause)
            self.premises.append(premise)
            self.solver.add(clause)

    def accepted(self) -> Array | None:
        """Where neurons are active, by sample and neuron, as proposed, if no circuit objects; None if nowhere."""
        while (model := self.solver.model()) is not None:
            active = np.array([0, *model])[self.inactive] < 0
            before = len(self.premises)
            objected = self.object(active)
            self.deadline.spend(len(self.watch.samples) // 20 + TOLD * (len(self.premises) - before))
            if not objected:
                return active
        return None

    def object(self, active: Array) -> bool:
        """Tells the SAT solver of circuits that object, if there are any."""
        first, second, kinks = self.watch.objections(active)
        for sign, objecting in ((1, first), (-1, second)):
            for n in chosen(objecting):
                self.separate(self.watch.circuit(n), sign)
        for n in chosen(kinks):
            self.bend(self.watch.circuit(n))
        return bool(first.any() or second.any() or kinks.any())

    def separate(self, circuit: Mapping[int, int], sign: int) -> None:
        """No neuron is active on the samples of this sign, and on no other."""
        active, others = (tuple(i for i, s in circuit.items() if s == one) for one in (sign, -sign))
        for j in range(self.k):
            on, off = ((int(self.inactive[i, j]) for i in samples) for samples in (active, others))
            self.tell(Premise((*on, *(-at for at in off)), AlongCircuits.separation, (active, others, j)))

    def bend(self, circuit: Mapping[int, int]) -> None:
        """Some neuron is mixed where the circuit says so."""
        above, below = (tuple(i for i, s in circuit.items() if s == sign) for sign in (1, -1))
        places = [(above if j < self.positive else below, j) for j in range(self.k)]
        clause = tuple(self.mixed(samples, j) for samples, j in places if len(samples) > 1)
        self.tell(Premise(clause, AlongCircuits.kink, (above, below)))

    def mixed(self, samples: tuple[int, ...], j: int) -> int:
        """The atom that a neuron is mixed on these samples."""
        if (samples, j) not in self.of_mixed:
            self.last += 1
            self.of_mixed[samples, j] = self.last
            for sign in (1, -1):
                clause = (-self.last, *(-sign * int(self.inactive[i, j]) for i in samples))
                self.tell(Premise(clause, AlongCircuits.mixed_has, (samples, j, sign)))
        return self.of_mixed[samples, j]

    # ------------------------------------------------------------------------------------------------ linear programs

    @cached_property
    def weights(self) -> Weights:
        """Made when it is needed: its library takes longer to load than many searches."""
        return Weights(self.instance, self.positive, self.deadline)

    def run(self) -> Network | None:
        """A network that fits, or None if there is none, as the premises say. Raises Inexact."""
        while (active := self.accepted()) is not None:
            while not self.dead_end(on_off := self.decided()):
                too_large = self.weights.misfits()
                if not too_large.any():
                    return self.network()
                self.decide(active, too_large, on_off)
        return None

    def decided(self) -> tuple[Array, Array]:
        """Where neurons are active and where they are not, in bits by sample, as far as the decisions imply it."""
        on, off = np.zeros(self.m, dtype=np.uint64), np.zeros(self.m, dtype=np.uint64)
        for literal in self.solver.implied():
            if abs(literal) in self.place:
                i, j = self.place[abs(literal)]
                (off if literal > 0 else on)[i] |= np.uint64(1 << j)
        return on, off

    def dead_end(self, on_off: tuple[Array, Array]) -> bool:
        """Whether what is decided is contradictory; if so, tells the SAT solver of disjoint contradictions."""
        on, off = (words.copy() for words in on_off)
        dead = False
        while contradiction := self.weights.contradiction(on, off):
            dead = True
            self.activity *= FADING
            for row, _ in contradiction:
                on[row.sample] &= ~np.uint64(row.on)
                off[row.sample] &= ~np.uint64(row.off)
                for j in range(self.k):
                    self.activity[row.sample, j] += (row.on | row.off) >> j & 1
            for images in ((*range(self.k),), *self.exchanges):
                rows = [(renamed(row, images), m) for row, m in contradiction]
                self.tell(Premise(self.clause(rows), Along.contradiction, (rows,)))
            if not any(row.on | row.off for row, _ in contradiction):
                break  # nothing can be taken back
        return dead

    @cached_property
    def exchanges(self) -> list[tuple[int, ...]]:
        """Of neurons of the same output weight."""
        plus, minus = range(self.positive), range(self.positive, self.k)
        if factorial(len(plus)) * factorial(len(minus)) <= COPIES:
            return [(*p, *q) for p in permutations(plus) for q in permutations(minus)][1:]
        two = (*combinations(plus, 2), *combinations(minus, 2))
        return [tuple({a: b, b: a}.get(j, j) for j in range(self.k)) for a, b in two]

    def clause(self, rows: Combination) -> Clause:
        """Not all of what they need is so."""
        return tuple(sorted({at for row, _ in rows for at in conditions(self.instance, row)}))

    def decide(self, active: Array, misfits: Array, on_off: tuple[Array, Array]) -> None:
        """One more decision, as proposed: where the point does not fit and, if there, the proposal is another one."""
        open_ = (on_off[0] | on_off[1])[:, None] >> np.arange(self.k, dtype=np.uint64) & np.uint64(1) == 0
        plus = np.arange(self.k) < self.positive
        wanted = open_ & np.where(plus, (misfits < 0)[:, None], (misfits > 0)[:, None])
        if not wanted.any():
            raise Inexact
        better = wanted & (active != self.weights.active())
        i, j = divmod(int(np.argmax(np.where(better if better.any() else wanted, self.activity, -1.0))), self.k)
        self.solver.made.append(int(self.inactive[i, j]) * (-1 if active[i, j] else 1))

    def network(self) -> Network:
        """That of the point, if it fits exactly."""
        reals, width = self.weights.program.vertex(), self.instance.dimension + self.instance.bias
        rows = [[simplified(reals.get(j * width + t, Fraction(0))) for t in range(width)] for j in range(self.k)]
        weights = tuple(tuple(row[: self.instance.dimension]) for row in rows)
        biases = tuple(row[-1] if self.instance.bias else 0 for row in rows)
        found = Network(weights, biases, tuple(1 if j < self.positive else -1 for j in range(self.k)))
        if not TRAINING.accepts(self.instance, found):
            raise Inexact
        return found

    # ------------------------------------------------------------------------------------------------------- the proof

    def refutation(self, formula: Formula) -> Refutation:
        """The premises are contradictory; of the formula of the case and the choice.

        If many are needed, these are refuted again, by themselves and in another order, which mostly takes fewer of
        them: that costs about the time that it saves in deriving and checking, and makes the proof shorter.
        """
        premises, shuffle = self.premises, Random(0).shuffle
        while True:
            lemmas = propositional.decide((p.clause for p in premises), self.deadline)
            assert isinstance(lemmas, list)
            cited = sorted({hint for lemma in lemmas for hint in lemma.hints if hint < len(premises)})
            if len(cited) < MANY_CITED or len(cited) > FEWER * len(premises):
                break
            premises = [premises[hint] for hint in cited]
            shuffle(premises)
        along = Along(self.instance, self.positive, formula, {at: of for of, at in self.of_mixed.items()})
        return along.refutation(premises, lemmas, self.deadline)


def chosen(objecting: Array) -> Array:
    """At most MOST of the circuits that object, all over the list."""
    found = np.flatnonzero(objecting)
    return found[:: 1 + len(found) // MOST]


def renamed(row: Row, images: Sequence[int]) -> Row:
    plus, minus = (tuple(sorted(images[j] for j in some)) for some in (row.plus, row.minus))
    on, off = (sum(1 << image for j, image in enumerate(images) if bits >> j & 1) for bits in (row.on, row.off))
    return row._replace(plus=plus, minus=minus, on=on, off=off)


def conditions(instance: TrainingInstance, row: Row) -> Iterator[int]:
    """The negations of what the row needs."""
    for j in range(instance.neurons):
        if (row.on | row.off) >> j & 1:
            yield first_atom(instance, row.sample, j) * (1 if row.on >> j & 1 else -1)


class Weights:
    """What is known of the weights, as a linear program. Those of a neuron are neighbours, the bias is its last."""

    def __init__(self, instance: TrainingInstance, positive: int, deadline: Deadline) -> None:
        # the solver of linear programs, which many decisions do without
        from relucert.verify.provers.linear_program import DualProgram

        self.instance, self.k = instance, instance.neurons
        self.plus = np.arange(self.k) < positive
        self.of_sign = {1: range(positive), -1: range(positive, self.k)}
        self.points, self.scales = rows_of(instance), scales_of(instance)
        self.rows: list[Row] = []
        self.number: dict[Row, int] = {}
        self.samples, self.on, self.off = (np.zeros(0, dtype=kind) for kind in (np.int64, np.uint64, np.uint64))
        signs = [
            Row(0, i, *(((j,), ()) if active else ((), (j,))), *((1 << j, 0) if active else (0, 1 << j)))
            for i in range(len(instance.samples))
            for j in range(self.k)
            for active in (True, False)
        ]
        labels = [s.y * scale for s, scale in zip(instance.samples, self.scales, strict=True)]
        sizes = [max(map(abs, row), default=1) or 1 for row in self.points]
        largest = max(int(abs(y) // size) for y, size in zip(labels, sizes, strict=True))
        width = len(self.points[0])
        linear = self.enter(signs)
        self.program: DualProgram = DualProgram(linear, deadline, range(self.k * width), largest)
        self.matrix = np.array([[a / size for a in row] for row, size in zip(self.points, sizes, strict=True)])
        unit = self.program.unit
        self.labels = np.array([float(Fraction(y) / (size * unit)) for y, size in zip(labels, sizes, strict=True)])

    def enter(self, rows: Sequence[Row]) -> list[Linear]:
        self.number |= {row: n for n, row in enumerate(rows, len(self.rows))}
        self.rows += rows
        self.samples = np.append(self.samples, [row.sample for row in rows]).astype(np.int64)
        self.on = np.append(self.on, np.array([row.on for row in rows], dtype=np.uint64))
        self.off = np.append(self.off, np.array([row.off for row in rows], dtype=np.uint64))
        return [self.linear(row) for row in rows]

    def linear(self, row: Row) -> Linear:
        """In the integers of the formula: those of a side are times the denominator of scale · y."""
        point, width = self.points[row.sample], len(self.points[0])
        y = self.instance.samples[row.sample].y * self.scales[row.sample]
        sign = row.side * y.denominator or -1
        terms = [(j * width + t, s * a) for some, s in ((row.plus, sign), (row.minus, -sign)) for j in some
                 for t, a in enumerate(point) if a]  # fmt: skip
        return Linear(tuple(sorted(terms)), row.side * y.numerator, row.side == 0 and bool(row.plus))

    def contradiction(self, on: Array, off: Array) -> Combination | None:
        """Among what holds if these neurons are active and these are not; None if there is none, and a new point."""
        while True:
            holds = ((self.on & ~on[self.samples]) | (self.off & ~off[self.samples])) == 0
            found = self.program.contradiction(holds)
            if found:
                return [(self.rows[n], Fraction(m)) for n, m in found.items()]
            violated = [row for row in self.violated(on, off) if row not in self.number]
            if not violated:
                return None
            self.program.extend(self.enter(violated))

    def values(self) -> Array:
        """z at the point, by sample and neuron, each sample divided by its largest number."""
        point = self.program.point[: self.program.epsilon]
        return np.asarray(self.matrix @ point.reshape(self.k, -1).T)

    def active(self) -> Array:
        return self.values() > 0

    def misfits(self) -> Array:
        """By sample, the sign of f(x) − y at the point, 0 if it is close."""
        outputs = np.maximum(self.values(), 0)
        errors = outputs @ np.where(self.plus, 1.0, -1.0) - self.labels
        return np.sign(np.where(np.abs(errors) > CLOSE * self.size(outputs), errors, 0.0))

    def size(self, outputs: Array) -> Array:
        """What errors are relative to, by sample."""
        return np.abs(outputs).sum(axis=1) + np.abs(self.labels) + 1e-3

    def violated(self, on: Array, off: Array) -> Iterator[Row]:
        """What labels say of the neurons that are decided, where the point violates it."""
        z = self.values()
        outputs, close = np.maximum(z, 0), CLOSE * self.size(z)
        bits = np.arange(self.k, dtype=np.uint64)
        active = (on[:, None] >> bits & np.uint64(1)).astype(bool)
        decided = ((on | off)[:, None] >> bits & np.uint64(1)).astype(bool)
        for side in (1, -1):
            free, fixed = (self.plus, ~self.plus) if side > 0 else (~self.plus, self.plus)
            excess = outputs[:, free].sum(axis=1) - (z * active)[:, fixed].sum(axis=1) - side * self.labels
            for i in np.flatnonzero(decided[:, fixed].all(axis=1) & (excess > close)).tolist():
                positive = tuple(j for j in self.of_sign[side] if z[i, j] > 0)
                needed = tuple(j for j in self.of_sign[-side] if active[i, j])
                all_on = sum(1 << j for j in needed)
                all_off = sum(1 << j for j in self.of_sign[-side]) - all_on
                plus, minus = (positive, needed) if side > 0 else (needed, positive)
                yield Row(side, i, plus, minus, all_on, all_off)


class Along(AlongCircuits):
    """Derives contradictions too. of_atom: samples and the neuron that the search has an atom for: that it is mixed."""

    def __init__(
        self, instance: TrainingInstance, positive: int, formula: Formula,
        of_atom: Mapping[int, tuple[tuple[int, ...], int]],
    ) -> None:  # fmt: skip
        super().__init__(instance, positive, formula)
        self.of_atom = of_atom

    def atom_of(self, literal: int) -> int:
        if (of := self.of_atom.get(abs(literal))) is None:
            return literal
        atom = self.mixed(*of)[0]
        return atom if literal > 0 else -atom

    def contradiction(self, rows: Combination) -> None:
        """One of the neurons is not what the rows need: they add up to something false."""
        weight: dict[int, Fraction] = defaultdict(Fraction)  # of literals
        units: set[int] = set()  # those that hold by themselves
        ids: dict[int, int] = {}  # of those that follow from activations: the clauses by which they do
        clause: dict[int, None] = {}

        for row, m in rows:
            clause |= dict.fromkeys(conditions(self.instance, row))
            i, side = row.sample, row.side
            if not side:
                weight[self.inactive(i, row.minus[0]) if row.minus else -self.inactive(i, row.plus[0])] += m
                continue
            scale, y = self.scales[i], self.instance.samples[i].y
            times = m * (y * scale).denominator  # of z; the label has the unit `scale`
            label = self.label(i, side)
            weight[label] += times * scale / self.unit_of_output(label)
            units.add(label)
            for j in range(self.instance.neurons):
                kind = int(j in row.plus or j in row.minus)  # whether z counts, or 0
                if (j < self.positive) == (side > 0):  # its output is at least that
                    literal = self.at_least(i, j)[kind]
                    units.add(literal)
                else:
                    literal, number = self.given(i, j, kind)
                    ids[literal] = number
                weight[literal] += times if kind else times * scale
        common = lcm(*(m.denominator for m in weight.values()))
        whole = {literal: int(m * common) for literal, m in weight.items()}
        others = {at: m for at, m in whole.items() if at not in units}
        known = {at: m for at, m in whole.items() if at in units}
        number = self.combined(tuple(-at for at in others), others.values(), known)
        if ids:
            self.implied(tuple(clause), (*ids.values(), number))


def by_dichotomies(
    instance: TrainingInstance, positive: int, choice: Any, formula: Callable[[], Formula], deadline: Deadline
) -> Network | Refutation | None:
    """Whether a network fits exactly; None if floating point does not tell. formula: for a refutation alone."""
    search = Dichotomies(instance, positive, choice, deadline)
    try:
        return search.run() or search.refutation(formula())
    except (Inexact, DoesNotFollow):
        return None


def by_circuits_alone(
    instance: TrainingInstance, positive: int, choice: Any, formula: Callable[[], Formula], deadline: Deadline
) -> Refutation | None:
    """A refutation without linear programs, if there is one."""
    search = Dichotomies(instance, positive, choice, deadline)
    with suppress(DoesNotFollow):
        return search.refutation(formula()) if search.accepted() is None else None
    return None
