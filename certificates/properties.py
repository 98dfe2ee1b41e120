"""Properties of solutions, as the claim `lemma` states them: say, that a neuron has one of these slopes.

A property is data: a conjunction of disjunctions of conjunctions of linear inequalities in the variables that the
encoding of the problem allows.
"""

from __future__ import annotations

from typing import Any

from relucert.certificates.kernel import Formula, Linear, Malformed, linear_from_json, linear_to_json
from relucert.reductions.json_text import json_list

Property = tuple[tuple[tuple[Linear, ...], ...], ...]


def property_from_json(data: Any, variables: range) -> Property:
    """Read a property of these variables."""
    claimed = tuple(
        tuple(tuple(map(linear_from_json, json_list(part, "property"))) for part in json_list(parts, "property"))
        for parts in json_list(data, "property")
    )
    if any(v not in variables for parts in claimed for part in parts for linear in part for v, _ in linear.terms):
        known = f"the variables are 0 to {len(variables) - 1}" if variables else "there are no variables"
        raise Malformed(f"property: {known}")
    return claimed


def property_to_json(claimed: Property) -> Any:
    return [[[linear_to_json(linear) for linear in part] for part in parts] for parts in claimed]


def property_terms(claimed: Property) -> int:
    """How many parts, inequalities and terms a property has."""
    linears = [linear for parts in claimed for part in parts for linear in part]
    return sum(map(len, claimed)) + len(claimed) + sum(1 + len(linear.terms) for linear in linears)


def add_exception(formula: Formula, claimed: Property) -> None:
    """The property fails: some disjunction does, in each of whose parts some inequality is false."""
    fails = [formula.new_atom() for _ in claimed]
    formula.add_clause(*fails)
    for atom, parts in zip(fails, claimed, strict=True):
        for part in parts:
            formula.add_clause(-atom, *(-formula.new_atom(linear) for linear in part))
