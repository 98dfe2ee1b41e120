"""Provers in processes of their own: killed at the deadline, bounded in memory, and their crashes are UNKNOWN."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

from certificates.writer import No, Yes
from reductions.core import Problem
from verify.decide import decide
from verify.provers.base import Deadline, OutOfTime, Prover, Unknown

_FORK = multiprocessing.get_context("fork")  # an instance of any size reaches the provers without being copied


def race(
    problem: Problem[Any, Any], instance: Any, provers: Sequence[Prover], deadline: Deadline, memory: int | None = None
) -> Yes | No | Unknown:
    """Run all provers side by side; the first YES or NO wins and the others are killed. memory: bytes per process."""
    running: dict[Connection, tuple[Prover, Any]] = {}
    for prover in provers:
        receiver, sender = _FORK.Pipe(duplex=False)
        process = _FORK.Process(target=_work, args=(sender, problem, instance, prover, deadline, memory), daemon=True)
        process.start()
        sender.close()
        running[receiver] = prover, process
    reasons = []
    try:
        while running:
            for receiver in wait(list(running), deadline.remaining()):
                prover, process = running.pop(receiver)  # type: ignore[index]
                answer = _receive(receiver, process, prover)  # type: ignore[arg-type]
                if not isinstance(answer, Unknown):
                    return answer
                reasons.append(answer.reason)
    except OutOfTime:
        reasons.append("time")
    finally:
        for _, process in running.values():
            process.kill()
            process.join()
    return Unknown("; ".join(dict.fromkeys(reasons)))


def _receive(receiver: Connection, process: Any, prover: Prover) -> Yes | No | Unknown:
    try:
        answer: Yes | No | Unknown = receiver.recv()
    except EOFError:
        process.join()
        return Unknown(f"{prover.name}: the process died with exit code {process.exitcode}")
    process.join()
    return answer


def _work(
    sender: Connection,
    problem: Problem[Any, Any],
    instance: Any,
    prover: Prover,
    deadline: Deadline,
    memory: int | None,
) -> None:
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        answer = decide(problem, instance, prover, deadline)
    except MemoryError:
        answer = Unknown("memory")
    except KeyboardInterrupt:
        return
    except Exception as failure:  # a solver's failure is never an answer
        text = f"{type(failure).__name__}: {failure}"
        answer = Unknown("memory" if "memory" in text else f"{prover.name}: {text}")
    sender.send(answer)
