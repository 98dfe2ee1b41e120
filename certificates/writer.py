"""Writing certificates: a claim and its evidence as JSON lines. Untrusted; whatever it writes is checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from relucert.certificates.checker import FORMAT
from relucert.certificates.claims.agreement import LONGEST_REMARK
from relucert.certificates.kernel import Atom, Define, Step
from relucert.certificates.properties import Property, property_to_json
from relucert.reductions.exact import Rational
from relucert.reductions.json_text import dumps, rational_to_json
from relucert.reductions.parameters import json_of
from relucert.reductions.problem import Problem
from relucert.reductions.problems.training import TRAINING, TrainingInstance
from relucert.reductions.reduction import AnyReduction

if TYPE_CHECKING:
    from relucert.certificates.quantities import Effort


class RefutedCase(NamedTuple):
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
    """An instance is not solvable, because every case is refuted.

    common: steps from which all cases go on, which then say the same to the symmetry rule.
    """

    cases: tuple[RefutedCase, ...]
    common: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Fails:
    """This does not solve an instance, although it is said to be the image of a solution of the other side.

    shown: as JSON, for it need not be a witness at all.
    """

    shown: Any


Evidence = Yes | No
Shown = Yes | No | Fails


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


def bounds(instance: TrainingInstance, reached: Yes, low: Rational, below: No) -> Iterator[dict[str, Any]]:
    """The lines of a `bounds` certificate: the threshold is reached, and no loss is less than `low`."""
    shown = TRAINING.instance_to_json(instance)
    yield {
        "claim": "bounds",
        "format": FORMAT,
        "instance": shown,
        "low": rational_to_json(low),
        "problem": TRAINING.name,
    }
    yield from _evidence("instance", TRAINING, reached)
    if low:  # or else nothing is less
        yield from _evidence("below", TRAINING, below)


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
    return _of_reduction("equivalence", "source", r, source, of_source, of_target)


def promise(r: AnyReduction, source: Any, of_source: Evidence, of_target: Evidence) -> Iterator[dict[str, Any]]:
    """The lines of a `promise` certificate. of_source: a solution of the source, or why the promised one has none."""
    return _of_reduction("promise", "promised", r, source, of_source, of_target)


def _of_reduction(
    kind: str, refuted: str, r: AnyReduction, source: Any, of_source: Evidence, of_target: Evidence
) -> Iterator[dict[str, Any]]:
    yes = isinstance(of_source, Yes)
    yield {
        "answer": "YES" if yes else "NO",
        "claim": kind,
        "format": FORMAT,
        "parameters": json_of(r.arguments),
        "reduction": r.name,
        "source": r.source.instance_to_json(source),
        "target_sha256": r.target.sha256(r.reduce(source)),
    }
    yield from _evidence("source" if yes else refuted, r.source, of_source)
    yield from _evidence("target", r.target, of_target)


class Side(NamedTuple):
    """An instance, and what is shown of it."""

    problem: Problem[Any, Any]
    instance: Any
    shown: Shown

    @property
    def answer(self) -> str:
        """YES, NO or FAILS."""
        return type(self.shown).__name__.upper()


def agreement(source: Side, target: Side, remark: str = "") -> Iterator[dict[str, Any]]:
    """The lines of an `agreement` certificate; both sides must have the same answer."""
    return _about_two("agreement", {"answer": source.answer}, source, target, remark)


def disagreement(source: Side, target: Side, remark: str = "") -> Iterator[dict[str, Any]]:
    """The lines of a `disagreement` certificate; one side must be a YES, the other one a NO or a failure."""
    return _about_two("disagreement", {"sides": [source.answer, target.answer]}, source, target, remark)


def _about_two(kind: str, said: dict[str, Any], source: Side, target: Side, remark: str) -> Iterator[dict[str, Any]]:
    yield {
        "claim": kind,
        "format": FORMAT,
        "remark": remark[:LONGEST_REMARK],
        "source": source.problem.instance_to_json(source.instance),
        "source_problem": source.problem.name,
        "target": target.problem.instance_to_json(target.instance),
        "target_problem": target.problem.name,
        **said,
    }
    yield from _evidence("source", source.problem, source.shown)
    yield from _evidence("target", target.problem, target.shown)


def enclosure(
    name: str, parameters: Mapping[str, Any], effort: Effort, low: Rational, high: Rational
) -> dict[str, Any]:
    """The one line of an `enclosure` certificate."""
    ends = {"low": rational_to_json(low), "high": rational_to_json(high)}
    how = {"bits": effort.bits, "terms": effort.terms}
    return {"claim": "enclosure", "format": FORMAT, "quantity": name, "parameters": json_of(parameters), **how, **ends}


def fact(name: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The one line of a `fact` certificate."""
    return {"claim": "fact", "format": FORMAT, "fact": name, "parameters": json_of(parameters)}


def _evidence(side: str, problem: Problem[Any, Any], evidence: Shown) -> Iterator[dict[str, Any]]:
    if isinstance(evidence, Yes):
        yield {"side": side, "witness": problem.witness_to_json(evidence.witness)}
        return
    if isinstance(evidence, Fails):
        yield {"fails": evidence.shown, "side": side}
        return
    if evidence.common:
        yield {"refute": "all", "side": side, "symmetry": evidence.cases[0].symmetry}
        yield from _lines_of(evidence.common)
    for refuted in evidence.cases:
        said = {} if evidence.common else {"symmetry": refuted.symmetry}
        yield {"refute": refuted.case, "side": side, **said}
        yield from _lines_of(refuted.steps)


def _lines_of(steps: Iterable[Step]) -> Iterator[dict[str, Any]]:
    """The steps, each without its id if that is the next one."""
    following = 0
    for step in steps:
        line = step.to_json()
        if not isinstance(step, Atom):
            if step.id == following:
                del line["id"]
            following = step.id + (len(step.literals) + 1 if isinstance(step, Define) else 1)
        yield line


def write(stream: IO[bytes], lines: Iterable[dict[str, Any]], compress: bool = False) -> None:
    """Write canonical JSON lines and the closing record."""
    if compress:
        import gzip

        with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as unpacked:  # mtime 0: the same bytes every time
            write(unpacked, lines)  # type: ignore[arg-type]
        return
    count = 1
    for line in lines:
        stream.write(dumps(line).encode() + b"\n")
        count += 1
    stream.write(dumps({"end": count}).encode() + b"\n")
