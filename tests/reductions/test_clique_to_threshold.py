"""Multicoloured Clique to one threshold neuron: the iff stated to Z3, the proof's inequality, and seeded bugs."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations, pairwise, permutations, product

import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.reductions.exact import InvalidInstance, TooLarge
from relucert.reductions.fixed_dimension.clique_to_threshold import CliqueToThreshold
from relucert.reductions.problems.multicolored_clique import multicolored_clique
from relucert.reductions.problems.training import TRAINING, Network, loss_of
from relucert.verify.testing.laws import Law, broken_law, check_laws, check_size

R = CliqueToThreshold()


def classes_of(sizes):
    """The colours of the vertices: so many of each."""
    return [c for c, size in enumerate(sizes) for _ in range(size)]


def pairs_of(colors):
    return [e for e in combinations(range(len(colors)), 2) if colors[e[0]] != colors[e[1]]]


def graphs(sizes):
    """One of each class of graphs that renaming vertices of the same colour turns into each other."""
    colors, seen = classes_of(sizes), set()
    members = [[v for v, c in enumerate(colors) if c == color] for color in range(len(sizes))]
    names = [[*chain(*p)] for p in product(*map(permutations, members))]
    for included in product((0, 1), repeat=len(pairs_of(colors))):
        edges = [e for e, inside in zip(pairs_of(colors), included, strict=True) if inside]
        same = min(tuple(sorted(tuple(sorted((p[u], p[v]))) for u, v in edges)) for p in names)
        if same not in seen:
            seen.add(same)
            yield multicolored_clique(colors, edges)


def choices(instance):
    """Every choice of one vertex of each colour."""
    return product(
        *([v for v, c in enumerate(instance.colors) if c == color] for color in range(max(instance.colors) + 1))
    )


def missing_in(instance, chosen):
    return sum(tuple(sorted(e)) not in instance.edges for e in combinations(chosen, 2))


def cliques(instance):
    return {chosen for chosen in choices(instance) if not missing_in(instance, chosen)}


def errs_at_most(target):
    """A neuron of output weight 1 that misses samples of a total multiplicity within the threshold, found by Z3."""
    w, b = z3.RealVector("w", target.dimension), z3.Real("b")
    missed = []
    for x, y, multiplicity in target.samples:
        active = z3.Sum(b, *(w[t] * v for t, v in x)) > 0
        missed.append((active if y == 0 else z3.Not(active), multiplicity))
    solver = z3.Solver()
    solver.add(z3.PbLe(missed, int(target.threshold)))
    if solver.check() == z3.unsat:
        return None
    model = solver.model()
    *weights, bias = (model.eval(v, model_completion=True).as_fraction() for v in (*w, b))
    return Network((tuple(weights),), (bias,), (1,))


# ------------------------------------------------------------------------------------------------------------- the iff

SIZES = [(1,), (3,), (1, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3)]
SIZES += [(1, 1, 1), (1, 1, 2), (1, 2, 2), (1, 1, 3), (1, 1, 1, 1)]


@pytest.mark.parametrize("sizes", [*SIZES, pytest.param((2, 2, 2), marks=pytest.mark.slow)], ids=str)
def test_a_neuron_exists_iff_a_clique_does(sizes, record_property):
    """For every graph with so many vertices of each colour."""
    answers = Counter()
    for instance in graphs(sizes):
        target, expected = replace(R.reduce(instance), loss="l0"), cliques(instance)
        net = errs_at_most(target)
        assert (net is not None) == bool(expected)
        if net is not None:
            assert TRAINING.accepts(target, net)
            assert R.backward(instance, net) in expected
        answers[bool(expected)] += 1
    record_property("answers", f"{answers[True]} YES, {answers[False]} NO")
    assert answers[True]
    assert answers[False] or len(sizes) == 1
    known = {(1,): 1, (3,): 1, (1, 1): 2, (2, 2): 7, (2, 3): 13, (3, 3): 36}  # OEIS A028657
    assert answers.total() == known.get(sizes, answers.total())


SMALL = [
    multicolored_clique(colors, edges)
    for colors, edges in [
        ([0], []), ([0, 0], []), ([0, 1], []), ([1, 0], [(0, 1)]), ([0, 1, 1], []), ([1, 0, 1], [(1, 2)]),
        ([0, 1, 2], [(0, 1), (0, 2)]), ([2, 0, 1], [(0, 1), (0, 2), (1, 2)]), ([0, 1, 0, 2], [(0, 1), (0, 3), (1, 2)]),
    ]
]  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("loss", [pytest.param(0, marks=pytest.mark.slow), 1, 2])
def test_the_laws_hold_for_every_loss(loss, shares):
    answers = Counter()
    for instance in SMALL:
        answer = check_laws(CliqueToThreshold(loss), instance)
        assert answer == ("YES" if cliques(instance) else "NO")
        answers[answer] += 1
    shares(answers["YES"], answers["NO"])


def test_one_vertex_of_each_colour_and_no_edge():
    """Fewer edges than a clique has, and no vertex to leave out: a threshold that counts edges would be negative."""
    instance = multicolored_clique(range(4), [])
    assert R.reduce(instance).threshold == 6
    assert errs_at_most(R.reduce(instance)) is None


# ----------------------------------------------------------------------------------------- the steps of the proof


@st.composite
def colored_graphs(draw):
    """Up to seven vertices in one to four colours."""
    kappa = draw(st.integers(1, 4))
    colors = draw(st.permutations([*range(kappa), *draw(st.lists(st.integers(0, kappa - 1), max_size=3))]))
    pairs = pairs_of(colors)
    return multicolored_clique(colors, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else [])


@given(colored_graphs(), st.sampled_from((0, 1, 2)))
def test_construction(instance, loss):
    r = CliqueToThreshold(loss)
    target = r.reduce(instance)
    check_size(r, instance, target)
    assert target == replace(R.reduce(instance), loss=f"l{loss}")
    assert (target.activation, target.output, target.bias) == ("threshold", "real", True)
    n, kappa = len(instance.colors), max(instance.colors) + 1
    missing = sum(e not in instance.edges for e in pairs_of(instance.colors))
    assert len(target.samples) == kappa + 1 + 2 * n + 2 * missing
    assert target.threshold == n - kappa + missing
    assert {s.multiplicity for s in target.samples[kappa + 1 :]} <= {1}
    assert max(abs(v) for x, _, _ in target.samples for _, v in x) <= 9 * n**3
    assert max(s.multiplicity for s in target.samples) <= n**4


@given(colored_graphs())
def test_the_loss_of_a_choice_counts_its_missing_edges(instance):
    """T for a clique, in every loss; one more for every missing edge."""
    target = R.reduce(instance)
    for chosen in choices(instance):
        net = R.forward(instance, chosen)
        for loss in ("l0", "l1", "l2"):
            assert loss_of(replace(target, loss=loss), net) == target.threshold + missing_in(instance, chosen)
        assert R.backward(instance, net) == chosen


def positions(instance):
    """Where the first samples of the vertices stand: after the anchors every other sample, in the order of vertices."""
    kappa, n = max(instance.colors) + 1, len(instance.colors)
    firsts = R.reduce(instance).samples[kappa + 1 : kappa + 1 + 2 * n : 2]
    return [dict(x).get(2 * c, 0) for (x, _, _), c in zip(firsts, instance.colors, strict=True)]


@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
def test_sums_of_two_positions_are_unique_and_three_apart(n):
    p = positions(multicolored_clique([0] * n, []))
    sums = sorted(p[v] + p[w] for v in range(n) for w in range(v, n))
    assert all(b - a >= 3 for a, b in pairwise(sums))


RATIOS = st.fractions(0, 1, max_denominator=7)


@pytest.mark.thorough
@settings(max_examples=150)
@given(st.data(), colored_graphs())
def test_every_neuron_that_keeps_the_anchors_pays_for_its_faults(data, instance):
    """Any scales, any bias that the anchors allow, and each t_c = τ_c/s_c in or beside a slot, at its ends too."""
    target, p = R.reduce(instance), positions(instance)
    kappa = max(instance.colors) + 1
    scales = [data.draw(st.fractions(Fraction(1, 9), 9, max_denominator=9)) for _ in range(kappa)]
    bias = -min(scales) * data.draw(RATIOS.filter(lambda v: v < 1))
    weights, selected = [], []
    for c, s in enumerate(scales):
        members = [v for v, color in enumerate(instance.colors) if color == c]
        beside = data.draw(st.sampled_from((0, 0, 0, 0, 1, -1))) + data.draw(RATIOS)
        tau = s * (p[data.draw(st.sampled_from(members))] + beside) + bias
        weights += [s, -tau]
        selected += [v for v in members if s * p[v] - tau + bias <= 0 < s * (p[v] + 1) - tau + bias]
    net = Network((tuple(weights),), (bias,), (1,))
    assert len({instance.colors[v] for v in selected}) == len(selected)
    faults = kappa - len(selected) + missing_in(instance, selected)
    assert loss_of(replace(target, loss="l0"), net) >= target.threshold + faults
    if len(selected) == kappa:
        assert R.backward(instance, net) == tuple(selected)


def test_no_output_weight_saves_an_error():
    """T + 1 errors cost more than T whatever a is, if P ≥ H active samples have the label 1; H is the least such."""
    for t in range(7):
        h = t * (t + 1) + 1
        for more, n in product(range(3), range(t + 4)):
            q = max(0, t + 1 - n)
            p = h + more
            assert min(q + n, q + p) > t  # absolute errors, a = 1 and a = 0
            a = Fraction(p, p + n)
            assert q + p * (1 - a) ** 2 + n * a**2 > t
        a = Fraction(h - 1, h + t)
        assert (h - 1) * (1 - a) ** 2 + (t + 1) * a**2 == t


def test_one_colour_is_no_constraint():
    instance = multicolored_clique([0, 0, 0], [])
    assert R.reduce(instance).threshold == 2
    assert all(TRAINING.accepts(R.reduce(instance), R.forward(instance, (v,))) for v in range(3))


@pytest.mark.parametrize("loss", [-1, 3, 10**30])
def test_other_losses_are_refused(loss):
    with pytest.raises(InvalidInstance, match="loss must be 0, 1 or 2"):
        CliqueToThreshold(loss)


# -------------------------------------------------------------------------------------------------------- more neurons

TINY = [multicolored_clique(colors, edges) for colors, edges in [([0], []), ([0, 1], [(0, 1)]), ([0, 1], [])]]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("loss", "neurons"), [(1, 2), *(pytest.param(*case, marks=pytest.mark.slow) for case in ((0, 2), (2, 2), (1, 3)))]
)
def test_the_laws_hold_for_more_neurons(loss, neurons, shares):
    """Two colours without their edge, and the edge; one colour."""
    answers = Counter(check_laws(CliqueToThreshold(loss, neurons), instance) for instance in TINY)
    shares(answers["YES"], answers["NO"])


@given(colored_graphs(), st.sampled_from((0, 1, 2)), st.integers(2, 5))
def test_construction_for_more_neurons(instance, loss, k):
    r, one = CliqueToThreshold(loss, k), CliqueToThreshold(loss)
    target, kappa = r.reduce(instance), max(instance.colors) + 1
    check_size(r, instance, target)
    assert (target.dimension, target.threshold) == (2 * kappa + 1, one.reduce(instance).threshold)
    old = len(one.reduce(instance).samples)
    assert [s[:2] for s in target.samples[:old]] == [s[:2] for s in one.reduce(instance).samples]
    feet = target.samples[old:]
    assert len(feet) == 4 * kappa * k
    assert min(abs(dict(x)[t]) for x, _, _ in feet for t in dict(x) if t < 2 * kappa) >= max(
        sum(abs(v) for _, v in x) for x, _, _ in target.samples[:old]
    )
    for chosen in choices(instance):
        net = r.forward(instance, chosen)
        assert loss_of(target, net) == target.threshold + missing_in(instance, chosen)
        assert r.backward(instance, net) == chosen
        moved = [list(v) for v in (net.weights, net.biases, net.output)]  # the first neuron becomes the last
        assert r.backward(instance, Network(*(tuple(v[1:] + v[:1]) for v in moved))) == chosen


def small_fits(samples, k):
    """Whether k thresholds of any output weights fit one-dimensional or planar samples exactly, by Z3."""
    solver, d = z3.Solver(), len(samples[0][0])
    rows = [z3.RealVector(f"w{j}", d + 1) for j in range(k)]
    outputs = z3.RealVector("a", k)
    for i, (x, y) in enumerate(samples):
        values = z3.RealVector(f"r{i}", k)
        for row, a, value in zip(rows, outputs, values, strict=True):
            on = z3.Sum(row[d], *(row[t] * v for t, v in enumerate(x))) > 0
            solver.add(value == z3.If(on, a, 0))
        solver.add(z3.Sum(values) == y)
    return solver.check() == z3.sat


@pytest.mark.thorough
@pytest.mark.parametrize("k", [2, 3])
def test_feet_leave_one_neuron_for_the_samples(k, shares):
    """The gadget alone, with any labels 0 and 1 on the line next to the anchors: fitted iff one threshold does."""
    answers = Counter()
    for labels in product((0, 1), repeat=3):
        line = [(0, 0), (1, 1), *zip((-1, 2, 3), labels, strict=True)]
        by_x = [y for _, y in sorted(line)]
        expected = sum(a != b for a, b in pairwise(by_x)) == 1
        feet = [((x, h), 2**h - 2) for x in (3, -3) for h in range(1, k + 1)]
        assert small_fits([((x, 0), y) for x, y in line] + feet, k) == expected
        answers[expected] += 1
    assert (answers[True], answers[False]) == (1, 7)


def test_without_feet_the_second_neuron_helps():
    line = [((-1, 0), 1), ((0, 0), 0), ((1, 0), 1)]
    assert small_fits(line, 2)
    assert not small_fits(line + [((x, h), 2**h - 2) for x in (1, -1) for h in (1, 2)], 2)


@pytest.mark.parametrize("neurons", [0, -1, True, "2"])
def test_there_is_a_neuron(neurons):
    with pytest.raises(InvalidInstance, match="neurons"):
        CliqueToThreshold(neurons=neurons)


def test_labels_that_no_file_holds_are_too_large():
    for call in (lambda r: r.reduce(TINY[0]), lambda r: [*r.stages(TINY[0])]):
        for k in (13_300, 2**59):
            with pytest.raises(TooLarge, match="more than 4000 digits"):
                call(CliqueToThreshold(neurons=k))
    (size,) = CliqueToThreshold(neurons=13_287).stages(TINY[0])
    assert size.measures["bits"] == 13_287


# --------------------------------------------------------------------------------------------------------- seeded bugs


class ShiftTooLarge(CliqueToThreshold):
    """Points of a missing edge beyond the next sum of positions: the clique below pays for its other pair."""

    sizes = {}  # noqa: RUF012

    def _point(self, instance, shift, *vertices):
        return super()._point(instance, 10 * shift if len(vertices) == 2 else shift, *vertices)

    def stages(self, instance):
        yield TRAINING.size(self.reduce(instance))


class ShiftMissing(CliqueToThreshold):
    """Points of a missing edge inside the slots."""

    def _point(self, instance, shift, *vertices):
        return super()._point(instance, 0 if len(vertices) == 2 else shift, *vertices)

    def stages(self, instance):
        yield TRAINING.size(self.reduce(instance))


class EqualSums(CliqueToThreshold):
    """With sums of positions that are not unique the clique below pays for its other pair, too."""

    sizes = {}  # noqa: RUF012

    def _position(self, instance, v):
        return 3 * v

    def stages(self, instance):
        yield TRAINING.size(self.reduce(instance))


class AnchorsOnce(CliqueToThreshold):
    """Negative scales miss an anchor and fit all missing edges."""

    def _anchors(self, instance, copies):
        return super()._anchors(instance, 1)


class ThresholdOneHigher(CliqueToThreshold):
    def _threshold(self, instance):
        return super()._threshold(instance) + 1


class MissingEdgeForgotten(CliqueToThreshold):
    def _choices(self, instance):
        *samples, first, second = super()._choices(instance)
        return samples if len(first.x) > 2 else [*samples, first, second]

    def stages(self, instance):
        yield TRAINING.size(self.reduce(instance))


class LabelsOfEdges(CliqueToThreshold):
    """The labels that would be right if the pairs were edges."""

    def _choices(self, instance):
        vertices = 2 * len(instance.colors)
        return (s if i < vertices else s._replace(y=1 - s.y) for i, s in enumerate(super()._choices(instance)))


class DecodesFirstVertexAbove(CliqueToThreshold):
    def backward(self, instance, witness):
        mirrored = Network((tuple(-w for w in witness.weights[0]),), (0,), witness.output)
        return super().backward(instance, mirrored)


class LabelsOfOneJump(CliqueToThreshold):
    """All neurons have the same jump, 1, as the clique's own: nobody has to stay at the feet."""

    def _feet(self, instance, copies):
        return (s._replace(y=dict(s.x)[2 * instance.kappa] - 1) for s in super()._feet(instance, copies))

    def forward(self, instance, witness):
        net = super().forward(instance, witness)
        return Network(net.weights, net.biases, (1,) * self.neurons)


