"""Raising the target error: the same networks are within the larger threshold, for every class of networks."""

import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_relu import refuses

from relucert.certificates.normal_form import normal_form
from relucert.reductions import reduction
from relucert.reductions.exact import InvalidInstance, TooLarge, simplified
from relucert.reductions.json_text import loads
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.training import LOSSES, TRAINING, Network, TrainingInstance, loss_of, network, sample
from relucert.reductions.tight_hardness.lift_target_error import LiftTargetError
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.certify import certify_reduction
from relucert.verify.decide import decide
from relucert.verify.networks import fit_by_z3
from relucert.verify.provers import PROVERS
from relucert.verify.provers.base import Deadline
from relucert.verify.testing.laws import check_size

SMALL = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=4)
RATIONALS = st.builds(Fraction, st.integers(1, 12), st.integers(1, 12)).map(simplified)


def lifts(loss):
    """For sources of this loss."""
    return st.sampled_from(LOSSES[1:] if loss == "exact" else (loss,)).flatmap(
        lambda to: st.builds(LiftTargetError, st.integers(1, 9) if to == "l0" else RATIONALS, st.just(to))
    )


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
    if draw(st.booleans()):
        bound = 1 + max(sum(abs(v) for v in row) for row in net.weights)
        instance = replace(instance, norm_bound=bound)
    if draw(st.booleans()):
        wrong = [s._replace(y=s.y + draw(st.sampled_from((0, 0, 1)))) for s in instance.samples]
        instance = replace(instance, samples=tuple(wrong), loss=draw(st.sampled_from(LOSSES[1:])))
        slack = draw(st.sampled_from((0, 0, Fraction(1, 2), 1)))
        instance = replace(instance, threshold=loss_of(instance, net) + slack)
    return instance, net


def perturbed(net, rng):
    def move(v):
        return v + Fraction(rng.randint(-2, 2), rng.choice((1, 4, 32))) * (rng.random() < 0.5)

    return Network(tuple(tuple(map(move, row)) for row in net.weights), tuple(map(move, net.biases)), net.output)


@pytest.mark.thorough
@settings(max_examples=60)
@given(st.data())
def test_forward_and_sizes(data):
    instance, net = data.draw(fitted())
    r = data.draw(lifts(instance.loss))
    target = r.reduce(instance)
    check_size(r, instance, target)
    assert TRAINING.instance_from_json(loads("".join(TRAINING.canonical(target)))) == target
    assert TRAINING.accepts(instance, net)
    image = r.forward(instance, net)
    assert TRAINING.accepts(target, image)
    if instance.samples:
        assert image == r.backward(instance, image) == net


@pytest.mark.thorough
def test_a_network_solves_the_target_iff_it_solves_the_source(record_property):
    """Every network, as the witness maps change nothing. Near misses at the first sample are frequent."""
    counts = Counter()

    @settings(max_examples=300)
    @given(st.data(), st.integers(0, 10**6))
    def compare(data, seed):
        instance, net = data.draw(fitted())
        r, rng = data.draw(lifts(instance.loss)), random.Random(seed)
        target = r.reduce(instance)
        for other in (net, *(perturbed(net, rng) for _ in range(8))):
            if instance.bias or not any(other.biases):
                solves = TRAINING.accepts(instance, other)
                if instance.samples:
                    assert TRAINING.accepts(target, other) == solves
                    counts[target.loss, solves] += 1

    compare()
    record_property("answers", str(dict(counts)))
    assert all(counts[loss, solves] >= 10 for loss in LOSSES[1:] for solves in (True, False))


@pytest.mark.thorough
@given(st.data())
def test_losses_grow_by_gamma(data):
    """Of l2, times a common factor of all multiplicities, and of linf this is so for every network."""
    instance, net = data.draw(fitted().filter(lambda found: found[0].loss in ("l2", "linf") and found[0].samples))
    r = data.draw(lifts(instance.loss))
    target, other = r.reduce(instance), perturbed(net, random.Random(data.draw(st.integers(0, 1000))))
    factor = target.threshold / Fraction(instance.threshold + r.gamma)
    assert factor.denominator == 1
    assert loss_of(target, other) == factor * (loss_of(instance, other) + r.gamma)


TENT = TrainingInstance(1, 1, (sample([-1], 0), sample([0], 1), sample([1], 0)), bias=True)


@pytest.mark.parametrize("loss", LOSSES[1:])
def test_the_tent(loss):
    """One ReLU does not fit it; the target is refuted by a certificate, and has the formula of the source."""
    assert fit_by_z3(TENT) is None
    middle_first = replace(TENT, samples=(TENT.samples[1], TENT.samples[0], TENT.samples[2]))
    for source in (TENT, middle_first):
        r = LiftTargetError(2, loss)
        assert normal_form(r.reduce(source)).instance == source
        certified = certify_reduction(r, source, lambda p, i: decide(p, i, PROVERS["z3"], Deadline(work=10**8)))
        assert certified.answer == "NO"


