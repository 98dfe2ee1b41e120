"""`python -m relucert.certificates FILE...`: check certificates with nothing but the standard library."""

from __future__ import annotations

import sys

from relucert.certificates.checker import check
from relucert.certificates.terminal import OutputFailed, complain, guard_streams, say


def main(paths: list[str]) -> int:
    """The worst exit code of the verdicts; 2 also if the output cannot be written."""
    try:
        guard_streams()
        if not paths:
            complain("usage: python -m relucert.certificates FILE...")
            return 2
        return max(map(_check_file, paths))
    except OutputFailed as problem:
        complain(str(problem))
        return 2


def _check_file(path: str) -> int:
    try:
        with open(path, "rb") as stream:
            verdict = check(stream)
    except OSError as problem:
        complain(f"{path}: {problem.strerror}")
        return 2
    proved = " ".join(filter(None, (verdict.claim, verdict.reduction, verdict.answer)))
    say(f"{path}: {verdict.verdict}: {verdict.reason or proved}")
    return verdict.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
