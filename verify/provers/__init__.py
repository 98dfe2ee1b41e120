"""Provers of both answers. `provers_for` says which of them decide a problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from relucert.certificates.kernel import Formula
from relucert.verify.provers.base import Answer, Deadline, Prover, Unknown

if TYPE_CHECKING:
    from relucert.reductions.problem import Problem
    from relucert.verify.search import Searches


class Lazy(NamedTuple):
    """A prover whose solver is imported when it is first needed: in its own process, beside the others."""

    name: str
    make: Callable[[], Prover]

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        return self.make().solve(formula, deadline)


def _z3() -> Prover:
    from relucert.verify.provers.z3_prover import Z3Prover

    def complete(formula: Formula, theory: Any, deadline: Deadline) -> Answer:
        from relucert.verify.provers.lp_prover import LpProver

        return LpProver().solve(formula, deadline, theory)

    return Z3Prover(complete)


def _z3_alone() -> Prover:
    from relucert.verify.provers.z3_prover import Z3Prover

    return Z3Prover()


def _lp() -> Prover:
    from relucert.verify.provers.lp_prover import LpProver

    return LpProver()


def _exact() -> Prover:
    from relucert.verify.provers.lp_prover import LpProver

    return LpProver(exact=True)


def _sat() -> Prover:
    from relucert.verify.provers.sat import SatProver

    return SatProver()


class Finder(NamedTuple):
    """Stands beside provers in a race for what only finds solutions."""

    name: str = "finder"

    def solve(self, formula: Formula, deadline: Deadline) -> Answer:
        return Unknown("this finds solutions of instances, not models")


PROVERS: dict[str, Prover] = {"z3": Lazy("z3", _z3), "lp": Lazy("lp", _lp), "sat": Lazy("sat", _sat)}
EXACT = Lazy("exact", _exact)
Z3_ALONE = Lazy("z3", _z3_alone)


def provers_for(problem: Problem[Any, Any], choice: str = "auto", searches: Searches | None = None) -> list[Prover]:
    """The provers to race: the chosen one, or, if the search of the problem does not name it, all that this does."""
    from relucert.verify.problems import SEARCHES
    from relucert.verify.search import Search

    searches = searches or SEARCHES
    names = searches[problem.name].provers if problem.name in searches else Search.provers
    return [PROVERS[name] for name in ((choice,) if choice in names else names)]
