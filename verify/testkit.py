"""The laws that every reduction obeys, as properties for hypothesis.

A reduction in the catalogue is tested by `check_laws` without further ado, provided that `SOURCES` and `REFERENCES`
know its source problem. The expected answers come from brute force or from a statement of the problem in Z3 that shares
nothing with `certificates/`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import z3
from hypothesis import strategies as st

from relucert.certificates.writer import No, Yes
from relucert.reductions import CATALOGUE
from relucert.reductions.core import AnyReduction, Problem, Rational, exact, loads
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, Coloring, ColoringInstance, coloring
from relucert.reductions.problems.densest_subgraph import (
    DENSEST_SUBGRAPH,
    DensestSubgraphInstance,
    Subgraph,
    densest_subgraph,
)
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, MonotoneCircuit, TrueInputs, circuit
from relucert.reductions.problems.multicolored_clique import (
    MULTICOLORED_CLIQUE,
    Clique,
    MulticoloredCliqueInstance,
    multicolored_clique,
)
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance, TrueVariables
from relucert.reductions.problems.separability import (
    SEPARABILITY,
    Plane,
    Planes,
    Point,
    SeparabilityInstance,
    separability,
)
from relucert.reductions.problems.set_cover import SET_COVER, Cover, SetCoverInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.verify.cells import best_in_cell
from relucert.verify.certify import certify_instance, certify_reduction
from relucert.verify.decide import decide
from relucert.verify.problems import clique, independent_set, sat, three_sat, vertex_cover
from relucert.verify.problems.subsets import further_solutions
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, Unknown


class Law(Enum):
    """What holds for a reduction on every instance, in the order in which it is checked."""

    DETERMINISM = "reduce is a function"
    SIZE = "the size of the target is the one announced"
    ROUND_TRIP = "instances and witnesses survive JSON"
    REFERENCE = "the source has the answer that brute force gives"
    FORWARD = "forward maps every solution to a solution"
    BACKWARD = "backward maps every solution to a solution"
    ANSWER = "the target has the answer of the source"


class LawViolated(AssertionError):
    """A reduction breaks this law on an instance."""

    def __init__(self, law: Law, detail: str = "") -> None:
        super().__init__(f"{law.value}: {detail}" if detail else law.value)
        self.law = law


class Undecided(Exception):
    """Deciding takes more work than is allowed, so the laws say nothing about this instance."""


def require(holds: bool, law: Law, detail: str = "") -> None:
    if not holds:
        raise LawViolated(law, detail)


# ------------------------------------------------------------------------------------------- small random instances


@st.composite
def hypergraphs(draw: st.DrawFn, most_vertices: int = 5) -> ColoringInstance:
    """Hypergraphs with 2 to 4 colours, dense enough that a third and more cannot be coloured."""
    n = draw(st.integers(2, most_vertices))
    k = draw(st.sampled_from((2, 2, 2, 3, 3, 4)))
    pairs = list(combinations(range(n), 2))
    triples = list(combinations(range(n), 3))
    fewest = min(len(pairs), n * (k - 1) // 2 + k)
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=fewest))
    if triples:
        edges += draw(st.lists(st.sampled_from(triples), unique=True, max_size=2))
    return coloring(n, edges, k)


@st.composite
def sums_of_relus(draw: st.DrawFn) -> TrainingInstance:
    """Training sets for sums of one to three ReLUs in one or two dimensions; a negative label makes a NO."""
    d = draw(st.integers(1, 2))
    number = st.integers(-2, 2) | st.fractions(-2, 2, max_denominator=3)
    points = st.lists(number, min_size=d, max_size=d)
    labels = st.integers(-1, 3) | st.sampled_from((Fraction(1, 2), Fraction(4, 3)))
    samples = draw(st.lists(st.builds(sample, points, labels, st.integers(1, 2)), min_size=1, max_size=5))
    return TrainingInstance(d, draw(st.integers(1, 3)), tuple(samples), output="ones")


@st.composite
def set_covers(draw: st.DrawFn, most: int = 4) -> SetCoverInstance:
    """Up to four elements and sets; a tight budget or an element in no set makes a NO."""
    universe, m = draw(st.integers(1, most)), draw(st.integers(1, most))
    members = st.lists(st.integers(0, universe - 1), unique=True, min_size=1, max_size=universe)
    sets = [tuple(sorted(draw(members))) for _ in range(m)]
    return SetCoverInstance(universe, tuple(sets), draw(st.integers(0, 2)))


@st.composite
def circuits(draw: st.DrawFn) -> MonotoneCircuit:
    """Up to four inputs and five gates of any shape, of which the last is the output."""
    inputs = draw(st.integers(1, 4))
    gates = []
    for wires in range(inputs, inputs + draw(st.integers(1, 5))):
        operands = st.lists(st.integers(0, wires - 1), unique=True, min_size=1, max_size=3)
        gates.append((draw(st.sampled_from(("and", "or"))), draw(operands)))
    return circuit(inputs, gates, inputs + len(gates) - 1, draw(st.integers(0, 3)))


@st.composite
def dense_subgraphs(draw: st.DrawFn) -> DensestSubgraphInstance:
    """Graphs on up to three vertices, four take minutes; one edge more than κ vertices can have makes a NO."""
    n = draw(st.integers(2, 3))
    edges = draw(st.lists(st.sampled_from(list(combinations(range(n), 2))), unique=True))
    kappa = draw(st.integers(1, n))
    wanted = draw(st.integers(0, min(len(edges), kappa * (kappa - 1) // 2) + 1))
    return densest_subgraph(n, edges, kappa, wanted)


@st.composite
def formulas(draw: st.DrawFn) -> OneInThreeInstance:
    """Up to five variables, and as many clauses: with four or more a third and more cannot be satisfied."""
    n = draw(st.integers(3, 5))
    triples = list(combinations(range(n), 3))
    clauses = draw(st.lists(st.sampled_from(triples), unique=True, min_size=min(len(triples), 4), max_size=6))
    return OneInThreeInstance(n, tuple(tuple(draw(st.permutations(clause))) for clause in clauses))


@st.composite
def point_sets(draw: st.DrawFn) -> SeparabilityInstance:
    """Up to seven points of a small grid in one or two dimensions; a point of Q between those of P makes a NO."""
    d = draw(st.integers(1, 2))
    points = draw(st.permutations(list(product(range(-3, 4) if d == 1 else range(-1, 2), repeat=d))))
    inside, outside = draw(st.integers(d + 1, d + 2)), draw(st.integers(2, 3))
    return separability(points[:inside], points[inside : inside + outside])


@st.composite
def colored_graphs(draw: st.DrawFn) -> MulticoloredCliqueInstance:
    """Two or three colours with up to three vertices each; with half of the edges about half have no clique."""
    colors = draw(st.sampled_from(((0, 1), (0, 0, 1), (0, 0, 1, 1), (0, 1, 2), (0, 0, 1, 2), (0, 0, 1, 1, 2))))
    pairs = [(u, v) for u, v in combinations(range(len(colors)), 2) if colors[u] != colors[v]]
    return multicolored_clique(colors, draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs))))


SOURCES: dict[str, st.SearchStrategy[Any]] = {
    HYPERGRAPH_COLORING.name: hypergraphs(),
    SET_COVER.name: set_covers(),
    MONOTONE_CIRCUIT.name: circuits(),
    DENSEST_SUBGRAPH.name: dense_subgraphs(),
    ONE_IN_THREE.name: formulas(),
    SEPARABILITY.name: point_sets(),
    MULTICOLORED_CLIQUE.name: colored_graphs(),
    "sat": sat.instances(),
    "three-sat": three_sat.instances(),
    "vertex-cover": vertex_cover.instances(),
    "clique": clique.instances(),
    "independent-set": independent_set.instances(),
    TRAINING.name: sums_of_relus(),
}


# ------------------------------------------------------------------------------------- answers from independent sources


def color_by_brute_force(instance: ColoringInstance) -> Coloring | None:
    return next(
        (
            c
            for c in product(range(instance.colors), repeat=instance.vertices)
            if all(len({c[v] for v in e}) > 1 for e in instance.edges)
        ),
        None,
    )


def cover_by_brute_force(instance: SetCoverInstance) -> Cover | None:
    return next(
        (
            chosen
            for size in range(min(instance.budget, len(instance.sets)) + 1)
            for chosen in combinations(range(len(instance.sets)), size)
            if len({u for i in chosen for u in instance.sets[i]}) == instance.universe
        ),
        None,
    )


def subgraph_by_brute_force(instance: DensestSubgraphInstance) -> Subgraph | None:
    return next(
        (
            chosen
            for chosen in combinations(range(instance.vertices), instance.kappa)
            if sum(u in chosen and v in chosen for u, v in instance.edges) >= instance.edges_wanted
        ),
        None,
    )


def assign_by_brute_force(instance: OneInThreeInstance) -> TrueVariables | None:
    return next(
        (
            true
            for size in range(instance.variables + 1)
            for true in combinations(range(instance.variables), size)
            if all(len(set(clause) & set(true)) == 1 for clause in instance.clauses)
        ),
        None,
    )


def separate_by_brute_force(instance: SeparabilityInstance) -> Planes | None:
    """Every subset of Q that may be on the positive side; then each plane by itself, by Z3."""

    def plane(positive: Iterable[Point], negative: Iterable[Point]) -> Plane | None:
        context = z3.Context()
        h = z3.Reals([f"h{t}" for t in range(instance.dimension + 1)], context)

        def at(x: Point) -> Any:
            return z3.Sum(h[-1], *(a * rational(v, context) for a, v in zip(h, x, strict=False)))

        solver = z3.Solver(ctx=context)
        solver.add(*(at(x) > 0 for x in positive), *(at(x) < 0 for x in negative))
        if solver.check() == z3.unsat:
            return None
        return tuple(_fraction(solver.model().eval(a, model_completion=True)) for a in h)

    for size in range(len(instance.q) + 1):
        for chosen in combinations(instance.q, size):
            others = [x for x in instance.q if x not in chosen]
            first, second = plane((*instance.p, *chosen), others), plane(chosen, (*instance.p, *others))
            if first and second:
                return first, second
    return None


def clique_by_brute_force(instance: MulticoloredCliqueInstance) -> Clique | None:
    return next(
        (
            c
            for c in product(*instance.classes())
            if all((min(e), max(e)) in instance.edges for e in combinations(c, 2))
        ),
        None,
    )


def satisfy_by_brute_force(instance: MonotoneCircuit) -> TrueInputs | None:
    def true(wire: int, chosen: TrueInputs) -> bool:
        if wire < instance.inputs:
            return wire in chosen
        kind, operands = instance.gates[wire - instance.inputs]
        return (all if kind == "and" else any)(true(a, chosen) for a in operands)

    return next(
        (
            chosen
            for size in range(min(instance.budget, instance.inputs) + 1)
            for chosen in combinations(range(instance.inputs), size)
            if true(instance.output, chosen)
        ),
        None,
    )


def fit_by_z3(instance: TrainingInstance) -> Network | None:
    """Exact fit by ReLUs with output weights 1 or ±1, stated with If terms."""
    k, d, context = instance.neurons, instance.dimension, z3.Context()
    zero, true = z3.RealVal(0, context), z3.BoolVal(True, context)
    w = [[z3.Real(f"w{j},{t}", context) for t in range(d)] for j in range(k)]
    b = [z3.Real(f"b{j}", context) if instance.bias else zero for j in range(k)]
    positive = [z3.Bool(f"a{j}", context) if instance.output == "signs" else true for j in range(k)]
    solver = z3.Solver(ctx=context)
    for x, y, _ in instance.samples:
        outputs = []
        for j in range(k):
            z = z3.Sum([b[j], *(w[j][t] * rational(v, context) for t, v in x)])
            relu = z3.If(z >= 0, z, zero)
            outputs.append(z3.If(positive[j], relu, -relu))
        solver.add(z3.Sum(outputs) == rational(y, context))
    if solver.check() == z3.unsat:
        return None
    model = solver.model()
    rows = [[_fraction(model.eval(v, model_completion=True)) for v in row] for row in w]
    signs = [1 if z3.is_true(model.eval(p, model_completion=True)) else -1 for p in positive]
    biases = [_fraction(model.eval(v, model_completion=True)) for v in b]
    return Network(tuple(map(tuple, rows)), tuple(biases), tuple(signs))


def rational(value: Rational, context: z3.Context) -> Any:
    """The number in a context of Z3. One solver a context: what Z3 finds in a shared one depends on what it did before.

    >>> rational(Fraction(-1, 2), z3.Context())
    -1/2
    """
    return z3.Q(value.numerator, value.denominator, context)


def _fraction(value: Any) -> int | Fraction:
    return exact(value.as_fraction())


REFERENCES: dict[str, Callable[[Any], Any]] = {
    HYPERGRAPH_COLORING.name: color_by_brute_force,
    SET_COVER.name: cover_by_brute_force,
    MONOTONE_CIRCUIT.name: satisfy_by_brute_force,
    DENSEST_SUBGRAPH.name: subgraph_by_brute_force,
    ONE_IN_THREE.name: assign_by_brute_force,
    SEPARABILITY.name: separate_by_brute_force,
    MULTICOLORED_CLIQUE.name: clique_by_brute_force,
    "sat": sat.by_brute_force,
    "three-sat": three_sat.by_brute_force,
    "vertex-cover": vertex_cover.by_brute_force,
    "clique": clique.by_brute_force,
    "independent-set": independent_set.by_brute_force,
    TRAINING.name: fit_by_z3,
}


# ------------------------------------------------------------------------------- many solutions of one target instance


def fits_in_the_same_cell(instance: TrainingInstance, net: Network, rng: random.Random) -> Iterator[Network]:
    """Other exact fits with the activations of a given one: two optima of random objectives, and points between them.

    With fixed activations the fits are a polyhedron, so mixtures of fits are fits.
    """
    k, d, context = instance.neurons, instance.dimension, z3.Context()
    w = [[z3.Real(f"w{j},{t}", context) for t in range(d + 1)] for j in range(k)]
    cell = z3.Optimize(ctx=context)
    for row in w:
        cell.add(row[d] == 0 if not instance.bias else row[d] <= 64, *(v <= 64 for v in row), *(v >= -64 for v in row))
    for x, y, _ in instance.samples:
        outputs = []
        for j in range(k):
            z = z3.Sum([w[j][d], *(w[j][t] * rational(v, context) for t, v in x)])
            active = sum((net.weights[j][t] * v for t, v in x), net.biases[j]) > 0
            cell.add(z >= 0 if active else z <= 0)
            if active:
                outputs.append(z * int(net.output[j]))
        cell.add(z3.Sum([z3.RealVal(0, context), *outputs]) == rational(y, context))
    optima = []
    for _ in range(2):
        cell.push()
        cell.maximize(z3.Sum([v * rng.randint(-3, 3) for row in w for v in row]))
        if cell.check() == z3.sat:
            model = cell.model()
            optima.append([[_fraction(model.eval(v, model_completion=True)) for v in row] for row in w])
        cell.pop()
    mixed = []
    if len(optima) == 2:
        share = Fraction(rng.randint(1, 6), 7)
        first, second = optima
        mixed = [[[p + share * (q - p) for p, q in zip(r, s, strict=True)] for r, s in zip(first, second, strict=True)]]
    for rows in (*optima, *mixed):
        weights = tuple(tuple(exact(v) for v in row[:d]) for row in rows)
        yield Network(weights, tuple(exact(row[d]) for row in rows), net.output)


def permuted(net: Network, rng: random.Random) -> Network:
    order = rng.sample(range(len(net.output)), len(net.output))
    return Network(*(tuple(part[j] for j in order) for part in (net.weights, net.biases, net.output)))


def near_the_threshold(instance: TrainingInstance, net: Network, rng: random.Random) -> Iterator[Network]:
    """Networks near a given one that still are within the threshold of the loss, and the best one of its cell."""
    yield best_in_cell(instance, net)
    step = Fraction(1, 4)
    for _ in range(30):
        moved = [[exact(w + step * rng.randint(-2, 2) * (rng.random() < 0.4)) for w in row] for row in net.weights]
        other = Network(tuple(map(tuple, moved)), net.biases, net.output)
        if TRAINING.accepts(instance, other):
            yield other
        else:
            step /= 2


def turned(net: Network, rng: random.Random) -> Network:
    """By [z]₊ = z + [−z]₊: four neurons whose linear parts cancel may be replaced by their mirror images."""
    rows = [[*w, b] for w, b in zip(net.weights, net.biases, strict=True)]
    for start in range(0, len(rows) - 3, 4):
        four = range(start, start + 4)
        if rng.random() < 0.5 and not any(sum(net.output[j] * rows[j][t] for j in four) for t in range(len(rows[0]))):
            for j in four:
                rows[j] = [-v for v in rows[j]]
    return Network(tuple(tuple(row[:-1]) for row in rows), tuple(row[-1] for row in rows), net.output)


def many_fits(instance: TrainingInstance, nets: list[Network], rng: random.Random) -> Iterator[Network]:
    """The given solutions, others around them, and all of them with their neurons turned over and permuted."""
    if instance.neurons >= 8 or instance.activation == "threshold":  # cells are left alone
        for net in nets:
            yield net
            for _ in range(5):
                yield permuted(turned(net, rng), rng)
        return
    around = fits_in_the_same_cell if instance.loss == "exact" else near_the_threshold
    for net in nets:
        for fit in (net, *around(instance, net, rng)):
            if instance.norm_bound is None or TRAINING.accepts(instance, fit):  # a cell reaches outside the ball
                yield fit
                yield permuted(turned(fit, rng), rng)


OTHER_WITNESSES: dict[str, Callable[[Any, list[Any], random.Random], Iterator[Any]]] = {
    SET_COVER.name: further_solutions(SET_COVER, 0, lambda instance: len(instance.sets)),
    ONE_IN_THREE.name: further_solutions(ONE_IN_THREE, 0, lambda instance: instance.variables),
    "sat": sat.more,
    "three-sat": three_sat.more,
    "vertex-cover": vertex_cover.more,
    "clique": clique.more,
    "independent-set": independent_set.more,
    TRAINING.name: many_fits,
}


# ------------------------------------------------------------------------------------------------------------- the laws


UNDECIDED_TARGETS = {"one-in-three-to-plane"}  # a NO takes a minute: the iff has tests of its own


def decide_in_process(problem: Problem[Any, Any], instance: Any, work: int | None = None) -> Yes | No | Unknown:
    """Exact fits by Z3; losses by the linear programs, which are much faster where there are many tangents.

    UNKNOWN if it takes more than this work; no clock decides.
    """
    choice = "z3" if getattr(instance, "loss", "exact") == "exact" else "lp"
    return decide(problem, instance, provers_for(problem, choice)[0], Deadline(work=work))


def check_size(r: AnyReduction, source: Any, target: Any) -> None:
    """The last stage is the size of the target: its measures exactly, its words at least."""
    *_, stage = r.stages(source)
    emitted = r.target.size(target)
    require(stage.measures == emitted.measures, Law.SIZE, f"computed {stage.measures}, emitted {emitted.measures}")
    require(stage.words >= emitted.words, Law.SIZE, f"at most {stage.words} words computed, {emitted.words} emitted")


def check_laws(r: AnyReduction, source: Any, seed: int = 0, work: int | None = None) -> str:
    """Check every law on one source instance, in the order of `Law`; returns the answer, YES or NO.

    Raises LawViolated, or Undecided if deciding one side takes more than this work. All of this is a function of the
    arguments: the same in every process.
    """
    target = r.reduce(source)
    require(r.reduce(source) == target, Law.DETERMINISM)
    check_size(r, source, target)
    for problem, instance in ((r.source, source), (r.target, target)):
        text = "".join(problem.canonical(instance))
        require(problem.instance_from_json(loads(text)) == instance, Law.ROUND_TRIP, problem.name)
    evidence: dict[tuple[str, Any], Yes | No] = {}

    def decide_once(problem: Problem[Any, Any], instance: Any) -> Yes | No:
        key = problem.name, instance
        if key not in evidence:
            found = decide_in_process(problem, instance, work)
            if isinstance(found, Unknown):
                raise Undecided(found.reason)
            evidence[key] = found
        return evidence[key]

    expected, of_source = REFERENCES[r.source.name](source), decide_once(r.source, source)
    answer = "NO" if expected is None else "YES"
    require(isinstance(of_source, Yes) == (answer == "YES"), Law.REFERENCE, f"it is a {answer}")
    images = []
    if isinstance(of_source, Yes):
        images = [image_of(r, source, target, solution) for solution in (expected, of_source.witness)]
        require_backward(r, source, target, images[:1], seed)
    if r.name not in UNDECIDED_TARGETS:
        of_target = decide_once(r.target, target)
        require(isinstance(of_target, Yes) == (answer == "YES"), Law.ANSWER, f"the source is a {answer}")
        if isinstance(of_target, Yes):
            require_backward(r, source, target, [of_target.witness, *images[1:]], seed)
        certify_instance(r.target, target, decide_once)
    certify_instance(r.source, source, decide_once)
    if type(r) is CATALOGUE.get(r.name) and ((r.target.name, target) in evidence or images):  # known to the checker
        certify_reduction(r, source, decide_once)
    return answer


def broken_law(r: AnyReduction, source: Any, work: int) -> Law | None:
    """The first law that a reduction breaks on an instance; None if it breaks none, or if that takes more work."""
    try:
        check_laws(r, source, work=work)
    except LawViolated as violation:
        return violation.law
    except Undecided:
        pass
    return None


def image_of(r: AnyReduction, source: Any, target: Any, solution: Any) -> Any:
    """What forward makes of a solution, which has to be a solution."""
    try:
        image = r.forward(source, solution)
        solves = r.target.accepts(target, image)
    except Exception as failure:  # whatever it is, the map has failed on a witness
        raise LawViolated(Law.FORWARD, repr(failure)) from failure
    require(solves, Law.FORWARD)
    return image


def require_backward(r: AnyReduction, source: Any, target: Any, solutions: list[Any], seed: int) -> None:
    """That these solutions of the target, and others around them, are mapped to solutions of the source."""
    for witness in OTHER_WITNESSES[r.target.name](target, solutions, random.Random(seed)):
        assert r.target.accepts(target, witness), "the test kit's own solutions solve the target"
        require(_solves(r, source, witness), Law.BACKWARD)
        encoded = r.target.witness_to_json(witness)
        require(r.target.witness_from_json(encoded) == witness, Law.ROUND_TRIP, f"a witness of {r.target.name}")


def _solves(r: AnyReduction, source: Any, witness: Any) -> bool:
    try:
        return r.source.accepts(source, r.backward(source, witness))
    except Exception:  # whatever it is, the map has failed on a witness
        return False
