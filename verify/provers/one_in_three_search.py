"""Recognises targets of formulas in the plane."""

from __future__ import annotations

from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.targets import Targets

MANY = 8  # samples for each neuron: a target has as many, or more


class TargetsOfFormulas(Targets):
    proof = "one_in_three"
    lengthy = frozenset({"one-in-three-to-plane"})
    derives = True

    def may_be_one(self, instance: TrainingInstance) -> bool:
        """A gadget has two thresholds or four ReLUs, and eight samples or more for each of them."""
        n = instance.neurons
        return instance.dimension == 2 and n % 2 == 0 and len(instance.samples) >= MANY * n


SEARCH = TargetsOfFormulas()
