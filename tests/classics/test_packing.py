"""The counting argument: what it proves on graphs whose numbers are known, and that it ends where it does not help."""

from itertools import combinations

import networkx as nx
import pytest

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Count
from relucert.reductions.formats.graphs import distinct
from relucert.reductions.problems.clique import CLIQUE, CliqueInstance
from relucert.reductions.problems.independent_set import INDEPENDENT_SET, IndependentSetInstance
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance
from relucert.verify.certify import certify_instance
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.packing import by_counting
from relucert.verify.testing.laws import decide_in_process


def edges_of(graph):
    return distinct(nx.convert_node_labels_to_integers(graph).edges)


# graph, the largest independent set
FAMILIES = {
    "complete": (nx.complete_graph(12), 1),
    "triangles": (nx.disjoint_union_all([nx.complete_graph(3)] * 6), 6),
    "odd cycle": (nx.cycle_graph(11), 5),
    "petersen": (nx.petersen_graph(), 4),
    "cube": (nx.hypercube_graph(4), 8),
    "star": (nx.star_graph(9), 9),
    "no edges": (nx.empty_graph(5), 5),
    "turán": (nx.turan_graph(9, 3), 3),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_both_answers_at_the_border(family):
    graph, most = FAMILIES[family]
    n, edges = len(graph), edges_of(graph)
    missing = tuple(e for e in combinations(range(n), 2) if e not in edges)
    for k, answer in ((most, "YES"), (most + 1, "NO")):
        for problem, instance in (
            (INDEPENDENT_SET, IndependentSetInstance(n, edges, k)),
            (CLIQUE, CliqueInstance(n, missing, k)),
            *([(VERTEX_COVER, VertexCoverInstance(n, edges, n - k))] if k <= n else []),
        ):
            assert certify_instance(problem, instance, decide_in_process).answer == answer


def derived(problem, instance):
    formula = ENCODINGS[problem.name].formula(instance, 0, None)
    return formula, *by_counting(instance, 0, formula, Deadline(100))


def test_fewer_groups_than_vertices_wanted_are_a_contradiction():
    """Of the complete graph on n vertices one constraint after the other, and then the empty clause."""
    _, grown, steps = derived(INDEPENDENT_SET, IndependentSetInstance(7, tuple(combinations(range(7), 2)), 2))
    assert [len(step.terms) for step in steps] == [3, 4, 5, 6, 7, 0]
    assert [step.degree for step in steps] == [2, 3, 4, 5, 6, 1]
    assert all(isinstance(step, Count) for step in steps)
    assert grown.clauses[grown.last_id] == ()


def test_as_many_groups_as_vertices_wanted_have_one_each():
    _, grown, steps = derived(INDEPENDENT_SET, IndependentSetInstance(5, ((0, 1), (0, 2), (1, 2), (3, 4)), 2))
    assert [grown.clauses[step.id] for step in steps[1:]] == [(1, 2, 3), (4, 5)]


def test_more_groups_say_nothing():
    formula, grown, steps = derived(VERTEX_COVER, VertexCoverInstance(5, ((0, 1),), 3))
    assert (grown, steps) == (formula, [])
