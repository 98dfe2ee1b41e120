"""Formulas of the classical problems: satisfied by exactly the solutions, whose numbers their atoms are."""

from itertools import combinations

import pytest
from hypothesis import given

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Malformed
from relucert.reductions.problems.clique import CliqueInstance
from relucert.reductions.problems.independent_set import IndependentSetInstance
from relucert.reductions.problems.sat import SatInstance
from relucert.reductions.problems.three_sat import ThreeSatInstance
from relucert.reductions.problems.vertex_cover import VertexCoverInstance
from relucert.verify.problems import SEARCHES

SMALLEST = {
    "sat": SatInstance(0, ()),
    "three-sat": ThreeSatInstance(0, ()),
    "vertex-cover": VertexCoverInstance(0, (), 0),
    "clique": CliqueInstance(0, (), 0),
    "independent-set": IndependentSetInstance(0, (), 0),
}


def satisfies(formula, true):
    def holds(literal):
        return (literal > 0) == (abs(literal) in true)

    return all(any(map(holds, clause)) for clause in formula.clauses.values()) and all(
        sum(c for literal, c in constraint.terms.items() if holds(literal)) >= constraint.degree
        for constraint in formula.pseudo_booleans.values()
    )


@pytest.mark.parametrize("name", SMALLEST)
def test_exactly_the_solutions_satisfy_the_formula(name):
    encoding = ENCODINGS[name]
    first = 1 if "sat" in name else 0

    @given(SEARCHES[name].instances())
    def law(instance):
        n = instance.variables if first else instance.vertices
        formula = encoding.formula(instance, 0, None)
        assert formula.last_atom == n
        for size in range(n + 1):
            for chosen in combinations(range(first, n + first), size):
                true = encoding.assignment(instance, chosen, 0, None).true
                assert true == {v + 1 - first for v in chosen}
                assert satisfies(formula, true) == encoding.problem.accepts(instance, chosen)

    law()


@pytest.mark.parametrize("name", SMALLEST)
def test_there_is_no_symmetry_rule(name):
    with pytest.raises(Malformed, match="no such rule"):
        ENCODINGS[name].formula(SMALLEST[name], 0, [])
