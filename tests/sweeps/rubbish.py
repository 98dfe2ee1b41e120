"""Workers that cannot be trusted, as modules that other processes import."""

from __future__ import annotations

from dataclasses import replace

from relucert.verify.sweeps.cluster import remote as in_earnest


def remote(order, task):
    """Of every four instances one answer holds; the others are of the wrong type, opposite, and of another proof."""
    row, certificate = in_earnest(order, task)
    opposite = replace(row, answer="NO" if row.answer == "YES" else "YES")
    return [(row, certificate), "rubbish", (opposite, certificate), (row, certificate[:-9])][task.number % 4]


def failing(order, task):
    if task.number % 3 == 1:
        raise ValueError("on purpose")
    return in_earnest(order, task)
