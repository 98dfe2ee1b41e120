"""Hypergraph k-colouring → sum of k leaky ReLUs: the samples of Theorem 8, step I, and mirror images of vertices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from relucert.reductions.cost import Size, arithmetic, formulas, held, longest
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.parameters import Number
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
    TrainingInstance,
    require_slope,
    samples_words,
    training_size,
)
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum


@dataclass(frozen=True)
class ColoringToLeakyReluSum(ColoringToReluSum):
    """A hypergraph is k-colourable iff a sum of k leaky ReLUs max(z, αz) fits samples and mirror images of vertices.

    Construction. With the size r of the largest hyperedge, and 2 if there is none, let c = 1 − (k − 1)(r − 1). The
    samples are (e_v, 1 − α + αc) and (−e_v, 1 − α − c) for each vertex v, and (1_e, αc·|e|) for each hyperedge e. No
    biases; all output weights are 1.

    These are the samples of `coloring-to-relu-sum` in disguise. As max(z, αz) = (1 − α)[z]₊ + αz, a network of leaky
    ReLUs is (1 − α)R + αL with R(x) = Σ_j [w_j·x]₊ and L(x) = Σ_j w_j·x; at −x it is (1 − α)(R − L) − αL, as
    [−z]₊ = [z]₊ − z. So its values at e_v and −e_v differ by (1 + α)L(e_v), their labels by (1 + α)c. A network that
    fits has L(e_v) = c for all v, and so L(1_e) = c·|e|, for L is linear. Hence it fits iff L is this function and, as
    1 − α > 0, R(e_v) = 1 and R(1_e) = 0: the same weights, as ReLUs, fit the samples of `coloring-to-relu-sum`.

    Forward. The weights of `coloring-to-relu-sum`: at each vertex one neuron has weight 1 and the others −(r − 1), so
    L(e_v) = c.

    Backward. Every network that fits decodes as there: the colour of v is the least j with w^j_v > 0.

    Size. Dimension |V|, 2|V| + |E| samples, k neurons.

    A triangle needs three colours:

    >>> from relucert.reductions.problems.coloring import coloring
    >>> r, triangle = ColoringToLeakyReluSum(), [(0, 1), (0, 2), (1, 2)]
    >>> yes = coloring(3, triangle, 3)
    >>> net = r.forward(yes, (0, 1, 2))
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net)
    (True, (0, 1, 2))
    >>> no = coloring(3, triangle, 2)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, (a, b, c))) for a in (0, 1) for b in (0, 1) for c in (0, 1))
    False

    Deviations. The paper is about ReLUs. The unchanged samples do not do: three leaky ReLUs with α = 1/10 fit those of
    the Grötzsch graph, which needs four colours.
    """

    alpha: Rational = Fraction(1, 10)
    parameters = {"alpha": Number("the slope 0 ≤ α < 1 of the leaky ReLUs below 0", Fraction(1, 10))}  # noqa: RUF012

    name = "coloring-to-leaky-relu-sum"
    source = HYPERGRAPH_COLORING
    target = TRAINING
    reference = "after Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 8 (step I), for leaky ReLUs"
    sizes = formulas(
        dimension="vertices",
        samples="2*vertices + edges",
        neurons="colors",
        coordinates="2*vertices + memberships",
    )

    def __post_init__(self) -> None:
        require_slope(self.alpha)

    def reduce(self, instance: ColoringInstance) -> TrainingInstance:
        require_no_violations(instance, self.name)
        label, mirrored, *others = self._labels(instance)
        samples = [
            Sample(((v, sign),), y) for v in range(instance.vertices) for sign, y in ((1, label), (-1, mirrored))
        ]
        of_size = dict(zip(sizes_of_edges(instance), others, strict=True))
        samples += (Sample(tuple((v, 1) for v in e), of_size[len(e)]) for e in instance.edges)
        return TrainingInstance(
            instance.vertices, instance.colors, tuple(samples), "leaky-relu", output="ones", alpha=self.alpha
        )

    def stages(self, instance: ColoringInstance) -> Iterator[Size]:
        require_no_violations(instance, self.name)
        n, edges = instance.vertices, len(instance.edges)
        labels = self._labels(instance) if n else []
        samples, coordinates = 2 * n + edges, 2 * n + sum(map(len, instance.edges))
        bits = max((part.bit_length() for y in labels for part in (y.numerator, y.denominator)), default=0)
        words = samples_words(samples, coordinates, label=max(map(held, labels), default=0)) + held(self.alpha)
        yield training_size(n, instance.colors, samples, coordinates, bits, words)

    def work(self, instance: ColoringInstance, witness: Coloring | None = None, image: Network | None = None) -> int:
        """Also the labels."""
        long = longest((self.alpha, instance.colors * instance.vertices))
        return super().work(instance, witness, image) + 10 * (3 + len(instance.edges)) * arithmetic(long, long)

    def _labels(self, instance: ColoringInstance) -> list[Rational]:
        """Of a vertex, of its mirror image, and of hyperedges of each size."""
        sizes = sizes_of_edges(instance)
        c, a = 1 - (instance.colors - 1) * (max(sizes, default=2) - 1), self.alpha
        return [simplified(1 - a + a * c), simplified(1 - a - c), *(simplified(a * c * size) for size in sizes)]


def sizes_of_edges(instance: ColoringInstance) -> list[int]:
    return sorted({*map(len, instance.edges)})
