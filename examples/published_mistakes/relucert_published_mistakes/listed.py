"""What the problems here share: a file is an instance as JSON, and a witness is a list of numbers."""

from __future__ import annotations

from typing import Any, TypeVar

from relucert.reductions.cost import INTEGER, TUPLE
from relucert.reductions.json_text import json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem

I = TypeVar("I")  # noqa: E741  instance
Numbers = tuple[int, ...]


class ListedProblem(Problem[I, Numbers]):
    """A problem whose witnesses list numbers ≥ 0, and whose instances are read from JSON."""

    def work(self, instance: I, witness: Numbers) -> int:
        return 20 + 4 * len(witness) + 4 * self.size(instance).words

    def witness_to_json(self, witness: Numbers) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Numbers:
        return tuple(json_int(number, "number", 0) for number in json_list(data, "witness"))

    def parse(self, text: str, suffix: str) -> Parsed[I]:
        instance = self.instance_from_json(loads(text))
        shown = ", ".join(f"{count} {name}" for name, count in self.size(instance).measures.items())
        return Parsed("JSON", shown, lambda: instance)


def rows(count: int, numbers: int, bits: int) -> int:
    """Words of an object with so many tuples, and in these so many numbers of at most so many bits."""
    return 100 + TUPLE * (count + 2) + (INTEGER + 1 + bits // 60) * (numbers + count + 8)
