"""3-Satisfiability: the clauses as they are (SPEC.md, section 4.10)."""

from __future__ import annotations

from relucert.certificates.encodings.sat import SatisfiabilityEncoding
from relucert.reductions.problems.three_sat import THREE_SAT, ThreeSatInstance


class ThreeSatEncoding(SatisfiabilityEncoding[ThreeSatInstance]):
    problem = THREE_SAT


ENCODING = ThreeSatEncoding()
