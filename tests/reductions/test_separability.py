"""2-Hyperplane Separability: its files, its solutions, and how it differs from crossing every segment."""

import io
import json
from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_relu import refuses

from relucert.certificates.checker import check
from relucert.certificates.writer import No, Yes, decision, write
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problems.strip import (
    STRIP,
    StripInstance,
    crosses_every_segment,
    strip,
)
from relucert.verify.problems import SEARCHES
from relucert.verify.testing.laws import decide_in_process

NUMBERS = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=4)


@st.composite
def point_sets(draw):
    """Two sets of distinct points in one to three dimensions, not yet translated; none is empty."""
    d = draw(st.integers(1, 3))
    points = draw(st.lists(st.tuples(*[NUMBERS] * d), unique=True, min_size=2, max_size=7))
    inside = draw(st.integers(1, len(points) - 1))
    return points[:inside], points[inside:]


def read(text, suffix=""):
    return STRIP.read(text, suffix, {})


# --------------------------------------------------------------------------------------------------------------- files

BAND = strip([(0, 0), (Fraction(1, 2), 1)], [(-1, 1), (2, 0)])
CSV = "# a strip\nx1,x2,side\n0.5,1,P\n2,0,Q\n-1,1,Q\n0,0,P\n"


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        (CSV, ".csv"),
        (CSV.replace("\n", " \r\n\r\n").replace(",", " , "), ".csv"),
        (CSV.replace("0.5", "5e-1").replace("\n2,", "\n4/2,"), ".csv"),
        ('{"P": [[0.5, 1], [0, 0]], "Q": [[2, 0], [-1, 1]]}', ".json"),
        ('\n{"Q": [["2", 0], [-1, "1.0"]], "P": [["1/2", 1.0], ["0", "0/3"]]}', ".json"),
    ],
)
def test_formats(text, suffix):
    for hint in (suffix, ""):
        assert read(text, hint) == (BAND, [])
    assert STRIP.describes(text, suffix, BAND).agrees
    assert not STRIP.describes(text, suffix, strip(BAND.q, BAND.p)).agrees


def test_decimals_are_exact():
    instance, _ = read("x1,side\n0,P\n0.1,Q\n1e-30,Q\n0.30000000000000000000000001,Q\n")
    assert instance.q == ((Fraction(1, 10**30),), (Fraction(1, 10),), (Fraction(3 * 10**25 + 1, 10**26),))
    assert read('{"P": [[0]], "Q": [[0.1], [1e-30], [0.30000000000000000000000001]]}')[0] == instance


@pytest.mark.parametrize(
    ("text", "instance", "remarks"),
    [
        (
            "x1,x2,side\n1,0.5,P\n3,3,P\n0,0,Q\n",
            strip([(0, 0), (2, Fraction(5, 2))], [(-1, Fraction(-1, 2))]),
            ["all points are translated by −[1, 1/2], which becomes the origin"],
        ),
        ("x1,side\n0,P\n1,Q\n1.0,Q\n", strip([(0,)], [(1,)]), ["1 duplicate point merged"]),
        ("x1,side\n0,P\n0,P\n-0,P\n1,Q\n", strip([(0,)], [(1,)]), ["2 duplicate points merged"]),
        (
            '{"P": [[2], [2]], "Q": [[3]]}',
            strip([(0,)], [(1,)]),
            ["all points are translated by −[2], which becomes the origin", "1 duplicate point merged"],
        ),
    ],
)
def test_translation_and_duplicates_are_said(text, instance, remarks):
    assert read(text) == (instance, remarks)


@given(point_sets())
def test_the_origin_comes_from_a_translation(sets):
    p, q = sets
    origin = (0,) * len(p[0])
    shift = origin if origin in p else p[0]
    instance = strip(p, q)
    assert origin in instance.p
    for mine, theirs in ((instance.p, p), (instance.q, q)):
        assert set(mine) == {tuple(v - u for v, u in zip(x, shift, strict=True)) for x in theirs}
        assert list(mine) == sorted(mine)


@given(point_sets(), st.booleans())
def test_files_are_read_back(sets, as_json):
    instance = strip(*sets)
    text = "".join(STRIP.canonical(instance))
    assert text == dumps(STRIP.instance_to_json(instance))
    assert STRIP.instance_from_json(loads(text)) == instance
    assert read(text, ".json") == (instance, [])
    points = [(x, side) for side, s in (("P", instance.p), ("Q", instance.q)) for x in s]
    header = [f"x{t + 1}" for t in range(len(instance.p[0]))]
    rows = [",".join((*header, "side")), *(",".join((*map(str, x), side)) for x, side in reversed(points))]
    assert read("\n".join(rows), ".csv") == (instance, [])


