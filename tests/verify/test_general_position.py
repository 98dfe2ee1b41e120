"""Kinks follow, fits survive them, and the signs of a circuit count; samples are spread."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, step_from_json
from relucert.certificates.writer import No, Yes
from relucert.reductions import reduction
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.verify.decide import decide
from relucert.verify.problems.training import SEARCH
from relucert.verify.provers import EXACT, PROVERS
from relucert.verify.provers.base import Deadline, Model, Refutation
from relucert.verify.provers.general_position import at_kinks, circuits, spread
from relucert.verify.saturation import by_saturation

SQUARE = [(0, 0), (3, 0), (0, 3), (3, 3)]


def instance_of(points, labels, k=1, **fields):
    samples = tuple(sample(p, y) for p, y in zip(points, labels, strict=True))
    return TrainingInstance(2, k, samples, **{"bias": True, "output": "signs", **fields})


def test_circuits_are_affine_dependencies():
    instance = instance_of([*SQUARE, (1, 1), (Fraction(1, 2), 1)], [0] * 6)
    found = list(circuits(instance))
    assert len(found) == len({frozenset(c) for c in found}) >= 3
    for circuit in found:
        points = [(*(dict(instance.samples[i].x).get(t, 0) for t in range(2)), 1) for i in circuit]
        assert all(sum(a * p[t] for a, p in zip(circuit.values(), points, strict=True)) == 0 for t in range(3))
        assert all(circuit.values())
    assert sorted(map(sorted, circuits(instance_of(SQUARE, [0] * 4)))) == [[0, 1, 2, 3]]
    linear = list(circuits(instance_of([(1, 0), (0, 1), (1, 1)], [0] * 3, bias=False)))
    assert [sorted(c) for c in linear] == [[0, 1, 2]]  # (1, 1) is the sum of the others
    assert not list(circuits(instance_of([], [])))


def test_samples_are_spread():
    instance = instance_of([(0, 0), (1, 0), (5, 0), (5, 1), (0, 5)], [0] * 5)
    assert spread(instance, 3) == [0, 3, 4]
    assert sorted(spread(instance, 12)) == [0, 1, 2, 3, 4]
    assert spread(instance, 0) == spread(instance_of([], []), 12) == []


def test_vertices_by_saturation():
    """After the centre of a wheel and a vertex of its rim come those that see two colours, but no other component."""
    rim = [(1, 2), (2, 3), (3, 4), (4, 5), (1, 5)]
    wheel = [*((0, v) for v in range(1, 6)), *rim]
    assert by_saturation(range(8), [*wheel, (6, 7)], 99) == [0, 1, 2, 3, 4, 5]
    assert by_saturation(range(8), [*wheel, (6, 7)], 2) == [0, 1]
    assert by_saturation([], [], 5) == []
    assert by_saturation([3, 5], [(3, 4, 5)], 5) == [3, 5]


def complete(n, colors):
    """The complete graph as a sum of ReLUs."""
    return reduction("coloring-to-relu-sum").reduce(coloring(n, list(combinations(range(n), 2)), colors))


def test_the_choice_is_an_order_where_there_are_many_neurons():
    graph = complete(5, 4)
    assert SEARCH.choices(graph, 4) == [{"order": [0, 1, 2, 3, 4]}]
    assert SEARCH.choices(replace(graph, neurons=3), 3) == [[[0, 1]]]
    plane = instance_of([*SQUARE, (1, 2)], [0, 1, 0, 1, 1], k=4)
    assert SEARCH.choices(plane, 2) == [{"order": spread(plane, 12)}]
    for other in ({"loss": "l1", "threshold": 1}, {"activation": "threshold"}, {"clip": (0, 1)}, {"neurons": 3}):
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


def kinks_of(instance, positive):
    formula = ENCODING.formula(instance, positive, None)
    return at_kinks(instance, positive, formula, Deadline())


def test_the_sides_of_a_circuit_count():
    """On a square the labels 0, 0, 0, 1 bend up along the diagonal of samples 0 and 3, where a convex neuron has its
    kink; a concave one has it on the other diagonal."""
    instance, inactive = instance_of(SQUARE, [0, 0, 0, 1]), [1, 8, 15, 22]
    for positive, (i, j) in ((1, (0, 3)), (0, (1, 2))):
        formula, _ = kinks_of(instance, positive)
        new = [c for n, c in formula.clauses.items() if n > len(ENCODING.formula(instance, positive, None).clauses)]
        kink = formula.last_atom
        assert {frozenset(c) for c in new} >= {
            frozenset([-kink]),
            frozenset([inactive[i], inactive[j], kink]),
            frozenset([-inactive[i], -inactive[j], kink]),
        }
    assert not kinks_of(instance_of(SQUARE, [0, 1, 1, 2]), 1)[1]  # affine


@st.composite
def instances(draw):
    d, k = draw(st.sampled_from(((1, 1), (1, 2), (2, 1), (2, 2))))
    number = st.integers(-2, 2) | st.just(Fraction(1, 2))
    points = draw(st.lists(st.tuples(*[number] * d), min_size=d + 1, max_size=5, unique=True))
    samples = tuple(sample(p, draw(st.integers(-1, 1))) for p in points)
    alpha = draw(st.sampled_from((None, None, Fraction(1, 3))))
    return TrainingInstance(
        d, k, samples, bias=draw(st.booleans()), output="signs", alpha=alpha,
        activation="relu" if alpha is None else "leaky-relu",
    )  # fmt: skip


@pytest.mark.slow
def test_derived_clauses_are_accepted_by_the_kernel_and_change_no_answer(shares):
    answers = Counter()

    @settings(max_examples=60)
    @given(instances())
    def follows(instance):
        for positive in range(instance.neurons + 1):
            formula = ENCODING.formula(instance, positive, None)
            derived, steps = kinks_of(instance, positive)
            kernel = Kernel(formula)
            for step in steps:
                step_from_json(step.to_json()).apply(kernel)
            assert (kernel.clauses, kernel.atoms) == (derived.clauses, derived.atoms)
            plain = EXACT.solve(formula, Deadline())
            assert kernel.refuted or type(EXACT.solve(derived, Deadline())) is type(plain)
            answers[type(plain)] += 1

    follows()
    shares(answers[Model], answers[Refutation])


def test_a_fit_survives_its_kinks():
    """|x| − |y| on nine points, by two neurons of either sign."""
    points = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    instance = instance_of(points, [abs(x) - abs(y) for x, y in points], k=4)
    derived, steps = kinks_of(instance, 2)
    values = ENCODING.assignment(instance, absolute_values(), 2, None).reals
    assert len(steps) > 20

    def true(literal):
        meaning = derived.atoms[abs(literal)]
        value = sum(a * values[v] for v, a in meaning.terms)
        return ((value < meaning.bound) or (value == meaning.bound and not meaning.strict)) == (literal > 0)

    assert all(any(map(true, clause)) for clause in derived.clauses.values())
    flat = replace(instance, samples=tuple(s._replace(y=0) for s in instance.samples))
    assert not kinks_of(flat, 2)[1]
    assert not kinks_of(replace(instance, samples=instance.samples * 40), 2)[1]  # too many


def absolute_values():
    return Network(((1, 0), (-1, 0), (0, 1), (0, -1)), (0, 0, 0, 0), (1, 1, -1, -1))
