"""Training: a network of the class fits the samples within the threshold, or below it (SPEC.md, section 4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, pairwise, repeat
from math import ceil, floor, lcm
from typing import Any, NamedTuple, TypeVar

from relucert.certificates.encoding import Assignment, Encoding, Formulas, NotEncoded, cleared_words
from relucert.certificates.kernel import (
    Formula,
    Kernel,
    Linear,
    Malformed,
    Rejected,
    Square,
    atom_words,
    clause_words,
    pairs,
    pseudo_boolean_words,
    square_words,
    words,
)
from relucert.certificates.normal_form import NormalForm, normal_form, words_of_normal_form
from relucert.certificates.order import add_order, equal_so_far, is_order, ordered_items, words_of_order
from relucert.certificates.properties import Property, add_exception, property_terms
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import TRAINING, Network, Sample, TrainingInstance, completed

C = TypeVar("C", Linear, list[Linear], list[list[Linear]])  # of which one is less than another


class TrainingEncoding(Encoding[TrainingInstance, Network]):
    """Case p: the first p neurons have output weight +1, the others −1.

    Real output weights of ReLUs are scaled to ±1, which no claim about all solutions may do. Those of thresholds are
    variables, so that there is one case.
    """

    problem = TRAINING

    def cases(self, instance: TrainingInstance) -> range:
        if scaled(instance) and instance.norm_bound is not None:
            raise NotEncoded("ReLUs with both real output weights and a norm bound are not encoded")
        fewest = 0 if scaled(instance) or instance.output == "signs" else instance.neurons
        return range(fewest, instance.neurons + 1)

    def words(self, instance: TrainingInstance, choice: Any, claimed: Property = ()) -> int:
        if is_normal(choice):
            normal, inner = normal_form(instance), choice["normal"]
            own = 100 if normal is None or is_normal(inner) else self.words(normal.instance, inner)
            return words_of_normal_form(instance) + own
        k = instance.neurons
        total = 100 + _words_of_loss(instance) + k * _words_of_norm(instance)
        total += sum(_words_of_sample(instance, sample, is_turned(choice)) for sample in instance.samples)
        if type(choice) is list:
            length = max((words(v) for pair in choice if type(pair) is list for v in pair if type(v) is int), default=1)
            total += (k - 1) * (atom_words(2 * len(choice), length) + clause_words(1))
        elif is_order(choice):
            total += words_of_order(choice, k - 1)
        elif type(choice) is dict:
            line = choice.get("line")
            total += k * (100 + (clause_words(2) * len(line) if type(line) is list else 0))
        return total + property_terms(claimed) * (60 + (0 if choice is None else 32 * k))

    def formula(self, instance: TrainingInstance, case: int, choice: Any, strictly_below: bool = False) -> Formula:
        return self.formulas(instance, strictly_below)(case, choice)

    def formulas(self, instance: TrainingInstance, strictly_below: bool = False) -> Formulas:
        return TrainingFormulas(instance, strictly_below)

    def assignment(
        self, instance: TrainingInstance, witness: Network, case: int, choice: Any, strictly_below: bool = False
    ) -> Assignment | None:
        """Normal forms of the question whether a loss can be less than the threshold may be different ones."""
        if is_normal(choice):
            normal = normal_form(instance, strictly_below)
            if normal is None:  # but there are no solutions
                return None
            return self.assignment(normal.instance, normal.restrict(witness), case, choice["normal"])
        neurons = [
            _Neuron((*w, b) if instance.bias else w, a)
            for w, b, a in zip(
                completed(witness, instance.dimension).weights, witness.biases, witness.output, strict=True
            )
        ]
        affine: list[Rational] = [0] * (instance.dimension + 1)
        if scaled(instance):  # a·max(0, z) = ±max(0, |a|z)
            neurons = [_Neuron(tuple(max(a, -a) * v for v in w), 1 if a >= 0 else -1) for w, a in neurons]
        positive = len(neurons)
        if len(self.cases(instance)) > 1:
            neurons.sort(key=lambda neuron: -neuron.output)
            positive = sum(neuron.output > 0 for neuron in neurons)
        if positive != case:
            return None
        if is_turned(choice):
            if instance.alpha is not None:
                affine = _leak(instance, neurons)
            neurons = [_turned(instance, neuron, choice["along"], affine) for neuron in neurons]

        def rank(neuron: _Neuron) -> Any:
            """What the symmetry rule sorts neurons of equal sign by."""
            if is_order(choice):
                return [_at(instance, neuron, i) > 0 for i in choice["order"]]
            if is_turned(choice):
                return sum(_at(instance, neuron, i) > 0 for i in choice["line"])
            return sum((c * neuron.weights[t] for t, c in pairs(choice or [])), 0)

        groups = [sorted(g, key=rank, reverse=True) for g in (neurons[:positive], neurons[positive:])]
        values = _values(instance, [*groups[0], *groups[1]], affine)
        if not is_order(choice):
            return values
        last = _fit(instance, case, False, False, Shared()).last_atom
        equal = equal_so_far(last, (pair for group in groups for pair in pairwise(map(rank, group))))
        return Assignment(values.reals, values.true | equal)

    def property_variables(self, instance: TrainingInstance) -> range:
        """The weights and biases of the network as it is, its neurons of output weight +1 first if that is ±1."""
        if scaled(instance):
            raise NotEncoded("real output weights of ReLUs are scaled to ±1, so properties of weights are not encoded")
        return range(weight_variable(instance, instance.neurons, 0))

    def exceptions(self, instance: TrainingInstance, case: int, choice: Any, claimed: Property) -> Formula:
        self.property_variables(instance)
        if is_normal(choice):
            raise Rejected("symmetry: a normal form has not all weights that the property may be about")
        if is_turned(choice):
            raise Rejected("symmetry: neurons that are turned over may lose the property")
        if choice is not None:
            require_invariant(instance, case, claimed)
        formula = _formula(instance, case, choice, False, Shared())
        add_exception(formula, claimed)
        return formula


class TrainingFormulas(Formulas):
    """What cases share is built once, of the instance or of its normal form, whichever was last."""

    def __init__(self, instance: TrainingInstance, strictly_below: bool) -> None:
        self.instance, self.strictly_below = instance, strictly_below
        self.normal: bool | None = None  # whether what is kept is of the normal form
        self.form: NormalForm | None = None
        self.shared = Shared()

    def __call__(self, case: int, choice: Any, after: Formula | Kernel | None = None) -> Formula:
        inner = self._of_form(choice)
        if self.form is None:
            return _contradiction(after)
        return _formula(self.form.instance, case, inner, self.form.below, self.shared, after)

    def common(self, choice: Any) -> Formula:
        inner = self._of_form(choice)
        if self.form is None:
            return _contradiction()
        return _common(self.form.instance, inner, self.form.below, self.shared)

    def _of_form(self, choice: Any) -> Any:
        """Takes the form that is asked for, and returns what is said to its own symmetry rule."""
        normal = is_normal(choice)
        if self.normal != normal:
            self.normal, self.shared = normal, Shared()
            as_it_is = NormalForm(self.instance, self.strictly_below, ())
            self.form = normal_form(self.instance, self.strictly_below) if normal else as_it_is
        if normal and is_normal(choice["normal"]):
            raise Malformed("symmetry: a normal form has no other one")
        return choice["normal"] if normal else choice


def _contradiction(after: Formula | Kernel | None = None) -> Formula:
    """A formula that nothing satisfies; it is all that cases have in common."""
    refuted = Formula()
    refuted.add_clause()
    if after is not None:
        refuted.last_atom, refuted.last_id = after.last_atom, after.last_id
    return refuted


def is_normal(choice: Any) -> bool:
    """Whether the symmetry rule is told to take the normal form, and then what its own rule is told."""
    return type(choice) is dict and choice.keys() == {"normal"}


def is_turned(choice: Any) -> bool:
    """Whether the symmetry rule turns neurons over: what it is told is neither the normal form nor an order."""
    return type(choice) is dict and not is_normal(choice) and not is_order(choice)


def scaled(instance: TrainingInstance) -> bool:
    """Whether output weights are scaled to ±1: a·max(αz, z) = ±max(α|a|z, |a|z)."""
    return instance.activation != "threshold" and instance.output == "real"


def weight_variable(instance: TrainingInstance, j: int, t: int) -> int:
    """The kernel variable of weight t of neuron j; t = d is the bias."""
    return j * (instance.dimension + instance.bias) + t


def output_variable(instance: TrainingInstance, i: int, j: int) -> int:
    """The kernel variable r of neuron j's output max(0, z) on sample i."""
    return instance.neurons * (instance.dimension + instance.bias + i) + j


