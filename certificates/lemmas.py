"""The claim `lemma`: every network that fits the samples has this property, say, one of these slopes.

A property is data: a conjunction of disjunctions of conjunctions of linear inequalities in the weights and biases.
"""

from __future__ import annotations

from typing import Any

from certificates.encodings import weight_variable
from certificates.kernel import Formula, Linear, Malformed, Rejected, linear_from_json, linear_to_json
from reductions.core import json_list
from reductions.problems.training import TrainingInstance

Property = tuple[tuple[tuple[Linear, ...], ...], ...]


def property_from_json(instance: TrainingInstance, data: Any) -> Property:
    """Read a property; its variables are those of `weight_variable`."""
    claimed = tuple(
        tuple(tuple(map(linear_from_json, json_list(part, "property"))) for part in json_list(parts, "property"))
        for parts in json_list(data, "property")
    )
    weights = weight_variable(instance, instance.neurons, 0)
    if any(v >= weights for parts in claimed for part in parts for linear in part for v, _ in linear.terms):
        raise Malformed(f"property: the weights are the variables 0 to {weights - 1}")
    return claimed


def property_to_json(claimed: Property) -> Any:
    return [[[linear_to_json(linear) for linear in part] for part in parts] for parts in claimed]


def add_exception(formula: Formula, claimed: Property) -> None:
    """The property fails: some disjunction does, in each of whose parts some inequality is false."""
    fails = [formula.new_atom() for _ in claimed]
    formula.add_clause(*fails)
    for atom, parts in zip(fails, claimed, strict=True):
        for part in parts:
            formula.add_clause(-atom, *(-formula.new_atom(linear) for linear in part))


def require_invariant(instance: TrainingInstance, positive: int, claimed: Property) -> None:
    """The symmetry rule renames neurons of equal sign; that must turn the property into itself, as a set."""
    width = instance.dimension + instance.bias

    def exchanged(j: int) -> frozenset[frozenset[frozenset[Linear]]]:
        shift = {j: width, j + 1: -width}

        def of(linear: Linear) -> Linear:
            terms = sorted((v + shift.get(v // width, 0), a) for v, a in linear.terms)
            return Linear(tuple(terms), linear.bound, linear.strict)

        return frozenset(frozenset(frozenset(map(of, part)) for part in parts) for parts in claimed)

    same = exchanged(instance.neurons)
    for j in range(instance.neurons - 1):
        if j + 1 != positive and exchanged(j) != same:
            raise Rejected(f"symmetry: the property changes if the neurons {j} and {j + 1} are exchanged")
