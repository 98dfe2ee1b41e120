"""Beyond one machine: workers of a Dask scheduler return certificates; only the client checks them and writes.

A worker needs relucert, of the same version, and is believed in nothing: what it returns enters if the checker of the
client accepts it and it is about the instance that was sent. But it is sent as Dask sends things, so whoever can speak
to the scheduler can run code on both sides: a cluster is for those who trust each other.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import io
import logging
import math
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

from relucert.certificates.checker import check
from relucert.certificates.claim import Proved
from relucert.certificates.terminal import complain, printable
from relucert.reductions.exact import shorten
from relucert.reductions.json_text import dumps
from relucert.reductions.parameters import json_of
from relucert.verify.files import BadInput
from relucert.verify.jobs import Subject, by_name
from relucert.verify.plugins import world_with
from relucert.verify.sweeps.database import Row, Sweep
from relucert.verify.sweeps.run import Decided
from relucert.verify.sweeps.worker import Result, Task, given_up, worked

AHEAD = 4  # instances that are sent for each thread of the workers
CONNECTING = 5.0  # seconds until nobody listens
ADDRESS = re.compile(r"([a-z]+://)?([^\s:/\[\]]+|\[[0-9a-fA-F:.]+\]):\d{1,5}")
LOOK = 1.0  # seconds between two looks at what there is
PATIENCE = 60.0  # seconds that a scheduler has to come back


@dataclass(frozen=True)
class Order:
    """What a worker has to know: the name of the reduction, parameters as texts, distributions to trust."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    trust: tuple[str, ...]

    @staticmethod
    def of(name: str, parameters: Mapping[str, str], trust: Iterable[str]) -> Order:
        return Order(name, tuple(sorted(parameters.items())), tuple(trust))


_one_at_a_time = threading.Lock()  # solvers are not made for threads


def remote(order: Order, task: Task) -> Result:
    """What runs on a worker."""
    with _one_at_a_time:
        return worked(_subject(order), task)


@cache
def _subject(order: Order) -> Subject:
    return by_name(order.name, dict(order.parameters), world_with(order.trust))


