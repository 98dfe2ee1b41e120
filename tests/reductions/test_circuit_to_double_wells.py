"""Circuits to one ReLU with small numbers, and why the numbers of `circuit-to-relu` have to grow."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from one_relu import candidates

from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, circuit
from relucert.reductions.problems.training import TRAINING, loss_of, network
from relucert.reductions.tight_hardness.circuit_to_double_wells import CircuitToDoubleWells
from relucert.reductions.tight_hardness.circuit_to_relu import CircuitToRelu
from relucert.verify.testing.laws import check_size

R = CircuitToDoubleWells()


def chain(levels, budget):
    """g_i = (g_{i−1} ∧ x_i) ∨ (g_{i−1} ∧ y_i): as many true inputs as levels, and one more, are needed."""
    gates, last, n = [], 0, 2 * levels + 1
    for i in range(levels):
        first = n + len(gates)
        gates += [("and", [last, 1 + 2 * i]), ("and", [last, 2 + 2 * i]), ("or", [first, first + 1])]
        last = first + 2
    return circuit(n, gates, last, budget)


CIRCUITS = {
    "majority": circuit(3, [("and", [0, 1]), ("and", [0, 2]), ("and", [1, 2]), ("or", [3, 4, 5])], 6, 1),
    "chain": chain(2, 2),
    "pairs": circuit(4, [("or", [0, 1]), ("or", [1, 2]), ("or", [2, 3]), ("and", [4, 5, 6])], 7, 1),
    "an input": circuit(2, [("or", [0, 1])], 1, 0),
}


def solutions(instance):
    for size in range(instance.inputs + 1):
        for chosen in combinations(range(instance.inputs), size):
            if instance.output in instance.true_wires(chosen):
                yield chosen


# --------------------------------------------------------------------------------------- numbers that have to grow


def halving(levels):
    """The network of the docstring: each gate is worth half of the one above it."""
    weights = [Fraction(0)] * chain(levels, 0).wires
    for i in reversed(range(levels)):
        gates, half = 2 * levels + 1 + 3 * i, Fraction(-1, 2 ** (levels - i))
        weights[gates + 2] = 2 * half
        for wire in (gates, gates + 1, 1 + 2 * i, 2 + 2 * i):
            weights[wire] = half
    weights[0] = Fraction(-1, 2**levels)
    return network([[*weights, 1]])


@pytest.mark.parametrize("levels", [1, 2, 3, 4, 6, 10, 20])
def test_the_first_gadget_needs_numbers_that_grow(levels):
    """On the chain with a budget of m, a NO, every γ > 2^−⌈m/2⌉ would accept; the γ of the reduction is below."""

    class WithWeight(CircuitToRelu):
        @staticmethod
        def gamma(instance):
            return gamma

    no = chain(levels, levels)
    assert min(map(len, solutions(no)), default=0) == levels + 1 if levels < 4 else no.budget == levels
    for r in range(1, levels + 2):
        gamma = Fraction(1, 2**r)
        cost = loss_of(WithWeight().reduce(no), halving(levels)) / gamma**2
        if r < levels:
            assert cost == 2 * r + Fraction(2, 3) * (1 - Fraction(1, 4 ** (levels - r))) + Fraction(
                1, 4 ** (levels - r)
            )
            assert cost < 2 * r + 1
        assert TRAINING.accepts(WithWeight().reduce(no), halving(levels)) >= (2 * r < levels)
    own = CircuitToRelu()
    assert not TRAINING.accepts(own.reduce(no), halving(levels))
    assert (1 / own.gamma(no)) ** 2 > Fraction(2) ** (levels - 2)
    assert 1 / own.gamma(no) > 2**levels  # the demands double with every level


@pytest.mark.parametrize("levels", [20, 500])
def test_no_circuit_is_too_deep(levels):
    yes = chain(levels, levels + 1)
    target = R.reduce(yes)
    assert max(abs(v) for s in target.samples for _, v in s.x) == 2
    assert TRAINING.accepts(target, R.forward(yes, tuple(range(0, 2 * levels + 1, 2))))
    check_size(R, yes, target)


# ----------------------------------------------------------------------------------------------------- the reduction


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_solution_costs_what_the_proof_says(name):
    instance = CIRCUITS[name]
    target, well = R.reduce(instance), R.well(instance)
    check_size(R, instance, target)
    for chosen in solutions(instance):
        net = R.forward(instance, chosen)
        assert loss_of(target, net) == well * instance.wires + Fraction(len(chosen) * well, well + 1)
        assert TRAINING.accepts(target, net) == (len(chosen) <= instance.budget)
        assert R.backward(instance, net) == chosen


def attacks(instance, rng, tries):
    """Losses that descent by least squares of cells ends in, from sign patterns and from evaluated circuits."""
    target = R.reduce(instance)
    x = np.zeros((len(target.samples), target.dimension))
    for i, s in enumerate(target.samples):
        for t, v in s.x:
            x[i, t] = v
    y = np.array([float(s.y) for s in target.samples])
    m = np.array([float(s.multiplicity) for s in target.samples])

    def loss(w):
        return m @ (np.maximum(x @ w, 0) - y) ** 2

    for i in range(tries):
        w = rng.choice((-1.0, 1.0), size=target.dimension)
        if i % 2:
            true = instance.true_wires(v for v in range(instance.inputs) if w[v] < 0)
            w[: instance.wires] = [-1 if v in true else 1 for v in range(instance.wires)]
        w += rng.normal(size=target.dimension) * 0.3
        w[-1] = 1
        for _ in range(20):
            on = np.sqrt(m) * (x @ w > 0)
            step = np.linalg.lstsq(on[:, None] * x, on * (y - x @ w), rcond=None)[0]
            w = min((w + step * 0.5**halvings for halvings in range(12)), key=loss)
        yield loss(w)


@pytest.mark.parametrize("name", CIRCUITS)
def test_no_network_costs_less(name):
    """In floating point; the certificates of the laws are exact."""
    instance = CIRCUITS[name]
    least, well = min(map(len, solutions(instance))), R.well(instance)
    exact = float(well * instance.wires + Fraction(least * well, well + 1))
    found = min(attacks(instance, np.random.default_rng(0), 100))
    assert exact - 1e-3 < found < exact + 0.6


def test_every_network_within_the_threshold_is_a_solution():
    rng, within, tried = random.Random(1), 0, 0
    for instance in CIRCUITS.values():
        generous = replace(instance, budget=instance.inputs)
        target, well = R.reduce(generous), R.well(instance)
        for chosen in solutions(instance):
            for net in candidates(R, generous, R.forward(generous, chosen), Fraction(1, 16), rng):
                tried += 1
                if TRAINING.accepts(target, net):
                    within += 1
                    decoded = R.backward(generous, net)
                    assert MONOTONE_CIRCUIT.accepts(generous, decoded)
                    paid = loss_of(target, net) - well * instance.wires
                    assert len(decoded) * Fraction(well, well + 1) <= paid
    assert within > tried / 20


def test_a_negative_output_weight_costs_too_much():
    for instance in CIRCUITS.values():
        generous = replace(instance, budget=10**6)
        net = R.forward(generous, tuple(range(generous.inputs)))
        assert TRAINING.accepts(R.reduce(generous), net)
        assert not TRAINING.accepts(R.reduce(generous), replace(net, output=(-1,)))
