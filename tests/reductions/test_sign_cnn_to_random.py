"""Filters of signs become random networks: the law of M·W(w), exact values, both maps, and what cannot be drawn."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from math import erf, sqrt
from random import Random

import numpy as np
import pytest

from relucert.reductions import reduction
from relucert.reductions.coins import Coins
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.matrices import identity, inverse
from relucert.reductions.natural_weights.random_matrices import (
    CELLS,
    LAWS,
    independent_blocks,
    normal_cells,
    number,
    rotation,
    sphere_blocks,
    sphere_point,
)
from relucert.reductions.natural_weights.sign_cnn_to_random_cnn import SignCnnToRandomCnn
from relucert.reductions.natural_weights.sign_cnn_to_random_network import SignCnnToRandomNetwork
from relucert.reductions.parameters import json_of, parameter_text
from relucert.reductions.problems.random_cnn import RANDOM_CNN
from relucert.reductions.problems.random_network import RANDOM_NETWORK, RandomNetworkInstance, Sample, network_of
from relucert.reductions.problems.sign_cnn import Sample as PatchSample
from relucert.reductions.problems.sign_cnn import SignCnnInstance, output
from relucert.verify.experiments.transform import transform
from relucert.verify.testing.laws import check_laws

LINKS = [SignCnnToRandomNetwork, SignCnnToRandomCnn]


# ------------------------------------------------------------------------------------------------- the law of M·W(w)


class Used(Exception):
    """All coins are used: the draw would go on with others."""


class AllCoins(Coins):
    """The given bits and no others, whatever they are for."""

    def __init__(self, bits):
        self.given = iter(bits)

    def sign(self):
        bit = next(self.given, None)
        if bit is None:
            raise Used
        return 2 * bit - 1

    def fork(self, *path):
        return self


def laws_of_networks(draw, t, k):
    """For each filter the law of M·W(w) for blocks of ±1, given that the first draw of each block is kept."""
    kept = []
    for bits in product((0, 1), repeat=t * k * k):
        try:
            blocks = draw("signs", t, k, AllCoins(bits))
        except Used:
            continue
        kept.append(RandomNetworkInstance(tuple(b.matrix for b in blocks), None, ()))
    return [Counter(network_of(m, w) for m in kept) for w in product((1, -1), repeat=t)]


SINGULAR = {1: 0, 2: Fraction(1, 2), 3: Fraction(5, 8), 4: Fraction(169, 256), 5: Fraction(1343, 2048)}


@pytest.mark.parametrize(("t", "k"), [(1, 1), (3, 1), (1, 2), (2, 2), (1, 3)])
def test_the_law_of_random_signs_is_the_same_for_every_filter(t, k):
    """It is uniform on its support, whose share of all matrices of ±1 is (1 - p)^t."""
    first, *others = laws_of_networks(independent_blocks, t, k)
    assert all(law == first for law in others)
    assert set(first.values()) == {1}
    assert Fraction(first.total(), 2 ** (t * k * k)) == (1 - SINGULAR[k]) ** t


def positive_determinants(law, t, k, coins):
    """A block is drawn again unless its determinant is positive."""
    blocks = independent_blocks(law, t, k, coins)
    if any(determinant(block.matrix) < 0 for block in blocks):
        raise Used
    return blocks


def determinant(rows):
    """By the first row."""
    if not rows:
        return 1
    minors = ([row[:j] + row[j + 1 :] for row in rows[1:]] for j in range(len(rows)))
    return sum((-1) ** j * rows[0][j] * determinant(minor) for j, minor in enumerate(minors))


@pytest.mark.parametrize("k", [1, 3])
def test_a_rule_that_sees_the_sign_of_a_block_tells_filters_apart(k):
    """With odd k the laws for w and -w are disjoint; with even k the rule is harmless."""
    one, other = laws_of_networks(positive_determinants, 1, k)
    assert one
    assert not one & other
    one, other = laws_of_networks(positive_determinants, 1, 2)
    assert one == other


@pytest.mark.slow
@pytest.mark.parametrize("k", [4])
def test_the_probability_of_a_singular_block(k):
    rows = list(product((1, -1), repeat=k))
    singular = sum(not determinant(list(block)) for block in product(rows, repeat=k))
    assert Fraction(singular, 2 ** (k * k)) == SINGULAR[k]


# ----------------------------------------------------------------------------------------------------------- the laws


def test_numbers_of_each_law():
    coins = Coins(3, "numbers")
    drawn = {law: [number(law, coins) for _ in range(20_000)] for law in ("signs", "uniform", "normal")}
    assert set(drawn["signs"]) == {1, -1}
    for law, numbers in drawn.items():
        assert all(v % 2 and abs(v) < 1024 for v in numbers)
        mean, second = sum(numbers) / 20_000, sum(v * v for v in numbers) / 20_000
        expected = {"signs": 1, "uniform": 1024**2 / 3, "normal": 128**2}[law]
        assert abs(mean) < 6 * sqrt(expected / 20_000)
        assert abs(second / expected - 1) < 0.05


def test_cells_of_the_normal_law_have_its_probabilities():
    cells = normal_cells()
    for i in range(CELLS + 1):
        assert abs(cells[i] / cells[-1] - erf(i / 64 / sqrt(2))) < 1e-14


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_points_of_the_sphere(n):
    """Exactly of norm 1, without a 0 but the last, and of all signs."""
    coins, signs = Coins(n, "sphere"), set()
    for _ in range(200):
        point = sphere_point(n, coins)
        assert sum(v * v for v in point) == 1
        assert all(point[:-1])
        signs.add(tuple(v > 0 for v in point))
    assert len(signs) == min(2**n, len(signs)) > 2 ** min(n, 5) // 2


@pytest.mark.parametrize("t", [0, 1, 2, 4, 5])
def test_rotations_are_orthogonal(t):
    o = rotation(t, Coins(t, "rotation"))
    for u, v in product(range(t), repeat=2):
        assert sum(a * b for a, b in zip(o.rows[u], o.rows[v], strict=True)) == (u == v) * o.determinant**2


def test_a_rotation_moves_a_vector_anywhere():
    """The mean of O·w, w a unit vector or (1, 1, 1), is near 0, and its second moments are near those of Haar's law."""
    for w in ((1, 0, 0), (1, 1, 1)):
        images = []
        for seed in range(2000):
            o = rotation(3, Coins(seed, "moments"))
            images.append([sum(a * s for a, s in zip(row, w, strict=True)) / o.determinant for row in o.rows])
        for i in range(3):
            assert abs(sum(x[i] for x in images)) / 2000 < 6 * sqrt(sum(w) / 3 / 2000)
            assert abs(sum(x[i] ** 2 for x in images) / 2000 - sum(w) / 3) < 0.12


