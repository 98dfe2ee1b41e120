"""Formulas as people write them become points in the plane, link by certified link, with the same answer."""

import pytest

from relucert.reductions.classics.sat_to_three_sat import SatToThreeSat
from relucert.reductions.classics.three_sat_to_one_in_three import ThreeSatToOneInThree
from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.fixed_dimension.one_in_three_to_thresholds import OneInThreeToThresholds
from relucert.reductions.problems.sat import SatInstance
from relucert.verify.certify import certify_reduction
from relucert.verify.testing.laws import decide_in_process

IMPLICATION = SatInstance(2, ((1, -2), (2,)))
CONTRADICTION = SatInstance(1, ((1,), (-1,)))


def answers_along(instance, *chain):
    answers = []
    for r in chain:
        answers.append(certify_reduction(r, instance, decide_in_process).answer)
        instance = r.reduce(instance)
    return answers


@pytest.mark.parametrize("last", [OneInThreeToPlane(), OneInThreeToThresholds()], ids=lambda r: r.name)
def test_an_implication(last):
    assert answers_along(IMPLICATION, SatToThreeSat(), ThreeSatToOneInThree(), last) == ["YES"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("last", [OneInThreeToPlane(), OneInThreeToThresholds()], ids=lambda r: r.name)
def test_a_contradiction(last):
    """By ReLUs it takes minutes, and some 135,000 steps."""
    assert answers_along(CONTRADICTION, SatToThreeSat(), ThreeSatToOneInThree(), last) == ["NO"] * 3
