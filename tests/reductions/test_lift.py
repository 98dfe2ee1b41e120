"""Raising the target error: the new samples cost exactly γ, for every class of networks."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from one_relu import refuses

from relucert.reductions import reduction
from relucert.reductions.exact import TooLarge, simplified
from relucert.reductions.json_text import loads
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, loss_of, network, sample
from relucert.reductions.tight_hardness.lift_target_error import LiftTargetError
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.testing.laws import check_size

SMALL = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=4)
LIFTS = st.builds(LiftTargetError, st.builds(Fraction, st.integers(1, 12), st.integers(1, 12)).map(simplified))


@st.composite
def fitted(draw):
    """An instance of any class of networks and a network that solves it."""
    d, k, bias = draw(st.integers(0, 3)), draw(st.integers(1, 3)), draw(st.booleans())
    output = draw(st.sampled_from(("ones", "signs", "real")))
    row = st.lists(SMALL, min_size=d, max_size=d).map(tuple)
    net = Network(
        tuple(draw(row) for _ in range(k)),
        tuple(draw(SMALL) if bias else 0 for _ in range(k)),
        tuple(draw({"ones": st.just(1), "signs": st.sampled_from((-1, 1)), "real": SMALL}[output]) for _ in range(k)),
    )
    clip = draw(st.none() | st.tuples(SMALL, SMALL).filter(lambda ends: ends[0] < ends[1]))
    kind = {"activation": draw(st.sampled_from(("relu", "threshold"))), "output": output, "bias": bias, "clip": clip}
    samples = []
    for _ in range(draw(st.integers(0, 4))):
        x = sample(draw(row), 0).x
        y = net(x, kind["activation"])
        samples.append((x, y if clip is None else max(clip[0], min(clip[1], y)), draw(st.integers(1, 3))))
    points = [[dict(x).get(t, 0) for t in range(d)] for x, _, _ in samples]
    labelled = tuple(sample(x, y, times) for x, (_, y, times) in zip(points, samples, strict=True))
    instance = TrainingInstance(d, k, labelled, **kind)
    if not bias and draw(st.booleans()):
        bound = 1 + max(sum(abs(v) for v in row) for row in net.weights)
        instance = replace(instance, norm_bound=bound)
    if draw(st.booleans()):
        wrong = [replace_label(s, s.y + draw(st.integers(0, 1))) for s in instance.samples]
        instance = replace(instance, samples=tuple(wrong), loss="l2", threshold=50)
    return instance, net


def replace_label(s, y):
    return s._replace(y=y)


def perturbed(net, rng):
    def move(v):
        return v + Fraction(rng.randint(-2, 2), rng.choice((1, 4, 32))) * (rng.random() < 0.3)

    return Network(tuple(tuple(map(move, row)) for row in net.weights), tuple(map(move, net.biases)), net.output)


@pytest.mark.thorough
@settings(max_examples=200)
@given(fitted(), LIFTS)
def test_forward_keeps_an_error_of_exactly_gamma(source, r):
    instance, net = source
    target = r.reduce(instance)
    assert target.threshold == instance.threshold + r.gamma
    check_size(r, instance, target)
    assert TRAINING.instance_from_json(loads("".join(TRAINING.canonical(target)))) == target
    assert TRAINING.accepts(instance, net)
    image = r.forward(instance, net)
    assert loss_of(target, image) == r.gamma + (loss_of(instance, net) if instance.loss == "l2" else 0)
    assert TRAINING.accepts(target, image)
    assert r.backward(instance, image) == net


@pytest.mark.thorough
@settings(max_examples=200)
@given(fitted(), LIFTS, st.integers(0, 10**6))
def test_no_network_pays_less_than_gamma_for_the_new_samples(source, r, seed):
    instance, net = source
    squared = replace(instance, loss="l2")
    target, rng = r.reduce(instance), random.Random(seed)
    for start in (r.forward(instance, net), r.forward(instance, perturbed(net, rng))):
        other = perturbed(start, rng)
        back = r.backward(instance, other)
        if not instance.bias:
            other, back = (replace(n, biases=net.biases) for n in (other, back))
        assert loss_of(target, other) >= loss_of(squared, back) + r.gamma
        if TRAINING.accepts(target, other):
            assert TRAINING.accepts(instance, back)


@given(LIFTS, st.fractions(-3, 3, max_denominator=7))
def test_only_one_value_at_the_new_point_is_within_the_threshold(r, value):
    """The source has no samples, so the target asks for nothing but the value 0 at the new point."""
    target = r.reduce(TrainingInstance(0, 2, (), output="real"))
    net = Network(((1,), (-1,)), (0, 0), (value, 5))
    assert TRAINING.accepts(target, net) == (value == 0)


def test_networks_with_negative_output_weights_are_kept():
    """The labels 0 and 1/q with multiplicity 2pq would cost γ, too, but only networks with a positive value there."""
    instance, r = TrainingInstance(1, 1, (sample([1], -1),)), LiftTargetError(Fraction(1, 2))
    net = network([[1]], [-1])
    assert TRAINING.accepts(r.reduce(instance), r.forward(instance, net))
    one_sided = tuple(
        replace_label(s, y) for s, y in zip(r.reduce(instance).samples, (-1, 0, Fraction(1, 2)), strict=True)
    )
    target = replace(r.reduce(instance), samples=one_sided)
    for v in range(-8, 9):
        assert not TRAINING.accepts(target, network([[1, Fraction(v, 8)]], [-1]))
    positive = network([[0, Fraction(1, 4)]])
    assert loss_of(target, positive) == 1 + Fraction(1, 2)


def test_gamma_is_taken_in_lowest_terms():
    instance, r = TrainingInstance(1, 1, (sample([1], 1),)), reduction("lift-target-error", {"gamma": "6/4"})
    assert [(s.y, s.multiplicity) for s in r.reduce(instance).samples[1:]] == [
        (Fraction(1, 4), 12),
        (Fraction(-1, 4), 12),
    ]


def test_after_set_cover():
    """A squared error that is already allowed stays allowed."""
    to_relu, r = SetCoverToRelu(), LiftTargetError(Fraction(5, 7))
    for budget in range(4):
        cover = SetCoverInstance(3, ((0, 1), (1, 2), (2,)), budget)
        source = to_relu.reduce(cover)
        for chosen in ((0, 1), (0, 2), (0, 1, 2)):
            net = to_relu.forward(cover, chosen)
            assert TRAINING.accepts(r.reduce(source), r.forward(source, net)) == (len(chosen) <= budget)


@pytest.mark.thorough
@given(fitted())
def test_other_sources_are_refused(source):
    instance, _ = source
    r = LiftTargetError()
    for loss in ("l0", "l1", "linf"):
        assert loss in refuses(r.reduce, replace(instance, loss=loss))
        refuses(lambda source: [*r.stages(source)], replace(instance, loss=loss))
    assume(instance.bias)
    assert "norm bound" in refuses(r.reduce, replace(instance, norm_bound=1))


def test_a_bias_could_exceed_the_norm_bound():
    """Why they are refused: the bias of this network has no room on the new coordinate."""
    instance = TrainingInstance(1, 1, (sample([1], 2), sample([0], 1)), bias=True, norm_bound=1)
    net = Network(((1,),), (1,), (1,))
    assert TRAINING.accepts(instance, net)
    assert not TRAINING.accepts(replace(instance, dimension=2), LiftTargetError().forward(instance, net))


@pytest.mark.parametrize("gamma", [0, Fraction(-1, 2), -(10**3999)])
def test_gamma_is_positive(gamma):
    assert "gamma must be positive" in refuses(LiftTargetError, gamma)


def test_numbers_too_long_for_a_file_are_refused():
    instance = TrainingInstance(1, 1, ())
    for gamma in (Fraction(1, 10**4000), 10**4000, Fraction(10**2001 + 1, 10**2001)):
        with pytest.raises(TooLarge):
            LiftTargetError(gamma).reduce(instance)
        with pytest.raises(TooLarge):
            next(LiftTargetError(gamma).stages(instance))
