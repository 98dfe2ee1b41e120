"""Files that are made to exhaust the checker: at random from a seed, of every claim kind, problem and reduction.

The genuine certificates that they start from are those of the corpus; of each reduction one is made here. `SEEDS` is
therefore driven by `CLAIMS`, `PROBLEMS` and `CATALOGUE`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

from files import CORPUS, closed, copied, lines_of, with_long_integers
from mutants import at, places, put

from relucert.certificates.facts import FACTS
from relucert.certificates.families import FAMILIES
from relucert.certificates.quantities import QUANTITIES
from relucert.reductions import CATALOGUE, PROBLEMS, reduction
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import Choice, Flag, Number, Parameter, Rows, json_of

CHAINS = (
    "three-sat-to-one-in-three/one-in-three-to-plane",
    "vertex-cover-to-set-cover/set-cover-to-relu",
    "relu-sum-to-relu-network/pad-dimension/pad-dimension",  # each of the last two has the parameter
)

Lines = list[Any]  # of a certificate, without the closing record

LONG = 10**3999
COUNTS = (0, 1, 2, 3, 10**3, 10**5, 10**9, 10**15, 2**60 - 1, 2**60, 10**19, 10**1400)
NUMBERS = (*COUNTS, -1, -LONG, LONG, 10 * LONG - 1, "1/2", f"1/{LONG}", f"{-LONG}/{LONG - 1}", f"{LONG + 1}/{LONG}")


def dense(i: int) -> str:
    """Fractions whose denominators have nothing in common, so that sums of them grow."""
    return f"1/{10**3900 + 2 * i + 1}"


# ---------------------------------------------------------------------------------------------------------- the seeds


@cache
def corpus() -> dict[str, list[Lines]]:
    """Small accepted files by what they are about: claim and problem, or claim and reduction."""
    found: dict[str, list[Lines]] = {}
    for folder in ("accept", "lemmas"):
        for path in sorted((CORPUS / folder).iterdir()):
            lines = lines_of(path)
            claim = lines[0]
            keys = ("family", "problem", "source_problem", "reduction", "quantity", "fact")
            about = f"{claim['claim']} {next(claim[key] for key in keys if key in claim)}"
            if len(lines) < 60 or about not in found:
                found.setdefault(about, []).append(lines[: 200 if claim["claim"] == "sweep" else 60])
    return found


@cache
def seeds(name: str) -> list[Lines]:
    """Certificates of a claim about a problem, or of a reduction with the answer YES; KeyError if none is known."""
    if name == "promise":
        return [[{**claim, "claim": "promise"}, *evidence] for claim, *evidence in _of_reduction(PROMISING)]
    if name in (*CATALOGUE, *CHAINS):
        return [*map(list, _of_reduction(name))]
    return corpus()[name]


def _of_reduction(name: str) -> Iterator[Lines]:
    r = reduction(name)
    for claim, witness in (lines for lines in corpus()[f"accepts {r.source.name}"] if len(lines) == 2):
        try:
            yield equivalence(name, {}, claim["instance"], witness["witness"])
        except InvalidInstance:
            continue  # not every training instance is in the domain


def equivalence(name: str, parameters: dict[str, Any], source: Any, witness: Any) -> Lines:
    """A YES, with the target's witness that `forward` gives."""
    r = reduction(name, parameters)
    instance, solution = r.source.instance_from_json(source), r.source.witness_from_json(witness)
    target = r.reduce(instance)
    image = r.target.witness_to_json(r.forward(instance, solution))
    claim = {"claim": "equivalence", "format": "relucert-3", "reduction": name, "parameters": json_of(r.arguments),
             "source": source, "target_sha256": r.target.sha256(target), "answer": "YES"}  # fmt: skip
    return [claim, {"side": "source", "witness": witness}, {"side": "target", "witness": image}]


