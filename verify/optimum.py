"""The least loss of a training set, and the least cost of a source next to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from relucert.certificates.writer import No, Yes
from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.problem import Problem
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, loss_of
from relucert.reductions.reduction import AnyReduction
from relucert.reductions.tight_hardness.circuit_to_relu import CircuitToRelu
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.cells import best_in_cell
from relucert.verify.decide import decide
from relucert.verify.provers.base import Deadline, Prover, Unknown


@dataclass(frozen=True)
class Minimum:
    """The least loss as the threshold of an instance, a network that reaches it, and why nothing is below it."""

    problem: ClassVar[Problem[Any, Any]] = TRAINING
    instance: TrainingInstance
    reached: Yes
    below: No

    @property
    def value(self) -> Rational:
        return self.instance.threshold


def minimum(instance: TrainingInstance, prover: Prover, deadline: Deadline) -> Minimum | Unknown:
    """The exact least loss (l0, l1, l2 or linf); the threshold of the instance does not matter.

    Descends: the best network of a cell, then a network of strictly smaller loss if the prover finds one, the best of
    its cell, and so on. There are finitely many cells, and each is left for good; not always where values are clipped,
    so that time may run out there.
    """
    if instance.loss == "exact":
        raise InvalidInstance("an exact fit has no loss to minimise: choose l0, l1, l2 or linf")
    k, d = instance.neurons, instance.dimension
    net = Network(((0,) * d,) * k, (0,) * k, (1,) * k)
    while True:
        net = best_in_cell(instance, net)
        reached = replace(instance, threshold=loss_of(instance, net))
        if not TRAINING.accepts(reached, net):
            return Unknown("the best network of a cell breaks the norm bound")
        answer = decide(TRAINING, reached, prover, deadline, below=True)
        if isinstance(answer, No):
            return Minimum(reached, Yes(net), answer)
        if isinstance(answer, Unknown):
            return answer
        net = answer.witness


@dataclass(frozen=True)
class Ratio:
    """The least cost t of a source, why t − 1 is too little, and the least loss of the targets."""

    budget: int
    solution: Yes
    too_little: No | None  # None if t = 0
    loss: Minimum


# Not CircuitToDoubleWells: what its least error exceeds AW by is in proportion, the error itself is not.
RATIOS: dict[str, type[AnyReduction]] = {r.source.name: r for r in (SetCoverToRelu, CircuitToRelu)}


def ratio(
    r: AnyReduction,
    source: Any,
    decide_source: Callable[[Problem[Any, Any], Any], Yes | No | Unknown],
    find_minimum: Callable[[TrainingInstance], Minimum | Unknown],
) -> Ratio | No | Unknown:
    """The minima of both sides of a reduction whose threshold is proportional to the budget; No if nothing suffices."""
    most = len(source.sets) if hasattr(source, "sets") else source.inputs
    answer = decide_source(r.source, replace(source, budget=most))
    if not isinstance(answer, Yes):
        return answer
    too_little: No | None = None
    for budget in range(most + 1):
        answer = decide_source(r.source, replace(source, budget=budget))
        if isinstance(answer, Unknown):
            return answer
        if isinstance(answer, Yes):
            loss = find_minimum(r.reduce(replace(source, budget=budget)))
            return loss if isinstance(loss, Unknown) else Ratio(budget, answer, too_little, loss)
        too_little = answer
    raise AssertionError("the largest budget has just sufficed")
