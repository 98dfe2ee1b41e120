"""Hypergraph colouring and k ReLUs in the unit ball: the exact reduction, and what a small error is worth."""

import random
from fractions import Fraction
from itertools import combinations, pairwise, product
from math import ceil

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.reductions.json_text import loads
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, coloring
from relucert.reductions.problems.training import TRAINING, Network
from relucert.reductions.tight_hardness.coloring_to_bounded_relu import ColoringToBoundedRelu
from relucert.verify.testing.laws import check_size

R = ColoringToBoundedRelu()


@st.composite
def hypergraphs(draw):
    n = draw(st.integers(0, 5))
    groups = [e for size in (2, 3, 4, 5) for e in combinations(range(n), size)]
    edges = draw(st.lists(st.sampled_from(groups), unique=True)) if groups else []
    return coloring(n, edges, draw(st.integers(2, 3)))


def violations(instance, colors):
    return sum(len({colors[v] for v in e}) == 1 for e in instance.edges)


def colorings(instance):
    return product(range(instance.colors), repeat=instance.vertices)


# ------------------------------------------------------------------------------------------------------------- exactly


@settings(max_examples=60, deadline=None)
@given(hypergraphs())
def test_it_is_a_bounded_problem_of_the_size_that_was_announced(instance):
    target = R.reduce(instance)
    check_size(R, instance, target)
    assert TRAINING.instance_from_json(loads("".join(TRAINING.canonical(target)))) == target
    assert target.norm_bound == 1
    assert all(sum(v * v for _, v in s.x) <= 1 and 0 <= s.y <= 1 for s in target.samples)


@settings(max_examples=60, deadline=None)
@given(hypergraphs())
def test_forward_fits_iff_the_colouring_is_proper(instance):
    target = R.reduce(instance)
    for colors in random.Random(1).sample(list(colorings(instance)), min(8, instance.colors**instance.vertices)):
        net = R.forward(instance, colors)
        assert all(sum(v * v for v in row) <= 1 for row in net.weights)
        assert TRAINING.accepts(target, net) == HYPERGRAPH_COLORING.accepts(instance, colors)
        assert (R.squared_error(instance, net) == 0) == HYPERGRAPH_COLORING.accepts(instance, colors)
        assert R.backward(instance, net) == colors


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 30])
def test_size_with_many_colors(k):
    for n, edges in [(0, []), (1, []), (2, [(0, 1)]), (7, [(0, 1), (0, 1, 2, 3, 4)]), (90, [range(90)])]:
        instance = coloring(n, edges, k)
        target = R.reduce(instance)
        check_size(R, instance, target)
        assert all(sum(v * v for _, v in s.x) <= 1 and 0 <= s.y <= 1 for s in target.samples)
        colors = [min(v, k - 1) for v in range(n)]
        assert TRAINING.accepts(target, R.forward(instance, colors))


def test_size_is_known_before_anything_is_built():
    (size,) = R.stages(coloring(10**12, [(0, 1)], 10**12))
    assert size.measures["neurons"] == 10**12
    assert size.words > 10**13


def other_fits(instance, colors, rng):
    """Fits that are no forward images: negative weights lowered, the label shared by two neurons, neurons permuted."""
    rows = [list(row) for row in R.forward(instance, colors).weights]
    s = max(rows[0][:-2] + rows[1][:-2])
    for v, c in enumerate(colors):
        for j in range(instance.colors):
            if j != c:
                rows[j][v] -= s * Fraction(rng.randint(0, 9), 40) / instance.vertices
        other = rng.randrange(instance.colors)
        if other != c and not any(v in e for e in instance.edges):
            share = Fraction(rng.randint(1, 9), 10)
            rows[c][v], rows[other][v] = share * s, (1 - share) * s
    rng.shuffle(rows)
    return Network(tuple(map(tuple, rows)), (0,) * len(rows), (1,) * len(rows))


