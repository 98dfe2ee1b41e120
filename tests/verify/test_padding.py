"""Theorem 11 of [GKMR21]: how many coordinates ε(n) needs, and why ε must not jump."""

from fractions import Fraction
from itertools import count, product

import pytest
from click.testing import CliRunner

from relucert.certificates.checker import Limits
from relucert.certificates.facts import FACTS
from relucert.reductions import reduction
from relucert.reductions.exact import InvalidInstance
from relucert.reductions.problems.coloring import coloring
from relucert.reductions.problems.densest_subgraph import densest_subgraph
from relucert.verify.commands.numbers import pad as pad_command
from relucert.verify.enclose import prove_fact
from relucert.verify.padding import least_dimension, pad, with_a_gap

FACT = FACTS["padded-dimension"]
TRIANGLE = [(0, 1), (0, 2), (1, 2)]


def falls_below(law, exponent, gap, n):
    """ε(n) < gap, from the definition of ε with fractions."""
    size = n if law == "power" else next(i for i in count() if 2**i >= n)
    return size > 0 and Fraction(1, size**exponent.numerator) < gap**exponent.denominator


@pytest.mark.parametrize(
    ("law", "exponent"),
    [
        ("power", Fraction(1, 4)),
        ("power", Fraction(2, 5)),
        ("power", Fraction(9, 20)),
        ("log", Fraction(2, 3)),
        ("log", 2),
    ],
)
def test_the_least_dimension_is_that_of_a_search(law, exponent):
    exponent = Fraction(exponent)
    for gap, dimension in product(map(Fraction, ("1/3", "1/2", "2/3", "5/6", "3/2")), (1, 2, 7, 40)):
        expected = next(n for n in count(dimension) if falls_below(law, exponent, gap, n))
        assert least_dimension(law, exponent, gap, dimension) == expected
        p = {"law": law, "exponent": exponent, "realizable": False, "gap": gap, "dimension": dimension}
        FACT.require(p)
        near = [n for n in range(max(0, expected - 3), expected + 4) if FACT.holds({**p, "padded": n})]
        assert near == [expected]


@pytest.mark.parametrize("exponent", ["0", "-1/4", "1/2", "2/3"])
def test_exponents_outside_the_theorem(exponent):
    p = {"exponent": exponent, "realizable": False, "gap": "1/9", "dimension": 3, "padded": 90}
    with pytest.raises(InvalidInstance, match=r"^exponent: for n\^\(−a/b\) it must be above 0 and below 1/2, not "):
        prove_fact("padded-dimension", {**p, "law": "power"})
    if exponent != "2/3":
        with pytest.raises(InvalidInstance, match=r"^exponent: for ⌈log₂ n⌉\^\(−a/b\) it must be above 1/2, not "):
            prove_fact("padded-dimension", {**p, "law": "log"})


def test_realizable_samples_have_their_own_bounds():
    r = reduction("coloring-to-bounded-relu")
    assert pad(r, coloring(3, TRIANGLE, 2), "power", Fraction(9, 10)).padded > 3
    for law, exponent in (("power", 1), ("log", 1)):
        with pytest.raises(InvalidInstance, match="exponent"):
            with_a_gap(r, law, Fraction(exponent))


def test_the_checker_counts_before_it_takes_powers():
    p = {"law": "power", "exponent": Fraction(1, 10**9), "realizable": False, "gap": Fraction(1, 2), "dimension": 1}
    assert FACT.work({**p, "padded": 10**3000}) > Limits().meter(0).most_work
    log = {**p, "law": "log", "exponent": Fraction(10**9)}
    assert FACT.work({**log, "padded": 10**3000}) > Limits().meter(0).most_work


