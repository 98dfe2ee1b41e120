"""Shortest weight-constrained path, as a decision: Garey, Johnson 1979, ND30. Parallel edges are allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words
from relucert.certificates.properties import Property
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import json_count, json_fields, json_int, json_list
from relucert_published_mistakes.listed import ListedProblem, Numbers, rows

Edge = tuple[int, int, int, int]  # two different vertices, length ≥ 1, weight ≥ 1


@dataclass(frozen=True)
class PathInstance:
    """A path is sought from the first vertex to the last one, which are different."""

    vertices: int
    edges: tuple[Edge, ...]
    length: int
    weight: int

    def __post_init__(self) -> None:
        if self.vertices < 2:
            raise InvalidInstance("expected at least two vertices")
        for u, v, length, weight in self.edges:
            if not (0 <= u < v < self.vertices and length > 0 and weight > 0):
                raise InvalidInstance("an edge has two vertices, the smaller one first, a length ≥ 1 and a weight ≥ 1")

    def at(self, vertex: int) -> list[int]:
        """The numbers of the edges at a vertex."""
        return [e for e, (u, v, _length, _weight) in enumerate(self.edges) if vertex in (u, v)]


class WeightConstrainedPath(ListedProblem[PathInstance]):
    """Decide whether a simple path has at most the given length and at most the given weight. It lists its edges.

    >>> two = PathInstance(2, ((0, 1, 1, 5), (0, 1, 5, 1)), length=3, weight=5)
    >>> [WEIGHT_CONSTRAINED_PATH.accepts(two, path) for path in ((0,), (1,), ())]
    [True, False, False]
    """

    name = "weight-constrained-path"
    items = "edges"

    def accepts(self, instance: PathInstance, witness: Numbers) -> bool:
        if any(e not in range(len(instance.edges)) for e in witness):
            raise InvalidInstance("a path lists edges")
        visited, length, weight = [0], 0, 0
        for u, v, edge_length, edge_weight in (instance.edges[e] for e in witness):
            if visited[-1] not in (u, v):
                return False
            visited.append(u + v - visited[-1])
            length, weight = length + edge_length, weight + edge_weight
        simple = len({*visited}) == len(visited) and visited[-1] == instance.vertices - 1
        return simple and length <= instance.length and weight <= instance.weight

    def size(self, instance: PathInstance) -> Size:
        numbers = [instance.length, instance.weight, *(number for edge in instance.edges for number in edge)]
        return path_size(instance.vertices, len(instance.edges), max(map(int.bit_length, numbers)))

    def instance_to_json(self, instance: PathInstance) -> Any:
        edges = [list(edge) for edge in instance.edges]
        return {"edges": edges, "length": instance.length, "vertices": instance.vertices, "weight": instance.weight}

    def instance_from_json(self, data: Any) -> PathInstance:
        data = json_fields(data, {"edges", "length", "vertices", "weight"})
        edges = []
        for row in json_list(data["edges"], "edges"):
            edge = tuple(json_int(number, "edge", 0) for number in json_list(row, "edge"))
            if len(edge) != 4:
                raise InvalidInstance("an edge has two vertices, a length and a weight")
            edges.append(edge)
        bounds = (json_int(data[name], name, 0) for name in ("length", "weight"))
        return PathInstance(json_count(data["vertices"], "vertices"), tuple(edges), *bounds)


def path_size(vertices: int, edges: int, bits: int) -> Size:
    return Size({"vertices": vertices, "edges": edges}, rows(edges, 4 * edges, bits))


WEIGHT_CONSTRAINED_PATH = WeightConstrainedPath()


class PathEncoding(Propositional[PathInstance, Numbers]):
    """Atom 1 + e: the path has edge e. It has one edge at each end, elsewhere none or two; and both bounds hold.

    A path satisfies this. What satisfies it is a path and perhaps cycles, without which the bounds hold even more.
    """

    problem = WEIGHT_CONSTRAINED_PATH

    def words(self, instance: PathInstance, choice: Any, claimed: Property = ()) -> int:
        n, m, length = instance.vertices, len(instance.edges), 2 + self.problem.size(instance).words // 60
        ends = 2 * m * (clause_words(m) + 60) + 2 * n * pseudo_boolean_words(0) + 2 * m * (pseudo_boolean_words(1) + 60)
        return 200 + 10 * n * m + m * (atom_words(0) + 10) + ends + 2 * pseudo_boolean_words(m, length)

    def of(self, instance: PathInstance) -> Formula:
        formula = Formula()
        used = [formula.new_atom() for _ in instance.edges]
        for vertex in range(instance.vertices):
            here = [used[e] for e in instance.at(vertex)]
            if vertex in (0, instance.vertices - 1):
                formula.add_clause(*here)
                formula.add_pseudo_boolean({-atom: 1 for atom in here}, len(here) - 1)
            else:
                for atom in here:
                    formula.add_clause(-atom, *(other for other in here if other != atom))
                formula.add_pseudo_boolean({-atom: 1 for atom in here}, len(here) - 2)
        for place, bound in ((2, instance.length), (3, instance.weight)):
            costs = [edge[place] for edge in instance.edges]
            formula.add_pseudo_boolean(
                {-atom: cost for atom, cost in zip(used, costs, strict=True)}, sum(costs) - bound
            )
        return formula

    def values(self, instance: PathInstance, witness: Numbers) -> Assignment:
        return Assignment({}, frozenset(1 + e for e in witness))
