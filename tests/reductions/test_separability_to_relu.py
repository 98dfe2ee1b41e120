"""2-Hyperplane Separability to four ReLUs, and to two thresholds: small scopes, and the many ways to write a fit."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import lcm, prod

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from one_relu import refuses

from relucert.reductions.exact import InvalidInstance, TooLarge
from relucert.reductions.fixed_dimension.separability_to_relu import SeparabilityToRelu, basic_solution
from relucert.reductions.fixed_dimension.separability_to_thresholds import SeparabilityToThresholds
from relucert.reductions.problems.strip import STRIP, strip
from relucert.reductions.problems.training import TRAINING, Network, loss_of, sample
from relucert.reductions.reduction import Chain
from relucert.reductions.tight_hardness.lift_target_error import LiftTargetError
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.verify.decide import decide
from relucert.verify.networks import permuted, turned
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline
from relucert.verify.testing.laws import check_laws, check_size

pytestmark = pytest.mark.thorough

RELU, THRESHOLDS = SeparabilityToRelu(), SeparabilityToThresholds()
M = 10
YES, NO = strip([(0,), (1,)], [(-1,), (3,)]), strip([(0,), (2,)], [(1,)])


def sets_on_a_line(places):
    """All instances with 0 in P and the other points at these places, and whether they are a YES."""
    for chosen in product(("P", "Q", None), repeat=len(places)):
        if "Q" in chosen:
            p, q = ([x for x, side in zip(places, chosen, strict=True) if side == name] for name in "PQ")
            p.append(0)
            yield strip([(x,) for x in p], [(x,) for x in q]), not any(min(p) < x < max(p) for x in q)


def value(plane, x):
    *a, b = plane
    return b + sum(u * v for u, v in zip(a, x, strict=True))


SMALL = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=3)


@st.composite
def solved(draw):
    """An instance in one to three dimensions around a solution: points, on the sides where two planes have them."""
    d = draw(st.integers(1, 3))
    planes = tuple((*(draw(SMALL) for _ in range(d)), sign * draw(st.integers(1, 3))) for sign in (1, -1))
    inside, outside = [(0,) * d], []
    for x in draw(st.lists(st.tuples(*[SMALL] * d), unique=True, max_size=6)):
        first, second = (value(h, x) for h in planes)
        if first > 0 > second:
            inside.append(x)
        elif first * second > 0:
            outside.append(x)
    assume(outside)
    return strip(inside, outside), planes


# ---------------------------------------------------------------------------------------- small scopes, decided


@pytest.mark.parametrize(
    ("r", "places", "count"),
    [
        (THRESHOLDS, (1, 2, 3), {"YES": 12, "NO": 7}),
        pytest.param(THRESHOLDS, (-1, 1, 2, 3), {"YES": 44, "NO": 21}, marks=pytest.mark.slow),
        pytest.param(RELU, (1, 2, 3), {"YES": 12, "NO": 7}, marks=pytest.mark.slow),
    ],
    ids=["thresholds", "thresholds on both sides", "relus"],
)
def test_all_sets_on_a_line(r, places, count, shares):
    """Both sides decided and certified: P and Q alternate on one side of 0, or it is a YES."""
    answers = Counter()
    for instance, separable in sets_on_a_line(places):
        answer = check_laws(r, instance)
        assert answer == ("YES" if separable else "NO")
        answers[answer] += 1
    assert answers == count
    shares(answers["YES"], answers["NO"])


CORNERS = [(0, 0), (1, 0), (0, 1), (1, 1)]
PLANE = {
    "the corners of a square": (strip(CORNERS[::3], CORNERS[1:3]), True),
    "around a point": (strip([(0, 0)], [(1, 1), (-1, 1), (0, -1)]), True),
    "inside a triangle": (strip([(1, 1), (-1, 1), (0, -1)], [(0, 0)]), False),
    "in four quadrants": (strip([(0, 0), (2, 2)], [(1, 1), (2, 0)]), False),
    "all around a segment": (strip([(0, 0), (1, 0)], [(-1, 0), (2, 0), (0, 1), (0, -1)]), True),
    "three sides of a triangle": (strip([(0, 0), (3, 0), (0, 3)], [(2, 2), (-1, 1), (1, -1)]), False),
}


@pytest.mark.parametrize("r", [RELU, THRESHOLDS], ids=lambda r: r.name)
@pytest.mark.parametrize("name", PLANE)
def test_sets_in_the_plane(r, name):
    """In the last one the hull of P has no point of Q, but three lines are needed to cut off all of Q."""
    instance, separable = PLANE[name]
    assert (SEARCHES["two-hyperplane-strip"].by_brute_force(instance) is not None) == separable
    assert check_laws(r, instance) == ("YES" if separable else "NO")


@pytest.mark.parametrize("neurons", [5, pytest.param(6, marks=pytest.mark.slow)])
def test_more_than_four_neurons(neurons):
    r = SeparabilityToRelu(neurons)
    assert [check_laws(r, i) for i in (YES, NO)] == ["YES", "NO"]


@pytest.mark.parametrize("alpha", [Fraction(1, 3), pytest.param(Fraction(0), marks=pytest.mark.slow)])
def test_leaky_neurons(alpha):
    r = SeparabilityToRelu(alpha=alpha)
    assert [check_laws(r, i) for i in (YES, NO)] == ["YES", "NO"]


@pytest.mark.slow
def test_leaky_neurons_on_a_line(shares):
    """0 and 2 are in P, so that 1 must not be in Q."""
    r, answers = SeparabilityToRelu(alpha=Fraction(9, 10)), Counter()
    for instance, separable in sets_on_a_line((-1, 1, 2)):
        if (2,) not in instance.p:
            continue
        assert (check_laws(r, instance) == "YES") == separable
        answers[separable] += 1
    shares(answers[True], answers[False])


def test_more_than_four_leaky_neurons_are_refused():
    assert "have to be 4 neurons, not 5" in refuses(SeparabilityToRelu, 5, Fraction(1, 2))
    assert "at least 0 and less than 1" in refuses(SeparabilityToRelu, 4, 1)


@settings(max_examples=25)
@given(solved(), st.fractions(0, 1).filter(lambda v: v < 1))
def test_samples_of_leaky_neurons(source, alpha):
    instance, planes = source
    relu, leaky = RELU.reduce(instance), (r := SeparabilityToRelu(alpha=alpha)).reduce(instance)
    check_size(r, instance, leaky)
    assert (leaky.activation, leaky.alpha) == ("leaky-relu", alpha)
    assert [(s.x, s.multiplicity) for s in leaky.samples] == [(s.x, s.multiplicity) for s in relu.samples]
    assert all(t.y == (1 - alpha) * s.y for s, t in zip(relu.samples, leaky.samples, strict=True))
    net = r.forward(instance, planes)
    assert TRAINING.accepts(leaky, net)
    assert STRIP.accepts(instance, r.backward(instance, turned(net, random.Random(0))))


def test_maxout_of_rank_3_needs_other_samples():
    """Four units fit the target of a NO, so the remark that other activations are straightforward is wrong there."""

    def upper(m, t):
        return max(0, (t + m) / Fraction(2), t)

    def value(x, t):
        hat = max(0, 4 * (x - Fraction(3, 4)), 4 * (x - Fraction(3, 4)) + 4 * (x - Fraction(5, 4))) - max(
            0, 8 * (x - 1)
        )
        return upper(11, t) - upper(9, t) - hat

    samples = RELU.reduce(NO).samples
    assert len(samples) == 29
    assert all(value(dict(x).get(0, 0), dict(x).get(1, 0)) == y for x, y, _ in samples)
    assert SEARCHES["two-hyperplane-strip"].by_brute_force(NO) is None


@pytest.mark.parametrize("neurons", [3, 0, -1, -(10**30)])
def test_fewer_than_four_neurons_are_refused(neurons):
    assert "neurons must be at least 4" in refuses(SeparabilityToRelu, neurons)


# ------------------------------------------------------------------------------------------------ the construction


@given(solved(), st.integers(4, 9))
def test_samples(source, k):
    instance, _ = source
    r, d = SeparabilityToRelu(k), len(instance.p[0])
    target = r.reduce(instance)
    check_size(r, instance, target)
    assert (target.activation, target.output, target.bias, target.loss) == ("relu", "signs", True, "exact")
    assert (target.dimension, target.neurons) == (d + 1, k)
    points = {tuple(dict(x).get(t, 0) for t in range(d + 1)): y for x, y, _ in target.samples}
    assert len(points) == len(target.samples)
    assert len(points) == len(instance.p) + len(instance.q) + 9 * (2 * d + 1) - 1 + 2 * (k - 4) * (2 * d + 1)
    assert all(points[*x, 0] == 1 for x in instance.p)
    assert all(points[*x, 0] == 0 for x in instance.q)
    lines = Counter(x[:-1] for x in points if x[-1])
    assert len(lines) == 2 * d + 1
    kinks = [50, 70, 170, 190, 230][: k - 4]  # 2M·3 − M, 2M·4 − M, 2M·9 − M, …
    labels = {t: 0 for height in (11, 12, 13) for t in (height, -height)} | dict.fromkeys((-9, 0, 9), 1)
    labels |= {t: sum(max(t - kink, 0) for kink in kinks) for tau in kinks for t in (tau + 1, tau + 2)}
    for foot in lines:
        assert {x[-1]: y for x, y in points.items() if x[:-1] == foot} == labels
    thresholds = THRESHOLDS.reduce(instance)
    check_size(THRESHOLDS, instance, thresholds)
    assert thresholds.samples[:-2] == target.samples[: len(instance.p) + len(instance.q)]
    assert [(s.x, s.y) for s in thresholds.samples[-2:]] == [(((d, -1),), 0), (((d, 1),), 0)]


def line_distance(instance):
    """η, from the docstring: 1/(2MT) for the product T of the d + 1 largest sizes of points."""
    sizes = []
    for x in (*instance.p, *instance.q):
        scale = lcm(*(Fraction(v).denominator for v in x))
        sizes.append(scale * (sum(map(abs, x)) + 2))
    sizes.sort(reverse=True)
    return Fraction(1, 2 * M * prod(map(int, sizes[: len(instance.p[0]) + 1])))


@given(solved())
def test_basic_solutions_have_bounded_slopes(source):
    instance, planes = source
    for h in planes:
        *a, b = moved = basic_solution(instance, h)
        for x in (*instance.p, *instance.q):
            assert abs(value(moved, x)) >= 1
            assert (value(moved, x) > 0) == (value(h, x) > 0)
        assert abs(b) >= 1
        assert M * line_distance(instance) * max(map(abs, a)) <= Fraction(1, 2)
    *_, foot = {x: None for s in RELU.reduce(instance).samples for x in s.x if 0 < abs(x[1]) < Fraction(1, 20)}
    assert abs(foot[1]) == line_distance(instance)


@pytest.mark.parametrize("gap", [Fraction(1, 10**6), Fraction(1, 10**30)])
def test_planes_may_be_steep(gap):
    """P and Q so close that a plane between them has a slope of about 1/gap."""
    instance, planes = strip([(0,)], [(-gap,), (gap,)]), ((2, gap), (2, -gap))
    assert STRIP.accepts(instance, planes)
    for r in (RELU, THRESHOLDS):
        net = r.forward(instance, planes)
        assert TRAINING.accepts(r.reduce(instance), net)
        assert STRIP.accepts(instance, r.backward(instance, net))


# ----------------------------------------------------------------------------- one solution, written in many ways


def mirrored(net, which=(True,) * 4):
    """The same output weights, but [−z]₊ for [z]₊ in these neurons."""
    signs = [-1 if turn else 1 for turn in which]
    rows = tuple(tuple(sign * v for v in row) for sign, row in zip(signs, net.weights, strict=True))
    return replace(net, weights=rows, biases=tuple(sign * b for sign, b in zip(signs, net.biases, strict=True)))


@settings(max_examples=30)
@given(solved(), st.integers(4, 6), st.integers(0, 10**6))
def test_backward_reads_rewritten_networks(source, k, seed):
    instance, planes = source
    r, rng = SeparabilityToRelu(k), random.Random(seed)
    target, image = r.reduce(instance), r.forward(instance, planes)
    for _ in range(6):
        net = permuted(turned(image, rng), rng)
        assert TRAINING.accepts(target, net)
        assert STRIP.accepts(instance, r.backward(instance, net))


def test_neurons_are_turned_over_together():
    """The linear parts of the four neurons cancel; those of fewer do not, and the samples notice."""
    net, target = RELU.forward(YES, ((2, 1), (2, -3))), RELU.reduce(YES)
    for which in product((False, True), repeat=4):
        other = mirrored(net, which)
        assert TRAINING.accepts(target, other) == (len(set(which)) == 1)
        assert len(set(which)) > 1 or STRIP.accepts(YES, RELU.backward(YES, other))


def ramps(instance, planes, rng, k=4):
    """Another fit: steeper ramps, not in the middle of where they may rise; in any order, turned over or not."""
    neurons, turn = [], rng.choice((1, -1))
    for h, sign in zip(planes, (1, -1), strict=True):
        *a, b = basic_solution(instance, h)
        steeper, shift = rng.randint(2, 6), Fraction(rng.randint(-4, 4), 16)
        z = [steeper * v for v in (*(M * v for v in a), abs(b), M * b + shift)]
        for end, output in ((Fraction(1, 2), sign), (Fraction(-1, 2), -sign)):
            neurons.append(([turn * v for v in (*z[:-1], z[-1] + end)], output))
    up = [0] * len(instance.p[0]) + [1]
    neurons += [([*up, -tau], 1) for tau in (50, 70)[: k - 4]]  # 2M·3 − M and 2M·4 − M
    rng.shuffle(neurons)
    weights, biases = zip(*((tuple(row[:-1]), row[-1]) for row, _ in neurons), strict=True)
    return Network(weights, biases, tuple(output for _, output in neurons))


@settings(max_examples=30)
@given(solved(), st.integers(4, 6), st.integers(0, 10**6))
def test_backward_reads_other_ramps(source, k, seed):
    instance, planes = source
    r, rng = SeparabilityToRelu(k), random.Random(seed)
    target = r.reduce(instance)
    for _ in range(4):
        net = ramps(instance, planes, rng, k)
        assert TRAINING.accepts(target, net)
        assert STRIP.accepts(instance, r.backward(instance, net))


def test_points_of_q_may_lie_on_both_ramps():
    """Over Q both ramps may have any level, as long as it is the same; the level that separates must be another."""
    levels = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(2, 3), Fraction(2, 5), 0, 1]
    weights, middles = ((-10, -1, 1), (-10, -1, 1), (10, -1, 1), (10, -1, 1)), (10, 10, -10, -10)
    ends = [s * Fraction(1, 2) for s in (1, -1, 1, -1)]
    net = Network(weights, tuple(b + end for b, end in zip(middles, ends, strict=True)), (1, -1, -1, 1))
    for count in range(1, len(levels) + 1):
        instance = strip([(0, 0)], [(1, Fraction(1, 2) - c) for c in levels[:count]])
        for c in levels[:count]:  # (1, 1/2 − c) has the pre-activations c, c − 1, c, c − 1
            x = (1, Fraction(1, 2) - c)
            z = [value((*w[:2], b), x) for w, b in zip(net.weights, net.biases, strict=True)]
            assert z == [c, c - 1, c, c - 1]
        for fit in (net, mirrored(net)):
            assert TRAINING.accepts(RELU.reduce(instance), fit)
            assert STRIP.accepts(instance, RELU.backward(instance, fit))


def test_two_neurons_on_one_hyperplane_leave_too_few():
    """Each of the four kinks needs a neuron of its own: any two neurons moved onto one hyperplane miss a sample."""
    net, target = RELU.forward(YES, ((2, 1), (2, -3))), RELU.reduce(YES)
    assert TRAINING.accepts(target, net)
    for i, j, sign in product(range(4), range(4), (1, -1)):
        if i != j:
            weights = tuple(tuple(sign * v for v in net.weights[i]) if t == j else net.weights[t] for t in range(4))
            biases = tuple(sign * net.biases[i] if t == j else net.biases[t] for t in range(4))
            for output in product((1, -1), repeat=4):
                assert not TRAINING.accepts(target, Network(weights, biases, output))


# ------------------------------------------------------------------------------------------------- two thresholds


@settings(max_examples=50)
@given(solved(), st.integers(0, 10**6))
def test_thresholds_of_any_orientation_with_points_on_their_borders(source, seed):
    """[z > 0] may have the points below its border on it, and −[−z > 0] = [z ≥ 0] − 1 those above."""
    instance, planes = source
    target, rng = THRESHOLDS.reduce(instance), random.Random(seed)
    for turn in (1, -1):
        neurons = []
        for (*a, b), output in zip(planes, (turn, -turn), strict=True):
            values = (value((*a, b), x) for x in (*instance.p, *instance.q))
            nearest = min((v for v in values if v * turn < 0), key=abs, default=0)
            b -= nearest * rng.choice((0, Fraction(1, 2), 1))
            scale = turn * Fraction(rng.randint(1, 9), rng.randint(1, 9))
            neurons.append(([scale * v for v in (*a, 1 + abs(b))], scale * b, output))
        rng.shuffle(neurons)
        rows, biases, output = zip(*neurons, strict=True)
        net = Network(tuple(map(tuple, rows)), biases, output)
        assert TRAINING.accepts(target, net)
        assert STRIP.accepts(instance, THRESHOLDS.backward(instance, net))


def test_a_border_on_the_data_is_moved():
    """0 ∈ P and −1 ∈ Q are on borders: a fit, whose hyperplanes are no solution as they stand."""
    instance = strip([(0,)], [(-1,), (1,)])
    net, planes = Network(((1, 2), (1, 1)), (1, 0), (1, -1)), ((1, 1), (1, 0))
    assert TRAINING.accepts(THRESHOLDS.reduce(instance), net)
    assert not STRIP.accepts(instance, planes)
    assert STRIP.accepts(instance, THRESHOLDS.backward(instance, net))


def test_thresholds_fit_a_no_without_the_samples_of_the_axis():
    """Why the two further samples: without either of them a network of two thresholds fits P and Q."""
    target = THRESHOLDS.reduce(NO)
    for height in (1, -1):
        net = Network(((-2, 2 * height), (2, 0)), (1, -3), (1, 1))  # 1 left of 1/2 and right of 3/2, at height 0
        kept = tuple(s for s in target.samples if dict(s.x).get(1) != height)
        assert len(kept) == len(target.samples) - 1
        assert TRAINING.accepts(replace(target, samples=kept), net)
        assert not TRAINING.accepts(target, net)


# -------------------------------------------------------------------------------------------- followed by others


def then(first, second):
    return Chain(first, second)


@pytest.mark.parametrize("second", [PadDimension(2), LiftTargetError(Fraction(1, 2))], ids=lambda r: r.name)
def test_thresholds_followed_by_another_reduction(second):
    r = then(THRESHOLDS, second)
    assert [check_laws(r, i) for i in (YES, NO)] == ["YES", "NO"]


def test_relus_followed_by_padding():
    r = then(RELU, PadDimension(2))
    assert [check_laws(r, i) for i in (YES, NO)] == ["YES", "NO"]


@settings(max_examples=30)
@given(solved(), st.integers(4, 6), st.fractions(Fraction(1, 9), 9, max_denominator=9), st.integers(0, 10**6))
def test_relus_padded_and_lifted(source, k, gamma, seed):
    """The witness maps, evaluated exactly: the error is γ, and backward reads the image and other fits."""
    instance, planes = source
    rng = random.Random(seed)
    lift = LiftTargetError(gamma)
    first = SeparabilityToRelu(k)
    r = then(then(first, PadDimension(1)), lift)
    target = r.reduce(instance)
    check_size(r, instance, target)
    assert target.dimension == len(instance.p[0]) + 2
    net = r.forward(instance, planes)
    assert loss_of(target, net) == gamma == target.threshold
    assert STRIP.accepts(instance, r.backward(instance, net))
    inner = ramps(instance, planes, rng, k)
    padded = PadDimension(1).forward(first.reduce(instance), inner)
    other = permuted(lift.forward(then(first, PadDimension(1)).reduce(instance), padded), rng)
    assert loss_of(target, other) == gamma
    assert STRIP.accepts(instance, r.backward(instance, other))


# ---------------------------------------------------------------------------------------------------- more thresholds


def test_samples_of_four_thresholds():
    """By hand: on the axis the labels at the heights 1, 2 and 3."""
    instance = strip([(0,), (1,)], [(-1,), (3,)])
    new = SeparabilityToThresholds(4).reduce(instance).samples[5:]
    assert new == (sample([0, 1], 0), sample([0, 2], 4), sample([0, 3], 20))
    assert THRESHOLDS.reduce(instance) == SeparabilityToThresholds(2).reduce(instance)
    assert len(THRESHOLDS.reduce(instance).samples) == 6


@settings(max_examples=30)
@given(solved(), st.integers(3, 6), st.integers(0, 10**6))
def test_more_thresholds(source, k, seed):
    instance, planes = source
    r, rng = SeparabilityToThresholds(k), random.Random(seed)
    target, net = r.reduce(instance), r.forward(instance, planes)
    check_size(r, instance, target)
    assert TRAINING.accepts(target, net)
    other = permuted(net, rng)
    assert STRIP.accepts(instance, r.backward(instance, other))
    assert not TRAINING.accepts(target, replace(net, output=(*net.output[:-1], net.output[-1] + 1)))


@pytest.mark.parametrize("k", [3, 4])
def test_laws_of_more_thresholds(k):
    r = SeparabilityToThresholds(k)
    instances = [strip([(0,), (x,)], [(y,), (z,)]) for x, y, z in ((1, -1, 2), (2, 1, 3), (1, 2, 3), (3, 1, 2))]
    assert [check_laws(r, i) for i in instances] == ["YES", "NO", "YES", "NO"]


def test_changes_have_to_grow():
    """If the third one is 1 as well, as the first, it may help over P: with the label 1 at the height 2, not 4."""
    instance = strip([(0,), (2,)], [(1,), (3,)])
    proper = SeparabilityToThresholds(3).reduce(instance)
    small = replace(proper, samples=(*proper.samples[:-1], proper.samples[-1]._replace(y=1)))
    assert [decided(target) for target in (proper, small)] == ["NO", "YES"]


def decided(target):
    return type(decide(TRAINING, target, provers_for(TRAINING, "z3")[0], Deadline(600))).__name__.upper()


def test_a_network_that_solves_nothing_is_refused():
    with pytest.raises(InvalidInstance, match="solves nothing"):
        THRESHOLDS.backward(strip([(0,)], [(1,)]), Network(((0, 1), (0, 1)), (5, 5), (1, 1)))


@pytest.mark.parametrize("k", [1, 0, -2])
def test_fewer_than_two_thresholds(k):
    with pytest.raises(InvalidInstance, match="neurons"):
        SeparabilityToThresholds(k)


def test_labels_too_long_for_a_file():
    with pytest.raises(TooLarge):
        next(SeparabilityToThresholds(10**15).stages(strip([(0,)], [(1,)])))
