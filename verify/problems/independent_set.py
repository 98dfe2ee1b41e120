"""Independent Set: brute force and small random instances."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from relucert.certificates.encodings.independent_set import ENCODING
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.independent_set import INDEPENDENT_SET, IndependentSetInstance
from relucert.verify.graphs import VertexSearch, graphs

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class IndependentSetSearch(VertexSearch[IndependentSetInstance]):
    problem = INDEPENDENT_SET
    encoding = ENCODING

    def by_brute_force(self, instance: IndependentSetInstance) -> Vertices | None:
        sets = combinations(range(instance.vertices), instance.size)
        return next((chosen for chosen in sets if not any(e in instance.edges for e in combinations(chosen, 2))), None)

    def instances(self) -> SearchStrategy[IndependentSetInstance]:
        """Of up to four wanted vertices, a third and more are not there."""
        return graphs(IndependentSetInstance, 4)


SEARCH = IndependentSetSearch()
