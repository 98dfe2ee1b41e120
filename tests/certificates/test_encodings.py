"""An encoding is satisfiable in some case exactly if the instance is solvable, by statements that share no code."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import SOLVABLE, colorable, trainable
from meaning import Meaning, unsatisfiable

from relucert.certificates.catalogue import BUILTIN
from relucert.certificates.encoding import NotEncoded
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.encodings.training import scaled
from relucert.certificates.kernel import Linear, Malformed, PseudoBoolean, Rejected, Square
from relucert.reductions import PROBLEMS
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, ColoringInstance, coloring
from relucert.reductions.problems.densest_subgraph import densest_subgraph
from relucert.reductions.problems.max_cut import MaxCutInstance
from relucert.reductions.problems.monotone_circuit import circuit
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.random_cnn import RandomCnnInstance
from relucert.reductions.problems.random_network import RandomNetworkInstance
from relucert.reductions.problems.random_network import Sample as PointSample
from relucert.reductions.problems.sat_groups import Group, SatGroupsInstance
from relucert.reductions.problems.separability import separability
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.sign_cnn import Sample, SignCnnInstance
from relucert.reductions.problems.strip import strip
from relucert.reductions.problems.training import ACTIVATIONS, TRAINING, TrainingInstance, sample
from relucert.verify.problems import SEARCHES

pytestmark = pytest.mark.thorough

OF_TRAINING, OF_COLORING = ENCODINGS["training"], ENCODINGS["hypergraph-coloring"]


def satisfiable(encoding, instance, case, symmetry=None, below=False):
    return not unsatisfiable(Meaning(encoding.formula(instance, case, symmetry, below)).everything())


# ------------------------------------------------------------------------------------------------------------ training

NUMBERS = st.integers(-2, 2) | st.sampled_from((Fraction(1, 2), Fraction(-2, 3), Fraction(5, 6)))
LABELS = st.integers(-1, 3) | st.sampled_from((Fraction(1, 2), Fraction(-4, 3)))


@st.composite
def training_instances(draw):
    d, k = draw(st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2), (0, 1)]))
    points = st.lists(NUMBERS, min_size=d, max_size=d)
    samples = draw(st.lists(st.builds(sample, points, LABELS), min_size=1, max_size=4))
    output, bias = draw(st.sampled_from(("ones", "signs"))), draw(st.booleans())
    return TrainingInstance(d, k, tuple(samples), output=output, bias=bias)


@st.composite
def functionals(draw, instance):
    width = instance.dimension + instance.bias
    coefficients = draw(st.lists(st.integers(-2, 2), min_size=width, max_size=width))
    return [[t, c] for t, c in enumerate(coefficients) if c]


def test_training_encoding_agrees_with_z3_case_by_case(shares):
    answers = Counter()

    @settings(max_examples=50)
    @given(st.data(), training_instances())
    def agrees(data, instance):
        shown = TRAINING.instance_to_json(instance)
        cases = OF_TRAINING.cases(instance)
        functional = data.draw(functionals(instance))
        solvable = [trainable(shown, case) for case in cases]
        assert [satisfiable(OF_TRAINING, instance, case) for case in cases] == solvable
        assert [satisfiable(OF_TRAINING, instance, case, functional) for case in cases] == solvable
        assert trainable(shown) == any(solvable)
        answers[any(solvable)] += 1

    agrees()
    shares(answers[True], answers[False])


SMALL_THRESHOLDS = st.sampled_from((0, Fraction(1, 4), Fraction(1, 2), 1))
THRESHOLDS = st.integers(0, 3) | st.sampled_from((Fraction(1, 2), Fraction(1, 4), Fraction(2, 3), Fraction(7, 3)))
SMALL_LABELS = st.integers(-1, 2) | st.just(Fraction(1, 2))


@st.composite
def losses_and_bounds(draw, loss):
    """With a norm bound or without; so small that Z3's nonlinear arithmetic decides them at once."""
    d, k = draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (1, 2)] if loss == "l2" else [(1, 1), (1, 2), (2, 1)]))
    points = st.lists(st.integers(-2, 2) | st.just(Fraction(1, 2)), min_size=d, max_size=d)
    multiplicities = st.integers(1, 3)
    samples = draw(st.lists(st.builds(sample, points, SMALL_LABELS, multiplicities), min_size=1, max_size=3))
    norm_bound = draw(st.none() | st.sampled_from((1, Fraction(1, 2), Fraction(2, 3))))
    return TrainingInstance(
        d,
        k,
        tuple(samples),
        output=draw(st.sampled_from(("ones", "signs"))),
        bias=draw(st.booleans()),
        loss=loss,
        threshold=0 if loss == "exact" else draw(SMALL_THRESHOLDS if loss == "linf" else THRESHOLDS),
        norm_bound=1 if loss == "exact" and norm_bound is None else norm_bound,
    )


