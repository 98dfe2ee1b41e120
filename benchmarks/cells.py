"""`python -m benchmarks.cells`: how the time of least squares over all cells grows with the number n of samples.

Normal points and labels, rounded; k ReLUs in d dimensions, with or without biases. There are O(n^((D−1)k)) convex
problems, D = d + 1 with biases and d without: dk and (d − 1)k. The slope is that of log seconds against log n, by least
squares, with Student's 95 % interval; the number of problems is exact, so its slope has no interval. Seconds of CPU.

And `relucert learn` on 4,000 points of the unit disc, one ReLU: whole processes, wall seconds.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from fractions import Fraction
from math import log, sqrt
from pathlib import Path
from time import process_time

from benchmarks.machine import description, run
from relucert.reductions.problems.training import TrainingInstance, sample
from relucert.verify.arrangement import least_by_cells, most_cells, problems

REPEATS = 8
# Student's t at 97.5 %, by degrees of freedom
STUDENT = {30: 2.042}
CLASSES = {  # d, bias, k -> numbers of samples
    (1, True, 1): (64, 128, 256, 512),
    (2, False, 1): (64, 128, 256, 512),
    (2, True, 1): (12, 18, 27, 40),
    (3, False, 1): (12, 18, 27, 40),
    (1, True, 2): (8, 12, 18, 27),
    (2, False, 2): (8, 12, 18, 27),
}


def instance(rng: random.Random, d: int, bias: bool, k: int, n: int) -> TrainingInstance:
    def number() -> Fraction:
        return Fraction(round(rng.gauss(0, 1) * 1000), 1000)

    samples = tuple(sample([number() for _ in range(d)], number()) for _ in range(n))
    return TrainingInstance(d, k, samples, output="ones", bias=bias, loss="l2")


def slope(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Of a line through them by least squares, and half of its 95 % interval."""
    n = len(points)
    x, y = (sum(p[i] for p in points) / n for i in (0, 1))
    spread = sum((a - x) ** 2 for a, _ in points)
    found = sum((a - x) * (b - y) for a, b in points) / spread
    rest = sum((b - y - found * (a - x)) ** 2 for a, b in points)
    return found, STUDENT[n - 2] * sqrt(rest / (n - 2) / spread) if n > 2 else 0.0


def learning(folder: str) -> None:
    """Labels near ±1, so that the zero network does not do; then labels near a ReLU, and an ε that takes all points."""
    rng, data = random.Random(2), f"{folder}/disc.csv"
    print("\n| epsilon | drawn of 4,000 | s |")
    print("|---|---|---|")
    for epsilon, noise in (("4/5", None), ("1/2", None), ("1/50", 0.2)):
        rows = ["x1,x2,y"]
        while len(rows) <= 4000:
            x, y = rng.uniform(-1, 1), rng.uniform(-1, 1)
            if x * x + y * y < 0.999:
                label = rng.choice((-1, 1)) if noise is None else max(0, 0.6 * x + 0.5 * y) + rng.gauss(0, noise)
                rows.append(f"{x:.3f},{y:.3f},{max(-1, min(1, label)):.3f}")
        Path(data).write_text("\n".join(rows) + "\n")
        command = ["learn", data, "--neurons", "1", "--epsilon", epsilon, "--seed", "1", "--json", "--quiet"]
        result = run([str(Path(sys.executable).parent / "relucert"), *command])
        print(
            f"| {epsilon} | {json.loads(result.output.splitlines()[-1])['drawn']:,} | {result.seconds:.1f} |",
            flush=True,
        )


def main() -> None:
    print(f"Machine: {description()}\n")
    print("| d, biases, k | n | s at the largest n | slope of time, 95 % | slope of problems | (D − 1)k |")
    print("|---|---|---|---|---|---|")
    rng = random.Random(1)
    for (d, bias, k), sizes in CLASSES.items():
        width, times, counts = d + bias, [], []
        for n in sizes:
            drawn = [instance(rng, d, bias, k, n) for _ in range(REPEATS)]
            for one in drawn:
                start = process_time()
                least_by_cells(one)
                times.append((log(n), log(process_time() - start)))
            counts.append((log(n), log(problems(drawn[0], most_cells(n, width)))))
        found, half = slope(times)
        (first, low), (last, high) = counts[0], counts[-1]
        largest = max(2.718281828**t for _, t in times[-REPEATS:])
        exact = f"{(high - low) / (last - first):.2f} | {(width - 1) * k}"
        name = f"{d}, {'yes' if bias else 'no'}, {k}"
        print(f"| {name} | {sizes[0]}–{sizes[-1]} | {largest:.1f} | {found:.2f} ± {half:.2f} | {exact} |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        learning(folder)


if __name__ == "__main__":
    main()
