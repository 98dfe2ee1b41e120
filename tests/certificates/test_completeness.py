"""What SPEC.md proves of each encoding, run: solutions satisfy the formula, on random instances with one planted."""

from collections import Counter
from random import Random

import pytest
from completeness import check_lemmas, check_solvability
from planted import PLANTED, network_without_a_property, trained

from certificates.encoding import NotEncoded
from certificates.encodings import ENCODINGS
from certificates.kernel import Rejected
from reductions.problems.training import ACTIVATIONS, LOSSES, OUTPUTS, TrainingInstance

OF_TRAINING = ENCODINGS["training"]


def counted(record_property, counts):
    record_property("answers", ", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    return counts


def planted(name):
    assert name in PLANTED, f"{name} has an encoding, but nothing is planted in planted.py, so its proof does not run"
    return PLANTED[name]


@pytest.mark.parametrize("name", ENCODINGS)
def test_solutions_satisfy_the_formula(name, record_property):
    counts = Counter()
    for seed in range(300):
        counts += check_solvability(ENCODINGS[name], planted(name)(Random(seed)))
    assert counted(record_property, counts)["NoneType"] == 300
    if name in ("training", "hypergraph-coloring"):
        assert min(counts["list"], counts["refused"]) >= 50


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_solutions_of_every_class_satisfy_the_formula(activation, output, loss, record_property):
    """With functionals, and with lines where neurons may be turned; on the threshold and below it."""
    counts = Counter()
    for seed in range(100):
        plant = trained(Random(f"{activation} {output} {loss} {seed}"), activation=activation, output=output, loss=loss)
        counts += check_solvability(OF_TRAINING, plant)
    counted(record_property, counts)
    assert counts["list"] == 100
    assert counts["on the threshold"] >= 60
    assert counts["below it"] == 0 if loss == "exact" else counts["below it"] >= 60
    turns = loss == "exact" and (activation == "relu" or output == "real")
    assert counts["dict"] >= 40 if turns else counts["dict"] == 0


def test_exceptions_speak_of_the_network_as_it_is(record_property):
    counts = Counter()
    for seed in range(600):
        counts += check_lemmas(OF_TRAINING, network_without_a_property(Random(seed)))
    counted(record_property, counts)
    assert min(counts["NoneType"], counts["list"], counts["refused"], counts["not encoded"]) >= 80
    assert not counts["dict"]


@pytest.mark.parametrize("name", sorted(ENCODINGS.keys() - {"training"}))
def test_other_problems_have_no_claims_about_all_solutions(name):
    encoding, instance = ENCODINGS[name], planted(name)(Random(0)).instance
    with pytest.raises(NotEncoded):
        encoding.property_variables(instance)
    with pytest.raises(NotEncoded):
        encoding.exceptions(instance, 0, None, ())
    with pytest.raises(NotEncoded):
        encoding.formula(instance, 0, None, strictly_below=True)


def test_lines_have_no_exceptions():
    instance = TrainingInstance(1, 1, ())
    OF_TRAINING.formula(instance, 1, {"along": 0, "line": []})
    with pytest.raises(Rejected):
        OF_TRAINING.exceptions(instance, 1, {"along": 0, "line": []}, ())
