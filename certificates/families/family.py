"""The interface of families: which instances a sweep is about, and when two count as one (SPEC.md, section 8)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from relucert.certificates.isomorphism import Structure

I = TypeVar("I")  # noqa: E741  instance

Shape = Any  # hashable


class Labelled(NamedTuple):
    """instances: how many of one shape there are. group: the order of the group that acts on them."""

    instances: int
    group: int


class Family(ABC, Generic[I]):
    """Finitely many instances of a problem for each bound N, in disjoint sets, the *shapes*.

    A finite group acts on each of these sets; two instances are isomorphic if it takes the one to the other. Every
    instance has a structure such that the elements of the group that take one instance to another one of its shape are
    exactly the isomorphisms of their structures.
    """

    name: ClassVar[str]
    problems: ClassVar[tuple[str, ...]]  # names of those whose instances it has
    most: ClassVar[int] = 12  # the largest N

    @abstractmethod
    def shapes(self, problem: str, given: Mapping[str, Any], upto: int) -> Mapping[Shape, Labelled]:
        """All shapes for a bound, given what all instances have in common, such as the number of colours."""

    @abstractmethod
    def shape(self, instance: I) -> Shape | None:
        """The shape that has the instance if any has; None if certainly none has. In time linear in its words."""

    @abstractmethod
    def structure(self, instance: I) -> Structure:
        """Of an instance of a shape; its parts are as many as those of the instance."""

    @abstractmethod
    def size(self, instance: I) -> int:
        """The least N for which an instance of the family has a shape."""

    @abstractmethod
    def described(self, upto: int) -> str:
        """For example 'graphs with at most 7 vertices'."""
