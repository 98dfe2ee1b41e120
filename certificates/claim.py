"""The interface of claims: what the first line of a certificate says, and what evidence proves it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from relucert.certificates.evidence import AnyProblem, Evidence


@dataclass(frozen=True)
class Proved:
    """What an accepted certificate proves.

    answer: YES or NO, or HOLDS for a claim about all solutions. problem, instance: what it is about; of a reduction,
    the source. reduction: its name, if the claim is about one.
    """

    answer: str
    problem: AnyProblem
    instance: Any
    reduction: str = ""


class Claim(ABC):
    """One kind of claims (SPEC.md, section 2)."""

    kind: ClassVar[str]
    fields: ClassVar[tuple[str, ...]]

    @abstractmethod
    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        """Read and judge all of the evidence. Raises Rejected, Malformed, ResourceLimit, InvalidInstance, …"""
