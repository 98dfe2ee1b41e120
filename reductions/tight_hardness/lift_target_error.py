"""Raising the error that training aims at (Froese, Hertrich, remark on the target error)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from relucert.reductions.cost import Size, formulas, held
from relucert.reductions.exact import MAX_DIGITS, NUMBER_LIMIT, InvalidInstance, Rational, TooLarge, shorten, simplified
from relucert.reductions.parameters import Number
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    copying,
    samples_words,
    training_size,
)


@dataclass(frozen=True)
class LiftTargetError(ToTraining[TrainingInstance, Network]):
    """Samples are fitted exactly iff they and two incompatible ones are fitted with a squared error of at most γ = p/q.

    Construction. p/q is positive and in lowest terms. A new coordinate is zero on all old
    samples. Its unit vector e is added twice, with the labels v + 1/(2q) and v − 1/(2q), and multiplicity 2pq each.
    Here v = 0, or the point of the clipping interval next to 0. The loss becomes l2; if it is l2 already, γ is added to
    the threshold.

    Forward. Neuron j gets the weight −b_j on the new coordinate, or 0 without biases. Its pre-activation at e is then
    0, so it contributes nothing there, whatever the activation and the output weight, and the network has the value 0,
    or v after clipping. The new samples cost 2·2pq/(2q)² = p/q, and all old samples have the values that they had.

    Backward. Drop the weights on the new coordinate. A network with the value z at e pays 2pq·((z − v − 1/(2q))² +
    (z − v + 1/(2q))²) = p/q + 4pq·(z − v)² ≥ γ there. So any network within the threshold has at most the old threshold
    left for the old samples, nothing at all for an exact fit, and they do not see the weights that are dropped. A norm
    bound is kept, as norms do not grow by dropping weights, nor by appending zeros.

    Size. One more dimension, two more samples; the largest new numbers are the labels', which are ±1/(2q) if v = 0.

    A neuron with output weight −1 fits this sample, and keeps an error of 1/3:

    >>> from relucert.reductions.problems.training import network, sample
    >>> r = LiftTargetError(gamma=Fraction(1, 3))
    >>> yes = TrainingInstance(1, 1, (sample([2], -3),))
    >>> target, net = r.reduce(yes), r.forward(yes, network([[Fraction(3, 2)]], [-1]))
    >>> [(s.x, str(s.y), s.multiplicity) for s in target.samples]
    [(((0, 2),), '-3', 1), (((1, 1),), '1/6', 6), (((1, 1),), '-1/6', 6)]
    >>> TRAINING.accepts(target, net), r.backward(yes, net).weights == ((Fraction(3, 2),),)
    (True, True)

    Two labels at one point are not fitted, and no value at e makes up for that:

    >>> no = TrainingInstance(1, 1, (sample([2], 1), sample([2], 2)))
    >>> any(TRAINING.accepts(r.reduce(no), network([[Fraction(i, 8), j]])) for i in range(9) for j in (0, 1))
    False

    Deviations. The papers do not say which samples. Labels of both signs are needed: with the labels 0 and s > 0, say,
    a network whose output weights are all −1 could not have the best value s/2 at e. Sources with biases and a norm
    bound are refused, because the weights −b_j may exceed the bound.
    """

    gamma: Rational = 1
    parameters = {"gamma": Number("the squared error γ > 0 that is added", 1)}  # noqa: RUF012

    name = "lift-target-error"
    source = TRAINING
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Section 1 (target error)"
    sizes = formulas(
        dimension="dimension + 1",
        samples="samples + 2",
        neurons="neurons",
        coordinates="coordinates + 2",
    )

    def __post_init__(self) -> None:
        if self.gamma <= 0:
            raise InvalidInstance(f"gamma must be positive, not {shorten(self.gamma)}")

    def reduce(self, instance: TrainingInstance) -> TrainingInstance:
        labels, times, threshold = self._numbers(instance)
        new = (Sample(((instance.dimension, 1),), y, times) for y in labels)
        samples = (*instance.samples, *new)
        return replace(instance, dimension=instance.dimension + 1, samples=samples, loss="l2", threshold=threshold)

    def forward(self, instance: TrainingInstance, witness: Network) -> Network:
        rows = zip(witness.weights, witness.biases, strict=True)
        return replace(witness, weights=tuple((*row, -b) for row, b in rows))

    def backward(self, instance: TrainingInstance, witness: Network) -> Network:
        return replace(witness, weights=tuple(row[: instance.dimension] for row in witness.weights))

    def stages(self, instance: TrainingInstance) -> Iterator[Size]:
        old, (labels, times, threshold) = TRAINING.size(instance), self._numbers(instance)
        parts = (part for y in labels for part in (y.numerator, y.denominator))
        yield training_size(
            instance.dimension + 1,
            instance.neurons,
            len(instance.samples) + 2,
            old.measures["coordinates"] + 2,
            max(old.measures["bits"], *(part.bit_length() for part in parts)),
            old.words + held(threshold) + samples_words(2, 2, label=max(map(held, labels)), multiplicity=held(times)),
        )

    def work(self, instance: TrainingInstance, witness: Network | None = None, image: Network | None = None) -> int:
        """Both witness maps copy the weights, and one negates the biases; the new numbers are of bounded length."""
        return 100_000 + (copying(self, instance) if witness or image else super().work(instance))

    def _numbers(self, instance: TrainingInstance) -> tuple[tuple[Rational, Rational], int, Rational]:
        """The new labels, their multiplicity and the threshold."""
        if instance.loss not in ("exact", "l2"):
            raise InvalidInstance(f"the error of the source must be exact or l2, not {instance.loss}")
        if instance.bias and instance.norm_bound is not None:
            raise InvalidInstance("the source must not have both biases and a norm bound")
        low, high = instance.clip or (0, 0)
        value = max(low, min(high, 0))
        p, q = self.gamma.numerator, self.gamma.denominator
        half, times = Fraction(1, 2 * q), 2 * p * q
        labels = simplified(value + half), simplified(value - half)
        threshold = simplified(instance.threshold + self.gamma)
        if any(max(abs(v.numerator), v.denominator) >= NUMBER_LIMIT for v in (times, threshold, *labels)):
            raise TooLarge(f"the target would have numbers of more than {MAX_DIGITS} digits")
        return labels, times, threshold