def clip_variable(instance: TrainingInstance, i: int) -> int:
    """The kernel variable c of the network's value on sample i, if it is clipped."""
    return output_variable(instance, len(instance.samples), 0) + i


def loss_variable(instance: TrainingInstance, i: int) -> int:
    """The kernel variable q that bounds the loss of sample i, for l1 and l2."""
    return clip_variable(instance, 0 if instance.clip is None else len(instance.samples)) + i


def norm_variable(instance: TrainingInstance, j: int, t: int) -> int:
    """The kernel variable q that bounds the square of weight t of neuron j, if there is a norm bound."""
    return loss_variable(instance, len(instance.samples)) + j * instance.dimension + t


def output_weight_variable(instance: TrainingInstance, j: int) -> int:
    """The kernel variable of the output weight of neuron j, if it is a threshold with a real one."""
    return norm_variable(instance, instance.neurons, 0) + j


def affine_variable(instance: TrainingInstance, t: int) -> int:
    """The kernel variable of coefficient t of the free affine function of turned neurons; t = d is the constant."""
    return output_weight_variable(instance, instance.neurons) + t


def missed_atom(instance: TrainingInstance, i: int) -> int:
    """The propositional atom 'sample i is missed', for l0: after five atoms of each neuron, and six of a clip."""
    before = 5 * instance.neurons + (0 if instance.clip is None else 6)
    return 1 + i * (before + 3) + before


