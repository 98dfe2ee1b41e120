"""Families: canonical forms, counts, and the lists of `verify`, against brute force over all labellings."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, permutations
from random import Random

import classes
import networkx as nx
import pytest
from files import closed, verdict_of

from relucert.certificates.families import FAMILIES
from relucert.certificates.isomorphism import Structure, canonical
from relucert.certificates.kernel import Meter, ResourceLimit
from relucert.reductions import PROBLEMS
from relucert.verify.problems import SEARCHES
from relucert.verify.sweeps.listing import subsets

GIVEN = {
    "hypergraph-coloring": {"colors": 2}, "set-cover": {"budget": 1}, "vertex-cover": {"budget": 1},
    "clique": {"size": 2}, "independent-set": {"size": 2}, "max-cut": {"cut_wanted": 1},
    "densest-subgraph": {"kappa": 2, "edges_wanted": 1},
}  # fmt: skip
UPTO = {
    "graphs": 4, "hypergraphs": 3, "set-systems": 3, "triples": 4, "formulas": 2, "coloured-graphs": 3,
    "points-on-a-line": 2, "points-in-a-square": 4,
}  # fmt: skip
EVERY = [(problem, name) for name, family in FAMILIES.items() for problem in family.problems]


def drawn_structure(rng):
    """A few points, of two colours, and facts of two kinds about them."""
    n = rng.randint(0, 5)
    possible = [(kind, e) for kind in (0, 1) for size in (1, 2, 3) for e in combinations(range(n), size)]
    facts = rng.sample(possible, rng.randint(0, min(6, len(possible))))
    return Structure(tuple(sorted(rng.choice((0, 0, 1)) for _ in range(n))), tuple(facts))


def moved(structure, p):
    """The structure with p[v] in the place of v."""
    colors = [0] * len(p)
    for v, color in enumerate(structure.colors):
        colors[p[v]] = color
    return colors, {(kind, frozenset(p[v] for v in points)) for kind, points in structure.facts}


def test_canonical_forms_and_automorphisms_are_those_of_brute_force():
    rng, together = Random(1), Counter()
    for _ in range(150):
        one, other = drawn_structure(rng), drawn_structure(rng)
        n = len(one.colors)
        itself = moved(one, range(n))
        form, automorphisms = canonical(one, Meter())
        assert automorphisms == sum(moved(one, p) == itself for p in permutations(range(n)))
        p = rng.sample(range(n), n)
        colors, facts = moved(one, p)
        turned = Structure(tuple(colors), tuple((kind, tuple(sorted(points))) for kind, points in facts))
        assert canonical(turned, Meter()) == (form, automorphisms)
        if len(other.colors) == n and other.colors == one.colors:
            isomorphic = any(moved(one, p) == moved(other, range(n)) for p in permutations(range(n)))
            together[isomorphic] += 1
            assert (canonical(other, Meter())[0] == form) == isomorphic
    assert min(together[True], together[False]) >= 3


def test_graphs_that_refinement_does_not_tell_apart():
    """Regular graphs, and two that are strongly regular with the same parameters, 16 vertices of degree 6."""
    pairs = [
        (nx.cycle_graph(6), nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)), 12, 72),
        (nx.petersen_graph(), nx.circular_ladder_graph(5), 120, 20),
        (nx.line_graph(nx.complete_bipartite_graph(4, 4)), shrikhande(), 1152, 192),
    ]
    for one, other, n, m in pairs:
        found = [canonical(structure_of(graph), Meter()) for graph in (one, other)]
        assert found[0][0] != found[1][0]
        assert [automorphisms for _, automorphisms in found] == [n, m]


def structure_of(graph):
    numbers = {v: i for i, v in enumerate(graph)}
    edges = (tuple(sorted((numbers[u], numbers[v]))) for u, v in graph.edges)
    return Structure((0,) * len(numbers), tuple((0, e) for e in edges))


def shrikhande():
    cells = [(x, y) for x in range(4) for y in range(4)]
    steps = [(0, 1), (1, 0), (1, 1)]
    return nx.Graph(((x, y), ((x + a) % 4, (y + b) % 4)) for x, y in cells for a, b in steps)


def test_work_is_counted():
    """Of a structure with many automorphisms it ends at the limit; of points that are all alike it takes little."""
    cube = structure_of(nx.disjoint_union_all([nx.cycle_graph(4)] * 3))
    with pytest.raises(ResourceLimit):
        canonical(cube, Meter(10_000))
    empty = Meter()
    assert canonical(Structure((0,) * 12, ()), empty)[1] == 479001600
    assert empty.work < 10**5


@pytest.mark.parametrize(("problem", "family"), EVERY)
def test_lists_and_counts_are_those_of_brute_force(problem, family):
    """Each class of brute force is listed once; each shape has so many labelled instances and such a group."""
    given, upto, statement = GIVEN.get(problem, {}), UPTO[family], FAMILIES[family]
    stated = PROBLEMS[problem]
    listed = [stated.instance_to_json(i) for i in SEARCHES[problem].listed(family, given, upto)]
    seen, labelled = Counter(), 0
    for instances, group in classes.labelled(problem, family, given, upto):
        everything = {classes.key(instance) for instance in instances}
        labelled += len(everything)
        orbits = set()
        for instance in instances:
            orbits.add(frozenset(classes.key(move(instance)) for move in group))
        for orbit in orbits:
            assert orbit <= everything
            mine = [i for i in listed if classes.key({k: v for k, v in i.items() if k not in given}) in orbit]
            assert len(mine) == 1
            seen[classes.key(mine[0])] += 1
            instance = stated.instance_from_json(mine[0])
            shape = statement.shape(instance)
            counted = statement.shapes(problem, given, upto)[shape]
            _, automorphisms = canonical(statement.structure(instance), Meter())
            if family != "coloured-graphs":  # whose group acts on the colourings of one shape only
                assert counted.group // automorphisms == len(orbit)
            assert statement.size(instance) <= upto
    assert len(seen) == len(listed)
    if family != "coloured-graphs":
        assert sum(shape.instances for shape in statement.shapes(problem, given, upto).values()) == labelled


def test_numbers_of_classes_that_are_known():
    """OEIS A000088, A000612 and A000665; and networkx."""
    assert [sum(1 for _ in subsets(n, (2,))) for n in range(7)] == [1, 1, 2, 4, 11, 34, 156]
    assert [sum(1 for _ in subsets(n, range(1, n + 1))) for n in range(4)] == [1, 2, 6, 40]
    assert [sum(1 for _ in subsets(n, (3,))) for n in range(6)] == [1, 1, 1, 2, 5, 34]
    graphs = [nx.Graph(edges) for edges in subsets(5, (2,))]
    for one, other in combinations(graphs, 2):
        assert not (len(one) == len(other) and nx.is_isomorphic(one, other))


@pytest.mark.slow
def test_all_graphs_with_eight_vertices():
    found, meter = 0, Meter()
    orbits = 0
    for edges in subsets(8, (2,)):
        found += 1
        orbits += 40320 // canonical(Structure((0,) * 8, tuple((0, e) for e in edges)), meter)[1]
    assert (found, orbits) == (12346, 2**28)


def sweep_claim(**fields):
    claim = {"claim": "sweep", "format": "relucert-3", "problem": "densest-subgraph", "family": "graphs", "upto": 3,
             "given": {"kappa": 4, "edges_wanted": 1}, "reduction": None, "parameters": {},
             "answers": {"NO": 0, "YES": 0}}  # fmt: skip
    return closed([{**claim, **fields}])


def test_of_nothing_everything_is_true_and_of_something_not():
    assert verdict_of(sweep_claim()).verdict == "accepted"
    assert verdict_of(sweep_claim(upto=4)).verdict == "rejected"
    assert verdict_of(sweep_claim(given={"kappa": -4, "edges_wanted": 1})).verdict == "rejected"
    assert verdict_of(sweep_claim(problem="max-cut", given={"cut_wanted": 1}, upto=0)).verdict == "accepted"


@pytest.mark.parametrize("family", FAMILIES)
def test_the_largest_bound_can_be_computed(family):
    """The numbers of labelled instances, before any is listed: a claim of a few bytes must not cost more."""
    statement = FAMILIES[family]
    for problem in statement.problems:
        for bound in (statement.most, 10**19, 2**60):
            claim = sweep_claim(problem=problem, family=family, given=GIVEN.get(problem, {}), upto=bound)
            assert verdict_of(claim).verdict == ("rejected" if bound == statement.most else "malformed")
