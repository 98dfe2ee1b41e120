"""Reductions in any language: a command that answers JSON lines, one process for all requests. See docs/commands.md."""

from __future__ import annotations

import os
import selectors
import shlex
import shutil
import signal
import subprocess
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psutil

from relucert.certificates.terminal import printable
from relucert.reductions import PROBLEMS
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.json_text import dumps, json_fields, loads
from relucert.reductions.problem import Problem
from relucert.reductions.reduction import Reduction
from relucert.verify.ranges import COUNT, GIGABYTES, SECONDS

_PERIOD = 0.1  # seconds between two looks at the memory
_CHUNK = 2**16
GRACE = 5.0  # seconds between the end of the output and that of the process


class NoReply(Exception):
    """The command has died, takes too much time or memory, or its reply is none; one line says which."""


class Conversation:
    """A process that answers a line with a line. It is started when it is needed, and killed when it fails."""

    def __init__(self, command: Sequence[str], seconds: float, memory: int, most: int) -> None:
        self.command, self.seconds, self.memory, self.most = tuple(command), seconds, memory, most
        self._process: subprocess.Popen[bytes] | None = None
        self._complaint = b""

    def ask(self, line: bytes) -> bytes:
        """The reply to a line, without its end. Raises NoReply."""
        try:
            return self._exchange(self._started(), line)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._process is not None:
            _end(self._process)
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            try:
                pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
                process = subprocess.Popen(self.command, **pipes, bufsize=0, start_new_session=True)  # type: ignore[call-overload]
            except OSError as problem:
                raise self._failed(problem.strerror or str(problem)) from None
            for stream in (process.stdin, process.stdout, process.stderr):
                os.set_blocking(stream.fileno(), False)
            weakref.finalize(self, _end, process)
            self._process, self._complaint = process, b""
        return self._process

    def _exchange(self, process: subprocess.Popen[bytes], line: bytes) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        if process.stdout.read(1):
            raise self._failed("it has written something that nobody asked for")
        unsent, reply = memoryview(line + b"\n"), bytearray()
        end, look = time.monotonic() + self.seconds, time.monotonic() + _PERIOD
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdin, selectors.EVENT_WRITE)
            ready.register(process.stdout, selectors.EVENT_READ)
            ready.register(process.stderr, selectors.EVENT_READ)
            while True:
                now = time.monotonic()
                if now >= end:
                    raise self._failed(f"no reply within {self.seconds:g} s")
                if now >= look:
                    self._look_at_memory(process)
                    look = now + _PERIOD
                for key, _ in ready.select(min(end, look) - now):
                    if key.fileobj is process.stdin:
                        try:
                            unsent = unsent[os.write(key.fd, unsent[:_CHUNK]) :]
                        except BrokenPipeError:  # what it wrote before it ended says more
                            unsent = unsent[:0]
                        if not unsent:
                            ready.unregister(process.stdin)
                        continue
                    data = os.read(key.fd, _CHUNK)
                    if key.fileobj is process.stderr:
                        self._complaint = (self._complaint + data)[-1000:]
                        if not data:
                            ready.unregister(process.stderr)
                        continue
                    if not data:
                        raise self._failed(self._how_it_ended(process))
                    reply += data
                    if b"\n" in data:
                        if reply.index(b"\n") < len(reply) - 1:
                            raise self._failed("more than one line in reply to one")
                        return bytes(reply[:-1])
                    if len(reply) > self.most:
                        raise self._failed(f"a reply of more than {self.most:,} bytes")

    def _look_at_memory(self, process: subprocess.Popen[bytes]) -> None:
        try:
            first = psutil.Process(process.pid)
            held = sum(one.memory_info().rss for one in (first, *first.children(recursive=True)))
        except psutil.Error:  # it has just ended
            return
        if held > self.memory:
            raise self._failed(f"it holds more than {self.memory:,} bytes of memory")

    def _how_it_ended(self, process: subprocess.Popen[bytes]) -> str:
        try:
            code = process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return "it has closed its output"
        assert process.stderr is not None
        self._complaint += process.stderr.read() or b""
        how = f"it ended with exit code {code}" if code >= 0 else f"it was ended by signal {-code}"
        last = self._complaint.decode(errors="replace").strip().splitlines()[-1:]
        return ": ".join([how, *last])

    def _failed(self, why: str) -> NoReply:
        return NoReply(printable(f"the command {shlex.join(self.command)!r}: {why}"[:500]))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and what it has started, unless its end is known: then its number may be another's."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


