"""The refutation kernel: clauses over linear inequalities, and six proof steps.

A `Formula` is what the checker itself builds from an instance. A refutation is a sequence of steps, each of which
adds something that follows from what stands before it, the last being the empty clause. SPEC.md proves every step
sound; the classes below are its rules, one each, in the order of that document.

Literals are nonzero integers ±atom. All arithmetic is on Python integers, so it is exact.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple, TypeVar

from relucert.reductions.exact import Rational, shorten
from relucert.reductions.json_text import rational_from_json, rational_to_json

MAX_NUMBER = 2**60  # of atoms, variables and ids
# A certificate could choose its numbers so that they collide in dictionaries and sets. Therefore none has them as keys,
# but only their multiples by a factor that nobody knows beforehand: Python hashes integers modulo the prime 2⁶¹ − 1.
SALT = 2**60 + int.from_bytes(os.urandom(7), "big")

Clause = tuple[int, ...]
T = TypeVar("T")


class Rejected(Exception):
    """The argument fails: a step does not follow, or the refutation does not end in the empty clause."""


class Malformed(Exception):
    """Not a certificate: a line that no writer of this format produces."""


class ResourceLimit(Exception):
    """More work, digits, bytes or nesting than the checker was allowed to spend."""


class Unsupported(Exception):
    """This checker cannot judge the file, so it says nothing about the claim."""


LINE = 40  # units of work of a line, however short it is


class Meter:
    """What a check has spent, and what it holds: units of work and 64-bit words of memory, each up to its limit.

    Both are counted before the work is done and before the memory is taken; what is refused is not counted.
    """

    def __init__(self, most_work: int = 10**10, most_words: int = 10**9) -> None:
        self.work = self.words = self.peak = 0  # peak: the most words at any time
        self.most_work, self.most_words = most_work, most_words

    def spend(self, work: int) -> None:
        if work > self.most_work - self.work:
            raise ResourceLimit(f"more than {self.most_work} units of work")
        self.work += work

    def hold(self, words: int) -> None:
        if words > self.most_words - self.words:
            raise ResourceLimit(f"more than {self.most_words} words of memory")
        self.words += words
        if self.words > self.peak:
            self.peak = self.words

    @contextmanager
    def holding(self, words: int = 0) -> Iterator[None]:
        """Hold these words, and whatever is held inside, for a while."""
        before = self.words
        self.hold(words)
        yield
        self.words = before

    @property
    def longest_line(self) -> int:
        """The bytes of the longest line that may be read now."""
        return max(0, min((self.most_words - self.words) // 8, self.most_work - self.work - LINE))

    def read(self, length: int) -> None:
        """Pay for a line that is no longer than that; it takes four words a byte, and what is made of it as many."""
        self.work += LINE + length
        self.peak = max(self.peak, self.words + 8 * length)


class Salted(Mapping[int, T]):
    """A mapping whose keys a certificate may choose: their multiples by SALT are kept.

    first: what it begins with, if nobody could choose those keys.
    """

    def __init__(self, first: Mapping[int, T], others: Iterable[tuple[int, T]] = ()) -> None:
        self._first = first
        self._others = {key * SALT: value for key, value in others}

    @contextmanager
    def lent(self, other: Salted[T]) -> Iterator[None]:
        """What is in it is in the other one too, for a while; then what was added there is forgotten."""
        size, other._others = len(self._others), self._others
        yield
        while len(self._others) > size:
            self._others.popitem()

    def add(self, key: int, value: T) -> None:
        self._others[key * SALT] = value

    def get(self, key: int, default: Any = None) -> Any:
        return self._first[key] if key in self._first else self._others.get(key * SALT, default)

    def get_all(self, keys: Iterable[int]) -> list[Any]:
        """What belongs to each, None if there is nothing."""
        first, others = self._first, self._others
        return [first[key] if key in first else others.get(key * SALT) for key in keys]

    def missing(self, keys: Iterable[int]) -> list[int]:
        """Those of them that it does not have."""
        return [key for key in keys if key not in self._first and key * SALT not in self._others]

    def __contains__(self, key: Any) -> bool:
        return key in self._first or key * SALT in self._others

    def __getitem__(self, key: int) -> T:
        return self._first[key] if key in self._first else self._others[key * SALT]

    def __iter__(self) -> Iterator[int]:
        yield from self._first
        for key in self._others:
            yield key // SALT

    def items(self) -> Any:  # without looking up each
        return [*self._first.items(), *((key // SALT, value) for key, value in self._others.items())]

    def __len__(self) -> int:
        return len(self._first) + len(self._others)


class Linear(NamedTuple):
    """The inequality Σ a·x ≤ bound over real variables (Σ a·x < bound if strict); a and bound are integers."""

    terms: tuple[tuple[int, int], ...]  # (variable, nonzero coefficient), variables increasing
    bound: int
    strict: bool = False


class PseudoBoolean(NamedTuple):
    """The constraint Σ c·ℓ ≥ degree over literals ℓ of distinct atoms, with integers c ≥ 1."""

    terms: Mapping[int, int]  # literal -> coefficient
    degree: int


class Square(NamedTuple):
    """The constraint q ≥ ((Σ a·x − constant) / scale)² on a real variable q that is numbered after all x."""

    terms: tuple[tuple[int, int], ...]  # (variable, nonzero coefficient), variables increasing
    constant: int
    scale: int  # at least 1
    variable: int

    def tangent(self, at: Rational) -> Linear:
        """q ≥ 2c·e − c² for e = (Σ a·x − b) / D and c = p / s, times s²D: 2ps·Σ a·x − s²D·q ≤ 2ps·b + p²D."""
        p, s = at.numerator, at.denominator
        terms = tuple((x, 2 * p * s * a) for x, a in self.terms) if p else ()
        bound = 2 * p * s * self.constant + p * p * self.scale
        return Linear((*terms, (self.variable, -s * s * self.scale)), bound)


@dataclass(slots=True)
class Formula:
    """Numbered atoms and numbered constraints. An atom is a `Linear` or, if None, propositional."""

    atoms: dict[int, Linear | None] = field(default_factory=dict)
    clauses: dict[int, Clause] = field(default_factory=dict)
    pseudo_booleans: dict[int, PseudoBoolean] = field(default_factory=dict)
    squares: dict[int, Square] = field(default_factory=dict)

    last_atom: int = 0
    last_id: int = 0

    def new_atom(self, meaning: Linear | None = None) -> int:
        self.last_atom += 1
        self.atoms[self.last_atom] = meaning
        return self.last_atom

    def add_clause(self, *literals: int) -> int:
        self.last_id += 1
        self.clauses[self.last_id] = literals
        return self.last_id

    def add_clauses(self, clauses: Iterable[Clause]) -> None:
        """Many, one after the other."""
        for number, clause in enumerate(clauses, self.last_id + 1):
            self.clauses[number] = clause
            self.last_id = number

    def add_pseudo_boolean(self, terms: Mapping[int, int], degree: int) -> int:
        self.last_id += 1
        self.pseudo_booleans[self.last_id] = PseudoBoolean(terms, degree)
        return self.last_id

    def add_square(self, square: Square) -> int:
        number = len(self.squares) + 1
        self.squares[number] = square
        return number


class Kernel:
    """What has been derived so far from a formula."""

    def __init__(self, formula: Formula, meter: Meter | None = None, marks: bytearray | None = None) -> None:
        self.atoms = Salted(formula.atoms)
        self.clauses = Salted(formula.clauses)
        self.pseudo_booleans = Salted(formula.pseudo_booleans)
        self.squares = formula.squares
        self.last_atom = formula.last_atom
        self.last_id = formula.last_id
        self.refuted = False
        self.meter = meter or Meter()
        self.linears: dict[int, tuple[Linear, int]] = {}  # atom, times SALT -> see `linear`; if asked or added
        self.lengths: dict[int, int] = {}  # id, times SALT -> words of the longest number in a constraint, if cited
        self.marks = marks or bytearray()  # by literals, the negative ones from the end; all are 0 between steps
        self.marks.extend(bytes(2 * self.last_atom + 2 - len(self.marks)))

    @contextmanager
    def going_on(self, formula: Formula) -> Iterator[Kernel]:
        """With a formula that says more and is numbered on from here; what is derived there is forgotten in the end."""
        kernel = Kernel(formula, self.meter, self.marks)
        atoms, clauses = self.atoms.lent(kernel.atoms), self.clauses.lent(kernel.clauses)
        with atoms, clauses, self.pseudo_booleans.lent(kernel.pseudo_booleans):
            yield kernel
        del self.marks[2 * self.last_atom + 2 :]

    def fresh_atom(self, number: int, meaning: Linear | None) -> None:
        if number <= self.last_atom:
            raise Rejected(f"atom {number} is not fresh (the last one is {self.last_atom})")
        self.meter.spend((number - self.last_atom) // 64)
        self.meter.hold(number - self.last_atom)
        self.marks.extend(bytes(2 * number + 2 - len(self.marks)))
        longest = 1 if meaning is None else self.longest(meaning)
        self.meter.hold(atom_words(0) if meaning is None else atom_words(len(meaning.terms), longest) + CITED_WORDS)
        if meaning is not None:
            self.linears[number * SALT] = meaning, longest
        self.atoms.add(number, meaning)
        self.last_atom = number

    def fresh_id(self, number: int) -> None:
        if number <= self.last_id:
            raise Rejected(f"id {number} is not fresh (the last one is {self.last_id})")
        if number >= MAX_NUMBER:  # of those that a step leaves out
            number_of(number)
        self.last_id = number

    def learn(self, number: int, clause: Clause) -> None:
        self.fresh_id(number)
        self.meter.hold(clause_words(len(clause)))
        self.clauses.add(number, clause)
        self.refuted = not clause

    def cited(self, numbers: Sequence[int]) -> list[Clause]:
        """The clauses with these ids."""
        found = self.clauses.get_all(numbers)
        if None in found:
            raise Rejected(f"no clause has the id {shorten(numbers[found.index(None)])} at this point")
        return found

    def require_atoms(self, literals: Iterable[int]) -> None:
        if missing := self.atoms.missing(map(abs, literals)):
            raise Rejected(f"no atom has the number {missing[0]} at this point")

    def linear(self, literal: int) -> tuple[Linear, int]:
        """The inequality of a literal's atom, and words of the longest number in it."""
        atom = abs(literal)
        found = self.linears.get(atom * SALT)
        if found is None:
            meaning = self.atoms.get(atom)
            if meaning is None:
                raise Rejected(f"atom {atom} is not a linear inequality")
            self.meter.hold(CITED_WORDS)
            found = self.linears[atom * SALT] = meaning, self.longest(meaning)
        return found

    def length_of_constraint(self, number: int) -> int:
        """Words of the longest number in a constraint."""
        constraint = self.pseudo_booleans.get(number)
        if constraint is None:
            return 1
        key = number * SALT
        if key not in self.lengths:
            self.meter.spend(len(constraint.terms) + 1)
            self.lengths[key] = words(max(abs(constraint.degree), max(constraint.terms.values(), default=0)))
        return self.lengths[key]

    def touched(self, number: int, at: Rational) -> tuple[Square, int]:
        """The square of that number, and how many words the numbers of its tangent there have, which are paid for."""
        if number not in self.squares:
            raise Rejected(f"there is no square {shorten(number)}")
        square = self.squares[number]
        length = self.longest(square) + 2 * (words(at.numerator) + words(at.denominator))
        self.meter.spend((len(square.terms) + 1) * length * length)
        return square, length

    def longest(self, meaning: Linear | Square) -> int:
        """Words of the longest number in an inequality or a square."""
        self.meter.spend(len(meaning.terms) + 1)
        longest = abs(meaning.bound) if isinstance(meaning, Linear) else max(abs(meaning.constant), meaning.scale)
        for _, a in meaning.terms:
            if not -longest <= a <= longest:
                longest = abs(a)
        return words(longest)