def test_backward_decodes_other_fits():
    rng, tried = random.Random(1), 0
    for _ in range(60):
        n, k = rng.randint(2, 6), rng.choice((2, 3))
        edges = [e for e in combinations(range(n), rng.choice((2, 3))) if rng.random() < 0.3]
        instance = coloring(n, edges, k)
        target = R.reduce(instance)
        for colors in colorings(instance):
            if HYPERGRAPH_COLORING.accepts(instance, colors):
                net = other_fits(instance, colors, rng)
                assert R.squared_error(instance, net) == 0
                tried += TRAINING.accepts(target, net)
                assert HYPERGRAPH_COLORING.accepts(instance, R.backward(instance, net))
                break
    assert tried > 20


# ------------------------------------------------------------------------------------------------------ approximately


def rationals(rows, output):
    weights = tuple(tuple(Fraction(float(v)).limit_denominator(10**6) for v in row) for row in rows)
    return Network(weights, (0,) * len(weights), tuple(output))


def train(target, w, a, steps, rate=0.3):
    """Gradient descent with momentum on the squared error, with the output weights fixed."""
    x = np.zeros((len(target.samples), target.dimension))
    for i, s in enumerate(target.samples):
        for t, v in s.x:
            x[i, t] = v
    y = np.array([float(s.y) for s in target.samples])
    share = np.array([float(s.multiplicity) for s in target.samples])
    share /= share.sum()
    speed = np.zeros_like(w)
    for _ in range(steps):
        z = x @ w.T
        residual = np.maximum(z, 0) @ a - y
        gradient = ((share * residual)[:, None] * (z > 0) * a).T @ x
        speed = 0.9 * speed - rate * gradient
        w = w + speed
        w /= np.maximum(1, np.linalg.norm(w, axis=1))[:, None]
    return w


def random_instance(rng):
    n, k = rng.randint(2, 7), rng.choice((2, 2, 3))
    edges = [e for size in (2, 3) for e in combinations(range(n), size) if rng.random() < 0.6 / (size - 1)]
    return coloring(n, edges or [(0, 1)], k)


def many_networks(instance, rng):
    """Random and trained networks, with all output weights 1 or not, and images of colourings, exact and disturbed."""
    target, k = R.reduce(instance), instance.colors
    noise = np.random.default_rng(rng.randrange(10**6))
    for a in ([1] * k, [rng.choice((1, -1)) for _ in range(k)]):
        w = noise.normal(size=(k, target.dimension))
        w /= np.linalg.norm(w, axis=1)[:, None]
        for steps in (0, 150):
            yield rationals(train(target, w, np.array(a), steps), a)
    some = [tuple(rng.randrange(k) for _ in range(instance.vertices)) for _ in range(20)]
    for colors in (some[0], min(some, key=lambda colors: violations(instance, colors))):
        image = R.forward(instance, colors)
        yield image
        start = np.array([[float(v) for v in row] for row in image.weights])
        yield rationals(train(target, start, np.array([1] * k), 100), image.output)
        start[:, :-2] += noise.normal(size=start[:, :-2].shape, scale=rng.choice((0.01, 0.05, 0.2)))
        yield rationals(start, image.output)
        small = [[v * Fraction(rng.randint(0, 8), 8) for v in row[:-2]] + list(row[-2:]) for row in image.weights]
        yield Network(tuple(map(tuple, small)), image.biases, image.output)


def check_bound(r, instance, net):
    """Whether the bound says anything about this network; it must be true of all."""
    violated, most = violations(instance, r.backward(instance, net)), len(instance.edges)
    bound = r.violated_edges_bound(instance, r.squared_error(instance, net))
    assert violated <= bound <= most
    return bound < most


@pytest.mark.thorough
def test_every_network_pays_for_the_edges_that_it_violates(record_property):
    rng = random.Random(2)
    told, tried = 0, 0
    for _ in range(40):
        instance = random_instance(rng)
        for net in many_networks(instance, rng):
            told += check_bound(R, instance, net)
            tried += 1
    record_property("networks", f"{tried}, {told} of them with a bound below |E|")
    assert told > tried / 8