class CommandReduction(Reduction[Any, Any, Any, Any]):
    """A reduction whose maps are requests to a command. Its size is known when it has been built, not before."""

    reference = "a command"

    def __init__(
        self, command: Sequence[str], source: Problem[Any, Any], target: Problem[Any, Any], **limits: Any
    ) -> None:
        self.command, self.source, self.target, self.limits = tuple(command), source, target, limits
        self.name = "-".join(os.path.basename(word) for word in command)
        self.conversation = Conversation(self.command, **limits)

    def __reduce__(self) -> Any:
        return _again, (self.command, self.source, self.target, self.limits)

    def reduce(self, instance: Any) -> Any:
        return self.target.instance_from_json(self._ask("reduce", instance))

    def forward(self, instance: Any, witness: Any) -> Any:
        return self.target.witness_from_json(self._ask("forward", instance, self.source.witness_to_json(witness)))

    def backward(self, instance: Any, witness: Any) -> Any:
        return self.source.witness_from_json(self._ask("backward", instance, self.target.witness_to_json(witness)))

    def stages(self, instance: Any) -> Iterator[Size]:
        yield self.target.size(self.reduce(instance))

    def work(self, instance: Any, witness: Any = None, image: Any = None) -> int:
        raise NotImplementedError("a checker does not run commands")

    def _ask(self, what: str, instance: Any, *witness: Any) -> Any:
        """The result that is replied. Raises NoReply, or InvalidInstance if the reply is an error."""
        request = {"op": what, "source": self.source.instance_to_json(instance)}
        if witness:
            [request["witness"]] = witness
        line = self.conversation.ask(dumps(request).encode())
        try:
            reply = json_fields(loads(line.decode()), set(), {"result", "error"})
        except ValueError:
            raise self.conversation._failed(f"{shorten(line)} is no reply to {what!r}") from None
        if len(reply) != 1:
            raise self.conversation._failed(f"a reply to {what!r} has either a result or an error")
        if "error" in reply:
            raise InvalidInstance(f"{what}: {printable(str(reply['error'])[:300])}")
        return reply["result"]


def _again(
    command: Sequence[str], source: Problem[Any, Any], target: Problem[Any, Any], limits: Mapping[str, Any]
) -> CommandReduction:
    return CommandReduction(command, source, target, **limits)


def reduction_from_command(
    command: Sequence[str], *, source: str | Problem[Any, Any], target: str | Problem[Any, Any],
    time_limit: float = 10.0, memory_limit: float = 1.0, reply_limit: int = 2**26,
    problems: Mapping[str, Problem[Any, Any]] = PROBLEMS,
) -> CommandReduction:  # fmt: skip
    """The reduction that a command implements, between two problems or problems of these names.

    Limits hold for each request: seconds, gigabytes that the command and its children hold, bytes of a reply. Raises
    InvalidInstance if there is no such command or problem, or a limit is none.
    """
    SECONDS.require("time_limit", time_limit)
    GIGABYTES.require("memory_limit", memory_limit)
    COUNT.require("reply_limit", reply_limit)
    if isinstance(command, str) or not command:
        raise InvalidInstance("a command is a list of words, and not an empty one")
    if shutil.which(command[0]) is None:
        raise InvalidInstance(f"there is no command {shorten(command[0])}")
    sides = []
    for side in (source, target):
        if not isinstance(side, Problem) and side not in problems:
            raise InvalidInstance(f"there is no problem {shorten(side)}; there are {', '.join(problems)}")
        sides.append(side if isinstance(side, Problem) else problems[side])
    return CommandReduction(command, *sides, seconds=time_limit, memory=int(memory_limit * 2**30), most=reply_limit)
