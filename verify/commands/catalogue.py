"""What there is: `relucert list`, `relucert path` from problem to problem, `relucert version`."""

from __future__ import annotations

import inspect
import platform
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import click

from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.parameters import REQUIRED, Parameter, parameter_text, parameter_to_json
from relucert.reductions.reduction import AnyReduction, Chain
from relucert.verify.commands.options import (
    completed_name,
    joined,
    json_option,
    limit_options,
    load,
    parameter_options,
    report,
)
from relucert.verify.files import BadInput
from relucert.verify.formulas import shown
from relucert.verify.jobs import by_name, require_moderate
from relucert.verify.limits import Watch

MAX_BUILT = 10**7  # words of an instance that is built only to measure what follows from it


@click.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the reductions with their theorems and the sizes of their targets in terms of those of their sources."""
    problems = [{"name": name, "parameters": facts_of(problem.parameters)} for name, problem in PROBLEMS.items()]
    facts: list[dict[str, Any]] = []
    lines: list[str] = []
    for name, cls in CATALOGUE.items():
        r = cls()
        facts.append({"name": name, "source": r.source.name, "target": r.target.name, "reference": r.reference})
        facts[-1] |= {"parameters": facts_of(r.parameters), "formulas": dict(r.sizes)}
        lines += [f"{name}: {r.source.name} → {r.target.name}", f"  {r.reference}"]
        lines += [f"  {shown(r.sizes)}"] if r.sizes else []
        lines += [f"  {line}" for line in described(r.parameters)]
    lines += ["", "Parameters of problems:"]
    for name, problem in PROBLEMS.items():
        lines += [f"{name}", *(f"  {line}" for line in described(problem.parameters))] if problem.parameters else []
    report(as_json, "ok", {"reductions": facts, "problems": problems}, *lines)


def described(parameters: Mapping[str, Parameter]) -> Iterator[str]:
    """A line for each parameter."""
    for name, parameter in parameters.items():
        usual = "" if parameter.default is REQUIRED else f"; {parameter_text(parameter.default)} if not given"
        yield f"-p {name}=…: {parameter.meaning} ({parameter.kind}{' or null' * parameter.nullable}{usual})"


def facts_of(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name, p in parameters.items():
        facts[name] = {"meaning": p.meaning, "kind": p.kind, "nullable": p.nullable, "required": p.default is REQUIRED}
        if p.default is not REQUIRED:
            facts[name]["default"] = parameter_to_json(p.default)
    return facts


@click.command()
@click.argument("name", shell_complete=completed_name)
@json_option
def show(name: str, as_json: bool) -> None:
    """Show the reduction or the problem NAME: statement, construction and proof, parameters, sizes, an example.

    The text is the docstring in the source, whose examples the tests run.
    """
    subject = by_name(name, {})
    thing: Any = subject.reduction or subject.problem
    parts = thing.links if type(thing) is Chain else (thing,)
    text = "\n\n".join(inspect.cleandoc(type(part).__doc__ or "") for part in parts)
    kind = "reduction" if subject.reduction else "problem"
    facts: dict[str, Any] = {"name": thing.name, "kind": kind, "text": text, "parameters": facts_of(thing.parameters)}
    lines = [thing.name]
    if subject.reduction:
        r = subject.reduction
        facts |= {"source": r.source.name, "target": r.target.name, "reference": r.reference, "formulas": dict(r.sizes)}
        lines[0] += f": {r.source.name} → {r.target.name}"
        lines += [r.reference, *([shown(r.sizes)] if r.sizes else [])]
    known = {**subject.problem.parameters, **thing.parameters}
    facts["parameters"] = facts_of(known)
    report(as_json, "ok", facts, *lines, "", *text.splitlines(), "", *described(known))


@click.command()
@click.argument("source", type=click.Choice(list(PROBLEMS)), metavar="SOURCE")
@click.argument("target", type=click.Choice(list(PROBLEMS)), metavar="TARGET")
@click.argument("file", required=False)
@parameter_options
@limit_options
@json_option
def path(
    source: str, target: str, file: str | None, parameters: dict[str, Any], options: dict[str, Any], watch: Watch,
    as_json: bool,
) -> None:  # fmt: skip
    """List the chains of reductions from the problem SOURCE to the problem TARGET, shortest first.

    The sizes of what each link builds are formulas in the sizes of its source; with a FILE that holds an instance of
    SOURCE, numbers. No instance is built that is too large. Reductions have their usual parameters.
    """
    watch.doing("reading and measuring")
    chains = list(chains_between(source, target))
    if not chains:
        raise BadInput(f"no chain of reductions leads from {source} to {target}")
    job = None if file is None else load(source, file, parameters, options)
    if job is None and (given := joined(parameters, options)):
        raise BadInput(f"{min(given)} is a parameter of an instance: give a FILE with it")
    read = {"read": str(job.parsed)} if job else {}
    facts: list[dict[str, Any]] = []
    lines = [f"{key}: {value}" for key, value in read.items()]
    for chain in chains:
        links = list(links_of(chain, job.instance)) if job else [Link(r) for r in chain]
        name = "/".join(r.name for r in chain)
        facts.append({"chain": name, "reductions": [link.facts() for link in links]})
        lines += [name, *(line for link in links for line in link.lines())]
    report(as_json, "ok", {"chains": facts, **read}, *lines)


@dataclass(frozen=True)
class Link:
    """A reduction of a chain, the sizes of what it builds, and why it does not, if it does not."""

    reduction: AnyReduction
    sizes: tuple[Size, ...] = ()
    refusal: str = ""

    def facts(self) -> dict[str, Any]:
        r = self.reduction
        facts = {"name": r.name, "source": r.source.name, "target": r.target.name, "reference": r.reference}
        formulas = {"formulas": dict(r.sizes)}
        sizes = {"sizes": [dict(size.measures) for size in self.sizes]} if self.sizes else {}
        return facts | formulas | sizes | ({"refusal": self.refusal} if self.refusal else {})

    def lines(self) -> Iterator[str]:
        r = self.reduction
        yield f"  {r.name}: {r.reference}"
        if r.sizes and not self.sizes:
            yield f"    {shown(r.sizes)}"
        for size in self.sizes:
            yield "    " + ", ".join(f"{name} {value:,}" for name, value in size.measures.items())
        if self.refusal:
            yield f"    {self.refusal}"


def links_of(chain: Sequence[AnyReduction], instance: Any) -> Iterator[Link]:
    """The links of a chain that starts from an instance; an instance is built to learn what the next link makes of it.

    Where a link refuses its source, or would build too much, the sizes end.
    """
    refused = False
    for r, after in zip(chain, (*chain[1:], None), strict=True):
        sizes: list[Size] = []
        try:
            for size in r.stages(instance) if not refused else ():
                require_moderate(size)
                sizes.append(size)
            if after is not None and not refused:
                if sizes[-1].words > MAX_BUILT:
                    raise InvalidInstance(f"this takes {sizes[-1].words:,} words: what comes next is not measured")
                instance = r.reduce(instance)
        except InvalidInstance as problem:
            refused = True
            yield Link(r, tuple(sizes), str(problem))
        else:
            yield Link(r, tuple(sizes))


def chains_between(source: str, target: str) -> Iterator[tuple[AnyReduction, ...]]:
    """The chains of reductions that visit no problem twice, shortest first, then in the order of the catalogue.

    From a problem to itself leads each of its reductions to itself, which is the only way to visit it again.

    >>> [[r.name for r in chain] for chain in chains_between("three-sat", "one-in-three")]
    [['three-sat-to-one-in-three']]
    """
    everything = [cls() for cls in CATALOGUE.values()]
    chains: deque[tuple[AnyReduction, ...]] = deque((r,) for r in everything if r.source.name == source)
    while chains:
        chain = chains.popleft()
        last = chain[-1].target.name
        if last == target:
            yield chain
            continue
        visited = {source, *(r.target.name for r in chain)}
        chains += ((*chain, r) for r in everything if r.source.name == last and r.target.name not in visited)


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the versions of relucert, Python and the solvers."""
    versions = {"relucert": metadata.version("relucert"), "python": platform.python_version()}
    for package in ("z3-solver", "python-sat", "highspy", "python-flint"):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    report(as_json, "ok", {"versions": versions}, *(f"{name} {v}" for name, v in versions.items()))
