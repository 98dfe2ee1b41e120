"""The interface of claims: what the first line of a certificate says, and what evidence proves it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from relucert.certificates.evidence import AnyProblem, Evidence
from relucert.reductions.parameters import Parameter
from relucert.reductions.reduction import AnyReduction


@dataclass(frozen=True)
class Proved:
    """What an accepted certificate proves.

    answer: YES or NO; HOLDS for a claim about all solutions; for a `disagreement` what is said of both sides, such as
    YES/NO. problem, instance: what it is about; the source, if there are two. reduction: if the claim is about one.
    target_problem, target: of a claim that states two instances, the second one.
    """

    answer: str
    problem: AnyProblem
    instance: Any
    reduction: AnyReduction | None = None
    target_problem: AnyProblem | None = None
    target: Any = None

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Those of the problem, and of the reduction, whose own come first if both have the same."""
        return {**self.problem.parameters, **(self.reduction.parameters if self.reduction else {})}

    @property
    def arguments(self) -> dict[str, Any]:
        """The values of the parameters."""
        of_problem = {name: getattr(self.instance, name) for name in self.problem.parameters}
        return of_problem | (self.reduction.arguments if self.reduction else {})

    @property
    def subject(self) -> str:
        """The reduction with its parameters, or both problems, if that is what the claim is about; else nothing."""
        if self.target_problem is not None:
            return f"{self.problem.name} and {self.target_problem.name}"
        return str(self.reduction or "")


class Claim(ABC):
    """One kind of claims (SPEC.md, section 2)."""

    kind: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]

    @abstractmethod
    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        """Read and judge all of the evidence. Raises Rejected, Malformed, ResourceLimit, InvalidInstance, …"""
