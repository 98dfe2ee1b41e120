"""ISCAS .bench, of monotone circuits: lines INPUT(a), OUTPUT(a), a = AND(b, c, …), OR or BUFF; '#' starts a comment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import lines

_WIRE = r"([^\s(),=]+)"
_PORT = re.compile(rf"(INPUT|OUTPUT)\s*\(\s*{_WIRE}\s*\)", re.IGNORECASE)
_GATE = re.compile(rf"{_WIRE}\s*=\s*{_WIRE}\s*\(([^()=]*)\)")


@dataclass(frozen=True)
class _Line:
    """A gate as its line states it: with the names of its operands."""

    number: int
    kind: str
    operands: list[str]


def read_bench(text: str) -> tuple[int, list[tuple[str, list[int]]], int]:
    """The inputs, the gates and the output of a circuit whose wires have names; '#' starts a comment."""
    wires: dict[str, int] = {}  # inputs, and later gates, in the order of the instance
    gates: dict[str, _Line] = {}
    output: tuple[int, str] | None = None
    for number, line in enumerate(lines(text), 1):
        try:
            statement = line.split("#", 1)[0].strip()
            if port := _PORT.fullmatch(statement):
                name = port[2]
                if port[1].upper() == "INPUT":
                    _require_new(name, wires, gates)
                    wires[name] = len(wires)
                elif output is not None:
                    raise InvalidInstance(f"a second output, {shorten(name)}: a circuit has exactly one")
                else:
                    output = number, name
            elif gate := _GATE.fullmatch(statement):
                _require_new(gate[1], wires, gates)
                gates[gate[1]] = _Line(number, *_operation(*gate.groups()))
            elif statement:
                raise InvalidInstance(f"expected INPUT(a), OUTPUT(a) or a = AND(b, c), not {shorten(statement)}")
        except InvalidInstance as problem:
            raise InvalidInstance(f"line {number}: {problem}") from None
    if output is None:
        raise InvalidInstance("the line OUTPUT(a) is missing")
    for number, name in (output, *((g.number, a) for g in gates.values() for a in g.operands)):
        if name not in wires and name not in gates:
            raise InvalidInstance(f"line {number}: the wire {shorten(name)} is neither an input nor a gate")
    inputs = len(wires)
    if not inputs:
        raise InvalidInstance("the line INPUT(a) is missing")
    ordered = _operands_first(gates, wires)
    return inputs, [(g.kind, [wires[a] for a in g.operands]) for g in ordered], wires[output[1]]


def _require_new(name: str, wires: Mapping[str, int], gates: Mapping[str, _Line]) -> None:
    if not name.isprintable():
        raise InvalidInstance(f"the name {shorten(name)} holds invisible characters")
    if name in wires or name in gates:
        raise InvalidInstance(f"the wire {shorten(name)} is defined twice")


def _operation(name: str, kind: str, operands: str) -> tuple[str, list[str]]:
    names = [a.strip() for a in operands.split(",")]
    if kind.lower() not in ("and", "or", "buf", "buff"):
        raise InvalidInstance(
            f"the gate {shorten(name)} is of the kind {shorten(kind)}: only AND and OR are read, and BUFF of one input"
        )
    if names == [""]:
        raise InvalidInstance(f"the gate {shorten(name)} has no input")
    if not all(names) or any(len(a.split()) > 1 for a in names):
        raise InvalidInstance(f"the operands of {shorten(name)} must be names separated by commas")
    if kind.lower() in ("buf", "buff"):
        if len(names) != 1:
            raise InvalidInstance(f"the gate {shorten(name)} is a buffer of {len(names)} inputs: it has one")
        return "and", names
    return kind.lower(), names


def _operands_first(gates: Mapping[str, _Line], wires: dict[str, int]) -> list[_Line]:
    """The gates in file order, except that operands come first; numbers them in `wires`. Refuses a cycle."""
    ordered = []
    open_gates: set[str] = set()  # the path from a gate of the file down to its operands, and theirs
    for first in gates:
        stack = [first]
        while stack:
            name = stack[-1]
            if name in wires:
                stack.pop()
            elif name in open_gates:  # and all of its operands are numbered
                wires[name] = len(wires)
                ordered.append(gates[name])
                stack.pop()
            else:
                open_gates.add(name)
                for a in reversed(gates[name].operands):
                    if a in open_gates and a not in wires:
                        raise InvalidInstance(f"line {gates[name].number}: the gate {shorten(name)} is on a cycle")
                    if a not in wires:
                        stack.append(a)
    return ordered
