"""Reading files: what every format means, and that bad input ends in one clear line."""

import json
import sys
from fractions import Fraction
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relucert.reductions.exact import InvalidInstance, TooLarge, parse_rational, shorten
from relucert.reductions.json_text import dumps, loads, rational_from_json
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, ColoringInstance, coloring
from relucert.reductions.problems.training import TRAINING, Network, Sample, TrainingInstance, read_training_set, sample


def read(text, suffix="", k=2):
    return HYPERGRAPH_COLORING.read(text, suffix, {} if k is None else {"colors": k})


def brief(value):
    return ascii(value)[:40]


def refuses(call, *arguments):
    """The message of the InvalidInstance that a call raises: one line, not too long."""
    with pytest.raises(InvalidInstance) as caught:
        call(*arguments)
    message = str(caught.value)
    assert message
    assert message.isprintable()
    assert len(message) < 300
    return message


def attempt(call, *arguments):
    """The message of an InvalidInstance, or "" and the result."""
    try:
        return "", call(*arguments)
    except InvalidInstance as problem:
        return str(problem), None


# ------------------------------------------------------------------------------------------------------ exact numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-0", 0),
        ("+7", 7),
        ("007", 7),
        ("0.125", Fraction(1, 8)),
        ("-2.50", Fraction(-5, 2)),
        (".5", Fraction(1, 2)),
        ("-.25e1", Fraction(-5, 2)),
        ("5.", 5),
        ("1e3", 1000),
        ("1.5E-3", Fraction(3, 2000)),
        ("12.5e1", 125),
        ("6/4", Fraction(3, 2)),
        ("-4/2", -2),
        (" 1/3\t", Fraction(1, 3)),
        ("0e0", 0),
        ("1e-3999", Fraction(1, 10**3999)),
        ("9" * 4000, 10**4000 - 1),
    ],
)
def test_numbers_are_read_exactly(text, value):
    assert parse_rational(text) == value
    assert type(parse_rational(text)) is (int if Fraction(value).denominator == 1 else Fraction)


NOT_NUMBERS = [
    "", " ", "x", "1_000", "1__0", "0x10", "0b1", "1e", "e5", "1.5/2", "1/2.5", "1/-2", "1/", "/2", "1/2/3", "--1",
    "1 2", "1\n2", "1e1.5", "1e--1", "1E+-1", ".", "./2", ".5/2", "-.",
    "1,5", "1j", "1L", "1d0", "True", "NaN", "nan", "inf", "Infinity",
    "-inf", "1/0", "0/0", "٣", "1e٣", "１", "²", "½", "1٫5", "−1", "\x001", "1\x00", "\ufeff1",
]  # fmt: skip
TOO_LONG = [
    "1e10000000", "1e-10000000", "0e10000000", "1e9999999999999999999", "1e4000", "1e-4000", "1" * 4001, "1" * 10**7,
    "1/" + "1" * 4001, "1." + "0" * 4000, "0." + "0" * 3999 + "1", "9" * 4000 + "e4000",
]  # fmt: skip


@pytest.mark.parametrize("text", [*NOT_NUMBERS, *TOO_LONG], ids=brief)
def test_what_is_no_number_of_at_most_4000_digits_is_refused(text):
    refuses(parse_rational, text)


@given(
    st.from_regex(r"\A[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,3})?\Z") | st.from_regex(r"\A[0-9]+/[0-9]+\Z")
)
def test_numbers_agree_with_fractions(text):
    assume(len(text) < 100)
    try:
        expected = Fraction(text)
    except ZeroDivisionError:
        refuses(parse_rational, text)
    else:
        assert parse_rational(text) == expected


@given(st.text(alphabet="0123456789+-./eE_ ٣x", max_size=8))
def test_strange_numbers_are_read_as_fractions_or_refused(text):
    message, value = attempt(parse_rational, text)
    assert message or value == Fraction(text.strip())


@given(st.fractions())
def test_rationals_have_one_form_in_json(value):
    text = str(value)
    if value.denominator == 1:
        refuses(rational_from_json, text)
        refuses(rational_from_json, f"{text}/1")
    else:
        assert rational_from_json(text) == value
        refuses(rational_from_json, f"{2 * value.numerator}/{2 * value.denominator}")
        refuses(rational_from_json, f" {text}")


# ---------------------------------------------------------------------------------------------------------------- JSON

