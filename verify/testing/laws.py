"""The laws that every reduction obeys, checked on one instance. Nothing here needs hypothesis.

The expected answers come from brute force or from a statement of the problem in Z3 that shares nothing with
`certificates/`. Where a reduction keeps a gap instead of the answer, backward and a NO of the target are about the
source instance that it promises, and of a NO whose promised instance is a YES nothing is asked but its certificate.
"""

from __future__ import annotations

import random
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

from relucert.certificates.writer import No, Yes
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction
from relucert.verify.certify import certify_instance, certify_promise, certify_reduction
from relucert.verify.command_reduction import NoReply
from relucert.verify.decide import decide
from relucert.verify.formulas import evaluate, is_bound, shown
from relucert.verify.problems import SEARCHES
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, Unknown
from relucert.verify.search import NoSearch, Searches

MOST_MAPPED = 10  # solutions of a source that are mapped forward


class Law(Enum):
    """What holds for a reduction: on every instance, in the order in which it is checked; the last three on all."""

    REPLY = "a command answers every request"
    TOTAL = "reduce makes an instance of the target from every instance of the source"
    PURITY = "no map changes what it is given"
    DETERMINISM = "reduce is a function"
    SIZE = "the size of the target is the one announced"
    ROUND_TRIP = "instances and witnesses survive JSON"
    REFERENCE = "the source has the answer that brute force gives"
    FORWARD = "forward maps every solution to a solution"
    BACKWARD = "backward maps every solution to a solution"  # of what is promised
    ANSWER = "the target has the answer of the source"  # or the NO of what is promised
    DECLARED = "the sizes of the target are as the formulas declare"
    PROCESSES = "reduce is the same function in every process"
    DECIDED = "both sides of every instance are decided"
    BOTH = "both answers occur"


@dataclass(frozen=True)
class Solution:
    """A solution of one side, as JSON, and what became of it: its image, or why there is none."""

    side: str
    witness: Any
    image: str


class LawViolated(AssertionError):
    """A reduction breaks this law on an instance."""

    def __init__(self, law: Law, detail: str = "", solution: Solution | None = None) -> None:
        super().__init__(f"{law.value}: {detail}" if detail else law.value)
        self.law, self.detail, self.solution = law, detail, solution


class Undecided(Exception):
    """Deciding takes more work than is allowed, so the laws say nothing about this instance."""


@dataclass(frozen=True)
class Outcome:
    """The answer of the source; and why that of the target is not known, if it is not."""

    answer: str
    undecided: str = ""


def require(holds: bool, law: Law, detail: str = "", solution: Solution | None = None) -> None:
    if not holds:
        raise LawViolated(law, detail, solution)


def decide_in_process(
    problem: Problem[Any, Any], instance: Any, work: int | None = None, searches: Searches = SEARCHES
) -> Yes | No | Unknown:  # fmt: skip
    """By the one prover that the search prefers. UNKNOWN if it takes more than this work; no clock decides."""
    choice = searches[problem.name].prover(instance) if problem.name in searches else "auto"
    prover = provers_for(problem, choice, searches)[0]
    return decide(problem, instance, prover, Deadline(work=work), searches=searches)


def decide_or_try_all(problem: Problem[Any, Any], instance: Any, work: int | None, searches: Searches) -> Yes | No:
    """The same; without an encoding brute force decides, whose NO has no cases. Raises Undecided."""
    if problem.name in searches and searches[problem.name].encoding is None:
        try:
            witness = searches[problem.name].by_brute_force(instance)
        except NoSearch as missing:
            raise Undecided(str(missing)) from None
        return No(()) if witness is None else Yes(witness)
    found = decide_in_process(problem, instance, work, searches)
    if isinstance(found, Unknown):
        raise Undecided(f"{problem.name}: {found.reason}")
    return found


def check_size(r: AnyReduction, source: Any, target: Any) -> None:
    """The last stage is the size of the target: its measures exactly, its words at least."""
    *_, stage = r.stages(source)
    emitted = r.target.size(target)
    require(stage.measures == emitted.measures, Law.SIZE, f"computed {stage.measures}, emitted {emitted.measures}")
    require(stage.words >= emitted.words, Law.SIZE, f"at most {stage.words} words computed, {emitted.words} emitted")


