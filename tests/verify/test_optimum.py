"""The exact least loss, against brute force over activation patterns and against Z3's optimiser."""

from fractions import Fraction
from itertools import combinations_with_replacement, product

import numpy as np
import pytest
import z3
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.training import TRAINING, TrainingInstance, loss_of, sample
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.certify import certify_minimum, certify_ratio
from relucert.verify.optimum import Minimum, minimum, ratio
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline
from relucert.verify.testing.laws import check_laws, decide_in_process

pytestmark = pytest.mark.thorough


def find(instance, prover="lp"):
    return minimum(instance, provers_for(TRAINING, prover)[0], Deadline())


def least_squares_by_patterns(instance):
    """min over output signs and over 'active', 'inactive' or 'zero' for each neuron on each sample, in floating point.

    An optimum lies inside some face, where it solves the least-squares problem with the equations of that face. The
    candidates are evaluated as networks, so none is too good.
    """
    k, width = instance.neurons, instance.dimension + 1
    points = np.zeros((len(instance.samples), width))
    for i, (x, _, _) in enumerate(instance.samples):
        for t, v in x:
            points[i, t] = float(v)
        points[i, -1] = instance.bias
    y = np.array([float(s.y) for s in instance.samples])
    weight = np.sqrt([float(s.multiplicity) for s in instance.samples])
    best = np.inf
    signs = [(1,) * k] if instance.output == "ones" else combinations_with_replacement((1, -1), k)
    for a, pattern in product(signs, product((1, 0, -1), repeat=k * len(y))):
        states = np.array(pattern).reshape(k, len(y))
        rows = np.hstack([a[j] * (states[j] > 0)[:, None] * points for j in range(k)])
        zero = [
            np.concatenate([points[i] if j == h else np.zeros(width) for h in range(k)])
            for j in range(k)
            for i in np.flatnonzero(states[j] == 0)
        ]
        basis = np.eye(k * width)
        if zero:
            _, singular, right = np.linalg.svd(np.array(zero))
            basis = right[int((singular > 1e-9).sum()) :].T
        p = basis @ np.linalg.lstsq(weight[:, None] * (rows @ basis), weight * y, rcond=None)[0] if basis.size else 0
        w = np.reshape(p if basis.size else np.zeros(k * width), (k, width))
        values = sum(a[j] * np.maximum(points @ w[j], 0) for j in range(k))
        best = min(best, float(((weight * (values - y)) ** 2).sum()))
    return best


def training_sets(most_samples, neurons, losses=("l2",)):
    def build(d, points, labels, bias, output, loss):
        samples = [sample(x[:d], y, m) for x, (y, m) in zip(points, labels, strict=False)]
        return TrainingInstance(d, neurons, tuple(samples), output=output, bias=bias, loss=loss)

    points = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=most_samples)
    labels = st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 3)), min_size=most_samples, max_size=most_samples)
    output = st.sampled_from(("ones", "signs"))
    return st.builds(build, st.integers(1, 2), points, labels, st.booleans(), output, st.sampled_from(losses))


def require_least_squares(instance):
    found = find(instance)
    assert isinstance(found, Minimum)
    assert loss_of(instance, found.reached.witness) == found.value
    assert certify_minimum(found).verdict.verdict == "accepted"
    assert float(found.value) == pytest.approx(least_squares_by_patterns(instance), abs=1e-6)


@given(training_sets(5, neurons=1))
def test_least_squares_of_one_neuron(instance):
    require_least_squares(instance)


@settings(max_examples=16)
@given(training_sets(3, neurons=2))
def test_least_squares_of_two_neurons(instance):
    require_least_squares(instance)


