"""Leaky ReLUs: which reductions carry over from ReLUs as they are, and which do not."""

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path

import networkx as nx
import pytest

from relucert.certificates.writer import Side
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.max_cut import MaxCutInstance
from relucert.reductions.problems.set_cover import SET_COVER, SetCoverInstance
from relucert.reductions.problems.training import TRAINING, network
from relucert.reductions.tight_hardness.coloring_to_leaky_relu_sum import ColoringToLeakyReluSum
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.reductions.tight_hardness.max_cut_to_leaky_relu import MaxCutToLeakyRelu
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.certify import certify_disagreement, certify_reduction
from relucert.verify.testing.laws import check_laws, check_size, decide_in_process

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE, COVERED = EXAMPLES / "groetzsch-leaky.json", EXAMPLES / "cover-leaky.json"

# The Grötzsch graph (Mycielski's construction, twice from K2), without triangles and of chromatic number 4.
GROETZSCH = [
    (0, 1), (0, 3), (0, 6), (0, 8), (1, 2), (1, 5), (1, 7), (2, 4), (2, 6), (2, 9), (3, 4), (3, 5), (3, 9), (4, 7),
    (4, 8), (5, 10), (6, 10), (7, 10), (8, 10), (9, 10),
]  # fmt: skip

# Three leaky ReLUs, α = 1/10, with value 1 at each vertex and 0 at each edge; found by Z3.
FOUND = EXAMPLES / "groetzsch-leaky-network.json"


def test_the_samples_of_a_colouring_are_wrong_for_leaky_relus():
    """[GKMR21] Theorem 8, step I: a NO for three ReLUs, a YES for three leaky ones."""
    colorings = product(range(3), repeat=11)
    assert not any(all(c[u] != c[v] for u, v in GROETZSCH) for c in colorings)
    relus = ColoringToReluSum().reduce(coloring(11, GROETZSCH, 3))
    leaky = TRAINING.instance_from_json(json.loads(EXAMPLE.read_text()))
    assert leaky.samples == relus.samples
    assert (leaky.neurons, leaky.output, leaky.bias, leaky.alpha) == (3, "ones", False, Fraction(1, 10))
    net = TRAINING.witness_from_json(json.loads(FOUND.read_text()))
    assert TRAINING.accepts(leaky, net)
    assert not TRAINING.accepts(relus, net)


def test_mirror_images_repair_them():
    """The weights that fit the unchanged samples fail on the repaired ones, which are certified a NO for three."""
    r, source = ColoringToLeakyReluSum(), coloring(11, GROETZSCH, 3)
    net = TRAINING.witness_from_json(json.loads(FOUND.read_text()))
    assert not TRAINING.accepts(r.reduce(source), net)
    assert certify_reduction(r, source, decide_in_process).answer == "NO"
    assert certify_reduction(r, coloring(11, GROETZSCH, 4), decide_in_process).answer == "YES"


@pytest.mark.parametrize("alpha", [0, Fraction(1, 10), Fraction(99, 100)])
@pytest.mark.parametrize("edges", [[(0, 1), (1, 2)], [(0, 1), (0, 2), (1, 2)], [(0, 1, 2)], [(0, 1, 2), (0, 2)]])
def test_a_network_fits_iff_its_weights_fit_as_relus_and_their_sum_is_known(alpha, edges):
    """All weights of a small grid, by the lemma of the docstring, which is computed here without the reduction's."""
    source = coloring(3, edges, 2)
    leaky, relus = ColoringToLeakyReluSum(alpha).reduce(source), ColoringToReluSum().reduce(source)
    size = max(map(len, edges))
    fits = 0
    for first in product((1, 1 - size, Fraction(1, 2)), repeat=3):
        for second in ([2 - size - w for w in first], [1 - w for w in first]):
            net = network([first, second])
            sums = all(v + w == 2 - size for v, w in zip(first, second, strict=True))
            assert TRAINING.accepts(leaky, net) == (sums and TRAINING.accepts(relus, net))
            fits += TRAINING.accepts(leaky, net)
    colorings = product(range(2), repeat=3)
    assert (fits > 0) == any(all(len({c[v] for v in e}) > 1 for e in edges) for c in colorings)


