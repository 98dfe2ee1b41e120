"""Small random graphs with a number, for the problems that are about one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

from relucert.reductions.graphs import Edges, Graph

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

G = TypeVar("G", bound=Graph)


def graphs(instance: Callable[[int, Edges, int], G], most: int, fewest: int = 0) -> SearchStrategy[G]:
    """Up to six vertices, some of them without edges; the number is at most `most`, or once in a while n + 1.

    fewest: edges for each vertex, where there is room for them.
    """
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> G:
        n = draw(st.integers(0, 6))
        pairs = list(combinations(range(n), 2))
        edges = (
            draw(st.lists(st.sampled_from(pairs), unique=True, min_size=min(len(pairs), fewest * n))) if pairs else []
        )
        number = draw(st.integers(0, most) | st.just(n + 1))
        return instance(n, tuple(sorted(edges)), number)

    return drawn()
