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
from relucert.reductions.problems.training import TRAINING, Sample, TrainingInstance, sample

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


APART = 64  # how far stacked gadgets are


def stacked(slopes: Sequence[Rational], gadgets: int) -> tuple[Sample, ...]:
    return tuple(s for g in range(gadgets) for s in selection_gadget(slopes, offset=APART * g))


def named(slopes: Sequence[Rational], gadgets: int) -> str:
    what = f"the selection gadget of slopes {', '.join(map(str, slopes))}"
    return what if gadgets == 1 else f"{gadgets} stacked copies of {what}"


def selection(slopes: Sequence[Rational], neurons: int = 4, gadgets: int = 1) -> Lemma:
    """Lemma 4 without an affine function: every fit by four neurons is the levee of one of the slopes, as a function.

    Fewer than four for each gadget do not fit.
    """
    if neurons > 4 * gadgets or (gadgets > 1 and neurons == 4 * gadgets):
        raise InvalidInstance(
            "the lemma is about four neurons and one gadget, or fewer than four for each gadget; "
            "with --affine about four for each"
        )
    instance = TrainingInstance(2, neurons, stacked(slopes, gadgets), bias=True)
    what = named(slopes, gadgets)
    if neurons < 4 * gadgets:
        return Lemma(f"no {neurons} ReLUs fit {what}", instance, None)
    return Lemma(f"every fit of {what} by 4 ReLUs is the levee of one of them", instance, levees(instance, slopes))


BENDS = {-2: (-3, Fraction(-5, 3)), -1: (Fraction(-4, 3), 0), 1: (0, Fraction(4, 3)), 2: (Fraction(5, 3), 3)}
# for each kink of a levee on the line x₁ = 0 the heights between which the labels bend there, up at ±2 and down at ±1


def affine_selection(slopes: Sequence[Rational], gadgets: int = 1) -> Lemma:
    """Lemma 4 as it is stated, of every continuous function that is linear but for four breaklines; of N gadgets, with
    4N breaklines, Lemma 11.

    Such a function is the sum of 4N neurons with w₂ ≥ 0, as max(0, v) = v + max(0, −v), and of an affine function
    A = max(0, A) − max(0, −A). So it is a network of 4N + 2 neurons, of which the first, of output weight 1, is A, and
    the last one, of output weight −1, is −A. Of networks of this form it is claimed:

    1. In each bend up of the labels on x₁ = 0 one of the neurons 1, …, 2N gets active, in each bend down one of the
       neurons 2N + 1, …, 4N.
    2. If these do so in order, from below, then A = 0, and the four of each gadget are those of one of its levees.

    This is said of every order of neurons of equal sign. Bends are disjoint, and no neuron gets active twice; so by 1
    each of the 4N neurons does so in one of them. If neuron 2N + 1 had the output weight 1, then exchanged with neuron
    1 it would get active both in a bend down and in a bend up; likewise if neuron 2N had −1. So there are 2N of each
    sign, and they can be named in order.
    """
    instance = TrainingInstance(2, 4 * gadgets + 2, stacked(slopes, gadgets), bias=True)
    first, *own, last = [[weight_variable(instance, j, t) for t in range(3)] for j in range(instance.neurons)]
    kinks = [
        (g, side * kink) for kink in (2, 1) for g in range(gadgets) for side in (-1, 1)
    ]  # of own neurons, in order
    other = [
        (inequality({a: sign, b: sign}, strict=True),) for a, b in zip(first, last, strict=True) for sign in (1, -1)
    ]
    other += [(inequality({row[1]: 1}, strict=True),) for row in own]  # networks that are not of this form

    def inactive(row: list[int], height: Rational) -> Linear:
        return inequality({row[1]: height, row[2]: 1})

    def active(row: list[int], height: Rational) -> Linear:
        return inequality({row[1]: -height, row[2]: -1}, strict=True)

    claimed, disordered = [], []
    for row, (g, kink) in zip(own, kinks, strict=True):
        start, end = (APART * g + height for height in BENDS[kink])
        alike = own[: 2 * gadgets] if abs(kink) == 2 else own[2 * gadgets :]
        claimed.append((*((inactive(one, start), active(one, end)) for one in alike), *other))
        disordered += [(active(row, start),), (inactive(row, end),)]
    for gadget in range(gadgets):
        levees = []
        for s in slopes:
            values = {x: Fraction(0) for x in first}
            for row, (g, kink) in zip(own, kinks, strict=True):
                if g == gadget:
                    values |= zip(row, (-s, 1, -APART * g - kink), strict=True)
            levees.append(tuple(part for x, value in values.items() for part in equation({x: 1}, value)))
        claimed.append((*levees, *disordered, *other))
    which = "the levee of one of them" if gadgets == 1 else "the sum of one levee for each"
    statement = f"every fit of {named(slopes, gadgets)} by {4 * gadgets} ReLUs and an affine function is {which}"
    return Lemma(statement, instance, tuple(claimed))


def levees(instance: TrainingInstance, slopes: Sequence[Rational]) -> Property:
    """The first two neurons, of output weight 1, and the others, of −1, add up to the levee of one of the slopes.

    With v_j for the weights and the bias of neuron j, and z = x₂ − s·x₁, the levee is the sum of ½|z + 2| and ½|z − 2|
    less ½|z + 1| and ½|z − 1|. As max(0, v) = ½|v| + ½v, a sum of neurons is the levee if these are the |v_j|, and the
    sum of the ½v_j with their signs is 0.
    """
    v = [[weight_variable(instance, j, t) for t in range(3)] for j in range(4)]
    parallel = tuple(tuple(p for row in v for p in equation({row[0]: 1, row[1]: s})) for s in slopes)
    of_unit_slope = [tuple(equation({row[1]: 1}, sign) for sign in (1, -1)) for row in v]
    breaklines = [
        tuple(
            tuple(p for j, sign in ((i, 1), (i + 1, -1)) for p in equation({v[j][2]: 1, v[j][1]: -side * sign}))
            for side in (kink, -kink)
        )
        for i, kink in ((0, 2), (2, 1))
    ]
    balance = [p for t in range(3) for p in equation({v[0][t]: 1, v[1][t]: 1, v[2][t]: -1, v[3][t]: -1})]
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
