"""Densest κ-Subgraph: its files, and its reduction to the training of one ReLU in the unit ball."""

import json
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from math import ceil, sqrt

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_relu import refuses

from relucert.reductions.exact import InvalidInstance, TooLarge
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.natural_weights.sat_groups_to_sign_cnn import SatGroupsToSignCnn
from relucert.reductions.problems.densest_subgraph import DENSEST_SUBGRAPH, DensestSubgraphInstance, densest_subgraph
from relucert.reductions.problems.training import TRAINING, Network, loss_of, network
from relucert.reductions.reduction import Chain
from relucert.reductions.tight_hardness import densest_subgraph_to_bounded_relu
from relucert.reductions.tight_hardness.densest_subgraph_to_bounded_relu import Constants, DensestSubgraphToBoundedRelu
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.verify.certify import ReductionRefuted, certify_promise
from relucert.verify.decide import decide
from relucert.verify.provers import PROVERS
from relucert.verify.provers.base import Deadline
from relucert.verify.testing.laws import check_size

R = DensestSubgraphToBoundedRelu()


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 7))
    pairs = list(combinations(range(n), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return densest_subgraph(n, edges, draw(st.integers(1, n)), draw(st.integers(0, len(edges) + 3)))


def densest(instance):
    """The largest number of edges that kappa vertices induce, by brute force."""
    return max(
        sum(set(e) <= set(chosen) for e in instance.edges)
        for chosen in combinations(range(instance.vertices), instance.kappa)
    )


# --------------------------------------------------------------------------------------------------------------- files

TRIANGLE = densest_subgraph(4, [(0, 1), (0, 2), (1, 2)], 3, 3)


def read(text, suffix="", **parameters):
    return DENSEST_SUBGRAPH.read(text, suffix, parameters)


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("c a triangle\np edge 4 3\ne 1 2\ne 3 1\ne 2 3\n", ".col"),
        ("Cw\n", ".g6"),
        ('{"vertices": 4, "edges": [[1, 0], [0, 2], [2, 1]]}', ".json"),
    ],
)
def test_graph_formats(text, suffix):
    for hint in (suffix, ""):
        assert read(text, hint, kappa=3, edges_wanted=3) == (TRIANGLE, [])
    assert DENSEST_SUBGRAPH.describes(text, suffix, TRIANGLE).agrees
    assert not DENSEST_SUBGRAPH.describes(text, suffix, densest_subgraph(4, [(0, 1)], 3, 3)).agrees
    assert "kappa" in refuses(lambda: read(text, suffix, edges_wanted=3))
    assert "-p edges_wanted=" in refuses(lambda: read(text, suffix, kappa=3))


def test_edge_list():
    triangle = densest_subgraph(3, [(0, 1), (0, 2), (1, 2)], 2, 1)
    assert read("0 1\n2,0\n1; 2\n", ".edges", kappa=2, edges_wanted=1) == (triangle, [])


@given(graphs())
def test_json(instance):
    text = "".join(DENSEST_SUBGRAPH.canonical(instance))
    assert text == dumps(DENSEST_SUBGRAPH.instance_to_json(instance))
    assert DENSEST_SUBGRAPH.instance_from_json(loads(text)) == instance
    assert read(text, ".json") == (instance, [])
    other = instance.kappa + 1
    assert f"the command says kappa = {other}" in refuses(lambda: read(text, ".json", kappa=other))
    twice = {"vertices": instance.vertices, "edges": [list(e)[::-1] for e in instance.edges] * 2}
    again, remarks = read(json.dumps(twice), "", kappa=instance.kappa, edges_wanted=instance.edges_wanted)
    assert again == instance
    assert len(remarks) == bool(instance.edges)


@given(st.lists(st.integers(0)))
def test_witnesses_are_read_back(chosen):
    assert DENSEST_SUBGRAPH.witness_from_json(DENSEST_SUBGRAPH.witness_to_json(tuple(chosen))) == tuple(chosen)


