"""Both provers decide the same instances, and the checker accepts what they find."""

import os
import signal
import threading
import time
from collections import Counter
from fractions import Fraction
from functools import partial
from itertools import combinations

import networkx as nx
import pytest
import z3
from flint import fmpz_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.encodings.training import ENCODING
from relucert.certificates.kernel import Formula, Linear, Square
from relucert.certificates.writer import No, Yes
from relucert.reductions.problems.coloring import HYPERGRAPH_COLORING, coloring
from relucert.reductions.problems.training import TRAINING, TrainingInstance, sample
from relucert.reductions.tight_hardness.coloring_to_relu_sum import ColoringToReluSum
from relucert.reductions.tight_hardness.relu_sum_to_relu_network import sign_gadget
from relucert.verify import isolate
from relucert.verify.certify import certify_instance
from relucert.verify.decide import decide, independent_parts, solve_by_parts
from relucert.verify.isolate import race
from relucert.verify.networks import fit_by_z3
from relucert.verify.problems import SEARCHES
from relucert.verify.problems.coloring import hypergraphs
from relucert.verify.provers import EXACT, Finder, provers_for
from relucert.verify.provers.base import Deadline, Model, OutOfTime, Refutation, Unknown
from relucert.verify.provers.linear_facts import kernel_of_few, kernel_of_many, solution
from relucert.verify.provers.propositional import CONFLICT

PROVERS = ["z3", "lp"]


def named(prover):
    return EXACT if prover == "exact" else provers_for(TRAINING, prover)[0]


def certified_answer(instance, prover):
    def decide_it(problem, one):
        return decide(problem, one, named(prover), Deadline())

    return certify_instance(TRAINING, instance, decide_it).answer


@st.composite
def training_sets(draw):
    d = draw(st.integers(1, 3))
    point = st.lists(st.integers(-3, 3), min_size=d, max_size=d)
    label = st.integers(-3, 3) | st.fractions(-2, 2, max_denominator=4)
    samples = draw(st.lists(st.builds(sample, point, label), min_size=1, max_size=7))
    return TrainingInstance(
        d,
        draw(st.integers(1, 2)),
        tuple(samples),
        output=draw(st.sampled_from(("ones", "signs"))),
        bias=draw(st.booleans()),
    )


@pytest.mark.thorough
@pytest.mark.parametrize("prover", [*PROVERS, "exact"])
def test_certified_answer_is_that_of_an_independent_statement(prover, shares):
    answers = Counter()

    @settings(max_examples=60)
    @given(training_sets())
    def agrees(instance):
        expected = "NO" if fit_by_z3(instance) is None else "YES"
        answers[expected] += 1
        assert certified_answer(instance, prover) == expected

    agrees()
    shares(answers["YES"], answers["NO"])


@pytest.mark.parametrize("prover", PROVERS)
@pytest.mark.parametrize(
    ("graph", "colors", "answer"),
    [
        (nx.cycle_graph(5), 2, "NO"),
        (nx.complete_graph(4), 3, "NO"),
        (nx.mycielski_graph(4), 3, "NO"),
        (nx.petersen_graph(), 3, "YES"),
        (nx.mycielski_graph(4), 4, "YES"),
    ],
)
def test_colorings_as_training(graph, colors, answer, prover):
    graph = nx.convert_node_labels_to_integers(graph)
    target = ColoringToReluSum().reduce(coloring(len(graph), graph.edges, colors))
    assert certified_answer(target, prover) == answer


@pytest.mark.parametrize("prover", PROVERS)
@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_sign_gadget_forces_all_output_weights_to_one(k, prover):
    """Theorem 8, step II: refuted for every number p < k of positive output weights, and fitted for p = k."""
    gadget = TrainingInstance(2, k, tuple(sample((t, -1), y) for t, y in sign_gadget(k)))
    solution = decide(TRAINING, gadget, named(prover), Deadline())
    assert isinstance(solution, Yes)
    assert solution.witness.output == (1,) * k
    negated = TrainingInstance(2, k, (*gadget.samples, sample((-1, 0), 1), sample((-1, 0), 2)))  # no fit for any p
    assert certified_answer(negated, prover) == "NO"


