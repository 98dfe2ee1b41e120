"""Steps that are written by hand: what follows is derived with hints that the kernel accepts, and nothing else is."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from relucert.certificates.kernel import Atom, Formula, Kernel, Linear, step_from_json
from relucert.verify.provers.derivation import Derivation, DoesNotFollow, Refuted

ATOMS = 6
literals = st.integers(1, ATOMS).flatmap(lambda atom: st.sampled_from((atom, -atom)))
clauses = st.lists(literals, max_size=4, unique_by=abs).map(tuple)


def propositional(given_clauses):
    formula = Formula()
    for _ in range(ATOMS):
        formula.new_atom()
    for clause in given_clauses:
        formula.add_clause(*clause)
    return formula


def accepted(derivation, formula):
    """The kernel accepts the steps, and ends where the derivation does."""
    kernel = Kernel(formula)
    for step in derivation.steps:
        step_from_json(step.to_json()).apply(kernel)
    assert (kernel.atoms, kernel.clauses) == (derivation.formula.atoms, derivation.formula.clauses)
    assert kernel.pseudo_booleans == derivation.formula.pseudo_booleans
    return kernel


def closed(true, given_clauses):
    """What follows from the true literals by unit propagation, None for a conflict: by trying all clauses again."""
    while True:
        for clause in given_clauses:
            free = [literal for literal in clause if -literal not in true]
            if not free:
                return None
            if len(free) == 1 and free[0] not in true:
                true = true | {free[0]}
                break
        else:
            return true


@given(st.lists(clauses.filter(len), max_size=12), st.lists(clauses, max_size=4))
def test_what_follows_by_unit_propagation_is_derived(given_clauses, wanted):
    formula = propositional(given_clauses)
    derivation = Derivation(formula)
    known = []
    try:
        for number in formula.clauses:
            derivation.attach(number)
        known = list(given_clauses)
        for clause in wanted:
            true = closed(frozenset(), known)
            if any(literal in true for literal in clause):
                derivation.follow(*clause)
            elif closed(true | {-literal for literal in clause}, known) is None:
                derivation.follow(*clause)
                known.append(clause)
            else:
                with pytest.raises(DoesNotFollow):
                    derivation.follow(*clause)
            for literal in true:
                derivation.unit(literal)
    except Refuted:
        assert closed(frozenset(), known or given_clauses) is None or closed(frozenset(), [*known, *wanted]) is None
        assert not derivation.formula.clauses[derivation.formula.last_id]
    accepted(derivation, formula)


@given(st.lists(clauses.filter(len), max_size=12), clauses)
def test_a_clause_is_derived_as_it_stands(given_clauses, wanted):
    formula = propositional(given_clauses)
    derivation = Derivation(formula)
    with suppress(Refuted):
        for number in formula.clauses:
            derivation.attach(number)
        with suppress(DoesNotFollow):
            assert set(derivation.formula.clauses[derivation.clause(*wanted)]) == set(wanted)
    accepted(derivation, formula)


@given(
    st.lists(clauses.filter(len), min_size=1, max_size=5),
    st.lists(literals, max_size=3, unique_by=abs),
    st.integers(1, 3),
)
def test_sums_are_those_of_the_kernel(given_clauses, axioms, divisor):
    formula = propositional(given_clauses)
    derivation = Derivation(formula)
    total = sum(given_clauses, ()) + tuple(axioms)
    opposite = sum(min(total.count(at), total.count(-at)) for at in set(total) if at > 0)
    assume(opposite < len(given_clauses))  # else the sum says nothing, and no step does
    with suppress(Refuted):
        derivation.count([*formula.clauses], axioms, divisor)
    accepted(derivation, formula)


def test_linear_literals_are_added_up():
    """x ≤ 1 and y − x ≤ 2 give 2y ≤ 6, which is y ≤ 3; with y > 3 they contradict."""
    formula = Formula()
    for linear in (Linear(((0, 1),), 1), Linear(((0, -1), (1, 1)), 2)):
        formula.add_clause(formula.new_atom(linear))
    derivation = Derivation(formula)
    for number in formula.clauses:
        derivation.attach(number)
    atom = derivation.combine({1: 2, 2: 2})
    assert derivation.formula.atoms[atom] == Linear(((1, 1),), 3)
    with pytest.raises(DoesNotFollow):
        derivation.farkas((derivation.atom({1: 1}, 2),), 1, 2)
    meant = derivation.define(1, atom)
    derivation.follow(meant)
    derivation.unit(meant)
    assert (meant,) in accepted(derivation, formula).clauses.values()


def test_a_clause_may_name_a_literal_twice():
    """As the clause of a solver does that has an assumption in it, of which the negation is added."""
    formula = propositional([(1, 2), (-2, 3)])
    derivation = Derivation(formula)
    for number in formula.clauses:
        derivation.attach(number)
    derivation.follow(1, 3, 1)
    assert derivation.trail == []
    assert derivation.steps[-1].clause == (1, 3)
    accepted(derivation, propositional([(1, 2), (-2, 3)]))


@pytest.mark.parametrize("asks_first", [False, True])
def test_inequalities_of_others_are_not_taken_for_those_of_the_formula(asks_first):
    """Whoever asks first: an atom that something else brings in is in no step of this derivation."""
    formula, stated, other = Formula(), Linear(((0, 1),), 0), Linear(((0, 1),), 1)
    formula.new_atom(stated)
    proof = Derivation(formula)
    if asks_first:
        assert proof.named(stated) == 1
    assert proof.formula.new_atom(other) == 2
    assert (proof.named(stated), proof.named(other)) == (1, 3)
    assert proof.steps == [Atom(3, other)]
