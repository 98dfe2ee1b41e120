"""Random instances together with a random solution of each, and what certificates may say to the symmetry rules.

`PLANTED` has a function for every problem that has an encoding; it draws from a seeded generator, so that the same seed
gives the same instance everywhere. Degenerate cases are frequent: neurons that are dead, equal or mirrored, hyperplanes
through samples, thresholds that are reached exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import combinations
from math import ceil, floor, isqrt
from random import Random
from typing import Any

from relucert.certificates.kernel import Linear
from relucert.certificates.properties import Property
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.matrices import Matrix, applied, inverse, transposed
from relucert.reductions.problems.clique import CliqueInstance
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.densest_subgraph import densest_subgraph
from relucert.reductions.problems.independent_set import IndependentSetInstance
from relucert.reductions.problems.max_cut import MaxCutInstance
from relucert.reductions.problems.monotone_circuit import circuit
from relucert.reductions.problems.multicolored_clique import multicolored_clique
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.random_cnn import RandomCnnInstance
from relucert.reductions.problems.random_network import RandomNetworkInstance, network_of
from relucert.reductions.problems.random_network import Sample as PointSample
from relucert.reductions.problems.sat import SatInstance
from relucert.reductions.problems.sat_groups import Group, SatGroupsInstance
from relucert.reductions.problems.separability import separability
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.sign_cnn import Sample as PatchSample
from relucert.reductions.problems.sign_cnn import SignCnnInstance
from relucert.reductions.problems.strip import strip
from relucert.reductions.problems.three_sat import ThreeSatInstance
from relucert.reductions.problems.training import (
    LOSSES,
    OUTPUTS,
    Network,
    TrainingInstance,
    loss_of,
    sample,
)
from relucert.reductions.problems.vertex_cover import VertexCoverInstance


@dataclass(frozen=True)
class Plant:
    """An instance, one of its solutions, and what is said to the symmetry rule, which may refuse it."""

    instance: Any
    witness: Any
    choices: tuple[Any, ...] = (None,)


@dataclass(frozen=True)
class LemmaPlant:
    """A network that lacks a property. If that is invariant, functionals and orders may sort the neurons."""

    plant: Plant
    claimed: Property
    invariant: bool


def subset(rng: Random, items: Sequence[Any], share: float = 0.5) -> list[Any]:
    return [item for item in items if rng.random() < share]


# ------------------------------------------------------------------------------------------------------------ training

NUMBERS = (0, 0, 1, -1, 1, 2, -2, Fraction(1, 2), Fraction(-2, 3), Fraction(5, 6))
FEATURES = {
    "activation": ("relu", "threshold"),
    "output": OUTPUTS,
    "loss": ("exact", *LOSSES),
    "bias": (False, True),
}

SLOPES = (0, Fraction(1, 2), Fraction(1, 10), Fraction(5, 6), Fraction(3, 7))  # of leaky ReLUs

Row = tuple[list[Rational], Rational]  # the weights and the bias of a neuron


def trained(rng: Random, most_neurons: int = 4, **fixed: Any) -> Plant:
    """Labels are a network's outputs, perhaps perturbed; the threshold is its loss, or a little more."""
    features = {name: fixed.get(name, rng.choice(values)) for name, values in FEATURES.items()}
    aside = Random(repr(rng.getstate()))
    if "activation" not in fixed and features["activation"] == "relu" and aside.random() < 0.5:
        features["activation"] = "leaky-relu"
    features["alpha"] = aside.choice(SLOPES) if features["activation"] == "leaky-relu" else None
    bias, loss, output = features["bias"], features["loss"], features["output"]
    d = rng.choice((0, 1, 1, 2, 2, 3))
    xs = points(rng, d)
    rows: list[Row] = []
    for _ in range(rng.randint(1, most_neurons)):
        rows.append(neuron(rng, d, bias, xs, rows))
    weights = {"ones": (1,), "signs": (1, -1), "real": NUMBERS}[output]
    outer = [rng.choice(weights)] * len(rows) if rng.random() < 0.3 else rng.choices(weights, k=len(rows))
    net = Network(tuple(tuple(w) for w, _ in rows), tuple(b for _, b in rows), tuple(outer))
    noise = (0,) if loss == "exact" else (0, 0, 1, -2, Fraction(1, 2), Fraction(-2, 3))
    samples = []
    values = [net([(t, v) for t, v in enumerate(x) if v], features["activation"], features["alpha"]) for x in xs]
    clip = some_clip(rng, values) if fixed.get("clip", rng.random() < 0.3) else None
    for x, exactly in zip(xs, values, strict=True):
        if clip is not None:
            exactly = max(clip[0], min(exactly, clip[1]))
        samples.append(sample(x, exactly + rng.choice(noise), rng.choice((1, 1, 2, 3, 5))))
    scales = features["activation"] != "threshold" and output == "real"  # no norm bound there
    bound = None if scales or rng.random() < 0.5 else norm_bound(net.weights) * rng.choice((1, 1, 2))
    instance = TrainingInstance(d, len(rows), tuple(samples), norm_bound=bound, clip=clip, **features)
    if loss != "exact":
        slack = rng.choice((0, 0, 0, 1, Fraction(1, 2), Fraction(1, 3)))
        instance = replace(instance, threshold=loss_of(instance, net) + slack)
    some_lines = [line(rng, xs, d) for _ in range(2) if d]
    orders = some_orders(Random(repr(rng.getstate())), len(xs))
    return Plant(instance, net, (None, functional(rng, d + bias), *some_lines, *orders))


