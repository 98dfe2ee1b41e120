"""What samples on a line say about the neurons: derived clauses that a prover would take long to find.

Source: the one-dimensional arguments of Froese, Hertrich, NeurIPS 2023, Section 3. Along a line a neuron switches
between inactive and active at most once. If the labels of three neighbouring samples are convex but not collinear, a
neuron of output weight +1 switches between the outer two; if they are concave, one of output weight −1 does. So it is
for leaky ReLUs, which are 1 − α times ReLUs and an affine function.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

from relucert.certificates.encodings.training import output_variable, weight_variable
from relucert.certificates.kernel import Formula, Linear, Step
from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Derivation, Refuted

Point = tuple[Rational, int]  # the value of a coordinate, and the number of the sample
Line = tuple[int, list[Point]]
Entries = tuple[tuple[int, Rational], ...]  # of a sample: coordinates that are not 0


def lines(instance: TrainingInstance) -> Iterator[Line]:
    """The lines in direction of a coordinate with at least three points.

    Without biases those through the origin are left out: all pre-activations on them are multiples of each other.
    """
    found: dict[tuple[int, Entries], dict[Rational, int]] = defaultdict(dict)
    through: dict[Entries, list[int]] = defaultdict(list)  # 0 in a coordinate, in which others go on from there
    for x, _, _ in instance.samples:
        for t, _ in x:
            through[without(x, t)].append(t)
    for i, (x, _, _) in enumerate(instance.samples):
        values = dict(x)
        for t in sorted({*values, *through.get(x, ())}):
            found[t, without(x, t)].setdefault(values.get(t, 0), i)
    for (t, rest), points in found.items():
        if len(points) >= 3 and (rest or instance.bias):
            yield t, sorted(points.items())


def without(x: Entries, t: int) -> Entries:
    return tuple(entry for entry in x if entry[0] != t)


def bend(instance: TrainingInstance, start: Point, middle: Point, end: Point) -> tuple[Fraction, Fraction]:
    """The share of the start in the middle, and how far the label there is below the mixture of the others."""
    share = Fraction(end[0] - middle[0]) / (end[0] - start[0])
    y = [instance.samples[i].y for _, i in (start, middle, end)]
    return share, share * y[0] + (1 - share) * y[2] - y[1]


def longest_line(instance: TrainingInstance) -> tuple[int, list[Point], int]:
    """The line of most samples, and how many neurons its labels bend for, each at another place.

    As many neurons it takes at least; (0, [], 0) without a line. Nothing is said without biases: there samples with
    disjoint supports are independent, which the affine function of neurons that are turned over would change.
    """
    if instance.activation == "threshold" or instance.loss != "exact" or not instance.bias:
        return 0, [], 0
    if instance.clip is not None:
        return 0, [], 0
    t, points = max(lines(instance), key=lambda line: len(line[1]), default=(0, []))
    bends, free = 0, {1: 0, -1: 0}  # of each sign: the first point after the last bend
    for at in range(len(points) - 2):
        sign = bend(instance, *points[at : at + 3])[1]
        if sign and free[1 if sign > 0 else -1] <= at:
            free[1 if sign > 0 else -1] = at + 2
            bends += 1
    return t, points, bends


def pinning_line(instance: TrainingInstance) -> dict[str, int | list[int]] | None:
    """The longest line as a choice for the symmetry rule, if its labels bend for every neuron.

    Then neurons sorted along the line have their places on it, and what is left is to know how they go on beside it.
    """
    t, points, bends = longest_line(instance)
    several = instance.neurons != 1
    return {"along": t, "line": [i for _, i in points]} if several and bends >= instance.neurons else None


def along_lines(
    instance: TrainingInstance, positive: int, formula: Formula, _deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The formula of an exact fit by ReLUs, or leaky ones, with the clauses that lines add to it, and their steps."""
    found = list(lines(instance)) if instance.activation != "threshold" and instance.loss == "exact" else []
    if not found:
        return formula, []
    along = AlongLines(instance, positive, formula)
    with suppress(Refuted):
        for t, points in found:
            along.line(t, points)
    return along.formula, along.steps


def first_atom(instance: TrainingInstance, i: int, j: int) -> int:
    """SPEC.md, section 4.2: five atoms for each neuron on a sample, the first z ≤ 0, then two for its label."""
    return 1 + i * (5 * instance.neurons + 2) + 5 * j


