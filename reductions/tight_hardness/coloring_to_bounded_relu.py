"""Hypergraph k-colouring → bounded training of k ReLUs (Theorem 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from math import ceil, isqrt

from relucert.reductions.cost import INTEGER, Size, formulas, held, held_fraction
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
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
    loss_of,
    network,
    samples_words,
    training_size,
)
from relucert.reductions.tight_hardness.relu_sum_to_relu_network import sign_gadget


@dataclass(frozen=True)
class ColoringToBoundedRelu(ToTraining[ColoringInstance, Coloring]):
    """A hypergraph is k-colourable iff k ReLUs in the unit ball fit its samples; if it is far from that, so are they.

    That is `violated` v = 0, an exact fit. With v ≥ 1 the total squared error may be v·s²/8: still 0 for a k-colourable
    hypergraph, and at least v·s²/4 if every colouring violates v hyperedges. So v = 1 is an equivalence again, and
    v ≥ 2 keeps the promise that there is a colouring with fewer than v violations.

    Construction. One coordinate per vertex, and two more, a and b, for the sign gadget; output weights ±1, no biases,
    ‖w_j‖ ≤ 1. Let n be the number of vertices, r the size of the largest hyperedge (2 if there is none), and
    s = 7/(8(r − 1)⌈√n⌉). The samples are
    (e_v, s) for each vertex v, one copy for every hyperedge that contains it, but at least one;
    (1_e/⌈√|e|⌉, 0) for each hyperedge e, k² copies; and
    (3(x − k + 1)/(5k) e_a − (3/5) e_b, 2z/(5k²)) for the points (x, z) of the sign gadget, where z is the sum of
    [x − 2i]₊ over i = 0, …, k − 1, with G = max(1, ⌈75k⁴s²|E|/2⌉) copies each.
    Inputs are in the unit ball, because (k + 1/2)² + k² ≤ (5k/3)², and labels in [0, 1]: it is a bounded problem.

    Forward. Neuron j has the weight s on the vertices of colour j, −(r − 1)s on all others, and 2/(3k) and
    2(2j − k + 1)/(3k²) on a and b. The squares sum up to at most n(r − 1)²s² + 8/(9k²) ≤ 49/64 + 2/9 < 1. A vertex
    sample activates exactly the neuron of its colour, with value s. A hyperedge has a vertex that is not of colour j,
    so neuron j sees at most (|e| − 1)s − (r − 1)s ≤ 0 on it. At a gadget point, neuron j sees 2(x − 2j)/(5k²).

    Backward. The colour of v is the least j that maximises w^j_v. This decodes every network that fits: by the proof
    below, or that of relu-sum-to-relu-network, all output weights are 1. Then some w^j_v is positive for each v, hence
    that of its colour is; and if all vertices of e had the colour j, neuron j would be positive on the sample of e.

    Gap. Every network, of any norm, with the total squared error δ on these samples decodes to a colouring that
    violates at most 4δ/s² hyperedges. First let all output weights be 1. Call a vertex sick if its value is less than
    s/2; each copy of its sample then costs at least s²/4. If v is not sick, the largest w^j_v is at least s/(2k). So a
    monochromatic hyperedge e without sick vertices has at least the value |e|s/(2k⌈√|e|⌉) ≥ s/(2k), and its copies
    cost at least s²/4. So every violated hyperedge is paid for: by its own samples, or by the copy, made for this
    hyperedge, of a sick vertex in it. Now let some output weight be −1. Between the first and third, third and fifth, …
    gadget point there are k disjoint open intervals, but at most k − 1 neurons have a convex kink. So the network is
    concave on one of them, on three successive points whose labels are strictly convex. For the first three, the slopes
    of z are 1/3 and 1, with distances 3/2 and 1; for later ones they differ by 1/2, with distances 1. By Cauchy–Schwarz
    the squared residuals at the three points sum up to at least (2/3)²/(38/9)·(2/(5k²))² or (1/2)²/6·(2/(5k²))². The
    latter is less, and equals 1/(150k⁴). So δ ≥ G/(150k⁴) ≥ s²|E|/4, and 4δ/s² ≥ |E|.

    There are at most n + (r + k²)|E| + (2k + 1)G samples. Let k and r be constant and n = O(|E|); then G = O(|E|/n). If
    every colouring violates a constant fraction of the hyperedges, the average error is Ω(s²) = Ω(1/n). See `gap`.

    Size. Dimension n + 2, n + |E| + 2k + 1 samples, k neurons. The largest numbers may stand in s or be ⌈√r⌉ or the
    denominator 5k² of the label 1/(5k²) of the second gadget point.

    A triangle needs three colours:

    >>> from relucert.reductions.problems.coloring import coloring
    >>> r, triangle = ColoringToBoundedRelu(), [(0, 1), (0, 2), (1, 2)]
    >>> yes = coloring(3, triangle, 3)
    >>> net = r.forward(yes, (0, 1, 2))
    >>> [str(w) for w in net.weights[2]]
    ['-7/16', '-7/16', '7/16', '2/9', '4/27']
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net)
    (True, (0, 1, 2))

    With two colours some edge is violated, and costs more than s²/4 = 49/1024:

    >>> no = coloring(3, triangle, 2)
    >>> net = r.forward(no, (0, 1, 0))
    >>> TRAINING.accepts(r.reduce(no), net), str(r.squared_error(no, net))
    (False, '49/64')
    >>> [r.violated_edges_bound(no, Fraction(numerator, 1024)) for numerator in (48, 49, 98)]
    [0, 1, 2]

    Deviations. The overview says that labels are Θ(1/√n) and that the multiplicities are to be chosen; the numbers are
    ours, as is the gadget. Hyperedges are scaled into the unit ball, although the text bounds only weights and labels.
    Errors are total ones; divided by the number of samples they are the average ones of the paper, see `gap`. A
    tangent for each sample makes a refutation of the squared error one of the colouring: at −s/2 for a vertex, s/(2k)
    for a hyperedge, and in proportion to a second difference at three points of the gadget.
    """

    violated: int = 0
    parameters = {  # noqa: RUF012
        "violated": Integer("v: squared error at most v·s²/8, so NO if v hyperedges are violated; 0: exact fit", 0)
    }

    name = "coloring-to-bounded-relu"
    source = HYPERGRAPH_COLORING
    target = TRAINING
    effort = 4
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 10"
    sizes = formulas(
        dimension="vertices + 2",
        samples="vertices + edges + 2*colors + 1",
        neurons="colors",
        coordinates="vertices + memberships + 4*colors + 2",
        bits="≤ bit_length(max(5*colors**2, 8*vertices**2))",
    )

    def __post_init__(self) -> None:
        json_count(self.violated, "violated")

    @property
    def is_equivalence(self) -> bool:
        return self.violated <= 1

    def promised(self, instance: ColoringInstance) -> ColoringInstance:
        """Fewer than v hyperedges may be violated."""
        return replace(instance, violations=max(0, self.violated - 1))

    def reduce(self, instance: ColoringInstance) -> TrainingInstance:
        require_no_violations(instance, self.name)
        n, k, s = instance.vertices, instance.colors, self._label(instance)
        degrees, copies = Counter(chain.from_iterable(instance.edges)), self._gadget_copies(instance)
        samples = [Sample(((v, 1),), s, max(1, degrees[v])) for v in range(n)]
        for e in instance.edges:
            share = Fraction(1, _root(len(e)))
            samples.append(Sample(tuple((v, share) for v in e), 0, k * k))
        for x, z in sign_gadget(k):
            a, y = simplified(Fraction(3, 5 * k) * (x - k + 1)), simplified(Fraction(2, 5 * k * k) * z)
            samples.append(Sample(((n, a), (n + 1, Fraction(-3, 5))), y, copies))
        loss, threshold = ("l2", simplified(self.violated * s * s / 8)) if self.violated else ("exact", 0)
        return TrainingInstance(n + 2, k, tuple(samples), norm_bound=1, loss=loss, threshold=threshold)

    def forward(self, instance: ColoringInstance, witness: Coloring) -> Network:
        k, on = instance.colors, self._label(instance)
        off = (1 - self._largest(instance)) * on
        gadget = ((Fraction(2, 3 * k), Fraction(2 * (2 * j - k + 1), 3 * k * k)) for j in range(k))
        return network([*(on if c == j else off for c in witness), *last] for j, last in enumerate(gadget))

    def backward(self, instance: ColoringInstance, witness: Network) -> Coloring:
        colors, weights = range(instance.colors), witness.weights
        return tuple(max(colors, key=lambda j: weights[j][v]) for v in range(instance.vertices))

    def stages(self, instance: ColoringInstance) -> Iterator[Size]:
        require_no_violations(instance, self.name)
        n, k, s, edges = instance.vertices, instance.colors, self._label(instance), len(instance.edges)
        root, memberships = _root(self._largest(instance)), sum(map(len, instance.edges))
        numbers = [5 * k * k]
        if n:
            numbers += [s.numerator, s.denominator, root]
        bits = max(number.bit_length() for number in numbers)
        gadget = held_fraction((5 * k * k).bit_length())
        words = samples_words(n, n, INTEGER, held(s)) + samples_words(
            edges, memberships, held_fraction(root.bit_length()), INTEGER, held(k * k)
        )
        words += samples_words(2 * k + 1, 4 * k + 2, gadget, gadget, held(self._gadget_copies(instance)))
        words += held(self.violated * s * s / 8)
        yield training_size(n + 2, k, n + edges + 2 * k + 1, n + memberships + 4 * k + 2, bits, words)

    def squared_error(self, instance: ColoringInstance, net: Network) -> Rational:
        """The total squared error on the samples of the target."""
        return loss_of(replace(self.reduce(instance), loss="l2"), net)

    def violated_edges_bound(self, instance: ColoringInstance, squared_error: Rational) -> int:
        """How many hyperedges `backward` violates at most, from any network with this total squared error."""
        return min(len(instance.edges), int(4 * squared_error / self._label(instance) ** 2))

    def gap(self, instance: ColoringInstance, violated: int) -> Fraction:
        """The average squared error that every network has, if every colouring violates at least so many hyperedges."""
        k, degrees = instance.colors, Counter(chain.from_iterable(instance.edges))
        copies = degrees.total() + instance.vertices - len(degrees)
        copies += k * k * len(instance.edges) + (2 * k + 1) * self._gadget_copies(instance)
        return violated * self._label(instance) ** 2 / (4 * copies)

    @staticmethod
    def _largest(instance: ColoringInstance) -> int:
        return max(map(len, instance.edges), default=2)

    def _label(self, instance: ColoringInstance) -> Fraction:
        return Fraction(7, 8 * (self._largest(instance) - 1) * max(1, _root(instance.vertices)))

    def _gadget_copies(self, instance: ColoringInstance) -> int:
        return max(1, ceil(75 * instance.colors**4 * self._label(instance) ** 2 * len(instance.edges) / 2))


def _root(n: int) -> int:
    """⌈√n⌉."""
    return isqrt(n - 1) + 1 if n else 0
