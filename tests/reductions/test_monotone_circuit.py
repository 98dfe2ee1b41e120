"""Monotone circuits: their files, and their reduction to the training of one ReLU."""

import json
import random
from fractions import Fraction
from itertools import combinations, product

import pytest
from counting import instructions
from hypothesis import given, settings
from hypothesis import strategies as st
from one_relu import candidates, check_backward, refuses

from relucert.reductions.exact import TooLarge
from relucert.reductions.json_text import dumps, loads
from relucert.reductions.problems.monotone_circuit import MONOTONE_CIRCUIT, Gate, MonotoneCircuit, circuit
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.training import TRAINING, loss_of
from relucert.reductions.tight_hardness.circuit_to_relu import CircuitToRelu
from relucert.reductions.tight_hardness.set_cover_to_relu import SetCoverToRelu
from relucert.verify.testing.laws import check_size

R = CircuitToRelu()
MAJORITY = [("and", [0, 1]), ("and", [0, 2]), ("and", [1, 2]), ("or", [3, 4, 5])]


def read(text, suffix="", budget=2):
    return MONOTONE_CIRCUIT.read(text, suffix, {} if budget is None else {"budget": budget})


@st.composite
def circuits(draw):
    """Small circuits of any shape: any fan-in and fan-out, wires that lead nowhere, an output that may be an input."""
    inputs = draw(st.integers(1, 5))
    gates = []
    for wires in range(inputs, inputs + draw(st.integers(0, 6))):
        operands = st.lists(st.integers(0, wires - 1), unique=True, min_size=1, max_size=4)
        gates.append((draw(st.sampled_from(("and", "or"))), draw(operands)))
    last = inputs + len(gates) - 1
    return circuit(inputs, gates, draw(st.just(last) | st.integers(0, last)), draw(st.integers(0, 3)))


def evaluate(instance, wire, true_inputs):
    """The value of one wire, by recursion and straight from the definition."""
    if wire < instance.inputs:
        return wire in true_inputs
    kind, operands = instance.gates[wire - instance.inputs]
    values = [evaluate(instance, a, true_inputs) for a in operands]
    return False not in values if kind == "and" else True in values


def fewest_true_inputs(instance):
    """By brute force; all inputs at once always do."""
    for size in range(instance.inputs + 1):
        for chosen in combinations(range(instance.inputs), size):
            if evaluate(instance, instance.output, chosen):
                return chosen
    raise AssertionError


# --------------------------------------------------------------------------------------------------------------- files


def bench(instance):
    lines = [f"INPUT(w{i})" for i in range(instance.inputs)]
    gates = enumerate(instance.gates, instance.inputs)
    gates = [f"w{g} = {kind.upper()}({', '.join(f'w{a}' for a in operands)})" for g, (kind, operands) in gates]
    return lines, gates, f"OUTPUT(w{instance.output})"


@given(circuits(), st.sampled_from(["\n", "\r\n", "  # AND(\n\n"]))
def test_bench(instance, newline):
    inputs, gates, output = bench(instance)
    text = newline.join(["# a circuit", *inputs, output, *gates, ""])
    for suffix in (".bench", ".txt", ""):
        assert read(text, suffix, instance.budget) == (instance, ())
    assert MONOTONE_CIRCUIT.describes(text.lower().replace(", ", "\t,"), ".bench", instance).agrees


@given(circuits(), st.randoms(use_true_random=False))
def test_bench_in_any_order_is_the_same_function(instance, rng):
    inputs, gates, output = bench(instance)
    rng.shuffle(gates)
    rest = [output, *gates]
    for line in inputs:  # these number the inputs
        rest.insert(rng.randint(0, len(rest)), line)
    names = sorted(range(instance.inputs), key=lambda i: rest.index(f"INPUT(w{i})"))
    shuffled, _ = read("\n".join(rest))
    for size in range(instance.inputs + 1):
        for chosen in combinations(range(instance.inputs), size):
            renamed = [names[i] for i in chosen]
            assert (shuffled.output in shuffled.true_wires(chosen)) == evaluate(instance, instance.output, renamed)


