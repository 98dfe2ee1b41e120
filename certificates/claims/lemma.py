"""`lemma`: every solution of the instance has a property. Encodings opt into it, see `Encoding.exceptions`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.evidence import Evidence


class Lemma(Claim):
    kind = "lemma"
    fields = ("problem", "instance", "property")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        problem = evidence.problem(claim["problem"])
        instance = evidence.instance(problem, claim["instance"])
        evidence.exceptions(problem, instance, claim["property"])
        return Proved("HOLDS", problem, instance)


CLAIM = Lemma()
