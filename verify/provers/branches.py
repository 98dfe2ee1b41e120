"""Branch and bound over activations: always the node of the least bound, of all cases together."""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, cycle, islice
from math import inf
from time import monotonic
from typing import Any

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.writer import RefutedCase
from relucert.reductions.problems.training import Network, TrainingInstance, loss_of
from relucert.verify.cells import best_in_cell
from relucert.verify.provers.absolute_errors import AbsoluteTree
from relucert.verify.provers.base import Deadline
from relucert.verify.provers.branch_proofs import Gap, Proof
from relucert.verify.provers.largest_errors import LargestTree
from relucert.verify.provers.least_squares import NEARLY, Node, Tree
from relucert.verify.provers.rounding import SIMPLE, short_below

MARGINS = tuple(Fraction(1, n) for n in (10**4, 100, 10, 2))  # by what share a bound is lowered to have proofs
TREES: Mapping[str, type[Tree]] = {"l1": AbsoluteTree, "l2": Tree, "linf": LargestTree}  # by loss
WORK = 2000  # units of a node, or of a network that is considered
LITTLE = Fraction(1, 10**6)  # a share of the loss that is rather a rounding error than a bound
CUTS = 100  # of nodes without a proof, for a bound
STARTS = 40  # random networks, of each case, from which a descent starts before the search
MANY = 3  # neurons; then another descent starts with each node


@dataclass(frozen=True)
class Found:
    """A network, its loss, and what no loss is less than, with a refutation of each case unless it is 0."""

    network: Network
    loss: Fraction
    low: Fraction
    cases: tuple[RefutedCase, ...]