BAD_JSON = {
    "empty": "",
    "only spaces": " \n\t ",
    "truncated": '{"edges": [[0, 1], [1',
    "two documents": "{} {}",
    "single quotes": "{'edges': []}",
    "trailing comma": '{"edges": [],}',
    "comment": '{"edges": [] /* none */}',
    "byte order mark": '\ufeff{"edges": []}',
    "NUL byte": '{"edges": []\x00}',
    "control character in a string": '{"edges\x01": []}',
    "NaN": '{"edges": NaN}',
    "minus infinity": '{"edges": -Infinity}',
    "huge exponent": '{"edges": 1e10000000000000}',
    "underscore": '{"edges": 1_000}',
    "Arabic-Indic digit": '{"edges": ٣}',
    "leading zero": '{"edges": 01}',
    "duplicate key": '{"edges": [], "edges": []}',
    "duplicate key by an escape": '{"edges": [], "\\u0065dges": []}',
    "nested lists": '{"edges": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "nested objects": '{"edges":' * 100_000,
    "huge integer": '{"edges": ' + "9" * 10**6 + "}",
    "huge integer in a string": '{"edges": "' + "9" * 10**6 + '"}',
    "many large integers": '{"edges": [' + ",".join(["9" * 4000] * 1000) + ",",
    "many keys, one of them twice": "{" + ",".join(f'"{i}": 0' for i in range(10**5)) + ', "99999": 0}',
    "list": "[1, 2]",
    "string": '"edges"',
    "number": "3",
    "null": "null",
}
READERS = {
    "hypergraph": lambda text: read(text, ".json"),
    "training instance": lambda text: TRAINING.read(text, ".json", {}),
    "training set": lambda text: read_training_set(text, ".json"),
}


@pytest.mark.parametrize("name", BAD_JSON)
@pytest.mark.parametrize("reader", READERS)
def test_bad_json_is_refused(reader, name):
    refuses(READERS[reader], BAD_JSON[name])


@pytest.mark.parametrize("depth", [*range(900, 1000, 9), 2000])
@pytest.mark.parametrize("reader", READERS)
def test_json_near_the_depth_that_can_be_read(reader, depth):
    """The depth at which reading fails depends on the caller; printing the value must not fail first."""
    for key in ("edges", "samples", "vertices", "unknown"):
        refuses(READERS[reader], f'{{"{key}": ' + "[" * depth + "]" * depth + "}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda s: st.lists(s) | st.dictionaries(st.text(max_size=3), s),
    )
)
def test_canonical_json_is_read_back(value):
    text = dumps(value)
    assert text.isascii()
    assert loads(text) == value == json.loads(text)


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", '{"a": -Infinity}', "0.5", "1e0", '{"a": 1, "a": 1}', "9" * 4001]
)
def test_json_of_certificates_has_exact_numbers_and_distinct_keys(text):
    refuses(loads, text)


@st.composite
def objects(draw):
    """The text of an object, with any spaces, and whether no object in it has a key twice."""
    space = st.sampled_from(["", "", " ", "\n\t"])
    keys = draw(st.lists(st.sampled_from(["a", "b", 'a"', "", "end"]), max_size=3))
    entries, distinct = [], len(set(keys)) == len(keys)
    for key in keys:
        value, good = draw(st.just(("[1,-2]", True)) | st.just(('"\\":"', True)) | st.deferred(objects))
        distinct = distinct and good
        entries.append(f"{draw(space)}{json.dumps(key)}{draw(space)}:{draw(space)}{value}{draw(space)}")
    return f"{{{','.join(entries)}}}{draw(space)}", distinct


@settings(max_examples=400)
@given(objects())
def test_a_key_that_stands_twice_is_found_however_it_is_written(text_and_distinct):
    text, distinct = text_and_distinct
    if distinct:
        assert loads(text) == json.loads(text)
    else:
        refuses(loads, text)
    refuses(loads, text + "}")
    refuses(loads, text[:-1] if text.endswith("}") else text + "1")


def test_messages_shorten_what_cannot_be_printed():
    deep = []
    for _ in range(10 * sys.getrecursionlimit()):
        deep = [deep]
    for value in (deep, 10**5000, "x" * 1000, "a\nb", "\ud800", list(range(1000))):
        assert len(shorten(value)) <= 60
        assert shorten(value).isprintable()
    while deep:  # freed level by level
        deep = deep[0]


# -------------------------------------------------------------------------------------------------------------- graphs


@st.composite
def graphs(draw):
    n = draw(st.integers(2, 7))
    edges = draw(st.sets(st.sampled_from(list(combinations(range(n), 2)))))
    return n, sorted(edges)


@given(graphs(), st.randoms(use_true_random=False), st.sampled_from(["\n", "\r\n"]))
def test_dimacs(graph, rng, newline):
    n, edges = graph
    lines = [f"e {v + 1} {u + 1}" if rng.random() < 0.5 else f"e {u + 1}  {v + 1} " for u, v in edges]
    rng.shuffle(lines)
    text = newline.join(["c a comment", "", f"p edge {n} {len(edges)}", "c another", *lines, ""])
    for suffix in (".col", ""):
        assert read(text, suffix, 3) == (ColoringInstance(n, tuple(edges), 3), [])