class Combination:
    """A sum of multiples of inequalities or constraints while it is computed.

    Until its end it holds the words of as many terms, and of such numbers, as it may have by then.
    """

    def __init__(self, meter: Meter) -> None:
        self.meter, self.words = meter, 0
        self.coefficients: dict[int, int] = defaultdict(int)  # variable or literal, times SALT -> coefficient
        self.longest = 1  # words of a number in it

    def pay(self, size: int, length: int, multiplier: int) -> None:
        """Before a summand is added: as many terms and one more, whose numbers have up to `length` words."""
        if multiplier < WORD and length == self.longest == 1:  # nearly always
            self.meter.spend(size)
        else:
            factor = words(multiplier)
            self.longest = max(self.longest, length + factor - 1)
            self.meter.spend(size * max(length * factor, self.longest))
        self.hold(len(self.coefficients) + size)

    def hold(self, terms: int) -> None:
        more = terms * (24 + self.longest) - self.words
        if more > 0:
            self.meter.hold(more)
            self.words += more

    def add(self, terms: Iterable[tuple[int, int]], multiplier: int) -> None:
        coefficients = self.coefficients
        for x, a in terms:
            coefficients[x * SALT] += multiplier * a

    def end(self) -> None:
        self.meter.words -= self.words


# ----------------------------------------------------------------------------------------------------------- the rules


