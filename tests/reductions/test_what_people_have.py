"""Files as other programs write them. Expected values: of graphs from networkx, of tables from the numbers drawn."""

import io
import json
from fractions import Fraction
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.formats.bench import read_bench
from relucert.reductions.formats.columns import Columns, read_rows, selected
from relucert.reductions.formats.graph6 import read_graph6, read_sparse6
from relucert.reductions.formats.graphs import read_graph, read_simple_graph
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING
from relucert.reductions.problems.training import TRAINING


@st.composite
def graphs(draw):
    """Up to eighty vertices, so that their number takes one character or four."""
    n = draw(st.integers(0, 8) | st.integers(60, 80))
    pairs = st.tuples(st.integers(0, max(n - 1, 0)), st.integers(0, max(n - 1, 0))).filter(lambda e: e[0] != e[1])
    g = nx.empty_graph(n)
    g.add_edges_from(draw(st.lists(pairs, max_size=30)) if n > 1 else [])
    return g


def edges_of(g):
    return tuple(sorted((min(e), max(e)) for e in g.edges))


@settings(max_examples=150)
@given(graphs())
def test_graph6_and_sparse6_as_networkx_writes_them(g):
    for write, read in ((nx.to_graph6_bytes, read_graph6), (nx.to_sparse6_bytes, read_sparse6)):
        for header in (True, False):
            text = write(g, header=header).decode().strip()
            n, edges = read(text)
            assert (n, sorted((min(e), max(e)) for e in edges)) == (len(g), list(edges_of(g)))
    text = nx.to_sparse6_bytes(g, header=False).decode()
    for suffix in (".s6", ".sparse6", ".g6", ""):
        found = read_simple_graph(text, suffix, {})
        assert (found.format, found.vertices, found.edges) == ("sparse6", len(g), edges_of(g))


@settings(max_examples=300)
@given(st.text(alphabet=st.characters(min_codepoint=62, max_codepoint=127), max_size=8))
def test_any_line_is_read_as_networkx_reads_it_or_refused(line):
    """Where networkx refuses a string, so does the reader; loops are refused besides."""
    for start, theirs, ours in (("", nx.from_graph6_bytes, read_graph6), (":", nx.from_sparse6_bytes, read_sparse6)):
        try:
            n, edges = ours(start + line)
        except InvalidInstance:
            continue
        if n > 10**4:
            assert start == ":"  # a few characters can only state that many in sparse6
            continue
        g = theirs((start + line).encode())
        assert (n, sorted({(min(e), max(e)) for e in edges})) == (len(g), list(edges_of(nx.Graph(g))))


def test_large_numbers_of_vertices():
    assert read_sparse6(":~?@c") == (100, [])
    assert read_sparse6(":~~????@c") == (100, [])
    for text in ("~", "~~", "~~~~~~~~", "~?", ":~?"):
        with pytest.raises(InvalidInstance):
            (read_sparse6 if text[0] == ":" else read_graph6)(text)


@given(graphs())
def test_node_link_json_as_networkx_writes_it(g):
    """Expected: the nodes in their order, whatever they are called."""
    for key in ("links", "edges"):
        named = nx.relabel_nodes(g, {v: f"n{v}" for v in g} if key == "links" else {v: v for v in g})
        nx.set_edge_attributes(named, 0.5, "weight")
        text = json.dumps(nx.node_link_data(named, edges=key))
        found = read_simple_graph(text, ".json", {"size": 0})
        assert (found.format, found.vertices, found.edges) == ("node-link JSON", len(g), edges_of(g))
        parsed = HYPERGRAPH_COLORING.parse(text, "")
        assert parsed.build(colors=2).edges == edges_of(g)


