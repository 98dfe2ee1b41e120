"""One threshold neuron and the largest error: a linear program decides, in polynomial time.

The neuron is a·[w·x + b > 0] with any a; every |f(x) − y| is to be at most θ. If no |y| exceeds θ, f = 0 will do. Let
y⁺ > θ be the largest label; if there is none, let all signs be reversed. Then the samples with |y| > θ have to be
active. At the one of y⁺ that says a ≥ y⁺ − θ, so a sample that is active has y ≥ a − θ ≥ y⁺ − 2θ, and those of smaller
labels have to be inactive. Conversely, let w and b be such that the former are active and the latter are not. Then
a = y⁺ − θ is within θ of all labels from y⁺ − 2θ to y⁺, hence at all active samples, and 0 is at the inactive ones, as
they have |y| ≤ θ. So this is all, and whether there are such w and b is a linear program: homogeneous, and what its
Farkas vector sums up are d + 2 samples at most.

That contradicts Corollary 8 of Froese, Hertrich, NeurIPS 2023, for p = ∞ and one neuron unless P = NP. It says nothing
of more neurons.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, NamedTuple

from relucert.certificates.encodings.training import output_weight_variable
from relucert.certificates.kernel import Formula, Linear, Step
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, TrainingInstance, stated
from relucert.verify.problems.training import TrainingSearch
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Derivation, Refuted
from relucert.verify.provers.linear_facts import holds

if TYPE_CHECKING:
    from relucert.verify.provers.linear_facts import Contradiction
    from relucert.verify.provers.linear_program import LinearProgram

FEW = 500  # terms of a linear program

LABELS = 7  # atoms of a sample: five of the neuron, and two of its label


class Sides(NamedTuple):
    """What a network with a small error has to be: sign·a ≥ bound, active and inactive on these samples.

    top: the sample that gives the bound.
    """

    sign: int
    top: int
    bound: Rational
    active: list[int]
    inactive: list[int]


def sides_of(instance: TrainingInstance) -> Sides | None:
    """None if no label exceeds the threshold."""
    labels, theta = [s.y for s in instance.samples], instance.threshold
    active = [i for i, y in enumerate(labels) if abs(y) > theta]
    if not active:
        return None
    sign = 1 if max(labels) > theta else -1
    top = max(active, key=lambda i: sign * labels[i])
    bound = sign * labels[top] - theta
    return Sides(sign, top, bound, active, [i for i, y in enumerate(labels) if sign * y < bound - theta])


def separate(instance: TrainingInstance, sides: Sides, deadline: Deadline) -> tuple[Rational, ...] | Contradiction:
    """The weights, with the bias if there is one; or multipliers of samples under which there are none.

    HiGHS is for more than FEW terms: it takes as long to load as fewer take, and greets on standard output.
    """
    import numpy as np

    from relucert.verify.provers.linear_facts import Inexact
    from relucert.verify.provers.simplex import Simplex

    samples = [*sides.active, *sides.inactive]
    facts = []
    for i, sign in zip(samples, [-1] * len(sides.active) + [1] * len(sides.inactive), strict=True):
        x: list[tuple[int, Rational]] = [*instance.samples[i].x, *([(instance.dimension, 1)] * instance.bias)]
        scale = lcm(*(v.denominator for _, v in x))  # as in the encoding
        facts.append(Linear(tuple((t, int(sign * v * scale)) for t, v in x), 0, sign < 0))
    everything = np.ones(len(facts), dtype=bool)
    program: LinearProgram | Simplex
    exact = False
    if sum(len(fact.terms) for fact in facts) > FEW:
        from relucert.verify.provers.linear_program import LinearProgram

        program = LinearProgram(facts, deadline)
        with suppress(Inexact):
            contradiction = program.contradiction(everything)
            exact = contradiction is not None or all(holds(fact, program.vertex()) for fact in facts)
    if not exact:
        program = Simplex(facts, deadline)
        contradiction = program.contradiction(everything)
    if contradiction is not None:
        return {samples[row]: m for row, m in contradiction.items()}
    point = program.vertex()
    return tuple(simplified(point.get(t, Fraction(0))) for t in range(instance.dimension + instance.bias))


class MaxLossSearch(TrainingSearch):
    def recognises(self, instance: TrainingInstance) -> bool:
        return (
            (instance.activation, instance.output, instance.neurons) == ("threshold", "real", 1)
            and instance.loss in ("linf", "exact")
            and instance.norm_bound is None
            and instance.clip is None
            and instance.dimension == stated(instance)
        )

    def guess(self, instance: TrainingInstance) -> Network | None:
        sides = sides_of(instance)
        if sides is None:
            return Network(((0,) * instance.dimension,), (0,), (0,))
        if set(sides.active) & set(sides.inactive):
            return None
        found = separate(instance, sides, Deadline())
        if isinstance(found, dict):
            return None
        *weights, bias = found if instance.bias else (*found, 0)
        return Network((tuple(weights),), (bias,), (simplified(sides.sign * sides.bound),))

    def derive(
        self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline
    ) -> tuple[Formula, list[Step]]:
        sides, proof = sides_of(instance), Proof(instance, formula)
        if sides is not None:
            with suppress(Refuted):
                proof.end(sides, deadline)
        return proof.formula, proof.steps


class Proof(Derivation):
    """The argument above, for the samples that the Farkas vector names."""

    def __init__(self, instance: TrainingInstance, formula: Formula) -> None:
        super().__init__(formula)
        self.instance = instance

    def end(self, sides: Sides, deadline: Deadline) -> None:
        """Raises Refuted if nothing is within the threshold."""
        output_weight, active = self.output_weight(sides), {*sides.active}
        for i in active.intersection(sides.inactive):
            self.activate(i)
            self.inactivate(i, sides, output_weight)  # refuted
        found = separate(self.instance, sides, deadline)
        if isinstance(found, dict):
            for i in found:
                if i in active:
                    self.activate(i)
                else:
                    self.inactivate(i, sides, output_weight)
            scale = lcm(*(m.denominator for m in found.values()))
            self.combined(
                (), (), {self.first_atom(i) * (-1 if i in active else 1): int(m * scale) for i, m in found.items()}
            )

    def first_atom(self, i: int) -> int:
        """SPEC.md, section 4.2: z ≤ 0, then r ≤ 0, r ≤ a, −r ≤ 0, −r ≤ −a, then f ≤ y + θ and −f ≤ θ − y."""
        return 1 + LABELS * i

    def activate(self, i: int) -> None:
        """A label beyond the threshold is not within it of 0."""
        z = self.first_atom(i)
        if -z in self.place:
            return
        zero, label = (z + 1, z + 6) if self.instance.samples[i].y > 0 else (z + 3, z + 5)
        self.farkas((-zero,), label)
        self.rup((-z,), (-zero,), (-z, zero))

    def output_weight(self, sides: Sides) -> int:
        """The unit clause sign·a ≥ bound, from the sample that is to be active."""
        self.activate(sides.top)
        z = self.first_atom(sides.top)
        same, label = (z + 2, z + 6) if sides.sign > 0 else (z + 4, z + 5)
        self.rup((same,), (-z,), (z, same))
        at_least = self.atom({output_weight_variable(self.instance, 0): -sides.sign}, -sides.bound)
        self.farkas((at_least,), same, label)
        return at_least

    def inactivate(self, i: int, sides: Sides, output_weight: int) -> None:
        """Where the label is too small for the output weight."""
        z = self.first_atom(i)
        same, label = (z + 4, z + 5) if sides.sign > 0 else (z + 2, z + 6)
        self.farkas((-same,), output_weight, label)
        self.rup((z,), (-same,), (z, same))


SEARCH = MaxLossSearch()
