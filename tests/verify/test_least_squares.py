"""Least losses by branch and bound, against exact brute force over activation patterns; seeded bugs; cones."""

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import inf
from random import Random

import numpy as np
import pytest
from least import come_to_nothing, find, require_the_least, right_values
from test_optimum import least_by_z3

from relucert.certificates.normal_form import normal_form
from relucert.certificates.writer import No, RefutedCase, Yes
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, loss_of, sample
from relucert.verify.arrangement import cells
from relucert.verify.certify import certify_bounds, certify_instance, certify_minimum
from relucert.verify.optimum import Bounds
from relucert.verify.problems import SEARCHES
from relucert.verify.problems.training import has_branches
from relucert.verify.provers import branches, cones, least_squares
from relucert.verify.provers.base import Deadline, OutOfTime, Unknown
from relucert.verify.provers.largest_errors import LargestTree
from relucert.verify.provers.least_squares import ACTIVE, OPEN, Tree
from relucert.verify.provers.rounding import mend
from relucert.verify.testing.laws import decide_in_process

pytestmark = pytest.mark.thorough


# --------------------------------------------------------------------------------------------------- exact brute force


def solve(rows, right):
    """A solution of a consistent linear system over the rationals, by elimination."""
    table = [[*map(Fraction, row), Fraction(b)] for row, b in zip(rows, right, strict=True)]
    width, pivots = len(table[0]) - 1, []
    for column in range(width):
        found = next((r for r in range(len(pivots), len(table)) if table[r][column]), None)
        if found is None:
            continue
        table[len(pivots)], table[found] = table[found], table[len(pivots)]
        top = table[len(pivots)]
        top[:] = [v / top[column] for v in top]
        for r, row in enumerate(table):
            if r != len(pivots) and row[column]:
                row[:] = [a - row[column] * b for a, b in zip(row, top, strict=True)]
        pivots.append(column)
    solution = [Fraction(0)] * width
    for r, column in enumerate(pivots):
        solution[column] = table[r][-1]
    return solution


def least_by_patterns(instance):
    """min over output signs and over 'active', 'inactive' or 'zero' for each neuron on each sample, exactly.

    The minimum lies inside some face of some cell, and there it solves the least squares of that face, by Lagrange's
    equations. Each solution is evaluated as a network, so that none is too good. What is not inside its own face does
    no harm.
    """
    k, d, width = instance.neurons, instance.dimension, instance.dimension + 1
    points = []
    for x, _, _ in instance.samples:
        points.append([Fraction(dict(x).get(t, 0)) for t in range(d)] + [Fraction(int(instance.bias))])
    states = {}  # of one neuron: patterns that occur on some face, each once
    for pattern in product((1, 0, -1), repeat=len(points)):
        states[pattern] = None
    best = None
    signs = [(1,) * k] if instance.output == "ones" else combinations_with_replacement((1, -1), k)
    for a in signs:
        for patterns in product(states, repeat=k):
            size = k * width
            matrix = [[Fraction(0)] * size for _ in range(size)]
            right = [Fraction(0)] * size
            for i, (_, y, m) in enumerate(instance.samples):
                row = [a[j] * v if patterns[j][i] == 1 else 0 for j in range(k) for v in points[i]]
                for p in range(size):
                    right[p] += m * row[p] * y
                    for q in range(size):
                        matrix[p][q] += m * row[p] * row[q]
            zero = [
                [v if h == j else 0 for h in range(k) for v in points[i]]
                for j in range(k)
                for i in range(len(points))
                if patterns[j][i] == 0
            ]
            rows = [[*row, *(z[p] for z in zero)] for p, row in enumerate(matrix)]
            rows += [[*z, *[0] * len(zero)] for z in zero]
            w = solve(rows, [*right, *[0] * len(zero)])
            loss = Fraction(0)
            for x, (_, y, m) in zip(points, instance.samples, strict=True):
                z = [sum(w[j * width + t] * x[t] for t in range(width)) for j in range(k)]
                loss += m * (sum(a[j] * max(z[j], 0) for j in range(k)) - y) ** 2
            best = loss if best is None else min(best, loss)
    return best


def random_instance(rng, k=None):
    k = k or rng.choice((1, 1, 1, 2))
    d = 1 if k == 2 else rng.choice((1, 2))
    n = rng.randint(1, 2 if k == 2 and rng.random() < 0.7 else 4 if k == 1 else 3)
    samples = tuple(
        sample(
            [Fraction(rng.randint(-3, 3), rng.choice((1, 1, 2))) for _ in range(d)],
            Fraction(rng.randint(-4, 4), rng.choice((1, 1, 3))),
            rng.choice((1, 1, 2)),
        )
        for _ in range(n)
    )
    output = rng.choice(("ones", "signs", "real"))
    return TrainingInstance(d, k, samples, output=output, bias=rng.random() < 0.5, loss="l2")


