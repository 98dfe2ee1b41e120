"""No network fits the target of an unsatisfiable formula: the proof of Theorem 1, step by step.

Source: Froese, Hertrich, NeurIPS 2023, Lemma 11 and Theorem 1. A solver that is given the training set as a whole gets
nowhere, so this follows the paper's argument on the samples of `OneInThreeToPlane`, where it can be short because no
three gadgets are equally far apart. In the form of neurons that are turned over so that w₂ ≥ 0:

1. On the centre line, gadget by gadget, lie 4N disjoint intervals where the labels bend up, down, down and up. A bend
   takes a neuron of its sign that switches there, and as the neurons of a sign are sorted by where they switch, the
   m-th one does in the m-th interval. If there are other numbers of neurons of the signs, that is already impossible.
   Now all activations are known there, so that the labels, from the lowest gadget up, say what w₂ and b are: neuron t
   of the gadget at height A has w₂ = 1 and switches at A − 2, A − 1, A + 1 or A + 2. Only its w₁ is still unknown.
2. On each side line lie N gadgets' worth of such intervals, too, as many as neurons. No neuron switches twice, so each
   switches in one. That on the line x₁ = e and that on x₁ = −e have their mean on the centre line, so they are in the
   same gadget as there, since no gadget is halfway between two others.
3. So of every gadget the neurons of the others are known to be active or not near it, and those below it add up to 0,
   as they do on the samples at the top of their own gadget. What is left are statements about the four unknown w₁ of a
   gadget: they are between its slopes (side lines), and all are the same slope of the gadget (touching points).
4. Each point p_{j,r} forbids choices of a clause and a variable. What is left is propositional.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain, pairwise, product
from math import lcm
from typing import NamedTuple

from certificates.encodings import affine_variable, one_in_three_formula, weight_variable
from certificates.kernel import Farkas, Formula, Rup, Step
from reductions.core import InvalidInstance, Rational
from reductions.fixed_dimension.one_in_three_to_plane import Layout, OneInThreeToPlane
from reductions.fixed_dimension.selection_gadget import side_line
from reductions.problems.one_in_three import OneInThreeInstance
from reductions.problems.training import Network, TrainingInstance
from verify.provers.base import Deadline, Refutation
from verify.provers.derivation import DoesNotFollow, Refuted
from verify.provers.lines import AlongLines, Point
from verify.provers.lp_prover import LpProver, fact
from verify.provers.replay import decide, refute

KINKS = (-2, -1, 1, 2)  # where the neurons of a levee switch, on the centre line
SIGNS = (1, -1, -1, 1)  # and the changes of slope there


def formula_of(instance: TrainingInstance) -> OneInThreeInstance | None:
    """The formula that this is the target of, if it is one: 35 samples for each variable and 40 for each clause."""
    gadgets = instance.neurons // 4
    m, rest = divmod(len(instance.samples) - 35 * gadgets, 5)
    if rest or not 0 <= m <= gadgets:
        return None
    layout = Layout(OneInThreeInstance(gadgets, ()))
    variables = {layout.variable(i): i for i in range(gadgets - m)}
    crossed = [variables.get(dict(x).get(1, 0), -1) for x, _, _ in instance.samples[len(instance.samples) - 3 * m :]]
    try:
        formula = OneInThreeInstance(gadgets - m, tuple(zip(*(crossed[r::3] for r in range(3)), strict=True)))
    except InvalidInstance:
        return None
    return formula if OneInThreeToPlane().reduce(formula) == instance else None


def symmetries(instance: TrainingInstance) -> list[dict[str, int | list[int]]]:
    """Neurons that are turned over upwards and sorted along the line x₁ = 0."""
    centre = sorted((dict(x).get(1, 0), i) for i, (x, _, _) in enumerate(instance.samples) if 0 not in dict(x))
    return [{"along": 1, "line": [i for _, i in centre]}]


def network(instance: TrainingInstance) -> Network | None:
    """The image of a solution of the formula, if it has one."""
    formula = formula_of(instance)
    assert formula is not None
    encoded = one_in_three_formula(formula, 0, None)
    true = decide(encoded.clauses.values())
    if not isinstance(true, frozenset):
        return None
    return OneInThreeToPlane().forward(formula, tuple(v for v in range(formula.variables) if 1 + v in true))


def derive(
    instance: TrainingInstance, positive: int, encoded: Formula, deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The encoding of the target of an unsatisfiable formula, turned over, up to the empty clause, and the steps.

    Raises DoesNotFollow if an argument fails, as it does if the formula is satisfiable; OutOfTime.
    """
    formula = formula_of(instance)
    assert formula is not None
    proof = Plane(instance, formula, positive, encoded, deadline)
    with suppress(Refuted):
        proof.centre()
        proof.exact()
        proof.sides()
        proof.slopes()
        proof.choices()
        proof.end()
    return proof.formula, proof.steps


