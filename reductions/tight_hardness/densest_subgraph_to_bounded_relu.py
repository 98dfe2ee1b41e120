"""Densest κ-Subgraph → bounded training of a single ReLU (Theorem 7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain
from math import ceil, isqrt

from relucert.reductions.cost import INTEGER, Size, formulas, held
from relucert.reductions.exact import InvalidInstance, Rational, shorten, simplified
from relucert.reductions.parameters import Number
from relucert.reductions.problems.densest_subgraph import DENSEST_SUBGRAPH, DensestSubgraphInstance, Subgraph
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


@dataclass(frozen=True)
class Constants:
    """The numbers in the construction for one instance; the docstring of the reduction explains them."""

    instance: DensestSubgraphInstance
    factor: Rational

    @cached_property
    def root(self) -> int:
        return isqrt(self.instance.kappa - 1) + 1

    @cached_property
    def t(self) -> Fraction:
        return Fraction(4 * self.root, 4 * self.root**2 + self.instance.kappa)

    @cached_property
    def alpha(self) -> Fraction:
        return Fraction(4 * self.root**2 - self.instance.kappa, 4 * self.root**2 + self.instance.kappa)

    @cached_property
    def u(self) -> Fraction:
        return Fraction(1, 3 * self.root)

    @cached_property
    def p(self) -> Fraction:
        return self.u * (2 + self.u) / (self.t * (1 + self.u))

    @cached_property
    def saving(self) -> Fraction:
        """s: what one induced edge takes off the error."""
        return 1 - (1 - self.t / 12) ** 2

    @cached_property
    def wanted(self) -> int:
        """ℓ, but not more than |E| + 1."""
        return min(self.instance.edges_wanted, len(self.instance.edges) + 1)

    @cached_property
    def promise(self) -> int:
        """b: how many edges of ℓ the backward map may miss at most, plus one."""
        return self.wanted + 1 - ceil(self.wanted / Fraction(self.factor))

    @cached_property
    def slack_of_one_copy(self) -> Fraction:
        """B·S."""
        degree = max(Counter(chain.from_iterable(self.instance.edges)).values(), default=0)
        kappa, t = self.instance.kappa, self.t
        pinned = (7 * kappa * t * t + 12) / (8 * t)  # M
        shares = kappa * t * t / (4 * self.alpha * self.u * (2 + self.u)) + pinned**2 / (7 * self.instance.vertices)
        return Fraction(2 * degree, 3) ** 2 * shares

    @cached_property
    def copies(self) -> int:
        """B: the multiplicity of a vertex sample."""
        return max(1, ceil(2 * self.slack_of_one_copy / (self.saving * self.promise)))

    @cached_property
    def slack(self) -> Fraction:
        """S: no network has an error lower than the intended one by more than this."""
        return self.slack_of_one_copy / self.copies

    @cached_property
    def pins(self) -> int:
        """A: the multiplicity of the constant sample."""
        return ceil(4 * (self.copies * self.instance.vertices + len(self.instance.edges)) / self.alpha**2)

    @cached_property
    def label(self) -> Fraction:
        """y: the label of the constant sample."""
        u, square = self.u, self.alpha**2
        slope = self.p**2 / u * (Fraction(1, 2) + (2 * square - u * u / 2) / (2 + u) ** 2)
        return self.alpha + self.copies * slope / (2 * self.pins * self.alpha)

    @cached_property
    def total(self) -> int:
        """m: the number of samples with multiplicity."""
        return self.pins + self.copies * self.instance.vertices + len(self.instance.edges)


@dataclass(frozen=True)
class DensestSubgraphToBoundedRelu(ToTraining[DensestSubgraphInstance, Subgraph]):
    """κ vertices induce at least ℓ edges iff one ReLU in the unit ball has at most a certain squared error.

    That is `factor` f = 1. With a rational f > 1 only the first direction is kept, and `backward` finds κ vertices that
    induce at least ℓ/f edges; for that price the average errors of both cases differ by Θ(1/√n). A certificate is then
    a `promise`: YES if κ vertices induce ℓ edges, NO if none induce ℓ/f.

    Construction. One coordinate per vertex and the constraint coordinate c; one neuron, output weight ±1, no bias,
    ‖w‖ ≤ 1. With r = ⌈√κ⌉, the intended weights for a set T of κ vertices are t = 4r/(4r² + κ) on T, 0 on all other
    vertices, and α = (4r² − κ)/(4r² + κ) at c. Their norm is exactly 1, and 3/5 ≤ α ≤ 7/9. With u = 1/(3r) and
    p = u(2 + u)/(t(1 + u)), the samples are
    (e_c, y), A times;
    (p e_v − (u/α) e_c, 1) for each vertex v, B times; and
    ((e_v + e_v')/3 − (7t/(12α)) e_c, 1) for each edge vv', once.
    The intended weights give the value u/(1 + u) to the vertices in T, t/12 to the set E(T) of edges inside T, and 0 to
    all others. So, with s = 1 − (1 − t/12)², their squared error is I(|E(T)|), where

        I(e) = A(y − α)² + B(n − κ + κ/(1 + u)²) + |E| − s·e.

    The threshold is I(ℓ), where ℓ counts as |E| + 1 if it is larger. Let Δ be the largest degree, b = ℓ + 1 − ⌈ℓ/f⌉,
    M = (7κt² + 12)/(8t), and

        S = (2Δ/3)²/B · (κt²/(4αu(2 + u)) + M²/(7n)).

    B is the least positive integer with S ≤ sb/2. A = ⌈4(Bn + |E|)/α²⌉. y = α + BG/(2Aα), where
    G = (p²/u)·(1/2 + (2α² − u²/2)/(2 + u)²): at w_c = α the first sample pulls upwards as much as the others downwards.

    Forward. The intended weights of T stay within I(ℓ) iff |E(T)| ≥ ℓ, as I decreases.

    Backward. T holds κ vertices of largest weight. For every network in the class,

        error ≥ I(|E(T)|) − S,   that is,   |E(T)| ≥ (I(0) − S − error)/s.                                   (*)

    If the error is at most I(ℓ), then |E(T)| ≥ ℓ − S/s ≥ ℓ − b/2. For f = 1 that is ℓ − 1/2, so |E(T)| ≥ ℓ: the
    reduction is exact. For any f ≥ 1, |E(T)| > ℓ − b = ⌈ℓ/f⌉ − 1, and that f is an integer is nowhere used.

    Proof of (*). With the output weight −1 no value is positive, so the error is at least that of w = 0 with the output
    weight 1. Let the output weight be 1, and w_c = αω. If ω ≤ 1/2, the first sample costs A times at least (y − α/2)² ≥
    (y − α)² + α²/4, together at least A(y − α)² + Bn + |E| ≥ I(0). Let 1/2 < ω ≤ 1/α from here on. Write

        g = 1 + uω,   λ = p²/(g² − 1),   Q = λg² = λ + p²,   t' = (g² − 1)/(pg),   θ = uω/p,   τ = tω.

    For ω = 1, t' = τ = t. As t' = (g − 1/g)/p = θ(1 + 1/g) and τ = θ(1 + 1/(1 + u)), we have τ ≤ t' ≤ t if ω ≤ 1, and
    t ≤ t' ≤ τ if ω ≥ 1; with u ≤ 1/3 and ω ≤ 5/3 also 7τ/8 ≤ t' ≤ 8τ/7 and θ ≤ 4τ/7. So the number a = 7τ/4 − t' is at
    most 7τ/8, and at least t'/2 and θ.

    Vertices. Values are at most 1, as inputs and weights are in the unit ball. So a vertex sample has the residual
    min(1, g − p w_v) ≥ 0. From Qt' = pg and Qt'² = g² − 1 its square is

        1 − λw_v² + D_v,   where D_v = λw_v² if w_v ≤ θ, and D_v = Q(w_v − t')² if w_v ≥ θ.                    (1)

    Edges. An edge sample vv' has the residual 1 − z/3 ≥ 0, where z = [w_v + w_v' − 7τ/4]₊. Its square is at least
    1 − 2z/3 and, being convex and decreasing in z, at least 1 − s − (2/3)[z − t/4]₊. With both ends in T, z − t/4 is at
    most (2t' − 7τ/4 − t/4) + [w_v − t']₊ + [w_v' − t']₊, if positive, and the bracket at most (7t/4)·|1 − ω|. For any
    other edge, z is at most the sum of [w_v − t']₊ over its ends in T and of [w_v − a]₊ over those off T. A vertex is
    on at most Δ edges, and |E(T)| ≤ κΔ/2. With h = 2Δ/(3B) all edge samples together cost at least

        |E| − s|E(T)| − Bh·((7/8)κt·|1 − ω| + Σ_{v∈T} [w_v − t']₊ + Σ_{v∉T} [w_v − a]₊).                       (2)

    Let R² = 1 − α²ω², which is at least Σw_v². Claim: h times the two sums of (2) is at most
    ΣD_v + κh²/(4Q) + (3h/(2t))·[1 − ω]₊. Let x = w_v − t' for short. If the second sum is 0, use hx ≤ Qx² + h²/(4Q) for
    the v ∈ T with x > 0. Otherwise some weight off T exceeds a ≥ θ, hence so do all weights in T, and D_v = Qx² there.
    With φ = h/(2t') we have
    hx ≤ φ(w_v² − t'²) for v ∈ T with x ≥ 0;
    0 ≤ φ(w_v² − t'²) + Qx² + h²/(4Q) for v ∈ T with x < 0, as w_v² − t'² ≥ 2t'x; and
    h(w_v − a) ≤ φw_v² for v ∉ T, as w_v² ≥ 2t'w_v − t'² and a ≥ t'/2.
    Hence the two sums, times h, are at most ΣD_v + κh²/(4Q) + φ(Σw_v² − κt'²), and Σw_v² ≤ R². Now R² − κt'² is at most
    1 − ω² for ω ≤ 1, as α² + κt² = 1 and t' ≥ tω, and at most 0 for ω ≥ 1; and φ(1 − ω²) ≤ h(1 − ω)(1 + ω)/(2tω), where
    (1 + ω)/ω ≤ 3. This proves the claim.

    Constraint coordinate. 1/Q = (1 − 1/g²)/p² is concave and increasing in ω, and 0 at ω = 0. So it is at most
    max(1, ω) ≤ 1/α times its value t²/(u(2 + u)) at ω = 1. By (1), (2) and the claim, with Λ(ω) = λR²,

        error ≥ |E| − s|E(T)| + Bn − BΛ(ω) + A(y − αω)² − Bκh²t²/(4αu(2 + u)) − BhM·|1 − ω|.                   (3)

    As Λ(ω) = (p²/u)·(1/(2ω) + (2α²/u − u/2)/(2 + uω) − α²/u), we have Λ'(1) = −G, Λ(1) = κ − κ/(1 + u)², and
    Λ(ω) ≤ Λ(1) + G(1 − ω) + N(1 − ω)² with N = (p²/u)(1 + α²u/4). By p ≤ 2u/t and r ≤ κ ≤ n, N is at most
    (25r/12)(20/19) < 9n/4. Hence A(y − αω)² − BΛ(ω) ≥ A(y − α)² − BΛ(1) + (7Bn/4)(1 − ω)². Finally
    (7Bn/4)x² − BhMx ≥ −Bh²M²/(7n), and (3) becomes (*).

    Bounded problem. Labels are in [0, 1], inputs in the unit ball. For p ≤ 2u/t ≤ 5/6 and u/α ≤ 5/(9r), so that
    p² + (u/α)² < 1 if r ≥ 2; if r = 1, p = 35/48. For edges, t/α ≤ 4/3 gives (2 + (7/4)²(4/3)²)/9 < 1. And
    G ≤ (25r/12)(1 + α²)/2 gives y ≤ α(1 + 1.7r/(8n)) < 1.

    Gap. Let κ = Θ(n), ℓ = Θ(κΔ), and f > 1 fixed; this is the case of Hypothesis 6, with Δ bounded. Then s = Θ(1/√n),
    B = Θ(Δ²κ/ℓ) = Θ(Δ), and there are m = A + Bn + |E| = Θ(Δn) samples. The average errors of a graph with ℓ edges on κ
    vertices and of one without ⌈ℓ/f⌉ differ by at least sb/(2m) = Θ(1/√n). See `gap`. For f = 1 that is Θ(1/(m√n)).

    Why κ = Θ(n) and ℓ = Θ(n) may be assumed there. Let the factor be C and the degrees at most d, and leave out
    isolated vertices, so that |E| ≥ n/2. If κ ≤ ρn, trying all sets of κ vertices takes 2^{H(ρ)n + o(n)}, which is
    within 2^{δn} for a small constant ρ. A matching that no edge can be added to has at least |E|/(2d − 1) edges, as
    each of its edges meets at most 2d − 2 others. The ends of ⌊κ/2⌋ of them, or of all, and any further vertices,
    induce at least M = min(⌊κ/2⌋, ⌈|E|/(2d − 1)⌉) edges. If ℓ/C ≤ M, "fewer than ℓ/C" is never the case; if ℓ >
    min(|E|, ⌊dκ/2⌋), "at least ℓ" is not. What is left has ℓ > CM = Ω(n), as κ > ρn, and ℓ ≤ dκ/2 = O(n).

    Size. Dimension n + 1, n + |E| + 1 samples, one neuron. The largest numbers may stand in y, p, u/α or 7t/(12α).

    A triangle with a pendant edge: three vertices induce three edges, one more than a path of four vertices offers.

    >>> from relucert.reductions.problems.densest_subgraph import densest_subgraph
    >>> from relucert.reductions.problems.training import TRAINING, loss_of
    >>> r = DensestSubgraphToBoundedRelu()
    >>> yes = densest_subgraph(4, [(0, 1), (0, 2), (1, 2), (2, 3)], kappa=3, edges_wanted=3)
    >>> net = r.forward(yes, (0, 1, 2))
    >>> [str(w) for w in net.weights[0]], loss_of(r.reduce(yes), net) == r.reduce(yes).threshold
    (['8/19', '8/19', '8/19', '0', '13/19'], True)
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net), r.guaranteed_edges(yes, loss_of(r.reduce(yes), net))
    (True, (0, 1, 2), 3)
    >>> no = densest_subgraph(4, [(0, 1), (1, 2), (2, 3)], kappa=3, edges_wanted=3)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, chosen)) for chosen in [(0, 1, 2), (0, 1, 3), (1, 2, 3)])
    False

    Deviations. The paper's overview states the samples up to their scale and their number of copies, and defers the
    proof; the numbers and the proof are ours, and so is f = 1. The activation of a vertex sample starts at
    w_v = t(1 + u)/(2 + u) instead of t/2. The intended weights are then optimal also with the squares of the values,
    which the overview neglects, see (1). With the label α instead of y, a multiplicity A of order Bn would not do.
    """

    factor: Rational = 1
    parameters = {"factor": Number("f ≥ 1: `backward` finds ℓ/f edges", 1)}  # noqa: RUF012

    name = "densest-subgraph-to-bounded-relu"
    source = DENSEST_SUBGRAPH
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 7"
    sizes = formulas(
        dimension="vertices + 1",
        samples="vertices + edges + 1",
        neurons="1",
        coordinates="2*vertices + 3*edges + 1",
    )

    def __post_init__(self) -> None:
        if type(self.factor) not in (int, Fraction) or self.factor < 1:
            raise InvalidInstance(f"factor must be a rational number of at least 1, not {shorten(self.factor)}")

    @property
    def is_equivalence(self) -> bool:
        return self.factor == 1

    def promised(self, instance: DensestSubgraphInstance) -> DensestSubgraphInstance:
        """At least ℓ/f edges, where ℓ counts as |E| + 1 if it is larger."""
        if self.factor == 1:
            return instance
        return replace(instance, edges_wanted=ceil(Constants(instance, self.factor).wanted / Fraction(self.factor)))

    def reduce(self, instance: DensestSubgraphInstance) -> TrainingInstance:
        n, k = instance.vertices, Constants(instance, self.factor)
        down, third, shift = -k.u / k.alpha, Fraction(1, 3), -7 * k.t / (12 * k.alpha)
        samples = [Sample(((n, 1),), k.label, k.pins)]
        samples += (Sample(((v, k.p), (n, down)), 1, k.copies) for v in range(n))
        samples += (Sample(((v, third), (w, third), (n, shift)), 1) for v, w in instance.edges)
        threshold = simplified(self.intended_error(instance, k.wanted))
        return TrainingInstance(n + 1, 1, tuple(samples), loss="l2", threshold=threshold, norm_bound=1)

    def forward(self, instance: DensestSubgraphInstance, witness: Subgraph) -> Network:
        k, chosen = Constants(instance, self.factor), set(witness)
        return network([[*(k.t if v in chosen else 0 for v in range(instance.vertices)), k.alpha]])

    def backward(self, instance: DensestSubgraphInstance, witness: Network) -> Subgraph:
        weights = witness.weights[0]
        by_weight = sorted(range(instance.vertices), key=lambda v: -weights[v])
        return tuple(sorted(by_weight[: instance.kappa]))

    def stages(self, instance: DensestSubgraphInstance) -> Iterator[Size]:
        n, edges, k = instance.vertices, len(instance.edges), Constants(instance, self.factor)
        down, shift = k.u / k.alpha, 7 * k.t / (12 * k.alpha)
        numbers = [k.label, k.p, down]
        if edges:
            numbers += [Fraction(1, 3), shift]
        bits = max(part.bit_length() for v in numbers for part in (v.numerator, v.denominator))
        words = samples_words(1, 1, INTEGER, held(k.label), held(k.pins))
        words += samples_words(n, 2 * n, max(held(k.p), held(down)), INTEGER, held(k.copies))
        words += samples_words(edges, 3 * edges, max(held(Fraction(1, 3)), held(shift)))
        words += held(self.intended_error(instance, k.wanted))
        yield training_size(n + 1, 1, 1 + n + edges, 1 + 2 * n + 3 * edges, bits, words)

    def work(
        self, instance: DensestSubgraphInstance, witness: Subgraph | None = None, image: Network | None = None
    ) -> int:
        """Also the constants, and backward sorts the vertices."""
        work = 20_000 + super().work(instance, witness, image)
        return work if image is None else work * (1 + instance.vertices.bit_length() // 2)

    def intended_error(self, instance: DensestSubgraphInstance, induced_edges: int) -> Fraction:
        """I: the total squared error of the intended weights for κ vertices that induce so many edges."""
        n, kappa, k = instance.vertices, instance.kappa, Constants(instance, self.factor)
        constant = k.pins * (k.label - k.alpha) ** 2
        return (
            constant + k.copies * (n - kappa + kappa / (1 + k.u) ** 2) + len(instance.edges) - k.saving * induced_edges
        )

    def guaranteed_edges(self, instance: DensestSubgraphInstance, error: Rational) -> int:
        """How many edges `backward` finds at least from any w in the unit ball with this total squared error."""
        k = Constants(instance, self.factor)
        return max(0, ceil((self.intended_error(instance, 0) - k.slack - error) / k.saving))

    def gap(self, instance: DensestSubgraphInstance) -> tuple[Fraction, Fraction]:
        """The gap ε of the average squared error, as an interval.

        If no κ vertices induce ⌈ℓ/factor⌉ edges, then the average error of every network exceeds that of the threshold
        by at least the lower end. If some κ vertices induce just one edge less than that, it does so for some network
        by at most the upper end.
        """
        k = Constants(instance, self.factor)
        most = k.saving * k.promise
        return (most - k.slack) / k.total, most / k.total
