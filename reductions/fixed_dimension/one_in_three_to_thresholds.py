"""Positive One-in-Three SAT → threshold networks in the plane (Corollary 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from reductions.core import Rational, Reduction, Size
from reductions.fixed_dimension.selection_gadget import filled, threshold_gadget, threshold_gadget_size
from reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance, TrueVariables
from reductions.problems.training import TRAINING, Network, Sample, TrainingInstance, sample


@dataclass(frozen=True)
class Layout:
    """Where the gadgets of a formula stand; the docstring of the reduction explains the numbers."""

    instance: OneInThreeInstance

    @property
    def gadgets(self) -> int:
        """N, at least 1."""
        return max(1, self.instance.variables + len(self.instance.clauses))

    @property
    def theta(self) -> Fraction:
        return Fraction(1, 32 * self.gadgets)

    @property
    def unit(self) -> int:
        """D."""
        return 512 * self.gadgets

    @property
    def near(self) -> int:
        """E = 1/(2θ), for all gadgets."""
        return 16 * self.gadgets

    @property
    def reach(self) -> int:
        """L."""
        return 2 * self.unit * self.gadgets

    @property
    def variable_slopes(self) -> tuple[Rational, ...]:
        """False, true."""
        return (0, self.theta)

    @property
    def clause_slopes(self) -> tuple[Rational, ...]:
        """The first, the second, or the third variable is the true one."""
        return (1, 1 + self.theta, 1 + 2 * self.theta)

    def variable(self, i: int) -> int:
        """The height of the gadget of variable i."""
        return self.unit * i

    def clause(self, j: int) -> int:
        return self.unit * (self.instance.variables + j)

    def all_gadgets(self) -> Iterator[tuple[tuple[Rational, ...], int]]:
        """The slopes and the height of every gadget."""
        for i in range(self.instance.variables):
            yield self.variable_slopes, self.variable(i)
        for j in range(len(self.instance.clauses)):
            yield self.clause_slopes, self.clause(j)

    def crossings(self) -> Iterator[tuple[Rational, Rational]]:
        """p_{j,r}: where the r-th centre line of clause j meets the FALSE centre line of its r-th variable."""
        for j, clause in enumerate(self.instance.clauses):
            for s, v in zip(self.clause_slopes, clause, strict=True):
                yield (self.variable(v) - self.clause(j)) / Fraction(s), self.variable(v)


@dataclass(frozen=True)
class OneInThreeToThresholds(Reduction[OneInThreeInstance, TrueVariables, TrainingInstance, Network]):
    """A formula of n variables and m clauses is one-in-three satisfiable iff 2(m + n) thresholds fit planar samples.

    Construction. As for ReLUs, with a stripe in place of a levee: 1 within about 1 of the centre line, 0 from 2 on, two
    thresholds each. The N = n + m gadgets stand D = 512N apart, the variables below the clauses, with θ = 1/(32N) and
    the slopes 0, θ (false, true) for a variable and 1, 1 + θ, 1 + 2θ for a clause. All have their side lines at
    x₁ = ±E, E = 16N, and their far lines at x₁ = ±L, L = 2DN. The points p_{j,r}, where the r-th centre line of clause
    j meets the centre line of its r-th variable for false, get the label 1. Networks have biases and real output
    weights and fit exactly.

    Forward. Every gadget takes the stripe between s·x₁ ± 3/2 of its slope s. On x₁ = 0 and ±E that fits, and on its far
    lines it is inside a slot. Gadgets do not see each other: as 1/E = 2θ and θL = D/16, the samples of a clause are
    within D/4 + 2 of the line of slope 1 through its gadget, those of a variable within 3D/16 + 2 of its height, and so
    are their stripes; on the far lines the clauses are beyond all variables, as L = 2DN. At p_{j,r}, |x₁| is at least
    D/(1 + 2θ), so that centre lines of one gadget are at least 15 apart. So exactly one stripe covers p_{j,r}, just as
    for ReLUs.

    Backward. On x₁ = 0 the labels of each gadget change from 0 to 1 and back, so each of the 2N thresholds changes
    exactly once there, and each gadget has two of them; the same holds on x₁ = E and on x₁ = −E. Say that a threshold
    changes at the gadgets number q on x₁ = 0, p on E and r on −E. Its three changes are on one line, the middle one at
    the mean of the others, so D·|p + r − 2q| ≤ 2(E + 4) + 4 < D, hence p + r = 2q. All of p, q, r run twice through
    all numbers, so Σp² = Σq² = Σr², and 4Σq² = Σ(p + r)² gives Σpr = Σq² and Σ(p − r)² = 0: p = q = r. So each
    gadget has two thresholds of its own. They alone change at its samples on the far lines, as slopes are bounded. So
    the gadget is 1 on one of its centre lines and 0 at a distance of 2 from it (see `threshold_gadget`) while
    |x₁| < L. Variable i is true iff the network is 1 at (D, its height + θD), which is 16 above the centre line for
    false. Exactly one stripe covers p_{j,r}, so exactly one variable of each clause is true.

    Size. Dimension 2, 2N neurons (one if N = 0), and as many samples as `threshold_gadget_size` says, Θ(N) for each
    gadget, and 3m. All coordinates but those of p_{j,r} are integers.

    >>> r = OneInThreeToThresholds()
    >>> yes = OneInThreeInstance(3, ((0, 1, 2),))
    >>> net = r.forward(yes, (1,))
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net), len(net.weights), len(r.reduce(yes).samples)
    (True, (1,), 8, 5413)
    >>> TRAINING.accepts(r.reduce(yes), r.forward(yes, (0, 1)))
    False

    Deviations. The paper does not state the gadget for thresholds; this one is ours. It needs Θ(N²) samples.
    """

    name = "one-in-three-to-thresholds"
    source = ONE_IN_THREE
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Corollary 7"

    def reduce(self, instance: OneInThreeInstance) -> TrainingInstance:
        layout = Layout(instance)
        samples = [
            s
            for slopes, height in layout.all_gadgets()
            for s in threshold_gadget(slopes, height, layout.reach, layout.near)[0]
        ]
        samples += (sample(point, 1) for point in layout.crossings())
        return _class_of(instance, tuple(samples))

    def forward(self, instance: OneInThreeInstance, witness: TrueVariables) -> Network:
        true, layout = set(witness), Layout(instance)
        chosen = [layout.variable_slopes[i in true] for i in range(instance.variables)]
        chosen += (layout.clause_slopes[[v in true for v in c].index(True)] for c in instance.clauses)
        weights, biases, output = [], [], []
        for s, (_, height) in zip(chosen, layout.all_gadgets(), strict=True):
            for edge, a in ((Fraction(-3, 2), 1), (Fraction(3, 2), -1)):
                weights.append((-s, 1))
                biases.append(-height - edge)
                output.append(a)
        if not weights:
            return Network(((0, 0),), (0,), (0,))
        return Network(tuple(weights), tuple(biases), tuple(output))

    def backward(self, instance: OneInThreeInstance, witness: Network) -> TrueVariables:
        layout = Layout(instance)
        x = layout.unit
        heights = (layout.variable(i) + layout.theta * x for i in range(instance.variables))
        return tuple(i for i, height in enumerate(heights) if witness(((0, x), (1, height)), "threshold") == 1)

    def size_bound(self, instance: OneInThreeInstance) -> Size:
        n, m, layout = instance.variables, len(instance.clauses), Layout(instance)
        kinds = [(layout.variable_slopes, layout.variable, n), (layout.clause_slopes, layout.clause, m)]
        samples, points = 3 * m, list(layout.crossings())
        for slopes, height, count in kinds:
            if count:
                samples += count * threshold_gadget_size(slopes, layout.reach, layout.near)
                ends = [
                    h for x in (1, -1) for interval in filled(slopes, x * layout.reach, layout.near) for h in interval
                ]
                points += [(layout.reach, h + height(i)) for h in (min(ends), max(ends)) for i in (0, count - 1)]
        bits = _class_of(instance, tuple(sample(point, 1) for point in points)).size.bits
        return Size(2, samples, max(1, 2 * (n + m)), bits)


def _class_of(instance: OneInThreeInstance, samples: tuple[Sample, ...]) -> TrainingInstance:
    neurons = max(1, 2 * (instance.variables + len(instance.clauses)))
    return TrainingInstance(2, neurons, samples, activation="threshold", output="real", bias=True)
