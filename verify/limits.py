"""What a command may take, and what it shows meanwhile: time and memory hold for all that it does.

Provers run in processes of their own, which `isolate` ends. All else, reading and reducing and checking, is done here:
a timer looks ten times a second whether the limits are kept, and raises LimitReached if not. It needs the main thread.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from relucert.certificates.terminal import printable
from relucert.verify.provers.base import Deadline

PERIOD = 0.1  # seconds between two looks
GRACE = 0.5  # seconds that a race of provers has to end by itself at the deadline, with what it has found
LINE = 10.0  # seconds between two lines of progress where there is no terminal
SHARE = 3 / 4  # of the memory that is free, if no limit is given


class LimitReached(BaseException):
    """A limit ends the run; reason: time or memory. No Exception, or code that tries things would catch it."""

    def __init__(self, reason: str, phase: str) -> None:
        super().__init__(f"{reason}: stopped while {phase}")
        self.reason, self.phase = reason, phase


def free_memory() -> int:
    """Bytes that this process may still get: what the system, and its control group if there is one, has left."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # 'max', or no such file
        group = Path("/sys/fs/cgroup")
        most, used = ((group / name).read_text() for name in ("memory.max", "memory.current"))
        free = min(free, max(0, int(most) - int(used)))
    return free


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(psutil.Process().memory_info().rss)


_running: list[Watch] = []


def hush() -> None:
    """Clear the line of progress before an outcome is printed."""
    for watch in _running:
        watch.hush()


class Watch:
    """Limits, and the progress of what is done within them.

    seconds: in all, None for no limit. gigabytes: what this process and its provers may take together beside what it
    holds now; three quarters of what is free if not given. quiet: show nothing.
    """

    def __init__(self, seconds: float | None = None, gigabytes: float | None = None, quiet: bool = True) -> None:
        self.deadline = Deadline(seconds)
        self.memory = resident() + (int(SHARE * free_memory()) if gigabytes is None else int(gigabytes * 2**30))
        self.phase, self.notes = "starting", dict[str, str]()
        self.start = self.told = time.monotonic()
        self.quiet, self.shown = quiet, False
        self.live = not quiet and sys.stderr is not None and sys.stderr.isatty()

    def doing(self, phase: str) -> None:
        """What is done from now on, such as 'reading graph.col'."""
        self.phase = phase
        self.notes.clear()

    def note(self, who: str, what: str) -> None:
        """How far a prover is."""
        self.notes[who] = what

    def look(self, now: float, held: int) -> LimitReached | None:
        """Whether a limit is reached at this time, with so many bytes held."""
        if now > self.deadline.end + GRACE:
            return LimitReached("time", self.phase)
        return LimitReached("memory", self.phase) if held > self.memory else None

    def line(self, now: float) -> str:
        """Phase, progress of the provers, and the time that is left."""
        left = self.deadline.end - now
        ends = f"; {max(0, left):.0f} s left" if left != float("inf") else ""
        notes = "".join(f"; {who}: {what}" for who, what in self.notes.items())
        return printable(f"{now - self.start:.0f} s: {self.phase}{notes}{ends}")

    def due(self, now: float) -> str:
        """What to write now, or nothing: on a terminal a line that replaces the last, elsewhere a line every 10 s."""
        if self.quiet or now - self.start < (1 if self.live else LINE):
            return ""
        if self.live:
            return "\r" + self.line(now)[: shutil.get_terminal_size().columns - 1] + "\x1b[K"
        if now - self.told < LINE:
            return ""
        self.told = now
        return self.line(now) + "\n"

    def _tick(self, *_: Any) -> None:
        now = time.monotonic()
        if limit := self.look(now, resident()):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise limit
        if text := self.due(now):
            self.shown = True
            with suppress(OSError):  # not by print, which may be in the middle of a line
                os.write(2, text.encode())

    def hush(self) -> None:
        """Show nothing more, and leave no line behind: what comes now is the outcome."""
        self.quiet = True
        if self.shown and self.live:
            self.shown = False
            with suppress(OSError):
                os.write(2, b"\r\x1b[K")

    def __enter__(self) -> Watch:
        _running.append(self)
        self.watching = threading.current_thread() is threading.main_thread() and signal.getitimer(
            signal.ITIMER_REAL
        ) == (0.0, 0.0)  # not somebody else's
        if self.watching:
            self.before = signal.signal(signal.SIGALRM, self._tick)
            signal.setitimer(signal.ITIMER_REAL, PERIOD, PERIOD)
        return self

    def __exit__(self, *_: object) -> None:
        if self.watching:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self.before)
        self.hush()
        _running.remove(self)
