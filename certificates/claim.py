"""The interface of claims: what the first line of a certificate says, and what evidence proves it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from relucert.certificates.evidence import AnyProblem, Evidence
from relucert.reductions.exact import Rational
from relucert.reductions.parameters import Parameter, named
from relucert.reductions.reduction import AnyReduction


class Statement(NamedTuple):
    """What is proved of numbers, and not of an instance. name: of the quantity or the fact. text: the sentence."""

    name: str
    parameters: Mapping[str, Parameter]
    arguments: Mapping[str, Any]
    text: str

    def __str__(self) -> str:
        return f"{self.name}{f' ({named(self.arguments)})' if self.arguments else ''}: {self.text};"


class Proved(NamedTuple):
    """What an accepted certificate proves.

    answer: YES or NO; HOLDS for a claim about all solutions; for a `disagreement` what is said of both sides, such as
    YES/NO. problem, instance: what it is about; the source, if there are two; None and the claim itself, if it is about
    numbers. reduction: if the claim is about one.
    target_problem, target: of a claim that states two instances, the second one. statement: of a claim about numbers.
    low: what no loss is less than, of `bounds`.
    """

    answer: str
    problem: AnyProblem | None
    instance: Any
    reduction: AnyReduction | None = None
    target_problem: AnyProblem | None = None
    target: Any = None
    statement: Statement | None = None
    low: Rational | None = None

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Those of the problem, and of the reduction, whose own come first if both have the same."""
        if self.problem is None:
            return dict(self.statement.parameters) if self.statement else {}
        return {**self.problem.parameters, **(self.reduction.parameters if self.reduction else {})}

    @property
    def arguments(self) -> dict[str, Any]:
        """The values of the parameters."""
        if self.problem is None:
            return dict(self.statement.arguments) if self.statement else {}
        of_problem = {name: getattr(self.instance, name) for name in self.problem.parameters}
        return of_problem | (self.reduction.arguments if self.reduction else {})

    @property
    def subject(self) -> str:
        """The reduction with its parameters, both problems or the statement that the claim is about; else nothing."""
        if self.statement is not None:
            return str(self.statement)
        if self.target_problem is not None and self.problem is not None:
            return f"{self.problem.name} and {self.target_problem.name}"
        return str(self.reduction or "")


class Claim(ABC):
    """One kind of claims (SPEC.md, section 2)."""

    kind: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]

    @abstractmethod
    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        """Read and judge all of the evidence. Raises Rejected, Malformed, ResourceLimit, InvalidInstance, …"""
