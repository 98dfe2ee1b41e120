"""No thresholds fit the planar target of an unsatisfiable formula: what the proof of Corollary 7 says about stripes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from relucert.certificates.encodings.training import affine_variable, output_weight_variable
from relucert.reductions.exact import Rational
from relucert.reductions.fixed_dimension.one_in_three_to_plane import Layout
from relucert.verify.provers.equations import Equation
from relucert.verify.provers.lines import Point
from relucert.verify.provers.planar import Planar


class Stripes(Planar):
    """The lines only say between which samples a neuron switches. Its output weight is 1 or −1, as the labels say.

    On the far lines both edges are in the slot of the same slope, and that says enough about them at all p_{j,r}.
    """

    signs = (1, -1)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        theta = Layout(self.source).theta
        self.side, self.end_of_slot, self.far = 1 / (2 * theta), 1 + theta, 4 / theta
        self.attach_samples()
        self.outputs: list[Equation] = []  # the output weights, and the constant

    def block(self, g: int) -> int:
        return 12 + 4 * len(self.gadgets[g][0])

    def neuron(self, g: int, t: int) -> int:
        return 2 * g + t

    def heights(self, g: int, x: Rational) -> Sequence[Rational]:
        slopes = self.gadgets[g][0]
        low, high = sorted((slopes[0] * x, slopes[-1] * x))
        return (low - self.end_of_slot, high - 1, low + 1, high + self.end_of_slot)

    def bend(self, g: int, t: int, x: Rational) -> list[Point]:
        return self.line_of(g, x)[2 * t : 2 * t + 2]

    def at_centre(self, g: int, t: int) -> tuple[Rational, Rational]:
        (low, _), (high, _) = self.bend(g, t, 0)
        return low, high

    def classes(self) -> Iterator[tuple[range, list[tuple[int, int]]]]:
        yield range(self.instance.neurons), self.kinks(1, -1)

    # ----------------------------------------------------------------------------------------- SPEC.md, section 4.2

    def at_most(self, i: int, j: int) -> tuple[int, int]:
        """r ≤ 0, which an inactive neuron satisfies, and r ≤ a, which an active one does."""
        return self.first_atom(i, j) + 1, self.first_atom(i, j) + 2

    def at_least(self, i: int, j: int) -> tuple[int, int]:
        """r ≥ 0 and r ≥ a."""
        return self.first_atom(i, j) + 3, self.first_atom(i, j) + 4

    def switching(self, bend: Sequence[Point]) -> list[int]:
        """A step of the label takes a neuron whose output steps the same way, so one of this sign if they are known."""
        (_, p), (_, q) = bend
        up = self.instance.samples[q].y > self.instance.samples[p].y
        high, low = (q, p) if up else (p, q)
        level = {j: self.level(p, q, high, low, j) for j in range(self.instance.neurons)}
        other = [j for j in level if self.outputs and (self.signs[j % 2] > 0) != up]
        for j in other:
            sign = self.outputs[j].most if up else self.outputs[j].least
            self.farkas((level[j], -self.at_most(high, j)[up], -self.at_least(low, j)[not up]), sign)
            self.follow(level[j], self.inactive(p, j))
            self.follow(level[j])
        own = [atom for j, atom in level.items() if j not in other]
        self.farkas(tuple(-a for a in own), *(level[j] for j in other), self.label(high, -1), self.label(low, 1))
        return own

    def level(self, p: int, q: int, high: int, low: int, j: int) -> int:
        """The atom: the output is no larger at `high` than at `low`. Unless the neuron switches, it is equal."""
        atom = self.atom({self.output(high, j): 1, self.output(low, j): -1})
        for active, sign in ((False, -1), (True, 1)):
            self.farkas((atom, -self.at_most(high, j)[active], -self.at_least(low, j)[active]))
            self.follow(atom, sign * self.inactive(p, j), sign * self.inactive(q, j))
        return atom

    # ---------------------------------------------------------------------------------------------------- what is known

    def upright(self, g: int, t: int) -> list[Equation]:
        (_, p), (_, q) = self.bend(g, t, 0)
        j = self.neuron(g, t)
        rising = self.atom({self.weight(j, self.up): -1})
        return [
            Equation(self.weight(j, 2), self.inactive(p, j), -self.inactive(q, j)),
            Equation(self.weight(j, self.up), 0, rising),
        ]

    def weights(self, j: int, x: Rational) -> list[Equation]:
        g, t = divmod(j, 2)
        if x == 0:
            return self.upright(g, t)
        (_, p), (_, q) = self.bend(g, t, self.side if x > 0 else -self.side)
        below, above = self.inactive(p, j), -self.inactive(q, j)
        beside = Equation(self.weight(j, self.across), *((below, above) if x > 0 else (above, below)))
        return [beside, *self.upright(g, t)]

    def constants(self) -> list[Equation]:
        return self.outputs

    def facts(self, j: int) -> list[int]:
        found = [literal for x in (0, 1, -1) for _, *bounds in self.weights(j, x) for literal in bounds if literal]
        return [*found, *self.outputs[j][1:]]

    def meaning(self, g: int, slope: Rational) -> list[int]:
        """On both far lines, both edges are in the slot of the slope."""
        height = self.gadgets[g][1]
        found = []
        for x in (self.far, -self.far):
            start, end = (self.at[x, height + slope * x + side * self.end_of_slot] for side in (-1, 1))
            found += [sign * self.inactive(i, j) for j in self.neurons(g) for sign, i in ((1, start), (-1, end))]
        return found

    # ------------------------------------------------------------------------------------------------------ the stages

    def read_centre(self) -> None:
        """The output weights are 1 and −1 in turn, and the constant is 0."""
        constant = affine_variable(self.instance, self.instance.dimension)
        ((_, lowest), *_) = self.line_of(0, 0)
        zero = self.solved(constant, self.labels(lowest))
        self.outputs = [zero]
        for g, t in self.kinks(1, -1):
            _, (_, above) = self.bend(g, t, 0)
            a = output_weight_variable(self.instance, self.neuron(g, t))
            self.outputs.insert(-1, self.solved(a, self.labels(above)))

    def slopes(self) -> None:
        """The side lines have said between which samples the edges are."""
