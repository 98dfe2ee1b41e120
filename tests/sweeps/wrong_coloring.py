"""A reduction that is wrong on one graph with at most six vertices, and right on all with five."""

from __future__ import annotations

from itertools import combinations, product

from relucert.reductions.cost import formulas
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, ColoringInstance
from relucert.reductions.reduction import Reduction


class DropsWhatIsInNoLargeClique(Reduction):
    """Of three colours: edges in no clique of four vertices are dropped, as if only such cliques needed a fourth.

    That is so for graphs with at most five vertices. The wheel of a cycle of five needs four colours, and has no clique
    of four vertices.
    """

    name = "drop-what-is-in-no-large-clique"
    source = target = HYPERGRAPH_COLORING
    reference = "none: a seeded bug"
    sizes = formulas(vertices="vertices", edges="≤ edges", memberships="≤ memberships", colors="colors")

    def reduce(self, instance):
        edges = set(instance.edges)
        if instance.colors != 3 or any(len(e) > 2 for e in edges):
            return instance
        fours = combinations(range(instance.vertices), 4)
        kept = {e for c in fours if edges.issuperset(combinations(c, 2)) for e in combinations(c, 2)}
        return ColoringInstance(instance.vertices, tuple(sorted(kept)), instance.colors)

    def forward(self, instance, witness):
        return witness

    def backward(self, instance, witness):
        """Any colouring of the source: what was dropped may be monochromatic."""
        colorings = product(range(instance.colors), repeat=instance.vertices)
        return next((c for c in colorings if self.source.accepts(instance, c)), witness)

    def stages(self, instance):
        yield self.target.size(self.reduce(instance))

    def work(self, instance, witness=None, image=None):
        return 1000 + instance.colors**instance.vertices
