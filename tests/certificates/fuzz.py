"""`make fuzz`: mutants by the million, overnight. Stop it whenever you like; the same command goes on where it stopped.

The state is a file of one JSON line for each batch that is finished, so that a run that is killed loses the batches in
progress and nothing else. Its name holds a digest of the code and of the seeds: after any change everything is tried
again. What should not have been accepted, or not have raised an exception, is kept as a file, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any

import independent
from files import closed
from mutants import FALSE, OUTCOMES, TRACEBACK, Lines, Report, reason, run
from seeds import FAMILIES, family

ROOT = Path(__file__).parents[2]
BATCH = 500  # mutants, all of one family
MEMORY = 4 << 30  # bytes of one worker; the checker must need less, the oracle gives up
Z3_RESOURCES = 5_000_000  # more than in `make test`; with more, single claims take minutes and stay undecided

Families = Mapping[str, Sequence[Lines]]


def digest(families: Families) -> str:
    """Of everything that a mutant's fate depends on."""
    found = hashlib.sha256()
    for folder in ("certificates", "reductions", "tests/certificates"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            found.update(path.read_bytes())
    for lines in families.values():
        found.update(b"".join(map(closed, lines)))
    return found.hexdigest()[:12]


@dataclass
class State:
    """What is finished: the counts of all batches so far, which they are, and the files of failures."""

    path: Path
    counts: Counter[str] = field(default_factory=Counter)
    other_claims: int = 0
    finished: set[int] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    @classmethod
    def resumed(cls, path: Path) -> State:
        """Read the finished batches, and cut off the line that was being written when the run was killed."""
        state = cls(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        text = path.read_text()
        whole = text[: text.rfind("\n") + 1]
        os.truncate(path, len(whole.encode()))
        for line in whole.splitlines():
            state._take(json.loads(line))
        return state

    def _take(self, batch: Any) -> None:
        self.finished.add(batch["batch"])
        self.counts.update(batch["counts"])
        self.other_claims += batch["other_claims"]
        self.failures += batch["failures"]

    def finish(self, number: int, report: Report) -> None:
        """Keep the failures of a batch, then say that it is finished."""
        kept = []
        for seed, end, data in report.failures:
            path = self.path.with_name(f"{end.replace(' ', '-')}-{seed.replace('/', '-')}.cert")
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(f"{end}: {reason(data)}\n")
            kept.append(str(path))
        counts = dict(report.counts)
        batch = {"batch": number, "counts": counts, "other_claims": report.other_claims, "failures": kept}
        with self.path.open("a") as stream:
            stream.write(json.dumps(batch) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        self._take(batch)

    def __str__(self) -> str:
        ends = ", ".join(f"{self.counts[end]:,} {end}" for end in OUTCOMES)
        return f"{self.counts.total():,} mutants: {ends}; {self.other_claims:,} were accepted with another claim"


def work(lines: Sequence[Lines], seed: str, size: int) -> Report:
    """One batch."""
    return run(lines, (f"{seed}/{i}" for i in range(size)))


def prepare_worker(parent: int) -> None:
    def follow() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    Thread(target=follow, daemon=True).start()  # a parent that is killed cannot stop its workers
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which is for the parent
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    independent.Z3_RESOURCES = Z3_RESOURCES


def fuzz(
    state: State, families: Families, seed: int, batches: int, executor: Executor, size: int = BATCH
) -> Iterator[State]:
    """Run what is not finished, a few batches at a time; yields the state after each."""
    names = list(families)
    todo = iter([i for i in range(batches) if i not in state.finished])
    running: dict[Future[Report], int] = {}

    def submit(count: int) -> None:
        for i in islice(todo, count):
            name = names[i % len(names)]
            running[executor.submit(work, families[name], f"{seed}/{name}/{i}", size)] = i

    submit(2 * (os.cpu_count() or 1))
    while running:
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            state.finish(running.pop(future), future.result())
            submit(1)
            yield state


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutants", type=int, default=1_000_000, help=f"rounded up to batches of {BATCH}")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    families = {name: family(name) for name in FAMILIES}
    path = ROOT / f"build/fuzz/seed-{given.seed}-{digest(families)}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two runs would count their batches twice
    except BlockingIOError:
        print(f"{path}: another run is writing this file", file=sys.stderr)
        return 2
    state = State.resumed(path)
    batches = -(-given.mutants // BATCH)
    before, start = state.counts.total(), time.monotonic()
    print(f"{state.path}: {before:,} of {batches * BATCH:,} mutants are done", file=sys.stderr)
    context = multiprocessing.get_context("spawn")  # Z3 does not like to be forked
    executor = ProcessPoolExecutor(
        given.jobs,
        context,
        prepare_worker,
        (os.getpid(),),
        max_tasks_per_child=20,  # what they remember grows
    )
    try:
        for _ in fuzz(state, families, given.seed, batches, executor):
            done = state.counts.total()
            rate = (done - before) / (time.monotonic() - start)
            bad = state.counts[FALSE] + state.counts[TRACEBACK]
            line = f"{done:,} of {batches * BATCH:,} mutants, {rate:,.0f} a second, {bad} bad"
            print(line, file=sys.stderr, end="\r" if sys.stderr.isatty() else "\n", flush=True)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here", file=sys.stderr)
        return 130
    except BrokenProcessPool:
        print("\na worker died, perhaps of its memory; the same command tries again", file=sys.stderr)
        return 2
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    print(state)
    for path in state.failures:
        print(path)
    return 1 if state.failures else 0


if __name__ == "__main__":
    sys.exit(main())
