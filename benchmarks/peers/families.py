"""Fifteen families of nine training instances, the same on every machine: which of them a network fits is not chosen.

A family is a function of the number 0, 1, … of an instance. "Planted" labels are the values of a network, which comes
along as a solution. Coordinates are integers in ±9 unless said; k neurons in d dimensions, m samples.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from hashlib import sha256
from itertools import combinations, count, pairwise

import networkx as nx

from relucert.reductions.exact import Rational
from relucert.reductions.fixed_dimension.selection_gadget import levee, selection_gadget
from relucert.reductions.fixed_dimension.separability_to_relu import SeparabilityToRelu
from relucert.reductions.json_text import dumps
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.strip import strip
from relucert.reductions.problems.training import TRAINING, Network, Sample, TrainingInstance, sample
from relucert.reductions.tight_hardness.coloring_to_relu_network import ColoringToReluNetwork
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum

NUMBERS = 9  # instances of a family
APART = 64  # how far stacked gadgets are


@dataclass(frozen=True)
class Question:
    """Does a network fit? solution: one that does, if it is known from how the instance was made."""

    family: str
    number: int
    what: str
    instance: TrainingInstance
    solution: Network | None = None

    @property
    def name(self) -> str:
        return f"{self.family} {self.number}"

    @property
    def digest(self) -> str:
        return sha256(dumps(TRAINING.instance_to_json(self.instance)).encode()).hexdigest()


Drawn = tuple[str, TrainingInstance, Network | None]
Family = Callable[[int], Drawn]


# ---------------------------------------------------------------------------------------------------- samples, networks


def points(rng: random.Random, m: int, d: int, most: int = 9) -> list[tuple[int, ...]]:
    """m different ones."""
    found: dict[tuple[int, ...], None] = {}
    while len(found) < m:
        found[tuple(rng.randint(-most, most) for _ in range(d))] = None
    return list(found)


def bending(rng: random.Random, xs: Sequence[Sequence[int]], k: int, positive: int, bias: bool = True) -> Network:
    """k neurons, the first of output weight 1 and the others −1; each splits the points, one to four at most."""
    d = len(xs[0])
    while True:
        weights = tuple(tuple(rng.randint(-6, 6) for _ in range(d)) for _ in range(k))
        biases = tuple(rng.randint(-12, 12) if bias else 0 for _ in range(k))
        above = [sum(sum(map(_times, w, x)) + b > 0 for x in xs) for w, b in zip(weights, biases, strict=True)]
        if all(len(xs) <= 5 * n <= 4 * len(xs) for n in above):
            return Network(weights, biases, (1,) * positive + (-1,) * (k - positive))


def _times(a: Rational, b: Rational) -> Rational:
    return a * b


def values(net: Network, xs: Sequence[Sequence[Rational]], activation: str = "relu") -> list[Rational]:
    return [net([*enumerate(x)], activation) for x in xs]


def samples(xs: Sequence[Sequence[Rational]], ys: Sequence[Rational]) -> tuple[Sample, ...]:
    return tuple(map(sample, xs, ys))


def planted(rng: random.Random, d: int, k: int, m: int) -> tuple[TrainingInstance, Network]:
    xs = points(rng, m, d)
    net = bending(rng, xs, k, (k + 1) // 2)
    return TrainingInstance(d, k, samples(xs, values(net, xs)), bias=True), net


def relabelled(
    rng: random.Random, instance: TrainingInstance, changes: Sequence[int] = (-2, -1, 1, 2)
) -> TrainingInstance:
    """One label is another one."""
    i = rng.randrange(len(instance.samples))
    changed = [s._replace(y=s.y + rng.choice(changes)) if j == i else s for j, s in enumerate(instance.samples)]
    return replace(instance, samples=tuple(changed))


# ------------------------------------------------------------------------------------------------------------- families

PLANE = ((2, 2, 20), (2, 3, 20), (2, 3, 30), (2, 3, 40), (2, 4, 30), (2, 4, 40), (2, 2, 60), (2, 4, 50), (2, 5, 40))
SPACE = ((3, 2, 24), (4, 2, 30), (3, 3, 30), (5, 2, 36), (4, 3, 40), (6, 2, 42), (8, 2, 48), (5, 3, 48), (10, 2, 60))


FEW = ((2, 2, 6), (2, 2, 7), (2, 2, 9), (2, 3, 9), (2, 3, 11), (3, 2, 8), (3, 2, 11), (3, 3, 12), (2, 4, 13))
STEPS = ((2, 2, 15), (2, 3, 20), (2, 2, 12), (2, 4, 20), (3, 3, 20), (2, 2, 9), (3, 4, 25), (2, 5, 25), (3, 2, 10))
NORMED = ((2, 1, 12), (2, 1, 12), (3, 1, 20), (3, 1, 20), (2, 2, 14), (2, 2, 14), (3, 2, 18), (3, 2, 18), (4, 1, 30))


def of_sizes(sizes: Sequence[tuple[int, int, int]], changed: Callable[[int], bool], salt: str) -> Family:
    """Planted networks of ReLUs with biases; some have one label that is changed by 1 or 2."""

    def family(number: int) -> Drawn:
        d, k, m = sizes[number]
        rng = random.Random(f"{salt} {number}")
        instance, net = planted(rng, d, k, m)
        what = f"d = {d}, k = {k}, m = {m}"
        if changed(number):
            return f"{what}, one label changed", relabelled(rng, instance), None
        return what, instance, net

    return family


def unstructured(number: int) -> Drawn:
    """Labels that have nothing to do with the points, about as many as a network has parameters."""
    d, k, m = FEW[number]
    rng = random.Random(f"unstructured {number}")
    xs = points(rng, m, d)
    instance = TrainingInstance(d, k, samples(xs, [rng.randint(-9, 9) for _ in xs]), bias=True)
    return f"d = {d}, k = {k}, m = {m}", instance, None


def line(number: int) -> Drawn:
    """On the line: a zigzag with three samples on each piece, or random slopes; as many ReLUs as kinks, or one less."""
    bends, short = ((3, 0), (5, 1), (7, 0), (9, 1), (12, 0), (12, 1), (6, 0), (8, 1), (16, 1))[number]
    rng = random.Random(f"line {number}")
    slopes = [t % 2 for t in range(bends + 1)] if number < 6 else [0, *rng.sample(range(1, 30), bends)]
    weights = [(after - before, 3 * t) for t, (before, after) in enumerate(pairwise(slopes))]
    net = Network(
        tuple((abs(turn),) for turn, _ in weights),
        tuple(-abs(turn) * place for turn, place in weights),
        tuple(1 if turn > 0 else -1 for turn, _ in weights),
    )
    xs = [(x,) for x in range(-2, 3 * bends + 1)]
    instance = TrainingInstance(1, bends - short, samples(xs, values(net, xs)), bias=True)
    what = f"{'zigzag' if number < 6 else 'random slopes'}, {bends} kinks, k = {bends - short}"
    return what, instance, None if short else net


def queen(n: int) -> nx.Graph:
    fields = [(a, b) for a in range(n) for b in range(n)]
    graph = nx.Graph()
    graph.add_nodes_from(fields)
    graph.add_edges_from(
        (p, q)
        for p, q in combinations(fields, 2)
        if p[0] == q[0] or p[1] == q[1] or abs(p[0] - q[0]) == abs(p[1] - q[1])
    )
    return nx.convert_node_labels_to_integers(graph)


GRAPHS: tuple[tuple[str, Callable[[], nx.Graph], int], ...] = (
    ("queen5_5", lambda: queen(5), 4),
    ("queen5_5", lambda: queen(5), 5),
    ("Mycielski, 23 vertices", lambda: nx.mycielski_graph(5), 4),
    ("queen6_6", lambda: queen(6), 6),
    ("queen6_6", lambda: queen(6), 7),
    ("Mycielski, 47 vertices", lambda: nx.mycielski_graph(6), 5),
    ("random, 30 vertices", lambda: nx.gnm_random_graph(30, 69, seed=1), 3),
    ("random, 40 vertices", lambda: nx.gnm_random_graph(40, 90, seed=2), 3),
    ("random, 30 vertices", lambda: nx.gnm_random_graph(30, 125, seed=3), 4),
)
SIGNED: tuple[tuple[str, Callable[[], nx.Graph], int], ...] = (
    ("Petersen", nx.petersen_graph, 2),
    ("Petersen", nx.petersen_graph, 3),
    ("Grötzsch", lambda: nx.mycielski_graph(4), 3),
    ("Grötzsch", lambda: nx.mycielski_graph(4), 4),
    ("Chvátal", nx.chvatal_graph, 3),
    ("queen5_5", lambda: queen(5), 4),
    ("Mycielski, 23 vertices", lambda: nx.mycielski_graph(5), 4),
    ("random, 20 vertices", lambda: nx.gnm_random_graph(20, 44, seed=4), 3),
    ("random, 25 vertices", lambda: nx.gnm_random_graph(25, 58, seed=5), 3),
)


def colourings(number: int) -> Drawn:
    """k-colourings of graphs as sums of k ReLUs (Theorem 8, step I, of Goel et al.)."""
    name, graph, k = GRAPHS[number]
    made = graph()
    return f"{name}, k = {k}", ColoringToReluSum().reduce(coloring(len(made), made.edges, k)), None


def signed_colourings(number: int) -> Drawn:
    """k-colourings of graphs as networks with output weights ±1 (Theorem 8)."""
    name, graph, k = SIGNED[number]
    made = graph()
    return f"{name}, k = {k}", ColoringToReluNetwork().reduce(coloring(len(made), made.edges, k)), None


def gadget(slopes: Sequence[int], gadgets: int, k: int) -> tuple[TrainingInstance, Network | None]:
    """Stacked copies of the selection gadget; a levee for each fits them, and fewer than four ReLUs for each do not."""
    found = [s for g in range(gadgets) for s in selection_gadget(slopes, offset=APART * g)]
    neurons = [neuron for g in range(gadgets) for neuron in levee(slopes[0], APART * g)]
    neurons += [((0, 0), 0, 1)] * (k - 4 * gadgets)
    weights, biases, output = zip(*neurons, strict=True)
    fits = k >= 4 * gadgets
    return TrainingInstance(2, k, tuple(found), bias=True), Network(weights, biases, output) if fits else None


SELECTED = ((0, 1), (-2, 1), (0, 1, 2), (0, 1, 3, 4), (-5, -1, 2), (0, 1, 3, 4, 9), (0, 1), (0, 2, 5), (-3, 0, 4))
STACKED = (((0, 1), 2, 7), ((0, 1), 2, 8), ((0, 1, 2), 2, 7), ((0, 1, 2), 2, 8), ((0, 3), 2, 6), ((0, 1, 3, 4), 2, 7),
           ((0, 1), 3, 11), ((0, 1), 3, 12), ((-2, 0, 2), 2, 5))  # fmt: skip


def gadgets(number: int) -> Drawn:
    """The selection gadget of Froese and Hertrich (Lemma 4), of some slopes, by four ReLUs, by three or by five."""
    slopes, k = SELECTED[number], (4, 3, 4, 3, 4, 4, 5, 3, 3)[number]
    return f"slopes {', '.join(map(str, slopes))}, k = {k}", *gadget(slopes, 1, k)


def stacked(number: int) -> Drawn:
    """Two or three of them above each other (Lemma 11)."""
    slopes, n, k = STACKED[number]
    return f"{n} of slopes {', '.join(map(str, slopes))}, k = {k}", *gadget(slopes, n, k)


def separability(number: int) -> Drawn:
    """2-Hyperplane Separability of random points as four ReLUs (Theorem 6 of Froese and Hertrich)."""
    d, p, q, most = ((1, 2, 2, 5), (1, 3, 2, 6), (1, 2, 3, 4), (2, 2, 2, 2), (2, 3, 3, 3), (2, 4, 3, 3), (2, 3, 5, 3),
                     (3, 3, 3, 2), (2, 5, 5, 4))[number]  # fmt: skip
    rng = random.Random(f"separability {number}")
    origin = (0,) * d
    others = [x for x in points(rng, p + q, d, most) if x != origin][: p + q - 1]
    instance = strip([origin, *others[: p - 1]], others[p - 1 :])
    return f"d = {d}, {p} + {q} points", SeparabilityToRelu().reduce(instance), None


def thresholds(number: int) -> Drawn:
    """Thresholds with output weights ±1: planted labels, or one of them changed, or all of them drawn."""
    d, k, m = STEPS[number]
    rng = random.Random(f"thresholds {number}")
    xs = points(rng, m, d)
    net = bending(rng, xs, k, (k + 1) // 2)
    ys = values(net, xs, "threshold")
    instance = TrainingInstance(d, k, samples(xs, ys), activation="threshold", bias=True)
    what = f"d = {d}, k = {k}, m = {m}"
    if number % 3 == 0:
        return what, instance, net
    if number % 3 == 1:
        return f"{what}, one label changed", relabelled(rng, instance, (-1, 1)), None
    drawn = [rng.randint(-1, 1) for _ in xs]
    return f"{what}, labels drawn", replace(instance, samples=samples(xs, drawn)), None


def norms(number: int) -> Drawn:
    """Planted ReLUs without biases, of a norm of at most an integer: that of the planted ones, or one less."""
    d, k, m = NORMED[number]
    rng = random.Random(f"norms {number}")
    xs = points(rng, m, d)
    net = bending(rng, xs, k, k, bias=False)
    longest = max(sum(v * v for v in w) for w in net.weights)
    bound = next(b for b in count(1) if b * b >= longest) - number % 2
    instance = TrainingInstance(d, k, samples(xs, values(net, xs)), output="ones", norm_bound=bound)
    return f"d = {d}, k = {k}, m = {m}, norm ≤ {bound}", instance, None if number % 2 else net


def losses(number: int) -> Drawn:
    """Labels of a planted network with noise in ±2, and what is left of its loss: all, or half."""
    loss, d, k, m = (("l1", 2, 1, 20), ("l1", 2, 1, 20), ("linf", 2, 1, 30), ("linf", 2, 2, 16), ("l0", 2, 1, 16),
                     ("l0", 2, 1, 16), ("l2", 2, 1, 15), ("l2", 2, 1, 15), ("l1", 3, 1, 20))[number]  # fmt: skip
    rng = random.Random(f"losses {number}")
    xs = points(rng, m, d)
    net = bending(rng, xs, k, (k + 1) // 2)
    noise = [rng.choice((-2, -1, 1, 2)) if loss != "l0" or i < m // 4 else 0 for i in range(m)]
    total = {"l1": sum(map(abs, noise)), "l2": sum(e * e for e in noise), "linf": 2, "l0": m // 4}[loss]
    threshold = Fraction(total, 2) if number % 2 else Fraction(total)
    ys = [y + e for y, e in zip(values(net, xs), noise, strict=True)]
    instance = TrainingInstance(d, k, samples(xs, ys), bias=True, loss=loss, threshold=threshold)
    return f"{loss} ≤ {threshold}, d = {d}, k = {k}, m = {m}", instance, None if number % 2 else net


def one_neuron(number: int) -> Drawn:
    """One ReLU of many dimensions, almost a linear program: planted, or with one label changed."""
    d, m = ((10, 30), (10, 30), (20, 60), (20, 60), (30, 90), (30, 90), (40, 80), (40, 80), (20, 25))[number]
    rng = random.Random(f"one neuron {number}")
    xs = points(rng, m, d, 3)
    net = bending(rng, xs, 1, 1)
    instance = TrainingInstance(d, 1, samples(xs, values(net, xs)), output="ones", bias=True)
    what = f"d = {d}, m = {m}"
    return (f"{what}, one label changed", relabelled(rng, instance), None) if number % 2 else (what, instance, net)


def many_neurons(number: int) -> Drawn:
    """More ReLUs than a search over all of them likes, few samples, labels drawn; output weights ±1, or 1 alone."""
    d, k, m, output = (
        (2, 6, 10, "signs"), (2, 6, 16, "ones"), (2, 8, 14, "signs"), (2, 8, 24, "ones"), (3, 6, 14, "signs"),
        (2, 10, 20, "signs"), (1, 6, 12, "ones"), (2, 7, 20, "signs"), (1, 8, 18, "ones"),
    )[number]  # fmt: skip
    rng = random.Random(f"many neurons {number}")
    xs = points(rng, m, d)
    low = 0 if output == "ones" else -9
    instance = TrainingInstance(d, k, samples(xs, [rng.randint(low, 9) for _ in xs]), output=output, bias=True)
    return f"d = {d}, k = {k}, m = {m}, output weights {'±1' if output == 'signs' else '1'}", instance, None


FAMILIES: dict[str, Family] = {
    "planted": of_sizes(PLANE, lambda number: False, "planted"),
    "one label changed": of_sizes(PLANE, lambda number: True, "changed"),
    "unstructured": unstructured,
    "line": line,
    "colourings": colourings,
    "signed colourings": signed_colourings,
    "gadgets": gadgets,
    "stacked gadgets": stacked,
    "separability": separability,
    "thresholds": thresholds,
    "norms": norms,
    "higher dimension": of_sizes(SPACE, lambda number: number % 2 == 1, "space"),
    "losses": losses,
    "one neuron": one_neuron,
    "many neurons": many_neurons,
}


def question(family: str, number: int) -> Question:
    return Question(family, number, *FAMILIES[family](number))


def questions(per_family: int = NUMBERS, only: Sequence[str] = ()) -> Iterator[Question]:
    """The first of every family, then the second of every family, and so on: what is there early is balanced."""
    for number in range(per_family):
        for family in only or FAMILIES:
            yield question(family, number)


def shuffled(asked: TrainingInstance, seed: int) -> TrainingInstance:
    """The same question with its samples and its coordinates in another order; seed 0 is the order as it is."""
    if not seed:
        return asked
    rng = random.Random(seed)
    order, axes = list(asked.samples), list(range(asked.dimension))
    rng.shuffle(order)
    rng.shuffle(axes)
    return replace(asked, samples=tuple(s._replace(x=tuple(sorted((axes[t], v) for t, v in s.x))) for s in order))
