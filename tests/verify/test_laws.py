"""Every reduction in the catalogue obeys the laws; a reduction that is added is tested here without being named."""

from collections import Counter

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.reductions import CATALOGUE
from relucert.reductions.problems.coloring import coloring
from relucert.verify.problems import SEARCHES
from relucert.verify.testing.laws import check_laws

pytestmark = pytest.mark.thorough

# Where a NO takes long: how many instances now, and with the slow tests, which also refute all that are small.
FEWER = {
    "one-in-three-to-thresholds": (3, 10),
    "separability-to-relu": (5, 20),
    "separability-to-thresholds": (6, 60),
    "clique-to-threshold": (4, 60),
    "circuit-to-double-wells": (6, 40),
    "densest-subgraph-to-bounded-relu": (6, 60),
}
# Where a few instances have few of one answer.
FEWER |= dict.fromkeys(("circuit-to-relu", "vertex-cover-to-set-cover", "vertex-cover-to-independent-set"), (60, 60))
ALL = (12, 60)


@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", CATALOGUE)
def test_laws(name, slow, shares):
    r = CATALOGUE[name]()
    answers = Counter()

    @settings(max_examples=FEWER.get(name, ALL)[slow])
    @given(SEARCHES[r.source.name].instances(), st.integers(0, 99))
    def law(source, seed):
        answers[check_laws(r, source, seed)] += 1

    law()
    shares(answers["YES"], answers["NO"])


def graphs_up_to_isomorphism(n):
    return [g for g in nx.graph_atlas_g() if len(g) == n]


@pytest.mark.parametrize(
    "name",
    [
        "coloring-to-relu-sum",
        "coloring-to-relu-network",
        pytest.param("coloring-to-leaky-relu-sum", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("colors", [2, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 3, *(pytest.param(n, marks=pytest.mark.slow) for n in (4, 5, 6))])
def test_iff_on_all_small_graphs(name, colors, n, record_property):
    r = CATALOGUE[name]()
    answers = Counter(check_laws(r, coloring(n, g.edges, colors)) for g in graphs_up_to_isomorphism(n))
    record_property("answers", f"{answers['YES']} YES, {answers['NO']} NO")
    assert answers.total() == {0: 1, 1: 1, 2: 2, 3: 4, 4: 11, 5: 34, 6: 156}[n]
    # of the graphs with n vertices, those that are bipartite (OEIS A033995) resp. 3-colourable (A076315)
    assert answers["YES"] == {2: [1, 1, 2, 3, 7, 13, 35], 3: [1, 1, 2, 4, 10, 29, 119]}[colors][n]
