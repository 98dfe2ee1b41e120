"""Dominating Set → Set Cover: the statement, the argument and the reduction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from math import comb, factorial
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.families.family import Family, Labelled, Shape
from relucert.certificates.isomorphism import Structure
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words
from relucert.certificates.plugin import Plugin
from relucert.certificates.properties import Property
from relucert.reductions.cost import Size, formulas
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import json_count, json_fields, json_int, json_list, loads
from relucert.reductions.parameters import Integer
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.problems.set_cover import SET_COVER, Cover, SetCoverInstance
from relucert.reductions.reduction import Reduction

Dominating = tuple[int, ...]


@dataclass(frozen=True)
class DominatingSetInstance:
    """The closed neighbourhood of every vertex, increasing; at most `budget` vertices may be chosen."""

    neighbours: tuple[tuple[int, ...], ...]
    budget: int


class DominatingSet(Problem[DominatingSetInstance, Dominating]):
    """Is every vertex chosen or next to a chosen one, with at most `budget` chosen?"""

    name = "dominating-set"
    parameters = {"budget": Integer("the number of vertices that may be chosen")}  # noqa: RUF012

    def accepts(self, instance: DominatingSetInstance, witness: Dominating) -> bool:
        if not all(0 <= v < len(instance.neighbours) for v in witness) or len(set(witness)) < len(witness):
            raise InvalidInstance("a dominating set lists distinct vertices")
        dominated = {u for v in witness for u in instance.neighbours[v]}
        return len(witness) <= instance.budget and len(dominated) == len(instance.neighbours)

    def work(self, instance: DominatingSetInstance, witness: Dominating) -> int:
        return 10 + 10 * len(witness) + 10 * sum(map(len, instance.neighbours))

    def size(self, instance: DominatingSetInstance) -> Size:
        n, ends = len(instance.neighbours), sum(map(len, instance.neighbours))
        return Size({"vertices": n, "ends": ends, "budget": instance.budget}, 60 + 12 * n + 6 * ends)

    def solution_words(self, size: Size) -> int:
        return 20 + 6 * size.measures["vertices"]

    def instance_to_json(self, instance: DominatingSetInstance) -> Any:
        return {"neighbours": [list(row) for row in instance.neighbours], "budget": instance.budget}

    def instance_from_json(self, data: Any) -> DominatingSetInstance:
        data = json_fields(data, {"neighbours", "budget"})
        rows = json_list(data["neighbours"], "neighbours")
        neighbours = tuple(tuple(json_int(v, "vertex", 0) for v in json_list(row, "row")) for row in rows)
        for v, row in enumerate(neighbours):
            if v not in row or list(row) != sorted({u for u in row if u < len(rows)}):
                raise InvalidInstance(f"vertex {v}: expected its closed neighbourhood, increasing")
            if any(v not in neighbours[u] for u in row):
                raise InvalidInstance(f"vertex {v}: a neighbour does not name it")
        return DominatingSetInstance(neighbours, json_count(data["budget"], "budget"))

    def witness_to_json(self, witness: Dominating) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Dominating:
        return tuple(json_int(v, "vertex", 0) for v in json_list(data, "dominating set"))

    def parse(self, text: str, suffix: str) -> Parsed[DominatingSetInstance]:
        data = json_fields(loads(text), {"neighbours"}, {"budget"})
        rows = self.instance_from_json({"neighbours": data["neighbours"], "budget": 0}).neighbours
        stated = {"budget": json_count(data["budget"], "budget")} if "budget" in data else {}
        return Parsed("JSON", f"{len(rows)} vertices", partial(DominatingSetInstance, rows), stated)


DOMINATING_SET = DominatingSet()


class DominatingSetEncoding(Propositional[DominatingSetInstance, Dominating]):
    """Atom 1 + v: v is chosen. Every closed neighbourhood holds a chosen vertex, and n − t vertices are not chosen."""

    problem = DOMINATING_SET

    def words(self, instance: DominatingSetInstance, choice: Any, claimed: Property = ()) -> int:
        n = len(instance.neighbours)
        clauses = sum(clause_words(len(row)) for row in instance.neighbours)
        return 100 + n * atom_words(0) + clauses + pseudo_boolean_words(n)

    def of(self, instance: DominatingSetInstance) -> Formula:
        formula = Formula()
        chosen = [formula.new_atom() for _ in instance.neighbours]
        for row in instance.neighbours:
            formula.add_clause(*(chosen[v] for v in row))
        formula.add_pseudo_boolean({-atom: 1 for atom in chosen}, len(chosen) - instance.budget)
        return formula

    def values(self, instance: DominatingSetInstance, witness: Dominating) -> Assignment:
        return Assignment({}, frozenset(1 + v for v in witness))


class DominatingSetToSetCover(Reduction[DominatingSetInstance, Dominating, SetCoverInstance, Cover]):
    """The sets are the closed neighbourhoods: a cover is a dominating set, and the other way round."""

    name = "dominating-set-to-set-cover"
    source = DOMINATING_SET
    target = SET_COVER
    reference = "folklore"
    sizes = formulas(universe="vertices", sets="vertices", memberships="ends", budget="budget")

    def reduce(self, instance: DominatingSetInstance) -> SetCoverInstance:
        return SetCoverInstance(len(instance.neighbours), instance.neighbours, instance.budget)

    def forward(self, instance: DominatingSetInstance, witness: Dominating) -> Cover:
        return tuple(sorted(witness))

    def backward(self, instance: DominatingSetInstance, witness: Cover) -> Dominating:
        return witness

    def stages(self, instance: DominatingSetInstance) -> Iterator[Size]:
        yield SET_COVER.size(self.reduce(instance))

    def work(self, instance: DominatingSetInstance, witness: Any = None, image: Any = None) -> int:
        return 10 + 10 * len(instance.neighbours)


class Neighbourhoods(Family[DominatingSetInstance]):
    """All graphs with at most N vertices, under permutations of these."""

    name = "neighbourhoods"
    problems = ("dominating-set",)

    def shapes(self, problem: str, given: Mapping[str, Any], upto: int) -> Mapping[Shape, Labelled]:
        return {n: Labelled(2 ** comb(n, 2), factorial(n)) for n in range(upto + 1)}

    def shape(self, instance: DominatingSetInstance) -> Shape:
        return len(instance.neighbours)

    def structure(self, instance: DominatingSetInstance) -> Structure:
        edges = ((u, v) for u, row in enumerate(instance.neighbours) for v in row if u < v)
        return Structure((0,) * len(instance.neighbours), tuple((0, e) for e in edges))

    def size(self, instance: DominatingSetInstance) -> int:
        return len(instance.neighbours)

    def described(self, upto: int) -> str:
        return f"graphs with at most {upto} vertices, as neighbourhoods"


PLUGIN = Plugin((DOMINATING_SET,), (DominatingSetEncoding(),), (DominatingSetToSetCover,), (Neighbourhoods(),))
