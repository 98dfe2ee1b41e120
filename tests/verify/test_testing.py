"""The test kit: every law can be broken, each by a reduction that is wrong in that way only; and then it is shrunk."""

import subprocess
import sys
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.reductions.classics.vertex_cover_to_set_cover import VertexCoverToSetCover
from relucert.reductions.cost import Size, formulas
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.reductions.problems.vertex_cover import VertexCoverInstance
from relucert.reductions.tight_hardness.pad_dimension import PadDimension
from relucert.testing import Law, ReductionBroken, assert_reduction, instances
from relucert.verify.problems import SEARCHES
from relucert.verify.search import NoSearch, Search, Searches
from relucert.verify.testing.laws import examine

TRIANGLE = VertexCoverInstance(3, ((0, 1), (0, 2), (1, 2)), 1)
PATH = VertexCoverInstance(3, ((0, 1), (1, 2)), 1)


class Changed(VertexCoverToSetCover):
    """Announces the size of whatever it emits, and declares none."""

    name = "changed"
    sizes = formulas()

    def stages(self, instance):
        yield SET_COVER.size(self.reduce(instance))


class Raises(VertexCoverToSetCover):
    def reduce(self, instance):
        return super().reduce(replace(instance, budget=3 // len(instance.edges)))


class ReturnsNone(VertexCoverToSetCover):
    def reduce(self, instance):
        return super().reduce(instance) if len(instance.edges) < 2 else None


class ReturnsFloats(VertexCoverToSetCover):
    def reduce(self, instance):
        target = super().reduce(instance)
        object.__setattr__(target, "budget", target.budget / 1)
        return target


class ChangesItsInput(VertexCoverToSetCover):
    def reduce(self, instance):
        target = super().reduce(instance)
        object.__setattr__(instance, "edges", instance.edges[:2])
        return target


class ChangesWitnesses(Changed):
    def backward(self, instance, witness):
        object.__setattr__(instance, "budget", 9)
        return witness


class CountsItsCalls(VertexCoverToSetCover):
    calls = count()

    def reduce(self, instance):
        return replace(super().reduce(instance), budget=next(self.calls))


class FormulaTooSmall(VertexCoverToSetCover):
    def stages(self, instance):
        n, m = instance.vertices, len(instance.edges)
        yield Size({"universe": m, "sets": n, "memberships": n + m, "budget": instance.budget}, 10**6)


class WordsTooFew(VertexCoverToSetCover):
    def stages(self, instance):
        *_, size = super().stages(instance)
        yield Size(size.measures, 100)


class Lists(VertexCoverToSetCover):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, sets=[*target.sets])


class ForwardLosesOne(Changed):
    def forward(self, instance, witness):
        return witness[1:]


class BackwardFails(Changed):
    def backward(self, instance, witness):
        return dict.fromkeys([0, 1, 3], witness)[len(witness)]


class BackwardForOne(Changed):
    """Right for what a solver finds, and wrong for a cover with a set to spare."""

    def backward(self, instance, witness):
        return witness if len(witness) < 2 else witness[:1]


class OneMore(Changed):
    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, budget=target.budget + (target.universe > 2))

    def backward(self, instance, witness):
        """Right wherever the source has a solution: nothing but the answers shows the mistake."""
        found = SEARCHES["vertex-cover"].by_brute_force(instance)
        return super().backward(instance, witness) if found is None else found


class OneLess(Changed):
    """And no YES with a solution is looked at first: forward says nothing."""

    def reduce(self, instance):
        target = super().reduce(instance)
        return replace(target, sets=target.sets[:1] if len(instance.edges) > 1 else target.sets)

    def forward(self, instance, witness):
        return super().forward(instance, witness)


class OrderedByHash(Changed):
    def reduce(self, instance):
        order = sorted({f"element {u}" for u in range(len(instance.edges))}, key=hash)
        target = super().reduce(instance)
        rename = {u: order.index(f"element {u}") for u in range(target.universe)}
        return replace(target, sets=tuple(tuple(sorted(rename[u] for u in s)) for s in target.sets))


