"""The claim `lemma`: the property is read strictly, symmetry is only for invariant ones, and only true lemmas pass."""

from fractions import Fraction

import pytest
from files import closed, verdict_of
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import trainable
from meaning import Meaning, unsatisfiable

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.encodings.training import require_invariant
from relucert.certificates.kernel import Linear, Malformed, Rejected
from relucert.certificates.properties import add_exception, property_from_json, property_to_json
from relucert.certificates.writer import No, RefutedCase, Yes, lemma
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.verify.decide import decide
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, Refutation

OF_TRAINING = ENCODINGS["training"]
TWO = TrainingInstance(1, 2, (sample([1], 1), sample([2], 0)), bias=True)


def property_of(instance, data):
    return property_from_json(data, OF_TRAINING.property_variables(instance))


def at_most(variable, bound):
    return {"le": [[variable, 1]], "bound": bound}


@pytest.mark.parametrize(
    "data",
    [
        {},
        [{}],
        [[{}]],
        [[[{}]]],
        [[[{"le": [[0, 1]]}]]],
        [[[{"le": [[0, 1]], "lt": [[0, 1]], "bound": 0}]]],
        [[[at_most(4, 0)]]],  # the outputs are none of its business
        [[[at_most(-1, 0)]]],
        [[[at_most(0, True)]]],
        [[[{"le": [[0, 0]], "bound": 0}]]],
        [[[{"le": [[1, 1], [0, 1]], "bound": 0}]]],
    ],
)
def test_malformed_properties(data):
    with pytest.raises((Malformed, ValueError)):
        property_of(TWO, data)


def test_property_round_trip():
    data = [[[at_most(0, 1), {"lt": [[1, 2], [3, -1]], "bound": 0}], []], []]
    assert property_to_json(property_of(TWO, data)) == data


def test_exception_is_the_negated_property():
    """(x₀ ≤ 1 and x₁ ≤ 2) or x₂ ≤ 3; and x₃ ≤ 4."""
    fit = OF_TRAINING.formula(TWO, 2, None)
    before, atoms = len(fit.clauses), fit.last_atom
    x0, x1, x2, x3 = (Linear(((v, 1),), v + 1) for v in range(4))
    formula = OF_TRAINING.exceptions(TWO, 2, None, (((x0, x1), (x2,)), ((x3,),)))
    assert [*fit.clauses.values()] == list(formula.clauses.values())[:before]
    first, second = atoms + 1, atoms + 2
    assert [formula.atoms[i] for i in range(atoms + 1, atoms + 7)] == [None, None, x0, x1, x2, x3]
    assert list(formula.clauses.values())[before:] == [
        (first, second), (-first, -(atoms + 3), -(atoms + 4)), (-first, -(atoms + 5)), (-second, -(atoms + 6))
    ]  # fmt: skip


def test_symmetry_needs_an_invariant_property():
    every = property_of(TWO, [[[at_most(0, 1)]], [[at_most(2, 1)]]])
    require_invariant(TWO, 2, every)
    first = property_of(TWO, [[[at_most(0, 1)]]])
    require_invariant(TWO, 1, first)  # neurons of different signs are never exchanged
    for positive in (0, 2):
        with pytest.raises(Rejected, match="neurons 0 and 1"):
            require_invariant(TWO, positive, first)


def test_a_lemma_that_symmetry_would_prove_wrongly_is_rejected():
    """With w₀ ≥ w₁, w₀ ≥ 1 holds for every fit of f(1) = 2; without that order it does not."""
    instance = TrainingInstance(1, 2, (sample([1], 2),), output="ones")
    claimed = property_of(instance, [[[{"le": [[0, -1]], "bound": -1}]]])
    formula = OF_TRAINING.formula(instance, 2, [[0, 1]], False)
    add_exception(formula, claimed)
    wrong = provers_for(TRAINING, "lp")[0].solve(formula, Deadline())
    assert isinstance(wrong, Refutation)
    verdict = verdict_of(closed(list(lemma(instance, claimed, No((RefutedCase(2, [[0, 1]], wrong.steps),))))))
    assert verdict.verdict == "rejected"
    assert "exchanged" in verdict.reason
    counterexample = decide(TRAINING, instance, provers_for(TRAINING, "lp")[0], Deadline(), claimed=claimed)
    assert isinstance(counterexample, Yes)
    assert counterexample.witness.weights[0][0] < 1


