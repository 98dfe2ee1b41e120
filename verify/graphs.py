"""What problems share that choose so many vertices of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeVar

from relucert.certificates.kernel import Formula, Step
from relucert.reductions.graphs import Edges, Graph, VertexSetProblem
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.packing import by_counting
from relucert.verify.subsets import SubsetSearch
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

G = TypeVar("G", bound=Graph)


class VertexSearch(SubsetSearch[G]):
    """The search of a problem about choosing vertices, certain pairs of which exclude each other."""

    families = ("graphs",)

    def items(self, instance: G) -> range:
        return range(instance.vertices)

    def derive(self, instance: G, case: int, formula: Formula, deadline: Deadline) -> tuple[Formula, Sequence[Step]]:
        return by_counting(instance, case, formula, deadline)

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[G]:
        problem = self.problem
        assert isinstance(problem, VertexSetProblem)
        return (problem.instance(n, edges, **given) for n, edges in listing.graphs(upto))


def graphs(instance: Callable[[int, Edges, int], G], most: int, fewest: int = 0, usual: int = 1) -> SearchStrategy[G]:
    """Up to six vertices, some of them without edges; the number is at most `most`, or n + 1.

    fewest: edges for each vertex, where there is room for them. usual: how often the number is at most `most` for each
    time that it is n + 1.
    """
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> G:
        n = draw(st.integers(0, 6))
        pairs = list(combinations(range(n), 2))
        edges = (
            draw(st.lists(st.sampled_from(pairs), unique=True, min_size=min(len(pairs), fewest * n))) if pairs else []
        )
        number = draw(st.integers(0, most)) if draw(st.integers(0, usual)) < usual else n + 1
        return instance(n, tuple(sorted(edges)), number)

    return drawn()
