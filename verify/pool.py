"""Work in processes that are used again and again; one that takes too long or dies costs one piece of work."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

_FORK = multiprocessing.get_context("fork")  # what all pieces of work share is not copied
CHUNK = 16  # pieces that a process is given at a time, or fewer towards the end

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    tasks: Iterable[T], work: Callable[[T], R], failed: Callable[[T, str], R], jobs: int, seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[R]:  # fmt: skip
    """The results in the order in which they come, of each task one. Tasks are taken when they are needed, and sent.

    failed: the result of a task whose process took more than `seconds` of the clock for it, or died.
    """
    coming, waiting = iter(tasks), deque[T]()
    workers: dict[Connection, _Worker[T, R]] = {}
    try:
        while True:
            waiting.extend(islice(coming, 2 * jobs * CHUNK - len(waiting)))
            for worker in workers.values():
                worker.feed(waiting, _chunk(waiting, jobs))
            while waiting and len(workers) < jobs:
                worker = _Worker(work, clock)
                workers[worker.connection] = worker
                worker.feed(waiting, _chunk(waiting, jobs))
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
                    del workers[connection]
                    waiting.extend([*worker.given][1:])
                    yield failed(worker.given[0], reason)
    finally:
        for worker in workers.values():
            worker.end()


def _chunk(waiting: deque[T], jobs: int) -> int:
    return min(CHUNK, 1 + len(waiting) // (2 * jobs))


class _Worker(Generic[T, R]):
    """given: the tasks that it has and has not done, in order; since: when it began with the first."""

    def __init__(self, work: Callable[[T], R], clock: Callable[[], float]) -> None:
        self.clock = clock
        self.connection, there = _FORK.Pipe()
        self.process = _FORK.Process(target=_serve, args=(there, work, os.getpid()), daemon=True)
        self.process.start()
        there.close()
        self.given: deque[T] = deque()
        self.since = 0.0
        self.dead = False

    def feed(self, waiting: deque[T], chunk: int) -> None:
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


def _serve(connection: Connection, work: Callable[[T], R], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts speaks to the parent
    if sys.platform == "linux":  # die with the parent, however it dies: PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            return
    while True:
        try:
            tasks = connection.recv()
        except EOFError:
            return
        for task in tasks:
            connection.send(work(task))
