"""Text formats of graphs: DIMACS, graph6, sparse6, Matrix Market, edge lists, JSON. Vertices are numbered from 0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from relucert.reductions.exact import InvalidInstance, parse_rational, shorten
from relucert.reductions.formats import counted, lines
from relucert.reductions.formats.graph6 import read_graph6, read_sparse6
from relucert.reductions.formats.other_graphs import is_node_link, read_matrix_market, read_node_link
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads

Edges = tuple[tuple[int, int], ...]


class GraphText(NamedTuple):
    """A graph as its file has it: edges in file order and possibly repeated, never a loop; remarks for the user."""

    format: str
    vertices: int
    edges: list[tuple[int, int]]
    remarks: list[str]


class SimpleGraph(NamedTuple):
    """A graph as instances have it: edges (u, v) with u < v, distinct and sorted; what the file states beside it."""

    format: str
    vertices: int
    edges: Edges
    stated: dict[str, int]
    remarks: list[str]

    @property
    def content(self) -> str:
        return f"{counted(self.vertices, 'vertex', 'vertices')}, {counted(len(self.edges), 'edge')}"


def read_simple_graph(text: str, suffix: str, numbers: Mapping[str, int]) -> SimpleGraph:
    """Read a graph; raises InvalidInstance with the place. numbers: what JSON may state beside it -> the least value.

    DIMACS .col, graph6, an edge list, or JSON {"vertices": n, "edges": [[u, v], …]}. An edge list has no vertices
    without edges. Loops are refused.

    >>> read_simple_graph('{"vertices": 3, "edges": [[1, 0], [0, 1]], "size": 2}', ".json", {"size": 0})
    SimpleGraph(format='JSON', vertices=3, edges=((0, 1),), stated={'size': 2}, remarks=['1 duplicate edge merged'])
    """
    stated: dict[str, int] = {}
    if is_json(text, suffix):
        linked = loads_node_link(text)
        if linked is not None:
            return _simple(linked, {})
        data = json_fields(loads(text), {"edges", "vertices"}, set(numbers))
        vertices = json_count(data["vertices"], "vertices")
        read = GraphText("JSON", vertices, edges_between(data["edges"], vertices), [])
        stated = {name: json_count(data[name], name, least) for name, least in numbers.items() if name in data}
    else:
        read = read_graph(text, suffix)
    return _simple(read, stated)


def loads_node_link(text: str) -> GraphText | None:
    """The graph of node-link JSON, or None if this is something else. Raises InvalidInstance."""
    if '"nodes"' not in text:
        return None
    data = loads(text, decimals=True)  # weights and positions may be decimals; they mean nothing here
    return GraphText("node-link JSON", *read_node_link(data), []) if is_node_link(data) else None


def _simple(read: GraphText, stated: dict[str, int]) -> SimpleGraph:
    edges = distinct(read.edges)
    remarks = [*read.remarks, *merged(len(read.edges) - len(edges))]
    return SimpleGraph(read.format, read.vertices, edges, stated, remarks)


def distinct(edges: Iterable[Iterable[int]]) -> Edges:
    """Edges in any order and direction, repeated or not, as instances list them.

    >>> distinct([(2, 1), (1, 0), (0, 1)])
    ((0, 1), (1, 2))
    """
    ordered = sorted((min(u, v), max(u, v)) for u, v in edges)
    return tuple(e for e, _ in groupby(ordered))


def edges_between(data: Any, vertices: int) -> list[tuple[int, int]]:
    """The edges of a user's JSON file: in any direction, repeated or not."""
    edges = edges_from_json(data)
    for i, (u, v) in enumerate(edges):
        if u == v or max(u, v) >= vertices:
            raise InvalidInstance(f"edge {i}: expected two distinct vertices within 0..{shorten(vertices - 1)}")
    return list(edges)


def edges_from_json(data: Any) -> Edges:
    """Pairs of vertices, with nothing else asked of them."""
    return tuple(_pair(e, i) for i, e in enumerate(json_list(data, "edges")))