@pytest.mark.parametrize("alpha", [1, Fraction(-1, 9), Fraction(3, 2)])
def test_slopes_outside_the_interval_are_refused(alpha):
    with pytest.raises(InvalidInstance, match="alpha must be at least 0 and less than 1"):
        ColoringToLeakyReluSum(alpha)


# -------------------------------------------------------------------------------------- one leaky ReLU, up to an error


def test_set_cover_does_not_carry_over():
    """Two of the three sets cover the elements, but a leaky ReLU pays for what a chosen set leaves below 0: a
    certified disagreement of source and target."""
    source = SetCoverInstance(3, ((0, 1), (0, 2), (1, 2)), 2)
    target = replace(SetCoverToRelu().reduce(source), activation="leaky-relu", alpha=Fraction(1, 10))
    assert TRAINING.instance_from_json(json.loads(COVERED.read_text())) == target
    yes, no = decide_in_process(SET_COVER, source), decide_in_process(TRAINING, target)
    found = certify_disagreement(Side(SET_COVER, source, yes), Side(TRAINING, target, no))
    assert found.verdict.verdict == "accepted"
    assert found.answer == "YES/NO"


def least_loss(source, alpha):
    """Of one leaky ReLU of output weight 1 or −1, by the signs of its weights: strictly convex problems, in rationals.

    −s·w ≥ −|w|, and equal if s is the sign of w: the loss is the least of these quadratic functions, over all signs s.
    """
    n, copies = source.vertices, 2 * sum(sum(v in e for e in source.edges) ** 2 for v in range(source.vertices)) + 1
    beta, least = 1 + alpha * alpha, Fraction(2 * copies * n)  # that of the output weight −1 is no less
    for signs in product((1, -1), repeat=n):
        rows = [[Fraction(0)] * n for _ in range(n)]
        for v in range(n):
            rows[v][v] = copies * beta + beta * sum(v in e for e in source.edges)
        for u, v in source.edges:
            rows[u][v] = rows[v][u] = beta
        right = [copies * (1 - alpha) * s for s in signs]
        w = solution(rows, right)
        squares = sum(copies * (beta * x * x - 2 * (1 - alpha) * s * x + 2) for x, s in zip(w, signs, strict=True))
        least = min(least, squares + beta * sum((w[u] + w[v]) ** 2 for u, v in source.edges))
    return least


def solution(rows, right):
    """By Gaussian elimination."""
    table = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for i in range(len(table)):
        pivot = next(r for r in range(i, len(table)) if table[r][i])
        table[i], table[pivot] = table[pivot], table[i]
        table[i] = [v / table[i][i] for v in table[i]]
        for r in range(len(table)):
            if r != i:
                table[r] = [a - table[r][i] * b for a, b in zip(table[r], table[i], strict=True)]
    return [row[-1] for row in table]


@pytest.mark.parametrize("alpha", [Fraction(0), Fraction(1, 3), Fraction(9, 10)])
def test_the_least_loss_tells_the_largest_cut(alpha, shares):
    """Against an exact minimum over all cells, on all graphs with up to four vertices and every c."""
    r, answers = MaxCutToLeakyRelu(alpha), Counter()
    for graph in nx.graph_atlas_g()[1:19]:
        n, edges = len(graph), tuple(sorted(tuple(sorted(e)) for e in graph.edges))
        sides = product((0, 1), repeat=n)
        largest = max(sum(s[u] != s[v] for u, v in edges) for s in sides)
        least = least_loss(MaxCutInstance(n, edges, 0), alpha)
        for wanted in range(len(edges) + 2):
            source = MaxCutInstance(n, edges, wanted)
            target = r.reduce(source)
            assert (least <= target.threshold) == (largest >= wanted)
            check_size(r, source, target)
            answers[largest >= wanted] += 1
    shares(answers[True], answers[False])


@pytest.mark.parametrize("edges", [(), ((0, 1),), pytest.param(((0, 1), (0, 2), (1, 2)), marks=pytest.mark.slow)])
def test_cuts_of_small_graphs(edges):
    most = {0: 0, 1: 1, 3: 2}[len(edges)]
    for wanted in range(len(edges) + 2):
        source = MaxCutInstance(max(1, len(edges[-1:]) and edges[-1][1] + 1), edges, wanted)
        assert check_laws(MaxCutToLeakyRelu(Fraction(1, 2)), source) == ("YES" if wanted <= most else "NO")
