"""`accepts`: the instance has a solution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.evidence import Evidence


class Accepts(Claim):
    kind = "accepts"
    fields = ("problem", "instance")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        problem = evidence.problem(claim["problem"])
        instance = evidence.instance(problem, claim["instance"])
        evidence.witness("instance", problem, instance)
        return Proved("YES", problem, instance)


CLAIM = Accepts()
