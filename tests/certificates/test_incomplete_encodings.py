"""The laws of completeness find bugs: within 200 examples each of these encodings violates the law that is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

import pytest
from completeness import Violated, check_lemmas, check_solvability
from planted import PLANTED, crowded, network_without_a_property

from relucert.certificates import normal_form
from relucert.certificates.encoding import Encoding
from relucert.certificates.encodings import (
    ENCODINGS,
    clique,
    coloring,
    densest_subgraph,
    independent_set,
    max_cut,
    monotone_circuit,
    multicolored_clique,
    one_in_three,
    random_cnn,
    random_network,
    sat,
    sat_groups,
    separability,
    set_cover,
    sign_cnn,
    strip,
    three_sat,
    training,
    vertex_cover,
)
from relucert.certificates.encodings.training import TrainingEncoding, is_turned, weight_variable
from relucert.certificates.kernel import Formula, Linear
from relucert.certificates.order import add_order, is_order
from relucert.reductions.matrices import transposed

_total = normal_form._total
_misses, _absolute, _squared, _largest = (normal_form.SHARES[loss] for loss in ("l0", "l1", "l2", "linf"))
_fit, _relu, _step, _within = training._fit, training._relu, training._step, training._within
order_activations, nest_activations = training.order_activations, training.nest_activations
_order_neurons, _turn_neurons, _turned = training._order_neurons, training._turn_neurons, training._turned
_bound_norms, _bound_by_variable, _clip = training._bound_norms, training._bound_by_variable, training._clip
_leaky_error = training._leaky_error
OF_TRAINING = training.ENCODING


@dataclass(frozen=True)
class Bug:
    """`violates` names the constraint or the law that must notice; `patches` replaces functions of the module."""

    violates: str
    encoding: Encoding[Any, Any] = OF_TRAINING
    patches: dict[str, Any] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)  # features of the instances that the law is tried on
    lemma: bool = False
    normal: bool = False  # the patches are of the module of normal forms, and the choices are about these


def made_strict(formula: Formula, first: int) -> None:
    """Read < for ≤ in the linear atoms from number `first` on."""
    for number, meaning in formula.atoms.items():
        if number >= first and meaning is not None:
            formula.atoms[number] = meaning._replace(strict=True)


# ------------------------------------------------------------------------------------------------- training: the fit


class SignsExchanged(TrainingEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        return super().formula(instance, instance.neurons - case, choice, strictly_below)


class AlwaysBelow(TrainingEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        return super().formula(instance, case, choice, True)


class NeverBelow(TrainingEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        return super().formula(instance, case, choice, False)


class FirstCaseMissing(TrainingEncoding):
    def cases(self, instance):
        cases = super().cases(instance)
        return cases[1:] if len(cases) > 1 else cases


class LastCaseMissing(TrainingEncoding):
    def cases(self, instance):
        cases = super().cases(instance)
        return cases[:-1] if len(cases) > 1 else cases


class MultiplicitiesIgnored(TrainingEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        once = tuple(s._replace(multiplicity=1) for s in instance.samples)
        return super().formula(replace(instance, samples=once), case, choice, strictly_below)


class MultiplicitiesSquared(TrainingEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        squared = tuple(s._replace(multiplicity=s.multiplicity**2) for s in instance.samples)
        return super().formula(replace(instance, samples=squared), case, choice, strictly_below)


class BiasesForgotten(TrainingEncoding):
    """Their variables have no coefficients."""

    def formula(self, instance, case, choice, strictly_below=False):
        formula = super().formula(instance, case, choice, strictly_below)
        width = instance.dimension + 1
        biases = range(instance.dimension, instance.neurons * width, width) if instance.bias else ()
        for number, meaning in formula.atoms.items():
            if meaning is not None:
                kept = tuple((v, a) for v, a in meaning.terms if v not in biases)
                formula.atoms[number] = meaning._replace(terms=kept)
        return formula


def active_on_the_border(formula, z, r, weight):
    inactive = _step(formula, z, r, weight)
    formula.atoms[inactive] = formula.atoms[inactive]._replace(strict=True)
    return inactive


def residual_plus_label(formula, error, limit, strict):
    return _within(formula, error._replace(constant=-error.constant), limit, strict)


def threshold_is_not_scaled(formula, error, limit, strict):
    return _within(formula, error, limit * Fraction(1, error.scale), strict)


def clip_forgotten(formula, c, unit, total, _low, _high):
    """c is the total."""
    for sign in (1, -1):
        terms = (*((r, sign * a) for r, a in total), (c, -sign))
        formula.add_clause(formula.new_atom(Linear(terms, 0)))
    for _ in range(4):
        formula.new_atom()


def clipped_from_above_only(formula, c, unit, total, low, high):
    """c ≤ low is no way out."""
    _clip(formula, c, unit, total, low, high)
    formula.add_clause(formula.last_atom - 3)


def strictly_within(formula, error, limit, strict):
    return _within(formula, error, limit, True)


def loss_of_labels_with_the_wrong_sign(formula, error, q, squared):
    return _bound_by_variable(formula, error._replace(constant=-error.constant), q, squared)


def loss_unscaled(formula, error, q, squared):
    return _bound_by_variable(formula, error._replace(scale=1), q, squared)


# ------------------------------------------------------------------------------------------ training: symmetry rules


def sorts_across_the_border(formula, instance, positive, functional):
    return _order_neurons(formula, instance, 0, functional)


def sorts_strictly(formula, instance, positive, functional):
    first = formula.last_atom + 1
    _order_neurons(formula, instance, positive, functional)
    made_strict(formula, first)


def sorts_by_every_weight(formula, instance, positive, functional):
    """One functional after the other, where only the first may sort."""
    for term in functional:
        _order_neurons(formula, instance, positive, (term,))


def ordered_across_the_border(formula, instance, positive, inactive):
    return order_activations(formula, instance, 0, inactive)


def increasing(formula, first, second):
    return add_order(formula, second, first)


def decreasing_everywhere(formula, first, second):
    """On each item, not only on the first one on which the parts differ."""
    for a, b in zip(first, second, strict=True):
        add_order(formula, [a], [b])


def never_equal(formula, first, second):
    """One of the clauses that say what is equal so far is turned round."""
    start = formula.last_id
    add_order(formula, first, second)
    for number in range(start + 1, formula.last_id):
        *before, also = formula.clauses[number]
        if formula.clauses[number + 1][-1] == also and len(before) > 1:
            formula.clauses[number] = (*before, -also)


def nested_across_the_border(formula, instance, positive, inactive):
    return nest_activations(formula, instance, 0, inactive)


def turns_strictly(formula, instance, choice):
    first = formula.last_atom + 1
    _turn_neurons(formula, instance, choice)
    made_strict(formula, first)


def any_samples_are_a_line(formula, instance, choice):
    _turn_neurons(formula, instance, {**choice, "line": []})


def turned_without_epsilon(instance, neuron, along, affine):
    turned = _turned(instance, neuron, along, affine)
    if instance.activation == "threshold" and turned is not neuron:
        return turned._replace(weights=tuple(-v for v in neuron.weights))
    return turned


def leaky_error(instance, i, positive, terms_of):
    """The error with other terms, of those with the right signs and of those with the sign 1."""
    error, unit = _leaky_error(instance, i, positive)
    first = training.output_variable(instance, i, 0)  # outputs come after weights
    terms = terms_of(error.terms, _leaky_error(instance, i, instance.neurons)[0].terms, first)
    return error._replace(terms=terms, opposite=tuple((v, -a) for v, a in terms)), unit


def leak_besides(instance, i, positive):
    """r + αz instead of (1 − α)r + αz."""
    share = 1 - Fraction(instance.alpha)
    return leaky_error(
        instance, i, positive, lambda own, _, first: tuple((v, int(a / share) if v >= first else a) for v, a in own)
    )


def leak_without_signs(instance, i, positive):
    return leaky_error(
        instance, i, positive,
        lambda own, ones, first: (*(term for term in ones if term[0] < first), *(t for t in own if t[0] >= first)),
    )  # fmt: skip


class NoAffineFunction(TrainingEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        if not is_turned(choice):
            return super().formula(instance, case, choice, strictly_below)
        shared = training.Shared()
        _fit(instance, case, strictly_below, True, shared)  # refuses what it refuses
        formula = _fit(instance, case, strictly_below, False, shared)
        _turn_neurons(formula, instance, choice)
        nest_activations(formula, instance, case, [shared.inactive[i] for i in choice["line"]])
        return formula


# ------------------------------------------------------------------------------------------- training: the normal form


def shares(**wrong):
    return {**normal_form.SHARES, **wrong}


def mean_of_labels(labels):
    """Whatever their multiplicities."""
    once = [(y, 1) for y, _ in labels]
    return normal_form.Share(_squared(labels).least, _squared(once).value)


def any_median(labels):
    share = _absolute(labels)
    return share if share.value is not None else share._replace(value=min(labels)[0])


def any_majority(labels):
    share = _misses(labels)
    return share if share.value is not None else share._replace(value=labels[0][0])


def whole_range(labels):
    share = _largest(labels)
    return share._replace(least=2 * share.least)


def forced_twice(shares, loss):
    return 2 * _total(shares, loss)


# -------------------------------------------------------------------------------- training: claims about all solutions


class ScaledNetworksInLemmas(TrainingEncoding):
    """The false lemma that version 1 of the format accepted."""

    def property_variables(self, instance):
        return range(weight_variable(instance, instance.neurons, 0))


class TurnedNetworksInLemmas(TrainingEncoding):
    def exceptions(self, instance, case, choice, claimed):
        if type(choice) is not dict:
            return super().exceptions(instance, case, choice, claimed)
        self.property_variables(instance)
        formula = self.formula(instance, case, choice)
        training.add_exception(formula, claimed)
        return formula


class AnyPropertyIsSorted(TrainingEncoding):
    def exceptions(self, instance, case, choice, claimed):
        if type(choice) is not list:
            return super().exceptions(instance, case, choice, claimed)
        self.property_variables(instance)
        formula = self.formula(instance, case, choice)
        training.add_exception(formula, claimed)
        return formula


class NormalFormInLemmas(TrainingEncoding):
    """Of which the choices are not even told."""

    def exceptions(self, instance, case, choice, claimed):
        self.property_variables(instance)
        formula = OF_TRAINING.formula(instance, case, {"normal": choice})
        training.add_exception(formula, claimed)
        return formula

    def assignment(self, instance, witness, case, choice, strictly_below=False):
        return OF_TRAINING.assignment(instance, witness, case, {"normal": choice}, strictly_below)


class LargestNeuronFirst(TrainingEncoding):
    """A normalisation that solvability does not mind: neurons of equal sign stand in a standard order."""

    def assignment(self, instance, witness, case, choice, strictly_below=False):
        first = [[0, 1]] if instance.dimension + instance.bias else None
        return super().assignment(instance, witness, case, first if choice is None else choice)


def property_instead_of_exception(formula, claimed):
    for parts in claimed:
        one = [formula.new_atom() for _ in parts]
        formula.add_clause(*one)
        for atom, part in zip(one, parts, strict=True):
            for linear in part:
                formula.add_clause(-atom, formula.new_atom(linear))


def every_disjunction_fails(formula, claimed):
    for parts in claimed:
        for part in parts:
            formula.add_clause(*(-formula.new_atom(linear) for linear in part))


# ------------------------------------------------------------------------------------------------------ other problems


def with_larger_degree(formula):
    """The pseudo-Boolean constraints ask for one more."""
    for number, constraint in formula.pseudo_booleans.items():
        formula.pseudo_booleans[number] = constraint._replace(degree=constraint.degree + 1)
    return formula


def with_every_literal(formula):
    """Every literal of every clause must be true."""
    for clause in list(formula.clauses.values()):
        for literal in clause:
            formula.add_clause(literal)
    return formula


class OneSetTooFew(set_cover.SetCoverEncoding):
    def of(self, instance):
        return with_larger_degree(super().of(instance))


class EverySetCovers(set_cover.SetCoverEncoding):
    def of(self, instance):
        formula = super().of(instance)
        for number, clause in list(formula.clauses.items()):
            formula.clauses[number] = clause[:1]
        return formula


class OrAndExchanged(monotone_circuit.CircuitEncoding):
    def of(self, instance):
        other = {"and": "or", "or": "and"}
        gates = tuple(gate._replace(kind=other[gate.kind]) for gate in instance.gates)
        return super().of(replace(instance, gates=gates))


class EndsInverted(densest_subgraph.SubgraphEncoding):
    def of(self, instance):
        formula = super().of(instance)
        for number, (edge, end) in formula.clauses.items():
            formula.clauses[number] = (edge, -end)
        return formula


class OneEdgeTooMany(densest_subgraph.SubgraphEncoding):
    def of(self, instance):
        return super().of(replace(instance, edges_wanted=instance.edges_wanted + 1))


class AtMostNone(one_in_three.OneInThreeEncoding):
    def of(self, instance):
        formula = super().of(instance)
        for number, clause in formula.clauses.items():
            formula.clauses[number] = clause[:1] if clause[0] < 0 else clause
        return formula


class SecondPlaneAbove(strip.StripEncoding):
    def of(self, instance):
        return _with_planes_above(super().of(instance))


def _with_planes_above(formula):
    """On the first point of P the second plane is positive too."""
    second = formula.atoms[2]
    formula.atoms[2] = second._replace(terms=tuple((v, -a) for v, a in second.terms))
    return formula


class CellsOfQ(separability.SeparabilityEncoding):
    """A cell may have points of P iff it has some of Q."""

    def of(self, instance):
        formula = super().of(instance)
        for number, clause in formula.clauses.items():
            formula.clauses[number] = tuple(-at if abs(at) <= 4 and len(clause) == 3 else at for at in clause)
        return formula


class NotTurnedOver(separability.SeparabilityEncoding):
    """The functions are taken as they are, whatever their signs at the origin."""

    def values(self, instance, witness):
        values = super().values(instance, witness)
        width = instance.dimension + 1
        as_it_is = {i * width + t: v for i, h in enumerate(witness) for t, v in enumerate(h)}
        return values._replace(reals=as_it_is)


class BothNegativeOrOnePositive(strip.StripEncoding):
    """The signs on Q are read the wrong way round, by both literals."""

    def values(self, instance, witness):
        values = super().values(instance, witness)
        first = 2 * len(instance.p) + 1
        atoms = {first + 5 * i for i in range(len(instance.q))}
        return values._replace(true=frozenset(atoms - values.true))


class CliqueOfMissingEdges(multicolored_clique.CliqueEncoding):
    def of(self, instance):
        formula = super().of(instance)
        formula.clauses = {number: clause for number, clause in formula.clauses.items() if clause[0] > 0}
        for u, v in instance.edges:
            formula.add_clause(-(1 + u), -(1 + v))
        return formula


class AnyVerticesAreAClique(coloring.ColoringEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        formula = super().formula(instance, case, None, strictly_below)
        for c, v in enumerate(choice if type(choice) is list else ()):
            formula.add_clause(coloring.color_atom(instance, v, c))
        return formula


class ColorsComeUpBackwards(coloring.ColoringEncoding):
    def formula(self, instance, case, choice, strictly_below=False):
        if not is_order(choice):
            return super().formula(instance, case, choice, strictly_below)
        formula, k = super().formula(instance, case, None, strictly_below), instance.colors
        for c in range(k - 1):
            add_order(formula, *([coloring.color_atom(instance, v, e) for v in choice["order"]] for e in (c + 1, c)))
        return formula


class ColorsNotRenamed(coloring.ColoringEncoding):
    def assignment(self, instance, witness, case, choice):
        return super().assignment(instance, witness, case, None)


class HyperedgesOfManyColors(coloring.ColoringEncoding):
    """Any two vertices of a hyperedge differ."""

    def formula(self, instance, case, choice, strictly_below=False):
        formula = super().formula(instance, case, choice, strictly_below)
        for number, clause in formula.clauses.items():
            formula.clauses[number] = clause[:2] if clause[0] < 0 else clause
        return formula


class CliquesWithViolations(coloring.ColoringEncoding):
    """Renaming colours gives the vertices of a clique different ones only if its edges are no violations."""

    def formula(self, instance, case, choice, strictly_below=False):
        formula = super().formula(instance, case, None, strictly_below)
        for c, e in enumerate(instance.edges[:1] if instance.violations else ()):
            formula.add_clause(coloring.color_atom(instance, e[0], c))
            formula.add_clause(coloring.color_atom(instance, e[1], c + 1))
        return formula


class EveryVariableTrue(sat.SatEncoding):
    """Literals are read without their signs."""

    def of(self, instance):
        clauses = tuple(tuple(map(abs, clause)) for clause in instance.clauses)
        return super().of(replace(instance, clauses=clauses))


class ThirdLiteralForgotten(three_sat.ThreeSatEncoding):
    def of(self, instance):
        return super().of(replace(instance, clauses=tuple(clause[:2] for clause in instance.clauses)))


class EveryClauseViolated(sat_groups.SatGroupsEncoding):
    """All clauses of a group of label 1, where one suffices."""

    def of(self, instance):
        formula = super().of(instance)
        for atom in range(instance.variables + 1, formula.last_atom + 1):
            formula.add_clause(atom)
        return formula


class FirstLiteralsHold(sat_groups.SatGroupsEncoding):
    """Of a clause of label 0 the first literal is true."""

    def of(self, instance):
        def cut(group):
            return group._replace(clauses=tuple(c[:1] for c in group.clauses)) if group.label == 0 else group

        return super().of(replace(instance, groups=tuple(map(cut, instance.groups))))


class ClipForgotten(sign_cnn.SignCnnEncoding):
    """The sum is exactly 1."""

    def of(self, instance):
        formula = super().of(instance)
        for meaning in [m for m in formula.atoms.values() if m.bound == -1 and m.terms]:
            if meaning.terms[0][0] >= instance.weights:
                formula.add_clause(formula.new_atom(Linear(tuple((r, -a) for r, a in meaning.terms), 1)))
        return formula


class NegativePatches(sign_cnn.SignCnnEncoding):
    """The weights have the other sign."""

    def values(self, instance, witness):
        return super().values(instance, tuple(-w for w in witness))


class BlocksTransposed(random_network.RandomNetworkEncoding):
    """Zᵀ for Z."""

    def of(self, instance):
        return super().of(replace(instance, blocks=tuple(map(transposed, instance.blocks))))


class FactorForgotten(random_network.RandomNetworkEncoding):
    def of(self, instance):
        return super().of(replace(instance, factor=None))


class MatrixTransposed(random_cnn.RandomCnnEncoding):
    """A for Aᵀ."""

    def of(self, instance):
        return super().of(replace(instance, matrix=transposed(instance.matrix)))


class BothEndsCover(vertex_cover.VertexCoverEncoding):
    def of(self, instance):
        return with_every_literal(super().of(instance))


class OneVertexTooFew(vertex_cover.VertexCoverEncoding):
    """Less than the budget is chosen."""

    def of(self, instance):
        return with_larger_degree(super().of(instance))


class MissingEdgesAreJoined(clique.CliqueEncoding):
    def of(self, instance):
        return super().of(replace(instance, edges=tuple(instance.missing_edges())))


class OneVertexTooManyInTheClique(clique.CliqueEncoding):
    def of(self, instance):
        return with_larger_degree(super().of(instance))


class NoVertexOfAnEdge(independent_set.IndependentSetEncoding):
    """Neither end of an edge may be chosen."""

    def of(self, instance):
        return with_every_literal(super().of(instance))


class OneVertexTooManyIndependent(independent_set.IndependentSetEncoding):
    def of(self, instance):
        return with_larger_degree(super().of(instance))


class EdgesCutTwice(max_cut.MaxCutEncoding):
    """Both ends of an edge that is cut are in the set, or neither."""

    def of(self, instance):
        formula = super().of(instance)
        for number, (cut, u, v) in formula.clauses.items():
            formula.clauses[number] = (cut, u, -v)
        return formula


class OneEdgeTooManyCut(max_cut.MaxCutEncoding):
    def of(self, instance):
        return with_larger_degree(super().of(instance))


L1, L2, LINF, L0, EXACT = ({"loss": loss} for loss in ("l1", "l2", "linf", "l0", "exact"))
RELU, THRESHOLD = {"activation": "relu"}, {"activation": "threshold"}
LEAKY = {"activation": "leaky-relu"}
REAL_THRESHOLD = {"activation": "threshold", "output": "real"}

BUGS = {
    "the signs of outputs exchanged": Bug("clause", SignsExchanged()),
    "label with the wrong sign": Bug("clause", patches={"_within": residual_plus_label}),
    "label of l1 with the wrong sign": Bug(
        "clause", patches={"_bound_by_variable": loss_of_labels_with_the_wrong_sign}, classes=L1
    ),
    "label of l2 with the wrong sign": Bug(
        "square", patches={"_bound_by_variable": loss_of_labels_with_the_wrong_sign}, classes=L2
    ),
    "l2 not divided by the denominator": Bug("square", patches={"_bound_by_variable": loss_unscaled}, classes=L2),
    "< for <= at the threshold of linf": Bug("clause", patches={"_within": strictly_within}, classes=LINF),
    "< for <= at the threshold of l1": Bug("clause", AlwaysBelow(), classes=L1),
    "< for <= at the threshold of l2": Bug("clause", AlwaysBelow(), classes=L2),
    "< for <= at the threshold of l0": Bug("pseudo-Boolean", AlwaysBelow(), classes=L0),
    "<= for < below l0": Bug("below", NeverBelow(), classes=L0),
    "<= for < below l1": Bug("below", NeverBelow(), classes=L1),
    "<= for < below l2": Bug("below", NeverBelow(), classes=L2),
    "<= for < below linf": Bug("below", NeverBelow(), classes=LINF),
    "<= for < below exact": Bug("below", NeverBelow(), classes=EXACT),
    "threshold of linf not scaled": Bug("clause", patches={"_within": threshold_is_not_scaled}, classes=LINF),
    "training without its clip": Bug("clause", patches={"_clip": clip_forgotten}, classes={"clip": True}),
    "clip from above only": Bug("clause", patches={"_clip": clipped_from_above_only}, classes={"clip": True}),
    "clip scaled by the denominator of its lower end": Bug(
        "clause",
        patches={"_clip": lambda f, c, unit, total, low, high: _clip(f, c, unit, total, Fraction(low.numerator), high)},
        classes={"clip": True},
    ),
    "clip of leaky sums not scaled": Bug(
        "clause",
        patches={"_clip": lambda f, c, _, total, low, high: _clip(f, c, 1, total, low, high)},
        classes=LEAKY | {"clip": True},
    ),
    "leak of all that is active": Bug("clause", patches={"_leaky_error": leak_besides}, classes=LEAKY),
    "leak without the signs": Bug("clause", patches={"_leaky_error": leak_without_signs}, classes=LEAKY),
    "labels of turned leaky neurons kept": Bug(
        "clause", patches={"without_leak": lambda y, alpha: y}, classes=EXACT | LEAKY
    ),
    "lambda 1": Bug("clause", patches={"_relu": lambda formula, z, r, scale: _relu(formula, z, r, 1)}),
    "lambda twice": Bug("clause", patches={"_relu": lambda formula, z, r, scale: _relu(formula, z, r, 2 * scale)}),
    "biases forgotten": Bug("clause", BiasesForgotten()),
    "thresholds active on the border": Bug("clause", patches={"_step": active_on_the_border}),
    "real outputs of thresholds read as 1": Bug(
        "clause", patches={"_step": lambda formula, z, r, weight: _step(formula, z, r, None)}
    ),
    "l0 off by one": Bug("pseudo-Boolean", patches={"floor": lambda v: floor(v) - 1}),
    "l0 without the multiplicity": Bug("below", MultiplicitiesIgnored(), classes=L0),
    "l1 without the multiplicity": Bug("below", MultiplicitiesIgnored(), classes=L1),
    "l2 without the multiplicity": Bug("below", MultiplicitiesIgnored(), classes=L2),
    "l1 with the multiplicity squared": Bug("clause", MultiplicitiesSquared(), classes=L1),
    "norm bound not squared": Bug(
        "clause",
        patches={"_bound_norms": lambda formula, instance, _: _bound_norms(formula, instance, instance.norm_bound)},
    ),
    "no case without positive neurons": Bug("case", FirstCaseMissing(), classes={"output": "signs"}),
    "no case without negative neurons": Bug("case", LastCaseMissing(), classes={"output": "signs"}),
    "functional sorts across the sign border": Bug("clause", patches={"_order_neurons": sorts_across_the_border}),
    "equal neurons sorted strictly": Bug("clause", patches={"_order_neurons": sorts_strictly}),
    "order across the sign border": Bug("clause", patches={"order_activations": ordered_across_the_border}),
    "order turned round": Bug("clause", patches={"add_order": increasing}),
    "decreasing on every sample": Bug("clause", patches={"add_order": decreasing_everywhere}),
    "clause of equality turned round": Bug("clause", patches={"add_order": never_equal}),
    "sorted by every weight": Bug("clause", patches={"_order_neurons": sorts_by_every_weight}),
    "line without the affine function": Bug("clause", NoAffineFunction(), classes=EXACT),
    "activity nested across the sign border": Bug(
        "clause", patches={"nest_activations": nested_across_the_border}, classes=EXACT | RELU
    ),
    "turned neurons have positive weights": Bug("clause", patches={"_turn_neurons": turns_strictly}, classes=EXACT),
    "any samples are a line": Bug("clause", patches={"_turn_neurons": any_samples_are_a_line}, classes=EXACT),
    "thresholds turned without epsilon": Bug(
        "clause", patches={"_turned": turned_without_epsilon}, classes=EXACT | REAL_THRESHOLD
    ),
    "mean without multiplicities": Bug(
        "clause", patches={"SHARES": shares(l2=mean_of_labels)}, classes=L2, normal=True
    ),
    "any median": Bug("clause", patches={"SHARES": shares(l1=any_median)}, classes=L1, normal=True),
    "any majority": Bug("clause", patches={"SHARES": shares(l0=any_majority)}, classes=L0, normal=True),
    "the whole range": Bug("case", patches={"SHARES": shares(linf=whole_range)}, classes=LINF, normal=True),
    "forced twice by l2": Bug("clause", patches={"_total": forced_twice}, classes=L2, normal=True),
    "forced twice by l1": Bug("case", patches={"_total": forced_twice}, classes=L1, normal=True),
    "normal form of l0 off by one": Bug("case", patches={"floor": lambda v: floor(v) - 1}, classes=L0, normal=True),
    "normal form in lemmas": Bug("own weights", NormalFormInLemmas(), lemma=True),
    "scaled networks in lemmas": Bug("own weights", ScaledNetworksInLemmas(), lemma=True),
    "turned networks in lemmas": Bug("own weights", TurnedNetworksInLemmas(), lemma=True),
    "a standard order in lemmas": Bug("own weights", LargestNeuronFirst(), lemma=True),
    "any property is sorted": Bug("exception", AnyPropertyIsSorted(), lemma=True),
    "the property itself": Bug("exception", patches={"add_exception": property_instead_of_exception}, lemma=True),
    "every part of the property fails": Bug(
        "exception", patches={"add_exception": every_disjunction_fails}, lemma=True
    ),
    "set cover M - t + 1": Bug("pseudo-Boolean", OneSetTooFew()),
    "set cover by the first set only": Bug("clause", EverySetCovers()),
    "circuit's and, or exchanged": Bug("clause", OrAndExchanged()),
    "subgraph's ends of an edge inverted": Bug("clause", EndsInverted()),
    "subgraph of one edge too many": Bug("pseudo-Boolean", OneEdgeTooMany()),
    "one-in-three at most none": Bug("clause", AtMostNone()),
    "strip: second plane above P": Bug("clause", SecondPlaneAbove()),
    "separability: cells of Q": Bug("clause", CellsOfQ()),
    "separability: not turned over": Bug("clause", NotTurnedOver()),
    "strip: both negative inverted": Bug("clause", BothNegativeOrOnePositive()),
    "colourful clique of missing edges": Bug("clause", CliqueOfMissingEdges()),
    "colours of vertices that are no clique": Bug("clause", AnyVerticesAreAClique()),
    "colours come up backwards": Bug("clause", ColorsComeUpBackwards()),
    "colours of a clique not renamed": Bug("clause", ColorsNotRenamed()),
    "hyperedges of many colours": Bug("clause", HyperedgesOfManyColors()),
    "cliques with violations": Bug("clause", CliquesWithViolations()),
    "literals without signs": Bug("clause", EveryVariableTrue()),
    "third literal forgotten": Bug("clause", ThirdLiteralForgotten()),
    "every clause of label 1 violated": Bug("clause", EveryClauseViolated()),
    "first literals of label 0": Bug("clause", FirstLiteralsHold()),
    "sign-CNN without its clip": Bug("clause", ClipForgotten()),
    "sign-CNN with the filter turned": Bug("clause", NegativePatches()),
    "random network with its blocks transposed": Bug("clause", BlocksTransposed()),
    "random network without its factor": Bug("clause", FactorForgotten()),
    "random CNN with its matrix transposed": Bug("clause", MatrixTransposed()),
    "both ends of an edge cover": Bug("clause", BothEndsCover()),
    "cover of one vertex less": Bug("pseudo-Boolean", OneVertexTooFew()),
    "clique of missing edges": Bug("clause", MissingEdgesAreJoined()),
    "clique of one vertex more": Bug("pseudo-Boolean", OneVertexTooManyInTheClique()),
    "no end of an edge is independent": Bug("clause", NoVertexOfAnEdge()),
    "one independent vertex more": Bug("pseudo-Boolean", OneVertexTooManyIndependent()),
    "an edge cut at both ends": Bug("clause", EdgesCutTwice()),
    "one edge more to cut": Bug("pseudo-Boolean", OneEdgeTooManyCut()),
}


@pytest.mark.parametrize("name", BUGS)
def test_seeded_bug_is_caught(name, monkeypatch):
    bug = BUGS[name]
    for function, wrong in bug.patches.items():
        monkeypatch.setattr(normal_form if bug.normal else training, function, wrong)
    problem = bug.encoding.problem.name
    kinds = Counter()
    for seed in range(400):
        rng = Random(seed)
        try:
            if bug.lemma:
                check_lemmas(bug.encoding, network_without_a_property(rng))
            elif bug.normal:
                check_solvability(bug.encoding, crowded(rng, **bug.classes))
            else:
                check_solvability(bug.encoding, PLANTED[problem](rng, **bug.classes))
        except Violated as violated:
            kinds[violated.kind] += 1
            if violated.kind == bug.violates:
                return
    pytest.fail(f"not caught: {kinds or 'nothing is violated'}")


def test_every_encoding_has_a_seeded_bug():
    assert {bug.encoding.problem.name for bug in BUGS.values()} == ENCODINGS.keys()
