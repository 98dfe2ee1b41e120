"""Set Cover: do at most t of the given sets cover the universe?

Source: Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Section 2; Karp 1972.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.or_library import read_or_library
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.parameters import Integer
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import NATURAL, NUMBERS, described, listed, members

Cover = tuple[int, ...]
Sets = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class SetCoverInstance:
    """Elements 0, …, universe − 1; a family of sets as increasing tuples; at most `budget` of them may be chosen.

    Equal sets may stand in the family, and so may empty sets: they cover nothing. With an element that is in no set the
    instance is a NO, however large the budget.
    """

    universe: int
    sets: Sets
    budget: int

    def __post_init__(self) -> None:
        json_count(self.universe, "universe")
        json_count(self.budget, "budget")
        for i, elements in enumerate(self.sets):
            if not all(u < v for u, v in pairwise((-1, *elements, self.universe))):
                most = shorten(self.universe - 1)
                raise InvalidInstance(f"set {i}: elements must be distinct and increase within 0..{most}")


BUDGET = frozenset({"budget"})


class SetCover(Problem[SetCoverInstance, Cover]):
    """Decide whether at most t sets cover the universe. The witness lists the chosen sets, numbers in increasing order.

    >>> instance = SetCoverInstance(3, ((0, 1), (1, 2), (2,)), budget=2)
    >>> [SET_COVER.accepts(instance, chosen) for chosen in ((0, 1), (1, 2), (0, 1, 2))]
    [True, False, False]
    """

    name = "set-cover"
    instance_shape = members(universe=NATURAL, sets=listed(NUMBERS), budget=NATURAL)
    witness_shape = described("The numbers of the chosen sets.", NUMBERS)
    items = "sets"
    parameters = {"budget": Integer("the number t ≥ 0 of sets that may be chosen")}  # noqa: RUF012

    def accepts(self, instance: SetCoverInstance, witness: Cover) -> bool:
        if not all(i < j for i, j in pairwise((-1, *witness, len(instance.sets)))):
            most = len(instance.sets) - 1
            raise InvalidInstance(f"a cover lists distinct sets in increasing order within 0..{most}")
        memberships = sum(len(instance.sets[i]) for i in witness)
        if len(witness) > instance.budget or memberships < instance.universe:
            return False
        covered = bytearray(instance.universe)
        for i in witness:
            for u in instance.sets[i]:
                covered[u] = 1
        return all(covered)

    def work(self, instance: SetCoverInstance, witness: Cover) -> int:
        return 20 + 3 * len(witness) + 3 * sum(map(len, instance.sets))

    def size(self, instance: SetCoverInstance) -> Size:
        """Elements of the universe, sets, their sizes together, and the budget."""
        sets, memberships = len(instance.sets), sum(map(len, instance.sets))
        measures = {
            "universe": instance.universe, "sets": sets, "memberships": memberships, "budget": instance.budget,
        }  # fmt: skip
        return Size(measures, OBJECT + TUPLE * (sets + 1) + INTEGER * (memberships + 2), BUDGET)

    def sought(self, instance: SetCoverInstance) -> str:
        n, m = counted(instance.universe, "element"), counted(len(instance.sets), "set")
        return f"choice of at most {shorten(instance.budget)} of the {m} covers the {n}"

    def instance_to_json(self, instance: SetCoverInstance) -> Any:
        sets = [list(elements) for elements in instance.sets]
        return {"budget": instance.budget, "sets": sets, "universe": instance.universe}

    def instance_from_json(self, data: Any) -> SetCoverInstance:
        data = json_fields(data, {"budget", "sets", "universe"})
        return SetCoverInstance(
            json_count(data["universe"], "universe"), _sets(data["sets"]), json_count(data["budget"], "budget")
        )

    def witness_to_json(self, witness: Cover) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Cover:
        return tuple(json_int(i, "set", 0) for i in json_list(data, "cover"))

    def parse(self, text: str, suffix: str) -> Parsed[SetCoverInstance]:
        """OR-Library set covering (unit costs), or JSON {"universe": n, "sets": [[…], …]} with elements from 0.

        JSON may state the "budget" as well.
        """
        kind, stated = "OR-Library", dict[str, int]()
        if is_json(text, suffix):
            kind, data = "JSON", json_fields(loads(text), {"sets", "universe"}, {"budget"})
            universe = json_int(data["universe"], "universe", 0)
            sets = tuple(tuple(sorted(elements)) for elements in _sets(data["sets"]))
            stated = {"budget": json_int(data["budget"], "budget", 0)} if "budget" in data else {}
        else:
            universe, sets = read_or_library(text)
        build = partial(SetCoverInstance, universe, sets)
        missing = _first_missing(build(budget=0))
        remarks = (
            []
            if missing is None
            else [f"element {shorten(missing)} (counted from 0) is in no set, so no budget suffices"]
        )
        return Parsed(kind, f"{counted(universe, 'element')}, {counted(len(sets), 'set')}", build, stated, remarks)


def _first_missing(instance: SetCoverInstance) -> int | None:
    """The least element in no set, by sorting: elements of a file may all have the same hash."""
    expected = 0
    for u in sorted(u for elements in instance.sets for u in elements):
        if u > expected:
            break
        expected = u + 1
    return expected if expected < instance.universe else None


def _sets(data: Any) -> Sets:
    return tuple(tuple(json_int(u, "element", 0) for u in json_list(s, "set")) for s in json_list(data, "sets"))


SET_COVER = SetCover()
