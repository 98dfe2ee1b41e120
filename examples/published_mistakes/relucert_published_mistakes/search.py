"""How the problems are decided and tested. Nobody has to trust this."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import combinations, permutations
from typing import TYPE_CHECKING

from relucert.reductions.graphs import Graph
from relucert.verify.provers.base import Model
from relucert.verify.search import Search
from relucert.verify.subsets import SubsetSearch, subsets
from relucert_published_mistakes.consecutive_ones import (
    CONSECUTIVE_ONES_SUBMATRIX,
    ConsecutiveOnesEncoding,
    MatrixInstance,
)
from relucert_published_mistakes.hamiltonian_path import HAMILTONIAN_PATH, HamiltonianPathEncoding
from relucert_published_mistakes.job_shop import JOB_SHOP, JobShopEncoding, JobShopInstance
from relucert_published_mistakes.listed import Numbers
from relucert_published_mistakes.partition import PARTITION, PartitionEncoding, PartitionInstance
from relucert_published_mistakes.weight_constrained_path import WEIGHT_CONSTRAINED_PATH, PathEncoding, PathInstance

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class PartitionSearch(SubsetSearch[PartitionInstance]):
    problem = PARTITION
    encoding = PartitionEncoding()

    def items(self, instance: PartitionInstance) -> range:
        return range(len(instance.numbers))

    def candidates(self, instance: PartitionInstance) -> Iterable[Numbers]:
        return subsets(self.items(instance))

    def instances(self) -> SearchStrategy[PartitionInstance]:
        """Up to four numbers up to seven; for half of them the sum is odd."""
        from hypothesis import strategies as st

        return st.lists(st.integers(1, 7), min_size=1, max_size=4).map(lambda drawn: PartitionInstance(tuple(drawn)))


class PathSearch(Search[PathInstance, Numbers]):
    problem = WEIGHT_CONSTRAINED_PATH
    encoding = PathEncoding()

    def witness(self, instance: PathInstance, case: int, model: Model) -> Numbers:
        """The path that starts at the first vertex, without the cycles that the model may have elsewhere."""
        path, here = list[int](), 0
        while here != instance.vertices - 1:
            path.append(next(e for e in instance.at(here) if 1 + e in model.true and e not in path[-1:]))
            u, v, _length, _weight = instance.edges[path[-1]]
            here = u + v - here
        return tuple(path)

    def candidates(self, instance: PathInstance) -> Iterator[Numbers]:
        """All simple paths."""

        def beyond(path: Numbers, visited: Numbers) -> Iterator[Numbers]:
            if visited[-1] == instance.vertices - 1:
                yield path
                return
            for e in instance.at(visited[-1]):
                there = sum(instance.edges[e][:2]) - visited[-1]
                if there not in visited:
                    yield from beyond((*path, e), (*visited, there))

        return beyond((), (0,))


class JobShopSearch(Search[JobShopInstance, Numbers]):
    problem = JOB_SHOP
    encoding = JobShopEncoding()
    provers = ("z3", "lp")

    def witness(self, instance: JobShopInstance, case: int, model: Model) -> Numbers:
        starts = [model.reals.get(1 + t, 0) for t in range(len(instance.tasks))]
        return earliest(instance, sorted(range(len(starts)), key=starts.__getitem__))

    def candidates(self, instance: JobShopInstance) -> Iterator[Numbers]:
        """The earliest starts for every order in which tasks are started, each after those before it in its job."""

        def orders(done: list[int], order: list[int]) -> Iterator[Numbers]:
            if len(order) == len(instance.tasks):
                yield earliest(instance, order)
            first = 0
            for j, job in enumerate(instance.jobs):
                if done[j] < len(job):
                    yield from orders([*done[:j], done[j] + 1, *done[j + 1 :]], [*order, first + done[j]])
                first += len(job)

        return orders([0] * len(instance.jobs), [])


def earliest(instance: JobShopInstance, order: Iterable[int]) -> Numbers:
    """The earliest starts if tasks are started in this order."""
    tasks = instance.tasks
    job = [j for j, own in enumerate(instance.jobs) for _task in own]
    starts, free_job, free_processor = [0] * len(tasks), dict[int, int](), dict[int, int]()
    for t in order:
        processor, length = tasks[t]
        starts[t] = max(free_job.get(job[t], 0), free_processor.get(processor, 0))
        free_job[job[t]] = free_processor[processor] = starts[t] + length
    return tuple(starts)


class HamiltonianPathSearch(Search[Graph, Numbers]):
    problem = HAMILTONIAN_PATH
    encoding = HamiltonianPathEncoding()

    def witness(self, instance: Graph, case: int, model: Model) -> Numbers:
        n = instance.vertices
        return tuple(next(v for v in range(n) if 1 + n * i + v in model.true) for i in range(n))

    def candidates(self, instance: Graph) -> Iterable[Numbers]:
        return permutations(range(instance.vertices))

    def instances(self) -> SearchStrategy[Graph]:
        """One to four vertices, and any of the edges."""
        from hypothesis import strategies as st

        def with_edges(n: int) -> SearchStrategy[Graph]:
            pairs = list(combinations(range(n), 2))
            edges = st.sets(st.sampled_from(pairs)) if pairs else st.just(set())
            return edges.map(lambda drawn: Graph(n, tuple(sorted(drawn))))

        return st.sampled_from((1, 2, 3, 4, 4, 4)).flatmap(with_edges)


class ConsecutiveOnesSearch(Search[MatrixInstance, Numbers]):
    problem = CONSECUTIVE_ONES_SUBMATRIX
    encoding = ConsecutiveOnesEncoding()

    def witness(self, instance: MatrixInstance, case: int, model: Model) -> Numbers:
        """The kept columns in their order, of which as many as are asked for."""
        true, columns = model.true, range(instance.columns)
        atoms = enumerate(combinations(columns, 2), 1 + instance.columns)
        later = [d if atom in true else c for atom, (c, d) in atoms]
        order = sorted(columns, key=later.count)
        return tuple(c for c in order if 1 + c in true)[: instance.keep]

    def candidates(self, instance: MatrixInstance) -> Iterable[Numbers]:
        return permutations(range(instance.columns), instance.keep)

    def more(self, instance: MatrixInstance, witnesses: list[Numbers], rng: random.Random) -> Iterator[Numbers]:
        """The given ones; with one column exchanged, or two; and the other way round."""
        yield from witnesses
        for kept in witnesses:
            yield kept[::-1]
            spare = [c for c in range(instance.columns) if c not in kept]
            changed = [(*kept[:i], c, *kept[i + 1 :]) for i in range(len(kept)) for c in spare]
            for i, j in combinations(range(len(kept)), 2):
                swapped = list(kept)
                swapped[i], swapped[j] = kept[j], kept[i]
                changed.append(tuple(swapped))
            yield from (other for other in changed if self.problem.accepts(instance, other))


PARTITION_SEARCH = PartitionSearch()
PATH_SEARCH = PathSearch()
JOB_SHOP_SEARCH = JobShopSearch()
HAMILTONIAN_PATH_SEARCH = HamiltonianPathSearch()
CONSECUTIVE_ONES_SEARCH = ConsecutiveOnesSearch()
