"""Text formats of graphs: DIMACS .col, graph6 and edge lists. Vertices are numbered from 0."""

from __future__ import annotations

from reductions.core import InvalidInstance, shorten

Edges = list[tuple[int, ...]]


def read_graph(text: str, suffix: str = "") -> tuple[int, Edges]:
    """The number of vertices and the edges, in file order and possibly repeated; never a loop.

    The suffix decides the format (.col; .g6 or .graph6; .edges or .txt); any other is recognised by its content.
    Raises InvalidInstance with the line number.
    """
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise InvalidInstance("the file is empty")
    if suffix == ".col" or (suffix not in _READERS and first[:2] in ("c ", "p ", "c")):
        return _read_dimacs(lines)
    if suffix in (".g6", ".graph6") or (suffix not in _READERS and len(first.split()) == 1):
        if sum(not line.isspace() for line in lines if line) > 1:
            raise InvalidInstance("the file holds several graphs: expected one line of graph6")
        return _read_graph6(first.strip())
    return _read_edge_list(lines)


def _read_dimacs(lines: list[str]) -> tuple[int, Edges]:
    """DIMACS colouring format: 'c' comments, one 'p edge n m', then 'e u v' with vertices from 1."""
    n = -1
    edges: Edges = []
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0] == "c":
            continue
        try:
            if words[0] == "p" and words[1] in ("edge", "edges", "col") and len(words) == 4 and n < 0:
                n = _natural(words[2])
                _natural(words[3])
            elif words[0] == "e" and len(words) == 3 and n >= 0:
                edges.append(_edge(_natural(words[1]), _natural(words[2]), n))
            else:
                raise InvalidInstance(f"expected {'an edge e u v' if n >= 0 else 'p edge N M'}, not {shorten(line)}")
        except (InvalidInstance, IndexError) as problem:
            reason = problem if isinstance(problem, InvalidInstance) else f"malformed: {shorten(line)}"
            raise InvalidInstance(f"line {number}: {reason}") from None
    if n < 0:
        raise InvalidInstance("the problem line 'p edge N M' is missing")
    return n, edges


def _natural(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 18):
        raise InvalidInstance(f"{shorten(word)} is not a number of vertices or edges")
    return int(word)


def _edge(u: int, v: int, n: int) -> tuple[int, int]:
    if not (1 <= u <= n and 1 <= v <= n):
        raise InvalidInstance(f"vertex {u if not 1 <= u <= n else v} is outside 1..{n}")
    if u == v:
        raise InvalidInstance(f"vertex {u} has a loop: no colouring obeys it")
    return (u - 1, v - 1)


def _read_graph6(line: str) -> tuple[int, Edges]:
    import networkx as nx  # the format is bit-packed; networkx reads it well

    if not all("?" <= c <= "~" for c in line.removeprefix(">>graph6<<")):  # networkx lets some others pass
        raise InvalidInstance(f"{shorten(line)} is no graph6 string")
    try:
        graph = nx.from_graph6_bytes(line.encode("ascii"))
    except (nx.NetworkXError, ValueError, IndexError) as problem:
        raise InvalidInstance(f"{shorten(line)} is no graph6 string: {problem}") from None
    return graph.number_of_nodes(), [(u, v) for u, v in graph.edges]


def _read_edge_list(lines: list[str]) -> tuple[int, Edges]:
    """Two vertex names a line (one for an isolated vertex), numbered in sorted order; '#' starts a comment."""
    named: list[tuple[str, ...]] = []
    for number, line in enumerate(lines, 1):
        words = tuple(line.split("#", 1)[0].split())
        if len(words) > 2:
            raise InvalidInstance(f"line {number}: expected two vertices, not {shorten(line)}")
        if not all(map(str.isprintable, words)):  # NUL, a byte order mark, …
            raise InvalidInstance(f"line {number}: {shorten(line)} holds invisible characters")
        if len(words) == 2 and words[0] == words[1]:
            raise InvalidInstance(f"line {number}: vertex {shorten(words[0])} has a loop: no colouring obeys it")
        if words:
            named.append(words)
    names = {name for words in named for name in words}
    numeric = all(name.isascii() and name.isdigit() and len(name) <= 18 for name in names)
    index = {name: i for i, name in enumerate(sorted(names, key=lambda name: (int(name) if numeric else 0, name)))}
    return len(index), [tuple(index[name] for name in words) for words in named if len(words) == 2]


_READERS = frozenset((".col", ".g6", ".graph6", ".edges", ".txt"))
