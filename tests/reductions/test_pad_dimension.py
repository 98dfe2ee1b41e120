"""Coordinates that no sample has: weights on them may be left out, so that padding costs nothing."""

import io
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from relucert.certificates.checker import check
from relucert.reductions import CATALOGUE, Chain, reduction
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.densest_subgraph import DensestSubgraphInstance
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    TrainingInstance,
    completed,
    evaluator,
    loss_of,
    sample,
    stated,
    weights_of,
)
from relucert.reductions.tight_hardness.coloring_to_bounded_relu import ColoringToBoundedRelu
from relucert.reductions.tight_hardness.densest_subgraph_to_bounded_relu import DensestSubgraphToBoundedRelu
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.reductions.tight_hardness.relu_sum_to_relu_network import ReluSumToReluNetwork
from relucert.verify.cells import best_in_cell
from relucert.verify.certify import Certified, certify_promise, certify_reduction
from relucert.verify.decide import decide
from relucert.verify.padding import pad
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline

sys.path.append(str(Path(__file__).parents[1] / "certificates"))
from seeds import SOURCES

NUMBERS = (-2, -1, Fraction(-1, 2), 0, 1, Fraction(3, 2))


def search(problem, instance):
    return decide(problem, instance, provers_for(problem, "lp")[0], Deadline())


def test_weights_that_are_left_out_are_0():
    """Of random networks, whatever they leave out after the last coordinate of a sample."""
    rng = Random(1)
    for _ in range(60):
        seen, width = rng.randint(0, 2), rng.randint(3, 4)
        points = [[*rng.choices(NUMBERS, k=seen), *(0,) * (width - seen)] for _ in range(3)]
        samples = tuple(sample(x, rng.choice(NUMBERS)) for x in points)
        instance = TrainingInstance(width, 2, samples, bias=True, loss="l2", threshold=9, norm_bound=2)
        rows = tuple(tuple(rng.choices(NUMBERS, k=rng.randint(seen, width))) for _ in range(2))
        net = Network(rows, (0, rng.choice(NUMBERS)), (1, -1))
        whole = completed(net, width)
        assert [len(row) for row in whole.weights] == [width] * 2
        assert loss_of(instance, net) == loss_of(instance, whole)
        assert TRAINING.accepts(instance, net) == TRAINING.accepts(instance, whole)
        assert all(evaluator(net)(x) == evaluator(whole)(x) == net(x) for x, _, _ in samples)
        written = TRAINING.witness_from_json(TRAINING.witness_to_json(net))
        assert written == net


@pytest.mark.parametrize(("count", "right"), [(0, False), (1, False), (2, True), (3, True), (4, True), (5, False)])
def test_how_many_weights_a_row_has(count, right):
    instance = TrainingInstance(4, 1, (sample((1, 0, 0, 0), 1), sample((0, 1), 0)))
    net = Network(((1, *(0,) * 5)[:count],), (0,), (1,))
    assert stated(instance) == 2
    if right:
        assert TRAINING.accepts(instance, net)
    else:
        with pytest.raises(InvalidInstance, match="every neuron must have 2 to 4 weights"):
            TRAINING.accepts(instance, net)


def test_the_dimension_is_only_a_number_if_samples_have_coordinates_enough():
    def seen(*points):
        size = TRAINING.size(TrainingInstance(100, 1, tuple(sample(x, 1) for x in points)))
        return size.bounds, weights_of(size)

    assert seen((1, 1), (0, 1)) == ({"dimension"}, 3)
    assert seen((0, 0, 1)) == (frozenset(), 100)
    assert seen(()) == ({"dimension"}, 0)


@pytest.mark.parametrize("name", sorted(r.name for r in CATALOGUE.values() if r.target is TRAINING))
def test_targets_have_samples_with_the_last_coordinate(name):
    """So that what maps networks backward may rely on all weights. Padding cuts, and lifting keeps, what there is."""
    for parameters, shown in SOURCES[name]:
        r = reduction(name, parameters)
        source = r.source.instance_from_json(shown)
        target = r.reduce(source)
        if r.source is TRAINING and not isinstance(r, ReluSumToReluNetwork):
            assert stated(target) == stated(source)
        else:
            assert stated(target) == target.dimension


