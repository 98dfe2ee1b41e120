"""How much memory there is, and how much a process holds. Linux says so in files; elsewhere psutil asks the system.

psutil would do on Linux too, but its import takes longer than most checks.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PROC, GROUP = Path("/proc"), Path("/sys/fs/cgroup")


def resident(pid: int | None = None) -> int:
    """Bytes of memory that this process holds, or another; none if it has ended."""
    try:
        pages = int((PROC / ("self" if pid is None else str(pid)) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        if PROC.exists():
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
        most, used = ((GROUP / name).read_text() for name in ("memory.max", "memory.current"))
        available = min(available, max(0, int(most) - int(used)))
    return available


def _available() -> int:
    with suppress(OSError):
        for line in (PROC / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):  # in kB
                return int(line.split()[1]) * 1024
    import psutil

    return int(psutil.virtual_memory().available)