@pytest.mark.parametrize("k", [3, 4])
def test_2k_gadget_samples_admit_an_output_weight_minus_one(k):
    """Why the gadget has the sample at t = −1: without it some fit has a negative output weight (not so for k = 2)."""
    samples = tuple(sample((t, -1), y) for t, y in sign_gadget(k)[1:])
    forced_up = TrainingInstance(2, k, samples, output="ones")
    assert fit_by_z3(forced_up) is not None
    signed = TrainingInstance(2, k, samples)
    answer = solve_by_parts(ENCODING.formula(signed, k - 1, None), provers_for(TRAINING, "z3")[0], Deadline())
    assert isinstance(answer, Model)


@pytest.mark.parametrize("prover", [*PROVERS, "exact"])
def test_strict_and_propositional_atoms_together(prover):
    """x < 0 or p; ¬p or x > 1; x ≤ 1 and x ≥ 0: no p, so x < 0, a contradiction. Without x ≥ 0 there is a model."""
    formula = Formula()
    negative = formula.new_atom(Linear(((0, 1),), 0, strict=True))
    p = formula.new_atom()
    at_most_one = formula.new_atom(Linear(((0, 1),), 1))
    nonnegative = formula.new_atom(Linear(((0, -1),), 0))
    for clause in ((negative, p), (-p, -at_most_one), (at_most_one,)):
        formula.add_clause(*clause)
    solver = named(prover)
    model = solver.solve(formula, Deadline())
    assert isinstance(model, Model)
    assert model.reals[0] < 0
    formula.add_clause(nonnegative)
    assert isinstance(solver.solve(formula, Deadline()), Refutation)


def pigeons(number):
    """So many pigeons, and one hole less."""
    holes, formula = range(number - 1), Formula()
    sits = [[formula.new_atom() for _ in holes] for _ in range(number)]
    for pigeon in sits:
        formula.add_clause(*pigeon)
    for one, other in combinations(sits, 2):
        for hole in holes:
            formula.add_clause(-one[hole], -other[hole])
    return formula


def test_the_sat_prover_counts_its_conflicts():
    sat = provers_for(HYPERGRAPH_COLORING)[0]
    enough, little = Deadline(work=10**7), Deadline(work=CONFLICT * 500)
    assert isinstance(sat.solve(pigeons(5), enough), Refutation)
    assert 0 < 10**7 - enough.work < 10**5
    assert sat.solve(pigeons(12), little) == Unknown("time")  # without a limit it takes hours
    assert little.work <= 0


@settings(max_examples=60)
@given(hypergraphs(most_vertices=6))
def test_sat_prover_on_colorings(instance):
    answer = decide(HYPERGRAPH_COLORING, instance, provers_for(HYPERGRAPH_COLORING)[0], Deadline())
    assert isinstance(answer, No if SEARCHES["hypergraph-coloring"].by_brute_force(instance) is None else Yes)


def test_independent_parts_share_nothing_and_lose_nothing():
    samples = (sample((1, 0, 0), 1), sample((1, 1, 0), 2), sample((0, 0, Fraction(1, 2)), 3))
    formula = ENCODING.formula(TrainingInstance(3, 2, samples, output="ones"), 2, None)
    parts = independent_parts(formula)
    assert sorted(n for part in parts for n in part.clauses) == sorted(formula.clauses)
    variables = [{v for m in part.atoms.values() for v, _ in m.terms} for part in parts]
    assert len(parts) == 2
    assert not variables[0] & variables[1]


@st.composite
def formulas(draw):
    """Atoms, propositional and linear, some of them in no constraint, clauses, and squares."""
    formula = Formula()
    variables = st.lists(st.integers(0, 12), max_size=3, unique=True).map(sorted)
    for terms in draw(st.lists(st.none() | variables, min_size=1, max_size=14)):
        formula.new_atom(None if terms is None else Linear(tuple((v, 1) for v in terms), 0))
    literals = st.builds(lambda atom, sign: atom * sign, st.integers(1, formula.last_atom), st.sampled_from((1, -1)))
    for clause in draw(st.lists(st.lists(literals, max_size=3), min_size=1, max_size=8)):
        formula.add_clause(*clause)
    for v in draw(st.lists(variables, max_size=2)):
        formula.add_square(Square(tuple((one, 1) for one in v), 0, 1, 20 + draw(st.integers(0, 1))))
    return formula


