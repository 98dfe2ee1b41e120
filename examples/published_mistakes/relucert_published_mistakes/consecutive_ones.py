"""Consecutive ones submatrix: Garey, Johnson 1979, SR14."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional
from relucert.certificates.kernel import Formula, atom_words, clause_words, pseudo_boolean_words
from relucert.certificates.properties import Property
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.json_text import json_count, json_fields, json_int, json_list
from relucert_published_mistakes.listed import ListedProblem, Numbers, rows


@dataclass(frozen=True)
class MatrixInstance:
    """A matrix of zeros and ones by its rows, and how many of its columns are to be kept."""

    rows: tuple[Numbers, ...]
    columns: int
    keep: int

    def __post_init__(self) -> None:
        if any(len(row) != self.columns or not {*row} <= {0, 1} for row in self.rows):
            raise InvalidInstance(f"expected rows of {self.columns} zeros and ones")

    def column(self, c: int) -> int:
        """The rows in which a column has a one, as bits."""
        return sum(row[c] << r for r, row in enumerate(self.rows))


class ConsecutiveOnesSubmatrix(ListedProblem[MatrixInstance]):
    """Decide whether so many columns, in some order, have the ones of every row next to each other. It lists them.

    >>> rows = MatrixInstance(((1, 0, 1), (0, 1, 1)), columns=3, keep=3)
    >>> [CONSECUTIVE_ONES_SUBMATRIX.accepts(rows, kept) for kept in ((0, 2, 1), (0, 1, 2), (0, 1))]
    [True, False, False]
    """

    name = "consecutive-ones-submatrix"
    items = "keep"

    def accepts(self, instance: MatrixInstance, witness: Numbers) -> bool:
        if len({*witness}) < len(witness) or any(c not in range(instance.columns) for c in witness):
            raise InvalidInstance("a submatrix lists distinct columns")
        kept = ("".join(str(row[c]) for c in witness) for row in instance.rows)
        return len(witness) == instance.keep and all("0" not in ones.strip("0") for ones in kept)

    def size(self, instance: MatrixInstance) -> Size:
        return matrix_size(len(instance.rows), instance.columns, instance.keep)

    def instance_to_json(self, instance: MatrixInstance) -> Any:
        matrix = [list(row) for row in instance.rows]
        return {"columns": instance.columns, "keep": instance.keep, "rows": matrix}

    def instance_from_json(self, data: Any) -> MatrixInstance:
        data = json_fields(data, {"columns", "keep", "rows"})
        matrix = (json_list(row, "row") for row in json_list(data["rows"], "rows"))
        checked = tuple(tuple(json_int(entry, "entry", 0) for entry in row) for row in matrix)
        return MatrixInstance(checked, json_count(data["columns"], "columns"), json_count(data["keep"], "keep"))


def matrix_size(rows_: int, columns: int, keep: int) -> Size:
    return Size({"rows": rows_, "columns": columns, "keep": keep}, rows(rows_, rows_ * columns, 60))


CONSECUTIVE_ONES_SUBMATRIX = ConsecutiveOnesSubmatrix()


class ConsecutiveOnesEncoding(Propositional[MatrixInstance, Numbers]):
    """Atom 1 + c: column c is kept. Then, for c < d in order, an atom: c stands before d. That is a linear order.

    At least `keep` columns are kept, and no kept one stands between two others with a one in a row where it has none.
    Columns that are not kept may stand anywhere: of a submatrix, behind it. If too many are kept, some may be dropped.
    """

    problem = CONSECUTIVE_ONES_SUBMATRIX

    def words(self, instance: MatrixInstance, choice: Any, claimed: Property = ()) -> int:
        n = instance.columns
        atoms = n * (n + 1) // 2 * (atom_words(0) + 20)
        clauses = n**3 * (clause_words(5) + 10) + 8 * n * (len(instance.rows) + 10)
        return 200 + atoms + clauses + pseudo_boolean_words(n)

    def of(self, instance: MatrixInstance) -> Formula:
        formula, columns = Formula(), range(instance.columns)
        kept = [formula.new_atom() for _column in columns]
        atom = {pair: formula.new_atom() for pair in combinations(columns, 2)}

        def before(c: int, d: int) -> int:
            return atom[c, d] if c < d else -atom[d, c]

        for c, d, e in combinations(columns, 3):  # no cycle
            formula.add_clause(-before(c, d), -before(d, e), -before(e, c))
            formula.add_clause(-before(d, c), -before(e, d), -before(c, e))
        ones = [instance.column(c) for c in columns]
        for c, d, e in permutations(columns, 3):
            if ones[c] & ones[e] & ~ones[d]:
                formula.add_clause(-kept[c], -kept[d], -kept[e], -before(c, d), -before(d, e))
        formula.add_pseudo_boolean(dict.fromkeys(kept, 1), instance.keep)
        return formula

    def values(self, instance: MatrixInstance, witness: Numbers) -> Assignment:
        order = [*witness, *(c for c in range(instance.columns) if c not in witness)]
        place = {c: i for i, c in enumerate(order)}
        pairs = combinations(range(instance.columns), 2)
        first = 1 + instance.columns
        true = {first + k for k, (c, d) in enumerate(pairs) if place[c] < place[d]}
        return Assignment({}, frozenset(true | {1 + c for c in witness}))