def _words_of_sample(instance: TrainingInstance, sample: Sample, turned: bool) -> int:
    """Words of what the formula says of the neurons on a sample, and of the residual; the loss has a threshold."""
    k, values = instance.neurons, [v for _, v in sample.x]
    n, length = len(values) + instance.bias, cleared_words(values)
    neuron = atom_words(n, length) + 4 * clause_words(2)
    if instance.activation == "threshold":
        neuron += 4 * atom_words(2)
    else:
        neuron += 2 * atom_words(n + 1, length) + 2 * atom_words(1)
    leaks = instance.alpha is not None and not turned  # if turned, it is an affine function besides
    of_residual = cleared_words((sample.y, *values) if turned or leaks else (sample.y,))
    if instance.alpha is not None:  # 1/(1 − α) has no longer numbers
        of_residual += cleared_words((instance.alpha,))
    of_sum = k + k * n * leaks  # terms
    if instance.loss == "linf":
        of_residual += cleared_words((instance.threshold,))
    residual = 2 * (atom_words(of_sum + 1 + n * turned, of_residual) + clause_words(2)) + atom_words(0)
    if instance.clip is not None:
        ends = max(words(part) for end in instance.clip for part in (end.numerator, end.denominator))
        residual += 2 * atom_words(of_sum + 1, of_residual if leaks else 1) + 4 * (
            atom_words(1, ends) + clause_words(2)
        )
    return k * neuron + residual


def _words_of_loss(instance: TrainingInstance) -> int:
    """Words of the one constraint that compares the sum of the losses with the threshold."""
    threshold, m = instance.threshold, len(instance.samples)
    if instance.loss not in ("l0", "l1", "l2"):
        return 0
    length = max((words(s.multiplicity) for s in instance.samples), default=1)
    if instance.loss == "l0":
        return pseudo_boolean_words(m, length) + 1 + words(int(threshold))
    longest = max(words(threshold.numerator), words(threshold.denominator) + length)
    return atom_words(m, longest) + clause_words(1)


def _words_of_norm(instance: TrainingInstance) -> int:
    """Words of the norm bound of one neuron."""
    if instance.norm_bound is None:
        return 0
    d, square = instance.dimension, instance.norm_bound**2
    longest = max(words(square.numerator), words(square.denominator) if d else 1)
    return d * square_words(1) + atom_words(d, longest) + clause_words(1)


@dataclass
class Shared:
    """What the formulas of all cases share, which differ in what they say of residuals and of the loss, not in numbers.

    formula: that of the last case, which the next one changes; sizes: how many atoms and clauses it had before those of
    a symmetry rule. turned: whether neurons may be turned over there. Of each sample, starts, ends: the last atom and
    the last clause before those that are about neurons, and of these; inactive: their literals z ≤ 0; residuals: unless
    they are leaky.
    """

    formula: Formula | None = None
    sizes: tuple[int, int] = (0, 0)
    turned: bool = False
    starts: list[tuple[int, int]] = field(default_factory=list)
    ends: list[tuple[int, int]] = field(default_factory=list)
    inactive: list[list[int]] = field(default_factory=list)
    residuals: list[Residual] = field(default_factory=list)


