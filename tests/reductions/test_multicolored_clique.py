"""Multicoloured Clique: its files, its solutions and its encoding."""

import json
from collections import Counter
from itertools import combinations, product

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_relu import refuses

from relucert.certificates.encoding import NotEncoded
from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import Malformed
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problems.multicolored_clique import (
    MULTICOLORED_CLIQUE,
    MulticoloredCliqueInstance,
    multicolored_clique,
)
from relucert.verify.problems import SEARCHES
from relucert.verify.testing.laws import decide_in_process


@st.composite
def colored_graphs(draw):
    kappa = draw(st.integers(1, 4))
    colors = draw(st.permutations([*range(kappa), *draw(st.lists(st.integers(0, kappa - 1), max_size=4))]))
    pairs = [e for e in combinations(range(len(colors)), 2) if colors[e[0]] != colors[e[1]]]
    return multicolored_clique(colors, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else [])


def cliques(instance):
    """Those of networkx that have one vertex of every colour."""
    g = nx.Graph(instance.edges)
    g.add_nodes_from(range(len(instance.colors)))
    kappa = len(set(instance.colors))
    found = (c for c in nx.enumerate_all_cliques(g) if sorted(instance.colors[v] for v in c) == [*range(kappa)])
    return {tuple(sorted(c, key=lambda v: instance.colors[v])) for c in found}


# --------------------------------------------------------------------------------------------------------------- files

TRIANGLE = multicolored_clique([0, 1, 1, 2], [(0, 1), (0, 2), (0, 3), (2, 3)])
DIMACS = "c a triangle\np edge 4 4\nn 1 1\nn 2 2\nn 3 2\nn 4 3\ne 1 2\ne 3 1\ne 4 3\ne 1 4\n"


def read(text, suffix=""):
    return MULTICOLORED_CLIQUE.read(text, suffix, {})


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        (DIMACS, ".col"),
        (DIMACS.replace("\n", " \r\n\r\n"), ".col"),
        ("n 4 3\nn 3 2\nc\np col 4 4\ne 3 4\ne 4 1\ne 1 2\nn 2 2\ne 1 3\nn 1 1", ".col"),
        ('{"colors": [0, 1, 1, 2], "edges": [[1, 0], [0, 2], [3, 2], [0, 3]]}', ".json"),
    ],
)
def test_formats(text, suffix):
    for hint in (suffix, ""):
        assert read(text, hint) == (TRIANGLE, [])
    assert MULTICOLORED_CLIQUE.describes(text, suffix, TRIANGLE).agrees
    assert not MULTICOLORED_CLIQUE.describes(text, suffix, multicolored_clique(TRIANGLE.colors, [(0, 1)])).agrees
    assert not MULTICOLORED_CLIQUE.describes(text, suffix, multicolored_clique([0, 1, 1, 2], TRIANGLE.edges[:3])).agrees


@given(colored_graphs())
def test_json(instance):
    text = "".join(MULTICOLORED_CLIQUE.canonical(instance))
    assert text == dumps(MULTICOLORED_CLIQUE.instance_to_json(instance))
    assert MULTICOLORED_CLIQUE.instance_from_json(loads(text)) == instance
    assert read(text, ".json") == (instance, [])
    twice = {"colors": instance.colors, "edges": [list(e)[::-1] for e in instance.edges] * 2}
    again, remarks = read(json.dumps(twice))
    assert again == instance
    assert len(remarks) == bool(instance.edges)


@given(st.lists(st.integers(0)))
def test_witnesses_are_read_back(chosen):
    assert MULTICOLORED_CLIQUE.witness_from_json(MULTICOLORED_CLIQUE.witness_to_json(tuple(chosen))) == tuple(chosen)


@pytest.mark.parametrize("witness", [1, "0", None, {}, [0.5], [True], ["0"], [-1], [[0]]])
def test_bad_witnesses_are_refused(witness):
    refuses(MULTICOLORED_CLIQUE.witness_from_json, witness)