# ------------------------------------------------------------------------------------------------- values and maps


def drawn_instance(rng, t, k, samples, label=None):
    """Samples of small numbers, labelled at random or by a filter."""
    numbers = (0, 1, -1, 2, Fraction(1, 2), Fraction(-2, 3))
    made = []
    while len(made) < samples:
        patches = tuple(tuple(rng.choices(numbers, k=t)) for _ in range(k))
        value = output(label, patches) if label else rng.randint(0, 1)
        if value in (0, 1):
            made.append(PatchSample(int(value), patches))
    return SignCnnInstance(t, tuple(made))


@pytest.mark.parametrize("law", [*LAWS, "factor"])
def test_values_are_the_same_for_every_filter_and_point(law):
    """h_W(x) = h_{MW}((Mᵀ)⁻¹x), and the same for A: with k ≥ 2 and matrices that are not symmetric."""
    rng, t, k = Random(law), 4, 2

    def matrix(n):
        while inverse(rows := tuple(tuple(rng.choices((0, 1, -2, Fraction(1, 3)), k=n)) for _ in range(n))) is None:
            pass
        return rows

    own, factors = (law, (None, None)) if law != "factor" else ("normal", (matrix(t * k), matrix(t)))
    instance = drawn_instance(rng, t, k, 3)
    network = SignCnnToRandomNetwork(1, own, Fraction(3, 2), factors[0])
    cnn = SignCnnToRandomCnn(1, own, Fraction(3, 2), factors[1])
    m, a = network.matrix(t, k), cnn.matrix(t)
    assert any(block != tuple(zip(*block, strict=True)) for block in m.instance.blocks)
    for w in product((1, -1), repeat=t):
        v, u = network_of(m.instance, w), cnn.forward(instance, w)
        assert network.backward(instance, v) == w == cnn.backward(instance, u)
        for _, patches in instance.samples:
            x, moved = m.image(patches), a.images(patches)
            assert output_of(v, [x] * k) == output(w, patches) == output_of([u] * k, moved)


