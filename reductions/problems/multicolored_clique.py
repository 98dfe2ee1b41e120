"""Multicoloured Clique: does a graph have a clique with one vertex of every colour?

Source: Fellows, Hermelin, Rosamond, Vialette 2009 (W[1]-hard with respect to the number κ of colours); Froese,
Hertrich, NeurIPS 2023, Section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations, pairwise
from typing import Any

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.colored_graphs import read_colored_graph
from relucert.reductions.formats.graphs import Edges, distinct, edges_between, edges_from_json, merged
from relucert.reductions.json_text import is_json, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import NATURAL, NUMBERS, PAIRS, described, listed, members

Clique = tuple[int, ...]


@dataclass(frozen=True)
class MulticoloredCliqueInstance:
    """The colour of every vertex 0, …, n − 1; edges (u, v) with u < v, distinct and sorted.

    There are κ ≥ 1 colours 0, …, κ − 1, each of some vertex. The ends of an edge have different colours: edges inside a
    colour are in no such clique.
    """

    colors: tuple[int, ...]
    edges: Edges

    def __post_init__(self) -> None:
        if not self.colors:
            raise InvalidInstance("there is no vertex, and so no colour")
        for v, c in enumerate(self.colors):
            if not 0 <= c < self.vertices:
                raise InvalidInstance(f"vertex {v}: colour {shorten(c)} is outside 0..{self.vertices - 1}")
        if unused := set(range(self.kappa)).difference(self.colors):
            raise InvalidInstance(f"colour {min(unused)} of 0..{self.kappa - 1} has no vertex")
        for e in self.edges:
            if len(e) != 2 or not 0 <= e[0] < e[1] < self.vertices:
                most = self.vertices - 1
                raise InvalidInstance(f"edge {shorten(list(e))}: expected two vertices, increasing within 0..{most}")
            if self.colors[e[0]] == self.colors[e[1]]:
                raise InvalidInstance(f"edge {list(e)}: both ends have the colour {self.colors[e[0]]}")
        for e, later in pairwise(self.edges):
            if not e < later:
                raise InvalidInstance(f"edge {list(later)} stands twice or out of order")

    @property
    def vertices(self) -> int:
        return len(self.colors)

    @property
    def kappa(self) -> int:
        return max(self.colors) + 1

    def classes(self) -> list[list[int]]:
        """The vertices of every colour."""
        members: list[list[int]] = [[] for _ in range(self.kappa)]
        for v, c in enumerate(self.colors):
            members[c].append(v)
        return members

    def missing_edges(self) -> Iterator[tuple[int, int]]:
        """The pairs u < v of different colours that are no edge, in order."""
        edges = iter(self.edges)  # in the same order
        edge = next(edges, None)
        for u, v in combinations(range(self.vertices), 2):
            if (u, v) == edge:
                edge = next(edges, None)
            elif self.colors[u] != self.colors[v]:
                yield u, v

    @property
    def missing(self) -> int:
        """The number of missing edges, without listing them."""
        inside = sum(size * (size - 1) // 2 for size in Counter(self.colors).values())
        return self.vertices * (self.vertices - 1) // 2 - inside - len(self.edges)


def multicolored_clique(colors: Iterable[int], edges: Iterable[Iterable[int]]) -> MulticoloredCliqueInstance:
    """An instance from edges in any order, repeated or not.

    >>> multicolored_clique([0, 1, 1], [(1, 0), (0, 1), (2, 0)]).edges
    ((0, 1), (0, 2))
    """
    return MulticoloredCliqueInstance(tuple(colors), distinct(edges))


class MulticoloredClique(Problem[MulticoloredCliqueInstance, Clique]):
    """Decide whether there is a clique with one vertex of every colour. The witness lists its vertices by colour.

    >>> triangle = multicolored_clique([0, 1, 1, 2], [(0, 1), (0, 2), (0, 3), (1, 3)])
    >>> [MULTICOLORED_CLIQUE.accepts(triangle, chosen) for chosen in ((0, 1, 3), (0, 2, 3))]
    [True, False]
    """

    name = "multicolored-clique"
    instance_shape = members(colors=listed(NATURAL, 1), edges=PAIRS)
    witness_shape = described("The vertices of the clique in the order of their colours.", NUMBERS)
    items = "colors"

    def accepts(self, instance: MulticoloredCliqueInstance, witness: Clique) -> bool:
        n = instance.vertices
        if [instance.colors[v] if 0 <= v < n else None for v in witness] != [*range(instance.kappa)]:
            raise InvalidInstance(f"a clique lists one vertex of each of the {instance.kappa} colours, in their order")
        inside, kappa = set(witness), len(witness)
        return sum(u in inside and v in inside for u, v in instance.edges) == kappa * (kappa - 1) // 2

    def work(self, instance: MulticoloredCliqueInstance, witness: Clique) -> int:
        return 20 + 3 * len(witness) + 2 * len(instance.colors) + 2 * len(instance.edges)

    def size(self, instance: MulticoloredCliqueInstance) -> Size:
        """Vertices, edges and colours."""
        n, edges = instance.vertices, len(instance.edges)
        words = OBJECT + TUPLE * (edges + 2) + INTEGER * (n + 2 * edges)
        return Size({"vertices": n, "edges": edges, "colors": instance.kappa}, words)

    def sought(self, instance: MulticoloredCliqueInstance) -> str:
        kappa = counted(len(set(instance.colors)), "colour")
        return (
            f"clique of the {counted(len(instance.colors), 'vertex', 'vertices')} has one vertex of each of the {kappa}"
        )

    def instance_to_json(self, instance: MulticoloredCliqueInstance) -> Any:
        return {"colors": list(instance.colors), "edges": [list(e) for e in instance.edges]}

    def instance_from_json(self, data: Any) -> MulticoloredCliqueInstance:
        data = json_fields(data, {"colors", "edges"})
        return MulticoloredCliqueInstance(_colors(data["colors"]), edges_from_json(data["edges"]))

    def witness_to_json(self, witness: Clique) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Clique:
        return tuple(json_int(v, "vertex", 0) for v in json_list(data, "clique"))

    def parse(self, text: str, suffix: str) -> Parsed[MulticoloredCliqueInstance]:
        """DIMACS .col with a line 'n VERTEX COLOUR' for every vertex, or JSON {"colors": […], "edges": [[u, v], …]}.

        In DIMACS vertices and colours are numbered from 1, in JSON from 0.
        """
        if is_json(text, suffix):
            kind, remarks = "JSON", list[str]()
            data = json_fields(loads(text), {"colors", "edges"})
            colors = _colors(data["colors"])
            edges = edges_between(data["edges"], len(colors))
        else:
            graph, colors = read_colored_graph(text)
            kind, edges, remarks = graph.format, graph.edges, graph.remarks
        instance = multicolored_clique(colors, edges)
        content = f"{counted(instance.vertices, 'vertex', 'vertices')}, {counted(len(instance.edges), 'edge')}"
        content += f", {counted(instance.kappa, 'colour')}"
        remarks = [*remarks, *merged(len(edges) - len(instance.edges))]
        return Parsed(kind, content, partial(MulticoloredCliqueInstance, instance.colors, instance.edges), {}, remarks)


def _colors(data: Any) -> tuple[int, ...]:
    return tuple(json_int(c, f"vertex {v}: colour", 0) for v, c in enumerate(json_list(data, "colors")))


MULTICOLORED_CLIQUE = MulticoloredClique()
