"""What circuits of samples say: dependences, derived clauses that networks satisfy, and the same answers as without."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Farkas, Kernel, step_from_json
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.verify.certify import CertificateRefused, certify_instance
from relucert.verify.decide import decide
from relucert.verify.networks import fit_by_z3
from relucert.verify.problems import training
from relucert.verify.provers import circuits, provers_for
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.circuits import along_circuits, has_circuits, near_circuits
from relucert.verify.provers.lp_prover import Search
from relucert.verify.provers.replay import refute


def planted(seed, neurons, samples, flip, bias=True, span=4):
    """The values of random neurons of both signs at random points, of which flip changes one; and the network."""
    rng = random.Random(seed)
    net = Network(
        tuple((rng.randint(-3, 3), Fraction(rng.randint(-3, 3), rng.randint(1, 2))) for _ in range(neurons)),
        tuple(rng.randint(-4, 4) if bias else 0 for _ in range(neurons)),
        tuple(1 if j <= neurons // 2 else -1 for j in range(neurons)),
    )
    grid = [(x, Fraction(y, 2)) for x, y in product(range(-span, span + 1), repeat=2) if x or y]
    points = rng.sample(grid, samples)
    labels = [net(enumerate(x)) for x in points]
    if flip:
        labels[rng.randrange(samples)] += 1
    return TrainingInstance(2, neurons, tuple(map(sample, points, labels)), bias=bias), net


def test_circuits_are_the_dependences_of_neighbours():
    square = TrainingInstance(2, 3, tuple(sample(x, 0) for x in [(0, 0), (2, 0), (0, 2), (2, 2), (1, 1)]), bias=True)
    signs = {tuple(c.items()) if c[min(c)] > 0 else tuple((i, -m) for i, m in c.items()) for c in _of(square)}
    assert signs == {((0, 1), (1, -1), (2, -1), (3, 1)), ((0, 1), (3, 1), (4, -2)), ((1, 1), (2, 1), (4, -2))}
    halves = replace(square, samples=tuple(sample((Fraction(x, 3), 1), 0) for x in range(1, 4)), bias=False)
    assert [{abs(m) for m in c.values()} for c in _of(halves)] == [{1, 2, 3}]  # of the rows (1, 3), (2, 3) and (1, 1)


def _of(instance):
    found = near_circuits(instance, Deadline())
    for circuit in found:
        rows = {i: dict(instance.samples[i].x) for i in circuit}
        scales = {i: 1 if instance.bias else max(v.denominator for v in rows[i].values()) for i in circuit}
        for t in range(instance.dimension):
            assert sum(m * scales[i] * rows[i].get(t, 0) for i, m in circuit.items()) == 0
        assert not instance.bias or sum(circuit.values()) == 0
    return found


@pytest.mark.parametrize("bias", [True, False])
def test_derived_clauses_are_accepted_by_the_kernel_and_satisfied_by_networks(bias):
    """Every step; and the network that the labels come from, sorted by signs, satisfies every clause."""
    instance, net = planted(3, 3, 10, flip=False, bias=bias)
    formula = ENCODING.formula(instance, 2, None)
    derived, steps = along_circuits(instance, 2, formula, Deadline())
    kernel = Kernel(formula)
    for step in steps:
        step_from_json(step.to_json()).apply(kernel)
    assert all(kernel.clauses[number] == clause for number, clause in derived.clauses.items())
    assert len(derived.clauses) > 2 * len(formula.clauses)
    reals = ENCODING.assignment(instance, net, 2, None).reals
    true = set()
    for atom, meaning in kernel.atoms.items():
        value = sum(a * reals[v] for v, a in meaning.terms)
        if value < meaning.bound or (value == meaning.bound and not meaning.strict):
            true.add(atom)
    assert all(any((at > 0) == (abs(at) in true) for at in clause) for clause in kernel.clauses.values())


@pytest.fixture
def always(monkeypatch):
    """Circuits for all instances, also where they do not pay."""
    monkeypatch.setattr(training, "has_circuits", lambda _instance: True)


def certified(instance, prover="lp"):
    one = provers_for(TRAINING, prover)[0]
    return certify_instance(TRAINING, instance, lambda problem, i: decide(problem, i, one, Deadline())).answer


@pytest.mark.slow
@pytest.mark.parametrize("prover", ["lp", "z3"])
def test_answers_are_those_of_an_independent_statement(prover, shares, always):
    answers = Counter()
    for seed in range(8):
        instance, _ = planted(seed, 3, 12, flip=seed % 2 == 1)
        expected = "NO" if fit_by_z3(instance) is None else "YES"
        answers[expected] += 1
        assert certified(instance, prover) == expected
    shares(answers["YES"], answers["NO"])


def test_false_dependences_get_nothing_accepted(monkeypatch, always):
    """The planted network fits, so a refutation by wrong circuits has to be refused."""
    instance, _ = planted(1, 3, 12, flip=False)
    right = circuits.near_circuits(instance, Deadline())
    wrong = tuple({i: -m if i == min(c) else m for i, m in c.items()} for c in right)
    monkeypatch.setattr(circuits, "near_circuits", lambda _instance, _deadline: wrong)
    with pytest.raises(CertificateRefused, match="rejected"):
        certified(instance)


def searched(instance, positive, renamings=None):
    """The LP prover's search of the formula with circuits, and its model."""
    formula = ENCODING.formula(instance, positive, None)
    derived, _ = along_circuits(instance, positive, formula, Deadline())
    if renamings is not None:
        derived = replace(derived, renamings=renamings)
    search = Search(derived, Deadline(), ())
    return formula, search, search.run()


def test_copies_for_other_neurons_are_theory_clauses_too():
    instance, _ = planted(5, 4, 12, flip=True)
    formula, search, _ = searched(instance, 3)
    of_labels = {
        number for number, clause in formula.clauses.items() if len(clause) == 1 and (clause[0] - 1) % 22 >= 20
    }
    found = {frozenset(v.clause) for v in search.theory if of_labels.intersection(number for number, _ in v.units)}
    for valid in search.theory:  # each is accepted as it is
        Farkas(formula.last_id + 1, valid.clause, valid.multipliers, valid.units).apply(Kernel(formula))
    exchanged = search.renamings[0]  # of two neurons of output weight 1
    images = {frozenset(exchanged[abs(at)] * (1 if at > 0 else -1) for at in clause) for clause in found}
    assert images == found
    assert any(exchanged[abs(at)] != abs(at) for clause in found for at in clause)


def test_false_renamings_get_nothing_accepted():
    """Neurons of both signs are exchanged along with the labels: what then seems refuted is not."""
    instance, _ = planted(1, 3, 12, flip=False)
    _, right, _ = searched(instance, 2)
    labels = {at: at for at in range(1, 12 * 17 + 1) if (at - 1) % 17 >= 15}
    wrong = [dict(renaming) | labels for renaming in right.renamings]
    _, search, model = searched(instance, 2, wrong)
    assert model is not None or not isinstance(refute(search.formula, search.theory, Deadline()), Refutation)


def test_only_few_dimensions_and_enough_samples_and_neurons_have_circuits():
    instance, _ = planted(0, 4, 10, flip=False)
    assert has_circuits(instance)
    others = [
        replace(instance, neurons=3),
        replace(instance, samples=instance.samples[:6]),
        replace(instance, dimension=5),
        replace(instance, dimension=3, samples=tuple(sample((h, 0, 0), 0) for h in range(1, 11))),  # sparse
    ]
    assert not any(map(has_circuits, [*others, replace(instance, loss="l1"), replace(instance, clip=(0, 1))]))
