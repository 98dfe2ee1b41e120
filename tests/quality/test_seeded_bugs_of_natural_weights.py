"""The laws find bugs in the reductions of natural weights, too, each within 200 examples, by the law that it breaks."""

from dataclasses import replace

import pytest
from test_seeded_bugs import find_broken

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.natural_weights.sat_groups_to_sign_cnn import SatGroupsToSignCnn
from relucert.reductions.problems.sign_cnn import SignCnn
from relucert.reductions.reduction import AnyReduction
from relucert.verify.testing.laws import Law

pytestmark = pytest.mark.thorough


class WithoutTheClip(SignCnn):
    """The output is a sum of ReLUs."""

    def accepts(self, instance, witness):
        if len(witness) != instance.weights:
            raise InvalidInstance("a filter of another length")

        def value(sample):
            products = (sum(w * x for w, x in zip(witness, patch, strict=True)) for patch in sample.patches)
            return sum(max(0, v) for v in products)

        return all(value(sample) == sample.label for sample in instance.samples)


class ClipForgotten(SatGroupsToSignCnn):
    """As if a group of label 1 had one violated clause, not more."""

    target = WithoutTheClip()


class BiasOfWidth(SatGroupsToSignCnn):
    """-K for -(K - 1) at the bias of a clause, which has a literal; the pinning sample has 1 there."""

    def reduce(self, instance):
        target = super().reduce(instance)

        def wrong(patch):
            return (*patch[:-1], patch[-1] - 1) if any(patch[:-1]) else patch

        return replace(target, samples=tuple(s._replace(patches=tuple(map(wrong, s.patches))) for s in target.samples))


class LiteralsOfTheOtherSign(SatGroupsToSignCnn):
    """1 at the variable of a positive literal, as if it were violated."""

    def reduce(self, instance):
        target = super().reduce(instance)

        def wrong(patch):
            return (*(-v for v in patch[:-1]), patch[-1])

        return replace(target, samples=tuple(s._replace(patches=tuple(map(wrong, s.patches))) for s in target.samples))


class NothingPinned(SatGroupsToSignCnn):
    """The last sample is 0 everywhere, of label 0: the bias may turn."""

    def reduce(self, instance):
        target = super().reduce(instance)
        zeros = ((0,) * target.weights,) * target.patches
        return replace(target, samples=(*target.samples[:-1], target.samples[-1]._replace(label=0, patches=zeros)))


class DecodesFalseVariables(SatGroupsToSignCnn):
    def backward(self, instance, witness):
        return tuple(v for v, sign in enumerate(witness[:-1], 1) if sign == -1)


# By the laws that must catch them: of these the first that is broken, and no other law is broken before.
BUGS: dict[tuple[Law, ...], list[AnyReduction]] = {
    (Law.FORWARD,): [ClipForgotten(), LiteralsOfTheOtherSign()],  # the image of a solution is none
    (Law.BACKWARD,): [DecodesFalseVariables()],  # a solution is decoded to none
    (Law.FORWARD, Law.BACKWARD, Law.ANSWER): [BiasOfWidth()],  # all outputs but the last one are 0
    (Law.BACKWARD, Law.ANSWER): [NothingPinned()],  # too much solves the target
}


@pytest.mark.parametrize(
    ("laws", "bug"),
    [pytest.param(laws, bug, id=type(bug).__name__) for laws, bugs in BUGS.items() for bug in bugs],
)
def test_seeded_bug_is_caught(laws, bug):
    assert find_broken(bug)[1] in laws
