"""Random CNN: all filters A·w, reading, small random matrices."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from relucert.certificates.encodings.random_cnn import ENCODING
from relucert.reductions.matrices import Vector, applied, inverse
from relucert.reductions.problems.random_cnn import RANDOM_CNN, RandomCnnInstance
from relucert.reductions.problems.sign_cnn import Sample
from relucert.verify.provers.base import Model
from relucert.verify.search import Search

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class RandomCnnSearch(Search[RandomCnnInstance, Vector]):
    problem = RANDOM_CNN
    encoding = ENCODING
    provers = ("z3", "lp")

    def witness(self, instance: RandomCnnInstance, case: int, model: Model) -> Vector:
        return applied(instance.matrix, [1 if model.reals[i] > 0 else -1 for i in range(instance.weights)])

    def candidates(self, instance: RandomCnnInstance) -> Iterable[Vector]:
        return (applied(instance.matrix, w) for w in product((1, -1), repeat=instance.weights))

    def by_brute_force(self, instance: RandomCnnInstance) -> Vector | None:
        if inverse(instance.matrix) is None:
            return None

        def fits(v: Vector, sample: Sample) -> bool:
            """Whether the positive products sum to nothing, or to 1 and more."""
            products = [sum(a * x for a, x in zip(v, patch, strict=True)) for patch in sample.patches]
            total = sum(p for p in products if p > 0)
            return total >= 1 if sample.label else total == 0

        return next((v for v in self.candidates(instance) if all(fits(v, s) for s in instance.samples)), None)

    def instances(self) -> SearchStrategy[RandomCnnInstance]:
        """Nonsingular matrices of up to three rows and up to four samples of up to two patches."""
        from hypothesis import strategies as st

        number = st.integers(-2, 2) | st.sampled_from((Fraction(1, 2), Fraction(-2, 3)))

        @st.composite
        def drawn(draw: st.DrawFn) -> RandomCnnInstance:
            t, patches = draw(st.integers(0, 3)), draw(st.sampled_from((0, 1, 1, 2, 2)))
            row = st.tuples(*[number] * t)
            matrix = draw(st.tuples(*[row] * t).filter(inverse))
            sample = st.builds(Sample, st.integers(0, 1), st.tuples(*[row] * patches))
            return RandomCnnInstance(matrix, tuple(draw(st.lists(sample, max_size=4))))

        return drawn()


SEARCH = RandomCnnSearch()
