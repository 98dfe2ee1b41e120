"""Engines against each other and against the oracle of `independent`; and engines that lie, at random, about anything.

An engine is a prover with the algorithms that stand before it: guesses, Theorem 10, dichotomies, branch and bound,
cones of weights. Two searches are for the targets of one theorem each, ramps and gadgets in the plane; these are too
large for the oracle and have tests of their own.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from random import Random

import pytest
from independent import Undecided, has_network, has_solution
from seeds import INSTANCES, training

from relucert.certificates.kernel import Rup
from relucert.certificates.writer import No, RefutedCase, Yes
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.training import LOSSES, TRAINING, Network, TrainingInstance, loss_of, sample
from relucert.verify import jobs
from relucert.verify.certify import CertificateRefused, certify_instance, certify_minimum
from relucert.verify.decide import decide, find
from relucert.verify.jobs import racing
from relucert.verify.limits import Watch
from relucert.verify.optimum import Minimum, minimum
from relucert.verify.problems import training as training_search
from relucert.verify.provers import EXACT, branches, convex, dichotomies, halfspaces, misfits, provers_for
from relucert.verify.provers.base import Deadline, Model, Refutation, Unknown
from relucert.verify.provers.unit_ball_search import UnitBallSearch

pytestmark = pytest.mark.thorough

ENGINES = {"z3": provers_for(TRAINING, "z3")[0], "lp": provers_for(TRAINING, "lp")[0], "exact": EXACT}
WORK = 3_000_000  # of an engine for one instance
FINDING = 60_000  # of one that only finds networks


def certified(engine, problem, instance):
    found = certify_instance(problem, instance, lambda p, one: decide(p, one, engine, Deadline(work=WORK)))
    return found if isinstance(found, Unknown) else found.verdict.answer


# ------------------------------------------------------------------------------------------------- random training sets


def random_points(rng, count, d, far=4):
    """Different ones."""
    places = [[*p] for p in product(range(-far, far + 1), repeat=d)]
    return rng.sample(places, min(count, len(places)))


def random_network(rng, k, d, bias=True, output="signs"):
    return Network(
        tuple(tuple(rng.randint(-2, 2) for _ in range(d)) for _ in range(k)),
        tuple(rng.randint(-2, 2) * bias for _ in range(k)),
        tuple(1 if output == "ones" else rng.choice((1, 1, -1)) for _ in range(k)),
    )


def values(net, points, activation="relu", alpha=None):
    return [net([*enumerate(x)], activation, alpha) for x in points]


def samples_of(rng, points, labels, heaviest=2):
    return tuple(sample(x, y, rng.choice((1, 1, heaviest))) for x, y in zip(points, labels, strict=True))


def changed(rng, labels, most=1):
    """With so many of them one more or less."""
    labels = [*labels]
    for i in rng.sample(range(len(labels)), most):
        labels[i] += rng.choice((-1, 1))
    return labels


def of_every_class(rng):
    """A few points in few places, labels by chance or of a network of the class, with some changed; every class."""
    activation = rng.choice(("relu", "relu", "relu", "threshold", "leaky-relu"))
    loss = rng.choice(("exact", "exact", *LOSSES[1:]))
    k, d = rng.choice((1, 1, 2)), rng.choice((1, 1, 2))
    bias = rng.random() < 0.5
    points = [[rng.randint(-3, 3) for _ in range(d)] for _ in range(rng.randint(2, 5 if k == 1 else 4))]
    output = rng.choice(("ones", "signs", "real"))
    net = random_network(rng, k, d, bias, output)
    alpha = Fraction(1, 3) if activation == "leaky-relu" else None
    planted = rng.random() < 0.5
    labels = [
        value if planted and rng.random() < 0.9 else rng.randint(-2, 3)
        for value in values(net, points, activation, alpha)
    ]
    theta = {"exact": 0, "l0": rng.randint(0, 3)}.get(loss, Fraction(rng.randint(0, 6), rng.choice((1, 2, 3))))
    return TrainingInstance(
        d, k, samples_of(rng, points, labels), activation=activation, output=output, bias=bias, loss=loss,
        threshold=theta,
        clip=rng.choice((None, None, None, (0, 1), (-1, 2))),
        norm_bound=rng.choice((1, Fraction(3, 2))) if rng.random() < 0.1 and output != "real" else None,
        alpha=alpha,
    )  # fmt: skip


def in_general_position(rng):
    """More samples than weights, or about as many, for two or three ReLUs: of a network, or one label is changed."""
    k, d = rng.choice(((2, 1), (2, 2), (2, 2), (3, 1), (2, 3)))
    bias = d < 3
    weights = k * (d + bias)
    count = rng.randint(weights, weights + 2)
    points = random_points(rng, count, d)
    labels = values(random_network(rng, k, d, bias), points)
    kind = rng.choice(("planted", "changed", "changed", "drawn"))
    if kind == "changed":
        labels = changed(rng, labels, 2)
    elif kind == "drawn":
        labels = [rng.randint(-2, 3) for _ in points]
    return TrainingInstance(d, k, samples_of(rng, points, labels), bias=bias)


def of_equal_output_weights(rng):
    """Many samples for two or three ReLUs whose output weights are 1: of a network, or one label is changed."""
    k, d, bias = rng.choice(((2, 1, True), (2, 1, True), (2, 2, False), (2, 2, False), (3, 2, False), (2, 2, True)))
    points = random_points(rng, 4 * k * (d + bias), d, far=8 if d == 1 else 3)
    labels = values(random_network(rng, k, d, bias, "ones"), points)
    if rng.random() < 0.6:
        labels = changed(rng, labels)
    labels = [max(0, y) for y in labels]
    return TrainingInstance(d, k, samples_of(rng, points, labels), output="ones", bias=bias)


def of_errors(rng):
    """As many samples as branch and bound is for, and a threshold around what a network has that is nearly planted."""
    loss = rng.choice(("l1", "l2", "linf"))
    small = ((1, 1, False), (1, 1, True), (1, 2, False))
    k, d, bias = rng.choice(small if loss == "l2" else (*small, (2, 1, False), (1, 2, True), (2, 1, True)))
    points = random_points(rng, 4 * k * (d + bias), d, far=8 if d == 1 else 3)
    output = rng.choice(("ones", "signs"))
    net = random_network(rng, k, d, bias, output)
    one = TrainingInstance(
        d, k, samples_of(rng, points, changed(rng, values(net, points), rng.randint(1, 3))),
        output=output, bias=bias, loss=loss, threshold=0,
    )  # fmt: skip
    threshold = loss_of(one, net) * rng.choice((1, 1, 1, Fraction(3, 4), Fraction(1, 8)))
    return replace(one, threshold=threshold)


def of_misfits(rng):
    """One or two ReLUs that may leave out samples: of a network, with some labels changed."""
    k, d = rng.choice(((1, 1), (1, 2), (2, 1)))
    bias, output = rng.random() < 0.7, rng.choice(("ones", "signs"))
    points = random_points(rng, rng.randint(5, 7), d)
    labels = changed(rng, values(random_network(rng, k, d, bias, output), points), rng.randint(1, 5))
    samples = samples_of(rng, points, labels)
    return TrainingInstance(d, k, samples, output=output, bias=bias, loss="l0", threshold=rng.choice((1, 1, 2)))


def of_half_spaces(rng):
    """Labels of a half-space, with some changed: 0 and 1 for one threshold, ±1 for the sign of two ReLUs."""
    d = rng.choice((1, 2))
    points = random_points(rng, rng.randint(6, 7 if d == 1 else 10), d, far=3)
    labels = values(random_network(rng, 1, d, output="ones"), points, "threshold")
    if rng.random() < 0.7:
        labels = [rng.randint(0, 1) for _ in points]
    theta = rng.choice((1, 1, 2))  # 0 is an exact fit
    if rng.random() < 0.5:
        return TrainingInstance(
            d, 1, samples_of(rng, points, labels), activation="threshold", output="ones", bias=True, loss="l0",
            threshold=theta,
        )  # fmt: skip
    signs = samples_of(rng, points, [2 * y - 1 for y in labels])
    return TrainingInstance(d, 2, signs, bias=True, loss="l0", threshold=theta, clip=(-1, 1))


def of_thresholds(rng):
    """Sums of thresholds on a few points."""
    k, d = rng.choice(((1, 2), (2, 1), (2, 2), (3, 1)))
    bias, output = rng.random() < 0.7, rng.choice(("ones", "signs", "real"))
    points = random_points(rng, rng.randint(3, 6), d, far=3)
    labels = values(random_network(rng, k, d, bias, output), points, "threshold")
    labels = changed(rng, labels, rng.randint(0, 3))
    loss, theta = rng.choice((("exact", 0), ("exact", 0), ("l0", 1), ("l1", Fraction(1, 2)), ("linf", Fraction(1, 3))))
    samples = samples_of(rng, points, labels)
    return TrainingInstance(d, k, samples, activation="threshold", output=output, bias=bias, loss=loss, threshold=theta)


def in_a_ball(rng):
    """One or two ReLUs of bounded norm, some in the unit ball with squared errors, which have a proof of their own."""
    k, d, loss = rng.choice(((1, 1, "l2"), (1, 2, "l2"), (1, 2, "l2"), (2, 1, "exact"), (1, 2, "l1"), (1, 2, "linf")))
    bias = loss != "l2" and rng.random() < 0.5
    points = [x for x in random_points(rng, rng.randint(2, 5), d, far=2) if any(x)]
    net = Network(tuple(tuple(Fraction(rng.randint(-3, 3), 5) for _ in range(d)) for _ in range(k)), (0,) * k, (1,) * k)
    labels = [value + rng.choice((0, 0, 1)) for value in values(net, points)]
    theta = 0 if loss == "exact" else Fraction(rng.randint(0, 2), 8)
    bound = 1 if loss == "l2" else rng.choice((1, Fraction(1, 2)))
    samples = samples_of(rng, points, labels)
    return TrainingInstance(d, k, samples, output="ones", bias=bias, loss=loss, threshold=theta, norm_bound=bound)


def of_colorings(rng):
    """Targets of small graphs: their activations follow from labels and few samples."""
    n = rng.choice((3, 4))
    pairs = [*combinations(range(n), 2)]
    graph = coloring(n, rng.sample(pairs, rng.randint(2, len(pairs))), 2)
    return CATALOGUE[rng.choice(("coloring-to-relu-sum", "coloring-to-relu-network"))]().reduce(graph)


KINDS = (
    of_every_class, of_every_class, in_general_position, in_general_position, of_equal_output_weights,
    of_equal_output_weights, of_errors, of_misfits, of_half_spaces, of_thresholds, in_a_ball, of_colorings,
)  # fmt: skip

# ------------------------------------------------------------------------------------------------------------ agreement


def by_loss(instance):
    return f", {instance.loss}"


def by_neurons(instance):
    return ", k = 1" if instance.neurons == 1 else ", k > 1"


def together(_instance):
    return ""


WATCHED = (
    ("Theorem 10", convex, "decide_case", by_neurons),
    ("dichotomies", dichotomies, "by_dichotomies", together),
    ("circuits alone", dichotomies, "by_circuits_alone", together),
    ("activations alone", training_search, "by_activations_alone", together),
    ("branch and bound", branches, "decide_case", by_loss),
    ("misfits", misfits, "decide_case", by_neurons),
    ("half-spaces", halfspaces, "decide_case", by_neurons),
    ("unit ball", UnitBallSearch, "derive", together),
)
ANSWERS = {Network: "YES", Model: "YES", RefutedCase: "NO", Refutation: "NO"}
FINDERS = ("finder", "glance")
ONLY_NO = ("circuits alone", "unit ball")
MET = (
    *ENGINES, "auto", "race", *FINDERS, "Theorem 10, k = 1", "Theorem 10, k > 1", "dichotomies", "circuits alone",
    "activations alone", *(f"branch and bound, {loss}" for loss in ("l1", "l2", "linf")),
    "misfits, k = 1", "misfits, k > 1", "half-spaces, k = 1", "half-spaces, k > 1", "unit ball",
)  # fmt: skip
FEWEST = 3  # instances of either answer of each of these
TURNS = 6  # rounds of which one asks as a command does besides, and one all provers in processes at once


def watch(patch):
    """The searches that stand before a prover with what each answers about a case, from now on."""
    heard = set()

    def listening(name, search, kind):
        def asked(*about):
            found = search(*about)
            answer = ANSWERS.get(type(found))
            if type(found) is tuple and found[1]:  # steps to the empty clause
                answer = "NO"
            heard.update((name + kind(one), answer) for one in about if isinstance(one, TrainingInstance))
            return found

        return asked

    for name, owner, function, kind in WATCHED:
        patch.setattr(owner, function, listening(name, getattr(owner, function), kind))
    return heard


def certified_by_all(instance):
    """As `relucert certify` does it."""
    found = certify_instance(TRAINING, instance, racing("auto", Watch(60)))
    return found if isinstance(found, Unknown) else found.verdict.answer


def found_by(name, instance):
    """YES if one of those that only find networks finds one that the problem accepts."""
    found = find(TRAINING, instance, Deadline(work=FINDING), quickly=name == "glance")
    return "YES" if isinstance(found, Yes) else found


def require_agreement(count, seed, shares, patch, show):
    """All engines that answer agree with the oracle; both answers occur, and few instances are left open.

    Returns how many instances had which answer of each engine, finder and search.
    """
    rng, answers, left, answered = Random(seed), Counter(), Counter(), {name: Counter() for name in MET}
    heard, drawn = watch(patch), 0
    while answers.total() < count:
        instance = KINDS[drawn % len(KINDS)](rng)
        drawn += 1
        try:
            expected = "YES" if has_network(TRAINING.instance_to_json(instance), False, None) else "NO"
        except Undecided:
            left["oracle"] += 1
            continue
        answers[expected] += 1
        heard.clear()
        found = {name: certified(engine, TRAINING, instance) for name, engine in ENGINES.items()}
        turn = drawn // len(KINDS) % TURNS
        if turn == 0:
            found["auto"] = certified_by_all(instance)
        elif turn == TURNS // 2:
            with patch.context() as changes:
                changes.setattr(jobs, "decide_small", lambda *_: None)
                found["race"] = certified_by_all(instance)
        left.update(name for name, answer in found.items() if isinstance(answer, Unknown))
        found |= {name: found_by(name, instance) for name in FINDERS}
        for name, answer in found.items():
            if not isinstance(answer, Unknown):
                assert answer == expected, (name, instance)
                answered[name][answer] += 1
        for name, answer in heard:  # of a case; this is the answer if all others are none
            if answer == expected:
                answered[name][answer] += 1
    show("engines", "; ".join(f"{name} {of['YES']} YES {of['NO']} NO" for name, of in answered.items()))
    assert all(number <= count // 10 for number in left.values()), left
    shares(answers["YES"], answers["NO"])
    return answered


def test_engines_agree(shares, monkeypatch, record_property):
    require_agreement(24, "engines", shares, monkeypatch, record_property)


@pytest.mark.slow
def test_engines_agree_on_1000_training_sets(shares, monkeypatch, record_property):
    """And each engine and each search has either answer to some of them, if it can have it."""
    answered = require_agreement(1000, "1000 engines", shares, monkeypatch, record_property)
    for name, of in answered.items():
        assert name in ONLY_NO or of["YES"] >= FEWEST, (name, answered)
        assert name in FINDERS or of["NO"] >= FEWEST, (name, answered)


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
