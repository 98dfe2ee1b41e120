"""Problems and reductions from outside: found by entry points, or named as module:Class on the command line.

A distribution offers its trusted half, a `relucert.certificates.catalogue.Plugin`, in the entry-point group
`relucert.trusted`, and its searches in `relucert.search`. They are loaded apart: a check never imports a search.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from relucert.certificates.catalogue import BUILTIN, Catalogue, Plugin
from relucert.reductions.core import AnyReduction, InvalidInstance, Problem, Reduction

TRUSTED, SEARCH = "relucert.trusted", "relucert.search"


def trusting(names: Iterable[str], catalogue: Catalogue = BUILTIN) -> Catalogue:
    """The catalogue and the trusted halves of these distributions. Raises InvalidInstance that names what is wrong."""
    for name in names:
        distribution = _distribution(name)
        origin = f"{distribution.metadata['Name']} {distribution.version}"
        points = [point for point in distribution.entry_points if point.group == TRUSTED]
        if not points:
            raise InvalidInstance(f"{origin} has no entry point in the group {TRUSTED}")
        for point in points:
            catalogue = catalogue.join(_plugin(_load(point, origin), origin), origin)
    return catalogue


def searches(names: Iterable[str]) -> dict[str, Any]:
    """The searches of these distributions, by the name of their problem."""
    found: dict[str, Any] = {}
    for name in names:
        distribution = _distribution(name)
        for point in distribution.entry_points:
            if point.group == SEARCH:
                found[point.name] = _load(point, distribution.metadata["Name"])
    return found


def named(reference: str, catalogue: Catalogue = BUILTIN) -> tuple[type[AnyReduction], Catalogue]:
    """The reduction `module:Class`, and the catalogue with it and with its problems, if these are new.

    Raises InvalidInstance if the module does not import or the name is no reduction.
    """
    module, _, attribute = reference.partition(":")
    folder = ""
    if folder not in sys.path:
        sys.path.insert(0, folder)  # the current directory, as for `python -m`
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as problem:  # whatever outside code raises
        raise InvalidInstance(f"{reference}: {type(problem).__name__}: {problem}") from None
    if not (isinstance(found, type) and issubclass(found, Reduction) and hasattr(found, "name")):
        raise InvalidInstance(f"{reference} is no class of reductions with a name")
    for side in ("source", "target"):
        if not isinstance(getattr(found, side, None), Problem):
            raise InvalidInstance(f"{reference}: its {side} is no problem")
    sides = {problem.name: problem for problem in (found.source, found.target)}
    new = tuple(problem for name, problem in sides.items() if catalogue.problems.get(name) is not problem)
    return found, catalogue.join(Plugin(problems=new, reductions=(found,)), reference)


def _distribution(name: str) -> metadata.Distribution:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise InvalidInstance(f"the distribution {name!r} is not installed") from None


def _load(point: metadata.EntryPoint, origin: str) -> Any:
    try:
        return point.load()
    except Exception as problem:  # whatever outside code raises
        raise InvalidInstance(f"{origin}: {point.value}: {type(problem).__name__}: {problem}") from None


def _plugin(found: Any, origin: str) -> Plugin:
    if not isinstance(found, Plugin):
        raise InvalidInstance(f"{origin}: expected a Plugin, not a {type(found).__name__}")
    return found
