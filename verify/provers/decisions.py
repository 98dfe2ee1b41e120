"""A SAT solver under decisions that are taken back: what searches share that let it propose, and correct it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relucert.verify.provers.base import Deadline
from relucert.verify.provers.linear_facts import ROUND
from relucert.verify.provers.propositional import CONFLICT

LOOK = 2000  # conflicts between two looks at the clock


class Decisions:
    """CaDiCaL, and the literals that it has to assume.

    What is propagated without assumptions it does not report; so it assumes a guard of all clauses, an atom that is in
    none of them. It comes without the part of python-sat that is in Python, which takes longer to load than many
    searches.
    """

    def __init__(self, guard: int, deadline: Deadline) -> None:
        import pysolvers

        self.cadical, self.guard, self.deadline = pysolvers, guard, deadline
        self.solver = pysolvers.cadical153_new()
        self.conflicts = 0
        self.made: list[int] = []

    def __del__(self) -> None:
        self.cadical.cadical153_del(self.solver, None)

    def add(self, clause: Sequence[int]) -> None:
        self.cadical.cadical153_add_cl(self.solver, (-self.guard, *clause))

    def model(self, blamed: Callable[[list[int]], None] = lambda _clause: None) -> Sequence[int] | None:
        """The true literals of a model under as many of the decisions as it can have; None if there is none.

        blamed: is told of each clause that takes decisions back, which is added. Raises OutOfTime.
        """
        while not self.satisfiable():
            core = {*(self.cadical.cadical153_core(self.solver, [self.guard, *self.made]) or ())}
            places = [place for place, decision in enumerate(self.made) if decision in core]
            if not places:
                return None
            clause = [-self.made[place] for place in places]
            self.add(clause)
            blamed(clause)
            del self.made[places[-2] + 1 if len(places) > 1 else 0 :]
        model: Sequence[int] = self.cadical.cadical153_model(self.solver)
        return model

    def satisfiable(self) -> bool:
        found = 0
        while not found:
            self.cadical.cadical153_cbudget(self.solver, LOOK)
            found = self.cadical.cadical153_solve_lim(
                self.solver, [self.guard, *self.made], 0
            )  # 1, −1, or 0 at the limit
            conflicts = self.cadical.cadical153_acc_stats(self.solver)["conflicts"]
            self.deadline.spend(ROUND + CONFLICT * (conflicts - self.conflicts))
            self.conflicts = conflicts
        return found > 0

    def implied(self) -> Sequence[int]:
        """The literals that follow from the decisions by unit propagation."""
        return self.cadical.cadical153_propagate(self.solver, [self.guard, *self.made], 0, 0)[1] or ()
