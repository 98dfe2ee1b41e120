"""Minimum Monotone Circuit Satisfiability: do at most t true inputs make the output of the circuit true?

Source: Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Section 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.bench import read_bench
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.parameters import Integer
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import NATURAL, NUMBERS, POSITIVE, described, listed, members, one_of, tuple_of

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
    instance_shape = members(
        inputs=POSITIVE,
        gates=listed(tuple_of(one_of("and", "or"), listed(NATURAL, 1, distinct=True))),
        output=NATURAL,
        budget=NATURAL,
    )
    witness_shape = described("The true inputs.", NUMBERS)
    items = "inputs"
    parameters = {"budget": Integer("the number t ≥ 0 of inputs that may be true")}  # noqa: RUF012

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
        return Size(
            measures, OBJECT + TUPLE + (2 * TUPLE + 1) * gates + INTEGER * (operands + 3), frozenset({"budget"})
        )

    def sought(self, instance: MonotoneCircuit) -> str:
        inputs = f"{shorten(instance.budget)} of the {counted(instance.inputs, 'input')}"
        return f"choice of at most {inputs} makes the output true"

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
            inputs, gates, output = read_bench(text)
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


MONOTONE_CIRCUIT = MonotoneCircuitSatisfiability()
