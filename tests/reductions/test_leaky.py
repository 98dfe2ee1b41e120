"""Leaky ReLUs: which reductions carry over from ReLUs as they are, and which do not."""

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.training import TRAINING, network
from relucert.reductions.tight_hardness.coloring_to_leaky_relu_sum import ColoringToLeakyReluSum
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.verify.certify import certify_reduction
from relucert.verify.testing.laws import decide_in_process

EXAMPLE = Path(__file__).parents[2] / "examples" / "groetzsch-leaky.json"

# The Grötzsch graph (Mycielski's construction, twice from K2), without triangles and of chromatic number 4.
GROETZSCH = [
    (0, 1), (0, 3), (0, 6), (0, 8), (1, 2), (1, 5), (1, 7), (2, 4), (2, 6), (2, 9), (3, 4), (3, 5), (3, 9), (4, 7),
    (4, 8), (5, 10), (6, 10), (7, 10), (8, 10), (9, 10),
]  # fmt: skip

# Three leaky ReLUs, α = 1/10, with value 1 at each vertex and 0 at each edge; found by Z3.
WEIGHTS = """
10/11 -4465/1134 110/189 -20/9 -5410/189 20/9 -605/567 110/189 -10/11 20/9 13/9
20/99 -2795/12474 110/189 -20/9 20/9 -310/9 -275/567 20/9 -20/9 -19655/567 -20/9
-10/9 17665/12474 -310/189 13/9 310/189 20/9 655/567 -3410/189 130/99 2545/1134 -20/9
"""


def test_the_samples_of_a_colouring_are_wrong_for_leaky_relus():
    """[GKMR21] Theorem 8, step I: a NO for three ReLUs, a YES for three leaky ones."""
    colorings = product(range(3), repeat=11)
    assert not any(all(c[u] != c[v] for u, v in GROETZSCH) for c in colorings)
    relus = ColoringToReluSum().reduce(coloring(11, GROETZSCH, 3))
    leaky = TRAINING.instance_from_json(json.loads(EXAMPLE.read_text()))
    assert leaky.samples == relus.samples
    assert (leaky.neurons, leaky.output, leaky.bias, leaky.alpha) == (3, "ones", False, Fraction(1, 10))
    net = network([Fraction(v) for v in row.split()] for row in WEIGHTS.strip().splitlines())
    assert TRAINING.accepts(leaky, net)
    assert not TRAINING.accepts(relus, net)


def test_mirror_images_repair_them():
    """The weights that fit the unchanged samples fail on the repaired ones, which are certified a NO for three."""
    r, source = ColoringToLeakyReluSum(), coloring(11, GROETZSCH, 3)
    net = network([Fraction(v) for v in row.split()] for row in WEIGHTS.strip().splitlines())
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