@given(graphs())
def test_graph6(graph):
    n, edges = graph
    g = nx.empty_graph(n)
    g.add_edges_from(edges)
    bare = nx.to_graph6_bytes(g, header=False).decode()
    for text in (bare, bare.strip(), f">>graph6<<{bare}", f"\n{bare}\n"):
        for suffix in (".g6", ".graph6", ""):
            assert read(text, suffix, 3) == (ColoringInstance(n, tuple(edges), 3), [])


@st.composite
def edge_lists(draw):
    """A graph without isolated vertices, and a text that lists its edges in one of the dialects."""
    edges = draw(st.sets(st.sampled_from(list(combinations(range(7), 2))), min_size=1))
    names = sorted({v for e in edges for v in e})
    separator = draw(st.sampled_from([" ", "\t", " \t ", ",", ", ", ";", " ;\t"]))
    weights = draw(st.none() | st.lists(st.sampled_from(["1", "-0.5", "2e3", "1/3"]), min_size=21, max_size=21))
    rows = draw(st.permutations([tuple(draw(st.permutations(e))) for e in sorted(edges)]))
    ends = draw(st.sampled_from(["", " ", "\t# vertices", "  % weights", " # 1 2 3"]))
    texts = [
        separator.join([str(10 * u), str(10 * v), *([weights[i]] if weights else [])]) for i, (u, v) in enumerate(rows)
    ]
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(["# 3 4", "% sym", "", *(t + ends for t in texts), ""])
    return text, len(names), tuple(sorted((names.index(u), names.index(v)) for u, v in edges)), weights is not None


@given(edge_lists())
def test_edge_list(drawn):
    """Expected: vertices in numeric order, whatever the separator; weights are ignored, and that is said."""
    text, vertices, edges, weighted = drawn
    for suffix in (".edges", ".txt", ""):
        instance, remarks = read(text, suffix, 3)
        assert instance == ColoringInstance(vertices, edges, 3)
        assert ["weight" in remark for remark in remarks] == [True] * weighted


@pytest.mark.parametrize("text", ["a,b\nb,c\nc,a\n", "a;b\nb;c\nc;a\n", "% konect\na b\nb c\n#\nc a\n"])
@pytest.mark.parametrize("suffix", [".edges", ".txt", "", ".csv"])
def test_a_triangle_is_read_as_a_triangle(text, suffix):
    assert read(text, suffix)[0] == coloring(3, [(0, 1), (0, 2), (1, 2)], 2)


def test_what_is_an_edge_list_and_what_graph6():
    assert read("1;2", "")[0] == read("1,2\n", "")[0] == coloring(2, [(0, 1)], 2)
    assert HYPERGRAPH_COLORING.parse("1;2\n", "").format == "an edge list"
    assert HYPERGRAPH_COLORING.parse("A_", "").format == "graph6"
    assert HYPERGRAPH_COLORING.parse("p edge 2 0", "").format == "DIMACS"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source target\n1 2\n2 3\n", "line 1: 'source target' looks like a heading"),
        ("# graph\nSource,Target\nAnn,Ben\nBen,Cid\n", "line 2: 'Source,Target' looks like a heading"),
        ("left right\n1 2\n2 3\n", "line 1: 'left right' looks like a heading"),
        ("source target weight\n1 2 3\n", "line 1: 'weight' is not a rational number"),
        ("1 2\n3\n", "line 2: expected two vertices"),
        ("1 2\n\n1 2 3 4\n", "line 3: expected two vertices"),
        ("1 2 x\n", "line 1: 'x' is not a rational number"),
        ("1 2 nan\n", "line 1: 'nan' is not a rational number"),
        ("1 2 0.5\n2 3\n", "line 2: expected 3 fields"),
        ("0 1\n0 1 2\n", "line 2: expected 2 fields"),
        ("1,,2\n", "line 1: a field of '1,,2' is empty"),
        ("1,2,\n", "line 1: a field of '1,2,' is empty"),
        (",1\n", "line 1: a field"),
        ("1 2,5\n", "line 1: the field '1 2' holds a blank"),
        ("1;2,5\n", "line 1: '1;2,5' is separated by commas and by semicolons"),
        ("1 2#3\n", "line 1: a comment starts with a blank"),
        ("a b\u2028c d\n", "line 1"),
        ("a b\x0bb c\n", "line 1"),
        ("a b\x85b c\n", "line 1"),
        ("a\xa0b\n", "line 1"),
        ("# nothing\n% at all\n", "no edge"),
    ],
    ids=brief,
)
def test_what_is_no_edge_list_is_refused_with_its_line(text, message):
    assert message in refuses(read, text, ".edges")


# the triangle in both directions: 6 lines, 3 distinct edges; the 4-cycle in one: 4 lines, 4 distinct edges
TWICE = [(1, 2), (2, 1), (2, 3), (3, 2), (1, 3), (3, 1)]
CYCLE = [(1, 2), (2, 3), (3, 4), (4, 1)]


