"""Proofs that solve for weights: what labels say where activations are known, and what follows about other samples.

The training sets are exact fits whose neurons are turned over so that they rise in one direction. Along lines in that
direction each neuron switches at most once, from inactive to active, and the labels say between which samples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise, product
from math import gcd
from typing import NamedTuple

from relucert.certificates.encodings.training import weight_variable
from relucert.certificates.kernel import Farkas, Formula, Linear, Rup
from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.linear_facts import fact
from relucert.verify.provers.lines import AlongLines, Point


class Equation(NamedTuple):
    """Two true literals that bound the same linear form from above and from below, and a variable to solve it for.

    The coefficient of the variable is positive in `most` and negative in `least`. 0 stands for a missing bound. Where a
    variable is only known to be in an interval, the bounds differ.
    """

    variable: int
    most: int
    least: int


class Equations(AlongLines, ABC):
    """What the lines of samples say, equations of weights, and what these say about all samples."""

    up: int  # the coordinate in which neurons rise

    def __init__(self, instance: TrainingInstance, positive: int, encoded: Formula, deadline: Deadline) -> None:
        super().__init__(instance, positive, encoded)
        self.deadline = deadline
        for number in range(self.clauses_of(len(instance.samples), 0).start, encoded.last_id + 1):
            self.attach(number)  # of the symmetry rule

    @abstractmethod
    def constants(self) -> list[Equation]:
        """What is known about variables that all samples share."""

    def clauses_of(self, i: int, j: int) -> range:
        """SPEC.md, section 4.2: four clauses for each neuron on a sample, then two for its label."""
        first = 1 + i * (4 * self.instance.neurons + 2) + 4 * j
        return range(first, first + 4)

    def attach_samples(self) -> None:
        for i, j in product(range(len(self.instance.samples)), range(self.instance.neurons)):
            for number in self.clauses_of(i, j):
                self.attach(number)

    def weight(self, j: int, t: int) -> int:
        return weight_variable(self.instance, j, t)

    # ------------------------------------------------------------------------------------------------ linear arithmetic

    def eliminated(self, literal: int, equations: Iterable[Equation]) -> tuple[dict[int, int], bool]:
        """Multipliers of this literal and of literals of the equations, one after the other, that cancel their
        variables; and whether the sum is a contradiction. No integer above 1 divides all of the multipliers."""
        facts: dict[int, int] = defaultdict(int)
        total: dict[int, int] = defaultdict(int)
        bound, strict = 0, False

        def add(used: int, said: Linear, multiplier: int) -> None:
            nonlocal bound, strict
            facts[used] += multiplier
            for v, a in said.terms:
                total[v] += multiplier * a
            bound += multiplier * said.bound
            strict = strict or said.strict

        add(literal, fact(self.formula, literal), 1)
        for variable, most, least in equations:
            if c := total.get(variable):
                used = least if c > 0 else most
                if not used:
                    raise DoesNotFollow
                said = fact(self.formula, used)
                a = abs(dict(said.terms)[variable])
                common = gcd(a, c)
                if (scale := a // common) > 1:
                    bound *= scale
                    for numbers in (facts, total):
                        for key in numbers:
                            numbers[key] *= scale
                add(used, said, abs(c) // common)
        common = gcd(*facts.values())
        contradictory = not any(total.values()) and (bound < 0 or (bound == 0 and strict))
        return {used: m // common for used, m in facts.items()}, contradictory

    def without(self, literal: int, equations: Iterable[Equation]) -> int:
        """What a true literal says when the equations are put into it."""
        return self.combine(self.eliminated(literal, equations)[0])

    def solved(self, variable: int, pair: Iterable[int], equations: Iterable[Equation] = ()) -> Equation:
        """The same of two literals that bound a form from above and below."""
        equations = tuple(equations)
        one, other = (self.without(literal, equations) for literal in pair)
        positive = dict(fact(self.formula, one).terms)[variable] > 0
        return Equation(variable, *((one, other) if positive else (other, one)))

    def exclude(self, equations: Iterable[Equation], literal: int, *others: Equation) -> bool:
        """Derives that not all of these literals are true, if the equations contradict them; whether they do.

        The others are equations of which one bound is such a literal and the other one is missing.
        """
        facts, contradictory = self.eliminated(literal, (*others, *equations))
        if contradictory:
            literals = [literal, *(most or least for _, most, least in others)]
            multipliers = [facts.pop(used) for used in literals]
            self.combined(tuple(-used for used in literals), multipliers, facts)
        return contradictory

    def one_sided(self, variable: int, literal: int) -> Equation:
        """A literal as one bound."""
        positive = dict(fact(self.formula, literal).terms)[variable] > 0
        return Equation(variable, literal, 0) if positive else Equation(variable, 0, literal)

    def active(self, i: int, j: int) -> bool | None:
        """Whether the neuron is active on the sample, if that is known."""
        inactive = self.inactive(i, j)
        return False if inactive in self.place else True if -inactive in self.place else None

    def labels(self, i: int, own: Collection[int] = ()) -> tuple[int, int]:
        """What the label says, with all that is known except for the outputs of these neurons."""
        equations = []
        for j in range(self.instance.neurons):
            active = self.active(i, j)
            if j not in own and active is not None:
                equations.append(Equation(self.output(i, j), self.at_most(i, j)[active], self.at_least(i, j)[active]))
        equations += self.constants()
        return self.without(self.label(i, 1), equations), self.without(self.label(i, -1), equations)

    def prove(self, clauses: Iterable[int], *assumptions: int) -> None:
        """Derives from these clauses that not all assumptions are true, by a refutation of both together."""
        from relucert.verify.provers.lp_prover import LpProver  # not before a proof of this kind is under way

        given = {number: self.formula.clauses[number] for number in clauses}
        atoms = sorted({abs(literal) for clause in (*given.values(), assumptions) for literal in clause})
        local = {sign * atom: sign * n for n, atom in enumerate(atoms, 1) for sign in (1, -1)}
        back = {n: literal for literal, n in local.items()}
        formula = Formula(last_atom=len(atoms), last_id=self.formula.last_id)
        formula.atoms = {n: self.formula.atoms[atom] for n, atom in enumerate(atoms, 1)}
        formula.clauses = {number: tuple(local[literal] for literal in clause) for number, clause in given.items()}
        assumed = {formula.add_clause(local[literal]): literal for literal in assumptions}
        answer = LpProver().solve(formula, self.deadline)
        self.deadline.remaining()
        if not isinstance(answer, Refutation):
            raise DoesNotFollow
        for step in answer.steps:
            assert isinstance(step, Farkas | Rup)
            clause = tuple(back[literal] for literal in step.clause)
            if isinstance(step, Farkas):  # assumptions become literals of its clause
                moved = [(-assumed[number], m) for number, m in step.units if number in assumed]
                literals = [*zip(clause, step.multipliers, strict=True), *moved]
                units = {given[number][0]: m for number, m in step.units if number not in assumed}
                self.combined(tuple(literal for literal, _ in literals), [m for _, m in literals], units)
            else:
                self.follow(*clause, *(-literal for literal in assumptions))
        self.follow(*(-literal for literal in assumptions))

    # ------------------------------------------------------------------------------------------------- lines of samples

    def switching(self, bend: Sequence[Point]) -> list[int]:
        """Derives that one of these atoms is false, for each neuron that may switch there the one that it does not."""
        return self.kink(*bend)

    def in_order(self, neurons: range, bends: Sequence[Sequence[Point]], points: Sequence[Point]) -> None:
        """Neurons sorted along a line switch in these bends, the first in the first and so on, or there are too few.

        points: all samples of the line. If there are more neurons than bends, nothing follows.
        """
        if len(neurons) > len(bends):
            return
        if len(neurons) < len(bends):
            bends = bends[: len(neurons) + 1]
            points = sorted({point for bend in bends for point in (bend[0], bend[-1])})
        for ((_, p), (_, q)), j in product(pairwise(points), neurons):
            self.monotone(self.up, p, q, j)
        for bend in bends:
            self.switching(bend)
        ends = [(bend[0][1], bend[-1][1], j) for bend, j in zip(bends, neurons, strict=False)]
        for _, end, j in ends:
            self.follow(-self.inactive(end, j))
        for start, _, j in reversed(ends):
            self.follow(self.inactive(start, j))

    def one_each(self, neurons: Sequence[int], bends: Sequence[Sequence[Point]]) -> dict[int, list[int]]:
        """Of each neuron: for each bend the atom that it does not switch there, of which one is false.

        A bend takes a neuron that switches, no neuron switches twice, and there are as many of them as bends.
        """
        straight = list(zip(*(self.switching(bend) for bend in bends), strict=True))
        if len(bends) > 1:  # otherwise there is nothing to count
            every_bend = self.count([self.numbers[frozenset(-row[b] for row in straight)] for b in range(len(bends))])
            once = [self.at_most_once(j, row, bends) for j, row in zip(neurons, straight, strict=True)]
            for n in range(len(neurons)):
                self.deadline.remaining()
                self.count([every_bend, *once[:n], *once[n + 1 :]])
        return dict(zip(neurons, map(list, straight), strict=True))

    def at_most_once(self, j: int, straight: Sequence[int], bends: Sequence[Sequence[Point]]) -> int:
        """The constraint that all but one of these atoms are true: a neuron that is not straight gets activated."""
        premises = []
        for atom, ((_, p), *_, (_, q)) in zip(straight, bends, strict=True):
            self.monotone(self.up, p, q, j)
            inactive, active = self.inactive(p, j), -self.inactive(q, j)
            pairs = ((atom, active), (atom, inactive), (inactive, active))
            premises.append(self.count([self.clause(*pair) for pair in pairs], divisor=2))
        for (*_, (_, p)), ((_, q), *_) in pairwise(bends):
            if p != q:
                self.monotone(self.up, p, q, j)
                premises.append(self.numbers[frozenset((self.inactive(p, j), -self.inactive(q, j)))])
        first, last = bends[0][0][1], bends[-1][-1][1]
        return self.count(premises, [-self.inactive(first, j), self.inactive(last, j)])

    def mirror(
        self,
        j: int,
        across: int,
        upright: Sequence[Equation],
        between: tuple[Rational, Rational],
        bend: Sequence[Point],
        mirrored: Sequence[Point],
    ) -> None:
        """If the neuron switches in the bend, beside the centre line in the direction of the coordinate `across`, then
        on the other side at the mirror image: twice its height on the centre line, minus that here. It is inactive on
        the next sample below that and active on the next above.

        upright: what is known about its other weights. between: heights between which it switches on the centre line.
        """
        (low, p), *_, (high, q) = bend
        lowest, highest = between
        heights = [height for height, _ in mirrored]
        below = bisect_right(heights, 2 * lowest - high) - 1
        above = bisect_right(heights, 2 * highest - low)
        w = self.weight(j, across)
        if below >= 0:
            self.exclude(upright, -self.inactive(q, j), self.one_sided(w, -self.inactive(mirrored[below][1], j)))
        if above < len(mirrored):
            self.exclude(upright, self.inactive(p, j), self.one_sided(w, self.inactive(mirrored[above][1], j)))
