"""Zero padding of the dimension (Theorem 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from relucert.reductions.cost import Size, formulas
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.problems.training import TRAINING, Network, ToTraining, TrainingInstance, copying, stated


@dataclass(frozen=True)
class PadDimension(ToTraining[TrainingInstance, Network]):
    """Append `extra` coordinates that are zero on every sample; nothing else changes.

    Both maps keep the weights up to the last coordinate that a sample has, and leave out the others, which are 0 then.
    No sample sees these, so every value of the network stays the same, whatever the activation, the output weights and
    the loss; norms do not grow, so a norm bound is kept too. A padded instance and its networks take as much memory as
    without padding, however many coordinates there are.

    The point of padding is the relation of error and dimension: ε = Θ(1/√n) in n dimensions is Θ(1/⁴√n') in n' = n².

    Theorem 11, with a hypothesis more. Let ε not increase, ω(√log n) ≤ 1/ε(n) ≤ o(√n), and ε(n + 1) ≥ ε(n)/C for a
    constant C. Then no algorithm solves bounded training of one ReLU within ε(n) in time 2^o(1/ε(n)²) poly(n, m), if
    Hypothesis 6 holds. Proof. Let φ = 1/ε². Theorem 7 makes of N vertices an instance of N + 1 dimensions whose two
    cases differ by g = c/√N on average. Pad it to the least n' ≥ N + 1 with ε(n') < g, so that the algorithm tells the
    cases apart. If n' = N + 1, then φ(n') = o(N). Otherwise g ≤ ε(n' − 1), so φ(n') ≤ C²φ(n' − 1) ≤ C²N/c² = O(N). As
    log n' = o(φ(n')), the time is 2^o(N), which contradicts Hypothesis 6. For Theorem 10 the same holds with φ = 1/ε,
    g = c/N, and ω(log n) ≤ 1/ε(n) ≤ o(n).

    Without that hypothesis φ(n') need not be O(N). Let φ be a staircase, which keeps its value M as long as
    n < 2^(M/log M) and is n/log n then. This has φ/log n ≥ log M and φ/n ≤ 1/log n, as wanted, but N = M needs
    n' = 2^(M/log M) and has φ(n') = n'/log n', which is not O(N) by far. An algorithm within ε(n) is then fast only at
    those N that have an n' with φ(n') = O(N), and Hypothesis 6 says that none is fast at all N. If it said so of
    almost every N, nothing more would be needed of ε.

    n^(−a/b) and ⌈log₂ n⌉^(−a/b) do not jump; `relucert pad` computes their n', and a `fact` proves it.

    >>> from relucert.reductions.problems.training import network, sample
    >>> r = PadDimension(extra=2)
    >>> yes = TrainingInstance(1, 1, (sample([2], 3),), output="ones")
    >>> r.reduce(yes).dimension, r.forward(yes, network([[1]])).weights
    (3, ((1,),))
    >>> no = TrainingInstance(1, 1, (sample([2], -3),), output="ones")
    >>> TRAINING.accepts(r.reduce(no), network([[1, 5, 5]]))
    False

    Deviations. None.
    """

    extra: int = 1
    parameters = {"extra": Integer("the number n ≥ 0 of new coordinates", 1)}  # noqa: RUF012

    name = "pad-dimension"
    source = TRAINING
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 11"
    sizes = formulas(
        dimension="dimension + extra",
        samples="samples",
        neurons="neurons",
        coordinates="coordinates",
        bits="bits",
    )

    def __post_init__(self) -> None:
        json_count(self.extra, "extra")

    def reduce(self, instance: TrainingInstance) -> TrainingInstance:
        return replace(instance, dimension=instance.dimension + self.extra)

    def forward(self, instance: TrainingInstance, witness: Network) -> Network:
        return self._shortened(instance, witness)

    def backward(self, instance: TrainingInstance, witness: Network) -> Network:
        return self._shortened(instance, witness)

    @staticmethod
    def _shortened(instance: TrainingInstance, witness: Network) -> Network:
        """The weights that samples see."""
        return replace(witness, weights=tuple(row[: stated(instance)] for row in witness.weights))

    def stages(self, instance: TrainingInstance) -> Iterator[Size]:
        old, dimension = TRAINING.size(instance), json_count(instance.dimension + self.extra, "dimension")
        yield old._replace(measures={**old.measures, "dimension": dimension})

    def work(self, instance: TrainingInstance, witness: Network | None = None, image: Network | None = None) -> int:
        """Both witness maps copy the weights."""
        return copying(self, instance) if witness or image else super().work(instance)
