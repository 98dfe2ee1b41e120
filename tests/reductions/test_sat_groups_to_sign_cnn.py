"""Groups of clauses become samples: all filters against all assignments, both of them by brute force."""

from itertools import combinations, product

import pytest

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.natural_weights.sat_groups_to_sign_cnn import SatGroupsToSignCnn
from relucert.reductions.problems.sat_groups import SAT_GROUPS, Group, SatGroupsInstance
from relucert.reductions.problems.sign_cnn import SIGN_CNN

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


def test_a_filter_of_negative_bias_is_refused():
    instance = SatGroupsInstance(2, (Group(0, ((1, 2),)), Group(1, ((1, -2),)), Group(1, ((-1, 2),))))
    unpinned = SatGroupsToSignCnn(pinned=False)
    assert SIGN_CNN.accepts(unpinned.reduce(instance), (1, 1, -1))
    assert not unpinned.is_equivalence
    assert SatGroupsToSignCnn().is_equivalence
    with pytest.raises(InvalidInstance, match="bias"):
        unpinned.backward(instance, (1, 1, -1))
