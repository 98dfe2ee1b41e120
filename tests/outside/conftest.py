"""A fresh environment with the distributions from outside; and the one of the examples, for tests without it."""

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MISTAKES = HERE.parents[1] / "examples" / "published_mistakes"
PATH = {"vertices": 5, "neighbours": [[0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4]]}  # dominated by 1 and 3, or 4

sys.path += [str(MISTAKES), str(HERE / "dominating")]


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """A fresh environment with the distributions, whose other packages are those of the tests'; no network."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "verify").mkdir()  # a stranger's folder changes nothing
    (folder / "verify" / "__init__.py").write_text("raise ImportError('a stranger')\n")
    (folder / "path.json").write_text(json.dumps({"neighbours": PATH["neighbours"]}))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    [site] = (folder / "venv").glob("lib/python*/site-packages")
    (site / "tests.pth").write_text(
        f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"  # with its editable installs
    )
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    for distribution in (HERE / "dominating", MISTAKES):
        copy = tmp_path_factory.mktemp("distribution") / distribution.name
        shutil.copytree(distribution, copy)
        subprocess.run([*install, copy], check=True, capture_output=True)
    return folder, python


@pytest.fixture
def relucert(fresh):
    """Calls the command in the fresh environment."""
    folder, python = fresh

    def call(*arguments):
        command = [python, "-m", "relucert", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder)

    return call
