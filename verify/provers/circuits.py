"""What a few samples near each other say about the neurons: derived clauses for samples in general position.

A *circuit* is a set of samples with one linear dependence Σ λ_i·(x_i, 1) = 0, all λ_i ≠ 0 (Σ λ_i·x_i = 0 without
biases); in general position it has d + 2 samples. With r_i = max(0, w·x_i + b) for one neuron:

- *Separation.* No neuron is active where λ_i > 0 and inactive where λ_i < 0: then Σ λ_i·z_i would be positive, but it
  is 0. The same with both signs exchanged. (Radon: the hulls of both parts meet.)
- *Straight.* Unless the neuron separates the samples with λ_i > 0 from each other, Σ λ_i·r_i ≤ 0: if it is active on
  all of them, r_i = z_i there and r_i ≥ z_i elsewhere; if on none, r_i = 0 there and r_i ≥ 0 elsewhere. So a neuron of
  which only one λ_i is positive is always straight: that is Jensen's inequality.
- *Kink.* If Σ λ_i·y_i > 0, some neuron of output weight +1 is not straight for λ, or one of −1 for −λ.

Each is a `farkas` step or two. On `lines` the circuits are three neighbouring samples; here they are each sample with
d + 1 of its nearest neighbours, or with d without biases. A solver of linear arithmetic would find these clauses one by
one, each for one neuron, and the kinks only for whole sets of activations.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from itertools import combinations
from math import comb, gcd, lcm

from relucert.certificates.kernel import Clause, Formula, Linear, Step
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Refuted
from relucert.verify.provers.enriched import enriched
from relucert.verify.provers.linear_facts import fact, kernel_of_few
from relucert.verify.provers.lines import AlongLines, lines

FEWEST_WEIGHTS = 12
MOST_DIMENSIONS = 4
MOST_SAMPLES = 100
LONG_LINE = 9
NEAR = 60  # circuits that are looked at for each sample, at most

Circuit = dict[int, int]  # sample -> μ, where Σ μ·row = 0 and row is (x, 1) times the least common denominator of x


def has_circuits(instance: TrainingInstance) -> bool:
    """Whether they are worth their time: with few weights provers are quick without; see benchmarks/RESULTS.md."""
    plain = (instance.activation, instance.loss, instance.clip) == ("relu", "exact", None)
    weights = instance.dimension + instance.bias
    return (
        plain
        and instance.neurons >= 3
        and instance.neurons * weights >= FEWEST_WEIGHTS
        and 2 <= instance.dimension <= MOST_DIMENSIONS
        and 2 * weights < len(instance.samples) <= MOST_SAMPLES
        and not is_sparse(instance)
        and not along_few_lines(instance)
    )


def is_sparse(instance: TrainingInstance) -> bool:
    """Whether at least half of the coordinates are 0."""
    return 2 * sum(len(x) for x, _, _ in instance.samples) <= instance.dimension * len(instance.samples)


def along_few_lines(instance: TrainingInstance) -> bool:
    """Whether lines say most of what circuits would, as in gadgets: one holds a sixth of the samples."""
    longest = max((len(points) for _, points in lines(instance)), default=0)
    return longest >= LONG_LINE and 6 * longest >= len(instance.samples)


def near_circuits(instance: TrainingInstance, deadline: Deadline) -> tuple[Circuit, ...]:
    """Circuits of samples near each other; what finding them costs is counted."""
    size = instance.dimension + instance.bias + 1
    deadline.spend(20 * len(instance.samples) * comb(near(size), size - 1))
    return _near_circuits(instance)


def near(size: int) -> int:
    """How many neighbours of a sample are looked at for circuits of up to so many samples."""
    return next(n for n in range(size - 1, NEAR + size) if comb(n + 1, size - 1) > NEAR)


@lru_cache(maxsize=1)  # all numbers of positive output weights have them in common
def _near_circuits(instance: TrainingInstance) -> tuple[Circuit, ...]:
    rows = []
    for x, _, _ in instance.samples:
        scale = lcm(*(v.denominator for _, v in x))
        row = [0] * instance.dimension + [scale] * instance.bias
        for t, v in x:
            row[t] = int(v * scale)
        rows.append(row)
    points = [dict(x) for x, _, _ in instance.samples]

    def distance(p: int, q: int) -> object:
        return sum((points[p].get(t, 0) - points[q].get(t, 0)) ** 2 for t in range(instance.dimension))

    found: dict[tuple[int, ...], Circuit] = {}
    size = instance.dimension + instance.bias + 1
    for i in range(len(rows)):
        others = sorted((q for q in range(len(rows)) if q != i), key=lambda q: (distance(i, q), q))
        for chosen in combinations(others[: near(size)], size - 1):
            samples = sorted((i, *chosen))
            kernel = kernel_of_few(tuple(zip(*(rows[s] for s in samples), strict=True)), size)
            if kernel is not None:
                common = gcd(*kernel)
                circuit = {s: m // common for s, m in zip(samples, kernel, strict=True) if m}
                found.setdefault(tuple(circuit), circuit)
    return tuple(found.values())


def along_circuits(
    instance: TrainingInstance, positive: int, formula: Formula, deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The formula of an exact fit by ReLUs with the clauses that circuits add to it, and their steps.

    That a neuron is straight is an inequality, but what follows from it is all in clauses: provers get propositional
    atoms in its place, and nothing that only helps to derive the clauses.
    """
    along = AlongCircuits(instance, positive, formula)
    with suppress(Refuted):
        for circuit in near_circuits(instance, deadline):
            deadline.remaining()
            along.circuit(circuit)
    derived = along.formula
    for atom in range(formula.last_atom + 1, derived.last_atom + 1):
        derived.atoms[atom] = None
    for number in along.helping:
        del derived.clauses[number]
    helpful = (number for number in derived.clauses if number > formula.last_id)
    return enriched(derived, helpful, instance, positive), along.steps


