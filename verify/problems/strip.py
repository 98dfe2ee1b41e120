"""The strip between two hyperplanes: reading, all partitions with Z3 for each plane, small random instances."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from relucert.certificates.encodings.strip import ENCODING, plane_variable
from relucert.reductions.exact import simplified
from relucert.reductions.problems.strip import (
    STRIP,
    Plane,
    Planes,
    Point,
    StripInstance,
    strip,
)
from relucert.verify.provers.base import Model
from relucert.verify.search import Search
from relucert.verify.sweeps import listing

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

MOVED = 4  # solutions around a given one
HALVINGS = 6


class StripSearch(Search[StripInstance, Planes]):
    problem = STRIP
    encoding = ENCODING
    provers = ("z3", "lp")
    families = ("points-on-a-line", "points-in-a-square")

    def witness(self, instance: StripInstance, case: int, model: Model) -> Planes:
        width = range(instance.dimension + 1)
        first, second = (
            tuple(simplified(model.reals.get(plane_variable(instance, plane, t), Fraction(0))) for t in width)
            for plane in (0, 1)
        )
        return first, second

    def by_brute_force(self, instance: StripInstance) -> Planes | None:
        """Every subset of Q that may be on the positive side; then each plane by itself, by Z3."""
        between = Between(instance.dimension)
        for size in range(len(instance.q) + 1):
            for chosen in combinations(instance.q, size):
                others = [x for x in instance.q if x not in chosen]
                first = between((*instance.p, *chosen), others)
                second = first and between(chosen, (*instance.p, *others))
                if first and second:
                    return first, second
        return None

    def more(self, instance: StripInstance, witnesses: list[Planes], rng: random.Random) -> Iterator[Planes]:
        """And some near their borders: a solver's planes have small numbers, which may say less."""
        for planes in witnesses:
            yield planes
            for _ in range(MOVED):
                planes = self._moved(instance, planes, rng)
                yield planes

    def _moved(self, instance: StripInstance, planes: Planes, rng: random.Random) -> Planes:
        """One number of one plane is changed by as much as still solves the instance: by a halved step."""
        which, t = rng.randrange(2), rng.randrange(instance.dimension + 1)
        step = Fraction(rng.choice((-1, 1)) * max(1, max(map(abs, planes[which]))))
        for halving in range(HALVINGS):
            changed = list(planes[which])
            changed[t] = simplified(changed[t] + step / 2**halving)
            moved = (tuple(changed), planes[1]) if which == 0 else (planes[0], tuple(changed))
            if self.problem.accepts(instance, moved):
                return moved
        return planes

    def listed(self, family: str, given: Mapping[str, Any], upto: int) -> Iterator[StripInstance]:
        lists = {"points-on-a-line": listing.points_on_a_line, "points-in-a-square": listing.points_in_a_square}
        return (StripInstance(tuple(p), tuple(q)) for p, q in lists[family](upto))

    def instances(self) -> SearchStrategy[StripInstance]:
        """Up to seven points of a small grid in one or two dimensions; a point of Q between those of P makes a NO."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> StripInstance:
            d = draw(st.integers(1, 2))
            points = draw(st.permutations(list(product(range(-3, 4) if d == 1 else range(-1, 2), repeat=d))))
            inside, outside = draw(st.integers(d + 1, d + 2)), draw(st.integers(2, 3))
            return strip(points[:inside], points[inside : inside + outside])

        return drawn()


class Between:
    """A plane that has one set of points on its positive side and another one on its negative side, by Z3.

    All questions of one search go to one solver, as it takes longer to make a context of Z3 than to answer.
    """

    def __init__(self, dimension: int) -> None:
        import z3

        self.context = z3.Context()
        self.solver = z3.Solver(ctx=self.context)
        self.plane = z3.Reals([f"h{t}" for t in range(dimension + 1)], self.context)

    def __call__(self, positive: Iterable[Point], negative: Iterable[Point]) -> Plane | None:
        import z3

        from relucert.verify.z3_numbers import number

        self.solver.push()
        self.solver.add(*(self._at(x) > 0 for x in positive), *(self._at(x) < 0 for x in negative))
        plane = None
        if self.solver.check() == z3.sat:
            model = self.solver.model()
            plane = tuple(number(model.eval(a, model_completion=True)) for a in self.plane)
        self.solver.pop()
        return plane

    def _at(self, x: Point) -> Any:
        import z3

        from relucert.verify.z3_numbers import rational

        return z3.Sum(self.plane[-1], *(a * rational(v, self.context) for a, v in zip(self.plane, x, strict=False)))


SEARCH = StripSearch()
