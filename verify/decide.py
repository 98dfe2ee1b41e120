"""Deciding an instance: every case of its encoding, one independent part of the formula at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import Any

from relucert.certificates.encodings import encoding_of
from relucert.certificates.encodings.coloring import color_atom
from relucert.certificates.encodings.separability import plane_variable
from relucert.certificates.encodings.training import output_weight_variable, require_invariant, weight_variable
from relucert.certificates.kernel import Formula, Rejected, Step
from relucert.certificates.properties import Property
from relucert.certificates.writer import No, RefutedCase, Yes
from relucert.reductions.core import Problem, exact
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, Coloring, ColoringInstance
from relucert.reductions.problems.densest_subgraph import DENSEST_SUBGRAPH, DensestSubgraphInstance
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, MonotoneCircuit
from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE, MulticoloredCliqueInstance
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance
from relucert.reductions.problems.separability import SEPARABILITY, Planes, SeparabilityInstance
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, error
from relucert.verify.problems import clique, independent_set, sat, three_sat, vertex_cover
from relucert.verify.problems.packing import by_counting
from relucert.verify.provers import one_in_three
from relucert.verify.provers.base import Answer, Deadline, Model, OutOfTime, Prover, Refutation, Unknown
from relucert.verify.provers.cuts import CuttingPlanes, Points, trim
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.lines import along_lines, pinning_line
from relucert.verify.provers.replay import refute


def decide(
    problem: Problem[Any, Any], instance: Any, prover: Prover, deadline: Deadline, below: bool = False,
    claimed: Property | None = None,
) -> Yes | No | Unknown:  # fmt: skip
    """YES with a witness that the problem accepts, NO with a refutation of every case, or UNKNOWN with the reason.

    below: whether a training loss can be less than the threshold, instead of at most that. claimed: whether a network
    can fit without having this property, so that NO proves the lemma.
    """
    try:
        reading = READINGS[problem.name]
        if problem is TRAINING and claimed is None and not below and one_in_three.source(instance):
            reading = IN_THE_PLANE
        if reading.guess and (guess := reading.guess(instance)) is not None and problem.accepts(instance, guess):
            return Yes(guess)
        refuted = []
        for case in reversed(encoding_of(problem).cases(instance)):
            for symmetry in choices(reading, instance, case, claimed):
                improve = None
                if claimed is None:
                    formula = encoding_of(problem).formula(instance, case, symmetry, below)
                    if reading.improve:
                        improve = partial(reading.improve, instance, case, below)
                else:  # a better network may have the property that the model lacks
                    formula = encoding_of(problem).exceptions(instance, case, symmetry, claimed)
                answer = solve(reading, instance, case, formula, CuttingPlanes(prover, improve), deadline)
                if isinstance(answer, Unknown):
                    return answer
                if isinstance(answer, Refutation):
                    refuted.append(RefutedCase(case, symmetry, answer.steps))
                    break
                witness = reading.witness(instance, case, answer)
                if problem.accepts(instance, witness):
                    return Yes(witness)
            else:
                return Unknown(f"{prover.name}: the model does not solve the instance")
        return No(tuple(reversed(refuted)))
    except OutOfTime:
        return Unknown("time")
    except DoesNotFollow:
        return Unknown("the proof has a gap")
    except Rejected as problem_:
        return Unknown(f"unsupported: {problem_}")


def choices(reading: Reading, instance: Any, case: int, claimed: Property | None) -> Sequence[Any]:
    """What to give the symmetry rule, in turn until one choice leads to a refutation or a model that is a witness.

    Networks without a property stay so under the last choice, if it does not exchange neurons that the property tells
    apart.
    """
    if claimed is None:
        return reading.symmetries(instance)
    try:
        require_invariant(instance, case, claimed)
    except Rejected:
        return [None]
    return reading.symmetries(instance)[-1:]


def solve(reading: Reading, instance: Any, case: int, formula: Formula, prover: Prover, deadline: Deadline) -> Answer:
    """Solve the formula of a case with the help of what can be derived beforehand, which may be all it takes."""
    derived: Sequence[Step] = ()
    if reading.derive:
        formula, derived = reading.derive(instance, case, formula, deadline)
    answer: Answer | None = None
    if derived:
        contradiction = not formula.clauses[formula.last_id]
        answer = Refutation(()) if contradiction else refute(formula, [], deadline)
    answer = answer or solve_by_parts(formula, prover, deadline)
    return Refutation(trim((*derived, *answer.steps))) if isinstance(answer, Refutation) else answer


def solve_by_parts(formula: Formula, prover: Prover, deadline: Deadline) -> Model | Refutation | Unknown:
    """Solve the parts that share no atom and no variable, smallest first: one refuted part refutes the formula."""
    reals: dict[int, Fraction] = {}
    true: set[int] = set()
    unknown = None
    for part in independent_parts(formula):
        answer = prover.solve(part, deadline)
        if isinstance(answer, Refutation):
            return answer
        if isinstance(answer, Unknown):
            unknown = answer
        else:
            reals |= answer.reals
            true |= answer.true & part.atoms.keys()  # a solver may give values to numbers that it does not know
    return unknown or Model(reals, frozenset(true))


class Components:
    """Disjoint sets of nodes. The class of networkx would do, but its import takes longer than most decisions."""

    def __init__(self) -> None:
        self.parent: dict[Any, Any] = {}

    def __getitem__(self, node: Any) -> Any:
        """The representative of the node's set."""
        parent = self.parent
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    def union(self, *nodes: Any) -> None:
        for node in nodes:
            self.parent[self[node]] = self[nodes[0]]