class AlongCircuits(AlongLines):
    """Derives clauses from circuits of samples."""

    def __init__(self, instance: TrainingInstance, positive: int, formula: Formula) -> None:
        super().__init__(instance, positive, formula)
        self.helping: list[int] = []  # clauses that only others are derived from
        self.sides: dict[tuple[int, int, int], tuple[int, int]] = {}  # see `given`

    def learn(self, clause: Clause) -> int:
        """Adds a clause, without unit propagation: nothing here asks what follows, and a SAT solver soon will."""
        number = self.formula.add_clause(*clause)
        self.numbers[frozenset(clause)] = number
        if not clause:
            raise Refuted
        return number

    def circuit(self, circuit: Circuit) -> None:
        for j in range(self.instance.neurons):
            for sign in (1, -1):
                self.separation({i: sign * m for i, m in circuit.items()}, j)
        scales = {i: lcm(*(v.denominator for _, v in self.instance.samples[i].x)) for i in circuit}
        gap = sum(m * scales[i] * self.instance.samples[i].y for i, m in circuit.items())
        if gap:
            sign = 1 if gap > 0 else -1
            self.bent({i: sign * m for i, m in circuit.items()}, scales)

    def separation(self, circuit: Circuit, j: int) -> None:
        """The neuron is not active on all samples with μ > 0 and inactive on all others."""
        clause = tuple(self.inactive(i, j) * (1 if m > 0 else -1) for i, m in circuit.items())
        if max(circuit.values()) > 0 and frozenset(clause) not in self.numbers:
            self.combined(clause, map(abs, circuit.values()), {})

    def bent(self, circuit: Circuit, scales: dict[int, int]) -> None:
        """Some neuron is not straight, where Σ λ·y > 0 for λ = μ · scale."""
        common = gcd(*(m * scales[i] for i, m in circuit.items()))
        straight = []
        for j in range(self.instance.neurons):
            sign = 1 if j < self.positive else -1
            straight.append(self.straight_on({i: sign * m for i, m in circuit.items()}, scales, common, j))
        labels = {self.label(i, -1 if m > 0 else 1): i for i, m in circuit.items()}  # f(x) ≥ y where λ > 0
        unit = {
            at: next(abs(a) for v, a in fact(self.formula, at).terms if v in self.outputs(i))
            for at, i in labels.items()
        }
        whole = lcm(*unit.values())
        facts = {at: abs(circuit[i]) * scales[i] * (whole // unit[at]) for at, i in labels.items()}
        known = {at for at in straight if frozenset([at]) in self.numbers}
        facts |= dict.fromkeys(known, common * whole)
        clause = tuple(-at for at in straight if at not in known)
        if frozenset(clause) not in self.numbers:
            self.combined(clause, (common * whole,) * len(clause), facts)

    def outputs(self, i: int) -> range:
        """The outputs of the neurons on a sample."""
        return range(self.output(i, 0), self.output(i, self.instance.neurons))

    def straight_on(self, circuit: Circuit, scales: dict[int, int], common: int, j: int) -> int:
        """The atom Σ λ·r ≤ 0 for λ = μ · scale, which is true unless the neuron separates the samples with μ > 0."""
        before = self.formula.last_atom
        atom = self.named(Linear(tuple((self.output(i, j), m * scales[i] // common) for i, m in circuit.items()), 0))
        if atom <= before:
            return atom
        positive = [i for i, m in circuit.items() if m > 0]
        negative = [i for i, m in circuit.items() if m < 0]
        inactive = [self.inactive(i, j) for i in positive]
        for kind, sign in ((0, -1), (1, 1)):  # r ≤ 0 and r ≥ 0, then r ≤ z and r ≥ z: rows of z have the multiplier μ
            weight = {i: abs(m) * (1 if kind else scales[i]) for i, m in circuit.items()}
            most = [self.given(i, j, kind) for i in positive]
            rest = {self.at_least(i, j)[kind]: weight[i] for i in negative}
            ordered = (atom, *(-at for at, _ in most))
            number = self.combined(ordered, (common, *(weight[i] for i in positive)), rest)
            if not positive:
                break
            self.helping.append(number)
            self.implied((atom, *(sign * off for off in inactive)), (*(said for _, said in most), number))
        if len(positive) == 1:
            self.rup((atom,), (atom, inactive[0]), (atom, -inactive[0]))
        return atom

    def given(self, i: int, j: int, kind: int) -> tuple[int, int]:
        """The literal r ≤ 0, or r ≤ z, and the id of the clause that it holds if the neuron is inactive, or active."""
        if (i, j, kind) not in self.sides:
            at, off = self.at_most(i, j)[kind], self.inactive(i, j)
            self.sides[i, j, kind] = at, self.numbers[frozenset((off if kind else -off, at))]
        return self.sides[i, j, kind]
