"""Partition: do some of the numbers have half of the sum of all? Karp 1972, problem 20; Garey, Johnson 1979, SP12."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, pseudo_boolean_words
from relucert.certificates.properties import Property
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import json_fields, json_int, json_list
from relucert_published_mistakes.listed import ListedProblem, Numbers, rows


@dataclass(frozen=True)
class PartitionInstance:
    """At least one number; all are positive."""

    numbers: Numbers

    def __post_init__(self) -> None:
        if not self.numbers or min(self.numbers) < 1:
            raise InvalidInstance("expected at least one number, and all of them positive")


class Partition(ListedProblem[PartitionInstance]):
    """Decide whether a set of indices, listed in increasing order, has half of the sum.

    >>> [PARTITION.accepts(PartitionInstance((1, 2, 3)), chosen) for chosen in ((2,), (0, 1), (0, 2))]
    [True, True, False]
    """

    name = "partition"
    items = "numbers"

    def accepts(self, instance: PartitionInstance, witness: Numbers) -> bool:
        if list(witness) != sorted(set(witness)) or any(i not in range(len(instance.numbers)) for i in witness):
            raise InvalidInstance("a part lists distinct indices of numbers in increasing order")
        return 2 * sum(instance.numbers[i] for i in witness) == sum(instance.numbers)

    def size(self, instance: PartitionInstance) -> Size:
        n, total = len(instance.numbers), sum(instance.numbers)
        return Size({"numbers": n, "sum": total}, rows(0, n, total.bit_length()))

    def instance_to_json(self, instance: PartitionInstance) -> Any:
        return {"numbers": list(instance.numbers)}

    def instance_from_json(self, data: Any) -> PartitionInstance:
        numbers = json_list(json_fields(data, {"numbers"})["numbers"], "numbers")
        return PartitionInstance(tuple(json_int(a, "number", 1) for a in numbers))


PARTITION = Partition()


class PartitionEncoding(Propositional[PartitionInstance, Numbers]):
    """Atom 1 + i: number i is chosen. The chosen ones have half of the sum S at least, rounded up; so have the others.

    A part with half of the sum satisfies both, for then S is even.
    """

    problem = PARTITION

    def words(self, instance: PartitionInstance, choice: Any, claimed: Property = ()) -> int:
        n, length = len(instance.numbers), 1 + sum(instance.numbers).bit_length() // 60
        return 100 + n * (atom_words(0) + 10) + 2 * pseudo_boolean_words(n, length)

    def of(self, instance: PartitionInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _ in instance.numbers]
        half = (sum(instance.numbers) + 1) // 2
        for sign in (1, -1):
            formula.add_pseudo_boolean({sign * atom: a for atom, a in zip(chosen, instance.numbers, strict=True)}, half)
        return formula

    def values(self, instance: PartitionInstance, witness: Numbers) -> Assignment:
        return Assignment({}, frozenset(1 + i for i in witness))
