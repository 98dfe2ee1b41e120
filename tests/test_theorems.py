"""docs/theorems.md and docs/findings.md: every numbered statement has a row, and every row's command runs."""

import re
from pathlib import Path

import forked
import pytest

ROOT = Path(__file__).parents[1]
STATEMENTS = {
    "DV20": [
        "Assumption 2.1", "Terminology 2.2", "Remark 2.1", "Remark 3.1",
        *(f"Theorem 3.{i}" for i in range(1, 7)), *(f"Corollary 3.{i}" for i in range(1, 5)),
    ],
    "GKMR21": [
        "Definition 1", "Definition 2", "Question 3", "Hypothesis 6",
        *(f"Theorem {i}" for i in (4, 5, 7, 8, 9, 10, 11)),
    ],
    "GKK19": [
        "Assumption 1", "Corollary 1", "Lemma 1", "Fact 1", "Fact 2", "Algorithm 1", "Algorithm 2",
        *(f"Theorem {i}" for i in range(1, 6)), *(f"Definition {i}" for i in range(1, 4)),
        *(f"Claim {i}" for i in range(1, 5)),
    ],
    "FH23": [
        "Theorem 1", "Definition 2", "Observation 3", "Lemma 4", "Lemma 5", "Theorem 6", "Corollary 7", "Corollary 8",
        "Corollary 9", "Theorem 10", "Lemma 11", "Lemma 12",
    ],
}  # fmt: skip
COMMAND = re.compile(r"`(relucert [^`]+)`")
SLOW = re.compile("experiment|--affine")
CELLS = re.compile(r"(?<!\\)\|")  # of a row; \| is a bar in a cell


def rows(name, section):
    """The cells of each row of the table under the heading that ends in [section]."""
    text = (ROOT / "docs" / name).read_text()
    table = re.split(rf"(?m)^## .*\[{section}\]$", text)[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in CELLS.split(line)[1:-1]] for line in lines]


COMMANDS = sorted(
    {(one, 0) for paper in STATEMENTS for row in rows("theorems.md", paper) for one in COMMAND.findall(row[-1])}
    | {(row[-1].strip("`"), int(row[-2])) for one in STATEMENTS for row in rows("findings.md", one)}
)


@pytest.mark.parametrize("paper", STATEMENTS)
def test_every_numbered_statement_has_a_row(paper):
    named = [row[0] for row in rows("theorems.md", paper)]
    assert {name for name in named if not name.startswith("Section")} == set(STATEMENTS[paper])
    assert len(set(named)) == len(named)
    assert all(COMMAND.search(row[-1]) for row in rows("theorems.md", paper))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(*row, marks=[pytest.mark.slow] * (n % 4 > 0 or bool(SLOW.search(row[0]))))
        for n, row in enumerate(COMMANDS)
    ],
)
def test_every_command_runs(command, code, tmp_path):
    _, *words = command.split()
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = forked.run("relucert", *words, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stdout or code == 2  # then one line of stderr says it
