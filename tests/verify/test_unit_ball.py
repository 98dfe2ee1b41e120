"""One ReLU in the unit ball: the tree of activations closes targets of Theorem 7, and nothing that has a solution."""

import random
from collections import Counter
from fractions import Fraction
from itertools import combinations, product

import networkx as nx
import pytest

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Kernel, Linear, step_from_json
from relucert.reductions.problems.densest_subgraph import densest_subgraph
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.reductions.tight_hardness.densest_subgraph_to_bounded_relu import DensestSubgraphToBoundedRelu
from relucert.verify.certify import certify_instance, certify_reduction
from relucert.verify.decide import decide
from relucert.verify.jobs import racing
from relucert.verify.limits import Watch
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import PROVERS, unit_ball
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.provers.hull import envelope
from relucert.verify.provers.linear_facts import fact
from relucert.verify.provers.unit_ball import Tree, seems_solvable
from relucert.verify.provers.unit_ball_search import SEARCH

pytestmark = pytest.mark.thorough

R = DensestSubgraphToBoundedRelu()


class NoProver:
    """The tree leaves nothing to do for it."""

    name = "none"

    def solve(self, formula, deadline):
        return Unknown("the tree does not close")


def decided(problem, instance):
    return decide(problem, instance, NoProver() if problem is TRAINING else PROVERS["sat"], Deadline())


def densest(graph, kappa):
    """By brute force."""
    return max(graph.subgraph(chosen).number_of_edges() for chosen in combinations(graph, kappa))


def with_pendant(graph):
    graph.add_edge(0, len(graph))
    return graph


SMALL = {
    "path of four": (nx.path_graph(4), 3),
    "star": (nx.star_graph(3), 2),
    "paw": (nx.Graph([(0, 1), (0, 2), (1, 2), (2, 3)]), 3),
}
LARGER = {
    "five-cycle": (nx.cycle_graph(5), 3),
    "seven-cycle": (nx.cycle_graph(7), 3),
    "K33 with a pendant edge": (with_pendant(nx.complete_bipartite_graph(3, 3)), 4),
    **{
        f"random graph {seed}": (nx.gnp_random_graph(7, (0.3, 0.45, 0.6)[seed % 3], seed=seed), 2 + seed % 4)
        for seed in range(1, 10)
    },
}
GRAPHS = [
    *(pytest.param(*case, id=name) for name, case in SMALL.items()),
    *(pytest.param(*case, id=name, marks=pytest.mark.slow) for name, case in LARGER.items()),
]


@pytest.mark.parametrize(("graph", "kappa"), GRAPHS)
def test_one_edge_more_than_the_densest_subgraph_is_refuted(graph, kappa):
    """Certified, and next to it the YES with as many edges as there are."""
    most = densest(graph, kappa)
    for wanted, answer in ((most, "YES"), (most + 1, "NO")):
        source = densest_subgraph(len(graph), graph.edges, kappa, wanted)
        target = R.reduce(source)
        assert SEARCH.recognises(target)
        assert type(SEARCHES.search_for(TRAINING, target)) is type(SEARCH)
        found = certify_reduction(R, source, decided)
        assert found.answer == answer


def tree(instance, case):
    formula = ENCODINGS["training"].formula(instance, case, None)
    return Tree(instance, case, formula, Deadline())


@pytest.mark.parametrize("name", SMALL)
def test_what_has_a_solution_is_not_refuted(name):
    """The threshold is exactly attained."""
    graph, kappa = SMALL[name]
    source = densest_subgraph(len(graph), graph.edges, kappa, densest(graph, kappa))
    target = R.reduce(source)
    assert seems_solvable(target)
    assert not tree(target, 1).close()
    assert tree(target, 0).close()  # no network has the output weight −1


# Samples of one or two coordinates with multiplicities, and the least loss of one ReLU of norm at most 1, by hand.
SETS = [
    ([((1,), 2, 1)], Fraction(1)),  # w = 1
    ([((1,), 1, 1), ((-1,), 1, 1)], Fraction(1)),  # one side only
    ([((1,), 1, 3), ((-1,), 0, 1), ((1,), 0, 1)], Fraction(3, 4)),  # the mean of the labels at 1
    ([((1, 0), 1, 1), ((0, 1), 1, 1)], Fraction(1715, 10_000)),  # 3 − 2√2 = 0.17157…, both weights 1/√2
]


@pytest.mark.parametrize("output", ["ones", "signs"])
@pytest.mark.parametrize(("samples", "least"), SETS)
def test_small_training_sets(samples, least, output):
    """Just below the least loss everything is refuted, just above it the output weight 1 is not."""
    made = tuple(sample(*s) for s in samples)
    for threshold, closes in ((least * Fraction(99, 100), True), (least * Fraction(102, 100), False)):
        instance = TrainingInstance(
            len(samples[0][0]), 1, made, output=output, loss="l2", threshold=threshold, norm_bound=1
        )
        assert SEARCH.recognises(instance)
        assert tree(instance, 1).close() == closes
        assert seems_solvable(instance) != closes
        if output == "signs":
            assert tree(instance, 0).close()


