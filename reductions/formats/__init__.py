"""Text formats: from a file to fields and remarks. What is common to them."""

from __future__ import annotations

from relucert.reductions.exact import shorten


def lines(text: str) -> list[str]:
    """The lines of a text, which LF, CR LF or CR ends. Unlike `splitlines`: no other character hides a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things.

    >>> counted(1, "vertex", "vertices"), counted(0, "edge")
    ('1 vertex', '0 edges')
    """
    return f"{shorten(number)} {one if number == 1 else many or one + 's'}"
