"""Whether a valid certificate is about the file and the parameters that somebody had in mind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from relucert.certificates.claim import Proved
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import named, parameter_text
from relucert.reductions.problem import Problem

AnyProblem = Problem[Any, Any]


def give(_problem: AnyProblem, name: str, value: Any) -> str:
    """How a parameter is given on the command line."""
    return f"-p {name}={parameter_text(value)}"


@dataclass(frozen=True)
class About:
    """refusal: why the certificate is not about them, or nothing. note: what to say beside "accepted".

    read: what the file holds, '' without one. unsaid: the parameters that neither the file nor anybody states. remarks:
    of the reader of the file.
    """

    refusal: str = ""
    note: str = ""
    read: str = ""
    unsaid: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def compare(
    proved: Proved,
    given: Mapping[str, Any],
    source: str = "",
    text: str = "",
    strict: bool = False,
    option: Callable[[AnyProblem, str, Any], str] = give,
) -> About:
    """Compare what is proved with given parameters and, if `source` names a file, with its text.

    strict: refuse what neither the file nor `given` states, unless it has the value that the problem takes if none is
    given; the refusal names the `option` to give. Raises InvalidInstance if the problem has no such parameter, or if
    the text is no instance of it.
    """
    problem, instance = proved.problem, proved.instance
    for name, value in given.items():
        if name not in problem.parameters:
            raise InvalidInstance(f"{problem.name} has no parameter {name!r}, and a certificate is about it")
        if getattr(instance, name) != value:
            return About(f"with {named({name: getattr(instance, name)})}, not {named({name: value})}")
    if not source:
        return About()
    found = problem.describes(text, PurePath(source).suffix, instance)
    read, remarks = str(found.parsed), tuple(found.parsed.remarks)
    unsaid = {name: value for name, value in found.unsaid.items() if name not in given}
    if not found.agrees:
        return About(f"it is not about {source}: {read}", "", read, unsaid, remarks)
    for name, value in unsaid.items() if strict else ():
        if name not in problem.defaults or problem.defaults[name] != value:
            how = option(problem, name, value)
            return About(
                f"{source} does not say {named({name: value})}: give {how} if that is meant", "", read, unsaid, remarks
            )
    confirmed = {name: value for name, value in found.unsaid.items() if name in given}
    note = f"{source}: {read}"
    note += f", with {named(confirmed)} as given" if confirmed else ""
    note += f", with {named(unsaid)}, which the file does not say" if unsaid else ""
    return About("", note, read, unsaid, remarks)