def some_clip(rng: Random, values: Sequence[Rational]) -> tuple[Rational, Rational]:
    """Often with an end that a value reaches exactly, and others beyond it."""
    low, high = sorted(rng.choice((*values, *NUMBERS)) for _ in range(2))
    return (low, high) if low < high else (low, low + rng.choice((1, Fraction(1, 3))))


TWINS = ([(1, 1), (-1, 1)], [(Fraction(1, 2), 2)], [(1, 1), (2, 1)], [(0, 1), (3, 2)])


def crowded(rng: Random, **fixed: Any) -> Plant:
    """With several labels at a point and coordinates that are 0 everywhere; the choices are about the normal form."""
    fitted = trained(rng, most_neurons=3, **fixed)
    instance, net = fitted.instance, fitted.witness
    exact = instance.loss == "exact"
    tight = not exact and rng.random() < 0.4  # the network pays no more than the labels force
    if tight:
        labels = (net(s.x, instance.activation, instance.alpha) for s in instance.samples)
        instance = replace(
            instance, samples=tuple(s._replace(y=y) for s, y in zip(instance.samples, labels, strict=True))
        )
    kept, added = [], []
    for s in instance.samples:
        if tight and rng.random() < 0.3:  # the network is between the labels, where l1 is the same everywhere
            added += [s._replace(y=s.y + h) for h in (1, -1)]
            continue
        kept.append(s)
        if not exact and (tight or rng.random() < 0.6):
            added += [s._replace(y=s.y + h, multiplicity=m) for h, m in (TWINS[0] if tight else rng.choice(TWINS))]
        elif rng.random() < 0.4:
            added.append(s)
    samples, blank = [*kept, *added], rng.randint(0, 2)
    rng.shuffle(samples)
    blanks = (rng.choices((0, 0, 1), k=rng.choice((0, blank))) for _ in net.weights)  # some are left out
    net = replace(net, weights=tuple((*row, *end) for row, end in zip(net.weights, blanks, strict=True)))
    bound = instance.norm_bound and instance.norm_bound + blank
    instance = replace(instance, dimension=instance.dimension + blank, samples=tuple(samples), norm_bound=bound)
    if not exact:
        instance = replace(instance, threshold=loss_of(instance, net) + rng.choice((0, 0, 0, 1, Fraction(1, 3))))
    choices = [choice for choice in fitted.choices if choice is None or rng.random() < 0.7]
    return Plant(instance, net, tuple({"normal": choice} for choice in choices))


def points(rng: Random, dimension: int) -> list[list[Rational]]:
    """Some of them a column: they differ in one coordinate only. They may coincide."""
    result = [rng.choices(NUMBERS, k=dimension) for _ in range(rng.randint(0, 3))]
    if dimension and rng.random() < 0.8:
        foot, along = rng.choices(NUMBERS, k=dimension), rng.randrange(dimension)
        heights = rng.sample((-1, 0, Fraction(1, 2), 1, 2, 3), rng.randint(2, 4))
        result += [[*foot[:along], h, *foot[along + 1 :]] for h in heights]
    rng.shuffle(result)
    return result


