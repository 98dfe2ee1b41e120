"""Lemmas with hints: CaDiCaL's refutations of clauses pass the checker, and what is made up does not."""

import os
import random
import signal
import subprocess
from collections import Counter
from contextlib import suppress
from itertools import product

import pytest

from relucert.certificates.kernel import Formula, Kernel, Rejected, Rup
from relucert.verify.provers import propositional
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.propositional import CONFLICT, Lemma, decide, trimmed
from relucert.verify.provers.replay import hinted


def formula_of(clauses, atoms):
    formula = Formula()
    for _ in range(atoms):
        formula.new_atom()
    for clause in clauses:
        formula.add_clause(*clause)
    return formula


def refutes(formula, steps):
    """Whether the checker accepts the steps up to the empty clause."""
    kernel = Kernel(formula)
    try:
        for step in steps:
            step.apply(kernel)
    except Rejected:
        return False
    return kernel.refuted


def true_somewhere(clauses, atoms):
    return any(
        all(any((at > 0) == values[abs(at) - 1] for at in clause) for clause in clauses)
        for values in product((False, True), repeat=atoms)
    )


def clauses_at_random(rng, atoms):
    """Short ones among them, literals twice and with their negation, now and then the empty clause."""
    number = int(atoms * rng.uniform(1.5, 6))
    widths = rng.choices(range(5), (0.2, 5, 25, 100, 30), k=number)
    return [tuple(rng.choice((1, -1)) * rng.randint(1, atoms) for _ in range(width)) for width in widths]


def test_clauses_at_random(shares):
    rng, answers = random.Random(18), Counter()
    for _ in range(200):
        atoms = rng.randint(1, 8)
        clauses = clauses_at_random(rng, atoms)
        found = decide(clauses)
        answers[isinstance(found, list)] += 1
        assert true_somewhere(clauses, atoms) == isinstance(found, frozenset)
        if isinstance(found, frozenset):
            assert all(any((at > 0) == (abs(at) in found) for at in clause) for clause in clauses)
        else:
            formula = formula_of(clauses, atoms)
            assert refutes(formula, hinted(formula, (), found).steps)
    shares(answers[False], answers[True])


def test_names_of_atoms_change_nothing_but_names():
    """However far apart: a part of a large instance has few atoms, and large numbers."""
    rng, answers = random.Random(5), Counter()
    for _ in range(100):
        atoms = rng.randint(1, 8)
        clauses = clauses_at_random(rng, atoms)
        names = sorted(rng.sample(range(1, 10**7), atoms))

        def renamed(clause, names=names):
            return tuple(names[abs(at) - 1] * (1 if at > 0 else -1) for at in clause)

        found, far = decide(clauses), decide(map(renamed, clauses))
        answers[type(found)] += 1
        if isinstance(found, frozenset):
            assert far == {*renamed(found)}
        else:
            assert far == [Lemma(renamed(lemma.clause), lemma.hints) for lemma in found]
    assert min(answers[list], answers[frozenset]) > 20


PREMISES = 362  # of them


def hard_clauses(rng, atoms=60):
    """Random clauses of three literals, and units so that some are shortened when they are read."""
    clauses = [tuple(rng.choice((1, -1)) * at for at in rng.sample(range(1, atoms + 1), 3)) for _ in range(6 * atoms)]
    return [(1,), (-2, -1), *clauses]


def test_what_is_not_needed_is_left_out():
    clauses, rng = hard_clauses(random.Random(3)), random.Random(4)
    formula, lemmas = formula_of(clauses, 60), decide(clauses)
    assert len(lemmas) > 20
    steps = hinted(formula, (), lemmas).steps
    assert refutes(formula, steps)
    used = {hint for step in steps for hint in step.hints}
    assert all(step.id in used for step in steps[:-1])
    for at in rng.sample(range(len(steps) - 1), 10):
        assert not refutes(formula, [*steps[:at], *steps[at + 1 :]])


def test_lies_are_not_accepted():
    """A refutation of clauses without one that makes them unsatisfiable, lemmas and hints that are made up."""
    rng, refuted = random.Random(5), 0
    while refuted < 25:
        atoms = rng.randint(2, 6)
        clauses = [clause for clause in clauses_at_random(rng, atoms) if clause]
        found = decide(clauses)
        if isinstance(found, frozenset):
            continue
        refuted += 1
        while not true_somewhere(clauses, atoms):
            clauses[rng.randrange(len(clauses))] = (1, -1)  # in its place, so that all hints mean what they did
        formula = formula_of(clauses, atoms)
        assert not refutes(formula, hinted(formula, (), found).steps)
        places = range(len(clauses))
        for _ in range(5):
            made_up = [Lemma((), tuple(rng.choices(places, k=rng.randint(0, 6))))]
            assert not refutes(formula, hinted(formula, (), made_up).steps)


def without_first(lemmas):
    return [Lemma(lemma.clause, lemma.hints[1:]) for lemma in lemmas]


def backwards(lemmas):
    return [Lemma(lemma.clause, lemma.hints[::-1]) for lemma in lemmas]


def as_if_no_premise_were_shortened(lemmas):
    """The premises from the third one on have a number too low: the second is (¬2 ∨ ¬1), and 1 is true."""
    return [Lemma(lemma.clause, tuple(hint - (1 < hint < PREMISES) for hint in lemma.hints)) for lemma in lemmas]


@pytest.mark.parametrize("bug", [without_first, backwards, as_if_no_premise_were_shortened])
def test_a_bug_in_reading_hints_is_noticed(bug, monkeypatch):
    clauses = hard_clauses(random.Random(6))
    assert len(clauses) == PREMISES
    formula = formula_of(clauses, 60)
    assert refutes(formula, hinted(formula, (), decide(clauses)).steps)
    monkeypatch.setattr(propositional, "trimmed", lambda *given: bug(trimmed(*given)))
    assert not refutes(formula, hinted(formula, (), decide(clauses)).steps)


def test_premises_that_are_shortened_take_no_numbers_from_the_others():
    """CaDiCaL numbers a premise without its false literals after the premise, which moves the numbers of the others."""
    clauses = [(1,), (-1, 2, 3), (-1, -2, 4), (-3, -1), (-4, -1, 5), (-5, -1)]
    formula = formula_of(clauses, 5)
    lemmas = decide(clauses)
    assert {hint for lemma in lemmas for hint in lemma.hints} >= set(range(6))
    assert refutes(formula, hinted(formula, (), lemmas).steps)


def test_the_empty_clause_among_the_premises():
    formula = formula_of([(1,), ()], 1)
    assert hinted(formula, (), decide([(1,), ()])) == Refutation((Rup(3, (), (2,)),))


@pytest.fixture
def interruptible():
    """Also where tests run in the background, as shells let these ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_waits_for_the_solver():
    """Its own handler would raise what callers take for a failure of the solver."""
    pigeons, holes = range(12), range(11)
    at_home = [[1 + 11 * p + h for h in holes] for p in pigeons]
    apart = [[-1 - 11 * p - h, -1 - 11 * q - h] for h in holes for p in pigeons for q in range(p)]
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012
        # Another process, as the solver holds Python's lock; from here on the signal may come whenever it likes.
        other = subprocess.Popen(["sh", "-c", f"sleep 0.1; kill -INT {os.getpid()}"])
        with suppress(Exception):
            decide([*at_home, *apart], Deadline(work=40_000 * CONFLICT))
        other.wait()
        for _ in pigeons:  # where Python looks for signals
            pass
