"""`bounds`: the least possible loss is at most the threshold of the instance, and at least `low`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.evidence import Evidence
from relucert.certificates.kernel import Malformed
from relucert.reductions.json_text import rational_from_json


class Bounds(Claim):
    kind = "bounds"
    fields = ("problem", "instance", "low")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        problem, low = evidence.problem(claim["problem"]), rational_from_json(claim["low"])
        if problem.name != "training":
            raise Malformed(f"{problem.name} has no loss")
        instance = evidence.instance(problem, claim["instance"])
        other = replace(instance, threshold=low)  # raises InvalidInstance if it is negative
        evidence.witness("instance", problem, instance)
        if low:  # or else nothing is less
            evidence.refutation("below", problem, other, strictly_below=True)
        return Proved("YES", problem, instance, low=low)


CLAIM = Bounds()