def neuron(rng: Random, dimension: int, bias: bool, xs: list[list[Rational]], earlier: list[Row]) -> Row:
    """Often degenerate."""
    kind = rng.choice(("any", "any", "through", "through", "dead", "equal", "mirrored"))
    if kind in ("equal", "mirrored") and earlier:
        w, b = rng.choice(earlier)
        return (w, b) if kind == "equal" else ([-v for v in w], -b)
    if kind == "dead":
        return [0] * dimension, rng.choice((0, -1)) * bias
    w = rng.choices(NUMBERS, k=dimension)
    if kind == "through" and xs and bias:
        return w, -sum(u * v for u, v in zip(w, rng.choice(xs), strict=True))
    return w, rng.choice(NUMBERS) * bias


def norm_bound(weights: Sequence[Sequence[Rational]]) -> Fraction:
    """The largest norm, if that is rational, and else one a little larger."""
    square = Fraction(max((sum(v * v for v in w) for w in weights), default=0)) or Fraction(1, 4)
    root = isqrt(square.numerator * square.denominator)  # √(p/q) = √(pq)/q
    return Fraction(root + (root * root < square.numerator * square.denominator), square.denominator)


def functional(rng: Random, width: int) -> list[list[int]]:
    return [[t, c] for t, c in enumerate(rng.choices((0, 1, 1, -1, 2, -3), k=width)) if c]


def line(rng: Random, xs: list[list[Rational]], dimension: int) -> dict[str, Any]:
    """Mostly samples whose points differ in one coordinate only; sometimes any samples, which are to be refused."""
    along = rng.randrange(dimension)
    columns: dict[Any, dict[Rational, int]] = {}
    for i, x in enumerate(xs):
        columns.setdefault((*x[:along], *x[along + 1 :]), {}).setdefault(x[along], i)
    longest = max(columns.values(), key=len, default={})
    samples = [i for _, i in sorted(longest.items())]
    if rng.random() < 0.3:
        samples = sorted(range(len(xs)), key=lambda i: xs[i][along])
    return {"along": along, "line": subset(rng, samples, 0.8)}


def some_orders(rng: Random, items: int) -> list[dict[str, Any]]:
    """One of any length, unless there are no items."""
    return [{"order": rng.sample(range(items), rng.randint(1, items))}] if items else []


def network_without_a_property(rng: Random) -> LemmaPlant:
    """With outputs ±1 the neurons of +1 come first, as a lemma says."""
    plant = trained(rng, most_neurons=3)
    instance, net = plant.instance, plant.witness
    if instance.output == "signs":
        order = sorted(range(instance.neurons), key=lambda j: -net.output[j])
        net = Network(*(tuple(part[j] for j in order) for part in (net.weights, net.biases, net.output)))
    rows = [(*w, b)[: instance.dimension + instance.bias] for w, b in zip(net.weights, net.biases, strict=True)]
    invariant = rng.random() < 0.5
    claimed = invariant_property(rng, rows) if invariant else any_property(rng, [v for row in rows for v in row])
    return LemmaPlant(replace(plant, witness=net), claimed, invariant)


def any_property(rng: Random, values: Sequence[Rational]) -> Property:
    """One disjunction that fails, and perhaps another one."""

    def some(most: int) -> list[Linear]:
        return [linear(rng, len(values)) for _ in range(rng.randint(0, most))]

    failing = tuple((false_linear(rng, values), *some(1)) for _ in range(rng.randint(0, 2)))
    others = [tuple(tuple(some(2)) for _ in range(rng.randint(0, 2))) for _ in range(rng.randint(0, 1))]
    claimed = [failing, *others]
    rng.shuffle(claimed)
    return tuple(claimed)


def invariant_property(rng: Random, rows: Sequence[Sequence[Rational]]) -> Property:
    """That every neuron has something, or that some neuron has, where the network has not."""
    one = false_linear(rng, rng.choice(rows))
    width = len(rows[0])
    each = [Linear(tuple((j * width + t, a) for t, a in one.terms), one.bound, one.strict) for j in range(len(rows))]
    if any(holds(one, row) for row in rows) or rng.random() < 0.5:
        return tuple(((linear,),) for linear in each)
    return (tuple((linear,) for linear in each),)


