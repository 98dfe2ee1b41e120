"""Proofs that no network fits the planar target of a formula, stage by stage as in the paper.

Source: Froese, Hertrich, NeurIPS 2023, Lemma 11, Theorem 1 and Corollary 7. A solver that is given the training set as
a whole gets nowhere; the stages need no search beyond single gadgets, and no proof rule beyond those of the kernel.
Neurons are turned over so that w₂ ≥ 0, so along vertical lines each switches at most once, from inactive to active.

1. On the line x₁ = 0 the labels have as many bends (for thresholds: steps) in disjoint intervals as there are neurons.
   Each takes a neuron that switches there, of its sign. As neurons are sorted along this line, the m-th one switches in
   the m-th interval, or there are too few of a sign. Now all activations on this line are known.
2. On the lines x₁ = ±e there are as many again. No neuron switches twice, so each switches in one interval. Its three
   places are an arithmetic progression, and gadgets are not, so it switches in its own gadget on all three lines.
3. So the neurons of other gadgets do not matter near a gadget: those below it add up to 0. What is left are statements
   about the neurons of single gadgets. Linear programs and a SAT solver prove that they have one of its slopes.
4. Each point p_{j,r} forbids choices of a clause and a variable. What is left is propositional.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise, product
from math import lcm
from typing import ClassVar, NamedTuple

from relucert.certificates.encodings.training import weight_variable
from relucert.certificates.kernel import Farkas, Formula, Rup
from relucert.reductions.exact import Rational
from relucert.reductions.fixed_dimension.one_in_three_to_plane import Layout
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.linear_facts import fact
from relucert.verify.provers.lines import AlongLines, Point
from relucert.verify.provers.replay import refute


class Equation(NamedTuple):
    """Two true literals that bound the same linear form from above and from below, and a variable to solve it for.

    The coefficient of the variable is positive in `most` and negative in `least`. 0 stands for a missing bound. Where a
    variable is only known to be in an interval, the bounds differ.
    """

    variable: int
    most: int
    least: int


class Planar(AlongLines, ABC):
    """The stages, as levees and stripes have them in common; each relies on what those before it have derived."""

    signs: ClassVar[tuple[int, ...]]  # of the output weights of the neurons of a gadget, in the order of their kinks

    def __init__(
        self,
        instance: TrainingInstance,
        formula: OneInThreeInstance,
        positive: int,
        encoded: Formula,
        deadline: Deadline,
    ) -> None:
        super().__init__(instance, positive, encoded)
        self.source, self.deadline = formula, deadline
        self.gadgets = list(Layout(formula).gadgets())
        self.at = {(dict(x).get(0, 0), dict(x).get(1, 0)): i for i, (x, _, _) in enumerate(instance.samples)}
        self.slope: list[list[int]] = []  # of a gadget: for each slope the atom that its neurons have it
        self.result: list[int] = []  # clauses over these atoms
        for number in range(self.clauses_of(len(instance.samples), 0).start, encoded.last_id + 1):
            self.attach(number)  # of the symmetry rule

    def prove_all(self) -> None:
        """Raises Refuted at the end, DoesNotFollow if an argument fails, OutOfTime."""
        self.centre()
        self.read_centre()
        self.sides()
        self.slopes()
        self.choices()
        self.end()

    # ------------------------------------------------------------------------------------------- the parts of a gadget

    side: Rational  # e

    @abstractmethod
    def block(self, g: int) -> int:
        """How many samples the gadget has."""

    @abstractmethod
    def neuron(self, g: int, t: int) -> int:
        """The one that is to switch at kink t of gadget g."""

    @abstractmethod
    def heights(self, g: int, x: Rational) -> Sequence[Rational]:
        """Of the samples of a gadget on the centre line or a side line, relative to the gadget, from below."""

    @abstractmethod
    def bend(self, g: int, t: int, x: Rational) -> list[Point]:
        """The samples that force a neuron to switch at kink t of gadget g, between the first and the last of them."""

    @abstractmethod
    def at_centre(self, g: int, t: int) -> tuple[Rational, Rational]:
        """Heights on the centre line between which the neuron switches; equal if its place is known."""

    @abstractmethod
    def classes(self) -> Iterator[tuple[range, list[tuple[int, int]]]]:
        """Neurons that are sorted along the centre line, and the kinks there that are theirs."""

    @abstractmethod
    def switching(self, bend: Sequence[Point]) -> list[int]:
        """Derives that one of these atoms is false, for each neuron that may switch there the one that it does not."""

    @abstractmethod
    def upright(self, g: int, t: int) -> list[Equation]:
        """What the centre line says about w₂ and b of the neuron."""

    @abstractmethod
    def weights(self, j: int, x: Rational) -> list[Equation]:
        """What is known about its pre-activations on the line x₁ = x."""

    @abstractmethod
    def constants(self) -> list[Equation]:
        """What is known about variables that all samples share."""

    @abstractmethod
    def facts(self, j: int) -> list[int]:
        """True literals that say what matters of the weights of the neuron."""

    @abstractmethod
    def meaning(self, g: int, slope: Rational) -> list[int]:
        """Literals that say that all neurons of the gadget have this slope."""

    @abstractmethod
    def read_centre(self) -> None:
        """Derives what the labels on the centre line say about weights."""

    @abstractmethod
    def slopes(self) -> None:
        """Derives what the labels on the side lines say about weights."""

    def neurons(self, g: int) -> list[int]:
        return [self.neuron(g, t) for t in range(len(self.signs))]

    def kinks(self, *signs: int) -> list[tuple[int, int]]:
        """(gadget, kink), from below."""
        return [(g, t) for g in range(len(self.gadgets)) for t, sign in enumerate(self.signs) if sign in signs]

    def line_of(self, g: int, x: Rational) -> list[Point]:
        height = self.gadgets[g][1]
        return [(height + h, self.at[x, height + h]) for h in self.heights(g, x)]

    def whole_line(self, x: Rational) -> list[Point]:
        return [point for g in range(len(self.gadgets)) for point in self.line_of(g, x)]

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

    def eliminated(self, literal: int, equations: Iterable[Equation]) -> tuple[dict[int, Fraction], bool]:
        """Multipliers of this literal, 1, and of literals of the equations, one after the other, that cancel their
        variables; and whether the sum is a contradiction."""
        facts: dict[int, Fraction] = defaultdict(Fraction)
        total: dict[int, Fraction] = defaultdict(Fraction)
        bound, strict = Fraction(0), False

        def add(used: int, multiplier: Fraction) -> None:
            nonlocal bound, strict
            facts[used] += multiplier
            said = fact(self.formula, used)
            for v, a in said.terms:
                total[v] += multiplier * a
            bound += multiplier * said.bound
            strict = strict or said.strict

        add(literal, Fraction(1))
        for variable, most, least in equations:
            if c := total[variable]:
                used = least if c > 0 else most
                if not used:
                    raise DoesNotFollow
                add(used, -c / dict(fact(self.formula, used).terms)[variable])
        return facts, not any(total.values()) and (bound < 0 or (bound == 0 and strict))

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
            scale = lcm(*(m.denominator for m in facts.values()))
            whole = {used: int(m * scale) for used, m in facts.items()}
            literals = [literal, *(most or least for _, most, least in others)]
            multipliers = [whole.pop(used) for used in literals]
            self.combined(tuple(-used for used in literals), multipliers, whole)
        return contradictory

    def one_sided(self, variable: int, literal: int) -> Equation:
        """A literal as one bound."""
        positive = dict(fact(self.formula, literal).terms)[variable] > 0
        return Equation(variable, literal, 0) if positive else Equation(variable, 0, literal)

    def active(self, i: int, j: int) -> bool | None:
        """Whether the neuron is active on the sample, if that is known."""
        inactive = self.inactive(i, j)
        return False if inactive in self.place else True if -inactive in self.place else None

    def settle(self, i: int, j: int) -> None:
        """Derives whether the neuron is active on the sample, if what is known about its weights decides that."""
        if self.active(i, j) is None:
            x = dict(self.instance.samples[i].x).get(0, 0)
            inactive, equations = self.inactive(i, j), self.weights(j, x)
            for literal in (-inactive, inactive):
                with suppress(DoesNotFollow):
                    if self.exclude(equations, literal):
                        return

    def labels(self, i: int, own: Collection[int] = ()) -> tuple[int, int]:
        """What the label says, with all that is known except for the outputs of these neurons."""
        equations = []
        for j in range(self.instance.neurons):
            active = self.active(i, j)
            if j not in own and active is not None:
                equations.append(Equation(self.output(i, j), self.at_most(i, j)[active], self.at_least(i, j)[active]))
        equations += self.constants()
        return self.without(self.label(i, 1), equations), self.without(self.label(i, -1), equations)

    # ----------------------------------------------------------------------------------------------- 1. the centre line

    def centre(self) -> None:
        """The neurons of each class in order switch in the intervals of that class, or there are too few of them."""
        for neurons, kinks in self.classes():
            if len(neurons) > len(kinks):
                continue
            bends = [self.bend(g, t, 0) for g, t in kinks[: len(neurons) + 1]]
            if len(neurons) == len(kinks):
                points = self.whole_line(0)
            else:
                points = sorted({point for bend in bends for point in (bend[0], bend[-1])})
            for ((_, p), (_, q)), j in product(pairwise(points), neurons):
                self.monotone(1, p, q, j)
            for bend in bends:
                self.switching(bend)
            ends = [(bend[0][1], bend[-1][1], j) for bend, j in zip(bends, neurons, strict=False)]
            for _, end, j in ends:
                self.follow(-self.inactive(end, j))
            for start, _, j in reversed(ends):
                self.follow(self.inactive(start, j))

    # ------------------------------------------------------------------------------------------------ 2. the side lines

    def sides(self) -> None:
        """On the side lines, every neuron switches in its own gadget."""
        switches = {x: self.switches(x) for x in (self.side, -self.side)}
        for x, (g, t) in product(switches, self.kinks(1, -1)):
            self.deadline.remaining()
            mirrored = self.whole_line(-x)
            for (other, u), straight in zip(self.kinks(self.signs[t]), switches[x][self.neuron(g, t)], strict=True):
                if (other, u) != (g, t):
                    self.reflect(g, t, self.bend(other, u, x), mirrored)
                    with suppress(DoesNotFollow):  # it may switch in a neighbouring bend of its gadget
                        self.follow(straight)
        for x, (g, t) in product(switches, self.kinks(1, -1)):
            own = [self.bend(g, u, x) for u, sign in enumerate(self.signs) if sign == self.signs[t]]
            self.follow(self.inactive(own[0][0][1], self.neuron(g, t)))
            self.follow(-self.inactive(own[-1][-1][1], self.neuron(g, t)))

    def switches(self, x: Rational) -> dict[int, list[int]]:
        """Of each neuron: for each kink of its sign the atom that it does not switch there, of which one is false.

        A bend takes a neuron that switches, no neuron switches twice, and there are as many of the sign as bends.
        """
        found: dict[int, list[int]] = {}
        for ((_, p), (_, q)), j in product(pairwise(self.whole_line(x)), range(self.instance.neurons)):
            self.monotone(1, p, q, j)
        for sign in (1, -1):
            kinks = self.kinks(sign)
            neurons = [self.neuron(g, t) for g, t in kinks]
            bends = [self.bend(g, t, x) for g, t in kinks]
            straight = list(zip(*(self.switching(bend) for bend in bends), strict=True))
            found |= dict(zip(neurons, map(list, straight), strict=True))
            if len(bends) == 1:
                continue  # there is nothing to count
            every_bend = self.count([self.numbers[frozenset(-row[b] for row in straight)] for b in range(len(bends))])
            once = [self.at_most_once(j, row, bends) for j, row in zip(neurons, straight, strict=True)]
            for n in range(len(neurons)):
                self.deadline.remaining()
                self.count([every_bend, *once[:n], *once[n + 1 :]])
        return found

    def at_most_once(self, j: int, straight: Sequence[int], bends: Sequence[Sequence[Point]]) -> int:
        """The constraint that all but one of these atoms are true: a neuron that is not straight gets activated."""
        premises = []
        for atom, ((_, p), *_, (_, q)) in zip(straight, bends, strict=True):
            self.monotone(1, p, q, j)
            inactive, active = self.inactive(p, j), -self.inactive(q, j)
            pairs = ((atom, active), (atom, inactive), (inactive, active))
            premises.append(self.count([self.clause(*pair) for pair in pairs], divisor=2))
        for (*_, (_, p)), ((_, q), *_) in pairwise(bends):
            if p != q:
                self.monotone(1, p, q, j)
                premises.append(self.numbers[frozenset((self.inactive(p, j), -self.inactive(q, j)))])
        first, last = bends[0][0][1], bends[-1][-1][1]
        return self.count(premises, [-self.inactive(first, j), self.inactive(last, j)])

    def reflect(self, g: int, t: int, bend: Sequence[Point], mirrored: Sequence[Point]) -> None:
        """If the neuron switches in the bend, then on the other side line at the mirror image: twice its height on the
        centre line, minus that here. It is inactive on the next sample below that and active on the next above."""
        (low, p), *_, (high, q) = bend
        lowest, highest = self.at_centre(g, t)
        heights = [height for height, _ in mirrored]
        below = bisect_right(heights, 2 * lowest - high) - 1
        above = bisect_right(heights, 2 * highest - low)
        j, upright = self.neuron(g, t), self.upright(g, t)
        w1 = self.weight(j, 0)
        if below >= 0:
            self.exclude(upright, -self.inactive(q, j), self.one_sided(w1, -self.inactive(mirrored[below][1], j)))
        if above < len(mirrored):
            self.exclude(upright, self.inactive(p, j), self.one_sided(w1, self.inactive(mirrored[above][1], j)))

    # ---------------------------------------------------------------------------------- 3. and 4. gadget by gadget

    def statements(self, samples: Iterable[int], own: Sequence[int]) -> list[int]:
        """Clauses that say all about some neurons on these samples, where the others do not matter."""
        true = [literal for j in own for literal in self.facts(j)]
        clauses: list[int] = []
        for i in samples:
            self.deadline.remaining()
            for j in range(self.instance.neurons):
                self.settle(i, j)
            true += self.labels(i, own)
            for j in own:
                clauses += self.clauses_of(i, j)
                active = self.active(i, j)
                if active is not None:
                    true.append(-self.inactive(i, j) if active else self.inactive(i, j))
        return [*clauses, *map(self.unit, dict.fromkeys(true))]

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

    def choices(self) -> None:
        """Every gadget has one of its slopes; each p_{j,r} excludes some choices of a clause and a variable."""
        start = 0
        meanings: list[list[int]] = []  # of the atoms for slopes: the clauses that define them
        for g, (slopes, _) in enumerate(self.gadgets):
            block = range(start, start + self.block(g))
            start = block.stop
            centre = {i for _, i in self.line_of(g, 0)}
            said = self.statements([i for i in block if i not in centre], self.neurons(g))
            before = self.formula.last_id
            self.slope.append([self.define(*self.meaning(g, s)) for s in slopes])
            meanings.append([*range(before + 1, self.formula.last_id + 1)])
            self.prove([*said, *meanings[g]], *(-atom for atom in self.slope[g]))
            self.result.append(self.formula.last_id)
        for i, (j, r) in enumerate(product(range(len(self.source.clauses)), range(3)), start):
            clause, variable = self.source.variables + j, self.source.clauses[j][r]
            here = self.statements([i], [*self.neurons(clause), *self.neurons(variable)])
            for (a, slope), (value, choice) in product(enumerate(self.slope[clause]), enumerate(self.slope[variable])):
                if (a == r) != value:  # both cover the point, or neither
                    self.prove([*here, *meanings[clause], *meanings[variable]], slope, choice)
                    self.result.append(self.formula.last_id)

    def end(self) -> None:
        """What is left is propositional."""
        formula = Formula(last_atom=self.formula.last_atom, last_id=self.formula.last_id)
        formula.clauses = {number: self.formula.clauses[number] for number in self.result}
        answer = refute(formula, [], self.deadline)
        if answer is None:
            raise DoesNotFollow
        for step in answer.steps:
            assert isinstance(step, Rup)
            self.steps.append(step)
            self.learn(step.clause)
