"""A network that fits exactly, guessed from samples that are likely to be on one piece of it.

A network of ReLUs is affine on each cell of the arrangement of its hyperplanes, so the samples of a cell are on the
graph of one affine function. Conversely, if D samples near each other define an affine function (of D = d + 1 weights
with biases, d without) on which there is one sample more, they are probably in one cell: then each neuron is active on
all of them or on none. Z3 looks for a network under this assumption, which leaves it little to decide where samples are
more than weights. If there is none that proves nothing, as samples can be on an affine function by chance.

Those that are there by chance are mostly alone. So of the samples on an affine function only such count of which two of
the D nearest ones are on it too, and these have to be more than D; more than D + 1 at first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, count, islice, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from relucert.reductions.exact import simplified
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Deadline, OutOfTime
from relucert.verify.provers.z3_prover import Run, shown
from relucert.verify.smtlib import number, number_of, total

STARTS = 100  # samples near which affine functions are looked for
NEAR = 60  # affine functions for each of them
WIDER = 3  # of how many nearest samples beyond D their samples are chosen
EXACT = 1e-7  # relative errors that count as none
WORK = 2**24  # of Z3 for one question, at first, and how many times as much the next time
LONGER = 4
ORDERED = 3  # pieces by whose activations neurons of the same sign are ordered

Floats = NDArray[np.float64]
Piece = tuple[int, ...]  # the samples on it


class Question(NamedTuple):
    """Whether a network fits of which so many output weights are 1, and each neuron active on all of a piece or none.

    pieces: each sample is on one of them, alone if nothing is assumed of it.
    """

    positive: int
    pieces: tuple[Piece, ...]


def network(instance: TrainingInstance, cases: Sequence[int], deadline: Deadline) -> Network | None:
    """An exact fit by ReLUs, or None if there are no such pieces or no such network; cases: see `mixed_integer`.

    Raises OutOfTime if there might have been one for longer searches.
    """
    left, work = questions(instance, cases), WORK
    for seed in count():
        if not left:
            break
        for question in [*left]:
            try:
                run = Run(text(instance, question), False, deadline.within(work), seed)
            except OutOfTime:
                deadline.remaining()  # or it was the work of this question
                continue
            if run.verdict == "sat":
                return found(instance, question.positive, run.solver.model())
            if run.verdict == "unsat":
                left.remove(question)
        work *= LONGER
    return None


def questions(instance: TrainingInstance, cases: Sequence[int]) -> list[Question]:
    """Those with half of the output weights 1 first, where most solutions are."""
    middle = cases[0] + cases[-1]  # doubled
    return [
        Question(positive, (*pieces, *((i,) for i in range(len(instance.samples)) if not any(i in p for p in pieces))))
        for positive in sorted(cases, key=lambda case: (abs(2 * case - middle), -case))
        for pieces in affine_pieces(instance)
    ]


# --------------------------------------------------------------------------------------------------------------- pieces


def affine_pieces(instance: TrainingInstance) -> list[tuple[Piece, ...]]:
    """Disjoint sets of samples that are likely to be on one piece: of more than D + 1 samples, and of more than D."""
    x = np.zeros((len(instance.samples), instance.dimension + instance.bias))
    for row, sample in zip(x, instance.samples, strict=True):
        for t, v in sample.x:
            row[t] = float(v)
    x[:, instance.dimension :] = 1
    y = np.array([float(s.y) for s in instance.samples])
    distances = ((x[:, None] - x) ** 2).sum(axis=2)
    np.fill_diagonal(distances, -1)
    near = np.argsort(distances, axis=1, kind="stable")
    width = x.shape[1]
    cores = [[int(i) for i in np.flatnonzero(on) if on[near[i, 1 : width + 1]].sum() >= 2] for on in graphs(x, y, near)]
    choices = (tuple(disjoint(core for core in cores if len(core) > least)) for least in (width + 1, width))
    return [*dict.fromkeys(filter(None, choices))]


def disjoint(sets: Iterator[list[int]]) -> Iterator[Piece]:
    """Each that has nothing in common with those before it."""
    used = set[int]()
    for one in sets:
        if used.isdisjoint(one):
            used.update(one)
            yield tuple(one)


def graphs(x: Floats, y: Floats, near: NDArray[np.intp]) -> list[NDArray[np.bool_]]:
    """Which samples are on an affine function of D of them near each other, if these are more than D; most first.

    x: m × D, y: m, near: m × m, of each sample itself and all others, the nearest first.
    """
    m, width = x.shape
    if m <= width:
        return []
    chosen = np.array([*islice(combinations(range(1, min(m, width + WIDER + 1)), width - 1), NEAR)], dtype=int)
    lengths = np.linalg.norm(x, axis=1)
    found: dict[bytes, NDArray[np.bool_]] = {}
    for start in range(0, m, -(-m // STARTS)):
        samples = np.column_stack([np.full(len(chosen), start), near[start][chosen]])
        volume = np.abs(np.linalg.det(x[samples]))
        samples = samples[volume > EXACT * lengths[samples].prod(axis=1)]
        functions = np.linalg.solve(x[samples], y[samples][:, :, None])[:, :, 0]
        size = np.abs(functions) @ np.abs(x).T + np.abs(y)
        for on in np.abs(functions @ x.T - y) <= EXACT * size:
            if on.sum() > width:
                found.setdefault(on.tobytes(), on)
    return sorted(found.values(), key=lambda on: -int(on.sum()))


# ------------------------------------------------------------------------------------------------------------------- Z3


def text(instance: TrainingInstance, question: Question) -> str:
    """The question in SMT-LIB: weights and biases w, outputs r of each neuron j on each sample, activations a of each
    neuron on each piece, where a sample with a pre-activation of 0 counts as either."""
    lines = list[str]()
    neurons, width = range(instance.neurons), range(instance.dimension + instance.bias)
    lines += [f"(declare-const w{j}_{t} Real)" for j in neurons for t in width]
    for n, piece in enumerate(question.pieces):
        lines += [f"(declare-const a{j}_{n} Bool)" for j in neurons]
        for i in piece:
            x, y, _ = instance.samples[i]
            row = [*x, (instance.dimension, 1)] if instance.bias else x
            for j in neurons:
                z = total(f"(* {number(v)} w{j}_{t})" for t, v in row)
                lines.append(f"(declare-const r{j}_{i} Real)")
                lines.append(f"(assert (and (>= r{j}_{i} 0.0) (>= r{j}_{i} {z})))")
                lines.append(f"(assert (ite a{j}_{n} (<= r{j}_{i} {z}) (<= r{j}_{i} 0.0)))")
            outputs = (f"r{j}_{i}" if j < question.positive else f"(- r{j}_{i})" for j in neurons)
            lines.append(f"(assert (= {total(outputs)} {number(y)}))")
    return "\n".join([*lines, *ordered(instance, question)])


def ordered(instance: TrainingInstance, question: Question) -> Iterator[str]:
    """Neurons of the same sign can be exchanged: their activations on the first pieces are in lexicographic order."""
    for j, k in pairwise(range(instance.neurons)):
        if k == question.positive:
            continue
        equal = "true"
        for n in range(min(ORDERED, len(question.pieces))):
            yield f"(assert (=> {equal} a{k}_{n} a{j}_{n}))"
            yield f"(define-fun e{j}_{n} () Bool (and {equal} (= a{j}_{n} a{k}_{n})))"
            equal = f"e{j}_{n}"


def found(instance: TrainingInstance, positive: int, model: Any) -> Network:
    values = shown(model)
    d, neurons = instance.dimension, range(instance.neurons)

    def value(j: int, t: int) -> int | Fraction:
        return simplified(number_of(values.get(f"w{j}_{t}", "0.0")))

    return Network(
        tuple(tuple(value(j, t) for t in range(d)) for j in neurons),
        tuple(value(j, d) if instance.bias else 0 for j in neurons),
        tuple(1 if j < positive else -1 for j in neurons),
    )