@pytest.mark.parametrize("law", LAWS)
def test_the_exact_map_is_that_of_floating_point(law):
    """Inverses of numpy, patch by patch as the experiment has it."""
    t, k = 6, 3
    m = SignCnnToRandomNetwork(5, law, Fraction(4, 3)).matrix(t, k)
    blocks = np.array([[[float(v) for v in row] for row in block] for block in m.instance.blocks])
    points = [sample.patches for sample in drawn_instance(Random(law), t, k, 20).samples]
    moved = transform(np.linalg.inv(blocks.transpose(0, 2, 1)), np.array(points, dtype=float))
    exact = np.array([[float(v) for v in m.image(patches)] for patches in points]).reshape(moved.shape)
    assert np.allclose(exact, moved, rtol=1e-6, atol=1e-6)


def output_of(neurons, points):
    """Each neuron at its point."""
    values = (sum(v * x for v, x in zip(*pair, strict=True)) for pair in zip(neurons, points, strict=True))
    return min(1, sum(max(0, value) for value in values))


@pytest.mark.thorough
@pytest.mark.parametrize("link", LINKS)
def test_laws_on_sets_of_three_small_samples(link, shares):
    """Two weights and two patches: one in 31 of the sets, each with a seed of its own."""
    rows = [(0, 0), (1, 0), (0, -1), (1, 1), (1, -1)]
    samples = [PatchSample(y, pair) for y in (0, 1) for pair in combinations(rows, 2)]
    scope = [SignCnnInstance(2, some) for some in combinations(samples, 3)][::31]
    answers = Counter(
        check_laws(link(seed, law), instance)
        for (seed, law), instance in zip(product(range(50), ("signs", "normal")), scope, strict=False)
    )
    shares(answers["YES"], answers["NO"])


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("link", LINKS)
def test_norms_and_supports(link, law):
    instance = drawn_instance(Random(law), 4, 3, 5)
    r = link(9, law, Fraction(2, 3))
    image = r.forward(instance, (1, -1, -1, 1))
    numbers = [v for row in (image if link is SignCnnToRandomNetwork else [image]) for v in row]
    if law == "signs":
        assert {abs(v) for v in numbers} == {Fraction(2, 3)}
    elif law == "uniform":
        assert all(0 < abs(v) < Fraction(2, 3) for v in numbers)
    elif law == "sphere":
        columns = image if link is SignCnnToRandomNetwork else [image]
        assert {sum(v * v for v in column) for column in columns} == {Fraction(4, 9)}
    if (link, law) == (SignCnnToRandomCnn, "sphere"):  # every patch grows by √t/r = 3
        for old, new in zip(instance.samples, r.reduce(instance).samples, strict=True):
            for x, y in zip(old.patches, new.patches, strict=True):
                assert sum(v * v for v in y) == 9 * sum(v * v for v in x)


@pytest.mark.parametrize("t", [1, 2, 3, 5, 7])
def test_the_sphere_for_any_number_of_weights(t):
    """Norm r exactly for every filter, whatever t is; patches grow by √t/r, up to one part in a thousand."""
    instance = drawn_instance(Random(t), t, 2, 3)
    r = SignCnnToRandomCnn(t, "sphere", Fraction(2, 3))
    images = {r.forward(instance, w) for w in product((1, -1), repeat=t)}
    assert len(images) == 2**t
    assert {sum(v * v for v in image) for image in images} == {Fraction(4, 9)}
    for old, new in zip(instance.samples, r.reduce(instance).samples, strict=True):
        for x, y in zip(old.patches, new.patches, strict=True):
            grown, stated = sum(v * v for v in y), Fraction(9 * t, 4) * sum(v * v for v in x)
            assert Fraction(998, 1000) * stated <= grown <= Fraction(1002, 1000) * stated


