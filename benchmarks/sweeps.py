"""`python -m benchmarks.sweeps [FOLDER]`: reductions on all small instances, and what one and two workers take.

Each sweep is a file in FOLDER, or in a temporary folder; what is there already is not swept again. Then its one
certificate goes through the solver-free checker. Seconds are those of the processor, so that other processes do not
matter; for the last table also those of the wall.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.machine import description, run_measured

BIN = Path(sys.executable).parent
SWEEPS = [
    ("coloring-to-relu-network", "graphs", 7, ["colors=3"]),
    ("coloring-to-relu-sum", "hypergraphs", 4, ["colors=2"]),
    ("vertex-cover-to-set-cover", "graphs", 7, ["budget=3"]),
    ("independent-set-to-clique", "graphs", 7, ["size=3"]),
    ("max-cut-to-leaky-relu", "graphs", 4, ["cut_wanted=3"]),
    ("set-cover-to-relu", "set-systems", 3, ["budget=1"]),
    ("three-sat-to-one-in-three", "formulas", 3, []),
    ("sat-to-three-sat", "formulas", 4, []),
    ("clique-to-strip", "coloured-graphs", 5, []),
    ("separability-to-relu", "points-on-a-line", 3, []),
    ("separability-to-thresholds", "points-in-a-square", 5, []),
    ("one-in-three-to-plane", "triples", 4, []),
]
SCALING = ("coloring-to-relu-network", "graphs", 7, ["colors=3"])


def main() -> None:
    print(f"Machine: {description()}\n")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        print("| reduction | instances | up to | with | classes | YES | NO | UNKNOWN | work s | check s | verdict |")
        print("|---|---|---|---|---|---|---|---|---|---|---|")
        for sweep in SWEEPS:
            print(row(folder, *sweep), flush=True)
        if len(sys.argv) > 1:
            return
        print("\n| workers | wall s | processor s | peak MB of one process |\n|---|---|---|---|")
        for workers in (1, 2):
            ran = run_measured(command(folder / f"{workers}.db", *SCALING, workers=workers))
            print(f"| {workers} | {ran.seconds:.0f} | {ran.cpu:.0f} | {ran.megabytes:.0f} |", flush=True)


def command(path: Path, name: str, family: str, upto: int, parameters: list[str], workers: int = 2) -> list[str]:
    given = [word for one in parameters for word in ("-p", one)]
    what = ["--family", family, "--upto", str(upto), "--workers", str(workers), "--time-limit", "1200", "--json"]
    return [f"{BIN}/relucert", "sweep", name, *given, *what, "--db", str(path)]


def row(folder: Path, name: str, family: str, upto: int, parameters: list[str]) -> str:
    path = folder / f"{name}-{family}-{upto}.db"
    swept = run_measured(command(path, name, family, upto, parameters))
    said = json.loads(swept.output)
    answers = {answer: said.get("answers", {}).get(answer, 0) for answer in ("YES", "NO", "UNKNOWN")}
    total = sum(answers.values())
    whole = path.with_suffix(".cert.gz")
    verdict, seconds = "not complete", 0.0
    if said["verdict"] == "complete":
        run_measured([f"{BIN}/relucert", "sweep", "export", str(path), "-o", str(whole)])
        checked = run_measured([sys.executable, "-m", "relucert.certificates", str(whole), "--json"])
        verdict, seconds = json.loads(checked.output)["verdict"], checked.cpu
    no = f"{answers['NO']:,} ({100 * answers['NO'] / total:.0f} %)"
    counts = f"{total:,} | {answers['YES']:,} | {no} | {answers['UNKNOWN']:,}"
    return (
        f"| {name} | {family} | {upto} | {', '.join(parameters)} | {counts} | {said['seconds']:.0f} | {seconds:.1f} "
        f"| {verdict} |"
    )


if __name__ == "__main__":
    main()
