"""From an instance to a checked certificate: decide, write, and let the checker have the last word."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.checker import Verdict, check
from relucert.certificates.properties import Property
from relucert.certificates.writer import Evidence, No, Yes, decision, equivalence, lemma, minimum, write
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import AnyReduction
from relucert.verify.lemmas import PROBLEM
from relucert.verify.provers.base import Unknown

if TYPE_CHECKING:
    from relucert.verify.optimum import Minimum, Ratio

Decide = Callable[[Problem[Any, Any], Any], Yes | No | Unknown]


class ReductionRefuted(Exception):
    """The two sides of a reduction have different answers, or a witness map failed: the reduction is wrong."""


class CertificateRefused(Exception):
    """The checker does not accept what the provers found: a prover or the writer is wrong."""


@dataclass(frozen=True)
class Certified:
    """A checked certificate with its answer, YES, NO or HOLDS, and how long each stage took, in seconds.

    evidence: of the instance and, if the claim is about a reduction, of its target.
    """

    answer: str
    evidence: tuple[Evidence, ...]
    certificate: bytes
    verdict: Verdict
    seconds: dict[str, float]


def certify_instance(
    problem: Problem[Any, Any], instance: Any, decide: Decide, catalogue: Catalogue = BUILTIN
) -> Certified | Unknown:
    """Decide an instance of a problem and certify the answer."""
    start = perf_counter()
    evidence = decide(problem, instance)
    if isinstance(evidence, Unknown):
        return evidence
    decided = perf_counter() - start
    return _checked((evidence,), decision(problem, instance, evidence), decided, catalogue)


def certify_reduction(
    r: AnyReduction, source: Any, decide: Decide, catalogue: Catalogue = BUILTIN
) -> Certified | Unknown:
    """Decide both sides of a reduction and certify that they agree. Raises ReductionRefuted if they do not."""
    start = perf_counter()
    sides = decide_both(r, source, decide)
    if isinstance(sides, Unknown):
        return sides
    decided = perf_counter() - start
    return _checked(sides, equivalence(r, source, *sides), decided, catalogue)


def certify_minimum(found: Minimum) -> Certified:
    """Certify that the threshold of an instance is its least loss."""
    return _checked((found.reached,), minimum(found.problem, found.instance, found.reached, found.below), 0.0)


def certify_lemma(instance: Any, claimed: Property, decide: Decide) -> Certified | Any | Unknown:
    """Certify that every solution has the property, or return one that does not have it."""
    start = perf_counter()
    evidence = decide(PROBLEM, instance)
    if isinstance(evidence, Unknown):
        return evidence
    if isinstance(evidence, Yes):
        return evidence.witness
    decided = perf_counter() - start
    return replace(_checked((evidence,), lemma(instance, claimed, evidence), decided), answer="HOLDS")


def certify_ratio(r: AnyReduction, source: Any, found: Ratio) -> dict[str, Certified]:
    """Certify the least budget (reached, and one less refuted) and the least loss of the target."""
    best = replace(source, budget=found.budget)
    certificates = {"reached": _checked((found.solution,), decision(r.source, best, found.solution), 0.0)}
    if found.too_little is not None:
        less = replace(source, budget=found.budget - 1)
        certificates["refuted"] = _checked((found.too_little,), decision(r.source, less, found.too_little), 0.0)
    return {**certificates, "minimum": certify_minimum(found.loss)}


def decide_both(r: AnyReduction, source: Any, decide: Decide) -> tuple[Evidence, Evidence] | Unknown:
    """Evidence of the same answer for the source and for its target; the witness maps carry a YES across."""
    target = r.reduce(source)
    of_source = decide(r.source, source)
    if isinstance(of_source, Yes):
        return of_source, Yes(_mapped("forward", r.forward, source, of_source.witness, r.target, target))
    of_target = decide(r.target, target)
    if isinstance(of_target, Yes):
        witness = _mapped("backward", r.backward, source, of_target.witness, r.source, source)
        if isinstance(of_source, No):
            raise ReductionRefuted(f"{r.name}: the source is a NO, but a witness solves it: {witness}")
        return Yes(witness), of_target
    if isinstance(of_source, Unknown) or isinstance(of_target, Unknown):
        return Unknown("; ".join(dict.fromkeys(s.reason for s in (of_source, of_target) if isinstance(s, Unknown))))
    return of_source, of_target


def _mapped(
    name: str, witness_map: Callable[[Any, Any], Any], source: Any, witness: Any, problem: Problem[Any, Any], image: Any
) -> Any:
    """The image of a witness, which must be a witness."""
    try:
        result = witness_map(source, witness)
        if problem.accepts(image, result):
            return result
    except Exception as failure:  # whatever it is, the map has failed on a witness
        raise ReductionRefuted(f"the {name} map fails on a witness: {failure!r}") from failure
    raise ReductionRefuted(f"the {name} map turns a witness into none: {result}")


def _checked(
    evidence: tuple[Evidence, ...], lines: Iterable[dict[str, Any]], decided: float, catalogue: Catalogue = BUILTIN
) -> Certified:
    start = perf_counter()
    buffer = io.BytesIO()
    write(buffer, lines)
    certificate = buffer.getvalue()
    written = perf_counter()
    verdict = check(io.BytesIO(certificate), catalogue=catalogue)
    if verdict.verdict != "accepted":
        raise CertificateRefused(f"{verdict.verdict}: {verdict.reason}")
    seconds = {"decide": decided, "write": written - start, "check": perf_counter() - written}
    return Certified("YES" if isinstance(evidence[0], Yes) else "NO", evidence, certificate, verdict, seconds)
