"""Random network: does a network of the form M·W(w), w a filter of signs, fit labelled points exactly?

Source: Daniely, Vardi, Hardness of Learning Neural Networks with Natural Weights, NeurIPS 2020, Sections 2 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from math import lcm
from typing import Any, NamedTuple

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size, held, held_fraction, product, sum_words
from relucert.reductions.exact import InvalidInstance, shorten
from relucert.reductions.formats import counted
from relucert.reductions.json_text import is_json, json_fields, json_int, json_list, loads, rational_to_json
from relucert.reductions.matrices import (
    Matrix,
    Vector,
    applied,
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
from relucert.reductions.problems.sign_cnn import Filter
from relucert.reductions.shapes import BIT, RATIONAL, described, listed, members, or_null

Network = tuple[Vector, ...]  # the weights of each neuron


class Sample(NamedTuple):
    """label: 0 or 1. point: as many numbers as the network has inputs."""

    label: int
    point: Vector


@dataclass(frozen=True)
class RandomNetworkInstance:
    """The matrix M as t blocks of k rows and k columns, perhaps times a factor of n = t·k rows from the left; samples.

    Row and column b·t + r of M without its factor are those of row and column b of block r: the r-th coordinate of
    every patch. So M·W(w), W(w) having the filter w once for each of k patches, has w_r·(Z_r)_{b,j} as weight b·t + r
    of neuron j.
    """

    blocks: tuple[Matrix, ...]
    factor: Matrix | None
    samples: tuple[Sample, ...]

    def __post_init__(self) -> None:
        for r, block in enumerate(self.blocks):
            require_square(block, self.neurons, f"block {r}")
        if self.factor is not None:
            require_square(self.factor, self.inputs, "the factor")
        for i, sample in enumerate(self.samples):
            if type(sample.label) is not int or sample.label not in (0, 1):
                raise InvalidInstance(f"sample {i}: the label is 0 or 1, not {shorten(sample.label)}")
            if len(sample.point) != self.inputs:
                expected = f"{len(self.blocks)} blocks of {counted(self.neurons, 'row')} have {self.inputs}"
                raise InvalidInstance(f"sample {i}: {counted(len(sample.point), 'coordinate')}, {expected}")

    @property
    def neurons(self) -> int:
        """0 if there is no block."""
        return len(self.blocks[0]) if self.blocks else 0

    @property
    def inputs(self) -> int:
        return len(self.blocks) * self.neurons


def network_of(instance: RandomNetworkInstance, w: Filter) -> Network:
    """M·W(w)."""
    k, core = instance.neurons, []
    for j in range(k):
        core.append(tuple(s * block[b][j] for b in range(k) for s, block in zip(w, instance.blocks, strict=True)))
    if instance.factor is None:
        return tuple(core)
    return tuple(applied(instance.factor, neuron) for neuron in core)


def filter_of(instance: RandomNetworkInstance, network: Network) -> Filter | None:
    """A w with network = M·W(w), or None if there is none, or if the factor is singular. A block 0 has the sign 1."""
    if instance.factor is not None:
        undo = inverse(instance.factor)
        if undo is None:
            return None
        network = tuple(undo.times(neuron) for neuron in network)
    t, signs = len(instance.blocks), []
    for r, block in enumerate(instance.blocks):
        pairs = [(network[j][b * t + r], v) for b, row in enumerate(block) for j, v in enumerate(row)]
        for sign in (1, -1):
            if all(v == (a if sign > 0 else -a) for v, a in pairs):
                signs.append(sign)
                break
        else:
            return None
    return tuple(signs)


class RandomNetwork(Problem[RandomNetworkInstance, Network]):
    """Decide whether M·W(w) fits all samples for some w ∈ {±1}^t. The witness is the network M·W(w).

    Any other network that fits is no solution: of unrestricted networks the answer would be another one.

    >>> instance = RandomNetworkInstance((((1, 2), (0, 1)),), None, (Sample(1, (1, 0)), Sample(0, (-1, 0))))
    >>> [RANDOM_NETWORK.accepts(instance, v) for v in (((1, 0), (2, 1)), ((-1, 0), (-2, -1)), ((1, 0), (0, 0)))]
    [True, False, False]
    """

    name = "random-network-fit"
    instance_shape = members(
        blocks=listed(listed(listed(RATIONAL))),
        factor=or_null(listed(listed(RATIONAL))),
        samples=listed(members(label=BIT, point=listed(RATIONAL))),
    )
    witness_shape = described("The weights of each neuron.", listed(listed(RATIONAL)))

    def accepts(self, instance: RandomNetworkInstance, witness: Network) -> bool:
        k, n = instance.neurons, instance.inputs
        if len(witness) != k or any(len(neuron) != n for neuron in witness):
            raise InvalidInstance(f"a network lists the weights of {counted(k, 'neuron')}, {n} of each")
        if filter_of(instance, witness) is None:
            return False
        scale, weights = cleared(witness)
        for label, point in instance.samples:
            own, (x,) = cleared((point,))
            total = output_sum(weights, x)
            if total < scale * own if label else total > 0:
                return False
        return True

    def work(self, instance: RandomNetworkInstance, witness: Network) -> int:
        numbers = [v for neuron in witness for v in neuron]
        own = sum_words(numbers)
        total = 60 + len(numbers) * (8 + 2 * product(own, own)) + 8 * instance.inputs * instance.neurons
        if instance.factor is not None:
            bits = row_bits(instance.factor)
            total += inverting(instance.inputs, bits)
            total += len(witness) * multiplying(instance.inputs, minor_bits(instance.inputs, bits), 64 * own, 64 * own)
        for sample in instance.samples:
            words = sum_words(sample.point)
            total += 30 + len(sample.point) * (6 + 2 * product(words, words))
            total += instance.neurons * (8 + len(sample.point) * (2 + product(own, words)))
        return total

    def size(self, instance: RandomNetworkInstance) -> Size:
        """Blocks, neurons, inputs, samples, and numbers of the factor, 0 if there is none."""
        n, factor = instance.inputs, instance.factor or ()
        measures = {
            "blocks": len(instance.blocks), "neurons": instance.neurons, "inputs": n,
            "samples": len(instance.samples), "factor": n * n if instance.factor is not None else 0,
        }  # fmt: skip
        rows = [*chain(*instance.blocks), *factor, *(sample.point for sample in instance.samples)]
        tuples = TUPLE * (3 + len(instance.blocks) + len(rows) + len(instance.samples))
        numbers = INTEGER * len(instance.samples) + sum(held(v) for row in rows for v in row)
        return Size(measures, OBJECT + tuples + numbers)

    def sought(self, instance: RandomNetworkInstance) -> str:
        k, t, m = instance.neurons, len(instance.blocks), len(instance.samples)
        return (
            f"network of {counted(k, 'neuron')} that the blocks make of {counted(t, 'sign')} fits the "
            f"{counted(m, 'sample')} exactly"
        )

    def solution_words(self, size: Size) -> int:
        """Without a factor the numbers are those of the blocks; with one they are sums of n products."""
        k, n = size.measures["neurons"], size.measures["inputs"]
        long = (k + n) * size.words if size.measures["factor"] else 2 * size.words
        return TUPLE * (k + 1) + 2 * held_fraction(0) * k * n + long

    def instance_to_json(self, instance: RandomNetworkInstance) -> Any:
        return {
            "blocks": [matrix_to_json(block) for block in instance.blocks],
            "factor": None if instance.factor is None else matrix_to_json(instance.factor),
            "samples": [{"label": y, "point": [rational_to_json(v) for v in x]} for y, x in instance.samples],
        }

    def instance_from_json(self, data: Any) -> RandomNetworkInstance:
        data = json_fields(data, {"blocks", "factor", "samples"})
        blocks = tuple(matrix_from_json(block, "a block") for block in json_list(data["blocks"], "blocks"))
        factor = None if data["factor"] is None else matrix_from_json(data["factor"], "the factor")
        samples = tuple(_sample(sample) for sample in json_list(data["samples"], "samples"))
        return RandomNetworkInstance(blocks, factor, samples)

    def witness_to_json(self, witness: Network) -> Any:
        return matrix_to_json(witness)

    def witness_from_json(self, data: Any) -> Network:
        return matrix_from_json(data, "the network")

    def parse(self, text: str, suffix: str) -> Parsed[RandomNetworkInstance]:
        """JSON {"blocks": [[[…], …], …], "factor": null, "samples": [{"label": 0, "point": […]}, …]}."""
        if not is_json(text, suffix):
            raise InvalidInstance("samples of a random network are given as JSON")
        instance = self.instance_from_json(loads(text))
        if instance.factor is not None and inverse(instance.factor) is None:
            raise InvalidInstance("the factor is singular")
        content = f"{counted(len(instance.blocks), 'block')} of {counted(instance.neurons, 'row')}"
        content += f", {counted(len(instance.samples), 'sample')}"
        build = partial(RandomNetworkInstance, instance.blocks, instance.factor, instance.samples)
        return Parsed("JSON", content, build)


def cleared(rows: Sequence[Vector]) -> tuple[int, list[list[int]]]:
    """The least common denominator of all numbers, and the rows times it."""
    scale = lcm(*(v.denominator for row in rows for v in row))
    return scale, [[v.numerator * (scale // v.denominator) for v in row] for row in rows]


def output_sum(weights: Sequence[Sequence[int]], x: Sequence[int]) -> int:
    """Σ_j [⟨V_j, x⟩]₊."""
    return sum(max(0, sum(v * a for v, a in zip(neuron, x, strict=True))) for neuron in weights)


def _sample(data: Any) -> Sample:
    data = json_fields(data, {"label", "point"})
    return Sample(json_int(data["label"], "label"), vector_from_json(data["point"], "point"))


RANDOM_NETWORK = RandomNetwork()
