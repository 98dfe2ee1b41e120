"""The classical reductions on everything small: every solution of either side is mapped to one of the other."""

from collections import Counter
from itertools import combinations, combinations_with_replacement, product

import networkx as nx
import pytest

from relucert.reductions.classics.clique_and_independent_set import CliqueToIndependentSet, IndependentSetToClique
from relucert.reductions.classics.independent_set_and_vertex_cover import (
    IndependentSetToVertexCover,
    VertexCoverToIndependentSet,
)
from relucert.reductions.classics.sat_to_three_sat import SatToThreeSat
from relucert.reductions.classics.three_sat_to_one_in_three import ThreeSatToOneInThree
from relucert.reductions.classics.three_sat_to_vertex_cover import ThreeSatToVertexCover
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.formats.graphs import distinct
from relucert.reductions.problems.clique import CliqueInstance
from relucert.reductions.problems.independent_set import IndependentSetInstance
from relucert.reductions.problems.sat import SatInstance
from relucert.reductions.problems.three_sat import ThreeSatInstance
from relucert.reductions.problems.vertex_cover import VertexCoverInstance
from relucert.verify.testing.laws import check_laws


def subsets(items):
    return [chosen for size in range(len(items) + 1) for chosen in combinations(items, size)]


def check_maps(r, source, solutions, target_solutions):
    """From the given solutions of both sides, which are all of them; returns the answer."""
    target = r.reduce(source)
    assert bool(solutions) == bool(target_solutions)
    for witness in solutions:
        assert r.target.accepts(target, r.forward(source, witness))
        assert r.backward(source, r.forward(source, witness)) == witness
    for witness in target_solutions:
        assert r.source.accepts(source, r.backward(source, witness))
    *_, size = r.stages(source)
    assert size.measures == r.target.size(target).measures
    assert size.words >= r.target.size(target).words
    return "YES" if solutions else "NO"


def record(record_property, answers):
    record_property("answers", f"{answers['YES']} YES, {answers['NO']} NO")
    assert min(answers["YES"], answers["NO"]) >= 0.2 * answers.total()


# ------------------------------------------------------------------------------------------------------------- formulas


def satisfying(variables, clauses):
    """By the truth table."""
    return [
        true
        for true in subsets(range(1, variables + 1))
        if all(any((v > 0) == (abs(v) in true) for v in clause) for clause in clauses)
    ]


def one_in_three(variables, clauses):
    """All solutions, variable by variable; a clause is looked at when its last variable has a value."""
    ends = [[c for c in clauses if max(c) == v] for v in range(variables)]
    partial = [()]
    for v in range(variables):
        partial = [
            true
            for before in partial
            for true in (before, (*before, v))
            if all(len(set(true).intersection(c)) == 1 for c in ends[v])
            and all(len(set(true).intersection(c)) <= 1 for c in clauses)
        ]
    return partial


def clauses_over(variables, longest):
    """All clauses, the empty one first."""
    signs = product((0, 1, -1), repeat=variables)
    clauses = [tuple(s * v for s, v in zip(row, range(1, variables + 1), strict=True) if s) for row in signs]
    return [clause for clause in clauses if len(clause) <= longest]


def all_formulas(formula, variables, most, longest=3):
    return [
        formula(variables, chosen)
        for m in range(most + 1)
        for chosen in combinations_with_replacement(clauses_over(variables, longest), m)
    ]


@pytest.mark.parametrize(("variables", "most", "count"), [(0, 2, 3), (1, 4, 35), (2, 3, 220), (3, 1, 28)])
def test_one_in_three_of_all_small_formulas(variables, most, count, record_property):
    r, answers = ThreeSatToOneInThree(), Counter()
    formulas = all_formulas(ThreeSatInstance, variables, most)
    assert len(formulas) == count
    for source in formulas:
        target = r.reduce(source)
        solutions = one_in_three(target.variables, target.clauses)
        answers[check_maps(r, source, satisfying(variables, source.clauses), solutions)] += 1
    record_property("answers", f"{answers['YES']} YES, {answers['NO']} NO")
    assert answers["YES"]
    assert answers["NO"]


def test_one_in_three_of_all_clauses_of_three_variables():
    """Any seven of the eight leave one assignment, all of them none."""
    r, clauses = ThreeSatToOneInThree(), list(product((1, -1), (2, -2), (3, -3)))
    assert check_laws(r, ThreeSatInstance(3, tuple(clauses))) == "NO"
    for missing in clauses:
        source = ThreeSatInstance(3, tuple(c for c in clauses if c != missing))
        assert check_laws(r, source) == "YES"
        assert satisfying(3, source.clauses) == [tuple(-v for v in missing if v < 0)]


@pytest.mark.parametrize(("variables", "most"), [(0, 2), (1, 3), (2, 2), (3, 1)])
def test_covers_of_all_small_formulas(variables, most):
    r, answers = ThreeSatToVertexCover(), Counter()
    for source in all_formulas(ThreeSatInstance, variables, most):
        target = r.reduce(source)
        covers = [
            chosen
            for size in range(min(target.budget, target.vertices) + 1)
            for chosen in combinations(range(target.vertices), size)
            if all(set(e).intersection(chosen) for e in target.edges)
        ]
        answers[check_maps(r, source, satisfying(variables, source.clauses), covers)] += 1
    assert answers["YES"]
    assert answers["NO"]