@pytest.mark.parametrize(
    ("kappa", "wanted", "message"),
    [(0, 1, "kappa"), (-1, 1, "kappa"), (5, 1, "kappa is 5, but there are 4 vertices"), (2, -1, "edges")],
)
def test_bad_parameters_are_refused(kappa, wanted, message):
    assert message in refuses(densest_subgraph, 4, [], kappa, wanted)
    assert message in refuses(lambda: read("p edge 4 0", ".col", kappa=kappa, edges_wanted=wanted))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"vertices": 3, "edges": [[0, 3]]}', "edge 0"),
        ('{"vertices": 3, "edges": [[0, 1], [1, 1]]}', "edge 1"),
        ('{"vertices": 3, "edges": [[0, 1, 2]]}', "edge 0 has 3 vertices"),
        ('{"vertices": 3, "edges": [[0]]}', "edge 0 has 1"),
        ('{"vertices": 3, "edges": [[0, -1]]}', "edge 0"),
        ('{"vertices": 3, "edges": [[0, true]]}', "edge 0"),
        ('{"vertices": 3, "edges": [[0, 1.0]]}', "float"),
        ('{"vertices": 3, "edges": {}}', "edges"),
        ('{"vertices": 3}', "'edges' is missing"),
        ('{"edges": []}', "'vertices' is missing"),
        ('{"vertices": 3, "edges": [], "colors": 2}', "'colors' is unknown"),
        ('{"vertices": 0, "edges": []}', "kappa is 2, but there are 0 vertices"),
        ("p edge 3 1\ne 1 4\n", "line 2"),
        ("p edge 3 1\ne 2 2\n", "line 2"),
        ("", "empty"),
    ],
)
def test_bad_files_are_refused(text, message):
    assert message in refuses(lambda: read(text, kappa=2, edges_wanted=1))


@pytest.mark.parametrize(
    "edges", [((1, 0),), ((0, 0),), ((0, 4),), ((-1, 0),), ((0, 1, 2),), ((0, 1), (0, 1)), ((0, 2), (0, 1))]
)
def test_edges_are_increasing_pairs_in_order(edges):
    assert "edge" in refuses(DensestSubgraphInstance, 4, edges, 2, 1)


def test_too_many_vertices_are_refused():
    with pytest.raises(TooLarge):
        DensestSubgraphInstance(10**3000, (), 1, 1)


@pytest.mark.parametrize("witness", [(), (0, 1), (1, 0, 2), (0, 0, 1), (0, 1, 4), (-1, 0, 1), (0, 1, 2, 3)])
def test_a_subgraph_lists_kappa_vertices_in_order(witness):
    assert "3 distinct vertices" in refuses(DENSEST_SUBGRAPH.accepts, TRIANGLE, witness)


@given(graphs())
def test_accepts_counts_induced_edges(instance):
    g = nx.Graph(instance.edges)
    for chosen in combinations(range(instance.vertices), instance.kappa):
        expected = g.subgraph(chosen).number_of_edges() >= instance.edges_wanted
        assert DENSEST_SUBGRAPH.accepts(instance, chosen) == expected


# ---------------------------------------------------------------------------------------- the intended weights, exactly

FACTORS = st.sampled_from((1, 1, 2, 5, Fraction(3, 2), Fraction(11, 10)))


@settings(max_examples=60, deadline=None)
@given(graphs(), FACTORS)
def test_size_and_bounds(instance, factor):
    r = DensestSubgraphToBoundedRelu(factor)
    target = r.reduce(instance)
    check_size(r, instance, target)
    assert TRAINING.instance_from_json(loads("".join(TRAINING.canonical(target)))) == target
    assert target.norm_bound == 1
    assert all(sum(v * v for _, v in s.x) <= 1 and 0 <= s.y <= 1 for s in target.samples)


@settings(max_examples=60, deadline=None)
@given(graphs(), FACTORS)
def test_forward_reaches_the_threshold_iff_enough_edges_are_induced(instance, factor):
    r = DensestSubgraphToBoundedRelu(factor)
    target = r.reduce(instance)
    errors = {}
    for chosen in combinations(range(instance.vertices), instance.kappa):
        net = r.forward(instance, chosen)
        assert sum(w * w for w in net.weights[0]) == 1
        induced = sum(set(e) <= set(chosen) for e in instance.edges)
        errors[induced] = loss_of(target, net)
        assert errors[induced] == r.intended_error(instance, induced)
        assert TRAINING.accepts(target, net) == (induced >= instance.edges_wanted)
        assert r.backward(instance, net) == chosen
        assert induced >= r.guaranteed_edges(instance, errors[induced]) >= induced - (factor > 1) * len(instance.edges)
    by_edges = [errors[induced] for induced in sorted(errors)]
    assert all(more > fewer for more, fewer in pairwise(by_edges))