def random_instances(count, seed, loss="l2"):
    rng = Random(seed)
    return [replace(random_instance(rng), loss=loss) for _ in range(count)]


def least_of_signs(instance):
    return least_by_z3(replace(instance, output="signs") if instance.output == "real" else instance)


def test_the_least_squares_of_tiny_instances():
    require_the_least(random_instances(10, "least squares"), least_by_patterns)


def test_the_least_largest_error_of_tiny_instances():
    require_the_least(random_instances(10, "largest errors", "linf"), least_of_signs)


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["l1", "linf"])
def test_200_least_errors(loss):
    require_the_least(random_instances(200, f"least {loss}", loss), least_of_signs)


@pytest.mark.slow
def test_500_least_squares():
    require_the_least(random_instances(500, "500 least squares"), least_by_patterns)


def unlike(m, k, seed, loss="l2"):
    """Labels that have nothing to do with the points."""
    rng = Random(f"unlike {m} {k} {seed}")
    points = ([rng.randint(-9, 9) for _ in range(2)] for _ in range(m))
    samples = tuple(sample(x, rng.randint(-9, 9)) for x in points)
    return TrainingInstance(2, k, samples, output="signs", bias=True, loss=loss)


@pytest.mark.slow
def test_a_number_that_a_float_solver_gets_wrong():
    """SCIP calls 201.333747 optimal; the minimum was certified by the descent of cells before."""
    rng = np.random.default_rng(0)
    points, labels = rng.integers(-9, 10, (15, 2)).tolist(), rng.integers(-9, 10, 15).tolist()
    samples = tuple(sample(x, y) for x, y in zip(points, labels, strict=True))
    found = find(TrainingInstance(2, 2, samples, output="signs", bias=True, loss="l2"))
    assert found.value == Fraction(50863952, 252635)
    assert certify_minimum(found).verdict.verdict == "accepted"


def test_repeated_points_and_a_coordinate_that_no_sample_has():
    """The loss of the normal form is less by 1/2, and the network has the coordinate again."""
    samples = (sample([1, 0, 2], 3), sample([1, 0, 2], 2), sample([2, 0, 1], -1), sample([0, 0, 1], 1))
    instance = TrainingInstance(3, 1, samples, output="signs", loss="l2")
    found = find(instance)
    assert found.value == least_by_patterns(instance) > Fraction(1, 2)
    assert len(found.reached.witness.weights[0]) == 3
    assert certify_minimum(found).verdict.verdict == "accepted"


