"""One problem, three rooms with the same name; and how a search of somebody else's problem joins the others."""

import ast
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.normal_form import normal_form
from relucert.certificates.writer import No, Yes
from relucert.reductions import PROBLEMS
from relucert.reductions.cost import Size
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.fixed_dimension.one_in_three_to_plane import OneInThreeToPlane
from relucert.reductions.problem import Problem
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance, sample
from relucert.reductions.reduction import Reduction
from relucert.verify.decide import decide
from relucert.verify.problems import SEARCHES
from relucert.verify.problems.training import is_normal
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline, Model, Unknown
from relucert.verify.search import NoSearch, Search
from relucert.verify.testing.laws import Law, LawViolated, broken_law, check_laws, decide_in_process

ROOT = Path(__file__).parents[2]


def test_what_is_seen_to_be_normal_is_its_own_normal_form():
    rng, seen = random.Random(11), Counter()
    for _ in range(1000):
        d = rng.randint(1, 3)
        xs = [[rng.choice((0, 0, 1, Fraction(1, 2))) for _ in range(d)] for _ in range(rng.randint(0, 4))]
        samples = tuple(sample(x, rng.choice((0, 1)), rng.choice((1, 1, 1, 2))) for x in xs)
        instance = TrainingInstance(d, 1, samples, loss=rng.choice(("exact", "exact", "l0", "linf")))
        normal = normal_form(instance)
        same = normal is not None and normal.instance == instance
        seen[same, is_normal(instance)] += 1
    assert not seen[False, True]
    assert min(seen[True, True], seen[False, False]) > 50


# ------------------------------------------------------------------------------------------------------ three floors


def files(folder):
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}


def test_a_problem_has_a_file_of_the_same_name_on_every_floor():
    rooms = files("verify/problems")
    assert rooms == files("certificates/encodings")
    stated = {
        stem: vars(import_module(f"relucert.reductions.problems.{stem}")) for stem in files("reductions/problems")
    }
    assert rooms == {stem for stem, members in stated.items() if any(isinstance(v, Problem) for v in members.values())}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_files_are_about_the_same_problem(name):
    search = SEARCHES[name]
    assert search.problem is PROBLEMS[name]
    assert search.encoding is ENCODINGS[name]
    rooms = {type(part).__module__.rpartition(".")[2] for part in (search.problem, search.encoding, search)}
    assert len(rooms) == 1
    assert all(isinstance(special, Search) and special.problem is search.problem for special in SEARCHES.of(name))


def test_the_lists_have_the_same_problems():
    assert SEARCHES.found.keys() == PROBLEMS.keys() == ENCODINGS.keys()
    assert len(files("verify/problems")) == len(PROBLEMS)


