"""Shorter refutations: without what is not used, and with what is used once derived where it is used.

Provers derive clause by clause, so that many clauses serve a single other one. A clause by unit propagation that is
used once gives its hints to the step that uses it, if they propagate there as well: the step then says the same with
fewer lines. A linear combination of which unit clauses take away some literals becomes one that has these units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from relucert.certificates.kernel import Atom, Clause, Count, Define, Farkas, Rup, Step, Tangent

LONGEST = 200  # hints of a step that are given on, or a long chain would visit the first ones in each of its steps


def shortened(clauses: Mapping[int, Clause], steps: Sequence[Step]) -> tuple[Step, ...]:
    """A refutation without what is not used, before and after steps are absorbed. clauses: those of the formula."""
    return trim(absorb(clauses, trim(steps)))


def trim(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps of a refutation that its last one depends on, by id or by atom."""
    ids: set[int] = {steps[-1].id} if steps and not isinstance(steps[-1], Atom) else set()
    atoms: set[int] = set()
    kept: list[Step] = []
    for step in reversed(steps):
        if isinstance(step, Atom):
            if step.atom in atoms:
                kept.append(step)
            continue
        defined = range(step.id, step.id + len(step.literals) + 1) if isinstance(step, Define) else (step.id,)
        if not (ids.intersection(defined) or (isinstance(step, Define | Tangent) and step.atom in atoms)):
            continue
        kept.append(step)
        ids.update(cited(step))
        if isinstance(step, Define):
            atoms.update(map(abs, step.literals))
        elif isinstance(step, Count):
            atoms.update(abs(literal) for literal, _ in (*step.terms, *step.axioms))
        elif not isinstance(step, Tangent):
            atoms.update(map(abs, step.clause))
    return tuple(reversed(kept))


def cited(step: Step) -> Sequence[int]:
    """The ids of what a step relies on."""
    if isinstance(step, Rup):
        return step.hints
    if isinstance(step, Count):
        return [number for number, _ in step.premises]
    return [number for number, _ in step.units] if isinstance(step, Farkas) else ()


def absorb(clauses: Mapping[int, Clause], steps: Iterable[Step]) -> list[Step]:
    """Steps that prove the same, and which need not all be needed. clauses: those of the formula.

    Ids stay, but for those of steps that are gone.
    """
    steps = list(steps)
    absorbing = _Absorbing(clauses, Counter(number for step in steps for number in cited(step)))
    for step in steps:
        absorbing.add(step)
    return list(absorbing.kept.values())


class _Absorbing:
    def __init__(self, clauses: Mapping[int, Clause], uses: Counter[int]) -> None:
        self.clauses = dict(clauses)
        self.uses = uses
        self.kept: dict[tuple[str, int], Step] = {}

    def add(self, step: Step) -> None:
        if isinstance(step, Rup):
            step = self.with_units(self.spliced(step))
        self.kept[key_of(step)] = step
        self.clauses.update(derived(step))

    def once(self, number: int) -> Step | None:
        """The step of that id, if nothing else uses what it derives."""
        return self.kept.get(("id", number)) if self.uses[number] == 1 else None

    def short(self, number: int) -> Rup | None:
        step = self.once(number)
        return step if isinstance(step, Rup) and len(step.hints) <= LONGEST else None

    def spliced(self, step: Rup) -> Rup:
        """With the hints of the hints that are used once, as far as they propagate."""
        if not any(self.short(hint) for hint in step.hints):
            return step
        trail = _Trail(self.clauses, step.clause)
        for hint in step.hints:
            inner = self.short(hint)
            if inner and trail.visit_all(inner.hints, inner.clause):
                del self.kept["id", hint]
            else:
                trail.visit(hint)
            if trail.conflict:
                break
        return Rup(step.id, step.clause, tuple(trail.hints))

    def with_units(self, step: Rup) -> Step:
        """As a linear combination with units, if it is one that is used once, and units that falsify literals of it."""
        (single, *more) = [number for number in step.hints if len(self.clauses[number]) != 1] or [0]
        inner = self.once(single)
        if more or not isinstance(inner, Farkas):
            return step
        units = {-self.clauses[number][0]: number for number in step.hints if number != single}
        multipliers = dict(zip(inner.clause, inner.multipliers, strict=True))
        if multipliers.keys() - units.keys() != {*step.clause} or not units.keys() <= multipliers.keys():
            return step
        total = Counter[int]()
        for number, m in (*inner.units, *((number, multipliers[literal]) for literal, number in units.items())):
            total[number] += m
        del self.kept["id", single]
        own = tuple(multipliers[literal] for literal in step.clause)
        return Farkas(step.id, step.clause, own, tuple(total.items()), inner.tangents)


class _Trail:
    """Unit propagation under the negation of a clause. hints: those that propagate, the last one may be in conflict."""

    def __init__(self, clauses: Mapping[int, Clause], clause: Clause) -> None:
        self.clauses = clauses
        self.false = {*clause}
        self.hints: list[int] = []
        self.conflict = False

    def visit(self, hint: int) -> int:
        """The literal that becomes false; 0 if the clause is in conflict, or satisfied, and then it is left out.

        Raises ValueError if it is none of these.
        """
        free = [literal for literal in self.clauses[hint] if literal not in self.false]
        if any(-literal in self.false for literal in free):
            return 0
        if len(free) > 1:
            raise ValueError
        self.hints.append(hint)
        self.conflict = not free
        self.false.update(-literal for literal in free)
        return -free[0] if free else 0

    def visit_all(self, hints: Sequence[int], clause: Clause) -> bool:
        """Whether these hints do what this clause would; otherwise nothing changes."""
        before, new = len(self.hints), []
        with suppress(ValueError):
            for hint in hints:
                new.append(self.visit(hint))
                if self.conflict:
                    return True
            if any(-literal in self.false for literal in clause):
                return True
        del self.hints[before:]
        self.false.difference_update(new)
        return False


def key_of(step: Step) -> tuple[str, int]:
    return ("atom", step.atom) if isinstance(step, Atom) else ("id", step.id)


def derived(step: Step) -> Iterator[tuple[int, Clause]]:
    """The clauses that a step adds; a constraint counts as none."""
    if isinstance(step, Define):
        yield from ((number, (-step.atom, literal)) for number, literal in enumerate(step.literals, step.id))
        yield step.id + len(step.literals), (step.atom, *(-literal for literal in step.literals))
    elif isinstance(step, Tangent):
        yield step.id, (step.atom,)
    elif isinstance(step, Count):
        if step.degree == 1 and all(c == 1 for _, c in step.terms):
            yield step.id, tuple(literal for literal, _ in step.terms)
    elif not isinstance(step, Atom):
        yield step.id, step.clause
