"""What is to be decided, and how: an instance with its reduction, the limits of size, the race of provers."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from relucert.certificates.about import give
from relucert.reductions import reduction
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance, Rational, shorten
from relucert.reductions.formats.columns import Columns, selected
from relucert.reductions.parameters import read_parameters
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.problems.training import TRAINING, TrainingInstance
from relucert.reductions.reduction import AnyReduction
from relucert.reductions.suggestions import meant
from relucert.verify.certify import (
    CertificateRefused,
    Certified,
    certify_instance,
    certify_promise,
    certify_reduction,
    work_of,
)
from relucert.verify.files import BadInput, about, read_text
from relucert.verify.limits import Watch, charge, doing
from relucert.verify.plugins import World, with_reduction
from relucert.verify.problems import SEARCHES
from relucert.verify.provers.base import OutOfTime, Unknown
from relucert.verify.search import Searches
from relucert.verify.small import decide_small

if TYPE_CHECKING:
    from relucert.verify.provers.base import Deadline, Prover

BUILT_IN = World()
FOR_PROVERS = 0.8  # of the time, where a minimum is searched; what is left is for checking
MAX_SIZE = 10**8  # samples, dimensions, vertices or whatever else there is in a target

NAMED = Columns()  # what the header says

AnyProblem = Problem[Any, Any]
Option = Callable[[AnyProblem, str, Any], str]  # how a parameter is given


class Subject(NamedTuple):
    """A problem or, from that problem, a reduction; and the parameters of an instance that were given with it."""

    name: str
    problem: AnyProblem
    reduction: AnyReduction | None
    given: Mapping[str, Any]
    world: World = BUILT_IN


class Job(NamedTuple):
    """An instance, what its file says and, if one was named, a reduction."""

    source: str
    problem: AnyProblem
    instance: Any
    parsed: Parsed[Any]
    reduction: AnyReduction | None
    world: World = BUILT_IN
    last: Any = None  # what the last link of the reduction builds the target from

    def target(self) -> Any:
        """The target instance."""
        assert self.reduction is not None
        last = self.reduction.links[-1]
        charge(work_of(last, self.last))
        return last.reduce(self.last)


def by_name(name: str, parameters: Mapping[str, Any], world: World = BUILT_IN) -> Subject:
    """The problem or the reduction of that name, or the reduction module:Class. Raises InvalidInstance or BadInput.

    Parameters of the reduction are its own; all others must be those of the problem.
    """
    if name in world.catalogue.problems:
        return of_problem(world.catalogue.problems[name], parameters)._replace(world=world)
    known = world.catalogue.reductions
    if ":" in name:
        found, world = with_reduction(name, world)
        name, known = found.name, {found.name: found}
    made = made_by(lambda given: reduction(name, given, known), parameters)
    return made._replace(world=world)


def made_by(make: Callable[[Mapping[str, Any]], AnyReduction], parameters: Mapping[str, Any]) -> Subject:
    """The reduction that is made of its share of the parameters."""
    usual = make({})
    own: set[str] = set(usual.parameters)
    if len(usual.links) > 1:  # the chain says which of its links has it, or that several have
        own = {key for key in parameters if _bare(key) in set(map(_bare, own))}
    r = make({key: v for key, v in parameters.items() if key in own})
    return of_reduction(r, {key: v for key, v in parameters.items() if key not in own})


def _bare(parameter: str) -> str:
    return parameter.rpartition(".")[2]


def of_problem(problem: AnyProblem, parameters: Mapping[str, Any]) -> Subject:
    return _known(Subject(problem.name, problem, None, parameters))


def of_reduction(r: AnyReduction, parameters: Mapping[str, Any]) -> Subject:
    return _known(Subject(r.name, r.source, r, parameters))


def _known(subject: Subject) -> Subject:
    if unknown := subject.given.keys() - subject.problem.parameters.keys():
        own = subject.reduction.parameters if subject.reduction else {}
        known = [*subject.problem.parameters, *own]
        takes = f"it takes: {', '.join(known) or 'none'}{meant(min(unknown), known)}"
        raise BadInput(f"{subject.name} has no parameter {min(unknown)!r}; {takes}")
    return subject._replace(given=read_parameters(subject.problem.parameters, subject.given))


def load(
    subject: Subject, source: str, usual: Mapping[str, Any] = {}, option: Option = give, columns: Columns = NAMED
) -> Job:
    """Read a file.

    usual: parameters that need not be given. option: how to say that one is missing. columns: of a training set in CSV.
    """
    text, suffix = read_text(source), os.path.splitext(source)[1]
    with about(source):
        text = selected(text, suffix, columns)
        return complete(subject, subject.problem.parse(text, suffix), source, usual, option)


def complete(
    subject: Subject, parsed: Parsed[Any], source: str, usual: Mapping[str, Any] = {}, option: Option = give
) -> Job:
    """The instance of what was read and what was given. Raises InvalidInstance, also if its target is too large."""
    problem = subject.problem
    given = {key: value for key, value in usual.items() if key not in parsed.stated} | dict(subject.given)
    for missing in problem.missing(parsed, given):
        how = option(problem, missing, missing[0].upper())
        raise InvalidInstance(f"{problem.parameters[missing].meaning} is missing: {how}")
    instance = problem.complete(parsed, given)
    last = source_of_the_last_link(subject.reduction, instance) if subject.reduction else None
    return Job(source, problem, instance, parsed, subject.reduction, subject.world, last)


def source_of_the_last_link(r: AnyReduction, instance: Any) -> Any:
    """What the target is built from. Raises InvalidInstance before anything is built that is too large."""
    doing("reducing")
    *before, last = r.links
    measures = {**r.source.size(instance).measures, **{k: v for k, v in r.arguments.items() if type(v) is int}}
    largest = max(measures, key=measures.__getitem__, default="")
    try:
        for link in before:
            _pay(link, instance)
            charge(work_of(link, instance))
            instance = link.reduce(instance)
        _pay(last, instance)
    except TooMuch as problem:
        raise TooMuch(
            f"{problem}, from {largest} = {shorten(measures[largest])}" if largest else str(problem)
        ) from None
    return instance


def _pay(link: AnyReduction, instance: Any) -> None:
    """Count what a link will build, before it is built. Raises TooMuch."""
    for size in link.stages(instance):
        require_moderate(size)
        charge(size.words // 8, size.words)


class TooMuch(InvalidInstance):
    """An instance would be larger than any machine should be asked for."""


def require_moderate(size: Size, dense: bool = False) -> None:
    """A few words of input must not ask for what no machine holds; if dense, not even what is only a number."""
    held = {name: value for name, value in size.measures.items() if dense or name not in size.bounds}
    measure = max(held, key=held.__getitem__)
    if held[measure] > MAX_SIZE:
        raise TooMuch(f"this is too large: {measure} {shorten(held[measure])}")


def certified(job: Job, decide: Callable[..., Any]) -> Certified | Unknown:
    """Decide a job, certify the answer and check the certificate. Raises InvalidInstance, ReductionRefuted."""
    try:
        if job.reduction is None:
            return certify_instance(job.problem, job.instance, decide, job.world.catalogue)
        if not job.reduction.is_equivalence:
            return certify_promise(job.reduction, job.instance, decide, job.world.catalogue)
        return certify_reduction(job.reduction, job.instance, decide, job.world.catalogue)
    except CertificateRefused as failure:
        return Unknown(f"the checker refused the provers' certificate: {failure}")


def minimised(instance: TrainingInstance, prover: str, watch: Watch, gap: Rational) -> Any:
    """The minimum of a training instance's loss, or bounds, or UNKNOWN, perhaps with bounds."""
    try:
        return racing(prover, watch, gap=gap, share=FOR_PROVERS)(TRAINING, instance, "minimum")
    except OutOfTime:
        return Unknown("time", ("stopped before anything was tried",))


