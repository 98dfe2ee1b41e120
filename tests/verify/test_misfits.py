"""The least number of samples that one or two ReLUs do not fit: against Z3's optimiser, and with seeded bugs."""

from dataclasses import replace
from fractions import Fraction
from random import Random

import numpy as np
import pytest
from least import come_to_nothing, find, require_the_least, right_values
from test_optimum import least_by_z3

from relucert.certificates.writer import RefutedCase
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, loss_of, sample
from relucert.verify.certify import certify_bounds, certify_instance, certify_minimum
from relucert.verify.optimum import Minimum
from relucert.verify.problems import SEARCHES
from relucert.verify.problems.training import has_misfits
from relucert.verify.provers import misfits
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.testing.laws import decide_in_process

pytestmark = pytest.mark.thorough


def random_instance(rng):
    """Few different points and labels, so that equations depend on each other, and labels contradict each other."""
    k = rng.choice((1, 1, 2))
    d = rng.choice((1, 2, 2, 3) if k == 1 else (1, 2))
    samples = [
        sample(
            [Fraction(rng.randint(-2, 2), rng.choice((1, 1, 2))) for _ in range(d)],
            rng.choice((0, 0, 1, 2, -1, Fraction(1, 2))),
            rng.choice((1, 1, 3)),
        )
        for _ in range(rng.randint(2, 8 if k == 1 else 5))
    ]
    output = rng.choice(("ones", "signs", "real"))
    return TrainingInstance(d, k, tuple(samples), output=output, bias=rng.random() < 0.6, loss="l0")


def random_instances(count, seed):
    rng = Random(seed)
    return [random_instance(rng) for _ in range(count)]


def least_of_signs(instance):
    """Real output weights are as good as ±1."""
    return least_by_z3(replace(instance, output="signs") if instance.output == "real" else instance)


def test_the_least_number_of_misfits():
    require_the_least(random_instances(20, "misfits"), least_of_signs)


@pytest.mark.slow
def test_400_least_numbers_of_misfits():
    require_the_least(random_instances(400, "400 misfits"), least_of_signs)


def unlike(m, k, seed):
    """Labels that have nothing to do with the points."""
    rng = Random(f"unlike {m} {k} {seed}")
    points = ([rng.randint(-9, 9) for _ in range(2)] for _ in range(m))
    samples = tuple(sample(x, rng.randint(-9, 9)) for x in points)
    return TrainingInstance(2, k, samples, output="signs", bias=True, loss="l0")


def test_no_more_outliers_than_were_put_there():
    """One ReLU, and four labels of forty changed; eight points of it determine it, and all others agree."""
    rng = Random("outliers")
    samples = []
    for i in range(40):
        x = [rng.randint(-9, 9) for _ in range(3)]
        y = max(0, 2 * x[0] - x[1] + x[2] + 5)
        samples.append(sample(x, y if i >= 4 else y + 1 + i))
    found = find(TrainingInstance(3, 1, tuple(samples), bias=True, loss="l0"))
    assert isinstance(found, Minimum)
    assert found.value == 4
    assert found.reached.witness == Network(((2, -1, 1),), (5,), (1,))
    assert certify_minimum(found).verdict.verdict == "accepted"


def test_what_is_known_when_the_work_is_done():
    instance = unlike(12, 1, 0)
    least = find(instance).value
    found = find(instance, Deadline(work=20_000))
    assert isinstance(found, Unknown)
    (bounds,) = found.found
    assert 0 < bounds.lower < least <= bounds.upper
    assert certify_bounds(bounds).verdict.verdict == "accepted"


@pytest.mark.parametrize("k", [1, 2])
def test_thresholds_are_decided_by_the_same_search(k):
    instance = unlike(9 if k == 1 else 8, k, 0)
    least = find(instance).value
    assert least >= 2
    one = replace(instance, threshold=least - 1)
    assert isinstance(SEARCHES["training"].by_algorithm(one, 1, "lp", Deadline()), RefutedCase)
    answers = [
        certify_instance(TRAINING, replace(instance, threshold=most), decide_in_process).verdict.answer
        for most in (least + 1, least, least - Fraction(1, 2), 1)
    ]
    assert answers == ["YES", "YES", "NO", "NO"]


def test_which_training_sets_have_misfits():
    instance = unlike(6, 2, 0)
    assert has_misfits(instance)
    for other in ({"loss": "l1"}, {"neurons": 3}, {"clip": (0, 1)}, {"activation": "threshold"},
                  {"norm_bound": 1}, {"dimension": 8}, {"activation": "leaky-relu", "alpha": 0}):  # fmt: skip
        assert not has_misfits(replace(instance, **other))


