"""`python -m benchmarks.hostile`: files of about 1 MB that are made to exhaust the checker, with the default limits.

Each is one process, `python -m relucert.certificates FILE`: seconds of the processor, and peak resident memory. Files
that ask for much in few bytes are filled up to 1 MB with bytes that no compression shortens, as limits grow with it.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from rich.progress import track

from benchmarks.machine import description, run_measured
from relucert.reductions import reduction

SIZE = 10**6  # bytes of a file
LONG = 10**3999
FILLING = json.dumps({"atom": 1, "le": [], "bound": 0, "filling": Random(0).randbytes(SIZE * 9 // 10).hex()})


def packed(*lines: Any) -> bytes:
    """A compressed file of these lines, filled."""
    texts = [json.dumps(line, separators=(",", ":")) for line in lines]
    return gzip.compress("\n".join([*texts, FILLING, ""]).encode(), mtime=0)


def plain(*lines: Any) -> bytes:
    return "".join(
        json.dumps(line, separators=(",", ":")) + "\n" for line in (*lines, {"end": len(lines) + 1})
    ).encode()


# ------------------------------------------------------------------------------------------------ parts of certificates


def claim(kind: str, problem: str, **instance: Any) -> Any:
    return {"claim": kind, "format": "relucert-3", "problem": problem, "instance": instance}


def training(kind: str, samples: Any, **fields: Any) -> Any:
    usual = {"activation": "relu", "bias": False, "clip": None, "dimension": 1, "loss": "exact", "neurons": 1,
             "norm_bound": None, "output": "ones", "threshold": 0}  # fmt: skip
    return claim(kind, "training", **usual | {"samples": samples} | fields)


def equivalence(name: str, source: Any, answer: str = "NO", hashed: bool = False, **parameters: int) -> Any:
    r, target = reduction(name, parameters), "0" * 64
    if hashed:
        target = r.target.sha256(r.reduce(r.source.instance_from_json(source)))
    return {"claim": "equivalence", "format": "relucert-3", "reduction": name, "parameters": r.arguments,
            "source": source, "target_sha256": target, "answer": answer}  # fmt: skip


def witness(shown: Any, side: str = "instance") -> Any:
    return {"side": side, "witness": shown}


def network(weights: Any, output: Any = None) -> Any:
    return {"weights": weights, "biases": [0] * len(weights), "output": output or [1] * len(weights)}


def refute(case: int = 1, symmetry: Any = None, side: str = "instance") -> Any:
    return {"refute": case, "side": side, "symmetry": symmetry}


def fraction(i: int, digits: int = 3900) -> str:
    return str(Fraction(10**digits // 7, 10**digits + 2 * i + 1) if digits > 3 else Fraction(1, i + 2))


def path(n: int) -> list[list[int]]:
    return [[v, v + 1] for v in range(n)]


# ----------------------------------------------------------------------------------------------------------- the files

POINT = [[[0], [1], 1, 1]]


def sparse(count: int, digits: int) -> list[Any]:
    """Samples in one dimension whose numbers have so many digits."""
    return [[[0], [fraction(2 * i, digits)], fraction(2 * i + 1, digits), 1] for i in range(count)]


def steps_of_one_kind(*start: Any, step: Callable[[int], Any], count: int) -> bytes:
    return packed(*start, *map(step, range(count)))


LONG_ATOM = training(
    "rejects", [[[*range(800)], [*(fraction(t) for t in range(7)), *range(1, 794)], 1, 1]], dimension=800
)
PIGEONS = claim("rejects", "set-cover", universe=1, sets=[[0]] * 20_000, budget=10)
WIDE_CLAUSE = claim("rejects", "hypergraph-coloring", vertices=1, edges=[], colors=20_000)
SQUARES = training("rejects", [[[*range(50)], [1] * 50, 1, 1]], dimension=50, neurons=50, loss="l2", threshold=1)
TWO_LABELS = [[[0], [1], 0, 1], [[0], [1], 1, 1]]
ONE_ATOM = claim("rejects", "sat", variables=1, clauses=[[1], [-1]])


APART = (
    {"P": [[0] * 6], "Q": sorted([int(t == i % 6) * (i + 1) for t in range(6)] for i in range(200))},
    [[*(f"{-(2**160) - 2 * t - 1}/{2**160}" for t in range(6)), b] for b in ("1/2", "-1/2")],
)
FORMULA = (  # each clause has one of every third variable
    {"variables": 900, "clauses": [[i, i + 1, i + 2] for i in range(0, 898, 2)]},
    [*range(0, 900, 3)],
)


def solved(name: str, source: Any, solution: Any) -> list[Any]:
    """An equivalence of the answer YES, which is true."""
    r = reduction(name, {})
    instance = r.source.instance_from_json(source)
    image = r.target.witness_to_json(r.forward(instance, r.source.witness_from_json(solution)))
    return [equivalence(name, source, "YES", hashed=True), witness(solution, "source"), witness(image, "target")]


def property_of(n: int) -> Any:
    return [[[{"le": [], "bound": LONG - i}]] * n for i in range(n)]


FILES: dict[str, Callable[[], bytes]] = {
    "many edges, no witness of them": lambda: plain(
        claim("accepts", "densest-subgraph", vertices=10**5, edges=path(70_000), kappa=2, edges_wanted=5),
        witness([0, 1]),
    ),
    "many points with fractions": lambda: plain(
        claim("accepts", "two-hyperplane-strip", P=[[0]], Q=[[f"{i}/7919"] for i in range(1, 70_000) if i % 7919]),
        witness([[1, 1], [1, 1]]),
    ),
    "long points, long planes": lambda: plain(
        claim("accepts", "two-hyperplane-strip", P=[[0, 0]], Q=[[1, fraction(i)] for i in range(99, 39, -1)]),
        witness([[fraction(3), fraction(5), 1], [fraction(7), fraction(9), 1]]),
    ),
    "many samples, wide network": lambda: packed(
        training("accepts", [[[0], [i], 1, 1] for i in range(1, 4000)], neurons=4000, output="signs"),
        witness(network([[i + 10**9] for i in range(4000)])),
    ),
    "long numbers, squared loss": lambda: packed(
        training("accepts", sparse(12, 3900), loss="l2", threshold=LONG), witness(network([[fraction(1)]]))
    ),
    "short fractions, squared loss": lambda: packed(
        training("accepts", [[[0], [1], f"1/{i}", 1] for i in range(2, 1500)], loss="l1", threshold=LONG),
        witness(network([[1]])),
    ),
    "long network": lambda: packed(
        training("accepts", [[[0], [i], 1, 1] for i in range(1, 20)], neurons=18),
        witness(network([[fraction(j)] for j in range(18)])),
    ),
    "many denominators that have a short common one": lambda: plain(
        training("accepts", [[[0], [i], 1, 1] for i in range(1, 9000)], neurons=9000),
        witness(network([[f"{2 * j + 1}/{2 ** (j % 900 + 1)}"] for j in range(4000)] + [[1]] * 5000)),
    ),
    "a large formula": lambda: packed(training("rejects", sparse(1000, 3), neurons=200), refute(200)),
    "neurons without samples, sorted": lambda: packed(
        training("rejects", [], neurons=500_000), refute(500_000, [[0, 1]])
    ),
    "a long functional": lambda: packed(
        training("rejects", [], neurons=200, dimension=500), refute(200, [[t, LONG - t] for t in range(100)])
    ),
    "a long line of samples": lambda: packed(
        training("rejects", [[[0], [i], 1, 1] for i in range(1, 700)], neurons=150),
        refute(150, {"along": 0, "line": [*range(699)]}),
    ),
    "norm bounds": lambda: packed(
        training("rejects", [], neurons=1000, dimension=900, norm_bound=fraction(1)), refute(1000)
    ),
    "a property under renaming": lambda: packed(
        training("lemma", POINT, neurons=1500) | {"property": property_of(25)}, refute(1500, [[0, 1]], "exception")
    ),
    "a property of inequalities of one hash": lambda: packed(
        training("lemma", POINT, neurons=6)
        | {"property": [[[{"le": [], "bound": j * (2**61 - 1)} for j in range(20_000)]]]},
        refute(6, [[0, 1]], "exception"),
    ),
    "farkas over long atoms": lambda: steps_of_one_kind(
        LONG_ATOM,
        refute(),
        count=9,
        step=lambda i: {"farkas": [], "multipliers": [], "units": [[2, 1], [1, 7]] * 9000, "id": 10**6 + i},
    ),
    "count of a wide constraint": lambda: steps_of_one_kind(
        PIGEONS,
        refute(0),
        count=99,
        step=lambda i: {"count": [], "degree": 1, "from": [[2, 1]] * 9000, "axioms": [], "divide": 1, "id": 10**6 + i},
    ),
    "tangents at long numbers": lambda: steps_of_one_kind(
        SQUARES,
        refute(50),
        count=3000,
        step=lambda i: {"tangent": 1, "at": fraction(i, 300), "as": 10**6 + i, "id": 10**6 + i},
    ),
    "definitions of many literals": lambda: steps_of_one_kind(
        WIDE_CLAUSE,
        refute(0),
        count=99,
        step=lambda i: {"define": 10**6 + i, "and": [*range(1, 20_001)], "id": 10**8 * (i + 1)},
    ),
    "tiny steps": lambda: steps_of_one_kind(
        ONE_ATOM, refute(0), count=300_000, step=lambda i: {"atom": 10**6 + i, "le": [], "bound": 0}
    ),
    "an atom of a large number, and many cases": lambda: packed(
        training("rejects", TWO_LABELS, neurons=20_000, output="signs"),
        {"refute": "all", "side": "instance", "symmetry": {"normal": None}},
        {"atom": 5 * 10**7, "le": [], "bound": 0},
        *(line for case in range(20_001) for line in ({"refute": case, "side": "instance"}, {"rup": [], "hints": [1]})),
    ),
    "an atom of a large number in each of many cases": lambda: packed(
        training("rejects", TWO_LABELS, neurons=1000, output="signs"),
        *(
            line
            for case in range(1001)
            for line in (
                {"refute": case, "side": "instance", "symmetry": {"normal": None}},
                {"atom": 5 * 10**7, "le": [], "bound": 0},
                {"rup": [], "hints": [1]},
            )
        ),
    ),
    "tiny clauses": lambda: steps_of_one_kind(
        ONE_ATOM, refute(0), count=300_000, step=lambda i: {"rup": [1], "hints": [1], "id": 10**6 + i}
    ),
    "atoms of many terms": lambda: steps_of_one_kind(
        ONE_ATOM,
        refute(0),
        count=20,
        step=lambda i: {"atom": 10**6 + i, "le": [[t, 1] for t in range(10**5)], "bound": 0},
    ),
    "long atoms": lambda: steps_of_one_kind(
        ONE_ATOM,
        refute(0),
        count=2000,
        step=lambda i: {"atom": 10**6 + i, "le": [[t, LONG - t - i] for t in range(10)], "bound": LONG},
    ),
    "empty lists in one line": lambda: gzip.compress(
        b'{"claim":[' + b"[]," * 5 * 10**6 + FILLING.encode() + b"]}\n", mtime=0
    ),
    "objects in one line": lambda: gzip.compress(
        b'{"claim":[' + b'{"":0},' * 2 * 10**6 + FILLING.encode() + b"]}\n", mtime=0
    ),
    "spaces in one line": lambda: gzip.compress(b" " * 2 * 10**8, mtime=0),
    "a large target in the plane": lambda: packed(
        equivalence("one-in-three-to-plane", {"variables": 20_000, "clauses": []})
    ),
    "a large target of two reductions": lambda: packed(
        equivalence("coloring-to-relu-network", {"vertices": 500_000, "edges": [], "colors": 2})
    ),
    "a large complement": lambda: packed(
        equivalence("independent-set-to-clique", {"vertices": 3000, "edges": [], "size": 1})
    ),
    "a graph that misses all edges": lambda: packed(
        equivalence("clique-to-threshold", {"colors": [*range(900)], "edges": []}, loss=1)
    ),
    "a circuit with many inputs": lambda: packed(
        equivalence("circuit-to-relu", {"inputs": 800_000, "gates": [], "output": 0, "budget": 1})
    ),
    "a deep circuit": lambda: plain(
        equivalence(
            "circuit-to-relu",
            {
                "inputs": 1,
                "gates": [["or", [*range(max(0, g - 3), g + 1)]] for g in range(40_000)],
                "output": 40_000,
                "budget": 1,
            },
        )
    ),
    "the hash of long numbers": lambda: plain(
        equivalence("pad-dimension", training("", sparse(120, 3900))["instance"], "YES", extra=1)
    ),
    "a long way to basic solutions": lambda: packed(*solved("separability-to-relu", *APART)),
    "a network in the plane": lambda: packed(*solved("one-in-three-to-plane", *FORMULA)),
    "an image in many dimensions": lambda: packed(
        equivalence("pad-dimension", training("", [], neurons=3)["instance"], "YES", hashed=True, extra=10**7),
        witness(network([[0]] * 3), "source"),
    ),
}


def write(name: str, path: str) -> int:
    return Path(path).write_bytes(FILES[name]())


def main() -> None:
    print(f"Machine: {description()}\n")
    print("| file | MB | verdict | seconds | peak MB |")
    print("|---|---|---|---|---|")
    times, peaks = [], []
    for name in track(FILES, "measuring", disable=not sys.stderr.isatty()):
        with tempfile.NamedTemporaryFile() as file:
            with ProcessPoolExecutor(1) as other:  # a child's peak is at least what its parent holds
                size = other.submit(write, name, file.name).result()
            done = run_measured([sys.executable, "-m", "relucert.certificates", file.name])
        verdict = done.output.removeprefix(f"{file.name}: ").split(":")[0]
        print(f"| {name} | {size / 1e6:.1f} | {verdict} | {done.cpu:.1f} | {done.megabytes:.0f} |", flush=True)
        times.append(done.cpu)
        peaks.append(done.megabytes)
    print(f"| median | | | {median(times):.1f} | {median(peaks):.0f} |")
    print(f"| largest | | | {max(times):.1f} | {max(peaks):.0f} |")


if __name__ == "__main__":
    main()
