"""The proof rules: edge cases of each, and soundness on random steps with Z3 as the judge."""

import random
import tracemalloc
from fractions import Fraction
from itertools import product
from math import ceil

import pytest
import z3
from hypothesis import given
from hypothesis import strategies as st
from meaning import Meaning, inequality, unsatisfiable

from relucert.certificates.kernel import (
    Atom,
    Count,
    Define,
    Farkas,
    Formula,
    Kernel,
    Linear,
    Malformed,
    Meter,
    PseudoBoolean,
    Rejected,
    ResourceLimit,
    Rup,
    Square,
    Tangent,
    step_from_json,
)
from relucert.reductions.exact import InvalidInstance


def formula_of(*clauses, atoms=0, linear=()):
    """Propositional atoms 1, …, atoms, then the linear ones; the clauses have the ids 1, 2, …"""
    formula = Formula()
    for meaning in (*[None] * atoms, *linear):
        formula.new_atom(meaning)
    for clause in clauses:
        formula.add_clause(*clause)
    return formula


def derive(formula, *steps, **limits):
    kernel = Kernel(formula, Meter(**limits))
    for step in steps:
        step.apply(kernel)
    return kernel


def le(*terms, bound=0):
    return Linear(tuple(terms), bound)


def lt(*terms, bound=0):
    return Linear(tuple(terms), bound, strict=True)


def rejected(reason):
    return pytest.raises(Rejected, match=reason)


def test_a_formula_may_list_its_numbers_in_any_order():
    """A formula with added atoms, as the provers make them, is not sorted."""
    formula = Formula(atoms={3: None, 1: None, 2: le((0, 1))}, clauses={2: (-3,), 1: (1, 3)}, last_atom=3, last_id=2)
    kernel = Kernel(formula)
    assert sorted(kernel.atoms) == [1, 2, 3]
    Rup(3, (1,), (1, 2)).apply(kernel)
    assert kernel.clauses[3] == (1,)


def test_after_a_step_that_is_rejected_the_next_one_is_judged_as_before():
    for wrong in (Rup(3, (1,), (1, 1)), Rup(3, (1,), (1,)), Rup(3, (-2,), (2,)), Rup(3, (1, 2), (1, 2))):
        kernel = Kernel(formula_of((1, 2), (-2, 3), atoms=3))
        with pytest.raises(Rejected):
            wrong.apply(kernel)
        with rejected("neither unit nor in conflict"):
            Rup(3, (3,), (1, 2)).apply(kernel)
        Rup(3, (1, 3), (1, 2)).apply(kernel)


# ------------------------------------------------------------------------------------------------------------- farkas

X, MINUS_X = (0, 1), (0, -1)


@pytest.mark.parametrize(
    ("first", "second", "contradict"),
    [
        (le(X, bound=0), le(MINUS_X, bound=0), False),  # x ≤ 0, x ≥ 0
        (le(X, bound=0), lt(MINUS_X, bound=0), True),  # x ≤ 0, x > 0
        (lt(X, bound=0), lt(MINUS_X, bound=0), True),
        (le(X, bound=0), le(MINUS_X, bound=-1), True),  # x ≤ 0, x ≥ 1
        (lt(X, bound=1), le(MINUS_X, bound=-1), True),  # x < 1, x ≥ 1
        (le(X, bound=1), le(MINUS_X, bound=-1), False),
        (lt(X, bound=1), lt(MINUS_X, bound=0), False),  # 0 < x < 1
    ],
)
@pytest.mark.parametrize("signs", list(product([1, -1], repeat=2)))
def test_farkas_on_a_pair_of_facts(first, second, contradict, signs):
    """The facts as they are, or as negations of their negations."""
    facts = [fact if sign > 0 else negation(fact) for sign, fact in zip(signs, (first, second), strict=True)]
    formula = formula_of(linear=facts)
    step = Farkas(1, (-signs[0] * 1, -signs[1] * 2), (1, 1))
    if contradict:
        assert derive(formula, step).clauses[1] == step.clause
    else:
        with rejected("no contradiction"):
            derive(formula, step)


def negation(fact):
    return Linear(tuple((v, -a) for v, a in fact.terms), -fact.bound, not fact.strict)


def test_farkas_multipliers_cancel_the_variables():
    formula = formula_of(linear=[le((0, 2), (1, 3), bound=1), le((0, -3), (1, -4), bound=-2), le((1, -1), bound=0)])
    derive(formula, Farkas(1, (-1, -2, -3), (3, 2, 1)))  # 9 − 8 − 1 = 0 times y, and 3 − 4 < 0
    for multipliers in [(3, 2, 2), (3, 1, 1), (6, 2, 1), (1, 1, 1)]:
        with rejected("does not cancel"):
            derive(formula, Farkas(1, (-1, -2, -3), multipliers))


