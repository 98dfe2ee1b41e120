"""Random CNN: the formula of sign-CNN for the patches Aᵀx (SPEC.md, section 4.17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relucert.certificates.encoding import Assignment, Propositional, cleared_words
from relucert.certificates.encodings.random_network import patch_of
from relucert.certificates.encodings.sign_cnn import Patch, formula_of, values_of, words_of
from relucert.certificates.kernel import Formula
from relucert.certificates.properties import Property
from relucert.reductions.matrices import Vector
from relucert.reductions.problems.random_cnn import RANDOM_CNN, RandomCnnInstance, filter_of
from relucert.reductions.problems.random_network import cleared


class RandomCnnEncoding(Propositional[RandomCnnInstance, Vector]):
    """The signs w are the variables; those of the filter A·w are substituted."""

    problem = RANDOM_CNN

    def words(self, instance: RandomCnnInstance, choice: Any, claimed: Property = ()) -> int:
        """Those of the formula, and eight for each unit of work of the sums of products that patches are made of."""
        t = instance.weights
        own = cleared_words(v for row in instance.matrix for v in row)
        samples, work = [], t * t * own
        for label, patches in instance.samples:
            lengths = [own + cleared_words(x) for x in patches if any(x)]
            samples.append((label, [(t, length) for length in lengths]))
            work += sum(t * (t + 2) * (2 + length * own // 4) for length in lengths)
        return words_of(t, samples) + work

    def of(self, instance: RandomCnnInstance) -> Formula:
        return formula_of(instance.weights, pulled_back(instance))

    def values(self, instance: RandomCnnInstance, witness: Vector) -> Assignment:
        w = filter_of(instance, witness)
        assert w is not None  # it is a solution
        return values_of(w, pulled_back(instance))


def pulled_back(instance: RandomCnnInstance) -> Iterator[tuple[int, list[Patch]]]:
    """The samples with Aᵀx for each patch x."""
    scale, rows = cleared(instance.matrix)
    for label, patches in instance.samples:
        made = []
        for patch in patches:
            own, (x,) = cleared((patch,))
            sums = [sum(row[c] * v for row, v in zip(rows, x, strict=True) if v) for c in range(len(x))]
            if any(sums):
                made.append(patch_of(sums, scale * own))
        yield label, made


ENCODING = RandomCnnEncoding()
