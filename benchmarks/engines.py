"""`python -m benchmarks.engines`: which prover suits what, with and without the search of dichotomies.

Exact fits by k ReLUs with biases and output weights ±1, every number of positive ones, in general position: the values
of a random network at m points of a grid in d dimensions, and the same with one label changed; and colourings. Each
prover decides, writes and checks in a process of its own: dichotomies with what circuits say first, dichotomies by
linear programs alone, the provers that get the whole formula; and the finder of networks, which has no NO. In four
dimensions and more also with those circuits that are otherwise left out, as they are few of all. If it is asked for,
dichotomies without what labels say of circuits, the kinks. Seconds of its processor. What the file of results has is
not run again.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from benchmarks.machine import description
from relucert.reductions import reduction
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.verify.certify import certify_instance
from relucert.verify.decide import decide, find
from relucert.verify.problems import training
from relucert.verify.provers import circuits, dichotomies, provers_for
from relucert.verify.provers.base import Deadline, Unknown

EXAMPLES = Path(__file__).parent.parent / "examples"
PLANTED = [(2, 2, 20), (2, 3, 20), (2, 3, 40), (2, 4, 30), (2, 4, 40), (2, 5, 40), (3, 3, 30), (4, 2, 30)]
PLANTED += [(4, 3, 60), (5, 3, 36)]
COLORINGS = [("grotzsch.col", 3), ("queen5_5.col", 4), ("mycielski23.col", 4), ("chvatal.edges", 3)]
FEW_FROM = 4  # dimensions
ENGINES = ["finder", "dichotomies", "dichotomies, no circuits", "dichotomies, few circuits", "lp", "z3"]
NO_KINKS = "dichotomies, no kinks"


def names(seeds: int) -> Iterator[str]:
    for d, k, m in PLANTED:
        for kind in ("fits", "changed"):
            yield from (f"{kind} {d},{k},{m} {seed}" for seed in range(1, seeds + 1))
    yield from (f"coloring {file} {colors}" for file, colors in COLORINGS)


def instance(name: str) -> TrainingInstance:
    kind, what, number = name.split()
    if kind == "coloring":
        path = EXAMPLES / what
        parsed = HYPERGRAPH_COLORING.parse(path.read_text(), path.suffix)
        target = reduction("coloring-to-relu-network").reduce(
            HYPERGRAPH_COLORING.complete(parsed, {"colors": int(number)})
        )
        assert isinstance(target, TrainingInstance)
        return target
    d, k, m = map(int, what.split(","))
    return planted(d, k, m, int(number), kind == "changed")


def planted(d: int, k: int, m: int, seed: int, changed: bool) -> TrainingInstance:
    """Half of the output weights are 1; every neuron is active on a fifth of the samples to four."""
    rng = random.Random(f"{d} {k} {m} {seed}")
    output = tuple(1 if 2 * j < k else -1 for j in range(k))
    while True:
        weights = tuple(tuple(rng.randint(-6, 6) for _ in range(d)) for _ in range(k))
        biases = tuple(rng.randint(-12, 12) for _ in range(k))
        points: dict[tuple[int, ...], None] = {}
        while len(points) < m:
            points[tuple(rng.randint(-9, 9) for _ in range(d))] = None
        active = [
            sum(sum(a * v for a, v in zip(w, x, strict=True)) + b > 0 for x in points)
            for w, b in zip(weights, biases, strict=True)
        ]
        if all(m <= 5 * a <= 4 * m for a in active):
            break
    net = Network(weights, biases, output)
    labels = [net(enumerate(x)) for x in points]
    if changed:
        labels[rng.randrange(m)] += rng.choice((-2, -1, 1, 2))
    return TrainingInstance(d, k, tuple(map(sample, points, labels)), bias=True)


def one(name: str, engine: str, limit: int) -> dict[str, Any]:
    """Decide, write and check in this process, which ends after so many seconds of the processor."""
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
    prover, _, variant = engine.partition(", ")
    if prover == "dichotomies":
        prover = "lp"
        if variant == "no circuits":
            circuits.MOST_CIRCUITS = 0
        elif variant == "few circuits":
            circuits.OF_NEIGHBOURS = circuits.LARGEST
        elif variant == "no kinks":
            dichotomies.dependent_sets = without_kinks
    else:
        training.has_dichotomies = lambda _instance: False  # type: ignore[assignment]
    data, start = instance(name), process_time()
    if prover == "finder":
        found = certify_instance(TRAINING, data, lambda p, i: find(p, i, Deadline()))
    else:
        [chosen] = provers_for(TRAINING, prover)
        found = certify_instance(TRAINING, data, lambda p, i: decide(p, i, chosen, Deadline()))
    if isinstance(found, Unknown):
        return {"answer": "UNKNOWN"}
    seconds = round(process_time() - start, 2)
    steps = max(0, found.certificate.count(b"\n") - 2)
    return {"answer": found.answer, "seconds": seconds, "steps": steps, "bytes": len(found.certificate)}


def without_kinks(data: TrainingInstance, deadline: Deadline) -> circuits.Circuits:
    found = circuits.dependent_sets(data, deadline)
    return found._replace(bent=found.bent & False)


def measured(name: str, engine: str, limit: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.engines", "--one", name, engine, "--limit", str(limit)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout  # HiGHS prints its name
    lines = [line for line in output.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"answer": "UNKNOWN"}


def main() -> None:
    arguments = argparse.ArgumentParser(prog="benchmarks.engines")
    arguments.add_argument("--seeds", type=int, default=1)
    arguments.add_argument("--limit", type=int, default=60, help="seconds of the processor of one run")
    arguments.add_argument("--results", type=Path, default=Path("engines.jsonl"))
    arguments.add_argument("--only", default="", help="instances whose names contain this")
    arguments.add_argument("--engines", nargs="+", default=ENGINES, choices=[*ENGINES, NO_KINKS])
    arguments.add_argument("--one", nargs=2, metavar=("NAME", "ENGINE"), help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.one:
        print(json.dumps(one(*options.one, options.limit)))
        return
    done: dict[tuple[str, str, int], dict[str, Any]] = {}
    if options.results.exists():
        rows = [json.loads(line) for line in options.results.read_text().splitlines()]
        done = {(row["name"], row["engine"], row["limit"]): row for row in rows}
    wanted = [name for name in names(options.seeds) if options.only in name]
    for name in wanted:
        for engine in options.engines:
            key = (name, engine, options.limit)
            kind, size, _ = name.split(" ")
            pointless = (kind == "coloring" and engine not in ("lp", "z3")) or (kind != "fits" and engine == "finder")
            few = kind != "coloring" and int(size.split(",")[0]) >= FEW_FROM
            pointless |= engine == "dichotomies, few circuits" and not few
            if key in done or pointless:
                continue
            done[key] = {"name": name, "engine": engine, "limit": options.limit, **measured(*key)}
            with options.results.open("a") as stream:
                stream.write(json.dumps(done[key]) + "\n")
    print(f"Machine: {description()}\n")
    print(f"| instance | answers | {' | '.join(options.engines)} | kB, dichotomies or lp |")
    print(f"|---{'|---' * (len(options.engines) + 2)}|")
    for group in dict.fromkeys(name.rpartition(" ")[0] if not name.startswith("coloring") else name for name in wanted):
        members = [name for name in wanted if name.startswith(group)]
        rows = [row for (name, _, limit), row in done.items() if name in members and limit == options.limit]
        answers = ", ".join(sorted({row["answer"] for row in rows} - {"UNKNOWN"}, reverse=True)) or "UNKNOWN"
        cells = []
        for engine in options.engines:
            own = [row for row in rows if row["engine"] == engine]
            cells.append(summary([row.get("seconds") for row in own], options.limit) if own else "")
        shown = "lp" if group.startswith("coloring") else "dichotomies"
        sizes = [row["bytes"] for row in rows if row["engine"] == shown and "bytes" in row]
        cells.append(f"{median(sizes) / 1000:,.0f}" if sizes else "")
        print("| " + " | ".join([group, answers, *cells]) + " |")


def summary(seconds: list[float | None], limit: int) -> str:
    """The median, and how many were not decided."""
    solved = [limit * 10.0 if s is None else s for s in seconds]
    middle = median(solved)
    shown = f"> {limit}" if middle > limit else f"{middle:.1f}"
    failed = sum(s is None for s in seconds)
    return f"{shown} ({failed} of {len(seconds)} not)" if failed and len(seconds) > 1 else shown


if __name__ == "__main__":
    main()
