"""One instance of a sweep: from its JSON to a row and a certificate, in whatever process or machine that is done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from relucert.certificates.writer import No, Yes
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import loads
from relucert.verify.certify import CertificateRefused, Certified, ReductionRefuted, certify_reduction
from relucert.verify.decide import decide
from relucert.verify.jobs import AnyProblem, Subject, source_of_the_last_link
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, OutOfTime, Unknown
from relucert.verify.search import Searches
from relucert.verify.sweeps.database import Row

Result = tuple[Row, bytes | None]  # and the text of its certificate


@dataclass(frozen=True)
class Task:
    """An instance that is to be decided within some seconds; the other fields are those of its row."""

    number: int
    size: int
    instance: str
    canonical: str
    seconds: float


def worked(subject: Subject, task: Task) -> Result:
    """Decide the instance and its target, and certify the answer. Whatever goes wrong is the reason of an UNKNOWN."""
    r, start = subject.reduction, perf_counter()
    assert r is not None
    found: Certified | Unknown | None
    answer, reason = "UNKNOWN", ""
    try:
        instance = r.source.instance_from_json(loads(task.instance))
        source_of_the_last_link(r, instance)  # of moderate size?
        search = _deciding(subject.world.searches, Deadline(task.seconds))
        found = certify_reduction(r, instance, search, subject.world.catalogue)
        if isinstance(found, Unknown):
            reason = found.reason
        else:
            answer = found.answer
    except ReductionRefuted as finding:
        answer, reason, found = "REFUTED", str(finding), finding.disagreement
    except CertificateRefused as failure:
        reason, found = f"the checker refused the provers' certificate: {failure}", None
    except InvalidInstance as problem:
        reason, found = str(problem), None
    except Exception as failure:  # a failure of a prover, or of a reduction from outside, is never an answer
        reason, found = f"{type(failure).__name__}: {failure}", None
    seconds = perf_counter() - start
    if not isinstance(found, Certified):
        return _row(task, answer, reason, seconds), None
    sha256 = hashlib.sha256(found.certificate).hexdigest()
    return _row(task, answer, reason, seconds, found.verdict.claim, found.verdict.steps, sha256), found.certificate


def given_up(task: Task, reason: str) -> Result:
    return _row(task, "UNKNOWN", reason, task.seconds), None


def _row(
    task: Task, answer: str, reason: str, seconds: float, claim: str = "", steps: int = 0, sha256: str = ""
) -> Row:
    one_line = " ".join(reason.split())[:1000]
    return Row(
        task.number, task.size, task.instance, task.canonical, answer, one_line, claim, round(seconds, 4), steps, sha256
    )


def _deciding(searches: Searches, deadline: Deadline) -> Any:
    """Decide in this process: the prover that suits an instance first, with half of the time, then the others."""

    def decided(problem: AnyProblem, instance: Any) -> Yes | No | Unknown:
        racers = provers_for(problem, "auto", searches)
        preferred = searches[problem.name].prover(instance)
        racers.sort(key=lambda one: one.name != preferred)
        reasons = []
        for place, prover in enumerate(racers):
            try:
                until = deadline.part() if place + 1 < len(racers) else deadline
                answer = decide(problem, instance, prover, until, searches=searches)
            except OutOfTime:
                answer = Unknown("time")
            if not isinstance(answer, Unknown):
                return answer
            reasons.append(answer.reason)
        return Unknown("; ".join(dict.fromkeys(reasons)))

    return decided
