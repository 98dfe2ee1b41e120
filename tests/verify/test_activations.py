"""What labels and few samples say about activations: it follows, fits survive it, and colourings need nothing else."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import networkx as nx
import pytest
from counting import instructions
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, Rejected, Rup
from relucert.certificates.writer import No, Yes
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.reductions.tight_hardness.coloring_to_relu_network import ColoringToReluNetwork
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.verify.decide import decide
from relucert.verify.networks import fit_by_z3
from relucert.verify.problems import SEARCHES, training
from relucert.verify.problems.coloring import hypergraphs
from relucert.verify.problems.training import SEARCH, busiest_weight
from relucert.verify.provers import activations, provers_for
from relucert.verify.provers.activations import (
    apart,
    by_activations,
    by_activations_alone,
    circuits,
    weights_by_activations,
)
from relucert.verify.provers.base import Deadline, Model, OutOfTime, Refutation, Unknown
from relucert.verify.provers.propositional import CONFLICT
from relucert.verify.provers.replay import refute


def accepted(formula, steps):
    """What the checker has derived by the steps. Raises Rejected."""
    kernel = Kernel(formula)
    for step in steps:
        step.apply(kernel)
    return kernel


def test_circuits_are_of_multiples_single_coordinates_and_few_samples():
    points = [(1, 0, 0), (0, 2, 0), (3, 4, 0), (2, 0, 0), (-1, 0, 0), (0, 1, 1), (1, 8, 1), (3, 1, -1), (0, 0, 0)]
    instance = TrainingInstance(3, 1, tuple(sample(p, 0) for p in points))
    assert dict(circuits(instance)) == {
        3: {0: 2},
        2: {0: 3, 1: 2},
        6: {0: 1, 1: Fraction(7, 2), 5: 1},
    }
    biased = TrainingInstance(2, 1, tuple(sample(p, 0) for p in [(0, 0), (4, 0), (1, 0), (8, 0), (-4, 0)]), bias=True)
    assert dict(circuits(biased)) == {}  # sparser than (1, 0) is (0, 0) alone; what is on a line is said by `lines`


def test_dense_samples_are_not_compared_with_each_other():
    def dense(m):
        rng = random.Random(m)
        points = {(rng.randint(1, 10**6), rng.randint(1, 10**6), 1) for _ in range(m)}
        return TrainingInstance(3, 2, tuple(sample(x, 1) for x in sorted(points)))

    few, many = (instructions(circuits.__wrapped__, dense(m)) for m in (50, 200))
    assert many < 5 * few


def test_circuits_of_losses_are_not_looked_for(monkeypatch):
    def found(instance):
        raise AssertionError

    monkeypatch.setattr(training, "circuits", found)
    exact = TrainingInstance(1, 1, (sample((1,), 1), sample((2,), 2), sample((3,), 5)))
    assert SEARCH.prover(replace(exact, loss="l1", threshold=1)) == "lp"
    with pytest.raises(AssertionError):
        SEARCH.prover(TrainingInstance(2, 2, tuple(map(sample, ((1, 0), (0, 2), (0, 3)), (1, 2, 5)))))  # sparse


SPARSE = [(1, 0), (0, 1), (1, 1), (2, 1), (2, 2), (0, 3), (-1, 0), (-1, 1)]


@st.composite
def sparse(draw):
    points = draw(st.lists(st.sampled_from(SPARSE), min_size=4, max_size=7, unique=True))
    label = st.sampled_from((0, 0, 1, 2, -1, Fraction(1, 2)))
    samples = tuple(sample(tuple(Fraction(v, draw(st.integers(1, 2))) for v in p), draw(label)) for p in points)
    return TrainingInstance(
        2, draw(st.integers(1, 3)), samples, output=draw(st.sampled_from(("ones", "signs"))), bias=draw(st.booleans())
    )


@pytest.mark.thorough
def test_derived_clauses_follow_and_change_no_answer(shares):
    answers, derived = Counter(), 0

    @settings(max_examples=60)
    @given(sparse())
    def follows(instance):
        nonlocal derived
        for case in ENCODING.cases(instance):
            for choice in (None, busiest_weight(instance)):
                formula = ENCODING.formula(instance, case, choice)
                longer, steps = by_activations(instance, case, formula, Deadline())
                kernel = accepted(formula, steps)
                assert (kernel.clauses, kernel.atoms) == (longer.clauses, longer.atoms)
                derived += len(steps)
        answer = decide(TRAINING, instance, provers_for(TRAINING, "lp")[0], Deadline())
        assert isinstance(answer, No) == (fit_by_z3(instance) is None)
        answers[type(answer).__name__] += 1

    follows()
    assert derived > 300
    shares(answers["Yes"], answers["No"])


def refuted(instance, case, choice=None):
    """The steps of a refutation by activations, if they suffice."""
    formula = ENCODING.formula(instance, case, choice)
    longer, steps = by_activations(instance, case, formula, Deadline())
    if steps and not longer.clauses[longer.last_id]:
        assert accepted(formula, steps).refuted
        return steps
    found = refute(longer, [], Deadline())
    if isinstance(found, frozenset):
        return None
    assert accepted(formula, (*steps, *found.steps)).refuted
    return found.steps


def alone(instance, case, choice):
    """What activations alone say, after the checker has accepted a refutation. Only a refutation takes the formula."""
    asked = []

    def formula():
        asked.append(choice)
        return ENCODING.formula(instance, case, choice)

    found = by_activations_alone(instance, case, choice, formula, Deadline())
    assert len(asked) == isinstance(found, Refutation)
    if isinstance(found, Refutation):
        assert accepted(formula(), found.steps).refuted
    return found


def in_order(instance):
    """The samples of one coordinate, as a choice for the symmetry rule."""
    return {"order": [i for i, s in enumerate(instance.samples) if len(s.x) == 1]}


@st.composite
def apart_graphs(draw):
    """One to three graphs that share no vertex, with 2 to 4 colours, and up to two vertices without an edge."""
    edges, n = [], draw(st.integers(0, 2))
    for _ in range(draw(st.integers(1, 3))):
        size = draw(st.integers(2, 4))
        pairs = st.lists(st.sampled_from(list(combinations(range(n, n + size), 2))), min_size=1, unique=True)
        edges += draw(pairs)
        n += size
    return coloring(n, edges, draw(st.integers(2, 4)))


def test_colorings_are_decided_by_activations_alone(shares):
    """Whatever the symmetry rule is told: no linear program is asked for weights, and of parts one is enough."""
    answers = Counter()

    @settings(max_examples=100)
    @given(st.one_of(hypergraphs(most_vertices=6).filter(lambda graph: graph.vertices), apart_graphs()))
    def agrees(graph):
        instance = ColoringToReluSum().reduce(graph)
        colorable = SEARCHES["hypergraph-coloring"].by_brute_force(graph) is not None
        for choice in (None, busiest_weight(instance), in_order(instance)):
            found = alone(instance, graph.colors, choice)
            assert isinstance(found, Model if colorable else Refutation)
            if colorable:
                assert TRAINING.accepts(instance, SEARCH.witness(instance, graph.colors, found))
        answers[colorable] += 1

    agrees()
    shares(answers[True], answers[False])


def test_a_part_that_takes_too_long_does_not_hide_another(monkeypatch):
    """The smaller one has a 7-colouring that takes conflicts, the larger one a point of two labels, which is none."""
    n, edges = queens(6)
    path = [(v, v + 1) for v in range(n, n + 200)]
    both = ColoringToReluSum().reduce(coloring(n + 201, [*edges, *path], 7))
    both = replace(both, samples=(*both.samples, both.samples[n]._replace(y=0)))
    first = ColoringToReluSum().reduce(coloring(n, edges, 7))
    assert next(map(len, apart(both))) == len(first.samples)
    monkeypatch.setattr(activations, "LOOK", CONFLICT)
    assert isinstance(alone(both, 7, None), Refutation)
    two = ColoringToReluSum().reduce(coloring(n + 2, [*edges, (n, n + 1)], 7))
    assert alone(two, 7, None) is None


def test_refutations_cite_the_symmetry_rule():
    """Of the 6-clique, which has no 5-colouring: fewer cases are left if colours are sorted."""
    instance = ColoringToReluSum().reduce(coloring(6, list(combinations(range(6), 2)), 5))
    plain, functional, ordered = (alone(instance, 5, c) for c in (None, busiest_weight(instance), in_order(instance)))
    assert len(ordered.steps) < len(plain.steps) > len(functional.steps)
    stated = ENCODING.formula(instance, 5, in_order(instance))
    first = ENCODING.formula(instance, 5, None).last_id + 1
    assert any(first <= hint <= stated.last_id for s in ordered.steps if isinstance(s, Rup) for hint in s.hints)


def test_only_exact_fits_by_relus_need_no_prover():
    instance = ColoringToReluSum().reduce(coloring(3, [(0, 1), (1, 2)], 2))
    assert SEARCH.may_need_no_prover(instance)
    others = [
        {"activation": "threshold"},
        {"activation": "leaky-relu", "alpha": Fraction(1, 2)},
        {"loss": "l1", "threshold": Fraction(1)},
        {"clip": (Fraction(0), Fraction(1))},
        {"norm_bound": Fraction(9)},
        {"bias": True},
    ]
    for other in others:
        different = replace(instance, **other)
        assert not SEARCH.may_need_no_prover(different)
        assert SEARCH.without_prover(different, 2, None, None, Deadline()) is None


def test_what_activations_alone_say_is_proved():
    """Of any sparse samples and output weights; on what they say of fits nothing is claimed, but refutations hold."""
    said = Counter()

    @settings(max_examples=150)
    @given(sparse())
    def holds(instance):
        for case in ENCODING.cases(instance):
            for choice in (None, busiest_weight(instance), in_order(instance)):
                if choice != {"order": []}:
                    said[type(alone(instance, case, choice)).__name__] += 1

    holds()
    assert min(said["Refutation"], said["Model"], said["NoneType"]) > 50, said


def test_the_work_of_all_parts_counts():
    """Two graphs apart take twice what one takes, which is more than their samples are."""

    def used(copies):
        graph = coloring(copies * n, [(u + n * i, v + n * i) for u, v in edges for i in range(copies)], 7)
        instance, enough = ColoringToReluSum().reduce(graph), Deadline(work=10**7)
        assert isinstance(by_activations_alone(instance, 7, None, None, enough), Model)
        with pytest.raises(OutOfTime):
            by_activations_alone(instance, 7, None, None, Deadline(work=10**7 - enough.work - CONFLICT))
        return 10**7 - enough.work, 7 * len(instance.samples)

    n, edges = queens(6)
    (one, samples), (two, _) = used(1), used(2)
    assert two == 2 * one > 4 * samples


@pytest.mark.parametrize("choice", [{"along": 0, "line": [0, 1, 2]}, None])
def test_activations_alone_are_not_asked_where_they_say_less(choice):
    """If neurons may be turned over; with a norm bound the formula has other atoms last."""
    points = [((0, 1), 0), ((1, 1), 0), ((2, 1), 1), ((1, 0), 0)]
    instance = TrainingInstance(2, 2, tuple(sample(*point) for point in points), output="ones")
    bounded = replace(instance, norm_bound=None if choice else Fraction(3))
    assert isinstance(alone(instance, 2, None), Refutation)
    assert alone(bounded, 2, choice) is None


class NotAsked:
    name = "lp"

    def solve(self, formula, deadline):
        raise AssertionError("a prover is asked")


@pytest.mark.parametrize("prover", [NotAsked(), None])
def test_no_prover_is_asked_where_activations_say_it(prover):
    petersen = nx.petersen_graph()
    no, yes = (ColoringToReluSum().reduce(coloring(10, petersen.edges, k)) for k in (2, 3))
    assert isinstance(decide(TRAINING, no, prover, Deadline()), No)
    assert isinstance(decide(TRAINING, yes, prover, Deadline()), Yes)
    biased = replace(yes, bias=True)
    if prover is None:
        assert decide(TRAINING, biased, None, Deadline()) == Unknown("there is no prover")
    else:
        with pytest.raises(AssertionError, match="a prover is asked"):
            decide(TRAINING, biased, prover, Deadline())


def test_weights_that_activations_say_are_of_the_label_and_its_sign():
    points = [((2, 0), 6), ((0, -1), -4), ((3, 3), 9)]
    instance = TrainingInstance(2, 3, tuple(sample(*point) for point in points))
    active = {0: (0, 1, 2), 1: (1, 2), 2: (0,)}  # on a sample: neurons, of which one has the output weight 1
    true = {1 + 17 * i + 5 * j for i, own in active.items() for j in range(3) if j not in own}
    model = weights_by_activations(instance, 1, frozenset(true))
    net = SEARCH.witness(instance, 1, model)
    # 3·2 = 6; 2·1 + 2·1 = 4, of which two neurons have halves; and −N·x with N = 3 · (2 − 1) · 3/1 where none is active
    assert net.weights == ((3, 9), (-9, -2), (-9, -2))
    assert net.output == (1, -1, -1)
    assert not TRAINING.accepts(instance, net)  # it does not fit (3, 3)
    assert TRAINING.accepts(replace(instance, samples=instance.samples[:2]), net)
    assert weights_by_activations(replace(instance, bias=True), 1, frozenset(true)) is None
    assert weights_by_activations(replace(instance, samples=instance.samples[1:]), 1, frozenset(true)) is None


def test_hypergraphs_are_refuted_by_activations_exactly_if_they_cannot_be_coloured(shares):
    answers = Counter()

    @settings(max_examples=60)
    @given(hypergraphs(most_vertices=6), st.booleans())
    def agrees(graph, ordered):
        instance = ColoringToReluSum().reduce(graph)
        colorable = SEARCHES["hypergraph-coloring"].by_brute_force(graph) is not None
        steps = refuted(instance, graph.colors, busiest_weight(instance) if ordered else None)
        assert (steps is None) == colorable
        answers[colorable] += 1

    agrees()
    shares(answers[True], answers[False])


def queens(n):
    squares = [divmod(s, n) for s in range(n * n)]
    edges = [
        (a, b)
        for b, (x, y) in enumerate(squares)
        for a, (u, v) in enumerate(squares[:b])
        if x == u or y == v or abs(x - u) == abs(y - v)
    ]
    return n * n, edges


@pytest.mark.parametrize("reduction", [ColoringToReluSum(), ColoringToReluNetwork()])
def test_colourings_of_some_size(reduction):
    """The provers of linear arithmetic are told that nothing is left of their work."""
    for n, edges, k in ((*queens(5), 4), (23, list(nx.mycielski_graph(5).edges), 4)):
        steps = refuted(reduction.reduce(coloring(n, edges, k)), k)
        assert steps is not None
        assert all(isinstance(step, Rup) for step in steps)


@given(st.lists(st.sets(st.integers(0, 7), max_size=3), max_size=8))
def test_parts_share_no_coordinate(supports):
    samples = tuple(sample(tuple(int(t in support) for t in range(8)), 0) for support in supports)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(samples)))
    graph.add_edges_from(
        (i, j)
        for i, p in enumerate(supports)
        for j, q in enumerate(supports[:i])
        if p & q or not (p or q)  # zeros say the same of all neurons
    )
    expected = sorted(map(sorted, nx.connected_components(graph)))
    parts = apart(TrainingInstance(8, 1, samples))
    assert sorted(parts) == expected
    assert sorted(map(len, parts)) == [*map(len, parts)]
    assert apart(TrainingInstance(8, 1, samples, bias=True)) == [[*range(len(samples))]]


def test_one_copy_that_cannot_be_coloured_is_enough():
    def steps(graph, copies):
        graph = nx.disjoint_union_all([graph] * copies)
        instance = ColoringToReluSum().reduce(coloring(len(graph), graph.edges, 2))
        formula = ENCODING.formula(instance, 2, None)
        return len(by_activations(instance, 2, formula, Deadline())[1])

    odd, even = nx.cycle_graph(5), nx.cycle_graph(6)
    assert steps(odd, 4) == steps(odd, 1)
    assert steps(even, 4) == 4 * steps(even, 1)


def test_networks_are_found_all_the_same():
    n, edges = queens(5)
    for reduction in (ColoringToReluSum(), ColoringToReluNetwork()):
        instance = reduction.reduce(coloring(n, edges, 5))
        answer = decide(TRAINING, instance, provers_for(TRAINING, "lp")[0], Deadline())
        assert isinstance(answer, Yes)


def test_nothing_is_said_of_neurons_that_may_be_turned_over():
    samples = tuple(sample(p, y) for p, y in [((0, 1), 0), ((1, 1), 0), ((2, 1), 1), ((4, 2), 2), ((0, 2), 0)])
    instance = TrainingInstance(2, 2, samples, bias=True)
    choice = {"along": 0, "line": [0, 1, 2]}
    formula = ENCODING.formula(instance, 2, choice)
    assert by_activations(instance, 2, formula, Deadline())[1] == []


@pytest.mark.parametrize("wrong", ["sign", "share", "sample"])
def test_wrong_circuits_are_noticed(wrong, monkeypatch):
    points = [(1, 0), (0, 1), (0, 2), (2, 3)]
    instance = TrainingInstance(2, 2, tuple(sample(p, 1) for p in points), output="ones")
    circuit = {
        "sign": {0: Fraction(2), 1: Fraction(-3)},
        "share": {0: Fraction(2), 1: Fraction(2)},
        "sample": {0: Fraction(2), 2: Fraction(3)},
    }[wrong]
    formula = ENCODING.formula(instance, 2, None)
    assert accepted(formula, by_activations(instance, 2, formula, Deadline())[1])
    monkeypatch.setattr(activations, "circuits", lambda _: [(3, circuit)])
    with pytest.raises(Rejected):
        accepted(formula, by_activations(instance, 2, formula, Deadline())[1])
