"""Work in processes that are used again and again; one that takes too long or dies costs one piece of work."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

_FORK = multiprocessing.get_context("fork")  # what all pieces of work share is not copied
CHUNK = 16  # pieces that a process is given at a time, or fewer towards the end

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    tasks: Sequence[T], work: Callable[[T], R], failed: Callable[[T, str], R], jobs: int, seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[R]:  # fmt: skip
    """The results in the order in which they come, of each task one.

    failed: the result of a task whose process took more than `seconds` of the clock for it, or died.
    """
    waiting = deque(range(len(tasks)))
    workers: dict[Connection, _Worker[T, R]] = {}
    try:
        for _ in range(min(jobs, len(tasks))):
            worker = _Worker(tasks, work, clock)
            workers[worker.connection] = worker
        while True:
            for worker in workers.values():
                worker.feed(waiting, min(CHUNK, 1 + len(waiting) // (2 * jobs)))
            busy = {connection: worker for connection, worker in workers.items() if worker.given}
            if not busy:
                return
            first = min(worker.since for worker in busy.values())
            wait(list(busy), min(max(0.0, first + seconds - clock()), 3600))
            for connection, worker in busy.items():
                yield from worker.results()
                late = clock() - worker.since > seconds and not connection.poll()
                if worker.given and (late or worker.dead):
                    reason = f"more than {seconds:g} s" if late else f"its process died ({worker.end()})"
                    worker.end()
                    yield failed(tasks[worker.given[0]], reason)
                    waiting.extend([*worker.given][1:])
                    del workers[connection]
                    if waiting:
                        worker = _Worker(tasks, work, clock)
                        workers[worker.connection] = worker
    finally:
        for worker in workers.values():
            worker.end()


class _Worker(Generic[T, R]):
    """given: the numbers of the tasks that it has and has not done, in order; since: when it began with the first."""

    def __init__(self, tasks: Sequence[T], work: Callable[[T], R], clock: Callable[[], float]) -> None:
        self.clock = clock
        self.connection, there = _FORK.Pipe()
        self.process = _FORK.Process(target=_serve, args=(there, tasks, work, os.getpid()), daemon=True)
        self.process.start()
        there.close()
        self.given: deque[int] = deque()
        self.since = 0.0
        self.dead = False

    def feed(self, waiting: deque[int], chunk: int) -> None:
        """Give it a chunk if it has nothing to do."""
        if self.given or not waiting:
            return
        self.given.extend(waiting.popleft() for _ in range(min(chunk, len(waiting))))
        self.since = self.clock()
        try:
            self.connection.send(list(self.given))
        except OSError:
            self.dead = True

    def results(self) -> Iterator[R]:
        """What it has sent."""
        try:
            while self.given and self.connection.poll():
                result = self.connection.recv()
                self.given.popleft()
                self.since = self.clock()
                yield result
        except (EOFError, OSError):
            self.dead = True

    def end(self) -> int | None:
        """Kill it; its exit code."""
        self.process.kill()
        self.process.join()
        self.connection.close()
        return self.process.exitcode


def _serve(connection: Connection, tasks: Sequence[T], work: Callable[[T], R], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts speaks to the parent
    if sys.platform == "linux":  # die with the parent, however it dies: PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            return
    while True:
        try:
            numbers = connection.recv()
        except EOFError:
            return
        for number in numbers:
            connection.send(work(tasks[number]))
