"""What certificates and formulas mean, by brute force or by Z3 instead of by the code under test."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import z3

from certificates.checker import Limits, Verdict, check
from certificates.kernel import Formula
from reductions import reduction

CORPUS = Path(__file__).parents[1] / "corpus"
SMALL = Limits(line_bytes=1 << 16, total_bytes=1 << 20, work=10**6, cells=10**4)


def verdict_of(data: bytes, limits: Limits = SMALL) -> Verdict:
    return check(io.BufferedReader(io.BytesIO(data)), limits)


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def lines_of(path: Path) -> list[Any]:
    """The lines of a corpus file without the closing record."""
    return [json.loads(line) for line in unpacked(path).decode("ascii").splitlines()][:-1]


def closed(lines: list[Any]) -> bytes:
    """A certificate of these lines with the right closing record."""
    return "".join(json.dumps(line) + "\n" for line in [*lines, {"end": len(lines) + 1}]).encode()


# ------------------------------------------------------------------------------------------------- is the claim true?


def claim_is_true(lines: list[Any]) -> bool:
    claim = lines[0]
    if claim["claim"] == "accepts":
        return SOLVES[claim["problem"]](claim["instance"], lines[1]["witness"])
    if claim["claim"] == "rejects":
        return not _solvable(claim["problem"], json.dumps(claim["instance"]))
    r = reduction(claim["reduction"], claim["parameters"])
    target = r.target.instance_to_json(r.reduce(r.source.instance_from_json(claim["source"])))
    answers = _solvable(r.source.name, json.dumps(claim["source"])), _solvable(r.target.name, json.dumps(target))
    return answers == ((True, True) if claim["answer"] == "YES" else (False, False))


@cache
def _solvable(problem: str, instance: str) -> bool:
    return SOLVABLE[problem](json.loads(instance))


def solves_coloring(instance: Any, colors: Any) -> bool:
    right = len(colors) == instance["vertices"] and all(0 <= c < instance["colors"] for c in colors)
    return right and all(len({colors[v] for v in e}) > 1 for e in instance["edges"])


def colorable(instance: Any) -> bool:
    """By brute force over the vertices that have edges; the first of them has colour 0."""
    place = {v: i for i, v in enumerate(sorted({v for e in instance["edges"] for v in e}))}
    colors = range(min(instance["colors"], len(place)))
    edges = [[place[v] for v in e] for e in instance["edges"]]
    return not edges or any(
        all(len({(0, *rest)[v] for v in e}) > 1 for e in edges) for rest in product(colors, repeat=len(place) - 1)
    )


def solves_training(instance: Any, network: Any) -> bool:
    weights = [_numbers(row) for row in network["weights"]]
    biases, output = _numbers(network["biases"]), _numbers(network["output"])
    if {len(weights), len(biases), len(output)} != {instance["neurons"]}:
        return False
    if any(biases) and not instance["bias"]:
        return False
    allowed = {"ones": {1}, "signs": {1, -1}, "real": set(output)}[instance["output"]]
    if not set(output) <= allowed or any(len(row) != instance["dimension"] for row in weights):
        return False
    if instance["norm_bound"] and any(sum(v * v for v in r) > Fraction(instance["norm_bound"]) ** 2 for r in weights):
        return False
    errors = []
    for coordinates, values, label, multiplicity in instance["samples"]:
        f = Fraction(0)
        for w, b, a in zip(weights, biases, output, strict=True):
            z = b + sum(w[t] * v for t, v in zip(coordinates, _numbers(values), strict=True))
            f += a * (max(z, 0) if instance["activation"] == "relu" else (z > 0))
        if instance["clip"]:
            low, high = _numbers(instance["clip"])
            f = min(max(f, low), high)
        errors.append((abs(f - Fraction(label)), multiplicity))
    loss = {
        "linf": max((e for e, _ in errors), default=0),
        "l1": sum(m * e for e, m in errors),
        "l2": sum(m * e**2 for e, m in errors),
    }.get(instance["loss"], sum(m for e, m in errors if e))
    return loss <= Fraction(instance["threshold"])


def _numbers(values: Iterable[Any]) -> list[Fraction]:
    return [Fraction(v) for v in values]


def trainable(instance: Any, positive: int | None = None) -> bool:
    """Exact fit by ReLUs with output weights 1 or ±1, stated with If; the first ones may be said to be positive."""
    assert (instance["activation"], instance["loss"]) == ("relu", "exact")
    assert instance["clip"] is instance["norm_bound"] is None
    assert instance["output"] in ("ones", "signs")
    k, d = instance["neurons"], instance["dimension"]
    assert k * d <= 60, "too large to be decided independently"
    weights = [z3.RealVector(f"w{j}_", d) for j in range(k)]
    biases = [z3.Real(f"b{j}") if instance["bias"] else z3.RealVal(0) for j in range(k)]
    negative = [z3.Bool(f"negative{j}") for j in range(k)]
    solver = z3.Solver()
    for j in range(k):
        if positive is not None or instance["output"] == "ones":
            solver.add(negative[j] == (positive is not None and j >= positive))
    for coordinates, values, label, _ in instance["samples"]:
        outputs = []
        for w, b, minus in zip(weights, biases, negative, strict=True):
            z = z3.Sum(b, *(w[t] * rational(v) for t, v in zip(coordinates, values, strict=True)))
            relu = z3.If(z <= 0, z3.RealVal(0), z)
            outputs.append(z3.If(minus, -relu, relu))
        solver.add(z3.Sum(outputs) == rational(label))
    answer = solver.check()
    assert answer != z3.unknown
    return answer == z3.sat


def rational(value: Any) -> Any:
    return z3.Q(*Fraction(value).as_integer_ratio())


SOLVES = {"hypergraph-coloring": solves_coloring, "training": solves_training}
SOLVABLE = {"hypergraph-coloring": colorable, "training": trainable}


# ---------------------------------------------------------------------------------- does a step follow from the rest?


class Meaning:
    """Z3's reading of atoms and constraints, by their numbers."""

    def __init__(self, formula: Formula) -> None:
        self.atoms: dict[int, Any] = {}
        for atom, linear in formula.atoms.items():
            self.atoms[atom] = z3.Bool(f"p{atom}")
            if linear is not None:
                self.atoms[atom] = inequality(linear.terms, linear.bound, linear.strict)
        self.constraints = {number: self.clause(literals) for number, literals in formula.clauses.items()}

    def literal(self, literal: int) -> Any:
        return self.atoms[literal] if literal > 0 else z3.Not(self.atoms[-literal])

    def clause(self, literals: Iterable[int]) -> Any:
        return z3.Or([self.literal(at) for at in literals])

    def apply(self, step: Any) -> bool:
        """Take in a step given as JSON: does what it derives follow from what it cites, and are its numbers fresh?"""
        if "atom" in step:
            strict = "lt" in step
            return self._introduce(step["atom"], inequality(step["lt" if strict else "le"], step["bound"], strict))
        if "define" in step:
            fresh = self._introduce(step["define"], z3.Bool(f"p{step['define']}"))
            whole = [(-step["define"], at) for at in step["and"]]
            whole.append((step["define"], *(-at for at in step["and"])))
            learned = [self._learn(step["id"] + i, self.clause(c)) for i, c in enumerate(whole)]
            return fresh and all(learned)
        if "count" in step:
            weights = [z3.If(self.literal(at), c, 0) for at, c in step["count"]]
            derived, cited = z3.Sum([z3.IntVal(0), *weights]) >= step["degree"], [i for i, _ in step["from"]]
        elif "farkas" in step:
            derived, cited = self.clause(step["farkas"]), [i for i, _ in step["units"]]
        else:
            derived, cited = self.clause(step["rup"]), step["hints"]
        follows = unsatisfiable([*(self.constraints[i] for i in cited), z3.Not(derived)])
        return self._learn(step["id"], derived) and follows

    def _introduce(self, atom: int, meaning: Any) -> bool:
        fresh = atom not in self.atoms
        self.atoms[atom] = meaning
        return fresh

    def _learn(self, number: int, constraint: Any) -> bool:
        fresh = number > max(self.constraints)
        self.constraints[number] = constraint
        return fresh


def inequality(terms: Iterable[Iterable[int]], bound: int, strict: bool) -> Any:
    total = z3.Sum([z3.RealVal(0), *(a * z3.Real(f"x{v}") for v, a in terms)])
    return total < bound if strict else total <= bound


def unsatisfiable(constraints: Iterable[Any]) -> bool:
    solver = z3.Solver()
    solver.add(*constraints)
    answer = solver.check()
    assert answer != z3.unknown
    return answer == z3.unsat
