"""Decision problems, reductions between them, and the exact numbers they are made of."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any, ClassVar, Generic, TypeVar, final

Rational = int | Fraction

MAX_DIGITS = 4000  # of one integer in any file; below the interpreter's own limit on int(str)
NUMBER_LIMIT: int = 10**MAX_DIGITS
MAX_COUNT = 2**60  # vertices, variables, neurons, … are fewer; larger integers may all have the same hash


class InvalidInstance(ValueError):
    """The input is not an instance (or witness) of the problem; the message says what is wrong and where."""


class TooLarge(InvalidInstance):
    """The input, or what follows from it, has longer numbers or deeper nesting than any instance needs."""


# ------------------------------------------------------------------------------------------------------- exact numbers

_NUMBER = re.compile(r"([+-]?)(\d+)(?:/(\d+)|(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?)", re.ASCII)
_LONG_NUMBER = re.compile(rf"(?<!\d)\d{{{MAX_DIGITS + 1}}}", re.ASCII)  # tried once per number, not per digit


def exact(value: Rational) -> Rational:
    """The same number, as an int where it is one: integers are several times faster than Fractions."""
    return value.numerator if value.denominator == 1 else value


def parse_rational(text: str) -> Rational:
    """Read '3', '-0.25', '1.5e-3' or 'p/q' exactly; raises InvalidInstance on anything else.

    >>> parse_rational("0.125"), parse_rational("6/4"), parse_rational("-2e1")
    (Fraction(1, 8), Fraction(3, 2), -20)
    """
    if len(text) > 2 * MAX_DIGITS:
        raise TooLarge(f"a number of {len(text)} characters")
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        raise InvalidInstance(f"{shorten(text)} is not a rational number")
    sign, whole, denominator, decimals, exponent = match.groups()
    places = len(decimals or "") - int(exponent or 0)
    digits = len(whole) + len(decimals or "") + max(-places, 0)  # a power of ten has one digit more than places
    if max(digits, len(denominator or ""), places + 1) > MAX_DIGITS:
        raise TooLarge(f"the number {shorten(text)} has more than {MAX_DIGITS} digits")
    numerator = int(sign + whole + (decimals or ""))
    if denominator is not None:
        if int(denominator) == 0:
            raise InvalidInstance(f"{shorten(text)} divides by zero")
        return exact(Fraction(numerator, int(denominator)))
    return exact(Fraction(numerator, 10**places)) if places > 0 else numerator * int(10**-places)


def rational_to_json(value: Rational) -> int | str:
    """An integer, or 'p/q' in lowest terms with q ≥ 2. Raises TooLarge rather than write what no file may hold."""
    if not (-NUMBER_LIMIT < value.numerator < NUMBER_LIMIT and value.denominator < NUMBER_LIMIT):
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits")
    return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def rational_from_json(value: Any) -> Rational:
    """The inverse of rational_to_json: integers, and strings in exactly that form."""
    if type(value) is int:
        return json_int(value, "a number")
    if type(value) is str and "/" in value:
        number = parse_rational(value)
        if rational_to_json(number) == value:
            return number
    raise InvalidInstance(f"{shorten(value)} is neither an integer nor a fraction 'p/q' in lowest terms")


def shorten(value: Any) -> str:
    """A value as it appears in an error message: one line, at most 60 characters, however much it holds."""
    text = _beginning(value, 60)
    return text if len(text) <= 60 else text[:57] + "..."


def _beginning(value: Any, room: int) -> str:
    """repr(value), but little more than its first `room` characters."""
    if isinstance(value, int) and value.bit_length() > 1000:
        return f"a huge {type(value).__name__}"
    if isinstance(value, str | bytes):
        return repr(value[: room + 1])
    if isinstance(value, list | tuple | dict):
        text, close = ("{", "}") if isinstance(value, dict) else ("[", "]") if isinstance(value, list) else ("(", ")")
        for entry in value:
            if len(text) > room:
                return text
            text += (", " if len(text) > 1 else "") + _beginning(entry, room - len(text))
            if isinstance(value, dict):
                text += ": " + _beginning(value[entry], room - len(text))
        return text + ("," if isinstance(value, tuple) and len(value) == 1 else "") + close
    return repr(value)


# ---------------------------------------------------------------------------------------------------------------- JSON


def dumps(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII. Raises TooLarge on an integer that the interpreter does not write.

    Numbers of an instance or witness have passed `rational_to_json` or are counts, so they are short enough.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits") from None


def loads(text: str, decimals: bool = False) -> Any:
    """Read JSON that may be hostile: no duplicate keys, no NaN, bounded digits and nesting.

    Decimals such as 0.5 are refused, or read exactly as Fractions if `decimals` is set.
    """
    if _LONG_NUMBER.search(text):
        raise TooLarge(f"a number of more than {MAX_DIGITS} digits")
    try:
        return json.loads(
            text,
            parse_float=parse_rational if decimals else _no_float,
            parse_constant=_no_float,
            object_pairs_hook=_distinct_keys,
        )
    except RecursionError:
        raise TooLarge("JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise InvalidInstance(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None


def _no_float(text: str) -> Rational:
    raise InvalidInstance(f"{shorten(text)} is a float; only integers and fractions 'p/q' are exact")


def _distinct_keys(items: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(items)
    if len(result) != len(items):
        twice = Counter(key for key, _ in items).most_common(1)[0][0]
        raise InvalidInstance(f"the key {shorten(twice)} stands twice")
    return result


def json_fields(data: Any, required: Set[str], optional: Set[str] = frozenset()) -> dict[str, Any]:
    """A JSON object with exactly the expected keys."""
    if type(data) is not dict:
        raise InvalidInstance(f"expected an object, not {shorten(data)}")
    if missing := required - data.keys():
        raise InvalidInstance(f"the field {min(missing)!r} is missing")
    if unknown := data.keys() - required - optional:
        raise InvalidInstance(f"the field {shorten(min(unknown))} is unknown")
    return data


def json_list(data: Any, what: str) -> list[Any]:
    if type(data) is not list:
        raise InvalidInstance(f"{what}: expected a list, not {shorten(data)}")
    return data


def json_int(data: Any, what: str, least: int | None = None) -> int:
    """An integer (True is none), at least `least` if given, of at most MAX_DIGITS digits."""
    if type(data) is not int:
        raise InvalidInstance(f"{what}: {shorten(data)} is not an integer")
    if not -NUMBER_LIMIT < data < NUMBER_LIMIT:
        raise TooLarge(f"{what}: a number of more than {MAX_DIGITS} digits")
    if least is not None and data < least:
        raise InvalidInstance(f"{what} must be at least {least}, not {shorten(data)}")
    return data


# --------------------------------------------------------------------------------------------------------------- files


def lines(text: str) -> list[str]:
    """The lines of a text, which LF, CR LF or CR ends. Unlike `splitlines`: no other character hides a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def is_json(text: str, suffix: str) -> bool:
    """Whether a file claims to be JSON, by its name or by its first character."""
    return suffix == ".json" or text.lstrip().startswith("{")


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things.

    >>> counted(1, "vertex", "vertices"), counted(0, "edge")
    ('1 vertex', '0 edges')
    """
    return f"{shorten(number)} {one if number == 1 else many or one + 's'}"


def parameter_to_json(value: Any) -> Any:
    """The value of a parameter: an integer, a word, true, false or null, a rational, or a pair of rationals."""
    if isinstance(value, tuple):
        return [rational_to_json(v) for v in value]
    return rational_to_json(value) if isinstance(value, Fraction) else value


def parameter_text(value: Any) -> str:
    """The value of a parameter as it is written: the inverse of `parse_parameter`.

    >>> [parameter_text(v) for v in (2, Fraction(1, 2), True, None, "relu", (0, Fraction(1, 2)))]
    ['2', '1/2', 'true', 'null', 'relu', '0,1/2']
    """
    if isinstance(value, tuple):
        return ",".join(map(parameter_text, value))
    return str(value) if isinstance(value, Fraction | str) else dumps(value)


def parse_parameter(text: str) -> Any:
    """Read the value of a parameter: a number, true, false, null, two numbers with a comma between, or a word.

    >>> [parse_parameter(text) for text in ("2", "0.5", "true", "null", "relu", "0,1/2")]
    [2, Fraction(1, 2), True, None, 'relu', (0, Fraction(1, 2))]
    """
    words = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    if "," in text:
        return tuple(parse_rational(part) for part in text.split(",", 1))
    return text if text[:1].isalpha() else parse_rational(text)


def named(parameters: Mapping[str, Any]) -> str:
    """Parameters with their values, in one line.

    >>> named({"threshold": Fraction(1, 2), "bias": True, "loss": "l1"})
    'threshold = 1/2, bias = true, loss = l1'
    """
    values = {name: dumps(parameter_to_json(value)).replace('"', "") for name, value in parameters.items()}
    return ", ".join(f"{name} = {v if len(v) <= 60 else v[:57] + '...'}" for name, v in values.items())


def json_count(data: Any, what: str, least: int = 0) -> int:
    """How many of something there are, or a number for one of them: at least `least`, and below MAX_COUNT."""
    count = json_int(data, what, least)
    if count >= MAX_COUNT:
        raise TooLarge(f"{what}: {shorten(count)} is too large, counts must be below 2^60")
    return count


# ------------------------------------------------------------------------------------------------------ sizes and work

# What CPython 3.11 holds, in words of 8 bytes. Each object counts with the pointer to it and 16-byte rounding, and as
# often as it is pointed to. A tuple counts without its entries, an integer is one below 2^60.
OBJECT, TUPLE, INTEGER = 80, 7, 5


def held(value: Rational) -> int:
    """The words that a number holds."""
    if type(value) is int:
        return INTEGER + value.bit_length() // 60
    return held_fraction(value.numerator.bit_length(), value.denominator.bit_length())


def held_fraction(*bits: int) -> int:
    """The words that a Fraction holds whose numerator and denominator, or each of them, are so long."""
    return 16 + sum(b // 60 for b in (bits if len(bits) == 2 else 2 * bits))


def longest(values: Iterable[Rational]) -> int:
    """Words of the longest numerator or denominator, at least 1."""
    return 1 + max((max(v.numerator.bit_length(), v.denominator.bit_length()) for v in values), default=0) // 64


def common_words(values: Iterable[Rational]) -> int:
    """Words of an integer as long as the product of all different denominators and the largest numerator together.

    No sum of the values is longer, up to a word for the number of summands.
    """
    bits, denominators = 0, []
    for v in values:
        bits = max(bits, v.numerator.bit_length())
        if v.denominator > 1:
            denominators.append(v.denominator)
    denominators.sort()
    return 2 + (bits + sum(d.bit_length() for d, _ in groupby(denominators))) // 64


def product(words: int, others: int) -> int:
    """Units of work of one operation on integers of so many words; division and gcd included."""
    return 1 + words * others // 32


def arithmetic(words: int, others: int) -> int:
    """Units of work of one operation on fractions of so many words."""
    return 12 + words * others // 32


@dataclass(frozen=True)
class Size:
    """How large an instance is: in the problem's own words, and in words of memory.

    words: an upper bound of the 64-bit words that it holds in CPython.
    """

    measures: Mapping[str, int]
    words: int


# ------------------------------------------------------------------------------------------------------------ problems

I = TypeVar("I")  # noqa: E741  source instance
W = TypeVar("W")  # source witness
J = TypeVar("J")  # target instance
U = TypeVar("U")  # target witness


@dataclass(frozen=True)
class Parsed(Generic[I]):
    """What a file says.

    format: the name of its format. content: what it holds, in the problem's own words. build: makes the instance, given
    all parameters of the problem by name. stated: the parameters that the file states. remarks: for the user.
    """

    format: str
    content: str
    build: Callable[..., I]
    stated: Mapping[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """For example '3 vertices, 2 edges, colors = 2, from JSON'."""
        return ", ".join(filter(None, (self.content, named(self.stated), f"from {self.format}")))


@dataclass(frozen=True)
class Comparison(Generic[I]):
    """What a file says against an instance: whether they agree, and the parameters that only the instance states."""

    agrees: bool
    unsaid: Mapping[str, Any]
    parsed: Parsed[I]


class Problem(ABC, Generic[I, W]):
    """A decision problem: instances, and the witnesses that prove an instance to be a YES."""

    name: ClassVar[str]
    # fields of an instance that a file may leave open: name -> meaning; and the values of those that need not be given
    parameters: ClassVar[Mapping[str, str]] = {}
    defaults: ClassVar[Mapping[str, Any]] = {}
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
    def read(self, text: str, suffix: str, given: Mapping[str, Any]) -> tuple[I, list[str]]:
        """The instance of a file and of the parameters that it leaves open; and remarks for the user."""
        parsed = self.parse(text, suffix)
        return self.complete(parsed, given), parsed.remarks

    @final
    def complete(self, parsed: Parsed[I], given: Mapping[str, Any]) -> I:
        """The instance of a parsed file. Raises InvalidInstance if `given` contradicts the file or is not enough."""
        for name, value in given.items():
            if name not in self.parameters:
                raise InvalidInstance(f"{self.name} has no parameter {shorten(name)}")
            if name in parsed.stated and parsed.stated[name] != value:
                said = {name: parsed.stated[name]}
                raise InvalidInstance(f"the file says {named(said)}, the command says {named({name: value})}")
        for name in self.missing(parsed, given):
            raise InvalidInstance(f"{self.parameters[name]} is missing: -p {name}=…")
        return parsed.build(**{**self.defaults, **given, **parsed.stated})

    @final
    def missing(self, parsed: Parsed[I], given: Mapping[str, Any]) -> list[str]:
        """The parameters without which there is no instance."""
        known = {**self.defaults, **given, **parsed.stated}
        return [name for name in self.parameters if name not in known]

    @final
    def describes(self, text: str, suffix: str, instance: I) -> Comparison[I]:
        """Compare a file with an instance. What the file states is never overridden; what it does not is listed."""
        parsed = self.parse(text, suffix)
        unsaid = {name: getattr(instance, name) for name in self.parameters if name not in parsed.stated}
        try:
            agrees = parsed.build(**parsed.stated, **unsaid) == instance
        except InvalidInstance:  # these parameters go with another file
            agrees = False
        return Comparison(agrees, unsaid, parsed)

    def canonical(self, instance: I) -> Iterator[str]:
        """The canonical JSON text of an instance, in pieces."""
        yield dumps(self.instance_to_json(instance))

    def sha256(self, instance: I) -> str:
        digest = hashlib.sha256()
        for piece in self.canonical(instance):
            digest.update(piece.encode())
        return digest.hexdigest()


# ---------------------------------------------------------------------------------------------------------- reductions


class Reduction(ABC, Generic[I, W, J, U]):
    """A many-one reduction together with both of its witness maps.

    `forward` maps every solution of the source to a solution of the target; `backward` maps every solution of the
    target, whichever one a solver happens to find, to a solution of the source. Subclasses that take parameters are
    frozen dataclasses whose fields have defaults.
    """

    name: str
    source: Problem[I, W]
    target: Problem[J, U]
    reference: str

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
    def exact(self) -> bool:
        """Whether both sides always have the same answer; a gap reduction only promises the forward direction."""
        return True

    @property
    def parameters(self) -> dict[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)} if is_dataclass(self) else {}


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
        if not hasattr(self, "name"):
            self.name = "/".join(link.name for link in self._links)
            self.reference = "; ".join(dict.fromkeys(link.reference for link in self._links))

    @property
    def links(self) -> tuple[AnyReduction, ...]:
        return self._links

    @property
    def exact(self) -> bool:
        return all(link.exact for link in self._links)

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the links; one that several links have is called LINK.NAME."""
        often = Counter(name for link in self._links for name in link.parameters)
        return {
            name if often[name] == 1 else f"{link.name}.{name}": value
            for link in self._links
            for name, value in link.parameters.items()
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
