"""`python -m benchmarks.convex`: neurons of equal output weights; the tree of Theorem 10 against its bounds and others.

Random points with the values of k ReLUs, and the same with one label that is 1 too large. Seconds are medians over
seeds, within this process; the two sizes at the end are whole commands, in seconds of the processor.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.machine import description, run_measured
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.verify.decide import decide
from relucert.verify.problems.training import TrainingSearch
from relucert.verify.provers import PROVERS
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.provers.convex import Tree, decide_case
from relucert.verify.search import Searches

BIN = Path(sys.executable).parent
SEEDS, RUNS, LIMIT = 3, 3, 10
CLASSES = ((2, 2, 30), (2, 2, 100), (2, 2, 1000), (6, 2, 100), (2, 3, 100), (2, 3, 300), (2, 4, 200), (50, 1, 300))


class General(TrainingSearch):
    """What decides without the tree."""

    def by_algorithm(self, *_: object) -> None:
        """None."""


GENERAL = Searches({"training": lambda: [General()]})


def rows(d: int, k: int, n: int, fits: bool, seed: int) -> list[tuple[tuple[int, ...], int]]:
    rng = random.Random(seed)
    points: dict[tuple[int, ...], None] = {}
    while len(points) < n:
        points[tuple(rng.randint(-99, 99) for _ in range(d))] = None
    net = [[rng.randint(-9, 9) for _ in range(d + 1)] for _ in range(k)]
    labels = [sum(max(0, sum(a * b for a, b in zip(w, (*x, 1), strict=True))) for w in net) for x in points]
    labels[n // 2] += not fits
    return list(zip(points, labels, strict=True))


def timed(instance: TrainingInstance, prover: str) -> float:
    start = time.perf_counter()
    answer = decide(TRAINING, instance, PROVERS[prover], Deadline(LIMIT), searches=GENERAL)
    return float("inf") if isinstance(answer, Unknown) else time.perf_counter() - start


def shown(seconds: float) -> str:
    return f"> {LIMIT}" if seconds == float("inf") else f"{seconds:.2f}"


def classes() -> None:
    print("| d, k, n | fits | nodes | depth | at most | rows | tree, s | CaDiCaL and LP, s | Z3, s |")
    print("|" + "---|" * 9)
    for (d, k, n), fits in ((one, fits) for one in CLASSES for fits in (True, False)):
        trees, seconds, others = [], [], {"lp": list[float](), "z3": list[float]()}
        for seed in range(SEEDS):
            points = tuple(sample(x, y) for x, y in rows(d, k, n, fits, seed))
            instance = TrainingInstance(d, k, points, output="ones", bias=True)
            trees.append(Tree(instance, k, Deadline()))
            trees[-1].run()
            start = time.perf_counter()
            decide_case(instance, k, Deadline())
            seconds.append(time.perf_counter() - start)
            for prover, of in others.items():
                of.append(timed(instance, prover))
        counts = (max(t.depth for t in trees), trees[0].most, int(median(t.rows for t in trees)))
        times = " | ".join(shown(median(of)) for of in (seconds, *others.values()))
        nodes = int(median(t.nodes for t in trees))
        print(
            f"| {d}, {k}, {n} | {'yes' if fits else 'no'} | {nodes} | {' | '.join(map(str, counts))} | {times} |",
            flush=True,
        )


def commands(folder: str) -> None:
    print("\n| command | fits | `certify`, s | `check`, s | kB |")
    print("|---|---|---|---|---|")
    source, certificate = Path(folder) / "points.csv", Path(folder) / "claim.cert"
    for (d, k, n), fits in ((one, fits) for one in ((2, 2, 1000), (10, 1, 10000)) for fits in (True, False)):
        lines = [",".join(map(str, (*x, y))) for x, y in rows(d, k, n, fits, 0)]
        source.write_text("\n".join([",".join([*(f"x{t + 1}" for t in range(d)), "y"]), *lines]) + "\n")
        command = [f"{BIN}/relucert", "certify", "training", source, "--neurons", k, "--bias", "--prover", "lp"]
        taken = []
        for words in ([*command, "--output", "ones", "-o", certificate], [f"{BIN}/relucert", "check", certificate]):
            runs = [run_measured(list(map(str, words))) for _ in range(RUNS)]
            assert all(one.code == 0 for one in runs), runs[0].output
            taken.append(median(one.cpu for one in runs))
        cells = (f"d = {d}, k = {k}, n = {n:,}", "yes" if fits else "no", *(f"{one:.1f}" for one in taken))
        print(f"| {' | '.join(cells)} | {certificate.stat().st_size / 1000:,.0f} |")


def main() -> None:
    print(f"Machine: {description()}\n")
    classes()
    with tempfile.TemporaryDirectory() as folder:
        commands(folder)


if __name__ == "__main__":
    main()