def test_the_bound_is_off_by_a_constant_only():
    """Both neurons have the weight s/6 at both ends of an edge: that is the best for equal weights."""
    instance = coloring(2, [(0, 1)], 2)
    net = R.forward(instance, (0, 1))
    s = net.weights[0][0]
    equal = Network(tuple((s / 6, s / 6, *row[2:]) for row in net.weights), net.biases, net.output)
    assert violations(instance, R.backward(instance, equal)) == 1
    assert R.squared_error(instance, equal) == 2 * (2 * s / 3) ** 2 + 4 * (s / 3) ** 2  # 16/3 of the bound
    assert R.violated_edges_bound(instance, s**2 / 4) == 1
    assert R.violated_edges_bound(instance, s**2 / 4 - Fraction(1, 10**9)) == 0


@pytest.mark.parametrize("k", [2, 3, 4])
def test_a_gadget_fitted_with_a_minus_one_costs_what_was_proved(k, record_property):
    """The gadget alone, trained with every number of output weights −1."""
    instance = coloring(0, [], k)
    target = R.reduce(instance)
    least = Fraction(1, 150 * k**4)
    noise = np.random.default_rng(k)
    found = []
    for negative in range(1, k + 1):
        a = [1] * (k - negative) + [-1] * negative
        for _ in range(2):
            w = noise.normal(size=(k, 2)) / 3
            net = rationals(train(target, w, np.array(a), 2000, rate=1.5), a)
            found.append(R.squared_error(instance, net))
    assert min(found) >= least
    record_property("least found", f"{float(min(found) / least):.0f} times the bound")
    assert k > 3 or min(found) < 60 * least


def test_without_enough_copies_of_the_gadget_a_minus_one_would_cheat():
    """With an output weight −1, an edge can be fitted although one neuron is the largest at both of its ends."""

    class Careless(ColoringToBoundedRelu):
        def _gadget_copies(self, instance):
            return 1

    instance = coloring(2, [(0, 1)], 4)
    image = R.forward(instance, (0, 1))
    s, gadget = image.weights[0][0], [row[2:] for row in image.weights]
    ends = (
        (Fraction(3, 2) * s, -s),
        (Fraction(3, 2) * s, Fraction(3, 2) * s),
        (-s, Fraction(3, 2) * s),
        (2 * s, 2 * s),
    )
    rows = tuple((*end, *last) for end, last in zip(ends, (*gadget[:3], (0, 0)), strict=True))
    net = Network(rows, (0,) * 4, (1, 1, 1, -1))
    target = R.reduce(instance)
    assert [net(sample.x) for sample in target.samples[:3]] == [s, s, 0]
    assert violations(instance, R.backward(instance, net)) == 1
    assert check_bound(R, instance, net) is False
    with pytest.raises(AssertionError):
        check_bound(Careless(), instance, net)


# ------------------------------------------------------------------------------------------------------------- the gap


def test_no_network_is_better_than_the_gap_says():
    rng, tried = random.Random(3), 0
    while tried < 12:
        instance = random_instance(rng)
        fewest = min(violations(instance, colors) for colors in colorings(instance))
        if fewest:
            tried += 1
            copies = sum(s.multiplicity for s in R.reduce(instance).samples)
            least = R.gap(instance, fewest) * copies
            assert least > 0
            assert R.violated_edges_bound(instance, least) == fewest
            assert all(R.squared_error(instance, net) >= least for net in many_networks(instance, rng))


@pytest.mark.parametrize("k", [2, 3])
def test_the_gap_is_of_the_order_of_one_over_n(k, record_property):
    """Disjoint cliques of k + 1 vertices: every colouring violates an edge of each."""
    scaled = []
    for count in (4, 16, 64, 256, 1024):
        graph = nx.disjoint_union_all([nx.complete_graph(k + 1)] * count)
        instance = coloring(len(graph), graph.edges, k)
        copies = sum(s.multiplicity for s in R.reduce(instance).samples)
        epsilon = R.gap(instance, count)
        assert epsilon == count * R.reduce(instance).samples[0].y ** 2 / (4 * copies)
        scaled.append(float(epsilon * len(graph)))
    record_property("εn", [f"{value:.2e}" for value in scaled])
    assert all(low < high for low, high in pairwise(scaled))  # up to a limit: the share of the gadget shrinks
    assert scaled[-1] < 2 * scaled[-2]
    assert scaled[-1] > 1e-3 / k**2
    assert ceil(1 / epsilon) > len(graph)
