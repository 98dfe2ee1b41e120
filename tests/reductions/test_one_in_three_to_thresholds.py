"""Thresholds: every fit of the gadget follows one slope; the fits of the reduction are exactly the solutions."""

import random
from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
import z3
from test_one_in_three import choices_with_sum, small_formulas
from test_selection_gadget import random_solvable

from relucert.reductions.exact import InvalidInstance, simplified
from relucert.reductions.fixed_dimension.one_in_three_to_plane import Layout
from relucert.reductions.fixed_dimension.one_in_three_to_thresholds import OneInThreeToThresholds
from relucert.reductions.fixed_dimension.selection_gadget import stripe, threshold_gadget
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance
from relucert.verify.testing.laws import check_size

R = OneInThreeToThresholds()

# ---------------------------------------------------------------------------------------------------------- the gadget


def rational(value):
    return z3.Q(*Fraction(value).as_integer_ratio())


def fits_and_is_not(slopes, margin, classified, drop=None):
    """Two thresholds that fit the gadget, and do not follow one slope on the lines x₁ = ±`classified`.

    To follow s is to be 1 at s·x₁, and 0 at all other centre lines that are more than 2 away.
    """
    solver = z3.Solver()
    neurons = [z3.Reals(f"u{j} v{j} b{j} a{j}") for j in range(2)]

    def value(x1, x2):
        terms = [z3.If(u * rational(x1) + v * rational(x2) + b > 0, a, 0) for u, v, b, a in neurons]
        return z3.Sum(terms)

    for x, y, _ in threshold_gadget(slopes, margin=margin)[0]:
        point = dict(x).get(0, 0), dict(x).get(1, 0)
        if drop is None or not drop(*point):
            solver.add(value(*point) == rational(y))
    follows = [
        z3.And([
            value(x, t * x) == int(t == s)
            for x in (classified, -classified)
            for t in slopes
            if t == s or abs((t - s) * x) > 2
        ])
        for s in slopes
    ]  # fmt: skip
    solver.add(z3.Not(z3.Or(follows)))
    return solver.check()


GADGETS = [
    ([0, 1], Fraction(1, 8)),
    ([-1, 1], Fraction(1, 4)),
    ([0, 1, 2], Fraction(1, 16)),
    ([0, 1, 4], Fraction(1, 16)),
    ([1, Fraction(9, 8), Fraction(5, 4)], Fraction(1, 8)),
]


@pytest.mark.parametrize(("slopes", "margin"), GADGETS)
@pytest.mark.parametrize("where", ["on the far line", "at the end"])
def test_every_fit_of_the_gadget_follows_one_slope(slopes, margin, where):
    far = threshold_gadget(slopes, margin=margin)[1]
    assert fits_and_is_not(slopes, margin, far if where == "on the far line" else far * (1 / margin - 1)) == z3.unsat


def test_the_gadget_needs_its_lines():
    """Without either kind of line, and beyond where the margin ends."""
    far = threshold_gadget([0, 1])[1]
    assert fits_and_is_not([0, 1], None, far, drop=lambda x1, _: abs(x1) == 1) == z3.sat
    assert fits_and_is_not([0, 1], None, far, drop=lambda x1, _: abs(x1) == far) == z3.sat
    assert fits_and_is_not([0, 1], None, far * 100) == z3.sat


def test_the_gadget_needs_samples_between_slots():
    """Of [0, 1, 4] the slots of 1 and 4 are 12 apart; without the samples between them a stripe passes there."""
    assert fits_and_is_not([0, 1, 4], None, 4) == z3.unsat
    assert fits_and_is_not([0, 1, 4], None, 4, drop=lambda x1, x2: 6 < abs(x2) < 14 and abs(x1) == 4) == z3.sat


@pytest.mark.parametrize("slopes", [[0, 1], [-3, -2, -1], [0, Fraction(1, 3), 5], [-100, 0, 1]])
def test_stripes_fit_the_gadget_and_only_those_of_its_slopes(slopes):
    for margin in (None, Fraction(1, 10**4)):
        samples = threshold_gadget(slopes, Fraction(7, 3), margin=margin)[0]
        instance = TrainingInstance(2, 2, tuple(samples), activation="threshold", output="real", bias=True)
        far = max(x for s in samples for t, x in s.x if t == 0)
        default = Fraction(1, 2) / (slopes[-1] - slopes[0]) / far
        between = [(s + t) / Fraction(2) for s, t in combinations(slopes, 2)]
        for s in {*slopes, *between, slopes[0] - 1, slopes[-1] + 1}:
            weights, biases, output = zip(*stripe(s, Fraction(7, 3), margin or default), strict=True)
            assert TRAINING.accepts(instance, Network(weights, biases, output)) == (s in slopes)


@pytest.mark.parametrize("slopes", [[], [1], [1, 1], [0, 2, 1]])
def test_slopes_increase(slopes):
    with pytest.raises(InvalidInstance):
        threshold_gadget(slopes)


@pytest.mark.parametrize(
    "arguments", [{"near": 2}, {"near": 0}, {"near": -1}, {"margin": Fraction(1, 3)}, {"margin": 0}]
)
def test_lines_too_far_away_and_margins_too_wide_are_refused(arguments):
    with pytest.raises(InvalidInstance, match="must be at most"):
        threshold_gadget([0, 1], **arguments)


# ------------------------------------------------------------------------------------------------------- the reduction


