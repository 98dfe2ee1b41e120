"""2-Hyperplane Separability → four ReLUs (Theorem 6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from math import lcm, prod

from relucert.reductions.cost import Size, arithmetic, formulas, held, longest, sum_words
from relucert.reductions.exact import MAX_DIGITS, NUMBER_LIMIT, InvalidInstance, Rational, TooLarge, shorten, simplified
from relucert.reductions.fixed_dimension.one_in_three_to_plane import sum_without_progressions, without_progressions
from relucert.reductions.json_text import json_count
from relucert.reductions.parameters import Integer
from relucert.reductions.problems.strip import (
    STRIP,
    Plane,
    Planes,
    Point,
    StripInstance,
    evaluating,
    value,
)
from relucert.reductions.problems.training import (
    SLOPE,
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    leaky,
    longest_of,
    require_slope,
    sample,
    samples_words,
    training_size,
)

HEIGHT = 10  # M


@dataclass(frozen=True)
class SeparabilityToRelu(ToTraining[StripInstance, Planes]):
    """Two hyperplanes in d dimensions hold P between them and apart from Q iff 4 ReLUs fit samples in d + 1 dimensions.

    Construction. The samples are (p, 0) with label 1 for p ∈ P, (q, 0) with label 0 for q ∈ Q, and on 2d + 1 lines
    parallel to the last axis, with the feet 0 and ±η·e_i, nine points: label 0 at the heights ±(M+1), ±(M+2), ±(M+3),
    label 1 at −(M−1), 0 and M − 1, where M = 10. (The height 0 over the foot 0 is the origin, which is in P.) Networks
    have biases and output weights ±1 and fit exactly.

    η = 1/(2MT) is so small that steep hyperplanes do not matter. If λ is the least common denominator of a point x, its
    size is λ·(|x₁| + … + |x_d| + 2); T is the product of the d + 1 largest sizes of points in P ∪ Q.

    Forward. h₁ and h₂ are moved to basic solutions: |h| ≥ 1 on P ∪ Q with the same signs, and h is determined by r
    points where |h| = 1, its other d + 1 − r coefficients being 0. Multiply the equation of such a point by λ: by
    Cramer's rule, a coefficient is the quotient of two integer determinants, and the upper one, like every determinant,
    is at most the product of the sums |row|. So |a_i| ≤ T, while |h(0)| ≥ 1, because 0 ∈ P. At height t over x let
    z₁ = |h₁(0)|·t + M·h₁(x) + 1/2, likewise z₂, and f = ([z₁]₊ − [z₁ − 1]₊) − ([z₂]₊ − [z₂ − 1]₊): a ramp up minus
    another. At height 0 all data is on the flats, since |M·h| ≥ 1: f is 1 on P, and 1 − 1 or 0 − 0 on Q. On a line, the
    first ramp has the slope |h₁(0)| ≥ 1 and its middle at −M·h₁/h₁(0), within M·η·|a_i| ≤ 1/2 of −M, so it rises
    between −(M+1) and −(M−1); the second one between M − 1 and M + 1.

    Backward. Let f be any fit. (i) On a line, convex samples such as those at −(M+2), −(M+1), −(M−1) force a neuron of
    output weight +1 to switch between the outer ones. Such are also M − 1, M + 1, M + 2, while −(M+1), −(M−1), 0 and 0,
    M − 1, M + 1 are concave. So both signs have two neurons, each of which switches once on each line, in its own
    interval. (ii) f is 0 below −(M+2), hence up to −(M+1), or the convex kink would raise f there. If the lower concave
    kink came after −(M−1), f would rise on from there, fall before 0, and then be concave up to M − 1, so less than 1
    there. So f rises from 0 to 1 between −(M+1) and −(M−1), by one convex and one concave kink, and likewise falls.
    (iii) The heights where a neuron switches over −η·e_i, 0, η·e_i are an arithmetic progression. As two heights in ±M
    ± 1 do not extend to a third there unless they are on the same side, a neuron is on the same side on all lines. The
    slope of the rising ramp is |w_{d+1}| of either of its neurons, the same on all lines, and so is its width; the feet
    span everything, so both neurons have parallel hyperplanes. With [z]₊ = z + [−z]₊ they are oriented upwards, so that
    f = ([z₁]₊ − [z₁ − 1]₊) − ([z₂]₊ − [z₂ − 1]₊) + an affine function, which is 0, as it is at −(M+2) and −(M+3) on all
    lines. (iv) At height 0 the difference of two ramps is 1 on P, so they are 1 and 0. On Q they are equal; let c be a
    level strictly between 0 and 1 at which none is. Then h₁ = z₁ − c and h₂ = z₂ − c at height 0 are a solution.

    More neurons, k > 4. Further kinks on each line, at τ₁ < τ₂ < …, where the label's slope grows by 1, with samples at
    τ_i + 1 and τ_i + 2. They force k − 4 neurons of output weight +1 to switch exactly there, so on horizontal
    hyperplanes far above the data. (i)–(iii) hold as before, as −M, M, τ₁, … = 2M·{0, 1, 3, 4, 9, …} − M do not have
    three terms in arithmetic progression.

    Leaky ReLUs, k = 4. With the slope α all labels are multiplied by 1 − α. z₁ − (z₁ − 1) − z₂ + (z₂ − 1) = 0, so leaky
    ReLUs with the weights of the two ramps are 1 − α times these. Conversely, what leaky ReLUs fit is fitted, divided
    by 1 − α, by ReLUs with their weights and an affine function: (i) to (iv) speak of where slopes change and of the
    values, and (iii) leaves an affine function besides. Maxout of rank 2, ±max(u, v) = ±(v + [u − v]₊), is ReLUs and
    any affine function as well, so for it the samples stay as they are. Maxout of rank 3 needs others: four such units
    fit those of the NO below. At the height t, two of them make A₁₁ − A₉ with A_m = max(0, (t + m)/2, t), which is 1 up
    to |t| = 9 and 0 from 11 on; two more take a hat off that is 1 at x = 1 and 0 up to 3/4 and from 5/4 on.

    Size. Dimension d + 1, k neurons, |P| + |Q| + 9(2d + 1) − 1 + 2(k − 4)(2d + 1) samples. η has as many bits as the
    d + 1 largest points together.

    >>> from relucert.reductions.problems.strip import strip
    >>> r, yes = SeparabilityToRelu(), strip([(0,), (1,)], [(-1,), (3,)])
    >>> net = r.forward(yes, ((2, 1), (2, -3)))
    >>> net.weights, net.output
    (((20, 1), (20, 1), (10, 2), (10, 2)), (1, -1, -1, 1))
    >>> TRAINING.accepts(r.reduce(yes), net), STRIP.accepts(yes, r.backward(yes, net))
    (True, True)

    A point of Q between two of P, where no h₁ is positive and no h₂ negative on P only:

    >>> no = strip([(0,), (2,)], [(1,)])
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, ((a, 1), (b, -1)))) for a in (-2, 2) for b in (-2, 2))
    False

    Deviations. The source is the form with P between the hyperplanes; `crosses_every_segment` tells the difference. The
    appendix with the paper's auxiliary points was not at hand; these are ours.
    """

    neurons: int = 4
    alpha: Rational | None = None
    parameters = {  # noqa: RUF012
        "neurons": Integer("the number k ≥ 4 of neurons, 4 if they are leaky", 4),
        "alpha": SLOPE,
    }

    name = "separability-to-relu"
    source = STRIP
    target = TRAINING
    reference = "Froese, Hertrich, NeurIPS 2023, Theorem 6"
    sizes = formulas(
        dimension="dimension + 1",
        samples="p + q + (2*dimension + 1)*(2*neurons + 1) - 1",
        neurons="neurons",
        coordinates="≤ dimension*(p + q - 1) + 2*neurons + 2*dimension*(4*neurons + 1)",
    )

    def __post_init__(self) -> None:
        json_count(self.neurons, "neurons", 4)
        if self.alpha is not None:
            require_slope(self.alpha)
            if self.neurons > 4:
                raise InvalidInstance(f"leaky ReLUs, with alpha, have to be 4 neurons, not {shorten(self.neurons)}")

    def reduce(self, instance: StripInstance) -> TrainingInstance:
        d, heights = instance.dimension, [*self._heights()]
        samples = [sample((*x, 0), y) for y, points in ((1, instance.p), (0, instance.q)) for x in points]
        for foot in feet(d, self._eta(instance)):
            samples += (Sample((*foot, *([(d, t)] if t else ())), y) for t, y in heights if t or foot)
        return leaky(TrainingInstance(d + 1, self.neurons, tuple(samples), bias=True), self.alpha)

    def forward(self, instance: StripInstance, witness: Planes) -> Network:
        neurons: list[tuple[Plane, Rational, int]] = []
        for h, sign in zip(witness, (1, -1), strict=True):
            *a, b = basic_solution(instance, h)
            weights = (*(HEIGHT * v for v in a), max(b, -b))
            z = HEIGHT * b + Fraction(1, 2)
            neurons += [(weights, z, sign), (weights, z - 1, -sign)]
        up = (*(0,) * instance.dimension, 1)
        neurons += [(up, -tau, 1) for tau in self._kinks()]
        rows, biases, output = zip(*neurons, strict=True)
        return Network(rows, tuple(map(simplified, biases)), output)

    def backward(self, instance: StripInstance, witness: Network) -> Planes:
        ramps = []
        for sign in (1, -1):  # its neuron of output weight ±1 where each ramp starts, so the one below and above 0
            j = next(
                j
                for j, (w, b) in enumerate(zip(witness.weights, witness.biases, strict=True))
                if witness.output[j] == sign and b * w[-1] * sign > 0
            )
            *a, slope = witness.weights[j]
            ramps.append([v if slope > 0 else -v for v in (*a, witness.biases[j])])
        return at_a_level(instance, *ramps)

    def stages(self, instance: StripInstance) -> Iterator[Size]:
        d, k, points, eta = instance.dimension, self.neurons, (*instance.p, *instance.q), self._eta(instance)
        numbers, lines, on_a_line = [*chain(*points)], 2 * d + 1, 2 * k + 1
        highest, top = self._highest()
        label: Rational = top if self.alpha is None else 1 - self.alpha  # the other labels are 0
        samples = len(points) + lines * on_a_line - 1
        coordinates = sum(map(bool, numbers)) + 2 * k + 2 * d * (4 * k + 1)
        parts = (part for v in (eta, highest, label, *numbers) for part in (v.numerator, v.denominator))
        bits = max(part.bit_length() for part in parts)
        words = samples_words(samples, coordinates, held(highest), held(label))
        words += 2 * d * on_a_line * held(eta) + sum(map(held, numbers)) + held(self.alpha or 0)
        yield training_size(d + 1, k, samples, coordinates, bits, words)

    def work(self, instance: StripInstance, witness: Planes | None = None, image: Network | None = None) -> int:
        """Also η and the factor of labels; forward moves each plane to a basic solution, backward looks for a level."""
        points, eta = (*instance.p, *instance.q), longest((self._eta(instance),))
        if witness is not None:
            return super().work(instance, witness) + sum(moving(points, h, eta) for h in witness)
        if image is None:
            numbers = [*chain(*points)]
            scaled = 0 if self.alpha is None else len(points) + 9 * (2 * instance.dimension + 1)
            labels = (scaled + 1) * arithmetic(longest((self.alpha or 0,)), 1)
            eta_work = len(numbers) * arithmetic(2 * longest((NUMBER_LIMIT,)), longest(numbers))
            return super().work(instance) + labels + eta_work
        long, work = longest_of(image), super().work(instance, witness, image)
        for plane in ((*w, b) for w, b in zip(image.weights, image.biases, strict=True)):
            level = sum_words(plane) + max(map(sum_words, points))
            work += evaluating(plane, instance.q) + (len(instance.q) + len(plane)) * arithmetic(level, level + long)
        return work

    def _eta(self, instance: StripInstance) -> Fraction:
        """η; raises TooLarge if it has too many digits, before sizes that are too long are multiplied."""
        sizes = sorted(map(_point_size, (*instance.p, *instance.q)))[-instance.dimension - 1 :]
        if sum(size.bit_length() - 1 for size in sizes) < NUMBER_LIMIT.bit_length():
            eta = Fraction(1, 2 * HEIGHT * prod(sizes))
            if eta.denominator < NUMBER_LIMIT:
                return eta
        raise TooLarge(f"η would have more than {MAX_DIGITS} digits")

    def _heights(self) -> Iterator[tuple[int, int]]:
        """The heights of the points on a line, with their labels."""
        yield from ((s * t, 0) for t in (HEIGHT + 1, HEIGHT + 2, HEIGHT + 3) for s in (1, -1))
        yield from ((t, 1) for t in (1 - HEIGHT, 0, HEIGHT - 1))
        before = 0  # the sum of the kinks up to this one
        for i, tau in enumerate(self._kinks(), 1):
            before += tau
            yield from ((t, i * t - before) for t in (tau + 1, tau + 2))

    def _highest(self) -> tuple[int, int]:
        """The greatest height and the greatest label, without going through all of them."""
        kinks = self.neurons - 4
        if not kinks:
            return HEIGHT + 3, 1
        total = 2 * HEIGHT * (sum_without_progressions(kinks + 2) - 1) - HEIGHT * kinks
        highest = 2 * HEIGHT * without_progressions(kinks + 1) - HEIGHT + 2
        return highest, kinks * highest - total

    def _kinks(self) -> list[int]:
        """τ₁, τ₂, …"""
        return [2 * HEIGHT * without_progressions(i) - HEIGHT for i in range(2, self.neurons - 2)]


def at_a_level(instance: StripInstance, *ramps: Sequence[Rational]) -> Planes:
    """Of two affine functions: where they are at a level between 0 and 1 that none has at a point of Q.

    They are a solution if one is at least 1 on P, the other at most 0, and both are equal on Q when clipped to [0, 1].
    """
    levels = (max(0, min(1, value(tuple(ramps[0]), x))) for x in instance.q)
    level = Fraction(1 + max((c for c in levels if c < 1), default=0)) / 2  # between the last two
    first, second = (tuple(map(simplified, (*a, b - level))) for *a, b in ramps)
    return first, second


def _point_size(x: Point) -> int:
    """λ·(|x₁| + … + |x_d| + 2); raises TooLarge if η has too many digits, before λ grows beyond that."""
    common = 1
    for v in x:
        common = lcm(common, v.denominator)
        if common >= NUMBER_LIMIT:
            raise TooLarge(f"η would have more than {MAX_DIGITS} digits")
    return sum(abs(v.numerator) * (common // v.denominator) for v in x) + 2 * common


def feet(dimension: int, eta: Rational) -> Iterator[tuple[tuple[int, Rational], ...]]:
    """Their nonzero coordinates."""
    yield ()
    yield from (((i, s * eta),) for i in range(dimension) for s in (1, -1))


def basic_solution(instance: StripInstance, h: Plane) -> Plane:
    """An affine function with the signs of h on P ∪ Q, |h| ≥ 1 there, that points with |h| = 1 and zeros determine.

    Moves along directions that do not change |h| = 1 at chosen points until one more is there, as often as one can be.
    """
    rows = [(*x, 1) for x in (*instance.p, *instance.q)]
    signed = [row if dot(row, h) > 0 else tuple(-v for v in row) for row in rows]
    least, row = min((dot(row, h), row) for row in signed)
    h = tuple(simplified(Fraction(v) / least) for v in h)
    chosen = [row]
    while True:
        free = null_space(chosen, len(h))
        moved = next(((u, row) for u in free.values() for row in signed if dot(row, u)), None)
        if moved is None:  # the free coordinates do not matter
            for t, u in free.items():
                h = shifted(h, -h[t], u)
            return h
        u = moved[0] if dot(moved[1], moved[0]) < 0 else tuple(-v for v in moved[0])
        step, row = min((Fraction(dot(row, h) - 1) / -dot(row, u), row) for row in signed if dot(row, u) < 0)
        h = shifted(h, step, u)
        chosen.append(row)


def moving(points: Sequence[Point], h: Plane, determinant: int) -> int:
    """Units of work of `basic_solution`, if no determinant of d + 1 points, over their denominators, has more words.

    Directions are quotients of such determinants. The i-th step divides by the values of the direction at one more
    point, so that h has at most the words it had at first, twice, and those of i such values.
    """
    width, own = len(h), max(map(sum_words, points))
    direction = determinant + own
    moved = 2 * sum_words(h) + 2 * own + width * (own + 2 * determinant)
    null_spaces = 4 * width**3 * arithmetic(2 * direction, direction)
    searches = (width + 3) * len(points) * width * 2 * arithmetic(direction + own, direction)
    steps = (len(points) + 1) * width * 4 * arithmetic(moved + own, moved + direction)
    return (width + 2) * (null_spaces + searches + steps)


def shifted(h: Plane, step: Rational, u: Plane) -> Plane:
    return tuple(simplified(v + step * w) for v, w in zip(h, u, strict=True))


def dot(u: Sequence[Rational], v: Sequence[Rational]) -> Rational:
    return sum(a * b for a, b in zip(u, v, strict=True))


def null_space(rows: Iterable[Sequence[Rational]], width: int) -> dict[int, tuple[Rational, ...]]:
    """By Gaussian elimination: for each free coordinate the solution of rows·u = 0 that is 1 there, 0 at the others."""
    pivots: dict[int, list[Rational]] = {}  # coordinate -> its row, 1 there and 0 at all other pivots
    for given in rows:
        row = list(given)
        for t, pivot in pivots.items():
            row = [a - row[t] * b for a, b in zip(row, pivot, strict=True)]
        new = next((t for t, a in enumerate(row) if a), None)
        if new is None:
            continue
        row = [simplified(Fraction(a) / row[new]) for a in row]
        for t, pivot in pivots.items():
            pivots[t] = [a - pivot[new] * b for a, b in zip(pivot, row, strict=True)]
        pivots[new] = row
    return {
        s: tuple(-pivots[t][s] if t in pivots else int(t == s) for t in range(width))
        for s in range(width)
        if s not in pivots
    }
