"""Multicoloured Clique → training of one or more linear threshold neurons (Corollary 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relucert.reductions.cost import INTEGER, Size, arithmetic, formulas, held
from relucert.reductions.exact import MAX_DIGITS, NUMBER_LIMIT, InvalidInstance, Rational, TooLarge, shorten
from relucert.reductions.json_text import json_count
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

    With k > 1 neurons, `neurons`, it exists iff these err at most T in 2κ + 1 dimensions.

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

    More neurons, k > 1: Σ_j a_j·[w_j·x + b_j > 0]. One more coordinate t, the height, is 0 at all samples so far. With
    R = 2p_{n−1} + 4, no less than the sum of the absolute coordinates of any of them, the 4κ feet have a single
    coordinate, R or −R at some u_c or v_c. Over each foot there are k samples, H times each, at the heights t = 1, …, k
    with the labels 2^h − 2, that is 0, 2, 6, 14, …: from height h to the next the label grows by 2^h. In l0, H = T + 1;
    in l1 and l2, H = T·(8kp(T + 1))^p + 1 with the exponent p.

    Forward. The neuron of the clique gets the weight −R·max |w| at t, so it is inactive over all feet; neuron h of the
    k − 1 others is [t > h + ½] and has the output weight 2^h. The loss is T, as before.

    Backward. Let the loss be at most T. Then at the samples that count H times f is closer to its label than η =
    1/(8kp(T + 1)), and in l0 it is equal. Going up over a foot a neuron changes its state once at most, and then adds
    σ_j, which is a_j or −a_j and the same over every foot. Between the heights h and h + 1 some neurons change, and
    their σ add up to 2^h, up to 2η. So each of the k − 1 intervals has a neuron of its own, and at most one interval
    has two. Call a neuron that is alone in the interval h over some foot of type h: σ_j is 2^h up to 2η, so it has one
    type at most.
    (a) Over some foot each interval has one neuron. Let l be the neuron that is left. At height 0, f(u_c) − f(0) is 1
    up to 2η. Neurons of a type contribute even integers, so l does not, and a_l is an odd integer, up to 2kη: l tells 0
    from every u_c. If l changed over another foot, in an interval that has at most one neuron besides, then σ_l would
    be even, up to 4η, which together with 2kη is less than 1. So it changes over no foot, and over each foot the
    interval h has the neuron of type h.
    (b) Otherwise over every foot some interval has two neurons, p and q. If one of them were of some type over another
    foot, or in an interval with one that is, then σ_p and σ_q would both be even, up to 6η, and so would f(u_c) − f(0),
    up to (2k + 6)η < 1 − 2η. So they share an interval over every foot, the same one as σ_p + σ_q is.
    In both cases a neuron that changes over the feet does so in one interval, from h to h + 1, over every foot, where h
    ≥ 1. If it is inactive at height h over all feet, and active at h + 1, it is inactive at height 0 over all feet and
    hence on their convex hull, where all the samples of height 0 are; if it is active at h, it is active there. It is
    constant. In case (b) so is f, but f(u_c) ≠ f(0). In case (a) f is C + a_l·[z_l > 0] on the samples of height 0,
    where C is even, up to 2kη. So l is inactive at 0, where f is about 0, and active at u_c, where f is about 1; and f
    has a value closer to 0 than η wherever l is inactive, one closer to 1 wherever it is active. A sample that [z_l >
    0] misses costs at least (1 − η)^p ≥ 1 − pη > T/(T + 1), or 1 in l0. So it misses at most T, and the proof for one
    neuron goes on from there.

    Size. Dimension 2κ, κ + 1 + 2n + 2|M| samples, one neuron. The largest number in a sample is p_{n−1} + 1 < 9n³, the
    largest multiplicity H ≤ n⁴. More neurons have a dimension and 4κk samples more, labels below 2^k and coordinates
    below 18n³. The dimension depends on κ only: training is W[1]-hard with respect to it, and takes more than
    f(d)·n^o(d) time under the exponential time hypothesis, also with all numbers written in unary if k is fixed. If 2^k
    has more than 4,000 digits, no file holds the labels, and `reduce` raises TooLarge.

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
    unique also within a colour, all numbers are polynomial in n. Training problems state the losses of p = 0, 1 and 2
    only; one neuron has the others as well, with H = T + 1 for 0 < p ≤ 1, and for p > 1 with the least integer H above
    (p − 1)^{p−1}·(T + 1)^p. The largest error (p = ∞) of a single threshold neuron is no hard problem: one linear
    program decides it (`verify/provers/max_loss.py`). Of two or more it is hard, as an error of 0 is
    (`separability-to-thresholds`).
    """

    loss: int = 1  # l0 is decided about ten times more slowly
    neurons: int = 1
    parameters = {  # noqa: RUF012
        "loss": Integer("the exponent 0, 1 or 2 of the loss", 1),
        "neurons": Integer("the number k ≥ 1 of neurons", 1),
    }

    name = "clique-to-threshold"
    source = MULTICOLORED_CLIQUE
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Corollary 8"
    sizes = formulas(
        dimension="2*colors + min(1, neurons - 1)",
        samples="≤ colors + 2*vertices + vertices*(vertices - 1) - 2*edges + 1 + 4*colors*neurons*min(1, neurons - 1)",
        neurons="neurons",
        coordinates="≤ colors + 4*vertices + 4*vertices*(vertices - 1) - 8*edges - 1"
        " + 8*colors*neurons*min(1, neurons - 1)",
        bits="max(bit_length(3*(vertices - 1)*(2*vertices**2 + vertices - 1) + 1), min(1, neurons - 1)"
        "*max(neurons, bit_length(6*(vertices - 1)*(2*vertices**2 + vertices - 1) + 4)))",
    )

    def __post_init__(self) -> None:
        if self.loss not in range(len(LOSSES)):
            raise InvalidInstance(f"loss must be 0, 1 or 2, not {shorten(self.loss)}")
        json_count(self.neurons, "neurons", 1)

    def reduce(self, instance: MulticoloredCliqueInstance) -> TrainingInstance:
        self._require_labels()
        copies = self._copies(instance)
        return TrainingInstance(
            2 * instance.kappa + (self.neurons > 1),
            self.neurons,
            (*self._anchors(instance, copies), *self._choices(instance), *self._feet(instance, copies)),
            activation="threshold",
            output="real",
            bias=True,
            loss=LOSSES[self.loss],
            threshold=self._threshold(instance),
        )

    def forward(self, instance: MulticoloredCliqueInstance, witness: Clique) -> Network:
        weights = [w for v in witness for w in (1, -self._position(instance, v))]
        if self.neurons == 1:
            return Network((tuple(weights),), (0,), (1,))
        rows, biases, output = [(*weights, -self._radius(instance) * max(map(abs, weights)))], [0], [1]
        for h in range(1, self.neurons):
            rows.append((0,) * len(weights) + (2,))
            biases.append(-2 * h - 1)
            output.append(2**h)
        return Network(tuple(rows), tuple(biases), tuple(output))

    def backward(self, instance: MulticoloredCliqueInstance, witness: Network) -> Clique:
        """In every colour the last vertex of q_v ≤ 0, by the neuron that tells the anchors apart."""
        neurons = zip(witness.weights, witness.biases, strict=True)
        weights, bias = next((row, b) for row, b in neurons if b <= 0 < row[0] + b)

        def inactive(v: int) -> bool:
            c = instance.colors[v]
            return weights[2 * c] * self._position(instance, v) + weights[2 * c + 1] + bias <= 0

        return tuple(max(members, key=lambda v: (inactive(v), v)) for members in instance.classes())

    def stages(self, instance: MulticoloredCliqueInstance) -> Iterator[Size]:
        n, kappa, missing = instance.vertices, instance.kappa, instance.missing
        k, largest, copies = self.neurons, self._position(instance, n - 1) + 1, self._copies(instance)
        self._require_labels()
        samples, coordinates = kappa + 1 + 2 * n + 2 * missing, kappa + (4 * n - 1) + (8 * missing)
        bits = largest.bit_length()
        words = samples_words(1 + kappa, kappa, INTEGER, INTEGER, held(copies)) + held(self._threshold(instance))
        words += samples_words(2 * (n + missing), 4 * n + 8 * missing, held(largest))
        if k > 1:
            over_feet, radius = 4 * kappa * k, self._radius(instance)
            samples, coordinates = samples + over_feet, coordinates + 2 * over_feet
            bits = max(k, radius.bit_length())
            words += samples_words(over_feet, 2 * over_feet, held(radius), INTEGER + k // 60, held(copies))
        yield training_size(2 * kappa + (k > 1), k, samples, coordinates, bits, words)

    def work(
        self, instance: MulticoloredCliqueInstance, witness: Clique | None = None, image: Network | None = None
    ) -> int:
        """`reduce` goes through all pairs of vertices, and backward looks at each vertex."""
        n = instance.vertices
        if image is not None:
            return super().work(instance, witness, image) + 4 * n * arithmetic(longest_of(image), longest_of(image) + 4)
        powers = self.neurons * (self.neurons // 60)  # of two, as labels or output weights
        return super().work(instance, witness) + powers + (n * n if witness is None else 0)

    def _threshold(self, instance: MulticoloredCliqueInstance) -> int:
        return instance.vertices - instance.kappa + instance.missing

    def _copies(self, instance: MulticoloredCliqueInstance) -> int:
        """H, how often the anchors and the samples over feet count."""
        t, p = self._threshold(instance), self.loss
        if self.neurons == 1:
            return t * (t + 1) + 1
        factor = 8 * self.neurons * p * (t + 1)
        return t * (1, factor, factor * factor)[p] + 1

    def _radius(self, instance: MulticoloredCliqueInstance) -> int:
        """R, how far the feet are from the origin."""
        return 2 * self._position(instance, instance.vertices - 1) + 4

    def _require_labels(self) -> None:
        if self.neurons >= NUMBER_LIMIT.bit_length():
            raise TooLarge(f"labels of {shorten(self.neurons)} neurons would have more than {MAX_DIGITS} digits")

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

    def _feet(self, instance: MulticoloredCliqueInstance, copies: int) -> Iterator[Sample]:
        """Over each foot the samples at the heights 1, …, k; nothing for one neuron."""
        if self.neurons == 1:
            return
        radius, height = self._radius(instance), 2 * instance.kappa
        for t in range(2 * instance.kappa):
            for x in (radius, -radius):
                for h in range(1, self.neurons + 1):
                    yield Sample(((t, x), (height, h)), 2**h - 2, copies)

    def _point(self, instance: MulticoloredCliqueInstance, shift: int, *vertices: int) -> Point:
        """The vertices, shifted from their positions."""
        point: list[tuple[int, int]] = []
        for c, v in sorted((instance.colors[v], v) for v in vertices):
            point += [(2 * c, self._position(instance, v) + shift), (2 * c + 1, 1)]
        return tuple((t, value) for t, value in point if value)
