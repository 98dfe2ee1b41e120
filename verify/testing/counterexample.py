"""An instance on which a reduction breaks a law: what is shown of it, and how it is seen again."""

from __future__ import annotations

import importlib
import shlex
import sys
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.writer import Fails, No, Shown, Side, Yes
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.parameters import parameter_text
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction, Chain
from relucert.verify.certify import CertificateRefused, Certified, certify_disagreement, remark_of
from relucert.verify.command_reduction import CommandReduction
from relucert.verify.provers.base import Unknown
from relucert.verify.search import AnySearch, Searches
from relucert.verify.testing.laws import Law, LawViolated, decide_in_process, text_of

MOST_SHOWN = 2000  # characters of one instance or witness


@dataclass(frozen=True)
class Counterexample:
    """A source instance, and the law that is broken on it."""

    reduction: AnyReduction
    source: Any
    violation: LawViolated
    searches: Searches

    @property
    def law(self) -> Law:
        return self.violation.law

    def target(self) -> Any:
        """What reduce makes of the source, which remains as it is even if reduce changes what it is given."""
        return self.reduction.reduce(deepcopy(self.source))

    def command(self, file: str = "FILE") -> str | None:
        """The command that shows it again, given the source instance in a file; None if no command can name it."""
        order = order_for(self.reduction, self.searches)
        return None if order is None else f"relucert fuzz {order} {shlex.quote(file)}"

    def instance_file(self) -> str:
        """The source instance, as a file that every command reads."""
        return text_of(self.reduction.source, self.source) + "\n"

    def witness_file(self) -> str | None:
        """The solution whose image is wrong, or that should not be."""
        solution = self.violation.solution
        return None if solution is None else dumps(solution.witness) + "\n"

    def certified(self, catalogue: Catalogue = BUILTIN, work: int | None = None) -> Certified | Unknown:
        """The certificate of the disagreement: opposite answers or, if these are not known, a solution and its image.

        UNKNOWN if the law is not about answers, or if the checker has none of the problems.
        """
        r, solution = self.reduction, self.violation.solution
        if self.law not in (Law.FORWARD, Law.BACKWARD, Law.ANSWER):
            return Unknown("this law is not about answers")
        target = self.target()
        of_source, of_target = self._shown(r.source, self.source, work), self._shown(r.target, target, work)
        if {type(of_source), type(of_target)} != {Yes, No} and solution is not None:
            with suppress(InvalidInstance):
                image = Fails(loads(solution.image))
                if solution.side == "source":
                    of_source, of_target = Yes(r.source.witness_from_json(solution.witness)), image
                else:
                    of_source, of_target = image, Yes(r.target.witness_from_json(solution.witness))
        if of_source is None or of_target is None or type(of_source) is type(of_target):
            return Unknown("no evidence of either side that a certificate can hold")
        sides = Side(r.source, self.source, of_source), Side(r.target, target, of_target)
        try:
            return certify_disagreement(*sides, remark_of(r), catalogue)
        except CertificateRefused as refused:
            return Unknown(str(refused))

    def _shown(self, problem: Problem[Any, Any], instance: Any, work: int | None) -> Shown | None:
        """What a certificate can show of one side."""
        found = decide_in_process(problem, instance, work, self.searches)
        return None if isinstance(found, Unknown) else found

    def text(self, file: str = "FILE") -> str:
        """Everything, for people."""
        r, solution = self.reduction, self.violation.solution
        lines = [f"{r.name} breaks a law: {self.law.value}"]
        if self.violation.detail:
            lines.append(f"  {self.violation.detail}")
        lines += [f"source, a file with an instance of {r.source.name}:", _short(self.instance_file())]
        try:
            target = text_of(r.target, self.target())
        except (Exception, SystemExit):  # the law says which
            target = ""
        if target:
            lines += [f"target, an instance of {r.target.name}:", _short(target)]
        if solution is not None:
            lines += [f"a solution of the {solution.side}:", _short(dumps(solution.witness))]
            lines += ["its image:", _short(solution.image)]
        command = self.command(file)
        if command is None:
            lines.append(f"to see it again, call assert_reduction with sources=[{_short(repr(self.source))}]")
        else:
            lines += [f"to see it again, with the source in {file}:", f"  {command}"]
        return "\n".join(lines)


def order_for(r: AnyReduction, searches: Searches) -> str | None:
    """How `relucert fuzz` is told which reduction is meant; None if it is defined where nobody can import it."""
    if isinstance(r, CommandReduction):
        words = ["--command", shlex.join(r.command), "--source", r.source.name, "--target", r.target.name]
    else:
        name = "/".join(link.name for link in r.links) if type(r) is Chain else None
        if name is None:
            name = r.name if type(r) is CATALOGUE.get(r.name) else place_of(type(r))
        elif not all(type(link) is CATALOGUE.get(link.name) for link in r.links):
            return None
        if name is None:
            return None
        words = [name]
        words += [word for name, v in r.arguments.items() for word in ("-p", f"{name}={parameter_text(v)}")]
    for problem in {p.name: p for p in (r.source, r.target)}.values():
        if PROBLEMS.get(problem.name) is not problem and problem.name in searches:
            search = place_of_search(searches[problem.name])
            if search is None:
                return None
            words += ["--search", search]
    return shlex.join(words)


def place_of_search(search: AnySearch) -> str | None:
    """module:NAME of the search or, if it has no name there, of its class."""
    module = sys.modules[type(search).__module__]
    names = [name for name, value in vars(module).items() if value is search]
    return f"{module.__name__}:{names[0]}" if names else place_of(type(search))


def place_of(cls: type) -> str | None:
    """module:Class, if that is where it is found."""
    try:
        found = getattr(importlib.import_module(cls.__module__), cls.__qualname__, None)
    except ImportError:
        return None
    return f"{cls.__module__}:{cls.__qualname__}" if found is cls and cls.__module__ != "__main__" else None


def _short(text: str) -> str:
    text = text.rstrip("\n")
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}… ({len(text):,} characters)"