@given(formulas())
def test_independent_parts_are_the_components_of_a_graph(formula):
    graph = nx.Graph()
    for number, clause in formula.clauses.items():
        graph.add_node(("clause", number))
        graph.add_edges_from((("clause", number), ("atom", abs(literal))) for literal in clause)
    used = [atom for kind, atom in graph if kind == "atom"]
    graph.add_edges_from(
        (("atom", a), ("variable", v)) for a in used for v, _ in (formula.atoms[a] or Linear((), 0))[0]
    )
    for number, square in formula.squares.items():
        graph.add_edges_from((("square", number), ("variable", v)) for v, _ in (*square.terms, (square.variable, 1)))
    expected, empty = Counter(), frozenset(n for n, clause in formula.clauses.items() if not clause)
    for component in nx.connected_components(graph):
        of = {kind: frozenset(n for one, n in component if one == kind) for kind in ("clause", "atom", "square")}
        if not of["clause"] <= empty or of["square"]:
            expected[of["clause"], of["atom"], of["square"]] += 1
    if empty:
        expected[empty, frozenset(), frozenset()] += 1
    parts = independent_parts(formula)
    if parts == [formula]:  # as it is, with atoms that are in no clause
        assert [atoms for _, atoms, _ in expected] == [frozenset(used)]
    else:
        assert Counter((frozenset(p.clauses), frozenset(p.atoms), frozenset(p.squares)) for p in parts) == expected
    assert all(formula.clauses[n] == clause for part in parts for n, clause in part.clauses.items())


@st.composite
def equations(draw):
    """As many sparse ones as unknowns, of small numbers; few or many to be solved together."""
    n = draw(st.sampled_from((0, 1, 2, 3, 4, 30)))
    if n < 5:
        row = st.dictionaries(st.integers(0, max(0, n - 1)), st.sampled_from((-2, -1, 1, 3)), max_size=min(n, 3))
        rows = draw(st.lists(row if n else st.just({}), min_size=n, max_size=n))
    else:  # a cycle, of which some are said
        factor = st.sampled_from((-2, -1, 1, 3))
        rows = [{i: draw(factor), (i + 1) % n: draw(factor)} for i in range(n)]
        for i in draw(st.sets(st.integers(0, n - 1), max_size=2)):
            del rows[i][i]
    return rows, draw(st.lists(st.integers(-4, 4), min_size=n, max_size=n))


@given(equations())
def test_equations_are_solved_exactly_if_they_have_one_solution(drawn):
    rows, right = drawn
    regular = fmpz_mat([[row.get(v, 0) for v in range(len(rows))] for row in rows]).det() != 0 if rows else True
    found = solution(rows, right)
    assert (found is not None) == regular
    if found is not None:
        assert [sum(a * found[v] for v, a in row.items()) for row in rows] == right


ENTRIES = st.integers(-3, 3)


@given(st.integers(1, 6).flatmap(lambda n: st.lists(st.lists(ENTRIES, min_size=n, max_size=n), min_size=1, max_size=6)))
def test_the_kernel_by_elimination_is_that_of_the_library(matrix):
    few, many = (kernel(matrix, len(matrix[0])) for kernel in (kernel_of_few, kernel_of_many))
    assert (few is None) == (many is None)
    if few and many:
        assert any(few)
        assert not any(sum(a * v for a, v in zip(row, few, strict=True)) for row in matrix)
        assert all(a * d == b * c for a, c in zip(few, many, strict=True) for b, d in zip(few, many, strict=True))


class Crashes:
    name = "crashes"

    def solve(self, formula, deadline):
        os.kill(os.getpid(), signal.SIGKILL)


class Raises(Crashes):
    name = "raises"

    def solve(self, formula, deadline):
        raise RuntimeError("no luck")


