"""Multicoloured Clique → two hyperplanes: both forms have the same solutions, and each of these is a clique."""

import random
from collections import Counter
from fractions import Fraction
from itertools import combinations, product

import pytest
import z3

from relucert.reductions import reduction
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.fixed_dimension.clique_to_strip import CliqueToSeparability, CliqueToStrip
from relucert.reductions.problems.multicolored_clique import MULTICOLORED_CLIQUE, multicolored_clique
from relucert.reductions.problems.separability import SEPARABILITY, separability
from relucert.reductions.problems.strip import STRIP, strip
from relucert.reductions.problems.training import TRAINING
from relucert.verify.certify import certify_agreement, certify_reduction
from relucert.verify.decide import decide
from relucert.verify.provers import provers_for
from relucert.verify.provers.base import Deadline
from relucert.verify.testing.laws import check_size

R, CROSSING = CliqueToStrip(), CliqueToSeparability()


def graphs(*sizes):
    """All graphs with classes of these sizes."""
    colors = [c for c, size in enumerate(sizes) for _ in range(size)]
    pairs = [e for e in combinations(range(len(colors)), 2) if colors[e[0]] != colors[e[1]]]
    for chosen in product((False, True), repeat=len(pairs)):
        yield multicolored_clique(colors, [e for e, yes in zip(pairs, chosen, strict=True) if yes])


def random_graph(rng, sizes, share):
    colors = [c for c, size in enumerate(sizes) for _ in range(size)]
    rng.shuffle(colors)
    pairs = [e for e in combinations(range(len(colors)), 2) if colors[e[0]] != colors[e[1]]]
    return multicolored_clique(colors, [e for e in pairs if rng.random() < share])


def cliques(graph):
    return {c for c in product(*graph.classes()) if MULTICOLORED_CLIQUE.accepts(graph, c)}


def fraction(v):
    return Fraction(v.numerator_as_long(), v.denominator_as_long())


def stated(target, form):
    """What a solution of one form is, in Z3, with the functions scaled to be 1 or −1 at the origin."""
    d = target.dimension
    h = [z3.RealVector(f"h{i}_", d + 1) for i in (0, 1)]

    def at(plane, x):
        return z3.Sum(plane[d], *(a * z3.Q(*Fraction(v).as_integer_ratio()) for a, v in zip(plane, x, strict=False)))

    solver = z3.Solver()
    solver.add(h[0][d] == 1, h[1][d] == (-1 if form == "strip" else 1))
    inside, outside = ([[at(plane, x) for plane in h] for x in side] for side in (target.p, target.q))
    if form == "strip":
        solver.add(*(z3.And(u > 0, v < 0) for u, v in inside))
        solver.add(*(z3.And(u != 0, v != 0, (u > 0) == (v > 0)) for u, v in outside))
    else:
        solver.add(*(v != 0 for values in (*inside, *outside) for v in values))
        solver.add(*(z3.Or((u > 0) != (s > 0), (v > 0) != (t > 0)) for u, v in inside for s, t in outside))
    return solver, h


def decoded(target, graph, form):
    """The cliques of all solutions of one form: each solution found forbids what rounds as it does."""
    d, (solver, h) = target.dimension, stated(target, form)
    found = set()
    while solver.check() == z3.sat:
        model = solver.model()
        planes = tuple(tuple(fraction(model.eval(v, model_completion=True)) for v in plane) for plane in h)
        assert (STRIP if form == "strip" else SEPARABILITY).accepts(target, planes)
        clique = R.backward(graph, planes)
        assert clique == R.backward(graph, planes[::-1])
        assert MULTICOLORED_CLIQUE.accepts(graph, clique)
        assert clique not in found
        found.add(clique)
        numbers = [members.index(v) for members, v in zip(graph.classes(), clique, strict=True)]
        ratios = zip(h[0][1:d], numbers, strict=True)
        inside_cell = [
            z3.If(
                h[0][0] > 0,
                z3.And(2 * w >= (2 * v - 1) * h[0][0], 2 * w < (2 * v + 1) * h[0][0]),
                z3.And(2 * w <= (2 * v - 1) * h[0][0], 2 * w > (2 * v + 1) * h[0][0]),
            )
            for w, v in ratios
        ]
        solver.add(z3.Not(z3.And(inside_cell)))
    return found


SIZES = [(1,), (3,), (1, 1), (1, 2), (2, 1), (1, 1, 1)]


@pytest.mark.parametrize("form", ["strip", "crossing"])
def test_the_solutions_are_the_cliques(form, record_property):
    """All solutions of all small graphs, and of some larger ones; so both forms have the same answer."""
    counts, rng = Counter(), random.Random(0)
    larger = [random_graph(rng, rng.choice(((2, 2), (2, 3), (3, 1))), 0.3) for _ in range(6)]
    for graph in (*(g for sizes in SIZES for g in graphs(*sizes)), *larger):
        found = decoded(R.reduce(graph), graph, form)
        assert found == cliques(graph)
        counts[bool(found)] += 1
    record_property("answers", f"{counts[True]} YES, {counts[False]} NO")
    assert min(counts.values()) >= 0.3 * sum(counts.values())


