"""Sum of k ReLUs → network of k ReLUs with signed outputs (Theorem 8, step II)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from relucert.reductions.cost import Size, formulas, held_fraction
from relucert.reductions.exact import InvalidInstance, Rational, simplified
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    completed,
    copying,
    samples_words,
    training_size,
)


def sign_gadget(k: int) -> list[tuple[Rational, Rational]]:
    """The 2k + 1 points (t, label) of a convex function with k kinks that a network of k ReLUs fits only with a = 1.

    >>> [(str(t), str(y)) for t, y in sign_gadget(2)]
    [('-1', '0'), ('1/2', '1/2'), ('3/2', '3/2'), ('5/2', '3'), ('7/2', '5')]
    """
    points: list[tuple[Rational, Rational]] = [(-1, 0)]
    for i in range(2 * k):
        t, active = Fraction(2 * i + 1, 2), i // 2 + 1
        points.append((t, simplified(active * t - active * (active - 1))))  # Σ_j [t − 2j]₊ over j < active
    return points


class ReluSumToReluNetwork(ToTraining[TrainingInstance, Network]):
    """Samples are fitted by a sum of k ReLUs iff they and a gadget are fitted by k ReLUs with output weights ±1.

    Construction. Two new coordinates, zero on all old samples, carry the gadget: the points x = (0, …, 0, t, −1) for
    t ∈ {−1} ∪ {2j + 1/2, 2j + 3/2 : j < k} with the labels Σ_j [t − 2j]₊ over j = 0, …, k − 1.

    Forward. Append (1, 2j) to the weights of neuron j: it contributes [t − 2j]₊ on the gadget and is unchanged on the
    old samples.

    Backward. Drop the two coordinates. On the line of gadget points, a neuron is a function of t with at most one kink,
    convex for a_j = 1 and concave for a_j = −1. The slopes of the labels between neighbouring points p_1, …, p_{2k+1}
    increase strictly, so each of the k disjoint open intervals (p_1, p_3), (p_3, p_5), …, (p_{2k−1}, p_{2k+1}) holds a
    convex kink. There are only k neurons, so every one of them has a convex kink: a = (1, …, 1), for every network that
    fits. Without the new coordinates it is a sum of k ReLUs that fits the old samples.

    Size. Two more dimensions, 2k + 1 more samples. The largest gadget numbers are the numerators 4k − 1 of the last t,
    q(2q + 1) of a label for the largest odd q ≤ k, and, if k is even, k(2k + 1)/2 of the last label.

    >>> from relucert.reductions.problems.training import network, sample
    >>> r = ReluSumToReluNetwork()
    >>> yes = TrainingInstance(1, 2, (sample([1], 1), sample([-1], 1)), output="ones")
    >>> net = r.forward(yes, network([[1], [-1]]))
    >>> net.weights, TRAINING.accepts(r.reduce(yes), net)
    (((1, 1, 0), (-1, 1, 2)), True)

    With the label −1 the source is a NO; the signed network that fits its samples fails on the gadget:

    >>> no = TrainingInstance(1, 2, (sample([1], 1), sample([-1], -1)), output="ones")
    >>> TRAINING.accepts(r.reduce(no), Network(((1, 1, 0), (-1, 1, 2)), (0, 0), (1, -1)))
    False

    Deviations. The paper promises such a gadget and leaves it to its full version; this one is ours. 2k samples do not
    suffice: without t = −1 and for k ≥ 3 some fit has an output weight −1.
    """

    name = "relu-sum-to-relu-network"
    source = TRAINING
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 8 (step II)"
    sizes = formulas(
        dimension="dimension + 2",
        samples="samples + 2*neurons + 1",
        neurons="neurons",
        coordinates="coordinates + 4*neurons + 2",
        bits="≤ max(bits, bit_length(neurons*(2*neurons + 1)))",
    )
    effort = 4

    def reduce(self, instance: TrainingInstance) -> TrainingInstance:
        self._require_sum(instance)
        d, k = instance.dimension, instance.neurons
        gadget = (Sample(((d, t), (d + 1, -1)), y) for t, y in sign_gadget(k))
        return TrainingInstance(d + 2, k, (*instance.samples, *gadget), output="signs")

    def forward(self, instance: TrainingInstance, witness: Network) -> Network:
        rows = completed(witness, instance.dimension).weights
        weights = tuple((*row, 1, 2 * j) for j, row in enumerate(rows))
        return Network(weights, witness.biases, witness.output)

    def backward(self, instance: TrainingInstance, witness: Network) -> Network:
        return Network(tuple(row[:-2] for row in witness.weights), witness.biases, witness.output)

    def stages(self, instance: TrainingInstance) -> Iterator[Size]:
        self._require_sum(instance)
        k, old = instance.neurons, TRAINING.size(instance)
        q = k - 1 + k % 2
        largest = max(4 * k - 1, q * (2 * q + 1), 0 if k % 2 else k * (2 * k + 1) // 2)
        number = held_fraction(largest.bit_length())
        yield training_size(
            instance.dimension + 2,
            k,
            len(instance.samples) + 2 * k + 1,
            old.measures["coordinates"] + 4 * k + 2,
            max(old.measures["bits"], largest.bit_length()),
            old.words + samples_words(2 * k + 1, 4 * k + 2, number, number),
        )

    def work(self, instance: TrainingInstance, witness: Network | None = None, image: Network | None = None) -> int:
        """Both witness maps copy the weights."""
        return copying(self, instance) if witness or image else super().work(instance)

    @staticmethod
    def _require_sum(instance: TrainingInstance) -> None:
        a_sum = instance.activation == "relu" and instance.output == "ones" and not instance.bias
        unbounded = instance.loss == "exact" and instance.clip is None and instance.norm_bound is None
        if not (a_sum and unbounded):
            raise InvalidInstance("the source must be a sum of ReLUs: output 'ones', no biases, exact fit, no bounds")
