"""Vertex Cover: reading, brute force, small random instances, further solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance
from relucert.verify.problems.graphs import graphs
from relucert.verify.problems.subsets import further_solutions, read_true_atoms, subsets

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

read = read_true_atoms(0, "vertices")
more = further_solutions(VERTEX_COVER, 0, lambda instance: instance.vertices)


def by_brute_force(instance: VertexCoverInstance) -> Vertices | None:
    covers = (c for c in subsets(range(instance.vertices)) if all(set(e).intersection(c) for e in instance.edges))
    smallest = next(covers)
    return smallest if len(smallest) <= instance.budget else None


def instances() -> SearchStrategy[VertexCoverInstance]:
    """With as many edges as vertices and a budget of up to two, a third and more are a NO."""
    return graphs(VertexCoverInstance, 2, fewest=1)