def least_by_z3(instance):
    """The least l0, l1 or linf loss by Z3's optimiser on an If encoding."""
    k, d = instance.neurons, instance.dimension
    w = [[z3.Real(f"w{j},{t}") for t in range(d)] for j in range(k)]
    b = [z3.Real(f"b{j}") if instance.bias else z3.RealVal(0) for j in range(k)]
    positive = [z3.Bool(f"a{j}") if instance.output == "signs" else z3.BoolVal(True) for j in range(k)]
    program = z3.Optimize()
    losses, largest = [], z3.Real("largest")
    for i, (x, y, m) in enumerate(instance.samples):
        outputs = []
        for j in range(k):
            z = z3.Sum([b[j], *(w[j][t] * v for t, v in x)])
            outputs.append(z3.If(positive[j], z3.If(z >= 0, z, 0), -z3.If(z >= 0, z, 0)))
        residual = z3.Sum(outputs) - y
        if instance.loss == "l0":
            losses.append(z3.If(residual == 0, 0, m))
            continue
        bound = largest if instance.loss == "linf" else z3.Real(f"e{i}")
        program.add(residual <= bound, -residual <= bound)
        losses.append(m * bound)
    objective = program.minimize(largest if instance.loss == "linf" else z3.Sum(losses))
    assert program.check() == z3.sat
    return Fraction(str(objective.value()))


@given(training_sets(5, neurons=1, losses=("l0", "l1", "linf")) | training_sets(3, 2, ("l0", "l1", "linf")))
def test_other_losses(instance):
    found = find(instance)
    assert isinstance(found, Minimum)
    assert certify_minimum(found).verdict.verdict == "accepted"
    assert found.value == least_by_z3(instance)


def test_both_provers_find_the_same_minimum():
    hat = [((-1,), 0), ((0,), 0), ((1,), 1), ((2,), 0)]
    instance = TrainingInstance(1, 1, tuple(sample(x, y) for x, y in hat), bias=True, loss="l2")
    assert find(instance, "z3").value == find(instance, "lp").value
    assert float(find(instance).value) == pytest.approx(least_squares_by_patterns(instance))


def families(universe, most_sets):
    subsets = [tuple(u for u in range(universe) if mask >> u & 1) for mask in range(1, 2**universe)]
    return [f for m in range(1, most_sets + 1) for f in combinations_with_replacement(subsets, m)]


@pytest.mark.parametrize(
    ("universe", "most_sets", "count"), [(2, 3, 19), pytest.param(3, 3, 119, marks=pytest.mark.slow)]
)
def test_set_cover_laws_on_all_small_families(universe, most_sets, count, shares):
    systems = families(universe, most_sets)
    assert len(systems) == count
    answers = [check_laws(SetCoverToRelu(), SetCoverInstance(universe, f, t)) for f in systems for t in (0, 1, 2)]
    shares(answers.count("YES"), answers.count("NO"))


def test_the_ratio_of_set_cover():
    """Four elements in a cycle of four pairs: two sets are needed, and γ = 1/16."""
    source = SetCoverInstance(4, ((0, 1), (1, 2), (2, 3), (0, 3)), 0)
    assert SEARCHES["set-cover"].by_brute_force(SetCoverInstance(4, source.sets, 1)) is None
    found = ratio(SetCoverToRelu(), source, decide_in_process, find)
    assert (found.budget, found.loss.value * 16**2) == (2, 2)
    certificates = certify_ratio(SetCoverToRelu(), source, found)
    assert [certificates[part].verdict.claim for part in ("reached", "refuted", "minimum")] == [
        "accepts",
        "rejects",
        "minimum",
    ]


@pytest.mark.parametrize(
    ("loss", "least"), [("l0", 1), ("l1", Fraction(1, 8)), ("l2", Fraction(1, 80)), ("linf", Fraction(1, 12))]
)
def test_the_least_loss_of_a_clipped_neuron(loss, least):
    """max(0, wx) clipped to [0, 1]: 3w ≥ 1 is 1 at x = 3 for w ≥ 1/3, so it is about |w - 1/2| and |2w - 3/4|.

    Which is least at 3/8; at (1/2 + 2·3/4)/5 for squares; and where 1/2 - w = 2w - 3/4 for the larger one.
    """
    samples = (sample([1], Fraction(1, 2)), sample([2], Fraction(3, 4)), sample([3], 1))
    instance = TrainingInstance(1, 1, samples, clip=(0, 1), loss=loss, threshold=0)
    found = find(instance)
    assert isinstance(found, Minimum)
    assert found.value == least