@pytest.mark.parametrize(("edges", "good", "doubled"), [(TWICE, {3, 6}, set()), (CYCLE, {4, 8}, {8}), ([], {0}, set())])
@pytest.mark.parametrize("announced", range(13))
def test_declared_edges_are_counted(edges, good, doubled, announced):
    """The lines, the distinct edges, or twice the distinct edges; the last is said unless it is the number of lines."""
    text = f"c\np edge 4 {announced}\n" + "".join(f"e {u} {v}\n" for u, v in edges)
    if announced in good:
        instance, remarks = read(text, ".col")
        assert instance == coloring(4, [(u - 1, v - 1) for u, v in edges], 2)
        assert ["twice" in remark for remark in remarks if "merged" not in remark] == [True] * (announced in doubled)
    else:
        assert f"line 2: the header announces {announced} edge" in refuses(read, text, ".col")


def test_the_first_part_of_a_file_is_refused():
    """Every proper prefix of a DIMACS file, but for the end of its last line."""
    text = "p edge 5 5\n" + "".join(f"e {v} {v % 5 + 1}\n" for v in range(1, 6))
    assert read(text, ".col")[0].edges == ((0, 1), (0, 4), (1, 2), (2, 3), (3, 4))
    for end in range(len(text) - 1):
        refuses(read, text[:end], ".col")


def test_vertex_names_are_numbered_in_their_order():
    assert read("10 9\n9 2\n", ".edges")[0].edges == ((0, 1), (1, 2))  # 2, 9, 10
    assert read("Köln Aachen\nBonn Köln\n", ".edges")[0].edges == ((0, 2), (1, 2))
    assert read("1 b\nb 02\n", ".edges")[0].edges == ((0, 2), (1, 2))  # as text: 02, 1, b
    assert read("01 1\n1 2\n", ".edges")[0].edges == ((0, 1), (1, 2))


@given(graphs(), st.sampled_from([".json", ""]))
def test_hypergraph_json(graph, suffix):
    n, edges = graph
    everything = [[2, 0, 1], *map(list, edges)] if n > 2 else list(map(list, edges))
    text = json.dumps({"vertices": n, "edges": everything})
    expected = tuple(sorted({tuple(sorted(e)) for e in everything}))
    assert read(text, suffix, 3)[0] == ColoringInstance(n, expected, 3)
    with_colors = json.dumps({"vertices": n, "edges": everything, "colors": 5})
    assert read(with_colors, suffix, None)[0].colors == 5
    assert "the file says colors = 5, the command says colors = 3" in refuses(read, with_colors, suffix, 3)


def test_repeated_edges_are_merged_and_remarked():
    for text, suffix in [
        ("p edge 3 4\ne 1 2\ne 2 1\ne 2 3\ne 1 2\n", ".col"),
        ("0 1\n1 0\n1 2\n0 1\n", ".edges"),
        ('{"vertices": 3, "edges": [[0, 1], [1, 0], [1, 2], [0, 1]]}', ".json"),
    ]:
        assert read(text, suffix) == (ColoringInstance(3, ((0, 1), (1, 2)), 2), ["2 duplicate edges merged"])
    assert read("0 1\n1 0\n", ".edges")[1] == ["1 duplicate edge merged"]


