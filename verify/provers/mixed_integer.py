"""A network that fits exactly, by mixed-integer programming: branch and bound over activations, with HiGHS.

For neurons of many weights, where a search by clauses has little to go on. It proves nothing when it finds none, as
weights are bounded and numbers are floats. Only the activations are taken of what it finds: the weights come from an
exact linear program, which may say that there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from math import lcm

import highspy
import numpy as np

from relucert.certificates.kernel import Linear
from relucert.reductions.exact import simplified
from relucert.reductions.problems.training import Network, Sample, TrainingInstance
from relucert.verify.provers.base import Deadline, OutOfTime
from relucert.verify.provers.highs import simplex
from relucert.verify.provers.linear_facts import ROUND, Inexact
from relucert.verify.provers.linear_program import LinearProgram

BOXES = 1, 2, 16  # of weights and biases, in units of the largest label over the largest coordinate, and 1 more
SHARE = 1 / 2  # of the time that is left, for one number of output weights 1 in one box
ACTIVE = 1e-6  # an output above this is believed to be positive

Activations = list[list[bool]]  # by neuron and sample
Sets = Sequence[Sequence[int]]  # of samples, disjoint


def network(
    instance: TrainingInstance, cases: Sequence[int], deadline: Deadline, together: Sets = ()
) -> Network | None:
    """An exact fit by ReLUs, if one is found; cases: how many output weights may be 1, the others being −1.

    together: where each neuron is to be active on all samples of a set or on none; see `pieces`.

    Raises OutOfTime if there might have been one for longer searches.
    """
    middle = cases[0] + cases[-1]  # doubled; most solutions are there
    complete = 0
    for box in BOXES:
        for positive in sorted(cases, key=lambda case: (abs(2 * case - middle), -case)):
            part = deadline.part(SHARE)
            with suppress(OutOfTime):
                active = activations(instance, positive, box, part, together)
                net = None if active is None else with_activations(instance, positive, active, part)
                if net is not None:
                    return net
                complete += 1
    if complete < len(BOXES) * len(cases):
        raise OutOfTime
    return None


def activations(
    instance: TrainingInstance, positive: int, box: float, deadline: Deadline, together: Sets = ()
) -> Activations | None:
    """Those of a network that fits up to tolerances, or None if there is none. Raises OutOfTime.

    Variables are the weights and biases of each neuron, its outputs, and whether these are active, as 0 or 1.
    """
    k, m, width = instance.neurons, len(instance.samples), instance.dimension + instance.bias
    label = max((abs(float(y)) for _, y, _ in instance.samples), default=0.0)
    coordinate = max((abs(float(v)) for x, _, _ in instance.samples for _, v in x), default=0.0)
    largest = box * (1 + label / (coordinate or 1))
    first, count = k * width, k * width + 2 * k * m
    upper = np.full(count, 1.0)
    upper[:first] = largest
    lower = np.append(-upper[:first], np.zeros(2 * k * m))
    rows = Rows()
    first_of = {i: samples[0] for samples in together for i in samples}
    for i, (x, y, _) in enumerate(instance.samples):
        most = largest * (sum(abs(float(v)) for _, v in x) + instance.bias)
        for j in range(k):
            output, active = first + j * m + i, first + (k + j) * m + first_of.get(i, i)
            upper[output] = most
            above = [(output, 1.0), *((v, -float(a)) for v, a in preactivation(instance, j, i))]
            rows.add(0.0, above, np.inf)
            rows.add(-np.inf, [*above, (active, most)], most)
            rows.add(-np.inf, [(output, 1.0), (active, -most)], 0.0)
        rows.add(float(y), [(first + j * m + i, sign(j, positive)) for j in range(k)], float(y))
    highs = simplex(time_limit=deadline.remaining())
    highs.addVars(count, lower, upper)
    binary = np.arange(first + k * m, count, dtype=np.int32)
    highs.changeColsIntegrality(len(binary), binary, np.full(len(binary), highspy.HighsVarType.kInteger))
    rows.enter(highs)
    highs.run()
    deadline.spend(ROUND * max(1, highs.getInfo().mip_node_count))
    status = highs.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    if status == highspy.HighsModelStatus.kTimeLimit:
        raise OutOfTime
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ends with {status.name}")  # a failure is no search that has found nothing
    outputs = np.array(highs.getSolution().col_value)[first : first + k * m]
    active: Activations = (outputs.reshape(k, m) > ACTIVE).tolist()
    return active


class Rows:
    """Rows of a program, until they enter it together."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self.starts: list[int] = []
        self.columns: list[int] = []
        self.factors: list[float] = []

    def add(self, low: float, terms: Sequence[tuple[int, float]], high: float) -> None:
        self.starts.append(len(self.columns))
        self.low.append(low)
        self.high.append(high)
        self.columns += [column for column, _ in terms]
        self.factors += [factor for _, factor in terms]

    def enter(self, highs: highspy.Highs) -> None:
        starts, columns = (np.array(numbers, dtype=np.int32) for numbers in (self.starts, self.columns))
        low, high, factors = np.array(self.low), np.array(self.high), np.array(self.factors)
        highs.addRows(len(low), low, high, len(columns), starts, columns, factors)


def with_activations(
    instance: TrainingInstance, positive: int, active: Activations, deadline: Deadline
) -> Network | None:
    """The network of an exact linear program, or None if no network has these activations."""
    facts = []
    for i, one in enumerate(instance.samples):
        scale = common(one)
        total: dict[int, int] = {}
        for j, on in enumerate(states[i] for states in active):
            z = {v: int(a * scale) for v, a in preactivation(instance, j, i)}
            facts.append(Linear(tuple((v, -a if on else a) for v, a in z.items()), 0))
            if on:
                total |= {v: sign(j, positive) * a for v, a in z.items()}
        label = int(one[1] * scale)
        facts += [Linear(tuple((v, side * a) for v, a in total.items()), side * label) for side in (1, -1)]
    program = LinearProgram(facts, deadline)
    try:
        if program.contradiction(np.ones(len(facts), dtype=bool)) is not None:
            return None
    except Inexact:
        return None
    point, d, width = program.vertex(), instance.dimension, instance.dimension + instance.bias
    values = [
        [simplified(point.get(j * width + t, Fraction(0))) for t in range(width)] for j in range(instance.neurons)
    ]
    biases = tuple(one[d] if instance.bias else 0 for one in values)
    return Network(
        tuple(tuple(one[:d]) for one in values), biases, tuple(sign(j, positive) for j in range(instance.neurons))
    )


def preactivation(instance: TrainingInstance, j: int, i: int) -> list[tuple[int, Fraction | int]]:
    """The weights and the bias of neuron j, by their numbers, with the coordinates of sample i."""
    start = j * (instance.dimension + instance.bias)
    terms = [(start + t, v) for t, v in instance.samples[i][0]]
    return [*terms, (start + instance.dimension, 1)] if instance.bias else terms


def common(one: Sample) -> int:
    """A denominator of all numbers of a sample."""
    x, y, _ = one
    return lcm(y.denominator, *(v.denominator for _, v in x))


def sign(j: int, positive: int) -> int:
    """The output weight of neuron j."""
    return 1 if j < positive else -1