@st.composite
def lemmas(draw):
    k = draw(st.integers(1, 2))
    samples = draw(st.lists(st.builds(sample, st.lists(st.integers(-2, 2), min_size=1, max_size=1), st.integers(0, 2)),
                            min_size=1, max_size=3))  # fmt: skip
    instance = TrainingInstance(1, k, tuple(samples), bias=draw(st.booleans()))
    variables = st.integers(0, k * (1 + instance.bias) - 1)
    terms = st.tuples(variables, st.sampled_from((-1, 1))).map(lambda term: [list(term)])
    linear = st.builds(
        lambda t, kind, b: {kind: t, "bound": b}, terms, st.sampled_from(("le", "lt")), st.integers(-1, 2)
    )
    parts = st.lists(st.lists(linear, min_size=1, max_size=2), max_size=2)
    return instance, draw(st.lists(parts, min_size=1, max_size=2))


@pytest.mark.thorough
def test_a_lemma_is_refuted_exactly_if_it_holds(record_property):
    answers = []

    @settings(max_examples=80)
    @given(lemmas())
    def agrees(drawn):
        instance, data = drawn
        claimed = property_of(instance, data)
        refuted = []
        for case in OF_TRAINING.cases(instance):
            formula = OF_TRAINING.exceptions(instance, case, None, claimed)
            refuted.append(unsatisfiable(Meaning(formula).everything()))
        holds = not trainable(TRAINING.instance_to_json(instance), lacks=data)
        assert all(refuted) == holds
        answers.append(holds)

    agrees()
    record_property("answers", f"{answers.count(True)} hold, {answers.count(False)} do not")
    assert min(answers.count(True), answers.count(False)) >= 15


def test_a_lemma_needs_every_case():
    """f(1) = 1, f(2) = 0 by one neuron: its weight is negative if its output weight is +1, and none fits with −1."""
    instance = TrainingInstance(1, 1, (sample([1], 1), sample([2], 0)), bias=True)
    claimed = property_of(instance, [[[{"lt": [[0, 1]], "bound": 0}]]])
    proof = decide(TRAINING, instance, provers_for(TRAINING, "lp")[0], Deadline(), claimed=claimed)
    assert isinstance(proof, No)
    lines = list(lemma(instance, claimed, proof))
    assert verdict_of(closed(lines)).verdict == "accepted"
    assert verdict_of(closed(lines)).answer == "HOLDS"
    missing = No(tuple(RefutedCase(c.case, c.symmetry, c.steps) for c in proof.cases if c.case != 1))
    assert verdict_of(closed(list(lemma(instance, claimed, missing)))).verdict == "rejected"
    stronger = property_of(instance, [[[{"lt": [[0, 1]], "bound": -1}]]])  # the weight is −1
    assert verdict_of(closed(list(lemma(instance, stronger, proof)))).verdict == "rejected"


def test_the_best_network_of_a_cell_is_no_counterexample():
    """(w − 2)² ≤ 1/4 means w ≤ 5/2; the best network has w = 2."""
    instance = TrainingInstance(1, 1, (sample([1], 2),), output="ones", loss="l2", threshold=Fraction(1, 4))
    for bound, kind in ((3, No), (2, Yes)):
        claimed = property_of(instance, [[[at_most(0, bound)]]])
        answer = decide(TRAINING, instance, provers_for(TRAINING, "lp")[0], Deadline(), claimed=claimed)
        assert isinstance(answer, kind)
        assert kind is No or answer.witness.weights[0][0] > bound
