"""Vertices in the order in which DSATUR colours them: the symmetry rule of an order breaks most on these.

Source: D. Brélaz, New methods to color the vertices of a graph, CACM 22 (1979).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, count


def by_saturation(vertices: Iterable[int], edges: Iterable[Sequence[int]], most: int) -> list[int]:
    """At most so many vertices of one component: next is the one that sees most colours, then that of most neighbours.

    Two vertices of a hyperedge are neighbours. Other components are left out, as they can be decided apart.
    """
    neighbors: dict[int, set[int]] = {v: set() for v in vertices}
    for e in edges:
        for u, v in combinations(e, 2):
            if u in neighbors and v in neighbors:
                neighbors[u].add(v)
                neighbors[v].add(u)
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
