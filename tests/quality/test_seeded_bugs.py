"""The laws find bugs: each of these wrong reductions is caught within 200 examples."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import find, settings

from reductions import (
    CircuitToRelu,
    ColoringToBoundedRelu,
    ColoringToReluSum,
    DensestSubgraphToBoundedRelu,
    LiftTargetError,
    PadDimension,
    ReluSumToReluNetwork,
    SetCoverToRelu,
)
from reductions.problems.training import Network, Sample, network
from verify.testkit import SOURCES, LawViolated, Undecided, check_laws


class EdgeLabelOne(ColoringToReluSum):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, samples=tuple(s._replace(y=1) for s in target.samples))


class VertexSampleMissing(ColoringToReluSum):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, samples=target.samples[1:])

    def size_bound(self, instance):
        return self.reduce(instance).size


class EdgeSampleMissing(VertexSampleMissing):
    def reduce(self, instance):
        target = ColoringToReluSum.reduce(self, instance)
        return replace(target, samples=target.samples[:-1]) if instance.edges else target


class DecodesSmallestWeight(ColoringToReluSum):
    def backward(self, instance, witness):
        rows = range(instance.colors)
        return tuple(min(rows, key=lambda j: witness.weights[j][v]) for v in range(instance.vertices))


class DecodesNonnegativeWeight(ColoringToReluSum):
    def backward(self, instance, witness):
        rows = range(instance.colors)
        return tuple(next(j for j in rows if witness.weights[j][v] >= 0) for v in range(instance.vertices))


class ForwardForGraphsOnly(ColoringToReluSum):
    def forward(self, instance, witness):
        return network([[1 if c == j else -1 for c in witness] for j in range(instance.colors)])


class GadgetOf2kSamples(ReluSumToReluNetwork):
    def reduce(self, instance):
        target = super().reduce(instance)
        first = len(instance.samples)
        return replace(target, samples=target.samples[:first] + target.samples[first + 1 :])

    def size_bound(self, instance):
        return self.reduce(instance).size


class GadgetLabelsMissAKink(ReluSumToReluNetwork):
    def size_bound(self, instance):
        return self.reduce(instance).size

    def reduce(self, instance):
        target, first, last_kink = super().reduce(instance), len(instance.samples), 2 * (instance.neurons - 1)

        def without_last_kink(s: Sample) -> Sample:
            return s._replace(y=s.y - max(s.x[0][1] - last_kink, 0))

        gadget = tuple(without_last_kink(s) for s in target.samples[first:])
        return replace(target, samples=target.samples[:first] + gadget)


class PadsWeightsInFront(PadDimension):
    def forward(self, instance, witness):
        rows = tuple(((0,) * self.extra + tuple(row)) for row in witness.weights)
        return Network(rows, witness.biases, witness.output)


class GammaTooLarge(SetCoverToRelu):
    """γ = 1 lets a set cost less than the elements that it covers."""

    @staticmethod
    def _gamma(instance):
        return Fraction(1)

    def size_bound(self, instance):
        return self.reduce(instance).size


class ElementSampleMissing(SetCoverToRelu):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, samples=target.samples[:1] + target.samples[2:])

    def size_bound(self, instance):
        return self.reduce(instance).size


class ThresholdOneSetTooHigh(SetCoverToRelu):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, threshold=target.threshold + self._gamma(instance) ** 2)


class DecodesNegativeWeights(SetCoverToRelu):
    """A slightly negative weight is no chosen set: its sample may still cost less than γ²."""

    def backward(self, instance, witness):
        return tuple(i for i in range(len(instance.sets)) if witness.weights[0][i] < 0)


class OrGateAsAndGate(CircuitToRelu):
    def reduce(self, instance):
        gates = tuple(gate._replace(kind="and") for gate in instance.gates)
        return super().reduce(replace(instance, gates=gates))

    def size_bound(self, instance):
        return self.reduce(instance).size


class OutputSampleMissing(CircuitToRelu):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, samples=target.samples[:1] + target.samples[2:])

    def size_bound(self, instance):
        return self.reduce(instance).size


class LiftsWithOneSample(LiftTargetError):
    """Without the second sample the new point can be fitted, and the old ones may be missed by γ."""

    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, samples=target.samples[:-1])

    def size_bound(self, instance):
        return self.reduce(instance).size


class LabelsNotScaled(ColoringToBoundedRelu):
    """Labels of 1 need weights of norm √n."""

    def _label(self, instance):
        return Fraction(1)

    def size_bound(self, instance):
        return self.reduce(instance).size


class DecodesLeastWeight(ColoringToBoundedRelu):
    def backward(self, instance, witness):
        rows = range(instance.colors)
        return tuple(min(rows, key=lambda j: witness.weights[j][v]) for v in range(instance.vertices))


class ThresholdOfOneMoreEdge(DensestSubgraphToBoundedRelu):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, threshold=self.intended_error(instance, instance.edges_wanted + 1))


class DecodesLightestVertices(DensestSubgraphToBoundedRelu):
    def backward(self, instance, witness):
        by_weight = sorted(range(instance.vertices), key=lambda v: witness.weights[0][v])
        return tuple(sorted(by_weight[: instance.kappa]))


BUGS = {
    "edge label 1 instead of 0": EdgeLabelOne(),
    "a vertex sample missing": VertexSampleMissing(),
    "an edge sample missing": EdgeSampleMissing(),
    "gadget with 2k samples": GadgetOf2kSamples(),
    "gadget labels with k - 1 kinks": GadgetLabelsMissAKink(),
    "decode by smallest weight": DecodesSmallestWeight(),
    "decode by weight >= 0": DecodesNonnegativeWeight(),
    "forward -1 on hyperedges": ForwardForGraphsOnly(),
    "zero weights in front": PadsWeightsInFront(),
    "gamma too large": GammaTooLarge(),
    "an element sample missing": ElementSampleMissing(),
    "threshold one set too high": ThresholdOneSetTooHigh(),
    "decode every negative weight": DecodesNegativeWeights(),
    "or gate as and gate": OrGateAsAndGate(),
    "output sample missing": OutputSampleMissing(),
    "target error lifted with one sample": LiftsWithOneSample(),
    "labels not scaled into the ball": LabelsNotScaled(),
    "decode by least weight": DecodesLeastWeight(),
    "threshold of one more edge": ThresholdOfOneMoreEdge(),
    "decode the lightest vertices": DecodesLightestVertices(),
}


@pytest.mark.parametrize("bug", BUGS)
def test_seeded_bug_is_caught(bug, monkeypatch):
    r = BUGS[bug]
    monkeypatch.setattr("verify.testkit.PATIENCE", 1)

    def violates(source):
        try:
            check_laws(r, source)
        except LawViolated:
            return True
        except Undecided:
            pass
        return False

    find(SOURCES[r.source.name], violates, settings=settings(max_examples=200, derandomize=True, database=None))