def test_rounded_multipliers_are_a_contradiction_or_nothing():
    """Any numbers may be given: what is returned sums up to a contradiction of facts in integers."""
    target = R.reduce(densest_subgraph(3, [(0, 1), (1, 2)], 2, 2))
    one = tree(target, 1)
    one.bounds()
    literals = sorted(one.program.always)
    for share, at in product((1.0, 1e-3, 1e9), range(0, len(literals), 3)):
        found = one.exactly({literals[at]: share, one.threshold: 1e-9})
        if found is not None:
            total = {}
            for literal, m in found.items():
                for v, a in fact(one.formula, literal).terms:
                    total[v] = total.get(v, 0) + m * a
            assert not any(total.values())
            assert sum(m * fact(one.formula, literal).bound for literal, m in found.items()) <= 0


def test_the_hull_of_two_boxes():
    """(x, y) with 0 ≤ x ≤ 1 ≤ y, or 2 ≤ x ≤ 3 and y ≥ 0: y ≥ 1 − x/2, from (0, 1) to (2, 0), and y ≥ 0."""
    sides = [
        [Linear(((0, -1),), -low), Linear(((0, 1),), high), Linear(((1, -1),), -least)]
        for low, high, least in ((0, 1, 1), (2, 3, 0))
    ]
    for x, least in ((0, 1), (0.5, 0.75), (1.5, 0.25), (2.5, 0)):
        found = envelope(sides, [0], [], 1, [x, 0.0])
        assert found.least == pytest.approx(least)
        assert sum(share for share, _ in found.parts) == pytest.approx(1)
    assert envelope(sides, [0], [], 1, [3.5, 0.0]) is None


@pytest.mark.parametrize("case", ["path of three", *(pytest.param(name, marks=pytest.mark.slow) for name in SMALL)])
def test_hulls(case, monkeypatch):
    """From the root on: the NO is certified, and the YES next to it is not refuted."""
    monkeypatch.setattr(unit_ball, "PATIENCE", 0)
    graph, kappa = {"path of three": (nx.path_graph(3), 2), **SMALL}[case]
    most = densest(graph, kappa)
    no, yes = (R.reduce(densest_subgraph(len(graph), graph.edges, kappa, wanted)) for wanted in (most + 1, most))
    closed = tree(no, 1)
    assert closed.close()
    kernel = Kernel(ENCODINGS["training"].formula(no, 1, None))
    for step in closed.steps:
        step_from_json(step.to_json()).apply(kernel)
    assert kernel.refuted
    assert any(
        {closed.loss(1), closed.norm(0)} <= {v for v, _ in fact(closed.formula, row).terms}
        for row in closed.program.order
    )
    assert not tree(yes, 1).close()


@pytest.mark.slow
def test_petersen():
    """No three vertices of it induce three edges, as it has no triangle."""
    source = densest_subgraph(10, nx.petersen_graph().edges, 3, 3)
    assert certify_reduction(R, source, decided).answer == "NO"
    assert certify_reduction(R, densest_subgraph(10, nx.petersen_graph().edges, 3, 2), decided).answer == "YES"


def test_other_instances_are_left_to_the_general_search():
    target = R.reduce(densest_subgraph(2, [(0, 1)], 2, 1))
    others = ({"norm_bound": 2}, {"neurons": 2}, {"loss": "l1"}, {"output": "real"}, {"bias": True}, {"samples": ()})
    for other in others:
        assert not SEARCH.recognises(TrainingInstance(**{**vars(target), **other}))


@pytest.mark.parametrize("loss", ["linf", "l1"])
def test_one_sample_is_fit_as_closely_as_the_norm_allows(loss, shares):
    """max(0, w·x) has the values 0 to ‖w‖·‖x‖, so the best of them are known."""
    rng, answers = random.Random(1), Counter()
    for _ in range(25):
        x = [Fraction(rng.randint(-6, 6), rng.choice((1, 2, 3))) for _ in range(rng.randint(1, 3))]
        y, bound, threshold = Fraction(rng.randint(1, 50), 3), rng.randint(1, 3), Fraction(rng.randint(1, 4), 2)
        wanted, most = max(y - threshold, Fraction(0)) ** 2, bound * bound * sum(v * v for v in x)
        shape = {"output": "ones", "loss": loss, "threshold": threshold, "norm_bound": bound}
        instance = TrainingInstance(len(x), 1, (sample(x, y),), **shape)
        found = certify_instance(TRAINING, instance, racing("auto", Watch(60)))
        assert found.answer == ("YES" if wanted <= most else "NO")
        answers[found.answer] += 1
    shares(answers["YES"], answers["NO"])
