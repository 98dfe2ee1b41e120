"""Set Cover → training of a single ReLU (Theorem 4, first part)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from relucert.reductions.cost import Size, formulas, held_fraction
from relucert.reductions.exact import simplified
from relucert.reductions.problems.set_cover import SET_COVER, Cover, SetCoverInstance
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    network,
    samples_words,
    training_size,
)


class SetCoverToRelu(ToTraining[SetCoverInstance, Cover]):
    """At most t of M sets cover the universe iff one ReLU fits their samples with a squared error of at most t·γ².

    Construction. One coordinate per set, −1 meaning 'chosen' and 0 'not chosen', and the constraint coordinate c; one
    neuron, output weight ±1, no bias. With γ = 1/(4M), or 1/4 if there are no sets, the samples are
    (e_c, 1);
    (e_c + Σ_{i: u ∈ T_i} e_i, 0) for each element u; and
    (e_i + γ e_c, γ) for each set T_i.
    The total squared error may be min(t, M)·γ². Only this threshold depends on the budget.

    Forward. w_c = 1, and w_i = −1 for the chosen sets, 0 for all others. The first sample is fitted, and so is every
    element, because it is in a chosen set. A set that is not chosen has the value γ, a chosen one [γ − 1]₊ = 0. The
    error of a cover S is therefore exactly |S|·γ².

    Backward. S = {i : w_i + γ w_c ≤ 0}. Let any network have an error of at most min(t, M)·γ² ≤ M·γ² ≤ 1/16. Then every
    residual is at most 1/4. The output weight is 1, as the first sample costs at least 1 otherwise, and w_c is within
    1/4 of 1. For every element u, the sum of w_i over the sets that contain it is at most 1/4 − w_c ≤ −1/2. So u is in
    a set, and for some i with u ∈ T_i, w_i ≤ −1/(2M), hence w_i + γ w_c ≤ −1/(2M) + (1/(4M))·(5/4) < 0 and i ∈ S: S is
    a cover. The sample of each i ∈ S has the value 0 and costs γ². So |S|·γ² is at most the error, and |S| ≤ t. More
    than that: if there is a cover, the least error is γ² times the size of the smallest one, and every network whose
    error is within a factor of it, and at most M·γ², yields a cover within the same factor.

    Size. Dimension M + 1, 1 + |U| + M samples, one neuron; the largest number in a sample is the denominator 4M.

    Two of these three sets are needed, and suffice:

    >>> from relucert.reductions.problems.training import TRAINING, loss_of
    >>> r, sets = SetCoverToRelu(), ((0, 1), (1, 2), (2,))
    >>> yes = SetCoverInstance(3, sets, budget=2)
    >>> net = r.forward(yes, (0, 2))
    >>> net.weights, str(loss_of(r.reduce(yes), net)), str(r.reduce(yes).threshold)
    (((-1, 0, -1, 1),), '1/72', '1/72')
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net)
    (True, (0, 2))

    With one set no network stays within the threshold, 1/144:

    >>> no = SetCoverInstance(3, sets, budget=1)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, s)) for s in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)))
    False

    Deviations. The paper balances the constraints by copies of the samples; with this γ one copy of each is enough. It
    does not name γ.
    """

    name = "set-cover-to-relu"
    source = SET_COVER
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 4 (first part)"
    sizes = formulas(
        dimension="sets + 1",
        samples="universe + sets + 1",
        neurons="1",
        coordinates="universe + memberships + 2*sets + 1",
        bits="bit_length(max(1, 4*sets))",
    )

    def reduce(self, instance: SetCoverInstance) -> TrainingInstance:
        c, gamma = len(instance.sets), self._gamma(instance)
        elements: list[list[tuple[int, int]]] = [[] for _ in range(instance.universe)]
        for i, members in enumerate(instance.sets):
            unit = (i, 1)
            for u in members:
                elements[u].append(unit)
        samples = [Sample(((c, 1),), 1)]
        samples += (Sample((*units, (c, 1)), 0) for units in elements)
        samples += (Sample(((i, 1), (c, gamma)), gamma) for i in range(c))
        return TrainingInstance(
            c + 1, 1, tuple(samples), loss="l2", threshold=simplified(min(instance.budget, c) * gamma * gamma)
        )

    def forward(self, instance: SetCoverInstance, witness: Cover) -> Network:
        weights = [0] * len(instance.sets) + [1]
        for i in witness:
            weights[i] = -1
        return network([weights])

    def backward(self, instance: SetCoverInstance, witness: Network) -> Cover:
        *weights, constant = witness.weights[0]
        most = -self._gamma(instance) * constant
        return tuple(i for i, w in enumerate(weights) if w <= most)

    def stages(self, instance: SetCoverInstance) -> Iterator[Size]:
        m, universe, memberships = len(instance.sets), instance.universe, sum(map(len, instance.sets))
        bits = max(1, 4 * m).bit_length()
        gamma = held_fraction(bits)
        words = samples_words(1 + universe, 1 + universe + memberships) + samples_words(m, 2 * m, gamma, gamma)
        words += held_fraction(3 * bits)
        yield training_size(m + 1, 1, 1 + universe + m, 1 + universe + memberships + 2 * m, bits, words)

    @staticmethod
    def _gamma(instance: SetCoverInstance) -> Fraction:
        return Fraction(1, 4 * max(1, len(instance.sets)))
