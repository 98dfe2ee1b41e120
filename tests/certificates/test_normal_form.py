"""The normal form of a training set says the same as the training set, and has the formula of what it was made from."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from completeness import check_solvability
from independent import trainable
from meaning import Meaning, unsatisfiable
from networks import every_class
from planted import crowded
from test_words import BASE, held

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Malformed, Rejected, ResourceLimit
from relucert.certificates.normal_form import normal_form, words_of_normal_form
from relucert.reductions.problems.training import (
    LOSSES,
    TRAINING,
    Network,
    TrainingInstance,
    sample,
)

OF_TRAINING = ENCODINGS["training"]
LABELS = (0, 1, -1, 2, Fraction(1, 2), Fraction(1, 3))


def labelled(rng, loss, points=3):
    """Up to three points of up to three labels each, some coordinates of which are 0 everywhere."""
    d = rng.randint(1, 4)
    used = [t for t in range(d) if rng.random() < 0.6]
    xs = {tuple(rng.randint(-1, 1) if t in used else 0 for t in range(d)) for _ in range(rng.randint(0, points))}
    pairs = [(x, y) for x in sorted(xs) for y in rng.choices(LABELS, k=rng.choice((1, 1, 2, 2, 3, 4)))]
    rng.shuffle(pairs)
    samples = tuple(sample(x, y, rng.choice((1, 1, 2, 3))) for x, y in pairs)
    return TrainingInstance(d, rng.randint(1, 2), samples, loss=loss, bias=rng.random() < 0.5)


def loss_at(loss, samples, values):
    """The definition, for values at points; of an exact fit the misses."""
    errors = [(abs(Fraction(values[s.x] - s.y)), s.multiplicity) for s in samples]
    if loss == "linf":
        return max((e for e, _ in errors), default=0)
    power = {"l1": 1, "l2": 2}.get(loss, 0)
    return sum(m * (e**power if e else 0) for e, m in errors)


def asked(loss, samples, threshold, below, values):
    paid = loss_at(loss, samples, values)
    return paid < threshold if below else paid <= threshold


@pytest.mark.parametrize("loss", LOSSES)
def test_the_normal_form_asks_for_the_same_values(loss, record_property):
    """Tried on every choice of values among labels, their means, medians and middles, and what is near them."""
    counts = Counter()
    for seed in range(400):
        rng = random.Random(f"{loss} {seed}")
        instance = labelled(rng, loss, points=2)
        points = sorted({s.x for s in instance.samples})
        labels = {x: sorted({s.y for s in instance.samples if s.x == x}) for x in points}
        means = {
            x: Fraction(sum(s.y * s.multiplicity for s in instance.samples if s.x == x))
            / sum(s.multiplicity for s in instance.samples if s.x == x)
            for x in points
        }
        choices = {x: {*labels[x], means[x], Fraction(labels[x][0] + labels[x][-1]) / 2, means[x] + 1} for x in points}
        grid = [dict(zip(points, v, strict=True)) for v in product(*(sorted(choices[x]) for x in points))]
        paid = [loss_at(loss, instance.samples, values) for values in grid]
        threshold = rng.choice((min(paid), min(paid), rng.choice(paid), min(paid) + Fraction(1, 7)))
        if loss == "exact":
            threshold = 0
        for below in (False, True):
            normal = normal_form(replace(instance, threshold=threshold), below)
            counts["contradiction" if normal is None else normal.instance.loss] += 1
            for values, cost in zip(grid, paid, strict=True):
                wanted = cost < threshold if below else cost <= threshold
                if normal is None:
                    assert not wanted
                    continue
                assert normal.coordinates == tuple(sorted({t for x in points for t, _ in x}))
                renamed = {tuple((normal.coordinates.index(t), v) for t, v in x): y for x, y in values.items()}
                small = normal.instance
                assert asked(small.loss, small.samples, small.threshold, normal.below, renamed) == wanted
    record_property("answers", str(dict(counts)))
    assert counts["contradiction"] >= 100
    assert counts["exact"] >= 50
    assert loss == "exact" or counts[loss] >= 40


def test_small_normal_forms():
    """By hand: means, medians, majorities, middles; ties are no exact fits."""

    def normal(loss, threshold, *labels, below=False):
        samples = tuple(sample([0, 3, 0], y, m) for y, m in labels)
        found = normal_form(TrainingInstance(3, 2, samples, loss=loss, threshold=threshold), below)
        if found is None:
            return None
        assert found.coordinates == (1,)
        assert all(s.x == ((0, 3),) for s in found.instance.samples)
        return (
            found.instance.loss, found.instance.threshold, [(s.y, s.multiplicity) for s in found.instance.samples],
            found.below,
        )  # fmt: skip

    assert normal("l2", 6, (0, 1), (3, 2)) == ("exact", 0, [(2, 1)], False)
    assert normal("l2", 6, (0, 1), (3, 2), below=True) is None
    assert normal("l2", Fraction(59, 10), (0, 1), (3, 2)) is None
    assert normal("l2", 9, (0, 1), (3, 2), below=True) == ("l2", 3, [(2, 3)], True)
    assert normal("l1", 4, (1, 1), (3, 2), (5, 1)) == ("exact", 0, [(3, 1)], False)
    assert normal("l1", 2, (1, 1), (3, 1)) == ("l1", 2, [(1, 1), (3, 1)], False)
    assert normal("l1", 2, (1, 1), (3, 1), below=True) is None
    assert normal("l0", Fraction(7, 2), (1, 3), (0, 2), (1, 1)) == ("l0", 3, [(1, 4), (0, 2)], False)
    assert normal("l0", 2, (1, 3), (0, 2), (1, 1)) == ("exact", 0, [(1, 1)], False)
    assert normal("l0", 3, (1, 3), (0, 2), (1, 1), below=True) == ("exact", 0, [(1, 1)], False)
    assert normal("l0", 2, (1, 2), (0, 2)) == ("l0", 2, [(1, 2), (0, 2)], False)
    assert normal("l0", 2, (1, 2), (0, 2), below=True) is None
    assert normal("linf", 1, (1, 9), (3, 1), (2, 1)) == ("exact", 0, [(2, 1)], False)
    assert normal("linf", 3, (1, 9), (3, 1), below=True) == ("linf", 2, [(2, 1)], True)
    assert normal("exact", 0, (1, 3), (1, 2)) == ("exact", 0, [(1, 1)], False)
    assert normal("exact", 0, (1, 3), (2, 2)) is None
    assert normal("exact", 0, (1, 3), below=True) is None


def test_points_of_different_ranges_are_kept():
    samples = (sample([1], 0), sample([1], 2), sample([2], 5))
    for threshold, kept in ((1, 1), (2, 2)):
        found = normal_form(TrainingInstance(1, 1, samples, loss="linf", threshold=threshold))
        assert found.instance == TrainingInstance(1, 1, samples, loss="linf", threshold=kept)


@pytest.mark.parametrize("loss", LOSSES)
def test_without_samples(loss):
    instance = TrainingInstance(2, 1, (), loss=loss)
    assert normal_form(instance).instance == TrainingInstance(0, 1, ())
    assert normal_form(instance, below=True) is None


@every_class
def test_solutions_satisfy_the_formula_of_the_normal_form(activation, output, loss, record_property):
    counts = Counter()
    for seed in range(60):
        planted = crowded(
            random.Random(f"{activation} {output} {loss} {seed}"), activation=activation, output=output, loss=loss
        )
        counts += check_solvability(OF_TRAINING, planted)
        normal = normal_form(planted.instance)
        counts["exact"] += normal.instance.loss == "exact"
        counts["smaller"] += len(normal.instance.samples) < len(planted.instance.samples)
    record_property("answers", str(dict(counts)))
    assert counts["dict"] >= 60
    assert counts["smaller"] >= 20
    assert counts["exact"] >= (60 if loss == "exact" else 6)
    assert loss == "exact" or counts["below it"] >= 15


@pytest.mark.thorough
def test_a_refuted_normal_form_means_that_nothing_fits(record_property):
    """And the other way round: the formula has exactly the answer of the instance."""
    counts = Counter()
    for seed in range(60):
        rng = random.Random(seed)
        instance = labelled(rng, rng.choice(LOSSES), points=2)
        if instance.loss != "exact":
            instance = replace(instance, threshold=rng.choice((0, 1, 2, Fraction(1, 2), Fraction(3, 4))))
        below = rng.random() < 0.4
        answer = trainable(TRAINING.instance_to_json(instance), below=below)
        formulas = [OF_TRAINING.formula(instance, p, {"normal": None}, below) for p in OF_TRAINING.cases(instance)]
        assert answer == any(not unsatisfiable(Meaning(formula).everything()) for formula in formulas), instance
        counts[answer] += 1
    record_property("answers", f"{counts[True]} YES, {counts[False]} NO")
    assert min(counts.values()) >= 18


def test_words_bound_the_formula_of_the_normal_form():
    for seed in range(100):
        rng = random.Random(seed)
        planted = crowded(rng, activation="relu", output="signs")
        for choice, below in product(planted.choices, (False, True)):
            try:
                formula = OF_TRAINING.formula(planted.instance, 0, choice, below)
            except (Rejected, Malformed):
                continue
            claimed, own = OF_TRAINING.words(planted.instance, choice), words_of_normal_form(planted.instance)
            assert BASE + held(formula) <= claimed
            if not below and formula.atoms:
                assert claimed <= own + 4 * (BASE + held(formula))


WIDE = TrainingInstance(3, 2, tuple(sample([0, h, 0], 0) for h in (1, 2, 3)), output="ones")


@pytest.mark.parametrize(
    ("symmetry", "refusal"),
    [
        ({"normal": {"normal": None}}, Malformed),
        ({"normal": [[1, 1]]}, Malformed),  # the normal form has one coordinate
        ({"normal": {"along": 1, "line": [0]}}, Rejected),
        ({"normal": 1}, Malformed),
        ({"normal": None, "along": 0, "line": []}, Malformed),
    ],
)
def test_bad_choices_are_refused(symmetry, refusal):
    OF_TRAINING.words(WIDE, symmetry)  # comes first in the checker
    with pytest.raises(refusal):
        OF_TRAINING.formula(WIDE, 2, symmetry)


def test_choices_are_about_the_normal_form():
    for inner in (None, [[0, 1]], {"along": 0, "line": [0, 1, 2]}):
        small = OF_TRAINING.formula(normal_form(WIDE).instance, 2, inner)
        assert OF_TRAINING.formula(WIDE, 2, {"normal": inner}) == small


def test_lemmas_may_not_take_the_normal_form():
    with pytest.raises(Rejected, match="normal form"):
        OF_TRAINING.exceptions(WIDE, 2, {"normal": None}, ())


@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_long_denominators_are_refused(loss):
    """Also those that only the sum of the shares has."""
    primes = [10**3990 + 2 * i + 1 for i in range(20)]
    together = tuple(sample([1], Fraction(1, p)) for p in primes)
    apart = tuple(sample([i], y) for i, p in enumerate(primes) for y in (0, Fraction(1, p)))
    for samples in (together, apart):
        with pytest.raises(ResourceLimit):
            normal_form(TrainingInstance(1, 1, samples, loss=loss, threshold=1))


@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_sums_are_of_integers(loss, monkeypatch):
    """A sum of fractions takes a common divisor of two long numbers for each of them: minutes, from a small file."""
    sums, new = [], Fraction.__new__
    monkeypatch.setattr(Fraction, "__new__", lambda cls, *given, **how: sums.append(given) or new(cls, *given, **how))
    primes = [p for p in range(2, 700) if all(p % q for q in range(2, p))]
    for count in (20, len(primes)):
        samples = [sample([x], Fraction(i + 1, p)) for x in (1, 2, 3) for i, p in enumerate(primes[:count])]
        sums.clear()
        assert normal_form(TrainingInstance(1, 1, tuple(samples), loss=loss, threshold=10**9)) is not None
        assert 3 <= len(sums) <= 20, len(sums)


def test_restricting_and_extending():
    normal = normal_form(WIDE)
    net = Network(((7, 1, 5), (0, 2, 0)), (0, 0), (1, 1))
    small = normal.restrict(net)
    assert small.weights == ((1,), (2,))
    assert normal.extend(small).weights == ((0, 1), (0, 2))
