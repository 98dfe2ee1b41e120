"""How much memory there is, and how much a process holds. Linux says so in files; elsewhere psutil asks the system.

psutil would do on Linux too, but its import takes longer than most checks.
"""

from __future__ import annotations

import os
from contextlib import suppress

PROC, GROUP = "/proc", "/sys/fs/cgroup"


def resident(pid: int | None = None) -> int:
    """Bytes of memory that this process holds, or another; none if it has ended."""
    try:
        return int(_text(PROC, str(pid or "self"), "statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        if os.path.exists(PROC):
            return 0
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def free() -> int:
    """Bytes that this process may still get: what the system, and its control group if there is one, has left."""
    available = _available()
    with suppress(OSError, ValueError):  # 'max', or no such file
        most, used = (_text(GROUP, name) for name in ("memory.max", "memory.current"))
        available = min(available, max(0, int(most) - int(used)))
    return available


def _available() -> int:
    with suppress(OSError):
        for line in _text(PROC, "meminfo").splitlines():
            if line.startswith("MemAvailable:"):  # in kB
                return int(line.split()[1]) * 1024
    import psutil

    return int(psutil.virtual_memory().available)


def _text(*path: str) -> str:
    with open(os.path.join(*path)) as stream:
        return stream.read()
