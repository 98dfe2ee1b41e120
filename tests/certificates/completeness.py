"""The laws of encodings: a solution satisfies the formula of its case, exactly evaluated, and so it does as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from planted import LemmaPlant, Plant, holds

from relucert.certificates.encoding import Assignment, Encoding, NotEncoded
from relucert.certificates.encodings.training import ENCODING as OF_TRAINING
from relucert.certificates.encodings.training import is_normal
from relucert.certificates.kernel import Formula, Linear, Malformed, Rejected
from relucert.certificates.order import is_order
from relucert.reductions.problems.training import loss_of


class Violated(AssertionError):
    """A law does not hold. `kind` says which constraint or which law it is."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


def require_satisfied(formula: Formula, values: Assignment) -> None:
    """Every clause, pseudo-Boolean constraint and square is true. Raises Violated with the first that is not.

    Reals must all have values; a propositional atom is false unless it is said to be true.
    """
    reals = {v: Fraction(value) for v, value in values.reals.items()}

    def total(terms: Sequence[tuple[int, int]]) -> Fraction:
        for v, _ in terms:
            if v not in reals:
                raise Violated("value", f"the variable {v} has none")
        return sum((a * reals[v] for v, a in terms), Fraction(0))

    def atom(number: int) -> bool:
        meaning = formula.atoms[number]
        if meaning is None:
            return number in values.true
        left = total(meaning.terms)
        return left < meaning.bound if meaning.strict else left <= meaning.bound

    if any(formula.atoms.get(number, number) is not None for number in values.true):
        raise Violated("value", "an atom is set that is none of the formula or no propositional one")
    truth = {number: atom(number) for number in formula.atoms}

    def true(literal: int) -> bool:
        return truth[literal] if literal > 0 else not truth[-literal]

    for number, clause in formula.clauses.items():
        if not any(map(true, clause)):
            raise Violated("clause", f"{number}, {[(at, formula.atoms[abs(at)]) for at in clause]} is false")
    for number, constraint in formula.pseudo_booleans.items():
        if sum(c for literal, c in constraint.terms.items() if true(literal)) < constraint.degree:
            raise Violated("pseudo-Boolean", f"{number}, {constraint} is false")
    for number, square in formula.squares.items():
        e = (total(square.terms) - square.constant) / square.scale
        if total([(square.variable, 1)]) < e * e:
            raise Violated("square", f"{number}, {square} is false")


def check_solvability(encoding: Encoding[Any, Any], plant: Plant) -> Counter[str]:
    """The solution falls under a case, and satisfies the formula of each case that it falls under.

    That holds for all that may be said to the symmetry rule, and below the threshold, if its loss is below that; no
    loss is below itself. Returns how often which of these happened.
    """
    instance, counts = plant.instance, Counter[str]()
    assert encoding.problem.accepts(instance, plant.witness)
    cases = encoding.cases(instance)
    for choice in plant.choices:
        try:
            for case in cases:
                encoding.formula(instance, case, choice)
        except (Rejected, Malformed):
            if choice is None:
                raise
            counts["refused"] += 1
            continue
        found = [(case, encoding.assignment(instance, plant.witness, case, choice)) for case in cases]
        assigned = [(case, values) for case, values in found if values is not None]
        if not assigned:
            raise Violated("case", f"the solution falls under none of {cases}")
        for case, values in assigned:
            require_satisfied(encoding.formula(instance, case, choice), values)
            if encoding.problem.name == "training":
                counts[_check_below(encoding, plant, case, choice, values)] += 1
        counts[kind(choice)] += 1
    return counts


def kind(choice: Any) -> str:
    """Of what is said to the symmetry rule: an order, or its type."""
    return "order" if is_order(choice) else type(choice).__name__