COLUMNS = "x1,x2,side\n0,0,P\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# nothing\n\n", "the file is empty"),
        ("x1,side\n", "P is empty"),
        ("x1,side\n1,Q\n", "P is empty"),
        ("x1,side\n1,P\n", "Q is empty"),
        (COLUMNS + "1,1,Q\n0,0,Q\n", "the point [0, 0] is in both P and Q"),
        (COLUMNS + "1/3,1,Q\n1,1,Q\n2/6,1.0,P\n", "the point [1/3, 1] is in both P and Q"),
        (COLUMNS + "5,5,Q\n1,1,R\n", "line 4: the side 'R' is neither P nor Q"),
        (COLUMNS + "1,1,q\n", "line 3: the side 'q' is neither P nor Q"),
        (COLUMNS + "1,1,\n", "line 3: the side '' is neither P nor Q"),
        (COLUMNS + "\n# a comment\n1,Q\n", "line 5: a row has 2 entries where 3 are expected"),
        (COLUMNS + "1,1,1,Q\n", "line 3: a row has 4 entries where 3 are expected"),
        (COLUMNS + "1;1;Q\n", "line 3: a row has 1 entries where 3 are expected"),
        (COLUMNS + "1,x,Q\n", "line 3: 'x' is not a rational number"),
        (COLUMNS + "1,,Q\n", "line 3: '' is not a rational number"),
        (COLUMNS + "1,nan,Q\n", "line 3: 'nan' is not a rational number"),
        (COLUMNS + "1,1/0,Q\n", "line 3: '1/0' divides by zero"),
        (COLUMNS + "1," + "9" * 4001 + ",Q\n", "line 3: the number"),
        ("0,0,P\n1,1,Q\n", "line 1: the header must be x1,…,xd,side, not '0,0,P'"),
        ("side\nP\nQ\n", "line 1: the header must be"),
        ("\nx1,x3,side\n", "line 2: the header must be"),
        ("x1,x2\n", "line 1: the header must be"),
        ("side,x1\n", "line 1: the header must be"),
        ("x1,x2,side," + "x" * 10**5 + "\n", "line 1: the header must be"),
    ],
)
def test_bad_csv_is_refused_with_its_place(text, message):
    for suffix in (".csv", ""):
        assert message in refuses(read, text, suffix)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"P": [], "Q": [[1]]}', "P is empty"),
        ('{"P": [[1]], "Q": []}', "Q is empty"),
        ('{"P": [[0], [1]], "Q": [[2], [1]]}', "the point [1] is in both P and Q"),
        ('{"P": [["1/2"]], "Q": [[0.5]]}', "the point [1/2] is in both P and Q"),
        ('{"P": [[0, 0]], "Q": [[1, 1], [1]]}', "the point [1] of Q does not have 2 coordinates"),
        ('{"P": [[0], [1, 2]], "Q": [[1]]}', "the point [1, 2] of P does not have 1 coordinates"),
        ('{"P": [[]], "Q": [[]]}', "the point [] of P does not have any coordinates"),
        ('{"P": [[0]]}', "the field 'Q' is missing"),
        ('{"P": [[0]], "Q": [[1]], "R": []}', "the field 'R' is unknown"),
        ('{"P": [[0]], "P": [[0]], "Q": [[1]]}', "the key 'P' stands twice"),
        ('{"P": 0, "Q": [[1]]}', "P: expected a list, not 0"),
        ('{"P": [0], "Q": [[1]]}', "a point of P: expected a list, not 0"),
        ('{"P": [[0]], "Q": [["x"]]}', "a point of Q: 'x' is not a rational number"),
        ('{"P": [[0]], "Q": [["1/0"]]}', "a point of Q: '1/0' divides by zero"),
        ('{"P": [[0]], "Q": [[true]]}', "a point of Q: True is not a rational number"),
        ('{"P": [[0]], "Q": [[null]]}', "a point of Q: None is not a rational number"),
        ('{"P": [[0]], "Q": [[[1]]]}', "a point of Q: [1] is not a rational number"),
        ('{"P": [[0]], "Q": [[NaN]]}', "float"),
        ('{"P": [[0]], "Q": [[1]]', "not JSON"),
        ("[]", "expected an object"),
    ],
)
def test_bad_json_is_refused(text, message):
    assert message in refuses(read, text, ".json")


