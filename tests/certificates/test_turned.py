"""Turning neurons over and sorting them along a line changes no answer, and bad lists are refused."""

import io
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from meaning import Meaning, unsatisfiable

from relucert.certificates.checker import check
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Linear, Malformed, Rejected
from relucert.certificates.writer import No, lemma, write
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.verify.decide import decide
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.lines import lines
from relucert.verify.provers.lp_prover import LpProver

OF_TRAINING = ENCODINGS[TRAINING.name]


def satisfiable(encoding, instance, case, symmetry):
    return not unsatisfiable(Meaning(encoding.formula(instance, case, symmetry, False)).everything())


def planar(seed, **others):
    """A column of three or four samples and one or two besides it, with labels that about half of the time fit."""
    rng = random.Random(seed)
    points = [(0, h) for h in range(rng.choice((3, 4)))] + rng.sample([(x, h) for x in (1, 2) for h in (0, 1)], 2)
    samples = tuple(sample(point, rng.choice((0, 0, 1, 2))) for point in points)
    return TrainingInstance(2, rng.choice((1, 2)), samples, bias=True, **others)


def answer(instance, symmetry):
    return any(satisfiable(OF_TRAINING, instance, case, symmetry) for case in OF_TRAINING.cases(instance))


@pytest.mark.thorough
@pytest.mark.parametrize(
    "others",
    [
        {},
        {"activation": "threshold", "output": "real"},
        {"activation": "leaky-relu", "alpha": Fraction(1, 3)},
    ],
    ids=["relu", "threshold", "leaky"],
)
def test_a_refuted_form_means_that_nothing_fits(others):
    """The form may admit more networks, by an affine function. It may never refute an instance that has a fit."""
    counts = {(False, False): 0, (False, True): 0, (True, True): 0}
    for seed in range(60):
        instance = planar(seed, **others)
        t, points = max(lines(instance), key=lambda line: len(line[1]))
        counts[answer(instance, None), answer(instance, {"along": t, "line": [i for _, i in points]})] += 1
    assert counts[False, False] >= 5, counts
    assert counts[True, True] >= 20, counts


COLUMN = TrainingInstance(2, 2, tuple(sample(p, 0) for p in ((0, 0), (0, 1), (0, 2), (1, 1))), bias=True)


@pytest.mark.parametrize(
    ("symmetry", "refusal"),
    [
        ({"along": 1, "line": [0, 1, 3]}, Rejected),  # not collinear
        ({"along": 1, "line": [0, 2, 1]}, Rejected),  # not increasing
        ({"along": 1, "line": [0, 0]}, Rejected),
        ({"along": 0, "line": [0, 1, 2]}, Rejected),  # another coordinate
        ({"along": 2, "line": [0]}, Rejected),  # the bias
        ({"along": -1, "line": [0]}, Rejected),
        ({"along": 1, "line": [-1]}, Rejected),
        ({"along": 1, "line": [4]}, Rejected),
        ({"along": True, "line": [0]}, Malformed),
        ({"along": 1, "line": [False]}, Malformed),
        ({"along": 1, "line": {}}, Malformed),
        ({"along": 1}, Malformed),
        ({}, Malformed),
    ],
)
def test_bad_lines_are_refused(symmetry, refusal):
    OF_TRAINING.words(COLUMN, symmetry)  # comes first in the checker
    with pytest.raises(refusal):
        OF_TRAINING.formula(COLUMN, 1, symmetry)


@pytest.mark.parametrize(
    "other",
    [
        {"loss": "l1", "threshold": 1},
        {"loss": "l2", "threshold": 1},
        {"loss": "l0", "threshold": 1},
        {"loss": "linf", "threshold": 1},
        {"activation": "threshold"},
        {"activation": "threshold", "output": "ones"},
        {"activation": "threshold", "output": "real", "bias": False},
    ],
)
def test_where_neurons_cannot_be_turned_over(other):
    with pytest.raises(Rejected, match="exact fits"):
        OF_TRAINING.formula(replace(COLUMN, **other), 1, {"along": 1, "line": [0, 1, 2]})


def test_lemmas_may_not_turn_neurons_over():
    """Every fit of one ReLU has w₂ ≤ 0: true only of the neurons that are, and it would be refuted of those turned."""
    instance = TrainingInstance(
        2, 1, tuple(sample((0, h), y) for h, y in ((-2, 2), (-1, 1), (0, 0), (1, 0))), bias=True
    )
    falling = (((Linear(((1, 1),), 0),),),)
    answer = decide(TRAINING, instance, LpProver(), Deadline(), claimed=falling)
    assert isinstance(answer, No)
    lines = list(lemma(instance, falling, answer))
    for line in lines:
        if "refute" in line:
            line["symmetry"] = {"along": 1, "line": [0, 1, 2, 3]}
    stream = io.BytesIO()
    write(stream, lines)
    verdict = check(io.BufferedReader(io.BytesIO(stream.getvalue())))
    assert verdict.verdict == "rejected"
    assert "turned over" in verdict.reason


@pytest.mark.parametrize("seed", range(60))
def test_the_form_admits_every_planted_network(seed):
    """Dense columns leave little choice: kinks at random heights, of either sign, with small and negative weights."""
    rng = random.Random(seed)
    heights = sorted(rng.sample(range(1, 12), 2))
    neurons = [
        (rng.choice((Fraction(1, 4), Fraction(-1, 4), Fraction(1, 8))), h, a)
        for h, a in zip(heights, rng.choice(((1, 1), (1, -1), (-1, 1), (-1, -1))), strict=True)
    ]

    def value(h):
        return sum(a * max(0, w * (h - kink)) for w, kink, a in neurons)

    instance = TrainingInstance(2, 2, tuple(sample((0, h), value(h)) for h in range(13)), bias=True)
    positive = sum(a > 0 for _, _, a in neurons)
    assert satisfiable(OF_TRAINING, instance, positive, {"along": 1, "line": list(range(13))})


@pytest.mark.parametrize("seed", range(20))
def test_the_form_admits_every_planted_step(seed):
    """Thresholds that switch exactly on samples, upwards or downwards, which tells z > 0 from z ≥ 0."""
    rng = random.Random(seed)
    neurons = [(rng.choice((-2, 1)), h, rng.choice((-1, 2))) for h in sorted(rng.sample(range(1, 6), 2))]

    def value(h):
        return sum(a * (w * (h - step) > 0) for w, step, a in neurons)

    samples = tuple(sample((0, h), value(h)) for h in range(7))
    instance = TrainingInstance(2, 2, samples, activation="threshold", output="real", bias=True)
    assert satisfiable(OF_TRAINING, instance, 2, {"along": 1, "line": list(range(7))})
