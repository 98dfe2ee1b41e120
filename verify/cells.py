"""The best network with given activations: exact optimisation over one cell of the arrangement.

Source: Arora, Basu, Mianjy, Mukherjee, ICLR 2018; Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Section 2 (training
algorithms): with fixed activations the network is linear in its weights, and the weights form a polyhedral cone.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Any

from flint import fmpq, fmpq_mat, fmpz_mat

from relucert.reductions.exact import Rational, simplified
from relucert.reductions.problems.training import Network, TrainingInstance, completed, loss_of

BISECTIONS = 30  # for the ridge that belongs to a ball: with fewer, the network inside misses tight thresholds
MAX_PIVOTS = 200  # of one active-set search; a cell that needs more keeps the point that has been reached


def best_in_cell(instance: TrainingInstance, net: Network) -> Network:
    """A network with the activations of `net` (up to zeros) and no greater loss; for l1, l2 and linf the least one.

    Not always the least one if values are clipped: then it is the best on the samples whose value is inside the
    interval, if that is better on all of them.
    """
    if instance.clip is not None:
        low, high = instance.clip
        inside = tuple(s for s in instance.samples if low < net(s.x, instance.activation, instance.alpha) < high)
        best = best_in_cell(replace(instance, clip=None, samples=inside), net) if inside else net
        return min(net, best, key=lambda other: loss_of(instance, other))
    if instance.activation == "threshold" and instance.output != "real":
        return net  # its activations say all
    if instance.loss == "l2":
        return least_squares(instance, net)
    if instance.loss in ("l1", "linf") and _weights(instance, net):
        return _least_linear(instance, net)
    return net


# ----------------------------------------------------------------------------------------------------- rows of a cell


def _rows(instance: TrainingInstance, net: Network) -> tuple[list[list[Rational]], list[list[Rational]]]:
    """The outputs f(x_i) and the constraints c·p ≥ 0 of the cell, as rows over all weights p, each bias last.

    Of thresholds p are the output weights: their activations are the other weights' only effect.
    """
    if instance.activation == "threshold":
        neurons = list(zip(net.weights, net.biases, strict=True))
        return [[int(sum((w[t] * v for t, v in x), b) > 0) for w, b in neurons] for x, _, _ in instance.samples], []
    k, width = instance.neurons, instance.dimension + instance.bias
    outputs, constraints = [], []
    for x, _, _ in instance.samples:
        output: list[Rational] = [0] * (k * width)
        for j in range(k):
            z = sum((net.weights[j][t] * v for t, v in x), net.biases[j])
            sign = 1 if z > 0 else -1
            constraint: list[Rational] = [0] * (k * width)
            entries = [*x, (instance.dimension, 1)] if instance.bias else x
            for t, v in entries:
                constraint[j * width + t] = sign * v
                if z > 0 or instance.alpha:
                    output[j * width + t] = net.output[j] * v * (1 if z > 0 else instance.alpha or 0)
            constraints.append(constraint)
        outputs.append(output)
    return outputs, constraints


def _weights(instance: TrainingInstance, net: Network) -> list[Rational]:
    if instance.activation == "threshold":
        return list(net.output)
    rows = zip(completed(net, instance.dimension).weights, net.biases, strict=True)
    return [v for row, b in rows for v in (*row, *((b,) if instance.bias else ()))]


def _network(instance: TrainingInstance, net: Network, p: list[Rational]) -> Network:
    if instance.activation == "threshold":
        return replace(net, output=tuple(map(simplified, p)))
    d, width = instance.dimension, instance.dimension + instance.bias
    rows = [tuple(simplified(v) for v in p[j * width : (j + 1) * width]) for j in range(instance.neurons)]
    return Network(tuple(row[:d] for row in rows), tuple(row[d] if instance.bias else 0 for row in rows), net.output)


# ------------------------------------------------------------------------------------------------------- least squares


def least_squares(instance: TrainingInstance, net: Network, ridge: Rational = 0) -> Network:
    """min Σ m (f(x) − y)² + ridge · Σ w² over the cell; or a point on the way to it, if there are too many pivots."""
    return least_squares_proved(instance, net, ridge)[0]


def least_squares_proved(instance: TrainingInstance, net: Network, ridge: Rational = 0) -> tuple[Network, bool]:
    """The same, and whether it is the minimum; by the primal active-set method, in rational arithmetic.

    On the face of the active constraints the step leads to a solution of the normal equations; a constraint in the way
    becomes active; at a stationary point a constraint with a negative multiplier is let go. No multiplier negative
    proves the optimum (Karush, Kuhn, Tucker).
    """
    if not _weights(instance, net):
        return net, True
    outputs, constraints = _rows(instance, net)
    a = _matrix(outputs)
    weighted = _matrix([[v * s.multiplicity for v in row] for row, s in zip(outputs, instance.samples, strict=True)])
    y = _matrix([[s.y] for s in instance.samples])
    hessian = weighted.transpose() * a
    if ridge:
        for i in range(hessian.nrows()):
            if i % (instance.dimension + instance.bias) < instance.dimension:  # biases have no norm
                hessian[i, i] += fmpq(ridge.numerator, ridge.denominator)
    linear = weighted.transpose() * y
    p, multipliers = least_on_cone(hessian, linear, constraints, _matrix([[v] for v in _weights(instance, net)]))
    return _network(instance, net, [fraction(p[i, 0]) for i in range(p.nrows())]), multipliers is not None


def least_on_cone(
    hessian: fmpq_mat, linear: fmpq_mat, constraints: list[list[Rational]], start: fmpq_mat
) -> tuple[fmpq_mat, dict[int, Fraction] | None]:
    """min ½·pᵀHp − lᵀp where all c·p ≥ 0, and the multipliers μ ≥ 0 with Hp − l = Σ μ·c, by number; None if it is only
    a point on the way. The start is inside."""
    p, c = start, _matrix(constraints) if constraints else fmpq_mat(0, start.nrows())
    active: list[int] = []
    for _ in range(MAX_PIVOTS):
        descent = linear - hessian * p  # minus the gradient
        face = _null_space([constraints[i] for i in active], p.nrows())
        step = fmpq_mat(p.nrows(), 1)
        if face is not None:
            normal = face.transpose() * hessian * face
            step = face * any_solution(normal, face.transpose() * descent)
        if not any(step[i, 0] for i in range(step.nrows())):
            if not active:
                return p, {}
            multipliers = any_solution(_matrix([constraints[i] for i in active]).transpose(), -descent)
            worst = min(range(len(active)), key=lambda i: multipliers[i, 0])
            if multipliers[worst, 0] >= 0:
                return p, {number: fraction(multipliers[i, 0]) for i, number in enumerate(active)}
            active.pop(worst)
            continue
        slack, change = c * p, c * step
        length, blocking = fmpq(1), None
        for i in range(len(constraints)):
            if change[i, 0] < 0 and i not in active:
                reach = -slack[i, 0] / change[i, 0]
                if reach < length:
                    length, blocking = reach, i
        p = p + step * length
        if blocking is not None:
            active.append(blocking)
    return p, None


def least_squares_in_ball(instance: TrainingInstance, net: Network, bound: Rational) -> tuple[Network, ...]:
    """The least squares of the cell in the ball ‖w_j‖ ≤ bound, or networks near it: outside, inside, and simple.

    By Lagrange's rule the optimum in the ball minimises Σ m (f(x) − y)² + ridge · Σ w² for some ridge ≥ 0, which a
    bisection finds closely. The optimum itself is irrational in general. Where a reduction has put it on the sphere its
    weights are the simplest numbers around, and no other network may do.
    """

    def inside(fit: Network) -> bool:
        return all(sum(v * v for v in row) <= bound * bound for row in fit.weights)

    outer = least_squares(instance, net)
    if inside(outer):
        return (outer,)
    low, high = Fraction(0), Fraction(1)
    while not inside(inner := least_squares(instance, net, high)):
        low, high, outer = high, 4 * high, inner
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        fit = least_squares(instance, net, middle)
        if inside(fit):
            high, inner = middle, fit
        else:
            low, outer = middle, fit
    between = zip(_weights(instance, inner), _weights(instance, outer), strict=True)
    return outer, inner, _network(instance, net, [simplest_between(p, q) for p, q in between])


def simplest_between(p: Rational, q: Rational) -> Fraction:
    """The fraction of least denominator in the closed interval with these ends, by their continued fractions."""
    low, high = sorted((Fraction(p), Fraction(q)))
    if low <= 0 <= high:
        return Fraction(0)
    if high < 0:
        return -simplest_between(-low, -high)
    whole = ceil(low)
    if whole <= high:
        return Fraction(whole)
    return whole - 1 + 1 / simplest_between(1 / (low - whole + 1), 1 / (high - whole + 1))


def _matrix(rows: list[list[Any]]) -> fmpq_mat:
    return fmpq_mat(len(rows), len(rows[0]) if rows else 0, [fmpq(v.numerator, v.denominator) for r in rows for v in r])


def _null_space(rows: list[list[Rational]], width: int) -> fmpq_mat | None:
    """A basis, as columns, of the vectors that all rows annihilate; None if there is only 0."""
    if not rows:
        return fmpq_mat(width, width, [fmpq(int(i == j)) for i in range(width) for j in range(width)])
    integral, _ = _matrix(rows).numer_denom()
    basis, dimension = fmpz_mat(integral).nullspace()
    if not dimension:
        return None
    return fmpq_mat(width, dimension, [fmpq(basis[i, j]) for i in range(width) for j in range(dimension)])


def any_solution(matrix: fmpq_mat, right: fmpq_mat) -> fmpq_mat:
    """A solution of a consistent linear system, 0 in the free variables."""
    n, m = matrix.nrows(), matrix.ncols()
    entries = [[*(matrix[i, j] for j in range(m)), right[i, 0]] for i in range(n)]
    reduced, rank = fmpq_mat(n, m + 1, [v for row in entries for v in row]).rref()
    solution = fmpq_mat(m, 1)
    for i in range(rank):
        pivot = next(j for j in range(m + 1) if reduced[i, j])
        if pivot < m:
            solution[pivot, 0] = reduced[i, m]
    return solution


def fraction(value: fmpq) -> Fraction:
    return Fraction(int(value.p), int(value.q))


# ------------------------------------------------------------------------------------------------------- linear losses


def _least_linear(instance: TrainingInstance, net: Network) -> Network:
    """min Σ m |f(x) − y| or max |f(x) − y| over the cell: a linear program, which Z3 solves exactly."""
    import z3

    outputs, constraints = _rows(instance, net)
    context = z3.Context()
    p = [z3.Real(f"p{i}", context) for i in range(len(outputs[0]) if outputs else 0)]
    program = z3.Optimize(ctx=context)

    def dot(row: list[Rational]) -> Any:
        terms = (z3.Q(v.numerator, v.denominator, context) * q for v, q in zip(row, p, strict=True) if v)
        return z3.Sum([z3.RealVal(0, context), *terms])

    for row in constraints:
        program.add(dot(row) >= 0)
    largest = z3.Real("largest", context)
    total = [z3.RealVal(0, context)]
    for i, (row, s) in enumerate(zip(outputs, instance.samples, strict=True)):
        bound = largest if instance.loss == "linf" else z3.Real(f"e{i}", context)
        residual = dot(row) - z3.Q(s.y.numerator, s.y.denominator, context)
        program.add(residual <= bound, -residual <= bound)
        total.append(bound * s.multiplicity)
    program.minimize(largest if instance.loss == "linf" else z3.Sum(total))
    if program.check() != z3.sat:
        return net
    model = program.model()
    return _network(instance, net, [model.eval(q, model_completion=True).as_fraction() for q in p])