def independent_parts(formula: Formula) -> list[Formula]:
    """The connected components of the clauses, where sharing an atom or a real variable connects.

    Ids and atoms keep their numbers, so a refutation of a part is one of the formula. Without biases, samples with
    disjoint supports are independent: a gadget in coordinates of its own is refuted on its own.
    """
    connected = Components()
    for atom, meaning in formula.atoms.items():
        connected.union(("atom", atom), *(("variable", v) for v, _ in (meaning.terms if meaning else ())))
    constraints: dict[int, Any] = {**formula.clauses, **{n: c.terms for n, c in formula.pseudo_booleans.items()}}
    for literals in constraints.values():
        connected.union(*(("atom", abs(literal)) for literal in literals))
    for square in formula.squares.values():
        connected.union(("variable", square.variable), *(("variable", v) for v, _ in square.terms))
    parts: dict[Any, Formula] = {}

    def part_of(root: Any) -> Formula:
        return parts.setdefault(root, Formula(last_atom=formula.last_atom, last_id=formula.last_id))

    for number, literals in constraints.items():
        root = connected[("atom", abs(next(iter(literals))))] if literals else None
        part = part_of(root)
        if number in formula.clauses:
            part.clauses[number] = formula.clauses[number]
        else:
            part.pseudo_booleans[number] = formula.pseudo_booleans[number]
        for literal in literals:
            part.atoms[abs(literal)] = formula.atoms[abs(literal)]
    for number, square in formula.squares.items():
        part_of(connected[("variable", square.variable)]).squares[number] = square
    return sorted(parts.values(), key=lambda part: len(part.clauses))


# --------------------------------------------------------------------------- what is particular to a problem


@dataclass(frozen=True)
class Reading:
    """symmetries(instance): choices for the symmetry rule, best first, None where it would not help.

    witness(instance, case, model): the witness that a model of the encoding stands for. improve(instance, case, below,
    model): see CuttingPlanes; None if the encoding has no squares. derive(instance, case, formula, deadline): the
    formula with clauses that help provers, and the steps that derive these. guess(instance): a witness, if there is an
    easy way to one.
    """

    symmetries: Callable[[Any], Sequence[Any]]
    witness: Callable[[Any, int, Model], Any]
    improve: Callable[[Any, int, bool, Model], tuple[Model | None, Points]] | None = None
    derive: Callable[[Any, int, Formula, Deadline], tuple[Formula, list[Step]]] | None = None
    guess: Callable[[Any], Any] | None = None


def greedy_clique(instance: ColoringInstance) -> list[int]:
    """A clique of at most k vertices, grown from the vertex of largest degree."""
    neighbors: dict[int, set[int]] = {}
    for e in instance.edges:
        if len(e) == 2:
            for u, v in (e, e[::-1]):
                neighbors.setdefault(u, set()).add(v)
    clique: list[int] = []
    candidates = set(neighbors)
    while candidates and len(clique) < instance.colors:
        v = max(candidates, key=lambda u: (len(neighbors[u] & candidates), -u))
        clique.append(v)
        candidates &= neighbors[v]
    return clique


def busiest_weight(instance: TrainingInstance) -> list[list[int]] | None:
    """The functional w ↦ w_t for the coordinate t that meets most other coordinates in samples, then most samples.

    It halves the refutations of colouring-like instances, where t is a vertex of largest degree.
    """
    met: dict[int, set[int]] = {}
    samples = Counter(t for x, _, _ in instance.samples for t, _ in x)
    for x, _, _ in instance.samples:
        for t, _ in x:
            met.setdefault(t, set()).update(s for s, _ in x)
    if instance.neurons == 1 or not met:
        return None
    return [[max(met, key=lambda t: (len(met[t]), samples[t], -t)), 1]]


def cliques(instance: ColoringInstance) -> list[list[int]]:
    return [greedy_clique(instance)]


def lines_and_functionals(instance: TrainingInstance) -> list[Any]:
    """A model with neurons turned over need not be a network, so the functional comes after the line."""
    line = pinning_line(instance)
    return [line, busiest_weight(instance)] if line else [busiest_weight(instance)]


def read_coloring(instance: ColoringInstance, _case: int, model: Model) -> Coloring:
    colors = range(instance.colors)
    return tuple(
        next((c for c in colors if color_atom(instance, v, c) in model.true), 0) for v in range(instance.vertices)
    )