def test_the_error_in_words():
    """κ = 4 gives round numbers: root 2, weights 2/5 and 3/5, u = 1/6, vertex residuals 6/7, edge residuals 29/30."""
    instance = densest_subgraph(6, combinations(range(5), 2), 4, 6)
    target, net = R.reduce(instance), R.forward(instance, (0, 1, 2, 3))
    pin, vertices, edges = target.samples[0], target.samples[1:7], target.samples[7:]
    assert net.weights[0] == (*[Fraction(2, 5)] * 4, 0, 0, Fraction(3, 5))
    residuals = [1 - net(s.x) for s in (*vertices, *edges)]
    assert residuals == [*[Fraction(6, 7)] * 4, 1, 1, *(Fraction(29, 30) if max(e) < 4 else 1 for e in instance.edges)]
    assert {s.multiplicity for s in vertices} == {vertices[0].multiplicity}
    assert {s.multiplicity for s in edges} == {1}
    assert pin.multiplicity * Fraction(9, 25) >= 4 * (6 * vertices[0].multiplicity + 10)


@pytest.mark.parametrize("kappa", [1, 2, 3, 4, 5, 9, 10, 16, 17, 1000, 10**6])
def test_the_numbers_in_the_proof(kappa):
    k = Constants(densest_subgraph(kappa, [], kappa, 0), 1)
    r, t, alpha, u, p = k.root, k.t, k.alpha, k.u, k.p
    assert (r - 1) ** 2 < kappa <= r**2
    assert alpha**2 + kappa * t**2 == 1
    assert Fraction(3, 5) <= alpha <= Fraction(7, 9)
    assert p <= 2 * u / t
    assert p**2 + (u / alpha) ** 2 <= 1
    assert p**2 / u * (1 + alpha**2 * u / 4) < Fraction(9 * r, 4)
    assert alpha <= k.label < 1

    def energy(omega):  # Λ
        return p**2 / ((1 + u * omega) ** 2 - 1) * (1 - alpha**2 * omega**2)

    assert energy(1) == kappa - kappa / (1 + u) ** 2
    slope = 2 * k.pins * alpha * (k.label - alpha) / k.copies
    for omega in (Fraction(i, 40) for i in range(21, int(40 / alpha) + 1)):
        g, tau, theta = 1 + u * omega, t * omega, u * omega / p
        tangent = (g**2 - 1) / (p * g)
        a = 7 * tau / 4 - tangent
        assert min(tau, t) <= tangent <= max(tau, t)
        assert max(tangent / 2, theta) <= a <= 7 * tau / 8
        assert 2 * tangent - 7 * tau / 4 - t / 4 <= 7 * t / 4 * abs(1 - omega)
        assert energy(omega) <= energy(1) + slope * (1 - omega) + Fraction(9 * r, 4) * (1 - omega) ** 2
        steepness = p**2 * g**2 / (g**2 - 1)
        assert alpha * u * (2 + u) / t**2 <= steepness
        for w in (Fraction(i, 12) for i in range(-12, 13)):
            below, above = (g**2 - 1) ** -1 * p**2 * w**2, steepness * (w - tangent) ** 2
            assert (1 - max(0, p * w - u * omega)) ** 2 == 1 - below + (below if w <= theta else above)


def test_degenerate_instances_have_an_image():
    for n, edges, kappa, wanted, answer in [
        (1, [], 1, 0, True), (1, [], 1, 1, False), (3, [], 3, 0, True), (3, [], 2, 5, False),
        (2, [(0, 1)], 2, 1, True), (2, [(0, 1)], 2, 2**60 - 1, False), (2, [(0, 1)], 1, 1, False),
    ]:  # fmt: skip
        instance = densest_subgraph(n, edges, kappa, wanted)
        chosen = tuple(range(kappa))
        assert DENSEST_SUBGRAPH.accepts(instance, chosen) == answer
        for factor in (1, 2, Fraction(7, 5), 2**60 - 1):
            r = DensestSubgraphToBoundedRelu(factor)
            assert TRAINING.accepts(r.reduce(instance), r.forward(instance, chosen)) == answer
            assert r.guaranteed_edges(instance, 0) > len(edges)  # so no network has the error 0


