"""What a checker knows: problems, their encodings, reductions, kinds of claims; built in, or joined and trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from relucert.certificates.claim import Claim
from relucert.certificates.claims import CLAIMS
from relucert.certificates.encoding import Encoding, NotEncoded
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Malformed, Unsupported
from relucert.reductions import CATALOGUE, PROBLEMS, reduction
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.listed import Joined
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction

AnyProblem = Problem[Any, Any]


@dataclass(frozen=True)
class Plugin:
    """The trusted half of what a distribution adds: statements, arguments, reductions."""

    problems: Sequence[AnyProblem] = ()
    encodings: Sequence[Encoding[Any, Any]] = ()
    reductions: Sequence[type[AnyReduction]] = ()


@dataclass(frozen=True)
class Catalogue:
    """Everything by its name. origins: where what is not built in comes from, name -> distribution and version."""

    problems: Mapping[str, AnyProblem]
    encodings: Mapping[str, Encoding[Any, Any]]
    reductions: Mapping[str, type[AnyReduction]]
    claims: Mapping[str, Claim]
    origins: Mapping[str, str] = field(default_factory=dict)

    def problem(self, name: Any) -> AnyProblem:
        """Raises Unsupported if there is none of that name: it may stand in a catalogue that was not trusted."""
        if type(name) is not str:
            raise Malformed(f"{shorten(name)} is not the name of a problem")
        if name not in self.problems:
            raise Unsupported(f"the problem {shorten(name)} is not in the catalogue of this checker")
        return self.problems[name]

    def reduction(self, name: Any, parameters: Mapping[str, Any]) -> AnyReduction:
        """Raises Unsupported if a link is unknown, InvalidInstance if the parameters or the links do not fit."""
        if type(name) is not str:
            raise Malformed(f"{shorten(name)} is not the name of a reduction")
        for link in name.split("/"):
            if link not in self.reductions:
                raise Unsupported(f"the reduction {shorten(link)} is not in the catalogue of this checker")
        return reduction(name, parameters, self.reductions)

    def encoding(self, problem: AnyProblem) -> Encoding[Any, Any]:
        if problem.name not in self.encodings:
            raise NotEncoded(f"the problem {problem.name} has no encoding")
        return self.encodings[problem.name]

    def join(self, plugin: Plugin, origin: str) -> Catalogue:
        """This catalogue and what a plugin adds.

        Raises InvalidInstance if a name is taken, by whatever kind of thing, or if a part does not fit: an encoding of
        a problem that is not the plugin's own, a reduction about a problem or made of links that no catalogue has.
        """
        _require(origin, plugin.problems, Problem, "problem")
        _require(origin, plugin.encodings, Encoding, "encoding")
        names = [problem.name for problem in plugin.problems] + [r.name for r in plugin.reductions]
        for name in names:
            if name in self.problems or name in self.reductions:
                raise InvalidInstance(f"{origin}: the name {name!r} is taken, by {self.origins.get(name, 'relucert')}")
            if names.count(name) > 1:
                raise InvalidInstance(f"{origin}: the name {name!r} stands for two things")
        joined = replace(
            self,
            problems=Joined(self.problems, {p.name: p for p in plugin.problems}),
            encodings=Joined(self.encodings, {e.problem.name: e for e in plugin.encodings}),
            reductions=Joined(self.reductions, {r.name: r for r in plugin.reductions}),
            origins={**self.origins, **dict.fromkeys(names, origin)},
        )
        for encoding in plugin.encodings:
            if not any(encoding.problem is problem for problem in plugin.problems):
                raise InvalidInstance(
                    f"{origin}: it brings an encoding of {encoding.problem.name}, which is not its own"
                )
        for r in plugin.reductions:
            joined._require_known(origin, r)
        return joined

    def _require_known(self, origin: str, cls: type[AnyReduction]) -> None:
        try:
            r = cls()
            links = [] if r.links == (r,) else [*r.links]
            sides = (r.source, r.target, cls.source, cls.target)
        except (Exception, SystemExit) as failure:  # whatever outside code raises
            raise InvalidInstance(f"{origin}: {cls.name}: {type(failure).__name__}: {failure}") from None
        for problem in sides:
            if self.problems.get(problem.name) is not problem:
                raise InvalidInstance(f"{origin}: {cls.name} is about {problem.name}, which no catalogue has")
        for link in links:
            if self.reductions.get(link.name) is not type(link):
                raise InvalidInstance(f"{origin}: {cls.name} is made of {link.name}, which no catalogue has")


def _require(origin: str, parts: Sequence[Any], kind: type, what: str) -> None:
    for part in parts:
        if not isinstance(part, kind):
            raise InvalidInstance(f"{origin}: {shorten(part)} is no {what}")


BUILTIN = Catalogue(PROBLEMS, ENCODINGS, CATALOGUE, CLAIMS)