def racing(
    prover: str, watch: Watch, searches: Searches = SEARCHES, gap: Rational = 0, share: float = 1.0
) -> Callable[..., Any]:
    """A way to decide instances, or to find their minima, within limits that hold for all of them together.

    gap: of a minimum, see there. share: of the time, for the provers; what is left is for checking.
    """
    deadline = watch.deadline if share == 1.0 else watch.deadline.part(share)

    def run(problem: AnyProblem, instance: Any, what: str = "decide", claimed: Any = None) -> Any:
        def task(one: Any, until: Deadline) -> Any:
            if what == "minimum":
                from relucert.verify.optimum import minimum

                return minimum(instance, one, until, gap)
            from relucert.verify.decide import decide, find

            if one.name == "finder":
                return find(problem, instance, until, searches)
            return decide(problem, instance, one, until, claimed=claimed, searches=searches)

        require_moderate(problem.size(instance), dense=what == "minimum")
        phase = watch.phase
        watch.doing(f"{'minimising' if what == 'minimum' else 'deciding'} the {problem.name} instance")
        try:
            built_in = problem.name in SEARCHES and searches.found[problem.name] is SEARCHES.found[problem.name]
            if what == "decide" and claimed is None and built_in:
                small = decide_small(problem, instance, prover, deadline)
                if small is not None:
                    return small
            from relucert.verify.isolate import race
            from relucert.verify.problems.training import has_search_of_losses
            from relucert.verify.provers import Finder, provers_for

            one_for_all = False  # where every prover would do the same
            finder: list[Prover] = []
            if what == "minimum":
                one_for_all = has_search_of_losses(instance)
            elif claimed is None and built_in:
                search = searches.search_for(problem, instance)
                if not search.derives and (normal := search.normal(instance, False)) and normal.instance is not None:
                    search = searches.search_for(problem, normal.instance)  # that a theorem may be about
                one_for_all = search.derives
                if prover == "auto" and not search.derives and search.finder(instance) is not None:
                    finder = [Finder()]
            racers = provers_for(problem, "lp" if one_for_all and prover == "auto" else prover, searches)
            if len(racers) > 1:  # the one that suits the instance starts first
                preferred = searches[problem.name].prover(instance)
                racers.sort(key=lambda one: one.name != preferred)
            found = race(task, [*racers, *finder], deadline, watch.memory, watch.note)
        finally:
            watch.doing(phase)
        if isinstance(found, Unknown):
            found = replace(found, details=tuple(f"{problem.name}: {line}" for line in found.details))
        return found

    return run
