"""Steps that several cases have in common, stated once before all of them; and numbers without gaps.

What follows from what is said of neurons alone, on each sample, does not depend on the signs of their output weights:
that their activations are monotone along a line, say. The refutation of each case derives it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from relucert.certificates.encoding import Encoding, NotEncoded
from relucert.certificates.kernel import Atom, Clause, Count, Define, Farkas, Formula, Rup, Step, Tangent
from relucert.certificates.writer import No, RefutedCase
from relucert.verify.provers.trimming import trim

# Steps of all cases but the longest one, which is how many can be saved, and their share of all: as building the common
# part takes time.
WORTH, SHARE = 50, 0.1

I = TypeVar("I")  # noqa: E741  instance


def settled(encoding: Encoding[I, Any], instance: I, refuted: No, below: bool = False) -> No:
    """The same refutations: what cases have in common stands once, and ids and atoms are numbered without gaps."""
    assert not refuted.common
    cases, lengths = refuted.cases, [len(case.steps) for case in refuted.cases]
    most = sum(lengths) - max(lengths)
    if most >= max(WORTH, SHARE * sum(lengths)) and all(case.symmetry == cases[0].symmetry for case in cases):
        with suppress(NotEncoded):
            return together(encoding.formulas(instance, below).common(cases[0].symmetry), cases)
    return No(tuple(case._replace(steps=Numbering().of(case.steps)) for case in cases))


class Numbers(dict[int, int]):
    """New numbers of steps, by their old ones. Those of the common part stay, others of a formula are shifted."""

    def __init__(self, last: int, shift: int) -> None:
        self.last, self.shift = last, shift

    def __missing__(self, old: int) -> int:
        return old if old <= self.last else old + self.shift


class Numbering:
    """Numbers without gaps, from the first ones on that are not shifted below these."""

    def __init__(self, common: Formula | None = None, last_atom: int = 0, last_id: int = 0) -> None:
        """common: what keeps its numbers, and where those of steps end that were derived of it; None: everything."""
        end = common or Formula()
        self.atoms = Numbers(end.last_atom, last_atom - end.last_atom if common else 0)
        self.ids = Numbers(end.last_id, last_id - end.last_id if common else 0)
        self.next_atom, self.next_id = last_atom + 1, last_id + 1

    def know(self, old: Iterable[tuple[str, int]], new: Iterable[tuple[str, int]]) -> None:
        """The numbers of what a step brings in."""
        for (kind, number), (_, now) in zip(old, new, strict=True):
            (self.ids if kind == "id" else self.atoms)[number] = now

    def of(self, steps: Sequence[Step], first: Sequence[Step] = ()) -> tuple[Step, ...]:
        """first: the steps before some were left out, after whose first numbers there is room."""
        atoms = [atom for step in first or steps if (atom := introduced(step)) is not None]
        ids = [step.id for step in first or steps if not isinstance(step, Atom)]
        self.next_atom = atoms[0] + self.atoms.shift if atoms else 0
        self.next_id = ids[0] + self.ids.shift if ids else 0
        return tuple(self.step(step) for step in steps)

    def step(self, step: Step) -> Step:
        if isinstance(step, Atom):
            return Atom(self.atom(step.atom), step.meaning)
        number, self.ids[step.id] = self.next_id, self.next_id
        self.next_id += 1
        if isinstance(step, Rup):
            return Rup(number, self.clause(step.clause), tuple(map(self.ids.__getitem__, step.hints)))
        if isinstance(step, Farkas):
            units = tuple((self.ids[unit], m) for unit, m in step.units)
            return Farkas(number, self.clause(step.clause), step.multipliers, units, step.tangents)
        if isinstance(step, Define):
            literals = self.clause(step.literals)
            for place in range(1, len(literals) + 1):
                self.ids[step.id + place] = number + place
            self.next_id += len(literals)
            return Define(number, self.atom(step.atom), literals)
        if isinstance(step, Count):
            terms, axioms = (tuple((self.literal(at), c) for at, c in some) for some in (step.terms, step.axioms))
            premises = tuple((self.ids[premise], m) for premise, m in step.premises)
            return Count(number, terms, step.degree, premises, axioms, step.divisor)
        return Tangent(number, step.square, step.at, self.atom(step.atom))

    def atom(self, old: int) -> int:
        number, self.atoms[old] = self.next_atom, self.next_atom
        self.next_atom += 1
        return number

    def literal(self, literal: int) -> int:
        return self.atoms[literal] if literal > 0 else -self.atoms[-literal]

    def clause(self, literals: Clause) -> Clause:
        atoms = self.atoms
        return tuple([atoms[at] if at > 0 else -atoms[-at] for at in literals])


def introduced(step: Step) -> int | None:
    """The atom that a step brings in."""
    return step.atom if isinstance(step, Atom | Define | Tangent) else None


# --------------------------------------------------------------------------------------------------- what is in common

Name = int | tuple[int, int]  # of an atom or a clause of the common part, or the place of `Known` and which of its ids


@dataclass
class Known:
    """What a case has derived of the common part. step: as the first case to do so has it. by: which cases have."""

    step: Step
    premises: tuple[Name, ...]
    atoms: tuple[Name, ...]
    by: set[int] = field(default_factory=set)


def together(common: Formula, cases: Sequence[RefutedCase]) -> No:
    """Refutations under one choice of the symmetry rule, with what two or more of them derive of the common part."""
    known: list[Known] = []
    places: dict[Any, int] = {}
    named = [dict(_named(common, case.steps, number, known, places)) for number, case in enumerate(cases)]
    shared = {place for place, one in enumerate(known) if len(one.by) > 1}
    _close(known, shared)
    own = [
        trim([step for i, step in enumerate(case.steps) if at.get(i) not in shared])
        for case, at in zip(cases, named, strict=True)
    ]
    used = set[int]()
    for case, at, steps in zip(cases, named, own, strict=True):
        brought = {key: place for i, place in at.items() if place in shared for key in _keys(case.steps[i])}
        used.update(brought[need] for step in steps for need in _needs(step) if need in brought)
    _close(known, used)
    first = Numbering(common, common.last_atom, common.last_id)
    stated = _stated(known, used, first)
    result = []
    for case, at, steps in zip(cases, named, own, strict=True):
        numbering = Numbering(common, first.next_atom - 1, first.next_id - 1)
        for i, place in at.items():
            if place in used:
                numbering.know(_keys(case.steps[i]), _keys(stated[place]))
        result.append(case._replace(steps=numbering.of(steps, case.steps)))
    return No(tuple(result), tuple(stated.values()))


def _stated(known: Sequence[Known], used: set[int], first: Numbering) -> dict[int, Step]:
    """The steps at these places, as the case has them that was first, with the numbers that all cases know them by."""
    stated: dict[int, Step] = {}
    for place in sorted(used):
        one = known[place]
        for need, name in zip(_needs(one.step), (*one.premises, *one.atoms), strict=True):
            if not isinstance(name, int):
                other, which = name
                keys = [key for key in _keys(stated[other]) if key[0] == need[0]]
                first.know([need], [keys[which]])
        stated[place] = first.step(one.step)
    return stated


def _named(
    common: Formula, steps: Sequence[Step], case: int, known: list[Known], places: dict[Any, int]
) -> Iterator[tuple[int, int]]:
    """Which steps of a case are founded on the common part alone: their places, and those in `known`."""
    atoms: dict[int, Name] = {number: number for number in common.atoms}
    ids: dict[int, Name] = {number: number for number in common.clauses}
    for place, step in enumerate(steps):
        cited, literals = tuple[int, ...](), tuple[int, ...]()
        if isinstance(step, Rup):
            cited, literals = step.hints, step.clause
        elif isinstance(step, Farkas) and not step.tangents:
            cited, literals = tuple([number for number, _ in step.units]), step.clause
        elif isinstance(step, Define):
            literals = step.literals
        elif not isinstance(step, Atom):
            continue
        if not all(map(ids.__contains__, cited)) or not all(abs(literal) in atoms for literal in literals):
            continue
        of_atoms = tuple([atoms[abs(literal)] for literal in literals])
        key: Any
        if isinstance(step, Atom):
            key = step.meaning
        elif not literals:
            continue
        else:
            signed = zip(of_atoms, (literal > 0 for literal in literals), strict=True)
            key = tuple(signed) if isinstance(step, Define) else frozenset(signed)
        at = places.setdefault(key, len(known))
        if at == len(known):
            known.append(Known(step, tuple([ids[number] for number in cited]), of_atoms))
        if case in known[at].by and introduced(step) is not None:
            continue  # of two atoms of one meaning a clause may have both
        known[at].by.add(case)
        for which, (kind, number) in enumerate(_keys(step)):
            if kind == "atom":
                atoms[number] = at, 0
            else:
                ids[number] = at, which
        yield place, at


def _keys(step: Step) -> list[tuple[str, int]]:
    """The ids and then the atom that a step brings in."""
    if isinstance(step, Atom):
        return [("atom", step.atom)]
    if isinstance(step, Define):
        return [*(("id", step.id + place) for place in range(len(step.literals) + 1)), ("atom", step.atom)]
    return [("id", step.id)]


def _needs(step: Step) -> list[tuple[str, int]]:
    """The ids, and then the atoms, that a step cites."""
    if isinstance(step, Atom | Tangent):
        return []
    if isinstance(step, Define):
        return [("atom", abs(literal)) for literal in step.literals]
    if isinstance(step, Count):
        of_ids = [number for number, _ in step.premises]
        literals: Sequence[int] = [literal for literal, _ in (*step.terms, *step.axioms)]
    else:
        of_ids = [number for number, _ in step.units] if isinstance(step, Farkas) else [*step.hints]
        literals = step.clause
    return [*(("id", number) for number in of_ids), *(("atom", abs(literal)) for literal in literals)]


def _close(known: Sequence[Known], places: set[int]) -> None:
    """Adds what those at these places rest on; that comes before them."""
    for place in range(len(known) - 1, -1, -1):
        if place in places:
            places.update(
                name[0] for name in (*known[place].premises, *known[place].atoms) if not isinstance(name, int)
            )
