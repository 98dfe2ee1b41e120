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
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.sat import Clause, SatInstance, TrueVariables
from relucert.reductions.problems.set_cover import Cover, SetCoverInstance
from relucert.reductions.problems.three_sat import ThreeSatInstance
from relucert.reductions.problems.vertex_cover import VertexCoverInstance
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


class VariableInNoClause(ThreeSatToVertexCover):
    """The target has variables that occur in a clause, and no others; the way back counts as if all of them did.

    Published with a map that raises on such a formula; here it shifts what stands behind the missing variable, so that
    there is an image to evaluate.
    """

    name = "variable-in-no-clause"

    def occurring(self, instance: ThreeSatInstance) -> list[int]:
        return sorted({abs(literal) for clause in instance.clauses for literal in clause})

    def compressed(self, instance: ThreeSatInstance) -> ThreeSatInstance:
        new = {v: i for i, v in enumerate(self.occurring(instance), 1)}
        clauses = (tuple(new[abs(x)] * (1 if x > 0 else -1) for x in clause) for clause in instance.clauses)
        return ThreeSatInstance(len(new), tuple(clauses))

    def reduce(self, instance: ThreeSatInstance) -> VertexCoverInstance:
        return super().reduce(self.compressed(instance))

    def forward(self, instance: ThreeSatInstance, witness: TrueVariables) -> Vertices:
        true = (i for i, v in enumerate(self.occurring(instance), 1) if v in witness)
        return super().forward(self.compressed(instance), tuple(true))

    def stages(self, instance: ThreeSatInstance) -> Iterator[Size]:
        return super().stages(self.compressed(instance))


class VariableInNoClauseMended(VariableInNoClause):
    """The way back looks up which variable is meant. One that occurs nowhere is false."""

    name = "variable-in-no-clause-mended"

    def backward(self, instance: ThreeSatInstance, witness: Vertices) -> TrueVariables:
        occurring = self.occurring(instance)
        return tuple(occurring[i - 1] for i in super().backward(self.compressed(instance), witness))


class PaddingReadAsSolution(VertexCoverToSetCover):
    """Empty sets pad the sets to a power of two, and a cover may list them; the way back takes them for vertices."""

    name = "padding-read-as-solution"
    sizes = formulas(universe="edges", sets="≤ 2*vertices", memberships="2*edges", budget="budget")

    def reduce(self, instance: VertexCoverInstance) -> SetCoverInstance:
        target = super().reduce(instance)
        padding = ((),) * (padded(instance.vertices) - instance.vertices)
        return SetCoverInstance(target.universe, target.sets + padding, target.budget)

    def stages(self, instance: VertexCoverInstance) -> Iterator[Size]:
        [size] = super().stages(instance)
        sets = padded(instance.vertices)
        yield Size({**size.measures, "sets": sets}, size.words + 20 * (sets - instance.vertices))


class PaddingReadAsSolutionMended(PaddingReadAsSolution):
    """The way back drops what is padding."""

    name = "padding-read-as-solution-mended"

    def backward(self, instance: VertexCoverInstance, witness: Cover) -> Vertices:
        return tuple(s for s in witness if s < instance.vertices)


def padded(count: int) -> int:
    """The next power of two; none for none."""
    return 1 << (count - 1).bit_length() if count else 0


class OverheadTooSmall(SatToThreeSat):
    """The construction is right, but the formula for its size counts one new variable for each clause.

    A clause of ℓ literals takes ℓ − 3 of them.
    """

    name = "overhead-too-small"
    sizes = formulas(variables="≤ variables + clauses", clauses="≤ 2*clauses", literals="≤ literals + 2*clauses")


class RoomTooSmall(SatToThreeSat):
    """The same formula, and a construction that relies on it: each long clause has room for one new variable.

    So two clauses share a variable if the first has five literals, and what is true of one may be false of the other.
    """

    name = "room-too-small"

    def room(self, clause: Clause) -> int:
        return int(len(clause) > 3)

    def new_variables(self, instance: SatInstance) -> Iterator[tuple[Clause, range]]:
        """Every clause and its new variables."""
        fresh = instance.variables + 1
        for clause in instance.clauses:
            yield clause, range(fresh, fresh + max(0, len(clause) - 3))
            fresh += self.room(clause)

    def reduce(self, instance: SatInstance) -> ThreeSatInstance:
        clauses = list[Clause]()
        for clause, new in self.new_variables(instance):
            if not new:
                clauses.append(clause)
                continue
            middle = zip(clause[2:-2], new, new[1:], strict=False)
            clauses += [(*clause[:2], new[0]), *((x, -y, z) for x, y, z in middle), (*clause[-2:], -new[-1])]
        return ThreeSatInstance(self.variables(instance), tuple(clauses))

    def variables(self, instance: SatInstance) -> int:
        return max((new.stop - 1 for _clause, new in self.new_variables(instance)), default=instance.variables)

    def forward(self, instance: SatInstance, witness: TrueVariables) -> TrueVariables:
        true = set(witness)
        for clause, new in self.new_variables(instance):
            first = next(i for i, literal in enumerate(clause) if (literal > 0) == (abs(literal) in witness))
            true.update(new[: max(0, first - 1)])
        return tuple(sorted(true))

    def stages(self, instance: SatInstance) -> Iterator[Size]:
        [size] = super().stages(instance)
        yield Size({**size.measures, "variables": self.variables(instance)}, size.words)


class RoomTooSmallMended(RoomTooSmall):
    """Room for as many new variables as the clause takes."""

    name = "room-too-small-mended"

    def room(self, clause: Clause) -> int:
        return max(0, len(clause) - 3)
