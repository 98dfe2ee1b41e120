"""`python -m benchmarks.planes`: fixed dimension. Gadget lemmas, the NO of Theorem 1, large formulas, separability.

Whole processes, wall seconds: `certify` and `lemma` find, write and check; `check` is the process that checks again.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.machine import description, run, run_measured

BIN = Path(sys.executable).parent
EXAMPLES = Path(__file__).parent.parent / "examples"
RUNS, PLANES = 3, 10


def relucert(*arguments: object, limit: float = 900) -> tuple[float, str]:
    result = run([f"{BIN}/relucert", *map(str, arguments)], limit)
    assert result.code == 0, result.output
    return result.seconds, result.output


def ratios(folder: str) -> None:
    """The NO of Theorem 1, lifted and padded, relative to itself: seconds of the processor, least of runs in turn."""
    plain = "one-in-three-to-plane"
    chains = [plain, f"{plain}/lift-target-error", f"{plain}/pad-dimension"]
    seconds: dict[str, list[tuple[float, float]]] = {chain: [] for chain in chains}
    for _ in range(RUNS):
        for chain in chains:
            path = Path(folder) / "ratio.cert"
            certified = run_measured(
                [f"{BIN}/relucert", "certify", chain, f"{EXAMPLES}/four_triples.cnf", "-o", str(path)]
            )
            seconds[chain].append((certified.cpu, run_measured([f"{BIN}/relucert", "check", str(path)]).cpu))
    least = {chain: [min(times) for times in zip(*runs, strict=True)] for chain, runs in seconds.items()}
    print("\n| four triples | certify, relative | check, relative |")
    print("|---|---|---|")
    for chain in chains:
        found, checked = (own / base for own, base in zip(least[chain], least[plain], strict=True))
        print(f"| `{chain}` | {found:.2f} | {checked:.2f} |")


def certificates(folder: str) -> None:
    print("| claim | find, write and check, s | `check` process, s | kB |")
    print("|---|---|---|---|")
    path = Path(folder) / "claim.cert"
    formula = Path(folder) / "five.cnf"
    clauses = ((0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 2, 3), (1, 2, 4), (2, 3, 4))
    formula.write_text("p cnf 5 6\n" + "".join(" ".join(str(v + 1) for v in c) + " 0\n" for c in clauses))
    claims: list[tuple[str, int, list[object]]] = [
        ("Lemma 4, 5 slopes, all sign counts", RUNS, ["lemma", "selection", "--slopes", "0,1/2,1,3/2,2"]),
        ("the same with an affine function", RUNS, ["lemma", "selection", "--slopes", "0,1/2,1,3/2,2", "--affine"]),
        ("Lemma 11, two gadgets, with an affine function", 1, ["lemma", "selection", "--gadgets", 2, "--affine"]),
        ("two gadgets, 7 neurons, all sign counts", RUNS, ["lemma", "selection", "--gadgets", 2, "--neurons", 7]),
        ("parallel ramps, d = 2", RUNS, ["lemma", "ramps", "--dimension", 2]),
        (
            "NO of Theorem 1: four triples, 32 ReLUs",
            1,
            ["certify", "one-in-three-to-plane", EXAMPLES / "four_triples.cnf"],
        ),
        ("NO of Theorem 1: 5 variables, 6 clauses, 44 ReLUs", 1, ["certify", "one-in-three-to-plane", formula]),
        (
            "NO of Corollary 7: four triples, 16 thresholds",
            1,
            ["certify", "one-in-three-to-thresholds", EXAMPLES / "four_triples.cnf"],
        ),
        (
            "NO of Corollary 7: 5 variables, 6 clauses, 22 thresholds",
            1,
            ["certify", "one-in-three-to-thresholds", formula],
        ),
    ]
    for name, runs, command in claims:
        found = median(relucert(*command, "-o", path)[0] for _ in range(runs))
        checked = median(relucert("check", path)[0] for _ in range(runs))
        print(f"| {name} | {found:.1f} | {checked:.1f} | {path.stat().st_size / 1000:,.0f} |")


def large_formulas(folder: str) -> None:
    """50 clauses over 50 variables, of which a planted solution makes exactly one true in each."""
    rng = random.Random(4)
    true = rng.sample(range(1, 51), 17)
    false = [v for v in range(1, 51) if v not in true]
    source = Path(folder) / "large.cnf"
    rows = [rng.sample([rng.choice(true), *rng.sample(false, 2)], 3) for _ in range(50)]
    source.write_text("p cnf 50 50\n" + "".join(" ".join(map(str, row)) + " 0\n" for row in rows))
    print("\n| 50 clauses, 50 variables | reduce, s | certify YES, s |")
    print("|---|---|---|")
    for name in ("one-in-three-to-plane", "one-in-three-to-thresholds"):
        target = Path(folder) / "target.json"
        reduce = median(relucert("reduce", name, source, "-o", target)[0] for _ in range(RUNS))
        certify = median(relucert("certify", name, source, "-o", Path(folder) / "large.cert")[0] for _ in range(RUNS))
        samples = len(json.loads(target.read_text())["samples"])
        print(f"| `{name}`, {samples:,} samples | {reduce:.1f} | {certify:.1f} |")


def strip(folder: str) -> None:
    """Ten random points of [−4, 4]² on two sides, as many instances of each answer."""
    rng = random.Random(5)
    seconds: dict[str, dict[str, list[float]]] = {"separability-to-relu": {}, "separability-to-thresholds": {}}
    grid = [(x, y) for x in range(-4, 5) for y in range(-4, 5)]
    source = Path(folder) / "points.csv"
    while any(len(of.get(answer, [])) < PLANES for of in seconds.values() for answer in ("YES", "NO")):
        points, inside = rng.sample(grid, 10), rng.randint(1, 5)
        rows = (f"{x},{y},{'P' if i < inside else 'Q'}" for i, (x, y) in enumerate(points))
        source.write_text("\n".join(["x1,x2,side", *rows]) + "\n")
        for name, of in seconds.items():
            time, output = relucert("certify", name, source, "--json")
            answer = json.loads(output.splitlines()[-1])["verdict"]
            if len(of.setdefault(answer, [])) < PLANES:
                of[answer].append(time)
    print("\n| d = 2, 10 points | answer | certify, median s | largest s |")
    print("|---|---|---|---|")
    for name, of in seconds.items():
        for answer, times in sorted(of.items(), reverse=True):
            print(f"| `{name}` | {answer} | {median(times):.1f} | {max(times):.1f} |")


def main() -> None:
    print(f"Machine: {description()}\n")
    with tempfile.TemporaryDirectory() as folder:
        certificates(folder)
        ratios(folder)
        large_formulas(folder)
        strip(folder)


if __name__ == "__main__":
    main()
