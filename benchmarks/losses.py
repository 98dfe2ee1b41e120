"""`python -m benchmarks.losses`: squared losses. Random set covers against Z3's nonlinear solver, and exact minima.

Set covers: up to 12 sets over up to 20 elements, certified at the least budget (YES) and one below it (NO). Z3 gets the
exported SMT-LIB of the same training instances, with a time limit. Circuits: up to 12 wires, likewise, without Z3.
Minima: random training sets with 12 samples, up to 3 dimensions and 2 neurons. Whole processes, wall seconds.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from itertools import combinations
from pathlib import Path
from statistics import median

from benchmarks.machine import description, run, run_measured

BIN = Path(sys.executable).parent
COVERS, MINIMA, LIMIT = 10, 6, 5


def random_cover(rng: random.Random) -> tuple[int, list[list[int]], int]:
    """A coverable instance and its least budget, by brute force."""
    m, n = rng.randint(4, 12), rng.randint(5, 20)
    sets = [set(rng.sample(range(n), rng.randint(1, max(1, n // 3)))) for _ in range(m)]
    for u in range(n):
        if not any(u in s for s in sets):
            rng.choice(sets).add(u)
    least = next(t for t in range(m + 1) if any(len(set().union(*c)) == n for c in combinations(sets, t)))
    return n, [sorted(s) for s in sets], least


def random_circuit(rng: random.Random) -> tuple[dict[str, object], int]:
    """At most twelve wires, and the least number of true inputs that make the output true."""
    inputs = rng.randint(2, 7)
    gates: list[tuple[str, list[int]]] = []
    for wire in range(inputs, rng.randint(inputs + 2, 12)):
        gates.append((rng.choice(("and", "or")), sorted(rng.sample(range(wire), rng.randint(1, min(3, wire))))))
    wires = inputs + len(gates)

    def true(chosen: tuple[int, ...]) -> bool:
        values = [i in chosen for i in range(inputs)]
        for kind, operands in gates:
            values.append((all if kind == "and" else any)(values[w] for w in operands))
        return values[-1]

    least = next(t for t in range(inputs + 1) if any(map(true, combinations(range(inputs), t))))
    return {"inputs": inputs, "gates": gates, "output": wires - 1}, least


def circuits(folder: str) -> None:
    rng = random.Random(4)
    seconds: dict[str, list[float]] = {"YES": [], "NO": []}
    source = f"{folder}/circuit.json"
    for _ in range(COVERS):
        circuit, least = random_circuit(rng)
        Path(source).write_text(json.dumps(circuit))
        for answer, budget in (("YES", least), ("NO", least - 1)):
            result = run([f"{BIN}/relucert", "certify", "circuit-to-relu", source, "-p", f"budget={budget}", "--json"])
            assert json.loads(result.output)["verdict"] == answer
            seconds[answer].append(result.seconds)
    print("\n| circuits | median s | largest s |")
    print("|---|---|---|")
    for answer, times in seconds.items():
        print(f"| {answer} | {median(times):.2f} | {max(times):.2f} |")


def covers(folder: str) -> None:
    rng = random.Random(1)
    seconds: dict[str, list[float]] = {"YES": [], "NO": []}
    z3: dict[str, list[str]] = {"YES": [], "NO": []}
    for _ in range(COVERS):
        universe, sets, least = random_cover(rng)
        source, smt = f"{folder}/cover.json", f"{folder}/cover.smt2"
        Path(source).write_text(json.dumps({"universe": universe, "sets": sets}))
        for answer, budget in (("YES", least), ("NO", least - 1)):
            arguments = ["set-cover-to-relu", source, "-p", f"budget={budget}"]
            result = run([f"{BIN}/relucert", "certify", *arguments, "--json"])
            assert json.loads(result.output)["verdict"] == answer
            seconds[answer].append(result.seconds)
            run([f"{BIN}/relucert", "export", *arguments, "--to", "smt2", "-o", smt])
            z3[answer].append(run([f"{BIN}/z3", smt], LIMIT).output.strip() or "none")
    print("| set covers | median s | largest s | Z3 nonlinear, of 10 within 5 s |")
    print("|---|---|---|---|")
    for answer, words in (("YES", "sat"), ("NO", "unsat")):
        solved = sum(word == words for word in z3[answer])
        print(f"| {answer} | {median(seconds[answer]):.2f} | {max(seconds[answer]):.2f} | {solved} |")


def minima(folder: str) -> None:
    rng = random.Random(2)
    print("\n| samples, dimension, neurons, bias | certified minimum, median s | largest s | UNKNOWN |")
    print("|---|---|---|---|")
    for d, k, bias in ((2, 1, True), (3, 1, True), (2, 2, True), (3, 2, True)):
        times, unknown = [], 0
        for _ in range(MINIMA):
            rows = [[rng.randint(-5, 5) for _ in range(d)] + [rng.randint(-4, 4)] for _ in range(12)]
            data = f"{folder}/data.csv"
            header = ",".join([*(f"x{t}" for t in range(1, d + 1)), "y"])
            Path(data).write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
            command = ["optimum", data, "--neurons", str(k), *["--bias"] * bias, "--json", "--time-limit", "60"]
            result = run([f"{BIN}/relucert", *command], 70)
            times.append(result.seconds)
            unknown += result.code != 0
        print(f"| 12, {d}, {k}, {bias} | {median(times):.2f} | {max(times):.2f} | {unknown} |")


def memberships(folder: str) -> None:
    print("\n| memberships | reduce, s | peak MB |")
    print("|---|---|---|")
    rng = random.Random(3)
    for count in (10**5, 10**6):
        universe, sets = count // 20, count // 10
        data = {"universe": universe, "sets": [sorted(rng.sample(range(universe), 10)) for _ in range(sets)]}
        source = f"{folder}/large.json"
        Path(source).write_text(json.dumps(data))
        command = ["reduce", "set-cover-to-relu", source, "-p", "budget=5", "-o", f"{folder}/target.json"]
        results = [run_measured([f"{BIN}/relucert", *command]) for _ in range(3)]
        seconds, memory = median(r.seconds for r in results), max(r.megabytes for r in results)
        print(f"| {count:,} | {seconds:.1f} | {memory:,.0f} |")


def main() -> None:
    print(f"Machine: {description()}\n")
    with tempfile.TemporaryDirectory() as folder:
        covers(folder)
        circuits(folder)
        minima(folder)
        memberships(folder)


if __name__ == "__main__":
    main()
