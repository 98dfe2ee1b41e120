"""2-Hyperplane Separability → two linear thresholds, or more (Corollary 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

from relucert.reductions.cost import Size, arithmetic, formulas, held, sum_words
from relucert.reductions.exact import MAX_DIGITS, NUMBER_LIMIT, InvalidInstance, TooLarge, simplified
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.problems.strip import STRIP, Planes, StripInstance, evaluating, value
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    sample,
    samples_words,
    training_size,
)


@dataclass(frozen=True)
class SeparabilityToThresholds(ToTraining[StripInstance, Planes]):
    """Two hyperplanes in d dimensions hold P between them and apart from Q iff 2 thresholds fit |P| + |Q| + 2 samples.

    Construction. In d + 1 dimensions: (p, 0) with label 1 for p ∈ P, which includes the origin, (q, 0) with label 0 for
    q ∈ Q, and label 0 at the points ±1 of the last axis. Biases, any output weights, exact fit; a threshold neuron is 1
    where its pre-activation is positive, else 0.

    Forward. z_i = 2·|h_i(0)|·t + h_i(x) at height t over x, with the output weights 1 and −1. At height 0, z₁ > 0 > z₂
    on P, and both have the same sign on Q. At ±1 on the axis, both have the sign of t.

    Backward. Along the last axis the value changes between −1 and 0 and between 0 and 1, so one neuron A switches in
    the first interval, the other one B in the second. The values A·a + B·b at −1, 0 and 1 are 0, 1 and 0. If A and B
    are activated there, that is 0, a, a + b; so a = 1 and b = −1. If both are deactivated, it is a + b, b, 0, and
    a = −1, b = 1. If only A is activated, it is b, a + b, a, and if only B is, a, 0, b; neither can be. So, with A and
    B oriented upwards, A is active or at its border and B not on P, and both are on the same side on Q. Borders are
    avoided by subtracting ε from the pre-activations, half the least positive one on P ∪ Q, before they are oriented.

    More neurons, k > 2. At the heights 1, …, k − 1 the axis has the labels 0, 4, 4 + 16, …, which grow by 4^i between
    the heights i and i + 1. Forward: neuron i is 4^i·[t > i + 1/2]. Backward: a neuron changes the value on all upward
    lines at most once, and by the same amount. On the axis the k changes 1, −1, 4, 16, …, one after the other, take a
    neuron each. Below the change all of them together have the value 0, the label at −1. So at height 0 the value over
    x is [A] − [B] + Σ 4^i·[i], where [·] says that the neuron has changed already. As it is 0 or 1, only A and B may
    have, and the rest is as above.

    Size. Dimension d + 1, k neurons, |P| + |Q| + k samples; for k = 2 no number that is not in the source or 1.

    >>> from relucert.reductions.problems.strip import strip
    >>> r, yes = SeparabilityToThresholds(), strip([(0,), (1,)], [(-1,), (3,)])
    >>> net = r.forward(yes, ((2, 1), (2, -3)))
    >>> net.weights, net.biases, net.output
    (((2, 2), (2, 6)), (1, -3), (1, -1))
    >>> TRAINING.accepts(r.reduce(yes), net), STRIP.accepts(yes, r.backward(yes, net))
    (True, True)

    A point of Q between two of P. Two thresholds do fit, but not with the samples on the last axis:

    >>> from dataclasses import replace
    >>> no = strip([(0,), (2,)], [(1,)])
    >>> target, net = r.reduce(no), Network(((-2, 0), (2, 0)), (1, -3), (1, 1))
    >>> TRAINING.accepts(replace(target, samples=target.samples[:3]), net), TRAINING.accepts(target, net)
    (True, False)

    Deviations. The paper says that no further points are needed. As the example shows, they are: for the form with P
    between the hyperplanes, and for the general one, which two thresholds do not express (see `STRIP`). The corollary
    holds: `clique-to-strip` is hard in either form. The points for k > 2 are ours.
    """

    neurons: int = 2
    parameters = {"neurons": Integer("the number k ≥ 2 of neurons", 2)}  # noqa: RUF012

    name = "separability-to-thresholds"
    source = STRIP
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Corollary 9"
    sizes = formulas(
        dimension="dimension + 1",
        samples="p + q + neurons",
        neurons="neurons",
        coordinates="≤ dimension*(p + q - 1) + neurons",
        bits="≤ max(bits, 2*neurons)",
    )

    def __post_init__(self) -> None:
        json_count(self.neurons, "neurons", 2)

    def reduce(self, instance: StripInstance) -> TrainingInstance:
        d = instance.dimension
        samples = [sample((*x, 0), y) for y, points in ((1, instance.p), (0, instance.q)) for x in points]
        axis = [(-1, 0), *enumerate(self._labels(), 1)]
        samples += (Sample(((d, height),), y) for height, y in axis)
        return TrainingInstance(d + 1, self.neurons, tuple(samples), activation="threshold", output="real", bias=True)

    def forward(self, instance: StripInstance, witness: Planes) -> Network:
        rows = [(*h[:-1], 2 * max(h[-1], -h[-1])) for h in witness]
        others = range(1, self.neurons - 1)
        rows += ((*(0,) * instance.dimension, 1) for _ in others)
        biases = (*(h[-1] for h in witness), *(Fraction(-2 * i - 1, 2) for i in others))
        return Network(tuple(rows), biases, (1, -1, *(4**i for i in others)))

    def backward(self, instance: StripInstance, witness: Network) -> Planes:
        """The two neurons that switch on the axis between −1 and 1."""
        planes = []
        for (*a, slope), b in zip(witness.weights, witness.biases, strict=True):
            if (b - slope > 0) == (b + slope > 0):
                continue
            values = (value((*a, b), x) for x in (*instance.p, *instance.q))
            b = b - Fraction(min((v for v in values if v > 0), default=2)) / 2
            planes.append(tuple(simplified(v if slope > 0 else -v) for v in (*a, b)))
        if len(planes) != 2:
            raise InvalidInstance("this network solves nothing: not two of its neurons switch on the last axis near 0")
        first, second = planes
        return (first, second) if first[-1] > 0 else (second, first)

    def stages(self, instance: StripInstance) -> Iterator[Size]:
        d, k = instance.dimension, self.neurons
        if 2 * k > NUMBER_LIMIT.bit_length():
            raise TooLarge(f"the target would have numbers of more than {MAX_DIGITS} digits")
        numbers = [*chain(*instance.p, *instance.q)]
        samples, coordinates = len(instance.p) + len(instance.q) + k, sum(map(bool, numbers)) + k
        *_, largest = self._labels()
        bits = max(STRIP.size(instance).measures["bits"], (k - 1).bit_length(), largest.bit_length())
        words = samples_words(samples, coordinates, label=held(largest)) + sum(map(held, numbers))
        yield training_size(d + 1, k, samples, coordinates, bits, words)

    def _labels(self) -> Iterator[int]:
        """At the heights 1, …, k − 1: 0, 4, 4 + 16, …"""
        return ((4**i - 4) // 3 for i in range(1, self.neurons))

    def work(self, instance: StripInstance, witness: Planes | None = None, image: Network | None = None) -> int:
        """Backward needs the values of both neurons at all points, and the least one of each."""
        if image is None:
            return super().work(instance, witness)
        points, work = (*instance.p, *instance.q), 1000
        longest_point = max(map(sum_words, points))
        for w, b in zip(image.weights, image.biases, strict=True):
            plane = (*w, b)
            words = sum_words(plane) + longest_point
            work += evaluating(plane, points) + (len(points) + 4) * arithmetic(words, words) + 16 * len(plane)
        return work
