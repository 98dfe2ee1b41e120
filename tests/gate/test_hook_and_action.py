"""What .pre-commit-hooks.yaml and action.yml run is run, in a repository of git."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from folders import PATH, ROOT, TLS, colored, folder_of_certificates, run

pytestmark = pytest.mark.thorough

ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def repository(tmp_path, capsys):
    folder = folder_of_certificates(tmp_path / "repository")
    run(folder, "--write-manifest", capsys=capsys)
    for command in ("init -q -b main", "add -A", "-c user.name=T -c user.email=t@example.org commit -qm all"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    return folder


def hook(folder):
    [only] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (only["language"], only["pass_filenames"], only["always_run"]) == ("python", False, True)
    command = [*shlex.split(only["entry"]), *only["args"]]
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)


def action(folder, **given):
    """The step after the installation; what is not given has its default."""
    definition = yaml.safe_load((ROOT / "action.yml").read_text())
    assert definition["runs"]["using"] == "composite"
    inputs = {name: about["default"] for name, about in definition["inputs"].items()} | given
    assert inputs.keys() == definition["inputs"].keys()
    install, step = definition["runs"]["steps"]
    assert "pip install" in install["run"]
    assert "${{" not in install["run"] + step["run"]  # an input is no code
    environment = {
        name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: inputs[match[1]], value)
        for name, value in step["env"].items()
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, cwd=folder, env={**ENVIRONMENT, **environment}, capture_output=True, text=True)


@pytest.mark.parametrize("how", [hook, action])
def test_they_pass_and_fail_as_the_gate(repository, how):
    (repository / "server.cert").write_text(TLS)
    done = how(repository)
    assert (done.returncode, done.stdout) == (0, "relucert-manifest.json: passed: 6 certificates: 6 accepted\n")
    colored(repository / "colorings" / "path.cert", PATH, 3, (0, 1, 2))
    done = how(repository)
    assert done.returncode == 1
    assert done.stdout.startswith("colorings/path.cert: changed: ")


def test_the_inputs_of_the_action(repository):
    colored(repository / "colorings" / "path.cert", PATH, 3, (0, 1, 2))
    done = action(repository.parent, path="repository", since="main", junit="report 1.xml", sarif="report.sarif")
    assert done.returncode == 1
    assert "5 unchanged" in done.stdout
    assert (repository.parent / "report 1.xml").exists()
    assert (repository.parent / "report.sarif").exists()
    done = action(repository, trust="absent other")
    assert (done.returncode, done.stderr) == (2, "relucert: the distribution 'absent' is not installed\n")


def test_an_input_is_no_code(repository):
    for name in ("path", "since", "trust", "junit", "sarif"):
        assert (
            action(repository, **{name: '"; $(touch /dev/null stolen) `touch stolen`; touch stolen #'}).returncode == 2
        )
    assert not (repository / "stolen").exists()
