"""Searches for the targets of a reduction, where the proof of its theorem gets further than any other prover."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, ClassVar

from relucert.certificates.kernel import Formula, Step
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.problems.training import TrainingSearch
from relucert.verify.provers.base import Deadline


class Targets(TrainingSearch):
    """proof: the module with `source`, `network`, `symmetries` and `derive`, imported for what may be a target."""

    proof: ClassVar[str]

    def may_be_one(self, instance: TrainingInstance) -> bool:
        """Seen without the reduction."""
        raise NotImplementedError

    @property
    def theorem(self) -> Any:
        return import_module(f"relucert.verify.provers.{self.proof}")

    def recognises(self, instance: TrainingInstance) -> bool:
        return self.may_be_one(instance) and self.theorem.source(instance) is not None

    def guess(self, instance: TrainingInstance) -> Network | None:
        found: Network | None = self.theorem.network(instance)
        return found

    def normal(self, instance: TrainingInstance, below: bool) -> None:
        """It is in normal form."""

    def choices(self, instance: TrainingInstance, case: int) -> Sequence[Any]:
        found: Sequence[Any] = self.theorem.symmetries(instance)
        return found

    def derive(
        self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        found: tuple[Formula, Sequence[Step]] = self.theorem.derive(instance, case, formula, deadline)
        return found
