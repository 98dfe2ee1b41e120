"""Set Cover: its files, and its reduction to the training of one ReLU."""

import json
import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_relu import candidates, check_backward, refuses

from relucert.reductions.exact import TooLarge
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.reductions.problems.training import TRAINING, loss_of
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.testing.laws import check_size

R = SetCoverToRelu()


def read(text, suffix="", budget=2):
    return SET_COVER.read(text, suffix, {} if budget is None else {"budget": budget})


@st.composite
def set_covers(draw):
    """Small families, empty and equal sets among them; some element may be in no set."""
    universe = draw(st.integers(0, 5))
    elements = st.lists(st.integers(0, universe - 1), unique=True).map(sorted) if universe else st.just([])
    sets = draw(st.lists(elements.map(tuple), max_size=6))
    return SetCoverInstance(universe, tuple(sets), draw(st.integers(0, 4)))


def smallest_cover(instance):
    """By brute force; None if some element is in no set."""
    everything = set(range(instance.universe))
    for size in range(len(instance.sets) + 1):
        for chosen in combinations(range(len(instance.sets)), size):
            if everything <= {u for i in chosen for u in instance.sets[i]}:
                return chosen
    return None


# --------------------------------------------------------------------------------------------------------------- files


def or_library(instance):
    rows = [[i + 1 for i, s in enumerate(instance.sets) if u in s] for u in range(instance.universe)]
    numbers = [instance.universe, len(instance.sets), *(1 for _ in instance.sets)]
    return [*numbers, *(number for row in rows for number in (len(row), *row))]


@given(set_covers(), st.integers(1, 20), st.sampled_from(["\n", "\r\n", "\n\n "]))
def test_or_library_does_not_mind_line_breaks(instance, width, newline):
    numbers = [str(number) for number in or_library(instance)]
    text = newline.join("  ".join(numbers[i : i + width]) for i in range(0, len(numbers), width))
    for suffix in (".scp", ".txt", ""):
        assert read(text, suffix, instance.budget)[0] == instance
    assert SET_COVER.describes(text, ".txt", instance).agrees


@given(set_covers())
def test_json(instance):
    text = "".join(SET_COVER.canonical(instance))
    assert text == dumps(SET_COVER.instance_to_json(instance))
    assert SET_COVER.instance_from_json(loads(text)) == instance
    read_back, remarks = read(text, ".json", None)
    assert read_back == instance
    assert bool(remarks) == ({u for s in instance.sets for u in s} != set(range(instance.universe)))
    shuffled = {"universe": instance.universe, "sets": [list(s)[::-1] for s in instance.sets]}
    assert read(json.dumps(shuffled), "", instance.budget)[0] == instance
    assert "the command says budget = 7" in refuses(read, text, ".json", 7)


