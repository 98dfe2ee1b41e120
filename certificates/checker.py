"""The checker: reads a certificate line by line and says whether its claim is proved.

Certificates are hostile input. Every way out of `check` is one of four verdicts; nothing is accepted by default.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from itertools import chain
from typing import Any

from certificates.encodings import common_words, encoding_of
from certificates.kernel import Atom, Kernel, Malformed, Rejected, ResourceLimit, integer, step_from_json
from certificates.lemmas import Property, add_exception, property_from_json, require_invariant
from reductions import PROBLEMS, reduction
from reductions.core import AnyReduction, InvalidInstance, Problem, TooLarge, loads, shorten
from reductions.problems.monotone_circuit import MonotoneCircuit
from reductions.problems.training import Network, TrainingInstance

FORMAT = "relucert-1"
EXIT_CODES = {"accepted": 0, "rejected": 1, "malformed": 2, "resource-limit": 3}

AnyProblem = Problem[Any, Any]


@dataclass(frozen=True)
class Limits:
    """What one check may spend: bytes of a line, bytes unpacked in all, units of work, and cells.

    Work counts visited literals, terms and 64-bit words of arithmetic. Cells count the numbers that one formula or
    network holds, so they bound the memory that an instance asks for.
    """

    line_bytes: int = 1 << 26
    total_bytes: int = 1 << 32
    work: int = 10**10
    cells: int = 10**7


@dataclass(frozen=True)
class Verdict:
    """verdict: 'accepted', 'rejected', 'malformed' or 'resource-limit'; reason says where and why if not accepted.

    On acceptance: claim is its kind, answer is YES or NO, or HOLDS for a lemma, and subject the problem and instance
    that it is about.
    """

    verdict: str
    reason: str = ""
    claim: str = ""
    answer: str = ""
    subject: tuple[AnyProblem, Any] | None = None
    reduction: str = ""
    steps: int = 0
    lines: int = 0

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def check(stream: BufferedReader, limits: Limits | None = None) -> Verdict:
    """Check one certificate, plain or gzip-compressed. Raises nothing but OSError of the stream itself."""
    lines = _Lines(stream, limits or Limits())
    try:
        return _Checker(lines, limits or Limits()).verdict()
    except Rejected as problem:
        return Verdict("rejected", f"line {lines.number}{lines.step}: {problem}")
    except (ResourceLimit, TooLarge) as problem:
        return Verdict("resource-limit", f"line {lines.number}{lines.step}: {problem}")
    except (Malformed, InvalidInstance, UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as problem:
        return Verdict("malformed", f"line {lines.number}{lines.step}: {problem or 'the compressed data is damaged'}")
    except (MemoryError, RecursionError) as problem:
        return Verdict("resource-limit", f"line {lines.number}{lines.step}: {type(problem).__name__}")


class _Lines:
    """The JSON objects of a certificate, one at a time; only the closing record may be, and must be, the last."""

    def __init__(self, stream: BufferedReader, limits: Limits) -> None:
        self.packed, self.limits = stream, limits
        self.number = 0
        self.step = ""
        self.bytes = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        compressed = self.packed.peek(2)[:2] == b"\x1f\x8b"
        stream = gzip.GzipFile(fileobj=self.packed) if compressed else self.packed
        closed = False
        while line := stream.readline(self.limits.line_bytes + 1):
            self.number += 1
            self.step = ""
            self.bytes += len(line)
            if len(line) > self.limits.line_bytes or self.bytes > self.limits.total_bytes:
                raise ResourceLimit("the line or the certificate is too long")
            if closed:
                raise Malformed("nothing may stand after the closing record")
            if not line.endswith(b"\n"):
                raise Malformed("the certificate is truncated: its last line does not end")
            data = loads(line.decode("ascii"))
            if type(data) is not dict:
                raise Malformed(f"expected an object, not {shorten(data)}")
            if "end" in data:
                if data != {"end": self.number}:
                    raise Malformed(f"the closing record must be {{'end': {self.number}}}, not {shorten(data)}")
                closed = True
                continue
            yield data
        if not closed:
            raise Malformed("the certificate is truncated: its closing record is missing")


class _Checker:
    def __init__(self, lines: _Lines, limits: Limits) -> None:
        self.lines, self.limits = lines, limits
        self.source = iter(lines)
        self.steps = 0
        self.work = 0

    def verdict(self) -> Verdict:
        claim = next(self.source, None)
        if claim is None:
            raise Malformed("the certificate is empty")
        if claim.get("format") != FORMAT:
            raise Malformed(f"this is no certificate: expected the format {FORMAT!r}")
        kind = claim.get("claim")
        if kind in ("accepts", "rejects"):
            problem, instance = self._problem(_fields(claim, "problem", "instance"))
            answer, name = "YES" if kind == "accepts" else "NO", ""
            self._evidence("instance", problem, instance, answer)
        elif kind == "minimum":
            problem, instance = self._training(_fields(claim, "problem", "instance"))
            answer, name = "YES", ""
            self._witness("instance", problem, instance)
            self._refutation("below", problem, instance, below=True)
        elif kind == "lemma":
            problem, instance = self._training(_fields(claim, "problem", "instance", "property"))
            answer, name = "HOLDS", ""
            self._refutation("exception", problem, instance, claimed=property_from_json(instance, claim["property"]))
        elif kind == "equivalence":
            problem, instance, answer, name = self._equivalence(
                _fields(claim, "reduction", "parameters", "source", "target_sha256", "answer")
            )
        else:
            raise Malformed(f"there is no claim {shorten(kind)}")
        if next(self.source, None) is not None:
            raise Malformed("the evidence goes on after the claim is proved")
        return Verdict("accepted", "", kind, answer, (problem, instance), name, self.steps, self.lines.number)

    def _problem(self, claim: dict[str, Any]) -> tuple[AnyProblem, Any]:
        name = claim["problem"]
        if type(name) is not str or name not in PROBLEMS:
            raise Malformed(f"there is no problem {shorten(name)}")
        return PROBLEMS[name], PROBLEMS[name].instance_from_json(claim["instance"])

    def _training(self, claim: dict[str, Any]) -> tuple[AnyProblem, TrainingInstance]:
        problem, instance = self._problem(claim)
        if not isinstance(instance, TrainingInstance):
            raise Malformed(f"this claim is about training, not about {problem.name}")
        return problem, instance

    def _equivalence(self, claim: dict[str, Any]) -> tuple[AnyProblem, Any, str, str]:
        name, parameters, answer = claim["reduction"], claim["parameters"], claim["answer"]
        if type(name) is not str or type(parameters) is not dict:
            raise Malformed("the reduction is a name, its parameters are an object")
        if answer not in ("YES", "NO"):
            raise Malformed(f"the answer is YES or NO, not {shorten(answer)}")
        r = reduction(name, {key: integer(value) for key, value in parameters.items()})
        source = r.source.instance_from_json(claim["source"])
        self._require_room(r, source)
        target = r.reduce(source)
        if r.target.sha256(target) != claim["target_sha256"]:
            raise Rejected("the reduction gives another target than the one that was certified")
        source_witness = self._evidence("source", r.source, source, answer)
        target_witness = self._evidence("target", r.target, target, answer)
        if answer == "YES":
            if not self._solves(r.target, target, r.forward(source, source_witness)):
                raise Rejected("the forward image of the source witness does not solve the target")
            if not self._solves(r.source, source, r.backward(source, target_witness)):
                raise Rejected("the backward image of the target witness does not solve the source")
        return r.source, source, answer, name

    def _require_room(self, r: AnyReduction, source: Any) -> None:
        """A few bytes of claim must not ask for a huge target; its size is known before it is built."""
        for size in r.sizes(source):
            if (size.samples + size.dimension + 1) * size.neurons > self.limits.cells:
                raise ResourceLimit("the target has too many cells")

    def _evidence(self, side: str, problem: AnyProblem, instance: Any, answer: str) -> Any:
        """Read and check the evidence for one side: a witness on YES, a refutation of every case on NO."""
        if answer == "YES":
            return self._witness(side, problem, instance)
        return self._refutation(side, problem, instance)

    def _witness(self, side: str, problem: AnyProblem, instance: Any) -> Any:
        line = self._section("witness", side)
        witness = problem.witness_from_json(_fields(line, "side", "witness", headed=False)["witness"])
        if not self._solves(problem, instance, witness):
            raise Rejected(f"the witness does not solve the {side}")
        return witness

    def _refutation(
        self, side: str, problem: AnyProblem, instance: Any, below: bool = False, claimed: Property | None = None
    ) -> None:
        """Check a refutation of every case: no witness solves the instance.

        If `below`: none undercuts its threshold. If `claimed`: none solves it without that property.
        """
        encoding = encoding_of(problem)
        for case in encoding.cases(instance):
            header = _fields(self._section("refute", side), "side", "refute", "symmetry", headed=False)
            if integer(header["refute"]) != case:
                raise Rejected(f"the refutation of case {case} is missing")
            cells = encoding.cells(instance, header["symmetry"])
            if cells > self.limits.cells:
                raise ResourceLimit("the instance has too many cells to be refuted")
            self._spend(cells)
            formula = encoding.formula(instance, case, header["symmetry"], below)
            if claimed is not None:
                if type(header["symmetry"]) is dict:
                    raise Rejected("symmetry: neurons that are turned over may lose the property")
                if header["symmetry"] is not None:
                    require_invariant(instance, case, claimed)
                add_exception(formula, claimed)
            kernel = Kernel(formula, self.limits.work - self.work, self.limits.cells - cells)
            while not kernel.refuted:
                self._step(kernel, case)
            self.work += kernel.work

    def _section(self, key: str, side: str) -> dict[str, Any]:
        line = next(self.source, None)
        if line is None or key not in line:
            raise Rejected(f"expected a line {key!r} for the {side}")
        if line.get("side") != side:
            raise Rejected(f"expected the {side}, not {shorten(line.get('side'))}")
        return line

    def _step(self, kernel: Kernel, case: int) -> None:
        line = next(self.source, None)
        if line is None:
            raise Rejected(f"the refutation of case {case} does not reach the empty clause")
        step = step_from_json(line)
        self.lines.step = f", atom {step.atom}" if isinstance(step, Atom) else f", step {step.id}"
        step.apply(kernel)
        self.steps += 1

    def _solves(self, problem: AnyProblem, instance: Any, witness: Any) -> bool:
        """Evaluate a witness. Sums of fractions grow with the common denominator: that is paid for before doing any."""
        if isinstance(witness, Network) and isinstance(instance, TrainingInstance):
            samples = [(y, *(v for _, v in x)) for x, y, _ in instance.samples]
            summed = instance.loss in ("l1", "l2")  # over the samples; otherwise each is judged by itself
            words = common_words(chain(*samples)) if summed else max(map(common_words, samples), default=1)
            words += common_words(chain(*witness.weights, witness.biases, witness.output))
            products = len(witness.weights) * sum(map(len, samples)) + sum(map(len, witness.weights))
            self._spend(words * words * products)
        elif isinstance(instance, MonotoneCircuit) and instance.inputs > self.limits.cells:
            raise ResourceLimit("the circuit has too many inputs")
        return problem.accepts(instance, witness)

    def _spend(self, amount: int) -> None:
        self.work += amount
        if self.work > self.limits.work:
            raise ResourceLimit(f"more than {self.limits.work} units of work")


def _fields(line: dict[str, Any], *names: str, headed: bool = True) -> dict[str, Any]:
    expected = {*names, "claim", "format"} if headed else set(names)
    if line.keys() != expected:
        raise Malformed(f"expected the keys {', '.join(sorted(expected))}")
    return line