class OneHeightTooFew(CliqueToThreshold):
    """No jump over the feet: the second neuron is free."""

    def _feet(self, instance, copies):
        return (s for s in super()._feet(instance, copies) if dict(s.x)[2 * instance.kappa] < self.neurons)

    def stages(self, instance):
        yield TRAINING.size(self.reduce(instance))


# All laws that the bug breaks, each on some small instance.
BUGS = {
    ShiftTooLarge: {Law.FORWARD},
    ShiftMissing: {Law.BACKWARD, Law.ANSWER},
    EqualSums: {Law.FORWARD},
    AnchorsOnce: {Law.BACKWARD, Law.ANSWER},
    ThresholdOneHigher: {Law.ANSWER},
    MissingEdgeForgotten: {Law.BACKWARD, Law.ANSWER},
    LabelsOfEdges: {Law.BACKWARD, Law.ANSWER},
    DecodesFirstVertexAbove: {Law.BACKWARD},
}


# Of the four vertices the outer two are a clique, and the sum of their positions is closest to that of the inner two.
CROSSED = multicolored_clique([0, 0, 1, 1], [(0, 3)])
EMPTY = multicolored_clique([0, 0, 1, 1], [])


SLOW = (AnchorsOnce, ShiftTooLarge, EqualSums, DecodesFirstVertexAbove, LabelsOfEdges)


def test_the_laws_hold_where_bugs_are_caught():
    assert (check_laws(R, CROSSED), check_laws(R, EMPTY)) == ("YES", "NO")


@pytest.mark.thorough
@pytest.mark.parametrize(
    "bug",
    [pytest.param(bug, marks=[pytest.mark.slow] * (bug in SLOW)) for bug in BUGS],
    ids=lambda bug: bug.__name__,
)
def test_seeded_bug_is_caught(bug):
    broken = {broken_law(bug(), source, work=5_000_000) for source in (*SMALL, CROSSED, EMPTY)}
    assert broken - {None} == BUGS[bug]


# Of two neurons, on the tiny instances.
BUGS_OF_FEET = {
    LabelsOfOneJump: {Law.ANSWER},
    OneHeightTooFew: {Law.BACKWARD, Law.ANSWER},
}


@pytest.mark.thorough
@pytest.mark.parametrize("bug", BUGS_OF_FEET, ids=lambda bug: bug.__name__)
def test_seeded_bug_of_feet_is_caught(bug):
    broken = {broken_law(bug(neurons=2), source, work=5_000_000) for source in TINY}
    assert set() < broken - {None} <= BUGS_OF_FEET[bug]