class Atom(NamedTuple):
    """A fresh atom whose meaning is a linear inequality; conservative, because the variables fix its truth value."""

    atom: int
    meaning: Linear

    def apply(self, kernel: Kernel) -> None:
        kernel.fresh_atom(self.atom, self.meaning)

    def to_json(self) -> dict[str, Any]:
        return {"atom": self.atom, **linear_to_json(self.meaning)}

    @classmethod
    def from_json(cls, line: dict[str, Any], _: int) -> Atom:
        return cls(number_of(line["atom"]), _linear(line))


class Define(NamedTuple):
    """A fresh propositional atom d ⇔ ℓ₁ ∧ … ∧ ℓₙ.

    Its clauses get the ids id, …, id + n: (¬d ∨ ℓᵢ) for each i, then (d ∨ ¬ℓ₁ ∨ … ∨ ¬ℓₙ).
    """

    id: int
    atom: int
    literals: Clause

    def apply(self, kernel: Kernel) -> None:
        kernel.meter.spend(len(self.literals) + 1)
        kernel.require_atoms(self.literals)
        kernel.fresh_atom(self.atom, None)
        for number, literal in enumerate(self.literals, self.id):
            kernel.learn(number, (-self.atom, literal))
        kernel.learn(self.id + len(self.literals), (self.atom, *(-literal for literal in self.literals)))

    def to_json(self) -> dict[str, Any]:
        return {"define": self.atom, "and": list(self.literals), "id": self.id}

    @classmethod
    def from_json(cls, line: dict[str, Any], fresh: int) -> Define:
        return cls(id_of(line, fresh), number_of(line["define"]), clause_of(line["and"]))


