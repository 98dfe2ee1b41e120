"""Formulas as files, and the reduction to the plane: among all choices of levees exactly the solutions fit."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, permutations, product

import pytest

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.fixed_dimension.one_in_three_to_plane import (
    Layout,
    OneInThreeToPlane,
    network_of_levees,
    without_progressions,
)
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance
from relucert.reductions.problems.training import TRAINING
from relucert.verify.testing.laws import check_size

R = OneInThreeToPlane()

# ------------------------------------------------------------------------------------------------------------- formats


def read(text, suffix=".cnf"):
    return ONE_IN_THREE.read(text, suffix, {})[0]


def test_dimacs():
    text = "c comment\n\np cnf 4 2\n1 2\n3 0 4 3 1 0\n"
    assert read(text) == OneInThreeInstance(4, ((0, 1, 2), (3, 2, 0)))
    assert read(text + "%\n0\n") == read(text)


def test_json_is_read_and_written():
    instance = read('{"variables": 4, "clauses": [[0, 1, 2], [3, 2, 0]]}', ".json")
    assert instance == OneInThreeInstance(4, ((0, 1, 2), (3, 2, 0)))
    assert ONE_IN_THREE.instance_from_json(ONE_IN_THREE.instance_to_json(instance)) == instance


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("1 2 3 0\n", "line 1: the header"),
        ("p cnf 3\n", "line 1: expected 'p cnf"),
        ("p col 3 1\n", "line 1: expected 'p cnf"),
        ("p cnf -3 1\n", "line 1: expected 'p cnf"),
        ("p cnf 3 1\np cnf 3 1\n", "line 2: there is a second header"),
        ("p cnf 3 1\n1 1 2 0\n", "line 2: the variable 1 is repeated"),
        ("p cnf 3 1\n1 -2 3 0\n", "line 2: the literal -2 is negative"),
        ("p cnf 3 1\n1 2 0\n", "line 2: a clause has 2 literals"),
        ("p cnf 4 1\n1 2 3 4 0\n", "line 2: a clause has 4 literals"),
        ("p cnf 3 1\n1 2 4 0\n", "line 2: the variable 4 is outside 1..3"),
        ("p cnf 3 1\n1 2 x 0\n", "line 2: 'x' is not a literal"),
        ("p cnf 3 1\n1 2 3\n", "the last clause does not end in 0"),
        ("p cnf 3 2\n1 2 3 0\n", "the header announces 2 clauses, but there are 1"),
    ],
)
def test_bad_dimacs(text, words):
    with pytest.raises(InvalidInstance, match=words):
        read(text)


@pytest.mark.parametrize("clauses", [((0, 1),), ((0, 1, 1),), ((0, 1, 3),), ((0, 1, -1),)])
def test_bad_clauses(clauses):
    with pytest.raises(InvalidInstance, match="clause 0"):
        OneInThreeInstance(3, clauses)


# ----------------------------------------------------------------------------------------------------- the construction


def test_positions_have_no_three_term_progression():
    positions = [without_progressions(i) for i in range(40)]
    assert positions[:9] == [0, 1, 3, 4, 9, 10, 12, 13, 27]
    assert not any(2 * y - x in positions[j + 1 :] for j, y in enumerate(positions) for x in positions[:j])


FOUR_TRIPLES = OneInThreeInstance(4, tuple(combinations(range(4), 3)))  # the smallest that cannot be satisfied


def formulas_up_to_renaming(most_variables, most_clauses):
    """One of each class of formulas that renaming variables and reordering clauses turns into each other."""
    for n in range(1, most_variables + 1):
        seen = set()
        for m in range(most_clauses + 1):
            for clauses in combinations_with_replacement(combinations(range(n), 3), m):
                names = permutations(range(n))
                same = min(tuple(sorted(tuple(sorted(p[v] for v in c)) for c in clauses)) for p in names)
                if same not in seen:
                    seen.add(same)
                    yield OneInThreeInstance(n, same)


def formulas_of_distinct_clauses(variables, clauses):
    """One of each class, as above, of formulas with so many clauses over different triples."""
    triples, names = list(combinations(range(variables), 3)), list(permutations(range(variables)))
    classes = {
        min(tuple(sorted(tuple(sorted(p[v] for v in c)) for c in chosen)) for p in names)
        for chosen in combinations(triples, clauses)
    }
    return [OneInThreeInstance(variables, chosen) for chosen in sorted(classes)]


def small_formulas():
    """Up to three clauses can always be satisfied; with four to six over five variables most formulas cannot."""
    yield from formulas_up_to_renaming(4, 3)
    yield FOUR_TRIPLES
    for clauses in (4, 5, 6):
        yield from formulas_of_distinct_clauses(5, clauses)


def choices_with_sum(labels, options):
    """Every choice of one vector of each list that sum to the labels, by indices; no vector has a negative entry."""
    if not options:
        if not any(labels):
            yield ()
        return
    for index, vector in enumerate(options[0]):
        left = list(labels)
        for i, v in vector.items():
            left[i] -= v
        if min(left) >= 0:
            yield from ((index, *others) for others in choices_with_sum(left, options[1:]))


def levee(slope, height, point):
    """From its definition; not the four neurons."""
    x = dict(point)
    return max(0, min(1, 2 - abs(x.get(1, 0) - height - slope * x.get(0, 0))))


@pytest.mark.slow
def test_among_all_choices_of_levees_exactly_the_solutions_fit(shares):
    """A choice fits iff it is consistent: a clause's slope names its only true variable. By the labels alone."""
    answers = Counter()
    for instance in small_formulas():
        target, gadgets, m = R.reduce(instance), list(Layout(instance).gadgets()), len(instance.clauses)
        levees = [
            [{i: v for i, (x, _, _) in enumerate(target.samples) if (v := levee(s, height, x))} for s in slopes]
            for slopes, height in gadgets
        ]
        fits = set(choices_with_sum([y for _, y, _ in target.samples], levees))
        solutions = set()
        for true in product((0, 1), repeat=instance.variables):
            if all(sum(true[v] for v in clause) == 1 for clause in instance.clauses):
                selected = [next(r for r, v in enumerate(c) if true[v]) for c in instance.clauses]
                solutions.add((*true, *selected))
        assert fits == solutions
        answers[bool(fits)] += 1
        for chosen in list(fits)[:2]:
            true = tuple(i for i in range(instance.variables) if chosen[i])
            net = R.forward(instance, true)
            slopes = [gadgets[g][0][index] for g, index in enumerate(chosen)]
            assert net == network_of_levees(slopes, [height for _, height in gadgets])
            assert TRAINING.accepts(target, net)
            assert R.backward(instance, net) == true
        check_size(R, instance, target)
        assert len(target.samples) == sum(31 + 2 * len(slopes) for slopes, _ in gadgets) + 3 * m
    shares(answers[True], answers[False])


