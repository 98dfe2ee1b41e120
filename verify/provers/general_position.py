"""Exact fits of samples in general position: samples to order neurons by, and what the bends of labels say.

Let Σ λ_i·x_i = 0 and Σ λ_i = 0 (without biases the first only), where λ is not 0 on the samples of a *circuit*. Then
Σ λ_i·z(x_i) = 0 for every affine z. So S = Σ λ_i·max(0, z(x_i)) is at most 0 if z is inactive on all samples with
λ_i > 0, as no other term is positive, and also if z is active on all of these, as S ≤ Σ λ_i·z(x_i) then. If
Σ λ_i·y_i > 0 for the labels of an exact fit, then S > 0 for a neuron of output weight +1, or S < 0 for one of −1: the
first one is active on some samples with λ_i > 0 and inactive on others, the second one is so on those with λ_i < 0.
That is a *kink*. On three samples of a line it is that of `lines`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import lcm

from relucert.certificates.kernel import Formula, Step
from relucert.reductions.exact import Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.derivation import Refuted
from relucert.verify.provers.linear_facts import kernel_of_few
from relucert.verify.provers.lines import AlongLines

MOST_SAMPLES = 300  # of which the neighbours are looked for, in time that is quadratic

Point = tuple[Rational, ...]


def points_of(instance: TrainingInstance) -> list[Point]:
    """The samples with all coordinates, and a 1 for the bias."""
    rows = ([dict(x).get(t, 0) for t in range(instance.dimension)] for x, _, _ in instance.samples)
    return [(*row, 1) if instance.bias else tuple(row) for row in rows]


def distance(p: Point, q: Point) -> Rational:
    """Its square."""
    return sum(((a - b) ** 2 for a, b in zip(p, q, strict=True)), 0)


def spread(instance: TrainingInstance, most: int) -> list[int]:
    """At most so many samples, each as far from those before it as can be, from sample 0 on."""
    points = points_of(instance)
    chosen = list(range(min(1, most, len(points))))
    far = {i: distance(p, points[0]) for i, p in enumerate(points) if i}
    while len(chosen) < min(most, len(points)):
        farthest = max(far, key=far.__getitem__)
        del far[farthest]
        chosen.append(farthest)
        far = {i: min(before, distance(points[i], points[farthest])) for i, before in far.items()}
    return chosen


def circuits(instance: TrainingInstance) -> Iterator[dict[int, int]]:
    """λ, in coprime integers, of each sample with as many of its next neighbours as make it dependent."""
    points, seen = points_of(instance), set()
    for i, p in enumerate(points):
        near = sorted((j for j in range(len(points)) if j != i), key=lambda j: (distance(p, points[j]), j))
        chosen = (i, *near[: len(p)])
        scale = lcm(*(v.denominator for j in chosen for v in points[j]))
        columns = zip(*([int(v * scale) for v in points[j]] for j in chosen), strict=True)
        kernel = kernel_of_few(list(columns), len(chosen))
        if kernel is not None:  # there is one dependency
            circuit = {j: a for j, a in zip(chosen, kernel, strict=True) if a}
            if len(circuit) > 1 and frozenset(circuit) not in seen:  # the point 0 is one without biases
                seen.add(frozenset(circuit))
                yield circuit


class Kinks(AlongLines):
    """Derives that some neuron has a kink where the labels have one."""

    def circuit(self, circuit: Mapping[int, int]) -> None:
        gap = sum(a * self.instance.samples[i].y for i, a in circuit.items())
        if gap == 0:
            return
        weights = {i: a if gap > 0 else -a for i, a in circuit.items()}
        straight = [self.unsplit(j, weights) for j in self.bending]
        labels = [self.label(i, -1 if a > 0 else 1) for i, a in weights.items()]
        self.farkas(tuple(-atom for atom in straight), *labels)

    def unsplit(self, j: int, weights: Mapping[int, int]) -> int:
        """The atom: neuron j adds nothing positive to the sum of the labels. It is true unless there is a kink."""
        sign = 1 if j < self.positive else -1
        atom = self.atom({self.output(i, j): sign * a for i, a in weights.items()})
        ends = [i for i, a in weights.items() if sign * a > 0]
        rest = [i for i, a in weights.items() if sign * a < 0]
        for active in (0, 1):
            most = [self.at_most(i, j)[active] for i in ends]
            signed = [self.inactive(i, j) if active else -self.inactive(i, j) for i in ends]
            bounded = (*(-at for at in most), atom)
            self.farkas(bounded, *(self.at_least(i, j)[active] for i in rest))
            self.rup((*signed, atom), *zip(signed, most, strict=True), bounded)
        return atom


def at_kinks(
    instance: TrainingInstance, positive: int, formula: Formula, deadline: Deadline
) -> tuple[Formula, list[Step]]:
    """The formula of an exact fit by ReLUs, or leaky ones, with what circuits add to it, and the steps; as it is if
    samples are many."""
    if len(instance.samples) > MOST_SAMPLES:
        return formula, []
    kinks = Kinks(instance, positive, formula)
    with suppress(Refuted):
        for circuit in circuits(instance):
            deadline.spend(instance.neurons * len(circuit))
            kinks.circuit(circuit)
    return kinks.formula, kinks.steps