class DeclaredTooSmall(VertexCoverToSetCover):
    sizes = formulas(sets="vertices", memberships="≤ edges")


class DeclaresNonsense(VertexCoverToSetCover):
    sizes = formulas(budget="weight")


class DeclaresNoMeasure(VertexCoverToSetCover):
    sizes = formulas(vertices="vertices")


WRONG = [
    (Raises, Law.TOTAL, 0, "ZeroDivisionError"),
    (ReturnsNone, Law.TOTAL, 3, "AttributeError"),
    (ReturnsFloats, Law.TOTAL, 1, "float"),
    (ChangesItsInput, Law.PURITY, 3, "reduce changes the source"),
    (ChangesWitnesses, Law.PURITY, 1, "backward changes"),
    (CountsItsCalls, Law.DETERMINISM, 1, "different targets"),
    (FormulaTooSmall, Law.SIZE, 1, "memberships"),
    (WordsTooFew, Law.SIZE, 3, "at most 100 words"),
    (Lists, Law.ROUND_TRIP, 1, "set-cover"),
    (ForwardLosesOne, Law.FORWARD, 1, "does not solve the set-cover"),
    (BackwardFails, Law.BACKWARD, 3, "KeyError: 2"),
    (BackwardForOne, Law.BACKWARD, 3, "does not solve the vertex-cover"),
    (OneMore, Law.ANSWER, 3, "the source is a NO, the target a YES"),
    (OneLess, Law.FORWARD, 3, ""),
    (DeclaredTooSmall, Law.DECLARED, 1, "declared memberships ≤ edges, which is 1 here; it is 2"),
    (DeclaresNonsense, Law.DECLARED, 0, "declared budget = weight: KeyError: 'weight'"),
    (DeclaresNoMeasure, Law.DECLARED, 0, "declared vertices = vertices: KeyError: 'vertices'"),
    (OrderedByHash, Law.PROCESSES, 6, "PYTHONHASHSEED"),  # not shrunk: the smallest that was drawn
]


@pytest.mark.parametrize(("wrong", "law", "edges", "word"), WRONG, ids=[wrong.__name__ for wrong, *_ in WRONG])
def test_every_law_is_found_broken_and_shrunk(wrong, law, edges, word):
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(wrong())
    found = broken.value.counterexample
    assert broken.value.law is found.law is law
    assert word in found.violation.detail
    assert len(found.source.edges) <= edges
    text = str(broken.value).splitlines()
    assert text[0] == f"{wrong.name} breaks a law: {law.value}"
    assert found.instance_file().strip() in text
    assert text[-1] == f"  relucert fuzz {__name__}:{wrong.__name__} FILE"
    if law in (Law.FORWARD, Law.BACKWARD):
        assert found.witness_file().strip() in text


def test_counterexamples_are_smaller_than_what_is_drawn():
    """No instance of vertex cover is drawn whose graph has two vertices and no edge."""
    for wrong, source in (
        (BackwardFails(), VertexCoverInstance(2, (), 2)),
        (OneMore(), VertexCoverInstance(3, ((0, 1), (0, 2), (1, 2)), 1)),
    ):
        with pytest.raises(ReductionBroken) as broken:
            assert_reduction(wrong)
        assert broken.value.counterexample.source == source


def test_given_sources_are_not_made_smaller():
    large = replace(TRIANGLE, vertices=7)
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(OneMore(), sources=[large])
    assert broken.value.counterexample.source == large


def test_a_right_one_is_counted():
    found = assert_reduction(VertexCoverToSetCover(), max_examples=60)
    assert found.answers.total() == 60
    assert found.answers["NO"] >= 18
    assert not found.unchecked


def test_all_solutions_are_mapped_back():
    """The solver finds one cover of two; the other two solutions of this instance have a set to spare."""
    with pytest.raises(ReductionBroken) as broken:
        assert_reduction(BackwardForOne(), sources=[replace(PATH, budget=3)], min_no=0)
    assert broken.value.law is Law.BACKWARD
    assert broken.value.counterexample.violation.solution.witness != [1]


