"""What small sets of samples say about the neurons of an exact fit by ReLUs in general position.

A *circuit* is a minimal set of samples with a linear dependence Σ λ_i·(x_i, 1) = 0 (Σ λ_i·x_i = 0 without biases); in
general position it has d + 2 samples. With r_i = max(0, w·x_i + b) for one neuron:

- *Separation.* No neuron is active where λ_i > 0 and inactive where λ_i < 0: then Σ λ_i·z_i would be positive, but it
  is 0. The same with both signs exchanged. (Radon: the hulls of both parts meet.)
- *Straight.* Unless the neuron is *mixed* on the samples with λ_i > 0, active on some and not on others, Σ λ_i·r_i ≤ 0:
  if it is active on all of them, r_i = z_i there and r_i ≥ z_i elsewhere; if on none, r_i = 0 there and r_i ≥ 0
  elsewhere. So a neuron of which only one λ_i is positive is always straight: that is Jensen's inequality.
- *Kink.* If Σ λ_i·y_i > 0, some neuron of output weight +1 is mixed on the samples with λ_i > 0, or some neuron of −1
  on those with λ_i < 0.

Many circuits have two samples with λ_i > 0 in common, and whether a neuron is mixed on these is one atom for all. A
half-space has these activations if no circuit of all of them objects (Kirchberger), for samples that span the space;
and a SAT solver that is told of the circuits that object to what it proposes leaves little to linear programs. On
`lines` the circuits are three neighbouring samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import chain, combinations
from math import comb, factorial, gcd, lcm
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from relucert.certificates.kernel import Linear
from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.activations import Activations
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.linear_facts import fact, kernel_of_few

MOST_CIRCUITS = 100_000  # if there are more, those of samples near each other; for two neurons a quarter
MOST_MINORS = 16_000_000  # the same, where dimensions are many and each circuit takes 2^(d + 2) minors
MANY_NEURONS = 5  # for so many all these
OF_NEIGHBOURS = 5  # samples in a circuit: up to so many, those of samples near each other say most of what all say,
FEWEST = 100  # and of larger ones less than one in so many take the SAT solver longer than they save linear programs
DOUBTFUL = 1e-7  # a number in floating point, relative to others, of which the sign is not believed
LARGEST = 12  # samples in a circuit; so many have 2^12 minors, however few the circuits

Circuit = dict[int, int]  # sample -> μ, where Σ μ·row = 0 and row is (x, 1) times the least common denominator of x
Array = NDArray[Any]


class Circuits(NamedTuple):
    """Many circuits, one in a row. signs: of λ, or all the other ones, so that Σ λ·y ≥ 0. bent: whether it is not 0."""

    samples: Array
    signs: Array
    bent: Array


class Objections(NamedTuple):
    """Circuits that object to activations, by their rows: `first` to neurons that are active where λ > 0 and inactive
    elsewhere, in bits, `second` to those that are active where λ < 0, `kinks` because none is mixed."""

    first: Array
    second: Array
    kinks: Array


def dependent_sets(instance: TrainingInstance, deadline: Deadline) -> Circuits:
    """The dependences of d + 2 samples, or d + 1 without biases: of all, or of neighbours if these are too many; of
    none in more dimensions if that would be few of all. What finding them costs is counted."""
    before = _dependent_sets.cache_info().misses
    found = _dependent_sets(instance)
    if _dependent_sets.cache_info().misses > before:
        deadline.spend(len(found.samples) << found.samples.shape[1] >> 4)
    return found


@lru_cache(maxsize=1)  # all numbers of positive output weights have them in common
def _dependent_sets(instance: TrainingInstance) -> Circuits:
    rows = rows_of(instance)
    size = len(rows[0]) + 1
    chosen = subsets(instance, size)
    if not len(chosen):
        return Circuits(chosen, np.zeros(chosen.shape, dtype=np.int8), np.zeros(0, dtype=bool))
    labels = [s.y * scale for s, scale in zip(instance.samples, scales_of(instance), strict=True)]
    signs, bends = exact_signs(rows, labels, chosen) or signs_in_floats(rows, labels, chosen)
    signs = np.where(bends < 0, -signs.T, signs.T).T
    found = signs.any(axis=1)
    return Circuits(chosen[found], signs[found], bends[found] != 0)


def exact_signs(rows: list[list[int]], labels: list[Rational], chosen: Array) -> tuple[Array, Array] | None:
    """The signs of λ and of Σ λ·y of each of these sets; None if that takes more than 63 bits."""
    common, size = lcm(*(y.denominator for y in labels)), chosen.shape[1]
    whole = [int(y * common) for y in labels]
    largest = max(1, *(abs(a) for row in rows for a in row))
    if factorial(size) * largest**size * max(1, *map(abs, whole)) >= 2**62:
        return None
    found = dependences(np.array(rows, dtype=np.int64), chosen)
    return sign_of(found), sign_of((found * np.array(whole, dtype=np.int64)[chosen]).sum(axis=1))


def signs_in_floats(rows: list[list[int]], labels: list[Rational], chosen: Array) -> tuple[Array, Array]:
    """The same in floating point; all 0 where one of them is doubtful."""
    sizes = [max(map(abs, row)) or 1 for row in rows]
    scaled = np.array([[a / size for a in row] for row, size in zip(rows, sizes, strict=True)])
    found = dependences(scaled, chosen)
    relative = [Fraction(y) / size for y, size in zip(labels, sizes, strict=True)]
    largest = max(map(abs, relative)) or 1
    terms = found * np.array([float(y / largest) for y in relative])[chosen]
    sure = (np.abs(found) > DOUBTFUL * np.abs(found).max(axis=1, keepdims=True)).all(axis=1)
    gaps = terms.sum(axis=1)
    bends = np.where(np.abs(gaps) > DOUBTFUL * np.abs(terms).sum(axis=1), gaps, 0)
    return sign_of(found) * sure[:, None], sign_of(bends)


def sign_of(numbers: Array) -> Array:
    return (numbers > 0).astype(np.int8) - (numbers < 0).astype(np.int8)


def rows_of(instance: TrainingInstance) -> list[list[int]]:
    """The samples as the formula has them: with the 1 for the bias, and times a common denominator."""
    rows = []
    for (x, _, _), scale in zip(instance.samples, scales_of(instance), strict=True):
        row = [0] * instance.dimension + [scale] * instance.bias
        for t, v in x:
            row[t] = int(v * scale)
        rows.append(row)
    return rows


def scales_of(instance: TrainingInstance) -> list[int]:
    return [lcm(*(v.denominator for _, v in x)) for x, _, _ in instance.samples]


def most_sets(instance: TrainingInstance, size: int) -> int:
    """How many sets of so many samples are looked at, at most."""
    most = min(MOST_CIRCUITS, MOST_MINORS >> size) if size <= LARGEST else 0
    share = min(instance.neurons, MANY_NEURONS) - 1
    every = comb(len(instance.samples), size)
    most = min(every, most * share // (MANY_NEURONS - 1))
    return most if size <= OF_NEIGHBOURS or FEWEST * most >= every else 0


def subsets(instance: TrainingInstance, size: int) -> Array:
    """Sets of so many samples, each in increasing order: all of them, or those of one with some of its neighbours."""
    count, most = len(instance.samples), most_sets(instance, size)
    if most == comb(count, size):
        return sets(count, size)
    near = size - 2  # too few
    while near < count - 1 and count * comb(near + 1, size - 1) <= most:
        near += 1
    others = sets(near, size - 1)
    if not len(others):
        return np.zeros((0, size), dtype=np.int64)
    rows, scales = rows_of(instance), scales_of(instance)
    largest = max(1, *(abs(a) // scale for row, scale in zip(rows, scales, strict=True) for a in row))
    points = np.array([[a / (scale * largest) for a in row] for row, scale in zip(rows, scales, strict=True)])
    chosen = []
    for i, point in enumerate(points):
        order = np.argsort(((points - point) ** 2).sum(axis=1), kind="stable")
        neighbours = order[order != i][:near]
        chosen.append(np.column_stack([np.full(len(others), i), neighbours[others]]))
    found = np.sort(np.concatenate(chosen), axis=1)
    if count**size >= 2**62:
        return np.unique(found, axis=0)
    _, first = np.unique(found @ count ** np.arange(size), return_index=True)  # as numbers, in less time
    return found[first]


def sets(count: int, size: int) -> Array:
    if count < size:
        return np.zeros((0, size), dtype=np.int64)
    return np.fromiter(chain.from_iterable(combinations(range(count), size)), dtype=np.int64).reshape(-1, size)


def dependences(rows: Array, chosen: Array) -> Array:
    """Of each set of one row more than columns the factors of a dependence, all 0 if it has several: its minors.

    The minor without row t, times (−1)^t; those of the first columns are made of those of one column less.
    """
    size = chosen.shape[1]
    picked = rows[chosen]
    minors: dict[tuple[int, ...], Any] = {(): 1}
    for column in range(size - 1):
        minors = {
            some: sum(
                (-1) ** (column + place) * picked[:, t, column] * minors[some[:place] + some[place + 1 :]]
                for place, t in enumerate(some)
            )
            for some in combinations(range(size), column + 1)
        }
    return np.column_stack([(-1) ** t * minors[(*range(t), *range(t + 1, size))] for t in range(size)])


class Watch:
    """Which circuits object to activations, of `positive` neurons of output weight 1 and others of −1."""

    def __init__(self, circuits: Circuits, neurons: int, positive: int) -> None:
        kind: Any = next(word for word in (np.uint8, np.uint16, np.uint32, np.uint64) if neurons <= np.iinfo(word).bits)
        self.samples, self.signs, self.bent = circuits
        every = kind((1 << neurons) - 1)
        self.plus, self.bits = kind((1 << positive) - 1), kind(1) << np.arange(neurons, dtype=kind)
        self.minus = every ^ self.plus
        # By place in the circuit, then by circuit: so everything is done for all circuits at once.
        self.columns = np.ascontiguousarray(circuits.samples.T)
        self.above = np.where(circuits.signs.T > 0, every, kind(0))
        self.below = np.where(circuits.signs.T < 0, every, kind(0))
        self.has_above, self.has_below = self.above.any(axis=0), self.below.any(axis=0)

    def objections(self, active: Array) -> Objections:
        """To activations, which are true or false by sample and neuron."""
        words = np.bitwise_or.reduce(np.where(active, self.bits, self.bits ^ self.bits), axis=1)
        nobody, whole = words.dtype.type(0), self.plus | self.minus
        every_above, every_below = (np.full(len(self.samples), whole) for _ in range(2))
        some_above, some_below = (np.full(len(self.samples), nobody) for _ in range(2))
        for column, above, below in zip(self.columns, self.above, self.below, strict=True):
            here = words[column]
            every_above &= here | ~above
            some_above |= here & above
            every_below &= here | ~below
            some_below |= here & below
        first = np.where(self.has_above, every_above & ~some_below, nobody)
        second = np.where(self.has_below, every_below & ~some_above, nobody)
        mixed = (some_above & ~every_above & self.plus) | (some_below & ~every_below & self.minus)
        return Objections(first, second, self.bent & (mixed == 0))

    def circuit(self, n: int) -> dict[int, int]:
        """The signs of λ, by sample."""
        signed = zip(self.samples[n].tolist(), self.signs[n].tolist(), strict=True)
        return {i: sign for i, sign in signed if sign}


class AlongCircuits(Activations):
    """Derives what circuits say, and contradictions of linear programs about weights."""

    def __init__(self, instance: TrainingInstance, positive: int, formula: Any) -> None:
        super().__init__(instance, positive, formula)
        self.rows, self.scales = rows_of(instance), scales_of(instance)
        self.of_mixed: dict[tuple[tuple[int, ...], int], tuple[int, int, int]] = {}

    def learn(self, clause: Sequence[int]) -> int:
        """Adds a clause, without unit propagation: nothing here asks what follows."""
        number = self.formula.add_clause(*clause)
        self.numbers[frozenset(clause)] = number
        return number

    def circuit(self, samples: Iterable[int]) -> Circuit:
        """The one of these samples, in their order, with Σ λ·y ≥ 0."""
        chosen = tuple(samples)
        kernel = kernel_of_few(tuple(zip(*(self.rows[i] for i in chosen), strict=True)), len(chosen)) or ()
        found = {i: m // gcd(*kernel) for i, m in zip(chosen, kernel, strict=True) if m}
        gap = sum(m * self.scales[i] * self.instance.samples[i].y for i, m in found.items())
        return {i: -m for i, m in found.items()} if gap < 0 else found

    def separation(self, active: Sequence[int], others: Sequence[int], j: int) -> None:
        """The neuron is not active on some samples of a circuit and inactive on the others, which have other signs."""
        circuit = self.circuit((*active, *others))
        signs = [(circuit.get(i, 0) > 0) == (i in active) for i in (*active, *others)]
        if len(circuit) < len(signs) or any(signs) != all(signs):
            raise DoesNotFollow  # floating point was wrong
        clause = (*(self.inactive(i, j) for i in active), *(-self.inactive(i, j) for i in others))
        self.combined(clause, map(abs, circuit.values()), {})

    def mixed(self, samples: tuple[int, ...], j: int) -> tuple[int, int, int]:
        """The atoms that a neuron is mixed on these samples, active on all of them, and inactive on all of them."""
        if (samples, j) not in self.of_mixed:
            inactive = [self.inactive(i, j) for i in samples]
            every, none = self.define(*(-at for at in inactive)), self.define(*inactive)
            self.of_mixed[samples, j] = self.define(-every, -none), every, none
        return self.of_mixed[samples, j]

    def mixed_has(self, samples: tuple[int, ...], j: int, sign: int) -> None:
        """If a neuron is mixed on these samples it is active on one of them, or with sign −1: inactive."""
        atom, every, none = self.mixed(samples, j)
        literals = tuple(-sign * self.inactive(i, j) for i in samples)
        other = none if sign > 0 else every
        self.rup((-atom, *literals), (-atom, -other), (other, *literals))

    def kink(self, above: Sequence[int], below: Sequence[int]) -> None:
        """Some neuron is mixed: of output weight 1 on the samples with μ > 0, or of −1 on those with μ < 0."""
        circuit = dict(sorted(self.circuit((*above, *below)).items()))
        if [i for i, m in circuit.items() if m > 0] != [*above] or len(circuit) < len(above) + len(below):
            raise DoesNotFollow  # floating point was wrong
        common = gcd(*(m * self.scales[i] for i, m in circuit.items()))
        straight, units, mixed, ids = list[int](), list[int](), list[int](), list[int]()
        for j in range(self.instance.neurons):
            sign = 1 if j < self.positive else -1
            atom, at, number = self.straight({i: sign * m for i, m in circuit.items()}, common, j)
            if at:
                straight.append(atom)
                mixed.append(at)
                ids.append(number)
            else:
                units.append(atom)
        labels = {self.label(i, -1 if m > 0 else 1): i for i, m in circuit.items()}  # f(x) ≥ y where λ > 0
        unit = {at: self.unit_of_output(at) for at in labels}
        whole = lcm(*unit.values())
        facts = {at: abs(circuit[i]) * self.scales[i] * (whole // unit[at]) for at, i in labels.items()}
        facts |= dict.fromkeys(units, common * whole)
        number = self.combined(tuple(-at for at in straight), (common * whole,) * len(straight), facts)
        if straight:
            self.implied(tuple(mixed), (*ids, number))

    def unit_of_output(self, label: int) -> int:
        """The coefficient of outputs in what a label says: all coefficients are the same but for their signs."""
        return abs(fact(self.formula, label).terms[0][1])

    def straight(self, circuit: Circuit, common: int, j: int) -> tuple[int, int, int]:
        """The atom Σ λ·r ≤ 0 for λ = μ · scale / common, the atom that the neuron is mixed where μ > 0, and the id of
        the clause that one of them is true; 0 in place of the second one where the first is."""
        terms = tuple((self.output(i, j), m * self.scales[i] // common) for i, m in circuit.items())
        atom = self.named(Linear(terms, 0))
        above = tuple(i for i, m in circuit.items() if m > 0)
        if len(above) < 2 and frozenset([atom]) in self.numbers:
            return atom, 0, self.numbers[frozenset([atom])]
        sides = []
        for kind in (0, 1):  # r ≤ 0 and r ≥ 0, then r ≤ z and r ≥ z: rows of z have the multiplier μ
            weight = {i: abs(m) * (1 if kind else self.scales[i]) for i, m in circuit.items()}
            most = [self.given(i, j, kind) for i in above]
            rest = {self.at_least(i, j)[kind]: weight[i] for i, m in circuit.items() if m < 0}
            clause = (atom, *(-at for at, _ in most))
            sides.append((self.combined(clause, (common, *(weight[i] for i in above)), rest), [n for _, n in most]))
            if not above:
                return atom, 0, sides[0][0]
        if len(above) == 1:
            (none, given), (every, other) = sides
            bounds = (every,) if len(circuit) == 1 else (none, every)  # of one sample the atom itself is r ≤ 0
            return atom, 0, self.implied((atom,), (*bounds, *given, *other))
        mixed, every, none = self.mixed(above, j)
        ids = []
        for same, (number, given), sign in ((none, sides[0], 1), (every, sides[1], -1)):
            implied = (self.numbers[frozenset((-same, sign * self.inactive(i, j)))] for i in above)
            ids.append(self.implied((atom, -same), (*implied, *given, number)))
        one_of = self.numbers[frozenset((mixed, every, none))]
        return atom, mixed, self.implied((atom, mixed), (ids[1], one_of, ids[0]))  # in which the last can be absorbed

    def given(self, i: int, j: int, kind: int) -> tuple[int, int]:
        """The literal r ≤ 0, or r ≤ z, and the id of the clause that it holds if the neuron is inactive, or active."""
        at, off = self.at_most(i, j)[kind], self.inactive(i, j)
        return at, self.numbers[frozenset((off if kind else -off, at))]
