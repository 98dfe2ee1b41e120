"""What circuits of samples say, and the search that is told of them: against geometry, the kernel and Z3."""

import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, step_from_json
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.verify.certify import CertificateRefused, certify_instance
from relucert.verify.decide import decide
from relucert.verify.networks import fit_by_z3
from relucert.verify.provers import circuits, dichotomies, provers_for
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.circuits import Watch, dependent_sets
from relucert.verify.provers.dichotomies import Along, Dichotomies, by_circuits_alone, by_dichotomies
from relucert.verify.provers.general_position import has_dichotomies, spread


def planted(seed, neurons, samples, flip, bias=True, span=4):
    """The values of random neurons of both signs at random points, of which flip changes one; and the network."""
    rng = random.Random(seed)
    net = Network(
        tuple((rng.randint(-3, 3), Fraction(rng.randint(-3, 3), rng.randint(1, 2))) for _ in range(neurons)),
        tuple(rng.randint(-4, 4) if bias else 0 for _ in range(neurons)),
        tuple(1 if j <= neurons // 2 else -1 for j in range(neurons)),
    )
    grid = [(x, Fraction(y, 2)) for x, y in product(range(-span, span + 1), repeat=2) if x or y]
    points = rng.sample(grid, samples)
    labels = [net(enumerate(x)) for x in points]
    if flip:
        labels[rng.randrange(samples)] += 1
    return TrainingInstance(2, neurons, tuple(map(sample, points, labels)), bias=bias), net


def area(p, q, r):
    """Twice that of a triangle, with its orientation."""
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


def sign(number):
    return (number > 0) - (number < 0)


def test_circuits_of_four_points_are_areas_of_the_triangles_of_three():
    """λ of a point is the area of the triangle of the other three, and the signs alternate."""
    instance, _ = planted(2, 3, 10, flip=True)
    points = [tuple(dict(x).get(t, 0) for t in (0, 1)) for x, _, _ in instance.samples]
    expected = {}
    for four in combinations(range(10), 4):
        areas = [(-1) ** t * area(*(points[i] for i in four if i != four[t])) for t in range(4)]
        gap = sum(a * instance.samples[i].y for a, i in zip(areas, four, strict=True))
        if any(areas):
            expected[four] = tuple(sign(a) * (sign(gap) or 1) for a in areas), gap != 0
    found = dependent_sets(instance, Deadline())
    for four, signs, bent in zip(found.samples.tolist(), found.signs.tolist(), found.bent.tolist(), strict=True):
        right, bends = expected.pop(tuple(four))
        assert bent == bends
        assert tuple(signs) == right or (not bends and tuple(-s for s in signs) == right)
    assert not expected


@pytest.mark.parametrize("bias", [True, False])
def test_signs_in_floating_point_are_those_of_integers_or_left_out(bias):
    instance, _ = planted(4, 3, 14, flip=True, bias=bias)
    rows = circuits.rows_of(instance)
    labels = [s.y * scale for s, scale in zip(instance.samples, circuits.scales_of(instance), strict=True)]
    chosen = circuits.subsets(instance, len(rows[0]) + 1)
    signs, bends = circuits.exact_signs(rows, labels, chosen)
    in_floats, bends_in_floats = circuits.signs_in_floats(rows, labels, chosen)
    kept = in_floats.any(axis=1)
    assert 2 * kept.sum() > len(kept) > kept.sum()  # there are points on a line, which are left out
    assert (in_floats[kept] == signs[kept]).all()
    assert (bends_in_floats[kept] == bends[kept]).all()
    long = [[a * 10**30 + 1 for a in row] for row in rows]
    assert circuits.exact_signs(long, labels, chosen) is None


def halves(points):
    """All activations of one neuron with a bias: what is on one side of a line. Lines through two points, turned or
    moved a little, leave both, either or none of them on a side; of points on the line, those from one on."""
    found = {frozenset(), frozenset(range(len(points)))}
    for p, q in combinations(points, 2):
        side = [area(p, q, x) for x in points]
        along = [(x[0] - p[0]) * (q[0] - p[0]) + (x[1] - p[1]) * (q[1] - p[1]) for x in points]
        left = {i for i, s in enumerate(side) if s > 0}
        right = {i for i, s in enumerate(side) if s < 0}
        line = sorted((i for i, s in enumerate(side) if s == 0), key=along.__getitem__)
        for cut in range(len(line) + 1):
            for part in (line[:cut], line[cut:]):
                found |= {frozenset(left | {*part}), frozenset(right | {*part})}
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_circuit_objects_to_activations_if_a_line_separates_them(seed):
    """Kirchberger's theorem, of all subsets of seven points, some of them on lines; labels 0, so nothing is bent."""
    rng = random.Random(seed)
    points = rng.sample([*product(range(4), repeat=2)], 7)
    instance = TrainingInstance(2, 2, tuple(sample(x, 0) for x in points), bias=True)
    watch, separable = Watch(dependent_sets(instance, Deadline()), 2, 1), halves(points)
    for active in product((False, True), repeat=7):
        here = frozenset(i for i, on in enumerate(active) if on)
        first, second, kinks = watch.objections(np.array([active, (False,) * 7]).T)
        assert not kinks.any()
        assert (not first.any() and not second.any()) == (here in separable)


def test_a_kink_objects_if_no_neuron_bends_where_the_labels_do():
    """A tent over the middle of three points: one neuron of output weight −1 has to be mixed on the outer ones, one of
    1 cannot help, of which the middle is the only sample with λ > 0."""
    tent = TrainingInstance(1, 2, tuple(sample((x,), y) for x, y in ((0, 0), (1, 1), (2, 0))), bias=True)
    watch = Watch(dependent_sets(tent, Deadline()), 2, 1)
    for plus, minus in product(product((False, True), repeat=3), repeat=2):
        *_, kinks = watch.objections(np.array([plus, minus]).T)
        assert kinks.any() == (minus[0] == minus[2])


@pytest.mark.parametrize("bias", [True, False])
def test_derived_clauses_are_accepted_by_the_kernel_and_satisfied_by_networks(bias):
    """Every step; and the network that the labels come from, sorted by signs, satisfies every clause."""
    instance, net = planted(3, 3, 9, flip=False, bias=bias)
    formula = ENCODING.formula(instance, 2, None)
    search, along = Dichotomies(instance, 2, None, Deadline()), Along(instance, 2, formula, {})
    for samples, signs, bent in zip(*dependent_sets(instance, Deadline()), strict=True):
        circuit = {int(i): int(s) for i, s in zip(samples, signs, strict=True) if s}
        for one in {*circuit.values()}:
            search.separate(circuit, one)
        if bent:
            search.bend(circuit)
    along.of_atom = {at: of for of, at in search.of_mixed.items()}
    for premise in search.premises:
        if premise.derive and along.own(premise.clause) not in along.numbers:
            premise.derive(along, *premise.arguments)
            assert along.own(premise.clause) in along.numbers
    kernel = Kernel(ENCODING.formula(instance, 2, None))
    for step in along.steps:
        step_from_json(step.to_json()).apply(kernel)
    assert all(kernel.clauses[number] == clause for number, clause in along.formula.clauses.items())
    reals = ENCODING.assignment(instance, net, 2, None).reals
    true = set()
    for atom, meaning in kernel.atoms.items():
        if meaning is not None:
            value = sum(a * reals[v] for v, a in meaning.terms)
            if value < meaning.bound or (value == meaning.bound and not meaning.strict):
                true.add(atom)
    for (samples, j), (mixed, every, none) in along.of_mixed.items():
        active = {along.inactive(i, j) not in true for i in samples}
        true.add(mixed if len(active) == 2 else every if active == {True} else none)
    assert all(any((at > 0) == (abs(at) in true) for at in clause) for clause in kernel.clauses.values())


def certified(instance, prover="lp"):
    one = provers_for(TRAINING, prover)[0]
    return certify_instance(TRAINING, instance, lambda problem, i: decide(problem, i, one, Deadline())).answer


@st.composite
def small(draw):
    """Few points of a small grid, so that some are on lines; labels planted or drawn."""
    d, k, bias = draw(st.integers(1, 3)), draw(st.integers(2, 3)), draw(st.booleans())
    number = st.integers(-2, 2) | st.fractions(-2, 2, max_denominator=3)
    points = draw(st.lists(st.tuples(*[number] * d), min_size=1, max_size=8, unique=True))
    if draw(st.booleans()):
        weights = draw(st.lists(st.tuples(*[st.integers(-2, 2)] * d), min_size=k, max_size=k))
        net = Network(tuple(weights), (draw(st.integers(-2, 2)) * bias,) * k, (1, -1, 1)[:k])
        labels = [net(enumerate(x)) for x in points]
        labels[0] += draw(st.integers(0, 1))
    else:
        labels = draw(st.lists(st.integers(-3, 3), min_size=len(points), max_size=len(points)))
    output = draw(st.sampled_from(("signs", "ones")))
    return TrainingInstance(d, k, tuple(map(sample, points, labels)), bias=bias, output=output)


def of(*labelled):
    """Two neurons of any sign with biases."""
    return TrainingInstance(2, 2, tuple(sample(x, y) for x, y in labelled), bias=True)


def searched(instance, alone=False):
    """The answer of the search of all cases, None if it does not tell; what it says is checked, by the kernel too."""
    for case in ENCODING.cases(instance):
        choice = {"order": spread(instance, 4)}
        search = by_circuits_alone if alone else by_dichotomies
        found = search(instance, case, choice, lambda c=case, o=choice: ENCODING.formula(instance, c, o), Deadline())
        if isinstance(found, Network):
            assert TRAINING.accepts(instance, found)
            return "YES"
        if found is None:
            return None
        assert isinstance(found, Refutation)
        kernel = Kernel(ENCODING.formula(instance, case, choice))
        for step in found.steps:
            step_from_json(step.to_json()).apply(kernel)
        assert () in kernel.clauses.values()
    return "NO"


def test_answers_are_those_of_an_independent_statement(shares):
    answers, alone = Counter(), Counter()

    @settings(max_examples=150)
    @given(small())
    @example(of(((7, -8), 0), ((0, 6), -3), ((4, -2), 1), ((-4, 14), -1)))  # a label says of one neuron what it is
    @example(replace(of(((0, 0), 0), ((-2, -3), 2), ((-3, -3), 5)), bias=False))
    @example(replace(of(((0, 0), -1), ((1, 2), 1), ((1, -1), 1)), bias=False))
    def agrees(instance):
        expected = "NO" if fit_by_z3(instance) is None else "YES"
        answers[expected] += 1
        assert searched(instance) == expected
        alone[searched(instance, alone=True)] += 1

    agrees()
    shares(answers["YES"], answers["NO"])
    assert alone.keys() == {"NO", None}  # it finds no network
    assert alone["NO"] <= answers["NO"] <= 2 * alone["NO"]


LONG = (
    of(((1, 2), 10**400), ((3, 1), 10**400), ((2, 5), 0), ((4, 4), -3)),
    of(((10**40, 2), 1), ((3, 10**40), 2), ((2, -(10**30)), 0), ((-(10**35), 4), -3)),
    of(((10**40, 2), 1), ((3, 10**40), 10**400), ((10**40, 2), 10**30), ((-(10**35), 4), -3)),
)


@pytest.mark.parametrize("instance", LONG)
def test_long_numbers_are_decided_by_whatever_prover_can(instance):
    """The search may say that floating point does not tell."""
    expected = "NO" if fit_by_z3(instance) is None else "YES"
    assert searched(instance) in (expected, None)
    assert certified(instance) == expected


@pytest.mark.parametrize("most", [0, 100_000])
def test_planted_networks_and_one_label_changed_are_decided(most, monkeypatch, shares):
    """With circuits and by linear programs alone."""
    monkeypatch.setattr(circuits, "MOST_CIRCUITS", most)
    answers = Counter()
    for seed in range(8):
        circuits._dependent_sets.cache_clear()
        instance, _ = planted(seed, 3, 12, flip=seed % 2 == 1)
        expected = "NO" if fit_by_z3(instance) is None else "YES"
        answers[expected] += 1
        assert searched(instance) == expected
    circuits._dependent_sets.cache_clear()
    shares(answers["YES"], answers["NO"])


def test_what_is_refuted_again_by_what_was_needed_has_shorter_proofs(monkeypatch):
    """Each is accepted."""
    steps = Counter()
    for many, seed in product((10**9, dichotomies.MANY_CITED), range(5)):
        monkeypatch.setattr(dichotomies, "MANY_CITED", many)
        instance, _ = planted(seed, 3, 16, flip=True)
        formula = ENCODING.formula(instance, 2, None)
        kernel = Kernel(ENCODING.formula(instance, 2, None))
        found = by_dichotomies(instance, 2, None, lambda formula=formula: formula, Deadline())
        assert isinstance(found, Refutation)
        for step in found.steps:
            step_from_json(step.to_json()).apply(kernel)
        assert kernel.refuted
        steps[many] += len(found.steps)
    once, again = steps.values()
    assert again < 0.9 * once


def test_what_linear_programs_find_is_derived_for_all_neurons(monkeypatch):
    """Every contradiction with its copies, not only those that a refutation cites."""
    monkeypatch.setattr(circuits, "MOST_CIRCUITS", 0)
    circuits._dependent_sets.cache_clear()
    instance, _ = planted(6, 3, 12, flip=True)
    search = Dichotomies(instance, 2, None, Deadline())
    assert search.run() is None
    circuits._dependent_sets.cache_clear()
    formula = ENCODING.formula(instance, 2, None)
    along, kernel = Along(instance, 2, formula, {}), Kernel(ENCODING.formula(instance, 2, None))
    found = [p for p in search.premises if p.derive is Along.contradiction]
    assert len(found) > 20
    for premise in found:
        if along.own(premise.clause) not in along.numbers:
            along.contradiction(*premise.arguments)
        assert along.own(premise.clause) in along.numbers
    for step in along.steps:
        step_from_json(step.to_json()).apply(kernel)


@pytest.mark.parametrize("dimension", [5, 10, 11, 40])
def test_many_dimensions_take_bounded_work(dimension):
    """Each circuit would have 2^(d + 2) minors, so from 11 dimensions on there are none."""
    rng = random.Random(dimension)
    xs = [[rng.randint(-9, 9) for _ in range(dimension)] for _ in range(dimension + 6)]
    instance = TrainingInstance(dimension, 2, tuple(sample(x, rng.randint(0, 9)) for x in xs), bias=True)
    deadline = Deadline(work=2_000_000)
    assert by_circuits_alone(instance, 1, None, lambda: ENCODING.formula(instance, 1, None), deadline) is None
    found = dependent_sets(instance, Deadline())
    assert (len(found.samples) > 0) == (dimension <= 10)
    assert len(found.samples) << dimension + 2 <= circuits.MOST_MINORS


@pytest.mark.parametrize(
    ("dimension", "count", "some"), [(2, 300, True), (3, 100, True), (4, 30, True), (5, 48, False), (8, 48, False)]
)
def test_circuits_of_neighbours_are_for_few_dimensions(dimension, count, some):
    """Beyond, they are taken if they are not too few of all."""
    rng = random.Random(dimension)
    xs = [[rng.randint(-99, 99) for _ in range(dimension)] for _ in range(count)]
    instance = TrainingInstance(dimension, 3, tuple(sample(x, rng.randint(0, 9)) for x in xs), bias=True)
    found = len(dependent_sets(instance, Deadline()).samples)
    assert (found > 0) == some
    assert found < comb(count, dimension + 2) / 10


def lie(monkeypatch, name, change):
    right = getattr(Along, name)
    monkeypatch.setattr(Along, name, lambda self, *arguments: change(right(self, *arguments)))


@pytest.mark.parametrize("lied", ["multipliers", "signs", "bends", "rows"])
def test_a_search_that_lies_gets_nothing_accepted(lied, monkeypatch):
    """The planted network fits, so there is no refutation: it is refused, or has a gap and another prover answers.

    With wrong rows of the linear program the search finds a network that does not fit, or multipliers that do not.
    """
    if lied == "rows":
        monkeypatch.setattr(circuits, "MOST_CIRCUITS", 0)
    circuits._dependent_sets.cache_clear()
    instance, _ = planted(1, 4, 14, flip=False)
    told = Counter()
    alone = dichotomies.by_dichotomies
    monkeypatch.setattr(dichotomies, "by_dichotomies", lambda *a: told.update([type(alone(*a))]) or alone(*a))
    right = dependent_sets(instance, Deadline())
    if lied == "multipliers":
        lie(monkeypatch, "circuit", lambda found: {i: (m if n else 2 * m) for n, (i, m) in enumerate(found.items())})
    if lied in ("multipliers", "signs"):
        signs = right.signs.copy()
        signs[:, 0] *= -1
        monkeypatch.setattr(dichotomies, "dependent_sets", lambda _instance, _deadline: right._replace(signs=signs))
    elif lied == "bends":
        bent = np.ones(len(right.bent), dtype=bool)
        monkeypatch.setattr(dichotomies, "dependent_sets", lambda _instance, _deadline: right._replace(bent=bent))
    else:
        linear = dichotomies.Weights.linear
        monkeypatch.setattr(
            dichotomies.Weights,
            "linear",
            lambda self, row: linear(self, row)._replace(bound=linear(self, row).bound - row.side),
        )
    with suppress(CertificateRefused):
        assert certified(instance) == "YES"
    circuits._dependent_sets.cache_clear()
    assert told
    assert Network not in told  # the search itself has been misled


def test_only_exact_fits_by_several_relus_in_general_position_have_dichotomies():
    instance, _ = planted(0, 4, 10, flip=False)
    assert has_dichotomies(instance)
    line = [(0, h) for h in range(9)]
    others = [
        replace(instance, neurons=1),
        replace(instance, neurons=21),
        replace(instance, activation="threshold"),
        replace(instance, norm_bound=Fraction(1)),
        replace(instance, dimension=3, samples=tuple(sample((h, 0, 0), 0) for h in range(1, 11))),  # sparse
        replace(instance, samples=tuple(sample((x + 1, y), 0) for x, y in (*line, (1, 1), (2, 0)))),  # along a line
    ]
    assert not any(map(has_dichotomies, [*others, replace(instance, loss="l1"), replace(instance, clip=(0, 1))]))
