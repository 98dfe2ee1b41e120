"""The proofs of Theorem 1 and Corollary 7: found stage by stage, accepted by the kernel, and only where they hold."""

import gzip
import random
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_ramps import reordered

from relucert.certificates.checker import check
from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Kernel, step_from_json
from relucert.certificates.writer import No, Yes, decision, write
from relucert.reductions import CATALOGUE, reduction
from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.json_text import loads
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance
from relucert.reductions.problems.training import TRAINING, sample
from relucert.verify import isolate
from relucert.verify.decide import decide
from relucert.verify.jobs import racing
from relucert.verify.limits import Watch
from relucert.verify.networks import many_fits
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.provers.derivation import DoesNotFollow, Refuted
from relucert.verify.provers.one_in_three import THEOREMS, derive, network, source, symmetries
from relucert.verify.provers.one_in_three_search import SEARCH
from relucert.verify.provers.planar import Target
from relucert.verify.testing.laws import check_size

pytestmark = pytest.mark.thorough

THEOREMS_FOLDER = Path(__file__).parents[1] / "corpus" / "theorems"
EXAMPLES = Path(__file__).parents[2] / "examples"
FOUR_TRIPLES = OneInThreeInstance(4, tuple(combinations(range(4), 3)))
# Up to renaming, all others with at most five variables and six clauses that have no solution.
UNSATISFIABLE = (
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (2, 3, 4)),
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (1, 2, 4)),
    ((0, 1, 2), (0, 1, 3), (0, 2, 4), (1, 3, 4), (2, 3, 4)),
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (1, 2, 3)),
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (2, 3, 4)),
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (1, 2, 3), (2, 3, 4)),
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (0, 2, 4), (1, 3, 4)),
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (1, 2, 4), (2, 3, 4)),
    ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (0, 2, 4), (1, 2, 3)),
    ((3, 2, 1), (0, 1, 2), (2, 0, 3), (1, 0, 3), (1, 0, 3)),
)

both = pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.reduction.name)


# -------------------------------------------------------------------------------------------------------- recognition


@pytest.mark.parametrize("chain", ["", "/lift-target-error", "/pad-dimension"])
@both
def test_one_prover_is_asked_of_targets_whatever_their_form(theorem, chain, monkeypatch):
    """With a target error, or in one more dimension, too: no prover competes with the proof of the theorem."""
    r, asked = reduction(theorem.reduction.name + chain, {}), []

    def race(task, provers, *_):
        asked.append(len(provers))
        return Unknown("not asked")

    monkeypatch.setattr(isolate, "race", race)
    racing("auto", Watch())(TRAINING, r.reduce(FOUR_TRIPLES))
    assert asked == [1]


@both
@given(SEARCHES[ONE_IN_THREE.name].instances())
def test_targets_are_recognised(theorem, formula):
    target = theorem.reduction.reduce(formula)
    assert source(target) == (theorem, Target(formula, 1, tuple(range(len(target.samples)))))
    assert SEARCH.recognises(target)


@both
@given(SEARCHES[ONE_IN_THREE.name].instances(), st.integers(0, 99))
def test_targets_are_recognised_in_any_order(theorem, formula, seed):
    target = theorem.reduction.reduce(formula)
    other = reordered(target, seed)
    known, (found, up, order) = source(other)
    assert (known, found) == (theorem, formula)
    assert sorted(order) == [*range(len(order))]
    for s, i in zip(target.samples, order, strict=True):
        x, y = (dict(s.x).get(t, 0) for t in range(2))
        assert other.samples[i] == sample([x, y] if up == 1 else [y, x], s.y, s.multiplicity)
    net = network(other)
    assert net is None or TRAINING.accepts(other, net)


@both
@given(SEARCHES[ONE_IN_THREE.name].instances(), st.data())
def test_what_only_looks_like_a_target_is_not_recognised(theorem, formula, data):
    target = theorem.reduction.reduce(formula)
    at = data.draw(st.integers(0, len(target.samples) - 1))
    x, y, _ = target.samples[at]
    moved = [dict(x).get(0, 0) + data.draw(st.integers(0, 1)), dict(x).get(1, 0)]
    other = sample(moved, y + data.draw(st.integers(0, 1)), data.draw(st.integers(1, 2)))
    assume(other != target.samples[at])
    samples = [*target.samples[:at], other, *target.samples[at + 1 :]]
    assert source(replace(target, samples=tuple(samples))) is None
    assert source(replace(target, samples=target.samples[1:])) is None
    assert source(replace(target, neurons=target.neurons + theorem.neurons)) is None
    assert source(replace(target, output="ones")) is None


@both
@settings(max_examples=30)
@given(formula=SEARCHES[ONE_IN_THREE.name].instances())
def test_the_guess_is_a_network_exactly_for_satisfiable_formulas(theorem, formula):
    target = theorem.reduction.reduce(formula)
    net = network(target)
    assert (net is None) == (SEARCHES["one-in-three"].by_brute_force(formula) is None)
    assert net is None or TRAINING.accepts(target, net)


