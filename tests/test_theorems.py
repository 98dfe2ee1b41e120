"""docs/theorems.md and docs/findings.md: every numbered statement has a row, and every row's command runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATEMENTS = {
    "DV20": [
        "Assumption 2.1", "Terminology 2.2", "Remark 2.1", "Remark 3.1",
        *(f"Theorem 3.{i}" for i in range(1, 7)), *(f"Corollary 3.{i}" for i in range(1, 5)),
    ],
    "FH23": [
        "Theorem 1", "Definition 2", "Observation 3", "Lemma 4", "Lemma 5", "Theorem 6", "Corollary 7", "Corollary 8",
        "Corollary 9", "Theorem 10", "Lemma 11", "Lemma 12",
    ],
}  # fmt: skip
CELLS = re.compile(r"(?<!\\)\|")  # of a row; \| is a bar in a cell


def rows(name, section):
    """The cells of each row of the table under the heading that ends in [section]."""
    text = (ROOT / "docs" / name).read_text()
    table = re.split(rf"(?m)^## .*\[{section}\]$", text)[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in CELLS.split(line)[1:-1]] for line in lines]


COMMANDS = sorted(
    {(row[-1].strip("`"), 0) for one in STATEMENTS for row in rows("theorems.md", one)}
    | {(row[-1].strip("`"), int(row[-2])) for one in STATEMENTS for row in rows("findings.md", one)}
)


@pytest.mark.parametrize("paper", STATEMENTS)
def test_every_numbered_statement_has_a_row(paper):
    named = [row[0] for row in rows("theorems.md", paper)]
    assert {name for name in named if not name.startswith("Section")} == set(STATEMENTS[paper])
    assert len(set(named)) == len(named)


@pytest.mark.thorough
@pytest.mark.parametrize(("command", "code"), COMMANDS)
def test_every_command_runs(command, code, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    program, *words = command.split()
    assert program == "relucert"
    done = subprocess.run([sys.executable, "-m", "relucert", *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    assert done.stdout or code == 2  # then one line of stderr says it
