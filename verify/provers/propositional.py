"""Propositional clauses: a model, or a refutation by lemmas with hints, as CaDiCaL writes them (the format LRAT).

Of a lemma the hints say by which clauses it follows by unit propagation, one after the other. So what a refutation
needs is found in one pass from its end, without propagating anything again, and only what is needed is parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from relucert.certificates.kernel import Clause
from relucert.verify.provers.base import Deadline

CONFLICT = 100  # the work of a conflict, see Deadline
LOOK = 20_000  # conflicts between two looks at the clock
OPTIONS = {
    "lrat": 1,  # hints
    "binary": 0,  # lines of text
    "walk": 0,  # local search is for models
    "stabilize": 0,  # slow restarts make for models too, and for longer proofs
    "shrink": 1,  # not as far as it goes, which takes a seventh more hints
}


class Lemma(NamedTuple):
    """A clause that follows from its hints, which are places: of the premises, and after those of the lemmas."""

    clause: Clause
    hints: tuple[int, ...]


def decide(clauses: Iterable[Sequence[int]], deadline: Deadline | None = None) -> frozenset[int] | list[Lemma]:
    """The true atoms of a propositional model, or lemmas of which the last is empty. Raises OutOfTime."""
    from tempfile import TemporaryFile  # most small questions do without these

    # The part of python-sat that is not in Python: the other takes longer to load than most questions to answer.
    import pysolvers

    given = list(clauses)
    atoms = sorted({abs(literal) for clause in given for literal in clause})
    number = {atom: n for n, atom in enumerate(atoms, 1)}  # the solver takes memory and time for numbers in between
    number |= {-atom: -n for atom, n in number.items()}
    waits = 0  # python-sat's own handler of SIGINT would raise what callers take for a failure; Python's waits
    solver = pysolvers.cadical195_new()
    try:
        with TemporaryFile() as proof:
            for name, value in OPTIONS.items():
                pysolvers.cadical195_set(solver, name, value)
            stream = pysolvers.cadical195_tracepr(solver, proof)
            for place, clause in enumerate(given):
                if not clause:
                    return [Lemma((), (place,))]  # of which nothing would be written
                pysolvers.cadical195_add_cl(solver, [number[literal] for literal in clause])
            found, before = 0, 0
            while not found:  # 1, −1, or 0 at the limit
                pysolvers.cadical195_cbudget(solver, LOOK if deadline is None else looks(deadline))
                found = pysolvers.cadical195_solve_lim(solver, [], waits)
                conflicts = pysolvers.cadical195_acc_stats(solver)["conflicts"]
                if deadline:
                    deadline.spend(CONFLICT * (conflicts - before))
                before = conflicts
            if found > 0:
                return frozenset(atoms[n - 1] for n in pysolvers.cadical195_model(solver) or () if n > 0)
            pysolvers.flushpr(stream)
            proof.seek(0)
            literals = {n: literal for literal, n in number.items()}
            return trimmed(len(given), proof.read().splitlines(), literals)
    finally:
        pysolvers.cadical195_del(solver, None)


def looks(deadline: Deadline) -> int:
    """Conflicts until the next look at the clock."""
    return LOOK if deadline.work is None else min(LOOK, 1 + deadline.work // CONFLICT)


def trimmed(premises: int, lines: Iterable[bytes], own: Mapping[int, int]) -> list[Lemma]:
    """The lemmas that the last one needs, of lines `id literal … 0 hint … 0`. Other lines delete clauses: `id d …`.

    own: what the literals of the lines are here.

    Premises have the ids that no lemma has, in order: one that is shortened when it is read is a lemma besides.
    """
    written = {int(line[: line.index(b" ")]): line for line in lines if b"d" not in line}
    place: dict[int, int] = {}  # of an id
    last = max(written)
    for number in range(1, last):
        if len(place) == premises:
            break
        if number not in written:
            place[number] = len(place)
    needed, kept = {last}, []
    for number, line in reversed(written.items()):
        if number in needed:
            literals, hints = line[line.index(b" ") :].removesuffix(b" 0").split(b" 0", 1)
            lemma = Lemma(tuple(own[int(literal)] for literal in literals.split()), tuple(map(int, hints.split())))
            needed.update(lemma.hints)
            kept.append((number, lemma))
    lemmas = []
    for number, lemma in reversed(kept):
        place[number] = premises + len(lemmas)
        lemmas.append(Lemma(lemma.clause, tuple(map(place.__getitem__, lemma.hints))))
    return lemmas