@pytest.mark.parametrize(
    ("text", "suffix", "message"),
    [
        ("", ".col", "empty"),
        (" \n\t\r\n", "", "empty"),
        ("", ".g6", "empty"),
        ("", ".edges", "empty"),
        ("c nothing\n", ".col", "problem line"),
        ("e 1 2\n", ".col", "line 1"),
        ("p edge 3\n", ".col", "line 1"),
        ("p\n", ".col", "line 1"),
        ("p edge 3 1\np edge 3 1\n", ".col", "line 2"),
        ("p edge 3 1\n\ne 1\n", ".col", "line 3"),
        ("p edge 3 1\ne 1 2 3\n", ".col", "line 2"),
        ("p edge 3 1\nx 1 2\n", ".col", "line 2"),
        ("p edge 3 1\ne 1 1\n", ".col", "line 2: vertex 1 has a loop"),
        ("p edge 3 1\ne 1 4\n", ".col", "line 2: vertex 4 is outside 1..3"),
        ("p edge 3 1\ne 0 1\n", ".col", "line 2: vertex 0 is outside 1..3"),
        ("p edge 3 1\ne -1 1\n", ".col", "line 2"),
        ("p edge 1_0 1\n", ".col", "line 1"),
        ("p edge ٣ 1\n", ".col", "line 1"),
        ("p edge 3 1\ne 1 ²\n", ".col", "line 2"),
        ("p edge 1e3 1\n", ".col", "line 1"),
        (f"p edge {'9' * 5000} 1\n", ".col", "line 1"),
        ("\ufeffp edge 3 1\ne 1 2\n", ".col", "line 1"),
        ("\ufeffp edge 3 1\ne 1 2\n", "", "line 1"),
        ("p edge 3 1\ne 1\x00 2\n", ".col", "line 2"),
        ("p edge 3 1\ne 1 2\nDhc\n", ".col", "line 3"),
        ("D", ".g6", "graph6"),
        ("Dh\x00", ".g6", "graph6"),
        ("Dhc Dhc", ".g6", "graph6"),
        ("Dhc\nDhc\n", ".g6", "several graphs"),
        ("Dhc\nDhc\n", "", "several graphs"),
        ("D٣c", "", "graph6"),
        ("~~~~~~~~", ".g6", "graph6"),
        (">>graph6<<", ".g6", "graph6"),
        ("\ufeffDhc", ".g6", "graph6"),
        ("0 1\n1 1\n", ".edges", "line 2: vertex '1' has a loop"),
        ("0 1\n1 2 3\n", ".edges", "line 2: expected 2 fields"),
        ("\ufeff0 1\n1 2\n", ".edges", "line 1"),
        ("0 1\n1 \x002\n", ".edges", "line 2"),
        ("0 1\n1 \u200b2\n", "", "line 2"),
        ('{"vertices": 3, "edges": [[0, 1], [2]]}', ".json", "hyperedge 1 has fewer than two"),
        ('{"vertices": 3, "edges": [[]]}', ".json", "hyperedge 0 has fewer than two"),
        ('{"vertices": 3, "edges": [[1, 1]]}', ".json", "hyperedge 0 repeats"),
        ('{"vertices": 3, "edges": [[0, 1, 1]]}', ".json", "hyperedge 0 repeats"),
        ('{"vertices": 3, "edges": [[0, 3]]}', ".json", "hyperedge 0: expected vertices within 0..2"),
        ('{"vertices": 3, "edges": [[0, -1]]}', ".json", "vertex"),
        ('{"vertices": 3, "edges": [[0, 1.0]]}', ".json", "float"),
        ('{"vertices": 3, "edges": [[0, true]]}', ".json", "True"),
        ('{"vertices": 3, "edges": [["0", "1"]]}', ".json", "'0'"),
        ('{"vertices": 3, "edges": [0, 1]}', ".json", "hyperedge"),
        ('{"vertices": 3, "edges": {}}', ".json", "edges"),
        ('{"vertices": 3}', ".json", "'edges' is missing"),
        ('{"edges": []}', ".json", "'vertices' is missing"),
        ('{"vertices": 3, "edges": [], "name": ""}', ".json", "'name' is unknown"),
        ('{"vertices": -1, "edges": []}', ".json", "at least 0"),
        ('{"vertices": "3", "edges": []}', ".json", "not an integer"),
        ('{"vertices": 3, "edges": []} x', "", "line 1 column"),
        ('{"vertices": 3,\n "edges": [}', ".json", "line 2 column"),
        ('{"vertices": 3, "edges": [], "\x00": 1}', ".json", "JSON"),
    ],
    ids=brief,
)
def test_bad_graphs_are_refused_with_their_place(text, suffix, message):
    assert message in refuses(read, text, suffix)


@pytest.mark.parametrize("k", [1, 0, -1, True, None, 2.0, "1", "two", Fraction(2)])
def test_the_number_of_colours_is_at_least_two(k):
    assert "colors" in refuses(read, "0 1\n", ".edges", k)


@pytest.mark.parametrize("size", [2, 10**5])
def test_vertices_that_python_hashes_alike_are_refused(size):
    alike = [i * (2**61 - 1) for i in range(10**5)]
    edges = [alike[i : i + size] for i in range(0, len(alike), size)]
    refuses(read, json.dumps({"vertices": alike[-1] + 1, "edges": edges}), ".json")
    refuses(read, json.dumps({"vertices": 5, "edges": edges}), ".json")


def test_colours_of_a_json_file_are_checked_too():
    for k in ("1", "true", '"2"', "null", "[2]"):
        refuses(read, f'{{"vertices": 1, "edges": [], "colors": {k}}}', ".json", None)


def test_long_lines_are_quoted_in_short():
    for text in ("p edge 3 1\ne " + "1 " * 10**5, "x" * 10**6 + " y z", '{"' + "k" * 10**6 + '": 1}', "A" * 10**6):
        refuses(read, text)


@settings(max_examples=200)
@given(
    st.text(max_size=40) | st.text(alphabet='pec 0123\n#{}[]:,"edges', max_size=40),
    st.sampled_from(["", ".col", ".g6", ".edges", ".json"]),
)
def test_any_text_is_a_graph_or_refused(text, suffix):
    message, result = attempt(read, text, suffix)
    assert "\n" not in message
    assert message or isinstance(result[0], ColoringInstance)


# ------------------------------------------------------------------------------------------------------- training sets


