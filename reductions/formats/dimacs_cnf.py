"""DIMACS CNF: `p cnf VARIABLES CLAUSES`, then the literals ±1, …, ±VARIABLES of every clause, ended by 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted, lines


class Cnf(NamedTuple):
    """A formula as its file has it: clauses with whatever literals they repeat, and the line in which each ends."""

    variables: int
    clauses: list[tuple[int, ...]]
    lines: list[int]


def read_cnf(text: str) -> Cnf:
    """Read a formula; raises InvalidInstance with the line number.

    Lines that start with c are comments, wherever they stand. Line breaks mean nothing to clauses: one may span lines,
    and several may stand on one. The clauses must be as many as announced. A line '%' ends the formula, as in the files
    of SATLIB; after it only 0 may stand.

    >>> read_cnf("c two clauses\\np cnf 3 2\\n1 -3\\n0 2 0\\n%\\n0\\n")
    Cnf(variables=3, clauses=[(1, -3), (2,)], lines=[4, 4])
    """
    rows = _rows(text)
    place, words = next(rows, (0, []))
    if not place:
        raise InvalidInstance("the file is empty")
    formula, announced = _read_header(place, words)
    clause: list[int] = []
    for place, words in rows:
        for word in words:
            literal = _read_literal(place, word, formula.variables)
            if literal:
                clause.append(literal)
                continue
            formula.clauses.append(tuple(clause))
            formula.lines.append(place)
            clause = []
    if clause:
        raise InvalidInstance("the last clause does not end in 0")
    if len(formula.clauses) != announced:
        many = len(formula.clauses)
        raise InvalidInstance(f"the header announces {counted(announced, 'clause')}, but there are {many}")
    return formula


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The words of every line that is no comment, with its number; without the end of SATLIB's files."""
    ended = False
    for place, line in enumerate(lines(text), 1):
        words = line.split()
        if not words or words[0].startswith("c"):
            continue
        if ended and words != ["0"]:
            raise InvalidInstance(f"line {place}: only 0 may follow the line '%', not {shorten(line)}")
        ended = ended or words == ["%"]
        if not ended:
            yield place, words


def _read_header(place: int, words: list[str]) -> tuple[Cnf, int]:
    """The formula without its clauses, and how many of these are announced."""
    counts = words[2:]
    if words[0] != "p":
        raise InvalidInstance(f"line {place}: the header 'p cnf VARIABLES CLAUSES' must come first")
    if words[1:2] != ["cnf"] or len(counts) != 2 or not all(map(_is_natural, counts)):
        raise InvalidInstance(f"line {place}: expected 'p cnf VARIABLES CLAUSES', not {shorten(' '.join(words))}")
    return Cnf(int(counts[0]), [], []), int(counts[1])


def _read_literal(place: int, word: str, variables: int) -> int:
    digits = word.removeprefix("-")
    if word == "p":
        raise InvalidInstance(f"line {place}: there is a second header")
    if not _is_natural(digits) or word == "-0":
        raise InvalidInstance(f"line {place}: {shorten(word)} is not a literal")
    if int(digits) > variables:
        raise InvalidInstance(f"line {place}: the variable {digits} is outside 1..{variables}")
    return int(word)


def _is_natural(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 10