@pytest.mark.parametrize("loss", ["exact", "l0", "l1", "l2", "linf"])
def test_losses_and_norm_bounds_agree_with_z3(loss, shares):
    """At most the threshold, and below it; case by case."""
    answers = Counter()

    @settings(max_examples=20)
    @given(losses_and_bounds(loss))
    def agrees(instance):
        shown = TRAINING.instance_to_json(instance)
        for below in (False, True):
            solvable = [trainable(shown, case, below) for case in OF_TRAINING.cases(instance)]
            of_formula = [satisfiable(OF_TRAINING, instance, case, None, below) for case in OF_TRAINING.cases(instance)]
            assert of_formula == solvable
            assert not (below and loss == "exact" and any(solvable))
            answers[any(solvable)] += 1

    agrees()
    shares(answers[True], answers[False])


def asked_for(formula):
    """The formula, or how it is refused."""
    try:
        return formula()
    except (Malformed, Rejected) as refusal:
        return type(refusal), str(refusal)


CHOICES = st.sampled_from((None, [[0, 1]], {"along": 0, "line": []}, {"along": 0, "line": [0, 1]}, {"order": [1, 0]}))


@given(
    st.sampled_from(("exact", "l0", "l1", "l2", "linf")).flatmap(losses_and_bounds) | training_instances(),
    st.booleans(),
    st.sampled_from((("relu", None), ("leaky-relu", Fraction(1, 3)), ("threshold", None))),
    st.data(),
)
def test_what_cases_share_changes_no_formula(instance, below, neurons, data):
    """Any cases and choices, one after the other, have the formulas that each has alone, without samples, too."""
    activation, alpha = neurons
    samples = instance.samples[: data.draw(st.integers(0, len(instance.samples)), label="samples")]
    instance = replace(instance, activation=activation, alpha=alpha, samples=samples)
    shared = OF_TRAINING.formulas(instance, below)
    steps = st.tuples(
        st.sampled_from(OF_TRAINING.cases(instance)), CHOICES | CHOICES.map(lambda inner: {"normal": inner})
    )
    for case, choice in data.draw(st.lists(steps, min_size=2, max_size=6)):
        alone = asked_for(lambda case=case, choice=choice: OF_TRAINING.formula(instance, case, choice, below))
        assert asked_for(lambda case=case, choice=choice: shared(case, choice)) == alone


@pytest.mark.parametrize(
    "loss", ["exact", "l2", *(pytest.param(loss, marks=pytest.mark.slow) for loss in ("l0", "l1", "linf"))]
)
def test_leaky_networks_agree_with_z3(loss, shares):
    """At most the threshold, and below it; case by case."""
    answers = Counter()

    @settings(max_examples=30)
    @given(losses_and_bounds(loss), st.sampled_from((0, Fraction(1, 2), Fraction(1, 10), Fraction(5, 6))))
    def agrees(instance, alpha):
        bound = instance.norm_bound if loss == "linf" else None  # with others Z3 does not know
        threshold = instance.threshold / Fraction(8)  # more NO
        instance = replace(instance, activation="leaky-relu", alpha=alpha, norm_bound=bound, threshold=threshold)
        shown = TRAINING.instance_to_json(instance)
        for below in (False, True):
            solvable = [trainable(shown, case, below) for case in OF_TRAINING.cases(instance)]
            of_formula = [satisfiable(OF_TRAINING, instance, case, None, below) for case in OF_TRAINING.cases(instance)]
            assert of_formula == solvable
            answers[any(solvable)] += 1

    agrees()
    shares(answers[True], answers[False])


every_choice = pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)])


@st.composite
def choices(draw, instance, every):
    """No symmetry, a functional, and the order by all samples, the last one first: each of these, or one."""
    found = [None, draw(functionals(instance)), {"order": [*range(len(instance.samples))][::-1]}]
    return found if every else [draw(st.sampled_from(found))]


@st.composite
def clipped_instances(draw):
    """Of every activation, output and loss."""
    d, k = draw(st.sampled_from([(1, 1), (1, 2), (2, 1)]))
    activation, output = draw(st.sampled_from(ACTIVATIONS)), draw(st.sampled_from(("ones", "signs", "real")))
    low = draw(st.sampled_from((-1, 0, 0, Fraction(1, 3))))
    clip = (low, low + draw(st.sampled_from((1, 1, Fraction(1, 2), 2))))
    points = st.lists(st.integers(-2, 2) | st.just(Fraction(1, 2)), min_size=d, max_size=d)
    labels = st.sampled_from(clip) | SMALL_LABELS
    loss = draw(st.sampled_from(("exact", "exact", "l0", "l1", "linf")))
    return TrainingInstance(
        d, k, tuple(draw(st.lists(st.builds(sample, points, labels, st.integers(1, 2)), min_size=1, max_size=4))),
        activation=activation, output=output, clip=clip, bias=draw(st.booleans()), loss=loss,
        threshold=0 if loss == "exact" else draw(SMALL_THRESHOLDS),
        alpha=draw(st.sampled_from((0, Fraction(1, 3), Fraction(4, 5)))) if activation == "leaky-relu" else None,
    )  # fmt: skip


@every_choice
def test_clipped_networks_agree_with_z3(every, shares):
    """At most the threshold, and below it; case by case, unless output weights are scaled; functional or order."""
    answers = Counter()

    @settings(max_examples=36)
    @given(st.data(), clipped_instances())
    def agrees(data, instance):
        shown, symmetries = TRAINING.instance_to_json(instance), data.draw(choices(instance, every))
        for below in (False, True):
            solvable = [trainable(shown, case, below) for case in OF_TRAINING.cases(instance)]
            for symmetry in symmetries:
                of_formula = [
                    satisfiable(OF_TRAINING, instance, case, symmetry, below) for case in OF_TRAINING.cases(instance)
                ]
                assert of_formula == solvable or scaled(instance)
                assert any(of_formula) == any(solvable)
        answers[trainable(shown)] += 1

    agrees()
    shares(answers[True], answers[False])


