"""A gate that is interrupted goes on; what is remembered is worth nothing after a change; processes may hang or die."""

import json
import multiprocessing
import os
import shutil
import signal
import threading
from itertools import islice

import pytest
from folders import CORPUS, MANIFEST, PATH, TRIANGLE, colored, edit, folder_of_certificates, graph, run

from relucert.verify.gate import cache
from relucert.verify.gate import run as gate_run
from relucert.verify.gate.judge import Outcome, Rules
from relucert.verify.gate.manifest import read_manifest
from relucert.verify.pool import in_parallel


@pytest.fixture
def pinned(tmp_path, capsys):
    folder = folder_of_certificates(tmp_path / "proofs")
    run(folder, "--write-manifest", capsys=capsys)
    return folder


def again(folder, file):
    """Which certificates are answered by the cache, and the statuses."""
    means = gate_run.Means(cache=str(file))
    guard = gate_run.Gate(gate_run.place_of([str(folder)], ""), Rules(), means)
    outcomes, _ = guard.check(read_manifest(str(folder / MANIFEST)))
    return {one.certificate for one in outcomes if one.again}, {one.certificate: one.status for one in outcomes}


def test_all_is_known_the_second_time(pinned, tmp_path):
    shutil.copy(CORPUS / "reject/id-repeated.jsonl", pinned / "set-cover-no.cert")
    known, statuses = again(pinned, tmp_path / "cache")
    assert known == set()
    assert again(pinned, tmp_path / "cache") == (set(statuses), statuses)
    assert statuses["set-cover-no.cert"] == "rejected"


def test_an_interrupted_gate_goes_on(pinned, tmp_path, monkeypatch):
    """It ends after two outcomes, in the middle of a line."""
    file = tmp_path / "cache"
    monkeypatch.setattr(gate_run, "in_parallel", lambda *arguments: _stopped(in_parallel(*arguments), 2))
    with pytest.raises(KeyboardInterrupt):
        again(pinned, file)
    monkeypatch.undo()
    with file.open("ab") as stream:
        stream.write(b'{"key": "cut o')
    known, statuses = again(pinned, file)
    assert (len(known), set(statuses.values())) == (2, {"accepted"})
    assert len(again(pinned, file)[0]) == 6


def _stopped(outcomes, number):
    yield from islice(outcomes, number)
    raise KeyboardInterrupt


def test_what_has_changed_is_not_known(pinned, tmp_path):
    """A certificate, a source, an entry: each takes back what depends on it, and nothing else."""
    file = tmp_path / "cache"
    again(pinned, file)
    colored(pinned / "colorings" / "path.cert", PATH, 3, (0, 1, 2))
    known, statuses = again(pinned, file)
    assert (len(known), statuses["colorings/path.cert"]) == (5, "changed")
    graph(pinned / "colorings" / "triangle.json", PATH)
    known, statuses = again(pinned, file)
    assert (len(known), statuses["colorings/triangle-2.cert"], statuses["colorings/triangle-3.cert"]) == (
        4, "rejected", "rejected",
    )  # fmt: skip
    graph(pinned / "colorings" / "triangle.json", TRIANGLE)
    edit(pinned, "colorings/triangle-2.cert", parameters={})
    known, statuses = again(pinned, file)
    assert (len(known), statuses["colorings/triangle-2.cert"]) == (5, "rejected")


def test_another_checker_believes_nothing(pinned, tmp_path, monkeypatch):
    again(pinned, tmp_path / "cache")
    monkeypatch.setattr(cache, "fingerprint", lambda: "another")
    assert again(pinned, tmp_path / "cache")[0] == set()
    monkeypatch.undo()
    assert again(pinned, tmp_path / "cache")[0] == set()


def test_the_fingerprint_is_of_every_module_that_judges(tmp_path, monkeypatch):
    floors = []
    for floor in cache.FLOORS:
        shutil.copytree(floor, tmp_path / floor.name, ignore=shutil.ignore_patterns("__pycache__"))
        floors.append(tmp_path / floor.name)
    monkeypatch.setattr(cache, "FLOORS", floors)
    before = cache.fingerprint()
    for path in ("certificates/kernel.py", "reductions/problems/training.py", "gate/judge.py"):
        with (tmp_path / path).open("a") as file:
            file.write("#\n")
        assert cache.fingerprint() != before
        before = cache.fingerprint()


