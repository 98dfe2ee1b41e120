"""One certificate: checked, and what there is to say about it on its page and in lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.checker import Limits, Verdict, check
from relucert.certificates.claim import Proved
from relucert.certificates.sentences import sentence
from relucert.reductions.exact import short
from relucert.reductions.json_text import loads
from relucert.reductions.parameters import named, parameter_text
from relucert.reductions.problem import Problem
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.shown import solution_lines
from relucert.verify.site.depictions import Depiction, depicted
from relucert.verify.site.evidence import RULES, Part, evidence_of
from relucert.verify.sweeps.database import Row, Sweep

AnyProblem = Problem[Any, Any]

MOST_WORDS = 10**6  # of a target that is built once more, to be shown
UNKNOWN = "UNKNOWN"
NOT_PROVED = "not accepted"  # the group of certificates that prove nothing


@dataclass(frozen=True)
class Entry:
    """A certificate in a list.

    page: the name of its page and of its file, without suffixes. group: the reduction, the problem or the statement
    that it is about. size: the first measure of its instance. verdict: of the checker, or UNKNOWN for what a sweep has
    given up. outcome: the answer if it is accepted, else the verdict. bytes: as stored. seconds: that a sweep took.
    """

    name: str
    page: str
    suffix: str = ".cert"
    group: str = NOT_PROVED
    claim: str = ""
    verdict: str = ""
    outcome: str = ""
    reason: str = ""
    parameters: str = ""
    size: tuple[str, int] | None = None
    steps: int = 0
    work: int = 0
    bytes: int = 0
    seconds: float | None = None

    @property
    def is_accepted(self) -> bool:
        return self.verdict == "accepted"


@dataclass(frozen=True)
class Side:
    """An instance. name: 'source', 'target' or 'instance'. sizes: its measures. solution: lines, if one is known."""

    name: str
    problem: str
    sizes: Mapping[str, int]
    depiction: Depiction
    solution: tuple[str, ...] = ()


@dataclass(frozen=True)
class Details:
    """What only the page of a certificate says.

    statement: what is proved, in words. stated: the property of a lemma, a line for each of its parts, which all hold.
    sha256: of the file.
    """

    sha256: str = ""
    statement: str = ""
    sides: tuple[Side, ...] = ()
    evidence: tuple[Part, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    stated: tuple[str, ...] = ()
    remark: str = ""
    trusting: tuple[str, ...] = ()

    @property
    def rules(self) -> list[str]:
        """Those that the proof uses."""
        return [rule for rule in RULES if any(part.steps.get(rule) for part in self.evidence)]


@dataclass(frozen=True)
class Rules:
    """How certificates are checked. most_bytes: of one, as stored."""

    limits: Limits = field(default_factory=Limits)
    most_bytes: int = 1 << 26
    catalogue: Catalogue = BUILTIN


def examined(entry: Entry, data: bytes, rules: Rules, sweep: Sweep | None, row: Row | None) -> tuple[Entry, Details]:
    """The entry with its verdict, and the details if it is accepted.

    row: of a sweep that has the certificate; it must prove what is said there, about the instance that stands there.
    """
    if len(data) > rules.most_bytes:
        verdict = Verdict("resource-limit", f"the file has more than {rules.most_bytes:,} bytes")
    else:
        verdict = check(BytesIO(data), rules.limits, rules.catalogue)
    known = {**vars(entry), "verdict": verdict.verdict, "outcome": verdict.answer or verdict.verdict}
    known |= {"reason": verdict.reason, "steps": verdict.steps, "work": verdict.work, "bytes": len(data)}
    sha256 = hashlib.sha256(data).hexdigest()
    proved = verdict.proved
    if proved is None:
        return Entry(**known), Details(sha256)
    if row is not None and (refusal := _other_than(row, verdict.answer, proved)):
        return Entry(**known | {"verdict": "rejected", "outcome": "rejected", "reason": refusal}), Details(sha256)
    claim, parts = evidence_of(data)
    parameters = {name: parameter_text(value) for name, value in proved.arguments.items() if value is not None}
    said = named({name: value for name, value in proved.arguments.items() if not _is_usual(proved, name)})
    known |= {
        "group": sweep.reduction if sweep else _subject(proved),
        "claim": verdict.claim,
        "parameters": said,
        "size": _size(proved),
    }
    details = Details(
        sha256,
        sentence(verdict.claim, proved),
        tuple(_sides(proved, parts)),
        tuple(parts),
        parameters,
        tuple(_stated(proved.instance, claim["property"])) if "property" in claim else (),
        claim.get("remark", ""),
        verdict.trusting,
    )
    return Entry(**known), details


def undecided(entry: Entry, sweep: Sweep, row: Row, rules: Rules) -> tuple[Entry, Details]:
    """What a sweep has given up. Raises InvalidInstance if its instance is none."""
    problem = rules.catalogue.problem(sweep.problem)
    instance = problem.instance_from_json(loads(row.instance))
    known = {**vars(entry), "group": sweep.reduction, "verdict": UNKNOWN, "outcome": UNKNOWN, "reason": row.reason}
    return Entry(**known | {"size": _size_of(problem, instance)}), Details(
        sides=(_side("source", problem, instance, {}),)
    )


def _other_than(row: Row, answer: str, proved: Proved) -> str:
    """Why a certificate is not that of its row, or nothing."""
    if proved.problem is None or "".join(proved.problem.canonical(proved.instance)) != row.instance:
        return "the certificate is valid, but it is about another instance than its row"
    said = answer if answer in ("YES", "NO") else "REFUTED"
    return (
        "" if said == row.answer else f"the certificate is valid, but it proves {said}, and its row says {row.answer}"
    )


def _stated(instance: TrainingInstance, claimed: Any) -> Iterator[str]:
    """The conjunction of a property about the weights and biases of a network, numbered as in SPEC.md, section 4.2."""
    each = instance.dimension + instance.bias

    def name(v: int) -> str:
        neuron, t = v // each + 1, v % each + 1
        return f"b{neuron}" if t > instance.dimension else f"w{neuron},{t}"

    def inequality(linear: Mapping[str, Any]) -> str:
        sign, terms = ("≤", linear["le"]) if "le" in linear else ("<", linear["lt"])
        shown = " ".join(
            f"{'+' if a > 0 else '−'} {'' if abs(a) == 1 else f'{short(abs(a))}·'}{name(v)}" for v, a in terms
        )
        return f"{shown.removeprefix('+ ')} {sign} {short(linear['bound'])}"

    for disjunction in claimed:
        parts = [" and ".join(map(inequality, part)) for part in disjunction]
        yield "  or  ".join(f"({part})" for part in parts) if len(parts) > 1 else "".join(parts)


def _is_usual(proved: Proved, name: str) -> bool:
    """Whether a parameter has the value that is taken if none is given."""
    return bool(proved.parameters[name].default == proved.arguments[name])


def _subject(proved: Proved) -> str:
    if proved.reduction is not None:
        return proved.reduction.name
    if proved.target_problem is not None or proved.problem is None:
        return proved.statement.name if proved.statement else proved.subject
    return proved.problem.name


def _size(proved: Proved) -> tuple[str, int] | None:
    """The first measure; of training sets and point sets, how many samples or points there are."""
    return None if proved.problem is None else _size_of(proved.problem, proved.instance)


def _size_of(problem: AnyProblem, instance: Any) -> tuple[str, int]:
    measures = problem.size(instance).measures
    if {"p", "q"} <= measures.keys():
        return "points", measures["p"] + measures["q"]
    name = "samples" if "samples" in measures else next(iter(measures))
    return name, measures[name]


def _sides(proved: Proved, parts: list[Part]) -> list[Side]:
    if proved.problem is None:
        return []
    witnesses = {part.side: part.value for part in parts if part.kind == "witness"}
    if proved.reduction is None and proved.target_problem is None:
        return [_side("instance", proved.problem, proved.instance, witnesses)]
    sides = [_side("source", proved.problem, proved.instance, witnesses)]
    if proved.target_problem is not None:
        return [*sides, _side("target", proved.target_problem, proved.target, witnesses)]
    r = proved.reduction
    assert r is not None
    *_, size = r.stages(proved.instance)
    if size.words > MOST_WORDS:
        note = f"it takes {size.words:,} words, too many to be shown here"
        return [*sides, Side("target", r.target.name, size.measures, Depiction(note=note))]
    return [*sides, _side("target", r.target, r.reduce(proved.instance), witnesses)]


def _side(name: str, problem: AnyProblem, instance: Any, witnesses: Mapping[str, Any]) -> Side:
    witness = problem.witness_from_json(witnesses[name]) if name in witnesses else None
    solution = () if witness is None else tuple(solution_lines(problem, instance, witness))
    depiction = depicted(problem, instance, witness)
    return Side(name, problem.name, problem.size(instance).measures, depiction, solution)
