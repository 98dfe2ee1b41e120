"""A filter of signs becomes a random fully connected network: points are multiplied by the inverse of Mᵀ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from relucert.reductions.coins import Coins
from relucert.reductions.cost import INTEGER, OBJECT, TUPLE, Size, formulas, held, held_fraction, product, sum_words
from relucert.reductions.exact import InvalidInstance, Rational, shorten
from relucert.reductions.matrices import (
    Inverse,
    Matrix,
    inverting,
    minor_bits,
    multiplying,
    rational_bits,
    row_bits,
    scaled,
)
from relucert.reductions.natural_weights.random_matrices import (
    DRAW,
    ENTRY,
    SPHERES,
    TABLE,
    UNIT,
    independent_blocks,
    inverse_of_factor,
    parameters_of,
    require_law,
    sphere_blocks,
    tries,
)
from relucert.reductions.problems.random_network import (
    RANDOM_NETWORK,
    Network,
    RandomNetworkInstance,
    Sample,
    filter_of,
    network_of,
)
from relucert.reductions.problems.sign_cnn import SIGN_CNN, Filter, SignCnnInstance, Vector
from relucert.reductions.reduction import Reduction

Patches = Sequence[Vector]
Learner = Callable[[RandomNetworkInstance], Callable[[Vector], Rational]]


class RandomMatrix(NamedTuple):
    """M = L·diag(Z_0, …, Z_{t-1}) with the inverses of the transposed blocks, and of Lᵀ if there is a factor."""

    instance: RandomNetworkInstance  # without samples
    blocks: list[Inverse]
    factor: Inverse | None

    def image(self, patches: Patches) -> Vector:
        """(Mᵀ)⁻¹x. x is given as k patches of t numbers; x_{b·t + r} is number r of patch b."""
        parts = [undo.times([patch[r] for patch in patches]) for r, undo in enumerate(self.blocks)]
        x = tuple(parts[r][b] for b in range(len(patches)) for r in range(len(parts)))
        return x if self.factor is None else self.factor.times(x)


@dataclass(frozen=True)
class SignCnnToRandomNetwork(Reduction[SignCnnInstance, Filter, RandomNetworkInstance, Network]):
    """A filter w ∈ {±1}^t fits k patches a sample iff the network M·W(w) fits the points (Mᵀ)⁻¹x. M is drawn.

    Construction. A sample is a point x ∈ ℝ^n, n = t·k, number r of patch b being coordinate b·t + r. W(w) has k
    columns, column j has w in the places of patch j: then h_w(x) = clip Σ_j [⟨W(w)_j, x⟩]₊. M has t blocks: M maps the
    r-th coordinates of all patches among themselves, by Z_r, so that weight b·t + r of neuron j of M·W(w) is
    w_r·(Z_r)_{b,j}. With a factor L, M is L times that.

    Equivalence, for every nonsingular M: ⟨(MW)_j, (Mᵀ)⁻¹x⟩ = ⟨W_j, x⟩, so h_{MW}((Mᵀ)⁻¹x) = h_W(x) exactly for every x.
    Forward is w ↦ M·W(w), backward reads w off: block r of the network is Z_r or -Z_r. Only networks of the form
    M·W(w) are asked for. Among all networks the iff is false: with k neurons that need not share a filter more fits.

    The law of M·W. Signs: for every fixed w the blocks w_r·Z_r have the same law as the Z_r, as every law here is
    invariant under signs of rows or of whole blocks, and so is "nonsingular". So M·W(w) has one law, whatever w is:

    - `signs`, `uniform`, `normal`: n·k independent numbers ±r, uniform on [-r, r] or normal of variance r², moved to
      midpoints as `random_matrices` says (by at most r/1024, or r/128 after a cut at 8r), r being the scale: *given
      that no block is singular*. Unconditional it is false: for p the probability of a singular block, the total
      variation distance between the two is 1 - (1 - p)^t. For ±r, p = 0, 1/2, 5/8, 169/256, 1343/2048 for k = 1, …, 5;
      else p ≤ k/1024 (uniform) or k/128 (normal), by the degree of the determinant and the likeliest number.
      Blocks are drawn again one by one. As blocks are independent that is the law of drawing M again as a whole.
      Any rule would do that a sign of a block does not change; "determinant > 0" changes with it if k is odd.
    - `normal` with the factor L: columns L·g, which are N(0, r²LLᵀ) if g is normal. L is given, because not every
      rational Σ has a rational L with LLᵀ = Σ.
    - `sphere`: the columns are independent points of norm r with independent fair signs of coordinates; each is within
      r·√n/1000 of r·|g|/‖g‖ up to these signs, g of n numbers of `normal`, and r·g/‖g‖ is uniform for normal g. All of
      M is drawn again if a block is singular.

    The total variation distance to a law with a density is 1, as of all that a finite stream draws.

    Norms grow by at most 1/s_min(M). Size: the blocks have n·k numbers, the points of the target as many coordinates.

    >>> from relucert.reductions.problems.sign_cnn import Sample as PatchSample
    >>> link = SignCnnToRandomNetwork(law="signs")
    >>> yes = SignCnnInstance(1, (PatchSample(0, ((-1,), (-2,))), PatchSample(1, ((2,), (-1,)))))
    >>> target = link.reduce(yes)
    >>> target.blocks, [sample.point for sample in target.samples]
    ((((1, 1), (-1, 1)),), [(Fraction(-3, 2), Fraction(-1, 2)), (Fraction(1, 2), Fraction(-3, 2))])
    >>> link.forward(yes, (1,)), RANDOM_NETWORK.accepts(target, link.forward(yes, (1,)))
    (((1, -1), (1, 1)), True)
    >>> link.backward(yes, link.forward(yes, (1,)))
    (1,)
    >>> no = SignCnnInstance(1, (PatchSample(0, ((1,),)), PatchSample(0, ((-1,),))))
    >>> [RANDOM_NETWORK.accepts(link.reduce(no), link.forward(no, (w,))) for w in (1, -1)]
    [False, False]

    Deviations: the law given that M is nonsingular, and on rational numbers; points of the sphere by projection, where
    the paper scales columns of normal numbers.
    """

    seed: int = 0
    law: str = "normal"
    scale: Rational = 1
    factor: Matrix | None = None
    parameters = parameters_of(
        "r of ±r, of the interval [-r, r] and of the sphere; the standard deviation",
        "L of N(0, r²LLᵀ), of as many rows as a point has coordinates",
    )

    name = "sign-cnn-to-random-network"
    source = SIGN_CNN
    target = RANDOM_NETWORK
    reference = "Daniely, Vardi, NeurIPS 2020, Theorems 3.1-3.3"
    sizes = formulas(
        blocks="weights",
        neurons="patches // max(1, samples) * min(1, weights)",
        inputs="weights * (patches // max(1, samples))",
        samples="samples",
        factor="≤ (weights * (patches // max(1, samples))) ** 2",
    )

    def __post_init__(self) -> None:
        require_law(self.seed, self.law, self.scale, self.factor)

    def matrix(self, weights: int, patches: int) -> RandomMatrix:
        """M for filters of so many weights and points of so many patches."""
        self._require_fit(weights * patches)
        coins = Coins(self.seed, self.name)
        if self.law == "sphere":
            drawn = sphere_blocks(weights, patches, coins)
        else:
            drawn = independent_blocks(self.law, weights, patches, coins)
        unit = self.scale * UNIT[self.law]
        blocks = tuple(scaled(matrix, unit) for matrix, _ in drawn)
        instance = RandomNetworkInstance(blocks, self.factor, ())
        return RandomMatrix(instance, [undo.over(unit) for _, undo in drawn], inverse_of_factor(self.factor))

    def reduce(self, instance: SignCnnInstance) -> RandomNetworkInstance:
        """Raises InvalidInstance if the factor is singular, has another size, or the seed draws too many singular M."""
        m = self.matrix(instance.weights, instance.patches)
        samples = tuple(Sample(label, m.image(patches)) for label, patches in instance.samples)
        return RandomNetworkInstance(m.instance.blocks, m.instance.factor, samples)

    def forward(self, instance: SignCnnInstance, witness: Filter) -> Network:
        return network_of(self.matrix(instance.weights, instance.patches).instance, witness)

    def backward(self, instance: SignCnnInstance, witness: Network) -> Filter:
        w = filter_of(self.matrix(instance.weights, instance.patches).instance, witness)
        if w is None:
            raise InvalidInstance("this network is not of the form M·W(w)")
        return w

    def pull_back(self, learn: Learner) -> Callable[[SignCnnInstance], Callable[[Patches], Rational]]:
        """A learner of random networks becomes one of filters: S ↦ h∘(Mᵀ)⁻¹, h being what it learns from S′.

        If h has the error ε on points (Mᵀ)⁻¹x, then what is returned has it on the points x: the values are the same.
        """

        def pulled(instance: SignCnnInstance) -> Callable[[Patches], Rational]:
            h, m = learn(self.reduce(instance)), self.matrix(instance.weights, instance.patches)
            return lambda patches: h(m.image(patches))

        return pulled

    def stages(self, instance: SignCnnInstance) -> Iterator[Size]:
        t, k = instance.weights, instance.patches
        n, m = t * k, len(instance.samples)
        self._require_fit(n)
        own = self._bits(t, k)
        numbers = n * k * held_fraction(own.entry)
        numbers += sum(n * held_fraction(self._image_bits(t, k, own, _bits_of(s.patches))) for s in instance.samples)
        rows = len(self.factor or ())
        numbers += sum(held(v) for row in self.factor or () for v in row) + INTEGER * m
        tuples = TUPLE * (3 + t + t * k + rows + 2 * m)
        measures = {
            "blocks": t, "neurons": k if t else 0, "inputs": n, "samples": m,
            "factor": 0 if self.factor is None else n * n,
        }  # fmt: skip
        yield Size(measures, OBJECT + tuples + numbers)

    def work(self, instance: SignCnnInstance, witness: Filter | None = None, image: Network | None = None) -> int:
        t, k = instance.weights, instance.patches
        n, own = t * k, self._bits(t, k)
        total = self._work_of_matrix(t, k, own)
        if witness is not None or image is not None:
            total += 20 + 8 * t + 60 * n * k
            if self.factor is not None:
                words = 1 + (own.factor + n * own.entry) // 64
                total += n * n * k * (30 + 6 * product(words, words))
                if image is not None:
                    long = 64 * sum_words([v for neuron in image for v in neuron])
                    total += inverting(n, own.factor) + k * multiplying(n, minor_bits(n, own.factor), long, long)
            return total
        total += TABLE * (self.law in ("normal", "sphere"))
        for sample in instance.samples:
            x = _bits_of(sample.patches)
            total += 30 + 4 * n + t * multiplying(k, own.undo, x, x)
            part = x + own.undo
            if self.factor is not None:
                total += multiplying(n, minor_bits(n, own.factor), part + n * own.undo, part)
            words = 1 + self._image_bits(t, k, own, x) // 64
            total += n * words * words // 16  # to write them in decimal
        return total

    def _bits(self, t: int, k: int) -> _Bits:
        entry = ENTRY.get(self.law, 25 + (t * k).bit_length())
        scale = rational_bits(self.scale) + 12
        factor = 0 if self.factor is None else row_bits(self.factor)
        return _Bits(entry + scale, minor_bits(k, entry) + scale, factor)

    def _image_bits(self, t: int, k: int, own: _Bits, x: int) -> int:
        """Of a coordinate of (Mᵀ)⁻¹x."""
        part = x + own.undo + k.bit_length()
        if self.factor is None:
            return part
        return minor_bits(t * k, own.factor) + part + t * own.undo + (t * k).bit_length()

    def _work_of_matrix(self, t: int, k: int, own: _Bits) -> int:
        entry = ENTRY.get(self.law, 25 + (t * k).bit_length())
        if self.law == "sphere":
            drawn = SPHERES * (t * k * k * (DRAW + 30) + t * inverting(k, entry))
        else:
            drawn = tries(t) * (20 + k * k * DRAW + inverting(k, entry))
        words = 1 + own.undo // 64
        scaling = t * (60 + k * k * (30 + 3 * product(words, words)))
        of_factor = 0 if self.factor is None else inverting(t * k, own.factor) + 20 * (t * k) ** 2
        return 100 + drawn + scaling + of_factor

    def _require_fit(self, n: int) -> None:
        if self.factor is not None and len(self.factor) != n:
            raise InvalidInstance(f"the factor has {len(self.factor)} rows, a point has {shorten(n)} coordinates")


class _Bits(NamedTuple):
    """Bits of the numerator and the denominator together, from above."""

    entry: int  # of a number of a block
    undo: int  # of the inverse of a transposed block
    factor: int  # of a row of the factor, cleared


def _bits_of(patches: Patches) -> int:
    """Of all numbers of a sample, cleared."""
    return 64 * sum_words([v for patch in patches for v in patch])
