"""Writing certificates: a claim and its evidence as JSON lines. Untrusted; whatever it writes is checked."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from relucert.certificates.checker import FORMAT
from relucert.certificates.kernel import Step
from relucert.certificates.properties import Property, property_to_json
from relucert.reductions.json_text import dumps
from relucert.reductions.problem import Problem
from relucert.reductions.problems.training import TRAINING, TrainingInstance
from relucert.reductions.reduction import AnyReduction


@dataclass(frozen=True)
class RefutedCase:
    """The refutation of one case of an encoding, with the symmetry rule's choice (None: the rule is not used)."""

    case: int
    symmetry: Any
    steps: Sequence[Step]


@dataclass(frozen=True)
class Yes:
    """An instance is solvable, because of this witness."""

    witness: Any


@dataclass(frozen=True)
class No:
    """An instance is not solvable, because every case is refuted."""

    cases: tuple[RefutedCase, ...]


Evidence = Yes | No


def decision(problem: Problem[Any, Any], instance: Any, evidence: Evidence) -> Iterator[dict[str, Any]]:
    """The lines of an `accepts` or `rejects` certificate."""
    claim = "accepts" if isinstance(evidence, Yes) else "rejects"
    shown = problem.instance_to_json(instance)
    yield {"claim": claim, "format": FORMAT, "instance": shown, "problem": problem.name}
    yield from _evidence("instance", problem, evidence)


def minimum(problem: Problem[Any, Any], instance: Any, reached: Yes, below: No) -> Iterator[dict[str, Any]]:
    """The lines of a `minimum` certificate: the threshold is reached, and nothing is below it."""
    shown = problem.instance_to_json(instance)
    yield {"claim": "minimum", "format": FORMAT, "instance": shown, "problem": problem.name}
    yield from _evidence("instance", problem, reached)
    yield from _evidence("below", problem, below)


def lemma(instance: TrainingInstance, claimed: Property, exception: No) -> Iterator[dict[str, Any]]:
    """The lines of a `lemma` certificate: no network fits the instance without having the property."""
    yield {
        "claim": "lemma",
        "format": FORMAT,
        "instance": TRAINING.instance_to_json(instance),
        "problem": TRAINING.name,
        "property": property_to_json(claimed),
    }
    yield from _evidence("exception", TRAINING, exception)


def equivalence(r: AnyReduction, source: Any, of_source: Evidence, of_target: Evidence) -> Iterator[dict[str, Any]]:
    """The lines of an `equivalence` certificate; both sides must have the same answer."""
    yield {
        "answer": "YES" if isinstance(of_source, Yes) else "NO",
        "claim": "equivalence",
        "format": FORMAT,
        "parameters": r.parameters,
        "reduction": r.name,
        "source": r.source.instance_to_json(source),
        "target_sha256": r.target.sha256(r.reduce(source)),
    }
    yield from _evidence("source", r.source, of_source)
    yield from _evidence("target", r.target, of_target)


def _evidence(side: str, problem: Problem[Any, Any], evidence: Evidence) -> Iterator[dict[str, Any]]:
    if isinstance(evidence, Yes):
        yield {"side": side, "witness": problem.witness_to_json(evidence.witness)}
        return
    for refuted in evidence.cases:
        yield {"refute": refuted.case, "side": side, "symmetry": refuted.symmetry}
        for step in refuted.steps:
            yield step.to_json()


def write(stream: IO[bytes], lines: Iterable[dict[str, Any]], compress: bool = False) -> None:
    """Write canonical JSON lines and the closing record."""
    if compress:
        with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as unpacked:  # mtime 0: the same bytes every time
            write(unpacked, lines)  # type: ignore[arg-type]
        return
    count = 1
    for line in lines:
        stream.write(dumps(line).encode() + b"\n")
        count += 1
    stream.write(dumps({"end": count}).encode() + b"\n")
