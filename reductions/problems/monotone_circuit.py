"""Minimum Monotone Circuit Satisfiability: do at most t true inputs make the output of the circuit true?

Source: Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Section 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted, lines
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem

TrueInputs = tuple[int, ...]
KINDS = ("and", "or")


class Gate(NamedTuple):
    """An AND or OR of other wires, which stand in increasing order."""

    kind: str
    operands: tuple[int, ...]


@dataclass(frozen=True)
class MonotoneCircuit:
    """Wires 0, …, inputs − 1 are the inputs, wire inputs + i is gate i; operands come before the gates that use them.

    Any fan-in of at least 1 and any fan-out; a wire need not reach the output, and the output may itself be an input.
    At most `budget` inputs may be true.
    """

    inputs: int
    gates: tuple[Gate, ...]
    output: int
    budget: int

    def __post_init__(self) -> None:
        json_count(self.inputs, "inputs", 1)
        json_count(self.budget, "budget")
        for i, (kind, operands) in enumerate(self.gates):
            if kind not in KINDS:
                raise InvalidInstance(f"gate {i}: {shorten(kind)} is neither 'and' nor 'or'")
            if not operands:
                raise InvalidInstance(f"gate {i} has no input")
            if not all(a < b for a, b in pairwise((-1, *operands, self.inputs + i))):
                most = shorten(self.inputs + i - 1)
                raise InvalidInstance(f"gate {i}: operands must be distinct and increase within 0..{most}")
        if not 0 <= self.output < self.wires:
            raise InvalidInstance(f"output: {shorten(self.output)} is not a wire within 0..{shorten(self.wires - 1)}")

    @property
    def wires(self) -> int:
        return self.inputs + len(self.gates)

    def true_wires(self, true_inputs: Iterable[int]) -> set[int]:
        """The wires that are true; a set, as there may be far more inputs than anything names.

        >>> circuit(2, [("or", [0, 1]), ("and", [0, 2])], output=3, budget=1).true_wires([1])
        {1, 2}
        """
        true = set(true_inputs)
        for g, (kind, operands) in enumerate(self.gates, self.inputs):
            if (all if kind == "and" else any)([a in true for a in operands]):
                true.add(g)
        return true


def circuit(inputs: int, gates: Iterable[tuple[str, Iterable[int]]], output: int, budget: int) -> MonotoneCircuit:
    """An instance from gates whose operands come in any order, repeated or not: AND and OR do not mind."""
    ordered = (Gate(kind, tuple(a for a, _ in groupby(sorted(operands)))) for kind, operands in gates)
    return MonotoneCircuit(inputs, tuple(ordered), output, budget)


class MonotoneCircuitSatisfiability(Problem[MonotoneCircuit, TrueInputs]):
    """Decide whether at most t true inputs suffice. The witness lists them, numbers in increasing order.

    >>> majority = [("and", [0, 1]), ("and", [0, 2]), ("and", [1, 2]), ("or", [3, 4, 5])]
    >>> instance = circuit(3, majority, output=6, budget=2)
    >>> [MONOTONE_CIRCUIT.accepts(instance, chosen) for chosen in ((0, 2), (1,), (0, 1, 2))]
    [True, False, False]
    """

    name = "monotone-circuit"
    items = "inputs"
    parameters = {"budget": "the number t ≥ 0 of inputs that may be true"}  # noqa: RUF012

    def accepts(self, instance: MonotoneCircuit, witness: TrueInputs) -> bool:
        if not all(i < j for i, j in pairwise((-1, *witness, instance.inputs))):
            most = shorten(instance.inputs - 1)
            raise InvalidInstance(f"the true inputs must be distinct and increase within 0..{most}")
        return len(witness) <= instance.budget and instance.output in instance.true_wires(witness)

    def work(self, instance: MonotoneCircuit, witness: TrueInputs) -> int:
        return 20 + 2 * len(witness) + sum(6 + len(operands) for _, operands in instance.gates)

    def size(self, instance: MonotoneCircuit) -> Size:
        """Inputs, gates, their operands, and the budget."""
        gates, operands = len(instance.gates), sum(len(operands) for _, operands in instance.gates)
        measures = {"inputs": instance.inputs, "gates": gates, "operands": operands, "budget": instance.budget}
        return Size(measures, OBJECT + TUPLE + (2 * TUPLE + 1) * gates + INTEGER * (operands + 3))

    def instance_to_json(self, instance: MonotoneCircuit) -> Any:
        return {
            "budget": instance.budget,
            "gates": [[kind, list(operands)] for kind, operands in instance.gates],
            "inputs": instance.inputs,
            "output": instance.output,
        }

    def instance_from_json(self, data: Any) -> MonotoneCircuit:
        data = json_fields(data, {"budget", "gates", "inputs", "output"})
        return MonotoneCircuit(
            json_count(data["inputs"], "inputs", 1),
            _gates(data["gates"]),
            json_int(data["output"], "output"),
            json_count(data["budget"], "budget"),
        )

    def witness_to_json(self, witness: TrueInputs) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> TrueInputs:
        return tuple(json_int(i, "input", 0) for i in json_list(data, "true inputs"))

    def parse(self, text: str, suffix: str) -> Parsed[MonotoneCircuit]:
        """ISCAS .bench with AND and OR gates, or JSON {"inputs": n, "gates": [["and", […]], …], "output": wire}.

        Repeated operands of a gate are merged. The inputs of a .bench file are numbered in the order of their lines.
        JSON may state the "budget" as well.
        """
        kind, stated = ".bench", dict[str, int]()
        if is_json(text, suffix):
            kind, data = "JSON", json_fields(loads(text), {"gates", "inputs", "output"}, {"budget"})
            inputs, output = json_int(data["inputs"], "inputs", 1), json_int(data["output"], "output")
            gates: Iterable[tuple[str, Iterable[int]]] = _gates(data["gates"])
            stated = {"budget": json_int(data["budget"], "budget", 0)} if "budget" in data else {}
        else:
            inputs, gates, output = _read_bench(text)
        read = circuit(inputs, gates, output, budget=0)
        content = f"{counted(inputs, 'input')}, {counted(len(read.gates), 'gate')}"
        return Parsed(kind, content, partial(MonotoneCircuit, inputs, read.gates, output), stated)


def _gates(data: Any) -> tuple[Gate, ...]:
    gates = []
    for i, gate in enumerate(json_list(data, "gates")):
        match json_list(gate, f"gate {i}"):
            case [kind, operands]:
                wires = (json_int(a, f"gate {i}: wire", 0) for a in json_list(operands, f"gate {i}"))
                gates.append(Gate(kind, tuple(wires)))
            case _:
                raise InvalidInstance(f"gate {i}: expected ['and' or 'or', [wires]], not {shorten(gate)}")
    return tuple(gates)


# --------------------------------------------------------------------------------------------------------- ISCAS .bench

_WIRE = r"([^\s(),=]+)"
_PORT = re.compile(rf"(INPUT|OUTPUT)\s*\(\s*{_WIRE}\s*\)", re.IGNORECASE)
_GATE = re.compile(rf"{_WIRE}\s*=\s*{_WIRE}\s*\(([^()=]*)\)")


@dataclass(frozen=True)
class _Line:
    """A gate as its line states it: with the names of its operands."""

    number: int
    kind: str
    operands: list[str]


def _read_bench(text: str) -> tuple[int, list[tuple[str, list[int]]], int]:
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
    if kind.lower() not in KINDS:
        raise InvalidInstance(f"the gate {shorten(name)} is of the kind {shorten(kind)}: only AND and OR are read")
    if names == [""]:
        raise InvalidInstance(f"the gate {shorten(name)} has no input")
    if not all(names) or any(len(a.split()) > 1 for a in names):
        raise InvalidInstance(f"the operands of {shorten(name)} must be names separated by commas")
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


MONOTONE_CIRCUIT = MonotoneCircuitSatisfiability()
