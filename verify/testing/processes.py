"""Whether a reduction is the same function in another process, where sets of words have another order."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from relucert.reductions.json_text import loads
from relucert.reductions.reduction import AnyReduction
from relucert.verify.testing.laws import Law, LawViolated, text_of

PROGRAM = """
import pickle, sys
sys.path, order = pickle.load(sys.stdin.buffer)
from relucert.verify.testing.processes import answer
answer(order)
"""
NOT_THERE = 3  # the exit code if the other process cannot import the reduction


class NotThere(Exception):
    """The reduction cannot be handed to another process: it is defined inside a function, for example."""


def answer(order: bytes) -> None:
    """In the other process: the digests of the targets, on standard output."""
    try:
        r, texts = pickle.loads(order)
    except Exception:  # whatever pickle raises
        sys.exit(NOT_THERE)
    print(*targets(r, [r.source.instance_from_json(loads(text)) for text in texts]))


def targets(r: AnyReduction, sources: Sequence[Any]) -> list[str]:
    return [r.target.sha256(r.reduce(source)) for source in sources]


def differing(r: AnyReduction, sources: Sequence[Any]) -> tuple[Any, LawViolated] | None:
    """The smallest of the sources whose targets differ in another process, with another hash seed. Raises NotThere."""
    sources = sorted(sources, key=lambda source: len(text_of(r.source, source)))
    try:
        order = pickle.dumps((r, [text_of(r.source, source) for source in sources]))
    except Exception as failure:  # whatever pickle raises
        raise NotThere(f"{type(failure).__name__}: {failure}") from None
    path = [entry or os.getcwd() for entry in sys.path]
    environment = {**os.environ, "PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=pickle.dumps((path, order)), env=environment, capture_output=True
    )
    if done.returncode == NOT_THERE:
        raise NotThere(f"another process cannot import {type(r).__module__}.{type(r).__qualname__}")
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return sources[0], LawViolated(Law.PROCESSES, f"it fails in another process: {' '.join(last)}")
    there = done.stdout.decode().split()
    for source, one, other in zip(sources, targets(r, sources), there, strict=True):
        if one != other:
            return source, LawViolated(Law.PROCESSES, "with another PYTHONHASHSEED the target is another")
    return None
