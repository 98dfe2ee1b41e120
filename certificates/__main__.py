"""`python -m certificates FILE...`: check certificates with nothing but the standard library."""

from __future__ import annotations

import sys

from certificates.checker import check


def main(paths: list[str]) -> int:
    if not paths:
        print("usage: python -m certificates FILE...", file=sys.stderr)
        return 2
    for output in (sys.stdout, sys.stderr):  # a name or a message that this terminal cannot show is no failure
        output.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    worst = 0
    for path in paths:
        try:
            with open(path, "rb") as stream:
                verdict = check(stream)
        except OSError as problem:
            print(f"{path}: {problem.strerror}", file=sys.stderr)
            worst = max(worst, 2)
            continue
        proved = f"{verdict.claim} {verdict.reduction} {verdict.answer}".replace("  ", " ")
        print(f"{path}: {verdict.verdict}: {verdict.reason or proved}")
        worst = max(worst, verdict.exit_code)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
