"""What trimming leaves is accepted by the kernel, proves the same, and is not longer."""

from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relucert.certificates.kernel import Atom, Define, Farkas, Formula, Kernel, Linear, Rejected, Rup, Tangent
from relucert.verify.provers import PROVERS, trimming
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.trimming import absorb, cited, trim


def refutes(formula, steps):
    kernel = Kernel(formula)
    for step in steps:
        step.apply(kernel)
    return kernel.refuted


def formula_of(*clauses, atoms=None):
    formula = Formula()
    for atom in range(1, 1 + max(abs(literal) for clause in clauses for literal in clause)):
        formula.new_atom((atoms or {}).get(atom))
    for clause in clauses:
        formula.add_clause(*clause)
    return formula


def test_hints_stand_where_the_clause_was_used():
    """What follows from ¬1 follows there without a clause in between; the unit 1 does not, so it stays."""
    formula = formula_of((1, 2), (1, -2, 3), (1, -3), (-1, 4), (-1, -4))
    steps = (Rup(6, (1, 3), (1, 2)), Rup(7, (1,), (3, 6)), Rup(8, (), (7, 4, 5)))
    assert refutes(formula, steps)
    assert absorb(formula.clauses, steps) == [Rup(7, (1,), (3, 1, 2)), steps[2]]
    assert refutes(formula, absorb(formula.clauses, steps))


def test_a_clause_that_needs_the_literal_it_derives_stays():
    """From 1, neither the clauses (−1, 2, 3) and (−1, 2, −3) nor (−2, …) propagate; from ¬2 the first two do."""
    formula = formula_of((-1, 2, 3), (-1, 2, -3), (-2, 4), (-2, -4), (1,))
    steps = (Rup(6, (-1, 2), (1, 2)), Rup(7, (), (5, 6, 3, 4)))
    assert refutes(formula, steps)
    assert absorb(formula.clauses, steps) == [*steps]


def test_what_is_used_twice_stays():
    formula = formula_of((1, 2), (1, -2, 3), (1, -3, 4), (1, -3, -4), (-1, 5), (-1, -5))
    steps = (Rup(7, (1, 3), (1, 2)), Rup(8, (1, 4), (7, 3)), Rup(9, (1,), (7, 8, 4)), Rup(10, (), (9, 5, 6)))
    assert refutes(formula, steps)
    shorter = absorb(formula.clauses, steps)
    assert shorter == [steps[0], Rup(9, (1,), (7, 3, 4)), steps[3]]
    assert refutes(formula, shorter)


def test_units_become_those_of_the_combination():
    """x ≤ 0 and y ≤ 0 give x + y ≤ 0, in one line in place of two; multipliers of one unit add up."""
    x, y, sum_ = Linear(((0, 1),), 0), Linear(((1, 1),), 0), Linear(((0, 1), (1, 2)), 0)
    formula = formula_of((1,), (2,), (-3,), atoms={1: x, 2: y, 3: sum_})
    steps = (Farkas(4, (-1, -2, 3), (1, 1, 1), ((2, 1),)), Rup(5, (3,), (1, 2, 4)), Rup(6, (), (5, 3)))
    assert refutes(formula, steps)
    assert absorb(formula.clauses, steps[:2]) == [Farkas(5, (3,), (1,), ((2, 2), (1, 1)))]
    assert refutes(formula, absorb(formula.clauses, steps))


def test_a_unit_may_be_cited_twice():
    """x ≤ 0, 3 ≤ 3x and 1 ≤ x: two citations of the first one add up to 4."""
    x, z, w = Linear(((0, 1),), 0), Linear(((0, -3),), -3), Linear(((0, -1),), -1)
    formula = formula_of((1,), (2,), (3,), atoms={1: x, 2: z, 3: w})
    steps = (Farkas(4, (-2, -3), (1, 1), ((1, 1), (1, 3))), Rup(5, (), (2, 3, 4)))
    assert refutes(formula, steps)
    assert absorb(formula.clauses, steps) == [Farkas(5, (), (), ((1, 4), (2, 1), (3, 1)))]
    assert refutes(formula, absorb(formula.clauses, steps))


def test_a_long_chain_is_not_visited_again_and_again(monkeypatch):
    """Of x_1, and x_i → x_{i+1}, each used once."""
    n, visits = 2000, Counter()
    formula = formula_of((1,), *((-i, i + 1) for i in range(1, n)), (-n,))
    chain = [Rup(n + 1 + i, (i + 1,), (1 if i == 1 else n + i, i + 1)) for i in range(1, n)]
    steps = [*chain, Rup(2 * n + 1, (), (2 * n, n + 1))]
    assert refutes(formula, steps)
    visit = trimming._Trail.visit
    monkeypatch.setattr(trimming._Trail, "visit", lambda self, hint: visits.update("v") or visit(self, hint))
    shorter = absorb(formula.clauses, steps)
    assert refutes(formula, shorter)
    assert len(shorter) < n / 40
    assert visits["v"] < 210 * n


@st.composite
def contradictions(draw):
    """Random clauses over few atoms, some of them bounds of two reals; mostly unsatisfiable."""
    bounds = st.builds(
        lambda v, a, b, strict: Linear(((v, a),), b, strict),
        st.integers(0, 1), st.sampled_from((-1, 1)), st.integers(-2, 2), st.booleans(),
    )  # fmt: skip
    formula = Formula()
    for _ in range(draw(st.integers(3, 8))):
        formula.new_atom(draw(st.none() | bounds))
    literals = st.integers(1, formula.last_atom).flatmap(lambda atom: st.sampled_from((atom, -atom)))
    for _ in range(draw(st.integers(10, 30))):
        formula.add_clause(*draw(st.lists(literals, min_size=1, max_size=3, unique_by=abs)))
    return formula


def refuted(formula, prover):
    answer = PROVERS[prover].solve(formula, Deadline())
    assume(isinstance(answer, Refutation))
    return answer.steps


@settings(max_examples=100)
@given(contradictions(), st.sampled_from(("lp", "sat")))
def test_what_is_left_refutes_the_formula(formula, prover):
    if prover == "sat":
        formula.atoms = dict.fromkeys(formula.atoms)
    before = trim(refuted(formula, prover))
    after = trim(absorb(formula.clauses, before))
    assert refutes(formula, after)
    assert len(after) <= len(before)
    uses = Counter(number for step in after for number in cited(step))
    assert all(uses[step.id] or step is after[-1] for step in after if not isinstance(step, Atom | Define | Tangent))


def no_check_of_uses(self, number):
    return self.kept.get(("id", number))


def any_hint(self, hint):
    self.hints.append(hint)
    self.conflict = False
    return 0


@pytest.mark.parametrize(
    ("owner", "name", "bug"), [("_Absorbing", "once", no_check_of_uses), ("_Trail", "visit", any_hint)]
)
def test_seeded_bugs_are_caught(owner, name, bug, monkeypatch):
    monkeypatch.setattr(getattr(trimming, owner), name, bug)
    with pytest.raises((AssertionError, Rejected, KeyError)):
        test_what_is_used_twice_stays()
