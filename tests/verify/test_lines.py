"""What lines of samples say: every derived clause follows, fits survive it, and stacked gadgets need it."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, step_from_json
from relucert.certificates.writer import No, Yes
from relucert.reductions.fixed_dimension.selection_gadget import selection_gadget
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.verify.decide import decide
from relucert.verify.networks import fit_by_z3
from relucert.verify.problems.training import SEARCH
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.lines import along_lines, lines, pinning_line


def test_lines_are_the_axis_parallel_ones_of_three_points():
    points = [(0, 0), (0, 2), (0, 1), (1, 1), (2, 1), (2, 2)]
    instance = TrainingInstance(2, 1, tuple(sample(p, 0) for p in points), bias=True)
    assert sorted((t, [i for _, i in line]) for t, line in lines(instance)) == [(0, [2, 3, 4]), (1, [0, 2, 1])]
    assert [t for t, _ in lines(replace(instance, bias=False))] == [0]  # the other one passes through the origin


@st.composite
def on_lines(draw):
    heights = draw(st.lists(st.integers(-3, 3), min_size=3, max_size=6, unique=True))
    samples = [sample((draw(st.integers(0, 1)), h), draw(st.integers(-1, 1)), 1) for h in heights]
    return TrainingInstance(2, draw(st.integers(1, 3)), tuple(samples), bias=draw(st.booleans()))


@pytest.mark.thorough
def test_derived_clauses_are_accepted_by_the_kernel_and_change_no_answer(shares):
    answers = Counter()

    @settings(max_examples=60)
    @given(on_lines())
    def follows(instance):
        for positive in range(instance.neurons + 1):
            formula = ENCODING.formula(instance, positive, None)
            derived, steps = along_lines(instance, positive, formula, Deadline())
            kernel = Kernel(formula)
            for step in steps:
                step_from_json(step.to_json()).apply(kernel)
            assert (kernel.clauses, kernel.atoms) == (derived.clauses, derived.atoms)
        answer = decide(TRAINING, instance, provers_for(TRAINING, "lp")[0], Deadline())
        assert isinstance(answer, No) == (fit_by_z3(instance) is None)
        answers[type(answer).__name__] += 1

    follows()
    shares(answers["Yes"], answers["No"])


def test_repeated_points_and_other_classes_are_no_trouble():
    twice = tuple(sample((0, h), y) for h, y in [(-1, 0), (0, 0), (0, 0), (1, 1), (2, 0), (3, 0)])
    instance = TrainingInstance(2, 2, twice, bias=True)
    for other in (instance, replace(instance, loss="l1"), replace(instance, activation="threshold", output="real")):
        decided = decide(TRAINING, other, provers_for(TRAINING, "lp")[0], Deadline())
        assert isinstance(decided, No) == (other.activation == "relu")  # two steps make a bump, two ReLUs do not


def test_a_line_pins_neurons_if_its_labels_bend_for_each_of_them():
    """The hat 0, 0, 1, 2, 1, 0, 0 bends up, down and up, each time between other points."""
    hat = tuple(sample((0, h), y) for h, y in enumerate((0, 0, 1, 2, 1, 0, 0)))
    instance = TrainingInstance(2, 3, (sample((1, 0), 0), *hat), bias=True)
    assert pinning_line(instance) == {"along": 1, "line": [1, 2, 3, 4, 5, 6, 7]}
    assert pinning_line(replace(instance, neurons=4)) is None
    assert pinning_line(replace(instance, bias=False)) is None
    assert pinning_line(replace(instance, loss="l1", threshold=1)) is None
    assert isinstance(decide(TRAINING, replace(instance, neurons=2), provers_for(TRAINING, "lp")[0], Deadline()), No)
    assert isinstance(decide(TRAINING, instance, provers_for(TRAINING, "lp")[0], Deadline()), Yes)


@pytest.mark.parametrize("prover", ["z3", "lp"])
def test_neurons_that_a_line_does_not_need_may_be_zero(prover):
    """The gadget needs four, and takes long to fit by six."""
    six = TrainingInstance(2, 6, tuple(selection_gadget((0, 1))), bias=True)
    zigzag = [sample((0, h), h % 2) for h in range(6)]
    beside = TrainingInstance(2, 5, (*zigzag, sample((9, 9), 0), sample((9, 8), 1), sample((9, 7), 0)), bias=True)
    for instance in (six, beside):
        ((smaller, _),) = SEARCH.smaller(instance)
        assert smaller == replace(instance, neurons=4)
        answer = decide(TRAINING, instance, provers_for(TRAINING, prover)[0], Deadline())
        assert isinstance(answer, Yes)
        assert TRAINING.accepts(instance, answer.witness)
    assert not [*SEARCH.smaller(replace(six, neurons=4))]
