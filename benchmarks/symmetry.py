"""`python -m benchmarks.symmetry [FILE]`: what the symmetry rules save, rule by rule, over ten seeds.

Planted networks: integer points in ±9, the labels of k ReLUs with biases, or the same with one label changed, which
mostly makes a NO; the number of positive output weights is that of the planted network. Colourings: a graph whose
vertices are renumbered at random. Each run is a process of its own; its processor seconds are those of deciding, the
trimmed proof included. Every proof passes the kernel, every witness the problem. What has been measured stands in FILE,
a line each, and is not measured again.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations, product
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.machine import description
from relucert.certificates.kernel import Formula, Kernel, Step, step_from_json
from relucert.reductions import reduction
from relucert.reductions.problems.coloring import ColoringInstance, coloring
from relucert.reductions.problems.training import TrainingInstance, sample
from relucert.verify.decide import solve
from relucert.verify.problems.coloring import ColoringSearch, greedy_clique
from relucert.verify.problems.training import TrainingSearch, busiest_weight
from relucert.verify.provers import PROVERS
from relucert.verify.provers.base import Deadline, Model, Refutation, Unknown
from relucert.verify.provers.dichotomies import by_dichotomies
from relucert.verify.provers.general_position import spread
from relucert.verify.provers.lines import along_lines
from relucert.verify.saturation import to_order_by
from relucert.verify.search import AnySearch

SEEDS = 10
LIMIT = 10  # processor seconds of a run
SIZES = ((2, 3, 40), (2, 4, 30), (2, 4, 40))  # d, k, m
TRAINING_RULES = ("none", "functional", "order")
SUM_RULES = ("none", "functional", "order of 8", "order of all")
COLORING_RULES = ("none", "clique", "order of 8", "order of all")

Row = dict[str, Any]
Question = tuple[AnySearch, Any, int, Any]  # the search, the instance, its case, and what is said to the symmetry rule


def planted(d: int, k: int, m: int, seed: int, changed: bool) -> TrainingInstance:
    """Each neuron is active on a fifth to four fifths of the samples."""
    rng = random.Random(f"planted {d} {k} {m} {seed}")
    while True:
        rows = [[*(rng.randint(-6, 6) for _ in range(d)), rng.randint(-12, 12)] for _ in range(k)]
        points: dict[tuple[int, ...], None] = {}
        while len(points) < m:
            points[tuple(rng.randint(-9, 9) for _ in range(d))] = None
        z = [[sum(a * b for a, b in zip(row, (*x, 1), strict=True)) for row in rows] for x in points]
        if all(m // 5 <= sum(at[j] > 0 for at in z) <= m - m // 5 for j in range(k)):
            break
    labels = [sum(max(0, v) if j < positive(k) else -max(0, v) for j, v in enumerate(at)) for at in z]
    if changed:
        labels[rng.randrange(m)] += rng.choice((-2, -1, 1, 2))
    samples = tuple(sample(x, y) for x, y in zip(points, labels, strict=True))
    return TrainingInstance(d, k, samples, bias=True, output="signs")


def positive(k: int) -> int:
    return (k + 1) // 2


def queens(n: int) -> list[tuple[int, int]]:
    """The edges of the n × n queen graph."""
    squares = [(a, b) for a in range(n) for b in range(n)]
    return [
        (i, j)
        for (i, (a, b)), (j, (c, e)) in combinations(enumerate(squares), 2)
        if a == c or b == e or abs(a - c) == abs(b - e)
    ]


def mycielski(times: int) -> list[tuple[int, int]]:
    """The edges of the Mycielski graph that comes so often after one edge; colours needed: 2 + times."""
    edges, n = [(0, 1)], 2
    for _ in range(times):
        edges += [pair for u, v in edges for pair in ((u, n + v), (v, n + u))] + [(n + v, 2 * n) for v in range(n)]
        n = 2 * n + 1
    return edges


GRAPHS: dict[str, tuple[list[tuple[int, int]], int]] = {
    "queen5_5, 4 colours": (queens(5), 4),
    "queen6_6, 6 colours": (queens(6), 6),
    "queen6_6, 7 colours": (queens(6), 7),
    "queen7_7, 6 colours": (queens(7), 6),
    "23-vertex Mycielski, 4 colours": (mycielski(3), 4),
    "47-vertex Mycielski, 5 colours": (mycielski(4), 5),
}


SUMS = ("queen5_5, 4 colours", "23-vertex Mycielski, 4 colours", "queen6_6, 6 colours", "queen6_6, 7 colours")


def renumbered(name: str, seed: int) -> ColoringInstance:
    edges, colors = GRAPHS[name]
    n = 1 + max(v for e in edges for v in e)
    new = random.Random(f"{name} {seed}").sample(range(n), n)
    return coloring(n, [(new[u], new[v]) for u, v in edges], colors)


class Ablated(TrainingSearch):
    """By lines, but by nothing else."""

    def derive(
        self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline
    ) -> tuple[Formula, Sequence[Step]]:
        return along_lines(instance, case, formula, deadline)


def of_training(rule: str, instance: TrainingInstance) -> Question:
    choice: Any = busiest_weight(instance) if rule == "functional" else None
    if rule.startswith("order"):
        choice = {"order": spread(instance, 12)}
    return Ablated(), instance, positive(instance.neurons), choice


def of_coloring(rule: str, instance: ColoringInstance) -> Question:
    choice: Any = greedy_clique(instance) if rule == "clique" else None
    if rule.startswith("order"):
        most = 8 if rule == "order of 8" else instance.vertices
        choice = {"order": to_order_by(range(instance.vertices), instance.edges, most)}
    return ColoringSearch(), instance, 0, choice


def of_sum(rule: str, instance: ColoringInstance) -> Question:
    """The same colouring as a sum of ReLUs, where a vertex is the sample of its coordinate only."""
    target = reduction("coloring-to-relu-sum").reduce(instance)
    choice: Any = busiest_weight(target) if rule == "functional" else None
    if rule.startswith("order"):
        alone = {x[0][0]: i for i, (x, _, _) in enumerate(target.samples) if len(x) == 1}
        choice = {"order": [alone[v] for v in of_coloring(rule, instance)[3]["order"]]}
    return Ablated(), target, instance.colors, choice


def runs() -> Iterator[tuple[Row, Callable[[], Question]]]:
    """What is measured, and how to ask it."""
    for seed in range(SEEDS):
        for d, k, m in SIZES:
            for changed, prover in product((False, True), ("dichotomies", "z3", *["lp"] * (k == 3))):
                instance = planted(d, k, m, seed, changed)
                for rule in TRAINING_RULES if prover != "dichotomies" else ("none", "order"):
                    yield (
                        {
                            "instance": f"{d}, {k}, {m}",
                            "prover": prover,
                            "rule": rule,
                            "seed": seed,
                            "changed": changed,
                        },
                        partial(of_training, rule, instance),
                    )
        for name in GRAPHS:
            for rule in COLORING_RULES:
                row = {"instance": name, "prover": "sat", "rule": rule, "seed": seed}
                yield row, partial(of_coloring, rule, renumbered(name, seed))
        for name in SUMS:
            for prover, rule in product(("z3", "lp"), SUM_RULES):
                row = {"instance": f"{name}, as a ReLU sum", "prover": prover, "rule": rule, "seed": seed}
                yield row, partial(of_sum, rule, renumbered(name, seed))


def decided(row: Row, of: Callable[[], Question], end: Connection) -> None:
    """In a process of its own: sends the answer, and what it took."""
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 1))
    search, instance, case, symmetry = of()
    assert search.encoding is not None
    start = time.process_time()
    formula = partial(search.encoding.formula, instance, case, symmetry)
    if row["prover"] == "dichotomies":
        answer: Any = by_dichotomies(instance, case, symmetry, formula, Deadline())
    else:
        answer = solve(search, instance, case, formula(), PROVERS[row["prover"]], Deadline())
    row = {**row, "seconds": round(time.process_time() - start, 3)}
    if isinstance(answer, Refutation):
        kernel = Kernel(formula())
        shown = [step.to_json() for step in answer.steps]
        for step in shown:
            step_from_json(step).apply(kernel)
        assert kernel.refuted
        row |= {"answer": "NO", "steps": len(shown), "bytes": sum(len(json.dumps(s)) for s in shown)}
    elif isinstance(answer, Unknown):
        row |= {"answer": answer.reason}
    else:
        found = search.witness(instance, case, answer) if isinstance(answer, Model) else answer
        assert search.problem.accepts(instance, found)
        row |= {"answer": "YES"}
    end.send(row)


def measured(row: Row, of: Callable[[], Question]) -> Row:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=decided, args=(row, of, sender))
    process.start()
    sender.close()
    try:
        found: Row = receiver.recv()
    except EOFError:  # it was stopped
        found = {**row, "answer": None, "seconds": LIMIT}
    process.join()
    return found


def table(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each instance, prover and answer, with medians and quartiles; an answer that is not found counts as
    the limit, and belongs to the answer that another rule has found."""
    answers = {key(row): row["answer"] for row in rows if row["answer"] in ("YES", "NO")}
    groups: dict[tuple[str, str, str], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        groups[row["instance"], row["prover"], answers.get(key(row), "open")][row["rule"]].append(row)
    rules = dict.fromkeys((*TRAINING_RULES, *SUM_RULES, *COLORING_RULES))
    for (name, prover, answer), by_rule in sorted(groups.items()):
        for rule, some in ((rule, by_rule[rule]) for rule in rules if rule in by_rule):
            low, middle, high = quarters([row["seconds"] for row in some])
            found = [row for row in some if row["answer"] in ("YES", "NO")]
            steps = f"{quarters([row['steps'] for row in found])[1]:,.0f}" if answer == "NO" and found else ""
            took = f"{middle:.2f} ({low:.2f} to {high:.2f})"
            yield f"| {name} | {prover} | {answer} | {rule} | {len(found)} of {len(some)} | {took} | {steps} |"


def key(row: Row) -> tuple[Any, ...]:
    return row["instance"], row["seed"], row.get("changed")


def quarters(numbers: Sequence[float]) -> list[float]:
    return quantiles(numbers, n=4, method="inclusive") if len(numbers) > 1 else [*numbers] * 3


def main() -> None:
    file = Path(sys.argv[1] if len(sys.argv) > 1 else "symmetry.jsonl")
    rows: list[Row] = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    what = ("instance", "prover", "rule", "seed", "changed")
    done = {tuple(row.get(name) for name in what) for row in rows}
    for row, of in runs():
        if tuple(row.get(name) for name in what) not in done:
            rows.append(measured(row, of))
            with file.open("a") as out:
                out.write(json.dumps(rows[-1]) + "\n")
    print(f"Machine: {description()}\n")
    print("| instance | prover | answer | rule | decided | median s (quartiles) | median steps |")
    print("|---|---|---|---|---|---|---|")
    print("\n".join(table(rows)))


if __name__ == "__main__":
    main()