class BestFirst(ABC):
    """A search that always goes on with the first node of a queue, each with the number of its tree."""

    work: int  # units of a node
    deadline: Deadline
    loss: Fraction  # of the best network so far
    queue: list[Any]  # bound, number, tree, node

    @property
    @abstractmethod
    def low(self) -> float:
        """About what no loss is less than."""

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether no node can have anything better."""

    @abstractmethod
    def step(self, number: int, node: Any) -> None:
        """Proves that a node has nothing better, or cuts it in two."""

    def run(self, seconds: float, enough: Callable[[Fraction], float]) -> None:
        """Goes on for some seconds, until nothing is left, or until the lower bound is enough for the upper one."""
        end = monotonic() + seconds
        while not self.done and self.low < enough(self.loss) and monotonic() < end:
            self.deadline.spend(self.work)
            entry = heapq.heappop(self.queue)
            try:
                self.step(entry[2], entry[3])
            except BaseException:
                heapq.heappush(self.queue, entry)
                raise


class Search(BestFirst):
    """All cases of an instance side by side: always the node of the least bound."""

    work = WORK

    def __init__(
        self,
        instance: TrainingInstance,
        deadline: Deadline,
        cases: Iterable[int] | None = None,
    ) -> None:
        self.instance, self.deadline = instance, deadline
        k = instance.neurons
        self.network = Network(((0,) * instance.dimension,) * k, (0,) * k, (1,) * k)
        self.loss = Fraction(loss_of(instance, self.network))
        cases = ENCODING.cases(instance) if cases is None else cases
        self.trees = [TREES[instance.loss](instance, case) for case in cases] if self.loss else []
        self.guesses = [tree.guesses() for tree in self.trees]
        self.turns = cycle(self.guesses)
        self.proved: list[Node] = []
        self.cut: list[Node] = []
        self.roots: list[Node] = []
        self.queue: list[tuple[float, int, int, Node]] = []  # bound, number, tree, node
        self.numbers = count()
        self.nodes = 0

    def begin(self) -> None:
        for number, tree in reversed([*enumerate(self.trees)]):
            for net in filter(None, islice(self.guesses[number], STARTS)):
                self.deadline.spend(WORK)
                self.consider(net)
            self.roots.insert(0, tree.root())
            self.push(number, self.roots[0])

    def consider(self, net: Network) -> Fraction:
        """The least loss so far, that of the best network of this cell included."""
        net = best_in_cell(self.instance, net)
        loss = Fraction(loss_of(self.instance, net))
        if loss < self.loss:
            self.network, self.loss = net, loss
        return self.loss

    def descend(self) -> None:
        """One more descent, of all cases in turn: with many weights few of them end in the best network."""
        self.deadline.spend(WORK)
        if net := next(next(self.turns)):
            self.consider(net)

    def push(self, number: int, node: Node) -> None:
        heapq.heappush(self.queue, (node.bound, next(self.numbers), number, node))

    @property
    def low(self) -> float:
        """About what no loss is less than."""
        return min(self.queue[0][0], float(self.loss)) if self.queue else float(self.loss)

    @property
    def done(self) -> bool:
        return not (self.queue and self.loss)

    def step(self, number: int, node: Node) -> None:
        """Proves that a node has nothing better, or cuts it in two."""
        tree = self.trees[number]
        self.nodes += 1
        if self.instance.neurons >= MANY:
            self.descend()
        if node.bound >= float(self.loss) * (1 - NEARLY) and tree.prove(node, self.loss):
            return
        loss = tree.value_at(tree.x @ node.weights.reshape(tree.k, tree.width).T) * tree.total
        if loss < float(self.loss) * (1 - 1e-9) and (net := tree.network(node.weights)) is not None:
            self.consider(net)
        children = tree.branch(node)
        if children is None:
            if not tree.finish(node, self.consider):
                raise Gap("a cell is not proved")
            return
        for child in children:
            tree.solve(child)
            child.bound = max(child.bound, min(node.bound, float(self.loss) * (1 - NEARLY)))
            self.push(number, child)

    def found(self) -> Found:
        """What is known, with proofs: the minimum if nothing is left, else a bound a little below the least one."""
        begun = len(self.roots) == len(self.trees)
        try:
            low = Fraction(0) if not begun else self.loss if self.done else self.proved_below(Fraction(self.low))
            cases = []
            for tree, root in zip(self.trees, self.roots, strict=True) if low else ():
                cases.append(Proof(tree, low).derive(root))
                self.deadline.remaining()
            return Found(self.network, self.loss, low, tuple(cases))
        finally:
            self.forget()

    def forget(self) -> None:
        """What was proved and cut for a bound alone, so that when that was does not matter to what is proved later."""
        for node in self.proved:
            node.proof = None
        for node in self.cut:
            node.children = None
        self.proved.clear()
        self.cut.clear()

    def proved_below(self, least: Fraction) -> Fraction:
        """A bound of all open nodes for which they have proofs, or 0, also if that is about what they have."""
        if least <= self.loss * LITTLE:
            return Fraction(0)
        for share in MARGINS:
            low = short_below(least * (1 - share), SIMPLE)
            if self.all_above(low):
                return low
        return Fraction(0)

    def all_above(self, low: Fraction) -> bool:
        """Whether all open nodes have proofs of this bound: of their own, by one that they are a part of, or by parts.

        Rounding can fail to make a proof of a bound, also of one that is better than this.
        """
        pending, cuts, failed = [(number, node) for _, _, number, node in self.queue], CUTS, set[int]()
        while pending:
            number, node = pending.pop()
            tree, one = self.trees[number], node
            while not self.is_above(tree, one, low, failed):
                if one.parent is None or one.parent.bound < low:
                    break
                one = one.parent
            else:
                continue
            children = tree.branch(node) if cuts else None
            if children is None:
                return False
            cuts -= 1
            self.cut.append(node)
            for child in children:
                tree.solve(child)
                pending.append((number, child))
        return True

    def is_above(self, tree: Tree, node: Node, low: Fraction, failed: set[int]) -> bool:
        """Whether there is a proof, or one is made; failed: nodes that have none, which are not asked twice."""
        self.deadline.remaining()
        if node.proof is not None and node.proof.bound >= low:
            return True
        if id(node) in failed or not tree.prove(node, low):
            failed.add(id(node))
            return False
        self.proved.append(node)
        return True


def decide_case(instance: TrainingInstance, case: int, deadline: Deadline) -> Network | RefutedCase:
    """A network with a loss of at most the threshold, or the refutation of the case."""
    search, most, margin = Search(instance, deadline, [case]), Fraction(instance.threshold), NEARLY
    search.begin()
    while search.loss > most:
        above = float(most) * (1 + margin) + margin * float(search.loss)
        if search.done or (search.low > above and search.all_above((most + Fraction(search.low)) / 2)):
            return Proof(search.trees[0], most, strict=False).derive(search.roots[0])
        if search.low > above:
            margin *= 2
        search.run(inf, lambda loss, enough=above: enough if loss > most else -inf)  # type: ignore[misc]
    return search.network
