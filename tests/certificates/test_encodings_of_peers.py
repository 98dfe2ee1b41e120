"""What other programs are asked in benchmarks/peers is the question: compared with a direct statement in Z3."""

import random
from fractions import Fraction

import pytest
import z3
from independent import trainable

from benchmarks.peers.ask import highs
from benchmarks.peers.encodings import cases, if_terms, literals, mixed_integer
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample

pytestmark = pytest.mark.thorough

KINDS = [
    {"output": "signs", "bias": True},
    {"output": "ones", "bias": False},
    {"output": "signs", "bias": True, "activation": "threshold"},
    {"output": "ones", "bias": False, "activation": "threshold", "loss": "l0", "threshold": 1},
    {"output": "signs", "bias": False, "loss": "l1", "threshold": Fraction(3, 2)},
    {"output": "ones", "bias": True, "loss": "linf", "threshold": Fraction(1, 4)},
    {"output": "ones", "bias": False, "loss": "l0", "threshold": 1},
]
SQUARES = [
    {"output": "ones", "bias": False, "loss": "l2", "threshold": Fraction(3, 2)},
    {"output": "ones", "bias": False, "norm_bound": Fraction(3, 2)},
]


def drawn(rng, kind, neurons):
    xs = rng.sample([(a, b) for a in range(-2, 3) for b in range(-2, 3)], 4 if kind in SQUARES else 5)
    low = 0 if kind["output"] == "ones" else -1
    found = [sample(x, rng.randint(low, 2), rng.choice((1, 1, 2))) for x in xs]
    return TrainingInstance(2, neurons, tuple(found), **kind)


def satisfiable(text):
    solver = z3.Solver()
    solver.from_string(text)
    answer = solver.check()
    assert answer != z3.unknown
    return answer == z3.sat


@pytest.mark.parametrize("kind", [*KINDS, *SQUARES], ids=lambda kind: " ".join(map(str, kind.values())))
def test_encodings_agree_with_the_oracle(kind):
    rng, answers = random.Random(5), set()
    for i in range(8):
        instance = drawn(rng, kind, 1 if kind in SQUARES else 1 + i % 2)
        expected = trainable(TRAINING.instance_to_json(instance))
        answers.add(expected)
        assert any(satisfiable(literals(instance, p)) for p in cases(instance)) == expected
        assert satisfiable(if_terms(instance)) == expected
        if kind in KINDS:
            assert any(highs(mixed_integer(instance, p))[0] == "optimal" for p in cases(instance)) == expected
    assert answers == {True, False}


@pytest.mark.parametrize("kind", SQUARES, ids=["l2", "norm"])
def test_squares_of_mixed_integer_programs_agree_with_the_oracle(kind):
    """By SCIP, if it is installed; HiGHS says that it has none."""
    rng = random.Random(6)
    instances = [drawn(rng, kind, 1) for _ in range(8)]
    assert highs(mixed_integer(instances[0], 1))[0] == "it has no quadratic constraints"
    pytest.importorskip("pyscipopt")
    from benchmarks.peers.ask import scip

    for instance in instances:
        expected = trainable(TRAINING.instance_to_json(instance))
        assert (scip(mixed_integer(instance, 1))[0] == "optimal") == expected
