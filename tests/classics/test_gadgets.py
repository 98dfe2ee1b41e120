"""No gadget of 3-SAT → one-in-three SAT can be smaller: everything that is smaller is tried.

A clause (p, q, r) of distinct variables says that exactly one is true. The cost of a gadget is the number of its new
variables and clauses. Formulas are bit sets of their solutions, among all assignments.
"""

from itertools import combinations

import pytest

from relucert.reductions.classics.three_sat_to_one_in_three import ThreeSatToOneInThree
from relucert.reductions.problems.three_sat import ThreeSatInstance


def one_of(columns):
    """The assignments with exactly one true variable of three."""
    p, q, r = columns
    return (p & ~q & ~r) | (q & ~p & ~r) | (r & ~p & ~q)


def column(v, variables):
    """The assignments to so many variables in which variable v is true."""
    return sum(1 << a for a in range(1 << variables) if a >> v & 1)


def disjunction_gadget(literals, new, clauses):
    """Whether so many clauses over constants, all literals and so many new variables say that a literal is true."""
    n = literals + new
    everything = (1 << (1 << n)) - 1
    columns = [column(v, n) for v in range(n)]
    given = [everything & ~c for c in columns[:literals]] + [everything, 0, 0]  # negations, true, false twice
    of_inputs = [
        sum(1 << a for a in range(1 << n) if a & ((1 << literals) - 1) == inputs) for inputs in range(1 << literals)
    ]
    no, *yes = of_inputs  # all literals false, and the others

    def extends(mask):
        """Every assignment that makes a literal true is part of a solution."""
        return all(mask & block for block in yes)

    candidates = sorted({one_of(triple) for triple in combinations(columns + given, 3)})
    candidates = [mask for mask in candidates if extends(mask)]

    def exists(start, mask, left):
        if not left:
            return not mask & no
        return any(
            exists(i + 1, mask & candidates[i], left - 1)
            for i in range(start, len(candidates))
            if extends(mask & candidates[i])
        )

    return exists(0, everything, clauses)


@pytest.mark.parametrize(("literals", "cost"), [(2, 2), (3, 7)])
def test_disjunctions_are_as_small_as_they_can_be(literals, cost):
    """Clauses beyond the cost's are never needed; with k clauses at most 3k variables occur."""
    possible = {
        total
        for total in range(1, cost + 1)
        for clauses in range(1, total + 1)
        if total - clauses <= 3 * clauses and disjunction_gadget(literals, total - clauses, clauses)
    }
    assert possible == {cost}
    negative = ThreeSatInstance(3, ((-1, -2),)) if literals == 2 else ThreeSatInstance(3, ((-1, 2, -3),))
    target = ThreeSatToOneInThree().reduce(negative)  # of a clause that needs no negation
    assert target.variables - 3 + len(target.clauses) == cost


def forces(variables, clauses):
    """Whether so many distinct clauses over so many variables can make one of them false in all solutions."""
    everything = (1 << (1 << variables)) - 1
    columns = [column(v, variables) for v in range(variables)]
    for chosen in combinations(combinations(range(variables), 3), clauses):
        mask = everything
        for clause in chosen:
            mask &= one_of([columns[v] for v in clause])
        if mask and any(not mask & c for c in columns):
            return True
    return False


def test_constants_are_as_small_as_they_can_be():
    assert not any(forces(n, total - n) for total in range(1, 7) for n in range(3, total + 1))
    assert forces(4, 3)


def test_contradiction_is_five_clauses_over_five_variables():
    target = ThreeSatToOneInThree().reduce(ThreeSatInstance(1, ((1,), (-1,))))
    assert (target.variables, len(target.clauses)) == (5, 5)
