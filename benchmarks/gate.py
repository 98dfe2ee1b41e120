"""`python -m benchmarks.gate`: certificates a second, and the memory of a folder of 10,000.

The certificates are those of the corpus that are accepted and about an instance, over and over, each with its instance
as a file beside it.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import psutil

from benchmarks.machine import description

BIN = Path(sys.executable).parent
CORPUS = Path(__file__).parents[1] / "tests" / "corpus" / "accept"
PER_FOLDER = 500


def corpus() -> Iterator[tuple[str, bytes, bytes]]:
    """Suffix, certificate, source."""
    for path in sorted(CORPUS.iterdir()):
        data = path.read_bytes()
        packed = path.suffix == ".gz"
        claim = json.loads((gzip.decompress(data) if packed else data).split(b"\n")[0])
        instance = claim.get("source", claim.get("instance"))
        if instance is not None:  # facts are about no file
            yield ".cert.gz" if packed else ".cert", data, json.dumps(instance).encode()


def fill(folder: Path, number: int) -> None:
    for i, (suffix, data, source) in enumerate(islice(cycle(list(corpus())), number)):
        place = folder / str(i // PER_FOLDER)
        place.mkdir(exist_ok=True)
        (place / f"{i}{suffix}").write_bytes(data)
        (place / f"{i}.json").write_bytes(source)


def gate(folder: Path, *options: str) -> tuple[float, float, str]:
    """Seconds, the most megabytes that all its processes held together (what they share is divided), the last line."""
    start, most = time.perf_counter(), 0
    with tempfile.TemporaryFile("w+") as output:
        process = psutil.Popen([f"{BIN}/relucert", "gate", str(folder), *options], stdout=output)
        while process.poll() is None:
            most = max(most, sum(map(_held, _family(process))))
            time.sleep(0.05)
        seconds = time.perf_counter() - start
        output.seek(0)
        return seconds, most / 2**20, output.read().splitlines()[-1]


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children()]
    except psutil.NoSuchProcess:
        return []


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def main() -> None:
    print(f"Machine: {description()}\n")
    print("| certificates | what | jobs | seconds | a second | peak MB | |")
    print("|---|---|---|---|---|---|---|")
    for number in (1000, 10_000):
        with tempfile.TemporaryDirectory() as name:
            folder, cache = Path(name) / "all", f"{name}/cache"
            folder.mkdir()
            fill(folder, number)
            for what, jobs, options in (
                ("write the manifest", 2, ["--write-manifest"]),
                ("check", 1, []),
                ("check", 2, []),
                ("check, fill a cache", 2, ["--cache", cache]),
                ("check with that cache", 2, ["--cache", cache]),
            ):
                seconds, megabytes, last = gate(folder, "--jobs", str(jobs), *options)
                rate, said = number / seconds, last.replace(name + os.sep, "")
                print(f"| {number:,} | {what} | {jobs} | {seconds:.1f} | {rate:,.0f} | {megabytes:.0f} | {said} |")


if __name__ == "__main__":
    main()
