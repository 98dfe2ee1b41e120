"""An encoding is satisfiable in some case exactly if the instance is solvable, by statements that share no code."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import Meaning, colorable, trainable, unsatisfiable

from certificates.encodings import ENCODINGS, Unsupported, encoding_of
from certificates.kernel import Linear, Malformed, Rejected
from reductions import PROBLEMS
from reductions.problems.coloring import HYPERGRAPH_COLORING, ColoringInstance, coloring
from reductions.problems.training import TRAINING, TrainingInstance, sample

OF_TRAINING, OF_COLORING = ENCODINGS["training"], ENCODINGS["hypergraph-coloring"]


def satisfiable(encoding, instance, case, symmetry=None):
    return not unsatisfiable(Meaning(encoding.formula(instance, case, symmetry)).constraints.values())


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


def test_training_encoding_agrees_with_z3_case_by_case(record_property):
    answers = Counter()

    @settings(max_examples=75)
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
    record_property("answers", f"{answers[True]} YES, {answers[False]} NO")
    assert min(answers[True], answers[False]) >= 20


def test_training_cases_are_the_numbers_of_positive_neurons():
    instance = TrainingInstance(1, 3, ())
    assert list(OF_TRAINING.cases(instance)) == [0, 1, 2, 3]
    assert list(OF_TRAINING.cases(replace(instance, output="ones"))) == [3]


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


@pytest.mark.parametrize("functional", [[[1, 1]], [[-1, 1]], [[0, 0]], [[0, 1], [0, 1]], [0], "0", [[0]], [[0, True]]])
def test_training_symmetry_is_a_functional_of_the_weights(functional):
    with pytest.raises(Malformed):
        OF_TRAINING.formula(TrainingInstance(1, 2, ()), 0, functional)


@pytest.mark.parametrize(
    "changes",
    [
        {"activation": "threshold"},
        {"output": "real"},
        {"loss": "l2"},
        {"loss": "l0"},
        {"clip": (0, 1)},
        {"norm_bound": 1},
    ],
)
def test_other_training_problems_are_unsupported(changes):
    with pytest.raises(Unsupported):
        OF_TRAINING.cases(replace(TrainingInstance(1, 1, ()), **changes))


@given(st.data(), training_instances())
def test_training_cells_bound_the_formula(data, instance):
    functional = data.draw(functionals(instance))
    formula = OF_TRAINING.formula(instance, instance.neurons, functional)
    held = sum(len(atom.terms) + 1 for atom in formula.atoms.values()) + sum(map(len, formula.clauses.values()))
    assert held <= 16 * OF_TRAINING.cells(instance, functional)


# ----------------------------------------------------------------------------------------------------------- colouring


@st.composite
def colorings(draw):
    n, k = draw(st.sampled_from((0, 1, 3, 4, 4, 5, 5))), draw(st.sampled_from((2, 2, 3)))
    hyperedges = [e for size in (2, 2, 3) for e in combinations(range(n), size)]
    edges = draw(st.lists(st.sampled_from(hyperedges), min_size=n, max_size=5 * n)) if n > 1 else []
    return coloring(n, edges, k)


def test_coloring_encoding_agrees_with_brute_force(record_property):
    answers = Counter()

    @settings(max_examples=100)
    @given(st.data(), colorings())
    def agrees(data, instance):
        solvable = colorable(HYPERGRAPH_COLORING.instance_to_json(instance))
        assert satisfiable(OF_COLORING, instance, 0) == solvable
        vertices = data.draw(st.permutations(range(instance.vertices)))
        for size in range(min(instance.colors, instance.vertices) + 1):
            clique = list(vertices[:size])
            if all(tuple(sorted(pair)) in instance.edges for pair in combinations(clique, 2)):
                assert satisfiable(OF_COLORING, instance, 0, clique) == solvable
            else:
                with pytest.raises(Rejected):
                    OF_COLORING.formula(instance, 0, clique)
        answers[solvable] += 1

    agrees()
    record_property("answers", f"{answers[True]} YES, {answers[False]} NO")
    assert min(answers[True], answers[False]) >= 20


def test_coloring_formula_is_numbered_as_specified():
    formula = OF_COLORING.formula(ColoringInstance(3, ((0, 1), (0, 1, 2)), 2), 0, [1, 0])
    assert formula.atoms == dict.fromkeys(range(1, 7))
    clauses = [(1, 2), (3, 4), (5, 6), (-1, -3), (-2, -4), (-1, -3, -5), (-2, -4, -6), (3,), (2,)]
    assert formula.clauses == dict(enumerate(clauses, 1))


@pytest.mark.parametrize("clique", [[-1], [3], [0, 0], [0, 2], [2, 1, 0]])
def test_coloring_symmetry_is_a_clique_of_the_graph(clique):
    with pytest.raises(Rejected):
        OF_COLORING.formula(coloring(3, [(0, 1), (1, 2), (0, 1, 2)], 3), 0, clique)


@pytest.mark.parametrize("clique", ["01", {}, 0, [0, True], [0, "1"], [[0, 1]], [0, 1, 2, 0]])
def test_coloring_symmetry_is_a_short_list_of_vertices(clique):
    with pytest.raises(Malformed):
        OF_COLORING.formula(coloring(3, [(0, 1), (0, 2), (1, 2)], 3), 0, clique)


@given(colorings())
def test_coloring_cells_are_the_literals_of_the_formula(instance):
    formula = OF_COLORING.formula(instance, 0, None)
    assert OF_COLORING.cells(instance, None) == sum(map(len, formula.clauses.values()))


def test_every_problem_has_an_encoding_so_far():
    assert ENCODINGS.keys() == PROBLEMS.keys()

    class Other:
        name = "other"

    with pytest.raises(Unsupported):
        encoding_of(Other())
