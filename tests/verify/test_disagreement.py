"""What shows that a reduction is wrong: opposite answers, or the image of a solution that solves nothing."""

from dataclasses import replace

import pytest

from relucert.certificates.writer import Fails, Side, Yes
from relucert.reductions import CATALOGUE
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.reductions.problems.vertex_cover import VERTEX_COVER
from relucert.verify.certify import (
    CertificateRefused,
    ReductionRefuted,
    certify_agreement,
    certify_disagreement,
    certify_reduction,
)
from relucert.verify.provers.base import Unknown
from relucert.verify.testing.laws import decide_in_process

K3 = [[0, 1], [0, 2], [1, 2]]


def triangle(budget):
    return VERTEX_COVER.instance_from_json({"vertices": 3, "edges": K3, "budget": budget})


class Mine(VertexCoverToSetCover):
    name = "mine"


class More(Mine):
    def reduce(self, instance):
        return replace(super().reduce(instance), budget=instance.budget + 1)


class Less(Mine):
    def reduce(self, instance):
        return replace(super().reduce(instance), budget=instance.budget - 1)


def mapping(**maps):
    return type("Maps", (Mine,), {name: lambda self, instance, witness, f=f: f(witness) for name, f in maps.items()})()


@pytest.mark.parametrize(("budget", "answer"), [(1, "NO"), (2, "YES")])
def test_the_claim_depends_on_what_the_checker_knows(budget, answer):
    for r, claim in ((Mine(), "agreement"), (CATALOGUE[VertexCoverToSetCover.name](), "equivalence")):
        found = certify_reduction(r, triangle(budget), decide_in_process)
        assert (found.verdict.claim, found.answer, found.verdict.trusting) == (claim, answer, ())


@pytest.mark.parametrize(("r", "budget", "sides"), [(More(), 1, "NO/YES"), (Less(), 2, "YES/NO")])
def test_opposite_answers(r, budget, sides):
    with pytest.raises(ReductionRefuted) as finding:
        certify_reduction(r, triangle(budget), decide_in_process)
    assert (finding.value.disagreement.verdict.claim, finding.value.disagreement.answer) == ("disagreement", sides)
    two = (VERTEX_COVER, triangle(budget), SET_COVER, r.reduce(triangle(budget)))
    with pytest.raises(ReductionRefuted) as finding:
        certify_agreement(*two, decide_in_process)
    assert finding.value.disagreement.answer == sides


@pytest.mark.parametrize("image", [(), (0,), (7,), (1, 0)])  # a NO, a NO, another shape, another shape
def test_a_map_that_fails_is_shown_by_its_image(image):
    with pytest.raises(ReductionRefuted) as finding:
        certify_reduction(mapping(forward=lambda _: image), triangle(2), decide_in_process)
    assert finding.value.disagreement.answer == "YES/FAILS"

    def undecided(problem, instance):
        return Unknown("not asked") if problem is VERTEX_COVER else decide_in_process(problem, instance)

    with pytest.raises(ReductionRefuted) as finding:
        certify_reduction(mapping(backward=lambda _: image), triangle(2), undecided)
    assert finding.value.disagreement.answer == "FAILS/YES"


@pytest.mark.parametrize("image", [None, (0.5,), ("x",), 3])
def test_an_image_that_no_file_holds_is_refuted_without_a_certificate(image):
    with pytest.raises(ReductionRefuted) as finding:
        certify_reduction(mapping(forward=lambda _: image), triangle(2), decide_in_process)
    shown = finding.value.disagreement
    assert shown is None or shown.answer == "YES/FAILS"
    assert (shown is None) == (image != ("x",))


def test_a_map_that_raises_is_refuted_without_a_certificate():
    def fail(_):
        raise InvalidInstance("no")

    with pytest.raises(ReductionRefuted, match="the forward map fails on a witness") as finding:
        certify_reduction(mapping(forward=fail), triangle(2), decide_in_process)
    assert finding.value.disagreement is None


def test_a_disagreement_that_is_none_is_refused():
    yes = Side(VERTEX_COVER, triangle(2), Yes((0, 1)))
    with pytest.raises(CertificateRefused, match="what is said to fail solves the target"):
        certify_disagreement(yes, Side(SET_COVER, SetCoverInstance(1, ((0,),), 1), Fails([0])))
    with pytest.raises(CertificateRefused, match="of the sides one is YES"):
        certify_disagreement(yes, yes)
