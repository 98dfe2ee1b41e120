"""SAT → 3-SAT: long clauses become chains of clauses of three literals."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.classics.linear_time import LinearTime
from relucert.reductions.cost import Size, formulas
from relucert.reductions.problems.sat import SAT, Clause, SatInstance, TrueVariables, formula_size
from relucert.reductions.problems.three_sat import THREE_SAT, ThreeSatInstance


class SatToThreeSat(LinearTime[SatInstance, ThreeSatInstance]):
    """A formula is satisfiable iff its clauses, each longer one cut into pieces of three literals, are.

    Construction. A clause of at most three literals remains as it is. A clause of ℓ > 3 literals λ₁, …, λ_ℓ becomes,
    with ℓ − 3 new variables,

        (λ₁ ∨ λ₂ ∨ y₁), (¬y₁ ∨ λ₃ ∨ y₂), …, (¬y_{ℓ−4} ∨ λ_{ℓ−2} ∨ y_{ℓ−3}), (¬y_{ℓ−3} ∨ λ_{ℓ−1} ∨ λ_ℓ).

    New variables are numbered after the old ones, in the order of the clauses. (So ¬y stands last in its clause.)

    Forward. The old variables keep their values, and y_i is true iff λ₁, …, λ_{i+1} are all false. Then the piece that
    introduces y_i is satisfied: if y_i is false, one of these literals is true; it is in this piece, or, being earlier,
    it makes y_{i−1} false. In the last piece, if y_{ℓ−3} is true, the true literal of the clause is λ_{ℓ−1} or λ_ℓ.

    Backward. The values of the old variables. In any solution of the target, if all literals of a long clause were
    false, its first piece would make y₁ true, each further one the next, and the last piece would be false.

    Size. n + Σ max(0, ℓ − 3) variables, m + Σ max(0, ℓ − 3) clauses, and 2 Σ max(0, ℓ − 3) literals more than before.

    >>> r = SatToThreeSat()
    >>> yes = SatInstance(5, ((1, 2, -3, 4, 5), (-1,)))
    >>> r.reduce(yes)
    ThreeSatInstance(variables=7, clauses=((1, 2, 6), (-3, -6, 7), (4, 5, -7), (-1,)))
    >>> image = r.forward(yes, (3, 5))
    >>> image, THREE_SAT.accepts(r.reduce(yes), image), r.backward(yes, image)
    ((3, 5, 6, 7), True, (3, 5))

    If each variable is ruled out in turn, none of the assignments to the two new variables helps:

    >>> no = SatInstance(5, ((1, 2, 3, 4, 5), (-1,), (-2,), (-3,), (-4,), (-5,)))
    >>> any(THREE_SAT.accepts(r.reduce(no), new) for new in ((), (6,), (7,), (6, 7)))
    False

    Deviations. Karp, and Garey and Johnson, pad shorter clauses to three literals or do not need to; here clauses of
    at most three literals, the empty one included, are left alone.
    """

    name = "sat-to-three-sat"
    source = SAT
    target = THREE_SAT
    reference = "Karp 1972, problem 11; Garey, Johnson 1979, Theorem 3.1"
    sizes = formulas(
        variables="≤ variables + max(0, literals - 3)",
        clauses="≤ clauses + max(0, literals - 3)",
        literals="≤ literals + 2*max(0, literals - 3)",
    )

    def reduce(self, instance: SatInstance) -> ThreeSatInstance:
        fresh, clauses = instance.variables, list[Clause]()
        for clause in instance.clauses:
            rest = clause
            if len(clause) > 3:
                fresh += 1
                clauses.append((*clause[:2], fresh))
                for literal in clause[2:-2]:
                    clauses.append((literal, -fresh, fresh + 1))
                    fresh += 1
                rest = (*clause[-2:], -fresh)
            clauses.append(rest)
        return ThreeSatInstance(fresh, tuple(clauses))

    def forward(self, instance: SatInstance, witness: TrueVariables) -> TrueVariables:
        true, fresh, new = set(witness), instance.variables, list[int]()
        for clause in instance.clauses:
            first = next(i for i, literal in enumerate(clause) if (literal > 0) == (abs(literal) in true))
            cuts = max(0, len(clause) - 3)
            new += range(fresh + 1, fresh + 1 + min(cuts, max(0, first - 1)))
            fresh += cuts
        return (*witness, *new)

    def backward(self, instance: SatInstance, witness: TrueVariables) -> TrueVariables:
        return tuple(v for v in witness if v <= instance.variables)

    def stages(self, instance: SatInstance) -> Iterator[Size]:
        cuts = sum(max(0, len(clause) - 3) for clause in instance.clauses)
        literals = sum(map(len, instance.clauses)) + 2 * cuts
        yield formula_size(instance.variables + cuts, len(instance.clauses) + cuts, literals)