def test_farkas_with_unit_clauses_alone_derives_the_empty_clause():
    formula = formula_of((1,), (-2,), linear=[le(X, bound=0), le(X, bound=1)])
    assert derive(formula, Farkas(3, (), (), ((1, 1), (2, 1)))).refuted


def test_farkas_may_cite_a_unit_clause_twice():
    formula = formula_of((1,), (2,), linear=[le((0, 1), bound=1), le((0, -2), bound=-3)])
    assert derive(formula, Farkas(3, (), (), ((1, 1), (2, 1), (1, 1)))).refuted


def test_farkas_on_inequalities_without_variables():
    false, true = le(bound=-1), le(bound=0)
    formula = formula_of(linear=[false, true])
    derive(formula, Farkas(1, (-1,), (1,)), Farkas(2, (2,), (5,)))
    for literal in (1, -2):
        with rejected("no contradiction"):
            derive(formula, Farkas(1, (literal,), (1,)))


def test_farkas_refuses_what_is_no_unit_clause_of_a_linear_atom():
    formula = formula_of((2,), (2, 3), (), (1,), atoms=1, linear=[le(X, bound=0), lt(MINUS_X, bound=0)])
    formula.pseudo_booleans[7] = PseudoBoolean({2: 2}, 2)
    for unit, reason in [(2, "not a unit"), (3, "not a unit"), (4, "not a linear"), (5, "no clause"), (7, "no clause")]:
        with rejected(reason):
            derive(formula, Farkas(9, (-3,), (1,), ((unit, 1),)))
    derive(formula, Farkas(9, (-3,), (1,), ((1, 1),)))


# ---------------------------------------------------------------------------------------------------------------- rup


def test_rup_follows_the_hints_in_order():
    formula = formula_of((1, 2), (-2, 3), (-3, -2, 1), atoms=3)
    assert derive(formula, Rup(4, (1,), (1, 2, 3))).clauses[4] == (1,)
    for hints in [(2, 1, 3), (3, 2, 1), (1, 2), (1, 3), (1, 2, 3, 3), (1, 1, 2, 3), ()]:
        with pytest.raises(Rejected):
            derive(formula, Rup(4, (1,), hints))


def test_rup_of_a_clause_that_is_there_already():
    formula = formula_of((1, 2), atoms=3)
    derive(formula, Rup(2, (2, 1), (1,)), Rup(3, (1, 2, -3), (2,)))
    with rejected("neither unit"):
        derive(formula, Rup(2, (), (1,)))


def test_rup_refuses_a_hint_that_is_satisfied():
    formula = formula_of((1, 2), (-1, 2), atoms=2)
    with rejected("neither unit"):
        derive(formula, Rup(3, (-1,), (1,)))


def test_only_the_empty_clause_refutes():
    formula = formula_of((1,), (-1, 2), (-2,), atoms=2)
    kernel = derive(formula, Rup(4, (2,), (1, 2)))
    assert not kernel.refuted
    Rup(5, (), (4, 3)).apply(kernel)
    assert kernel.refuted


# -------------------------------------------------------------------------------------------------------------- count


def count(terms, degree, premises, axioms=(), divisor=1, number=9):
    return Count(number, tuple(terms), degree, tuple(premises), tuple(axioms), divisor)


TRIANGLE = formula_of((-1, -2), (-1, -3), (-2, -3), (1, 2, 3), atoms=3)


@pytest.mark.parametrize(
    "step",
    [
        count([(-1, 2), (-2, 2), (-3, 2)], 3, [(1, 1), (2, 1), (3, 1)]),
        count([(-1, 1), (-2, 1), (-3, 1)], 2, [(1, 1), (2, 1), (3, 1)], divisor=2),  # 3/2, rounded up
        count([(-1, 1), (-2, 1), (-3, 1)], 1, [(1, 1), (2, 1), (3, 1)], divisor=3),
        count([(-1, 1), (-2, 1), (-3, 1)], 1, [(1, 1), (2, 1), (3, 1)], divisor=10**9),
        count([(-1, 2), (-2, 2), (3, 1)], 2, [(1, 3), (4, 1)]),  # two literals cancel: 3 + 1 − 2
        count([(-1, 1), (-2, 1), (3, 1)], 1, [(1, 1)], [(3, 1)]),
        count([(-1, 5), (-2, 3)], 3, [(1, 3)], [(-1, 2)]),
        count([(-1, 1), (-2, 3)], 1, [(1, 3)], [(1, 2)]),  # 3·¬1 and 2·1 leave ¬1, and 3 − 2
        count([(-1, 2), (-2, 2)], 2, [(1, 1), (1, 1)]),
    ],
)
def test_count_states_its_result_exactly(step):
    kernel = derive(TRIANGLE, step)
    assert (9 in kernel.clauses) != (9 in kernel.pseudo_booleans)
    assert (9 in kernel.clauses) == ({c for _, c in step.terms} == {1} and step.degree == 1)
    wrong = [(step.terms, step.degree - 1), (step.terms, step.degree + 1), ((*step.terms, (9, 1)), step.degree)]
    for i, (literal, c) in enumerate(step.terms):
        for other in ((), ((-literal, c),), ((literal, c + 1),), ((literal, c - 1),)):
            wrong.append(((*step.terms[:i], *other, *step.terms[i + 1 :]), step.degree))
    for terms, degree in wrong:
        with rejected("not what is stated"):
            derive(TRIANGLE, Count(9, terms, degree, step.premises, step.axioms, step.divisor))


