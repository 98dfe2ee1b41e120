"""What the command line says of itself, what it thinks was meant, and one JSON object for every outcome."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import forked
import pytest

from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.verify.commands.group import COMMANDS

pytestmark = pytest.mark.thorough

EXAMPLES = Path(__file__).parents[2] / "examples"
PETERSEN = str(EXAMPLES / "petersen.g6")
SAWTOOTH = str(EXAMPLES / "sawtooth.csv")


def relucert(*arguments, **options):
    return forked.run("relucert", *arguments, environment={"COLUMNS": "200"}, **options)


def test_version():
    done = relucert("--version")
    assert (done.returncode, done.stdout) == (0, f"relucert {metadata.version('relucert')}\n")


@pytest.mark.parametrize("name", ["set-cover-to-relu", "lift-target-error", "clique", "sat-to-three-sat"])
def test_show_has_all_of_it(name):
    done = relucert("show", name)
    thing = CATALOGUE[name]() if name in CATALOGUE else PROBLEMS[name]
    assert done.returncode == 0
    doc = [line.strip() for line in type(thing).__doc__.splitlines() if line.strip()]
    assert [line for line in doc if line not in [shown.strip() for shown in done.stdout.splitlines()]] == []
    for parameter, stated in thing.parameters.items():
        assert f"-p {parameter}=…: {stated.meaning}" in done.stdout
    if name in CATALOGUE:
        assert thing.reference in done.stdout
        assert ">>> " in done.stdout  # the worked example


def test_show_of_everything_has_an_example_and_is_json():
    for name in (*CATALOGUE, *PROBLEMS):
        said = json.loads(relucert("show", name, "--json").stdout)
        assert (said["verdict"], said["name"]) == ("ok", name)
        assert said["text"]
        assert ">>> " in said["text"] or name in PROBLEMS, name


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["chek", "x"], "there is no command 'chek' (did you mean check?)"),
        (["certify", "colouring-to-relu-sum", PETERSEN], "(did you mean coloring-to-relu-sum?)"),
        (["certify", "vertexcover", PETERSEN], "(did you mean vertex-cover?)"),
        (["certify", "coloring-to-relu-sum", PETERSEN, "-p", "colours=3"], "(did you mean colors?)"),
        (["certify", "training", SAWTOOTH, "--neuron", "3"], "--neurons"),
    ],
)
def test_what_was_meant(words, hint):
    done = relucert(*words)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert hint in done.stderr


@pytest.mark.parametrize(
    ("words", "culprit"),
    [
        (["certify", "training", SAWTOOTH, "--neurons", 1, "--neurons", 2], "--neurons is given twice"),
        (["certify", "training", SAWTOOTH, "-o", "a", "--output-file", "b"], "--output-file is given twice"),
        (["check", "x", "--json", "--json"], "--json is given twice"),
        (["lemma", "stripe", "--neurons", 2], "--neurons means nothing for stripe"),
        (["lemma", "ramps", "--slopes", "1"], "--slopes means nothing for ramps"),
        (["fuzz", "vertex-cover-to-set-cover", "--call-time", 3], "--call-time means nothing without --command"),
        (["fuzz", "vertex-cover-to-set-cover", PETERSEN, "-p", "budget=3", "--seed", 3],
         "--seed means nothing with a FILE"),
        (["gate", ".", "--source-dir", "x"], "--source-dir means nothing without --write-manifest"),
        (["certify", "training", SAWTOOTH, "--neurons", 3, "--json", "-o", "-"], "--json and an output file -"),
        (["certify", "coloring-to-relu-network", PETERSEN, "-p", "colors=999999999999"], "from colors = 999999999999"),
        (["certify", "pad-dimension", SAWTOOTH, "--neurons", 1, "-p", "extra=99999999999999999999"],
         "extra: 99999999999999999999 is too large"),
        (["certify", "vertex-cover", SAWTOOTH, "-p", "budget=1"], "looks like the header of a training set"),
    ],
)  # fmt: skip
def test_a_message_names_the_culprit(words, culprit):
    done = relucert(*words)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert culprit in done.stderr


# ------------------------------------------------------------------------------------------------------ completion


def completed(words, shell="bash"):
    """What the shell is offered for the last of these words."""
    environment = {"_RELUCERT_COMPLETE": f"{shell}_complete", "COMP_WORDS": " ".join(["relucert", *words]),
                   "COMP_CWORD": str(len(words)), "PATH": os.environ["PATH"]}  # fmt: skip
    command = [str(Path(sys.executable).parent / "relucert")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


def test_shells_complete_commands_names_and_parameters():
    assert completed(["cert"]) == ["certify"]
    assert completed(["certify", "set-cover-"]) == ["set-cover-to-relu"]
    assert completed(["certify", "sat-to-three-sat/three-sat-to-v"]) == ["sat-to-three-sat/three-sat-to-vertex-cover"]
    assert completed(["certify", "clique-to-threshold", PETERSEN, "-p", "lo"]) == ["loss="]
    assert "loss=linf" in completed(["certify", "training", SAWTOOTH, "-p", "loss=l"])
    assert completed(["certify", "training", SAWTOOTH, "--neur"]) == ["--neurons"]
    assert completed(["show", "independent-set-to-v"]) == ["independent-set-to-vertex-cover"]


# ------------------------------------------------------------------------------------------------------------ JSON

OUTCOMES = {  # words -> verdict, exit code
    "yes": (["certify", "training", SAWTOOTH, "--neurons", 3, "--bias"], "YES", 0),
    "no": (["certify", "training", SAWTOOTH, "--neurons", 2, "--bias"], "NO", 0),
    "unknown": (["certify", "training", SAWTOOTH, "--neurons", 2, "--bias", "--time-limit", 1e-6], "UNKNOWN", 3),
    "no file": (["certify", "training", "missing.csv", "--neurons", 2], "error", 2),
    "no option": (["certify", "training", SAWTOOTH, "--nothing"], "error", 2),
    "no argument": (["certify"], "error", 2),
    "no command": (["nothing"], "error", 2),
    "no name": (["certify", "nothing", SAWTOOTH], "error", 2),
    "no parameter": (["certify", "clique", PETERSEN], "error", 2),
    "twice": (["certify", "training", SAWTOOTH, "--bias", "--bias"], "error", 2),
    "malformed": (["check", SAWTOOTH], "malformed", 2),
    "a bad order": (["check", SAWTOOTH, "--strict"], "error", 2),
    "list": (["list"], "ok", 0),
    "show": (["show", "clique"], "ok", 0),
    "path": (["path", "sat", "training"], "ok", 0),
    "no path": (["path", "training", "sat"], "error", 2),
    "version": (["version"], "ok", 0),
    "reduce": (["reduce", "coloring-to-relu-sum", PETERSEN, "-p", "colors=2"], "ok", 0),
    "optimum": (["optimum", SAWTOOTH, "--neurons", 1, "--bias", "--loss", "linf"], "YES", 0),
    "gap": (["optimum", SAWTOOTH, "--neurons", 1, "--bias", "--loss", "linf", "--gap", "1/2"], "BOUNDS", 0),
    "learn": (["learn", SAWTOOTH, "--neurons", 1, "--epsilon", "1/10"], "LEARNED", 0),
    "no network": (["evaluate", SAWTOOTH, SAWTOOTH], "error", 2),
    "gate": (["gate", "."], "error", 2),
    "fuzz": (["fuzz", "nothing"], "error", 2),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_outcome_is_one_object(tmp_path, name):
    words, verdict, code = OUTCOMES[name]
    done = relucert(*words, "--json", cwd=tmp_path)
    assert (done.returncode, len(done.stdout.splitlines())) == (code, 1), done
    said = json.loads(done.stdout)
    assert said["verdict"] == verdict
    assert isinstance(said.get("reason", ""), str)
    assert bool(said.get("reason")) == (verdict in ("error", "UNKNOWN")), said
    if verdict == "error":
        assert done.stderr == f"relucert: {said['reason']}\n"


def test_a_wrong_reduction_is_refuted(tmp_path):
    (tmp_path / "wrong.py").write_text(
        "from dataclasses import replace\n"
        "from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover\n"
        "class Wrong(VertexCoverToSetCover):\n"
        "    name = 'wrong'\n"
        "    def reduce(self, graph):\n"
        "        return replace(super().reduce(graph), budget=graph.budget + 1)\n"
    )
    done = relucert("certify", "wrong:Wrong", "-", "-p", "budget=1", "--json", text="0 1\n1 2\n0 2\n", cwd=tmp_path)
    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"] == "refuted"


def test_the_checker_alone_says_errors_in_json(tmp_path):
    done = forked.run("relucert.certificates", "--strict", "x", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (2, "error")


def test_every_command_has_help():
    for command in COMMANDS:
        done = relucert(command, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert len(done.stdout.splitlines()) > 4
