"""Neurons are ordered by samples that are spread, or by vertices as they saturate, and certified so."""

import random
from collections import Counter
from dataclasses import replace
from itertools import combinations, product

import pytest

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, step_from_json
from relucert.certificates.writer import No, Yes
from relucert.reductions import reduction
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, coloring
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.verify import saturation
from relucert.verify.certify import certify_instance
from relucert.verify.decide import decide
from relucert.verify.problems import coloring as colorings
from relucert.verify.problems.training import SEARCH
from relucert.verify.provers import EXACT, PROVERS
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.general_position import spread
from relucert.verify.saturation import to_order_by

SQUARE = [(0, 0), (3, 0), (0, 3), (3, 3)]


def instance_of(points, labels, k=1, **fields):
    samples = tuple(sample(p, y) for p, y in zip(points, labels, strict=True))
    return TrainingInstance(2, k, samples, **{"bias": True, "output": "signs", **fields})


def test_samples_are_spread():
    instance = instance_of([(0, 0), (1, 0), (5, 0), (5, 1), (0, 5)], [0] * 5)
    assert spread(instance, 3) == [0, 3, 4]
    assert sorted(spread(instance, 12)) == [0, 1, 2, 3, 4]
    assert spread(instance, 0) == spread(instance_of([], []), 12) == []


def test_vertices_by_saturation():
    """After the centre of a wheel and a vertex of its rim come those that see two colours, but no other component."""
    rim = [(1, 2), (2, 3), (3, 4), (4, 5), (1, 5)]
    wheel = [*((0, v) for v in range(1, 6)), *rim]
    assert to_order_by(range(8), [*wheel, (6, 7)], 99) == [0, 1, 2, 3, 4, 5]
    assert to_order_by(range(8), [*wheel, (6, 7)], 2) == [0, 1]
    assert to_order_by([], [], 5) == []


def test_vertices_by_degree_without_triangles(monkeypatch):
    """A cycle of six vertices with two more at one of them, and another component."""
    cycle = [*((v, (v + 1) % 6) for v in range(6)), (4, 6), (4, 7), (8, 9)]
    assert to_order_by(range(10), cycle, 99) == [4, 0, 1, 2, 3, 5, 6, 7]
    assert to_order_by(range(10), cycle, 3) == [4, 0, 1]
    assert to_order_by([3, 5], [(3, 4, 5)], 5) == [3, 5]
    assert to_order_by(range(8), [*cycle, (3, 5)], 3) == [4, 3, 5]  # a triangle
    monkeypatch.setattr(saturation, "MOST_LOOKS", 0)  # there may be one
    assert to_order_by(range(10), cycle, 3) == [4, 3, 2]


def complete(n, colors):
    """The complete graph as a sum of ReLUs."""
    return reduction("coloring-to-relu-sum").reduce(coloring(n, list(combinations(range(n), 2)), colors))


def test_the_choice_is_an_order_in_general_position_and_where_there_are_many_neurons():
    graph = complete(5, 4)
    assert SEARCH.choices(graph, 4) == [{"order": [0, 1, 2, 3, 4]}]
    assert SEARCH.choices(replace(graph, neurons=3), 3) == [[[0, 1]]]
    plane = instance_of([*SQUARE, (1, 2)], [0, 1, 0, 1, 1], k=4)
    assert SEARCH.choices(plane, 2) == [{"order": spread(plane, 12)}]
    assert SEARCH.choices(replace(plane, neurons=3), 2) == [{"order": spread(plane, 12)}]
    for other in ({"loss": "l1", "threshold": 1}, {"activation": "threshold"}, {"clip": (0, 1)}, {"norm_bound": 1}):
        assert SEARCH.choices(replace(plane, **other), 2) == [[[0, 1]]]


@pytest.mark.parametrize("prover", ["z3", pytest.param("exact", marks=pytest.mark.slow)])
def test_what_is_ordered_is_certified(prover):
    """Five vertices that are all joined take five colours."""
    one = {"z3": PROVERS["z3"], "exact": EXACT}[prover]
    assert isinstance(decide(TRAINING, complete(4, 4), one, Deadline()), Yes)
    graph = complete(5, 4)
    answer = decide(TRAINING, graph, one, Deadline())
    assert isinstance(answer, No)
    assert [case.symmetry for case in answer.cases] == [{"order": [0, 1, 2, 3, 4]}]
    for case in answer.cases:
        kernel = Kernel(ENCODING.formula(graph, case.case, case.symmetry))
        for step in case.steps:
            step_from_json(step.to_json()).apply(kernel)
        assert kernel.refuted


def test_colours_are_ordered_by_vertices_where_no_clique_says_more(monkeypatch):
    choices = colorings.SEARCH.choices
    triangle = [(0, 1), (1, 2), (0, 2)]
    assert choices(coloring(4, triangle, 3), 0) == [[0, 1, 2]]
    assert choices(coloring(4, triangle, 2), 0) == [[0, 1]]
    assert choices(coloring(4, triangle, 5), 0) == [[0, 1, 2]]
    assert choices(coloring(4, triangle, 6), 0) == [{"order": [0, 1, 2]}]
    assert choices(coloring(0, [], 3), 0) == [[]]
    assert choices(coloring(1, [], 3), 0) == [{"order": [0]}]
    triples = coloring(4, list(combinations(range(4), 3)), 3)
    assert choices(triples, 0) == [{"order": [0, 1, 2, 3]}]
    assert choices(replace(coloring(4, triangle, 3), violations=1), 0) == [[0]]
    assert choices(replace(coloring(4, triangle, 4), violations=1), 0) == [{"order": [0, 1, 2]}]
    monkeypatch.setattr(colorings, "MOST_PAIRS", 4 * 3**2 - 1)
    assert choices(triples, 0) == [[]]


def test_hypergraphs_whose_colours_are_ordered_have_the_right_answer(shares):
    """Triples, and graphs with violations; the right one is said by all colourings."""
    rng, counts = random.Random(0), Counter()
    for _ in range(30):
        n, k, size, fewest, violations = rng.choice(((7, 3, 3, 33, 0), (6, 4, 2, 13, 1)))
        every = list(combinations(range(n), size))
        edges = rng.sample(every, rng.randint(fewest, len(every)))
        instance = replace(coloring(n, edges, k), violations=violations)
        [choice] = colorings.SEARCH.choices(instance, 0)
        assert "order" in choice
        least = min(
            sum(len({colors[v] for v in edge}) == 1 for edge in edges) for colors in product(range(k), repeat=n)
        )
        expected = "YES" if least <= violations else "NO"
        counts[expected] += 1
        found = certify_instance(HYPERGRAPH_COLORING, instance, lambda p, i: decide(p, i, PROVERS["sat"], Deadline()))
        assert found.answer == expected
    shares(counts["YES"], counts["NO"])
