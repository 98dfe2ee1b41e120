"""Smaller counterexamples than a strategy draws: parts of the JSON are left out, and numbers made smaller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.reduction import AnyReduction
from relucert.verify.search import Searches
from relucert.verify.testing.laws import LawViolated, Undecided, examine

MOST_TRIED = 1000  # instances that are not valid count, too


def smallest(
    r: AnyReduction, source: Any, violation: LawViolated, draws: int, work: int, searches: Searches,
    ended: Callable[[], bool],
) -> tuple[Any, LawViolated]:  # fmt: skip
    """An instance that breaks the same law, of which nothing can be left out, and how it breaks it."""
    tried = 0

    def breaks(data: Any) -> tuple[Any, LawViolated] | None:
        try:
            instance = r.source.instance_from_json(data)
            examine(r, instance, draws, work, searches)
        except LawViolated as found:
            return (instance, found) if found.law is violation.law else None
        except (InvalidInstance, Undecided):
            pass
        return None

    progress = True
    while progress:
        progress = False
        for data in simpler(r.source.instance_to_json(source)):
            tried += 1
            if ended() or tried > MOST_TRIED:
                break
            if found := breaks(data):
                (source, violation), progress = found, True
                break
    return source, violation


def simpler(data: Any) -> Iterator[Any]:
    """JSON values with one part less, or one number closer to zero; no chain of them is infinite.

    >>> list(simpler([3, -1]))
    [[], [-1], [3], [0, -1], [1, -1], [2, -1], [3, 0], [3, 1]]
    """
    if type(data) is int:
        size = abs(data)
        yield from dict.fromkeys(n for n in (0, size // 2, size - 1) if n < size)
        if data < 0:
            yield size
    elif isinstance(data, list):
        if len(data) > 1:
            yield []
        for i in range(len(data)):
            yield [*data[:i], *data[i + 1 :]]
        for i, part in enumerate(data):
            yield from ([*data[:i], changed, *data[i + 1 :]] for changed in simpler(part))
    elif isinstance(data, dict):
        for name in data:
            yield from ({**data, name: changed} for changed in simpler(data[name]))
