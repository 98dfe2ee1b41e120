"""`python -m benchmarks.planar [FOLDER [FIRST]]`: the next sizes of Theorem 1 and Corollary 7.

All formulas of seven triples in which six variables occur and that have no solution, one of each class under renaming
variables, in the order in which `relucert sweep` lists them. For each, and for both reductions to the plane, one
process finds a certificate, and another one checks it: seconds of the processor, as other processes matter less then.
FIRST: how many formulas, 2 if nothing is said. What FOLDER has already is not done again, so that a run that was
stopped goes on where it was. Certificates are not kept; the same versions of the packages give the same hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import description, run_measured
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.verify.problems.one_in_three import SEARCH
from relucert.verify.sweeps.listing import subsets

BIN = Path(sys.executable).parent
VARIABLES, CLAUSES = 6, 7
REDUCTIONS = ("one-in-three-to-thresholds", "one-in-three-to-plane")
LIMIT = 3600  # seconds for a certificate


def formulas() -> Iterator[OneInThreeInstance]:
    for clauses in subsets(VARIABLES, (3,)):
        if len(clauses) == CLAUSES and len({v for clause in clauses for v in clause}) == VARIABLES:
            formula = OneInThreeInstance(VARIABLES, clauses)
            if SEARCH.by_brute_force(formula) is None:
                yield formula


def measured(name: str, formula: OneInThreeInstance, folder: Path) -> dict[str, Any]:
    """The certificate of one formula: found, written and checked, then checked by the solver-free program."""
    rows = "".join(" ".join(str(v + 1) for v in clause) + " 0\n" for clause in formula.clauses)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        source, path = Path(temporary) / "formula.cnf", Path(temporary) / "formula.cert"
        source.write_text(f"p cnf {formula.variables} {len(formula.clauses)}\n{rows}")
        certify = [f"{BIN}/relucert", "certify", name, str(source), "--time-limit", str(LIMIT), "-o", str(path)]
        found = run_measured([*certify, "--quiet"])
        said: dict[str, Any] = {"clauses": formula.clauses, "certify": found.cpu, "answer": found.output.split()[0]}
        if found.code == 0:
            checked = run_measured([sys.executable, "-m", "relucert.certificates", str(path)])
            content = path.read_bytes()
            said |= {
                "check": checked.cpu,
                "accepted": checked.code == 0,
                "steps": content.count(b"\n"),
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
    return said


def kept(path: Path, name: str, formula: OneInThreeInstance) -> dict[str, Any]:
    """What is measured is written as a whole."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(measured(name, formula, path.parent)))
        os.replace(new, path)
    said: dict[str, Any] = json.loads(path.read_text())
    return said


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        first = int(sys.argv[2]) if len(sys.argv) > 2 else 2
        print(f"Machine: {description()}\n")
        everything = list(formulas())
        for name in REDUCTIONS:
            print(f"| `{name}` | answer | certify s | check s | lines | kB | SHA-256 |\n|---|---|---|---|---|---|---|")
            rows = []
            for number, formula in enumerate(everything[:first], 1):
                said = kept(folder / name / f"{number:03}.json", name, formula)
                clauses = " ".join("".join(str(v + 1) for v in clause) for clause in formula.clauses)
                if "sha256" not in said:
                    print(f"| {number}: {clauses} | {said['answer']} | {said['certify']:.1f} | | | | |", flush=True)
                    continue
                rows.append(said)
                print(
                    f"| {number}: {clauses} | {said['answer']}{'' if said['accepted'] else ', REJECTED'} | "
                    f"{said['certify']:.1f} | {said['check']:.1f} | {said['steps']:,} | {said['bytes'] / 1000:,.0f} | "
                    f"`{said['sha256'][:16]}` |",
                    flush=True,
                )
            if rows:
                medians = {key: median(row[key] for row in rows) for key in ("certify", "check", "steps", "bytes")}
                print(
                    f"\n{len(rows)} of {len(everything)} certified; medians: {medians['certify']:.1f} s, check "
                    f"{medians['check']:.1f} s, {medians['steps']:,.0f} lines, {medians['bytes'] / 1000:,.0f} kB\n"
                )


if __name__ == "__main__":
    main()
