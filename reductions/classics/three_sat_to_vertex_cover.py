"""3-SAT → Vertex Cover: an edge a variable, a triangle a clause."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from relucert.reductions.classics.linear_time import LinearTime
from relucert.reductions.cost import Size, formulas
from relucert.reductions.formats.graphs import distinct
from relucert.reductions.graphs import Vertices, graph_size
from relucert.reductions.problems.sat import Clause, TrueVariables
from relucert.reductions.problems.three_sat import THREE_SAT, ThreeSatInstance
from relucert.reductions.problems.vertex_cover import VERTEX_COVER, VertexCoverInstance


class ThreeSatToVertexCover(LinearTime[ThreeSatInstance, VertexCoverInstance]):
    """A formula is satisfiable iff n + Σ (ℓ − 1) vertices meet all edges, the sum being over its nonempty clauses.

    Construction. For each variable x two vertices, x and ¬x, and an edge between them: the vertices 2x − 2 and 2x − 1.
    Then, for each clause of ℓ ≥ 1 literals in order, a complete graph of ℓ vertices, one a literal, each with an edge
    to the vertex of its literal; for an empty clause two vertices with an edge.

    Forward. The true one of x and ¬x, and in each clause all vertices but that of its first true literal. The edges of
    variables and inside of clauses are met; so are those from a clause to literals, at the vertex in the clause, and
    the one that is left out there leads to a true literal.

    Backward. A variable is true iff x is chosen. The edges of the variables and the graphs of the clauses are disjoint;
    a cover contains a vertex of each of the former, ℓ − 1 of each complete graph, and one for an empty clause. These
    add up to the budget, or to more if there is an empty clause. So with a cover within the budget there is none,
    exactly one of x and ¬x is chosen, and one vertex of each clause is not. The edge of that one is met at its literal,
    which therefore is true.

    Size. 2n + Σ ℓ + 2m₀ vertices, n + Σ (ℓ + ℓ(ℓ − 1)/2) + m₀ edges, and the budget above, with m₀ empty clauses.

    >>> r = ThreeSatToVertexCover()
    >>> yes = ThreeSatInstance(2, ((1, -2), (-1,)))
    >>> r.reduce(yes)
    VertexCoverInstance(vertices=7, edges=((0, 1), (0, 4), (1, 6), (2, 3), (3, 5), (4, 5)), budget=3)
    >>> cover = r.forward(yes, ())
    >>> cover, VERTEX_COVER.accepts(r.reduce(yes), cover), r.backward(yes, cover)
    ((1, 3, 4), True, ())

    (x)(¬x) becomes a path of four vertices, which one vertex does not cover:

    >>> no = r.reduce(ThreeSatInstance(1, ((1,), (-1,))))
    >>> no.edges, no.budget, any(VERTEX_COVER.accepts(no, (v,)) for v in range(4))
    (((0, 1), (0, 2), (1, 3)), 1, False)

    Deviations. Clauses of one and two literals have a vertex and an edge of their own in place of a triangle; the
    textbook has exactly three literals in each.
    """

    name = "three-sat-to-vertex-cover"
    source = THREE_SAT
    target = VERTEX_COVER
    reference = "Garey, Johnson 1979, Theorem 3.3"
    sizes = formulas(
        vertices="≤ 2*variables + literals + 2*(clauses - literals//3)",
        edges="≤ variables + 2*literals + clauses - literals//3",
        budget="≤ variables + literals - literals//3",
    )

    def reduce(self, instance: ThreeSatInstance) -> VertexCoverInstance:
        edges = [(2 * x, 2 * x + 1) for x in range(instance.variables)]
        first = 2 * instance.variables
        for clause in instance.clauses:
            own = range(first, first + (len(clause) or 2))
            edges += combinations(own, 2)
            edges += ((_vertex(literal), v) for literal, v in zip(clause, own, strict=False))
            first += len(own)
        return VertexCoverInstance(first, distinct(edges), _budget(instance))

    def forward(self, instance: ThreeSatInstance, witness: TrueVariables) -> Vertices:
        true = set(witness)
        chosen = [2 * x - 2 if x in true else 2 * x - 1 for x in range(1, instance.variables + 1)]
        first = 2 * instance.variables
        for clause in instance.clauses:
            left_out = next(i for i, literal in enumerate(clause) if (literal > 0) == (abs(literal) in true))
            chosen += (first + i for i in range(len(clause)) if i != left_out)
            first += len(clause)
        return tuple(chosen)

    def backward(self, instance: ThreeSatInstance, witness: Vertices) -> TrueVariables:
        return tuple(v // 2 + 1 for v in witness if v < 2 * instance.variables and v % 2 == 0)

    def stages(self, instance: ThreeSatInstance) -> Iterator[Size]:
        n, clauses = instance.variables, instance.clauses
        vertices = 2 * n + sum(len(clause) or 2 for clause in clauses)
        edges = n + sum(_edges(clause) for clause in clauses)
        yield graph_size(vertices, edges, budget=_budget(instance))


def _vertex(literal: int) -> int:
    return 2 * literal - 2 if literal > 0 else -2 * literal - 1


def _edges(clause: Clause) -> int:
    return len(clause) * (len(clause) + 1) // 2 or 1


def _budget(instance: ThreeSatInstance) -> int:
    return instance.variables + sum(max(0, len(clause) - 1) for clause in instance.clauses)
