"""The least number of samples that one threshold misses, by branch and bound over cones of weights.

A threshold [w·x + b > 0] with labels 0 and 1 is a half-space. A node fixes on which side of it some samples are; the
weights that put them there form a cone, which is kept by its rays. If all rays are on one side of another sample, it is
on that side of all half-spaces of the node, and if its label says the opposite, all of them miss it. Samples that are
on both sides for some ray are open, and cost nothing, but for points with both labels, of which one is missed.

Source of the problem: Xi He, Waheed Ul Rahman, Max A. Little, An efficient, provably exact algorithm for the 0-1 loss
linear classification problem, 2023, who enumerate all cells, and Deep-ICE of the same authors.

*The proof.* That a sample is forced to a side is one `Farkas` step over the signs that the cone has, D of them at most:
z_i is a positive combination of theirs. There is a strict inequality among them, as all points have the coordinate 1
for the bias, which is positive in x_i > 0 but negative in −x_l ≥ 0. With the clause that a sample on the wrong side is
missed, the missed samples of a leaf weigh more than the threshold allows, which is one `Count` step and one `Rup` step.

*Two ReLUs with biases and output weights ±1* miss a label ±1 where y·f(x) ≤ 0, and they miss as few as one threshold
does, but no fewer. For if f = max(0, z₁) − max(0, z₂) is positive then z₁ > z₂, and if it is negative then z₁ < z₂, so
that [z₁ − z₂ > 0] misses nothing that f does not. Conversely a threshold [h > 0] misses the same samples as some h that
is not 0 on any, and on the samples h = max(0, h + c) − max(0, c) for a large c. If both output weights are equal then
f ≥ 0 or f ≤ 0, and a constant threshold does as well. As ‖f‖ is arbitrary, f may be asked to be 1 or more, or −1 or
less: what is counted is the l0 loss of f clipped to [−1, 1]. The proof is the same over z₁ − z₂.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count
from math import floor, inf, lcm
from time import monotonic
from typing import Any, ClassVar, NamedTuple

import numpy as np

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Atom, Count, Farkas, Linear, Rup, Step
from relucert.certificates.writer import RefutedCase
from relucert.reductions.exact import simplified
from relucert.reductions.problems.training import Network, TrainingInstance, loss_of
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.branch_proofs import Gap
from relucert.verify.provers.branches import Found
from relucert.verify.provers.cones import Cone, everything, implication
from relucert.verify.provers.least_squares import ACTIVE, INACTIVE
from relucert.verify.provers.trimming import trim

OPEN = 0
MOVES = 20_000  # of the random walk at the beginning
BATCH = 500  # of these at once
BITS = (3, 6, 10, 16, 30)  # of the weights of its end
WORK = 500  # units of a node


@dataclass(slots=True)
class Node:
    """sides: of each sample, 1, −1 or OPEN. forced: the samples that are missed here and not yet in the parent.

    missed: their weight, and that of the parents' ones; bound: that, as what all half-spaces of the node miss besides
    one of each pair at one point with opposite labels.
    """

    sides: Any
    cone: Cone
    parent: Node | None = None
    decided: tuple[int, int] | None = None  # sample, and how
    forced: list[int] = field(default_factory=list)
    missed: int = 0
    children: tuple[Node, Node] | None = None


class Search:
    """Always the node of the least bound. One threshold with a bias, of output weight 1, and labels 0 and 1; or two
    ReLUs with biases, clipped to [−1, 1], and labels ±1, for which `instance` is that of the threshold.
    """

    def __init__(self, asked: TrainingInstance, deadline: Deadline) -> None:
        self.asked, self.deadline = asked, deadline
        self.instance = instance = one_threshold(asked)
        width, m = instance.dimension + 1, len(instance.samples)
        self.rows = []
        for s in instance.samples:
            scale = lcm(*(v.denominator for _, v in s.x))
            row = [0] * instance.dimension + [scale]
            for t, v in s.x:
                row[t] = int(v * scale)
            self.rows.append(row)
        start = everything(width, max((abs(v) for row in self.rows for v in row), default=1))
        self.points = np.array(self.rows, dtype=start.rays.dtype).reshape(m, width)
        self.wrong = np.array([-1 if s.y else 1 for s in instance.samples])  # the side on which a sample is missed
        self.pairs = self.matched()
        self.weights = [s.multiplicity for s in instance.samples]
        for i, j, common in self.pairs:
            self.weights[i] -= common
            self.weights[j] -= common
        self.always = sum(common for _, _, common in self.pairs)
        self.heavy = np.array(self.weights)
        self.root = Node(np.zeros(m, dtype=np.int8), start)
        self.network = Network(((0,) * instance.dimension,), (0,), (1,))
        self.loss = Fraction(loss_of(instance, self.network))
        self.numbers = count()
        self.queue: list[tuple[int, int, Node]] = [(0, next(self.numbers), self.root)]
        self.nodes = 0

    def matched(self) -> list[tuple[int, int, int]]:
        """Samples of opposite labels at one point, and how many of the one miss or the other."""
        at: dict[Any, tuple[list[list[int]], list[list[int]]]] = defaultdict(lambda: ([], []))
        for i, s in enumerate(self.instance.samples):
            at[s.x][int(s.y)].append([i, s.multiplicity])
        pairs = []
        for zeros, ones in at.values():
            while zeros and ones:
                common = min(zeros[-1][1], ones[-1][1])
                pairs.append((zeros[-1][0], ones[-1][0], common))
                for side in (zeros, ones):
                    side[-1][1] -= common
                    if not side[-1][1]:
                        side.pop()
        return pairs

    # ------------------------------------------------------------------------------------------------------- the search

    def begin(self) -> None:
        """A random walk among half-spaces."""
        x = np.array([[float(v) for v in row] for row in self.rows]).reshape(len(self.rows), -1)
        centre, spread = x[:, :-1].mean(axis=0), np.maximum(np.ptp(x[:, :-1], axis=0), 1e-300)
        scaled = np.column_stack([(x[:, :-1] - centre * x[:, -1:]) / spread, x[:, -1]])
        counts = np.array([s.multiplicity for s in self.instance.samples])
        rng, w = np.random.default_rng(1), np.zeros(scaled.shape[1])
        w[-1] = 1.0
        least = np.inf
        for _ in range(MOVES // BATCH):
            self.deadline.spend(WORK)
            moves = rng.normal(size=(BATCH, len(w))) * rng.random((BATCH, 1)) ** 3
            tried = w / np.abs(w).max() + moves
            missed = counts @ ((scaled @ tried.T > 0) == (self.wrong > 0)[:, None])
            best = int(missed.argmin())
            if missed[best] <= least:
                least, w = missed[best], tried[best]
        whole = np.append(w[:-1] / spread, w[-1] - w[:-1] @ (centre / spread))
        largest = np.abs(whole).max() or 1.0
        for bits in BITS:  # short weights first, if they do
            self.consider([round(v) for v in (whole / largest * 2**bits).tolist()])

    def consider(self, w: Sequence[int]) -> None:
        net = Network((tuple(map(int, w[:-1])),), (int(w[-1]),), (1,))
        loss = Fraction(loss_of(self.instance, net))
        if loss < self.loss:
            self.network, self.loss = net, loss

    @property
    def low(self) -> float:
        return float(min(self.queue[0][0] + self.always, self.loss) if self.queue else self.loss)

    @property
    def done(self) -> bool:
        return not (self.queue and self.queue[0][0] + self.always < self.loss)

    def run(self, seconds: float, enough: Callable[[Fraction], float]) -> None:
        """Goes on for some seconds, until nothing is left, or until the lower bound is enough for the upper one."""
        end = monotonic() + seconds
        while not self.done and self.low < enough(self.loss) and monotonic() < end:
            self.deadline.spend(WORK)
            entry = heapq.heappop(self.queue)
            self.step(entry[2])

    def step(self, node: Node) -> None:
        """Cuts a node in two, at the sample that its rays disagree about most."""
        self.nodes += 1
        products = self.points @ node.cone.rays.T
        count = max(1, len(node.cone.rays))
        split = np.minimum((products > 0).sum(axis=1), (products < 0).sum(axis=1)) / count
        if len(node.cone.lines):
            split = split + (self.points @ node.cone.lines.T != 0).any(axis=1)
        i = int(np.where(node.sides == OPEN, (split + 1e-9) * (self.heavy > 0), -1.0).argmax())
        node.children = self.child(node, i, ACTIVE), self.child(node, i, INACTIVE)
        for child in node.children:
            if (child.sides == OPEN)[self.heavy > 0].any():
                heapq.heappush(self.queue, (child.missed, next(self.numbers), child))

    def child(self, node: Node, i: int, how: int) -> Node:
        cone = node.cone.cut((i, how), self.points[i] if how == ACTIVE else -self.points[i])
        if cone is None:
            raise Gap("a cone has too many rays")
        made = Node(cone.sides(self.points), cone, node, (i, how))
        new = (made.sides == self.wrong) & (node.sides == OPEN) & (self.heavy > 0)
        made.forced = np.flatnonzero(new).tolist()
        made.missed = node.missed + sum(self.weights[s] for s in made.forced)
        if made.missed + self.always < self.loss and len(cone.rays):
            self.consider([int(v) for v in cone.inside])
        return made

    def found(self) -> Found:
        """What is known, with a proof."""
        low, net = int(self.low), self.network_asked()
        cases = tuple(self.refuted(case, low) for case in ENCODING.cases(self.asked)) if low else ()
        return Found(net, self.loss, Fraction(low), cases)

    def refuted(self, case: int, low: int) -> RefutedCase:
        if self.asked.activation == "threshold":
            return Proof(self, low).derive()
        return ProofOfTwo(self, low).derive() if case == 1 else OneSign(self, low, case).derive()

    def network_asked(self) -> Network:
        return self.network if self.asked.activation == "threshold" else self.of_two()

    def of_two(self) -> Network:
        """The difference of two ReLUs that is the affine function of the threshold on all samples: at least 1 or at
        most −1, above 0 where the threshold has the value 1."""
        (w,), (b,) = self.network.weights, self.network.biases
        values = [Fraction(sum((w[t] * v for t, v in s.x), b)) for s in self.instance.samples]
        b -= min((v for v in values if v > 0), default=Fraction(2)) / 2
        values = [Fraction(sum((w[t] * v for t, v in s.x), b)) for s in self.instance.samples]
        stretch = 1 / min((abs(v) for v in values), default=Fraction(1))
        up = max(0, -min(values, default=Fraction(0)) * stretch)
        first = tuple(simplified(stretch * v) for v in w)
        return Network((first, (0,) * len(w)), (simplified(stretch * b + up), simplified(up)), (1, -1))


# ---------------------------------------------------------------------------------------------------- the certificate


class Proof:
    """No half-space misses less than the threshold, an integer.

    atoms, clauses: of a sample (SPEC.md, section 4.2).
    """

    case: ClassVar[int] = 1
    atoms: ClassVar[int] = 8
    clauses: ClassVar[int] = 6

    def __init__(self, search: Search, threshold: int) -> None:
        self.search, self.most = search, threshold - 1 - search.always
        m = len(search.rows)
        self.steps: list[Step] = []
        self.last_id = self.clauses * m + 1
        self.links: dict[int, int] = {}
        self.lemmas: dict[tuple[Any, int], int] = {}
        self.because: dict[tuple[int, int], tuple[frozenset[tuple[int, int]], int]] = {}
        self.total = self.last_id  # Σ m·¬missed ≥ Σ m − most
        if search.pairs:
            self.total = self.without_pairs()

    def add(self, step: Any) -> int:
        self.steps.append(step)
        self.last_id = step.id
        return self.last_id

    def inactive(self, i: int) -> int:
        """z ≤ 0"""
        return 1 + self.atoms * i

    def missed(self, i: int) -> int:
        return self.atoms * (i + 1) - 2

    def literal(self, i: int, how: int) -> int:
        return -self.inactive(i) if how == ACTIVE else self.inactive(i)

    def link(self, i: int) -> int:
        """On the wrong side it is missed: of label 1, r ≤ 0 and r ≥ 1 contradict; of label 0, r ≥ 1 and r ≤ 0."""
        if i not in self.links:
            atom, clause = self.inactive(i), 1 + 6 * i
            side, output, fits = (-atom, clause, 5) if self.search.instance.samples[i].y else (atom, clause + 3, 4)
            of_side = atom + 1 if side < 0 else atom + 4
            of_label = atom + 7 if side < 0 else atom + 6
            opposite = self.add(Farkas(self.last_id + 1, (-of_side, -of_label), (1, 1)))
            self.links[i] = self.add(Rup(self.last_id + 1, (side, self.missed(i)), (output, opposite, clause + fits)))
        return self.links[i]

    def without_pairs(self) -> int:
        """Of two samples of opposite labels at one point one is missed; what is left weighs the difference."""
        search = self.search
        premises = [(self.total, 1)]
        for i, j, common in search.pairs:
            # z_i and z_j are positive multiples of each other: not inactive, then active
            a, b = search.rows[i][-1], search.rows[j][-1]
            whole = lcm(a, b)
            same = self.add(Farkas(self.last_id + 1, (-self.inactive(i), self.inactive(j)), (whole // a, whole // b)))
            # label 0 at i: if not missed, inactive; so j is, whose label is 1
            clause = (self.missed(i), self.missed(j))
            hints = (self.link(i), same, self.link(j))
            premises.append((self.add(Rup(self.last_id + 1, clause, hints)), common))
        terms = [(-self.missed(i), w) for i, w in enumerate(search.weights) if w]
        degree = sum(search.weights) - self.most
        if degree < 1:
            raise Gap("nothing is asked")
        return self.add(Count(self.last_id + 1, tuple(terms), degree, tuple(premises)))

    def lemma(self, node: Node, i: int) -> tuple[frozenset[tuple[int, int]], int]:
        """Signs of the cone that put a sample on its wrong side, and the clause that says so."""
        key = (id(node), i)
        if key not in self.because:
            side = int(self.search.wrong[i])
            opposite = self.of_weights(i, side, side < 0)
            found = implication(node.cone, [side * v for v in self.search.rows[i]], self.fact, opposite)
            if found is None:
                raise Gap("what is forced does not follow")
            because, multipliers = found
            signs = frozenset(because)
            if (signs, i) not in self.lemmas:
                clause = [-self.literal(*one) for one in because]
                clause.append(self.literal(i, ACTIVE if side > 0 else INACTIVE))
                self.lemmas[signs, i] = self.add(Farkas(self.last_id + 1, tuple(clause), tuple(multipliers)))
            self.because[key] = signs, self.lemmas[signs, i]
        return self.because[key]

    def fact(self, name: Any) -> Linear:
        """z > 0, or z ≤ 0"""
        i, how = name
        return self.of_weights(i, -1 if how == ACTIVE else 1, how == ACTIVE)

    def of_weights(self, i: int, factor: int, strict: bool) -> Linear:
        return Linear(tuple((t, factor * v) for t, v in enumerate(self.search.rows[i]) if v), 0, strict)

    def leaf(self, node: Node) -> tuple[frozenset[tuple[int, int]], int]:
        """The missed samples that were forced first, as many as are needed."""
        path, chosen, weight = [], [], 0
        one: Node | None = node
        while one is not None:
            path.append(one)
            one = one.parent
        for at in reversed(path):
            for i in at.forced:
                if weight <= self.most:
                    chosen.append((at, i))
                    weight += self.search.weights[i]
        if weight <= self.most:
            raise Gap("a leaf without a proof")
        decisions: frozenset[tuple[int, int]] = frozenset()
        hints: list[int] = []
        if not chosen:  # the pairs alone weigh too much; if nothing else weighs anything, that has been said
            return decisions, self.too_many([]) if any(self.search.weights) else self.total
        for at, i in chosen:
            if at.decided is not None and at.decided[0] == i:
                decisions |= {at.decided}
            else:
                because, lemma = self.lemma(at, i)
                decisions |= because
                hints.append(lemma)
            hints.append(self.link(i))
        clause = tuple(-self.literal(*one) for one in sorted(decisions))
        return decisions, self.add(Rup(self.last_id + 2, clause, (*hints, self.too_many([i for _, i in chosen]))))

    def too_many(self, chosen: Sequence[int]) -> int:
        """Not all of these samples are missed: the clause that a `Count` step makes of the sum."""
        weights, kept = self.search.weights, set(chosen)
        others = tuple((self.missed(i), w) for i, w in enumerate(weights) if w and i not in kept)
        divisor = max((weights[i] for i in chosen), default=1)
        terms = tuple((-self.missed(i), 1) for i in sorted(chosen))
        return self.add(Count(self.last_id + 1, terms, 1, ((self.total, 1),), others, divisor))

    def derive(self) -> RefutedCase:
        order, pending = [], [self.search.root]
        while pending:
            node = pending.pop()
            order.append(node)
            if node.missed <= self.most:
                if node.children is None:
                    raise Gap("a leaf without a proof")
                pending += node.children
        done: dict[int, tuple[frozenset[tuple[int, int]], int]] = {}
        for node in reversed(order):
            if node.missed > self.most:
                done[id(node)] = self.leaf(node)
                self.search.deadline.remaining()
            else:
                assert node.children is not None
                done[id(node)] = self.join(node.children, [done.pop(id(child)) for child in node.children])
        decisions, number = done[id(self.search.root)]
        if decisions:
            raise Gap("something is assumed to the end")
        last = next(p for p in range(len(self.steps) - 1, -1, -1) if getattr(self.steps[p], "id", 0) == number)
        return RefutedCase(self.case, None, trim(self.steps[: last + 1]))

    def join(
        self, children: Sequence[Node], of_children: Sequence[tuple[frozenset[tuple[int, int]], int]]
    ) -> tuple[frozenset[tuple[int, int]], int]:
        """A sample is on one side or on the other."""
        for child, nogood in zip(children, of_children, strict=True):
            if child.decided not in nogood[0]:
                return nogood
        (first, one), (second, two) = of_children
        decisions = (first | second) - {child.decided for child in children if child.decided}
        clause = tuple(-self.literal(*decision) for decision in sorted(decisions))
        return decisions, self.add(Rup(self.last_id + 1, clause, (one, two)))


class ProofOfTwo(Proof):
    """The same of z₁ − z₂, for two ReLUs of output weights 1 and −1. Of a sample: five atoms and four clauses of each
    neuron, six and four of the clip, and then three and two.
    """

    atoms: ClassVar[int] = 19
    clauses: ClassVar[int] = 14

    def __init__(self, search: Search, threshold: int) -> None:
        self.differences: dict[int, int] = {}
        self.last_atom = self.atoms * len(search.rows)
        super().__init__(search, threshold)

    def inactive(self, i: int) -> int:
        """z₁ − z₂ ≤ 0, an atom of our own"""
        if i not in self.differences:
            self.last_atom += 1
            self.differences[i] = self.last_atom
            self.steps.append(Atom(self.last_atom, self.of_weights(i, 1, False)))
        return self.differences[i]

    def of_weights(self, i: int, factor: int, strict: bool) -> Linear:
        row = [(t, factor * v) for t, v in enumerate(self.search.rows[i]) if v]
        width = self.search.instance.dimension + 1
        return Linear((*row, *((width + t, -v) for t, v in row)), 0, strict)

    def link(self, i: int) -> int:
        """Of label 1, if it is not missed: c ≥ 1, so c ≤ r₁ − r₂, r₁ > 0, hence z₁ = λr₁ and z₁ − z₂ ≥ λ(r₁ − r₂) > 0.
        Of label −1 the same with the neurons exchanged, and signs."""
        if i not in self.links:
            side, own = self.inactive(i), clipped(self, i)
            positive = self.search.instance.samples[i].y
            scale = self.search.rows[i][-1]
            mine, other = (0, 1) if positive else (1, 0)
            at_most_z, z_clause = self.atoms * i + 5 * mine + 4, self.clauses * i + 4 * mine + 3
            above_z = self.clauses * i + 4 * other + 2  # λr ≥ z of the other one
            fact = side if positive else -side
            opposite = self.add(
                Farkas(
                    self.last_id + 1,
                    (-fact, -own.fits, -own.follows, -at_most_z),
                    (1, scale, scale, 1),
                    ((above_z, 1),),
                )
            )
            hints = (own.clause, *own.hints, z_clause + 1, z_clause, opposite)
            self.links[i] = self.add(Rup(self.last_id + 1, (-fact, self.missed(i)), hints))
        return self.links[i]


class Clipped(NamedTuple):
    """Of a sample: the literal that its error is 0 or on the far side of the label, the clause that it is or the sample
    is missed, the literal that the sum of the neurons is not less than the clipped one, seen from the label, and hints
    to it and to r > 0 of the neuron of the label's sign."""

    fits: int
    clause: int
    follows: int
    hints: tuple[int, ...]