def test_count_goes_on_from_its_own_results():
    at_most_one = count([(-1, 1), (-2, 1), (-3, 1)], 2, [(1, 1), (2, 1), (3, 1)], divisor=2)
    two = count([(1, 1), (2, 1)], 2, [(5, 1)], number=10)
    formula = formula_of(*TRIANGLE.clauses.values(), atoms=3)
    formula.pseudo_booleans[5] = PseudoBoolean({1: 1, 2: 1}, 2)
    formula.last_id = 5
    last = count([(-3, 1)], 2, [(9, 1), (10, 1)], number=11)  # ¬1 + ¬2 + ¬3 ≥ 2 and 1 + 2 ≥ 2: ¬3 ≥ 2
    kernel = derive(formula, at_most_one, two, last)
    assert not kernel.refuted  # a contradiction, but only the one without literals is the empty clause
    count([], 1, [(11, 1)], [(3, 1)], number=12).apply(kernel)
    assert kernel.refuted


@pytest.mark.parametrize(("degree", "clause"), [(1, True), (2, False)])
def test_count_without_literals_refutes_whatever_its_degree(degree, clause):
    formula = formula_of((1,), (-1,), atoms=1)
    step = count([], degree, [(1, degree), (2, degree)])
    kernel = derive(formula, step)
    assert kernel.refuted
    assert (9 in kernel.clauses) == clause


def test_count_treats_linear_atoms_as_propositional():
    formula = formula_of((1, 2), (-1,), linear=[le(X, bound=0), le(X, bound=1)])
    assert derive(formula, count([(2, 1)], 1, [(1, 1), (2, 1)])).clauses[9] == (2,)


# ------------------------------------------------------------------------------------------------------------ tangent

SQUARED = Square(((0, 2), (1, -3)), 5, 7, 4)  # x4 ≥ ((2x − 3y − 5) / 7)²


def squared(*clauses, linear=(), square=SQUARED):
    formula = formula_of(*clauses, linear=linear)
    formula.add_square(square)
    return formula


@pytest.mark.parametrize(
    ("at", "meaning"),
    [
        (0, le((4, -7))),
        (1, le((0, 4), (1, -6), (4, -7), bound=17)),
        (-2, le((0, -8), (1, 12), (4, -7), bound=8)),
        (Fraction(2, 3), le((0, 24), (1, -36), (4, -63), bound=88)),  # 2·2·3·(2x − 3y) − 9·7·q ≤ 2·2·3·5 + 4·7
    ],
)
def test_tangent_states_its_inequality_times_the_denominators(at, meaning):
    kernel = derive(squared((1,), linear=[le(X)]), Tangent(3, 1, at, 5))
    assert (kernel.atoms[5], kernel.clauses[3]) == (meaning, (5,))
    assert (kernel.last_atom, kernel.last_id, kernel.refuted) == (5, 3, False)


def test_tangents_refute_where_the_square_is_too_small():
    """x² ≤ q < 1 and x ≥ 1."""
    formula = squared((1,), (2,), linear=[lt((1, 1), bound=1), le(MINUS_X, bound=-1)], square=Square((X,), 0, 1, 1))
    right = Tangent(3, 1, 1, 3)
    assert derive(formula, right, Farkas(4, (), (), ((1, 1), (2, 2), (3, 1)))).refuted
    for at in (0, 2, -1, Fraction(1, 2), Fraction(3, 2)):
        with pytest.raises(Rejected):
            derive(formula, Tangent(3, 1, at, 3), Farkas(4, (), (), ((1, 1), (2, 2), (3, 1))))


def test_farkas_takes_tangents_as_they_are():
    """The same with the tangent inside the step: x² ≤ q < 1 and x ≥ 1. And 9q < 4 and x ≥ 2/3, with 9q ≥ 12x − 4."""
    formula = squared((1,), (2,), linear=[lt((1, 1), bound=1), le(MINUS_X, bound=-1)], square=Square((X,), 0, 1, 1))
    kernel = derive(formula, Farkas(3, (), (), ((1, 1), (2, 2)), ((1, 1, 1),)))
    assert kernel.refuted
    assert (kernel.last_atom, len(kernel.atoms)) == (2, 2)
    for at in (0, 2, -1, Fraction(1, 2), Fraction(3, 2)):
        with pytest.raises(Rejected):
            derive(formula, Farkas(3, (), (), ((1, 1), (2, 2)), ((1, at, 1),)))
    formula = squared((1,), (2,), linear=[lt((1, 9), bound=4), le((0, -3), bound=-2)], square=Square((X,), 0, 1, 1))
    assert derive(formula, Farkas(3, (), (), ((1, 1), (2, 4)), ((1, Fraction(2, 3), 1),))).refuted
    for tangents in (((1, Fraction(2, 3), 2),), ((1, Fraction(2, 3), 1),) * 2, ()):
        with rejected("does not cancel"):
            derive(formula, Farkas(3, (), (), ((1, 1), (2, 4)), tangents))