def _formula(
    instance: TrainingInstance, case: int, choice: Any, below: bool, shared: Shared,
    after: Formula | Kernel | None = None,
) -> Formula:  # fmt: skip
    """The formula of a symmetry rule. after: what is said of pairs of neurons is numbered on from there."""
    formula = _fit(instance, case, below, is_turned(choice), shared)
    if is_turned(choice):
        _turn_neurons(formula, instance, choice)
    if after is not None:
        formula.last_atom, formula.last_id = after.last_atom, after.last_id
    if is_turned(choice):
        nest_activations(formula, instance, case, [shared.inactive[i] for i in choice["line"]])
    elif is_order(choice):
        items = ordered_items(choice, len(instance.samples))
        order_activations(formula, instance, case, [shared.inactive[i] for i in items])
    elif choice is not None:
        _order_neurons(formula, instance, case, pairs(choice))
    return formula


def _common(instance: TrainingInstance, choice: Any, below: bool, shared: Shared) -> Formula:
    """What is said of neurons on samples, and of those that are turned over, numbered as in all cases."""
    fit = _fit(instance, 0, below, is_turned(choice), shared)
    formula = Formula(fit.atoms, fit.clauses, last_atom=fit.last_atom, last_id=fit.last_id)
    last = fit.last_atom, fit.last_id
    for (atom, number), (next_atom, next_number) in zip([(0, 0), *shared.ends], [*shared.starts, last], strict=True):
        for between in range(atom + 1, next_atom + 1):
            del formula.atoms[between]
        for between in range(number + 1, next_number + 1):
            formula.clauses.pop(between, None)  # or it is a pseudo-Boolean constraint
    shared.formula, shared.sizes = formula, (len(formula.atoms), len(formula.clauses))
    if is_turned(choice):
        _turn_neurons(formula, instance, choice)
    return formula


def _row(instance: TrainingInstance, i: int) -> tuple[int, list[tuple[int, int]]]:
    """The common denominator of a sample's coordinates, and these times it; with biases, it is the last of them."""
    x = instance.samples[i].x
    scale = lcm(*(v.denominator for _, v in x))
    return scale, [(t, int(v * scale)) for t, v in x] + [(instance.dimension, scale)] * instance.bias


def _add_neurons(formula: Formula, instance: TrainingInstance, i: int) -> list[int]:
    """What they do on sample i. Returns the literals z ≤ 0."""
    inactive = []
    scale, row = _row(instance, i)
    for j in range(instance.neurons):
        r = output_variable(instance, i, j)
        z = tuple((weight_variable(instance, j, t), a) for t, a in row)
        if instance.activation == "threshold":
            weight = output_weight_variable(instance, j) if instance.output == "real" else None
            inactive.append(_step(formula, z, r, weight))
        else:
            inactive.append(_relu(formula, z, r, scale))
    return inactive


