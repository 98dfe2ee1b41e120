"""Z3's reading of formulas and steps: does a step follow from what it cites?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import z3
from independent import satisfiable

from relucert.certificates.kernel import Formula


class Meaning:
    """Z3's reading of atoms and constraints, by their numbers."""

    def __init__(self, formula: Formula) -> None:
        self.last_id = formula.last_id
        self.atoms: dict[int, Any] = {}
        for atom, linear in formula.atoms.items():
            self.atoms[atom] = z3.Bool(f"p{atom}")
            if linear is not None:
                self.atoms[atom] = inequality(linear.terms, linear.bound, linear.strict)
        self.constraints = {number: self.clause(literals) for number, literals in formula.clauses.items()}
        for number, constraint in formula.pseudo_booleans.items():
            self.constraints[number] = self.at_least(constraint.terms.items(), constraint.degree)
        self.squares = {}  # number -> (q, e) of the constraint q ≥ e²
        for number, square in formula.squares.items():
            total = z3.Sum(z3.RealVal(0), *(a * z3.Real(f"x{v}") for v, a in square.terms))
            self.squares[number] = (z3.Real(f"x{square.variable}"), (total - square.constant) / square.scale)

    def everything(self) -> list[Any]:
        """All constraints, the squares among them."""
        return [*self.constraints.values(), *(q >= e * e for q, e in self.squares.values())]

    def literal(self, literal: int) -> Any:
        return self.atoms[literal] if literal > 0 else z3.Not(self.atoms[-literal])

    def clause(self, literals: Iterable[int]) -> Any:
        return z3.Or([self.literal(at) for at in literals])

    def at_least(self, terms: Iterable[Iterable[int]], degree: int) -> Any:
        return z3.Sum(z3.IntVal(0), *(z3.If(self.literal(at), c, 0) for at, c in terms)) >= degree

    def take(self, other: Meaning) -> None:
        """What is known there besides."""
        self.atoms, self.constraints = other.atoms | self.atoms, other.constraints | self.constraints

    def apply(self, step: Any) -> bool:
        """Take in a step given as JSON: does what it derives follow from what it cites, and are its numbers fresh?"""
        step = {"id": self.last_id + 1, "units": (), **step}
        if "atom" in step:
            strict = "lt" in step
            return self._introduce(step["atom"], inequality(step["lt" if strict else "le"], step["bound"], strict))
        if "define" in step:
            fresh = self._introduce(step["define"], z3.Bool(f"p{step['define']}"))
            whole = [(-step["define"], at) for at in step["and"]]
            whole.append((step["define"], *(-at for at in step["and"])))
            learned = [self._learn(step["id"] + i, self.clause(c)) for i, c in enumerate(whole)]
            return fresh and all(learned)
        if "tangent" in step:  # (e − c)² ≥ 0, multiplied out
            (q, e), c = self.squares[step["tangent"]], z3.Q(*Fraction(step["at"]).as_integer_ratio())
            derived = q >= 2 * c * e - c * c
            fresh = self._introduce(step["as"], derived)
            return self._learn(step["id"], derived) and fresh and unsatisfiable([q >= e * e, z3.Not(derived)])
        if "count" in step:
            derived, cited = self.at_least(step["count"], step["degree"]), [i for i, _ in step["from"]]
        elif "farkas" in step:
            derived = self.clause(step["farkas"])
            cited = [unit if type(unit) is int else unit[0] for unit in step["units"]]
            squares = [self.squares[s] for s, _, _ in step.get("tangents", ())]
            follows = unsatisfiable(
                [*(self.constraints[i] for i in cited), *(q >= e * e for q, e in squares), z3.Not(derived)]
            )
            return self._learn(step["id"], derived) and follows
        else:
            derived, cited = self.clause(step["rup"]), step["hints"]
        follows = unsatisfiable([*(self.constraints[i] for i in cited), z3.Not(derived)])
        return self._learn(step["id"], derived) and follows

    def _introduce(self, atom: int, meaning: Any) -> bool:
        fresh = atom not in self.atoms
        self.atoms[atom] = meaning
        return fresh

    def _learn(self, number: int, constraint: Any) -> bool:
        fresh = number > self.last_id
        self.constraints[number], self.last_id = constraint, number
        return fresh


def inequality(terms: Iterable[Iterable[int]], bound: int, strict: bool) -> Any:
    total = z3.Sum([z3.RealVal(0), *(a * z3.Real(f"x{v}") for v, a in terms)])
    return total < bound if strict else total <= bound


def unsatisfiable(constraints: Sequence[Any]) -> bool:
    """Quickly, in the context that everything shares; what is unknown there is asked again in one of its own."""
    solver = z3.Solver()
    solver.add(*constraints)
    answer = solver.check()
    return not satisfiable(constraints, linear=False) if answer == z3.unknown else answer == z3.unsat
