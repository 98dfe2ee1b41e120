"""Hypergraph k-colouring → sum of k ReLUs (Vu 1998; Theorem 8, step I)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from relucert.reductions.cost import Size, formulas
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.coloring import (
    HYPERGRAPH_COLORING,
    Coloring,
    ColoringInstance,
    require_no_violations,
)
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    network,
    samples_words,
    training_size,
)


class ColoringToReluSum(ToTraining[ColoringInstance, Coloring]):
    """A hypergraph is k-colourable iff a sum of k ReLUs fits its vertices with label 1 and its hyperedges with label 0.

    Construction. One coordinate per vertex; no biases, all output weights 1. The samples are (e_v, 1) for each vertex v
    and (1_e, 0) for each hyperedge e, where e_v is a unit vector and 1_e the indicator vector of e.

    Forward. Let r be the size of the largest hyperedge. Neuron j gets weight 1 on the vertices of colour j and
    −(r − 1) on all others. A vertex sample then activates exactly the neuron of its colour, with value 1. A hyperedge
    has a vertex that is not of colour j, so neuron j sees at most (|e| − 1) − (r − 1) ≤ 0 on it.

    Backward. The colour of v is the least j with w^j_v > 0. This decodes every network that fits: a vertex sample has
    label 1, so some w^j_v is positive; a hyperedge sample has label 0 and no summand is negative, so the sum of w^j_v
    over v ∈ e is at most 0 for every j, and not all vertices of e can have w^j_v > 0.

    Size. Dimension |V|, |V| + |E| samples, k neurons; all numbers are 0 or 1.

    A triangle needs three colours:

    >>> from relucert.reductions.problems.coloring import coloring
    >>> r, triangle = ColoringToReluSum(), [(0, 1), (0, 2), (1, 2)]
    >>> yes = coloring(3, triangle, 3)
    >>> net = r.forward(yes, (0, 1, 2))
    >>> net.weights
    ((1, -1, -1), (-1, 1, -1), (-1, -1, 1))
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net)
    (True, (0, 1, 2))

    and with two colours no network fits: its two neurons would have to share a vertex pair with positive weights.

    >>> no = coloring(3, triangle, 2)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, (a, b, c))) for a in (0, 1) for b in (0, 1) for c in (0, 1))
    False

    Deviations. None; the text does not give the weights off the colour class, −(r − 1) is the least that works.
    """

    name = "coloring-to-relu-sum"
    source = HYPERGRAPH_COLORING
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 8 (step I), after Vu, IEEE Trans. IT 44 (1998)"
    sizes = formulas(
        dimension="vertices",
        samples="vertices + edges",
        neurons="colors",
        coordinates="vertices + memberships",
        bits="min(1, vertices + edges)",
    )

    def reduce(self, instance: ColoringInstance) -> TrainingInstance:
        require_no_violations(instance, self.name)
        vertices = (Sample(((v, 1),), 1) for v in range(instance.vertices))
        edges = (Sample(tuple((v, 1) for v in e), 0) for e in instance.edges)
        return TrainingInstance(instance.vertices, instance.colors, tuple(chain(vertices, edges)), output="ones")

    def forward(self, instance: ColoringInstance, witness: Coloring) -> Network:
        off = 1 - max(map(len, instance.edges), default=2)
        return network([[1 if c == j else off for c in witness] for j in range(instance.colors)])

    def backward(self, instance: ColoringInstance, witness: Network) -> Coloring:
        return tuple(self._color(v, witness) for v in range(instance.vertices))

    @staticmethod
    def _color(v: int, witness: Network) -> int:
        for j, w in enumerate(witness.weights):
            if w[v] > 0:
                return j
        raise InvalidInstance(f"no neuron has a positive weight at vertex {v}: this network does not fit")

    def stages(self, instance: ColoringInstance) -> Iterator[Size]:
        require_no_violations(instance, self.name)
        n, edges = instance.vertices, len(instance.edges)
        samples, coordinates = n + edges, n + sum(map(len, instance.edges))
        words = samples_words(samples, coordinates)
        yield training_size(n, instance.colors, samples, coordinates, 1 if samples else 0, words)

    def work(self, instance: ColoringInstance, witness: Coloring | None = None, image: Network | None = None) -> int:
        """Backward asks for signs only."""
        if image is None:
            return super().work(instance, witness)
        return 1000 + 2 * instance.vertices * (instance.colors + 4)
