"""The interface of reductions, and chains of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, ClassVar, Generic, TypeVar

from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import Parameter, named
from relucert.reductions.problem import I, Problem, W

J = TypeVar("J")  # target instance
U = TypeVar("U")  # target witness
T = TypeVar("T")


class Reduction(ABC, Generic[I, W, J, U]):
    """A many-one reduction together with both of its witness maps.

    `forward` maps every solution of the source to a solution of the target; `backward` maps every solution of the
    target, whichever one a solver happens to find, to a solution of the source. Subclasses that take parameters are
    frozen dataclasses with a field for each, which has its default.
    """

    name: str
    source: Problem[I, W]
    target: Problem[J, U]
    reference: str
    parameters: Mapping[str, Parameter] = {}
    sizes: ClassVar[Mapping[str, str]] = {}  # the measures of the target, as `formulas` of those of the source

    @property
    def links(self) -> tuple[Reduction[Any, Any, Any, Any], ...]:
        """The reductions that this one applies one after the other: itself, unless it is a `Chain`."""
        return (self,)

    @abstractmethod
    def reduce(self, instance: I) -> J:
        """The target instance. Total on valid instances, except where the docstring of the class says otherwise."""

    @abstractmethod
    def forward(self, instance: I, witness: W) -> U: ...

    @abstractmethod
    def backward(self, instance: I, witness: U) -> W: ...

    @abstractmethod
    def stages(self, instance: I) -> Iterator[Size]:
        """The size of every instance that `reduce` builds, the target last, each before it is built.

        Measures are exact, words an upper bound. Raises what `reduce` raises. Each takes linear time, and numbers of
        at most twice MAX_DIGITS digits.
        """

    @abstractmethod
    def work(self, instance: I, witness: W | None = None, image: U | None = None) -> int:
        """Units of work of `reduce`, or of `forward` if a witness is given, or of `backward` if an image is.

        An upper bound, if the target's size is affordable and the witness or the image is a solution.
        """

    @property
    def is_equivalence(self) -> bool:
        """Whether both sides always have the same answer; otherwise only the forward direction is promised."""
        return True

    def promised(self, instance: I) -> I:
        """Of a reduction that keeps a gap: the source instance that `backward` maps every solution of the target to
        solutions of, so that the target is a NO if this one is. In an equivalence it is the instance itself.

        Takes linear time. Raises InvalidInstance if nothing is promised.
        """
        if not self.is_equivalence:
            raise InvalidInstance(f"{self.name}: with these parameters the two sides need not agree")
        return instance

    @property
    def arguments(self) -> dict[str, Any]:
        """The values of the parameters."""
        return {name: getattr(self, name) for name in self.parameters}

    def __str__(self) -> str:
        """The name and the parameters, as in 'pad-dimension with extra = 1'."""
        return f"{self.name} with {named(self.arguments)}" if self.arguments else self.name


AnyReduction = Reduction[Any, Any, Any, Any]


class Chain(AnyReduction):
    """Several reductions, one after the other; witnesses travel through the instances in between.

    Raises InvalidInstance if one ends where the next one does not start.
    """

    def __init__(self, *parts: AnyReduction) -> None:
        self._links = tuple(link for part in parts for link in part.links)
        for one, other in pairwise(self._links):
            if one.target is not other.source:
                ends = f"{one.name} ends in {one.target.name}, {other.name} starts from {other.source.name}"
                raise InvalidInstance(f"these links do not fit: {ends}")
        self.source, self.target = self._links[0].source, self._links[-1].target
        self.parameters = self._of_links(lambda link: link.parameters)
        if not hasattr(self, "name"):
            self.name = "/".join(link.name for link in self._links)
            self.reference = "; ".join(dict.fromkeys(link.reference for link in self._links))

    @property
    def links(self) -> tuple[AnyReduction, ...]:
        return self._links

    @property
    def is_equivalence(self) -> bool:
        return all(link.is_equivalence for link in self._links)

    def promised(self, instance: Any) -> Any:
        """What the first link promises, if the others are equivalences."""
        first, *rest = self._links
        if not all(link.is_equivalence for link in rest):
            raise InvalidInstance(f"{self.name}: only the first link may keep a gap instead of the answer")
        return first.promised(instance)

    @property
    def arguments(self) -> dict[str, Any]:
        return self._of_links(lambda link: link.arguments)

    def _of_links(self, of: Callable[[AnyReduction], Mapping[str, T]]) -> dict[str, T]:
        """What links say of their parameters; one that several links have is called LINK.NAME."""
        often = Counter(name for link in self._links for name in link.parameters)
        return {
            name if often[name] == 1 else f"{link.name}.{name}": value
            for link in self._links
            for name, value in of(link).items()
        }

    def instances(self, instance: Any) -> Iterator[Any]:
        """The source, the instances in between, and the target."""
        yield instance
        for link in self._links:
            instance = link.reduce(instance)
            yield instance

    def reduce(self, instance: Any) -> Any:
        *_, target = self.instances(instance)
        return target

    def forward(self, instance: Any, witness: Any) -> Any:
        for link, before in zip(self._links, self.instances(instance), strict=False):
            witness = link.forward(before, witness)
        return witness

    def backward(self, instance: Any, witness: Any) -> Any:
        *before, _ = self.instances(instance)
        for link, own in zip(reversed(self._links), reversed(before), strict=True):
            witness = link.backward(own, witness)
        return witness

    def stages(self, instance: Any) -> Iterator[Size]:
        for link, before in zip(self._links, self.instances(instance), strict=False):
            yield from link.stages(before)

    def work(self, instance: Any, witness: Any = None, image: Any = None) -> int:
        """Of all links. It maps the witness, or the image, to know; whoever checks asks the links one by one."""
        *before, _ = self.instances(instance)
        total = sum(link.work(own) for link, own in zip(self._links, before, strict=True))
        if witness is not None:
            for link, own in zip(self._links, before, strict=True):
                total += link.work(own, witness)
                witness = link.forward(own, witness)
        if image is not None:
            for link, own in zip(reversed(self._links), reversed(before), strict=True):
                total += link.work(own, None, image)
                image = link.backward(own, image)
        return total
