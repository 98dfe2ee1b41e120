"""Provers in processes of their own: killed at the deadline, bounded in memory, and their crashes are UNKNOWN."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

import psutil

from relucert.verify.provers.base import Deadline, OutOfTime, Prover, Unknown

_FORK = multiprocessing.get_context("fork")  # an instance of any size reaches the provers without being copied
_PERIOD = 0.1  # seconds between two looks at the memory


Task = Callable[[Prover, Deadline], Any]  # its result is final unless it is Unknown


def race(task: Task, provers: Sequence[Prover], deadline: Deadline, memory: int | None = None) -> Any:
    """Run a task with all provers side by side; the first result wins and the others are killed.

    memory: resident bytes that a process may hold. A limit on its address space would be simpler, but Python can loop
    for ever on a MemoryError.
    """
    running: dict[Any, tuple[Prover, Any]] = {}
    for prover in provers:
        receiver, sender = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_work, args=(sender, task, prover, deadline), daemon=True)
        process.start()
        sender.close()
        running[receiver] = prover, process
    reasons = []
    try:
        while running:
            for receiver in wait(list(running), min(_PERIOD, deadline.remaining())):
                result = _receive(receiver, *running.pop(receiver))  # type: ignore[arg-type]
                if not isinstance(result, Unknown):
                    return result
                reasons.append(result.reason)
            for receiver, (_, process) in list(running.items()):
                if memory is not None and _resident(process.pid) > memory:
                    _kill(process)
                    del running[receiver]
                    reasons.append("memory")
    except OutOfTime:
        reasons.append("time")
    finally:
        for _, process in running.values():
            _kill(process)
    return Unknown("; ".join(dict.fromkeys(reasons)))


def _resident(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _kill(process: Any) -> None:
    process.kill()
    process.join()


def _receive(receiver: Connection, prover: Prover, process: Any) -> Any:
    try:
        result = receiver.recv()
    except EOFError:
        process.join()
        return Unknown(f"{prover.name}: the process died with exit code {process.exitcode}")
    process.join()
    return result


def _work(sender: Connection, task: Task, prover: Prover, deadline: Deadline) -> None:
    if sys.platform == "linux":  # die with the parent, however it dies: PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    silence = os.open(os.devnull, os.O_WRONLY)  # solvers write to both, also when all is well
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    try:
        result = task(prover, deadline)
    except KeyboardInterrupt:
        return
    except Exception as failure:  # a solver's failure is never an answer
        result = Unknown(f"{prover.name}: {type(failure).__name__}: {failure}")
    sender.send(result)
