"""Positive One-in-Three SAT: can variables be set so that every clause has exactly one true variable?

Source: Froese, Hertrich, NeurIPS 2023, Section 3; Schaefer 1978; NP-complete also with unnegated literals only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.dimacs_cnf import read_cnf
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import NATURAL, NUMBERS, described, listed, members

TrueVariables = tuple[int, ...]
Clauses = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class OneInThreeInstance:
    """Variables 0, …, variables − 1; clauses of three distinct variables, none negated, in the order of the input."""

    variables: int
    clauses: Clauses

    def __post_init__(self) -> None:
        json_count(self.variables, "variables")
        for i, clause in enumerate(self.clauses):
            if len(clause) != 3:
                raise InvalidInstance(f"clause {i}: it has {len(clause)} variables, not three")
            if len(set(clause)) != 3:
                raise InvalidInstance(f"clause {i}: a variable is repeated")
            if not all(0 <= v < self.variables for v in clause):
                raise InvalidInstance(f"clause {i}: variables are numbered 0..{shorten(self.variables - 1)}")


class OneInThree(Problem[OneInThreeInstance, TrueVariables]):
    """Decide whether some assignment makes exactly one variable of every clause true. The witness lists the true ones.

    >>> instance = OneInThreeInstance(4, ((0, 1, 2), (1, 2, 3)))
    >>> [ONE_IN_THREE.accepts(instance, true) for true in ((1,), (0, 3), (0, 1))]
    [True, True, False]
    """

    name = "one-in-three"
    instance_shape = members(variables=NATURAL, clauses=listed(listed(NATURAL, 3, 3, distinct=True)))
    witness_shape = described("The true variables.", NUMBERS)
    items = "variables"

    def accepts(self, instance: OneInThreeInstance, witness: TrueVariables) -> bool:
        if not all(u < v for u, v in pairwise((-1, *witness, instance.variables))):
            raise InvalidInstance("an assignment lists distinct true variables in increasing order")
        true = set(witness)
        return all(sum(v in true for v in clause) == 1 for clause in instance.clauses)

    def work(self, instance: OneInThreeInstance, witness: TrueVariables) -> int:
        return 20 + 2 * len(witness) + 8 * len(instance.clauses)

    def size(self, instance: OneInThreeInstance) -> Size:
        """Variables and clauses."""
        n, m = instance.variables, len(instance.clauses)
        return Size({"variables": n, "clauses": m}, OBJECT + TUPLE * (m + 1) + INTEGER * (3 * m + 1))

    def sought(self, instance: OneInThreeInstance) -> str:
        n, m = counted(instance.variables, "variable"), counted(len(instance.clauses), "clause")
        return f"assignment of the {n} makes exactly one literal true in each of the {m}"

    def instance_to_json(self, instance: OneInThreeInstance) -> Any:
        return {"clauses": [list(clause) for clause in instance.clauses], "variables": instance.variables}

    def instance_from_json(self, data: Any) -> OneInThreeInstance:
        data = json_fields(data, {"clauses", "variables"})
        rows = (json_list(clause, "clause") for clause in json_list(data["clauses"], "clauses"))
        clauses = tuple(tuple(json_int(v, "variable", 0) for v in row) for row in rows)
        return OneInThreeInstance(json_count(data["variables"], "variables"), clauses)

    def witness_to_json(self, witness: TrueVariables) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> TrueVariables:
        return tuple(json_int(v, "variable", 0) for v in json_list(data, "true variables"))

    def parse(self, text: str, suffix: str) -> Parsed[OneInThreeInstance]:
        """DIMACS CNF with three positive literals a clause, or JSON {"variables": n, "clauses": [[…], …]} from 0."""
        as_json = is_json(text, suffix)
        read = self.instance_from_json(loads(text)) if as_json else _read_dimacs(text)
        content = f"{counted(read.variables, 'variable')}, {counted(len(read.clauses), 'clause')}"
        build = partial(OneInThreeInstance, read.variables, read.clauses)
        return Parsed("JSON" if as_json else "DIMACS CNF", content, build)


def _read_dimacs(text: str) -> OneInThreeInstance:
    """Three positive literals of distinct variables in every clause."""
    formula = read_cnf(text)
    for line, clause in zip(formula.lines, formula.clauses, strict=True):
        try:
            _require_positive(clause)
        except InvalidInstance as problem:
            raise InvalidInstance(f"line {line}: {problem}") from None
    return OneInThreeInstance(formula.variables, tuple(tuple(v - 1 for v in clause) for clause in formula.clauses))


def _require_positive(clause: tuple[int, ...]) -> None:
    for literal in clause:
        if literal < 0:
            raise InvalidInstance(f"the literal {literal} is negative: the formula must be positive")
    if len(clause) != 3:
        raise InvalidInstance(f"a clause has {len(clause)} literals, not three")
    for v in clause:
        if clause.count(v) > 1:
            raise InvalidInstance(f"the variable {v} is repeated in a clause")


ONE_IN_THREE = OneInThree()
