"""What can be claimed: one kind of claims a file. This page is the list."""

from __future__ import annotations

from certificates.claim import Claim
from certificates.claims import accepts, equivalence, lemma, minimum, rejects

CLAIMS: dict[str, Claim] = {
    module.CLAIM.kind: module.CLAIM for module in (accepts, rejects, minimum, lemma, equivalence)
}
