"""Theorem 10 of Froese and Hertrich: its answers, its certificates, its bounds; and as many neurons as samples."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import forked
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, Rejected, step_from_json
from relucert.certificates.writer import No, RefutedCase, Yes
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, loss_of, sample
from relucert.verify.certify import CertificateRefused, certify_instance
from relucert.verify.decide import decide
from relucert.verify.networks import fit_by_z3
from relucert.verify.problems.training import SEARCH, is_convex
from relucert.verify.provers import PROVERS, convex
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.provers.convex import Tree, decide_case
from relucert.verify.provers.interpolation import interpolating


def planted(rng, dimension, neurons, planted_neurons, samples, bias=True, reach=3, sign=1):
    """Distinct points with the values of a sum of ReLUs that more or fewer neurons; half the time one label is off."""
    points = list({tuple(rng.randint(-reach, reach) for _ in range(dimension)) for _ in range(samples)})
    net = [[rng.randint(-3, 3) for _ in range(dimension + 1)] for _ in range(planted_neurons)]
    scale = Fraction(1, rng.choice((1, 1, 2, 3)))
    labels = [
        scale * sum(max(0, sum(a * b for a, b in zip(w, (*x, int(bias)), strict=True))) for w in net) for x in points
    ]
    if rng.random() < 0.5:
        labels[rng.randrange(len(labels))] += rng.choice((1, -1, scale))
    rows = [sample([v * scale for v in x], sign * y) for x, y in zip(points, labels, strict=True)]
    return TrainingInstance(dimension, neurons, tuple(rows), output="ones" if sign > 0 else "signs", bias=bias)


def evidence(found):
    return Yes(found) if isinstance(found, Network) else No((found,))


def certified(instance, found):
    """The answer of a case in which all output weights are 1, once the checker has accepted it."""
    return certify_instance(TRAINING, instance, lambda *_: evidence(found)).answer


def agreement(rng, shares, number, neurons=(1, 2)):
    answers = Counter()
    for _ in range(number):
        k = rng.choice(neurons)
        instance = planted(rng, rng.randint(1, 3), k, rng.choice((k, k + 2)), rng.randint(4, 12), rng.random() < 0.5)
        tree = Tree(instance, k, Deadline())
        tree.run()
        assert tree.depth <= tree.most <= k * (instance.dimension + instance.bias) + 1
        assert tree.nodes <= sum((2**k - 1) ** depth for depth in range(tree.most + 1))
        answer = certified(instance, decide_case(instance, k, Deadline()))
        assert answer == ("NO" if fit_by_z3(instance) is None else "YES")
        answers[answer] += 1
    shares(answers["YES"], answers["NO"])


def test_answers_are_those_of_an_independent_statement_and_the_tree_keeps_its_bounds(shares):
    agreement(random.Random(1), shares, 40)


@pytest.mark.slow
def test_the_same_of_300_instances(shares):
    agreement(random.Random(2), shares, 300, neurons=(1, 2, 2, 3))


def test_a_leaf_may_have_one_equation_more_than_there_are_unknowns():
    """max(0, wx + b) with labels 1, 2 and 4 at 0, 1 and 2: two equations leave one point, and one is loose there."""
    instance = TrainingInstance(1, 1, tuple(sample((x,), 2**x) for x in range(3)), output="ones", bias=True)
    tree = Tree(instance, 1, Deadline())
    assert not isinstance(tree.run(), Network)
    assert (tree.depth, tree.most) == (3, 3)
    assert certified(instance, decide_case(instance, 1, Deadline())) == "NO"


def test_concave_networks_are_those_of_the_opposite_labels(shares):
    rng, answers = random.Random(3), Counter()
    for _ in range(20):
        k = rng.choice((1, 2))
        instance = planted(rng, 2, k, rng.choice((k, k + 2)), rng.randint(4, 9), sign=-1)
        found = decide_case(instance, 0, Deadline())
        opposite = replace(instance, output="ones", samples=tuple(s._replace(y=-s.y) for s in instance.samples))
        if isinstance(found, Network):
            assert TRAINING.accepts(instance, found)
            assert found.output == (-1,) * k
        else:
            assert refutes(instance, found)
        answers[type(found).__name__] += 1
        assert isinstance(found, Network) == (fit_by_z3(opposite) is not None)
    shares(answers["Network"], answers["RefutedCase"])


def refutes(instance, found):
    """Whether the steps lead from the formula of the case to the empty clause."""
    kernel = Kernel(ENCODING.formula(instance, found.case, found.symmetry))
    for step in found.steps:
        step_from_json(step.to_json()).apply(kernel)
    return kernel.clauses[found.steps[-1].id] == ()


def cloud(n, dimension, neurons, fits, seed=0):
    """The values of a sum of ReLUs at random points; one label is 1 too large if no fit is wanted."""
    rng = random.Random(seed)
    points = list(dict.fromkeys(tuple(rng.randint(-99, 99) for _ in range(dimension)) for _ in range(n)))
    net = [[rng.randint(-9, 9) for _ in range(dimension + 1)] for _ in range(neurons)]
    labels = [sum(max(0, sum(a * b for a, b in zip(w, (*x, 1), strict=True))) for w in net) for x in points]
    labels[n // 2] += not fits
    rows = tuple(sample(x, y) for x, y in zip(points, labels, strict=True))
    return TrainingInstance(dimension, neurons, rows, output="ones", bias=True)


@pytest.mark.parametrize("fits", [True, False])
@pytest.mark.parametrize(("dimension", "neurons"), [(10, 1), (2, 2)])
def test_rows_do_not_grow_with_the_samples(dimension, neurons, fits):
    rows = {}
    for n in (60, 600):
        tree = Tree(cloud(n, dimension, neurons, fits), neurons, Deadline())
        assert isinstance(tree.run(), Network) == fits
        rows[n] = tree.rows
    assert rows[600] < 2 * rows[60]


def test_linear_programs_in_floating_point_are_not_relied_on(shares, monkeypatch):
    """Where they fail, rational arithmetic goes on."""

    def fails(self, facts):
        raise convex.Inexact

    monkeypatch.setattr(convex.LinearProgram, "contradiction", fails)
    agreement(random.Random(4), shares, 8)


def test_long_numbers():
    """Coordinates and labels of 60 digits, beyond floating point."""
    x, w = 10**60 + 7, 10**59 + 9
    fit = tuple(sample((t,), w * max(0, t - x)) for t in range(x, x + 4))
    instance = TrainingInstance(1, 1, fit, output="ones", bias=True)
    assert certified(instance, decide_case(instance, 1, Deadline())) == "YES"
    off = replace(instance, samples=(*fit[:-1], fit[-1]._replace(y=fit[-1].y + 1)))
    assert certified(off, decide_case(off, 1, Deadline())) == "NO"


# ------------------------------------------------------------------------------------------------------- the portfolio


class Refuses:
    """As `lp` by name, but any formula that reaches it is UNKNOWN."""

    name = "lp"

    def solve(self, formula, deadline):
        return Unknown("a formula reached the prover")


def test_which_cases_the_tree_takes():
    many = cloud(100, 2, 2, False)
    assert isinstance(decide(TRAINING, many, Refuses(), Deadline()), No)
    assert SEARCH.prover(many) == "lp"
    signs = replace(many, output="signs")
    assert [is_convex(signs, case) for case in range(3)] == [True, False, True]
    assert SEARCH.prover(signs) == "lp"
    assert isinstance(decide(TRAINING, signs, Refuses(), Deadline()), No)  # dichotomies take the case between
    assert not is_convex(replace(many, samples=many.samples[:20]), 2)
    assert is_convex(replace(many, samples=many.samples[:3], neurons=1), 1)
    for other in ({"loss": "l1"}, {"activation": "threshold"}, {"clip": (0, 1)}, {"norm_bound": 1}, {"neurons": 5}):
        assert not is_convex(replace(many, **other), 2)


@pytest.mark.parametrize("output", ["ones", "signs", "real"])
def test_one_neuron_of_any_output_weight_is_a_linear_program(output):
    for sign in (1, -1):
        for fits in (True, False):
            instance = replace(cloud(30, 3, 1, fits), output=output)
            turned = replace(instance, samples=tuple(s._replace(y=sign * s.y) for s in instance.samples))
            answer = decide(TRAINING, turned, Refuses(), Deadline())
            assert isinstance(answer, Yes) == (fits and (sign > 0 or output != "ones"))
            assert certify_instance(TRAINING, turned, lambda *_, answer=answer: answer).answer in ("YES", "NO")


def test_a_tree_that_lies_gets_nothing_accepted(monkeypatch):
    """A network that does not fit goes on to the provers; a refutation of what has a fit is refused by the checker."""
    fits, other = cloud(100, 2, 2, True), cloud(100, 2, 2, False)
    refuted = decide_case(other, 2, Deadline())
    assert isinstance(refuted, RefutedCase)
    with pytest.raises(CertificateRefused):
        certified(fits, refuted)
    monkeypatch.setattr(convex, "decide_case", lambda *_: Network(((0, 0),) * 2, (0, 0), (1, 1)))
    assert decide(TRAINING, fits, Refuses(), Deadline()) == Unknown("a formula reached the prover")


@pytest.mark.parametrize("seed", range(3))
def test_a_leaf_without_one_of_its_multipliers_is_rejected(seed):
    instance = cloud(30, 2, 1, False, seed)
    refuted = decide_case(instance, 1, Deadline())
    leaf = next(i for i, step in enumerate(refuted.steps) if getattr(step, "units", ()))
    step = refuted.steps[leaf]
    steps = (*refuted.steps[:leaf], step._replace(units=step.units[1:]), *refuted.steps[leaf + 1 :])
    with pytest.raises(Rejected):
        refutes(instance, refuted._replace(steps=steps))


def test_limited_work_ends_the_tree_which_says_how_far_it_was():
    told = []
    instance = cloud(300, 3, 3, False)
    deadline = Deadline(work=200_000)
    deadline.tell = lambda text, _: told.append(text)
    assert decide(TRAINING, instance, PROVERS["lp"], deadline) == Unknown("time")
    assert "nodes, depth" in told[-1]


# --------------------------------------------------------------------------------------------------- k neurons or more


@settings(max_examples=60)
@given(st.data())
def test_as_many_neurons_as_distinct_points_fit(data):
    number = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=3)
    d = data.draw(st.integers(1, 3))
    points = data.draw(st.lists(st.tuples(*[number] * d), min_size=1, max_size=5, unique=True))
    rows = tuple(sample(x, data.draw(number)) for x in points)
    instance = TrainingInstance(
        d,
        len(rows) + data.draw(st.integers(0, 1)),
        rows,
        bias=True,
        output=data.draw(st.sampled_from(("signs", "real"))),
    )
    assert loss_of(instance, interpolating(instance)) == 0
    assert interpolating(replace(instance, output="ones")) is None
    assert interpolating(replace(instance, activation="threshold")) is None
    if len(rows) > 1:
        assert interpolating(replace(instance, neurons=len(rows) - 1)) is None
        assert interpolating(replace(instance, samples=(*rows[1:], rows[-1]))) is None


@settings(max_examples=40)
@given(st.data())
def test_without_biases_points_in_a_half_space_on_distinct_rays(data):
    d = data.draw(st.integers(2, 3))
    point = st.tuples(st.integers(1, 4), *[st.integers(-3, 3)] * (d - 1))
    rays = data.draw(st.lists(point, min_size=2, max_size=5, unique_by=lambda x: tuple(Fraction(v, x[0]) for v in x)))
    rows = tuple(sample(x, data.draw(st.integers(-3, 3))) for x in rays)
    instance = TrainingInstance(d, len(rows), rows)
    assert loss_of(instance, interpolating(instance)) == 0
    twice = sample([2 * v for v in rays[0]], 1)
    assert interpolating(replace(instance, samples=(*rows[1:], rows[0], twice), neurons=len(rows) + 1)) is None
    opposite = sample([-v for v in rays[0]], 1)
    assert interpolating(replace(instance, samples=(*rows, opposite), neurons=len(rows) + 1)) is None


@pytest.mark.parametrize(
    ("points", "neurons", "bias", "output"),
    [
        ({(0,): 0, (1,): 1, (2,): 0}, 3, True, "ones"),  # not convex
        ({(1,): 1, (2,): 1}, 2, False, "signs"),  # on one ray
        ({(1, 0): 0, (0, 1): 0, (1, 1): 1, (-1, 0): 0, (0, -1): 0, (-1, -1): 0}, 3, False, "signs"),  # f(x) − f(−x)
    ],
)
def test_where_no_number_of_neurons_fits(points, neurons, bias, output):
    """Certified for as many neurons as samples, and in the last one for three, as six take a minute."""
    rows = tuple(sample(x, y) for x, y in points.items())
    instance = TrainingInstance(len(next(iter(points))), neurons, rows, bias=bias, output=output)
    answer = decide(TRAINING, instance, PROVERS["lp"], Deadline())
    assert isinstance(answer, No)
    assert certify_instance(TRAINING, instance, lambda *_: answer).answer == "NO"


def test_many_neurons_in_many_dimensions_need_no_search():
    rng = random.Random(0)
    rows = tuple(sample([rng.randint(-9, 9) for _ in range(200)], rng.randint(-99, 99)) for _ in range(60))
    instance = TrainingInstance(200, 60, rows, bias=True)
    assert isinstance(decide(TRAINING, instance, Refuses(), Deadline()), Yes)


def test_samples_of_one_point_with_different_labels_are_remarked(tmp_path):
    source = tmp_path / "twice.csv"
    source.write_text("x1,x2,y\n1,2,3\n0,1,2\n0,1,2\n1,2,4\n0,1,5\n")
    done = forked.run("relucert", "certify", "training", source, "--neurons", "1", "--bias")
    assert done.returncode == 0
    assert done.stdout.startswith("NO")
    said = "samples 0 and 3 (counted from 0) are at one point and have the labels 3 and 4: no network fits both"
    assert done.stderr == f"{source}: {said}\n"