@st.composite
def threshold_instances(draw, output):
    d, k = draw(st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2), (1, 3)]))
    points = st.lists(st.integers(-2, 2), min_size=d, max_size=d)
    samples = draw(st.lists(st.builds(sample, points, SMALL_LABELS, st.integers(1, 3)), min_size=2, max_size=5))
    loss = draw(st.sampled_from(("exact", "exact", "l0", "l1", "linf")))
    return TrainingInstance(
        d,
        k,
        tuple(samples),
        activation="threshold",
        output=output,
        bias=draw(st.booleans()),
        loss=loss,
        threshold=0 if loss == "exact" else draw(THRESHOLDS),
    )


@every_choice
@pytest.mark.parametrize("output", ["ones", "signs", "real"])
def test_thresholds_agree_with_z3(output, every, shares):
    answers = Counter()

    @settings(max_examples=40)
    @given(st.data(), threshold_instances(output))
    def agrees(data, instance):
        shown, symmetries = TRAINING.instance_to_json(instance), data.draw(choices(instance, every))
        for below in (False, True):
            solvable = [trainable(shown, case, below) for case in OF_TRAINING.cases(instance)]
            for symmetry in symmetries:
                of_formula = [
                    satisfiable(OF_TRAINING, instance, case, symmetry, below) for case in OF_TRAINING.cases(instance)
                ]
                assert of_formula == solvable
            answers[any(solvable)] += 1

    agrees()
    shares(answers[True], answers[False])


def test_training_cases_are_the_numbers_of_positive_neurons():
    instance = TrainingInstance(1, 3, ())
    assert list(OF_TRAINING.cases(instance)) == [0, 1, 2, 3]
    assert list(OF_TRAINING.cases(replace(instance, output="ones"))) == [3]
    assert list(OF_TRAINING.cases(replace(instance, output="real"))) == [0, 1, 2, 3]
    assert list(OF_TRAINING.cases(replace(instance, output="real", activation="threshold"))) == [3]


def test_threshold_formula_is_numbered_as_specified():
    instance = TrainingInstance(1, 1, (sample([Fraction(1, 2)], 3),), activation="threshold", output="real", bias=True)
    formula = OF_TRAINING.formula(instance, 1, None)
    assert formula.atoms == {
        1: Linear(((0, 1), (1, 2)), 0),
        2: Linear(((2, 1),), 0),
        3: Linear(((2, 1), (5, -1)), 0),
        4: Linear(((2, -1),), 0),
        5: Linear(((2, -1), (5, 1)), 0),
        6: Linear(((2, 1),), 3),
        7: Linear(((2, -1),), -3),
    }
    assert list(formula.clauses.values()) == [(-1, 2), (1, 3), (-1, 4), (1, 5), (6,), (7,)]
    formula = OF_TRAINING.formula(replace(instance, output="ones"), 1, None)
    assert [formula.atoms[i] for i in (3, 5)] == [Linear(((2, 1),), 1), Linear(((2, -1),), -1)]


def test_training_formula_is_numbered_as_specified():
    instance = TrainingInstance(1, 2, (sample([Fraction(1, 2)], Fraction(1, 3)),), bias=True)
    formula = OF_TRAINING.formula(instance, 1, [[0, 3], [1, -1]])
    assert formula.atoms == {
        1: Linear(((0, 1), (1, 2)), 0),
        2: Linear(((4, -1),), 0),
        3: Linear(((0, 1), (1, 2), (4, -2)), 0),
        4: Linear(((0, -1), (1, -2), (4, 2)), 0),
        5: Linear(((4, 1),), 0),
        6: Linear(((2, 1), (3, 2)), 0),
        7: Linear(((5, -1),), 0),
        8: Linear(((2, 1), (3, 2), (5, -2)), 0),
        9: Linear(((2, -1), (3, -2), (5, 2)), 0),
        10: Linear(((5, 1),), 0),
        11: Linear(((4, 3), (5, -3)), 1),
        12: Linear(((4, -3), (5, 3)), -1),
    }
    clauses = [(2,), (3,), (1, 4), (-1, 5), (7,), (8,), (6, 9), (-6, 10), (11,), (12,)]
    assert formula.clauses == dict(enumerate(clauses, 1))
    for case, last in ((0, ((4, -3), (5, -3))), (2, ((4, 3), (5, 3)))):
        ordered = OF_TRAINING.formula(instance, case, [[0, 3], [1, -1]])
        assert ordered.atoms[11] == Linear(last, 1)
        assert ordered.atoms[13] == Linear(((0, -3), (1, 1), (2, 3), (3, -1)), 0)
        assert ordered.clauses[11] == (13,)


ONE_NEURON = TrainingInstance(1, 1, (sample([Fraction(1, 2)], Fraction(1, 3), 2), sample([1], 0)), output="ones")


