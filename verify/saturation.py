"""Vertices to order colours by: the symmetry rule of an order breaks most on these.

In the order in which DSATUR colours them: cliques come first. Without triangles these are two vertices, and those with
most neighbours are better: half of the proof of the largest Mycielskians that were tried, a tenth less of random ones.

Source: D. Brélaz, New methods to color the vertices of a graph, CACM 22 (1979).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, count

MOST_LOOKS = 10**6  # for triangles; in a graph with more there are thought to be some

Neighbors = Mapping[int, set[int]]


def to_order_by(vertices: Iterable[int], edges: Iterable[Sequence[int]], most: int) -> list[int]:
    """At most so many vertices of one component; other components are left out, as they can be decided apart.

    Two vertices of a hyperedge are neighbours.
    """
    neighbors: dict[int, set[int]] = {v: set() for v in vertices}
    for e in edges:
        for u, v in combinations(e, 2):
            if u in neighbors and v in neighbors:
                neighbors[u].add(v)
                neighbors[v].add(u)
    return by_saturation(neighbors, most) if has_triangle(neighbors) else by_degree(neighbors, most)


def has_triangle(neighbors: Neighbors) -> bool:
    edges = [(u, v) for u, others in neighbors.items() for v in others if u < v]
    if sum(min(len(neighbors[u]), len(neighbors[v])) for u, v in edges) > MOST_LOOKS:
        return True
    return not all(neighbors[u].isdisjoint(neighbors[v]) for u, v in edges)


def by_saturation(neighbors: Neighbors, most: int) -> list[int]:
    """Next is the one that sees most colours, then that of most neighbours."""
    seen: dict[int, set[int]] = {v: set() for v in neighbors}
    order: list[int] = []
    while seen and len(order) < most:
        v = max(seen, key=lambda u: (len(seen[u]), len(neighbors[u]), -u))
        colors = seen.pop(v)
        if order and not colors:
            break
        order.append(v)
        color = next(c for c in count() if c not in colors)
        for u in neighbors[v] & seen.keys():
            seen[u].add(color)
    return order


def by_degree(neighbors: Neighbors, most: int) -> list[int]:
    """Those of most neighbours, in the component of the first one."""
    ordered = sorted(neighbors, key=lambda u: (-len(neighbors[u]), u))
    reached, pending = set(ordered[:1]), ordered[:1]
    while pending:
        new = neighbors[pending.pop()] - reached
        reached |= new
        pending += new
    return [v for v in ordered if v in reached][:most]
