"""Recognises one ReLU in the unit ball with squared errors; what refutes it is imported when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from relucert.certificates.kernel import Formula, Step
from relucert.reductions.problems.training import TrainingInstance, stated
from relucert.verify.problems.training import TrainingSearch
from relucert.verify.provers.base import Deadline


class UnitBallSearch(TrainingSearch):
    strictly = True

    def recognises(self, instance: TrainingInstance) -> bool:
        return (
            (instance.activation, instance.neurons, instance.loss) == ("relu", 1, "l2")
            and instance.norm_bound == 1
            and instance.output != "real"
            and not instance.bias
            and instance.clip is None
            and instance.dimension == stated(instance) > 0
            and len(instance.samples) > 0
            and all(x for x, _, _ in instance.samples)
        )

    def derive(
        self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        from relucert.verify.provers.linear_facts import Inexact
        from relucert.verify.provers.unit_ball import Tree, seems_solvable

        if case == 1 and seems_solvable(instance):
            return formula, []
        with suppress(Inexact):
            tree = Tree(instance, case, formula, deadline)
            if tree.close():
                return tree.formula, tree.steps
        return formula, []


SEARCH = UnitBallSearch()
