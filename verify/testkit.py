"""The laws that every reduction obeys, as properties for hypothesis.

A reduction in the catalogue is tested by `check_laws` without further ado, provided that there is a search for its
source problem. The expected answers come from brute force or from a statement of the problem in Z3 that shares nothing
with `certificates/`.
"""

from __future__ import annotations

import random
from enum import Enum
from typing import Any

from relucert.certificates.writer import No, Yes
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.json_text import loads
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction
from relucert.verify.certify import certify_instance, certify_reduction
from relucert.verify.decide import decide
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.search import Searches


class Law(Enum):
    """What holds for a reduction on every instance, in the order in which it is checked."""

    DETERMINISM = "reduce is a function"
    SIZE = "the size of the target is the one announced"
    ROUND_TRIP = "instances and witnesses survive JSON"
    REFERENCE = "the source has the answer that brute force gives"
    FORWARD = "forward maps every solution to a solution"
    BACKWARD = "backward maps every solution to a solution"
    ANSWER = "the target has the answer of the source"


class LawViolated(AssertionError):
    """A reduction breaks this law on an instance."""

    def __init__(self, law: Law, detail: str = "") -> None:
        super().__init__(f"{law.value}: {detail}" if detail else law.value)
        self.law = law


class Undecided(Exception):
    """Deciding takes more work than is allowed, so the laws say nothing about this instance."""


def require(holds: bool, law: Law, detail: str = "") -> None:
    if not holds:
        raise LawViolated(law, detail)


def decide_in_process(
    problem: Problem[Any, Any], instance: Any, work: int | None = None, searches: Searches = SEARCHES
) -> Yes | No | Unknown:  # fmt: skip
    """By the one prover that the search prefers. UNKNOWN if it takes more than this work; no clock decides."""
    choice = searches[problem.name].prover(instance) if problem.name in searches else "auto"
    prover = provers_for(problem, choice, searches)[0]
    return decide(problem, instance, prover, Deadline(work=work), searches=searches)


def check_size(r: AnyReduction, source: Any, target: Any) -> None:
    """The last stage is the size of the target: its measures exactly, its words at least."""
    *_, stage = r.stages(source)
    emitted = r.target.size(target)
    require(stage.measures == emitted.measures, Law.SIZE, f"computed {stage.measures}, emitted {emitted.measures}")
    require(stage.words >= emitted.words, Law.SIZE, f"at most {stage.words} words computed, {emitted.words} emitted")


def check_laws(
    r: AnyReduction, source: Any, seed: int = 0, work: int | None = None, searches: Searches = SEARCHES
) -> str:  # fmt: skip
    """Check every law on one source instance, in the order of `Law`; returns the answer, YES or NO.

    Raises LawViolated, Undecided if deciding one side takes more than this work, or NoSearch if the source has no brute
    force. Without an encoding a side is decided by brute force; without a search only the images of the source's
    witnesses say something about the target. All of this is a function of the arguments: the same in every process.
    """
    target = r.reduce(source)
    require(r.reduce(source) == target, Law.DETERMINISM)
    check_size(r, source, target)
    for problem, instance in ((r.source, source), (r.target, target)):
        text = "".join(problem.canonical(instance))
        require(problem.instance_from_json(loads(text)) == instance, Law.ROUND_TRIP, problem.name)
    evidence: dict[tuple[str, Any], Yes | No] = {}

    def decide_once(problem: Problem[Any, Any], instance: Any) -> Yes | No:
        key = problem.name, instance
        if key not in evidence:
            found = decide_in_process(problem, instance, work, searches)
            if isinstance(found, Unknown) and searches[problem.name].encoding is None:
                found = No(())  # which no certificate says: brute force has found nothing
            if isinstance(found, Unknown):
                raise Undecided(found.reason)
            evidence[key] = found
        return evidence[key]

    def certify(problem: Problem[Any, Any], instance: Any) -> None:
        if PROBLEMS.get(problem.name) is problem:  # known to the checker
            certify_instance(problem, instance, decide_once)

    expected, of_source = searches[r.source.name].by_brute_force(source), decide_once(r.source, source)
    answer = "NO" if expected is None else "YES"
    require(isinstance(of_source, Yes) == (answer == "YES"), Law.REFERENCE, f"it is a {answer}")
    images = []
    if isinstance(of_source, Yes):
        images = [image_of(r, source, target, solution) for solution in (expected, of_source.witness)]
        require_backward(r, source, target, images[:1], seed, searches)
    if r.target.name in searches and not any(r.name in search.lengthy for search in searches.of(r.target.name)):
        of_target = decide_once(r.target, target)
        require(isinstance(of_target, Yes) == (answer == "YES"), Law.ANSWER, f"the source is a {answer}")
        if isinstance(of_target, Yes):
            require_backward(r, source, target, [of_target.witness, *images[1:]], seed, searches)
        certify(r.target, target)
    certify(r.source, source)
    if type(r) is CATALOGUE.get(r.name) and ((r.target.name, target) in evidence or images):  # known to the checker
        certify_reduction(r, source, decide_once)
    return answer


def broken_law(r: AnyReduction, source: Any, work: int, searches: Searches = SEARCHES) -> Law | None:
    """The first law that a reduction breaks on an instance; None if it breaks none, or if that takes more work."""
    try:
        check_laws(r, source, work=work, searches=searches)
    except LawViolated as violation:
        return violation.law
    except Undecided:
        pass
    return None


def image_of(r: AnyReduction, source: Any, target: Any, solution: Any) -> Any:
    """What forward makes of a solution, which has to be a solution."""
    try:
        image = r.forward(source, solution)
        solves = r.target.accepts(target, image)
    except Exception as failure:  # whatever it is, the map has failed on a witness
        raise LawViolated(Law.FORWARD, repr(failure)) from failure
    require(solves, Law.FORWARD)
    return image


def require_backward(
    r: AnyReduction, source: Any, target: Any, solutions: list[Any], seed: int, searches: Searches
) -> None:  # fmt: skip
    """That these solutions of the target, and others around them, are mapped to solutions of the source."""
    if r.target.name in searches:
        witnesses = searches[r.target.name].more(target, solutions, random.Random(seed))
    else:
        witnesses = iter(solutions)
    for witness in witnesses:
        assert r.target.accepts(target, witness), "the test kit's own solutions solve the target"
        require(_solves(r, source, witness), Law.BACKWARD)
        encoded = r.target.witness_to_json(witness)
        require(r.target.witness_from_json(encoded) == witness, Law.ROUND_TRIP, f"a witness of {r.target.name}")


def _solves(r: AnyReduction, source: Any, witness: Any) -> bool:
    try:
        return r.source.accepts(source, r.backward(source, witness))
    except Exception:  # whatever it is, the map has failed on a witness
        return False
