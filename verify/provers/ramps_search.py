"""Recognises targets of points P and Q; the reduction and its proof, `ramps`, are imported when it may be one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from relucert.certificates.kernel import Formula, Step
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.problems.training import TrainingSearch
from relucert.verify.provers.base import Deadline, Model


class TargetsOfPoints(TrainingSearch):
    """The search for targets of points P and Q: what is left for a prover is to find two hyperplanes."""

    def recognises(self, instance: TrainingInstance) -> bool:
        if instance.neurons != 4 or instance.activation == "threshold" or instance.loss != "exact":
            return False
        from relucert.verify.provers.ramps import source

        return source(instance) is not None

    def guess(self, instance: TrainingInstance) -> Network | None:
        from relucert.verify.provers.ramps import network

        return network(instance)

    def normal(self, instance: TrainingInstance, below: bool) -> None:
        """It is in normal form."""

    def choices(self, instance: TrainingInstance, case: int) -> Sequence[Any]:
        from relucert.verify.provers.ramps import symmetries

        return symmetries(instance)

    def derive(
        self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        from relucert.verify.provers.ramps import derive

        return derive(instance, case, formula, deadline)

    def witness(self, instance: TrainingInstance, case: int, model: Model) -> Network:
        from relucert.verify.provers.ramps import witness

        return witness(instance, model)


SEARCH = TargetsOfPoints()
