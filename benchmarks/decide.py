"""`python -m benchmarks.decide`: certify against plain Z3 and Yices 2 on the exported SMT-LIB of the same instances.

Whole processes, wall seconds, medians of three runs that take turns. The other two solvers only answer; relucert
decides both sides of the reduction, writes the certificate and checks it. `decide` and `check` are parts of its time.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from rich.progress import track

from benchmarks.machine import description, run

BIN = Path(sys.executable).parent
RUNS, LIMIT = 3, 30
INSTANCES = [
    ("petersen.g6", 3),
    ("grotzsch.col", 3),
    ("grotzsch.col", 4),
    ("k6.col", 5),
    ("queen5_5.col", 4),
    ("queen5_5.col", 5),
    ("mycielski23.col", 4),
    ("chvatal.edges", 3),
    ("fano.json", 2),
]
TARGETS = {"ones": "coloring-to-relu-sum", "signs": "coloring-to-relu-network"}


def cases() -> list[tuple[str, int, str]]:
    """Every instance with both kinds of output, the signed one up to 4 colours."""
    return [(file, k, target) for file, k in INSTANCES for target in TARGETS if k <= 4 or target == "ones"]


def measure(file: str, k: int, target: str) -> str:
    source = [TARGETS[target], f"examples/{file}", "-p", f"colors={k}"]
    with tempfile.TemporaryDirectory() as folder:
        smt, certificate = f"{folder}/target.smt2", f"{folder}/certificate"
        run([f"{BIN}/relucert", "export", *source, "--to", "smt2", "-o", smt])
        own, checks, z3, yices = [], [], [], []
        for _ in range(RUNS):
            own.append(run([f"{BIN}/relucert", "certify", *source, "-o", certificate, "--json"], LIMIT))
            checks.append(run([f"{BIN}/relucert", "check", certificate], LIMIT))
            z3.append(run([f"{BIN}/z3", smt], LIMIT))
            yices.append(run([f"{BIN}/yices-smt2", smt], LIMIT))
        facts = [json.loads(r.output) for r in own]
    verdict = facts[0]["verdict"]
    expected = {"YES": "sat", "NO": "unsat"}[verdict]
    cells = [f"{median(r.seconds for r in own):.2f}"]
    cells += [f"{median(f['seconds'][part] for f in facts):.2f}" for part in ("decide", "check")]
    cells += [f"{median(r.seconds for r in checks):.2f}"]
    for others in (z3, yices):
        finished = all(r.code == 0 and r.output.split()[:1] == [expected] for r in others)
        cells.append(f"{median(r.seconds for r in others):.2f}" if finished else f"> {LIMIT}")
    share = median(f["seconds"]["check"] / f["seconds"]["decide"] for f in facts)
    size = f"{facts[0]['bytes'] / 1000:,.0f}"
    return "| " + " | ".join([f"{file}, k = {k}", target, verdict, *cells, f"{share:.0%}", size]) + " |"


def main() -> None:
    print(f"Machine: {description()}\n")
    print(
        "| instance | output | answer | certify | decide | check | `check` process | Z3 | Yices 2 | check/decide | kB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    rows = [measure(*case) for case in track(cases(), "measuring", disable=not sys.stderr.isatty())]
    print("\n".join(rows))


if __name__ == "__main__":
    main()