NODES = '{"nodes": [{"id": 0}, {"id": "0"}, {"id": 1}], '


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NODES + '"links": [], "directed": true}', "directed"),
        (NODES + '"links": [{"source": 0, "target": 5}]}', "link 0: the target 5 is no node"),
        (NODES + '"links": [{"source": "1", "target": 0}]}', "link 0: the source '1' is no node"),
        (NODES + '"links": [{"source": 1, "target": 1}]}', "link 0: 1 has a loop"),
        (NODES + '"links": [{"source": 1}]}', "link 0: expected an object with 'target'"),
        (NODES + '"links": 3}', "links: expected a list"),
        ('{"nodes": [{"id": 0}, {"id": 0}], "links": []}', "node 1: the id 0 stands twice"),
        ('{"nodes": [3], "links": []}', "node 0: expected an object with 'id'"),
        ('{"nodes": [{"id": null}], "links": []}', "node 0: None is no id"),
        (NODES + '"links": [}', "not JSON"),
    ],
)
def test_bad_node_link_json(text, message):
    for read in (lambda: read_simple_graph(text, ".json", {}), lambda: HYPERGRAPH_COLORING.parse(text, ".json")):
        with pytest.raises(InvalidInstance) as refusal:
            read()
        assert message in str(refusal.value)


@given(graphs(), st.sampled_from(["pattern", "integer", "real"]), st.booleans())
def test_matrix_market(g, field, general):
    value = {"pattern": "", "integer": " 2", "real": " -1.5e0"}[field]
    edges = [(v, u) for u, v in edges_of(g)] + (list(edges_of(g)) if general else [])
    lines = [f"%%MatrixMarket matrix coordinate {field} {'general' if general else 'symmetric'}", "% a comment", ""]
    lines += [f"{len(g)} {len(g)} {len(edges)}", *(f"{u + 1} {v + 1}{value}" for u, v in edges)]
    for suffix in (".mtx", ""):
        found = read_simple_graph("\n".join(lines) + "\n", suffix, {})
        assert (found.format, found.vertices, found.edges) == ("Matrix Market", len(g), edges_of(g))
        assert any("weights" in remark for remark in found.remarks) == (field != "pattern")


HEAD = "%%MatrixMarket matrix coordinate pattern symmetric\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3 3 0\n", "line 1: expected %%MatrixMarket"),
        (HEAD.replace("coordinate", "array"), "line 1: expected %%MatrixMarket"),
        (HEAD.replace("pattern", "complex"), "line 1: a 'complex' 'symmetric' matrix is no graph"),
        (HEAD, "the line N N ENTRIES is missing"),
        (HEAD + "3 4 0\n", "line 2: expected N N ENTRIES of a square matrix"),
        (HEAD + "3 3 1\n", "1 entry announced, but there are 0"),
        (HEAD + "3 3 1\n2 2\n", "line 3: vertex 2 has a loop"),
        (HEAD + "3 3 1\n4 2\n", "line 3: vertex 4 is outside 1..3"),
        (HEAD + "3 3 1\n1 2 1\n", "line 3: expected i j, not"),
        (HEAD.replace("pattern", "real") + "3 3 1\n1 2 0\n", "line 3: the value 0 leaves open"),
        (HEAD + "3 3 x\n", "line 2: 'x' is not a number"),
    ],
)
def test_bad_matrix_market(text, message):
    with pytest.raises(InvalidInstance) as refusal:
        read_graph(text, ".mtx")
    assert message in str(refusal.value)


def test_dimacs_in_a_txt():
    found = read_graph("c by hand\np edge 3 1\ne 1 3\n", ".txt")
    assert (found.format, found.vertices, found.edges) == ("DIMACS", 3, [(0, 2)])
    assert read_graph("c p\np d\n", ".edges").format == "an edge list"


def test_what_is_no_graph_at_all_is_not_called_graph6_alone():
    with pytest.raises(InvalidInstance, match="it looks like no other format of graphs"):
        read_graph("hello\n", "")


def test_buffers_are_read_in_bench():
    text = "INPUT(a)\nINPUT(b)\nOUTPUT(o)\nc = BUFF(a)\nd = buf(b)\no = AND(c, d)\n"
    assert read_bench(text) == (2, [("and", [0]), ("and", [1]), ("and", [2, 3])], 4)
    with pytest.raises(InvalidInstance, match="line 3: the gate 'c' is a buffer of 2 inputs"):
        read_bench("INPUT(a)\nINPUT(b)\nc = BUFF(a, b)\nOUTPUT(c)\n")


# ---------------------------------------------------------------------------------------------------------- tables

VALUES = st.fractions(-9, 9, max_denominator=8)