def test_training_csv():
    text = "# two points and a half\r\nx1, x2 ,y,weight\r\n1,0.5,-2,1\r\n\r\n1/3,0,1e-1,3\r\n"
    expected = (Sample(((0, 1), (1, Fraction(1, 2))), -2, 1), Sample(((0, Fraction(1, 3)),), Fraction(1, 10), 3))
    assert read_training_set(text, ".csv") == (2, expected)
    assert read_training_set("y\n3\n", ".csv") == (0, (Sample((), 3),))
    assert read_training_set("x1,y\n", ".csv") == (1, ())


def test_training_json():
    rows = '{"samples": [{"x": [1, 0.5], "y": -2}, {"x": ["1/3", 0], "y": 1e-1, "weight": 3}]}'
    expected = (Sample(((0, 1), (1, Fraction(1, 2))), -2, 1), Sample(((0, Fraction(1, 3)),), Fraction(1, 10), 3))
    assert read_training_set(rows, ".json") == read_training_set(rows, "") == (2, expected)
    assert read_training_set('{"samples": []}', ".json") == (0, ())
    assert read_training_set('{"samples": [{"x": [0.1], "y": 0}]}', ".json")[1][0].x == ((0, Fraction(1, 10)),)


@given(st.lists(st.tuples(st.fractions(), st.decimals(-99, 99, places=3), st.integers(1, 9)), max_size=5))
def test_training_csv_is_exact(rows):
    text = "x1,y,weight\n" + "".join(f"{x},{y},{w}\n" for x, y, w in rows)
    assert read_training_set(text, ".csv") == (1, tuple(sample([x], Fraction(y), w) for x, y, w in rows))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("# only a comment\n", "empty"),
        ("x1,x3,y\n", "line 1: the header"),
        ("x1,x2\n", "line 1: the header"),
        ("x1,y,w\n", "line 1: the header"),
        ("x1,y,y\n", "line 1: the header names a column twice"),
        ("a;b\n1;2\n", "line 1: the header 'a,b' has no column y"),
        ('"x1,y\n1,2\n', "line 1: '\"x1,y' is not well quoted"),
        ("x1;y\n0,5;2\n", "line 2: '0,5' is not a rational number"),
        ("weight\n", "line 1: the header"),
        ("\ufeffx1,y\n1,2\n", "line 1: the header"),
        ("x1,y\n1\n", "line 2: a row has 1 entries where 2"),
        ("x1,y\n1,2,3\n", "line 2: a row has 3 entries where 2"),
        ("x1,y\n1,2\n\n1,two\n", "line 4: 'two'"),
        ("x1,y\n1,\n", "line 2: ''"),
        ("x1,y\nnan,1\n", "line 2: 'nan'"),
        ("x1,y\n1,inf\n", "line 2: 'inf'"),
        ("x1,y\n1_0,1\n", "line 2: '1_0'"),
        ("x1,y\n٣,1\n", "line 2"),
        ("x1,y\n1,1\x00\n", "line 2"),
        ("x1,y\n1/0,1\n", "line 2: '1/0' divides by zero"),
        ("x1,y\n1,1e10000000\n", "line 2"),
        ("x1,y\n1,2" + "0" * 5000 + "\n", "line 2"),
        ("x1,y\n" + "9" * 10**6 + ",1\n", "line 2"),
        ("x1,y,weight\n1,1,0\n", "line 2: the weight 0"),
        ("x1,y,weight\n1,1,-1\n", "line 2: the weight -1"),
        ("x1,y,weight\n1,1,1/2\n", "line 2: the weight '1/2'"),
        ("x1,y,weight\n1,1,1.5\n", "line 2: the weight '3/2'"),
        ("x1,y,weight\n1,1,-" + "9" * 4000 + "\n", "line 2: the weight"),
        ("x1,y,weight\n1,1,-" + "9" * 4000 + "e4000\n", "line 2"),
        ("x1,y,weight\n1,1,\n", "line 2: ''"),
        ("x1,y,weight\n1,1,one\n", "line 2: 'one'"),
    ],
    ids=brief,
)
def test_bad_training_csv_is_refused_with_its_line(text, message):
    assert message in refuses(read_training_set, text, ".csv")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{}", "'x' is missing"),
        ('{"x": [1]}', "'y' is missing"),
        ('{"x": [1], "y": 1, "w": 1}', "'w' is unknown"),
        ('{"x": 1, "y": 1}', "expected a list"),
        ('{"x": [1, 2], "y": 1}', "x has 2 entries where 1"),
        ('{"x": [], "y": 1}', "x has 0 entries where 1"),
        ('{"x": ["one"], "y": 1}', "'one'"),
        ('{"x": [true], "y": 1}', "True"),
        ('{"x": [null], "y": 1}', "None"),
        ('{"x": [[1]], "y": 1}', "[1]"),
        ('{"x": [1], "y": "1e10000000"}', "digits"),
        ('{"x": [1], "y": "1_0"}', "'1_0'"),
        ('{"x": [1], "y": "٣"}', "'٣'"),
        ('{"x": [1], "y": ""}', "''"),
        ('{"x": [1], "y": {"p": 1}}', "'p'"),
        ('{"x": [1], "y": 1, "weight": 0}', "the weight 0"),
        ('{"x": [1], "y": 1, "weight": 0.5}', "the weight '1/2'"),
        ('{"x": [1], "y": 1, "weight": true}', "True"),
        ('{"x": [1], "y": 1, "weight": null}', "None"),
        ("[[1], 1]", "expected an object"),
        ("1", "expected an object"),
    ],
)
def test_bad_training_json_is_refused_with_its_sample(row, message):
    text = f'{{"samples": [{{"x": [0], "y": 0}}, {row}]}}'
    found = refuses(read_training_set, text, ".json")
    assert "sample 1: " in found
    assert message in found


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e10000000", "1e-10000000", "1" * 4001, "1.5.2", "0x1"]
)
def test_bad_numbers_of_training_json_are_refused(number):
    refuses(read_training_set, f'{{"samples": [{{"x": [0], "y": {number}}}]}}', ".json")


