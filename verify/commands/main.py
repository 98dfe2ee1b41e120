"""The entry point of the command line: every failure is one line on standard error and an exit code.

`check FILE…` is answered here, without the parser of options, which takes as long to import as most checks take.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from relucert.certificates.command import Order, check_files
from relucert.certificates.terminal import OutputFailed, complain, guard_streams, say
from relucert.reductions.exact import InvalidInstance
from relucert.verify.files import BadInput
from relucert.verify.limits import TIME_LIMIT, Counted, LimitReached, Watch

if TYPE_CHECKING:
    from relucert.verify.certify import ReductionRefuted

DECIDING = (
    "certify",
    "optimum",
    "ratio",
    "learn",
    "lemma",
    "enclose",
    "fact",
    "pad",
)  # their answer is UNKNOWN if they fail


def main() -> None:
    # Matrices here are small: a second thread of numpy's would wait busily for work, and answers are the same on
    # machines with more processors.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "_RELUCERT_COMPLETE" in os.environ:  # a shell asks; see docs/commands.md
        from relucert.verify.commands.group import cli

        cli.main(prog_name="relucert")
    words = sys.argv[1:]
    try:
        guard_streams()
        if words[:1] == ["check"] and words[1:] and not any(word.startswith("-") for word in words):
            code = check_plainly(words[1:])
        else:
            from relucert.verify.commands.group import run

            code = run()
    except OutputFailed as problem:
        fail(str(problem), silent=True)
    except (BadInput, InvalidInstance) as problem:
        fail(str(problem))
    except refuted() as finding:
        fail(str(finding), 1, verdict="refuted")
    except KeyboardInterrupt:
        fail("interrupted; nothing was written", 130)
    except BaseException as mistake:  # also SystemExit, with which a module from outside could pass for a success
        if os.environ.get("RELUCERT_TRACEBACK"):
            import traceback

            traceback.print_exc()
        fail(describe(mistake), 3 if words and words[0] in DECIDING else 2)
    gc.freeze()  # or Python, on its way out, looks three times for what could be given back: a tenth of a small check
    sys.exit(code)


def check_plainly(files: Sequence[str]) -> int:
    """What the command `check` does when no option is given; the exit code."""
    try:
        with Watch(TIME_LIMIT, quiet=False) as watch:
            watch.doing("checking")
            return check_files(files, Order({}, limits=Counted()), as_json=False)
    except LimitReached as limit:
        say(f"resource-limit: {limit}")
        return 3


def refuted() -> type[ReductionRefuted]:
    """What a command raises that finds a reduction wrong; imported when one has raised something."""
    from relucert.verify.certify import ReductionRefuted

    return ReductionRefuted


def fail(reason: str, code: int = 2, verdict: str = "error", silent: bool = False) -> None:
    """One line on standard error; with --json one object on standard output too, unless that is what has failed."""
    line = " ".join(reason.split())
    complain("relucert: " + line)
    if "--json" in sys.argv[1:] and not silent:
        facts: dict[str, Any] = {"verdict": verdict, "reason": line}
        try:
            say(json.dumps(facts, sort_keys=True))
        except OutputFailed as problem:
            complain(f"relucert: {problem}")
    sys.exit(code)


def describe(mistake: BaseException) -> str:
    """What went wrong where, in one line."""
    import traceback

    frame = traceback.extract_tb(mistake.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    return f"{type(mistake).__name__} in {place}: {str(mistake)[:200]}; this is a bug"
