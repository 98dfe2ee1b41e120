"""Exceptions to lemmas about ReLUs and an affine function A = max(0, A) − max(0, −A), two neurons among the others.

What a property lets go, because it is said only of networks of some form, is the same for all ways in which it can
fail. That form may be that the first and the last neuron are opposite, and that the others rise in one direction. Then
only these others bend, each once along a line in that direction, and there must be enough of them for all bends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from itertools import product

from relucert.certificates.kernel import Formula, Linear, Step
from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Refuted
from relucert.verify.provers.equations import Equation, Equations
from relucert.verify.provers.lines import Point, along_lines, bend, lines


def of_exceptions(
    instance: TrainingInstance, positive: int, formula: Formula, failing: Sequence[int], deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The formula of the exceptions with what follows for each of them, and the steps.

    failing: the literals that say which part of the property fails, of which one is true.
    """
    found = Exceptions(instance, positive, formula, deadline)
    with suppress(Refuted):
        found.prove_common(failing)
        if found.pair is None:
            return along_lines(instance, positive, formula, deadline)
        found.prove_lines()
    return found.formula, found.steps


class Exceptions(Equations):
    """Derives what all exceptions have in common, and what lines of samples say then."""

    def __init__(self, instance: TrainingInstance, positive: int, encoded: Formula, deadline: Deadline) -> None:
        super().__init__(instance, positive, encoded, deadline)
        self.pair: tuple[int, int] | None = None  # neurons of the output weights 1 and −1 that are opposite

    def constants(self) -> list[Equation]:
        return []

    def prove_common(self, failing: Sequence[int]) -> None:
        """The inequalities that are false whatever fails; and what they are about."""
        ways: dict[Linear, dict[int, int]] = defaultdict(dict)  # of an inequality: for what fails the atom of it
        for clause in self.formula.clauses.values():
            if len(clause) == 2 and -clause[0] in failing and (meaning := self.formula.atoms[-clause[1]]):
                ways[meaning][-clause[0]] = -clause[1]
        for meaning, atoms in ways.items():
            if len(atoms) == len(failing):
                self.prove_false(meaning, atoms, tuple(failing))
        first, last = 0, self.instance.neurons - 1
        if 0 < self.positive <= last and all(
            self.not_negative(first, last, t, sign) for t, sign in product(range(self.width), (1, -1))
        ):
            self.pair = first, last
            self.bending = range(1, last)
        for j in range(self.instance.neurons):
            for t in range(self.instance.dimension):
                if (falls := self.known_false({self.weight(j, t): 1})) is not None:
                    self.farkas((self.atom({self.weight(j, t): -1}),), falls)

    @property
    def width(self) -> int:
        return self.instance.dimension + self.instance.bias

    def prove_false(self, meaning: Linear, atoms: dict[int, int], failing: tuple[int, ...]) -> None:
        """The negated inequality, as a unit clause. atoms: for each part that may fail the one of this meaning."""
        one = self.atoms[meaning]
        hints = []
        for literal, atom in atoms.items():
            if atom != one:
                self.farkas((atom, -one))
                hints.append((atom, -one))
            hints.append((-literal, -atom))
        self.rup((-one,), *hints, failing)

    def known_false(self, terms: dict[int, Rational]) -> int | None:
        """The true literal that Σ a·x < 0 is false, if there is one."""
        atom = self.atoms.get(Linear(tuple(sorted(terms.items())), 0, strict=True), 0)
        return -atom if frozenset([-atom]) in self.numbers else None

    def not_negative(self, i: int, j: int, t: int, sign: int) -> int | None:
        """The true literal that these neurons' weights t, times the sign, do not add up to less than 0, if it is."""
        return self.known_false({self.weight(i, t): sign, self.weight(j, t): sign})

    def others(self, i: int, side: int) -> list[int]:
        """max(0, A) − max(0, −A) is at least A there, or for the side −1 at most A.

        If a neuron is active, its output is its pre-activation, and that of the opposite one at least 0; otherwise its
        output is 0, and that of the opposite one at least its pre-activation.
        """
        assert self.pair is not None
        one, other = self.pair if side < 0 else self.pair[::-1]
        zero, active = self.at_most(i, one)
        not_negative, at_least_z = self.at_least(i, other)
        z = dict(self.formula.atoms[self.inactive(i, self.pair[0])].terms)
        scale = dict(self.formula.atoms[active].terms)[self.output(i, one)]
        atom = self.atom(
            {**{v: side * c for v, c in z.items()}, self.output(i, one): scale, self.output(i, other): -scale}
        )
        if frozenset([atom]) not in self.numbers:
            x = (*self.instance.samples[i].x, *([(self.instance.dimension, 1)] if self.instance.bias else ()))
            sums = [self.not_negative(one, other, t, 1 if v * side < 0 else -1) or 0 for t, v in x]
            self.farkas((-active, atom), not_negative, *(sums if side > 0 else ()))
            self.farkas((-zero, atom), at_least_z, *(sums if side < 0 else ()))
            inactive = self.inactive(i, one)
            self.rup((atom,), (-zero, atom), (-inactive, zero), (inactive, active), (-active, atom))
        return [atom]

    def prove_lines(self) -> None:
        """What lines say; and a contradiction if on one of them there are more bends of a sign than neurons for it."""
        for t, points in lines(self.instance):
            self.deadline.remaining()
            self.line(t, points)
            if all(frozenset([self.atom({self.weight(j, t): -1})]) in self.numbers for j in self.bending):
                self.up = t
                for sign in (1, -1):
                    self.enough(sign, points)

    def enough(self, sign: int, points: Sequence[Point]) -> None:
        """Each bend takes a neuron of the sign, and none bends twice."""
        neurons = [j for j in self.bending if (j < self.positive) == (sign > 0)]
        bends: list[Sequence[Point]] = []
        for at in range(len(points) - 2):
            triple = points[at : at + 3]
            if sign * bend(self.instance, *triple)[1] > 0 and (not bends or bends[-1][-1][0] <= triple[0][0]):
                bends.append(triple)
        if len(neurons) < len(bends):
            straight = list(zip(*(self.kink(*triple) for triple in bends), strict=True))
            every = [self.numbers[frozenset(-row[b] for row in straight)] for b in range(len(bends))]
            once = [self.at_most_once(j, row, bends) for j, row in zip(neurons, straight, strict=True)]
            self.count([*every, *once], divisor=len(bends) - len(neurons))
