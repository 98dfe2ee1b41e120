"""From an instance to the formula that its witnesses satisfy. A certificate never brings its own input clauses.

A problem is refuted case by case: every witness falls under one of the cases, and in each case the witnesses, after
renaming what the symmetry rule allows to rename, satisfy the formula. SPEC.md proves this for each encoding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any

from certificates.kernel import Formula, Linear, Malformed, Rejected, ResourceLimit, pairs
from reductions.core import Problem, Rational
from reductions.problems.coloring import HYPERGRAPH_COLORING, ColoringInstance
from reductions.problems.training import TRAINING, TrainingInstance


class Unsupported(Rejected):
    """There is no encoding yet for this kind of instance, so nothing can be refuted."""


@dataclass(frozen=True)
class Encoding:
    """How NO answers of one problem are stated in the kernel.

    cases(instance): the cases that together cover every witness. cells(instance, symmetry): a bound on what one
    formula holds, in 64-bit words. formula(instance, case, symmetry): the kernel's input. Here symmetry is the
    certificate's choice, or None; it has not been looked at yet.
    """

    cases: Callable[[Any], range]
    cells: Callable[[Any, Any], int]
    formula: Callable[[Any, int, Any], Formula]


# ------------------------------------------------------------------------------------------------------------ training


def weight_variable(instance: TrainingInstance, j: int, t: int) -> int:
    """The kernel variable of weight t of neuron j; t = d is the bias."""
    return j * (instance.dimension + instance.bias) + t


def output_variable(instance: TrainingInstance, i: int, j: int) -> int:
    """The kernel variable r of neuron j's output max(0, z) on sample i."""
    return instance.neurons * (instance.dimension + instance.bias + i) + j


def training_cases(instance: TrainingInstance) -> range:
    """The possible numbers of neurons with output weight +1; neurons can be renamed so that these come first."""
    plain = instance.activation == "relu" and instance.loss == "exact"
    if not plain or instance.output == "real" or instance.clip is not None or instance.norm_bound is not None:
        raise Unsupported("only exact fits by ReLUs with output weights 1 or ±1, unclipped and unbounded, are encoded")
    return range(0 if instance.output == "signs" else instance.neurons, instance.neurons + 1)


def training_cells(instance: TrainingInstance, functional: Any) -> int:
    own = sum((len(x) + 2) * common_words((y, *(v for _, v in x))) for x, y, _ in instance.samples)
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


def training_formula(instance: TrainingInstance, positive: int, functional: Any) -> Formula:
    """Exact fit by `positive` neurons of output weight +1 and then neurons of output weight −1.

    On sample i neuron j has the pre-activation z = w_j·x_i (+ b_j) and the output r. The literal ¬(z ≤ 0) says that it
    is active: strictly, so that a sample of label 0 makes every neuron of a sum of ReLUs inactive in one step.
    """
    k, formula = instance.neurons, Formula()
    for i, (x, y, _) in enumerate(instance.samples):
        scale = lcm(*(v.denominator for _, v in x))
        row = [(t, int(v * scale)) for t, v in x] + [(instance.dimension, scale)] * instance.bias
        outputs = [output_variable(instance, i, j) for j in range(k)]
        for j, r in enumerate(outputs):
            z = tuple((weight_variable(instance, j, t), a) for t, a in row)
            inactive = formula.new_atom(Linear(z, 0))
            formula.add_clause(formula.new_atom(Linear(((r, -1),), 0)))  # r ≥ 0
            formula.add_clause(formula.new_atom(Linear((*z, (r, -scale)), 0)))  # r ≥ z
            below = formula.new_atom(Linear((*((v, -a) for v, a in z), (r, scale)), 0))  # r ≤ z
            zero = formula.new_atom(Linear(((r, 1),), 0))  # r ≤ 0
            formula.add_clause(inactive, below)
            formula.add_clause(-inactive, zero)
        for sign in (1, -1):  # Σ a_j r_j ≤ y and ≥ y
            a = sign * y.denominator
            terms = tuple((r, a if j < positive else -a) for j, r in enumerate(outputs))
            formula.add_clause(formula.new_atom(Linear(terms, sign * y.numerator)))
    if functional is not None:
        _order_neurons(formula, instance, positive, pairs(functional))
    return formula


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


# ----------------------------------------------------------------------------------------------------------- colouring


def color_atom(instance: ColoringInstance, v: int, c: int) -> int:
    """The propositional atom 'vertex v may have colour c'."""
    return 1 + v * instance.colors + c


def coloring_formula(instance: ColoringInstance, _case: int, clique: Any) -> Formula:
    """Every vertex has a colour, and no hyperedge has a colour on all of its vertices."""
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
}


def encoding_of(problem: Problem[Any, Any]) -> Encoding:
    if problem.name not in ENCODINGS:
        raise Unsupported(f"the problem {problem.name} has no encoding")
    return ENCODINGS[problem.name]
