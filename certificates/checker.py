"""The checker: reads a certificate line by line and says whether its claim is proved.

Certificates are hostile input. Every way out of `check` is one of four verdicts; nothing is accepted by default.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from os import SEEK_END
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from certificates.encodings import encoding_of
from certificates.kernel import (
    Atom,
    Formula,
    Kernel,
    Malformed,
    Meter,
    Rejected,
    ResourceLimit,
    Unsupported,
    integer,
    step_from_json,
)
from certificates.properties import property_from_json
from reductions import PROBLEMS, reduction
from reductions.core import InvalidInstance, Problem, TooLarge, loads, shorten
from reductions.problems.training import TrainingInstance

FORMAT = "relucert-2"
EXIT_CODES = {"accepted": 0, "rejected": 1, "malformed": 2, "resource-limit": 3, "unsupported": 3}
MAX_PACKED = 1 << 30  # bytes of a file, as it is stored

AnyProblem = Problem[Any, Any]


@dataclass(frozen=True)
class Limits:
    """What one check may spend: units of work and 64-bit words of memory; None: by the size of the packed file.

    A unit is a byte read, a literal or term visited, or a 64-bit word of arithmetic.
    """

    work: int | None = None
    words: int | None = None

    def meter(self, packed: int) -> Meter:
        """A meter for a file of that many bytes as it is stored."""
        by_size = (50_000_000 + 64 * packed, min(25_000_000 + 100 * packed, 1 << 31))
        work, words = (by_size[i] if own is None else own for i, own in enumerate((self.work, self.words)))
        return Meter(work, words)


@dataclass(frozen=True)
class Verdict:
    """verdict: one of EXIT_CODES; reason says where and why if it is not 'accepted'.

    On acceptance: claim is its kind, answer is YES or NO, or HOLDS for a lemma, and subject the problem and instance
    that it is about. work and words are what the check has spent and held at most.
    """

    verdict: str
    reason: str = ""
    claim: str = ""
    answer: str = ""
    subject: tuple[AnyProblem, Any] | None = None
    reduction: str = ""
    steps: int = 0
    lines: int = 0
    work: int = 0
    words: int = 0

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def check(stream: BinaryIO, limits: Limits | None = None) -> Verdict:
    """Check one certificate, plain or gzip-compressed. Raises nothing but OSError of the stream itself."""
    if not stream.seekable():
        with TemporaryFile() as copy:
            while piece := stream.read(1 << 20):
                copy.write(piece)
                if copy.tell() > MAX_PACKED:
                    return Verdict("resource-limit", f"the file has more than {MAX_PACKED} bytes")
            copy.seek(0)
            return check(copy, limits)
    start = stream.tell()
    packed = stream.seek(0, SEEK_END) - start
    stream.seek(start)
    if packed > MAX_PACKED:
        return Verdict("resource-limit", f"the file has more than {MAX_PACKED} bytes")
    meter = (limits or Limits()).meter(packed)
    lines = _Lines(stream, meter)
    verdict = _judged(lines, meter)
    return replace(verdict, work=meter.work, words=max(meter.peak, meter.words))


def _judged(lines: _Lines, meter: Meter) -> Verdict:
    def refused(verdict: str, reason: object) -> Verdict:
        return Verdict(verdict, f"line {lines.number}{lines.step}: {reason}")

    try:
        return _Checker(lines, meter).verdict()
    except Rejected as problem:
        return refused("rejected", problem)
    except Unsupported as problem:
        return refused("unsupported", problem)
    except (ResourceLimit, TooLarge) as problem:
        return refused("resource-limit", problem)
    except (MemoryError, RecursionError) as problem:
        return refused("resource-limit", type(problem).__name__)
    except (Malformed, InvalidInstance, UnicodeDecodeError, EOFError, zlib.error, gzip.BadGzipFile) as problem:
        return refused("malformed", problem or "the compressed data is damaged")
    except OSError:
        raise
    except Exception as bug:  # a bug of ours is no verdict on the claim
        return refused("unsupported", f"the checker failed, which is a bug: {type(bug).__name__}: {shorten(str(bug))}")


class _Lines:
    """The JSON objects of a certificate, one at a time; only the closing record may be, and must be, the last.

    A line costs a unit of work a byte. It takes up to four words of memory a byte, and as much again goes into what is
    made of it; those of the claim stay.
    """

    def __init__(self, packed: BinaryIO, meter: Meter) -> None:
        self.packed, self.meter = packed, meter
        self.number = 0
        self.step = ""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        start = self.packed.tell()
        compressed = self.packed.read(2) == b"\x1f\x8b"
        self.packed.seek(start)
        stream = gzip.GzipFile(fileobj=self.packed) if compressed else self.packed
        closed = False
        while line := self._read(stream):
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

    def _read(self, stream: BinaryIO | gzip.GzipFile) -> bytes:
        room = (self.meter.most_words - self.meter.words) // 8
        line = stream.readline(room + 1)
        self.number += bool(line)
        self.step = ""
        if len(line) > room:
            raise ResourceLimit("the line is too long")
        self.meter.spend(len(line))
        if self.number == 1:
            self.meter.hold(4 * len(line))
        return line


class _Checker:
    def __init__(self, lines: _Lines, meter: Meter) -> None:
        self.lines, self.meter = lines, meter
        self.source = iter(lines)
        self.steps = 0

    def verdict(self) -> Verdict:
        claim = next(self.source, None)
        if claim is None:
            raise Malformed("the certificate is empty")
        require_format(claim.get("format"))
        kind = claim.get("claim")
        if kind in ("accepts", "rejects"):
            problem, instance = self._instance(_fields(claim, "problem", "instance"))
            answer, name = "YES" if kind == "accepts" else "NO", ""
            self._evidence("instance", problem, instance, answer)
        elif kind == "minimum":
            problem, instance = self._instance(_fields(claim, "problem", "instance"))
            if not isinstance(instance, TrainingInstance):
                raise Malformed(f"this claim is about training, not about {problem.name}")
            answer, name = "YES", ""
            self._witness("instance", problem, instance)
            self._refutation("below", problem, instance, strictly_below=True)
        elif kind == "lemma":
            problem, instance = self._instance(_fields(claim, "problem", "instance", "property"))
            answer, name = "HOLDS", ""
            self._exceptions(problem, instance, claim["property"])
        elif kind == "equivalence":
            problem, instance, answer, name = self._equivalence(
                _fields(claim, "reduction", "parameters", "source", "target_sha256", "answer")
            )
        else:
            raise Malformed(f"there is no claim {shorten(kind)}")
        if next(self.source, None) is not None:
            raise Malformed("the evidence goes on after the claim is proved")
        return Verdict("accepted", "", kind, answer, (problem, instance), name, self.steps, self.lines.number)

    def _instance(self, claim: dict[str, Any]) -> tuple[AnyProblem, Any]:
        name = claim["problem"]
        if type(name) is not str or name not in PROBLEMS:
            raise Malformed(f"there is no problem {shorten(name)}")
        return PROBLEMS[name], self._parse(PROBLEMS[name], claim["instance"])

    def _parse(self, problem: AnyProblem, data: Any) -> Any:
        instance = problem.instance_from_json(data)
        self.meter.hold(problem.size(instance).words)
        return instance

    def _equivalence(self, claim: dict[str, Any]) -> tuple[AnyProblem, Any, str, str]:
        name, parameters, answer = claim["reduction"], claim["parameters"], claim["answer"]
        if type(name) is not str or type(parameters) is not dict:
            raise Malformed("the reduction is a name, its parameters are an object")
        if answer not in ("YES", "NO"):
            raise Malformed(f"the answer is YES or NO, not {shorten(answer)}")
        r = reduction(name, {key: integer(value) for key, value in parameters.items()})
        source = self._parse(r.source, claim["source"])
        for size in r.stages(source):  # a few bytes of claim must not ask for a huge target
            self.meter.hold(size.words)
        self.meter.spend(r.work(source))
        target = r.reduce(source)
        if r.target.sha256(target) != claim["target_sha256"]:
            raise Rejected("the reduction gives another target than the one that was certified")
        source_witness = self._evidence("source", r.source, source, answer)
        target_witness = self._evidence("target", r.target, target, answer)
        if answer == "YES":
            self.meter.spend(r.work(source, witness=source_witness))
            if not self._solves(r.target, target, r.forward(source, source_witness)):
                raise Rejected("the forward image of the source witness does not solve the target")
            self.meter.spend(r.work(source, image=target_witness))
            if not self._solves(r.source, source, r.backward(source, target_witness)):
                raise Rejected("the backward image of the target witness does not solve the source")
        return r.source, source, answer, name

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

    def _solves(self, problem: AnyProblem, instance: Any, witness: Any) -> bool:
        self.meter.spend(problem.work(instance, witness))
        return problem.accepts(instance, witness)

    def _refutation(self, side: str, problem: AnyProblem, instance: Any, strictly_below: bool = False) -> None:
        """Check a refutation of every case: no witness solves the instance, or goes below its threshold."""
        encoding = encoding_of(problem)
        for case in encoding.cases(instance):
            choice = self._choice(side, case)
            with self.meter.holding():
                self._prepare(encoding.words(instance, choice))
                self._refute(encoding.formula(instance, case, choice, strictly_below), case)

    def _exceptions(self, problem: AnyProblem, instance: Any, data: Any) -> None:
        """Check a refutation of every case: no witness solves the instance without having the property."""
        encoding = encoding_of(problem)
        claimed = property_from_json(data, encoding.property_variables(instance))
        for case in encoding.cases(instance):
            choice = self._choice("exception", case)
            with self.meter.holding():
                self._prepare(encoding.words(instance, choice, claimed))
                self._refute(encoding.exceptions(instance, case, choice, claimed), case)

    def _prepare(self, words: int) -> None:
        """Pay for a formula before it is built."""
        self.meter.hold(words)
        self.meter.spend(words // 8)

    def _choice(self, side: str, case: int) -> Any:
        """Read the header of a case: what it says to the symmetry rule."""
        header = _fields(self._section("refute", side), "side", "refute", "symmetry", headed=False)
        if integer(header["refute"]) != case:
            raise Rejected(f"the refutation of case {case} is missing")
        return header["symmetry"]

    def _refute(self, formula: Formula, case: int) -> None:
        kernel = Kernel(formula, self.meter)
        while not kernel.refuted:
            line = next(self.source, None)
            if line is None:
                raise Rejected(f"the refutation of case {case} does not reach the empty clause")
            step = step_from_json(line)
            self.lines.step = f", atom {step.atom}" if isinstance(step, Atom) else f", step {step.id}"
            step.apply(kernel)
            self.steps += 1

    def _section(self, key: str, side: str) -> dict[str, Any]:
        line = next(self.source, None)
        if line is None or key not in line:
            raise Rejected(f"expected a line {key!r} for the {side}")
        if line.get("side") != side:
            raise Rejected(f"expected the {side}, not {shorten(line.get('side'))}")
        return line


def require_format(name: Any) -> None:
    """The format's number changes with the meaning of any claim, formula or step."""
    if name == FORMAT:
        return
    if type(name) is str and re.fullmatch(r"relucert-\d{1,4}", name):
        raise Unsupported(f"this is a certificate of the format {name}; this checker reads {FORMAT}")
    raise Malformed(f"this is no certificate: expected the format {FORMAT!r}")


def _fields(line: dict[str, Any], *names: str, headed: bool = True) -> dict[str, Any]:
    expected = {*names, "claim", "format"} if headed else set(names)
    if line.keys() != expected:
        raise Malformed(f"expected the keys {', '.join(sorted(expected))}")
    return line