def _check_below(encoding: Encoding[Any, Any], plant: Plant, case: int, choice: Any, values: Assignment) -> str:
    """The values that belong to the network say exactly whether its loss is below a threshold."""
    instance, loss = plant.instance, loss_of(plant.instance, plant.witness)
    if choice is None and instance.samples:
        try:
            require_satisfied(encoding.formula(replace(instance, threshold=loss), case, None, True), values)
        except Violated:
            pass
        else:
            raise Violated("below", f"no loss is below itself, but the formula for less than {loss} is satisfied")
    if loss == instance.threshold:
        return "on the threshold"
    if is_normal(choice):  # that of another question
        values = OF_TRAINING.assignment(instance, plant.witness, case, choice, strictly_below=True) or values
    require_satisfied(encoding.formula(instance, case, choice, True), values)
    return "below it"


def check_lemmas(encoding: Encoding[Any, Any], lemma: LemmaPlant) -> Counter[str]:
    """A network that lacks a property satisfies the formula of the exceptions, with its own weights.

    With output weights ±1, those of its neurons that are +1 come first (SPEC.md, section 2). Its order may change only
    where a functional or an order sorts the neurons.
    """
    instance, net, claimed = lemma.plant.instance, lemma.plant.witness, lemma.claimed
    counts = Counter[str]()
    try:
        encoding.property_variables(instance)
    except NotEncoded:
        for choice in lemma.plant.choices:
            _require_not_encoded(encoding, instance, choice, claimed)
        return Counter({"not encoded": 1})
    own = own_neurons(instance, net)
    if len(encoding.property_variables(instance)) != sum(len(row) for row, _ in own):
        raise Violated("own weights", "properties are about the weights and biases")
    for choice in lemma.plant.choices:
        for case in encoding.cases(instance):
            values = None
            try:
                formula = encoding.exceptions(instance, case, choice, claimed)
                values = encoding.assignment(instance, net, case, choice)
            except Rejected:
                if choice is None or (kind(choice) in ("list", "order") and lemma.invariant):
                    raise
                counts["refused"] += 1
            if values is None:
                continue
            carried = carried_neurons(instance, case, values)
            if carried != own and (choice is None or Counter(carried) != Counter(own)):
                raise Violated("own weights", f"{carried} instead of {own}")
            base = encoding.formula(instance, case, choice).last_atom
            weights = [v for row, _ in carried for v in row]
            fails = {base + i for i, parts in enumerate(claimed, 1) if not _holds(parts, weights)}
            try:
                require_satisfied(formula, Assignment(values.reals, values.true | fails))
            except Violated as violated:
                raise Violated("exception", str(violated)) from None
            counts[kind(choice)] += 1
    if not counts["NoneType"]:
        raise Violated("case", "the network falls under none")
    return counts


def _require_not_encoded(encoding: Encoding[Any, Any], instance: Any, choice: Any, claimed: Any) -> None:
    try:
        encoding.exceptions(instance, encoding.cases(instance)[0], choice, claimed)
    except NotEncoded:
        return
    raise Violated("own weights", "there are exceptions, but no variables of properties")


def own_neurons(instance: Any, net: Any) -> list[tuple[tuple[Any, ...], Any]]:
    """Weights, with the bias if the class has one, and the output weight of each neuron of a network."""
    width = instance.dimension + instance.bias
    return [((*w, b)[:width], a) for w, b, a in zip(net.weights, net.biases, net.output, strict=True)]


def carried_neurons(instance: Any, case: int, values: Assignment) -> list[tuple[tuple[Any, ...], Any]]:
    """The same as the assignment has it, by the numbers of SPEC.md, section 4.2."""
    d, k, m = instance.dimension, instance.neurons, len(instance.samples)
    width = d + instance.bias
    first = k * (width + m) + m + k * d + (m if instance.clip else 0)
    steps = instance.activation == "threshold" and instance.output == "real"
    output = [values.reals[first + j] if steps else 1 if j < case else -1 for j in range(k)]
    return [(tuple(values.reals[j * width + t] for t in range(width)), output[j]) for j in range(k)]


def _holds(parts: Sequence[Sequence[Linear]], weights: Sequence[Any]) -> bool:
    return any(all(holds(linear, weights) for linear in part) for part in parts)