def _fit(instance: TrainingInstance, positive: int, below: bool, turned: bool, shared: Shared) -> Formula:
    """A loss of at most the threshold (below it, if so) by `positive` neurons of output weight +1 and others of −1.

    Every such network satisfies the formula as it is; if it may be turned, with an affine function added to it.

    On sample i neuron j has the pre-activation z = w_j·x_i (+ b_j) and the output r. The literal ¬(z ≤ 0) says that it
    is active: strictly, as thresholds are, and so that a sample of label 0 makes every neuron of a sum of ReLUs
    inactive in one step.
    """
    steps = instance.activation == "threshold"
    if turned and instance.clip is not None:
        raise Rejected("symmetry: neurons are turned over only without clip")
    if turned and (instance.loss != "exact" or (steps and not (instance.bias and instance.output == "real"))):
        raise Rejected("symmetry: neurons are turned over for exact fits, thresholds with biases and real outputs")
    again = shared.formula if shared.turned == turned else None
    if again is None:
        formula, shared.starts, shared.ends, shared.inactive, shared.residuals = Formula(), [], [], [], []
    else:
        atoms, clauses = shared.sizes
        while len(again.atoms) > atoms:  # what a symmetry rule has added came last
            again.atoms.popitem()
        while len(again.clauses) > clauses:
            again.clauses.popitem()
        formula = Formula(again.atoms, again.clauses)  # a copy of these takes longer than what is stated anew
    leaks = instance.alpha is not None and not turned
    hit: dict[int, int] = {}  # l0: the literal 'sample i is not missed' -> its multiplicity
    for i, sample in enumerate(instance.samples):
        if again is None:
            shared.starts.append((formula.last_atom, formula.last_id))
            shared.inactive.append(_add_neurons(formula, instance, i))
            shared.ends.append((formula.last_atom, formula.last_id))
            if not leaks:
                shared.residuals.append(_residual(instance, i, turned))
        formula.last_atom, formula.last_id = shared.ends[i]
        error, unit = _leaky_error(instance, i, positive) if leaks else (shared.residuals[i].error(positive), 1)
        if instance.clip is not None:
            c, v = clip_variable(instance, i), error.scale
            _clip(formula, c, unit, tuple((r, a * unit // v) for r, a in error.terms), *instance.clip)
            error = error._replace(terms=((c, v),), opposite=((c, -v),))
        if instance.loss == "l0":
            missed = formula.new_atom()
            hit[-missed] = sample.multiplicity
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
    shared.formula, shared.turned = formula, turned
    shared.sizes = len(formula.atoms), len(formula.clauses)
    return formula


def without_leak(y: Rational, alpha: Rational) -> Rational:
    """Leaky ReLUs are 1 − α times ReLUs and an affine function: what the ReLUs and one such function have to fit."""
    return simplified(Fraction(y) / (1 - alpha))


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


def _clip(
    formula: Formula, c: int, unit: int, total: tuple[tuple[int, int], ...], low: Rational, high: Rational
) -> None:
    """c is the total / unit, clipped to [low, high]."""
    below = tuple((r, -a) for r, a in total)
    rows = [
        (((c, -low.denominator),), -low.numerator),
        (((c, high.denominator),), high.numerator),
        ((*below, (c, unit)), 0),
        (((c, low.denominator),), low.numerator),
        ((*total, (c, -unit)), 0),
        (((c, -high.denominator),), -high.numerator),
    ]
    at_least_low, at_most_high, *others = (formula.new_atom(Linear(terms, bound)) for terms, bound in rows)
    formula.add_clause(at_least_low)
    formula.add_clause(at_most_high)
    formula.add_clause(*others[:2])  # c ≤ total or c ≤ low
    formula.add_clause(*others[2:])  # c ≥ total or c ≥ high


Terms = tuple[tuple[int, int], ...]


def times(terms: Iterable[tuple[int, int]], factor: int) -> Terms:
    return tuple([(v, factor * a) for v, a in terms])


class Error(NamedTuple):
    """The residual f(x) − y of a sample, as (Σ terms − constant) / scale."""

    terms: Terms
    opposite: Terms  # −1 times these
    constant: int
    scale: int

    def times(self, sign: int, factor: int = 1) -> Terms:
        terms = self.terms if sign > 0 else self.opposite
        return terms if factor == 1 else times(terms, factor)


class Residual(NamedTuple):
    """The residual of a sample but for output weights, as `Error` has it: the neurons' outputs if all of these are 1,
    and if all are −1; and the affine function beside neurons that are turned over, and −1 times it."""

    plus: Terms
    minus: Terms
    affine: Terms
    opposite: Terms
    constant: int
    scale: int

    def error(self, positive: int) -> Error:
        """That of so many output weights 1, and then −1."""
        plus, minus, affine, opposite, *rest = self
        return Error(plus[:positive] + minus[positive:] + affine, minus[:positive] + plus[positive:] + opposite, *rest)


def _residual(instance: TrainingInstance, i: int, turned: bool) -> Residual:
    """Of ReLUs or thresholds, and of the ReLUs that leaky ones are besides an affine function."""
    y, (scale, row) = instance.samples[i].y, _row(instance, i)
    if turned and instance.alpha is not None:
        y = without_leak(y, instance.alpha)
    v = lcm(y.denominator, scale) if turned else y.denominator
    outputs = range(output_variable(instance, i, 0), output_variable(instance, i, instance.neurons))
    shift = (row[-1:] if instance.activation == "threshold" else row) if turned else []  # thresholds: by a constant
    affine = tuple((affine_variable(instance, t), a * (v // scale)) for t, a in shift)
    plus, minus = (tuple(zip(outputs, repeat(factor))) for factor in (v, -v))
    return Residual(plus, minus, affine, times(affine, -1), int(y * v), v)


def _leaky_error(instance: TrainingInstance, i: int, positive: int) -> tuple[Error, int]:
    """Of leaky ReLUs ±((1 − α)·r + α·z / scale); and a factor with which their sum has integer coefficients."""
    p, q = Fraction(instance.alpha or 0).as_integer_ratio()
    y, (scale, row) = instance.samples[i].y, _row(instance, i)
    v = lcm(y.denominator, unit := q * scale)
    factors = [*enumerate(v // unit if j < positive else -v // unit for j in range(instance.neurons))]
    of_weights = [(weight_variable(instance, j, t), f * p * a) for j, f in factors for t, a in row if p]
    of_outputs = [(output_variable(instance, i, j), f * (q - p) * scale) for j, f in factors]
    terms = (*of_weights, *of_outputs)
    return Error(terms, times(terms, -1), int(y * v), v), unit


def _within(formula: Formula, error: Error, limit: Rational, strict: bool) -> list[int]:
    """The atoms error ≤ limit and −error ≤ limit (or <), both times scale · denominator of the limit."""
    d, most = limit.denominator, limit.numerator * error.scale
    return [
        formula.new_atom(Linear(error.times(sign, d), most + sign * d * error.constant, strict)) for sign in (1, -1)
    ]


def _bound_by_variable(formula: Formula, error: Error, q: int, squared: bool) -> None:
    """q ≥ error² or q ≥ |error|."""
    if squared:
        formula.add_square(Square(error.terms, error.constant, error.scale, q))
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


def order_activations(
    formula: Formula, instance: TrainingInstance, positive: int, inactive: Sequence[Sequence[int]]
) -> None:
    """Symmetry rule: neurons of equal sign are renamed so that what says on which samples they are active decreases.

    inactive: of each of these samples, the literals z ≤ 0.
    """
    for j in range(instance.neurons - 1):
        if j + 1 != positive:
            add_order(formula, [-at[j] for at in inactive], [-at[j + 1] for at in inactive])


def nest_activations(
    formula: Formula, instance: TrainingInstance, positive: int, inactive: Sequence[Sequence[int]]
) -> None:
    """Symmetry rule: of two turned neurons of equal sign the second one is inactive where the first one is on a line.

    inactive: of each sample of the line, the literals z ≤ 0.
    """
    for j in range(instance.neurons - 1):
        if j + 1 != positive:
            formula.add_clauses((-at[j], at[j + 1]) for at in inactive)


def _turn_neurons(formula: Formula, instance: TrainingInstance, choice: dict[str, Any]) -> None:
    """Symmetry rule: weight t of every neuron is ≥ 0; so along a line neurons of equal sign can be sorted by activity.

    As [z]₊ = z + [−z]₊, turning a neuron over changes the network by an affine function, which the labels leave free.
    So what is refuted of ReLUs is refuted of maxout units of rank 2 besides: ±max(u, v) = ±(v + [u − v]₊).
    For thresholds it is a constant, and the bias changes by so little that no sample
    but those on the border notices.
    Where only coordinate t changes, neurons with w_t ≥ 0 are active from some value on; so the sets of samples on such
    a line that activate them are nested, and neurons of equal sign can be renamed to make these sets decrease.
    """
    if choice.keys() != {"along", "line"} or type(choice["along"]) is not int or type(choice["line"]) is not list:
        raise Malformed("symmetry: expected a coordinate and a line of samples")
    along, line = choice["along"], choice["line"]
    if not all(type(i) is int for i in line):
        raise Malformed("symmetry: samples are given by their numbers")
    if not 0 <= along < instance.dimension or not all(0 <= i < len(instance.samples) for i in line):
        raise Rejected("symmetry: no such coordinate or sample")
    above: tuple[Any, Rational] | None = None
    for i in line:  # one at a time, as a sample that stands there twice ends it
        x = instance.samples[i].x
        point, height = [entry for entry in x if entry[0] != along], sum(v for t, v in x if t == along)
        if above is not None and (point != above[0] or height <= above[1]):
            raise Rejected(f"symmetry: along the line only coordinate {along} may change, and it must increase")
        above = point, height
    for j in range(instance.neurons):
        formula.add_clause(formula.new_atom(Linear(((weight_variable(instance, j, along), -1),), 0)))


def as_set(items: Iterable[C]) -> list[C]:
    """In order, each once: not a set, as a certificate could choose items of one hash."""
    return [item for item, _ in groupby(sorted(items))]


def require_invariant(instance: TrainingInstance, positive: int, claimed: Property) -> None:
    """The symmetry rule renames neurons of equal sign; that must turn the property into itself, as a set."""
    width = instance.dimension + instance.bias

    def exchanged(j: int) -> list[list[list[Linear]]]:
        shift = {j: width, j + 1: -width}

        def of(linear: Linear) -> Linear:
            terms = sorted((v + shift.get(v // width, 0), a) for v, a in linear.terms)
            return Linear(tuple(terms), linear.bound, linear.strict)

        return as_set(as_set(as_set(map(of, part)) for part in parts) for parts in claimed)

    same = exchanged(instance.neurons)
    for j in range(instance.neurons - 1):
        if j + 1 != positive and exchanged(j) != same:
            raise Rejected(f"symmetry: the property changes if the neurons {j} and {j + 1} are exchanged")


# -------------------------------------------------------------------------- completeness: the values of a network


class _Neuron(NamedTuple):
    """Weights (with the bias, if the class has one) and output weight."""

    weights: tuple[Rational, ...]
    output: Rational


def _at(instance: TrainingInstance, neuron: _Neuron, i: int) -> Rational:
    """The pre-activation z on sample i."""
    x = instance.samples[i].x
    return sum((neuron.weights[t] * v for t, v in x), neuron.weights[-1] if instance.bias else 0)


def _leak(instance: TrainingInstance, neurons: Sequence[_Neuron]) -> list[Rational]:
    """The affine function that leaky ReLUs have besides ReLUs, where the labels are those `without_leak`."""
    assert instance.alpha is not None
    factor = instance.alpha / Fraction(1 - instance.alpha)
    affine: list[Rational] = [0] * (instance.dimension + 1)
    for w, a in neurons:
        for t, v in enumerate(w):
            affine[t] += factor * a * v
    return affine


def _turned(instance: TrainingInstance, neuron: _Neuron, along: int, affine: list[Rational]) -> _Neuron:
    """The neuron, turned over if its weight `along` is negative; what that changes is added to the affine function."""
    w, a = neuron
    if w[along] >= 0:
        return neuron
    if instance.activation != "threshold":
        for t, v in enumerate(w):
            affine[t] += a * v
        return _Neuron(tuple(-v for v in w), a)
    values = (_at(instance, neuron, i) for i in range(len(instance.samples)))
    least = min((z for z in values if z > 0), default=1)  # [z > 0] = 1 − [−z + ε > 0] for all 0 < ε ≤ least
    affine[instance.dimension] += a
    return _Neuron((*(-v for v in w[:-1]), Fraction(least) - w[-1]), -a)


def _values(instance: TrainingInstance, neurons: Sequence[_Neuron], affine: Sequence[Rational]) -> Assignment:
    reals: dict[int, Rational] = {affine_variable(instance, t): v for t, v in enumerate(affine)}
    true = set()
    for j, (w, a) in enumerate(neurons):
        reals |= {weight_variable(instance, j, t): v for t, v in enumerate(w)}
        reals |= {norm_variable(instance, j, t): v * v for t, v in enumerate(w[: instance.dimension])}
        reals[output_weight_variable(instance, j)] = a
    variable_output = instance.activation == "threshold" and instance.output == "real"
    for i, (x, y, _) in enumerate(instance.samples):
        value: Rational = sum((affine[t] * v for t, v in x), affine[instance.dimension])
        for j, neuron in enumerate(neurons):
            z = _at(instance, neuron, i)
            on: Rational = neuron.output if variable_output else 1
            if instance.activation != "threshold":
                on = z
            r: Rational = on if z > 0 else 0
            reals[output_variable(instance, i, j)] = r
            if instance.alpha is not None:
                r = (1 - instance.alpha) * r + instance.alpha * z
            share: Rational = r if variable_output else neuron.output * r
            value += share
        if instance.clip is not None:
            value = max(instance.clip[0], min(value, instance.clip[1]))
            reals[clip_variable(instance, i)] = value
        residual = value - y
        if instance.loss == "l1":
            reals[loss_variable(instance, i)] = max(residual, -residual)
        if instance.loss == "l2":
            reals[loss_variable(instance, i)] = residual * residual
        if instance.loss == "l0" and residual:
            true.add(missed_atom(instance, i))
    return Assignment(reals, frozenset(true))


ENCODING = TrainingEncoding()