def check_declared(r: AnyReduction, source: Any, target: Any) -> None:
    """The formulas for the target's measures hold, each as an equation or as a bound."""
    names, emitted = {**r.source.size(source).measures, **r.arguments}, r.target.size(target).measures
    for measure, formula in r.sizes.items():
        said = f"declared {shown({measure: formula})}"
        try:
            declared, found = evaluate(formula, names), emitted[measure]
        except (KeyError, ValueError) as failure:
            raise LawViolated(Law.DECLARED, f"{said}: {_named(failure)}") from None
        holds = found <= declared if is_bound(formula) else found == declared
        require(holds, Law.DECLARED, f"{said}, which is {declared} here; it is {found}")


def check_laws(
    r: AnyReduction, source: Any, seed: int = 0, work: int | None = None, searches: Searches = SEARCHES
) -> str:  # fmt: skip
    """Check every law of one source instance, in the order of `Law`; returns the answer, YES or NO.

    Raises what `examine` raises. A target that nobody searches, or whose search is lengthy, is not decided.
    """
    return examine(r, source, seed, work, searches).answer


def examine(
    r: AnyReduction, source: Any, seed: int = 0, work: int | None = None, searches: Searches = SEARCHES
) -> Outcome:  # fmt: skip
    """Check every law of one source instance, in the order of `Law`.

    Raises LawViolated, Undecided if deciding one side takes more than this work, or NoSearch if the source has no brute
    force. Without an encoding a side is decided by brute force; without a search only the images of the source's
    witnesses say something about the target. All of this is a function of the arguments: the same in every process.
    """
    source = deepcopy(source)  # whoever changes it, a counterexample shows it as it was
    target, promised = reduced(r, source), promised_by(r, source)
    require(reduced(r, source) == target, Law.DETERMINISM, "two calls give different targets")
    check_size(r, source, target)
    for problem, instance in ((r.source, source), (r.target, target)):
        survived = problem.instance_from_json(loads(text_of(problem, instance))) == instance
        require(survived, Law.ROUND_TRIP, f"an instance of {problem.name}")
    evidence: dict[tuple[str, Any], Yes | No] = {}

    def decide_once(problem: Problem[Any, Any], instance: Any) -> Yes | No:
        key = problem.name, text_of(problem, instance)
        if key not in evidence:
            evidence[key] = decide_or_try_all(problem, instance, work, searches)
        return evidence[key]

    def certify(problem: Problem[Any, Any], instance: Any) -> None:
        if PROBLEMS.get(problem.name) is problem:  # known to the checker
            certify_instance(problem, instance, decide_once)

    expected, of_source = searches[r.source.name].by_brute_force(source), decide_once(r.source, source)
    answer = "NO" if expected is None else "YES"
    left_out = answer == "NO" and promised != source and isinstance(decide_once(r.source, promised), Yes)
    require(isinstance(of_source, Yes) == (answer == "YES"), Law.REFERENCE, f"it is a {answer}")
    images = []
    if isinstance(of_source, Yes):
        further = searches[r.source.name].more(source, [expected, of_source.witness], random.Random(seed))
        images = [image_of(r, source, target, solution) for solution in islice(further, MOST_MAPPED)][:2]
        require_backward(r, source, target, images[:1], seed, searches)
    undecided = "the promise leaves this instance out" if left_out else why_not_decided(r, searches)
    if not undecided:
        of_target = decide_once(r.target, target)
        if isinstance(of_target, Yes) and answer == "NO":
            solution = Solution("target", r.target.witness_to_json(of_target.witness), "nothing solves the source")
            raise LawViolated(Law.ANSWER, "the source is a NO, the target a YES", solution)
        require(isinstance(of_target, Yes) == (answer == "YES"), Law.ANSWER, "the source is a YES, the target a NO")
        if isinstance(of_target, Yes):
            require_backward(r, source, target, [of_target.witness, *images[1:]], seed, searches)
        certify(r.target, target)
    certify(r.source, source)
    known = type(r) is CATALOGUE.get(r.name)  # to the checker
    if known and (images or not undecided):
        (certify_promise if keeps_a_gap(r, source) else certify_reduction)(r, source, decide_once)
    check_declared(r, source, target)
    return Outcome(answer, "" if images else undecided)