LEAKY = OneInThreeToPlane(Fraction(1, 3))


@given(SEARCHES[ONE_IN_THREE.name].instances())
def test_leaky_targets_are_recognised(formula):
    target = LEAKY.reduce(formula)
    check_size(LEAKY, formula, target)
    theorem, found = source(target)
    assert (theorem.reduction, found.formula) == (LEAKY, formula)
    assert SEARCH.recognises(target)
    assert source(replace(target, alpha=Fraction(1, 2))) is None
    solution = SEARCHES[ONE_IN_THREE.name].by_brute_force(formula)
    if solution is not None:
        net = LEAKY.forward(formula, solution)
        assert TRAINING.accepts(target, net)
        for fit in many_fits(target, [net], random.Random(0)):
            assert ONE_IN_THREE.accepts(formula, LEAKY.backward(formula, fit))


def test_the_formula_of_a_leaky_target_is_that_of_its_relus():
    """So its proof is that of ReLUs, step by step."""
    leaky, relus = LEAKY.reduce(FOUR_TRIPLES), THEOREMS[0].reduction.reduce(FOUR_TRIPLES)
    assert symmetries(leaky) == symmetries(relus)
    formulas = [ENCODING.formula(target, 16, *symmetries(target)) for target in (leaky, relus)]
    assert formulas[0].atoms == formulas[1].atoms
    assert formulas[0].clauses == formulas[1].clauses


def test_targets_in_the_plane_take_minutes_and_those_for_thresholds_do_not():
    assert SEARCH.lengthy == {OneInThreeToPlane.name}


@both
def test_targets_of_satisfiable_formulas_are_decided(theorem):
    target = theorem.reduction.reduce(OneInThreeInstance(5, ((0, 1, 2), (2, 3, 4), (4, 1, 0))))
    assert isinstance(decide(TRAINING, target, provers_for(TRAINING, "z3")[0], Deadline()), Yes)


# ----------------------------------------------------------------------------------------------------------- the stages


def accepted_by(kernel, steps):
    for step in steps:
        step_from_json(step.to_json()).apply(kernel)
    return kernel


@pytest.mark.parametrize("positive", [0, 1, 15, 17, 31, 32])
def test_other_numbers_of_signs_are_refuted_on_the_centre_line(positive):
    target = THEOREMS[0].reduction.reduce(FOUR_TRIPLES)
    encoded = ENCODING.formula(target, positive, *symmetries(target))
    derived, steps = derive(target, positive, encoded, Deadline())
    assert not derived.clauses[derived.last_id]
    assert accepted_by(Kernel(encoded), steps).refuted


def values_of(target, net):
    """Of all variables of the encoding; neurons of output weight 1 come first where it sorts by signs."""
    thresholds = target.activation == "threshold"
    order = sorted(range(target.neurons), key=lambda j: 0 if thresholds else -net.output[j])
    values = dict(enumerate(v for j in order for v in (*net.weights[j], net.biases[j])))
    m, k = len(target.samples), target.neurons
    for i, (x, _, _) in enumerate(target.samples):
        for n, j in enumerate(order):
            z = sum(net.weights[j][t] * v for t, v in x) + net.biases[j]
            values[3 * k + i * k + n] = net.output[j] * (z > 0) if thresholds else max(0, z)
    if thresholds:
        values |= {k * (3 + m) + m + 2 * k + n: net.output[j] for n, j in enumerate(order)}
    return values


def holds(meaning, values):
    total = sum(a * values.get(v, 0) for v, a in meaning.terms)
    return total < meaning.bound if meaning.strict else total <= meaning.bound


@both
@pytest.mark.parametrize(("variables", "true"), [(1, ()), (1, (0,)), (2, (1,))])
def test_without_clauses_all_choices_remain(theorem, variables, true):
    """The slopes of a forward network satisfy all that is derived; no proof goes on to the empty clause."""
    formula = OneInThreeInstance(variables, ())
    target = theorem.reduction.reduce(formula)
    positive = target.neurons if target.activation == "threshold" else target.neurons // 2
    encoded = ENCODING.formula(target, positive, *symmetries(target))
    proof = theorem.proof(target, Target(formula, 1, range(len(target.samples))), positive, encoded, Deadline())
    with pytest.raises(DoesNotFollow), suppress(Refuted):
        proof.prove_all()
    with pytest.raises(DoesNotFollow):
        derive(target, positive, encoded, Deadline())
    kernel = accepted_by(Kernel(encoded), proof.steps)
    assert (kernel.clauses, kernel.atoms) == (proof.formula.clauses, proof.formula.atoms)
    assert len(proof.result) == variables  # the clauses that some slope is chosen
    values = values_of(target, theorem.reduction.forward(formula, true))
    truth = {atom: holds(meaning, values) for atom, meaning in kernel.atoms.items() if meaning}
    for atom in sorted(kernel.atoms.keys() - truth.keys()):  # by their definitions
        defining = next(c for c in kernel.clauses.values() if c[0] == atom)
        truth[atom] = all(truth[-literal] if literal < 0 else not truth[literal] for literal in defining[1:])
    assert all(any(truth[abs(at)] == (at > 0) for at in clause) for clause in kernel.clauses.values())