def test_only_networks_of_the_form_are_solutions():
    """Label 1 at x and at -x: no filter, but two neurons that share none."""
    instance = SignCnnInstance(1, (PatchSample(1, ((1,), (1,))), PatchSample(1, ((-1,), (-1,)))))
    link = SignCnnToRandomNetwork(law="signs")
    target = link.reduce(instance)
    x = target.samples[0].point
    neuron = tuple(v / sum(a * a for a in x) for v in x)
    free = (neuron, tuple(-v for v in neuron))
    assert all(output_of(free, [s.point] * 2) == s.label for s in target.samples)
    assert not RANDOM_NETWORK.accepts(target, free)
    with pytest.raises(InvalidInstance, match="not of the form"):
        link.backward(instance, free)
    with pytest.raises(InvalidInstance, match="not of the form"):
        SignCnnToRandomCnn().backward(instance, (Fraction(1, 7),))


@pytest.mark.parametrize("link", LINKS)
def test_a_learner_is_pulled_back(link):
    """The learner tries all networks of the form; what it returns has the same values on the points of the source."""
    rng = Random(4)
    w = (1, -1, 1, 1)
    instance = drawn_instance(rng, 4, 2, 12, w)
    r = link(2, "uniform")
    seen = []

    def learn(target):
        seen.append(target)
        problem = r.target
        network = next(
            r.forward(instance, s)
            for s in product((1, -1), repeat=4)
            if problem.accepts(target, r.forward(instance, s))
        )
        if link is SignCnnToRandomNetwork:
            return lambda x: output_of(network, [x] * 2)
        return lambda patches: output_of([network] * len(patches), patches)

    h = r.pull_back(learn)(instance)
    assert seen == [r.reduce(instance)]
    assert all(h(sample.patches) == sample.label for sample in instance.samples)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("link", LINKS)
def test_nothing_to_draw(link, law):
    """No weights, no patches, no samples."""
    for instance in (
        SignCnnInstance(0, (PatchSample(0, ((), ())),)),
        SignCnnInstance(0, ()),
        SignCnnInstance(1, (PatchSample(0, ()),)),
        SignCnnInstance(4, (PatchSample(1, ()),)),
        SignCnnInstance(4, ()),
    ):
        answer = "NO" if instance.samples and instance.samples[0].label else "YES"
        assert check_laws(link(0, law), instance) == answer


def test_the_seed_decides():
    instance = drawn_instance(Random(1), 3, 2, 2)
    for link in LINKS:
        targets = [link(seed).reduce(instance) for seed in (0, 1, 1)]
        assert targets[0] != targets[1] == targets[2]
        assert link(0).reduce(instance) != link(0, "uniform").reduce(instance)


# --------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"scale": 0}, "scale must be positive, not 0"),
        ({"scale": Fraction(-1, 2)}, "scale must be positive"),
        ({"seed": -1}, "a seed is an integer from 0"),
        ({"law": "cauchy"}, "the law is signs, uniform, normal or sphere"),
        ({"law": "signs", "factor": identity(4)}, "a factor goes with the law normal, not signs"),
        ({"factor": ((1, 2), (1,))}, "the factor, row 1: 1 numbers, it should have 2"),
    ],
)
def test_bad_parameters(link, given, message):
    with pytest.raises(InvalidInstance, match=message):
        link(**given)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "factor: expected rows of rational numbers or null, not 3"),
        ([1, 2], "factor: expected rows of rational numbers or null"),
        ("1,x", "factor: expected a rational number, not 'x'"),
        ([[0.5]], "factor: expected a rational number, not 0.5"),
        ("1,2;3", "the factor, row 1: 1 numbers, it should have 2"),
    ],
)
def test_a_factor_is_rows_of_numbers(value, message):
    with pytest.raises(InvalidInstance, match=message):
        reduction("sign-cnn-to-random-network", {"factor": value})


