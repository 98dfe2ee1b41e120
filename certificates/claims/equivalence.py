"""`equivalence`: a reduction maps the source instance to a target instance with the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.evidence import Evidence
from relucert.certificates.kernel import Malformed, Rejected
from relucert.reductions.exact import shorten
from relucert.reductions.json_text import dumps
from relucert.reductions.parameters import json_of
from relucert.reductions.reduction import AnyReduction


class Equivalence(Claim):
    kind = "equivalence"
    fields = ("reduction", "parameters", "source", "target_sha256", "answer")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        answer = claim["answer"]
        if answer not in ("YES", "NO"):
            raise Malformed(f"the answer is YES or NO, not {shorten(answer)}")
        r = stated_reduction(claim, evidence)
        source, *_, target = instances = evidence.images(r, evidence.instance(r.source, claim["source"]))
        if evidence.sha256(r.target, target) != claim["target_sha256"]:
            raise Rejected("the reduction gives another target than the one that was certified")
        side, aim = self.aim(r, source, evidence)
        if answer == "YES":
            of_source = evidence.witness("source", r.source, source)
            of_target = evidence.witness("target", r.target, target)
            if not evidence.maps_forward(r, instances, of_source):
                raise Rejected("the forward image of the source witness does not solve the target")
            if not evidence.maps_backward(r, instances, of_target, aim):
                raise Rejected(f"the backward image of the target witness does not solve the {side}")
        else:
            evidence.refutation(side, r.source, aim)
            evidence.refutation("target", r.target, target)
        return Proved(answer, r.source, source, r)

    def aim(self, r: AnyReduction, source: Any, evidence: Evidence) -> tuple[str, Any]:
        """What solutions of the target are mapped back to solutions of, and what has none on NO; and its side."""
        return "source", source


def stated_reduction(claim: Mapping[str, Any], evidence: Evidence) -> AnyReduction:
    """The reduction that a claim names, with its parameters in canonical form."""
    parameters = claim["parameters"]
    if type(parameters) is not dict:
        raise Malformed("the parameters of a reduction are an object")
    r = evidence.reduction(claim["reduction"], parameters)
    arguments = json_of(r.arguments)
    for name, value in parameters.items():
        if name not in arguments or dumps(value) != dumps(arguments[name]):
            raise Malformed(f"the parameter {shorten(name)} is not in canonical form")
    return r


CLAIM = Equivalence()
