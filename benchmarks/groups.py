"""`python -m benchmarks.groups`: groups of clauses and pinned filters of signs, both answers, whole processes.

20 groups of 3 clauses over 12 variables, 3 literals each. Planted: labels are those of a drawn assignment. Random: fair
labels. Medians over five seeds of `relucert certify sat-groups-to-sign-cnn`, the check included.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.machine import description, run_measured

BIN = Path(sys.executable).parent
VARIABLES, WIDTH, SIZE, GROUPS, SEEDS = 12, 3, 3, 20, 5


def written(path: Path, seed: int, planted: bool) -> None:
    rng = Random(seed)
    truth = {v: rng.random() < 0.5 for v in range(1, VARIABLES + 1)}
    lines = []
    for _ in range(GROUPS):
        clauses = [[v * rng.choice((1, -1)) for v in rng.sample(range(1, VARIABLES + 1), WIDTH)] for _ in range(SIZE)]
        violated = any(all((literal > 0) != truth[abs(literal)] for literal in clause) for clause in clauses)
        lines += [
            f"g {int(violated) if planted else rng.randrange(2)}",
            *(" ".join(map(str, [*c, 0])) for c in clauses),
        ]
    path.write_text("\n".join([f"p cnf {VARIABLES} {GROUPS * SIZE}", *lines, ""]))


def main() -> None:
    print(f"Machine: {description()}\n")
    print("| labels | answers | seconds, median | most |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for planted in (True, False):
            runs, answers = [], []
            for seed in range(SEEDS):
                path = Path(folder, f"{seed}.cnf")
                written(path, seed, planted)
                run = run_measured([f"{BIN}/relucert", "certify", "sat-groups-to-sign-cnn", str(path), "--json"])
                runs.append(run.seconds)
                answers.append(json.loads(run.output)["verdict"])
            shown = ", ".join(f"{answers.count(answer)} {answer}" for answer in sorted(set(answers)))
            print(f"| {'planted' if planted else 'random'} | {shown} | {median(runs):.2f} | {max(runs):.2f} |")


if __name__ == "__main__":
    main()
