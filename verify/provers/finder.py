"""A network that fits exactly, without a proof if there is none: first where samples suggest its pieces."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers import mixed_integer, pieces
from relucert.verify.provers.base import Deadline, OutOfTime

SHARE = 3 / 4  # of the time, for what pieces suggest
MOST_WEIGHTS = 4  # of a neuron for Z3, which has rational numbers; more are for mixed-integer programming


def network(instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> Network | None:
    """An exact fit by ReLUs, if one is found; cases: how many output weights may be 1, the others being −1.

    Raises OutOfTime if there might have been one for longer searches.
    """
    found = None
    with suppress(OutOfTime):
        if instance.dimension + instance.bias <= MOST_WEIGHTS:
            found = pieces.network(instance, cases, deadline.part(SHARE))
        else:
            for suggested in pieces.affine_pieces(instance)[:1]:
                found = mixed_integer.network(instance, cases, deadline.part(SHARE), suggested)
    return found or mixed_integer.network(instance, cases, deadline)