@pytest.mark.thorough
def test_among_all_choices_of_stripes_exactly_the_solutions_fit(shares):
    """By the labels alone; a choice fits iff a clause's slope names its only true variable."""
    answers = Counter()
    for instance in small_formulas():
        target, layout = R.reduce(instance), Layout(instance)
        gadgets = list(layout.gadgets())
        edge = 1 + layout.theta / 2
        stripes = [
            [
                {
                    i: 1
                    for i, (x, _, _) in enumerate(target.samples)
                    if abs(dict(x).get(1, 0) - height - s * dict(x).get(0, 0)) < edge
                }
                for s in slopes
            ]
            for slopes, height in gadgets
        ]
        indices = choices_with_sum([y for _, y, _ in target.samples], stripes)
        fits = {tuple(gadgets[g][0][index] for g, index in enumerate(chosen)) for chosen in indices}
        solutions = {
            (*(layout.variable_slopes[i in true] for i in range(instance.variables)),
             *(layout.clause_slopes[next(r for r, v in enumerate(c) if v in true)] for c in instance.clauses))
            for size in range(instance.variables + 1)
            for true in combinations(range(instance.variables), size)
            if all(sum(v in true for v in clause) == 1 for clause in instance.clauses)
        }  # fmt: skip
        assert fits == solutions
        check_size(R, instance, target)
        assert (target.neurons, len(target.samples)) == (
            2 * len(gadgets),
            20 * instance.variables + 27 * len(instance.clauses),
        )
        answers[bool(fits)] += 1
        for chosen in sorted(fits)[:2]:
            true = tuple(i for i in range(instance.variables) if chosen[i])
            net = R.forward(instance, true)
            assert TRAINING.accepts(target, net)
            assert R.backward(instance, net) == true
    shares(answers[True], answers[False])


def shaken(instance, true, rng):
    """Another fit: the edges of every gadget anywhere in its slots, then scaled, turned around and permuted."""
    layout = Layout(instance)
    theta, far = layout.theta, 4 / layout.theta
    slopes = [layout.variable_slopes[i in true] for i in range(instance.variables)]
    slopes += [layout.clause_slopes[[v in true for v in c].index(True)] for c in instance.clauses]
    neurons = []
    for s, (_, height) in zip(slopes, layout.gadgets(), strict=True):
        turned = rng.random() < 0.5
        for side in (-1, 1):
            end = int((side < 0) != turned)  # an edge on a sample does not cover it, but if turned it does
            part = rng.choice((end, Fraction(1, 100), Fraction(1, 2), Fraction(99, 100)))
            room = theta * min(part, 1 - part) * rng.choice((-1, Fraction(-1, 2), 0, Fraction(1, 3), 1))
            slope = s + room / far * Fraction(99, 100)
            at_zero = side * (1 + theta * part)
            sign, scale = (-1 if turned else 1), Fraction(rng.randint(1, 9), rng.randint(1, 9))
            tilt = [sign * scale * v for v in (-slope, 1, -height - at_zero)]
            neurons.append((tilt, -side * sign))
    rng.shuffle(neurons)
    rows = [tuple(map(simplified, tilt)) for tilt, _ in neurons]
    return Network(tuple(r[:2] for r in rows), tuple(r[2] for r in rows), tuple(a for _, a in neurons))


def test_backward_reads_many_fits():
    rng = random.Random(2)
    for _ in range(40):
        instance, true = random_solvable(rng)
        target = R.reduce(instance)
        for _ in range(4):
            net = shaken(instance, true, rng)
            assert TRAINING.accepts(target, net)
            assert R.backward(instance, net) == true


@pytest.mark.parametrize("variables", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("clauses", [0, 1, 9])
def test_inequalities(variables, clauses):
    """Those that the docstrings of the gadget and of the reduction use."""
    if variables < 3 and clauses:
        return
    layout = Layout(OneInThreeInstance(variables, ((0, variables // 2, variables - 1),) * clauses))
    theta, unit, span = layout.theta, layout.unit, layout.span
    margin, near, far = theta, 1 / (2 * theta), 4 / theta
    heights = [height for _, height in layout.gadgets()]
    for slopes, _ in layout.gadgets():
        assert near * (slopes[-1] - slopes[0]) <= 1
        assert far * min(t - s for s, t in pairwise(slopes)) == 4
        assert max(map(abs, slopes)) * far + margin * far / near + 3 < unit / 4  # all stay below the next gadget
    assert margin <= min(Fraction(1, 2), near / far)
    assert (near, far, margin) == (4 * span, 32 * span, Fraction(1, 8 * span))
    assert 2 * 2 + 2 * (near * (1 + 2 * theta) + 1 + margin) < unit  # equidistant heights, up to this, are equal
    assert not any(a + b == 2 * c for a, b in combinations(heights, 2) for c in heights)
    for x, _ in layout.crossings():
        assert far < abs(x) <= far * (1 / margin - 1)
        assert theta * abs(x) > 4  # centre lines of one gadget have parted
        assert unit - 2 * theta * abs(x) > 4  # those of different clauses, or different variables, never meet


def test_a_formula_without_clauses_or_variables():
    for instance in (OneInThreeInstance(0, ()), OneInThreeInstance(1, ()), OneInThreeInstance(2, ())):
        target, net = R.reduce(instance), R.forward(instance, ())
        check_size(R, instance, target)
        assert TRAINING.accepts(target, net)
        assert R.backward(instance, net) == ()