def test_tangents_alone_and_of_two_squares_contradict_nothing():
    """q ≥ e² has a solution for every e."""
    formula = squared((1,), linear=[le((4, 1), bound=0)])
    with rejected("no contradiction"):
        derive(formula, Farkas(2, (), (), ((1, 7),), ((1, 0, 1),)))
    with rejected("no square 2"):
        derive(formula, Farkas(2, (), (), ((1, 7),), ((2, 0, 1),)))
    for number in (0, -1, 2**60, 10**3999):
        with rejected("no square"):
            derive(formula, Farkas(2, (), (), ((1, 7),), ((number, 0, 1),)))


@pytest.mark.parametrize(
    "tangents", [None, {}, [1], [[1, 0]], [[1, 0, 0]], [[1, 0, -1]], [[True, 0, 1]], [["1", 0, 1]]]
)
def test_tangents_have_a_square_a_point_and_a_positive_multiplier(tangents):
    with pytest.raises(Malformed):
        step_from_json({"farkas": [], "multipliers": [], "units": [], "tangents": tangents, "id": 1})


@pytest.mark.parametrize("at", [0.5, "0.5", "2/4", "2/1", "1/-2", True, None, [1, 2], "1", "", "1/0"])
def test_a_tangent_inside_farkas_is_at_an_integer_or_at_a_fraction_in_lowest_terms(at):
    with pytest.raises(InvalidInstance):
        step_from_json({"farkas": [], "multipliers": [], "units": [], "tangents": [[1, at, 1]], "id": 1})


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (Tangent(2, 2, 0, 2), "no square 2"),
        (Tangent(2, 0, 0, 2), "no square 0"),
        (Tangent(2, 1, 0, 1), "atom 1 is not fresh"),
        (Tangent(1, 1, 0, 2), "id 1 is not fresh"),
    ],
)
def test_tangent_of_a_known_square_with_fresh_numbers(step, reason):
    with rejected(reason):
        derive(squared((1,), linear=[le(X)]), step)


def test_no_other_rule_refers_to_squares():
    formula = squared(linear=[le(X)])
    for step in (Rup(1, (), (1,)), Farkas(1, (), (), ((1, 1),)), count([(1, 1)], 1, [(1, 1)])):
        with rejected("no clause has the id 1"):
            derive(formula, step)


@pytest.mark.parametrize("at", [0.5, "0.5", "2/4", "2/1", "1/-2", True, None, [1, 2], "1", "", "1/0"])
def test_a_tangent_is_at_an_integer_or_at_a_fraction_in_lowest_terms(at):
    with pytest.raises(InvalidInstance):
        step_from_json({"tangent": 1, "at": at, "as": 1, "id": 1})


@given(
    st.lists(st.integers(-9, 9).filter(bool), max_size=3),
    st.integers(-9, 9),
    st.integers(1, 9),
    st.fractions(-9, 9, max_denominator=9),
    st.lists(st.fractions(-9, 9, max_denominator=9), min_size=3, max_size=3),
)
def test_a_tangent_touches_its_square_and_stays_below_it(coefficients, constant, scale, at, point):
    """It holds at every x with q = e², and there with equality only if e is the point of the tangent."""
    linear = Square(tuple(enumerate(coefficients)), constant, scale, 3).tangent(at)
    e = (sum(a * v for a, v in zip(coefficients, point, strict=False)) - constant) * Fraction(1, scale)
    x = dict(enumerate(point))
    slack = linear.bound - sum(a * (e * e if v == 3 else x[v]) for v, a in linear.terms)
    assert slack == scale * at.denominator**2 * (e - at) ** 2


# -------------------------------------------------------------------------------------------- define, atom, numbering


def test_define_gives_both_directions():
    formula = formula_of((1, 2), atoms=2)
    kernel = derive(formula, Define(5, 7, (1, -2)))
    assert {n: set(c) for n, c in kernel.clauses.items() if n > 1} == {5: {-7, 1}, 6: {-7, -2}, 7: {7, -1, 2}}
    with rejected("id 7 is not fresh"):
        Rup(7, (1, 2), (1,)).apply(kernel)


def test_define_of_nothing_is_true():
    assert derive(formula_of(atoms=1), Define(1, 2, ())).clauses == {1: (2,)}