@pytest.mark.parametrize(
    ("loss", "gamma", "net"),
    [
        ("l1", 2, Network(((0,),), (0,), (1,))),  # flat between the labels
        ("l0", 1, Network(((0,),), (0,), (1,))),  # least at either label
        ("linf", 1, Network(((0,),), (1,), (1,))),  # all other samples may be missed by gamma
    ],
)
def test_the_pair_alone_is_wrong(loss, gamma, net):
    """The labels 1 ± 1 in place of 1 cost gamma at least, and that is attained although the tent is not fitted."""
    pair = (sample([-1], 0), sample([0], 2), sample([0], 0), sample([1], 0))
    wrong = replace(TENT, samples=pair, loss=loss, threshold=gamma)
    least = {v: loss_of(replace(wrong, samples=pair[1:3]), Network(((0,),), (v,), (1,))) for v in range(4)}
    assert min(least.values()) == gamma
    assert TRAINING.accepts(wrong, net)
    assert not TRAINING.accepts(LiftTargetError(gamma, loss).reduce(TENT), net)


FOUR_TRIPLES = OneInThreeInstance(4, tuple(combinations(range(4), 3)))
PLANES = ["one-in-three-to-plane", "one-in-three-to-thresholds"]


@pytest.mark.parametrize("loss", LOSSES[1:])
@pytest.mark.parametrize("plane", PLANES)
def test_planar_targets_keep_their_formula(plane, loss):
    """Lifted, padded, or both: the normal form is the planar target, so its NO is one line longer and no slower."""
    planar = reduction(plane).reduce(FOUR_TRIPLES)
    for after in ("lift-target-error", "pad-dimension/lift-target-error", "lift-target-error/pad-dimension"):
        target = reduction(f"{plane}/{after}", {"gamma": 2, "target_loss": loss}).reduce(FOUR_TRIPLES)
        assert target.loss == loss
        assert target.threshold > 0
        assert normal_form(target) == (planar, False, (0, 1))
    assert normal_form(reduction(f"{plane}/pad-dimension").reduce(FOUR_TRIPLES)) == (planar, False, (0, 1))


@pytest.mark.slow
@pytest.mark.parametrize("after", ["lift-target-error", "pad-dimension"])
@pytest.mark.parametrize("plane", PLANES)
def test_four_triples_lifted_and_padded_are_certified(plane, after):
    r = reduction(f"{plane}/{after}")
    provers = {"training": "z3", "one-in-three": "sat"}
    certified = certify_reduction(r, FOUR_TRIPLES, lambda p, i: decide(p, i, PROVERS[provers[p.name]], Deadline()))
    assert certified.answer == "NO"


def test_one_copy_too_few_is_wrong():
    """l0 with a label as often as the added one: the network that has the other value there misses as few."""
    source = TrainingInstance(1, 1, (sample([0], 0), sample([1], 1), sample([2], 2)), bias=True, loss="l0", threshold=0)
    target = LiftTargetError(1).reduce(source)
    assert [(s.y, s.multiplicity) for s in target.samples] == [(0, 2), (1, 1), (1, 2), (2, 2)]
    fewer = replace(target, samples=tuple(s._replace(multiplicity=1) for s in target.samples))
    flat = Network(((Fraction(1, 2),),), (1,), (1,))  # 1, 3/2, 2
    bent = replace(source, samples=(source.samples[0], sample([2], 2)))
    assert TRAINING.accepts(replace(fewer, samples=(*fewer.samples[:2], fewer.samples[3])), flat)
    assert not TRAINING.accepts(LiftTargetError(1).reduce(bent), flat)


def test_thresholds_of_l0_are_rounded_down():
    """With 19/10 for 1 the threshold would be 24/5, and allow two misses."""
    source = TrainingInstance(1, 1, tuple(sample([i], 1) for i in range(1, 4)), loss="l0", threshold=Fraction(19, 10))
    target = LiftTargetError(1).reduce(source)
    assert target.threshold == 3
    net = network([[1]])  # 1, 2, 3
    assert loss_of(source, net) == 2
    assert not TRAINING.accepts(target, net)


def test_a_loss_for_which_no_error_is_hard():
    """L(x, y) = 2^(−|x − y|) for x ≠ y and 0 for x = y: a constant far away fits everything with any positive error."""
    labels, gamma = [0, 5, -3, 5], Fraction(1, 1000)
    constant = 20
    assert 0 < sum(Fraction(1, 2 ** abs(constant - y)) for y in labels) <= gamma


