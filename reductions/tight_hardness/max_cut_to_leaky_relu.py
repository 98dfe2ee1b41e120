"""Max-Cut → training of a single leaky ReLU up to a squared error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

from relucert.reductions.cost import Size, arithmetic, formulas, held, longest
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.graphs import Vertices
from relucert.reductions.parameters import Number
from relucert.reductions.problems.max_cut import MAX_CUT, MaxCutInstance
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    network,
    require_slope,
    samples_words,
    training_size,
)


@dataclass(frozen=True)
class MaxCutToLeakyRelu(ToTraining[MaxCutInstance, Vertices]):
    """Some set cuts at least c edges iff one leaky ReLU max(z, αz) has a small squared error on samples of the graph.

    Construction. One coordinate per vertex; no bias, output weight ±1. The samples are (±e_v, 1) for each vertex v, A
    times each, and (±(e_u + e_v), 0) for each edge. Let m be the number of edges, d_v the degree of v, A = 2Σd_v² + 1,
    β = 1 + α², z₀ = (1 − α)/β, U = 4βz₀² and B = An(2 − βz₀²). The squared error may be θ = B + U·(m − min(c, m + 1)),
    or 0 if that is negative.

    A pair of samples. max(z, αz) and max(−z, −αz) are |z| and −α|z| in some order. Their squares add up to βz². Their
    errors against the label 1 add up to βz² − 2(1 − α)|z| + 2 = β(|z| − z₀)² + 2 − βz₀².

    Forward. w_v is z₀ in the set and −z₀ outside. The vertices cost B, an edge that is cut costs nothing, and each
    other one β(2z₀)² = U. So the error is B + U·(m − cut).

    Backward. The set is {v : w_v > 0}. If the output weight is −1, a pair at a vertex costs
    (|z| + 1)² + (1 − α|z|)² ≥ 2, so the error is at least 2An, which is more than θ ≤ B + Um: An·βz₀² = AnU/4 > Um, as
    A > 4m because of Σd_v² ≥ Σd_v = 2m. So let it be 1, and |w_v| = z₀ + δ_v. At an edge with both ends on one side,
    where the signs are equal or a weight is 0, β(w_u + w_v)² ≥ β(2z₀ + δ_u + δ_v)² ≥ U + 4βz₀(δ_u + δ_v): the sum of
    these and of Aβδ_v² over the vertices is at least U for each such edge, minus Σ (4βz₀d_v)²/(4Aβ) =
    UΣd_v²/A < U/2. Hence the error is more than B + U·(m − cut) − U/2. If it is at most θ, then either θ is not 0
    instead of a negative number, and m − cut < m − min(c, m + 1) + 1/2, that is, cut ≥ min(c, m + 1), so cut ≥ c; or it
    is, and c > m. Then B < U, which is only possible if there is no edge: B ≥ An ≥ 2(4m + 1) > 4 ≥ U otherwise. But
    without edges the error is at least B > 0.

    Size. Dimension n, 2(n + m) samples, one neuron. Coordinates and labels are 0 and ±1, multiplicities at most A.

    Of a triangle two edges can be cut, and not three:

    >>> r, triangle = MaxCutToLeakyRelu(), ((0, 1), (0, 2), (1, 2))
    >>> yes = MaxCutInstance(3, triangle, cut_wanted=2)
    >>> net = r.forward(yes, (0,))
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net)
    (True, (0,))
    >>> no = MaxCutInstance(3, triangle, cut_wanted=3)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, s)) for s in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)))
    False

    Deviations. The paper trains a ReLU, from set cover. That does not carry over: an element that is covered twice
    costs α²z². There is no constant factor between the errors of YES and NO here.
    """

    alpha: Rational = Fraction(1, 10)
    parameters = {"alpha": Number("the slope 0 ≤ α < 1 of the leaky ReLU below 0", Fraction(1, 10))}  # noqa: RUF012

    name = "max-cut-to-leaky-relu"
    source = MAX_CUT
    target = TRAINING
    reference = "after Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 4 (first part), for leaky ReLUs"
    sizes = formulas(
        dimension="vertices",
        samples="2*(vertices + edges)",
        neurons="1",
        coordinates="2*vertices + 4*edges",
        bits="1",
    )

    def __post_init__(self) -> None:
        require_slope(self.alpha)

    def reduce(self, instance: MaxCutInstance) -> TrainingInstance:
        copies = self._copies(instance)
        samples = [Sample(((v, sign),), 1, copies) for v in range(instance.vertices) for sign in (1, -1)]
        samples += (Sample(((u, sign), (v, sign)), 0) for u, v in instance.edges for sign in (1, -1))
        return TrainingInstance(
            instance.vertices, 1, tuple(samples), "leaky-relu", loss="l2", threshold=self._threshold(instance),
            alpha=self.alpha,
        )  # fmt: skip

    def forward(self, instance: MaxCutInstance, witness: Vertices) -> Network:
        z = (1 - self.alpha) / Fraction(1 + self.alpha**2)
        weights = [-z] * instance.vertices
        for v in witness:
            weights[v] = z
        return network([weights])

    def backward(self, instance: MaxCutInstance, witness: Network) -> Vertices:
        return tuple(v for v, w in enumerate(witness.weights[0]) if w > 0)

    def stages(self, instance: MaxCutInstance) -> Iterator[Size]:
        n, m = instance.vertices, len(instance.edges)
        words = samples_words(2 * n, 2 * n, multiplicity=held(self._copies(instance))) + samples_words(2 * m, 4 * m)
        words += held(self._threshold(instance)) + held(self.alpha)
        yield training_size(n, 1, 2 * (n + m), 2 * n + 4 * m, 1, words)

    def work(self, instance: MaxCutInstance, witness: Vertices | None = None, image: Network | None = None) -> int:
        """Also the threshold, and z₀, which each weight is or its negative."""
        long = 3 * longest((self.alpha,)) + 10
        numbers = 0 if witness is None else instance.vertices * long
        return super().work(instance, witness, image) + 20 * arithmetic(long, long) + numbers

    def _copies(self, instance: MaxCutInstance) -> int:
        """A."""
        degrees = Counter(chain.from_iterable(instance.edges))
        return 2 * sum(d * d for d in degrees.values()) + 1

    def _threshold(self, instance: MaxCutInstance) -> Rational:
        """θ."""
        m, square = len(instance.edges), Fraction((1 - self.alpha) ** 2) / (1 + self.alpha**2)  # βz₀² = U/4
        base = self._copies(instance) * instance.vertices * (2 - square)
        return simplified(max(Fraction(0), base + 4 * square * (m - min(instance.cut_wanted, m + 1))))