@settings(max_examples=200)
@given(st.text(alphabet='xside,PQ012./-\n#{}[]:"', max_size=40) | st.text(max_size=20).map(COLUMNS.__add__))
def test_any_text_is_an_instance_or_refused(text):
    try:
        assert isinstance(read(text, ".csv")[0], StripInstance)
    except ValueError:
        assert refuses(read, text, ".csv")


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ((), ((1,),), "P is empty"),
        (((0,),), (), "Q is empty"),
        (((1,),), ((2,),), "the origin must be in P"),
        (((1,), (0,)), ((2,),), "the point [0] stands twice or out of order"),
        (((0,), (1,)), ((3,), (2,)), "the point [2] stands twice or out of order"),
        (((0,), (0,)), ((2,),), "the point [0] stands twice or out of order"),
        (((0,), (1,)), ((1,),), "the point [1] is in both P and Q"),
        (((0, 0),), ((1,),), "the point [1] of Q does not have 2 coordinates"),
    ],
)
def test_instances_check_themselves(p, q, message):
    assert message in refuses(StripInstance, p, q)


@given(st.lists(st.lists(NUMBERS, max_size=4).map(tuple), min_size=2, max_size=2).map(tuple))
def test_witnesses_are_read_back(planes):
    assert STRIP.witness_from_json(loads(dumps(STRIP.witness_to_json(planes)))) == planes


@pytest.mark.parametrize("witness", [1, None, {}, [], [[1, 2]], [[1, 2]] * 3, [1, 2], [[0.5, 1]] * 2, [["2/4", 1]] * 2])
def test_bad_witnesses_are_refused(witness):
    refuses(STRIP.witness_from_json, witness)


# ----------------------------------------------------------------------------------------------------------- solutions


@pytest.mark.parametrize("planes", [((1, 1), (1, 1)), ((1, 1, 1), (1, 1)), ((1, 1, 1, 1), (1, 1, 1))])
def test_planes_have_a_coefficient_for_each_coordinate_and_a_constant(planes):
    assert "2 coefficients and a constant" in refuses(STRIP.accepts, BAND, planes)
    assert "2 coefficients and a constant" in refuses(crosses_every_segment, BAND, planes)


def sides(plane, points):
    """The sign of a·x + b at each point, −1, 0 or 1."""
    *a, b = plane
    values = [b + sum(u * v for u, v in zip(a, x, strict=True)) for x in points]
    return [(v > 0) - (v < 0) for v in values]


def separates(instance, first, second):
    """By the definition in words: P lies between, and each point of Q on one side of both."""
    of_p = zip(sides(first, instance.p), sides(second, instance.p), strict=True)
    of_q = zip(sides(first, instance.q), sides(second, instance.q), strict=True)
    return set(of_p) == {(1, -1)} and set(of_q) <= {(1, 1), (-1, -1)}


SMALL_PLANES = {1: list(product((-2, -1, 0, 1, 2), range(-3, 4))), 2: list(product((-1, 0, 1), (-1, 0, 1), (-1, 0, 1)))}


@pytest.mark.thorough
@settings(max_examples=60)
@given(SEARCHES["two-hyperplane-strip"].instances())
def test_accepts_what_the_definition_says(instance):
    """For every pair of planes with small coefficients, many of which touch points."""
    planes = SMALL_PLANES[len(instance.p[0])]
    for first, second in product(planes, repeat=2):
        assert STRIP.accepts(instance, (first, second)) == separates(instance, first, second)


def test_every_side_of_a_solution_counts():
    planes = ((4, -2, 3), (4, -2, -3))  # 4x − 2y between −3 and 3
    assert STRIP.accepts(BAND, planes)
    assert not STRIP.accepts(BAND, planes[::-1])
    for x in ((0, 1), (1, 1), (Fraction(3, 4), 0), (Fraction(-3, 4), 0)):  # between, or on a plane
        assert not STRIP.accepts(strip(BAND.p, [*BAND.q, x]), planes)
    for x in ((1, 0), (0, 2), (Fraction(3, 4), 0), (Fraction(-3, 4), 0)):  # beyond, or on a plane
        assert not STRIP.accepts(strip([*BAND.p, x], BAND.q), planes)


