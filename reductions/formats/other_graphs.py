"""Graphs as other programs write them: the coordinates of Matrix Market, and the node-link JSON of networkx and D3."""

from __future__ import annotations

from typing import Any

from relucert.reductions.exact import InvalidInstance, parse_rational, shorten
from relucert.reductions.formats import counted
from relucert.reductions.json_text import json_list

Edge = tuple[int, int]


def read_matrix_market(rows: list[str]) -> tuple[int, list[Edge], list[str]]:
    """The vertices, the edges and remarks of a square sparse matrix, whose entries off the diagonal are the edges.

    The header is '%%MatrixMarket matrix coordinate pattern|integer|real symmetric|general', then comments with '%', a
    line 'N N ENTRIES', and entries 'i j' or 'i j value' from 1. Raises InvalidInstance with the line.
    """
    words = rows[0].lower().split()
    if words[:3] != ["%%matrixmarket", "matrix", "coordinate"] or len(words) != 5:
        raise InvalidInstance(
            f"line 1: expected %%MatrixMarket matrix coordinate pattern symmetric, not {shorten(rows[0])}"
        )
    field, symmetry = words[3:]
    if field not in ("pattern", "integer", "real") or symmetry not in ("symmetric", "general"):
        raise InvalidInstance(f"line 1: a {shorten(field)} {shorten(symmetry)} matrix is no graph here")
    vertices, announced, edges = -1, 0, list[Edge]()
    for number, row in enumerate(rows[1:], 2):
        words = row.split()
        if not words or row.startswith("%"):
            continue
        try:
            if vertices < 0:
                if len(words) != 3 or words[0] != words[1]:
                    raise InvalidInstance(f"expected N N ENTRIES of a square matrix, not {shorten(row)}")
                vertices, announced = _natural(words[0]), _natural(words[2])
            else:
                edges.append(_entry(words, field, vertices, row))
        except InvalidInstance as problem:
            raise type(problem)(f"line {number}: {problem}") from None
    if vertices < 0:
        raise InvalidInstance("the line N N ENTRIES is missing")
    if len(edges) != announced:
        raise InvalidInstance(f"{counted(announced, 'entry', 'entries')} announced, but there are {len(edges)}")
    remarks = [] if field == "pattern" else ["the values of the matrix are weights, which mean nothing here"]
    return vertices, edges, remarks


def _entry(words: list[str], field: str, vertices: int, row: str) -> Edge:
    if len(words) != 2 + (field != "pattern"):
        raise InvalidInstance(f"expected {'i j' if field == 'pattern' else 'i j value'}, not {shorten(row)}")
    u, v = map(_natural, words[:2])
    for w in (u, v):
        if not 1 <= w <= vertices:
            raise InvalidInstance(f"vertex {w} is outside 1..{vertices}")
    if u == v:
        raise InvalidInstance(f"vertex {u} has a loop: graphs have none here")
    if field != "pattern" and parse_rational(words[2]) == 0:
        raise InvalidInstance("the value 0 leaves open whether this is an edge")
    return u - 1, v - 1


def _natural(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 18):
        raise InvalidInstance(f"{shorten(word)} is not a number of vertices or entries")
    return int(word)


def is_node_link(data: Any) -> bool:
    """Whether this is JSON of the form {"nodes": [{"id": …}, …], "links": [{"source": …, "target": …}, …]}."""
    return type(data) is dict and "nodes" in data and ("links" in data or "edges" in data)


def read_node_link(data: dict[str, Any]) -> tuple[int, list[Edge]]:
    """The vertices, in the order of the nodes, and the edges. What nodes and links have beside means nothing.

    Raises InvalidInstance with the place; also for a directed graph, and for loops.
    """
    if data.get("directed") not in (None, False):
        raise InvalidInstance("the graph is directed: an undirected one is expected")
    index: dict[str, int] = {}
    for i, node in enumerate(json_list(data["nodes"], "nodes")):
        name = _name(node, "id", f"node {i}")
        if name in index:
            raise InvalidInstance(f"node {i}: the id {shorten(node['id'])} stands twice")
        index[name] = i
    edges = []
    key = "links" if "links" in data else "edges"
    for i, link in enumerate(json_list(data[key], key)):
        ends = [index.get(_name(link, end, f"link {i}")) for end in ("source", "target")]
        if ends[0] is None or ends[1] is None:
            end = "source" if ends[0] is None else "target"
            raise InvalidInstance(f"link {i}: the {end} {shorten(link[end])} is no node")
        if ends[0] == ends[1]:
            raise InvalidInstance(f"link {i}: {shorten(link['source'])} has a loop: graphs have none here")
        edges.append((ends[0], ends[1]))
    return len(index), edges


def _name(thing: Any, key: str, place: str) -> str:
    """The name of a node; 1 and "1" are two names."""
    if type(thing) is not dict or key not in thing:
        raise InvalidInstance(f"{place}: expected an object with {key!r}, not {shorten(thing)}")
    if type(thing[key]) not in (int, str, list):
        raise InvalidInstance(f"{place}: {shorten(thing[key])} is no {key}")
    return repr(thing[key])
