"""How dominating sets are found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from relucert.verify.provers.base import Model
from relucert.verify.search import Search
from relucert.verify.sweeps import listing
from relucert_dominating.trusted import DOMINATING_SET, PLUGIN, Dominating, DominatingSetInstance

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class DominatingSetSearch(Search[DominatingSetInstance, Dominating]):
    problem = DOMINATING_SET
    encoding = PLUGIN.encodings[0]
    families = ("neighbourhoods",)

    def witness(self, instance: DominatingSetInstance, case: int, model: Model) -> Dominating:
        return tuple(v for v in range(len(instance.neighbours)) if 1 + v in model.true)

    def candidates(self, instance: DominatingSetInstance) -> Iterable[Dominating]:
        vertices = range(len(instance.neighbours))
        return (chosen for size in range(len(vertices) + 1) for chosen in combinations(vertices, size))

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[DominatingSetInstance]:
        return (dominating_set(n, edges, **given) for n, edges in listing.graphs(upto))

    def instances(self) -> SearchStrategy[DominatingSetInstance]:
        """Up to five vertices; often fewer than two may be chosen, which makes a NO."""
        from hypothesis import strategies as st

        def with_edges(n: int) -> SearchStrategy[DominatingSetInstance]:
            pairs = list(combinations(range(n), 2))
            edges = st.sets(st.sampled_from(pairs)) if pairs else st.just(set())
            return st.builds(lambda edges, budget: dominating_set(n, edges, budget), edges, st.integers(0, 2))

        return st.integers(0, 5).flatmap(with_edges)


def dominating_set(n: int, edges: Iterable[tuple[int, int]], budget: int) -> DominatingSetInstance:
    rows = [{v} for v in range(n)]
    for u, v in edges:
        rows[u].add(v)
        rows[v].add(u)
    return DominatingSetInstance(tuple(tuple(sorted(row)) for row in rows), budget)


SEARCH = DominatingSetSearch()
