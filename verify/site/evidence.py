"""What stands in an accepted certificate beside its claim: solutions, and how long which kinds of steps refute what."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from relucert.reductions.exact import shorten
from relucert.reductions.json_text import loads

RULES = {
    "atom": "inequalities",
    "define": "definitions",
    "tangent": "tangents",
    "farkas": "Farkas combinations",
    "rup": "unit propagations",
    "count": "cutting planes",
}


@dataclass(frozen=True)
class Part:
    """A piece of evidence for a side: a witness, a value that fails, the refutation of one case, or steps that all
    cases have in common.

    value: of the first two, as JSON. case: of the others, "all" for the last. steps: how many of each of RULES.
    symmetry: what its case says to the symmetry rule.
    """

    side: str
    kind: str
    value: Any = None
    case: int | str = 0
    symmetry: str = ""
    steps: Mapping[str, int] = field(default_factory=dict)

    @property
    def length(self) -> int:
        return sum(self.steps.values())


def evidence_of(certificate: bytes) -> tuple[dict[str, Any], list[Part]]:
    """The claim and the parts, in order, of a certificate that the checker has accepted."""
    lines = _lines(certificate)
    claim, parts, steps, symmetry = next(lines), list[Part](), Counter[str](), ""
    for line in lines:
        if "side" in line:
            steps = Counter()
            if "refute" in line:
                if "symmetry" in line:  # or it is that of all cases
                    symmetry = "" if line["symmetry"] is None else shorten(line["symmetry"])
                parts.append(Part(line["side"], "refutation", None, line["refute"], symmetry, steps))
            else:
                kind = "witness" if "witness" in line else "fails"
                parts.append(Part(line["side"], kind, line[kind]))
        else:  # a step, or what only the claim knows
            steps.update(rule for rule in RULES if rule in line)
    return claim, parts


def _lines(certificate: bytes) -> Iterator[dict[str, Any]]:
    stream: Any = BytesIO(certificate)
    if certificate[:2] == b"\x1f\x8b":
        stream = gzip.GzipFile(fileobj=stream)
    for line in stream:
        yield loads(line.decode("ascii"))
