"""3-SAT → positive one-in-three SAT, without padding."""

from __future__ import annotations

from collections.abc import Iterator

from relucert.reductions.classics.linear_time import LinearTime
from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size, formulas
from relucert.reductions.json_text import json_count
from relucert.reductions.problems.one_in_three import ONE_IN_THREE, Clauses, OneInThreeInstance
from relucert.reductions.problems.sat import Clause, TrueVariables
from relucert.reductions.problems.three_sat import THREE_SAT, ThreeSatInstance


class ThreeSatToOneInThree(LinearTime[ThreeSatInstance, OneInThreeInstance]):
    """Clauses of at most three literals are satisfiable iff these positive clauses are one-in-three satisfiable.

    Construction. (p, q, r) says that exactly one of p, q, r is true. There is a variable for each variable x of the
    formula. As far as they are needed, there are also

        constants t, f, g, h:      (t, f, g), (t, f, h), (t, g, h)
        a variable x̄ for ¬x:       (x, x̄, f)

    With λ for the variable x or x̄ of a literal, and λ̄ for that of its negation, the clauses of the formula become

        ()                  (f, g, h)
        (x)                 (x, f, g)
        (¬x)                (x, t, f)
        (λ₁ ∨ λ₂)           (λ̄₁, λ̄₂, u)                            with a new u
        (λ₁ ∨ λ₂ ∨ λ₃)      (λ̄₁, a, b), (λ₂, b, c), (λ̄₃, c, d)     with new a, b, c, d

    where λ₂, the middle one of three, is the first positive literal if there is one, and else the second literal; the
    others follow in their order. Variables: those of the formula, t, f, g, h if anything needs one of them, the x̄ that
    are needed by increasing x, then the new ones of each clause.

    Constants. (t, f, g) and (t, f, h) make g and h equal. They are not both true in (t, g, h), so both are false, t is
    true and f false. Hence x̄ = ¬x, (x, f, g) says x, (x, t, f) says ¬x, and (f, g, h) cannot be.

    Forward. The constants and x̄ get these values. For two literals, u is true iff both are. For three, b = λ₁ ∧ ¬λ₂
    and c = ¬λ₁ ∧ ¬λ₂, so that exactly one of λ₂, b, c is true; a = λ₁ ∧ ¬b and d = λ₃ ∧ ¬c. If λ₁ is false then λ̄₁ is
    the only true one of its clause; if it is true, it is a or b. If λ₃ is false then so is c, because the clause is
    satisfied, and λ̄₃ is the only true one; if it is true, it is c or d.

    Backward. The variables of the formula that are true. In any solution of the target the constants and the x̄ have
    the values above, so clauses of at most one literal are satisfied. Were both of two literals false, λ̄₁ and λ̄₂ would
    both be true. Were three false, λ̄₁ and λ̄₃ would be true, hence b and c false, and (λ₂, b, c) would have no true one.

    Size. Let N be the number of x̄, m_ℓ that of clauses of ℓ literals, and k = 1 if N + m₀ + m₁ > 0, else 0. There are
    n + 4k + N + m₂ + 4m₃ variables and 3k + N + m₀ + m₁ + m₂ + 3m₃ clauses. No gadget can be smaller: variables
    and clauses together, neither constants nor negations nor these clauses of two and three literals can be had for
    less, even where all the others are given (tests/classics/test_gadgets.py tries everything smaller).

    >>> r = ThreeSatToOneInThree()
    >>> yes = ThreeSatInstance(3, ((1, -2, -3), (-1, 3)))
    >>> r.reduce(yes).clauses
    ((3, 4, 5), (3, 4, 6), (3, 5, 6), (2, 7, 4), (1, 8, 9), (0, 9, 10), (2, 10, 11), (0, 7, 12))
    >>> image = r.forward(yes, (1, 3))
    >>> image, ONE_IN_THREE.accepts(r.reduce(yes), image), r.backward(yes, image)
    ((0, 2, 3, 8), True, (1, 3))

    (x)(¬x) becomes five clauses over five variables, which nothing satisfies:

    >>> from itertools import combinations
    >>> no = r.reduce(ThreeSatInstance(1, ((1,), (-1,))))
    >>> no
    OneInThreeInstance(variables=5, clauses=((1, 2, 3), (1, 2, 4), (1, 3, 4), (0, 2, 3), (0, 1, 2)))
    >>> any(ONE_IN_THREE.accepts(no, true) for size in range(6) for true in combinations(range(5), size))
    False

    Deviations. Schaefer derives the hardness from a classification, and his clauses have negations; the gadget of
    three literals is the usual one, but with negations as variables and these constants the rest is ours.
    """

    name = "three-sat-to-one-in-three"
    source = THREE_SAT
    target = ONE_IN_THREE
    reference = "Schaefer, STOC 1978 (ONE-IN-THREE SATISFIABILITY)"
    sizes = formulas(
        variables="≤ 2*variables + 4*literals//3 + 4",
        clauses="≤ variables + clauses + 2*(literals//3) + 3",
    )

    def reduce(self, instance: ThreeSatInstance) -> OneInThreeInstance:
        layout = Layout(instance)
        return OneInThreeInstance(layout.variables, tuple(layout.clauses()))

    def forward(self, instance: ThreeSatInstance, witness: TrueVariables) -> TrueVariables:
        layout, true = Layout(instance), set(witness)
        image = [v - 1 for v in witness]
        image += [layout.constants] * layout.constant  # t
        image += (bar for x, bar in layout.bars.items() if x not in true)
        for clause, new in layout.gadgets():
            first, *_, last = values = [(literal > 0) == (abs(literal) in true) for literal in clause]
            if len(clause) == 2:
                image += [new] * (first and last)
                continue
            b, c = first and not values[1], not first and not values[1]
            image += (new + i for i, v in enumerate((first and not b, b, c, last and not c)) if v)
        return tuple(image)

    def backward(self, instance: ThreeSatInstance, witness: TrueVariables) -> TrueVariables:
        return tuple(v + 1 for v in witness if v < instance.variables)

    def stages(self, instance: ThreeSatInstance) -> Iterator[Size]:
        layout = Layout(instance)
        of = [0, 0, 0, 0]  # the number of clauses of each length
        for clause in instance.clauses:
            of[len(clause)] += 1
        clauses = 3 * layout.constant + len(layout.bars) + of[0] + of[1] + of[2] + 3 * of[3]
        measures = {"variables": json_count(layout.variables, "variables"), "clauses": clauses}
        yield Size(measures, OBJECT + TUPLE * (clauses + 1) + INTEGER * (3 * clauses + 1))


