"""`python -m benchmarks.reduce`: reduce is linear. Random graphs of 10⁵ and 10⁶ edges, whole processes."""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.machine import description, run_measured

BIN = Path(sys.executable).parent
RUNS = 3


def write_random_graph(path: str, edges: int) -> None:
    rng, vertices = random.Random(edges), edges // 10
    drawn: set[tuple[int, int]] = set()
    while len(drawn) < edges:
        u, v = rng.sample(range(1, vertices + 1), 2)
        drawn.add((min(u, v), max(u, v)))
    with open(path, "w") as file:
        file.write(f"p edge {vertices} {edges}\n")
        file.writelines(f"e {u} {v}\n" for u, v in drawn)


def main() -> None:
    print(f"Machine: {description()}\n")
    print("| edges | seconds | peak MB | µs per edge | target MB |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        graphs = {edges: f"{folder}/{edges}.col" for edges in (10**5, 10**6)}
        for edges, path in graphs.items():
            write_random_graph(path, edges)
        runs: dict[int, list] = {edges: [] for edges in graphs}
        target = f"{folder}/target.json"
        for _ in range(RUNS):
            for edges, path in graphs.items():
                command = ["reduce", "coloring-to-relu-network", path, "-p", "colors=3", "-o", target]
                runs[edges].append((run_measured([f"{BIN}/relucert", *command]), Path(target).stat().st_size))
    for edges, results in runs.items():
        seconds = median(r.seconds for r, _ in results)
        memory = max(r.megabytes for r, _ in results)
        print(
            f"| {edges:,} | {seconds:.1f} | {memory:,.0f} | {seconds / edges * 1e6:.1f} | {results[0][1] / 1e6:.1f} |"
        )


if __name__ == "__main__":
    main()
