"""What labels and few samples say about activations alone. A colouring-like instance is refuted by that.

Let neuron j be active on a sample if z > 0 there. Of the neurons on one sample its label says: if it is positive, some
neuron of output weight +1 is active; if negative, one of −1; if it is 0, none is active without one of the other sign,
so if all output weights are +1 all are inactive. Of one neuron, whatever the labels, a circuit says: if a sample is a
positive combination of others, it is active (inactive) where all of these are.

Each is a Farkas step, and the circuits hold for all neurons. Such clauses have no theory, so a SAT solver gets them
first, and nothing else: a colouring that it finds says the weights, and of a refutation only what it cites is derived,
so it takes what that of the colouring takes. Where they do not suffice, provers get all of them with the formula.
Circuits are looked for where samples are sparse, among those without the coordinates that a sample has not. Where there
are none, as in general position, nothing is derived: the other clauses are what provers find by themselves at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from itertools import chain, combinations
from math import gcd, lcm
from typing import Any

from relucert.certificates.encodings.training import is_turned, order_activations, weight_variable
from relucert.certificates.kernel import Clause, Formula, Linear, Step, pairs
from relucert.certificates.order import is_order
from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline, Model, OutOfTime, Refutation
from relucert.verify.provers.derivation import Premise, Refuted
from relucert.verify.provers.lines import AlongLines, first_atom
from relucert.verify.provers.propositional import decide

Circuit = tuple[int, dict[int, Fraction]]  # a sample, and the positive shares of the others that add up to it
MOST_CANDIDATES = 6  # of which two or three are tried
LOOK = 1_000_000  # work to see whether a part of the samples is contradictory


@lru_cache(maxsize=1)  # the choice of a prover and all numbers of positive output weights have them in common
def circuits(instance: TrainingInstance) -> tuple[Circuit, ...]:
    """One circuit for each sample that is a multiple of an earlier one, or a combination of sparser ones.

    With biases samples have a further coordinate, 1. Combinations are of samples with one coordinate, of two or three.
    """
    return tuple(_circuits(instance))


def circuits_of(instance: TrainingInstance) -> dict[int, list[Circuit]]:
    """The circuits by their first sample."""
    through: dict[int, list[Circuit]] = defaultdict(list)
    for circuit in circuits(instance):
        through[circuit[0]].append(circuit)
    return dict(through)


def _circuits(instance: TrainingInstance) -> Iterator[Circuit]:
    first: dict[tuple[tuple[int, Fraction], ...], int] = {}  # of each direction: a sample
    rows: dict[int, dict[int, Fraction]] = {}
    for i, (x, _, _) in enumerate(instance.samples):
        row = {t: Fraction(v) for t, v in [*x, *[(instance.dimension, 1)] * instance.bias]}
        if not row:
            continue
        length = abs(next(iter(row.values())))
        a = first.setdefault(tuple((t, v / length) for t, v in row.items()), i)
        if a == i:
            rows[i] = row
        else:
            yield i, {a: length / abs(next(iter(rows[a].values())))}
    starting: dict[tuple[int, int], list[int]] = defaultdict(list)  # samples by their first coordinate and how many
    for i, row in rows.items():
        starting[next(iter(row)), len(row)].append(i)
    for i, row in rows.items():
        if len(row) > 1:
            near = (sorted(chain.from_iterable(starting.get((t, n), ()) for n in range(1, len(row)))) for t in row)
            sparser = [a for some in near for a in some if rows[a].keys() <= row.keys()]
            if found := combination(row, {a: rows[a] for a in sparser}):
                yield i, found


def combination(
    row: Mapping[int, Fraction], others: Mapping[int, Mapping[int, Fraction]]
) -> dict[int, Fraction] | None:
    """Positive shares of some of the others that add up to the row."""
    alone = {next(iter(other)): a for a, other in others.items() if len(other) == 1}
    units = {alone[t]: v / others[alone[t]][t] for t, v in row.items() if t in alone}
    if len(units) == len(row) and min(units.values()) > 0:
        return units
    if len(others) <= MOST_CANDIDATES:
        for size in (2, 3):
            for some in combinations(others, size):
                if set().union(*(others[a] for a in some)) < row.keys():
                    continue
                shares = solution([others[a] for a in some], row)
                if shares and min(shares) > 0:
                    return dict(zip(some, shares, strict=True))
    return None


def solution(columns: Sequence[Mapping[int, Fraction]], row: Mapping[int, Fraction]) -> list[Fraction] | None:
    """The factors with which linearly independent columns add up to the row; None if there are none."""
    zero = Fraction(0)
    equations = [[*(column.get(t, zero) for column in columns), v] for t, v in row.items()]
    for place in range(len(columns)):
        pivot = next((e for e in equations[place:] if e[place]), None)
        if pivot is None:
            return None
        equations.remove(pivot)
        pivot = [v / pivot[place] for v in pivot]
        equations = [[v - e[place] * p for v, p in zip(e, pivot, strict=True)] for e in equations]
        equations.insert(place, pivot)
    if any(e[-1] for e in equations[len(columns) :]):
        return None
    return [e[-1] for e in equations[: len(columns)]]


def by_activations_alone(
    instance: TrainingInstance, positive: int, choice: Any, formula: Callable[[], Formula], deadline: Deadline
) -> Model | Refutation | None:
    """Whether a network fits exactly, if every coordinate has a sample of its own and clauses about activations say it.

    The model is a suggestion, no more.

    formula: that of the case and the choice, which only a refutation takes. Raises OutOfTime.
    """
    if not has_vertices(instance) or is_turned(choice) or instance.norm_bound is not None:
        return None
    k, entries = instance.neurons, sum(len(x) for x, _, _ in instance.samples)
    of_labels, of_circuits = k + 2 * positive * (k - positive), 2 * k  # literals, for each sample and entry at most
    deadline.spend(len(instance.samples) * of_labels + entries * of_circuits)
    parts, order, through = apart(instance), premises_of_order(instance, positive, choice), circuits_of(instance)
    true: set[int] | None = set()
    for part in parts:  # if one is refuted, the others do not matter
        premises = [*order, *premises_of(instance, positive, choice, part, through)]
        try:
            outcome = decide((p.clause for p in premises), deadline if len(parts) == 1 else deadline.within(LOOK))
        except OutOfTime:
            deadline.remaining()
            true = None
            continue
        if isinstance(outcome, list):
            return Activations(instance, positive, formula()).refutation(premises, outcome, deadline)
        if true is not None:  # a solver also gives values to what it does not know, as the atoms of other parts
            true |= outcome.intersection(first_atom(instance, i, j) for i in part for j in range(k))
    return None if true is None else weights_by_activations(instance, positive, true)


def premises_of_order(instance: TrainingInstance, positive: int, choice: Any) -> list[Premise]:
    """What the formula states last if neurons are ordered by samples."""
    formula = Formula(last_atom=first_atom(instance, len(instance.samples), 0) - 1)
    if is_order(choice):
        inactive = [[first_atom(instance, i, j) for j in range(instance.neurons)] for i in choice["order"]]
        order_activations(formula, instance, positive, inactive)
    return [Premise(clause) for clause in formula.clauses.values()]


def premises_of(
    instance: TrainingInstance, positive: int, choice: Any, part: Sequence[int], through: Mapping[int, list[Circuit]]
) -> Iterator[Premise]:
    """What `Activations` derives from some samples. Labels first: their units make shorter clauses of circuits."""
    k = instance.neurons
    of_sign = {1: range(positive), -1: range(positive, k)}
    functional = {} if choice is None or is_order(choice) else dict(pairs(choice))
    for i in part:
        y, inactive = instance.samples[i].y, [first_atom(instance, i, j) for j in range(k)]
        if y:
            sign = 1 if y > 0 else -1
            yield Premise(tuple(-inactive[j] for j in of_sign[sign]), Activations.some_active, (i, sign))
        else:
            for sign, own in of_sign.items():
                others = [-inactive[j] for j in of_sign[-sign]]
                yield from (Premise((inactive[j], *others), Activations.balanced, (i, sign, j)) for j in own)
        if functional and direction(instance, i)[0] == functional:
            pairs_of_equals = (j for j in range(k - 1) if j + 1 != positive)
            yield from (
                Premise((inactive[j + 1], -inactive[j]), Activations.symmetry_says, (i,)) for j in pairs_of_equals
            )
    for i in part:
        for _, shares in through.get(i, ()):
            samples = [first_atom(instance, a, 0) for a in (*shares, i)]
            for j in range(k):
                *others, own_atom = (at + 5 * j for at in samples)
                yield Premise((*(-at for at in others), own_atom), Activations.all_alike, (i, shares, j, 1))
                yield Premise((*others, -own_atom), Activations.all_alike, (i, shares, j, -1))


def by_activations(
    instance: TrainingInstance, positive: int, formula: Formula, deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The formula of an exact fit by ReLUs with what follows for activations, and the steps; nothing without circuits.

    Neurons that may be turned over have an affine function beside them, about which labels say less.
    """
    through = circuits_of(instance)
    if not through:
        return formula, []
    proof = Activations(instance, positive, formula)
    if not proof.turned():
        parts = apart(instance)
        with suppress(Refuted):
            for part in parts:
                before = proof.formula.last_id
                for i in part:
                    deadline.spend(instance.neurons**2)
                    proof.label_says(i)
                    proof.symmetry_says(i)
                for i in part:
                    for circuit in through.get(i, ()):
                        deadline.spend(instance.neurons * len(circuit[1]))
                        proof.circuit_says(*circuit)
                if len(parts) > 1 and proof.contradictory(before):
                    break
    return proof.formula, proof.steps


