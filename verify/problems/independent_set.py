"""Independent Set: reading, brute force, small random instances, further solutions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from relucert.reductions.graphs import Vertices
from relucert.reductions.problems.independent_set import INDEPENDENT_SET, IndependentSetInstance
from relucert.verify.problems.graphs import graphs
from relucert.verify.problems.subsets import further_solutions, read_true_atoms

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

read = read_true_atoms(0, "vertices")
more = further_solutions(INDEPENDENT_SET, 0, lambda instance: instance.vertices)


def by_brute_force(instance: IndependentSetInstance) -> Vertices | None:
    sets = combinations(range(instance.vertices), instance.size)
    return next((chosen for chosen in sets if not any(e in instance.edges for e in combinations(chosen, 2))), None)


def instances() -> SearchStrategy[IndependentSetInstance]:
    """Of up to four wanted vertices, a third and more are not there."""
    return graphs(IndependentSetInstance, 4)