class Sleeps(Crashes):
    name = "sleeps"

    def solve(self, formula, deadline):
        while True:
            signal.pause()


class Invents(Crashes):
    """Claims models and refutations at random; neither may get through."""

    name = "invents"

    def solve(self, formula, deadline):
        return Model({}, frozenset())


@pytest.mark.parametrize(
    ("prover", "seconds", "reason"),
    [(Crashes, None, "died"), (Raises, None, "no luck"), (Sleeps, 0.2, "time"), (Invents, None, "does not solve")],
)
def test_a_failing_prover_is_unknown(prover, seconds, reason):
    # More samples than neurons, and biases: neither a guess nor activations alone say a network.
    instance = TrainingInstance(1, 1, tuple(sample((x,), x) for x in (1, 2, 3)), bias=True)
    answer = race(partial(decide, TRAINING, instance), [prover()], Deadline(seconds))
    assert isinstance(answer, Unknown)
    assert reason in answer.reason
    answer = race(partial(decide, TRAINING, instance), [prover(), *provers_for(TRAINING, "z3")], Deadline())
    assert isinstance(answer, Yes)


def test_a_prover_that_answers_soon_has_the_processor_for_itself(tmp_path, monkeypatch):
    """The others start when it has none, or after a while."""
    monkeypatch.setattr(isolate, "HEAD_START", 3600)

    def task(prover, _deadline):
        (tmp_path / prover.name).touch()
        return prover.answer

    first, second = Crashes(), Raises()
    first.answer, second.answer = Yes(1), Yes(2)
    assert race(task, [first, second], Deadline()) == Yes(1)
    assert [path.name for path in tmp_path.iterdir()] == [first.name]
    first.answer = Unknown("no luck")
    assert race(task, [first, second], Deadline()) == Yes(2)


def test_no_prover_no_answer():
    assert isinstance(race(lambda _prover, _deadline: Yes(1), [], Deadline()), Unknown)


def test_that_a_finder_found_nothing_is_no_reason_if_provers_have_one():
    def task(prover, _deadline):
        return Unknown("nothing found" if prover.name == "finder" else "memory")

    answer = race(task, [Sleeps(), Finder()], Deadline())
    assert answer.reason == "memory"
    assert sorted(answer.details) == ["finder: nothing found", "sleeps: memory"]
    assert race(task, [Finder()], Deadline()).reason == "nothing found"


def test_what_z3_holds_is_freed_by_the_thread_that_asked_it(monkeypatch):
    """On a busy machine the alarm of a deadline could end last, and free the solver while this thread freed other parts
    of the context: two runs of the suite never ended."""
    run, free, by = threading.Timer.run, z3.Solver.__del__, []

    def late(alarm):
        run(alarm)
        time.sleep(0.3)

    def noted(solver):
        by.append(threading.current_thread())
        free(solver)

    monkeypatch.setattr(threading.Timer, "run", late)
    monkeypatch.setattr(z3.Solver, "__del__", noted)
    formula = ENCODING.formula(TrainingInstance(1, 1, (sample((1,), 1), sample((2,), 1))), 1, None)
    assert isinstance(named("z3").solve(formula, Deadline()), Refutation)
    assert by == [threading.current_thread()] * 2  # with the log and without


@pytest.mark.parametrize("prover", PROVERS)
def test_limited_work_has_the_same_outcome_in_every_run(prover):
    """Nine pigeons in eight holes, as nine vertices that eight colours do not suffice for, as ReLUs."""
    target = ColoringToReluSum().reduce(coloring(9, nx.complete_graph(9).edges, 8))
    formula = ENCODING.formula(target, target.neurons, None)
    outcomes, left = [], []
    for _ in range(3):
        deadline = Deadline(work=300_000)
        try:
            outcomes.append(provers_for(TRAINING, prover)[0].solve(formula, deadline))
        except OutOfTime:
            outcomes.append(Unknown("time"))
        left.append(deadline.work)
    assert outcomes == [Unknown("time")] * 3
    assert left[0] == left[1] == left[2] <= 0
