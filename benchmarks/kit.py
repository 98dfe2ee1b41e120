"""`python -m benchmarks.kit`: seconds of `assert_reduction`, and what a command costs more than the same in Python."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.machine import description
from relucert import reduction_from_command
from relucert.reductions import reduction
from relucert.reductions.problems.vertex_cover import VertexCoverInstance
from relucert.testing import assert_reduction

EXAMPLES, RUNS, CALLS = 200, 3, 500
NODE = Path(__file__).parents[1] / "examples" / "vertex_cover_to_set_cover.js"
NAMES = ("vertex-cover-to-set-cover", "clique-to-independent-set", "three-sat-to-vertex-cover")
SIZES = (4, 100, 1000)  # edges of a path


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    print(f"Machine: {description()}\n")
    print(f"| `assert_reduction` with {EXAMPLES} examples | median s |")
    print("|---|---|")
    for name in NAMES:
        taken = [seconds(partial(assert_reduction, reduction(name), max_examples=EXAMPLES)) for _ in range(RUNS)]
        print(f"| {name} | {median(taken):.1f} |")
    if shutil.which("node") is None:
        return
    own = reduction("vertex-cover-to-set-cover")
    command = reduction_from_command(["node", str(NODE)], source="vertex-cover", target="set-cover")
    print("\n| edges | in Python, ms | by a command, ms | more, ms |")
    print("|---|---|---|---|")
    for m in SIZES:
        path = VertexCoverInstance(m + 1, tuple((v, v + 1) for v in range(m)), m)
        command.reduce(path)  # starts it
        here, there = (median(seconds(partial(r.reduce, path)) for _ in range(CALLS)) * 1000 for r in (own, command))
        print(f"| {m} | {here:.3f} | {there:.3f} | {there - here:.3f} |")


if __name__ == "__main__":
    main()