def _pair(data: Any, i: int) -> tuple[int, int]:
    ends = [json_int(v, f"edge {i}: vertex", 0) for v in json_list(data, f"edge {i}")]
    if len(ends) != 2:
        raise InvalidInstance(f"edge {i} has {len(ends)} vertices instead of two")
    return ends[0], ends[1]


def read_graph(text: str, suffix: str = "") -> GraphText:
    """Read a graph; raises InvalidInstance with the line number.

    The suffix decides the format (.col; .g6, .graph6, .s6 or .sparse6; .mtx; .edges, .csv or .txt); any other is
    recognised by its content, and so is DIMACS in a .txt.
    """
    rows = lines(text)
    first = next((row.strip() for row in rows if row.strip()), None)
    if first is None:
        raise InvalidInstance("the file is empty")
    unknown = suffix not in _READERS
    if suffix == ".col" or ((unknown or suffix == ".txt") and (first in ("c", "p") or first[:2] in ("c ", "p "))):
        return _read_dimacs(rows)
    if suffix == ".mtx" or (unknown and first.lower().startswith("%%matrixmarket")):
        return GraphText("Matrix Market", *read_matrix_market(rows))
    if suffix in _SIX or (unknown and re.fullmatch(r"[^#%,;\s][^,;\s]*", first)):
        if sum(not row.isspace() for row in rows if row) > 1:
            kind = "sparse6" if first.startswith((":", ">>sparse6<<")) else "graph6"
            raise InvalidInstance(f"the file holds several graphs: expected one line of {kind}")
        if first.startswith((":", ">>sparse6<<")):
            return GraphText("sparse6", *read_sparse6(first), [])
        try:
            return GraphText("graph6", *read_graph6(first), [])
        except InvalidInstance as problem:
            if suffix in _SIX:
                raise
            raise type(problem)(f"{problem}, and it looks like no other format of graphs") from None
    if suffix == ".csv" and re.match(r"x1[,;\t].*\by\b", first):
        raise InvalidInstance(f"{shorten(first)} looks like the header of a training set, and a graph is expected")
    return _read_edge_list(rows)


def merged(count: int) -> list[str]:
    """The remark on duplicate edges, if there were any."""
    return [f"{counted(count, 'duplicate edge')} merged"] if count else []


# -------------------------------------------------------------------------------------------------------------- DIMACS


def _read_dimacs(rows: list[str]) -> GraphText:
    """DIMACS colouring format: 'c' comments, one 'p edge n m', then 'e u v' with vertices from 1."""
    header: tuple[int, int, int] | None = None  # its line, n and m
    edges: list[tuple[int, int]] = []
    for number, row in enumerate(rows, 1):
        words = row.split()
        if not words or words[0] == "c":
            continue
        try:
            if (
                words[0] == "p"
                and words[1:2]
                and words[1] in ("edge", "edges", "col")
                and len(words) == 4
                and not header
            ):
                header = number, _natural(words[2]), _natural(words[3])
            elif words[0] == "e" and len(words) == 3 and header:
                edges.append(_edge(_natural(words[1]), _natural(words[2]), header[1]))
            else:
                raise InvalidInstance(f"expected {'an edge e u v' if header else 'p edge N M'}, not {shorten(row)}")
        except InvalidInstance as problem:
            raise InvalidInstance(f"line {number}: {problem}") from None
    if header is None:
        raise InvalidInstance("the problem line 'p edge N M' is missing")
    number, n, announced = header
    return GraphText("DIMACS", n, edges, _count_remarks(number, announced, edges))


def _count_remarks(number: int, announced: int, edges: list[tuple[int, int]]) -> list[str]:
    """Compare the number of edges that line `number` announces with those that follow.

    Files in the wild count the lines, or every edge once, or every edge in both directions.
    """
    distinct = len({(min(e), max(e)) for e in edges})
    if announced not in (len(edges), distinct, 2 * distinct):
        found = counted(len(edges), "edge") + (f", {distinct} of them distinct" if distinct < len(edges) else "")
        raise InvalidInstance(
            f"line {number}: the header announces {counted(announced, 'edge')}, but the file has {found}"
        )
    return [] if announced in (len(edges), distinct) else [f"the header counts every edge twice: {announced}"]