def clipped(proof: ProofOfTwo | OneSign, i: int) -> Clipped:
    """Of label 1: if −e ≤ 0 then c ≥ 1 > −1, so c ≤ r₁ − r₂; of label −1: if e ≤ 0 then c ≤ −1 < 1, so c ≥ r₁ − r₂."""
    positive = proof.search.instance.samples[i].y
    atom, clause = ProofOfTwo.atoms * i, ProofOfTwo.clauses * i
    fits, unit = (atom + 19, clause + 14) if positive else (atom + 18, clause + 13)
    follows, end, either = (atom + 13, atom + 14, clause + 11) if positive else (atom + 15, atom + 16, clause + 12)
    far = proof.add(Farkas(proof.last_id + 1, (-fits, -end), (1, 1)))
    if isinstance(proof, OneSign):
        return Clipped(fits, unit, follows, (far, either))
    zero = atom + 5 if positive else atom + 10
    other = clause + 5 if positive else clause + 1  # r ≥ 0
    active = proof.add(Farkas(proof.last_id + 1, (-fits, -follows, -zero), (1, 1, 1), ((other, 1),)))
    return Clipped(fits, unit, follows, (far, either, active))


class OneSign:
    """If both ReLUs have output weight +1, no sample of label −1 fits; if both have −1, none of label 1."""

    def __init__(self, search: Search, threshold: int, case: int) -> None:
        self.search, self.most, self.case = search, threshold - 1, case
        self.steps: list[Step] = []
        self.total = self.last_id = ProofOfTwo.clauses * len(search.rows) + 1

    def add(self, step: Any) -> int:
        self.steps.append(step)
        self.last_id = step.id
        return self.last_id

    def derive(self) -> RefutedCase:
        samples = self.search.instance.samples
        missed = [i for i, s in enumerate(samples) if bool(s.y) == (self.case == 0)]
        if sum(samples[i].multiplicity for i in missed) <= self.most:
            raise Gap("a label is too rare")
        premises = [(self.total, 1)]
        for i in missed:
            own, first = clipped(self, i), ProofOfTwo.clauses * i + 1
            opposite = Farkas(self.last_id + 1, (-own.fits, -own.follows), (1, 1), ((first, 1), (first + 4, 1)))
            hints = (own.clause, *own.hints, self.add(opposite))
            atom = ProofOfTwo.atoms * (i + 1) - 2
            premises.append((self.add(Rup(self.last_id + 1, (atom,), hints)), samples[i].multiplicity))
        others = tuple(
            (ProofOfTwo.atoms * (i + 1) - 2, s.multiplicity) for i, s in enumerate(samples) if i not in {*missed}
        )
        degree = sum(samples[i].multiplicity for i in missed) - self.most
        self.add(Count(self.last_id + 1, (), 1, tuple(premises), others, degree))
        return RefutedCase(self.case, None, trim(self.steps))


def one_threshold(instance: TrainingInstance) -> TrainingInstance:
    """As it is, or that of a threshold that misses as few samples as two ReLUs do."""
    if instance.activation == "threshold":
        return instance
    samples = tuple(s._replace(y=max(s.y, 0)) for s in instance.samples)
    return replace(instance, activation="threshold", output="ones", neurons=1, clip=None, samples=samples)


def decide_case(instance: TrainingInstance, case: int, deadline: Deadline) -> Network | RefutedCase:
    """A half-space, or two ReLUs, that miss at most the threshold, or the refutation of the case."""
    search, most = Search(instance, deadline), floor(instance.threshold)
    search.begin()
    search.run(inf, lambda loss: most + 1 if loss > most else -inf)
    return search.network_asked() if search.loss <= most else search.refuted(case, most + 1)
