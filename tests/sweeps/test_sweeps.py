"""Sweeps: what is in the file, whatever happens to those who write it; and what a sweep finds that chance does not."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import forked
import networkx as nx
import pytest
from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample
from networkx.generators.atlas import graph_atlas_g

from relucert.certificates.catalogue import BUILTIN
from relucert.reductions.json_text import loads
from relucert.reductions.problems.coloring import coloring
from relucert.verify.files import BadInput
from relucert.verify.jobs import by_name
from relucert.verify.pool import CHUNK
from relucert.verify.problems import SEARCHES
from relucert.verify.sweeps import export
from relucert.verify.sweeps.cluster import accepted
from relucert.verify.sweeps.database import Row, Sweep, reading, writing
from relucert.verify.sweeps.run import Progress, in_processes, listed, planned
from relucert.verify.sweeps.run import run as run_sweep
from relucert.verify.sweeps.worker import Task, given_up, worked
from relucert.verify.testing.laws import broken_law

pytestmark = pytest.mark.thorough

HERE = Path(__file__).parent
COVER = ("vertex-cover-to-independent-set", "--upto", 4, "-p", "budget=1")


def relucert(*words, **options):
    return forked.run("relucert", *words, **options)


def sweep(path, *words, **options):
    return relucert("sweep", *words, "--db", path, "--quiet", **options)


def rows_of(path):
    with reading(str(path)) as database:
        return [replace(row, seconds=0.0) for row in database.rows()]


@pytest.fixture(scope="module")
def covers(tmp_path_factory):
    """The sweep of all graphs with at most four vertices, and what the command printed."""
    path = tmp_path_factory.mktemp("covers") / "covers.db"
    done = sweep(path, *COVER)
    assert (done.returncode, done.stderr) == (0, ""), done
    return path, done.stdout


def covered_by_one(graph):
    return any(all(v in e for e in graph.edges) for v in graph) or not graph.edges


def test_every_small_graph_has_a_row_and_its_answer(covers):
    path, said = covers
    rows, graphs = rows_of(path), [graph for graph in graph_atlas_g() if len(graph) <= 4]
    assert len(rows) == len(graphs) == 19
    answers = {row.number: row.answer for row in rows}
    for number, graph in enumerate(graphs):
        assert answers[number] == ("YES" if covered_by_one(graph) else "NO")
    assert [row.size for row in rows] == [len(graph) for graph in graphs]
    no = sum(not covered_by_one(graph) for graph in graphs)
    assert f"19 instances, {19 - no} YES, {no} NO" in said
    assert said.splitlines()[-1] == "complete: every instance has a certificate"
    with reading(str(path)) as database:
        assert database.total == 19
        for row in database.rows():
            certificate = database.certificate(row)
            assert hashlib.sha256(certificate).hexdigest() == row.sha256
            assert json.loads(certificate.splitlines()[0])["source"] == json.loads(row.instance)


def test_status_verify_and_both_exports(covers, tmp_path):
    path, said = covers
    assert relucert("sweep", "status", path).stdout == said
    verified = relucert("sweep", "verify", path)
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "accepted" in verified.stdout
    assert "all graphs with at most 4 vertices up to isomorphism, 19 of them" in verified.stdout
    for name in ("whole.cert", "whole.cert.gz"):
        assert relucert("sweep", "export", path, "-o", tmp_path / name).returncode == 0
        done = forked.run("relucert.certificates", tmp_path / name)
        assert (done.returncode, done.stdout.split(": ")[1]) == (0, "accepted")
    folder = tmp_path / "folder"
    assert relucert("sweep", "export", path, "-o", folder).returncode == 0
    assert len(list(folder.glob("*.cert.gz"))) == len(list(folder.glob("[01]*.json"))) == 19
    gate = relucert("gate", folder)
    assert (gate.returncode, gate.stdout.split(": ")[1]) == (0, "passed")
    again = relucert("sweep", "export", path, "-o", folder)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "is there already" in again.stderr
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "whole.cert", "whole.cert.gz"]
    found = json.loads(relucert("sweep", "status", path, "--json").stdout)
    assert (found["verdict"], sum(found["answers"].values())) == ("complete", 19)


def test_an_interrupted_export_leaves_nothing(covers, tmp_path, monkeypatch):
    """Interrupted when all of it is written but the manifest."""

    def interrupted(_manifest):
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "manifest_text", interrupted)
    with reading(str(covers[0])) as database, pytest.raises(KeyboardInterrupt):
        export.export_folder(database, str(tmp_path / "folder"), BUILTIN)
    assert list(tmp_path.iterdir()) == []


def test_the_one_certificate_is_about_no_single_file(covers, tmp_path):
    relucert("sweep", "export", covers[0], "-o", tmp_path / "whole.cert")
    (tmp_path / "k3.json").write_text('{"vertices": 3, "edges": [[0, 1], [0, 2], [1, 2]]}')
    done = relucert("check", tmp_path / "whole.cert", "-p", "budget=1")
    assert (done.returncode, ": accepted: sweep vertex-cover-to-independent-set (budget = 1)" in done.stdout) == (
        0,
        True,
    )
    done = relucert("check", tmp_path / "whole.cert", "-p", "budget=2")
    assert (done.returncode, "with budget = 1, not budget = 2" in done.stdout) == (1, True)
    done = relucert("check", tmp_path / "whole.cert", "--source", tmp_path / "k3.json")
    assert (done.returncode, "it is about all instances of a family, not about " in done.stdout) == (1, True)


def test_the_same_rows_for_any_number_of_workers(covers, tmp_path):
    for workers in (2, 3):
        assert sweep(tmp_path / f"{workers}.db", *COVER, "--workers", workers).returncode == 0
        assert rows_of(tmp_path / f"{workers}.db") == rows_of(covers[0])


def test_killed_at_any_moment_it_goes_on(covers, tmp_path):
    """Killed whenever there are some more rows, three times; rows that were there stay as they are."""
    path = tmp_path / "killed.db"
    words = [sys.executable, "-m", "relucert", "sweep", *map(str, COVER), "--db", path, "--workers", "2"]
    kept = {}
    for least in (1, 5, 9):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and rows_if_any(path) < least:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        there = {}
        with reading(str(path)) as database:
            there = {row.number: row for row in database.rows()}
        assert kept.items() <= there.items()
        assert len(there) >= least
        kept = there
    assert sweep(path, *COVER).returncode == 0
    assert rows_of(path) == rows_of(covers[0])


def rows_if_any(path):
    try:
        with reading(str(path)) as database:
            return len(list(database.rows()))
    except BadInput:  # it is not there yet, or is just being made
        return 0


def test_what_is_unknown_is_listed_with_the_reason_and_tried_again_if_asked(tmp_path):
    """No time at all, then enough of it."""
    path = tmp_path / "slow.db"
    words = ("coloring-to-relu-sum", "--upto", 3, "-p", "colors=2")
    first = sweep(path, *words, "--time-limit", "1e-9")
    assert first.returncode == 3
    assert "not complete:" in first.stdout
    unknown = [row for row in rows_of(path) if row.answer == "UNKNOWN"]
    assert {row.reason for row in unknown} == {"time"}
    assert len(unknown) >= 3
    assert sum(row.instance in first.stdout for row in unknown) == len(unknown)
    verified = relucert("sweep", "verify", path)
    assert (verified.returncode, "not complete" in verified.stdout) == (3, True)
    assert relucert("sweep", "export", path, "-o", tmp_path / "x.cert").returncode == 2
    assert sweep(path, *words).returncode == 3  # what is UNKNOWN stays so
    assert sweep(path, *words, "--retry-unknown").returncode == 0
    assert Counter(row.answer for row in rows_of(path)) == {"YES": 7, "NO": 1}


# --------------------------------------------------------------------------------------------------------- a wrong one


def test_a_bug_that_needs_six_vertices_is_found_by_a_sweep(tmp_path):
    """The wheel of a cycle of five: the only 4-chromatic graph with at most six vertices without a clique of four."""
    done = sweep(
        tmp_path / "w.db", "wrong_coloring:DropsWhatIsInNoLargeClique", "--upto", 6, "-p", "colors=3", cwd=HERE
    )
    assert done.returncode == 1
    [found] = [row for row in rows_of(tmp_path / "w.db") if row.answer == "REFUTED"]
    graph = nx.Graph(loads(found.instance)["edges"])
    assert nx.is_isomorphic(graph, nx.wheel_graph(6))
    assert found.claim == "disagreement"
    assert "the source is a NO, the target is a YES" in found.reason
    verified = relucert("sweep", "verify", tmp_path / "w.db")
    assert (verified.returncode, "the reduction is wrong on 1 instance" in verified.stdout) == (3, True)


def test_two_hundred_random_instances_do_not_find_it(monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    from wrong_coloring import DropsWhatIsInNoLargeClique

    wrong, seen = DropsWhatIsInNoLargeClique(), []

    def is_broken(instance):
        seen.append(instance)
        return broken_law(wrong, instance, 10**6) is not None

    quietly = settings(max_examples=200, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    with pytest.raises(NoSuchExample):
        find(SEARCHES["hypergraph-coloring"].instances(), is_broken, settings=quietly)
    assert len(seen) >= 200
    wheel = coloring(6, nx.wheel_graph(6).edges, 3)
    assert broken_law(wrong, wheel, 10**6) is not None


# ---------------------------------------------------------------------------------------------------------- bad input

MINE = ("vertex-cover-to-independent-set", "--upto", 2, "-p", "budget=1")


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (("vertex-cover", "--upto", 2, "-p", "budget=1"), "is a problem; a sweep is of a reduction"),
        (("vertex-cover-to-independent-set", "--upto", 2), "-p budget=…"),
        (("vertex-cover-to-independent-set", "--upto", 13, "-p", "budget=1"), "up to 12"),
        (("vertex-cover-to-independent-set", "--upto", 2, "-p", "budget=1", "--family", "trees"), "it has: graphs"),
        (("pad-dimension", "--upto", 2, "-p", "neurons=1"), "no family"),
        (("coloring-to-bounded-relu", "--upto", 2, "-p", "colors=2", "-p", "violated=2"), "keeps a gap"),
        ((*MINE, "--dask", "nowhere"), "tcp://HOST:PORT"),
        ((*MINE, "--dask", "tcp://127.0.0.1:1", "--workers", 2), "--workers means nothing"),
        (("vertex-cover-to-independent-set", "-p", "budget=1"), "--upto"),
    ],
)
def test_a_bad_order_is_one_line(tmp_path, words, word):
    done = sweep(tmp_path / "x.db", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    assert word in done.stderr
    assert list(tmp_path.iterdir()) == []


def bad_files(folder):
    (folder / "text.db").write_text("no database\n" * 100)
    (folder / "folder.db").mkdir()
    connection = sqlite3.connect(folder / "other.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with writing(str(folder / "version.db"), planned(by_name(MINE[0], {"budget": "1"}), "", 2)) as database:
        database.connection.execute("PRAGMA user_version = 7")
    with writing(str(folder / "sweep.db"), planned(by_name(MINE[0], {"budget": "1"}), "", 3)):
        pass
    return {
        "text": "file is not a database",
        "folder": "unable to open database file",
        "other": "not of a sweep",
        "version": "of version 7",
        "sweep": "has another sweep",
    }


def test_a_file_of_something_else_is_one_line_and_stays_as_it_is(tmp_path):
    for name, word in bad_files(tmp_path).items():
        path = tmp_path / f"{name}.db"
        before = path.read_bytes() if path.is_file() else b""
        done = sweep(path, *MINE)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
        assert word in done.stderr
        assert str(path) in done.stderr
        for command in ("status", "verify"):
            if name != "sweep":
                done = relucert("sweep", command, path)
                assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
        if path.is_file() and name != "sweep":
            assert path.read_bytes() == before
    done = relucert("sweep", "status", tmp_path / "missing.db")
    assert (done.returncode, done.stderr.count("No such file")) == (2, 1)
    assert not (tmp_path / "missing.db").exists()


def subject_and_plan(upto=3):
    subject = by_name("vertex-cover-to-independent-set", {"budget": "1"})
    return subject, planned(subject, "", upto)


def tasks_of(subject, plan):
    return [Task(one.number, one.size, one.instance, one.canonical, 60.0) for one in listed(subject, plan)]


def test_a_full_disk_stops_with_one_line_and_loses_nothing(tmp_path):
    _, plan = subject_and_plan()
    path = str(tmp_path / "full.db")
    with writing(path, plan) as database:
        pages = database.connection.execute("PRAGMA page_count").fetchone()[0]
        database.connection.execute(f"PRAGMA max_page_count = {pages + 2}")

        def fill():
            for number in range(1000):
                database.add(Row(number, 1, str(number), str(number), "YES"), os.urandom(500))
                added.append(number)

        added = []
        with pytest.raises(BadInput, match=r"full\.db: database or disk is full"):
            fill()
        assert 0 < len(added) < 1000
    assert [row.number for row in rows_of(path)] == added
    with writing(path, plan) as database, reading(path) as other:
        assert database.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert other.sweep == plan


def test_another_list_is_noticed(tmp_path):
    """As if another version had written the file, and listed the instances in another order."""
    subject, plan = subject_and_plan()
    with writing(str(tmp_path / "x.db"), plan) as database:
        database.add(Row(1, 1, "{}", "other", "YES"), None)
        with pytest.raises(BadInput, match="instance 1: another version"):
            run_sweep(subject, plan, database, in_processes(subject, 1, 9.0), 9.0, False, lambda _: None)


def test_a_damaged_certificate_is_found(covers, tmp_path):
    path = tmp_path / "damaged.db"
    path.write_bytes(covers[0].read_bytes())
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE instances SET certificate = (SELECT certificate FROM instances WHERE number = 3) "
                           "WHERE number = 4")  # fmt: skip
    connection.close()
    done = relucert("sweep", "verify", path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the certificate of instance 4 is damaged" in done.stderr


def test_a_missing_instance_is_found(covers, tmp_path):
    """Whoever removes a row, and says that there are fewer, meets the count of the checker."""
    path = tmp_path / "fewer.db"
    path.write_bytes(covers[0].read_bytes())
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DELETE FROM instances WHERE number = 12")
        connection.execute("UPDATE sweep SET total = 18")
    connection.close()
    done = relucert("sweep", "verify", path)
    assert (done.returncode, "labelled instances of the shape 4" in done.stdout) == (1, True)


# ------------------------------------------------------------------------------------------------------------- memory


def test_instances_are_listed_when_they_are_needed(tmp_path):
    """Never more ahead of the results than the pool gives out; so memory does not grow with their number."""
    subject, plan = subject_and_plan(5)
    ahead = []

    def counting(tasks):
        taken = []

        def noted():
            for task in tasks:
                taken.append(task)
                yield task

        for given, result in enumerate(in_processes(subject, 1, 60.0)(noted())):
            ahead.append(len(taken) - given)
            yield result

    with writing(str(tmp_path / "x.db"), plan) as database:
        run_sweep(subject, plan, database, counting, 60.0, False, lambda _: None)
    assert len(ahead) == 53
    assert max(ahead) < 3 * CHUNK


# ------------------------------------------------------------------------------------------------- what workers return


def test_nothing_enters_that_the_checker_of_the_client_has_not_accepted():
    subject, plan = subject_and_plan()
    tasks = tasks_of(subject, plan)
    (row, certificate), (other, others) = worked(subject, tasks[3]), worked(subject, tasks[7])
    assert accepted(subject, plan, tasks[3], (row, certificate)) == (row, certificate)
    assert other.answer == "NO"
    assert accepted(subject, plan, tasks[7], (other, others)) == (other, others)
    rubbish = [
        None,
        5,
        "YES",
        (row,),
        (row, certificate, certificate),
        (other, others),
        (row, others),
        (row, "text"),
        (row, b""),
        (row, certificate[:-5]),
        (row, certificate.replace(b'"witness":[', b'"witness":[0,')),
        (replace(row, answer="NO"), certificate),
        (replace(row, answer="REFUTED"), certificate),
        (replace(row, answer="MAYBE"), None),
        (replace(row, answer="YES"), None),
        (replace(row, instance=other.instance), certificate),
        (replace(row, canonical="x"), certificate),
        (replace(row, seconds="long"), certificate),
        (replace(row, seconds=float("nan")), certificate),
    ]
    for returned in rubbish:
        found, nothing = accepted(subject, plan, tasks[3], returned)
        assert (found.answer, nothing, found.sha256, found.number) == ("UNKNOWN", None, "", 3), returned
        assert found.reason
        assert "\n" not in found.reason


def test_what_a_worker_says_of_the_proof_is_not_believed():
    subject, plan = subject_and_plan()
    task = tasks_of(subject, plan)[7]
    row, certificate = worked(subject, task)
    lie = replace(row, steps=10**9, sha256="0" * 64, claim="minimum")
    assert accepted(subject, plan, task, (lie, certificate)) == (row, certificate)


def test_another_reduction_is_no_answer():
    """Of the same source: the certificate is valid, and says something else."""
    subject, plan = subject_and_plan()
    task = tasks_of(subject, plan)[3]
    other = by_name("vertex-cover-to-set-cover", {"budget": "1"})
    found, _ = accepted(subject, plan, task, worked(other, task))
    assert (found.answer, found.reason) == ("UNKNOWN", "a worker returned a valid certificate about something else")


def test_tasks_and_results_can_be_sent():
    subject, plan = subject_and_plan()
    task = tasks_of(subject, plan)[2]
    assert pickle.loads(pickle.dumps(task)) == task
    assert pickle.loads(pickle.dumps(given_up(task, "x"))) == given_up(task, "x")
    assert isinstance(plan, Sweep)


def test_progress_says_rate_share_and_time_left():
    """Of 100 labelled instances 20 were done before and 60 are after 10 s: 40 in 10 s, so 10 s for the rest."""
    progress = Progress(100, 60, 20, Counter(YES=3, NO=1), 2, start=0.0)
    assert progress.line(10.0) == "4 instances, 25 % NO, 0 UNKNOWN; 0.2 a second; about 10 s left"
    assert Progress(100, start=0.0).line(1.0) == "0 instances, none yet, 0 UNKNOWN; 0.0 a second"
    refuted = Progress(1, 1, 0, Counter(REFUTED=1), 1, start=0.0)
    assert refuted.line(1.0) == "1 instance, 0 % NO, 0 UNKNOWN; 1.0 a second; 1 REFUTED"
