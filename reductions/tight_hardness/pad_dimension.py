"""Zero padding of the dimension (Theorem 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from relucert.reductions.cost import Size, formulas
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.problems.training import TRAINING, Network, ToTraining, TrainingInstance, copying


@dataclass(frozen=True)
class PadDimension(ToTraining[TrainingInstance, Network]):
    """Append `extra` coordinates that are zero on every sample; nothing else changes.

    Forward appends zero weights, backward drops the weights on the new coordinates. No sample sees them, so every value
    of the network stays the same, whatever the activation, the output weights and the loss; norms do not grow when
    weights are dropped or zeros appended, so a norm bound is kept too.

    The point of padding is the relation of error and dimension: ε = Θ(1/√n) in n dimensions is Θ(1/⁴√n') in n' = n².

    >>> from relucert.reductions.problems.training import network, sample
    >>> r = PadDimension(extra=2)
    >>> yes = TrainingInstance(1, 1, (sample([2], 3),), output="ones")
    >>> r.reduce(yes).dimension, r.forward(yes, network([[1]])).weights
    (3, ((1, 0, 0),))
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
        return replace(witness, weights=tuple((*row, *(0,) * self.extra) for row in witness.weights))

    def backward(self, instance: TrainingInstance, witness: Network) -> Network:
        return replace(witness, weights=tuple(row[: instance.dimension] for row in witness.weights))

    def stages(self, instance: TrainingInstance) -> Iterator[Size]:
        old, dimension = TRAINING.size(instance), json_count(instance.dimension + self.extra, "dimension")
        yield replace(old, measures={**old.measures, "dimension": dimension})

    def work(self, instance: TrainingInstance, witness: Network | None = None, image: Network | None = None) -> int:
        """Both witness maps copy the weights."""
        return copying(self, instance) if witness or image else super().work(instance)
