"""From an instance to the formula that its witnesses satisfy. A certificate never brings its own input clauses.

A problem is refuted case by case: every witness falls under one of the cases, and in each case the witnesses, after
renaming what the symmetry rule allows to rename, satisfy the formula. SPEC.md proves this for each encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, lcm
from typing import Any, NamedTuple

from certificates.kernel import Formula, Linear, Malformed, Rejected, ResourceLimit, Square, pairs
from reductions.core import Problem, Rational
from reductions.problems.coloring import HYPERGRAPH_COLORING, ColoringInstance
from reductions.problems.densest_subgraph import DENSEST_SUBGRAPH, DensestSubgraphInstance
from reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, MonotoneCircuit
from reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE, MulticoloredCliqueInstance
from reductions.problems.one_in_three import ONE_IN_THREE, OneInThreeInstance
from reductions.problems.separability import SEPARABILITY, SeparabilityInstance
from reductions.problems.set_cover import SET_COVER, SetCoverInstance
from reductions.problems.training import TRAINING, TrainingInstance


class Unsupported(Rejected):
    """There is no encoding yet for this kind of instance, so nothing can be refuted."""


@dataclass(frozen=True)
class Encoding:
    """How NO answers of one problem are stated in the kernel.

    cases(instance): the cases that together cover every witness. cells(instance, symmetry): a bound on what one
    formula holds, in 64-bit words. formula(instance, case, symmetry, below): the kernel's input; symmetry is the
    certificate's choice or None, and nobody has looked at it yet; `below` asks for less than the instance's threshold.
    """

    cases: Callable[[Any], range]
    cells: Callable[[Any, Any], int]
    formula: Callable[[Any, int, Any, bool], Formula]


# ------------------------------------------------------------------------------------------------------------ training


def weight_variable(instance: TrainingInstance, j: int, t: int) -> int:
    """The kernel variable of weight t of neuron j; t = d is the bias."""
    return j * (instance.dimension + instance.bias) + t


def output_variable(instance: TrainingInstance, i: int, j: int) -> int:
    """The kernel variable r of neuron j's output max(0, z) on sample i."""
    return instance.neurons * (instance.dimension + instance.bias + i) + j


def loss_variable(instance: TrainingInstance, i: int) -> int:
    """The kernel variable q that bounds the loss of sample i, for l1 and l2."""
    return output_variable(instance, len(instance.samples), 0) + i


def norm_variable(instance: TrainingInstance, j: int, t: int) -> int:
    """The kernel variable q that bounds the square of weight t of neuron j, if there is a norm bound."""
    return loss_variable(instance, len(instance.samples)) + j * instance.dimension + t


def training_cases(instance: TrainingInstance) -> range:
    """The possible numbers of neurons with output weight +1; neurons can be renamed so that these come first.

    Real output weights of ReLUs can be scaled to ±1. Those of thresholds are variables, so that there is one case.
    """
    if instance.clip is not None:
        raise Unsupported("clipping is not encoded")
    scaled = instance.activation == "relu" and instance.output == "real"
    if scaled and instance.norm_bound is not None:
        raise Unsupported("ReLUs with both real output weights and a norm bound are not encoded")
    return range(0 if scaled or instance.output == "signs" else instance.neurons, instance.neurons + 1)


def output_weight_variable(instance: TrainingInstance, j: int) -> int:
    """The kernel variable of the output weight of neuron j, if it is a threshold with a real one."""
    return norm_variable(instance, instance.neurons, 0) + j


def affine_variable(instance: TrainingInstance, t: int) -> int:
    """The kernel variable of coefficient t of the free affine function of turned neurons; t = d is the constant."""
    return output_weight_variable(instance, instance.neurons) + t


def training_cells(instance: TrainingInstance, functional: Any) -> int:
    own = sum((len(x) + 2) * common_words((instance.threshold, y, *(v for _, v in x))) for x, y, _ in instance.samples)
    if instance.norm_bound is not None:
        own += instance.dimension * common_words((instance.norm_bound,))
    if type(functional) is dict:
        functional = functional.get("line")
    return instance.neurons * (own + (len(functional) if type(functional) is list else 0))


def common_words(values: Iterable[Rational]) -> int:
    """Words of an integer as long as the least common denominator and the largest numerator together.

    The sums of the values are about that long. Raises ResourceLimit if the denominator has more than 10⁵ bits.
    """
    common = bits = 1
    for v in values:
        bits = max(bits, v.numerator.bit_length())
        if v.denominator > 1:
            common = lcm(common, v.denominator)
            if common.bit_length() > 100_000:
                raise ResourceLimit("the numbers have a common denominator of more than 100,000 bits")
    return 1 + (common.bit_length() + bits) // 64


