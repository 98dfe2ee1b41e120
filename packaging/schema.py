"""Generate the JSON Schema of certificates: `python packaging/schema.py` prints it, `make schema` writes it.

What the lines look like stands in `lines.schema.json` beside this file; the shapes of instances, witnesses and
parameters come from the problems and the reductions themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from relucert.certificates.facts import FACTS
from relucert.certificates.families import FAMILIES
from relucert.certificates.quantities import BITS, QUANTITIES
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.parameters import Parameter
from relucert.reductions.shapes import NOT_NEGATIVE, Shape

LINES = Path(__file__).with_name("lines.schema.json")


def schema() -> Shape:
    """Of one line of a certificate."""
    found: Shape = json.loads(LINES.read_text(encoding="utf-8"))
    definitions = found["$defs"]
    for name, problem in PROBLEMS.items():
        definitions[f"{name}-instance"], definitions[f"{name}-witness"] = problem.instance_shape, problem.witness_shape
    definitions["any-instance"] = {"anyOf": [_reference(f"{name}-instance") for name in PROBLEMS]}
    definitions["any-witness"] = {"anyOf": [_reference(f"{name}-witness") for name in PROBLEMS]}
    definitions["decision"] |= _of_its_problem("problem", "instance")
    for claim in ("agreement", "disagreement"):
        sides = ("source", "target")
        definitions[claim]["allOf"] = [_of_its_problem(f"{side}_problem", side) for side in sides]
    definitions["bounds"]["properties"]["low"] = NOT_NEGATIVE
    for claim in ("equivalence", "promise"):
        definitions[claim]["allOf"] = [*map(_of_its_reduction, CATALOGUE)]
    definitions["enclosure"]["properties"]["bits"] |= {"minimum": BITS[0], "maximum": BITS[-1]}
    quantities = {name: quantity.parameters for name, quantity in QUANTITIES.items()}
    definitions["enclosure"]["oneOf"] = [*_of_its_parameters("quantity", quantities)]
    definitions["fact"]["oneOf"] = [
        *_of_its_parameters("fact", {name: fact.parameters for name, fact in FACTS.items()})
    ]
    definitions["sweep"]["oneOf"] = [*map(_of_its_family, FAMILIES)]
    definitions["sweep"]["properties"]["upto"] |= {"maximum": max(family.most for family in FAMILIES.values())}
    definitions["member-agreement"]["allOf"] = [_of_its_problem("target_problem", "target")]
    return found


def _of_its_family(name: str) -> Shape:
    """The member `family` is this one, and `problem` is one of its own, all of whose parameters are given."""
    problems = []
    for problem in FAMILIES[name].problems:
        shapes = {key: parameter.shape for key, parameter in PROBLEMS[problem].parameters.items()}
        given = {"properties": shapes, "required": [*shapes], "additionalProperties": False}
        problems.append({"properties": {"problem": {"const": problem}, "given": given}})
    return {"properties": {"family": {"const": name}}, "oneOf": problems}


def _of_its_parameters(kind: str, known: Mapping[str, Mapping[str, Parameter]]) -> Iterator[Shape]:
    """The member `kind` names one that is known, and all of its parameters are there."""
    for name, parameters in known.items():
        shapes = {key: parameter.shape for key, parameter in parameters.items()}
        given = {"properties": shapes, "required": [*shapes], "additionalProperties": False}
        yield {"properties": {kind: {"const": name}, "parameters": given}}


def _reference(name: str) -> Shape:
    return {"$ref": f"#/$defs/{name}"}


def _of_its_problem(problem: str, instance: str) -> Shape:
    """The member `problem` names one that is known, and the member `instance` has its shape."""
    return {
        "oneOf": [
            {"properties": {problem: {"const": name}, instance: _reference(f"{name}-instance")}} for name in PROBLEMS
        ]
    }


def _of_its_reduction(name: str) -> Shape:
    """The source and the parameters of a reduction that stands alone; those of a chain have any shape."""
    r = CATALOGUE[name]()
    parameters = {key: parameter.shape for key, parameter in r.parameters.items()}
    then = {
        "parameters": {"properties": parameters, "additionalProperties": False},
        "source": _reference(f"{r.source.name}-instance"),
    }
    return {"if": {"properties": {"reduction": {"const": name}}}, "then": {"properties": then}}


def text() -> str:
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