@pytest.mark.parametrize("answer", ["YES", "NO"])
def test_both_answers_must_occur(answer):
    with pytest.raises(ReductionBroken, match="both answers occur") as broken:
        assert_reduction(VertexCoverToSetCover(), sources=[PATH if answer == "YES" else TRIANGLE])
    assert broken.value.law is Law.BOTH
    assert broken.value.counterexample is None


def test_the_share_of_no_is_asked_for():
    both = st.sampled_from([PATH, TRIANGLE])
    assert_reduction(VertexCoverToSetCover(), sources=both, max_examples=40)
    with pytest.raises(ReductionBroken, match="at least 90% NO"):
        assert_reduction(VertexCoverToSetCover(), sources=both, max_examples=40, min_no=0.9)


def test_unknown_is_never_passed_over():
    """A formula that takes more work than is allowed; and a target that nobody searches."""
    with pytest.raises(ReductionBroken, match="UNKNOWN") as broken:
        assert_reduction(PadDimension(), max_examples=20, work=1)
    assert broken.value.law is Law.DECIDED
    alone = Searches({"vertex-cover": SEARCHES.found["vertex-cover"]})
    with pytest.raises(ReductionBroken, match="no search for set-cover"):
        assert_reduction(VertexCoverToSetCover(), max_examples=40, searches=alone)
    found = assert_reduction(VertexCoverToSetCover(), max_examples=40, searches=alone, max_unknown=0.8, min_no=0)
    assert found.undecided.total() >= 10
    assert found.answers["NO"] == 0


def test_a_search_that_cannot_say_no_is_unknown():
    class Nothing(Search):
        problem = SET_COVER

    nothing = Searches({"vertex-cover": SEARCHES.found["vertex-cover"], "set-cover": lambda: [Nothing()]})
    with pytest.raises(ReductionBroken, match="set-cover has no brute force") as broken:
        assert_reduction(VertexCoverToSetCover(), max_examples=20, searches=nothing)
    assert broken.value.law is Law.DECIDED


def test_without_instances_there_is_nothing_to_test():
    with pytest.raises(NoSearch, match="no search for vertex-cover"):
        assert_reduction(VertexCoverToSetCover(), searches=Searches({}))
    with pytest.raises(ValueError, match="sources: a strategy or a list"):
        assert_reduction(VertexCoverToSetCover(), sources=[])


def test_what_no_other_process_can_import_is_said():
    class Local(VertexCoverToSetCover):
        pass

    with pytest.warns(UserWarning, match="not checked: reduce is the same function in every process"):
        assert assert_reduction(Local(), max_examples=60).unchecked
    Local.backward = lambda self, instance, witness: ()
    with pytest.raises(ReductionBroken, match=r"call assert_reduction with sources=\[VertexCoverInstance"):
        assert_reduction(Local())


def test_candidates_are_brute_force_and_further_witnesses():
    class Sets(Search):
        problem = SET_COVER

        def candidates(self, instance):
            return [(0,), (1,), (0, 1)]

    two = SetCoverInstance(1, ((), (0,)), 2)
    assert Sets().by_brute_force(two) == (1,)
    assert Sets().by_brute_force(replace(two, sets=((), ()))) is None
    assert list(Sets().more(two, [], None)) == [(1,), (0, 1)]
    assert examine(VertexCoverToSetCover(), PATH).answer == "YES"


def test_strategies_are_public():
    @settings(max_examples=5)
    @given(instances("set-cover"))
    def drawn(instance):
        assert type(instance) is SetCoverInstance

    drawn()
    with pytest.raises(NoSearch):
        instances("no-such-problem")


def test_without_hypothesis_one_is_told_what_to_install():
    program = """
import sys
sys.modules["hypothesis"] = None
from relucert.testing import instances
instances("set-cover")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith("the test kit needs hypothesis: pip install 'relucert[testing]'")
