"""What a word that is not known may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def meant(word: str, known: Iterable[str]) -> str:
    """A question to add to a message, or nothing.

    >>> meant("colours", ["colors", "budget"])
    ' (did you mean colors?)'
    >>> meant("x", ["colors"])
    ''
    """
    from difflib import get_close_matches  # only mistakes pay for it

    close = get_close_matches(word[:100], list(known), 1)
    return f" (did you mean {close[0]}?)" if close else ""
