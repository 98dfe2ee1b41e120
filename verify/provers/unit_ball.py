"""One ReLU in the unit ball and the squared error: a tree of activations, whose relaxations are linear programs.

Where all activations are known the problem is convex, and tangents of the squares close it. What matters is how the
output r of a sample is relaxed whose activation is not known: between max(0, z) and its chord over the interval in
which the pre-activation z can be at all. Linear programs find these intervals at the root, and each of their ends
becomes a unit clause. Then the tree branches on the sample whose square is most too small, for its multiplicity, and
adds tangents there; tangents hold everywhere. A leaf is a node whose linear program exceeds the threshold.

If the tree gets large, samples of two weights are also kept in the convex hull of both states in these weights, their
squares and the square of the sample, as an active one takes a share of the norm. What cuts a point off is a unit clause
as well, as both states imply it.

Linear programs are solved in floating point, and nothing they say is believed: their multipliers are rounded, what does
then not cancel is cancelled by bounds of single variables, and the sum is a contradiction in integers or the leaf is
none. The contradictions of all leaves, as clauses, are refuted as plain propositional clauses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, frexp, inf, ldexp
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from relucert.certificates.encodings.training import loss_variable, norm_variable, output_variable, weight_variable
from relucert.certificates.kernel import Formula, Linear, Tangent
from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.provers.base import Deadline, Refutation
from relucert.verify.provers.derivation import Derivation
from relucert.verify.provers.highs import simplex
from relucert.verify.provers.hull import envelope
from relucert.verify.provers.linear_facts import ROUND, Inexact, fact
from relucert.verify.provers.replay import TheoryClause, refute

FloatArray = NDArray[np.float64]

GRID = 1 << 12  # of the points of tangents
BITS = 32  # of multipliers
FINE = 20  # the bits of coefficients of cuts
NEAR = 1e-7  # by how much a square may be too small
ROUNDS = 40  # of tangents at a node
PATIENCE = 100  # leaves before hulls are looked at
WIDTH = 2  # how many weights a sample has at most whose hull is looked at
OUTSIDE = 2e-5  # how far a point has to be outside a hull
STEPS = 12  # of tangents for a cut of a hull


def seems_solvable(instance: TrainingInstance, starts: int = 40) -> bool:
    """Whether a few local minima, of starts that a seed draws, are within the threshold up to rounding.

    Then there is no use in a tree. Each step goes to the least squares in the ball with the activations of the point.
    """
    x = np.zeros((len(instance.samples), instance.dimension))
    for i, s in enumerate(instance.samples):
        for t, v in s.x:
            x[i, t] = v
    y = np.array([float(s.y) for s in instance.samples])
    m = np.array([float(s.multiplicity) for s in instance.samples])
    most, draws = float(instance.threshold) * (1 + 1e-9), np.random.default_rng(0)
    for _ in range(starts):
        w = draws.normal(size=instance.dimension)
        w /= max(1.0, float(np.linalg.norm(w)))
        active = None
        for _ in range(12):
            before, active = active, x @ w > 0
            if before is not None and (before == active).all():
                break
            on = m * active
            w = in_ball(x.T @ (on[:, None] * x), x.T @ (on * y))
            if m @ (np.maximum(x @ w, 0) - y) ** 2 <= most:
                return True
    return False


def in_ball(square: FloatArray, linear: FloatArray) -> FloatArray:
    """The w of norm at most 1 that minimises w·Aw − 2b·w, for a positive semidefinite A."""
    values, vectors = np.linalg.eigh(square)
    turned = vectors.T @ linear
    shift = 0.0
    for _ in range(20):  # Newton's method for the shift of A that brings the norm down to 1
        divisor = values + shift
        w = np.where(divisor > 1e-12, turned / np.maximum(divisor, 1e-12), 0.0)
        norm = float(np.sqrt(w @ w))
        if norm <= 1 + 1e-14:
            break
        shift += norm**2 * (norm - 1) / float((w * w / np.maximum(divisor, 1e-12)).sum())
    return np.asarray(vectors @ w)


class Tree(Derivation):
    """Kernel variables are the columns of the linear program; rows are literals, unit clauses or those of a state."""

    def __init__(self, instance: TrainingInstance, case: int, formula: Formula, deadline: Deadline) -> None:
        super().__init__(formula)
        self.instance, self.deadline = instance, deadline
        self.sign = 1 if case == 1 else -1
        self.samples, self.coordinates = range(len(instance.samples)), range(instance.dimension)
        units = [clause[0] for clause in formula.clauses.values() if len(clause) == 1]
        over = {literal: {v for v, _ in fact(formula, literal).terms} for literal in units}
        self.threshold = next(u for u in units if over[u] == {self.loss(i) for i in self.samples})
        self.unit_norm = next(u for u in reversed(units) if over[u] == {self.norm(t) for t in self.coordinates})
        self.z = [dict(fact(formula, self.first_atom(i)).terms) for i in self.samples]
        self.square = {square.variable: number for number, square in formula.squares.items()}
        self.lower: dict[int, int] = {}  # of a variable: the literal −v ≤ bound, which is an integer
        self.upper: dict[int, int] = {}
        self.ends: list[dict[int, Rational]] = [{} for _ in self.samples]  # of ±z: the least known upper bound
        self.touching: dict[tuple[int, Rational], int] = {}  # the tangents of squares by their points
        self.simple: dict[int, list[int]] = {
            i: [] for i in self.samples
        }  # what is known of the weights and the output of a sample
        self.with_hulls = False
        self.seen = 0  # rows that have been looked at for that
        self.program = Program(2 * (len(self.samples) + instance.dimension), deadline)
        self.theory: list[dict[int, int]] = []  # the contradictions of the leaves

    # ----------------------------------------------------------------------------------------------------- the encoding

    def first_atom(self, i: int) -> int:
        """SPEC.md, section 4.2: z ≤ 0, −r ≤ 0, z − λr ≤ 0, −z + λr ≤ 0, r ≤ 0."""
        return 1 + 5 * i

    def output(self, i: int) -> int:
        return output_variable(self.instance, i, 0)

    def loss(self, i: int) -> int:
        return loss_variable(self.instance, i)

    def weight(self, t: int) -> int:
        return weight_variable(self.instance, 0, t)

    def norm(self, t: int) -> int:
        return norm_variable(self.instance, 0, t)

    def literals(self, i: int, active: bool) -> tuple[int, int]:
        z = self.first_atom(i)
        return (-z, z + 3) if active else (z, z + 4)

    # --------------------------------------------------------------------------------------------------------- the root

    def imply(self, terms: Mapping[int, Rational], bound: Rational, facts: Mapping[int, int], times: int = 1) -> int:
        """The unit clause that this inequality holds, as the facts with their multipliers exceed it, taken so often."""
        atom = self.atom(terms, bound)
        if frozenset([atom]) not in self.numbers:
            self.combined((atom,), (times,), facts)
        self.program.hold(atom, fact(self.formula, atom))
        return atom

    def touch(self, variable: int, at: Rational) -> int:
        """The tangent of the square of this variable, a unit clause."""
        if (variable, at) not in self.touching:
            number = self.square[variable]
            step = Tangent(self.formula.last_id + 1, number, at, self.formula.last_atom + 1)
            self.touching[variable, at] = self.formula.new_atom(self.formula.squares[number].tangent(step.at))
            self.steps.append(step)
            self.learn((self.touching[variable, at],))
        return self.touching[variable, at]

    def tangent(self, variable: int, at: Rational) -> int | None:
        """The same as a row of the linear program, unless it is one already."""
        atom = self.touch(variable, at)
        if atom in self.program.always:
            return None
        self.program.hold(atom, fact(self.formula, atom))
        return atom

    def bounds(self) -> None:
        """Integer bounds of all variables; what rounding leaves of a sum is cancelled by them."""
        for literal in (self.threshold, self.unit_norm):
            self.program.hold(literal, fact(self.formula, literal))
        for v, number in self.square.items():
            zero = self.tangent(v, 0)
            assert zero is not None
            self.lower[v] = self.imply({v: -1}, 0, {zero: 1}, self.formula.squares[number].scale)
        for whole, variables in (
            (self.unit_norm, [*map(self.norm, self.coordinates)]),
            (self.threshold, [*map(self.loss, self.samples)]),
        ):
            said = fact(self.formula, whole)
            share = dict(said.terms)
            for v in variables:
                others = {self.lower[other]: m for other, m in share.items() if other != v}
                most = ceil(Fraction(said.bound, share[v]))
                self.upper[v] = self.imply({v: 1}, most, {whole: 1, **others}, share[v])
        for t in self.coordinates:
            for sign, side in ((1, self.upper), (-1, self.lower)):
                touching = self.tangent(self.norm(t), sign)
                assert touching is not None
                facts = {touching: 1, self.upper[self.norm(t)]: 1}
                side[self.weight(t)] = self.imply({self.weight(t): sign}, 1, facts, 2)
        for i in self.samples:
            z = self.first_atom(i)
            self.lower[self.output(i)] = z + 1
            for literal in (z + 1, z + 2):
                self.program.hold(literal, fact(self.formula, literal))
            for sign in (1, -1):
                most = sum(abs(a) for a in self.z[i].values())
                facts = {(self.upper if sign * a > 0 else self.lower)[v]: abs(a) for v, a in self.z[i].items()}
                self.narrow(i, sign, most, facts, 1)
            self.chord(i)
            whole = dict(fact(self.formula, z + 3).terms)[self.output(i)]  # λ
            most = ceil(Fraction(self.ends[i][1], whole))
            above = self.atom({self.output(i): 1}, most)
            if frozenset([above]) not in self.numbers:
                end = self.atom(self.z[i], self.ends[i][1])
                self.farkas((-(z + 3), above), end)
                self.farkas((-(z + 4), above))
                self.rup((above,), (-(z + 3), above), (-(z + 4), above), (z, z + 3), (-z, z + 4))
            self.upper[self.output(i)] = above
            self.program.hold(above, fact(self.formula, above))

    def narrow(self, i: int, sign: int, most: Rational, facts: Mapping[int, int], times: int) -> None:
        """sign·z ≤ most."""
        self.imply({v: sign * a for v, a in self.z[i].items()}, most, facts, times)
        self.ends[i][sign] = most

    def chord(self, i: int) -> None:
        """With L ≤ z ≤ U: λr ≤ U(z − L)/(U − L), or what is known of the activation."""
        high, low = self.ends[i][1], -self.ends[i][-1]
        z, r = self.first_atom(i), self.output(i)
        if high <= 0 or low > 0:
            known, other = (z, z + 4) if high <= 0 else (-z, z + 3)
            if frozenset([other]) not in self.numbers:
                if frozenset([known]) not in self.numbers:
                    end = self.atom(
                        {v: a if known > 0 else -a for v, a in self.z[i].items()}, high if known > 0 else -low
                    )
                    self.farkas((known,), end)
                self.rup((other,), (known,), (-known, other))
                for literal in (known, other):
                    self.program.hold(literal, fact(self.formula, literal))
            return
        if low == 0:
            return
        whole = dict(fact(self.formula, z + 3).terms)[r]
        terms: dict[int, Rational] = {v: -high * a for v, a in self.z[i].items()}
        chord = self.atom({**terms, r: whole * (high - low)}, -high * low)
        if frozenset([chord]) in self.numbers:
            return
        self.farkas((-(z + 3), chord), self.atom(self.z[i], high))
        self.farkas((-(z + 4), chord), self.atom({v: -a for v, a in self.z[i].items()}, -low))
        self.rup((chord,), (-(z + 3), chord), (-(z + 4), chord), (z, z + 3), (-z, z + 4))
        self.program.hold(chord, fact(self.formula, chord))

    def tighten(self) -> None:
        """The intervals of all pre-activations, by linear programs."""
        unknown: list[bool | None] = [None] * len(self.samples)
        for i in self.samples:
            for sign in (1, -1):
                size = float(max(map(abs, self.z[i].values())))
                goal = {v: -sign * a / size for v, a in self.z[i].items()}
                for _ in range(6):
                    found = self.program.minimise(goal)
                    if found.infeasible or not (self.cut(found, unknown) or self.hulls(found, unknown)):
                        break
                if found.infeasible:
                    continue
                most = Fraction(ceil((1e-6 - found.value) * GRID), GRID) * Fraction(size)
                if most < self.ends[i][sign]:
                    atom = self.atom({v: sign * a for v, a in self.z[i].items()}, most)
                    exact = self.exactly(found.multipliers, -atom, goal)
                    if exact:
                        times = exact.pop(-atom)
                        self.narrow(i, sign, most, exact, times)
            self.chord(i)

    def cut(self, found: Found, state: Sequence[bool | None]) -> bool:
        """Adds tangents where squares are too small; whether there are any."""
        point, new = found.point, False
        for i in self.samples:
            y = self.instance.samples[i].y
            residual = self.sign * point[self.output(i)] - float(y)
            if residual**2 > point[self.loss(i)] + NEAR:
                at = -y if state[i] is False else Fraction(round(residual * GRID), GRID)
                new |= self.tangent(self.loss(i), simplified(at)) is not None
        for t in self.coordinates:
            w = point[self.weight(t)]
            if w**2 > point[self.norm(t)] + NEAR:
                new |= self.tangent(self.norm(t), simplified(Fraction(round(w * GRID), GRID))) is not None
        return new

    def exactly(
        self, multipliers: Mapping[int, float], goal_of: int | None = None, goal: Mapping[int, float] = {}
    ) -> dict[int, int] | None:
        """Integers under which facts contradict each other, near these multipliers; None if they do not.

        goal_of: the literal, in the direction of the goal, that the multipliers are relative to.
        """
        floats = dict(multipliers)
        if goal_of is not None:
            v, a = fact(self.formula, goal_of).terms[0]
            floats[goal_of] = floats.get(goal_of, 0.0) + goal[v] / a
        rounded = {}
        for literal, m in floats.items():
            mantissa, exponent = frexp(m)
            rounded[literal] = Fraction(round(ldexp(mantissa, BITS))) * Fraction(2) ** (exponent - BITS)
        scale = max(m.denominator for m in rounded.values())
        whole = {literal: int(m * scale) for literal, m in rounded.items() if m > 0}
        rest: dict[int, int] = defaultdict(int)
        for literal, m in whole.items():
            for v, a in fact(self.formula, literal).terms:
                rest[v] += m * a
        whole = self.cancelled(whole, rest)
        facts = [(fact(self.formula, literal), m) for literal, m in whole.items()]
        bound = sum(m * said.bound for said, m in facts)
        contradictory = bound < 0 or (bound == 0 and any(said.strict for said, _ in facts))
        return whole if contradictory else None

    def cancelled(self, whole: Mapping[int, int], rest: Mapping[int, int]) -> dict[int, int]:
        """What is left of each variable in a sum, cancelled by its bounds."""
        found = dict(whole)
        for v, left in rest.items():
            if left:
                literal = self.lower[v] if left > 0 else self.upper[v]
                found[literal] = found.get(literal, 0) + abs(left)
        return found

    # ------------------------------------------------------------------------------- the convex hulls of both states

    def hulls(self, found: Found, state: Sequence[bool | None]) -> bool:
        """Adds cuts for samples whose activation is not known; whether there are any. Small trees do without."""
        if not self.with_hulls:
            return False
        for literal in self.program.order[self.seen :]:
            over = {v for v, _ in fact(self.formula, literal).terms}
            for i, simple in self.simple.items():
                if literal in self.program.always and over <= {self.output(i), *self.z[i]}:
                    simple.append(literal)
        self.seen = len(self.program.order)
        new = False
        for i in self.samples:
            if state[i] is None and len(self.z[i]) <= WIDTH and min(self.ends[i].values()) > 0:
                new |= self.hull(i, found.point)
        return new

    def hull(self, i: int, point: Sequence[float]) -> bool:
        """Adds the cut that the point violates most; whether it is outside the hull by enough."""
        loss, weights = self.loss(i), [*self.z[i]]
        squares = {self.norm(t): self.weight(t) for t, _ in self.instance.samples[i].x}
        y = self.instance.samples[i].y
        tangents: dict[int, None] = {}

        def touch(variable: int, at: float) -> bool:
            atom = self.touch(variable, simplified(Fraction(round(at * GRID), GRID)))
            new = atom not in tangents
            tangents[atom] = None
            return new

        touch(loss, -float(y))
        touch(loss, self.sign * point[self.output(i)] - float(y))
        for norm, w in squares.items():
            touch(norm, 0.0)
            touch(norm, point[w])
        for _ in range(STEPS):
            sides = [[*self.literals(i, active), *self.simple[i], *tangents] for active in (False, True)]
            facts = [[fact(self.formula, at) for at in side] for side in sides]
            self.deadline.spend(ROUND)
            found = envelope(facts, weights, [*squares], loss, point)
            if found is None or found.least <= point[loss] + OUTSIDE:
                return False
            new = False
            for share, x in found.parts:
                if share > NEAR:
                    values = {loss: self.sign * x[self.output(i)] / share - float(y)}
                    values |= {norm: x[w] / share for norm, w in squares.items()}
                    for variable, value in values.items():
                        if value**2 > x[variable] / share + NEAR:
                            new |= touch(variable, value)
            if not new:
                break
        return self.separate(i, found.cut, list(map(dict, map(zip, sides, found.multipliers))))

    def separate(self, i: int, cut: Mapping[int, float], sums: Sequence[Mapping[int, float]]) -> bool:
        """Derives the inequality with coefficients near these that both states imply by about these sums of facts."""
        coefficients = {v: round(c * (1 << FINE)) for v, c in cut.items()}
        wholes = []
        for multipliers in sums:
            whole = {at: n for at, m in multipliers.items() if (n := round(float(m) * (1 << 2 * FINE))) > 0}
            rest: dict[int, int] = defaultdict(int, {v: -c << FINE for v, c in coefficients.items()})
            for literal, m in whole.items():
                for v, a in fact(self.formula, literal).terms:
                    rest[v] += m * a
            wholes.append(self.cancelled(whole, rest))
        bound = max(sum(m * fact(self.formula, at).bound for at, m in whole.items()) for whole in wholes)
        atom = self.atom(coefficients, Fraction(ceil(Fraction(bound, 1 << FINE))))
        if frozenset([atom]) in self.numbers:
            return False
        z, clauses = self.first_atom(i), []
        for whole, active in zip(wholes, (False, True), strict=True):
            assumed = [at for at in self.literals(i, active) if at in whole]
            multipliers = [whole.pop(at) for at in assumed]
            clauses.append((*(-at for at in assumed), atom))
            self.combined(clauses[-1], [*multipliers, 1 << FINE], whole)
        inactive, active_one = clauses
        if -(z + 3) in active_one:
            self.rup((z, atom), (z, z + 3), active_one)
            active_one = (z, atom)
        if frozenset([atom]) not in self.numbers:
            self.rup((atom,), active_one, *([(-z, z + 4)] if -(z + 4) in inactive else []), inactive)
        self.program.hold(atom, fact(self.formula, atom))
        return True

    # --------------------------------------------------------------------------------------------------------- the tree

    def close(self) -> bool:
        """Whether nothing is within the threshold; then the last step derives the empty clause."""
        self.bounds()
        for _ in range(2):
            self.tighten()
        share = dict(fact(self.formula, self.threshold).terms)
        size = float(max(share.values()))
        goal = {v: m / size for v, m in share.items()}
        most = fact(self.formula, self.threshold).bound / size
        pending: list[list[bool | None]] = [[None] * len(self.samples)]
        while pending:
            if len(self.theory) >= PATIENCE and not self.with_hulls:
                self.with_hulls = True
                for _ in range(3):
                    self.tighten()
            state = pending.pop()
            literals = {at for i, active in enumerate(state) if active is not None for at in self.literals(i, active)}
            found, closed = self.relaxed(state, literals, goal, most)
            if closed:
                continue
            if found.infeasible or all(active is not None for active in state) or self.fits(found):
                return False
            i = max((i for i, active in enumerate(state) if active is None), key=lambda i: self.error(i, found))
            pending += [[*state[:i], active, *state[i + 1 :]] for active in (False, True)]
        known = {clause[0]: number for number, clause in self.formula.clauses.items() if len(clause) == 1}
        answer = refute(self.formula, [TheoryClause.from_facts(facts, known) for facts in self.theory], self.deadline)
        if not isinstance(answer, Refutation):
            return False
        self.steps += answer.steps
        self.formula.last_id = answer.steps[-1].id - 1
        self.formula.add_clause()
        return True

    def relaxed(
        self, state: Sequence[bool | None], literals: set[int], goal: Mapping[int, float], most: float
    ) -> tuple[Found, bool]:
        """The least loss at a node, and whether a contradiction closes it."""
        for _ in range(ROUNDS):
            found = self.program.minimise(goal, {at: fact(self.formula, at) for at in literals})
            if found.infeasible or found.value > most * (1 + 1e-12):
                exact = self.exactly(found.multipliers, *(() if found.infeasible else (self.threshold, goal)))
                if exact:
                    self.theory.append(exact)
                    return found, True
            if found.infeasible or not (self.cut(found, state) or self.hulls(found, state)):
                break
        return found, False

    def fits(self, found: Found) -> bool:
        """Whether the weights of the point seem to be a solution, so that there is nothing to refute."""
        loss = sum(self.error(i, found) for i in self.samples)
        loss += sum(s.multiplicity * found.point[self.loss(i)] for i, s in enumerate(self.instance.samples))
        norm = sum(found.point[self.weight(t)] ** 2 for t in self.coordinates)
        return loss <= float(self.instance.threshold) * (1 + 1e-9) and norm <= 1 + 1e-9

    def error(self, i: int, found: Found) -> float:
        """By how much the square of a sample is too small, for its multiplicity."""
        z = sum(float(v) * found.point[self.weight(t)] for t, v in self.instance.samples[i].x)
        residual = self.sign * max(0.0, z) - float(self.instance.samples[i].y)
        return self.instance.samples[i].multiplicity * (residual**2 - found.point[self.loss(i)])


class Found(NamedTuple):
    """value: of the goal at the point. multipliers: positive ones of literals, relative to the goal if there is one."""

    infeasible: bool
    value: float
    point: Sequence[float]
    multipliers: Mapping[int, float]


class Program:
    """Linear inequalities by their literals, some of which always hold and others at some nodes."""

    def __init__(self, columns: int, deadline: Deadline) -> None:
        self.deadline = deadline
        self.rows: dict[int, tuple[int, float, float]] = {}  # of a literal: its row, its norm and its bound
        self.order: list[int] = []  # the literals by row
        self.always: set[int] = set()
        self.on: set[int] = set()
        self.highs = simplex()
        infinite = np.full(columns, np.inf)
        self.columns = columns
        self.highs.addVars(columns, -infinite, infinite)

    def hold(self, literal: int, said: Linear) -> None:
        self.always.add(literal)
        self.switch(literal, said)

    def switch(self, literal: int, said: Linear | None) -> None:
        """Turns a row on, or off without an inequality."""
        if literal not in self.rows:
            assert said is not None
            norm = max(abs(a) for _, a in said.terms)
            self.rows[literal] = len(self.order), norm, said.bound / norm
            self.order.append(literal)
            columns = np.array([v for v, _ in said.terms], dtype=np.int32)
            values = np.array([a / norm for _, a in said.terms])
            self.highs.addRow(-np.inf, said.bound / norm, len(columns), columns, values)
        else:
            row, _, bound = self.rows[literal]
            self.highs.changeRowBounds(row, -np.inf, np.inf if said is None else bound)

    def minimise(self, goal: Mapping[int, float], here: Mapping[int, Linear] = {}) -> Found:
        for literal in self.on - here.keys() - self.always:
            self.switch(literal, None)
        for literal in here.keys() - self.on - self.always:
            self.switch(literal, here[literal])
        self.on = {*here}
        costs = np.zeros(self.columns)
        for v, c in goal.items():
            costs[v] = c
        self.highs.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), costs)
        for again in (False, True):
            if again:
                self.highs.clearSolver()  # forgets the basis that led to no answer
            self.highs.setOptionValue("time_limit", self.highs.getRunTime() + self.deadline.remaining())
            self.highs.run()
            self.deadline.spend(ROUND)
            status = self.highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                solution = self.highs.getSolution()
                value = self.highs.getObjectiveValue()
                return Found(False, value, solution.col_value, self.positive(solution.row_dual))
            ray = self.highs.getDualRay()[2] if status == highspy.HighsModelStatus.kInfeasible else ()
            if len(ray):
                return Found(True, inf, [], self.positive(ray))
        raise Inexact

    def positive(self, duals: Sequence[float]) -> dict[int, float]:
        """Those of rows that are on and matter, of the inequalities as they are."""
        weights = np.abs(np.array(duals))
        some = [self.order[row] for row in np.flatnonzero(weights > 1e-11 * weights.max(initial=0.0))]
        kept = [literal for literal in some if literal in self.always or literal in self.on]
        return {literal: float(weights[self.rows[literal][0]] / self.rows[literal][1]) for literal in kept}