@pytest.mark.parametrize("step", [Define(5, 2, (1,)), Define(5, 1, ()), Atom(2, le(X)), Atom(1, le(X))])
def test_atoms_must_be_fresh(step):
    with rejected("is not fresh"):
        derive(formula_of((1, 2), atoms=2), step)


@pytest.mark.parametrize("step", [Define(5, 3, (3,)), Define(5, 3, (4,)), Rup(5, (1, 2, 3), (1,))])
def test_atoms_must_be_known(step):
    with rejected("no atom has the number"):
        derive(formula_of((1, 2), atoms=2), step)


def test_numbers_may_leave_gaps_but_not_decrease():
    kernel = derive(formula_of((1, 2), atoms=2), Atom(10, le(X)), Rup(10, (1, 2), (1,)))
    for step in (Atom(9, le(X)), Atom(10, le(X)), Rup(9, (1, 2), (1,)), Rup(10, (1, 2), (1,))):
        with rejected("is not fresh"):
            step.apply(kernel)


def test_the_formula_is_left_alone():
    formula = formula_of((1, 2), atoms=2)
    derive(
        formula,
        Atom(3, le(X)),
        Define(2, 4, (1,)),
        Rup(9, (1, 2), (1,)),
        count([(1, 2), (2, 2)], 2, [(1, 2)], number=10),
    )
    assert (formula.atoms, formula.clauses, formula.pseudo_booleans) == ({1: None, 2: None}, {1: (1, 2)}, {})


@pytest.mark.parametrize(
    ("step", "least"),
    [
        (Rup(4, (2,), (1, 2)), 5),  # 2 + 2 literals and one more for the second clause: 3 + 2
        (Define(4, 9, (1, 2)), 3),
        (Atom(9, le((0, 1), (1, 1))), 3),
        (Atom(3 + 641, le((0, 1), (1, 1))), 3 + 10),  # and one for 64 numbers
        (count([(1, 1), (2, 1)], 1, [(1, 1)], number=4), 6),  # 2 literals and a degree, added, and then divided
    ],
)
def test_work_is_bounded(step, least):
    formula = formula_of((1, 2), (-1,), (3,), atoms=2, linear=[le(X)])
    assert derive(formula, step, most_work=least).meter.work == least
    with pytest.raises(ResourceLimit):
        derive(formula, step, most_work=least - 1)


@pytest.mark.parametrize(
    ("step", "least"),
    [
        (Rup(4, (2,), (1, 2)), 35),
        (Define(4, 9, (1, 2)), 40 + 1 + 2 * 40 + 45 + 6),  # the atom, (¬9 ∨ 1), (¬9 ∨ 2), (9 ∨ ¬1 ∨ ¬2), numbers 4 to 9
        (Atom(9, le((0, 1), (1, 2**640))), 40 + 11 + 2 * (18 + 11) + 25 + 6),  # as steps may cite it
        (count([(1, 2), (2, 2)], 2, [(1, 2)], number=4), 60 + 1 + 2 * (24 + 1)),
    ],
)
def test_memory_is_bounded(step, least):
    """What a step derives is held until the end of the refutation."""
    formula = formula_of((1, 2), (-1,), (3,), atoms=2, linear=[le(X)])
    assert derive(formula, step, most_words=least).meter.words == least
    with pytest.raises(ResourceLimit):
        derive(formula, step, most_words=least - 1)


LARGE = 2**59


