"""Training instances in the formats of other tools: SMT-LIB, CSV and npz."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import chain

from relucert.reductions.exact import InvalidInstance, Rational
from relucert.reductions.problems.training import TrainingInstance
from relucert.verify.smtlib import number, total


def to_smtlib(instance: TrainingInstance) -> Iterator[str]:
    """SMT-LIB 2.6: satisfiable iff a network fits. Weights are w_j_t, biases b_j, output weights s_j or a_j.

    The logic is QF_LRA, or QF_NRA for squared losses, norm bounds and real output weights of ReLUs.
    """
    neurons = range(instance.neurons)
    products = instance.output == "real" and instance.activation != "threshold"
    nonlinear = products or instance.loss == "l2" or instance.norm_bound is not None
    yield f"(set-logic {'QF_NRA' if nonlinear else 'QF_LRA'})\n"
    used = sorted({t for x, _, _ in instance.samples for t, _ in x})
    for j in neurons:
        for t in used:
            yield f"(declare-const w_{j}_{t} Real)\n"
        if instance.bias:
            yield f"(declare-const b_{j} Real)\n"
        if instance.output != "ones":
            yield f"(declare-const {'s' if instance.output == 'signs' else 'a'}_{j} "
            yield "Bool)\n" if instance.output == "signs" else "Real)\n"
        if instance.norm_bound is not None:
            yield f"(assert (<= {total(f'(* w_{j}_{t} w_{j}_{t})' for t in used)} {number(instance.norm_bound**2)}))\n"
    losses = []
    for i, (x, y, multiplicity) in enumerate(instance.samples):
        outputs = []
        for j in neurons:
            terms = [f"w_{j}_{t}" if v == 1 else f"(* {number(v)} w_{j}_{t})" for t, v in x]
            z = total(chain(terms, [f"b_{j}"] if instance.bias else []))
            yield f"(define-fun z_{j}_{i} () Real {z})\n"
            active = "1.0" if instance.activation == "threshold" else f"z_{j}_{i}"
            inactive = f"(* {number(instance.alpha)} z_{j}_{i})" if instance.alpha else "0.0"
            outputs.append(
                f"(ite (> z_{j}_{i} 0.0) {_weighted(instance, j, active)} {_weighted(instance, j, inactive)})"
            )
        yield f"(define-fun f_{i} () Real {_clipped(instance, total(outputs))})\n"
        if instance.loss == "exact":
            yield f"(assert (= f_{i} {number(y)}))\n"
            continue
        yield f"(define-fun e_{i} () Real (- f_{i} {number(y)}))\n"
        absolute = f"(ite (< e_{i} 0.0) (- e_{i}) e_{i})"
        kinds = {"l0": f"(ite (= e_{i} 0.0) 0.0 1.0)", "l1": absolute, "l2": f"(* e_{i} e_{i})", "linf": absolute}
        losses.append(kinds[instance.loss] if instance.loss == "linf" else _times(multiplicity, kinds[instance.loss]))
    if instance.loss == "linf":
        for loss in losses:
            yield f"(assert (<= {loss} {number(instance.threshold)}))\n"
    elif instance.loss != "exact":
        yield f"(assert (<= {total(losses)} {number(instance.threshold)}))\n"
    yield "(check-sat)\n"


def _weighted(instance: TrainingInstance, j: int, value: str) -> str:
    """a_j · σ(z): a linear term for fixed activation and sign."""
    if instance.output == "ones" or value == "0.0":
        return value
    if instance.output == "signs":
        return f"(ite s_{j} {value} (- {value}))"
    return f"a_{j}" if instance.activation == "threshold" else f"(* a_{j} {value})"


def _clipped(instance: TrainingInstance, value: str) -> str:
    if instance.clip is None:
        return value
    low, high = map(number, instance.clip)
    return f"(let ((v {value})) (ite (< v {low}) {low} (ite (> v {high}) {high} v)))"


def _times(multiplicity: int, term: str) -> str:
    return term if multiplicity == 1 else f"(* {multiplicity}.0 {term})"


def to_csv(instance: TrainingInstance, lossy: bool) -> Iterator[str]:
    """A comment that says whether numbers are exact, the header x1,…,xd,y,weight, and one sample a line, dense."""
    yield f"# {'lossy floating-point numbers' if lossy else 'exact fractions'}\n"
    buffer = io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow([*(f"x{t}" for t in range(1, instance.dimension + 1)), "y", "weight"])
    for x, y, multiplicity in instance.samples:
        dense: list[Rational] = [0] * instance.dimension
        for t, v in x:
            dense[t] = v
        rows.writerow([*(float(v) if lossy else v for v in (*dense, y)), multiplicity])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def to_npz(instance: TrainingInstance, lossy: bool) -> bytes:
    """NumPy arrays. Exact: x_sample, x_coordinate, x_numerator, x_denominator (one entry per nonzero), y_numerator,
    y_denominator, multiplicity, all int64; raises InvalidInstance if a number does not fit. Lossy: float64 arrays
    x (m × d), y (m) and multiplicity.
    """
    import numpy as np

    m, d = len(instance.samples), instance.dimension
    buffer = io.BytesIO()
    entries = [(i, t, v) for i, (x, _, _) in enumerate(instance.samples) for t, v in x]
    multiplicity = [s.multiplicity for s in instance.samples]
    labels = [s.y for s in instance.samples]
    try:
        if lossy:
            dense = np.zeros((m, d))
            for i, t, v in entries:
                dense[i, t] = float(v)
            np.savez_compressed(buffer, x=dense, y=np.array([float(y) for y in labels]), multiplicity=multiplicity)
        else:
            columns = {
                "x_sample": [i for i, _, _ in entries],
                "x_coordinate": [t for _, t, _ in entries],
                "x_numerator": [v.numerator for _, _, v in entries],
                "x_denominator": [v.denominator for _, _, v in entries],
                "y_numerator": [y.numerator for y in labels],
                "y_denominator": [y.denominator for y in labels],
                "multiplicity": multiplicity,
            }
            arrays = {name: np.array(column, dtype=np.int64) for name, column in columns.items()}
            np.savez_compressed(buffer, dimension=d, **arrays)
    except OverflowError:
        raise InvalidInstance("a number does not fit; json and csv hold numbers of any size") from None
    return buffer.getvalue()