def test_forward_and_sizes():
    counts = Counter()
    for seed in range(80):
        rng = random.Random(seed)
        graph = random_graph(rng, [rng.randint(1, 5) for _ in range(rng.randint(1, 4))], 0.7)
        target = R.reduce(graph)
        check_size(R, graph, target)
        assert (target.p, target.q) == (CROSSING.reduce(graph).p, CROSSING.reduce(graph).q)
        assert all(tuple(-v for v in x) in target.q for x in target.q)
        for clique in cliques(graph):
            planes = R.forward(graph, clique)
            turned = tuple(
                tuple(factor * v for v in h) for factor, h in zip(rng.choices((2, -3), k=2), planes, strict=True)
            )
            assert STRIP.accepts(target, planes)
            assert SEPARABILITY.accepts(CROSSING.reduce(graph), turned)
            assert R.backward(graph, planes) == R.backward(graph, turned) == clique
            counts["cliques"] += 1
        for chosen in product(*graph.classes()):
            if not MULTICOLORED_CLIQUE.accepts(graph, chosen):
                assert not STRIP.accepts(target, R.forward(graph, chosen))
                counts["none"] += 1
    assert min(counts.values()) >= 100


def test_the_points_by_hand():
    target = R.reduce(multicolored_clique([0, 0, 1], [(0, 2)]))
    half = Fraction(1, 2)
    assert target.p == tuple(sorted([(0, 0, 0), (Fraction(2, 3), 0, 0), (-half, 1, 0), (0, 0, 2)]))
    ups = [(1, 0, 0), (1, 2, 0), (-1, 2, 0), (-3, 2, 0), (1, 0, 2), (-1, 0, 2), (-1, 1, 2)]
    assert target.q == tuple(sorted([*ups, *(tuple(-v for v in x) for x in ups)]))


@pytest.mark.parametrize("left_out", ["p0", "p1", "the negatives", "gaps", "a missing edge"])
def test_every_part_is_needed(left_out):
    """Without it some graph without a clique is separated."""

    def reduced(graph):
        target = R.reduce(graph)
        d = target.dimension
        p, q = list(target.p), list(target.q)
        if left_out == "p0":
            p = [x for x in p if any(x[1:]) or not any(x)]
        elif left_out == "p1":
            p = [x for x in p if not (d > 1 and x[1])]
        elif left_out == "the negatives":
            q = [x for x in q if next(v for v in reversed(x) if v) > 0]
        elif left_out == "gaps":
            q = [x for x in q if x[1] not in (2, -2)]
        else:
            q = [x for x in q if not all(x[1:3])]
        return strip(p, q) if q else None

    def wrong(graph):
        target = reduced(graph)
        return target is not None and bool(cliques(graph)) != solvable(target)

    candidates = [*graphs(1, 1), *graphs(1, 2), *graphs(2, 1), *graphs(3, 1), *list(graphs(2, 2))[:6]]
    assert any(map(wrong, candidates))


def solvable(target):
    return stated(target, "strip")[0].check() == z3.sat


def quickly(problem, instance):
    return decide(problem, instance, provers_for(problem, "lp" if problem is TRAINING else "z3")[0], Deadline(600))


def test_certified(record_property):
    """Both reductions, and that both forms agree on the same points."""
    counts = Counter()
    for graph in (*graphs(1, 1), *graphs(1, 2)):
        answers = {certify_reduction(r, graph, quickly).answer for r in (R, CROSSING)}
        answers.add(certify_agreement(STRIP, R.reduce(graph), SEPARABILITY, CROSSING.reduce(graph), quickly).answer)
        assert answers == {"YES" if cliques(graph) else "NO"}
        counts.update(answers)
    record_property("answers", str(dict(counts)))
    assert counts["NO"] >= 2


CHAINS = ["clique-to-strip/separability-to-relu", "clique-to-strip/separability-to-thresholds"]


@pytest.mark.thorough
@pytest.mark.parametrize("chain", CHAINS)
def test_chains_are_certified(chain):
    for graph, answer in ((multicolored_clique([0, 1], [(0, 1)]), "YES"), (multicolored_clique([0, 1], []), "NO")):
        r = reduction(chain)
        certified = certify_reduction(r, graph, quickly)
        assert certified.answer == answer
        assert r.reduce(graph).dimension == 4
        assert len(r.reduce(graph).samples) == (21 * 2 + 2 * 2 + 2 * graph.missing + 30 if "relu" in chain else
                                                4 + 2 * (1 + 2 + 2 + graph.missing) + 2)  # fmt: skip


def test_no_point_of_p_but_the_origin():
    """P = {0} is a YES, whatever Q is, in both forms."""
    for seed in range(20):
        rng = random.Random(seed)
        d = rng.randint(1, 3)
        points = {tuple(rng.randint(-3, 3) for _ in range(d)) for _ in range(12)} - {(0,) * d}
        normal = [7**t for t in range(d)]
        planes = ((*(2 * v for v in normal), 1), (*(2 * v for v in normal), -1))
        assert STRIP.accepts(strip([(0,) * d], points), planes)
        assert SEPARABILITY.accepts(separability([(0,) * d], points), planes)


def test_what_solves_nothing_is_refused():
    graph = multicolored_clique([0, 1], [(0, 1)])
    for planes in (((0, 1, 1, 1), (1, 0, 0, -1)), ((1, 9, 0, 1), (1, 9, 0, -1))):
        with pytest.raises(InvalidInstance, match="solve nothing"):
            R.backward(graph, planes)