def on_cluster(address: str, order: Order, subject: Subject, sweep: Sweep) -> Decided:
    """Workers are those of the scheduler at this address. Raises BadInput if nobody listens there."""
    if not ADDRESS.fullmatch(address):
        raise BadInput(f"--dask {printable(address)}: the address of a scheduler is tcp://HOST:PORT")
    try:
        import distributed
    except ImportError:
        raise BadInput("--dask needs Dask: pip install 'relucert[distributed]'") from None
    for name in ("distributed", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what happens is said in one line, here
    return partial(_on_cluster, distributed, _connected(distributed, address, 0.0), address, order, subject, sweep)


def _connected(distributed: Any, address: str, patience: float) -> Any:
    until = time.monotonic() + patience
    while True:
        try:
            return distributed.Client(address, timeout=CONNECTING, set_as_default=False)
        except (OSError, TimeoutError, ValueError):
            if time.monotonic() >= until:
                raise BadInput(f"{printable(address)}: no scheduler listens there") from None
            time.sleep(min(1.0, patience))


def _on_cluster(
    distributed: Any, client: Any, address: str, order: Order, subject: Subject, sweep: Sweep, tasks: Iterable[Task]
) -> Iterator[Result]:
    coming, pending = iter(tasks), dict[int, Task]()
    threads, looked = 0, -math.inf
    try:
        while True:
            done: SimpleQueue[tuple[int, Any]] = SimpleQueue()
            futures: dict[int, Any] = {}

            def send(task: Task, client: Any = client, done: Any = done, futures: Any = futures) -> None:
                future = client.submit(remote, order, task, pure=False)
                futures[task.number] = future  # a future that nobody holds is forgotten
                future.add_done_callback(lambda one: done.put((task.number, one)))

            try:
                for task in [*pending.values()]:
                    send(task)
                while client.status == "running":
                    if time.monotonic() > looked + LOOK:
                        threads, looked = sum(client.nthreads().values()), time.monotonic()
                    for task in islice(coming, max(0, max(1, AHEAD * threads) - len(pending))):
                        pending[task.number] = task
                        send(task)
                    if not pending:
                        return
                    try:
                        number, future = done.get(timeout=LOOK)
                    except Empty:
                        continue
                    if future.status in ("cancelled", "lost"):
                        break
                    result = _result(distributed, subject, sweep, pending[number], future)
                    del pending[number], futures[number]
                    yield result
            except (OSError, TimeoutError, concurrent.futures.CancelledError):
                pass
            _close(client)
            complain(f"relucert: the scheduler at {address} has gone; waiting for it")
            client = _connected(distributed, address, PATIENCE)
    finally:
        _close(client)


def _close(client: Any) -> None:
    with suppress(Exception):  # it may be closed, or in the middle of something
        client.close(timeout=1)


def _result(distributed: Any, subject: Subject, sweep: Sweep, task: Task, future: Any) -> Result:
    if future.status == "finished":
        return accepted(subject, sweep, task, future.result())
    failure = future.exception()
    if isinstance(failure, distributed.KilledWorker):
        return given_up(task, "its worker died, and so did others that had it")
    if isinstance(failure, ImportError):
        raise BadInput(f"a worker has no relucert, or not all that it needs: {shorten(str(failure))}")
    return given_up(task, f"a worker failed: {type(failure).__name__}: {failure}")


def accepted(subject: Subject, sweep: Sweep, task: Task, returned: Any) -> Result:
    """What a worker returned, if it holds; else an UNKNOWN that says what is wrong with it."""
    try:
        row, certificate = returned
        (number, size, instance, canonical) = (row.number, row.size, row.instance, row.canonical)
        about = (number, size, instance, canonical) == (task.number, task.size, task.instance, task.canonical)
        seconds, reason = float(row.seconds), " ".join(str(row.reason).split())[:1000]
        right = isinstance(row, Row) and about and math.isfinite(seconds)
    except (TypeError, ValueError, AttributeError):
        right = False
    if not right:
        return given_up(task, f"a worker returned what is no answer: {shorten(returned)}")
    plain = Row(*(task.number, task.size, task.instance, task.canonical), "UNKNOWN", reason, seconds=seconds)
    if certificate is None:
        unchecked = f"a worker says, without a certificate: {row.answer}: {reason}"
        return replace(plain, reason=reason if row.answer == "UNKNOWN" else unchecked), None
    if type(certificate) is not bytes:
        return given_up(task, f"a worker returned what is no certificate: {shorten(certificate)}")
    verdict = check(io.BytesIO(certificate), catalogue=subject.world.catalogue)
    if verdict.proved is None:
        return given_up(task, f"a worker returned a certificate that is {verdict.verdict}: {verdict.reason}")
    if not _is_about(subject, sweep, task, row.answer, verdict.claim, verdict.proved):
        return given_up(task, "a worker returned a valid certificate about something else")
    found = replace(plain, answer=row.answer, claim=verdict.claim, steps=verdict.steps)
    return replace(found, sha256=hashlib.sha256(certificate).hexdigest()), certificate


def _is_about(subject: Subject, sweep: Sweep, task: Task, answer: str, claim: str, proved: Proved) -> bool:
    r = subject.reduction
    assert r is not None
    if proved.problem is not subject.problem or dumps(r.source.instance_to_json(proved.instance)) != task.instance:
        return False
    if claim == "equivalence":
        same = proved.reduction is not None and proved.reduction.name == r.name
        same = same and json_of(proved.arguments) == {**sweep.given, **sweep.parameters}
    else:
        same = proved.target_problem is r.target and proved.target == r.reduce(proved.instance)
    if answer == "REFUTED":
        return same and claim == "disagreement"
    return same and claim == sweep.claim and proved.answer == answer