class Farkas(NamedTuple):
    """A clause whose negation is linearly infeasible.

    Σ multiplier · (negated literal) + Σ multiplier · (unit clause) + Σ multiplier · (tangent of a square) must read
    0 < 0 or 0 ≤ −1 (or worse).
    """

    id: int
    clause: Clause
    multipliers: tuple[int, ...]
    units: tuple[tuple[int, int], ...] = ()  # (id of a unit clause, multiplier)
    tangents: tuple[tuple[int, Rational, int], ...] = ()  # (number of a square, where the tangent touches, multiplier)

    def apply(self, kernel: Kernel) -> None:
        literals, multipliers = [-literal for literal in self.clause], [*self.multipliers]
        units = kernel.cited([number for number, _ in self.units])
        for (number, multiplier), unit in zip(self.units, units, strict=True):
            if len(unit) != 1:
                raise Rejected(f"clause {number} is not a unit clause")
            literals.append(unit[0])
            multipliers.append(multiplier)
        known = kernel.linears
        facts = [known.get(abs(literal) * SALT) or kernel.linear(literal) for literal in literals]
        total, bound, strict = Combination(kernel.meter), 0, False  # of variables
        for literal, multiplier, (fact, length) in zip(literals, multipliers, facts, strict=True):
            total.pay(len(fact.terms) + 1, length, multiplier)
            signed = multiplier if literal > 0 else -multiplier  # the negation of a·x ≤ b is −a·x < −b
            total.add(fact.terms, signed)
            bound += signed * fact.bound
            strict = strict or fact.strict == (literal > 0)
        for number, at, multiplier in self.tangents:
            square, length = kernel.touched(number, at)
            total.pay(len(square.terms) + 2, length, multiplier)
            with kernel.meter.holding(atom_words(len(square.terms) + 1, length)):
                fact = square.tangent(at)
                total.add(fact.terms, multiplier)
                bound += multiplier * fact.bound
        total.end()
        if any(total.coefficients.values()):
            raise Rejected("the combination does not cancel every variable")
        if bound > 0 or (bound == 0 and not strict):
            raise Rejected(f"the combination reads 0 {'<' if strict else '≤'} {shorten(bound)}: no contradiction")
        kernel.learn(self.id, self.clause)

    def to_json(self) -> dict[str, Any]:
        line: dict[str, Any] = {"farkas": list(self.clause), "id": self.id}
        if any(m != 1 for m in self.multipliers):
            line["multipliers"] = list(self.multipliers)
        if self.units:
            line["units"] = [number if m == 1 else [number, m] for number, m in self.units]
        if self.tangents:
            line["tangents"] = [[number, rational_to_json(at), m] for number, at, m in self.tangents]
        return line

    @classmethod
    def from_json(cls, line: dict[str, Any], fresh: int) -> Farkas:
        clause = clause_of(line["farkas"])
        multipliers = (1,) * len(clause)
        if "multipliers" in line:
            if type(line["multipliers"]) is not list or len(line["multipliers"]) != len(clause):
                raise Malformed("one multiplier per literal is needed")
            multipliers = positives(line["multipliers"])
        units = units_of(line["units"]) if "units" in line else ()
        tangents = tangents_of(line["tangents"]) if "tangents" in line else ()
        return cls(id_of(line, fresh), clause, multipliers, units, tangents)