def _natural(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 18):
        raise InvalidInstance(f"{shorten(word)} is not a number of vertices or edges")
    return int(word)


def _edge(u: int, v: int, n: int) -> tuple[int, int]:
    if not (1 <= u <= n and 1 <= v <= n):
        raise InvalidInstance(f"vertex {u if not 1 <= u <= n else v} is outside 1..{n}")
    if u == v:
        raise InvalidInstance(f"vertex {u} has a loop: graphs have none here")
    return (u - 1, v - 1)


# ---------------------------------------------------------------------------------------------------------- edge lists

_COMMENT = re.compile(r"(?:^|[ \t])[#%].*")
_HEADINGS = {"source", "target", "from", "to", "src", "dst", "head", "tail", "node1", "node2"}


def _read_edge_list(rows: list[str]) -> GraphText:
    """Every line an edge: two vertices, in all lines or in none with a numeric weight as third field.

    Fields are separated by blanks and tabs, or by one comma, or by one semicolon; '#' and '%' start a comment. Vertices
    are numbered in the order of their names, which is that of the numbers if all names are numbers.
    """
    named: list[tuple[str, str]] = []
    width = 0
    for number, row in enumerate(rows, 1):
        try:
            fields = _fields(row)
            if not fields:
                continue
            if len(fields) not in (2, 3):
                raise InvalidInstance(f"expected two vertices, not {shorten(row)}")
            if fields[0] == fields[1]:
                raise InvalidInstance(f"vertex {shorten(fields[0])} has a loop: graphs have none here")
            if len(fields) == 3:
                parse_rational(fields[2])
            if not named and {name.lower() for name in fields[:2]} <= _HEADINGS:
                raise InvalidInstance(f"{shorten(row)} looks like a heading: start it with '#'")
            if named and len(fields) != width:
                raise InvalidInstance(f"expected {width} fields as in the lines before, not {shorten(row)}")
        except InvalidInstance as problem:
            raise type(problem)(f"line {number}: {problem}") from None
        if not named:
            start, width = number, len(fields)
        named.append((fields[0], fields[1]))
    if not named:
        raise InvalidInstance("the file has no edge")
    if len(named) > 1 and not any(map(_is_number, named[0])) and all(_is_number(name) for e in named[1:] for name in e):
        raise InvalidInstance(f"line {start}: {shorten(rows[start - 1])} looks like a heading: start it with '#'")
    names = {name for e in named for name in e}
    numeric = all(map(_is_number, names))
    index = {name: i for i, name in enumerate(sorted(names, key=lambda name: (int(name) if numeric else 0, name)))}
    remarks = ["the third field of every line is a weight, which means nothing here"] if width == 3 else []
    return GraphText("an edge list", len(index), [(index[u], index[v]) for u, v in named], remarks)


def _fields(row: str) -> list[str]:
    """The fields of a line without its comment; none if nothing else is there."""
    text = _COMMENT.sub("", row).strip(" \t")
    if not text:
        return []
    if "#" in text or "%" in text:
        raise InvalidInstance(f"a comment starts with a blank before it, unlike in {shorten(row)}")
    if "," in text and ";" in text:
        raise InvalidInstance(f"{shorten(row)} is separated by commas and by semicolons")
    separator = "," if "," in text else ";" if ";" in text else None
    fields = [field.strip(" \t") for field in text.split(separator)] if separator else re.split(r"[ \t]+", text)
    for field in fields:
        if not field:
            raise InvalidInstance(f"a field of {shorten(row)} is empty")
        if " " in field or "\t" in field:
            raise InvalidInstance(f"the field {shorten(field)} holds a blank")
        if not field.isprintable():  # NUL, a byte order mark, …
            raise InvalidInstance(f"{shorten(row)} holds invisible characters")
    return fields


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= 18


_SIX = frozenset((".g6", ".graph6", ".s6", ".sparse6"))
_READERS = _SIX | {".col", ".mtx", ".edges", ".csv", ".txt"}
