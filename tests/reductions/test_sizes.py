"""Sizes and work are upper bounds of what is held and done, known before it is, and not far from it."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import product
from operator import mul

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relucert.reductions import CATALOGUE, PROBLEMS, reduction
from relucert.reductions.exact import InvalidInstance, TooLarge, shorten
from relucert.reductions.fixed_dimension.clique_to_threshold import CliqueToThreshold
from relucert.reductions.fixed_dimension.one_in_three_to_plane import sum_without_progressions, without_progressions
from relucert.reductions.fixed_dimension.separability_to_relu import SeparabilityToRelu, basic_solution, moving
from relucert.reductions.json_text import dumps, json_count, rational_from_json, rational_to_json
from relucert.reductions.matrices import applied, identity
from relucert.reductions.natural_weights.sign_cnn_to_random_cnn import SignCnnToRandomCnn
from relucert.reductions.natural_weights.sign_cnn_to_random_network import SignCnnToRandomNetwork
from relucert.reductions.problems.coloring import ColoringInstance, coloring
from relucert.reductions.problems.densest_subgraph import DensestSubgraphInstance
from relucert.reductions.problems.max_cut import MaxCutInstance
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, Gate, MonotoneCircuit
from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE, multicolored_clique
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.random_cnn import RANDOM_CNN, RandomCnnInstance
from relucert.reductions.problems.random_network import RANDOM_NETWORK, RandomNetworkInstance, network_of
from relucert.reductions.problems.random_network import Sample as PointSample
from relucert.reductions.problems.sat_groups import Group, SatGroupsInstance
from relucert.reductions.problems.separability import SEPARABILITY
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.sign_cnn import SIGN_CNN, SignCnnInstance, output
from relucert.reductions.problems.sign_cnn import Sample as PatchSample
from relucert.reductions.problems.strip import STRIP, StripInstance, strip
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, network, sample
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.reductions.tight_hardness.relu_sum_to_relu_network import ReluSumToReluNetwork
from relucert.verify.problems import SEARCHES
from relucert.verify.testing.laws import check_size

pytestmark = pytest.mark.thorough

STEPS_A_UNIT = 8  # of bytecode, about 0.2 µs


def deep_bytes(*roots):
    """The bytes of everything that is reached, each object once."""
    seen, pending, total = set(), [*roots], 0
    while pending:
        value = pending.pop()
        if id(value) not in seen:
            seen.add(id(value))
            total += sys.getsizeof(value)
            if isinstance(value, Mapping):
                pending += [*value, *value.values()]
            elif isinstance(value, tuple | list):
                pending += value
            elif isinstance(value, Fraction):
                pending += [value.numerator, value.denominator]
            elif hasattr(value, "__dict__"):
                pending.append(vars(value))
    return total


def counted(call, *arguments):
    """The result of a call, and its steps of bytecode, in units, and of the products of words, 32 to a unit.

    Words are counted where Fractions meet. What runs in C is not counted.
    """
    steps = products = 0

    def words(value):
        return 1 + max(value.numerator.bit_length(), value.denominator.bit_length()) // 64

    def trace(frame, event, _):
        nonlocal steps, products
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            steps += 1
        elif event == "call" and frame.f_code.co_filename.endswith("fractions.py"):
            operands = [v for v in frame.f_locals.values() if isinstance(v, int | Fraction)][:2]
            if len(operands) == 2 and max(map(words, operands)) > 1:
                products += words(operands[0]) * words(operands[1])
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        result = call(*arguments)
    finally:
        sys.settrace(before)
    return result, steps // STEPS_A_UNIT + products // 32


def without_last(problem, instance):
    """The instance without the last of its edges, sets, samples, …, where that is an instance."""
    data = problem.instance_to_json(instance)
    for name, entries in data.items():
        if isinstance(entries, list) and entries:
            try:
                yield problem.instance_from_json(data | {name: entries[:-1]})
            except InvalidInstance:
                continue


# ------------------------------------------------------------------------------------------------------------ problems


def require_words(problem, instance):
    held, measured = 8 * problem.size(instance).words, deep_bytes(instance)
    assert measured <= held <= 6 * measured


@pytest.mark.parametrize("name", PROBLEMS)
def test_words_bound_what_an_instance_holds(name):
    problem = PROBLEMS[name]

    @given(SEARCHES[name].instances())
    def law(drawn):
        # from JSON, so that nothing is shared by chance
        instance = problem.instance_from_json(problem.instance_to_json(drawn))
        require_words(problem, instance)
        for smaller in without_last(problem, instance):
            assert problem.size(smaller).words < problem.size(instance).words

    law()


LONG = st.builds(Fraction, st.integers(-(10**300), 10**300), st.integers(10**299, 10**300))


@given(st.lists(st.tuples(st.lists(LONG, min_size=2, max_size=2), LONG, st.integers(1, 10**100)), min_size=1))
def test_words_of_long_numbers(rows):
    instance = TrainingInstance(2, 1, tuple(sample(x, y, m) for x, y, m in rows), loss="l1", threshold=7)
    require_words(TRAINING, instance)
    origin = (0, 0)
    points = sorted({tuple(x) for x, _, _ in rows if any(x)})
    assume(points)
    require_words(STRIP, StripInstance((origin,), tuple(points)))


def test_measures():
    def measures(problem, instance):
        return dict(PROBLEMS[problem].size(instance).measures)

    assert measures("hypergraph-coloring", coloring(5, [(0, 1), (1, 2, 4)], 3)) == {
        "vertices": 5, "edges": 2, "memberships": 5, "colors": 3,
    }  # fmt: skip
    assert measures("set-cover", SetCoverInstance(4, ((0, 1, 2), (), (3,)), 2)) == {
        "universe": 4, "sets": 3, "memberships": 4, "budget": 2,
    }  # fmt: skip
    gates = (Gate("and", (0, 1, 2)), Gate("or", (3,)))
    assert measures("monotone-circuit", MonotoneCircuit(3, gates, 4, 1)) == {
        "inputs": 3, "gates": 2, "operands": 4, "budget": 1,
    }  # fmt: skip
    assert measures("densest-subgraph", DensestSubgraphInstance(4, ((0, 1),), 2, 9)) == {
        "vertices": 4, "edges": 1, "kappa": 2, "edges_wanted": 9,
    }  # fmt: skip
    assert measures("max-cut", MaxCutInstance(4, ((0, 1),), 9)) == {"vertices": 4, "edges": 1, "cut_wanted": 9}
    assert measures("multicolored-clique", multicolored_clique([0, 1, 1], [(0, 1)])) == {
        "vertices": 3, "edges": 1, "colors": 2,
    }  # fmt: skip
    assert measures("one-in-three", OneInThreeInstance(7, ((0, 1, 2),))) == {"variables": 7, "clauses": 1}
    groups = SatGroupsInstance(7, (Group(0, ((1, -2), (3,))), Group(1, ((2, 3, 7),))))
    assert measures("sat-groups", groups) == {"variables": 7, "groups": 2, "clauses": 3, "literals": 6}
    filtered = SignCnnInstance(2, (PatchSample(0, ((1, 2),) * 3), PatchSample(1, ((0, 0),) * 3)))
    assert measures("sign-cnn", filtered) == {"weights": 2, "samples": 2, "patches": 6}
    blocks = (((1, 2), (0, 1)),) * 3
    drawn = RandomNetworkInstance(blocks, identity(6), (PointSample(1, (1,) * 6),) * 4)
    assert measures("random-network-fit", drawn) == {
        "blocks": 3, "neurons": 2, "inputs": 6, "samples": 4, "factor": 36,
    }  # fmt: skip
    cnn = RandomCnnInstance(identity(2), filtered.samples)
    assert measures("random-cnn-fit", cnn) == {"weights": 2, "samples": 2, "patches": 6}
    points = strip([(0, 0), (1, Fraction(3, 1024))], [(8, 0)])
    assert measures("two-hyperplane-strip", points) == {"dimension": 2, "p": 2, "q": 1, "bits": 11}
    samples = (sample((0, 5, Fraction(1, 33)), -64, 1000), sample((0, 0, 0), 0))
    assert measures("training", TrainingInstance(3, 4, samples)) == {
        "dimension": 3, "samples": 2, "neurons": 4, "coordinates": 2, "bits": 7,
    }  # fmt: skip


NUMBERS = st.integers(-2, 6) | LONG | st.just(10**3999)


def rows(length):
    return st.lists(NUMBERS, min_size=length, max_size=length).map(tuple)


def witnesses(problem, instance):
    """Witnesses of any shape that the JSON admits, and of the right one."""
    if problem is TRAINING:
        k, d = instance.neurons, instance.dimension
        weights = st.lists(st.lists(NUMBERS, max_size=4).map(tuple), max_size=3).map(tuple)
        others = [st.lists(NUMBERS, max_size=3).map(tuple)] * 2
        return st.builds(Network, weights, *others) | st.builds(Network, st.tuples(*[rows(d)] * k), rows(k), rows(k))
    if problem in (STRIP, SEPARABILITY):
        return st.tuples(*[st.lists(NUMBERS, max_size=3).map(tuple)] * 2)
    if problem is RANDOM_NETWORK:
        k, n = instance.neurons, instance.inputs
        own = [network_of(instance, w) for w in product((1, -1), repeat=len(instance.blocks))]
        return (
            st.lists(st.lists(NUMBERS, max_size=4).map(tuple), max_size=3).map(tuple)
            | st.tuples(*[rows(n)] * k)
            | st.sampled_from(own)
        )
    if problem is RANDOM_CNN:
        own = [applied(instance.matrix, w) for w in product((1, -1), repeat=instance.weights)]
        return st.lists(NUMBERS, max_size=4).map(tuple) | rows(instance.weights) | st.sampled_from(own)
    numbers = st.lists(st.integers(0, 6) | st.just(10**3999), max_size=7).map(tuple)
    if problem is SIGN_CNN:
        return numbers | st.tuples(*[st.sampled_from((1, -1))] * instance.weights)
    if problem is MULTICOLORED_CLIQUE:
        return numbers | st.tuples(*map(st.sampled_from, instance.classes()))
    return numbers | st.sets(st.integers(0, 6), max_size=4).map(sorted).map(tuple)


@pytest.mark.parametrize("name", PROBLEMS)
def test_work_bounds_accepting_whatever_the_witness_is(name):
    problem = PROBLEMS[name]
    shapes = set()

    @settings(max_examples=120)
    @given(SEARCHES[name].instances(), st.data())
    def law(instance, data):
        witness = data.draw(witnesses(problem, instance))
        work, asking = counted(problem.work, instance, witness)
        reading = problem.size(instance).words + len(dumps(problem.witness_to_json(witness)))
        assert asking <= 20 * reading
        try:
            _, done = counted(problem.accepts, instance, witness)
            shapes.add("right")
        except InvalidInstance:
            shapes.add("wrong")
            return
        assert done <= work

    law()
    assert shapes == {"right", "wrong"}


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from(("exact", "l0", "l1", "l2", "linf")), st.data())
def test_work_bounds_the_loss_of_networks_with_long_numbers(d, k, loss, data):
    """Right shapes, where sums of fractions grow in every direction: rows, samples, losses and norms."""

    def numbers(count):
        return tuple(data.draw(st.lists(LONG, min_size=count, max_size=count)))

    samples = tuple(sample(numbers(d), *numbers(1), 10**50) for _ in range(data.draw(st.integers(1, 6))))
    bounded = data.draw(st.booleans())
    instance = TrainingInstance(
        d, k, samples, output="real", bias=not bounded, clip=(0, 10**200) if data.draw(st.booleans()) else None,
        loss=loss, norm_bound=10**400 if bounded else None,
    )  # fmt: skip
    if data.draw(st.booleans()):
        instance = replace(instance, activation="leaky-relu", alpha=Fraction(7**300, 11**400))
    biases = (0,) * k if bounded else numbers(k)
    witness = Network(tuple(numbers(d) for _ in range(k)), biases, numbers(k))
    _, done = counted(TRAINING.accepts, instance, witness)
    assert done <= TRAINING.work(instance, witness)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4), st.data())
def test_work_bounds_the_output_of_filters_of_long_patches(t, patches, samples, data):
    """All samples are judged, for the label is what the output is, as far as it can be."""
    weights = tuple(data.draw(st.lists(st.sampled_from((1, -1)), min_size=t, max_size=t)))

    def drawn():
        rows = tuple(tuple(data.draw(st.lists(LONG, min_size=t, max_size=t))) for _ in range(patches))
        return PatchSample(int(output(weights, rows) == 1), rows)

    instance = SignCnnInstance(t, tuple(drawn() for _ in range(samples)))
    _, done = counted(SIGN_CNN.accepts, instance, weights)
    assert done <= SIGN_CNN.work(instance, weights)


@given(st.integers(1, 3), st.integers(1, 2), st.booleans(), st.data())
def test_work_bounds_the_output_of_networks_of_long_blocks(t, k, with_factor, data):
    """The network is M·W(w), and every sample is judged, or one with a long number is told from it."""

    def matrix(size):
        return tuple(tuple(data.draw(st.lists(LONG, min_size=size, max_size=size))) for _ in range(size))

    blocks = tuple(matrix(k) for _ in range(t))
    bare = RandomNetworkInstance(blocks, matrix(t * k) if with_factor else None, ())
    network_ = network_of(bare, (1,) * t)
    points = matrix(t * k)
    labels = [int(sum(max(0, sum(map(mul, v, x))) for v in network_) > 0) for x in points]
    instance = replace(bare, samples=tuple(map(PointSample, labels, points)))
    _, done = counted(RANDOM_NETWORK.accepts, instance, network_)
    assert done <= RANDOM_NETWORK.work(instance, network_)
    cnn = RandomCnnInstance(matrix(t), tuple(PatchSample(y, (x[:t],) * k) for y, x in zip(labels, points, strict=True)))
    _, done = counted(RANDOM_CNN.accepts, cnn, applied(cnn.matrix, (-1,) * t))
    assert done <= RANDOM_CNN.work(cnn, applied(cnn.matrix, (-1,) * t))


# ---------------------------------------------------------------------------------------------------------- reductions


@pytest.mark.parametrize("name", CATALOGUE)
def test_work_bounds_the_maps_of_a_reduction(name):
    r = CATALOGUE[name]()
    answers = set()

    @settings(max_examples=24)
    @given(SEARCHES[r.source.name].instances())
    def law(source):
        words = r.source.size(source).words
        stages, asking = counted(lambda: [*r.stages(source)])
        assert asking <= 10_000 + 60 * words + (20 * stages[0].words if len(stages) > 1 else 0)
        target, done = counted(r.reduce, source)
        assert done <= r.work(source)
        check_size(r, source, target)
        witness = SEARCHES[r.source.name].by_brute_force(source)
        answers.add(witness is not None)
        if witness is not None:
            image, done = counted(r.forward, source, witness)
            assert done <= r.work(source, witness)
            _, done = counted(r.backward, source, image)
            assert done <= r.work(source, image=image)

    law()
    assert answers == {True, False}


@pytest.mark.parametrize("alpha", [Fraction(7**300, 11**400), Fraction(1, 3**2000)])
@pytest.mark.parametrize(
    "name",
    ["coloring-to-leaky-relu-sum", "max-cut-to-leaky-relu", "one-in-three-to-plane", "separability-to-relu"],
)
def test_work_bounds_the_maps_for_long_slopes(name, alpha):
    r = reduction(name, {"alpha": alpha})
    solved = 0

    @settings(max_examples=10)
    @given(SEARCHES[r.source.name].instances())
    def law(source):
        nonlocal solved
        target, done = counted(r.reduce, source)
        assert done <= r.work(source)
        check_size(r, source, target)
        witness = SEARCHES[r.source.name].by_brute_force(source)
        if witness is not None:
            image, done = counted(r.forward, source, witness)
            assert done <= r.work(source, witness)
            _, done = counted(r.backward, source, image)
            assert done <= r.work(source, image=image)
            solved += 1

    law()
    assert solved


@pytest.mark.parametrize("link", [SignCnnToRandomNetwork, SignCnnToRandomCnn])
@settings(max_examples=24)
@given(st.sampled_from(("signs", "uniform", "normal", "sphere", "factor")), st.integers(0, 99), st.data())
def test_work_bounds_what_is_drawn(link, law, seed, data):
    """Every law, and numbers of any length in the samples, the scale and the factor."""
    t, k = data.draw(st.sampled_from(((0, 2), (1, 3), (2, 2), (3, 1), (4, 2), (4, 0), (9, 1))))
    n = t * k if link is SignCnnToRandomNetwork else t
    number = st.integers(-3, 3) | LONG

    def vector(size):
        return tuple(data.draw(st.lists(number, min_size=size, max_size=size)))

    factor = tuple(vector(n) for _ in range(n)) if law == "factor" else None
    scale = data.draw(st.just(1) | LONG.filter(lambda v: v > 0))
    r = link(seed, "normal" if law == "factor" else law, scale, factor)
    samples = tuple(PatchSample(i % 2, tuple(vector(t) for _ in range(k))) for i in range(data.draw(st.integers(0, 3))))
    source = SignCnnInstance(t, samples)
    try:
        target, done = counted(r.reduce, source)
    except InvalidInstance:  # a singular factor
        return
    assert done <= r.work(source)
    check_size(r, source, target)
    w = (1, -1) * (t // 2) + (1,) * (t % 2)
    image, done = counted(r.forward, source, w)
    assert done <= r.work(source, w)
    assert deep_bytes(image) <= 8 * r.target.solution_words(r.target.size(target))
    back, done = counted(r.backward, source, image)
    assert done <= r.work(source, image=image)
    assert back == w or (link is SignCnnToRandomNetwork and not source.patches)


@settings(max_examples=40)
@given(st.integers(1, 3), st.data())
def test_work_bounds_the_way_to_a_basic_solution(d, data):
    """Planes with long coefficients, points with long coordinates: many steps of elimination."""
    number = st.integers(-9, 9) | LONG
    points = data.draw(st.lists(st.lists(number, min_size=d, max_size=d).map(tuple), min_size=2, max_size=7))
    h = tuple(data.draw(st.lists(number, min_size=d + 1, max_size=d + 1)))
    points = sorted({(0,) * d, *points})
    assume(len(points) > 1)
    values = [sum(a * v for a, v in zip(h, (*x, 1), strict=True)) for x in points]
    assume(all(values))
    instance = StripInstance(((0,) * d,), tuple(x for x in points if any(x)))
    try:
        eta = SeparabilityToRelu()._eta(instance)
    except TooLarge:
        assume(False)
    _, done = counted(basic_solution, instance, h)
    assert done <= moving(points, h, 1 + eta.denominator.bit_length() // 64)


def test_the_sum_of_the_numbers_without_progressions():
    assert [sum_without_progressions(n) for n in range(200)] == [
        sum(map(without_progressions, range(n))) for n in range(200)
    ]


@pytest.mark.parametrize("k", [4, 5, 6, 7, 11, 40])
def test_size_with_many_kinks(k):
    for points in (([(0,)], [(1,)]), ([(0, 0), (1, Fraction(1, 3))], [(2, -5)])):
        check_size(r := SeparabilityToRelu(k), source := strip(*points), r.reduce(source))


# --------------------------------------------------------------------------- small files that ask for a lot: section 4


def few_steps(call, most=20_000):
    """The result or what is raised as TooLarge, found within so many units."""
    try:
        result, steps = counted(call)
    except TooLarge:
        return TooLarge
    assert steps <= most
    return result


def last_stage(r, source):
    return few_steps(lambda: [*r.stages(source)][-1])


@pytest.mark.parametrize(
    "build",
    [
        lambda n: ColoringInstance(n, (), 2), lambda n: ColoringInstance(1, (), n),
        lambda n: SetCoverInstance(n, (), 0), lambda n: SetCoverInstance(0, (), n),
        lambda n: MonotoneCircuit(n, (), 0, 0), lambda n: MonotoneCircuit(1, (), 0, n),
        lambda n: DensestSubgraphInstance(n, (), 1, 0), lambda n: DensestSubgraphInstance(n, (), n, 0),
        lambda n: DensestSubgraphInstance(2, (), 1, n),
        lambda n: MaxCutInstance(n, (), 0), lambda n: MaxCutInstance(1, (), n),
        lambda n: OneInThreeInstance(n, ()),
        lambda n: SatGroupsInstance(n, ()), lambda n: SignCnnInstance(n, ()),
        lambda n: TrainingInstance(n, 1, ()), lambda n: TrainingInstance(0, n, ()),
        lambda n: SeparabilityToRelu(max(n, 4)), lambda n: PadDimension(n),
    ],
)  # fmt: skip
def test_counts_are_below_2_to_the_60(build):
    assert build(2**60 - 1) != build(2)
    for n in (2**60, 10**19, 10**1400, 10**5000):
        with pytest.raises(TooLarge):
            build(n)


@pytest.mark.parametrize("n", [2**60, 10**19, 10**1400])
def test_counts_in_json_are_below_2_to_the_60(n):
    files = {
        "hypergraph-coloring": {"vertices": n, "edges": [], "colors": 2},
        "set-cover": {"universe": n, "sets": [], "budget": 0},
        "monotone-circuit": {"inputs": n, "gates": [], "output": 0, "budget": 0},
        "densest-subgraph": {"vertices": n, "edges": [], "kappa": 1, "edges_wanted": 0},
        "max-cut": {"vertices": n, "edges": [], "cut_wanted": 0},
        "one-in-three": {"variables": n, "clauses": []},
        "sat-groups": {"variables": n, "groups": []},
        "sign-cnn": {"weights": n, "samples": []},
    }
    for name, data in files.items():
        with pytest.raises(TooLarge):
            PROBLEMS[name].instance_from_json(data)
    with pytest.raises(InvalidInstance):  # there is no such vertex
        PROBLEMS["multicolored-clique"].instance_from_json({"colors": [0, n], "edges": []})


MOST = 2**60 - 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("circuit-to-relu", MonotoneCircuit(10**9, (), 0, 1)),
        ("circuit-to-relu", MonotoneCircuit(MOST // 2, (), 0, 1)),
        ("circuit-to-double-wells", MonotoneCircuit(10**9, (), 0, 1)),
        ("circuit-to-double-wells", MonotoneCircuit(MOST // 2, (), 0, 1)),
        ("set-cover-to-relu", SetCoverInstance(MOST, (), 1)),
        ("coloring-to-relu-sum", ColoringInstance(MOST, (), 2)),
        ("max-cut-to-leaky-relu", MaxCutInstance(MOST // 2, (), MOST)),
        ("coloring-to-leaky-relu-sum", ColoringInstance(MOST // 2, (), 2)),
        ("coloring-to-bounded-relu", ColoringInstance(MOST // 2, (), 2)),
        ("coloring-to-bounded-relu", ColoringInstance(1, (), MOST)),
        ("densest-subgraph-to-bounded-relu", DensestSubgraphInstance(MOST // 2, (), MOST // 2, MOST)),
        ("one-in-three-to-plane", OneInThreeInstance(MOST // 4, ())),
        ("one-in-three-to-thresholds", OneInThreeInstance(MOST // 4, ())),
        ("relu-sum-to-relu-network", TrainingInstance(0, MOST, (), output="ones")),
        ("relu-sum-to-relu-network", TrainingInstance(1, 5 * 10**7, (sample((), 0),), output="ones")),
        ("coloring-to-relu-network", ColoringInstance(1, (), MOST)),
        ("sign-cnn-to-random-network", SignCnnInstance(MOST, ())),
        ("sign-cnn-to-random-cnn", SignCnnInstance(MOST, ())),
        ("sat-groups-to-sign-cnn", SatGroupsInstance(MOST // 2, (Group(0, ((1,),)),))),
    ],
)
def test_huge_targets_are_announced(name, source):
    assert last_stage(CATALOGUE[name](), source).words > 10**9


@pytest.mark.parametrize("name", ["one-in-three-to-plane", "one-in-three-to-thresholds", "pad-dimension"])
def test_targets_have_counts_below_2_to_the_60(name):
    source = TrainingInstance(MOST, 1, ()) if name == "pad-dimension" else OneInThreeInstance(MOST, ())
    assert last_stage(CATALOGUE[name](), source) is TooLarge


def test_kinks_are_counted_without_going_through_them():
    source = strip([(0,)], [(1,)])
    assert last_stage(SeparabilityToRelu(MOST), source).words > MOST
    assert SeparabilityToRelu(10**9).work(source) > 10**9


def test_a_graph_without_edges_misses_them_all():
    n = 4400
    source = multicolored_clique(range(n), [])
    (size,) = few_steps(lambda: [*CliqueToThreshold().stages(source)], most=20 * n)
    assert size.measures["samples"] == 1 + n + 2 * n + n * (n - 1)
    assert size.words > 10**9
    assert CliqueToThreshold().work(source) > 10**8


def test_a_circuit_with_many_inputs_is_evaluated_where_it_has_gates():
    source = MonotoneCircuit(10**9, (Gate("and", (0, 10**9 - 1)),), 10**9, 2)
    for chosen, answer in (((0, 10**9 - 1), True), ((0, 1), False)):
        accepted, steps = counted(MONOTONE_CIRCUIT.accepts, source, chosen)
        assert (accepted, steps < 100) == (answer, True)


@pytest.mark.parametrize("far", [10**2200, Fraction(1, 10**2200)])
def test_a_level_that_no_file_holds_is_too_large_before_it_is_computed(far):
    source = strip([(0,), (far,)], [(-far,)])
    r = SeparabilityToRelu()
    assert last_stage(r, source) is TooLarge
    with pytest.raises(TooLarge):
        r.reduce(source)
    near = strip([(0,)], [(10**2200,)])  # 1/η has 2203 digits
    check_size(r, near, r.reduce(near))
    assert TRAINING.sha256(r.reduce(near))
    dense = strip([(0,) * 200], [[Fraction(1, 10**1000 + 2 * t + 1) for t in range(200)]])
    assert few_steps(lambda: [*r.stages(dense)]) is TooLarge


def test_planes_of_long_numbers_are_expensive():
    d, points = 40, 400
    p = [(0,) * d]
    q = [tuple(int(t == i % d) * (i + 1) for t in range(d)) for i in range(points)]
    source = strip(p, q)
    plane = tuple(Fraction(10**3999 + t, 10**3999 + 2 * t + 1) for t in range(d + 1))
    work = few_steps(lambda: STRIP.work(source, (plane, plane)), most=10**6)
    assert work > 10**9
    assert few_steps(lambda: SeparabilityToRelu().work(source, (plane, plane)), most=10**6) > 10**12


def test_a_huge_dimension_is_work_only_where_weights_are_appended():
    net = network([[0]] * 3)
    assert PadDimension(10**15).work(TrainingInstance(1, 3, ()), net) < 10**4
    r, wide = ReluSumToReluNetwork(), TrainingInstance(10**15, 3, (), output="ones")
    assert r.work(wide) < 10**4
    assert r.work(wide, net) > 10**15


def test_numbers_are_written_only_if_a_file_may_hold_them():
    for number in (10**4000, -(10**4000), Fraction(1, 10**4000), Fraction(10**4000, 3), 10**100_000):
        with pytest.raises(TooLarge):
            rational_to_json(number)
        instance = TrainingInstance(1, 1, (sample((number,), 1),))
        for write in (TRAINING.instance_to_json, TRAINING.sha256):
            with pytest.raises(TooLarge):
                write(instance)
    for number in (10**4000 - 1, 1 - 10**4000):
        assert rational_from_json(rational_to_json(number)) == number
    with pytest.raises(TooLarge):
        TRAINING.sha256(TrainingInstance(1, 1, (sample((1,), 1, 10**4000),)))
    with pytest.raises(TooLarge):
        dumps([10**5000])
    with pytest.raises(TooLarge):
        json_count(10**5000, "vertices")


def test_messages_do_not_read_all_of_a_value():
    big = [list(range(1000))] * 1000
    for value in (
        big,
        tuple(big),
        {"a": big},
        dict.fromkeys(range(1000), big),
        ["x" * 10**6] * 1000,
        [10**5000] * 1000,
    ):
        text, steps = counted(shorten, value)
        assert len(text) == 60
        assert text.endswith("...")
        assert steps < 500
    for value in ([], (), {}, [1, "a"], (1,), {"a": [None, True]}, ((),), "it's", Fraction(1, 3)):
        assert shorten(value) == repr(value)
    assert {shorten(v) for v in product((1, 2), repeat=2)} == {"(1, 1)", "(1, 2)", "(2, 1)", "(2, 2)"}