def weights_by_activations(instance: TrainingInstance, positive: int, true: AbstractSet[int]) -> Model | None:
    """Weights by which neurons are active on samples of one coordinate, if every coordinate has such a sample.

    There the active neurons of the label's sign share the label, and all others are so far below 0 that on a sample
    with such a coordinate the active ones do not make up for it. Of a colouring this is a network that fits
    (`ColoringToReluSum`); of other activations it need not be.
    """
    if not has_vertices(instance):
        return None
    alone = vertices(instance)
    weights: dict[int, Fraction] = {}
    for t, i in alone.items():
        [(_, v)], y, _ = instance.samples[i]
        own = range(positive) if y > 0 else range(positive, instance.neurons)
        active = [j for j in own if y and first_atom(instance, i, j) not in true]
        weights |= {weight_variable(instance, j, t): Fraction(abs(y)) / len(active) / v for j in active}
    sizes = [abs(v) for x, _, _ in instance.samples for _, v in x]
    longest = max(len(x) for x, _, _ in instance.samples)
    low = max(map(abs, weights.values()), default=Fraction(0)) * max(1, longest - 1) * max(sizes) / min(sizes)
    for t, i in alone.items():
        [(_, v)], _, _ = instance.samples[i]
        for j in range(instance.neurons):
            weights.setdefault(weight_variable(instance, j, t), -low if v > 0 else low)
    return Model(weights, frozenset())