def why_not_decided(r: AnyReduction, searches: Searches) -> str:
    """Why targets are not decided at all, if they are not."""
    if r.target.name not in searches:
        return f"no search for {r.target.name}"
    lengthy = any(r.name in search.lengthy for search in searches.of(r.target.name))
    return f"refuting a target of {r.name} takes minutes" if lengthy else ""


def broken_law(r: AnyReduction, source: Any, work: int, searches: Searches = SEARCHES) -> Law | None:
    """The first law that a reduction breaks on an instance; None if it breaks none, or if that takes more work."""
    try:
        check_laws(r, source, work=work, searches=searches)
    except LawViolated as violation:
        return violation.law
    except Undecided:
        pass
    return None


def text_of(problem: Problem[Any, Any], instance: Any) -> str:
    return "".join(problem.canonical(instance))


def reduced(r: AnyReduction, source: Any) -> Any:
    """The target, which has to be an instance of its problem."""
    before = text_of(r.source, source)
    try:
        target = r.reduce(source)
        r.target.instance_from_json(loads(text_of(r.target, target)))
    except NoReply as failure:
        raise LawViolated(Law.REPLY, str(failure)) from None
    except (Exception, SystemExit) as failure:  # whatever it is, there is no target
        raise LawViolated(Law.TOTAL, _named(failure)) from failure
    require(text_of(r.source, source) == before, Law.PURITY, "reduce changes the source")
    return target


def image_of(r: AnyReduction, source: Any, target: Any, solution: Any) -> Any:
    """What forward makes of a solution, which has to be a solution."""
    return _mapped(r, source, solution, Law.FORWARD, target)


def keeps_a_gap(r: AnyReduction, source: Any) -> bool:
    """Whether it promises something else than the answer."""
    with suppress(InvalidInstance):
        r.promised(source)
        return not r.is_equivalence
    return False


def promised_by(r: AnyReduction, source: Any) -> Any:
    """The instance that the NO of the target is about: the source itself, unless it keeps a gap."""
    return r.promised(source) if keeps_a_gap(r, source) else source


def require_backward(
    r: AnyReduction, source: Any, target: Any, solutions: list[Any], seed: int, searches: Searches
) -> None:  # fmt: skip
    """That these solutions of the target, and others around them, are mapped to solutions of the source."""
    promised = promised_by(r, source)
    if r.target.name in searches:
        witnesses = searches[r.target.name].more(target, solutions, random.Random(seed))
    else:
        witnesses = iter(solutions)
    for witness in witnesses:
        assert r.target.accepts(target, witness), "the test kit's own solutions solve the target"
        _mapped(r, source, witness, Law.BACKWARD, promised)
        encoded = r.target.witness_to_json(witness)
        require(r.target.witness_from_json(encoded) == witness, Law.ROUND_TRIP, f"a witness of {r.target.name}")


def _mapped(r: AnyReduction, source: Any, witness: Any, law: Law, instance: Any) -> Any:
    """The image of a witness under forward or backward, which has to solve this instance."""
    forward = law is Law.FORWARD
    here, there = (r.source, r.target) if forward else (r.target, r.source)
    given = dumps(here.witness_to_json(witness)), text_of(r.source, source)

    def solution(image: str) -> Solution:
        return Solution("source" if forward else "target", loads(given[0]), image)

    try:
        image = r.forward(source, witness) if forward else r.backward(source, witness)
    except NoReply as failure:
        raise LawViolated(Law.REPLY, str(failure), solution("no reply")) from None
    except (Exception, SystemExit) as failure:  # whatever it is, the map has failed on a witness
        raise LawViolated(law, _named(failure), solution("none")) from failure
    unchanged = given == (dumps(here.witness_to_json(witness)), text_of(r.source, source))
    require(unchanged, Law.PURITY, f"{law.name.lower()} changes what it is given")
    try:
        solves = there.accepts(instance, image)
    except (Exception, SystemExit) as failure:  # an image of the wrong shape
        raise LawViolated(law, _named(failure), solution(_witness_text(there, image))) from failure
    if not solves:
        raise LawViolated(
            law, f"its image does not solve the {there.name} instance", solution(_witness_text(there, image))
        )
    return image


def _witness_text(problem: Problem[Any, Any], witness: Any) -> str:
    try:
        return dumps(problem.witness_to_json(witness))
    except Exception:  # it need not be a witness
        return shorten(witness)


def _named(failure: BaseException) -> str:
    return f"{type(failure).__name__}: {failure}"
