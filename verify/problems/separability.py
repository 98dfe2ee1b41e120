"""Two-hyperplane separability: reading as of strips, all choices of cells with Z3 for each plane, small instances."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from relucert.certificates.encodings.separability import ENCODING
from relucert.reductions.problems.separability import SEPARABILITY, separability
from relucert.reductions.problems.strip import Planes, StripInstance
from relucert.verify.problems.strip import Between, StripSearch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class SeparabilitySearch(StripSearch):
    problem = SEPARABILITY
    encoding = ENCODING

    def by_brute_force(self, instance: StripInstance) -> Planes | None:
        """Every way to put the points into the four cells, the origin into the first."""
        points = (*instance.p, *instance.q)
        between = Between(instance.dimension)
        splits = {
            sides: between(
                [x for x, side in zip(points, sides, strict=True) if side],
                [x for x, side in zip(points, sides, strict=True) if not side],
            )
            for sides in product((True, False), repeat=len(points))
            if sides[instance.p.index((0,) * instance.dimension)]
        }
        possible = {sides: plane for sides, plane in splits.items() if plane is not None}
        n = len(instance.p)
        for (first, h), (second, g) in product(possible.items(), repeat=2):
            cells = list(zip(first, second, strict=True))
            if set(cells[:n]).isdisjoint(cells[n:]):
                return h, g
        return None

    def instances(self) -> SearchStrategy[StripInstance]:
        """Five to seven points of a small grid; those of a line that alternate often make a NO."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> StripInstance:
            if draw(st.integers(0, 3)):
                line = draw(st.permutations([(i,) for i in range(draw(st.integers(5, 7)))]))
                inside = draw(st.integers(2, len(line) - 2))
                return separability(line[:inside], line[inside:])
            grid = draw(st.permutations(list(product(range(-1, 2), repeat=2))))
            inside, outside = draw(st.integers(2, 4)), draw(st.integers(3, 4))
            return separability(grid[:inside], grid[inside : inside + outside])

        return drawn()


SEARCH = SeparabilitySearch()
