"""The laws find bugs in the classical reductions, too, each of them within 200 examples, by the law that it breaks."""

from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest
from size_of_the_target import SizeOfTheTarget
from test_seeded_bugs import find_broken

from relucert.reductions.classics.clique_and_independent_set import CliqueToIndependentSet, IndependentSetToClique
from relucert.reductions.classics.independent_set_and_vertex_cover import (
    IndependentSetToVertexCover,
    VertexCoverToIndependentSet,
)
from relucert.reductions.classics.sat_to_three_sat import SatToThreeSat
from relucert.reductions.classics.three_sat_to_one_in_three import Layout, ThreeSatToOneInThree
from relucert.reductions.classics.three_sat_to_vertex_cover import ThreeSatToVertexCover
from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.reduction import AnyReduction
from relucert.verify.testing.laws import Law


class LongClausesCutOff(SizeOfTheTarget, SatToThreeSat):
    def reduce(self, instance):
        cut = super().reduce(replace(instance, clauses=tuple(c[:3] for c in instance.clauses)))
        return replace(cut, variables=super().reduce(instance).variables)


class LinksUnsigned(SizeOfTheTarget, SatToThreeSat):
    """Both pieces of a clause have y, none ¬y."""

    def reduce(self, instance):
        target, n = super().reduce(instance), instance.variables
        clauses = tuple(tuple(v if v > 0 else max(v, -n) if -v <= n else -v for v in c) for c in target.clauses)
        return replace(target, clauses=tuple(tuple(sorted(c, key=abs)) for c in clauses))


class LinksTrueThroughout(SatToThreeSat):
    def forward(self, instance, witness):
        return (*witness, *range(instance.variables + 1, self.reduce(instance).variables + 1))


class LinksOneTooLong(SatToThreeSat):
    """y_i is true iff λ₁, …, λ_i are false: one literal too few."""

    def forward(self, instance, witness):
        fresh, new = instance.variables, []
        for clause in instance.clauses:
            first = next(i for i, v in enumerate(clause) if (v > 0) == (abs(v) in witness))
            cuts = max(0, len(clause) - 3)
            new += range(fresh + 1, fresh + 1 + min(cuts, first))
            fresh += cuts
        return (*witness, *new)


class KeepsNewVariables(SatToThreeSat):
    def backward(self, instance, witness):
        return witness


class ConstantsOfTwoClauses(SizeOfTheTarget, ThreeSatToOneInThree):
    """Without (t, g, h) the constants are not constant."""

    def reduce(self, instance):
        target = super().reduce(instance)
        if not Layout(instance).constant:
            return target
        return replace(target, clauses=target.clauses[:2] + target.clauses[3:])


class EmptyClausesForgotten(SizeOfTheTarget, ThreeSatToOneInThree):
    def reduce(self, instance):
        return super().reduce(replace(instance, clauses=tuple(c for c in instance.clauses if c)))


class GadgetOfTwoClauses(SizeOfTheTarget, ThreeSatToOneInThree):
    """Without (λ̄₃, c, d)."""

    def reduce(self, instance):
        target, layout, number = super().reduce(instance), Layout(instance), 0
        clauses, start = list(target.clauses), 3 * layout.constant + len(layout.bars)
        for clause in instance.clauses:
            number += 1 if len(clause) < 3 else 2
            if len(clause) == 3:
                del clauses[start + number]
        return replace(target, clauses=tuple(clauses))


class LiteralsNotNegated(SizeOfTheTarget, ThreeSatToOneInThree):
    """Exactly one literal of three is true, as if that were the same."""

    def reduce(self, instance):
        target, layout = super().reduce(instance), Layout(instance)
        clauses, start = list(target.clauses), 3 * layout.constant + len(layout.bars)
        for clause in instance.clauses:
            if len(clause) == 3 and all(v > 0 for v in clause):
                clauses[start] = tuple(v - 1 for v in clause)
                del clauses[start + 1 : start + 3]
                start += 1
            else:
                start += 3 if len(clause) == 3 else 1
        return replace(target, clauses=tuple(clauses))


class ForgetsThatBothAreTrue(ThreeSatToOneInThree):
    """u stays false."""

    def forward(self, instance, witness):
        new = {u for clause, u in Layout(instance).gadgets() if len(clause) == 2}
        return tuple(v for v in super().forward(instance, witness) if v not in new)


class DecodesNegations(ThreeSatToOneInThree):
    def backward(self, instance, witness):
        layout = Layout(instance)
        true = {x for x, bar in layout.bars.items() if bar in witness}
        return tuple(v for v in range(1, instance.variables + 1) if v in true or v - 1 in witness)


