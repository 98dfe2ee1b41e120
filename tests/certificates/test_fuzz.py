"""The long run: it can be stopped anywhere and goes on, with the counts of a run that was never stopped."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import fuzz
import pytest
from mutants import FALSE
from seeds import family

from relucert.reductions.problems.training import Training

NAMES = ("set-cover", "lemma-relu-ones", "pad-dimension")
BATCHES, SIZE = 7, 20


@pytest.fixture
def families():
    return {name: family(name) for name in NAMES}


def finished(path, families, batches=BATCHES, stop=None):
    """The state after some batches, read back from its file."""
    with ThreadPoolExecutor(1) as executor:
        list(islice(fuzz.fuzz(fuzz.State.resumed(path), families, 5, batches, executor, SIZE), stop))
    return fuzz.State.resumed(path)


def test_every_mutant_is_counted_once(tmp_path, families):
    state = finished(tmp_path / "state", families)
    assert state.counts.total() == BATCHES * SIZE
    assert state.finished == set(range(BATCHES))
    assert state.counts["accepted true"] > 0 < state.counts["rejected"]
    assert state.failures == []
    assert f"{BATCHES * SIZE:,} mutants" in str(state)


def test_it_goes_on_where_it_was_stopped(tmp_path, families):
    whole = finished(tmp_path / "whole", families)
    path = tmp_path / "stopped" / "state"
    assert len(finished(path, families, stop=3).finished) == 3
    with path.open("a") as stream:
        stream.write('{"batch": 6, "counts": {"rejec')  # killed while it wrote
    resumed = fuzz.State.resumed(path)
    assert len(resumed.finished) == 3
    again = finished(path, families)
    assert (again.counts, again.other_claims, again.finished) == (whole.counts, whole.other_claims, whole.finished)
    assert [json.loads(line) for line in path.read_text().splitlines()][:1]
    assert finished(path, families).counts == whole.counts  # nothing is left to do
    assert finished(path, families, batches=BATCHES + 2).counts.total() == (BATCHES + 2) * SIZE


def test_a_false_claim_is_kept(tmp_path, monkeypatch):
    shown = {"accepts-relu-real": family("accepts-relu-real")}
    monkeypatch.setattr(Training, "accepts", lambda self, instance, witness: True)
    state = finished(tmp_path / "state", shown)
    assert len(state.failures) == state.counts[FALSE] > 0
    for path in state.failures:
        assert (tmp_path / path).read_bytes()
        assert "accepted" in (tmp_path / path).with_suffix(".txt").read_text()


def test_another_checker_is_tried_anew(families, tmp_path, monkeypatch):
    before = fuzz.digest(families)
    assert fuzz.digest(families) == before
    assert fuzz.digest({**families, "set-cover": families["set-cover"][1:]}) != before
    monkeypatch.setattr(fuzz, "ROOT", tmp_path)
    assert fuzz.digest(families) != before