@pytest.mark.parametrize("clip", [None, (-2, 5), (2, 5)])
@pytest.mark.parametrize("loss", LOSSES[1:])
def test_without_samples(loss, clip):
    """Every network solves the source, and goes to the one of zeros."""
    instance = TrainingInstance(2, 1, (), bias=True, clip=clip)
    r, net = LiftTargetError(1, loss), Network(((1, 1),), (7,), (1,))
    target = r.reduce(instance)
    assert target.dimension == 2
    assert TRAINING.accepts(instance, net)
    assert not TRAINING.accepts(target, net)
    assert TRAINING.accepts(target, r.forward(instance, net))
    check_size(r, instance, target)


def test_networks_with_negative_output_weights_are_kept():
    instance, r = TrainingInstance(1, 1, (sample([1], -1),)), LiftTargetError(Fraction(1, 2))
    net = network([[1]], [-1])
    assert TRAINING.accepts(r.reduce(instance), r.forward(instance, net))
    assert not TRAINING.accepts(r.reduce(instance), network([[1]]))


def test_gamma_is_taken_in_lowest_terms():
    instance, r = TrainingInstance(1, 1, (sample([1], 1),)), reduction("lift-target-error", {"gamma": "6/4"})
    assert [(s.y, s.multiplicity) for s in r.reduce(instance).samples] == [
        (Fraction(5, 4), 12),
        (Fraction(3, 4), 12),
    ]


def test_small_targets():
    """By hand: a multiplicity is doubled where it has to be halved, and not where it is even."""

    def lifted(gamma, multiplicity, loss="l2", threshold=3):
        source = TrainingInstance(1, 1, (sample([1], 5, multiplicity), sample([2], 0)), loss=loss, threshold=threshold)
        target = LiftTargetError(gamma).reduce(source)
        return [(s.y, s.multiplicity) for s in target.samples], target.threshold

    assert lifted(1, 1) == ([(6, 1), (4, 1), (0, 2)], 8)
    assert lifted(2, 2) == ([(6, 1), (4, 1), (0, 1)], 5)
    assert lifted(4, 1) == ([(7, 1), (3, 1), (0, 2)], 14)
    assert lifted(3, 1) == ([(5, 2), (7, 3), (3, 3), (0, 8)], 48)
    assert lifted(6, 1, "l1") == ([(5, 1), (8, 1), (2, 1), (0, 1)], 9)
    assert lifted(2, 1, "l1") == ([(5, 3), (8, 1), (2, 1), (0, 3)], 15)
    assert lifted(2, 1, "l0") == ([(5, 3), (6, 2), (0, 3)], 11)
    assert lifted(2, 1, "linf") == ([(7, 1), (3, 1), (2, 1), (-2, 1)], 5)


def test_after_set_cover():
    """A squared error that is already allowed stays allowed."""
    to_relu, r = SetCoverToRelu(), LiftTargetError(Fraction(5, 7))
    for budget in range(4):
        cover = SetCoverInstance(3, ((0, 1), (1, 2), (2,)), budget)
        source = to_relu.reduce(cover)
        for chosen in ((0, 1), (0, 2), (0, 1, 2)):
            net = to_relu.forward(cover, chosen)
            assert TRAINING.accepts(r.reduce(source), r.forward(source, net)) == (len(chosen) <= budget)


def test_l0_has_no_fraction_of_a_miss():
    r = LiftTargetError(Fraction(3, 2), "l0")
    assert "gamma must be an integer for l0, which counts misses" in refuses(r.reduce, TENT)
    refuses(lambda source: [*r.stages(source)], TENT)
    assert "gamma must be an integer" in refuses(
        LiftTargetError(Fraction(1, 2)).reduce, replace(TENT, loss="l0", threshold=1)
    )


@pytest.mark.parametrize("gamma", [0, Fraction(-1, 2), -(10**3999)])
def test_gamma_is_positive(gamma):
    assert "gamma must be positive" in refuses(LiftTargetError, gamma)


def test_the_loss_is_one():
    with pytest.raises(InvalidInstance, match="the loss is one of l0, l1, l2, linf"):
        LiftTargetError(1, "exact")


def test_numbers_too_long_for_a_file_are_refused():
    instance = TrainingInstance(1, 1, ())
    for gamma in (Fraction(1, 10**4000), 10**4000, Fraction(10**2001 + 1, 10**2001)):
        with pytest.raises(TooLarge):
            LiftTargetError(gamma).reduce(instance)
        with pytest.raises(TooLarge):
            list(LiftTargetError(gamma).stages(instance))
