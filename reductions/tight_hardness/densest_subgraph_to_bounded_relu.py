"""Densest κ-Subgraph → bounded training of a single ReLU (Theorem 7)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain
from math import ceil, isqrt

from reductions.core import InvalidInstance, Rational, Reduction, Size, exact, shorten
from reductions.problems.densest_subgraph import DENSEST_SUBGRAPH, DensestSubgraphInstance, Subgraph
from reductions.problems.training import TRAINING, Network, Sample, TrainingInstance, network


@dataclass(frozen=True)
class Constants:
    """The numbers in the construction for one instance; the docstring of the reduction explains them."""

    instance: DensestSubgraphInstance
    factor: int

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
        return self.wanted + 1 - ceil(Fraction(self.wanted, self.factor))

    @cached_property
    def disorder(self) -> Fraction:
        """B·S: a multiple of what high degrees and weights off the intended ones can gain."""
        degree = max(Counter(chain.from_iterable(self.instance.edges)).values(), default=0)
        kappa, t = self.instance.kappa, self.t
        pinned = (7 * kappa * t * t + 12) / (8 * t)  # M
        shares = kappa * t * t / (4 * self.alpha * self.u * (2 + self.u)) + pinned**2 / (7 * self.instance.vertices)
        return Fraction(2 * degree, 3) ** 2 * shares

    @cached_property
    def copies(self) -> int:
        """B: the multiplicity of a vertex sample."""
        return max(1, ceil(2 * self.disorder / (self.saving * self.promise)))

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
class DensestSubgraphToBoundedRelu(Reduction[DensestSubgraphInstance, Subgraph, TrainingInstance, Network]):
    """κ vertices induce at least ℓ edges iff one ReLU with ‖w‖ ≤ 1 has at most a certain squared error on n + |E| + 1
    samples; with factor f ≥ 2 the error is only small if κ vertices induce at least ℓ/f edges, but the gap is wide.

    Construction. One coordinate per vertex and the constraint coordinate c; one neuron, output weight ±1, no bias. With
    r = ⌈√κ⌉, the intended weights for a set T of κ vertices are t = 4r/(4r² + κ) on T and α = (4r² − κ)/(4r² + κ) at c:
    their norm is exactly 1, and 3/5 ≤ α ≤ 7/9. With u = 1/(3r) and p = u(2 + u)/(t(1 + u)), the samples are
    (e_c, y) with multiplicity A;
    (p e_v − (u/α) e_c, 1) for each vertex v, with multiplicity B; and
    ((e_v + e_v')/3 − (7t/(12α)) e_c, 1) for each edge vv'.
    On these T, a vertex sample has the value u/(1 + u) and an edge sample t/12; all others off T have the value 0. So
    the intended error for T, with E(T) the edges that T induces and s = 1 − (1 − t/12)², is

        I(|E(T)|) = A(y − α)² + B(n − κ + κ/(1 + u)²) + |E| − s·|E(T)|.

    The threshold is I(ℓ), where ℓ is taken as |E| + 1 if it is larger. It remains to choose A, B and y. Let Δ be the
    largest degree, b = ℓ + 1 − ⌈ℓ/f⌉, M = (7κt² + 12)/(8t), and

        S = (2Δ/3)²/B · (κt²/(4αu(2 + u)) + M²/(7n)).

    B is the least positive integer for which S ≤ sb/2. A = ⌈4(Bn + |E|)/α²⌉, and y = α + BG/(2Aα), where
    G = (p²/u)·(1/2 + (2α² − u²/2)/(2 + u)²): the pull of the first sample on w_c then balances that of the others.

    This is a bounded problem: all labels are in [0, 1] and all inputs in the unit ball. For 2/5 < α/(r t) ≤ … see the
    numbers (i) below.

    Forward. The intended weights of T reach the threshold iff T induces at least ℓ edges, by the formula for I, which
    decreases with |E(T)|.

    Backward. T holds κ vertices with the largest weights. For every w in the unit ball

        error(w) ≥ I(|E(T)|) − S,   so   |E(T)| ≥ (I(0) − S − error(w))/s.                               (*)

    An error of at most I(ℓ) therefore needs |E(T)| ≥ ℓ − S/s ≥ ℓ − b/2. With f = 1 we have b = 1 and |E(T)| ≥ ℓ: the
    reduction is exact. With f ≥ 2, |E(T)| > ℓ − b = ⌈ℓ/f⌉ − 1.

    Proof of (*). An output weight −1 makes no value positive, so its error is at least that of w = 0. Let w_c = αω.

    If ω ≤ 1/2, the first sample alone has (y − α max(ω, 0))² ≥ (y − α/2)² ≥ (y − α)² + α²/4, and A times this is at
    least A(y − α)² + Bn + |E| ≥ I(0).

    Let 1/2 < ω ≤ 1/α. Write g = 1 + uω, τ = tω, and t' = (g² − 1)/(pg), Q = p²g²/(g² − 1). A vertex sample has the
    residual min(1, g − p w_v), nonnegative because values are at most 1 on the unit ball. As Q t' = pg and Q t'² =
    g² − 1, its square is

        1 − λ w_v² + D_v,   λ = p²/(g² − 1),   D_v = min(λ w_v², Q(w_v − t')²),                           (1)

    where the first is the minimum iff w_v ≤ uω/p =: θ. Since t' = θ(1 + 1/g) and τ = θ(1 + 1/(1 + u)), we have
    τ ≤ t' ≤ min(t, 8τ/7) if ω ≤ 1, and t ≤ t' ≤ τ otherwise. In both cases 7τ/4 − t' is at least t'/2, and at least θ.

    An edge sample vv' has the residual 1 − z/3 with z = [w_v + w_v' − 7τ/4]₊. It is convex in z, so its square is at
    least 1 − s − (2/3)[z − t/4]₊, and at least 1 − 2z/3. Split z: for both ends in T, z is at most
    (2t' − 7τ/4) + [w_v − t']₊ + [w_v' − t']₊, where the bracket is at most t/4 + (7t/4)·|1 − ω|. For any other edge z is at
    most the sum over its ends of [w_v − t']₊ for v ∈ T and of [w_v − (7τ/4 − t')]₊ for v ∉ T. Let h = 2Δ/(3B). Each vertex
    has at most Δ edges, and |E(T)| ≤ κΔ/2, so the edge samples cost at least

        |E| − s|E(T)| − (7/8)Bhκt·|1 − ω| − Bh(Σ_{v∈T} [w_v − t']₊ + Σ_{v∉T} [w_v − (7τ/4 − t')]₊).          (2)

    Let R² = 1 − α²ω² ≥ Σ_v w_v². Claim: Σ_v (−λw_v² + D_v) less h times the two sums in (2) is at least
    −λR² − κh²/(4Q) − (3h/(2t))·[1 − ω]₊. If the second sum is 0, this is h[e]₊ ≤ Qe² + h²/(4Q) for e = w_v − t', v ∈ T.
    Otherwise some weight off T exceeds 7τ/4 − t' ≥ θ, hence all weights in T do, and D_v = Q(w_v − t')² on T. Let
    φ = h/(2t'). Then −λΣw_v² ≥ −λR² − φ(R² − κt'²) + φ(Σ w_v² − κt'²). For v ∈ T, φ(w_v² − t'²) + Qe² − h[e]₊ =
    h·min(e, 0) + (φ + Q)e² ≥ −h²/(4Q). For v ∉ T with D_v = Qe² and a positive bracket, φw_v² + Qe² − h[w_v − (7τ/4 − t')]₊
    ≥ ht'/2 + he − h(e + 2t' − 7τ/4) = h(7τ/4 − 3t'/2) ≥ 0; any other v ∉ T contributes φw_v² + D_v ≥ 0. At last,
    R² − κt'² ≤ 1 − ω² for ω ≤ 1, as κt² + α² = 1 and t' ≥ tω, and φ(1 − ω²) ≤ (h/(2t))·3(1 − ω); for ω > 1 it is at most 0.

    Here Q ≥ αu(2 + u)/t², as 1/Q = (1 − 1/g²)/p² is concave in ω and 0 at ω = 0, so at most max(1, ω) ≤ 1/α times its
    value at ω = 1. So, with Λ(ω) = λR²,

        error(w) ≥ |E| − s|E(T)| + Bn + A(y − αω)² − BΛ(ω) − Bκh²t²/(4αu(2 + u)) − BhM·|1 − ω|.               (3)

    By partial fractions Λ = (p²/u)(1/(2ω) + (2α²/u − u/2)/(2 + uω) − α²/u). The derivative at 1 is −G, and
    Λ(ω) ≤ Λ(1) + G(1 − ω) + (p²/u)(1/(2ω) + α²u/4)(1 − ω)², where Λ(1) = κ(1 − 1/(1 + u)²). Now (p²/u)(1 + α²u/4) is at
    most (25r/12)(1 + 1/19) < 9r/4 ≤ 9n/4, because p ≤ 2u/t. So A(y − αω)² − BΛ(ω) is at least A(y − α)² − BΛ(1) + (Aα² −
    9Bn/4)(1 − ω)², the last factor is at least 7Bn/4, and (7Bn/4)x² − BhMx ≥ −Bh²M²/(7n). With (3) this is (*).

    Bounded inputs. p ≤ 2u/t ≤ 5/6 and u/α ≤ 5/(9r), with squares that add up to less than 1 for r ≥ 2; for r = 1 they
    are (35/48)² + (5/9)². t/α ≤ 4/(3r) gives (2 + (49/16)(16/9))/9 < 1 for edges. G ≤ (25r/12)(1 + α²)/2 gives
    y ≤ α(1 + 1.7r/(8n)) < 1.

    Gap. With κ = Θ(n) and ℓ = Θ(κΔ), as in Hypothesis 6, a fixed f ≥ 2 needs only B = Θ(Δ²√κ/(t ℓ)) = Θ(Δ) copies, and
    the average errors of a YES and of a graph without ⌈ℓ/f⌉ edges on κ vertices differ by ε ≥ sb/(2m) = Θ(1/√n); `gap`
    states it. With f = 1 the gap is a polynomial smaller, and the reduction shows NP-hardness. Note that B depends on
    the graph only through n, Δ and |E|.

    Size. Dimension n + 1, n + |E| + 1 samples, one neuron; the numbers are those above.

    A triangle with a pendant edge: three vertices induce three edges, one more than a path of four vertices offers.

    >>> from reductions.problems.densest_subgraph import densest_subgraph
    >>> from reductions.problems.training import error
    >>> r = DensestSubgraphToBoundedRelu()
    >>> yes = densest_subgraph(4, [(0, 1), (0, 2), (1, 2), (2, 3)], kappa=3, edges_wanted=3)
    >>> net = r.forward(yes, (0, 1, 2))
    >>> [str(w) for w in net.weights[0]], error(r.reduce(yes), net) == r.reduce(yes).threshold
    (['8/19', '8/19', '8/19', '0', '13/19'], True)
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net), r.guaranteed_edges(yes, error(r.reduce(yes), net))
    (True, (0, 1, 2), 3)
    >>> no = densest_subgraph(4, [(0, 1), (1, 2), (2, 3)], kappa=3, edges_wanted=3)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, chosen)) for chosen in [(0, 1, 2), (0, 1, 3), (1, 2, 3)])
    False

    Deviations. The paper states the samples up to scaling, and that the gap is Θ(1/√n); the numbers, the multiplicities
    and the proof are ours. The threshold of the vertex samples is t(1 + u)/(2 + u) instead of t/2, so that the intended
    weights are optimal also with the squares that the overview neglects: (1) is exact. The label of the constant is not
    α but a little larger, which keeps A in the order of Bn.
    """

    factor: int = 1

    name = "densest-subgraph-to-bounded-relu"
    source = DENSEST_SUBGRAPH
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 7"

    def __post_init__(self) -> None:
        if self.factor < 1:
            raise InvalidInstance(f"factor must be at least 1, not {shorten(self.factor)}")

    def reduce(self, instance: DensestSubgraphInstance) -> TrainingInstance:
        n, k = instance.vertices, Constants(instance, self.factor)
        down, third, shift = -k.u / k.alpha, Fraction(1, 3), -7 * k.t / (12 * k.alpha)
        samples = [Sample(((n, 1),), k.label, k.pins)]
        samples += (Sample(((v, k.p), (n, down)), 1, k.copies) for v in range(n))
        samples += (Sample(((v, third), (w, third), (n, shift)), 1) for v, w in instance.edges)
        threshold = exact(self.intended_error(instance, k.wanted))
        return TrainingInstance(n + 1, 1, tuple(samples), loss="l2", threshold=threshold, norm_bound=1)

    def forward(self, instance: DensestSubgraphInstance, witness: Subgraph) -> Network:
        k, chosen = Constants(instance, self.factor), set(witness)
        return network([[*(k.t if v in chosen else 0 for v in range(instance.vertices)), k.alpha]])

    def backward(self, instance: DensestSubgraphInstance, witness: Network) -> Subgraph:
        weights = witness.weights[0]
        by_weight = sorted(range(instance.vertices), key=lambda v: -weights[v])
        return tuple(sorted(by_weight[: instance.kappa]))

    def size_bound(self, instance: DensestSubgraphInstance) -> Size:
        n, k = instance.vertices, Constants(instance, self.factor)
        numbers = [k.label, k.p, k.u / k.alpha]
        if instance.edges:
            numbers += [Fraction(1, 3), 7 * k.t / (12 * k.alpha)]
        bits = max(part.bit_length() for v in numbers for part in (v.numerator, v.denominator))
        return Size(n + 1, 1 + n + len(instance.edges), 1, bits)

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
        slack = k.disorder / k.copies
        return max(0, ceil((self.intended_error(instance, 0) - slack - error) / k.saving))

    def gap(self, instance: DensestSubgraphInstance) -> tuple[Fraction, Fraction]:
        """The gap ε of the average squared error, as an interval.

        If no κ vertices induce ⌈ℓ/factor⌉ edges, then every network has an average error of at least the threshold plus
        the lower end; if some κ vertices induce one edge less than that, some network stays within the threshold plus
        the upper end.
        """
        k = Constants(instance, self.factor)
        most = k.saving * k.promise
        return (most - k.disorder / k.copies) / k.total, most / k.total
