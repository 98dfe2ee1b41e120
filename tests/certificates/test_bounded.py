"""Whatever a file contains, checking it ends in one of the verdicts within its limits. No clock says so."""

from __future__ import annotations

import gc
import gzip
import tracemalloc
from collections import Counter
from math import log2
from random import Random
from typing import Any

import pytest
from counting import Alike, Compared, instructions, probes
from files import CORPUS, SMALL, closed, lines_of, verdict_of
from hostile import CHAINS, KINDS, LONG, dense, equivalence, hostile, seeds

from relucert.certificates import kernel
from relucert.certificates.checker import EXIT_CODES, Limits, Verdict
from relucert.certificates.claims import CLAIMS
from relucert.certificates.encodings.training import require_invariant
from relucert.certificates.kernel import (
    LINE,
    Atom,
    Count,
    Define,
    Farkas,
    Formula,
    Kernel,
    Linear,
    Meter,
    ResourceLimit,
    Rup,
    clause_of,
)
from relucert.reductions import CATALOGUE, PROBLEMS
from relucert.reductions.problems.training import TRAINING, Network, TrainingInstance

pytestmark = pytest.mark.thorough

FILES_OF_A_KIND = 16
LIMITS = Limits(work=2 * 10**6, words=10**6)
# Calibrated with the corpus: instructions of the interpreter for a unit of work, and for a file without any.
STEPS, ANY_FILE = 25, 80_000
# A line that is refused for its length is held already: an eighth of the words, read and joined.
REFUSED_LINE = 3 * 8 * 10**6 // 8
ANY_BYTES = 300_000


def bounded(data: bytes, limits: Limits = LIMITS) -> Verdict:
    meter = limits.meter(len(data))
    verdict = verdict_of(data, limits)
    assert verdict.verdict in EXIT_CODES
    assert "which is a bug" not in verdict.reason
    assert verdict.work <= meter.most_work
    assert verdict.words <= meter.most_words
    assert len(verdict.reason) < 1000  # the catalogue of reductions is the longest part of one
    return verdict


# ---------------------------------------------------------------------------------------------------- the generator


def test_every_claim_problem_and_reduction_has_hostile_files():
    lines = [seeds(kind)[0] for kind in KINDS]
    assert {claim["claim"] for claim, *_ in lines} == CLAIMS.keys()
    for claim in ("accepts", "rejects"):
        assert {first["problem"] for first, *_ in lines if first["claim"] == claim} == PROBLEMS.keys()
    assert {first["reduction"] for first, *_ in lines if "target_sha256" in first} == {*CATALOGUE, *CHAINS}


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_are_accepted(kind):
    """So that what is made of them gets beyond the first line. (The long ones are cut.)"""
    assert any(bounded(closed(lines)).verdict == "accepted" for lines in seeds(kind)) or kind == "lemma training"


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_files_end_within_their_limits(kind):
    verdicts = Counter(bounded(hostile(kind, number)).verdict for number in range(FILES_OF_A_KIND))
    assert len(verdicts) >= 3, verdicts


@pytest.mark.parametrize("kind", KINDS)
def test_counted_words_bound_the_memory(kind):
    limits = Limits(work=10**6, words=10**6)
    files = [hostile(kind, number) for number in range(100, 104)]
    for data in files:
        verdict_of(data, limits)  # caches and imports
    tracemalloc.start()
    try:
        for data in files:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            words = bounded(data, limits).words
            assert tracemalloc.get_traced_memory()[1] - before <= 8 * words + REFUSED_LINE + ANY_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [pytest.param(k, marks=[pytest.mark.slow] * (n % 8 > 0)) for n, k in enumerate(KINDS)])
def test_checking_leaves_no_cycles(kind):
    """For nothing collects them while a file is checked."""
    files = [hostile(kind, 300), hostile(kind, 301), closed(seeds(kind)[0])]
    verdict_of(files[0])  # imports
    gc.collect()
    gc.freeze()  # what is there already is not looked at
    gc.disable()
    try:
        for data in files:
            verdict_of(data, Limits(work=10**6, words=10**6))
            assert gc.collect() == 0
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.parametrize("kind", KINDS)
def test_counted_work_bounds_the_instructions(kind):
    limits = Limits(work=30_000, words=10**6)
    for number in range(200, 203):
        data = hostile(kind, number)
        assert instructions(verdict_of, data, limits) <= STEPS * bounded(data, limits).work + ANY_FILE


