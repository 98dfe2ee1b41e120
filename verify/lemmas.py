"""The gadget lemmas of Froese, Hertrich, NeurIPS 2023: training instances, and properties of all networks that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import lcm

from relucert.certificates.encodings.training import weight_variable
from relucert.certificates.kernel import Linear
from relucert.certificates.properties import Property
from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.fixed_dimension.selection_gadget import selection_gadget, threshold_gadget
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample

PROBLEM = TRAINING  # that lemmas are about


@dataclass(frozen=True)
class Lemma:
    """Every network that fits the instance has the property; none fits it if the property is None."""

    statement: str
    instance: TrainingInstance
    claimed: Property | None


def inequality(terms: dict[int, Rational], bound: Rational = 0, strict: bool = False) -> Linear:
    """Σ a·x ≤ bound, or < bound, scaled to integers."""
    scale = lcm(bound.denominator, *(a.denominator for a in terms.values()))
    return Linear(tuple((v, int(a * scale)) for v, a in sorted(terms.items()) if a), int(bound * scale), strict)


def equation(terms: dict[int, Rational], value: Rational = 0) -> tuple[Linear, Linear]:
    return inequality(terms, value), inequality({v: -a for v, a in terms.items()}, -value)


def selection(slopes: Sequence[Rational], neurons: int = 4, gadgets: int = 1) -> Lemma:
    """Lemma 4: every fit by four neurons is the levee of one of the slopes, as a function. Fewer do not fit.

    Of several gadgets: fewer than four neurons for each do not fit, which is less than Lemma 11 says.
    """
    if neurons > 4 * gadgets or (gadgets > 1 and neurons == 4 * gadgets):
        raise InvalidInstance("the lemma is about four neurons and one gadget, or fewer than four for each gadget")
    samples = [s for g in range(gadgets) for s in selection_gadget(slopes, offset=64 * g)]
    instance = TrainingInstance(2, neurons, tuple(samples), bias=True)
    what = f"the selection gadget of slopes {', '.join(map(str, slopes))}"
    if neurons < 4 * gadgets:
        stacked = what if gadgets == 1 else f"{gadgets} stacked copies of {what}"
        return Lemma(f"no {neurons} ReLUs fit {stacked}", instance, None)
    return Lemma(f"every fit of {what} by 4 ReLUs is the levee of one of them", instance, levees(instance, slopes))


def affine_selection(slopes: Sequence[Rational]) -> Lemma:
    """Lemma 4 as it is stated, of every continuous function that is linear but for four breaklines.

    Such a function is the sum of four neurons and an affine function A = max(0, A) − max(0, −A). So it is a network of
    six neurons, of which the first, of output weight 1, is A, and the last one, of output weight −1, is −A. What is
    claimed is said of networks whose first and last neuron are opposite; all of one sign do not fit.
    """
    instance = TrainingInstance(2, 6, tuple(selection_gadget(slopes)), bias=True)
    v = [[weight_variable(instance, j, t) for t in range(3)] for j in (0, 5)]
    others = [(inequality({a: sign, b: sign}, strict=True),) for a, b in zip(*v, strict=True) for sign in (1, -1)]
    claimed = tuple((*parts, *others) for parts in levees(instance, slopes, ups=(1, 2), downs=(3, 4), affine=0))
    what = f"the selection gadget of slopes {', '.join(map(str, slopes))}"
    return Lemma(
        f"every fit of {what} by 4 ReLUs and an affine function is the levee of one of them", instance, claimed
    )


def levees(
    instance: TrainingInstance, slopes: Sequence[Rational], ups: tuple[int, int] = (0, 1),
    downs: tuple[int, int] = (2, 3), affine: int | None = None,
) -> Property:  # fmt: skip
    """The neurons `ups`, of output weight 1, and `downs`, of output weight −1, add up to a levee of one of the slopes.

    With v_j for the weights and the bias of neuron j, and z = x₂ − s·x₁, the levee is the sum of ½|z + 2| and ½|z − 2|
    less ½|z + 1| and ½|z − 1|. As max(0, v) = ½|v| + ½v, a sum of neurons is the levee if these are the |v_j|, and the
    sum of the ½v_j with their signs is 0; with an affine function v besides, if it is −v.
    """
    v = [[weight_variable(instance, j, t) for t in range(3)] for j in range(instance.neurons)]
    neurons = (*ups, *downs)
    parallel = tuple(tuple(p for j in neurons for p in equation({v[j][0]: 1, v[j][1]: s})) for s in slopes)
    of_unit_slope = [tuple(equation({v[j][1]: 1}, sign) for sign in (1, -1)) for j in neurons]
    breaklines = [
        tuple(
            tuple(p for j, sign in ((i, 1), (k, -1)) for p in equation({v[j][2]: 1, v[j][1]: -side * sign}))
            for side in (kink, -kink)
        )
        for (i, k), kink in ((ups, 2), (downs, 1))
    ]
    balance = []
    for t in range(3):
        terms: dict[int, Rational] = {v[j][t]: 1 if j in ups else -1 for j in neurons}
        balance += equation(terms if affine is None else {**terms, v[affine][t]: 2})
    return (parallel, *of_unit_slope, *breaklines, (tuple(balance),))


HEIGHT = 10  # M, of the ramps


def ramps(dimension: int) -> Lemma:
    """Theorem 6: the four neurons of a fit form two ramps, each between two parallel hyperplanes of unit offset.

    On the last axis and on lines beside it the labels are 1 up to height M − 1 and 0 from M + 1 on, above and below.
    """
    if dimension < 1:
        raise InvalidInstance("the dimension must be at least 1")
    near = Fraction(1, 100)
    feet = [(0,) * dimension]
    feet += [tuple(s * near * (t == i) for t in range(dimension)) for i in range(dimension) for s in (1, -1)]
    zeros, ones = (HEIGHT + 1, HEIGHT + 2, HEIGHT + 3), (0, HEIGHT - 1)
    heights = {h * s: y for y, values in enumerate((zeros, ones)) for h in values for s in (1, -1)}
    samples = tuple(sample((*x, h), y) for x in feet for h, y in sorted(heights.items()))
    instance = TrainingInstance(dimension + 1, 4, samples, bias=True)

    def pair(p: int, n: int) -> Iterator[tuple[Linear, ...]]:
        """The neurons p and n have opposite or equal weights, and pre-activations that differ by 1."""
        for sign, offset in product((1, -1), repeat=2):
            width = dimension + 2
            rows = [{weight_variable(instance, p, t): 1, weight_variable(instance, n, t): -sign} for t in range(width)]
            offsets = [0] * (width - 1) + [offset]
            yield tuple(part for row, value in zip(rows, offsets, strict=True) for part in equation(row, value))

    parts = (
        (*first, *second)
        for n, m in ((2, 3), (3, 2))
        for first, second in product(pair(0, n), pair(1, m))
    )  # fmt: skip
    statement = f"every fit of the ramp samples in {dimension + 1} dimensions by 4 ReLUs is a ramp up and a ramp down"
    return Lemma(statement, instance, (tuple(parts),))


def stripe(slopes: Sequence[Rational]) -> Lemma:
    """Corollary 7: both breaklines of a fit by two thresholds stay within 2 of one of the centre lines.

    That is, up to the far lines x₁ = ±L, where each breakline crosses between the samples s·x₁ ± 2 of one slope s.
    """
    samples, far = threshold_gadget(slopes)
    instance = TrainingInstance(2, 2, tuple(samples), activation="threshold", output="real", bias=True)

    def side(j: int, x: Rational, height: Rational, sign: int) -> Linear:
        """Neuron j is active at (x, height) if sign is −1, and not if it is 1."""
        row = {weight_variable(instance, j, t): v * sign for t, v in enumerate((x, height, 1))}
        return inequality(row, 0, strict=sign < 0)

    parts = (
        tuple(
            part
            for j, sign in enumerate(signs)
            for x in (far, -far)
            for part in (side(j, x, s * x - 2, sign), side(j, x, s * x + 2, -sign))
        )
        for s in slopes
        for signs in product((1, -1), repeat=2)
    )
    statement = f"every fit of the threshold gadget of slopes {', '.join(map(str, slopes))} by 2 thresholds selects one"
    return Lemma(statement, instance, (tuple(parts),))
