"""A filter of signs becomes a random filter: every patch is multiplied by the inverse of the same Aᵀ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from operator import mul
from typing import NamedTuple

from relucert.reductions.coins import Coins
from relucert.reductions.cost import Size, formulas, held_fraction, product, sum_words
from relucert.reductions.exact import InvalidInstance, Rational, shorten, simplified
from relucert.reductions.matrices import (
    Inverse,
    Matrix,
    applied,
    inverting,
    minor_bits,
    multiplying,
    rational_bits,
    row_bits,
    transposed,
)
from relucert.reductions.natural_weights.random_matrices import (
    DRAW,
    ENTRY,
    TABLE,
    UNIT,
    even_bits,
    even_point,
    inverse_of_factor,
    number,
    parameters_of,
    require_law,
    rotation,
    rotation_bits,
)
from relucert.reductions.problems.random_cnn import RANDOM_CNN, RandomCnnInstance, filter_of
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Filter, Sample, SignCnnInstance, Vector
from relucert.reductions.reduction import Reduction

Patches = Sequence[Vector]
Learner = Callable[[RandomCnnInstance], Callable[[Patches], Rational]]


class RandomMatrix(NamedTuple):
    """A = L·C, C = diag(z) or r·O·diag(u), as the entries of C⁻ᵀ or all of it, and L⁻ᵀ."""

    matrix: Matrix
    core: Vector | Inverse
    factor: Inverse | None

    def image(self, patch: Vector) -> Vector:
        """(Aᵀ)⁻¹x."""
        if isinstance(self.core, Inverse):
            x = self.core.times(patch)
        else:
            x = tuple(simplified(a * v) if v else 0 for a, v in zip(self.core, patch, strict=True))
        return x if self.factor is None else self.factor.times(x)

    def images(self, patches: Patches) -> tuple[Vector, ...]:
        return tuple(map(self.image, patches))


@dataclass(frozen=True)
class SignCnnToRandomCnn(Reduction[SignCnnInstance, Filter, RandomCnnInstance, Vector]):
    """A filter w ∈ {±1}^t fits samples iff the filter A·w fits them with (Aᵀ)⁻¹x for each patch x. A is drawn.

    Equivalence, for every nonsingular A: ⟨Aw, (Aᵀ)⁻¹x⟩ = ⟨w, x⟩ for every patch, so h_{Aw} has on the new patches
    exactly the values of h_w on the old ones. Forward is w ↦ A·w, backward v ↦ A⁻¹v, if that has entries ±1. The same A
    for every patch, since the filter is the same.

    The law of A·w. In each of the following A·diag(w) has the law of A, as its columns have fair signs of their own,
    so A·w has one law, whatever w is. No A is singular, unless L is.

    - `signs`, `uniform`, `normal`: A = diag(z), t independent numbers z, ±r, uniform on [-r, r] or normal of variance
      r², moved to midpoints as `random_matrices` says (by at most r/1024, or r/128 after a cut at 8r), r being the
      scale. None is 0. A·w has the law of z.
    - `normal` with the factor L: A = L·diag(z), so A·w is L·g, which is N(0, r²LLᵀ) if g is normal. L is given,
      because not every rational Σ has a rational L with LLᵀ = Σ.
    - `sphere`: A = r·O·diag(u) with O orthogonal and rational, a product of reflections, and u a point of norm 1 whose
      coordinates are 1/√t if t is a square, and else within 2^-11/√t of it. ‖A·w‖ = r·‖u∘w‖ = r, exactly. If O had
      Haar's law then A·w would be uniform on the sphere; how far O is from it, says `rotation`.

    Why not diag(z) with z on the sphere: A·w = z is uniform there as well, but points grow by max 1/|z_i|, about
    t^1.5/r, which is more than the paper states. With O each patch grows by √t/r, exactly for t a square and else
    within 0.1 %: (Aᵀ)⁻¹ = O·diag(1/u)/r.

    The total variation distance to a law with a density is 1, as of all that a finite stream draws.

    Size: the samples have as many patches and numbers as before, and A has t².

    >>> from relucert.reductions.problems.sign_cnn import Sample as PatchSample
    >>> link = SignCnnToRandomCnn(law="signs", scale=2)
    >>> yes = SignCnnInstance(2, (PatchSample(0, ((-1, -2),)), PatchSample(1, ((2, 2),))))
    >>> target = link.reduce(yes)
    >>> target.matrix, [sample.patches for sample in target.samples]
    (((-2, 0), (0, -2)), [((Fraction(1, 2), 1),), ((-1, -1),)])
    >>> link.forward(yes, (1, 1)), RANDOM_CNN.accepts(target, link.forward(yes, (1, 1)))
    ((-2, -2), True)
    >>> link.backward(yes, link.forward(yes, (1, 1)))
    (1, 1)
    >>> no = SignCnnInstance(1, (PatchSample(0, ((1,),)), PatchSample(0, ((-1,),))))
    >>> [RANDOM_CNN.accepts(link.reduce(no), link.forward(no, (w,))) for w in (1, -1)]
    [False, False]

    Deviations: rational numbers; a rotation for the sphere.
    """

    seed: int = 0
    law: str = "normal"
    scale: Rational = 1
    factor: Matrix | None = None
    parameters = parameters_of(
        "r of ±r, of the interval [-r, r] and of the sphere; the standard deviation",
        "L of N(0, r²LLᵀ), of as many rows as the filter has weights",
    )

    name = "sign-cnn-to-random-cnn"
    source = SIGN_CNN
    target = RANDOM_CNN
    reference = "Daniely, Vardi, NeurIPS 2020, Theorems 3.4-3.6"
    sizes = formulas(weights="weights", samples="samples", patches="patches")

    def __post_init__(self) -> None:
        require_law(self.seed, self.law, self.scale, self.factor)

    def matrix(self, weights: int) -> RandomMatrix:
        """A for filters of so many weights."""
        self._require_fit(weights)
        coins = Coins(self.seed, self.name)
        if self.law == "sphere":
            o, u = rotation(weights, coins), even_point(weights)
            common = lcm(*(v.numerator for v in u))
            inverses = [common // v.numerator * v.denominator for v in u]  # times common
            core = Inverse(tuple(tuple(map(mul, row, inverses)) for row in o.rows), o.determinant * common)
            by = Fraction(self.scale, o.determinant)
            matrix = tuple(tuple(simplified(by * v * a) for v, a in zip(row, u, strict=True)) for row in o.rows)
            return RandomMatrix(matrix, core.over(self.scale), None)
        z = [self.scale * UNIT[self.law] * number(self.law, coins) for _ in range(weights)]
        diagonal = tuple(tuple(simplified(v) if i == j else 0 for j in range(weights)) for i, v in enumerate(z))
        undo = tuple(simplified(1 / Fraction(v)) for v in z)
        if self.factor is None:
            return RandomMatrix(diagonal, undo, None)
        matrix = transposed(tuple(applied(self.factor, column) for column in diagonal))
        return RandomMatrix(matrix, undo, inverse_of_factor(self.factor))

    def reduce(self, instance: SignCnnInstance) -> RandomCnnInstance:
        """Raises InvalidInstance if the factor is singular or has another size."""
        a = self.matrix(instance.weights)
        return RandomCnnInstance(a.matrix, tuple(Sample(y, a.images(patches)) for y, patches in instance.samples))

    def forward(self, instance: SignCnnInstance, witness: Filter) -> Vector:
        return applied(self.matrix(instance.weights).matrix, witness)

    def backward(self, instance: SignCnnInstance, witness: Vector) -> Filter:
        w = filter_of(RandomCnnInstance(self.matrix(instance.weights).matrix, ()), witness)
        if w is None:
            raise InvalidInstance("this filter is not of the form A·w")
        return w

    def pull_back(self, learn: Learner) -> Callable[[SignCnnInstance], Callable[[Patches], Rational]]:
        """A learner of random filters becomes one of filters of signs: S ↦ h∘(Aᵀ)⁻¹, h being what it learns from S′."""

        def pulled(instance: SignCnnInstance) -> Callable[[Patches], Rational]:
            h, a = learn(self.reduce(instance)), self.matrix(instance.weights)
            return lambda patches: h(a.images(patches))

        return pulled

    def stages(self, instance: SignCnnInstance) -> Iterator[Size]:
        t = instance.weights
        self._require_fit(t)
        own, source = self._bits(t), SIGN_CNN.size(instance)
        numbers = t * t * held_fraction(own.entry)
        for _, patches in instance.samples:
            numbers += t * len(patches) * held_fraction(self._image_bits(t, own, _bits_of(patches)))
        tuples = 7 * (t + 1)
        yield Size(source.measures, source.words + tuples + numbers)

    def work(self, instance: SignCnnInstance, witness: Filter | None = None, image: Vector | None = None) -> int:
        t = instance.weights
        own = self._bits(t)
        words = 1 + (own.entry + own.factor) // 64
        total = 200 + t * (DRAW + 60 + 3 * product(words, words)) + 30 * t * t
        if self.law == "sphere":
            total += t * t * (DRAW + t * (10 + 6 * product(words, words))) + t * t * (60 + 12 * product(words, words))
        if self.factor is not None:
            total += inverting(t, own.factor) + t * t * (40 + t * 4 + 12 * product(words, words))
        if witness is not None:
            return total + t * t * (40 + 12 * product(t * words, t * words))
        if image is not None:
            long, bits = 64 * sum_words(image), t * own.entry
            return total + inverting(t, bits) + multiplying(t, minor_bits(t, bits), long, long)
        total += TABLE * (self.law in ("normal", "sphere"))
        for _, patches in instance.samples:
            x = _bits_of(patches)
            part = x + own.undo
            each = t * (30 + 3 * product(1 + x // 64, 1 + own.undo // 64))
            if self.law == "sphere":
                each += multiplying(t, own.undo, x, x)
            if self.factor is not None:
                each += multiplying(t, minor_bits(t, own.factor), x + t * own.undo, part)
            words = 1 + self._image_bits(t, own, x) // 64
            total += 30 + len(patches) * (20 + each + t * words * words // 16)  # to write them in decimal
        return total

    def _bits(self, t: int) -> _Bits:
        entry = rotation_bits(t) + 5 * even_bits(t) if self.law == "sphere" else ENTRY[self.law]
        undo = entry + rational_bits(self.scale) + 12
        factor = 0 if self.factor is None else row_bits(self.factor)
        return _Bits(undo + factor, undo, factor)

    def _image_bits(self, t: int, own: _Bits, x: int) -> int:
        """Of a coordinate of (Aᵀ)⁻¹x."""
        part = x + own.undo + t.bit_length()
        return part if self.factor is None else minor_bits(t, own.factor) + part + t * own.undo + t.bit_length()

    def _require_fit(self, t: int) -> None:
        if self.factor is not None and len(self.factor) != t:
            raise InvalidInstance(f"the factor has {len(self.factor)} rows, the filter {shorten(t)} weights")


class _Bits(NamedTuple):
    """Bits of the numerator and the denominator together, from above."""

    entry: int  # of a number of A
    undo: int  # of a number of the inverse of C
    factor: int  # of a row of the factor, cleared


def _bits_of(patches: Patches) -> int:
    """Of all numbers of a sample, cleared."""
    return 64 * sum_words([v for patch in patches for v in patch])
