"""`equivalence`: a reduction maps the source instance to a target instance with the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.evidence import Evidence
from relucert.certificates.kernel import Malformed, Rejected, integer
from relucert.reductions import reduction
from relucert.reductions.core import shorten


class Equivalence(Claim):
    kind = "equivalence"
    fields = ("reduction", "parameters", "source", "target_sha256", "answer")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        name, parameters, answer = claim["reduction"], claim["parameters"], claim["answer"]
        if type(name) is not str or type(parameters) is not dict:
            raise Malformed("the reduction is a name, its parameters are an object")
        if answer not in ("YES", "NO"):
            raise Malformed(f"the answer is YES or NO, not {shorten(answer)}")
        r = reduction(name, {key: integer(value) for key, value in parameters.items()})
        source = evidence.instance(r.source, claim["source"])
        target = evidence.target(r, source)
        if evidence.sha256(r.target, target) != claim["target_sha256"]:
            raise Rejected("the reduction gives another target than the one that was certified")
        of_source = evidence.of("source", r.source, source, answer)
        of_target = evidence.of("target", r.target, target, answer)
        if answer == "YES":
            forward = r.work(source, witness=of_source)
            if not evidence.maps(r.target, target, forward, lambda: r.forward(source, of_source)):
                raise Rejected("the forward image of the source witness does not solve the target")
            backward = r.work(source, image=of_target)
            if not evidence.maps(r.source, source, backward, lambda: r.backward(source, of_target)):
                raise Rejected("the backward image of the target witness does not solve the source")
        return Proved(answer, r.source, source, name)


CLAIM = Equivalence()
