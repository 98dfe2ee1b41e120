"""Targets of Theorem 6: the proof that every fit is the difference of two ramps, so that two hyperplanes are left.

Source: Froese, Hertrich, NeurIPS 2023, Theorem 6; the steps are those of `SeparabilityToRelu`, with M = 10. Neurons are
turned over so that they rise along one axis. The four neurons are called a and d, of output weight +1, and b and
c, of −1: on every line a and b are to switch around −M, c and d around M.

1. On the line with the foot 0 the labels bend once for every neuron. Neurons are sorted along this line, so each
   switches in its place. The labels at −(M+3) and −(M+2), where all are inactive, say that the affine function is 0.
2. The labels at −(M−1) and 0 say that a − b is at least 1 and 1, so it is at most 1 at M − 1, where c is inactive then.
3. On the lines beside that one each neuron switches in one bend of its sign, and its three places are an arithmetic
   progression, so it is the same bend on all of them. Then 1 and 2 hold there as well.
4. So a − b = 1 at 0 and M − 1, and c − d = 1 at M + 2 and M + 3, on all lines. These span the space.
5. What is left is that a and c, clipped to [0, 1], differ at the height 0 by the labels of P and Q: by 1 on P, so that
   a ≥ 1 and c ≤ 0 there, and by 0 on Q. A prover decides that. It is hardly more than a search for two hyperplanes.

Leaky ReLUs are 1 − α times ReLUs and an affine function, and so are the labels, so the formula is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import chain, pairwise, product
from typing import NamedTuple

from relucert.certificates.encodings.training import affine_variable, weight_variable
from relucert.certificates.kernel import Formula, Step
from relucert.certificates.writer import Yes
from relucert.reductions.exact import InvalidInstance, Rational, TooLarge
from relucert.reductions.fixed_dimension.separability_to_relu import HEIGHT, SeparabilityToRelu, at_a_level
from relucert.reductions.problems import strip
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Deadline, Model
from relucert.verify.provers.derivation import Refuted
from relucert.verify.provers.equations import Equation, Equations
from relucert.verify.provers.linear_facts import fact
from relucert.verify.provers.lines import Point

A, D, B, C = range(4)  # the neurons
BENDS = {A: 1, B: 2, C: 4, D: 5}  # the first of the three samples on a line around which they switch, from below
GUESS = 10_000_000  # the work for two hyperplanes before four neurons are looked for
REDUCTION = SeparabilityToRelu()

Foot = tuple[tuple[int, Rational], ...]


class Source(NamedTuple):
    """Points P and Q; axes: those of the target that are theirs, and the last one, along which its lines are."""

    points: strip.StripInstance
    axes: tuple[int, ...]

    @property
    def up(self) -> int:
        return self.axes[-1]

    def foot(self, x: Sequence[Rational]) -> Foot:
        """A point as it is in the target, but for what is 0."""
        return tuple(sorted((t, v) for t, v in zip(self.axes, x, strict=False) if v))

    def placed(self, net: Network) -> Network:
        """A network of the target whose axes are in order."""
        place = sorted(range(len(self.axes)), key=self.axes.__getitem__)
        return replace(net, weights=tuple(tuple(row[t] for t in place) for row in net.weights))


def feet(instance: TrainingInstance, up: int) -> dict[Foot, list[Point]]:
    """The lines in the direction of this axis, by their other coordinates: heights and samples, from below."""
    found: dict[Foot, list[Point]] = defaultdict(list)
    for i, (x, _, _) in enumerate(instance.samples):
        found[tuple(entry for entry in x if entry[0] != up)].append((dict(x).get(up, 0), i))
    return {foot: sorted(points) for foot, points in found.items() if len(points) > 1}


def source(instance: TrainingInstance) -> Source | None:
    """The points that this is a target of, with samples and axes in any order, if it is one."""
    d, high = instance.dimension, 1 - (instance.alpha or 0)  # the label of P
    if instance.neurons != 4 or instance.activation == "threshold" or instance.loss != "exact" or d < 2:
        return None
    if len(instance.samples) < 9 * (2 * d - 1) or any(y not in (0, high) for _, y, _ in instance.samples):
        return None  # most others, at once
    return next(filter(None, (source_along(instance, up) for up in reversed(range(d)))), None)


def source_along(instance: TrainingInstance, up: int) -> Source | None:
    """The same, if its lines are along this axis."""
    lines, others = feet(instance, up), [t for t in range(instance.dimension) if t != up]
    high = 1 - (instance.alpha or 0)  # the label of P
    points: dict[Rational, list[strip.Point]] = {high: [], 0: []}
    for x, y, _ in instance.samples:
        if up not in dict(x) and (not x or x not in lines):
            points.setdefault(y, []).append(tuple(dict(x).get(t, 0) for t in others))
    with suppress(InvalidInstance, TooLarge):
        found = Source(strip.strip(points[high], points[0]), (*others, up))
        made = SeparabilityToRelu(alpha=instance.alpha).reduce(found.points)
        placed = [s._replace(x=tuple(sorted((found.axes[t], v) for t, v in s.x))) for s in made.samples]
        if replace(made, samples=tuple(sorted(placed))) == replace(instance, samples=tuple(sorted(instance.samples))):
            return found
    return None


class Ramps(Equations):
    """The steps; each relies on what those before it have derived."""

    def __init__(
        self, instance: TrainingInstance, found: Source, positive: int, encoded: Formula, deadline: Deadline
    ) -> None:
        super().__init__(instance, positive, encoded, deadline)
        self.source, self.up, self.constant = found, found.up, instance.dimension
        self.lines = feet(instance, found.up)
        self.at = {x: i for i, (x, _, _) in enumerate(instance.samples)}
        self.known: list[Equation] = []  # the affine function, and the weights of b and d, in terms of those of a and c
        self.result: list[int] = []  # clauses about a and c
        self.attach_samples()

    def prove_all(self) -> None:
        """Raises Refuted if not two neurons have the output weight 1, DoesNotFollow, OutOfTime."""
        centre = self.lines[()]
        for neurons, pair in ((range(self.positive), (A, D)), (range(self.positive, 4), (B, C))):
            self.in_order(neurons, [self.bend(centre, j) for j in pair], centre)
        self.affine_function(centre)
        self.inactive_above(centre)
        for t in self.source.axes[:-1]:
            self.deadline.remaining()
            self.beside(t, *self.beside_centre(t))
        self.ramps()
        self.data()

    def constants(self) -> list[Equation]:
        return self.known

    # -------------------------------------------------------------------------------------------- the lines of samples

    def bend(self, line: Sequence[Point], j: int) -> list[Point]:
        return [*line[BENDS[j] : BENDS[j] + 3]]

    def beside_centre(self, t: int) -> list[list[Point]]:
        """The two lines whose feet are in the direction of this coordinate."""
        return [line for foot, line in self.lines.items() if foot and foot[0][0] == t]

    def on(self, line: Sequence[Point], height: Rational) -> int:
        """The sample."""
        return next(i for h, i in line if h == height)

    def affine_function(self, line: Sequence[Point]) -> None:
        """It is 0 on the centre line."""
        constant, upwards = (affine_variable(self.instance, t) for t in (self.constant, self.up))
        low, high = (self.labels(i) for _, i in line[:2])
        self.known.append(self.solved(upwards, high, [self.solved(constant, low)]))
        self.known.append(self.solved(constant, low, self.known))

    def inactive_above(self, line: Sequence[Point]) -> None:
        """c at M − 1: the labels say a − r ≥ 1, a − b ≤ 1 and a − b − r' ≥ 1 with the outputs r ≥ b and r' ≥ c."""
        below, middle, above = (self.on(line, height) for height in (1 - HEIGHT, 0, HEIGHT - 1))
        start, level, end = self.labels(below, [B])[1], self.labels(middle)[0], self.labels(above, [C])[1]
        outputs = self.at_least(below, B)[1], self.at_least(above, C)[1]
        self.farkas((self.inactive(above, C),), start, level, end, *outputs)

    def upright(self, j: int) -> tuple[list[Equation], tuple[Rational, Rational]]:
        """What the centre line says about the slope of the neuron along it and about its bias; where it switches."""
        (low, p), _, (high, q) = self.bend(self.lines[()], j)
        if j == C:
            low, p = HEIGHT - 1, self.on(self.lines[()], HEIGHT - 1)
        rising = -self.atom({self.weight(j, self.up): 1})
        if rising not in self.place:
            self.farkas((rising,), self.inactive(p, j), -self.inactive(q, j))
        bias = Equation(self.weight(j, self.constant), self.inactive(p, j), -self.inactive(q, j))
        return [bias, Equation(self.weight(j, self.up), 0, rising)], (low, high)

    def beside(self, t: int, one: Sequence[Point], other: Sequence[Point]) -> None:
        """The lines with the feet ±η·e_t: a neuron that switched in the other bend of its sign on one of them would not
        switch in a bend on the other one."""
        straight: list[dict[int, list[int]]] = []  # on a line, of a neuron: the atoms of the bends of its sign
        for line in (one, other):
            for ((_, p), (_, q)), j in product(pairwise(line), range(4)):
                self.monotone(self.up, p, q, j)
            convex, concave = (self.one_each(pair, [self.bend(line, j) for j in pair]) for pair in ((A, D), (B, C)))
            straight.append(convex | concave)
        for side, (line, mirrored) in enumerate(((one, other), (other, one))):
            for j, wrong, place in ((A, D, 1), (D, A, 0), (C, B, 0)):
                self.mirror(j, t, *self.upright(j), self.bend(line, wrong), mirrored)
                self.follow(straight[side][j][place])
            for j in range(4):
                (_, p), _, (_, q) = self.bend(line, j)
                self.follow(self.inactive(p, j))
                self.follow(-self.inactive(q, j))
            if side == 0:
                self.known.append(self.solved(affine_variable(self.instance, t), self.labels(line[0][1])))
            self.inactive_above(line)

    def ramps(self) -> None:
        """b = a − 1 and d = c − 1."""
        centre = self.lines[()]
        for j, heights in ((B, (0, HEIGHT - 1)), (D, (HEIGHT + 2, HEIGHT + 3))):
            low, high = (self.labels(self.on(centre, height)) for height in heights)
            self.known.append(
                self.solved(self.weight(j, self.up), high, [self.solved(self.weight(j, self.constant), low)])
            )
            self.known.append(self.solved(self.weight(j, self.constant), low, self.known))
            for t in self.source.axes[:-1]:
                line, _ = self.beside_centre(t)
                self.known.append(self.solved(self.weight(j, t), self.labels(self.on(line, heights[0]))))

    # ------------------------------------------------------------------------------------------------------- the data

    def data(self) -> None:
        """All that the encoding says of P and Q, and how b and d depend on a and c there."""
        for x in (*self.source.points.p, *self.source.points.q):
            self.deadline.remaining()
            i = self.at[self.source.foot(x)]
            self.result += chain.from_iterable(self.clauses_of(i, j) for j in range(4))
            self.result += map(self.unit, dict.fromkeys((*self.labels(i, range(4)), *self.differences(i))))

    def differences(self, i: int) -> list[int]:
        """b = a − 1 and d = c − 1 there, as inequalities."""
        found = []
        known = {equation.variable: equation for equation in self.known}
        for j, sign in product((B, D), (1, -1)):
            parts: dict[int, Rational] = {}
            for v, coefficient in fact(self.formula, self.inactive(i, j)).terms:
                used = known[v].most if sign * coefficient > 0 else known[v].least
                parts[used] = Fraction(abs(coefficient), abs(dict(fact(self.formula, used).terms)[v]))
            found.append(self.combine(parts))
        return found


# ---------------------------------------------------------------------------------------------------------- the search


def network(instance: TrainingInstance) -> Network | None:
    """The forward image of two hyperplanes, if they are found soon."""
    from relucert.verify.decide import decide
    from relucert.verify.provers.lp_prover import LpProver

    found = source(instance)
    assert found is not None
    answer = decide(strip.STRIP, found.points, LpProver(), Deadline(work=GUESS))
    return found.placed(REDUCTION.forward(found.points, answer.witness)) if isinstance(answer, Yes) else None


def symmetries(instance: TrainingInstance) -> list[dict[str, int | list[int]]]:
    """Neurons that are turned over upwards and sorted along the line with the foot 0."""
    found = source(instance)
    assert found is not None
    return [{"along": found.up, "line": [i for _, i in feet(instance, found.up)[()]]}]


def derive(
    instance: TrainingInstance, positive: int, encoded: Formula, deadline: Deadline
) -> tuple[Formula, Sequence[Step]]:
    """What is left for a prover: the formula refuted, or that of two hyperplanes; and the steps."""
    found = source(instance)
    assert found is not None
    ramps = Ramps(instance, found, positive, encoded, deadline)
    try:
        ramps.prove_all()
    except Refuted:
        return ramps.formula, ramps.steps
    numbers = sorted({*ramps.result, ramps.formula.last_id})
    clauses = {n: ramps.formula.clauses[n] for n in numbers}
    return replace(ramps.formula, clauses=clauses, pseudo_booleans={}), ramps.steps


def witness(instance: TrainingInstance, model: Model) -> Network:
    """The forward image of the hyperplanes of a model."""
    found = source(instance)
    assert found is not None
    coordinates = [*found.axes[:-1], instance.dimension]
    ramps = ([model.reals.get(weight_variable(instance, j, t), Fraction(0)) for t in coordinates] for j in (A, C))
    return found.placed(REDUCTION.forward(found.points, at_a_level(found.points, *ramps)))
