"""OR-Library set covering: numbers in free lines. The cost of every set must be 1."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import lines


def read_or_library(text: str) -> tuple[int, tuple[tuple[int, ...], ...]]:
    """The universe and the sets: rows are elements, columns are sets, both numbered from 1 in the file.

    The numbers of rows and columns; the cost of every column; for every row how many columns cover it, and which. Line
    breaks mean nothing. A row that no column covers is an element of no set, a column in no row an empty set.
    """
    numbers = _numbers(text)

    def take(what: str) -> tuple[int, int]:
        line, number = next(numbers, (0, 0))
        if not line:
            raise InvalidInstance(f"the file ends where {what} is expected")
        return line, number

    rows, columns = take("the number of rows")[1], take("the number of columns")[1]
    for j in range(1, columns + 1):
        line, cost = take(f"the cost of column {j}")
        if cost != 1:
            raise InvalidInstance(f"line {line}: column {j} costs {cost}: the budget counts sets, so costs must be 1")
    sets: list[list[int]] = [[] for _ in range(columns)]
    for row in range(rows):
        for _ in range(take(f"the number of columns of row {row + 1}")[1]):
            line, j = take(f"a column of row {row + 1}")
            if not 1 <= j <= columns:
                raise InvalidInstance(f"line {line}: row {row + 1}: column {j} is outside 1..{columns}")
            if sets[j - 1][-1:] == [row]:
                raise InvalidInstance(f"line {line}: row {row + 1} names column {j} twice")
            sets[j - 1].append(row)
    for line, number in numbers:
        raise InvalidInstance(f"line {line}: nothing may follow the last row, but {number} does")
    return rows, tuple(map(tuple, sets))


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Every number with its line."""
    for line, row in enumerate(lines(text), 1):
        for word in row.split():
            if not (word.isascii() and word.isdigit() and len(word) <= 18):
                raise InvalidInstance(f"line {line}: {shorten(word)} is not a natural number of at most 18 digits")
            yield line, int(word)
