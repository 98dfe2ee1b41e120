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

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise, product
from typing import ClassVar, NamedTuple

from relucert.certificates.kernel import Formula, Rup
from relucert.reductions.exact import Rational
from relucert.reductions.fixed_dimension.one_in_three_to_plane import Layout
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.equations import Equation, Equations
from relucert.verify.provers.lines import Point
from relucert.verify.provers.replay import refute


class Target(NamedTuple):
    """How the target of a formula is written: the axis of x₂, and the sample there that each one as reduced is."""

    formula: OneInThreeInstance
    up: int
    order: Sequence[int]


class Planar(Equations):
    """The stages, as levees and stripes have them in common; each relies on what those before it have derived."""

    signs: ClassVar[tuple[int, ...]]  # of the output weights of the neurons of a gadget, in the order of their kinks

    def __init__(
        self,
        instance: TrainingInstance,
        target: Target,
        positive: int,
        encoded: Formula,
        deadline: Deadline,
    ) -> None:
        super().__init__(instance, positive, encoded, deadline)
        self.source, self.up, self.order = target
        self.across = 1 - self.up
        self.gadgets = list(Layout(self.source).gadgets())
        points = (dict(x) for x, _, _ in instance.samples)
        self.at = {(x.get(self.across, 0), x.get(self.up, 0)): i for i, x in enumerate(points)}
        self.slope: list[list[int]] = []  # of a gadget: for each slope the atom that its neurons have it
        self.result: list[int] = []  # clauses over these atoms

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
    def upright(self, g: int, t: int) -> list[Equation]:
        """What the centre line says about w₂ and b of the neuron."""

    @abstractmethod
    def weights(self, j: int, x: Rational) -> list[Equation]:
        """What is known about its pre-activations on the line x₁ = x."""

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

    def settle(self, i: int, j: int) -> None:
        """Derives whether the neuron is active on the sample, if what is known about its weights decides that."""
        if self.active(i, j) is None:
            x = dict(self.instance.samples[i].x).get(self.across, 0)
            inactive, equations = self.inactive(i, j), self.weights(j, x)
            for literal in (-inactive, inactive):
                with suppress(DoesNotFollow):
                    if self.exclude(equations, literal):
                        return

    # ----------------------------------------------------------------------------------------------- 1. the centre line

    def centre(self) -> None:
        """The neurons of each class in order switch in the intervals of that class, or there are too few of them."""
        for neurons, kinks in self.classes():
            self.in_order(neurons, [self.bend(g, t, 0) for g, t in kinks], self.whole_line(0))

    # ------------------------------------------------------------------------------------------------ 2. the side lines

    def sides(self) -> None:
        """On the side lines, every neuron switches in its own gadget."""
        switches = {x: self.switches(x) for x in (self.side, -self.side)}
        for x, (g, t) in product(switches, self.kinks(1, -1)):
            self.deadline.remaining()
            mirrored = self.whole_line(-x)
            for (other, u), straight in zip(self.kinks(self.signs[t]), switches[x][self.neuron(g, t)], strict=True):
                if (other, u) != (g, t):
                    j, between = self.neuron(g, t), self.at_centre(g, t)
                    self.mirror(j, self.across, self.upright(g, t), between, self.bend(other, u, x), mirrored)
                    with suppress(DoesNotFollow):  # it may switch in a neighbouring bend of its gadget
                        self.follow(straight)
        for x, (g, t) in product(switches, self.kinks(1, -1)):
            own = [self.bend(g, u, x) for u, sign in enumerate(self.signs) if sign == self.signs[t]]
            self.follow(self.inactive(own[0][0][1], self.neuron(g, t)))
            self.follow(-self.inactive(own[-1][-1][1], self.neuron(g, t)))

    def switches(self, x: Rational) -> dict[int, list[int]]:
        """Of each neuron: for each kink of its sign the atom that it does not switch there, of which one is false."""
        found: dict[int, list[int]] = {}
        for ((_, p), (_, q)), j in product(pairwise(self.whole_line(x)), range(self.instance.neurons)):
            self.monotone(self.up, p, q, j)
        for sign in (1, -1):
            kinks = self.kinks(sign)
            found |= self.one_each([self.neuron(g, t) for g, t in kinks], [self.bend(g, t, x) for g, t in kinks])
        return found

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

    def choices(self) -> None:
        """Every gadget has one of its slopes; each p_{j,r} excludes some choices of a clause and a variable."""
        start = 0
        meanings: list[list[int]] = []  # of the atoms for slopes: the clauses that define them
        for g, (slopes, _) in enumerate(self.gadgets):
            block = self.order[start : start + self.block(g)]
            start += len(block)
            centre = {i for _, i in self.line_of(g, 0)}
            said = self.statements([i for i in block if i not in centre], self.neurons(g))
            before = self.formula.last_id
            self.slope.append([self.define(*self.meaning(g, s)) for s in slopes])
            meanings.append([*range(before + 1, self.formula.last_id + 1)])
            self.prove([*said, *meanings[g]], *(-atom for atom in self.slope[g]))
            self.result.append(self.formula.last_id)
        crossings = product(range(len(self.source.clauses)), range(3))
        for i, (j, r) in zip(self.order[start:], crossings, strict=True):
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
        if not isinstance(answer, Refutation):
            raise DoesNotFollow
        for step in answer.steps:
            assert isinstance(step, Rup)
            self.steps.append(step)
            self.learn(step.clause)