def linear(rng: Random, count: int) -> Linear:
    terms = tuple((t, c) for t, c in functional(rng, count))
    return Linear(terms, rng.randint(-2, 2), rng.random() < 0.5)


def false_linear(rng: Random, values: Sequence[Rational]) -> Linear:
    """One that these values miss by as little as an integer bound allows."""
    terms = tuple((t, c) for t, c in functional(rng, len(values)) if rng.random() < 0.6)
    total, strict = sum((c * values[t] for t, c in terms), Fraction(0)), rng.random() < 0.5
    return Linear(terms, floor(total) if strict else ceil(total) - 1, strict)


def holds(inequality: Linear, values: Sequence[Rational]) -> bool:
    total = sum((a * values[v] for v, a in inequality.terms), Fraction(0))
    return total < inequality.bound if inequality.strict else total <= inequality.bound


# ----------------------------------------------------------------------------------------------------- other problems


def colored(rng: Random) -> Plant:
    n, k = rng.randint(0, 6), rng.randint(2, 4)
    colors = rng.choices(range(k), k=n)
    allowed = [e for size in (2, 2, 3) for e in combinations(range(n), size) if len({colors[v] for v in e}) > 1]
    one_of_each = list({c: v for v, c in enumerate(colors)}.values())
    rng.shuffle(one_of_each)
    some = rng.sample(range(n), rng.randint(0, min(n, k)))
    if rng.random() < 0.4:  # any edges, and as many violations as there are, or one more
        edges = subset(rng, [e for size in (2, 2, 3) for e in combinations(range(n), size)], 0.5)
        instance = coloring(n, edges, k)
        violations = sum(len({colors[v] for v in e}) == 1 for e in instance.edges) + rng.choice((0, 0, 1))
        choices = (None, some[:1], some, *some_orders(Random(repr(rng.getstate())), n))
        return Plant(replace(instance, violations=violations), tuple(colors), choices)
    instance = coloring(n, subset(rng, allowed, 0.8), k)
    choices = (None, some, one_of_each, *some_orders(Random(repr(rng.getstate())), n))
    return Plant(instance, tuple(colors), choices)


def covered(rng: Random) -> Plant:
    universe, count = rng.randint(0, 5), rng.randint(1, 5)
    sets = [set(subset(rng, range(universe))) for _ in range(count)]
    chosen = subset(rng, range(count)) or ([0] if universe else [])
    for u in range(universe):
        sets[rng.choice(chosen)].add(u)
    budget = len(chosen) + rng.choice((0, 0, 1, 7))
    return Plant(SetCoverInstance(universe, tuple(tuple(sorted(s)) for s in sets), budget), tuple(chosen))


def evaluated(rng: Random) -> Plant:
    inputs, gates = rng.randint(1, 4), []
    for wire in range(inputs, inputs + rng.randint(0, 5)):
        operands = rng.sample(range(wire), rng.randint(1, min(wire, 4)))
        gates.append((rng.choice(("and", "or")), operands))
    true = subset(rng, range(inputs)) or [0]
    output = rng.choice(sorted(circuit(inputs, gates, 0, 0).true_wires(true)))
    return Plant(circuit(inputs, gates, output, len(true) + rng.choice((0, 0, 1, 7))), tuple(true))


def dense(rng: Random) -> Plant:
    n = rng.randint(1, 6)
    edges = subset(rng, list(combinations(range(n), 2)))
    chosen = subset(rng, range(n)) or [0]
    induced = sum(set(e) <= set(chosen) for e in edges)
    return Plant(densest_subgraph(n, edges, len(chosen), rng.choice((induced, induced, 0))), tuple(chosen))


def satisfied(rng: Random) -> Plant:
    n = rng.randint(0, 7)
    true = subset(rng, range(n), 0.4)
    allowed = [c for c in combinations(range(n), 3) if len(set(true).intersection(c)) == 1]
    clauses = [tuple(rng.sample(c, 3)) for c in rng.choices(allowed, k=rng.randint(0, 5))] if allowed else []
    return Plant(OneInThreeInstance(n, tuple(clauses)), tuple(true))