def vertices(instance: TrainingInstance) -> dict[int, int]:
    """Of each coordinate the last sample that has no other."""
    return {x[0][0]: i for i, (x, _, _) in enumerate(instance.samples) if len(x) == 1}


def has_vertices(instance: TrainingInstance) -> bool:
    """Whether every coordinate has a sample of its own, so that activations say the weights."""
    seen = {t for x, _, _ in instance.samples for t, _ in x}
    return not instance.bias and bool(seen) and vertices(instance).keys() == seen


def direction(instance: TrainingInstance, i: int) -> tuple[dict[int, int], int]:
    """The row of a sample as a positive multiple of integers without a common divisor; how often these are in it, times
    the common denominator."""
    x = instance.samples[i].x
    scale = lcm(*(v.denominator for _, v in x))
    row = {t: int(v * scale) for t, v in x}
    if instance.bias:
        row[instance.dimension] = scale
    times = gcd(*row.values()) or 1
    return {t: a // times for t, a in row.items()}, times


def apart(instance: TrainingInstance) -> list[list[int]]:
    """The samples in parts that share no coordinate, smallest first. If one has no fit, the others do not matter."""
    if instance.bias:
        return [[*range(len(instance.samples))]]
    first: dict[int, int] = {}  # coordinate -> a coordinate of its part

    def of(t: int) -> int:
        while first.setdefault(t, t) != t:
            first[t] = t = first[first[t]]
        return t

    for x, _, _ in instance.samples:
        for t, _ in x:
            first[of(t)] = of(x[0][0])
    parts: dict[int | None, list[int]] = defaultdict(list)
    for i, (x, _, _) in enumerate(instance.samples):
        parts[of(x[0][0]) if x else None].append(i)
    return sorted(parts.values(), key=len)


class Activations(AlongLines):
    """Derives clauses of the literals z ≤ 0."""

    def __init__(self, instance: TrainingInstance, positive: int, formula: Formula) -> None:
        super().__init__(instance, positive, formula)
        self.last_stated_id = formula.last_id
        self.of_circuit: dict[int, list[int]] = {}  # of which there is one for a sample

    def turned(self) -> bool:
        """Whether the formula adds an affine function to the neurons."""
        label = self.formula.atoms[self.label(0, 1)]
        return label is None or len(label.terms) != self.instance.neurons

    def contradictory(self, before: int) -> bool:
        """Whether the symmetry rule, lines, and what follows after the clause `before` contradict each other, seen
        quickly."""
        own = self.unit(self.label(len(self.instance.samples) - 1, -1))  # the last clause that is about a sample
        numbers = chain(range(own + 1, self.last_stated_id + 1), range(before + 1, self.formula.last_id + 1))
        try:
            found = decide((self.formula.clauses[n] for n in numbers), Deadline(work=LOOK))
        except OutOfTime:
            return False
        return isinstance(found, list)

    def of_sign(self, sign: int) -> range:
        return range(self.positive) if sign > 0 else range(self.positive, self.instance.neurons)

    def scale(self, i: int) -> int:
        return lcm(*(v.denominator for _, v in self.instance.samples[i].x))

    def label_says(self, i: int) -> None:
        y = self.instance.samples[i].y
        for sign in (1, -1):
            if sign * y > 0:
                self.some_active(i, sign)
            elif y == 0:
                for j in self.of_sign(sign):
                    self.balanced(i, sign, j)

    def some_active(self, i: int, sign: int) -> None:
        """Some neuron of the sign of the label is active: all outputs of that sign 0 are too little."""
        own, scale = self.of_sign(sign), self.instance.samples[i].y.denominator
        zero = tuple(-self.at_most(i, j)[0] for j in own)
        units = {self.at_least(i, j)[0]: scale for j in self.of_sign(-sign)}
        self.combined(zero, [scale] * len(own), {self.label(i, -sign): 1, **units})
        self.rup(tuple(-self.inactive(i, j) for j in own), *(self.outputs_zero(i, j) for j in own), zero)

    def balanced(self, i: int, sign: int, j: int) -> None:
        """At label 0, if this neuron is active then so is one of the other sign."""
        others, scale = self.of_sign(-sign), self.scale(i)
        zero = tuple(-self.at_most(i, other)[0] for other in others)
        units = {self.at_least(i, j)[1]: 1, self.label(i, sign): scale}
        units |= {self.at_least(i, other)[0]: scale for other in self.of_sign(sign) if other != j}
        clause = (self.inactive(i, j), *zero)
        self.combined(clause, [1, *[scale] * len(others)], units)
        if others:
            inactive = (-self.inactive(i, other) for other in others)
            self.rup((self.inactive(i, j), *inactive), *(self.outputs_zero(i, other) for other in others), clause)

    def outputs_zero(self, i: int, j: int) -> tuple[int, int]:
        """The clause of the formula that an inactive neuron has the output 0."""
        return -self.inactive(i, j), self.at_most(i, j)[0]

    def symmetry_says(self, i: int) -> None:
        """If neurons are sorted by their values on this sample, or a multiple of it, then by activation there."""
        row, times = direction(self.instance, i)
        for j in range(self.instance.neurons - 1):
            here = tuple((weight_variable(self.instance, j, t), -a) for t, a in row.items())
            after = tuple((weight_variable(self.instance, j + 1, t), a) for t, a in row.items())
            sorted_by = self.atoms.get(Linear((*here, *after), 0), 0)
            if j + 1 != self.positive and frozenset([sorted_by]) in self.numbers:
                self.combined((self.inactive(i, j + 1), -self.inactive(i, j)), (1, 1), {sorted_by: times})

    def circuit_says(self, i: int, shares: Mapping[int, Rational]) -> None:
        """Each neuron is on this sample what it is on all of the others, if it is the same on these."""
        for j in range(self.instance.neurons):
            for sign in (1, -1):
                if not any(at in self.place for at in self.alike(i, shares, j, sign)):
                    self.all_alike(i, shares, j, sign)

    def alike(self, i: int, shares: Mapping[int, Rational], j: int, sign: int) -> Clause:
        return tuple(sign * at for at in (*(-self.inactive(a, j) for a in shares), self.inactive(i, j)))

    def all_alike(self, i: int, shares: Mapping[int, Rational], j: int, sign: int) -> None:
        """If a neuron is inactive on all of the others then it is on this sample, or with sign −1: if it is active."""
        self.combined(self.alike(i, shares, j, sign), self.multipliers(i, shares), {})

    def multipliers(self, i: int, shares: Mapping[int, Rational]) -> list[int]:
        """Of the pre-activations of a circuit in the formula: those with a share, and the sample's own."""
        if i not in self.of_circuit:
            factors = [share * self.scale(i) / Fraction(self.scale(a)) for a, share in shares.items()]
            common = lcm(*(factor.denominator for factor in factors))
            whole = [*(int(factor * common) for factor in factors), common]
            self.of_circuit[i] = [m // gcd(*whole) for m in whole]
        return self.of_circuit[i]