@st.composite
def tables(draw):
    """A table with columns in any order, as somebody may have it, and what it says."""
    d, m = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    points = st.lists(VALUES, min_size=d, max_size=d)
    samples = [(draw(points), draw(VALUES), draw(st.integers(1, 3))) for _ in range(m)]
    names = draw(st.permutations(["height", "x 2", "the, third"][:d]))
    columns = draw(st.permutations([*names, "y", "weight"]))
    separator, quote = draw(st.sampled_from(",;\t")), draw(st.booleans())
    end = separator * draw(st.booleans())

    def cell(text):
        return f'"{text}"' if quote or separator in text or "," in text else text

    rows = [columns]
    for x, y, weight in samples:
        values = {**dict(zip(names, x, strict=True)), "y": y, "weight": weight}
        rows.append([str(values[name]) for name in columns])
    text = "".join(separator.join(map(cell, row)) + end + "\n" for row in rows)
    return text, [name for name in columns if name in names], names, samples


@given(tables())
def test_tables_of_any_order_separator_and_quotes(drawn):
    text, in_file, names, samples = drawn
    order = [names.index(name) for name in in_file]
    expected = [([x[t] for t in order], y, weight) for x, y, weight in samples]
    dimension, rows, remarks = read_rows(text)
    assert (dimension, rows) == (len(names), expected)
    assert remarks == [f"columns: x = {', '.join(in_file)}; y = y; weight = weight"]
    chosen = Columns(tuple(names), "y", "weight")
    assert read_rows(text, chosen) == (len(names), samples, [])
    usual = selected(text, ".csv", chosen)
    assert usual.startswith("x1,")
    assert read_rows(usual) == (len(names), samples, [])


def test_columns_by_number_and_without_a_header():
    text = "1,.5,-2\n3,4,5\n"
    assert read_rows(text) == (2, [([1, Fraction(1, 2)], -2, 1), ([3, 4], 5, 1)],
                               ["no header: columns by their numbers: x = 1, 2; y = 3"])  # fmt: skip
    assert read_rows(text, Columns(("3",), "1"))[1] == [([-2], 1, 1), ([5], 3, 1)]
    assert read_rows("a;b;y\n1;2;3\n", Columns(("2",)))[1] == [([2], 3, 1)]
    assert read_rows("y,x2,x1\n1,2,3\n") == (2, [([3, 2], 1, 1)], ["columns: x = x1, x2; y = y"])
    assert read_rows("x1,y,w\n1,2,3\n", Columns(weight="w"))[1] == [([1], 2, 3)]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("a,b\n1,2\n", Columns(y="c"), "line 1: y: there is no column 'c'; there are 'a, b'"),
        ("a,b\n1,2\n", Columns(y="3"), "line 1: y: there is no column '3'"),
        ("a,b\n1,2\n", Columns(("a", "a"), "b"), "line 1: a column is asked for twice"),
        ("a,b\n1,2\n", Columns(("a",), "a"), "line 1: a column is asked for twice"),
        ("a,b\n1,2\n", Columns(("a",), "b", "b"), "line 1: a column is asked for twice"),
        ("a,b\n1,z\n", Columns(("a",), "b"), "line 2: 'z' is not a rational number"),
        ("a,b\n1,2\n", Columns(("a",), "b", "1"), "line 1: a column is asked for twice"),
    ],
)
def test_columns_that_are_not_there(text, columns, message):
    with pytest.raises(InvalidInstance) as refusal:
        selected(text, ".csv", columns)
    assert message in str(refusal.value)
    with pytest.raises(InvalidInstance, match="JSON names its coordinates"):
        selected('{"samples": []}', "", columns)


def test_what_was_taken_for_what_is_said():
    parsed = TRAINING.parse("height;y\n1;2\n", ".csv")
    assert parsed.remarks == ["columns: x = height; y = y"]
    assert TRAINING.parse("x1,y\n1,2\n", ".csv").remarks == []


@settings(max_examples=200)
@given(st.text(alphabet='ab12y,;\t"\n.#-', max_size=40))
def test_any_table_is_read_or_refused_in_one_line(text):
    message = ""
    try:
        dimension, rows, _ = read_rows(text)
        assert all(len(x) == dimension for x, _, _ in rows)
    except InvalidInstance as refusal:
        message = str(refusal)
    assert "\n" not in message


def test_expected_graphs_are_not_all_empty():
    assert read_graph6("D~{") == (5, sorted(combinations(range(5), 2)))
    assert io.StringIO(nx.to_sparse6_bytes(nx.complete_graph(3), header=False).decode()).read().startswith(":B")
