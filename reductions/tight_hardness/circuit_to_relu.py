"""Minimum Monotone Circuit Satisfiability → training of a single ReLU (Theorem 4)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import isqrt

from relucert.reductions.cost import Size, formulas, held_fraction
from relucert.reductions.exact import MAX_DIGITS, TooLarge, simplified
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

LARGEST = 10 ** (MAX_DIGITS // 2)  # of 1/γ: the threshold is a multiple of γ² and must fit into a file


class CircuitToRelu(ToTraining[MonotoneCircuit, TrueInputs]):
    """t true inputs suffice for a monotone circuit iff one ReLU fits its samples with a squared error of at most t·γ².

    Construction. One coordinate per wire, −1 meaning 'true' and 0 'false', and the constraint coordinate c; one neuron,
    output weight ±1, no bias. The samples are
    (e_c, 1);
    (e_out + e_c, 0) for the output;
    (e_a − e_g, 0) for each operand a of each AND gate g;
    (Σ_a e_a − e_g, 0) over the operands a of each OR gate g; and
    (e_i + γ e_c, γ) for each of the n inputs i.
    The total squared error may be min(t, n)·γ². Only this threshold depends on the budget.

    The weight γ. Let R = ⌈√n⌉. Each wire from which the output can be reached has a demand, an integer: 2 for an input,
    R + max of the operands' demands for an AND gate, R + sum of the operands' demands for an OR gate. With the demand D
    of the output, γ = 1/(D + 2R).

    Forward. Evaluate the circuit on the chosen inputs; w_c = 1, and w is −1 on true wires and 0 on false ones. The
    first two samples are fitted. At an AND gate a true g has only true operands, and at an OR gate a true g has a true
    operand, so no gate sample is positive. A false input has the value γ, a true one [γ − 1]₊ = 0. The error of a
    solution T is therefore exactly |T|·γ².

    Backward. T = {i : w_i + γ w_c ≤ 0}. Let any network have an error of at most min(t, n)·γ² ≤ n·γ². Then every
    residual is at most γR ≤ 1/2. The output weight is 1, as the first sample costs at least 1 otherwise, and |w_c − 1|
    ≤ γR. Call a wire of demand D' low if w ≤ −γD'. The output is low, since w_out ≤ γR − w_c ≤ −1 + 2γR = −γD. If an
    AND gate is low, all of its operands are: w_a ≤ w_g + γR ≤ −γ·max D_a. If an OR gate is low, so is one of its
    operands: Σ w_a ≤ w_g + γR ≤ −γ·Σ D_a. Follow low wires from the output down, through all operands of an AND gate
    and one of an OR gate. The inputs i that are reached have w_i + γ w_c ≤ −2γ + γ(1 + γR) < 0, so they are in T; and
    if they are true, then so are all wires on the way, up to the output, as the circuit is monotone. So T is a
    solution. The sample of each i ∈ T has the value 0 and costs γ². So |T|·γ² is at most the error, and |T| ≤ t. More
    than that: the least error is γ² times the least number of true inputs, and every network whose error is within a
    factor of it, and at most n·γ², yields a solution within the same factor.

    Size. For n inputs and s gates, the dimension is n + s + 1; there are 2 + n samples and one for each OR gate and
    each operand of an AND gate; one neuron. The largest number in a sample is the denominator D + 2R of γ. It can grow
    by a factor of the fan-in with every level of OR gates, so it may be exponential in the depth, but its length is
    not. Beyond 2000 digits `reduce` raises TooLarge, as no file could hold the threshold.

    Two true inputs suffice for the majority of three:

    >>> from relucert.reductions.problems.monotone_circuit import circuit
    >>> from relucert.reductions.problems.training import TRAINING, loss_of
    >>> r, majority = CircuitToRelu(), [("and", [0, 1]), ("and", [0, 2]), ("and", [1, 2]), ("or", [3, 4, 5])]
    >>> yes = circuit(3, majority, output=6, budget=2)
    >>> net = r.forward(yes, (0, 2))
    >>> net.weights, str(loss_of(r.reduce(yes), net)), str(r.reduce(yes).threshold)
    (((-1, 0, -1, 0, -1, 0, -1, 1),), '1/162', '1/162')
    >>> TRAINING.accepts(r.reduce(yes), net), r.backward(yes, net)
    (True, (0, 2))

    With one true input no network stays within the threshold, 1/324:

    >>> no = circuit(3, majority, output=6, budget=1)
    >>> any(TRAINING.accepts(r.reduce(no), r.forward(no, t)) for t in ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)))
    False

    Numbers must grow, whatever the demands. Take m levels g_i = (g_{i−1} ∧ x_i) ∨ (g_{i−1} ∧ y_i), where g_0 is an
    input and g_m the output: at least m + 1 inputs must be true. Let w_c = 1, and give g_i the weight −2^{i−m} and x_i,
    y_i and both AND gates below g_i half of that. Then everything is fitted but the inputs, and one of weight −2^{−j}
    costs min(γ, 2^{−j})². If γ = 2^{−r}, r < m, the two inputs with j = 1, …, r cost γ² each, the two with j = r + i
    cost (γ/2^i)² each, together (2/3)(1 − 4^{r−m})·γ², and g_0 costs 4^{r−m}·γ²: less than (2r + 1)·γ² in all, which is
    at most m·γ² if 2r < m, so a NO becomes a YES. Measured in γ² the network costs no more if γ is larger. So this
    gadget needs 1/γ > 2^{m/2−1} here. `circuit-to-double-wells` has small numbers for every circuit, but no least error
    in proportion to the least number of inputs.

    Deviations. The paper sketches the samples, balances them by copies, and defers the rest; the demands are ours. For
    Set Cover as a circuit, an AND of ORs, 1/γ is 2r + 4⌈√M⌉ if r of the M sets contain the busiest element.
    """

    name = "circuit-to-relu"
    source = MONOTONE_CIRCUIT
    target = TRAINING
    reference = "Goel, Klivans, Manurangsi, Reichman, ITCS 2021, Theorem 4"
    sizes = formulas(
        dimension="inputs + gates + 1",
        samples="≤ inputs + operands + 2",
        neurons="1",
        coordinates="≤ 2*inputs + 2*operands + 3",
    )

    def reduce(self, instance: MonotoneCircuit) -> TrainingInstance:
        n, c, gamma = instance.inputs, instance.wires, self.gamma(instance)
        samples = [Sample(((c, 1),), 1), Sample(((instance.output, 1), (c, 1)), 0)]
        for g, (kind, operands) in enumerate(instance.gates, n):
            if kind == "and":
                samples += (Sample(((a, 1), (g, -1)), 0) for a in operands)
            else:
                samples.append(Sample((*((a, 1) for a in operands), (g, -1)), 0))
        samples += (Sample(((i, 1), (c, gamma)), gamma) for i in range(n))
        return TrainingInstance(
            c + 1, 1, tuple(samples), loss="l2", threshold=simplified(min(instance.budget, n) * gamma * gamma)
        )

    def forward(self, instance: MonotoneCircuit, witness: TrueInputs) -> Network:
        true = instance.true_wires(witness)
        return network([[*(-int(wire in true) for wire in range(instance.wires)), 1]])

    def backward(self, instance: MonotoneCircuit, witness: Network) -> TrueInputs:
        *weights, constant = witness.weights[0]
        most = -self.gamma(instance) * constant
        return tuple(i for i in range(instance.inputs) if weights[i] <= most)

    def stages(self, instance: MonotoneCircuit) -> Iterator[Size]:
        n, bits = instance.inputs, self.gamma(instance).denominator.bit_length()
        fan_in = {kind: [len(operands) for k, operands in instance.gates if k == kind] for kind in KINDS}
        ands, ors = sum(fan_in["and"]), len(fan_in["or"])
        units = 3 + 2 * ands + sum(fan_in["or"]) + ors
        gamma = held_fraction(bits)
        words = samples_words(2 + ands + ors, units) + samples_words(n, 2 * n, gamma, gamma)
        words += held_fraction(2 * bits + 60)
        yield training_size(instance.wires + 1, 1, 2 + ands + ors + n, units + 2 * n, bits, words)

    def work(self, instance: MonotoneCircuit, witness: TrueInputs | None = None, image: Network | None = None) -> int:
        """Also γ, from demands that may be as long as it may be."""
        operands = MONOTONE_CIRCUIT.size(instance).measures["operands"]
        return super().work(instance, witness, image) + 10 * len(instance.gates) + operands * (MAX_DIGITS // 100)

    @staticmethod
    def gamma(instance: MonotoneCircuit) -> Fraction:
        """The weight γ = 1/(D + 2R); raises TooLarge if it has too many digits."""
        n, root = instance.inputs, isqrt(instance.inputs - 1) + 1
        reaching = {instance.output}  # the wires from which the output can be reached
        for g in range(instance.wires - 1, n - 1, -1):
            if g in reaching:
                reaching.update(instance.gates[g - n].operands)
        demand: dict[int, int] = {}  # of the gates among them
        for g, (kind, operands) in enumerate(instance.gates, n):
            if g not in reaching:
                continue
            most_or_all = max if kind == "and" else sum
            demand[g] = root + most_or_all(demand.get(a, 2) for a in operands)
            if demand[g] + 2 * root >= LARGEST:
                raise TooLarge(f"gate {g - n} is so deep in the circuit that γ has more than {MAX_DIGITS // 2} digits")
        return Fraction(1, demand.get(instance.output, 2) + 2 * root)
