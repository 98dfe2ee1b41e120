"""Sweeps on a Dask cluster of processes: workers that die or lie, a scheduler that restarts."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from relucert.verify.files import BadInput
from relucert.verify.jobs import by_name
from relucert.verify.sweeps import cluster
from relucert.verify.sweeps.cluster import Order, on_cluster
from relucert.verify.sweeps.database import reading, writing
from relucert.verify.sweeps.run import in_processes, planned
from relucert.verify.sweeps.run import run as run_sweep

HERE = Path(__file__).parent
NAME, GIVEN = "vertex-cover-to-independent-set", {"budget": "1"}


def subject_and_plan(upto=4):
    subject = by_name(NAME, GIVEN)
    return subject, planned(subject, "", upto)


def swept(path, decided, tell=lambda progress: None, upto=4):
    """The rows without their seconds."""
    subject, plan = subject_and_plan(upto)
    with writing(str(path), plan) as database:
        run_sweep(subject, plan, database, decided(subject, plan), 60.0, False, tell)
    with reading(str(path)) as database:
        return [replace(row, seconds=0.0) for row in database.rows()]


def locally(subject, plan):
    return in_processes(subject, 1, 60.0)


def at(address):
    return lambda subject, plan: on_cluster(address, Order.of(NAME, GIVEN, ()), subject, plan)


@pytest.fixture(scope="module")
def local_cluster():
    import distributed

    with distributed.LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as found:
        yield found


@pytest.mark.slow
def test_a_worker_that_is_lost_half_way_costs_nothing(local_cluster, tmp_path):
    """It is killed after a few rows; the rows are those of a sweep on this machine."""
    killed = []

    def kill(progress):
        if progress.new == 5:
            killed.append(local_cluster.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    rows = swept(tmp_path / "dask.db", at(local_cluster.scheduler_address), kill)
    assert len(killed) == 1
    assert rows == swept(tmp_path / "local.db", locally)
    assert Counter(row.answer for row in rows) == {"YES": 11, "NO": 8}


@pytest.mark.slow
def test_rubbish_does_not_enter(local_cluster, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    import rubbish

    monkeypatch.setattr(cluster, "remote", rubbish.remote)
    rows = swept(tmp_path / "dask.db", at(local_cluster.scheduler_address))
    right = swept(tmp_path / "local.db", locally)
    for row, expected in zip(rows, right, strict=True):
        if row.number % 4 == 0:
            assert row == expected
        else:
            assert (row.answer, row.sha256, row.instance) == ("UNKNOWN", "", expected.instance)
            assert "a worker returned" in row.reason
    monkeypatch.undo()
    subject, plan = subject_and_plan()
    with writing(str(tmp_path / "dask.db"), plan) as database:  # and then it is mended
        run_sweep(subject, plan, database, locally(subject, plan), 60.0, True, lambda progress: None)
        assert [replace(row, seconds=0.0) for row in database.rows()] == right


@pytest.mark.slow
def test_a_worker_that_fails_says_why(local_cluster, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    import rubbish

    monkeypatch.setattr(cluster, "remote", rubbish.failing)
    rows = swept(tmp_path / "dask.db", at(local_cluster.scheduler_address), upto=3)
    assert [row.answer == "UNKNOWN" for row in rows] == [row.number % 3 == 1 for row in rows]
    assert {row.reason for row in rows if row.reason} == {"a worker failed: ValueError: on purpose"}


@contextmanager
def separately(port):
    """A scheduler and a worker as processes of their own."""
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    scheduler = subprocess.Popen([*run, "--no-dashboard"], **quiet)
    run = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1"]
    worker = subprocess.Popen([*run, "--no-dashboard"], **quiet)
    try:
        yield address
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.slow
def test_a_scheduler_that_restarts_is_waited_for(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(cluster, "CONNECTING", 30.0)  # however busy the machine is
    port, running = free_port(), []

    def restart(progress):
        if progress.new == 4:
            running.pop().__exit__(None, None, None)
            running.append(separately(port))
            running[0].__enter__()

    running.append(separately(port))
    address = running[0].__enter__()
    try:
        rows = swept(tmp_path / "dask.db", at(address), restart)
    finally:
        running.pop().__exit__(None, None, None)
    assert rows == swept(tmp_path / "local.db", locally)
    assert f"the scheduler at {address} has gone; waiting for it" in capfd.readouterr().err


@pytest.mark.slow
def test_a_scheduler_that_does_not_come_back_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1.0)
    monkeypatch.setattr(cluster, "CONNECTING", 30.0)
    ended = separately(free_port())
    address = ended.__enter__()

    def end(progress):
        if progress.new == 4:
            monkeypatch.setattr(cluster, "CONNECTING", 1.0)
            ended.__exit__(None, None, None)

    with pytest.raises(BadInput, match="no scheduler listens there"):
        swept(tmp_path / "dask.db", at(address), end)
    with reading(str(tmp_path / "dask.db")) as database:
        assert len(list(database.rows())) >= 4
    assert swept(tmp_path / "dask.db", locally) == swept(tmp_path / "local.db", locally)


def test_where_nobody_listens(monkeypatch):
    monkeypatch.setattr(cluster, "CONNECTING", 0.5)
    subject, plan = subject_and_plan()
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(BadInput, match=f"^{address}: no scheduler listens there$"):
        at(address)(subject, plan)
    for address in ("nowhere", "tcp://", "a b:1", "tcp://x:y"):
        with pytest.raises(BadInput, match="the address of a scheduler is tcp://HOST:PORT"):
            at(address)(subject, plan)
