"""`python -m benchmarks.points`: x ↦ (Mᵀ)⁻¹x in dimension 1,000, exactly on 10³ points and in floating point on 10⁵.

Exactly: `image` of `sign-cnn-to-random-network`, 20 patches of 50 integers each. In floating point: the experiment
`transform` with its defaults, a whole process. Medians of three runs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.machine import description, run_measured
from relucert.reductions.natural_weights.sign_cnn_to_random_network import SignCnnToRandomNetwork

RUNS = 3
PATCHES, LENGTH = 20, 50
BIN = Path(sys.executable).parent


def main() -> None:
    print(f"Machine: {description()}\n")
    print("| law | draw and invert M (s) | map 1,000 points (s) |")
    print("|---|---|---|")
    rng = Random(1)
    points = [[[rng.randint(-9, 9) for _ in range(LENGTH)] for _ in range(PATCHES)] for _ in range(1000)]
    for law in ("signs", "uniform", "normal", "sphere"):
        drawn, mapped = [], []
        for seed in range(RUNS):
            start = time.perf_counter()
            m = SignCnnToRandomNetwork(seed, law).matrix(LENGTH, PATCHES)
            middle = time.perf_counter()
            for point in points:
                m.image(point)
            drawn.append(middle - start)
            mapped.append(time.perf_counter() - middle)
        print(f"| {law} | {median(drawn):.2f} | {median(mapped):.2f} |")
    with tempfile.TemporaryDirectory() as folder:
        command = [f"{BIN}/relucert", "experiment", "transform", "-o"]
        runs = [run_measured([*command, f"{folder}/{i}"]) for i in range(RUNS)]
    seconds, memory = median(run.seconds for run in runs), max(run.megabytes for run in runs)
    print(f"\nIn floating point, 100,000 points: {seconds:.1f} s, at most {memory:,.0f} MB.")


if __name__ == "__main__":
    main()