GENUINE = sorted(path.name for path in (CORPUS / "accept").glob("*.jsonl") if path.stat().st_size < 5000)


def test_work_of_genuine_certificates_is_not_far_from_their_instructions():
    """At least one for two units: the bound says something."""
    steps = work = 0
    for name in GENUINE:
        data = (CORPUS / "accept" / name).read_bytes()
        steps += instructions(verdict_of, data)
        work += verdict_of(data).work
    assert work / 2 <= steps <= STEPS * work + ANY_FILE * len(GENUINE)


# ------------------------------------------------------------------------- files that once took too much, or failed

RESOURCES = "resource-limit"


def claim(kind: str, problem: str, **instance: Any) -> Any:
    return {"claim": kind, "format": "relucert-3", "problem": problem, "instance": instance}


def training(kind: str, samples: Any, **fields: Any) -> Any:
    usual = {"activation": "relu", "bias": False, "clip": None, "dimension": 1, "loss": "exact", "neurons": 1,
             "norm_bound": None, "output": "ones", "threshold": 0}  # fmt: skip
    return claim(kind, "training", **usual | {"samples": samples} | fields)


def mapped(name: str, source: Any, **parameters: int) -> Any:
    return {"claim": "equivalence", "format": "relucert-3", "reduction": name, "parameters": parameters,
            "source": source, "target_sha256": "0" * 64, "answer": "YES"}  # fmt: skip


def refute(case: int, symmetry: Any = None, side: str = "instance") -> Any:
    return {"refute": case, "side": side, "symmetry": symmetry}


def witness(shown: Any, side: str = "instance") -> Any:
    return {"side": side, "witness": shown}


def network(weights: Any) -> Any:
    return {"weights": weights, "biases": [0] * len(weights), "output": [1] * len(weights)}


POINT = [[[0], [1], 1, 1]]
FAR = [[0], [10**2200]]
NUMBERS = [dense(t) for t in range(7)]
LONG_DENOMINATOR = training(
    "rejects", [[[*range(500)], [*NUMBERS, *range(1, 494)], 1, 1]], dimension=500
)  # of 90,000 bits, in every inequality of 500 terms
PLANE = [dense(t) for t in range(40)] + [1]
INVARIANT = [[[{"le": [], "bound": 0}]] * 30] * 30