def losses_of(loss, threshold, below=False, **fields):
    """What the formula of ONE_NEURON holds beside its two neurons: variables w, r, r', then those of the loss."""
    instance = replace(ONE_NEURON, loss=loss, threshold=threshold, **fields)
    formula = OF_TRAINING.formula(instance, 1, None, below)
    assert OF_TRAINING.formula(instance, 1, None).clauses.keys() == formula.clauses.keys()
    neurons = OF_TRAINING.formula(replace(ONE_NEURON, samples=ONE_NEURON.samples[:1]), 1, None)
    assert list(formula.atoms.items())[:5] == list(neurons.atoms.items())[:5]
    atoms = [meaning for _, meaning in list(formula.atoms.items())[5:]]
    return atoms, list(formula.clauses.values())[4:], formula


@pytest.mark.parametrize("below", [False, True])
def test_linf_and_l1_and_l2_are_numbered_as_specified(below):
    of_second = [((0, 1),), ((2, -1),), ((0, 1), (2, -1)), ((0, -1), (2, 1)), ((2, 1),)]
    second = [Linear(terms, 0) for terms in of_second]

    atoms, clauses, formula = losses_of("linf", Fraction(1, 2), below)
    first = [Linear(((1, 6),), 5, below), Linear(((1, -6),), 1, below)]  # 3r − 1 ≤ 3/2 and 1 − 3r ≤ 3/2, times 2
    assert atoms == [*first, *second, Linear(((2, 2),), 1, below), Linear(((2, -2),), 1, below)]
    assert clauses == [(6,), (7,), (9,), (10,), (8, 11), (-8, 12), (13,), (14,)]
    assert not formula.squares
    assert not formula.pseudo_booleans

    atoms, clauses, formula = losses_of("l1", Fraction(1, 2), below)
    first = [Linear(((1, 3), (3, -3)), 1), Linear(((1, -3), (3, -3)), -1)]
    last = [Linear(((2, 1), (4, -1)), 0), Linear(((2, -1), (4, -1)), 0), Linear(((3, 4), (4, 2)), 1, below)]
    assert atoms == [*first, *second, *last]
    assert clauses == [(6,), (7,), (9,), (10,), (8, 11), (-8, 12), (13,), (14,), (15,)]
    assert not formula.squares

    atoms, clauses, formula = losses_of("l2", Fraction(1, 2), below, norm_bound=Fraction(2, 3))
    assert atoms == [*second, Linear(((3, 4), (4, 2)), 1, below), Linear(((5, 9),), 4)]
    assert clauses == [(7,), (8,), (6, 9), (-6, 10), (11,), (12,)]
    assert formula.squares == {
        1: Square(((1, 3),), 1, 3, 3),
        2: Square(((2, 1),), 0, 1, 4),
        3: Square(((0, 1),), 0, 1, 5),
    }


def test_a_clip_is_numbered_as_specified():
    """The variables of ONE_NEURON: w, r, r', then c, c', and then those of the loss and of the norm."""
    clip = (Fraction(-1, 2), Fraction(2, 3))

    def of_clip(r, c):
        return [
            Linear(((c, -2),), 1), Linear(((c, 3),), 2), Linear(((r, -1), (c, 1)), 0), Linear(((c, 2),), -1),
            Linear(((r, 1), (c, -1)), 0), Linear(((c, -3),), -2),
        ]  # fmt: skip

    atoms, clauses, formula = losses_of("exact", 0, clip=clip)
    assert atoms[:8] == [*of_clip(1, 3), Linear(((3, 3),), 1), Linear(((3, -3),), -1)]
    assert atoms[13:] == [*of_clip(2, 4), Linear(((4, 1),), 0), Linear(((4, -1),), 0)]
    assert clauses[:6] == [(6,), (7,), (8, 9), (10, 11), (12,), (13,)]
    atoms, clauses, formula = losses_of("l2", 1, clip=clip, norm_bound=1)
    assert formula.squares == {
        1: Square(((3, 3),), 1, 3, 5),
        2: Square(((4, 1),), 0, 1, 6),
        3: Square(((0, 1),), 0, 1, 7),
    }
    atoms, clauses, formula = losses_of("l0", 1, clip=clip)
    assert [number for number, meaning in formula.atoms.items() if meaning is None] == [12, 26]
    signs = TrainingInstance(1, 2, ONE_NEURON.samples[:1], clip=clip)
    assert OF_TRAINING.formula(signs, 1, None).atoms[13] == Linear(((2, -1), (3, 1), (4, 1)), 0)
    with pytest.raises(Rejected):
        OF_TRAINING.formula(replace(ONE_NEURON, clip=clip), 1, {"along": 0, "line": []})


@pytest.mark.parametrize("threshold", [0, Fraction(1, 2), 1, Fraction(3, 2), 2, Fraction(17, 6), 3, 4])
@pytest.mark.parametrize("below", [False, True])
def test_l0_counts_what_may_be_missed(threshold, below):
    atoms, clauses, formula = losses_of("l0", threshold, below)
    assert (atoms[0], atoms[1], atoms[2]) == (None, Linear(((1, 3),), 1), Linear(((1, -3),), -1))
    assert (atoms[8], atoms[9], atoms[10]) == (None, Linear(((2, 1),), 0), Linear(((2, -1),), 0))
    assert [clauses[i] for i in (0, 1, 6, 7)] == [(6, 7), (6, 8), (14, 15), (14, 16)]
    missed = max(m for m in range(-1, 5) if (m < threshold if below else m <= threshold))
    assert missed == (ceil(threshold) - 1 if below else floor(threshold))
    assert formula.pseudo_booleans == {13: PseudoBoolean({-6: 2, -14: 1}, 3 - missed)}


