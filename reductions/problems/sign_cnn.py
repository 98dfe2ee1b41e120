"""Sign-CNN: does a convolutional network with one filter of signs, clipped to [0, 1], fit labelled samples exactly?

Source: Daniely, Vardi, Hardness of Learning Neural Networks with Natural Weights, NeurIPS 2020, Section 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size, held, product, sum_words
from relucert.reductions.exact import InvalidInstance, Rational, shorten, simplified
from relucert.reductions.formats import counted
from relucert.reductions.json_text import (
    is_json,
    json_count,
    json_fields,
    json_int,
    json_list,
    loads,
    rational_from_json,
    rational_to_json,
)
from relucert.reductions.problem import Parsed, Problem
from relucert.reductions.shapes import BIT, NATURAL, RATIONAL, SIGN, described, listed, members

Filter = tuple[int, ...]
Vector = tuple[Rational, ...]


class Sample(NamedTuple):
    """label: 0 or 1. patches: vectors as long as the filter."""

    label: int
    patches: tuple[Vector, ...]


@dataclass(frozen=True)
class SignCnnInstance:
    """A filter of `weights` signs, and samples, all of the same number of patches."""

    weights: int
    samples: tuple[Sample, ...]

    def __post_init__(self) -> None:
        json_count(self.weights, "weights")
        for i, sample in enumerate(self.samples):
            if type(sample.label) is not int or sample.label not in (0, 1):
                raise InvalidInstance(f"sample {i}: the label is 0 or 1, not {shorten(sample.label)}")
            if len(sample.patches) != self.patches:
                raise InvalidInstance(f"sample {i}: {len(sample.patches)} patches, sample 0 has {self.patches}")
            for j, patch in enumerate(sample.patches):
                if len(patch) != self.weights:
                    raise InvalidInstance(
                        f"sample {i}, patch {j}: {len(patch)} numbers, the filter has {shorten(self.weights)}"
                    )

    @property
    def patches(self) -> int:
        """Of every sample; 0 if there is none."""
        return len(self.samples[0].patches) if self.samples else 0


def output(weights: Filter, patches: Sequence[Vector]) -> Rational:
    """h_w(x) = clip_[0,1] Σ_j [⟨w, x_j⟩]₊ over the patches x_j of x.

    >>> output((1, -1), [(2, 1), (0, 3)]), output((1, 1), [(-1, -1)]), output((1, 1), [(2, 3)])
    (1, 0, 1)
    """
    products = (sum(w * x for w, x in zip(weights, patch, strict=True)) for patch in patches)
    return simplified(min(1, sum(max(0, value) for value in products)))


class SignCnn(Problem[SignCnnInstance, Filter]):
    """Decide whether h_w fits all samples for some w ∈ {±1}^t. The witness is w.

    >>> samples = (Sample(0, ((1, 1),)), Sample(1, ((2, 1),)))
    >>> [SIGN_CNN.accepts(SignCnnInstance(2, samples), w) for w in ((1, -1), (-1, 1), (1, 1))]
    [True, False, False]
    """

    name = "sign-cnn"
    instance_shape = members(weights=NATURAL, samples=listed(members(label=BIT, patches=listed(listed(RATIONAL)))))
    witness_shape = described("The weights of the filter.", listed(SIGN))
    items = "weights"

    def accepts(self, instance: SignCnnInstance, witness: Filter) -> bool:
        if len(witness) != instance.weights or not all(type(w) is int and w in (1, -1) for w in witness):
            raise InvalidInstance(f"a filter lists {shorten(instance.weights)} weights, each 1 or -1")
        return all(output(witness, sample.patches) == sample.label for sample in instance.samples)

    def work(self, instance: SignCnnInstance, witness: Filter) -> int:
        """Each partial sum is a fraction whose denominator divides the product of all of a sample."""
        total = 20 + 2 * len(witness)
        for sample in instance.samples:
            numbers = [value for patch in sample.patches for value in patch]
            words = sum_words(numbers)
            short = words <= 2 and all(type(value) is int for value in numbers)
            terms = (instance.weights + 4) * len(sample.patches)
            total += 4 + terms * (4 if short else 24 + 3 * product(words, words))
        return total

    def size(self, instance: SignCnnInstance) -> Size:
        """Weights, samples, and patches in all samples."""
        patches = [patch for sample in instance.samples for patch in sample.patches]
        measures = {"weights": instance.weights, "samples": len(instance.samples), "patches": len(patches)}
        numbers = sum(held(value) for patch in patches for value in patch)
        tuples = TUPLE * (len(patches) + 2 * len(instance.samples) + 1)
        return Size(measures, OBJECT + tuples + INTEGER * (len(instance.samples) + 1) + numbers)

    def sought(self, instance: SignCnnInstance) -> str:
        n, m = counted(instance.weights, "sign"), counted(len(instance.samples), "sample")
        return f"filter of {n} fits the {m} exactly"

    def instance_to_json(self, instance: SignCnnInstance) -> Any:
        samples = [
            {"label": sample.label, "patches": [[rational_to_json(v) for v in patch] for patch in sample.patches]}
            for sample in instance.samples
        ]
        return {"samples": samples, "weights": instance.weights}

    def instance_from_json(self, data: Any) -> SignCnnInstance:
        data = json_fields(data, {"samples", "weights"})
        samples = tuple(_sample(sample) for sample in json_list(data["samples"], "samples"))
        return SignCnnInstance(json_count(data["weights"], "weights"), samples)

    def witness_to_json(self, witness: Filter) -> Any:
        return list(witness)

    def witness_from_json(self, data: Any) -> Filter:
        return tuple(json_int(w, "weight") for w in json_list(data, "filter"))

    def parse(self, text: str, suffix: str) -> Parsed[SignCnnInstance]:
        """JSON {"weights": t, "samples": [{"label": 0, "patches": [[…], …]}, …]}."""
        if not is_json(text, suffix):
            raise InvalidInstance("samples of a sign-CNN are given as JSON")
        instance = self.instance_from_json(loads(text))
        content = f"{counted(instance.weights, 'weight')}, {counted(len(instance.samples), 'sample')}"
        return Parsed("JSON", content, partial(SignCnnInstance, instance.weights, instance.samples))


def _sample(data: Any) -> Sample:
    data = json_fields(data, {"label", "patches"})
    rows = (json_list(patch, "patch") for patch in json_list(data["patches"], "patches"))
    return Sample(json_int(data["label"], "label"), tuple(tuple(rational_from_json(v) for v in row) for row in rows))


SIGN_CNN = SignCnn()
