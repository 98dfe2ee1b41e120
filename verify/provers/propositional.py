"""Propositional clauses: a model, or a refutation by lemmas with hints, as CaDiCaL writes them (the format LRAT).

Of a lemma the hints say by which clauses it follows by unit propagation, one after the other. So what a refutation
needs is found in one pass from its end, without propagating anything again, and only what is needed is parsed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from relucert.certificates.kernel import Clause
from relucert.verify.provers.base import Deadline, OutOfTime

CONFLICT = 100  # the work of a conflict, see Deadline
OPTIONS = {
    "lrat": 1,  # hints
    "binary": 0,  # lines of text
    "walk": 0,  # local search is for models
    "stabilize": 0,  # slow restarts make for models too, and for longer proofs
}


class Lemma(NamedTuple):
    """A clause that follows from its hints, which are places: of the premises, and after those of the lemmas."""

    clause: Clause
    hints: tuple[int, ...]


def decide(clauses: Iterable[Sequence[int]], deadline: Deadline | None = None) -> frozenset[int] | list[Lemma]:
    """The true atoms of a propositional model, or lemmas of which the last is empty. Raises OutOfTime.

    deadline: of which the work counts here, not the seconds.
    """
    from tempfile import TemporaryFile  # most small questions do without these

    import pysolvers
    from pysat.solvers import Cadical195

    work = deadline.work if deadline else None
    with Cadical195() as solver, TemporaryFile() as proof:
        solver.configure(OPTIONS)  # python-sat has the proof traced, if it is asked to, before this
        stream = pysolvers.cadical195_tracepr(solver.cadical, proof)
        premises = 0
        for premises, clause in enumerate(clauses, 1):
            if not clause:
                return [Lemma((), (premises - 1,))]  # of which nothing would be written
            solver.add_clause(clause)
        if work is not None:
            solver.conf_budget(work // CONFLICT)
        satisfiable = solver.solve() if work is None else solver.solve_limited()
        if deadline and work is not None:
            deadline.spend(CONFLICT * solver.accum_stats()["conflicts"])
        if satisfiable is None:
            raise OutOfTime
        if satisfiable:
            return frozenset(literal for literal in solver.get_model() if literal > 0)
        pysolvers.flushpr(stream)
        proof.seek(0)
        return trimmed(premises, proof.read().splitlines())


def trimmed(premises: int, lines: Iterable[bytes]) -> list[Lemma]:
    """The lemmas that the last one needs, of lines `id literal … 0 hint … 0`. Other lines delete clauses: `id d …`.

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
            lemma = Lemma(tuple(map(int, literals.split())), tuple(map(int, hints.split())))
            needed.update(lemma.hints)
            kept.append((number, lemma))
    lemmas = []
    for number, lemma in reversed(kept):
        place[number] = premises + len(lemmas)
        lemmas.append(Lemma(lemma.clause, tuple(map(place.__getitem__, lemma.hints))))
    return lemmas
