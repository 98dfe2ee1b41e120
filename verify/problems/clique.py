"""Clique: brute force and small random instances."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from relucert.certificates.encodings.clique import ENCODING
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.clique import CLIQUE, CliqueInstance
from relucert.verify.graphs import VertexSearch, graphs

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class CliqueSearch(VertexSearch[CliqueInstance]):
    problem = CLIQUE
    encoding = ENCODING

    def by_brute_force(self, instance: CliqueInstance) -> Vertices | None:
        sets = combinations(range(instance.vertices), instance.size)
        return next((chosen for chosen in sets if all(e in instance.edges for e in combinations(chosen, 2))), None)

    def instances(self) -> SearchStrategy[CliqueInstance]:
        """Of up to four wanted vertices, a third and more are not there."""
        return graphs(CliqueInstance, 4)


SEARCH = CliqueSearch()
