"""What is swept: families of small instances. This page is the list."""

from __future__ import annotations

from typing import Any

from relucert.certificates.families.family import Family
from relucert.reductions.listed import Listed, Wanted


def _family(wanted: Wanted) -> Family[Any]:
    found: Family[Any]
    if wanted("graphs"):
        from relucert.certificates.families.sets import GRAPHS as found
    elif wanted("hypergraphs"):
        from relucert.certificates.families.sets import HYPERGRAPHS as found
    elif wanted("set-systems"):
        from relucert.certificates.families.sets import SET_SYSTEMS as found
    elif wanted("triples"):
        from relucert.certificates.families.sets import TRIPLES as found
    elif wanted("formulas"):
        from relucert.certificates.families.formulas import FORMULAS as found
    elif wanted("coloured-graphs"):
        from relucert.certificates.families.coloured_graphs import COLOURED_GRAPHS as found
    elif wanted("points-on-a-line"):
        from relucert.certificates.families.points import ON_A_LINE as found
    elif wanted("points-in-a-square"):
        from relucert.certificates.families.points import IN_A_SQUARE as found
    else:
        raise KeyError
    return found


FAMILIES = Listed(_family)
