"""README.md and docs/: every command is run, and what it prints is what stands there. So are the lines of Python."""

import re
from pathlib import Path

import pytest
import yaml
from documents import BLOCK, FILE, ROOT, SLOW, examples_of, normalised, rerun, sections

from relucert.reductions import CATALOGUE

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FIRST = ("README", "guide")  # what everybody reads; the others are slow tests
SECTIONS = [
    pytest.param(
        section,
        id=f"{path.stem}: {section.splitlines()[0].strip('# ')}",
        marks=[pytest.mark.slow] * (path.stem not in FIRST),
    )
    for path in DOCUMENTS
    for section in sections(path)
    if BLOCK.search(section)
]


@pytest.mark.thorough
@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_shown_is_what_comes(section):
    """Without the commands that take seconds; `make slow` runs those too."""
    text, report = rerun(section)
    assert normalised(text) == normalised(section)
    assert report == ""


@pytest.mark.slow
@pytest.mark.parametrize("section", [one for one in SECTIONS if SLOW.search(one.values[0])])
def test_what_is_shown_is_what_comes_also_if_it_takes_long(section):
    text, report = rerun(section, slow=True)
    assert normalised(text) == normalised(section)
    assert report == ""


def test_blocks_are_read_as_they_stand():
    body = "$ one \\\n  more\nshown\n\n$ two\n.venv/bin/relucert three\nwas shown\n"
    assert list(examples_of(body)) == [
        ("$ one \\\n  more\n", "shown\n\n"),
        ("$ two\n", ""),
        (".venv/bin/relucert three\n", "was shown\n"),
    ]


def test_a_wrong_example_is_found():
    right = "## A\n\n```\n$ echo one; echo two\none\ntwo\n```\n\n```\n>>> 1 + 1\n2\n```\n"
    assert rerun(right) == (right, "")
    text, report = rerun(right.replace("two\n```", "three\n```").replace("2\n", "3\n"))
    assert text == right.replace("2\n", "3\n")
    assert "Expected:\n    3\nGot:\n    2\n" in report


def test_every_reduction_has_a_row():
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \|", (ROOT / "docs" / "catalogue.md").read_text())
    assert sorted(rows) == sorted(CATALOGUE)


def test_links_lead_somewhere():
    for path in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)\)|(?:src|srcset)=\"([^\"]+)\"", BLOCK.sub("", path.read_text())):
            assert (path.parent / "".join(link)).exists(), (path, link)


# ------------------------------------------------------------------------------------------------- configurations


def shown(name):
    """The file of that name that docs/gate.md shows."""
    bodies = [body for body in BLOCK.findall((ROOT / "docs" / "gate.md").read_text()) if FILE.match(body)]
    [body] = [body for body in bodies if FILE.match(body)[1] == name]
    return yaml.safe_load(body)


def test_the_workflow_uses_the_action_that_there_is():
    steps = shown(".github/workflows/proofs.yml")["jobs"]["gate"]["steps"]
    [action] = [step for step in steps if re.fullmatch(r"[\w-]+/relucert@\w+", step["uses"])]
    inputs = yaml.safe_load(Path(ROOT / "action.yml").read_text())["inputs"]
    assert {"path", "sarif"} <= action["with"].keys() <= inputs.keys()
    [upload] = [step for step in steps if "upload-sarif" in step["uses"]]
    assert upload["with"]["sarif_file"] == action["with"]["sarif"]


def test_the_hook_is_the_one_that_there_is():
    [repository] = shown(".pre-commit-config.yaml")["repos"]
    [hook] = repository["hooks"]
    [known] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["id"] == known["id"]
