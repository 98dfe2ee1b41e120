"""From the leaves of a tree over activations to the empty clause; the mathematics is in `least_squares`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from relucert.certificates.encodings.training import loss_variable
from relucert.certificates.kernel import Atom, Clause, Farkas, Linear, Rup, Step
from relucert.certificates.writer import RefutedCase
from relucert.reductions.exact import simplified
from relucert.verify.provers.cones import implication
from relucert.verify.provers.derivation import DoesNotFollow
from relucert.verify.provers.least_squares import ACTIVE, INACTIVE, Dual, Forced, Node, Tree
from relucert.verify.provers.rounding import simplest_above
from relucert.verify.provers.trimming import trim

Assumptions = frozenset[tuple[int, int, int]]  # sample, neuron, how
Nogood = tuple[Assumptions, int]  # that they do not hold together, and the id of the clause that says so


class Gap(DoesNotFollow):
    """A node without a proof, or something forced that is not."""


class Steps:
    """The steps so far, and the numbers of what the formula says of sample i and neuron j, SPEC.md, section 4.2.

    atoms, clauses: of a sample.
    """

    def __init__(self, atoms: int, clauses: int) -> None:
        self.steps: list[Step] = []
        self.atoms, self.clauses = atoms, clauses
        self.last_id = 0

    def add(self, step: Any) -> int:
        self.steps.append(step)
        self.last_id = step.id
        return self.last_id

    def atom(self, i: int, j: int) -> int:
        """z ≤ 0"""
        return 1 + i * self.atoms + 5 * j

    def clause(self, i: int, j: int) -> int:
        """r ≥ 0, and then: λr ≥ z; z ≤ 0 or λr ≤ z; z > 0 or r ≤ 0"""
        return 1 + i * self.clauses + 4 * j


class Proof(Steps):
    """From the leaves of a tree to the empty clause: no network has a loss below the threshold.

    strict: if not, the formula asks for a loss of at most the threshold.
    """

    def __init__(self, tree: Tree, threshold: Fraction, strict: bool = True) -> None:
        self.tree, self.threshold, self.strict = tree, threshold, strict
        self.symmetry = None
        if tree.pairs and tree.first is not None:
            self.symmetry = [[t, v] for t, v in enumerate(tree.rows[tree.first]) if v]
        instance = tree.instance
        super().__init__(5 * tree.k + tree.rows_of_loss, 4 * tree.k + tree.rows_of_loss)
        others = tree.summed + len(tree.pairs) * bool(self.symmetry)
        self.last_atom, self.last_id = self.atoms * tree.m + others, self.clauses * tree.m + others
        self.loss = self.clauses * tree.m + tree.summed  # the unit clause Σ m·q < threshold, if there is one
        self.lemmas: dict[tuple[Assumptions, int, int, int], int] = {}
        self.cited: dict[tuple[int, int, int, int], tuple[Assumptions, int]] = {}
        # the same of a simple threshold a little above, which most leaves do with
        self.simple = simplest_above(threshold) if tree.summed else threshold
        self.weaker = self.loss
        if self.simple != threshold:
            atom, d, e = self.last_atom + 1, threshold.denominator, self.simple.denominator
            offset = loss_variable(instance, 0)
            terms = tuple((offset + i, e * m) for i, m in enumerate(tree.counts))
            self.last_atom = atom
            self.steps.append(Atom(atom, Linear(terms, self.simple.numerator, strict)))
            common = lcm(d, e)
            self.weaker = self.add(Farkas(self.last_id + 1, (atom,), (common // e,), ((self.loss, common // d),)))

    def literal(self, i: int, j: int, how: int) -> int:
        """λr ≤ z, or r ≤ 0"""
        return self.atom(i, j) + (3 if how == ACTIVE else 4)

    def negation(self, assumptions: Assumptions) -> Clause:
        return tuple(-self.literal(*one) for one in sorted(assumptions))

    # ------------------------------------------------------------------------------------------------------------ steps

    def leaf(self, proof: Dual) -> Nogood:
        """One step; in the names of the head of this file, all times a common multiple."""
        tree, h = self.tree, proof.unit
        weak = self.contradicts(proof.bound, self.simple)
        threshold = self.simple if weak else self.threshold
        touching = [simplified(h * c) for c in proof.residuals]
        whole = lcm(threshold.denominator, h.denominator * tree.stretch)
        for c, y in zip(touching, tree.labels, strict=True):
            own = tree.denominator(c, threshold) * y.denominator
            if whole % own:
                whole = lcm(whole, own)
        units: dict[int, int] = {}
        if tree.summed:
            units[self.weaker if weak else self.loss] = whole // threshold.denominator
        tangents, literals = [], {}
        for i, c in enumerate(touching):
            m, y, scale = tree.counts[i], tree.labels[i], tree.scales[i]
            first = self.clause(i, tree.k)
            if not tree.summed:  # e ≤ θ or −e ≤ θ
                give(units, first + (c < 0), int(whole * abs(c)) // (threshold.denominator * y.denominator))
            elif tree.rows_of_loss:  # q ≥ e and q ≥ −e: together q ≥ c·e
                give(units, first, int(whole * m * (1 + c)) // (2 * y.denominator))
                give(units, first + 1, int(whole * m * (1 - c)) // (2 * y.denominator))
            else:
                tangents.append((i + 1, c, whole * m // (c.denominator**2 * y.denominator)))
            for j, sign in enumerate(tree.signs):
                g = tree.factor * whole * h.numerator * m * proof.residuals[i] * sign // h.denominator
                slope = tree.factor * whole * h.numerator * proof.slopes.get((i, j), 0) // h.denominator
                first = self.clause(i, j)
                if slope >= 0:
                    give(units, first + 1, slope // scale)
                else:
                    give(literals, (i, j, ACTIVE), -slope // scale)
                if g >= slope:
                    give(units, first, g - slope)
                else:
                    give(literals, (i, j, INACTIVE), slope - g)
        common = gcd(*units.values(), *literals.values(), *(v for _, _, v in tangents))
        assumptions = frozenset(literals)
        step = Farkas(
            self.last_id + 1,
            self.negation(assumptions),
            tuple(literals[one] // common for one in sorted(assumptions)),
            tuple((number, v // common) for number, v in units.items()),
            tuple((s, c, v // common) for s, c, v in tangents),
        )
        return assumptions, self.add(step)

    def lemma(self, forced: Forced) -> tuple[Assumptions, int]:
        """Decisions that imply an activation, and the clause that says so."""
        i, j, how, cone = forced
        key = (i, j, how, id(cone))
        if key not in self.cited:
            if cone is None:
                self.cited[key] = frozenset([(i, j - 1, INACTIVE)]), self.sorted(i, j)
            else:
                sign = 1 if how == ACTIVE else -1
                row = [sign * v for v in self.tree.rows[i]]
                found = implication(cone, row, self.fact, self.of_weights(i, sign, True))
                if found is None:
                    raise Gap("what is forced does not follow")
                because = frozenset((s, j, as_) for s, as_ in found[0])
                if (because, i, j, how) not in self.lemmas:
                    self.lemmas[because, i, j, how] = self.implied(*found, i, j, how)
                self.cited[key] = because, self.lemmas[because, i, j, how]
        return self.cited[key]

    def implied(self, because: Sequence[Any], multipliers: Sequence[int], i: int, j: int, how: int) -> int:
        """z_i is a combination of fixed activations, so it has a sign, hence an activation."""
        tree = self.tree
        *shares, own = multipliers
        clause, given, units = [], [], []
        for (s, as_), share in zip(because, shares, strict=True):
            active, scale = as_ == ACTIVE, tree.scales[s]
            clause.append(-self.literal(s, j, as_))
            given.append(share if active else share * scale)
            units.append((self.clause(s, j) + (not active), share * scale if active else share))
        atom, scale = self.atom(i, j), tree.scales[i]
        if how == ACTIVE:
            step = Farkas(self.last_id + 1, (*clause, atom + 3, -(atom + 4)), (*given, own, own * scale), tuple(units))
            hints = (self.clause(i, j) + 2, self.clause(i, j) + 3, self.add(step))
        else:
            step = Farkas(self.last_id + 1, (*clause, atom), (*given, own), tuple(units))
            hints = (self.add(step), self.clause(i, j) + 3)
        return self.add(Rup(self.last_id + 1, (*clause, self.literal(i, j, how)), hints))

    def fact(self, name: Any) -> Linear:
        """z ≥ 0, or z ≤ 0"""
        i, how = name
        return self.of_weights(i, -1 if how == ACTIVE else 1, False)

    def of_weights(self, i: int, factor: int, strict: bool) -> Linear:
        return Linear(tuple((t, factor * v) for t, v in enumerate(self.tree.rows[i]) if v), 0, strict)

    def sorted(self, i: int, j: int) -> int:
        """If the neuron before is inactive at the first sample, so is this one: r ≤ 0, z ≤ λr, and the symmetry."""
        before, atom = self.literal(i, j - 1, INACTIVE), self.atom(i, j)
        unit = self.loss + 1 + self.tree.pairs.index(j - 1)
        units = ((self.clause(i, j - 1) + 1, 1), (unit, 1))
        hint = self.add(Farkas(self.last_id + 1, (-before, atom), (self.tree.scales[i], 1), units))
        return self.add(Rup(self.last_id + 1, (-before, atom + 4), (hint, self.clause(i, j) + 3)))

    def without_forced(self, node: Node, nogood: Nogood) -> Nogood:
        """The nogood of the decisions that imply what is forced at the node."""
        assumptions, number = nogood
        hints: list[int] = []
        for forced in reversed(node.forced):
            one = (forced.sample, forced.neuron, forced.how)
            if one in assumptions:
                because, lemma = self.lemma(forced)
                assumptions = (assumptions - {one}) | because
                hints.insert(0, lemma)
        if not hints:
            return nogood
        return assumptions, self.add(Rup(self.last_id + 1, self.negation(assumptions), (*hints, number)))

    def join(self, node: Node, of_children: Sequence[Nogood]) -> Nogood:
        """A neuron is active or inactive: one step, unless a half does not need to know."""
        assert node.children is not None
        for child, nogood in zip(node.children, of_children, strict=True):
            if child.decided not in nogood[0]:
                return nogood
        (first, one), (second, two) = of_children
        i, j, _ = node.children[0].decided or (0, 0, 0)
        assumptions = (first | second) - {child.decided for child in node.children}
        hints = (one, self.clause(i, j) + 2, self.clause(i, j) + 3, two)
        return assumptions, self.add(Rup(self.last_id + 1, self.negation(assumptions), hints))

    def proved(self, node: Node) -> bool:
        """Not if the proof is of a bound that the search had on the way."""
        return node.proof is not None and self.contradicts(node.proof.bound, self.threshold)

    def contradicts(self, bound: Fraction, threshold: Fraction) -> bool:
        return bound >= threshold if self.strict else bound > threshold

    def derive(self, root: Node) -> RefutedCase:
        order, pending = [], [root]
        while pending:
            node = pending.pop()
            order.append(node)
            if not self.proved(node):
                pending += node.children or ()
        done: dict[int, Nogood] = {}
        for node in reversed(order):
            if node.proof is not None and self.proved(node):
                nogood = self.leaf(node.proof)
            elif node.children is not None:
                nogood = self.join(node, [done.pop(id(child)) for child in node.children])
            else:
                raise Gap("a leaf without a proof")
            done[id(node)] = self.without_forced(node, nogood)
        assumptions, number = done[id(root)]
        if assumptions:
            raise Gap("something is assumed to the end")
        last = next(p for p in range(len(self.steps) - 1, -1, -1) if getattr(self.steps[p], "id", 0) == number)
        return RefutedCase(self.tree.positive, self.symmetry, trim(self.steps[: last + 1]))


def give(to: dict[Any, int], name: Any, amount: int) -> None:
    if amount:
        to[name] = to.get(name, 0) + amount
