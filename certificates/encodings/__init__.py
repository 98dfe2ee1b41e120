"""Why a NO is true: one encoding a problem. This page is the list."""

from __future__ import annotations

from typing import Any

from relucert.certificates.encoding import Encoding
from relucert.reductions.listed import Listed, Wanted


def _encoding(wanted: Wanted) -> Encoding[Any, Any]:
    found: Encoding[Any, Any]
    if wanted("training"):
        from relucert.certificates.encodings.training import ENCODING as found
    elif wanted("hypergraph-coloring"):
        from relucert.certificates.encodings.coloring import ENCODING as found
    elif wanted("set-cover"):
        from relucert.certificates.encodings.set_cover import ENCODING as found
    elif wanted("monotone-circuit"):
        from relucert.certificates.encodings.monotone_circuit import ENCODING as found
    elif wanted("densest-subgraph"):
        from relucert.certificates.encodings.densest_subgraph import ENCODING as found
    elif wanted("one-in-three"):
        from relucert.certificates.encodings.one_in_three import ENCODING as found
    elif wanted("two-hyperplane-separability"):
        from relucert.certificates.encodings.separability import ENCODING as found
    elif wanted("two-hyperplane-strip"):
        from relucert.certificates.encodings.strip import ENCODING as found
    elif wanted("multicolored-clique"):
        from relucert.certificates.encodings.multicolored_clique import ENCODING as found
    elif wanted("sat"):
        from relucert.certificates.encodings.sat import ENCODING as found
    elif wanted("three-sat"):
        from relucert.certificates.encodings.three_sat import ENCODING as found
    elif wanted("vertex-cover"):
        from relucert.certificates.encodings.vertex_cover import ENCODING as found
    elif wanted("clique"):
        from relucert.certificates.encodings.clique import ENCODING as found
    elif wanted("independent-set"):
        from relucert.certificates.encodings.independent_set import ENCODING as found
    elif wanted("max-cut"):
        from relucert.certificates.encodings.max_cut import ENCODING as found
    elif wanted("sat-groups"):
        from relucert.certificates.encodings.sat_groups import ENCODING as found
    elif wanted("sign-cnn"):
        from relucert.certificates.encodings.sign_cnn import ENCODING as found
    elif wanted("random-network-fit"):
        from relucert.certificates.encodings.random_network import ENCODING as found
    elif wanted("random-cnn-fit"):
        from relucert.certificates.encodings.random_cnn import ENCODING as found
    else:
        raise KeyError
    return found


ENCODINGS = Listed(_encoding)
