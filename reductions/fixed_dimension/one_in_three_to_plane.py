"""Positive One-in-Three SAT → ReLU networks in the plane (Theorem 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd

from relucert.reductions.cost import Size, formulas, held, held_fraction
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.fixed_dimension.selection_gadget import levee, selection_gadget
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance, TrueVariables
from relucert.reductions.problems.training import (
    SLOPE,
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    evaluating,
    evaluator,
    leaky,
    require_slope,
    sample,
    samples_words,
    training_size,
)


def without_progressions(index: int) -> int:
    """The sequence 0, 1, 3, 4, 9, … of the numbers with ternary digits 0 and 1: no x < y < z in it have x + z = 2y."""
    return int(f"{index:b}", 3)


def sum_without_progressions(count: int) -> int:
    """The sum of its first numbers: for every binary digit, how often it is 1, times the power of three.

    >>> [sum_without_progressions(count) for count in range(6)]
    [0, 0, 1, 4, 8, 17]
    """
    digits = range(count.bit_length())
    ones = (((count >> b + 1) << b) + max(0, count % 2 ** (b + 1) - 2**b) for b in digits)
    return sum(often * 3**b for b, often in zip(digits, ones, strict=True))


@dataclass(frozen=True)
class Layout:
    """Where the gadgets of a formula stand; the docstring of the reduction explains the numbers."""

    instance: OneInThreeInstance

    @property
    def gadget_count(self) -> int:
        return self.instance.variables + len(self.instance.clauses)

    @cached_property
    def span(self) -> int:
        """σ."""
        return without_progressions(max(0, self.gadget_count - 1)) + 1

    @property
    def theta(self) -> Fraction:
        return Fraction(1, 8 * self.span)

    @property
    def unit(self) -> int:
        """D."""
        return 256 * self.span

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
        return self.unit * without_progressions(i)

    def clause(self, j: int) -> int:
        return self.unit * without_progressions(self.instance.variables + j)

    def crossing(self, j: int, r: int) -> tuple[Rational, Rational]:
        """p_{j,r}: where the r-th centre line of clause j meets the FALSE centre line of its r-th variable."""
        height = self.variable(self.instance.clauses[j][r])
        return (height - self.clause(j)) / Fraction(self.clause_slopes[r]), height

    def crossings(self) -> Iterator[tuple[Rational, Rational]]:
        return (self.crossing(j, r) for j in range(len(self.instance.clauses)) for r in range(3))

    def crossing_bits(self) -> int:
        """Of the largest numerator or denominator of a coordinate of a crossing."""
        bits = 0
        for j, clause in enumerate(self.instance.clauses):
            high = self.clause(j)
            for r, i in enumerate(clause):  # the slope is 1 + rθ
                height = self.variable(i)
                numerator, denominator = (high - height) * 8 * self.span, 8 * self.span + r
                common = gcd(numerator, denominator)
                bits = max(bits, *(p.bit_length() for p in (numerator // common, denominator // common, height)))
        return bits

    def size(self, neurons: int, gadget: Callable[[tuple[Rational, ...], int], list[Sample]]) -> Size:
        """Of the target. The highest gadgets have the longest numbers; the lowest one has zeros, as its height is 0."""
        n, m, samples, coordinates = self.instance.variables, len(self.instance.clauses), 0, 0
        bits = self.crossing_bits()
        for slopes, height, count in (
            (self.variable_slopes, 0, min(n, 1)),
            (self.variable_slopes, self.variable(n - 1) if n else 0, max(n - 1, 0)),
            (self.clause_slopes, self.clause(m - 1) if m else 0, m),
        ):
            if count:
                points = gadget(slopes, height)
                numbers = [number for x, y, _ in points for number in (y, *(v for _, v in x))]
                bits = max(bits, *(part.bit_length() for v in numbers for part in (v.numerator, v.denominator)))
                samples += count * len(points)
                coordinates += count * sum(len(x) for x, _, _ in points)
        samples += 3 * m
        coordinates += 6 * m - sum(0 in clause for clause in self.instance.clauses)
        number = held_fraction(bits)
        words = samples_words(samples, coordinates, number, number)
        return training_size(2, neurons, samples, coordinates, bits, words)

    def gadgets(self) -> Iterator[tuple[tuple[Rational, ...], int]]:
        """The slopes and the height of every gadget."""
        for i in range(self.instance.variables):
            yield self.variable_slopes, self.variable(i)
        for j in range(len(self.instance.clauses)):
            yield self.clause_slopes, self.clause(j)


@dataclass(frozen=True)
class OneInThreeToPlane(ToTraining[OneInThreeInstance, TrueVariables]):
    """A formula of n variables and m clauses is one-in-three satisfiable iff 4(m + n) ReLUs fit samples in the plane.

    Construction. N = n + m selection gadgets (Lemma 4) stand on the x₂-axis, in the heights D·t for the first N numbers
    t of the sequence 0, 1, 3, 4, 9, 10, … without three-term arithmetic progressions, the variables below the clauses.
    With σ = (last t) + 1, θ = 1/(8σ) and D = 256σ, the slopes are 0 (false) and θ (true) for a variable, and 1, 1 + θ,
    1 + 2θ for a clause: its first, second or third variable is the true one. For the r-th variable i of clause j, the
    point p_{j,r} where the r-th centre line of the clause meets the centre line of i for false gets the label 1.
    Networks have biases and output weights ±1 and fit exactly.

    Forward. Every gadget takes the levee of its slope, four neurons (Observation 3). A levee has the value 0 at a
    distance of 2 or more from its centre line, measured along x₂, and gadgets are so far apart that its own samples see
    no other levee. At p_{j,r} the clause's levee is 1 if it has the r-th slope, and 0 if not: centre lines of the same
    gadget are at least θ·|x₁| ≥ θ·D/2 = 16 apart there. Centre lines of other clauses are D − 2θ·Dσ = 3D/4 or more
    away, those of other variables D − θ·Dσ = 7D/8. The variable's levee is 1 if it is false, else 0. Now either the
    r-th variable is true and the clause has slope r, or neither: always exactly one of the two covers p_{j,r}.

    Lemma 11. Any fit by 4N ReLUs is the sum of one levee for each gadget. Neurons may be turned over so that w₂ ≥ 0, as
    [z]₊ = z + [−z]₊, if an affine function is added. On the line x₁ = 0, each gadget has four disjoint intervals where
    the labels bend, up, down, down and up, and a bend takes a neuron of its sign that switches from inactive to active
    there. That are 4N intervals, so each neuron switches in one of them. From the lowest gadget up, the labels now say
    that the affine function is 0 on this line, w₂ = 1, and the neurons of the gadget at height A switch at A ± 1 and
    A ± 2. On the lines x₁ = ±e there are 4N such intervals again. A neuron that switches in gadgets A' and A'' there
    and in A at the centre has |A' + A'' − 2A| < 10, as its three heights are an arithmetic progression; so all are A.
    Hence the affine function is 0, and no neuron of another gadget has a kink among the samples of a gadget on the
    three lines, where those below it add up to 0. By Lemma 4, first for these samples, the four neurons of a gadget
    have slopes between s_1 and s_ℓ. So no other gadget reaches its touching points, and they are one of its levees.

    Backward. By Lemma 11, variable i is true iff the network is 1 at (D, its height + θD): there the levees of the
    slopes 0 and θ are θD = 32 apart, those of other variables at least D − 32 away, and those of clauses above. Only
    values of the network count, not how it is written: neurons may be permuted, or replaced by mirror images, as in
    [z]₊ = z + [−z]₊. Exactly one levee covers p_{j,r}, so exactly one variable of each clause is true.

    Size. Dimension 2, 4N neurons (one if N = 0), 35n + 40m samples: a gadget of ℓ slopes has 31 + 2ℓ. Numbers have
    O(log N) digits, as the sequence grows like N^(log 3 / log 2): the largest are in the highest gadgets.

    >>> r = OneInThreeToPlane()
    >>> yes = OneInThreeInstance(3, ((0, 1, 2),))
    >>> net = r.forward(yes, (1,))
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net), len(net.weights), len(r.reduce(yes).samples)
    (True, (1,), 16, 145)
    >>> TRAINING.accepts(r.reduce(yes), r.forward(yes, (0, 1)))
    False

    Leaky ReLUs. With the slope α all labels are multiplied by 1 − α. The weights of a levee, times their signs, add up
    to 0, so leaky ReLUs with the weights of levees are 1 − α times these. Conversely, what leaky ReLUs fit is fitted,
    divided by 1 − α, by ReLUs with their weights and an affine function; Lemma 11 does not ask where that comes from.
    Maxout of rank 2, ±max(u, v) = ±(v + [u − v]₊), is ReLUs and any affine function as well, so for it the samples stay
    as they are.

    Deviations. The paper's gadgets are equally far apart. Without three-term progressions in their positions no
    breakline passes through three gadgets at three equidistant lines, which makes Lemma 11 short. For it, too, each
    gadget has the two samples of `plateau`, so 31 + 2ℓ samples where the paper has 29 + 2ℓ.
    """

    alpha: Rational | None = None
    parameters = {"alpha": SLOPE}  # noqa: RUF012

    name = "one-in-three-to-plane"
    source = ONE_IN_THREE
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Theorem 1"
    sizes = formulas(
        dimension="2",
        samples="35*variables + 40*clauses",
        neurons="max(1, 4*(variables + clauses))",
        coordinates="≤ 57*variables - 3*min(1, variables) + 67*clauses",
    )
    effort = 6

    def __post_init__(self) -> None:
        if self.alpha is not None:
            require_slope(self.alpha)

    def reduce(self, instance: OneInThreeInstance) -> TrainingInstance:
        layout = Layout(instance)
        samples = [s for slopes, height in layout.gadgets() for s in selection_gadget(slopes, height, plateau=True)]
        samples += (sample(point, 1) for point in layout.crossings())
        relus = TrainingInstance(2, max(1, 4 * layout.gadget_count), tuple(samples), bias=True)
        return leaky(relus, self.alpha)

    def forward(self, instance: OneInThreeInstance, witness: TrueVariables) -> Network:
        true, layout = set(witness), Layout(instance)
        slopes = [layout.variable_slopes[i in true] for i in range(instance.variables)]
        slopes += (layout.clause_slopes[[v in true for v in c].index(True)] for c in instance.clauses)
        return network_of_levees(slopes, [height for _, height in layout.gadgets()])

    def backward(self, instance: OneInThreeInstance, witness: Network) -> TrueVariables:
        layout, top = Layout(instance), 1 - (self.alpha or 0)
        value_at = evaluator(witness, "relu" if self.alpha is None else "leaky-relu", self.alpha)
        x = layout.unit
        rise = layout.theta * x
        heights = (layout.variable(i) for i in range(instance.variables))
        return tuple(i for i, height in enumerate(heights) if value_at(((0, x), (1, height + rise))) == top)

    def stages(self, instance: OneInThreeInstance) -> Iterator[Size]:
        layout = Layout(instance)
        size = layout.size(max(1, 4 * layout.gadget_count), self._gadget)
        yield size if self.alpha is None else size._replace(words=size.words + held(self.alpha))

    def work(
        self, instance: OneInThreeInstance, witness: TrueVariables | None = None, image: Network | None = None
    ) -> int:
        """Backward evaluates the network once for every variable."""
        if image is None:
            return super().work(instance, witness)
        layout, n = Layout(instance), instance.variables
        return 1000 + n + evaluating(image, [(layout.unit, layout.variable(n))], times=n, alpha=self.alpha or 0)

    def _gadget(self, slopes: tuple[Rational, ...], height: int) -> list[Sample]:
        samples = selection_gadget(slopes, height, plateau=True)
        if self.alpha is None:
            return samples
        return [s._replace(y=simplified((1 - self.alpha) * s.y)) for s in samples]


def network_of_levees(slopes: Sequence[Rational], heights: Sequence[Rational]) -> Network:
    """The sum of the levees of these slopes at these heights; one idle neuron if there are none."""
    neurons = [n for s, h in zip(slopes, heights, strict=True) for n in levee(s, h)] or [((0, 0), 0, 1)]
    weights, biases, output = zip(*neurons, strict=True)
    return Network(weights, biases, output)
