"""Multicoloured Clique → training of a single linear threshold neuron (Corollary 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relucert.reductions.cost import INTEGER, Size, arithmetic, formulas, held
from relucert.reductions.exact import InvalidInstance, Rational, shorten
from relucert.reductions.parameters import Integer
from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE, Clique, MulticoloredCliqueInstance
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    longest_of,
    samples_words,
    training_size,
)

Point = tuple[tuple[int, Rational], ...]
LOSSES = ("l0", "l1", "l2")


@dataclass(frozen=True)
class CliqueToThreshold(ToTraining[MulticoloredCliqueInstance, Clique]):
    """A clique with one vertex of each of κ colours exists iff one threshold neuron in 2κ dimensions errs at most T.

    The loss is the number of samples missed, the absolute or the squared error, for `loss` = 0, 1, 2.

    Construction. Coordinates u_c and v_c for each colour c; one neuron a·[w·x + b > 0] with any a, b ∈ ℝ. Its weights
    are called s_c at u_c and −τ_c at v_c. The vertices v = 0, …, n − 1 have the positions p_v = 3v(2n² + v). Let M be
    the set of missing edges: pairs of vertices of different colours that are not adjacent. T = n − κ + |M|, and
    H = T(T + 1) + 1. The samples are
    anchors, H times each: (0, 0); and (u_c = 1, 1) for each colour c;
    for each vertex v of colour c: (u_c = p_v, v_c = 1; 0) and (u_c = p_v + 1, v_c = 1; 1); and
    for each missing edge vw of colours c and d: (u_c = p_v − 1, v_c = 1, u_d = p_w − 1, v_d = 1; 1) and
    (u_c = p_v + 1, v_c = 1, u_d = p_w + 1, v_d = 1; 0).

    Positions. p_v + p_w = 3(2n²(v + w) + v² + w²) with v² + w² < 2n² says what v + w and v² + w² are, hence {v, w}. So
    the sums of two other positions differ from it by at least 3.

    Forward. s_c = 1, τ_c = p_v for the vertex v of colour c in the clique; a = 1 and b = 0. Then z = w·x + b is 0 and 1
    at the anchors. At the samples of a vertex w, z is p_w − p_v and p_w − p_v + 1: of the two samples one is missed,
    but none if w = v. At the samples of a missing edge, z is D − 2 and D + 2, where D is the difference between the
    positions of its ends together and those of the clique's vertices of the same colours. That are other vertices, as
    the clique misses no edge, so |D| ≥ 3: both have the same sign, and one of the two is missed. The loss is exactly T.

    Backward. Let the loss be at most T. Then the samples of label 1 with z ≤ 0 and those of label 0 with z > 0, the
    errors, count at most T, with multiplicity. For let P and N count the active samples of label 1 and 0, and Q the
    inactive samples of label 1, so that there are Q + N errors. If an anchor of label 1 is inactive, it costs H > T. So
    P ≥ H. The loss is Q + P·|1 − a|^p + N·|a|^p with p = 1 or 2. For p = 1 that is at least Q + min(P, N), and for
    p = 2 at least Q + PN/(P + N) ≥ Q + HN/(H + N). If there were T + 1 errors or more, that would be at least T + 1 and
    H(T + 1)/(H + T + 1) > T, respectively, as H > T(T + 1) and as one more in N adds at most 1. In l0, a ≠ 1 would miss
    all samples of label 1, which are at least H > T; so a = 1, and the loss counts the errors.

    So no anchor is an error: b ≤ 0 < s_c + b, and s_c > 0, for all c. Write q_v = s_c p_v − τ_c + b for a vertex v of
    colour c. It is selected if q_v ≤ 0 < q_v + s_c. At its two samples z is q_v and q_v + s_c, so one of them is an
    error if v is not selected. At most one vertex of a colour is selected, since later ones have
    q_w = q_v + s_c(p_w − p_v) ≥ q_v + 3s_c > 0. So there are n − κ errors at the vertices, plus one for each colour
    without a selected vertex, or more. At the samples of a missing edge vw of colours c and d,
    z = q_v + q_w − b ∓ (s_c + s_d). It is less at the first, so that one of them is an error. Both are if v and w are
    selected: then −s_c − s_d < q_v + q_w ≤ 0 and −s_c < b ≤ 0, so z ≤ −b − s_c − s_d < 0 at the first and z > −b ≥ 0 at
    the second. Together there are at least T errors, plus one for each colour without a selected vertex and for each
    missing edge between selected ones. Hence the selected vertices are a clique with one vertex of every colour.

    Size. Dimension 2κ, κ + 1 + 2n + 2|M| samples, one neuron. The largest number in a sample is p_{n−1} + 1 < 9n³, the
    largest multiplicity H ≤ n⁴. The dimension depends on κ only: training is W[1]-hard with respect to it, and takes
    more than f(d)·n^o(d) time under the exponential time hypothesis, also with all numbers written in unary.

    A triangle in three colours, of which the second has two vertices; and what is left without one of its edges:

    >>> from relucert.reductions.problems.multicolored_clique import multicolored_clique
    >>> from relucert.reductions.problems.training import TRAINING, loss_of
    >>> r = CliqueToThreshold()
    >>> yes = multicolored_clique([0, 1, 1, 2], [(0, 1), (0, 2), (0, 3), (2, 3)])
    >>> net = r.forward(yes, (0, 2, 3))
    >>> net.weights[0], loss_of(r.reduce(yes), net), r.reduce(yes).threshold
    ((1, 0, 1, -204, 1, -315), 2, 2)
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net)
    (True, (0, 2, 3))
    >>> no = multicolored_clique([0, 1, 1, 2], [(0, 1), (0, 2), (0, 3)])
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, chosen)) for chosen in [(0, 1, 3), (0, 2, 3)])
    False

    Deviations. The paper says that the reduction of Froese, Hertrich and Niedermeier to one ReLU carries over, without
    stating it. Here the missing edges have samples, not the edges. Then two chosen vertices pay for a missing edge
    whatever the scales s_c are, and no vertex needs copies to outweigh the edges. With sums of positions that are
    unique also within a colour, all numbers are polynomial in n. The losses of 0 < p < 1 and p > 2 are left out. The
    largest error (p = ∞) of a single threshold neuron is no hard problem: with a in one of few intervals, each sample
    says whether it must be active, and the rest is a linear program.
    """

    loss: int = 1  # l0 is decided about ten times more slowly
    parameters = {"loss": Integer("the exponent 0, 1 or 2 of the loss", 1)}  # noqa: RUF012

    name = "clique-to-threshold"
    source = MULTICOLORED_CLIQUE
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Corollary 8"
    sizes = formulas(
        dimension="2*colors",
        samples="≤ colors + 2*vertices + vertices*(vertices - 1) - 2*edges + 1",
        neurons="1",
        coordinates="≤ colors + 4*vertices + 4*vertices*(vertices - 1) - 8*edges - 1",
        bits="bit_length(3*(vertices - 1)*(2*vertices**2 + vertices - 1) + 1)",
    )

    def __post_init__(self) -> None:
        if self.loss not in range(len(LOSSES)):
            raise InvalidInstance(f"loss must be 0, 1 or 2, not {shorten(self.loss)}")

    def reduce(self, instance: MulticoloredCliqueInstance) -> TrainingInstance:
        threshold = self._threshold(instance)
        return TrainingInstance(
            2 * instance.kappa,
            1,
            (*self._anchors(instance, threshold * (threshold + 1) + 1), *self._choices(instance)),
            activation="threshold",
            output="real",
            bias=True,
            loss=LOSSES[self.loss],
            threshold=threshold,
        )

    def forward(self, instance: MulticoloredCliqueInstance, witness: Clique) -> Network:
        weights = [w for v in witness for w in (1, -self._position(instance, v))]
        return Network((tuple(weights),), (0,), (1,))

    def backward(self, instance: MulticoloredCliqueInstance, witness: Network) -> Clique:
        """In every colour the last vertex of q_v ≤ 0."""
        weights, bias = witness.weights[0], witness.biases[0]

        def inactive(v: int) -> bool:
            c = instance.colors[v]
            return weights[2 * c] * self._position(instance, v) + weights[2 * c + 1] + bias <= 0

        return tuple(max(members, key=lambda v: (inactive(v), v)) for members in instance.classes())

    def stages(self, instance: MulticoloredCliqueInstance) -> Iterator[Size]:
        n, kappa, missing = instance.vertices, instance.kappa, instance.missing
        largest, threshold = self._position(instance, n - 1) + 1, self._threshold(instance)
        coordinates = kappa + (4 * n - 1) + (8 * missing)
        words = samples_words(1 + kappa, kappa, INTEGER, INTEGER, held(threshold * (threshold + 1) + 1))
        words += samples_words(2 * (n + missing), 4 * n + 8 * missing, held(largest)) + held(threshold)
        yield training_size(2 * kappa, 1, kappa + 1 + 2 * n + 2 * missing, coordinates, largest.bit_length(), words)

    def work(
        self, instance: MulticoloredCliqueInstance, witness: Clique | None = None, image: Network | None = None
    ) -> int:
        """`reduce` goes through all pairs of vertices, and backward looks at each vertex."""
        n = instance.vertices
        if image is not None:
            return super().work(instance, witness, image) + 4 * n * arithmetic(longest_of(image), longest_of(image) + 4)
        return super().work(instance, witness) + (n * n if witness is None else 0)

    def _threshold(self, instance: MulticoloredCliqueInstance) -> int:
        return instance.vertices - instance.kappa + instance.missing

    def _position(self, instance: MulticoloredCliqueInstance, v: int) -> int:
        return 3 * v * (2 * instance.vertices**2 + v)

    def _anchors(self, instance: MulticoloredCliqueInstance, copies: int) -> Iterator[Sample]:
        yield Sample((), 0, copies)
        for c in range(instance.kappa):
            yield Sample(((2 * c, 1),), 1, copies)

    def _choices(self, instance: MulticoloredCliqueInstance) -> Iterator[Sample]:
        for v in range(instance.vertices):
            yield Sample(self._point(instance, 0, v), 0)
            yield Sample(self._point(instance, 1, v), 1)
        for v, w in instance.missing_edges():
            yield Sample(self._point(instance, -1, v, w), 1)
            yield Sample(self._point(instance, 1, v, w), 0)

    def _point(self, instance: MulticoloredCliqueInstance, shift: int, *vertices: int) -> Point:
        """The vertices, shifted from their positions."""
        point: list[tuple[int, int]] = []
        for c, v in sorted((instance.colors[v], v) for v in vertices):
            point += [(2 * c, self._position(instance, v) + shift), (2 * c + 1, 1)]
        return tuple((t, value) for t, value in point if value)
