"""What can be claimed: one kind of claims a file. This page is the list."""

from __future__ import annotations

from relucert.certificates.claim import Claim
from relucert.certificates.claims import (
    accepts,
    agreement,
    bounds,
    disagreement,
    enclosure,
    equivalence,
    fact,
    lemma,
    minimum,
    promise,
    rejects,
    sweep,
)

CLAIMS: dict[str, Claim] = {
    module.CLAIM.kind: module.CLAIM
    for module in (
        accepts,
        rejects,
        minimum,
        bounds,
        lemma,
        equivalence,
        promise,
        agreement,
        disagreement,
        enclosure,
        fact,
        sweep,
    )
}
