"""Random network: all networks of the form, reading, small random blocks."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from relucert.certificates.encodings.random_network import ENCODING
from relucert.reductions.matrices import identity, inverse
from relucert.reductions.problems.random_network import (
    RANDOM_NETWORK,
    Network,
    RandomNetworkInstance,
    Sample,
    network_of,
)
from relucert.verify.provers.base import Model
from relucert.verify.search import Search

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class RandomNetworkSearch(Search[RandomNetworkInstance, Network]):
    problem = RANDOM_NETWORK
    encoding = ENCODING
    provers = ("z3", "lp")

    def witness(self, instance: RandomNetworkInstance, case: int, model: Model) -> Network:
        return network_of(instance, tuple(1 if model.reals[r] > 0 else -1 for r in range(len(instance.blocks))))

    def candidates(self, instance: RandomNetworkInstance) -> Iterable[Network]:
        return (network_of(instance, w) for w in product((1, -1), repeat=len(instance.blocks)))

    def by_brute_force(self, instance: RandomNetworkInstance) -> Network | None:
        if instance.factor is not None and inverse(instance.factor) is None:
            return None

        def fits(network: Network, sample: Sample) -> bool:
            """Whether the positive products sum to nothing, or to 1 and more."""
            products = [sum(v * a for v, a in zip(neuron, sample.point, strict=True)) for neuron in network]
            total = sum(v for v in products if v > 0)
            return total >= 1 if sample.label else total == 0

        return next((v for v in self.candidates(instance) if all(fits(v, s) for s in instance.samples)), None)

    def instances(self) -> SearchStrategy[RandomNetworkInstance]:
        """Up to three blocks of up to two rows, now and then singular or 0, and up to four samples."""
        from hypothesis import strategies as st

        number = st.integers(-2, 2) | st.sampled_from((Fraction(1, 2), Fraction(-2, 3)))

        def matrix(size: int) -> SearchStrategy[tuple[tuple[int | Fraction, ...], ...]]:
            return st.tuples(*[st.tuples(*[number] * size)] * size)

        @st.composite
        def drawn(draw: st.DrawFn) -> RandomNetworkInstance:
            t, k = draw(st.sampled_from((0, 1, 2, 2, 3))), draw(st.sampled_from((0, 1, 2, 2)))
            blocks = tuple(draw(matrix(k)) for _ in range(t))
            n = t * k
            factor = draw(st.none() | matrix(n).filter(inverse) | st.just(identity(n)))
            sample = st.builds(Sample, st.integers(0, 1), st.tuples(*[number] * n))
            return RandomNetworkInstance(blocks, factor, tuple(draw(st.lists(sample, max_size=4))))

        return drawn()


SEARCH = RandomNetworkSearch()
