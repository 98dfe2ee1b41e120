"""DIMACS CNF in which a line `g LABEL` opens a group: the clauses after it, up to the next such line, are its own."""

from __future__ import annotations

from typing import NamedTuple

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import lines
from relucert.reductions.formats.dimacs_cnf import Cnf, read_cnf


class GroupedCnf(NamedTuple):
    """A formula, and for every group its label 0 or 1 and the number of its clauses, in the order of the file."""

    cnf: Cnf
    groups: list[tuple[int, int]]


def read_groups(text: str) -> GroupedCnf:
    """Read a formula in groups; raises InvalidInstance with the line number. A clause may not span two groups.

    >>> read_groups("p cnf 2 3\\ng 0\\n1 -2 0\\ng 1\\n1 0 2 0\\n")
    GroupedCnf(cnf=Cnf(variables=2, clauses=[(1, -2), (1,), (2,)], lines=[3, 5, 5]), groups=[(0, 1), (1, 2)])
    """
    rows, opened = lines(text), list[tuple[int, int]]()  # the line that opens a group, and its label
    for place, line in enumerate(rows, 1):
        words = line.split()
        if words[:1] == ["g"]:
            if len(words) != 2 or words[1] not in ("0", "1"):
                raise InvalidInstance(f"line {place}: expected 'g 0' or 'g 1', not {shorten(line)}")
            opened.append((place, int(words[1])))
            rows[place - 1] = ""
    cnf = read_cnf("\n".join(rows))
    if not opened and cnf.clauses:
        raise InvalidInstance("no group is opened: a line 'g 0' or 'g 1' stands before its clauses")
    if opened and cnf.lines and cnf.lines[0] < opened[0][0]:
        raise InvalidInstance(f"line {cnf.lines[0]}: a clause stands before the first group")
    counts, at = [0] * len(opened), 0
    ends = [place for place, _ in opened[1:]]
    for place in cnf.lines:
        while at < len(ends) and place > ends[at]:
            at += 1
        counts[at] += 1
    _require_whole_clauses(rows, opened)
    return GroupedCnf(cnf, [(label, many) for (_, label), many in zip(opened, counts, strict=True)])


def _require_whole_clauses(rows: list[str], opened: list[tuple[int, int]]) -> None:
    """Every group ends where a clause ends: the last word before a line that opens one is 0, or the header's."""
    starts, last = {place for place, _ in opened}, "0"
    for place, line in enumerate(rows, 1):
        words = line.split()
        if place in starts and last != "0":
            raise InvalidInstance(f"line {place}: a clause does not end before this group opens")
        if words and not words[0].startswith(("c", "p", "%")):
            last = words[-1]