def test_networks_without_all_weights_are_completed_before_weights_are_appended():
    source = TrainingInstance(3, 2, (sample((1, 0, 0), 1),), output="ones")
    r = ReluSumToReluNetwork()
    image = r.forward(source, Network(((1,), (0, 2)), (0, 0), (1, 1)))
    assert TRAINING.accepts(r.reduce(source), image)
    assert [row[:3] for row in image.weights] == [(1, 0, 0), (0, 2, 0)]


@pytest.mark.parametrize("extra", [0, 3, 10**17])
def test_padding_costs_nothing(extra):
    """Both answers, with a certificate that does not grow with the dimension, and is checked with as little memory."""
    r = Chain(ColoringToBoundedRelu(), PadDimension(extra))
    for colors, answer in ((3, "NO"), (4, "YES")):
        source = coloring(4, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], colors)
        found = certify_reduction(r, source, search)
        assert isinstance(found, Certified)
        assert found.answer == answer
        assert r.reduce(source).dimension == ColoringToBoundedRelu().reduce(source).dimension + extra
        plain = certify_reduction(ColoringToBoundedRelu(), source, search)
        assert len(found.certificate) < len(plain.certificate) + 1000
        assert check(io.BytesIO(found.certificate)).words < 2 * check(io.BytesIO(plain.certificate)).words


@pytest.mark.parametrize(("kappa", "wanted", "answer"), [(3, 2, "YES"), (2, 3, "NO")])
def test_theorem_11_from_end_to_end(kappa, wanted, answer):
    """Theorem 7 for a path or a triangle, its gap, the padded dimension, and the certified answer in that dimension."""
    edges = ((0, 1), (1, 2)) if answer == "YES" else ((0, 1), (0, 2), (1, 2))
    source, gap = DensestSubgraphInstance(3, edges, kappa, wanted), DensestSubgraphToBoundedRelu(Fraction(3, 2))
    padding = pad(gap, source, "power", Fraction(2, 5))
    assert padding.certified.verdict.verdict == "accepted"
    assert padding.padded > 10**9
    assert (padding.padded - 1) ** -0.4 >= float(padding.gap) * (1 - 1e-9) > padding.padded**-0.4 * (1 - 2e-9)
    found = certify_promise(Chain(gap, PadDimension(padding.extra)), source, search)
    assert isinstance(found, Certified)
    assert found.answer == answer
    assert len(found.certificate) < 200_000


def test_maps_cut_networks_to_what_samples_see():
    instance = TrainingInstance(3, 1, (sample((1, 2, 0), 3),), output="ones", norm_bound=2)
    net = Network(((1, 1, 1),), (0,), (1,))
    r = PadDimension(2)
    assert r.forward(instance, net).weights == ((1, 1),)
    assert TRAINING.accepts(r.reduce(instance), r.forward(instance, net))
    wide = replace(net, weights=((1, 1, 0, 1, 1),))
    assert r.backward(instance, wide).weights == ((1, 1),)


@pytest.mark.parametrize("loss", ["l1", "l2", "linf"])
def test_the_best_of_a_cell_is_that_of_the_network_with_all_weights(loss):
    """The second coordinate is 0 on all samples: a network may leave its weight out."""
    samples = tuple(sample([x, 0], y) for x, y in ((1, 1), (2, 3), (3, 1)))
    instance = TrainingInstance(2, 1, samples, output="ones", loss=loss, threshold=9)
    left_out, whole = Network(((1,),), (0,), (1,)), Network(((1, 0),), (0,), (1,))
    assert loss_of(instance, best_in_cell(instance, left_out)) == loss_of(instance, best_in_cell(instance, whole))
