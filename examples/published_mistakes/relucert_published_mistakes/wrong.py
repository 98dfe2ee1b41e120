"""The mistakes, each in one place of a reduction that is right without it. README.md says where they come from.

Nothing here is offered to be trusted: `relucert fuzz relucert_published_mistakes.wrong:NAME` takes these classes as
module:Class.
"""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.classics.sat_to_three_sat import SatToThreeSat
from relucert.reductions.classics.three_sat_to_vertex_cover import ThreeSatToVertexCover
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.cost import Size, formulas
from relucert.reductions.graphs import Graph, Vertices
from relucert.reductions.problems.sat import Clause, SatInstance, TrueVariables
from relucert.reductions.problems.set_cover import SET_COVER, Cover, SetCoverInstance
from relucert.reductions.problems.three_sat import THREE_SAT, ThreeSatInstance
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance
from relucert_published_mistakes.job_shop import Task
from relucert_published_mistakes.mended import (
    HamiltonianPathToConsecutiveOnes,
    PartitionToJobShop,
    PartitionToPath,
)
from relucert_published_mistakes.partition import PartitionInstance


class OneBoundOnly(PartitionToPath):
    """At most where exactly is needed: the weight is bounded by half of the sum, the length by nothing.

    A weight of at most ⌊S/2⌋ + n, which the path of all light edges has, says nothing about half of the sum; it takes
    the bound from the other side, too.
    """

    name = "one-bound-only"

    def length(self, instance: PartitionInstance) -> int:
        return sum(instance.numbers) + len(instance.numbers)


class SeparatorOnOneProcessor(PartitionToJobShop):
    """The separator occupies one processor of two, and nothing holds it in the middle."""

    name = "separator-on-one-processor"

    def separator(self, instance: PartitionInstance) -> tuple[Task, ...]:
        return ((0, 1),)

    def forward(self, instance: PartitionInstance, witness: tuple[int, ...]) -> tuple[int, ...]:
        *numbers, _before, middle, _after = (*super().forward(instance, witness)[:-2], 0, sum(instance.numbers), 0)
        return (*numbers[: len(instance.numbers)], middle)


class NoPendantEdges(HamiltonianPathToConsecutiveOnes):
    """What is necessary is taken for sufficient: the edges of a Hamiltonian path have consecutive ones, as have others.

    For instance those of a star.
    """

    name = "no-pendant-edges"
    pendant = 0