@pytest.mark.parametrize("functional", [[[1, 1]], [[-1, 1]], [[0, 0]], [[0, 1], [0, 1]], [0], "0", [[0]], [[0, True]]])
def test_training_symmetry_is_a_functional_of_the_weights(functional):
    with pytest.raises(Malformed):
        OF_TRAINING.formula(TrainingInstance(1, 2, ()), 0, functional)


@pytest.mark.parametrize(
    "changes",
    [
        {"output": "real", "norm_bound": 1},
        {"output": "real", "norm_bound": 1, "clip": (0, 1), "loss": "l2"},
    ],
)
def test_other_training_problems_are_not_encoded(changes):
    with pytest.raises(NotEncoded):
        OF_TRAINING.cases(replace(TrainingInstance(1, 1, ()), **changes))


# ----------------------------------------------------------------------------------------------------------- colouring


@st.composite
def colorings(draw, violations):
    if violations:
        n = draw(st.sampled_from((3, 4, 5)))
        pairs = [*combinations(range(n), 2)]
        edges = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=len(pairs) - 2))
        return replace(coloring(n, edges, 2), violations=draw(st.sampled_from((1, 1, 2))))
    n, k = draw(st.sampled_from((0, 1, 3, 4, 4, 5, 5))), draw(st.sampled_from((2, 2, 3)))
    hyperedges = [e for size in (2, 2, 3) for e in combinations(range(n), size)]
    edges = draw(st.lists(st.sampled_from(hyperedges), min_size=n, max_size=5 * n)) if n > 1 else []
    return coloring(n, edges, k)


@pytest.mark.parametrize("violations", [False, True])
def test_coloring_encoding_agrees_with_brute_force(violations, shares):
    answers = Counter()

    @settings(max_examples=100)
    @given(st.data(), colorings(violations))
    def agrees(data, instance):
        solvable = colorable(HYPERGRAPH_COLORING.instance_to_json(instance))
        assert satisfiable(OF_COLORING, instance, 0) == solvable
        vertices = data.draw(st.permutations(range(instance.vertices)))
        for size in {1, instance.vertices} if vertices else ():
            assert satisfiable(OF_COLORING, instance, 0, {"order": list(vertices[:size])}) == solvable
        for size in range(min(instance.colors, instance.vertices) + 1):
            clique = list(vertices[:size])
            pairs = combinations(clique, 2)
            if size < 2 or (not instance.violations and all(tuple(sorted(pair)) in instance.edges for pair in pairs)):
                assert satisfiable(OF_COLORING, instance, 0, clique) == solvable
            else:
                with pytest.raises(Rejected):
                    OF_COLORING.formula(instance, 0, clique)
        answers[solvable] += 1

    agrees()
    shares(answers[True], answers[False])


def test_coloring_formula_is_numbered_as_specified():
    formula = OF_COLORING.formula(ColoringInstance(3, ((0, 1), (0, 1, 2)), 2), 0, [1, 0])
    assert formula.atoms == dict.fromkeys(range(1, 7))
    clauses = [(1, 2), (3, 4), (5, 6), (-1, -3), (-2, -4), (-1, -3, -5), (-2, -4, -6), (3,), (2,)]
    assert formula.clauses == dict(enumerate(clauses, 1))


def test_coloring_formula_with_violations_is_numbered_as_specified():
    formula = OF_COLORING.formula(ColoringInstance(3, ((0, 1), (0, 1, 2)), 2, 1), 0, [1])
    assert formula.atoms == dict.fromkeys(range(1, 9))
    clauses = [(1, 2), (3, 4), (5, 6), (-1, -3, 7), (-2, -4, 7), (-1, -3, -5, 8), (-2, -4, -6, 8)]
    assert formula.clauses == dict(enumerate(clauses, 1)) | {9: (3,)}
    assert {n: (dict(c.terms), c.degree) for n, c in formula.pseudo_booleans.items()} == {8: ({-7: 1, -8: 1}, 1)}


ORDERS = [
    *(({"order": items}, Malformed) for items in ([], 0, {}, [True], [[0]])),
    *(({"order": items}, Rejected) for items in ([-1], [3], [2, 0, 2])),
    ({"order": [0], "line": []}, Malformed),
]


@pytest.mark.parametrize(("symmetry", "refusal"), ORDERS)
def test_an_order_is_a_list_of_distinct_samples_or_vertices(symmetry, refusal):
    plain = TrainingInstance(1, 2, tuple(sample([i], i) for i in range(3)))
    graph = coloring(3, [(0, 1)], 2)
    for encoding, instance in ((OF_TRAINING, plain), (OF_COLORING, graph)):
        encoding.words(instance, symmetry)  # comes first in the checker
        with pytest.raises(refusal):
            encoding.formula(instance, 0, symmetry)


