"""The interface of facts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from relucert.reductions.parameters import Parameter


class Fact(ABC):
    """A statement about its parameters that a computation decides (SPEC.md, section 7)."""

    name: ClassVar[str]
    meaning: ClassVar[str]
    parameters: ClassVar[Mapping[str, Parameter]]

    @abstractmethod
    def require(self, p: Mapping[str, Any]) -> None:
        """Raises InvalidInstance if the statement is not about such parameters."""

    @abstractmethod
    def work(self, p: Mapping[str, Any]) -> int:
        """Units of work; half as many words of memory."""

    @abstractmethod
    def holds(self, p: Mapping[str, Any]) -> bool: ...