@pytest.mark.parametrize("theorem", [pytest.param(THEOREMS[0], marks=pytest.mark.slow), *THEOREMS[1:]])
def test_a_proof_about_another_formula_does_not_go_through(theorem):
    """The stages rely on the samples: with those of other crossings, or without some, they find a gap."""
    formula = OneInThreeInstance(3, ((0, 1, 2),))
    target = theorem.reduction.reduce(formula)
    unlike = replace(target, samples=(*target.samples[:-1], replace_label(target.samples[-1])))
    positive = target.neurons if target.activation == "threshold" else target.neurons // 2
    encoded = ENCODING.formula(unlike, positive, *symmetries(target))
    proof = theorem.proof(unlike, Target(formula, 1, range(len(target.samples))), positive, encoded, Deadline())
    with pytest.raises(DoesNotFollow):
        proof.prove_all()


def replace_label(s):
    return s._replace(y=0)


# ----------------------------------------------------------------------------------------------------------- end to end


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param("one-in-three-to-plane", "four-triples-relus", marks=pytest.mark.slow),
        ("one-in-three-to-thresholds", "four-triples-thresholds"),
    ],
)
def test_the_certificate_of_the_smallest_unsatisfiable_formula_is_accepted(name, file):
    path = THEOREMS_FOLDER / f"{file}.jsonl.gz"
    with open(path, "rb") as stream:
        verdict = check(stream)
    assert verdict.verdict == "accepted", verdict.reason
    claim = loads(gzip.decompress(path.read_bytes()).split(b"\n", 1)[0].decode())
    assert (claim["claim"], claim["reduction"], claim["answer"]) == ("equivalence", name, "NO")
    assert ONE_IN_THREE.instance_from_json(claim["source"]) == FOUR_TRIPLES
    assert SEARCHES["one-in-three"].by_brute_force(FOUR_TRIPLES) is None


@pytest.mark.parametrize("key", ["farkas", "rup", "count", "define"])
def test_the_certificate_needs_its_steps(key, tmp_path):
    """One step is left out, of each kind that occurs."""
    path = THEOREMS_FOLDER / "four-triples-thresholds.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    of_kind = [n for n, line in enumerate(lines) if f'"{key}":' in line]
    left_out = of_kind[len(of_kind) // 2]
    gap = tmp_path / "gap.jsonl"
    gap.write_text("\n".join(lines[:left_out] + lines[left_out + 1 :]) + "\n")
    with open(gap, "rb") as stream:
        assert check(stream).verdict == "rejected"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameters"),
    [("one-in-three-to-plane", []), ("one-in-three-to-thresholds", []), ("one-in-three-to-plane", ["-p", "alpha=1/3"])],
)
def test_certify_finds_the_no(name, parameters, tmp_path):
    path = tmp_path / "four.cert"
    command = ["certify", name, str(EXAMPLES / "four_triples.cnf"), *parameters, "-o", str(path)]
    run = [sys.executable, "-m", "relucert"]
    result = subprocess.run([*run, *command], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("NO")
    with open(path, "rb") as stream:
        assert check(stream).verdict == "accepted"


def refuted(target):
    answer = decide(TRAINING, target, provers_for(TRAINING, "lp")[0], Deadline())
    assert isinstance(answer, No)
    assert {case.symmetry is None for case in answer.cases} == {symmetries(target)[0] is None}
    stream = BytesIO()
    write(stream, decision(TRAINING, target, answer))
    stream.seek(0)
    verdict = check(stream)
    assert verdict.verdict == "accepted", verdict.reason


@pytest.mark.parametrize("seed", range(4))
def test_no_thresholds_fit_the_smallest_unsatisfiable_formula_in_another_order(seed):
    refuted(reordered(CATALOGUE["one-in-three-to-thresholds"]().reduce(FOUR_TRIPLES), seed))


@pytest.mark.slow
def test_no_relus_fit_it_in_another_order():
    target = reordered(CATALOGUE["one-in-three-to-plane"]().reduce(FOUR_TRIPLES), 0)
    assert source(target)[1].up == 0
    refuted(target)


@pytest.mark.slow
@pytest.mark.parametrize("clauses", UNSATISFIABLE)
def test_no_thresholds_fit_other_unsatisfiable_formulas(clauses):
    formula = OneInThreeInstance(5, clauses)
    assert SEARCHES["one-in-three"].by_brute_force(formula) is None
    refuted(CATALOGUE["one-in-three-to-thresholds"]().reduce(formula))


@pytest.mark.slow
def test_no_relus_fit_another_unsatisfiable_formula():
    """The smallest with five variables; all of them take a quarter of an hour."""
    refuted(CATALOGUE["one-in-three-to-plane"]().reduce(OneInThreeInstance(5, UNSATISFIABLE[0])))