@pytest.mark.parametrize("file", ["decide.py", "testing/laws.py", "certify.py", "provers/__init__.py"])
def test_what_is_for_all_problems_names_none(file):
    tree = ast.parse((ROOT / "verify" / file).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    floors = ("relucert.reductions.problems", "relucert.certificates.encodings", "relucert.verify.problems")
    assert imported
    assert not [m for m in imported if any(m.startswith(floor + ".") for floor in floors)]
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not words & (PROBLEMS.keys() - {"sat"})  # which is the name of a prover, too


def test_deciding_one_problem_imports_the_search_of_one():
    program = """
import sys
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.verify.testing.laws import decide_in_process
print(type(decide_in_process(SET_COVER, SetCoverInstance(2, ((0,), (1,)), 1))).__name__)
print(*sorted(name for name in sys.modules if name.startswith("relucert.verify.problems.")))
print(*sorted({"z3", "hypothesis", "networkx"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.splitlines(), done.stderr) == (["No", "relucert.verify.problems.set_cover", ""], "")


@pytest.mark.thorough
@pytest.mark.parametrize("name", PROBLEMS)
def test_brute_force_and_further_witnesses_solve_the_instance(name):
    search, answers = SEARCHES[name], Counter()

    @settings(max_examples=20 if name == "two-hyperplane-separability" else 40)
    @given(search.instances(), st.integers(0, 99))
    def law(instance, seed):
        witness = search.by_brute_force(instance)
        answers[witness is not None] += 1
        if witness is not None:
            witnesses = list(search.more(instance, [witness], random.Random(seed)))
            assert witness in witnesses
            assert all(search.problem.accepts(instance, w) for w in witnesses)

    law()
    assert min(answers[True], answers[False]) >= 5


# ------------------------------------------------------------------------------------------- a problem from outside


@dataclass(frozen=True)
class Target:
    """Whether some of the numbers add up to the total."""

    numbers: tuple[int, ...]
    total: int


class SubsetSum(Problem[Target, tuple[int, ...]]):
    name = "subset-sum"

    def accepts(self, instance, witness):
        if not set(witness) <= set(range(len(instance.numbers))) or len(set(witness)) < len(witness):
            raise InvalidInstance("not a choice of numbers")
        return sum(instance.numbers[i] for i in witness) == instance.total

    def work(self, instance, witness):
        return 10 + len(instance.numbers)

    def size(self, instance):
        return Size({"numbers": len(instance.numbers)}, 100 + 10 * len(instance.numbers))

    def instance_to_json(self, instance):
        return {"numbers": list(instance.numbers), "total": instance.total}

    def instance_from_json(self, data):
        return Target(tuple(data["numbers"]), data["total"])

    def witness_to_json(self, witness):
        return list(witness)

    def witness_from_json(self, data):
        return tuple(data)

    def parse(self, text, suffix):
        raise InvalidInstance("JSON only")


SUBSET_SUM = SubsetSum()


class SubsetSumSearch(Search):
    """No encoding, so that brute force is all there is."""

    problem = SUBSET_SUM

    def by_brute_force(self, instance):
        sums = {0: ()}
        for i, number in enumerate(instance.numbers):
            sums = {total + number: (*chosen, i) for total, chosen in sums.items()} | sums
        return sums.get(instance.total)

    def instances(self):
        return st.builds(Target, st.lists(st.integers(1, 9), max_size=4).map(tuple), st.integers(0, 12))


class Doubled(Reduction[Target, tuple[int, ...], Target, tuple[int, ...]]):
    """All numbers and the total times two."""

    name, source, target, reference = "doubled", SUBSET_SUM, SUBSET_SUM, "none"

    def reduce(self, instance):
        return Target(tuple(2 * number for number in instance.numbers), 2 * instance.total)

    def forward(self, instance, witness):
        return witness

    def backward(self, instance, witness):
        return witness

    def stages(self, instance):
        yield self.source.size(instance)

    def work(self, instance, witness=None, image=None):
        return 100


class OneMore(Doubled):
    """The total is one more than that, and then odd: nothing adds up to it."""

    def reduce(self, instance):
        return Target(tuple(2 * number for number in instance.numbers), 2 * instance.total + 1)


WITH_IT = SEARCHES.with_("subset-sum", SubsetSumSearch())
YES, NO = Target((2, 3), 5), Target((2, 3), 4)


def decided(problem, instance, searches, **asked):
    prover = provers_for(problem, searches=searches)[0]
    return decide(problem, instance, prover, Deadline(), searches=searches, **asked)


def test_without_a_search_nothing_is_known():
    assert decided(SUBSET_SUM, YES, SEARCHES) == Unknown("no search for subset-sum")
    assert decide_in_process(SUBSET_SUM, YES) == Unknown("no search for subset-sum")
    assert len(provers_for(SUBSET_SUM)) == 1
    with pytest.raises(NoSearch, match="no search for subset-sum"):
        check_laws(Doubled(), YES)


def test_without_an_encoding_a_yes_is_found_and_a_no_is_unknown():
    nothing_refuted = Unknown("subset-sum has no encoding, so nothing can be refuted")
    assert decided(SUBSET_SUM, YES, WITH_IT) == Yes((0, 1))
    assert decided(SUBSET_SUM, NO, WITH_IT) == nothing_refuted
    assert decided(SUBSET_SUM, YES, WITH_IT, below=True) == nothing_refuted

    class Guessing(Search):
        problem = SUBSET_SUM

        def guess(self, instance):
            return tuple(range(len(instance.numbers)))

    guessing = SEARCHES.with_("subset-sum", Guessing())
    assert decided(SUBSET_SUM, YES, guessing) == Yes((0, 1))
    assert decided(SUBSET_SUM, NO, guessing) == nothing_refuted  # a guess that is wrong, and no brute force


def test_a_brute_force_that_is_wrong_is_no_yes():
    class Hopeful(SubsetSumSearch):
        def by_brute_force(self, instance):
            return (0,)

    assert isinstance(decided(SUBSET_SUM, YES, SEARCHES.with_("subset-sum", Hopeful())), Unknown)


def test_laws_of_a_reduction_between_problems_without_an_encoding():
    answers = Counter()

    @given(SubsetSumSearch().instances(), st.integers(0, 99))
    def law(source, seed):
        answers[check_laws(Doubled(), source, seed, searches=WITH_IT)] += 1

    law()
    assert min(answers["YES"], answers["NO"]) >= 10
    assert broken_law(OneMore(), NO, 1000, WITH_IT) is None
    assert broken_law(OneMore(), YES, 1000, WITH_IT) == Law.FORWARD


def test_laws_with_a_target_that_nobody_searches():
    class Unsearched(SubsetSum):
        name = "unsearched"

    class ToUnsearched(Doubled):
        target = Unsearched()

    class Forgetful(ToUnsearched):
        def backward(self, instance, witness):
            return ()

    assert [check_laws(ToUnsearched(), source, searches=WITH_IT) for source in (YES, NO)] == ["YES", "NO"]
    with pytest.raises(LawViolated) as violation:
        check_laws(Forgetful(), YES, searches=WITH_IT)
    assert violation.value.law == Law.BACKWARD


def test_searches_are_a_value():
    assert "subset-sum" in WITH_IT
    assert "subset-sum" not in SEARCHES
    assert WITH_IT["set-cover"] is SEARCHES["set-cover"]
    with pytest.raises(ValueError, match="a search for subset-sum already"):
        WITH_IT.join({"subset-product": lambda: [Search()], "subset-sum": lambda: [Search()]})
    with pytest.raises(ValueError, match="a search for sat already"):
        SEARCHES.with_("sat", Search())
    with pytest.raises(NoSearch, match="no search for subset-sum"):
        SEARCHES.trying_first("subset-sum", SubsetSumSearch())


def test_what_is_joined_is_not_imported_before_it_is_searched():
    searches = SEARCHES.join({"subset-sum": lambda: pytest.fail("imported")})
    assert isinstance(decided(SET_COVER, SetCoverInstance(1, ((0,),), 1), searches), Yes)


@pytest.mark.parametrize("part", ["by_brute_force", "instances", "witness"])
def test_what_a_search_lacks_is_said(part):
    class Nothing(Search):
        problem = SUBSET_SUM

    arguments = {"by_brute_force": (YES,), "instances": (), "witness": (YES, 0, Model({}, frozenset()))}[part]
    with pytest.raises(NoSearch, match="the search of subset-sum "):
        getattr(Nothing(), part)(*arguments)


# ------------------------------------------------------------------------------------------------- special searches


ONE_SAMPLE = TrainingInstance(1, 1, (sample([1], 1),), output="ones", loss="l2", threshold=1)
ZERO, FIT = Network(((0,),), (0,), (1,)), Network(((1,),), (0,), (1,))


class Special(type(SEARCHES["training"])):
    """Recognises instances of one sample, and guesses the network zero, whose loss is the threshold here."""

    def recognises(self, instance):
        return len(instance.samples) == 1

    def guess(self, instance):
        return ZERO


def test_a_special_search_is_tried_first_where_it_recognises_the_instance():
    searches = SEARCHES.trying_first("training", Special())
    assert isinstance(searches.search_for(TRAINING, ONE_SAMPLE), Special)
    assert decided(TRAINING, ONE_SAMPLE, searches) == Yes(ZERO)
    two = TrainingInstance(1, 1, (sample([1], 1), sample([2], 3)), output="ones")
    assert searches.search_for(TRAINING, two) is SEARCHES["training"]
    assert isinstance(decided(TRAINING, two, searches), No)
    assert searches["training"] is SEARCHES["training"]  # the general one stays the last


def test_guesses_say_nothing_about_less_than_the_threshold():
    searches = SEARCHES.trying_first("training", Special())
    below = decided(TRAINING, ONE_SAMPLE, searches, below=True)
    assert isinstance(below, Yes)
    weight = below.witness.weights[0][0]
    assert 0 < weight < 2
    tight = TrainingInstance(1, 1, (sample([1], -1),), output="ones", loss="l2", threshold=1)
    assert decided(TRAINING, tight, searches) == Yes(ZERO)
    assert isinstance(decided(TRAINING, tight, searches, below=True), No)


def test_targets_of_formulas_have_a_search_of_their_own():
    formula = OneInThreeInstance(3, ((0, 1, 2),))
    target = OneInThreeToPlane().reduce(formula)
    special, *_, general = SEARCHES.of("training")
    assert SEARCHES.search_for(TRAINING, target) is special
    assert special.guess(target) is not None
    assert SEARCHES.search_for(TRAINING, ONE_SAMPLE) is general
    moved = (*target.samples[:-1], sample([0, Fraction(1, 2)], 0))
    other = TrainingInstance(2, target.neurons, moved, output=target.output, bias=True)
    assert SEARCHES.search_for(TRAINING, other) is general
