"""`promise`: a reduction keeps a gap: YES of the source is YES of the target, NO of the promised source a NO of it."""

from __future__ import annotations

from typing import Any

from relucert.certificates.claims.equivalence import Equivalence
from relucert.certificates.evidence import Evidence
from relucert.reductions.reduction import AnyReduction


class Promise(Equivalence):
    kind = "promise"

    def aim(self, r: AnyReduction, source: Any, evidence: Evidence) -> tuple[str, Any]:
        return "promised", evidence.promised(r, source)


CLAIM = Promise()
