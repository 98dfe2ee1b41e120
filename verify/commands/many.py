"""One command for many files: what each of them gives, a line that sums up, and the worst exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from relucert.certificates.terminal import complain, say
from relucert.reductions.exact import InvalidInstance
from relucert.verify.certify import ReductionRefuted
from relucert.verify.commands.options import report, unknown
from relucert.verify.files import BadInput
from relucert.verify.limits import LimitReached, Watch
from relucert.verify.provers.base import OutOfTime, Unknown

WORST = {0: "decided", 1: "refuted", 2: "error", 3: "UNKNOWN", 130: "error"}


class Outcome(NamedTuple):
    """What a command has to say of a file: for programs, and in lines for people."""

    verdict: str
    facts: Mapping[str, Any]
    lines: list[str]
    code: int = 0


def run_all(runs: Mapping[str, Callable[[], Outcome]], watch: Watch, as_json: bool) -> int:
    """Run them all, by the names of the files; the worst exit code.

    What is wrong with one file does not keep the others from being read. Once a limit is reached, which holds for all
    of them together, or an interrupt comes, those that are left are UNKNOWN.
    """
    outcomes: dict[str, Outcome] = {}
    ended = ""
    for source, run in runs.items():
        try:
            if ended:
                outcome = stopped(source, Unknown(ended, ("not begun",)))
            else:
                watch.deadline.remaining()
                with watch.apart():
                    outcome = run()
        except (BadInput, InvalidInstance) as problem:
            outcome = failed(str(problem), "error", 2)
        except ReductionRefuted as finding:
            outcome = failed(f"{source}: {finding}", "refuted", 1)
        except LimitReached as limit:
            ended = limit.reason
            outcome = stopped(source, Unknown(limit.reason, (f"stopped while {limit.phase}",)))
        except OutOfTime:
            ended = "time"
            outcome = stopped(source, Unknown("time", ("not begun",)))
        except KeyboardInterrupt:
            ended = "interrupted"
            outcome = stopped(source, Unknown(ended, (f"stopped while {watch.phase}",)))
        outcomes[source] = outcome
        if not as_json:
            with watch.silent():
                say(*outcome.lines)
    code = 130 if ended == "interrupted" else max(outcome.code for outcome in outcomes.values())
    files = [{"source": name, "verdict": one.verdict, **one.facts} for name, one in outcomes.items()]
    verdicts = Counter(outcome.verdict for outcome in outcomes.values())
    total = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    facts = {"files": files, **({"reason": ended} if code == 130 else {})}
    report(as_json, WORST[code], facts, f"{len(files)} files: {total}")
    return code


def stopped(source: str, why: Unknown) -> Outcome:
    return Outcome("UNKNOWN", *unknown(source, why), code=3)


def failed(reason: str, verdict: str, code: int) -> Outcome:
    """What is wrong with a file, in a line on standard error too."""
    line = " ".join(reason.split())
    complain("relucert: " + line)
    return Outcome(verdict, {"reason": line}, [], code)
