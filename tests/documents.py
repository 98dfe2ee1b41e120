"""Runs what the documents show. `python tests/documents.py README.md docs/*.md` writes the real output into them.

Of what takes long only with --slow; where nothing but times and proofs differ, only with --fresh.

Every section (`## …`) starts in an empty folder that has `examples/`. A block whose first line is a comment with the
name of a file is written to that file; blocks of `$ command` are run by bash, those of `>>>` by doctest.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:#|//) ([\w./-]+\.\w+)\n")
PROMPTS = ("$ ", ".venv/bin/relucert ")  # make shows the second

# Minutes, or seconds each, or of a file that such a command writes.
SLOW = re.compile(
    r"four_triples|four\.cert|contradiction\.json|\bno\.cert\.gz|no_clique|(?<!key-)lemma |gadget\.cert"
    r"|experiment (?!list)|k6\.col|gap\.cert|padded\.cert|--window|ratio set-cover|fano\.reached"
    r"|unlike\.csv --neurons 2|unlike\.cert"
)
# What is not there: a distribution that tests/outside installs for itself, and a solver of the benchmarks.
ELSEWHERE = re.compile(
    r"relucert-dominating|^relucert check no\.cert$|yices-smt2" + ("" if shutil.which("node") else "|node ")
)

# What differs from run to run: times, and the proof, for the first of two provers wins.
VARIES = [
    (r"(?m)^\d+ s: .*\n", ""),  # how far a command is, every few seconds
    (r"\b\d+\.\d+ ?s\b", "T s"),
    (r'("(?:check|decide|total|write|seconds)"): \d+\.\d+', r"\1: T"),
    (r'("(?:steps|work|words|bytes)"): \d+', r"\1: N"),
    (r"[\d,]+( proof steps| bytes)", r"N\1"),
    (r"('(?:equivalence|agreement)', )\d+", r"\1N"),  # steps
    (r"\bline \d+(: \d+ labelled instances)", r"line N\1"),  # of a certificate with many proofs
    (r'\b(time|timestamp|hostname)="[^"]*"', r"\1=T"),
    (r"(?m)^(python|z3-solver|python-sat|highspy|python-flint) .*", r"\1 V"),
    (r"\b[0-9a-f]{64}\b", "SHA256"),  # of a proof
    (r"(?m)^(?:\d+ s: .*|[\d,]+ instances, .* a second.*)\n", ""),  # progress
    (r"(?m)^  (?:colour \d+:|vertices:|sets:|true \w+:|filter:|f\(x\) =|       [+−]|…) .*\n", ""),  # a solution
    (r"(?m)^  \S.* = 0\n", ""),  # a hyperplane of one
    (r'"(witness)": \[[^\]]*\]', r'"\1": W'),
]


def normalised(text: str) -> str:
    for pattern, replacement in VARIES:
        text = re.sub(pattern, replacement, text)
    return text


def sections(document: Path) -> list[str]:
    """The text, cut before each heading of the second level."""
    return re.split(r"(?m)^(?=## )", document.read_text())


def examples_of(body: str) -> Iterator[tuple[str, str]]:
    """The commands of a block as they stand there, with prompt and all their lines, and the output that is shown."""
    lines = body.splitlines(keepends=True)
    while lines:
        command = lines.pop(0)
        while command.endswith("\\\n"):
            command += lines.pop(0)
        output = ""
        while lines and not lines[0].startswith(PROMPTS):
            output += lines.pop(0)
        yield command, output


def ran(command: str, folder: Path) -> str:
    """What a command writes, to standard output and to standard error."""
    order = command.removeprefix("$ ").replace(".venv/bin/relucert", "relucert")
    order = order.replace("make checker", f"{sys.executable} {ROOT / 'packaging' / 'checker.py'} relucert-check.pyz")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "COLUMNS": "80"}
    done = subprocess.run(
        ["bash", "-c", order], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return done.stdout


def doctested(body: str, folder: Path, names: dict[str, object]) -> str:
    """The report of what differs, '' if nothing does."""
    report: list[str] = []
    test = doctest.DocTestParser().get_doctest(body, names, "example", None, 0)
    with chdir(folder):
        doctest.DocTestRunner(verbose=False).run(test, out=report.append, clear_globs=False)
    names |= test.globs
    return "".join(report)


def rerun(section: str, slow: bool = False, fresh: bool = False) -> tuple[str, str]:
    """The section with the output that its commands have now, and what doctest reports."""
    reports: list[str] = []
    names: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "examples").symlink_to(ROOT / "examples")
        (folder / ".venv").mkdir()

        def again(match: re.Match[str]) -> str:
            body = match[1]
            if file := FILE.match(body):
                (folder / file[1]).parent.mkdir(parents=True, exist_ok=True)
                (folder / file[1]).write_text(body)
            elif body.startswith(">>> "):
                reports.append(doctested(body, folder, names))
            elif body.startswith(PROMPTS):
                found = ""
                for command, shown in examples_of(body):
                    left_out = ELSEWHERE.search(command[2:].strip()) or (SLOW.search(command) and not slow)
                    new = shown if left_out else ran(command, folder)
                    found += command + (shown if normalised(new) == normalised(shown) and not fresh else new)
                return match[0].replace(body, found)
            return match[0]

        text = BLOCK.sub(again, section)
    return text, "".join(reports)


if __name__ == "__main__":
    paths = [word for word in sys.argv[1:] if word not in ("--slow", "--fresh")]
    for path in map(Path, paths):
        done = [rerun(section, "--slow" in sys.argv, "--fresh" in sys.argv) for section in sections(path)]
        path.write_text("".join(text for text, _ in done))
        print(path, *(report for _, report in done))
