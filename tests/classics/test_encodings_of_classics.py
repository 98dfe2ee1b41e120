"""Formulas of the classical problems: satisfied by exactly the solutions, whose numbers their atoms are."""

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from plants import PLANTED

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Kernel, Malformed, Meter
from relucert.reductions.problems.clique import CliqueInstance
from relucert.reductions.problems.independent_set import IndependentSetInstance
from relucert.reductions.problems.sat import SatInstance
from relucert.reductions.problems.three_sat import ThreeSatInstance
from relucert.reductions.problems.vertex_cover import VertexCoverInstance
from relucert.verify.testkit import SOURCES


def satisfies(formula, true):
    def holds(literal):
        return (literal > 0) == (abs(literal) in true)

    return all(any(map(holds, clause)) for clause in formula.clauses.values()) and all(
        sum(c for literal, c in constraint.terms.items() if holds(literal)) >= constraint.degree
        for constraint in formula.pseudo_booleans.values()
    )


@pytest.mark.parametrize("name", PLANTED)
def test_planted_solutions_satisfy_the_formula(name):
    encoding, edge_cases = ENCODINGS[name], set()
    for seed in range(300):
        instance, witness = PLANTED[name](Random(seed))
        assert encoding.problem.accepts(instance, witness)
        (case,) = encoding.cases(instance)
        values = encoding.assignment(instance, witness, case, None)
        assert values.reals == {}
        assert satisfies(encoding.formula(instance, case, None), values.true)
        edge_cases.add((bool(witness), bool(getattr(instance, "edges", getattr(instance, "clauses", ())))))
    assert len(edge_cases) == (3 if name == "vertex-cover" else 4)  # nothing covers an edge without a vertex


@pytest.mark.parametrize("name", PLANTED)
def test_exactly_the_solutions_satisfy_the_formula(name):
    encoding = ENCODINGS[name]
    first = 1 if "sat" in name else 0

    @given(SOURCES[name])
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


@pytest.mark.parametrize("name", PLANTED)
def test_there_is_no_symmetry_rule(name):
    instance, _ = PLANTED[name](Random(0))
    with pytest.raises(Malformed, match="no such rule"):
        ENCODINGS[name].formula(instance, 0, [])


LARGE = [
    ("sat", SatInstance(1000, (*((v, -v - 1) for v in range(1, 1000)), tuple(range(1, 1001))))),
    ("three-sat", ThreeSatInstance(1000, tuple((v, -v - 1) for v in range(1, 1000)))),
    ("vertex-cover", VertexCoverInstance(1000, tuple((v, v + 1) for v in range(999)), 3)),
    ("clique", CliqueInstance(100, (), 3)),
    ("independent-set", IndependentSetInstance(1000, tuple((v, v + 1) for v in range(999)), 3)),
]


@pytest.mark.parametrize(("name", "instance"), LARGE)
def test_words_of_a_formula_are_bounded(name, instance):
    """By what Python says that it holds, objects that are shared counted once."""
    import tracemalloc

    encoding = ENCODINGS[name]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        formula = encoding.formula(instance, 0, None)
        kernel = Kernel(formula, Meter())
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kernel.clauses
    assert (after - before) / 8 <= encoding.words(instance, None)
