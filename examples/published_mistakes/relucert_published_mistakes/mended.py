"""The reductions as they should be. The proofs stand in the docstrings; wrong.py changes one thing in each."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.classics.linear_time import LinearTime
from relucert.reductions.cost import Size
from relucert.reductions.graphs import Graph
from relucert_published_mistakes.consecutive_ones import CONSECUTIVE_ONES_SUBMATRIX, MatrixInstance, matrix_size
from relucert_published_mistakes.hamiltonian_path import HAMILTONIAN_PATH
from relucert_published_mistakes.job_shop import JOB_SHOP, JobShopInstance, Task, job_shop_size
from relucert_published_mistakes.listed import Numbers
from relucert_published_mistakes.partition import PARTITION, PartitionInstance
from relucert_published_mistakes.weight_constrained_path import WEIGHT_CONSTRAINED_PATH, PathInstance, path_size


class PartitionToPath(LinearTime[PartitionInstance, PathInstance]):
    """Some of n numbers have half of the sum S iff a path of n edges has length and weight at most ⌊S/2⌋ + n.

    Between vertices i and i + 1 stand edge 2i, of length a_i + 1 and weight 1, and edge 2i + 1 with these exchanged. A
    path takes one of each pair: if A is the sum of the a_i whose long edge it takes, it has length A + n and weight
    S − A + n. Both are at most ⌊S/2⌋ + n iff A ≤ ⌊S/2⌋ and A ≥ S − ⌊S/2⌋, that is, 2A = S.
    """

    name = "partition-to-weight-constrained-path"
    source = PARTITION
    target = WEIGHT_CONSTRAINED_PATH
    reference = "Garey, Johnson 1979, ND30 (Megiddo)"

    def reduce(self, instance: PartitionInstance) -> PathInstance:
        edges = []
        for i, a in enumerate(instance.numbers):
            edges += [(i, i + 1, a + 1, 1), (i, i + 1, 1, a + 1)]
        n, half = len(instance.numbers), sum(instance.numbers) // 2
        return PathInstance(n + 1, tuple(edges), self.length(instance), half + n)

    def length(self, instance: PartitionInstance) -> int:
        return sum(instance.numbers) // 2 + len(instance.numbers)

    def forward(self, instance: PartitionInstance, witness: Numbers) -> Numbers:
        return tuple(2 * i + (i not in witness) for i in range(len(instance.numbers)))

    def backward(self, instance: PartitionInstance, witness: Numbers) -> Numbers:
        return tuple(e // 2 for e in witness if e % 2 == 0)

    def stages(self, instance: PartitionInstance) -> Iterator[Size]:
        n = len(instance.numbers)
        yield path_size(n + 1, 2 * n, (sum(instance.numbers) + n).bit_length())


class PartitionToJobShop(LinearTime[PartitionInstance, JobShopInstance]):
    """Some numbers have half of the sum S iff two processors are ready by the time 2S + 1.

    Number a_i is a job of one task, of length 2a_i on processor 0. The last job, the separator, has a task of length S
    on processor 1, one of length 1 on processor 0, and another one of length S on processor 1. It takes 2S + 1, so in
    every schedule its middle task has the time from S to S + 1. Processor 0 has 2S + 1 to do, hence is never idle, and
    the tasks before the separator's take S: their numbers have the sum S/2. Conversely, let these go first.
    """

    name = "partition-to-job-shop"
    source = PARTITION
    target = JOB_SHOP
    reference = "Garey, Johnson, Sethi 1976"

    def separator(self, instance: PartitionInstance) -> tuple[Task, ...]:
        total = sum(instance.numbers)
        return (1, total), (0, 1), (1, total)

    def reduce(self, instance: PartitionInstance) -> JobShopInstance:
        numbers = tuple(((0, 2 * a),) for a in instance.numbers)
        return JobShopInstance((*numbers, self.separator(instance)), 2 * sum(instance.numbers) + 1)

    def forward(self, instance: PartitionInstance, witness: Numbers) -> Numbers:
        numbers, total = instance.numbers, sum(instance.numbers)
        starts, times = [0] * len(numbers), {True: 0, False: total + 1}
        for i, a in enumerate(numbers):
            starts[i] = times[i in witness]
            times[i in witness] += 2 * a
        return (*starts, 0, total, total + 1)

    def backward(self, instance: PartitionInstance, witness: Numbers) -> Numbers:
        n = len(instance.numbers)
        place = n + [processor for processor, _length in self.separator(instance)].index(0)
        return tuple(i for i in range(n) if witness[i] < witness[place])

    def stages(self, instance: PartitionInstance) -> Iterator[Size]:
        n = len(instance.numbers)
        yield job_shop_size(n + 1, n + len(self.separator(instance)), (2 * sum(instance.numbers) + 1).bit_length())


class HamiltonianPathToConsecutiveOnes(LinearTime[Graph, MatrixInstance]):
    """A graph of n vertices has a Hamiltonian path iff 2n − 1 edges of it with n pendant ones have consecutive ones.

    Construction. Every vertex gets a pendant edge to a new vertex. The rows are the 2n vertices, the columns the edges,
    first those of the graph, then the pendant ones; a column has its ones at the ends of its edge.

    Forward. Along the path, list the pendant edge of each vertex and the edge to the next one: the at most three edges
    of a vertex stand next to each other.

    Backward. Let 2n − 1 columns have consecutive ones; then so has each part of them, in the same order. A cycle of k
    edges would have k pairs that share a vertex, each of which stands together, but only k − 1 such places. So the
    edges, without a cycle, join all 2n vertices in a tree, which has all pendant edges. If a vertex v had three edges
    of the graph in it, keep of these the middle one, vu, between the two others: both its places are taken, and the
    pendant edge of u does not stand next to it. So no vertex has three, and without its pendant edges the tree, which
    joins all n vertices, is a path.

    Deviations. None; the pendant edges are those of Hajiaghayi and Ganjali.
    """

    name = "hamiltonian-path-to-consecutive-ones"
    source = HAMILTONIAN_PATH
    target = CONSECUTIVE_ONES_SUBMATRIX
    reference = "Hajiaghayi, Ganjali 2002"
    pendant = 1  # edges at every vertex

    def reduce(self, instance: Graph) -> MatrixInstance:
        n = instance.vertices
        edges = [*instance.edges, *((v, n + v) for v in range(n * self.pendant))]
        rows = tuple(tuple(int(v in e) for e in edges) for v in range(n + n * self.pendant))
        return MatrixInstance(rows, len(edges), len(rows) - 1)

    def forward(self, instance: Graph, witness: Numbers) -> Numbers:
        number, kept = {e: c for c, e in enumerate(instance.edges)}, list[int]()
        for i, v in enumerate(witness):
            if i:
                kept.append(number[min(witness[i - 1], v), max(witness[i - 1], v)])
            if self.pendant:
                kept.append(len(instance.edges) + v)
        return tuple(kept)

    def backward(self, instance: Graph, witness: Numbers) -> Numbers:
        """The path, from one of its ends."""
        neighbours: list[list[int]] = [[] for _vertex in range(instance.vertices)]
        for u, v in (instance.edges[c] for c in witness if c < len(instance.edges)):
            neighbours[u].append(v)
            neighbours[v].append(u)
        order = [next(v for v, others in enumerate(neighbours) if len(others) < 2)]
        while following := [v for v in neighbours[order[-1]] if v not in order[-2:]]:
            order.append(following[0])
        return tuple(order)

    def stages(self, instance: Graph) -> Iterator[Size]:
        n, m = instance.vertices, len(instance.edges)
        yield matrix_size(n + n * self.pendant, m + n * self.pendant, n + n * self.pendant - 1)