def test_decisions_on_a_line(shares):
    """All sets of points of −1, …, 3 with 0 in P and a point in Q: YES iff no point of Q is between two of P."""
    answers = Counter()
    for chosen in product(("P", "Q", None), repeat=4):
        points = [(x, side) for x, side in zip((-1, 1, 2, 3), chosen, strict=True) if side]
        p, q = [0, *(x for x, side in points if side == "P")], [x for x, side in points if side == "Q"]
        if not q:
            continue
        instance = strip([(x,) for x in p], [(x,) for x in q])
        found = decide_in_process(STRIP, instance)
        assert type(found) is (No if any(min(p) < x < max(p) for x in q) else Yes)
        assert type(found) is No or separates(instance, *found.witness)
        answers[type(found).__name__] += 1
    assert answers == {"Yes": 44, "No": 21}  # NO: from 0 to the right Q comes first and then P; 3 · (27 − 8 − 12)
    shares(answers["Yes"], answers["No"])


@pytest.mark.thorough
@settings(max_examples=60)
@given(SEARCHES["two-hyperplane-strip"].instances())
def test_decisions_agree_with_brute_force(instance):
    expected = SEARCHES["two-hyperplane-strip"].by_brute_force(instance)
    found = decide_in_process(STRIP, instance)
    assert type(found) is (No if expected is None else Yes)
    for planes in (expected, getattr(found, "witness", None)):
        assert planes is None or separates(instance, *planes)


# ------------------------------------------------------------------------------ a finding: crossing is not the same


def crossed(instance, planes):
    """By the definition: every segment has its ends strictly on different sides of one of the planes."""
    signs = [(sides(h, instance.p), sides(h, instance.q)) for h in planes]
    touched = any(0 in (*p, *q) for p, q in signs)
    ends = product(range(len(instance.p)), range(len(instance.q)))
    return not touched and all(any(p[i] != q[j] for p, q in signs) for i, j in ends)


@pytest.mark.thorough
@settings(max_examples=24)
@given(SEARCHES["two-hyperplane-strip"].instances())
def test_crossing_every_segment(instance):
    """The predicate is what it says, and solutions of the canonical problem are among the pairs that cross."""
    planes = SMALL_PLANES[len(instance.p[0])]
    for first, second in product(planes, repeat=2):
        assert crosses_every_segment(instance, (first, second)) == crossed(instance, (first, second))
    if (solution := SEARCHES["two-hyperplane-strip"].by_brute_force(instance)) is not None:
        assert crossed(instance, solution)
        assert crosses_every_segment(instance, solution)


HALF = Fraction(1, 2)
FOUR_QUADRANTS = strip([(0, 0), (2, 2)], [(1, 1), (2, 0)])
ON_A_LINE = strip([(0,), (2,)], [(1,)])
EXCLUSIVE_OR = strip([(0, 0), (1, 1)], [(0, 1), (1, 0)])


@pytest.mark.parametrize(
    ("instance", "planes"),
    [(FOUR_QUADRANTS, ((2, 0, -3), (0, 2, -1))), (ON_A_LINE, ((2, -1), (2, -3)))],
    ids=["four quadrants", "on a line"],
)
def test_planes_cross_every_segment_of_a_certified_no(instance, planes):
    """P and Q are in opposite quadrants (Q: above left, below right), but (1, 1) is between the points of P."""
    assert crossed(instance, planes)
    assert crosses_every_segment(instance, planes)
    assert not STRIP.accepts(instance, planes)
    found = decide_in_process(STRIP, instance)
    assert isinstance(found, No)
    certificate = io.BytesIO()
    write(certificate, decision(STRIP, instance, found))
    lines = [json.loads(line) for line in certificate.getvalue().splitlines()]
    assert (lines[0]["claim"], lines[0]["instance"]) == ("rejects", STRIP.instance_to_json(instance))
    assert check(io.BufferedReader(io.BytesIO(certificate.getvalue()))).verdict == "accepted"


def test_the_corners_of_a_square_are_a_yes_of_both():
    """The axis-parallel planes cross every segment and solve nothing, but a diagonal strip solves it."""
    quadrants, strip = ((1, 0, -HALF), (0, 1, -HALF)), ((-1, 1, HALF), (-1, 1, -HALF))
    assert [crosses_every_segment(EXCLUSIVE_OR, planes) for planes in (quadrants, strip)] == [True, True]
    assert [STRIP.accepts(EXCLUSIVE_OR, planes) for planes in (quadrants, strip)] == [False, True]
