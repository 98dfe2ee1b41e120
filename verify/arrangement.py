"""The cells of a central arrangement of hyperplanes, and the least squares over all of them.

With fixed activations a network is linear in its weights. The activations of one ReLU on n points in R^D (a bias is one
more coordinate) are the cells of the arrangement of the hyperplanes w·x = 0, of which there are at most
2·Σ_{i<D} C(n − 1, i). So the least loss of k of them is the least one of O(n^((D−1)k)) convex problems. Closed cells do
for ReLUs, as the loss is continuous. Source: Arora, Basu, Mianjy, Mukherjee, ICLR 2018, Section 3; Goel, Klivans,
Manurangsi, Reichman, ITCS 2021, Section 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cmp_to_key
from itertools import combinations_with_replacement, product
from math import comb, gcd, lcm
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from relucert.reductions.problems.training import Network, TrainingInstance, loss_of
from relucert.verify.cells import least_squares, least_squares_in_ball

Vector = tuple[int, ...]
FloatArray = NDArray[np.float64]

NEAR = 1e-9  # by what share floating point may misjudge a sum of squares; so much is tried in vain, or missed
BATCH = 4096  # of convex problems that are solved side by side


# ----------------------------------------------------------------------------------------------------------- the cells


def cells(normals: Sequence[Vector], dimension: int) -> dict[int, Vector]:
    """A point of each open cell of the hyperplanes w·x = 0, by the bits of those x with w·x > 0. No x is 0.

    By induction on the number of hyperplanes: a new one cuts the cells that meet it, which are the cells of the
    arrangement that the others have on it, and leaves the others whole. All in integers.

    >>> sorted(map(bin, cells([(1, 0), (0, 1), (1, 1)], 2)))
    ['0b0', '0b1', '0b10', '0b101', '0b110', '0b111']
    """
    if dimension == 0:
        return {0: ()}
    if dimension == 1:
        ends = [((v,), sum(1 << i for i, (x,) in enumerate(normals) if x * v > 0)) for v in (1, -1)]
        return {bits: point for point, bits in ends}
    if dimension == 2:
        return _around(normals)
    found: dict[int, Vector] = {0: (0,) * dimension}
    lines: set[Vector] = set()
    for i, x in enumerate(normals):
        cut: dict[int, Vector] = {}
        if (line := _line(x)) not in lines:
            lines.add(line)
            basis = _orthogonal(x)
            inside = [tuple(_dot(b, other) for b in basis) for other in normals[:i]]
            for bits, point in cells(inside, dimension - 1).items():
                cut[bits] = tuple(sum(p * b[t] for p, b in zip(point, basis, strict=True)) for t in range(dimension))
        after: dict[int, Vector] = {}
        for bits, point in found.items():
            if (border := cut.get(bits)) is not None:
                far = 1 + max((abs(_dot(x, o)) // abs(_dot(border, o)) for o in normals[:i]), default=0)
                after[bits | 1 << i] = _primitive([far * q + v for q, v in zip(border, x, strict=True)])
                after[bits] = _primitive([far * q - v for q, v in zip(border, x, strict=True)])
            else:
                after[bits | (_dot(x, point) > 0) << i] = point
        found = after
    return found


def _around(normals: Sequence[Vector]) -> dict[int, Vector]:
    """In the plane: from one ray on which some w·x = 0 to the next."""
    crossed: dict[Vector, int] = {}  # of a ray, in the order of angles: which signs change there
    for i, (a, b) in enumerate(normals):
        for ray in ((-b, a), (b, -a)):
            ray = _primitive(ray)
            crossed[ray] = crossed.get(ray, 0) | 1 << i

    def half(ray: Vector) -> int:
        return 0 if ray[1] > 0 or (ray[1] == 0 and ray[0] > 0) else 1

    def order(p: Vector, q: Vector) -> int:
        return half(p) - half(q) or (q[0] * p[1] - q[1] * p[0])

    rays = sorted(crossed, key=cmp_to_key(order))
    if not rays:
        return {0: (1, 0)}
    found, bits = {}, None
    for ray, following in zip(rays, [*rays[1:], rays[0]], strict=True):
        middle = (ray[0] + following[0], ray[1] + following[1])
        if middle == (0, 0):  # one line only
            middle = (-ray[1], ray[0])
        bits = (
            sum(1 << i for i, x in enumerate(normals) if _dot(x, middle) > 0) if bits is None else bits ^ crossed[ray]
        )
        found[bits] = middle
    return found


def _dot(x: Sequence[int], y: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(x, y, strict=True))


def _primitive(x: Sequence[int]) -> Vector:
    divisor = gcd(*x) or 1
    return tuple(v // divisor for v in x)


def _line(x: Vector) -> Vector:
    """The same for x and all its multiples."""
    x = _primitive(x)
    return x if next(v for v in x if v) > 0 else tuple(-v for v in x)


def _orthogonal(x: Vector) -> list[Vector]:
    """A basis of the vectors orthogonal to x."""
    p = next(t for t, v in enumerate(x) if v)
    basis = []
    for t in range(len(x)):
        if t != p:
            row = [0] * len(x)
            row[t], row[p] = x[p], -x[t]
            basis.append(_primitive(row))
    return basis


def most_cells(points: int, dimension: int) -> int:
    """How many cells there are, if no D of the points are dependent; else fewer.

    >>> [most_cells(8, 2), most_cells(8, 3), most_cells(7, 4)]
    [16, 58, 84]
    """
    return 2 * sum(comb(points - 1, i) for i in range(dimension)) if points and dimension else 1


# --------------------------------------------------------------------------------------------- least squares over cells


class Cells(NamedTuple):
    """The cells of a training set: which samples are active, as rows of 0 and 1, and a point of each.

    rows: the samples as integers, times one number each, with 1 for the bias.
    """

    active: NDArray[np.bool_]
    points: list[Vector]

    def network(self, instance: TrainingInstance, chosen: Sequence[int], output: Sequence[int]) -> Network:
        """Neurons inside these cells."""
        d = instance.dimension
        weights = tuple(self.points[c][:d] for c in chosen)
        return Network(weights, tuple(self.points[c][d] if instance.bias else 0 for c in chosen), tuple(output))


def cells_of(instance: TrainingInstance) -> Cells:
    """Those of one neuron. A sample at 0, without biases, is active nowhere."""
    width, n = instance.dimension + instance.bias, len(instance.samples)
    normals, place = [], []
    for i, (x, _, _) in enumerate(instance.samples):
        scale = lcm(*(v.denominator for _, v in x))
        row = [0] * width
        for t, v in x:
            row[t] = int(v * scale)
        if instance.bias:
            row[-1] = scale
        if any(row):
            normals.append(_primitive(row))
            place.append(i)
    found = cells(normals, width)
    size = len(normals) // 8 + 1
    packed = np.frombuffer(b"".join(bits.to_bytes(size, "little") for bits in found), dtype=np.uint8)
    signs = np.unpackbits(packed.reshape(len(found), size), axis=1, bitorder="little")[:, : len(normals)]
    active = np.zeros((len(found), n), dtype=bool)
    active[:, place] = signs
    return Cells(active, list(found.values()))


def problems(instance: TrainingInstance, count: int) -> int:
    """How many convex problems `least_by_cells` solves, if one neuron has so many cells."""

    def chosen(k: int) -> int:
        return comb(count + k - 1, k)

    k = instance.neurons
    return chosen(k) if instance.output == "ones" else sum(chosen(p) * chosen(k - p) for p in range(k + 1))


def choices(instance: TrainingInstance, count: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """For each: the cells of the neurons, and their output weights. Neurons of equal sign may be renamed."""
    k = instance.neurons
    for p in range(k, k - 1 if instance.output == "ones" else -1, -1):
        groups = (combinations_with_replacement(range(count), size) for size in (p, k - p))
        for first, second in product(*map(list, groups)):
            yield first + second, (1,) * p + (-1,) * (k - p)


def least_by_cells(instance: TrainingInstance, spend: Callable[[int], None] = lambda _problems: None) -> Network:
    """The network of least l2 loss, by least squares over every cell; in the ball, if there is one, close to the least.

    Without the cell's own inequalities a problem is linear algebra, done in floating point for many at once, and its
    minimum is at most that of the cell; with one of the inequalities that it breaks, too. In the order of the former
    the cells are solved exactly, unless the latter is no better, until no better one can come. Only ReLUs, whose output
    weights are 1 or ±1, without clip.
    """
    found, width = cells_of(instance), instance.dimension + instance.bias
    points = np.zeros((len(instance.samples), width))
    for i, (x, _, _) in enumerate(instance.samples):
        for t, v in x:
            points[i, t] = v
        if instance.bias:
            points[i, -1] = 1
    labels = np.array([float(s.y) for s in instance.samples])
    weights = np.array([float(s.multiplicity) for s in instance.samples])
    on = found.active.astype(float)
    k, single = instance.neurons, instance.neurons == 1
    # of two cells, or of one if there are no others: Σ m·xxᵀ over the samples active in both
    grams = np.empty((len(on), 1 if single else len(on), width, width))
    for s in range(width):
        for t in range(width):
            seen = weights * points[:, s] * points[:, t]
            grams[:, :, s, t] = (on @ seen)[:, None] if single else (on * seen) @ on.T
    linear = on @ ((weights * labels)[:, None] * points)
    norms = np.abs(points).sum(axis=1)
    total = float(weights @ labels**2)
    bounds: list[tuple[float, tuple[int, ...], tuple[int, ...]]] = []
    batch: list[tuple[tuple[int, ...], tuple[int, ...]]] = []

    def squares(which: NDArray[np.int64], signs: FloatArray) -> FloatArray:
        """Of choices of cells, the last axis: the matrices of their convex problems."""
        others = np.zeros_like(which) if single else which
        blocks = grams[which[..., :, None], others[..., None, :]]
        blocks = blocks * (signs[..., :, None] * signs[..., None, :])[..., None, None]
        return np.swapaxes(blocks, -3, -2).reshape(*which.shape[:-1], k * width, k * width)

    def solve() -> None:
        spend(len(batch))
        which, signs = np.array([c for c, _ in batch]), np.array([a for _, a in batch], dtype=float)
        square = squares(which, signs)
        right = (linear[which] * signs[:, :, None]).reshape(len(batch), k * width)
        values, vectors = np.linalg.eigh(square)
        turned = np.einsum("bij,bi->bj", vectors, right)
        kept = values > 1e-11 * np.maximum(values[:, -1:], 1e-300)
        gain = np.where(kept, turned**2 / np.where(kept, values, 1), 0).sum(axis=1)
        bounds.extend((total - float(g), c, a) for g, (c, a) in zip(gain, batch, strict=True))
        batch.clear()

    def beyond(chosen: tuple[int, ...], output: tuple[int, ...]) -> float:
        """How much more the loss is, at least, on the right side of the hyperplane that is missed by most."""
        which, signs = np.array(chosen), np.array(output, dtype=float)
        square = squares(which, signs)
        inverse = np.linalg.pinv(square, rcond=1e-11, hermitian=True)
        least = inverse @ (linear[which] * signs[:, None]).reshape(k * width)
        free = np.eye(k * width) - inverse @ square  # a hyperplane that is not orthogonal to these costs nothing
        most = 0.0
        for j in range(k):
            part = slice(j * width, (j + 1) * width)
            at = points @ least[part]
            length = (points @ inverse[part, part] * points).sum(axis=1)
            wrong = np.where(found.active[which[j]], at < 0, at > 0) & (length > 0)
            held = (np.abs(points @ free[part]) < 1e-9 * norms[:, None]).all(axis=1)
            most = max(most, float(np.where(wrong & held, at**2 / np.where(length > 0, length, 1), 0).max(initial=0)))
        return most

    for choice in choices(instance, len(found.points)):
        batch.append(choice)
        if len(batch) == BATCH:
            solve()
    if batch:
        solve()
    bounds.sort()
    best = Network(((0,) * instance.dimension,) * k, (0,) * k, (1,) * k)
    least = loss_of(instance, best)
    for bound, chosen, output in bounds:
        if bound > float(least) - NEAR * total:
            break
        spend(1)
        if bound + beyond(chosen, output) > float(least) - NEAR * total:
            continue
        start = found.network(instance, chosen, output)
        for net in best_of(instance, start):
            if (loss := loss_of(instance, net)) < least:
                best, least = net, loss
    return best


def best_of(instance: TrainingInstance, net: Network) -> list[Network]:
    """The least squares of the cell of a network; or, in a ball, networks inside it that are close to that."""
    if instance.norm_bound is None:
        return [least_squares(instance, net)]
    return [fit for fit in least_squares_in_ball(instance, net, instance.norm_bound) if inside(instance, fit)]


def inside(instance: TrainingInstance, net: Network) -> bool:
    """Whether the norm bound is kept."""
    bound = instance.norm_bound
    return bound is None or all(sum(v * v for v in row) <= bound * bound for row in net.weights)