@settings(max_examples=200)
@given(st.text(max_size=30) | st.text(alphabet='x12y,weight\n.e-/{}[]"', max_size=40).map("x1,y\n".__add__))
def test_any_text_is_a_training_set_or_refused(text):
    message, result = attempt(read_training_set, text, ".csv")
    assert "\n" not in message
    assert message or TrainingInstance(result[0], 1, result[1])


# -------------------------------------------------------------------------------------- instances and witnesses in JSON

RATIONALS = st.integers(-9, 9) | st.fractions(-3, 3, max_denominator=9).map(
    lambda v: int(v) if v.denominator == 1 else v
)
POSITIVE = st.integers(1, 9) | st.just(Fraction(1, 2))


@st.composite
def training_instances(draw):
    d = draw(st.integers(0, 3))
    points = st.lists(RATIONALS, min_size=d, max_size=d)
    loss = draw(st.sampled_from(("exact", "l0", "l1", "l2", "linf")))
    activation = draw(st.sampled_from(("relu", "threshold", "leaky-relu")))
    return TrainingInstance(
        dimension=d,
        neurons=draw(st.integers(1, 3)),
        samples=tuple(draw(st.lists(st.builds(sample, points, RATIONALS, st.integers(1, 3)), max_size=4))),
        activation=activation,
        alpha=draw(st.sampled_from((0, Fraction(1, 3)))) if activation == "leaky-relu" else None,
        output=draw(st.sampled_from(("ones", "signs", "real"))),
        bias=draw(st.booleans()),
        clip=draw(st.none() | st.tuples(RATIONALS.filter(lambda v: v <= 0), POSITIVE)),
        loss=loss,
        threshold=0 if loss == "exact" else draw(POSITIVE | st.just(0)),
        norm_bound=draw(st.none() | POSITIVE),
    )


@st.composite
def hypergraphs(draw):
    n = draw(st.integers(0, 6))
    choices = [e for size in range(2, n + 1) for e in combinations(range(n), size)]
    edges = draw(st.lists(st.sampled_from(choices), max_size=6)) if choices else []
    return coloring(n, edges, draw(st.integers(2, 5)))


@pytest.mark.thorough
@given(training_instances())
def test_training_instances_are_read_back(instance):
    text = "".join(TRAINING.canonical(instance))
    assert (
        text
        == dumps(TRAINING.instance_to_json(instance))
        == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    )
    assert TRAINING.instance_from_json(json.loads(text)) == instance
    read, remarks = TRAINING.read(text, ".json", {})
    assert read == instance
    pairs = combinations(instance.samples, 2)
    assert len(remarks) == any(one.x == other.x and one.y != other.y for one, other in pairs)
    assert TRAINING.describes(text, ".json", instance).agrees


@given(hypergraphs())
def test_coloring_instances_are_read_back(instance):
    text = "".join(HYPERGRAPH_COLORING.canonical(instance))
    assert HYPERGRAPH_COLORING.instance_from_json(json.loads(text)) == instance
    assert read(text, ".json", None) == (instance, [])
    assert HYPERGRAPH_COLORING.describes(text, ".json", instance).agrees


def test_long_canonical_json_comes_in_pieces():
    instance = TrainingInstance(1, 1, tuple(sample([i], 0) for i in range(10_000)))
    pieces = list(TRAINING.canonical(instance))
    assert "".join(pieces) == dumps(TRAINING.instance_to_json(instance))
    assert max(map(len, pieces)) < 10**5


@given(st.lists(st.lists(RATIONALS, min_size=2, max_size=2), max_size=3), st.lists(RATIONALS, max_size=3))
def test_networks_are_read_back(weights, numbers):
    net = Network(tuple(map(tuple, weights)), tuple(numbers), tuple(numbers[::-1]))
    assert TRAINING.witness_from_json(loads(dumps(TRAINING.witness_to_json(net)))) == net


