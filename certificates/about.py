"""Whether a valid certificate is about the file and the parameters that somebody had in mind."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from relucert.certificates.claim import Proved
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import named, parameter_text, read_parameters
from relucert.reductions.problem import Problem

AnyProblem = Problem[Any, Any]


def give(_problem: AnyProblem, name: str, value: Any) -> str:
    """How a parameter is given on the command line."""
    return f"-p {name}={parameter_text(value)}"


class About(NamedTuple):
    """refusal: why the certificate is not about them, or nothing. note: what to say beside "accepted".

    read: what the file holds, '' without one. unsaid: the parameters that neither the file nor anybody states. remarks:
    of the reader of the file. missed: how the file would have to be read for the certificate to be about it.
    """

    refusal: str = ""
    note: str = ""
    read: str = ""
    unsaid: Mapping[str, Any] = MappingProxyType({})
    remarks: tuple[str, ...] = ()
    missed: Mapping[str, str] = MappingProxyType({})


def compare(
    proved: Proved,
    given: Mapping[str, Any],
    source: str = "",
    text: str = "",
    strict: bool = False,
    option: Callable[[AnyProblem, str, Any], str] = give,
) -> About:
    """Compare what is proved with given parameters and, if `source` names a file, with its text.

    strict: refuse what neither the file nor `given` states, unless it has the value that is taken if none is given;
    the refusal names the `option` to give. Raises InvalidInstance if neither the problem nor the reduction has such a
    parameter, if the text is no instance, or if a value says how to read a text and there is none.
    """
    problem, parameters, arguments = proved.problem, proved.parameters, proved.arguments
    reading, given = problem.reading(given, source) if problem is not None else (None, given)
    if unknown := [name for name in given if name not in parameters]:
        about = proved.reduction or problem or proved.statement
        named_so = f"{about.name if about else ''} has no parameter {unknown[0]!r}"
        raise InvalidInstance(f"{named_so}, and a certificate is about it")
    for name, value in read_parameters(parameters, given).items():
        if arguments[name] != value:
            return About(f"with {named({name: arguments[name]})}, not {named({name: value})}")
    if not source:
        return About()
    if problem is None:
        what = "all instances of a family" if proved.instance.get("claim") == "sweep" else "numbers"
        return About(f"it is about {what}, not about {source}")
    found = problem.describes(text, os.path.splitext(source)[1], proved.instance, reading)
    read, remarks = str(found.parsed), tuple(found.parsed.remarks)
    left = {**found.unsaid, **(proved.reduction.arguments if proved.reduction else {})}  # what the file does not say
    confirmed = {name: value for name, value in left.items() if name in given}
    unsaid = {name: value for name, value in left.items() if name not in given}
    if not found.agrees:
        hint = "".join(f"; with {option(problem, name, value)} it is" for name, value in found.missed.items())
        return About(f"it is not about {source}: {read}{hint}", "", read, unsaid, remarks, found.missed)
    for name, value in unsaid.items() if strict else ():
        if parameters[name].default != value:
            how = option(problem, name, value)
            return About(
                f"{source} does not say {named({name: value})}: give {how} if that is meant", "", read, unsaid, remarks
            )
    note = f"{source}: {read}"
    note += f", with {named(confirmed)} as given" if confirmed else ""
    note += f", with {named(unsaid)}, which the file does not say" if unsaid else ""
    return About("", note, read, unsaid, remarks)
