"""Provers in processes of their own: killed at the deadline, bounded in memory, and their crashes are UNKNOWN.

They are forked, so an instance of any size reaches them without being copied; by hand, as `multiprocessing` takes
longer to load than small questions to answer.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from relucert.verify.memory import resident
from relucert.verify.provers import Finder
from relucert.verify.provers.base import Deadline, OutOfTime, Prover, Unknown

_PERIOD = 0.1  # seconds between two looks at the memory
_LENGTH = 8  # bytes that say how many follow
GIVES_WAY = 4  # by how much a finder is nicer than provers, which can have both answers
HEAD_START = 2.0  # seconds that the first prover has alone: what is easy takes one processor, not one for each prover


Task = Callable[[Prover, Deadline], Any]  # its result is final unless it is Unknown


class Told(NamedTuple):
    """How far a prover is, and what it has found that is no answer yet."""

    text: str
    found: Any = None


def race(
    task: Task, provers: Sequence[Prover], deadline: Deadline, memory: int | None = None,
    note: Callable[[str, str], None] = lambda _prover, _text: None,
) -> Any:  # fmt: skip
    """Run a task with all provers side by side, the first of them earlier; the first result wins.

    Others than the first start HEAD_START later, or as soon as none is running.

    memory: resident bytes that this process and all provers together may hold; the largest is killed first. A limit on
    the address space would be simpler, but Python can loop for ever on a MemoryError. note: is told how far a prover
    is. Unknown has what the provers told, and the last things that they found.
    """
    running: dict[int, _Racer] = {}  # by the end of its pipe
    told: dict[str, Told] = {}
    reasons: dict[str, str] = {}
    own = resident()
    later, begin = [*provers[1:]], time.monotonic()

    def start(prover: Prover) -> None:
        racer = _Racer(task, prover, deadline)
        running[racer.pipe] = racer

    try:
        for first in provers[:1]:
            start(first)
        while running or later:
            failed, now = not running, time.monotonic()
            while later and (failed or now >= begin + HEAD_START):
                start(later.pop(0))
            for pipe in _readable(running, min(_PERIOD, deadline.remaining())):
                name, result = running[pipe].prover.name, running[pipe].receive()
                if isinstance(result, Told):
                    found = told[name].found if name in told and result.found is None else result.found
                    told[name] = Told(result.text, found)
                    note(name, result.text)
                    continue
                running.pop(pipe).end()
                if not isinstance(result, Unknown):
                    return result
                reasons[name] = result.reason
                if result.found:
                    told[name] = Told(told[name].text if name in told else "", result.found[-1])
            if memory is not None and running:
                held = {pipe: resident(racer.pid) for pipe, racer in running.items()}
                if own + sum(max(0, size - own) for size in held.values()) > memory:
                    largest = running.pop(max(held, key=held.__getitem__))
                    largest.end()
                    reasons[largest.prover.name] = "memory"
    except OutOfTime:
        reasons |= {prover.name: "time" for prover in (*(racer.prover for racer in running.values()), *later)}
    finally:
        for racer in running.values():
            racer.end()
    details = [
        f"{name}: {told[name].text + ', then ' if name in told and told[name].text else ''}{reason}"
        for name, reason in reasons.items()
    ]
    found = tuple(one.found for one in told.values() if one.found is not None)
    proving = {prover.name for prover in provers if not isinstance(prover, Finder)}  # a finder's may be nothing found
    why = [reason for name, reason in reasons.items() if name in proving] or [*reasons.values()]
    return Unknown("; ".join(dict.fromkeys(why)), tuple(details), found)


class _Racer:
    """A process in which a prover runs. pipe: where what it says comes out, each time a length and so many bytes."""

    def __init__(self, task: Task, prover: Prover, deadline: Deadline) -> None:
        self.prover = prover
        self.pipe, there = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                _work(there, task, prover, deadline)
                code = 0
            finally:
                os._exit(code)  # whatever is raised here, a stack that belongs to the parent is not unwound
        os.close(there)

    def receive(self) -> Any:
        """What it says next; Unknown if it has died."""
        try:
            return pickle.loads(self._read(int.from_bytes(self._read(_LENGTH))))
        except EOFError:
            return Unknown(f"{self.prover.name}: the process died with exit code {self._join()}")

    def _read(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            more = os.read(self.pipe, length - len(found))
            if not more:
                raise EOFError
            found += more
        return bytes(found)

    def _join(self) -> int | None:
        """Its exit code, once; None if nobody knows it any more."""
        pid, self.pid = self.pid, 0
        with suppress(ChildProcessError):  # whoever ignores SIGCHLD leaves nothing to wait for
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if pid else None
        return None

    def end(self) -> None:
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._join()
        os.close(self.pipe)


def _readable(pipes: Iterable[int], seconds: float) -> list[int]:
    """Those in which there is something, or which have ended; none after so many seconds."""
    poll = select.poll()
    for pipe in pipes:
        poll.register(pipe, select.POLLIN)
    return [pipe for pipe, _ in poll.poll(1000 * seconds)]


def _work(pipe: int, task: Task, prover: Prover, deadline: Deadline) -> None:
    """All that the process does: run the task and say what comes of it."""

    def say(what: Any) -> None:
        text = pickle.dumps(what)
        left = memoryview(len(text).to_bytes(_LENGTH) + text)
        while left:
            left = left[os.write(pipe, left) :]

    _die_with_parent()
    _forget_threads()
    if isinstance(prover, Finder):
        os.nice(GIVES_WAY)
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # solvers write to both, also when all is well
        os.dup2(silence, stream)
    deadline.tell = lambda text, found: say(Told(text, found))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the parent's watch is its own
    gc.freeze()  # what the parent holds is no garbage: the collector need not walk it, nor its pages be copied
    gc.set_threshold(50_000, 20, 20)
    sys.set_int_max_str_digits(0)  # Z3 reads integers in decimal; squares have more than an instance may have
    try:
        result = task(prover, deadline)
    except OverflowError:
        result = Unknown(f"{prover.name}: numbers too large for floating point")
    except Exception as failure:  # a solver's failure is never an answer
        result = Unknown(f"{prover.name}: {type(failure).__name__}: {failure}")
    say(result)


def _forget_threads() -> None:
    """HiGHS, if the parent has used it with threads, would wait busily and for ever for those that no fork has."""
    if highs := sys.modules.get("highspy"):
        highs.Highs.resetGlobalScheduler(False)


def _die_with_parent() -> None:
    if sys.platform == "linux":
        import ctypes  # which most solvers load

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: however it dies
