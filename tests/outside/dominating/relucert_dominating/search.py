"""How dominating sets are found."""

from __future__ import annotations

from itertools import combinations

from relucert.verify.provers.base import Model
from relucert.verify.search import Search
from relucert_dominating.trusted import DOMINATING_SET, PLUGIN, Dominating, DominatingSetInstance


class DominatingSetSearch(Search[DominatingSetInstance, Dominating]):
    problem = DOMINATING_SET
    encoding = PLUGIN.encodings[0]

    def witness(self, instance: DominatingSetInstance, case: int, model: Model) -> Dominating:
        return tuple(v for v in range(len(instance.neighbours)) if 1 + v in model.true)

    def by_brute_force(self, instance: DominatingSetInstance) -> Dominating | None:
        vertices = range(len(instance.neighbours))
        chosen = (c for size in range(min(instance.budget, len(vertices)) + 1) for c in combinations(vertices, size))
        return next((c for c in chosen if DOMINATING_SET.accepts(instance, c)), None)


SEARCH = DominatingSetSearch()
