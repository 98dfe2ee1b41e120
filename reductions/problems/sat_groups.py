"""Groups of clauses with labels: does one assignment satisfy the groups of label 0, and violate those of label 1?

Source: Daniely, Vardi, Hardness of Learning Neural Networks with Natural Weights, NeurIPS 2020, proof of Theorem 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.dimacs_groups import read_groups
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import BIT, LITERAL, NATURAL, POSITIVE, described, listed, members

TrueVariables = tuple[int, ...]
Clause = tuple[int, ...]


class Group(NamedTuple):
    """label: 0 if all clauses are to hold, 1 if at least one is to be violated."""

    label: int
    clauses: tuple[Clause, ...]


@dataclass(frozen=True)
class SatGroupsInstance:
    """Variables 1, …, variables; groups of clauses of literals ±variable, by increasing variable.

    The literals of a clause have distinct variables, and there is at least one. Groups have at least one clause, and
    may have different numbers of them, of different widths.
    """

    variables: int
    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        json_count(self.variables, "variables")
        for i, group in enumerate(self.groups):
            if type(group.label) is not int or group.label not in (0, 1):
                raise InvalidInstance(f"group {i}: the label is 0 or 1, not {shorten(group.label)}")
            if not group.clauses:
                raise InvalidInstance(f"group {i} has no clause")
            for j, clause in enumerate(group.clauses):
                if not clause:
                    raise InvalidInstance(f"group {i}, clause {j}: a clause has at least one literal")
                if not all(u < v for u, v in pairwise((0, *map(abs, clause), self.variables + 1))):
                    most = shorten(self.variables)
                    raise InvalidInstance(
                        f"group {i}, clause {j}: variables must be distinct and increase within 1..{most}"
                    )


class SatGroups(Problem[SatGroupsInstance, TrueVariables]):
    """Decide whether some assignment satisfies exactly the groups of label 0. The witness lists the true variables.

    >>> groups = (Group(0, ((1, 2),)), Group(1, ((1, -2), (2,))))
    >>> [SAT_GROUPS.accepts(SatGroupsInstance(2, groups), true) for true in ((), (1,), (2,), (1, 2))]
    [False, True, True, False]
    """

    name = "sat-groups"
    instance_shape = members(
        variables=NATURAL,
        groups=listed(members(label=BIT, clauses=listed(listed(LITERAL, least=1, distinct=True), least=1))),
    )
    witness_shape = described("The true variables.", listed(POSITIVE, distinct=True))
    items = "variables"

    def accepts(self, instance: SatGroupsInstance, witness: TrueVariables) -> bool:
        if not all(u < v for u, v in pairwise((0, *witness, instance.variables + 1))):
            raise InvalidInstance("an assignment lists distinct true variables, from 1, in increasing order")
        true = set(witness)
        return all(
            all(any((literal > 0) == (abs(literal) in true) for literal in c) for c in group.clauses)
            == (group.label == 0)
            for group in instance.groups
        )

    def work(self, instance: SatGroupsInstance, witness: TrueVariables) -> int:
        clauses = (clause for group in instance.groups for clause in group.clauses)
        return 20 + 2 * len(witness) + 4 * len(instance.groups) + sum(3 + 2 * len(clause) for clause in clauses)

    def size(self, instance: SatGroupsInstance) -> Size:
        """Variables, groups, clauses in all groups, and literals in all clauses."""
        groups = len(instance.groups)
        clauses = sum(len(group.clauses) for group in instance.groups)
        literals = sum(len(clause) for group in instance.groups for clause in group.clauses)
        measures = {"variables": instance.variables, "groups": groups, "clauses": clauses, "literals": literals}
        words = OBJECT + TUPLE * (clauses + 2 * groups + 1) + INTEGER * (literals + groups + 1)
        return Size(measures, words)

    def sought(self, instance: SatGroupsInstance) -> str:
        n, m = counted(instance.variables, "variable"), counted(len(instance.groups), "group")
        return f"assignment of the {n} violates a clause in just those of the {m} that have the label 1"

    def instance_to_json(self, instance: SatGroupsInstance) -> Any:
        groups = [{"clauses": [list(c) for c in group.clauses], "label": group.label} for group in instance.groups]
        return {"groups": groups, "variables": instance.variables}

    def instance_from_json(self, data: Any) -> SatGroupsInstance:
        data = json_fields(data, {"groups", "variables"})
        groups = tuple(_group(group) for group in json_list(data["groups"], "groups"))
        return SatGroupsInstance(json_count(data["variables"], "variables"), groups)

    def witness_to_json(self, witness: TrueVariables) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> TrueVariables:
        return tuple(json_int(v, "variable", 1) for v in json_list(data, "true variables"))

    def parse(self, text: str, suffix: str) -> Parsed[SatGroupsInstance]:
        """DIMACS CNF with lines `g LABEL`, or JSON {"variables": n, "groups": [{"label": 0, "clauses": [[…], …]}, …]}.

        A clause with a repeated variable is refused: a patch has one entry a variable. JSON has its literals in order.
        """
        if is_json(text, suffix):
            given, kind = self.instance_from_json(loads(text)), "JSON"
            variables, groups = given.variables, given.groups
        else:
            kind, (cnf, opened) = "DIMACS CNF with groups", read_groups(text)
            for place, clause in zip(cnf.lines, cnf.clauses, strict=True):
                if len(set(map(abs, clause))) < len(clause):
                    raise InvalidInstance(f"line {place}: a variable stands twice in a clause")
            clauses = iter(tuple(sorted(clause, key=abs)) for clause in cnf.clauses)
            variables = cnf.variables
            groups = tuple(Group(label, tuple(next(clauses) for _ in range(many))) for label, many in opened)
        many = sum(len(group.clauses) for group in groups)
        content = ", ".join([counted(variables, "variable"), counted(len(groups), "group"), counted(many, "clause")])
        return Parsed(kind, content, partial(SatGroupsInstance, variables, groups))


def _group(data: Any) -> Group:
    data = json_fields(data, {"clauses", "label"})
    rows = (json_list(clause, "clause") for clause in json_list(data["clauses"], "clauses"))
    clauses = tuple(tuple(json_int(v, "literal") for v in row) for row in rows)
    return Group(json_int(data["label"], "label"), clauses)


SAT_GROUPS = SatGroups()
