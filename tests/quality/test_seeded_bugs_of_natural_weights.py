"""The laws find bugs in the reductions of natural weights, too, each within 200 examples, by the law that it breaks."""

from dataclasses import replace
from fractions import Fraction

import pytest
from test_seeded_bugs import find_broken

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.matrices import inverse, transposed
from relucert.reductions.natural_weights.sat_groups_to_sign_cnn import SatGroupsToSignCnn
from relucert.reductions.natural_weights.sign_cnn_to_random_cnn import SignCnnToRandomCnn
from relucert.reductions.natural_weights.sign_cnn_to_random_network import SignCnnToRandomNetwork
from relucert.reductions.problems.random_network import RandomNetwork
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


class MForItsTranspose(SignCnnToRandomNetwork):
    """Points are multiplied by M⁻¹, not by (Mᵀ)⁻¹: seen only where a block has two rows and is not symmetric."""

    def matrix(self, weights, patches):
        m = super().matrix(weights, patches)
        return m._replace(blocks=[undo._replace(rows=transposed(undo.rows)) for undo in m.blocks])


class PatchAfterPatch(SignCnnToRandomNetwork):
    """Coordinate b·t + r taken for r·k + b."""

    def reduce(self, instance):
        t, k, target = instance.weights, instance.patches, super().reduce(instance)

        def moved(x):
            return tuple(x[b * t + r] for r in range(t) for b in range(k))

        return replace(target, samples=tuple(s._replace(point=moved(s.point)) for s in target.samples))


class ScaleForgotten(SignCnnToRandomNetwork):
    """The network has weights ±r, the points are those of r = 1."""

    def __init__(self):
        super().__init__(law="signs", scale=3)

    def matrix(self, weights, patches):
        m = super().matrix(weights, patches)
        return m._replace(blocks=[undo.over(Fraction(1, self.scale)) for undo in m.blocks])


class DecodesAnyNetwork(SignCnnToRandomNetwork):
    """A sign is read off one weight, without the block."""

    def backward(self, instance, witness):
        return tuple(1 if witness and witness[0][r] > 0 else -1 for r in range(instance.weights))


class WithoutTheClipOfNetworks(RandomNetwork):
    """The output is a sum of ReLUs."""

    def accepts(self, instance, witness):
        if len(witness) != instance.neurons:
            raise InvalidInstance("a network of another size")

        def value(x):
            return sum(max(0, sum(v * a for v, a in zip(neuron, x, strict=True))) for neuron in witness)

        return all(value(x) == label for label, x in instance.samples)


class ClipOfNetworksForgotten(SignCnnToRandomNetwork):
    target = WithoutTheClipOfNetworks()


class TriangularForItsTranspose(SignCnnToRandomCnn):
    """A has ones on and above the diagonal, and patches are multiplied by A⁻¹, not by (Aᵀ)⁻¹."""

    def matrix(self, weights):
        a = tuple(tuple(int(i <= j) for j in range(weights)) for i in range(weights))
        return super().matrix(weights)._replace(matrix=a, core=inverse(a))


class PatchesMultiplied(SignCnnToRandomCnn):
    """Patches are multiplied by Aᵀ, not by its inverse."""

    def matrix(self, weights):
        a = super().matrix(weights)
        return a._replace(core=tuple(1 / v for v in a.core))


class DecodesFalseVariables(SatGroupsToSignCnn):
    def backward(self, instance, witness):
        return tuple(v for v, sign in enumerate(witness[:-1], 1) if sign == -1)


# By the laws that must catch them: of these the first that is broken, and no other law is broken before.
BUGS: dict[tuple[Law, ...], list[AnyReduction]] = {
    # the image of a solution is none
    (Law.FORWARD,): [ClipForgotten(), ClipOfNetworksForgotten(), LiteralsOfTheOtherSign()],
    (Law.BACKWARD,): [DecodesFalseVariables(), DecodesAnyNetwork()],  # a solution is decoded to none
    (Law.FORWARD, Law.BACKWARD, Law.ANSWER): [  # other outputs than those of the source
        *(BiasOfWidth(), MForItsTranspose(), PatchAfterPatch(), ScaleForgotten()),
        *(TriangularForItsTranspose(), PatchesMultiplied()),
    ],
    (Law.BACKWARD, Law.ANSWER): [NothingPinned()],  # too much solves the target
}


@pytest.mark.parametrize(
    ("laws", "bug"),
    [pytest.param(laws, bug, id=type(bug).__name__) for laws, bugs in BUGS.items() for bug in bugs],
)
def test_seeded_bug_is_caught(laws, bug):
    assert find_broken(bug)[1] in laws