def test_repeated_operands_are_merged():
    instance = circuit(2, [("and", [0, 1])], 2, 2)
    assert read("INPUT(a)\nINPUT(b)\nOUTPUT(c)\nc = and ( b,a , b )")[0] == instance
    assert read('{"inputs": 2, "gates": [["and", [1, 0, 1]]], "output": 2}')[0] == instance


@given(circuits())
def test_json(instance):
    text = "".join(MONOTONE_CIRCUIT.canonical(instance))
    assert text == dumps(MONOTONE_CIRCUIT.instance_to_json(instance))
    assert MONOTONE_CIRCUIT.instance_from_json(loads(text)) == instance
    assert read(text, ".json", None) == read(text, "", instance.budget) == (instance, ())
    assert "the command says budget = 9" in refuses(read, text, ".json", 9)


@given(st.lists(st.integers(0)))
def test_witnesses_are_read_back(chosen):
    assert MONOTONE_CIRCUIT.witness_from_json(MONOTONE_CIRCUIT.witness_to_json(tuple(chosen))) == tuple(chosen)


HEAD = "INPUT(a)\nINPUT(b)\nOUTPUT(g)\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the line OUTPUT(a) is missing"),
        ("INPUT(a)\n", "the line OUTPUT(a) is missing"),
        ("OUTPUT(a)\n", "line 1: the wire 'a' is neither"),
        ("INPUT(a)\nOUTPUT(b)\n", "line 2: the wire 'b' is neither an input nor a gate"),
        ("INPUT(a)\nOUTPUT(a)\nOUTPUT(a)\n", "line 3: a second output, 'a'"),
        (HEAD + "OUTPUT(a)\ng = OR(a, b)", "line 4: a second output, 'a'"),
        (HEAD + "g = OR(a, h)", "line 4: the wire 'h'"),
        (HEAD + "g = OR(a, g)", "line 4: the gate 'g' is on a cycle"),
        (HEAD + "g = OR(a, h)\nh = AND(b, i)\ni = OR(h, a)", "line 6: the gate 'i' is on a cycle"),
        (HEAD + "g = OR(a, b)\nx = AND(y)\ny = AND(x)", "line 6: the gate 'y' is on a cycle"),
        ("OUTPUT(x)\nx = AND(y)\ny = AND(x)", "the line INPUT(a) is missing"),
        (HEAD + "g = OR()", "line 4: the gate 'g' has no input"),
        (HEAD + "g = OR( )", "line 4: the gate 'g' has no input"),
        (HEAD + "g = OR(a b)", "line 4: the operands of 'g'"),
        (HEAD + "g = OR(a,, b)", "line 4: the operands of 'g'"),
        (HEAD + "g = OR(a, b,)", "line 4: the operands of 'g'"),
        (HEAD + "g = NOT(a)", "line 4: the gate 'g' is of the kind 'NOT': only AND and OR"),
        (HEAD + "g = NAND(a, b)", "'NAND'"),
        (HEAD + "g = DFF(a)", "'DFF'"),
        (HEAD + "g = OR(a, b)\ng = AND(a, b)", "line 5: the wire 'g' is defined twice"),
        (HEAD + "a = OR(b)", "line 4: the wire 'a' is defined twice"),
        (HEAD + "INPUT(b)", "line 4: the wire 'b' is defined twice"),
        (HEAD + "g = OR(a, b)\nINPUT(g)", "line 5: the wire 'g' is defined twice"),
        (HEAD + "g = OR(a, b", "line 4: expected INPUT(a)"),
        (HEAD + "g = OR a, b", "line 4: expected"),
        (HEAD + "g OR(a, b)", "line 4: expected"),
        (HEAD + "g = OR(a, OR(a, b))", "line 4: expected"),
        (HEAD + "OR(g, a, b)", "line 4: expected"),
        (HEAD + "g = OR(a, b);", "line 4: expected"),
        (HEAD + "g == OR(a, b)", "line 4: expected"),
        ("INPUT()\n", "line 1: expected"),
        ("INPUT(a, b)\n", "line 1: expected"),
        ("INPUT a\n", "line 1: expected"),
        ("\ufeffINPUT(a)\n", "line 1: expected"),
        ("INPUT(a\x00)\n", "line 1: the name 'a\\x00'"),
        (HEAD + "g\u200b = OR(a, b)", "line 4: the name"),
        (HEAD + "g = OR(a, b\x00)", "line 4: the wire 'b\\x00'"),
        ("c comment\np edge 3 2\n", "line 1: expected"),
        (HEAD + "g = " + "(" * 10**6, "line 4: expected"),
        (HEAD + "x" * 10**6 + " y", "line 4: expected"),
        (HEAD + "g = OR(" + " " * 10**6, "line 4: expected"),
    ],
    ids=lambda value: ascii(value[-40:]),
)
def test_bad_bench_files_are_refused_with_their_line(text, message):
    assert message in refuses(read, text, ".bench")


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ('[["and", [0, 2]]]', "gate 0: operands must be distinct and increase within 0..1"),
        ('[["and", [0]], ["or", [4]]]', "gate 1: operands"),
        ('[["and", []]]', "gate 0 has no input"),
        ('[["xor", [0, 1]]]', "gate 0: 'xor' is neither"),
        ('[["AND", [0, 1]]]', "gate 0: 'AND' is neither"),
        ('[[["and"], [0, 1]]]', "gate 0: ['and'] is neither"),
        ('[["and", [0, -1]]]', "gate 0: wire"),
        ('[["and", [0, 1.0]]]', "float"),
        ('[["and", [true]]]', "True"),
        ('[["and", 0]]', "gate 0"),
        ('[["and"]]', "gate 0: expected"),
        ('[["and", [0], [1]]]', "gate 0: expected"),
        ("[{}]", "gate 0"),
        ("{}", "gates"),
        ("[" * 10**5, "nested"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_bad_json_gates_are_refused(gates, message):
    assert message in refuses(read, f'{{"inputs": 2, "gates": {gates}, "output": 2}}')


@pytest.mark.parametrize("output", [-1, 3, 10**3999, True, None, "2", [2]])
def test_the_output_is_a_wire(output):
    assert "output" in refuses(read, json.dumps({"inputs": 2, "gates": [["or", [0, 1]]], "output": output}))


@pytest.mark.parametrize("inputs", [0, -1, True, None, "2"])
def test_there_is_an_input(inputs):
    assert "inputs" in refuses(read, json.dumps({"inputs": inputs, "gates": [], "output": 0}))


@pytest.mark.parametrize("budget", [-1, None, True, "two", 2.0])
def test_the_budget_is_a_natural_number(budget):
    assert "budget" in refuses(read, "INPUT(a)\nOUTPUT(a)", "", budget)
    assert "budget" in refuses(lambda: circuit(1, [], 0, budget))


def test_instances_are_canonical():
    for operands in ((1, 0), (0, 0), (0, 2), (-1,), ()):
        refuses(lambda operands=operands: MonotoneCircuit(2, (Gate("and", operands),), 2, 1))


@pytest.mark.parametrize("witness", [None, {}, 1, [True], [-1], ["0"], [[0]]])
def test_bad_witnesses_are_refused(witness):
    refuses(MONOTONE_CIRCUIT.witness_from_json, witness)


@pytest.mark.parametrize("witness", [(1, 0), (0, 0), (3,), (-1,), (10**4000,)])
def test_a_witness_lists_distinct_inputs_in_order(witness):
    refuses(MONOTONE_CIRCUIT.accepts, circuit(3, MAJORITY, 6, 3), witness)


@given(circuits())
def test_accepts_by_brute_force(instance):
    for size in range(instance.inputs + 1):
        for chosen in combinations(range(instance.inputs), size):
            true = evaluate(instance, instance.output, chosen)
            assert MONOTONE_CIRCUIT.accepts(instance, chosen) == (true and size <= instance.budget)


def deep_circuit(depth):
    """Read, reduce and solve a circuit of so many gates in a row, in a file that names the last one first."""
    lines = ["INPUT(g0)", f"OUTPUT(g{depth})", *(f"g{i + 1} = OR(g{i}, g0)" for i in reversed(range(depth)))]
    instance, _ = read("\n".join(lines), budget=1)
    assert MONOTONE_CIRCUIT.accepts(instance, (0,))
    target = R.reduce(instance)
    assert TRAINING.accepts(target, R.forward(instance, (0,)))
    check_size(R, instance, target)


@pytest.mark.thorough
def test_deep_circuits_take_linear_work_and_no_recursion():
    deep_circuit(20_000)
    assert instructions(deep_circuit, 2000) < 2.1 * instructions(deep_circuit, 1000)


# ----------------------------------------------------------------------------------------------------------- reduction


@settings(max_examples=200)
@given(circuits())
def test_size_and_forward_error(instance):
    target, n = R.reduce(instance), instance.inputs
    gamma = R.gamma(instance)
    check_size(R, instance, target)
    assert target.threshold == min(instance.budget, n) * gamma**2
    for chosen in {fewest_true_inputs(instance), tuple(range(n))}:
        net = R.forward(instance, chosen)
        assert loss_of(target, net) == len(chosen) * gamma**2
        assert TRAINING.accepts(target, net) == (len(chosen) <= instance.budget)
        assert R.backward(instance, net) == chosen


def random_circuit(rng):
    inputs = rng.randint(1, 5)
    gates = []
    for wires in range(inputs, inputs + rng.randint(0, 7)):
        recent = range(max(0, wires - rng.randint(2, 8)), wires)
        gates.append((rng.choice(("and", "or", "or")), rng.sample(recent, rng.randint(1, min(3, len(recent))))))
    return circuit(inputs, gates, inputs + len(gates) - 1 - rng.randint(0, len(gates) // 4), rng.randint(0, inputs))


def sagging(reduction, instance, rng):
    """A network whose weights are as high as the gates allow, with a residual of up to γ at a few of them.

    The output is as high as it can be, and whatever an OR gate demands of its operands is shared among them at random.
    """
    gamma, rare = reduction.gamma(instance), rng.random()
    slack = [gamma * Fraction(rng.randint(1, 4), 4) * (rng.random() < rare) for _ in range(instance.wires + 2)]
    weights = [Fraction(0)] * instance.wires
    weights[instance.output] = slack[-2] - (1 - slack[-1])
    for g in range(instance.wires - 1, instance.inputs - 1, -1):
        kind, operands = instance.gates[g - instance.inputs]
        demand = weights[g] + slack[g]
        if demand < 0:
            shares = [rng.randint(0, 3) for _ in operands]
            shares[rng.randrange(len(shares))] += 1
            for a, share in zip(operands, shares, strict=True):
                part = Fraction(1) if kind == "and" else Fraction(share, sum(shares))
                weights[a] = min(weights[a], part * demand)
    start = reduction.forward(instance, ())
    return type(start)(((*weights, 1 - slack[-1]),), (0,), (1,))


@pytest.mark.thorough
def test_every_network_within_the_threshold_is_a_solution():
    """The budget only moves the threshold, so the largest budget covers them all."""
    rng = random.Random(1)
    within = tried = 0
    for _ in range(100):
        instance = random_circuit(rng)
        n, gamma = instance.inputs, R.gamma(instance)
        nets = [sagging(R, instance, rng) for _ in range(8)]
        for start in {fewest_true_inputs(instance), tuple(range(n))}:
            nets += candidates(R, instance, R.forward(instance, start), gamma, rng)
        for net in nets:
            within += check_backward(R, instance, net, gamma, n)
            tried += 1
    assert within > tried / 4


def test_the_search_above_finds_what_is_wrong_with_a_large_gamma():
    class Careless(CircuitToRelu):
        name = "careless"

        @staticmethod
        def gamma(instance):
            return 4 * CircuitToRelu.gamma(instance)  # so the proof leaves no more than a factor of four

    rng, r = random.Random(2), Careless()
    failures = 0
    for _ in range(60):
        instance = random_circuit(rng)
        for _ in range(8):
            net = sagging(r, instance, rng)
            try:
                check_backward(r, instance, net, r.gamma(instance), instance.inputs)
            except AssertionError:
                failures += 1
    assert failures > 10


def test_a_constant_gamma_fails_on_a_ladder():
    """Each level of ORs halves what its operands have to pay, so a network without any residual has inputs of −1/32."""
    ladder = [("or", [0, 1])] * 2 + [("or", [2 * i, 2 * i + 1]) for i in range(1, 5) for _ in range(2)]
    instance = circuit(2, ladder, 10, 1)
    weights = [-Fraction(1, 2 ** (5 - i)) for i in range(5) for _ in range(2)]
    net = R.forward(instance, ())
    net = type(net)(((*weights, -1, 0, 1),), (0,), (1,))
    gate_samples = [s for s in R.reduce(instance).samples if s.y == 0]
    assert all(net(s.x) == 0 for s in gate_samples)
    assert weights[:2] == [-Fraction(1, 32)] * 2
    assert R.gamma(instance) < Fraction(1, 32)
    assert R.backward(instance, net) == (0, 1)


def test_an_output_that_is_an_input():
    instance = circuit(2, [("and", [0, 1])], 1, 1)
    assert MONOTONE_CIRCUIT.accepts(instance, (1,))
    assert not MONOTONE_CIRCUIT.accepts(instance, (0,))
    target = R.reduce(instance)
    assert TRAINING.accepts(target, R.forward(instance, (1,)))
    assert not TRAINING.accepts(target, R.forward(instance, (0,)))


def test_wires_that_do_not_reach_the_output_ask_for_nothing():
    dead = [("or", [2, 3]), ("or", [0, 1, 4])] * 2
    alone = circuit(4, [("and", [0, 1])], 4, 2)
    with_dead_wires = circuit(4, [("and", [0, 1]), *dead], 4, 2)
    assert R.gamma(alone) == R.gamma(with_dead_wires)
    target = R.reduce(with_dead_wires)
    assert loss_of(target, R.forward(with_dead_wires, (0, 1))) == 2 * R.gamma(alone) ** 2


@pytest.mark.thorough
def test_numbers_too_long_for_a_file_are_refused():
    ladder = [("or", [0, 1])] * 2 + [("or", [2 * i, 2 * i + 1]) for i in range(1, 7000) for _ in range(2)]
    for call in (R.reduce, lambda instance: [*R.stages(instance)]):
        with pytest.raises(TooLarge, match="2000 digits"):
            call(circuit(2, ladder, 2 * 7000, 1))
    (size,) = R.stages(circuit(2, ladder, 2, 1))
    assert size.measures["bits"] == 4  # from here on the wires do not reach the output
    deepest = circuit(2, ladder[:13200], 13200, 1)
    text = "".join(TRAINING.canonical(R.reduce(deepest)))
    assert TRAINING.instance_from_json(loads(text)) == R.reduce(deepest)


@pytest.mark.parametrize("universe", [1, 2, 3])
def test_set_cover_is_an_and_of_ors(universe):
    """Both reductions give the same answers, and the weights of the sets in a network mean the same in both."""
    subsets = [tuple(u for u in range(universe) if choice[u]) for choice in product((0, 1), repeat=universe)]
    cover_to_relu = SetCoverToRelu()
    for sets in combinations(subsets, 3) if universe > 1 else product(subsets, repeat=3):
        if {u for s in sets for u in s} != set(range(universe)):
            continue  # an OR of nothing is no gate
        m = len(sets)
        gates = [("or", [i for i in range(m) if u in sets[i]]) for u in range(universe)]
        as_circuit = circuit(m, [*gates, ("and", range(m, m + universe))], m + universe, 0)
        r = max(len(operands) for _, operands in gates)
        assert 1 / R.gamma(as_circuit) == 2 * r + 4 * 2
        for budget in range(m + 1):
            cover = SetCoverInstance(universe, sets, budget)
            same = circuit(m, [*gates, ("and", range(m, m + universe))], m + universe, budget)
            for size in range(m + 1):
                for chosen in combinations(range(m), size):
                    answer = cover_to_relu.source.accepts(cover, chosen)
                    assert answer == MONOTONE_CIRCUIT.accepts(same, chosen)
                    here, there = cover_to_relu.forward(cover, chosen), R.forward(same, chosen)
                    assert here.weights[0][:m] == there.weights[0][:m]
                    assert answer == TRAINING.accepts(cover_to_relu.reduce(cover), here)
                    assert answer == TRAINING.accepts(R.reduce(same), there)