def test_orders_are_numbered_as_specified():
    """Two neurons on three samples, and three colours of two vertices; nothing across the border of the signs."""
    instance = TrainingInstance(1, 2, tuple(sample([i], i) for i in range(3)))
    plain, ordered = (OF_TRAINING.formula(instance, 2, s) for s in (None, {"order": [2, 0, 1]}))
    first, equal = [[1 + 12 * i + 5 * j for j in range(2)] for i in (2, 0, 1)], plain.last_atom
    q, r = equal + 1, equal + 2
    added = list(ordered.clauses.values())[len(plain.clauses) :]
    (a, b), (c, d), (e, f) = first
    assert added == [(-a, b), (-a, -b, q), (a, b, q), (-q, -c, d), (-q, -c, -d, r), (-q, c, d, r), (-r, -e, f)]
    assert {at: ordered.atoms[at] for at in ordered.atoms.keys() - plain.atoms.keys()} == {q: None, r: None}
    assert OF_TRAINING.formula(instance, 1, {"order": [2, 0, 1]}) == OF_TRAINING.formula(instance, 1, None)
    graph = OF_COLORING.formula(coloring(2, [(0, 1)], 3), 0, {"order": [1, 0]})
    clauses = [(4, -5), (4, 5, 7), (-4, -5, 7), (-7, 1, -2), (5, -6), (5, 6, 8), (-5, -6, 8), (-8, 2, -3)]
    assert list(graph.clauses.values())[5:] == clauses


@pytest.mark.parametrize("clique", [[-1], [3], [0, 0], [0, 2], [2, 1, 0]])
def test_coloring_symmetry_is_a_clique_of_the_graph(clique):
    with pytest.raises(Rejected):
        OF_COLORING.formula(coloring(3, [(0, 1), (1, 2), (0, 1, 2)], 3), 0, clique)


@pytest.mark.parametrize("clique", ["01", {}, 0, [0, True], [0, "1"], [[0, 1]], [0, 1, 2, 0]])
def test_coloring_symmetry_is_a_short_list_of_vertices(clique):
    with pytest.raises(Malformed):
        OF_COLORING.formula(coloring(3, [(0, 1), (0, 2), (1, 2)], 3), 0, clique)


# ------------------------------------------------------------------------------------------------- all other problems


@st.composite
def set_covers(draw):
    universe, count = draw(st.integers(0, 4)), draw(st.integers(0, 5))
    elements = st.sets(st.integers(0, universe - 1), max_size=3) if universe else st.just(set())
    sets = draw(st.lists(elements, min_size=count, max_size=count))
    return SetCoverInstance(universe, tuple(tuple(sorted(s)) for s in sets), draw(st.integers(0, 4)))


@st.composite
def circuits(draw):
    inputs, gates = draw(st.integers(1, 5)), []
    for i in range(draw(st.integers(0, 5))):
        operands = draw(st.sets(st.integers(0, inputs + i - 1), min_size=1, max_size=4))
        gates.append((draw(st.sampled_from(("and", "and", "or"))), operands))
    output = draw(st.integers(0, inputs + len(gates) - 1) | st.just(inputs + len(gates) - 1))
    return circuit(inputs, gates, output, draw(st.integers(0, 3)))


