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

# A NO takes seconds; slow tests refute all small formulas, and all small sets of points.
FEWER = {"one-in-three-to-thresholds": 10, "separability-to-relu": 20}


@pytest.mark.parametrize("name", CATALOGUE)
def test_laws(name, shares):
    r = CATALOGUE[name]()
    answers = Counter()

    @settings(max_examples=FEWER.get(name, 60))
    @given(SEARCHES[r.source.name].instances(), st.integers(0, 99))
    def law(source, seed):
        answers[check_laws(r, source, seed)] += 1

    law()
    shares(answers["YES"], answers["NO"])


def graphs_up_to_isomorphism(n):
    return [g for g in nx.graph_atlas_g() if len(g) == n]


@pytest.mark.parametrize("name", ["coloring-to-relu-sum", "coloring-to-relu-network"])
@pytest.mark.parametrize("colors", [2, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, pytest.param(6, marks=pytest.mark.slow)])
def test_iff_on_all_small_graphs(name, colors, n, record_property):
    r = CATALOGUE[name]()
    answers = Counter(check_laws(r, coloring(n, g.edges, colors)) for g in graphs_up_to_isomorphism(n))
    record_property("answers", f"{answers['YES']} YES, {answers['NO']} NO")
    assert answers.total() == {0: 1, 1: 1, 2: 2, 3: 4, 4: 11, 5: 34, 6: 156}[n]
    # of the graphs with n vertices, those that are bipartite (OEIS A033995) resp. 3-colourable (A076315)
    assert answers["YES"] == {2: [1, 1, 2, 3, 7, 13, 35], 3: [1, 1, 2, 4, 10, 29, 119]}[colors][n]
