"""How many signs a network misses: which networks can have both, and what is known of the others."""

from __future__ import annotations

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.training import TrainingInstance, signed


def with_both_signs(instance: TrainingInstance) -> TrainingInstance:
    """The instance whose l0 loss is how many labels ±1 have not the sign of the value.

    Raises InvalidInstance, also if no network of the class has values of both signs.
    """
    found = signed(instance)
    if instance.activation == "threshold" or instance.alpha:
        return found
    if instance.neurons == 1:
        how = f"activation = threshold{'' if instance.bias else ' and bias = true'}"
        raise InvalidInstance(f"loss = sign: {least_of_one(instance)}; take {how}")
    if instance.output == "ones":
        raise InvalidInstance("loss = sign: a sum of ReLUs is never negative; take output = signs")
    return found


def least_of_one(instance: TrainingInstance) -> str:
    """What the least loss of signs is of one ReLU, in words: it misses all samples of one label, and of the other none
    if it has a bias. Without one max(0, w·x) is positive in an open half-space through 0 only."""
    of = {y: sum(s.multiplicity for s in instance.samples if s.y == y) for y in (1, -1)}
    if instance.output == "ones":
        least, why, whose, other = of[-1], "one ReLU is never negative", "the label -1 has", "the label 1"
    else:
        least, why, whose = min(of.values()), "values of one ReLU have one sign", "the rarer label has"
        other = "one label" if of[1] == of[-1] else "the other label"
    if instance.bias:
        return f"{why}, so that with a bias the least loss is {least}, as many as {whose}, whatever the points are"
    return (
        f"{why}, so that without a bias the least loss is {least}, as many as {whose}, if some w has w·x > 0 for all "
        f"samples of {other}, and more if none has"
    )
