"""Whether a claim is true, from section 2 of SPEC.md alone: direct definitions, brute force, If terms in Z3.

Nothing of `certificates/` is used, and nothing is normalised: networks are neither renamed nor scaled nor turned over,
unless the claim itself speaks of some of them only. Of `reductions/` only the maps `reduce` are used, because an
`equivalence` claims something about their results. There are three answers: what is too large for brute force, or
unknown to Z3, is undecided.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import combinations, pairwise, product
from math import prod
from typing import Any

import classes
import real_numbers
import z3

from relucert.reductions import reduction
from relucert.reductions import reduction as reduction_named
from relucert.reductions.exact import InvalidInstance

MOST_CHOICES = 200_000  # of one brute force
MOST_WEIGHTS = 100  # of a network in Z3
LONGEST_BOUND = 2**128  # of norms: Z3 does not count the hours for which it isolates square roots of longer numbers
Z3_RESOURCES = 2_000_000  # counted by Z3, so that its answer does not depend on the machine


class Undecided(Exception):
    """Too large for brute force, or unknown to Z3."""


def judge(claim: Any, witnesses: Mapping[str, Any] | None = None) -> str:
    """'true', 'false' or 'undecided'; nothing is true of what is no instance.

    witnesses: those of a certificate, by the side that they are to solve. They must, and then no search is needed. What
    is to fail at a side stands under 'SIDE fails'; some value always does.
    """
    try:
        return "true" if is_claim(claim) and CLAIMS[claim["claim"]](claim, witnesses or {}) else "false"
    except (Undecided, MemoryError, RecursionError):
        return "undecided"


def judge_certificate(lines: Sequence[Any]) -> str:
    """Whether the claim and the witnesses of a certificate are true; its refutations do not matter."""
    shown = {line["side"]: line["witness"] for line in lines[1:] if "witness" in line}
    return judge(lines[0], shown | {f"{line['side']} fails": line["fails"] for line in lines[1:] if "fails" in line})


# ---------------------------------------------------------------------------------------------------------- the claims


def accepts(claim: Any, witnesses: Mapping[str, Any]) -> bool:
    return is_solvable(claim["problem"], claim["instance"], witnesses.get("instance"))


def rejects(claim: Any, _witnesses: Mapping[str, Any]) -> bool:
    return not is_solvable(claim["problem"], claim["instance"])


def minimum(claim: Any, witnesses: Mapping[str, Any]) -> bool:
    """The threshold is reached, and no loss is below it."""
    reached = is_solvable("training", claim["instance"], witnesses.get("instance"))
    return reached and not has_network(claim["instance"], True, None)


def bounds(claim: Any, witnesses: Mapping[str, Any]) -> bool:
    """The threshold is reached, and no loss is below the lower end."""
    reached = is_solvable("training", claim["instance"], witnesses.get("instance"))
    return reached and not has_network({**claim["instance"], "threshold": claim["low"]}, True, None)


def lemma(claim: Any, _witnesses: Mapping[str, Any]) -> bool:
    """Every network that solves the instance has the property.

    With output weights `signs`, every one whose neurons of output weight +1 come first; with `ones` and `real`, every
    one whatsoever. That no certificate proves a lemma about ReLUs with `real` outputs does not make it false.
    """
    return not has_network(claim["instance"], False, claim["property"])


def equivalence(claim: Any, witnesses: Mapping[str, Any]) -> bool:
    """Source and target have this answer, and the target is the one that was hashed."""
    return both_sides(claim, witnesses, lambda _r, source: source)


def promise(claim: Any, witnesses: Mapping[str, Any]) -> bool:
    """The source and the target are a YES, or the promised source and the target a NO."""
    return both_sides(claim, witnesses, promised)


def promised(r: Any, source: Any) -> Any:
    """What is NO if the target is to be: by the first link, if the others keep the answer."""
    first, *rest = r.links
    if not all(link.is_equivalence for link in rest):
        raise InvalidInstance("nothing is promised")
    if first.name == "coloring-to-bounded-relu":
        return {**source, "violations": first.violated - 1} if first.violated > 1 else source
    if first.name == "densest-subgraph-to-bounded-relu" and first.factor != 1:
        wanted = Fraction(min(source["edges_wanted"], len(source["edges"]) + 1))
        return {**source, "edges_wanted": -int(-wanted / first.factor // 1)}
    if not first.is_equivalence:
        raise InvalidInstance("nothing is promised")
    return source


def both_sides(claim: Any, witnesses: Mapping[str, Any], refuted: Callable[[Any, Any], Any]) -> bool:
    try:
        r = reduction(claim["reduction"], claim["parameters"])
        target = r.target.instance_to_json(r.reduce(r.source.instance_from_json(claim["source"])))
    except InvalidInstance:  # it is not defined here
        return False
    canonical = json.dumps(target, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(canonical.encode()).hexdigest() != claim["target_sha256"]:
        return False
    try:
        aim = refuted(r, claim["source"])
    except InvalidInstance:
        return False
    source = claim["source"] if claim["answer"] == "YES" else aim
    sides = [("source", r.source.name, source), ("target", r.target.name, target)]
    answers = (is_solvable(problem, instance, witnesses.get(side)) for side, problem, instance in sides)
    return all(answer == (claim["answer"] == "YES") for answer in answers)


def agreement(claim: Any, witnesses: Mapping[str, Any]) -> bool:
    """Both instances have this answer."""
    return all(
        is_solvable(claim[f"{side}_problem"], claim[side], witnesses.get(side)) == (claim["answer"] == "YES")
        for side in ("source", "target")
    )


def disagreement(claim: Any, witnesses: Mapping[str, Any]) -> bool:
    """What is said of each side is true: that it has a solution, or none, or that a value does not solve it."""

    def is_true(said: str, side: str) -> bool:
        problem, instance, fails = claim[f"{side}_problem"], claim[side], f"{side} fails"
        if said == "FAILS":
            return fails not in witnesses or not is_solution(problem, instance, witnesses[fails])
        return is_solvable(problem, instance, witnesses.get(side)) == (said == "YES")

    return all(map(is_true, claim["sides"], ("source", "target")))


def enclosure(claim: Any, _witnesses: Mapping[str, Any]) -> bool:
    low, high = map(Fraction, (claim["low"], claim["high"]))
    found = real_numbers.lies_inside(claim["quantity"], claim["parameters"], low, high)
    if found is None:
        raise Undecided
    return found


def fact(claim: Any, _witnesses: Mapping[str, Any]) -> bool:
    """Claim 2 of [GKK19] holds for all k and n (the generating function factors)."""
    return claim["fact"] == "hermite-addition" or real_numbers.is_padded(claim["parameters"])


def sweep(claim: Any, _witnesses: Mapping[str, Any]) -> bool:
    """So many classes are a YES and a NO, and of each some instance has the answer of its target: here the first."""
    r = None if claim["reduction"] is None else reduction(claim["reduction"], claim["parameters"])
    counts = {"NO": 0, "YES": 0}
    for instance in classes_of(claim):
        if not is_instance(claim["problem"], instance):
            return False
        answer = has_solution(claim["problem"], instance)
        counts["YES" if answer else "NO"] += 1
        if r is not None:
            try:
                target = r.target.instance_to_json(r.reduce(r.source.instance_from_json(instance)))
            except InvalidInstance:
                return False
            if has_solution(r.target.name, target) != answer:
                return False
    return bool(counts == claim["answers"])


def classes_of(claim: Any) -> list[Any]:
    try:
        return list(classes.classes(claim["problem"], claim["family"], claim["given"], claim["upto"]))
    except classes.TooMany:
        raise Undecided from None


CLAIMS: dict[str, Callable[[Any, Mapping[str, Any]], bool]] = {
    "accepts": accepts,
    "rejects": rejects,
    "minimum": minimum,
    "bounds": bounds,
    "lemma": lemma,
    "equivalence": equivalence,
    "promise": promise,
    "agreement": agreement,
    "disagreement": disagreement,
    "enclosure": enclosure,
    "fact": fact,
    "sweep": sweep,
}


def remembered(decide: Callable[..., bool]) -> Callable[..., bool]:
    """Asked again about the same JSON values, do not decide again: mutants of the evidence have the same claim."""

    @cache
    def answer(resources: int, *texts: str) -> bool | None:
        try:
            return decide(*map(json.loads, texts))
        except Undecided:
            return None

    def ask(*values: Any) -> bool:
        found = answer(Z3_RESOURCES, *map(json.dumps, values))
        if found is None:
            raise Undecided
        return found

    return ask


def is_solvable(problem: str, instance: Any, witness: Any = None) -> bool:
    """Whether this witness solves the instance or, if none is given, whether there is one."""
    return has_solution(problem, instance) if witness is None else SOLVES[problem](instance, witness)


def is_solution(problem: str, instance: Any, value: Any) -> bool:
    """Whether any value whatsoever is a witness, of plain numbers in lists, and solves the instance."""
    try:
        return has_the_shape(problem, value) and SOLVES[problem](instance, value)
    except (TypeError, ValueError, LookupError, ZeroDivisionError):  # of another shape
        return False


def has_the_shape(problem: str, value: Any) -> bool:
    def are_rational(values: Any) -> bool:
        return type(values) is list and all(map(is_rational, values))

    if problem == "training":
        right = type(value) is dict and value.keys() == {"weights", "biases", "output"}
        return (
            right
            and are_rational(value["biases"])
            and are_rational(value["output"])
            and type(value["weights"]) is list
            and all(map(are_rational, value["weights"]))
        )
    if problem in ("two-hyperplane-strip", "two-hyperplane-separability"):
        return type(value) is list and all(map(are_rational, value))
    return type(value) is list and all(type(v) is int for v in value)


@remembered
def has_solution(problem: str, instance: Any) -> bool:
    return SOLVABLE[problem](instance)


@remembered
def has_network(instance: Any, below: bool, lacks: Any) -> bool:
    return trainable(instance, below=below, lacks=lacks)


def require_few(choices: int) -> None:
    if choices > MOST_CHOICES:
        raise Undecided


# ------------------------------------------------------------------------------- what is an instance, what a property


def is_claim(claim: Any) -> bool:
    """Whether it speaks of an instance, true or not; of a reduction, of a source that it may be defined for."""
    try:
        if claim["claim"] in ("equivalence", "promise"):
            source = reduction(claim["reduction"], claim["parameters"]).source.name
            return claim["answer"] in ("YES", "NO") and is_instance(source, claim["source"])
        if claim["claim"] in ("agreement", "disagreement"):
            said = claim["answer"] in ("YES", "NO") if claim["claim"] == "agreement" else is_said(claim["sides"])
            remarked = type(claim["remark"]) is str and len(claim["remark"]) <= 1000
            return said and remarked and all(
                is_instance(claim[f"{side}_problem"], claim[side]) for side in ("source", "target")
            )  # fmt: skip
        if claim["claim"] == "enclosure":
            if not all(map(is_rational, (claim["low"], claim["high"]))) or type(claim["parameters"]) is not dict:
                return False
            ordered = Fraction(claim["low"]) <= Fraction(claim["high"])
            return ordered and real_numbers.is_defined(claim["quantity"], claim["parameters"])
        if claim["claim"] == "fact":
            p = claim["parameters"]
            if claim["fact"] == "padded-dimension":
                return type(p) is dict and real_numbers.may_be_padded(p)
            known = claim["fact"] == "hermite-addition" and type(p) is dict and p.keys() == {"k", "n"}
            return known and 1 <= p["k"] <= 20 and 0 <= p["n"] <= 40
        if claim["claim"] == "sweep":
            return is_sweep(**{name: value for name, value in claim.items() if name not in ("claim", "format")})
        kind, problem, instance = claim["claim"], claim["problem"], claim["instance"]
        known = kind in ("accepts", "rejects") or (kind in ("minimum", "bounds", "lemma") and problem == "training")
        if kind == "bounds":
            low = claim["low"]
            known = known and is_rational(low) and is_instance(problem, {**instance, "threshold": low})
        return (
            known and is_instance(problem, instance) and (kind != "lemma" or is_property(instance, claim["property"]))
        )
    except (InvalidInstance, KeyError, TypeError, ValueError):
        return False


GIVEN = {"hypergraph-coloring": ("colors",), "set-cover": ("budget",), "vertex-cover": ("budget",), "clique": ("size",),
         "independent-set": ("size",), "max-cut": ("cut_wanted",),
         "densest-subgraph": ("kappa", "edges_wanted")}  # fmt: skip


def is_sweep(problem: Any, family: Any, upto: Any, given: Any, reduction: Any, parameters: Any, answers: Any) -> bool:
    """Of a family that has such a bound, with all parameters of the instances and none else."""
    if not all(type(value) is dict for value in (given, parameters, answers)):
        return False
    known = problem in classes.PROBLEMS[family] and is_natural(upto)
    known = known and upto <= (9 if family == "points-in-a-square" else 12)
    given_is_right = given.keys() == set(GIVEN.get(problem, ())) and all(type(v) is int for v in given.values())
    said = answers.keys() == {"NO", "YES"} and all(map(is_natural, answers.values()))
    if reduction is None:
        return known and given_is_right and said and parameters == {}
    return known and given_is_right and said and reduction_named(reduction, parameters).source.name == problem


def is_said(sides: Any) -> bool:
    """Exactly one side is a YES, and the other one a NO or a failure."""
    return type(sides) is list and sorted(sides) in (["NO", "YES"], ["FAILS", "YES"])


def is_instance(problem: str, instance: Any) -> bool:
    try:
        return problem in INSTANCES and INSTANCES[problem](**instance)
    except (TypeError, ValueError, LookupError, ZeroDivisionError):  # of another shape
        return False


def is_natural(value: Any, least: int = 0) -> bool:
    return type(value) is int and value >= least


def is_rational(value: Any) -> bool:
    return type(value) is int or (type(value) is str and "/" in value and str(Fraction(value)) == value)


def increase(values: Iterable[Any]) -> bool:
    return all(a < b for a, b in pairwise(values))


def are_increasing(numbers: Any, below: int) -> bool:
    return type(numbers) is list and all(is_natural(v) and v < below for v in numbers) and increase(numbers)


def are_edges(edges: Any, vertices: int, sizes: Callable[[int], bool] = lambda size: size == 2) -> bool:
    return all(are_increasing(e, vertices) and sizes(len(e)) for e in edges) and increase(edges)


def is_hypergraph(vertices: Any, edges: Any, colors: Any, violations: Any = 1) -> bool:
    right = is_natural(vertices) and is_natural(colors, 2) and is_natural(violations, 1)
    return right and are_edges(edges, vertices, lambda size: size >= 2)


def is_set_family(universe: Any, sets: Any, budget: Any) -> bool:
    return is_natural(universe) and is_natural(budget) and all(are_increasing(s, universe) for s in sets)


def is_circuit(inputs: Any, gates: Any, output: Any, budget: Any) -> bool:
    right = is_natural(inputs) and is_natural(budget) and is_natural(output) and output < inputs + len(gates)
    return right and all(
        kind in ("and", "or") and len(operands) >= 1 and are_increasing(operands, inputs + i)
        for i, (kind, operands) in enumerate(gates)
    )


def is_graph_for_density(vertices: Any, edges: Any, kappa: Any, edges_wanted: Any) -> bool:
    right = is_natural(vertices) and is_natural(kappa, 1) and kappa <= vertices and is_natural(edges_wanted)
    return right and are_edges(edges, vertices)


def is_formula(variables: Any, clauses: Any) -> bool:
    return is_natural(variables) and all(
        len(set(c)) == len(c) == 3 and all(is_natural(v) and v < variables for v in c) for c in clauses
    )


def are_point_sets(P: Any, Q: Any) -> bool:
    points = [[_numbers(x) for x in side] for side in (P, Q)]
    dimension = len(P[0])
    shaped = dimension >= 1 and all(len(x) == dimension and all(map(is_rational, x)) for x in (*P, *Q))
    return shaped and all(map(increase, points)) and [0] * dimension in P and not any(x in points[1] for x in points[0])


def is_colored_graph(colors: Any, edges: Any) -> bool:
    right = all(map(is_natural, colors)) and set(colors) == set(range(len(set(colors))))
    return right and are_edges(edges, len(colors)) and all(colors[u] != colors[v] for u, v in edges)


def is_cnf(variables: Any, clauses: Any) -> bool:
    return is_natural(variables) and all(
        all(type(v) is int for v in c) and increase([0, *map(abs, c), variables + 1]) for c in clauses
    )


def is_3cnf(variables: Any, clauses: Any) -> bool:
    return is_cnf(variables, clauses) and all(len(c) <= 3 for c in clauses)


def is_graph_with_budget(vertices: Any, edges: Any, budget: Any) -> bool:
    return is_natural(vertices) and is_natural(budget) and are_edges(edges, vertices)


def is_graph_with_size(vertices: Any, edges: Any, size: Any) -> bool:
    return is_natural(vertices) and is_natural(size) and are_edges(edges, vertices)


def is_graph_to_cut(vertices: Any, edges: Any, cut_wanted: Any) -> bool:
    return is_natural(vertices) and vertices >= 1 and is_natural(cut_wanted) and are_edges(edges, vertices)


def are_labelled_groups(variables: Any, groups: Any) -> bool:
    return is_natural(variables) and all(
        set(group) == {"clauses", "label"}
        and is_label(group["label"])
        and len(group["clauses"]) >= 1
        and all(len(c) >= 1 for c in group["clauses"])
        and is_cnf(variables, group["clauses"])
        for group in groups
    )


def are_samples_of_patches(weights: Any, samples: Any) -> bool:
    return (
        is_natural(weights)
        and all(set(s) == {"label", "patches"} and is_label(s["label"]) for s in samples)
        and len({len(s["patches"]) for s in samples}) <= 1
        and all(len(x) == weights and all(map(is_rational, x)) for s in samples for x in s["patches"])
    )


def are_blocks_and_points(blocks: Any, factor: Any, samples: Any) -> bool:
    k = len(blocks[0]) if blocks else 0
    n = k * len(blocks)
    return (
        all(is_matrix(block, k) for block in blocks)
        and (factor is None or is_matrix(factor, n))
        and all(set(s) == {"label", "point"} and is_label(s["label"]) for s in samples)
        and all(len(s["point"]) == n and all(map(is_rational, s["point"])) for s in samples)
    )


def are_a_matrix_and_patches(matrix: Any, samples: Any) -> bool:
    return is_matrix(matrix, len(matrix)) and are_samples_of_patches(len(matrix), samples)


def is_matrix(rows: Any, size: int) -> bool:
    return len(rows) == size and all(len(row) == size and all(map(is_rational, row)) for row in rows)


def is_label(value: Any) -> bool:
    return type(value) is int and value in (0, 1)


def is_training_set(
    activation: Any, bias: Any, clip: Any, dimension: Any, loss: Any, neurons: Any, norm_bound: Any, output: Any,
    samples: Any, threshold: Any, alpha: Any = None,
) -> bool:  # fmt: skip
    if (activation == "leaky-relu") != (is_rational(alpha) and 0 <= Fraction(alpha) < 1) or (
        activation != "leaky-relu" and alpha is not None
    ):
        return False
    choices = (
        activation in ("relu", "threshold", "leaky-relu") and output in ("ones", "signs", "real") and type(bias) is bool
    )
    numbers = is_natural(dimension) and is_natural(neurons, 1) and is_rational(threshold) and Fraction(threshold) >= 0
    losses = loss in ("l0", "l1", "l2", "linf") or (loss == "exact" and threshold == 0)
    clipped = clip is None or (len(clip) == 2 and all(map(is_rational, clip)) and increase(_numbers(clip)))
    bounded = norm_bound is None or (is_rational(norm_bound) and Fraction(norm_bound) > 0)
    return choices and numbers and losses and clipped and bounded and all(
        len(coordinates) == len(values) and are_increasing(coordinates, dimension) and is_natural(multiplicity, 1)
        and is_rational(label) and all(is_rational(v) and v != 0 for v in values)
        for coordinates, values, label, multiplicity in samples
    )  # fmt: skip


INSTANCES: dict[str, Callable[..., bool]] = {
    "hypergraph-coloring": is_hypergraph,
    "set-cover": is_set_family,
    "monotone-circuit": is_circuit,
    "densest-subgraph": is_graph_for_density,
    "one-in-three": is_formula,
    "two-hyperplane-strip": are_point_sets,
    "two-hyperplane-separability": are_point_sets,
    "multicolored-clique": is_colored_graph,
    "sat": is_cnf,
    "three-sat": is_3cnf,
    "vertex-cover": is_graph_with_budget,
    "clique": is_graph_with_size,
    "independent-set": is_graph_with_size,
    "max-cut": is_graph_to_cut,
    "training": is_training_set,
    "sat-groups": are_labelled_groups,
    "sign-cnn": are_samples_of_patches,
    "random-network-fit": are_blocks_and_points,
    "random-cnn-fit": are_a_matrix_and_patches,
}


def is_property(instance: Any, claimed: Any) -> bool:
    """A list of lists of lists of inequalities over the weights and biases."""
    weights = instance["neurons"] * (instance["dimension"] + instance["bias"])

    def is_inequality(data: Any) -> bool:
        ((kind, terms),) = ((key, value) for key, value in data.items() if key != "bound")
        right = kind in ("le", "lt") and type(data["bound"]) is int and are_increasing([v for v, _ in terms], weights)
        return right and all(type(a) is int and a != 0 for _, a in terms)

    try:
        return all(type(parts) is list and all(all(map(is_inequality, part)) for part in parts) for parts in claimed)
    except (TypeError, ValueError, LookupError, AttributeError):
        return False


# ----------------------------------------------------------------------------------------- everything but the training


def solves_coloring(instance: Any, colors: Any) -> bool:
    right = len(colors) == instance["vertices"] and all(0 <= c < instance["colors"] for c in colors)
    return right and sum(len({colors[v] for v in e}) == 1 for e in instance["edges"]) <= instance.get("violations", 0)


def colorable(instance: Any) -> bool:
    """By brute force over the vertices that have edges, without looking further where too many have just one colour."""
    place = {v: i for i, v in enumerate(sorted({v for e in instance["edges"] for v in e}))}
    ending: list[list[list[int]]] = [[] for _ in place]
    for e in instance["edges"]:
        ending[place[e[-1]]].append([place[v] for v in e])
    colorings = 0

    def extends(colors: list[int], spare: int) -> bool:
        nonlocal colorings
        colorings += 1
        require_few(colorings)
        if colors:
            spare -= sum(len({colors[v] for v in e}) == 1 for e in ending[len(colors) - 1])
        if spare < 0:
            return False
        done = len(colors) == len(place)
        return done or any(extends([*colors, c], spare) for c in range(min(instance["colors"], len(place))))

    require_few(len(place) ** 3)
    return extends([], instance.get("violations", 0))


def solves_set_cover(instance: Any, chosen: Any) -> bool:
    right = list(chosen) == sorted(set(chosen)) and all(0 <= i < len(instance["sets"]) for i in chosen)
    covered = {u for i in chosen for u in instance["sets"][i]} if right else set()
    return right and len(chosen) <= instance["budget"] and len(covered) == instance["universe"]


def solves_circuit(instance: Any, true_inputs: Any) -> bool:
    """By recursion from the output."""
    n = instance["inputs"]

    @cache
    def value(wire: int) -> bool:
        if wire < n:
            return wire in true_inputs
        kind, operands = instance["gates"][wire - n]
        return (all if kind == "and" else any)(map(value, operands))

    right = list(true_inputs) == sorted(set(true_inputs)) and all(0 <= i < n for i in true_inputs)
    return right and len(true_inputs) <= instance["budget"] and value(instance["output"])


def are_vertices(instance: Any, chosen: Any) -> bool:
    return list(chosen) == sorted(set(chosen)) and all(0 <= v < instance["vertices"] for v in chosen)


def solves_subgraph(instance: Any, chosen: Any) -> bool:
    right = are_vertices(instance, chosen) and len(chosen) == instance["kappa"]
    induced = [e for e in instance["edges"] if set(e) <= set(chosen)]
    return right and len(induced) >= instance["edges_wanted"]


def solves_one_in_three(instance: Any, true: Any) -> bool:
    right = list(true) == sorted(set(true)) and all(0 <= v < instance["variables"] for v in true)
    return right and all([v in true for v in clause].count(True) == 1 for clause in instance["clauses"])


def some_subset_solves(problem: str, items: str, first: int = 0) -> Callable[[Any], bool]:
    """By brute force over the sets, inputs, vertices or variables that are chosen, which are numbered from `first`."""

    def decide(instance: Any) -> bool:
        count = instance[items] if isinstance(instance[items], int) else len(instance[items])
        require_few(2 ** min(count, 1000))
        solves, numbers = SOLVES[problem], range(first, first + count)
        return any(solves(instance, chosen) for size in range(count + 1) for chosen in combinations(numbers, size))

    return decide


def solves_strip(instance: Any, planes: Any) -> bool:
    width = len(instance["P"][0]) + 1
    if len(planes) != 2 or any(len(plane) != width for plane in planes):
        return False

    def at(plane: Any, x: Any) -> Fraction:
        *a, b = _numbers(plane)
        return b + sum(u * v for u, v in zip(a, _numbers(x), strict=True))

    first, second = planes
    between = all(at(first, x) > 0 > at(second, x) for x in instance["P"])
    return between and all(at(first, x) * at(second, x) > 0 for x in instance["Q"])


def solves_separability(instance: Any, planes: Any) -> bool:
    """Every segment from P to Q is crossed: at its ends one of the functions has opposite signs."""
    width = len(instance["P"][0]) + 1
    if len(planes) != 2 or any(len(plane) != width for plane in planes):
        return False
    at = {}
    for side in "PQ":
        at[side] = [
            [sum(u * v for u, v in zip(_numbers(plane), [*_numbers(x), Fraction(1)], strict=True)) for plane in planes]
            for x in instance[side]
        ]
    if not all(v for side in "PQ" for values in at[side] for v in values):
        return False
    return all(any(u * v < 0 for u, v in zip(one, other, strict=True)) for one in at["P"] for other in at["Q"])


def separable(instance: Any) -> bool:
    """The same in Z3, for each segment by itself."""
    require_few(len(instance["P"]) * len(instance["Q"]) + 1000 * len(instance["P"][0]))
    h = [z3.RealVector(f"g{i}_", len(instance["P"][0]) + 1) for i in (1, 2)]

    def at(x: Any) -> Any:
        return [z3.Sum(plane[len(x)], *(a * rational(v) for a, v in zip(plane, x, strict=False))) for plane in h]

    inside, outside = ([at(x) for x in instance[side]] for side in "PQ")
    constraints = [v != 0 for values in (*inside, *outside) for v in values]
    constraints += [
        z3.Or([(u > 0) != (v > 0) for u, v in zip(one, other, strict=True)]) for one in inside for other in outside
    ]
    return satisfiable(constraints, linear=True)


def in_a_strip(instance: Any) -> bool:
    """Two affine functions, in Z3."""
    require_few(len(instance["P"]) + len(instance["Q"]) + 1000 * len(instance["P"][0]))
    h = [z3.RealVector(f"h{i}_", len(instance["P"][0]) + 1) for i in (1, 2)]

    def at(plane: Any, x: Any) -> Any:
        return z3.Sum(plane[len(x)], *(a * rational(v) for a, v in zip(plane, x, strict=False)))

    constraints = [z3.And(at(h[0], x) > 0, at(h[1], x) < 0) for x in instance["P"]]
    for x in instance["Q"]:
        values = [at(plane, x) for plane in h]
        constraints.append(z3.Or(z3.And([v < 0 for v in values]), z3.And([v > 0 for v in values])))
    return satisfiable(constraints, linear=True)


def solves_multicolored_clique(instance: Any, clique: Any) -> bool:
    colors, edges = instance["colors"], instance["edges"]
    if not all(0 <= v < len(colors) for v in clique) or [colors[v] for v in clique] != sorted(set(colors)):
        return False
    return all([min(e), max(e)] in edges for e in combinations(clique, 2))


def has_multicolored_clique(instance: Any) -> bool:
    colors = instance["colors"]
    classes = [[v for v, c in enumerate(colors) if c == color] for color in sorted(set(colors))]
    require_few(prod(map(len, classes)))
    return any(solves_multicolored_clique(instance, clique) for clique in product(*classes))


def solves_cnf(instance: Any, true: Any) -> bool:
    right = list(true) == sorted(set(true)) and all(1 <= v <= instance["variables"] for v in true)
    return right and all(any((v > 0) == (abs(v) in true) for v in clause) for clause in instance["clauses"])


def solves_groups(instance: Any, true: Any) -> bool:
    """A group has label 0 iff it is satisfied as a formula of its own."""
    n, groups = instance["variables"], instance["groups"]
    right = list(true) == sorted(set(true)) and all(1 <= v <= n for v in true)
    return right and all(solves_cnf({"variables": n, **group}, true) == (group["label"] == 0) for group in groups)


def solves_filter(instance: Any, weights: Any) -> bool:
    if len(weights) != instance["weights"] or not all(type(w) is int and abs(w) == 1 for w in weights):
        return False
    for sample in instance["samples"]:
        products = [sum(w * v for w, v in zip(weights, _numbers(x), strict=True)) for x in sample["patches"]]
        if min(max(sum(max(v, 0) for v in products), 0), 1) != sample["label"]:
            return False
    return True


def has_filter(instance: Any) -> bool:
    require_few(2 ** min(instance["weights"], 1000))
    return any(solves_filter(instance, w) for w in product((1, -1), repeat=instance["weights"]))


def networks(instance: Any) -> list[list[list[Fraction]]]:
    """All M·W(w): M as a matrix of n rows, W(w) as one of k columns, which has w_r at row b·t + r of column b."""
    t = len(instance["blocks"])
    k = len(instance["blocks"][0]) if t else 0
    require_few(2 ** min(t, 1000) * (1 + k * k * t) ** 2)
    matrix = [[Fraction(0)] * (k * t) for _ in range(k * t)]
    for r, block in enumerate(instance["blocks"]):
        for b, j in product(range(k), repeat=2):
            matrix[b * t + r][j * t + r] = Fraction(block[b][j])
    if instance["factor"] is not None:
        factor = [_numbers(row) for row in instance["factor"]]
        if rank(factor) < k * t:
            return []
        matrix = [[dot(row, column) for column in zip(*matrix, strict=True)] for row in factor]
    filters = product((1, -1), repeat=t)
    return [[[dot(row[j * t : j * t + t], w) for row in matrix] for j in range(k)] for w in filters]


def dot(u: Iterable[Any], v: Iterable[Any]) -> Fraction:
    return sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0))


def rank(rows: list[list[Fraction]]) -> int:
    """By Gauss with fractions."""
    found, rows = 0, [row[:] for row in rows]
    for c in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[found:] if row[c]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for i in range(found + 1, len(rows)):
            times = rows[i][c] / pivot[c]
            rows[i] = [a - times * b for a, b in zip(rows[i], pivot, strict=True)]
        found += 1
    return found


def clipped(products: Iterable[Fraction]) -> Fraction:
    return min(max(sum((max(v, Fraction(0)) for v in products), Fraction(0)), Fraction(0)), Fraction(1))


def solves_random_network(instance: Any, network: Any) -> bool:
    weights = [_numbers(neuron) for neuron in network]
    fits = all(len(v) == len(s["point"]) for s in instance["samples"] for v in weights) and all(
        clipped(dot(v, _numbers(s["point"])) for v in weights) == s["label"] for s in instance["samples"]
    )
    return fits and weights in networks(instance)


def has_random_network(instance: Any) -> bool:
    return any(solves_random_network(instance, network) for network in networks(instance))


def filters_of(instance: Any) -> list[list[Fraction]]:
    """All A·w, if A is nonsingular."""
    matrix = [_numbers(row) for row in instance["matrix"]]
    require_few(2 ** min(len(matrix), 1000) * (1 + len(matrix)) ** 2)
    if rank(matrix) < len(matrix):
        return []
    return [[dot(row, w) for row in matrix] for w in product((1, -1), repeat=len(matrix))]


def solves_random_cnn(instance: Any, weights: Any) -> bool:
    v = _numbers(weights)
    if len(v) != len(instance["matrix"]) or v not in filters_of(instance):
        return False
    samples = instance["samples"]
    return all(clipped(dot(v, _numbers(x)) for x in s["patches"]) == s["label"] for s in samples)


def has_random_cnn(instance: Any) -> bool:
    return any(solves_random_cnn(instance, v) for v in filters_of(instance))


def solves_vertex_cover(instance: Any, chosen: Any) -> bool:
    right = are_vertices(instance, chosen) and len(chosen) <= instance["budget"]
    return right and not any(set(e).isdisjoint(chosen) for e in instance["edges"])


def solves_clique(instance: Any, chosen: Any) -> bool:
    right = are_vertices(instance, chosen) and len(chosen) >= instance["size"]
    return right and all(list(e) in instance["edges"] for e in combinations(chosen, 2))


def solves_independent_set(instance: Any, chosen: Any) -> bool:
    right = are_vertices(instance, chosen) and len(chosen) >= instance["size"]
    return right and not any(set(e) <= set(chosen) for e in instance["edges"])


def solves_max_cut(instance: Any, chosen: Any) -> bool:
    cut = [e for e in instance["edges"] if len(set(e) & set(chosen)) == 1]
    return are_vertices(instance, chosen) and len(cut) >= instance["cut_wanted"]


# -------------------------------------------------------------------------------------------------------- the training


def solves_training(instance: Any, network: Any) -> bool:
    weights = [_numbers(row) for row in network["weights"]]
    biases, output = _numbers(network["biases"]), _numbers(network["output"])
    if {len(weights), len(biases), len(output)} != {instance["neurons"]}:
        return False
    if any(biases) and not instance["bias"]:
        return False
    allowed = {"ones": {1}, "signs": {1, -1}, "real": set(output)}[instance["output"]]
    width, seen = instance["dimension"], [t for coordinates, *_ in instance["samples"] for t in coordinates]
    if not set(output) <= allowed or any(len(row) > width or any(t >= len(row) for t in seen) for row in weights):
        return False
    bound = instance["norm_bound"]
    if bound is not None and any(sum(v * v for v in row) > Fraction(bound) ** 2 for row in weights):
        return False
    errors = []
    for coordinates, values, label, multiplicity in instance["samples"]:
        f = Fraction(0)
        for w, b, a in zip(weights, biases, output, strict=True):
            z = b + sum(w[t] * v for t, v in zip(coordinates, _numbers(values), strict=True))
            slope = Fraction(instance.get("alpha", 0))
            f += a * ((z > 0) if instance["activation"] == "threshold" else max(z, slope * z))
        if instance["clip"] is not None:
            low, high = _numbers(instance["clip"])
            f = min(max(f, low), high)
        errors.append((abs(f - Fraction(label)), multiplicity))
    loss = {
        "linf": max((e for e, _ in errors), default=0),
        "l1": sum(m * e for e, m in errors),
        "l2": sum(m * e**2 for e, m in errors),
    }.get(instance["loss"], sum(m for e, m in errors if e))
    return loss <= Fraction(instance["threshold"])


def trainable(instance: Any, positive: int | None = None, below: bool = False, lacks: Any = None) -> bool:
    """Whether some network has a loss of at most the threshold, or below it, and lacks a property if one is given.

    With output weights ±1, `positive` asks for +1 in exactly the first neurons, so many of them. A property is one of
    the networks whose neurons of output weight +1 come first, so with `lacks` only these are asked for.
    """
    k, d = instance["neurons"], instance["dimension"]
    if k * (d + 1) > MOST_WEIGHTS or k * len(instance["samples"]) > 10 * MOST_WEIGHTS:
        raise Undecided
    weights = [z3.RealVector(f"w{j}_", d) for j in range(k)]
    biases = [z3.Real(f"b{j}") if instance["bias"] else z3.RealVal(0) for j in range(k)]
    a = [z3.Real(f"a{j}") for j in range(k)]
    negative = [z3.Bool(f"negative{j}") for j in range(k)]
    times: Callable[[int, Any], Any] = {
        "ones": lambda j, v: v,
        "signs": lambda j, v: z3.If(negative[j], -v, v),
        "real": lambda j, v: a[j] * v,
    }[instance["output"]]

    def value(coordinates: Any, values: Any) -> Any:
        """The network at a point."""
        f = z3.RealVal(0)
        for j, (w, b) in enumerate(zip(weights, biases, strict=True)):
            z = z3.Sum(b, *(w[t] * rational(v) for t, v in zip(coordinates, values, strict=True)))
            on, off = (z, rational(instance.get("alpha", 0)) * z)
            if instance["activation"] == "threshold":
                on, off = z3.RealVal(1), z3.RealVal(0)
            f += z3.If(z > 0, times(j, on), times(j, off))  # the products inside: with thresholds there is then none
        if instance["clip"] is None:
            return f
        low, high = map(rational, instance["clip"])
        return z3.If(f < low, low, z3.If(f > high, high, f))

    residuals = [value(x, v) - rational(label) for x, v, label, _ in instance["samples"]]
    constraints = loss_is_small(instance, residuals, below)
    if instance["norm_bound"] is not None:
        bound = Fraction(instance["norm_bound"])
        if max(bound.numerator, bound.denominator) > LONGEST_BOUND:
            raise Undecided
        square = rational(bound) ** 2
        constraints += [z3.Sum(z3.RealVal(0), *(v * v for v in w)) <= square for w in weights]
    if positive is not None:
        constraints += [negative[j] == (j >= positive) for j in range(k)]
    if lacks is not None:
        constraints += [z3.Implies(negative[j], negative[j + 1]) for j in range(k - 1)]
        numbered = [v for w, b in zip(weights, biases, strict=True) for v in (*w, *([b] if instance["bias"] else []))]
        constraints.append(z3.Not(has_property(numbered, lacks)))
    scaled = instance["output"] == "real" and instance["activation"] != "threshold"
    products = scaled or instance["loss"] == "l2" or instance["norm_bound"] is not None
    return satisfiable(constraints, linear=not products)


def loss_is_small(instance: Any, residuals: Sequence[Any], below: bool) -> list[Any]:
    threshold, loss = rational(instance["threshold"]), instance["loss"]
    absolute = [z3.If(e < 0, -e, e) for e in residuals]
    zero, counts = z3.RealVal(0), [m for _, _, _, m in instance["samples"]]
    if loss == "exact":
        return [e == 0 for e in residuals] + [z3.BoolVal(not below)]
    if loss == "linf":
        losses = [zero, *absolute]
    else:
        terms = {
            "l0": [z3.If(e == 0, zero, z3.RealVal(1)) for e in residuals],
            "l1": absolute,
            "l2": [e * e for e in residuals],
        }[loss]
        losses = [z3.Sum(zero, *(m * term for m, term in zip(counts, terms, strict=True)))]
    return [v < threshold if below else v <= threshold for v in losses]


def has_property(numbered: Sequence[Any], claimed: Any) -> Any:
    def holds(linear: Any) -> Any:
        total = z3.Sum(z3.RealVal(0), *(a * numbered[v] for v, a in linear.get("le", linear.get("lt"))))
        return total <= linear["bound"] if "le" in linear else total < linear["bound"]

    return z3.And([z3.Or([z3.And([holds(linear) for linear in part]) for part in parts]) for parts in claimed])


def satisfiable(constraints: Sequence[Any], linear: bool) -> bool:
    """By Z3's general solver or, where that does not know, by its nonlinear one.

    Unless all is linear, each call has a context of its own, although that takes milliseconds: what Z3 knows of
    nonlinear arithmetic depends on what it was asked before.
    """
    if linear:
        solver = z3.Solver()
        solver.set("rlimit", Z3_RESOURCES)
        solver.add(*constraints)
        if (answer := solver.check()) != z3.unknown:
            return answer == z3.sat
    for create in (z3.Solver, partial(z3.SolverFor, "QF_NRA")):
        context = z3.Context()
        solver = create(ctx=context)
        solver.set("rlimit", Z3_RESOURCES)
        solver.add(*(constraint.translate(context) for constraint in constraints))
        try:
            answer = solver.check()
        except z3.Z3Exception:  # out of memory
            raise Undecided from None
        if answer != z3.unknown:
            return answer == z3.sat
    raise Undecided


def rational(value: Any) -> Any:
    return z3.Q(*Fraction(value).as_integer_ratio())


def _numbers(values: Iterable[Any]) -> list[Fraction]:
    return [Fraction(v) for v in values]


SOLVES: dict[str, Callable[[Any, Any], bool]] = {
    "hypergraph-coloring": solves_coloring,
    "set-cover": solves_set_cover,
    "monotone-circuit": solves_circuit,
    "densest-subgraph": solves_subgraph,
    "one-in-three": solves_one_in_three,
    "two-hyperplane-strip": solves_strip,
    "two-hyperplane-separability": solves_separability,
    "multicolored-clique": solves_multicolored_clique,
    "training": solves_training,
    "sat": solves_cnf,
    "three-sat": solves_cnf,
    "vertex-cover": solves_vertex_cover,
    "clique": solves_clique,
    "independent-set": solves_independent_set,
    "max-cut": solves_max_cut,
    "sat-groups": solves_groups,
    "sign-cnn": solves_filter,
    "random-network-fit": solves_random_network,
    "random-cnn-fit": solves_random_cnn,
}
SOLVABLE: dict[str, Callable[[Any], bool]] = {
    "hypergraph-coloring": colorable,
    "set-cover": some_subset_solves("set-cover", "sets"),
    "monotone-circuit": some_subset_solves("monotone-circuit", "inputs"),
    "densest-subgraph": some_subset_solves("densest-subgraph", "vertices"),
    "one-in-three": some_subset_solves("one-in-three", "variables"),
    "two-hyperplane-strip": in_a_strip,
    "two-hyperplane-separability": separable,
    "multicolored-clique": has_multicolored_clique,
    "training": trainable,
    "sat": some_subset_solves("sat", "variables", 1),
    "three-sat": some_subset_solves("three-sat", "variables", 1),
    "vertex-cover": some_subset_solves("vertex-cover", "vertices"),
    "clique": some_subset_solves("clique", "vertices"),
    "independent-set": some_subset_solves("independent-set", "vertices"),
    "max-cut": some_subset_solves("max-cut", "vertices"),
    "sat-groups": some_subset_solves("sat-groups", "variables", 1),
    "sign-cnn": has_filter,
    "random-network-fit": has_random_network,
    "random-cnn-fit": has_random_cnn,
}
