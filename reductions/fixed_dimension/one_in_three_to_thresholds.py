"""Positive One-in-Three SAT → threshold networks in the plane (Corollary 7)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from relucert.reductions.cost import Size, formulas
from relucert.reductions.exact import Rational
from relucert.reductions.fixed_dimension.one_in_three_to_plane import Layout
from relucert.reductions.fixed_dimension.selection_gadget import stripe, threshold_gadget
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance, TrueVariables
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    evaluating,
    evaluator,
    sample,
)


class OneInThreeToThresholds(ToTraining[OneInThreeInstance, TrueVariables]):
    """A formula of n variables and m clauses is one-in-three satisfiable iff 2(m + n) thresholds fit planar samples.

    Construction. As for ReLUs: the same slopes, heights and points p_{j,r} of label 1, with σ, θ = 1/(8σ) and D = 256σ.
    In place of a levee there is a stripe, which has two thresholds: 1 within about 1 of its centre line, and 0 beyond.
    The gadgets are those of `threshold_gadget`, all with the side lines x₁ = ±E, E = 4σ = 1/(2θ), and the margin η = θ;
    their far lines are x₁ = ±L, L = 4/θ = 32σ. Networks have biases and real output weights and fit exactly.

    Forward. Every gadget takes the stripe between s·x₁ ± (1 + η/2) of its slope s. That fits its own samples. Up to the
    far lines the stripes of a gadget are within L(1 + 2θ) + 2 = 32σ + 10 of its height, and the gadgets are 256σ apart,
    so that they do not see each other. The stripes at p_{j,r} are those of the levees there, which are wider.

    Backward. On x₁ = 0 the labels of each gadget change from 0 to 1 and back, in intervals of its own, so each of the
    2N thresholds changes exactly once there and is the lower or the upper edge of one gadget; a lower edge is where the
    network grows by 1 upwards. The same holds on x₁ = E and on x₁ = −E. Say that a lower edge belongs to the gadgets in
    heights A, A' and A'' on the lines 0, E and −E. Its three heights there are within 2, 4σ + 3 and 4σ + 3 of these,
    the middle one is the mean of the others, and |A' + A'' − 2A| ≤ 8σ + 10 < D; so A' + A'' = 2A, and A = A' = A'', as
    the heights have no three-term progression. Likewise for upper edges. So each gadget has two thresholds of its own,
    whose slopes are bounded. Its samples on the far lines see no others, which lie above them or below with both edges.
    So each gadget is fitted by its own edges alone, and they stay within 2 of one of its centre lines, on different
    sides, for |x₁| ≤ L(1/θ − 1) = 256σ² − 32σ (see `threshold_gadget`). This holds at all p_{j,r}, where |x₁| is at
    most D(σ − 1) = 256σ² − 256σ. Variable i is true iff the network is 0 at (L, its height): that is the centre line of
    false, and 4 below that of true. Exactly one stripe covers p_{j,r}, so exactly one variable of each clause is true.

    Size. Dimension 2, 2N neurons (one if N = 0), 20n + 27m samples: a gadget of ℓ slopes has 12 + 4ℓ. Numbers have
    O(log N) digits.

    >>> r = OneInThreeToThresholds()
    >>> yes = OneInThreeInstance(3, ((0, 1, 2),))
    >>> net = r.forward(yes, (1,))
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net), len(net.weights), len(r.reduce(yes).samples)
    (True, (1,), 8, 87)
    >>> TRAINING.accepts(r.reduce(yes), r.forward(yes, (0, 1)))
    False

    Deviations. The paper does not state the gadget for thresholds; this one is ours. The heights are those of our
    reduction to ReLUs.
    """

    name = "one-in-three-to-thresholds"
    source = ONE_IN_THREE
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Corollary 7"
    sizes = formulas(
        dimension="2",
        samples="20*variables + 27*clauses",
        neurons="max(1, 2*(variables + clauses))",
        coordinates="≤ 36*variables + 50*clauses",
    )
    effort = 6

    def reduce(self, instance: OneInThreeInstance) -> TrainingInstance:
        layout = Layout(instance)
        samples = [s for slopes, height in layout.gadgets() for s in self._gadget(layout, slopes, height)]
        samples += (sample(point, 1) for point in layout.crossings())
        neurons = max(1, 2 * layout.gadget_count)
        return TrainingInstance(2, neurons, tuple(samples), activation="threshold", output="real", bias=True)

    def forward(self, instance: OneInThreeInstance, witness: TrueVariables) -> Network:
        true, layout = set(witness), Layout(instance)
        slopes = [layout.variable_slopes[i in true] for i in range(instance.variables)]
        slopes += (layout.clause_slopes[[v in true for v in c].index(True)] for c in instance.clauses)
        pairs = zip(slopes, layout.gadgets(), strict=True)
        neurons = [n for s, (_, height) in pairs for n in stripe(s, height, layout.theta)] or [((0, 0), 0, 0)]
        weights, biases, output = zip(*neurons, strict=True)
        return Network(weights, biases, output)

    def backward(self, instance: OneInThreeInstance, witness: Network) -> TrueVariables:
        layout, value_at = Layout(instance), evaluator(witness, "threshold")
        far = 4 / layout.theta
        heights = (layout.variable(i) for i in range(instance.variables))
        return tuple(i for i, h in enumerate(heights) if value_at(((0, far), (1, h))) == 0)

    def stages(self, instance: OneInThreeInstance) -> Iterator[Size]:
        layout = Layout(instance)
        yield layout.size(max(1, 2 * layout.gadget_count), partial(self._gadget, layout))

    def work(
        self, instance: OneInThreeInstance, witness: TrueVariables | None = None, image: Network | None = None
    ) -> int:
        """Backward evaluates the network once for every variable."""
        if image is None:
            return super().work(instance, witness)
        layout, n = Layout(instance), instance.variables
        return 1000 + n + evaluating(image, [(layout.unit, layout.variable(n))], times=n)

    @staticmethod
    def _gadget(layout: Layout, slopes: tuple[Rational, ...], height: int) -> list[Sample]:
        return threshold_gadget(slopes, height, Fraction(1) / (2 * layout.theta), layout.theta)[0]
