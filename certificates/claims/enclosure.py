"""`enclosure`: a quantity lies between two rationals. The checker computes a box around it, which must lie between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved, Statement
from relucert.certificates.evidence import Evidence
from relucert.certificates.kernel import Malformed, Rejected, Unsupported
from relucert.certificates.quantities import QUANTITIES, Effort
from relucert.reductions.exact import Rational, shorten
from relucert.reductions.json_text import dumps, json_int, rational_from_json
from relucert.reductions.parameters import Parameter, json_of, read_parameters


class Enclosure(Claim):
    kind = "enclosure"
    fields = ("quantity", "parameters", "bits", "terms", "low", "high")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        name, low, high = claim["quantity"], rational_from_json(claim["low"]), rational_from_json(claim["high"])
        if type(name) is not str:
            raise Malformed(f"{shorten(name)} is not the name of a quantity")
        if name not in QUANTITIES:
            raise Unsupported(f"the quantity {shorten(name)} is not in the catalogue of this checker")
        if low > high:
            raise Malformed(f"the ends are in the wrong order: {shorten(claim['low'])} > {shorten(claim['high'])}")
        quantity = QUANTITIES[name]
        arguments = arguments_of(quantity.parameters, claim["parameters"])
        effort = Effort(json_int(claim["bits"], "bits"), json_int(claim["terms"], "terms", 0))
        quantity.require(arguments, effort)
        evidence.meter.spend(quantity.work(arguments, effort))
        with evidence.meter.holding(quantity.words(effort)):
            box = quantity.box(arguments, effort)
        if not box.inside(low, high):
            apart = box.ends[1] < low or high < box.ends[0]
            raise Rejected(
                "the quantity lies outside"
                if apart
                else f"with {effort.bits} bits and {effort.terms} terms it is not seen that the quantity lies inside"
            )
        text = f"{quantity.meaning} is at least {_shown(low)} and at most {_shown(high)}"
        return Proved("HOLDS", None, dict(claim), statement=Statement(name, quantity.parameters, arguments, text))


def _shown(value: Rational) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def arguments_of(known: Mapping[str, Parameter], given: Any) -> dict[str, Any]:
    """The values of all parameters, which must stand there in canonical form."""
    if type(given) is not dict or given.keys() != known.keys():
        raise Malformed(f"the parameters are {', '.join(known) or 'none'}")
    arguments = read_parameters(known, given)
    if dumps(json_of(arguments)) != dumps(given):
        raise Malformed("the parameters are not in canonical form")
    return arguments


CLAIM = Enclosure()
