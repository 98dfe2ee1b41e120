"""`agreement`: two instances, perhaps of two problems, have the same answer, however one came from the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relucert.certificates.claim import Claim, Proved
from relucert.certificates.evidence import Evidence
from relucert.certificates.kernel import Malformed
from relucert.reductions.exact import shorten

LONGEST_REMARK = 1000  # characters


class Agreement(Claim):
    kind = "agreement"
    fields = ("source_problem", "source", "target_problem", "target", "answer", "remark")

    def check(self, claim: Mapping[str, Any], evidence: Evidence) -> Proved:
        answer = claim["answer"]
        if answer not in ("YES", "NO"):
            raise Malformed(f"the answer is YES or NO, not {shorten(answer)}")
        return check_sides(claim, evidence, (answer, answer), answer)


def check_sides(claim: Mapping[str, Any], evidence: Evidence, sides: tuple[str, str], answer: str) -> Proved:
    """Both instances, and the evidence for what is said of each; `answer` sums it up."""
    remark = claim["remark"]
    if type(remark) is not str or len(remark) > LONGEST_REMARK:
        raise Malformed(f"a remark is a text of at most {LONGEST_REMARK} characters")
    problem, other = evidence.problem(claim["source_problem"]), evidence.problem(claim["target_problem"])
    source, target = evidence.instance(problem, claim["source"]), evidence.instance(other, claim["target"])
    evidence.of("source", problem, source, sides[0])
    evidence.of("target", other, target, sides[1])
    return Proved(answer, problem, source, target_problem=other, target=target)


CLAIM = Agreement()
