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
from relucert.reductions.core import AnyReduction, InvalidInstance, Problem, shorten

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
        """This catalogue and what a plugin adds. Raises InvalidInstance if a name is taken, or a part does not fit."""
        joined = self
        for kind, entries in (
            ("problems", {p.name: p for p in plugin.problems}),
            ("encodings", {e.problem.name: e for e in plugin.encodings}),
            ("reductions", {r.name: r for r in plugin.reductions}),
        ):
            known = getattr(joined, kind)
            names = list(entries)
            if len(names) < len(getattr(plugin, kind)):
                raise InvalidInstance(f"{origin}: two {kind} have one name")
            if taken := next((name for name in names if name in known), None):
                raise InvalidInstance(
                    f"{origin}: the name {taken!r} is taken, by {joined.origins.get(taken, 'relucert')}"
                )
            origins = joined.origins if kind == "encodings" else {**joined.origins, **dict.fromkeys(names, origin)}
            joined = replace(joined, **{kind: {**known, **entries}}, origins=origins)
        for name in (e.problem.name for e in plugin.encodings):
            if joined.origins.get(name) != origin:
                raise InvalidInstance(f"{origin}: it brings an encoding of {name}, a problem that is not its own")
        for r in plugin.reductions:
            for problem in (r.source, r.target):
                if joined.problems.get(problem.name) is not problem:
                    raise InvalidInstance(
                        f"{origin}: {r.name} is about {problem.name}, which is no problem of the catalogue"
                    )
        return joined


BUILTIN = Catalogue(PROBLEMS, ENCODINGS, CATALOGUE, CLAIMS)
