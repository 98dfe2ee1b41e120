"""Formulas that say more than they have to: clauses that help, of which few are needed; neurons that can be renamed.

A symmetry rule leaves one order of the neurons of equal sign, but no theory clause that a prover finds without it
depends on that order. So each stands for its images under all renamings of equal neurons, and what is only about
pre-activations and outputs, not about labels, for its images under the renamings of any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import combinations, permutations
from math import factorial

from relucert.certificates.kernel import Formula
from relucert.reductions.problems.training import TrainingInstance

MOST = 24  # renamings of equal neurons, all of them; if there are more, those that exchange two


@dataclass(slots=True)
class Enriched(Formula):
    """helpful: ids of clauses that follow from the others. renamings: maps of linear atoms, which turn theory clauses
    over their domains into theory clauses."""

    helpful: frozenset[int] = frozenset()
    renamings: Sequence[Mapping[int, int]] = ()


def enriched(formula: Formula, helpful: Iterable[int], instance: TrainingInstance, positive: int) -> Enriched:
    """The formula of an exact fit by ReLUs, the first so many of them with the output weight 1."""
    parts = {part.name: getattr(formula, part.name) for part in fields(Formula)}
    return Enriched(**parts, helpful=frozenset(helpful), renamings=tuple(renamings(instance, positive)))


def renamings(instance: TrainingInstance, positive: int) -> Iterator[dict[int, int]]:
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