def separated(rng: Random) -> Plant:
    d = rng.randint(1, 3)
    constants = (1, Fraction(1, 2), 2, Fraction(1, 6))
    planes = tuple((*rng.choices(NUMBERS, k=d), sign * rng.choice(constants)) for sign in (1, -1))
    inside, outside = {(0,) * d}, set()
    for x in (tuple(rng.choice((*range(-4, 5), *NUMBERS)) for _ in range(d)) for _ in range(8)):
        first, second = (sum((a * v for a, v in zip(h, x, strict=False)), h[-1]) for h in planes)
        if first > 0 > second:
            inside.add(x)
        elif first * second > 0:
            outside.add(x)
    return Plant(strip(inside, outside), planes) if outside else separated(rng)


def crossed(rng: Random) -> Plant:
    """Each cell has points of one set only; the functions have either sign at the origin, which is in P."""
    d = rng.randint(1, 3)
    constants = (1, Fraction(1, 2), 2, Fraction(1, 6), -1, Fraction(-1, 2))
    planes = tuple((*rng.choices(NUMBERS, k=d), rng.choice(constants)) for _ in range(2))
    sides = {(first, second): rng.random() < 0.5 for first in (True, False) for second in (True, False)}
    sides[planes[0][-1] > 0, planes[1][-1] > 0] = True
    inside, outside = {(0,) * d}, set()
    for x in (tuple(rng.choice((*range(-4, 5), *NUMBERS)) for _ in range(d)) for _ in range(8)):
        first, second = (sum((a * v for a, v in zip(h, x, strict=False)), h[-1]) for h in planes)
        if first and second:
            (inside if sides[first > 0, second > 0] else outside).add(x)
    return Plant(separability(inside, outside), planes) if outside else crossed(rng)


def cliques(rng: Random) -> Plant:
    kappa = rng.randint(1, 4)
    colors = [*range(kappa), *rng.choices(range(kappa), k=rng.randint(0, 4))]
    rng.shuffle(colors)
    clique = tuple(rng.choice([v for v, c in enumerate(colors) if c == color]) for color in range(kappa))
    pairs = [e for e in combinations(range(len(colors)), 2) if colors[e[0]] != colors[e[1]]]
    edges = [e for e in pairs if set(e) <= set(clique) or rng.random() < 0.5]
    return Plant(multicolored_clique(colors, edges), clique)


def satisfied_formula(rng: Random, formula: type[SatInstance], longest: int) -> Plant:
    n = rng.randint(0, 8)
    true = subset(rng, range(1, n + 1))
    clauses = []
    for _ in range(rng.randint(0, 8) if n else 0):
        chosen = sorted(rng.sample(range(1, n + 1), rng.randint(1, min(n, longest))))
        signs = rng.choices((1, -1), k=len(chosen))
        kept = rng.randrange(len(chosen))
        signs[kept] = 1 if chosen[kept] in true else -1
        clauses.append(tuple(s * v for s, v in zip(signs, chosen, strict=True)))
    return Plant(formula(n, tuple(clauses)), tuple(true))


def grouped(rng: Random) -> Plant:
    n = rng.randint(0, 6)
    true = subset(rng, range(1, n + 1))
    groups = []
    for _ in range(rng.randint(0, 5) if n else 0):
        clauses = []
        for _ in range(rng.randint(1, 3)):
            chosen = sorted(rng.sample(range(1, n + 1), rng.randint(1, min(n, 3))))
            clauses.append(tuple(v * rng.choice((1, -1)) for v in chosen))
        holds = all(any((v > 0) == (abs(v) in true) for v in clause) for clause in clauses)
        groups.append(Group(int(not holds), tuple(clauses)))
    return Plant(SatGroupsInstance(n, tuple(groups)), tuple(true))


def filtered(rng: Random) -> Plant:
    """Samples whose output is a label; often patches are 0, products are 0, or their sum is exactly 1."""
    t, patches = rng.randint(0, 4), rng.randint(0, 3)
    weights, samples = rng.choices((1, -1), k=t), []
    for _ in range(12):
        rows = [rng.choice((rng.choices(NUMBERS, k=t), [0] * t)) for _ in range(patches)]
        products = [Fraction(sum(w * x for w, x in zip(weights, row, strict=True))) for row in rows]
        total = sum(v for v in products if v > 0)
        if 0 < total < 1 or (total > 1 and rng.random() < 0.5):
            rows = [[Fraction(x) / total for x in row] for row in rows]
        shown = tuple(tuple(simplified(x) for x in row) for row in rows)
        samples.append(PatchSample(int(total > 0), shown))
    return Plant(SignCnnInstance(t, tuple(samples[: rng.randint(0, 5)])), tuple(weights))


