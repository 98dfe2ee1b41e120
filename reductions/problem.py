"""The interface of decision problems."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, final

from relucert.reductions.cost import INTEGER, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.json_text import dumps
from relucert.reductions.parameters import REQUIRED, Parameter, named, read_parameters
from relucert.reductions.shapes import Shape

I = TypeVar("I")  # noqa: E741  instance
W = TypeVar("W")  # witness


class Parsed(NamedTuple, Generic[I]):
    """What a file says.

    format: the name of its format. content: what it holds, in the problem's own words. build: makes the instance, given
    all parameters of the problem by name. stated: the parameters that the file states. remarks: for the user.
    """

    format: str
    content: str
    build: Callable[..., I]
    stated: Mapping[str, Any] = MappingProxyType({})
    remarks: Sequence[str] = ()

    def __str__(self) -> str:
        """For example '3 vertices, 2 edges, colors = 2, from JSON'."""
        return ", ".join(filter(None, (self.content, named(self.stated), f"from {self.format}")))


class Reading(NamedTuple):
    """A value of a parameter that no instance has, and that says instead how a file is read.

    of: what the file then says; its `build` may be given any values of what the reading `settles`.
    """

    parameter: str
    value: str
    of: Callable[[Parsed[Any]], Parsed[Any]]
    settles: frozenset[str]

    def __call__(self, parsed: Parsed[I]) -> Parsed[I]:
        said = named({self.parameter: self.value})
        return self.of(parsed)._replace(content=f"{parsed.content} read with {said}")


class Comparison(NamedTuple, Generic[I]):
    """What a file says against an instance: whether they agree, and the parameters that only the instance states.

    missed: the value that says how to read the file such that they agree, if none was given and one does.
    """

    agrees: bool
    unsaid: Mapping[str, Any]
    parsed: Parsed[I]
    missed: Mapping[str, str] = MappingProxyType({})


class Problem(ABC, Generic[I, W]):
    """A decision problem: instances, and the witnesses that prove an instance to be a YES."""

    name: ClassVar[str]
    parameters: ClassVar[Mapping[str, Parameter]] = {}  # the fields of an instance that a file may leave open
    readings: ClassVar[Sequence[Reading]] = ()  # of files, which a value of a parameter asks for
    instance_shape: ClassVar[Shape] = {}  # of the JSON form of an instance, for schema.json
    witness_shape: ClassVar[Shape] = {}
    items: ClassVar[str]  # the measure that counts what a solution lists, if it is a list

    @abstractmethod
    def accepts(self, instance: I, witness: W) -> bool:
        """Whether the witness solves the instance; exact. Raises InvalidInstance on a witness of the wrong shape."""

    @abstractmethod
    def work(self, instance: I, witness: W) -> int:
        """Units of work that `accepts` takes at most; the witness may be of the wrong shape, and its numbers long.

        A unit is a visited literal, a term, or 32 products of 64-bit words: 0.1 to 0.3 µs. Takes linear time.
        """

    @abstractmethod
    def size(self, instance: I) -> Size:
        """In linear time."""

    def solution_words(self, size: Size) -> int:
        """Words of a solution of an instance of this size, its numbers being about as long as those of the instance."""
        return TUPLE + (INTEGER + 1) * size.measures[self.items]

    def sought(self, instance: I) -> str:
        """What a solution is and does, to be read after "some" or "no": 'set of 3 vertices is independent'."""
        return f"solution of this {self.name} instance exists"

    @abstractmethod
    def instance_to_json(self, instance: I) -> Any: ...

    @abstractmethod
    def instance_from_json(self, data: Any) -> I: ...

    @abstractmethod
    def witness_to_json(self, witness: W) -> Any: ...

    @abstractmethod
    def witness_from_json(self, data: Any) -> W: ...

    @abstractmethod
    def parse(self, text: str, suffix: str) -> Parsed[I]:
        """What a file says, whose suffix hints at its format. Raises InvalidInstance with the place in the file."""

    @final
    def read(self, text: str, suffix: str, given: Mapping[str, Any]) -> tuple[I, Sequence[str]]:
        """The instance of a file and of the parameters that it leaves open; and remarks for the user."""
        parsed = self.parse(text, suffix)
        return self.complete(parsed, given), parsed.remarks

    @final
    def complete(self, parsed: Parsed[I], given: Mapping[str, Any]) -> I:
        """The instance of a parsed file. Raises InvalidInstance if `given` contradicts the file or is not enough."""
        for name in given:
            if name not in self.parameters:
                raise InvalidInstance(f"{self.name} has no parameter {shorten(name)}")
        values = read_parameters(self.parameters, given)
        for name, value in values.items():
            if name in parsed.stated and parsed.stated[name] != value:
                said = {name: parsed.stated[name]}
                raise InvalidInstance(f"the file says {named(said)}, the command says {named({name: value})}")
        for name in self.missing(parsed, given):
            raise InvalidInstance(f"{self.parameters[name].meaning} is missing: -p {name}=…")
        usual = {name: parameter.default for name, parameter in self.parameters.items()}
        return parsed.build(**{**usual, **values, **parsed.stated})

    @final
    def missing(self, parsed: Parsed[I], given: Mapping[str, Any]) -> list[str]:
        """The parameters without which there is no instance."""
        known = {**given, **parsed.stated}
        return [name for name, p in self.parameters.items() if p.default is REQUIRED and name not in known]

    @final
    def reading(self, given: Mapping[str, Any], source: str) -> tuple[Reading | None, Mapping[str, Any]]:
        """What `given` says of how to read the source, and the rest. Raises InvalidInstance if there is no source."""
        for one in self.readings:
            if given.get(one.parameter) == one.value:
                if not source:
                    said = named({one.parameter: one.value})
                    raise InvalidInstance(f"{said} says how a source is read: --source FILE")
                return one, {name: value for name, value in given.items() if name != one.parameter}
        return None, given

    @final
    def describes(self, text: str, suffix: str, instance: I, reading: Reading | None = None) -> Comparison[I]:
        """Compare a file with an instance. What the file states is never overridden; what it does not is listed."""
        parsed = self.parse(text, suffix)
        if reading is not None:
            parsed = reading(parsed)
            agrees, unsaid = self._agrees(parsed, instance)
            left = {name: value for name, value in unsaid.items() if name not in reading.settles}
            return Comparison(agrees, left, parsed)
        agrees, unsaid = self._agrees(parsed, instance)
        others = () if agrees else self.readings
        missed = {one.parameter: one.value for one in others if self._agrees(one(parsed), instance)[0]}
        return Comparison(agrees, unsaid, parsed, missed)

    def _agrees(self, parsed: Parsed[I], instance: I) -> tuple[bool, dict[str, Any]]:
        unsaid = {name: getattr(instance, name) for name in self.parameters if name not in parsed.stated}
        try:
            return parsed.build(**parsed.stated, **unsaid) == instance, unsaid
        except InvalidInstance:  # these parameters go with another file
            return False, unsaid

    def canonical(self, instance: I) -> Iterator[str]:
        """The canonical JSON text of an instance, in pieces."""
        yield dumps(self.instance_to_json(instance))

    def sha256(self, instance: I) -> str:
        from hashlib import sha256  # most checks do without

        digest = sha256()
        for piece in self.canonical(instance):
            digest.update(piece.encode())
        return digest.hexdigest()
