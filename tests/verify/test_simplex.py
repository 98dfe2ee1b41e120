"""The exact simplex, asked about one set of facts after another, and how small a slack floating point still sees."""

import subprocess
import sys
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relucert.certificates.kernel import Linear
from relucert.verify.provers.base import Deadline, OutOfTime
from relucert.verify.provers.linear_facts import holds
from relucert.verify.provers.linear_program import LinearProgram
from relucert.verify.provers.simplex import ZERO, Simplex


@st.composite
def facts(draw):
    """Of two variables; small numbers, so that bounds meet, and few of them positive, so that they often contradict."""
    terms = st.dictionaries(st.integers(0, 1), st.sampled_from((-2, -1, 1, 3)), min_size=1)
    rows = draw(st.lists(st.tuples(terms, st.integers(-3, 0), st.booleans()), min_size=6, max_size=9))
    return [Linear(tuple(sorted(row.items())), bound, strict) for row, bound, strict in rows]


def is_contradiction(among, multipliers):
    total, bound, strict = {}, 0, False
    for i, m in multipliers.items():
        assert m > 0
        for v, a in among[i].terms:
            total[v] = total.get(v, 0) + m * a
        bound += m * among[i].bound
        strict = strict or among[i].strict
    return not any(total.values()) and (bound < 0 or (bound == 0 and strict))


def test_the_simplex_goes_on_from_one_set_of_facts_to_the_next(shares):
    """Every answer proves itself; the values that it keeps are those of the point, and rows say how they depend."""
    answers = Counter()

    @settings(max_examples=30)
    @given(facts(), st.data())
    def asked(among, data):
        simplex, some = Simplex(among, Deadline()), st.sampled_from((True, True, False))
        for _ in range(4):
            on = np.array(data.draw(st.lists(some, min_size=len(among), max_size=len(among))), dtype=bool)
            contradiction = simplex.contradiction(on)
            answers[contradiction is None] += 1
            if contradiction is None:
                point = simplex.vertex()
                assert all(holds(among[i], point) for i in np.flatnonzero(on))
                assert simplex.satisfied().tolist() == [simplex.excess(i) <= ZERO for i in range(len(among))]
            else:
                assert is_contradiction(among, contradiction)
                assert all(on[i] for i in contradiction)
            for i in simplex.entered:
                assert simplex.value[i] == simplex.excess(i)
            for basic, row in simplex.basic.items():
                assert all(row.values())
                for which in (0, 1):
                    values = [side(simplex, among, v)[which] * c for v, c in row.items()]
                    assert side(simplex, among, basic)[which] == sum(values)

    asked()
    shares(answers[True], answers[False])


def side(simplex, among, variable):
    """The value of a variable: of a fact, of its left side, where a strict one leaves out its δ."""
    if variable >= 0:
        return simplex.point[variable]
    fact, (p, q) = among[-1 - variable], simplex.value[-1 - variable]
    return p + fact.bound, q - fact.strict


def test_what_is_strict_by_little_among_large_bounds_is_seen():
    """As the slopes of a gadget far above the origin are: 10⁻⁵ at a height of 2¹⁶."""
    height, inverse = 2**16, 10**5
    among = [
        Linear(((0, inverse),), height * inverse + 1, True),
        Linear(((0, -inverse),), -height * inverse, True),
        Linear(((1, 1), (0, -1)), 0, True),
        Linear(((1, -inverse), (0, inverse)), 1, True),
    ]
    program = LinearProgram(among, Deadline())
    assert program.contradiction(np.ones(len(among), dtype=bool)) is None
    assert program.point[program.epsilon] > program.positive
    assert all(holds(fact, program.vertex()) for fact in among)


def test_the_smallest_contradiction_of_each_kind():
    """x < 0 < x; x ≤ 0 and x ≥ 1; and what needs all three of them."""
    below, above = Linear(((0, 1),), 0, True), Linear(((0, -1),), 0, True)
    assert Simplex([below, above], Deadline()).contradiction(np.array([True, True])) == {0: 1, 1: 1}
    closed = [Linear(((0, 1),), 0), Linear(((0, -1),), -1)]
    assert Simplex(closed, Deadline()).contradiction(np.array([True, True])) == {0: 1, 1: 1}
    three = [Linear(((0, 1), (1, 1)), 0), Linear(((0, -1),), 0), Linear(((1, -2),), -1)]
    simplex = Simplex(three, Deadline())
    for two in combinations(range(3), 2):
        assert simplex.contradiction(np.isin(range(3), two)) is None
    found = simplex.contradiction(np.ones(3, dtype=bool))
    assert found.keys() == {0, 1, 2}
    assert is_contradiction(three, found)


def test_pivots_are_work():
    """x₀ ≥ 1, xᵢ ≥ xᵢ₋₁ and x₉ ≤ 0, all in one question: each needs a pivot, and so the sum of the rows."""
    chain = [Linear(((0, -1),), -1), *(Linear(((i - 1, 1), (i, -1)), 0) for i in range(1, 10)), Linear(((9, 1),), 0)]
    every = np.ones(len(chain), dtype=bool)
    deadline = Deadline(work=10_000)
    assert is_contradiction(chain, Simplex(chain, deadline).contradiction(every))
    assert deadline.work <= 10_000 - 10
    with pytest.raises(OutOfTime):
        Simplex(chain, Deadline(work=9)).contradiction(every)


def test_threads_that_somebody_else_has_started_are_no_error():
    """HiGHS has one scheduler a process, and refuses a run that asks for another number of threads."""
    script = """
import highspy
from relucert.verify.provers.highs import simplex

for threads in (2, 1):
    other = highspy.Highs()
    other.setOptionValue("output_flag", False)
    other.setOptionValue("threads", threads)
    other.addVar(0, 1)
    print(other.run())
ours = simplex()
ours.addVar(3, 4)
print(ours.run(), ours.getSolution().col_value)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-3:] == ["HighsStatus.kOk", "HighsStatus.kError", "HighsStatus.kOk [3.0]"]
