"""Recognises targets of points P and Q: what is left for a prover is to find two hyperplanes."""

from __future__ import annotations

from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Model
from relucert.verify.provers.targets import Targets


class TargetsOfPoints(Targets):
    proof = "ramps"

    def may_be_one(self, instance: TrainingInstance) -> bool:
        return instance.neurons == 4 and instance.activation != "threshold" and instance.loss == "exact"

    def witness(self, instance: TrainingInstance, case: int, model: Model) -> Network:
        found: Network = self.theorem.witness(instance, model)
        return found


SEARCH = TargetsOfPoints()
