"""Job-shop scheduling: Garey, Johnson 1979, SS18."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, Linear, atom_words, clause_words
from relucert.certificates.properties import Property
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import json_count, json_fields, json_int, json_list
from relucert_published_mistakes.listed import ListedProblem, Numbers, rows

Task = tuple[int, int]  # processor, length ≥ 1


@dataclass(frozen=True)
class JobShopInstance:
    """Each job has tasks, to be done in this order; one task follows another on a different processor."""

    jobs: tuple[tuple[Task, ...], ...]
    deadline: int

    def __post_init__(self) -> None:
        for job in self.jobs:
            if any(length < 1 for _processor, length in job) or any(one[0] == other[0] for one, other in pairwise(job)):
                raise InvalidInstance("tasks have a length ≥ 1, and a processor that the task before does not have")

    @property
    def tasks(self) -> list[Task]:
        return [task for job in self.jobs for task in job]

    def successive(self) -> Iterator[tuple[int, int]]:
        """The numbers of tasks of which one directly follows the other in a job."""
        first = 0
        for job in self.jobs:
            yield from pairwise(range(first, first + len(job)))
            first += len(job)

    def rivals(self) -> Iterator[tuple[int, int]]:
        """The numbers of tasks that have the same processor."""
        numbered = enumerate(self.tasks)
        return ((t, u) for (t, one), (u, other) in combinations(numbered, 2) if one[0] == other[0])


class JobShop(ListedProblem[JobShopInstance]):
    """Decide whether all tasks end by the deadline, each processor doing one at a time. A schedule lists their starts.

    >>> crossing = JobShopInstance((((0, 1), (1, 2)), ((1, 2), (0, 1))), deadline=4)
    >>> [JOB_SHOP.accepts(crossing, starts) for starts in ((0, 2, 0, 2), (0, 2, 0, 3), (0, 1, 0, 2))]
    [True, True, False]
    """

    name = "job-shop"
    items = "tasks"

    def accepts(self, instance: JobShopInstance, witness: Numbers) -> bool:
        tasks = instance.tasks
        if len(witness) != len(tasks) or any(start < 0 for start in witness):
            raise InvalidInstance("a schedule lists one start ≥ 0 for each task")
        ends = [start + length for start, (_processor, length) in zip(witness, tasks, strict=True)]
        return (
            all(end <= instance.deadline for end in ends)
            and all(ends[t] <= witness[u] for t, u in instance.successive())
            and all(ends[t] <= witness[u] or ends[u] <= witness[t] for t, u in instance.rivals())
        )

    def work(self, instance: JobShopInstance, witness: Numbers) -> int:
        return super().work(instance, witness) + 10 * len(instance.tasks) ** 2

    def size(self, instance: JobShopInstance) -> Size:
        tasks = instance.tasks
        bits = max((length.bit_length() for _processor, length in tasks), default=0)
        return job_shop_size(len(instance.jobs), len(tasks), max(bits, instance.deadline.bit_length()))

    def instance_to_json(self, instance: JobShopInstance) -> Any:
        return {"deadline": instance.deadline, "jobs": [[list(task) for task in job] for job in instance.jobs]}

    def instance_from_json(self, data: Any) -> JobShopInstance:
        data = json_fields(data, {"deadline", "jobs"})
        jobs = (json_list(job, "job") for job in json_list(data["jobs"], "jobs"))
        return JobShopInstance(tuple(tuple(map(_task, job)) for job in jobs), json_int(data["deadline"], "deadline", 0))


def _task(data: Any) -> Task:
    if len(json_list(data, "task")) != 2:
        raise InvalidInstance("a task has a processor and a length")
    return json_count(data[0], "processor"), json_int(data[1], "length", 1)


def job_shop_size(jobs: int, tasks: int, bits: int) -> Size:
    return Size({"jobs": jobs, "tasks": tasks}, rows(jobs + tasks, 2 * tasks, bits))


JOB_SHOP = JobShop()


class JobShopEncoding(Propositional[JobShopInstance, Numbers]):
    """Real 1 + t: the start of task t. One atom for each bound, each order of a job, and both orders of two rivals."""

    problem = JOB_SHOP

    def words(self, instance: JobShopInstance, choice: Any, claimed: Property = ()) -> int:
        length = 2 + self.problem.size(instance).words // 60
        atom = atom_words(2, length) + clause_words(2)
        return 200 + len(instance.tasks) * 4 * atom + len(instance.tasks) ** 2 * atom

    def of(self, instance: JobShopInstance) -> Formula:
        formula, tasks = Formula(), instance.tasks

        def before(t: int, u: int) -> int:
            """The atom: task t ends by the start of task u."""
            signs = sorted(((1 + t, 1), (1 + u, -1)))
            return formula.new_atom(Linear(tuple(signs), -tasks[t][1]))

        for t, (_processor, length) in enumerate(tasks):
            formula.add_clause(formula.new_atom(Linear(((1 + t, -1),), 0)))
            formula.add_clause(formula.new_atom(Linear(((1 + t, 1),), instance.deadline - length)))
        for t, u in instance.successive():
            formula.add_clause(before(t, u))
        for t, u in instance.rivals():
            formula.add_clause(before(t, u), before(u, t))
        return formula

    def values(self, instance: JobShopInstance, witness: Numbers) -> Assignment:
        return Assignment({1 + t: start for t, start in enumerate(witness)})