@st.composite
def subgraphs(draw):
    n = draw(st.integers(1, 6))
    edges = draw(st.lists(st.sampled_from([*combinations(range(n), 2)]), max_size=12)) if n > 1 else []
    kappa = draw(st.integers(1, n))
    return densest_subgraph(n, edges, kappa, draw(st.integers(0, kappa * (kappa - 1) // 2 + 1)))


@st.composite
def formulas(draw):
    n = draw(st.integers(3, 5))
    triples = list(combinations(range(n), 3))
    clauses = draw(st.lists(st.sampled_from(triples), unique=True, min_size=min(len(triples), 3), max_size=7))
    return OneInThreeInstance(n, tuple(tuple(draw(st.permutations(clause))) for clause in clauses))


@st.composite
def point_sets(draw):
    """Of a grid in one or two dimensions that is scaled to have fractions."""
    grid = draw(st.sampled_from((list(product(range(-3, 4))), list(product(range(-1, 2), repeat=2)))))
    scales = draw(st.lists(st.sampled_from((1, Fraction(1, 2), Fraction(3, 5))), min_size=2, max_size=2))
    points = draw(st.lists(st.sampled_from(grid), unique=True, min_size=6, max_size=7))
    inside = draw(st.integers(3, len(points) - 2))
    points = [[v * scale for v, scale in zip(x, scales, strict=False)] for x in points]
    return strip(points[:inside], points[inside:])


OTHERS = {
    "set-cover": set_covers(),
    "monotone-circuit": circuits(),
    "densest-subgraph": subgraphs(),
    "one-in-three": formulas(),
    "two-hyperplane-strip": point_sets(),
    "two-hyperplane-separability": SEARCHES["two-hyperplane-separability"].instances(),
    "max-cut": SEARCHES["max-cut"].instances(),
    "sat-groups": SEARCHES["sat-groups"].instances(),
    "sign-cnn": SEARCHES["sign-cnn"].instances(),
    "random-network-fit": SEARCHES["random-network-fit"].instances(),
    "random-cnn-fit": SEARCHES["random-cnn-fit"].instances(),
}
SMALLEST = {
    "set-cover": SetCoverInstance(0, (), 0),
    "monotone-circuit": circuit(1, [], 0, 1),
    "densest-subgraph": densest_subgraph(1, [], 1, 0),
    "one-in-three": OneInThreeInstance(0, ()),
    "two-hyperplane-strip": strip([(0,)], [(1,)]),
    "two-hyperplane-separability": separability([(0,)], [(1,)]),
    "max-cut": MaxCutInstance(1, (), 0),
    "sat-groups": SatGroupsInstance(0, ()),
    "sign-cnn": SignCnnInstance(0, ()),
    "random-network-fit": RandomNetworkInstance((), None, ()),
    "random-cnn-fit": RandomCnnInstance((), ()),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_encodings_agree_with_brute_force_or_z3(name, shares):
    answers, encoding = Counter(), ENCODINGS[name]

    @settings(max_examples=100)
    @given(OTHERS[name])
    def agrees(instance):
        solvable = SOLVABLE[name](PROBLEMS[name].instance_to_json(instance))
        assert list(encoding.cases(instance)) == [0]
        assert satisfiable(encoding, instance, 0) == solvable
        answers[solvable] += 1

    agrees()
    shares(answers[True], answers[False])


def test_other_formulas_are_numbered_as_specified():
    formula = ENCODINGS["set-cover"].formula(SetCoverInstance(3, ((0, 1), (1,), ()), 1), 0, None)
    assert formula.atoms == dict.fromkeys((1, 2, 3))
    assert formula.clauses == {1: (1,), 2: (1, 2), 3: ()}
    assert formula.pseudo_booleans == {4: PseudoBoolean({-1: 1, -2: 1, -3: 1}, 2)}

    formula = ENCODINGS["max-cut"].formula(MaxCutInstance(3, ((0, 2), (1, 2)), 1), 0, None)
    assert formula.atoms == dict.fromkeys((1, 2, 3, 4, 5))
    assert formula.clauses == {1: (-4, 1, 3), 2: (-4, -1, -3), 3: (-5, 2, 3), 4: (-5, -2, -3)}
    assert formula.pseudo_booleans == {5: PseudoBoolean({4: 1, 5: 1}, 1)}

    gates = [("and", [0, 1]), ("or", [0, 2])]
    formula = ENCODINGS["monotone-circuit"].formula(circuit(2, gates, 3, 1), 0, None)
    assert formula.atoms == dict.fromkeys((1, 2, 3, 4))
    assert formula.clauses == {1: (4,), 2: (-3, 1), 3: (-3, 2), 4: (-4, 1, 3)}
    assert formula.pseudo_booleans == {5: PseudoBoolean({-1: 1, -2: 1}, 1)}

    formula = ENCODINGS["densest-subgraph"].formula(densest_subgraph(3, [(1, 2), (0, 1)], 2, 1), 0, None)
    assert formula.atoms == dict.fromkeys((1, 2, 3, 4, 5))
    assert formula.clauses == {1: (-4, 1), 2: (-4, 2), 3: (-5, 2), 4: (-5, 3)}
    assert formula.pseudo_booleans == {
        5: PseudoBoolean({-1: 1, -2: 1, -3: 1}, 1),
        6: PseudoBoolean({4: 1, 5: 1}, 1),
    }

    formula = ENCODINGS["one-in-three"].formula(OneInThreeInstance(4, ((3, 0, 2),)), 0, None)
    assert formula.atoms == dict.fromkeys((1, 2, 3, 4))
    assert formula.clauses == {1: (4, 1, 3), 2: (-4, -1), 3: (-4, -3), 4: (-1, -3)}

    groups = (Group(0, ((1, -2),)), Group(1, ((2,), (-1, 3))))
    formula = ENCODINGS["sat-groups"].formula(SatGroupsInstance(3, groups), 0, None)
    assert formula.atoms == dict.fromkeys((1, 2, 3, 4, 5))
    assert formula.clauses == {1: (1, -2), 2: (4, 5), 3: (-4, -2), 4: (-5, 1), 5: (-5, -3)}

    samples = (Sample(0, ((3,), (0,))), Sample(1, ((Fraction(-2, 3),), (1,))))
    formula = ENCODINGS["sign-cnn"].formula(SignCnnInstance(1, samples), 0, None)
    assert formula.atoms == {
        1: Linear(((0, 1),), -1),
        2: Linear(((0, -1),), -1),
        3: Linear(((0, 1),), 1),
        4: Linear(((0, -1),), 1),
        5: Linear(((0, 3),), 0),
        6: Linear(((0, -2),), 0),
        7: Linear(((0, 2), (1, 3)), 0),
        8: Linear(((1, 1),), 0),
        9: Linear(((0, 1),), 0),
        10: Linear(((0, -1), (2, 1)), 0),
        11: Linear(((2, 1),), 0),
        12: Linear(((1, -1), (2, -1)), -1),
    }
    assert formula.clauses == {
        1: (1, 2), 2: (3,), 3: (4,), 4: (5,), 5: (6, 7), 6: (-6, 8), 7: (9, 10), 8: (-9, 11), 9: (12,),
    }  # fmt: skip

    sign, clauses = dict(list(formula.atoms.items())[:4]), {1: (1, 2), 2: (3,), 3: (4,)}
    half = Fraction(1, 2)
    blocks = (((1, 2), (3, half)),)  # Z₀ᵀ(1, −1) = (−2, 3/2)
    points = (PointSample(1, (1, -1)), PointSample(0, (0, 0)))
    formula = ENCODINGS["random-network-fit"].formula(RandomNetworkInstance(blocks, None, points), 0, None)
    assert formula.atoms == sign | {
        5: Linear(((0, -2),), 0),
        6: Linear(((0, 2), (1, 1)), 0),
        7: Linear(((1, 1),), 0),
        8: Linear(((0, 3),), 0),
        9: Linear(((0, -3), (2, 2)), 0),
        10: Linear(((2, 1),), 0),
        11: Linear(((1, -1), (2, -1)), -1),
    }
    assert formula.clauses == clauses | {4: (5, 6), 5: (-5, 7), 6: (8, 9), 7: (-8, 10), 8: (11,)}

    factor = ((0, 1), (1, 1))  # Lᵀ(1, −1) = (−1, 0)
    points = (PointSample(0, (1, -1)),)
    formula = ENCODINGS["random-network-fit"].formula(RandomNetworkInstance(blocks, factor, points), 0, None)
    assert formula.atoms == sign | {5: Linear(((0, -1),), 0), 6: Linear(((0, -2),), 0)}
    assert formula.clauses == clauses | {4: (5,), 5: (6,)}

    filters = (Sample(0, ((1, -1), (1, 1))),)  # Aᵀ(1, −1) = (1, −3/2), Aᵀ(1, 1) = (1, 5/2)
    formula = ENCODINGS["random-cnn-fit"].formula(RandomCnnInstance(((1, half), (0, 2)), filters), 0, None)
    assert list(formula.atoms.values())[8:] == [Linear(((0, 2), (1, -3)), 0), Linear(((0, 2), (1, 5)), 0)]
    assert list(formula.clauses.values())[6:] == [(9,), (10,)]

    instance = strip([(0, 0)], [(Fraction(1, 2), Fraction(-2, 3))])  # coefficients and constant: 0, 1, 2; 3, 4, 5
    formula = ENCODINGS["two-hyperplane-strip"].formula(instance, 0, None)
    assert formula.atoms == {
        1: Linear(((2, -1),), 0, strict=True),
        2: Linear(((5, 1),), 0, strict=True),
        3: None,
        4: Linear(((0, 3), (1, -4), (2, 6)), 0, strict=True),
        5: Linear(((3, 3), (4, -4), (5, 6)), 0, strict=True),
        6: Linear(((0, -3), (1, 4), (2, -6)), 0, strict=True),
        7: Linear(((3, -3), (4, 4), (5, -6)), 0, strict=True),
    }
    assert formula.clauses == {1: (1,), 2: (2,), 3: (-3, 4), 4: (-3, 5), 5: (3, 6), 6: (3, 7)}


def test_the_formula_of_separability():
    """By hand, for h₁ = x₀·x + x₁ and h₂ = x₂·x + x₃: two points, four atoms and six clauses each."""
    formula = ENCODINGS["two-hyperplane-separability"].formula(separability([(0,)], [(Fraction(1, 2),)]), 0, None)
    assert formula.atoms == {
        **dict.fromkeys(range(1, 5)),
        5: Linear(((1, -1),), 0, strict=True),
        6: Linear(((1, 1),), 0, strict=True),
        7: Linear(((3, -1),), 0, strict=True),
        8: Linear(((3, 1),), 0, strict=True),
        9: Linear(((0, -1), (1, -2)), 0, strict=True),
        10: Linear(((0, 1), (1, 2)), 0, strict=True),
        11: Linear(((2, -1), (3, -2)), 0, strict=True),
        12: Linear(((2, 1), (3, 2)), 0, strict=True),
    }
    assert formula.clauses == {
        1: (5, 6), 2: (7, 8), 3: (-5, -7, 1), 4: (-5, -8, 2), 5: (-6, -7, 3), 6: (-6, -8, 4),
        7: (9, 10), 8: (11, 12), 9: (-9, -11, -1), 10: (-9, -12, -2), 11: (-10, -11, -3), 12: (-10, -12, -4),
        13: (5,), 14: (7,),
    }  # fmt: skip


@pytest.mark.parametrize("name", [*OTHERS, "hypergraph-coloring"])
def test_only_training_has_a_formula_below(name):
    small = {**SMALLEST, "hypergraph-coloring": coloring(0, [], 2)}
    with pytest.raises(NotEncoded):
        ENCODINGS[name].formula(small[name], 0, None, True)


@pytest.mark.parametrize("symmetry", [[], [0], [[0, 1]], 0, "", {}])
@pytest.mark.parametrize("name", OTHERS)
def test_other_problems_have_no_symmetry_rule(name, symmetry):
    with pytest.raises(Malformed):
        ENCODINGS[name].formula(SMALLEST[name], 0, symmetry)


def test_every_problem_has_an_encoding_so_far():
    assert ENCODINGS.keys() == PROBLEMS.keys()

    class Other:
        name = "other"

    with pytest.raises(NotEncoded):
        BUILTIN.encoding(Other())