def read_network(instance: TrainingInstance, positive: int, model: Model) -> Network:
    def value(j: int, t: int) -> int | Fraction:
        return exact(model.reals.get(weight_variable(instance, j, t), Fraction(0)))

    neurons, d = range(instance.neurons), instance.dimension
    weights = tuple(tuple(value(j, t) for t in range(d)) for j in neurons)
    biases = tuple(value(j, d) if instance.bias else 0 for j in neurons)
    if instance.activation == "threshold" and instance.output == "real":
        output = tuple(exact(model.reals.get(output_weight_variable(instance, j), Fraction(0))) for j in neurons)
    else:
        output = tuple(1 if j < positive else -1 for j in neurons)
    return Network(weights, biases, output)


def improve_network(
    instance: TrainingInstance, positive: int, below: bool, model: Model
) -> tuple[Model | None, Points]:
    """The best network with the activations of the model; if that is not good enough, tangents at its residuals.

    These tangents prove that it is the best of its cell.
    """
    from relucert.verify.cells import (  # linear algebra that most decisions do without
        best_in_cell,
        least_squares_in_ball,
    )

    net = read_network(instance, positive, model)
    bests: tuple[Network, ...] = (best_in_cell(instance, net),)
    if instance.loss == "l2" and instance.norm_bound is not None and instance.activation == "relu":
        bests = least_squares_in_ball(instance, net, instance.norm_bound)
    for best in bests:
        if TRAINING.accepts(instance, best) and not (below and error(instance, best) >= instance.threshold):
            width = instance.dimension + instance.bias
            reals = {
                weight_variable(instance, j, t): Fraction(v)
                for j, (row, b) in enumerate(zip(best.weights, best.biases, strict=True))
                for t, v in enumerate((*row, b)[:width])
            }
            outputs = {output_weight_variable(instance, j): Fraction(a) for j, a in enumerate(best.output)}
            return Model(reals | outputs, frozenset()), []
    if instance.loss != "l2":
        return None, []
    return None, [
        (square, Fraction(c))
        for best in bests
        for square, c in enumerate(
            chain(
                (best(x, instance.activation) - y for x, y, _ in instance.samples),
                (v for row in best.weights for v in row) if instance.norm_bound is not None else (),
            ),
            1,
        )
    ]


def no_symmetry(_instance: Any) -> list[None]:
    return [None]


def read_cover(instance: SetCoverInstance, _case: int, model: Model) -> tuple[int, ...]:
    return tuple(i for i in range(len(instance.sets)) if 1 + i in model.true)


def read_true_variables(instance: OneInThreeInstance, _case: int, model: Model) -> tuple[int, ...]:
    return tuple(i for i in range(instance.variables) if 1 + i in model.true)


def read_planes(instance: SeparabilityInstance, _case: int, model: Model) -> Planes:
    width = range(instance.dimension + 1)
    first, second = (
        tuple(exact(model.reals.get(plane_variable(instance, plane, t), Fraction(0))) for t in width)
        for plane in (0, 1)
    )
    return first, second


def read_clique(instance: MulticoloredCliqueInstance, _case: int, model: Model) -> tuple[int, ...]:
    return tuple(next((v for v in members if 1 + v in model.true), members[0]) for members in instance.classes())


def read_true_inputs(instance: MonotoneCircuit, _case: int, model: Model) -> tuple[int, ...]:
    return tuple(i for i in range(instance.inputs) if 1 + i in model.true)


def read_subgraph(instance: DensestSubgraphInstance, _case: int, model: Model) -> tuple[int, ...]:
    """The chosen vertices, made κ many by any others: these only add edges."""
    chosen = sorted(range(instance.vertices), key=lambda v: 1 + v not in model.true)
    return tuple(sorted(chosen[: instance.kappa]))


READINGS = {
    HYPERGRAPH_COLORING.name: Reading(cliques, read_coloring),
    SET_COVER.name: Reading(no_symmetry, read_cover),
    MONOTONE_CIRCUIT.name: Reading(no_symmetry, read_true_inputs),
    DENSEST_SUBGRAPH.name: Reading(no_symmetry, read_subgraph),
    ONE_IN_THREE.name: Reading(no_symmetry, read_true_variables),
    SEPARABILITY.name: Reading(no_symmetry, read_planes),
    MULTICOLORED_CLIQUE.name: Reading(no_symmetry, read_clique),
    "sat": Reading(no_symmetry, sat.read),
    "three-sat": Reading(no_symmetry, three_sat.read),
    "vertex-cover": Reading(no_symmetry, vertex_cover.read, derive=by_counting),
    "clique": Reading(no_symmetry, clique.read, derive=by_counting),
    "independent-set": Reading(no_symmetry, independent_set.read, derive=by_counting),
    TRAINING.name: Reading(lines_and_functionals, read_network, improve_network, along_lines),
}
# Targets of formulas, where the proof of the paper's theorem gets further than any search.
IN_THE_PLANE = Reading(one_in_three.symmetries, read_network, None, one_in_three.derive, one_in_three.network)
