"""The laws on every instance of a small scope, for the reductions of losses and bounded weights."""

from collections import Counter
from itertools import combinations, product

import networkx as nx
import pytest

from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.densest_subgraph import densest_subgraph
from relucert.reductions.problems.monotone_circuit import circuit
from relucert.reductions.problems.training import LOSSES, TrainingInstance, sample
from relucert.reductions.tight_hardness.circuit_to_double_wells import CircuitToDoubleWells
from relucert.reductions.tight_hardness.circuit_to_relu import CircuitToRelu
from relucert.reductions.tight_hardness.coloring_to_bounded_relu import ColoringToBoundedRelu
from relucert.reductions.tight_hardness.densest_subgraph_to_bounded_relu import DensestSubgraphToBoundedRelu
from relucert.reductions.tight_hardness.lift_target_error import LiftTargetError
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.verify.testing.laws import check_laws

pytestmark = pytest.mark.thorough


def all_circuits(inputs, gates):
    """Every sequence of gates over all nonempty sets of earlier wires; the last wire is the output."""

    def choices(wires):
        sets = [s for size in range(1, wires + 1) for s in combinations(range(wires), size)]
        return list(product(("and", "or"), sets))

    for chosen in product(*(choices(inputs + i) for i in range(gates))):
        yield inputs, chosen, inputs + gates - 1


@pytest.mark.parametrize(
    ("inputs", "gates", "count"),
    [(1, 1, 2), (2, 1, 6), *(pytest.param(*size, marks=pytest.mark.slow) for size in ((1, 2, 12), (2, 2, 84)))],
)
@pytest.mark.parametrize("r", [CircuitToRelu(), CircuitToDoubleWells()], ids=lambda r: r.name)
def test_all_small_circuits(r, inputs, gates, count, shares):
    circuits = list(all_circuits(inputs, gates))
    assert len(circuits) == count
    answers = Counter(check_laws(r, circuit(*c, t)) for c in circuits for t in range(inputs + 1))
    shares(answers["YES"], answers["NO"])


def graphs_of(least, most):
    """All graphs with so many vertices, up to isomorphism."""
    return [g for g in nx.graph_atlas_g() if least <= len(g) <= most]


GRAPHS = {
    "two colours": [coloring(len(g), g.edges, 2) for g in graphs_of(3, 4)],
    "more": [coloring(len(g), g.edges, k) for k, n in ((2, 5), (3, 4)) for g in graphs_of(1, n)],
}


@pytest.mark.parametrize(
    ("scope", "no"),
    [("two colours", 5), pytest.param("more", 26 + 1, marks=pytest.mark.slow)],  # K₄ needs four colours
)
def test_bounded_coloring_of_all_small_graphs(scope, no, shares):
    """Of the 4, 11 and 34 graphs with 3, 4 and 5 vertices 3, 7 and 13 are bipartite (OEIS A033995)."""
    answers = Counter(check_laws(ColoringToBoundedRelu(), instance) for instance in GRAPHS[scope])
    assert answers["NO"] == no
    shares(answers["YES"], answers["NO"])


@pytest.mark.parametrize("most", [2, *(pytest.param(n, marks=pytest.mark.slow) for n in (3, 4))])
def test_subgraphs_of_all_small_graphs(most, shares):
    """Every ℓ, and every κ up to 3: where κ = 4 there is nothing to choose, but tight balls take most of the time."""
    answers = Counter(
        check_laws(DensestSubgraphToBoundedRelu(), densest_subgraph(len(g), g.edges, kappa, wanted))
        for g in graphs_of(1, most)
        for kappa in range(1, min(len(g), 3) + 1)
        for wanted in range(min(g.number_of_edges(), kappa * (kappa - 1) // 2) + 2)
    )
    shares(answers["YES"], answers["NO"])


def all_training_sets(points, labels):
    """Every set of at most two samples with these points and labels, for one neuron of every class."""
    samples = [sample([x], y) for x in points for y in labels]
    chosen = [c for size in range(3) for c in combinations(samples, size)]
    for c, output, bias in product(chosen, ("ones", "signs"), (False, True)):
        yield TrainingInstance(1, 1, c, output=output, bias=bias)


@pytest.mark.parametrize(
    ("points", "labels", "count"),
    [((1, 2), (-1, 1), 1 + 4 + 6), pytest.param((-1, 1, 2), (-1, 0, 1), 1 + 9 + 36, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(
    "r",
    [
        PadDimension(),
        *(pytest.param(LiftTargetError(1, loss), marks=[pytest.mark.slow] * (loss != "l1")) for loss in LOSSES[1:]),
    ],
    ids=str,
)
def test_all_small_training_sets(r, points, labels, count, shares):
    instances = list(all_training_sets(points, labels))
    assert len(instances) == 4 * count
    answers = Counter(check_laws(r, i) for i in instances)
    shares(answers["YES"], answers["NO"])
