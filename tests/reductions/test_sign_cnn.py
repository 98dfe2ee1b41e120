"""The statement of sign-CNN, on the samples that groups of clauses become without a sample that forces the bias."""

from fractions import Fraction
from itertools import product

import pytest

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.sat_groups import SAT_GROUPS, Group, SatGroupsInstance
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Sample, SignCnnInstance, output

FILTERS = list(product((1, -1), repeat=3))


def test_the_bias_may_turn_so_that_no_assignment_but_a_filter_fits():
    """(x1 or x2) holds, (x1 or not x2) and (not x1 or x2) fail: impossible, yet a filter of bias -1 fits."""
    clauses = ((1, 2), 0), ((1, -2), 1), ((-1, 2), 1)
    groups = SatGroupsInstance(2, tuple(Group(label, (clause,)) for clause, label in clauses))
    assert not any(SAT_GROUPS.accepts(groups, true) for true in ((), (1,), (2,), (1, 2)))
    # the patch of a clause: -1 at a positive literal, 1 at a negative one, -(K - 1) = -1 at the bias
    samples = Sample(0, ((-1, -1, -1),)), Sample(1, ((-1, 1, -1),)), Sample(1, ((1, -1, -1),))
    instance = SignCnnInstance(3, samples)
    assert [w for w in FILTERS if SIGN_CNN.accepts(instance, w)] == [(1, 1, -1)]
    pinned = SignCnnInstance(3, (*samples, Sample(1, ((0, 0, 1),))))
    assert not any(SIGN_CNN.accepts(pinned, w) for w in FILTERS)


def test_the_output_is_clipped_and_exact():
    assert output((1,), [(Fraction(1, 3),), (Fraction(1, 6),)]) == Fraction(1, 2)
    assert output((1,), [(2,), (-5,)]) == 1
    assert output((-1,), [(2,)]) == 0


def test_json_both_ways():
    instance = SignCnnInstance(1, (Sample(1, ((Fraction(1, 2),), (3,))),))
    data = SIGN_CNN.instance_to_json(instance)
    assert data == {"weights": 1, "samples": [{"label": 1, "patches": [["1/2"], [3]]}]}
    assert SIGN_CNN.instance_from_json(data) == instance


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"weights":1,"samples":[{"label":2,"patches":[[1]]}]}', "sample 0: the label is 0 or 1"),
        ('{"weights":1,"samples":[{"label":1,"patches":[[1,2]]}]}', "sample 0, patch 0: 2 numbers"),
        ('{"weights":1,"samples":[{"label":1,"patches":[[1]]},{"label":1,"patches":[]}]}', "sample 1: 0 patches"),
        ('{"weights":1,"samples":[{"label":1,"patches":[["2/2"]]}]}', "lowest terms"),
    ],
)
def test_bad_files(text, message):
    with pytest.raises(InvalidInstance, match=message):
        SIGN_CNN.read(text, ".json", {})


@pytest.mark.parametrize("witness", [(), (1, 1), (0,), (True,)])
def test_bad_filters(witness):
    with pytest.raises(InvalidInstance, match="a filter lists"):
        SIGN_CNN.accepts(SignCnnInstance(1, ()), witness)