def test_smallest_unsatisfiable_formula():
    """Any two of the four variables share a clause with a third and miss another: no choice of levees fits."""
    target, gadgets = R.reduce(FOUR_TRIPLES), list(Layout(FOUR_TRIPLES).gadgets())
    assert (target.neurons, len(target.samples)) == (32, 35 * 4 + 40 * 4)
    crossings = target.samples[-12:]
    values = {
        (g, s): [levee(s, h, x) for x, _, _ in crossings] for g, (slopes, h) in enumerate(gadgets) for s in slopes
    }
    for chosen in product(*(slopes for slopes, _ in gadgets)):
        rows = [values[g, s] for g, s in enumerate(chosen)]
        assert any(sum(column) != 1 for column in zip(*rows, strict=True))


def test_no_gadget_sees_another():
    """Whatever the slopes, the levee of one gadget is 0 on the samples of all others."""
    target, gadgets = R.reduce(FOUR_TRIPLES), list(Layout(FOUR_TRIPLES).gadgets())
    start = 0
    own = []
    for slopes, _ in gadgets:
        own.append(range(start, start := start + 31 + 2 * len(slopes)))
    for g, (slopes, height) in enumerate(gadgets):
        for s in (*slopes, *((s + t) / Fraction(2) for s, t in combinations(slopes, 2))):
            others = (x for i, (x, _, _) in enumerate(target.samples[:start]) if i not in own[g])
            assert not any(levee(s, height, x) for x in others)


def test_a_formula_without_clauses_or_variables():
    for instance in (OneInThreeInstance(0, ()), OneInThreeInstance(2, ())):
        target = R.reduce(instance)
        net = R.forward(instance, ())
        assert TRAINING.accepts(target, net)
        assert R.backward(instance, net) == ()
