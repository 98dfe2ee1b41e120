"""Random CNN: does a convolutional network whose filter is A·w, w of signs, fit labelled samples exactly?

Source: Daniely, Vardi, Hardness of Learning Neural Networks with Natural Weights, NeurIPS 2020, Section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from relucert.reductions.cost import TUPLE, Size, held, held_fraction, product, sum_words
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.json_text import is_json, json_fields, loads, rational_to_json
from relucert.reductions.matrices import (
    Matrix,
    Vector,
    inverse,
    inverting,
    matrix_from_json,
    matrix_to_json,
    minor_bits,
    multiplying,
    require_square,
    row_bits,
    vector_from_json,
)
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.problems.random_network import cleared, output_sum
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Filter, Sample, SignCnnInstance
from relucert.reductions.shapes import RATIONAL, described, listed, members


@dataclass(frozen=True)
class RandomCnnInstance:
    """A matrix A of t rows and columns, the same for every patch, and samples of patches of t numbers."""

    matrix: Matrix
    samples: tuple[Sample, ...]

    def __post_init__(self) -> None:
        require_square(self.matrix, len(self.matrix), "the matrix")
        SignCnnInstance(len(self.matrix), self.samples)

    @property
    def weights(self) -> int:
        return len(self.matrix)


def filter_of(instance: RandomCnnInstance, v: Vector) -> Filter | None:
    """The w with v = A·w, or None if there is none, or if A is singular."""
    undo = inverse(instance.matrix)
    signs = None if undo is None else undo.times(v)
    return tuple(map(int, signs)) if signs is not None and all(s in (1, -1) for s in signs) else None


class RandomCnn(Problem[RandomCnnInstance, Vector]):
    """Decide whether h_v fits all samples for some v = A·w, w ∈ {±1}^t. The witness is the filter v.

    A problem of its own beside `random-network-fit`: there every coordinate has a matrix that mixes the patches, here
    every patch has the same matrix, which mixes its coordinates. Neither form is a case of the other.

    >>> instance = RandomCnnInstance(((1, 1), (0, 2)), (Sample(1, ((1, 0), (0, 0))), Sample(0, ((0, -1), (-1, 0)))))
    >>> [RANDOM_CNN.accepts(instance, v) for v in ((2, 2), (0, 2), (2, 1))]
    [True, False, False]
    """

    name = "random-cnn-fit"
    instance_shape = members(matrix=listed(listed(RATIONAL)), samples=SIGN_CNN.instance_shape["properties"]["samples"])
    witness_shape = described("The weights of the filter.", listed(RATIONAL))

    def accepts(self, instance: RandomCnnInstance, witness: Vector) -> bool:
        if len(witness) != instance.weights:
            raise InvalidInstance(f"a filter lists {counted(instance.weights, 'weight')}, not {shorten(len(witness))}")
        if filter_of(instance, witness) is None:
            return False
        scale, weights = cleared((witness,))
        for label, patches in instance.samples:
            own, rows = cleared(patches)
            total = output_sum(rows, weights[0])
            if total < scale * own if label else total > 0:
                return False
        return True

    def work(self, instance: RandomCnnInstance, witness: Vector) -> int:
        own, t, bits = sum_words(witness), instance.weights, row_bits(instance.matrix)
        total = 60 + len(witness) * (10 + 2 * product(own, own)) + inverting(t, bits)
        total += multiplying(t, minor_bits(t, bits), 64 * own, 64 * own)
        for sample in instance.samples:
            words = sum_words([v for patch in sample.patches for v in patch])
            one = 8 + 2 * product(words, words) + product(own, words)
            total += 30 + len(sample.patches) * (8 + t * one)
        return total

    def size(self, instance: RandomCnnInstance) -> Size:
        """Weights, samples, and patches in all samples."""
        own = SIGN_CNN.size(SignCnnInstance(instance.weights, instance.samples))
        numbers = sum(held(v) for row in instance.matrix for v in row)
        return Size(own.measures, own.words + TUPLE * (instance.weights + 1) + numbers)

    def sought(self, instance: RandomCnnInstance) -> str:
        t, m = counted(instance.weights, "sign"), counted(len(instance.samples), "sample")
        return f"filter that the matrix makes of {t} fits the {m} exactly"

    def solution_words(self, size: Size) -> int:
        """Every weight is the sum of a row, up to signs."""
        return TUPLE + 2 * held_fraction(0) * size.measures["weights"] + 2 * size.words

    def instance_to_json(self, instance: RandomCnnInstance) -> Any:
        samples = SIGN_CNN.instance_to_json(SignCnnInstance(instance.weights, instance.samples))["samples"]
        return {"matrix": matrix_to_json(instance.matrix), "samples": samples}

    def instance_from_json(self, data: Any) -> RandomCnnInstance:
        data = json_fields(data, {"matrix", "samples"})
        matrix = matrix_from_json(data["matrix"], "the matrix")
        own = SIGN_CNN.instance_from_json({"weights": len(matrix), "samples": data["samples"]})
        return RandomCnnInstance(matrix, own.samples)

    def witness_to_json(self, witness: Vector) -> Any:
        return [rational_to_json(v) for v in witness]

    def witness_from_json(self, data: Any) -> Vector:
        return vector_from_json(data, "filter")

    def parse(self, text: str, suffix: str) -> Parsed[RandomCnnInstance]:
        """JSON {"matrix": [[…], …], "samples": [{"label": 0, "patches": [[…], …]}, …]}."""
        if not is_json(text, suffix):
            raise InvalidInstance("samples of a random CNN are given as JSON")
        instance = self.instance_from_json(loads(text))
        if inverse(instance.matrix) is None:
            raise InvalidInstance("the matrix is singular")
        content = f"{counted(instance.weights, 'weight')}, {counted(len(instance.samples), 'sample')}"
        return Parsed("JSON", content, partial(RandomCnnInstance, instance.matrix, instance.samples))


RANDOM_CNN = RandomCnn()
