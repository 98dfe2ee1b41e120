"""What can be claimed: one kind of claims a file. This page is the list."""

from __future__ import annotations

from relucert.certificates.claim import Claim
from relucert.reductions.listed import Listed, Wanted


def _claim(wanted: Wanted) -> Claim:
    found: Claim
    if wanted("accepts"):
        from relucert.certificates.claims.accepts import CLAIM as found
    elif wanted("rejects"):
        from relucert.certificates.claims.rejects import CLAIM as found
    elif wanted("minimum"):
        from relucert.certificates.claims.minimum import CLAIM as found
    elif wanted("bounds"):
        from relucert.certificates.claims.bounds import CLAIM as found
    elif wanted("lemma"):
        from relucert.certificates.claims.lemma import CLAIM as found
    elif wanted("equivalence"):
        from relucert.certificates.claims.equivalence import CLAIM as found
    elif wanted("promise"):
        from relucert.certificates.claims.promise import CLAIM as found
    elif wanted("agreement"):
        from relucert.certificates.claims.agreement import CLAIM as found
    elif wanted("disagreement"):
        from relucert.certificates.claims.disagreement import CLAIM as found
    elif wanted("enclosure"):
        from relucert.certificates.claims.enclosure import CLAIM as found
    elif wanted("fact"):
        from relucert.certificates.claims.fact import CLAIM as found
    elif wanted("sweep"):
        from relucert.certificates.claims.sweep import CLAIM as found
    else:
        raise KeyError
    return found


CLAIMS = Listed(_claim)
