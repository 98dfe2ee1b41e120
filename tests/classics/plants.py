"""Random instances with a solution planted in them, degenerate ones included: (instance, witness)."""

from itertools import combinations

from relucert.reductions.problems.clique import CliqueInstance
from relucert.reductions.problems.independent_set import IndependentSetInstance
from relucert.reductions.problems.sat import SatInstance
from relucert.reductions.problems.three_sat import ThreeSatInstance
from relucert.reductions.problems.vertex_cover import VertexCoverInstance


def satisfied(rng, formula=SatInstance, longest=6):
    n = rng.randint(0, 8)
    true = {v for v in range(1, n + 1) if rng.random() < 0.5}
    clauses = []
    for _ in range(rng.randint(0, 8) if n else 0):
        chosen = sorted(rng.sample(range(1, n + 1), min(n, rng.randint(1, longest))))
        signs = [rng.choice((1, -1)) for _ in chosen]
        keep = rng.randrange(len(chosen))
        signs[keep] = 1 if chosen[keep] in true else -1
        clauses.append(tuple(s * v for s, v in zip(signs, chosen, strict=True)))
    return formula(n, tuple(clauses)), tuple(sorted(true))


def three_satisfied(rng):
    return satisfied(rng, ThreeSatInstance, 3)


def chosen_vertices(rng):
    n = rng.randint(0, 8)
    return n, tuple(v for v in range(n) if rng.random() < 0.5), list(combinations(range(n), 2))


def covered(rng):
    n, chosen, pairs = chosen_vertices(rng)
    edges = tuple(e for e in pairs if rng.random() < 0.5 and set(e).intersection(chosen))
    return VertexCoverInstance(n, edges, rng.choice((len(chosen), len(chosen), n, n + 2))), chosen


def joined(rng):
    n, chosen, pairs = chosen_vertices(rng)
    edges = tuple(e for e in pairs if set(e) <= set(chosen) or rng.random() < 0.5)
    return CliqueInstance(n, edges, rng.choice((len(chosen), len(chosen), 0))), chosen


def not_joined(rng):
    n, chosen, pairs = chosen_vertices(rng)
    edges = tuple(e for e in pairs if rng.random() < 0.5 and not set(e) <= set(chosen))
    return IndependentSetInstance(n, edges, rng.choice((len(chosen), len(chosen), 0))), chosen


PLANTED = {
    "sat": satisfied,
    "three-sat": three_satisfied,
    "vertex-cover": covered,
    "clique": joined,
    "independent-set": not_joined,
}
