"""Hypergraph k-colouring → k ReLUs with output weights ±1: both steps of Theorem 8."""

from __future__ import annotations

from relucert.reductions.cost import formulas
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING
from relucert.reductions.problems.training import TRAINING
from relucert.reductions.reduction import Chain
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.reductions.tight_hardness.relu_sum_to_relu_network import ReluSumToReluNetwork


class ColoringToReluNetwork(Chain):
    """A hypergraph is k-colourable iff a network of k ReLUs with output weights ±1 fits its samples; any k ≥ 2.

    Construction. The sum of k ReLUs that `coloring-to-relu-sum` asks for, and then what `relu-sum-to-relu-network` adds
    to make every output weight 1. Both are proved there.

    A path of three vertices has a 2-colouring, a triangle has none:

    >>> from relucert.reductions.problems.coloring import coloring
    >>> r, path = ColoringToReluNetwork(), coloring(3, [(0, 1), (1, 2)], 2)
    >>> net = r.forward(path, (0, 1, 0))
    >>> TRAINING.accepts(r.reduce(path), net), r.backward(path, net)
    (True, (0, 1, 0))
    >>> triangle = coloring(3, [(0, 1), (0, 2), (1, 2)], 2)
    >>> TRAINING.accepts(r.reduce(triangle), net)
    False
    """

    name = "coloring-to-relu-network"
    source = HYPERGRAPH_COLORING
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 8"
    sizes = formulas(
        dimension="vertices + 2",
        samples="vertices + edges + 2*colors + 1",
        neurons="colors",
        coordinates="vertices + memberships + 4*colors + 2",
        bits="≤ bit_length(colors*(2*colors + 1))",
    )

    def __init__(self) -> None:
        super().__init__(ColoringToReluSum(), ReluSumToReluNetwork())
