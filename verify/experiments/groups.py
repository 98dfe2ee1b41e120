"""Random groups of clauses, and the randomisation that turns a formula into a sample [DV20, Section 4; DLS14].

A literal is ±1, …, ±n, a clause a tuple of K literals of distinct variables, a group a tuple of M clauses. Label 0
says that all clauses of the group hold, label 1 that one is violated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance

Clause = tuple[int, ...]
Group = tuple[Clause, ...]
Assignment = Sequence[int]  # ±1 for each variable

SCATTERED, UNIFORM, ODD = "scattered", "uniform", "odd"  # where a sample comes from
OWN, KEPT, REUSED = "own", "kept", "reused"  # how groups take clauses from a formula


@dataclass(frozen=True)
class Sample:
    """m groups of M clauses with K literals over n variables, and their labels."""

    n: int
    groups: tuple[Group, ...]
    labels: tuple[int, ...]


def true_literals(psi: Assignment, clause: Clause) -> int:
    return sum((literal > 0) == (psi[abs(literal) - 1] > 0) for literal in clause)


def holds(psi: Assignment, group: Group) -> bool:
    return all(true_literals(psi, clause) for clause in group)


def fits(psi: Assignment, sample: Sample) -> bool:
    """Whether ψ satisfies exactly the groups with label 0; that is, whether the sign filter (ψ, 1) fits."""
    return all(holds(psi, group) == (label == 0) for group, label in zip(sample.groups, sample.labels, strict=True))


# --------------------------------------------------------------------------------------------------------------- draws


def draw_clause(n: int, width: int, coins: Coins) -> Clause:
    """Uniform: distinct variables, independent signs."""
    variables: list[int] = []
    while len(variables) < width:
        if (v := coins.below(n) + 1) not in variables:
            variables.append(v)
    return tuple(v * coins.sign() for v in variables)


def draw_planted(n: int, width: int, psi: Assignment, planting: str, coins: Coins) -> Clause:
    """Uniform among the clauses that hold under ψ (UNIFORM), or of which an odd number of literals is true (ODD)."""
    clause = draw_clause(n, width, coins)
    while not (true_literals(psi, clause) if planting == UNIFORM else true_literals(psi, clause) % 2):
        clause = tuple(literal * coins.sign() for literal in clause)
    return clause


def draw_group(n: int, width: int, size: int, coins: Coins) -> Group:
    return tuple(draw_clause(n, width, coins) for _ in range(size))


def draw_assignment(n: int, coins: Coins) -> tuple[int, ...]:
    return tuple(coins.sign() for _ in range(n))


def draw_formula(n: int, width: int, count: int, planting: str, coins: Coins) -> tuple[tuple[int, ...], list[Clause]]:
    """ψ and that many clauses which ψ satisfies."""
    psi = draw_assignment(n, coins)
    return psi, [draw_planted(n, width, psi, planting, coins) for _ in range(count)]


def randomise(n: int, formula: Sequence[Clause], group_size: int, groups: int, coins: Coins) -> Sample:
    """The sample of a formula. Raises InvalidInstance if it has fewer clauses than groups · group_size.

    Group i owns the clauses iM, …, (i+1)M − 1 of the formula. Its label is a fair coin; 0 keeps them, 1 replaces them
    by fresh ones. No clause is used twice: of a uniform formula every group is then uniform, whatever the labels, so
    the sample is scattered. If ψ satisfies the formula, ψ fits unless a fresh group happens to hold.
    """
    if len(formula) < group_size * groups:
        raise InvalidInstance(
            f"{groups} groups of {group_size} clauses need {group_size * groups}, the formula has {len(formula)}, "
            "and a clause must not be used twice"
        )
    labels = tuple(coins.bits(1) for _ in range(groups))
    fresh = [draw_group(n, len(formula[0]), group_size, coins) for _ in range(groups)]
    return Sample(n, assemble(formula, group_size, labels, fresh), labels)


def assemble(
    formula: Sequence[Clause], group_size: int, labels: Sequence[int], fresh: Sequence[Group], use: str = OWN
) -> tuple[Group, ...]:
    """The groups: those of the formula where the label is 0, fresh ones where it is 1.

    use: OWN: group i has place i in the formula; KEPT: groups with label 0 take the next place; REUSED: they all take
    the first, which is wrong (`factors` finds it).
    """
    groups = []
    for i, label in enumerate(labels):
        place = {OWN: i, KEPT: list(labels[:i]).count(0), REUSED: 0}[use] * group_size
        groups.append(fresh[i] if label else tuple(formula[place : place + group_size]))
    return tuple(groups)


def draw_sample(n: int, width: int, group_size: int, groups: int, source: str, coins: Coins) -> Sample:
    """A scattered sample, or one that the filter (ψ, 1) fits, with labels that are fair coins.

    In the latter the clauses of label 0 are planted, and a group of label 1 is uniform among those that ψ violates.
    """
    if source == SCATTERED:
        labels = tuple(coins.bits(1) for _ in range(groups))
        return Sample(n, tuple(draw_group(n, width, group_size, coins) for _ in labels), labels)
    psi, formula = draw_formula(n, width, groups * group_size, source, coins)
    sample = randomise(n, formula, group_size, groups, coins)
    violated = []
    for group, label in zip(sample.groups, sample.labels, strict=True):
        while label and holds(psi, group):
            group = draw_group(n, width, group_size, coins)
        violated.append(group)
    return Sample(n, tuple(violated), sample.labels)


# -------------------------------------------------------------------------------------------------- exact probabilities


def probability_fits(width: int, group_size: int, groups: int) -> Fraction:
    """P(a fixed ψ that satisfies the formula fits its sample) = (1 − ½(1 − 2^−K)^M)^m.

    A group spoils it if its coin is 1 and all M fresh clauses hold, each with probability 1 − 2^−K; independent.
    """
    return (1 - (1 - Fraction(1, 2**width)) ** group_size / 2) ** groups


def least_group_size(width: int, groups: int, floor: Fraction) -> int:
    """The least M for which probability_fits is at least the floor, which is below 1.

    >>> [least_group_size(K, 20, Fraction(9, 10)) for K in (3, 2, 1)]
    [35, 16, 7]
    """
    size = 1
    while probability_fits(width, size, groups) < floor:
        size += 1
    return size


def bound_any_filter(n: int, groups: int) -> Fraction:
    """P(some sign filter (ψ, 1) fits a scattered sample) ≤ 2^(n − m).

    Each fits with probability 2^−m, whatever the points. The bound may exceed 1, and then says nothing.
    """
    return Fraction(2) ** (n - groups)


# ------------------------------------------------------------------------------------------------------- the key lemma

JointLaw = dict[tuple[tuple[Group, ...], tuple[int, ...]], int]


def all_clauses(n: int, width: int) -> list[Clause]:
    return [
        tuple(s * v for s, v in zip(signs, variables, strict=True))
        for variables in combinations(range(1, n + 1), width)
        for signs in product((1, -1), repeat=width)
    ]


def joint_law(n: int, width: int, group_size: int, groups: int, use: str) -> JointLaw:
    """How often each (points, labels) occurs over all uniform formulas, labels and fresh groups, put together by
    `assemble`, as `randomise` does.
    """
    every_group = list(product(all_clauses(n, width), repeat=group_size))
    law: JointLaw = {}
    for parts in product(every_group, repeat=groups):
        formula = [clause for part in parts for clause in part]
        for labels in product((0, 1), repeat=groups):
            for fresh in product(every_group, repeat=groups):
                points = assemble(formula, group_size, labels, fresh, use)
                law[points, labels] = law.get((points, labels), 0) + 1
    return law


def factors(law: JointLaw) -> tuple[bool, bool, bool]:
    """Whether points and labels are independent, the labels uniform, the points uniform."""
    total = sum(law.values())
    of_points: dict[tuple[Group, ...], int] = {}
    of_labels: dict[tuple[int, ...], int] = {}
    for (points, labels), count in law.items():
        of_points[points] = of_points.get(points, 0) + count
        of_labels[labels] = of_labels.get(labels, 0) + count
    independent = all(
        law.get((points, labels), 0) * total == a * b
        for points, a in of_points.items()
        for labels, b in of_labels.items()
    )
    fair = len(of_labels) == 2 ** len(next(iter(of_labels))) and len(set(of_labels.values())) == 1
    return independent, fair, len(set(of_points.values())) == 1
