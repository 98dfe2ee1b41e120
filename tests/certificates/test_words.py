"""`words` bounds what a formula holds, from sizes alone: never less than the parts, at most four times as much."""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any

import pytest
from planted import PLANTED, network_without_a_property

from relucert.certificates.encodings import ENCODINGS
from relucert.certificates.kernel import (
    Formula,
    Linear,
    Malformed,
    Rejected,
    Square,
    atom_words,
    clause_words,
    pseudo_boolean_words,
    square_words,
    words,
)
from relucert.reductions.problems.clique import CliqueInstance
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.densest_subgraph import densest_subgraph
from relucert.reductions.problems.independent_set import IndependentSetInstance
from relucert.reductions.problems.max_cut import MaxCutInstance
from relucert.reductions.problems.monotone_circuit import circuit
from relucert.reductions.problems.multicolored_clique import multicolored_clique
from relucert.reductions.problems.one_in_three import OneInThreeInstance
from relucert.reductions.problems.random_cnn import RandomCnnInstance
from relucert.reductions.problems.random_network import RandomNetworkInstance
from relucert.reductions.problems.random_network import Sample as PointSample
from relucert.reductions.problems.sat import SatInstance
from relucert.reductions.problems.sat_groups import Group, SatGroupsInstance
from relucert.reductions.problems.separability import separability
from relucert.reductions.problems.set_cover import SetCoverInstance
from relucert.reductions.problems.sign_cnn import Sample, SignCnnInstance
from relucert.reductions.problems.strip import strip
from relucert.reductions.problems.three_sat import ThreeSatInstance
from relucert.reductions.problems.training import LOSSES, TrainingInstance, sample
from relucert.reductions.problems.vertex_cover import VertexCoverInstance

pytestmark = pytest.mark.thorough

OF_TRAINING = ENCODINGS["training"]
BASE = 100  # what an empty formula may hold


def held(formula: Formula) -> int:
    """The sum of the kernel's constants over the parts of a formula, with the lengths that their numbers have."""

    def longest(*numbers: int) -> int:
        return max(map(words, numbers))

    total = 0
    for meaning in formula.atoms.values():
        if meaning is None:
            total += atom_words(0)
        else:
            total += atom_words(len(meaning.terms), longest(meaning.bound, *(a for _, a in meaning.terms)))
    total += sum(clause_words(len(clause)) for clause in formula.clauses.values())
    for constraint in formula.pseudo_booleans.values():
        length = longest(0, *constraint.terms.values())
        total += pseudo_boolean_words(len(constraint.terms), length) - length + words(constraint.degree)
    for square in formula.squares.values():
        numbers = (square.constant, square.scale, *(a for _, a in square.terms))
        total += square_words(len(square.terms), longest(*numbers))
    return total


