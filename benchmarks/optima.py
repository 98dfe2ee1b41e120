"""`python -m benchmarks.optima`: least squared errors that a solver in floating point calls optimal, and exact ones.

SCIP's model has an indicator for each activation, weights and biases in ±1000, and a program for each number of output
weights 1. relucert's command writes a certificate of the exact minimum, which `relucert check` accepts. Data:
examples/unlike.csv and others like it, 15 integer points in ±9 with labels that have nothing to do with them. If SCIP's
value is less than the minimum, no network has it; its own network, taken as the fractions that its floats are, has the
exact loss that is shown.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from benchmarks.least import Rows, unlike
from benchmarks.machine import description, run
from benchmarks.peers.ask import scip_model
from benchmarks.peers.encodings import cases, mixed_integer
from benchmarks.peers.runs import installed, networks
from relucert.reductions.problems.training import TrainingInstance, loss_of, sample

BIN = Path(sys.executable).parent
EXAMPLE = Path(__file__).parents[1] / "examples" / "unlike.csv"
LIMIT = 120  # seconds, for each program of SCIP's and for the command
SEEDS = 3


def data() -> Iterator[tuple[str, Rows]]:
    yield (
        "examples/unlike.csv",
        [line.split(",") for line in EXAMPLE.read_text().splitlines() if line[0] in "-0123456789"],
    )
    for seed in range(SEEDS):
        yield f"unlike 15, d = 2, seed {seed}", unlike(15, 2, seed)


def by_scip(instance: TrainingInstance) -> tuple[str, float, Fraction]:
    """Its status, the least value that it reports, and the exact loss of the network that it gives with that."""
    found, status = [], "optimal"
    for case, positive in enumerate(cases(instance)):
        program = mixed_integer(instance, positive)
        solver, variables = scip_model(program)
        solver.setObjective(sum(c * variables[v] for v, c in program["loss"]))
        solver.setParam("limits/time", LIMIT)
        solver.optimize()
        if solver.getStatus() != "optimal":
            status = solver.getStatus()
        if solver.getNSols():
            best = solver.getBestSol()
            found.append((solver.getObjVal(), case, [solver.getSolVal(best, v) for v in variables]))
    value, case, values = min(found)
    exact = next(networks("scip", instance, {"case": case, "values": values}, as_they_are=True))
    return status, value, Fraction(loss_of(instance, exact))


def main() -> None:
    print(f"Machine: {description()}\n")
    if installed("scip") is None:
        print("PySCIPOpt is not installed (pip install -e '.[bench]')")
        return
    print("| data, k = 2, biases | minimum, certified | = | SCIP | too little by | exact loss of its network |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in data():
            table, certificate = f"{folder}/data.csv", f"{folder}/least.cert"
            Path(table).write_text("\n".join(["x1,x2,y", *map(",".join, rows)]) + "\n")
            command = [f"{BIN}/relucert", "optimum", table, "--neurons", "2", "--bias", "--quiet", "--json"]
            done = run([*command, "--time-limit", str(LIMIT), "-o", certificate], LIMIT + 30)
            found = json.loads(done.output.splitlines()[-1])
            assert run([f"{BIN}/relucert", "check", certificate]).code == 0
            least = Fraction(found["minimum"])
            samples = tuple(sample([int(v) for v in x], int(y)) for *x, y in rows)
            instance = TrainingInstance(2, 2, samples, bias=True, loss="l2", threshold=10**6)
            status, value, own = by_scip(instance)
            below = f"{float(least - Fraction(value)):.2g}" if Fraction(value) < least else ""
            shown = f"{least} | {float(least):.7f} | {status} {value:.7f} | {below} | {float(own):.7f}"
            print(f"| {name} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