def test_limits_are_not_remembered(pinned, tmp_path, capsys):
    file = tmp_path / "cache"
    assert run(pinned, "--cache", file, "--work-limit", "300", capsys=capsys)[0] == 3
    assert run(pinned, "--cache", file, capsys=capsys)[0] == 0


def test_lines_that_are_no_outcomes_say_nothing(pinned, tmp_path):
    file = tmp_path / "cache"
    again(pinned, file)
    lines = file.read_text().splitlines()
    broken = [lines[0], "[]", "null", "x", *(json.dumps({**json.loads(line), "outcome": {}}) for line in lines[2:])]
    file.write_text("\n".join(broken))
    known, statuses = again(pinned, file)
    assert (known, set(statuses.values())) == (set(), {"accepted"})


# --------------------------------------------------------------------------------------------------------- processes

FOREVER = 1e9


def failed(task, reason):
    return task, reason


@pytest.mark.parametrize("jobs", [1, 2, 5])
@pytest.mark.parametrize("number", [0, 1, 40, 200])
def test_each_task_has_one_result(jobs, number):
    found = list(in_parallel(range(number), lambda n: (n, n * n), failed, jobs, FOREVER))
    assert sorted(found) == [(n, n * n) for n in range(number)]


def test_processes_are_used_again():
    found = set(in_parallel(range(200), lambda n: os.getpid(), failed, 2, FOREVER))
    assert len(found) <= 2
    assert os.getpid() not in found


class Clock:
    """A clock that goes when it is told to. `looks`: how often somebody has looked at it."""

    def __init__(self):
        self.now, self.looks, self.at_look = 0.0, 0, lambda looks: None

    def __call__(self):
        self.looks += 1
        self.at_look(self.looks)
        return self.now


LIMIT = 0.01  # seconds of that clock; as long as it stands, nobody is late


def hang(*_):
    threading.Event().wait()


def test_who_hangs_is_ended_when_the_clock_says_so_and_nobody_else():
    """The first task hangs in its process; the other process does the rest, and then the clock goes on."""
    clock, found = Clock(), []
    for result in in_parallel(range(3), lambda n: hang() if n == 0 else (n, "done"), failed, 2, LIMIT, clock):
        found.append(result)
        if len(found) == 2:
            clock.now = 1.0
    assert sorted(found) == [(0, "more than 0.01 s"), (1, "done"), (2, "done")]


def test_what_waits_behind_who_hangs_is_done_by_another_process():
    """Six tasks are given at a time, and the fourth hangs."""
    clock, found = Clock(), []
    for result in in_parallel(range(10), lambda n: hang() if n == 3 else (n, "done"), failed, 1, LIMIT, clock):
        found.append(result)
        if len(found) == 3:
            clock.now = 1.0
    assert found[:4] == [(0, "done"), (1, "done"), (2, "done"), (3, "more than 0.01 s")]
    assert sorted(found[4:]) == [(n, "done") for n in range(4, 10)]


def test_who_is_slow_by_another_clock_is_not_late():
    """The task ends only after the pool has looked many times, and each time has waited for as long as the limit."""
    clock, go = Clock(), multiprocessing.get_context("fork").Event()
    clock.at_look = lambda looks: go.set() if looks == 20 else None
    found = list(in_parallel(range(1), lambda n: (n, go.wait()), failed, 1, LIMIT, clock))
    assert (found, clock.looks >= 20) == ([(0, True)], True)


def test_all_may_hang():
    """By the real clock; that it does not matter how fast the machine is, is why all of them do."""
    assert sorted(in_parallel(range(3), hang, failed, 2, LIMIT)) == [(n, "more than 0.01 s") for n in range(3)]


def test_a_process_that_dies_costs_one_result():
    def work(n):
        if n % 10 == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return n, "done"

    found = dict(in_parallel(range(40), work, failed, 2, FOREVER))
    assert found == {n: "its process died (-9)" if n % 10 == 3 else "done" for n in range(40)}


def test_a_mistake_of_ours_is_unsupported(pinned, monkeypatch, capsys):
    monkeypatch.setattr(gate_run, "judge", lambda *arguments: 1 // 0)
    code, out, err = run(pinned, capsys=capsys)
    assert (code, err) == (3, [])
    assert "unsupported: the gate failed, which is a bug: ZeroDivisionError" in out[0]


def test_exit_codes():
    found = {status: Outcome("x", status).exit_code for status in ("accepted", "changed", "malformed", "unsupported")}
    assert found == {"accepted": 0, "changed": 1, "malformed": 2, "unsupported": 3}
