"""`disagreement`: two instances have opposite answers, or what is said to be the image of a solution solves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.claims.agreement import check_sides
from relucert.certificates.evidence import Evidence
from relucert.certificates.kernel import Malformed
from relucert.reductions.exact import shorten

SIDES = (("YES", "NO"), ("NO", "YES"), ("YES", "FAILS"), ("FAILS", "YES"))


class Disagreement(Claim):
    kind = "disagreement"
    fields = ("source_problem", "source", "target_problem", "target", "sides", "remark")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        for sides in SIDES:
            if claim["sides"] == list(sides):
                return check_sides(claim, evidence, sides, "/".join(sides))
        raise Malformed(f"of the sides one is YES, and the other NO or FAILS, not {shorten(claim['sides'])}")


CLAIM = Disagreement()
