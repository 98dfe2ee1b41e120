"""What certificates and formulas mean, by brute force or by Z3 instead of by the code under test."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable
from fractions import Fraction
from functools import cache, partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

import independent_classics
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
    if claim["claim"] == "lemma":
        return not trainable(claim["instance"], lacks=claim["property"])
    if claim["claim"] == "rejects":
        return not _solvable(claim["problem"], json.dumps(claim["instance"]))
    if claim["claim"] == "minimum":
        reached = claim["problem"] == "training" and solves_training(claim["instance"], lines[1]["witness"])
        return reached and not _undercut(json.dumps(claim["instance"]))
    r = reduction(claim["reduction"], claim["parameters"])
    target = r.target.instance_to_json(r.reduce(r.source.instance_from_json(claim["source"])))
    sides = [(r.source.name, claim["source"]), (r.target.name, target)]
    if claim["answer"] == "YES":  # witnesses are enough, and large targets are hard to decide without them
        return all(SOLVES[p](i, line["witness"]) for (p, i), line in zip(sides, lines[1:], strict=True))
    return not any(_solvable(problem, json.dumps(instance)) for problem, instance in sides)


@cache
def _solvable(problem: str, instance: str) -> bool:
    return SOLVABLE[problem](json.loads(instance))


@cache
def _undercut(instance: str) -> bool:
    return trainable(json.loads(instance), below=True)


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


def solves_set_cover(instance: Any, chosen: Any) -> bool:
    right = list(chosen) == sorted(set(chosen)) and all(0 <= i < len(instance["sets"]) for i in chosen)
    covered = {u for i in chosen for u in instance["sets"][i]} if right else set()
    return right and len(chosen) <= instance["budget"] and len(covered) == instance["universe"]


def solves_circuit(instance: Any, true_inputs: Any) -> bool:
    """By recursion from the output."""
    n = instance["inputs"]

    def value(wire: int) -> bool:
        if wire < n:
            return wire in true_inputs
        kind, operands = instance["gates"][wire - n]
        return (all if kind == "and" else any)(map(value, operands))

    right = list(true_inputs) == sorted(set(true_inputs)) and all(0 <= i < n for i in true_inputs)
    return right and len(true_inputs) <= instance["budget"] and value(instance["output"])


def solves_subgraph(instance: Any, chosen: Any) -> bool:
    right = list(chosen) == sorted(set(chosen)) and all(0 <= v < instance["vertices"] for v in chosen)
    induced = [e for e in instance["edges"] if set(e) <= set(chosen)]
    return right and len(chosen) == instance["kappa"] and len(induced) >= instance["edges_wanted"]


def solves_one_in_three(instance: Any, true: Any) -> bool:
    right = list(true) == sorted(set(true)) and all(0 <= v < instance["variables"] for v in true)
    return right and all([v in true for v in clause].count(True) == 1 for clause in instance["clauses"])


def solves_separability(instance: Any, planes: Any) -> bool:
    width = len(instance["P"][0]) + 1
    if len(planes) != 2 or any(len(plane) != width for plane in planes):
        return False

    def at(plane: Any, x: Any) -> Fraction:
        *a, b = _numbers(plane)
        return b + sum(u * v for u, v in zip(a, _numbers(x), strict=True))

    first, second = planes
    between = all(at(first, x) > 0 > at(second, x) for x in instance["P"])
    return between and all(at(first, x) * at(second, x) > 0 for x in instance["Q"])


def separable(instance: Any) -> bool:
    """Two affine functions, in Z3; no atoms of our own."""
    h = [z3.RealVector(f"h{i}_", len(instance["P"][0]) + 1) for i in (1, 2)]

    def at(plane: Any, x: Any) -> Any:
        return z3.Sum(plane[len(x)], *(a * rational(v) for a, v in zip(plane, x, strict=False)))

    constraints = [z3.And(at(h[0], x) > 0, at(h[1], x) < 0) for x in instance["P"]]
    for x in instance["Q"]:
        values = [at(plane, x) for plane in h]
        constraints.append(z3.Or(z3.And([v < 0 for v in values]), z3.And([v > 0 for v in values])))
    return not unsatisfiable(constraints)


def solves_clique(instance: Any, clique: Any) -> bool:
    colors, edges = instance["colors"], instance["edges"]
    if not all(0 <= v < len(colors) for v in clique) or [colors[v] for v in clique] != sorted(set(colors)):
        return False
    return all([min(e), max(e)] in edges for e in combinations(clique, 2))


def has_clique(instance: Any) -> bool:
    colors = instance["colors"]
    classes = [[v for v, c in enumerate(colors) if c == color] for color in sorted(set(colors))]
    return any(solves_clique(instance, clique) for clique in product(*classes))


def some_subset_solves(problem: str, instance: Any) -> bool:
    """By brute force over the sets, inputs or vertices that are chosen."""
    count = {
        "set-cover": "sets",
        "monotone-circuit": "inputs",
        "densest-subgraph": "vertices",
        "one-in-three": "variables",
    }[problem]
    items = instance[count] if isinstance(instance[count], int) else len(instance[count])
    assert items <= 12, "too large to be decided independently"
    solves = SOLVES[problem]
    return any(solves(instance, chosen) for size in range(items + 1) for chosen in combinations(range(items), size))


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


def trainable(instance: Any, positive: int | None = None, below: bool = False, lacks: Any = None) -> bool:
    """Whether some network has a loss of at most the threshold, or below it, stated with If.

    The first neurons may be said to be positive. It may be asked to lack a property, as it stands in a `lemma`. Real
    output weights of ReLUs can be scaled to ±1.
    """
    assert instance["clip"] is None
    threshold_neurons = instance["activation"] == "threshold"
    real = threshold_neurons and instance["output"] == "real"
    if instance["output"] == "real" and not real:
        assert instance["norm_bound"] is None
        return trainable({**instance, "output": "signs"}, positive, below, lacks)
    k, d = instance["neurons"], instance["dimension"]
    if positive is None and not real and ((instance["loss"] == "l2" and instance["output"] == "signs") or lacks):
        return any(
            trainable(instance, p, below, lacks) for p in range(0 if instance["output"] == "signs" else k, k + 1)
        )
    assert k * d <= 60, "too large to be decided independently"
    weights = [z3.RealVector(f"w{j}_", d) for j in range(k)]
    biases = [z3.Real(f"b{j}") if instance["bias"] else z3.RealVal(0) for j in range(k)]
    negative = [z3.Bool(f"negative{j}") for j in range(k)]
    scales = [z3.Real(f"a{j}") for j in range(k)]
    constraints = []
    for j in range(k):
        if positive is not None or instance["output"] != "signs":
            constraints.append(negative[j] == (positive is not None and j >= positive))
        if instance["norm_bound"] is not None:
            constraints.append(
                z3.Sum(z3.RealVal(0), *(w * w for w in weights[j])) <= rational(instance["norm_bound"]) ** 2
            )
    zero, residuals = z3.RealVal(0), []
    for coordinates, values, label, _ in instance["samples"]:
        outputs = []
        for w, b, minus, scale in zip(weights, biases, negative, scales, strict=True):
            z = z3.Sum(b, *(w[t] * rational(v) for t, v in zip(coordinates, values, strict=True)))
            if threshold_neurons:
                value = z3.If(z > 0, scale if real else z3.RealVal(1), zero)
            else:
                value = z3.If(z <= 0, zero, z)
            outputs.append(z3.If(minus, -value, value))
        residuals.append(z3.Sum(outputs) - rational(label))
    losses = {"l1": lambda e: z3.If(e < 0, -e, e), "l2": lambda e: e * e, "linf": lambda e: z3.If(e < 0, -e, e)}
    loss = losses.get(instance["loss"], lambda e: z3.If(e == 0, zero, z3.RealVal(1)))
    terms = [loss(e) for e in residuals]
    if instance["loss"] != "linf":
        multiplicities = [m for _, _, _, m in instance["samples"]]
        terms = [z3.Sum(zero, *(m * term for m, term in zip(multiplicities, terms, strict=True)))]
    threshold = rational(instance["threshold"])
    constraints += [term < threshold if below else term <= threshold for term in [zero, *terms]]
    if lacks is not None:
        numbered = [v for w, b in zip(weights, biases, strict=True) for v in (*w, *((b,) if instance["bias"] else ()))]

        def holds(linear: Any) -> Any:
            total = z3.Sum(zero, *(a * numbered[v] for v, a in linear.get("le", linear.get("lt"))))
            return total <= linear["bound"] if "le" in linear else total < linear["bound"]

        parts = [z3.Or([z3.And([holds(linear) for linear in part]) for part in parts]) for parts in lacks]
        constraints.append(z3.Not(z3.And(parts)))
    return not unsatisfiable(constraints)


def rational(value: Any) -> Any:
    return z3.Q(*Fraction(value).as_integer_ratio())


SOLVES = {
    "hypergraph-coloring": solves_coloring,
    "set-cover": solves_set_cover,
    "monotone-circuit": solves_circuit,
    "densest-subgraph": solves_subgraph,
    "one-in-three": solves_one_in_three,
    "two-hyperplane-separability": solves_separability,
    "multicolored-clique": solves_clique,
    "training": solves_training,
    **independent_classics.SOLVES,
}
SOLVABLE = {
    "hypergraph-coloring": colorable,
    "set-cover": partial(some_subset_solves, "set-cover"),
    "monotone-circuit": partial(some_subset_solves, "monotone-circuit"),
    "densest-subgraph": partial(some_subset_solves, "densest-subgraph"),
    "one-in-three": partial(some_subset_solves, "one-in-three"),
    "two-hyperplane-separability": separable,
    "multicolored-clique": has_clique,
    "training": trainable,
    **independent_classics.SOLVABLE,
}


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
        for number, constraint in formula.pseudo_booleans.items():
            self.constraints[number] = self.at_least(constraint.terms.items(), constraint.degree)
        self.squares = {}  # number -> (q, e) of the constraint q ≥ e²
        for number, square in formula.squares.items():
            total = z3.Sum(z3.RealVal(0), *(a * z3.Real(f"x{v}") for v, a in square.terms))
            self.squares[number] = (z3.Real(f"x{square.variable}"), (total - square.constant) / square.scale)

    def everything(self) -> list[Any]:
        """All constraints, the squares among them."""
        return [*self.constraints.values(), *(q >= e * e for q, e in self.squares.values())]

    def literal(self, literal: int) -> Any:
        return self.atoms[literal] if literal > 0 else z3.Not(self.atoms[-literal])

    def clause(self, literals: Iterable[int]) -> Any:
        return z3.Or([self.literal(at) for at in literals])

    def at_least(self, terms: Iterable[Iterable[int]], degree: int) -> Any:
        return z3.Sum(z3.IntVal(0), *(z3.If(self.literal(at), c, 0) for at, c in terms)) >= degree

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
        if "tangent" in step:  # (e − c)² ≥ 0, multiplied out
            (q, e), c = self.squares[step["tangent"]], rational(step["at"])
            derived = q >= 2 * c * e - c * c
            fresh = self._introduce(step["as"], derived)
            return self._learn(step["id"], derived) and fresh and unsatisfiable([q >= e * e, z3.Not(derived)])
        if "count" in step:
            derived, cited = self.at_least(step["count"], step["degree"]), [i for i, _ in step["from"]]
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
        fresh = number > max(self.constraints, default=0)
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
