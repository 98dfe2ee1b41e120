"""Vertex Cover: brute force and small random instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relucert.certificates.encodings.vertex_cover import ENCODING
from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance
from relucert.verify.graphs import VertexSearch, graphs
from relucert.verify.subsets import subsets

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class VertexCoverSearch(VertexSearch[VertexCoverInstance]):
    problem = VERTEX_COVER
    encoding = ENCODING

    def by_brute_force(self, instance: VertexCoverInstance) -> Vertices | None:
        covers = (c for c in subsets(range(instance.vertices)) if all(set(e).intersection(c) for e in instance.edges))
        smallest = next(covers)
        return smallest if len(smallest) <= instance.budget else None

    def instances(self) -> SearchStrategy[VertexCoverInstance]:
        """With as many edges as vertices and a budget of up to two, a third and more are a NO."""
        return graphs(VertexCoverInstance, 2, fewest=1, usual=2)


SEARCH = VertexCoverSearch()