@given(st.lists(st.integers()))
def test_colourings_are_read_back(colors):
    assert HYPERGRAPH_COLORING.witness_from_json(HYPERGRAPH_COLORING.witness_to_json(tuple(colors))) == tuple(colors)


VALID = TRAINING.instance_to_json(TrainingInstance(2, 1, (sample([1, Fraction(1, 2)], 3),)))
JUNK = [None, True, 0.5, "", "1/2", "2/4", -1, [], {}, [[]], [1, 2], 10**3999, -(10**3999), "٣", "1_0", "1e9", "NaN"]


@pytest.mark.parametrize("field", sorted(VALID))
def test_every_field_of_a_training_instance_is_checked(field):
    good = 0
    for junk in JUNK:
        message, instance = attempt(TRAINING.instance_from_json, {**VALID, field: junk})
        assert len(message) < 300
        if not message:
            assert json.dumps(TRAINING.instance_to_json(instance)[field]) == json.dumps(junk)
            good += 1
    assert good < len(JUNK) / 2
    refuses(TRAINING.instance_from_json, {key: value for key, value in VALID.items() if key != field})


@pytest.mark.parametrize(
    "call",
    [
        lambda: ColoringInstance(-1, (), 2),
        lambda: ColoringInstance(3, (), 1),
        lambda: ColoringInstance(3, ((0, 3),), 2),
        lambda: ColoringInstance(3, ((1, 0),), 2),
        lambda: ColoringInstance(3, ((0,),), 2),
        lambda: ColoringInstance(3, ((0, 2), (0, 1)), 2),
        lambda: TrainingInstance(-1, 1, ()),
        lambda: TrainingInstance(1, 0, ()),
        lambda: TrainingInstance(1, 1, (Sample(((1, 1),), 0),)),
        lambda: TrainingInstance(1, 1, (Sample(((0, 0),), 0),)),
        lambda: TrainingInstance(1, 1, (Sample((), 0, 0),)),
        lambda: TrainingInstance(1, 1, (), threshold=1),
        lambda: TrainingInstance(1, 1, (), loss="l1", threshold=-1),
        lambda: TrainingInstance(1, 1, (), clip=(1, 1)),
        lambda: TrainingInstance(1, 1, (), norm_bound=0),
        lambda: TrainingInstance(1, 1, (), activation="leaky-relu"),
        lambda: TrainingInstance(1, 1, (), alpha=0),
        lambda: TrainingInstance(1, 1, (), activation="leaky-relu", alpha=1),
        lambda: TrainingInstance(1, 1, (), activation="leaky-relu", alpha=Fraction(-1, 2)),
        lambda: TrainingInstance(1, 1, (), activation="leaky-relu", alpha="1/2"),
        lambda: TrainingInstance(1, 1, (), loss="l3"),
    ],
)
def test_invalid_instances_cannot_be_constructed(call):
    refuses(call)


@pytest.mark.parametrize("place", range(4))
def test_every_part_of_a_sample_is_checked(place):
    for junk in JUNK:
        row = [[0, 1], [1, "1/2"], 3, 1]
        row[place] = junk
        message, instance = attempt(TRAINING.instance_from_json, {**VALID, "samples": [row]})
        assert "sample 0" in message or json.dumps(TRAINING.instance_to_json(instance)["samples"]) == json.dumps([row])
    twice, decreasing, outside = [[0, 0], [1, 1], 0, 1], [[1, 0], [1, 1], 0, 1], [[2], [1], 0, 1]
    for row in ([], [[], [], 0], [[], [], 0, 1, 1], None, {}, twice, decreasing, outside):
        refuses(TRAINING.instance_from_json, {**VALID, "samples": [row]})


@pytest.mark.parametrize(
    "witness",
    [*JUNK[:5], {}, {"weights": []}, {"weights": [1], "biases": [], "output": []}, [0.5], [True], ["0"], [[0]]],
)
def test_bad_witnesses_are_refused(witness):
    refuses(TRAINING.witness_from_json, witness)
    refuses(HYPERGRAPH_COLORING.witness_from_json, witness)


def test_a_file_describes_its_instance_only():
    triangle = coloring(3, [(0, 1), (0, 2), (1, 2)], 2)
    assert HYPERGRAPH_COLORING.describes("a b\nb c\nc a\n", ".edges", triangle).agrees
    assert not HYPERGRAPH_COLORING.describes("a b\nb c\n", ".edges", triangle).agrees
    instance = TrainingInstance(1, 2, (sample([1], 2),), bias=True)
    assert TRAINING.describes("x1,y\n1,2\n", ".csv", instance).agrees
    assert not TRAINING.describes("x1,y\n1,2.0001\n", ".csv", instance).agrees
    assert not TRAINING.describes("x1,y,weight\n1,2,2\n", ".csv", instance).agrees
    assert not TRAINING.describes("x1,x2,y\n1,0,2\n", ".csv", instance).agrees


def test_too_large_is_invalid():
    assert issubclass(TooLarge, InvalidInstance)
