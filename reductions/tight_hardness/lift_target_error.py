"""Raising the error that training aims at (Froese, Hertrich, remark on the target error)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, gcd, isqrt
from typing import NamedTuple

from relucert.reductions.cost import Size, formulas, held
from relucert.reductions.exact import MAX_DIGITS, NUMBER_LIMIT, InvalidInstance, Rational, TooLarge, shorten, simplified
from relucert.reductions.parameters import Choice, Number
from relucert.reductions.problems.training import (
    LOSSES,
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    copying,
    samples_words,
)


class Lifted(NamedTuple):
    """What replaces the first sample, what all other multiplicities are multiplied by, and the new threshold."""

    samples: tuple[Sample, ...]
    factor: int
    threshold: Rational


@dataclass(frozen=True)
class LiftTargetError(ToTraining[TrainingInstance, Network]):
    """A loss of at most θ, or an exact fit, iff a loss larger by γ, in the same dimension and by the same network.

    Only the value z of the network at the first sample (x, y), of multiplicity m, enters; let e = |z − y|. So the class
    of networks does not matter: biases, output weights, activation, clip, norm bound. Both witness maps are the
    identity.

    Construction and proof, for the loss of the target. It is that of the source, or `target_loss` if the source is an
    exact fit. θ is 0 for an exact fit, and γ = p/q in lowest terms.

    - l2, exact: (x, y ± 1/(2q)) replace (x, y), 2pq times each. They cost 4pq·e² + γ, at most γ iff e = 0.
    - l2, threshold θ: every multiplicity is multiplied by s. With a natural h ≥ √(γ/m) the labels y ± h stand
      μ = sγ/(2h²) times each, and y is left sm − 2μ ≥ 0 times; s is the least natural number for which μ is one. They
      cost sm·e² + 2μh² = sm·e² + sγ, so the new loss is s times (the old one + γ), and the threshold s(θ + γ).
    - l1: every multiplicity is multiplied by s, and (x, y ± h) with h = sγ/2 are added once each, where s is the least
      natural number for which h ≥ θ/m. They cost at least 2h = sγ, and no more if e ≤ h. So the new loss is at least s
      times the sum of the old one and γ, and equal to it if e ≤ h; if e > h ≥ θ/m the old loss exceeds θ. The threshold
      is s(θ + γ).
    - l0, where γ is an integer and θ is rounded down: every multiplicity is multiplied by γ + 1, and (x, y + 1) is
      added γ times, for at most γ. A loss of at most θ becomes at most (γ + 1)θ + γ, the threshold, and one of θ + 1 or
      more at least (γ + 1)(θ + 1), which is larger.
    - linf: every sample (x, y) is replaced by (x, y ± γ). As max(|e − γ|, |e + γ|) = e + γ, the loss grows by γ.

    Without samples, (0, v) is added first, where v is the point of the clipping interval next to 0, and every network
    goes to the one of zeros, which has this value there.

    Size. The same dimension; at most two more samples (three if there was none), or twice as many for linf.

    A neuron with output weight −1 fits this sample, and keeps an error of 1/3:

    >>> from relucert.reductions.problems.training import network, sample
    >>> r = LiftTargetError(gamma=Fraction(1, 3))
    >>> yes = TrainingInstance(1, 1, (sample([2], -3),))
    >>> target, net = r.reduce(yes), network([[Fraction(3, 2)]], [-1])
    >>> [(s.x, str(s.y), s.multiplicity) for s in target.samples], str(target.threshold)
    ([(((0, 2),), '-17/6', 6), (((0, 2),), '-19/6', 6)], '1/3')
    >>> TRAINING.accepts(yes, net), TRAINING.accepts(target, r.forward(yes, net))
    (True, True)

    Two labels at one point are not fitted, which no larger error makes up for:

    >>> no = TrainingInstance(1, 1, (sample([2], 1), sample([2], 2)))
    >>> any(TRAINING.accepts(r.reduce(no), network([[Fraction(i, 8)]])) for i in range(9))
    False

    Deviations. The papers do not say which samples. For l1, l0 and linf the two labels y ± h in place of y, alone, are
    not enough: l1 is least on the whole interval between them, l0 at either of them, and linf leaves the other samples
    an error of γ. For some losses nothing is enough: under L(x, y) = 2^(−|x−y|) for x ≠ y a large constant fits
    everything with any positive error, so that networks with biases make every instance a YES.
    """

    gamma: Rational = 1
    target_loss: str = "l2"
    parameters = {  # noqa: RUF012
        "gamma": Number("the error γ > 0 that is added, an integer for l0", 1),
        "target_loss": Choice("how the error is measured, if the source is an exact fit", "l2", words=LOSSES[1:]),
    }

    name = "lift-target-error"
    source = TRAINING
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Section 1 (target error)"
    sizes = formulas(
        dimension="dimension",
        samples="≤ max(2*samples, samples + 3)",
        neurons="neurons",
        coordinates="≤ 3*coordinates",
    )

    def __post_init__(self) -> None:
        if self.gamma <= 0:
            raise InvalidInstance(f"gamma must be positive, not {shorten(self.gamma)}")
        if self.target_loss not in LOSSES[1:]:
            raise InvalidInstance(f"the loss is one of {', '.join(LOSSES[1:])}, not {shorten(self.target_loss)}")

    def reduce(self, instance: TrainingInstance) -> TrainingInstance:
        loss = self._loss(instance)
        first, *others = instance.samples or (self._anywhere(instance),)
        if loss == "linf":
            around = [s._replace(y=simplified(s.y + h)) for s in (first, *others) for h in (self.gamma, -self.gamma)]
            lifted = Lifted(tuple(around), 1, simplified(instance.threshold + self.gamma))
            others = []
        else:
            lifted = self._lifted(instance, loss, first)
        times = (s._replace(multiplicity=s.multiplicity * lifted.factor) for s in others)
        samples = (*lifted.samples, *times)
        numbers = (lifted.threshold, *(v for s in samples for v in (s.y, s.multiplicity)))
        if any(max(abs(v.numerator), v.denominator) >= NUMBER_LIMIT for v in numbers):
            raise TooLarge(f"the target would have numbers of more than {MAX_DIGITS} digits")
        return replace(instance, samples=samples, loss=loss, threshold=lifted.threshold)

    def forward(self, instance: TrainingInstance, witness: Network) -> Network:
        if instance.samples:
            return witness
        return replace(
            witness,
            weights=((),) * instance.neurons,
            biases=(0,) * len(witness.biases),
        )

    def backward(self, instance: TrainingInstance, witness: Network) -> Network:
        return witness

    def stages(self, instance: TrainingInstance) -> Iterator[Size]:
        """A bound on the target, which makes it cheap to build, and then its size."""
        loss, n = self._loss(instance), len(instance.samples)
        numbers = [self.gamma, instance.threshold]
        if instance.samples:
            numbers += [instance.samples[0].y, instance.samples[0].multiplicity]
        longer = 4 * sum(map(held, numbers))
        words = (3 if loss == "linf" else 1) * TRAINING.size(instance).words + (2 * n + 3) * longer
        yield Size({"samples": n}, words + samples_words(3, 3 * len(instance.samples[0].x) if instance.samples else 0))
        yield TRAINING.size(self.reduce(instance))

    def work(self, instance: TrainingInstance, witness: Network | None = None, image: Network | None = None) -> int:
        """The witness maps copy at most; the new numbers are of bounded length."""
        return 100_000 + (copying(self, instance) if witness or image else 2 * super().work(instance))

    def _loss(self, instance: TrainingInstance) -> str:
        loss = self.target_loss if instance.loss == "exact" else instance.loss
        if loss == "l0" and self.gamma.denominator != 1:
            raise InvalidInstance("gamma must be an integer for l0, which counts misses")
        return loss

    def _anywhere(self, instance: TrainingInstance) -> Sample:
        """The sample that the network of zeros fits."""
        low, high = instance.clip or (0, 0)
        return Sample((), max(low, min(high, 0)))

    def _lifted(self, instance: TrainingInstance, loss: str, first: Sample) -> Lifted:
        (x, y, m), gamma, threshold = first, self.gamma, instance.threshold
        p, q = gamma.numerator, gamma.denominator

        def at(*labels: tuple[Rational, int]) -> tuple[Sample, ...]:
            return tuple(Sample(x, simplified(label), times) for label, times in labels if times)

        if loss == "l0":
            most = (p + 1) * int(threshold) + p
            return Lifted(at((y, (p + 1) * m), (y + 1, p)), p + 1, most)
        if loss == "l1":
            s = max(1, ceil(2 * threshold / (m * Fraction(gamma))))
            far = s * Fraction(gamma) / 2
            return Lifted(at((y, s * m), (y + far, 1), (y - far, 1)), s, simplified(s * (threshold + gamma)))
        if instance.loss == "exact":
            half, times = Fraction(1, 2 * q), 2 * p * q
            return Lifted(at((y + half, times), (y - half, times)), 1, gamma)
        h = isqrt((p - 1) // (q * m)) + 1  # the least natural number with h² ≥ p / (qm)
        common = gcd(p, 2 * q * h * h)
        s, times = 2 * q * h * h // common, p // common
        labels = at((y, s * m - 2 * times), (y + h, times), (y - h, times))
        return Lifted(labels, s, simplified(s * (threshold + gamma)))