def measured(*things: Any) -> float:
    """64-bit words of all objects that can be reached, in the portions of 16 bytes that CPython's allocator gives."""
    seen: dict[int, Any] = {}
    todo = list(things)
    while todo:
        thing = todo.pop()
        if id(thing) in seen:
            continue
        seen[id(thing)] = thing
        if is_dataclass(thing):
            todo += [getattr(thing, f.name) for f in fields(thing)]
        elif isinstance(thing, dict):
            todo += [*thing, *thing.values()]
        elif isinstance(thing, tuple | list | frozenset):
            todo += thing
    return sum(-(-sys.getsizeof(thing) // 16) * 2 for thing in seen.values())


# ------------------------------------------------------------------------------------------------------- the constants

LONG = 2**640 + 1
GROWTH = [n + extra for n in (5, 10, 21, 42, 85, 170, 341, 682, 1365, 2730, 43690) for extra in (0, 1)]


@pytest.mark.parametrize("count", [pytest.param(n, marks=[pytest.mark.slow] * (n > 10**4)) for n in GROWTH])
def test_the_constants_are_at_least_what_is_held(count):
    """Of every part, `count` of them: just before and just after a dictionary grows."""
    for terms, length in [(0, 1), (1, 1), (2, 1), (7, 1), (3, 11)] if count < 10**4 else [(0, 1), (2, 1)]:
        number = LONG if length > 1 else 2**62
        atoms, clauses, constraints, squares = (Formula() for _ in range(4))
        for i in range(count):
            row = tuple((10**6 + i + t, number + t + i) for t in range(terms))
            atoms.new_atom(Linear(row, number + i))
            clauses.add_clause(*range(10**9, 10**9 + terms))
            constraints.add_pseudo_boolean({10**9 + t: number + t + i for t in range(terms)}, number + i)
            squares.add_square(Square(row, number + i, number - i, 10**8 + i))
        assert measured(atoms) <= BASE + count * atom_words(terms, length)
        assert measured(clauses) <= BASE + count * clause_words(terms)
        assert measured(constraints) <= BASE + count * pseudo_boolean_words(terms, length)
        assert measured(squares) <= BASE + count * square_words(terms, length)


@pytest.mark.parametrize("count", GROWTH)
def test_propositional_atoms_and_long_constraints(count):
    atoms, constraint = Formula(), Formula()
    for _ in range(count):
        atoms.new_atom()
    constraint.add_pseudo_boolean({-(i + 1000): LONG + i for i in range(count)}, LONG)
    assert measured(atoms) <= BASE + count * atom_words(0)
    assert measured(constraint) <= BASE + pseudo_boolean_words(count, 11)


# ------------------------------------------------------------------------------------------------------- the encodings


def require_bounded(encoding, instance, choice=None, below=False):
    for case in encoding.cases(instance)[:3]:
        formula = encoding.formula(instance, case, choice, below)
        claimed = encoding.words(instance, choice)
        assert measured(formula) <= claimed
        assert BASE + held(formula) <= claimed <= 4 * (BASE + held(formula))


@pytest.mark.parametrize("name", ENCODINGS)
def test_words_bound_the_formulas_of_random_instances(name):
    encoding, used = ENCODINGS[name], 0
    for seed in range(100):
        plant = PLANTED[name](Random(seed))
        for choice in plant.choices:
            try:
                encoding.formula(plant.instance, encoding.cases(plant.instance)[0], choice)
            except (Rejected, Malformed):
                continue
            require_bounded(encoding, plant.instance, choice)
            used += choice is not None
    assert used >= (100 if name in ("training", "hypergraph-coloring") else 0)


HUGE, TINY, MOST = 10**3999, Fraction(1, 10**3999), 2**60 - 1
FRACTIONS = [Fraction(HUGE - i, HUGE + 1 + 2 * i) for i in range(5)]


def training(d, k, samples, **features):
    return TrainingInstance(d, k, tuple(samples), **features)


HOSTILE = {
    "no samples, sorted": (training(1, 3000, (), bias=True), [[0, 1], [1, HUGE]]),
    "no samples, turned": (training(1, 3000, ()), {"along": 0, "line": []}),
    "no samples, norm bound": (training(4, 500, (), norm_bound=Fraction(HUGE, 7), output="signs"), None),
    "no dimension, norm bound": (training(0, 500, (), norm_bound=TINY, output="ones"), None),
    "one empty sample": (training(3, 3000, [sample([0, 0, 0], 0)], output="ones"), None),
    "empty thresholds": (training(3, 3000, [sample([0, 0, 0], 0)], activation="threshold", output="real"), [[0, 5]]),
    "long functional": (training(500, 20, [sample([], 1)]), [[t, HUGE + t] for t in range(500)]),
    "one neuron": (training(500, 1, [sample([], 1)] * 3), [[t, HUGE + t] for t in range(500)]),
    "huge numbers": (training(5, 10, [sample(FRACTIONS, v) for v in FRACTIONS[:2]], bias=True), [[0, 1]]),
    "huge labels": (training(5, 10, [sample([1] * 5, v) for v in FRACTIONS], bias=True), None),
    "huge numbers, thresholds": (
        training(5, 10, [sample(FRACTIONS, 1)] * 2, activation="threshold", output="real", bias=True),
        {"along": 4, "line": [0]},
    ),
    "huge labels, turned": (
        training(2, 10, [sample([FRACTIONS[0], i], FRACTIONS[i]) for i in range(5)], bias=True),
        {"along": 1, "line": list(range(5))},
    ),
    "long line": (training(1, 5, [sample([i], 0) for i in range(300)]), {"along": 0, "line": list(range(300))}),
    "long order": (training(1, 5, [sample([i], 0) for i in range(300)]), {"order": list(range(300))}),
    "wide": (training(2000, 2, [sample([1] * 2000, 0)], output="ones"), None),
    "wide thresholds": (training(2000, 2, [sample([1] * 2000, 0)], activation="threshold", output="ones"), None),
    **{
        f"huge threshold, {loss}, {count} samples": (
            training(1, 2, [sample([i], Fraction(1, 3)) for i in range(count)], loss=loss, threshold=threshold),
            None,
        )
        for loss in LOSSES
        if loss != "exact"
        for count in (0, 1, 30)
        for threshold in (HUGE, TINY)
    },
    **{
        f"huge multiplicities, {loss}": (
            training(1, 1, [sample([i], 0, HUGE if i == 3 else 1 + i) for i in range(50)], loss=loss),
            None,
        )
        for loss in LOSSES
    },
    "many colours": (coloring(30, [(0, 1)], 100), list(range(2))),
    "many colours in order": (coloring(30, [(0, 1)], 100), {"order": list(range(30))}),
    "no vertices": (coloring(0, [], 10**9), []),
    "long hyperedges": (coloring(40, [tuple(range(i, 40)) for i in range(30)], 3), None),
    "no sets": (SetCoverInstance(5000, (), MOST), None),
    "empty sets": (SetCoverInstance(0, ((),) * 5000, 0), None),
    "large sets": (SetCoverInstance(300, (tuple(range(300)),) * 30, MOST), None),
    "many inputs": (circuit(20000, [], 0, MOST), None),
    "wide gates": (circuit(300, [(kind, range(300)) for kind in ("or", "and") * 5], 305, 1), None),
    "wide or gates": (circuit(300, [("or", range(300))] * 30, 305, 1), None),
    "many vertices": (densest_subgraph(20000, [], 1, MOST), None),
    "many variables": (OneInThreeInstance(20000, ()), None),
    "many clauses": (OneInThreeInstance(3, ((0, 1, 2),) * 3000), None),
    "nothing between": (strip([(0,) * 50], [FRACTIONS * 10, [1] * 50]), None),
    "on an axis": (strip([(0,) * 500], [[0] * 499 + [i] for i in range(1, 9)]), None),
    "many points": (strip([(i,) for i in range(900)], [(-1,)]), None),
    "no segments": (separability([(0,) * 50], [FRACTIONS * 10, [1] * 50]), None),
    "many segments": (separability([(i,) for i in range(300)], [(-1,), (-2,)]), None),
    "no edges": (multicolored_clique(range(150), []), None),
    "one colour": (multicolored_clique([0] * 5000, []), None),
    "no missing edges": (multicolored_clique(range(2), [(0, 1)]), None),
    "no clauses": (SatInstance(20000, ()), None),
    "empty clauses": (SatInstance(0, ((),) * 5000), None),
    "long and short clauses": (
        SatInstance(1000, (*((v, -v - 1) for v in range(1, 1000)), *[tuple(range(1, 1001))] * 3)),
        None,
    ),
    "repeated clauses": (ThreeSatInstance(3, ((-1, 2, -3),) * 5000), None),
    "no groups": (SatGroupsInstance(20000, ()), None),
    "groups of one clause": (SatGroupsInstance(1, (Group(1, ((1,),)),) * 3000), None),
    "groups of long clauses": (
        SatGroupsInstance(300, tuple(Group(i % 2, (tuple(range(1, 301)),) * 5) for i in range(6))),
        None,
    ),
    "a long filter": (SignCnnInstance(5000, ()), None),
    "no patches": (SignCnnInstance(0, (Sample(1, ()), Sample(0, ())) * 2000), None),
    "patches of zeros": (SignCnnInstance(3, (Sample(1, ((0,) * 3,) * 500), Sample(0, ((0,) * 3,) * 500))), None),
    "wide patches": (SignCnnInstance(500, tuple(Sample(i % 2, ((1,) * 500,) * 3) for i in range(6))), None),
    "patches of huge numbers": (SignCnnInstance(5, tuple(Sample(i, (tuple(FRACTIONS),) * 3) for i in (0, 1))), None),
    "many blocks": (RandomNetworkInstance((((1, 2), (0, 1)),) * 300, None, (PointSample(1, (1,) * 600),) * 3), None),
    "a wide block": (RandomNetworkInstance((((2,) * 7,) * 7,) * 2, None, (PointSample(0, (1,) * 14),) * 9), None),
    "empty blocks": (RandomNetworkInstance(((),) * 3000, None, (PointSample(1, ()),) * 9), None),
    "a long factor": (
        RandomNetworkInstance(
            (((LONG,),),) * 5, ((LONG, 1, 1, 1, 2),) * 5, (PointSample(1, (Fraction(1, 3),) * 5),) * 4
        ),
        None,
    ),
    "a wide matrix": (RandomCnnInstance(((1,) * 60,) * 60, (Sample(1, ((1,) * 60,) * 3),) * 50), None),
    "a matrix and no patches": (RandomCnnInstance(((1,) * 9,) * 9, (Sample(1, ()),) * 50), None),
    "cover of nothing": (VertexCoverInstance(20000, (), MOST), None),
    "cover of a path": (VertexCoverInstance(1000, tuple((v, v + 1) for v in range(999)), 3), None),
    "clique without edges": (CliqueInstance(100, (), MOST), None),
    "clique of everything": (CliqueInstance(100, tuple(combinations(range(100), 2)), 3), None),
    "everything independent": (IndependentSetInstance(20000, (), MOST), None),
    "nothing to cut": (MaxCutInstance(20000, (), MOST), None),
    "a path to cut": (MaxCutInstance(1000, tuple((v, v + 1) for v in range(999)), 3), None),
    "independent on a path": (IndependentSetInstance(1000, tuple((v, v + 1) for v in range(999)), 3), None),
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (n % 2)) for n, name in enumerate(HOSTILE)]
)
def test_words_bound_the_formulas_of_hostile_instances(name):
    instance, choice = HOSTILE[name]
    (encoding,) = (e for e in ENCODINGS.values() if type(instance) is type(SMALLEST[e.problem.name]))
    require_bounded(encoding, instance, choice)
    if encoding is OF_TRAINING:
        require_bounded(encoding, instance, choice, below=True)


SMALLEST = {name: planted(Random(0)).instance for name, planted in PLANTED.items()}


@pytest.mark.parametrize("name", ["no samples, sorted", "no samples, turned", "no samples, norm bound"])
def test_words_are_counted_where_nothing_could_be_built(name):
    instance, choice = HOSTILE[name]
    claimed = OF_TRAINING.words(replace(instance, neurons=10**15), choice)
    assert claimed >= 10**15 * held(OF_TRAINING.formula(instance, 1, choice)) // instance.neurons


def test_words_bound_the_exceptions():
    """The inequalities of the property itself belong to the claim, whose words are counted by its bytes."""
    checked = 0
    for seed in range(300):
        lemma = network_without_a_property(Random(seed))
        for claimed in (lemma.claimed, lemma.claimed * 50, (lemma.claimed * 50)[:1] * 50):
            for choice in lemma.plant.choices:
                try:
                    formula = OF_TRAINING.exceptions(
                        lemma.plant.instance, lemma.plant.instance.neurons, choice, claimed
                    )
                except Rejected:
                    continue
                own = measured(formula, claimed) - measured(claimed)
                assert own <= OF_TRAINING.words(lemma.plant.instance, choice, claimed)
                checked += choice is not None
    assert checked >= 200
