"""Sign-CNN: all filters, reading, small random samples."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from relucert.certificates.encodings.sign_cnn import ENCODING
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Filter, Sample, SignCnnInstance, Vector
from relucert.verify.provers.base import Model
from relucert.verify.search import Search

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class SignCnnSearch(Search[SignCnnInstance, Filter]):
    problem = SIGN_CNN
    encoding = ENCODING
    provers = ("z3", "lp")

    def witness(self, instance: SignCnnInstance, case: int, model: Model) -> Filter:
        return tuple(1 if model.reals[i] > 0 else -1 for i in range(instance.weights))

    def candidates(self, instance: SignCnnInstance) -> Iterable[Filter]:
        return product((1, -1), repeat=instance.weights)

    def by_brute_force(self, instance: SignCnnInstance) -> Filter | None:
        def fits(w: Filter, sample: Sample) -> bool:
            """Whether the positive products sum to nothing, or to 1 and more."""
            products = [sum(a if s > 0 else -a for s, a in zip(w, x, strict=True)) for x in sample.patches]
            total = sum(v for v in products if v > 0)
            return total >= 1 if sample.label else total == 0

        return next((w for w in self.candidates(instance) if all(fits(w, s) for s in instance.samples)), None)

    def instances(self) -> SearchStrategy[SignCnnInstance]:
        """Up to four weights and five samples of up to two patches; label 1 without a patch makes a NO."""
        from hypothesis import strategies as st

        @st.composite
        def drawn(draw: st.DrawFn) -> SignCnnInstance:
            t, patches = draw(st.integers(0, 4)), draw(st.sampled_from((0, 1, 1, 2, 2, 2)))
            number = st.integers(-2, 2) | st.sampled_from((Fraction(1, 2), Fraction(-1, 3)))

            def patch() -> Vector:
                return tuple(draw(number) for _ in range(t))

            def sample() -> Sample:
                return Sample(draw(st.integers(0, 1)), tuple(patch() for _ in range(patches)))

            return SignCnnInstance(t, tuple(sample() for _ in range(draw(st.integers(0, 5)))))

        return drawn()


SEARCH = SignCnnSearch()
