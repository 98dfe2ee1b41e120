"""Recognises targets of formulas in the plane; the reductions and their proofs are imported when it may be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relucert.certificates.kernel import Formula, Step
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.problems.training import TrainingSearch
from relucert.verify.provers.base import Deadline

MANY = 8  # samples for each neuron: a target has as many, or more


class TargetsOfFormulas(TrainingSearch):
    """The search for targets of formulas, where the proof of the paper's theorem gets further than any other."""

    lengthy = frozenset({"one-in-three-to-plane"})
    derives = True

    def recognises(self, instance: TrainingInstance) -> bool:
        """A gadget has two thresholds or four ReLUs, and eight samples or more for each of them."""
        if instance.dimension != 2 or instance.neurons % 2 or len(instance.samples) < MANY * instance.neurons:
            return False
        from relucert.verify.provers.one_in_three import source

        return source(instance) is not None

    def guess(self, instance: TrainingInstance) -> Network | None:
        from relucert.verify.provers.one_in_three import network

        return network(instance)

    def normal(self, instance: TrainingInstance, below: bool) -> None:
        """It is in normal form."""

    def choices(self, instance: TrainingInstance, case: int) -> Sequence[Any]:
        from relucert.verify.provers.one_in_three import symmetries

        return symmetries(instance)

    def derive(
        self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        from relucert.verify.provers.one_in_three import derive

        return derive(instance, case, formula, deadline)


SEARCH = TargetsOfFormulas()
