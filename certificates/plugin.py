"""What a distribution adds to the catalogue, if it is trusted by name: a check of what is built in never comes here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from relucert.certificates.catalogue import AnyProblem, Catalogue
from relucert.certificates.encoding import Encoding
from relucert.certificates.families.family import Family
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.listed import Joined
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction


class Plugin(NamedTuple):
    """The trusted half of what a distribution adds: statements, arguments, reductions, families."""

    problems: Sequence[AnyProblem] = ()
    encodings: Sequence[Encoding[Any, Any]] = ()
    reductions: Sequence[type[AnyReduction]] = ()
    families: Sequence[Family[Any]] = ()


def join(catalogue: Catalogue, plugin: Plugin, origin: str) -> Catalogue:
    """The catalogue and what a plugin adds.

    Raises InvalidInstance if a name is taken, by whatever kind of thing, or if a part does not fit: an encoding or
    a family of a problem that is not the plugin's own, a reduction about a problem or made of links that no catalogue
    has.
    """
    _require(origin, plugin.problems, Problem, "problem")
    _require(origin, plugin.encodings, Encoding, "encoding")
    _require(origin, plugin.families, Family, "family")
    names = [p.name for p in plugin.problems] + [r.name for r in plugin.reductions] + [f.name for f in plugin.families]
    for name in names:
        if name in catalogue.problems or name in catalogue.reductions or name in catalogue.families:
            raise InvalidInstance(f"{origin}: the name {name!r} is taken, by {catalogue.origins.get(name, 'relucert')}")
        if names.count(name) > 1:
            raise InvalidInstance(f"{origin}: the name {name!r} stands for two things")
    joined = catalogue._replace(
        problems=Joined(catalogue.problems, {p.name: p for p in plugin.problems}),
        encodings=Joined(catalogue.encodings, {e.problem.name: e for e in plugin.encodings}),
        reductions=Joined(catalogue.reductions, {r.name: r for r in plugin.reductions}),
        families=Joined(catalogue.families, {family.name: family for family in plugin.families}),
        origins={**catalogue.origins, **dict.fromkeys(names, origin)},
    )
    for encoding in plugin.encodings:
        if not any(encoding.problem is problem for problem in plugin.problems):
            raise InvalidInstance(f"{origin}: it brings an encoding of {encoding.problem.name}, which is not its own")
    for family in plugin.families:
        if not set(family.problems) <= {problem.name for problem in plugin.problems}:
            raise InvalidInstance(f"{origin}: {family.name} is a family of {family.problems[0]}, which is not its own")
    for r in plugin.reductions:
        _require_known(joined, origin, r)
    return joined


def _require_known(catalogue: Catalogue, origin: str, cls: type[AnyReduction]) -> None:
    try:
        r = cls()
        links = [] if r.links == (r,) else [*r.links]
        sides = (r.source, r.target, cls.source, cls.target)
    except (Exception, SystemExit) as failure:  # whatever outside code raises
        raise InvalidInstance(f"{origin}: {cls.name}: {type(failure).__name__}: {failure}") from None
    for problem in sides:
        if catalogue.problems.get(problem.name) is not problem:
            raise InvalidInstance(f"{origin}: {cls.name} is about {problem.name}, which no catalogue has")
    for link in links:
        if catalogue.reductions.get(link.name) is not type(link):
            raise InvalidInstance(f"{origin}: {cls.name} is made of {link.name}, which no catalogue has")


def _require(origin: str, parts: Sequence[Any], kind: type, what: str) -> None:
    for part in parts:
        if not isinstance(part, kind):
            raise InvalidInstance(f"{origin}: {shorten(part)} is no {what}")
