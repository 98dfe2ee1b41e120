"""Enclosures and facts against other means: integrals in ball arithmetic, quadrature, brute force; and seeded bugs."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import comb, factorial

import pytest
import real_numbers
from files import closed, verdict_of
from flint import arb

from relucert.certificates import boxes, quantities
from relucert.certificates.boxes import Box
from relucert.certificates.checker import Limits
from relucert.certificates.facts import FACTS
from relucert.certificates.facts.hermite_addition import by_variables, of_the_sum
from relucert.certificates.kernel import Rejected
from relucert.certificates.quantities import QUANTITIES, Effort, enclosed, least_terms
from relucert.certificates.writer import enclosure
from relucert.reductions.exact import InvalidInstance
from relucert.verify.enclose import Enclosed, enclose
from relucert.verify.provers.base import Unknown

CASES = [
    *(
        (name, {"k": k}, Fraction(width))
        for name in ("parity-correlation", "parity-coefficient")
        for k, width in ((2, "1e-15"), (4, "1/500"), (6, "1/10000"), (8, "1e-5"), (10, "1e-6"), (12, "1e-6"))
    ),
    ("parity-correlation", {"k": 14}, Fraction(1, 10**8)),
    ("parity-coefficient", {"k": 14}, Fraction(1, 10**8)),
    ("error-gap", {"k": 2, "eta": Fraction(1, 5)}, Fraction(1, 10**10)),
    ("error-gap", {"k": 6, "eta": Fraction(1, 10)}, Fraction(1, 1000)),
    *(("first-term", {"k": k}, Fraction(1, 10**9)) for k in (2, 4, 6, 14, 40)),
    *(("growth-base", {"k": k}, Fraction(1, 10**4)) for k in (4, 6, 14)),
    *((name, {}, Fraction(1, 10**12)) for name in ("growth-limit", "irrelevant-minimum", "least-opt")),
]


@pytest.mark.parametrize(("name", "p", "width"), CASES)
def test_the_ends_are_right_and_near(name, p, width):
    found = enclose(name, p, width)
    assert isinstance(found, Enclosed)
    assert found.high - found.low <= width * found.low
    assert real_numbers.lies_inside(name, p, found.low, found.high) is True


@pytest.mark.parametrize(("name", "p", "width"), [case for case in CASES if case[2] <= Fraction(1, 1000)][::2])
def test_ends_moved_by_units_are_judged_by_the_oracle(name, p, width):
    """Whatever is accepted is true; one unit beyond the true value is false and rejected."""
    found = enclose(name, p, width)
    unit = Fraction(1, max(found.low.denominator, found.high.denominator))
    middle = real_numbers.value(name, p)
    inside = int((middle / arb(unit.numerator) * arb(unit.denominator)).mid().floor().unique_fmpz())
    seen = set()
    for low, high in product(
        (found.low, inside * unit, (inside + 1) * unit), (found.high, inside * unit, (inside + 1) * unit)
    ):
        if low > high:
            continue
        accepted = verdict_of(closed([enclosure(name, p, found.effort, low, high)]), Limits()).verdict == "accepted"
        true = real_numbers.lies_inside(name, p, low, high)
        assert not accepted or true is True
        seen.add((accepted, true))
    assert {(True, True), (False, False)} <= seen


# what is known otherwise: closed forms by hand, and the table of the mathematics in 12 digits
KNOWN = {
    ("parity-correlation", 2): "0.065924135947",
    ("parity-correlation", 6): "0.00189774050694",
    ("parity-correlation", 10): "0.000147434968432",
    ("parity-correlation", 14): "0.0000142199108943",
    ("parity-coefficient", 4): "0.0210952",
    ("least-opt", None): "0.0753398",
    ("irrelevant-minimum", None): "0.42042252845",
    ("growth-limit", None): "0.61050303155568",
}


@pytest.mark.parametrize(("name", "k"), KNOWN)
def test_known_digits(name, k):
    p = {} if k is None else {"k": k}
    low, high = enclosed(name, p, Effort(96, 120 if k and k > 2 else 0)).ends
    known, last = Fraction(KNOWN[name, k]), Fraction(1, 10 ** len(KNOWN[name, k].split(".")[1]))
    assert low - last <= known <= high + last


def test_every_quantity_is_tried():
    assert {name for name, _, _ in CASES} == QUANTITIES.keys()


def bound_of_a_term(k, n):
    """(√2/(n − 1)) (1 + 2k/n)^k (k/n)^(k/2), from below: 1.41421² < 2."""
    return Fraction(141421, 100000 * (n - 1)) * Fraction(n + 2 * k, n) ** k * Fraction(k, n) ** (k // 2)


def tail_dominates(k, last_n):
    """The bound of the tail is at least the sum of the bounds of its terms."""
    return quantities.tail(k, last_n) >= sum(bound_of_a_term(k, n) for n in range(last_n + 2, 40 * last_n, 2))


def test_the_tail_bound_holds_link_by_link():
    """Each term is below its bound (it loses about √(2πm)), and the bound of the tail is above their sum."""
    for k in (4, 6):
        exact = exact_terms(k, 5 * k)
        for m in range(least_terms(k) - 1, 5 * k + 1):
            assert exact[m] < bound_of_a_term(k, k + 2 * m) < 40 * exact[m]
    for k in (4, 6, 10):
        assert all(tail_dominates(k, n) for n in (6 * k, 8 * k))


def exact_terms(k, last):
    """τ_m by the definition, one factor of the power at a time."""
    base = [Fraction(1, factorial(j) * 2**j * (2 * j + 1)) for j in range(last + 1)]
    power = [Fraction(1), *[Fraction(0)] * last]
    for _ in range(k):
        power = [sum(power[i] * base[m - i] for i in range(m + 1)) for m in range(last + 1)]
    odd = [1]
    for n in range(1, k + 2 * last, 2):
        odd.append(odd[-1] * n)  # odd[i] = (2i − 1)!!
    return [odd[(k + 2 * m - 2) // 2] * Fraction(1, k ** (k // 2 + m)) * power[m] for m in range(last + 1)]


def test_the_premise_of_the_tail_bound():
    """u M(u) < 1.262 at u² = 6, by partial sums: Σ 3^j/j! · 6/(2j+1) over e³ from below."""
    top = sum(Fraction(3**j, factorial(j)) * Fraction(6, 2 * j + 1) for j in range(40)) + Fraction(1, 10**9)
    bottom = sum(Fraction(3**j, factorial(j)) for j in range(40))
    assert top / bottom < Fraction(1262, 1000) < Fraction(4, 3)


def test_sign_lemma_by_the_definition():
    """With equal weights T_n has the sign of (−1)^(k/2−1), for even n ≥ k, and is 0 for odd n."""
    for k in (2, 4, 6):
        for n in range(k, k + 7):
            total = Fraction(0)
            for degrees in product(range(1, n + 1, 2), repeat=k):
                if sum(degrees) == n:
                    term = Fraction(1)
                    for i in degrees:
                        term *= Fraction(hermite_at_0(i - 1), factorial(i))
                    total += term
            value = total * hermite_at_0(n - 2)
            assert value == 0 if n % 2 else value * (-1) ** (k // 2 - 1) > 0


def hermite_at_0(n):
    return 0 if n % 2 else (-1) ** (n // 2) * factorial(n) // (factorial(n // 2) * 2 ** (n // 2))


def test_growth_bounds():
    """c_k between √(2/k) c_2 ρ^(k−2) and √(2/k) c_2 D^(k−2), and T_k ≥ 2^(−1.6k), at every k of the table."""
    limit = enclosed("growth-limit", {}, Effort(64, 0)).ends[1]
    for k in (6, 8, 10, 12, 14):
        base = enclosed("growth-base", {"k": k}, Effort(96, 120)).ends
        assert Fraction(4725, 10000) <= base[0] <= base[1] <= limit
        assert enclosed("first-term", {"k": k}, Effort(96, 0)).ends[0] ** 5 >= Fraction(1, 2 ** (8 * k))
    assert enclosed("growth-base", {"k": 14}, Effort(96, 120)).ends[0] >= Fraction(5366, 10000)


# ------------------------------------------------------------------------------------------------------------- hostile


def line(**changes):
    usual = {"claim": "enclosure", "format": "relucert-3", "quantity": "parity-correlation", "parameters": {"k": 6},
             "bits": 64, "terms": 60, "low": 0, "high": 1}  # fmt: skip
    return verdict_of(closed([usual | changes]))


def test_a_million_terms_are_refused_before_they_are_computed():
    assert line(terms=60).verdict == "accepted"
    for terms in (10**6, 10**9, 10**30):
        assert line(terms=terms).verdict == "resource-limit"


def test_bad_claims_are_one_clear_line():
    for changes, verdict, words in (
        ({"low": 1, "high": 0}, "malformed", "wrong order"),
        ({"quantity": "zeta"}, "unsupported", "not in the catalogue"),
        ({"quantity": 3}, "malformed", "name of a quantity"),
        ({"parameters": {"k": 7}}, "malformed", "k must be even"),
        ({"parameters": {"k": 0}}, "malformed", "k must be from 2"),
        ({"parameters": {"k": "6"}}, "malformed", "canonical"),
        ({"parameters": {}}, "malformed", "parameters are k"),
        ({"bits": 15}, "malformed", "bits must be"),
        ({"terms": 15}, "malformed", "terms must be"),
        ({"low": "1/2"}, "rejected", "lies outside"),
        ({"low": "189/100000", "high": "19/10000", "terms": 16}, "rejected", "not seen"),
    ):
        found = line(**changes)
        assert (found.verdict, words in found.reason) == (verdict, True), found


def test_out_of_reach_is_unknown():
    assert isinstance(enclose("parity-correlation", {"k": 6}, Fraction(1, 10**9)), Unknown)
    for name, p in (("parity-correlation", {}), ("pi", {}), ("least-opt", {"k": 2}), ("error-gap", {"k": 2, "eta": 1})):
        with pytest.raises(InvalidInstance):
            enclose(name, p, Fraction(1, 10))


# --------------------------------------------------------------------------------------------------------------- boxes


def test_operations_enclose():
    values = [Fraction(n, d) for n in (-7, -2, 0, 1, 3, 22) for d in (1, 3, 7)]
    for a, b in product(values, repeat=2):
        x, y = Box.of(a, 8), Box.of(b, 8)
        pairs = [(x + y, a + b), (x - y, a - b), (x * y, a * b)] + ([(x / y, a / b)] if b > 0 else [])
        for box, exact in pairs:
            assert box.inside(exact - 10, exact + 10)
            assert box.ends[0] <= exact <= box.ends[1]
    for a in values:
        if a >= 0:
            for n in (2, 3, 5):
                low, high = Box.of(a, 12).root(n).ends
                assert low**n <= a <= high**n
                assert high - low <= Fraction(8, 2 ** (12 // n))
    for bad in (Box(-1, 1, 8), Box(0, 1, 8)):
        with pytest.raises(Rejected):
            Box.of(1, 8) / bad
    with pytest.raises(Rejected):
        Box(-1, 1, 8).root(2)


@pytest.mark.parametrize("bits", [16, 17, 33, 64, 200, 1024])
def test_constants(bits):
    with real_numbers.precise():
        real_numbers.ctx.prec = 1200
        for box, exact in (
            (boxes.pi(bits), arb.pi()),
            (boxes.e(bits), arb(1).exp()),
            (boxes.odd_factorials(bits), (arb(1) / 2).exp() * (arb.pi() / 2).sqrt() * (arb(1) / arb(2).sqrt()).erf()),
        ):
            assert arb(box.low) <= exact * arb(2) ** bits <= arb(box.high)
            assert box.high - box.low <= 40 * bits


# ---------------------------------------------------------------------------------------------------------------- fact


@pytest.mark.parametrize(("k", "n"), [(1, 5), (2, 4), (3, 8), (2, 8), (4, 5), (5, 3)])
def test_the_fact_at_points(k, n):
    """Both expansions have the value of the other definition at points, and they agree."""
    assert FACTS["hermite-addition"].holds({"k": k, "n": n})
    points = [[3, *[-1] * 3][:k] if k in (1, 4) else [*range(1, k), -sum(range(1, k))]]
    for z in points:
        assert real_numbers.hermite_addition_at(z, n)


def test_expansions_by_hand():
    assert of_the_sum(2, 2) == by_variables(2, 2) == {(2, 0): 1, (1, 1): 2, (0, 2): 1, (0, 0): -2}
    wrong = {powers: comb(2, powers[0]) for powers in ((2, 0), (1, 1), (0, 2))}
    assert of_the_sum(2, 2) != wrong


# --------------------------------------------------------------------------------------------------------- seeded bugs


def false_enclosure(name, p, effort):
    """Whether the box, with a bug, misses the true value."""
    low, high = QUANTITIES[name].box(p, effort).ends
    return real_numbers.lies_inside(name, p, low, high) is False


def test_a_tail_ten_times_too_small_is_found(monkeypatch):
    right = quantities.tail
    monkeypatch.setattr(quantities, "tail", lambda k, n: right(k, n) / 10)
    assert not any(tail_dominates(k, 6 * k) for k in (4, 6, 10))
    monkeypatch.setattr(quantities, "tail", lambda k, n: right(k, n) / 1000)  # what it loses hides a factor of 10
    assert false_enclosure("parity-correlation", {"k": 4}, Effort(96, 16))


def test_pi_too_narrow_is_found(monkeypatch):
    case = ("irrelevant-minimum", {}, Effort(64, 0))
    assert not false_enclosure(*case)
    right = boxes.pi
    monkeypatch.setattr(quantities, "pi", lambda bits: replace(right(bits), low=right(bits).high))
    assert false_enclosure(*case)


def test_the_exponent_three_halves_is_found():
    """With ∏ 1/n_j!^(3/2) the sum for k = 2 is 0.1366; the coefficient is 0.1652."""
    printed = arb(0)
    for n in range(2, 400, 2):
        inner = arb(0)
        for i in range(1, n, 2):
            term = arb(hermite_at_0(i - 1)) * arb(hermite_at_0(n - i - 1))
            inner += term / (arb(factorial(i)) * arb(factorial(n - i))) ** (arb(3) / 2)
        printed += 2 / arb.pi() * inner * hermite_at_0(n - 2) / (2 * arb.pi()).sqrt() / arb(2) ** (n // 2)
    assert abs(printed - arb("0.1366")) < arb("0.0001")
    low, high = enclosed("parity-coefficient", {"k": 2}, Effort(64, 0)).ends
    assert Fraction(1652, 10000) < low < high < Fraction(1653, 10000)


def test_the_claim_is_canonical_json():
    found = enclose("least-opt", {}, Fraction(1, 100))
    assert [*json.loads(found.certified.certificate.splitlines()[0])] == sorted(
        ("claim", "format", "quantity", "parameters", "bits", "terms", "low", "high")
    )
