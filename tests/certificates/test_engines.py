"""Engines against each other and against the oracle of `independent`; and engines that lie, at random, about anything.

An engine is a prover with the algorithms that stand before it: guesses, Theorem 10, branch and bound, cones of weights.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from random import Random

import pytest
from independent import Undecided, has_network, has_solution
from seeds import INSTANCES, training

from relucert.certificates.kernel import Rup
from relucert.certificates.writer import No, RefutedCase, Yes
from relucert.reductions import PROBLEMS
from relucert.reductions.problems.training import LOSSES, TRAINING, Network, TrainingInstance, sample
from relucert.verify.certify import CertificateRefused, certify_instance, certify_minimum
from relucert.verify.decide import decide
from relucert.verify.optimum import Minimum, minimum
from relucert.verify.provers import EXACT, provers_for
from relucert.verify.provers.base import Deadline, Model, Refutation, Unknown

pytestmark = pytest.mark.thorough

ENGINES = {"z3": provers_for(TRAINING, "z3")[0], "lp": provers_for(TRAINING, "lp")[0], "exact": EXACT}
WORK = 3_000_000  # of an engine for one instance


def certified(engine, problem, instance):
    found = certify_instance(problem, instance, lambda p, one: decide(p, one, engine, Deadline(work=WORK)))
    return found if isinstance(found, Unknown) else found.verdict.answer


# ------------------------------------------------------------------------------------------------- random training sets


def random_instance(rng):
    """A few points in few places, labels by chance or of a network of the class, with some changed; every class."""
    activation = rng.choice(("relu", "relu", "relu", "threshold", "leaky-relu"))
    loss = rng.choice(("exact", "exact", *LOSSES[1:]))
    k, d = rng.choice((1, 1, 2)), rng.choice((1, 1, 2))
    bias = rng.random() < 0.5
    many = k == d == 1 and loss != "exact"  # enough for branch and bound
    count = rng.randint(8 if bias else 4, 9) if many else rng.randint(2, 5 if k == 1 else 4)
    points = [[rng.randint(-3, 3) for _ in range(d)] for _ in range(count)]
    output = rng.choice(("ones", "signs", "real"))
    net = Network(
        tuple(tuple(rng.randint(-2, 2) for _ in range(d)) for _ in range(k)),
        tuple(rng.randint(-2, 2) * bias for _ in range(k)),
        tuple(1 if output == "ones" else rng.choice((1, 1, -1)) for _ in range(k)),
    )
    alpha = Fraction(1, 3) if activation == "leaky-relu" else None
    planted = rng.random() < 0.5
    labels = [
        net([*enumerate(x)], activation, alpha) if planted and rng.random() < 0.9 else rng.randint(-2, 3)
        for x in points
    ]
    if loss == "l0" and activation == "threshold" and rng.random() < 0.7:
        k, output, bias, labels = 1, "ones", True, [int(y > 0) for y in labels]
    samples = tuple(sample(x, y, rng.choice((1, 1, 2))) for x, y in zip(points, labels, strict=True))
    theta = {"exact": 0, "l0": rng.randint(0, 3)}.get(loss, Fraction(rng.randint(0, 6), rng.choice((1, 2, 3))))
    return TrainingInstance(
        d, k, samples, activation=activation, output=output, bias=bias, loss=loss, threshold=theta,
        clip=rng.choice((None, None, None, (0, 1), (-1, 2))),
        norm_bound=rng.choice((1, Fraction(3, 2))) if rng.random() < 0.1 and output != "real" else None,
        alpha=alpha,
    )  # fmt: skip


def require_agreement(count, seed, shares):
    """All engines that answer agree with the oracle; both answers occur, and few instances are left open."""
    rng, answers, left = Random(seed), Counter(), Counter()
    while answers.total() < count:
        instance = random_instance(rng)
        try:
            expected = "YES" if has_network(TRAINING.instance_to_json(instance), False, None) else "NO"
        except Undecided:
            left["oracle"] += 1
            continue
        answers[expected] += 1
        for name, engine in ENGINES.items():
            found = certified(engine, TRAINING, instance)
            if isinstance(found, Unknown):
                left[name] += 1
            else:
                assert found == expected, (name, instance)
    assert all(number <= count // 10 for number in left.values()), left
    shares(answers["YES"], answers["NO"])


def test_engines_agree(shares):
    require_agreement(20, "engines", shares)


@pytest.mark.slow
def test_engines_agree_on_1000_training_sets(shares):
    require_agreement(1000, "1000 engines", shares)


# ----------------------------------------------------------------------------------------------------------------- lies


def damaged(value, rng):
    """Something else of the same kind: one number, one element or one field, anywhere inside, is not what it was."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | Fraction):
        return rng.choice((value + 1, value - 1, -value, 2 * value, 0))
    if is_dataclass(value):
        field = rng.choice(fields(value)).name
        return replace(value, **{field: damaged(getattr(value, field), rng)})
    if hasattr(value, "_fields") and rng.random() < 0.8:
        field = rng.choice(value._fields)
        return value._replace(**{field: damaged(getattr(value, field), rng)})
    if isinstance(value, Mapping):
        if not value:
            return {0: 1}
        key = rng.choice(list(value))
        return {**value, key: damaged(value[key], rng)}
    if isinstance(value, frozenset):
        return value ^ {rng.randint(1, 9)}
    if isinstance(value, tuple | list):
        parts, at = list(value), rng.randrange(len(value) + 1)
        kind = rng.choice(("inside", "inside", "inside", "drop", "repeat", "swap"))
        if at == len(parts) or kind == "repeat":
            parts.insert(at, parts[at - 1] if parts else 1)
        elif kind == "drop":
            del parts[at]
        elif kind == "swap":
            other = rng.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
        else:
            parts[at] = damaged(parts[at], rng)
        return tuple(parts)
    return value if value is None else rng.randint(0, 2)