class Rup(NamedTuple):
    """A clause by reverse unit propagation: under its negation each hint is unit, and the last one is in conflict."""

    id: int
    clause: Clause
    hints: tuple[int, ...]

    def apply(self, kernel: Kernel) -> None:
        kernel.require_atoms(self.clause)
        clauses = kernel.cited(self.hints)
        kernel.meter.spend(sum(map(len, clauses)) + len(clauses))
        false, known = kernel.marks, [*self.clause]
        try:
            for literal in known:
                false[literal] = 1
            for place, clause in enumerate(clauses):  # of large proofs it takes most of the time
                free = 0
                for literal in clause:
                    if not false[literal]:
                        if free:
                            raise Rejected(f"hint {self.hints[place]} is neither unit nor in conflict")
                        free = literal
                if not free:
                    break
                if false[-free]:
                    raise Rejected(f"hint {self.hints[place]} is neither unit nor in conflict")
                false[-free] = 1
                known.append(-free)
            else:
                raise Rejected("the hints end without a conflict")
        finally:
            for literal in known:
                false[literal] = 0
        if place + 1 < len(clauses):
            raise Rejected(f"hint {self.hints[place]} is in conflict before the last hint")
        kernel.learn(self.id, self.clause)

    def to_json(self) -> dict[str, Any]:
        return {"rup": list(self.clause), "hints": list(self.hints), "id": self.id}

    @classmethod
    def from_json(cls, line: dict[str, Any], fresh: int) -> Rup:
        hints = line["hints"]
        if type(hints) is not list:
            raise Malformed("hints must be a list of ids")
        return cls(id_of(line, fresh), clause_of(line["rup"]), positives(hints))


