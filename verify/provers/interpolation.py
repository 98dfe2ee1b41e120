"""As many ReLUs as samples fit: one for each along a generic line.

Let the points x_1, …, x_n be distinct, and let the neurons have biases and output weights ±1 or any. Choose v such that
the numbers t_i = v·x_i are distinct, and sort them. The polygon through (t_1, y_1), …, (t_n, y_n), constant before the
first, with slopes s_2, …, s_n between them and s_1 = 0, is

    f(x) = y_1 + Σ_{m ≥ 2} (s_m − s_{m−1}) max(0, v·x − t_{m−1}),

where y_1 is a neuron with weights 0 and the bias |y_1|. So n neurons fit, or fewer; others are 0. Generic is almost
every v: two points collide for one hyperplane of v only, so of integers up to n² in absolute value at least half do.

Without biases, let some u have u·x_i > 0 for all points. Then with x_i/(u·x_i) for x_i, y_i/(u·x_i) for y_i and u·x for
1 the same is true, as a network without biases is homogeneous:

    f(x) = y_1 u·x + Σ_{m ≥ 2} (s_m − s_{m−1}) max(0, (v − t_{m−1}u)·x).

The points have to be on distinct rays.

What is needed. With output weights +1 no number of neurons fits 0, 1, 0 along a line, as the network is convex. Without
biases none fits different labels y at x and z ≠ 2y at 2x; and f(x) − f(−x) is linear, so there is no fit of 1 at (1, 1)
and of 0 at (1, 0), (0, 1) and all three opposites. With a norm bound none is steep enough for close points.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import count, pairwise

from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, TrainingInstance
from relucert.verify.provers.base import Deadline


def interpolating(instance: TrainingInstance) -> Network | None:
    """A network through all samples, if this is one of the classes above with as many neurons and distinct points."""
    n, d = len(instance.samples), instance.dimension
    if n > instance.neurons or instance.activation != "relu" or instance.output == "ones" or instance.norm_bound:
        return None
    above = (0,) * d if instance.bias else half_space(instance)  # u, and with biases u·x + 1
    if above is None:
        return None
    one = int(instance.bias)
    heights = [sum((above[t] * v for t, v in x), one) for x, _, _ in instance.samples]
    points = [tuple((t, Fraction(v) / h) for t, v in s.x) for s, h in zip(instance.samples, heights, strict=True)]
    if len(set(points)) < n:
        return None
    along, places = generic(points, d)
    polygon = sorted((t, Fraction(s.y) / h) for t, s, h in zip(places, instance.samples, heights, strict=True))
    slopes = [Fraction(0), *((y - x) / (t - s) for (s, x), (t, y) in pairwise(polygon))]
    bends = [(t, after - before) for (t, _), (before, after) in zip(polygon, pairwise(slopes), strict=False)]
    neurons: list[tuple[tuple[Rational, ...], Rational, int]] = []
    for weights, bias, change in [
        *((above, one, y) for _, y in polygon[:1]),
        *((tuple(v - t * u for v, u in zip(along, above, strict=True)), -t * one, change) for t, change in bends),
    ]:
        if change:
            size = abs(change)
            row = tuple(simplified(size * v) for v in weights)
            neurons.append((row, simplified(size * bias), 1 if change > 0 else -1))
    neurons += [((0,) * d, 0, 1)] * (instance.neurons - len(neurons))
    return Network(*zip(*neurons, strict=True))


def half_space(instance: TrainingInstance) -> tuple[Rational, ...] | None:
    """A vector u with u·x > 0 at all points, if there is one."""
    # the solver of linear programs, which most decisions do without
    from relucert.verify.provers.max_loss import Sides, separate

    found = separate(instance, Sides(1, 0, 0, list(range(len(instance.samples))), []), Deadline())
    return None if isinstance(found, dict) else found


def generic(points: list[tuple[tuple[int, Fraction], ...]], dimension: int) -> tuple[tuple[int, ...], list[Rational]]:
    """A vector with small entries whose products with distinct points are distinct; and these products."""
    import random  # most instances have more samples than this is for

    draws, along = random.Random(0), (1,) * dimension
    for size in count(1):
        places = [sum((along[t] * v for t, v in x), Fraction(0)) for x in points]
        if len(set(places)) == len(points):
            return along, list(places)
        along = tuple(draws.randint(-size, size) for _ in range(dimension))
    raise AssertionError