class AlongLines(Derivation):
    """Derives clauses from lines of samples."""

    def __init__(self, instance: TrainingInstance, positive: int, formula: Formula) -> None:
        super().__init__(formula)
        self.instance, self.positive = instance, positive
        self.bending: Sequence[int] = range(instance.neurons)  # those that may switch; the others add up to be straight

    # ------------------------------------------------------------------------------------ what the encoding has already

    def first_atom(self, i: int, j: int) -> int:
        return first_atom(self.instance, i, j)

    def inactive(self, i: int, j: int) -> int:
        """z ≤ 0"""
        return self.first_atom(i, j)

    def output(self, i: int, j: int) -> int:
        return output_variable(self.instance, i, j)

    def at_least(self, i: int, j: int) -> tuple[int, int]:
        """The unit clauses r ≥ 0 and r ≥ z."""
        return self.first_atom(i, j) + 1, self.first_atom(i, j) + 2

    def at_most(self, i: int, j: int) -> tuple[int, int]:
        """r ≤ 0, which an inactive neuron satisfies, and r ≤ z, which an active one does."""
        return self.first_atom(i, j) + 4, self.first_atom(i, j) + 3

    def label(self, i: int, sign: int) -> int:
        """The unit clause f(x) ≤ y, or f(x) ≥ y for the sign −1."""
        return self.first_atom(i, self.instance.neurons) + (sign < 0)

    # ----------------------------------------------------------------------------------------------------- what follows

    def line(self, t: int, points: Sequence[Point]) -> None:
        for (_, p), (_, q) in pairwise(points):
            for j in self.bending:
                self.monotone(t, p, q, j)
        for triple in zip(points, points[1:], points[2:], strict=False):
            self.kink(*triple)

    def monotone(self, t: int, p: int, q: int, j: int) -> None:
        """From p to q, in the direction of the coordinate t, a neuron with w_t ≤ 0 is not activated, others are not
        deactivated. If it is known that w_t ≥ 0, none is deactivated."""
        kept = (self.inactive(p, j), -self.inactive(q, j))
        rising = self.atoms.get(Linear(((weight_variable(self.instance, j, t), -1),), 0), 0)
        if frozenset([rising]) in self.numbers:
            if frozenset(kept) not in self.numbers:
                self.farkas(kept, rising)
            return
        falling = self.atom({weight_variable(self.instance, j, t): 1})
        self.farkas((-falling, -self.inactive(p, j), self.inactive(q, j)))
        self.farkas((falling, *kept))

    def kink(self, *triple: Point) -> list[int]:
        """Some neuron of the sign of the second difference of the labels is active on one of the outer samples only.

        Returns the atoms of which one is false: the neurons of that sign are straight.
        """
        (_, p), (_, q), (_, r) = triple
        share, gap = bend(self.instance, *triple)
        if gap == 0:
            return []
        sign = 1 if gap > 0 else -1
        straight, convex = [], []
        for j in self.bending:
            outputs = {self.output(p, j): share, self.output(r, j): 1 - share, self.output(q, j): Fraction(-1)}
            if (j < self.positive) == (sign > 0):
                straight.append(self.straight(p, q, r, j, outputs))
            else:
                convex.append(self.convex(p, q, r, j, outputs))
        fits = [
            unit
            for i, side in ((p, -sign), (q, sign), (r, -sign))
            for unit in (self.label(i, side), *self.others(i, side))
        ]
        self.farkas(tuple(-atom for atom in straight), *convex, *fits)
        return straight

    def others(self, i: int, side: int) -> list[int]:
        """Unit clauses that say what those that do not bend add to the output on a sample: at least or at most that."""
        return []

    def straight(self, p: int, q: int, r: int, j: int, outputs: dict[int, Rational]) -> int:
        """The atom: the output at q is at least the mixture of the others. Unless the neuron switches, it is."""
        atom = self.atom(outputs)
        zero, active = zip(self.at_most(p, j), self.at_most(r, j), strict=True)
        zero_at_q, z_at_q = self.at_least(q, j)
        ends = self.inactive(p, j), self.inactive(r, j)
        for signed, most, unit in ((1, active, z_at_q), (-1, zero, zero_at_q)):
            ordered = (-most[0], -most[1], atom)
            self.farkas(ordered, unit)
            given = [(signed * end, at_most) for end, at_most in zip(ends, most, strict=True)]
            self.rup((signed * ends[0], signed * ends[1], atom), *given, ordered)
        return atom

    def convex(self, p: int, q: int, r: int, j: int, outputs: dict[int, Rational]) -> int:
        """The unit clause: the output at q is at most the mixture of the others."""
        atom = self.atom({v: -a for v, a in outputs.items()})
        inactive = self.inactive(q, j)
        if frozenset([atom]) not in self.numbers:
            at_most = self.at_most(q, j)
            for most, *units in zip(at_most, self.at_least(p, j), self.at_least(r, j), strict=True):
                self.farkas((-most, atom), *units)
            (zero, active) = at_most
            self.rup((atom,), (-zero, atom), (-inactive, zero), (inactive, active), (-active, atom))
        return atom
