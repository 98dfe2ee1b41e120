"""The proof of Theorem 1: found step by step, accepted by the kernel, and only where there is something to prove."""

import gzip
import subprocess
import sys
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from certificates.checker import check
from certificates.encodings import training_formula
from certificates.kernel import Kernel, step_from_json
from certificates.writer import No, Yes
from reductions.core import loads
from reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance
from reductions.problems.training import TRAINING, sample
from verify.decide import decide
from verify.provers import provers_for
from verify.provers.base import Deadline
from verify.provers.derivation import DoesNotFollow
from verify.provers.planar import Plane, derive, formula_of, network, symmetries
from verify.testkit import SOURCES, assign_by_brute_force

CORPUS = Path(__file__).parents[1] / "corpus"
EXAMPLES = Path(__file__).parents[2] / "examples"
FOUR_TRIPLES = OneInThreeInstance(4, tuple(combinations(range(4), 3)))
reduce = OneInThreeToPlane().reduce


@given(SOURCES[ONE_IN_THREE.name])
def test_targets_are_recognised(formula):
    assert formula_of(reduce(formula)) == formula


@given(SOURCES[ONE_IN_THREE.name], st.data())
def test_what_only_looks_like_a_target_is_not_recognised(formula, data):
    target = reduce(formula)
    at = data.draw(st.integers(0, len(target.samples) - 1))
    x, y, _ = target.samples[at]
    moved = [dict(x).get(0, 0) + data.draw(st.integers(0, 1)), dict(x).get(1, 0)]
    other = sample(moved, y + data.draw(st.integers(0, 1)), data.draw(st.integers(1, 2)))
    assume(other != target.samples[at])
    samples = [*target.samples[:at], other, *target.samples[at + 1 :]]
    assert formula_of(replace(target, samples=tuple(samples))) is None
    assert formula_of(replace(target, samples=target.samples[1:])) is None
    assert formula_of(replace(target, neurons=target.neurons + 4)) is None
    assert formula_of(replace(target, output="ones")) is None


@settings(max_examples=30)
@given(SOURCES[ONE_IN_THREE.name])
def test_the_guess_is_a_network_exactly_for_satisfiable_formulas(formula):
    net = network(reduce(formula))
    assert (net is None) == (assign_by_brute_force(formula) is None)
    assert net is None or TRAINING.accepts(reduce(formula), net)


def test_targets_of_satisfiable_formulas_are_decided():
    target = reduce(OneInThreeInstance(5, ((0, 1, 2), (2, 3, 4), (4, 1, 0))))
    assert isinstance(decide(TRAINING, target, provers_for(TRAINING, "z3")[0], Deadline(60)), Yes)


def accepted_by(kernel, steps):
    for step in steps:
        step_from_json(step.to_json()).apply(kernel)
    return kernel


@pytest.mark.parametrize("positive", [0, 1, 15, 17, 31, 32])
def test_other_numbers_of_signs_are_refuted_on_the_centre_line(positive):
    target = reduce(FOUR_TRIPLES)
    encoded = training_formula(target, positive, *symmetries(target))
    derived, steps = derive(target, positive, encoded, Deadline(60))
    assert not derived.clauses[derived.last_id]
    assert accepted_by(Kernel(encoded), steps).refuted


def holds(meaning, values):
    total = sum(a * values.get(v, 0) for v, a in meaning.terms)
    return total < meaning.bound if meaning.strict else total <= meaning.bound