def test_equations_are_mended_by_small_integers():
    """t·error + Σ n·column = 0 with t = 1, for columns that generate all integers; none for an equation without one."""
    rng = Random("mend")
    for _ in range(20):
        columns = [[rng.randint(-9, 9) for _ in range(3)] for _ in range(7)] + [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        error = [rng.randint(-50, 50) for _ in range(3)]
        times, found = mend(columns, error)
        assert times == 1
        assert [e + sum(n * c[t] for n, c in zip(found, columns, strict=True)) for t, e in enumerate(error)] == [0] * 3
        assert max(map(abs, found)) <= 20
        assert mend([[*column, 0] for column in columns], [*error, 1])[0] == 0
    assert mend([[2, 0], [0, 2]], [1, 3]) == (2, [-1, -3])


# ------------------------------------------------------------------------------------------------------ before the end


@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_what_is_known_when_the_work_is_done(loss):
    """Bounds, with the network of one and the refutation of the other, and the minimum between them."""
    instance = unlike(8, 2, 0, loss)
    least = find(instance).value
    found = find(instance, Deadline(work=260_000))
    assert isinstance(found, Unknown)
    (bounds,) = found.found
    assert 0 < bounds.lower < least <= bounds.upper
    assert certify_bounds(bounds).verdict.verdict == "accepted"


def searched(instance, work):
    """The search when so much work is done."""
    search = branches.Search(instance, Deadline(work=work))
    with suppress(OutOfTime):
        search.begin()
        search.run(inf, lambda _loss: inf)
    search.deadline = Deadline()
    return search


def test_more_work_brings_the_bounds_of_three_neurons_together():
    """The least loss itself takes two million. Some nodes have no proof of their bounds; others have it for them."""
    instance = unlike(10, 3, 3)
    few, many, all_of_it = (searched(instance, work) for work in (320_000, 1_280_000, None))
    assert all_of_it.done
    assert few.low < many.low <= float(all_of_it.loss)
    assert all_of_it.loss <= many.loss <= few.loss
    found = many.found()
    bounds = Bounds(replace(instance, threshold=found.loss), Yes(found.network), found.low, No(found.cases))
    assert 0 < bounds.lower < all_of_it.loss
    assert certify_bounds(bounds).verdict.verdict == "accepted"


def test_more_descents_find_better_networks():
    """What 40 descents of each number of positive neurons find is not the best."""
    instance = unlike(12, 3, 0)
    search = branches.Search(instance, Deadline())
    search.begin()
    before = search.loss
    while search.loss == before:  # for ever, if they are the same descents again
        search.descend()
    assert search.loss == loss_of(instance, search.network) < before


def test_before_anything_is_begun_the_zero_network_bounds_the_loss():
    """Two samples are at one point, with labels that differ by 1, which any network pays for."""
    instance = unlike(8, 2, 0)
    (bounds,) = find(instance, Deadline(work=10)).found
    assert (bounds.lower, bounds.upper) == (Fraction(1, 2), sum(s.y**2 for s in instance.samples))
    assert certify_bounds(bounds).verdict.verdict == "accepted"


@pytest.mark.parametrize(
    ("gap", "loss"), [(Fraction(1, 2), "l2"), (Fraction(1, 10), "l2"), (Fraction(1, 4), "l1"), (Fraction(1, 4), "linf")]
)
def test_a_gap_is_kept(gap, loss):
    instance = unlike(12, 1, 1, loss)
    found = find(instance, gap=gap)
    assert isinstance(found, Bounds)
    assert found.gap == 1 - Fraction(found.lower) / found.upper <= gap
    assert found.lower <= find(instance).value <= found.upper
    assert certify_bounds(found).verdict.verdict == "accepted"


@pytest.mark.parametrize(("k", "loss"), [(1, "l2"), (1, "l1"), (1, "linf")])
def test_thresholds_are_decided_by_the_same_search(k, loss):
    """At the minimum, above, and below by little and by much."""
    instance = unlike(12, k, 4, loss)
    least = find(instance).value
    answers = {}
    for share in (Fraction(3, 2), Fraction(1), 1 - Fraction(1, 10**6), Fraction(1, 2)):
        one = replace(instance, threshold=share * least)
        case = SEARCHES["training"].by_algorithm(normal_form(one).instance, 1, "lp", Deadline())
        assert isinstance(case, Network | RefutedCase)
        answers[share] = certify_instance(TRAINING, one, decide_in_process).verdict.answer
    assert list(answers.values()) == ["YES", "YES", "NO", "NO"]


def test_which_training_sets_have_branches():
    instance = unlike(4, 2, 0)
    assert has_branches(instance)
    assert has_branches(replace(instance, loss="l1"))
    assert has_branches(replace(instance, loss="linf"))
    for other in (
        {"loss": "l0"},
        {"clip": (0, 1)},
        {"norm_bound": 1, "output": "signs"},
        {"activation": "threshold"},
        {"activation": "leaky-relu", "alpha": Fraction(1, 2)},
        {"neurons": 9},
    ):
        assert not has_branches(replace(instance, **other))


# --------------------------------------------------------------------------------------------------------- seeded bugs


TRIED = [
    *(random_instance(Random(f"bug {seed}"), 1) for seed in range(4)),
    unlike(9, 1, 2),
    unlike(6, 2, 3),
    unlike(9, 1, 2, "l1"),
    unlike(8, 2, 0, "linf"),
]


@pytest.fixture(scope="module")
def right():
    return right_values(TRIED)


def penalty_on_the_border(monkeypatch):
    """The optimum of a cell is that of its penalty: a little outside, and a little too good."""

    def in_its_cell(tree, node):
        w = node.weights.reshape(tree.k, tree.width) / tree.spread * tree.unit / float(tree.stretch)
        return [Fraction(float(v)) for v in w.ravel()], {}

    monkeypatch.setattr(Tree, "in_its_cell", in_its_cell)
    monkeypatch.setattr(Tree, "exactly", lambda *_: False)
    monkeypatch.setattr(Tree, "keep_rational", believed)


def believed(tree, node, c, slopes, least):
    node.proof = least_squares.Dual(Fraction(1), [0] * tree.m, {}, least)
    return True


def forced_by_one_ray(monkeypatch):
    """An activation is forced where one cell of many agrees with it."""
    right = cones.Cone.sides

    def sides(cone, points):
        one = replace(cone, rays=cone.inside[None] if len(cone.rays) else cone.rays, lines=cone.lines)
        return right(one, points)

    monkeypatch.setattr(cones.Cone, "sides", sides)


def bounds_are_believed(monkeypatch):
    """A leaf is what floating point says that it is."""

    def keep(tree, node, h, c, slopes, least):
        node.proof = least_squares.Dual(h, [v + 1 for v in c], slopes, least)
        return True

    monkeypatch.setattr(Tree, "keep", keep)


def halves_are_left_out(monkeypatch):
    """Only the half in which the neuron is active is searched."""
    right = Tree.branch

    def branch(tree, node):
        children = right(tree, node)
        if children is not None:
            children[1].proof = least_squares.Dual(Fraction(1), [0] * tree.m, {}, Fraction(10**6))
        return children and children[:1]

    monkeypatch.setattr(Tree, "branch", branch)


def neurons_are_sorted_twice(monkeypatch):
    """The symmetry rule is used for neurons of opposite output weights."""
    right = Tree.__init__

    def begin(tree, instance, positive):
        right(tree, instance, positive)
        tree.pairs = list(range(tree.k - 1))

    monkeypatch.setattr(Tree, "__init__", begin)


def errors_weigh_more_than_one(monkeypatch):
    """Σ |c| = 2 for the largest error: twice the bound."""
    right, solved = LargestTree.keep_rational, LargestTree.solve

    def solve(tree, node):
        solved(tree, node)
        node.known = node.known._replace(value=2 * node.known.value)
        node.bound *= 2

    def twice(tree, node, c, slopes, least):
        return right(tree, node, [2 * v for v in c], {name: 2 * v for name, v in slopes.items()}, least)

    def bound_of(tree, h, c):
        return -h * sum(v * y for v, y in zip(c, tree.whole, strict=True)) / tree.common

    monkeypatch.setattr(LargestTree, "solve", solve)
    monkeypatch.setattr(LargestTree, "keep_rational", twice)
    monkeypatch.setattr(LargestTree, "bound_of", bound_of)


@pytest.mark.parametrize(
    "bug",
    [
        penalty_on_the_border,
        forced_by_one_ray,
        *(
            pytest.param(bug, marks=pytest.mark.slow)
            for bug in (
                bounds_are_believed,
                halves_are_left_out,
                neurons_are_sorted_twice,
                errors_weigh_more_than_one,
            )
        ),
    ],
)
def test_a_search_that_lies_gets_nothing_accepted(bug, right, monkeypatch):
    bug(monkeypatch)
    assert come_to_nothing(TRIED, right) >= 1


# ----------------------------------------------------------------------------------------------------- cones and leaves


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_what_a_cone_forces_is_what_all_of_its_cells_have(width):
    """Against the list of all cells; small numbers, so that many hyperplanes coincide or meet in one line."""
    rng, forced = Random(f"cones {width}"), 0
    for _ in range(10):
        points = [tuple(rng.randint(-2, 2) for _ in range(width)) for _ in range(7)]
        points = [x for x in points if any(x)]
        left, cone = list(cells(points, width)), cones.everything(width, 2)
        table = np.array(points)
        for i in range(len(points)):
            sides = cone.sides(table)
            for s in range(len(points)):
                ons = {bits >> s & 1 for bits in left}
                assert sides[s] == (0 if len(ons) == 2 else 1 if ons == {1} else -1)
            if sides[i]:
                forced += 1
                target = [int(sides[i]) * v for v in points[i]]
                names = cones.supporting(cone, target)
                assert names is not None
                assert len(names) <= width
                continue
            how = rng.choice((1, 0))
            cone = cone.cut((i, how), table[i] if how else -table[i])
            left = [bits for bits in left if bits >> i & 1 == how]
            assert all((table[s] @ cone.inside > 0) == bool(h) for s, h in cone.names)
    assert forced >= 5


def test_a_leaf_is_below_every_network_of_its_node():
    """D(c) of rounded residuals, against the losses of random networks that have the fixed activations."""
    rng, instance = Random("leaves"), unlike(8, 2, 5)
    tree = Tree(instance, 1)
    checked = 0
    for _ in range(60):
        w = [[rng.randint(-9, 9) for _ in range(3)] for _ in range(2)]
        node = tree.root()
        for _ in range(rng.randint(1, 6)):
            i, j = rng.randrange(tree.m), rng.randrange(2)
            if node.fixed[i, j] == OPEN:
                node = tree.child(
                    node, i, j, ACTIVE if sum(a * b for a, b in zip(tree.rows[i], w[j], strict=True)) > 0 else 0
                )
        tree.solve(node)
        if node.bound < 1:
            continue
        assert tree.prove(node, Fraction(node.bound) * Fraction(99, 100))
        for scale in (Fraction(1, 8), Fraction(1, 2), 1):
            loss = sum(
                (
                    sum(
                        s * max(0, scale * sum(a * b for a, b in zip(x, v, strict=True)))
                        for s, v in zip((1, -1), w, strict=True)
                    )
                    - y
                )
                ** 2
                for x, y in zip(tree.rows, tree.labels, strict=True)
            )
            assert node.proof.bound <= loss
            checked += 1
    assert checked >= 30
