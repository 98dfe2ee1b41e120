"""Networks that fit, by a statement of the problem in Z3 that shares nothing with `certificates/`, and many others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

import z3

from relucert.reductions.exact import simplified
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance
from relucert.verify.cells import best_in_cell
from relucert.verify.z3_numbers import number, rational


def fit_by_z3(instance: TrainingInstance) -> Network | None:
    """Exact fit by ReLUs, leaky or not, with output weights 1 or ±1, stated with If terms."""
    k, d, context = instance.neurons, instance.dimension, z3.Context()
    zero, true = z3.RealVal(0, context), z3.BoolVal(True, context)
    w = [[z3.Real(f"w{j},{t}", context) for t in range(d)] for j in range(k)]
    b = [z3.Real(f"b{j}", context) if instance.bias else zero for j in range(k)]
    positive = [z3.Bool(f"a{j}", context) if instance.output == "signs" else true for j in range(k)]
    solver = z3.Solver(ctx=context)
    for x, y, _ in instance.samples:
        outputs = []
        for j in range(k):
            z = z3.Sum([b[j], *(w[j][t] * rational(v, context) for t, v in x)])
            relu = z3.If(z >= 0, z, zero if instance.alpha is None else z * rational(instance.alpha, context))
            outputs.append(z3.If(positive[j], relu, -relu))
        solver.add(z3.Sum(outputs) == rational(y, context))
    if solver.check() == z3.unsat:
        return None
    model = solver.model()
    rows = [[number(model.eval(v, model_completion=True)) for v in row] for row in w]
    signs = [1 if z3.is_true(model.eval(p, model_completion=True)) else -1 for p in positive]
    biases = [number(model.eval(v, model_completion=True)) for v in b]
    return Network(tuple(map(tuple, rows)), tuple(biases), tuple(signs))


def fits_in_the_same_cell(instance: TrainingInstance, net: Network, rng: random.Random) -> Iterator[Network]:
    """Other exact fits with the activations of a given one: two optima of random objectives, and points between them.

    With fixed activations the fits are a polyhedron, so mixtures of fits are fits.
    """
    k, d, context = instance.neurons, instance.dimension, z3.Context()
    w = [[z3.Real(f"w{j},{t}", context) for t in range(d + 1)] for j in range(k)]
    cell = z3.Optimize(ctx=context)
    for row in w:
        cell.add(row[d] == 0 if not instance.bias else row[d] <= 64, *(v <= 64 for v in row), *(v >= -64 for v in row))
    for x, y, _ in instance.samples:
        outputs = []
        for j in range(k):
            z = z3.Sum([w[j][d], *(w[j][t] * rational(v, context) for t, v in x)])
            active = sum((net.weights[j][t] * v for t, v in x), net.biases[j]) > 0
            cell.add(z >= 0 if active else z <= 0)
            slope = 1 if active else instance.alpha
            if slope:
                outputs.append(z * rational(slope * net.output[j], context))
        cell.add(z3.Sum([z3.RealVal(0, context), *outputs]) == rational(y, context))
    optima = []
    for _ in range(2):
        cell.push()
        cell.maximize(z3.Sum([v * rng.randint(-3, 3) for row in w for v in row]))
        if cell.check() == z3.sat:
            model = cell.model()
            optima.append([[number(model.eval(v, model_completion=True)) for v in row] for row in w])
        cell.pop()
    mixed = []
    if len(optima) == 2:
        share = Fraction(rng.randint(1, 6), 7)
        first, second = optima
        mixed = [[[p + share * (q - p) for p, q in zip(r, s, strict=True)] for r, s in zip(first, second, strict=True)]]
    for rows in (*optima, *mixed):
        weights = tuple(tuple(simplified(v) for v in row[:d]) for row in rows)
        yield Network(weights, tuple(simplified(row[d]) for row in rows), net.output)


def permuted(net: Network, rng: random.Random) -> Network:
    order = rng.sample(range(len(net.output)), len(net.output))
    return Network(*(tuple(part[j] for j in order) for part in (net.weights, net.biases, net.output)))


def near_the_threshold(instance: TrainingInstance, net: Network, rng: random.Random) -> Iterator[Network]:
    """Networks near a given one that still are within the threshold of the loss, and the best one of its cell."""
    yield best_in_cell(instance, net)
    step = Fraction(1, 4)
    for _ in range(30):
        moved = [[simplified(w + step * rng.randint(-2, 2) * (rng.random() < 0.4)) for w in row] for row in net.weights]
        other = Network(tuple(map(tuple, moved)), net.biases, net.output)
        if TRAINING.accepts(instance, other):
            yield other
        else:
            step /= 2


def turned(net: Network, rng: random.Random) -> Network:
    """Four neurons whose linear parts cancel may be replaced by their mirror images, as [z]₊ − [−z]₊ = z.

    Of leaky ones the difference is (1 + α)z.
    """
    rows = [[*w, b] for w, b in zip(net.weights, net.biases, strict=True)]
    for start in range(0, len(rows) - 3, 4):
        four = range(start, start + 4)
        if rng.random() < 0.5 and not any(sum(net.output[j] * rows[j][t] for j in four) for t in range(len(rows[0]))):
            for j in four:
                rows[j] = [-v for v in rows[j]]
    return Network(tuple(tuple(row[:-1]) for row in rows), tuple(row[-1] for row in rows), net.output)


def many_fits(instance: TrainingInstance, nets: list[Network], rng: random.Random) -> Iterator[Network]:
    """The given solutions, others around them, and all of them with their neurons turned over and permuted."""
    if instance.neurons >= 8 or instance.activation == "threshold":  # cells are left alone
        for net in nets:
            yield net
            for _ in range(5):
                yield permuted(turned(net, rng), rng)
        return
    around = fits_in_the_same_cell if instance.loss == "exact" else near_the_threshold
    for net in nets:
        for fit in (net, *around(instance, net, rng)):
            if instance.norm_bound is None or TRAINING.accepts(instance, fit):  # a cell reaches outside the ball
                yield fit
                yield permuted(turned(fit, rng), rng)