@pytest.mark.parametrize("factor", [0, -1, Fraction(2, 3), True, "2", 1.5])
def test_bad_factors_are_refused(factor):
    assert "factor" in refuses(DensestSubgraphToBoundedRelu, factor)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.fractions(1, 4, max_denominator=5))
def test_what_is_promised(instance, factor):
    """κ vertices with ℓ/f edges; never more than there are, but for one that nothing reaches."""
    r = DensestSubgraphToBoundedRelu(factor)
    wanted = r.promised(instance).edges_wanted
    if factor == 1:
        assert wanted == instance.edges_wanted
    else:
        cut = min(instance.edges_wanted, len(instance.edges) + 1)
        assert (wanted - 1) * factor < cut <= wanted * factor
        assert r.guaranteed_edges(instance, r.reduce(instance).threshold) >= wanted


def by_lp(problem, instance):
    return decide(problem, instance, PROVERS["lp" if problem is TRAINING else "sat"], Deadline(work=10**8))


def test_a_promise_that_is_not_kept(monkeypatch):
    """Everything is within the threshold of the target, though no two vertices induce an edge."""
    r, source = DensestSubgraphToBoundedRelu(2), densest_subgraph(2, [], 2, 2)
    assert certify_promise(r, source, by_lp).answer == "NO"
    reduce = DensestSubgraphToBoundedRelu.reduce
    monkeypatch.setattr(
        DensestSubgraphToBoundedRelu, "reduce", lambda self, i: replace(reduce(self, i), threshold=10**6)
    )
    with pytest.raises(ReductionRefuted, match="the promised source is a NO, the target is a YES"):
        certify_promise(r, source, by_lp)


def test_a_promise_that_the_checker_does_not_know():
    class Mine(DensestSubgraphToBoundedRelu):
        name = "mine"

    with pytest.raises(InvalidInstance, match="the checker does not know it"):
        certify_promise(Mine(2), TRIANGLE, by_lp)


