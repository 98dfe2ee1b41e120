"""Minimum Monotone Circuit Satisfiability → training of a single ReLU with small numbers (Theorem 4, NP-hardness)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from relucert.reductions.cost import Size, formulas, held, held_fraction
from relucert.reductions.exact import simplified
from relucert.reductions.problems.monotone_circuit import KINDS, MONOTONE_CIRCUIT, MonotoneCircuit, TrueInputs
from relucert.reductions.problems.training import (
    TRAINING,
    Network,
    Sample,
    ToTraining,
    TrainingInstance,
    network,
    samples_words,
    training_size,
)


class CircuitToDoubleWells(ToTraining[MonotoneCircuit, TrueInputs]):
    """t true inputs suffice for a monotone circuit iff one ReLU has a squared error of at most AW + t·A/(A+1).

    Construction. One coordinate per wire, −1 meaning 'true' and 1 'false', and the constraint coordinate c; one neuron,
    output weight ±1, no bias. Let n be the number of inputs, W that of wires, R the largest fan-in, at least 1, and
    A = 16n(R + 2)², M = 4(n + 1). The samples are
    (e_c, 1), A times;
    (e_v, 1) and (−e_v, 1) for each wire v, A times each: the double well;
    (e_out, 0) for the output, M times;
    (e_a − e_g − e_c, 0) for each operand a of each AND gate g, M times;
    (Σ_a e_a − e_g − r·e_c, 0) over the r operands a of each OR gate g, M times; and
    (−e_i, 0) for each of the n inputs i, once.
    The total squared error may be AW + min(t, n)·A/(A+1). Only this threshold depends on the budget.

    What a network costs. If its output weight is −1, no value is positive and the first two kinds of samples cost
    A + 2AW > AW + n. Otherwise one of the two samples of each wire has the value 0, and they cost A + A(|w_v| − 1)².

    Forward. Evaluate the circuit; w is −1 on true gates, 1 on false wires, −A/(A+1) on true inputs, and w_c = 1. An
    AND sample is 1 at most if its operand is false and its gate true, which does not happen, and otherwise at most 0,
    and so is an OR sample, unless all of its operands are false and its gate is true. The output is true. So the error
    of a solution T is exactly AW + |T|·(A/(A+1)² + A²/(A+1)²) = AW + |T|·A/(A+1).

    Backward. T = {i : w_i < 0}. Let the error be at most AW + min(t, n)·A/(A+1) < AW + n. Then the output weight is 1,
    and A(|w_v| − 1)² and A([w_c]₊ − 1)² are below n, so |w_v| and w_c are closer to 1 than δ = 1/(4(R + 2)) ≤ 1/12.
    Call a wire true if its weight is negative. If the output were false, its sample would have a value of 1 − δ > 1/2
    at least. If the operand of a true AND gate were false, their sample would have one of 1 − 3δ > 1/2 at least; if
    all r operands of a true OR gate were, of 1 − (2r + 1)δ > 1/2. Each would cost more than M/4 > n, beyond AW. So the
    output is true, true AND gates have only true operands, true OR gates one; and whatever is true follows from T, as
    the circuit is monotone: T is a solution. A weight −u of a true input costs A(u − 1)² + u² ≥ A/(A+1) beyond A. So
    |T|·A/(A+1) is at most the error without AW, and |T| ≤ t. The least error is AW + A/(A+1) times the least number
    of true inputs, exactly.

    Size. For n inputs and s gates, the dimension is n + s + 1; there are 2 + 2(n + s) + n samples and one for each OR
    gate and each operand of an AND gate; one neuron. Coordinates and labels are integers of at most the fan-in, and
    multiplicities and the threshold are polynomial: no circuit is too deep, unlike in `circuit-to-relu`.

    Not a ratio. AW is far larger than what solutions differ by, so a network that is within a factor of the least
    error says nothing about the least number of inputs. That is what `circuit-to-relu` is for.

    Two true inputs suffice for the majority of three:

    >>> from relucert.reductions.problems.monotone_circuit import circuit
    >>> from relucert.reductions.problems.training import TRAINING, loss_of
    >>> r, majority = CircuitToDoubleWells(), [("and", [0, 1]), ("and", [0, 2]), ("and", [1, 2]), ("or", [3, 4, 5])]
    >>> yes = circuit(3, majority, output=6, budget=2)
    >>> net = r.forward(yes, (0, 2))
    >>> [str(w) for w in net.weights[0]]
    ['-1200/1201', '1', '-1200/1201', '1', '-1', '1', '-1', '1']
    >>> str(loss_of(r.reduce(yes), net)), str(r.reduce(yes).threshold), r.backward(yes, net)
    ('10090800/1201', '10090800/1201', (0, 2))

    With one true input no network stays within the threshold:

    >>> no = circuit(3, majority, output=6, budget=1)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, t)) for t in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)))
    False

    Deviations. This is not the paper's construction, which has no wells: it is ours, for the decision problem alone.
    """

    name = "circuit-to-double-wells"
    source = MONOTONE_CIRCUIT
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 4 (NP-hardness)"
    sizes = formulas(
        dimension="inputs + gates + 1",
        samples="≤ 3*inputs + 2*gates + operands + 2",
        neurons="1",
        coordinates="≤ 3*inputs + 2*gates + 3*operands + 2",
    )

    def reduce(self, instance: MonotoneCircuit) -> TrainingInstance:
        n, c, well, clause = instance.inputs, instance.wires, self.well(instance), self.clause(instance)
        samples = [Sample(((c, 1),), 1, well)]
        samples += (Sample(((v, side),), 1, well) for v in range(c) for side in (1, -1))
        samples.append(Sample(((instance.output, 1),), 0, clause))
        for g, (kind, operands) in enumerate(instance.gates, n):
            if kind == "and":
                samples += (Sample(((a, 1), (g, -1), (c, -1)), 0, clause) for a in operands)
            else:
                units = ((a, 1) for a in operands)
                samples.append(Sample((*units, (g, -1), (c, -len(operands))), 0, clause))
        samples += (Sample(((i, -1),), 0) for i in range(n))
        threshold = well * c + min(instance.budget, n) * self.true_input(instance)
        return TrainingInstance(c + 1, 1, tuple(samples), loss="l2", threshold=simplified(threshold))

    def forward(self, instance: MonotoneCircuit, witness: TrueInputs) -> Network:
        true = instance.true_wires(witness)
        weights: list[int | Fraction] = [-1 if wire in true else 1 for wire in range(instance.wires)]
        for i in witness:
            weights[i] = -self.true_input(instance)
        return network([[*weights, 1]])

    def backward(self, instance: MonotoneCircuit, witness: Network) -> TrueInputs:
        return tuple(i for i in range(instance.inputs) if witness.weights[0][i] < 0)

    def stages(self, instance: MonotoneCircuit) -> Iterator[Size]:
        n, wires = instance.inputs, instance.wires
        fan_in = {kind: [len(operands) for k, operands in instance.gates if k == kind] for kind in KINDS}
        ands, ors = sum(fan_in["and"]), len(fan_in["or"])
        samples, units = 2 + 2 * wires + ands + ors + n, 2 + 2 * wires + 3 * ands + sum(fan_in["or"]) + 2 * ors + n
        well = self.well(instance)
        words = samples_words(samples, units, multiplicity=held(well))
        words += held_fraction((well * (well + 1) * (wires + n)).bit_length())
        yield training_size(wires + 1, 1, samples, units, max([1, *fan_in["or"]]).bit_length(), words)

    @staticmethod
    def well(instance: MonotoneCircuit) -> int:
        """A, how often the samples of a wire count."""
        fan_in = max((len(operands) for _, operands in instance.gates), default=1)
        return 16 * instance.inputs * (fan_in + 2) ** 2

    @staticmethod
    def clause(instance: MonotoneCircuit) -> int:
        """M, how often the samples of the output and of gates count."""
        return 4 * (instance.inputs + 1)

    def true_input(self, instance: MonotoneCircuit) -> Fraction:
        """A/(A+1): what a true input costs, and what its weight is without its sign."""
        well = self.well(instance)
        return Fraction(well, well + 1)
