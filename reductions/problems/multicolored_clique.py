"""Multicoloured Clique: does a graph have a clique with one vertex of every colour?

Source: Fellows, Hermelin, Rosamond, Vialette 2009 (W[1]-hard with respect to the number κ of colours); Froese,
Hertrich, NeurIPS 2023, Section 5.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations, groupby, pairwise
from typing import Any

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted, lines
from relucert.reductions.json_text import is_json, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.problems.graph_formats import Graph, merged, read_graph

Clique = tuple[int, ...]
Edges = tuple[tuple[int, int], ...]


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
    distinct: Any = tuple(e for e, _ in groupby(sorted(tuple(sorted(e)) for e in edges)))
    return MulticoloredCliqueInstance(tuple(colors), distinct)  # checks that they are pairs


class MulticoloredClique(Problem[MulticoloredCliqueInstance, Clique]):
    """Decide whether there is a clique with one vertex of every colour. The witness lists its vertices by colour.

    >>> triangle = multicolored_clique([0, 1, 1, 2], [(0, 1), (0, 2), (0, 3), (1, 3)])
    >>> [MULTICOLORED_CLIQUE.accepts(triangle, chosen) for chosen in ((0, 1, 3), (0, 2, 3))]
    [True, False]
    """

    name = "multicolored-clique"
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

    def instance_to_json(self, instance: MulticoloredCliqueInstance) -> Any:
        return {"colors": list(instance.colors), "edges": [list(e) for e in instance.edges]}

    def instance_from_json(self, data: Any) -> MulticoloredCliqueInstance:
        return MulticoloredCliqueInstance(*_parts(data))

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
            colors, edges = _parts(loads(text))
            for i, (u, v) in enumerate(edges):
                if u == v or max(u, v) >= len(colors):
                    raise InvalidInstance(f"edge {i}: expected two distinct vertices within 0..{len(colors) - 1}")
        else:
            graph, colors, edges = _read_dimacs(text)
            kind, remarks = graph.format, graph.remarks
        instance = multicolored_clique(colors, edges)
        content = f"{counted(instance.vertices, 'vertex', 'vertices')}, {counted(len(instance.edges), 'edge')}"
        content += f", {counted(instance.kappa, 'colour')}"
        remarks = [*remarks, *merged(len(edges) - len(instance.edges))]
        return Parsed(kind, content, partial(MulticoloredCliqueInstance, instance.colors, instance.edges), {}, remarks)


def _parts(data: Any) -> tuple[tuple[int, ...], Edges]:
    data = json_fields(data, {"colors", "edges"})
    colors = tuple(json_int(c, f"vertex {v}: colour", 0) for v, c in enumerate(json_list(data["colors"], "colors")))
    return colors, tuple(_edge(e, i) for i, e in enumerate(json_list(data["edges"], "edges")))


def _edge(data: Any, i: int) -> tuple[int, int]:
    ends = [json_int(v, f"edge {i}: vertex", 0) for v in json_list(data, f"edge {i}")]
    if len(ends) != 2:
        raise InvalidInstance(f"edge {i} has {len(ends)} vertices instead of two")
    return ends[0], ends[1]


def _read_dimacs(text: str) -> tuple[Graph, tuple[int, ...], Edges]:
    """The graph, its colours, and its edges. The lines of the colours are comments to `read_graph`."""
    rows = lines(text)
    kinds = ["".join(row.split()[:1]) for row in rows]
    graph = read_graph("\n".join("c" if kind == "n" else row for kind, row in zip(kinds, rows, strict=True)), ".col")
    n = graph.vertices
    colors: dict[int, int] = {}
    for number, row in enumerate(rows, 1):
        if kinds[number - 1] == "n":
            try:
                v, c = _colored(row, n)
                if v in colors:
                    raise InvalidInstance(f"vertex {v} has a second colour")
            except InvalidInstance as problem:
                raise InvalidInstance(f"line {number}: {problem}") from None
            colors[v] = c
    for v in range(1, n + 1):
        if v not in colors:
            raise InvalidInstance(f"vertex {v} has no colour: the line 'n {v} COLOUR' is missing")
    kappa = max(colors.values(), default=0)
    if unused := set(range(1, kappa + 1)).difference(colors.values()):
        raise InvalidInstance(f"colour {min(unused)} of 1..{kappa} has no vertex")
    edges = tuple((u, v) for u, v in graph.edges)
    for number, (u, v) in zip((i for i, kind in enumerate(kinds, 1) if kind == "e"), edges, strict=True):
        if colors[u + 1] == colors[v + 1]:
            raise InvalidInstance(f"line {number}: both ends of this edge have the colour {colors[u + 1]}")
    return graph, tuple(colors[v] - 1 for v in range(1, n + 1)), edges


def _colored(line: str, n: int) -> tuple[int, int]:
    """The vertex and the colour of a line 'n VERTEX COLOUR'."""
    words = line.split()[1:]
    if len(words) != 2 or not all(word.isascii() and word.isdigit() and len(word) <= 18 for word in words):
        raise InvalidInstance(f"expected n VERTEX COLOUR, not {shorten(line)}")
    v, c = map(int, words)
    if not 1 <= v <= n:
        raise InvalidInstance(f"vertex {v} is outside 1..{n}")
    if not 1 <= c <= n:  # every colour needs a vertex
        raise InvalidInstance(f"colour {c} is outside 1..{n}")
    return v, c


MULTICOLORED_CLIQUE = MulticoloredClique()
