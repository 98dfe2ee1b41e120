"""Networks that are guessed from pieces: what is found fits, planted ones are found, and wrong pieces do no harm."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from flint import fmpz_mat

from relucert.certificates.writer import Yes
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample, values_of
from relucert.verify.decide import find
from relucert.verify.networks import fit_by_z3
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import finder, mixed_integer, pieces
from relucert.verify.provers.base import Deadline, OutOfTime
from relucert.verify.provers.z3_prover import Run

SEARCH = SEARCHES["training"]


def planted(seed, unit=1):
    """A training set in two or three dimensions, of which each neuron splits the points; and the network."""
    rng = random.Random(seed)
    d, k = rng.choice((2, 3)), rng.choice((2, 3))
    bias = rng.random() < 0.7
    xs = list({tuple(unit * rng.randint(-9, 9) for _ in range(d)) for _ in range(4 * k * (d + 1))})
    while True:
        net = Network(
            tuple(tuple(unit * rng.randint(-6, 6) for _ in range(d)) for _ in range(k)),
            tuple(unit * rng.randint(-12, 12) if bias else 0 for _ in range(k)),
            tuple(rng.choice((1, -1)) for _ in range(k)),
        )
        empty = TrainingInstance(d, k, tuple(sample(x, 0) for x in xs), output="signs", bias=bias)
        if all(len(xs) <= 5 * sum(z > 0 for z in zs) <= 4 * len(xs) for zs in preactivations(empty, net)):
            break
    labels = values_of(empty, net)
    return replace(empty, samples=tuple(sample(x, y) for x, y in zip(xs, labels, strict=True))), net


def preactivations(instance, net):
    rows = [dict(s.x) for s in instance.samples]
    return [
        [sum(v * row.get(t, 0) for t, v in enumerate(w)) + b for row in rows]
        for w, b in zip(net.weights, net.biases, strict=True)
    ]


def found(instance, cases=None):
    return pieces.network(instance, cases or range(instance.neurons + 1), Deadline())


@pytest.mark.parametrize("unit", [1, Fraction(1, 6)])
def test_most_planted_networks_are_found(unit):
    """Or others that fit; a few have pieces that are there by chance."""
    nets = [(instance, found(instance)) for instance, _ in (planted(seed, unit) for seed in range(16))]
    assert all(net is None or TRAINING.accepts(instance, net) for instance, net in nets)
    assert sum(net is not None for _, net in nets) >= 12


def test_samples_of_a_piece_are_on_one_affine_function_and_mostly_no_neuron_separates_them():
    whole = parts = 0
    for seed in range(40):
        instance, net = planted(seed)
        zs = preactivations(instance, net)
        for disjoint in pieces.affine_pieces(instance):
            assert len({i for piece in disjoint for i in piece}) == sum(map(len, disjoint))
            for piece in disjoint:
                rows = [[dict(instance.samples[i].x).get(t, 0) for t in range(instance.dimension)] for i in piece]
                x = [[*row, *[1] * instance.bias] for row in rows]
                assert len(piece) > instance.dimension + instance.bias
                with_y = [[*row, instance.samples[i].y] for row, i in zip(x, piece, strict=True)]
                assert fmpz_mat(with_y).rank() == fmpz_mat(x).rank()
                values = [[z[i] for i in piece] for z in zs]
                whole += all(min(z) >= 0 or max(z) <= 0 for z in values)
                parts += 1
    assert parts >= 60
    assert whole >= 0.9 * parts


def alone(instance, positive):
    return pieces.Question(positive, tuple((i,) for i in range(len(instance.samples))))


def test_without_an_assumption_the_question_is_whether_a_network_fits(shares):
    answers = {True: 0, False: 0}
    for seed in range(60):
        rng = random.Random(seed)
        d, k = rng.choice((1, 2)), rng.choice((1, 2, 3))
        xs = list({tuple(rng.randint(-3, 3) for _ in range(d)) for _ in range(rng.randint(3, 6))})
        samples = tuple(sample(x, rng.choice((rng.randint(-2, 2), Fraction(rng.randint(-3, 3), 2)))) for x in xs)
        output = rng.choice(("ones", "signs"))
        instance = TrainingInstance(d, k, samples, output=output, bias=rng.random() < 0.5)
        cases = [k] if output == "ones" else range(k + 1)
        runs = {p: Run(pieces.text(instance, alone(instance, p)), False, Deadline()) for p in cases}
        fits = fit_by_z3(instance) is not None
        assert any(run.verdict == "sat" for run in runs.values()) == fits
        for p, run in runs.items():
            if run.verdict == "sat":
                assert TRAINING.accepts(instance, pieces.found(instance, p, run.solver.model()))
        answers[fits] += 1
    shares(answers[True], answers[False])


VALLEY = TrainingInstance(1, 2, tuple(sample([x], abs(x)) for x in range(-4, 5) if x), output="ones", bias=True)
BOTH_SIDES = (tuple(range(8)),)


def test_no_neuron_separates_samples_of_a_piece():
    left, right = tuple(range(4)), tuple(range(4, 8))
    for piece, verdict in ((left, "sat"), (right, "sat"), (BOTH_SIDES[0], "unsat")):
        rest = tuple((i,) for i in range(8) if i not in piece)
        assert Run(pieces.text(VALLEY, pieces.Question(2, (piece, *rest))), False, Deadline()).verdict == verdict
    assert mixed_integer.network(VALLEY, [2], Deadline(), BOTH_SIDES) is None
    net = mixed_integer.network(VALLEY, [2], Deadline(), (left, right))
    assert TRAINING.accepts(VALLEY, net)
    for z in preactivations(VALLEY, net):
        assert len({z[i] > 0 for i in left}) == len({z[i] > 0 for i in right}) == 1


@pytest.mark.parametrize("widest", [0, 9])
def test_wrong_pieces_do_no_harm(monkeypatch, widest):
    """Whether they are for Z3 or for mixed-integer programming."""
    monkeypatch.setattr(finder, "MOST_WEIGHTS", widest)
    monkeypatch.setattr(pieces, "affine_pieces", lambda _: [BOTH_SIDES])
    answer = find(TRAINING, VALLEY, Deadline())
    assert isinstance(answer, Yes)
    assert TRAINING.accepts(VALLEY, answer.witness)


def test_few_samples_have_no_pieces():
    for d, bias in ((1, False), (1, True), (3, True)):
        for m in range(d + bias + 1):
            samples = tuple(sample([x + t for t in range(d)], x) for x in range(m))
            assert pieces.affine_pieces(TrainingInstance(d, 2, samples, bias=bias)) == []


def test_a_question_that_takes_too_long_is_asked_again_for_longer(monkeypatch):
    """The first time there is too little for any."""
    monkeypatch.setattr(pieces, "WORK", 2**14)
    instance, _ = planted(0)
    with pytest.raises(OutOfTime):
        pieces.network(instance, range(instance.neurons + 1), Deadline(work=2**15))
    assert TRAINING.accepts(instance, found(instance))


def test_the_finder_starts_at_once_where_samples_are_many():
    instance, _ = planted(0)
    few = replace(instance, samples=instance.samples[: 2 * instance.neurons])
    assert SEARCH.before_finder(instance) == 0
    assert SEARCH.before_finder(few) > 0
    assert SEARCH.before_finder(replace(instance, neurons=1)) > 0