COLORED = "p edge 3 0\nn 1 1\nn 2 2\nn 3 1\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (COLORED.replace("3 0", "3 2") + "e 1 2\ne 1 3\n", "line 6: both ends of this edge have the colour 1"),
        (COLORED.replace("n 2 2", "n 2 3"), "colour 2 of 1..3 has no vertex"),
        (COLORED.replace("n 2 2", "n 2 1").replace("n 3 1", "n 3 2").replace("1\n", "3\n"), "colour 1 of 1..3"),
        (COLORED.replace("n 2 2\n", ""), "vertex 2 has no colour: the line 'n 2 COLOUR' is missing"),
        ("p edge 999999999999999999 0\nn 1 1\n", "vertex 2 has no colour"),
        (COLORED.replace("n 2 2", "n 2 4"), "line 3: colour 4 is outside 1..3"),
        (COLORED.replace("n 2 2", "n 2 0"), "line 3: colour 0 is outside 1..3"),
        (COLORED + "n 4 1\n", "line 5: vertex 4 is outside 1..3"),
        (COLORED + "n 0 1\n", "line 5: vertex 0 is outside 1..3"),
        (COLORED + "n 2 2\n", "line 5: vertex 2 has a second colour"),
        (COLORED + "n 2 1\n", "line 5: vertex 2 has a second colour"),
        (COLORED + "n 2\n", "line 5: expected n VERTEX COLOUR"),
        (COLORED + "n 2 1 1\n", "line 5: expected n VERTEX COLOUR"),
        (COLORED + "n 2 x\n", "line 5: expected n VERTEX COLOUR"),
        (COLORED + "n -1 1\n", "line 5: expected n VERTEX COLOUR"),
        (COLORED + "n ٣ 1\n", "line 5: expected n VERTEX COLOUR"),
        (COLORED + "n 2 " + "9" * 10**5 + "\n", "line 5: expected n VERTEX COLOUR"),
        (COLORED + "e 1 4\n", "line 5: vertex 4 is outside 1..3"),
        (COLORED + "e 2 2\n", "line 5: vertex 2 has a loop"),
        (COLORED + "x 1 2\n", "line 5: expected an edge"),
        ("n 1 1\n", "the problem line 'p edge N M' is missing"),
        ("p edge 0 0\n", "there is no vertex"),
        ("", "empty"),
    ],
)
def test_bad_dimacs_is_refused_with_its_place(text, message):
    for suffix in (".col", ""):
        assert message in refuses(read, text, suffix)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"colors": [0, 1, 0], "edges": [[0, 1], [2, 0]]}', "edge [0, 2]: both ends have the colour 0"),
        ('{"colors": [0, 2, 0], "edges": []}', "colour 1 of 0..2 has no vertex"),
        ('{"colors": [0, null, 1], "edges": []}', "vertex 1: colour: None is not an integer"),
        ('{"colors": [0, 1, -1], "edges": []}', "vertex 2: colour must be at least 0"),
        ('{"colors": [0, 1, 3], "edges": []}', "vertex 2: colour 3 is outside 0..2"),
        ('{"colors": [0, 1, 1.0], "edges": []}', "float"),
        ('{"colors": [0, 1, true], "edges": []}', "vertex 2"),
        ('{"colors": 3, "edges": []}', "colors: expected a list"),
        ('{"colors": [], "edges": []}', "there is no vertex"),
        ('{"colors": [0, 1], "edges": [[0, 2]]}', "edge 0"),
        ('{"colors": [0, 1], "edges": [[0, 1], [1, 1]]}', "edge 1"),
        ('{"colors": [0, 1], "edges": [[0]]}', "edge 0 has 1 vertices"),
        ('{"colors": [0, 1], "edges": [[0, 1, 1]]}', "edge 0 has 3 vertices"),
        ('{"colors": [0, 1], "edges": [[0, -1]]}', "edge 0: vertex"),
        ('{"colors": [0, 1], "edges": {}}', "edges"),
        ('{"colors": [0, 1]}', "'edges' is missing"),
        ('{"edges": []}', "'colors' is missing"),
        ('{"colors": [0], "edges": [], "vertices": 1}', "'vertices' is unknown"),
    ],
)
def test_bad_json_is_refused(text, message):
    assert message in refuses(read, text, ".json")


@settings(max_examples=200)
@given(st.text(alphabet='pecn 0123\n#{}[]:,"', max_size=40) | st.text(max_size=20).map(COLORED.__add__))
def test_any_text_is_an_instance_or_refused(text):
    try:
        assert isinstance(read(text, ".col")[0], MulticoloredCliqueInstance)
    except ValueError:
        assert refuses(read, text, ".col")