class Equation(NamedTuple):
    """Two true literals that bound the same linear form from above and from below, and a variable to solve it for.

    The coefficient of the variable is positive in `most` and negative in `least`. 0 stands for a missing bound. Where a
    variable is only known to be in an interval, the bounds differ.
    """

    variable: int
    most: int
    least: int


class Plane(AlongLines):
    """The proof; each stage relies on the clauses that those before it have derived."""

    def __init__(
        self,
        instance: TrainingInstance,
        formula: OneInThreeInstance,
        positive: int,
        encoded: Formula,
        deadline: Deadline,
    ) -> None:
        super().__init__(instance, positive, encoded)
        self.source, self.layout, self.deadline = formula, Layout(formula), deadline
        self.gadgets = list(self.layout.gadgets())
        self.at = {(dict(x).get(0, 0), dict(x).get(1, 0)): i for i, (x, _, _) in enumerate(instance.samples)}
        self.side = side_line(self.gadgets[0][0])
        self.affine: list[Equation] = []  # the coefficients of the affine function
        self.known: dict[int, list[Equation]] = {}  # of a neuron: w₂ and b
        self.balance: list[Equation] = []  # of a gadget: the w₁ of its neurons, times their signs, add up to 0
        self.bounds: dict[int, Equation] = {}  # of a neuron: w₁
        self.local: list[list[int]] = []  # of a gadget: what the side lines say about it
        self.slope: list[list[int]] = []  # of a gadget: for each slope the atom that its neurons have it
        self.result: list[int] = []  # clauses over these atoms
        for number in range(self.clauses_of(len(instance.samples), 0).start, encoded.last_id + 1):
            self.attach(number)  # of the symmetry rule

    # ------------------------------------------------------------------------------------------- the parts of a gadget

    def neuron(self, g: int, t: int) -> int:
        """The one that is to switch at kink t of gadget g; neurons of a sign are in the order of their kinks."""
        return 2 * g + t // 2 + (0 if SIGNS[t] > 0 else self.positive)

    def neurons(self, g: int) -> list[int]:
        return [self.neuron(g, t) for t in range(4)]

    def all_kinks(self, *signs: int) -> list[tuple[int, int]]:
        """(gadget, kink), from below."""
        return [(g, t) for g in range(len(self.gadgets)) for t in range(4) if SIGNS[t] in signs]

    def line_of(self, g: int, x: Rational) -> list[Point]:
        """The samples of a gadget on the centre line or a side line, from below."""
        slopes, height = self.gadgets[g]
        relative: Sequence[Rational]
        if x == 0:
            third = Fraction(1, 3)
            relative = (-4, -3, -2, -5 * third, -4 * third, -1, 0, 1, 4 * third, 5 * third, 2, 3, 4)
        else:
            low, high = sorted((slopes[0] * x, slopes[-1] * x))
            relative = (-4, -3, -2 + low, -1 + high, 0, 1 + low, 2 + high, 3, 4)
        return [(height + h, self.at[x, height + h]) for h in relative]

    def bend(self, g: int, t: int, x: Rational) -> list[Point]:
        """Three samples whose labels bend as at kink t."""
        first = ((1, 2, 4, 5) if x else (1, 4, 6, 9))[t]
        return self.line_of(g, x)[first : first + 3]

    def clauses_of(self, i: int, j: int) -> range:
        """SPEC.md, section 4.2: four clauses for each neuron on a sample, then two for its label."""
        first = 1 + i * (4 * self.instance.neurons + 2) + 4 * j
        return range(first, first + 4)

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
            self.lemma(tuple(-used for used in literals), multipliers, whole)
        return contradictory

    def active(self, i: int, j: int) -> bool | None:
        """Whether the neuron is active on the sample, if that is known."""
        inactive = self.inactive(i, j)
        return False if inactive in self.place else True if -inactive in self.place else None

    def settle(self, i: int, j: int) -> None:
        """Derives whether the neuron is active on the sample, if what is known about its weights decides that."""
        if self.active(i, j) is None:
            equations = [*self.known[j], *([self.bounds[j]] if j in self.bounds else ())]
            inactive = self.inactive(i, j)
            self.exclude(equations, -inactive) or self.exclude(equations, inactive)

    def outputs(self, i: int) -> Iterator[tuple[int, Equation]]:
        """Neurons whose activation is known, and their outputs: 0 or the pre-activation."""
        for j in range(self.instance.neurons):
            active = self.active(i, j)
            if active is not None:
                yield j, Equation(self.output(i, j), self.at_most(i, j)[active], self.at_least(i, j)[active])

    def labels(self, i: int, own: Collection[int] = ()) -> tuple[int, int]:
        """What the label says, with all that is known except for the outputs of these neurons."""
        outputs = [equation for j, equation in self.outputs(i) if j not in own]
        equations = [*outputs, *chain.from_iterable(self.known.values()), *self.balance, *self.affine]
        return self.without(self.label(i, 1), equations), self.without(self.label(i, -1), equations)

    # ----------------------------------------------------------------------------------------------- 1. the centre line

    def centre(self) -> None:
        """The neurons of each sign in order switch in the bends of that sign, or there are too few of them."""
        half = 2 * len(self.gadgets)
        for sign, neurons in ((1, range(self.positive)), (-1, range(self.positive, self.instance.neurons))):
            bends = [self.bend(g, t, 0) for g, t in self.all_kinks(sign)[: len(neurons) + 1]]
            if len(neurons) > half:
                continue
            if len(neurons) == half:
                points = [point for g in range(len(self.gadgets)) for point in self.line_of(g, 0)]
            else:
                points = sorted({point for start, _, end in bends for point in (start, end)})
            for ((_, p), (_, q)), j in product(pairwise(points), neurons):
                self.monotone(1, p, q, j)
            for bend in bends:
                self.kink(*bend)
            ends = [(start, end, j) for ((_, start), _, (_, end)), j in zip(bends, neurons, strict=False)]
            for _, end, j in ends:
                self.follow(-self.inactive(end, j))
            for start, _, j in reversed(ends):
                self.follow(self.inactive(start, j))

    def exact(self) -> None:
        """The affine function is 0 on the centre line, and w₂ = 1 and b of every neuron are as its kink says."""
        for i, j in product(range(len(self.instance.samples)), range(self.instance.neurons)):
            for number in self.clauses_of(i, j):
                self.attach(number)
        upwards, constant = (affine_variable(self.instance, t) for t in (1, 2))
        low, high = (self.labels(i) for _, i in self.line_of(0, 0)[:2])
        self.affine.append(self.solved(upwards, high, [self.solved(constant, low)]))
        self.affine.append(self.solved(constant, low, self.affine))
        for g, t in self.all_kinks(*SIGNS):
            self.deadline.remaining()
            j, line = self.neuron(g, t), [i for _, i in self.line_of(g, 0)]
            if t == 1:
                here, slope = self.second_kink(j, self.neuron(g, 2), *line[5:8])
            else:
                low, high = (self.labels(i) for i in line[(3, 0, 8, 11)[t] :][:2])
                here = self.solved(self.weight(j, 2), low)
                slope = self.solved(self.weight(j, 1), high, [here])
            self.known[j] = [slope, self.solved(self.weight(j, 2), here[1:], [slope])]
            self.settle(line[(2, 5, 7, 10)[t]], j)

    def second_kink(self, j: int, after: int, below: int, centre: int, above: int) -> tuple[Equation, Equation]:
        """Where z = 1, and w₂. On the plateau there is no third sample before the next neuron may switch.

        The label at the centre says z = 1 there. Below, z ≤ r = 0; above, z ≤ z + r' = 2 with the output r' ≥ 0 of the
        next neuron.
        """
        here = self.solved(self.weight(j, 2), self.labels(centre))
        zero = self.solved(self.output(below, j), self.labels(below))
        lower = self.without(self.at_least(below, j)[1], [zero, here])
        next_output = Equation(self.output(above, after), 0, self.at_least(above, after)[0])
        both = self.solved(self.weight(j, 2), self.labels(above)).most
        upper = self.without(both, [next_output, here])
        return here, Equation(self.weight(j, 1), upper, lower)

    # ------------------------------------------------------------------------------------------------ 2. the side lines

    def sides(self) -> None:
        """On the side lines, every neuron switches in its own gadget."""
        switches = {x: self.switches(x) for x in (self.side, -self.side)}
        for x, (g, t) in product(switches, self.all_kinks(*SIGNS)):
            self.deadline.remaining()
            j = self.neuron(g, t)
            mirrored = [point for other in range(len(self.gadgets)) for point in self.line_of(other, -x)]
            for (other, u), straight in zip(self.all_kinks(SIGNS[t]), switches[x][j], strict=True):
                if (other, u) != (g, t):
                    self.reflect(j, self.gadgets[g][1] + KINKS[t], self.bend(other, u, x), mirrored)
                    with suppress(DoesNotFollow):  # it may switch in a neighbouring bend of its gadget
                        self.follow(straight)
        for x, (g, t) in product(switches, self.all_kinks(*SIGNS)):
            own = [self.bend(g, u, x) for u in range(4) if SIGNS[u] == SIGNS[t]]
            self.follow(self.inactive(own[0][0][1], self.neuron(g, t)))
            self.follow(-self.inactive(own[-1][2][1], self.neuron(g, t)))

    def switches(self, x: Rational) -> dict[int, list[int]]:
        """Of each neuron: the atoms that it is straight at the bends of its sign, of which one is false.

        A bend takes a neuron that switches, no neuron switches twice, and there are as many of the sign as bends.
        """
        found = {}
        points = [point for g in range(len(self.gadgets)) for point in self.line_of(g, x)]
        for ((_, p), (_, q)), j in product(pairwise(points), range(self.instance.neurons)):
            self.monotone(1, p, q, j)
        for sign in (1, -1):
            kinks = self.all_kinks(sign)
            neurons = [self.neuron(g, t) for g, t in kinks]
            bends = [self.bend(g, t, x) for g, t in kinks]
            straight = list(zip(*(self.kink(*bend) for bend in bends), strict=True))
            every_bend = self.count([self.numbers[frozenset(-row[b] for row in straight)] for b in range(len(bends))])
            once = [self.at_most_once(j, row, bends) for j, row in zip(neurons, straight, strict=True)]
            for n, j in enumerate(neurons):
                self.deadline.remaining()
                self.count([every_bend, *once[:n], *once[n + 1 :]])
                found[j] = list(straight[n])
        return found

    def at_most_once(self, j: int, straight: Sequence[int], bends: Sequence[Sequence[Point]]) -> int:
        """The constraint that all but one of these atoms are true: a neuron that is not straight gets activated."""
        premises = []
        for atom, ((_, p), _, (_, q)) in zip(straight, bends, strict=True):
            self.monotone(1, p, q, j)
            inactive, active = self.inactive(p, j), -self.inactive(q, j)
            self.follow(atom, active)
            self.follow(atom, inactive)
            pairs = ((atom, active), (atom, inactive), (inactive, active))
            premises.append(self.count([self.numbers[frozenset(pair)] for pair in pairs], divisor=2))
        for (_, _, (_, p)), ((_, q), _, _) in pairwise(bends):
            if p != q:
                self.monotone(1, p, q, j)
                premises.append(self.numbers[frozenset((self.inactive(p, j), -self.inactive(q, j)))])
        first, last = bends[0][0][1], bends[-1][2][1]
        return self.count(premises, [-self.inactive(first, j), self.inactive(last, j)])

    def reflect(self, j: int, centre: Rational, bend: Sequence[Point], mirrored: Sequence[Point]) -> None:
        """If the neuron switches in the bend, then on the other side line at the mirror image, twice its height on the
        centre line minus that here: it is inactive on the next sample below and active on the next above."""
        (low, p), _, (high, q) = bend
        heights = [height for height, _ in mirrored]
        below = bisect_right(heights, 2 * centre - high) - 1
        above = bisect_right(heights, 2 * centre - low)
        w1 = self.weight(j, 0)
        if below >= 0:
            self.exclude(self.known[j], -self.inactive(q, j), self.one_sided(w1, -self.inactive(mirrored[below][1], j)))
        if above < len(mirrored):
            self.exclude(self.known[j], self.inactive(p, j), self.one_sided(w1, self.inactive(mirrored[above][1], j)))

    def one_sided(self, variable: int, literal: int) -> Equation:
        positive = dict(fact(self.formula, literal).terms)[variable] > 0
        return Equation(variable, literal, 0) if positive else Equation(variable, 0, literal)

    # -------------------------------------------------------------------------------------------- 3. gadget by gadget

    def slopes(self) -> None:
        """The bounds of w₁, from the side lines."""
        (_, lowest), *_ = self.line_of(0, self.side)
        self.affine.append(self.solved(affine_variable(self.instance, 0), self.labels(lowest)))
        for g in range(len(self.gadgets)):
            *_, (_, above), _ = self.line_of(g, self.side)
            self.balance.append(self.solved(self.weight(self.neuron(g, 0), 0), self.labels(above)))
        for g, (slopes, _) in enumerate(self.gadgets):
            samples = [i for x in (self.side, -self.side) for _, i in self.line_of(g, x)]
            self.local.append(self.statements(samples, self.neurons(g)))
            for j in self.neurons(g):
                most, least = (
                    self.atom({self.weight(j, 0): 1}, -slopes[0]),
                    self.atom({self.weight(j, 0): -1}, slopes[-1]),
                )
                self.prove(self.local[g], -most)
                self.prove(self.local[g], -least)
                self.bounds[j] = Equation(self.weight(j, 0), most, least)

    def statements(self, samples: Iterable[int], own: Sequence[int]) -> list[int]:
        """Clauses that say all about some neurons on these samples, where the others do not matter."""
        true = [literal for j in own for _, *bounds in self.known[j] for literal in bounds]
        true += [literal for j in own if j in self.bounds for literal in self.bounds[j][1:]]
        clauses: list[int] = []
        for i in samples:
            for j in range(self.instance.neurons):
                self.settle(i, j)
            true += self.labels(i, own)
            for j in own:
                clauses += self.clauses_of(i, j)
                active = self.active(i, j)
                if active is not None:
                    true.append(-self.inactive(i, j) if active else self.inactive(i, j))
        return [*clauses, *map(self.unit, true)]

    def prove(self, clauses: Iterable[int], *assumptions: int) -> None:
        """Derives from these clauses that not all assumptions are true, by a refutation of both together."""
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
                self.lemma(tuple(literal for literal, _ in literals), [m for _, m in literals], units)
            else:
                self.follow(*clause, *(-literal for literal in assumptions))
        self.follow(*(-literal for literal in assumptions))

    def choices(self) -> None:
        """Every gadget has one of its slopes; each p_{j,r} excludes some choices of a clause and a variable."""
        start = 0
        meanings: list[list[int]] = []  # of the atoms for slopes: the clauses that define them
        for g, (slopes, _) in enumerate(self.gadgets):
            block = range(start, start + 31 + 2 * len(slopes))
            start = block.stop
            on_lines = {i for x in (0, self.side, -self.side) for _, i in self.line_of(g, x)}
            touching = self.statements([i for i in block if i not in on_lines], self.neurons(g))
            before = self.formula.last_id
            w1 = [self.weight(j, 0) for j in self.neurons(g)]
            self.slope.append(
                [self.define(*(self.atom({v: sign}, -sign * s) for v in w1 for sign in (1, -1))) for s in slopes]
            )
            meanings.append([*range(before + 1, self.formula.last_id + 1)])
            self.prove([*self.local[g], *touching, *meanings[g]], *(-atom for atom in self.slope[g]))
            self.result.append(self.formula.last_id)
        for i, (j, r) in enumerate(product(range(len(self.source.clauses)), range(3)), start):
            clause, variable = self.source.variables + j, self.source.clauses[j][r]
            here = self.statements([i], [*self.neurons(clause), *self.neurons(variable)])
            for (a, slope), (value, choice) in product(enumerate(self.slope[clause]), enumerate(self.slope[variable])):
                if (a == r) != value:  # the levees of both cover the point, or of neither
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
