"""From an instance to a checked certificate: decide, write, and let the checker have the last word."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.checker import Verdict, check
from relucert.certificates.properties import Property
from relucert.certificates.writer import (
    Evidence,
    Fails,
    No,
    Shown,
    Side,
    Yes,
    agreement,
    bounds,
    decision,
    disagreement,
    equivalence,
    lemma,
    minimum,
    promise,
    write,
)
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.exact import InvalidInstance, TooLarge
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction, Chain
from relucert.verify.limits import Counted, charge
from relucert.verify.provers.base import Unknown

if TYPE_CHECKING:
    from relucert.verify.optimum import Bounds, Minimum, Ratio

AnyProblem = Problem[Any, Any]
Decide = Callable[[AnyProblem, Any], Yes | No | Unknown]


class ReductionRefuted(Exception):
    """The two sides of a reduction have different answers, or a witness map failed: the reduction is wrong.

    disagreement: the checked certificate of it; None if a map raised, or returned what no file can hold, or if there is
    none within the limits.
    """

    def __init__(self, reason: str, disagreement: Certified | Unknown | None = None) -> None:
        super().__init__(reason)
        self.disagreement = disagreement if isinstance(disagreement, Certified) else None


class CertificateRefused(Exception):
    """The checker does not accept what the provers found: a prover or the writer is wrong."""


class Certified(NamedTuple):
    """A checked certificate with the answer of its verdict, and how long each stage took, in seconds.

    evidence: of the instance and, if the claim is about a reduction or two instances, of the target. target: of a
    reduction.
    """

    answer: str
    evidence: tuple[Shown, ...]
    certificate: bytes
    verdict: Verdict
    seconds: dict[str, float]
    target: Any = None


def certify_instance(
    problem: Problem[Any, Any], instance: Any, decide: Decide, catalogue: Catalogue = BUILTIN
) -> Certified | Unknown:
    """Decide an instance of a problem and certify the answer."""
    start = perf_counter()
    evidence = decide(problem, instance)
    if isinstance(evidence, Unknown):
        return evidence
    decided = perf_counter() - start
    return answered((evidence,), decision(problem, instance, evidence), decided, catalogue)


def certify_reduction(
    r: AnyReduction, source: Any, decide: Decide, catalogue: Catalogue = BUILTIN
) -> Certified | Unknown:
    """Decide both sides of a reduction and certify that they agree. Raises ReductionRefuted if they do not.

    The claim is an `equivalence` if the catalogue has the reduction, so that the checker computes the target; otherwise
    an `agreement`, which states the target.
    """
    start = perf_counter()
    target = _images(r, source)[-1]
    sides = decide_both(r, source, target, decide, catalogue)
    if isinstance(sides, Unknown):
        return sides
    decided = perf_counter() - start
    if is_known(r, catalogue):
        return answered(sides, equivalence(r, source, *sides), decided, catalogue, target)
    two = Side(r.source, source, sides[0]), Side(r.target, target, sides[1])
    return answered(sides, agreement(*two, remark_of(r)), decided, catalogue, target)


def certify_promise(
    r: AnyReduction, source: Any, decide: Decide, catalogue: Catalogue = BUILTIN
) -> Certified | Unknown:
    """Certify that a reduction keeps a gap: the source and the target are a YES, or the promised one and the target NO.

    Raises InvalidInstance if it promises nothing, ReductionRefuted if one of its maps fails or the target of a promised
    NO is a YES.
    """
    start = perf_counter()
    if not is_known(r, catalogue):
        raise InvalidInstance(f"{r.name} keeps a gap instead of the answer, and the checker does not know it")
    promised, target = r.promised(source), _images(r, source)[-1]
    of_source = decide(r.source, source)
    if isinstance(of_source, Yes):
        image = _mapped("forward", r, source, of_source.witness, target)
        if not isinstance(image, Yes):
            raise ReductionRefuted(f"{r.name}: {image.reason}")
        back = _mapped("backward", r, source, image.witness, promised)
        if not isinstance(back, Yes):
            raise ReductionRefuted(f"{r.name}: {back.reason}")
        sides: tuple[Evidence, Evidence] = (of_source, image)
    else:
        of_promised, of_target = decide(r.source, promised), decide(r.target, target)
        if isinstance(of_promised, Unknown) or isinstance(of_target, Unknown):
            return _unknown(of_promised, of_target)
        if isinstance(of_promised, Yes):
            return Unknown("the source is a NO that the promise leaves out")
        if isinstance(of_target, Yes):
            raise ReductionRefuted(f"{r.name}: the promised source is a NO, the target is a YES")
        sides = (of_promised, of_target)
    decided = perf_counter() - start
    return answered(sides, promise(r, source, *sides), decided, catalogue, target)


def certify_minimum(found: Minimum) -> Certified | Unknown:
    """Certify that the threshold of an instance is its least loss."""
    return answered((found.reached,), minimum(found.problem, found.instance, found.reached, found.below), 0.0)


def certify_bounds(found: Bounds) -> Certified | Unknown:
    """Certify that the least loss lies between the bounds."""
    return answered((found.reached,), bounds(found.instance, found.reached, found.lower, found.below), 0.0)


def certify_lemma(instance: Any, claimed: Property, decide: Decide) -> Certified | Any | Unknown:
    """Certify that every solution has the property, or return one that does not have it."""
    from relucert.verify.lemmas import PROBLEM  # and the gadgets that lemmas are about

    start = perf_counter()
    evidence = decide(PROBLEM, instance)
    if isinstance(evidence, Unknown):
        return evidence
    if isinstance(evidence, Yes):
        return evidence.witness
    decided = perf_counter() - start
    return answered((evidence,), lemma(instance, claimed, evidence), decided)


def certify_ratio(r: AnyReduction, source: Any, found: Ratio) -> dict[str, Certified] | Unknown:
    """Certify the least budget (reached, and one less refuted) and the least loss of the target."""
    parts: dict[str, tuple[int, Evidence | None]] = {
        "reached": (found.budget, found.solution),
        "refuted": (found.budget - 1, found.too_little),
    }
    certificates = {}
    for name, (budget, shown) in parts.items():
        if shown is not None:
            lines = decision(r.source, replace(source, budget=budget), shown)
            certificates[name] = answered((shown,), lines, 0.0)
    certificates["minimum"] = certify_minimum(found.loss)
    certified = {name: one for name, one in certificates.items() if isinstance(one, Certified)}
    return certified if len(certified) == len(certificates) else Unknown.of(**certificates)


def certify_agreement(
    source_problem: AnyProblem, source: Any, target_problem: AnyProblem, target: Any, decide: Decide, remark: str = "",
    catalogue: Catalogue = BUILTIN,
) -> Certified | Unknown:  # fmt: skip
    """Decide two instances and certify that they have the same answer.

    Raises ReductionRefuted, with the certificate of their disagreement, if they have opposite ones.
    """
    start = perf_counter()
    of_source, of_target = decide(source_problem, source), decide(target_problem, target)
    if isinstance(of_source, Unknown) or isinstance(of_target, Unknown):
        return Unknown.of(source=of_source, target=of_target)
    sides = Side(source_problem, source, of_source), Side(target_problem, target, of_target)
    if sides[0].answer != sides[1].answer:
        raise ReductionRefuted(_opposite(*sides), certify_disagreement(*sides, remark, catalogue))
    return answered((of_source, of_target), agreement(*sides, remark), perf_counter() - start, catalogue)


def certify_disagreement(
    source: Side, target: Side, remark: str = "", catalogue: Catalogue = BUILTIN
) -> Certified | Unknown:
    """Certify that a YES is said to go with a NO, or a solution with what solves nothing."""
    return answered((source.shown, target.shown), disagreement(source, target, remark), 0.0, catalogue)


def decide_both(
    r: AnyReduction, source: Any, target: Any, decide: Decide, catalogue: Catalogue = BUILTIN
) -> tuple[Evidence, Evidence] | Unknown:
    """Evidence of the same answer for the source and for its target; the witness maps carry a YES across.

    Raises ReductionRefuted, with a certificate, if the answers are opposite. If they are not, or not known to be, but a
    map fails, it is the image that is shown, provided that JSON can hold it.
    """

    def refuted(reason: str, of_source: Shown | None, of_target: Shown | None) -> ReductionRefuted:
        if of_source is None or of_target is None:
            return ReductionRefuted(reason)
        sides = Side(r.source, source, of_source), Side(r.target, target, of_target)
        return ReductionRefuted(reason, certify_disagreement(*sides, remark_of(r), catalogue))

    of_source = decide(r.source, source)
    if isinstance(of_source, Yes):
        image = _mapped("forward", r, source, of_source.witness, target)
        if isinstance(image, Yes):
            return of_source, image
        of_target = decide(r.target, target)
        if isinstance(of_target, No):
            raise refuted(f"{r.name}: the source is a YES, the target is a NO", of_source, of_target)
        raise refuted(f"{r.name}: {image.reason}", of_source, image.shown)
    of_target = decide(r.target, target)
    if isinstance(of_target, Yes):
        if isinstance(of_source, No):
            raise refuted(f"{r.name}: the source is a NO, the target is a YES", of_source, of_target)
        image = _mapped("backward", r, source, of_target.witness, source)
        if isinstance(image, Yes):
            return image, of_target
        raise refuted(f"{r.name}: {image.reason}", image.shown, of_target)
    if isinstance(of_source, Unknown) or isinstance(of_target, Unknown):
        return Unknown.of(source=of_source, target=of_target)
    return of_source, of_target


def remark_of(r: AnyReduction) -> str:
    """What an `agreement` or a `disagreement` says about where its target comes from."""
    return str(r)


def is_known(r: AnyReduction, catalogue: Catalogue) -> bool:
    """Whether the checker can compute what it does."""
    parts = r.links if type(r) is Chain else (r,)
    return all(catalogue.reductions.get(part.name) is type(part) for part in parts)


class _NoSolution(NamedTuple):
    """What a witness map made of a solution; shown: as JSON, None if it raised or returned what JSON cannot hold."""

    reason: str
    shown: Fails | None = None


def work_of(link: AnyReduction, instance: Any, witness: Any = None, image: Any = None) -> int:
    """Units of work of one of the maps of a link; none if it is from outside, where nobody has tried what it says."""
    return link.work(instance, witness, image) if CATALOGUE.get(link.name) is type(link) else 0


def solves(problem: AnyProblem, instance: Any, witness: Any) -> bool:
    """Whether a witness solves an instance."""
    if PROBLEMS.get(problem.name) is problem:  # see work_of
        charge(problem.work(instance, witness))
    return problem.accepts(instance, witness)


def _images(r: AnyReduction, source: Any) -> list[Any]:
    """The source, what stands between the links, and the target."""
    instances = [source]
    for link in r.links:
        charge(work_of(link, instances[-1]))
        instances.append(link.reduce(instances[-1]))
    return instances


def carried(name: str, r: AnyReduction, source: Any, witness: Any) -> Any:
    """The image of a witness under the forward or the backward map."""
    if len(r.links) == 1:
        charge(work_of(r, source, **{"witness" if name == "forward" else "image": witness}))
        return getattr(r, name)(source, witness)
    steps = list(zip(r.links, _images(r, source), strict=False))
    for link, before in steps if name == "forward" else reversed(steps):
        witness = carried(name, link, before, witness)
    return witness


def _mapped(name: str, r: AnyReduction, source: Any, witness: Any, aim: Any) -> Yes | _NoSolution:
    """The image of a witness under a map of this name, which must be a witness of the aim, the source or the target."""
    problem = r.target if name == "forward" else r.source
    try:
        result = carried(name, r, source, witness)
    except Exception as failure:  # whatever it is, the map has failed on a witness
        return _NoSolution(f"the {name} map fails on a witness: {failure!r}")
    try:
        if solves(problem, aim, result):
            return Yes(result)
        reason = f"the {name} map turns a witness into none: {result}"
    except Exception as failure:  # it has the wrong shape
        reason = f"the {name} map fails on a witness: {failure!r}"
    try:
        return _NoSolution(reason, Fails(loads(dumps(problem.witness_to_json(result)))))
    except Exception:  # it is not even of the types of a witness
        return _NoSolution(reason)


def _opposite(source: Side, target: Side) -> str:
    return f"the {source.problem.name} instance is a {source.answer}, the {target.problem.name} one a {target.answer}"


def _unknown(*sides: Yes | No | Unknown) -> Unknown:
    return Unknown("; ".join(dict.fromkeys(side.reason for side in sides if isinstance(side, Unknown))))


def answered(
    evidence: tuple[Shown, ...], lines: Iterable[dict[str, Any]], decided: float, catalogue: Catalogue = BUILTIN,
    target: Any = None,
) -> Certified | Unknown:  # fmt: skip
    """The same as `checked`; UNKNOWN if a certificate would go beyond the limits, as of the length of numbers."""
    try:
        return checked(evidence, lines, decided, catalogue)._replace(target=target)
    except TooLarge as problem:
        return Unknown(f"no certificate within the limits: {problem}")


def checked(
    evidence: tuple[Shown, ...], lines: Iterable[dict[str, Any]], decided: float, catalogue: Catalogue = BUILTIN
) -> Certified:
    """Written, and accepted by the checker. Raises CertificateRefused, and TooLarge beyond the limits of a check."""
    start = perf_counter()
    buffer = io.BytesIO()
    write(buffer, lines)
    certificate = buffer.getvalue()
    written = perf_counter()
    verdict = check(io.BytesIO(certificate), Counted(), catalogue)
    if verdict.verdict == "resource-limit":  # which says nothing against the provers
        raise TooLarge(verdict.reason)
    if verdict.verdict != "accepted":
        raise CertificateRefused(f"{verdict.verdict}: {verdict.reason}")
    seconds = {"decide": decided, "write": written - start, "check": perf_counter() - written}
    return Certified(verdict.answer, evidence, certificate, verdict, seconds)
