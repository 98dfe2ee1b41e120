"""What a command line says of certificates: one verdict a file, as lines for people or as one JSON object."""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

from relucert.certificates.about import About, AnyProblem, compare, give
from relucert.certificates.catalogue import BUILTIN, Catalogue
from relucert.certificates.checker import Limits, Verdict, check
from relucert.certificates.sentences import sentence
from relucert.certificates.terminal import complain, say
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.formats.columns import Columns, selected
from relucert.reductions.parameters import json_of


class Order(NamedTuple):
    """What certificates must be about, and what a check may spend.

    given: parameters of the instance. source: a file that must hold it, '' for none. strict: refuse what neither says.
    catalogue: what the checker knows. columns: of the source, if it is a training set in CSV.
    """

    given: Mapping[str, Any]
    source: str = ""
    strict: bool = False
    limits: Limits = Limits()
    catalogue: Catalogue = BUILTIN
    columns: Columns = Columns()


def check_files(
    paths: Sequence[str], order: Order, as_json: bool, option: Callable[[AnyProblem, str, Any], str] = give
) -> int:
    """Check, print, and return the worst exit code. Raises InvalidInstance if the order itself is bad."""
    if order.strict and not order.source:
        raise InvalidInstance("--strict compares certificates with a file: --source FILE")
    text = read_source(order.source) if order.source else ""
    if order.columns:
        if not order.source:
            raise InvalidInstance("columns are those of a source: --source FILE")
        try:
            text = selected(text, os.path.splitext(order.source)[1], order.columns)
        except InvalidInstance as problem:
            raise InvalidInstance(f"{order.source}: {problem}") from None
    results = []
    for path in paths:
        verdict, about = _check_file(path, order), About()
        if verdict.proved is not None:
            try:
                about = compare(verdict.proved, order.given, order.source, text, order.strict, option)
            except InvalidInstance as problem:
                raise InvalidInstance(f"{order.source}: {problem}" if order.source else str(problem)) from None
            for remark in about.remarks:
                complain(f"{order.source}: {remark}")
            if about.refusal:
                verdict = Verdict("rejected", f"the certificate is valid, but {about.refusal}")
        results.append((path, verdict, about))
        if not as_json:
            proved = " ".join(filter(None, (verdict.claim, verdict.subject, verdict.answer)))
            if verdict.proved is not None and verdict.proved.problem is not None:
                proved += f" ({sentence(verdict.claim, verdict.proved)})"
            proved += f"; {about.note}" if about.note else ""
            trusting = f", trusting {' and '.join(verdict.trusting)}" if verdict.trusting else ""
            say(f"{path}: {verdict.verdict}{trusting}: {verdict.reason or proved}")
    worst = max((verdict for _, verdict, _ in results), key=lambda verdict: verdict.exit_code)
    if as_json:
        files = [_facts(path, verdict, about, order.source) for path, verdict, about in results]
        say(json.dumps({"verdict": worst.verdict, "files": files}, sort_keys=True))
    return worst.exit_code


def _check_file(path: str, order: Order) -> Verdict:
    try:
        with _open(path) as stream:
            return check(stream, order.limits, order.catalogue)
    except OSError as problem:
        return Verdict("malformed", f"{problem.strerror}")


def read_source(path: str) -> str:
    """The text of a file, or of standard input for '-'. Raises InvalidInstance that names it."""
    try:
        with _open(path) as stream:
            return stream.read().decode("utf-8-sig")
    except OSError as problem:
        raise InvalidInstance(f"{path}: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise InvalidInstance(f"{path}: byte {problem.start} is not UTF-8 text") from None


def _open(path: str) -> BinaryIO:
    return open(0 if path == "-" else path, "rb", closefd=path != "-")


def _facts(path: str, verdict: Verdict, about: About, source: str) -> dict[str, Any]:
    facts: dict[str, Any] = {"file": path, "verdict": verdict.verdict, "reason": verdict.reason, "claim": verdict.claim}
    facts |= {"answer": verdict.answer, "reduction": verdict.reduction, "problem": "", "target_problem": ""}
    if verdict.proved is not None:
        facts["proved"] = sentence(verdict.claim, verdict.proved)
        if verdict.proved.reduction is not None:
            facts["parameters"] = json_of(verdict.proved.reduction.arguments)
        facts["problem"] = verdict.proved.problem.name if verdict.proved.problem else ""
        if verdict.proved.target_problem is not None:
            facts["target_problem"] = verdict.proved.target_problem.name
    compared = {"source": source, "read": about.read, "unsaid": json_of(about.unsaid)} if about.read else {}
    return {
        **facts,
        "steps": verdict.steps,
        "work": verdict.work,
        "words": verdict.words,
        "trusting": list(verdict.trusting),
        **compared,
    }