class Layout:
    """Which variables there are, from 0.

    constant: whether there are constants; constants: the number of t, before those of f, g, h. bars: x → x̄. new: the
    first of the new variables of clauses. variables: how many there are in all.
    """

    def __init__(self, instance: ThreeSatInstance) -> None:
        self.instance = instance
        negated, short, new = set[int](), False, 0
        for clause in instance.clauses:
            short = short or len(clause) < 2
            new += (0, 0, 1, 4)[len(clause)]
            if len(clause) > 1:
                first, *middle, last = in_order(clause)
                negated.update(literal for literal in (first, last, *(-literal for literal in middle)) if literal > 0)
        self.constant = short or bool(negated)
        self.constants = instance.variables
        start = self.constants + 4 * self.constant
        self.bars = {x: start + i for i, x in enumerate(sorted(negated))}
        self.new = start + len(self.bars)
        self.variables = self.new + new

    def variable(self, literal: int) -> int:
        """The variable x or x̄ of a literal."""
        return literal - 1 if literal > 0 else self.bars[-literal]

    def gadgets(self) -> Iterator[tuple[Clause, int]]:
        """The clauses of two and three literals in order of use, each with the first of its new variables."""
        new = self.new
        for clause in self.instance.clauses:
            if len(clause) > 1:
                yield in_order(clause), new
                new += 1 if len(clause) == 2 else 4

    def clauses(self) -> Iterator[tuple[int, ...]]:
        t, f, g, h = range(self.constants, self.constants + 4)
        if self.constant:
            yield from ((t, f, g), (t, f, h), (t, g, h))
        for x, bar in self.bars.items():
            yield x - 1, bar, f
        gadgets = self.gadgets()
        for clause in self.instance.clauses:
            if len(clause) == 0:
                yield f, g, h
            elif len(clause) == 1:
                yield (clause[0] - 1, f, g) if clause[0] > 0 else (-clause[0] - 1, t, f)
            else:
                yield from self._gadget(*next(gadgets))

    def _gadget(self, clause: Clause, new: int) -> Clauses:
        first, *middle, last = clause
        not_first, not_last = self.variable(-first), self.variable(-last)
        if not middle:
            return ((not_first, not_last, new),)
        a, b, c, d = range(new, new + 4)
        return (not_first, a, b), (self.variable(middle[0]), b, c), (not_last, c, d)


def in_order(clause: Clause) -> Clause:
    """Two or three literals as the gadget takes them: with three, the middle one positive if any is.

    >>> in_order((-1, -2, 3)), in_order((1, 2, -3)), in_order((-1, -2, -3))
    ((-1, 3, -2), (2, 1, -3), (-1, -2, -3))
    """
    if len(clause) == 2:
        return clause
    middle = next((literal for literal in clause if literal > 0), clause[1])
    first, last = (literal for literal in clause if literal != middle)
    return first, middle, last