def test_numbers_of_theorem_7():
    """Thousands of millions of dimensions: the gap, which is Θ(1/√n), has a small constant."""
    r = reduction("densest-subgraph-to-bounded-relu", {"factor": 2})
    instance = densest_subgraph(4, [*TRIANGLE, (2, 3)], kappa=3, edges_wanted=3)
    found = pad(r, instance, "power", Fraction(9, 20))
    assert found.gap == r.gap(instance)[0] > 0
    assert (found.dimension, found.padded > 10**8) == (5, True)
    assert falls_below("power", Fraction(9, 20), found.gap, found.padded)
    assert not falls_below("power", Fraction(9, 20), found.gap, found.padded - 1)


@pytest.mark.parametrize(("colors", "answer"), [(2, "NO"), (3, "YES")])
def test_theorem_10_padded_as_far_as_it_takes(colors, answer, tmp_path):
    """The composition, certified; the normal form leaves the new coordinates out again."""
    from relucert.verify.interface import certify

    graph, gap = coloring(3, TRIANGLE, colors), Fraction(1, 2)
    r = reduction("coloring-to-bounded-relu")
    found = pad(r, graph, "power", Fraction(19, 20))
    assert found.gap < gap
    assert 3 < found.extra < 10**6
    whole = reduction("coloring-to-bounded-relu/pad-dimension", {"extra": found.extra})
    assert whole.reduce(graph).dimension == found.padded
    assert certify(whole, graph).answer == answer


def test_what_is_too_large_is_said_with_its_number(tmp_path):
    path = tmp_path / "graph.edges"
    path.write_text("1 2\n1 3\n2 3\n3 4\n")
    words = [str(path), "-p", "kappa=3", "-p", "edges_wanted=3", "--exponent", "1/4"]
    result = CliRunner().invoke(pad_command, ["densest-subgraph-to-bounded-relu", *words], standalone_mode=False)
    assert result.return_value == 0, result.output
    extra = int(result.output.split("extra = ")[1].split()[0])
    assert f"too large to be built: dimension {extra + 5}, and the limit is {2**60 - 1}" in result.output
    with pytest.raises(InvalidInstance, match="more than 4000 digits"):
        least_dimension("log", Fraction(3, 5), Fraction(1, 10**5), 5)
    with pytest.raises(InvalidInstance, match="states no gap"):
        with_a_gap(reduction("coloring-to-relu-sum"), "power", Fraction(1, 3))


# ------------------------------------------------------------------------------------------------------- the staircase


def staircase(steps):
    """Of φ = 1/ε²: (b, M, M') of each step, integers: φ(n) = M while n < 2^b, with b = ⌊M/log M⌋, and φ(2^b) = M'."""
    value = 256
    for _ in range(steps):
        bits = value // value.bit_length()
        after = 2**bits // bits
        yield bits, value, after
        value = after


def test_a_staircase_meets_the_hypotheses_of_theorem_11_and_has_no_padding():
    """For N = M the least n' with ε(n') < 1/√N, so φ(n') > N, has φ(n')/N without bound, though log n' = o(N)."""
    steps = list(staircase(2))
    for bits, value, after in steps:  # φ is least against log n where a step ends, largest against n where it begins
        assert value >= bits * value.bit_length()  # φ/log n ≥ log M
        assert after * bits <= 2**bits  # φ/n ≤ 1/log n
    ratios = [after // value for _, value, after in steps]  # n' = 2^b is the least with φ(n') > N = M
    assert ratios[0] > 2**15
    assert ratios[1] > 2**10**5


@pytest.mark.parametrize(("law", "exponent"), [("power", Fraction(2, 5)), ("log", Fraction(2, 1))])
def test_laws_that_do_not_jump_keep_the_padded_problem_in_proportion(law, exponent):
    """φ(n') ≤ C²N/c² for g = c/√N, with C² = 2^(2a/b): here c = 1."""
    for n in range(4, 40):
        gap = Fraction(1, n)  # its square root is no fraction, so N = n²
        padded = least_dimension(law, exponent, gap, n * n + 1)
        size = padded if law == "power" else (padded - 1).bit_length()
        assert size ** (2 * exponent) <= 2 ** (2 * exponent) * n * n or padded == n * n + 1
