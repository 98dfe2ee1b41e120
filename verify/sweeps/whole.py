"""What a database proves as a whole: the one certificate of a complete sweep, made of those of its instances."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections import Counter
from typing import IO

from relucert.certificates.catalogue import Catalogue
from relucert.certificates.checker import FORMAT, check
from relucert.certificates.terminal import printable
from relucert.reductions.formats import counted
from relucert.reductions.json_text import dumps, loads
from relucert.verify.files import BadInput
from relucert.verify.sweeps.database import Database, Row


def incomplete(database: Database) -> str:
    """Why there is no certificate of the whole, or nothing."""
    answers: Counter[str] = Counter()
    for counts in database.counts().values():
        answers.update(counts)
    there, total = answers.total(), database.total
    if total is None or there < total:
        return f"the sweep is not finished: {there:,} of {'unknown' if total is None else f'{total:,}'} instances"
    if answers["REFUTED"]:
        return f"the reduction is wrong on {counted(answers['REFUTED'], 'instance')}"
    return f"{counted(answers['UNKNOWN'], 'instance')} UNKNOWN" if answers["UNKNOWN"] else ""


def write_claim(database: Database, stream: IO[bytes], compress: bool = True) -> None:
    """The certificate `sweep` of a complete database. Its evidence is copied line by line. Raises BadInput."""
    if compress:
        with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0, filename="") as unpacked:
            write_claim(database, unpacked, False)  # type: ignore[arg-type]
        return
    if reason := incomplete(database):
        raise BadInput(f"{printable(database.path)}: {reason}")
    sweep = database.sweep
    answers = {answer: sum(1 for _ in database.rows(answer)) for answer in ("NO", "YES")}
    known = sweep.claim == "equivalence"
    claim = {
        "answers": answers,
        "claim": "sweep",
        "family": sweep.family,
        "format": FORMAT,
        "given": sweep.given,
        "parameters": sweep.parameters if known else {},
        "problem": sweep.problem,
        "reduction": sweep.reduction if known else None,
        "upto": sweep.upto,
    }
    stream.write(dumps(claim).encode() + b"\n")
    lines = 1
    for row in database.rows():
        first, *evidence, _ = require_intact(database, row).splitlines(keepends=True)
        said = loads(first.decode())
        member = {key: said[key] for key in MEMBER[sweep.claim]}
        stream.write(dumps(member).encode() + b"\n")
        stream.writelines(evidence)
        lines += 1 + len(evidence)
    stream.write(dumps({"end": lines + 1}).encode() + b"\n")


MEMBER = {
    "equivalence": ("answer", "source", "target_sha256"),
    "agreement": ("answer", "source", "target", "target_problem"),
}


def require_intact(database: Database, row: Row) -> bytes:
    """The certificate of a row, which is the one that its hash says."""
    certificate = database.certificate(row)
    if certificate is None or hashlib.sha256(certificate).hexdigest() != row.sha256:
        raise BadInput(f"{printable(database.path)}: the certificate of instance {row.number} is damaged")
    return certificate


def verify_rows(database: Database, catalogue: Catalogue) -> tuple[str, int]:
    """Check the certificates one by one: what is wrong with the first that is not accepted, and how many are."""
    accepted = 0
    for row in database.rows():
        if not row.sha256:
            continue
        verdict = check(io.BytesIO(require_intact(database, row)), catalogue=catalogue)
        if verdict.proved is None:
            return f"instance {row.number}: {verdict.verdict}: {verdict.reason}", accepted
        proved = verdict.proved
        source = "" if proved.problem is None else dumps(proved.problem.instance_to_json(proved.instance))
        if source != row.instance or (row.answer != "REFUTED" and verdict.answer != row.answer):
            return f"instance {row.number}: the certificate is valid, but it is about another instance", accepted
        accepted += 1
    return "", accepted