def training_formula(instance: TrainingInstance, positive: int, functional: Any, below: bool = False) -> Formula:
    """A loss of at most the threshold (below it, if so) by `positive` neurons of output weight +1 and others of −1.

    On sample i neuron j has the pre-activation z = w_j·x_i (+ b_j) and the output r. The literal ¬(z ≤ 0) says that it
    is active: strictly, as thresholds are, and so that a sample of label 0 makes every neuron of a sum of ReLUs
    inactive in one step.
    """
    k, formula = instance.neurons, Formula()
    turned = type(functional) is dict
    steps = instance.activation == "threshold"
    if turned and (instance.loss != "exact" or (steps and not (instance.bias and instance.output == "real"))):
        raise Rejected("symmetry: neurons are turned over for exact fits, thresholds with biases and real outputs")
    hit: dict[int, int] = {}  # l0: the literal 'sample i is not missed' -> its multiplicity
    inactive: list[list[int]] = []  # of a sample: for each neuron the literal z ≤ 0
    for i, (x, y, multiplicity) in enumerate(instance.samples):
        scale = lcm(*(v.denominator for _, v in x))
        row = [(t, int(v * scale)) for t, v in x] + [(instance.dimension, scale)] * instance.bias
        outputs = [output_variable(instance, i, j) for j in range(k)]
        inactive.append([])
        for j, r in enumerate(outputs):
            z = tuple((weight_variable(instance, j, t), a) for t, a in row)
            if steps:
                weight = output_weight_variable(instance, j) if instance.output == "real" else None
                inactive[i].append(_step(formula, z, r, weight))
            else:
                inactive[i].append(_relu(formula, z, r, scale))
        v = lcm(y.denominator, scale) if turned else y.denominator
        terms = tuple((r, v if j < positive else -v) for j, r in enumerate(outputs))
        if turned:
            terms += tuple((affine_variable(instance, t), a * (v // scale)) for t, a in (row[-1:] if steps else row))
        error = Error(terms, int(y * v), v)
        if instance.loss == "l0":
            missed = formula.new_atom()
            hit[-missed] = multiplicity
            for atom in _within(formula, error, 0, False):
                formula.add_clause(missed, atom)
        elif instance.loss in ("exact", "linf"):
            for atom in _within(formula, error, instance.threshold, below):
                formula.add_clause(atom)
        else:
            _bound_by_variable(formula, error, loss_variable(instance, i), instance.loss == "l2")
    if instance.loss == "l0":
        most = ceil(instance.threshold) - 1 if below else floor(instance.threshold)
        formula.add_pseudo_boolean(hit, sum(hit.values()) - most)
    elif instance.loss in ("l1", "l2"):  # Σ multiplicity · q ≤ threshold
        d = instance.threshold.denominator
        terms = tuple((loss_variable(instance, i), d * s.multiplicity) for i, s in enumerate(instance.samples))
        formula.add_clause(formula.new_atom(Linear(terms, instance.threshold.numerator, below)))
    if instance.norm_bound is not None:
        _bound_norms(formula, instance, instance.norm_bound**2)
    if turned:
        _turn_neurons(formula, instance, positive, functional, inactive)
    elif functional is not None:
        _order_neurons(formula, instance, positive, pairs(functional))
    return formula


def _relu(formula: Formula, z: tuple[tuple[int, int], ...], r: int, scale: int) -> int:
    """scale · r = max(0, z). Returns the literal z ≤ 0."""
    inactive = formula.new_atom(Linear(z, 0))
    formula.add_clause(formula.new_atom(Linear(((r, -1),), 0)))  # r ≥ 0
    formula.add_clause(formula.new_atom(Linear((*z, (r, -scale)), 0)))  # scale · r ≥ z
    at_most_z = formula.new_atom(Linear((*((v, -a) for v, a in z), (r, scale)), 0))
    zero = formula.new_atom(Linear(((r, 1),), 0))  # r ≤ 0
    formula.add_clause(inactive, at_most_z)
    formula.add_clause(-inactive, zero)
    return inactive


def _step(formula: Formula, z: tuple[tuple[int, int], ...], r: int, weight: int | None) -> int:
    """r is the output weight, a variable or 1, if z > 0, and 0 if not. Returns the literal z ≤ 0."""
    inactive = formula.new_atom(Linear(z, 0))
    for sign in (1, -1):
        formula.add_clause(-inactive, formula.new_atom(Linear(((r, sign),), 0)))
        terms = ((r, sign),) if weight is None else ((r, sign), (weight, -sign))
        formula.add_clause(inactive, formula.new_atom(Linear(terms, sign if weight is None else 0)))
    return inactive


class Error(NamedTuple):
    """The residual f(x) − y of a sample, as (Σ terms − constant) / scale."""

    terms: tuple[tuple[int, int], ...]
    constant: int
    scale: int

    def times(self, factor: int) -> tuple[tuple[int, int], ...]:
        return tuple((r, factor * a) for r, a in self.terms)


def _within(formula: Formula, error: Error, limit: Rational, strict: bool) -> list[int]:
    """The atoms error ≤ limit and −error ≤ limit (or <), both times scale · denominator of the limit."""
    d, most = limit.denominator, limit.numerator * error.scale
    return [
        formula.new_atom(Linear(error.times(sign * d), most + sign * d * error.constant, strict)) for sign in (1, -1)
    ]


def _bound_by_variable(formula: Formula, error: Error, q: int, squared: bool) -> None:
    """q ≥ error² or q ≥ |error|."""
    if squared:
        formula.add_square(Square(*error, q))
        return
    for sign in (1, -1):
        linear = Linear((*error.times(sign), (q, -error.scale)), sign * error.constant)
        formula.add_clause(formula.new_atom(linear))


def _bound_norms(formula: Formula, instance: TrainingInstance, square: Rational) -> None:
    """Σ_t w_{j,t}² ≤ the square of the norm bound, for each neuron."""
    for j in range(instance.neurons):
        variables = [norm_variable(instance, j, t) for t in range(instance.dimension)]
        for t, q in enumerate(variables):
            formula.add_square(Square(((weight_variable(instance, j, t), 1),), 0, 1, q))
        terms = tuple((q, square.denominator) for q in variables)
        formula.add_clause(formula.new_atom(Linear(terms, square.numerator)))


def _order_neurons(
    formula: Formula, instance: TrainingInstance, positive: int, functional: tuple[tuple[int, int], ...]
) -> None:
    """Symmetry rule: neurons of equal sign are sorted so that the functional Σ c·w_t of their weights decreases."""
    width = instance.dimension + instance.bias
    last = -1
    for t, c in functional:
        if not last < t < width or c == 0:
            raise Malformed("symmetry: a functional has increasing weight indices and nonzero coefficients")
        last = t
    for j in range(instance.neurons - 1):
        if j + 1 != positive:
            here = tuple((weight_variable(instance, j, t), -c) for t, c in functional)
            next_one = tuple((weight_variable(instance, j + 1, t), c) for t, c in functional)
            formula.add_clause(formula.new_atom(Linear(here + next_one, 0)))


def _turn_neurons(
    formula: Formula, instance: TrainingInstance, positive: int, choice: dict[str, Any], inactive: list[list[int]]
) -> None:
    """Symmetry rule: weight t of every neuron is ≥ 0, and along a line neurons of equal sign are sorted by activity.

    As [z]₊ = z + [−z]₊, turning a neuron over changes the network by an affine function, which the labels leave free.
    For thresholds it is a constant, and the bias changes by so little that no sample but those on the border notices.
    Where only coordinate t changes, neurons with w_t ≥ 0 are active from some value on; so the sets of samples on such
    a line that activate them are nested, and neurons of equal sign can be renamed to make these sets decrease.
    """
    if choice.keys() != {"along", "line"} or type(choice["along"]) is not int or type(choice["line"]) is not list:
        raise Malformed("symmetry: expected a coordinate and a line of samples")
    along, line, k = choice["along"], choice["line"], instance.neurons
    if not all(type(i) is int for i in line):
        raise Malformed("symmetry: samples are given by their numbers")
    if not 0 <= along < instance.dimension or not all(0 <= i < len(instance.samples) for i in line):
        raise Rejected("symmetry: no such coordinate or sample")
    points = [dict(instance.samples[i].x) for i in line]
    heights = [x.pop(along, 0) for x in points]
    if any(x != points[0] for x in points) or any(a >= b for a, b in pairwise(heights)):
        raise Rejected(f"symmetry: along the line only coordinate {along} may change, and it must increase")
    for j in range(k):
        formula.add_clause(formula.new_atom(Linear(((weight_variable(instance, j, along), -1),), 0)))
    for j in range(k - 1):
        if j + 1 != positive:
            for i in line:
                formula.add_clause(-inactive[i][j], inactive[i][j + 1])


# ----------------------------------------------------------------------------------------------------------- colouring


def color_atom(instance: ColoringInstance, v: int, c: int) -> int:
    """The propositional atom 'vertex v may have colour c'."""
    return 1 + v * instance.colors + c


def coloring_formula(instance: ColoringInstance, _case: int, clique: Any, below: bool = False) -> Formula:
    """Every vertex has a colour, and no hyperedge has a colour on all of its vertices."""
    no_loss(below)
    k, formula = instance.colors, Formula()
    for _vertex in range(instance.vertices):
        formula.add_clause(*(formula.new_atom() for _color in range(k)))
    for e in instance.edges:
        for c in range(k):
            formula.add_clause(*(-color_atom(instance, v, c) for v in e))
    if clique is not None:
        _color_clique(formula, instance, clique)
    return formula


def _color_clique(formula: Formula, instance: ColoringInstance, clique: Any) -> None:
    """Symmetry rule: colours are renamed so that the i-th vertex of a clique of at most k vertices has colour i."""
    if type(clique) is not list or len(clique) > instance.colors or not all(type(v) is int for v in clique):
        raise Malformed("symmetry: expected at most k vertices")
    edges = set(instance.edges)
    if any((min(u, v), max(u, v)) not in edges for i, u in enumerate(clique) for v in clique[:i]):
        raise Rejected("symmetry: these vertices are no clique")
    if not all(0 <= v < instance.vertices for v in clique):
        raise Rejected("symmetry: no such vertex")
    for c, v in enumerate(clique):
        formula.add_clause(color_atom(instance, v, c))


# ---------------------------------------------------------------------------------- set cover, circuits, subgraphs


def no_loss(below: bool) -> None:
    if below:
        raise Unsupported("this problem has no loss that could be smaller")


def no_symmetry(symmetry: Any) -> None:
    if symmetry is not None:
        raise Malformed("symmetry: there is no such rule for this problem")


def set_cover_formula(instance: SetCoverInstance, _case: int, symmetry: Any, below: bool = False) -> Formula:
    """Atom 1 + i says that set i is chosen. Every element is in a chosen set, and M − t sets are not chosen."""
    no_loss(below)
    no_symmetry(symmetry)
    formula = Formula()
    chosen = [formula.new_atom() for _set in instance.sets]
    containing: list[list[int]] = [[] for _element in range(instance.universe)]
    for atom, elements in zip(chosen, instance.sets, strict=True):
        for u in elements:
            containing[u].append(atom)
    for atoms in containing:
        formula.add_clause(*atoms)
    formula.add_pseudo_boolean({-atom: 1 for atom in chosen}, len(chosen) - instance.budget)
    return formula


def circuit_formula(instance: MonotoneCircuit, _case: int, symmetry: Any, below: bool = False) -> Formula:
    """Atom 1 + w says that wire w is true. The output is true, true gates have reasons, and n − t inputs are false."""
    no_loss(below)
    no_symmetry(symmetry)
    formula = Formula()
    wires = [formula.new_atom() for _wire in range(instance.wires)]
    formula.add_clause(wires[instance.output])
    for gate, (kind, operands) in zip(wires[instance.inputs :], instance.gates, strict=True):
        reasons = [wires[a] for a in operands]
        for clause in [[a] for a in reasons] if kind == "and" else [reasons]:
            formula.add_clause(-gate, *clause)
    formula.add_pseudo_boolean({-atom: 1 for atom in wires[: instance.inputs]}, instance.inputs - instance.budget)
    return formula


def subgraph_formula(instance: DensestSubgraphInstance, _case: int, symmetry: Any, below: bool = False) -> Formula:
    """Atoms say that a vertex is chosen, then that both ends of an edge are; n − κ vertices are not, ℓ edges are."""
    no_loss(below)
    no_symmetry(symmetry)
    formula = Formula()
    chosen = [formula.new_atom() for _vertex in range(instance.vertices)]
    induced = [formula.new_atom() for _edge in instance.edges]
    for atom, ends in zip(induced, instance.edges, strict=True):
        for v in ends:
            formula.add_clause(-atom, chosen[v])
    formula.add_pseudo_boolean({-atom: 1 for atom in chosen}, instance.vertices - instance.kappa)
    formula.add_pseudo_boolean(dict.fromkeys(induced, 1), instance.edges_wanted)
    return formula


def one_in_three_formula(instance: OneInThreeInstance, _case: int, symmetry: Any, below: bool = False) -> Formula:
    """Atom 1 + i says that variable i is true. Every clause has a true variable, and no two."""
    no_loss(below)
    no_symmetry(symmetry)
    formula = Formula()
    true = [formula.new_atom() for _variable in range(instance.variables)]
    for clause in instance.clauses:
        a, b, c = (true[v] for v in clause)
        for literals in ((a, b, c), (-a, -b), (-a, -c), (-b, -c)):
            formula.add_clause(*literals)
    return formula


def plane_variable(instance: SeparabilityInstance, h: int, t: int) -> int:
    """The kernel variable of coefficient t of the affine function h; t = d is the constant."""
    return h * (instance.dimension + 1) + t


def separability_formula(instance: SeparabilityInstance, _case: int, symmetry: Any, below: bool = False) -> Formula:
    """On P the first function is > 0 and the second < 0; on a point of Q both are < 0 or, if its atom is false, > 0."""
    no_loss(below)
    no_symmetry(symmetry)
    formula = Formula()

    def negative(x: Sequence[Rational], h: int, sign: int) -> int:
        """The atom sign · h(x) < 0, scaled to integers."""
        scale = sign * lcm(*(v.denominator for v in x))
        row = (*(int(v * scale) for v in x), scale)
        terms = tuple((plane_variable(instance, h, t), a) for t, a in enumerate(row) if a)
        return formula.new_atom(Linear(terms, 0, strict=True))

    for x in instance.p:
        formula.add_clause(negative(x, 0, -1))
        formula.add_clause(negative(x, 1, 1))
    for x in instance.q:
        below_both = formula.new_atom()
        for literal, sign in ((-below_both, 1), (below_both, -1)):
            for h in (0, 1):
                formula.add_clause(literal, negative(x, h, sign))
    return formula


def clique_formula(instance: MulticoloredCliqueInstance, _case: int, symmetry: Any, below: bool = False) -> Formula:
    """Atom 1 + v says that vertex v is chosen: one of every colour, and no two that miss an edge."""
    no_loss(below)
    no_symmetry(symmetry)
    formula = Formula()
    chosen = [formula.new_atom() for _vertex in range(instance.vertices)]
    for members in instance.classes():
        formula.add_clause(*(chosen[v] for v in members))
    for u, v in instance.missing_edges():
        formula.add_clause(-chosen[u], -chosen[v])
    return formula


ENCODINGS: dict[str, Encoding] = {
    TRAINING.name: Encoding(
        cases=training_cases,
        cells=training_cells,
        formula=training_formula,
    ),
    HYPERGRAPH_COLORING.name: Encoding(
        cases=lambda _: range(1),
        cells=lambda i, _: i.colors * (i.vertices + sum(map(len, i.edges))),
        formula=coloring_formula,
    ),
    SET_COVER.name: Encoding(
        cases=lambda _: range(1),
        cells=lambda i, _: i.universe + len(i.sets) + sum(map(len, i.sets)),
        formula=set_cover_formula,
    ),
    MONOTONE_CIRCUIT.name: Encoding(
        cases=lambda _: range(1),
        cells=lambda i, _: i.wires + sum(len(operands) for _, operands in i.gates),
        formula=circuit_formula,
    ),
    DENSEST_SUBGRAPH.name: Encoding(
        cases=lambda _: range(1),
        cells=lambda i, _: i.vertices + len(i.edges),
        formula=subgraph_formula,
    ),
    MULTICOLORED_CLIQUE.name: Encoding(
        cases=lambda _: range(1),
        cells=lambda i, _: i.vertices + 2 * i.missing,
        formula=clique_formula,
    ),
    ONE_IN_THREE.name: Encoding(
        cases=lambda _: range(1),
        cells=lambda i, _: i.variables + 9 * len(i.clauses),
        formula=one_in_three_formula,
    ),
    SEPARABILITY.name: Encoding(
        cases=lambda _: range(1),
        cells=lambda i, _: sum((len(x) + 2) * common_words(x) for x in (*i.p, *i.q)),
        formula=separability_formula,
    ),
}


def encoding_of(problem: Problem[Any, Any]) -> Encoding:
    if problem.name not in ENCODINGS:
        raise Unsupported(f"the problem {problem.name} has no encoding")
    return ENCODINGS[problem.name]
