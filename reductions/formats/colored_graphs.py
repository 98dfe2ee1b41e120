"""DIMACS .col with a line `n VERTEX COLOUR` for every vertex, of the colours 1, …, κ; edges join different ones."""

from __future__ import annotations

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import lines
from relucert.reductions.formats.graphs import GraphText, read_graph


def read_colored_graph(text: str) -> tuple[GraphText, tuple[int, ...]]:
    """The graph and the colours of its vertices, numbered from 0. Raises InvalidInstance with the line number."""
    rows = lines(text)
    kinds = ["".join(row.split()[:1]) for row in rows]
    # the lines of the colours are comments to `read_graph`
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
    for number, (u, v) in zip((i for i, kind in enumerate(kinds, 1) if kind == "e"), graph.edges, strict=True):
        if colors[u + 1] == colors[v + 1]:
            raise InvalidInstance(f"line {number}: both ends of this edge have the colour {colors[u + 1]}")
    return graph, tuple(colors[v] - 1 for v in range(1, n + 1))


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