class BudgetOfOneMore(SizeOfTheTarget, ThreeSatToVertexCover):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, budget=target.budget + 1)


class EmptyClauseForFree(SizeOfTheTarget, ThreeSatToVertexCover):
    """An empty clause without vertices is no clause."""

    def reduce(self, instance):
        return super().reduce(replace(instance, clauses=tuple(c for c in instance.clauses if c)))


class DecodesTheOtherLiteral(ThreeSatToVertexCover):
    def backward(self, instance, witness):
        return tuple(v // 2 + 1 for v in witness if v < 2 * instance.variables and v % 2)


class LastEdgeUncovered(SizeOfTheTarget, VertexCoverToSetCover):
    def reduce(self, instance):
        return super().reduce(replace(instance, edges=instance.edges[:-1]))


class SetsOfOneEnd(SizeOfTheTarget, VertexCoverToSetCover):
    """Only the smaller end of an edge covers it."""

    def reduce(self, instance):
        target = super().reduce(instance)
        sets = tuple(tuple(e for e in s if instance.edges[e][0] == v) for v, s in enumerate(target.sets))
        return replace(target, sets=sets)


class ComplementOfTheBudget(SizeOfTheTarget, VertexCoverToIndependentSet):
    """The size is the budget."""

    def reduce(self, instance):
        return replace(super().reduce(instance), size=instance.budget)


class CoverAsIndependentSet(VertexCoverToIndependentSet):
    def backward(self, instance, witness):
        return witness


class SizeAboveNumberIgnored(SizeOfTheTarget, IndependentSetToVertexCover):
    """More vertices than there are: the budget is 0."""

    def reduce(self, instance):
        return super().reduce(replace(instance, size=min(instance.size, instance.vertices)))


class IndependentSetAsCover(IndependentSetToVertexCover):
    def forward(self, instance, witness):
        return witness


class SameGraph(SizeOfTheTarget, IndependentSetToClique):
    def reduce(self, instance):
        return replace(super().reduce(instance), edges=instance.edges)


class OneVertexLess(SizeOfTheTarget, IndependentSetToClique):
    def reduce(self, instance):
        return replace(super().reduce(instance), size=max(0, instance.size - 1))


class ComplementWithoutLastPair(SizeOfTheTarget, CliqueToIndependentSet):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, edges=target.edges[:-1])


class OthersAreIndependent(CliqueToIndependentSet):
    def backward(self, instance, witness):
        return instance.others(witness)


# By the laws that must catch them: of these the first that is broken, and no other law is broken before.
BUGS: dict[tuple[Law, ...], list[type[AnyReduction]]] = {
    (Law.FORWARD,): [  # the image of a solution is none
        LongClausesCutOff,
        LinksTrueThroughout,
        LinksOneTooLong,
        LiteralsNotNegated,
        ForgetsThatBothAreTrue,
        SetsOfOneEnd,
        IndependentSetAsCover,
    ],
    (Law.BACKWARD,): [  # a solution is decoded to none
        KeepsNewVariables,
        DecodesNegations,
        DecodesTheOtherLiteral,
        CoverAsIndependentSet,
        OthersAreIndependent,
    ],
    (Law.ANSWER,): [  # a NO of one kind becomes a YES, and no YES is of this kind
        EmptyClausesForgotten,
        EmptyClauseForFree,
        SizeAboveNumberIgnored,
    ],
    # too much solves the target: of a YES it is decoded to no solution, a NO becomes a YES
    (Law.BACKWARD, Law.ANSWER): [
        ConstantsOfTwoClauses,
        GadgetOfTwoClauses,
        BudgetOfOneMore,
        LastEdgeUncovered,
        OneVertexLess,
        ComplementWithoutLastPair,
    ],
    # and other things than the images of solutions
    (Law.FORWARD, Law.BACKWARD, Law.ANSWER): [
        LinksUnsigned,
        ComplementOfTheBudget,
        SameGraph,
    ],
}


@pytest.mark.parametrize(("laws", "bug"), [(laws, bug) for laws, bugs in BUGS.items() for bug in bugs])
def test_seeded_bug_is_caught(laws, bug):
    assert find_broken(bug())[1] in laws


def test_each_reduction_has_two_bugs_or_more():
    bugs = chain(*BUGS.values())
    of = Counter(
        next(c for c in bug.__mro__ if c.__module__.startswith("relucert.reductions.classics")) for bug in bugs
    )
    assert len(of) == 8
    assert min(of.values()) >= 2