class Count(NamedTuple):
    """A pseudo-Boolean constraint by cutting planes.

    A positive combination of constraints and literal axioms (ℓ ≥ 0), divided by a positive integer with rounding up.
    The step states its result; a result with unit coefficients and degree 1 is also a clause.
    """

    id: int
    terms: tuple[tuple[int, int], ...]  # (literal, coefficient) of the result
    degree: int
    premises: tuple[tuple[int, int], ...]  # (id, multiplier)
    axioms: tuple[tuple[int, int], ...] = ()  # (literal, multiplier)
    divisor: int = 1

    def apply(self, kernel: Kernel) -> None:
        result, degree, longest = self._result(kernel)
        if degree != self.degree or result != sorted(self.terms):
            gives = f"the combination gives degree {shorten(degree)} over {len(result)} literals"
            raise Rejected(f"{gives}, not what is stated")
        if degree == 1 and all(c == 1 for _, c in result):
            kernel.learn(self.id, tuple(sorted((literal for literal, _ in result), key=abs)))
        else:
            kernel.fresh_id(self.id)
            kernel.meter.hold(pseudo_boolean_words(len(result), longest))
            terms = Salted({}, result)
            kernel.pseudo_booleans.add(self.id, PseudoBoolean(terms, degree))
            kernel.refuted = not result

    def _result(self, kernel: Kernel) -> tuple[list[tuple[int, int]], int, int]:
        """What the combination gives: sorted terms and degree; and the words of the longest number in it."""
        total = Combination(kernel.meter)  # of literals
        degree = 0
        for number, multiplier in self.premises:
            constraint = kernel.pseudo_booleans.get(number)
            terms = constraint.terms.items() if constraint else [(literal, 1) for literal in kernel.cited([number])[0]]
            total.pay(len(terms) + 1, kernel.length_of_constraint(number), multiplier)
            total.add(terms, multiplier)
            degree += multiplier * (constraint.degree if constraint else 1)
        longest = max([total.longest, words(self.divisor), *(words(m) for _, m in self.axioms)])
        size = len(total.coefficients) + len(self.axioms)
        kernel.meter.spend((size + 1) * longest * words(self.divisor))
        total.longest = longest
        total.hold(2 * size)
        kernel.require_atoms(literal for literal, _ in self.axioms)
        total.add(self.axioms, 1)
        result = []
        for key, c in total.coefficients.items():  # c·ℓ + c'·¬ℓ = (c − c')·ℓ + c'  for c ≥ c'
            opposite = total.coefficients.get(-key, 0)
            if c > opposite:
                result.append((key // SALT, -(-(c - opposite) // self.divisor)))
            if key > 0:
                degree -= min(c, opposite)
        total.end()
        return sorted(result), -(-degree // self.divisor), longest

    def to_json(self) -> dict[str, Any]:
        lists = {"count": self.terms, "from": self.premises, "axioms": self.axioms}
        numbers = {"degree": self.degree, "divide": self.divisor, "id": self.id}
        return {**numbers, **{key: [list(p) for p in value] for key, value in lists.items()}}

    @classmethod
    def from_json(cls, line: dict[str, Any], fresh: int) -> Count:
        terms, premises, axioms = pairs(line["count"]), pairs(line["from"]), pairs(line["axioms"])
        positives([number for _, number in (*terms, *premises, *axioms)])
        clause_of([literal for literal, _ in terms])
        clause_of([literal for literal, _ in axioms])
        return cls(id_of(line, fresh), terms, positive(line["degree"]), premises, axioms, positive(line["divide"]))


class Tangent(NamedTuple):
    """A linear consequence of a square q ≥ e²: q ≥ 2c·e − c² for a rational c, as a fresh atom and its unit clause."""

    id: int
    square: int
    at: Rational
    atom: int

    def apply(self, kernel: Kernel) -> None:
        square, length = kernel.touched(self.square, self.at)
        with kernel.meter.holding(atom_words(len(square.terms) + 1, length)):
            meaning = square.tangent(self.at)
        kernel.fresh_atom(self.atom, meaning)
        kernel.learn(self.id, (self.atom,))

    def to_json(self) -> dict[str, Any]:
        return {"tangent": self.square, "at": rational_to_json(self.at), "as": self.atom, "id": self.id}

    @classmethod
    def from_json(cls, line: dict[str, Any], fresh: int) -> Tangent:
        at = rational_from_json(line["at"])
        return cls(id_of(line, fresh), number_of(line["tangent"]), at, number_of(line["as"]))


Step = Atom | Define | Farkas | Rup | Count | Tangent
RULES: dict[str, tuple[type[Step], str]] = {  # by the keys of a line, and those that it may have
    "atom le bound": (Atom, ""),
    "atom lt bound": (Atom, ""),
    "define and": (Define, "id"),
    "farkas": (Farkas, "multipliers units tangents id"),
    "rup hints": (Rup, "id"),
    "count degree from axioms divide": (Count, "id"),
    "tangent at as": (Tangent, "id"),
}
OF_KEYS = {
    frozenset((*keys.split(), *others)): rule
    for keys, (rule, optional) in RULES.items()
    for n in range(len(optional.split()) + 1)
    for others in combinations(optional.split(), n)
}


def step_from_json(line: dict[str, Any], fresh: int = 0) -> Step:
    """Read one proof step; raises Malformed unless exactly one rule's keys are present with the right types.

    fresh: the id of a step that says none.
    """
    if rule := OF_KEYS.get(frozenset(line)):
        return rule.from_json(line, fresh)
    for keys, (_, optional) in RULES.items():
        key, *others = keys.split()
        if key in line:
            may = f", and may have {', '.join(sorted(optional.split()))}" if optional else ""
            raise Malformed(f"a step '{key}' has the keys {', '.join(sorted([key, *others]))}{may}")
    raise Malformed("a step has one of the keys " + ", ".join(dict.fromkeys(keys.split()[0] for keys in RULES)))


# -------------------------------------------------------------------------------------------------- reading the fields


def integer(value: Any) -> int:
    if type(value) is not int:  # also excludes True, which equals 1
        raise Malformed(f"{shorten(value)} is not an integer")
    return value


def positive(value: Any) -> int:
    if integer(value) < 1:
        raise Malformed(f"{shorten(value)} must be at least 1")
    return int(value)


def positives(values: list[Any]) -> tuple[int, ...]:
    for value in values:
        if type(value) is not int or value < 1:  # a call for each takes longer than all else
            positive(value)
    return tuple(values)


def number_of(value: Any) -> int:
    """The number of an atom or a constraint."""
    if type(value) is int and 0 < value < MAX_NUMBER:
        return value
    positive(value)
    raise ResourceLimit("an atom or a step is numbered 2⁶⁰ or more")


def id_of(line: dict[str, Any], fresh: int) -> int:
    """The id of a step, which is a fresh one where it says none."""
    return number_of(line["id"]) if "id" in line else fresh


WORD = 2**63


def words(value: int) -> int:
    """How many 64-bit words an integer takes."""
    return 1 + value.bit_length() // 64


# What CPython holds for the parts of a formula, in 64-bit words and from above; a number has a header of 4.


def atom_words(terms: int, length: int = 1) -> int:
    """An inequality of that many terms whose numbers have `length` words."""
    return 40 + length + terms * (18 + length)


CITED_WORDS = 25  # what is kept of an inequality that a step cites


def clause_words(literals: int) -> int:
    return 30 + 5 * literals


def pseudo_boolean_words(literals: int, length: int = 1) -> int:
    return 60 + length + literals * (24 + length)


def square_words(terms: int, length: int = 1) -> int:
    return atom_words(terms + 2, length)


def pairs(value: Any) -> tuple[tuple[int, int], ...]:
    result = []
    for pair in value if type(value) is list else [value]:
        if type(pair) is not list or len(pair) != 2:
            raise Malformed("expected a list of pairs of integers")
        a, b = pair
        result.append((a, b) if type(a) is type(b) is int else (integer(a), integer(b)))
    return tuple(result)


def units_of(value: Any) -> tuple[tuple[int, int], ...]:
    """The id of a unit clause and a multiplier, of each; of a number by itself it is 1."""
    units = pairs([[unit, 1] if type(unit) is int else unit for unit in value] if type(value) is list else value)
    positives([multiplier for _, multiplier in units])
    return units


def tangents_of(value: Any) -> tuple[tuple[int, Rational, int], ...]:
    """The number of a square, where the tangent touches, and a multiplier, of each."""
    if type(value) is not list or not all(type(t) is list and len(t) == 3 for t in value):
        raise Malformed("expected a list of tangents: a square, a rational and a multiplier each")
    return tuple((integer(square), rational_from_json(at), positive(m)) for square, at, m in value)


def linear_to_json(linear: Linear) -> dict[str, Any]:
    return {"lt" if linear.strict else "le": [list(t) for t in linear.terms], "bound": linear.bound}


def linear_from_json(line: Any) -> Linear:
    if type(line) is not dict or line.keys() not in ({"le", "bound"}, {"lt", "bound"}):
        raise Malformed("an inequality has a bound and either 'le' or 'lt'")
    return _linear(line)


def _linear(line: dict[str, Any]) -> Linear:
    terms, last = pairs(line["lt" if "lt" in line else "le"]), -1
    for variable, a in terms:
        if variable <= last or a == 0:
            raise Malformed("terms must have increasing variables, numbered from 0, and nonzero coefficients")
        last = variable
    if last >= MAX_NUMBER:
        raise ResourceLimit("a variable is numbered 2⁶⁰ or more")
    return Linear(terms, integer(line["bound"]), "lt" in line)


def clause_of(value: Any) -> Clause:
    """A list of literals of distinct atoms (so that a clause is never a tautology)."""
    if type(value) is not list:
        raise Malformed("expected a list of literals")
    for literal in value:
        if type(literal) is not int:
            integer(literal)
        if not -MAX_NUMBER < literal < MAX_NUMBER:
            raise ResourceLimit("a literal is numbered 2⁶⁰ or more")
    if 0 in value or (len(value) > 1 and len({abs(literal) * SALT for literal in value}) != len(value)):
        raise Malformed("a clause lists nonzero literals of distinct atoms")
    return tuple(value)