PROMISING = "densest-subgraph-to-bounded-relu"
KINDS = [*(f"{claim} {problem}" for claim in ("accepts", "rejects") for problem in PROBLEMS),
         "minimum training", "bounds training", "lemma training", "agreement vertex-cover", "disagreement vertex-cover",
         "disagreement training", "promise", *(f"enclosure {name}" for name in QUANTITIES),
         *(f"fact {name}" for name in FACTS), *(f"sweep {name}" for name in FAMILIES), *CATALOGUE, *CHAINS]  # fmt: skip


# ------------------------------------------------------------------------------------------------- what is made of them


def change_number(rng: Random, lines: Lines) -> None:
    """Numbers and words anywhere become huge, or other ones."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        line = rng.choice((lines[0], rng.choice(lines)))
        inside = [p for p in places(line) if p and p[0] not in ("format", "claim", "target_sha256", "side")]
        leaves = [p for p in inside if not isinstance(at(line, p), dict | list)]
        if leaves:
            put(line, rng.choice(leaves), rng.choice(NUMBERS))


def change_length(rng: Random, lines: Lines) -> None:
    """Lists become empty, long, deep, or long lists of long numbers."""
    line = rng.choice((lines[0], rng.choice(lines)))
    lists = [p for p in places(line) if p and isinstance(at(line, p), list)]
    if not lists:
        return
    path = rng.choice(lists)
    old, n = at(line, path), rng.choice((1, 10, 300, 3000))
    nested: list[Any] = []
    for _ in range(min(n, 300)):
        nested = [nested]
    choices = ([], nested, old * n, [*range(n)], [1] * n, [[]] * n, [[i] for i in range(n)],
               [[i, i + 1] for i in range(n)], [dense(i) for i in range(min(n, 10))],
               [[t, LONG + t] for t in range(min(n, 30))])  # fmt: skip
    put(line, path, rng.choice(choices))


def change_class(rng: Random, lines: Lines) -> None:
    """Fields of an instance or its class of networks, all at once."""
    instance = lines[0].get("instance", lines[0].get("source", lines[0].get("parameters")))
    if lines[0]["claim"] == "sweep":
        change_sweep(rng, lines)
        return
    if "target" in lines[0] and rng.random() < 0.3:
        instance = lines[0]["target"]
    for name, value in (instance or {}).items():
        if type(value) is int and rng.random() < 0.6:
            instance[name] = rng.choice(COUNTS)
    if "neurons" in instance:
        offered = {
            "activation": ("relu", "threshold", "leaky-relu"), "output": ("ones", "signs", "real"),
            "bias": (True, False),
            "loss": ("exact", "l0", "l1", "l2", "linf"), "clip": (None, None, [0, 1], [-LONG, LONG], [dense(1), 1]),
            "norm_bound": (None, 1, LONG, dense(2)), "threshold": (0, 0, 1, LONG, dense(3)),
            "neurons": (1, 2, 50, *COUNTS), "dimension": (0, 1, 2, 50, *COUNTS),
        }  # fmt: skip
        for name in rng.sample([*offered], rng.randint(1, 5)):
            instance[name] = rng.choice(offered[name])
        instance.pop("alpha", None)
        if instance["activation"] == "leaky-relu":
            instance["alpha"] = rng.choice((0, "1/3", f"{LONG - 1}/{LONG}"))
        points = ([], [[[], [], 0, 1]], [[[0], [1], 1, 1]], [[[0], [dense(i)], dense(i + 1), 1] for i in range(9)],
                  [[[0], [i], i, LONG] for i in range(1, 40)],
                  [[[*range(6)], [dense(t) for t in range(6)], 1, 1]] * 3)  # fmt: skip
        if rng.random() < 0.7:
            instance["samples"] = rng.choice(points)
        if rng.random() < 0.6:
            shown = network(rng, instance)
            if "fails" in lines[1]:
                shown["fails"] = shown.pop("witness")
            lines[1:] = [shown, *lines[2:]]
    if "reduction" in lines[0]:
        for name, parameter in reduction(lines[0]["reduction"]).parameters.items():
            lines[0]["parameters"][name] = rng.choice(values_of(rng, parameter))


def change_sweep(rng: Random, lines: Lines) -> None:
    """The bound, what is given, what is said; and numbers inside of the instances, as many of them as there are."""
    claim, members = lines[0], [line for line in lines if "source" in line]
    claim["upto"] = rng.choice((claim["upto"], 9, 12, *COUNTS))
    for value in (claim["given"], claim["answers"], *(member["source"] for member in members)):
        for name in value:
            if type(value[name]) is int and rng.random() < 0.3:
                value[name] = rng.choice(COUNTS)
    source = rng.choice(members)["source"]
    n = rng.choice((6, 12, 40))
    large = {
        "edges": [[u, v] for u in range(n) for v in range(u + 1, n)],
        "sets": [[v] for v in range(n)],
        "clauses": [[v, v + 1, v + 2] for v in range(1, n)],
        "colors": [0] * n,
        "Q": [[dense(i)] * 2 for i in range(1, n)],
    }
    for name in ("vertices", "universe", "variables"):
        if name in source:
            source[name] = n + 2
    for name in source:
        if type(source[name]) is list and rng.random() < 0.7:
            source[name] = large.get(name, source[name])


def values_of(rng: Random, parameter: Parameter) -> tuple[Any, ...]:
    """Values of a parameter, many of them allowed, and some of these large."""
    if isinstance(parameter, Flag):
        return True, True, False, 1
    if isinstance(parameter, Choice):
        return (*parameter.words, "")
    if isinstance(parameter, Rows):
        n = rng.choice((0, 1, 1, 2, 3, 4, 6, 40))
        long = [[dense(i * n + j) for j in range(n)] for i in range(n)]
        return None, None, [[1] * n] * n, [[int(i <= j) for j in range(n)] for i in range(n)], long
    return (*COUNTS, 1, 1, 2, *(NUMBERS if isinstance(parameter, Number) else ()))


def network(rng: Random, instance: Any) -> Any:
    """A witness of the right shape, if that is small, with numbers that are long in some way."""
    k, d = (n if type(n) is int and 0 <= n < 100 else 1 for n in (instance["neurons"], instance["dimension"]))
    number: Callable[[int], Any] = rng.choice((lambda i: 0, lambda i: 1, lambda i: LONG - i, dense))
    few = 40  # of long ones
    weights = [[number(j * d + t) if j * d + t < few else 1 for t in range(d)] for j in range(k)]
    biases = [number(t) if instance["bias"] and t < few else 0 for t in range(k)]
    output = [1 if instance["output"] != "real" or t >= few else number(t + 1000) for t in range(k)]
    return {
        "side": rng.choice(("instance", "source")),
        "witness": {"weights": weights, "biases": biases, "output": output},
    }


def change_steps(rng: Random, lines: Lines) -> None:
    """A refutation with any word about symmetry, and steps that combine long numbers, often."""
    n = rng.choice((1, 30, 1000))
    case = rng.choice((0, 1, 1, 2, *COUNTS))
    long_row = [[t, LONG + t] for t in range(min(n, 30))]
    symmetry = rng.choice((None, None, [], [[0, 1]], [[0, LONG]], long_row, [[t, 1] for t in range(n)], [0, 1, 2],
                           [*range(n)], {"along": 0, "line": []}, {"along": 0, "line": [*range(n)]},
                           {"along": rng.choice(NUMBERS), "line": [0] * n}, {"order": [*range(n)]},
                           {"order": [0] * n}, {"order": rng.choice(NUMBERS)}, rng.choice(NUMBERS)))  # fmt: skip
    symmetry = rng.choice((symmetry, symmetry, {"normal": symmetry}))
    steps = [
        {"atom": 10**6, "le": long_row, "bound": -LONG},
        {"atom": 10**6 + 1, "lt": [[t, 1] for t in range(n)], "bound": 1},
        {"farkas": [10**6], "multipliers": [LONG], "units": [[1, LONG]] * n, "id": 10**6},
        {"farkas": [10**6, -1], "multipliers": [1, LONG], "units": [[i, 1] for i in range(1, 9)], "id": 10**6 + 1},
        {"farkas": [10**6], "multipliers": [LONG], "units": [], "tangents": [[1, rng.choice(NUMBERS), LONG]] * n,
         "id": 10**6 + 2},
        {"define": 10**6 + 2, "and": [*range(1, n + 1)], "id": 10**6 + 3},
        {"rup": [-1], "hints": [1] * n, "id": 2 * 10**6},
        {"count": [[1, 1]], "degree": 1, "from": [[1, LONG]] * n, "axioms": [[-1, LONG]], "divide": LONG - 1,
         "id": 2 * 10**6 + 1},
        {"count": [[1, LONG]], "degree": LONG, "from": [[i, LONG + i] for i in range(1, 9)], "axioms": [], "divide": 1,
         "id": 2 * 10**6 + 2},
        {"tangent": 1, "at": rng.choice(NUMBERS), "as": 3 * 10**6, "id": 3 * 10**6},
        {"tangent": 1, "at": dense(n), "as": 3 * 10**6 + 1, "id": 3 * 10**6 + 1},
    ]  # fmt: skip
    side = {
        "rejects": "instance",
        "minimum": "below",
        "bounds": "below",
        "lemma": "exception",
        "equivalence": "source",
        "promise": "promised",
        "agreement": "source",
        "disagreement": "source",
        "sweep": "source",
    }
    claim = lines[0]["claim"]
    if claim == "sweep":  # after its first member
        lines[0]["answers"] = {"NO": 10**6, "YES": 10**6}
    start = 2 if claim in ("minimum", "bounds", "sweep") else 1
    chosen = sorted(rng.sample(range(len(steps)), rng.randint(1, 5)))
    lines[start:] = [
        {"refute": case, "side": side.get(claim, "instance"), "symmetry": symmetry},
        *(steps[i] for i in chosen),
    ]
    if claim == "sweep":
        lines[1]["answer"] = "NO"
    if claim in ("equivalence", "promise", "agreement"):
        lines[0]["answer"] = "NO"
    if claim == "disagreement":
        lines[0]["sides"] = ["NO", "YES"]
    if claim == "lemma" and rng.random() < 0.7:
        part = {"le": [[0, 1], [1, LONG]], "bound": LONG}
        lines[0]["property"] = rng.choice(([], [[]], [[[]]] * n, [[[part]]] * n, [[[part] * n]], [[[part]] * n]))


def hash_again(lines: Lines) -> None:
    """Of the target, if that is small, so that the check goes on to the evidence."""
    claim = lines[0]
    try:
        r = reduction(claim["reduction"], claim["parameters"])
        source = r.source.instance_from_json(claim["source"])
        if all(size.words < 10**5 for size in r.stages(source)) and r.work(source) < 10**6:
            claim["target_sha256"] = r.target.sha256(r.reduce(source))
    except (InvalidInstance, TypeError):
        pass


def text(rng: Random, lines: Lines) -> bytes:
    """The file: as it is, or cut, packed, or with one number that no interpreter writes."""
    data = closed(lines, with_long_integers)
    kind = rng.choice(("as it is",) * 6 + ("cut", "packed", "too long", "bomb"))
    if kind == "cut":
        return data[: rng.randrange(len(data))]
    if kind == "too long":
        return data.replace(b"1", b"1" * 4001, 1)
    if kind == "bomb":
        first = data.split(b"\n")[0]
        return gzip.compress(first + b"\n" + rng.choice((b" ", b"[", b"{}\n", b"[[],", b"\n")) * 10**6, mtime=0)
    return gzip.compress(data, mtime=0) if kind == "packed" else data


CHANGES = (change_class, change_steps, change_length, change_number)  # the last ones leave anything behind


def hostile(kind: str, number: int) -> bytes:
    """The file of this number about a kind of KINDS."""
    rng = Random(f"{kind} {number}")
    lines = copied(rng.choice(seeds(kind)))
    chosen = rng.sample(CHANGES, rng.choice((1, 1, 2)))
    for change in filter(chosen.__contains__, CHANGES):
        change(rng, lines)
    if lines[0]["claim"] in ("equivalence", "promise") and rng.random() < 0.9:
        hash_again(lines)
    return text(rng, lines)
