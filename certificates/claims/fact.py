"""`fact`: a statement that the checker verifies by computation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved, Statement
from relucert.certificates.claims.enclosure import arguments_of
from relucert.certificates.evidence import Evidence
from relucert.certificates.facts import FACTS
from relucert.certificates.kernel import Malformed, Rejected, Unsupported
from relucert.reductions.exact import shorten


class FactHolds(Claim):
    kind = "fact"
    fields = ("fact", "parameters")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        name = claim["fact"]
        if type(name) is not str:
            raise Malformed(f"{shorten(name)} is not the name of a fact")
        if name not in FACTS:
            raise Unsupported(f"the fact {shorten(name)} is not in the catalogue of this checker")
        fact = FACTS[name]
        arguments = arguments_of(fact.parameters, claim["parameters"])
        fact.require(arguments)
        work = fact.work(arguments)
        evidence.meter.spend(work)
        with evidence.meter.holding(work // 2):
            if not fact.holds(arguments):
                raise Rejected(f"this does not hold: {fact.meaning}")
        return Proved("HOLDS", None, dict(claim), statement=Statement(name, fact.parameters, arguments, fact.meaning))


CLAIM = FactHolds()
