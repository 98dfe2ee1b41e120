"""The selection gadget: Lemma 4 stated in Z3, without the encodings; and every way to write a fit is read alike."""

import random
from fractions import Fraction
from itertools import combinations

import pytest
import z3

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.fixed_dimension.selection_gadget import levee, selection_gadget, side_line
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance

R = OneInThreeToPlane()


def fits_of_another_slope(slopes, positive, drop=()):
    """Four ReLUs, the first of output weight 1, the others of −1, that fit and have a breakline of no given slope."""
    solver = z3.Solver()
    w = [z3.Reals(f"u{j} v{j} b{j}") for j in range(4)]
    for i, (x, y, _) in enumerate(selection_gadget(slopes)):
        if i in drop:
            continue
        x1, x2 = (z3.Q(*Fraction(dict(x).get(t, 0)).as_integer_ratio()) for t in range(2))
        z = [u * x1 + v * x2 + b for u, v, b in w]
        relus = [z3.If(value > 0, value, 0) for value in z]
        solver.add(z3.Sum(relus[:positive]) - z3.Sum(z3.RealVal(0), *relus[positive:]) == z3.Q(*y.as_integer_ratio()))
    of_a_slope = [z3.Or([z3.And(v != 0, u == -z3.Q(*Fraction(s).as_integer_ratio()) * v) for s in slopes])
                  for u, v, _ in w]  # fmt: skip
    solver.add(z3.Not(z3.And(of_a_slope)))
    return solver.check()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "slopes",
    [
        [0, 1],
        *(pytest.param(s, marks=pytest.mark.slow) for s in ([-1, Fraction(1, 3)], [0, 1, 2])),
        pytest.param([1, Fraction(9, 8), Fraction(5, 4)], marks=pytest.mark.slow),
    ],
)
def test_lemma_4(slopes):
    assert [fits_of_another_slope(slopes, positive) for positive in range(5)] == [z3.unsat] * 5


def test_lemma_4_needs_the_touching_points():
    assert fits_of_another_slope([0, 1], 2, drop=range(29, 33)) == z3.sat


@pytest.mark.parametrize("slopes", [[], [1], [1, 1], [0, 2, 1], [Fraction(1, 2), Fraction(1, 3)]])
def test_slopes_increase(slopes):
    with pytest.raises(InvalidInstance):
        selection_gadget(slopes)


@pytest.mark.parametrize("slopes", [[0, 1], [-7, 0], [0, Fraction(1, 100)], [-300, Fraction(1, 3), 41]])
def test_side_lines_are_close(slopes):
    assert side_line(slopes) * max(map(abs, slopes)) < Fraction(1, 2)
    instance = TrainingInstance(2, 4, tuple(selection_gadget(slopes, Fraction(2, 3), plateau=True)), bias=True)
    for s in slopes:
        weights, biases, output = zip(*levee(s, Fraction(2, 3)), strict=True)
        assert TRAINING.accepts(instance, Network(weights, biases, output))


# ------------------------------------------------------------------------- one function, written by different networks


def mirrored(net, rng):
    """The same function: [z]₊ = z + [−z]₊ for neurons whose linear parts a·z cancel, and the neurons permuted.

    The lower step of a levee has the linear part 1, the upper one −1: as many of these as of those, of any levees.
    """
    count = len(net.output) // 4
    turned = rng.randint(0, count)
    lower = [4 * g + i for g in rng.sample(range(count), turned) for i in (0, 1)]
    upper = [4 * g + i for g in rng.sample(range(count), turned) for i in (2, 3)]
    sign = [-1 if j in {*lower, *upper} else 1 for j in range(4 * count)]
    order = rng.sample(range(4 * count), 4 * count)
    return Network(
        tuple(tuple(sign[j] * v for v in net.weights[j]) for j in order),
        tuple(sign[j] * net.biases[j] for j in order),
        tuple(net.output[j] for j in order),
    )


def random_solvable(rng):
    """A formula around a solution; every clause has one true variable."""
    n = rng.randint(3, 7)
    true = sorted(rng.sample(range(n), rng.randint(1, n - 2)))
    false = [v for v in range(n) if v not in true]
    clauses = []
    for _ in range(rng.randint(0, 4)):
        clause = [rng.choice(true), *rng.sample(false, 2)]
        rng.shuffle(clause)
        clauses.append(tuple(clause))
    return OneInThreeInstance(n, tuple(clauses)), tuple(true)


def test_backward_reads_the_function_not_the_weights():
    rng = random.Random(1)
    changed = 0
    for _ in range(40):
        instance, true = random_solvable(rng)
        target, image = R.reduce(instance), R.forward(instance, true)
        for _ in range(3):
            net = mirrored(image, rng)
            assert TRAINING.accepts(target, net)
            assert R.backward(instance, net) == true
            changed += sorted(net.weights) != sorted(image.weights)
    assert changed > 60


def test_mirrors_that_do_not_cancel_do_not_fit():
    """One to three neurons of one levee: their linear parts do not cancel."""
    instance = OneInThreeInstance(3, ((0, 1, 2),))
    target, net = R.reduce(instance), R.forward(instance, (1,))
    for turned in [*combinations(range(4), 1), *combinations(range(4), 2), *combinations(range(4), 3)]:
        sign = [-1 if j in turned else 1 for j in range(16)]
        weights = tuple(tuple(s * v for v in row) for s, row in zip(sign, net.weights, strict=True))
        biases = tuple(s * b for s, b in zip(sign, net.biases, strict=True))
        assert not TRAINING.accepts(target, Network(weights, biases, net.output))
