"""What the classical reductions share: their maps visit every word of both instances a few times."""

from __future__ import annotations

from typing import Any, TypeVar

from relucert.reductions.cost import Size
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import Reduction

I = TypeVar("I")  # noqa: E741
J = TypeVar("J")
Numbers = tuple[int, ...]


class LinearTime(Reduction[I, Numbers, J, Numbers]):
    """A reduction between problems whose witnesses list numbers, with maps that take linear time."""

    def work(self, instance: I, witness: Numbers | None = None, image: Numbers | None = None) -> int:
        *_, target = self.stages(instance)
        source = self.source.size(instance)
        listed = _length(witness, self.source, source) + _length(image, self.target, target)
        return 1000 + 2 * (source.words + target.words) + 4 * listed


def _length(witness: Numbers | None, problem: Problem[Any, Numbers], size: Size) -> int:
    """How many numbers a witness lists, at most; one that is still to be found has at most one for every item."""
    if witness is None:
        return 0
    return len(witness) if isinstance(witness, tuple) else size.measures[problem.items]