@pytest.mark.parametrize(("variables", "true"), [(1, ()), (1, (0,)), (2, (1,))])
def test_without_clauses_all_choices_remain(variables, true):
    """The slopes of a forward network satisfy all that is derived; no proof goes on to the empty clause."""
    formula = OneInThreeInstance(variables, ())
    target = reduce(formula)
    positive = target.neurons // 2
    encoded = training_formula(target, positive, *symmetries(target))
    proof = Plane(target, formula, positive, encoded, Deadline(60))
    proof.centre()
    proof.exact()
    proof.sides()
    proof.slopes()
    proof.choices()
    with pytest.raises(DoesNotFollow):
        proof.end()
    with pytest.raises(DoesNotFollow):
        derive(target, positive, encoded, Deadline(60))
    kernel = accepted_by(Kernel(encoded), proof.steps)
    assert (kernel.clauses, kernel.atoms) == (proof.formula.clauses, proof.formula.atoms)
    net = OneInThreeToPlane().forward(formula, true)
    sorted_by_sign = sorted(range(target.neurons), key=lambda j: -net.output[j])
    values = dict(enumerate(v for j in sorted_by_sign for v in (*net.weights[j], net.biases[j])))
    for i, (x, _, _) in enumerate(target.samples):
        for j in range(target.neurons):
            z = sum(values[3 * j + t] * v for t, v in x) + values[3 * j + 2]
            values[3 * target.neurons + i * target.neurons + j] = max(0, z)
    truth = {atom: holds(meaning, values) for atom, meaning in kernel.atoms.items() if meaning}
    for atom in sorted(kernel.atoms.keys() - truth.keys()):  # by their definitions
        defining = next(c for c in kernel.clauses.values() if c[0] == atom)
        truth[atom] = all(truth[-literal] for literal in defining[1:])
    assert all(any(truth[abs(at)] == (at > 0) for at in clause) for clause in kernel.clauses.values())


# ------------------------------------------------------------------------------------------------------- end to end


def test_the_certificate_of_the_smallest_unsatisfiable_formula_is_accepted():
    path = CORPUS / "theorems" / "four-triples.jsonl.gz"
    with open(path, "rb") as stream:
        verdict = check(stream)
    assert verdict.verdict == "accepted", verdict.reason
    claim = loads(gzip.decompress(path.read_bytes()).split(b"\n", 1)[0].decode())
    assert (claim["claim"], claim["reduction"], claim["answer"]) == ("equivalence", "one-in-three-to-plane", "NO")
    assert ONE_IN_THREE.instance_from_json(claim["source"]) == FOUR_TRIPLES
    assert assign_by_brute_force(FOUR_TRIPLES) is None


@pytest.mark.parametrize("key", ["farkas", "rup", "count"])
def test_the_certificate_needs_its_steps(key, tmp_path):
    """A step in the middle is left out, of each kind that occurs."""
    lines = gzip.decompress((CORPUS / "theorems" / "four-triples.jsonl.gz").read_bytes()).decode().splitlines()
    of_target = next(n for n, line in enumerate(lines) if '"refute":16' in line and '"target"' in line)
    middle = next(n for n in range(of_target + 10_000, len(lines)) if f'"{key}":' in lines[n])
    path = tmp_path / "gap.jsonl"
    path.write_text("\n".join(lines[:middle] + lines[middle + 1 : -1] + [lines[-1]]) + "\n")
    with open(path, "rb") as stream:
        assert check(stream).verdict == "rejected"


@pytest.mark.slow
def test_certify_finds_the_first_no_of_theorem_1(tmp_path):
    path, source = tmp_path / "four.cert", EXAMPLES / "four_triples.cnf"
    command = ["certify", "one-in-three-to-plane", str(source), "-o", str(path)]
    run = [sys.executable, "-c", "from verify.cli import main; main()"]
    result = subprocess.run([*run, *command], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("NO")
    with open(path, "rb") as stream:
        assert check(stream).verdict == "accepted"


@pytest.mark.slow
@pytest.mark.parametrize(
    "clauses", [((0, 1, 2), (0, 1, 3), (0, 1, 4), (2, 3, 4)), ((3, 2, 1), (0, 1, 2), (2, 0, 3), (1, 0, 3))]
)
def test_other_unsatisfiable_formulas(clauses):
    target = reduce(OneInThreeInstance(5, clauses))
    answer = decide(TRAINING, target, provers_for(TRAINING, "lp")[0], Deadline(600))
    assert isinstance(answer, No)
    for case in answer.cases:
        formula = training_formula(target, case.case, *symmetries(target))
        assert accepted_by(Kernel(formula), case.steps).refuted
