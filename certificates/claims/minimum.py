"""`minimum`: the threshold of the instance is the least possible loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.evidence import Evidence


class Minimum(Claim):
    kind = "minimum"
    fields = ("problem", "instance")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        problem = evidence.problem(claim["problem"])
        instance = evidence.instance(problem, claim["instance"])
        evidence.witness("instance", problem, instance)
        evidence.refutation("below", problem, instance, strictly_below=True)
        return Proved("YES", problem, instance)


CLAIM = Minimum()
