"""Problems and reductions from outside: found by entry points, or named as module:Class on the command line.

A distribution offers its trusted half, a `relucert.certificates.plugin.Plugin`, in the entry-point group
`relucert.trusted`, and its searches in `relucert.search`. They are loaded apart: a check never imports a search.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.plugin import Plugin, join
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction, Reduction
from relucert.verify.problems import SEARCHES
from relucert.verify.search import Search, Searches

if TYPE_CHECKING:
    from importlib import metadata

TRUSTED, SEARCH = "relucert.trusted", "relucert.search"


class World(NamedTuple):
    """What is known: statements and arguments, which are trusted, and searches, which are not."""

    catalogue: Catalogue = BUILTIN
    searches: Searches = SEARCHES


def trusting(names: Iterable[str], catalogue: Catalogue = BUILTIN) -> Catalogue:
    """The catalogue and the trusted halves of these distributions. Raises InvalidInstance that names what is wrong."""
    for name in names:
        distribution = _distribution(name)
        origin = f"{distribution.metadata['Name']} {distribution.version}"
        points = [point for point in distribution.entry_points if point.group == TRUSTED]
        if not points:
            raise InvalidInstance(f"{origin} has no entry point in the group {TRUSTED}")
        for point in points:
            catalogue = join(catalogue, _loaded(point, origin, Plugin), origin)
    return catalogue


def world_with(names: Iterable[str]) -> World:
    """Both halves of these distributions, with what is built in."""
    names, searches = list(names), SEARCHES
    catalogue = trusting(names)
    for name in names:
        distribution = _distribution(name)
        origin = f"{distribution.metadata['Name']} {distribution.version}"
        for point in distribution.entry_points:
            if point.group == SEARCH:
                found = _loaded(point, origin, Search)
                try:
                    searches = searches.with_(found.problem.name, found)
                except ValueError as problem:
                    raise InvalidInstance(f"{origin}: {problem}") from None
    return World(catalogue, searches)


def with_reduction(reference: str, world: World) -> tuple[type[AnyReduction], World]:
    """The class of the reduction `module:Class`, and the world with its problems, if these are new.

    The reduction does not join the catalogue, so nobody has to trust it: what it gives is certified by an `agreement`.
    Raises InvalidInstance if the module does not import, the name is no reduction, or a name is taken.
    """
    found = reduction_class(reference)
    sides = {problem.name: problem for problem in (found.source, found.target)}
    new = tuple(problem for name, problem in sides.items() if world.catalogue.problems.get(name) is not problem)
    join(world.catalogue, Plugin(problems=new, reductions=(found,)), reference)  # it could join
    return found, World(join(world.catalogue, Plugin(problems=new), reference), world.searches)


def reduction_class(reference: str) -> type[AnyReduction]:
    """The class of reductions `module:Class`. Raises InvalidInstance."""
    found = imported(reference)
    if not (isinstance(found, type) and issubclass(found, Reduction) and hasattr(found, "name")):
        raise InvalidInstance(f"{reference} is no class of reductions with a name")
    for side in ("source", "target"):
        if not isinstance(getattr(found, side, None), Problem):
            raise InvalidInstance(f"{reference}: its {side} is no problem")
    return found


def with_search(reference: str, searches: Searches) -> Searches:
    """These searches and `module:NAME`, a search or a class of searches. Raises InvalidInstance."""
    found = imported(reference)
    search = found() if isinstance(found, type) and issubclass(found, Search) else found
    if not isinstance(search, Search):
        raise InvalidInstance(f"{reference} is no search")
    try:
        return searches.with_(search.problem.name, search)
    except ValueError as problem:
        raise InvalidInstance(f"{reference}: {problem}") from None


def imported(reference: str) -> Any:
    """What `module:NAME` names. Raises InvalidInstance."""
    module, _, attribute = reference.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # the current directory, as for `python -m`
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as problem:  # whatever outside code raises
        raise InvalidInstance(f"{reference}: {type(problem).__name__}: {problem}") from None


def _distribution(name: str) -> metadata.Distribution:
    from importlib import metadata  # its import takes a quarter of the start of a command

    try:
        return metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):  # a name may be no name at all
        raise InvalidInstance(f"the distribution {name!r} is not installed") from None


def _loaded(point: metadata.EntryPoint, origin: str, kind: type) -> Any:
    try:
        found = point.load()
    except (Exception, SystemExit) as problem:  # whatever outside code raises
        raise InvalidInstance(f"{origin}: {point.value}: {type(problem).__name__}: {problem}") from None
    if not isinstance(found, kind):
        raise InvalidInstance(f"{origin}: {point.value} is a {type(found).__name__}, not a {kind.__name__}")
    return found