@given(st.lists(st.integers(0)))
def test_covers_are_read_back(chosen):
    assert SET_COVER.witness_from_json(SET_COVER.witness_to_json(tuple(chosen))) == tuple(chosen)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file ends where the number of rows"),
        ("2", "the number of columns"),
        ("2 3\n1 1", "the cost of column 3"),
        ("2 3\n1 1 1", "the number of columns of row 1"),
        ("2 3\n1 1 1\n2 1", "a column of row 1"),
        ("2 3\n1 1 1\n1 1", "the number of columns of row 2"),
        ("999999999999 0\n0", "the number of columns of row 2"),
        ("0 999999999999\n1", "the cost of column 2"),
        ("1 1\n1\n999999999999 1", "a column of row 1"),
        ("2 3\n1 7 1\n1 1\n1 1", "line 2: column 2 costs 7"),
        ("2 3\n1 1\n0\n1 1\n1 1", "line 3: column 3 costs 0"),
        ("2 3\n1 1 1\n1\n4\n1 1", "line 4: row 1: column 4 is outside 1..3"),
        ("2 3\n1 1 1\n1 1\n1 0", "line 4: row 2: column 0 is outside 1..3"),
        ("2 3\n1 1 1\n1 1\n2 2\n2", "line 5: row 2 names column 2 twice"),
        ("2 3\n1 1 1\n1 1\n1 2\n\n1", "line 6: nothing may follow the last row, but 1"),
        ("2 3\n1 1 1\n-1", "line 3: '-1'"),
        ("2 3\n1 1.0 1", "line 2: '1.0'"),
        ("2 3\n1 1 one", "line 2: 'one'"),
        ("p edge 3 2\ne 1 2\n", "line 1: 'p'"),
        ("1 1\n1\n1 ٣", "line 3"),
        ("1 1\n1\n1 1_0", "line 3"),
        ("\ufeff1 1\n1\n1 1", "line 1"),
        ("1 1\x00", "line 1"),
        ("9" * 10**6 + " 1", "line 1"),
        ("1 1\n1\n" + "0" * 19, "line 3"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_bad_or_library_files_are_refused_with_their_place(text, message):
    assert message in refuses(read, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"universe": 3, "sets": [[0], [3]]}', "set 1: elements"),
        ('{"universe": 3, "sets": [[0, 0]]}', "set 0: elements must be distinct"),
        ('{"universe": 3, "sets": [[-1]]}', "element"),
        ('{"universe": 3, "sets": [[1.0]]}', "float"),
        ('{"universe": 3, "sets": [["1"]]}', "'1'"),
        ('{"universe": 3, "sets": [[true]]}', "True"),
        ('{"universe": 3, "sets": [0]}', "set"),
        ('{"universe": 3, "sets": {}}', "sets"),
        ('{"universe": 3}', "'sets' is missing"),
        ('{"sets": []}', "'universe' is missing"),
        ('{"universe": -1, "sets": []}', "at least 0"),
        ('{"universe": 3, "sets": [], "costs": []}', "'costs' is unknown"),
        ('{"universe": 3, "sets": []} x', "not JSON"),
        ('{"universe": 3, "sets": [' + "[" * 10**5, "nested"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_bad_json_is_refused(text, message):
    assert message in refuses(read, text)


@pytest.mark.parametrize("budget", [-1, None, True, "two", 2.0, Fraction(2), -(10**3999)])
def test_the_budget_is_a_natural_number(budget):
    assert "budget" in refuses(read, '{"universe": 0, "sets": []}', "", budget)
    assert "budget" in refuses(lambda: SetCoverInstance(0, (), budget))


@pytest.mark.parametrize("witness", [None, {}, 1, [True], [-1], ["0"], [[0]], [0.5]])
def test_bad_witnesses_are_refused(witness):
    refuses(SET_COVER.witness_from_json, witness)


@pytest.mark.parametrize("witness", [(1, 0), (0, 0), (2,), (-1,), (10**4000,)])
def test_a_cover_lists_distinct_sets_in_order(witness):
    refuses(SET_COVER.accepts, SetCoverInstance(1, ((0,), (0,)), 2), witness)


def test_elements_that_python_hashes_alike_are_refused():
    alike = [i * (2**61 - 1) for i in range(100)]
    with pytest.raises(TooLarge, match=r"below 2\^60"):
        read(json.dumps({"universe": alike[-1] + 1, "sets": [alike[::-1], alike]}))


@given(set_covers())
def test_accepts_by_brute_force(instance):
    everything = set(range(instance.universe))
    for size in range(len(instance.sets) + 1):
        for chosen in combinations(range(len(instance.sets)), size):
            covers = everything <= {u for i in chosen for u in instance.sets[i]}
            assert SET_COVER.accepts(instance, chosen) == (covers and size <= instance.budget)


# ----------------------------------------------------------------------------------------------------------- reduction


@settings(max_examples=200)
@given(set_covers())
def test_size_and_forward_error(instance):
    target, m = R.reduce(instance), len(instance.sets)
    check_size(R, instance, target)
    gamma = Fraction(1, 4 * max(m, 1))
    assert target.threshold == min(instance.budget, m) * gamma**2
    smallest = smallest_cover(instance)
    for chosen in {smallest, tuple(range(m))} if smallest is not None else ():
        net = R.forward(instance, chosen)
        assert loss_of(target, net) == len(chosen) * gamma**2
        assert TRAINING.accepts(target, net) == (len(chosen) <= instance.budget)
        assert R.backward(instance, net) == chosen


def test_degenerate_instances_have_an_image():
    for universe, sets, answer in [(0, (), True), (2, (), False), (0, ((), ()), True), (1, ((),), False)]:
        for budget in (0, 1, 2**60 - 1):
            instance = SetCoverInstance(universe, sets, budget)
            assert SET_COVER.accepts(instance, ()) == answer
            assert TRAINING.accepts(R.reduce(instance), R.forward(instance, ())) == answer


def random_instance(rng):
    universe, m = rng.randint(1, 6), rng.randint(1, 6)
    sets = [{u for u in range(universe) if rng.random() < 0.4} for _ in range(m)]
    for u in range(universe):
        rng.choice(sets).add(u)
    return SetCoverInstance(universe, tuple(tuple(sorted(s)) for s in sets), rng.randint(0, m))


def test_every_network_within_the_threshold_is_a_cover():
    """The budget only moves the threshold, so the largest budget covers them all."""
    rng = random.Random(1)
    within = tried = 0
    for _ in range(120):
        instance = random_instance(rng)
        m = len(instance.sets)
        cover = smallest_cover(instance)
        for start in (cover, tuple(range(m))):
            for net in candidates(R, instance, R.forward(instance, start), Fraction(1, 4 * m), rng):
                within += check_backward(R, instance, net, Fraction(1, 4 * m), m)
                tried += 1
    assert within > tried / 4


def test_the_search_above_finds_what_is_wrong_with_a_large_gamma():
    class Careless(SetCoverToRelu):
        name = "careless"

        @staticmethod
        def _gamma(instance):
            return Fraction(1, 2)

    rng, r = random.Random(2), Careless()
    failures = 0
    for _ in range(40):
        instance = random_instance(rng)
        cover = smallest_cover(instance)
        for net in candidates(r, instance, r.forward(instance, cover), Fraction(1, 2), rng):
            try:
                check_backward(r, instance, net, Fraction(1, 2), len(instance.sets))
            except AssertionError:
                failures += 1
    assert failures > 10
