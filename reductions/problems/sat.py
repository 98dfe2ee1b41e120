"""Satisfiability: can variables be set so that every clause has a true literal?

Source: Cook 1971; Karp 1972, problem 1; Garey, Johnson 1979, LO1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar, TypeVar

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.formats.dimacs_cnf import read_cnf
from relucert.reductions.json_text import is_json, json_count, json_fields, json_int, json_list, loads
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import LITERAL, NATURAL, POSITIVE, described, listed, members

TrueVariables = tuple[int, ...]
Clause = tuple[int, ...]


@dataclass(frozen=True)
class SatInstance:
    """Variables 1, …, variables; clauses of literals ±variable, by increasing variable, in the order of the input.

    The literals of a clause have distinct variables. Clauses may be empty, which nothing satisfies, and repeated.
    """

    variables: int
    clauses: tuple[Clause, ...]

    longest: ClassVar[int | None] = None  # clause that is allowed; None: of any length

    def __post_init__(self) -> None:
        json_count(self.variables, "variables")
        for i, clause in enumerate(self.clauses):
            if not all(u < v for u, v in pairwise((0, *map(abs, clause), self.variables + 1))):
                most = shorten(self.variables)
                raise InvalidInstance(f"clause {i}: variables must be distinct and increase within 1..{most}")
            self.require_short(clause, f"clause {i}")

    @classmethod
    def require_short(cls, clause: Clause, place: str) -> None:
        if cls.longest is not None and len(clause) > cls.longest:
            raise InvalidInstance(f"{place}: {len(clause)} distinct variables, a clause has at most {cls.longest}")


F = TypeVar("F", bound=SatInstance)


CLAUSE = listed(LITERAL, distinct=True)


class Satisfiability(Problem[F, TrueVariables]):
    """Decide whether some assignment satisfies a formula of a class. The witness lists the true variables."""

    witness_shape = described("The true variables.", listed(POSITIVE, distinct=True))
    items = "variables"
    formula: type[F]

    def accepts(self, instance: F, witness: TrueVariables) -> bool:
        if not all(u < v for u, v in pairwise((0, *witness, instance.variables + 1))):
            raise InvalidInstance("an assignment lists distinct true variables, from 1, in increasing order")
        true = set(witness)
        return all(any((literal > 0) == (abs(literal) in true) for literal in c) for c in instance.clauses)

    def work(self, instance: F, witness: TrueVariables) -> int:
        return 20 + 2 * len(witness) + sum(3 + 2 * len(clause) for clause in instance.clauses)

    def size(self, instance: F) -> Size:
        """Variables, clauses, and literals in all clauses."""
        return formula_size(instance.variables, len(instance.clauses), sum(map(len, instance.clauses)))

    def sought(self, instance: F) -> str:
        n, m = counted(instance.variables, "variable"), counted(len(instance.clauses), "clause")
        return f"assignment of the {n} satisfies the {m}"

    def instance_to_json(self, instance: F) -> Any:
        return {"clauses": [list(clause) for clause in instance.clauses], "variables": instance.variables}

    def instance_from_json(self, data: Any) -> F:
        return self.formula(*_parts(data))

    def witness_to_json(self, witness: TrueVariables) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> TrueVariables:
        return tuple(json_int(v, "variable", 1) for v in json_list(data, "true variables"))

    def parse(self, text: str, suffix: str) -> Parsed[F]:
        """DIMACS CNF, or JSON {"variables": n, "clauses": [[…], …]} with the literals of DIMACS.

        Neither a literal that a clause repeats nor a clause with a variable and its negation says anything: the first
        is merged, the second is left out, and both are remarked on.
        """
        as_json = is_json(text, suffix)
        if as_json:
            variables, clauses = _parts(loads(text))
            places = [f"clause {i}" for i in range(len(clauses))]
            for place, clause in zip(places, clauses, strict=True):
                if not all(1 <= abs(literal) <= variables for literal in clause):
                    raise InvalidInstance(f"{place}: literals are ±1..±{shorten(variables)}")
        else:
            cnf = read_cnf(text)
            variables, clauses, places = cnf.variables, tuple(cnf.clauses), [f"line {line}" for line in cnf.lines]
        kept = []
        for place, clause in zip(places, clauses, strict=True):
            literals = tuple(sorted(set(clause), key=lambda literal: (abs(literal), literal)))
            if all(u != -v for u, v in pairwise(literals)):
                self.formula.require_short(literals, place)
                kept.append(literals)
        content = f"{counted(variables, 'variable')}, {counted(len(kept), 'clause')}"
        build = partial(self.formula, variables, tuple(kept))
        return Parsed("JSON" if as_json else "DIMACS CNF", content, build, remarks=_remarks(clauses, places, kept))


def _parts(data: Any) -> tuple[int, tuple[Clause, ...]]:
    data = json_fields(data, {"clauses", "variables"})
    variables = json_count(data["variables"], "variables")
    rows = (json_list(clause, "clause") for clause in json_list(data["clauses"], "clauses"))
    return variables, tuple(tuple(json_int(literal, "literal") for literal in row) for row in rows)


def _remarks(clauses: Iterable[Clause], places: Iterable[str], kept: list[Clause]) -> list[str]:
    clauses = list(clauses)
    remarks = [
        f"{place}: the clause is empty, so no assignment satisfies it"
        for place, clause in zip(places, clauses, strict=True)
        if not clause
    ][:1]
    if repeated := sum(len(clause) - len(set(clause)) for clause in clauses):
        remarks.append(f"{counted(repeated, 'repeated literal')} merged")
    if dropped := len(clauses) - len(kept):
        remarks.append(f"{counted(dropped, 'clause')} with a variable and its negation left out")
    return remarks


def formula_size(variables: int, clauses: int, literals: int) -> Size:
    measures = {"variables": json_count(variables, "variables"), "clauses": clauses, "literals": literals}
    return Size(measures, OBJECT + TUPLE * (clauses + 1) + INTEGER * (literals + 1))


class Sat(Satisfiability[SatInstance]):
    """Decide whether some assignment satisfies a formula in conjunctive normal form.

    >>> instance = SatInstance(3, ((1, 2, -3), (-1,), (3,)))
    >>> [SAT.accepts(instance, true) for true in ((2, 3), (3,), (1, 2, 3))]
    [True, False, False]
    """

    name = "sat"
    instance_shape = members(variables=NATURAL, clauses=listed(CLAUSE))
    formula = SatInstance


SAT = Sat()
