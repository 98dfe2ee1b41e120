"""Random network: the formula of sign-CNN for the patches that M makes of points (SPEC.md, section 4.16)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import gcd
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional, cleared_words
from relucert.certificates.encodings.sign_cnn import Patch, formula_of, values_of, words_of
from relucert.certificates.kernel import Formula
from relucert.certificates.properties import Property
from relucert.reductions.problems.random_network import (
    RANDOM_NETWORK,
    Network,
    RandomNetworkInstance,
    cleared,
    filter_of,
)


class RandomNetworkEncoding(Propositional[RandomNetworkInstance, Network]):
    """The weights of the filter are the variables; those of the network are substituted."""

    problem = RANDOM_NETWORK

    def words(self, instance: RandomNetworkInstance, choice: Any, claimed: Property = ()) -> int:
        """Those of the formula, and eight for each unit of work of the sums of products that patches are made of."""
        t, k, n = len(instance.blocks), instance.neurons, instance.inputs
        of_blocks = cleared_words(v for row in chain(*instance.blocks) for v in row)
        of_factor = 0 if instance.factor is None else cleared_words(v for row in instance.factor for v in row)
        full = instance.factor is not None
        samples, work = [], k * n * of_blocks + n * n * of_factor
        for label, x in instance.samples:
            own = cleared_words(x)
            longer = own + of_factor
            work += 4 * n + n * n * full * (2 + own * of_factor // 4) + k * n * (2 + longer * of_blocks // 4)
            terms = (t if any(x) else 0) if full else sum(any(x[r::t]) for r in range(t))
            samples.append((label, [(terms, longer + of_blocks)] * (k if terms else 0)))
        return words_of(t, samples) + work

    def of(self, instance: RandomNetworkInstance) -> Formula:
        return formula_of(len(instance.blocks), pulled_back(instance))

    def values(self, instance: RandomNetworkInstance, witness: Network) -> Assignment:
        w = filter_of(instance, witness)
        assert w is not None  # it is a solution
        return values_of(w, pulled_back(instance))


def pulled_back(instance: RandomNetworkInstance) -> Iterator[tuple[int, list[Patch]]]:
    """The samples with Mᵀx for x: patch j has the entry Σ_b (Z_r)_{b,j}·(Lᵀx)_{b·t + r} at place r."""
    t, k = len(instance.blocks), instance.neurons
    scale, rows = cleared([row for block in instance.blocks for row in block])  # row b of block r is rows[r·k + b]
    columns = [[[rows[r * k + b][j] for b in range(k)] for r in range(t)] for j in range(k)]
    of_factor, factor = (1, None) if instance.factor is None else cleared(instance.factor)
    for label, point in instance.samples:
        of_point, (x,) = cleared((point,))
        if factor is not None:
            x = [sum(row[c] * v for row, v in zip(factor, x, strict=True)) for c in range(len(x))]
        parts = [x[r::t] for r in range(t)]
        patches = [[_product(column[r], parts[r]) for r in range(t)] for column in columns]
        yield label, [patch_of(patch, scale * of_factor * of_point) for patch in patches if any(patch)]


def patch_of(numbers: list[int], scale: int) -> Patch:
    """The patch numbers / scale, in lowest terms."""
    common = gcd(scale, *numbers)
    return Patch(tuple((i, v // common) for i, v in enumerate(numbers) if v), scale // common)


def _product(u: list[int], v: list[int]) -> int:
    return sum(a * b for a, b in zip(u, v, strict=True))


ENCODING = RandomNetworkEncoding()