def some_matrix(rng: Random, size: int) -> Matrix:
    """Nonsingular, often not symmetric."""
    while True:
        rows = tuple(tuple(rng.choices(NUMBERS, k=size)) for _ in range(size))
        if inverse(rows) is not None:
            return rows


def random_networks(rng: Random) -> Plant:
    """Points whose output is a label; now and then a block is 0 or a point, or the sum exactly 1."""
    t, k = rng.randint(0, 3), rng.randint(1, 2)
    blocks = tuple(some_matrix(rng, k) if rng.random() < 0.9 else ((0,) * k,) * k for _ in range(t))
    factor = some_matrix(rng, t * k) if rng.random() < 0.4 else None
    w, samples = tuple(rng.choices((1, -1), k=t)), []
    bare = RandomNetworkInstance(blocks, factor, ())
    network = network_of(bare, w)
    for _ in range(rng.randint(0, 5)):
        point = [Fraction(x) for x in rng.choices(NUMBERS, k=bare.inputs)]
        total = sum(max(0, sum(v * x for v, x in zip(neuron, point, strict=True))) for neuron in network)
        if 0 < total < 1 or (total > 1 and rng.random() < 0.5):
            point = [x / total for x in point]
        samples.append(PointSample(int(total > 0), tuple(map(simplified, point))))
    return Plant(replace(bare, samples=tuple(samples)), network)


def random_filters(rng: Random) -> Plant:
    """As `filtered`, with A·w for w."""
    plant = filtered(rng)
    matrix = some_matrix(rng, plant.instance.weights)
    undo = inverse(transposed(matrix))
    samples = [PatchSample(label, tuple(undo.times(x) for x in patches)) for label, patches in plant.instance.samples]
    return Plant(RandomCnnInstance(matrix, tuple(samples)), applied(matrix, plant.witness))


def covered_graph(rng: Random) -> Plant:
    n, chosen, pairs = some_vertices(rng)
    edges = subset(rng, [e for e in pairs if not set(e).isdisjoint(chosen)])
    return Plant(VertexCoverInstance(n, tuple(edges), rng.choice((len(chosen), len(chosen), n, n + 2))), chosen)


def joined(rng: Random) -> Plant:
    n, chosen, pairs = some_vertices(rng)
    edges = [e for e in pairs if set(e) <= set(chosen) or rng.random() < 0.5]
    return Plant(CliqueInstance(n, tuple(edges), rng.choice((len(chosen), len(chosen), 0))), chosen)


def not_joined(rng: Random) -> Plant:
    n, chosen, pairs = some_vertices(rng)
    edges = subset(rng, [e for e in pairs if not set(e) <= set(chosen)])
    return Plant(IndependentSetInstance(n, tuple(edges), rng.choice((len(chosen), len(chosen), 0))), chosen)


def halved(rng: Random) -> Plant:
    n, side, pairs = some_vertices(rng)
    n, edges = n + 1, subset(rng, pairs)  # the last vertex has no edge
    cut = sum(len({*e} & {*side}) == 1 for e in edges)
    return Plant(MaxCutInstance(n, tuple(edges), rng.choice((cut, cut, 0))), side)


def some_vertices(rng: Random) -> tuple[int, tuple[int, ...], list[tuple[int, int]]]:
    """A number of vertices, some of them, and all pairs."""
    n = rng.randint(0, 8)
    return n, tuple(subset(rng, range(n))), list(combinations(range(n), 2))


PLANTED: Mapping[str, Callable[[Random], Plant]] = {
    "training": trained,
    "hypergraph-coloring": colored,
    "set-cover": covered,
    "monotone-circuit": evaluated,
    "densest-subgraph": dense,
    "one-in-three": satisfied,
    "two-hyperplane-strip": separated,
    "two-hyperplane-separability": crossed,
    "multicolored-clique": cliques,
    "sat": partial(satisfied_formula, formula=SatInstance, longest=6),
    "three-sat": partial(satisfied_formula, formula=ThreeSatInstance, longest=3),
    "sat-groups": grouped,
    "sign-cnn": filtered,
    "random-network-fit": random_networks,
    "random-cnn-fit": random_filters,
    "vertex-cover": covered_graph,
    "clique": joined,
    "independent-set": not_joined,
    "max-cut": halved,
}
