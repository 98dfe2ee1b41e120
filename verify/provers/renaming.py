"""Neurons that can be renamed: what a theory clause says of some, it says of others as well.

A symmetry rule leaves one order of the neurons of equal sign, but no clause that a prover learns without it depends on
that order. So each stands for its images under all renamings of equal neurons, and what is only about
pre-activations and outputs, not about labels, for its images under the renamings of any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations, permutations
from math import factorial

from relucert.certificates.kernel import Formula
from relucert.reductions.problems.training import TrainingInstance

MOST = 24  # renamings of equal neurons, all of them; if there are more, those that exchange two


@dataclass(slots=True)
class Symmetric(Formula):
    """A formula, and maps of its linear atoms that turn theory clauses over their domains into theory clauses."""

    renamings: Sequence[Mapping[int, int]] = ()


def with_renamings(formula: Formula, instance: TrainingInstance, positive: int) -> Symmetric:
    """The formula of an exact fit by ReLUs, the first so many of them with the output weight 1."""
    parts = {part.name: getattr(formula, part.name) for part in fields(Formula)}
    return Symmetric(**parts, renamings=tuple(_renamings(instance, positive)))


def _renamings(instance: TrainingInstance, positive: int) -> Iterator[dict[int, int]]:
    k = instance.neurons
    plus, minus = range(positive), range(positive, k)
    if factorial(positive) * factorial(k - positive) <= MOST:
        equal = [(*p, *q) for p in permutations(plus) for q in permutations(minus)]
        yield from (_of_atoms(instance, images, True) for images in equal if images != (*plus, *minus))
    else:
        yield from (
            _of_atoms(instance, _exchanged(k, *pair), True)
            for pair in (*combinations(plus, 2), *combinations(minus, 2))
        )
    yield from (_of_atoms(instance, _exchanged(k, j, g), False) for j in plus for g in minus)


def _exchanged(k: int, j: int, g: int) -> tuple[int, ...]:
    return tuple({j: g, g: j}.get(i, i) for i in range(k))


def _of_atoms(instance: TrainingInstance, images: Sequence[int], labels: bool) -> dict[int, int]:
    """SPEC.md, section 4.2: on each sample five atoms for each neuron, then two for the label."""
    atoms, first = {}, 1
    for _ in instance.samples:
        for j, image in enumerate(images):
            for place in range(5):
                atoms[first + 5 * j + place] = first + 5 * image + place
        first += 5 * len(images) + 2
        if labels:
            atoms |= {first - 2: first - 2, first - 1: first - 1}
    return atoms