def test_of_a_chain_the_first_link_may_keep_a_gap():
    gap, padding = DensestSubgraphToBoundedRelu(2), PadDimension(1)
    chain = Chain(gap, padding)
    assert not chain.is_equivalence
    assert chain.promised(TRIANGLE) == gap.promised(TRIANGLE) == replace(TRIANGLE, edges_wanted=2)
    assert certify_promise(chain, replace(TRIANGLE, edges_wanted=3), by_lp).verdict.claim == "promise"
    unpinned = SatGroupsToSignCnn(pinned=False)
    with pytest.raises(InvalidInstance, match="need not agree"):
        unpinned.promised(None)


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_a_matching_leaves_no_choice_of_few_edges(instance):
    """The bound of the docstring, which is reached: without isolated vertices den_κ ≥ min(⌊κ/2⌋, ⌈|E|/(2d − 1)⌉)."""
    degree = max(Counter(v for e in instance.edges for v in e).values(), default=0)
    if degree:
        matching = -(-len(instance.edges) // (2 * degree - 1))
        assert densest(instance) >= min(instance.kappa // 2, matching)
        assert densest(instance) <= min(len(instance.edges), degree * instance.kappa // 2)


def test_the_bound_by_a_matching_is_reached():
    paths = densest_subgraph(6, [(0, 1), (2, 3), (4, 5)], 4, 1)
    assert densest(paths) == 2 == min(4 // 2, 3)
    star = densest_subgraph(4, [(0, 1), (0, 2), (0, 3)], 2, 1)
    assert densest(star) == 1 == min(2 // 2, -(-3 // 5))


# --------------------------------------------------------------------------------------------------- all other weights


def in_ball(vector):
    """Rational weights close to these, with norm at most 1."""
    w = [Fraction(float(v)).limit_denominator(10**6) for v in vector]
    square = sum(v * v for v in w)
    if square > 1:
        shrink = 1 / Fraction(ceil(sqrt(square) * 10**7), 10**7)
        w = [v * shrink for v in w]
    return network([w])


def dense(target):
    x = np.zeros((len(target.samples), target.dimension))
    for i, s in enumerate(target.samples):
        for t, v in s.x:
            x[i, t] = v
    return x, np.array([float(s.y) for s in target.samples]), np.array([float(s.multiplicity) for s in target.samples])


def train(x, y, copies, w, steps):
    """Projected gradient descent from w; the step is safe, as inputs are in the unit ball."""
    for _ in range(steps):
        z = x @ w
        w = w - (copies * (np.maximum(z, 0) - y) * (z > 0)) @ x / copies.sum()
        w /= max(1, np.linalg.norm(w))
    return w


def starts(instance, rng, count):
    """Weights in the ball: spread over any number of vertices of high or of any degree, noisy, with any constant."""
    n = instance.vertices
    degree = [sum(v in e for e in instance.edges) for v in range(n)]
    by_degree = sorted(range(n), key=lambda v: -degree[v])
    for _ in range(count):
        some = rng.randint(1, n)
        w = np.zeros(n + 1)
        w[by_degree[:some] if rng.random() < 0.5 else rng.sample(range(n), some)] = rng.uniform(0.5, 1) / sqrt(some)
        w[:n] += rng.choice((0, 0.05, 0.3)) * np.array([rng.gauss(0, 1) for _ in range(n)])
        w[n] = rng.choice((rng.uniform(-1, 1), rng.uniform(0.3, 1)))
        yield w / max(1, np.linalg.norm(w))


def random_instance(rng):
    n = rng.randint(2, 9)
    share = rng.random()
    edges = [e for e in combinations(range(n), 2) if rng.random() < share]
    return densest_subgraph(n, edges, rng.randint(1, n), rng.randint(0, len(edges) + 1))


def check_bound(r, instance, target, net):
    """The inequality (*) of the reduction for one network, exactly."""
    paid, chosen = loss_of(target, net), r.backward(instance, net)
    induced = instance.induced_edges(chosen)
    slack = Constants(instance, r.factor).slack
    assert paid >= r.intended_error(instance, induced) - slack
    assert induced >= r.guaranteed_edges(instance, paid)
    if TRAINING.accepts(target, net):
        assert induced * r.factor >= instance.edges_wanted


def test_no_network_has_a_lower_error_than_its_vertices_can_have():
    rng = random.Random(1)
    for _ in range(30):
        instance = random_instance(rng)
        for factor in (1, 3):
            r = DensestSubgraphToBoundedRelu(factor)
            target = r.reduce(instance)
            arrays = dense(target)
            for start in starts(instance, rng, 4):
                for steps in (0, 200):
                    check_bound(r, instance, target, in_ball(train(*arrays, start, steps)))


def test_networks_near_the_intended_ones():
    """Other sizes of T, the constant weight a little off, the norm used up: where the error is lowest."""
    rng = random.Random(2)
    close = 0
    for _ in range(40):
        instance = random_instance(rng)
        target, k = R.reduce(instance), Constants(instance, 1)
        for size in {instance.kappa, max(1, instance.kappa - 1), min(instance.vertices, instance.kappa + 1)}:
            for constant in (-0.01, 0, 0.01, 0.1):
                w = np.zeros(instance.vertices + 1)
                w[-1] = float(k.alpha) + constant
                w[rng.sample(range(instance.vertices), size)] = sqrt((1 - w[-1] ** 2) / size)
                net = in_ball(w)
                check_bound(R, instance, target, net)
                close += loss_of(target, net) < R.intended_error(instance, 0) + 10 * k.slack
    assert close > 40


def test_output_weight_minus_one_pays_for_everything():
    for instance in (TRIANGLE, densest_subgraph(3, [(0, 1)], 1, 0)):
        target = R.reduce(instance)
        for row in ((0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (0, 0, 0, 0, 1), (Fraction(1, 2), 0, 0, 0, Fraction(-1, 2))):
            net = Network((row[-instance.vertices - 1 :],), (0,), (-1,))
            assert loss_of(target, net) >= R.intended_error(instance, 0)


def test_iff_on_small_graphs_as_far_as_training_finds_out(shares):
    """All graphs with up to five vertices: a network within the threshold is found iff there are enough edges."""
    rng = random.Random(3)
    answers = {True: 0, False: 0}
    for g in nx.graph_atlas_g()[1:]:
        if len(g) > 5 or not g.edges:
            continue
        instance = densest_subgraph(len(g), g.edges, rng.randint(1, len(g)), 0)
        most = densest(instance)
        for wanted in (most, most + 1):
            instance = densest_subgraph(len(g), g.edges, instance.kappa, wanted)
            target = R.reduce(instance)
            intended = (R.forward(instance, c) for c in combinations(range(len(g)), instance.kappa))
            arrays = dense(target)
            trained = (in_ball(train(*arrays, start, 60)) for start in starts(instance, rng, 4))
            found = any(TRAINING.accepts(target, net) for group in (intended, trained) for net in group)
            assert found == (most >= wanted)
            answers[found] += 1
    assert min(answers.values()) > 40
    shares(answers[True], answers[False])


def test_training_finds_what_is_wrong_with_a_single_copy_of_each_vertex(monkeypatch):
    """Heavy edges reward vertices of high degree more than the edges that T induces."""

    class Careless(Constants):
        copies = 1

    monkeypatch.setattr(densest_subgraph_to_bounded_relu, "Constants", Careless)
    instance = densest_subgraph(10, [(u, v) for u in (0, 1) for v in range(2, 10)], 4, 5)  # K_{2,8}
    assert densest(instance) == 4
    target, rng = R.reduce(instance), random.Random(4)
    arrays = dense(target)
    assert any(TRAINING.accepts(target, in_ball(train(*arrays, start, 300))) for start in starts(instance, rng, 20))


# ------------------------------------------------------------------------------------------------------------- the gap


def test_a_matching_is_dense():
    """Why κ and ℓ may be assumed to be linear in n: den_κ is at least the smaller of ⌊κ/2⌋ and ⌈|E|/(2Δ − 1)⌉."""
    rng, tight = random.Random(1), 0
    for _ in range(150):
        n = rng.randint(2, 7)
        edges = [e for e in combinations(range(n), 2) if rng.random() < rng.choice((0.2, 0.5))] or [(0, 1)]
        degree = max(sum(v in e for e in edges) for v in range(n))
        for kappa in range(1, n + 1):
            best = max(sum(set(e) <= set(c) for e in edges) for c in combinations(range(n), kappa))
            least = min(kappa // 2, -(-len(edges) // (2 * degree - 1)))
            assert best >= least
            tight += best == least
    assert tight >= 100


def test_the_gap_separates():
    """A NO pays at least the lower end more than a YES, and the intended weights of a NO at most the upper end."""
    rng = random.Random(5)
    for factor in (1, 2, Fraction(4, 3)):
        r = DensestSubgraphToBoundedRelu(factor)
        for _ in range(30):
            instance = random_instance(rng)
            few = ceil(Fraction(min(instance.edges_wanted, len(instance.edges) + 1), factor)) - 1
            target = r.reduce(instance)
            total = sum(s.multiplicity for s in target.samples)
            low, high = r.gap(instance)
            assert 0 < high / 2 <= low <= high
            assert r.intended_error(instance, few) == target.threshold + total * high
            just_below = target.threshold + total * low * Fraction(999999, 1000000)
            assert r.guaranteed_edges(instance, just_below) > few


FAMILIES = {
    "clique": lambda kappa: (
        nx.disjoint_union(nx.complete_graph(kappa), nx.empty_graph(kappa)),
        kappa * (kappa - 1) // 2,
    ),
    "matching": lambda kappa: (nx.Graph((2 * i, 2 * i + 1) for i in range(kappa)), kappa // 2),
    "many small cliques": lambda kappa: (nx.disjoint_union_all([nx.complete_graph(4)] * (kappa // 2)), 3 * kappa // 2),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_gap_is_of_the_order_of_one_over_the_root_of_n(family, record_property):
    """2κ vertices, of which κ can induce ℓ edges, against ℓ/2: a clique, a matching, and a bounded degree."""
    scaled = []
    for kappa in (16, 32, 64, 128, 256):
        graph, wanted = FAMILIES[family](kappa)
        assert len(graph) == 2 * kappa
        low, high = DensestSubgraphToBoundedRelu(2).gap(densest_subgraph(len(graph), graph.edges, kappa, wanted))
        assert low <= high <= 2 * low
        scaled.append(float(low) * sqrt(2 * kappa))
    record_property("ε√n", [f"{value:.2e}" for value in scaled])
    assert max(scaled) < 1.6 * min(scaled)
    assert min(scaled) > 5e-5


def test_with_factor_one_the_gap_is_smaller_but_exact():
    graph, wanted = FAMILIES["clique"](32)
    instance = densest_subgraph(64, graph.edges, 32, wanted)
    assert R.gap(instance)[1] < DensestSubgraphToBoundedRelu(2).gap(instance)[0] / 1000
    assert R.guaranteed_edges(instance, R.reduce(instance).threshold) == wanted
