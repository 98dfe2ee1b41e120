"""The checker: reads a certificate line by line and says whether its claim is proved.

Certificates are hostile input. Every way out of `check` is one of four verdicts; nothing is accepted by default.
"""

from __future__ import annotations

import gc
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import SEEK_END
from typing import Any, BinaryIO, NamedTuple

from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.claim import Proved
from relucert.certificates.evidence import Evidence, fields
from relucert.certificates.kernel import Malformed, Meter, Rejected, ResourceLimit, Unsupported
from relucert.reductions.exact import InvalidInstance, TooLarge, shorten
from relucert.reductions.json_text import loads

FORMAT = "relucert-3"
EXIT_CODES = {"accepted": 0, "rejected": 1, "malformed": 2, "resource-limit": 3, "unsupported": 3}
MAX_PACKED = 1 << 30  # bytes of a file, as it is stored


@dataclass(frozen=True)
class Limits:
    """What one check may spend: units of work and 64-bit words of memory; None: by the size of the packed file.

    A unit is a byte read, a literal or term visited, or a 64-bit word of arithmetic; a line costs 40 of its own.
    """

    work: int | None = None
    words: int | None = None

    def __post_init__(self) -> None:
        """Raises InvalidInstance."""
        for name, most in (("work", self.work), ("memory", self.words)):
            if most is not None and (type(most) is not int or most < 1):
                raise InvalidInstance(f"the limit of {name} is a positive integer, not {shorten(most)}")

    def meter(self, packed: int) -> Meter:
        """A meter for a file of that many bytes as it is stored."""
        by_size = (50_000_000 + 64 * packed, min(25_000_000 + 100 * packed, 1 << 31))
        work, words = (by_size[i] if own is None else own for i, own in enumerate((self.work, self.words)))
        return Meter(work, words)


class Verdict(NamedTuple):
    """verdict: one of EXIT_CODES; reason says where and why if it is not 'accepted'.

    On acceptance: claim is its kind, proved what it proves, and trusting the origins of what is not built in and has
    been believed. work and words are what the check has spent and held at most.
    """

    verdict: str
    reason: str = ""
    claim: str = ""
    proved: Proved | None = None
    steps: int = 0
    lines: int = 0
    work: int = 0
    words: int = 0
    trusting: tuple[str, ...] = ()

    @property
    def answer(self) -> str:
        """YES, NO, HOLDS, or both sides of a disagreement; nothing if the claim is not proved."""
        return self.proved.answer if self.proved else ""

    @property
    def reduction(self) -> str:
        return self.proved.reduction.name if self.proved and self.proved.reduction else ""

    @property
    def subject(self) -> str:
        return self.proved.subject if self.proved else ""

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def check(stream: BinaryIO, limits: Limits | None = None, catalogue: Catalogue = BUILTIN) -> Verdict:
    """Check one certificate, plain or gzip-compressed. Raises nothing but OSError of the stream itself."""
    if not stream.seekable():
        from tempfile import TemporaryFile  # most files do without

        with TemporaryFile() as copy:
            while piece := stream.read(1 << 20):
                copy.write(piece)
                if copy.tell() > MAX_PACKED:
                    return Verdict("resource-limit", f"the file has more than {MAX_PACKED} bytes")
            copy.seek(0)
            return check(copy, limits, catalogue)
    start = stream.tell()
    packed = stream.seek(0, SEEK_END) - start
    stream.seek(start)
    if packed > MAX_PACKED:
        return Verdict("resource-limit", f"the file has more than {MAX_PACKED} bytes")
    meter = (limits or Limits()).meter(packed)
    lines = _Lines(stream, meter)
    with _without_collector():
        verdict = _judged(lines, meter, catalogue)
    return verdict._replace(work=meter.work, words=meter.peak)


@contextmanager
def _without_collector() -> Iterator[None]:
    """A check makes no cycles, so the collector finds nothing; it takes a third of the time to walk over a formula."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _judged(lines: _Lines, meter: Meter, catalogue: Catalogue) -> Verdict:
    evidence = Evidence(lines, meter, catalogue)

    def refused(verdict: str, reason: object) -> Verdict:
        return Verdict(verdict, f"line {lines.number}{evidence.place}: {reason}")

    try:
        kind, proved = _claim(evidence)
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
    return Verdict("accepted", "", kind, proved, evidence.steps, lines.number, trusting=tuple(sorted(evidence.trusted)))


class _Lines:
    """The JSON objects of a certificate, one at a time; only the closing record may be, and must be, the last.

    length: the bytes of the last one.
    """

    def __init__(self, packed: BinaryIO, meter: Meter) -> None:
        self.packed, self.meter = packed, meter
        self.number = self.length = 0

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
        most = self.meter.longest_line
        line = stream.readline(most + 1)
        if line:
            self.number, self.length = self.number + 1, len(line)
            if len(line) > most:
                raise ResourceLimit("the line is too long")
            self.meter.read(len(line))
        return line


def _claim(evidence: Evidence) -> tuple[str, Proved]:
    """Read the claim, and judge the evidence for it; the kind of the claim, and what it proves."""
    claim = evidence.claim()
    if claim is None:
        raise Malformed("the certificate is empty")
    require_format(claim.get("format"))
    kind = claim.get("claim")
    claims = evidence.catalogue.claims
    if type(kind) is not str or kind not in claims:
        raise Malformed(f"there is no claim {shorten(kind)}")
    proved = claims[kind].check(fields(claim, "claim", "format", *claims[kind].fields), evidence)
    evidence.end()
    return kind, proved


def require_format(name: Any) -> None:
    """The format's number changes with the meaning of any claim, formula or step."""
    if name == FORMAT:
        return
    if type(name) is str and re.fullmatch(r"relucert-\d{1,4}", name):
        raise Unsupported(f"this is a certificate of the format {name}; this checker reads {FORMAT}")
    raise Malformed(f"this is no certificate: expected the format {FORMAT!r}")