REPORTED: dict[str, tuple[list[Any], str]] = {
    "a circuit of 10^19 inputs": (
        [mapped("circuit-to-relu", {"inputs": 10**19, "gates": [], "output": 0, "budget": 1})], RESOURCES,
    ),
    "10^1400 variables in the plane": (
        [mapped("one-in-three-to-plane", {"variables": 10**1400, "clauses": []})], RESOURCES,
    ),
    "10^1400 variables for thresholds": (
        [mapped("one-in-three-to-thresholds", {"variables": 10**1400, "clauses": []})], RESOURCES,
    ),
    "a coordinate of 10^2200": ([mapped("separability-to-relu", {"P": FAR, "Q": [[-(10**2200)]]})], RESOURCES),
    **{
        f"10^15 neurons without samples, {name}": (
            [training("rejects", [], neurons=10**15, **fields), refute(10**15, symmetry)], RESOURCES,
        )
        for name, symmetry, fields in [
            ("sorted", [[0, 1]], {}), ("by nothing", [], {}), ("turned", {"along": 0, "line": []}, {}),
            ("in order", {"order": [0]}, {}),
            ("norm bound", None, {"norm_bound": 1}),
        ]
    },
    "five million neurons and an empty sample": (
        [training("rejects", [[[], [], 0, 1]], neurons=5 * 10**6), refute(5 * 10**6)], RESOURCES,
    ),
    "a circuit of 10^9 inputs": (
        [claim("rejects", "monotone-circuit", inputs=10**9, gates=[], output=0, budget=1), refute(0)], RESOURCES,
    ),
    "a circuit of 10^9 inputs, reduced": (
        [mapped("circuit-to-relu", {"inputs": 10**9, "gates": [], "output": 0, "budget": 1})], RESOURCES,
    ),
    "4,400 vertices without edges": (
        [mapped("clique-to-threshold", {"colors": [*range(4400)], "edges": []})], RESOURCES,
    ),
    "planes of long numbers": (
        [
            claim("accepts", "two-hyperplane-strip", P=[[0] * 40],
                  Q=sorted([int(t == i % 40) * (i + 1) for t in range(40)] for i in range(400))),
            witness([PLANE, PLANE]),
        ],
        RESOURCES,
    ),
    "a property of 20,000 neurons under renaming": (
        [training("lemma", POINT, neurons=20_000) | {"property": INVARIANT}, refute(20_000, [[0, 1]], "exception")],
        RESOURCES,
    ),
    "a wide sample that stands 6,000 times on a line": (
        [
            training("rejects", [[[*range(2000)], [1] * 2000, 1, 1]], dimension=2000),
            refute(1, {"along": 0, "line": [0] * 6000}),
        ],
        "rejected",
    ),
    "a long inequality cited a thousand times": (
        [
            LONG_DENOMINATOR, refute(1),
            {"farkas": [], "multipliers": [], "units": [[2, LONG]] * 1000, "id": 100},
        ],
        RESOURCES,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTED)
def test_a_reported_file_has_its_verdict(name):
    lines, verdict = REPORTED[name]
    assert bounded(closed(lines), Limits()).verdict == verdict


@pytest.mark.parametrize("name", REPORTED)
def test_a_reported_file_is_refused_with_little_memory(name):
    data = closed(REPORTED[name][0])
    limits = Limits(words=10**6)
    bounded(data, limits)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        words = bounded(data, limits).words
        assert tracemalloc.get_traced_memory()[1] - before <= 8 * words + REFUSED_LINE + ANY_BYTES
    finally:
        tracemalloc.stop()


def test_units_by_themselves_are_paid_for():
    """Two bytes each, of which a pair is made."""
    data = closed([training("rejects", POINT), refute(1), {"farkas": [], "units": [1] * 10**6}])
    assert bounded(data, Limits(words=10**9)).verdict == "rejected"
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        words = bounded(data, Limits(words=10**9)).words
        assert tracemalloc.get_traced_memory()[1] - before <= 8 * words + ANY_BYTES
    finally:
        tracemalloc.stop()


SETS = claim("rejects", "set-cover", universe=1, sets=[[0]] * 4000, budget=10)
SQUARE = training("rejects", [[[*range(300)], [1] * 300, 1, 1]], dimension=300, loss="l2", threshold=1, neurons=300)
INSIDE_A_STEP = {
    "count": [SETS, refute(0), {"count": [], "degree": 1, "from": [[2, LONG]], "axioms": [], "divide": 1, "id": 9}],
    "farkas": [LONG_DENOMINATOR, refute(1), {"farkas": [], "multipliers": [], "units": [[2, 7]], "id": 100}],
    "tangent in farkas": [
        SQUARE,
        refute(300),
        {"farkas": [], "multipliers": [], "units": [], "tangents": [[1, f"1/{10**1500 + 1}", 1]], "id": 10**6},
    ],
    "tangent": [SQUARE, refute(300), {"tangent": 1, "at": f"1/{10**1500 + 1}", "as": 2000, "id": 10**6}],
}


@pytest.mark.parametrize("name", INSIDE_A_STEP)
def test_sums_inside_a_step_are_paid_for_before_they_are_computed(name):
    data = closed(INSIDE_A_STEP[name])
    whole = bounded(data, Limits(work=10**8, words=10**8))
    assert (whole.verdict, whole.lines) == ("rejected", 0)
    before = bounded(closed(INSIDE_A_STEP[name][:-1]), Limits(work=10**8, words=10**8))
    assert whole.words > before.words + 50_000
    refused = bounded(data, Limits(work=10**8, words=whole.words - 1))
    assert (refused.verdict, "words of memory" in refused.reason) == (RESOURCES, True)


@pytest.mark.parametrize("filling", [b"7", b" ", b"[", b'{"":0},', b"[],"])
def test_a_long_line_from_few_bytes_is_not_read_to_its_end(filling):
    data = gzip.compress(b'{"claim":[' + filling * (2**26 // len(filling)), mtime=0)
    assert len(data) < 200_000
    assert bounded(data, Limits()).verdict in (RESOURCES, "malformed")
    tracemalloc.start()
    try:
        assert bounded(data).verdict == RESOURCES
        assert tracemalloc.get_traced_memory()[1] < REFUSED_LINE + ANY_BYTES
    finally:
        tracemalloc.stop()


# --------------------------------------------------------------------------------- numbers that are chosen to collide


def along_the_probes(rng: Random, count: int, size: int) -> list[int]:
    """Numbers that fill a path of probes among so many places, and others that enter the path near its start."""
    path, place = {}, 0
    while len(path) < count:
        path[place] = len(path)
        place = (5 * place + 1) % size
    late: list[int] = []
    while len(late) < count:
        number = perturb = rng.randrange(size, size << 10)
        place = number % size
        while place in path and perturb:
            perturb >>= 5
            place = (5 * place + perturb + 1) % size
        if path.get(place, count) < count // 3 and number not in late:
            late.append(number)
    return [*path, *late]


def test_numbers_can_be_chosen_to_collide_but_not_their_multiples_by_an_unknown_factor():
    """As CPython looks for a place among 2,048."""
    rng = Random(1)
    numbers = along_the_probes(rng, 600, 2048)
    assert probes(range(1200)) == 1200
    assert probes(numbers) > 100 * len(numbers)
    for _ in range(20):
        salt = rng.randrange(2**60, 2**60 + 2**56)
        assert probes([number * salt for number in numbers]) < 4 * len(numbers)


ALIKE = 400
IDS, ATOMS, OTHERS = ([Alike(first + i) for i in range(ALIKE)] for first in (1, 10_000, 20_000))
IMPOSSIBLE = [Atom(atom, Linear((), -1)) for atom in ATOMS]  # 0 ≤ −1
REFUTED = [Farkas(i, (-atom,), (1,)) for i, atom in zip(IDS, ATOMS, strict=True)]
ROWS = [Atom(1, Linear(tuple((v, 1) for v in OTHERS), 0)), Atom(2, Linear(tuple((v, 1) for v in OTHERS), 1))]
ALL_FALSE = tuple((-atom, 1) for atom in ATOMS)
SUM = Count(1000, ALL_FALSE, ALIKE, tuple((i, 1) for i in IDS))
COLLIDING = {
    "variables": [*ROWS, Farkas(1, (-1, 2), (1, 1))],
    "atoms and ids": [*IMPOSSIBLE, *REFUTED],
    "atoms that are cited again": [*IMPOSSIBLE, *REFUTED,
                                   *(Farkas(Alike(1000 + n), (-atom,), (1,)) for n, atom in enumerate(ATOMS))],
    "literals of rup": [*IMPOSSIBLE, Define(1, 20_000, tuple(ATOMS)),
                        Rup(1000, (20_000, *(-atom for atom in ATOMS)), (ALIKE + 1,))],
    "hints": [*IMPOSSIBLE, *REFUTED, Define(1000, 20_000, tuple(-atom for atom in ATOMS)),
              Rup(2000, (20_000,), (*IDS, 1000 + ALIKE))],
    "literals of count": [*IMPOSSIBLE, *REFUTED, SUM,
                          Count(1001, ALL_FALSE, ALIKE, ((1000, 2),), tuple((atom, 1) for atom in ATOMS))],
}  # fmt: skip


@pytest.mark.parametrize("name", COLLIDING)
def test_steps_over_numbers_of_one_hash_compare_few_of_them(name):
    """Sorting and bisection do; dictionaries with such keys would compare each with all others."""
    derived = Kernel(Formula())
    before = Compared.comparisons
    for step in COLLIDING[name]:
        step.apply(derived)
    assert Compared.comparisons - before < 8 * ALIKE * log2(ALIKE)


def test_literals_of_one_hash_are_found_distinct_by_few_comparisons(monkeypatch):
    monkeypatch.setattr(kernel, "integer", lambda value: value)  # which refuses all but plain integers
    before = Compared.comparisons
    assert clause_of([*ATOMS]) == tuple(ATOMS)
    assert Compared.comparisons - before < 8 * ALIKE


@pytest.mark.parametrize("depth", range(3))
def test_inequalities_of_one_hash_are_compared_few_times(depth):
    """In one conjunction of a property, in conjunctions of their own, or in disjunctions of their own."""
    inequalities = [Linear((), bound) for bound in ATOMS]
    claimed = [((tuple(inequalities),),), (tuple((one,) for one in inequalities),),
               tuple(((one,),) for one in inequalities)][depth]  # fmt: skip
    instance = TrainingInstance(1, 3, (), activation="threshold", output="ones")
    before = Compared.comparisons
    require_invariant(instance, 3, claimed)
    assert Compared.comparisons - before < 20 * ALIKE * log2(ALIKE)


def test_weights_of_one_hash_are_compared_few_times():
    shape = training("", [[[0], [1], 1, 1], [[], [], 0, 1]], neurons=ALIKE, activation="threshold")["instance"]
    net = Network(tuple((w,) for w in ATOMS), (0,) * ALIKE, (1,) * ALIKE)
    before = Compared.comparisons
    assert not TRAINING.accepts(TRAINING.instance_from_json(shape), net)
    assert Compared.comparisons - before < 8 * ALIKE * log2(ALIKE)


# ------------------------------------------------------------------------------------------------- what is paid for


def test_what_is_refused_is_not_counted():
    meter = Meter(10, 10)
    for pay in (meter.spend, meter.hold):
        pay(7)
        with pytest.raises(ResourceLimit):
            pay(10**100)
        pay(3)
        with pytest.raises(ResourceLimit):
            pay(1)
    assert (meter.work, meter.words, meter.peak) == (10, 10, 10)


def test_the_most_words_at_any_time_are_remembered():
    meter = Meter(10**6, 100)
    meter.hold(10)
    with meter.holding(50):
        meter.hold(20)
    assert (meter.words, meter.peak) == (10, 80)
    meter.read(9)
    assert (meter.work, meter.words, meter.peak) == (LINE + 9, 10, 82)
    assert meter.longest_line == 11  # an eighth of what is left


def test_a_line_costs_its_bytes_and_forty():
    lines = lines_of(CORPUS / "accept/coloring-no-triangle-by-rup.jsonl")
    before = verdict_of(closed(lines[:2])).work
    step = {"atom": 15, "le": [], "bound": 0}
    added = closed([*lines[:2], step])
    in_the_step = 1  # its bound is looked at
    assert verdict_of(added).work - before == len(added) - len(closed(lines[:2])) + LINE + in_the_step


@pytest.mark.parametrize("long", [False, True])
def test_the_hash_of_a_target_is_paid_for(long, monkeypatch):
    """A quarter of a unit for a word, and four for one of a long number."""
    values = [LONG + i if long else i for i in range(1, 40)]
    source = training("", [[[0], [v], v, 1] for v in values])["instance"]
    data = closed([mapped("pad-dimension", source, extra=1)])
    whole = verdict_of(data, Limits()).work
    size = TRAINING.size(TRAINING.instance_from_json(source | {"dimension": 2}))
    monkeypatch.setattr("relucert.certificates.evidence.Evidence.sha256", lambda *_: "")
    share = (whole - verdict_of(data, Limits()).work) / size.words
    assert 3 < share < 5 if long else 0.2 < share < 0.3


@pytest.mark.parametrize("name", CATALOGUE)
def test_solutions_hold_no_more_words_than_announced(name):
    """The images of both maps, but for what their numbers have from the witness itself."""
    r = CATALOGUE[name]()
    for claim, of_source, of_target in seeds(name):
        source = r.source.instance_from_json(claim["source"])
        target = r.reduce(source)
        image = r.forward(source, r.source.witness_from_json(of_source["witness"]))
        back = r.backward(source, r.target.witness_from_json(of_target["witness"]))
        for problem, instance, solution in ((r.target, target, image), (r.source, source, back)):
            size = problem.size(instance)
            numbers = sum(held(v) for v in leaves(problem.witness_to_json(solution)))
            assert numbers <= problem.solution_words(size)


def leaves(shown: Any) -> list[Any]:
    if isinstance(shown, dict | list):
        inside = shown.values() if isinstance(shown, dict) else shown
        return [leaf for part in inside for leaf in leaves(part)]
    return [shown]


def held(number: int | str) -> int:
    """Words of a number, from its digits: three of them in ten bits or more."""
    return 6 + len(str(number)) // 18


def test_the_image_of_a_witness_is_paid_for_before_it_is_built(monkeypatch):
    """A network of few bytes, of which the other one has all the weights that it leaves out."""
    source = training("", [], neurons=3, dimension=20_000)["instance"]
    name, parameters = "relu-sum-to-relu-network", {}
    lines = equivalence(name, parameters, source, network([[]] * 3))
    data = closed(lines)
    whole = verdict_of(data, Limits())
    assert whole.verdict == "accepted"
    monkeypatch.setattr(CATALOGUE[name], "forward", lambda *_: pytest.fail("built"))
    refused = verdict_of(data, Limits(words=whole.words - 1))
    assert (refused.verdict, "words of memory" in refused.reason) == (RESOURCES, True)


def test_small_limits_hold_for_every_genuine_file():
    for name in GENUINE:
        data = (CORPUS / "accept" / name).read_bytes()
        for share in (3, 2):
            limits = Limits(verdict_of(data, SMALL).work // share, verdict_of(data, SMALL).words // share)
            assert bounded(data, limits).verdict == RESOURCES
