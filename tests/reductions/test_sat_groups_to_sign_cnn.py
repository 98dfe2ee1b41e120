"""Groups of clauses become samples: all filters against all assignments, both of them by brute force."""

from collections import Counter
from itertools import combinations, product
from random import Random

import pytest

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.natural_weights.sat_groups_to_sign_cnn import SatGroupsToSignCnn
from relucert.reductions.problems.sat_groups import SAT_GROUPS, Group, SatGroupsInstance
from relucert.reductions.problems.sign_cnn import SIGN_CNN
from relucert.verify.testing.laws import check_laws

CLAUSES = [
    tuple(sign * v for sign, v in zip(signs, variables, strict=True))
    for width in (1, 2)
    for variables in combinations((1, 2), width)
    for signs in product((1, -1), repeat=width)
]
GROUPS = [Group(label, (clause,)) for label in (0, 1) for clause in CLAUSES]
GROUPS += [Group(label, pair) for label in (0, 1) for pair in combinations(CLAUSES, 2)]
SCOPE = [SatGroupsInstance(2, pair) for pair in combinations(GROUPS, 2)]
SCOPE += [SatGroupsInstance(2, some) for many in (3, 4) for some in combinations(GROUPS[:16], many)]


def labels(instance: SatGroupsInstance, signs: tuple[int, ...], violated: bool) -> bool:
    """Whether label 1 means that a clause is violated, or else that a literal of one is false."""
    holds = any if violated else all
    return all(
        all(holds(literal * signs[abs(literal) - 1] > 0 for literal in c) for c in group.clauses) == (group.label == 0)
        for group in instance.groups
    )


@pytest.mark.parametrize("pinned", [True, False])
def test_the_fitting_filters_are_those_of_the_proof(pinned):
    reduction, answers = SatGroupsToSignCnn(pinned), []
    for instance in SCOPE:
        image = reduction.reduce(instance)
        fitting = [w for w in product((1, -1), repeat=3) if SIGN_CNN.accepts(image, w)]
        expected = [
            (*signs, bias)
            for signs in product((1, -1), repeat=2)
            for bias in ((1,) if pinned else (1, -1))
            if labels(instance, signs, violated=bias == 1)
        ]
        assert fitting == expected
        answers.append(bool(fitting))
        for w in fitting:
            if w[-1] == 1:
                true = reduction.backward(instance, w)
                assert SAT_GROUPS.accepts(instance, true)
                assert reduction.forward(instance, true) == w
        (stage,) = reduction.stages(instance)
        assert stage.measures == SIGN_CNN.size(image).measures
        assert stage.words >= SIGN_CNN.size(image).words
    assert 0.3 <= answers.count(False) / len(answers) < 0.9


@pytest.mark.thorough
def test_laws_on_all_sets_of_three_groups_of_one_clause_of_two_literals(shares):
    """Label 1 says what the assignment is, label 0 what it is not.

    So the YES are the sets of label 0 only, 1 + 4 + 6 + 4, and one of the four groups of label 1 with some of the three
    of label 0 for the other clauses, at most two of them: 4 · (1 + 3 + 3).
    """
    groups = [Group(label, (clause,)) for label in (0, 1) for clause in CLAUSES if len(clause) == 2]
    scope = [SatGroupsInstance(2, some) for many in range(4) for some in combinations(groups, many)]
    answers = Counter(check_laws(SatGroupsToSignCnn(), instance) for instance in scope)
    assert answers == {"YES": 15 + 28, "NO": 50}
    shares(answers["YES"], answers["NO"])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("planted", [True, False])
def test_twenty_groups_of_three_clauses_over_twelve_variables_are_certified(seed, planted):
    """A planted assignment makes a YES; coins as labels leave 2^(12 - 20) fitting assignments on the average."""
    rng = Random(f"{seed} {planted}")
    true = {v for v in range(1, 13) if rng.random() < 0.5}

    def group():
        rows = [sorted(rng.sample(range(1, 13), 3)) for _ in range(3)]
        clauses = tuple(tuple(v * rng.choice((1, -1)) for v in row) for row in rows)
        holds = all(any((v > 0) == (abs(v) in true) for v in clause) for clause in clauses)
        return Group(int(not holds) if planted else rng.randint(0, 1), clauses)

    instance = SatGroupsInstance(12, tuple(group() for _ in range(20)))
    assert check_laws(SatGroupsToSignCnn(), instance) == ("YES" if planted else "NO")


def test_a_filter_of_negative_bias_is_refused():
    instance = SatGroupsInstance(2, (Group(0, ((1, 2),)), Group(1, ((1, -2),)), Group(1, ((-1, 2),))))
    unpinned = SatGroupsToSignCnn(pinned=False)
    assert SIGN_CNN.accepts(unpinned.reduce(instance), (1, 1, -1))
    assert not unpinned.is_equivalence
    assert SatGroupsToSignCnn().is_equivalence
    with pytest.raises(InvalidInstance, match="bias"):
        unpinned.backward(instance, (1, 1, -1))
