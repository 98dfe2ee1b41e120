"""What a command may take, and what it shows meanwhile: time and memory hold for all that it does.

Provers run in processes of their own, which `isolate` ends. All else is done here: reading, reducing, carrying
solutions along, checking. It is counted before it is done, in the checker's units of work and words of memory, of
which the limits allow RATE a second and an eighth a byte. So they hold in any thread, and nothing begins that is larger
than what is left. In the main thread a timer looks at the clock and at the memory besides, ten times a second: waiting
for a pipe is no work, and what nobody counts, such as a reduction from outside, has no other end.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from relucert.certificates.checker import Limits
from relucert.certificates.kernel import Meter, ResourceLimit
from relucert.certificates.terminal import printable
from relucert.verify import memory
from relucert.verify.provers.base import Deadline

PERIOD = 0.1  # seconds between two looks
GRACE = 0.5  # seconds that a race of provers has to end by itself at the deadline, with what it has found
LINE = 10.0  # seconds between two lines of progress where there is no terminal
TIME_LIMIT = 600.0  # seconds, if no limit is given
SHARE = 3 / 4  # of the memory that is free, if no limit is given
RATE = 30_000_000  # units of work that stand for a second: they take 0.03 to 0.3 µs each


def silenced() -> bool:
    """Whether the environment asks every command for no progress."""
    return bool(os.environ.get("RELUCERT_QUIET"))


class LimitReached(BaseException):
    """A limit ends the run; reason: time or memory. No Exception, or code that tries things would catch it."""

    def __init__(self, reason: str, phase: str) -> None:
        super().__init__(f"{reason}: stopped while {phase}")
        self.reason, self.phase = reason, phase


_current: ContextVar[Watch | None] = ContextVar("watch", default=None)  # of this thread


def hush() -> None:
    """Clear the line of progress before an outcome is printed."""
    if watch := _current.get():
        watch.hush()


def doing(phase: str) -> None:
    """What this thread does from now on."""
    if watch := _current.get():
        watch.doing(phase)


def charge(work: int, words: int = 0) -> None:
    """Count work before it is done and memory before it is taken. Raises LimitReached if the limits leave less."""
    if watch := _current.get():
        watch.charge(work, words)


class Counted(Limits):
    """Limits of a check that counts as work done within the limits of this thread, if there are any."""

    def meter(self, packed: int) -> Meter:
        usual, watch = super().meter(packed), _current.get()
        return usual if watch is None else _Counted(usual, watch)


class _Counted(Meter):
    """A meter that also stops where nothing is left of the watch, which hears of the work at every line."""

    def __init__(self, usual: Meter, watch: Watch) -> None:
        super().__init__(usual.most_work, usual.most_words)
        self.watch, self.stop, self.told = watch, watch.left, 0

    def spend(self, work: int) -> None:
        if work > self.stop - self.work:
            raise LimitReached("time", self.watch.phase)
        super().spend(work)

    def read(self, length: int) -> None:
        super().read(length)
        self.watch.charge(self.work - self.told)
        self.told = self.work


class Watch:
    """Limits, and the progress of what is done within them.

    seconds: in all, None for no limit. gigabytes: what this process and its provers may take together beside what it
    holds now; three quarters of what is free if not given. quiet: show nothing.
    """

    def __init__(self, seconds: float | None = None, gigabytes: float | None = None, quiet: bool = True) -> None:
        self.deadline = Deadline(seconds)
        more = int(SHARE * memory.free()) if gigabytes is None else int(gigabytes * 2**30)
        self.memory = memory.resident() + more
        self.meter = Meter(sys.maxsize if seconds is None else int(RATE * (seconds + GRACE)), more // 8)
        self.next_look = 0
        self.phase, self.notes = "starting", dict[str, str]()
        self.start = self.told = time.monotonic()
        self.quiet, self.shown = quiet or silenced(), False
        self.live = not self.quiet and sys.stderr is not None and sys.stderr.isatty()

    def doing(self, phase: str) -> None:
        """What is done from now on, such as 'reading graph.col'."""
        self.phase = phase
        self.notes.clear()

    def note(self, who: str, what: str) -> None:
        """How far a prover is."""
        self.notes[who] = what

    @property
    def left(self) -> int:
        """Units of work."""
        return self.meter.most_work - self.meter.work

    def charge(self, work: int, words: int = 0) -> None:
        """See there."""
        try:
            self.meter.spend(work)
        except ResourceLimit:
            raise LimitReached("time", self.phase) from None
        try:
            self.meter.hold(words)
        except ResourceLimit:
            raise LimitReached("memory", self.phase) from None
        if self.meter.work >= self.next_look:
            self.next_look = self.meter.work + int(RATE * PERIOD)
            if limit := self.look(time.monotonic(), memory.resident()):
                raise limit

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
            import shutil  # which loads four modules of compression

            return "\r" + self.line(now)[: shutil.get_terminal_size().columns - 1] + "\x1b[K"
        if now - self.told < LINE:
            return ""
        self.told = now
        return self.line(now) + "\n"

    def _tick(self, *_: Any) -> None:
        now = time.monotonic()
        if limit := self.look(now, memory.resident()):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise limit
        if text := self.due(now):
            self.shown = True
            with suppress(OSError):  # not by print, which may be in the middle of a line
                os.write(2, text.encode())

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Memory that is counted here is given back in the end."""
        before = self.meter.words
        try:
            yield
        finally:
            self.meter.words = before

    @contextmanager
    def silent(self) -> Iterator[None]:
        """No progress is shown while something else is."""
        before = self.quiet
        self.hush()
        try:
            yield
        finally:
            self.quiet = before

    def hush(self) -> None:
        """Show nothing more, and leave no line behind: what comes now is the outcome."""
        self.quiet = True
        if self.shown and self.live:
            self.shown = False
            with suppress(OSError):
                os.write(2, b"\r\x1b[K")

    def __enter__(self) -> Watch:
        self.token = _current.set(self)
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
        _current.reset(self.token)
