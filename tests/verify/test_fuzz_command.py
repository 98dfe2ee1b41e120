"""`relucert fuzz`: what is found is kept in files that show it again; exit codes; bad orders are one line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import forked
import pytest

from relucert.reductions.problems.set_cover import SET_COVER
from relucert.reductions.problems.vertex_cover import VERTEX_COVER

pytestmark = pytest.mark.thorough

MINE = """
from dataclasses import dataclass, replace
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.parameters import Integer
from relucert.reductions.problem import Problem
from relucert.verify.search import Search

class Right(VertexCoverToSetCover):
    name = "right"

@dataclass(frozen=True)
class Generous(VertexCoverToSetCover):
    name = "generous"
    more: int = 1
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, budget=target.budget + self.more * (target.universe > 1))
    def stages(self, instance):
        yield self.target.size(self.reduce(instance))
    parameters = {"more": Integer("what is added to the budget", 1)}

class Unsearched(type(VertexCoverToSetCover.target)):
    name = "unsearched"

class ToUnsearched(VertexCoverToSetCover):
    name, target = "to-unsearched", Unsearched()

class UnsearchedSearch(Search):
    problem = ToUnsearched.target
    def candidates(self, instance):
        from itertools import chain, combinations
        sets = range(len(instance.sets))
        return chain.from_iterable(combinations(sets, size) for size in range(len(sets) + 1))
"""


@pytest.fixture
def relucert(tmp_path):
    """Run the command in a folder with the module above."""
    (tmp_path / "mine.py").write_text(MINE)

    def run(*words):
        return forked.run("relucert", *words, cwd=tmp_path)

    return run


def test_a_right_one(relucert):
    done = relucert("fuzz", "mine:Right", "--examples", "60", "--time", "600")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("no law was seen broken  right: ")
    again = relucert("fuzz", "mine:Right", "--examples", "60", "--time", "600")
    assert again.stdout == done.stdout


def test_every_failure_is_kept_and_seen_again(relucert, tmp_path):
    done = relucert("fuzz", "mine:Generous", "-p", "more=2", "--examples", "600", "--time", "600", "--save", "found")
    assert done.returncode == 1
    assert done.stdout.startswith("BROKEN  generous: ")
    kept = {path.name for path in (tmp_path / "found").iterdir()}
    for law in ("backward", "answer"):
        assert {f"generous-{law}.json", f"generous-{law}.witness.json", f"generous-{law}.txt"} <= kept
        text = (tmp_path / "found" / f"generous-{law}.txt").read_text()
        order = text.splitlines()[-1]
        assert order == f"  relucert fuzz mine:Generous -p more=2 found/generous-{law}.json"
        again = relucert(*order.split()[1:])
        assert (again.returncode, again.stdout) == (1, text)
        kept_as = tmp_path / "found" / f"generous-{law}"
        instance = VERTEX_COVER.instance_from_json(json.loads(kept_as.with_suffix(".json").read_text()))
        solution = SET_COVER.witness_from_json(json.loads(kept_as.with_suffix(".witness.json").read_text()))
        assert not VERTEX_COVER.accepts(instance, solution)  # vertices and sets have the same numbers
        assert relucert("fuzz", "mine:Right", f"found/generous-{law}.json").returncode == 0
        checked = relucert("check", f"found/generous-{law}.cert")
        assert (checked.returncode, checked.stderr) == (0, "")
        assert "disagreement" in checked.stdout


def test_json(relucert):
    done = relucert("fuzz", "mine:Generous", "--examples", "600", "--time", "600", "--json", "--seed", "3")
    said = json.loads(done.stdout)
    assert (said["verdict"], said["seed"]) == ("BROKEN", 3)
    assert {"BACKWARD", "ANSWER"} <= {broken["law"] for broken in said["broken"]}


def test_a_chain_and_a_name(relucert):
    name = "independent-set-to-vertex-cover/vertex-cover-to-set-cover"
    done = relucert("fuzz", name, "--examples", "30", "--time", "600")
    assert (done.returncode, done.stdout.split("  ")[0]) == (0, "no law was seen broken")


def test_what_cannot_be_decided_is_unknown(relucert):
    done = relucert("fuzz", "mine:ToUnsearched", "--examples", "30", "--time", "600")
    assert (done.returncode, done.stdout.split()[0]) == (3, "UNKNOWN")
    assert "no search for unsearched" in done.stdout
    searched = relucert(
        "fuzz", "mine:ToUnsearched", "--search", "mine:UnsearchedSearch", "--examples", "30", "--time", "600"
    )
    assert searched.returncode == 0


def test_time_ends_it(relucert):
    assert relucert("fuzz", "mine:Right", "--time", "0.2").returncode in (0, 1, 3)  # 1, 3: too little has been drawn


@pytest.mark.thorough
def test_an_interrupt_keeps_what_was_found(relucert, tmp_path):
    command = [sys.executable, "-m", "relucert", "fuzz", "mine:Generous", "--time", "600"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if line.startswith("wrote "):
                os.kill(process.pid, signal.SIGINT)
                break
        process.stderr.read()
        shown = process.stdout.read()
    assert process.returncode == 1
    assert shown.startswith("BROKEN  generous: ")
    assert list(tmp_path.glob("generous-*.json"))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "give a REDUCTION"),
        (["no-such-reduction"], "no reduction 'no-such-reduction'"),
        (["set-cover"], "set-cover is a problem"),
        (["mine:Absent"], "Absent"),
        (["mine:Right", "absent.json"], "absent.json: No such file"),
        (["mine:Right", "mine.py"], "mine.py: "),
        (["mine:Right", "-p", "budget=1"], "budget is a parameter of an instance"),
        (["mine:Right", "-p", "colour=1"], "no parameter 'colour'"),
        (["mine:Right", "--source", "sat"], "go with --command"),
        (["mine:Right", "--search", "mine:Right"], "mine:Right is no search"),
        (["mine:Right", "--save", "mine.py/x"], "mine.py/x: mine.py is not a directory"),
        (["--command", "cat"], "takes --source"),
        (["--command", "no-such-command", "--source", "sat", "--target", "sat"], "no command 'no-such-command'"),
        (["--command", "'", "--source", "sat", "--target", "sat"], "No closing quotation"),
        (["--command", "cat", "--source", "sat", "--target", "sad"], "no problem 'sad'"),
    ],
)
def test_bad_orders_are_one_line(relucert, words, why):
    done = relucert("fuzz", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr.splitlines()[-1]
    assert len(done.stderr.splitlines()) == 1


def test_a_command_that_gives_no_reply(relucert, tmp_path):
    order = ["fuzz", "--command", "cat", "--source", "vertex-cover", "--target", "set-cover"]
    done = relucert(*order, "--examples", "100", "--time", "600", "--save", str(Path("found")))
    assert done.returncode == 1
    text = (tmp_path / "found" / "cat-reply.txt").read_text()
    assert text.startswith("cat breaks a law: a command answers every request\n  the command 'cat': ")
    assert relucert(*order, "found/cat-reply.json").stdout == text