def test_factors_are_read_and_written():
    for value in ("1,0;1/2,1", [[1, 0], ["1/2", 1]], ((1, 0), (Fraction(1, 2), 1))):
        r = reduction("sign-cnn-to-random-cnn", {"factor": value})
        assert r.factor == ((1, 0), (Fraction(1, 2), 1))
        assert json_of(r.arguments)["factor"] == [[1, 0], ["1/2", 1]]
        assert parameter_text(r.factor) == "1,0;1/2,1"
    assert reduction("sign-cnn-to-random-cnn", {"factor": "null"}).factor is None


def test_factors_that_do_not_fit():
    instance = drawn_instance(Random(1), 2, 2, 1)
    for r in (SignCnnToRandomNetwork(factor=identity(3)), SignCnnToRandomCnn(factor=identity(3))):
        for step in (r.reduce, lambda i, r=r: [*r.stages(i)]):
            with pytest.raises(InvalidInstance, match="the factor has 3 rows"):
                step(instance)
    for r in (SignCnnToRandomNetwork(factor=((1,) * 4,) * 4), SignCnnToRandomCnn(factor=((1,) * 2,) * 2)):
        with pytest.raises(InvalidInstance, match="the factor is singular"):
            r.reduce(instance)


def test_a_seed_without_a_nonsingular_block_is_refused(monkeypatch):
    module = "relucert.reductions.natural_weights.random_matrices"
    monkeypatch.setattr(f"{module}.number", lambda law, coins: 1)
    with pytest.raises(InvalidInstance, match="take another seed"):
        independent_blocks("signs", 2, 2, Coins(0))
    monkeypatch.setattr(f"{module}.sphere_point", lambda n, coins: (0,) * n)
    with pytest.raises(InvalidInstance, match="take another seed"):
        sphere_blocks(2, 2, Coins(0))


@pytest.mark.parametrize(
    ("problem", "text", "message"),
    [
        (RANDOM_NETWORK, '{"blocks":[[[1]],[[1]]],"factor":[[1,1],[2,2]],"samples":[]}', "the factor is singular"),
        (RANDOM_NETWORK, '{"blocks":[[[1]],[[1]]],"factor":[[1]],"samples":[]}', "the factor: 1 rows"),
        (RANDOM_NETWORK, '{"blocks":[[[1,2]]],"factor":null,"samples":[]}', "block 0, row 0: 2 numbers"),
        (
            RANDOM_NETWORK,
            '{"blocks":[[[1,0],[0,1]]],"factor":null,"samples":[{"label":0,"point":[1,2,3]}]}',
            "sample 0: 3 coordinates, 1 blocks of 2 rows have 2",
        ),
        (RANDOM_NETWORK, '{"blocks":[],"factor":null,"samples":[{"label":2,"point":[]}]}', "the label is 0 or 1"),
        (RANDOM_NETWORK, "1 2", "given as JSON"),
        (RANDOM_CNN, '{"matrix":[[1,1],[2,2]],"samples":[]}', "the matrix is singular"),
        (RANDOM_CNN, '{"matrix":[[1,2]],"samples":[]}', "the matrix, row 0: 2 numbers"),
        (RANDOM_CNN, '{"matrix":[[1]],"samples":[{"label":0,"patches":[[1,2]]}]}', "sample 0, patch 0: 2 numbers"),
        (RANDOM_CNN, "1 2", "given as JSON"),
    ],
)
def test_bad_files(problem, text, message):
    with pytest.raises(InvalidInstance, match=message):
        problem.read(text, ".json" if text[0] == "{" else ".csv", {})


def test_bad_networks():
    instance = RandomNetworkInstance((((1, 2), (0, 1)),), None, (Sample(1, (1, 0)),))
    for witness in ((), ((1, 0),), ((1, 0), (2,))):
        with pytest.raises(InvalidInstance, match="a network lists the weights of 2 neurons, 2 of each"):
            RANDOM_NETWORK.accepts(instance, witness)
    singular = replace(instance, factor=((1, 1), (1, 1)))
    assert not any(RANDOM_NETWORK.accepts(singular, network_of(singular, w)) for w in ((1,), (-1,)))
