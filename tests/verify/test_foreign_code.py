"""Modules that a user names may do anything but pass for a success, or speak with a traceback."""

import json

import forked
import pytest

pytestmark = pytest.mark.thorough

MODULE = """
import sys
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover

class InReduce(VertexCoverToSetCover):
    name = "in-reduce"
    def reduce(self, instance):
        {what}

class InBackward(VertexCoverToSetCover):
    name = "in-backward"
    def backward(self, instance, witness):
        {what}

class WhenMade(VertexCoverToSetCover):
    name = "when-made"
    def __init__(self):
        {what}
"""
END = {
    "exit 0": "sys.exit(0)",
    "exit with a word": "sys.exit('one\\ntwo')",
    "an exception": "raise KeyError('one\\ntwo')",
    "an exception of its own": "raise type('Odd', (BaseException,), {})('one\\ntwo')",
}


@pytest.fixture
def relucert(tmp_path):
    (tmp_path / "k3.json").write_text(json.dumps({"vertices": 3, "edges": [[0, 1], [0, 2], [1, 2]]}))

    def run(*words):
        return forked.run("relucert", *words, cwd=tmp_path)

    return run


@pytest.mark.parametrize("command", ["certify", "fuzz", "search"])
@pytest.mark.parametrize("end", [name for name in END if name != "an exception of its own"])
def test_a_module_that_ends_while_it_is_imported(relucert, tmp_path, command, end):
    (tmp_path / "mine.py").write_text(f"import sys\n{END[end]}\n")
    order = {
        "certify": ["certify", "mine:X", "k3.json"],
        "fuzz": ["fuzz", "mine:X"],
        "search": ["fuzz", "vertex-cover-to-set-cover", "--search", "mine:X"],
    }
    done = relucert(*order[command])
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("relucert: mine:X: ")


@pytest.mark.parametrize("end", END)
@pytest.mark.parametrize(("command", "code"), [("certify", 3), ("reduce", 2)])
def test_a_method_that_ends_all(relucert, tmp_path, end, command, code):
    (tmp_path / "mine.py").write_text(MODULE.replace("{what}", END[end]))
    done = relucert(command, "mine:InReduce", "k3.json", "-p", "budget=1")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (code, "", 1)
    assert "in mine.py:" in done.stderr


@pytest.mark.parametrize("end", [name for name in END if name != "an exception of its own"])
@pytest.mark.parametrize("command", ["certify", "reduce"])
def test_a_class_that_cannot_be_made(relucert, tmp_path, end, command):
    (tmp_path / "mine.py").write_text(MODULE.replace("{what}", END[end]))
    done = relucert(command, "mine:WhenMade", "k3.json", "-p", "budget=1")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("end", ["exit 0", "an exception"])
@pytest.mark.parametrize(("cls", "law"), [("InReduce", "TOTAL"), ("InBackward", "BACKWARD")])
def test_under_fuzz_it_is_a_law_that_is_broken(relucert, tmp_path, end, cls, law):
    (tmp_path / "mine.py").write_text(MODULE.replace("{what}", END[end]))
    done = relucert("fuzz", f"mine:{cls}", "--examples", 50, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (found["verdict"], [one["law"] for one in found["broken"]]) == ("BROKEN", [law])
