"""Encodings for other programs: SMT-LIB with a literal for each activation, and mixed-integer programs.

Both ask for one network of which the first `positive` output weights are 1 and the others −1: of weights ±1 there are
k + 1 such cases, and the cases in the middle, where most networks are, are asked first. Values are not clipped, output
weights are 1 or ±1, and neurons are ReLUs or thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.export import to_smtlib
from relucert.verify.smtlib import number, total

# What mixed-integer solvers are told of weights and biases: they need bounds, and none follows from the samples.
# A claim that nothing fits is about networks within them; all planted networks are.
LARGEST_WEIGHT = 1000


def cases(instance: TrainingInstance) -> list[int]:
    """Numbers of output weights 1."""
    k = instance.neurons
    assert (instance.clip, instance.alpha) == (None, None)
    assert instance.output != "real"
    return [k] if instance.output == "ones" else sorted(range(k + 1), key=lambda p: (abs(2 * p - k), -p))


# -------------------------------------------------------------------------------------------------------------- SMT-LIB


def if_terms(instance: TrainingInstance) -> str:
    """What `relucert export` writes: one text for all signs."""
    text = "".join(to_smtlib(instance))
    signs = [f"s_{j}" for j in range(instance.neurons)] if instance.output == "signs" else []
    used = _used(instance)
    weights = [f"w_{j}_{t}" for j in range(instance.neurons) for t in used]
    biases = [f"b_{j}" for j in range(instance.neurons)] if instance.bias else []
    return f"(set-option :produce-models true)\n{text}(get-value ({' '.join([*weights, *biases, *signs])}))\n"


def literals(instance: TrainingInstance, positive: int) -> str:
    """a_j_i says whether neuron j is active on sample i, and r_j_i is its value there."""
    return "\n".join(_literals(instance, positive)) + "\n"


def _literals(instance: TrainingInstance, positive: int) -> Iterator[str]:
    neurons, used = range(instance.neurons), _used(instance)
    squares = instance.loss == "l2" or instance.norm_bound is not None
    yield "(set-option :produce-models true)"
    yield f"(set-logic {'QF_NRA' if squares else 'QF_LRA'})"
    weights = [f"w_{j}_{t}" for j in neurons for t in used]
    weights += [f"b_{j}" for j in neurons] if instance.bias else []
    for name in weights:
        yield f"(declare-const {name} Real)"
    if instance.norm_bound is not None:
        for j in neurons:
            norm = total([f"(* w_{j}_{t} w_{j}_{t})" for t in used])
            yield f"(assert (<= {norm} {number(instance.norm_bound**2)}))"
    summed = []
    for i, (x, y, multiplicity) in enumerate(instance.samples):
        values = []
        for j in neurons:
            z = total([*(f"(* {number(v)} w_{j}_{t})" for t, v in x), *([f"b_{j}"] if instance.bias else [])])
            yield f"(declare-const a_{j}_{i} Bool)"
            if instance.activation == "threshold":
                yield f"(assert (= a_{j}_{i} (> {z} 0.0)))"
                values.append(f"(ite a_{j}_{i} {'1.0' if j < positive else '(- 1.0)'} 0.0)")
            else:
                r = f"r_{j}_{i}"
                yield f"(declare-const {r} Real)"
                yield f"(assert (>= {r} 0.0))"
                yield f"(assert (>= {r} {z}))"
                yield f"(assert (or (not a_{j}_{i}) (<= {r} {z})))"
                yield f"(assert (or a_{j}_{i} (<= {r} 0.0)))"
                values.append(r if j < positive else f"(* (- 1.0) {r})")
        value = total(values)
        if instance.loss == "exact":
            yield f"(assert (= {value} {number(y)}))"
            continue
        yield f"(declare-const e_{i} Real)"
        yield f"(assert (= e_{i} (- {value} {number(y)})))"
        if instance.loss == "linf":
            yield f"(assert (<= (- {number(instance.threshold)}) e_{i} {number(instance.threshold)}))"
        elif instance.loss == "l0":
            yield f"(declare-const m_{i} Bool)"
            yield f"(assert (or m_{i} (= e_{i} 0.0)))"
            summed.append(f"(ite m_{i} {multiplicity}.0 0.0)")
        else:
            yield f"(declare-const u_{i} Real)"
            yield from (
                [f"(assert (>= u_{i} (* e_{i} e_{i})))"]
                if instance.loss == "l2"
                else [f"(assert (>= u_{i} e_{i}))", f"(assert (>= u_{i} (- e_{i})))"]
            )
            summed.append(f"(* {multiplicity}.0 u_{i})")
    if summed:
        yield f"(assert (<= {total(summed)} {number(instance.threshold)}))"
    yield "(check-sat)"
    yield f"(get-value ({' '.join(weights)}))"


def _used(instance: TrainingInstance) -> list[int]:
    return sorted({t for x, _, _ in instance.samples for t, _ in x})


# ------------------------------------------------------------------------------------------------ mixed-integer program


def mixed_integer(instance: TrainingInstance, positive: int) -> dict[str, Any]:
    """A program over variables 0, 1, …, in floating point, as the solvers have it.

    variables: (lower, upper, integer), None for no bound. rows: (terms, lower, upper) with terms [variable, factor].
    indicators: (binary, value, terms, upper, most): if the binary has that value, the terms are at most `upper`, and
    they never exceed it by more than `most`. squares: (variables, linear terms, upper): Σ v² + terms ≤ upper.
    weights, biases: the variables of each neuron, None for a coordinate that no sample has. loss: the terms of a sum.
    """
    variables: list[tuple[float | None, float | None, bool]] = []
    rows: list[Any] = []
    indicators: list[Any] = []
    squares: list[Any] = []

    def new(lower: float | None, upper: float | None, integer: bool = False) -> int:
        variables.append((lower, upper, integer))
        return len(variables) - 1

    neurons, used = range(instance.neurons), _used(instance)
    box = float(LARGEST_WEIGHT)
    weights = [{t: new(-box, box) for t in used} for _ in neurons]
    biases = [new(-box, box) for _ in neurons] if instance.bias else []
    if instance.norm_bound is not None:
        squares += [([*w.values()], [], float(instance.norm_bound**2)) for w in weights]
    summed, thresholds = [], instance.activation == "threshold"
    for x, y, multiplicity in instance.samples:
        f = []
        most = box * (float(sum(abs(v) for _, v in x)) + instance.bias)
        for j in neurons:
            z = [[weights[j][t], float(v)] for t, v in x] + ([[biases[j], 1.0]] if instance.bias else [])
            less = [[v, -c] for v, c in z]
            sign, active = 1.0 if j < positive else -1.0, new(0, 1, True)
            if thresholds:  # weights may be multiplied, so what is positive is at least 1
                indicators.append((active, 1, less, -1.0, most + 1))
                indicators.append((active, 0, z, 0.0, most))
                f.append([active, sign])
            else:
                r = new(0, most)
                rows.append(([[r, 1.0], *less], 0.0, None))
                indicators.append((active, 1, [[r, 1.0], *less], 0.0, most))
                indicators.append((active, 0, [[r, 1.0]], 0.0, most))
                f.append([r, sign])
        label = float(y)
        if instance.loss == "exact":
            rows.append((f, label, label))
            continue
        negative = [[v, -c] for v, c in f]
        if instance.loss == "linf":
            rows.append((f, label - float(instance.threshold), label + float(instance.threshold)))
        elif instance.loss == "l0":
            missed, off = new(0, 1, True), (instance.neurons if thresholds else instance.neurons * most) + abs(label)
            indicators += [(missed, 0, f, label, off), (missed, 0, negative, -label, off)]
            summed.append([missed, float(multiplicity)])
        else:
            u = new(0, None)
            if instance.loss == "l1":
                rows.append(([[u, 1.0], *negative], -label, None))
                rows.append(([[u, 1.0], *f], label, None))
            else:
                e = new(None, None)
                rows.append(([[e, 1.0], *negative], -label, -label))
                squares.append(([e], [[u, -1.0]], 0.0))
            summed.append([u, float(multiplicity)])
    if summed:
        rows.append((summed, None, float(instance.threshold)))
    of_neurons = [[weights[j].get(t) for t in range(instance.dimension)] for j in neurons]
    return {
        "variables": variables, "rows": rows, "indicators": indicators, "squares": squares, "positive": positive,
        "weights": of_neurons, "biases": biases, "loss": summed,
    }  # fmt: skip