@pytest.mark.parametrize("colors", [(), (1,), (0, 2), (0, -1), (1, 2, 3)])
def test_colours_are_checked(colors):
    assert "colour" in refuses(MulticoloredCliqueInstance, colors, ())


@pytest.mark.parametrize(
    "edges", [((1, 0),), ((0, 0),), ((0, 4),), ((-1, 0),), ((0, 1, 3),), ((0, 1), (0, 1)), ((0, 2), (0, 1)), ((1, 2),)]
)
def test_edges_are_increasing_pairs_in_order_between_colours(edges):
    assert "edge" in refuses(MulticoloredCliqueInstance, (0, 1, 1, 2), edges)


# ----------------------------------------------------------------------------------------------------------- solutions


@pytest.mark.parametrize("witness", [(), (0, 1), (0, 1, 2), (3, 1, 0), (0, 1, 4), (0, 1, -1), (0, 1, 2, 3)])
def test_a_clique_lists_one_vertex_of_each_colour(witness):
    assert "each of the 3 colours" in refuses(MULTICOLORED_CLIQUE.accepts, TRIANGLE, witness)


@given(colored_graphs())
def test_accepts_exactly_the_cliques(instance):
    kappa, n = len(set(instance.colors)), len(instance.colors)
    choices = product(*([v for v in range(n) if instance.colors[v] == c] for c in range(kappa)))
    assert {chosen for chosen in choices if MULTICOLORED_CLIQUE.accepts(instance, chosen)} == cliques(instance)


@given(colored_graphs())
def test_missing_edges(instance):
    complete = nx.complete_multipartite_graph(*Counter(instance.colors).values())
    assert len(instance.edges) + instance.missing == complete.number_of_edges()
    listed = list(instance.missing_edges())
    assert len(listed) == instance.missing
    filled = multicolored_clique(instance.colors, [*instance.edges, *listed])
    assert len(filled.edges) == complete.number_of_edges()


# ------------------------------------------------------------------------------------------------------- its encoding

ENCODING = ENCODINGS["multicolored-clique"]


@pytest.mark.parametrize("source", ["wide", "of the test kit"])
def test_decisions_agree_with_networkx(source, shares):
    answers = Counter()

    @settings(max_examples=100)
    @given(colored_graphs() if source == "wide" else SEARCHES["multicolored-clique"].instances())
    def agrees(instance):
        decision, expected = decide_in_process(MULTICOLORED_CLIQUE, instance), cliques(instance)
        answers[type(decision).__name__] += 1
        assert type(decision).__name__ == ("Yes" if expected else "No")
        assert not expected or decision.witness in expected

    agrees()
    shares(answers["Yes"], answers["No"])


def satisfied(formula, chosen):
    return all(any((abs(at) - 1 in chosen) == (at > 0) for at in clause) for clause in formula.clauses.values())


@given(colored_graphs())
def test_the_formula_means_that_the_chosen_vertices_hold_a_clique(instance):
    """For every set of vertices: it has all colours and no missing edge."""
    formula, n = ENCODING.formula(instance, 0, None, False), len(instance.colors)
    assert formula.atoms == dict.fromkeys(range(1, n + 1))
    for chosen in product((False, True), repeat=n):
        inside = {v for v in range(n) if chosen[v]}
        complete = all(
            e in instance.edges or instance.colors[e[0]] == instance.colors[e[1]]
            for e in combinations(sorted(inside), 2)
        )
        every_color = {instance.colors[v] for v in inside} == set(instance.colors)
        assert satisfied(formula, inside) == (complete and every_color)


def test_the_formula_is_numbered_as_specified():
    formula = ENCODING.formula(multicolored_clique([1, 0, 1, 2], [(0, 1), (0, 3)]), 0, None, False)
    assert list(formula.clauses.values()) == [(2,), (1, 3), (4,), (-2, -3), (-2, -4), (-3, -4)]
    assert not formula.pseudo_booleans


def test_the_encoding_has_one_case():
    assert list(ENCODING.cases(TRIANGLE)) == [0]


def test_the_encoding_has_no_symmetry_and_no_loss():
    with pytest.raises(Malformed):
        ENCODING.formula(TRIANGLE, 0, [0], False)
    with pytest.raises(NotEncoded):
        ENCODING.formula(TRIANGLE, 0, None, True)
