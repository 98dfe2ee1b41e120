"""`python -m benchmarks.colorings`: what a colouring costs, alone and as a training set; `--small`: not the largest.

Whole processes, seconds of the processor: `relucert certify` of the graph as a colouring, of the training set that
`coloring-to-relu-sum` makes of it, with nothing but its file, and of both sides of the two reductions to networks. All
write a certificate and check it. `check` is a part of that; steps and bytes are of the training set's certificate.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import networkx as nx

from benchmarks.machine import Run, description, run_measured

COMMAND = f"{Path(sys.executable).parent}/relucert"
LIMIT = 600  # seconds of the clock, which a busy machine needs


def queens(n: int) -> nx.Graph[int]:
    """Squares of a board; two are joined if a queen gets from one to the other."""
    squares = [divmod(s, n) for s in range(n * n)]
    graph: nx.Graph[int] = nx.empty_graph(n * n)
    graph.add_edges_from(
        (a, b)
        for (a, (x, y)), (b, (u, v)) in combinations(enumerate(squares), 2)
        if x == u or y == v or abs(x - u) == abs(y - v)
    )
    return graph


def stacked(graph: nx.Graph[int], copies: int) -> nx.Graph[int]:
    """Copies that share nothing."""
    return nx.disjoint_union_all([graph] * copies)


def instances() -> Iterator[tuple[str, nx.Graph[int], int, bool]]:
    """A name, a graph, a number of colours, and whether it takes seconds."""
    yield "Mycielski, 11 vertices", nx.mycielski_graph(4), 3, False
    yield "Mycielski, 23 vertices", nx.mycielski_graph(5), 4, False
    yield "Mycielski, 47 vertices", nx.mycielski_graph(6), 5, True
    yield "queen5_5", queens(5), 4, False
    yield "queen6_6", queens(6), 6, False
    yield "queen6_6", queens(6), 7, False
    yield "queen7_7", queens(7), 6, False
    yield "queen7_7", queens(7), 7, False
    for m in (210, 240):
        yield f"random, 100 vertices, {m} edges", nx.gnm_random_graph(100, m, seed=1), 3, False
    for m in (440, 480):
        yield f"random, 200 vertices, {m} edges", nx.gnm_random_graph(200, m, seed=1), 3, False
    yield "10 times queen5_5", stacked(queens(5), 10), 4, False
    yield "5 times Mycielski, 23 vertices", stacked(nx.mycielski_graph(5), 5), 4, False


def certified(*arguments: str) -> Run:
    return run_measured([COMMAND, "certify", *arguments, "--json", "--quiet", "--time-limit", str(LIMIT)])


def row(name: str, graph: nx.Graph[int], k: int, folder: str) -> str:
    source, target, certificate = f"{folder}/graph.col", f"{folder}/target.json", f"{folder}/certificate"
    edges = [f"e {u + 1} {v + 1}" for u, v in graph.edges]
    Path(source).write_text("\n".join([f"p edge {len(graph)} {len(edges)}", *edges, ""]))
    colors = ("-p", f"colors={k}", "-o", certificate)
    runs = [certified("hypergraph-coloring", source, *colors)]
    run_measured([COMMAND, "reduce", "coloring-to-relu-sum", source, "-p", f"colors={k}", "-o", target])
    runs.append(certified("training", target, "-o", certificate))
    runs += [certified(f"coloring-to-relu-{to}", source, *colors) for to in ("sum", "network")]
    facts = [json.loads(run.output) for run in runs]
    answers = {fact["verdict"] for fact in facts}
    shown = [f"{run.cpu:.1f}" if "steps" in fact else f"> {LIMIT}" for run, fact in zip(runs, facts, strict=True)]
    own = facts[1]
    of_proof = ["", "", "", ""]
    if own["verdict"] == "NO":
        size = own["bytes"] / own["steps"]
        of_proof = [f"{own['seconds']['check']:.1f}", f"{own['steps']:,}", f"{own['bytes'] / 1000:,.0f}", f"{size:.0f}"]
    return "| " + " | ".join([f"{name}, k = {k}", " / ".join(sorted(answers)), *shown, *of_proof]) + " |"


def main() -> None:
    print(f"Machine: {description()}\n")
    print(
        "| graph | answer | colouring | training | sum, both sides | network, both sides"
        " | check | steps | kB | bytes a step |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, graph, k, lengthy in instances():
            if not (lengthy and "--small" in sys.argv):
                print(row(name, graph, k, folder), flush=True)


if __name__ == "__main__":
    main()
