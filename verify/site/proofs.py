"""Docstrings of problems and reductions, as the blocks that a page shows: paragraphs, displayed lines, examples."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from relucert.reductions.reduction import Chain

# What paragraphs of proofs begin with.
HEADS = re.compile(
    r"(Statement|Construction|Forward and backward|Forward|Backward|Size|Deviations|Gap|Positions|Constants|Vertices"
    r"|Edges|Lemma \d+|Leaky ReLUs(?:, k = 4)?|More neurons, k > \d|Pinned|Unpinned)[.:]\s+"
)


@dataclass(frozen=True)
class Block:
    """kind: 'text'; 'lines', which stand as they are; or an 'example'. head: what the paragraph is about, or ''."""

    kind: str
    text: str
    head: str = ""


def blocks(thing: Any) -> Iterator[Block]:
    """Of the docstring, for a chain of those of its links.

    Samples that a construction lists, a line each in parentheses, are displayed.
    """
    parts = thing.links if type(thing) is Chain else (thing,)
    for part in parts:
        for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(type(part).__doc__ or "")):
            if paragraph.startswith(">>>"):
                yield Block("example", paragraph)
            elif paragraph.startswith("    "):
                yield Block("lines", inspect.cleandoc(paragraph))
            else:
                head = HEADS.match(paragraph)
                yield from _pieces(paragraph[head.end() :] if head else paragraph, head[1] if head else "")


def _pieces(paragraph: str, head: str) -> Iterator[Block]:
    """Running text, and the lists in it."""
    pieces: list[tuple[str, list[str]]] = []
    for line in paragraph.splitlines():
        last = pieces[-1][1][-1] if pieces else ""
        starts = line.startswith("(") and last.endswith((" are", ";", "; and", ":"))
        goes_on = bool(pieces) and pieces[-1][0] == "lines" and not last.endswith((".", ";", "and"))
        kind = "lines" if starts or goes_on else "text"
        if not pieces or pieces[-1][0] != kind:
            pieces.append((kind, []))
        if goes_on and not starts:
            pieces[-1][1][-1] += f" {line}"
        else:
            pieces[-1][1].append(line)
    for i, (kind, lines) in enumerate(pieces):
        yield Block(kind, "\n".join(lines), head if i == 0 else "")


def html_of(text: str) -> Markup:
    """Plain text with `code`, indices and exponents in it.

    >>> print(html_of("`f` < w_c"))
    <code>f</code> &lt; w<sub>c</sub>
    """
    shown = Markup()
    for kind, piece in pieces(text):
        shown += escape(piece) if kind == "text" else Markup("<{0}>{1}</{0}>").format(kind, piece)
    return shown


def prose(thing: Any) -> Markup:
    """As HTML."""
    return Markup("\n").join(map(_html, blocks(thing)))


# What stands high or low after a letter, a digit or a closing bracket: w_c, e_{v}, 2^{-m}, w^j_v, n^(a/b).
SCRIPT = r"(?:_(?:[A-Za-z\u0370-\u03ffℓ]+)|\^[A-Za-z\u0370-\u03ffℓ]|[_^](?:-?\d+|\{[^{}]+\}|\([^()]+\)))"
SCRIPTS = re.compile(rf"(?:(?<![A-Za-z_])[^\W_]|[\])}}|⌉])['′]?((?:{SCRIPT})+)")


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Plain text with `code`, indices and exponents in it, as ('text' | 'code' | 'sub' | 'sup', text).

    >>> list(pieces("`a_b`: w^j_v + x_{i+1}"))
    [('code', 'a_b'), ('text', ': w'), ('sup', 'j'), ('sub', 'v'), ('text', ' + x'), ('sub', 'i+1')]
    """
    for part in re.split(r"(`[^`]+`)", text):
        if part.startswith("`"):
            yield "code", part[1:-1]
            continue
        start = 0
        for match in SCRIPTS.finditer(part):
            yield "text", part[start : match.start(1)]
            start = match.end()
            for script in re.findall(SCRIPT, match[1]):
                yield ("sub" if script[0] == "_" else "sup"), script[1:].strip("{}")
        if start < len(part):
            yield "text", part[start:]


def _html(block: Block) -> Markup:
    if block.kind == "example":
        return Markup("<pre>{}</pre>").format(block.text)
    text = html_of(block.text)
    if block.kind == "lines":
        return Markup('<p class="display">{}</p>').format(text)
    return Markup("<p>{}{}</p>").format(Markup("<strong>{}.</strong> ").format(block.head) if block.head else "", text)