@pytest.mark.parametrize("length", range(8))
def test_chains_of_a_long_clause(length):
    """Alone it excludes one assignment; together with the units that say this one it is a NO."""
    r, clause = SatToThreeSat(), tuple(v if v % 3 else -v for v in range(1, length + 1))
    alone = SatInstance(length, (clause,))
    target = r.reduce(alone)
    assert (target.variables, len(target.clauses)) == (length + max(0, length - 3), 1 + max(0, length - 3))
    solutions = satisfying(target.variables, target.clauses)
    assert check_maps(r, alone, satisfying(length, (clause,)), solutions) == ("YES" if length else "NO")
    for k in range(length + 1):  # only literal k may be true, or none
        units = [(-v,) for v in clause if v not in clause[k : k + 1]]
        assert check_laws(r, SatInstance(length, (clause, *units))) == ("YES" if k < length else "NO")


@pytest.mark.parametrize("clauses", [(), ((),), ((1,), (-1,)), ((1,), (-1,), ()), ((-1,),)])
def test_what_is_degenerate_goes_through_both_steps(clauses):
    first, second = SatToThreeSat(), ThreeSatToOneInThree()
    source = SatInstance(2, clauses)
    answer = check_laws(first, source)
    assert answer == ("YES" if satisfying(2, clauses) else "NO")
    assert check_laws(second, first.reduce(source)) == answer


def test_sizes_of_what_is_degenerate():
    sizes = {}
    for clauses in ((), ((),), ((1,),), ((1,), (-1,)), ((-1, -2),), ((1, 2),)):
        target = ThreeSatToOneInThree().reduce(SatToThreeSat().reduce(SatInstance(2, clauses)))
        sizes[clauses] = (target.variables - 2, len(target.clauses))
    assert sizes == {
        (): (0, 0),
        ((),): (4, 4),
        ((1,),): (4, 4),
        ((1,), (-1,)): (4, 5),
        ((-1, -2),): (1, 1),
        ((1, 2),): (4 + 2 + 1, 3 + 2 + 1),
    }


# --------------------------------------------------------------------------------------------------------------- graphs


def graphs_up_to_isomorphism(most):
    return [(len(g), distinct(g.edges)) for g in nx.graph_atlas_g() if len(g) <= most]


def covers(n, edges, most):
    return [c for c in subsets(range(n)) if len(c) <= most and all(u in c or v in c for u, v in edges)]


def independent(n, edges, least):
    return [c for c in subsets(range(n)) if len(c) >= least and not any(u in c and v in c for u, v in edges)]


def cliques(n, edges, least):
    return [c for c in subsets(range(n)) if len(c) >= least and all(e in edges for e in combinations(c, 2))]


def set_covers(universe, sets, budget):
    return [
        c for c in subsets(range(len(sets))) if len(c) <= budget and len({u for i in c for u in sets[i]}) == universe
    ]


ON_GRAPHS = [
    (VertexCoverToSetCover(), VertexCoverInstance, covers, lambda t: set_covers(t.universe, t.sets, t.budget)),
    (VertexCoverToIndependentSet(), VertexCoverInstance, covers, lambda t: independent(t.vertices, t.edges, t.size)),
    (
        IndependentSetToVertexCover(),
        IndependentSetInstance,
        independent,
        lambda t: covers(t.vertices, t.edges, t.budget),
    ),
    (IndependentSetToClique(), IndependentSetInstance, independent, lambda t: cliques(t.vertices, t.edges, t.size)),
    (CliqueToIndependentSet(), CliqueInstance, cliques, lambda t: independent(t.vertices, t.edges, t.size)),
]


@pytest.mark.parametrize("case", ON_GRAPHS, ids=lambda case: case[0].name)
def test_all_small_graphs_and_all_numbers(case, record_property):
    """Up to five vertices; isolated ones, no vertices at all, and numbers above n are among them."""
    r, instance, solutions, of_target = case
    answers = Counter()
    for n, edges in graphs_up_to_isomorphism(5):
        for number in range(n + 3):
            source, found = instance(n, edges, number), solutions(n, edges, number)
            others = of_target(r.reduce(source))
            answers[check_maps(r, source, found, others)] += 1
            assert {r.forward(source, witness) for witness in found} == set(others)  # these maps are bijections
    record(record_property, answers)


@pytest.mark.parametrize("case", ON_GRAPHS, ids=lambda case: case[0].name)
def test_both_answers_of_small_graphs_are_certified(case, record_property):
    r, instance, solutions, _ = case
    answers = Counter()
    for n, edges in graphs_up_to_isomorphism(4):
        for number in range(n + 2):
            answer = check_laws(r, instance(n, edges, number))
            assert answer == ("YES" if solutions(n, edges, number) else "NO")
            answers[answer] += 1
    record(record_property, answers)


def test_there_and_back():
    for n, edges in graphs_up_to_isomorphism(4):
        for size in range(n + 1):
            source = CliqueInstance(n, edges, size)
            assert IndependentSetToClique().reduce(CliqueToIndependentSet().reduce(source)) == source
            cover = VertexCoverInstance(n, edges, size)
            assert IndependentSetToVertexCover().reduce(VertexCoverToIndependentSet().reduce(cover)) == cover