def test_counts_of_misses_are_narrowed_to_integers():
    """Of a class without a search of its own: the labels 1 and 0 alternate, and one clipped ReLU misses one of them."""
    samples = tuple(sample([x], x % 2) for x in range(4))
    instance = TrainingInstance(1, 1, samples, bias=True, clip=(0, 1), loss="l0")
    assert not has_misfits(instance)
    found = find(instance, gap=Fraction(1, 10))
    assert isinstance(found, Minimum)
    assert found.value == 1
    assert certify_minimum(found).verdict.verdict == "accepted"


# --------------------------------------------------------------------------------------------------------- seeded bugs

TRIED = [*random_instances(6, "bugs"), unlike(9, 1, 1), unlike(7, 2, 2)]


@pytest.fixture(scope="module")
def right():
    return right_values(TRIED)


def what_depends_is_missed(monkeypatch):
    """A sample whose point depends on the fitted ones is missed, whatever its label is."""
    through = misfits.Tree.through

    def forced(tree, part):
        fitted = np.flatnonzero(part.state == misfits.FITTED).tolist()
        if tree.k > 1 or len(fitted) < tree.width:
            return []
        return [(i, tuple(fitted)) for i in np.flatnonzero(part.state == misfits.OPEN).tolist()]

    monkeypatch.setattr(misfits.Tree, "forced", forced)
    monkeypatch.setattr(
        misfits.Tree, "through", lambda tree, fitted, i: through(tree, fitted, i) or tree.hopeless_of(i)
    )
    monkeypatch.setattr(
        misfits.Tree, "hopeless_of",
        lambda tree, i: misfits.Dual(Fraction(1), [int(i == q) for q in range(tree.m)], {}, Fraction(1)), raising=False,
    )  # fmt: skip


def circuits_are_believed(monkeypatch):
    """Two samples that are fitted are a circuit."""

    def is_circuit(tree, part):
        fitted = np.flatnonzero(part.state == misfits.FITTED).tolist()
        if len(fitted) < 2:
            return right_one(tree, part)
        part.proof = misfits.Dual(Fraction(1), [int(i in fitted) for i in range(tree.m)], {}, Fraction(1))
        return True

    right_one = misfits.Tree.is_circuit
    monkeypatch.setattr(misfits.Tree, "is_circuit", is_circuit)


def halves_are_left_out(monkeypatch):
    """Only the half in which the sample is missed is searched."""
    step = misfits.Search.step

    def only_missed(search, number, part):
        before = len(search.queue)
        step(search, number, part)
        if part.halves and len(search.queue) > before:
            search.queue[:] = [entry for entry in search.queue if entry[3] is not part.halves[0]]
            part.halves[0].missed = 10**6

    monkeypatch.setattr(misfits.Search, "step", only_missed)


def samples_count_twice(monkeypatch):
    right_one = misfits.Tree.__init__

    def begin(tree, instance, positive):
        right_one(tree, instance, positive)
        tree.heavy = [2 * m for m in tree.heavy]

    monkeypatch.setattr(misfits.Tree, "__init__", begin)


def the_threshold_is_one_more(monkeypatch):
    right_one = misfits.Proof.__init__
    monkeypatch.setattr(
        misfits.Proof, "__init__", lambda proof, tree, least, deadline: right_one(proof, tree, least - 1, deadline)
    )


@pytest.mark.parametrize(
    "bug",
    [
        what_depends_is_missed,
        circuits_are_believed,
        *(
            pytest.param(bug, marks=pytest.mark.slow)
            for bug in (
                halves_are_left_out,
                samples_count_twice,
                the_threshold_is_one_more,
            )
        ),
    ],
)
def test_a_search_that_lies_gets_nothing_accepted(bug, right, monkeypatch):
    bug(monkeypatch)
    assert come_to_nothing(TRIED, right) >= 1


def test_weights_that_are_nearly_right_become_exact():
    """Equations that contradict the ones before are left out, and what is left open becomes short."""
    known = misfits.Equations(3)
    for row, right_side in (
        ([2, 1, 0], 3),
        ([4, 2, 0], 6),
        ([4, 2, 0], 7),
        ([0, 3, 0], 1),
        ([0, 0, 1], Fraction(1, 7)),
    ):
        known.add(row, right_side)
    assert known.solution() == [Fraction(4, 3), Fraction(1, 3), Fraction(1, 7)]
    assert misfits.combination([[1, 0, 1], [0, 2, 2]], [3, -1, 2]) == [3, Fraction(-1, 2)]
    assert misfits.combination([[1, 0, 1], [0, 2, 2]], [3, -1, 3]) is None
    instance = unlike(9, 1, 1)
    tree = misfits.Tree(instance, 1)
    for w in tree.drawn():
        assert loss_of(instance, tree.exact_network(w)) <= tree.weigh(tree.misses(w)[0])