@pytest.mark.parametrize(
    "line",
    [
        lambda i: {"atom": 2 + i, "le": [], "bound": LARGE + i},
        lambda i: {"atom": 100 * i, "le": [[LARGE + i, LARGE + i]], "bound": LARGE + i},
        lambda i: {"atom": 5000 + i, "le": [[i, LARGE + i], [LARGE + i, LARGE + i]], "bound": LARGE + i},
        lambda i: {"atom": 2 + i + 10**6 * (i // 1000), "le": [], "bound": LARGE + i},
        lambda i: {"define": 2 + i, "and": [1, -2], "id": LARGE + 3 * i},
    ],
)
def test_counted_words_bound_the_memory_of_what_is_derived(line):
    """Just after dictionaries have grown, with numbers that nothing else holds."""
    kernel = Kernel(formula_of(atoms=2), Meter())
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for i in range(1, 5463):
            step_from_json(line(i)).apply(kernel)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before <= 8 * kernel.meter.words


def test_tangents_are_work():
    """Each of three numbers costs the square of the words it may get; reading the square and the result costs 3 + 4."""
    work = [derive(squared(), Tangent(1, 1, at, 1)).meter.work for at in (0, 1, 2**640, Fraction(1, 2**640))]
    assert work == [3 * 5**2 + 3 + 2, 3 * 5**2 + 3 + 4, 3 * 25**2 + 3 + 4, 3 * 25**2 + 3 + 4]
    with pytest.raises(ResourceLimit):
        derive(squared(), Tangent(1, 1, 1, 1), most_work=70)
    with pytest.raises(ResourceLimit):
        derive(squared(), Tangent(1, 1, 2**640, 1), most_words=100)


def test_large_numbers_are_more_work():
    """As multipliers, in atoms that are cited again and again, and in a sum that is long already."""
    formula = formula_of((1,), linear=[le(X, bound=-1), le(X)])
    work = [derive(formula, Farkas(2, (2,), (m,), ((1, m),))).meter.work for m in (1, 2**640)]
    assert work == [2 * (2 + 2), 2 * (2 + 22)]
    huge = formula_of((1,), (2,), linear=[le((0, 2**6400), bound=-1), le((0, -(2**6400)))])
    first = Farkas(3, (), (), ((1, 1), (2, 1)))
    assert derive(huge, first).meter.work == 2 * (2 + 2 * 101)
    short = formula_of((1,), (2,), (3,), linear=[le((0, 2**6400), bound=-1), le((0, -(2**6400))), le()])
    longer = Farkas(4, (), (), ((1, 1), (2, 1), *[(3, 1)] * 50))
    assert derive(short, longer).meter.work == 2 * (2 + 2 * 101) + 1 + 50 * 101
    apart = formula_of((1,), (2,), linear=[le((0, 2**6400), bound=-1), le((0, -1))])
    other = Farkas(3, (), (), ((1, 1), (2, 2**6400)))  # a long number and a long multiplier that do not meet
    assert derive(apart, other).meter.work == 2 * (2 + 2 * 101)


# ---------------------------------------------------------------------------------------------------------------- JSON

NUMBERS = st.integers(1, 50)
CLAUSES = st.lists(NUMBERS, unique=True, max_size=4).flatmap(
    lambda atoms: st.tuples(*(st.sampled_from((at, -at)) for at in atoms))
)
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3).map(tuple)


def weighted(clause):
    return st.tuples(*(st.tuples(st.just(at), NUMBERS) for at in clause))


FORMS = st.dictionaries(st.integers(0, 9), st.integers(-9, 9).filter(bool), max_size=3).map(
    lambda d: tuple(sorted(d.items()))
)
STEPS = st.one_of(
    st.builds(Atom, NUMBERS, st.builds(Linear, FORMS, st.integers(-9, 9), st.booleans())),
    st.builds(Define, NUMBERS, NUMBERS, CLAUSES),
    CLAUSES.flatmap(
        lambda c: st.builds(Farkas, NUMBERS, st.just(c), st.tuples(*[NUMBERS] * len(c)), PAIRS, st.just(()))
    ),
    st.builds(Rup, NUMBERS, CLAUSES, st.lists(NUMBERS).map(tuple)),
    st.builds(Count, NUMBERS, CLAUSES.flatmap(weighted), NUMBERS, PAIRS, CLAUSES.flatmap(weighted), NUMBERS),
    st.builds(Tangent, NUMBERS, NUMBERS, st.integers() | st.fractions(), NUMBERS),
    st.builds(
        Farkas,
        NUMBERS,
        st.just(()),
        st.just(()),
        PAIRS,
        st.lists(st.tuples(NUMBERS, st.integers() | st.fractions(), NUMBERS), max_size=3).map(tuple),
    ),
)


@given(STEPS)
def test_steps_are_read_back_from_json(step):
    assert step_from_json(step.to_json()) == step


@pytest.mark.parametrize("number", [2**60, 2**61 - 1, 10**3999])
def test_numbers_of_atoms_and_ids_are_bounded(number):
    for line in (
        {"atom": number, "le": [], "bound": 0},
        {"atom": 1, "le": [[number, 1]], "bound": 0},
        {"define": number, "and": [], "id": 1},
        {"define": 1, "and": [], "id": number},
        {"rup": [-number], "hints": [], "id": 1},
        {"rup": [number], "hints": [], "id": 1},
        {"count": [[number, 1]], "degree": 1, "from": [], "axioms": [], "divide": 1, "id": 1},
        {"tangent": number, "at": 0, "as": 1, "id": 1},
        {"tangent": 1, "at": 0, "as": number, "id": 1},
        {"tangent": 1, "at": 0, "as": 1, "id": number},
    ):
        with pytest.raises(ResourceLimit):
            step_from_json(line)


def test_coefficients_may_be_large_integers_only():
    line = {"atom": 1, "le": [[0, 10**3999]], "bound": -(10**3999)}
    assert step_from_json(line).meaning.terms == ((0, 10**3999),)
    for bound in (True, 1.0, "1", None, [1], "1/2"):
        with pytest.raises(Malformed):
            step_from_json({**line, "bound": bound})


# ---------------------------------------------------------------------------------- soundness, on random formulas


class Attempt:
    """A random formula that a random assignment satisfies, and random steps, often right, often wrong by a little."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        point = [Fraction(rng.randint(-4, 4), 2) for _ in range(2)]
        forms = [((0, 1),), ((1, 1),), ((0, 1), (1, 1)), ((0, 1), (1, -1)), ((0, 2), (1, 1))]
        linear, true = [], [rng.random() < 0.5 for _ in range(3)]
        for _ in range(8):
            factor, bound, strict = rng.choice((-2, -1, 1, 2)), rng.randint(-3, 3), rng.random() < 0.5
            linear.append(Linear(tuple((v, factor * a) for v, a in rng.choice(forms)), bound, strict))
            value = sum(a * point[v] for v, a in linear[-1].terms)
            true.append(value < bound or (value == bound and not strict))
        self.formula = formula_of(atoms=3, linear=linear)
        for _ in range(2):  # of variables 2 and 3, which are large enough
            terms, constant, scale = rng.choice(forms), rng.randint(-2, 2), rng.randint(1, 3)
            e = Fraction(sum(a * point[v] for v, a in terms) - constant) / scale
            q = len(point)
            point.append(e * e + rng.choice((0, 0, Fraction(1, 4))))
            self.formula.add_square(Square(terms, constant, scale, q))
            linear = Linear(((q, 1),), ceil(point[q]))
            self.formula.add_clause(self.formula.new_atom(linear))
            true.append(True)
        self.kernel = Kernel(self.formula)
        while len(self.formula.clauses) < 10:
            clause = self.literals(rng.randint(1, 3))
            if any(true[abs(at) - 1] == (at > 0) for at in clause):
                self.formula.add_clause(*clause)
        self.kernel = Kernel(self.formula)

    def literals(self, size, among=None):
        atoms = sorted(among or self.kernel.atoms)
        return tuple(self.rng.choice((at, -at)) for at in self.rng.sample(atoms, min(size, len(atoms))))

    def copy_of_kernel(self):
        k = self.kernel
        return Kernel(
            Formula(dict(k.atoms), dict(k.clauses), dict(k.pseudo_booleans), dict(k.squares), k.last_atom, k.last_id)
        )

    def step(self):
        self.number = self.kernel.last_id + self.rng.randint(1, 2)
        return self.rng.choice(
            (self.atom, self.define, *[self.farkas] * 5, *[self.rup] * 4, *[self.count] * 2, self.tangent)
        )()

    def atom(self):
        terms = tuple((v, self.rng.choice((-2, -1, 1, 2))) for v in range(2) if self.rng.random() < 0.7)
        return Atom(self.kernel.last_atom + 1, Linear(terms, self.rng.randint(-2, 2), self.rng.random() < 0.5))

    def tangent(self):
        at = Fraction(self.rng.randint(-6, 6), self.rng.choice((1, 2, 3)))
        return Tangent(self.number, self.rng.randint(1, 2), at, self.kernel.last_atom + 1)

    def define(self):
        return Define(self.number, self.kernel.last_atom + 1, self.literals(self.rng.randint(0, 2)))

    def farkas(self):
        """The first of some random combinations that is right, else one that at least cancels if there is any."""
        atoms, rng = self.kernel.atoms, self.rng
        linear = [at for at, meaning in atoms.items() if meaning is not None]
        best = Farkas(self.number, (), ())
        for _ in range(rng.choice((1, 4))):
            variables = [v for v, _ in atoms[rng.choice(linear)].terms]
            alike = [at for at in linear if [v for v, _ in atoms[at].terms] == variables]
            clause = self.literals(rng.choice((0, 1, 2, 2, 2, 3)), alike if rng.random() < 0.8 else linear)
            units = [i for i, c in self.kernel.clauses.items() if len(c) == 1]
            cited = rng.sample(units, min(len(units), rng.randint(0, 1)))
            if rng.random() < 0.3:
                cited, clause, touched = self.with_tangents(units)
            else:
                touched = []
            last = len(clause) + len(cited)
            for multipliers in product((1, 2, 3, 4), repeat=last + len(touched)):
                of_units = zip(cited, multipliers[len(clause) : last], strict=True)
                tangents = tuple((s, c, m) for (s, c), m in zip(touched, multipliers[last:], strict=True))
                step = Farkas(self.number, clause, multipliers[: len(clause)], tuple(of_units), tangents)
                try:
                    step.apply(self.copy_of_kernel())
                    return step
                except Rejected as problem:
                    best = best if "cancel" in str(problem) else step
        return best

    def with_tangents(self, units):
        """The bound of a square's variable, a tangent, and a literal over the variables of the square."""
        rng, atoms = self.rng, self.kernel.atoms
        s = rng.randint(1, 2)
        square = self.kernel.squares[s]
        bounds = [i for i in units if [v for v, _ in self.meaning_of(i).terms] == [square.variable]]
        forms = [square.tangent(1).terms[:-1], square.tangent(-1).terms[:-1]]
        alike = [at for at, meaning in atoms.items() if meaning and any(parallel(meaning.terms, f) for f in forms)]
        clause = self.literals(1, alike) if alike else ()
        return bounds[:1], clause, [(s, Fraction(rng.randint(-4, 4), rng.choice((1, 2))))]

    def meaning_of(self, number):
        meaning = self.kernel.atoms[abs(self.kernel.clauses[number][0])]
        return meaning or Linear((), 0)

    def rup(self):
        """A clause or a part of two, hints by propagation in random order, perhaps one too few or one too many."""
        rng, clauses = self.rng, self.kernel.clauses
        parts = {at for c in rng.sample(sorted(clauses.values()), 2) for at in c if rng.random() < 0.8}
        clause = tuple(at for at in parts if -at not in parts) or self.literals(3)
        false, hints = set(clause), []
        for i in [i for _ in range(3) for i in rng.sample(sorted(clauses), len(clauses))]:
            free = [at for at in clauses[i] if at not in false]
            if not free:
                hints.append(i)
                break
            if len(free) == 1 and -free[0] not in false:
                hints.append(i)
                false.add(-free[0])
        damage = rng.random()
        if damage < 0.2 and hints:
            hints.remove(rng.choice(hints))
        elif damage < 0.4:
            hints.insert(rng.randint(0, len(hints)), rng.choice(sorted(clauses)))
        elif damage < 0.5:
            clause = clause[1:]
        return Rup(self.number, clause, tuple(hints))

    def count(self):
        """The right result, stated perhaps a little wrong."""
        rng, kernel = self.rng, self.kernel
        known = sorted({*kernel.clauses, *kernel.pseudo_booleans})
        premises = tuple((rng.choice(known), rng.randint(1, 2)) for _ in range(rng.randint(1, 3)))
        axioms = tuple((at, rng.randint(1, 2)) for at in self.literals(rng.randint(0, 1)))
        divisor = rng.randint(1, 3)
        summands = [({at: 1}, 0, m) for at, m in axioms]
        for i, m in premises:
            constraint = kernel.pseudo_booleans.get(i) or PseudoBoolean(dict.fromkeys(kernel.clauses.get(i, ()), 1), 1)
            summands.append((constraint.terms, constraint.degree, m))
        of_atom: dict[int, int] = {}  # Σ c·x ≥ degree over atoms x, with coefficients of any sign
        degree = 0
        for terms, bound, m in summands:
            degree += m * (bound - sum(c for at, c in terms.items() if at < 0))
            for at, c in terms.items():
                of_atom[abs(at)] = of_atom.get(abs(at), 0) + (m * c if at > 0 else -m * c)
        degree -= sum(c for c in of_atom.values() if c < 0)
        terms = {at if c > 0 else -at: -(-abs(c) // divisor) for at, c in of_atom.items() if c}
        degree = -(-degree // divisor)
        damage = rng.random()
        if damage < 0.2:
            degree += rng.choice((-1, 1))
        elif damage < 0.4 and terms:
            at = rng.choice(sorted(terms))
            c = terms.pop(at)
            terms |= rng.choice(({}, {-at: c}, {at: c + 1}, {at: max(c - 1, 1)}))
        return Count(self.number, tuple(terms.items()), degree, premises, axioms, divisor)


def parallel(terms, others):
    (_, a), *_ = (*terms, (0, 0))
    (_, b), *_ = (*others, (0, 0))
    return [v for v, _ in terms] == [v for v, _ in others] and [b * c for _, c in terms] == [a * c for _, c in others]


@pytest.mark.thorough
def test_whatever_is_derived_follows_from_the_formula():
    touched = 0
    accepted, refused = dict.fromkeys((Atom, Define, Farkas, Rup, Count, Tangent), 0), 0
    for seed in range(60):
        attempt = Attempt(seed)
        meaning = Meaning(attempt.formula)
        true = meaning.everything()
        assert not unsatisfiable(true)
        for _ in range(30):
            step, before = attempt.step(), attempt.copy_of_kernel()
            try:
                step.apply(attempt.kernel)
            except Rejected:
                attempt.kernel = before  # a rejected step may be half applied
                refused += 1
                continue
            accepted[type(step)] += 1
            touched += isinstance(step, Farkas) and bool(step.tangents)
            assert meaning.apply(step.to_json()), (seed, step)
            if isinstance(step, Define):
                true += [meaning.constraints[step.id + i] for i in range(len(step.literals) + 1)]
            elif isinstance(step, Tangent):
                stated = attempt.kernel.atoms[step.atom]
                same = inequality(stated.terms, stated.bound, stated.strict) == meaning.atoms[step.atom]
                assert unsatisfiable([z3.Not(same)]), (seed, step)
            elif not isinstance(step, Atom):
                assert unsatisfiable([*true, z3.Not(meaning.constraints[step.id])]), (seed, step)
            assert not attempt.kernel.refuted
    assert min(accepted.values()) >= 60, accepted
    assert refused >= 300
    assert touched >= 10