@dataclass
class Liar:
    """A prover that says something else than an honest one: the opposite, or the same with something changed."""

    honest: object
    rng: Random
    lies: int = 0

    @property
    def name(self):
        return self.honest.name

    def solve(self, formula, deadline):
        answer, kind = self.honest.solve(formula, deadline), self.rng.randrange(4)
        if kind == 0 or isinstance(answer, Unknown):
            return answer
        self.lies += 1
        if kind == 1:
            if isinstance(answer, Model):
                contradiction = Rup(formula.last_id + 1, (), tuple(self.rng.sample(sorted(formula.clauses), 1)))
                return Refutation((contradiction,) * self.rng.randrange(2))
            reals = {v: Fraction(self.rng.randint(-2, 2)) for v in range(9)}
            return Model(reals, frozenset(a for a in formula.atoms if self.rng.random() < 0.5))
        return damaged(answer, self.rng)


def accepted(outcomes, certify, *about):
    """What is accepted, or None. Whatever a lie breaks on its way to the checker, nothing is accepted."""
    try:
        found = certify(*about)
    except CertificateRefused:
        outcomes["refused"] += 1
    except Exception as broken:
        outcomes[type(broken).__name__] += 1
    else:
        if not isinstance(found, Unknown):
            outcomes["accepted"] += 1
            return found
        outcomes["unknown"] += 1
    return None


def small_questions():
    """Instances of all problems, and training sets of all losses, with their answers by the oracle."""
    shown = [(problem, instance) for problem, instances in INSTANCES.items() for instance in instances]
    for loss in LOSSES:
        for theta in {"exact": (0,), "l0": (0, 1)}.get(loss, ("1/9", 3)):
            one = training("relu", "signs", loss, [(1, 1, 1), (2, 3, 1), (-1, 1, 2)], threshold=theta, bias=True)
            shown.append(("training", TRAINING.instance_to_json(one)))
    questions = []
    for name, instance in shown:
        answer = "YES" if has_solution(name, instance) else "NO"
        questions.append((PROBLEMS[name], PROBLEMS[name].instance_from_json(instance), answer))
    return questions


