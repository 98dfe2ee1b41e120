"""Provers in processes of their own: killed at the deadline, bounded in memory, and their crashes are UNKNOWN."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from relucert.verify.memory import resident
from relucert.verify.provers.base import Deadline, OutOfTime, Prover, Unknown

_FORK = multiprocessing.get_context("fork")  # an instance of any size reaches the provers without being copied
_PERIOD = 0.1  # seconds between two looks at the memory
_HEAD_START = 2.0  # seconds that the first prover has alone: what is easy takes one processor, not one for each prover


Task = Callable[[Prover, Deadline], Any]  # its result is final unless it is Unknown


@dataclass(frozen=True)
class Told:
    """How far a prover is, and what it has found that is no answer yet."""

    text: str
    found: Any = None


def race(
    task: Task, provers: Sequence[Prover], deadline: Deadline, memory: int | None = None,
    note: Callable[[str, str], None] = lambda _prover, _text: None,
) -> Any:  # fmt: skip
    """Run a task with all provers side by side, the first of them earlier; the first result wins.

    memory: resident bytes that this process and all provers together may hold; the largest is killed first. A limit on
    the address space would be simpler, but Python can loop for ever on a MemoryError. note: is told how far a prover
    is. Unknown has what the provers told, and the last things that they found.
    """
    running: dict[Any, tuple[Prover, Any]] = {}
    told: dict[str, Told] = {}
    reasons: dict[str, str] = {}
    own = resident()
    later, begin = list(provers), time.monotonic() + _HEAD_START

    def start() -> None:
        prover = later.pop(0)
        receiver, sender = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_work, args=(sender, task, prover, deadline), daemon=True)
        process.start()
        sender.close()
        running[receiver] = prover, process

    try:
        if later:
            start()
        while running or later:
            if not running or time.monotonic() >= begin:
                while later:
                    start()
            for receiver in wait(list(running), min(_PERIOD, deadline.remaining())):
                prover, process = running[receiver]  # type: ignore[index]
                result = _receive(receiver, prover, process)  # type: ignore[arg-type]
                if isinstance(result, Told):
                    found = told[prover.name].found if prover.name in told and result.found is None else result.found
                    told[prover.name] = Told(result.text, found)
                    note(prover.name, result.text)
                    continue
                del running[receiver]  # type: ignore[arg-type]
                if not isinstance(result, Unknown):
                    return result
                reasons[prover.name] = result.reason
                if result.found:
                    told[prover.name] = Told(told[prover.name].text if prover.name in told else "", result.found[-1])
            if memory is not None and running:
                held = {receiver: resident(process.pid) for receiver, (_, process) in running.items()}
                if own + sum(max(0, size - own) for size in held.values()) > memory:
                    prover, process = running.pop(max(held, key=held.__getitem__))
                    _kill(process)
                    reasons[prover.name] = "memory"
    except OutOfTime:
        reasons |= {prover.name: "time" for prover in (*(prover for prover, _ in running.values()), *later)}
    finally:
        for _, process in running.values():
            _kill(process)
    details = [
        f"{name}: {told[name].text + ', then ' if name in told and told[name].text else ''}{reason}"
        for name, reason in reasons.items()
    ]
    found = tuple(one.found for one in told.values() if one.found is not None)
    return Unknown("; ".join(dict.fromkeys(reasons.values())), tuple(details), found)


def _kill(process: Any) -> None:
    process.kill()
    process.join()


def _receive(receiver: Connection, prover: Prover, process: Any) -> Any:
    try:
        result = receiver.recv()
    except EOFError:
        process.join()
        return Unknown(f"{prover.name}: the process died with exit code {process.exitcode}")
    if not isinstance(result, Told):
        process.join()
    return result


def _work(sender: Connection, task: Task, prover: Prover, deadline: Deadline) -> None:
    if sys.platform == "linux":  # die with the parent, however it dies: PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    silence = os.open(os.devnull, os.O_WRONLY)  # solvers write to both, also when all is well
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    deadline.tell = lambda text, found: sender.send(Told(text, found))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the parent's watch is its own
    gc.freeze()  # what the parent holds is no garbage: the collector need not walk it, nor its pages be copied
    gc.set_threshold(50_000, 20, 20)
    try:
        result = task(prover, deadline)
    except KeyboardInterrupt:
        return
    except Exception as failure:  # a solver's failure is never an answer
        result = Unknown(f"{prover.name}: {type(failure).__name__}: {failure}")
    sender.send(result)
