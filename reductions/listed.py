"""A list of what exists, of which only that is imported which is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")
Wanted = Callable[[str], bool]  # whether this name is wanted


class Listed(Mapping[str, T]):
    """The entries of a page by their names.

    page: a function that asks about one name after the other whether it is wanted, imports and returns the entry whose
    name is, and raises KeyError if none is.

    >>> def page(wanted):
    ...     if wanted("pi"):
    ...         from math import pi as found
    ...     elif wanted("tau"):
    ...         from math import tau as found
    ...     else:
    ...         raise KeyError
    ...     return found
    >>> list(Listed(page)), Listed(page)["tau"], "e" in Listed(page)
    (['pi', 'tau'], 6.283185307179586, False)
    """

    def __init__(self, page: Callable[[Wanted], T]) -> None:
        self._page, self._names = page, _names(page)

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        return self._page(lambda other: other == name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _names(page: Callable[[Wanted], object]) -> tuple[str, ...]:
    """The names that a page asks about when none of them is wanted."""
    names: list[str] = []

    def note(name: str) -> bool:
        names.append(name)
        return False

    try:
        page(note)
    except KeyError:
        return tuple(names)
    raise ValueError("a page returned what was not wanted")


class Joined(Mapping[str, T]):
    """Two lists as one; the first comes first."""

    def __init__(self, first: Mapping[str, T], second: Mapping[str, T]) -> None:
        self._parts = first, second

    def __getitem__(self, name: str) -> T:
        first, second = self._parts
        return first[name] if name in first else second[name]

    def __iter__(self) -> Iterator[str]:
        first, second = self._parts
        yield from first
        yield from (name for name in second if name not in first)

    def __contains__(self, name: object) -> bool:
        return any(name in part for part in self._parts)

    def __len__(self) -> int:
        return sum(1 for _ in self)