def require_no_lie_accepted(rounds, seed):
    rng, outcomes, lies, answers = Random(seed), Counter(), Counter(), Counter()
    for problem, instance, expected in small_questions():
        answers[expected] += 1
        for prover in [*provers_for(problem), *([EXACT] if problem is TRAINING else [])]:
            for _ in range(rounds):
                liar = Liar(prover, rng)
                found = accepted(outcomes, certified, liar, problem, instance)
                lies[prover.name] += liar.lies
                assert found in (None, expected), (prover.name, instance)
    assert min(answers.values()) >= 0.3 * answers.total()
    assert {"z3", "lp", "sat"} <= lies.keys()
    assert min(outcomes["refused"], outcomes["unknown"], outcomes["accepted"]) > 0


def test_a_prover_that_lies_gets_nothing_accepted():
    require_no_lie_accepted(1, "liars")


@pytest.mark.slow
def test_thousands_of_lies_get_nothing_accepted():
    require_no_lie_accepted(20, "liars")


def certified_lie(problem, instance, honest, rng):
    lie = damaged(honest, rng)
    if rng.random() < 0.1:
        lie = No((RefutedCase(0, None, (Rup(2, (), (1,)),)),)) if isinstance(honest, Yes) else Yes([])
    return certify_instance(problem, instance, lambda *_: lie).verdict.answer


def require_no_lie_about_answers(count, seed):
    """The same of whole answers, whichever algorithm has found them: witnesses, cases, symmetries, steps."""
    rng, outcomes = Random(seed), Counter()
    for problem, instance, expected in small_questions():
        prover = provers_for(problem)[-1]
        honest = decide(problem, instance, prover, Deadline(work=WORK))
        assert (expected == "YES") == isinstance(honest, Yes)
        for _ in range(count):
            found = accepted(outcomes, certified_lie, problem, instance, honest, rng)
            assert found in (None, expected)
    assert outcomes["refused"] > outcomes["accepted"]


def test_answers_that_are_lies_are_not_accepted():
    require_no_lie_about_answers(6, "answers")


@pytest.mark.slow
def test_thousands_of_answers_that_are_lies_are_not_accepted():
    require_no_lie_about_answers(200, "answers")


def certified_lie_about_a_minimum(found, rng):
    part = rng.choice(("instance", "reached", "below"))
    if part == "instance":
        lie = replace(found, instance=replace(found.instance, threshold=damaged(found.value, rng)))
    else:
        lie = replace(found, **{part: damaged(getattr(found, part), rng)})
    certify_minimum(lie)
    return lie.value


def require_no_lie_about_minima(count, seed):
    rng, outcomes = Random(seed), Counter()
    samples = [(1, 1, 1), (2, 3, 1), (-1, 1, 2), (3, -1, 1), (0, 2, 1)]
    tried = [training("relu", "signs", loss, samples, bias=True) for loss in LOSSES[1:]]
    tried.append(training("threshold", "ones", "l0", [(x, x % 2, 1) for x in range(4)], bias=True))
    signs = [(x, 2 * (x % 2) - 1, 1) for x in range(4)]
    tried.append(training("relu", "signs", "l0", signs, neurons=2, bias=True, clip=[-1, 1]))
    for instance in tried:
        found = minimum(instance, ENGINES["lp"], Deadline(work=WORK))
        assert isinstance(found, Minimum)
        assert found.value > 0
        for _ in range(count):
            assert accepted(outcomes, certified_lie_about_a_minimum, found, rng) in (None, found.value)
    assert outcomes["refused"] > outcomes["accepted"]


def test_minima_that_are_lies_are_not_accepted():
    require_no_lie_about_minima(30, "minima")


@pytest.mark.slow
def test_thousands_of_minima_that_are_lies_are_not_accepted():
    require_no_lie_about_minima(1000, "minima")
