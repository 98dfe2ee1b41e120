"""No ReLUs fit the planar target of an unsatisfiable formula: what the proof of Theorem 1 says about levees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

from relucert.certificates.encodings.training import affine_variable
from relucert.reductions.exact import Rational
from relucert.reductions.fixed_dimension.selection_gadget import side_line
from relucert.verify.provers.equations import Equation
from relucert.verify.provers.lines import Point
from relucert.verify.provers.planar import Planar

KINKS = (-2, -1, 1, 2)  # where the neurons of a levee switch, on the centre line


class Levees(Planar):
    """On the centre line the labels say what w₂ and b of every neuron are, so that w₁ is left.

    The side lines bound w₁ by the slopes of the gadget, and the touching points leave nothing between these.
    """

    signs = (1, -1, -1, 1)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.side = side_line(self.gadgets[0][0])
        self.affine: list[Equation] = []  # the coefficients of the affine function
        self.known: dict[int, list[Equation]] = {}  # of a neuron: w₂ and b
        self.balance: list[Equation] = []  # of a gadget: the w₁ of its neurons, times their signs, add up to 0
        self.bounds: dict[int, Equation] = {}  # of a neuron: w₁

    def block(self, g: int) -> int:
        return 31 + 2 * len(self.gadgets[g][0])

    def neuron(self, g: int, t: int) -> int:
        """Neurons of a sign are in the order of their kinks."""
        return 2 * g + t // 2 + (0 if self.signs[t] > 0 else self.positive)

    def heights(self, g: int, x: Rational) -> Sequence[Rational]:
        if x == 0:
            third = Fraction(1, 3)
            return (-4, -3, -2, -5 * third, -4 * third, -1, 0, 1, 4 * third, 5 * third, 2, 3, 4)
        slopes = self.gadgets[g][0]
        low, high = sorted((slopes[0] * x, slopes[-1] * x))
        return (-4, -3, -2 + low, -1 + high, 0, 1 + low, 2 + high, 3, 4)

    def bend(self, g: int, t: int, x: Rational) -> list[Point]:
        first = ((1, 2, 4, 5) if x else (1, 4, 6, 9))[t]
        return self.line_of(g, x)[first : first + 3]

    def at_centre(self, g: int, t: int) -> tuple[Rational, Rational]:
        return (self.gadgets[g][1] + KINKS[t],) * 2

    def classes(self) -> Iterator[tuple[range, list[tuple[int, int]]]]:
        yield range(self.positive), self.kinks(1)
        yield range(self.positive, self.instance.neurons), self.kinks(-1)

    def upright(self, g: int, t: int) -> list[Equation]:
        return self.known[self.neuron(g, t)]

    def weights(self, j: int, x: Rational) -> list[Equation]:
        return [*self.known[j], *([self.bounds[j]] if j in self.bounds else ())]

    def constants(self) -> list[Equation]:
        return [*chain.from_iterable(self.known.values()), *self.balance, *self.affine]

    def facts(self, j: int) -> list[int]:
        return [literal for equation in self.weights(j, 0) for literal in equation[1:]]

    def meaning(self, g: int, slope: Rational) -> list[int]:
        w1 = [self.weight(j, self.across) for j in self.neurons(g)]
        return [self.atom({v: sign}, -sign * slope) for v in w1 for sign in (1, -1)]

    def read_centre(self) -> None:
        """The affine function is 0 on the centre line, and w₂ = 1 and b of every neuron are as its kink says."""
        self.attach_samples()
        upwards, constant = (affine_variable(self.instance, t) for t in (self.up, 2))
        low, high = (self.labels(i) for _, i in self.line_of(0, 0)[:2])
        self.affine.append(self.solved(upwards, high, [self.solved(constant, low)]))
        self.affine.append(self.solved(constant, low, self.affine))
        for g, t in self.kinks(1, -1):
            self.deadline.remaining()
            j, line = self.neuron(g, t), [i for _, i in self.line_of(g, 0)]
            if t == 1:
                here, slope = self.second_kink(j, self.neuron(g, 2), *line[5:8])
            else:
                low, high = (self.labels(i) for i in line[(3, 0, 8, 11)[t] :][:2])
                here = self.solved(self.weight(j, 2), low)
                slope = self.solved(self.weight(j, self.up), high, [here])
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
        return here, Equation(self.weight(j, self.up), upper, lower)

    def slopes(self) -> None:
        """The bounds of w₁, from the side lines."""
        (_, lowest), *_ = self.line_of(0, self.side)
        self.affine.append(self.solved(affine_variable(self.instance, self.across), self.labels(lowest)))
        for g in range(len(self.gadgets)):
            *_, (_, above), _ = self.line_of(g, self.side)
            self.balance.append(self.solved(self.weight(self.neuron(g, 0), self.across), self.labels(above)))
        for g, (slopes, _) in enumerate(self.gadgets):
            samples = [i for x in (self.side, -self.side) for _, i in self.line_of(g, x)]
            said = self.statements(samples, self.neurons(g))
            for j in self.neurons(g):
                most, least = (
                    self.atom({self.weight(j, self.across): 1}, -slopes[0]),
                    self.atom({self.weight(j, self.across): -1}, slopes[-1]),
                )
                self.prove(said, -most)
                self.prove(said, -least)
                self.bounds[j] = Equation(self.weight(j, self.across), most, least)
