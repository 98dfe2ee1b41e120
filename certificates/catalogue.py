"""What a checker knows: problems, their encodings, reductions, claims, families; built in, or joined (`plugin.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from relucert.certificates.claim import Claim
from relucert.certificates.claims import CLAIMS
from relucert.certificates.encoding import Encoding, NotEncoded
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.families import FAMILIES
from relucert.certificates.families.family import Family
from relucert.certificates.kernel import Malformed, Unsupported
from relucert.reductions import CATALOGUE, PROBLEMS, reduction
from relucert.reductions.exact import shorten
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction

AnyProblem = Problem[Any, Any]


class Catalogue(NamedTuple):
    """Everything by its name. origins: where what is not built in comes from, name -> distribution and version."""

    problems: Mapping[str, AnyProblem]
    encodings: Mapping[str, Encoding[Any, Any]]
    reductions: Mapping[str, type[AnyReduction]]
    claims: Mapping[str, Claim]
    families: Mapping[str, Family[Any]]
    origins: Mapping[str, str] = MappingProxyType({})

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

    def family(self, name: Any) -> Family[Any]:
        """Raises Unsupported if there is none of that name."""
        if type(name) is not str:
            raise Malformed(f"{shorten(name)} is not the name of a family")
        if name not in self.families:
            raise Unsupported(f"the family {shorten(name)} is not in the catalogue of this checker")
        return self.families[name]


BUILTIN = Catalogue(PROBLEMS, ENCODINGS, CATALOGUE, CLAIMS, FAMILIES)
