"""graph6 and sparse6: a graph in one line of the characters ? to ~, six bits each. The formats of nauty (McKay)."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.exact import InvalidInstance, shorten

Edge = tuple[int, int]


def read_graph6(row: str) -> tuple[int, list[Edge]]:
    """The vertices and the edges. Raises InvalidInstance.

    >>> read_graph6("Bw"), read_graph6(">>graph6<<A?")
    ((3, [(0, 1), (0, 2), (1, 2)]), (2, []))
    """
    n, sixes = _start(row, row.removeprefix(">>graph6<<"), "graph6")
    pairs = n * (n - 1) // 2
    if len(sixes) != -(-pairs // 6):
        raise InvalidInstance(f"{shorten(row)} is no graph6 string: {n} vertices take {-(-pairs // 6)} more characters")
    edges: list[Edge] = []
    bits = _bits(sixes)
    for v in range(n):  # the pairs (u, v) with u < v, by increasing v
        edges += ((u, v) for u in range(v) if next(bits))
    return n, sorted(edges)


def read_sparse6(row: str) -> tuple[int, list[Edge]]:
    """The vertices and the edges, which may repeat. Raises InvalidInstance, also for a loop.

    >>> read_sparse6(":Fa@x^")
    (7, [(0, 1), (0, 2), (1, 2), (5, 6)])
    """
    text = row.removeprefix(">>sparse6<<")
    n, sixes = _start(row, text.removeprefix(":"), "sparse6")
    width = max(1, (n - 1).bit_length())
    bits, edges, v = _bits(sixes), list[Edge](), 0
    for _ in range(6 * len(sixes) // (width + 1)):
        v += next(bits)
        u = 0
        for _ in range(width):
            u = 2 * u + next(bits)
        if u >= n or v >= n:  # what fills the last character
            break
        if u > v:
            v = u
        elif u == v:
            raise InvalidInstance(f"{shorten(row)}: vertex {v} has a loop: graphs have none here")
        else:
            edges.append((u, v))
    return n, edges


def _start(row: str, text: str, kind: str) -> tuple[int, list[int]]:
    """The number of vertices, and the rest in sixes of bits."""
    if not text or not all("?" <= c <= "~" for c in text):
        raise InvalidInstance(f"{shorten(row)} is no {kind} string")
    sixes = [ord(c) - 63 for c in text]
    skip, length = (0, 1) if sixes[0] < 63 else (1, 3) if sixes[1:2] != [63] else (2, 6)
    digits = sixes[skip : skip + length]
    if len(digits) < length:
        raise InvalidInstance(f"{shorten(row)} is no {kind} string: the number of vertices is cut off")
    n = 0
    for six in digits:
        n = 64 * n + six
    return n, sixes[skip + length :]


def _bits(sixes: list[int]) -> Iterator[int]:
    return (six >> place & 1 for six in sixes for place in range(5, -1, -1))
