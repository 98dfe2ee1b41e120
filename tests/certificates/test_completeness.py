"""What SPEC.md proves of each encoding, run: solutions satisfy the formula, on random instances with one planted."""

from collections import Counter
from random import Random

import pytest
from completeness import check_lemmas, check_solvability
from networks import every_class
from planted import PLANTED, network_without_a_property, trained

from relucert.certificates.encoding import NotEncoded
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Rejected
from relucert.reductions.problems.training import TrainingInstance, loss_of

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
        assert min(counts["list"], counts["order"], counts["refused"]) >= 50


@pytest.mark.parametrize("name", ["sat", "three-sat", "vertex-cover", "clique", "independent-set"])
def test_nothing_chosen_and_no_constraints_are_planted(name):
    """And all that goes together: nothing covers an edge without a vertex."""
    plants = [planted(name)(Random(seed)) for seed in range(300)]
    seen = {(bool(p.witness), bool(p.instance.clauses if "sat" in name else p.instance.edges)) for p in plants}
    assert len(seen) == (3 if name == "vertex-cover" else 4)


@every_class
def test_solutions_of_every_class_satisfy_the_formula(activation, output, loss, record_property):
    """With functionals and orders, and with lines where neurons may be turned; on the threshold and below it."""
    counts = Counter()
    for seed in range(40):
        plant = trained(Random(f"{activation} {output} {loss} {seed}"), activation=activation, output=output, loss=loss)
        counts += check_solvability(OF_TRAINING, plant)
    counted(record_property, counts)
    assert counts["list"] == 40
    assert counts["order"] >= 30
    assert counts["on the threshold"] >= 24
    assert counts["below it"] == 0 if loss == "exact" else counts["below it"] >= 24
    turns = loss == "exact" and (activation != "threshold" or output == "real")
    assert counts["dict"] >= 16 if turns else counts["dict"] == 0


def degenerate(plant):
    """Which of the cases that proofs forget a planted network has."""
    instance, net = plant.instance, plant.witness
    neurons = [(*w, b) for w, b in zip(net.weights, net.biases, strict=True)]
    active = [
        [sum(w[t] * v for t, v in s.x) + b for s in instance.samples]
        for w, b in zip(net.weights, net.biases, strict=True)
    ]
    bound = instance.norm_bound
    along = [choice for choice in plant.choices if type(choice) is dict and len(choice.get("line", ())) > 1]
    functional = plant.choices[1]
    values = [sum(c * row[t] for t, c in functional) for row in neurons] if functional else []
    yield "dead neuron", bool(active[0]) and any(all(z <= 0 for z in row) for row in active)
    yield "equal neurons", len(set(neurons)) < len(neurons)
    yield "mirrored neurons", any(any(row) and tuple(-v for v in row) in neurons for row in neurons)
    yield "hyperplane through a sample", any(any(w) and 0 in row for w, row in zip(net.weights, active, strict=True))
    yield "output weight 0", 0 in net.output
    yield "equal values of a functional", len(set(values)) < len(values)
    yield "norm bound reached", bound is not None and any(sum(v * v for v in w) == bound**2 for w in net.weights)
    yield "threshold reached", instance.loss != "exact" and 0 < loss_of(instance, net) == instance.threshold
    yield "weight 0 along a line", any(w[c["along"]] == 0 for c in along for w in net.weights)
    yield "neuron to be turned over", any(w[c["along"]] < 0 for c in along for w in net.weights)
    yield "no samples", not instance.samples


def test_degenerate_networks_are_planted(record_property):
    counts = Counter()
    for seed in range(300):
        counts.update(name for name, yes in degenerate(trained(Random(seed))) if yes)
    counted(record_property, counts)
    assert len(counts) == 11
    assert min(counts.values()) >= 10


def test_exceptions_speak_of_the_network_as_it_is(record_property):
    counts, classes = Counter(), set()
    for seed in range(600):
        lemma = network_without_a_property(Random(seed))
        counts += check_lemmas(OF_TRAINING, lemma)
        instance = lemma.plant.instance
        classes.add((instance.activation, instance.output, instance.loss))
    counted(record_property, counts)
    assert len(classes) == 45
    assert min(counts["NoneType"], counts["list"], counts["order"], counts["refused"], counts["not encoded"]) >= 80
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
